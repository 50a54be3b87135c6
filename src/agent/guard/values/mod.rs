//! The values that a sentence states, in the formats in which people write them, and which facts
//! say the same. Read by one pass over the words: no pattern that could run wild.

mod codes;
mod dates;
mod numbers;
mod says;
mod tokens;

use std::ops::Range;

use jiff::civil::{Date, Weekday};

pub use dates::Toward;
pub use says::{is_unit_of, says, unit_of};

use tokens::{Token, tokens};

/// A value as it stands in the sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Bytes where it stands.
    pub at: Range<usize>,
    pub value: Value,
    /// "about €50": near is near enough.
    pub about: bool,
    /// "in three days": counted from today.
    pub ahead: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// In thousandths; the currency where one was written.
    Money {
        milli: i64,
        currency: Option<&'static str>,
    },
    Day(Day),
    Weekday(Weekday, Toward),
    /// A month with its year.
    Month(i16, i8),
    /// "next week", "the end of the month": some day of it.
    Span(Date, Date),
    Number(i64, Unit),
    /// A fraction in thousandths, and as it stands.
    Figure(i64, String),
    /// Minutes since midnight.
    Time(i64),
    Code(String),
    /// Digits in several groups: a telephone number, a tracking number with spaces in it.
    Digits(String),
    Link(String),
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    None,
    Minutes,
    Hours,
    Days,
    WorkingDays,
    Weeks,
    Months,
    Years,
    Percent,
    Parcels,
    Orders,
    Items,
    Points,
    /// Grams, centimetres and other measures.
    Measure,
}

/// A day as written: the year and the weekday may be missing, and 3/11 may be read two ways.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    year: Option<i16>,
    month: i8,
    day: i8,
    weekday: Option<Weekday>,
    either_order: bool,
    pub toward: Toward,
}

impl From<Date> for Day {
    fn from(date: Date) -> Self {
        Self {
            year: Some(date.year()),
            month: date.month(),
            day: date.day(),
            weekday: None,
            either_order: false,
            toward: Toward::On,
        }
    }
}

impl Day {
    pub fn is(&self, date: Date) -> bool {
        let straight = self.month == date.month() && self.day == date.day();
        let swapped = self.either_order && self.day == date.month() && self.month == date.day();
        (straight || swapped)
            && self.year.is_none_or(|year| year == date.year())
            && self.weekday.is_none_or(|weekday| weekday == date.weekday())
    }

    /// The day itself, in the year that is written or the one nearest ahead of `today`.
    pub fn date(&self, today: Date) -> Option<Date> {
        let year = self.year.unwrap_or(today.year());
        Date::new(year, self.month, self.day).ok()
    }
}

impl Value {
    /// Does a value that was read elsewhere say what this sentence says? A day may be said with
    /// less than was read.
    pub fn is(&self, said: &Self) -> bool {
        match (self, said) {
            (Self::Day(read), Self::Day(said)) => {
                (read.month, read.day) == (said.month, said.day)
                    && said
                        .year
                        .is_none_or(|year| read.year.is_none_or(|own| own == year))
                    && said
                        .weekday
                        .is_none_or(|weekday| read.weekday.is_none_or(|own| own == weekday))
            }
            (Self::Weekday(read, _), Self::Weekday(said, _)) => read == said,
            (Self::Day(read), Self::Weekday(said, _)) => read.weekday == Some(*said),
            (Self::Number(read, unit), Self::Number(said, other)) => {
                read == said && (unit == other || *unit == Unit::None || *other == Unit::None)
            }
            (
                Self::Money { milli, currency },
                Self::Money {
                    milli: said,
                    currency: other,
                },
            ) => milli == said && (currency == other || currency.is_none() || other.is_none()),
            (Self::Money { milli, .. }, Self::Figure(said, _)) => milli == said,
            (Self::Code(read), Self::Code(said)) => read.eq_ignore_ascii_case(said),
            _ => self == said,
        }
    }
}

/// All values of a plain sentence, in their order. `today` is what "tomorrow" is counted from.
pub fn find(text: &str, lower: &str, today: Date) -> Vec<Found> {
    let tokens = tokens(text, lower);
    let reader = Reader {
        text,
        lower,
        today,
        tokens: &tokens,
    };
    let mut found = Vec::new();
    let mut at = reader.behind_list_number();
    while at < tokens.len() {
        at = reader.read(at, &mut found).unwrap_or(at + 1).max(at + 1);
    }
    found
}

/// Reads a sentence from its words.
struct Reader<'a> {
    text: &'a str,
    lower: &'a str,
    today: Date,
    tokens: &'a [Token],
}

