//! One row per conversation: its head (the fold of its log) and its lease, read and written inside
//! the transactions of `log` and `lease`.

use super::StoreError;
use super::db::{Tx, Value};
use super::lease::Lease;
use crate::domain::conversation::Head;
use crate::domain::ids::{ConversationId, CustomerId};
use crate::domain::limits::LEASE_TTL;
use crate::domain::origin::Origin;

/// A conversation as its row says.
pub(super) struct Conversation {
    /// What stands for the id in the other tables.
    pub no: i64,
    pub id: ConversationId,
    pub token_hash: String,
    pub head: Head,
    /// Since when there is something to do.
    work_since_ms: Option<i64>,
    pub fence: u64,
    holder: Option<String>,
    lease_until_ms: Option<i64>,
    /// From where it was begun, when it came over a network.
    pub origin: Option<Origin>,
}

const LOAD: &str = "
    SELECT no, token_hash, work_since_ms, fence, lease_holder, lease_until_ms,
           channel, status, assignee, customer, episode,
           last_seq, last_input_seq, answered_through, effects_running, hidden_through, origin
    FROM conversations WHERE id = $1";

/// The row as it is before its first events are folded in.
const CREATE: &str = "
    INSERT INTO conversations (no, id, token_hash, created_ms, channel, status, episode,
        last_seq, last_input_seq, answered_through, effects_running, hidden_through, fence, origin)
    SELECT COALESCE(MAX(no), 0) + 1, $1, $2, $3, $4, $5, 1, 0, 0, 0, 0, 0, 0, $6 FROM conversations";

const SAVE: &str = "
    UPDATE conversations SET work_since_ms = $2, fence = $3, lease_holder = $4, lease_until_ms = $5,
        channel = $6, status = $7, assignee = $8, customer = $9, episode = $10,
        last_seq = $11, last_input_seq = $12, answered_through = $13, effects_running = $14,
        hidden_through = $15
    WHERE no = $1";

impl Conversation {
    pub(super) fn load(tx: &mut Tx<'_>, id: &ConversationId) -> Result<Self, StoreError> {
        let row = tx.query_first(LOAD, &[id.as_str().into()])?;
        let row = row.ok_or(StoreError::NotFound)?;
        let opt = |column| Ok::<_, StoreError>(row.opt_text(column)?.map(str::to_owned));
        Ok(Self {
            no: row.int(0)?,
            id: id.clone(),
            token_hash: row.text(1)?.to_owned(),
            work_since_ms: row.opt_int(2)?,
            fence: row.uint(3)?,
            holder: opt(4)?,
            lease_until_ms: row.opt_int(5)?,
            head: Head {
                channel: row.word(6)?,
                status: row.word(7)?,
                assignee: opt(8)?,
                customer: row.opt_text(9)?.map(CustomerId::new),
                episode: u32::try_from(row.uint(10)?).unwrap_or(u32::MAX),
                last_seq: row.uint(11)?,
                last_input_seq: row.uint(12)?,
                answered_through: row.uint(13)?,
                effects_running: u32::try_from(row.uint(14)?).unwrap_or(u32::MAX),
                hidden_through: row.uint(15)?,
            },
            origin: row.opt_text(16)?.and_then(Origin::parse),
        })
    }

    pub(super) fn create(
        tx: &mut Tx<'_>,
        id: &ConversationId,
        token_hash: &str,
        head: &Head,
        at_ms: i64,
        origin: Option<&Origin>,
    ) -> Result<Self, StoreError> {
        let params = [
            id.as_str().into(),
            token_hash.into(),
            at_ms.into(),
            Value::word(&head.channel)?,
            Value::word(&head.status)?,
            Value::opt_text(origin.map(ToString::to_string)),
        ];
        tx.execute(CREATE, &params)?;
        Self::load(tx, id)
    }

    /// Writes the row back; whether there is work follows from the head.
    pub(super) fn save(&mut self, tx: &mut Tx<'_>, now_ms: i64) -> Result<(), StoreError> {
        let head = &self.head;
        self.work_since_ms = head
            .has_work()
            .then(|| self.work_since_ms.unwrap_or(now_ms));
        let params = [
            self.no.into(),
            Value::opt_int(self.work_since_ms),
            self.fence.into(),
            Value::opt_text(self.holder.as_deref()),
            Value::opt_int(self.lease_until_ms),
            Value::word(&head.channel)?,
            Value::word(&head.status)?,
            Value::opt_text(head.assignee.as_deref()),
            Value::opt_text(head.customer.as_ref().map(|customer| customer.as_str())),
            head.episode.into(),
            head.last_seq.into(),
            head.last_input_seq.into(),
            head.answered_through.into(),
            head.effects_running.into(),
            head.hidden_through.into(),
        ];
        tx.execute(SAVE, &params)?;
        Ok(())
    }

    /// Is this lease the newest, and not given back?
    pub(super) fn is_held_by(&self, lease: &Lease) -> bool {
        self.fence == lease.fence && self.holder.as_deref() == Some(&lease.holder)
    }

    /// Nobody holds it, or has let it run out.
    pub(super) fn is_free(&self, now_ms: i64) -> bool {
        self.holder.is_none() || self.lease_until_ms.is_none_or(|until| until <= now_ms)
    }

    pub(super) fn lease_to(&mut self, holder: &str, now_ms: i64) -> Lease {
        self.fence += 1;
        self.holder = Some(holder.to_owned());
        self.lease_until_ms = None;
        self.extend(now_ms);
        Lease {
            conversation: self.id.clone(),
            holder: holder.to_owned(),
            fence: self.fence,
        }
    }

    /// Never shortens: clocks of two processes may differ.
    pub(super) fn extend(&mut self, now_ms: i64) {
        let ttl = i64::try_from(LEASE_TTL.as_millis()).unwrap_or(i64::MAX);
        self.lease_until_ms = self.lease_until_ms.max(Some(now_ms.saturating_add(ttl)));
    }

    pub(super) fn give_back(&mut self) {
        self.holder = None;
        self.lease_until_ms = None;
    }

    /// Whatever run is on cannot append any more.
    pub(super) fn fence_off(&mut self) {
        self.fence += 1;
        self.give_back();
    }
}
