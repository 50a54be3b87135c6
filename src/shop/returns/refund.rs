//! What a return pays back: integer minor units, split without losing a cent.

use jiff::ToSpan as _;

use super::{Request, Terms, Wanted};
use crate::clock::day;
use crate::domain::money::Money;
use crate::domain::order::{Order, OrderLine};
use crate::domain::policy::RefundShipping;
use crate::domain::returns::{Refund, ReturnLine, ReturnReason};
use crate::shop::before::Before;
use crate::shop::refunds;

/// The lines with what was paid for the pieces that come back.
pub(super) fn lines(order: &Order, before: Before<'_>, asked: &[(Wanted, u32)]) -> Vec<ReturnLine> {
    let mut lines: Vec<ReturnLine> = Vec::with_capacity(asked.len());
    for (wanted, quantity) in asked {
        let Some(line) = order.lines.iter().find(|line| line.line == wanted.line) else {
            continue;
        };
        let same = || lines.iter().filter(|back| back.line == line.line);
        let gone = before.spoken(line.line) + same().map(|back| back.quantity).sum::<u32>();
        let paid = before.paid_minor(line.line) + same().map(|back| back.paid.minor).sum::<i64>();
        let paid = refunds::next_pieces(order, line, gone, paid, *quantity);
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

/// All amounts of a return; nothing when the fee is in another currency than the order.
pub(super) fn total(
    order: &Order,
    before: Before<'_>,
    terms: &Terms<'_>,
    request: &Request<'_>,
    lines: &[ReturnLine],
    now_ms: i64,
) -> Option<Refund> {
    let money = |minor: i64| Money::new(minor, order.currency);
    let faulty = |reason: ReturnReason| terms.rules.free_reasons.contains(&reason);
    let all_faulty = lines.iter().all(|line| faulty(line.reason));
    let mut items: i64 = lines.iter().map(|line| line.paid.minor).sum();
    // Whoever had it as a present has not paid for its way.
    let mut shipping = if request.gift {
        0
    } else {
        shipping(order, before, terms, lines, now_ms)
    };
    let fee = if all_faulty { 0 } else { fee(order, terms)? };
    let fee = fee.min(items + shipping);
    // An order may say that less was paid than its lines add up to; what was paid is the roof.
    let over = (items + shipping - fee - refunds::room_minor(order, before)).max(0);
    let from_shipping = over.min(shipping);
    shipping -= from_shipping;
    items -= over - from_shipping;
    let total = money(items + shipping - fee);
    let parts = refunds::parts(order, before, &request.goes, total);
    Some(Refund {
        items: money(items),
        shipping: money(shipping),
        fee: money(fee),
        total,
        method: refunds::words(order, &parts),
        days: terms.rules.refund_days,
        parts,
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
    before: Before<'_>,
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
        before.gone(line.line).saturating_add(now)
    };
    if order.lines.iter().any(|line| back(line) < line.quantity) {
        return 0;
    }
    let free = |line: &ReturnLine| terms.rules.free_reasons.contains(&line.reason);
    let faulty = before.all_faulty(terms.rules) && lines.iter().all(free);
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
    (order.shipping.minor - before.shipping_minor()).max(0)
}
