//! The writer thread: takes the jobs that wait, gives each a savepoint of one transaction, commits
//! once, and only then answers them.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::db::{DbError, Tx};

/// A write on its way through the writer thread. Called in this order: `run`, then `answer`.
pub(super) trait Job: Send {
    /// Runs it; `false` when what it did must be rolled back.
    fn run(&mut self, tx: &mut Tx<'_>) -> bool;
    /// Tells the caller, with what became of the commit.
    fn answer(self: Box<Self>, commit: Result<(), DbError>);
}

pub(super) struct WriteJob<T, E, F, G> {
    state: State<T, E, F>,
    then: G,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<T, E, F, G> WriteJob<T, E, F, G> {
    pub(super) fn new(work: F, then: G, reply: oneshot::Sender<Result<T, E>>) -> Self {
        Self {
            state: State::Waiting(work),
            then,
            reply,
        }
    }
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

/// Ends when the last sender is gone.
pub(super) fn write_all(
    connection: &Connection,
    mut queue: mpsc::Receiver<Box<dyn Job>>,
    jobs_max: usize,
) {
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

pub(super) fn run(connection: &Connection, sql: &str) -> Result<(), DbError> {
    connection.prepare_cached(sql)?.raw_execute()?;
    Ok(())
}

pub(super) fn panicked(panic: &(dyn Any + Send)) -> DbError {
    let words = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    DbError(format!(
        "the transaction panicked: {}",
        words.unwrap_or("no message")
    ))
}

#[cfg(test)]
mod tests {
    //! What `Db` promises whatever the tables: one bad job harms nobody else.

    use std::path::PathBuf;
    use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
    use std::sync::{Arc, Barrier};

    use super::*;
    use crate::domain::limits::READERS_MAX;
    use crate::store::Store;
    use crate::store::db::{Commits, Db, Value};

    struct Place {
        db: Db,
        folder: PathBuf,
    }

    impl Drop for Place {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }

    fn folder() -> PathBuf {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("attendant-db-{}-{number}", std::process::id());
        std::env::temp_dir().join(name)
    }

    /// With a table `n` whose rows are numbers, and one whose rows must name an `n` at commit.
    async fn place() -> Place {
        let folder = folder();
        let db = Db::open(&folder, Commits::Grouped).unwrap();
        for sql in [
            "CREATE TABLE n (n BIGINT NOT NULL PRIMARY KEY)",
            "CREATE TABLE late (n BIGINT REFERENCES n (n) DEFERRABLE INITIALLY DEFERRED)",
        ] {
            db.write(move |tx| tx.execute(sql, &[])).await.unwrap();
        }
        Place { db, folder }
    }

    impl Place {
        async fn add(&self, n: i64) -> Result<(), DbError> {
            self.db.write(move |tx| add(tx, n)).await
        }

        async fn all(&self) -> Vec<i64> {
            let rows = self
                .db
                .read(|tx| tx.query("SELECT n FROM n ORDER BY n", &[]))
                .await;
            rows.unwrap()
                .iter()
                .map(|row| row.int(0).unwrap())
                .collect()
        }

        /// Holds the writer thread in a job of its own, until the barrier, so that what is queued
        /// meanwhile is one batch.
        fn hold(&self) -> (Arc<Barrier>, tokio::task::JoinHandle<Result<(), DbError>>) {
            let (barrier, db) = (Arc::new(Barrier::new(2)), self.db.clone());
            let held = barrier.clone();
            let running = tokio::spawn(async move {
                db.write(move |_| {
                    held.wait();
                    held.wait();
                    Ok(())
                })
                .await
            });
            (barrier, running)
        }
    }

    fn add(tx: &mut Tx<'_>, n: i64) -> Result<(), DbError> {
        tx.execute("INSERT INTO n (n) VALUES ($1)", &[n.into()])?;
        Ok(())
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_failing_and_a_panicking_job_take_nothing_with_them() {
        let place = place().await;
        let (barrier, held) = place.hold();
        barrier.wait();
        let good = place.add(1);
        let bad = place.db.write(|tx| {
            add(tx, 2)?;
            add(tx, 2)
        });
        let ugly = place.db.write(|tx| {
            add(tx, 3)?;
            if tx.query("SELECT 1", &[])?.len() == 1 {
                panic!("as told");
            }
            Ok::<_, DbError>(())
        });
        let last = place.add(4);
        let release = async { barrier.wait() };
        let (good, bad, ugly, last, _) = tokio::join!(good, bad, ugly, last, release);
        held.await.unwrap().unwrap();
        good.unwrap();
        assert!(bad.unwrap_err().0.contains("UNIQUE"));
        assert!(ugly.unwrap_err().0.contains("as told"));
        last.unwrap();
        assert_eq!(place.all().await, [1, 4]);
    }

    /// Their work was done, their commit was not: nobody may hear otherwise.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_failing_commit_fails_every_job_of_its_batch() {
        let place = place().await;
        let (barrier, held) = place.hold();
        barrier.wait();
        let told = Arc::new(AtomicBool::new(false));
        let tell = told.clone();
        let good = place.db.write_then(
            |tx| add(tx, 1),
            move |()| tell.store(true, Ordering::SeqCst),
        );
        let dangling = place
            .db
            .write(|tx| tx.execute("INSERT INTO late (n) VALUES (99)", &[]));
        let release = async { barrier.wait() };
        let (good, dangling, _) = tokio::join!(good, dangling, release);
        assert!(good.unwrap_err().0.contains("FOREIGN KEY"));
        assert!(dangling.unwrap_err().0.contains("FOREIGN KEY"));
        held.await.unwrap().unwrap();
        assert!(place.all().await.is_empty());
        assert!(!told.load(Ordering::SeqCst));
        place.add(5).await.unwrap();
        assert_eq!(place.all().await, [5]);
    }

    #[tokio::test]
    async fn parameters_go_by_their_number_and_none_is_missing() {
        let place = place().await;
        let query =
            |sql: &'static str, params: Vec<Value>| place.db.read(move |tx| tx.query(sql, &params));
        let (a, b) = (Value::from("a"), Value::Blob(vec![0, 255]));
        let rows = query("SELECT $2, $1, $2, 0.5, NULL", vec![a.clone(), b.clone()])
            .await
            .unwrap();
        assert_eq!(
            rows[0].0,
            [b.clone(), a.clone(), b, Value::Real(0.5), Value::Null]
        );
        for (sql, given) in [
            ("SELECT $1", 0),
            ("SELECT $1", 2),
            ("SELECT $1, $3", 2),
            ("SELECT ?", 1),
        ] {
            let result = query(sql, vec![a.clone(); given]).await;
            assert!(result.is_err(), "{sql} with {given}");
        }
    }

    #[tokio::test]
    async fn a_read_cannot_write_and_a_panicking_read_frees_its_place() {
        let place = place().await;
        for _ in 0..2 * READERS_MAX {
            let written = place.db.read(|tx| add(tx, 1)).await;
            assert!(written.unwrap_err().0.contains("readonly"));
            let panicked = place.db.read(|tx| match tx.query("SELECT 1", &[]) {
                Ok(_) => panic!("as told"),
                Err(error) => Err::<(), _>(error),
            });
            assert!(panicked.await.unwrap_err().0.contains("as told"));
        }
        assert!(place.all().await.is_empty());
    }

    #[tokio::test]
    async fn a_queued_write_is_carried_out_though_its_caller_is_gone() {
        let place = place().await;
        {
            let write = std::pin::pin!(place.add(1));
            let polled = futures_util::poll!(write);
            assert!(polled.is_pending() || matches!(polled, std::task::Poll::Ready(Ok(()))));
        }
        place.add(2).await.unwrap();
        assert_eq!(place.all().await, [1, 2]);
    }

    /// A server and its commands may start together on an empty folder.
    #[test]
    fn many_may_open_the_same_new_folder_at_once() {
        let folder = folder();
        let barrier = Barrier::new(8);
        std::thread::scope(|scope| {
            let open = || {
                barrier.wait();
                Store::open(&folder).map(|_| ())
            };
            let opening: Vec<_> = (0..8).map(|_| scope.spawn(open)).collect();
            for one in opening {
                one.join().unwrap().unwrap();
            }
        });
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_folder_that_cannot_be_is_named() {
        let file = folder();
        std::fs::write(&file, "not a folder").unwrap();
        let error = Store::open(&file).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains(&file.display().to_string()), "{error}");
        std::fs::remove_file(&file).unwrap();
    }
}
