//! The tables, from version to version.
//!
//! All missing versions are applied in one transaction that holds a lock, so of several programs that start at once one
//! does the work. Versions that have been published are never changed; a change is a new file.

use super::error::BaseError;
use super::store::{Database, bounded, run_script};
use sqlx::{AnyConnection, Row};

/// In order; the version is the place in this list, from 1.
const MIGRATIONS: [&str; 3] = [
    include_str!("migrations/0001_edits.sql"),
    include_str!("migrations/0002_reports.sql"),
    include_str!("migrations/0003_zones.sql"),
];

/// Only one program migrates at a time. The number of the lock means nothing but this.
const POSTGRES_BEGIN: &str = "BEGIN; SELECT pg_advisory_xact_lock(7245830102)";
/// The journal mode is kept in the file and cannot be changed inside a transaction.
const SQLITE_BEGIN: &str = "PRAGMA journal_mode = WAL; BEGIN IMMEDIATE";
const VERSIONS: &str = "CREATE TABLE IF NOT EXISTS versions (version BIGINT PRIMARY KEY)";

/// Brings the tables up to date.
///
/// # Errors
/// [`BaseError::Newer`] when they are newer than this program.
pub(super) async fn migrate(
    connection: &mut AnyConnection,
    database: &Database,
) -> Result<(), BaseError> {
    let begin = match database {
        Database::Sqlite { .. } => SQLITE_BEGIN,
        Database::Postgres => POSTGRES_BEGIN,
    };
    run_script(connection, begin).await?;
    match apply_missing(connection).await {
        Ok(()) => run_script(connection, "COMMIT").await,
        Err(error) => {
            run_script(connection, "ROLLBACK").await?;
            Err(error)
        }
    }
}

async fn apply_missing(connection: &mut AnyConnection) -> Result<(), BaseError> {
    run_script(connection, VERSIONS).await?;
    let newest = sqlx::query("SELECT COALESCE(MAX(version), 0) AS newest FROM versions");
    let found: i64 = bounded(newest.fetch_one(&mut *connection))
        .await?
        .try_get("newest")?;
    let known = i64::try_from(MIGRATIONS.len()).expect("a short list");
    if found > known {
        return Err(BaseError::Newer { found, known });
    }
    for (version, script) in (1..).zip(MIGRATIONS).filter(|(v, _)| *v > found) {
        run_script(connection, script).await?;
        let applied = sqlx::query("INSERT INTO versions (version) VALUES ($1)").bind(version);
        bounded(applied.execute(&mut *connection)).await?;
    }
    Ok(())
}
