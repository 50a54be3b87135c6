//! What returns, exchanges, replacements and claims share as tools: the shape of their results, the
//! facts of what is to be done, and the words of what cannot be done: `prompts/reply/aftersales.toml`.

use std::sync::LazyLock;

use minijinja::context;
use serde::Serialize;
use serde_json::Value;

use super::covered_order::broken;
use super::lookup_order::{order_subject, reading_text};
use super::words::Words;
use super::{ToolContext, ToolError};
use crate::domain::card::{Card, LabelCard};
use crate::domain::customer::Customer;
pub(super) use crate::domain::effect::receipt_number;
use crate::domain::evidence::{Fact, FactValue, Subject};
use crate::domain::identity::CustomerScope;
use crate::domain::letter::{Letter, Recipient};
use crate::domain::money::Money;
use crate::domain::order::{Order, OrderLine, PaymentMethod};
use crate::domain::policy::RefundTo;
use crate::domain::returns::RefundPart;
use crate::shop::NotDone;
use crate::shop::methods::Method;
use crate::shop::refunds::NoWay;

static WORDS: LazyLock<Words> =
    LazyLock::new(|| Words::embedded(include_str!("../../prompts/reply/aftersales.toml")));

/// The mail that confirms an exchange, a replacement or a claim.
const LETTER: &str = "aftersale";

pub(super) fn say<V: Serialize>(key: &str, values: V) -> String {
    WORDS.say(key, values)
}

/// What a model reads of a proposal, and what came of one; `own` is the tool's own part.
#[derive(Serialize)]
pub(super) struct View<'a, T: Serialize> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proposal: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<&'static str>,
    pub order_number: &'a str,
    pub summary: &'a str,
    /// Of a proposal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lines: Option<&'a [String]>,
    /// Of what was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipt: Option<String>,
    pub pay: Option<String>,
    pub back: Option<String>,
    pub method: Option<String>,
    /// Working days.
    pub days: Option<u32>,
    #[serde(flatten)]
    pub own: T,
}

/// Is the one who asks the order's customer, and proved to be?
pub(super) fn is_own(context: &ToolContext<'_>, order: &Order) -> bool {
    context.customer.as_ref().map(CustomerScope::customer) == Some(&order.customer)
}

/// A rule file's words for the version of a policy that is in force on the order's day, with its
/// rules; `None` where the shop has none.
pub(super) fn rules<T: serde::de::DeserializeOwned>(
    context: &ToolContext<'_>,
    order: &Order,
    policy: &str,
) -> Result<Option<(T, String)>, ToolError> {
    let placed = context.shop.day(order.placed_ms);
    let rules = context.knowledge.rules::<T>(policy, placed);
    let rules = rules.map_err(|error| ToolError::Failed(error.to_string()))?;
    Ok(rules.map(|(rules, policy)| (rules, policy.cite())))
}

/// No rules for the order's day.
pub(super) fn no_rules(order: &Order) -> ToolError {
    refused("no_rules", context! { order => order.number.as_str() })
}

pub(super) fn refused<V: Serialize>(key: &str, values: V) -> ToolError {
    ToolError::Refused(say(key, values))
}

pub(super) fn retry<V: Serialize>(key: &str, values: V) -> ToolError {
    ToolError::Retry(say(key, values))
}

/// Why a confirmed action was not carried out, where it is not for the tool's own rules.
pub(super) enum Not<D, R> {
    Rules(R),
    Changed(D),
    Said(ToolError),
}

pub(super) fn not_done<D, R>(not: NotDone<D, R>) -> Not<D, R> {
    match not {
        NotDone::Refused(why) => Not::Rules(why),
        NotDone::Changed(decision) => Not::Changed(decision),
        NotDone::NeedsAgent(_) => Not::Said(ToolError::Person(say("needs_agent", ()))),
        NotDone::Paused(_) => Not::Said(ToolError::Person(say("paused", ()))),
    }
}

