//! Everything the assistant may state in this conversation, folded from tool results.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::domain::event::{Event, EventBody, ToolOutcome, ToolReturned};
use crate::domain::evidence::{Fact, FactValue, Subject};
use crate::domain::ids::AttachmentId;
use crate::tools::ReadTool as _;
use crate::tools::verify_identity::{self, VerifyIdentity};

/// The act that a promise of a person rests on.
const HAND_OFF: &str = "hand_off";
/// The act of `verify_identity` that proves nothing yet.
const CODE_SENT: &str = "code_sent";

/// Facts in the order they were learned; those that expire go with their turn.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    facts: Vec<Fact>,
    /// Tools whose effect is in the log as done, and `hand_off` when a person was asked: what a
    /// promise may rest on.
    acts: Vec<String>,
    /// The orders that those tools' effects were on, by tool.
    acted_on: Vec<(String, String)>,
    /// What the shopper wrote: may be echoed, supports nothing.
    shopper: String,
    /// Where in it the newest message starts.
    newest_from: usize,
    /// Results and refusals of tools as they stand, in lower case, each with whether others wrote
    /// in it: what a word may be looked up in.
    texts: Vec<(Arc<str>, bool)>,
    /// What the shop says of a product, in lower case, without its reviews.
    described: BTreeMap<String, String>,
    /// Pictures that the shopper sent.
    pictures: Vec<AttachmentId>,
    /// Refusals, in the shopper's words as a tool gave them: they may be passed on, and what they
    /// say of their subject holds.
    refusals: Vec<String>,
    /// Texts of policies that were found: what they say in words ("final sale", "free").
    passages: Vec<String>,
    /// The orders that the newest results and the shopper's newest message are about, not those
    /// that a result merely lists: what "it" may mean.
    focus: Vec<Subject>,
    /// The focus is from an earlier turn: the next result takes its place.
    focus_is_old: bool,
}

impl Evidence {
    pub fn apply(&mut self, event: &Event) {
        match &event.body {
            EventBody::ShopperWrote(wrote) => {
                if let Some(words) = &wrote.private {
                    self.newest_from = self.shopper.len();
                    self.shopper.push_str(&words.text.to_lowercase());
                    self.shopper.push('\n');
                    let sent = words.attachments.iter().map(|one| one.attachment.clone());
                    self.pictures.extend(sent);
                    self.focus_on_named(&words.text.to_lowercase());
                }
            }
            EventBody::ToolReturned(returned) => {
                if returned.hand_off.is_some() {
                    self.acts.push(HAND_OFF.to_owned());
                }
                if returned.acted {
                    self.acts.push(act_of(returned).to_owned());
                }
                if let (ToolOutcome::Refused, Some(words)) = (returned.outcome, &returned.private) {
                    self.refusals.push(words.content.clone());
                }
                if let Some(words) = &returned.private {
                    self.read_content(&words.content, returned.tainted);
                    self.learn(&words.facts);
                    self.focus_on_result(&words.facts);
                }
            }
            EventBody::EffectFinished(finished) => {
                let parts = finished.parts().into_iter();
                let done = parts.filter(|part| part.outcome == Some(ToolOutcome::Done));
                let tools: Vec<String> = done.map(|part| part.tool).collect();
                if let Some(words) = &finished.private {
                    self.note_acted_on(&tools, &words.facts);
                }
                self.acts.extend(tools);
                if let Some(words) = &finished.private {
                    self.learn(&words.facts);
                    self.focus_on_result(&words.facts);
                    // Several parts may be of several orders: then none of them alone is "it".
                    roots(&words.facts, "order:").for_each(|order| self.add_focus(order));
                }
            }
            EventBody::Replied(_) => {
                self.facts.retain(|fact| !fact.expires_with_turn());
                self.focus_is_old = true;
                // A person who was asked is still to come, and a code to be typed; every other act is
                // told in its turn.
                self.acts.retain(|act| act == HAND_OFF || act == CODE_SENT);
            }
            EventBody::AgentWrote(_) | EventBody::HandedBack(_) => {
                self.facts.retain(|fact| !fact.expires_with_turn());
                self.focus_is_old = true;
                self.acts.clear();
                self.acted_on.clear();
            }
            _ => {}
        }
    }

    /// Whoever comes now may not be told what was learned before.
    pub fn forget(&mut self) {
        self.facts.clear();
        self.pictures.clear();
        self.refusals.clear();
        self.acts.clear();
        self.acted_on.clear();
        self.texts.clear();
        self.described.clear();
        self.focus.clear();
    }

    /// The order that a result is about is named first in its facts. Of products, countries and
    /// offers a result may list several: then none of them is what "it" means.
    fn focus_on_result(&mut self, facts: &[Fact]) {
        let roots = || facts.iter().flat_map(|fact| &fact.about).map(Subject::root);
        let order = roots().find(|root| root.starts_with("order:"));
        // What is only named beside it is not what the result is about.
        let stated = facts
            .iter()
            .filter(|fact| !matches!(fact.value, FactValue::Name(_)));
        let mut others: Vec<&str> = stated
            .flat_map(|fact| &fact.about)
            .map(Subject::root)
            .filter(|root| is_listed(root))
            .collect();
        others.sort_unstable();
        others.dedup();
        let found: Vec<Subject> = match order {
            Some(order) => vec![Subject::new(order)],
            None => others.into_iter().map(Subject::new).collect(),
        };
        if found.is_empty() {
            return;
        }
        if std::mem::take(&mut self.focus_is_old) {
            self.focus.clear();
        }
        found
            .into_iter()
            .for_each(|subject| self.add_focus(subject));
    }

