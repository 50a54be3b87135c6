//! What a return pays back: integer minor units, split without losing a cent.

use jiff::ToSpan as _;

use super::{Terms, Wanted, counting, returned_pieces};
use crate::clock::day;
use crate::domain::money::Money;
use crate::domain::order::{Order, OrderLine};
use crate::domain::policy::RefundShipping;
use crate::domain::returns::{Refund, Return, ReturnLine, ReturnReason};

/// What one payment method gets back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    pub method: String,
    pub amount: Money,
}

/// The lines with what was paid for the pieces that come back.
pub(super) fn lines(order: &Order, returns: &[Return], asked: &[(Wanted, u32)]) -> Vec<ReturnLine> {
    let mut lines: Vec<ReturnLine> = Vec::with_capacity(asked.len());
    for (wanted, quantity) in asked {
        let Some(line) = order.lines.iter().find(|line| line.line == wanted.line) else {
            continue;
        };
        let same = || lines.iter().filter(|back| back.line == line.line);
        let gone =
            returned_pieces(returns, line.line) + same().map(|back| back.quantity).sum::<u32>();
        let paid_back = paid_back(returns, line) + same().map(|back| back.paid.minor).sum::<i64>();
        // Counted from the first piece, so that the pieces of a line always add up to the line.
        let target = first_pieces(line, gone.saturating_add(*quantity));
        let paid = Money::new((target - paid_back).max(0), order.currency);
        lines.push(ReturnLine {
            line: line.line,
            title: line.title.clone(),
            color: line.color.clone(),
            size: line.size.clone(),
            quantity: *quantity,
            reason: wanted.reason,
            paid,
        });
    }
    lines
}

fn paid_back(returns: &[Return], line: &OrderLine) -> i64 {
    counting(returns)
        .flat_map(|earlier| &earlier.lines)
        .filter(|back| back.line == line.line)
        .map(|back| back.paid.minor)
        .sum()
}

/// What the first `pieces` of a line cost. A cent that does not divide goes to the first ones:
/// the largest remainder method for equal pieces, without a list of them.
fn first_pieces(line: &OrderLine, pieces: u32) -> i64 {
    let paid = line.paid().minor.max(0);
    let quantity = i64::from(line.quantity.max(1));
    let pieces = i64::from(pieces).min(quantity);
    (paid / quantity) * pieces + (paid % quantity).min(pieces)
}

/// All amounts of a return; nothing when the fee is in another currency than the order.
pub(super) fn total(
    order: &Order,
    returns: &[Return],
    terms: &Terms<'_>,
    lines: &[ReturnLine],
    now_ms: i64,
) -> Option<Refund> {
    let money = |minor: i64| Money::new(minor, order.currency);
    let faulty = |reason: ReturnReason| terms.rules.free_reasons.contains(&reason);
    let all_faulty = lines.iter().all(|line| faulty(line.reason));
    let mut items: i64 = lines.iter().map(|line| line.paid.minor).sum();
    let mut shipping = shipping(order, returns, terms, lines, now_ms);
    let fee = if all_faulty { 0 } else { fee(order, terms)? };
    let fee = fee.min(items + shipping);
    // An order may say that less was paid than its lines add up to; what was paid is the roof.
    let over = (items + shipping - fee - room(order, returns).minor).max(0);
    let from_shipping = over.min(shipping);
    shipping -= from_shipping;
    items -= over - from_shipping;
    let total = money(items + shipping - fee);
    Some(Refund {
        items: money(items),
        shipping: money(shipping),
        fee: money(fee),
        total,
        method: method(&shares(order, returns, total), order),
        days: terms.rules.refund_days,
    })
}

fn fee(order: &Order, terms: &Terms<'_>) -> Option<i64> {
    let fee = Money::parse(&terms.rules.return_fee, terms.currency).ok()?;
    (fee.minor == 0 || order.currency == terms.currency).then(|| fee.minor.max(0))
}

