//! What a reply may rest on, read once for all its sentences.

use std::cell::OnceCell;

use jiff::civil::Date;

use crate::agent::evidence::Evidence;
use crate::domain::evidence::{Fact, FactValue, Subject};

use super::plain::{Plain, plain};
use super::sentences;
use super::values::{self, Found};
use super::words::{self, Stated, find_words};

pub struct Known<'a> {
    pub evidence: &'a Evidence,
    /// The shop's day, which "tomorrow" is counted from.
    pub today: Date,
    /// Names as a sentence is read, in lower case, and whose they are.
    pub names: Vec<(String, &'a Subject)>,
    /// Ways of shipping, as facts name them.
    pub services: Vec<&'a str>,
    /// Read when a sentence needs them.
    refusals: OnceCell<Vec<Refusal>>,
    rules: OnceCell<Vec<String>>,
    told: OnceCell<Vec<String>>,
}

/// A refusal in a tool's own words, by its sentences.
pub struct Refusal {
    lower: String,
    sentences: Vec<(Vec<Found>, Vec<Stated>)>,
}

impl<'a> Known<'a> {
    pub fn new(evidence: &'a Evidence, today: Date) -> Self {
        let names = evidence.names();
        let mut names: Vec<(String, &Subject)> = names
            .map(|(name, subject)| (plain(name).to_lowercase(), subject))
            .filter(|(name, _)| !name.trim().is_empty())
            .collect();
        names.extend(short_names(&names));
        Self {
            evidence,
            today,
            names,
            services: services(evidence.facts()),
            refusals: OnceCell::new(),
            rules: OnceCell::new(),
            told: OnceCell::new(),
        }
    }

    pub fn facts(&self) -> &'a [Fact] {
        self.evidence.facts()
    }

    fn refusals(&self) -> &[Refusal] {
        let read = || {
            let all = self.evidence.refusals().iter();
            all.map(|refusal| self.refusal(refusal)).collect()
        };
        self.refusals.get_or_init(read)
    }

    fn refusal(&self, text: &str) -> Refusal {
        let sentences = sentences::split(text);
        let read = |sentence: &String| {
            let plain = Plain::of(sentence);
            let found = values::find(&plain.text, &plain.lower, self.today);
            (found, words::stated_statuses(&plain.lower))
        };
        Refusal {
            lower: Plain::of(text).lower,
            sentences: sentences.iter().map(read).collect(),
        }
    }

    /// Is it said in a sentence of a refusal that names whatever this sentence names?
    pub fn is_refused(
        &self,
        named: &[&str],
        says: impl Fn(&(Vec<Found>, Vec<Stated>)) -> bool,
    ) -> bool {
        self.refusals().iter().any(|refusal| {
            let names = |name: &&str| find_words(&refusal.lower, name).is_some();
            named.iter().all(names) && refusal.sentences.iter().any(&says)
        })
    }

    /// Does a refusal use these very words?
    pub fn refusals_say(&self, lower: &str) -> bool {
        !lower.is_empty()
            && self
                .refusals()
                .iter()
                .any(|refusal| refusal.lower.contains(lower))
    }

    /// Every sentence of the shop's rules and its own tools, in lower case.
    pub fn told(&self) -> &[String] {
        self.told.get_or_init(|| {
            let texts = self.evidence.own_texts();
            let parts = texts.flat_map(|text| text.split(['"', '.', ';', '\n']));
            let own = parts.filter(|part| part.contains(' ')).map(plain);
            own.chain(self.rules().iter().cloned()).collect()
        })
    }

    /// The sentences of the shop's rules and of refusals, in lower case.
    pub fn rules(&self) -> &[String] {
        self.rules.get_or_init(|| {
            let texts = self
                .evidence
                .passages()
                .iter()
                .chain(self.evidence.refusals());
            texts
                .flat_map(|text| sentences::split(&Plain::of(text).lower))
                .collect()
        })
    }

    /// Do the shop's rules use these words ("final sale")? Then a sentence about the rules may.
    pub fn rules_mention(&self, words: &str) -> bool {
        self.rules()
            .iter()
            .any(|rule| find_words(rule, words).is_some())
    }

    /// Does a fact say just this code or name?
    pub fn has_code(&self, code: &str) -> bool {
        self.facts().iter().any(|fact| {
            matches!(&fact.value, FactValue::Code(known) | FactValue::Name(known)
                if known.eq_ignore_ascii_case(code))
        })
    }
}

/// "the Ridge 38" for "Ridge 38 Trekking Pack": a name and a number, of one title alone.
fn short_names<'a>(names: &[(String, &'a Subject)]) -> Vec<(String, &'a Subject)> {
    let short = |name: &str| {
        let (end, _) = name.match_indices(' ').nth(1)?;
        let number = name[..end].rsplit(' ').next()?;
        let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
        (is_number && !number.is_empty()).then(|| name[..end].to_owned())
    };
    let all = names.iter().filter_map(|(name, subject)| {
        let short = short(name)?;
        let other = |(other, _): &(String, &Subject)| other != name && other.starts_with(&short);
        (!names.iter().any(other)).then_some((short, *subject))
    });
    all.collect()
}

fn services(facts: &[Fact]) -> Vec<&str> {
    let of_shipping = facts.iter().filter(|fact| {
        let mut about = fact.about.iter();
        about.any(|subject| subject.0.starts_with("shipping:"))
    });
    let mut services: Vec<&str> = of_shipping
        .filter_map(|fact| fact.attribute.strip_suffix("_price"))
        .collect();
    services.sort_unstable();
    services.dedup();
    services
}
