//! Amounts, percentages and counts.

use super::super::counts::number_word;
use super::{Found, Reader, Unit, Value};

/// A number as it was read: in thousandths, and the token behind it.
#[derive(Clone, Copy)]
pub struct Read {
    pub milli: i64,
    pub next: usize,
    /// It has a fraction or marks between its digits.
    pub marked: bool,
}

impl Reader<'_> {
    /// "€52", "52 EUR", "EUR 52,00", "fifty-two euros", "between €10 and €20", "10 to 20 €".
    pub fn money(&self, at: usize, found: &mut Vec<Found>) -> Option<usize> {
        if let Some(currency) = self.currency(at) {
            let number = self
                .amount(self.past(at + 1, "-"))
                .or_else(|| self.drawn(at + 1))?;
            self.add_money(found, at..number.next, number.milli, currency);
            return Some(self.past_currency(number.next));
        }
        if let Some((number, unit)) = self.suffixed(at)
            && let Some(currency) = currency_of(unit)
        {
            self.add_money(found, at..at + 1, number.saturating_mul(1000), currency);
            return Some(at + 1);
        }
        let number = self.amount(at).or_else(|| self.spelled(at))?;
        if let Some(cents) = self.cents(number, at, found) {
            return Some(cents);
        }
        if let Some(currency) = self.currency(number.next) {
            let behind = number.next + 1;
            let end = self.and_cents(behind);
            let milli = number
                .milli
                .saturating_add(end.map_or(0, |cents| cents.milli));
            let next = end.map_or(behind, |cents| cents.next);
            self.add_money(found, at..next, milli, currency);
            return Some(next);
        }
        let joint = self.joint(number.next)?;
        let second = self.amount(joint)?;
        let currency = self.currency(second.next)?;
        self.add_money(found, at..number.next, number.milli, currency);
        self.add_money(found, joint..second.next + 1, second.milli, currency);
        Some(second.next + 1)
    }

    fn add_money(
        &self,
        found: &mut Vec<Found>,
        tokens: std::ops::Range<usize>,
        milli: i64,
        currency: &'static str,
    ) {
        let currency = Some(currency);
        self.add(found, tokens, Value::Money { milli, currency });
    }

    /// "ninety cents"
    fn cents(&self, number: Read, at: usize, found: &mut Vec<Found>) -> Option<usize> {
        if !matches!(self.word(number.next), Some("cents" | "cent")) {
            return None;
        }
        let milli = number.milli / 100;
        let value = Value::Money {
            milli,
            currency: None,
        };
        self.add(found, at..number.next + 1, value);
        Some(number.next + 1)
    }

    /// "fifty euros and ninety cents"
    fn and_cents(&self, at: usize) -> Option<Read> {
        let at = self.past_word(at, &["and"]);
        let cents = self.amount(at).or_else(|| self.spelled(at))?;
        matches!(self.word(cents.next), Some("cents" | "cent")).then_some(Read {
            milli: cents.milli / 100,
            next: cents.next + 1,
            marked: true,
        })
    }

    /// "€5O": letters drawn as digits.
    fn drawn(&self, at: usize) -> Option<Read> {
        let text = self.mixed(at)?;
        let digits: String = text
            .chars()
            .map(|c| match c {
                'o' => '0',
                'l' | 'i' => '1',
                's' => '5',
                'b' => '8',
                other => other,
            })
            .collect();
        let whole: i64 = digits.parse().ok()?;
        Some(Read {
            milli: whole.saturating_mul(1000),
            next: at + 1,
            marked: false,
        })
    }

    fn currency(&self, at: usize) -> Option<&'static str> {
        match self.sign(at) {
            Some("€") => Some("EUR"),
            Some("£") => Some("GBP"),
            Some("$") => Some("$"),
            Some("¥") => Some("JPY"),
            Some(_) => None,
            None => currency_of(self.word(at)?),
        }
    }

    /// "€4.90 EUR" names its currency twice.
    fn past_currency(&self, at: usize) -> usize {
        match self.word(at).and_then(currency_of) {
            Some(_) => at + 1,
            None => at,
        }
    }

    /// Between the two ends of a range.
    pub fn joint(&self, at: usize) -> Option<usize> {
        let is_joint = matches!(self.sign(at), Some("-" | "/"))
            || matches!(
                self.word(at),
                Some("to" | "and" | "or" | "until" | "till" | "through")
            );
        is_joint.then_some(at + 1)
    }

    /// A number in digits: "1,234.50", "1.234,50", "1 234,50", "5 2".
    pub fn amount(&self, at: usize) -> Option<Read> {
        let mut digits = self.digits(at)?.to_owned();
        let mut next = at + 1;
        let mut fraction = String::new();
        let mut marked = false;
        loop {
            let mark = self
                .sign(next)
                .filter(|mark| matches!(*mark, "." | "," | "'") && self.glued(next));
            let behind = if mark.is_some() { next + 1 } else { next };
            let Some(part) = self.digits(behind) else {
                break;
            };
            let is_glued = mark.is_none() || self.glued(behind);
            let is_group = part.len() == 3 && digits.len() <= 12 && (digits.len() <= 3 || marked);
            let spaced = mark.is_none() && self.one_space(behind);
            match mark {
                Some(_) if !is_glued => break,
                Some(_) if is_group && !self.is_last_fraction(behind, mark) => {
                    digits.push_str(part)
                }
                Some("." | ",") if part.len() <= 3 => {
                    fraction = part.to_owned();
                    next = behind + 1;
                    marked = true;
                    break;
                }
                None if spaced
                    && (is_group
                        || (part.len() == 1 && digits.len() < 3 && !marked && self.lone(at))) =>
                {
                    digits.push_str(part);
                }
                _ => break,
            }
            next = behind + 1;
            marked = true;
        }
        let whole: i64 = digits.parse().ok()?;
        let part: i64 = format!("{fraction:0<3}").parse().unwrap_or(0);
        Some(Read {
            milli: whole.saturating_mul(1000).saturating_add(part),
            next,
            marked,
        })
    }

    /// "0.125" is a fraction, "1.125" may be a thousand: with the other mark behind it, it is.
    fn is_last_fraction(&self, at: usize, mark: Option<&str>) -> bool {
        let before = self.digits(at.wrapping_sub(2));
        before == Some("0") && mark == Some(".")
    }

    fn lone(&self, at: usize) -> bool {
        self.digits(at).is_some_and(|digits| digits.len() == 1)
    }

    pub fn one_space(&self, at: usize) -> bool {
        at > 0 && self.span(at - 1).end + 1 == self.span(at).start
    }

    /// A number in words: "fifty-two", "a hundred and twenty", "two thousand".
    pub fn spelled(&self, at: usize) -> Option<Read> {
        let (mut total, mut part, mut next, mut words) = (0_i64, 0_i64, at, 0);
        loop {
            let skips = words > 0
                && (self.sign(next) == Some("-") || self.word(next) == Some("and"))
                && self.word(next + 1).and_then(number_word).is_some()
                && (self.sign(next) == Some("-") || part >= 100 || (part == 0 && total > 0));
            let place = if skips { next + 1 } else { next };
            let is_article = self.word(place) == Some("a");
            if is_article && !matches!(self.word(place + 1), Some("hundred" | "thousand")) {
                break;
            }
            let Some(value) = self.word(place).and_then(number_word) else {
                break;
            };
            match value {
                100 => part = part.max(1).saturating_mul(100),
                1000 => {
                    total = total.saturating_add(part.max(1).saturating_mul(1000));
                    part = 0;
                }
                // "two three" are two numbers, "twenty three" and "hundred three" are one.
                _ if words > 0
                    && !(part == 0 || (part % 100 == 0) || (part % 10 == 0 && value < 10)) =>
                {
                    break;
                }
                _ => part = part.saturating_add(value),
            }
            words += 1;
            next = place + 1;
        }
        (words > 0).then(|| Read {
            milli: total.saturating_add(part).saturating_mul(1000),
            next,
            marked: false,
        })
    }

    /// "52eur", "30th", "410g": a number with what is glued behind it.
    pub fn suffixed(&self, at: usize) -> Option<(i64, &str)> {
        let text = self.mixed(at)?;
        let end = text.find(|c: char| !c.is_ascii_digit())?;
        Some((text[..end].parse().ok()?, &text[end..]))
    }

    /// "30 days", "a 30-day window", "two working days", "3 to 5 days", "both parcels", "20 %".
    pub fn counted(&self, at: usize, found: &mut Vec<Found>) -> Option<usize> {
        if matches!(self.word(at), Some("both" | "either")) {
            let (unit, next) = self.unit(at + 1)?;
            self.add(found, at..next, Value::Number(2, unit));
            return Some(next);
        }
        if let Some((number, suffix)) = self.suffixed(at) {
            return self.suffix(at, number, suffix, found);
        }
        let in_digits = self.amount(at);
        let number = in_digits.or_else(|| self.spelled(at))?;
        if let Some((second, joint)) = self.second(number, in_digits.is_some())
            && let Some((unit, next)) = self.unit(second.next)
            && (unit != Unit::Percent || in_digits.is_some())
        {
            self.add_number(found, at..number.next, number.milli, unit);
            self.add_number(found, joint..next, second.milli, unit);
            return Some(next);
        }
        // "two of your three parcels": the part is no count of its own.
        if self.word(number.next) == Some("of") && in_digits.is_none() {
            return None;
        }
        let (unit, next) = self.unit(number.next)?;
        // "one hundred percent sure"
        if unit == Unit::Percent
            && matches!(
                self.word(next),
                Some("sure" | "certain" | "right" | "clear")
            )
        {
            return Some(next + 1);
        }
        self.add_number(found, at..next, number.milli, unit);
        Some(next)
    }

    fn second(&self, first: Read, in_digits: bool) -> Option<(Read, usize)> {
        let joint = self.joint(first.next)?;
        let second = self
            .amount(joint)
            .or_else(|| self.spelled(joint).filter(|_| !in_digits))?;
        Some((second, joint))
    }

    fn add_number(
        &self,
        found: &mut Vec<Found>,
        tokens: std::ops::Range<usize>,
        milli: i64,
        unit: Unit,
    ) {
        let value = match milli % 1000 {
            0 => Value::Number(milli / 1000, unit),
            _ => {
                let text = self
                    .slice(tokens.clone())
                    .trim_end_matches(|c: char| !c.is_ascii_digit());
                Value::Figure(milli, text.to_owned())
            }
        };
        self.add(found, tokens, value);
    }

    fn suffix(
        &self,
        at: usize,
        number: i64,
        suffix: &str,
        found: &mut Vec<Found>,
    ) -> Option<usize> {
        let unit = match suffix {
            "st" | "nd" | "rd" | "th" => Unit::None,
            "g" | "kg" | "cm" | "mm" | "ml" | "l" | "km" | "m" => Unit::Measure,
            "h" | "hr" | "hrs" => Unit::Hours,
            "min" | "mins" => Unit::Minutes,
            "d" => Unit::Days,
            // "3XL", "A4", "2x" are no counts.
            _ => return None,
        };
        self.add(found, at..at + 1, Value::Number(number, unit));
        Some(at + 1)
    }

    /// What is counted, and the token behind it: "working days", "-day", "other parcels".
    fn unit(&self, at: usize) -> Option<(Unit, usize)> {
        if self.sign(at) == Some("%") {
            return Some((Unit::Percent, at + 1));
        }
        if self.sign(at) == Some("°") {
            return Some((Unit::Measure, at + 2));
        }
        let mut at = self.past(at, "-");
        let mut working = false;
        for _ in 0..ADJECTIVES_MAX {
            match self.word(at)? {
                "working" | "business" | "week"
                    if self.unit_word(at + 1) == Some(Unit::Days)
                        || self.unit_word(at + 1) == Some(Unit::Hours) =>
                {
                    working = true
                }
                "calendar" | "full" | "whole" | "other" | "more" | "different" | "separate"
                | "further" | "your" | "the" | "these" | "those" | "our" | "delivered" | "open"
                | "new" | "loyalty" | "pine" | "reward" | "additional" | "extra" => {}
                _ => break,
            }
            at = self.past(at + 1, "-");
        }
        let unit = self.unit_word(at)?;
        let unit = if working && unit == Unit::Days {
            Unit::WorkingDays
        } else {
            unit
        };
        // "per cent"
        let next = if self.word(at) == Some("per") {
            at + 2
        } else {
            at + 1
        };
        Some((unit, next))
    }

    fn unit_word(&self, at: usize) -> Option<Unit> {
        Some(match self.word(at)? {
            "minute" | "minutes" | "min" | "mins" => Unit::Minutes,
            "hour" | "hours" | "hrs" => Unit::Hours,
            "day" | "days" => Unit::Days,
            "week" | "weeks" | "fortnight" => Unit::Weeks,
            "month" | "months" => Unit::Months,
            "year" | "years" => Unit::Years,
            "percent" | "pct" => Unit::Percent,
            "per" if self.word(at + 1) == Some("cent") => Unit::Percent,
            "parcels" | "packages" | "shipments" | "deliveries" | "boxes" => Unit::Parcels,
            "orders" | "purchases" => Unit::Orders,
            "items" | "pieces" | "articles" | "products" => Unit::Items,
            "points" => Unit::Points,
            "g" | "gram" | "grams" | "kg" | "kilo" | "kilos" | "kilogram" | "kilograms" | "cm"
            | "mm" | "ml" | "litre" | "litres" | "liters" | "inch" | "inches" | "centimetres"
            | "centimeters" | "degrees" => Unit::Measure,
            _ => return None,
        })
    }
}

/// Words between a number and what it counts.
const ADJECTIVES_MAX: usize = 3;

fn currency_of(word: &str) -> Option<&'static str> {
    Some(match word {
        "eur" | "euro" | "euros" => "EUR",
        "gbp" | "pound" | "pounds" | "quid" => "GBP",
        "usd" => "USD",
        "dollar" | "dollars" | "bucks" => "$",
        "chf" | "francs" => "CHF",
        "nok" => "NOK",
        "sek" => "SEK",
        "dkk" => "DKK",
        "kroner" | "kronor" => "NOK",
        "pln" | "zloty" | "zł" => "PLN",
        "yen" | "jpy" => "JPY",
        "cad" => "CAD",
        "aud" => "AUD",
        _ => return None,
    })
}