    /// Orders that the shopper names are what the answer is about, where they are known.
    fn focus_on_named(&mut self, lower: &str) {
        let words = || lower.split(|c: char| !c.is_alphanumeric() && c != '-');
        let named: Vec<Subject> = self
            .names()
            .filter(|(name, subject)| {
                subject.0.starts_with("order:")
                    && subject.root() == subject.0
                    && words().any(|word| word == name.to_lowercase())
            })
            .map(|(_, subject)| subject.clone())
            .collect();
        if named.is_empty() {
            return;
        }
        self.focus.clear();
        self.focus_is_old = false;
        for subject in named {
            self.add_focus(subject);
        }
    }

    fn add_focus(&mut self, subject: Subject) {
        if !self.focus.contains(&subject) {
            self.focus.push(subject);
        }
    }

    /// What a result says in words: passages of policies, and of each product how it is described.
    fn read_content(&mut self, content: &str, tainted: bool) {
        self.texts.push((content.to_lowercase().into(), tainted));
        let Ok(result) = serde_json::from_str::<Value>(content) else {
            return;
        };
        let passages = result["passages"].as_array().into_iter().flatten();
        for text in passages.filter_map(|passage| passage["text"].as_str()) {
            let text = text.to_lowercase();
            if !self.passages.contains(&text) {
                self.passages.push(text);
            }
        }
        self.describe(&result);
        let listed = ["/products", "/nothing/near"].into_iter();
        let lists = listed.filter_map(|place| result.pointer(place)?.as_array());
        lists.flatten().for_each(|product| self.describe(product));
    }

    fn describe(&mut self, product: &Value) {
        let Some(id) = product["product_id"].as_str() else {
            return;
        };
        let told = self.described.entry(format!("product:{id}")).or_default();
        for (field, value) in product.as_object().into_iter().flatten() {
            if !matches!(
                field.as_str(),
                "reviews" | "link" | "product_id" | "also_called"
            ) {
                add_words(value, told);
            }
        }
    }

    fn note_acted_on(&mut self, tools: &[String], facts: &[Fact]) {
        let orders: Vec<String> = roots(facts, "order:").map(|order| order.0).collect();
        for tool in tools {
            let pairs = orders.iter().map(|order| (tool.clone(), order.clone()));
            self.acted_on.extend(pairs);
        }
    }

    /// A newer value of the same attribute of the same subject (the one it names first) takes the older one's place, so
    /// that what has changed cannot be stated from memory.
    fn learn(&mut self, facts: &[Fact]) {
        let fresh = |old: &Fact| {
            !facts.iter().any(|new| {
                new.attribute == old.attribute
                    && new.about.first() == old.about.first()
                    && (new.about != old.about || new.value != old.value)
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

    pub fn passages(&self) -> &[String] {
        &self.passages
    }

    pub fn focus(&self) -> &[Subject] {
        &self.focus
    }

    pub fn has_done(&self, tool: &str) -> bool {
        self.acts.iter().any(|done| done == tool)
    }

    /// The orders on which one of the tools has had its effect.
    pub fn acted_on(&self, tools: &[String]) -> Vec<&str> {
        let of_tools = self
            .acted_on
            .iter()
            .filter(|(tool, _)| tools.contains(tool));
        of_tools.map(|(_, order)| order.as_str()).collect()
    }

    /// Has anything been done in this turn?
    pub fn has_acted(&self) -> bool {
        !self.acts.is_empty()
    }

    /// What the shop's own tools have said, in lower case, without what others wrote.
    pub fn own_texts(&self) -> impl Iterator<Item = &str> {
        let own = self.texts.iter().filter(|(_, tainted)| !tainted);
        own.map(|(text, _)| text.as_ref())
    }

    /// Does a tool's result or refusal say this, in lower case?
    pub fn says(&self, lower: &str) -> bool {
        self.texts.iter().any(|(text, _)| text.contains(lower))
    }

    /// What the shop says of a product, by its subject.
    pub fn described(&self, product: &str) -> Option<&str> {
        self.described.get(product).map(String::as_str)
    }

    /// What the shopper wrote last, in lower case.
    pub fn newest_words(&self) -> &str {
        self.shopper.get(self.newest_from..).unwrap_or("")
    }

    /// Pictures that the shopper has sent.
    pub fn pictures(&self) -> &[AttachmentId] {
        &self.pictures
    }

    /// Everything the shopper wrote, in lower case.
    pub fn shopper_words(&self) -> &str {
        &self.shopper
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

/// Every text in a result, one behind the other.
fn add_words(value: &Value, told: &mut String) {
    match value {
        Value::String(text) => {
            told.push_str(&text.to_lowercase());
            told.push_str(" ; ");
        }
        Value::Array(list) => list.iter().for_each(|one| add_words(one, told)),
        Value::Object(fields) => fields.values().for_each(|one| add_words(one, told)),
        _ => {}
    }
}

/// A code that was sent is no proof, and a proof sent none.
fn act_of(returned: &ToolReturned) -> &str {
    let words = returned.private.as_ref();
    let is_sent = || words.is_some_and(|words| verify_identity::has_sent(&words.content));
    if returned.tool == VerifyIdentity::NAME && is_sent() {
        CODE_SENT
    } else {
        &returned.tool
    }
}

/// Things that a result may list side by side, none of them the one that it is about; and a code
/// that was sent.
fn is_listed(root: &str) -> bool {
    root == "code"
        || ["product:", "shipping:", "offer:"]
            .iter()
            .any(|kind| root.starts_with(kind))
}

fn roots<'a>(facts: &'a [Fact], kind: &'a str) -> impl Iterator<Item = Subject> + 'a {
    let all = facts.iter().flat_map(|fact| &fact.about).map(Subject::root);
    all.filter(move |root| root.starts_with(kind))
        .map(Subject::new)
}
