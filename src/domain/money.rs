//! Amounts: integer minor units with a currency, never a float.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An ISO 4217 currency code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    pub const EUR: Self = Self(*b"EUR");

    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }

    /// Digits after the decimal point.
    /// Source: ISO 4217 minor units, for the currencies whose exponent is not 2.
    pub fn exponent(self) -> u32 {
        match &self.0 {
            b"JPY" | b"KRW" | b"ISK" | b"CLP" | b"VND" | b"UGX" | b"PYG" | b"RWF" | b"XAF"
            | b"XOF" | b"XPF" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            _ => 2,
        }
    }

    fn symbol(self) -> Option<&'static str> {
        match &self.0 {
            b"EUR" => Some("€"),
            b"GBP" => Some("£"),
            b"USD" => Some("$"),
            _ => None,
        }
    }
}

impl FromStr for Currency {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let bytes: [u8; 3] = text
            .as_bytes()
            .try_into()
            .map_err(|_| MoneyError(text.to_owned()))?;
        if bytes.iter().all(u8::is_ascii_uppercase) {
            Ok(Self(bytes))
        } else {
            Err(MoneyError(text.to_owned()))
        }
    }
}

/// An amount in minor units of its currency. Adding two currencies is refused by type of result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money {
    pub minor: i64,
    pub currency: Currency,
}

/// From the least to the most that an amount may be set to, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounds {
    pub min: Money,
    pub max: Money,
}

impl Bounds {
    pub fn hold(&self, amount: Money) -> bool {
        let same = amount.currency == self.min.currency && amount.currency == self.max.currency;
        same && (self.min.minor..=self.max.minor).contains(&amount.minor)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not an amount; write it like \"12.90 EUR\"")]
pub struct MoneyError(pub String);

impl Money {
    pub fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    pub fn zero(currency: Currency) -> Self {
        Self { minor: 0, currency }
    }

    /// Reads "12.90" in the given currency: plain digits, at most the currency's decimals.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let bad = || MoneyError(text.to_owned());
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let exponent = currency.exponent() as usize;
        let plain = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || fraction.len() > exponent || !plain(whole) || !plain(fraction) {
            return Err(bad());
        }
        let minor: i64 = format!("{whole}{fraction:0<exponent$}")
            .parse()
            .map_err(|_| bad())?;
        Ok(Self::new(if negative { -minor } else { minor }, currency))
    }

    /// Reads an amount of the given currency as people write it: "120", "€1,200.50", "120,50 EUR",
    /// "1.200,50 €". Whether it may be negative or 0 is for the caller to say.
    pub fn read(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let bad = || MoneyError(text.to_owned());
        let sign = currency.symbol().unwrap_or(currency.code());
        let upper = text.to_uppercase().replace(currency.code(), "");
        let bare: String = upper.replace(sign, "").split_whitespace().collect();
        // The last of the two marks parts the cents, unless three digits stand behind a lone comma.
        let cents_behind_comma = match (bare.rfind(','), bare.rfind('.')) {
            (Some(comma), Some(point)) => comma > point,
            (Some(comma), None) => bare.len() - comma != 4,
            (None, _) => false,
        };
        let plain = if cents_behind_comma {
            bare.replace('.', "").replace(',', ".")
        } else {
            bare.replace(',', "")
        };
        Self::parse(&plain, currency).map_err(|_| bad())
    }

    /// The sum, or `None` when the currencies differ or it does not fit.
    pub fn plus(self, other: Self) -> Option<Self> {
        (self.currency == other.currency)
            .then(|| self.minor.checked_add(other.minor))
            .flatten()
            .map(|minor| Self::new(minor, self.currency))
    }

    /// Digits only, "12.90": what a form field or a manifest holds.
    pub fn digits(self) -> String {
        let exponent = self.currency.exponent() as usize;
        let sign = if self.minor < 0 { "-" } else { "" };
        let all = format!(
            "{:0>width$}",
            self.minor.unsigned_abs(),
            width = exponent + 1
        );
        let (whole, fraction) = all.split_at(all.len() - exponent);
        if exponent == 0 {
            format!("{sign}{whole}")
        } else {
            format!("{sign}{whole}.{fraction}")
        }
    }

    /// Splits an amount over weights so that the parts add up to it exactly: each part is rounded
    /// down and the units left over go to the largest remainders, ties to the earlier part.
    /// Source: largest remainder method. Weights that are all zero count as equal.
    pub fn split(self, weights: &[i64]) -> Vec<Self> {
        let total: i128 = weights.iter().map(|w| i128::from(*w)).sum();
        let equal = vec![1_i64; weights.len()];
        let (weights, total) = if total == 0 {
            (equal.as_slice(), weights.len() as i128)
        } else {
            (weights, total)
        };
        let sign = if self.minor < 0 { -1 } else { 1 };
        let whole = i128::from(self.minor.unsigned_abs());
        let share = |w: &i64| whole * i128::from(*w);
        let mut parts: Vec<i128> = weights.iter().map(|w| share(w) / total).collect();
        let mut by_remainder: Vec<usize> = (0..parts.len()).collect();
        by_remainder.sort_by_key(|&i| (-(share(&weights[i]) % total), i));
        let left = whole - parts.iter().sum::<i128>();
        for &i in by_remainder.iter().take(usize::try_from(left).unwrap_or(0)) {
            parts[i] += 1;
        }
        parts
            .into_iter()
            .map(|p| Self::new(sign * i64::try_from(p).unwrap_or(i64::MAX), self.currency))
            .collect()
    }
}

/// As people read it: "€12.90", "£3.00", "12.90 SEK".
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.digits();
        match (self.currency.symbol(), digits.strip_prefix('-')) {
            (Some(symbol), Some(rest)) => write!(f, "-{symbol}{rest}"),
            (Some(symbol), None) => write!(f, "{symbol}{digits}"),
            (None, _) => write!(f, "{digits} {}", self.currency.code()),
        }
    }
}

/// As it is stored: "12.90 EUR".
impl Serialize for Money {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{} {}", self.digits(), self.currency.code()))
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let (digits, code) = text
            .rsplit_once(' ')
            .ok_or_else(|| serde::de::Error::custom(MoneyError(text.clone())))?;
        code.parse()
            .and_then(|currency| Self::parse(digits, currency))
            .map_err(serde::de::Error::custom)
    }
}

impl Serialize for Currency {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_people_write_them() {
        for (text, minor) in [
            ("120", 12_000),
            ("€1,200.50", 120_050),
            ("120,50 EUR", 12_050),
            ("1.200,50 €", 120_050),
            ("1,200", 120_000),
            (" eur 0 ", 0),
            ("-5", -500),
        ] {
            let read = Money::read(text, Currency::EUR).map(|money| money.minor);
            assert_eq!(read, Ok(minor), "{text}");
        }
        for text in [
            "",
            "a lot",
            "€",
            "1.2.3",
            "12,345,6,7.891",
            "99999999999999999999",
            "£5",
        ] {
            assert!(Money::read(text, Currency::EUR).is_err(), "{text}");
        }
        let yen: Currency = "JPY".parse().expect("a currency");
        assert_eq!(
            Money::read("1,200 JPY", yen).map(|money| money.minor),
            Ok(1_200)
        );
    }
}
