//! Foreign words: single utterances of a public data set, each in a chat of its own as the same demo
//! shopper, graded by the first tool that the assistant calls. `evals/utterances.toml` says which
//! intents count and which first tools are right for each.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, LazyLock};

use anyhow::Context as _;
use futures_util::{StreamExt as _, stream};
use regex::{Captures, Regex};
use serde::{Deserialize, Serialize};

use super::csv::Table;
use super::stage::{Kit, Stage};
use super::talk::Talk;
use super::world::World;
use crate::domain::limits::EVAL_CHATS_AT_ONCE;
use crate::model::Model;

/// How the table says that an answer without a tool is right.
const NONE: &str = "none";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rules {
    /// Situation of the demo shopper who asks.
    shopper: String,
    intent: BTreeMap<String, Rule>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    right: Vec<String>,
    /// The intent asks for a write, so that proposing one is not wrong.
    #[serde(default)]
    writes: bool,
    /// For the reader of the table.
    #[serde(rename = "why")]
    _why: String,
}

static RULES: LazyLock<Rules> = LazyLock::new(|| {
    toml::from_str(include_str!("../../evals/utterances.toml"))
        .expect("evals/utterances.toml is compiled in and read by a test")
});

static PLACEHOLDER: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\{\{\s*([^{}]+?)\s*\}\}").expect("the pattern is a constant"));

/// One utterance of a data set, filled for the shop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Utterance {
    pub text: String,
    pub intent: String,
}

#[derive(Debug, Serialize)]
pub struct UtteranceReport {
    pub total: usize,
    pub right_first_tool: usize,
    pub wrong_write_proposed: usize,
    pub failures: Vec<Failure>,
    /// Right and all, for people.
    #[serde(skip)]
    pub by_intent: BTreeMap<String, (usize, usize)>,
}

#[derive(Debug, Serialize)]
pub struct Failure {
    pub utterance: String,
    pub intent: String,
    /// Nothing when no tool was called.
    pub first_tool: Option<String>,
}

/// What the assistant did first.
struct Did {
    first_tool: Option<String>,
    proposed: bool,
}

/// Sends every utterance whose intent is in the table.
pub async fn run(csv: &str, model: Arc<dyn Model>, seed: u64) -> anyhow::Result<UtteranceReport> {
    let kit = Kit::new(model, seed)?;
    let stage = Arc::new(kit.stage("utterances", None).await?);
    let world = Arc::new(
        stage
            .world(Some(stage.email_of(&RULES.shopper)?), None)
            .await?,
    );
    let utterances = read(csv, &world)?;
    let did: Vec<anyhow::Result<(Utterance, Did)>> = stream::iter(utterances)
        .map(|utterance| {
            let (stage, world) = (stage.clone(), world.clone());
            let task = tokio::spawn(async move {
                let did = send(&stage, &world, &utterance.text).await;
                did.with_context(|| format!("\"{}\"", utterance.text))
                    .map(|did| (utterance, did))
            });
            async move { task.await? }
        })
        .buffered(EVAL_CHATS_AT_ONCE)
        .collect()
        .await;
    Ok(grade(did.into_iter().collect::<Result<_, _>>()?))
}

async fn send(stage: &Stage, world: &World, text: &str) -> anyhow::Result<Did> {
    let mut talk = Talk::start(stage, world).await?;
    let seen = talk.write(vec![text.to_owned()]).await?;
    Ok(Did {
        first_tool: seen.tools.first().cloned(),
        proposed: seen.open.is_some(),
    })
}

fn grade(did: Vec<(Utterance, Did)>) -> UtteranceReport {
    let mut report = UtteranceReport {
        total: did.len(),
        right_first_tool: 0,
        wrong_write_proposed: 0,
        failures: Vec::new(),
        by_intent: BTreeMap::new(),
    };
    for (utterance, did) in did {
        let Some(rule) = RULES.intent.get(&utterance.intent) else {
            continue;
        };
        let first = did.first_tool.as_deref().unwrap_or(NONE);
        let right = rule.right.iter().any(|tool| tool == first);
        report.wrong_write_proposed += usize::from(did.proposed && !rule.writes);
        report.right_first_tool += usize::from(right);
        let count = report
            .by_intent
            .entry(utterance.intent.clone())
            .or_default();
        *count = (count.0 + usize::from(right), count.1 + 1);
        if !right {
            report.failures.push(Failure {
                utterance: utterance.text,
                intent: utterance.intent,
                first_tool: did.first_tool,
            });
        }
    }
    report
}

