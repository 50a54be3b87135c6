//! What is done for each intent: `prompts/builtin/plans.toml`. A new tool is a new row there, an
//! intent file and words; code is needed only when its arguments must be collected.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::domain::bundle::HandOffReason;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Does {
    Say,
    LookUp,
    Search,
    Return,
    Refund,
    Change,
    HandOff,
    Products,
    Product,
    Compare,
    Size,
    Cart,
    Ship,
    Offers,
    Code,
    Verify,
    Exchange,
    PutRight,
    Claim,
}

impl Does {
    /// About things to buy rather than about an order.
    pub fn is_errand(self) -> bool {
        matches!(
            self,
            Self::Products
                | Self::Product
                | Self::Compare
                | Self::Size
                | Self::Cart
                | Self::Ship
                | Self::Offers
                | Self::Code
        )
    }

    /// About something that was sent and is to be exchanged, put right or found.
    pub fn mends(self) -> bool {
        matches!(self, Self::Exchange | Self::PutRight | Self::Claim)
    }

    /// About an order, which only its own customer may see.
    pub fn is_of_order(self) -> bool {
        matches!(
            self,
            Self::LookUp | Self::Return | Self::Refund | Self::Change
        ) || self.mends()
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    pub does: Does,
    pub family: String,
    /// Without this tool only `search` or `say` is left.
    #[serde(default)]
    pub tool: Option<String>,
    #[serde(default)]
    pub say: String,
    #[serde(default)]
    pub search: String,
    #[serde(default)]
    pub policies: Vec<String>,
    /// The plan that answers the same as a question about the shop's rules.
    #[serde(default)]
    pub rules: Option<String>,
    /// What the shopper wants done that no tool does.
    #[serde(default)]
    pub act: String,
    /// Ends an answer with the offer of a person.
    #[serde(default)]
    pub offer: Option<String>,
    /// An order of this status is meant when the latest has another.
    #[serde(default)]
    pub prefer_status: Option<String>,
    #[serde(default)]
    pub reason: Option<HandOffReason>,
    /// How a person is told what it was about; small talk is not told.
    #[serde(default)]
    pub wants: String,
    #[serde(default)]
    pub social: bool,
}

impl Plan {
    /// One that does nothing but say.
    pub fn empty() -> Self {
        Self {
            does: Does::Say,
            family: String::new(),
            tool: None,
            say: String::new(),
            search: String::new(),
            policies: Vec::new(),
            rules: None,
            act: String::new(),
            offer: None,
            prefer_status: None,
            reason: None,
            wants: String::new(),
            social: false,
        }
    }
}

static PLANS: LazyLock<BTreeMap<String, Plan>> = LazyLock::new(|| {
    toml::from_str(include_str!("../../../prompts/builtin/plans.toml"))
        .expect("prompts/builtin/plans.toml is compiled in and tested")
});

pub fn plan(intent: &str) -> Option<&'static Plan> {
    PLANS.get(intent)
}

#[cfg(test)]
mod tests {
    use super::super::classify::Classifier;
    use super::super::replies::Replies;
    use super::*;

    #[test]
    fn every_intent_has_a_plan_and_every_plan_an_intent_and_words() {
        let intents = Classifier::get().names();
        for name in intents {
            assert!(plan(name).is_some(), "{name} has utterances and no plan");
        }
        for (name, plan) in PLANS.iter() {
            assert!(
                intents.contains(name),
                "{name} has a plan and no utterances"
            );
            assert!(
                plan.rules
                    .as_ref()
                    .is_none_or(|rules| PLANS.contains_key(rules)),
                "{name}"
            );
            let replies = Replies::get();
            match plan.does {
                Does::Say => assert!(replies.has(&plan.say), "{name}"),
                Does::LookUp | Does::Exchange | Does::PutRight | Does::Claim => {
                    assert!(replies.has(&format!("{}_other", plan.say)), "{name}")
                }
                Does::Search => assert!(!plan.search.is_empty(), "{name}"),
                Does::HandOff => assert!(plan.reason.is_some(), "{name}"),
                Does::Change => assert!(plan.tool.is_some() && !plan.act.is_empty(), "{name}"),
                Does::Return | Does::Refund => assert!(!plan.say.is_empty(), "{name}"),
                _ => assert!(replies.has(&plan.say) || !plan.search.is_empty(), "{name}"),
            }
        }
    }
}
