//! Days, weekdays, months and spans of days.

use jiff::civil::{Date, Weekday};
use jiff::{Span, ToSpan as _};

use super::super::counts::ordinal;
use super::{Day, Found, Reader, Value};
use crate::clock::MONTHS;

/// Where something is from a day that is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Toward {
    On,
    Before,
    After,
}

/// Where the parts of a date stand: its day, its month and what is behind them.
struct Parts {
    day: i8,
    month: i8,
    year: Option<i16>,
    next: usize,
    /// Something besides the name says that it is a month.
    sure: bool,
}

impl Reader<'_> {
    /// "Tuesday 3 November 2026", "Nov 3rd", "3-5 November", "2026-11-03", "3/11", "Friday",
    /// "tomorrow", "next week".
    pub fn date(&self, at: usize, found: &mut Vec<Found>) -> Option<usize> {
        self.relative(at, found)
            .or_else(|| self.numeric(at, found))
            .or_else(|| self.range(at, found))
            .or_else(|| self.dated(at, found))
            .or_else(|| self.month_of_year(at, found))
            .or_else(|| self.weekday_alone(at, found))
    }

    pub fn month(&self, at: usize) -> Option<i8> {
        let word = self.word(at)?;
        if word.len() < 3 || !word.is_ascii() {
            return None;
        }
        let place = MONTHS.iter().position(|name| name.starts_with(word))?;
        let short = word.len() == 3 || word == "sept" || MONTHS[place] == word;
        short.then(|| i8::try_from(place + 1).ok()).flatten()
    }

    fn is_small_may(&self, at: usize) -> bool {
        self.slice(at..at + 1) == "may"
    }

    /// "3", "3rd", "third".
    fn day_number(&self, at: usize) -> Option<(i8, bool)> {
        let plain = self
            .digits(at)
            .filter(|digits| digits.len() <= 2)
            .and_then(|digits| digits.parse().ok());
        let ordinal = || {
            let (number, suffix) = self.suffixed(at)?;
            matches!(suffix, "st" | "nd" | "rd" | "th").then_some(number)
        };
        let (day, sure) = match plain {
            Some(day) => (day, false),
            None => (
                ordinal().or_else(|| self.word(at).and_then(ordinal_word))?,
                true,
            ),
        };
        (1..=31)
            .contains(&day)
            .then_some((i8::try_from(day).ok()?, sure))
    }

    fn year(&self, at: usize) -> (Option<i16>, usize) {
        let place = self.past(at, ",");
        let year = self.digits(place).filter(|digits| digits.len() == 4);
        match year.and_then(|year| year.parse().ok()) {
            Some(year) if (1990..2100).contains(&year) => (Some(year), place + 1),
            _ => (None, at),
        }
    }

    /// The weekday at a token, and the token behind it: "Tue.," too.
    fn weekday(&self, at: usize) -> Option<(Weekday, usize)> {
        let day = weekday(self.word(at)?)?;
        let next = self.past(self.past(at + 1, "."), ",");
        Some((day, self.past_word(next, &["the"])))
    }

    /// Day and month in either order, without a weekday.
    fn parts(&self, at: usize) -> Option<Parts> {
        let at = self.past_word(at, &["the"]);
        if let Some((day, sure)) = self.day_number(at) {
            let dot = self.past(at + 1, ".");
            let of = self.past_word(dot, &["of"]);
            let month = self.month(of)?;
            let behind = self.past(of + 1, ".");
            let (year, next) = self.year(behind);
            let next = if year.is_some() { next } else { of + 1 };
            let sure = sure || dot > at + 1 || of > dot || year.is_some();
            let parts = Parts {
                day,
                month,
                year,
                next,
                sure,
            };
            return (parts.sure || !self.is_small_may(of)).then_some(parts);
        }
        let month = self.month(at)?;
        let place = self.past_word(self.past(at + 1, "."), &["the"]);
        let (day, sure) = self.day_number(place)?;
        let (year, next) = self.year(place + 1);
        let parts = Parts {
            day,
            month,
            year,
            next,
            sure: sure || year.is_some(),
        };
        (parts.sure || !self.is_small_may(at)).then_some(parts)
    }

    fn dated(&self, at: usize, found: &mut Vec<Found>) -> Option<usize> {
        let (weekday, start) = match self.weekday(at) {
            Some((weekday, next)) => (Some(weekday), next),
            None => (None, at),
        };
        let parts = self.parts(start)?;
        let day = self.day_of(&parts, weekday, at);
        self.add(found, at..parts.next, Value::Day(day));
        self.second_of_month(&parts, found).or(Some(parts.next))
    }

    fn day_of(&self, parts: &Parts, weekday: Option<Weekday>, at: usize) -> Day {
        Day {
            year: parts.year,
            month: parts.month,
            day: parts.day,
            weekday,
            either_order: false,
            toward: self.toward(at),
        }
    }

    /// "Nov 3-5": a second day of the same month.
    fn second_of_month(&self, parts: &Parts, found: &mut Vec<Found>) -> Option<usize> {
        let joint = self.joint(parts.next)?;
        if self
            .word(parts.next)
            .is_some_and(|word| word == "and" || word == "or")
            && self.digits(joint).is_some()
        {
            return None;
        }
        let (day, _) = self.day_number(joint)?;
        let ends = self.sign(joint + 1).is_some() || self.tokens.len() <= joint + 1;
        if parts.year.is_some()
            || self.month(joint + 1).is_some()
            || !ends && self.sign(parts.next).is_none()
        {
            return None;
        }
        let day = Day {
            day,
            ..self.day_of(parts, None, joint)
        };
        self.add(found, joint..joint + 1, Value::Day(day));
        Some(joint + 1)
    }

    /// "between Tuesday 24 and Thursday 26 November": the first lacks its month.
    fn range(&self, at: usize, found: &mut Vec<Found>) -> Option<usize> {
        let (weekday, start) = match self.weekday(at) {
            Some((weekday, next)) => (Some(weekday), next),
            None => (None, at),
        };
        let start = self.past_word(start, &["the"]);
        let (day, _) = self.day_number(start)?;
        let joint = self.joint(self.past(start + 1, "."))?;
        let (second, place) = match self.weekday(joint) {
            Some((weekday, next)) => (Some(weekday), next),
            None => (None, joint),
        };
        let parts = self.parts(place).filter(|_| self.month(place).is_none())?;
        let first = Day {
            day,
            ..self.day_of(&parts, weekday, at)
        };
        self.add(found, at..start + 1, Value::Day(first));
        self.add(
            found,
            joint..parts.next,
            Value::Day(self.day_of(&parts, second, joint)),
        );
        Some(parts.next)
    }

    fn month_of_year(&self, at: usize, found: &mut Vec<Found>) -> Option<usize> {
        let month = self.month(at)?;
        let (year, next) = self.year(self.past(at + 1, "."));
        self.add(found, at..next, Value::Month(year?, month));
        Some(next)
    }

    /// "2026-11-03", "03/11/2026", "3.11.26", "by 3/11".
    fn numeric(&self, at: usize, found: &mut Vec<Found>) -> Option<usize> {
        let mark = self
            .sign(at + 1)
            .filter(|mark| matches!(*mark, "-" | "/" | ".") && self.glued(at + 1))?;
        let (first, second) = (
            self.digits(at)?,
            self.digits(at + 2).filter(|_| self.glued(at + 2))?,
        );
        let third = self.digits(at + 4).filter(|_| {
            self.sign(at + 3) == Some(mark) && self.glued(at + 3) && self.glued(at + 4)
        });
        let number = |text: &str| text.parse::<i16>().ok();
        let small = |text: &str| text.parse::<i8>().ok().filter(|_| text.len() <= 2);
        let (year, month, day, either_order, next) = match third {
            Some(third) if first.len() == 4 => {
                (number(first), small(second)?, small(third)?, false, at + 5)
            }
            Some(third) if third.len() == 4 => {
                (number(third), small(second)?, small(first)?, true, at + 5)
            }
            Some(third) if third.len() == 2 => {
                let year = number(third).map(|year| year + 2000);
                (year, small(second)?, small(first)?, true, at + 5)
            }
            None if mark == "/" && self.is_when(at) => {
                (None, small(second)?, small(first)?, true, at + 3)
            }
            _ => return None,
        };
        let likely = |month: i8, day: i8| (1..=12).contains(&month) && (1..=31).contains(&day);
        let swapped = either_order && likely(day, month);
        if !(swapped || likely(month, day)) {
            return None;
        }
        let day = Day {
            year,
            month,
            day,
            weekday: None,
            either_order,
            toward: self.toward(at),
        };
        self.add(found, at..next, Value::Day(day));
        Some(next)
    }

    fn is_when(&self, at: usize) -> bool {
        matches!(
            self.word(at.wrapping_sub(1)),
            Some(
                "on" | "by"
                    | "until"
                    | "till"
                    | "before"
                    | "after"
                    | "from"
                    | "since"
                    | "between"
                    | "and"
                    | "to"
            )
        ) || weekday(self.word(at.wrapping_sub(1)).unwrap_or("")).is_some()
    }

    /// "sat" and "sun" are words of their own; only whole day names count without a date.
    fn weekday_alone(&self, at: usize, found: &mut Vec<Found>) -> Option<usize> {
        let word = self.word(at)?;
        if !word.ends_with("day") && !word.ends_with("days") {
            return None;
        }
        let day = weekday(word)?;
        self.add(found, at..at + 1, Value::Weekday(day, self.toward(at)));
        Some(at + 1)
    }

    /// Is it said to be before or after the day?
    fn toward(&self, at: usize) -> Toward {
        let before = at.wrapping_sub(1);
        let place = match self.word(before) {
            Some("the" | "next" | "this") => before.wrapping_sub(1),
            _ => before,
        };
        match self.word(place) {
            Some("before") => Toward::Before,
            Some("after" | "past") => Toward::After,
            Some("than")
                if matches!(self.word(place.wrapping_sub(1)), Some("later" | "earlier")) =>
            {
                let negated = self.word(place.wrapping_sub(2)) == Some("no")
                    || self.word(place.wrapping_sub(2)) == Some("not");
                match (self.word(place.wrapping_sub(1)), negated) {
                    (_, true) => Toward::On,
                    (Some("later"), _) => Toward::After,
                    _ => Toward::Before,
                }
            }
            _ => Toward::On,
        }
    }

    /// Days that are told from today.
    fn relative(&self, at: usize, found: &mut Vec<Found>) -> Option<usize> {
        let word = self.word(at)?;
        let day = |days: i64| self.today.checked_add(days.days()).ok();
        let one = |found: &mut Vec<Found>, tokens: usize, days: i64| {
            let mut day = Day::from(day(days)?);
            day.toward = self.toward(at);
            self.add(found, at..at + tokens, Value::Day(day));
            Some(at + tokens)
        };
        match word {
            "the" | "day" => {
                let start = self.past_word(at, &["the"]);
                let away = (
                    self.word(start)?,
                    self.word(start + 1)?,
                    self.word(start + 2)?,
                );
                match away {
                    ("day", "after", "tomorrow") => one(found, start + 3 - at, 2),
                    ("day", "before", "yesterday") => one(found, start + 3 - at, -2),
                    _ => self.end_of(start, at, found),
                }
            }
            "end" => self.end_of(at, at, found),
            "tomorrow" => one(found, 1, 1),
            "yesterday" => one(found, 1, -1),
            "today" | "tonight" if self.happens() => one(found, 1, 0),
            "this"
                if matches!(self.word(at + 1), Some("morning" | "afternoon" | "evening"))
                    && self.happens() =>
            {
                one(found, 2, 0)
            }
            "this" | "next" | "last" => self.span_of(at, word, found),
            "in" | "within" => self.ahead(at, found),
            _ => None,
        }
    }

    /// Words with which "today" says when something happens; without one it is small talk.
    fn happens(&self) -> bool {
        const HAPPENS: [&str; 17] = [
            "arriv",
            "deliver",
            "expected",
            "due",
            "shipp",
            "ships",
            "placed",
            "ordered",
            "sent",
            "dispatched",
            "comes",
            "come",
            "coming",
            "refund",
            "leav",
            "until",
            "by",
        ];
        let asks = self.text.trim_end().ends_with('?');
        let short = |word: &str| matches!(word, "by" | "due" | "come" | "comes" | "sent" | "until");
        let says = |word: &str| {
            HAPPENS.iter().any(|start| {
                if short(start) {
                    word == *start
                } else {
                    word.starts_with(start)
                }
            })
        };
        !asks && (0..self.tokens.len()).any(|at| self.word(at).is_some_and(says))
    }

    /// "next week", "this weekend", "last month".
    fn span_of(&self, at: usize, which: &str, found: &mut Vec<Found>) -> Option<usize> {
        let away = match which {
            "this" => 0,
            "next" => 1,
            _ => -1,
        };
        let (from, to) = self.period(self.word(at + 1)?, away)?;
        self.add(found, at..at + 2, Value::Span(from, to));
        Some(at + 2)
    }

    /// First and last day of the week, weekend, month or year so many away from today's.
    fn period(&self, unit: &str, away: i64) -> Option<(Date, Date)> {
        let week = i64::from(self.today.weekday().to_monday_zero_offset());
        let monday = self.today.checked_add((7 * away - week).days()).ok()?;
        let plus = |day: Date, span: Span| day.checked_add(span).ok();
        let first = self.today.first_of_month();
        match unit {
            "week" => Some((monday, plus(monday, 6.days())?)),
            "weekend" => Some((plus(monday, 5.days())?, plus(monday, 6.days())?)),
            "month" => {
                let first = plus(first, away.months())?;
                Some((first, first.last_of_month()))
            }
            "year" => {
                let day = plus(self.today, away.years())?;
                Some((day.first_of_year(), day.last_of_year()))
            }
            _ => None,
        }
    }

    /// "by the end of the month": up to its last day.
    fn end_of(&self, at: usize, start: usize, found: &mut Vec<Found>) -> Option<usize> {
        if (self.word(at), self.word(at + 1)) != (Some("end"), Some("of")) {
            return None;
        }
        let away = i64::from(self.word(at + 2) == Some("next"));
        let place = self.past_word(at + 2, &["the", "this", "next"]);
        let (_, to) = self.period(self.word(place)?, away)?;
        self.add(found, start..place + 1, Value::Span(self.today, to));
        Some(place + 1)
    }

    /// "in three days": a day that is known, or a time that a rule gives. The number alone stays
    /// what it is.
    fn ahead(&self, at: usize, found: &mut Vec<Found>) -> Option<usize> {
        let mut counted = Vec::new();
        let next = self.counted(at + 1, &mut counted)?;
        for one in &mut counted {
            one.ahead = matches!(one.value, Value::Number(..));
        }
        found.append(&mut counted);
        Some(next)
    }
}

fn ordinal_word(word: &str) -> Option<i64> {
    ordinal(word)
}

/// A day's name, whole or short.
fn weekday(name: &str) -> Option<Weekday> {
    let name = name
        .strip_suffix('s')
        .filter(|name| name.ends_with("day"))
        .unwrap_or(name);
    Some(match name {
        "mon" | "monday" => Weekday::Monday,
        "tue" | "tues" | "tuesday" => Weekday::Tuesday,
        "wed" | "wednesday" => Weekday::Wednesday,
        "thu" | "thur" | "thurs" | "thursday" => Weekday::Thursday,
        "fri" | "friday" => Weekday::Friday,
        "sat" | "saturday" => Weekday::Saturday,
        "sun" | "sunday" => Weekday::Sunday,
        _ => return None,
    })
}
