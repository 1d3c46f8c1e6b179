//! One transaction that writes.
//!
//! It begins by locking the row of the feed, counts on in memory, and stores the last number with its commit. A write
//! that is dropped on the way closes its connection, by which every database rolls back: a connection whose state is
//! not known is never used again.

use super::error::BaseError;
use super::store::{Database, Statement, Turn, bounded, run_script};
use sqlx::any::AnyRow;
use sqlx::pool::PoolConnection;
use sqlx::{Any, Row};

/// A transaction; nothing is written before [`Write::commit`].
pub struct Write {
    connection: PoolConnection<Any>,
    at_ms: i64,
    /// The number of the last change before it, and now.
    began: i64,
    last: i64,
    ended: bool,
    /// Released last: the next writer begins when this one has ended.
    _turn: Turn,
}

impl Write {
    pub(super) async fn begin(
        connection: PoolConnection<Any>,
        turn: Turn,
        database: &Database,
        at_ms: i64,
    ) -> Result<Write, BaseError> {
        // Before `BEGIN`, so that a caller that goes away in the middle of it leaves no transaction behind.
        let mut write = Write {
            connection,
            at_ms,
            began: 0,
            last: 0,
            ended: false,
            _turn: turn,
        };
        let begin = match database {
            Database::Sqlite { .. } => "BEGIN IMMEDIATE",
            Database::Postgres => "BEGIN",
        };
        run_script(&mut write.connection, begin).await?;
        let lock = sqlx::query("UPDATE feed SET last = last RETURNING last");
        let row = write.row(lock).await?;
        let row = row.ok_or_else(|| BaseError::Internal("the feed has no row".to_owned()))?;
        write.began = row.try_get("last")?;
        write.last = write.began;
        Ok(write)
    }

    /// The time of everything in it, in milliseconds since 1970 UTC.
    pub fn at_ms(&self) -> i64 {
        self.at_ms
    }

    /// The number of the last change so far.
    pub fn last_change(&self) -> i64 {
        self.last
    }

    /// Makes everything in it lasting; returns the number of the last change.
    ///
    /// # Errors
    /// Then nothing was written, except that after [`BaseError::Unavailable`] it is not known.
    pub async fn commit(mut self) -> Result<i64, BaseError> {
        if self.last != self.began {
            let last = sqlx::query("UPDATE feed SET last = $1").bind(self.last);
            self.execute(last).await?;
        }
        run_script(&mut self.connection, "COMMIT").await?;
        self.ended = true;
        Ok(self.last)
    }

    /// Gives up what was written in it and keeps the connection; dropping does the same at the price of a new one.
    pub async fn roll_back(mut self) {
        self.ended = run_script(&mut self.connection, "ROLLBACK").await.is_ok();
    }

    /// The number of one more change.
    pub(super) fn number(&mut self) -> i64 {
        self.last += 1;
        self.last
    }

    pub(super) async fn execute(&mut self, statement: Statement<'_>) -> Result<u64, BaseError> {
        let done = bounded(statement.execute(&mut *self.connection)).await?;
        Ok(done.rows_affected())
    }

    pub(super) async fn rows(
        &mut self,
        statement: Statement<'_>,
    ) -> Result<Vec<AnyRow>, BaseError> {
        bounded(statement.fetch_all(&mut *self.connection)).await
    }

    pub(super) async fn row(
        &mut self,
        statement: Statement<'_>,
    ) -> Result<Option<AnyRow>, BaseError> {
        bounded(statement.fetch_optional(&mut *self.connection)).await
    }
}

impl Drop for Write {
    fn drop(&mut self) {
        if !self.ended {
            self.connection.close_on_drop();
        }
    }
}

/// Refuses texts that one of the databases cannot hold: both shall behave alike.
pub(super) fn check_text(field: &str, text: &str) -> Result<(), BaseError> {
    if text.contains('\0') {
        let why = format!("expected `{field}` without zero characters");
        return Err(BaseError::Invalid(why));
    }
    Ok(())
}
