//! Whether each product shown in a step is one that the shopper asked for, by the database.

use crate::domain::card::{Card, ProductCard};
use crate::evals::case::Case;
use crate::evals::play::Played;
use crate::evals::products::named;
use crate::evals::talk::Seen;
use crate::evals::wanted::WantedProducts;

/// What is near may be shown where nothing fits, so many at most.
const NEAR_MAX: usize = 2;

pub fn grade(case: &Case, played: &Played) -> anyhow::Result<Vec<String>> {
    let mut reasons = Vec::new();
    for (at, (step, seen)) in case.steps.iter().zip(&played.steps).enumerate() {
        let Some(wanted) = &step.products else {
            continue;
        };
        let shown = cards(seen);
        let found = if wanted.none {
            nothing_fits(played, wanted, &shown)?
        } else {
            all_fit(played, wanted, &shown)?
        };
        let found = found.into_iter();
        reasons.extend(found.map(|reason| format!("step {}: {reason}", at + 1)));
    }
    Ok(reasons)
}

/// The products shown in a step, on all its cards.
pub fn cards(seen: &Seen) -> Vec<&ProductCard> {
    let cards = seen.cards.iter().filter_map(|card| match card {
        Card::Products(card) => Some(&card.products),
        _ => None,
    });
    cards.flatten().collect()
}

fn all_fit(
    played: &Played,
    wanted: &WantedProducts,
    shown: &[&ProductCard],
) -> anyhow::Result<Vec<String>> {
    let mut reasons = Vec::new();
    let (min, max) = (
        wanted.count_min.unwrap_or(1),
        wanted.count_max.unwrap_or(usize::MAX),
    );
    if !(min..=max).contains(&shown.len()) {
        let fitting = fitting(played, wanted)?;
        reasons.push(format!(
            "{} products shown, not {min} to {max}; {fitting} fit",
            shown.len()
        ));
    }
    for card in shown {
        let Some(product) = named(&played.world.products, &card.product) else {
            continue;
        };
        if let Some(why) = wanted.unmet(product)? {
            reasons.push(format!("{} is shown and {why}", card.title));
        } else if !offers_it(wanted, card) {
            let title = &card.title;
            reasons.push(format!("{title}: no size and colour as wished on the card"));
        }
    }
    for name in wanted.includes.list() {
        let title = named(&played.world.products, name).map(|product| &product.title);
        if !shown.iter().any(|card| Some(&card.title) == title) {
            reasons.push(format!("{name} is not among the products shown"));
        }
    }
    Ok(reasons)
}

/// Does the card name a size and a colour that satisfy the wishes?
fn offers_it(wanted: &WantedProducts, card: &ProductCard) -> bool {
    let mut variants = card
        .colors
        .iter()
        .flat_map(|entry| entry.sizes.iter().map(|size| (&entry.color, size)));
    variants.any(|(color, size)| wanted.takes(color, size))
}

fn nothing_fits(
    played: &Played,
    wanted: &WantedProducts,
    shown: &[&ProductCard],
) -> anyhow::Result<Vec<String>> {
    let mut reasons = Vec::new();
    if !wanted.wishes() {
        let titles = shown.iter().map(|card| format!("{} is shown", card.title));
        return Ok(titles.collect());
    }
    let fitting = fitting(played, wanted)?;
    if fitting > 0 {
        reasons.push(format!("the case is wrong: {fitting} products fit"));
    }
    if shown.len() > NEAR_MAX {
        let shown = shown.len();
        reasons.push(format!("{shown} products shown where nothing fits"));
    }
    Ok(reasons)
}

fn fitting(played: &Played, wanted: &WantedProducts) -> anyhow::Result<usize> {
    let mut fitting = 0;
    for product in &played.world.products {
        fitting += usize::from(wanted.unmet(product)?.is_none());
    }
    Ok(fitting)
}
