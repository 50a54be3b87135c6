//! Conversations: their logs, heads and payloads.

use std::sync::Arc;

use super::db::{Row, Tx, Value};
use super::feed::{Feed, Live};
use super::heads::Conversation;
use super::lease::Lease;
use super::ledger::{self, LedgerChange};
use super::lift::{self, Stored};
use super::outbox::NewOutbox;
use super::usage::{self, DayUsage};
use super::{Store, StoreError, approvals, attachments, bundles, outbox, proofs};
use crate::domain::bundle::Bundle;
use crate::domain::conversation::Head;
use crate::domain::event::{Channel, ConversationStarted, Erased, Event, EventBody};
use crate::domain::ids::{ConversationId, CustomerId, MessageId};
use crate::domain::limits::{
    EVENTS_KEPT_FREE, EVENTS_PER_CONVERSATION_MAX, EVENTS_PER_READ_MAX, EVENTS_READ_HERE_MAX,
};
use crate::domain::origin::Origin;

/// Who appends.
#[derive(Clone, Debug)]
pub enum Writer {
    /// A run of the assistant: only while its lease is the newest.
    Run(Lease),
    /// The shopper, or the storefront on their behalf. When nobody holds the conversation and the
    /// append leaves work to do, the lease is taken for `holder` in the same transaction.
    Shopper { holder: String },
    /// The storefront, which says that somebody else writes now: whatever run is on is fenced off.
    /// When the append leaves work to do, the lease is taken for `holder`.
    Storefront { holder: String },
    /// An agent who decides about a parked call: the run that is on goes on and comes to it. When
    /// nobody holds the conversation, the lease is taken for `holder`.
    Approver { holder: String },
    /// A support agent: whatever run is on is fenced off. When the append leaves work to do (a
    /// person hands back), it is found by `unfinished`.
    Agent,
}

/// One append, all or nothing.
#[derive(Clone, Debug)]
pub struct Append {
    pub writer: Writer,
    pub at_ms: i64,
    pub events: Vec<EventBody>,
    /// Refuse with `Superseded` when anything newer than this is in the log.
    pub unless_seq_after: Option<u64>,
    /// Refuse with `SomebodyElse` when another shopper writes by now.
    pub only_for: Option<Shopper>,
    pub outbox: Vec<NewOutbox>,
    pub ledger: Vec<LedgerChange>,
    pub bundle: Option<Bundle>,
    /// What models have used up since the last append of the process; added to the days' sums.
    pub usage: Vec<DayUsage>,
    /// Give the lease back in the same transaction, unless the conversation has work again: then
    /// it stays held and `Appended::lease` is that lease: run once more.
    pub release: bool,
}

impl Append {
    pub fn new(writer: Writer, at_ms: i64, events: Vec<EventBody>) -> Self {
        Self {
            writer,
            at_ms,
            events,
            unless_seq_after: None,
            only_for: None,
            outbox: Vec::new(),
            ledger: Vec::new(),
            bundle: None,
            usage: Vec::new(),
            release: false,
        }
    }
}

/// Who writes a conversation: the customer, if one is proved, and how much of it is hidden from them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shopper {
    pub customer: Option<CustomerId>,
    pub hidden_through: u64,
}

impl From<&Head> for Shopper {
    fn from(head: &Head) -> Self {
        Self {
            customer: head.customer.clone(),
            hidden_through: head.hidden_through,
        }
    }
}

#[derive(Clone, Debug)]
pub struct Appended {
    pub head: Head,
    /// As logged, in order; published to the feed before this returns.
    pub events: Vec<Arc<Event>>,
    /// Taken by this append (see `Writer::Shopper`), or kept by it (see `Append::release`).
    pub lease: Option<Lease>,
    /// The client id was known: `events` has what was first appended under it, nothing is new.
    pub repeated: bool,
    /// The message that this was already.
    pub duplicate_of: Option<MessageId>,
}

const ADD_EVENT: &str = "
    INSERT INTO events (conversation, seq, type, version, at_ms, data, client_id)
    VALUES ($1, $2, $3, $4, $5, $6, $7)";

const ADD_PAYLOAD: &str = "INSERT INTO payloads (conversation, seq, body) VALUES ($1, $2, $3)";

const FIND_CLIENT_ID: &str = "SELECT seq FROM events WHERE conversation = $1 AND client_id = $2";

const READ: &str = "
    SELECT e.seq, e.type, e.version, e.at_ms, e.data, e.client_id, p.body
    FROM events e LEFT JOIN payloads p ON p.conversation = e.conversation AND p.seq = e.seq
    WHERE e.conversation = $1 AND e.seq > $2 ORDER BY e.seq LIMIT $3";

