//! Whom a sentence is about, and which facts may therefore support it.

use crate::agent::evidence::Evidence;
use crate::domain::evidence::{Fact, Subject};

use super::words::{WORDS, all_words, find_words};

/// Names that stand together ("the Glove of order 10482"): what a value behind them belongs to.
pub struct Group {
    at: usize,
    end: usize,
    pub named: Vec<Subject>,
}

/// The groups of names in a lower-case sentence, in their order. A name within a longer one
/// ("Fleece" in "Fleece Jacket") names nothing.
pub fn groups_in(evidence: &Evidence, lower: &str) -> Vec<Group> {
    let mut spans: Vec<Group> = Vec::new();
    for (name, subject) in evidence.names() {
        let name = name.to_lowercase();
        for at in all_words(lower, &name) {
            spans.push(Group {
                at,
                end: at + name.len(),
                named: vec![subject.clone()],
            });
        }
    }
    spans.sort_by_key(|span| (span.at, std::cmp::Reverse(span.end)));
    let mut groups: Vec<Group> = Vec::new();
    for span in spans {
        match groups.last_mut() {
            Some(last) if span.end < last.end => {}
            Some(last) if span.at < last.end || joins(&lower[last.end..span.at]) => {
                last.end = last.end.max(span.end);
                last.named.extend(span.named);
            }
            _ => groups.push(span),
        }
    }
    for group in &mut groups {
        group.settle(evidence);
    }
    groups
}

/// Does the text between two names make them one ("… of your order …")?
fn joins(between: &str) -> bool {
    !between.contains([';', '.', ':', '!', '?'])
        && between
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .all(|word| WORDS.joints.iter().any(|joint| joint == word))
}

impl Group {
    /// One title may stand in several orders: the order that is named with it decides, else the
    /// one that was looked up last.
    fn settle(&mut self, evidence: &Evidence) {
        self.named.sort();
        self.named.dedup();
        let mut roots: Vec<String> = self
            .named
            .iter()
            .filter(|subject| subject.root() == subject.0)
            .map(|subject| subject.0.clone())
            .collect();
        if !roots.iter().any(|root| root.starts_with("order:")) {
            roots.extend(evidence.focus().iter().map(|subject| subject.0.clone()));
        }
        let within = |subject: &Subject| {
            subject.root() == subject.0 || roots.iter().any(|root| root == subject.root())
        };
        if self
            .named
            .iter()
            .any(|subject| subject.root() != subject.0 && within(subject))
        {
            self.named.retain(within);
        }
    }
}

/// Subjects whose name stands in a lower-case sentence.
pub fn named_in(evidence: &Evidence, lower: &str) -> Vec<Subject> {
    let mut named: Vec<Subject> = groups_in(evidence, lower)
        .into_iter()
        .flat_map(|group| group.named)
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

/// A sentence with every title in it blanked, byte for byte; names that are mere numbers stay.
/// `lower` is the same sentence in lower case.
pub fn without_titles(evidence: &Evidence, sentence: &str, lower: &str) -> String {
    // Upper case is lost where it would move the bytes.
    let mut left = if sentence.to_lowercase() == lower && sentence.len() == lower.len() {
        sentence.to_owned()
    } else {
        lower.to_owned()
    };
    let mut seen = lower.to_owned();
    for (name, _) in evidence.names() {
        let name = name.to_lowercase();
        if !name.contains(char::is_alphabetic) || !name.contains(char::is_whitespace) {
            continue;
        }
        while let Some(at) = find_words(&seen, &name) {
            let blank = "\u{1}".repeat(name.len());
            seen.replace_range(at..at + name.len(), &blank);
            if left.is_char_boundary(at) && left.is_char_boundary(at + name.len()) {
                left.replace_range(at..at + name.len(), &blank);
            }
        }
    }
    left
}

/// The subjects that a value may belong to.
pub struct InPlay {
    named: Vec<Subject>,
    /// Nothing is named and facts about more than one thing are known.
    unclear: bool,
}

impl InPlay {
    /// The names nearest before `at` in the sentence, else the first behind it; else what was named
    /// last in this reply; else what was looked up last; else the only thing that is known.
    pub fn of(evidence: &Evidence, groups: &[Group], before: &[Subject], at: usize) -> Self {
        let nearest = groups.iter().rev().find(|group| group.at <= at);
        let named = nearest
            .or(groups.first())
            .map_or(before, |group| group.named.as_slice());
        let known = |named: &[Subject]| Self {
            named: named.to_vec(),
            unclear: false,
        };
        match (named, evidence.focus()) {
            ([], [one]) => known(std::slice::from_ref(one)),
            ([], []) => Self::only_thing(evidence),
            ([], several) => Self {
                named: several.to_vec(),
                unclear: true,
            },
            (named, _) => known(named),
        }
    }

    fn only_thing(evidence: &Evidence) -> Self {
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
        // The shop's rules hold of everything.
        if is_about_rules(fact) {
            return true;
        }
        !self.unclear
            && !self.is_of_other_lines(fact)
            && fact.about.iter().any(|subject| {
                self.named.iter().any(|named| {
                    subject.contains(named)
                        || (named.contains(subject) && !self.has_named_sibling(subject))
                })
            })
    }

    /// A fact that names its lines holds of no other line, though it is also about the order.
    fn is_of_other_lines(&self, fact: &Fact) -> bool {
        let is_line = |subject: &&Subject| kind_of(subject).is_some_and(|(_, kind)| kind == "line");
        let mut of_fact = fact.about.iter().filter(is_line).peekable();
        let mut named = self.named.iter().filter(is_line).peekable();
        of_fact.peek().is_some()
            && named.peek().is_some()
            && !of_fact.any(|line| self.named.contains(line))
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

    /// What a status is stated of: the most exact of the names that stand together.
    pub fn targets(&self) -> Vec<&Subject> {
        if self.unclear {
            return Vec::new();
        }
        let exact: Vec<&Subject> = self
            .named
            .iter()
            .filter(|named| kind_of(named).is_some() || named.0.starts_with("return:"))
            .collect();
        if exact.is_empty() {
            self.named.iter().collect()
        } else {
            exact
        }
    }

    pub fn names_a_line(&self) -> bool {
        self.named.iter().any(|named| kind_of(named).is_some())
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

pub fn is_about_rules(fact: &Fact) -> bool {
    fact.about.iter().any(|subject| is_general(subject.root()))
}

pub fn is_general(root: &str) -> bool {
    root.starts_with("policy:") || root == "shop"
}

/// "order:1/line:2" is of kind "line" under "order:1".
pub fn kind_of(subject: &Subject) -> Option<(&str, &str)> {
    let (parent, part) = subject.0.rsplit_once('/')?;
    Some((parent, part.split(':').next().unwrap_or(part)))
}
