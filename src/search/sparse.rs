//! Text to sparse vectors: stemmed words with the term-frequency part of BM25 against a fixed
//! average length per field, and character trigrams. The index applies IDF, so that adding a text
//! changes no stored vector.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::LazyLock;

use rust_stemmers::{Algorithm, Stemmer};
use serde::Deserialize;

use super::SparseVector;

/// Source: Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond".
const K1: f32 = 1.2;
const B: f32 = 0.75;
/// What a query word's consonants weigh beside its stem.
const CONSONANTS: f32 = 0.5;
/// Bytes of a word that are looked at; what is longer is no word.
const WORD_BYTES_MAX: usize = 48;
/// Words that may stand inside a pair of the words file.
const WORDS_BETWEEN_MAX: usize = 6;
/// Stems that one phrase of the words file may have.
const PHRASE_WORDS_MAX: usize = 4;

/// A part of a document with what it weighs and how long it usually is.
#[derive(Clone, Copy, Debug)]
pub struct Field<'a> {
    pub text: &'a str,
    pub weight: f32,
    pub average_words: f32,
}

/// Turns texts into vectors and counts terms that share an id by accident.
pub struct Encoder {
    stemmer: Stemmer,
    seen: HashMap<u32, String>,
    collisions: usize,
}

/// A question as it is put to the index: every term counts once, however often it was written.
#[derive(Clone, Debug)]
pub struct Query {
    pub stems: SparseVector,
    /// What a misspelt word still has in common with the right one.
    pub consonants: SparseVector,
    pub trigrams: SparseVector,
}

impl Query {
    /// What is asked of the words vector.
    pub fn words(&self) -> SparseVector {
        let terms = self.stems.terms().iter().chain(self.consonants.terms());
        terms.copied().collect()
    }
}

/// Which words mean nothing in a search and which mean the same.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WordsFile {
    stop: Vec<String>,
    /// Each list: words and phrases that are searched for as if they were the first.
    same: Vec<Vec<String>>,
    /// Two words that mean a third, though others may stand between them.
    apart: Vec<[String; 3]>,
}

struct Words {
    stop: HashSet<String>,
    /// Stems of a phrase to the stem that stands for it.
    same: HashMap<Vec<String>, String>,
    /// The stem that is meant, then the words that say it.
    apart: Vec<[String; 3]>,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let file: WordsFile = toml::from_str(include_str!("../../prompts/search/words.toml"))
        .expect("a test reads this file, which is part of the binary");
    let stemmer = Stemmer::create(Algorithm::English);
    let stems = |phrase: &str| -> Vec<String> {
        raw_words(phrase)
            .map(|word| stemmer.stem(&word).into_owned())
            .collect()
    };
    let same = file.same.iter().flat_map(|group| {
        let first = group
            .first()
            .map_or_else(String::new, |phrase| stems(phrase).join(" "));
        group.iter().map(move |phrase| (phrase, first.clone()))
    });
    Words {
        same: same.map(|(phrase, first)| (stems(phrase), first)).collect(),
        stop: file.stop.into_iter().collect(),
        apart: file.apart,
    }
});

impl Default for Encoder {
    fn default() -> Self {
        Self {
            stemmer: Stemmer::create(Algorithm::English),
            seen: HashMap::new(),
            collisions: 0,
        }
    }
}

