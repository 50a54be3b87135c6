//! The shop's offers as the grader knows them, from `knowledge/offers.toml`. A shop without the file
//! has none.

use jiff::civil::Date;
use rust_embed::RustEmbed;
use toml::{Table, Value as Toml};

use super::fact::Value;
use super::terms::{amount, date};

#[derive(RustEmbed)]
#[folder = "knowledge"]
struct Files;

fn all() -> Vec<Table> {
    let text = Files::get("offers.toml").map(|file| file.data);
    let text = text.and_then(|data| String::from_utf8(data.into_owned()).ok());
    let file: Table = text
        .and_then(|text| toml::from_str(&text).ok())
        .unwrap_or_default();
    let offers = file.get("offer").and_then(Toml::as_array);
    let offers = offers.into_iter().flatten();
    offers
        .filter_map(|offer| offer.as_table().cloned())
        .collect()
}

fn text<'a>(offer: &'a Table, key: &str) -> Option<&'a str> {
    offer.get(key).and_then(Toml::as_str)
}

/// The codes that everybody may use, those that are over or yet to come, too.
pub fn public_codes() -> Vec<String> {
    let offers = all();
    let codes = offers.iter().filter_map(|offer| text(offer, "code"));
    codes.map(str::to_owned).collect()
}

/// The value at `offer.<which>.<field>`: an id, or a kind of public code — `public` (in force, for
/// an order of any value), `minimum` (in force, from an order value on), `expired`, `upcoming`.
pub fn value(which: &str, field: &str, today: Date) -> Option<Value> {
    let offers = all();
    let offer = offers
        .iter()
        .find(|offer| text(offer, "id") == Some(which))
        .or_else(|| offers.iter().find(|offer| is(offer, which, today)))?;
    let value = offer.get(field)?;
    amount(value)
        .map(Value::Money)
        .or_else(|| date(value).map(Value::Date))
        .or_else(|| value.as_integer().map(Value::Number))
        .or_else(|| value.as_str().map(|text| Value::Text(text.to_owned())))
}

fn is(offer: &Table, kind: &str, today: Date) -> bool {
    let on = |key: &str| offer.get(key).and_then(date);
    let over = on("valid_to").is_some_and(|last| last < today);
    let to_come = on("valid_from").is_some_and(|first| today < first);
    let in_force = !over && !to_come;
    text(offer, "code").is_some()
        && match kind {
            "public" => in_force && offer.get("minimum").is_none(),
            "expired" => over,
            "upcoming" => to_come,
            "minimum" => in_force && offer.get("minimum").is_some(),
            _ => false,
        }
}
