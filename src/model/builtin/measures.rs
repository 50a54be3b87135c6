//! Body measures and the size that somebody wears elsewhere, as a message tells them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use super::details::{self, SHOPPING, has};
use super::words;

/// Words between a measure's name and its number, at most.
const WORDS_BETWEEN_MAX: usize = 4;
/// Words of a brand's name, at most.
const BRAND_WORDS_MAX: usize = 3;

/// A number as people write a length, with its unit where one stands.
static LENGTH: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?ix)
        (?P<feet>\d)\s?(?:'|’|ft|feet|foot)\s?(?P<inches>\d{1,2})?\s?(?:"|”|''|in(?:ch(?:es)?)?\b)?
        | (?P<number>\d{1,3}(?:[.,]\d{1,2})?)\s?(?P<unit>cm|centimet(?:er|re)s?|mm|metres?|meters?|m\b|in\b|inch(?:es)?|"|”|''|kg|kilos?|lbs?|€|euros?|%)?"#,
    )
    .expect("the pattern is fixed and tested")
});

/// What a message says of a body.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measures {
    /// By the names of `size_guide`'s arguments, each with its unit as written.
    pub named: BTreeMap<String, String>,
    /// A number that no measure is named for.
    pub bare: Option<String>,
    /// "M at Skerrow", "UK 10".
    pub usual: Option<String>,
    pub brand: Option<String>,
    /// `close` or `loose`.
    pub fit: Option<&'static str>,
    pub unknown: bool,
}

impl Measures {
    pub fn read(text: &str) -> Self {
        let all = words::words(text);
        let lists = &SHOPPING.lists;
        let (usual, brand) = usual_size(text, &all);
        let fit = match () {
            () if has(&all, &lists.loose) => Some("loose"),
            () if has(&all, &lists.close) => Some("close"),
            () => None,
        };
        let mut measures = Self {
            usual,
            brand,
            fit,
            unknown: has(&all, &lists.unknown),
            ..Self::default()
        };
        measures.read_lengths(text);
        measures
    }

    fn read_lengths(&mut self, text: &str) {
        for found in LENGTH.captures_iter(text) {
            let whole = found.get_match();
            let glued = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '-');
            if glued(text[..whole.start()].chars().next_back())
                || glued(text[whole.end()..].chars().next())
            {
                continue;
            }
            let Some(value) = length(&found) else {
                continue;
            };
            let is_height = found.name("feet").is_some() || value.ends_with(" m");
            let name = name_near(text, whole.start(), whole.end());
            let name = name.or_else(|| is_height.then_some("height_cm"));
            match name {
                Some(name) => {
                    self.named.entry(name.to_owned()).or_insert(value);
                }
                None => {
                    let metric = value.ends_with(" m");
                    self.bare = self.bare.take().or(Some(value).filter(|_| !metric));
                }
            }
        }
    }
}

/// "96 cm", "38 in", "5'11\"", "1.80 m", "96"; `None` for weights, money and shares.
fn length(found: &regex::Captures<'_>) -> Option<String> {
    if let Some(feet) = found.name("feet") {
        let inches = found.name("inches").map_or("0", |inches| inches.as_str());
        return Some(format!("{}'{inches}\"", feet.as_str()));
    }
    let number = found["number"].replace(',', ".");
    let unit = found.name("unit").map_or("", |unit| unit.as_str());
    let unit = unit.to_lowercase();
    match unit.as_str() {
        "" => Some(number),
        "mm" => Some(format!("{number} mm")),
        unit if unit.starts_with("cm") || unit.starts_with("cent") => Some(format!("{number} cm")),
        unit if unit.starts_with("in") || unit.starts_with(['"', '”', '\'']) => {
            Some(format!("{number} in"))
        }
        unit if unit.starts_with('m') => Some(format!("{number} m")),
        _ => None,
    }
}

