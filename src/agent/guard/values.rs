//! The values that a sentence states, in the formats in which people write them.

use std::sync::LazyLock;

use jiff::civil::{Date, Weekday};
use regex::{Captures, Regex};

use super::counts::{NUMBER_WORDS, month_number, value_of, weekday};
use crate::domain::evidence::FactValue;
use crate::domain::money::Money;

/// A value as it stands in the sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Byte where it stands.
    pub at: usize,
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
    /// A month with its year.
    Month(i16, i8),
    Number(i64),
    /// So many parcels or orders.
    Count(i64, &'static str),
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

impl From<Date> for Day {
    fn from(date: Date) -> Self {
        Self {
            year: Some(date.year()),
            month: date.month(),
            day: date.day(),
            weekday: None,
            either_order: false,
        }
    }
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

/// What people write as "$" or call dollars.
const DOLLARS: [&str; 6] = ["USD", "CAD", "AUD", "NZD", "SGD", "HKD"];

/// Does a fact's value say what was found?
pub fn says(fact: &FactValue, found: &Value) -> bool {
    match (fact, found) {
        (FactValue::Money(money), Value::Money { digits, currency }) => {
            currency.is_none_or(|code| match code {
                "$" => DOLLARS.contains(&money.currency.code()),
                code => code == money.currency.code(),
            }) && Money::parse(digits, money.currency) == Ok(*money)
        }
        (FactValue::Date(date), Value::Day(day)) => day.is(*date),
        (FactValue::Date(date), Value::Weekday(weekday)) => date.weekday() == *weekday,
        (FactValue::Date(date), Value::Month(year, month)) => {
            (date.year(), date.month()) == (*year, *month)
        }
        // A day without a year ("31 January", "Monday") stands in a fact as it was written.
        (FactValue::Code(text), Value::Day(_) | Value::Weekday(_)) => find(text)
            .first()
            .is_some_and(|written| written.value == *found),
        (FactValue::Number(fact), Value::Number(number) | Value::Count(number, _)) => {
            fact == number
        }
        (FactValue::Code(text) | FactValue::Name(text), Value::Number(number)) => {
            same_code(text, &number.to_string()) || is_measure(fact, *number)
        }
        (
            FactValue::Code(text) | FactValue::Name(text),
            Value::Figure(code) | Value::Code(code),
        ) => same_code(text, code),
        (FactValue::Code(text) | FactValue::Link(text), Value::Link(link)) => {
            text.eq_ignore_ascii_case(link) || bare(text).eq_ignore_ascii_case(bare(link))
        }
        _ => false,
    }
}

/// A size such as "105 cm" or "36-39" says its figures.
fn is_measure(fact: &FactValue, number: i64) -> bool {
    let FactValue::Code(text) = fact else {
        return false;
    };
    let figures = text.starts_with(|c: char| c.is_ascii_digit()) && text.len() <= MEASURE_BYTES_MAX;
    figures
        && find(text)
            .iter()
            .any(|written| written.value == Value::Number(number))
}

/// No size is longer.
const MEASURE_BYTES_MAX: usize = 12;

/// An address as people shorten it.
fn bare(link: &str) -> &str {
    let link = link.trim_start_matches("https://");
    link.trim_start_matches("http://")
        .trim_start_matches("www.")
        .trim_end_matches('/')
}

fn same_code(fact: &str, code: &str) -> bool {
    fact.trim_start_matches('#').eq_ignore_ascii_case(code)
}

/// All values of a sentence. What one pattern has read, the next does not see again.
pub fn find(sentence: &str) -> Vec<Found> {
    let mut left = sentence.to_owned();
    let mut found = Vec::new();
    blank_list_number(&mut left);
    for (pattern, read) in PATTERNS.iter() {
        left = pattern
            .replace_all(&left, |captures: &Captures<'_>| {
                let whole = captures.get_match();
                let mut add = |value| {
                    found.push(Found {
                        at: whole.start(),
                        text: whole.as_str().trim().to_owned(),
                        value,
                    });
                };
                match read(captures) {
                    Reading::Value(value) => add(value),
                    Reading::Both(first, second) => {
                        add(first);
                        add(second);
                    }
                    Reading::Nothing => {}
                    Reading::NotThis => return captures[0].to_owned(),
                }
                "\u{1}".repeat(captures[0].len())
            })
            .into_owned();
    }
    found
}

/// "1. First of all": the number of a list states nothing; "3. November" is a day.
fn blank_list_number(sentence: &mut String) {
    if let Some(list) = LIST_NUMBER.captures(sentence)
        && !MONTH.is_match(&list[2])
    {
        let at = list.get(1).map_or(0..0, |number| number.range());
        let blank = " ".repeat(at.len());
        sentence.replace_range(at, &blank);
    }
}

static LIST_NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^\s*(?:[-*•>]\s*)?(\d{1,2}[.)])\s+\W{0,3}([[:alpha:]]+)")
        .expect("the pattern is fixed and tested")
});

