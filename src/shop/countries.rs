//! Which country a shopper means: `knowledge/countries.toml`, read once. It says what countries are
//! called, not where a shop ships to.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use any_ascii::any_ascii;
use serde::Deserialize;

use crate::domain::limits::{COUNTRY_TEXT_CHARS_MAX, COUNTRY_TYPO_CHARS_MIN};

static COUNTRIES: LazyLock<Countries> = LazyLock::new(|| {
    let file: File = toml::from_str(include_str!("../../knowledge/countries.toml"))
        .expect("a test reads this file, which is part of the binary");
    Countries::new(file)
});

/// The words of a longer text in which a misspelt name is still looked for.
const TYPO_WORDS_MAX: usize = 3;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    not_codes: Vec<String>,
    country: BTreeMap<String, Country>,
    area: Vec<Area>,
    part: Vec<Part>,
    postcode: Vec<PostcodeRule>,
}

/// A country of ISO 3166-1, or a part of one with a code of its own.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Country {
    #[serde(skip)]
    pub code: String,
    pub name: String,
    #[serde(default)]
    the: bool,
    #[serde(rename = "in")]
    continent: String,
    #[serde(default)]
    also: Vec<String>,
    /// Other names that a reply may use.
    #[serde(default)]
    pub said: Vec<String>,
    /// Codes of neighbours, nearest first.
    #[serde(default)]
    pub near: Vec<String>,
}

impl Country {
    /// As it stands in a sentence: "the Netherlands".
    pub fn words(&self) -> String {
        if self.the {
            format!("the {}", self.name)
        } else {
            self.name.clone()
        }
    }
}

/// What people name in place of one country: "the EU", "worldwide".
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Area {
    pub name: String,
    #[serde(default)]
    also: Vec<String>,
    #[serde(default, rename = "in")]
    continents: Vec<String>,
    #[serde(default)]
    countries: Vec<String>,
}

impl Area {
    /// The whole world?
    pub fn is_everywhere(&self) -> bool {
        self.continents.is_empty() && self.countries.is_empty()
    }

    pub fn contains(&self, country: &Country) -> bool {
        self.is_everywhere()
            || self.countries.contains(&country.code)
            || self.continents.contains(&country.continent)
    }
}

/// A part of a country for which something else may hold.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Part {
    name: String,
    country: String,
    also: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PostcodeRule {
    country: String,
    starts: Vec<String>,
    #[serde(default, rename = "as")]
    stands_for: Option<String>,
    #[serde(default)]
    part: Option<String>,
    #[serde(default)]
    military: bool,
}

/// A country, and the part of it where one was named.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    pub country: &'a Country,
    pub part: Option<&'a str>,
    /// An address of the US armed forces, by its postcode.
    pub military: bool,
}

