//! When people answer: `hours.toml`. Times are those on the clock where the shop is, so that they
//! stay the same when clocks change.

use std::collections::BTreeSet;

use jiff::ToSpan as _;
use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::TimeZone;
use serde::Deserialize;
use toml::value::Datetime;

use super::terms::{TermsError, clock_time, days, time_zone};
use crate::clock::timestamp;
use crate::domain::limits::HOURS_AHEAD_DAYS_MAX;

/// A shop's opening hours.
#[derive(Clone, Debug)]
pub struct Hours {
    zone: TimeZone,
    /// How the clock is called: "Irish time".
    pub clock: String,
    /// What a first reply usually takes while people answer.
    pub first_reply_minutes: Option<u32>,
    closed: BTreeSet<Date>,
    /// Spans of each weekday from Monday, in order, apart from each other.
    week: [Vec<Span>; 7],
}

/// A part of a day, its end not included; the end may be midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    from: Time,
    /// `None` is the end of the day.
    to: Option<Time>,
}

/// Neighbouring weekdays with the same hours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    pub first: Weekday,
    pub last: Weekday,
    /// From and to, as "09:00".
    pub spans: Vec<(String, String)>,
}

/// What holds at a moment. All times are on the shop's clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answering {
    Open {
        today: Date,
        /// When they stop today, as "18:00".
        until: String,
        minutes_left: i64,
        /// When they go on after that.
        next: Option<DateTime>,
    },
    Closed {
        today: Date,
        /// `None` when no opening is known for a year.
        next: Option<DateTime>,
    },
}

impl Hours {
    pub fn parse(file: &str, text: &str) -> Result<Self, TermsError> {
        let raw: File =
            toml::from_str(text).map_err(|error| TermsError::line(file, text, &error))?;
        let zone = time_zone(file, "timezone", &raw.timezone)?;
        if raw
            .first_reply_minutes_in_hours
            .is_some_and(|minutes| !(1..=1440).contains(&minutes))
        {
            let problem = "write from 1 to 1440, or leave it out to promise nothing";
            return Err(TermsError::key(
                file,
                "first_reply_minutes_in_hours",
                problem,
            ));
        }
        let mut week: [Vec<Span>; 7] = Default::default();
        for (number, weekly) in (1..).zip(&raw.weekly) {
            let key = format!("[[weekly]] {number}");
            let span = Span::read(file, &key, weekly)?;
            for name in &weekly.days {
                let Some(day) = WEEKDAYS.iter().position(|known| known == name) else {
                    let problem = format!("{name:?} is no day; write {}", WEEKDAYS.join(", "));
                    return Err(TermsError::key(file, key, problem));
                };
                if week[day].iter().any(|other| other.overlaps(span)) {
                    let problem = format!("its hours on {name} overlap others; join them");
                    return Err(TermsError::key(file, key, problem));
                }
                week[day].push(span);
            }
        }
        if week.iter().all(Vec::is_empty) {
            let problem =
                "there is none; write one with `days`, `from` and `to`, or remove the file";
            return Err(TermsError::key(file, "[[weekly]]", problem));
        }
        week.iter_mut()
            .for_each(|day| day.sort_by_key(|span| span.from));
        Ok(Self {
            zone,
            clock: raw
                .timezone_words
                .unwrap_or_else(|| city_time(&raw.timezone)),
            first_reply_minutes: raw.first_reply_minutes_in_hours,
            closed: days(file, "closed", &raw.closed)?.into_iter().collect(),
            week,
        })
    }

    pub fn is_open(&self, now_ms: i64) -> bool {
        matches!(self.at(now_ms), Answering::Open { .. })
    }

    pub fn at(&self, now_ms: i64) -> Answering {
        let now = timestamp(now_ms).to_zoned(self.zone.clone());
        let (today, time) = (now.date(), now.time());
        let Some(span) = self.spans(today).iter().find(|span| span.holds(time)) else {
            return Answering::Closed {
                today,
                next: self.next_after(now.datetime()),
            };
        };
        let end = span.end(today);
        let left = end.to_zoned(self.zone.clone()).map_or(0, |end| {
            (end.timestamp().as_millisecond() - now_ms) / 60_000
        });
        Answering::Open {
            today,
            until: span.until(),
            minutes_left: left,
            next: self.next_after(end - 1.second()),
        }
    }

    /// The first opening after a moment.
    fn next_after(&self, now: DateTime) -> Option<DateTime> {
        now.date()
            .series(1.day())
            .take(HOURS_AHEAD_DAYS_MAX)
            .flat_map(|day| {
                self.spans(day)
                    .iter()
                    .map(move |span| day.to_datetime(span.from))
            })
            .find(|opening| *opening > now)
    }

    fn spans(&self, day: Date) -> &[Span] {
        if self.closed.contains(&day) {
            return &[];
        }
        let at = day.weekday().to_monday_zero_offset();
        usize::try_from(at).map_or(&[], |at| &self.week[at])
    }

