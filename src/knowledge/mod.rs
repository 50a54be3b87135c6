//! Policies as dated, cited passages and as rules.

use jiff::civil::Date;

use crate::domain::policy::Policy;

/// Everything the shop has written down.
pub struct Knowledge {}

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

impl Knowledge {
    /// The version of a policy in force on a day.
    pub fn policy(&self, id: &str, day: Date) -> Option<&Policy> { let _ = (id, day); todo!() }
    /// Passages that answer `query`, best first, only from versions in force on `day`.
    pub fn search(&self, query: &str, day: Date, today: Date, limit: usize) -> Vec<Passage> { let _ = (query, day, today, limit); todo!() }
}
