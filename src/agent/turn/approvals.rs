//! What agents decide: calls that are parked, their decisions, and for what a conversation waits.

use super::{Confirmed, Parked, Turn};
use crate::domain::bundle::HandOffReason;
use crate::domain::conversation::Status;
use crate::domain::event::{ApprovalDecided, ConfirmedBy, ProposalConfirmed, ProposalMade};
use crate::domain::ids::ProposalId;

impl Turn {
    /// A call that waits for an agent.
    pub fn parked(&self, proposal: &ProposalId) -> Option<&Parked> {
        self.parked
            .iter()
            .find(|parked| parked.made.proposal == *proposal)
    }

    /// A call of the present shopper that waits already and is this one to the letter.
    pub fn parked_alike(&self, hash: &str) -> Option<&ProposalMade> {
        self.theirs()
            .map(|parked| &parked.made)
            .find(|made| made.hash == hash)
    }

    /// Does the conversation wait for an agent's decision and for nothing else?
    pub fn waits_for_approval_only(&self) -> bool {
        self.waits() && self.theirs().next().is_some()
    }

    /// Would a decision about this call leave the conversation with nothing to wait for?
    pub fn reopens_with(&self, proposal: &ProposalId) -> bool {
        self.waits()
            && self
                .theirs()
                .all(|parked| parked.made.proposal == *proposal)
            && self
                .parked(proposal)
                .is_some_and(|parked| !parked.of_before)
    }

    /// Waiting, and no person is wanted but for what is parked.
    fn waits(&self) -> bool {
        self.status == Status::Waiting && !self.wants_person
    }

    /// What is parked for the present shopper.
    fn theirs(&self) -> impl Iterator<Item = &Parked> {
        self.parked.iter().filter(|parked| !parked.of_before)
    }

    pub(super) fn handed_off(&mut self, reason: HandOffReason) {
        self.open.hand_off = None;
        if self.status == Status::WithPerson {
            return;
        }
        self.status = Status::Waiting;
        let parked = self.theirs().next().is_some();
        self.wants_person |= reason != HandOffReason::NeedsApproval || !parked;
    }

    /// From here on it goes the way of a shopper's yes, a no included: that is told like a result.
    pub(super) fn decided(&mut self, seq: u64, decided: &ApprovalDecided) {
        let at = self
            .parked
            .iter()
            .position(|parked| parked.made.proposal == decided.proposal);
        let Some(at) = at else { return };
        let Parked {
            mut made,
            identity,
            of_before,
        } = self.parked.remove(at);
        match &decided.private {
            Some(words) => made.private = words.edited.clone().or(made.private),
            // It may have been edited: what was parked is not what was approved.
            None => made.private = None,
        }
        made.amount = decided.amount.or(made.amount);
        self.running.push(Confirmed {
            confirmed: ProposalConfirmed {
                proposal: decided.proposal.clone(),
                hash: decided.hash.clone(),
                by: ConfirmedBy::Agent,
                key: decided.key.clone(),
            },
            made,
            decided: Some(decided.clone()),
            at: seq,
            identity,
            of_before,
        });
        if decided.reopens && self.status == Status::Waiting {
            self.status = Status::Open;
        }
    }

    /// Sequence numbers of agents' decisions that are still to be carried out and told: what is said
    /// of them is a message of its own, before and after.
    pub(super) fn deciding(&self) -> impl Iterator<Item = u64> {
        let theirs = self.running.iter().filter(|running| !running.of_before);
        theirs.filter_map(|running| running.decided.as_ref().map(|_| running.at))
    }

    /// Sequence number of the agent's decision that a running effect is about.
    pub(super) fn decided_at(&self, proposal: &ProposalId) -> Option<u64> {
        let running = self
            .running
            .iter()
            .find(|running| running.made.proposal == *proposal)?;
        running.decided.as_ref().map(|_| running.at)
    }

    /// What of before is decided now is of before as well.
    pub fn is_parked_of_before(&self, proposal: &ProposalId) -> bool {
        self.parked(proposal).is_some_and(|parked| parked.of_before)
    }
}

impl Confirmed {
    /// An agent said no: nothing is done, and the ledger knows nothing of it.
    pub fn is_declined(&self) -> bool {
        self.decided
            .as_ref()
            .is_some_and(|decided| !decided.approved)
    }
}
