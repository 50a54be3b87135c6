//! The head of a conversation: what is known of it without reading its log. A fold of the log,
//! stored beside it in the same transaction.

use serde::{Deserialize, Serialize};

use super::event::{Channel, ConfirmedBy, Event, EventBody};
use super::identity::Proof;
use super::ids::CustomerId;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The assistant serves it.
    Open,
    /// Handed off; no person has written yet, so the assistant still answers.
    Waiting,
    /// A person writes; the assistant is silent.
    WithPerson,
    Resolved,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    pub channel: Channel,
    pub status: Status,
    /// The agent who has written last, while a person serves it.
    pub assignee: Option<String>,
    /// For finding and opening a customer's conversations. What a tool may do comes from `Identity`,
    /// never from here.
    pub customer: Option<CustomerId>,
    /// Counts from 1; a person's "hand back" or a message after a resolution starts the next.
    pub episode: u32,
    pub last_seq: u64,
    /// Newest event that wants an answer: a message, the wish for a person, a
    /// confirmation, a cancellation.
    pub last_input_seq: u64,
    /// Newest event that the last reply answered.
    pub answered_through: u64,
    /// Confirmed writes, and decisions of agents, whose result is not in the log yet.
    pub effects_running: u32,
    /// Newest event that belongs to somebody who has gone: nothing up to it is shown any more.
    #[serde(default)]
    pub hidden_through: u64,
}

impl Head {
    pub fn new(channel: Channel) -> Self {
        Self {
            channel,
            status: Status::Open,
            assignee: None,
            customer: None,
            episode: 1,
            last_seq: 0,
            last_input_seq: 0,
            answered_through: 0,
            effects_running: 0,
            hidden_through: 0,
        }
    }

    /// Is there something for the assistant to do?
    pub fn has_work(&self) -> bool {
        self.effects_running > 0
            || (self.status != Status::WithPerson && self.last_input_seq > self.answered_through)
    }

    pub fn apply(&mut self, event: &Event) {
        self.last_seq = event.seq;
        match &event.body {
            EventBody::ConversationStarted(started) => self.channel = started.channel,
            EventBody::ShopperWrote(_) | EventBody::PersonAsked(_) => {
                self.shopper_came(event.seq);
            }
            // A typed yes or no is part of a message, which is the input.
            EventBody::ProposalConfirmed(confirmed) => {
                if confirmed.by == ConfirmedBy::Button {
                    self.last_input_seq = event.seq;
                }
                self.effects_running += 1;
            }
            EventBody::ApprovalDecided(decided) => self.approval_decided(decided.reopens),
            EventBody::ProposalClosed(closed) if closed.by == Some(ConfirmedBy::Button) => {
                self.last_input_seq = event.seq;
            }
            EventBody::EffectFinished(_) => {
                self.effects_running = self.effects_running.saturating_sub(1);
            }
            EventBody::IdentityProved(proved) => {
                if let Proof::Customer { customer, .. } = &proved.proof {
                    if self
                        .customer
                        .as_ref()
                        .is_some_and(|known| known != customer)
                    {
                        self.shopper_went(event.seq);
                    }
                    self.customer = Some(customer.clone());
                }
            }
            EventBody::IdentityDropped(dropped) => {
                if let Some(through) = dropped.through {
                    self.shopper_went(through);
                }
                self.customer = None;
            }
            EventBody::Replied(replied) => {
                self.answered_through = self.answered_through.max(replied.through);
            }
            EventBody::HandedOff(_) if self.status != Status::WithPerson => {
                self.status = Status::Waiting;
            }
            EventBody::AgentWrote(wrote) => {
                self.status = Status::WithPerson;
                self.assignee = Some(wrote.agent.clone());
                self.answered_through = self.last_input_seq;
            }
            EventBody::HandedBack(_) => self.next_episode(),
            EventBody::Resolved(_) => {
                self.status = Status::Resolved;
                self.assignee = None;
            }
            EventBody::HandedOff(_)
            | EventBody::ModelAnswered(_)
            | EventBody::ModelFailed(_)
            | EventBody::ToolReturned(_)
            | EventBody::ProposalMade(_)
            | EventBody::ProposalClosed(_)
            | EventBody::GuardStopped(_)
            | EventBody::Released(_)
            | EventBody::Shown(_)
            | EventBody::MarkedRead(_)
            | EventBody::Rated(_)
            | EventBody::Erased(_) => {}
        }
    }

    /// Not an input: what comes of it is told whatever else is unanswered.
    fn approval_decided(&mut self, reopens: bool) {
        self.effects_running += 1;
        if reopens && self.status == Status::Waiting {
            self.status = Status::Open;
        }
    }

    fn shopper_came(&mut self, seq: u64) {
        self.last_input_seq = seq;
        if self.status == Status::Resolved {
            self.next_episode();
        }
    }

    /// What stands up to here is nobody's any more: it is not shown, and what of it was unanswered
    /// stays so. The people who served it served somebody else.
    fn shopper_went(&mut self, through: u64) {
        self.hidden_through = self.hidden_through.max(through);
        self.answered_through = self.answered_through.max(through);
        self.next_episode();
    }

    fn next_episode(&mut self) {
        self.status = Status::Open;
        self.assignee = None;
        self.episode += 1;
    }
}
