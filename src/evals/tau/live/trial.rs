//! One conversation about one task, and what came of it.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow};
use serde::Serialize;
use serde_json::Value;

use super::money::{Counted, Spent};
use super::shopper::{Next, Part, Shopper};
use super::{Task, wanted};
use crate::agent::approvals::{Approvals, Decision as Approval};
use crate::channels::chat::Decision;
use crate::domain::bundle::HandOffReason;
use crate::domain::conversation::Status;
use crate::domain::event::ProposalMade;
use crate::domain::limits::{APPROVALS_LISTED, EVAL_TAU_TURNS_MAX};
use crate::evals::stage::Stage;
use crate::evals::talk::{Seen, Talk};
use crate::evals::tau::stage::Kit;
use crate::evals::tau::state;
use crate::model::Model;

/// Who says yes to what only a person may settle.
const AGENT: &str = "eval";
/// The shopper thinks before each message.
const PAUSE_MS: i64 = 30_000;

/// What became of a trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Passed,
    Failed,
    /// An endpoint failed: nothing is known of the assistant.
    Broken,
}

/// How a conversation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// The shopper has what they came for, or gives up.
    Stopped,
    HandedOff(HandOffReason),
    TurnLimit,
    Broken,
}

#[derive(Clone, Debug, Serialize)]
pub struct Trial {
    pub verdict: Verdict,
    pub ended: Ended,
    /// What is wrong, or which endpoint said what.
    pub reasons: Vec<String>,
    /// Messages and presses of the shopper.
    pub turns: usize,
    /// Calls that a person has said yes to.
    pub approved: usize,
    pub assistant: Spent,
    pub shopper: Spent,
    #[serde(serialize_with = "seconds")]
    pub took: Duration,
    /// The conversation, for people who look into it.
    #[serde(skip)]
    pub talk: String,
}

fn seconds<S: serde::Serializer>(took: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64((took.as_secs_f64() * 100.0).round() / 100.0)
}

/// Plays it. An error is one of the set or of this machine, and ends the run.
pub(super) async fn play(
    kit: &Kit,
    task: &Task,
    no: usize,
    model: Arc<dyn Model>,
    shopper: &dyn Model,
) -> anyhow::Result<Trial> {
    let since = Instant::now();
    let user = kit.set.users.get(&task.user_id);
    let user = user.with_context(|| format!("there is no user {}", task.user_id))?;
    let name = format!("{}/{no}", task.id);
    let model = Arc::new(Counted::new(model));
    let stage = kit.with_assistant(&name, model.clone())?;
    let part = Part {
        instruction: &task.instruction,
        email: &user.email,
        postcode: &user.address.zip,
    };
    let mut show = Show {
        talk: Talk::begin(&stage, None).await?,
        stage: &stage,
        shopper: Shopper::new(shopper, &part, &name),
        model: &model,
        said: Vec::new(),
        turns: 0,
        approved: 0,
        record: String::new(),
    };
    let (ended, broke) = show.converse().await?;
    let reasons = match &broke {
        Some(detail) => vec![detail.clone()],
        None => wrong(kit, task, &stage, &show.said).await?,
    };
    let verdict = match (&broke, reasons.is_empty()) {
        (Some(_), _) => Verdict::Broken,
        (None, true) => Verdict::Passed,
        (None, false) => Verdict::Failed,
    };
    Ok(Trial {
        verdict,
        ended,
        reasons,
        turns: show.turns,
        approved: show.approved,
        assistant: model.spent(),
        shopper: show.shopper.spent,
        took: since.elapsed(),
        talk: show.record,
    })
}

/// Where the shop stands otherwise than it should, and what was not said.
async fn wrong(
    kit: &Kit,
    task: &Task,
    stage: &Stage,
    said: &[String],
) -> anyhow::Result<Vec<String>> {
    let value = |value: &Option<Value>| {
        value
            .as_ref()
            .map_or("nothing".to_owned(), Value::to_string)
    };
    let end = state::end(kit, &stage.store).await?;
    let differences = state::between(kit, &wanted(kit, task).await?, &end);
    let mut wrong = Vec::new();
    for one in &differences {
        let (expected, got) = (value(&one.expected), value(&one.got));
        wrong.push(format!("{}: expected {expected}, is {got}", one.path));
    }
    let missing = task.outputs.iter().filter(|output| !says(said, output));
    wrong.extend(missing.map(|output| format!("it has not said {output:?}")));
    Ok(wrong)
}

struct Show<'a> {
    stage: &'a Stage,
    talk: Talk<'a>,
    shopper: Shopper<'a>,
    model: &'a Counted,
    /// The assistant's words.
    said: Vec<String>,
    turns: usize,
    approved: usize,
    record: String,
}

