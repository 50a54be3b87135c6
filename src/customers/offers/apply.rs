//! What an offer comes to for one item or one order. Costs go in here and never come out: the
//! answer is a price, or that the item takes no part.

use crate::domain::money::Money;
use crate::domain::offer::{OfferTerms, OfferValue};
use crate::domain::product::Product;

/// Why an item takes no part in an offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Excluded {
    FinalSale,
    Reduced,
    /// The offer leaves this category out.
    Category(String),
    /// The offer is for these categories alone.
    OnlyCategories(Vec<String>),
    Brand(String),
    OnlyBrands(Vec<String>),
    /// The price leaves no room for it above the shop's margin floor.
    LowestPrice,
}

/// Does the item take part? Judged at the most that the offer can ever take off it, so that it
/// stays at or above cost and floor in whatever order it is bought.
pub fn takes_part(
    terms: &OfferTerms,
    product: &Product,
    margin_floor_percent: u8,
) -> Result<(), Excluded> {
    if terms.not_final_sale && product.final_sale {
        return Err(Excluded::FinalSale);
    }
    if terms.not_reduced && product.reduced_from().is_some() {
        return Err(Excluded::Reduced);
    }
    if terms.not_categories.contains(&product.category) {
        return Err(Excluded::Category(product.category.clone()));
    }
    if !terms.categories.is_empty() && !terms.categories.contains(&product.category) {
        return Err(Excluded::OnlyCategories(terms.categories.clone()));
    }
    if terms.not_brands.contains(&product.brand) {
        return Err(Excluded::Brand(product.brand.clone()));
    }
    if !terms.brands.is_empty() && !terms.brands.contains(&product.brand) {
        return Err(Excluded::OnlyBrands(terms.brands.clone()));
    }
    let fits = match terms.value {
        // Items keep their price.
        OfferValue::FreeShipping => true,
        _ => at_worst(terms, product.price)
            .is_some_and(|left| stays_above(left, product.cost, margin_floor_percent)),
    };
    if fits {
        Ok(())
    } else {
        Err(Excluded::LowestPrice)
    }
}

/// The least that is left of an item's price. An amount is spread by price over the items that take
/// part, which are worth at least the minimum together, so an item bears at most its share of that.
fn at_worst(terms: &OfferTerms, price: Money) -> Option<Money> {
    match terms.value {
        OfferValue::Percent(_) => after(terms.value, price),
        OfferValue::FreeShipping => Some(price),
        OfferValue::Amount(amount) => {
            let least = terms.minimum.map_or(0, |minimum| minimum.minor);
            let order = i128::from(least.max(price.minor));
            if amount.currency != price.currency || order <= 0 {
                return None;
            }
            let share = i128::from(amount.minor) * i128::from(price.minor);
            // Rounded up: the odd cent may fall on this item.
            let share = (share + order - 1) / order;
            let left = i128::from(price.minor) - share;
            Some(Money::new(i64::try_from(left).ok()?, price.currency))
        }
    }
}

/// The most that may come off what costs so much in all and is sold for `price` in all.
pub fn most_off(price: Money, cost: Money, margin_floor_percent: u8) -> Money {
    let share = i128::from(100 - margin_floor_percent.min(99));
    let least = (i128::from(cost.minor) * 100 + share - 1) / share;
    let most = i128::from(price.minor) - least.max(1);
    let most = match price.currency == cost.currency {
        true => i64::try_from(most).unwrap_or(0).max(0),
        false => 0,
    };
    Money::new(most, price.currency)
}

/// Does a price stay above the cost by the floor's share of it? Another currency says no.
fn stays_above(left: Money, cost: Money, margin_floor_percent: u8) -> bool {
    let keeps = i128::from(left.minor) * i128::from(100 - margin_floor_percent.min(100));
    left.currency == cost.currency && left.minor > 0 && keeps >= i128::from(cost.minor) * 100
}

/// What an order, or an item bought by itself, costs with the offer: percentages are rounded down
/// to the minor unit. `None` where the offer takes nothing off items, or is in another currency.
pub fn after(value: OfferValue, price: Money) -> Option<Money> {
    let off = match value {
        OfferValue::Percent(percent) => {
            let off = i128::from(price.minor) * i128::from(percent.min(100)) / 100;
            i64::try_from(off).ok()?
        }
        OfferValue::Amount(amount) if amount.currency == price.currency => amount.minor,
        OfferValue::Amount(_) | OfferValue::FreeShipping => return None,
    };
    let left = price.minor.checked_sub(off)?;
    (left >= 0).then(|| Money::new(left, price.currency))
}

/// What an order still lacks to the minimum; another currency lacks all of it.
pub fn missing(terms: &OfferTerms, order_value: Money) -> Option<Money> {
    let minimum = terms.minimum?;
    if minimum.currency != order_value.currency {
        return Some(minimum);
    }
    let missing = minimum.minor - order_value.minor;
    (missing > 0).then(|| Money::new(missing, minimum.currency))
}