/// Shipping comes back once, with the return after which nothing of the order stays with the
/// shopper: in time after the last delivery, or late when the shop was at fault for all of it.
fn shipping(
    order: &Order,
    returns: &[Return],
    terms: &Terms<'_>,
    lines: &[ReturnLine],
    now_ms: i64,
) -> i64 {
    if terms.rules.refund_shipping == RefundShipping::Never {
        return 0;
    }
    let back = |line: &OrderLine| {
        let now: u32 = lines
            .iter()
            .filter(|l| l.line == line.line)
            .map(|l| l.quantity)
            .sum();
        returned_pieces(returns, line.line).saturating_add(now)
    };
    if order.lines.iter().any(|line| back(line) < line.quantity) {
        return 0;
    }
    let faulty = counting(returns)
        .flat_map(|earlier| &earlier.lines)
        .chain(lines)
        .all(|line| terms.rules.free_reasons.contains(&line.reason));
    let delivered = order
        .shipments
        .iter()
        .filter_map(|parcel| parcel.delivered_ms)
        .max();
    let in_time = terms.rules.refund_shipping_days.is_none_or(|days| {
        delivered.is_some_and(|ms| {
            let last = day(ms, terms.zone).saturating_add(i64::from(days).days());
            day(now_ms, terms.zone) <= last
        })
    });
    if !faulty && !in_time {
        return 0;
    }
    let before: i64 = counting(returns)
        .map(|earlier| earlier.refund.shipping.minor)
        .sum();
    (order.shipping.minor - before).max(0)
}

/// What was paid and has not been promised back.
pub fn room(order: &Order, returns: &[Return]) -> Money {
    let paid = order
        .payments
        .iter()
        .map(|payment| payment.amount.minor)
        .sum::<i64>();
    let paid = if order.payments.is_empty() {
        order.total.minor
    } else {
        paid.min(order.total.minor)
    };
    let before: i64 = counting(returns)
        .map(|earlier| earlier.refund.total.minor)
        .sum();
    Money::new((paid - before).max(0), order.currency)
}

/// A refund as it was worked out, with the total that a person grants in its place; nothing when
/// that is not there to give back. What differs is the items' part, then shipping's, so that the
/// parts stay positive and add up.
pub fn granted(order: &Order, returns: &[Return], refund: &Refund, total: Money) -> Option<Refund> {
    let room = room(order, returns);
    if total.currency != room.currency || !(0..=room.minor).contains(&total.minor) {
        return None;
    }
    let before_fee = total.minor.saturating_add(refund.fee.minor);
    let shipping = refund.shipping.minor.min(before_fee);
    let money = |minor: i64| Money::new(minor, order.currency);
    Some(Refund {
        items: money(before_fee - shipping),
        shipping: money(shipping),
        total,
        method: method(&shares(order, returns, total), order),
        ..refund.clone()
    })
}

/// A refund over the payments of its order, in proportion to what each has left after earlier
/// refunds: no method ever gets back more than came from it, and the parts add up.
pub fn shares(order: &Order, returns: &[Return], total: Money) -> Vec<Share> {
    let mut left: Vec<i64> = order
        .payments
        .iter()
        .map(|p| p.amount.minor.max(0))
        .collect();
    for earlier in counting(returns) {
        let parts = portion(earlier.refund.total, &left);
        for (left, part) in left.iter_mut().zip(parts) {
            *left = (*left - part.minor).max(0);
        }
    }
    let parts = portion(total, &left);
    order
        .payments
        .iter()
        .zip(parts)
        .filter(|(_, part)| part.minor > 0)
        .map(|(payment, amount)| Share {
            method: payment.method.words().to_owned(),
            amount,
        })
        .collect()
}

fn portion(amount: Money, left: &[i64]) -> Vec<Money> {
    if left.iter().sum::<i64>() == 0 {
        return vec![Money::zero(amount.currency); left.len()];
    }
    amount.split(left)
}

/// "Visa", or "Visa €30.00 + gift card €20.00" when it goes to more than one.
fn method(shares: &[Share], order: &Order) -> String {
    match shares {
        [only] => only.method.clone(),
        [] => order
            .payments
            .first()
            .map_or_else(String::new, |payment| payment.method.words().to_owned()),
        several => several
            .iter()
            .map(|share| format!("{} {}", share.method, share.amount))
            .collect::<Vec<_>>()
            .join(" + "),
    }
}
