//! What an agent has decided: recorded like a shopper's yes, done like one, and told. And what is held
//! back at the last step, whoever said yes.

use serde_json::json;

use super::Run;
use super::effects::{effect_key, starts};
use crate::agent::prompt::Prompts;
use crate::agent::turn::Confirmed;
use crate::domain::autonomy::Level;
use crate::domain::event::{
    ApprovalDecided, Approver, ClosedWhy, DecisionWords, EffectFinished, EventBody, ProposalClosed,
    ProposalMade, ProposalWords, ToolOutcome,
};
use crate::domain::ids::{ConversationId, sha256_hex};
use crate::domain::money::Money;
use crate::store::ledger::LedgerChange;

/// What an agent says to a parked call.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// The agent's name.
    pub by: String,
    pub approved: bool,
    /// A note for colleagues, or what the shopper is told of a no.
    pub words: String,
    /// The call with the money that the agent has set.
    pub edited: Option<(Money, ProposalWords)>,
}

/// The event and, with a yes, the ledger rows that make a verdict count: appended together, before
/// anything is done. `reopens` is what the folded log says of it.
pub fn decision(
    conversation: &ConversationId,
    made: &ProposalMade,
    verdict: Verdict,
    reopens: bool,
) -> (EventBody, Vec<LedgerChange>) {
    let key = effect_key(conversation, &made.proposal);
    let (amount, edited) = verdict.edited.unzip();
    let mut approved = made.clone();
    approved.amount = amount.or(made.amount);
    if let Some(words) = &edited {
        approved.hash = call_hash(&made.tool, &words.arguments);
        approved.private = Some(words.clone());
    }
    let start = match verdict.approved {
        true => starts(&approved, &key),
        false => Vec::new(),
    };
    let decided = EventBody::ApprovalDecided(ApprovalDecided {
        proposal: made.proposal.clone(),
        hash: made.hash.clone(),
        by: verdict.by,
        key,
        approved: verdict.approved,
        amount,
        reopens,
        private: Some(DecisionWords {
            words: verdict.words,
            edited,
        }),
    });
    (decided, start)
}

/// Names a resolved call: what a yes is to.
pub(super) fn call_hash(tool: &str, arguments: &serde_json::Value) -> String {
    sha256_hex(&format!("{tool}\n{arguments}"))
}

impl Run<'_> {
    /// Why the tool is not called at all, as the shopper is told it; `None` when it is.
    pub(super) fn held_back(&self, confirmed: &Confirmed) -> Option<String> {
        let say = |key: &str, data| Prompts::get().reply("approval", key, data);
        if let Some(decided) = confirmed.decided.as_ref().filter(|by| !by.approved) {
            let words = decided.private.as_ref().map(|words| words.words.as_str());
            return say("declined", json!({ "words": words.unwrap_or_default() }));
        }
        let made = &confirmed.made;
        if self.parts.dry_run {
            let words = made.private.as_ref();
            let title = words.map(|words| words.title.as_str());
            let lines = words.map(|words| words.lines.as_slice());
            return say("dry_run", json!({ "title": title, "lines": lines }));
        }
        // Shown before the channel was set otherwise.
        let level = |tool: &str| self.parts.autonomy.of(self.session.channel, tool);
        let parts = made.parts();
        let held = parts.iter().any(|part| level(&part.tool) != Level::Auto);
        (held && confirmed.decided.is_none())
            .then(|| say("held", json!({})))
            .flatten()
    }

    /// Behind an agent's yes, that it was one; nothing behind the shopper's own.
    pub(super) fn approved_words(&self, finished: &EffectFinished) -> Option<String> {
        let approved = self.session.events.iter().any(|event| match &event.body {
            EventBody::ApprovalDecided(decided) => {
                decided.proposal == finished.proposal && decided.approved
            }
            _ => false,
        });
        (approved && finished.outcome == ToolOutcome::Done)
            .then(|| Prompts::get().reply("approval", "approved", ()))
            .flatten()
    }

    /// Was a call parked in the turn that is open?
    pub(super) fn has_parked(&self) -> bool {
        self.session.open_events().any(|event| match &event.body {
            EventBody::ProposalMade(made) => made.approver == Approver::Agent,
            _ => false,
        })
    }

    /// The same call to the letter waits for an agent once, however often it is asked for.
    pub(super) fn replace_the_same(&mut self, hash: &str) {
        let Some(before) = self.session.turn.parked_alike(hash) else {
            return;
        };
        let closed = ProposalClosed {
            proposal: before.proposal.clone(),
            why: ClosedWhy::Replaced,
            by: None,
        };
        self.note(EventBody::ProposalClosed(closed));
    }
}
