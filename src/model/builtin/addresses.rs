//! Addresses as people type them: on one line or several, with the house number before the street or
//! behind it, the postcode before the town or behind it. Nothing is made up: what is not found is
//! asked for.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Value};

use super::changes::CHANGING;
use super::{places, words};

/// An address is read in so much of a message.
const READ_BYTES_MAX: usize = 600;
/// A part of an address has no more words.
const PART_WORDS_MAX: usize = 7;

/// Eircodes, British, Dutch, Canadian, Polish, Portuguese and long American ones.
static LETTERED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)\b(
            [a-z]\d[\dw]\s?[a-z0-9]{4}
            | [a-z]{1,2}\d[a-z\d]?\s?\d[a-z]{2}
            | \d{4}\s?[a-z]{2}
            | [a-z]\d[a-z]\s?\d[a-z]\d
            | \d{2}-\d{3} | \d{4}-\d{3} | \d{5}-\d{4}
        )\b",
    )
    .expect("the pattern is fixed and tested")
});

/// Four or five digits; whether they are a postcode, what stands around them tells.
static DIGITS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\b(\d{4,5})\b").expect("the pattern is fixed and tested"));

/// "5 Sea Road", "12b Quay Street".
static NUMBER_FIRST: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b\d{1,4}\s?[a-z]?(?:[-/]\d{1,4})?\s+\p{L}[\p{L}'’.\-]*")
        .expect("the pattern is fixed and tested")
});

/// "Torstraße 12", "Kong Oscars gate 7 B".
static NUMBER_LAST: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\p{L}[\p{L}'’.\- ]*\s\d{1,4}\s?[a-z]?\s*$")
        .expect("the pattern is fixed and tested")
});

/// What was said of an address.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Said {
    pub street: Option<String>,
    pub extra: Option<String>,
    pub postcode: Option<String>,
    pub city: Option<String>,
    pub country: Option<String>,
}

impl Said {
    pub fn is_some(&self) -> bool {
        self.street.is_some() || self.postcode.is_some()
    }

    /// Everything that a parcel needs.
    pub fn is_whole(&self) -> bool {
        self.street.is_some() && self.postcode.is_some() && self.city.is_some()
    }

    /// With what a later message says in its place.
    pub fn with(&self, newer: &Self) -> Self {
        let or = |new: &Option<String>, old: &Option<String>| new.clone().or_else(|| old.clone());
        Self {
            street: or(&newer.street, &self.street),
            // Another street has another flat.
            extra: if newer.street.is_some() {
                newer.extra.clone()
            } else {
                or(&newer.extra, &self.extra)
            },
            postcode: or(&newer.postcode, &self.postcode),
            city: or(&newer.city, &self.city),
            country: or(&newer.country, &self.country),
        }
    }

    pub fn arguments(&self) -> Value {
        let mut all = Map::new();
        for (name, value) in [
            ("name", &None),
            ("street", &self.street),
            ("extra", &self.extra),
            ("postcode", &self.postcode),
            ("city", &self.city),
            ("region", &None),
            ("country", &self.country),
        ] {
            all.insert(
                name.to_owned(),
                value.clone().map_or(Value::Null, Value::from),
            );
        }
        all.into()
    }

    /// `asked`: an address was asked for, so that a bare one is taken for it.
    pub fn read(text: &str, asked: bool) -> Self {
        let text = words::cut(text, READ_BYTES_MAX).replace(['\n', ';'], ", ");
        let Some(body) = body(&text, asked) else {
            return Self::default();
        };
        let mut said = Self {
            country: places::named(&body).pop(),
            ..Self::default()
        };
        let mut parts = Vec::new();
        match postcode(&body) {
            Some((at, code)) => {
                said.postcode = Some(code.to_uppercase());
                parts.extend(split(&body[..at], false));
                let behind = split(&body[at + code.len()..], true);
                let own_town = !body[at + code.len()..].trim_start().starts_with(',');
                said.place(&parts, &behind, own_town);
            }
            None => {
                parts.extend(split(&body, false));
                said.place(&parts, &[], false);
            }
        }
        said
    }

    /// Parts before the postcode and behind it: which is the street, which the town.
    fn place(&mut self, before: &[String], behind: &[String], own_town: bool) {
        let country = self.country.clone();
        let is_country = |part: &str| {
            let named = places::named(part);
            country.is_some() && named.first() == country.as_ref() && words::words(part).len() <= 3
        };
        let all = before.iter().chain(behind).filter(|part| !is_country(part));
        let mut rest: Vec<String> = all.cloned().collect();
        let towns: Vec<&String> = behind.iter().filter(|part| !is_country(part)).collect();
        if own_town && let Some(town) = towns.first().filter(|town| is_town(town)) {
            self.city = Some((*town).clone());
            rest.retain(|part| part != *town);
        }
        if let Some(at) = rest.iter().position(|part| is_extra(part)) {
            self.extra = Some(rest.remove(at));
        }
        if let Some(at) = rest.iter().position(|part| is_street(part)) {
            let (street, town) = street_and_town(&rest.remove(at));
            self.street = Some(street);
            rest.drain(..at);
            self.city = self.city.take().or(town);
        }
        if self.city.is_none() {
            self.city = rest.into_iter().find(|part| is_town(part));
        }
    }
}

