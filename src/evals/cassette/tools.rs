//! Tools that give what was recorded: the manifests, and with them the gate, are the real ones.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::BoxFuture;
use serde_json::Value;

use super::script::{Player, Recorded};
use crate::domain::bundle::HandOffReason;
use crate::domain::card::Card;
use crate::domain::event::{Approver, EffectFinished, ToolOutcome};
use crate::domain::evidence::Fact;
use crate::domain::ids::IdempotencyKey;
use crate::domain::money::{Currency, Money};
use crate::tools::manifest::Manifest;
use crate::tools::registry::{ErasedConfirm, ErasedRead, Registry, RegistryError, Run};
use crate::tools::{HandOffRequest, Proposal, ToolContext, ToolError, ToolOutput, Touches};

/// The name under which `agent_above` limits what may go back.
const REFUND: &str = "refund";
/// The fact that the driver itself adds to the last of several writes.
const SUM: &str = "sum_of_proposal";
/// What the model of a replay reads of a call that was not made when it was recorded.
const UNKNOWN: &str = "the cassette has no result for this call";
const GATE: &str = "the gate has let a call through that it refused when it was recorded";

/// What one part of a confirmed proposal came to.
#[derive(Clone, Default)]
struct Came {
    outcome: Option<ToolOutcome>,
    content: String,
    facts: Vec<Fact>,
    cards: Vec<Card>,
    hand_off: Option<HandOffReason>,
}

/// Effects in the order in which they were done; the same key again has the same one.
#[derive(Default)]
pub struct Effects {
    left: VecDeque<Came>,
    known: BTreeMap<String, Came>,
}

impl Effects {
    pub fn new(finished: impl IntoIterator<Item = EffectFinished>) -> Self {
        let mut left = VecDeque::new();
        for one in finished {
            let words = one.private.clone().unwrap_or_default();
            let first = left.len();
            for part in one.parts() {
                // What was not tried has called no tool.
                if part.outcome.is_some() {
                    left.push_back(Came {
                        outcome: part.outcome,
                        content: part.content,
                        ..Came::default()
                    });
                }
            }
            if let Some(came) = left.get_mut(first) {
                (came.facts, came.cards) = (words.facts, words.cards);
                came.hand_off = one.hand_off;
            }
        }
        Self {
            left,
            known: BTreeMap::new(),
        }
    }

    fn of(&mut self, key: &IdempotencyKey) -> Came {
        let key = key.to_string();
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let came = self.left.pop_front().unwrap_or_default();
        self.known.insert(key, came.clone());
        came
    }
}

/// The real list of tools, each with what was recorded behind it.
pub fn registry(
    player: &Player,
    effects: Effects,
    currency: Currency,
) -> Result<Registry, RegistryError> {
    let effects = Arc::new(Mutex::new(effects));
    Ok(Registry::new()?.replaced(|manifest, run| {
        let tool = Tool {
            manifest: manifest.clone(),
            player: player.clone(),
            effects: effects.clone(),
            currency,
        };
        match run {
            Run::Read(_) => Run::Read(Box::new(tool)),
            Run::Confirm(_) => Run::Confirm(Box::new(tool)),
        }
    }))
}

struct Tool {
    manifest: Manifest,
    player: Player,
    effects: Arc<Mutex<Effects>>,
    currency: Currency,
}

impl Tool {
    fn recorded(&self, arguments: &str) -> Result<Recorded, ToolError> {
        let found = self.player.result(&self.manifest.name, arguments);
        let found = found.ok_or_else(|| ToolError::Retry(UNKNOWN.to_owned()))?;
        if found.gated {
            return Err(ToolError::Retry(GATE.to_owned()));
        }
        Ok(found)
    }

    /// What the amount is weighed by: above every limit when it was above one.
    fn weighed(&self, amount: Option<Money>, above: bool) -> Option<(&'static str, Money)> {
        let amount = amount.unwrap_or(Money::zero(self.currency));
        let limited = self.manifest.agent_above.contains_key(REFUND);
        let minor = if above { i64::MAX } else { amount.minor };
        limited.then_some((REFUND, Money::new(minor, amount.currency)))
    }
}

