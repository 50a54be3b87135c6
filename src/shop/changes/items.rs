//! Items of an order that has not been sent become other sizes and colours of the same product, or
//! leave the order.
//!
//! Design: a new piece costs what it costs now. A discount of the line stays with its pieces: it is
//! split over them by the largest remainder, and a piece that becomes another one keeps the same
//! share of its price off, rounded in the shopper's favour. So the same price stays the same price,
//! and a piece that leaves takes back exactly what was paid for it. Shipping stays as it was paid.

mod variant;

use serde::{Deserialize, Serialize};

use super::{Refusal, Terms, open, order, paying};
use crate::domain::effect::Receipt;
use crate::domain::ids::{OrderNumber, PaymentMethodId, Sku};
use crate::domain::money::Money;
use crate::domain::order::{Changed, MoneyWhy, Order, OrderChange, OrderLine, Swap};
use crate::domain::product::{Product, Variant};
use crate::shop::books::{self, Part};
use crate::store::effects::{AsItIs, Change};

/// One entry of what a shopper asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    pub line: u32,
    /// All pieces of the line when left out.
    pub quantity: Option<u32>,
    pub color: Option<String>,
    pub size: Option<String>,
    pub sku: Option<Sku>,
    /// The pieces leave the order.
    pub remove: bool,
}

/// What the items become and what that costs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    pub order: OrderNumber,
    pub pairs: Vec<Pair>,
    /// The order's lines as they are afterwards.
    pub lines: Vec<OrderLine>,
    /// Positive when the shopper pays more.
    pub difference: Money,
    /// The order's total afterwards.
    pub total: Money,
    pub charge: Option<Part>,
    pub back: Vec<Part>,
    /// The way that was named where nothing is paid either way.
    pub named: Option<PaymentMethodId>,
    /// Working days until all of it is back; `None` when all of it is at once.
    pub days: Option<u32>,
    /// Nothing of the order has been charged yet, so that only its total changes.
    pub unpaid: bool,
    /// Can nothing more be changed afterwards?
    pub last: bool,
    pub policy: String,
}

/// Pieces of a line and what becomes of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pair {
    pub line: u32,
    pub quantity: u32,
    pub title: String,
    pub from: Side,
    /// `None` when they leave the order.
    pub to: Option<Side>,
}

/// A variant with what all its pieces cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Side {
    pub sku: Sku,
    pub color: String,
    pub size: String,
    pub paid: Money,
}

/// What is wrong with an entry. Variants are (colour, size); `there` are those in stock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    Nothing,
    NoSuchLine(Vec<u32>),
    /// No pieces, a line twice with an open quantity, or both removed and changed.
    Unclear(u32),
    TooMany {
        line: u32,
        asked: u32,
        has: u32,
    },
    /// It was not said what it becomes, or that names several.
    Which {
        line: u32,
        there: Vec<(String, String)>,
    },
    NoVariant {
        line: u32,
        wanted: (String, String),
        there: Vec<(String, String)>,
    },
    OtherProduct {
        line: u32,
        sku: String,
        there: Vec<(String, String)>,
    },
    SoldOut {
        line: u32,
        wanted: (String, String),
        left: i64,
        there: Vec<(String, String)>,
    },
    SameVariant(u32),
    /// The product is not sold any more.
    NotSold(u32),
    /// Everything would leave the order.
    Everything,
    /// The product's price is in another currency than the order.
    OtherCurrency(u32),
}

/// What can the items become? `method` is the way to pay that was named.
pub fn decide(
    now: &AsItIs,
    terms: &Terms,
    wanted: &[Wanted],
    method: Option<&str>,
) -> Result<Decision, Refusal> {
    let order = order(now)?;
    open(order, terms)?;
    let entries = entries(order, wanted).map_err(Refusal::Items)?;
    let swapped = swapped(now, order, terms, &entries).map_err(Refusal::Items)?;
    let minor = |lines: &[OrderLine]| lines.iter().map(|line| line.paid().minor).sum::<i64>();
    let difference = minor(&swapped.lines) - minor(&order.lines);
    let total = Money::new(order.total.minor + difference, order.currency);
    if total.minor < 0 {
        return Err(Refusal::Pay(books::Problem::Books));
    }
    let amount = Money::new(difference.abs(), order.currency);
    let unpaid = order.payments.is_empty();
    let (charge, back) = match difference {
        0 => (None, Vec::new()),
        _ if unpaid => (None, Vec::new()),
        1.. => (Some(paying::charge(now, order, amount, method)), Vec::new()),
        _ => {
            let anywhere = terms.rules.refund_to_other_method;
            let back = paying::refund(now, order, amount, method, anywhere);
            (None, back.map_err(Refusal::Pay)?)
        }
    };
    if books::other_currency(now, &back) {
        return Err(Refusal::Pay(books::Problem::OtherCurrency));
    }
    let named = method.filter(|_| difference == 0).map(|name| {
        let ways = paying::ways(now, order);
        paying::named(&ways, name).map(|way| way.id.clone())
    });
    Ok(Decision {
        order: order.number.clone(),
        named: named.transpose().map_err(Refusal::Pay)?,
        pairs: swapped.pairs,
        lines: swapped.lines,
        difference: Money::new(difference, order.currency),
        total,
        charge: charge.transpose().map_err(Refusal::Pay)?,
        days: books::days(&back, terms.rules.refund_days),
        back,
        unpaid: unpaid && difference != 0,
        last: terms.rules.items_change_is_last,
        policy: terms.policy.clone(),
    })
}

