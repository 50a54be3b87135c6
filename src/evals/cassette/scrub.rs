//! Personal values of a conversation replaced by made-up ones of the same shape: everywhere the same
//! value by the same one, so that whoever compares words and facts comes to the same end.
//!
//! Design: a value is a sequence of letters and digits; what stands between them (spaces, hyphens,
//! the marks of an address) does not matter, nor does case. Each word of it is mapped once for the
//! whole recording, from randomness that is kept nowhere: short numbers could be tried out otherwise.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use rust_embed::Embed;
use serde_json::Value;

use crate::domain::ids::Random;

/// Marks that may stand between two words of a value.
const GAP_MAX: usize = 3;
/// Letters from which on a word of a name or a street is replaced wherever it stands.
const NAME_LETTERS_MIN: usize = 3;
/// Digits from which on a number of an address is.
const DIGITS_MIN: usize = 4;
/// Letters from which on one word without a digit is a number or a token.
const TOKEN_LETTERS_MIN: usize = 16;
/// Keys whose texts are this program's own words, whoever is called like one of them.
const CLOSED: [&str; 5] = ["type", "tool", "outcome", "is", "attribute"];
/// Signs from which on a value is looked for when all is replaced.
const ORIGINAL_SIGNS_MIN: usize = 5;
/// Draws of a word that nobody has yet.
const DRAWS_MAX: usize = 50;
const VOWELS: &str = "aeiou";
const CONSONANTS: &str = "bcdfghjklmnprstvwz";

/// Code's own words to shoppers: a name that is one of them ("Will") is one with a capital alone.
#[derive(Embed)]
#[folder = "prompts/reply/"]
struct OwnWords;

static OWN: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let files = OwnWords::iter().filter_map(|name| OwnWords::get(&name));
    let texts = files.map(|file| String::from_utf8_lossy(&file.data).into_owned());
    texts.flat_map(|text| words(&text)).collect()
});

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Of a person or a place: its words are replaced alone, too.
    Name,
    /// A number, a code, a token: replaced as a whole, however it is spaced.
    Code,
    /// An address at a host: the last label stays, since it says that it is one.
    Email,
}

/// One value as it is looked for.
struct Known {
    /// Lower case, each with what stands for it and whether marks may come before it.
    letters: Vec<(char, char, bool)>,
    /// Counts only with a capital.
    capital: bool,
}

/// The values of one conversation.
pub struct Scrub {
    random: Random,
    mapped: BTreeMap<String, String>,
    taken: BTreeSet<String>,
    known: Vec<Known>,
    /// Values that were added, lower case.
    added: BTreeSet<String>,
    /// Those of them that are nobody else's words.
    originals: Vec<String>,
    /// By first letter, longest first.
    by_first: BTreeMap<char, Vec<usize>>,
    /// Hosts that are the shop's own.
    own_hosts: Vec<String>,
}

impl Scrub {
    pub fn new(random: Random, own_hosts: Vec<String>) -> Self {
        Self {
            random,
            own_hosts,
            mapped: BTreeMap::new(),
            taken: BTreeSet::new(),
            known: Vec::new(),
            added: BTreeSet::new(),
            originals: Vec::new(),
            by_first: BTreeMap::new(),
        }
    }

    /// Takes a value in.
    pub fn add(&mut self, value: &str, kind: Kind) {
        let value = value.trim().to_lowercase();
        if value.is_empty() || !self.added.insert(value.clone()) {
            return;
        }
        let parts = words(&value);
        let has_digit = value.chars().any(|sign| sign.is_ascii_digit());
        if kind == Kind::Code && parts.len() < 2 && !has_digit && value.len() < TOKEN_LETTERS_MIN {
            // A plain word ("paypal") is nobody's number.
            return;
        }
        let own_host = value
            .rsplit_once('@')
            .is_some_and(|(_, host)| self.is_own(host));
        let telling = has_digit || value.contains([' ', '@']);
        if telling && value.chars().count() >= ORIGINAL_SIGNS_MIN && !own_host {
            self.originals.push(value.clone());
        }
        match kind {
            Kind::Name => {
                self.know(&parts, &parts, false);
                for word in &parts {
                    let digits = word.chars().all(|letter| letter.is_ascii_digit());
                    let least = if digits { DIGITS_MIN } else { NAME_LETTERS_MIN };
                    if word.chars().count() >= least && parts.len() > 1 {
                        let one = std::slice::from_ref(word);
                        self.know(one, one, false);
                    }
                }
            }
            Kind::Code => self.know(&parts, &parts, true),
            Kind::Email => self.add_email(&value),
        }
    }

    fn is_own(&self, host: &str) -> bool {
        self.own_hosts.iter().any(|own| own == host)
    }

