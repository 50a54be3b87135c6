//! Details in a message about things to buy: what they are to be like, and which of those that were
//! shown is meant. Rules over the closed lists of `prompts/builtin/shopping.toml`.

use std::collections::{BTreeMap, HashSet};
use std::sync::LazyLock;

use serde::Deserialize;

use super::entities::LISTS;
use super::words::{self, find_phrase};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shopping {
    pub lists: ShopLists,
    pub aspects: BTreeMap<String, Vec<String>>,
    pub properties: BTreeMap<String, Vec<String>>,
    pub measures: BTreeMap<String, Vec<String>>,
    comparatives: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShopLists {
    not_kinds: HashSet<String>,
    not_colors: HashSet<String>,
    fillers: HashSet<String>,
    binding: HashSet<String>,
    max_before: Vec<String>,
    min_before: Vec<String>,
    about_before: Vec<String>,
    between: Vec<String>,
    money: HashSet<String>,
    departments_women: HashSet<String>,
    departments_men: HashSet<String>,
    departments_kids: HashSet<String>,
    pub cheaper: Vec<String>,
    pub more: Vec<String>,
    pub gift: HashSet<String>,
    pub adds_to_wish: HashSet<String>,
    pub not_titles: HashSet<String>,
    pub materials: HashSet<String>,
    pub cart: Vec<String>,
    pub not_cart: Vec<String>,
    pub asks_when: Vec<String>,
    pub asks_whether: Vec<String>,
    pub asks_cutoff: Vec<String>,
    sizes_letters: HashSet<String>,
    sizes_before: HashSet<String>,
    not_sizes_after: HashSet<String>,
    pub systems: HashSet<String>,
    pub usual: Vec<String>,
    pub brand_before: HashSet<String>,
    pub unknown: Vec<String>,
    pub close: Vec<String>,
    pub loose: Vec<String>,
    pub two_things: Vec<String>,
    pub express: Vec<String>,
    pub standard: Vec<String>,
    pub ship_cost: Vec<String>,
    pub own_offers: Vec<String>,
    pub uses_code: Vec<String>,
    pub code_after: HashSet<String>,
    pub not_codes: HashSet<String>,
    pub no_number: Vec<String>,
    pub resend: Vec<String>,
    pub postcode_words: Vec<String>,
    pub number_words: HashSet<String>,
}

pub static SHOPPING: LazyLock<Shopping> = LazyLock::new(|| {
    toml::from_str(include_str!("../../../prompts/builtin/shopping.toml"))
        .expect("prompts/builtin/shopping.toml is compiled in and tested")
});

/// Do these words hold one of the phrases?
pub fn has(all: &[String], phrases: &[String]) -> bool {
    phrases
        .iter()
        .any(|phrase| find_phrase(all, phrase).is_some())
}

/// What a word of a wish narrows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Slot {
    Plain,
    /// A kind of clothing, by its group.
    Kind(String),
    Size,
    Color,
    NotColor,
    Price,
    Department,
    /// Says nothing about the thing looked for.
    Filler,
}

/// A word or a few that belong together, as the shopper wrote them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    pub text: String,
    /// The word that counts: the colour, the size.
    pub value: String,
    pub slot: Slot,
}

/// A text in pieces.
pub fn pieces(text: &str) -> Vec<Piece> {
    let tokens: Vec<Token> = text.split_whitespace().filter_map(Token::read).collect();
    let plain: Vec<String> = tokens.iter().map(|token| token.plain.clone()).collect();
    let mut all = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let (length, slot, value) = span_at(&plain, at);
        // A letter in capitals stands for itself.
        let capital = matches!(tokens[at].text.as_str(), "S" | "M" | "L");
        let slot = if length == 1 && capital {
            Slot::Size
        } else {
            slot
        };
        let text: Vec<&str> = tokens[at..at + length]
            .iter()
            .map(|token| token.text.as_str())
            .collect();
        let plain = SHOPPING.comparatives.get(&value).cloned();
        all.push(Piece {
            text: plain.unwrap_or_else(|| text.join(" ")),
            value,
            slot,
        });
        at += length;
    }
    all
}

struct Token {
    text: String,
    /// Lower case, without apostrophes and signs around it.
    plain: String,
}

impl Token {
    fn read(chunk: &str) -> Option<Self> {
        let edge = |c: char| !c.is_alphanumeric() && !matches!(c, '€' | '£' | '$');
        let text = chunk.trim_matches(edge);
        let plain = text.to_lowercase().replace(['\'', '’', '`'], "");
        (!plain.is_empty()).then(|| Self {
            text: text.to_owned(),
            plain,
        })
    }
}

