//! Confirmed writes: recorded, then done, then told. No model call is anywhere in between.

use std::time::Duration;

use serde_json::{Value, json};
use tracing::{error, info, warn};

use super::Run;
use crate::agent::gate;
use crate::agent::prompt::Prompts;
use crate::agent::turn::Confirmed;
use crate::domain::bundle::HandOffReason;
use crate::domain::event::{
    ClosedWhy, ConfirmedBy, EffectFinished, EventBody, ProposalConfirmed, ProposalMade, Released,
    ToolOutcome, ToolWords, Words,
};
use crate::domain::ids::{ConversationId, IdempotencyKey, ProposalId, sha256_hex};
use crate::domain::limits;
use crate::domain::parts::{PartFinished, ProposalPart, outcome_of};
use crate::store::StoreError;
use crate::store::feed::Live;
use crate::store::ledger::{LedgerChange, LedgerState};
use crate::store::outbox::NewOutbox;
use crate::tools::registry::Run as Runs;
use crate::tools::{HandOffRequest, ToolError, ToolOutput};

/// The key under which a proposal's effect happens once, whoever confirms it and how often.
pub fn effect_key(conversation: &ConversationId, proposal: &ProposalId) -> IdempotencyKey {
    IdempotencyKey::new(format!(
        "e_{}",
        &sha256_hex(&format!("{conversation}/{proposal}"))[..32]
    ))
}

/// The key of one part: the first has the proposal's own.
pub fn part_key(key: &IdempotencyKey, part: usize) -> IdempotencyKey {
    match part {
        0 => key.clone(),
        later => IdempotencyKey::new(format!("{key}_{later}")),
    }
}

/// The event and the ledger rows, one a part, that make a yes count: appended together, before any
/// effect.
pub fn confirmation(
    conversation: &ConversationId,
    made: &ProposalMade,
    by: ConfirmedBy,
) -> (EventBody, Vec<LedgerChange>) {
    let key = effect_key(conversation, &made.proposal);
    let started = starts(made, &key);
    let confirmed = EventBody::ProposalConfirmed(ProposalConfirmed {
        proposal: made.proposal.clone(),
        hash: made.hash.clone(),
        by,
        key,
    });
    (confirmed, started)
}

/// The ledger rows with which the parts of a proposal begin, one a part.
pub(super) fn starts(made: &ProposalMade, key: &IdempotencyKey) -> Vec<LedgerChange> {
    let start = |part: usize, tool: String, amount| LedgerChange::Start {
        key: part_key(key, part),
        tool,
        arguments_hash: made.hash.clone(),
        amount,
    };
    let parts = made.parts().into_iter().enumerate();
    let mut started: Vec<LedgerChange> = parts
        .map(|(at, part)| start(at, part.tool, part.amount))
        .collect();
    if started.is_empty() {
        // Its words were erased: it is begun, and found impossible.
        started.push(start(0, made.tool.clone(), made.amount));
    }
    started
}

fn effect_finished(
    confirmed: &Confirmed,
    outcome: ToolOutcome,
    words: ToolWords,
) -> EffectFinished {
    EffectFinished {
        proposal: confirmed.made.proposal.clone(),
        tool: confirmed.made.tool.clone(),
        key: confirmed.confirmed.key.clone(),
        outcome,
        hand_off: None,
        private: Some(words),
    }
}

/// Before the second try of a confirmed write; grows with each.
const PAUSE_AFTER_BROKEN: Duration = Duration::from_millis(200);

