//! Shipping and hours as the grader knows them: read from the demo shop's files, with working days
//! and opening times counted here a second time, so that the code under test is not its own judge.

use std::sync::LazyLock;

use jiff::civil::{Date, DateTime, Time, Weekday};
use toml::{Table, Value as Toml};

use super::fact::Value;
use crate::domain::money::{Currency, Money};

static SHIPPING: LazyLock<Table> = LazyLock::new(|| {
    toml::from_str(include_str!("../../knowledge/shipping.toml"))
        .expect("knowledge/shipping.toml is compiled in and read by the demo shop's tests")
});
static HOURS: LazyLock<Table> = LazyLock::new(|| {
    toml::from_str(include_str!("../../knowledge/hours.toml"))
        .expect("knowledge/hours.toml is compiled in and read by a test")
});

/// Longest run of closed days that is looked over for the next opening.
const CLOSED_DAYS_MAX: usize = 30;

/// The value at `shipping.<country>.<service>` and what stands below it, at a time of the shop.
pub fn shipping(country: &str, service: &str, rest: &[&str], now: DateTime) -> Option<Value> {
    let version = in_force(now.date())?;
    let service = service_of(version, country, service)?;
    let price = amount(service.get("price")?);
    let free_from = service.get("free_from").and_then(amount);
    let days = |key: &str| service.get(key)?.as_integer();
    let handed = handed_over(version, now)?;
    let arrives = |key: &str| working_days_after(version, handed, days(key)?).map(Value::Date);
    match rest {
        [] => price.map(Value::Money),
        ["free_from"] => free_from.map(Value::Money),
        ["days_min" | "days_max"] => days(rest[0]).map(Value::Number),
        ["cutoff"] => time(version.get("cutoff")?).map(Value::Time),
        ["handed_over"] => Some(Value::Date(handed)),
        ["arrives_from"] => arrives("days_min"),
        ["arrives_to"] => arrives("days_max"),
        // What it costs with items of so many minor units.
        ["for", minor] => {
            let minor: i64 = minor.parse().ok()?;
            let free = free_from.is_some_and(|from| minor >= from.minor);
            let zero = Money::zero(Currency::EUR);
            Some(Value::Money(if free { zero } else { price? }))
        }
        _ => None,
    }
}

/// The value at `hours.…`: `next_opening` (nothing while people answer), `<day>.from`, `<day>.to`,
/// `reply_minutes`.
pub fn hours(path: &[&str], now: DateTime) -> Option<Value> {
    match path {
        ["next_opening"] => {
            let (day, from) = next_opening(now)?;
            Some(Value::All(vec![Value::Date(day), Value::Time(from)]))
        }
        ["reply_minutes"] => {
            let minutes = HOURS.get("first_reply_minutes_in_hours")?.as_integer();
            minutes.map(Value::Number)
        }
        [day, edge @ ("from" | "to")] => {
            let weekly = HOURS.get("weekly")?.as_array()?.iter();
            let mut named = weekly.filter(|entry| lists(entry, "days", day));
            time(named.next()?.get(edge)?).map(Value::Time)
        }
        _ => None,
    }
}

fn in_force(day: Date) -> Option<&'static Toml> {
    let versions = SHIPPING.get("version")?.as_array()?.iter();
    let on = |version: &Toml, key: &str| version.get(key).and_then(date);
    let mut in_force = versions.filter(|version| {
        on(version, "valid_from").is_some_and(|first| first <= day)
            && on(version, "valid_to").is_none_or(|last| day <= last)
    });
    in_force.next_back()
}

fn service_of<'a>(version: &'a Toml, country: &str, service: &str) -> Option<&'a Toml> {
    let mut zones = version.get("zone")?.as_array()?.iter();
    let zone = zones.find(|zone| lists(zone, "countries", country))?;
    let mut services = zone.get("services")?.as_array()?.iter();
    services.find(|entry| entry.get("name").and_then(Toml::as_str) == Some(service))
}

/// The day by which the carrier has what is ordered now.
fn handed_over(version: &Toml, now: DateTime) -> Option<Date> {
    let cutoff = time(version.get("cutoff")?)?;
    let today = now.date();
    let counts_today = works(version, today) && now.time() < cutoff;
    let ordered = if counts_today {
        today
    } else {
        working_days_after(version, today, 1)?
    };
    let handling = version.get("handling_working_days")?.as_integer()?;
    working_days_after(version, ordered, handling)
}

