//! Where a case runs: a fresh database, seen through the store and, for what the store must not
//! offer, through plain SQL.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use attendant::domain::event::Channel;
use attendant::domain::ids::ConversationId;
use attendant::store::Store;
use attendant::store::log::{Append, Writer};

use super::samples::wrote;

/// When the cases happen.
pub const NOW: i64 = 1_795_000_000_000;
pub const TOKEN: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

pub struct Place {
    pub store: Store,
    folder: Arc<Folder>,
}

/// A folder that goes with its last user.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("store-{}-{number}", std::process::id());
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = std::fs::remove_dir_all(&path);
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub async fn sqlite() -> Place {
    let folder = Arc::new(Folder::new());
    let store = Store::open(&folder.0).unwrap();
    Place { store, folder }
}

impl Place {
    /// The same data as another process sees it.
    pub fn second_process(&self) -> Store {
        Store::open(&self.folder.0).unwrap()
    }

    /// Runs SQL that the store has no method for.
    pub fn sql(&self, sql: &str) {
        self.connect().execute_batch(sql).unwrap();
    }

    /// All of a query's rows as text, a line each.
    pub fn rows(&self, sql: &str) -> String {
        let connection = self.connect();
        let mut statement = connection.prepare(sql).unwrap();
        let columns = statement.column_count();
        // Raw, because a plan may be asked for with parameters that nobody has filled in.
        let mut found = statement.raw_query();
        let mut lines = Vec::new();
        while let Some(row) = found.next().unwrap() {
            let values: Vec<rusqlite::types::Value> = (0..columns)
                .map(|column| row.get(column).unwrap())
                .collect();
            lines.push(format!("{values:?}"));
        }
        lines.join("\n")
    }

    /// How the database would run a query.
    pub fn plan(&self, sql: &str) -> String {
        self.rows(&format!("EXPLAIN QUERY PLAN {sql}"))
    }

    /// Every value of every table, for looking for what must not be there.
    pub fn everything(&self) -> String {
        [
            "conversations",
            "events",
            "payloads",
            "outbox",
            "ledger",
            "bundles",
            "proof_counts",
            "codes",
        ]
        .map(|table| self.rows(&format!("SELECT * FROM {table}")))
        .join("\n")
    }

    /// Pages in use, as they will be on disk.
    pub fn bytes(&self) -> u64 {
        let sql = "SELECT (page_count - freelist_count) * page_size
            FROM pragma_page_count, pragma_freelist_count, pragma_page_size";
        let bytes = self
            .connect()
            .query_row(sql, (), |row| row.get::<_, i64>(0));
        bytes.unwrap().try_into().unwrap()
    }

    /// A connection of its own to the same data.
    pub fn connect(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.folder.0.join("attendant.db")).unwrap()
    }

    pub async fn start(&self, name: &str) -> ConversationId {
        let id = ConversationId::new(name);
        let created = self
            .store
            .create_conversation(&id, TOKEN, Channel::Chat, NOW, vec![]);
        created.await.unwrap();
        id
    }

    /// A conversation whose lease nobody holds, with one unanswered message (its seq is 2).
    pub async fn start_with_message(&self, name: &str) -> ConversationId {
        let id = ConversationId::new(name);
        let more = vec![wrote("where is my order?", None)];
        let created = self
            .store
            .create_conversation(&id, TOKEN, Channel::Chat, NOW, more);
        created.await.unwrap();
        id
    }
}

pub fn shopper() -> Writer {
    Writer::Shopper {
        holder: "process-1".to_owned(),
    }
}

pub fn message(text: &str, client_id: Option<&str>) -> Append {
    Append::new(shopper(), NOW, vec![wrote(text, client_id)])
}