const ERASE_PAYLOADS: &str = "DELETE FROM payloads WHERE conversation = $1";

impl Store {
    /// Creates one: `ConversationStarted`, then `more`. `token_hash` is the SHA-256 of its token.
    pub async fn create_conversation(
        &self,
        id: &ConversationId,
        token_hash: &str,
        channel: Channel,
        at_ms: i64,
        more: Vec<EventBody>,
    ) -> Result<Head, StoreError> {
        self.create_conversation_from(id, token_hash, channel, at_ms, None, more)
            .await
    }

    /// The same for one that is begun over a network.
    pub async fn create_conversation_from(
        &self,
        id: &ConversationId,
        token_hash: &str,
        channel: Channel,
        at_ms: i64,
        origin: Option<Origin>,
        more: Vec<EventBody>,
    ) -> Result<Head, StoreError> {
        let (id, token_hash) = (id.clone(), token_hash.to_owned());
        let started = EventBody::ConversationStarted(ConversationStarted { channel });
        let events = prepare(std::iter::once(started).chain(more))?;
        self.db
            .write(move |tx| {
                let head = Head::new(channel);
                let origin = origin.as_ref();
                let mut conversation =
                    Conversation::create(tx, &id, &token_hash, &head, at_ms, origin)?;
                add_events(tx, &mut conversation, events, at_ms)?;
                conversation.save(tx, at_ms)?;
                Ok(conversation.head)
            })
            .await
    }

    /// The head of what this token opens; `NotFound` for a wrong token and for an unknown id alike.
    pub async fn open_conversation(
        &self,
        id: &ConversationId,
        token_hash: &str,
    ) -> Result<Head, StoreError> {
        let (id, token_hash) = (id.clone(), token_hash.to_owned());
        self.db
            .read_few(move |tx| {
                let conversation = Conversation::load(tx, &id)?;
                if conversation.token_hash == token_hash {
                    Ok(conversation.head)
                } else {
                    Err(StoreError::NotFound)
                }
            })
            .await
    }

    /// Appends durably: when this returns `Ok`, everything in it is on disk. A `ShopperWrote` whose
    /// `client_id` is known appends nothing and returns the first one.
    pub async fn append(
        &self,
        id: &ConversationId,
        mut append: Append,
    ) -> Result<Appended, StoreError> {
        let id = id.clone();
        let new = prepare(std::mem::take(&mut append.events))?;
        let (feed, to) = (self.feed.clone(), id.clone());
        let tell = move |appended: &Appended| {
            if !appended.repeated {
                publish(&feed, &to, &appended.events);
            }
        };
        self.db
            .write_then(move |tx| append_all(tx, &id, append, new), tell)
            .await
    }

    pub async fn head(&self, id: &ConversationId) -> Result<Head, StoreError> {
        let id = id.clone();
        let load = move |tx: &mut Tx<'_>| Conversation::load(tx, &id);
        Ok(self.db.read_few(load).await?.head)
    }

    /// Events after `after`, oldest first, at most `EVENTS_PER_READ_MAX`.
    pub async fn events(&self, id: &ConversationId, after: u64) -> Result<Vec<Event>, StoreError> {
        Ok(self.page(id, after, |_| 0).await?.1)
    }

    /// The same of what is the present shopper's to see, and the sequence number through which
    /// nothing is: one look at both, so that a wall is never read past.
    pub async fn events_shown(
        &self,
        id: &ConversationId,
        after: u64,
    ) -> Result<(u64, Vec<Event>), StoreError> {
        self.page(id, after, |head| head.hidden_through).await
    }

