//! What the words of a wish mean in this catalogue: the lexicon's and the catalogue's own phrases,
//! each with one meaning. A phrase that means nothing here is not in it, so that it cannot become
//! a condition by accident.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::lexicon::{KindWords, LEXICON};
use super::text;
use super::traits::{Traits, category_name};
use super::wishes::{Color, Feature, Kind};

/// What a phrase means.
#[derive(Clone, Debug)]
pub enum Meaning {
    Kind(Kind),
    Color(Color),
    Feature(Feature),
    /// In plain words.
    Brand(String),
    Department(String),
    /// The word that products are tagged with.
    Occasion(String),
    Gift,
    Reduced,
    FinalSale,
    Cheapest,
    Negation,
    /// The wish behind it need not be met.
    Indifferent,
    Filler,
}

/// Phrases by their stems. The longest that stands somewhere counts.
pub struct Vocabulary {
    phrases: HashMap<String, Meaning>,
    longest: usize,
    /// Words of phrases as they are written: what a misspelt word may have been.
    words: HashSet<String>,
    /// Stems of all of them.
    stems: HashSet<String>,
}

/// What the catalogue has, gathered once for all phrases.
struct Has<'a> {
    traits: Vec<&'a Traits>,
    categories: BTreeSet<String>,
}

impl Vocabulary {
    /// `features` and `brands` as the catalogue writes them.
    pub fn of(traits: &[&Traits], features: &BTreeSet<String>, brands: &BTreeSet<String>) -> Self {
        let has = Has {
            categories: traits.iter().map(|t| t.category.to_string()).collect(),
            traits: traits.to_vec(),
        };
        let mut vocabulary = Self {
            phrases: HashMap::new(),
            longest: 1,
            words: HashSet::new(),
            stems: HashSet::new(),
        };
        vocabulary.add_departments(&has);
        vocabulary.add_kinds(&has);
        vocabulary.add_colors(&has);
        vocabulary.add_made_of(features);
        for brand in brands {
            let plain = text::plain(brand);
            vocabulary.add(brand, Meaning::Brand(plain.clone()));
            // "Harrow & Pine" and "Harrow and Pine".
            vocabulary.add(&plain.replace(' ', " and "), Meaning::Brand(plain.clone()));
        }
        vocabulary.add_the_rest();
        vocabulary
    }

    /// The longest phrase of words in a row: how many words, and what it means.
    pub fn longest(&self, stems: &[&str]) -> Option<(usize, &Meaning)> {
        (1..=self.longest.min(stems.len())).rev().find_map(|n| {
            let phrase = stems[..n].join(" ");
            self.phrases.get(&phrase).map(|meaning| (n, meaning))
        })
    }

    pub fn knows(&self, stem: &str) -> bool {
        self.stems.contains(stem)
    }

    pub fn words(&self) -> &HashSet<String> {
        &self.words
    }

    /// An earlier meaning of a phrase stays.
    fn add(&mut self, phrase: &str, meaning: Meaning) {
        let tokens = text::tokens(phrase);
        let tokens: Vec<_> = tokens.into_iter().filter(|token| !token.sign).collect();
        if tokens.is_empty() {
            return;
        }
        let stems: Vec<String> = tokens.iter().map(|token| token.stem.clone()).collect();
        self.longest = self.longest.max(stems.len());
        self.words
            .extend(tokens.into_iter().map(|token| token.text));
        self.stems.extend(stems.iter().cloned());
        self.phrases.entry(stems.join(" ")).or_insert(meaning);
    }

    fn add_departments(&mut self, has: &Has<'_>) {
        for (department, phrases) in &LEXICON.departments {
            let known = |t: &&Traits| {
                let own = t.department.as_ref();
                own == department || (own == "unisex" && department != "kids")
            };
            if !has.traits.iter().any(known) {
                continue;
            }
            for phrase in phrases {
                self.add(phrase, Meaning::Department(department.clone()));
            }
        }
    }

    fn add_kinds(&mut self, has: &Has<'_>) {
        // A category's own name is exact: it comes before words that take in several.
        for category in &has.categories {
            let words = category.replace('-', " ");
            let kind = Kind {
                words: words.clone(),
                whole: BTreeSet::from([category.clone()]),
                titled: Vec::new(),
            };
            let listed = LEXICON.kind.iter().flat_map(|kind| &kind.words);
            let is_listed = |phrase: &String| text::stems(phrase) == text::stems(&words);
            if !listed.clone().any(is_listed) {
                self.add(&words, Meaning::Kind(kind));
            }
        }
        let titles = Titles::of(has);
        for entry in &LEXICON.kind {
            let Some(kind) = kind_of(entry, has, &titles) else {
                continue;
            };
            for phrase in &entry.words {
                let words = phrase.clone();
                self.add(
                    phrase,
                    Meaning::Kind(Kind {
                        words,
                        ..kind.clone()
                    }),
                );
            }
        }
        for (words, whole) in by_last_word(&has.categories) {
            let kind = Kind {
                words: words.clone(),
                whole,
                titled: Vec::new(),
            };
            self.add(&words, Meaning::Kind(kind));
        }
    }

