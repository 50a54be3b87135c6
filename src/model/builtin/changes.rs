//! What a shopper wants of an order that is not sent yet, as far as it is known: that it is
//! cancelled, another address, other sizes or colours, fewer items, another way to pay. It grows
//! over turns; a later word takes the place of an earlier one.

use std::collections::{BTreeMap, HashSet};
use std::sync::LazyLock;

use serde::Deserialize;

use super::addresses::Said;
use super::change_targets::Target;
use super::details::{has, pieces};
use super::entities::{Found, Part};
use super::memory::Memory;
use super::plans::{Does, plan};
use super::replies::Asked;
use super::understand::OrderRef;
use super::words;
use crate::domain::order::CancelReason;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Changing {
    reasons: BTreeMap<String, Vec<String>>,
    pub lists: Lists,
    numbers: BTreeMap<String, Vec<String>>,
    methods: BTreeMap<String, Vec<String>>,
    pub address: AddressLists,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lists {
    removes: Vec<String>,
    pub adds: Vec<String>,
    pub keeps: Vec<String>,
    own_address: Vec<String>,
    sends: Vec<String>,
    not_before: HashSet<String>,
    another_method: Vec<String>,
    both_parts: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddressLists {
    pub leads: Vec<String>,
    pub streets: HashSet<String>,
    pub extras: HashSet<String>,
    pub tails: Vec<String>,
    not_cities: HashSet<String>,
}

pub static CHANGING: LazyLock<Changing> = LazyLock::new(|| {
    toml::from_str(include_str!("../../../prompts/builtin/changing.toml"))
        .expect("prompts/builtin/changing.toml is compiled in and tested")
});

impl Changing {
    /// Can this word be no part of a place's name?
    pub fn is_no_place(&self, word: &str) -> bool {
        self.address.not_cities.contains(&word.to_lowercase())
    }
}

/// One item that becomes another, or goes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Edit {
    /// Which item, by the shopper's words.
    pub part: Part,
    pub size: Option<String>,
    pub color: Option<String>,
    /// How many pieces it is about.
    pub quantity: Option<u32>,
    /// How many there are to be in the end.
    pub total: Option<u32>,
    pub remove: bool,
}

impl Edit {
    pub fn has_target(&self) -> bool {
        self.size.is_some() || self.color.is_some() || self.total.is_some() || self.remove
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    pub order: OrderRef,
    pub reason: Option<CancelReason>,
    pub address: Said,
    /// The customer's own address, not an order's.
    pub own: bool,
    pub edits: Vec<Edit>,
    /// More is wanted than was ordered.
    pub adds: bool,
    pub method: Option<String>,
}

impl Changes {
    /// What a message says, or adds to what was said before.
    pub fn of(memory: &Memory, intent: &str, text: &str, found: &Found, order: &OrderRef) -> Self {
        let mut said = Self::read(memory, text, found);
        said.order = order.clone();
        let same = memory
            .changes_of
            .as_deref()
            .is_some_and(|before| tool(before) == tool(intent));
        match &memory.changes {
            Some(before) if same && (*order == OrderRef::Focus || before.order == *order) => {
                before.with(&said, found)
            }
            // Another change is of the same order, unless one is named.
            Some(before) if *order == OrderRef::Focus => Self {
                order: before.order.clone(),
                ..said
            },
            _ => said,
        }
    }

    /// What one message says, whatever was said before.
    pub fn read(memory: &Memory, text: &str, found: &Found) -> Self {
        let all = words::words(text);
        let asked = memory.asked == Some(Asked::Address);
        Self {
            order: OrderRef::Focus,
            reason: reason(&all),
            address: Said::read(text, asked),
            own: has(&all, &CHANGING.lists.own_address),
            edits: edits(text, found),
            adds: has(&all, &CHANGING.lists.adds),
            method: method(&all),
        }
    }

    fn with(&self, newer: &Self, found: &Found) -> Self {
        Self {
            order: match &newer.order {
                OrderRef::Focus => self.order.clone(),
                order => order.clone(),
            },
            reason: newer.reason.or(self.reason),
            address: self.address.with(&newer.address),
            own: self.own || newer.own,
            edits: merged(&self.edits, &newer.edits, found),
            adds: newer.adds,
            method: newer.method.clone().or_else(|| self.method.clone()),
        }
    }

    /// Does it say anything that matters to a wish of this intent?
    pub fn says(&self, intent: &str) -> bool {
        match tool(intent) {
            Some("cancel_order") => self
                .edits
                .iter()
                .any(|edit| edit.remove && edit.part.points()),
            Some("change_address") => self.address.is_some(),
            Some("change_payment") => self.method.is_some(),
            _ => {
                self.method.is_some()
                    || self
                        .edits
                        .iter()
                        .any(|edit| edit.has_target() || edit.part.points())
            }
        }
    }
}

/// The tool of an intent that changes an order.
pub fn tool(intent: &str) -> Option<&'static str> {
    let plan = plan(intent).filter(|plan| plan.does == Does::Change)?;
    plan.tool.as_deref()
}

/// Settles what a message wants that cancels or changes an order: a parcel that is to go to an
/// address is a change of it, and why an order is cancelled is no wish of its own.
pub fn alone(text: &str, intents: &mut Vec<(String, String)>) {
    if sends_elsewhere(text) {
        let kept =
            |(intent, _): &(String, String)| matches!(intent.as_str(), "cancel_order" | "person");
        if !intents.iter().any(kept) {
            *intents = vec![("change_address".to_owned(), text.to_owned())];
            return;
        }
    }
    if intents.iter().any(|(intent, _)| intent == "cancel_order") {
        let why = |part: &str| reason(&words::words(part)).is_some();
        intents
            .retain(|(intent, part)| intent == "cancel_order" || intent == "person" || !why(part));
    }
    pays_for_change(text, intents);
    if intents.iter().any(|(intent, _)| intent == "change_address") {
        intents.retain(|(intent, _)| intent != "account");
    }
}

/// "The jacket in L, and the difference from my gift card": how it is paid belongs to the change.
fn pays_for_change(text: &str, intents: &mut Vec<(String, String)>) {
    const CHANGES: [&str; 2] = ["change_payment", "change_order"];
    const OF_PAYING: [&str; 3] = ["gift_cards", "payment_methods", "payment_problem"];
    if !intents
        .iter()
        .any(|(intent, _)| CHANGES.contains(&intent.as_str()))
    {
        return;
    }
    intents.retain(|(intent, _)| !OF_PAYING.contains(&intent.as_str()));
    let mut edits = edits(text, &Found::read(text)).into_iter();
    if !edits.any(|edit| edit.has_target() && edit.part.points()) {
        return;
    }
    let exchanges = intents.iter().any(|(intent, _)| intent == "exchange");
    intents.retain(|(intent, _)| !CHANGES.contains(&intent.as_str()));
    if !exchanges {
        intents.push(("change_order".to_owned(), text.to_owned()));
    }
}

/// "I moved, send it to 5 Sea Road, Galway."
fn sends_elsewhere(text: &str) -> bool {
    let said = Said::read(text, false);
    let place = said.street.is_some() && (said.postcode.is_some() || said.city.is_some());
    place && has(&words::words(text), &CHANGING.lists.sends)
}

/// One of the tools that cancel or change an order before it is sent.
pub fn is_tool(name: &str) -> bool {
    matches!(
        name,
        "cancel_order" | "change_address" | "change_items" | "change_payment"
    )
}

fn reason(all: &[String]) -> Option<CancelReason> {
    let found = CHANGING.reasons.iter().flat_map(|(code, phrases)| {
        phrases
            .iter()
            .map(move |phrase| (phrase.len(), code, phrase))
    });
    let best = found
        .filter(|(_, _, phrase)| words::find_phrase(all, phrase).is_some())
        .max();
    best.and_then(|(_, code, _)| serde_json::from_value(code.as_str().into()).ok())
}

/// The way to pay that is named; of two the one that is not left behind.
fn method(all: &[String]) -> Option<String> {
    let mut named: Vec<(usize, String)> = Vec::new();
    for (name, phrases) in &CHANGING.methods {
        for phrase in phrases {
            let Some(at) = words::find_phrase(all, phrase) else {
                continue;
            };
            let before = &all[at.saturating_sub(2)..at];
            let left = before
                .iter()
                .any(|word| CHANGING.lists.not_before.contains(word));
            if !left && !named.iter().any(|(known, _)| *known == at) {
                named.push((at, name.clone()));
            }
        }
    }
    if let Some(last4) = ending_in(all) {
        return Some(last4);
    }
    named.sort();
    let whole = |name: &str| name != "credit card";
    let best = named.iter().find(|(_, name)| whole(name)).or(named.first());
    best.filter(|_| !has(all, &CHANGING.lists.another_method))
        .map(|(_, name)| name.clone())
}

/// "The card ending in 4242".
fn ending_in(all: &[String]) -> Option<String> {
    let at = all
        .iter()
        .position(|word| matches!(word.as_str(), "ending" | "ends" | "xxxx"))?;
    let digits = |word: &&String| word.len() == 4 && word.bytes().all(|b| b.is_ascii_digit());
    all[at..].iter().take(4).find(digits).cloned()
}

fn edits(text: &str, found: &Found) -> Vec<Edit> {
    let mut edits: Vec<Edit> = Vec::new();
    for clause in words::clauses(text) {
        let Some(edit) = edit(&clause) else {
            continue;
        };
        match edits.last_mut() {
            // "To L and in blue" is one item; "the jacket, to L" names it before.
            Some(last)
                if !edit.part.points()
                    || (!last.has_target() && edit.has_target() && !last.part.points()) =>
            {
                let part = if edit.part.points() {
                    edit.part.clone()
                } else {
                    last.part.clone()
                };
                *last = over(last, &edit);
                last.part = part;
            }
            // "Only one belt, so take one of the belts out".
            Some(last) if same_kind(&last.part, &edit.part) => *last = over(last, &edit),
            // "Remove the belt and the jacket".
            Some(last) if last.remove && !edit.has_target() => {
                edits.push(Edit {
                    remove: true,
                    ..edit
                });
            }
            _ => edits.push(edit),
        }
    }
    for edit in &mut edits {
        if let Some(known) = found
            .parts
            .iter()
            .find(|part| part.names == edit.part.names)
        {
            edit.part.named |= known.named;
        }
    }
    edits
}

/// Do both name the same kind of thing, and nothing else?
fn same_kind(a: &Part, b: &Part) -> bool {
    let kinds = |part: &Part| -> Vec<String> {
        let names = part
            .names
            .iter()
            .filter(|name| super::entities::is_kind_or_color(name));
        names.map(|name| words::stem(name)).collect()
    };
    !kinds(a).is_empty() && kinds(a) == kinds(b) && a.refs == b.refs
}

fn over(old: &Edit, new: &Edit) -> Edit {
    Edit {
        part: old.part.clone(),
        size: new.size.clone().or_else(|| old.size.clone()),
        color: new.color.clone().or_else(|| old.color.clone()),
        quantity: new.quantity.or(old.quantity),
        total: new.total.or(old.total),
        // What becomes something else does not go.
        remove: new.remove || (old.remove && new.size.is_none() && new.color.is_none()),
    }
}

/// What one clause says of an item: what it is, and what it is to be.
fn edit(clause: &str) -> Option<Edit> {
    let all = pieces(clause);
    let plain: Vec<String> = all.iter().map(|piece| piece.text.to_lowercase()).collect();
    let target = Target::read(&all, &plain);
    let kept: Vec<&str> = all
        .iter()
        .enumerate()
        .filter(|(at, _)| !target.taken.contains(at))
        .map(|(_, piece)| piece.text.as_str())
        .collect();
    let words = words::words(clause);
    let removes = has(&words, &CHANGING.lists.removes) || takes_out(&words);
    let kept = kept.join(" ");
    // "Without the belt" and "not the belt" name what goes.
    let kept = if removes {
        kept.to_lowercase().replace("without the", "remove the")
    } else {
        kept
    };
    let part = Found::read(&kept)
        .parts
        .into_iter()
        .next()
        .unwrap_or_default();
    let whole = has(&words, &CHANGING.lists.both_parts) && !part.points();
    let edit = Edit {
        quantity: part.quantity,
        total: total(&words),
        remove: removes && !whole && target.size.is_none() && target.color.is_none(),
        size: target.size,
        color: target.color,
        part,
    };
    (edit.has_target() || edit.part.points()).then_some(edit)
}

/// "Take the belt out of it".
fn takes_out(all: &[String]) -> bool {
    let takes = all
        .iter()
        .position(|word| matches!(word.as_str(), "take" | "taking" | "leave" | "get"));
    let out = all
        .iter()
        .rposition(|word| matches!(word.as_str(), "out" | "off"));
    takes.zip(out).is_some_and(|(takes, out)| takes < out)
}

/// "Make it two", "only one instead of two".
fn total(all: &[String]) -> Option<u32> {
    const BEFORE: [&str; 9] = [
        "make it",
        "make that",
        "only want",
        "only need",
        "want only",
        "down to",
        "quantity to",
        "reduce to",
        "just want",
    ];
    let number = |word: &String| {
        let found = CHANGING
            .numbers
            .iter()
            .find(|(_, names)| names.contains(word));
        found.and_then(|(number, _)| number.parse::<u32>().ok())
    };
    let after = BEFORE.iter().find_map(|phrase| {
        let at = words::find_phrase(all, phrase)?;
        number(all.get(at + 2)?)
    });
    let instead = || {
        let at = words::find_phrase(all, "instead of")?;
        number(all.get(at + 2)?)?;
        number(all.get(at.checked_sub(1)?)?)
    };
    after.or_else(instead)
}

/// Newer words on an item take the place of older ones; words without an item are about the one
/// that was spoken of.
fn merged(before: &[Edit], newer: &[Edit], found: &Found) -> Vec<Edit> {
    let mut edits = before.to_vec();
    for new in newer {
        let open = edits.iter().position(|edit| !edit.part.points());
        let same = edits
            .iter()
            .position(|edit| edit.part.names == new.part.names && edit.part.refs == new.part.refs);
        match (new.part.points(), open, same) {
            (false, ..) if edits.is_empty() => edits.push(new.clone()),
            (false, ..) => edits.iter_mut().for_each(|edit| *edit = over(edit, new)),
            (true, _, Some(at)) => edits[at] = over(&edits[at], new),
            (true, Some(at), None) => {
                edits[at] = over(&edits[at], new);
                edits[at].part = new.part.clone();
            }
            // "No, the belt": what was wanted of the other one is wanted of this one.
            (true, None, None) if found.corrects && !found.adds && !new.has_target() => {
                let last = edits.pop().unwrap_or_default();
                edits = vec![Edit {
                    part: new.part.clone(),
                    ..last
                }];
            }
            (true, None, None) if found.corrects && !found.adds => edits = vec![new.clone()],
            (true, None, None) => edits.push(new.clone()),
        }
    }
    edits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> (Vec<String>, Option<String>, Option<String>, bool) {
        let edits = edits(text, &Found::read(text));
        assert_eq!(edits.len(), 1, "{text}: {edits:?}");
        let edit = edits[0].clone();
        let names = edit
            .part
            .names
            .into_iter()
            .filter(|n| super::super::entities::is_kind_or_color(n));
        (names.collect(), edit.size, edit.color, edit.remove)
    }

    #[test]
    fn an_item_and_what_it_is_to_be_are_told_apart() {
        let some = |text: &str| Some(text.to_owned());
        for (text, names, size, color) in [
            (
                "change the jacket from M to L",
                vec!["jacket"],
                some("L"),
                None,
            ),
            (
                "can I have the jacket in size L instead",
                vec!["jacket"],
                some("L"),
                None,
            ),
            (
                "change the blue jacket to green",
                vec!["blue", "jacket"],
                None,
                some("green"),
            ),
            (
                "swap the belt for the moss green one",
                vec!["belt"],
                None,
                some("moss green"),
            ),
            ("to size M", vec![], some("M"), None),
            ("the belt to 95 cm", vec!["belt"], some("95 cm"), None),
            (
                "change the trousers from 32 to 34",
                vec!["trousers"],
                some("34"),
                None,
            ),
            ("L instead of M", vec![], some("L"), None),
        ] {
            let is = one(text);
            assert_eq!(
                (is.0, is.1, is.2),
                (names.iter().map(|n| n.to_string()).collect(), size, color),
                "{text}"
            );
        }
        assert!(one("take the belt out of my order").3);
        assert!(one("I only want one belt, please take one of the two belts out").3);
        assert!(one("remove the belt").3 && one("I don't want the belt any more").3);
        assert_eq!(
            edits("the jacket to L and the belt to brown", &Found::default()).len(),
            2
        );
        assert_eq!(edits("cancel my order", &Found::default()), []);
    }

    #[test]
    fn ways_to_pay_and_reasons_are_found() {
        let method = |text: &str| super::method(&words::words(text));
        assert_eq!(
            method("pay with PayPal instead of my Visa").as_deref(),
            Some("PayPal")
        );
        assert_eq!(method("use my gift card").as_deref(), Some("gift card"));
        assert_eq!(method("the card ending in 4242").as_deref(), Some("4242"));
        assert_eq!(method("can I use another card?"), None);
        let reason = |text: &str| super::reason(&words::words(text));
        assert_eq!(
            reason("I ordered it by mistake"),
            Some(CancelReason::OrderedByMistake)
        );
        assert_eq!(reason("cancel it please"), None);
        for code in CHANGING.reasons.keys() {
            let parsed: Result<CancelReason, _> = serde_json::from_value(code.as_str().into());
            assert!(parsed.is_ok(), "{code}");
        }
    }
}