impl ErasedRead for Tool {
    fn call<'a>(
        &'a self,
        _: &'a ToolContext<'a>,
        arguments: &'a str,
    ) -> BoxFuture<'a, Result<ToolOutput, ToolError>> {
        let came = self.recorded(arguments).and_then(output);
        Box::pin(async move { came })
    }

    fn understood(&self, arguments: &str) -> Result<String, ToolError> {
        // They are looked up as they were written.
        Ok(arguments.to_owned())
    }
}

impl ErasedConfirm for Tool {
    fn propose<'a>(
        &'a self,
        _: &'a ToolContext<'a>,
        arguments: &'a str,
    ) -> BoxFuture<'a, Result<Proposal<Value>, ToolError>> {
        let came = self
            .recorded(arguments)
            .and_then(|recorded| self.proposal(recorded));
        Box::pin(async move { came })
    }

    fn understood(&self, arguments: &str) -> Result<String, ToolError> {
        // They are looked up as they were written.
        Ok(arguments.to_owned())
    }

    fn with_amount(&self, resolved: Value, _: Money) -> Result<Value, ToolError> {
        // The amount that an agent has set is in the recorded result.
        Ok(resolved)
    }

    fn execute<'a>(
        &'a self,
        _: &'a ToolContext<'a>,
        _: Value,
        key: &'a IdempotencyKey,
    ) -> BoxFuture<'a, Result<ToolOutput, ToolError>> {
        let mut effects = self.effects.lock().unwrap_or_else(PoisonError::into_inner);
        let came = done(effects.of(key));
        Box::pin(async move { came })
    }
}

impl Tool {
    fn proposal(&self, recorded: Recorded) -> Result<Proposal<Value>, ToolError> {
        let Some((made, Some(part))) = recorded.made.clone() else {
            // It was refused, or asked for something: nothing was prepared.
            return match output(recorded) {
                Err(error) => Err(error),
                Ok(_) => Err(ToolError::Retry(UNKNOWN.to_owned())),
            };
        };
        let words = made.private.clone().unwrap_or_default();
        let by_agent = made.approver == Approver::Agent && !made.drafted;
        let private = recorded.returned.private.unwrap_or_default();
        let mut facts = private.facts;
        facts.retain(|fact| fact.attribute != SUM);
        Ok(Proposal {
            resolved: part.arguments,
            order: part.order,
            touches: Touches::Nothing,
            amount: part.amount,
            weighed: self.weighed(part.amount, by_agent),
            bounds: made.bounds,
            needs_agent: words.why.filter(|_| by_agent),
            title: part.title,
            lines: part.lines,
            content: private.content,
            facts,
        })
    }
}

/// What a call gave back.
fn output(recorded: Recorded) -> Result<ToolOutput, ToolError> {
    let returned = recorded.returned;
    let words = returned.private.unwrap_or_default();
    match returned.outcome {
        ToolOutcome::Done => Ok(ToolOutput {
            content: words.content,
            facts: words.facts,
            cards: words.cards,
            tainted: returned.tainted,
            hand_off: returned.hand_off.map(wish),
            proof: recorded.proof,
            letter: None,
        }),
        ToolOutcome::Refused => Err(ToolError::Refused(words.content)),
        ToolOutcome::Retry => Err(ToolError::Retry(words.content)),
        ToolOutcome::Failed => Err(ToolError::Failed(
            "it failed when it was recorded".to_owned(),
        )),
    }
}

/// What an effect gave back.
fn done(came: Came) -> Result<ToolOutput, ToolError> {
    let reason = || {
        let content: Value = serde_json::from_str(&came.content).unwrap_or_default();
        content["reason"].as_str().unwrap_or_default().to_owned()
    };
    match came.outcome {
        Some(ToolOutcome::Done) => Ok(ToolOutput {
            content: came.content,
            facts: came.facts,
            cards: came.cards,
            hand_off: came.hand_off.map(wish),
            ..ToolOutput::default()
        }),
        Some(ToolOutcome::Failed) => Err(ToolError::Failed(
            "it failed when it was recorded".to_owned(),
        )),
        Some(_) if came.hand_off.is_some() => Err(ToolError::Person(reason())),
        Some(_) => Err(ToolError::Refused(reason())),
        None => Err(ToolError::Refused(UNKNOWN.to_owned())),
    }
}

fn wish(reason: HandOffReason) -> HandOffRequest {
    HandOffRequest {
        reason,
        summary: String::new(),
    }
}