/// Why a refund cannot go where it was asked to.
pub(super) fn no_way(order: &Order, policy: &str, why: &NoWay) -> ToolError {
    let number = order.number.as_str();
    match why {
        NoWay::NotOffered(to) => refused(
            "refund_not_offered",
            context! { order => number, policy, to => refund_to(*to) },
        ),
        NoWay::SignIn => refused("refund_sign_in", ()),
        NoWay::Unknown { choices } => refused(
            "refund_unknown",
            context! { order => number, choices => any_of(choices) },
        ),
        NoWay::Several { choices } => {
            refused("refund_which", context! { choices => any_of(choices) })
        }
        NoWay::Differ => retry("refund_differ", ()),
    }
}

fn refund_to(to: RefundTo) -> String {
    say(
        match to {
            RefundTo::Original => "to_original",
            RefundTo::GiftCard => "to_gift_card",
            RefundTo::StoreCredit => "to_store_credit",
        },
        (),
    )
}

/// "a, b or c", each readable.
pub(super) fn any_of(choices: &[String]) -> String {
    let choices: Vec<String> = choices.iter().map(|choice| reading_text(choice)).collect();
    match choices.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} {} {last}", first.join(", "), say("or", ())),
    }
}

/// Lines that are not in the order, and those that are.
pub(super) fn no_such_line(order: &Order, lines: &[u32]) -> ToolError {
    let known: Vec<u32> = order.lines.iter().map(|line| line.line).collect();
    retry(
        "no_such_line",
        context! { order => order.number.as_str(), lines => listed(lines), known => listed(&known) },
    )
}

fn listed(numbers: &[u32]) -> String {
    let numbers: Vec<String> = numbers.iter().take(20).map(u32::to_string).collect();
    numbers.join(", ")
}

pub(super) fn title(order: &Order, line: u32) -> String {
    let line = order.lines.iter().find(|known| known.line == line);
    line.map(|line| reading_text(&line.title))
        .unwrap_or_default()
}

/// The way to pay as its own customer may read it, without what a gift card holds.
pub(super) fn told(method: &Method) -> String {
    match &method.method {
        PaymentMethod::Card { .. } => reading_text(&method.words()),
        other => reading_text(other.words()),
    }
}

/// Facts of an action: each holds of the order, of what was made, and of the lines in it.
pub(super) struct Facts {
    about: Vec<Subject>,
    order: Subject,
    facts: Vec<Fact>,
}

impl Facts {
    pub(super) fn of(order: &Order, lines: impl IntoIterator<Item = u32>) -> Self {
        let subject = order_subject(order);
        let name = FactValue::Name(reading_text(order.number.as_str()));
        let mut about = vec![subject.clone()];
        let mut facts = vec![Fact::new(&subject, "name", name)];
        for number in lines {
            let of_line = subject.child(format_args!("line:{number}"));
            if about.contains(&of_line) {
                continue;
            }
            if let Some(line) = order.lines.iter().find(|line| line.line == number) {
                facts.extend(line_facts(&of_line, line));
            }
            about.push(of_line);
        }
        Self {
            about,
            order: subject,
            facts,
        }
    }

    /// Also about what was made: named by its number.
    pub(super) fn made(mut self, kind: &str, number: &str) -> Self {
        let about = Subject::new(format!("{kind}:{number}"));
        self.facts.push(Fact::new(
            &about,
            "name",
            FactValue::Name(number.to_owned()),
        ));
        self.about.push(about);
        self.add("number", FactValue::Code(number.to_owned()));
        self
    }

    pub(super) fn add(&mut self, attribute: &str, value: FactValue) {
        self.facts.push(Fact {
            about: self.about.clone(),
            attribute: attribute.to_owned(),
            value,
        });
    }

    pub(super) fn line(&mut self, line: u32, attribute: &str, value: FactValue) {
        let about = self.order.child(format_args!("line:{line}"));
        self.facts
            .push(Fact::new(&about, attribute, value).also_about(&self.order));
    }

    pub(super) fn money(&mut self, attribute: &str, amount: Money) {
        self.add(attribute, FactValue::Money(amount));
    }

    pub(super) fn number(&mut self, attribute: &str, count: u32) {
        self.add(attribute, FactValue::Number(i64::from(count)));
    }

