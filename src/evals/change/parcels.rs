//! Where an order stands, and what the carrier's scans say of its parcels.

use anyhow::Context as _;
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::{DAY_MS, move_back};
use crate::clock::day;
use crate::domain::order::{
    CarrierEvent, Order, OrderStatus, Shipment, ShipmentStatus, ShippedLine,
};

const HOUR_MS: i64 = 3_600_000;

/// What the scans come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParcelNow {
    /// Delivered so many days ago.
    Delivered,
    /// No scan for so many days.
    Silent,
    /// Scanned yesterday, and its estimate ended so many days ago.
    Late,
}

/// Parcels follow the status: none before it is shipped, one with the first line when it is partly
/// shipped, else one with everything that none holds yet.
pub fn stands(order: &mut Order, status: OrderStatus, now_ms: i64) {
    order.status = status;
    let lines = match status {
        OrderStatus::Processing | OrderStatus::Packed => {
            order.shipments.clear();
            return;
        }
        OrderStatus::Cancelled | OrderStatus::Returned => return,
        OrderStatus::PartlyShipped => 1,
        _ => order.lines.len(),
    };
    let delivered = status == OrderStatus::Delivered;
    let status = match status {
        OrderStatus::Delivered => ShipmentStatus::Delivered,
        OrderStatus::OutForDelivery => ShipmentStatus::OutForDelivery,
        OrderStatus::ReturnedToSender => ShipmentStatus::ReturnedToSender,
        _ => ShipmentStatus::InTransit,
    };
    if order.shipments.is_empty() {
        order.shipments.push(parcel(order, lines, now_ms));
    }
    for parcel in &mut order.shipments {
        parcel.status = status;
        parcel.delivered_ms = delivered.then_some(now_ms - HOUR_MS);
        if let Some(last) = parcel.events.last_mut() {
            last.status = status;
        }
    }
}

fn parcel(order: &Order, lines: usize, now_ms: i64) -> Shipment {
    let shipped_ms = (order.placed_ms + HOUR_MS / 2).min(now_ms);
    let first = day(shipped_ms + 2 * DAY_MS, &TimeZone::UTC);
    let last = day(shipped_ms + 5 * DAY_MS, &TimeZone::UTC);
    Shipment {
        carrier: "AtlanticPost".to_owned(),
        tracking: format!("TP{:0>9}IE", order.number.as_str()),
        status: ShipmentStatus::InTransit,
        lines: order
            .lines
            .iter()
            .take(lines)
            .map(|line| ShippedLine {
                line: line.line,
                quantity: line.quantity,
            })
            .collect(),
        shipped_ms,
        estimate: Some((first, last)),
        delivered_ms: None,
        events: vec![scan(ShipmentStatus::InTransit, shipped_ms)],
    }
}

fn scan(status: ShipmentStatus, at_ms: i64) -> CarrierEvent {
    CarrierEvent {
        at_ms,
        status,
        place: "Galway".to_owned(),
        text: "Sorted at the mail centre".to_owned(),
    }
}

/// The whole order happened so much earlier that the parcel's scans come to this.
pub fn says(
    order: &mut Order,
    parcel: Option<usize>,
    says: ParcelNow,
    days: i64,
    now_ms: i64,
) -> anyhow::Result<()> {
    let at = parcel.unwrap_or(order.shipments.len()).wrapping_sub(1);
    let found = order.shipments.get(at).context("there is no such parcel")?;
    let scanned_ms = found
        .events
        .last()
        .map_or(found.shipped_ms, |last| last.at_ms);
    let ends_ms = found
        .estimate
        .and_then(|(_, last)| last.to_zoned(TimeZone::UTC).ok())
        .map_or(scanned_ms, |last| last.timestamp().as_millisecond());
    let since_ms = match says {
        ParcelNow::Late => ends_ms,
        ParcelNow::Delivered | ParcelNow::Silent => scanned_ms,
    };
    move_back(order, since_ms - (now_ms - days * DAY_MS));
    let found = &mut order.shipments[at];
    match says {
        ParcelNow::Delivered => {
            found.status = ShipmentStatus::Delivered;
            let at_ms = now_ms - days * DAY_MS;
            found.delivered_ms = Some(at_ms);
            found.events.push(scan(ShipmentStatus::Delivered, at_ms));
        }
        ParcelNow::Silent | ParcelNow::Late => {
            found.status = ShipmentStatus::InTransit;
            found.delivered_ms = None;
            found
                .events
                .retain(|event| event.status != ShipmentStatus::Delivered);
            if says == ParcelNow::Late {
                found
                    .events
                    .push(scan(ShipmentStatus::InTransit, now_ms - DAY_MS));
            }
        }
    }
    let all = |status| order.shipments.iter().all(|parcel| parcel.status == status);
    order.status = if all(ShipmentStatus::Delivered) {
        OrderStatus::Delivered
    } else {
        OrderStatus::InTransit
    };
    Ok(())
}
