//! What can go wrong with the base, by who can do something about it.

use sqlx::error::ErrorKind;
use thiserror::Error;

/// Why the base did not do what it was asked.
#[derive(Debug, Error)]
pub enum BaseError {
    /// The database cannot be reached, is busy or restarts: the same again may succeed.
    #[error("the address base is unavailable: {0}")]
    Unavailable(String),
    /// The disk is full: nothing was written.
    #[error("the address base has no room left: {0}")]
    Full(String),
    /// There is no such thing.
    #[error("there is no {what}")]
    NotFound { what: String },
    /// It is not as the writer thinks it is.
    #[error("{what} is `{present}`, expected {expected}")]
    Conflict {
        what: String,
        present: String,
        expected: String,
    },
    /// An idempotency key that came with another request before.
    #[error("the key `{0}` was used for another request")]
    KeyReused(String),
    /// What was given cannot be stored.
    #[error("{0}")]
    Invalid(String),
    /// This database cannot do it.
    #[error("{0}")]
    Unsupported(String),
    /// A base written by a newer program.
    #[error("the base has version {found}, this program knows {known}: update it")]
    Newer { found: i64, known: i64 },
    /// Our fault, or the database's.
    #[error("the address base failed: {0}")]
    Internal(String),
}

impl From<sqlx::Error> for BaseError {
    fn from(error: sqlx::Error) -> BaseError {
        match &error {
            sqlx::Error::Database(inner) => from_database(inner.as_ref()),
            sqlx::Error::Io(inner) if inner.kind() == std::io::ErrorKind::StorageFull => {
                BaseError::Full(error.to_string())
            }
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::BeginFailed
            // A server that dies in the middle of a message.
            | sqlx::Error::Protocol(_) => BaseError::Unavailable(error.to_string()),
            sqlx::Error::Configuration(_) => BaseError::Invalid(error.to_string()),
            _ => BaseError::Internal(error.to_string()),
        }
    }
}

/// Codes are SQLSTATE of five characters in PostgreSQL and numbers in SQLite.
fn from_database(error: &dyn sqlx::error::DatabaseError) -> BaseError {
    let message = error.message().to_owned();
    let code = error.code().unwrap_or_default();
    match code.parse::<u32>() {
        Ok(number) if code.len() < 5 => from_sqlite(number, message),
        _ => from_postgres(&code, error.kind(), message),
    }
}

fn from_sqlite(code: u32, message: String) -> BaseError {
    /// `SQLITE_IOERR_WRITE` and `SQLITE_IOERR_SHMSIZE`: what a full disk gives beside `SQLITE_FULL`.
    const NO_ROOM: [u32; 2] = [778, 4874];
    // The low byte is the kind, the rest its refinement.
    match code & 0xff {
        13 => BaseError::Full(message),
        10 if NO_ROOM.contains(&code) => BaseError::Full(message),
        // Busy, locked, read-only, input/output, cannot open.
        5 | 6 | 8 | 10 | 14 => BaseError::Unavailable(message),
        // Constraints.
        19 => BaseError::Invalid(message),
        _ => BaseError::Internal(message),
    }
}

fn from_postgres(code: &str, kind: ErrorKind, message: String) -> BaseError {
    let class = code.get(..2).unwrap_or_default();
    match (class, code) {
        (_, "53100") => BaseError::Full(message),
        // Connections, resources, shutting down and starting up, read-only, locks and time limits, wrong password.
        ("08" | "53" | "57" | "28" | "58", _)
        | (_, "25006" | "25P03" | "55P03" | "40001" | "40P01") => BaseError::Unavailable(message),
        (_, "3D000") => BaseError::Unavailable(message),
        // Text that cannot be stored, such as a zero character.
        ("22", _) => BaseError::Invalid(message),
        _ if kind != ErrorKind::Other => BaseError::Invalid(message),
        _ => BaseError::Internal(message),
    }
}

impl BaseError {
    /// There is no such thing.
    pub(super) fn no(what: impl Into<String>) -> BaseError {
        BaseError::NotFound { what: what.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_a_busy_database_and_a_mistake_are_told_apart() {
        let text = String::new;
        assert!(matches!(from_sqlite(13, text()), BaseError::Full(_)));
        assert!(matches!(from_sqlite(778, text()), BaseError::Full(_)));
        assert!(matches!(from_sqlite(5, text()), BaseError::Unavailable(_)));
        assert!(matches!(
            from_sqlite(261, text()),
            BaseError::Unavailable(_)
        ));
        assert!(matches!(from_sqlite(2067, text()), BaseError::Invalid(_)));
        assert!(matches!(from_sqlite(1, text()), BaseError::Internal(_)));
        let postgres = |code| from_postgres(code, ErrorKind::Other, text());
        assert!(matches!(postgres("53100"), BaseError::Full(_)));
        assert!(matches!(postgres("57P01"), BaseError::Unavailable(_)));
        assert!(matches!(postgres("57P03"), BaseError::Unavailable(_)));
        assert!(matches!(postgres("08006"), BaseError::Unavailable(_)));
        assert!(matches!(postgres("22021"), BaseError::Invalid(_)));
        assert!(matches!(postgres("42P01"), BaseError::Internal(_)));
    }
}