/// How many words from here belong together, what they narrow, and by which word.
fn span_at(all: &[String], at: usize) -> (usize, Slot, String) {
    let lists = &SHOPPING.lists;
    if let Some(length) = price_at(all, at) {
        return (length, Slot::Price, all[at..at + length].join(" "));
    }
    let word = all[at].as_str();
    let anything = at > 0
        && matches!(
            all[at - 1].as_str(),
            "anything" | "everything" | "all" | "any"
        );
    if matches!(word, "not" | "no" | "nothing" | "without") || (word == "but" && anything) {
        let small = |word: &String| matches!(word.as_str(), "the" | "in" | "any" | "a");
        let next = at + 1 + usize::from(all.get(at + 1).is_some_and(small));
        if all.get(next).is_some_and(|next| is_color(next)) {
            return (next + 1 - at, Slot::NotColor, all[next].clone());
        }
    }
    if word == "size" && at + 1 < all.len() && is_size_like(&all[at + 1]) {
        return (2, Slot::Size, all[at + 1].clone());
    }
    if is_size_at(all, at) {
        return (1, Slot::Size, all[at].clone());
    }
    let slot = match () {
        () if is_color(word) => Slot::Color,
        () if department(word).is_some() => Slot::Department,
        () if lists.fillers.contains(word) => Slot::Filler,
        () => kind_of(word).map_or(Slot::Plain, Slot::Kind),
    };
    (1, slot, word.to_owned())
}

/// Words of a price bound from here: "under 100 euro", "between 50 and 80".
fn price_at(all: &[String], at: usize) -> Option<usize> {
    let lists = &SHOPPING.lists;
    let starts = |phrases: &[String]| {
        phrases
            .iter()
            .filter(|phrase| {
                phrase
                    .split(' ')
                    .enumerate()
                    .all(|(i, word)| all.get(at + i).is_some_and(|own| own == word))
            })
            .map(|phrase| phrase.split(' ').count())
            .max()
    };
    let money = |at: usize| all.get(at).is_some_and(|word| lists.money.contains(word));
    if let Some(length) = starts(&lists.between) {
        let both = amount(all.get(at + length)?).is_some()
            && all
                .get(at + length + 1)
                .is_some_and(|word| word == "and" || word == "to")
            && amount(all.get(at + length + 2)?).is_some();
        return both.then(|| length + 3 + usize::from(money(at + length + 3)));
    }
    let bound = starts(&lists.max_before)
        .or_else(|| starts(&lists.min_before))
        .or_else(|| starts(&lists.about_before))?;
    let bare = amount(all.get(at + bound)?)?;
    let with_money = money(at + bound + 1);
    // "from 38" may be a size; an amount says so or is large enough.
    let sure = with_money || all[at + bound].starts_with(['€', '£', '$']) || !bare.is_empty();
    sure.then(|| bound + 1 + usize::from(with_money))
}

/// "€149.90" and "150" as digits.
pub fn amount(word: &str) -> Option<String> {
    let digits = word.trim_matches(|c: char| matches!(c, '€' | '£' | '$'));
    let fits = digits.len() <= 7
        && digits.starts_with(|c: char| c.is_ascii_digit())
        && digits
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, '.' | ','));
    fits.then(|| digits.replace(',', "."))
}

fn is_color(word: &str) -> bool {
    let known = |group: &Vec<String>| group.iter().any(|own| own == word);
    !SHOPPING.lists.not_colors.contains(word) && LISTS.colors.values().any(known)
}

pub fn department(word: &str) -> Option<&'static str> {
    let lists = &SHOPPING.lists;
    match () {
        () if lists.departments_women.contains(word) => Some("women"),
        () if lists.departments_men.contains(word) => Some("men"),
        () if lists.departments_kids.contains(word) => Some("kids"),
        () => None,
    }
}

/// The group of a kind of clothing.
pub fn kind_of(word: &str) -> Option<String> {
    if SHOPPING.lists.not_kinds.contains(word) {
        return None;
    }
    let stem = words::stem(word);
    let holds = |group: &&String| {
        LISTS.garments[*group]
            .iter()
            .any(|own| own == word || (word.len() > 3 && words::stem(own) == stem))
    };
    LISTS.garments.keys().find(holds).cloned()
}

fn is_size_like(word: &str) -> bool {
    is_letters(word) || is_number_size(word) || is_size_word(word)
}

fn is_letters(word: &str) -> bool {
    SHOPPING.lists.sizes_letters.contains(word)
}

fn is_size_word(word: &str) -> bool {
    matches!(word, "small" | "medium" | "large")
}

