//! Details in a message: order numbers, which items, how many, why. Rules over closed lists
//! (`prompts/builtin/entities.toml`); what they find is matched with an order only in `items.rs`.

use std::collections::{BTreeMap, HashSet};
use std::sync::LazyLock;

use serde::Deserialize;

use super::words::{self, find_phrase};
use crate::domain::returns::ReturnReason;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lists {
    ordinals: BTreeMap<String, Vec<String>>,
    numbers: BTreeMap<String, Vec<String>>,
    lists: PhraseLists,
    bare: Bare,
    pub garments: BTreeMap<String, Vec<String>>,
    pub colors: BTreeMap<String, Vec<String>>,
    reasons: BTreeMap<String, Vec<String>>,
    months: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Bare {
    words: HashSet<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PhraseLists {
    line_words: Vec<String>,
    not_items: Vec<String>,
    last: Vec<String>,
    all: Vec<String>,
    both: Vec<String>,
    other_item: Vec<String>,
    other_order: Vec<String>,
    excluded_after: Vec<String>,
    all_but: Vec<String>,
    corrections: Vec<String>,
    no_reason: Vec<String>,
    quantity_before: Vec<String>,
    just_one: Vec<String>,
    accepts: HashSet<String>,
    accepts_not: HashSet<String>,
    insists: Vec<String>,
    leaves: Vec<String>,
    keeps: Vec<String>,
    adds: Vec<String>,
    adds_last: HashSet<String>,
    general: Vec<String>,
    questions: HashSet<String>,
    deadline: Vec<String>,
    own: Vec<String>,
    pronouns: HashSet<String>,
    not_names: HashSet<String>,
}

pub static LISTS: LazyLock<Lists> = LazyLock::new(|| {
    toml::from_str(include_str!("../../../prompts/builtin/entities.toml"))
        .expect("prompts/builtin/entities.toml is compiled in and tested")
});

/// How an item is pointed at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ItemRef {
    /// Position in the order, from 1.
    Line(u32),
    Last,
    All,
    Both,
    /// "the other one": not the one that was meant so far.
    Other,
    /// "everything but …": all lines except those that these words name.
    AllBut(Vec<String>),
}

/// One part of a message: which items, how many of each, why.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Part {
    pub refs: Vec<ItemRef>,
    /// Words that may stand in an item's title, colour or size.
    pub names: Vec<String>,
    pub quantity: Option<u32>,
    pub reason: Option<ReturnReason>,
    /// A name is a word of an item that was shown.
    pub named: bool,
}

impl Part {
    /// Does it point at an item? Words count when they are a kind of clothing or a colour; any
    /// other word may be part of a title, which only an order can tell.
    pub fn points(&self) -> bool {
        self.named || !self.refs.is_empty() || self.names.iter().any(|name| is_kind_or_color(name))
    }
}

/// Everything that the rules found in one message.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    pub orders: Vec<String>,
    pub other_order: bool,
    /// Month of an order, in English.
    pub month: Option<String>,
    pub parts: Vec<Part>,
    pub corrects: bool,
    pub no_reason: bool,
    /// Begins with a yes and takes nothing of it back.
    pub accepts: bool,
    /// Somebody should do something about it.
    pub insists: bool,
    /// Nobody needs to do anything.
    pub leaves: bool,
    /// Nothing is to go back after all.
    pub keeps: bool,
    /// Besides what was chosen before.
    pub adds: bool,
    /// About the shop's rules, not about an order.
    pub general: bool,
    /// Asks for the last day of a return of an own order.
    pub own_deadline: bool,
    pub question: bool,
    /// "it", "them": what was spoken of.
    pub refers: bool,
}

impl Found {
    pub fn points(&self) -> bool {
        self.parts.iter().any(Part::points)
    }

    /// Only an order is named, and nothing said of it: "and 10321?", "the other order?".
    pub fn is_bare_order(&self, text: &str) -> bool {
        let names_order = !self.orders.is_empty() || self.other_order;
        let bare = |word: &String| LISTS.bare.words.contains(word) || words::is_number(word);
        names_order && words::words(text).iter().all(bare)
    }

    pub fn reason(&self) -> Option<ReturnReason> {
        self.parts.iter().find_map(|part| part.reason)
    }

    pub fn quantity(&self) -> Option<u32> {
        self.parts.iter().find_map(|part| part.quantity)
    }