static MONTH: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(&format!("(?i)^(?:{MONTHS})$")).expect("the pattern is fixed and tested")
});

/// What a pattern's match turned out to be.
enum Reading {
    Value(Value),
    /// The two ends of a range.
    Both(Value, Value),
    /// It states nothing and is not to be read as anything else.
    Nothing,
    /// Not of this kind after all: left for the patterns that follow.
    NotThis,
}

type Reader = fn(&Captures<'_>) -> Reading;

const MONTHS: &str = "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:t(?:ember)?)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?";
const DAYS: &str = "mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:r(?:s(?:day)?)?)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?";
const UNITS: &str =
    "(?:working|business|calendar)?\\s*(?:days?|weeks?|months?|years?|hours?|minutes?)";
const AMOUNT: &str = r"\d{1,3}(?:[, ]\d{3})+(?:\.\d{1,2})?|\d+(?:[.,]\d{1,2})?";

static PATTERNS: LazyLock<Vec<(Regex, Reader)>> = LazyLock::new(|| {
    let patterns: Vec<(String, Reader)> = vec![
        // A citation's number states nothing, nor do these phrases.
        (
            r"(?i)\b24/7\b|\b100\s?%\s+(?:sure|certain|right|clear|correct|happy)\b".into(),
            |_| Reading::Nothing,
        ),
        (r"(?i)\[(?:ctx|ref|note)? ?\d{1,4}\]".into(), |_| Reading::Nothing),
        (
            r"(?i)(?:https?://|/slips/|www\.)[^\s<>]*[^\s<>.,;:!?)\x22']".into(),
            |c| Reading::Value(Value::Link(c[0].to_owned())),
        ),
        (r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+".into(), |c| {
            Reading::Value(Value::Link(c[0].to_owned()))
        }),
        (
            r"(?i)\b(?:[a-z0-9-]+\.)+(?:com|org|net|eu|co|uk|ie|io|shop|store|info|biz|app|dev|example|fr|de|nl|es|us|xyz|top|site|online|click|link|live|club|vip|win|icu|buzz|page|cc|gl|gg|tv|ai|ru|cn|tk|ml|ga|cf|pl|se|dk|ch|pt|ca|au|nz|jp|kr|br|pro|tech|space|website|world|zip|mov)\b(?:/[^\s<>]*[^\s<>.,;:!?)\x22'])?".into(),
            |c| Reading::Value(Value::Link(c[0].to_owned())),
        ),
        (
            format!(
                r"(?i)(?:\b({DAYS})\.?,?\s+)?(?:the\s+)?\b(\d{{1,2}})(?:st|nd|rd|th|\.)?\s*(?:and|or|to|until|through|-|–)\s*(?:({DAYS})\.?,?\s+)?(?:the\s+)?(\d{{1,2}})(st|nd|rd|th|\.)?\s+(of\s+)?({MONTHS})\b\.?(?:,?\s+(\d{{4}}))?"
            ),
            range,
        ),
        (
            format!(
                r"(?i)(?:\b({DAYS})\.?,?\s+)?(?:the\s+)?\b(\d{{1,2}})(st|nd|rd|th|\.)?\s+(of\s+)?({MONTHS})\b\.?(?:,?\s+(\d{{4}}))?"
            ),
            |c| if is_verb_may(c, 5, &[3, 4, 6]) { Reading::NotThis } else { day(c, (1, 2, 5, 6)) },
        ),
        (
            format!(
                r"(?i)(?:\b({DAYS})\.?,?\s+)?\b({MONTHS})\.?\s+(\d{{1,2}})(st|nd|rd|th)?\b(?:,?\s+(\d{{4}}))?"
            ),
            |c| if is_verb_may(c, 2, &[4, 5]) { Reading::NotThis } else { day(c, (1, 3, 2, 5)) },
        ),
        (format!(r"(?i)\b({MONTHS})\.?,?\s+(\d{{4}})\b"), |c| {
            let year = c[2].parse().unwrap_or(0);
            Reading::Value(Value::Month(year, month_number(&c[1])))
        }),
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
        (
            format!(r"(?i)\b({NUMBER_WORDS})\s+(euros?|pounds?|dollars?)\b"),
            |c| money(&value_of(&c[1]).to_string(), &c[2]),
        ),
        (
            format!(r"(?i)\b(\d{{1,3}}|{NUMBER_WORDS})\s+(?:(?:other|more|different|separate|of your)\s+)?(parcels|packages|shipments|orders)\b"),
            |c| {
                let noun = if c[2].eq_ignore_ascii_case("orders") { "order" } else { "parcel" };
                Reading::Value(Value::Count(value_of(&c[1]), noun))
            },
        ),
        (
            format!(r"(?i)\b({NUMBER_WORDS})\s+(?:(?:other|more|different)\s+)?(?:items|pieces)\b"),
            |c| Reading::Value(Value::Number(value_of(&c[1]))),
        ),
        (format!(r"(?i)\b({NUMBER_WORDS})[\s-]{UNITS}\b"), |c| {
            Reading::Value(Value::Number(value_of(&c[1])))
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

/// A date from its captures: where the weekday, the day, the month and the year stand.
fn day(captures: &Captures<'_>, places: (usize, usize, usize, usize)) -> Reading {
    Reading::Value(Value::Day(day_in(captures, places)))
}

fn day_in(
    captures: &Captures<'_>,
    (weekday_at, day, month, year): (usize, usize, usize, usize),
) -> Day {
    Day {
        year: captures
            .get(year)
            .and_then(|year| year.as_str().parse().ok()),
        month: month_number(&captures[month]),
        day: captures[day].parse().unwrap_or(0),
        weekday: captures
            .get(weekday_at)
            .and_then(|name| weekday(name.as_str())),
        either_order: false,
    }
}

/// "between Tuesday 24 and Thursday 26 November"
fn range(captures: &Captures<'_>) -> Reading {
    if is_verb_may(captures, 7, &[5, 6, 8]) {
        return Reading::NotThis;
    }
    let first = day_in(captures, (1, 2, 7, 8));
    Reading::Both(
        Value::Day(first),
        Value::Day(day_in(captures, (3, 4, 7, 8))),
    )
}

/// "Item 2 may be returned": in small letters "may" is a month only where something else says so.
fn is_verb_may(captures: &Captures<'_>, month: usize, signs: &[usize]) -> bool {
    &captures[month] == "may" && signs.iter().all(|sign| captures.get(*sign).is_none())
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
        _ => Some("$"),
    };
    Reading::Value(Value::Money { digits, currency })
}

fn number(digits: &str) -> Reading {
    match digits.parse() {
        Ok(number) => Reading::Value(Value::Number(number)),
        Err(_) => Reading::Value(Value::Code(digits.to_owned())),
    }
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
    fn may_is_a_verb_unless_something_says_otherwise() {
        assert_eq!(values("Item 2 may be returned."), ["Number(2)"]);
        assert!(values("on 2 May")[0].starts_with("Day"));
        assert!(values("on the 2nd of may")[0].starts_with("Day"));
    }

    #[test]
    fn what_states_nothing_is_not_read() {
        for text in [
            "1. First of all",
            "We are here 24/7 and I am 100% sure.",
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
