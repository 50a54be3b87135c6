//! Sizes that a sentence says there are, or are not: a product that is in stock is not in stock in
//! every size.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::agent::evidence::Evidence;
use crate::domain::evidence::{Fact, FactValue, Subject};

use super::subjects::InPlay;
use super::words::{Stated, WORDS, find_words, has_condition};

/// Letters count as a size only in capitals; sizes in digits are values of their own.
static SIZE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:^|[\s(,;/])((?:X{0,3}[SL]|M|[2-5]XL)(?:/(?:X{0,3}[SL]|M))?)(?:$|[\s),.;:!?/])")
        .expect("the pattern is fixed and tested")
});

static TURN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r";|\.\s|\b(?:but|while|whereas|however)\b")
        .expect("the pattern is fixed and tested")
});

const IN_STOCK: &str = "in stock";
const OUT_OF_STOCK: &str = "out of stock";

/// The letter sizes that stand in a sentence.
pub fn sizes_in(sentence: &str) -> Vec<&str> {
    let mut sizes = Vec::new();
    let mut from = 0;
    // Two sizes may share the space between them.
    while let Some(found) = SIZE.captures_at(sentence, from).and_then(|c| c.get(1)) {
        sizes.push(found.as_str());
        from = found.end();
    }
    sizes
}

/// A size that the sentence says can be had although nothing known says so.
pub fn empty_shelf<'a>(
    evidence: &Evidence,
    in_play: &InPlay,
    sentence: &'a str,
    lower: &str,
) -> Option<&'a str> {
    let products = products(in_play);
    // Sizes of what was ordered are facts of the order.
    if products.is_empty() || lower.trim_end().ends_with('?') || sentence.len() != lower.len() {
        return None;
    }
    let claims = |part: &&Range<usize>| {
        let part = &lower[(*part).clone()];
        let has_one = |list: &[String]| list.iter().any(|words| find_words(part, words).is_some());
        has_one(&WORDS.can_be_had) && !has_one(&WORDS.cannot_be_had) && !has_condition(part)
    };
    parts(lower)
        .iter()
        .filter(claims)
        .flat_map(|part| sizes_in(&sentence[part.clone()]))
        .find(|size| !products.iter().all(|product| has(evidence, product, size)))
}

/// A sentence cut where it turns: "sold out in XL, but we have it in L".
fn parts(lower: &str) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut from = 0;
    for turn in TURN.find_iter(lower) {
        parts.push(from..turn.start());
        from = turn.end();
    }
    parts.push(from..lower.len());
    parts
}

/// Is it true of a product that it is in stock, or out of it, in the sizes that the sentence names?
/// `None` when the status or what it is stated of is of another kind. `names` says whether the
/// sentence itself names what it is about: a size that an earlier one named is not meant any more.
pub fn is_borne_out(
    evidence: &Evidence,
    in_play: &InPlay,
    stated: &Stated,
    (sentence, names): (&str, bool),
) -> Option<bool> {
    let in_stock = match (stated.is(IN_STOCK), stated.is(OUT_OF_STOCK)) {
        (true, false) => !stated.negated,
        (false, true) => stated.negated,
        _ => return None,
    };
    let targets = in_play.targets();
    let products = products(in_play);
    if products.is_empty() {
        return None;
    }
    let part = parts(&sentence.to_lowercase())
        .into_iter()
        .find(|part| part.contains(&stated.at))
        .and_then(|part| sentence.get(part));
    let mut sizes = sizes_in(part.unwrap_or(sentence));
    if names {
        let named = targets
            .iter()
            .filter_map(|subject| subject.0.split_once("/size:"));
        sizes.extend(named.map(|(_, size)| size));
    }
    let wanted = if in_stock { IN_STOCK } else { OUT_OF_STOCK };
    let says = |subject: &Subject| {
        let status = |fact: &Fact| matches!(&fact.value, FactValue::Status(status) if status.eq_ignore_ascii_case(wanted));
        evidence
            .facts()
            .iter()
            .any(|fact| fact.about.contains(subject) && status(fact))
    };
    Some(products.iter().all(|product| {
        sizes.iter().all(|size| {
            let of_size = says(&product.child(format_args!("size:{size}")));
            of_size || (in_stock && has(evidence, product, size))
        }) && (!sizes.is_empty() || says(product))
    }))
}

/// The products that a sentence is about, whichever sizes of them it names.
fn products(in_play: &InPlay) -> Vec<Subject> {
    let mut products: Vec<Subject> = in_play
        .targets()
        .into_iter()
        .map(Subject::root)
        .filter(|root| root.starts_with("product:"))
        .map(Subject::new)
        .collect();
    products.sort();
    products.dedup();
    products
}

fn has(evidence: &Evidence, product: &Subject, size: &str) -> bool {
    evidence.facts().iter().any(|fact| {
        fact.about.iter().any(|about| product.contains(about))
            && matches!(&fact.value, FactValue::Code(code) if code.eq_ignore_ascii_case(size))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_in_capitals_only() {
        assert_eq!(
            sizes_in("It is in stock in S, M and XXL."),
            ["S", "M", "XXL"]
        );
        assert_eq!(sizes_in("the S/M and 3XL"), ["S/M", "3XL"]);
        assert!(sizes_in("It's what I'm after, l or m. SMALL XLS").is_empty());
    }
}