/// What a text about a country turned out to name.
#[derive(Debug)]
pub enum Named<'a> {
    Place(Place<'a>),
    Area(&'a Area),
    /// One name that several countries have, or that is misspelt and near several.
    Either(Vec<&'a Country>),
    /// Several countries by name.
    Several(Vec<&'a Country>),
    Nothing,
}

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Means {
    Country(usize),
    Part(usize),
    Area(usize),
}

/// All countries with their names.
pub struct Countries {
    not_codes: BTreeSet<String>,
    list: Vec<Country>,
    areas: Vec<Area>,
    parts: Vec<Part>,
    postcodes: Vec<PostcodeRule>,
    names: BTreeMap<String, BTreeSet<Means>>,
}

impl Countries {
    pub fn get() -> &'static Self {
        &COUNTRIES
    }

    fn new(file: File) -> Self {
        let mut list = Vec::new();
        for (code, country) in file.country {
            list.push(Country { code, ..country });
        }
        let mut names: BTreeMap<String, BTreeSet<Means>> = BTreeMap::new();
        let mut add = |name: &str, means| {
            names.entry(plain(name)).or_default().insert(means);
        };
        for (at, country) in list.iter().enumerate() {
            add(&country.name, Means::Country(at));
            for name in country.also.iter().chain(&country.said) {
                add(name, Means::Country(at));
            }
        }
        for (at, part) in file.part.iter().enumerate() {
            add(&part.name, Means::Part(at));
            part.also.iter().for_each(|name| add(name, Means::Part(at)));
        }
        for (at, area) in file.area.iter().enumerate() {
            add(&area.name, Means::Area(at));
            area.also.iter().for_each(|name| add(name, Means::Area(at)));
        }
        Self {
            not_codes: file.not_codes.into_iter().collect(),
            list,
            areas: file.area,
            parts: file.part,
            postcodes: file.postcode,
            names,
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = &Country> {
        self.list.iter()
    }

    /// The country of an ISO 3166-1 alpha-2 code in capitals.
    pub fn code(&self, code: &str) -> Option<&Country> {
        self.list.iter().find(|country| country.code == code)
    }

    /// What a text names: a code, a name in any spelling that is known, a name with one wrong
    /// letter, or a longer text that holds one.
    pub fn named(&self, text: &str) -> Named<'_> {
        let cut: String = text.chars().take(COUNTRY_TEXT_CHARS_MAX).collect();
        if let Some(country) = self.as_code(cut.trim()) {
            return self.meant([Means::Country(country)], true);
        }
        let said = plain(&cut);
        if let Some(means) = self.names.get(&said) {
            return self.meant(means.iter().copied(), true);
        }
        let near = self.near(&said);
        if !near.is_empty() {
            return self.meant(near, true);
        }
        let within = self.within(&said);
        if !within.is_empty() {
            return self.meant(within, false);
        }
        let words: Vec<&str> = said.split(' ').collect();
        if words.len() > TYPO_WORDS_MAX {
            return Named::Nothing;
        }
        let near = words.iter().flat_map(|word| self.near(word));
        self.meant(near.collect::<BTreeSet<_>>(), true)
    }

    /// What a postcode makes of a place.
    pub fn at_postcode<'a>(&'a self, place: Place<'a>, postcode: &str) -> Place<'a> {
        let signs = plain(postcode).replace(' ', "").to_uppercase();
        let rule = self.postcodes.iter().find(|rule| {
            rule.country == place.country.code
                && rule.starts.iter().any(|start| {
                    let rest = signs.strip_prefix(start.as_str());
                    // "JE2": letters alone say where; "009": the digits are the start of five.
                    rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
                })
        });
        let Some(rule) = rule else { return place };
        Place {
            country: rule
                .stands_for
                .as_ref()
                .and_then(|code| self.code(code))
                .unwrap_or(place.country),
            part: rule.part.as_deref().or(place.part),
            military: rule.military,
        }
    }

    /// "IE", "ie", but not "no" for Norway.
    fn as_code(&self, text: &str) -> Option<usize> {
        if text.len() != 2 || self.not_codes.contains(text) {
            return None;
        }
        let code = text.to_ascii_uppercase();
        self.list.iter().position(|country| country.code == code)
    }

    /// Names that differ by one letter.
    fn near(&self, said: &str) -> BTreeSet<Means> {
        if said.len() < COUNTRY_TYPO_CHARS_MIN {
            return BTreeSet::new();
        }
        let known = self.names.iter().filter(|(name, _)| {
            name.len() >= COUNTRY_TYPO_CHARS_MIN && differs_by_one(name.as_bytes(), said.as_bytes())
        });
        known.flat_map(|(_, means)| means).copied().collect()
    }

    /// Names that stand in a longer text, the longest first: "New Jersey" is not Jersey.
    fn within(&self, said: &str) -> BTreeSet<Means> {
        let mut left = format!(" {said} ");
        let mut names: Vec<&String> = self.names.keys().filter(|name| name.len() > 1).collect();
        names.sort_by_key(|name| std::cmp::Reverse(name.len()));
        let mut found = BTreeSet::new();
        for name in names {
            let word = format!(" {name} ");
            if left.contains(&word) {
                left = left.replace(&word, " | ");
                found.extend(&self.names[name]);
            }
        }
        // A place says more than the part of the world that it is in.
        if found.iter().any(|means| !matches!(means, Means::Area(_))) {
            found.retain(|means| !matches!(means, Means::Area(_)));
        }
        found
    }

    /// `one_name` says whether several meanings come from one name.
    fn meant(&self, means: impl IntoIterator<Item = Means>, one_name: bool) -> Named<'_> {
        let means: Vec<Means> = means.into_iter().collect();
        let place = |means: &Means| match means {
            Means::Country(at) => Some(Place {
                country: &self.list[*at],
                part: None,
                military: false,
            }),
            Means::Part(at) => self.code(&self.parts[*at].country).map(|country| Place {
                country,
                part: Some(&self.parts[*at].name),
                military: false,
            }),
            Means::Area(_) => None,
        };
        let places: Vec<Place<'_>> = means.iter().filter_map(place).collect();
        let codes: BTreeSet<&str> = places.iter().map(|place| &*place.country.code).collect();
        match (places.as_slice(), means.first()) {
            ([], Some(Means::Area(at))) => Named::Area(&self.areas[*at]),
            ([], _) => Named::Nothing,
            ([one, ..], _) if codes.len() == 1 => Named::Place(
                *places
                    .iter()
                    .find(|place| place.part.is_some())
                    .unwrap_or(one),
            ),
            (several, _) => {
                let mut countries: Vec<&Country> = Vec::new();
                for place in several {
                    if countries
                        .iter()
                        .all(|known| known.code != place.country.code)
                    {
                        countries.push(place.country);
                    }
                }
                if one_name {
                    Named::Either(countries)
                } else {
                    Named::Several(countries)
                }
            }
        }
    }
}

/// Small letters without accents; signs are spaces, "the" in front is left out, and "&" is "and".
fn plain(text: &str) -> String {
    let ascii = any_ascii(text).to_lowercase().replace('&', " and ");
    let dotless = ascii.replace(['.', '\'', '\u{2019}'], "");
    let words: Vec<&str> = dotless
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let words = match words.as_slice() {
        ["the", rest @ ..] if !rest.is_empty() => rest,
        all => all,
    };
    words.join(" ")
}

/// One letter more, less or other, or two swapped.
fn differs_by_one(a: &[u8], b: &[u8]) -> bool {
    let same = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (rest_a, rest_b) = (&a[same..], &b[same..]);
    match (rest_a, rest_b) {
        ([], [_]) | ([_], []) => true,
        ([x, y, rest_a @ ..], [p, q, rest_b @ ..]) if x == q && y == p && rest_a == rest_b => true,
        ([_, tail_a @ ..], [_, tail_b @ ..]) => {
            tail_a == tail_b || tail_a == rest_b || rest_a == tail_b
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> String {
        match Countries::get().named(text) {
            Named::Place(place) => match place.part {
                Some(part) => format!("{}/{part}", place.country.code),
                None => place.country.code.clone(),
            },
            Named::Area(area) => area.name.clone(),
            Named::Either(list) => format!("either {}", codes(&list)),
            Named::Several(list) => format!("several {}", codes(&list)),
            Named::Nothing => "nothing".to_owned(),
        }
    }

    fn codes(list: &[&Country]) -> String {
        let codes: Vec<&str> = list.iter().map(|country| country.code.as_str()).collect();
        codes.join(" ")
    }

    #[test]
    fn countries_are_known_by_what_people_call_them() {
        for (text, expected) in [
            ("Norway", "NO"),
            ("NO", "NO"),
            ("no", "nothing"),
            ("ie", "IE"),
            ("the UK", "GB"),
            ("U.K.", "GB"),
            ("Great Britain", "GB"),
            ("scotland", "GB"),
            ("Holland", "NL"),
            ("the States", "US"),
            ("U.S.A.", "US"),
            ("northern ireland", "GB/Northern Ireland"),
            ("Northern Ireland, UK", "GB/Northern Ireland"),
            ("Deutschland", "DE"),
            ("ÖSTERREICH", "AT"),
            ("España", "ES"),
            ("Côte d’Ivoire", "CI"),
            ("Trinidad & Tobago", "TT"),
            ("Swiss", "CH"),
            ("  Ireland. ", "IE"),
            ("New Jersey", "US"),
            ("Jersey", "JE"),
            ("Isle of Man", "IM"),
            ("the Canary Islands", "IC"),
            ("Oslo, Norway", "NO"),
            ("London, UK", "GB"),
            ("I live in Germany now", "DE"),
            ("Belfast, Northern Ireland", "GB/Northern Ireland"),
        ] {
            assert_eq!(code(text), expected, "{text}");
        }
    }

    #[test]
    fn one_wrong_letter_does_not_matter_in_a_name_of_five_and_more() {
        for (text, expected) in [
            ("Norwey", "NO"),
            ("Noway", "NO"),
            ("Germny", "DE"),
            ("Swedne", "SE"),
            ("Switzerlandd", "CH"),
            ("to Germny please", "DE"),
            ("Austria", "AT"),
            ("Ireland", "IE"),
            ("Iceland", "IS"),
            ("Nigera", "either NE NG"),
            // Too short, or two letters wrong.
            ("Irak", "nothing"),
            ("Nrwy", "nothing"),
            ("Narnia", "nothing"),
            ("", "nothing"),
            ("🙂", "nothing"),
        ] {
            assert_eq!(code(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_not_one_country_is_said() {
        for (text, expected) in [
            ("EU", "the EU"),
            ("Europe", "Europe"),
            ("do you ship worldwide", "worldwide"),
            ("the Channel Islands", "the Channel Islands"),
            ("Georgia", "either GE US"),
            ("Congo", "either CD CG"),
            ("Norway and Sweden", "several NO SE"),
            ("Germany or France in the EU", "several DE FR"),
        ] {
            assert_eq!(code(text), expected, "{text}");
        }
        assert_eq!(code(&"norway ".repeat(10_000)), "NO", "a long text is cut");
    }

    #[test]
    fn postcodes_say_what_the_country_does_not() {
        let countries = Countries::get();
        let at = |code: &str, postcode: &str| {
            let country = countries.code(code).expect("a country");
            let place = Place {
                country,
                part: None,
                military: false,
            };
            let at = countries.at_postcode(place, postcode);
            let military = if at.military { " military" } else { "" };
            format!("{} {}{military}", at.country.code, at.part.unwrap_or("-"))
        };
        for (code, postcode, expected) in [
            ("GB", "BT1 5GS", "GB Northern Ireland"),
            ("IE", "bt7 1nn", "GB Northern Ireland"),
            ("GB", "B1 1AA", "GB -"),
            ("GB", "JE2 3AB", "JE -"),
            ("GB", "gy11aa", "GG -"),
            ("GB", "IM1 1AA", "IM -"),
            ("IE", "H91 K2P7", "IE -"),
            ("US", "00901", "PR -"),
            ("US", "96910", "GU -"),
            ("US", "09012", "US - military"),
            ("US", "10001", "US -"),
            ("ES", "35001", "IC -"),
            ("ES", "28001", "ES -"),
            ("FR", "97110", "GP -"),
            ("DE", "35037", "DE -"),
            ("GB", "", "GB -"),
        ] {
            assert_eq!(at(code, postcode), expected, "{code} {postcode}");
        }
    }

    #[test]
    fn the_file_is_whole() {
        let countries = Countries::get();
        assert!(countries.iter().count() >= 249, "ISO 3166-1 has 249");
        let continents = [
            "africa",
            "antarctica",
            "asia",
            "europe",
            "north america",
            "oceania",
            "south america",
        ];
        for country in countries.iter() {
            let code = &country.code;
            assert!(code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase()));
            assert!(continents.contains(&country.continent.as_str()), "{code}");
            for near in &country.near {
                assert!(countries.code(near).is_some(), "{code} is near {near}");
                assert_ne!(near, code);
            }
        }
        let named = countries.parts.iter().map(|part| &part.country);
        let areas = countries.areas.iter().flat_map(|area| &area.countries);
        let postcodes = countries.postcodes.iter().map(|rule| &rule.country);
        let stand = countries
            .postcodes
            .iter()
            .filter_map(|rule| rule.stands_for.as_ref());
        for code in named.chain(areas).chain(postcodes).chain(stand) {
            assert!(countries.code(code).is_some(), "{code}");
        }
        for name in countries.names.keys() {
            assert_eq!(
                *name,
                plain(name),
                "a name is looked up as it is written plainly"
            );
        }
    }
}
