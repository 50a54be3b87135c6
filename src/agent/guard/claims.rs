//! Statements without a value or a status of an order: that something is free, what the shop's
//! rules say of it.

use jiff::civil::Date;

use crate::domain::evidence::FactValue;

use super::known::Known;
use super::subjects::{InPlay, Scene};
use super::values::{self, Value};
use super::words::{WORDS, all_words, find_words, has_condition};

/// What the sentence says costs nothing although nothing that was found says so.
pub fn empty_gift(known: &Known<'_>, scene: &Scene) -> Option<String> {
    if scene.asks {
        return None;
    }
    let (lower, in_play) = (scene.lower.as_str(), scene.in_play(0));
    if let Some(gift) = free_thing(known, lower) {
        return Some(gift);
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
        let thing = match thing.as_str() {
            "ship" => "shipping",
            "zip" => "repair",
            sent if sent.starts_with("send") => "return",
            thing => thing,
        };
        if thing == "return" && !has_condition(clause) && costs_something(known, in_play) {
            return Some(format!("{thing}: {said}"));
        }
        let is_said = has_condition(clause)
            || costs_nothing(known, in_play, lower, thing)
            || is_free_from(known, in_play, lower, thing)
            || known.told().iter().any(|told| told.trim() == clause.trim())
            || rule_says(known, lower, &WORDS.free_of_charge, thing);
        (!is_said).then(|| format!("{thing}: {said}"))
    })
}

/// "a free beanie": a gift that nothing says.
fn free_thing(known: &Known<'_>, lower: &str) -> Option<String> {
    all_words(lower, "free").find_map(|at| {
        let behind = &lower[at + "free".len()..];
        let thing: String = behind
            .strip_prefix(' ')?
            .chars()
            .take_while(|c| c.is_alphabetic())
            .collect();
        let joined = lower[..at].ends_with(['-', '\'']) || lower[..at].trim_end().ends_with("feel");
        let gift = format!("free {thing}");
        let told = || known.told().iter().any(|told| told.contains(&gift));
        let is_gift = !thing.is_empty() && !WORDS.no_gift.contains(&thing);
        (is_gift && !joined && !has_condition(&lower[..at]) && !told()).then_some(gift)
    })
}

/// The return that is meant has a fee.
fn costs_something(known: &Known<'_>, in_play: &InPlay) -> bool {
    known.facts().iter().any(|fact| {
        fact.attribute == "return_fee"
            && in_play.allows(fact)
            && matches!(&fact.value, FactValue::Money(money) if money.minor > 0)
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
        && !before.ends_with("n't")
        && !behind.starts_with("to ")
        && !behind.starts_with("size")
}

/// A fact of the order or the proposal that the sentence is about.
fn costs_nothing(known: &Known<'_>, in_play: &InPlay, lower: &str, thing: &str) -> bool {
    let is_meant = |attribute: &str| match thing {
        "return" => attribute == "return_fee",
        "shipping" | "delivery" | "postage" => {
            let service = attribute.strip_suffix("_price_now");
            attribute == "shipping_paid"
                || service.is_some_and(|service| is_of_service(known, service, lower))
        }
        _ => false,
    };
    known.facts().iter().any(|fact| {
        is_meant(&fact.attribute)
            && in_play.allows(fact)
            && matches!(&fact.value, FactValue::Money(money) if money.minor == 0)
    })
}

/// "Shipping to Norway is free from €200.00": the sentence names an amount, which is checked like
/// any other, and shipping does become free there.
fn is_free_from(known: &Known<'_>, in_play: &InPlay, lower: &str, thing: &str) -> bool {
    matches!(thing, "shipping" | "delivery" | "postage")
        && names_an_amount(lower, known.today)
        && known.facts().iter().any(|fact| {
            let service = fact.attribute.strip_suffix("_free_from");
            service.is_some_and(|service| is_of_service(known, service, lower))
                && in_play.allows(fact)
        })
}

/// Does the sentence speak of this way of shipping, or of none by name? Express is not free where
/// standard is.
fn is_of_service(known: &Known<'_>, service: &str, lower: &str) -> bool {
    let names = |service: &str| find_words(lower, &service.to_lowercase()).is_some();
    let others = known
        .facts()
        .iter()
        .filter_map(|fact| fact.attribute.strip_suffix("_price"))
        .any(names);
    !others || names(service)
}

fn names_an_amount(lower: &str, today: Date) -> bool {
    let mut found = values::find(lower, lower, today).into_iter();
    found.any(|found| matches!(found.value, Value::Money { milli, .. } if milli > 0))
}

/// Does a sentence of a found rule say it of this thing? Where the rule names an amount, the
/// statement has to name one as well: "free from €75.00" is not "free".
fn rule_says(known: &Known<'_>, lower: &str, ways: &[String], thing: &str) -> bool {
    known.rules().iter().any(|rule| {
        ways.iter()
            .any(|way| find_words(rule, way).is_some_and(|at| is_about_money(rule, at, way)))
            && rule.contains(thing)
            && (names_an_amount(lower, known.today) || !names_an_amount(rule, known.today))
    })
}