impl Reader<'_> {
    /// Adds the values that start at a token; gives the token behind them.
    fn read(&self, at: usize, found: &mut Vec<Found>) -> Option<usize> {
        let token = self.tokens.get(at)?;
        match token {
            Token::Link(_) => {
                let link = self.slice(at..at + 1).to_owned();
                self.add(found, at..at + 1, Value::Link(link));
                Some(at + 1)
            }
            Token::Sign(_) => self.money(at, found),
            Token::Number(_) => self
                .says_nothing(at)
                .or_else(|| self.money(at, found))
                .or_else(|| self.date(at, found))
                .or_else(|| self.time(at, found))
                .or_else(|| self.counted(at, found))
                .or_else(|| self.code(at, found))
                .or_else(|| self.bare(at, found)),
            Token::Mixed(_) => self
                .money(at, found)
                .or_else(|| self.date(at, found))
                .or_else(|| self.time(at, found))
                .or_else(|| self.counted(at, found))
                .or_else(|| self.code(at, found)),
            Token::Word(_) => self
                .money(at, found)
                .or_else(|| self.date(at, found))
                .or_else(|| self.time(at, found))
                .or_else(|| self.counted(at, found))
                .or_else(|| self.code(at, found)),
        }
    }

    /// "1. First of all": the number of a list states nothing; "3. November" is a day.
    fn behind_list_number(&self) -> usize {
        let marks = self
            .tokens
            .iter()
            .take_while(
                |token| matches!(token, Token::Sign(at) if "-•>#".contains(&self.text[at.clone()])),
            )
            .count();
        let is_number = matches!(self.tokens.get(marks), Some(Token::Number(at)) if at.len() <= 2);
        let is_list = is_number
            && matches!(self.sign(marks + 1), Some("." | ")"))
            && self.glued(marks + 1)
            && !self.glued(marks + 2)
            && self.month(marks + 2).is_none();
        match is_list {
            true => marks + 2,
            false => 0,
        }
    }

    /// "24/7", "100 % sure", "[ctx 7]".
    fn says_nothing(&self, at: usize) -> Option<usize> {
        if self.slice(at..at + 3) == "24/7" {
            return Some(at + 3);
        }
        let cites = matches!(self.word(at.wrapping_sub(1)), Some("ctx" | "ref" | "note"))
            || self.sign(at.wrapping_sub(1)) == Some("[");
        if cites && self.sign(at + 1) == Some("]") {
            return Some(at + 2);
        }
        let sure = matches!(
            self.word(at + 2),
            Some("sure" | "certain" | "right" | "clear" | "correct" | "happy")
        );
        (self.slice(at..at + 1) == "100" && self.sign(at + 1) == Some("%") && sure)
            .then_some(at + 3)
    }

    fn add(&self, found: &mut Vec<Found>, tokens: Range<usize>, value: Value) {
        let start = self.span(tokens.start).start;
        let end = self.span(tokens.end.saturating_sub(1)).end;
        let before = tokens.start.wrapping_sub(1);
        let about = match self.word(before) {
            Some(
                "about" | "around" | "approximately" | "roughly" | "nearly" | "almost" | "approx"
                | "circa" | "some",
            ) => true,
            _ => self.sign(before) == Some("~") || self.sign(before) == Some("≈"),
        };
        found.push(Found {
            at: start..end.max(start),
            value,
            about,
            ahead: false,
        });
    }

    fn span(&self, at: usize) -> Range<usize> {
        match self.tokens.get(at) {
            Some(token) => token.range(),
            None => self.text.len()..self.text.len(),
        }
    }

    /// The text of some tokens, what stands between them included.
    fn slice(&self, tokens: Range<usize>) -> &str {
        let end = tokens.end.min(self.tokens.len());
        if tokens.start >= end {
            return "";
        }
        self.text
            .get(self.span(tokens.start).start..self.span(end - 1).end)
            .unwrap_or("")
    }

    /// A word in lower case.
    fn word(&self, at: usize) -> Option<&str> {
        match self.tokens.get(at)? {
            Token::Word(range) => self.lower.get(range.clone()),
            _ => None,
        }
    }

    fn sign(&self, at: usize) -> Option<&str> {
        match self.tokens.get(at)? {
            Token::Sign(range) => self.text.get(range.clone()),
            _ => None,
        }
    }

    fn digits(&self, at: usize) -> Option<&str> {
        match self.tokens.get(at)? {
            Token::Number(range) => self.text.get(range.clone()),
            _ => None,
        }
    }

    /// Digits and letters in one word ("3rd", "52eur", "RT7").
    fn mixed(&self, at: usize) -> Option<&str> {
        match self.tokens.get(at)? {
            Token::Mixed(range) => self.lower.get(range.clone()),
            _ => None,
        }
    }

    /// Does a token stand right behind the one before it?
    fn glued(&self, at: usize) -> bool {
        at > 0 && at < self.tokens.len() && self.span(at - 1).end == self.span(at).start
    }

    /// What stands behind an optional sign.
    fn past(&self, at: usize, signs: &str) -> usize {
        match self.sign(at) {
            Some(sign) if signs.contains(sign) => at + 1,
            _ => at,
        }
    }

    fn past_word(&self, at: usize, words: &[&str]) -> usize {
        match self.word(at) {
            Some(word) if words.contains(&word) => at + 1,
            _ => at,
        }
    }
}

#[cfg(test)]
mod tests;
