//! The turn: a plain state machine over the log. It is asked for the next step and fed events; it
//! never awaits, does no I/O and is never stored, only folded. Cut anywhere and folded again from
//! what was appended, it goes on.
//!
//! Events of a turn that only repeat a read are appended late (see the driver), so a fold after a
//! crash may see fewer of them; it must then decide on the same effects.

mod approvals;
mod fold;

use super::confirm::{ConfirmWords, Said};
use crate::domain::bundle::HandOffReason;
use crate::domain::conversation::Status;
use crate::domain::event::{ApprovalDecided, ClosedWhy, ProposalConfirmed, ProposalMade};
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

/// A write that the shopper has confirmed, or about which an agent has decided, and whose result is
/// not in the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Confirmed {
    /// As it is done: an agent may have edited it.
    pub made: ProposalMade,
    pub confirmed: ProposalConfirmed,
    /// What an agent decided about it, yes or no; `None` for the shopper's own yes.
    pub decided: Option<ApprovalDecided>,
    /// Sequence number of the event that set it going.
    pub at: u64,
    /// Who confirmed it, or for whom it was parked: what is done is done for them, whoever writes
    /// by then.
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

/// A call that waits for an agent.
#[derive(Clone, Debug, PartialEq)]
pub struct Parked {
    pub made: ProposalMade,
    /// For whom it was made: it is done for them, whoever writes by then.
    pub identity: Identity,
    /// They have gone.
    pub of_before: bool,
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
    /// Sequence number of the oldest decision of an agent that this turn tells.
    decided: Option<u64>,
    closed_untold: Option<ClosedWhy>,
    /// Newest event with which the shopper asked for a person by the button.
    person_asked: Option<u64>,
}

impl Open {
    /// Has a model been asked?
    fn is_on(&self) -> bool {
        self.steps > 0 || self.model_failures > 0
    }
}

/// The folded state of a conversation as far as deciding needs it.
#[derive(Clone, Debug, PartialEq)]
pub struct Turn {
    status: Status,
    identity: Identity,
    open: Open,
    proposal: Option<OpenProposal>,
    running: Vec<Confirmed>,
    parked: Vec<Parked>,
    /// While it waits: for more than an agent's decision about what is parked.
    wants_person: bool,
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
            parked: Vec::new(),
            wants_person: false,
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
        // Told to the shopper even while a person serves them, or when nothing else is to answer.
        if !self.open.effects_untold.is_empty() {
            return Step::Tell;
        }
        if self.status == Status::WithPerson || !self.has_input() {
            return if self.open.released.is_empty() {
                Step::Wait
            } else {
                Step::Reply
            };
        }
        if self.open.closed_untold.is_some() {
            return Step::Tell;
        }
        if let Some(step) = self.typed_decision(now_ms, words) {
            return step;
        }
        if self.unread().next().is_none() {
            return match self.open.person_asked {
                Some(_) => Step::HandOff(HandOffReason::ShopperAsked),
                None => Step::Reply,
            };
        }
        self.model_step()
    }

    /// What a typed yes or no to the open proposal asks for, when it counts as one.
    fn typed_decision(&self, now_ms: i64, words: &ConfirmWords) -> Option<Step> {
        let proposal = self.proposal.as_ref()?;
        let unread = || self.open.inputs.iter().filter(|input| !input.consumed);
        let input = unread().next()?;
        let last_thing_shown = proposal.shown_at > 0 && proposal.shown_at == self.last_reply;
        if !last_thing_shown || input.seq < proposal.shown_at || self.open.is_on() {
            return None;
        }
        let id = proposal.made.proposal.clone();
        // "yes" with "no, wait" or anything else behind it is not a plain yes.
        let said = words.hear(&input.text);
        if !unread().all(|other| words.hear(&other.text) == said) {
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
            // A reply that asks for the button answers nothing else: not the wish for a person.
            Said::Yes if proposal.made.tainted && self.open.person_asked.is_some() => None,
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
        let is_long = open.released.len() >= limits::REPLY_BYTES_MAX;
        let is_busy = open.calls >= limits::CALLS_PER_TURN_MAX;
        if open.steps >= limits::STEPS_PER_TURN_MAX || is_busy || is_long {
            return give_up(HandOffReason::LimitReached);
        }
        Step::CallModel
    }

    fn has_input(&self) -> bool {
        self.last_input > self.answered_through
    }

    /// What this turn takes in; the rest of a burst is the next turn's.
    fn taken(&self) -> &[Input] {
        let inputs = &self.open.inputs;
        &inputs[..inputs.len().min(limits::BURST_MESSAGES_MAX)]
    }

    fn unread(&self) -> impl Iterator<Item = &Input> {
        self.taken().iter().filter(|input| !input.consumed)
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
        // What the shopper wrote meanwhile is for the person.
        if self.status == Status::WithPerson {
            return self.answered_through;
        }
        let behind = self.open.answered && self.open.answered_seen < self.newest_message();
        let left_over = self.open.inputs.len() > limits::BURST_MESSAGES_MAX;
        match (behind, left_over) {
            (true, _) => self.open.answered_seen,
            (false, true) => self.newest_message(),
            (false, false) => self.last_input,
        }
    }

    /// Newest input that a reply has answered.
    pub fn answered_through(&self) -> u64 {
        self.answered_through
    }

    /// Newest shopper message that a model call now would see.
    pub fn newest_message(&self) -> u64 {
        self.taken()
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
            .chain(self.open.person_asked)
            .chain(self.open.decided)
            .chain(self.deciding())
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

    /// Calls of this turn that have failed.
    pub fn model_failures(&self) -> u32 {
        self.open.model_failures
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
        let asked = self.open.person_asked.map(|_| HandOffReason::ShopperAsked);
        match self.open.hand_off {
            // Whoever asks for a person waits for more than a decision.
            Some(HandOffReason::NeedsApproval) | None => asked.or(self.open.hand_off),
            reason => reason,
        }
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
