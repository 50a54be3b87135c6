//! The only SQL. One dialect for SQLite and PostgreSQL: `$1` parameters; BIGINT, DOUBLE PRECISION,
//! TEXT and BYTEA columns; times as milliseconds, money as minor units; no rowid, no `INSERT OR`.

pub mod db;
mod schema;
mod sqlite;
mod writer;

pub mod approvals;
pub mod attachments;
pub mod bundles;
pub mod feed;
mod heads;
pub mod history;
pub mod keys;
pub mod lease;
pub mod ledger;
mod lift;
pub mod log;
pub mod outbox;
mod payload;
pub mod proofs;

pub mod aftersales;
pub mod catalog;
pub mod checkouts;
pub mod customers;
mod doc;
pub mod docs;
pub mod effects;
pub mod gift_cards;
pub mod histories;
pub mod offers;
pub mod orders;
pub mod returns;
pub mod rows;
pub mod usage;

use std::path::Path;

use db::{Commits, Db, DbError, Tx, Value};
use feed::Feed;

use crate::domain::ids::ConversationId;

/// The database behind typed methods. Cloned freely.
#[derive(Clone)]
pub struct Store {
    pub(in crate::store) db: Db,
    pub(in crate::store) feed: Feed,
}

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No such conversation, or the token does not open it: one error, so that ids cannot be probed.
    #[error("no such conversation")]
    NotFound,
    /// A newer run, or a person, has taken the conversation over: stop, append nothing.
    #[error("this run has lost the conversation")]
    Fenced,
    /// A newer message waits: nothing was appended; read it and go on.
    #[error("a newer message waits")]
    Superseded,
    /// Another shopper writes by now: nothing was appended.
    #[error("somebody else writes this conversation now")]
    SomebodyElse,
    /// The conversation's log is full.
    #[error("this conversation is too long; start a new one")]
    Full,
    /// The log holds an event that this version does not know: only this conversation stops.
    #[error(
        "event {seq} of conversation {conversation} is {kind} version {version}, newer than this program"
    )]
    NewerEvent {
        conversation: ConversationId,
        seq: u64,
        kind: String,
        version: i64,
    },
    /// An idempotency key came back with other arguments.
    #[error("the idempotency key was used with other arguments")]
    KeyReused,
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Store {
    /// Opens or creates the database in a folder and brings its schema up to date.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        Self::open_with(folder, Commits::Grouped)
    }

    /// `open` with a say in how writes share commits.
    pub fn open_with(folder: &Path, commits: Commits) -> Result<Self, StoreError> {
        Ok(Self {
            db: Db::open(folder, commits)?,
            feed: Feed::default(),
        })
    }

    /// A setting that the program keeps for itself ("demo_seeded").
    pub async fn meta_get(&self, key: &str) -> Result<Option<String>, StoreError> {
        let key = key.to_owned();
        self.db.read_few(move |tx| meta_get(tx, &key)).await
    }

    pub async fn meta_set(&self, key: &str, value: &str) -> Result<(), StoreError> {
        let (key, value) = (key.to_owned(), value.to_owned());
        self.db.write(move |tx| meta_set(tx, &key, &value)).await
    }

    /// The live feed of this process.
    pub fn feed(&self) -> &Feed {
        &self.feed
    }
}

fn meta_get(tx: &mut Tx<'_>, key: &str) -> Result<Option<String>, StoreError> {
    let row = tx.query_first("SELECT value FROM meta WHERE key = $1", &[Value::from(key)])?;
    row.map(|row| Ok(row.text(0)?.to_owned())).transpose()
}

fn meta_set(tx: &mut Tx<'_>, key: &str, value: &str) -> Result<(), StoreError> {
    let sql = "INSERT INTO meta (key, value) VALUES ($1, $2)
        ON CONFLICT (key) DO UPDATE SET value = excluded.value";
    tx.execute(sql, &[Value::from(key), Value::from(value)])?;
    Ok(())
}