/// Each entry with its line and pieces; entries of one line together stay within it.
fn entries<'a>(
    order: &'a Order,
    wanted: &'a [Wanted],
) -> Result<Vec<(&'a OrderLine, &'a Wanted, u32)>, Problem> {
    if wanted.is_empty() {
        return Err(Problem::Nothing);
    }
    let line = |number: u32| order.lines.iter().find(|line| line.line == number);
    let unknown = wanted.iter().map(|one| one.line);
    let unknown: Vec<u32> = unknown.filter(|number| line(*number).is_none()).collect();
    if !unknown.is_empty() {
        return Err(Problem::NoSuchLine(unknown));
    }
    let mut entries: Vec<(&OrderLine, &Wanted, u32)> = Vec::with_capacity(wanted.len());
    for one in wanted {
        let Some(line) = line(one.line) else { continue };
        let same = wanted.iter().filter(|other| other.line == one.line);
        let changes = one.color.is_some() || one.size.is_some() || one.sku.is_some();
        let unclear = one.quantity == Some(0)
            || (one.quantity.is_none() && same.count() > 1)
            || (one.remove && changes);
        if unclear {
            return Err(Problem::Unclear(one.line));
        }
        let pieces = one.quantity.unwrap_or(line.quantity);
        let before = entries.iter().filter(|(of, _, _)| of.line == line.line);
        let before = before.map(|(_, _, pieces)| *pieces);
        let asked = before.fold(pieces, u32::saturating_add);
        if asked > line.quantity {
            return Err(Problem::TooMany {
                line: line.line,
                asked,
                has: line.quantity,
            });
        }
        entries.push((line, one, pieces));
    }
    let gone = entries.iter().filter(|(_, one, _)| one.remove);
    let gone: u64 = gone.map(|(_, _, pieces)| u64::from(*pieces)).sum();
    let all = order.lines.iter().map(|line| u64::from(line.quantity));
    if gone == all.sum::<u64>() {
        return Err(Problem::Everything);
    }
    Ok(entries)
}

struct Swapped {
    lines: Vec<OrderLine>,
    pairs: Vec<Pair>,
}

/// The order's lines with every entry carried out. What stays of a line keeps its number, else the
/// first that it becomes does; the others come behind the last line.
fn swapped(
    now: &AsItIs,
    order: &Order,
    terms: &Terms,
    entries: &[(&OrderLine, &Wanted, u32)],
) -> Result<Swapped, Problem> {
    let mut lines: Vec<OrderLine> = Vec::new();
    let mut added: Vec<OrderLine> = Vec::new();
    let mut pairs: Vec<Option<Pair>> = entries.iter().map(|_| None).collect();
    let mut wanted_of: Vec<(Sku, u32)> = Vec::new();
    for line in &order.lines {
        let own = entries.iter().enumerate();
        let own: Vec<(usize, &Wanted, u32)> = own
            .filter(|(_, (of, _, _))| of.line == line.line)
            .map(|(at, (_, wanted, pieces))| (at, *wanted, *pieces))
            .collect();
        let rest = line.quantity - own.iter().map(|(_, _, pieces)| pieces).sum::<u32>();
        let weights = own.iter().map(|(_, _, pieces)| *pieces).chain([rest]);
        let weights: Vec<i64> = weights.map(i64::from).collect();
        let mut discounts = line.discount.split(&weights);
        let kept = discounts.pop().unwrap_or(line.discount);
        let mut becomes: Vec<OrderLine> = Vec::new();
        if rest > 0 {
            becomes.push(part(line, rest, kept));
        }
        for ((at, wanted, pieces), discount) in own.into_iter().zip(discounts) {
            let old = part(line, pieces, discount);
            let new = match wanted.remove {
                true => None,
                false => Some(other(now, terms, &old, wanted, &mut wanted_of)?),
            };
            pairs[at] = Some(Pair {
                line: line.line,
                quantity: pieces,
                title: line.title.clone(),
                from: Side::of(&old),
                to: new.as_ref().map(Side::of),
            });
            becomes.extend(new);
        }
        let mut becomes = becomes.into_iter();
        lines.extend(becomes.next());
        added.extend(becomes);
    }
    let last = order.lines.iter().map(|line| line.line).max().unwrap_or(0);
    for (mut line, number) in added.into_iter().zip(last.saturating_add(1)..) {
        line.line = number;
        lines.push(line);
    }
    let pairs = pairs.into_iter().flatten().collect();
    Ok(Swapped { lines, pairs })
}

