//! The values that a passage states, as typed facts: what an answer that rests on it may say.

use std::sync::LazyLock;

use jiff::civil::Date;
use regex::{Captures, Regex};

use super::Passage;
use crate::domain::evidence::{Fact, FactValue, Subject};
use crate::domain::money::{Currency, Money};

/// What the passage's policy is called, since when it holds, and every value in its text.
///
/// Attributes carry the section's heading: a newer value of the same attribute replaces the older
/// one in a conversation, and "14 days" of one section is no newer value of another's "30 days".
pub fn facts(passage: &Passage) -> Vec<Fact> {
    let about = Subject::new(format!("policy:{}", passage.policy));
    let mut facts = vec![
        Fact::new(&about, "title", FactValue::Name(passage.title.clone())),
        Fact::new(&about, "since", FactValue::Date(passage.valid_from)),
    ];
    for (kind, value) in values(&passage.text) {
        let fact = Fact::new(&about, &format!("{}: {kind}", passage.heading), value);
        if !facts.contains(&fact) {
            facts.push(fact);
        }
    }
    facts
}

/// The values of a text with what kind each is. What one pattern has read, the next does not see again.
pub fn values(text: &str) -> Vec<(String, FactValue)> {
    let mut left = text.to_owned();
    let mut found = Vec::new();
    for (pattern, read) in PATTERNS.iter() {
        left = pattern
            .replace_all(&left, |captures: &Captures<'_>| match read(captures) {
                Some(value) => {
                    found.push(value);
                    " \u{1} ".to_owned()
                }
                None => captures[0].to_owned(),
            })
            .into_owned();
    }
    found
}

type Reader = fn(&Captures<'_>) -> Option<(String, FactValue)>;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const NUMBER_WORDS: [(&str, i64); 15] = [
    ("one", 1),
    ("two", 2),
    ("three", 3),
    ("four", 4),
    ("five", 5),
    ("six", 6),
    ("seven", 7),
    ("eight", 8),
    ("nine", 9),
    ("ten", 10),
    ("eleven", 11),
    ("twelve", 12),
    ("fourteen", 14),
    ("twenty", 20),
    ("thirty", 30),
];

static PATTERNS: LazyLock<Vec<(Regex, Reader)>> = LazyLock::new(|| {
    let months = MONTHS.join("|");
    let words = NUMBER_WORDS.map(|(word, _)| word).join("|");
    let patterns: Vec<(String, Reader)> = vec![
        (r"https?://[^\s<>]*[^\s<>.,;:!?)\x22']".into(), |c| {
            plain("link", FactValue::Link(c[0].into()))
        }),
        (r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+".into(), |c| {
            plain("email", FactValue::Link(c[0].into()))
        }),
        (
            r"\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}\b(?:/[\w/.-]*\w)?".into(),
            |c| plain("link", FactValue::Link(c[0].into())),
        ),
        (format!(r"\b(\d{{1,2}}) ({months}) (\d{{4}})\b"), |c| {
            plain("date", FactValue::Date(long_day(c)?))
        }),
        (r"\b\d{4}-\d{2}-\d{2}\b".into(), |c| {
            plain("date", FactValue::Date(c[0].parse().ok()?))
        }),
        // A day of every year has no date; it is said as it stands.
        (format!(r"\b\d{{1,2}} (?:{months})\b"), |c| {
            plain("day", FactValue::Code(c[0].into()))
        }),
        (r"([€£$])\s?(\d[\d,]*(?:\.\d{1,2})?)".into(), |c| {
            money(&c[1], &c[2])
        }),
        (
            r"\b(\d[\d,]*(?:\.\d{1,2})?)\s?(€|EUR|GBP|USD)".into(),
            |c| money(&c[2], &c[1]),
        ),
        (r"\b\d{1,2}:\d{2}\b".into(), |c| {
            plain("time", FactValue::Code(c[0].into()))
        }),
        (r"\b(\d+)\s?(?:%|percent\b|per cent\b)".into(), |c| {
            number("percent", &c[1])
        }),
        (
            r"\b[A-Za-z]*\d[A-Za-z0-9-]*[A-Za-z][A-Za-z0-9]*\b|\b[A-Z]+\d[A-Z0-9-]*\b".into(),
            code,
        ),
        (r"\b\d+\.\d+\b".into(), |c| {
            plain("figure", FactValue::Code(c[0].into()))
        }),
        (
            r"\b(\d{1,3}(?:,\d{3})+|\d+)(?:[\s-]([a-z]+(?:[\s-](?:days?|hours?))?))?".into(),
            |c| number(c.get(2).map_or("number", |unit| unit.as_str()), &c[1]),
        ),
        (format!(r"(?i)\b({words})\b"), |c| {
            let word = c[1].to_lowercase();
            let (_, value) = NUMBER_WORDS.iter().find(|(name, _)| *name == word)?;
            plain("number", FactValue::Number(*value))
        }),
        (
            r"\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?\b".into(),
            |c| {
                plain(
                    "weekday",
                    FactValue::Code(c[0].trim_end_matches('s').into()),
                )
            },
        ),
    ];
    patterns
        .into_iter()
        .map(|(pattern, read)| {
            let compiled = Regex::new(&pattern).expect("the patterns are fixed and tested");
            (compiled, read)
        })
        .collect()
});