    /// The parts of a refund, where it goes to several places.
    pub(super) fn parts(&mut self, parts: &[RefundPart]) {
        for part in parts {
            self.money(&format!("refund_to_{}", part.method), part.amount);
        }
    }

    /// The figures that a way to pay is named by.
    pub(super) fn method(&mut self, words: &str) {
        if let Some(figures) = words.split(' ').next_back()
            && !figures.is_empty()
            && figures.bytes().all(|byte| byte.is_ascii_digit())
        {
            self.add("method", FactValue::Code(figures.to_owned()));
        }
    }

    pub(super) fn done(self) -> Vec<Fact> {
        self.facts
    }
}

fn line_facts(about: &Subject, line: &OrderLine) -> Vec<Fact> {
    let mut facts = vec![
        Fact::new(about, "title", FactValue::Name(reading_text(&line.title))),
        Fact::new(about, "line", FactValue::Number(i64::from(line.line))),
        Fact::new(
            about,
            "quantity",
            FactValue::Number(i64::from(line.quantity)),
        ),
    ];
    if !line.size.is_empty() {
        facts.push(Fact::new(
            about,
            "size",
            FactValue::Code(reading_text(&line.size)),
        ));
    }
    facts
}

/// The card with the links to a slip.
pub(super) fn label(context: &ToolContext<'_>, number: &str, slip: &str, by: String) -> Card {
    let (a4, a6) = context.shop.slip_links(slip);
    Card::Label(LabelCard {
        return_number: number.to_owned(),
        a4,
        a6,
        ship_by: by,
    })
}

pub(super) async fn buyer(
    context: &ToolContext<'_>,
    order: &Order,
) -> Result<Option<Customer>, ToolError> {
    let store = &context.shop.store;
    store.customer(&order.customer).await.map_err(broken)
}

/// The confirmation by mail: the statements that were confirmed, to the address that the shop has.
pub(super) fn letter<T: Serialize>(
    customer: &Customer,
    view: &View<'_, T>,
    lines: &[String],
) -> Result<Letter, ToolError> {
    let failed = |error: serde_json::Error| ToolError::Failed(error.to_string());
    let mut data = match serde_json::to_value(view).map_err(failed)? {
        Value::Object(data) => data,
        _ => serde_json::Map::new(),
    };
    data.insert("lines".to_owned(), serde_json::json!(lines));
    Ok(Letter {
        template: LETTER.to_owned(),
        to: Recipient {
            name: customer.first_name.clone(),
            email: customer.email.clone(),
        },
        data,
    })
}

pub(super) fn json<T: Serialize>(view: &T) -> Result<String, ToolError> {
    serde_json::to_string(view).map_err(|error| ToolError::Failed(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::IdempotencyKey;

    #[test]
    fn every_key_has_words_with_its_values() {
        let values = context! {
            order => "10482", policy => "returns 2026-03", to => "a gift card", choices => "a or b",
            lines => "7", known => "1, 2", limit => 3, line => 1,
        };
        for key in [
            "no_rules",
            "needs_agent",
            "paused",
            "changed",
            "refund_not_offered",
            "refund_sign_in",
            "refund_unknown",
            "refund_which",
            "refund_differ",
            "to_original",
            "to_gift_card",
            "to_store_credit",
            "or",
            "no_such_line",
            "nothing",
            "too_long",
            "unclear",
        ] {
            assert!(!say(key, values.clone()).is_empty(), "{key}");
        }
    }

    #[test]
    fn choices_are_read_as_a_list() {
        let choices =
            |words: &[&str]| any_of(&words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>());
        assert_eq!(choices(&[]), "");
        assert_eq!(choices(&["Visa"]), "Visa");
        assert_eq!(
            choices(&["Visa", "PayPal", "gift\ncard"]),
            "Visa, PayPal or gift card"
        );
    }

    #[test]
    fn a_receipt_is_called_by_its_key() {
        assert_eq!(
            receipt_number(&IdempotencyKey::new("e_0a1b2c3d4e5f")),
            "0A1B2C3D4E"
        );
        assert_eq!(receipt_number(&IdempotencyKey::new("é")), "É");
    }
}