fn working_days_after(version: &Toml, day: Date, count: i64) -> Option<Date> {
    let (mut at, mut left) = (day, count);
    while left > 0 {
        at = at.tomorrow().ok()?;
        left -= i64::from(works(version, at));
    }
    Some(at)
}

fn works(version: &Toml, day: Date) -> bool {
    let holidays = version.get("holidays").and_then(Toml::as_array);
    let holiday = holidays.is_some_and(|days| days.iter().any(|known| date(known) == Some(day)));
    !holiday && !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

fn next_opening(now: DateTime) -> Option<(Date, Time)> {
    let mut day = now.date();
    for _ in 0..CLOSED_DAYS_MAX {
        if let Some((from, to)) = opening(day) {
            let later = day > now.date();
            if later || now.time() < from {
                return Some((day, from));
            }
            if now.time() < to {
                return None;
            }
        }
        day = day.tomorrow().ok()?;
    }
    None
}

fn opening(day: Date) -> Option<(Time, Time)> {
    let closed = HOURS.get("closed")?.as_array()?;
    if closed.iter().any(|known| date(known) == Some(day)) {
        return None;
    }
    let name = day.strftime("%a").to_string().to_lowercase();
    let mut weekly = HOURS.get("weekly")?.as_array()?.iter();
    let entry = weekly.find(|entry| lists(entry, "days", &name))?;
    Some((time(entry.get("from")?)?, time(entry.get("to")?)?))
}

fn lists(entry: &Toml, key: &str, name: &str) -> bool {
    let names = entry.get(key).and_then(Toml::as_array);
    names.is_some_and(|names| names.iter().any(|known| known.as_str() == Some(name)))
}

pub fn date(value: &Toml) -> Option<Date> {
    value.to_string().trim_matches('"').parse().ok()
}

fn time(value: &Toml) -> Option<Time> {
    Time::strptime("%H:%M", value.as_str()?).ok()
}

pub fn amount(value: &Toml) -> Option<Money> {
    Money::parse(value.as_str()?, Currency::EUR).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::{date, datetime};

    fn day_of(path: &str, now: DateTime) -> Option<Value> {
        shipping("IE", "standard", &[path], now)
    }

    #[test]
    fn working_days_are_counted_as_on_paper() {
        // Wednesday before the cut-off: counts today, handed over on Thursday, one or two days on.
        let wednesday = datetime(2026, 11, 25, 10, 0, 0, 0);
        assert_eq!(
            day_of("arrives_from", wednesday),
            Some(Value::Date(date(2026, 11, 27)))
        );
        assert_eq!(
            day_of("arrives_to", wednesday),
            Some(Value::Date(date(2026, 11, 30)))
        );
        // The Friday before Christmas after the cut-off: counts on Monday 21, handed over on 22.
        let friday = datetime(2026, 12, 18, 15, 0, 0, 0);
        assert_eq!(
            day_of("arrives_from", friday),
            Some(Value::Date(date(2026, 12, 23)))
        );
        // Christmas Eve: handed over on 29, for 25 to 28 are closed.
        let eve = datetime(2026, 12, 24, 13, 59, 0, 0);
        assert_eq!(
            day_of("handed_over", eve),
            Some(Value::Date(date(2026, 12, 29)))
        );
        assert_eq!(shipping("AU", "standard", &[], eve), None);
    }

    #[test]
    fn shipping_is_free_from_the_bound_on() {
        let now = datetime(2026, 11, 25, 10, 0, 0, 0);
        let cost = |minor| match shipping("IE", "standard", &["for", minor], now) {
            Some(Value::Money(money)) => money.minor,
            other => panic!("{other:?}"),
        };
        assert_eq!((cost("7499"), cost("7500")), (490, 0));
        assert_eq!(shipping("IE", "express", &["free_from"], now), None);
    }

    #[test]
    fn the_next_opening_is_found_over_closed_days() {
        let next = |now| next_opening(now).map(|(day, from)| (day, from.to_string()));
        let nine = "09:00:00".to_owned();
        assert_eq!(next(datetime(2026, 11, 25, 10, 0, 0, 0)), None);
        assert_eq!(
            next(datetime(2026, 11, 25, 7, 0, 0, 0)),
            Some((date(2026, 11, 25), nine.clone()))
        );
        assert_eq!(
            next(datetime(2026, 11, 28, 14, 0, 0, 0)),
            Some((date(2026, 11, 30), nine.clone()))
        );
        // Friday 25, Saturday 26 and Monday 28 December are closed, and so is the Sunday.
        assert_eq!(
            next(datetime(2026, 12, 24, 19, 0, 0, 0)),
            Some((date(2026, 12, 29), nine))
        );
    }
}