/// The part of a message that holds the address: what comes behind the last word that leads to it.
fn body(text: &str, asked: bool) -> Option<String> {
    let street = NUMBER_FIRST.find_iter(text).find(|found| {
        let word = found.as_str().split_whitespace().next_back().unwrap_or("");
        !CHANGING.is_no_place(word)
    });
    let start = match (street, postcode(text)) {
        (Some(street), _) => street.start(),
        (None, Some((at, _))) => at,
        (None, None) if asked => 0,
        (None, None) => text
            .char_indices()
            .find(|(at, c)| c.is_ascii_digit() && *at > 0)
            .map(|(at, _)| at)?,
    };
    let before = &text[..start];
    let lower = format!(" {} ", before.to_ascii_lowercase());
    let lead = CHANGING
        .address
        .leads
        .iter()
        .filter_map(|lead| lower.rfind(lead.as_str()).map(|at| at + lead.len() - 1))
        .max();
    let sentence = before.rfind(['!', '?']).map(|at| at + 1);
    let from = lead.or(sentence).unwrap_or(0).min(before.len());
    let mut from = from;
    while !text.is_char_boundary(from) {
        from -= 1;
    }
    let mut body = text[from..].to_owned();
    if let Some(end) = body.find(['!', '?']) {
        body.truncate(end);
    }
    // A sentence ends where another one begins; "St. John's" does not.
    if let Some(end) = body
        .find(". ")
        .filter(|end| *end > 6 && !body[..*end].ends_with("St"))
    {
        body.truncate(end);
    }
    Some(body)
}

fn postcode(text: &str) -> Option<(usize, &str)> {
    if let Some(found) = LETTERED.find(text) {
        return Some((found.start(), found.as_str()));
    }
    DIGITS.find_iter(text).find_map(|found| {
        let before = text[..found.start()].trim_end_matches(['#', ' ', ',']);
        let word = before.split_whitespace().next_back().unwrap_or("");
        let of_order = ["order", "number", "no", "nr"].contains(&word.to_lowercase().as_str());
        let behind = text[found.end()..].trim_start_matches([',', ' ']);
        let town = behind.chars().next().is_some_and(char::is_alphabetic);
        let says = ["postcode", "zip", "code"].contains(&word.to_lowercase().as_str());
        // A house number stands before its street; five digits are hardly one.
        let fits = found.len() == 5 || !before.is_empty();
        (!of_order && fits && (town || says || !before.is_empty()))
            .then(|| (found.start(), found.as_str()))
    })
}

fn split(text: &str, behind: bool) -> Vec<String> {
    let parts = text.split(',').enumerate().filter_map(|(at, part)| {
        let part = tidy(part);
        let short = words::words(&part).len() <= PART_WORDS_MAX;
        (!part.is_empty() && (short || (at == 0 && !behind))).then_some(part)
    });
    parts.collect()
}

/// Without what is said around an address: "please", "thanks".
fn tidy(part: &str) -> String {
    let mut part = part
        .trim()
        .trim_matches(['.', '"', '\'', '(', ')', '-', ':'])
        .trim();
    loop {
        let lower = part.to_lowercase();
        let tail = CHANGING.address.tails.iter().find(|tail| {
            lower == **tail
                || lower
                    .strip_suffix(tail.as_str())
                    .is_some_and(|rest| rest.ends_with(' '))
        });
        match tail {
            Some(tail) if lower.len() == part.len() => {
                part = part[..part.len() - tail.len()].trim()
            }
            _ => break,
        }
    }
    for joint in [" and ", "and ", "in "] {
        if let Some(rest) = part.strip_prefix(joint) {
            part = rest.trim();
        }
    }
    part.to_owned()
}

fn is_extra(part: &str) -> bool {
    let all = words::words(part);
    let lower = part.to_lowercase();
    let extras = &CHANGING.address.extras;
    let named = all.iter().any(|word| extras.contains(word)) || lower.starts_with("c/o");
    named
        && !all
            .iter()
            .any(|word| CHANGING.address.streets.contains(word))
}

