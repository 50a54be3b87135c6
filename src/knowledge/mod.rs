//! Policies as dated, cited passages and as rules.
//!
//! Everything is read once, at start, and held in memory: a shop's policies are a few hundred
//! passages. Search finds only what was in force on the day asked for.

use std::path::{Path, PathBuf};

use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::de::DeserializeOwned;

use crate::domain::limits::{POLICY_CONFIRMED_MONTHS_MAX, QUERY_BYTES_MAX};
use crate::domain::policy::Policy;
use crate::search::embedded::EmbeddedIndex;
use crate::search::sparse::{Encoder, Field};
use crate::search::{Condition, Document, Filter, Hit, SparseVector};

mod agree;
pub mod catalog;
mod chunk;
pub mod facts;
pub mod ingest;
mod problems;
mod retrieve;
mod said;
pub mod sizes;

pub use problems::Problem;
use sizes::SizeCharts;

/// Everything the shop has written down.
pub struct Knowledge {
    /// By id, then by first day.
    policies: Vec<Policy>,
    /// Which of them may be shown to shoppers, by position.
    public: Vec<bool>,
    passages: Vec<Stored>,
    encoder: Encoder,
    index: EmbeddedIndex,
    pub sizes: SizeCharts,
}

/// A passage of a policy; its position is its id in the index.
struct Stored {
    policy: usize,
    heading: String,
    text: String,
    words: SparseVector,
    trigrams: SparseVector,
}

/// A passage that answers a question, with where it is from.
#[derive(Clone, Debug)]
pub struct Passage {
    pub policy: String,
    pub version: String,
    pub title: String,
    pub heading: String,
    pub text: String,
    pub valid_from: Date,
    /// Not confirmed by a person for too long: to be hedged.
    pub stale: bool,
    pub score: f32,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KnowledgeError {
    #[error("{file}:{line}: {problem}")]
    Policy {
        file: String,
        line: usize,
        problem: String,
    },
    #[error("{} cannot be read: {error}", path.display())]
    Unreadable { path: PathBuf, error: String },
    #[error("{} holds more policy files than one shop can have", path.display())]
    TooMany { path: PathBuf },
    #[error("size-charts/{file}:{line}: {problem}")]
    SizeChart {
        file: String,
        line: usize,
        problem: String,
    },
    #[error("{} holds more chart files than one shop can have", path.display())]
    TooManyCharts { path: PathBuf },
    #[error("the [rules] of {version} do not read: {problem}")]
    Rules { version: String, problem: String },
}

impl KnowledgeError {
    fn policy(file: &str, line: usize, problem: impl Into<String>) -> Self {
        Self::Policy {
            file: file.to_owned(),
            line,
            problem: problem.into(),
        }
    }
}

impl Knowledge {
    /// The demo shop's.
    pub fn embedded() -> Result<Self, KnowledgeError> {
        Ok(Self::of(ingest::embedded()?, SizeCharts::embedded()?))
    }

    /// The demo shop's, with more policies: pairs of a file's name and its text.
    pub fn embedded_with(more: &[(&str, &str)]) -> Result<Self, KnowledgeError> {
        let mut files = ingest::embedded()?;
        for (name, text) in more {
            files.push(ingest::parse(name, text.as_bytes())?);
        }
        Ok(Self::of(files, SizeCharts::embedded()?))
    }

    /// A shop's own: `policies/*.md` in the folder, and `size-charts/*.toml` where there are any.
    pub fn load(folder: &Path) -> Result<Self, KnowledgeError> {
        let policies = ingest::folder(&folder.join("policies"))?;
        let sizes = SizeCharts::load(&folder.join("size-charts"))?;
        Ok(Self::of(policies, sizes))
    }

    fn of(mut files: Vec<ingest::Ingested>, sizes: SizeCharts) -> Self {
        files.sort_by(|a, b| {
            let key = |file: &ingest::Ingested| (file.policy.id.clone(), file.policy.valid_from);
            key(a).cmp(&key(b))
        });
        let mut encoder = Encoder::default();
        let mut passages = Vec::new();
        let mut documents = Vec::new();
        for (at, file) in files.iter().enumerate() {
            if file.audience != ingest::Audience::Public {
                continue;
            }
            for section in &file.policy.sections {
                for text in chunk::passages(&section.text) {
                    let stored =
                        Stored::new(at, &file.policy, &section.heading, text, &mut encoder);
                    documents.push(stored.document(passages.len() as u64, &file.policy));
                    passages.push(stored);
                }
            }
        }
        let is_public = |file: &ingest::Ingested| file.audience == ingest::Audience::Public;
        Self {
            public: files.iter().map(is_public).collect(),
            policies: files.into_iter().map(|file| file.policy).collect(),
            passages,
            encoder,
            index: EmbeddedIndex::build(documents),
            sizes,
        }
    }

