//! From a question to passages: each vector gives a ranked list, reciprocal rank fusion makes one
//! of them, and what shares too little with the question is left out.

use std::collections::BTreeMap;

use crate::search::embedded::{EmbeddedIndex, best_first};
use crate::search::{Hit, SparseVector, VectorName};

/// Source: Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion outperforms Condorcet and
/// individual Rank Learning Methods": k = 60.
const K: f32 = 60.0;
/// The least share of the question's words, and of its trigrams, that a passage must have.
/// Measured on tests/data/policy_questions.toml.
const WORDS_COVERED_MIN: f32 = 0.3;
const TRIGRAMS_COVERED_MIN: f32 = 0.5;

/// One list of several: a document counts 1 / (k + rank) in each list that has it.
pub fn fuse(lists: &[Vec<Hit>]) -> Vec<Hit> {
    let mut scores: BTreeMap<u64, f32> = BTreeMap::new();
    for list in lists {
        for (rank, hit) in (1_u16..).zip(list) {
            *scores.entry(hit.id).or_default() += 1.0 / (K + f32::from(rank));
        }
    }
    let mut fused: Vec<Hit> = scores
        .into_iter()
        .map(|(id, score)| Hit { id, score })
        .collect();
    fused.sort_by(best_first);
    fused
}

/// What the question asks for, to be compared with a passage.
pub struct Asked {
    pub words: SparseVector,
    pub trigrams: SparseVector,
}

impl Asked {
    /// Does the passage have enough of what was asked for? Judged by itself and not by its rank:
    /// the best of a bad lot is no answer.
    pub fn is_met_by(&self, index: &EmbeddedIndex, words: &SparseVector, trigrams: &SparseVector) -> bool {
        coverage(index, VectorName::Words, &self.words, words) >= WORDS_COVERED_MIN
            || coverage(index, VectorName::Trigrams, &self.trigrams, trigrams) >= TRIGRAMS_COVERED_MIN
    }
}

/// The share of the question that the passage has, rare terms counting more.
fn coverage(index: &EmbeddedIndex, name: VectorName, asked: &SparseVector, has: &SparseVector) -> f32 {
    let weigh = |(term, weight): &(u32, f32)| weight * index.idf(name, *term);
    let all: f32 = asked.terms().iter().map(weigh).sum();
    let shared = asked.terms().iter().filter(|(term, _)| has.has(*term));
    let shared: f32 = shared.map(weigh).sum();
    if all > 0.0 { shared / all } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(ids: &[u64]) -> Vec<Hit> {
        ids.iter().map(|id| Hit { id: *id, score: 1.0 }).collect()
    }

    #[test]
    fn what_two_lists_have_beats_the_first_of_one() {
        let fused = fuse(&[list(&[1, 2, 3]), list(&[4, 2])]);
        let ids: Vec<u64> = fused.iter().map(|hit| hit.id).collect();
        assert_eq!(ids, [2, 1, 4, 3]);
        assert!((fused[0].score - 2.0 / 62.0).abs() < 1e-6);
        assert!(fuse(&[]).is_empty());
    }
}
