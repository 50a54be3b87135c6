//! What shipping costs, how long it takes and where it goes: `shipping.toml`. Its head comment says
//! how an estimate is made.

use jiff::ToSpan as _;
use jiff::civil::{Date, DateTime, Time, Weekday};
use serde::Deserialize;
use toml::value::Datetime;

use super::calendar::Calendar;
use super::countries::Countries;
use super::terms::{TermsError, civil, clock_time, days, demo_shipping};
use crate::domain::limits::{SHIPPING_DAYS_MAX, SHIPPING_ZONES_MAX};
use crate::domain::money::{Currency, Money};

/// The demo shop's shipping terms.
pub fn shipping() -> &'static Shipping {
    demo_shipping()
}

/// The demo shop's working days.
pub fn calendar() -> &'static Calendar {
    demo_shipping().calendar()
}

/// A shop's shipping terms of all times.
#[derive(Clone, Debug)]
pub struct Shipping {
    /// By first day; no two hold on one day.
    versions: Vec<Version>,
    calendar: Calendar,
}

/// The terms between two days.
#[derive(Clone, Debug)]
pub struct Version {
    valid_from: Date,
    valid_to: Option<Date>,
    /// Ordered before it on a working day counts as ordered that day.
    pub cutoff: Time,
    pub handling_working_days: u32,
    /// What is not shipped to besides countries in no zone, in words.
    pub not_shipped: Vec<String>,
    /// Countries in which PO boxes are shipped to; `None` where nothing is said of them.
    pub po_boxes: Option<Vec<String>>,
    /// Whether addresses of the US armed forces are shipped to; `None` where nothing is said.
    pub military: Option<bool>,
    holidays: Vec<Date>,
    pub zones: Vec<Zone>,
}

#[derive(Clone, Debug)]
pub struct Zone {
    pub name: String,
    pub countries: Vec<String>,
    pub services: Vec<Service>,
    /// What a shopper reads about import tax.
    pub customs: Option<String>,
    /// Parts of the zone where `customs` does not apply.
    pub customs_free: Vec<String>,
}

#[derive(Clone, Debug)]
pub struct Service {
    pub name: String,
    pub price: Money,
    /// Free from this value of the items, after discounts.
    pub free_from: Option<Money>,
    /// Working days from the carrier to the door.
    pub days_min: u32,
    pub days_max: u32,
}

/// When an order placed now would arrive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Estimate {
    pub counts_as_ordered: Date,
    /// The last day on which the carrier gets it.
    pub handed_over_by: Date,
    pub arrives_from: Date,
    pub arrives_to: Date,
}

impl Shipping {
    /// Reads the file's text; its amounts are in the shop's currency.
    pub fn parse(file: &str, text: &str, currency: Currency) -> Result<Self, TermsError> {
        let raw: File =
            toml::from_str(text).map_err(|error| TermsError::line(file, text, &error))?;
        let mut versions = Vec::new();
        for (number, version) in (1..).zip(&raw.version) {
            versions.push(version.read(&At {
                file,
                number,
                currency,
            })?);
        }
        versions.sort_by_key(|version| version.valid_from);
        if versions.is_empty() {
            let problem = "there is none; write one with `valid_from` and its zones";
            return Err(TermsError::key(file, "[[version]]", problem));
        }
        for pair in versions.windows(2) {
            if pair[0].valid_to.is_none_or(|to| to >= pair[1].valid_from) {
                let key = format!("version of {}", pair[0].valid_from);
                let problem = format!(
                    "it still holds when the version of {} begins; give it an earlier `valid_to`",
                    pair[1].valid_from
                );
                return Err(TermsError::key(file, key, problem));
            }
        }
        let calendar = Calendar::new(versions.iter().flat_map(|version| version.holidays.clone()));
        Ok(Self { versions, calendar })
    }

    /// The terms in force on a day.
    pub fn in_force(&self, day: Date) -> Option<&Version> {
        self.versions.iter().find(|version| {
            version.valid_from <= day && version.valid_to.is_none_or(|to| day <= to)
        })
    }

    /// The same; the oldest on days before all of them.
    pub fn on(&self, day: Date) -> Option<&Version> {
        self.in_force(day).or_else(|| self.versions.first())
    }

    /// Monday to Friday without the holidays.
    pub fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// Days from Monday to Friday in a span that are not worked, both ends included.
    pub fn closed_between(&self, from: Date, to: Date) -> Vec<Date> {
        let days = from.series(1.day()).take_while(|day| *day <= to);
        days.take(SHIPPING_DAYS_MAX as usize)
            .filter(|day| {
                !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
                    && !self.calendar.is_working_day(*day)
            })
            .collect()
    }