    pub fn policies(&self) -> &[Policy] {
        &self.policies
    }

    /// What shoppers may read, each in the version in force on a day.
    pub fn published(&self, day: Date) -> Vec<&Policy> {
        let mut found: Vec<&Policy> = Vec::new();
        let all = self.policies.iter().zip(&self.public);
        for (policy, _) in all.filter(|(policy, public)| **public && policy.in_force_on(day)) {
            // The later of two stands behind the earlier.
            match found.last_mut().filter(|last| last.id == policy.id) {
                Some(last) => *last = policy,
                None => found.push(policy),
            }
        }
        found
    }

    /// The version of a policy in force on a day; of two, the later.
    pub fn policy(&self, id: &str, day: Date) -> Option<&Policy> {
        self.policies
            .iter()
            .rev()
            .find(|policy| policy.id == id && policy.in_force_on(day))
    }

    /// The rules of the version in force on a day, with the version to cite.
    pub fn rules<R: DeserializeOwned>(
        &self,
        id: &str,
        day: Date,
    ) -> Result<Option<(R, &Policy)>, KnowledgeError> {
        let Some(policy) = self.policy(id, day) else {
            return Ok(None);
        };
        let rules = policy.rules.clone().try_into();
        rules
            .map(|rules| Some((rules, policy)))
            .map_err(|error| KnowledgeError::Rules {
                version: policy.cite(),
                problem: error.message().to_owned(),
            })
    }

    /// Terms that share an id in the index by accident.
    pub fn term_collisions(&self) -> usize {
        self.encoder.collisions()
    }

    /// Passages that answer `query`, best first, only from versions in force on `day`; none when
    /// nothing written has to do with it.
    pub fn search(&self, query: &str, day: Date, today: Date, limit: usize) -> Vec<Passage> {
        let query = &query[..query.floor_char_boundary(QUERY_BYTES_MAX)];
        let in_force = Filter(vec![
            Condition::AtMost(VALID_FROM, day_number(day)),
            Condition::AtLeast(VALID_TO, day_number(day)),
        ]);
        let query = self.encoder.query(query);
        retrieve::answers(&self.index, &self.passages, &query, &in_force)
            .into_iter()
            .filter_map(|hit| self.passage(hit, today))
            .take(limit)
            .collect()
    }

    fn passage(&self, hit: Hit, today: Date) -> Option<Passage> {
        let stored = self.passages.get(usize::try_from(hit.id).ok()?)?;
        let policy = &self.policies[stored.policy];
        Some(Passage {
            policy: policy.id.clone(),
            version: policy.version.clone(),
            title: policy.title.clone(),
            heading: stored.heading.clone(),
            text: stored.text.clone(),
            valid_from: policy.valid_from,
            stale: is_stale(policy, today),
            score: hit.score,
        })
    }
}

const VALID_FROM: &str = "valid_from";
const VALID_TO: &str = "valid_to";

/// Days that compare as integers: 20260301.
fn day_number(day: Date) -> i64 {
    i64::from(day.year()) * 10_000 + i64::from(day.month()) * 100 + i64::from(day.day())
}

/// Has nobody confirmed it for too long?
fn is_stale(policy: &Policy, today: Date) -> bool {
    today
        .checked_sub(POLICY_CONFIRMED_MONTHS_MAX.months())
        .is_ok_and(|oldest| policy.last_confirmed < oldest)
}

impl Stored {
    fn new(at: usize, policy: &Policy, heading: &str, text: String, encoder: &mut Encoder) -> Self {
        let field = |text, weight, average_words| Field {
            text,
            weight,
            average_words,
        };
        let fields = [
            field(policy.title.as_str(), 0.5, 3.0),
            field(heading, 1.5, 4.0),
            field(text.as_str(), 1.0, 30.0),
        ];
        let (words, trigrams) = (encoder.words(&fields), encoder.trigrams(&fields));
        Self {
            policy: at,
            heading: heading.to_owned(),
            text,
            words,
            trigrams,
        }
    }

    fn document(&self, id: u64, policy: &Policy) -> Document {
        let valid_to = policy.valid_to.unwrap_or(Date::MAX);
        Document {
            id,
            words: self.words.clone(),
            trigrams: self.trigrams.clone(),
            payload: [
                (VALID_FROM, day_number(policy.valid_from)),
                (VALID_TO, day_number(valid_to)),
            ]
            .into(),
        }
    }
}