    pub fn read(text: &str) -> Self {
        let all = words::words(text);
        let lists = &LISTS.lists;
        let has = |phrases: &[String]| {
            phrases
                .iter()
                .any(|phrase| find_phrase(&all, phrase).is_some())
        };
        let months = LISTS.months.iter();
        let orders = orders(&all);
        let mut found = Self {
            own_deadline: has(&lists.deadline) && (has(&lists.own) || !orders.is_empty()),
            orders,
            other_order: has(&lists.other_order),
            month: months
                .clone()
                .find(|(_, names)| has(names))
                .map(|(month, _)| month.clone()),
            parts: words::clauses(text)
                .iter()
                .filter_map(|clause| part(clause))
                .collect(),
            corrects: has(&lists.corrections),
            no_reason: has(&lists.no_reason),
            accepts: accepts(&all) && !text.contains('?'),
            insists: has(&lists.insists),
            leaves: has(&lists.leaves),
            keeps: has(&lists.keeps),
            adds: has(&lists.adds)
                || words::clauses(text).iter().any(|clause| {
                    let last = words::words(clause).pop();
                    last.is_some_and(|word| lists.adds_last.contains(&word))
                }),
            general: has(&lists.general),
            question: text.contains('?')
                || all
                    .first()
                    .is_some_and(|word| lists.questions.contains(word)),
            refers: all.iter().any(|word| lists.pronouns.contains(word)),
        };
        found.spread_reason();
        found
    }

    /// "the jacket and the fleece are too small": one reason serves all parts that have none, and
    /// a part with a reason alone belongs to the part before it.
    fn spread_reason(&mut self) {
        let mut merged: Vec<Part> = Vec::new();
        for part in std::mem::take(&mut self.parts) {
            match merged.last_mut() {
                Some(before) if !part.points() && part.refs.is_empty() => {
                    before.reason = before.reason.or(part.reason);
                    before.quantity = before.quantity.or(part.quantity);
                    before.names.extend(part.names);
                }
                _ => merged.push(part),
            }
        }
        let mut reasons: Vec<ReturnReason> = merged.iter().filter_map(|part| part.reason).collect();
        reasons.dedup();
        if let [only] = reasons[..] {
            merged.iter_mut().for_each(|part| part.reason = Some(only));
        }
        self.parts = merged;
    }
}

pub fn is_kind_or_color(name: &str) -> bool {
    let stem = words::stem(name);
    let holds = |group: &Vec<String>| {
        group
            .iter()
            .any(|word| word == name || words::stem(word) == stem)
    };
    LISTS.garments.values().any(holds) || LISTS.colors.values().any(holds)
}

/// Order numbers: four to twelve digits that are no year.
fn orders(all: &[String]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for (at, word) in all.iter().enumerate() {
        let digits: &str = word.rsplit('-').next().unwrap_or(word);
        let year = digits.len() == 4
            && (digits.starts_with("19") || digits.starts_with("20"))
            && at > 0
            && !matches!(all[at - 1].as_str(), "order" | "number" | "no" | "nr");
        let is_order =
            words::is_number(digits) && digits.len() <= 12 && !year && !counts_pieces(all, at);
        if is_order && !word.starts_with("rt-") && !found.iter().any(|known| known == digits) {
            found.push(digits.to_owned());
        }
    }
    found
}

/// "Add 4000 of them": a number that counts pieces is none of an order.
fn counts_pieces(all: &[String], at: usize) -> bool {
    let of = matches!(all.get(at + 1).map(String::as_str), Some("of"));
    let things = |word: &String| matches!(word.as_str(), "them" | "it" | "these" | "those" | "the");
    let added = at > 0 && matches!(all[at - 1].as_str(), "add" | "buy");
    let thing = all.get(at + 1).is_some_and(|next| is_kind_or_color(next));
    (of && all.get(at + 2).is_some_and(things)) || (added && thing)
}

fn accepts(all: &[String]) -> bool {
    let lists = &LISTS.lists;
    all.first().is_some_and(|word| lists.accepts.contains(word))
        && !all.iter().any(|word| lists.accepts_not.contains(word))
}

fn part(clause: &str) -> Option<Part> {
    let all = words::words(clause);
    let lists = &LISTS.lists;
    let mut part = Part {
        reason: reason(&all),
        ..Part::default()
    };
    let mut chosen = all.clone();
    if let Some((at, len)) = first_of(&all, &lists.all_but) {
        part.refs.push(ItemRef::AllBut(names(&all[at + len..])));
        chosen.truncate(at);
    } else if let Some((at, _)) = first_of(&all, &lists.excluded_after) {
        chosen.truncate(at);
    }
    part.refs.extend(refs(&chosen));
    part.quantity = quantity(&chosen);
    part.names = names(&chosen);
    let empty = part == Part::default();
    (!empty).then_some(part)
}

fn first_of(all: &[String], phrases: &[String]) -> Option<(usize, usize)> {
    phrases
        .iter()
        .filter_map(|phrase| find_phrase(all, phrase).map(|at| (at, phrase.split(' ').count())))
        .min()
}

fn refs(all: &[String]) -> Vec<ItemRef> {
    let lists = &LISTS.lists;
    let has = |phrases: &[String]| first_of(all, phrases).is_some();
    let mut refs = Vec::new();
    for (at, word) in all.iter().enumerate() {
        let next = all.get(at + 1).map(String::as_str);
        if let Some(line) = number_in(&LISTS.ordinals, word)
            && !next.is_some_and(|next| lists.not_items.iter().any(|own| own == next))
        {
            refs.push(ItemRef::Line(line));
        }
        if lists.line_words.contains(word)
            && let Some(line) = next.and_then(|next| number_in(&LISTS.numbers, next))
        {
            refs.push(ItemRef::Line(line));
        }
    }
    if !refs.is_empty() {
        return refs;
    }
    let counted = quantity(all).is_some();
    match () {
        () if has(&lists.last) => refs.push(ItemRef::Last),
        () if has(&lists.other_item) => refs.push(ItemRef::Other),
        () if has(&lists.both) => refs.push(ItemRef::Both),
        () if has(&lists.all) && !counted => refs.push(ItemRef::All),
        () => {}
    }
    refs
}

