//! Time as an argument: nothing else in the crate asks the operating system what time it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// The months as English sentences name them, in lower case.
pub const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Where "now" comes from. Cloned freely; all clones of a fixed clock share one time.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The operating system's clock.
    System,
    /// A clock that moves only when told to; tests and evals use it. Milliseconds since the epoch.
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    pub fn fixed(at: Timestamp) -> Self {
        Self::Fixed(Arc::new(AtomicI64::new(at.as_millisecond())))
    }

    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => Timestamp::now(),
            Self::Fixed(ms) => timestamp(ms.load(Ordering::SeqCst)),
        }
    }

    pub fn now_ms(&self) -> i64 {
        self.now().as_millisecond()
    }

    /// Moves a fixed clock on; the system clock cannot be moved and stays as it is.
    pub fn advance_ms(&self, by_ms: i64) {
        if let Self::Fixed(ms) = self {
            ms.fetch_add(by_ms, Ordering::SeqCst);
        }
    }
}

/// The instant for milliseconds since the epoch; values out of range end at the range's edge.
pub fn timestamp(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(if ms < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    })
}

/// The calendar day of an instant in a zone: deadlines are days where the shop is.
pub fn day(ms: i64, zone: &TimeZone) -> Date {
    timestamp(ms).to_zoned(zone.clone()).date()
}

/// A day as people read it: "Tuesday 3 November 2026".
pub fn long_date(date: Date) -> String {
    date.strftime("%A %-d %B %Y").to_string()
}
