//! Countries in a message, by the names of `knowledge/countries.toml`. What is found is handed to
//! a tool, which decides what it means; here it only has to be noticed.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::words;

/// A name of fewer letters has no slips: too many words are near it.
const SLIP_LETTERS_MIN: usize = 6;
/// Countries of one message that are answered.
const PLACES_MAX: usize = 3;

#[derive(Deserialize)]
struct File {
    country: BTreeMap<String, Country>,
    #[serde(default)]
    part: Vec<Part>,
}

#[derive(Deserialize)]
struct Country {
    name: String,
    /// "The Netherlands", but not "the Norway".
    #[serde(default)]
    the: bool,
    #[serde(default)]
    also: Vec<String>,
    #[serde(default)]
    said: Vec<String>,
}

#[derive(Deserialize)]
struct Part {
    name: String,
    #[serde(default)]
    also: Vec<String>,
}

static COUNTRIES: LazyLock<File> = LazyLock::new(|| {
    toml::from_str(include_str!("../../../knowledge/countries.toml"))
        .expect("knowledge/countries.toml is compiled in and tested")
});

/// A country as it stands in a sentence.
pub fn in_sentence(name: &str) -> String {
    let the = COUNTRIES
        .country
        .values()
        .any(|country| country.the && country.name == name);
    if the {
        format!("the {name}")
    } else {
        name.to_owned()
    }
}

/// Names in words, longest first, each with the name to hand on.
static NAMES: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    let file = &*COUNTRIES;
    let mut names = Vec::new();
    let mut add = |spelling: &str, name: &str| {
        names.push((words::words(spelling).join(" "), name.to_owned()));
    };
    for country in file.country.values() {
        let others = country.also.iter().chain(&country.said);
        for spelling in others.chain([&country.name]) {
            add(spelling, &country.name);
        }
    }
    for part in &file.part {
        for spelling in part.also.iter().chain([&part.name]) {
            add(spelling, &part.name);
        }
    }
    names.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then(a.cmp(b)));
    names
});

/// The countries that a text names, in its order.
pub fn named(text: &str) -> Vec<String> {
    let mut left = words::words(text);
    let mut found: Vec<(usize, &str)> = Vec::new();
    for (spelling, name) in NAMES.iter() {
        if spelling.len() < 3 && !has_capitals(text, spelling) {
            continue;
        }
        if let Some(at) = words::find_phrase(&left, spelling) {
            let length = spelling.split(' ').count();
            left[at..at + length].iter_mut().for_each(String::clear);
            found.push((at, name));
        }
    }
    if found.is_empty() {
        found.extend(misspelt(&left));
    }
    found.sort_unstable();
    let mut names: Vec<String> = Vec::new();
    for (_, name) in found {
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names.truncate(PLACES_MAX);
    names
}

/// "us" and "it" are words; "US" and "IT" are places.
fn has_capitals(text: &str, spelling: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric())
        .any(|word| word == spelling.to_uppercase())
}

fn misspelt(all: &[String]) -> Option<(usize, &'static str)> {
    all.iter().enumerate().find_map(|(at, word)| {
        let before = at.checked_sub(1).map(|before| all[before].as_str());
        let names_place = matches!(before, Some("to" | "in" | "from" | "for"));
        if !names_place || word.len() < SLIP_LETTERS_MIN {
            return None;
        }
        let near = NAMES.iter().find(|(spelling, _)| {
            spelling.len() >= SLIP_LETTERS_MIN
                && spelling.as_bytes().first() == word.as_bytes().first()
                && words::is_slip(word, spelling)
        });
        near.map(|(_, name)| (at, name.as_str()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_are_noticed_however_they_are_written() {
        for (text, expected) in [
            ("do you ship to norway?", vec!["Norway"]),
            ("and to Sweden or Germny", vec!["Sweden"]),
            ("delivery to Germny", vec!["Germany"]),
            (
                "shipping to the UK and to Switzerland",
                vec!["United Kingdom", "Switzerland"],
            ),
            ("can you tell us more about it", vec![]),
            ("is it in stock in my size", vec![]),
        ] {
            assert_eq!(named(text), expected, "{text}");
        }
    }
}
