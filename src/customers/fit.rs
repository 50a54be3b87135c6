//! What a customer's purchases say about their size: what they kept fitted, and what came back as
//! too small or too large did not. Returns for any other reason say nothing.

use std::collections::BTreeMap;

use crate::domain::identity::CustomerScope;
use crate::domain::ids::ProductId;
use crate::domain::limits::{
    FIT_HALF_LIFE_DAYS, FIT_KEPT_AFTER_DAYS, FIT_ORDERS_MAX, FIT_PRODUCTS_MAX,
};
use crate::domain::order::{Order, OrderLine, OrderStatus};
use crate::domain::product::Product;
use crate::domain::returns::{Return, ReturnReason, ReturnStatus};
use crate::store::{Store, StoreError};

const DAY_MS: i64 = 86_400_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fitted {
    Kept,
    TooSmall,
    TooLarge,
}

/// One line of an order with what became of it.
#[derive(Clone, Debug)]
pub struct Worn {
    /// As it is in the shop now.
    pub product: Product,
    pub size: String,
    pub fitted: Fitted,
    pub placed_ms: i64,
}

/// Everything the customer's newest orders say, newest first.
pub async fn worn(
    store: &Store,
    scope: &CustomerScope,
    now_ms: i64,
) -> Result<Vec<Worn>, StoreError> {
    let mut products: BTreeMap<ProductId, Option<Product>> = BTreeMap::new();
    let mut worn = Vec::new();
    for order in store.orders_of(scope.customer(), FIT_ORDERS_MAX).await? {
        let returns = store.returns_of(&order.number).await?;
        for line in &order.lines {
            let Some(fitted) = fitted(&order, line, &returns, now_ms) else {
                continue;
            };
            if !products.contains_key(&line.product) {
                if products.len() >= FIT_PRODUCTS_MAX {
                    continue;
                }
                let product = store.product(&line.product).await?;
                products.insert(line.product.clone(), product);
            }
            if let Some(Some(product)) = products.get(&line.product) {
                worn.push(Worn {
                    product: product.clone(),
                    size: line.size.clone(),
                    fitted,
                    placed_ms: order.placed_ms,
                });
            }
        }
    }
    Ok(worn)
}

/// What became of a line; nothing when that says nothing about its size.
fn fitted(order: &Order, line: &OrderLine, returns: &[Return], now_ms: i64) -> Option<Fitted> {
    let mut came_back = returns
        .iter()
        .filter(|one| one.status != ReturnStatus::Cancelled)
        .flat_map(|one| &one.lines)
        .filter(|back| back.line == line.line)
        .peekable();
    if came_back.peek().is_some() {
        return came_back.find_map(|back| match back.reason {
            ReturnReason::SizeTooSmall => Some(Fitted::TooSmall),
            ReturnReason::SizeTooLarge => Some(Fitted::TooLarge),
            _ => None,
        });
    }
    let long_ago = |ms: i64| now_ms.saturating_sub(ms) >= FIT_KEPT_AFTER_DAYS * DAY_MS;
    let delivered = match order.status {
        OrderStatus::Cancelled | OrderStatus::ReturnedToSender | OrderStatus::Returned => None,
        // Imported without parcels.
        OrderStatus::Delivered if order.shipments.is_empty() => Some(order.placed_ms),
        _ => order
            .shipments
            .iter()
            .filter(|parcel| parcel.lines.iter().any(|shipped| shipped.line == line.line))
            .filter_map(|parcel| parcel.delivered_ms)
            .max(),
    };
    delivered.is_some_and(long_ago).then_some(Fitted::Kept)
}

/// One purchase as a voice for a size, counted in steps of a chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Voice {
    pub step: usize,
    pub placed_ms: i64,
    /// Bought in the same chart: counts twice.
    pub same_chart: bool,
}

/// What all voices together say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    Nothing,
    One(usize),
    /// Two neighbours, with the one that has more weight.
    Between {
        smaller: usize,
        larger: usize,
        nearer: usize,
    },
    /// They point to sizes that are apart: to be asked, not guessed.
    Contradictory,
}

/// The newest count most. Three fifths of the weight decide; two neighbours with four fifths of it
/// are between two sizes.
pub fn settle(voices: &[Voice], now_ms: i64) -> Settled {
    let mut weights: BTreeMap<usize, f64> = BTreeMap::new();
    for voice in voices {
        *weights.entry(voice.step).or_default() += weight(voice, now_ms);
    }
    let total: f64 = weights.values().sum();
    let mut ranked: Vec<(usize, f64)> = weights.into_iter().collect();
    // Of equals the smaller step; weights are finite.
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    match ranked[..] {
        [] => Settled::Nothing,
        [(step, most), ..] if most >= total * 0.6 => Settled::One(step),
        [(one, most), (other, second), ..]
            if one.abs_diff(other) == 1 && most + second >= total * 0.8 =>
        {
            Settled::Between {
                smaller: one.min(other),
                larger: one.max(other),
                nearer: one,
            }
        }
        _ => Settled::Contradictory,
    }
}

#[allow(clippy::cast_precision_loss)]
fn weight(voice: &Voice, now_ms: i64) -> f64 {
    let days = now_ms.saturating_sub(voice.placed_ms).max(0) / DAY_MS;
    let halvings = days as f64 / FIT_HALF_LIFE_DAYS;
    let once = 0.5_f64.powf(halvings);
    if voice.same_chart { 2.0 * once } else { once }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 2_000 * DAY_MS;

    fn voice(step: usize, days_ago: i64) -> Voice {
        Voice {
            step,
            placed_ms: NOW - days_ago * DAY_MS,
            same_chart: false,
        }
    }

    #[test]
    fn the_newest_count_most() {
        assert_eq!(settle(&[], NOW), Settled::Nothing);
        assert_eq!(settle(&[voice(2, 900)], NOW), Settled::One(2));
        let grown = [voice(1, 1_500), voice(1, 1_400), voice(3, 30), voice(3, 60)];
        assert_eq!(settle(&grown, NOW), Settled::One(3));
    }

    #[test]
    fn two_neighbours_are_between() {
        let voices = [voice(2, 10), voice(3, 20)];
        let Settled::Between {
            smaller,
            larger,
            nearer,
        } = settle(&voices, NOW)
        else {
            panic!("not between: {:?}", settle(&voices, NOW));
        };
        assert_eq!((smaller, larger, nearer), (2, 3, 2));
    }

    #[test]
    fn what_is_apart_contradicts() {
        let voices = [voice(1, 10), voice(3, 20)];
        assert_eq!(settle(&voices, NOW), Settled::Contradictory);
        let scattered = [voice(1, 10), voice(2, 10), voice(3, 10), voice(4, 10)];
        assert_eq!(settle(&scattered, NOW), Settled::Contradictory);
    }

    #[test]
    fn the_same_chart_counts_twice_and_a_future_purchase_not_more() {
        let mut own = voice(2, 10);
        own.same_chart = true;
        assert_eq!(settle(&[own, voice(4, 10)], NOW), Settled::One(2));
        let future = voice(4, -100_000);
        assert_eq!(settle(&[voice(2, 0), future], NOW), Settled::Contradictory);
        let ancient = Voice {
            placed_ms: i64::MIN,
            ..voice(1, 0)
        };
        assert_eq!(settle(&[ancient], NOW), Settled::One(1));
    }
}
