//! Reading `offers.toml`, and everything that may be wrong in it.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::Deserialize;

use super::{Audience, Offer, Offers};
use crate::domain::limits::{
    OFFER_CODE_CHARS_MAX, OFFER_TITLE_CHARS_MAX, OFFER_USES_MAX, OFFER_VALID_DAYS_MAX, OFFERS_MAX,
};
use crate::domain::money::{Currency, Money};
use crate::domain::offer::{OfferTerms, OfferValue, Segment, plain_code};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    currency: Currency,
    margin_floor_percent: i64,
    #[serde(default)]
    offer: Vec<FileOffer>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileOffer {
    id: String,
    title: String,
    kind: Kind,
    value: Option<Written>,
    audience: FileAudience,
    minimum: Option<String>,
    #[serde(default)]
    categories: Vec<String>,
    #[serde(default)]
    not_categories: Vec<String>,
    #[serde(default)]
    brands: Vec<String>,
    #[serde(default)]
    not_brands: Vec<String>,
    #[serde(default)]
    not_final_sale: bool,
    #[serde(default)]
    not_reduced: bool,
    valid_from: toml::value::Datetime,
    valid_to: Option<toml::value::Datetime>,
    code: Option<String>,
    valid_days: Option<i64>,
    uses: Option<i64>,
    renew_expired: Option<bool>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Percent,
    Amount,
    FreeShipping,
}

/// `value = 10` and `value = "10.00"`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Number(i64),
    Text(String),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum FileAudience {
    Public(Public),
    Segments(Vec<Segment>),
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Public {
    Public,
}

pub fn parse(text: &str) -> Result<Offers, String> {
    let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
    if file.offer.len() > OFFERS_MAX {
        return Err(format!("there may be at most {OFFERS_MAX} offers"));
    }
    let margin_floor_percent = u8::try_from(file.margin_floor_percent)
        .ok()
        .filter(|percent| *percent < 100)
        .ok_or("margin_floor_percent must be 0 to 99")?;
    let (mut ids, mut codes) = (BTreeSet::new(), BTreeSet::new());
    let mut list = Vec::new();
    for written in file.offer {
        let named = |problem: String| format!("offer \"{}\": {problem}", written.id);
        if !ids.insert(written.id.clone()) {
            return Err(named("this id is there twice".to_owned()));
        }
        if let Some(code) = &written.code
            && !codes.insert(plain_code(code))
        {
            let twice = format!("the code \"{code}\" reads like another offer's");
            return Err(named(twice));
        }
        list.push(read(&written, file.currency).map_err(named)?);
    }
    Ok(Offers {
        currency: file.currency,
        margin_floor_percent,
        list,
    })
}

fn read(written: &FileOffer, currency: Currency) -> Result<Offer, String> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if written.id.is_empty() || !written.id.chars().all(plain) {
        return Err("id must be lower-case letters, digits and hyphens".to_owned());
    }
    let title = written.title.trim();
    if title.is_empty()
        || title.chars().count() > OFFER_TITLE_CHARS_MAX
        || title.chars().any(char::is_control)
    {
        return Err(format!(
            "title must be one line of 1 to {OFFER_TITLE_CHARS_MAX} characters"
        ));
    }
    let minimum = written.minimum.as_ref();
    let minimum = minimum
        .map(|digits| amount("minimum", digits, currency))
        .transpose()?;
    let value = value(written, minimum, currency)?;
    let valid_from = date("valid_from", &written.valid_from)?;
    let valid_to = written.valid_to.as_ref();
    let valid_to = valid_to.map(|day| date("valid_to", day)).transpose()?;
    if valid_to.is_some_and(|last| last < valid_from) {
        return Err("valid_to is before valid_from".to_owned());
    }
    check_lists(written)?;
    Ok(Offer {
        id: written.id.clone(),
        terms: OfferTerms {
            title: title.to_owned(),
            value,
            minimum,
            categories: written.categories.clone(),
            not_categories: written.not_categories.clone(),
            brands: written.brands.clone(),
            not_brands: written.not_brands.clone(),
            not_final_sale: written.not_final_sale,
            not_reduced: written.not_reduced,
        },
        audience: audience(written)?,
        valid_from,
        valid_to,
    })
}

