//! Until when a line may come back.

use jiff::ToSpan as _;
use jiff::civil::{Date, date};

use super::Terms;
use crate::clock::day;
use crate::domain::order::{Order, OrderLine, OrderStatus, Shipment, ShipmentStatus};
use crate::domain::policy::{SeasonExtension, WindowFrom};
use crate::shop::before::Before;

/// The time in which a line may come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    NotDelivered,
    /// The order is marked as delivered, but nothing says when.
    DayUnknown,
    Open {
        until: Date,
    },
    Over {
        until: Date,
    },
}

impl Window {
    pub fn until(&self) -> Option<Date> {
        match self {
            Self::Open { until } | Self::Over { until } => Some(*until),
            Self::NotDelivered | Self::DayUnknown => None,
        }
    }
}

/// Pieces of a line that have reached the shopper by the carriers' word.
pub fn delivered_pieces(order: &Order, line: &OrderLine) -> u32 {
    pieces_here(order, line, Before::default())
}

/// The same without parcels of which the shopper said that they did not come.
pub(super) fn pieces_here(order: &Order, line: &OrderLine, before: Before<'_>) -> u32 {
    if order.shipments.is_empty() && order.status == OrderStatus::Delivered {
        return line.quantity;
    }
    order
        .shipments
        .iter()
        .filter(|parcel| parcel.delivered_ms.is_some() && !before.is_claimed(&parcel.tracking))
        .map(|parcel| pieces(parcel, line.line))
        .fold(0, u32::saturating_add)
}

fn pieces(parcel: &Shipment, line: u32) -> u32 {
    parcel
        .lines
        .iter()
        .filter(|shipped| shipped.line == line)
        .map(|shipped| shipped.quantity)
        .fold(0, u32::saturating_add)
}

/// Did a parcel with this line go back to the shop?
pub(super) fn went_back(order: &Order, line: u32) -> bool {
    order
        .shipments
        .iter()
        .any(|parcel| parcel.status == ShipmentStatus::ReturnedToSender && pieces(parcel, line) > 0)
}

/// The window of one line. Its last day counts to its end in the shop's zone.
pub fn window(order: &Order, line: &OrderLine, terms: &Terms<'_>, now_ms: i64) -> Window {
    let today = day(now_ms, terms.zone);
    if delivered_pieces(order, line) == 0 {
        return Window::NotDelivered;
    }
    let Some(from) = starts(order, line, terms, today) else {
        return Window::DayUnknown;
    };
    let usual = from.saturating_add(i64::from(terms.rules.window_days).days());
    let season = terms
        .rules
        .christmas_extension
        .as_ref()
        .and_then(|season| extended(season, day(order.placed_ms, terms.zone)));
    let until = season.map_or(usual, |longer| longer.max(usual));
    if today <= until {
        Window::Open { until }
    } else {
        Window::Over { until }
    }
}

/// The delivery day that the window counts from.
fn starts(order: &Order, line: &OrderLine, terms: &Terms<'_>, today: Date) -> Option<Date> {
    let own_only = terms.rules.window_from == WindowFrom::OwnParcel;
    let parcels = || {
        order
            .shipments
            .iter()
            .filter(move |parcel| !own_only || pieces(parcel, line.line) > 0)
    };
    let arrived = parcels()
        .filter_map(|parcel| parcel.delivered_ms)
        .map(|ms| day(ms, terms.zone))
        .max()?;
    // While another parcel is on its way the days have not begun: it comes today at the earliest.
    // One that has not moved for a whole window is waited for no longer.
    let quiet = i64::from(terms.rules.window_days).days();
    let awaited = parcels()
        .filter(|parcel| on_its_way(parcel))
        .any(|parcel| day(last_seen_ms(parcel), terms.zone).saturating_add(quiet) >= today);
    Some(if awaited { arrived.max(today) } else { arrived })
}

fn on_its_way(parcel: &Shipment) -> bool {
    parcel.delivered_ms.is_none()
        && !matches!(
            parcel.status,
            ShipmentStatus::Delivered | ShipmentStatus::ReturnedToSender | ShipmentStatus::Lost
        )
}

fn last_seen_ms(parcel: &Shipment) -> i64 {
    let scanned = parcel.events.iter().map(|event| event.at_ms).max();
    scanned.map_or(parcel.shipped_ms, |ms| ms.max(parcel.shipped_ms))
}

/// The last day for an order of the season, when it is one.
fn extended(season: &SeasonExtension, placed: Date) -> Option<Date> {
    let from = month_day(&season.ordered_from)?;
    let to = month_day(&season.ordered_to)?;
    let until = month_day(&season.return_until)?;
    let at = (placed.month(), placed.day());
    let inside = if from <= to {
        from <= at && at <= to
    } else {
        from <= at || at <= to
    };
    if !inside {
        return None;
    }
    let in_year = |year: i16| jiff::civil::Date::new(year, until.0, until.1).ok();
    let this_year = in_year(placed.year())?;
    if this_year >= placed {
        Some(this_year)
    } else {
        in_year(placed.year().checked_add(1)?)
    }
}

/// "11-01" as month and day; nothing for what is no day of a leap year.
fn month_day(text: &str) -> Option<(i8, i8)> {
    let (month, day) = text.split_once('-')?;
    let (month, day) = (month.parse().ok()?, day.parse().ok()?);
    Date::new(date(2024, 1, 1).year(), month, day).ok()?;
    Some((month, day))
}
