//! The only loop: asks the turn for its next step, does the I/O, feeds the result back, until
//! nothing is left to do. Nothing is decided here.
//!
//! Design: reads and model calls are noted in memory and ride on the next durable append, because
//! repeating a lost one is harmless. There are three such appends: the shopper's message (made by
//! the channel), a confirmation before its effect, and the reply.

mod approvals;
mod drafts;
mod effects;
mod parts;
mod replies;
mod sources;
mod speaking;
mod spending;
mod tool_calls;
#[cfg(test)]
mod unguarded;

pub use approvals::{Verdict, decision};
pub use effects::{confirmation, effect_key, part_key};

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::{Semaphore, broadcast};
use tokio::time::Instant;
use tracing::{Instrument as _, error, info_span, warn};

use super::budget::{self, Meter};
use super::context::Frame;
use super::prompt::Prompts;
use super::session::Session;
use super::turn::Step;
use crate::clock::Clock;
use crate::customers::Customers;
use crate::domain::autonomy::Autonomy;
use crate::domain::budget::Budgets;
use crate::domain::event::{ClosedWhy, ConfirmedBy, EventBody, ProposalClosed, Usage};
use crate::domain::ids::{ProposalId, Random};
use crate::domain::limits;
use crate::knowledge::Knowledge;
use crate::knowledge::catalog::Catalog;
use crate::model::{EndpointHealth, EndpointState, Model};
use crate::shop::Shop;
use crate::store::feed::Live;
use crate::store::lease::Lease;
use crate::store::ledger::LedgerChange;
use crate::store::log::{Append, Writer};
use crate::store::outbox::NewOutbox;
use crate::store::{Store, StoreError};
use crate::tools::registry::Registry;

/// What an assistant is made of.
#[derive(Clone)]
pub struct Parts {
    pub store: Store,
    pub shop: Shop,
    pub knowledge: Arc<Knowledge>,
    pub customers: Arc<Customers>,
    pub catalog: Arc<Catalog>,
    pub tools: Arc<Registry>,
    pub model: Arc<dyn Model>,
    pub clock: Clock,
    pub random: Random,
    /// Keys the hashes of one-time codes: the same in every process of the shop.
    pub secret: [u8; 32],
    /// Name under which this process holds leases.
    pub holder: String,
    /// What is done without a person, by channel and action.
    pub autonomy: Autonomy,
    /// Everything is prepared and nothing is done.
    pub dry_run: bool,
}

/// Serves conversations. One per process.
pub struct Assistant {
    pub parts: Parts,
    frame: Frame,
    /// Runs that may be on at once; closed when the process stops.
    permits: Arc<Semaphore>,
    draining: AtomicBool,
    /// What the models of this process use up.
    meter: Meter,
    /// What they are told of the tools, in bytes.
    tools_bytes: usize,
}

impl Assistant {
    /// Without a limit on what models may use up.
    pub fn new(parts: Parts) -> Arc<Self> {
        Self::within(Budgets::default(), parts)
    }

    pub fn within(budgets: Budgets, parts: Parts) -> Arc<Self> {
        let profile = &parts.shop.profile;
        let frame = Frame::new(&profile.name, parts.tools.specs(), profile.zone.clone())
            .with_autonomy(&parts.autonomy, &parts.tools.acting());
        Arc::new(Self {
            meter: Meter::new(budgets, profile.zone.clone()),
            tools_bytes: budget::bytes_of_tools(&frame.tools),
            parts,
            frame,
            permits: Arc::new(Semaphore::new(limits::TURNS_IN_FLIGHT_MAX)),
            draining: AtomicBool::new(false),
        })
    }

    /// Does an endpoint of the model rest because it has failed too often?
    pub fn model_is_degraded(&self) -> bool {
        let health = self.parts.model.health();
        let rests = |endpoint: &EndpointHealth| endpoint.state != EndpointState::Closed;
        health.iter().any(rests)
    }

    /// Runs the conversation in the background until nothing is left to do.
    pub fn start(self: &Arc<Self>, lease: Lease) {
        let assistant = self.clone();
        let span = info_span!("run", conversation = %lease.conversation, fence = lease.fence);
        tokio::spawn(
            async move {
                if let Err(error) = assistant.run(lease).await {
                    error!(%error, "the run stopped; it is taken up again when its lease has run out");
                }
            }
            .instrument(span),
        );
    }