impl Run<'_> {
    /// Records the typed yes durably. When something else was decided meanwhile, the log is read
    /// and the turn decides anew.
    pub(super) async fn confirm_by_words(
        &mut self,
        proposal: &ProposalId,
        hash: &str,
    ) -> Result<(), StoreError> {
        let made = self
            .session
            .turn
            .proposal()
            .filter(|made| made.proposal == *proposal && made.hash == hash);
        let Some(made) = made.cloned() else {
            return self.session.read_on(&self.parts.store).await.map(drop);
        };
        let (confirmed, start) = confirmation(&self.session.id, &made, ConfirmedBy::Words);
        let known = self.session.last_seq;
        self.ledger.extend(start);
        let appended = self
            .append(vec![confirmed], |append| {
                append.unless_seq_after = Some(known)
            })
            .await;
        match appended {
            Err(StoreError::Superseded) => self.reload().await,
            other => other,
        }
    }

    /// Runs one part of a confirmed proposal. What breaks is tried again under the same key, because
    /// it may have happened; what stays broken goes to a person.
    async fn try_part(
        &self,
        confirmed: &Confirmed,
        part: &ProposalPart,
        key: &IdempotencyKey,
    ) -> Result<ToolOutput, ToolError> {
        let mut tries = 1;
        loop {
            let result = self.execute_part(confirmed, part, key).await;
            match &result {
                Err(ToolError::Failed(detail)) if tries < limits::EFFECT_TRIES_MAX => {
                    warn!(tool = %part.tool, %detail, tries, "a confirmed write broke; trying again");
                    tokio::time::sleep(PAUSE_AFTER_BROKEN * tries).await;
                    tries += 1;
                }
                _ => return result,
            }
        }
    }

    /// Does the parts in order, each under its own key: killed anywhere, another run does them again
    /// and nothing twice. What is refused does not stop the next; what breaks does.
    pub(super) async fn execute(&mut self, confirmed: &Confirmed) -> Result<(), StoreError> {
        let made = &confirmed.made;
        if let Some(words) = self.held_back(confirmed)
            // What has happened before a kill has happened, however the channel is set by now.
            && self.parts.store.receipt(&confirmed.confirmed.key).await?.is_none()
        {
            return self.finish_held(confirmed, &words).await;
        }
        let key = &confirmed.confirmed.key;
        let mut finished: Vec<PartFinished> = Vec::new();
        let mut words = ToolWords::default();
        let mut hand_off = None;
        for (at, part) in made.parts().iter().enumerate() {
            let key = part_key(key, at);
            let (outcome, output) = if outcome_of(&finished) == ToolOutcome::Failed {
                (None, ToolOutput::default())
            } else {
                let result = self.try_part(confirmed, part, &key).await;
                let (outcome, output) = came_of(&part.tool, result);
                (Some(outcome), output)
            };
            info!(tool = %part.tool, ?outcome, %key, "effect");
            if let Some(Ok(body)) = output.letter.as_ref().map(serde_json::to_string) {
                self.outbox.push(NewOutbox {
                    key: format!("mail_{key}"),
                    kind: "mail".to_owned(),
                    body,
                });
            }
            let state = state_of(outcome);
            self.ledger.push(LedgerChange::Finish { key, state });
            hand_off = hand_off.or(output.hand_off.map(|request| request.reason));
            words.facts.extend(output.facts);
            words.cards.extend(output.cards);
            finished.push(PartFinished {
                tool: part.tool.clone(),
                title: part.title.clone(),
                outcome,
                content: output.content,
            });
        }
        if finished.is_empty() {
            self.finish_erased(confirmed).await?;
        }
        words.content = match finished.as_slice() {
            [] => "{}".to_owned(),
            [one] => one.content.clone(),
            several => serde_json::to_string(several).unwrap_or_default(),
        };
        let outcome = match finished.as_slice() {
            [] => ToolOutcome::Failed,
            parts => outcome_of(parts),
        };
        let mut finished = effect_finished(confirmed, outcome, words);
        finished.hand_off = hand_off;
        self.note(EventBody::EffectFinished(finished));
        Ok(())
    }

    /// Held back at the last step: no tool is called, and the shopper hears why.
    async fn finish_held(&mut self, confirmed: &Confirmed, why: &str) -> Result<(), StoreError> {
        if !confirmed.is_declined() {
            self.finish_begun(confirmed, LedgerState::Refused).await?;
        }
        let words = ToolWords {
            content: json!({ "reason": why }).to_string(),
            ..ToolWords::default()
        };
        let finished = effect_finished(confirmed, ToolOutcome::Refused, words);
        self.note(EventBody::EffectFinished(finished));
        Ok(())
    }

    /// Between the yes and its effect the words were erased, so nothing says any more how many parts
    /// there were; the ledger does.
    async fn finish_erased(&mut self, confirmed: &Confirmed) -> Result<(), StoreError> {
        let tool = &confirmed.made.tool;
        error!(%tool, "a confirmed write failed: its arguments were erased");
        self.finish_begun(confirmed, LedgerState::Failed).await
    }

    /// Ends every ledger row that the yes has begun.
    async fn finish_begun(
        &mut self,
        confirmed: &Confirmed,
        state: LedgerState,
    ) -> Result<(), StoreError> {
        let key = &confirmed.confirmed.key;
        let begun = self.parts.store.ledger(&self.session.id).await?;
        let parts = (0..limits::PROPOSAL_PARTS_MAX).map(|at| part_key(key, at));
        let ours = parts.filter(|key| begun.iter().any(|row| row.key == *key));
        self.ledger
            .extend(ours.map(|key| LedgerChange::Finish { key, state }));
        Ok(())
    }

    async fn execute_part(
        &self,
        confirmed: &Confirmed,
        part: &ProposalPart,
        key: &IdempotencyKey,
    ) -> Result<ToolOutput, ToolError> {
        let Some(tool) = self.parts.tools.get(&part.tool) else {
            return Err(ToolError::Failed(format!(
                "there is no tool {} any more",
                part.tool
            )));
        };
        let Runs::Confirm(run) = &tool.run else {
            return Err(ToolError::Failed(format!(
                "{} takes no confirmation any more",
                part.tool
            )));
        };
        let (who, needs) = (&confirmed.identity, tool.manifest.identity);
        let pass = gate::pass(who, needs, Prompts::get())?;
        let mut context = self.tool_context(pass);
        context.refund_limit = tool.manifest.refund_limit(self.parts.shop.profile.currency);
        let by = confirmed.decided.as_ref();
        context.approved_by = by.map(|decided| decided.by.as_str());
        // No time limit here: an effect that is on its way is waited for, as its key protects it.
        run.execute(&context, part.arguments.clone(), key).await
    }

    /// Code's own words on what was done or closed: true by construction, so past no guard.
    pub(super) fn tell(&mut self) {
        let mut told: Vec<String> = Vec::new();
        for event in self.session.open_events() {
            if let EventBody::EffectFinished(finished) = &event.body
                && self
                    .session
                    .turn
                    .effects_untold()
                    .contains(&finished.proposal)
            {
                let parts = finished.parts();
                let several = parts.len() > 1;
                told.extend(self.approved_words(finished));
                told.extend(parts.iter().map(|part| part_words(part, several)));
            }
        }
        if let Some(why) = self.session.turn.closed_untold() {
            let key = match why {
                ClosedWhy::Cancelled => "cancelled",
                ClosedWhy::Expired => "expired",
                ClosedWhy::Replaced | ClosedWhy::Void => "gone",
            };
            told.push(fixed("proposal", key));
        }
        self.say(told.join("\n"));
    }

    /// Releases fixed words as the next part of this turn's message.
    pub(super) fn say(&mut self, text: String) {
        let before = self.session.turn.released();
        let text = if before.is_empty() {
            text
        } else {
            format!("\n{text}")
        };
        let at = before.len() as u64;
        let message = self.session.message();
        self.publish(Live::Delta {
            message: message.clone(),
            at,
            text: text.as_str().into(),
        });
        self.note(EventBody::Released(Released {
            message,
            at,
            private: Some(Words { text }),
        }));
    }
}

