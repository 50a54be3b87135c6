//! What the model of a replay answers, call by call, and what the tools of each answer come to, read
//! off the log.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::stream::{self, BoxStream, StreamExt as _};

use super::Line;
use crate::agent::prompt::Prompts;
use crate::domain::event::{
    EffectFinished, EventBody, ProposalMade, ToolOutcome, ToolReturned, Usage,
};
use crate::domain::ids::CallId;
use crate::domain::parts::ProposalPart;
use crate::model::{Model, ModelError, ModelEvent, ModelRequest, Purpose, StopReason, ToolCall};

/// One recorded call of the model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    pub model: String,
    pub text: String,
    pub calls: Vec<ToolCall>,
    pub usage: Usage,
    pub failed: Option<String>,
}

/// A call that a tool has answered.
#[derive(Clone, Debug)]
pub struct Recorded {
    pub returned: ToolReturned,
    pub gated: bool,
    /// What it prepared, when it was a write that waits for a yes, with its own part of it.
    pub made: Option<(ProposalMade, Option<ProposalPart>)>,
    /// What it has proved.
    pub proof: Option<crate::domain::identity::Proof>,
}

/// The whole of it, shared by the model and the tools of one replay.
#[derive(Default)]
pub struct Script {
    pub answers: VecDeque<Answer>,
    /// Results of all calls, in the order of the log.
    pub results: Vec<Recorded>,
    /// Effects that were done, in order.
    pub effects: VecDeque<EffectFinished>,
    /// The calls of the newest answer that no tool has been asked for yet.
    pub open: Vec<ToolCall>,
}

/// Reads the script off a log.
pub fn read(lines: &[Line]) -> Script {
    let mut script = Script::default();
    let mut turn: Vec<Answer> = Vec::new();
    let mut declined = Vec::new();
    let mut ask = None;
    let mut proof = None;
    for line in lines {
        match &line.event {
            EventBody::ModelAnswered(answered) => {
                let arguments = answered.private.iter().flat_map(|words| &words.arguments);
                let calls = answered.calls.iter().zip(arguments);
                turn.push(Answer {
                    model: answered.model.clone(),
                    calls: calls
                        .map(|(head, arguments)| ToolCall {
                            id: head.call.clone(),
                            tool: head.tool.clone(),
                            arguments: arguments.clone(),
                        })
                        .collect(),
                    usage: answered.usage,
                    ..Answer::default()
                });
            }
            EventBody::ModelFailed(failed) => turn.push(Answer {
                model: failed.model.clone(),
                usage: failed.usage,
                failed: Some(failed.detail.clone()),
                ..Answer::default()
            }),
            EventBody::GuardStopped(stopped) => turn.push(Answer {
                text: stopped
                    .private
                    .as_ref()
                    .map_or(String::new(), |words| words.sentence.clone()),
                ..Answer::default()
            }),
            EventBody::IdentityProved(proved) => proof = Some(proved.proof.clone()),
            EventBody::ToolReturned(returned) => script.results.push(Recorded {
                returned: returned.clone(),
                gated: line.gated,
                made: None,
                proof: proof.take().filter(|_| returned.tool == "verify_identity"),
            }),
            EventBody::ProposalMade(made) => {
                prepared(&mut script.results, made);
                ask = Prompts::get().reply(
                    "proposal",
                    "ask",
                    serde_json::json!({ "parts": made.parts() }),
                );
            }
            EventBody::ApprovalDecided(decided) if !decided.approved => {
                declined.push(decided.proposal.clone());
            }
            // After a no of an agent no tool is called.
            EventBody::EffectFinished(finished) if !declined.contains(&finished.proposal) => {
                script.effects.push_back(finished.clone());
            }
            EventBody::Replied(replied) => {
                let text = replied.private.as_ref().map_or("", |words| &words.text);
                say(&mut turn, models_words(text, ask.take().as_deref()));
                script.answers.extend(turn.drain(..));
            }
            _ => {}
        }
    }
    script.answers.extend(turn);
    script
}

/// The results behind a proposal: its newest calls, one for each part.
fn prepared(results: &mut [Recorded], made: &ProposalMade) {
    let parts = made.parts();
    let Some(first) = results
        .iter()
        .position(|one| one.returned.call == made.call)
    else {
        return;
    };
    let mut parts = parts.into_iter();
    for one in &mut results[first..] {
        // Others of the step stand between, which prepared nothing.
        let waits = matches!(
            one.returned.outcome,
            ToolOutcome::Done | ToolOutcome::Refused
        );
        let is_next = waits
            && parts
                .as_slice()
                .first()
                .is_some_and(|part| part.tool == one.returned.tool);
        if is_next {
            one.made = Some((made.clone(), parts.next()));
        }
    }
}

