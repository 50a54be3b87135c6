//! The only SQL. One dialect for SQLite and PostgreSQL: `$1` parameters; BIGINT, DOUBLE PRECISION,
//! TEXT and BYTEA columns; times as milliseconds, money as minor units; no rowid, no `INSERT OR`.

pub mod db;
pub mod feed;

pub mod log;
pub mod lease;
pub mod ledger;
pub mod outbox;
pub mod bundles;

pub mod catalog;
pub mod customers;
pub mod orders;
pub mod returns;

use db::{Db, DbError};
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
    /// The conversation's log is full.
    #[error("this conversation is too long; start a new one")]
    Full,
    /// The log holds an event that this version does not know: only this conversation stops.
    #[error("event {seq} of conversation {conversation} is {kind} version {version}, newer than this program")]
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
    pub fn open(folder: &std::path::Path) -> Result<Self, StoreError> {
        let _ = folder;
        todo!("store helper")
    }

    /// The live feed of this process.
    pub fn feed(&self) -> &Feed {
        &self.feed
    }
}
