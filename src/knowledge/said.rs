//! The values in a sentence as people write them: "14 working days", "€4.90", "31 January".

use crate::clock::MONTHS;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Days,
    WorkingDays,
    Weeks,
    Months,
    Years,
    Hours,
    Minutes,
    Amount,
    /// A day of the year; its number is "month-day".
    Date,
    /// Of anything else.
    Plain,
}

impl Unit {
    pub fn of_word(word: &str) -> Option<Self> {
        Some(match word.strip_suffix('s').unwrap_or(word) {
            "day" => Self::Days,
            "week" => Self::Weeks,
            "month" => Self::Months,
            "year" => Self::Years,
            "hour" => Self::Hours,
            "minute" => Self::Minutes,
            "euro" | "eur" | "gbp" | "pound" | "usd" | "dollar" | "amount" | "fee" => Self::Amount,
            _ => return None,
        })
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Said {
    pub unit: Unit,
    /// Without thousands separators and closing zeros: "4.90" is "4.9".
    pub number: String,
    /// The word right before it, in lower case.
    pub before: String,
}

const WORDS: [&str; 13] = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve",
];

/// Every number of a sentence with its unit.
pub(super) fn said(sentence: &str) -> Vec<Said> {
    let tokens = tokens(sentence);
    let at = |at: usize| tokens.get(at).map_or("", String::as_str);
    let mut found = Vec::new();
    for (here, token) in tokens.iter().enumerate() {
        let Some((number, is_amount)) = number(token) else {
            continue;
        };
        let before = if here == 0 { "" } else { at(here - 1) };
        let month = month(at(here + 1)).or_else(|| month(before));
        let (unit, number) = match (is_amount, month) {
            (true, _) => (Unit::Amount, number),
            (false, Some(month)) => (Unit::Date, format!("{month}-{number}")),
            (false, None) => (unit_after(&tokens[here + 1..]), number),
        };
        found.push(Said {
            unit,
            number,
            before: before.to_owned(),
        });
    }
    found
}

/// Lower-case words without their punctuation; "14-day" is two.
fn tokens(sentence: &str) -> Vec<String> {
    let mut text = String::new();
    for c in sentence.chars().flat_map(char::to_lowercase) {
        let follows_digit = text.ends_with(|last: char| last.is_ascii_digit());
        text.push(match c {
            '-' | '–' if follows_digit => ' ',
            c => c,
        });
    }
    let is_mark = |c: char| !c.is_alphanumeric() && !matches!(c, '€' | '£' | '$' | '%' | '°');
    text.split_whitespace()
        .map(|word| word.trim_matches(is_mark).to_owned())
        .filter(|word| !word.is_empty())
        .collect()
}

/// A token's number, and whether it is written as an amount.
fn number(token: &str) -> Option<(String, bool)> {
    if let Some(number) = WORDS.iter().position(|word| *word == token) {
        return Some((number.to_string(), false));
    }
    let symbol = ['€', '£', '$'];
    let digits = token.trim_matches(symbol);
    let has_cents = digits
        .rsplit_once(['.', ','])
        .is_some_and(|(_, cents)| cents.len() == 2);
    Some((normal(digits)?, digits != token || has_cents))
}

/// Digits as one form: "1,000.00" is "1000", "4,90" is "4.9"; none when it is no number.
pub(super) fn normal(text: &str) -> Option<String> {
    let is_plain = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',');
    if !text.starts_with(|c: char| c.is_ascii_digit()) || !text.chars().all(is_plain) {
        return None;
    }
    let (whole, cents) = match text.rsplit_once(['.', ',']) {
        Some((whole, thousands)) if thousands.len() == 3 && text.contains(',') => {
            (format!("{whole}{thousands}"), "")
        }
        Some((whole, cents)) => (whole.to_owned(), cents),
        None => (text.to_owned(), ""),
    };
    let whole = whole.replace(['.', ','], "");
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        whole => whole,
    };
    let cents = cents.trim_end_matches('0');
    Some(if cents.is_empty() {
        whole.to_owned()
    } else {
        format!("{whole}.{cents}")
    })
}

fn month(word: &str) -> Option<usize> {
    MONTHS
        .iter()
        .position(|month| *month == word)
        .map(|at| at + 1)
}

/// Of "1 to 2 working days" both numbers are of working days.
fn unit_after(tokens: &[String]) -> Unit {
    let mut is_working = false;
    for token in tokens {
        match token.as_str() {
            "working" | "business" => is_working = true,
            "to" | "or" | "calendar" | "full" => {}
            word if number(word).is_some() => {}
            word => {
                return match Unit::of_word(word) {
                    Some(Unit::Days) if is_working => Unit::WorkingDays,
                    Some(unit) => unit,
                    None => Unit::Plain,
                };
            }
        }
    }
    Unit::Plain
}
