//! May this sentence leave? Every value in it needs a fact whose subject is the one the sentence
//! names, or the only one in play; every promise needs the act. No model, no I/O.
//!
//! Design: a sentence is checked by what it holds, not by its meaning: values, statuses, promises,
//! words from closed lists that claim something. What holds none of them passes; what holds one
//! passes only on evidence. So the guard can be wrong in one direction by design: it may stop a true
//! sentence that names its subject badly, and the model then says it better.
//!
//! One file per kind of statement; `plain` undresses a sentence first, `subjects` finds whom it is
//! about, `known` holds what a reply may rest on.

mod acts;
mod claims;
mod counts;
mod known;
mod names;
mod offers;
mod phrases;
mod plain;
mod promises;
mod reasons;
mod roles;
mod rules;
mod secrets;
mod sentences;
mod states;
mod statuses;
mod stock;
mod subjects;
mod support;
mod tone;
mod traits;
mod values;
mod words;

pub use sentences::Sentences;

use jiff::civil::Date;

use known::Known;
use subjects::Scene;

use super::evidence::Evidence;
use crate::domain::evidence::Subject;

/// Why a sentence may not leave, in words for the model and the operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    pub sentence: String,
    pub reason: String,
}

/// Checks the sentences of one reply in their order: what one names, the next may mean.
pub struct Guard<'a> {
    known: Known<'a>,
    /// Subjects that the newest sentence with a name has named.
    named_before: Vec<Subject>,
}

impl<'a> Guard<'a> {
    /// `said` is the part of the reply that has left already; `today` is the shop's day, which
    /// "tomorrow" is counted from.
    pub fn new(evidence: &'a Evidence, said: &str, today: Date) -> Self {
        let mut guard = Self {
            known: Known::new(evidence, today),
            named_before: Vec::new(),
        };
        for sentence in sentences::split(said) {
            let scene = Scene::of(&guard.known, &guard.named_before, &sentence);
            guard.remember(&scene);
        }
        guard
    }

    /// Passes a sentence or says what is wrong with it.
    pub fn check(&mut self, sentence: &str) -> Result<(), Violation> {
        let scene = Scene::of(&self.known, &self.named_before, sentence);
        match self.objection(&scene) {
            Some(reason) => Err(Violation {
                sentence: sentence.trim().to_owned(),
                reason,
            }),
            None => {
                self.remember(&scene);
                Ok(())
            }
        }
    }

    /// The first thing that is wrong, each kind in its turn.
    fn objection(&self, scene: &Scene) -> Option<String> {
        let known = &self.known;
        let said = |key, text: String| reasons::say(key, &text);
        secrets::leak(scene)
            .or_else(|| tone::offence(known, scene).map(|(key, words)| (key, words.to_owned())))
            .map(|(key, words)| said(key, words))
            .or_else(|| {
                let promise =
                    promises::empty(known, scene).or_else(|| acts::empty(known, scene))?;
                Some(said("promise", promise))
            })
            .or_else(|| {
                let found = support::unsupported(known, scene)?;
                Some(reasons::value(known, scene, &found))
            })
            .or_else(|| states::untrue(known, scene))
            .or_else(|| stock::empty_shelf(known, scene).map(|size| said("size", size.to_owned())))
            .or_else(|| claims::empty_gift(known, scene).map(|gift| said("rule", gift)))
            .or_else(|| offers::empty_offer(known, scene).map(|offer| said("offer", offer)))
            .or_else(|| rules::untrue(known, scene).map(|rule| said("rule", rule)))
            .or_else(|| traits::untrue(known, scene).map(|words| said("trait", words)))
            .or_else(|| names::unknown(known, scene).map(|name| said("name", name)))
            .or_else(|| support::empty_yes(known, scene).map(|value| said("yes", value)))
    }

    fn remember(&mut self, scene: &Scene) {
        let named = scene.named();
        if !named.is_empty() {
            self.named_before = named;
        }
    }
}
