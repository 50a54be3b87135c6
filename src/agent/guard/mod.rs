//! May this sentence leave? Every value in it needs a fact whose subject is the one the sentence
//! names, or the only one in play; every promise needs the act. No model, no I/O.
//!
//! Design: a sentence is checked by the values it holds, not by its meaning. What holds no value,
//! status or promise passes; what holds one passes only on evidence. So the guard can be wrong in
//! one direction by design: it may stop a true sentence that names its subject badly, and the
//! model then says it better.

mod sentences;
mod subjects;
mod values;
mod words;

pub use sentences::Sentences;

use subjects::InPlay;
use values::{Found, Value};
use words::WORDS;

use super::evidence::Evidence;
use crate::domain::evidence::{FactValue, Subject};

/// Why a sentence may not leave, in words for the model and the operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    pub sentence: String,
    pub reason: String,
}

/// Checks the sentences of one reply in their order: what one names, the next may mean.
pub struct Guard<'a> {
    evidence: &'a Evidence,
    /// Subjects that the newest sentence with a name has named.
    named_before: Vec<Subject>,
}

impl<'a> Guard<'a> {
    /// `said` is the part of the reply that has left already.
    pub fn new(evidence: &'a Evidence, said: &str) -> Self {
        let mut guard = Self {
            evidence,
            named_before: Vec::new(),
        };
        for sentence in sentences::split(said) {
            guard.remember(&sentence);
        }
        guard
    }

    /// Passes a sentence or says what is wrong with it.
    pub fn check(&mut self, sentence: &str) -> Result<(), Violation> {
        let lower = sentence.to_lowercase().replace('’', "'");
        let stop = |reason: String| {
            Err(Violation {
                sentence: sentence.trim().to_owned(),
                reason,
            })
        };
        if let Some(promise) = self.empty_promise(&lower) {
            return stop(format!(
                "it says \"{promise}\", but no tool result of this conversation shows that"
            ));
        }
        let named = subjects::named_in(self.evidence, &lower);
        let in_play = InPlay::of(self.evidence, &named, &self.named_before);
        // Digits in a name ("Daypack 22") state nothing of their own.
        for found in values::find(&subjects::without_titles(self.evidence, &lower)) {
            if !self.supported(&found, &in_play, &lower) {
                return stop(format!(
                    "no tool result supports \"{}\" for {}",
                    found.text,
                    in_play.words()
                ));
            }
        }
        if let Some(status) = self.wrong_status(&lower, &in_play) {
            return stop(format!(
                "no tool result says \"{status}\" of {}",
                in_play.words()
            ));
        }
        self.remember(sentence);
        Ok(())
    }

    fn remember(&mut self, sentence: &str) {
        let named = subjects::named_in(self.evidence, &sentence.to_lowercase());
        if !named.is_empty() {
            self.named_before = named;
        }
    }

    fn supported(&self, found: &Found, in_play: &InPlay, lower: &str) -> bool {
        let is_true = self
            .evidence
            .facts()
            .iter()
            .any(|fact| values::says(&fact.value, &found.value) && in_play.allows(fact));
        is_true
            || self.is_refusal(lower, |said| {
                values::find(said)
                    .iter()
                    .any(|value| value.value.is(&found.value))
            })
            || self.is_echo(found, lower)
    }

    /// Is it said in a sentence of a refusal that names whatever this sentence names?
    fn is_refusal(&self, lower: &str, says: impl Fn(&str) -> bool) -> bool {
        let named = subjects::names_in(self.evidence, lower);
        self.evidence.refusals().iter().any(|refusal| {
            let whole = refusal.to_lowercase();
            named
                .iter()
                .all(|name| words::find_words(&whole, name).is_some())
                && sentences::split(refusal).iter().any(|said| says(said))
        })
    }

    /// An order number or code that the shopper wrote, in a sentence that states nothing of it.
    fn is_echo(&self, found: &Found, lower: &str) -> bool {
        let text = match &found.value {
            Value::Code(code) => code.to_lowercase(),
            Value::Number(number) if *number >= 1000 => number.to_string(),
            _ => return false,
        };
        let echoing = lower.trim_end().ends_with('?')
            || WORDS
                .echoes
                .iter()
                .any(|echo| lower.contains(echo.as_str()));
        echoing && self.evidence.shopper_wrote(&text)
    }

    fn empty_promise(&self, lower: &str) -> Option<&'static str> {
        WORDS
            .promises
            .iter()
            .find(|(words, tool)| {
                lower.contains(words.as_str())
                    && !words::is_condition(lower, words)
                    && !self.evidence.has_done(tool)
            })
            .map(|(words, _)| words.as_str())
    }

    /// A status that is stated of something and that no fact gives it.
    fn wrong_status(&self, lower: &str, in_play: &InPlay) -> Option<String> {
        words::stated_statuses(lower)
            .into_iter()
            .find(|stated| {
                !self.evidence.facts().iter().any(|fact| match &fact.value {
                    FactValue::Status(status) => {
                        in_play.allows(fact) && stated.is_said_by(&status.to_lowercase())
                    }
                    _ => false,
                }) && !self.is_refusal(lower, |said| {
                    let said = said.to_lowercase();
                    words::stated_statuses(&said)
                        .iter()
                        .any(|other| other.agrees(stated))
                })
            })
            .map(|stated| stated.text)
    }
}
