//! May this sentence leave? Every value in it needs a fact whose subject is the one the sentence
//! names, or the only one in play; every promise needs the act. No model, no I/O.
//!
//! Design: a sentence is checked by the values it holds, not by its meaning. What holds no value,
//! status or promise passes; what holds one passes only on evidence. So the guard can be wrong in
//! one direction by design: it may stop a true sentence that names its subject badly, and the
//! model then says it better.

mod claims;
mod counts;
mod offers;
mod sentences;
mod statuses;
mod stock;
mod subjects;
mod values;
mod words;

pub use sentences::Sentences;

use subjects::{Group, InPlay};
use values::{Found, Value};
use words::{Stated, WORDS};

use super::evidence::Evidence;
use crate::domain::evidence::{Fact, Subject};
use jiff::civil::Date;

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
    today: Date,
}

impl<'a> Guard<'a> {
    /// `said` is the part of the reply that has left already; `today` is the shop's day, which
    /// "tomorrow" is counted from.
    pub fn new(evidence: &'a Evidence, said: &str, today: Date) -> Self {
        let mut guard = Self {
            evidence,
            named_before: Vec::new(),
            today,
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
        let groups = subjects::groups_in(self.evidence, &lower);
        let in_play = |at| InPlay::of(self.evidence, &groups, &self.named_before, at);
        for found in self.values_of(&sentence.replace('’', "'"), &lower) {
            let in_play = in_play(found.at);
            if !self.supported(&found, &in_play, &lower, &groups) {
                return stop(format!(
                    "no tool result supports \"{}\" for {}",
                    found.text,
                    in_play.words()
                ));
            }
        }
        for stated in words::stated_statuses(&self.without_kept_promises(&lower)) {
            let in_play = in_play(stated.at);
            let of_stock = stock::is_borne_out(
                self.evidence,
                &in_play,
                &stated,
                (sentence, !groups.is_empty()),
            );
            let is_true =
                of_stock.unwrap_or_else(|| self.is_true_status(&stated, &in_play, &lower, &groups));
            if !is_true {
                return stop(format!(
                    "no tool result says \"{}\" of {}",
                    stated.text,
                    in_play.words()
                ));
            }
        }
        if let Some(size) = stock::empty_shelf(self.evidence, &in_play(0), sentence, &lower) {
            return stop(format!("no tool result says that there is size {size}"));
        }
        if let Some(gift) = claims::empty_gift(self.evidence, &in_play(0), &lower) {
            return stop(format!("no tool result or rule says \"{gift}\""));
        }
        if let Some(offer) = self.empty_offer(&in_play, sentence, &lower) {
            return stop(format!("no offer that was found says \"{offer}\""));
        }
        self.remember(sentence);
        Ok(())
    }

    /// A title may say "10% off"; naming an offer by it claims nothing more.
    fn empty_offer(
        &self,
        in_play: &dyn Fn(usize) -> InPlay,
        sentence: &str,
        lower: &str,
    ) -> Option<String> {
        let straight = sentence.replace('’', "'");
        let text = subjects::without_titles(self.evidence, &straight, lower);
        let small = text.to_ascii_lowercase();
        offers::empty_offer(self.evidence, in_play, &text, &small)
    }

    /// Digits in a name ("Daypack 22") state nothing of their own.
    fn values_of(&self, sentence: &str, lower: &str) -> Vec<Found> {
        let mut text = subjects::without_titles(self.evidence, sentence, lower);
        let mut all = Vec::new();
        for (place, day) in counts::relative_days(&text, self.today) {
            all.push(Found {
                at: place.start,
                text: text[place].to_owned(),
                value: Value::Day(day.into()),
            });
        }
        for found in &all {
            let blank = "\u{1}".repeat(found.text.len());
            text.replace_range(found.at..found.at + found.text.len(), &blank);
        }
        all.extend(values::find(&text));
        all
    }

    fn remember(&mut self, sentence: &str) {
        let named = subjects::named_in(self.evidence, &sentence.to_lowercase());
        if !named.is_empty() {
            self.named_before = named;
        }
    }

    fn supported(&self, found: &Found, in_play: &InPlay, lower: &str, groups: &[Group]) -> bool {
        let is_true = self.evidence.facts().iter().any(|fact| {
            values::says(&fact.value, &found.value)
                && in_play.allows(fact)
                && is_meant(fact, found, in_play, lower, groups)
        });
        is_true
            || self.is_refusal(lower, |said| {
                values::find(said)
                    .iter()
                    .any(|value| value.value.is(&found.value))
            })
            || self.is_echo(found, lower)
            || (groups.is_empty() && self.is_bound(found, lower))
    }

    /// "Jackets under €150": the bound that the shopper set, in a sentence that names nothing whose
    /// price it could be and speaks of no other money.
    fn is_bound(&self, found: &Found, lower: &str) -> bool {
        let Value::Money { digits, .. } = &found.value else {
            return false;
        };
        let before = lower.get(..found.at).unwrap_or("").trim_end();
        let bounded = WORDS
            .bounds
            .iter()
            .any(|bound| before.ends_with(bound.as_str()));
        let has = |words: &String| words::find_words(lower, words).is_some();
        let whole = digits.strip_suffix(".00").unwrap_or(digits);
        bounded
            && !WORDS.unbounded.iter().any(has)
            && has_amount(self.evidence.shopper_words(), whole)
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

    /// "I have …" holds in the turn of the act; "the return RT-… is registered" as long as the
    /// return is known.
    fn empty_promise(&self, lower: &str) -> Option<&'static str> {
        let first_person = |words: &str| words.starts_with("i ") || words.starts_with("i'");
        let known_return = || {
            subjects::named_in(self.evidence, lower)
                .iter()
                .any(|subject| subject.0.starts_with("return:"))
        };
        let made: Vec<(&str, &str)> = WORDS
            .promises
            .iter()
            .filter(|(words, _)| lower.contains(words.as_str()))
            .map(|(words, tool)| (words.as_str(), tool.as_str()))
            .collect();
        // "I have sent you a code" is no "I have sent you".
        let is_part = |words: &str| {
            made.iter()
                .any(|(longer, _)| longer.len() > words.len() && longer.contains(words))
        };
        made.iter()
            .filter(|(words, _)| !is_part(words))
            .find(|(words, tool)| {
                !tool.is_empty()
                    && !words::is_condition(lower, words)
                    && !self.evidence.has_done(tool)
                    && (*tool != "start_return" || first_person(words) || !known_return())
            })
            .map(|(words, _)| *words)
    }

    /// What was done and is said so states no status: "I have sent you a code".
    fn without_kept_promises(&self, lower: &str) -> String {
        let mut left = lower.to_owned();
        for (words, tool) in &WORDS.promises {
            if self.evidence.has_done(tool) {
                left = left.replace(words.as_str(), &"\u{1}".repeat(words.len()));
            }
        }
        left
    }

    fn is_true_status(
        &self,
        stated: &Stated,
        in_play: &InPlay,
        lower: &str,
        groups: &[Group],
    ) -> bool {
        // That a code was sent says nothing of a parcel, even where nothing else is known.
        let of_code = || in_play.targets().iter().any(|target| target.0 == "code");
        let names_code = || {
            let clause = clause_at(lower, stated.at);
            let has = |words: &String| words::find_words(clause, words).is_some();
            WORDS.sent_codes.iter().any(has)
        };
        (statuses::is_borne_out(self.evidence, in_play, stated) && (!of_code() || names_code()))
            || (!names_order(groups) && claims::rules_mention(self.evidence, &stated.text))
            || self.is_refusal(lower, |said| {
                let said = said.to_lowercase();
                words::stated_statuses(&said)
                    .iter()
                    .any(|other| other.agrees(stated))
            })
    }
}

/// Does the number stand in a text by itself? "150" is neither in "10150" nor in "1,150".
fn has_amount(text: &str, number: &str) -> bool {
    let joins = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',');
    text.match_indices(number).any(|(at, _)| {
        let before = &text[..at];
        let behind = &text[at + number.len()..];
        let left = before.trim_end_matches(joins).len();
        let right = behind.len() - behind.trim_start_matches(joins).len();
        let has_digit = |part: &str| part.contains(|c: char| c.is_ascii_digit());
        let is_cents = matches!(behind[..right].trim_end_matches(['.', ',']), ".00" | ",00");
        !has_digit(&before[left..]) && (is_cents || !has_digit(&behind[..right]))
    })
}