fn value(
    written: &FileOffer,
    minimum: Option<Money>,
    currency: Currency,
) -> Result<OfferValue, String> {
    let text = written.value.as_ref().map(|value| match value {
        Written::Number(number) => number.to_string(),
        Written::Text(text) => text.clone(),
    });
    match (written.kind, text) {
        (Kind::FreeShipping, None) => Ok(OfferValue::FreeShipping),
        (Kind::FreeShipping, Some(_)) => Err("free shipping has no value".to_owned()),
        (_, None) => Err("value is missing".to_owned()),
        (Kind::Percent, Some(text)) => text
            .parse()
            .ok()
            .filter(|percent| (1..=100).contains(percent))
            .map(OfferValue::Percent)
            .ok_or_else(|| format!("a percentage is 1 to 100, not \"{text}\"")),
        (Kind::Amount, Some(text)) => {
            let amount = amount("value", &text, currency)?;
            if minimum.is_none_or(|minimum| minimum.minor <= amount.minor) {
                return Err("an amount needs a minimum above its value".to_owned());
            }
            Ok(OfferValue::Amount(amount))
        }
    }
}

fn amount(field: &str, digits: &str, currency: Currency) -> Result<Money, String> {
    let money = Money::parse(digits, currency).map_err(|error| format!("{field}: {error}"))?;
    if money.minor > 0 {
        Ok(money)
    } else {
        Err(format!("{field} must be above 0, not \"{digits}\""))
    }
}

fn date(field: &str, day: &toml::value::Datetime) -> Result<Date, String> {
    let wrong = || format!("{field} must be a day like 2026-10-15");
    let plain = day.date.filter(|_| day.time.is_none()).ok_or_else(wrong)?;
    let year = i16::try_from(plain.year).map_err(|_| wrong())?;
    let month = i8::try_from(plain.month).map_err(|_| wrong())?;
    let day = i8::try_from(plain.day).map_err(|_| wrong())?;
    Date::new(year, month, day).map_err(|_| wrong())
}

fn check_lists(written: &FileOffer) -> Result<(), String> {
    for (kind, only, not) in [
        ("category", &written.categories, &written.not_categories),
        ("brand", &written.brands, &written.not_brands),
    ] {
        if let Some(both) = only.iter().find(|name| not.contains(name)) {
            return Err(format!("the {kind} \"{both}\" is both in and out"));
        }
    }
    Ok(())
}

fn audience(written: &FileOffer) -> Result<Audience, String> {
    let personal =
        written.valid_days.is_some() || written.uses.is_some() || written.renew_expired.is_some();
    let within = |field: &str, number: i64, max: u32| {
        u32::try_from(number)
            .ok()
            .filter(|number| (1..=max).contains(number))
            .ok_or_else(|| format!("{field} must be 1 to {max}"))
    };
    match (&written.audience, &written.code) {
        (FileAudience::Public(_), _) if personal => Err(
            "valid_days, uses and renew_expired are for offers to segments; a public one has a code"
                .to_owned(),
        ),
        (FileAudience::Public(_), None) => Err("a public offer needs a code".to_owned()),
        (FileAudience::Public(_), Some(code)) => {
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
            let length = code.chars().count();
            if !(4..=OFFER_CODE_CHARS_MAX).contains(&length) || !code.chars().all(plain) {
                return Err(format!(
                    "code must be 4 to {OFFER_CODE_CHARS_MAX} letters, digits and hyphens"
                ));
            }
            Ok(Audience::Public { code: code.clone() })
        }
        (FileAudience::Segments(_), Some(_)) => {
            Err("an offer to segments makes codes of its own and has none in the file".to_owned())
        }
        (FileAudience::Segments(segments), None) if segments.is_empty() => {
            Err("audience names no segment".to_owned())
        }
        (FileAudience::Segments(segments), None) => Ok(Audience::Segments {
            segments: segments.clone(),
            valid_days: within(
                "valid_days",
                written.valid_days.ok_or("valid_days is missing")?,
                OFFER_VALID_DAYS_MAX,
            )?,
            uses: within("uses", written.uses.unwrap_or(1), OFFER_USES_MAX)?,
            renew_expired: written.renew_expired.unwrap_or(false),
        }),
    }
}