    fn add_email(&mut self, value: &str) {
        let Some((local, host)) = value.rsplit_once('@') else {
            return;
        };
        let host_words = words(host);
        let own = self.is_own(host);
        // Of the host all but the last label is replaced.
        let changed = if own {
            0
        } else {
            host_words.len().saturating_sub(1)
        };
        let mut all = words(local);
        let replaced = all.len() + changed;
        all.extend(host_words.iter().cloned());
        self.know(&all, &all[..replaced], false);
        if !own && host_words.len() > 1 {
            self.know(&host_words, &host_words[..changed], false);
        }
    }

    /// Looks for these words from now on; the first `replaced` of them are replaced.
    fn know(&mut self, parts: &[String], replaced: &[String], spaced: bool) {
        let mut letters = Vec::new();
        for (at, part) in parts.iter().enumerate() {
            let to = if at < replaced.len() {
                self.map(part)
            } else {
                part.clone()
            };
            let has_digit = part.chars().any(|letter| letter.is_ascii_digit());
            for (no, (from, to)) in part.chars().zip(to.chars()).enumerate() {
                let gap = (no == 0 && at > 0) || (no > 0 && spaced && has_digit);
                letters.push((from, to, gap));
            }
        }
        let Some((first, _, _)) = letters.first().copied() else {
            return;
        };
        let alone = parts.len() == 1;
        let own = alone && OWN.contains(&parts[0]);
        let digits = parts
            .iter()
            .flat_map(|part| part.chars())
            .all(|one| one.is_ascii_digit());
        // One sign, or a small number, is everywhere, and so is a year.
        if letters.len() < 2 || (digits && letters.len() < DIGITS_MIN) || is_year(parts) {
            return;
        }
        let at = self.known.len();
        let length = letters.len();
        self.known.push(Known {
            letters,
            capital: (own || length < NAME_LETTERS_MIN) && !digits,
        });
        let list = self.by_first.entry(first).or_default();
        let place = list.partition_point(|one| self.known[*one].letters.len() >= length);
        list.insert(place, at);
    }

    /// What stands for a word, of the same length and kinds of letters.
    fn map(&mut self, word: &str) -> String {
        if let Some(known) = self.mapped.get(word) {
            return known.clone();
        }
        let mut drawn = String::new();
        for _ in 0..DRAWS_MAX {
            drawn = word.chars().map(|letter| self.draw(letter)).collect();
            let free = !self.taken.contains(&drawn) && !self.added.contains(&drawn);
            if free && drawn != word && !OWN.contains(&drawn) {
                break;
            }
        }
        self.taken.insert(drawn.clone());
        self.mapped.insert(word.to_owned(), drawn.clone());
        drawn
    }

    fn draw(&self, letter: char) -> char {
        let [byte] = self.random.bytes::<1>();
        let of = |signs: &str| {
            let signs: Vec<char> = signs.chars().collect();
            signs[usize::from(byte) % signs.len()]
        };
        match letter {
            // A number that began with a digit other than 0 goes on doing so.
            '0' => '0',
            '1'..='9' => of("123456789"),
            _ if VOWELS.contains(letter) || !letter.is_ascii() => of(VOWELS),
            _ => of(CONSONANTS),
        }
    }

