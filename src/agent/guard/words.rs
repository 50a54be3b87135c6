//! The closed lists of `prompts/guard/words.toml`, and reading statuses by them.

use std::collections::{BTreeMap, HashSet};
use std::sync::LazyLock;

use serde::Deserialize;

use crate::domain::order::{OrderStatus, ShipmentStatus};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GuardWords {
    status_verbs: Vec<String>,
    conditions: Vec<String>,
    negations: Vec<String>,
    /// A sentence that begins with one of these states nothing of now.
    conditional: Vec<String>,
    /// Near a value that the shopper wrote these deny it.
    pub denies: Vec<String>,
    /// What is said to be registered, and the tool that does it.
    pub registered: BTreeMap<String, String>,
    pub echoes: Vec<String>,
    /// Nothing but these makes a sentence a mere yes.
    pub yes: Vec<String>,
    pub bounds: Vec<String>,
    pub unbounded: Vec<String>,
    pub joints: Vec<String>,
    pub totals: Vec<String>,
    pub order_money: Vec<String>,
    pub answering: Vec<String>,
    pub other_days: Vec<String>,
    pub sent_codes: Vec<String>,
    pub free_of_charge: Vec<String>,
    pub can_be_free: Vec<String>,
    pub no_gift: Vec<String>,
    pub can_be_had: Vec<String>,
    pub cannot_be_had: Vec<String>,
    /// Around a percentage these make it a discount.
    pub discount_before: Vec<String>,
    pub discount_behind: Vec<String>,
    pub code_words: Vec<String>,
    pub after_code: Vec<String>,
    pub offer_claims: Vec<String>,
    pub offer_promises: Vec<String>,
    pub offer_shares: BTreeMap<String, u8>,
    verbs_of_past: Vec<String>,
    things_that_move: Vec<String>,
    synonyms: BTreeMap<String, Vec<String>>,
    pub promises: BTreeMap<String, String>,
    /// The last labels of names that are read as addresses.
    pub top_level_domains: HashSet<String>,
}

impl GuardWords {
    pub fn is_negation(&self, word: &str) -> bool {
        self.negations.iter().any(|negation| negation == word)
    }
}

pub static WORDS: LazyLock<GuardWords> = LazyLock::new(|| {
    toml::from_str(include_str!("../../../prompts/guard/words.toml"))
        .expect("prompts/guard/words.toml is compiled in and tested")
});

/// Status phrases by falling length, so that "returned to sender" is found before "returned".
static PHRASES: LazyLock<Vec<(String, Vec<String>)>> = LazyLock::new(|| {
    let shipments = [
        ShipmentStatus::LabelCreated,
        ShipmentStatus::InTransit,
        ShipmentStatus::OutForDelivery,
        ShipmentStatus::Delivered,
        ShipmentStatus::Exception,
        ShipmentStatus::ReturnedToSender,
        ShipmentStatus::Lost,
    ];
    let own = OrderStatus::ALL
        .iter()
        .map(|status| status.words())
        .chain(shipments.iter().map(|status| status.words()))
        .map(|words| (words.to_owned(), vec![words.to_owned()]));
    let mut phrases: BTreeMap<String, Vec<String>> = own.collect();
    phrases.extend(WORDS.synonyms.clone());
    let mut phrases: Vec<_> = phrases.into_iter().collect();
    phrases.sort_by_key(|(words, _)| std::cmp::Reverse(words.len()));
    phrases
});

/// A status that a sentence states.
pub struct Stated {
    /// Byte where it stands.
    pub at: usize,
    pub text: String,
    /// What stands before it in its clause.
    pub clause: String,
    statuses: Vec<String>,
    pub negated: bool,
}

impl Stated {
    /// Do two sentences state the same?
    pub fn agrees(&self, other: &Self) -> bool {
        self.text == other.text && self.negated == other.negated
    }

    /// Is a fact's status the one that is stated or denied?
    pub fn is(&self, status: &str) -> bool {
        self.statuses.iter().any(|own| own == status)
    }
}