impl Encoder {
    /// Words of a document: their stems, and their consonants for those who misspell them.
    pub fn words(&mut self, fields: &[Field<'_>]) -> SparseVector {
        let stems = fields.iter().map(|field| (field, self.terms(field.text)));
        let keys = fields
            .iter()
            .map(|field| (field, consonants_of(field.text)));
        let terms: Vec<_> = stems.chain(keys).collect();
        self.weigh(&terms, 1.0)
    }

    /// Trigrams of a document.
    pub fn trigrams(&mut self, fields: &[Field<'_>]) -> SparseVector {
        let terms = fields.iter().map(|field| (field, trigrams(field.text)));
        let terms: Vec<_> = terms.collect();
        // A word has about five trigrams, its boundaries counted.
        self.weigh(&terms, 5.0)
    }

    /// Terms of different texts that came to share an id, so far. Each makes two words one.
    pub fn collisions(&self) -> usize {
        self.collisions
    }

    pub fn query(&self, text: &str) -> Query {
        Query {
            stems: once(self.terms(text), 1.0),
            consonants: once(consonants_of(text), CONSONANTS),
            trigrams: once(trigrams(text), 1.0),
        }
    }

    fn weigh(&mut self, fields: &[(&Field<'_>, Vec<String>)], per_word: f32) -> SparseVector {
        let mut weights = Vec::new();
        for (field, terms) in fields {
            let mut counts: HashMap<&str, f32> = HashMap::new();
            for term in terms {
                *counts.entry(term).or_default() += 1.0;
            }
            let length = terms.len() as f32 / (field.average_words * per_word);
            for (term, count) in counts {
                let part = count * (K1 + 1.0) / (count + K1 * (1.0 - B + B * length));
                weights.push((self.remember(term), field.weight * part));
            }
        }
        // Floats are added in one order, so that the same text gives the same bits.
        weights.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        weights.into_iter().collect()
    }

    fn remember(&mut self, term: &str) -> u32 {
        let id = term_id(term);
        match self.seen.get(&id) {
            Some(known) if known != term => self.collisions += 1,
            Some(_) => {}
            None => {
                self.seen.insert(id, term.to_owned());
            }
        }
        id
    }

    /// Stems without stop words, phrases that mean the same replaced by the first of them.
    fn terms(&self, text: &str) -> Vec<String> {
        let words: Vec<String> = joined(raw_words(text).collect());
        let stems: Vec<String> = words
            .iter()
            .map(|word| self.stemmer.stem(word).into_owned())
            .collect();
        let mut terms = Vec::new();
        let mut at = 0;
        while at < stems.len() {
            let longest = PHRASE_WORDS_MAX.min(stems.len() - at);
            let phrase = (1..=longest)
                .rev()
                .find_map(|n| Some((n, WORDS.same.get(&stems[at..at + n])?)));
            match phrase {
                Some((n, first)) => {
                    terms.push(first.clone());
                    at += n;
                }
                None => {
                    if !WORDS.stop.contains(&words[at]) {
                        terms.push(stems[at].clone());
                    }
                    at += 1;
                }
            }
        }
        terms
    }
}

/// "send my jacket back" as "return my jacket".
fn joined(mut words: Vec<String>) -> Vec<String> {
    let mut at = 0;
    while at < words.len() {
        let rest = &words[at + 1..];
        let near = &rest[..rest.len().min(WORDS_BETWEEN_MAX + 1)];
        let meant = WORDS.apart.iter().find_map(|[meant, first, second]| {
            let second = near.iter().position(|word| word == second);
            second
                .filter(|_| words[at] == *first)
                .map(|gap| (meant, gap))
        });
        if let Some((meant, gap)) = meant {
            words[at].clone_from(meant);
            words.remove(at + 1 + gap);
        }
        at += 1;
    }
    words
}

fn once(terms: Vec<String>, weight: f32) -> SparseVector {
    let ids: BTreeSet<u32> = terms.iter().map(|term| term_id(term)).collect();
    ids.into_iter().map(|id| (id, weight)).collect()
}

/// A term's id: stable for ever, since stored vectors hold it.
/// Source: FNV-1a, 32 bits (offset basis 2166136261, prime 16777619).
fn term_id(term: &str) -> u32 {
    term.bytes().fold(2_166_136_261, |hash: u32, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(16_777_619)
    })
}

/// Lower-case words in plain letters: "Größe" is "grosse", "don’t" is "dont", "€4.90" is "4.90".
fn raw_words(text: &str) -> impl Iterator<Item = String> {
    let letters: String = text
        .chars()
        .filter(|c| !matches!(c, '\'' | '’'))
        .map(|c| {
            if c.is_alphanumeric() || matches!(c, '.' | ',') {
                c
            } else {
                ' '
            }
        })
        .collect();
    let plain = any_ascii::any_ascii(&letters).to_ascii_lowercase();
    let split = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | ','));
    let words: Vec<String> = plain
        .split(split)
        .flat_map(|piece| {
            let number = piece.starts_with(|c: char| c.is_ascii_digit());
            let piece = piece.trim_matches(['.', ',']);
            // A point inside a number belongs to it; between words it ends a sentence.
            let parts: Vec<&str> = if number {
                vec![piece]
            } else {
                piece.split(['.', ',']).collect()
            };
            parts.into_iter().map(str::to_owned).collect::<Vec<_>>()
        })
        .filter(|word| !word.is_empty() && word.len() <= WORD_BYTES_MAX)
        .collect();
    words.into_iter()
}

/// Three characters in a row of every word that means something, the word's ends marked.
fn trigrams(text: &str) -> Vec<String> {
    meaningful(text)
        .flat_map(|word| {
            let marked = format!("_{word}_");
            (0..marked.len().saturating_sub(2))
                .map(|at| marked[at..at + 3].to_owned())
                .collect::<Vec<_>>()
        })
        .collect()
}

fn meaningful(text: &str) -> impl Iterator<Item = String> {
    raw_words(text).filter(|word| !WORDS.stop.contains(word))
}

fn consonants_of(text: &str) -> Vec<String> {
    meaningful(text)
        .filter_map(|word| consonants(&word))
        .collect()
}

/// A word's first letter and the consonants after it, doubled ones once, without a plural's "s".
/// Two letters swapped leave a short word hardly a trigram of its own, but "retrun" and "return"
/// have the same consonants. `None` where too little is left to tell words apart.
fn consonants(word: &str) -> Option<String> {
    let singular = word.strip_suffix('s').unwrap_or(word);
    let mut kept = String::from("=");
    for (at, letter) in singular.chars().enumerate() {
        let vowel = matches!(letter, 'a' | 'e' | 'i' | 'o' | 'u');
        if at == 0 || !(vowel || kept.ends_with(letter)) {
            kept.push(letter);
        }
    }
    (kept.len() > 2 && !word.starts_with(|c: char| c.is_ascii_digit())).then_some(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(text: &str) -> Vec<String> {
        Encoder::default().terms(text)
    }

    #[test]
    fn words_are_stemmed_plain_and_without_stop_words() {
        assert_eq!(terms("The Jackets’ zips"), ["jacket", "zip"]);
        assert_eq!(terms("Café, €4.90; 30 °C."), ["cafe", "4.90", "30", "c"]);
        assert_eq!(terms("ends.Here,too"), ["end"]);
        assert!(terms(" \u{0} ?! ").is_empty());
        assert!(
            terms(&"x".repeat(10_000)).is_empty(),
            "no word is that long"
        );
    }

    #[test]
    fn phrases_that_mean_the_same_become_one_term() {
        assert_eq!(terms("money back"), terms("refunds"));
        assert_eq!(terms("my package"), terms("a parcel"));
        assert_eq!(terms("United States"), terms("the USA"));
    }

    /// Stored vectors hold these ids: changing one makes every index wrong without a sound.
    #[test]
    fn term_ids_never_change() {
        assert_eq!(term_id(""), 0x811c_9dc5);
        assert_eq!(term_id("a"), 0xe40c_292c);
        assert_eq!(term_id("foobar"), 0xbf9c_f968);
    }

    #[test]
    fn two_terms_with_one_id_are_counted() {
        let mut encoder = Encoder::default();
        // A known pair of words with the same FNV-1a hash.
        assert_eq!(term_id("costarring"), term_id("liquid"));
        encoder.remember("costarring");
        encoder.remember("costarring");
        assert_eq!(encoder.collisions(), 0);
        encoder.remember("liquid");
        assert_eq!(encoder.collisions(), 1);
    }

    #[test]
    fn weights_follow_the_formula_and_sum_over_fields() {
        let field = |text, weight| Field {
            text,
            weight,
            average_words: 4.0,
        };
        let mut encoder = Encoder::default();
        let one = encoder.words(&[field("zip zip seam", 1.0)]);
        let expected = 2.0 * 2.2 / (2.0 + 1.2 * (0.25 + 0.75 * 0.75));
        let weight_of = |vector: &SparseVector, term: &str| {
            let id = term_id(term);
            vector
                .terms()
                .iter()
                .find(|(t, _)| *t == id)
                .map(|(_, weight)| *weight)
        };
        assert!((weight_of(&one, "zip").expect("it is there") - expected).abs() < 1e-6);
        let two = encoder.words(&[field("zip", 2.0), field("zip zip seam", 1.0)]);
        assert!(weight_of(&two, "zip") > weight_of(&one, "zip"));
        assert_eq!(weight_of(&two, "seam"), weight_of(&one, "seam"));
        assert!(one.terms().is_sorted_by_key(|(term, _)| *term));
    }

    #[test]
    fn swapped_and_doubled_letters_leave_the_consonants_as_they_are() {
        let pairs = [
            ("retrun", "return"),
            ("refnud", "refunds"),
            ("shiping", "shipping"),
            ("garantee", "guarantee"),
            ("wasit", "waist"),
        ];
        for (wrong, right) in pairs {
            assert_eq!(consonants(wrong), consonants(right), "{wrong}");
        }
        assert_ne!(consonants("austira"), consonants("australia"));
        assert_eq!(consonants("14"), None);
        assert_eq!(consonants("a"), None);
    }

    #[test]
    fn a_pair_with_words_between_means_one_word() {
        assert_eq!(terms("send my jacket back"), terms("return my jacket"));
        assert_eq!(terms("back to send"), terms("back, send"));
    }

    #[test]
    fn a_typo_shares_most_trigrams() {
        let encoder = Encoder::default();
        let right = encoder.query("guarantee").trigrams;
        let wrong = encoder.query("garantee").trigrams;
        let shared = wrong
            .terms()
            .iter()
            .filter(|(term, _)| right.has(*term))
            .count();
        assert!(
            shared * 4 >= wrong.terms().len() * 3,
            "{shared} of {}",
            wrong.terms().len()
        );
    }
}
