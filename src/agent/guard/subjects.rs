//! Whom a sentence is about, and which facts may therefore support it.

use crate::agent::evidence::Evidence;
use crate::domain::evidence::{Fact, Subject};

use super::words::find_words;

/// Subjects whose name stands in a lower-case sentence.
pub fn named_in(evidence: &Evidence, lower: &str) -> Vec<Subject> {
    let mut named: Vec<Subject> = evidence
        .names()
        .filter(|(name, _)| find_words(lower, &name.to_lowercase()).is_some())
        .map(|(_, subject)| subject.clone())
        .collect();
    named.sort();
    named.dedup();
    named
}

/// The names that stand in a lower-case sentence, in lower case.
pub fn names_in(evidence: &Evidence, lower: &str) -> Vec<String> {
    let names = evidence.names().map(|(name, _)| name.to_lowercase());
    names
        .filter(|name| find_words(lower, name).is_some())
        .collect()
}

/// A lower-case sentence with every title in it blanked; names that are mere numbers stay.
pub fn without_titles(evidence: &Evidence, lower: &str) -> String {
    let mut left = lower.to_owned();
    for (name, _) in evidence.names() {
        let name = name.to_lowercase();
        if !name.contains(char::is_alphabetic) || !name.contains(char::is_whitespace) {
            continue;
        }
        while let Some(at) = find_words(&left, &name) {
            left.replace_range(at..at + name.len(), &"\u{1}".repeat(name.len()));
        }
    }
    left
}

/// The subjects that a sentence's values may belong to.
pub struct InPlay {
    named: Vec<Subject>,
    /// Nothing is named and facts about more than one thing are known.
    unclear: bool,
}

impl InPlay {
    /// Named in the sentence; else named last in this reply; else the only thing that is known.
    pub fn of(evidence: &Evidence, named: &[Subject], before: &[Subject]) -> Self {
        let named = if named.is_empty() { before } else { named };
        if !named.is_empty() {
            return Self {
                named: named.to_vec(),
                unclear: false,
            };
        }
        let mut things: Vec<&str> = evidence
            .facts()
            .iter()
            .flat_map(|fact| &fact.about)
            .map(Subject::root)
            .filter(|root| !is_general(root))
            .collect();
        things.sort_unstable();
        things.dedup();
        Self {
            named: things
                .iter()
                .take(1)
                .map(|root| Subject::new(*root))
                .collect(),
            unclear: things.len() > 1,
        }
    }

    /// May this fact support a value of the sentence?
    pub fn allows(&self, fact: &Fact) -> bool {
        fact.about
            .iter()
            .any(|subject| self.allows_subject(subject))
    }

    fn allows_subject(&self, subject: &Subject) -> bool {
        // The shop's rules hold of everything.
        if is_general(subject.root()) {
            return true;
        }
        if self.unclear {
            return false;
        }
        self.named.iter().any(|named| {
            subject.contains(named) || (named.contains(subject) && !self.has_named_sibling(subject))
        })
    }

    /// "The jacket of order 10482 …" is about that line and no other: once a line is named, the
    /// order's other lines support nothing.
    fn has_named_sibling(&self, subject: &Subject) -> bool {
        let Some((parent, kind)) = kind_of(subject) else {
            return false;
        };
        let siblings = || {
            self.named
                .iter()
                .filter(|named| kind_of(named) == Some((parent, kind)))
        };
        siblings().next().is_some()
            && !siblings().any(|named| named == subject || named.contains(subject))
    }

    pub fn words(&self) -> String {
        match self.named.as_slice() {
            _ if self.unclear => "what the sentence is about, which it does not name".to_owned(),
            [] => "anything known".to_owned(),
            named => named
                .iter()
                .map(|subject| subject.0.as_str())
                .collect::<Vec<_>>()
                .join(", "),
        }
    }
}

fn is_general(root: &str) -> bool {
    root.starts_with("policy:") || root == "shop"
}

/// "order:1/line:2" is of kind "line" under "order:1".
fn kind_of(subject: &Subject) -> Option<(&str, &str)> {
    let (parent, part) = subject.0.rsplit_once('/')?;
    Some((parent, part.split(':').next().unwrap_or(part)))
}
