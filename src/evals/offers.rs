//! The shop's offers as the grader knows them, from `knowledge/offers.toml`, and the
//! personal codes that a case wants to have been made.

use std::sync::LazyLock;

use anyhow::{Context as _, ensure};
use jiff::civil::Date;
use toml::{Table, Value as Toml};

use super::change::CodeState;
use super::fact::Value;
use super::terms::{amount, date};
use super::world::Account;
use crate::domain::ids::Random;
use crate::domain::offer::{OfferTerms, OfferValue};
use crate::store::Store;
use crate::store::offers::{NewCode, Redeemed};

/// The offer that personal codes of a case are made for.
pub const PERSONAL: &str = "loyal-10";
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

static OFFERS: LazyLock<Table> = LazyLock::new(|| {
    toml::from_str(include_str!("../../knowledge/offers.toml"))
        .expect("knowledge/offers.toml is compiled in and read by its own tests")
});

fn all() -> impl Iterator<Item = &'static Table> {
    let offers = OFFERS.get("offer").and_then(Toml::as_array);
    offers.into_iter().flatten().filter_map(Toml::as_table)
}

fn text<'a>(offer: &'a Table, key: &str) -> Option<&'a str> {
    offer.get(key).and_then(Toml::as_str)
}

/// The codes that everybody may use, those that are over or yet to come, too.
pub fn public_codes() -> Vec<String> {
    let codes = all().filter_map(|offer| text(offer, "code"));
    codes.map(str::to_owned).collect()
}

/// The value at `offer.<which>.<field>`: an id, or a kind of public code — `public` (in force, for
/// an order of any value), `minimum` (in force, from an order value on), `expired`, `upcoming`.
pub fn value(which: &str, field: &str, today: Date) -> Option<Value> {
    let offer = all()
        .find(|offer| text(offer, "id") == Some(which))
        .or_else(|| all().find(|offer| is(offer, which, today)))?;
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

/// Makes a customer a code, as the shop would have earlier.
pub async fn issue(
    store: &Store,
    account: &Account,
    state: CodeState,
    random: &Random,
    now_ms: i64,
) -> anyhow::Result<()> {
    let valid_days = if state == CodeState::Expired { -1 } else { 20 };
    let customer = account.customer.id.clone();
    let new = NewCode {
        customer: customer.clone(),
        offer: PERSONAL.to_owned(),
        terms: OfferTerms {
            title: "10% off your next order".to_owned(),
            value: OfferValue::Percent(10),
            minimum: None,
            categories: Vec::new(),
            not_categories: Vec::new(),
            brands: Vec::new(),
            not_brands: Vec::new(),
            not_final_sale: true,
            not_reduced: false,
        },
        codes: vec![code(random)],
        valid_until_ms: now_ms + valid_days * DAY_MS,
        uses: 1,
        renew_expired: false,
    };
    let issued = store.issue_offer_code(new, now_ms - 10 * DAY_MS).await?;
    let issued = issued.context("no code could be made")?;
    if state == CodeState::Used {
        let order = &account.order("latest")?.order.number;
        let redeemed = store
            .redeem_offer_code(&issued.code, &customer, order, now_ms - DAY_MS)
            .await?;
        ensure!(matches!(redeemed, Redeemed::Done(_)), "{redeemed:?}");
    }
    Ok(())
}

/// As the shop writes them, without letters and digits that are taken for one another.
fn code(random: &Random) -> String {
    const ALPHABET: &[u8] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";
    let letters = random.bytes::<8>();
    let letters = letters.map(|byte| char::from(ALPHABET[usize::from(byte) % ALPHABET.len()]));
    let letters = String::from_iter(letters);
    format!("HP-{}-{}", &letters[..4], &letters[4..])
}