/// What a part came to, and what is told of it.
fn came_of(tool: &str, result: Result<ToolOutput, ToolError>) -> (ToolOutcome, ToolOutput) {
    let only = |content: String| ToolOutput {
        content,
        ..ToolOutput::default()
    };
    match result {
        Ok(output) => (ToolOutcome::Done, output),
        Err(ToolError::Refused(words) | ToolError::Retry(words)) => {
            let content = json!({ "reason": words }).to_string();
            (ToolOutcome::Refused, only(content))
        }
        Err(ToolError::Person(words)) => {
            let mut output = only(json!({ "reason": words }).to_string());
            output.hand_off = Some(HandOffRequest {
                reason: HandOffReason::NeedsApproval,
                summary: words,
            });
            (ToolOutcome::Refused, output)
        }
        Err(ToolError::Failed(detail)) => {
            error!(%tool, %detail, "a confirmed write failed");
            (ToolOutcome::Failed, only("{}".to_owned()))
        }
    }
}

/// What was not tried has surely not happened; what failed may have.
fn state_of(outcome: Option<ToolOutcome>) -> LedgerState {
    match outcome {
        Some(ToolOutcome::Done) => LedgerState::Done,
        Some(ToolOutcome::Failed) => LedgerState::Failed,
        Some(ToolOutcome::Refused | ToolOutcome::Retry) | None => LedgerState::Refused,
    }
}

/// Of several, what was not done is told behind its title.
fn part_words(part: &PartFinished, several: bool) -> String {
    let words = match part.outcome {
        Some(outcome) => effect_words(&part.tool, outcome, &part.content),
        None => fixed("effect", "not_tried"),
    };
    if !several || part.outcome == Some(ToolOutcome::Done) {
        return words;
    }
    let data = json!({ "title": part.title, "words": words });
    let told = Prompts::get().reply("effect", "part", data);
    told.unwrap_or(words)
}

fn effect_words(tool: &str, outcome: ToolOutcome, content: &str) -> String {
    let data: Value = serde_json::from_str(content).unwrap_or_else(|_| json!({}));
    let prompts = Prompts::get();
    let words = match outcome {
        ToolOutcome::Done => prompts.reply(tool, "done", &data),
        ToolOutcome::Refused | ToolOutcome::Retry => prompts.reply(tool, "refused", &data),
        ToolOutcome::Failed => None,
    };
    words.unwrap_or_else(|| fixed("effect", "failed"))
}

/// Words of `prompts/reply/turn.toml` without values.
pub(super) fn fixed(section: &str, key: &str) -> String {
    Prompts::get().reply(section, key, ()).unwrap_or_default()
}
