//! From a question to passages: ranked lists from the index, those that really answer, fused.

use std::collections::BTreeMap;

use super::Stored;
use crate::search::embedded::{EmbeddedIndex, best_first};
use crate::search::sparse::Query;
use crate::search::{Filter, Hit, SparseVector, VectorName};

/// Source: Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion outperforms Condorcet and
/// individual Rank Learning Methods": k = 60.
const K: f32 = 60.0;
/// Hits taken of each list before it is cut down to those that answer.
const CANDIDATES: usize = 50;
/// What makes a passage an answer; measured on tests/data/policy_questions.toml. A score as of so
/// many of the rarest words; or a lower one when it has that share of the question's words; or all
/// of them. Where only trigrams speak, that share of those.
const STRONG_MIN: f32 = 1.6;
const WEAK_MIN: f32 = 1.2;
const WORDS_SHARE_MIN: f32 = 0.5;
const TRIGRAMS_SHARE_MIN: f32 = 0.65;

/// The passages that answer a question, best first.
///
/// Design: trigrams are asked only when words find nothing. Fused into every answer they made it
/// worse at any weight (measured: 41 of 50 first without them, 33 with a third of the weight): a
/// question's words share trigrams with many passages that have nothing to do with it.
pub fn answers(
    index: &EmbeddedIndex,
    stored: &[Stored],
    query: &Query,
    filter: &Filter,
) -> Vec<Hit> {
    let list = |name, vector: &SparseVector, answers: &dyn Fn(&Stored, f32) -> bool| {
        let mut hits = index.search(name, vector, filter, CANDIDATES);
        hits.retain(|hit| {
            let passage = usize::try_from(hit.id).ok().and_then(|id| stored.get(id));
            passage.is_some_and(|passage| answers(passage, hit.score))
        });
        hits
    };
    let rarest = index.rarest_idf();
    let by_words = list(VectorName::Words, &query.words(), &|passage, score| {
        let words = &passage.words;
        let share = share(&query.stems, words).max(share(&query.consonants, words));
        score >= STRONG_MIN * rarest
            || (share >= WORDS_SHARE_MIN && score >= WEAK_MIN * rarest)
            || share >= 1.0
    });
    if !by_words.is_empty() {
        return fuse(&[by_words]);
    }
    let by_trigrams = list(VectorName::Trigrams, &query.trigrams, &|passage, _| {
        share(&query.trigrams, &passage.trigrams) >= TRIGRAMS_SHARE_MIN
    });
    fuse(&[by_trigrams])
}

/// The share of the question's terms that the passage has.
fn share(asked: &SparseVector, has: &SparseVector) -> f32 {
    let shared = asked
        .terms()
        .iter()
        .filter(|(term, _)| has.has(*term))
        .count();
    shared as f32 / asked.terms().len().max(1) as f32
}

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

#[cfg(test)]
mod tests {
    use super::*;

    fn list(ids: &[u64]) -> Vec<Hit> {
        ids.iter()
            .map(|id| Hit {
                id: *id,
                score: 1.0,
            })
            .collect()
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