fn number_in(table: &BTreeMap<String, Vec<String>>, word: &str) -> Option<u32> {
    let found = table
        .iter()
        .find(|(_, words)| words.iter().any(|own| own == word));
    found.and_then(|(number, _)| number.parse().ok())
}

/// "two of the three", "2 pairs", "only one of them", "3x".
fn quantity(all: &[String]) -> Option<u32> {
    if first_of(all, &LISTS.lists.just_one).is_some() {
        return Some(1);
    }
    let before = &LISTS.lists.quantity_before;
    all.iter().enumerate().find_map(|(at, word)| {
        if let Some(count) = word
            .strip_suffix('x')
            .and_then(|digits| digits.parse().ok())
        {
            return Some(count).filter(|count| (1..=99).contains(count));
        }
        let next = all.get(at + 1)?;
        // "one of my orders" counts no items.
        let of_orders = all
            .get(at + 3)
            .or(all.get(at + 2))
            .is_some_and(|word| word.starts_with("order"));
        (before.contains(next) && !of_orders)
            .then(|| number_in(&LISTS.numbers, word))
            .flatten()
    })
}

/// Words that may name an item.
fn names(all: &[String]) -> Vec<String> {
    let not = &LISTS.lists.not_names;
    all.iter()
        .enumerate()
        .filter(|(at, word)| {
            let after_size = *at > 0 && all[at - 1] == "size";
            let plain = word.len() >= 3 && !words::is_number(word) && !not.contains(*word);
            (plain || after_size) && !word.starts_with('<')
        })
        .map(|(_, word)| word.clone())
        .collect()
}

/// The reason whose phrase is longest: "too small" says more than "size".
fn reason(all: &[String]) -> Option<ReturnReason> {
    let mut best: Option<(usize, &String)> = None;
    for (code, phrases) in &LISTS.reasons {
        for phrase in phrases {
            let Some(at) = find_phrase(all, phrase) else {
                continue;
            };
            let denied =
                at > 0 && matches!(all[at - 1].as_str(), "not" | "isnt" | "arent" | "never");
            if !denied && best.is_none_or(|(len, _)| phrase.len() > len) {
                best = Some((phrase.len(), code));
            }
        }
    }
    best.and_then(|(_, code)| serde_json::from_value(code.as_str().into()).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_of_the_lists_is_a_reason() {
        for code in LISTS.reasons.keys() {
            let parsed: Result<ReturnReason, _> = serde_json::from_value(code.as_str().into());
            assert!(parsed.is_ok(), "{code}");
        }
    }

    #[test]
    fn numbers_are_orders_only_when_they_may_be() {
        let orders = |text: &str| Found::read(text).orders;
        assert_eq!(orders("where is #10482 and 10321?"), ["10482", "10321"]);
        assert_eq!(orders("Order no. ORD-10482"), ["10482"]);
        assert_eq!(orders("bought in march 2026"), Vec::<String>::new());
        assert_eq!(orders("2 shirts, 149 euros"), Vec::<String>::new());
        assert_eq!(orders("ok, add 4000 of them"), Vec::<String>::new());
    }

    #[test]
    fn items_quantities_and_reasons_are_found_together() {
        let found = Found::read("I want to return the second item, too small");
        assert_eq!(found.parts.len(), 1);
        assert_eq!(found.parts[0].refs, [ItemRef::Line(2)]);
        assert_eq!(found.reason(), Some(ReturnReason::SizeTooSmall));

        let found = Found::read("The jacket is too small and the fleece is broken");
        let reasons: Vec<_> = found.parts.iter().map(|part| part.reason).collect();
        assert_eq!(
            reasons,
            [
                Some(ReturnReason::SizeTooSmall),
                Some(ReturnReason::Defective)
            ]
        );

        let found = Found::read("send back two of the three socks");
        assert_eq!(found.quantity(), Some(2));
        assert!(found.parts[0].names.contains(&"socks".to_owned()));

        let found = Found::read("no wait, actually the first one");
        assert!(found.corrects);
        assert_eq!(
            found
                .parts
                .iter()
                .flat_map(|part| &part.refs)
                .collect::<Vec<_>>(),
            [&ItemRef::Line(1)]
        );

        assert!(Found::read("and the other order?").other_order);
        assert_eq!(
            Found::read("return the jacket, not the socks").parts[0].names,
            ["jacket"]
        );
        assert_eq!(
            Found::read("return everything but the socks").parts[0].refs,
            [ItemRef::AllBut(vec!["socks".into()]), ItemRef::All][..1]
        );
        assert_eq!(Found::read("it is not broken").reason(), None);
    }
}
