//! How a parcel travelled, scan by scan, up to the first moment of today.

use jiff::ToSpan as _;
use jiff::civil::Date;
use rand::RngExt as _;
use rand::rngs::StdRng;

use super::world::{Carrier, World, at, patterned};
use crate::domain::order::{CarrierEvent, Shipment, ShipmentStatus, ShippedLine};
use crate::shop::shipping::{Service, calendar};

/// How it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Delivered(Date),
    /// No scan after that day.
    Silent(Date),
    /// The carrier met a problem that day; nothing since.
    Delayed(Date),
    /// On its way back from that day on.
    Back(Date),
}

impl Fate {
    fn day(self) -> Date {
        match self {
            Self::Delivered(day) | Self::Silent(day) | Self::Delayed(day) | Self::Back(day) => day,
        }
    }
}

/// Where parcels leave from.
const HOME: &str = "Galway";

/// A parcel as it leaves the shop.
pub struct Leaving<'a> {
    pub carrier: &'static Carrier,
    pub service: &'a Service,
    pub city: &'a str,
    pub lines: Vec<ShippedLine>,
    pub shipped: Date,
    pub fate: Fate,
}

/// The parcel as the shop knows it at the start of today.
pub fn parcel(world: &World, rng: &mut StdRng, leaving: Leaving<'_>) -> Shipment {
    let zone = world.zone();
    let shipped_ms = at(leaving.shipped, 16, 30, zone);
    let mut events = scans(world, rng, &leaving);
    events.retain(|event| event.at_ms < world.midnight_ms);
    let status = events
        .last()
        .map_or(ShipmentStatus::LabelCreated, |event| event.status);
    let delivered = events
        .last()
        .filter(|event| event.status == ShipmentStatus::Delivered);
    Shipment {
        carrier: leaving.carrier.name.clone(),
        tracking: patterned(rng, &leaving.carrier.tracking_pattern),
        status,
        lines: leaving.lines,
        shipped_ms,
        estimate: Some((
            calendar().after(leaving.shipped, leaving.service.days_min),
            calendar().after(leaving.shipped, leaving.service.days_max),
        )),
        delivered_ms: delivered.map(|event| event.at_ms),
        events,
    }
}

fn scans(world: &World, rng: &mut StdRng, leaving: &Leaving<'_>) -> Vec<CarrierEvent> {
    let mut stops = on_the_road(rng, leaving);
    stops.extend(at_the_end(world, leaving));
    let mut events: Vec<CarrierEvent> = stops
        .into_iter()
        .map(|(day, hour, status)| CarrierEvent {
            at_ms: at(day, hour, rng.random_range(0..60), world.zone()),
            status,
            place: if day == leaving.shipped {
                HOME.to_owned()
            } else {
                leaving.city.to_owned()
            },
            text: wording(rng, leaving.carrier, status),
        })
        .collect();
    events.sort_by_key(|event| event.at_ms);
    events
}

/// Day, hour and status of a scan.
type Stop = (Date, i8, ShipmentStatus);

fn on_the_road(rng: &mut StdRng, leaving: &Leaving<'_>) -> Vec<Stop> {
    let last = leaving.fate.day();
    let mut stops = vec![(leaving.shipped, 13, ShipmentStatus::LabelCreated)];
    // Some carriers scan only when the parcel is sorted, on the next day.
    let next = calendar().after(leaving.shipped, 1);
    let (mut day, mut hour) = if next < last && rng.random_bool(0.3) {
        (next, 9)
    } else {
        (leaving.shipped, 18)
    };
    while day < last || (day == last && matches!(leaving.fate, Fate::Silent(_))) {
        stops.push((day, hour, ShipmentStatus::InTransit));
        hour = rng.random_range(9..17);
        let Ok(next) = day.checked_add(1.day()) else {
            break;
        };
        day = calendar().after(next, 0);
    }
    stops
}

fn at_the_end(world: &World, leaving: &Leaving<'_>) -> Vec<Stop> {
    let last = leaving.fate.day();
    match leaving.fate {
        Fate::Silent(_) => Vec::new(),
        Fate::Delivered(_) => {
            // What comes today was loaded last night.
            let eve = last.yesterday().unwrap_or(last);
            let (day, hour) = if last == world.today && eve > leaving.shipped {
                (eve, 21)
            } else {
                (last, 8)
            };
            vec![
                (day, hour, ShipmentStatus::OutForDelivery),
                (last, 14, ShipmentStatus::Delivered),
            ]
        }
        Fate::Delayed(_) => vec![(last, 12, ShipmentStatus::Exception)],
        Fate::Back(_) => vec![(last, 15, ShipmentStatus::ReturnedToSender)],
    }
}

/// One of the carrier's wordings; none that speaks of "today", which is another day when it is read.
fn wording(rng: &mut StdRng, carrier: &Carrier, status: ShipmentStatus) -> String {
    let lasting: Vec<&String> = carrier
        .wordings(status)
        .iter()
        .filter(|text| !text.contains("today"))
        .collect();
    let at = rng.random_range(0..lasting.len().max(1));
    lasting
        .get(at)
        .map_or_else(|| status.words().to_owned(), |text| (*text).clone())
}
