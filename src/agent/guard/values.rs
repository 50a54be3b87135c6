//! The values that a sentence states, in the formats in which people write them.

use std::sync::LazyLock;

use jiff::civil::{Date, Weekday};
use regex::{Captures, Regex};

use crate::domain::evidence::FactValue;
use crate::domain::money::Money;

/// A value as it stands in the sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub text: String,
    pub value: Value,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Plain digits with an optional fraction; the currency where one was written.
    Money {
        digits: String,
        currency: Option<&'static str>,
    },
    Day(Day),
    Weekday(Weekday),
    Number(i64),
    /// A fraction or a time of day: as it stands.
    Figure(String),
    Code(String),
    Link(String),
}

impl Value {
    /// Does a value that was read elsewhere say what this sentence says? A day may be said with
    /// less than was read.
    pub fn is(&self, said: &Self) -> bool {
        match (self, said) {
            (Self::Day(read), Self::Day(said)) => {
                (read.month, read.day) == (said.month, said.day)
                    && said.year.is_none_or(|year| read.year == Some(year))
                    && said
                        .weekday
                        .is_none_or(|weekday| read.weekday == Some(weekday))
            }
            _ => self == said,
        }
    }
}

/// A day as written: the year and the weekday may be missing, and 3/11 may be read two ways.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    year: Option<i16>,
    month: i8,
    day: i8,
    weekday: Option<Weekday>,
    either_order: bool,
}

impl Day {
    fn is(&self, date: Date) -> bool {
        let straight = self.month == date.month() && self.day == date.day();
        let swapped = self.either_order && self.day == date.month() && self.month == date.day();
        (straight || swapped)
            && self.year.is_none_or(|year| year == date.year())
            && self.weekday.is_none_or(|weekday| weekday == date.weekday())
    }
}

/// Does a fact's value say what was found?
pub fn says(fact: &FactValue, found: &Value) -> bool {
    match (fact, found) {
        (FactValue::Money(money), Value::Money { digits, currency }) => {
            currency.is_none_or(|code| code == money.currency.code())
                && Money::parse(digits, money.currency) == Ok(*money)
        }
        (FactValue::Date(date), Value::Day(day)) => day.is(*date),
        (FactValue::Date(date), Value::Weekday(weekday)) => date.weekday() == *weekday,
        // A day without a year ("31 January", "Monday") stands in a fact as it was written.
        (FactValue::Code(text), Value::Day(_) | Value::Weekday(_)) => find(text)
            .first()
            .is_some_and(|written| written.value == *found),
        (FactValue::Number(fact), Value::Number(number)) => fact == number,
        (FactValue::Code(text) | FactValue::Name(text), Value::Number(number)) => {
            same_code(text, &number.to_string())
        }
        (
            FactValue::Code(text) | FactValue::Name(text),
            Value::Figure(code) | Value::Code(code),
        ) => same_code(text, code),
        (FactValue::Code(text) | FactValue::Link(text), Value::Link(link)) => {
            text.eq_ignore_ascii_case(link)
        }
        _ => false,
    }
}

fn same_code(fact: &str, code: &str) -> bool {
    fact.trim_start_matches('#').eq_ignore_ascii_case(code)
}

/// All values of a sentence. What one pattern has read, the next does not see again.
pub fn find(sentence: &str) -> Vec<Found> {
    let mut left = sentence.to_owned();
    let mut found = Vec::new();
    for (pattern, read) in PATTERNS.iter() {
        left = pattern
            .replace_all(&left, |captures: &Captures<'_>| {
                match read(captures) {
                    Reading::Value(value) => found.push(Found {
                        text: captures[0].trim().to_owned(),
                        value,
                    }),
                    Reading::Nothing => {}
                    Reading::NotThis => return captures[0].to_owned(),
                }
                "\u{1}".repeat(captures[0].len())
            })
            .into_owned();
    }
    found
}

/// What a pattern's match turned out to be.
enum Reading {
    Value(Value),
    /// It states nothing and is not to be read as anything else.
    Nothing,
    /// Not of this kind after all: left for the patterns that follow.
    NotThis,
}