    /// When an order placed at a time on the shop's clock would arrive by a service.
    pub fn estimate(&self, version: &Version, service: &Service, placed: DateTime) -> Estimate {
        let day = placed.date();
        let ordered = if self.is_before_cutoff(version, placed) {
            day
        } else {
            let next = day.tomorrow().unwrap_or(day);
            self.calendar.after(next, 0)
        };
        let handed_over_by = self.calendar.after(ordered, version.handling_working_days);
        Estimate {
            counts_as_ordered: ordered,
            handed_over_by,
            arrives_from: self.calendar.after(handed_over_by, service.days_min),
            arrives_to: self.calendar.after(handed_over_by, service.days_max),
        }
    }

    /// Does an order placed then count as ordered on the same day?
    pub fn is_before_cutoff(&self, version: &Version, placed: DateTime) -> bool {
        self.calendar.is_working_day(placed.date()) && placed.time() < version.cutoff
    }
}

impl Version {
    /// The zone that a country is in; `None` where the shop does not ship.
    pub fn zone(&self, country: &str) -> Option<&Zone> {
        let is_in = |zone: &&Zone| zone.countries.iter().any(|known| known == country);
        self.zones.iter().find(is_in)
    }

    /// A service of the zone that a country is in.
    pub fn service(&self, country: &str, name: &str) -> Option<&Service> {
        let services = &self.zone(country)?.services;
        services.iter().find(|service| service.name == name)
    }
}

impl Service {
    /// The price at a value of the items after discounts.
    pub fn price_at(&self, items: Money) -> Money {
        match self.free_from {
            Some(free) if free.currency == items.currency && items.minor >= free.minor => {
                Money::zero(self.price.currency)
            }
            _ => self.price,
        }
    }
}

/// The file as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    version: Vec<RawVersion>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawVersion {
    valid_from: Datetime,
    #[serde(default)]
    valid_to: Option<Datetime>,
    cutoff: String,
    handling_working_days: u32,
    #[serde(default)]
    not_shipped: Vec<String>,
    #[serde(default)]
    po_boxes: Option<Vec<String>>,
    #[serde(default)]
    military: Option<bool>,
    #[serde(default)]
    holidays: Vec<Datetime>,
    #[serde(default)]
    zone: Vec<RawZone>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawZone {
    name: String,
    countries: Vec<String>,
    services: Vec<RawService>,
    #[serde(default)]
    customs: Option<String>,
    #[serde(default)]
    customs_free: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawService {
    name: String,
    price: String,
    #[serde(default)]
    free_from: Option<String>,
    days_min: u32,
    days_max: u32,
}

/// Where in the file something stands, for what is wrong with it.
struct At<'a> {
    file: &'a str,
    /// Of the version, from 1.
    number: usize,
    currency: Currency,
}

impl At<'_> {
    fn key(&self, key: &str) -> String {
        format!("version {}, {key}", self.number)
    }

    fn wrong<T>(&self, key: &str, problem: impl Into<String>) -> Result<T, TermsError> {
        Err(TermsError::key(self.file, self.key(key), problem))
    }

    fn day(&self, key: &str, day: &Datetime) -> Result<Date, TermsError> {
        match civil(day) {
            Some(day) => Ok(day),
            None => self.wrong(key, format!("{day} is no day; write one like 2026-03-01")),
        }
    }

    fn amount(&self, key: &str, text: &str) -> Result<Money, TermsError> {
        match Money::parse(text, self.currency) {
            Ok(money) if money.minor >= 0 => Ok(money),
            _ => self.wrong(
                key,
                format!(
                    "{text:?} is no amount; write one like \"12.90\", in {}",
                    self.currency.code()
                ),
            ),
        }
    }

    fn codes(&self, key: &str, codes: &[String]) -> Result<(), TermsError> {
        match codes
            .iter()
            .find(|code| Countries::get().code(code).is_none())
        {
            Some(code) => self.wrong(
                key,
                format!("{code:?} is no ISO 3166-1 alpha-2 code; write GB, not UK, and so on"),
            ),
            None => Ok(()),
        }
    }
}