/// "42", "38.5", "32/34", "104": what clothes and shoes are marked with.
fn is_number_size(word: &str) -> bool {
    let plain = |part: &str| {
        !part.is_empty()
            && part.len() <= 4
            && part.starts_with(|c: char| c.is_ascii_digit())
            && part.chars().all(|c| c.is_ascii_digit() || c == '.')
    };
    match word.split_once('/') {
        Some((waist, leg)) => plain(waist) && plain(leg),
        None => {
            let whole = word.split('.').next().unwrap_or("");
            plain(word) && whole.len() <= 3
        }
    }
}

/// A size needs a sign: a word before it, another size beside it, or nothing besides.
fn is_size_at(all: &[String], at: usize) -> bool {
    let lists = &SHOPPING.lists;
    let word = all[at].as_str();
    let before = at.checked_sub(1).map(|before| all[before].as_str());
    let next = all.get(at + 1).map(String::as_str);
    let led = before.is_some_and(|before| lists.sizes_before.contains(before));
    let alone = all.len() <= 2;
    // "m" may be what is left of "I'm", and "s" of "it's": only long ones stand alone.
    if is_letters(word) {
        return led || alone || word.len() > 1;
    }
    if is_size_word(word) {
        return led && before != Some("too") || alone;
    }
    let system = before.is_some_and(|before| before == "size" || lists.systems.contains(before));
    // "UK 8 in shoes" is no length in inches.
    let counted = next.is_some_and(|next| lists.not_sizes_after.contains(next)) && !system;
    let sized = matches!(
        before,
        Some("in" | "size" | "eu" | "uk" | "us" | "a" | "an" | "wear" | "take" | "or" | "usually")
    ) || (before == Some("and") && all.len() <= 3);
    is_number_size(word) && sized && !counted
}

/// How the shop marks a size that is written in words.
pub fn size_mark(value: &str) -> String {
    match value {
        "small" => "S".to_owned(),
        "medium" => "M".to_owned(),
        "large" => "L".to_owned(),
        other => other.to_uppercase(),
    }
}

/// A wish as it grows over turns: its pieces without what says nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Want {
    pub pieces: Vec<Piece>,
    /// Digits of a bound that only what was shown gives: "cheaper".
    pub price_max: Option<String>,
}

impl Want {
    pub fn read(text: &str) -> Self {
        Self {
            pieces: kept(pieces(text)),
            price_max: None,
        }
    }

    /// With what a later message adds or corrects.
    pub fn refined(&self, text: &str) -> Self {
        let new = kept(pieces(text));
        let other_kind = |old: &Piece| {
            matches!(old.slot, Slot::Kind(_)) && new.iter().all(|piece| piece.slot != old.slot)
        };
        let names_kind = new.iter().any(|piece| matches!(piece.slot, Slot::Kind(_)));
        // Another kind of thing starts anew; for whom it is stays.
        let fresh = names_kind && self.pieces.iter().any(other_kind);
        let mut all: Vec<Piece> = self
            .pieces
            .iter()
            .filter(|old| !fresh || old.slot == Slot::Department)
            .filter(|old| !new.iter().any(|piece| replaces(piece, old)))
            .cloned()
            .collect();
        for piece in new {
            if !all.contains(&piece) {
                all.push(piece);
            }
        }
        let price = all.iter().any(|piece| piece.slot == Slot::Price);
        Self {
            price_max: self.price_max.clone().filter(|_| !fresh && !price),
            pieces: all,
        }
    }

    /// The words to search by.
    pub fn query(&self) -> String {
        let words: Vec<&str> = self
            .pieces
            .iter()
            .map(|piece| piece.text.as_str())
            .collect();
        words.join(" ")
    }

    /// Sizes that are asked for, as the shop marks them.
    pub fn sizes(&self) -> Vec<String> {
        self.values(&Slot::Size).map(size_mark).collect()
    }

    pub fn colors(&self) -> Vec<String> {
        self.values(&Slot::Color).map(str::to_owned).collect()
    }

    pub fn not_colors(&self) -> Vec<String> {
        self.values(&Slot::NotColor).map(str::to_owned).collect()
    }

    fn values<'a>(&'a self, slot: &'a Slot) -> impl Iterator<Item = &'a str> {
        self.pieces
            .iter()
            .filter(move |piece| piece.slot == *slot)
            .map(|piece| piece.value.as_str())
    }

    /// For whom, where it is for one kind of people.
    pub fn department(&self) -> Option<&'static str> {
        let mut all: Vec<&str> = self
            .values(&Slot::Department)
            .filter_map(department)
            .collect();
        all.dedup();
        match all.as_slice() {
            [one] => Some(one),
            _ => None,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty() && self.price_max.is_none()
    }
}

