//! Opening a base, its connections, and reading from it.
//!
//! A base is opened without a connection: the first use connects and brings the tables up to date. So a server starts,
//! and goes on searching, while its database is away; connections are made anew when it is back.

use super::error::BaseError;
use super::migrations::migrate;
use super::write::Write;
use sqlx::any::{AnyArguments, AnyConnectOptions, AnyPoolOptions, AnyRow};
use sqlx::pool::PoolConnection;
use sqlx::query::Query;
use sqlx::{Any, AnyConnection, AnyPool, ConnectOptions, Connection, Executor, Row};
use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::future::Future;
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{Arc, Mutex as StdMutex, Once, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Mutex, OnceCell, OwnedMutexGuard};

/// Connections of one process.
const MAX_CONNECTIONS: u32 = 8;
/// How long a caller waits for a connection, and for the database to come up.
const CONNECT_WAIT: Duration = Duration::from_secs(2);
/// How long a writer waits for the writers before it.
const TURN_WAIT: Duration = Duration::from_secs(10);
/// How long one statement may take, the waiting for locks included.
const STATEMENT_WAIT: Duration = Duration::from_secs(20);
/// How long a connection is kept when nothing needs it.
const IDLE: Duration = Duration::from_secs(300);

/// Permissions of files that hold a base: contacts of reporters are in it.
pub(super) const OWNER_ONLY: u32 = 0o600;

/// Prepares a connection to SQLite. `FULL` syncs the log at every commit: what is acknowledged survives a kill and a
/// power cut. What is deleted is overwritten: erased contacts are gone.
const SQLITE_SETUP: &str = "PRAGMA busy_timeout = 5000; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
    PRAGMA secure_delete = ON";
/// Prepares a connection to PostgreSQL: nothing waits for ever, and a commit is on disk when it is acknowledged.
const POSTGRES_SETUP: &str = "SET lock_timeout = '5s'; SET statement_timeout = '15s'; \
    SET idle_in_transaction_session_timeout = '60s'; SET synchronous_commit = on";

/// A statement with its arguments.
pub(super) type Statement<'q> = Query<'q, Any, AnyArguments>;

/// Which database holds the base.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Database {
    Sqlite { file: PathBuf },
    Postgres,
}

/// The address base; cheap to clone.
#[derive(Clone)]
pub struct Base {
    pool: AnyPool,
    options: AnyConnectOptions,
    /// What every connection begins with.
    setup: &'static str,
    database: Arc<Database>,
    /// Writers of this process take turns here, and not in the database, each holding a connection.
    turn: Arc<Mutex<()>>,
    prepared: Arc<OnceCell<()>>,
    /// When and why preparing failed last.
    failure: Arc<StdMutex<Option<(Instant, String)>>>,
}

impl Base {
    /// A base by its URL: `sqlite:PATH` or `postgres://USER@HOST/DATABASE`. Nothing is connected yet; see [`Base::ready`].
    /// Has to be called inside a Tokio runtime.
    ///
    /// # Errors
    /// [`BaseError::Invalid`] when the URL is none of those.
    pub fn open(url: &str) -> Result<Base, BaseError> {
        static DRIVERS: Once = Once::new();
        DRIVERS.call_once(sqlx::any::install_default_drivers);
        let (database, options) = read_url(url)?;
        // Statements hold no values, but there is no reason to fill logs with them.
        let options = options.disable_statement_logging();
        let setup = match database {
            Database::Sqlite { .. } => SQLITE_SETUP,
            Database::Postgres => POSTGRES_SETUP,
        };
        let pool = AnyPoolOptions::new()
            .max_connections(MAX_CONNECTIONS)
            .acquire_timeout(CONNECT_WAIT)
            .idle_timeout(IDLE)
            .after_connect(move |connection, _| {
                Box::pin(async move { connection.execute(sqlx::raw_sql(setup)).await.map(|_| ()) })
            })
            .connect_lazy_with(options.clone());
        Ok(Base {
            pool,
            options,
            setup,
            database: Arc::new(database),
            turn: Arc::default(),
            prepared: Arc::default(),
            failure: Arc::default(),
        })
    }

    /// Which database holds it.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Connects if need be, and brings the tables up to date once.
    ///
    /// # Errors
    /// [`BaseError::Unavailable`] when there is no connection, [`BaseError::Newer`] when a newer program wrote it.
    pub async fn ready(&self) -> Result<(), BaseError> {
        let asked = Instant::now();
        let prepare = || async {
            // One caller tries at a time. Who waited for another one's attempt to fail does not try again.
            if let Some(reason) = self.failure_since(asked) {
                return Err(BaseError::Unavailable(reason));
            }
            let prepared = self.prepare().await;
            if let Err(BaseError::Unavailable(reason)) = &prepared {
                let failure = (Instant::now(), reason.clone());
                *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(failure);
            }
            prepared
        };
        self.prepared.get_or_try_init(prepare).await.copied()
    }

    fn failure_since(&self, asked: Instant) -> Option<String> {
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        let later = failure.as_ref().filter(|(at, _)| *at >= asked);
        later.map(|(_, reason)| reason.clone())
    }

    async fn prepare(&self) -> Result<(), BaseError> {
        if let Database::Sqlite { file } = self.database() {
            create_file(file)?;
        }
        // Not from the pool, which tries again and again and then only says that it took too long.
        let mut connection = self.connect().await?;
        run_script(&mut connection, self.setup).await?;
        migrate(&mut connection, &self.database).await?;
        Ok(connection.close().await?)
    }

