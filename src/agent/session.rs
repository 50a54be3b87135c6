//! A conversation as a run holds it: the log it has read, what it has added, and the folds of both.

use std::sync::Arc;

use super::context::{self, Line};
use super::evidence::Evidence;
use super::summary::Folding;
use super::turn::Turn;
use crate::domain::budget::{Budgets, Spent};
use crate::domain::event::{Channel, Event, EventBody, ToolOutcome};
use crate::domain::identity::Proof;
use crate::domain::ids::{ConversationId, MessageId, sha256_hex};
use crate::domain::limits;
use crate::domain::page::Page;
use crate::store::{Store, StoreError};
use crate::tools::ReadTool as _;
use crate::tools::verify_identity::{self, VerifyIdentity};

pub struct Session {
    pub id: ConversationId,
    pub channel: Channel,
    /// Logged and pending events in the order they were folded.
    pub events: Vec<Arc<Event>>,
    pub turn: Turn,
    /// What the models have used up, by these budgets.
    pub spent: Spent,
    budgets: Arc<Budgets>,
    pub evidence: Evidence,
    /// The same as a model sees it.
    pub lines: Vec<Line>,
    /// Where the open turn starts in `lines`.
    pub open_from: usize,
    /// How much of `lines` is told in short, and where facts come from.
    pub folding: Folding,
    /// Newest sequence number read from or written to the log.
    pub last_seq: u64,
    /// Bodies that ride on the next durable append.
    pub pending: Vec<EventBody>,
}

impl Session {
    /// A conversation of which nothing has been read.
    pub fn new(id: &ConversationId) -> Self {
        Self {
            id: id.clone(),
            channel: Channel::Chat,
            events: Vec::new(),
            turn: Turn::default(),
            spent: Spent::default(),
            budgets: Arc::default(),
            evidence: Evidence::default(),
            lines: Vec::new(),
            open_from: 0,
            folding: Folding::default(),
            last_seq: 0,
            pending: Vec::new(),
        }
    }

    /// Reads and folds the whole log.
    pub async fn load(store: &Store, id: &ConversationId) -> Result<Self, StoreError> {
        let mut session = Self::new(id);
        session.read_on(store).await?;
        Ok(session)
    }

    /// The same, counting what models have used up.
    pub async fn load_within(
        store: &Store,
        id: &ConversationId,
        budgets: &Arc<Budgets>,
    ) -> Result<Self, StoreError> {
        let mut session = Self::new(id);
        session.budgets = budgets.clone();
        session.read_on(store).await?;
        Ok(session)
    }

    /// Folds what others have appended since. True when there was something.
    pub async fn read_on(&mut self, store: &Store) -> Result<bool, StoreError> {
        let before = self.last_seq;
        loop {
            let page = store.events(&self.id, self.last_seq).await?;
            let is_last = page.len() < limits::EVENTS_PER_READ_MAX;
            for event in page {
                self.last_seq = event.seq;
                self.fold(Arc::new(event));
            }
            if is_last {
                return Ok(self.last_seq > before);
            }
        }
    }

    /// Folds an event of a log that was read elsewhere.
    pub fn fold_logged(&mut self, event: Event) {
        self.last_seq = event.seq;
        self.fold(Arc::new(event));
    }

    /// Takes an event into account that is not in the log yet.
    pub fn note(&mut self, at_ms: i64, body: EventBody) {
        self.pending.push(body.clone());
        self.fold(Arc::new(Event {
            seq: 0,
            at_ms,
            body,
        }));
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
        let wall = self.turn.identity().wall(&event);
        // Another customer's facts must not support anything any more.
        let replaced = self.turn.identity().is_replaced_by(&event.body);
        let of_before = match &event.body {
            EventBody::EffectFinished(finished) => self.turn.is_of_before(&finished.proposal),
            EventBody::ApprovalDecided(decided) => self.turn.is_parked_of_before(&decided.proposal),
            EventBody::ConversationStarted(started) => {
                self.channel = started.channel;
                false
            }
            _ => false,
        };
        self.turn.apply(&event);
        self.spent.apply(&event.body, &self.budgets);
        if of_before {
            return;
        }
        if let Some(through) = wall {
            self.forget_through(through);
        } else if replaced {
            self.evidence.forget();
        }
        self.hold(event);
    }

