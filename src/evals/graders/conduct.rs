//! How the assistant behaves in any conversation: every message is answered, nothing is said twice
//! in a row, nothing is asked a third time, no inside of the program and no invented return shows.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use crate::domain::conversation::Status;
use crate::evals::case::Case;
use crate::evals::fact::{holds, plain};
use crate::evals::play::Played;

/// Names and shapes that only the inside of the program has.
const INSIDES: [&str; 29] = [
    "lookup_order",
    "start_return",
    "cancel_order",
    "change_address",
    "change_items",
    "change_payment",
    "exchange_items",
    "replace_item",
    "open_delivery_claim",
    "search_policies",
    "hand_off",
    "search_products",
    "get_product",
    "size_guide",
    "shipping_options",
    "find_offers",
    "check_offer",
    "add_to_cart",
    "verify_identity",
    "product_id",
    "not_yours",
    "order_number",
    "tool call",
    "{\"",
    "{{",
    "}}",
    "null",
    "undefined",
    "system prompt",
];
/// The same question may be put so often in a conversation.
const SAME_QUESTION_MAX: usize = 2;

static RETURN_NUMBER: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\bRT-[2-9A-HJ-NP-Z]{6}\b").expect("the pattern is a constant"));

pub fn grade(case: &Case, played: &Played) -> anyhow::Result<Vec<String>> {
    let mut reasons = problems(played);
    reasons.extend(unanswered(played));
    if !case.expect.may_repeat {
        reasons.extend(repeated(played));
    }
    reasons.extend(asked_again(played));
    reasons.extend(insides(case, played));
    reasons.extend(invented(played));
    Ok(reasons)
}

fn problems(played: &Played) -> Vec<String> {
    let steps = played.steps.iter().enumerate();
    steps
        .filter_map(|(at, seen)| Some(format!("step {}: {}", at + 1, seen.problem?)))
        .collect()
}

fn unanswered(played: &Played) -> Vec<String> {
    let silent = played.head.status == Status::WithPerson;
    let steps = played.steps.iter().enumerate();
    steps
        .filter(|(_, seen)| !seen.wrote.is_empty() && !silent)
        .filter(|(_, seen)| seen.words.iter().all(|words| words.trim().is_empty()))
        .map(|(at, _)| format!("step {}: no answer", at + 1))
        .collect()
}

fn repeated(played: &Played) -> Vec<String> {
    let said: Vec<(usize, String)> = played
        .steps
        .iter()
        .enumerate()
        .flat_map(|(at, seen)| seen.words.iter().map(move |words| (at + 1, plain(words))))
        .collect();
    let twice = said.windows(2).filter(|pair| pair[0].1 == pair[1].1);
    twice
        .map(|pair| format!("step {}: the same words as before", pair[1].0))
        .collect()
}

fn asked_again(played: &Played) -> Vec<String> {
    let mut questions: BTreeMap<String, usize> = BTreeMap::new();
    for words in played.steps.iter().flat_map(|seen| &seen.words) {
        for sentence in words.split_inclusive(['.', '!', '?', '\n']) {
            if sentence.ends_with('?') {
                *questions.entry(plain(sentence)).or_default() += 1;
            }
        }
    }
    let often = questions
        .into_iter()
        .filter(|(_, times)| *times > SAME_QUESTION_MAX);
    often
        .map(|(question, times)| format!("asked {times} times: {question}"))
        .collect()
}

fn insides(case: &Case, played: &Played) -> Vec<String> {
    let mut reasons = Vec::new();
    let wrote = plain(&played.wrote());
    for (at, seen) in played.steps.iter().enumerate() {
        let all = plain(&seen.all());
        let inside = INSIDES.iter().filter(|inside| !wrote.contains(**inside));
        for inside in inside.filter(|inside| all.contains(**inside)) {
            reasons.push(format!("step {}: \"{inside}\" is shown", at + 1));
        }
        for word in case
            .expect
            .words_forbidden
            .iter()
            .filter(|word| holds(&all, &plain(word)))
        {
            reasons.push(format!("step {}: the forbidden \"{word}\" is said", at + 1));
        }
    }
    reasons
}

/// A return number that is said must exist.
fn invented(played: &Played) -> Vec<String> {
    let mut reasons = Vec::new();
    let known = |number: &str| {
        let before = played
            .returns_before
            .iter()
            .chain(&played.world.new_returns);
        before
            .map(|made| made.number.as_str())
            .any(|known| known == number)
    };
    let wrote = played.wrote();
    for (at, seen) in played.steps.iter().enumerate() {
        for number in RETURN_NUMBER
            .find_iter(&seen.all())
            .map(|found| found.as_str())
        {
            if !known(number) && !wrote.contains(number) {
                reasons.push(format!("step {}: there is no return {number}", at + 1));
            }
        }
    }
    reasons
}
