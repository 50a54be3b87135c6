//! The built-in model's words: templates of `prompts/builtin/replies.toml`, several wordings each,
//! chosen by what the shopper wrote, so that the same conversation reads the same every time.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use minijinja::Environment;
use minijinja::value::Serde;
use serde::{Deserialize, Serialize};

use super::told::AFTERSALES;

static REPLIES: LazyLock<Replies> = LazyLock::new(Replies::read);

/// A question of the assistant, recognised in its last message by words that every wording of it
/// contains: the dialogue's state is what was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    Item,
    Reason,
    Person,
    Return,
    Order,
    Clarify,
    Confirm,
    /// Of a change: which of two orders, the address, the item, what it is to be, how to pay.
    WhichOrder,
    Address,
    ChangeItem,
    Variant,
    WhatChange,
    Method,
    /// Which of the products.
    Product,
    /// Which size is worn elsewhere.
    Usual,
    /// May it go into the cart?
    Cart,
    /// Which code.
    Code,
    /// What the thing is to be like.
    Wish,
    /// Whose order it is: anything that proves it, what is missing besides the number, an address
    /// for a code, the code.
    Proof,
    ProofMore,
    ProofEmail,
    ProofCode,
    /// A new one, or the money.
    Remedy,
    /// Damaged, wrong or missing.
    Problem,
    /// Which size or colour instead.
    Wanted,
    /// May a claim about a parcel be opened?
    Claim,
    /// Which of several parcels.
    Parcel,
    /// A yes to an order action.
    Act,
    /// A refund instead of what is sold out; asked by a tool.
    Instead,
    /// How many pieces; asked by a tool.
    HowMany,
}

impl Asked {
    pub fn is_change(self) -> bool {
        matches!(
            self,
            Self::WhichOrder
                | Self::Address
                | Self::ChangeItem
                | Self::Variant
                | Self::WhatChange
                | Self::Method
        )
    }