    /// A JSON value with everything replaced in its texts; a text that is JSON itself is looked
    /// through as such. Keys and numbers stay.
    pub fn value(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(text)),
            Value::Array(list) => list.iter().map(|one| self.value(one)).collect(),
            Value::Object(map) => {
                let each = map.iter().map(|(key, one)| {
                    let closed = CLOSED.contains(&key.as_str()) && one.is_string();
                    let one = if closed { one.clone() } else { self.value(one) };
                    (key.clone(), one)
                });
                Value::Object(each.collect())
            }
            other => other.clone(),
        }
    }

    fn text(&self, text: &str) -> String {
        if let Some(inner) = inner_json(text) {
            return self.value(&inner).to_string();
        }
        let signs: Vec<char> = text.chars().collect();
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        while at < signs.len() {
            match self.found(&signs, at) {
                Some((known, places)) => {
                    let end = *places.last().unwrap_or(&at);
                    let mut next = 0;
                    for (place, sign) in signs.iter().enumerate().take(end + 1).skip(at) {
                        if places.get(next) == Some(&place) {
                            let (_, to, _) = known.letters[next];
                            out.extend(in_case_of(*sign, to));
                            next += 1;
                        } else {
                            out.push(*sign);
                        }
                    }
                    at = end + 1;
                }
                None => {
                    out.push(signs[at]);
                    at += 1;
                }
            }
        }
        out
    }

    /// The longest value that stands at a place, with the places of its letters.
    fn found(&self, signs: &[char], at: usize) -> Option<(&Known, Vec<usize>)> {
        let first = lower(signs[at]);
        if !first.is_alphanumeric() || (at > 0 && signs[at - 1].is_alphanumeric()) {
            return None;
        }
        self.by_first.get(&first)?.iter().find_map(|one| {
            let known = &self.known[*one];
            known.stands(signs, at).map(|places| (known, places))
        })
    }

    /// Original values that still stand in a value's texts and keys, found in another way than they are
    /// replaced: as they were added, between signs that are no letters.
    pub fn leaks(&self, value: &Value, into: &mut Vec<String>) {
        match value {
            Value::String(text) => match inner_json(text) {
                Some(inner) => self.leaks(&inner, into),
                None => self.leaks_of(text, into),
            },
            Value::Array(list) => list.iter().for_each(|one| self.leaks(one, into)),
            Value::Object(map) => {
                for (key, one) in map {
                    self.leaks_of(key, into);
                    self.leaks(one, into);
                }
            }
            _ => {}
        }
    }

    fn leaks_of(&self, text: &str, into: &mut Vec<String>) {
        let text: String = text.chars().map(lower).collect();
        let signs: Vec<char> = text.chars().collect();
        for value in &self.originals {
            for (at, found) in text.match_indices(value.as_str()) {
                let start = text[..at].chars().count();
                let end = start + found.chars().count();
                let inside = |sign: Option<&char>| sign.is_some_and(|sign| sign.is_alphanumeric());
                let before = start.checked_sub(1).and_then(|at| signs.get(at));
                let digits = found.chars().all(|sign| sign.is_ascii_digit());
                let amount = digits && in_amount(&signs, start, end);
                if !inside(before) && !inside(signs.get(end)) && !amount {
                    into.push(found.to_owned());
                }
            }
        }
    }
}

impl Known {
    fn stands(&self, signs: &[char], at: usize) -> Option<Vec<usize>> {
        if self.capital && !signs[at].is_uppercase() {
            return None;
        }
        let mut places = Vec::with_capacity(self.letters.len());
        let mut next = at;
        for (no, (from, _, gap)) in self.letters.iter().enumerate() {
            if *gap && no > 0 {
                let marks = signs[next.min(signs.len())..]
                    .iter()
                    .take(GAP_MAX)
                    .take_while(|sign| !sign.is_alphanumeric())
                    .count();
                next += marks;
            }
            if lower(*signs.get(next)?) != *from {
                return None;
            }
            places.push(next);
            next += 1;
        }
        if signs.get(next).is_some_and(|sign| sign.is_alphanumeric()) {
            return None;
        }
        let all_digits = self
            .letters
            .iter()
            .all(|(from, _, _)| from.is_ascii_digit());
        (!all_digits || !in_amount(signs, at, next)).then_some(places)
    }
}

/// Is the number a part of an amount or of a decimal fraction?
fn in_amount(signs: &[char], at: usize, end: usize) -> bool {
    let before = at.checked_sub(1).map(|at| signs[at]);
    let two_before = at.checked_sub(2).map(|at| signs[at]);
    let digit = |sign: Option<char>| sign.is_some_and(|sign| sign.is_ascii_digit());
    let point = |sign: Option<char>| matches!(sign, Some('.' | ','));
    let sign = |at: usize| signs.get(at).copied();
    // "64.80" and "1,320.00" are amounts, "10482,10483" are two numbers.
    let behind = signs[end..]
        .iter()
        .skip(1)
        .take_while(|sign| sign.is_ascii_digit());
    let short = |digits: usize| digits == 2 || digits == 3;
    matches!(before, Some('€' | '$' | '£' | '¥'))
        || (point(before) && digit(two_before) && short(end - at))
        || (point(sign(end)) && end - at <= 3 && short(behind.count()))
        || (sign(end) == Some('.')
            && signs[end..]
                .iter()
                .skip(1)
                .take_while(|sign| sign.is_ascii_digit())
                .count()
                == 2)
}

fn is_year(parts: &[String]) -> bool {
    let [one] = parts else { return false };
    one.len() == 4 && (one.starts_with("19") || one.starts_with("20")) && one.parse::<u16>().is_ok()
}

/// A text that is a JSON object or list.
pub fn inner_json(text: &str) -> Option<Value> {
    let trimmed = text.trim_start();
    if !trimmed.starts_with(['{', '[']) {
        return None;
    }
    serde_json::from_str(text).ok()
}

/// Lower case, one sign for one.
fn lower(sign: char) -> char {
    let mut all = sign.to_lowercase();
    match (all.next(), all.next()) {
        (Some(one), None) => one,
        _ => sign,
    }
}