type Reader = fn(&Captures<'_>) -> Reading;

const MONTHS: &str = "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:t(?:ember)?)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?";
const DAYS: &str = "mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:r(?:s(?:day)?)?)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?";
const COUNTS: &str = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fourteen|fifteen|twenty|twenty-one|twenty-eight|thirty|forty|sixty|ninety";
const UNITS: &str =
    "(?:working|business|calendar)?\\s*(?:days?|weeks?|months?|years?|hours?|minutes?)";
const AMOUNT: &str = r"\d{1,3}(?:[, ]\d{3})+(?:\.\d{1,2})?|\d+(?:[.,]\d{1,2})?";

static PATTERNS: LazyLock<Vec<(Regex, Reader)>> = LazyLock::new(|| {
    let patterns: Vec<(String, Reader)> = vec![
        // A list's or a citation's number states nothing.
        (r"^\s*(?:[-*•]\s*)?\d{1,2}[.)]\s*(?:$|\b)".into(), |_| {
            Reading::Nothing
        }),
        (r"\[[a-z]{0,8} ?\d{1,4}\]".into(), |_| Reading::Nothing),
        (
            r"(?:https?://|/slips/|www\.)[^\s<>]*[^\s<>.,;:!?)\x22']".into(),
            |c| Reading::Value(Value::Link(c[0].to_owned())),
        ),
        (r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+".into(), |c| {
            Reading::Value(Value::Link(c[0].to_owned()))
        }),
        (
            format!(
                r"(?i)(?:\b({DAYS})\.?,?\s+)?(?:the\s+)?\b(\d{{1,2}})(?:st|nd|rd|th|\.)?\s+(?:of\s+)?({MONTHS})\b\.?(?:,?\s+(\d{{4}}))?"
            ),
            |c| day(c, 2, 3),
        ),
        (
            format!(
                r"(?i)(?:\b({DAYS})\.?,?\s+)?\b({MONTHS})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?\s+(\d{{4}}))?"
            ),
            |c| day(c, 3, 2),
        ),
        (r"\b(\d{4})-(\d{2})-(\d{2})\b".into(), |c| {
            numeric(c, 1, 2, 3, false)
        }),
        (r"\b(\d{1,2})[/.](\d{1,2})[/.](\d{4})\b".into(), |c| {
            numeric(c, 3, 2, 1, true)
        }),
        (
            format!(r"(?i)(€|£|\$|\beur\b|\bgbp\b|\busd\b)\s*({AMOUNT})"),
            |c| money(&c[2], &c[1]),
        ),
        (
            format!(r"(?i)\b({AMOUNT})\s*(€|£|\$|euros?\b|eur\b|pounds?\b|gbp\b|dollars?\b|usd\b)"),
            |c| money(&c[1], &c[2]),
        ),
        (r"\b\d{1,2}:\d{2}\b".into(), |c| {
            Reading::Value(Value::Figure(c[0].to_owned()))
        }),
        (
            r"(?i)\b(\d{1,4})-(?:day|week|month|year|hour)s?\b".into(),
            |c| number(&c[1]),
        ),
        (r"(?i)\b(\d{1,4})(?:st|nd|rd|th)\b".into(), |c| {
            number(&c[1])
        }),
        (format!(r"(?i)\b({COUNTS})[\s-]{UNITS}\b"), |c| {
            number_word(&c[1])
        }),
        (r"#?\b[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*\b".into(), code),
        (r"\d+[.,]\d+".into(), |c| {
            Reading::Value(Value::Figure(c[0].replace(',', ".")))
        }),
        (r"#?(\d+)".into(), |c| number(&c[1])),
        (format!(r"(?i)\b({DAYS})s?\b"), weekday_alone),
    ];
    patterns
        .into_iter()
        .map(|(pattern, read)| {
            let compiled = Regex::new(&pattern).expect("the patterns are fixed and tested");
            (compiled, read)
        })
        .collect()
});

/// A date from its captures: weekday in 1, year in 4.
fn day(captures: &Captures<'_>, day: usize, month: usize) -> Reading {
    let weekday = captures.get(1).and_then(|name| weekday(name.as_str()));
    let written = Day {
        year: captures.get(4).and_then(|year| year.as_str().parse().ok()),
        month: month_number(&captures[month]),
        day: captures[day].parse().unwrap_or(0),
        weekday,
        either_order: false,
    };
    Reading::Value(Value::Day(written))
}

fn numeric(
    captures: &Captures<'_>,
    year: usize,
    month: usize,
    day: usize,
    either_order: bool,
) -> Reading {
    Reading::Value(Value::Day(Day {
        year: captures[year].parse().ok(),
        month: captures[month].parse().unwrap_or(0),
        day: captures[day].parse().unwrap_or(0),
        weekday: None,
        either_order,
    }))
}

/// "1,234.50", "1 234.50" and "4,90" as plain digits with a point.
fn money(amount: &str, sign: &str) -> Reading {
    let amount = amount.replace(' ', "");
    let digits = match amount.rsplit_once(',') {
        Some((whole, cents)) if cents.len() == 2 && !amount.contains('.') => {
            format!("{}.{cents}", whole.replace(',', ""))
        }
        _ => amount.replace(',', ""),
    };
    let sign = sign.to_lowercase();
    let currency = match sign.trim_end_matches('s') {
        "€" | "eur" | "euro" => Some("EUR"),
        "£" | "gbp" | "pound" => Some("GBP"),
        "usd" => Some("USD"),
        // Many currencies are dollars.
        _ => None,
    };
    Reading::Value(Value::Money { digits, currency })
}

