//! Working days: Monday to Friday without the days on which the shop is closed.

use std::collections::BTreeSet;

use jiff::civil::{Date, Weekday};

/// Days that are not worked although they are no weekend.
#[derive(Clone, Debug, Default)]
pub struct Calendar {
    closed: BTreeSet<Date>,
}

impl Calendar {
    pub fn new(closed: impl IntoIterator<Item = Date>) -> Self {
        Self {
            closed: closed.into_iter().collect(),
        }
    }

    pub fn is_working_day(&self, date: Date) -> bool {
        !matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
            && !self.closed.contains(&date)
    }

    /// The day `days` working days after a date; with 0 the date itself, or the next working day.
    pub fn after(&self, date: Date, days: u32) -> Date {
        let mut at = self.on_or_after(date);
        // A weekend's working days begin to count on the Monday.
        let mut left = if at == date {
            days
        } else {
            days.saturating_sub(1)
        };
        while left > 0 {
            let Ok(next) = at.tomorrow() else { return at };
            at = self.on_or_after(next);
            left -= 1;
        }
        at
    }

    /// The day `days` working days before a date.
    pub fn before(&self, date: Date, days: u32) -> Date {
        let (mut at, mut left) = (date, days);
        while left > 0 {
            let Ok(previous) = at.yesterday() else {
                return at;
            };
            at = previous;
            if self.is_working_day(at) {
                left -= 1;
            }
        }
        at
    }

    fn on_or_after(&self, date: Date) -> Date {
        let mut at = date;
        while !self.is_working_day(at) {
            let Ok(next) = at.tomorrow() else { return at };
            at = next;
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn weekends_and_closed_days_do_not_count() {
        let calendar = Calendar::new([date(2026, 12, 25), date(2026, 12, 28)]);
        let thursday = date(2026, 12, 24);
        assert_eq!(calendar.after(thursday, 0), thursday);
        assert_eq!(calendar.after(thursday, 1), date(2026, 12, 29));
        assert_eq!(calendar.after(date(2026, 12, 26), 0), date(2026, 12, 29));
        assert_eq!(calendar.after(date(2026, 12, 26), 1), date(2026, 12, 29));
        assert_eq!(calendar.after(date(2026, 12, 26), 2), date(2026, 12, 30));
        assert_eq!(calendar.before(date(2026, 12, 29), 1), thursday);
        assert_eq!(calendar.before(date(2026, 12, 27), 1), thursday);
    }
}