    pub fn is_proof(self) -> bool {
        matches!(
            self,
            Self::Proof | Self::ProofMore | Self::ProofEmail | Self::ProofCode
        )
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    internal: Internal,
    asked: BTreeMap<String, String>,
    replies: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Internal {
    starts: Vec<String>,
    leads_to_person: Vec<String>,
}

pub struct Replies {
    environment: Environment<'static>,
    variants: BTreeMap<String, usize>,
    internal: Internal,
    asked: Vec<(Asked, String)>,
}

impl Replies {
    pub fn get() -> &'static Self {
        &REPLIES
    }

    fn read() -> Self {
        let file: File = toml::from_str(include_str!("../../../prompts/builtin/replies.toml"))
            .expect("prompts/builtin/replies.toml is compiled in and tested");
        let mut environment = Environment::new();
        let mut variants = BTreeMap::new();
        let own = file.replies.into_iter();
        for (key, texts) in own.chain(AFTERSALES.replies.clone()) {
            variants.insert(key.clone(), texts.len());
            for (at, text) in texts.into_iter().enumerate() {
                environment
                    .add_template_owned(format!("{key}/{at}"), text)
                    .expect("the replies that are compiled in are valid templates, which a test renders");
            }
        }
        let asked = file.asked.into_iter().chain(AFTERSALES.asked.clone());
        let asked = asked.map(|(name, mark)| {
            let asked = serde_json::from_value(name.into())
                .expect("prompts/builtin/replies.toml names only questions that exist");
            (asked, mark)
        });
        Self {
            environment,
            variants,
            internal: file.internal,
            asked: asked.collect(),
        }
    }

    pub fn has(&self, key: &str) -> bool {
        self.variants.contains_key(key)
    }

    /// The words of a key; `turn` picks the wording.
    pub fn say(&self, key: &str, turn: u64, data: impl Serialize) -> String {
        let Some(count) = self.variants.get(key) else {
            return String::new();
        };
        let at = (turn % (*count).max(1) as u64) as usize;
        let rendered = self
            .environment
            .get_template(&format!("{key}/{at}"))
            .and_then(|template| template.render(Serde(data)));
        rendered.map(|text| tidy(&text)).unwrap_or_default()
    }

    /// What an assistant's message asked last.
    pub fn asked_in(&self, text: &str) -> Option<Asked> {
        let found = self
            .asked
            .iter()
            .filter_map(|(asked, mark)| text.rfind(mark).map(|at| (at, *asked)));
        found.max().map(|(_, asked)| asked)
    }

    /// The question whose order it is that a message holds, also where another comes after it.
    pub fn proof_asked_in(&self, text: &str) -> Option<Asked> {
        let found = self
            .asked
            .iter()
            .find(|(asked, mark)| asked.is_proof() && text.contains(mark.as_str()));
        found.map(|(asked, _)| *asked)
    }

    /// Does a tool's refusal lead to a person already?
    pub fn leads_to_person(&self, words: &str) -> bool {
        self.internal
            .leads_to_person
            .iter()
            .any(|part| words.contains(part.as_str()))
    }

    /// Does a tool's text speak to a model and not to a shopper?
    pub fn is_internal(&self, text: &str) -> bool {
        self.internal
            .starts
            .iter()
            .any(|start| text.starts_with(start.as_str()))
    }
}

/// Single spaces; lines kept.
fn tidy(text: &str) -> String {
    let lines = text
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_question_is_recognised_and_every_wording_of_it() {
        let replies = Replies::get();
        for (key, asked) in [
            ("ask_item", Asked::Item),
            ("ask_reason", Asked::Reason),
            ("offer_person", Asked::Person),
            ("offer_return", Asked::Return),
            ("offer_order", Asked::Order),
            ("clarify", Asked::Clarify),
            ("proposed", Asked::Confirm),
            ("ask_which_order", Asked::WhichOrder),
            ("ask_address", Asked::Address),
            ("ask_own_address", Asked::Address),
            ("ask_change", Asked::WhatChange),
            ("ask_change_item", Asked::ChangeItem),
            ("change_not_in_order", Asked::ChangeItem),
            ("ask_variant", Asked::Variant),
            ("ask_method", Asked::Method),
            ("ask_method_open", Asked::Method),
            ("ask_product", Asked::Product),
            ("ask_product_again", Asked::Product),
            ("ask_product_name", Asked::Product),
            ("ask_usual", Asked::Usual),
            ("size_found", Asked::Cart),
            ("ask_code", Asked::Code),
            ("ask_wish", Asked::Wish),
            ("found_gift", Asked::Wish),
            ("proof", Asked::Proof),
            ("proof_again", Asked::Proof),
            ("proof_more", Asked::ProofMore),
            ("proof_more_again", Asked::ProofMore),
            ("proof_email", Asked::ProofEmail),
            ("proof_email_again", Asked::ProofEmail),
            ("proof_code", Asked::ProofCode),
            ("proof_code_again", Asked::ProofCode),
            ("ask_remedy", Asked::Remedy),
            ("ask_remedy_again", Asked::Remedy),
            ("ask_remedy_parcel", Asked::Remedy),
            ("ask_remedy_parcel_again", Asked::Remedy),
            ("ask_problem", Asked::Problem),
            ("ask_problem_one", Asked::Problem),
            ("ask_wanted", Asked::Wanted),
            ("ask_wanted_again", Asked::Wanted),
            ("ask_exchange_item", Asked::Item),
            ("ask_exchange_item_again", Asked::Item),
            ("ask_problem_item", Asked::Item),
            ("ask_problem_item_again", Asked::Item),
            ("exchange_other_order", Asked::Order),
            ("offer_claim", Asked::Claim),
            ("ask_parcel", Asked::Parcel),
            ("action_proposed", Asked::Act),
        ] {
            for turn in 0..replies.variants[key] as u64 {
                let text = replies.say(
                    key,
                    turn,
                    serde_json::json!({
                        "order": {}, "p": { "refund": {} }, "n": "10482", "s": {}, "cart": true,
                    }),
                );
                let heard = if asked.is_proof() {
                    replies.proof_asked_in(&text)
                } else {
                    replies.asked_in(&text)
                };
                assert_eq!(heard, Some(asked), "{key}: {text}");
            }
        }
        assert_eq!(replies.asked_in("Nothing asked."), None);
    }

    /// What the guard takes for a promise needs an act that these replies do not follow.
    #[test]
    fn no_wording_promises_what_the_guard_would_stop() {
        let guard: toml::Table =
            toml::from_str(include_str!("../../../prompts/guard/words.toml")).unwrap();
        let own: toml::Table =
            toml::from_str(include_str!("../../../prompts/builtin/replies.toml")).unwrap();
        let promises = guard["promises"].as_table().unwrap();
        for (key, texts) in own["replies"].as_table().unwrap() {
            let is_told_after_the_act =
                ["passed_on", "added", "proof_sent"].contains(&key.as_str());
            for promise in promises.keys().filter(|_| !is_told_after_the_act) {
                let text = texts.to_string().to_lowercase();
                assert!(!text.contains(promise.as_str()), "{key}: {promise}");
            }
        }
    }

    #[test]
    fn no_wording_is_empty() {
        for (key, count) in &Replies::get().variants {
            assert!(*count > 0, "{key}");
        }
    }
}