/// The measure whose name stands nearest: a few words before the number, else behind it.
fn name_near(text: &str, start: usize, end: usize) -> Option<&'static str> {
    let clause_start = text[..start]
        .rfind([',', ';', '\n'])
        .map_or(0, |comma| comma + 1);
    let clause_end = text[end..]
        .find([',', ';', '\n'])
        .map_or(text.len(), |comma| end + comma);
    let before = words::words(&text[clause_start..start]);
    let behind = words::words(&text[end..clause_end]);
    let near_before = before.len().saturating_sub(WORDS_BETWEEN_MAX);
    let near_behind = behind.len().min(WORDS_BETWEEN_MAX);
    let name = |all: &[String]| {
        let known = SHOPPING.measures.iter();
        known
            .filter(|(_, names)| has(all, names))
            .map(|(name, _)| name.as_str())
            .next()
    };
    name(&before[near_before..]).or_else(|| name(&behind[..near_behind]))
}

/// The size that is worn elsewhere, when the message says that it is one, and the brand.
fn usual_size(text: &str, all: &[String]) -> (Option<String>, Option<String>) {
    let lists = &SHOPPING.lists;
    let pieces = details::pieces(text);
    let Some(at) = pieces
        .iter()
        .position(|piece| piece.slot == details::Slot::Size)
    else {
        return (None, None);
    };
    let before = at.checked_sub(1).map(|at| pieces[at].value.as_str());
    let system = before.filter(|word| lists.systems.contains(*word) && *word != "it");
    if !has(all, &lists.usual) && system.is_none() {
        return (None, None);
    }
    let mark = details::size_mark(&pieces[at].value);
    let usual = match system {
        Some(system) => format!("{} {mark}", system.to_uppercase()),
        None => mark,
    };
    (Some(usual), brand_after(text, &pieces[at].text))
}

/// "M at Skerrow": the name with a capital letter behind "at", "from", "by" or "in".
fn brand_after(text: &str, size: &str) -> Option<String> {
    let from = text.find(size)? + size.len();
    let mut tokens = text[from..]
        .split_whitespace()
        .map(|token| token.trim_matches(|c: char| !c.is_alphanumeric() && c != '&'));
    let lead = tokens.next()?.to_lowercase();
    if !SHOPPING.lists.brand_before.contains(&lead) {
        return None;
    }
    let name: Vec<&str> = tokens
        .take_while(|token| token.starts_with(|c: char| c.is_uppercase()) || *token == "&")
        .take(BRAND_WORDS_MAX)
        .collect();
    (!name.is_empty()).then(|| name.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_are_read_with_their_names_and_units() {
        for (text, name, value) in [
            ("chest 98", "chest_cm", "98"),
            ("my chest is 98 cm", "chest_cm", "98 cm"),
            ("98 cm around the chest", "chest_cm", "98 cm"),
            ("a waist of 34 inches", "waist_cm", "34 in"),
            ("I'm 1.80 m", "height_cm", "1.80 m"),
            ("5'11\" tall", "height_cm", "5'11\""),
            ("180 cm tall", "height_cm", "180 cm"),
            ("inside leg 32 in", "inside_leg_cm", "32 in"),
            ("my feet are 26,5 cm long", "foot_cm", "26.5 cm"),
        ] {
            let read = Measures::read(text);
            assert_eq!(
                read.named.get(name).map(String::as_str),
                Some(value),
                "{text}"
            );
        }
        assert_eq!(Measures::read("98").bare.as_deref(), Some("98"));
        assert_eq!(Measures::read("38 inches").bare.as_deref(), Some("38 in"));
        assert_eq!(Measures::read("it's 98cm").bare.as_deref(), Some("98 cm"));
        assert!(
            Measures::read("I weigh 80 kg and pay 50 euros")
                .bare
                .is_none()
        );
        assert_eq!(Measures::read("order 10482"), Measures::default());
    }

    #[test]
    fn the_size_worn_elsewhere_needs_a_word_that_says_so() {
        let usual = |text: &str| {
            let read = Measures::read(text);
            (read.usual, read.brand)
        };
        assert_eq!(usual("I usually wear M"), (Some("M".into()), None));
        assert_eq!(
            usual("I normally take a 42 at Skerrow Boots"),
            (Some("42".into()), Some("Skerrow Boots".into()))
        );
        assert_eq!(usual("UK 10"), (Some("UK 10".into()), None));
        assert_eq!(usual("do you have it in M"), (None, None));
    }
}
