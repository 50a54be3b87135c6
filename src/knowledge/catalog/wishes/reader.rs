//! A shopper's words as wishes. Each reader takes the words that it understands; what is left over
//! decides the order.

use std::collections::BTreeSet;

use super::super::lexicon::{LEXICON, has};
use super::super::snapshot::Snapshot;
use super::super::text::{Token, tokens};
use super::super::vocabulary::Meaning;
use super::{Color, Feature, Kind, Wishes, prices, sizes};
use crate::domain::limits::QUERY_BYTES_MAX;
use crate::domain::money::Currency;

/// Bare numbers from here on may be sizes: "trainers 42".
const BARE_SIZE_FROM: f32 = 20.0;

pub struct Reader<'a> {
    catalog: &'a Snapshot,
    tokens: Vec<Token>,
    wishes: Wishes,
    kinds: Vec<Kind>,
    /// Behind the last kind that was taken.
    kinds_end: usize,
    colors: Vec<Color>,
    departments: BTreeSet<String>,
    brands: BTreeSet<String>,
}

/// What somebody wrote, read against what the catalogue knows.
pub fn read(catalog: &Snapshot, text: &str, currency: Currency) -> Wishes {
    let text = &text[..text.floor_char_boundary(QUERY_BYTES_MAX)];
    let mut reader = Reader {
        catalog,
        tokens: tokens(text),
        wishes: Wishes::default(),
        kinds: Vec::new(),
        kinds_end: 0,
        colors: Vec::new(),
        departments: BTreeSet::new(),
        brands: BTreeSet::new(),
    };
    reader.mend_typos();
    let bounds = prices::read(&mut reader.tokens, currency);
    reader.wishes.price_min = bounds.min;
    reader.wishes.price_max = bounds.max;
    reader.read_ages();
    reader.set_foreign_sizes_aside();
    let sizes = sizes::read(&mut reader.tokens);
    reader.read_phrases();
    reader.finish(sizes)
}

