//! One writer per conversation: a lease with a fencing number that only grows.

use super::{Store, StoreError};
use crate::domain::ids::ConversationId;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    pub conversation: ConversationId,
    pub holder: String,
    /// Larger than that of every earlier lease of this conversation.
    pub fence: u64,
}

impl Store {
    /// Takes the lease when it is free or has run out; `None` while another holds it.
    pub async fn acquire(&self, id: &ConversationId, holder: &str, now_ms: i64) -> Result<Option<Lease>, StoreError> { let _ = (id, holder, now_ms); todo!() }
    /// Extends it by `LEASE_TTL`; `Fenced` when it is another's by now.
    pub async fn renew(&self, lease: &Lease, now_ms: i64) -> Result<(), StoreError> { let _ = (lease, now_ms); todo!() }
    /// Gives it back unless the conversation has work again; then it stays held and `true` is returned: run once more.
    pub async fn release(&self, lease: &Lease) -> Result<bool, StoreError> { let _ = lease; todo!() }
}
