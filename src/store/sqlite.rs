//! SQLite behind `Db`: one thread writes, a few connections read.
//!
//! Design: a commit costs one fsync whatever it holds, so the writer thread takes every job that
//! waits, runs each in a savepoint of one transaction, commits once and only then answers. Other
//! processes may write the same file; the write lock is waited for.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::{Semaphore, mpsc, oneshot};

use super::db::{Commits, DbError, Tx};
use super::schema;
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
        let job = WriteJob {
            state: State::Waiting(work),
            then,
            reply,
        };
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

impl Readers {
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

/// A write on its way through the writer thread. Called in this order: `run`, then `answer`.
trait Job: Send {
    /// Runs it; `false` when what it did must be rolled back.
    fn run(&mut self, tx: &mut Tx<'_>) -> bool;
    /// Tells the caller, with what became of the commit.
    fn answer(self: Box<Self>, commit: Result<(), DbError>);
}

struct WriteJob<T, E, F, G> {
    state: State<T, E, F>,
    then: G,
    reply: oneshot::Sender<Result<T, E>>,
}

enum State<T, E, F> {
    Waiting(F),
    Running,
    Ran(Result<T, E>),
}

impl<T, E, F, G> Job for WriteJob<T, E, F, G>
where
    T: Send,
    E: From<DbError> + Send,
    F: FnOnce(&mut Tx<'_>) -> Result<T, E> + Send,
    G: FnOnce(&T) + Send,
{
    fn run(&mut self, tx: &mut Tx<'_>) -> bool {
        let State::Waiting(work) = std::mem::replace(&mut self.state, State::Running) else {
            return false;
        };
        let result = catch_unwind(AssertUnwindSafe(|| work(tx)))
            .unwrap_or_else(|panic| Err(panicked(panic.as_ref()).into()));
        let keep = result.is_ok();
        self.state = State::Ran(result);
        keep
    }

    fn answer(self: Box<Self>, commit: Result<(), DbError>) {
        let Self { state, then, reply } = *self;
        let result = match (state, commit) {
            // Its own error says more than the commit's.
            (State::Ran(Err(error)), _) => Err(error),
            (_, Err(error)) => Err(error.into()),
            (State::Ran(Ok(value)), Ok(())) => {
                // On disk: a panic while others are told must not make it look undone.
                let told = catch_unwind(AssertUnwindSafe(|| then(&value)));
                if told.is_err() {
                    tracing::error!(
                        "telling followers of a write panicked; they read it from the log"
                    );
                }
                Ok(value)
            }
            (_, Ok(())) => Err(DbError("the write was never run".to_owned()).into()),
        };
        // A caller that has gone away needs no answer.
        let _ = reply.send(result);
    }
}

fn write_all(connection: &Connection, mut queue: mpsc::Receiver<Box<dyn Job>>, jobs_max: usize) {
    while let Some(first) = queue.blocking_recv() {
        let mut batch = vec![first];
        while batch.len() < jobs_max
            && let Ok(job) = queue.try_recv()
        {
            batch.push(job);
        }
        write_batch(connection, batch);
    }
}

/// One transaction: all that succeed are on disk together before any of them is answered.
fn write_batch(connection: &Connection, mut batch: Vec<Box<dyn Job>>) {
    let outcome = begin(connection)
        .and_then(|()| {
            batch
                .iter_mut()
                .try_for_each(|job| run_job(connection, job.as_mut()))
        })
        .and_then(|()| run(connection, "COMMIT"));
    if outcome.is_err() && !connection.is_autocommit() {
        // Should this fail too, the next `begin` rolls back before it starts.
        let _ = run(connection, "ROLLBACK");
    }
    for job in batch {
        job.answer(outcome.clone());
    }
}

fn begin(connection: &Connection) -> Result<(), DbError> {
    if !connection.is_autocommit() {
        run(connection, "ROLLBACK")?;
    }
    run(connection, "BEGIN IMMEDIATE")
}

/// Runs one job in a savepoint. An error means that the whole transaction is lost: some errors
/// (disk full, I/O) make SQLite roll back everything on its own.
fn run_job(connection: &Connection, job: &mut dyn Job) -> Result<(), DbError> {
    run(connection, "SAVEPOINT job")?;
    let keep = job.run(&mut Tx::new(connection));
    if connection.is_autocommit() {
        return Err(DbError(
            "the transaction was rolled back by the database".to_owned(),
        ));
    }
    if !keep {
        run(connection, "ROLLBACK TO job")?;
    }
    run(connection, "RELEASE job")
}

fn run(connection: &Connection, sql: &str) -> Result<(), DbError> {
    connection.prepare_cached(sql)?.raw_execute()?;
    Ok(())
}

fn panicked(panic: &(dyn Any + Send)) -> DbError {
    let words = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    DbError(format!(
        "the transaction panicked: {}",
        words.unwrap_or("no message")
    ))
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

#[cfg(test)]
#[path = "sqlite_tests.rs"]
mod tests;
