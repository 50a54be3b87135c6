//! Mends typing errors before wishes are read: a word that nothing knows becomes the known word
//! that it was most likely meant to be.
//!
//! Design: words, not texts, are compared by their trigrams. A whole question shares trigrams with
//! many products that have nothing to do with it; a single word shares most of them with one other.

use crate::search::embedded::EmbeddedIndex;
use crate::search::sparse::{Encoder, Field};
use crate::search::{Document, Filter, SparseVector, VectorName};

/// Words that share the most trigrams and are looked at more closely.
const CANDIDATES: usize = 24;
/// Letters of a word that may have one error, and of one that may have two.
const ONE_ERROR_FROM: usize = 5;
const TWO_ERRORS_FROM: usize = 10;
/// Up to so many letters a wrong letter makes another word ("store", "stone") more often than a
/// typing error; swapped, doubled and missing letters do not.
const SHORT_WORD: usize = 5;

pub struct Speller {
    /// The words of wishes come first and win ties.
    words: Vec<String>,
    encoder: Encoder,
    index: EmbeddedIndex,
}

impl Speller {
    /// `words` in plain letters, those that matter most first.
    pub fn new(words: Vec<String>) -> Self {
        let mut encoder = Encoder::default();
        let documents = (0_u64..).zip(&words).map(|(id, word)| Document {
            id,
            words: SparseVector::default(),
            trigrams: encoder.trigrams(&[Field {
                text: word,
                weight: 1.0,
                average_words: 1.0,
            }]),
            payload: [].into(),
        });
        let index = EmbeddedIndex::build(documents.collect());
        Self {
            words,
            encoder,
            index,
        }
    }

    /// What an unknown word was meant to be; nothing where it is not clear enough.
    pub fn mended(&self, word: &str) -> Option<&str> {
        let letters = word.len();
        if letters < ONE_ERROR_FROM || !word.bytes().all(|b| b.is_ascii_lowercase()) {
            return None;
        }
        let allowed = if letters < TWO_ERRORS_FROM { 1 } else { 2 };
        let query = self.encoder.query(word).trigrams;
        let hits = self
            .index
            .search(VectorName::Trigrams, &query, &Filter::default(), CANDIDATES);
        let near = hits.into_iter().filter_map(|hit| {
            let known = self.words.get(usize::try_from(hit.id).ok()?)?;
            let errors = errors_between(word, known)?;
            (errors <= allowed).then_some((errors, hit.id, known))
        });
        near.min().map(|(_, _, known)| known.as_str())
    }
}

/// How many typing errors make one word of the other; nothing for words that are hardly confused.
fn errors_between(wrong: &str, right: &str) -> Option<usize> {
    let (a, b) = (wrong.as_bytes(), right.as_bytes());
    let near = a.first() == b.first() && a.len().abs_diff(b.len()) <= 2 && b.len() >= 4;
    let only_other_letters = a.len() == b.len() && {
        let (mut left, mut other) = (a.to_vec(), b.to_vec());
        left.sort_unstable();
        other.sort_unstable();
        left != other
    };
    // "Dresser" is another word than "dresses".
    let other_ending = a.len() == b.len() && a[..a.len() - 1] == b[..b.len() - 1];
    if !near || other_ending || (a.len() <= SHORT_WORD && only_other_letters) {
        return None;
    }
    Some(distance(a, b))
}

/// Letters put in, left out, exchanged or swapped with their neighbour.
/// Source: the restricted Damerau–Levenshtein distance (optimal string alignment).
fn distance(a: &[u8], b: &[u8]) -> usize {
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    rows[0] = (0..=b.len()).collect();
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let cost = usize::from(a[i - 1] != b[j - 1]);
            let mut least = (rows[i - 1][j] + 1)
                .min(rows[i][j - 1] + 1)
                .min(rows[i - 1][j - 1] + cost);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = least;
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn speller() -> Speller {
        let words = [
            "jacket",
            "waterproof",
            "sweatshirt",
            "stone",
            "black",
            "gloves",
        ];
        Speller::new(words.map(str::to_owned).to_vec())
    }

    #[test]
    fn typing_errors_are_mended() {
        let cases = [
            ("jaket", "jacket"),
            ("jakcet", "jacket"),
            ("waterprof", "waterproof"),
            ("watreproof", "waterproof"),
            ("swetshirt", "sweatshirt"),
            ("blcak", "black"),
            ("glvoes", "gloves"),
        ];
        for (wrong, right) in cases {
            assert_eq!(speller().mended(wrong), Some(right), "{wrong}");
        }
    }

    #[test]
    fn other_words_stay_what_they_are() {
        for word in [
            "store", "slack", "tents", "umbrella", "bicycle", "jack", "gloven", "42", "", "größe",
        ] {
            assert_eq!(speller().mended(word), None, "{word}");
        }
        assert_eq!(Speller::new(Vec::new()).mended("jacket"), None);
    }
}
