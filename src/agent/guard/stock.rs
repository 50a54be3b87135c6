//! Sizes that a sentence says there are, or are not: a product that is in stock is not in stock in
//! every size.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::domain::evidence::{FactValue, Subject};

use super::known::Known;
use super::subjects::{InPlay, Scene};
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
/// What a product is made in may be sold out.
const COMES_IN: &str = "comes in";

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
pub fn empty_shelf<'a>(known: &Known<'_>, scene: &'a Scene) -> Option<&'a str> {
    let (sentence, lower) = (scene.text.as_str(), scene.lower.as_str());
    let products = products(scene.in_play(0));
    // Sizes of what was ordered are facts of the order.
    if products.is_empty() || scene.asks {
        return None;
    }
    let claim = |part: &Range<usize>| {
        let part = &lower[part.clone()];
        let has_one = |list: &[String]| list.iter().any(|words| find_words(part, words).is_some());
        let claims = has_one(&WORDS.can_be_had) || find_words(part, COMES_IN).is_some();
        (claims && !has_one(&WORDS.cannot_be_had) && !has_condition(part))
            .then(|| has_one(&WORDS.can_be_had))
    };
    parts(lower).into_iter().find_map(|part| {
        let is_stock = claim(&part)?;
        let there = |product: &Subject, size: &str| {
            has(known, product, size) || (!is_stock && is_made(known, product, size))
        };
        let mut sizes = sizes_in(&sentence[part]).into_iter();
        sizes.find(|size| !products.iter().all(|product| there(product, size)))
    })
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
pub fn is_borne_out(known: &Known<'_>, scene: &Scene, stated: &Stated) -> Option<bool> {
    let (sentence, names) = (scene.text.as_str(), scene.names_something());
    let in_play = scene.in_play(stated.at);
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
    let part = parts(&scene.lower)
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
    Some(products.iter().all(|product| {
        sizes.iter().all(|size| {
            let of_size = product.child(format_args!("size:{size}"));
            says(known, &of_size, wanted) || (in_stock && has(known, product, size))
        }) && (!sizes.is_empty() || says(known, product, wanted))
    }))
}

fn says(known: &Known<'_>, subject: &Subject, wanted: &str) -> bool {
    let is_wanted = |value: &FactValue| matches!(value, FactValue::Status(status) if status.eq_ignore_ascii_case(wanted));
    let mut facts = known.facts().iter();
    facts.any(|fact| fact.about.contains(subject) && is_wanted(&fact.value))
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

/// Can this size be bought? A size that a result lists of a product is there, unless one says of the
/// size itself that it is sold out.
fn has(known: &Known<'_>, product: &Subject, size: &str) -> bool {
    let of_size = product.child(format_args!("size:{size}"));
    says(known, &of_size, IN_STOCK)
        || (!says(known, &of_size, OUT_OF_STOCK)
            && names(known, product, size, &|attribute| attribute == "size"))
}

/// Is the product made in this size, whether there is one now or not?
fn is_made(known: &Known<'_>, product: &Subject, size: &str) -> bool {
    names(known, product, size, &|_| true)
}

fn names(
    known: &Known<'_>,
    product: &Subject,
    size: &str,
    is_meant: &dyn Fn(&str) -> bool,
) -> bool {
    known.facts().iter().any(|fact| {
        is_meant(&fact.attribute)
            && fact.about.iter().any(|about| product.contains(about))
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