    /// The week in words' order: neighbouring days with the same hours are one entry.
    pub fn weekly(&self) -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        for (day, spans) in Weekday::Monday.cycle_forward().zip(&self.week) {
            let spans: Vec<_> = spans
                .iter()
                .map(|span| (clock(span.from), span.until()))
                .collect();
            match runs.last_mut() {
                _ if spans.is_empty() => {}
                Some(run) if run.spans == spans && run.last.next() == day => run.last = day,
                _ => runs.push(Run {
                    first: day,
                    last: day,
                    spans,
                }),
            }
        }
        runs
    }
}

const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

impl Span {
    fn read(file: &str, key: &str, weekly: &Weekly) -> Result<Self, TermsError> {
        let from = clock_time(file, &format!("{key}, from"), &weekly.from)?;
        let to = match weekly.to.as_str() {
            "24:00" => None,
            to => Some(clock_time(file, &format!("{key}, to"), to)?),
        };
        if to.is_some_and(|to| to <= from) {
            let problem = format!(
                "{:?} is not after {:?}; write hours past midnight on the next day",
                weekly.to, weekly.from
            );
            return Err(TermsError::key(file, key, problem));
        }
        Ok(Self { from, to })
    }

    fn holds(&self, time: Time) -> bool {
        self.from <= time && self.to.is_none_or(|to| time < to)
    }

    fn overlaps(&self, other: Self) -> bool {
        self.to.is_none_or(|to| other.from < to) && other.to.is_none_or(|to| self.from < to)
    }

    fn end(&self, day: Date) -> DateTime {
        match self.to {
            Some(to) => day.to_datetime(to),
            None => day.tomorrow().unwrap_or(day).to_datetime(Time::midnight()),
        }
    }

    fn until(&self) -> String {
        self.to.map_or_else(|| "24:00".to_owned(), clock)
    }
}

/// "09:00".
pub fn clock(time: Time) -> String {
    format!("{:02}:{:02}", time.hour(), time.minute())
}

/// "Dublin time" of "Europe/Dublin".
fn city_time(zone: &str) -> String {
    let city = zone.rsplit('/').next().unwrap_or(zone).replace('_', " ");
    format!("{city} time")
}