    /// Runs the conversation until nothing is left to do; the lease is given back. A run that loses
    /// its conversation to a newer one, or to a person, ends without an error.
    pub async fn run(&self, lease: Lease) -> Result<(), StoreError> {
        self.serve(lease, false).await
    }

    /// The same for what another process has left: what it showed of an unfinished reply is void.
    pub async fn resume(&self, lease: Lease) -> Result<(), StoreError> {
        self.serve(lease, true).await
    }

    async fn serve(&self, lease: Lease, resumed: bool) -> Result<(), StoreError> {
        if self.draining.load(Ordering::SeqCst) {
            return Ok(());
        }
        // A run that waits for its turn is alive: without renewing, another would be started.
        let permit = tokio::select! {
            permit = self.permits.acquire() => permit,
            _lost = self.keep(lease.clone()) => return Ok(()),
        };
        if permit.is_err() || self.draining.load(Ordering::SeqCst) {
            return Ok(());
        }
        let live = self.parts.store.feed().subscribe(&lease.conversation);
        let session = self.session(&lease).await?;
        let renewing = self.keep(lease.clone());
        let mut run = Run {
            assistant: self,
            parts: &self.parts,
            session,
            lease,
            live,
            ledger: Vec::new(),
            outbox: Vec::new(),
            restarts: 0,
            model_until: None,
            unnoted: Usage::default(),
            given_back: false,
        };
        if resumed {
            run.void_what_was_shown();
        }
        let result = tokio::select! {
            result = run.serve_all() => result,
            lost = renewing => Err(lost),
        };
        match result {
            Err(StoreError::Fenced) => Ok(()),
            other => other,
        }
    }

    /// A conversation's log, read and folded.
    async fn session(&self, lease: &Lease) -> Result<Session, StoreError> {
        let (store, budgets) = (&self.parts.store, &self.meter.budgets);
        Session::load_within(store, &lease.conversation, budgets).await
    }

    /// Renews the lease for as long as it is polled; ends when it is lost.
    async fn keep(&self, lease: Lease) -> StoreError {
        let mut beat = tokio::time::interval(limits::LEASE_TTL / 3);
        beat.tick().await;
        loop {
            beat.tick().await;
            match self
                .parts
                .store
                .renew(&lease, self.parts.clock.now_ms())
                .await
            {
                Ok(()) => {}
                Err(lost @ StoreError::Fenced) => return lost,
                Err(error) => warn!(%error, "the lease could not be renewed; trying again"),
            }
        }
    }

    /// Takes no new run and waits for those that are on.
    pub async fn drain(&self) {
        self.draining.store(true, Ordering::SeqCst);
        let all = u32::try_from(limits::TURNS_IN_FLIGHT_MAX).unwrap_or(u32::MAX);
        // Closing the semaphore would cut waiters off; holding all permits is having no run on.
        let _all = self.permits.acquire_many(all).await;
        // Of calls that were broken off: no append has come behind them.
        let used = self.meter.take();
        if !used.is_empty()
            && let Err(error) = self.parts.store.add_usage(used).await
        {
            warn!(%error, "what the last model calls have used is not counted");
        }
    }
}

/// One run over one conversation.
struct Run<'a> {
    assistant: &'a Assistant,
    parts: &'a Parts,
    session: Session,
    lease: Lease,
    live: broadcast::Receiver<Live>,
    /// Ride on the next durable append, like the session's pending events.
    ledger: Vec<LedgerChange>,
    outbox: Vec<NewOutbox>,
    /// How often a newer message has restarted an answer of this turn.
    restarts: u32,
    /// When the time for model work of the open turn is over; `None` until a model is asked.
    model_until: Option<Instant>,
    /// Used by calls that were broken off without an event of their own; the next one tells it.
    unnoted: Usage,
    /// The lease went back with the last reply.
    given_back: bool,
}

