//! Statements without a value or a status of an order: that something is free, what the shop's
//! rules say of it.

use crate::agent::evidence::Evidence;
use crate::domain::evidence::FactValue;

use super::subjects::InPlay;
use super::values::{self, Value};
use super::words::{WORDS, all_words, find_words, has_condition};

/// What the sentence says costs nothing although nothing that was found says so.
pub fn empty_gift(evidence: &Evidence, in_play: &InPlay, lower: &str) -> Option<String> {
    if lower.trim_end().ends_with('?') {
        return None;
    }
    clauses(lower).find_map(|clause| {
        let said = WORDS
            .free_of_charge
            .iter()
            .find(|words| all_words(clause, words).any(|at| is_about_money(clause, at, words)))?;
        let thing = WORDS.can_be_free.iter().find(|thing| {
            find_words(clause, thing)
                .or(plural(clause, thing))
                .is_some()
        })?;
        let known = has_condition(clause)
            || costs_nothing(evidence, in_play, lower, thing)
            || is_free_from(evidence, in_play, lower, thing)
            || rule_says(evidence, lower, &WORDS.free_of_charge, thing);
        (!known).then(|| format!("{thing}: {said}"))
    })
}

fn clauses(lower: &str) -> impl Iterator<Item = &str> {
    lower.split([';', '.', '!']).filter(|part| !part.is_empty())
}

fn plural(clause: &str, thing: &str) -> Option<usize> {
    find_words(clause, &format!("{thing}s"))
}

/// Not "feel free", "free to", "not free".
fn is_about_money(clause: &str, at: usize, words: &str) -> bool {
    let before = clause[..at].trim_end();
    let behind = clause[at + words.len()..].trim_start();
    !before.ends_with("feel")
        && !before.ends_with("not")
        && !behind.starts_with("to ")
        && !behind.starts_with("size")
}

/// A fact of the order or the proposal that the sentence is about.
fn costs_nothing(evidence: &Evidence, in_play: &InPlay, lower: &str, thing: &str) -> bool {
    let is_meant = |attribute: &str| match thing {
        "return" => attribute == "return_fee",
        "shipping" | "delivery" | "postage" => {
            let service = attribute.strip_suffix("_price_now");
            attribute == "shipping_paid"
                || service.is_some_and(|service| is_of_service(evidence, service, lower))
        }
        _ => false,
    };
    evidence.facts().iter().any(|fact| {
        is_meant(&fact.attribute)
            && in_play.allows(fact)
            && matches!(&fact.value, FactValue::Money(money) if money.minor == 0)
    })
}

/// "Shipping to Norway is free from €200.00": the sentence names an amount, which is checked like
/// any other, and shipping does become free there.
fn is_free_from(evidence: &Evidence, in_play: &InPlay, lower: &str, thing: &str) -> bool {
    matches!(thing, "shipping" | "delivery" | "postage")
        && names_an_amount(lower)
        && evidence.facts().iter().any(|fact| {
            let service = fact.attribute.strip_suffix("_free_from");
            service.is_some_and(|service| is_of_service(evidence, service, lower))
                && in_play.allows(fact)
        })
}

/// Does the sentence speak of this way of shipping, or of none by name? Express is not free where
/// standard is.
fn is_of_service(evidence: &Evidence, service: &str, lower: &str) -> bool {
    let names = |service: &str| find_words(lower, &service.to_lowercase()).is_some();
    let others = evidence
        .facts()
        .iter()
        .filter_map(|fact| fact.attribute.strip_suffix("_price"))
        .any(names);
    !others || names(service)
}

fn names_an_amount(text: &str) -> bool {
    values::find(text).iter().any(|found| match &found.value {
        Value::Money { digits, .. } => digits.bytes().any(|digit| (b'1'..=b'9').contains(&digit)),
        _ => false,
    })
}

/// Does a sentence of a found rule say it of this thing? Where the rule names an amount, the
/// statement has to name one as well: "free from €75.00" is not "free".
fn rule_says(evidence: &Evidence, lower: &str, ways: &[String], thing: &str) -> bool {
    rule_sentences(evidence).any(|rule| {
        ways.iter()
            .any(|way| find_words(&rule, way).is_some_and(|at| is_about_money(&rule, at, way)))
            && rule.contains(thing)
            && (names_an_amount(lower) || !names_an_amount(&rule))
    })
}

fn rule_sentences(evidence: &Evidence) -> impl Iterator<Item = String> {
    evidence
        .passages()
        .iter()
        .chain(evidence.refusals())
        .flat_map(|text| super::sentences::split(&text.to_lowercase()))
}

/// Do the shop's rules use these words ("final sale")? Then a sentence about the rules may.
pub fn rules_mention(evidence: &Evidence, words: &str) -> bool {
    evidence
        .passages()
        .iter()
        .any(|text| find_words(text, words).is_some())
}