/// The file as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    timezone: String,
    #[serde(default)]
    timezone_words: Option<String>,
    #[serde(default)]
    first_reply_minutes_in_hours: Option<u32>,
    /// Where people answer, for whoever reads the file: the policies say it to shoppers.
    #[serde(default, rename = "channels")]
    _channels: Vec<String>,
    #[serde(default)]
    closed: Vec<Datetime>,
    #[serde(default)]
    weekly: Vec<Weekly>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Weekly {
    days: Vec<String>,
    from: String,
    to: String,
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn demo() -> Hours {
        Hours::parse("hours.toml", include_str!("../../knowledge/hours.toml")).expect("it reads")
    }

    /// "open until 18:00, 480 left, then 2026-11-26 09:00" in Dublin.
    fn at(hours: &Hours, moment: &str) -> String {
        let at: Timestamp = moment.parse().expect("an instant");
        let words = |next: &Option<DateTime>| {
            next.map_or("never".to_owned(), |at| {
                at.strftime("%a %F %H:%M").to_string()
            })
        };
        match hours.at(at.as_millisecond()) {
            Answering::Open {
                until,
                minutes_left,
                next,
                ..
            } => format!(
                "open until {until}, {minutes_left} left, then {}",
                words(&next)
            ),
            Answering::Closed { next, .. } => format!("closed until {}", words(&next)),
        }
    }

    #[test]
    fn open_and_closed_at_many_moments() {
        let hours = demo();
        for (moment, expected) in [
            // Wednesday in winter: Irish time is UTC.
            ("2026-11-25T08:59:59Z", "closed until Wed 2026-11-25 09:00"),
            (
                "2026-11-25T09:00:00Z",
                "open until 18:00, 540 left, then Thu 2026-11-26 09:00",
            ),
            (
                "2026-11-25T17:45:00Z",
                "open until 18:00, 15 left, then Thu 2026-11-26 09:00",
            ),
            ("2026-11-25T18:00:00Z", "closed until Thu 2026-11-26 09:00"),
            ("2026-11-25T23:59:00Z", "closed until Thu 2026-11-26 09:00"),
            // Friday evening, Saturday, Sunday.
            ("2026-11-27T18:30:00Z", "closed until Sat 2026-11-28 10:00"),
            (
                "2026-11-28T13:00:00Z",
                "open until 14:00, 60 left, then Mon 2026-11-30 09:00",
            ),
            ("2026-11-29T12:00:00Z", "closed until Mon 2026-11-30 09:00"),
            // Summer: Irish time is one hour ahead of UTC.
            ("2026-07-01T07:59:00Z", "closed until Wed 2026-07-01 09:00"),
            (
                "2026-07-01T08:00:00Z",
                "open until 18:00, 540 left, then Thu 2026-07-02 09:00",
            ),
            // The weekend on which clocks change, both ways.
            (
                "2026-03-28T13:59:00Z",
                "open until 14:00, 1 left, then Mon 2026-03-30 09:00",
            ),
            ("2026-03-30T07:30:00Z", "closed until Mon 2026-03-30 09:00"),
            ("2026-10-24T13:30:00Z", "closed until Tue 2026-10-27 09:00"),
            ("2026-10-27T08:30:00Z", "closed until Tue 2026-10-27 09:00"),
            // Christmas: the 25th, the 26th and the Monday after are closed, the Sunday always.
            ("2026-12-24T18:00:00Z", "closed until Tue 2026-12-29 09:00"),
            ("2026-12-25T10:00:00Z", "closed until Tue 2026-12-29 09:00"),
            ("2026-12-28T10:00:00Z", "closed until Tue 2026-12-29 09:00"),
            ("2026-12-31T19:00:00Z", "closed until Sat 2027-01-02 10:00"),
        ] {
            assert_eq!(at(&hours, moment), expected, "{moment}");
        }
        let open: Timestamp = "2026-11-25T12:00:00Z".parse().expect("an instant");
        assert!(hours.is_open(open.as_millisecond()));
    }

    #[test]
    fn a_break_at_noon_midnight_and_a_year_without_a_day() {
        let noon = "timezone = \"Asia/Tokyo\"\n[[weekly]]\ndays = [\"wed\"]\nfrom = \"13:00\"\nto = \"24:00\"\n[[weekly]]\ndays = [\"wed\"]\nfrom = \"09:00\"\nto = \"12:00\"\n";
        let hours = Hours::parse("hours.toml", noon).expect("it reads");
        assert_eq!(hours.clock, "Tokyo time");
        // Tokyo is nine hours ahead.
        assert_eq!(
            at(&hours, "2026-11-25T02:00:00Z"),
            "open until 12:00, 60 left, then Wed 2026-11-25 13:00"
        );
        assert_eq!(
            at(&hours, "2026-11-25T03:00:00Z"),
            "closed until Wed 2026-11-25 13:00"
        );
        assert_eq!(
            at(&hours, "2026-11-25T14:00:00Z"),
            "open until 24:00, 60 left, then Wed 2026-12-02 09:00"
        );
        let closed: Vec<String> = date_list("2026-11-25", 60);
        let never = noon.replacen(
            "[[weekly]]",
            &format!("closed = [{}]\n[[weekly]]", closed.join(", ")),
            1,
        );
        let hours = Hours::parse("hours.toml", &never).expect("it reads");
        assert_eq!(at(&hours, "2026-11-24T00:00:00Z"), "closed until never");
    }

    /// So many weeks from a day on.
    fn date_list(from: &str, weeks: usize) -> Vec<String> {
        let from: Date = from.parse().expect("a day");
        from.series(7.days())
            .take(weeks)
            .map(|day| day.to_string())
            .collect()
    }

    #[test]
    fn the_week_in_runs() {
        let spans = |from: &str, to: &str| vec![(from.to_owned(), to.to_owned())];
        assert_eq!(
            demo().weekly(),
            [
                Run {
                    first: Weekday::Monday,
                    last: Weekday::Friday,
                    spans: spans("09:00", "18:00"),
                },
                Run {
                    first: Weekday::Saturday,
                    last: Weekday::Saturday,
                    spans: spans("10:00", "14:00"),
                },
            ]
        );
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let good = "timezone = \"Europe/Dublin\"\n[[weekly]]\ndays = [\"mon\"]\nfrom = \"09:00\"\nto = \"18:00\"\n";
        assert!(Hours::parse("hours.toml", good).is_ok());
        for (was, is, expected) in [
            (
                "Dublin",
                "Dublim",
                "hours.toml: timezone: \"Europe/Dublim\" is no zone",
            ),
            (
                "\"mon\"",
                "\"monday\"",
                "[[weekly]] 1: \"monday\" is no day; write mon, tue",
            ),
            ("09:00", "9:00", "[[weekly]] 1, from: \"9:00\" is no time"),
            ("18:00", "08:00", "\"08:00\" is not after \"09:00\""),
            (
                "[[weekly]]",
                "closed = [2026-12-25T10:00:00]\n[[weekly]]",
                "closed: 2026-12-25T10:00:00 is no day",
            ),
            (
                "[[weekly]]",
                "first_reply_minutes_in_hours = 0\n[[weekly]]",
                "first_reply_minutes_in_hours: write from 1",
            ),
            ("to = ", "until = ", "hours.toml:5: unknown field `until`"),
            ("\"mon\"]", "\"mon\", \"mon\"]", "overlap others; join them"),
        ] {
            let text = good.replacen(was, is, 1);
            let error = Hours::parse("hours.toml", &text).expect_err(is).to_string();
            assert!(error.contains(expected), "{error}");
        }
        let none = Hours::parse("hours.toml", "timezone = \"Europe/Dublin\"").expect_err("none");
        assert!(
            none.to_string().contains("[[weekly]]: there is none"),
            "{none}"
        );
    }
}