fn part(line: &OrderLine, quantity: u32, discount: Money) -> OrderLine {
    OrderLine {
        quantity,
        discount,
        ..line.clone()
    }
}

impl Side {
    fn of(line: &OrderLine) -> Self {
        Self {
            sku: line.sku.clone(),
            color: line.color.clone(),
            size: line.size.clone(),
            paid: line.paid(),
        }
    }
}

/// The pieces of `old` as another variant. `given_out` counts what earlier entries take of a variant.
fn other(
    now: &AsItIs,
    terms: &Terms,
    old: &OrderLine,
    wanted: &Wanted,
    given_out: &mut Vec<(Sku, u32)>,
) -> Result<OrderLine, Problem> {
    let number = old.line;
    let products = now.products.iter().flatten();
    let product = products.into_iter().find(|one| one.id == old.product);
    let product = product.ok_or(Problem::NotSold(number))?;
    let variant = variant::wanted(product, old, wanted)?;
    if variant.sku == old.sku && !terms.rules.same_variant_exchange {
        return Err(Problem::SameVariant(number));
    }
    in_stock(product, variant, old, given_out)?;
    let price = product.price_of(variant);
    if price.currency != old.unit_price.currency {
        return Err(Problem::OtherCurrency(number));
    }
    let before = i128::from(old.unit_price.minor) * i128::from(old.quantity);
    let after = i128::from(price.minor) * i128::from(old.quantity);
    Ok(OrderLine {
        sku: variant.sku.clone(),
        color: variant.color.clone(),
        size: variant.size.clone(),
        unit_price: price,
        discount: Money::new(carried(old.discount.minor, before, after), price.currency),
        ..old.clone()
    })
}

/// The same share of the price off, rounded up; the same amount when the price is the same.
fn carried(discount: i64, before: i128, after: i128) -> i64 {
    if discount <= 0 || before <= 0 {
        return 0;
    }
    let share = (i128::from(discount) * after + before - 1) / before;
    i64::try_from(share.min(after)).unwrap_or(discount)
}

fn in_stock(
    product: &Product,
    variant: &Variant,
    old: &OrderLine,
    given_out: &mut Vec<(Sku, u32)>,
) -> Result<(), Problem> {
    let before = given_out.iter().filter(|(sku, _)| *sku == variant.sku);
    let before: i64 = before.map(|(_, pieces)| i64::from(*pieces)).sum();
    let left = (variant.stock - before).max(0);
    if left < i64::from(old.quantity) {
        return Err(Problem::SoldOut {
            line: old.line,
            wanted: (variant.color.clone(), variant.size.clone()),
            left,
            there: variant::there(product),
        });
    }
    given_out.push((variant.sku.clone(), old.quantity));
    Ok(())
}

/// What a decision comes to.
pub fn change(now: &AsItIs, decision: &Decision, receipt: Receipt) -> Change {
    let mut change = Change::new(receipt);
    let Some(mut order) = now.order.clone() else {
        return change;
    };
    let money = (decision.back.as_slice(), decision.charge.as_ref());
    books::book(&mut change, &mut order, money, MoneyWhy::ItemsChanged);
    let swaps = decision.pairs.iter().filter_map(|pair| {
        Some(Swap {
            line: pair.line,
            quantity: pair.quantity,
            from: pair.from.sku.clone(),
            to: pair.to.as_ref()?.sku.clone(),
        })
    });
    let mut parts = decision.charge.iter().chain(&decision.back);
    order.history.changes.push(OrderChange {
        at_ms: change.receipt.at_ms,
        what: Changed::Items {
            pairs: swaps.collect(),
            difference: decision.difference,
            method_id: match parts.next() {
                Some(part) => Some(part.id.clone()),
                None => decision.named.clone(),
            },
        },
    });
    for pair in &decision.pairs {
        change.put_back.push((pair.from.sku.clone(), pair.quantity));
        if let Some(to) = &pair.to {
            change.taken.push((to.sku.clone(), pair.quantity));
        }
    }
    order.lines = decision.lines.clone();
    order.total = decision.total;
    change.order = Some(order);
    change
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_discount_keeps_its_share_of_the_price() {
        for (discount, before, after, carried_on) in [
            (333, 5_000, 5_000, 333),
            (1_000, 5_000, 6_000, 1_200),
            (1, 3, 2, 1),
            (100, 9_999, 1, 1),
            (5_000, 5_000, 7_000, 7_000),
            (0, 5_000, 6_000, 0),
            (0, 0, 6_000, 0),
            (100, 5_000, 0, 0),
        ] {
            let now = carried(discount, before, after);
            assert_eq!(now, carried_on, "{discount} of {before} at {after}");
            assert!(i128::from(now) <= after.max(0), "nobody is paid to take it");
        }
    }
}
