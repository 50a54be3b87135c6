//! One writer per conversation: a lease with a fencing number that only grows.

use super::heads::Conversation;
use super::{Store, StoreError};
use crate::domain::ids::ConversationId;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    pub conversation: ConversationId,
    pub holder: String,
    /// Larger than that of every earlier lease of this conversation.
    pub fence: u64,
}

/// The partial index holds only conversations with work, so this reads as many rows as there are;
/// public so that a test can ask the database for its plan.
pub const UNFINISHED: &str = "
    SELECT id FROM conversations
    WHERE work_since_ms IS NOT NULL AND (lease_holder IS NULL OR lease_until_ms <= $1)
    ORDER BY work_since_ms LIMIT $2";

/// A look at every row, made once at a start.
const FREE: &str = "
    UPDATE conversations SET lease_holder = NULL, lease_until_ms = NULL WHERE lease_holder = $1";

impl Store {
    /// Takes the lease when it is free or has run out; `None` while another run holds it, be it of
    /// the same holder.
    pub async fn acquire(
        &self,
        id: &ConversationId,
        holder: &str,
        now_ms: i64,
    ) -> Result<Option<Lease>, StoreError> {
        let (id, holder) = (id.clone(), holder.to_owned());
        self.db
            .write(move |tx| {
                let mut conversation = Conversation::load(tx, &id)?;
                if !conversation.is_free(now_ms) {
                    return Ok(None);
                }
                let lease = conversation.lease_to(&holder, now_ms);
                conversation.save(tx, now_ms)?;
                Ok(Some(lease))
            })
            .await
    }

    /// Extends it by `LEASE_TTL`; `Fenced` when it is another's by now.
    pub async fn renew(&self, lease: &Lease, now_ms: i64) -> Result<(), StoreError> {
        let lease = lease.clone();
        self.db
            .write(move |tx| {
                let mut conversation = Conversation::load(tx, &lease.conversation)?;
                if !conversation.is_held_by(&lease) {
                    return Err(StoreError::Fenced);
                }
                conversation.extend(now_ms);
                conversation.save(tx, now_ms)
            })
            .await
    }

    /// Gives it back unless the conversation has work again; then it stays held and `true` is
    /// returned: run once more. A lease that is another's by now is `false`: nothing is left to do.
    pub async fn release(&self, lease: &Lease) -> Result<bool, StoreError> {
        let lease = lease.clone();
        self.db
            .write(move |tx| {
                let mut conversation = Conversation::load(tx, &lease.conversation)?;
                let held = conversation.is_held_by(&lease);
                if held && !conversation.head.has_work() {
                    conversation.give_back();
                    // Without work there is no time to note.
                    conversation.save(tx, 0)?;
                    return Ok(false);
                }
                Ok(held)
            })
            .await
    }

    /// Conversations with work and no live lease, oldest first: what a restart or a dead process
    /// left.
    pub async fn unfinished(
        &self,
        now_ms: i64,
        limit: usize,
    ) -> Result<Vec<ConversationId>, StoreError> {
        self.db
            .read(move |tx| {
                let rows = tx.query(UNFINISHED, &[now_ms.into(), (limit as u64).into()])?;
                rows.iter()
                    .map(|row| Ok(ConversationId::new(row.text(0)?)))
                    .collect()
            })
            .await
    }

    /// Frees what a process held that is known to be gone, so that nobody waits for its leases to
    /// run out. The fence stays: should it live after all, its next lease is a newer one.
    pub async fn free_leases_of(&self, holder: &str) -> Result<u64, StoreError> {
        let holder = holder.to_owned();
        self.db
            .write(move |tx| Ok(tx.execute(FREE, &[holder.into()])?))
            .await
    }
}
