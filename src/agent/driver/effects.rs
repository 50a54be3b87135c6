//! Confirmed writes: recorded, then done, then told. No model call is anywhere in between.

use std::time::Duration;

use serde_json::{Value, json};
use tracing::{error, info, warn};

use super::Run;
use crate::agent::gate;
use crate::agent::prompt::Prompts;
use crate::agent::turn::Confirmed;
use crate::domain::event::{
    ClosedWhy, ConfirmedBy, EffectFinished, EventBody, ProposalConfirmed, ProposalMade, Released,
    ToolOutcome, ToolWords, Words,
};
use crate::domain::ids::{ConversationId, IdempotencyKey, ProposalId, sha256_hex};
use crate::domain::limits;
use crate::store::StoreError;
use crate::store::feed::Live;
use crate::store::ledger::{LedgerChange, LedgerState};
use crate::store::outbox::NewOutbox;
use crate::tools::registry::Run as Runs;
use crate::tools::{ToolError, ToolOutput};

/// The key under which a proposal's effect happens once, whoever confirms it and how often.
pub fn effect_key(conversation: &ConversationId, proposal: &ProposalId) -> IdempotencyKey {
    IdempotencyKey::new(format!(
        "e_{}",
        &sha256_hex(&format!("{conversation}/{proposal}"))[..32]
    ))
}

/// The event and the ledger row that make a yes count: appended together, before the effect.
pub fn confirmation(
    conversation: &ConversationId,
    made: &ProposalMade,
    by: ConfirmedBy,
) -> (EventBody, LedgerChange) {
    let key = effect_key(conversation, &made.proposal);
    let confirmed = EventBody::ProposalConfirmed(ProposalConfirmed {
        proposal: made.proposal.clone(),
        hash: made.hash.clone(),
        by,
        key: key.clone(),
    });
    let start = LedgerChange::Start {
        key,
        tool: made.tool.clone(),
        arguments_hash: made.hash.clone(),
        amount: made.amount,
    };
    (confirmed, start)
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
        self.ledger.push(start);
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

    /// Runs the confirmed write. What breaks is tried again under the same key, because it may
    /// have happened; what stays broken goes to a person.
    async fn try_effect(&self, confirmed: &Confirmed) -> Result<ToolOutput, ToolError> {
        let mut tries = 1;
        loop {
            let result = self.execute_tool(confirmed).await;
            match &result {
                Err(ToolError::Failed(detail)) if tries < limits::EFFECT_TRIES_MAX => {
                    warn!(tool = %confirmed.made.tool, %detail, tries, "a confirmed write broke; trying again");
                    tokio::time::sleep(PAUSE_AFTER_BROKEN * tries).await;
                    tries += 1;
                }
                _ => return result,
            }
        }
    }

    pub(super) async fn execute(&mut self, confirmed: &Confirmed) {
        let made = &confirmed.made;
        let result = self.try_effect(confirmed).await;
        let (outcome, state, output) = match result {
            Ok(output) => (ToolOutcome::Done, LedgerState::Done, output),
            Err(ToolError::Refused(words) | ToolError::Retry(words)) => {
                let content = json!({ "reason": words }).to_string();
                (
                    ToolOutcome::Refused,
                    LedgerState::Refused,
                    ToolOutput {
                        content,
                        ..ToolOutput::default()
                    },
                )
            }
            Err(ToolError::Failed(detail)) => {
                error!(tool = %made.tool, %detail, "a confirmed write failed");
                (
                    ToolOutcome::Failed,
                    LedgerState::Failed,
                    ToolOutput {
                        content: "{}".to_owned(),
                        ..ToolOutput::default()
                    },
                )
            }
        };
        info!(tool = %made.tool, ?outcome, key = %confirmed.confirmed.key, "effect");
        let key = confirmed.confirmed.key.clone();
        let letter = output.letter.as_ref().map(serde_json::to_string);
        if let Some(Ok(body)) = letter {
            self.outbox.push(NewOutbox {
                key: format!("mail_{key}"),
                kind: "mail".to_owned(),
                body,
            });
        }
        self.ledger.push(LedgerChange::Finish {
            key: key.clone(),
            state,
        });
        self.note(EventBody::EffectFinished(EffectFinished {
            proposal: made.proposal.clone(),
            tool: made.tool.clone(),
            key,
            outcome,
            hand_off: output.hand_off.as_ref().map(|request| request.reason),
            private: Some(ToolWords {
                content: output.content,
                facts: output.facts,
                cards: output.cards,
            }),
        }));
    }

    async fn execute_tool(&self, confirmed: &Confirmed) -> Result<ToolOutput, ToolError> {
        let made = &confirmed.made;
        let Some(tool) = self.parts.tools.get(&made.tool) else {
            return Err(ToolError::Failed(format!(
                "there is no tool {} any more",
                made.tool
            )));
        };
        let Runs::Confirm(run) = &tool.run else {
            return Err(ToolError::Failed(format!(
                "{} takes no confirmation any more",
                made.tool
            )));
        };
        let Some(words) = &made.private else {
            return Err(ToolError::Failed("the arguments were erased".to_owned()));
        };
        let (who, needs) = (&confirmed.identity, tool.manifest.identity);
        let pass = gate::pass(who, needs, Prompts::get())?;
        let context = self.tool_context(pass);
        // No time limit here: an effect that is on its way is waited for, as its key protects it.
        run.execute(&context, words.arguments.clone(), &confirmed.confirmed.key)
            .await
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
                let content = finished
                    .private
                    .as_ref()
                    .map_or("{}", |words| words.content.as_str());
                told.push(effect_words(&finished.tool, finished.outcome, content));
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

fn effect_words(tool: &str, outcome: ToolOutcome, content: &str) -> String {
    let data: Value = serde_json::from_str(content).unwrap_or(Value::Null);
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