impl Reader<'_> {
    fn mend_typos(&mut self) {
        for token in &mut self.tokens {
            if token.sign || !token.has_letters() || self.catalog.knows(&token.text, &token.stem) {
                continue;
            }
            if let Some(meant) = self.catalog.mended(&token.text) {
                token.mend(meant);
            }
        }
    }

    /// "for a 6 year old", "aged 6": a child up to an age.
    fn read_ages(&mut self) {
        let words = &LEXICON.ages;
        for at in 0..self.tokens.len() {
            let Ok(age) = self.tokens[at].text.trim_end_matches("yo").parse::<u32>() else {
                continue;
            };
            let attached = self.tokens[at].text.ends_with("yo");
            let behind = words.after.iter().find_map(|cue| {
                let cue: Vec<&str> = cue.split(' ').collect();
                self.stand_at(at + 1, &cue).then_some(cue.len())
            });
            let before = words.before.iter().any(|cue| {
                let cue: Vec<&str> = cue.split(' ').collect();
                let start = at.checked_sub(cue.len());
                start.is_some_and(|start| self.stand_at(start, &cue))
            });
            if self.tokens[at].used || !(attached || before || behind.is_some()) {
                continue;
            }
            if age <= words.until && self.catalog.has_department("kids") {
                self.departments.insert("kids".to_owned());
            }
            self.use_up(at, 1 + behind.unwrap_or(0));
        }
    }

    /// "UK 10" and "7 UK" are sizes that this shop does not use: it is said so, and they are no
    /// other number.
    fn set_foreign_sizes_aside(&mut self) {
        for at in 1..self.tokens.len() {
            let (first, second) = (&self.tokens[at - 1], &self.tokens[at]);
            let foreign = |system: &Token, number: &Token| {
                has(&LEXICON.sizes.foreign, &system.text) && number.is_number()
            };
            let is_one = foreign(first, second) || foreign(second, first);
            if is_one && !(first.used || second.used) {
                let size = format!("{} {}", first.text, second.text);
                self.wishes.unknown.push(size);
                self.use_up(at - 1, 2);
            }
        }
    }

    fn stand_at(&self, at: usize, words: &[&str]) -> bool {
        let there = self.tokens.get(at..at + words.len());
        there.is_some_and(|there| {
            there
                .iter()
                .zip(words)
                .all(|(token, word)| token.text == *word)
        })
    }

    fn use_up(&mut self, at: usize, count: usize) {
        for token in self.tokens.iter_mut().skip(at).take(count) {
            token.used = true;
        }
    }

    /// The longest phrase that stands at a token.
    fn phrase_at(&self, at: usize) -> Option<(usize, Meaning)> {
        let free = self.tokens.get(at..)?;
        let stems: Vec<&str> = free
            .iter()
            .take_while(|token| !token.used && !token.sign)
            .map(|token| token.stem.as_str())
            .collect();
        let (n, meaning) = self.catalog.vocabulary().longest(&stems)?;
        Some((n, meaning.clone()))
    }

    fn read_phrases(&mut self) {
        let mut at = 0;
        while at < self.tokens.len() {
            if let Some((n, material)) = self.free_of_at(at) {
                self.wishes.not_features.push(material);
                self.use_up(at, n);
                at += n;
                continue;
            }
            at += match self.phrase_at(at) {
                Some((n, Meaning::Negation)) => self.read_negation(at, n, Self::leave_out),
                // "It doesn't have to be black" neither asks for black nor leaves it out.
                Some((n, Meaning::Indifferent)) => self.read_negation(at, n, |_, _| {}),
                Some((n, meaning)) => {
                    self.read_phrase(at, n, meaning);
                    n
                }
                None => 1,
            };
        }
    }

    fn read_phrase(&mut self, at: usize, n: usize, meaning: Meaning) {
        match meaning {
            Meaning::Feature(_) | Meaning::Color(_) if self.means_something_else(at, n) => {}
            Meaning::Feature(feature) => {
                self.rank(at, n);
                self.wishes.features.push(feature);
                self.use_up(at, n);
            }
            Meaning::Color(color) => {
                self.colors.push(color);
                self.use_up(at, n);
            }
            Meaning::Kind(kind) => {
                self.rank(at, n);
                if self.is_wished_kind(at) {
                    self.kinds.push(kind);
                    self.kinds_end = at + n;
                }
                self.use_up(at, n);
            }
            Meaning::Brand(brand) => {
                self.brands.insert(brand);
                self.use_up(at, n);
            }
            Meaning::Department(department) => {
                self.departments.insert(department);
                self.use_up(at, n);
            }
            Meaning::Occasion(tag) => {
                self.rank(at, n);
                self.wishes.rank.push(tag.clone());
                self.wishes.about.push(tag.clone());
                self.wishes.occasions.push(tag);
                self.use_up(at, n);
            }
            Meaning::Gift => {
                self.wishes.weak.push(LEXICON.gift.tag.clone());
                self.use_up(at, n);
            }
            Meaning::Reduced => {
                self.wishes.reduced = true;
                self.use_up(at, n);
            }
            Meaning::Cheapest => {
                self.wishes.cheapest = true;
                self.use_up(at, n);
            }
            Meaning::FinalSale | Meaning::Filler | Meaning::Negation | Meaning::Indifferent => {
                self.use_up(at, n);
            }
        }
    }

    /// "wool-free", "leather free": a material that it must not have, though the catalogue lists
    /// "wool-free" as a feature of some; with how many words.
    fn free_of_at(&self, at: usize) -> Option<(usize, Feature)> {
        let mut words = self.tokens.get(at..)?.iter();
        let n = words.position(|token| token.used || token.sign || token.text == "free")?;
        let free = !self.tokens[at + n].used && self.tokens[at + n].text == "free";
        let stems = self.tokens[at..at + n].iter().map(|t| t.stem.as_str());
        match self
            .catalog
            .vocabulary()
            .longest(&stems.collect::<Vec<_>>())
        {
            Some((all, Meaning::Feature(known))) if free && all == n && known.material => {
                Some((n + 1, known.clone()))
            }
            _ => None,
        }
    }

    /// "sand" in "sand trousers" is a colour, in "for sand and dunes" it is not.
    fn means_something_else(&self, at: usize, n: usize) -> bool {
        let text = &self.tokens[at].text;
        let careful = LEXICON.careful.words.iter().any(|word| {
            n == 1 && (word == text || super::super::text::stem(word) == self.tokens[at].stem)
        });
        let said = at > 0 && has(&LEXICON.careful.said, &self.tokens[at - 1].text);
        let before_wish = || {
            matches!(
                self.phrase_at(at + n),
                Some((
                    _,
                    Meaning::Kind(_) | Meaning::Color(_) | Meaning::Feature(_)
                ))
            )
        };
        careful && !said && !before_wish()
    }

    /// The first kind is what is wished for; another one only when it is joined to it.
    fn is_wished_kind(&self, at: usize) -> bool {
        let own = at > 0 && self.tokens[at - 1].text == "my";
        if own {
            return false;
        }
        if self.kinds.is_empty() {
            return true;
        }
        let between = &self.tokens[self.kinds_end..at];
        let joined = |token: &Token| ["or", "and", ",", "/"].contains(&token.text.as_str());
        between.iter().any(joined)
            && !between
                .iter()
                .any(|token| has(&LEXICON.filler.tail, &token.text))
    }

    /// "not black or navy", "without a hood": how many words it took. `each` is given what they
    /// mean.
    fn read_negation(&mut self, at: usize, n: usize, each: fn(&mut Self, Meaning)) -> usize {
        self.use_up(at, n);
        let mut next = at + n;
        let mut first: Option<Meaning> = None;
        loop {
            while next < at + n + 8
                && self.tokens.get(next).is_some_and(|token| {
                    !token.used && has(&LEXICON.negations.between, &token.text)
                })
            {
                self.use_up(next, 1);
                next += 1;
            }
            let found = self.phrase_at(next);
            let Some((taken, meaning)) = found else {
                // "not scratchy": nobody should be shown what is scratchy for it.
                let word = self.tokens.get(next).is_some_and(|token| !token.sign);
                if first.is_none() && word {
                    self.use_up(next, 1);
                }
                return (next - at).max(n);
            };
            if first
                .as_ref()
                .is_some_and(|first| !same_sort(first, &meaning))
            {
                return next - at;
            }
            self.use_up(next, taken);
            next += taken;
            each(self, meaning.clone());
            first.get_or_insert(meaning);
            if !self.goes_on(next) {
                return next - at;
            }
            next += 1;
        }
    }

    /// Does a list of what is not wished for go on behind this word? A comma alone ends it:
    /// "not black, navy please" wishes for navy.
    fn goes_on(&self, at: usize) -> bool {
        let joins = |at: usize| {
            let token = self.tokens.get(at);
            token.is_some_and(|token| has(&LEXICON.negations.joins, &token.text))
        };
        let comma = |at: usize| self.tokens.get(at).is_some_and(|token| token.text == ",");
        let named = |at: usize| self.phrase_at(at).map(|(n, _)| n);
        let list =
            |at: usize| named(at + 1).is_some_and(|n| joins(at + 1 + n) || comma(at + 1 + n));
        (joins(at) && named(at + 1).is_some()) || (comma(at) && list(at))
    }

    fn leave_out(&mut self, meaning: Meaning) {
        let wishes = &mut self.wishes;
        match meaning {
            Meaning::Color(color) => wishes.not_colors.push(color),
            Meaning::Feature(feature) => wishes.not_features.push(feature),
            Meaning::Kind(kind) => wishes.not_kinds.push(kind),
            Meaning::Brand(brand) => {
                wishes.not_brands.insert(brand);
            }
            Meaning::Department(department) => {
                wishes.not_departments.insert(department);
            }
            Meaning::FinalSale => wishes.not_final_sale = true,
            Meaning::Occasion(_)
            | Meaning::Gift
            | Meaning::Reduced
            | Meaning::Cheapest
            | Meaning::Negation
            | Meaning::Indifferent
            | Meaning::Filler => {}
        }
    }

    fn rank(&mut self, at: usize, n: usize) {
        let words = self.tokens[at..at + n]
            .iter()
            .map(|token| token.text.clone());
        self.wishes.rank.extend(words);
    }

    /// Bare sizes, what is left over, and everything into groups.
    fn finish(mut self, sizes: Vec<String>) -> Wishes {
        let mut sizes = sizes;
        let mut group = |kinds: Vec<Kind>| {
            if !kinds.is_empty() {
                self.wishes.kinds.push(kinds);
            }
        };
        group(std::mem::take(&mut self.kinds));
        if sizes.is_empty() {
            sizes = self.bare_sizes();
        }
        if sizes.is_empty() {
            sizes = self.letter_sizes();
        }
        for at in 0..self.tokens.len() {
            let token = &self.tokens[at];
            if token.used || token.sign || self.catalog.says_nothing(&token.text) {
                continue;
            }
            let text = token.text.clone();
            if self.catalog.has_word(&token.text) {
                self.wishes.rank.push(text.clone());
                self.wishes.about.push(text);
            } else if token.has_letters() && text.len() > 1 {
                self.wishes.unknown.push(text);
            }
        }
        if !sizes.is_empty() {
            self.wishes.sizes.push(sizes);
        }
        if !self.colors.is_empty() {
            self.wishes.colors.push(self.colors);
        }
        if !self.departments.is_empty() {
            self.wishes.departments.push(self.departments);
        }
        if !self.brands.is_empty() {
            self.wishes.brands.push(self.brands);
        }
        drop_repeated(&mut self.wishes.features);
        self.wishes
    }

    /// "trainers 42": a number that is a size of what is wished for.
    fn bare_sizes(&mut self) -> Vec<String> {
        let mut found = Vec::new();
        for at in 0..self.tokens.len() {
            let token = &self.tokens[at];
            let number = token.text.parse::<f32>().unwrap_or_default();
            let next = self
                .tokens
                .get(at + 1)
                .map_or("", |next| next.text.as_str());
            let unit = has(&LEXICON.prices.units, next) && !has(&LEXICON.sizes.centimetres, next);
            let fits = !token.used
                && token.is_number()
                && number >= BARE_SIZE_FROM
                && !unit
                && self.catalog.has_size(&self.wishes, &token.text);
            if fits {
                found.push(token.text.clone());
                let measured = has(&LEXICON.sizes.centimetres, next);
                self.use_up(at, 1 + usize::from(measured));
            }
        }
        found
    }

    /// "A large t-shirt", "t-shirt l": letters and their words where most of what is wished for
    /// comes in them; "a large bag" is a big one.
    fn letter_sizes(&mut self) -> Vec<String> {
        let mut found = Vec::new();
        for at in 0..self.tokens.len() {
            let token = &self.tokens[at];
            // Right before it: "a dress with a small print" says nothing of its size.
            let behind = self.tokens.get(at + 1..self.kinds_end);
            let before_kind = behind
                .is_some_and(|behind| !behind.is_empty() && behind.iter().all(|token| token.used));
            let spelt = LEXICON.sizes.spelt.get(&token.text);
            let spelt = spelt.filter(|_| before_kind);
            let last = || at + 1 == self.tokens.len() && has(&LEXICON.sizes.letters, &token.text);
            let size = spelt
                .cloned()
                .or_else(|| last().then(|| token.text.clone()));
            let size = size.filter(|_| !token.used);
            if let Some(size) = size.filter(|size| self.catalog.mostly_has_size(&self.wishes, size))
            {
                found.push(size);
                self.use_up(at, 1);
            }
        }
        found
    }
}

/// What a list of negations goes on with is of the sort that it began with.
fn same_sort(first: &Meaning, next: &Meaning) -> bool {
    std::mem::discriminant(first) == std::mem::discriminant(next)
}

fn drop_repeated(features: &mut Vec<Feature>) {
    let mut seen: Vec<Feature> = Vec::new();
    for feature in features.drain(..) {
        if !seen.iter().any(|one| one.any == feature.any) {
            seen.push(feature);
        }
    }
    *features = seen;
}
