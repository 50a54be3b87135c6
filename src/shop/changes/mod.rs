//! What can be done with an order before it is sent: cancelled, sent elsewhere, other sizes and
//! colours, another way to pay. Pure functions over the shop as it is and the dated rules that were
//! in force on the day the order was placed; the same one judges what is proposed and, in the
//! transaction, what was confirmed.
//!
//! Design: a decision holds everything that is told of it, so that a receipt, which keeps it, tells
//! the same for ever, whatever has become of the order.

use jiff::civil::Date;

use crate::domain::order::{CancelReason, Changed, Order, OrderStatus, Shipment, ShipmentStatus};
use crate::domain::policy::{ChangeRules, ChangeUntil};
use crate::shop::books;
use crate::store::effects::AsItIs;

pub mod address;
pub mod cancel;
pub mod items;
pub mod paying;
pub mod payment;

/// The rules that an order is changed under, and where they come from.
#[derive(Clone, Debug)]
pub struct Terms {
    pub rules: ChangeRules,
    /// Policy id and version: "order-changes 2024-01".
    pub policy: String,
    pub valid_from: Date,
}

/// Why something is not done. Lines are numbered as in the order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The effect is about no order.
    NoOrder,
    /// The order has been cancelled before.
    Cancelled,
    /// Some of it has left.
    PartlyShipped,
    /// It is too late by where the order stands.
    TooLate(OrderStatus),
    /// Its items were changed, and by the rules nothing follows that.
    ItemsChanged,
    /// Orders are not cancelled for that; for these they are.
    Reason(Vec<CancelReason>),
    Address(address::Problem),
    Pay(books::Problem),
    Items(items::Problem),
}

/// The order, unless something was done for it as for one that has been sent: then a person settles
/// what the two come to.
fn order(now: &AsItIs) -> Result<&Order, Refusal> {
    if !now.returns.is_empty() || !now.aftersales.is_empty() {
        return Err(Refusal::Pay(books::Problem::Books));
    }
    now.order.as_ref().ok_or(Refusal::NoOrder)
}

/// Can the order still be changed at all?
pub fn open(order: &Order, terms: &Terms) -> Result<(), Refusal> {
    match order.status {
        OrderStatus::Cancelled => return Err(Refusal::Cancelled),
        OrderStatus::PartlyShipped => return Err(Refusal::PartlyShipped),
        OrderStatus::Processing => {}
        OrderStatus::Packed if terms.rules.change_until == ChangeUntil::Shipped => {}
        status => return Err(Refusal::TooLate(status)),
    }
    // A parcel that is there says more than a status that lags behind.
    let has_left = |parcel: &Shipment| parcel.status != ShipmentStatus::LabelCreated;
    if order.shipments.iter().any(has_left) {
        return Err(Refusal::PartlyShipped);
    }
    let changed = order.history.changes.iter();
    let items = changed.filter(|change| matches!(change.what, Changed::Items { .. }));
    if terms.rules.items_change_is_last && items.count() > 0 {
        return Err(Refusal::ItemsChanged);
    }
    Ok(())
}
