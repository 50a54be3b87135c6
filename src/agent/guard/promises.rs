//! What a sentence says was done, or will be: it needs the act itself.

use crate::domain::evidence::Subject;

use super::known::Known;
use super::subjects::Scene;
use super::words::{self, WORDS};

/// "I have …" holds in the turn of the act; "the return RT-… is registered" as long as the return
/// is known.
pub fn empty(known: &Known<'_>, scene: &Scene) -> Option<String> {
    let lower = scene.lower.as_str();
    let first_person = |words: &str| words.starts_with("i ") || words.starts_with("i'");
    let known_return = || {
        let named = scene.named();
        let is_return = |subject: &Subject| subject.0.starts_with("return:");
        let mut known = known.facts().iter().flat_map(|fact| &fact.about);
        named.iter().any(is_return)
            || (words::find_words(lower, "return").is_some() && known.any(is_return))
    };
    // "Nothing is registered until you confirm."
    let is_denied = |words: &str| {
        let before = lower.split(words).next().unwrap_or("");
        words::find_words(before, "nothing").is_some()
    };
    let made: Vec<(&str, &str)> = WORDS
        .promises
        .iter()
        .filter(|(words, _)| lower.contains(words.as_str()))
        .map(|(words, tool)| (words.as_str(), tool.as_str()))
        .collect();
    // "I have sent you a code" is no "I have sent you".
    let is_part = |words: &str| {
        made.iter()
            .any(|(longer, _)| longer.len() > words.len() && longer.contains(words))
    };
    // "Your exchange is registered" needs the exchange, and no return.
    let is_another = |words: &str, tool: &str| {
        tool == "start_return"
            && !first_person(words)
            && WORDS.registered.iter().any(|(thing, by)| {
                words::find_words(lower, thing).is_some() && known.evidence.has_done(by)
            })
    };
    made.iter()
        .filter(|(words, _)| !is_part(words))
        .find(|(words, tool)| {
            let of_person = *tool == "hand_off" && words::find_words(lower, "if").is_some();
            let kept = tool.is_empty() || known.evidence.has_done(tool) || is_another(words, tool);
            let open = of_person || is_denied(words) || words::is_condition(lower, words);
            !(kept || open) && (*tool != "start_return" || first_person(words) || !known_return())
        })
        .map(|(words, _)| (*words).to_owned())
}

/// What was done and is said so states no status: "I have sent you a code".
pub fn without_kept(known: &Known<'_>, lower: &str) -> String {
    let mut left = lower.to_owned();
    for (words, tool) in &WORDS.promises {
        if known.evidence.has_done(tool) {
            left = left.replace(words.as_str(), &"\u{1}".repeat(words.len()));
        }
    }
    left
}
