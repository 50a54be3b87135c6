//! Everything the assistant may state in this conversation, folded from tool results.

use crate::domain::event::{Event, EventBody, ToolOutcome};
use crate::domain::evidence::{Fact, FactValue, Subject};

/// Facts in the order they were learned; those that expire go with their turn.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    facts: Vec<Fact>,
    /// Tools whose effect is in the log as done, and `hand_off` when a person was asked: what a
    /// promise may rest on.
    acts: Vec<String>,
    /// What the shopper wrote: may be echoed, supports nothing.
    shopper: String,
    /// Refusals, in the shopper's words as a tool gave them: they may be passed on, and what they
    /// say of their subject holds.
    refusals: Vec<String>,
}

impl Evidence {
    pub fn apply(&mut self, event: &Event) {
        match &event.body {
            EventBody::ShopperWrote(wrote) => {
                if let Some(words) = &wrote.private {
                    self.shopper.push_str(&words.text.to_lowercase());
                    self.shopper.push('\n');
                }
            }
            EventBody::ToolReturned(returned) => {
                if returned.hand_off.is_some() {
                    self.acts.push("hand_off".to_owned());
                }
                if let (ToolOutcome::Refused, Some(words)) = (returned.outcome, &returned.private) {
                    self.refusals.push(words.content.clone());
                }
                self.learn(returned.private.as_ref().map_or(&[], |words| &words.facts));
            }
            EventBody::EffectFinished(finished) => {
                if finished.outcome == ToolOutcome::Done {
                    self.acts.push(finished.tool.clone());
                }
                self.learn(finished.private.as_ref().map_or(&[], |words| &words.facts));
            }
            EventBody::Replied(_) | EventBody::AgentWrote(_) => {
                self.facts.retain(|fact| !fact.expires_with_turn());
            }
            // Another customer's facts must not support anything any more.
            EventBody::IdentityDropped(_) | EventBody::IdentityProved(_) => {
                self.facts.clear();
                self.refusals.clear();
            }
            _ => {}
        }
    }

    /// A newer value of the same attribute of the same subject takes the older one's place, so
    /// that what has changed cannot be stated from memory.
    fn learn(&mut self, facts: &[Fact]) {
        let fresh = |old: &Fact| {
            !facts.iter().any(|new| {
                new.attribute == old.attribute && new.about == old.about && new.value != old.value
            })
        };
        self.facts.retain(fresh);
        for fact in facts {
            if !self.facts.contains(fact) {
                self.facts.push(fact.clone());
            }
        }
    }

    pub fn facts(&self) -> &[Fact] {
        &self.facts
    }

    pub fn refusals(&self) -> &[String] {
        &self.refusals
    }

    pub fn has_done(&self, tool: &str) -> bool {
        self.acts.iter().any(|done| done == tool)
    }

    pub fn shopper_wrote(&self, lower_case: &str) -> bool {
        self.shopper.contains(lower_case)
    }

    /// Names and whose they are.
    pub fn names(&self) -> impl Iterator<Item = (&str, &Subject)> {
        self.facts.iter().flat_map(|fact| {
            let name = match &fact.value {
                FactValue::Name(name) => Some(name.as_str()),
                _ => None,
            };
            name.into_iter()
                .flat_map(|name| fact.about.iter().map(move |subject| (name, subject)))
        })
    }
}