impl Show<'_> {
    /// How it ended, and which endpoint broke it, if one did.
    async fn converse(&mut self) -> anyhow::Result<(Ended, Option<String>)> {
        let mut heard = Shopper::words("opening");
        while self.turns < EVAL_TAU_TURNS_MAX {
            self.stage.clock.advance_ms(PAUSE_MS);
            let next = match self.shopper.next(&heard).await {
                Err(detail) => {
                    let detail = format!("the shopper's endpoint: {detail}");
                    return Ok((Ended::Broken, Some(detail)));
                }
                Ok(Next::Stops) => return Ok((Ended::Stopped, None)),
                Ok(next) => next,
            };
            self.turns += 1;
            let failed_before = self.model.spent().failed_calls;
            let mut seen = self.act(next).await?;
            self.note(&seen);
            if let Some(reason) = self.handed_off().await?
                && !self.approve(&mut seen).await?
            {
                let failed = self.model.spent().failed_calls > failed_before;
                if failed && reason == HandOffReason::Failure {
                    let detail = self.model.error().unwrap_or_default();
                    let detail = format!("the assistant's endpoint: {detail}");
                    return Ok((Ended::Broken, Some(detail)));
                }
                return Ok((Ended::HandedOff(reason), None));
            }
            heard = if seen.problem.is_some() {
                Shopper::words("no_button")
            } else {
                self.shopper.sees(&seen)
            };
        }
        Ok((Ended::TurnLimit, None))
    }

    async fn act(&mut self, next: Next) -> anyhow::Result<Seen> {
        let (shown, seen) = match next {
            Next::Says(text) => (text.clone(), self.talk.write(vec![text]).await?),
            Next::Confirms => {
                let confirm = |made: &ProposalMade| Decision::Confirm {
                    hash: made.hash.clone(),
                };
                (
                    "(presses Confirm)".to_owned(),
                    self.talk.press(1, confirm).await?,
                )
            }
            Next::Cancels => {
                let seen = self.talk.press(1, |_| Decision::Cancel).await?;
                ("(presses Cancel)".to_owned(), seen)
            }
            Next::Stops => return Err(anyhow!("who has stopped does nothing more")),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(self.record, "    > {shown}");
        Ok(seen)
    }

    fn note(&mut self, seen: &Seen) {
        self.said.extend(seen.words.iter().cloned());
        if !seen.tools.is_empty() {
            let _ = writeln!(self.record, "        tools: {}", seen.tools.join(", "));
        }
        for stopped in &seen.stopped {
            let _ = writeln!(self.record, "        stopped: {stopped}");
        }
        for line in seen.words.iter().flat_map(|words| words.lines()) {
            let _ = writeln!(self.record, "        {line}");
        }
    }

    /// Why the conversation waits for a person, if it does.
    async fn handed_off(&self) -> anyhow::Result<Option<HandOffReason>> {
        let head = self.stage.store.head(&self.talk.id).await?;
        if head.status != Status::Waiting {
            return Ok(None);
        }
        let bundles = self.stage.store.bundles(&self.talk.id).await?;
        let last = bundles.last().context("a hand-off has a bundle")?;
        Ok(Some(last.reason))
    }

    /// Says yes, as the person whom it was passed to, to every call that waits. True when the
    /// assistant serves the shopper again; what that brought is added to the step.
    async fn approve(&mut self, seen: &mut Seen) -> anyhow::Result<bool> {
        let approvals = Approvals::new(self.stage.assistant.clone());
        let waiting = approvals.waiting(None, APPROVALS_LISTED).await?;
        if waiting.is_empty() {
            return Ok(false);
        }
        let lease = self.talk.lease().await?;
        for one in &waiting {
            let yes = Approval {
                by: AGENT.to_owned(),
                hash: None,
                approved: true,
                amount: None,
                words: String::new(),
            };
            approvals.decide(&one.proposal, &yes).await?;
            self.approved += 1;
        }
        self.stage.assistant.run(lease).await?;
        let more = self.talk.seen(Vec::new(), Vec::new()).await?;
        let _ = writeln!(
            self.record,
            "        (a person says yes to {})",
            waiting.len()
        );
        self.note(&more);
        seen.words.extend(more.words);
        seen.cards.extend(more.cards);
        seen.letters.extend(more.letters);
        Ok(self.handed_off().await?.is_none())
    }
}

/// Is it among the words? Commas do not count, as in the set, but "10" is not said with "10.50".
fn says(said: &[String], output: &str) -> bool {
    let plain = |text: &str| text.replace(',', "").to_lowercase();
    let output = plain(output);
    let output = output.trim();
    said.iter().any(|words| {
        let words = plain(words);
        words.match_indices(output).any(|(at, found)| {
            let before = words[..at].chars().next_back();
            let mut after = words[at + found.len()..].chars();
            let ends = match after.next() {
                Some('.') => !after.next().is_some_and(|next| next.is_ascii_digit()),
                Some(letter) => !letter.is_alphanumeric(),
                None => true,
            };
            ends && !before.is_some_and(|letter| letter.is_alphanumeric() || letter == '.')
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_must_be_said_is_a_value_of_its_own() {
        let said = vec!["It comes to $1,054.04. That is 10 items.".to_owned()];
        for output in ["1054.04", "1,054.04", "10", " 10 ITEMS"] {
            assert!(says(&said, output), "{output}");
        }
        for output in ["54.04", "1054", "1054.0", "04", "1 item", "20"] {
            assert!(!says(&said, output), "{output}");
        }
        assert!(!says(&[], "10"));
    }
}
