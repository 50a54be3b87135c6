//! Does a fact say the value that was found?

use jiff::ToSpan as _;
use jiff::civil::Date;

use crate::domain::evidence::{Fact, FactValue};

use super::super::plain::lower;
use super::{Found, Toward, Unit, Value, find};

/// What people write as "$" or call dollars.
const DOLLARS: [&str; 6] = ["USD", "CAD", "AUD", "NZD", "SGD", "HKD"];

/// Of a hundred: how far "about" may be from what is known.
const ABOUT_PERCENT: i64 = 5;

/// Does a fact's value say what was found?
pub fn says(fact: &Fact, found: &Found, today: Date) -> bool {
    match (&fact.value, &found.value) {
        (FactValue::Money(money), Value::Money { milli, currency }) => {
            let fits = currency.is_none_or(|code| match code {
                "$" => DOLLARS.contains(&money.currency.code()),
                code => code == money.currency.code(),
            });
            fits && is_near(
                milli_of(money.minor, money.currency.exponent()),
                *milli,
                found.about,
            )
        }
        (FactValue::Money(money), Value::Figure(milli, _)) => {
            milli_of(money.minor, money.currency.exponent()) == *milli
        }
        (FactValue::Date(date), _) => says_day(fact, *date, found, today),
        (FactValue::Number(number), Value::Number(said, unit)) => {
            says_number(&fact.attribute, *number, *said, *unit, found.about)
        }
        (FactValue::Number(number), Value::Figure(milli, _)) => {
            number.checked_mul(1000) == Some(*milli)
        }
        (FactValue::Code(text) | FactValue::Name(text), value) => {
            says_text(fact, text, value, today)
        }
        (FactValue::Link(text), Value::Link(link)) => is_same_link(text, link),
        _ => false,
    }
}

fn milli_of(minor: i64, exponent: u32) -> i64 {
    match exponent {
        0 => minor.saturating_mul(1000),
        2 => minor.saturating_mul(10),
        _ => minor,
    }
}

fn is_near(known: i64, said: i64, about: bool) -> bool {
    let off = known.saturating_sub(said).saturating_abs();
    known == said
        || (about
            && off.saturating_mul(100) <= known.saturating_abs().saturating_mul(ABOUT_PERCENT))
}

fn says_day(fact: &Fact, date: Date, found: &Found, today: Date) -> bool {
    match &found.value {
        Value::Day(day) => match is_ahead(&fact.attribute, day.toward) {
            Some(can) => can && is_toward(date, day.date(today), day.toward),
            None => day.is(date),
        },
        Value::Weekday(weekday, toward) => match is_ahead(&fact.attribute, *toward) {
            Some(can) => {
                let ahead = i64::from(today.weekday().until(*weekday));
                can && is_toward(date, today.checked_add(ahead.days()).ok(), *toward)
            }
            None => date.weekday() == *weekday,
        },
        Value::Month(year, month) => (date.year(), date.month()) == (*year, *month),
        Value::Span(from, to) => (*from..=*to).contains(&date),
        Value::Number(number, unit) if found.ahead => {
            let days = match unit {
                Unit::Days => *number,
                Unit::Weeks => number.saturating_mul(7),
                _ => return false,
            };
            days < YEAR_DAYS && today.checked_add(days.days()).ok() == Some(date)
        }
        _ => false,
    }
}

/// "It arrives before Friday" compares the last day that is expected, "after" the first; of any
/// other day "before" says a deadline, which is the day itself.
fn is_ahead(attribute: &str, toward: Toward) -> Option<bool> {
    let first = attribute == "expected_first" || attribute.ends_with("_from");
    let last = attribute == "expected_last" || attribute.ends_with("_to");
    let expected = attribute.starts_with("expected_") || attribute.starts_with("arrives_");
    match toward {
        Toward::On => None,
        Toward::Before => expected.then_some(last),
        Toward::After => expected.then_some(first),
    }
}

/// Farther ahead nothing is counted in days.
const YEAR_DAYS: i64 = 366;

fn is_toward(date: Date, day: Option<Date>, toward: Toward) -> bool {
    day.is_some_and(|day| match toward {
        Toward::On => date == day,
        Toward::Before => date < day,
        Toward::After => date > day,
    })
}

fn says_number(attribute: &str, known: i64, said: i64, unit: Unit, about: bool) -> bool {
    let own = unit_of(attribute);
    if is_unit_of(own, unit) && is_near(known, said, about) {
        return true;
    }
    let times = match (own, unit) {
        (Unit::Days, Unit::Weeks) => 7,
        (Unit::Months, Unit::Years) => 12,
        (Unit::Hours, Unit::Days) => 24,
        (Unit::Minutes, Unit::Hours) => 60,
        _ => return false,
    };
    said.checked_mul(times) == Some(known) || known.checked_mul(times) == Some(said)
}

