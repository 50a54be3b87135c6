//! Why a sentence was stopped, in the words of `prompts/guard/reasons.toml`: what it says, of what,
//! and what is known of that instead.

use std::sync::LazyLock;

use minijinja::context;

use crate::domain::evidence::{Fact, FactValue};
use crate::domain::limits::{LABEL_CHARS_MAX, LINE_WORDS_MAX};
use crate::tools::words::Words;

use super::known::Known;
use super::subjects::Scene;
use super::values::{Found, Value};
use super::words::Stated;

static WORDS: LazyLock<Words> =
    LazyLock::new(|| Words::embedded(include_str!("../../../prompts/guard/reasons.toml")));

/// Facts that a reason names.
const FACTS_TOLD_MAX: usize = 4;

/// A reason that needs nothing but what was said.
pub fn say(key: &str, said: &str) -> String {
    WORDS.say(key, context! { said })
}

/// A value that nothing supports, with what is known of the same kind.
pub fn value(known: &Known<'_>, scene: &Scene, found: &Found) -> String {
    let said = scene.text.get(found.at.clone()).unwrap_or("").trim();
    let is_kin = |value: &FactValue| match found.value {
        Value::Money { .. } => matches!(value, FactValue::Money(_)),
        Value::Day(_) | Value::Weekday(..) | Value::Month(..) | Value::Span(..) => {
            matches!(value, FactValue::Date(_))
        }
        Value::Number(..) | Value::Figure(..) => matches!(value, FactValue::Number(_)),
        Value::Code(_) | Value::Digits(_) => matches!(value, FactValue::Code(_)),
        Value::Link(_) => matches!(value, FactValue::Link(_)),
        Value::Time(_) => false,
    };
    tell("value", known, scene, found.at.start, said, &is_kin)
}

/// A status that is not so, with the one that is.
pub fn status(known: &Known<'_>, scene: &Scene, stated: &Stated) -> String {
    let is_kin = |value: &FactValue| matches!(value, FactValue::Status(_));
    let not = if stated.negated { "not " } else { "" };
    let said = format!("{not}{}", stated.text);
    tell("status", known, scene, stated.at, &said, &is_kin)
}

fn tell(
    key: &str,
    known: &Known<'_>,
    scene: &Scene,
    at: usize,
    said: &str,
    is_kin: &dyn Fn(&FactValue) -> bool,
) -> String {
    let in_play = scene.in_play(at);
    let mut instead: Vec<String> = known
        .facts()
        .iter()
        .filter(|fact| is_kin(&fact.value) && is_short(&fact.value) && in_play.allows(fact))
        .map(told)
        .collect();
    instead.dedup();
    instead.truncate(FACTS_TOLD_MAX);
    WORDS.say(
        key,
        context! {
            said,
            of => in_play.paths(),
            unclear => in_play.is_unclear(),
            instead => instead.join("; "),
        },
    )
}

/// A reason stands before the model as the shop's own word: what could be somebody's message is not
/// in it.
fn is_short(value: &FactValue) -> bool {
    match value {
        FactValue::Money(_) | FactValue::Date(_) | FactValue::Number(_) => true,
        FactValue::Name(text)
        | FactValue::Status(text)
        | FactValue::Code(text)
        | FactValue::Link(text) => {
            text.chars().count() <= LABEL_CHARS_MAX
                && text.split_whitespace().count() <= LINE_WORDS_MAX
        }
    }
}

/// "total of order:10482: €64.80"
fn told(fact: &Fact) -> String {
    let of = fact.about.first().map_or("", |subject| subject.0.as_str());
    let attribute = fact.attribute.replace('_', " ");
    let value = match &fact.value {
        FactValue::Money(money) => money.to_string(),
        FactValue::Date(date) => date.to_string(),
        FactValue::Number(number) => number.to_string(),
        FactValue::Name(text)
        | FactValue::Status(text)
        | FactValue::Code(text)
        | FactValue::Link(text) => text.clone(),
    };
    format!("{attribute} of {of}: {value}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_can_be_told() {
        for key in [
            "promise", "size", "rule", "offer", "trait", "name", "yes", "inside", "secret",
            "blame", "insult", "legal", "medical", "traits", "rivals",
        ] {
            assert!(say(key, "words").contains("words"), "{key}");
        }
        for key in ["value", "status"] {
            let all = context! { said => "€5", of => "order:1", unclear => false, instead => "total of order:1: €6" };
            let words = WORDS.say(key, all);
            assert!(
                words.contains("€5") && words.contains("€6") && words.contains("order:1"),
                "{words}"
            );
            let none = context! { said => "€5", of => "", unclear => true, instead => "" };
            assert!(WORDS.say(key, none).contains("name"), "{key}");
        }
    }
}