fn is_street(part: &str) -> bool {
    let all = words::words(part);
    let digit = part.chars().any(|c| c.is_ascii_digit());
    let letters = all
        .iter()
        .any(|word| word.chars().filter(|c| c.is_alphabetic()).count() > 1);
    let numbered = NUMBER_FIRST.is_match(part) || NUMBER_LAST.is_match(part);
    (digit && letters && numbered)
        || all
            .last()
            .is_some_and(|word| CHANGING.address.streets.contains(word))
}

fn is_town(part: &str) -> bool {
    let all = words::words(part);
    let plain = part
        .chars()
        .all(|c| c.is_alphabetic() || matches!(c, ' ' | '-' | '\'' | '’' | '.'));
    plain && (1..=4).contains(&all.len()) && !all.iter().any(|word| CHANGING.is_no_place(word))
}

/// "5 Sea Road Galway" without its comma.
fn street_and_town(part: &str) -> (String, Option<String>) {
    let tokens: Vec<&str> = part.split_whitespace().collect();
    let ends = tokens.iter().rposition(|token| {
        let word = token.to_lowercase();
        let word = word.trim_matches('.');
        CHANGING.address.streets.iter().any(|own| own == word)
    });
    match ends {
        Some(at)
            if at > 0
                && at + 1 < tokens.len()
                && tokens[0].starts_with(|c: char| c.is_ascii_digit()) =>
        {
            let town = tokens[at + 1..].join(" ");
            if is_town(&town) {
                return (tokens[..=at].join(" "), Some(town));
            }
            (part.to_owned(), None)
        }
        _ => (part.to_owned(), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_however_they_are_written() {
        let whole = |text: &str, wanted: [&str; 3]| {
            let said = Said::read(text, false);
            let is = [&said.street, &said.postcode, &said.city];
            let is = is.map(|part| part.as_deref().unwrap_or("-"));
            assert_eq!(is, wanted, "{text}");
        };
        for (text, wanted) in [
            (
                "Can you change it to 5 Sea Road, Galway?",
                ["5 Sea Road", "-", "Galway"],
            ),
            (
                "change the address to 5 Sea Road, H91 A2B3 Galway please",
                ["5 Sea Road", "H91 A2B3", "Galway"],
            ),
            (
                "5 Sea Road, Galway, H91 A2B3",
                ["5 Sea Road", "H91 A2B3", "Galway"],
            ),
            (
                "My new address is 12 Quay Street Galway H91A2B3.",
                ["12 Quay Street", "H91A2B3", "Galway"],
            ),
            (
                "please send it to Torstraße 12, 10437 Berlin",
                ["Torstraße 12", "10437", "Berlin"],
            ),
            (
                "I moved. New address: 7 High Street, London, N1 7AA. Thanks!",
                ["7 High Street", "N1 7AA", "London"],
            ),
            (
                "12 Quay Street\nGalway\nH91 A2B3",
                ["12 Quay Street", "H91 A2B3", "Galway"],
            ),
            (
                "Prinsengracht 20, 1015 AB Amsterdam",
                ["Prinsengracht 20", "1015 AB", "Amsterdam"],
            ),
            (
                "ship order 10482 to 3 rue Oberkampf, 75011 Paris, France",
                ["3 rue Oberkampf", "75011", "Paris"],
            ),
            (
                "CHANGE ADRESS TO 5 SEA ROAD, GALWAY, H91 A2B3",
                ["5 SEA ROAD", "H91 A2B3", "GALWAY"],
            ),
        ] {
            whole(text, wanted);
        }
        let said = Said::read("to 4 Sea Road, flat 3, H91 A2B3 Galway", false);
        assert_eq!(said.extra.as_deref(), Some("flat 3"));
        assert_eq!(said.street.as_deref(), Some("4 Sea Road"));
        let said = Said::read("3 rue Oberkampf, 75011 Paris, France", false);
        assert_eq!(said.country.as_deref(), Some("France"));
    }

    #[test]
    fn what_is_no_address_gives_none() {
        for text in [
            "I gave the wrong address",
            "change the address of order 10482",
            "yes please",
            "asdf qwer",
            "can you change my delivery address?",
        ] {
            assert!(
                !Said::read(text, false).is_some(),
                "{text}: {:?}",
                Said::read(text, false)
            );
        }
    }

    #[test]
    fn what_comes_later_takes_the_place_of_what_was_said() {
        let first = Said::read("5 Sea Road, Galway, H91 A2B3", false);
        let newer = Said {
            postcode: Some("H91 X2Y4".into()),
            ..Said::default()
        };
        let both = first.with(&newer);
        assert_eq!(both.street.as_deref(), Some("5 Sea Road"));
        assert_eq!(both.postcode.as_deref(), Some("H91 X2Y4"));
    }
}
