//! What a customer did, up to a moment: the numbers that segments are made of.

use std::collections::BTreeMap;

use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::clock::{day, timestamp};
use crate::domain::money::{Currency, Money};
use crate::domain::order::{Order, OrderStatus};
use crate::domain::returns::{Return, ReturnStatus};
use crate::store::histories::History;

/// From where and when behaviour is looked at.
#[derive(Clone, Debug)]
pub struct View<'a> {
    pub now_ms: i64,
    /// Days are days in the shop's zone.
    pub zone: &'a TimeZone,
    /// Of what was spent; orders in another one are counted, but their money is not.
    pub currency: Currency,
    pub observed_months: i32,
}

/// What a customer did. Cancelled orders, and whatever came after the moment, are not in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Behaviour {
    /// Orders within the observed months.
    pub orders: u32,
    /// How many of these were paid in another currency.
    pub foreign_orders: u32,
    /// Paid for the items of these that were kept: discounts and returns taken off, no shipping.
    pub net_spend: Money,
    /// Of all orders, however old.
    pub newest: Option<Date>,
    pub oldest: Option<Date>,
    pub today: Date,
    pub observed_months: i32,
}

impl Behaviour {
    pub fn of(history: &History, view: &View<'_>) -> Self {
        let returned = returned(&history.returns, view.now_ms);
        let since_ms = observed_since(view);
        let mut behaviour = Self {
            orders: 0,
            foreign_orders: 0,
            net_spend: Money::zero(view.currency),
            newest: None,
            oldest: None,
            today: day(view.now_ms, view.zone),
            observed_months: view.observed_months,
        };
        let counts = |order: &&Order| {
            order.status != OrderStatus::Cancelled && order.placed_ms <= view.now_ms
        };
        for order in history.orders.iter().filter(counts) {
            let placed = day(order.placed_ms, view.zone);
            behaviour.newest = behaviour.newest.max(Some(placed));
            behaviour.oldest = Some(behaviour.oldest.map_or(placed, |oldest| oldest.min(placed)));
            if order.placed_ms < since_ms {
                continue;
            }
            behaviour.orders += 1;
            if order.currency != view.currency {
                behaviour.foreign_orders += 1;
                continue;
            }
            let spent = behaviour.net_spend.minor;
            behaviour.net_spend.minor = spent.saturating_add(kept(order, &returned));
        }
        behaviour
    }

    /// Days since the newest order.
    pub fn newest_days(&self) -> Option<i64> {
        self.newest.map(|newest| days_between(newest, self.today))
    }

    /// Days since the first order.
    pub fn tenure_days(&self) -> Option<i64> {
        self.oldest.map(|oldest| days_between(oldest, self.today))
    }
}

fn days_between(from: Date, to: Date) -> i64 {
    i64::from((to - from).get_days())
}

/// The first moment of the observed months: the same time of day, so many months before.
fn observed_since(view: &View<'_>) -> i64 {
    timestamp(view.now_ms)
        .to_zoned(view.zone.clone())
        .checked_sub(view.observed_months.months())
        .map_or(i64::MIN, |since| since.timestamp().as_millisecond())
}

/// What was paid for the pieces of a line that came back, by order and line, in minor units.
/// A return counts from its registration on: the goods are on their way.
fn returned(returns: &[Return], now_ms: i64) -> BTreeMap<(&str, u32), i64> {
    let mut paid = BTreeMap::new();
    let counts = |one: &&Return| one.status != ReturnStatus::Cancelled && one.created_ms <= now_ms;
    for one in returns.iter().filter(counts) {
        for line in &one.lines {
            let sum: &mut i64 = paid.entry((one.order.as_str(), line.line)).or_default();
            *sum = sum.saturating_add(line.paid.minor);
        }
    }
    paid
}

/// What stayed with the customer, in minor units; never less than nothing of any line.
fn kept(order: &Order, returned: &BTreeMap<(&str, u32), i64>) -> i64 {
    // All of it came back, with or without returns in the books.
    if matches!(
        order.status,
        OrderStatus::Returned | OrderStatus::ReturnedToSender
    ) {
        return 0;
    }
    let of_line = |line: &crate::domain::order::OrderLine| {
        let key = (order.number.as_str(), line.line);
        let back = returned.get(&key).copied().unwrap_or(0);
        line.paid().minor.saturating_sub(back).max(0)
    };
    order.lines.iter().map(of_line).fold(0, i64::saturating_add)
}