/// The statuses that a lower-case sentence states; conditions ("once it is delivered") state none.
pub fn stated_statuses(lower: &str) -> Vec<Stated> {
    // "If you confirm, it goes back and is refunded."
    let opens = |words: &String| lower.trim_start().starts_with(words.as_str());
    if WORDS.conditional.iter().any(opens) {
        return Vec::new();
    }
    let mut left = lower.to_owned();
    let mut stated = Vec::new();
    for (phrase, statuses) in PHRASES.iter() {
        while let Some(at) = find_words(&left, phrase) {
            let before = left[..at].to_owned();
            left.replace_range(at..at + phrase.len(), &"\u{1}".repeat(phrase.len()));
            let clause = before
                .rsplit([',', ';', ':', '.', '('])
                .next()
                .unwrap_or("");
            if !follows_verb(&before, phrase) || has_condition(clause) {
                continue;
            }
            stated.push(Stated {
                at,
                text: phrase.clone(),
                clause: clause.to_owned(),
                statuses: statuses.clone(),
                negated: ends_in_negation(&before),
            });
        }
    }
    stated
}

/// Does a promise's words stand under a condition ("once I have registered …")?
pub fn is_condition(lower: &str, words: &str) -> bool {
    lower
        .find(words)
        .is_some_and(|at| has_condition(lower[..at].rsplit([',', ';', '.']).next().unwrap_or("")))
}

pub fn has_condition(clause: &str) -> bool {
    WORDS
        .conditions
        .iter()
        .any(|word| find_words(clause, word).is_some())
}

/// Is the last word before a status a verb that states it, small words and negations aside?
fn follows_verb(before: &str, phrase: &str) -> bool {
    let fillers = [
        "not",
        "yet",
        "now",
        "currently",
        "already",
        "still",
        "just",
        "also",
        "being",
        "been",
        "marked",
        "as",
        "\"",
        "n't",
        "fully",
        "partly",
        "all",
        "both",
    ];
    let mut words: Vec<&str> = before
        .trim_end_matches(|c: char| !c.is_alphanumeric() && c != '\'')
        .split_whitespace()
        .collect();
    while let Some(last) = words.last() {
        let last = last.trim_matches(|c: char| !c.is_alphanumeric() && c != '\'');
        if fillers.contains(&last) || last.is_empty() {
            words.pop();
        } else {
            return WORDS.status_verbs.iter().any(|verb| verb == last)
                || last.ends_with("'s")
                || last.ends_with("n't")
                || is_bare_statement(last, phrase);
        }
    }
    false
}

/// "Order 10482: delivered", "your order arrived".
fn is_bare_statement(last: &str, phrase: &str) -> bool {
    let number = last.bytes().all(|byte| byte.is_ascii_digit());
    let moves = || WORDS.things_that_move.iter().any(|thing| thing == last);
    number || (WORDS.verbs_of_past.iter().any(|verb| verb == phrase) && moves())
}

fn ends_in_negation(before: &str) -> bool {
    let clause = before.rsplit([',', ';', '.']).next().unwrap_or("");
    // "can't go back because it was final sale" denies the going back.
    let clause = clause.rsplit("because").next().unwrap_or("");
    let tail: Vec<&str> = clause.split_whitespace().rev().take(4).collect();
    tail.iter().any(|word| {
        word.ends_with("n't") || WORDS.negations.iter().any(|negation| negation == word)
    })
}

/// Where a phrase stands as whole words.
pub fn find_words(text: &str, phrase: &str) -> Option<usize> {
    all_words(text, phrase).next()
}

/// Every place where a phrase stands as whole words.
pub fn all_words(text: &str, phrase: &str) -> impl Iterator<Item = usize> {
    let edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    let length = phrase.len();
    text.match_indices(phrase)
        .map(|(at, _)| at)
        .filter(move |&at| {
            edge(text[..at].chars().next_back()) && edge(text[at + length..].chars().next())
        })
}
