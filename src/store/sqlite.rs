//! SQLite behind `Db`: one thread writes, a few connections read.
//!
//! Design: a commit costs one fsync whatever it holds, so the writer thread takes every job that
//! waits, runs each in a savepoint of one transaction, commits once and only then answers. Other
//! processes may write the same file; the write lock is waited for.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::config::DbConfig;
use tokio::sync::{Semaphore, mpsc, oneshot};

use super::db::{Commits, DbError, Tx};
use super::schema;
use super::writer::{Job, WriteJob, panicked, run, write_all};
use crate::domain::limits::{
    DB_LOCK_POLL, DB_LOCK_WAIT_MAX, GROUP_COMMIT_JOBS_MAX, READERS_MAX, WRITE_QUEUE_MAX,
};

/// The database's file in the data folder.
const FILE: &str = "attendant.db";
/// Statements kept prepared per connection: more than the crate has.
const STATEMENTS_KEPT: usize = 256;

#[derive(Clone)]
pub(super) struct Sqlite {
    jobs: mpsc::Sender<Box<dyn Job>>,
    readers: Arc<Readers>,
}

struct Readers {
    path: PathBuf,
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<Connection>>,
}

/// Makes a new database file that only its owner reads; what SQLite puts beside it takes its mode.
fn keep_private(path: &Path) -> Result<(), DbError> {
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let made = options.open(path);
    made.map(drop)
        .map_err(|error| DbError(format!("cannot open {}: {error}", path.display())))
}

/// Opens or creates the file, brings its schema up to date and starts the writer thread, which ends
/// with the last clone.
pub(super) fn open(folder: &Path, commits: Commits) -> Result<Sqlite, DbError> {
    std::fs::create_dir_all(folder).map_err(|error| {
        DbError(format!(
            "cannot create the folder {}: {error}",
            folder.display()
        ))
    })?;
    let path = folder.join(FILE);
    keep_private(&path)?;
    let connection = connect_writer(&path)
        .and_then(|connection| schema::migrate(&connection).map(|()| connection))
        .map_err(|error| DbError(format!("cannot open {}: {}", path.display(), error.0)))?;
    let (jobs, queue) = mpsc::channel(WRITE_QUEUE_MAX);
    let jobs_max = match commits {
        Commits::Grouped => GROUP_COMMIT_JOBS_MAX,
        Commits::OneEach => 1,
    };
    std::thread::Builder::new()
        .name("store-writer".to_owned())
        .spawn(move || write_all(&connection, queue, jobs_max))
        .map_err(|error| DbError(format!("cannot start the writer thread: {error}")))?;
    let readers = Readers {
        path,
        permits: Arc::new(Semaphore::new(READERS_MAX)),
        idle: Mutex::new(Vec::new()),
    };
    Ok(Sqlite {
        jobs,
        readers: Arc::new(readers),
    })
}

impl Sqlite {
    pub(super) async fn write<T, E, F, G>(&self, work: F, then: G) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        G: FnOnce(&T) + Send + 'static,
    {
        let stopped = |_| DbError("the writer thread has stopped".to_owned());
        let (reply, answer) = oneshot::channel();
        let job = WriteJob::new(work, then, reply);
        self.jobs
            .send(Box::new(job))
            .await
            .map_err(|_| stopped(()))?;
        answer.await.map_err(|_| stopped(()))?
    }

    pub(super) async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    {
        let readers = self.readers.clone();
        let permit = readers.permits.clone().acquire_owned().await;
        let permit = permit.map_err(|_| DbError("the readers are closed".to_owned()))?;
        let reading = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            readers.read(work)
        });
        reading
            .await
            .map_err(|error| DbError(format!("the read stopped: {error}")))?
    }
}

impl Sqlite {
    /// The same on the calling thread, when a reader is free that has been opened before; else as any
    /// other read: opening one may have to wait for a lock.
    pub(super) async fn read_here<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    {
        match self.readers.permits.try_acquire() {
            Ok(_permit) if self.readers.has_idle() => self.readers.read(work),
            _ => self.read(work).await,
        }
    }
}

impl Readers {
    fn has_idle(&self) -> bool {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        !idle.is_empty()
    }

    fn read<T, E: From<DbError>>(
        &self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let idle = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        let connection = match idle {
            Some(connection) => connection,
            None => connect_reader(&self.path)?,
        };
        run(&connection, "BEGIN")?;
        let result = catch_unwind(AssertUnwindSafe(|| work(&mut Tx::new(&connection))));
        // A connection that cannot end its snapshot is dropped, which ends it.
        if run(&connection, "COMMIT").is_ok() {
            self.idle
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(connection);
        }
        result.unwrap_or_else(|panic| Err(panicked(panic.as_ref()).into()))
    }
}

fn connect_writer(path: &Path) -> Result<Connection, DbError> {
    let connection = connect(path)?;
    use_wal(&connection)?;
    // FULL: the log is synced at every commit. Erased words are overwritten, not only unlinked.
    connection.execute_batch(
        "PRAGMA synchronous = FULL;
         PRAGMA secure_delete = ON;
         PRAGMA journal_size_limit = 67108864;",
    )?;
    Ok(connection)
}

fn connect_reader(path: &Path) -> Result<Connection, DbError> {
    let connection = connect(path)?;
    connection.execute_batch("PRAGMA query_only = ON;")?;
    Ok(connection)
}

fn connect(path: &Path) -> Result<Connection, DbError> {
    let mut connection = Connection::open(path)?;
    connection.busy_handler(Some(wait_for_lock))?;
    // Otherwise a statement with a bound LIMIT is planned anew whenever it is bound.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    connection.execute_batch(
        "PRAGMA foreign_keys = ON;
         PRAGMA temp_store = MEMORY;",
    )?;
    Ok(connection)
}

/// Evenly spaced looks: SQLite's own growing pauses would let a small command starve beside a
/// server that frees the lock for moments only.
fn wait_for_lock(looks: i32) -> bool {
    std::thread::sleep(DB_LOCK_POLL);
    DB_LOCK_POLL * u32::try_from(looks).unwrap_or(u32::MAX) < DB_LOCK_WAIT_MAX
}

/// Two processes that create the file at once may meet here, where SQLite does not wait by itself.
fn use_wal(connection: &Connection) -> Result<(), DbError> {
    let mut waited = Duration::ZERO;
    loop {
        let mode = connection.query_row("PRAGMA journal_mode = WAL", (), |row| {
            row.get::<_, String>(0)
        });
        match mode {
            Ok(mode) if mode == "wal" => return Ok(()),
            Ok(mode) => {
                return Err(DbError(format!(
                    "write-ahead logging is not possible here (journal mode stays {mode}); use a local disk"
                )));
            }
            Err(error)
                if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy)
                    && waited < DB_LOCK_WAIT_MAX =>
            {
                std::thread::sleep(DB_LOCK_POLL);
                waited += DB_LOCK_POLL;
            }
            Err(error) => return Err(error.into()),
        }
    }
}
