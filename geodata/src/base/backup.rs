//! A copy of the whole base, taken while it is in use.

use super::error::BaseError;
use super::store::{Base, Database, OWNER_ONLY};
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

impl Base {
    /// Copies an SQLite base, as it is at one moment, to a new file; writers do not wait.
    ///
    /// # Errors
    /// [`BaseError::Unsupported`] for PostgreSQL, which has its own tool; [`BaseError::Invalid`] when the file exists.
    pub async fn back_up(&self, to: &Path) -> Result<(), BaseError> {
        self.ready().await?;
        if *self.database() == Database::Postgres {
            let why =
                "back up PostgreSQL with `pg_dump --format=custom`, and restore with `pg_restore`";
            return Err(BaseError::Unsupported(why.to_owned()));
        }
        let path = to.to_str().ok_or_else(|| {
            BaseError::Invalid(format!("the path `{}` is not UTF-8", to.display()))
        })?;
        // SQLite takes an empty file as none: this one is for its owner only, and nobody's copy is overwritten.
        let copy = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(OWNER_ONLY)
            .open(to);
        let copy = copy.map_err(|e| BaseError::Invalid(format!("cannot create `{path}`: {e}")))?;
        let mut connection = self.connection().await?;
        // As long as it takes: a large base is copied in minutes.
        sqlx::query("VACUUM INTO $1")
            .bind(path)
            .execute(&mut *connection)
            .await?;
        copy.sync_all()
            .map_err(|e| BaseError::Full(format!("cannot write `{path}`: {e}")))
    }
}
