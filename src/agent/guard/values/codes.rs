//! Times of day, codes, and digits that stand alone.

use super::{Found, Reader, Unit, Value};

impl Reader<'_> {
    /// "14:00", "2 pm", "9 o'clock", "noon".
    pub fn time(&self, at: usize, found: &mut Vec<Found>) -> Option<usize> {
        if let Some(word) = self.word(at) {
            let minutes = match word {
                "noon" | "midday" => 720,
                "midnight" => 0,
                _ => return None,
            };
            self.add(found, at..at + 1, Value::Time(minutes));
            return Some(at + 1);
        }
        let (hour, minute, next) = self.clock(at)?;
        let (half, next) = self.half_of_day(next, hour);
        if minute.is_none() && half.is_none() {
            return None;
        }
        let hour = match half {
            Some(12) if hour < 12 => hour + 12,
            Some(0) if hour == 12 => 0,
            _ => hour,
        };
        let minutes = hour.saturating_mul(60).saturating_add(minute.unwrap_or(0));
        self.add(found, at..next, Value::Time(minutes));
        Some(next)
    }

    /// Hour, minute where one is written, and the token behind.
    fn clock(&self, at: usize) -> Option<(i64, Option<i64>, usize)> {
        if let Some((hour, unit)) = self.suffixed(at) {
            return matches!(unit, "am" | "pm" | "a" | "p").then_some((hour, None, at));
        }
        let hour = self.digits(at).filter(|digits| digits.len() <= 2)?;
        let hour: i64 = hour.parse().ok()?;
        let minute = self.digits(at + 2).filter(|digits| digits.len() == 2);
        let minute = minute.or_else(|| {
            let text = self.mixed(at + 2)?;
            text.get(..2)
                .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
        });
        let split =
            matches!(self.sign(at + 1), Some(":")) && self.glued(at + 1) && self.glued(at + 2);
        let dotted = self.sign(at + 1) == Some(".")
            && self.glued(at + 1)
            && self.glued(at + 2)
            && matches!(self.word(at + 3), Some("am" | "pm"));
        match minute {
            Some(minute) if split || dotted => {
                let mixed = self.mixed(at + 2).is_some();
                let next = if mixed { at + 2 } else { at + 3 };
                Some((hour, minute.parse().ok(), next))
            }
            _ => Some((hour, None, at + 1)),
        }
    }

    /// 0 for "am", 12 for "pm"; nothing where the day is not halved.
    fn half_of_day(&self, at: usize, hour: i64) -> (Option<i64>, usize) {
        if let Some(text) = self.mixed(at) {
            let half = if text.ends_with('p') || text.ends_with("pm") {
                12
            } else {
                0
            };
            return (Some(half), at + 1);
        }
        match self.word(at) {
            Some("am") => (Some(0), at + 1),
            Some("pm") => (Some(12), at + 1),
            Some("a") if self.slice(at..at + 3) == "a.m" => (Some(0), at + 3),
            Some("p") if self.slice(at..at + 3) == "p.m" => (Some(12), at + 3),
            Some("o") if self.word(at + 2) == Some("clock") => {
                (Some(if hour < 8 { 12 } else { 0 }), at + 3)
            }
            _ => (None, at),
        }
    }

    /// Groups of digits, digits with letters, and what stands alone.
    pub fn code(&self, at: usize, found: &mut Vec<Found>) -> Option<usize> {
        let grouped = self.digit_groups(at, found);
        if grouped.is_some() {
            return grouped;
        }
        let mut next = at + 1;
        while self.sign(next) == Some("-")
            && self.glued(next)
            && self.glued(next + 1)
            && self.is_alnum(next + 1)
        {
            next += 2;
        }
        let text = self.slice(at..next);
        let digit = text.bytes().any(|byte| byte.is_ascii_digit());
        let letter = text.bytes().any(|byte| byte.is_ascii_alphabetic());
        if !(digit && letter) {
            return None;
        }
        // "3-day-old", "30-day": a number with words behind it.
        let plain = |part: &str| {
            part.bytes().all(|byte| byte.is_ascii_digit())
                || part.bytes().all(|byte| byte.is_ascii_lowercase())
        };
        if text.contains('-') && text.split('-').all(plain) && self.digits(at).is_some() {
            return None;
        }
        if text.len() >= CODE_BYTES_MIN {
            let code = text.to_owned();
            self.add(found, at..next, Value::Code(code));
        }
        Some(next)
    }

    fn is_alnum(&self, at: usize) -> bool {
        self.word(at).is_some() || self.digits(at).is_some() || self.mixed(at).is_some()
    }

    /// "SW 123 456 789", "+353 91 123 456", "104-82-77".
    fn digit_groups(&self, at: usize, found: &mut Vec<Found>) -> Option<usize> {
        let is_prefix = |at: usize| {
            let text = self.slice(at..at + 1);
            self.word(at).is_some()
                && text.len() <= 4
                && text.bytes().all(|byte| byte.is_ascii_uppercase())
        };
        let mut next = at;
        if is_prefix(at) {
            next += 1;
        }
        let (mut digits, mut groups) = (0, 0);
        while let Some(part) = self.digits(next) {
            digits += part.len();
            groups += 1;
            let behind = next + 1;
            let dashed = matches!(self.sign(behind), Some("-" | "/" | "."))
                && self.glued(behind)
                && self.glued(behind + 1);
            next = match (
                dashed,
                self.digits(behind).is_some() && self.one_space(behind),
            ) {
                (true, _) if self.digits(behind + 1).is_some() => behind + 1,
                (_, true) => behind,
                _ => {
                    next = behind;
                    break;
                }
            };
        }
        if groups < 2 && next == at + 1 || digits < DIGITS_MIN || groups == 0 {
            return None;
        }
        let text = self.slice(at..next);
        let bare: String = text.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
        self.add(found, at..next, Value::Digits(bare));
        Some(next)
    }

    /// Digits alone: an order's number, a figure, a range.
    pub fn bare(&self, at: usize, found: &mut Vec<Found>) -> Option<usize> {
        let digits = self.digits(at)?;
        let number = self.amount(at);
        let value = match number {
            Some(read)
                if read.milli % 1000 != 0
                    || (read.marked && self.slice(at..read.next).contains('.')) =>
            {
                Value::Figure(read.milli, self.slice(at..read.next).replace(',', "."))
            }
            Some(read) => Value::Number(read.milli / 1000, Unit::None),
            None => Value::Code(digits.to_owned()),
        };
        let next = number.map_or(at + 1, |read| read.next);
        self.add(found, at..next, value);
        Some(next)
    }
}

/// Shorter words of letters and digits ("A6", "3XL") state nothing.
const CODE_BYTES_MIN: usize = 4;
/// Fewer digits in groups are no telephone or tracking number.
const DIGITS_MIN: usize = 7;