/// Does a newer piece take an older one's place?
fn replaces(new: &Piece, old: &Piece) -> bool {
    match (&new.slot, &old.slot) {
        (Slot::Plain | Slot::Filler, _) => false,
        (Slot::Color, Slot::NotColor) | (Slot::NotColor, Slot::Color) => new.value == old.value,
        (Slot::NotColor, Slot::NotColor) => false,
        (Slot::Kind(new), Slot::Kind(old)) => new == old,
        (new, old) => new == old,
    }
}

/// Without fillers, but "with a hood" keeps what binds it.
fn kept(all: Vec<Piece>) -> Vec<Piece> {
    let lists = &SHOPPING.lists;
    let cheaper: Vec<&String> = lists.cheaper.iter().collect();
    let mut kept: Vec<Piece> = Vec::new();
    for (at, piece) in all.iter().enumerate() {
        let binds = lists.binding.contains(&piece.value)
            && all.get(at + 1).is_some_and(|next| next.slot == Slot::Plain);
        let compares = cheaper.iter().any(|word| **word == piece.value);
        if (piece.slot != Slot::Filler || binds) && !compares {
            kept.push(piece.clone());
        }
    }
    kept
}

/// Is there nothing in the text but what narrows a search, and words that say nothing?
pub fn only_narrows(text: &str) -> bool {
    let all = pieces(text);
    let narrows = all
        .iter()
        .any(|piece| !matches!(piece.slot, Slot::Plain | Slot::Filler));
    narrows && all.iter().all(|piece| piece.slot != Slot::Plain)
}

/// Which aspects of a product a question is about. "How much does it weigh" asks no price.
pub fn aspects(all: &[String]) -> Vec<&'static str> {
    let asked = SHOPPING
        .aspects
        .iter()
        .filter(|(_, phrases)| has(all, phrases));
    let mut names: Vec<&str> = asked.map(|(name, _)| name.as_str()).collect();
    let prices = ["price", "cost", "costs"];
    if names.contains(&"weight") && !all.iter().any(|word| prices.contains(&word.as_str())) {
        names.retain(|name| *name != "price");
    }
    names
}

/// Properties ("waterproof") that a question is about.
pub fn properties(all: &[String]) -> Vec<&'static str> {
    let asked = SHOPPING
        .properties
        .iter()
        .filter(|(_, phrases)| has(all, phrases));
    asked.map(|(name, _)| name.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(turns: &[&str]) -> String {
        let mut want = Want::read(turns[0]);
        for text in &turns[1..] {
            want = want.refined(text);
        }
        want.query()
    }

    #[test]
    fn later_wishes_join_the_earlier_ones_and_corrections_replace() {
        for (turns, expected) in [
            (
                &[
                    "do you have waterproof jackets under 150 euro in M?",
                    "in blue?",
                ][..],
                "waterproof jackets under 150 euro M blue",
            ),
            (
                &[
                    "a waterproof jacket in black, size M",
                    "no, not black",
                    "actually size L",
                ],
                "waterproof jacket not black size L",
            ),
            (
                &[
                    "I'm looking for a fleece",
                    "what about for men?",
                    "under 100",
                ],
                "fleece men under 100",
            ),
            (
                &["rain jackets for women", "and trousers?"],
                "women trousers",
            ),
            (
                &["boots under 200", "max 150 euros", "with a hood"],
                "boots max 150 euros hood",
            ),
            (&["do you have it in L?", "rather XL"], "XL"),
        ] {
            assert_eq!(query(turns), expected, "{turns:?}");
        }
    }

    #[test]
    fn sizes_need_a_sign() {
        let sizes = |text: &str| Want::read(text).sizes();
        assert_eq!(sizes("in M or L"), ["M", "L"]);
        assert_eq!(sizes("boots in 42"), ["42"]);
        assert_eq!(sizes("a medium"), ["M"]);
        assert_eq!(sizes("jeans 32/34, size 32/34"), ["32/34"]);
        for none in [
            "2 shirts in 3 days",
            "under 100",
            "I'm 30 years old",
            "it's s o good",
        ] {
            assert!(sizes(none).is_empty(), "{none}: {:?}", sizes(none));
        }
    }

    #[test]
    fn what_only_narrows_is_told_from_what_says_more() {
        for text in [
            "in blue?",
            "and in L",
            "under 100 euro please",
            "not black",
            "for men?",
        ] {
            assert!(only_narrows(text), "{text}");
        }
        for text in ["where is my order", "is it waterproof", "thanks", ""] {
            assert!(!only_narrows(text), "{text}");
        }
    }
}
