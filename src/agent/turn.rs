//! The turn: a plain state machine over the log. It is asked for the next step and fed events; it
//! never awaits, does no I/O and is never stored, only folded. Cut anywhere and folded again from
//! what was appended, it goes on.
//!
//! Events of a turn that only repeat a read are appended late (see the driver), so a fold after a
//! crash may see fewer of them; it must then decide on the same effects.

use super::confirm::{ConfirmWords, Said};
use crate::domain::bundle::HandOffReason;
use crate::domain::card::Card;
use crate::domain::conversation::Status;
use crate::domain::event::{
    Approver, ClosedWhy, ConfirmedBy, EffectFinished, Event, EventBody, ModelAnswered,
    ProposalClosed, ProposalConfirmed, ProposalMade, Shown, ToolOutcome,
};
use crate::domain::identity::Identity;
use crate::domain::ids::{CallId, MessageId, ProposalId};
use crate::domain::limits;

/// What to do next.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Nothing, until somebody writes.
    Wait,
    /// Execute a confirmed write.
    Execute(Box<Confirmed>),
    /// The shopper's typed yes to the open proposal: log it, then it is executed.
    Confirm {
        proposal: ProposalId,
        hash: String,
    },
    /// The shopper's typed no, or a yes that came too late.
    Close {
        proposal: ProposalId,
        why: ClosedWhy,
    },
    /// A typed yes where only the button counts; the answer goes to this input alone.
    AskForButton {
        through: u64,
    },
    /// Code's own words on confirmed writes and closed proposals are due.
    Tell,
    CallModel,
    RunTools(Vec<PendingCall>),
    /// What was released so far is the whole reply.
    Reply,
    HandOff(HandOffReason),
}

/// A tool call that has no result yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingCall {
    pub call: CallId,
    pub tool: String,
    pub arguments: String,
}

/// A write that the shopper has confirmed and whose result is not in the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Confirmed {
    pub made: ProposalMade,
    pub confirmed: ProposalConfirmed,
    /// Who confirmed it: what is done is done for them, whoever writes by then.
    pub identity: Identity,
    /// They have gone: it is finished, and told to nobody.
    pub of_before: bool,
}

/// A message of the shopper that waits for an answer.
#[derive(Clone, Debug, PartialEq)]
struct Input {
    seq: u64,
    text: String,
    /// Code has dealt with it (a typed yes or no).
    consumed: bool,
}

/// The open proposal, and where it stands in what the shopper saw.
#[derive(Clone, Debug, PartialEq)]
struct OpenProposal {
    made: ProposalMade,
    /// Sequence number of the reply that showed it; 0 until one has.
    shown_at: u64,
}

/// What is known of the turn that is open, all of it gone with the reply.
#[derive(Clone, Debug, Default, PartialEq)]
struct Open {
    inputs: Vec<Input>,
    steps: u32,
    calls: u32,
    calls_by_tool: Vec<String>,
    pending: Vec<PendingCall>,
    model_failures: u32,
    guard_stops: u32,
    tainted: bool,
    /// The model has finished an answer without tool calls.
    answered: bool,
    /// Newest message that the last finished answer had seen.
    answered_seen: u64,
    hand_off: Option<HandOffReason>,
    message: Option<MessageId>,
    released: String,
    /// Results of confirmed writes that the shopper has not been told.
    effects_untold: Vec<ProposalId>,
    closed_untold: Option<ClosedWhy>,
}

/// The folded state of a conversation as far as deciding needs it.
#[derive(Clone, Debug, PartialEq)]
pub struct Turn {
    status: Status,
    identity: Identity,
    open: Open,
    proposal: Option<OpenProposal>,
    running: Vec<Confirmed>,
    /// Newest input and newest answered input, by sequence number.
    last_input: u64,
    answered_through: u64,
    last_reply: u64,
}

impl Default for Turn {
    fn default() -> Self {
        Self {
            status: Status::Open,
            identity: Identity::default(),
            open: Open::default(),
            proposal: None,
            running: Vec::new(),
            last_input: 0,
            answered_through: 0,
            last_reply: 0,
        }
    }
}

