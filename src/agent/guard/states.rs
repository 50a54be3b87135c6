//! Statuses that a sentence states, against what is known of whatever it states them of.

use super::acts;
use super::known::Known;
use super::promises;
use super::reasons;
use super::sentences::clause_at;
use super::statuses;
use super::stock;
use super::subjects::Scene;
use super::words::{self, Stated, WORDS, find_words};

/// The first status that is not borne out, as a reason.
pub fn untrue(known: &Known<'_>, scene: &Scene) -> Option<String> {
    let kept = promises::without_kept(known, &scene.lower);
    let lower = acts::without_done(known, kept);
    words::stated_statuses(&lower)
        .into_iter()
        .find_map(|stated| {
            let is_true = stock::is_borne_out(known, scene, &stated)
                .unwrap_or_else(|| is_true(known, scene, &stated));
            (!is_true).then(|| reasons::status(known, scene, &stated))
        })
}

fn is_true(known: &Known<'_>, scene: &Scene, stated: &Stated) -> bool {
    let in_play = scene.in_play(stated.at);
    // That a code was sent says nothing of a parcel, even where nothing else is known.
    let of_code = || in_play.targets().iter().any(|target| target.0 == "code");
    let names_code = || {
        let clause = clause_at(&scene.lower, stated.at);
        let has = |words: &String| find_words(clause, words).is_some();
        WORDS.sent_codes.iter().any(has)
    };
    (statuses::is_borne_out(known, in_play, stated) && (!of_code() || names_code()))
        || (!scene.names_order() && known.rules_mention(&stated.text))
        || known.is_refused(&scene.names(), |(_, states)| {
            states.iter().any(|other| other.agrees(stated))
        })
}
