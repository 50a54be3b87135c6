//! Which of the best products are shown: such that differ, because four of a kind help nobody to
//! choose.

use std::collections::BTreeMap;

use super::find::{Candidate, Found};
use super::text::tokens;
use super::wishes::Wishes;

/// What each product of the same category or brand that is shown already takes from the next one's
/// score. Source: Carbonell and Goldstein, "The Use of MMR": relevance less similarity to what was
/// chosen.
const SAME_CATEGORY: f32 = 0.25;
const SAME_BRAND: f32 = 0.05;
/// What comes only when nothing else is left: the same title in another cut, and what is for
/// children where nobody asked for it.
const IN_ANOTHER_CUT: f32 = 100.0;
const NOT_ASKED_FOR: f32 = 1_000.0;
/// Words behind a title that only say for whom the cut is.
const CUTS: [&str; 6] = ["mens", "womens", "men", "women", "kids", "unisex"];

/// At most `limit` of the found products: each the best of those left, less what it has in common
/// with those before it. `pool` gives their scores.
pub fn differing(
    found: Vec<Found>,
    pool: &[&Candidate<'_>],
    wishes: &Wishes,
    limit: usize,
) -> Vec<Found> {
    let scores: BTreeMap<&str, f32> = pool
        .iter()
        .map(|one| (one.entry.id.as_str(), one.score))
        .collect();
    let best = scores.values().copied().fold(f32::MIN_POSITIVE, f32::max);
    let mut left: Vec<(f32, Found)> = found
        .into_iter()
        .zip(0_u16..)
        .map(|(one, rank)| {
            let score = scores
                .get(one.product.id.as_str())
                .copied()
                .unwrap_or_default();
            // The order of the pool decides between equals, and alone where the price does.
            let order = f32::from(rank) * 0.001;
            let by_words = if wishes.cheapest { 1.0 } else { score / best };
            (by_words - order, one)
        })
        .collect();
    let for_others = |one: &Found| match wishes.departments.is_empty() {
        true => f32::from(u8::from(one.product.department == "kids")) * NOT_ASKED_FOR,
        false => 0.0,
    };
    let mut chosen: Vec<Found> = Vec::new();
    while chosen.len() < limit && !left.is_empty() {
        let worth = |(score, one): &(f32, Found)| {
            let like = match wishes.cheapest {
                true => twice(&chosen, one),
                false => likeness(&chosen, one),
            };
            *score - like - for_others(one)
        };
        let next = (0..left.len()).max_by(|a, b| {
            let by_worth = worth(&left[*a]).total_cmp(&worth(&left[*b]));
            by_worth.then(b.cmp(a))
        });
        let Some(next) = next else { break };
        let (_, one) = left.remove(next);
        chosen.push(one);
    }
    chosen
}

fn likeness(chosen: &[Found], one: &Found) -> f32 {
    let count =
        |same: &dyn Fn(&Found) -> bool| chosen.iter().filter(|other| same(other)).count() as f32;
    SAME_CATEGORY * count(&|other| other.product.category == one.product.category)
        + SAME_BRAND * count(&|other| other.product.brand == one.product.brand)
        + twice(chosen, one)
}

/// The same title in another cut comes only when nothing else is left.
fn twice(chosen: &[Found], one: &Found) -> f32 {
    let title = base_title(&one.product.title);
    let is_there = chosen
        .iter()
        .any(|other| base_title(&other.product.title) == title);
    if is_there { IN_ANOTHER_CUT } else { 0.0 }
}

/// "sleet rain jacket" of "Sleet Rain Jacket Men's".
pub fn base_title(title: &str) -> String {
    let words = tokens(title).into_iter().filter(|token| !token.sign);
    let kept = words.filter(|token| !CUTS.contains(&token.text.as_str()));
    kept.map(|token| token.text).collect::<Vec<_>>().join(" ")
}