impl Run<'_> {
    async fn serve_all(&mut self) -> Result<(), StoreError> {
        while !self.given_back {
            let step = self
                .session
                .turn
                .next(self.now_ms(), &Prompts::get().confirm);
            match step {
                Step::Wait => {
                    if self.rest().await? {
                        return Ok(());
                    }
                }
                Step::CallModel => self.call_model().await?,
                Step::RunTools(calls) => self.run_tools(calls).await,
                Step::Confirm { proposal, hash } => self.confirm_by_words(&proposal, &hash).await?,
                Step::Close { proposal, why } => self.close_by_words(proposal, why).await?,
                Step::Execute(confirmed) => self.execute(&confirmed).await?,
                Step::Tell => self.tell_and_go_on().await?,
                Step::AskForButton { through } => self.ask_for_button(through).await?,
                Step::Reply => self.reply(None).await?,
                Step::HandOff(reason) => self.reply(Some(reason)).await?,
            }
        }
        self.publish(Live::Idle);
        Ok(())
    }

    /// Gives the conversation back. False when there is work again.
    async fn rest(&mut self) -> Result<bool, StoreError> {
        if !self.session.pending.is_empty() || !self.ledger.is_empty() {
            self.append(Vec::new(), |_| {}).await?;
        }
        if !self.parts.store.release(&self.lease).await? {
            self.publish(Live::Idle);
            return Ok(true);
        }
        if self.session.read_on(&self.parts.store).await? {
            return Ok(false);
        }
        error!("the log's head says there is work and its fold says there is none");
        Ok(true)
    }

    async fn close_by_words(
        &mut self,
        proposal: ProposalId,
        why: ClosedWhy,
    ) -> Result<(), StoreError> {
        let closed = EventBody::ProposalClosed(ProposalClosed {
            proposal,
            why,
            by: Some(ConfirmedBy::Words),
        });
        let known = self.session.last_seq;
        match self
            .append(vec![closed], |append| append.unless_seq_after = Some(known))
            .await
        {
            Err(StoreError::Superseded) => self.reload().await,
            other => other,
        }
    }

    /// Whatever a dead process showed of this reply is void unless it is in the log.
    fn void_what_was_shown(&mut self) {
        if self.session.turn.released().is_empty() {
            let message = self.session.message();
            self.publish(Live::Reset { message });
        }
    }

    fn now_ms(&self) -> i64 {
        self.parts.clock.now_ms()
    }

    fn note(&mut self, body: EventBody) {
        let at_ms = self.now_ms();
        self.session.note(at_ms, body);
    }

    /// Tells followers, unless somebody else writes by now than in the log that this run has read.
    fn publish(&self, live: Live) {
        let (id, known) = (&self.lease.conversation, self.session.last_seq);
        self.parts.store.feed().publish_as_of(id, known, live);
    }

    /// Appends what is pending and then `more`, durably and in one transaction.
    async fn append(
        &mut self,
        more: Vec<EventBody>,
        adjust: impl FnOnce(&mut Append),
    ) -> Result<(), StoreError> {
        let mut events = std::mem::take(&mut self.session.pending);
        // A draft is in its bundle: its sentences are not the shopper's to see.
        if self.drafts() {
            events.retain(|body| !matches!(body, EventBody::Released(_)));
        }
        let known = events.len();
        events.extend(more);
        let writer = Writer::Run(self.lease.clone());
        let mut append = Append::new(writer, self.now_ms(), events);
        append.ledger = std::mem::take(&mut self.ledger);
        append.outbox = std::mem::take(&mut self.outbox);
        append.usage = self.assistant.meter.take();
        let used = append.usage.clone();
        adjust(&mut append);
        let release = append.release;
        let appended = self.parts.store.append(&self.session.id, append).await;
        if appended.is_err() {
            self.assistant.meter.give_back(used);
        }
        let appended = appended?;
        if appended
            .events
            .first()
            .is_some_and(|first| first.seq > self.session.last_seq + 1)
        {
            // Somebody wrote in between: their events stand before these.
            self.session = self.assistant.session(&self.lease).await?;
        } else {
            self.session.appended(&appended.events, known);
        }
        self.given_back = release && appended.lease.is_none();
        Ok(())
    }

    /// What others have appended counts from here on. Nothing noted is lost that is not read or
    /// asked again.
    async fn reload(&mut self) -> Result<(), StoreError> {
        self.session = self.assistant.session(&self.lease).await?;
        self.ledger.clear();
        self.outbox.clear();
        Ok(())
    }
}