/// May a number of one unit be said in the other? What has no unit fits every one.
pub fn is_unit_of(known: Unit, said: Unit) -> bool {
    let days = |unit| matches!(unit, Unit::Days | Unit::WorkingDays);
    known == said
        || known == Unit::None
        || said == Unit::None
        || (days(known) && days(said))
        || matches!((known, said), (Unit::Parcels | Unit::Orders, Unit::Items))
}

/// What a fact's number counts, by the last words of its attribute.
pub fn unit_of(attribute: &str) -> Unit {
    let kind = attribute.rsplit(": ").next().unwrap_or(attribute);
    let last = kind.rsplit([' ', '-']).next().unwrap_or(kind);
    match last {
        "day" | "days" if kind.starts_with("working") || kind.starts_with("business") => {
            Unit::WorkingDays
        }
        "day" | "days" => Unit::Days,
        "week" | "weeks" => Unit::Weeks,
        "month" | "months" => Unit::Months,
        "year" | "years" => Unit::Years,
        "hour" | "hours" => Unit::Hours,
        "minute" | "minutes" | "opens_reply" => Unit::Minutes,
        "percent" => Unit::Percent,
        "points" => Unit::Points,
        "parcels" | "in_parcel" => Unit::Parcels,
        "orders" | "other_orders" | "why_orders" => Unit::Orders,
        "items" | "pieces" | "more_items" | "quantity" | "returnable" | "returned"
        | "comes_back" | "return_pieces" | "exchanged" => Unit::Items,
        "weight" => Unit::Measure,
        _ if last.contains("_days") => Unit::Days,
        _ => Unit::None,
    }
}

/// A day without a year ("31 January"), a size such as "105 cm" or "36-39", a time: as written.
fn says_text(fact: &Fact, text: &str, value: &Value, today: Date) -> bool {
    match value {
        Value::Code(code) => same_code(text, code),
        Value::Link(link) => is_same_link(text, link),
        Value::Digits(digits) => same_digits(text, digits),
        Value::Figure(_, figure) => same_code(text, figure),
        Value::Number(number, unit) => {
            let is_code = same_code(text, &number.to_string());
            is_code && matches!(unit, Unit::None | Unit::Measure)
                || is_written(fact, text, value, today)
        }
        Value::Day(_) | Value::Weekday(..) | Value::Time(_) => is_written(fact, text, value, today),
        _ => false,
    }
}

fn is_written(fact: &Fact, text: &str, value: &Value, today: Date) -> bool {
    let is_short = text.len() <= MEASURE_BYTES_MAX && text.is_ascii();
    if !matches!(fact.value, FactValue::Code(_)) || !is_short {
        return false;
    }
    let number = matches!(value, Value::Number(..));
    if number && !text.starts_with(|c: char| c.is_ascii_digit()) {
        return false;
    }
    let is_said = |written: &Value| match (written, value) {
        (Value::Number(read, own), Value::Number(said, unit)) => {
            read == said && is_unit_of(*own, *unit)
        }
        _ => written.is(value),
    };
    find(text, &lower(text), today)
        .iter()
        .any(|written| is_said(&written.value))
}

/// No size, time or day of the year is longer.
const MEASURE_BYTES_MAX: usize = 16;

fn is_same_link(fact: &str, link: &str) -> bool {
    fact.eq_ignore_ascii_case(link) || bare(fact).eq_ignore_ascii_case(bare(link))
}

/// An address as people shorten it.
fn bare(link: &str) -> &str {
    let scheme = link.find("://").map_or(0, |at| at + 3);
    link[scheme..]
        .trim_start_matches("www.")
        .trim_end_matches('/')
}

/// "RT-7K2M9Q" is also written "RT7K2M9Q".
fn same_code(fact: &str, code: &str) -> bool {
    let fact = fact.trim_start_matches('#');
    let alnum = |text: &str| -> Vec<u8> {
        let bytes = text.bytes().filter(u8::is_ascii_alphanumeric);
        bytes.map(|byte| byte.to_ascii_uppercase()).collect()
    };
    fact.eq_ignore_ascii_case(code)
        || (code.len() >= DASHED_BYTES_MIN
            && fact.contains('-') != code.contains('-')
            && alnum(fact) == alnum(code))
}

/// Shorter codes are compared as they stand.
const DASHED_BYTES_MIN: usize = 6;

fn same_digits(fact: &str, digits: &str) -> bool {
    let bare: String = fact.chars().filter(char::is_ascii_alphanumeric).collect();
    bare.eq_ignore_ascii_case(digits)
}
