//! The index of passages and, later, products: texts as sparse vectors with a payload to filter by.
//!
//! Documents, vectors, filters and hits are shaped so that a vector database holds the same points
//! and answers the same questions: named sparse vectors, integer ids, conditions on payload fields.
//! What a score means is fixed: dot product, each query weight times the term's IDF over the whole
//! collection. Ranked lists come back; whoever asked fuses them.

use std::collections::BTreeMap;

pub mod embedded;
pub mod sparse;

/// The sparse vectors that every document has, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VectorName {
    /// Stemmed words.
    Words,
    /// Three characters in a row, so that a word with a typo still shares most of itself.
    Trigrams,
}

/// Weights by term id, ids ascending and each once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SparseVector(Vec<(u32, f32)>);

impl SparseVector {
    pub fn terms(&self) -> &[(u32, f32)] {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn has(&self, term: u32) -> bool {
        self.0.binary_search_by_key(&term, |(id, _)| *id).is_ok()
    }
}

/// Weights of the same term add up.
impl FromIterator<(u32, f32)> for SparseVector {
    fn from_iter<I: IntoIterator<Item = (u32, f32)>>(terms: I) -> Self {
        let mut sum: BTreeMap<u32, f32> = BTreeMap::new();
        for (term, weight) in terms {
            *sum.entry(term).or_default() += weight;
        }
        Self(sum.into_iter().collect())
    }
}

#[derive(Clone, Debug)]
pub struct Document {
    pub id: u64,
    pub words: SparseVector,
    pub trigrams: SparseVector,
    /// What filters compare; times and days as integers.
    pub payload: BTreeMap<&'static str, i64>,
}

impl Document {
    pub fn vector(&self, name: VectorName) -> &SparseVector {
        match name {
            VectorName::Words => &self.words,
            VectorName::Trigrams => &self.trigrams,
        }
    }
}

/// All conditions must hold; a document without the field fails.
#[derive(Clone, Debug, Default)]
pub struct Filter(pub Vec<Condition>);

#[derive(Clone, Copy, Debug)]
pub enum Condition {
    AtMost(&'static str, i64),
    AtLeast(&'static str, i64),
}

impl Filter {
    fn lets_through(&self, payload: &BTreeMap<&'static str, i64>) -> bool {
        self.0.iter().all(|condition| match condition {
            Condition::AtMost(field, most) => payload.get(field).is_some_and(|v| v <= most),
            Condition::AtLeast(field, least) => payload.get(field).is_some_and(|v| v >= least),
        })
    }
}

/// A document that shares a term with the query.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    pub id: u64,
    pub score: f32,
}