fn plain(kind: &str, value: FactValue) -> Option<(String, FactValue)> {
    Some((kind.to_owned(), value))
}

fn long_day(captures: &Captures<'_>) -> Option<Date> {
    let month = MONTHS.iter().position(|name| *name == &captures[2])? + 1;
    let (day, year) = (captures[1].parse().ok()?, captures[3].parse().ok()?);
    Date::new(year, i8::try_from(month).ok()?, day).ok()
}

fn money(sign: &str, digits: &str) -> Option<(String, FactValue)> {
    let code = match sign {
        "€" => "EUR",
        "£" => "GBP",
        "$" => "USD",
        code => code,
    };
    let currency: Currency = code.parse().ok()?;
    let amount = Money::parse(
        digits.trim_end_matches(',').replace(',', "").as_str(),
        currency,
    );
    plain("amount", FactValue::Money(amount.ok()?))
}

fn number(unit: &str, digits: &str) -> Option<(String, FactValue)> {
    let value = digits.replace(',', "").parse().ok()?;
    plain(unit, FactValue::Number(value))
}

/// Letters and digits together; shorter than four characters it is a size or a paper format.
fn code(captures: &Captures<'_>) -> Option<(String, FactValue)> {
    let text = &captures[0];
    // "30-day": a number with its unit, left for the numbers.
    let counts = text.split_once('-').is_some_and(|(number, unit)| {
        number.bytes().all(|b| b.is_ascii_digit()) && unit.bytes().all(|b| b.is_ascii_lowercase())
    });
    if counts || text.len() < 4 {
        return None;
    }
    plain("code", FactValue::Code(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn read(text: &str) -> Vec<String> {
        let show = |(kind, value): (String, FactValue)| match value {
            FactValue::Money(money) => format!("{kind} {money}"),
            FactValue::Date(date) => format!("{kind} {date}"),
            FactValue::Number(number) => format!("{kind} {number}"),
            FactValue::Code(text) | FactValue::Link(text) => format!("{kind} {text}"),
            other => format!("{kind} {other:?}"),
        };
        values(text).into_iter().map(show).collect()
    }

    #[test]
    fn every_kind_of_value_is_read_once() {
        let cases: [(&str, &[&str]); 14] = [
            (
                "a return costs €4.90, or €1,234.50 for all.",
                &["amount €4.90", "amount €1234.50"],
            ),
            ("from €10 to £5", &["amount €10.00", "amount £5.00"]),
            (
                "until 31 January or 1 July 2026.",
                &["date 2026-07-01", "day 31 January"],
            ),
            ("within 30 days of delivery", &["days 30"]),
            (
                "within 5 working days, 24 months",
                &["working days 5", "months 24"],
            ),
            ("1 to 2 working days", &["to 1", "working days 2"]),
            ("a 30-day window", &["day 30"]),
            (
                "Write to help@harrowandpine.example, or see harrowandpine.example.",
                &[
                    "email help@harrowandpine.example",
                    "link harrowandpine.example",
                ],
            ),
            (
                "https://harrowandpine.example.",
                &["link https://harrowandpine.example"],
            ),
            (
                "Monday to Friday from 09:00",
                &["time 09:00", "weekday Monday", "weekday Friday"],
            ),
            ("Wash at 30 °C, 80% wool", &["percent 80", "number 30"]),
            ("Galway, H91 K2P7", &["code K2P7"]),
            ("Send two photos", &["number 2"]),
            ("Nothing to state here. Then more.", &[]),
        ];
        for (text, expected) in cases {
            let got = read(text);
            assert_eq!(got, expected, "{text}");
        }
    }

    #[test]
    fn hostile_numbers_are_left_out_and_break_nothing() {
        assert!(read(&"9".repeat(400)).is_empty());
        assert!(
            read("32 January 2026")
                .iter()
                .all(|v| !v.starts_with("date"))
        );
        assert!(
            read("€99999999999999999999")
                .iter()
                .all(|v| !v.starts_with("amount"))
        );
    }

    #[test]
    fn facts_name_the_policy_and_keep_sections_apart() {
        let passage = Passage {
            policy: "returns".into(),
            version: "2026-03".into(),
            title: "Returns and refunds".into(),
            heading: "How long".into(),
            text: "30 days, 30 days.".into(),
            valid_from: date(2026, 3, 1),
            stale: false,
            score: 1.0,
        };
        let about = Subject::new("policy:returns");
        assert_eq!(
            facts(&passage),
            [
                Fact::new(
                    &about,
                    "title",
                    FactValue::Name("Returns and refunds".into())
                ),
                Fact::new(&about, "since", FactValue::Date(date(2026, 3, 1))),
                Fact::new(&about, "How long: days", FactValue::Number(30)),
            ]
        );
    }
}