fn in_case_of(sign: char, to: char) -> Vec<char> {
    if sign.is_uppercase() {
        to.to_uppercase().collect()
    } else {
        vec![to]
    }
}

/// Runs of letters and digits, in lower case.
pub fn words(text: &str) -> Vec<String> {
    let parts = text.split(|letter: char| !letter.is_alphanumeric());
    let whole = parts.filter(|part| !part.is_empty());
    whole
        .map(|part| part.chars().map(lower).collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn scrub() -> Scrub {
        let mut scrub = Scrub::new(Random::seeded(3), vec!["shop.example".into()]);
        scrub.add("Nora Kelly", Kind::Name);
        scrub.add("12 Main Street", Kind::Name);
        scrub.add("nora.kelly@mail.ie", Kind::Email);
        scrub.add("desk@shop.example", Kind::Email);
        scrub.add("10482", Kind::Code);
        scrub.add("D04 X2Y9", Kind::Code);
        scrub.add("123456", Kind::Code);
        scrub.add("Will", Kind::Name);
        scrub
    }

    #[test]
    fn a_value_goes_wherever_and_however_it_stands() {
        let scrub = scrub();
        for text in [
            "I am Nora Kelly.",
            "nora here",
            "KELLY, NORA",
            "write to Nora.Kelly@Mail.ie!",
            "order:10482/line:2",
            "order #10482.",
            "d04x2y9",
            "D04 X2Y9",
            "the code is 123 456",
            "12, main  street",
            "{\"name\":\"a\\nNora\",\"x\":[\"10482\"]}",
            "Will",
        ] {
            let out = scrub.text(text);
            let lower = out.to_lowercase();
            for left in [
                "nora", "kelly", "mail.ie", "10482", "x2y9", "123", "main", "Will",
            ] {
                assert!(!lower.contains(left) && out != text, "{text} became {out}");
            }
            let mut leaks = Vec::new();
            scrub.leaks(&json!(out), &mut leaks);
            assert!(leaks.is_empty(), "{out}: {leaks:?}");
        }
    }

    #[test]
    fn the_same_value_becomes_the_same_and_keeps_its_shape() {
        let scrub = scrub();
        let out = scrub.text("Nora and NORA of 10482 and #10482 at 123 456.");
        let parts: Vec<&str> = out.split(' ').collect();
        assert_eq!(parts[0].to_uppercase(), parts[2]);
        assert!(parts[0].starts_with(char::is_uppercase) && parts[0].len() == 4);
        assert_eq!(format!("#{}", parts[4]), parts[6]);
        let number = parts[4].parse::<u32>();
        assert!(number.is_ok_and(|number| (10_000..100_000).contains(&number)));
        assert!(parts[8].len() == 3 && parts[9].len() == 4, "{out}");
        let mail = scrub.text("nora.kelly@mail.ie");
        assert!(mail.ends_with(".ie") && mail.contains('@'), "{mail}");
        // A mask of the address goes the same way.
        let host = mail.split('@').nth(1).unwrap();
        assert!(scrub.text("n…@mail.ie").ends_with(host));
    }

    #[test]
    fn what_is_left_is_found() {
        let scrub = scrub();
        for text in [
            "order:10482/line:2",
            "I am NORA KELLY.",
            "<nora.kelly@mail.ie>",
            "d04 x2y9",
        ] {
            for value in [
                json!({ "a": [text] }),
                json!({ text: 1 }),
                json!(json!([text]).to_string()),
            ] {
                let mut leaks = Vec::new();
                scrub.leaks(&value, &mut leaks);
                assert_eq!(leaks.len(), 1, "{value}: {leaks:?}");
            }
        }
        let mut leaks = Vec::new();
        scrub.leaks(
            &json!(["€10482", 10_482, "104820", "desk@shop.example"]),
            &mut leaks,
        );
        assert!(leaks.is_empty(), "{leaks:?}");
    }

    /// What only looks like one: amounts, years, other numbers, the shop's own, everyday words.
    #[test]
    fn what_is_nobody_s_stays() {
        let mut scrub = scrub();
        scrub.add("2026", Kind::Code);
        scrub.add("ab", Kind::Code);
        for text in [
            "€10482 and 10482.50",
            "3 November 2026",
            "104820 and 210482",
            "12 pieces",
            "I will see, ab",
            "ask @shop.example",
            "norah",
        ] {
            assert_eq!(scrub.text(text), text);
        }
        assert!(
            !scrub.text("1,10482").contains("10482"),
            "a list is no amount"
        );
        assert_eq!(
            scrub.value(&json!({ "nora": 10_482, "x": null })),
            json!({ "nora": 10_482, "x": null })
        );
    }
}
