//! What must leave (mail, webhooks): rows written with the change that caused them, delivered by a
//! job, at least once, each under a key that the receiver can tell twice by.

use super::{Store, StoreError};
use crate::domain::ids::ConversationId;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewOutbox {
    /// Unique: the same key again changes nothing.
    pub key: String,
    /// Which job delivers it ("mail").
    pub kind: String,
    /// JSON for that job.
    pub body: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxRow {
    pub key: String,
    pub kind: String,
    pub body: String,
    pub conversation: ConversationId,
    pub attempts: u32,
}

impl Store {
    /// Claims up to `limit` due rows for `holder` for a minute; two claimers never get the same row.
    pub async fn claim_outbox(&self, holder: &str, now_ms: i64, limit: usize) -> Result<Vec<OutboxRow>, StoreError> { let _ = (holder, now_ms, limit); todo!() }
    /// Delivered: the body is wiped, the key stays.
    pub async fn outbox_done(&self, key: &str, now_ms: i64) -> Result<(), StoreError> { let _ = (key, now_ms); todo!() }
    /// Failed: due again after a growing pause; given up after `OUTBOX_ATTEMPTS_MAX`, kept for the operator.
    pub async fn outbox_failed(&self, key: &str, error: &str, now_ms: i64) -> Result<(), StoreError> { let _ = (key, error, now_ms); todo!() }
}
