//! The index inside the process: postings per term, exact scores, no approximation.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};

use super::{Document, Filter, Hit, SparseVector, VectorName};

const VECTORS: [VectorName; 2] = [VectorName::Words, VectorName::Trigrams];

/// Built once and read by many threads.
pub struct EmbeddedIndex {
    points: Vec<Point>,
    /// Positions in `points`, ascending, with the term's weight there.
    postings: HashMap<(VectorName, u32), Vec<(u32, f32)>>,
}

/// What is left of a document once its vectors are in the postings.
struct Point {
    id: u64,
    payload: BTreeMap<&'static str, i64>,
}

impl EmbeddedIndex {
    /// Of two documents with the same id the later one stays, as in an upsert.
    pub fn build(documents: Vec<Document>) -> Self {
        let newest: HashMap<u64, usize> = documents
            .iter()
            .enumerate()
            .map(|(at, document)| (document.id, at))
            .collect();
        let mut at = 0..;
        let documents: Vec<Document> = documents
            .into_iter()
            .filter(|document| at.next() == newest.get(&document.id).copied())
            .collect();
        let mut postings: HashMap<_, Vec<_>> = HashMap::new();
        let mut points = Vec::with_capacity(documents.len());
        for (position, document) in (0_u32..).zip(documents) {
            for name in VECTORS {
                for (term, weight) in document.vector(name).terms() {
                    let list = postings.entry((name, *term)).or_default();
                    list.push((position, *weight));
                }
            }
            points.push(Point {
                id: document.id,
                payload: document.payload,
            });
        }
        Self { points, postings }
    }

    /// How rare a term is. Over the whole collection, whatever the filter, as a vector database
    /// does it; a term that no document has counts as the rarest.
    pub fn idf(&self, name: VectorName, term: u32) -> f32 {
        let all = self.points.len() as f32;
        let with = self.postings.get(&(name, term)).map_or(0, Vec::len) as f32;
        (1.0 + (all - with + 0.5) / (with + 0.5)).ln()
    }

    /// What a term counts that no document has: the measure of every score.
    pub fn rarest_idf(&self) -> f32 {
        let all = self.points.len() as f32;
        (1.0 + (all + 0.5) / 0.5).ln()
    }

    /// The best `limit` documents that share a term with the query and pass the filter: highest
    /// score first, ties by id.
    pub fn search(
        &self,
        name: VectorName,
        query: &SparseVector,
        filter: &Filter,
        limit: usize,
    ) -> Vec<Hit> {
        let mut scores: HashMap<u32, f32> = HashMap::new();
        for (term, weight) in query.terms() {
            let Some(postings) = self.postings.get(&(name, *term)) else {
                continue;
            };
            let idf = self.idf(name, *term);
            for (position, in_document) in postings {
                *scores.entry(*position).or_default() += weight * idf * in_document;
            }
        }
        let mut hits: Vec<Hit> = scores
            .into_iter()
            .map(|(position, score)| (&self.points[position as usize], score))
            .filter(|(point, _)| filter.lets_through(&point.payload))
            .map(|(point, score)| Hit {
                id: point.id,
                score,
            })
            .collect();
        hits.sort_by(best_first);
        hits.truncate(limit);
        hits
    }
}

/// Highest score first; equal scores by id, so that every index gives one order.
pub fn best_first(a: &Hit, b: &Hit) -> Ordering {
    b.score.total_cmp(&a.score).then(a.id.cmp(&b.id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::Condition;

    fn document(id: u64, words: &[(u32, f32)], from: i64) -> Document {
        Document {
            id,
            words: words.iter().copied().collect(),
            trigrams: SparseVector::default(),
            payload: [("from", from)].into(),
        }
    }

    fn query(terms: &[u32]) -> SparseVector {
        terms.iter().map(|term| (*term, 1.0)).collect()
    }

    fn ids(hits: &[Hit]) -> Vec<u64> {
        hits.iter().map(|hit| hit.id).collect()
    }

    /// The figures of a real server for the same points: IDF times weight, summed.
    #[test]
    fn scores_follow_the_formula() {
        let index = EmbeddedIndex::build(vec![
            document(1, &[(7, 1.5), (8, 0.5)], 0),
            document(2, &[(7, 1.0)], 0),
            document(3, &[(9, 1.0)], 0),
        ]);
        let idf_7 = (1.0_f32 + (3.0 - 2.0 + 0.5) / (2.0 + 0.5)).ln();
        let idf_8 = (1.0_f32 + (3.0 - 1.0 + 0.5) / (1.0 + 0.5)).ln();
        let hits = index.search(
            VectorName::Words,
            &query(&[7, 8, 5]),
            &Filter::default(),
            10,
        );
        assert_eq!(ids(&hits), [1, 2]);
        assert!((hits[0].score - (1.5 * idf_7 + 0.5 * idf_8)).abs() < 1e-6);
        assert!((hits[1].score - idf_7).abs() < 1e-6);
        let trigrams = index.search(VectorName::Trigrams, &query(&[7]), &Filter::default(), 10);
        assert!(trigrams.is_empty(), "the other vector has terms of its own");
    }

    #[test]
    fn ties_go_by_id_and_the_limit_cuts_after_sorting() {
        let documents = [5, 3, 9, 1].map(|id| document(id, &[(7, 1.0)], 0));
        let index = EmbeddedIndex::build(documents.to_vec());
        let hits = |limit| index.search(VectorName::Words, &query(&[7]), &Filter::default(), limit);
        assert_eq!(ids(&hits(10)), [1, 3, 5, 9]);
        assert_eq!(ids(&hits(2)), [1, 3]);
        assert!(hits(0).is_empty());
    }

    #[test]
    fn filters_cut_before_the_limit_and_leave_scores_alone() {
        let index = EmbeddedIndex::build(vec![
            document(1, &[(7, 9.0)], 20),
            document(2, &[(7, 1.0)], 10),
        ]);
        let only = |condition| Filter(vec![condition]);
        let search = |filter: &Filter| index.search(VectorName::Words, &query(&[7]), filter, 1);
        let all = index.search(VectorName::Words, &query(&[7]), &Filter::default(), 2);
        assert_eq!(search(&only(Condition::AtMost("from", 15))), [all[1]]);
        assert_eq!(search(&only(Condition::AtLeast("from", 15))), [all[0]]);
        assert!(
            search(&only(Condition::AtLeast("to", 0))).is_empty(),
            "no such field"
        );
    }

    #[test]
    fn a_document_put_in_twice_is_there_once_and_an_empty_index_answers() {
        let index = EmbeddedIndex::build(vec![
            document(1, &[(7, 1.0)], 0),
            document(1, &[(8, 1.0)], 0),
        ]);
        let search = |term| index.search(VectorName::Words, &query(&[term]), &Filter::default(), 9);
        assert!(search(7).is_empty());
        assert_eq!(ids(&search(8)), [1]);
        let empty = EmbeddedIndex::build(Vec::new());
        assert!(
            empty
                .search(VectorName::Words, &query(&[7]), &Filter::default(), 9)
                .is_empty()
        );
        assert!(empty.idf(VectorName::Words, 7).is_finite());
    }
}
