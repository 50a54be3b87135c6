//! The parts of a message, each of which may be a wish of its own.

use super::basket;
use super::classify::{Classifier, Guess};
use super::entities::Found;
use super::plans::{Does, plan};
use super::proofs::Given;
use super::understand::is_social;
use super::words;

/// Below this a message is not understood. With 47 intents, blind chance is 0.02.
const SURE_MIN: f32 = 0.16;
/// A part of a message is a wish of its own from here on.
pub const PART_SURE_MIN: f32 = 0.55;
/// What the whole message must give a part's wish.
const WHOLE_AGREES_MIN: f32 = 0.02;
/// A part as sure as this needs no agreement of the whole.
const PART_ALONE_SURE: f32 = 0.85;
const WISHES_MAX: usize = 3;
const CLAUSES_READ_MAX: usize = 16;

/// What a message says besides what proves who somebody is; empty when it is all of one sentence.
pub fn without_proof(text: &str) -> String {
    let sentences = words::sentences(text);
    let rest = sentences.iter().filter(|one| {
        let bare = one.chars().all(|c| !c.is_alphabetic());
        !bare && !Given::read(one).is_some()
    });
    rest.copied().collect::<Vec<_>>().join(" ")
}

/// Intents of the whole message and of its parts, one per family, tasks before small talk.
pub fn intents(text: &str, whole: &Guess) -> Vec<(String, String)> {
    let mut ranked: Vec<(f32, String, String)> = Vec::new();
    let (top, sure) = whole.top();
    let parts = words::clauses(text);
    if is_understood(whole) && !is_social(top, 0.9) {
        ranked.push((sure, top.to_owned(), text.to_owned()));
    }
    if parts.len() > 1 {
        for part in parts.iter().take(CLAUSES_READ_MAX) {
            let guess = Classifier::get().guess(part);
            let intent = guess.top().0;
            // A number or a proof belongs to what the rest says.
            if Found::read(part).is_bare_order(part) || Given::read(part).is_some() {
                continue;
            }
            if basket::puts(part) {
                ranked.push((1.0, "add_to_cart".to_owned(), part.clone()));
                continue;
            }
            // Intents that lie near each other share what they are sure of.
            let sure = of_family(&guess, intent);
            let agrees = of_family(whole, intent) >= WHOLE_AGREES_MIN
                || parts.len() > 3
                || sure >= PART_ALONE_SURE;
            if sure >= PART_SURE_MIN
                && agrees
                && is_understood(&guess)
                && !is_social(intent, 0.9)
                && guess.content > 0
            {
                ranked.push((sure, intent.to_owned(), part.clone()));
            }
        }
    }
    // In a long message a clear part says more than the blurred whole.
    if parts.len() > 3 {
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    }
    let mut kept: Vec<(String, String)> = Vec::new();
    for (_, intent, part) in ranked {
        let family = |intent: &str| plan(intent).map(|plan| plan.family.as_str());
        let room = kept.len() < WISHES_MAX;
        let known = kept
            .iter_mut()
            .find(|(known, _)| family(known) == family(&intent));
        match known {
            // The part that holds the wish is a better question than the whole message.
            Some((known, whole)) if *known == intent && whole == text => *whole = part,
            // A report with the wish to send it back is that wish.
            Some((known, whole)) if known == "item_problem" && intent == "return_start" => {
                *known = intent;
                text.clone_into(whole);
            }
            Some(_) => {}
            None if room => kept.push((intent, part)),
            None => {}
        }
    }
    kept.sort_by_key(|(intent, _)| plan(intent).is_some_and(|plan| plan.does != Does::HandOff));
    if kept.is_empty() && is_understood(whole) {
        kept.push((top.to_owned(), text.to_owned()));
    }
    kept
}

pub fn of_family(guess: &Guess, intent: &str) -> f32 {
    // Small talk has little in common.
    let social = plan(intent).is_none_or(|plan| plan.social);
    let family = |name: &str| plan(name).map(|plan| plan.family.as_str());
    let own = family(intent);
    guess.of_all(|name| name == intent || (!social && family(name) == own))
}

fn is_understood(guess: &Guess) -> bool {
    let sure = of_family(guess, guess.top().0);
    // One known word among many unknown ones carries no meaning.
    let enough_known = guess.known * 3 >= guess.content;
    sure >= SURE_MIN && enough_known
}
