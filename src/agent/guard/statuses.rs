//! Is a status that a sentence states of something borne out?

use std::collections::BTreeMap;

use crate::domain::evidence::{Fact, FactValue, Subject};

use super::known::Known;
use super::subjects::{InPlay, is_about_rules, kind_of};
use super::words::{Stated, find_words};

/// Holds it of everything that the sentence states it of? A part's status is not the whole's.
pub fn is_borne_out(known: &Known<'_>, in_play: &InPlay, stated: &Stated) -> bool {
    let targets = in_play.targets();
    let own_return = the_return(known, stated, &targets);
    if let Some(own_return) = own_return {
        return holds_of(known, &own_return, stated);
    }
    !targets.is_empty()
        && targets
            .into_iter()
            .all(|target| match parcels_meant(known, target, stated) {
                Some(Parcels::Any(parcels)) => parcels.iter().any(|facts| holds(facts, stated)),
                Some(Parcels::All(parcels)) => parcels.iter().all(|facts| holds(facts, stated)),
                None => holds_of(known, target, stated),
            })
}

/// "Your return is open": the only return that is known, where none is named.
fn the_return(known: &Known<'_>, stated: &Stated, targets: &[&Subject]) -> Option<Subject> {
    let noun = ["your return", "the return", "this return"];
    let about_return = noun
        .iter()
        .any(|noun| find_words(&stated.clause, noun).is_some());
    if !about_return || targets.iter().any(|target| target.0.starts_with("return:")) {
        return None;
    }
    let mut returns: Vec<Subject> = known
        .facts()
        .iter()
        .flat_map(|fact| &fact.about)
        .filter(|subject| subject.0.starts_with("return:"))
        .cloned()
        .collect();
    returns.sort();
    returns.dedup();
    match returns.as_slice() {
        [one] => Some(one.clone()),
        _ => None,
    }
}

/// Is it so of one parcel, by all that is known of it?
fn holds(facts: &[&Fact], stated: &Stated) -> bool {
    facts.iter().any(|fact| says(fact, stated)) != stated.negated
}

/// What is known of each parcel.
enum Parcels<'a> {
    /// "one parcel", "the second parcel"
    Any(Vec<Vec<&'a Fact>>),
    /// "the parcel", "both parcels"
    All(Vec<Vec<&'a Fact>>),
}

/// Where the clause speaks of parcels, what is known of the order's; nothing for a single line,
/// whose facts name its parcel already.
fn parcels_meant<'a>(
    known: &'a Known<'_>,
    target: &Subject,
    stated: &Stated,
) -> Option<Parcels<'a>> {
    let is_any = |words: &[&str]| {
        words
            .iter()
            .any(|word| find_words(&stated.clause, word).is_some())
    };
    let one = is_any(&["parcel", "package", "shipment"]);
    let several = is_any(&["parcels", "packages", "shipments"]);
    if !(one || several) || kind_of(target).is_some() {
        return None;
    }
    let mut by_parcel: BTreeMap<&str, Vec<&Fact>> = BTreeMap::new();
    for fact in known.facts() {
        let is_status = matches!(fact.value, FactValue::Status(_));
        let parcel = fact.about.first().filter(|subject| {
            target.contains(subject) && kind_of(subject).is_some_and(|(_, kind)| kind == "parcel")
        });
        if let (true, Some(parcel)) = (is_status, parcel) {
            by_parcel.entry(&parcel.0).or_default().push(fact);
        }
    }
    let parcels: Vec<Vec<&Fact>> = by_parcel.into_values().collect();
    let ordinal = is_any(&[
        "one", "a", "first", "second", "third", "other", "another", "1", "2", "3",
    ]);
    match parcels.is_empty() {
        true => None,
        false if ordinal && !several => Some(Parcels::Any(parcels)),
        false => Some(Parcels::All(parcels)),
    }
}

fn holds_of(known: &Known<'_>, target: &Subject, stated: &Stated) -> bool {
    let facts: Vec<&Fact> = status_facts(known, target);
    if stated.negated {
        let mut all = facts.iter().copied().chain(of_its_returns(known, target));
        !facts.is_empty() && !all.any(|fact| says(fact, stated))
    } else {
        facts.iter().any(|fact| says(fact, stated))
    }
}

fn says(fact: &Fact, stated: &Stated) -> bool {
    matches!(&fact.value, FactValue::Status(status) if stated.is(&status.to_lowercase()))
}

/// Statuses of the target itself, and of what it is a part of where it has none of its own.
fn status_facts<'a>(known: &'a Known<'_>, target: &Subject) -> Vec<&'a Fact> {
    let all = || {
        known.facts().iter().filter(|fact| {
            matches!(fact.value, FactValue::Status(_))
                && !is_about_rules(fact)
                && fact.about.iter().any(|subject| subject.contains(target))
        })
    };
    let is_own = |fact: &&Fact| fact.about.contains(target);
    let has_own = all().any(|fact| is_own(&fact) && fact.attribute == "status");
    all()
        .filter(|fact| is_own(fact) || !has_own || fact.attribute != "status")
        .filter(|fact| {
            // A parcel's status is also about the lines in it, and about nothing else.
            is_own(fact) || fact.about.len() == 1
        })
        .collect()
}

/// "Has not been refunded" is false of an order whose return was.
fn of_its_returns<'a>(known: &'a Known<'_>, target: &'a Subject) -> impl Iterator<Item = &'a Fact> {
    let is_its = move |own: &Subject| {
        own.0.starts_with("return:")
            && known
                .facts()
                .iter()
                .any(|fact| fact.about.contains(own) && fact.about.contains(target))
    };
    known
        .facts()
        .iter()
        .filter(move |fact| fact.about.iter().any(|own| own != target && is_its(own)))
}
