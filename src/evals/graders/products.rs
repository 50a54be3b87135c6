//! Whether each product shown in a step is one that the shopper asked for, by the database.

use crate::domain::card::{Card, ProductCard};
use crate::domain::product::Product;
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
        let (products, shown) = (&played.world.products, cards(seen));
        let found = if wanted.none {
            nothing_fits(products, wanted, &shown)?
        } else {
            all_fit(products, wanted, &shown)?
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
    products: &[Product],
    wanted: &WantedProducts,
    shown: &[&ProductCard],
) -> anyhow::Result<Vec<String>> {
    let mut reasons = Vec::new();
    let (min, max) = (wanted.count_min.unwrap_or(1), wanted.count_max);
    if shown.len() < min || max.is_some_and(|max| shown.len() > max) {
        let (is, fitting) = (shown.len(), fitting(products, wanted)?);
        let max = max.map_or_else(|| " or more".to_owned(), |max| format!(" to {max}"));
        reasons.push(format!(
            "{is} products shown, not {min}{max}; {fitting} fit"
        ));
    }
    for card in shown {
        let Some(product) = named(products, &card.product) else {
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
        let title = named(products, name).map(|product| &product.title);
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
    products: &[Product],
    wanted: &WantedProducts,
    shown: &[&ProductCard],
) -> anyhow::Result<Vec<String>> {
    let mut reasons = Vec::new();
    if !wanted.wishes() {
        let titles = shown.iter().map(|card| format!("{} is shown", card.title));
        return Ok(titles.collect());
    }
    let fitting = fitting(products, wanted)?;
    if fitting > 0 {
        reasons.push(format!("the case is wrong: {fitting} products fit"));
    }
    for card in shown {
        let product = named(products, &card.product);
        let other = product.and_then(|product| wanted.other_kind(product));
        reasons.extend(other.map(|why| format!("{} is shown as near and {why}", card.title)));
    }
    if shown.len() > NEAR_MAX {
        let shown = shown.len();
        reasons.push(format!("{shown} products shown where nothing fits"));
    }
    Ok(reasons)
}

fn fitting(products: &[Product], wanted: &WantedProducts) -> anyhow::Result<usize> {
    let mut fitting = 0;
    for product in products {
        fitting += usize::from(wanted.unmet(product)?.is_none());
    }
    Ok(fitting)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evals::products::fixture::{card, shelf};

    fn reasons(wanted: &str, shown: &[ProductCard]) -> String {
        let wanted: WantedProducts = toml::from_str(wanted).unwrap();
        let shown: Vec<&ProductCard> = shown.iter().collect();
        let found = if wanted.none {
            nothing_fits(&shelf(), &wanted, &shown)
        } else {
            all_fit(&shelf(), &wanted, &shown)
        };
        found.unwrap().join("; ")
    }

    #[test]
    fn what_satisfies_every_wish_passes() {
        for wanted in [
            "",
            "category = 'rain-jackets'\nprice_max = '149'\nprice_min = '149.00'",
            "size = ['S', 'M']\ncolor = 'green'\nnot_color = 'black'\nfeature = 'hood'",
            "department = ['men', 'women']\nincludes = 'sleet rain jacket'\ncount_max = 1",
        ] {
            assert_eq!(reasons(wanted, &[card()]), "", "{wanted}");
        }
        assert_eq!(reasons("none = true", &[]), "");
        assert_eq!(
            reasons("none = true\ncolor = 'pink'", &[card(), card()]),
            ""
        );
    }

    #[test]
    fn each_wish_can_fail() {
        for (wanted, reason) in [
            ("category = 'fleece'", "is of rain-jackets"),
            ("department = 'men'", "is for women"),
            ("price_max = '148.99'", "above"),
            ("price_min = '149.01'", "below"),
            ("feature = ['hood', 'windproof']", "is not windproof"),
            ("color = 'pink'", "nothing in stock"),
            // Navy is sold out in M, and there is nothing else that is not green.
            ("size = 'M'\nnot_color = 'green'", "nothing in stock"),
            ("includes = 'p-0002'", "not among"),
            ("count_min = 2", "1 products shown, not 2 or more"),
            ("count_max = 0\ncount_min = 0", "not 0 to 0"),
            ("none = true", "is shown"),
            ("none = true\ncolor = 'navy'", "the case is wrong"),
            (
                "none = true\ncategory = 'fleece'",
                "is shown as near and is of",
            ),
        ] {
            let found = reasons(wanted, &[card()]);
            assert!(found.contains(reason), "{wanted}: {found}");
        }
        let many = reasons("none = true\ncolor = 'pink'", &[card(), card(), card()]);
        assert!(many.contains("3 products shown"), "{many}");
        let mut other_sizes = card();
        other_sizes.colors.remove(0);
        let found = reasons("color = 'green'", &[other_sizes]);
        assert!(found.contains("no size and colour as wished"), "{found}");
        assert!(reasons("", &[]).contains("0 products shown"));
    }
}
