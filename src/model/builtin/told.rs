//! What a message tells of things that came wrong, late or in the wrong size: what is the matter,
//! how it is to be put right, for what size or colour it is to be changed, how a difference is paid,
//! where money goes. Rules over the closed lists of `prompts/builtin/aftersales.toml`.

use std::collections::{BTreeMap, HashSet};
use std::sync::LazyLock;

use serde::Deserialize;

use super::details::{Slot, has, pieces, size_mark};
use super::words::{self, find_phrase};
use crate::domain::aftersale::{ItemProblem, RemedyWanted};
use crate::domain::policy::RefundTo;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Aftersales {
    problems: BTreeMap<String, Vec<String>>,
    remedies: Remedies,
    methods: BTreeMap<String, Vec<String>>,
    refund_to: BTreeMap<String, Vec<String>>,
    pub lists: Lists,
    said_by: SaidBy,
    ladder: Ladder,
    /// Read by `replies.rs`.
    pub asked: BTreeMap<String, String>,
    pub replies: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Remedies {
    replacement: Vec<String>,
    refund: Vec<String>,
    either: Vec<String>,
    not_before: HashSet<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lists {
    wanted_after: HashSet<String>,
    wanted_fill: HashSet<String>,
    is_after: HashSet<String>,
    larger: Vec<String>,
    smaller: Vec<String>,
    gift: Vec<String>,
    received_as: Vec<String>,
    bought: Vec<String>,
    pub sends_back: Vec<String>,
    pub claims: Vec<String>,
    pub shows: Vec<String>,
    pub no_photo: Vec<String>,
    pub opens: Vec<String>,
    pub asks_back: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SaidBy {
    method: Vec<String>,
    refund_to: Vec<String>,
    remedy: Vec<String>,
    changes: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ladder {
    letters: Vec<String>,
}

pub static AFTERSALES: LazyLock<Aftersales> = LazyLock::new(|| {
    toml::from_str(include_str!("../../../prompts/builtin/aftersales.toml"))
        .expect("prompts/builtin/aftersales.toml is compiled in and tested")
});

/// How many words before a remedy may take it back: "I don't want a refund".
const NOT_BEFORE_WORDS: usize = 4;

/// Another size by how it compares with the one that came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Up,
    Down,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Told {
    pub problem: Option<ItemProblem>,
    pub remedy: Option<RemedyWanted>,
    /// Either remedy will do.
    pub either: bool,
    /// As the shop marks it.
    pub size: Option<String>,
    pub color: Option<String>,
    pub step: Option<Step>,
    /// A way to pay, as the shopper calls it.
    pub method: Option<String>,
    pub refund_to: Option<RefundTo>,
    /// It was a present: somebody else paid.
    pub gift: bool,
    /// The message without the size and colour that are wanted, which would pick another item.
    pub rest: String,
}

impl Told {
    pub fn read(text: &str) -> Self {
        let all = words::words(text);
        let wanted = wanted(text);
        Self {
            problem: problem(&all),
            remedy: remedy(&all),
            either: has(&all, &AFTERSALES.remedies.either),
            step: step(&all),
            method: longest(&all, &AFTERSALES.methods),
            refund_to: refund_to(&all),
            gift: is_gift(&all),
            size: wanted.size,
            color: wanted.color,
            rest: wanted.rest,
        }
    }

    /// Is what looks like this wish only how something is put right, paid or paid back?
    pub fn says(&self, intent: &str) -> bool {
        let own = &AFTERSALES.said_by;
        let holds = |list: &[String]| list.iter().any(|own| own == intent);
        (self.method.is_some() && holds(&own.method))
            || (self.refund_to.is_some() && holds(&own.refund_to))
            || (self.remedy.is_some() && holds(&own.remedy))
            || (self.changes() && holds(&own.changes))
    }

    /// Another size or colour is wanted.
    pub fn changes(&self) -> bool {
        self.size.is_some() || self.color.is_some() || self.step.is_some()
    }
}

fn problem(all: &[String]) -> Option<ItemProblem> {
    let code = longest(all, &AFTERSALES.problems)?;
    serde_json::from_value(code.into()).ok()
}

/// The key whose phrase in the text is longest.
fn longest(all: &[String], table: &BTreeMap<String, Vec<String>>) -> Option<String> {
    let phrases = table
        .iter()
        .flat_map(|(key, phrases)| phrases.iter().map(move |phrase| (key, phrase)));
    let found = phrases.filter(|(_, phrase)| find_phrase(all, phrase).is_some());
    found
        .max_by_key(|(_, phrase)| phrase.len())
        .map(|(key, _)| key.clone())
}

/// The remedy that is asked for and not declined; the last one said, when both are.
fn remedy(all: &[String]) -> Option<RemedyWanted> {
    let own = &AFTERSALES.remedies;
    let last = |phrases: &[String]| {
        let places = phrases.iter().flat_map(|phrase| {
            let length = phrase.split(' ').count();
            (0..all.len()).filter(move |at| {
                all.get(*at..*at + length)
                    .is_some_and(|part| part.iter().map(String::as_str).eq(phrase.split(' ')))
            })
        });
        let wished = places.filter(|at| !declined(all, *at));
        wished.max()
    };
    match (last(&own.replacement), last(&own.refund)) {
        // "Sent again or my money back" leaves it open.
        (Some(new), Some(money)) if or_between(all, new, money) => None,
        (Some(new), Some(money)) if money > new => Some(RemedyWanted::Refund),
        (Some(_), _) => Some(RemedyWanted::Replacement),
        (None, Some(_)) => Some(RemedyWanted::Refund),
        (None, None) => None,
    }
}

fn or_between(all: &[String], one: usize, other: usize) -> bool {
    let between = &all[one.min(other)..one.max(other)];
    between.iter().any(|word| word == "or")
}

fn declined(all: &[String], at: usize) -> bool {
    let before = &all[at.saturating_sub(NOT_BEFORE_WORDS)..at];
    // "No, a new one" declines something else.
    let start = before.len() == at && before.first().is_some_and(|word| word == "no");
    before
        .iter()
        .skip(usize::from(start))
        .any(|word| AFTERSALES.remedies.not_before.contains(word))
}

/// "I got it as a present", and not "I bought it as a present".
fn is_gift(all: &[String]) -> bool {
    let lists = &AFTERSALES.lists;
    let received = has(all, &lists.gift) || has(all, &lists.received_as);
    received && !has(all, &lists.bought)
}

fn step(all: &[String]) -> Option<Step> {
    let lists = &AFTERSALES.lists;
    match () {
        () if has(all, &lists.larger) => Some(Step::Up),
        () if has(all, &lists.smaller) => Some(Step::Down),
        () => None,
    }
}

/// The next size in letters, where sizes are letters.
pub fn next_size(size: &str, step: Step) -> Option<String> {
    let letters = &AFTERSALES.ladder.letters;
    let at = letters.iter().position(|letter| letter == size)?;
    let next = match step {
        Step::Up => at.checked_add(1),
        Step::Down => at.checked_sub(1),
    };
    letters.get(next?).cloned()
}

fn refund_to(all: &[String]) -> Option<RefundTo> {
    let code = longest(all, &AFTERSALES.refund_to)?;
    serde_json::from_value(code.into()).ok()
}

#[derive(Default)]
struct Wanted {
    size: Option<String>,
    color: Option<String>,
    rest: String,
}

/// "The blue socks in green, size L": which of the sizes and colours are wanted and which say what
/// an item is now.
fn wanted(text: &str) -> Wanted {
    let all = pieces(text);
    let mut found = Wanted {
        size: size_alone(text),
        ..Wanted::default()
    };
    let mut taken: Vec<usize> = Vec::new();
    for slot in [Slot::Size, Slot::Color] {
        let of_slot = |at: &usize| all[*at].slot == slot;
        let mut wished = (0..all.len()).filter(of_slot).filter(|at| {
            // A colour beside another one, or beside a size, is wanted with it, or not.
            let words: Vec<&str> = all[..*at]
                .iter()
                .filter(|piece| piece.slot != Slot::Color)
                .map(|piece| piece.value.as_str())
                .collect();
            is_wanted(&words)
        });
        let Some(at) = wished.next_back() else {
            continue;
        };
        taken.push(at);
        let value = &all[at].value;
        if slot == Slot::Size {
            found.size = Some(size_mark(value));
        } else {
            // "Moss green": what stands before a colour may be part of its name.
            let name = at
                .checked_sub(1)
                .filter(|before| is_shade(&all[*before].value, &all[*before].slot));
            taken.extend(name);
            found.color = Some(match name {
                Some(before) => format!("{} {value}", all[before].value),
                None => value.clone(),
            });
        }
    }
    found.rest = text.to_owned();
    for at in taken {
        found.rest = without(&found.rest, &all[at].text);
    }
    found
}

/// A number that is a whole message and one that shoes, trousers or children's clothes come in.
fn size_alone(text: &str) -> Option<String> {
    let text = text.trim();
    let number: u32 = text.parse().ok()?;
    (20..=60).contains(&number).then(|| text.to_owned())
}

/// Without the last place where these words stand by themselves.
fn without(text: &str, words: &str) -> String {
    let edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    let alone = |at: &usize| {
        edge(text[..*at].chars().next_back()) && edge(text[*at + words.len()..].chars().next())
    };
    let places = text.match_indices(words).map(|(at, _)| at);
    match places.filter(alone).last() {
        Some(at) => format!("{}{}", &text[..at], &text[at + words.len()..]),
        None => text.to_owned(),
    }
}

/// Words that only ever go before a colour: "dark", or another colour's name.
fn is_shade(word: &str, slot: &Slot) -> bool {
    *slot == Slot::Color || matches!(word, "dark" | "light" | "bright" | "deep" | "pale")
}

/// Does what stands before a size or a colour ask for it?
fn is_wanted(before: &[&str]) -> bool {
    let lists = &AFTERSALES.lists;
    for word in before.iter().rev() {
        if lists.wanted_after.contains(*word) {
            return true;
        }
        if lists.is_after.contains(*word) {
            return false;
        }
        if !lists.wanted_fill.contains(*word) && !is_shade(word, &Slot::Plain) {
            return before.len() <= 1;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wanted_is_told_from_what_it_is_now() {
        for (text, size, color) in [
            ("exchange the jacket for a size L", Some("L"), None),
            ("swap the blue socks for green ones", None, Some("green")),
            ("I want the blue one instead", None, Some("blue")),
            ("Can I get it in L, please", Some("L"), None),
            ("I need the jacket in XL instead of M", Some("XL"), None),
            ("exchange my blue jacket", None, None),
            ("size L please", Some("L"), None),
            ("42", Some("42"), None),
            ("in moss green, size M", Some("M"), Some("green")),
        ] {
            let told = Told::read(text);
            assert_eq!(told.size.as_deref(), size, "{text}");
            let found = told.color.as_deref();
            assert!(
                found == color || found.is_some_and(|own| own.ends_with(color.unwrap_or("-"))),
                "{text}: {found:?}"
            );
        }
        assert!(
            !Told::read("swap the blue socks for green ones")
                .rest
                .contains("green")
        );
        assert!(
            Told::read("swap the blue socks for green ones")
                .rest
                .contains("blue")
        );
    }

    #[test]
    fn the_remedy_is_the_one_that_is_not_declined() {
        for (text, remedy) in [
            ("a new one please", Some(RemedyWanted::Replacement)),
            ("I want my money back", Some(RemedyWanted::Refund)),
            (
                "I don't want a refund, send me a new one",
                Some(RemedyWanted::Replacement),
            ),
            ("no replacement, just the money", Some(RemedyWanted::Refund)),
            ("No, a new one", Some(RemedyWanted::Replacement)),
            (
                "money back instead of a new one",
                Some(RemedyWanted::Refund),
            ),
            ("it is torn", None),
            ("sent again or my money back", None),
        ] {
            assert_eq!(Told::read(text).remedy, remedy, "{text}");
        }
    }

    #[test]
    fn problems_ways_and_presents_are_heard() {
        let problem = |text: &str| Told::read(text).problem;
        assert_eq!(
            problem("You sent me the wrong size"),
            Some(ItemProblem::Wrong)
        );
        assert_eq!(problem("the zip is broken"), Some(ItemProblem::Damaged));
        assert_eq!(
            problem("the socks were not in the box"),
            Some(ItemProblem::Missing)
        );
        assert_eq!(problem("it is too small"), None);
        assert_eq!(
            Told::read("put the refund on a gift card").refund_to,
            Some(RefundTo::GiftCard)
        );
        assert_eq!(
            Told::read("as store credit please").refund_to,
            Some(RefundTo::StoreCredit)
        );
        assert!(Told::read("My aunt gave it to me, it was a present from her").gift);
        assert_eq!(Told::read("with PayPal").method.as_deref(), Some("paypal"));
    }

    #[test]
    fn every_word_of_the_lists_is_known_to_the_shop() {
        for code in AFTERSALES.problems.keys() {
            assert!(
                serde_json::from_value::<ItemProblem>(code.as_str().into()).is_ok(),
                "{code}"
            );
        }
        for code in AFTERSALES.refund_to.keys() {
            assert!(
                serde_json::from_value::<RefundTo>(code.as_str().into()).is_ok(),
                "{code}"
            );
        }
        assert_eq!(next_size("M", Step::Up).as_deref(), Some("L"));
        assert_eq!(next_size("42", Step::Up), None);
        assert_eq!(next_size("XXS", Step::Down), None);
    }
}