/// Deciding.
impl Turn {
    /// The next step at a moment. Asking twice without an event between gives the same step.
    pub fn next(&self, now_ms: i64, words: &ConfirmWords) -> Step {
        if let Some(confirmed) = self.running.first() {
            return Step::Execute(Box::new(confirmed.clone()));
        }
        if self.status == Status::WithPerson || !self.has_input() {
            return Step::Wait;
        }
        if !self.open.effects_untold.is_empty() || self.open.closed_untold.is_some() {
            return Step::Tell;
        }
        if let Some(step) = self.typed_decision(now_ms, words) {
            return step;
        }
        if self.unread().next().is_none() {
            return Step::Reply;
        }
        self.model_step()
    }

    /// What a typed yes or no to the open proposal asks for, when it counts as one.
    fn typed_decision(&self, now_ms: i64, words: &ConfirmWords) -> Option<Step> {
        let proposal = self.proposal.as_ref()?;
        let input = self.unread().next()?;
        let last_thing_shown = proposal.shown_at > 0 && proposal.shown_at == self.last_reply;
        if !last_thing_shown || input.seq < proposal.shown_at || self.open.steps > 0 {
            return None;
        }
        let id = proposal.made.proposal.clone();
        // "yes" with "no, wait" or anything else behind it is not a plain yes.
        let said = words.hear(&input.text);
        if !self.unread().all(|other| words.hear(&other.text) == said) {
            return None;
        }
        match said {
            Said::Something => None,
            Said::No => Some(Step::Close {
                proposal: id,
                why: ClosedWhy::Cancelled,
            }),
            Said::Yes if now_ms > proposal.made.expires_ms => Some(Step::Close {
                proposal: id,
                why: ClosedWhy::Expired,
            }),
            Said::Yes if proposal.made.tainted => Some(Step::AskForButton { through: input.seq }),
            Said::Yes => Some(Step::Confirm {
                proposal: id,
                hash: proposal.made.hash.clone(),
            }),
        }
    }

    fn model_step(&self) -> Step {
        let open = &self.open;
        let give_up = |reason| Step::HandOff(open.hand_off.unwrap_or(reason));
        if open.model_failures >= limits::MODEL_FAILURES_PER_TURN_MAX {
            return give_up(HandOffReason::Failure);
        }
        if open.guard_stops >= limits::GUARD_STOPS_PER_TURN_MAX {
            return give_up(HandOffReason::Unsupported);
        }
        if !open.pending.is_empty() {
            return Step::RunTools(open.pending.clone());
        }
        if open.answered {
            return Step::Reply;
        }
        if open.steps >= limits::STEPS_PER_TURN_MAX || open.calls >= limits::CALLS_PER_TURN_MAX {
            return give_up(HandOffReason::LimitReached);
        }
        Step::CallModel
    }

    fn has_input(&self) -> bool {
        self.last_input > self.answered_through
    }

    fn unread(&self) -> impl Iterator<Item = &Input> {
        self.open.inputs.iter().filter(|input| !input.consumed)
    }
}

/// What the driver, the gate and the prompt ask of the fold.
impl Turn {
    pub fn status(&self) -> Status {
        self.status
    }

    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// What a reply that ends the turn now may claim to answer: everything known, or only what the
    /// model had seen when a newer message came after its first words had left.
    pub fn through(&self) -> u64 {
        let behind = self.open.answered && self.open.answered_seen < self.newest_message();
        if behind {
            self.open.answered_seen
        } else {
            self.last_input
        }
    }

    /// Newest shopper message that a model call now would see.
    pub fn newest_message(&self) -> u64 {
        self.open
            .inputs
            .iter()
            .map(|input| input.seq)
            .max()
            .unwrap_or(0)
    }

    /// The input that opened this turn.
    pub fn first_input(&self) -> u64 {
        self.open
            .inputs
            .iter()
            .map(|input| input.seq)
            .min()
            .unwrap_or(self.last_input)
    }

    pub fn message(&self) -> Option<&MessageId> {
        self.open.message.as_ref()
    }

    /// The part of the reply that has left.
    pub fn released(&self) -> &str {
        &self.open.released
    }

    pub fn tainted(&self) -> bool {
        self.open.tainted
    }

    /// How often a tool was called in this turn, calls without a result included.
    pub fn calls_of(&self, tool: &str) -> usize {
        self.open
            .calls_by_tool
            .iter()
            .filter(|name| *name == tool)
            .count()
    }

