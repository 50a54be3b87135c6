//! What a parcel's scans mean today: on time, late, lost, and from when a missing one is reported.
//! Pure functions by the rules of the policy `lost-parcels`.

use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::calendar::Calendar;
use crate::clock::day;
use crate::domain::order::{Shipment, ShipmentStatus};

/// `[rules]` of the policy `lost-parcels`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LostRules {
    /// Working days after the last estimated delivery day.
    pub late_after_days: u32,
    /// Working days without a scan.
    pub lost_after_days: u32,
    /// Days after the last estimated day, or after "delivered" in the tracking.
    pub claim_within_days: u32,
    /// Days after "delivered" in the tracking.
    pub delivered_wait_days: u32,
    /// Working days in which a carrier answers an enquiry.
    pub trace_days: u32,
    /// Working days until a refund is there.
    pub refund_days: u32,
    /// Who decides on a parcel that the tracking calls delivered.
    pub said_delivered: DecidedBy,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecidedBy {
    Assistant,
    Agent,
}

/// Where a parcel stands on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParcelStanding {
    /// The carrier's status, or lost when it has been silent for too long.
    pub status: ShipmentStatus,
    pub late: bool,
    /// First and last day to report it missing.
    pub report: Option<(Date, Date)>,
}

pub fn parcel_standing(
    parcel: &Shipment,
    rules: &LostRules,
    calendar: &Calendar,
    zone: &TimeZone,
    today: Date,
) -> ParcelStanding {
    let days = |count: u32| i64::from(count).days();
    let as_it_is = ParcelStanding {
        status: parcel.status,
        late: false,
        report: None,
    };
    if let Some(ms) = parcel.delivered_ms {
        let delivered = day(ms, zone);
        return ParcelStanding {
            report: Some((
                delivered.saturating_add(days(rules.delivered_wait_days)),
                delivered.saturating_add(days(rules.claim_within_days)),
            )),
            ..as_it_is
        };
    }
    // On its way back is neither late nor missing: the shop writes when it has arrived.
    if matches!(
        parcel.status,
        ShipmentStatus::ReturnedToSender | ShipmentStatus::Delivered
    ) {
        return as_it_is;
    }
    let silent_since = last_scan(parcel, zone);
    let lost_from = calendar.after(silent_since, rules.lost_after_days);
    let lost = parcel.status == ShipmentStatus::Lost || today >= lost_from;
    let expected = parcel.estimate.map(|(_, last)| last);
    let late_from = expected.map(|last| calendar.after(last, rules.late_after_days));
    let report_from = match (lost, late_from) {
        (true, Some(late)) => Some(late.min(today)),
        (true, None) => Some(today),
        (false, late) => late,
    };
    // A parcel without an estimate can be reported as long after its last scan.
    let counted_from = expected.unwrap_or(silent_since);
    ParcelStanding {
        status: if lost {
            ShipmentStatus::Lost
        } else {
            parcel.status
        },
        late: lost || late_from.is_some_and(|from| today >= from),
        report: report_from.map(|from| {
            (
                from,
                counted_from.saturating_add(days(rules.claim_within_days)),
            )
        }),
    }
}

/// The day of the last scan; of the hand-over when there was none.
pub fn last_scan(parcel: &Shipment, zone: &TimeZone) -> Date {
    let scanned = parcel.events.iter().map(|event| event.at_ms).max();
    day(
        scanned.map_or(parcel.shipped_ms, |ms| ms.max(parcel.shipped_ms)),
        zone,
    )
}