    async fn page(
        &self,
        id: &ConversationId,
        after: u64,
        hidden: fn(&Head) -> u64,
    ) -> Result<(u64, Vec<Event>), StoreError> {
        let read = |most: usize| {
            let id = id.clone();
            move |tx: &mut Tx<'_>| {
                let conversation = Conversation::load(tx, &id)?;
                let hidden = hidden(&conversation.head);
                let from = after.max(hidden);
                let events = read_events(tx, &id, conversation.no, from, most as u64)?;
                Ok((hidden, events))
            }
        };
        let many =
            self.head(id).await?.last_seq.saturating_sub(after) >= EVENTS_READ_HERE_MAX as u64;
        match many {
            true => self.db.read(read(EVENTS_PER_READ_MAX)).await,
            false => self.db.read_few(read(EVENTS_PER_READ_MAX)).await,
        }
    }

    /// Erases all payload rows of a conversation, its bundles, its pictures, its code and what its
    /// outbox rows hold, and logs `Erased`. A run that still has the words in memory is fenced off.
    pub async fn erase(&self, id: &ConversationId, at_ms: i64) -> Result<(), StoreError> {
        let id = id.clone();
        let (feed, to) = (self.feed.clone(), id.clone());
        let erased = prepare([EventBody::Erased(Erased {})])?;
        let work = move |tx: &mut Tx<'_>| {
            let mut conversation = Conversation::load(tx, &id)?;
            conversation.fence_off();
            tx.execute(ERASE_PAYLOADS, &[conversation.no.into()])?;
            bundles::erase(tx, conversation.no)?;
            outbox::erase(tx, conversation.no, at_ms)?;
            proofs::erase(tx, conversation.no)?;
            approvals::erase(tx, conversation.no)?;
            attachments::erase(tx, conversation.no)?;
            let events = add_events(tx, &mut conversation, erased, at_ms)?;
            conversation.save(tx, at_ms)?;
            Ok::<_, StoreError>(events)
        };
        self.db
            .write_then(work, move |events| publish(&feed, &to, events))
            .await
            .map(|_| ())
    }
}

/// On disk by now, and called in the order of the commits.
fn publish(feed: &Feed, id: &ConversationId, events: &[Arc<Event>]) {
    for event in events {
        feed.publish(id, Live::Logged(event.clone()));
    }
}

/// An event as it will be stored: made before it is queued, so that the one writer thread neither
/// serialises nor compresses.
struct NewEvent {
    body: EventBody,
    stored: Stored,
}

fn prepare(bodies: impl IntoIterator<Item = EventBody>) -> Result<Vec<NewEvent>, StoreError> {
    let prepare = |body| {
        let stored = lift::store(&body)?;
        Ok(NewEvent { body, stored })
    };
    bodies.into_iter().map(prepare).collect()
}

fn append_all(
    tx: &mut Tx<'_>,
    id: &ConversationId,
    append: Append,
    new: Vec<NewEvent>,
) -> Result<Appended, StoreError> {
    let mut conversation = Conversation::load(tx, id)?;
    if let Some(first) = first_of_same_client_id(tx, &conversation, &new)? {
        return repeat(tx, conversation, &append, first);
    }
    admit(&mut conversation, &append, new.len())?;
    let at_ms = append.at_ms;
    let is_wall = |new: &NewEvent| matches!(new.body, EventBody::IdentityDropped(_));
    if new.iter().any(is_wall) {
        // Its code still stands where whoever comes next may have read it.
        proofs::erase(tx, conversation.no)?;
    }
    let events = add_events(tx, &mut conversation, new, at_ms)?;
    for event in &events {
        approvals::note(tx, conversation.no, event)?;
    }
    for change in append.ledger {
        ledger::change(tx, conversation.no, change, at_ms)?;
    }
    for new in append.outbox {
        outbox::add(tx, conversation.no, new, at_ms)?;
    }
    if let Some(bundle) = &append.bundle {
        bundles::add(tx, conversation.no, bundle)?;
    }
    usage::add(tx, &append.usage)?;
    let lease = settle_lease(&mut conversation, append.writer, append.release, at_ms);
    conversation.save(tx, at_ms)?;
    Ok(Appended {
        head: conversation.head,
        events,
        lease,
        repeated: false,
        duplicate_of: None,
    })
}

/// May this writer append this now?
fn admit(conversation: &mut Conversation, append: &Append, new: usize) -> Result<(), StoreError> {
    let mut events_max = EVENTS_PER_CONVERSATION_MAX;
    match &append.writer {
        Writer::Shopper { .. } => {}
        Writer::Approver { .. } => events_max += EVENTS_KEPT_FREE,
        Writer::Run(lease) => {
            if !conversation.is_held_by(lease) {
                return Err(StoreError::Fenced);
            }
            // A run that appends is alive.
            conversation.extend(append.at_ms);
            events_max += EVENTS_KEPT_FREE;
        }
        Writer::Agent | Writer::Storefront { .. } => {
            conversation.fence_off();
            events_max += EVENTS_KEPT_FREE;
        }
    }
    let now = Shopper::from(&conversation.head);
    if append.only_for.as_ref().is_some_and(|who| *who != now) {
        return Err(StoreError::SomebodyElse);
    }
    let last = conversation.head.last_seq;
    if append.unless_seq_after.is_some_and(|seen| last > seen) {
        return Err(StoreError::Superseded);
    }
    if conversation.head.last_seq + new as u64 > events_max {
        return Err(StoreError::Full);
    }
    Ok(())
}