    pub fn hand_off(&self) -> Option<HandOffReason> {
        self.open.hand_off
    }

    pub fn proposal(&self) -> Option<&ProposalMade> {
        self.proposal.as_ref().map(|open| &open.made)
    }

    /// Confirmed writes whose result the shopper has not been told.
    pub fn effects_untold(&self) -> &[ProposalId] {
        &self.open.effects_untold
    }

    /// Is this the confirmed write of a shopper who has gone?
    pub fn is_of_before(&self, proposal: &ProposalId) -> bool {
        self.running
            .iter()
            .any(|running| running.of_before && running.made.proposal == *proposal)
    }

    /// Has this call no result yet?
    pub fn is_pending(&self, call: &CallId) -> bool {
        self.open
            .pending
            .iter()
            .any(|pending| pending.call == *call)
    }

    /// A proposal that was closed in this turn without the shopper having been told.
    pub fn closed_untold(&self) -> Option<ClosedWhy> {
        self.open.closed_untold
    }
}

/// Folding.
impl Turn {
    pub fn apply(&mut self, event: &Event) {
        if let Some(through) = self.identity.wall(event) {
            self.shopper_went(through);
        }
        self.identity.apply(event);
        match &event.body {
            EventBody::ShopperWrote(wrote) => {
                let text = wrote
                    .private
                    .as_ref()
                    .map_or(String::new(), |words| words.text.clone());
                self.heard(event.seq, text);
            }
            EventBody::IdentityDropped(_) => self.proposal = None,
            EventBody::ModelAnswered(answered) => self.answered(answered),
            EventBody::ModelFailed(_) => {
                self.open.steps += 1;
                self.open.model_failures += 1;
            }
            EventBody::GuardStopped(_) => {
                self.open.guard_stops += 1;
                self.open.answered = false;
            }
            EventBody::ToolReturned(returned) => {
                self.open
                    .pending
                    .retain(|pending| pending.call != returned.call);
                self.open.tainted |= returned.tainted;
                self.open.hand_off = self.open.hand_off.or(returned.hand_off);
            }
            EventBody::ProposalMade(made) => {
                if made.approver == Approver::Shopper {
                    self.proposal = Some(OpenProposal {
                        made: made.clone(),
                        shown_at: 0,
                    });
                }
            }
            EventBody::ProposalConfirmed(confirmed) => self.confirmed(event.seq, confirmed),
            EventBody::ProposalClosed(closed) => self.closed(event.seq, closed),
            EventBody::EffectFinished(finished) => self.finished(finished),
            EventBody::Released(released) => self.released_more(released),
            EventBody::Replied(replied) => self.replied(event.seq, replied.through),
            EventBody::HandedOff(_) => {
                self.open.hand_off = None;
                if self.status != Status::WithPerson {
                    self.status = Status::Waiting;
                }
            }
            EventBody::AgentWrote(_) => self.person_came(event.seq),
            EventBody::HandedBack(_) => self.status = Status::Open,
            EventBody::Resolved(_) => self.status = Status::Resolved,
            EventBody::Shown(shown) => self.shown(shown),
            EventBody::ConversationStarted(_)
            | EventBody::IdentityProved(_)
            | EventBody::Erased(_) => {}
        }
    }

    /// Whoever writes from here on is somebody else. What was unanswered stays so and what was
    /// offered is void; messages behind the wall are theirs, and so are the calls under way for
    /// them.
    fn shopper_went(&mut self, through: u64) {
        self.answered_through = self.answered_through.max(through);
        self.status = Status::Open;
        self.proposal = None;
        self.running
            .iter_mut()
            .for_each(|running| running.of_before = true);
        let before = std::mem::take(&mut self.open);
        let inputs: Vec<Input> = before
            .inputs
            .into_iter()
            .filter(|input| input.seq > through)
            .collect();
        if !inputs.is_empty() {
            self.open = Open {
                inputs,
                steps: before.steps,
                calls: before.calls,
                calls_by_tool: before.calls_by_tool,
                pending: before.pending,
                tainted: before.tainted,
                message: before.message,
                ..Open::default()
            };
        }
    }