    /// Keeps of all that was read what is the present shopper's: the messages behind the wall, and
    /// the calls under way for them.
    fn forget_through(&mut self, through: u64) {
        let mut events = std::mem::take(&mut self.events);
        events.retain(|event| match &event.body {
            EventBody::ShopperWrote(_) => event.seq > through,
            EventBody::ModelAnswered(answered) => answered
                .calls
                .iter()
                .any(|head| self.turn.is_pending(&head.call)),
            _ => false,
        });
        self.evidence = Evidence::default();
        self.lines.clear();
        self.open_from = 0;
        self.folding = Folding::default();
        for event in events {
            self.hold(event);
        }
    }

    /// Through which event the log is not this turn's: where a wall stands when somebody else
    /// proves to be here in its middle.
    pub fn before_turn(&self) -> u64 {
        let not_theirs = |event: &&Arc<Event>| {
            let theirs = matches!(
                event.body,
                EventBody::ShopperWrote(_)
                    | EventBody::PersonAsked(_)
                    | EventBody::MarkedRead(_)
                    | EventBody::Rated(_)
                    | EventBody::ApprovalDecided(_)
            );
            let open = theirs && event.seq >= self.turn.first_input();
            event.seq > 0 && !open
        };
        let newest = self.events.iter().rev().find(not_theirs);
        newest.map_or(0, |event| event.seq)
    }

    fn hold(&mut self, event: Arc<Event>) {
        self.evidence.apply(&event);
        let (line, at) = (self.lines.len(), self.events.len());
        let lines = context::lines(&event);
        if line == self.open_from && lines.first().is_some_and(|line| line.opens) {
            self.folding.turn_begins(line, at);
        }
        let weight = lines.iter().map(Line::weight).sum();
        self.folding.hold(&event, at, weight);
        self.lines.extend(lines);
        let over = matches!(event.body, EventBody::Replied(_) | EventBody::AgentWrote(_));
        self.events.push(event);
        if over {
            self.open_from = self.lines.len();
            self.folding
                .turn_ends(self.open_from, &self.events, &self.evidence);
        }
    }

    /// Events of the turn that is open.
    pub fn open_events(&self) -> impl Iterator<Item = &Event> {
        let start = self
            .events
            .iter()
            .rposition(|event| {
                matches!(event.body, EventBody::Replied(_) | EventBody::AgentWrote(_))
            })
            .map_or(0, |at| at + 1);
        self.events[start..].iter().map(Arc::as_ref)
    }

    /// Is a one-time code of this conversation waiting to be typed?
    pub fn code_sent(&self, now_ms: i64) -> bool {
        let ttl = i64::try_from(limits::CODE_TTL.as_millis()).unwrap_or(i64::MAX);
        let newest = self
            .events
            .iter()
            .rev()
            .find_map(|event| match &event.body {
                EventBody::ToolReturned(returned) => {
                    let words = returned.private.as_ref()?;
                    let sent = returned.outcome == ToolOutcome::Done
                        && returned.tool == VerifyIdentity::NAME
                        && verify_identity::has_sent(&words.content);
                    sent.then(|| now_ms < event.at_ms.saturating_add(ttl))
                }
                EventBody::IdentityProved(proved) => {
                    matches!(proved.proof, Proof::Customer { .. }).then_some(false)
                }
                _ => None,
            });
        newest.unwrap_or(false)
    }

    /// Where the shopper was when they wrote last; a message of another client may not say.
    pub fn page(&self) -> Option<&Page> {
        let newest = self
            .events
            .iter()
            .rev()
            .find_map(|event| match &event.body {
                EventBody::ShopperWrote(wrote) => Some(wrote.private.as_ref()?.page.as_ref()),
                _ => None,
            });
        newest.flatten()
    }

    /// Pictures that came with the messages of the open turn.
    pub fn pictures(&self) -> usize {
        let sent = self.open_events().map(|event| match &event.body {
            EventBody::ShopperWrote(wrote) => wrote
                .private
                .as_ref()
                .map_or(0, |words| words.attachments.len()),
            _ => 0,
        });
        sent.sum()
    }

    /// The sentence of this turn that the guard stopped last, and why.
    pub fn stopped(&self) -> Option<(&str, &str)> {
        self.open_events()
            .filter_map(|event| match &event.body {
                EventBody::GuardStopped(stopped) => {
                    let words = stopped.private.as_ref()?;
                    Some((words.sentence.as_str(), words.reason.as_str()))
                }
                _ => None,
            })
            .last()
    }

    /// The id of the message that this turn's reply has. It follows from the log alone, so that a
    /// run after a crash speaks of the same message and can void what was shown of it.
    pub fn message(&self) -> MessageId {
        self.turn.message().cloned().unwrap_or_else(|| {
            let first = self.turn.first_input();
            let hash = sha256_hex(&format!("{}/{first}", self.id));
            MessageId::new(format!("m_{}", &hash[..32]))
        })
    }
}