impl RawVersion {
    fn read(&self, at: &At<'_>) -> Result<Version, TermsError> {
        let valid_from = at.day("valid_from", &self.valid_from)?;
        let valid_to = self
            .valid_to
            .as_ref()
            .map(|day| at.day("valid_to", day))
            .transpose()?;
        if valid_to.is_some_and(|to| to < valid_from) {
            return at.wrong("valid_to", "it is before `valid_from`");
        }
        if self.handling_working_days > SHIPPING_DAYS_MAX {
            let problem = format!("more than {SHIPPING_DAYS_MAX} days; write working days");
            return at.wrong("handling_working_days", problem);
        }
        at.codes("po_boxes", self.po_boxes.as_deref().unwrap_or_default())?;
        if self.zone.is_empty() || self.zone.len() > SHIPPING_ZONES_MAX {
            let problem = format!("write from 1 to {SHIPPING_ZONES_MAX} of them");
            return at.wrong("[[version.zone]]", problem);
        }
        let mut zones: Vec<Zone> = Vec::new();
        for zone in &self.zone {
            let zone = zone.read(at)?;
            let key = format!("zone {:?}", zone.name);
            for other in &zones {
                if other.name == zone.name {
                    return at.wrong(&key, "two zones have this name");
                }
                if let Some(code) = zone.countries.iter().find(|c| other.countries.contains(c)) {
                    let problem = format!("{code} is in zone {:?} already", other.name);
                    return at.wrong(&key, problem);
                }
            }
            zones.push(zone);
        }
        Ok(Version {
            valid_from,
            valid_to,
            cutoff: clock_time(at.file, &at.key("cutoff"), &self.cutoff)?,
            handling_working_days: self.handling_working_days,
            not_shipped: self.not_shipped.clone(),
            po_boxes: self.po_boxes.clone(),
            military: self.military,
            holidays: days(at.file, &at.key("holidays"), &self.holidays)?,
            zones,
        })
    }
}

impl RawZone {
    fn read(&self, at: &At<'_>) -> Result<Zone, TermsError> {
        let key = format!("zone {:?}", self.name);
        if self.name.trim().is_empty() || self.countries.is_empty() || self.services.is_empty() {
            return at.wrong(&key, "a zone needs a name, countries and services");
        }
        at.codes(&key, &self.countries)?;
        let read = |service: &RawService| service.read(at, &key);
        Ok(Zone {
            name: self.name.clone(),
            countries: self.countries.clone(),
            services: self.services.iter().map(read).collect::<Result<_, _>>()?,
            customs: self.customs.clone(),
            customs_free: self.customs_free.clone(),
        })
    }
}