    fn finished(&mut self, finished: &EffectFinished) {
        let theirs = self.is_of_before(&finished.proposal);
        self.running
            .retain(|running| running.made.proposal != finished.proposal);
        if theirs {
            return;
        }
        self.open.effects_untold.push(finished.proposal.clone());
        if finished.outcome == ToolOutcome::Failed {
            self.open.hand_off = self.open.hand_off.or(Some(HandOffReason::Failure));
        }
    }

    fn heard(&mut self, seq: u64, text: String) {
        self.last_input = seq;
        if self.status == Status::Resolved {
            self.status = Status::Open;
        }
        if self.open.inputs.len() < limits::BURST_MESSAGES_MAX {
            self.open.inputs.push(Input {
                seq,
                text,
                consumed: false,
            });
        }
        // An answer of which nothing has left gives way to one that has seen this message too.
        if self.open.released.is_empty() {
            self.open.answered = false;
        }
    }

    fn answered(&mut self, answered: &ModelAnswered) {
        self.open.steps += 1;
        self.open.answered = answered.calls.is_empty();
        self.open.answered_seen = answered.seen;
        let arguments = answered
            .private
            .as_ref()
            .map(|words| words.arguments.as_slice());
        for (i, head) in answered.calls.iter().enumerate() {
            let written = arguments.and_then(|all| all.get(i));
            self.open.calls += 1;
            self.open.calls_by_tool.push(head.tool.clone());
            self.open.pending.push(PendingCall {
                call: head.call.clone(),
                tool: head.tool.clone(),
                arguments: written.cloned().unwrap_or_default(),
            });
        }
    }

    fn closed(&mut self, seq: u64, closed: &ProposalClosed) {
        self.proposal
            .take_if(|open| open.made.proposal == closed.proposal);
        self.decided_by(seq, closed.by);
        if closed.by.is_some() {
            self.open.closed_untold = Some(closed.why);
        }
    }

    /// A reply that shows the open proposal's card again makes it the last thing shown again.
    fn shown(&mut self, shown: &Shown) {
        if let (Some(Card::Proposal(card)), Some(open)) = (&shown.private, &mut self.proposal)
            && card.proposal == open.made.proposal
        {
            open.shown_at = self.last_reply;
        }
    }

    fn person_came(&mut self, seq: u64) {
        self.status = Status::WithPerson;
        self.answered_through = self.last_input;
        self.last_reply = seq;
        self.proposal = None;
        self.open = Open::default();
    }

    fn confirmed(&mut self, seq: u64, confirmed: &ProposalConfirmed) {
        let Some(open) = self
            .proposal
            .take_if(|open| open.made.proposal == confirmed.proposal)
        else {
            return;
        };
        self.running.push(Confirmed {
            made: open.made,
            confirmed: confirmed.clone(),
            identity: self.identity.clone(),
            of_before: false,
        });
        self.decided_by(seq, Some(confirmed.by));
    }

    /// A yes or a no has been dealt with. A typed one counts only when all unread messages say it,
    /// and is appended only if nothing came in between, so all of them have been dealt with.
    fn decided_by(&mut self, seq: u64, by: Option<ConfirmedBy>) {
        match by {
            Some(ConfirmedBy::Words) => {
                for input in &mut self.open.inputs {
                    input.consumed = true;
                }
            }
            // A press is an input of its own; a typed decision is part of its message.
            Some(ConfirmedBy::Button) => {
                self.last_input = self.last_input.max(seq);
            }
            None => {}
        }
    }

    fn released_more(&mut self, released: &crate::domain::event::Released) {
        let text = released
            .private
            .as_ref()
            .map_or("", |words| words.text.as_str());
        self.open.message = Some(released.message.clone());
        let at = usize::try_from(released.at).unwrap_or(usize::MAX);
        if at == self.open.released.len() {
            self.open.released.push_str(text);
        }
        // Results are told before anything else is said, so whatever leaves next has told them.
        self.open.effects_untold.clear();
        self.open.closed_untold = None;
    }

    fn replied(&mut self, seq: u64, through: u64) {
        self.answered_through = self.answered_through.max(through);
        self.last_reply = seq;
        if let Some(open) = &mut self.proposal
            && open.shown_at == 0
        {
            open.shown_at = seq;
        }
        let later = std::mem::take(&mut self.open).inputs;
        self.open.inputs = later
            .into_iter()
            .filter(|input| input.seq > through)
            .collect();
    }
}
