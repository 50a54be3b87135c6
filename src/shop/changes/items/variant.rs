//! Which variant of a product an item becomes: by its number, or by the colour and size that are
//! given; what is not given stays as it is.

use super::{Problem, Wanted};
use crate::domain::limits::PRODUCT_LIST_MAX;
use crate::domain::order::OrderLine;
use crate::domain::product::{Product, Variant};

/// The variant that is wanted in place of a line's, whether or not it is in stock.
pub(super) fn wanted<'a>(
    product: &'a Product,
    line: &OrderLine,
    wanted: &Wanted,
) -> Result<&'a Variant, Problem> {
    if let Some(sku) = &wanted.sku {
        let found = product.variant(sku);
        return found.ok_or_else(|| Problem::OtherProduct {
            line: line.line,
            sku: sku.to_string(),
            there: there(product),
        });
    }
    if wanted.color.is_none() && wanted.size.is_none() {
        return Err(Problem::Which {
            line: line.line,
            there: there(product),
        });
    }
    let size = wanted.size.as_deref().unwrap_or(&line.size);
    let sized = of_size(product, size);
    let found = match &wanted.color {
        Some(color) => of_color(&sized, color),
        None => of_color(&sized, &line.color),
    };
    match found.as_slice() {
        [one] => Ok(one),
        [] => Err(Problem::NoVariant {
            line: line.line,
            wanted: (
                wanted.color.clone().unwrap_or_else(|| line.color.clone()),
                size.to_owned(),
            ),
            there: there(product),
        }),
        _ => Err(Problem::Which {
            line: line.line,
            there: found
                .iter()
                .map(|variant| (variant.color.clone(), variant.size.clone()))
                .collect(),
        }),
    }
}

/// Colour and size of what can be bought now.
pub(super) fn there(product: &Product) -> Vec<(String, String)> {
    let stocked = product.variants.iter().filter(|variant| variant.stock > 0);
    stocked
        .take(PRODUCT_LIST_MAX)
        .map(|variant| (variant.color.clone(), variant.size.clone()))
        .collect()
}

fn of_size<'a>(product: &'a Product, size: &str) -> Vec<&'a Variant> {
    let size = plain(size);
    let bare = size.strip_prefix("size ").unwrap_or(&size);
    let all = product.variants.iter();
    all.filter(|variant| plain(&variant.size) == bare || plain(&variant.size) == size)
        .collect()
}

/// "Green" is moss green where there is no other green.
fn of_color<'a>(variants: &[&'a Variant], color: &str) -> Vec<&'a Variant> {
    let color = plain(color);
    let all = || variants.iter().copied();
    let exact: Vec<&Variant> = all()
        .filter(|variant| plain(&variant.color) == color)
        .collect();
    if !exact.is_empty() || color.is_empty() {
        return exact;
    }
    all()
        .filter(|variant| plain(&variant.color).split(' ').any(|word| word == color))
        .collect()
}

fn plain(text: &str) -> String {
    let lower = text.to_lowercase().replace('-', " ");
    lower.split_whitespace().collect::<Vec<_>>().join(" ")
}