impl RawService {
    fn read(&self, at: &At<'_>, zone: &str) -> Result<Service, TermsError> {
        let key = format!("{zone}, service {:?}", self.name);
        if self.days_min > self.days_max || self.days_max > SHIPPING_DAYS_MAX {
            let problem = format!(
                "days_min {} and days_max {} are no span; the smaller first, at most {SHIPPING_DAYS_MAX}",
                self.days_min, self.days_max
            );
            return at.wrong(&key, problem);
        }
        let amount = |text: &String| at.amount(&key, text);
        Ok(Service {
            name: self.name.clone(),
            price: amount(&self.price)?,
            free_from: self.free_from.as_ref().map(amount).transpose()?,
            days_min: self.days_min,
            days_max: self.days_max,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Country, service and the moment on the clock in Dublin → counts as ordered, with the carrier,
    /// first and last day. Counted by hand on a calendar.
    #[test]
    fn estimates_are_those_of_the_calendar() {
        for (country, service, placed, expected) in [
            // Wednesday 25 November 2026, a minute before and at the cut-off of 14:00.
            (
                "IE",
                "standard",
                "2026-11-25T13:59:59",
                "11-25 11-26 11-27 11-30",
            ),
            (
                "IE",
                "standard",
                "2026-11-25T14:00:00",
                "11-26 11-27 11-30 12-01",
            ),
            (
                "NO",
                "standard",
                "2026-11-25T10:00:00",
                "11-25 11-26 12-02 12-07",
            ),
            (
                "NO",
                "express",
                "2026-11-25T10:00:00",
                "11-25 11-26 12-01 12-02",
            ),
            // Friday after the cut-off, Saturday and Sunday count as Monday.
            (
                "DE",
                "standard",
                "2026-11-27T15:00:00",
                "11-30 12-01 12-04 12-08",
            ),
            (
                "DE",
                "standard",
                "2026-11-28T09:00:00",
                "11-30 12-01 12-04 12-08",
            ),
            (
                "DE",
                "standard",
                "2026-11-29T23:59:00",
                "11-30 12-01 12-04 12-08",
            ),
            // Christmas: 25 December (Friday) and 28 December (Monday) are not worked.
            (
                "IE",
                "express",
                "2026-12-23T10:00:00",
                "12-23 12-24 12-29 12-29",
            ),
            (
                "IE",
                "express",
                "2026-12-24T10:00:00",
                "12-24 12-29 12-30 12-30",
            ),
            (
                "IE",
                "express",
                "2026-12-24T14:00:00",
                "12-29 12-30 12-31 12-31",
            ),
            (
                "IE",
                "standard",
                "2026-12-25T10:00:00",
                "12-29 12-30 12-31 01-04",
            ),
            (
                "US",
                "standard",
                "2026-12-31T10:00:00",
                "12-31 01-04 01-12 01-18",
            ),
            // Clocks change on 29 March and 25 October; Monday 26 October is a holiday.
            (
                "IE",
                "express",
                "2026-03-27T13:30:00",
                "03-27 03-30 03-31 03-31",
            ),
            (
                "IE",
                "express",
                "2026-10-23T13:30:00",
                "10-23 10-27 10-28 10-28",
            ),
            // The terms of the day of ordering: cut-off 12:00 and two days' handling until
            // 30 September 2025, although the rest of the way lies in the next version.
            (
                "IE",
                "standard",
                "2025-09-30T11:59:00",
                "09-30 10-02 10-03 10-07",
            ),
            (
                "IE",
                "standard",
                "2025-09-30T13:00:00",
                "10-01 10-03 10-06 10-08",
            ),
            (
                "IE",
                "standard",
                "2025-10-01T13:00:00",
                "10-01 10-02 10-03 10-06",
            ),
        ] {
            let placed: DateTime = placed.parse().expect("a time");
            let terms = shipping().in_force(placed.date()).expect("in force");
            let by = terms.service(country, service).expect("a service");
            let estimate = shipping().estimate(terms, by, placed);
            let days = [
                estimate.counts_as_ordered,
                estimate.handed_over_by,
                estimate.arrives_from,
                estimate.arrives_to,
            ];
            let days: Vec<String> = days
                .iter()
                .map(|d| d.strftime("%m-%d").to_string())
                .collect();
            assert_eq!(days.join(" "), expected, "{country} {service} {placed}");
        }
    }

    #[test]
    fn closed_days_are_holidays_of_the_week() {
        let day = |text: &str| -> Date { text.parse().expect("a day") };
        assert_eq!(
            shipping().closed_between(day("2026-12-23"), day("2027-01-05")),
            [day("2026-12-25"), day("2026-12-28"), day("2027-01-01")],
            "26 December is a Saturday"
        );
    }

    #[test]
    fn versions_hold_on_their_days_alone() {
        let from = |day: &str| {
            let day: Date = day.parse().expect("a day");
            shipping()
                .in_force(day)
                .map(|version| version.valid_from.to_string())
        };
        assert_eq!(from("2023-12-31"), None);
        assert_eq!(from("2025-09-30").as_deref(), Some("2024-01-01"));
        assert_eq!(from("2025-10-01").as_deref(), Some("2025-10-01"));
        assert_eq!(from("2035-01-01").as_deref(), Some("2025-10-01"));
    }

    const GOOD: &str = "[[version]]
valid_from = 2026-01-01
cutoff = \"14:00\"
handling_working_days = 1
[[version.zone]]
name = \"Home\"
countries = [\"SE\"]
services = [{ name = \"standard\", price = \"49.00\", days_min = 1, days_max = 3 }]
";

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let sek = "SEK".parse().expect("a currency");
        let read = |text: &str| Shipping::parse("shipping.toml", text, sek);
        assert!(read(GOOD).is_ok());
        for (was, is, expected) in [
            (
                "[[version]]",
                "surprise = 1\n[[version]]",
                "shipping.toml:1: unknown field `surprise`",
            ),
            ("2026-01-01", "\"2026\"", "shipping.toml:2: "),
            (
                "cutoff",
                "cut_off",
                "shipping.toml:3: unknown field `cut_off`",
            ),
            (
                "14:00",
                "2 pm",
                "version 1, cutoff: \"2 pm\" is no time; write one like",
            ),
            (
                "2026-01-01",
                "2026-01-01\nvalid_to = 2025-01-01",
                "valid_to: it is before `valid_from`",
            ),
            (
                "SE\"",
                "UK\"",
                "zone \"Home\": \"UK\" is no ISO 3166-1 alpha-2 code; write GB",
            ),
            (
                "49.00",
                "-1",
                "service \"standard\": \"-1\" is no amount; write one like \"12.90\", in SEK",
            ),
            (
                "days_min = 1",
                "days_min = 4",
                "days_min 4 and days_max 3 are no span",
            ),
            (
                "= 1\n[[v",
                "= 99999\n[[v",
                "handling_working_days: more than 366",
            ),
        ] {
            let text = GOOD.replacen(was, is, 1);
            let error = read(&text).expect_err(is).to_string();
            assert!(error.contains(expected), "{error}");
        }
        let twice = format!("{GOOD}{GOOD}");
        let error = read(&twice).expect_err("both hold").to_string();
        assert!(error.contains("give it an earlier `valid_to`"), "{error}");
        let zone = GOOD
            .find("[[version.zone]]")
            .map(|at| &GOOD[at..])
            .expect("a zone");
        let error = read(&format!("{GOOD}{zone}"))
            .expect_err("twice")
            .to_string();
        assert!(error.contains("two zones have this name"), "{error}");
        let error = read("").expect_err("empty").to_string();
        assert!(error.contains("[[version]]: there is none"), "{error}");
    }
}
