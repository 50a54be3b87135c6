//! What a sentence says of a product in words: that it is waterproof, made of merino, comes in red.
//! The words are a closed list; each needs the product's own description to say it.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::domain::evidence::Subject;

use super::known::Known;
use super::phrases::Phrases;
use super::subjects::Scene;
use super::words::{all_words, find_words, has_condition};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TraitWords {
    /// A trait, and other words for it in a reply or a description.
    traits: HashMap<String, Vec<String>>,
    /// In a clause with one of these a trait is asked for, compared with or denied of all.
    not_stated: Vec<String>,
    /// Words that make a clause one about every product that was found.
    all: Vec<String>,
}

static WORDS: LazyLock<TraitWords> = LazyLock::new(|| {
    toml::from_str(include_str!("../../../prompts/guard/traits.toml"))
        .expect("prompts/guard/traits.toml is compiled in and tested")
});

/// Every way to say a trait, with all of its ways.
static WAYS: LazyLock<Phrases<Vec<&'static str>>> = LazyLock::new(|| {
    let all = WORDS.traits.iter().flat_map(|(name, others)| {
        let ways: Vec<&str> = std::iter::once(name)
            .chain(others)
            .map(String::as_str)
            .collect();
        let each = ways.clone();
        each.into_iter()
            .map(move |way| (way.to_owned(), ways.clone()))
    });
    Phrases::new(all)
});

/// A trait that the description of the product in play does not have.
pub fn untrue(known: &Known<'_>, scene: &Scene) -> Option<String> {
    let lower = scene.bare_lower.as_str();
    if scene.asks || known.evidence.focus().is_empty() && !scene.names_something() {
        return None;
    }
    // One word may be a way to say several traits: one that holds is enough.
    let mut wrong: Option<(usize, &str)> = None;
    for (at, way, ways) in WAYS.find(lower) {
        let is_inner = wrong.is_some_and(|(from, longer)| at < from + longer.len());
        match (is_so(known, scene, (at, way), ways), wrong) {
            (true, Some((from, _))) if at <= from => wrong = None,
            (false, None) => wrong = Some((at, way)),
            (_, Some(_)) if !is_inner => break,
            _ => {}
        }
    }
    wrong.map(|(_, way)| way.to_owned())
}

fn is_so(known: &Known<'_>, scene: &Scene, (at, way): (usize, &str), ways: &[&str]) -> bool {
    let lower = scene.bare_lower.as_str();
    let clause = clause_around(lower, at);
    let before = clause.split(way).next().unwrap_or("");
    let unstated = |words: &String| find_words(clause, words).is_some();
    if has_condition(clause) || WORDS.not_stated.iter().any(unstated) {
        return true;
    }
    let products = products(scene, at, clause);
    let of_line = products.is_empty() && scene.in_play(at).names_a_line();
    if products.is_empty() && !of_line {
        return true;
    }
    let negated = before.split_whitespace().rev().take(4).any(|word| {
        matches!(
            word,
            "not"
                | "no"
                | "never"
                | "without"
                | "non"
                | "isn't"
                | "aren't"
                | "doesn't"
                | "neither"
                | "nor"
        )
    });
    // Of what is not described, and of what was ordered, other results may say it.
    let told = || negated || ways.iter().any(|way| known.evidence.says(way));
    if of_line {
        return told();
    }
    products
        .iter()
        .all(|product| match has_trait(known, product, ways) {
            Some(has) => has != negated,
            None => told(),
        })
}

/// The products that the sentence is about here: those named nearest, or all that were found.
fn products(scene: &Scene, at: usize, clause: &str) -> Vec<Subject> {
    let in_play = scene.in_play(at);
    let all = WORDS
        .all
        .iter()
        .any(|words| find_words(clause, words).is_some());
    if in_play.is_unclear() && !all {
        return Vec::new();
    }
    let mut products: Vec<Subject> = in_play
        .named()
        .iter()
        .map(|subject| Subject::new(subject.root()))
        .filter(|root| root.0.starts_with("product:"))
        .collect();
    products.sort();
    products.dedup();
    products
}

/// Does the description say it of the product? `None` where the product is not described.
fn has_trait(known: &Known<'_>, product: &Subject, ways: &[&str]) -> Option<bool> {
    let told = known.evidence.described(&product.0)?;
    Some(
        ways.iter()
            .any(|way| all_words(told, way).any(|at| !is_denied(told, at))),
    )
}

/// "not waterproof", "non-stretch", "no hood".
fn is_denied(told: &str, at: usize) -> bool {
    let before = told[..at].trim_end_matches([' ', '-']);
    let last = before
        .rsplit(|c: char| !c.is_alphanumeric() && c != '\'')
        .next()
        .unwrap_or("");
    matches!(last, "not" | "no" | "non" | "without" | "isn't" | "never")
}

fn clause_around(lower: &str, at: usize) -> &str {
    let cut = |c: char| matches!(c, ';' | ':' | '.' | '!' | '|');
    let start = lower[..at].rfind(cut).map_or(0, |at| at + 1);
    let end = lower[at..].find(cut).map_or(lower.len(), |end| at + end);
    let clause = &lower[start..end];
    let place = at - start;
    let from = clause[..place].rfind(" but ").map_or(0, |at| at + 5);
    &clause[from..]
}