fn number(digits: &str) -> Reading {
    match digits.parse() {
        Ok(number) => Reading::Value(Value::Number(number)),
        Err(_) => Reading::Value(Value::Code(digits.to_owned())),
    }
}

fn number_word(word: &str) -> Reading {
    let value = match word.to_lowercase().as_str() {
        "one" => 1,
        "two" => 2,
        "three" => 3,
        "four" => 4,
        "five" => 5,
        "six" => 6,
        "seven" => 7,
        "eight" => 8,
        "nine" => 9,
        "ten" => 10,
        "eleven" => 11,
        "twelve" => 12,
        "fourteen" => 14,
        "fifteen" => 15,
        "twenty" => 20,
        "twenty-one" => 21,
        "twenty-eight" => 28,
        "thirty" => 30,
        "forty" => 40,
        "sixty" => 60,
        _ => 90,
    };
    Reading::Value(Value::Number(value))
}

/// Letters and digits together, from four characters on: an order's, parcel's or return's number,
/// an offer code. Shorter ones ("A6") and plain words state nothing.
fn code(captures: &Captures<'_>) -> Reading {
    let text = captures[0].trim_start_matches('#');
    let digits = text.chars().any(|c| c.is_ascii_digit());
    let letters = text.chars().any(|c| c.is_ascii_alphabetic());
    if digits && letters {
        if text.len() < 4 {
            Reading::Nothing
        } else {
            Reading::Value(Value::Code(text.to_owned()))
        }
    } else {
        Reading::NotThis
    }
}

/// "sat" and "sun" are words of their own; only whole day names count without a date.
fn weekday_alone(captures: &Captures<'_>) -> Reading {
    match weekday(&captures[1]) {
        Some(day) if captures[1].to_lowercase().ends_with("day") => {
            Reading::Value(Value::Weekday(day))
        }
        _ => Reading::Nothing,
    }
}

fn weekday(name: &str) -> Option<Weekday> {
    let name = name.to_lowercase();
    let days = [
        ("mon", Weekday::Monday),
        ("tue", Weekday::Tuesday),
        ("wed", Weekday::Wednesday),
        ("thu", Weekday::Thursday),
        ("fri", Weekday::Friday),
        ("sat", Weekday::Saturday),
        ("sun", Weekday::Sunday),
    ];
    days.into_iter()
        .find(|(start, _)| name.starts_with(start))
        .map(|(_, day)| day)
}

fn month_number(name: &str) -> i8 {
    let name = name.to_lowercase();
    [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ]
    .iter()
    .zip(1..)
    .find(|(start, _)| name.starts_with(**start))
    .map_or(0, |(_, number)| number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<String> {
        find(text)
            .into_iter()
            .map(|found| format!("{:?}", found.value))
            .collect()
    }

    #[test]
    fn what_people_write_is_read() {
        let first = |text: &str| find(text).remove(0).value;
        let eur = |digits: &str| Value::Money {
            digits: digits.into(),
            currency: Some("EUR"),
        };
        assert_eq!(first("It cost €1,234.50."), eur("1234.50"));
        assert_eq!(first("It cost 4,90 € in all"), eur("4.90"));
        assert_eq!(first("It cost 5 euros"), eur("5"));
        assert_eq!(first("Order #10482 is here"), Value::Number(10_482));
        assert_eq!(
            first("Your slip RT-7K2M9Q"),
            Value::Code("RT-7K2M9Q".into())
        );
        assert_eq!(first("within thirty days"), Value::Number(30));
        assert_eq!(first("within two working days"), Value::Number(2));
        assert_eq!(first("a 30-day window"), Value::Number(30));
        assert_eq!(first("until 14:00"), Value::Figure("14:00".into()));
        assert_eq!(
            first("see http://127.0.0.1:8080/slips/ab.pdf?size=a6."),
            Value::Link("http://127.0.0.1:8080/slips/ab.pdf?size=a6".into())
        );
        let date = jiff::civil::date(2026, 11, 3);
        for text in [
            "Tuesday 3 November 2026",
            "by Nov 3",
            "on 3rd of November",
            "2026-11-03",
            "03/11/2026",
            "11/03/2026",
            "on Tuesday",
        ] {
            assert!(says(&FactValue::Date(date), &first(text)), "{text}");
        }
        assert!(
            !says(&FactValue::Date(date), &first("Monday 3 November 2026")),
            "the wrong weekday"
        );
    }

    #[test]
    fn what_states_nothing_is_not_read() {
        for text in [
            "1. First of all",
            "Please print it in A6 or A4.",
            "I may help you in March.",
            "As said [ctx 7]",
            "the sun sat down",
            "Hello there!",
        ] {
            assert!(values(text).is_empty(), "{text}: {:?}", values(text));
        }
    }
}