/// The utterances of a file that count, with the shopper's own data where the set has somebody
/// else's order number or a placeholder.
fn read(csv: &str, world: &World) -> anyhow::Result<Vec<Utterance>> {
    let number = &world.bought("order.latest")?.order.number;
    let account = world
        .me
        .as_ref()
        .context("the shopper of the utterances has no account")?;
    let table = Table::parse(csv)?;
    let columns = ["utterance", "intent", "entity_type", "entity_value"];
    let rows = table
        .columns(columns)?
        .filter(|[_, intent, ..]| RULES.intent.contains_key(*intent));
    Ok(rows
        .map(|[text, intent, kind, value]| {
            let foreign = kind == "order_id" && !value.is_empty();
            let text = if foreign {
                text.replace(value, number.as_str())
            } else {
                text.to_owned()
            };
            let text = PLACEHOLDER.replace_all(&text, |found: &Captures<'_>| {
                fill(&found[1], number.as_str(), &account.customer.first_name)
            });
            Utterance {
                text: text.into_owned(),
                intent: intent.to_owned(),
            }
        })
        .collect())
}

/// What stands for a placeholder such as "Order Number"; one that is not known keeps its words.
fn fill(placeholder: &str, number: &str, name: &str) -> String {
    let words = placeholder.to_lowercase();
    if words.contains("order") || words.contains("invoice") || words.contains("purchase") {
        number.to_owned()
    } else if words.contains("name") {
        name.to_owned()
    } else {
        placeholder.to_owned()
    }
}

impl UtteranceReport {
    pub fn table(&self) -> String {
        let mut table = String::new();
        for (intent, (right, all)) in &self.by_intent {
            // Writing to a string cannot fail.
            let _ = writeln!(table, "{intent:26} {right:>4} of {all:>4}");
        }
        let (right, all) = (self.right_first_tool, self.total);
        let share = if all == 0 {
            0.0
        } else {
            right as f64 / all as f64
        };
        let _ = writeln!(table, "right first tool: {right} of {all} ({share:.3})");
        let _ = writeln!(
            table,
            "writes proposed that nobody asked for: {}",
            self.wrong_write_proposed
        );
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tool_in_the_table_exists() {
        let registry = crate::tools::registry::Registry::new().unwrap();
        for (intent, rule) in &RULES.intent {
            assert!(!rule.right.is_empty(), "{intent}");
            for tool in rule.right.iter().filter(|tool| *tool != NONE) {
                assert!(registry.get(tool).is_some(), "{intent}: {tool}");
            }
        }
    }

    #[test]
    fn placeholders_become_the_shoppers_data() {
        for (placeholder, filled) in [
            ("Order Number", "10482"),
            ("Person Name", "Maren"),
            ("Delivery City", "Delivery City"),
        ] {
            assert_eq!(fill(placeholder, "10482", "Maren"), filled);
        }
    }

    #[test]
    fn right_and_wrong_are_counted() {
        let said = |intent: &str| Utterance {
            text: "t".into(),
            intent: intent.into(),
        };
        let did = |tool: Option<&str>, proposed| Did {
            first_tool: tool.map(str::to_owned),
            proposed,
        };
        let report = grade(vec![
            (said("track_order"), did(Some("lookup_order"), false)),
            (said("track_order"), did(Some("start_return"), true)),
            (said("get_refund"), did(Some("start_return"), true)),
            (said("contact_human_agent"), did(None, false)),
        ]);
        assert_eq!((report.total, report.right_first_tool), (4, 2));
        assert_eq!(report.wrong_write_proposed, 1);
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["failures"][1]["first_tool"], serde_json::Value::Null);
        assert_eq!(json.as_object().unwrap().len(), 4);
    }
}
