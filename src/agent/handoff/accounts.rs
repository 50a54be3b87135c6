//! What the log accounts for: every call with its result, what was read of the rules, and what the
//! shopper may count on.

use serde_json::Value;

use super::{Asked, Seen};
use crate::agent::prompt::Prompts;
use crate::domain::bundle::{BundleCall, PolicyCited, Promise, PromiseKind};
use crate::domain::card::Card;
use crate::domain::event::{EventBody, ProposalMade, ToolOutcome, ToolWords};
use crate::domain::evidence::FactValue;
use crate::domain::ids::{CallId, ProposalId};
use crate::domain::returns::Return;

pub fn calls(seen: Seen<'_>) -> Vec<BundleCall> {
    let content = |words: &Option<ToolWords>| {
        words
            .as_ref()
            .map(|words| words.content.clone())
            .unwrap_or_default()
    };
    let mut calls = Vec::new();
    for event in seen {
        match &event.body {
            EventBody::ToolReturned(returned) => calls.push(BundleCall {
                call: returned.call.clone(),
                tool: returned.tool.clone(),
                arguments: arguments(seen, &returned.call).unwrap_or_default(),
                outcome: word(returned.outcome).to_owned(),
                result: content(&returned.private),
            }),
            EventBody::EffectFinished(finished) => calls.push(BundleCall {
                call: CallId::new(&finished.key),
                tool: finished.tool.clone(),
                arguments: format!("confirmed proposal {}", finished.proposal),
                outcome: word(finished.outcome).to_owned(),
                result: content(&finished.private),
            }),
            _ => {}
        }
    }
    calls
}

fn arguments(seen: Seen<'_>, call: &CallId) -> Option<String> {
    seen.iter().find_map(|event| match &event.body {
        EventBody::ModelAnswered(answered) => {
            let at = answered.calls.iter().position(|head| head.call == *call)?;
            answered.private.as_ref()?.arguments.get(at).cloned()
        }
        _ => None,
    })
}

fn word(outcome: ToolOutcome) -> &'static str {
    match outcome {
        ToolOutcome::Done => "done",
        ToolOutcome::Refused => "refused",
        ToolOutcome::Retry => "retry",
        ToolOutcome::Failed => "failed",
    }
}

/// Passages that were found, and the versions by whose rules proposals and returns were decided.
pub fn policies(seen: Seen<'_>, returns: &[Return]) -> Vec<PolicyCited> {
    let mut cited: Vec<PolicyCited> = Vec::new();
    let mut add = |policy: PolicyCited| {
        if !cited.contains(&policy) {
            cited.push(policy);
        }
    };
    for event in seen {
        match &event.body {
            EventBody::ToolReturned(returned) => {
                let cards = returned.private.iter().flat_map(|words| &words.cards);
                for card in cards {
                    let Card::Sources(card) = card else { continue };
                    card.sources.iter().for_each(|source| {
                        add(PolicyCited {
                            policy: source.policy.clone(),
                            version: source.version.clone(),
                            heading: Some(source.heading.clone()),
                        });
                    });
                }
            }
            EventBody::ProposalMade(made) => {
                let arguments = made.private.as_ref().map(|words| &words.arguments);
                let policy = arguments.and_then(|arguments| {
                    // What was decided names the rules that it was decided by.
                    let decided = arguments.get("decision").unwrap_or(arguments);
                    decided.get("policy")?.as_str()
                });
                if let Some(rules) = policy.and_then(rules_of) {
                    add(rules);
                }
            }
            _ => {}
        }
    }
    returns
        .iter()
        .filter_map(|registered| rules_of(&registered.policy))
        .for_each(add);
    cited
}

/// "returns 2026-03".
fn rules_of(cited: &str) -> Option<PolicyCited> {
    let (policy, version) = cited.split_once(' ')?;
    Some(PolicyCited {
        policy: policy.to_owned(),
        version: version.to_owned(),
        heading: None,
    })
}

/// What the shopper may count on: yeses, what code said was done, and the words of hand-offs.
pub fn promises(seen: Seen<'_>, asked: &Asked<'_>) -> Vec<Promise> {
    let mut promises = Vec::new();
    for event in seen {
        let promise = match &event.body {
            EventBody::ProposalConfirmed(confirmed) => {
                confirmed_proposal(seen, &confirmed.proposal)
            }
            EventBody::EffectFinished(finished) if finished.outcome == ToolOutcome::Done => {
                let amount = made(seen, &finished.proposal).and_then(|made| made.amount);
                done(&finished.tool, finished.private.as_ref())
                    .map(|promise| Promise { amount, ..promise })
            }
            EventBody::Shown(shown) => shown.private.as_ref().and_then(handed_off),
            // The card of the turn that ends now is not shown yet.
            EventBody::ToolReturned(returned) if returned.hand_off.is_some() => {
                let cards = returned.private.iter().flat_map(|words| &words.cards);
                cards.filter_map(handed_off).next()
            }
            _ => None,
        };
        promises.extend(promise.map(|promise| Promise {
            at_ms: event.at_ms,
            ..promise
        }));
    }
    promises.extend(asked.told.map(|words| Promise {
        at_ms: asked.now_ms,
        ..told(words)
    }));
    // The words of a `hand_off` are in its result and on its card.
    promises.dedup_by(|b, a| a.kind == b.kind && a.text == b.text);
    promises
}

fn made<'a>(seen: Seen<'a>, proposal: &ProposalId) -> Option<&'a ProposalMade> {
    seen.iter().find_map(|event| match &event.body {
        EventBody::ProposalMade(made) if made.proposal == *proposal => Some(made),
        _ => None,
    })
}

fn confirmed_proposal(seen: Seen<'_>, proposal: &ProposalId) -> Option<Promise> {
    let made = made(seen, proposal)?;
    let words = made.private.as_ref()?;
    Some(Promise {
        at_ms: 0,
        kind: PromiseKind::Confirmed,
        text: format!("{}: {}", words.title, words.lines.join("; ")),
        amount: made.amount,
        until: None,
    })
}

/// The words in which code told it.
fn done(tool: &str, words: Option<&ToolWords>) -> Option<Promise> {
    let words = words?;
    let data: Value = serde_json::from_str(&words.content).ok()?;
    let until = words.facts.iter().find_map(|fact| match &fact.value {
        FactValue::Date(day) => Some(*day),
        _ => None,
    });
    Some(Promise {
        at_ms: 0,
        kind: PromiseKind::Done,
        text: Prompts::get().reply(tool, "done", data)?,
        amount: None,
        until,
    })
}

fn handed_off(card: &Card) -> Option<Promise> {
    match card {
        Card::Handoff(card) => Some(told(&card.words)),
        _ => None,
    }
}

fn told(words: &str) -> Promise {
    Promise {
        at_ms: 0,
        kind: PromiseKind::HandedOff,
        text: words.to_owned(),
        amount: None,
        until: None,
    }
}