    /// Begins to write; `at_ms` is the time of everything that is written in it. Dropped without
    /// [`Write::commit`], nothing was written.
    ///
    /// # Errors
    /// [`BaseError::Unavailable`] when the database is away or busy.
    pub async fn write(&self, at_ms: i64) -> Result<Write, BaseError> {
        self.ready().await?;
        let turn = tokio::time::timeout(TURN_WAIT, Arc::clone(&self.turn).lock_owned());
        let Ok(turn) = turn.await else {
            return Err(BaseError::Unavailable("too many writers".to_owned()));
        };
        let connection = self.connection().await?;
        Write::begin(connection, turn, &self.database, at_ms).await
    }

    /// Closes all connections; waits for those in use.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    async fn connect(&self) -> Result<AnyConnection, BaseError> {
        let connecting = AnyConnection::connect_with(&self.options);
        match tokio::time::timeout(CONNECT_WAIT, connecting).await {
            Ok(connection) => Ok(connection?),
            Err(_) => Err(BaseError::Unavailable("no connection in time".to_owned())),
        }
    }

    pub(super) async fn connection(&self) -> Result<PoolConnection<Any>, BaseError> {
        bounded(self.pool.acquire()).await
    }

    /// All rows of a statement.
    pub(super) async fn rows(&self, statement: Statement<'_>) -> Result<Vec<AnyRow>, BaseError> {
        self.ready().await?;
        bounded(statement.fetch_all(&self.pool)).await
    }

    /// The first row of a statement.
    pub(super) async fn row(&self, statement: Statement<'_>) -> Result<Option<AnyRow>, BaseError> {
        self.ready().await?;
        bounded(statement.fetch_optional(&self.pool)).await
    }

    /// The number of the last change of anything; 0 for none.
    ///
    /// # Errors
    /// When the base cannot be read.
    pub async fn last_change(&self) -> Result<i64, BaseError> {
        let row = self.row(sqlx::query("SELECT last FROM feed")).await?;
        let row = row.ok_or_else(|| BaseError::Internal("the feed has no row".to_owned()))?;
        Ok(row.try_get("last")?)
    }
}

/// Creates the file of a base if there is none. Connections never do: a base that was moved away is missed, not
/// replaced by an empty one.
fn create_file(file: &Path) -> Result<(), BaseError> {
    let mut options = OpenOptions::new();
    options
        .write(true)
        .create(true)
        .truncate(false)
        .mode(OWNER_ONLY);
    let opened = options.open(file).map(|_| ());
    opened.map_err(|e| match e.kind() {
        ErrorKind::StorageFull => BaseError::Full(e.to_string()),
        _ => BaseError::Unavailable(format!("cannot open `{}`: {e}", file.display())),
    })
}

pub(super) type Turn = OwnedMutexGuard<()>;

/// Runs a statement no longer than any statement may take: a database that is cut off does not answer.
pub(super) async fn bounded<T>(
    work: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, BaseError> {
    match tokio::time::timeout(STATEMENT_WAIT, work).await {
        Ok(result) => Ok(result?),
        Err(_) => Err(BaseError::Unavailable("no answer in time".to_owned())),
    }
}

/// Runs statements without arguments.
pub(super) async fn run_script(
    connection: &mut AnyConnection,
    script: &'static str,
) -> Result<(), BaseError> {
    bounded(connection.execute(sqlx::raw_sql(script))).await?;
    Ok(())
}

fn read_url(url: &str) -> Result<(Database, AnyConnectOptions), BaseError> {
    if let Some(path) = url.strip_prefix("sqlite:") {
        let path = path.strip_prefix("//").unwrap_or(path);
        if path.is_empty() {
            return Err(BaseError::Invalid(
                "expected a path behind `sqlite:`".to_owned(),
            ));
        }
        let file = std::path::absolute(path)
            .map_err(|e| BaseError::Invalid(format!("cannot use the path `{path}`: {e}")))?;
        let options = AnyConnectOptions::from_str(&sqlite_url(&file))?;
        return Ok((Database::Sqlite { file }, options));
    }
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        return Ok((Database::Postgres, AnyConnectOptions::from_str(url)?));
    }
    // The URL may hold a password: only its beginning is repeated.
    let scheme = url.split(':').next().unwrap_or_default();
    Err(BaseError::Invalid(format!(
        "expected a base such as `sqlite:PATH` or `postgres://USER@HOST/DATABASE`, got `{scheme}:…`"
    )))
}

/// A URL that means exactly this file, whatever is in its name.
fn sqlite_url(file: &Path) -> String {
    let mut url = "sqlite://".to_owned();
    for byte in file.as_os_str().as_encoded_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.~".contains(byte) {
            url.push(char::from(*byte));
        } else {
            write!(url, "%{byte:02X}").expect("a string takes everything");
        }
    }
    url.push_str("?mode=rw");
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_that_are_none_are_refused_without_their_password() {
        for url in ["", "mysql://u:secret@h/d", "sqlite:", "kudy.db"] {
            let error = read_url(url).unwrap_err().to_string();
            assert!(error.contains("expected"), "{url}: {error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn a_path_may_hold_any_character() {
        let (database, _) = read_url("sqlite:/tmp/a b?c#d%20/кудa.db").unwrap();
        let file = PathBuf::from("/tmp/a b?c#d%20/кудa.db");
        assert_eq!(database, Database::Sqlite { file });
        assert_eq!(sqlite_url(Path::new("/a ?")), "sqlite:///a%20%3F?mode=rw");
    }
}