/// Puts a turn's words into its last answer.
fn say(turn: &mut [Answer], words: &str) {
    let Some(last) = turn.last_mut() else { return };
    let stopped = std::mem::take(&mut last.text);
    last.text = match (words.is_empty(), stopped.is_empty()) {
        (true, _) => stopped,
        (false, true) => words.to_owned(),
        (false, false) => format!("{words}\n{stopped}"),
    };
}

/// A reply without what code said at its end: that a person has it, or what is prepared.
fn models_words<'a>(text: &'a str, ask: Option<&str>) -> &'a str {
    let fixed =
        |section: &str, key: &str| Prompts::get().reply(section, key, ()).unwrap_or_default();
    let own = [
        fixed("hand_off", "words"),
        fixed("hand_off", "again"),
        fixed("proposal", "button"),
        ask.unwrap_or_default().to_owned(),
    ];
    let starts = own.iter().filter(|words| !words.trim().is_empty());
    let starts = starts.filter_map(|words| text.rfind(words.trim()));
    let begins_line = |at: &usize| *at == 0 || text[..*at].ends_with('\n');
    let end = starts.filter(begins_line).min().unwrap_or(text.len());
    text[..end].trim_end_matches('\n')
}

/// Plays the answers; what it is asked beyond them fails.
#[derive(Clone)]
pub struct Player(pub Arc<Mutex<Script>>);

impl Player {
    pub fn lock(&self) -> MutexGuard<'_, Script> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The result of a call of the newest answer.
    pub fn result(&self, tool: &str, arguments: &str) -> Option<Recorded> {
        let mut script = self.lock();
        let same = |call: &ToolCall| call.tool == tool && call.arguments == arguments;
        let at = script.open.iter().position(same)?;
        let id: CallId = script.open.remove(at).id;
        let found = script
            .results
            .iter()
            .position(|one| one.returned.call == id)?;
        Some(script.results.remove(found))
    }
}

impl Model for Player {
    fn name(&self) -> &str {
        "cassette"
    }

    fn stream(&self, request: ModelRequest) -> BoxStream<'static, Result<ModelEvent, ModelError>> {
        let failed = |detail: &str| ModelError::Permanent {
            detail: detail.to_owned(),
        };
        if request.purpose != Purpose::Answer {
            // Nobody but the shopper is answered.
            return stream::iter([Err(failed("a cassette only answers"))]).boxed();
        }
        let mut script = self.lock();
        let Some(answer) = script.answers.pop_front() else {
            return stream::iter([Err(failed("the cassette has no answer left"))]).boxed();
        };
        script.open.clone_from(&answer.calls);
        let mut events = vec![Ok(ModelEvent::Model(answer.model.as_str().into()))];
        if !answer.text.is_empty() {
            events.push(Ok(ModelEvent::Text(answer.text)));
        }
        let has_calls = !answer.calls.is_empty();
        events.extend(
            answer
                .calls
                .into_iter()
                .map(|call| Ok(ModelEvent::Call(call))),
        );
        events.push(Ok(ModelEvent::Usage(answer.usage)));
        events.push(match answer.failed {
            Some(detail) => Err(failed(&detail)),
            None if has_calls => Ok(ModelEvent::End(StopReason::ToolCalls)),
            None => Ok(ModelEvent::End(StopReason::Finished)),
        });
        stream::iter(events).boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_s_own_end_of_a_reply_is_not_the_model_s() {
        let words = Prompts::get().reply("hand_off", "words", ()).unwrap();
        let text = format!("I cannot say.\n{words} People answer on Monday.");
        assert_eq!(models_words(&text, None), "I cannot say.");
        assert_eq!(models_words(&words, None), "");
        assert_eq!(models_words("Just words.", None), "Just words.");
        assert_eq!(models_words("Well.\nShall I?", Some("Shall I?")), "Well.");
        // In the middle of a line it is the model's.
        assert_eq!(
            models_words("Well. Shall I?", Some("Shall I?")),
            "Well. Shall I?"
        );
    }

    #[test]
    fn a_turn_s_words_are_said_by_its_last_answer() {
        let mut turn = vec![
            Answer::default(),
            Answer {
                text: "False.".into(),
                ..Answer::default()
            },
        ];
        say(&mut turn, "True.");
        assert_eq!(
            (turn[0].text.as_str(), turn[1].text.as_str()),
            ("", "True.\nFalse.")
        );
        say(&mut [], "nobody to say it");
    }
}
