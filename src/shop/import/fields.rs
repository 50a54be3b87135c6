//! The values of import rows: amounts, times, texts, each with what is wrong with it.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::domain::limits::{IMPORT_AMOUNT_MINOR_MAX, IMPORT_LIST_MAX};
use crate::domain::money::{Currency, Money};

/// An amount as it stands in the file: "12.90", "12.90 EUR" or the plain number 12.90, whose digits
/// are read as written and never through a float.
#[derive(Clone, Debug)]
pub struct Amount(String);

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let text = raw.get();
        if text.starts_with('"') {
            return serde_json::from_str(text)
                .map(Self)
                .map_err(serde::de::Error::custom);
        }
        if text.starts_with(|c: char| c == '-' || c.is_ascii_digit()) {
            return Ok(Self(text.to_owned()));
        }
        Err(serde::de::Error::custom(format!(
            "{text} is not an amount; write it like \"12.90\""
        )))
    }
}

impl Amount {
    /// The amount in a currency; negative and absurd ones are refused.
    pub fn money(&self, field: &str, currency: Currency) -> Result<Money, String> {
        let digits = match self.0.split_once(' ') {
            Some((digits, code)) if code == currency.code() => digits,
            Some((_, code)) => {
                return Err(format!(
                    "{field}: {code} is not the currency of this row, {}",
                    currency.code()
                ));
            }
            None => self.0.as_str(),
        };
        let money = Money::parse(digits, currency).map_err(|error| format!("{field}: {error}"))?;
        if (0..=IMPORT_AMOUNT_MINOR_MAX).contains(&money.minor) {
            Ok(money)
        } else {
            Err(format!("{field}: {} is out of range", self.0))
        }
    }
}

pub fn optional(amount: Option<&Amount>, field: &str, currency: Currency) -> Result<Money, String> {
    amount.map_or(Ok(Money::zero(currency)), |amount| {
        amount.money(field, currency)
    })
}

pub fn currency(code: Option<&str>, shop: Currency) -> Result<Currency, String> {
    code.map_or(Ok(shop), |code| {
        code.parse()
            .map_err(|_| format!("currency: \"{code}\" is not an ISO 4217 code like \"EUR\""))
    })
}

/// An instant as RFC 3339, or a day, which stands for its start in the shop's zone.
pub fn instant(text: &str, field: &str, zone: &TimeZone) -> Result<i64, String> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at.as_millisecond());
    }
    let day = date(text, field)?;
    day.to_zoned(zone.clone())
        .map(|at| at.timestamp().as_millisecond())
        .map_err(|error| format!("{field}: {error}"))
}

pub fn date(text: &str, field: &str) -> Result<Date, String> {
    let plain = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    let day = plain.then(|| text.parse::<Date>().ok()).flatten();
    day.ok_or_else(|| {
        format!(
            "{field}: \"{}\" is no time; write \"2026-11-03\" or \"2026-11-03T10:30:00Z\"",
            shortened(text)
        )
    })
}

/// A text that must say something, on one line, and not too much.
pub fn required(text: &str, field: &str, chars_max: usize) -> Result<String, String> {
    let text = line(text, field, chars_max)?;
    if text.is_empty() {
        return Err(format!("{field} is empty"));
    }
    Ok(text)
}

pub fn line(text: &str, field: &str, chars_max: usize) -> Result<String, String> {
    if text.chars().any(char::is_control) {
        return Err(format!("{field} holds control characters"));
    }
    prose(text, field, chars_max)
}

/// A text that may have line breaks.
pub fn prose(text: &str, field: &str, chars_max: usize) -> Result<String, String> {
    let text = text.trim();
    if text.chars().count() > chars_max {
        return Err(format!("{field} is longer than {chars_max} characters"));
    }
    Ok(text.to_owned())
}

/// An e-mail address in the form that the shop keeps.
pub fn email(text: &str, field: &str) -> Result<String, String> {
    let email = text.trim().to_lowercase();
    let whole = email.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty() && host.contains('.') && !host.starts_with('.') && !host.contains('@')
    });
    let plain =
        !email.contains(|c: char| c.is_whitespace() || c.is_control() || "<>,;\"".contains(c));
    if whole && plain && email.len() <= 254 {
        Ok(email)
    } else {
        Err(format!(
            "{field}: \"{}\" is not an e-mail address",
            shortened(text)
        ))
    }
}

pub fn not_too_many<T>(list: &[T], field: &str) -> Result<(), String> {
    if list.len() > IMPORT_LIST_MAX {
        return Err(format!(
            "{field} has {} entries; at most {IMPORT_LIST_MAX} are taken",
            list.len()
        ));
    }
    Ok(())
}

fn shortened(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(60).collect()
}
