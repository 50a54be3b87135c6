//! What a sentence says of the shop's rules without a number: that final sale comes back, that no
//! receipt is needed, that there is cash on delivery. Closed subjects, each of words that stand
//! together; a rule that was found has to say the same of them, yes or no.

use std::sync::LazyLock;

use serde::Deserialize;

use super::known::Known;
use super::phrases::Phrases;
use super::subjects::Scene;
use super::words::{find_words, has_condition};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleWords {
    /// Words that make a sentence say no.
    denials: Vec<String>,
    /// In a clause with one of these nothing is said of the rules.
    open: Vec<String>,
    rule: Vec<Topic>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Topic {
    /// One of these is spoken of …
    of: Vec<String>,
    /// … with one of these; empty where the first are enough.
    #[serde(default)]
    with: Vec<String>,
    /// With one of these in the sentence something else is said, which rules may say another way.
    #[serde(default)]
    unless: Vec<String>,
    /// Whether yes or no is said does not matter: the words must stand in a rule.
    #[serde(default)]
    either: bool,
}

static WORDS: LazyLock<RuleWords> = LazyLock::new(|| {
    toml::from_str(include_str!("../../../prompts/guard/rules.toml"))
        .expect("prompts/guard/rules.toml is compiled in and tested")
});

static TOPICS: LazyLock<Phrases<usize>> = LazyLock::new(|| {
    let all = WORDS.rule.iter().enumerate();
    Phrases::new(all.flat_map(|(at, topic)| topic.of.iter().map(move |words| (words.clone(), at))))
});

/// What it says of a rule that no rule says.
pub fn untrue(known: &Known<'_>, scene: &Scene) -> Option<String> {
    if scene.asks {
        return None;
    }
    let lower = scene.bare_lower.as_str();
    TOPICS.find(lower).find_map(|(at, words, topic)| {
        let topic = WORDS.rule.get(*topic)?;
        let clause = clause_around(lower, at);
        let has = |list: &[String], text: &str| {
            list.iter().any(|words| find_words(text, words).is_some())
        };
        let silent = has(&WORDS.open, clause)
            || has(&topic.unless, lower)
            || (!topic.with.is_empty() && !has(&topic.with, clause))
            || (has_condition(clause) && !topic.either && topic.with.is_empty());
        if silent {
            return None;
        }
        let denies = has(&WORDS.denials, clause);
        let says = |rule: &str| {
            let about = has(&topic.of, rule) && (topic.with.is_empty() || has(&topic.with, rule));
            about && (topic.either || has(&WORDS.denials, rule) == denies)
        };
        let told = known.told().iter().any(|rule| says(rule))
            || (topic.either && topic.of.iter().any(|words| known.evidence.says(words)));
        (!told).then(|| words.to_owned())
    })
}

fn clause_around(lower: &str, at: usize) -> &str {
    let cut = |c: char| matches!(c, ';' | '.' | '!' | '|');
    let start = lower[..at].rfind(cut).map_or(0, |at| at + 1);
    let end = lower[at..].find(cut).map_or(lower.len(), |end| at + end);
    &lower[start..end]
}