fn settle_lease(
    conversation: &mut Conversation,
    writer: Writer,
    release: bool,
    at_ms: i64,
) -> Option<Lease> {
    let has_work = conversation.head.has_work();
    match writer {
        Writer::Shopper { holder }
        | Writer::Storefront { holder }
        | Writer::Approver { holder } => {
            (has_work && conversation.is_free(at_ms)).then(|| conversation.lease_to(&holder, at_ms))
        }
        Writer::Run(lease) if release && has_work => Some(lease),
        Writer::Run(_) if release => {
            conversation.give_back();
            None
        }
        Writer::Run(_) | Writer::Agent => None,
    }
}

fn add_events(
    tx: &mut Tx<'_>,
    conversation: &mut Conversation,
    new: Vec<NewEvent>,
    at_ms: i64,
) -> Result<Vec<Arc<Event>>, StoreError> {
    let mut events = Vec::with_capacity(new.len());
    for NewEvent { body, stored } in new {
        let seq = conversation.head.last_seq + 1;
        let event = Event { seq, at_ms, body };
        add_event(tx, conversation.no, &event, stored)?;
        conversation.head.apply(&event);
        events.push(Arc::new(event));
    }
    Ok(events)
}

fn add_event(
    tx: &mut Tx<'_>,
    conversation: i64,
    event: &Event,
    stored: Stored,
) -> Result<(), StoreError> {
    let (no, seq) = (Value::from(conversation), Value::from(event.seq));
    let params = [
        no.clone(),
        seq.clone(),
        stored.kind.into(),
        stored.version.into(),
        event.at_ms.into(),
        stored.data.into(),
        Value::opt_text(stored.client_id),
    ];
    tx.execute(ADD_EVENT, &params)?;
    if let Some(private) = stored.private {
        tx.execute(ADD_PAYLOAD, &[no, seq, Value::Blob(private)])?;
    }
    Ok(())
}

/// The message that was first appended under a client id of these events.
fn first_of_same_client_id(
    tx: &mut Tx<'_>,
    conversation: &Conversation,
    new: &[NewEvent],
) -> Result<Option<Event>, StoreError> {
    for client_id in new.iter().filter_map(|new| new.stored.client_id.as_deref()) {
        let params = [conversation.no.into(), client_id.into()];
        if let Some(row) = tx.query_first(FIND_CLIENT_ID, &params)? {
            let before = row.uint(0)? - 1;
            let found = read_events(tx, &conversation.id, conversation.no, before, 1)?;
            return Ok(found.into_iter().next());
        }
    }
    Ok(None)
}

/// Answers a repeated append. Its sender may be trying again because a process died before it
/// answered, so work that nobody holds is taken up now.
fn repeat(
    tx: &mut Tx<'_>,
    mut conversation: Conversation,
    append: &Append,
    first: Event,
) -> Result<Appended, StoreError> {
    let lease = match &append.writer {
        writer @ Writer::Shopper { .. } => {
            settle_lease(&mut conversation, writer.clone(), false, append.at_ms)
        }
        Writer::Run(_) | Writer::Agent | Writer::Storefront { .. } | Writer::Approver { .. } => {
            None
        }
    };
    if lease.is_some() {
        conversation.save(tx, append.at_ms)?;
    }
    let duplicate_of = match &first.body {
        EventBody::ShopperWrote(wrote) => Some(wrote.message.clone()),
        _ => None,
    };
    Ok(Appended {
        head: conversation.head,
        events: vec![Arc::new(first)],
        lease,
        repeated: true,
        duplicate_of,
    })
}

pub(super) fn read_events(
    tx: &mut Tx<'_>,
    id: &ConversationId,
    no: i64,
    after: u64,
    limit: u64,
) -> Result<Vec<Event>, StoreError> {
    let rows = tx.query(READ, &[no.into(), after.into(), limit.into()])?;
    let event = |row: &Row| {
        let stored = Stored {
            kind: row.text(1)?.to_owned(),
            version: row.int(2)?,
            data: row.text(4)?.to_owned(),
            client_id: row.opt_text(5)?.map(str::to_owned),
            private: row.opt_blob(6)?.map(<[u8]>::to_vec),
        };
        lift::lift(id, row.uint(0)?, row.int(3)?, &stored)
    };
    rows.iter().map(event).collect()
}
