//! Conversations: their logs, heads and payloads.

use std::sync::Arc;

use super::lease::Lease;
use super::ledger::LedgerChange;
use super::outbox::NewOutbox;
use super::{Store, StoreError};
use crate::domain::bundle::Bundle;
use crate::domain::conversation::Head;
use crate::domain::event::{Channel, Event, EventBody};
use crate::domain::ids::{ConversationId, MessageId};

/// Who appends.
#[derive(Clone, Debug)]
pub enum Writer {
    /// A run of the assistant: only while its lease is the newest.
    Run(Lease),
    /// The shopper, or the storefront on their behalf. When nobody holds the conversation and the
    /// append leaves work to do, the lease is taken for `holder` in the same transaction.
    Shopper { holder: String },
    /// A support agent: whatever run is on is fenced off.
    Agent,
}

/// One append, all or nothing.
#[derive(Clone, Debug)]
pub struct Append {
    pub writer: Writer,
    pub at_ms: i64,
    pub events: Vec<EventBody>,
    /// Refuse with `Superseded` when an input newer than this is in the log.
    pub unless_input_after: Option<u64>,
    /// Refuse with `Superseded` when anything newer than this is in the log.
    pub unless_seq_after: Option<u64>,
    pub outbox: Vec<NewOutbox>,
    pub ledger: Vec<LedgerChange>,
    pub bundle: Option<Bundle>,
    /// Give the lease back in the same transaction.
    pub release: bool,
}

impl Append {
    pub fn new(writer: Writer, at_ms: i64, events: Vec<EventBody>) -> Self {
        Self {
            writer,
            at_ms,
            events,
            unless_input_after: None,
            unless_seq_after: None,
            outbox: Vec::new(),
            ledger: Vec::new(),
            bundle: None,
            release: false,
        }
    }
}

#[derive(Clone, Debug)]
pub struct Appended {
    pub head: Head,
    /// As logged, in order; published to the feed before this returns.
    pub events: Vec<Arc<Event>>,
    /// Taken by this append (see `Writer::Shopper`).
    pub lease: Option<Lease>,
    /// The client id was known: this is the message as it was first appended, nothing is new.
    pub duplicate_of: Option<MessageId>,
}

impl Store {
    /// Creates a conversation with its first events (`ConversationStarted`, proofs). `token_hash` is the SHA-256 of its token.
    pub async fn create_conversation(&self, id: &ConversationId, token_hash: &str, channel: Channel, at_ms: i64, more: Vec<EventBody>) -> Result<Head, StoreError> { let _ = (id, token_hash, channel, at_ms, more); todo!() }

    /// The head of the conversation that this token opens; `NotFound` for a wrong token and for an unknown id alike.
    pub async fn open_conversation(&self, id: &ConversationId, token_hash: &str) -> Result<Head, StoreError> { let _ = (id, token_hash); todo!() }

    /// Appends durably: when this returns `Ok`, everything in it is on disk. A `ShopperWrote` whose
    /// `client_id` is known appends nothing and returns the first one.
    pub async fn append(&self, id: &ConversationId, append: Append) -> Result<Appended, StoreError> { let _ = (id, append); todo!() }

    pub async fn head(&self, id: &ConversationId) -> Result<Head, StoreError> { let _ = id; todo!() }

    /// Events after `after`, oldest first, lifted to the current versions, at most `EVENTS_PER_READ_MAX`.
    pub async fn events(&self, id: &ConversationId, after: u64) -> Result<Vec<Event>, StoreError> { let _ = (id, after); todo!() }

    /// Conversations with work and no live lease, oldest first: what a restart or a dead process left.
    pub async fn unfinished(&self, now_ms: i64, limit: usize) -> Result<Vec<ConversationId>, StoreError> { let _ = (now_ms, limit); todo!() }

    /// Erases all payload rows of a conversation and logs `Erased`.
    pub async fn erase(&self, id: &ConversationId, at_ms: i64) -> Result<(), StoreError> { let _ = (id, at_ms); todo!() }
}
