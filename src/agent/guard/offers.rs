//! What a sentence says of discounts and codes: a share in words, a code without a digit, a gift.
//! Each needs an offer that a tool has found; what the shopper or a model would like to be true is
//! none.

use std::sync::LazyLock;

use regex::Regex;

use crate::domain::evidence::{Fact, FactValue};

use super::counts::{NUMBER_WORDS, value_of};
use super::known::Known;
use super::subjects::Scene;
use super::support::echoes;
use super::words::{WORDS, all_words, find_words, has_condition};

/// Words around a percentage that make it a discount.
const NEAR: usize = 3;

static PERCENT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(&format!(
        r"\b(\d{{1,3}}|{NUMBER_WORDS})[\s-]*(?:%|percent\b|per cent\b|per-cent\b)"
    ))
    .expect("the pattern is fixed and tested")
});

/// A word in capitals, without a digit: those with one are read as codes anywhere.
static CAPITALS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b[A-Z0-9][A-Z0-9-]{2,}[A-Z0-9]\b").expect("the pattern is fixed and tested")
});

/// "use code summersale", "with the code 'summersale'".
static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"\b(?:use|using|enter|apply|type|try|with|quote)\s+(?:the\s+|this\s+|our\s+|my\s+)?(?:\w+\s+)?(?:code|voucher|coupon)\s+(?:is\s+)?\W{0,3}([a-z0-9][a-z0-9-]{3,})",
    )
    .expect("the pattern is fixed and tested")
});

/// What the sentence says of an offer that no tool result bears out. A title may say "10% off":
/// naming an offer by it claims nothing more.
pub fn empty_offer(known: &Known<'_>, scene: &Scene) -> Option<String> {
    empty_share(known, scene)
        .or_else(|| empty_claim(known, &scene.bare_lower))
        .or_else(|| empty_code(known, scene))
}

/// "twenty percent off", "half price": needs an offer of just that percentage.
fn empty_share(known: &Known<'_>, scene: &Scene) -> Option<String> {
    let lower = scene.bare_lower.as_str();
    let percents = PERCENT.captures_iter(lower).filter_map(|found| {
        let whole = found.get_match();
        let is_discount = is_discount(&lower[..whole.start()], &lower[whole.end()..]);
        is_discount.then(|| (whole.start(), whole.as_str(), value_of(&found[1])))
    });
    let shares = WORDS.offer_shares.iter().flat_map(|(words, percent)| {
        all_words(lower, words).map(|at| (at, words.as_str(), i64::from(*percent)))
    });
    // What a rule says of discounts in general says nothing of a code.
    let of_code = names_code(known, scene);
    let (_, said, _) = percents.chain(shares).find(|(at, said, percent)| {
        let found = |fact: &Fact| {
            fact.attribute == "percent"
                && fact.value == FactValue::Number(*percent)
                && scene.in_play(*at).allows(fact)
        };
        !known.facts().iter().any(found)
            && !is_denied(lower, *at)
            && (of_code || !is_written(known, said))
    })?;
    Some(said.to_owned())
}

/// Does the sentence speak of a code, by that word or by one that is known?
fn names_code(known: &Known<'_>, scene: &Scene) -> bool {
    let has_word = |word: &String| find_words(&scene.lower, word).is_some();
    let words = scene.text.split(|c: char| !c.is_alphanumeric() && c != '-');
    WORDS.code_words.iter().any(has_word)
        || words
            .filter(|word| word.len() > 3)
            .any(|word| known.has_code(word))
}

fn is_discount(before: &str, behind: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        let clause = |c: char| matches!(c, ',' | ';' | '.' | '!' | '?');
        let words = text.split(clause).next().unwrap_or_default();
        let split = words.split(|c: char| !c.is_alphanumeric());
        split
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let clause = before
        .rsplit([',', ';', '.', '!', '?'])
        .next()
        .unwrap_or_default();
    let listed = |list: &[String], word: &String| list.contains(word);
    words(behind)
        .iter()
        .take(NEAR)
        .any(|word| listed(&WORDS.discount_behind, word))
        || words(clause)
            .iter()
            .rev()
            .take(NEAR)
            .any(|word| listed(&WORDS.discount_before, word))
}

/// "buy one get one free" is no offer of ours; "a discount for you" needs one.
fn empty_claim(known: &Known<'_>, lower: &str) -> Option<String> {
    let said = |list: &'static [String]| {
        list.iter().find(|words| {
            all_words(lower, words).any(|at| !is_denied(lower, at)) && !is_written(known, words)
        })
    };
    let has_offer = || {
        known
            .facts()
            .iter()
            .any(|fact| fact.about.iter().any(|about| about.0.starts_with("offer:")))
    };
    let claim = said(&WORDS.offer_claims);
    let claim = claim.or_else(|| said(&WORDS.offer_promises).filter(|_| !has_offer()));
    claim.cloned()
}

/// A code that no tool has given and that is not merely the shopper's own, repeated.
fn empty_code(known: &Known<'_>, scene: &Scene) -> Option<String> {
    let (sentence, lower) = (scene.bare.as_str(), scene.bare_lower.as_str());
    let about_codes = WORDS
        .code_words
        .iter()
        .any(|word| find_words(lower, word).is_some());
    if !about_codes {
        return None;
    }
    let without_digit = |word: &&str| !word.contains(|c: char| c.is_ascii_digit());
    let capitals = CAPITALS.find_iter(sentence).map(|found| found.as_str());
    let named = NAMED
        .captures_iter(lower)
        .filter_map(|found| found.get(1))
        .map(|word| word.as_str())
        .filter(|word| !WORDS.after_code.iter().any(|plain| plain == word));
    capitals
        .chain(named)
        .filter(without_digit)
        .find(|code| !known.has_code(code) && !is_echo(known, scene, code))
        .map(str::to_owned)
}

fn is_echo(known: &Known<'_>, scene: &Scene, code: &str) -> bool {
    (scene.asks || echoes(&scene.lower)) && known.evidence.shopper_wrote(&code.to_lowercase())
}

/// "I cannot give you half price": said of nothing, or under a condition.
fn is_denied(lower: &str, at: usize) -> bool {
    let clause = lower[..at].rsplit([',', ';', ':', '.', '!', '?']).next();
    let clause = clause.unwrap_or_default();
    let denies = |word: &str| {
        word.ends_with("n't") || word == "cannot" || word == "no" || WORDS.is_negation(word)
    };
    has_condition(clause) || clause.split_whitespace().any(denies)
}

/// Do the shop's rules or a refusal use these words?
fn is_written(known: &Known<'_>, words: &str) -> bool {
    known.rules_mention(words)
}