    fn add_colors(&mut self, has: &Has<'_>) {
        for (words, family) in &LEXICON.colors {
            self.add(words, Meaning::Color(color(words, family)));
        }
        let colors: BTreeSet<String> = has
            .traits
            .iter()
            .flat_map(|t| t.colors.iter().map(ToString::to_string))
            .collect();
        for words in colors {
            self.add(&words, Meaning::Color(color(&words, &[])));
        }
    }

    fn add_made_of(&mut self, features: &BTreeSet<String>) {
        for (words, any) in &LEXICON.materials {
            self.add(words, Meaning::Feature(feature(words, any, true)));
        }
        let has = |any: &String| {
            let wanted = text::stems(any);
            let own = |own: &String| text::has_in_row(&text::stems(own), &wanted);
            features.iter().any(own)
        };
        for (words, any) in &LEXICON.features {
            if any.iter().any(has) {
                self.add(words, Meaning::Feature(feature(words, any, false)));
            }
        }
        for words in features {
            let any = std::slice::from_ref(words);
            self.add(words, Meaning::Feature(feature(words, any, false)));
        }
    }

    fn add_the_rest(&mut self) {
        for (tag, phrases) in &LEXICON.occasions {
            for phrase in phrases.iter().chain([tag]) {
                self.add(phrase, Meaning::Occasion(tag.clone()));
            }
        }
        let lists = [
            (&LEXICON.gift.words, Meaning::Gift),
            (&LEXICON.sale.reduced, Meaning::Reduced),
            (&LEXICON.sale.final_sale, Meaning::FinalSale),
            (&LEXICON.sale.cheapest, Meaning::Cheapest),
            (&LEXICON.negations.words, Meaning::Negation),
            (&LEXICON.negations.indifferent, Meaning::Indifferent),
            (&LEXICON.filler.words, Meaning::Filler),
        ];
        for (phrases, meaning) in lists {
            for phrase in phrases {
                self.add(phrase, meaning.clone());
            }
        }
    }
}

/// Which words stand in the titles of the catalogue.
struct Titles(HashSet<String>);

impl Titles {
    fn of(has: &Has<'_>) -> Self {
        let mut rows = HashSet::new();
        for traits in &has.traits {
            for n in 1..=3 {
                rows.extend(traits.title.windows(n).map(|row| row.join(" ")));
            }
        }
        Self(rows)
    }

    fn have(&self, stems: &[String]) -> bool {
        self.0.contains(&stems.join(" "))
    }
}

/// What of a kind the catalogue has; nothing when it has nothing.
fn kind_of(entry: &KindWords, has: &Has<'_>, titles: &Titles) -> Option<Kind> {
    let whole: BTreeSet<String> = entry
        .whole
        .iter()
        .map(|category| category_name(category))
        .filter(|category| has.categories.contains(category))
        .collect();
    let titled: Vec<Vec<String>> = entry
        .titled
        .iter()
        .map(|words| text::stems(words))
        .filter(|stems| titles.have(stems))
        .collect();
    let is_there = !whole.is_empty() || !titled.is_empty();
    is_there.then_some(Kind {
        words: String::new(),
        whole,
        titled,
    })
}

/// "jackets" for all categories that end so.
fn by_last_word(categories: &BTreeSet<String>) -> BTreeMap<String, BTreeSet<String>> {
    let mut by: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for category in categories {
        if let Some(last) = category.rsplit('-').next().filter(|last| !last.is_empty()) {
            by.entry(last.to_owned())
                .or_default()
                .insert(category.clone());
        }
    }
    by
}

pub fn color(words: &str, family: &[String]) -> Color {
    Color {
        words: text::plain(words),
        family: family.iter().map(|name| text::plain(name)).collect(),
    }
}

pub fn feature(words: &str, any: &[String], material: bool) -> Feature {
    Feature {
        words: words.to_lowercase(),
        any: any.iter().map(|one| text::stems(one)).collect(),
        material,
    }
}
