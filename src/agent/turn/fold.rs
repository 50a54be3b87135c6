//! How events change what the turn knows: the fold, one event at a time.

use super::{Confirmed, Input, Open, OpenProposal, Parked, PendingCall, Turn};
use crate::domain::bundle::HandOffReason;
use crate::domain::card::Card;
use crate::domain::conversation::Status;
use crate::domain::event::{
    Approver, ConfirmedBy, EffectFinished, Event, EventBody, ModelAnswered, ProposalClosed,
    ProposalConfirmed, ProposalMade, Released, Shown, ToolOutcome,
};

impl Turn {
    pub fn apply(&mut self, event: &Event) {
        if let Some(through) = self.identity.wall(event) {
            self.shopper_went(through);
        }
        self.identity.apply(event);
        match &event.body {
            EventBody::ShopperWrote(wrote) => {
                // With a picture beside it, a yes is no plain yes.
                let plain = wrote
                    .private
                    .as_ref()
                    .filter(|words| words.attachments.is_empty());
                let text = plain.map_or(String::new(), |words| words.text.clone());
                self.heard(event.seq, text);
            }
            EventBody::PersonAsked(_) => self.person_asked(event.seq),
            EventBody::IdentityDropped(_) => self.proposal = None,
            EventBody::ModelAnswered(answered) => self.answered(answered),
            EventBody::ModelFailed(_) => self.open.model_failures += 1,
            EventBody::GuardStopped(_) => {
                self.open.guard_stops += 1;
                self.open.answered = false;
            }
            EventBody::ToolReturned(returned) => {
                self.open
                    .pending
                    .retain(|pending| pending.call != returned.call);
                self.open.tainted |= returned.tainted;
                if matches!(
                    self.open.hand_off,
                    None | Some(HandOffReason::NeedsApproval)
                ) {
                    self.open.hand_off = returned.hand_off.or(self.open.hand_off);
                }
            }
            EventBody::ProposalMade(made) => self.proposed(made),
            EventBody::ProposalConfirmed(confirmed) => self.confirmed(event.seq, confirmed),
            EventBody::ApprovalDecided(decided) => self.decided(event.seq, decided),
            EventBody::ProposalClosed(closed) => self.closed(event.seq, closed),
            EventBody::EffectFinished(finished) => self.finished(finished),
            EventBody::Released(released) => self.released_more(released),
            EventBody::Replied(replied) => self.replied(event.seq, replied.through),
            EventBody::HandedOff(handed) => self.handed_off(handed.reason),
            EventBody::AgentWrote(_) => self.person_came(event.seq),
            EventBody::HandedBack(_) => {
                self.status = Status::Open;
                self.wants_person = false;
            }
            // Nobody knows any more what was parked.
            EventBody::Erased(_) => self.parked.clear(),
            EventBody::Resolved(_) => {
                self.status = Status::Resolved;
                self.wants_person = false;
            }
            EventBody::Shown(shown) => self.shown(shown),
            EventBody::ConversationStarted(_)
            | EventBody::IdentityProved(_)
            | EventBody::MarkedRead(_)
            | EventBody::Rated(_) => {}
        }
    }

    fn proposed(&mut self, made: &ProposalMade) {
        let made = made.clone();
        match made.approver {
            Approver::Shopper => self.proposal = Some(OpenProposal { made, shown_at: 0 }),
            Approver::Agent => self.parked.push(Parked {
                made,
                identity: self.identity.clone(),
                of_before: false,
            }),
        }
    }

    /// Whoever writes from here on is somebody else. What was unanswered stays so and what was
    /// offered is void; messages behind the wall are theirs, and so are the calls under way for
    /// them.
    fn shopper_went(&mut self, through: u64) {
        self.answered_through = self.answered_through.max(through);
        self.status = Status::Open;
        self.wants_person = false;
        self.proposal = None;
        self.running
            .iter_mut()
            .for_each(|running| running.of_before = true);
        self.parked
            .iter_mut()
            .for_each(|parked| parked.of_before = true);
        let before = std::mem::take(&mut self.open);
        let inputs: Vec<Input> = before
            .inputs
            .into_iter()
            .filter(|input| input.seq > through)
            .collect();
        let person_asked = before.person_asked.filter(|seq| *seq > through);
        if inputs.is_empty() {
            self.open.person_asked = person_asked;
        } else {
            self.open = Open {
                inputs,
                steps: before.steps,
                calls: before.calls,
                calls_by_tool: before.calls_by_tool,
                pending: before.pending,
                tainted: before.tainted,
                message: before.message,
                person_asked,
                ..Open::default()
            };
        }
    }

    fn finished(&mut self, finished: &EffectFinished) {
        let theirs = self.is_of_before(&finished.proposal);
        let decided = self.decided_at(&finished.proposal);
        self.running
            .retain(|running| running.made.proposal != finished.proposal);
        if theirs {
            return;
        }
        self.open.decided = self.open.decided.into_iter().chain(decided).min();
        self.open.effects_untold.push(finished.proposal.clone());
        self.open.hand_off = self.open.hand_off.or(finished.hand_off);
        if finished.outcome == ToolOutcome::Failed {
            self.open.hand_off = self.open.hand_off.or(Some(HandOffReason::Failure));
        }
    }

    fn heard(&mut self, seq: u64, text: String) {
        self.last_input = seq;
        if self.status == Status::Resolved {
            self.status = Status::Open;
        }
        self.open.inputs.push(Input {
            seq,
            text,
            consumed: false,
        });
        // An answer of which nothing has left gives way to one that has seen this message too.
        if self.open.released.is_empty() {
            self.open.answered = false;
        }
    }

    fn person_asked(&mut self, seq: u64) {
        self.last_input = seq;
        if self.status == Status::Resolved {
            self.status = Status::Open;
        }
        self.open.person_asked = Some(seq);
    }

    fn answered(&mut self, answered: &ModelAnswered) {
        self.open.steps += 1;
        self.open.answered = answered.calls.is_empty() && !answered.cut;
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
        self.parked
            .retain(|parked| parked.made.proposal != closed.proposal);
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
            decided: None,
            at: seq,
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
            Some(ConfirmedBy::Agent) | None => {}
        }
    }

    fn released_more(&mut self, released: &Released) {
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
        let before = std::mem::take(&mut self.open);
        self.open.inputs = before
            .inputs
            .into_iter()
            .filter(|input| input.seq > through)
            .collect();
        self.open.person_asked = before.person_asked.filter(|seq| *seq > through);
    }
}