/// Does the sentence name an order, a line or a return?
fn names_order(groups: &[Group]) -> bool {
    groups
        .iter()
        .flat_map(|group| &group.named)
        .any(|subject| !subjects::is_general(subject.root()))
}

/// A fact with the right value about the right subject may still be another one: a rule's amount
/// is no order's, a part's price no total, "three parcels" are not three items.
fn is_meant(fact: &Fact, found: &Found, in_play: &InPlay, lower: &str, groups: &[Group]) -> bool {
    match &found.value {
        // When people answer is no day on which anything else happens.
        _ if fact.attribute.starts_with("opens_") => {
            let clause = clause_at(lower, found.at);
            let has = |words: &String| words::find_words(lower, words).is_some();
            let has_near = |words: &String| words::find_words(clause, words).is_some();
            WORDS.answering.iter().any(has) && !WORDS.other_days.iter().any(has_near)
        }
        Value::Money { .. } if subjects::is_about_rules(fact) => {
            let of_order = |words: &String| words::find_words(lower, words).is_some();
            !names_order(groups) && !WORDS.order_money.iter().any(of_order)
        }
        Value::Money { .. } if !in_play.names_a_line() => {
            let clause = clause_at(lower, found.at);
            let has = |words: &str| words::find_words(clause, words).is_some();
            let total = WORDS.totals.iter().any(|words| has(words))
                && !["shipping", "delivery", "fee"]
                    .iter()
                    .any(|other| has(other));
            !total
                || fact.attribute == "total"
                || (fact.attribute.contains("refund")
                    && ["refund", "back"].iter().any(|money| has(money)))
        }
        Value::Count(_, noun) => fact.attribute.contains(noun),
        _ => true,
    }
}

/// The part of a sentence between the commas around a byte; a comma in a number is none.
fn clause_at(lower: &str, at: usize) -> &str {
    let at = (0..=at.min(lower.len()))
        .rev()
        .find(|at| lower.is_char_boundary(*at))
        .unwrap_or(0);
    let start = lower[..at]
        .rfind([',', ';', ':'])
        .map_or(0, |comma| comma + 1);
    let end = lower[at..]
        .find([';'])
        .into_iter()
        .chain(lower[at..].find(", "))
        .min();
    &lower[start..end.map_or(lower.len(), |end| at + end)]
}
