//! Whom a sentence is about, and which facts may therefore support it.

use std::ops::Range;

use crate::domain::evidence::{Fact, Subject};

use super::known::Known;
use super::plain::Plain;
use super::words::{WORDS, all_words};

/// Names that stand together ("the Glove of order 10482"): what a value behind them belongs to.
struct Group {
    at: usize,
    end: usize,
    named: Vec<Subject>,
}

/// A sentence with what it names.
pub struct Scene {
    pub text: String,
    pub lower: String,
    /// The text with every title in it blanked, byte for byte; names that are mere numbers stay.
    pub bare: String,
    pub bare_lower: String,
    /// The names that stand in it, in lower case.
    names: Vec<Range<usize>>,
    groups: Vec<Group>,
    /// Who is meant behind each group.
    plays: Vec<InPlay>,
    /// Who is meant where nobody is named.
    carried: InPlay,
    pub asks: bool,
}

impl Scene {
    /// `before` is what was named last in this reply.
    pub fn of(known: &Known<'_>, before: &[Subject], sentence: &str) -> Self {
        let Plain { text, lower } = Plain::of(sentence);
        let spans = spans(known, &lower);
        let groups = groups(known, &lower, &spans);
        let mut bare = text.clone();
        for (span, _) in &spans {
            blank_title(&mut bare, span);
        }
        let mut names: Vec<Range<usize>> = spans.into_iter().map(|(span, _)| span).collect();
        names.dedup();
        let plays = groups
            .iter()
            .map(|group| InPlay::of(known, &group.named))
            .collect();
        Self {
            plays,
            carried: InPlay::of(known, before),
            bare_lower: super::plain::lower(&bare),
            asks: lower
                .trim_end()
                .trim_end_matches(['"', ')', '\''])
                .ends_with('?'),
            bare,
            text,
            lower,
            names,
            groups,
        }
    }

    /// The names nearest before a byte, else the first behind it; else what was named last in this
    /// reply; else what was looked up last; else the only thing that is known.
    pub fn in_play(&self, at: usize) -> &InPlay {
        let nearest = self.groups.iter().rposition(|group| group.at <= at);
        let place = nearest.unwrap_or(0);
        self.plays.get(place).unwrap_or(&self.carried)
    }

    /// Whom a value that ends here is said of: "€12.90 for Norway" is Norway's, whoever was named
    /// before.
    pub fn in_play_of(&self, value: &Range<usize>) -> &InPlay {
        let behind = self.lower.get(value.end..).unwrap_or("");
        let words = behind.trim_start();
        let joint = ["for ", "to ", "in "]
            .iter()
            .find(|joint| words.starts_with(**joint));
        let name_at = joint.map(|joint| value.end + behind.len() - words.len() + joint.len());
        let group = name_at.and_then(|at| self.groups.iter().position(|group| group.at == at));
        match group.and_then(|place| self.plays.get(place)) {
            Some(play) => play,
            None => self.in_play(value.start),
        }
    }

    pub fn names_something(&self) -> bool {
        !self.groups.is_empty()
    }

    /// The names in lower case.
    pub fn names(&self) -> Vec<&str> {
        let names = self.names.iter();
        names
            .filter_map(|name| self.lower.get(name.clone()))
            .collect()
    }

    pub fn named(&self) -> Vec<Subject> {
        let mut named: Vec<Subject> = self
            .groups
            .iter()
            .flat_map(|group| group.named.iter().cloned())
            .collect();
        named.sort();
        named.dedup();
        named
    }

    /// Does it name an order, a line or a return?
    pub fn names_order(&self) -> bool {
        let mut all = self.groups.iter().flat_map(|group| &group.named);
        all.any(|subject| !is_general(subject.root()))
    }
}

/// Where names stand, by place, the longer before the shorter.
fn spans<'k>(known: &'k Known<'_>, lower: &str) -> Vec<(Range<usize>, &'k Subject)> {
    let mut spans = Vec::new();
    let mut last: Option<(&str, Vec<usize>)> = None;
    for (name, subject) in &known.names {
        // Several subjects may share a name; it is looked for once.
        let places = match &last {
            Some((same, places)) if same == name => places.clone(),
            _ => all_words(lower, name).collect(),
        };
        spans.extend(places.iter().map(|at| (*at..at + name.len(), *subject)));
        last = Some((name, places));
    }
    spans.sort_by_key(|(span, _)| (span.start, std::cmp::Reverse(span.end)));
    spans
}

/// The groups of names, in their order. A name within a longer one ("Fleece" in "Fleece Jacket")
/// names nothing.
fn groups(known: &Known<'_>, lower: &str, spans: &[(Range<usize>, &Subject)]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for (span, subject) in spans {
        let subject = (*subject).clone();
        match groups.last_mut() {
            Some(last) if span.end < last.end => {}
            Some(last) if span.start < last.end || joins(&lower[last.end..span.start]) => {
                last.end = last.end.max(span.end);
                last.named.push(subject);
            }
            _ => groups.push(Group {
                at: span.start,
                end: span.end,
                named: vec![subject],
            }),
        }
    }
    for group in &mut groups {
        group.settle(known);
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

fn blank_title(text: &mut String, span: &Range<usize>) {
    let name = &text[span.clone()];
    if name.contains(char::is_alphabetic) && name.contains(char::is_whitespace) {
        let blank = "\u{1}".repeat(span.len());
        text.replace_range(span.clone(), &blank);
    }
}

impl Group {
    /// One title may stand in several orders: the order that is named with it decides, else the
    /// one that was looked up last.
    fn settle(&mut self, known: &Known<'_>) {
        self.named.sort();
        self.named.dedup();
        let mut roots: Vec<String> = self
            .named
            .iter()
            .filter(|subject| subject.root() == subject.0)
            .map(|subject| subject.0.clone())
            .collect();
        if !roots.iter().any(|root| root.starts_with("order:")) {
            let focus = known.evidence.focus();
            roots.extend(focus.iter().map(|subject| subject.0.clone()));
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

/// The subjects that a value may belong to.
#[derive(Clone)]
pub struct InPlay {
    named: Vec<Subject>,
    /// Nothing is named and facts about more than one thing are known.
    unclear: bool,
}

impl InPlay {
    fn of(known: &Known<'_>, named: &[Subject]) -> Self {
        let clear = |named: &[Subject]| Self {
            named: named.to_vec(),
            unclear: false,
        };
        match (named, known.evidence.focus()) {
            ([], [one]) => clear(std::slice::from_ref(one)),
            ([], []) => Self::only_thing(known),
            ([], several) => Self {
                named: several.to_vec(),
                unclear: true,
            },
            (named, _) => clear(named),
        }
    }

    fn only_thing(known: &Known<'_>) -> Self {
        let mut things: Vec<&str> = known
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

    pub fn named(&self) -> &[Subject] {
        &self.named
    }

    pub fn is_unclear(&self) -> bool {
        self.unclear
    }

    /// May this fact support a value of the sentence?
    pub fn allows(&self, fact: &Fact) -> bool {
        // The shop's rules hold of everything.
        if is_about_rules(fact) {
            return true;
        }
        !self.unclear && self.is_about(fact)
    }

    /// Is the fact about what is named, whether that is clear or not?
    fn is_about(&self, fact: &Fact) -> bool {
        !self.is_of_other_lines(fact)
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

    /// What is meant, as paths; empty when that is unclear or nothing is.
    pub fn paths(&self) -> String {
        if self.unclear {
            return String::new();
        }
        let paths: Vec<&str> = self
            .named
            .iter()
            .map(|subject| subject.0.as_str())
            .collect();
        paths.join(", ")
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
