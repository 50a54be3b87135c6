//! A conversation as a run holds it: the log it has read, what it has added, and the folds of both.

use std::sync::Arc;

use super::evidence::Evidence;
use super::turn::Turn;
use crate::domain::event::{Event, EventBody};
use crate::domain::ids::{ConversationId, MessageId, Random};
use crate::store::{Store, StoreError};

pub struct Session {
    pub id: ConversationId,
    /// Logged and pending events in the order they were folded.
    pub events: Vec<Arc<Event>>,
    pub turn: Turn,
    pub evidence: Evidence,
    /// Newest sequence number read from or written to the log.
    pub last_seq: u64,
    /// Bodies that ride on the next durable append.
    pub pending: Vec<EventBody>,
}

impl Session {
    /// Reads and folds the whole log.
    pub async fn load(store: &Store, id: &ConversationId) -> Result<Self, StoreError> {
        let mut session = Self {
            id: id.clone(),
            events: Vec::new(),
            turn: Turn::default(),
            evidence: Evidence::default(),
            last_seq: 0,
            pending: Vec::new(),
        };
        session.read_on(store).await?;
        Ok(session)
    }

    /// Folds what others have appended since. True when there was something.
    pub async fn read_on(&mut self, store: &Store) -> Result<bool, StoreError> {
        let before = self.last_seq;
        loop {
            let page = store.events(&self.id, self.last_seq).await?;
            if page.is_empty() {
                return Ok(self.last_seq > before);
            }
            for event in page {
                self.last_seq = event.seq;
                self.fold(Arc::new(event));
            }
        }
    }

    /// Takes an event into account that is not in the log yet.
    pub fn note(&mut self, at_ms: i64, body: EventBody) {
        self.pending.push(body.clone());
        self.fold(Arc::new(Event { seq: 0, at_ms, body }));
    }

    /// Folds events that this run has just appended, leaving out the first `known` of them, which
    /// were noted before.
    pub fn appended(&mut self, events: &[Arc<Event>], known: usize) {
        for event in events.iter().skip(known) {
            self.fold(event.clone());
        }
        if let Some(last) = events.last() {
            self.last_seq = last.seq;
        }
    }

    fn fold(&mut self, event: Arc<Event>) {
        self.turn.apply(&event);
        self.evidence.apply(&event);
        self.events.push(event);
    }

    /// The id of the message that this turn's reply will have: the one already begun, or a new one.
    pub fn message(&self, random: &Random) -> MessageId {
        self.turn
            .message()
            .cloned()
            .unwrap_or_else(|| MessageId::new(random.id("m")))
    }
}
