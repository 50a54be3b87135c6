//! Which values of a conversation are somebody's: what the shop's records say of the customers
//! concerned, what the log proves and names, and what only looks like an address, a number or a token.

use std::collections::BTreeSet;

use serde_json::Value;

use super::scrub::{Kind, Scrub, inner_json, words};
use crate::domain::event::{Event, EventBody};
use crate::domain::identity::Proof;
use crate::domain::ids::{ConversationId, CustomerId, OrderNumber};
use crate::domain::limits::{CASSETTE_OUTBOX_MAX, PROFILE_ORDERS_MAX};
use crate::store::{Store, StoreError};

/// Keys whose texts are names, streets and the like, in records, arguments, results and cards.
const NAMES: [&str; 8] = [
    "first_name",
    "last_name",
    "street",
    "extra",
    "city",
    "region",
    "note",
    "recipient",
];
/// Keys whose texts are numbers, codes and ids.
const CODES: [&str; 29] = [
    "postcode",
    "order",
    "order_number",
    "order_id",
    "customer",
    "customer_id",
    "tracking",
    "tracking_number",
    "last4",
    "method_id",
    "slip_token",
    "return_number",
    "receipt",
    "code",
    "claim_number",
    "exchange_number",
    "replacement_number",
    "key",
    "hash",
    "proposal",
    "bundle",
    "message",
    "client_id",
    "attachment",
    "phone",
    "token",
    "owner",
    "number",
    "payment_method",
];
/// Signs from which on a run of letters and digits is taken for a token.
const TOKEN_SIGNS_MIN: usize = 16;
/// Digits of what may be a phone's or a card's number, and of a number that a shopper wrote.
const LONG_DIGITS_MIN: usize = 5;

/// Everything personal that is known of the conversation.
pub async fn collect(
    store: &Store,
    id: &ConversationId,
    events: &[Event],
    scrub: &mut Scrub,
) -> Result<(), StoreError> {
    scrub.add(id.as_str(), Kind::Code);
    for event in events {
        let value = serde_json::to_value(&event.body).unwrap_or_default();
        of_value(&value, scrub);
        match &event.body {
            EventBody::ShopperWrote(wrote) => {
                let words = wrote.private.as_ref();
                long_numbers(words.map_or("", |words| &words.text), scrub);
            }
            EventBody::AgentWrote(wrote) => scrub.add(&wrote.agent, Kind::Name),
            EventBody::HandedBack(back) => scrub.add(&back.agent, Kind::Name),
            EventBody::ApprovalDecided(decided) => scrub.add(&decided.by, Kind::Name),
            _ => {}
        }
    }
    for order in orders_named(events, store).await? {
        of_order(store, &order, scrub).await?;
    }
    for customer in customers(events, store).await? {
        of_customer(store, &customer, scrub).await?;
    }
    for row in store.unsent_outbox(CASSETTE_OUTBOX_MAX).await? {
        if row.row.conversation == *id
            && let Some(letter) = inner_json(&row.row.body)
        {
            of_value(&letter, scrub);
            if let Some(name) = letter["to"]["name"].as_str() {
                scrub.add(name, Kind::Name);
            }
        }
    }
    Ok(())
}

/// Whom the conversation is about: who was proved, and whose orders were named.
async fn customers(events: &[Event], store: &Store) -> Result<BTreeSet<CustomerId>, StoreError> {
    let mut found = BTreeSet::new();
    for event in events {
        let EventBody::IdentityProved(proved) = &event.body else {
            continue;
        };
        match &proved.proof {
            Proof::Customer { customer, .. } => found.insert(customer.clone()),
            Proof::Order { owner, .. } => match owner {
                Some(owner) => found.insert(owner.clone()),
                None => false,
            },
        };
    }
    for number in orders_named(events, store).await? {
        if let Some(order) = store.order(&number).await? {
            found.insert(order.customer);
        }
    }
    Ok(found)
}

/// Orders of the shop whose numbers stand in the log.
async fn orders_named(events: &[Event], store: &Store) -> Result<Vec<OrderNumber>, StoreError> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for event in events {
        let value = serde_json::to_value(&event.body).unwrap_or_default();
        let mut texts = Vec::new();
        all_texts(&value, &mut texts);
        for word in texts.iter().flat_map(|text| words(text)) {
            let has_digit = word.chars().any(|sign| sign.is_ascii_digit());
            if !has_digit || word.len() < 4 || !seen.insert(word.clone()) {
                continue;
            }
            for written in [word.clone(), word.to_uppercase()] {
                let number = OrderNumber::new(&written);
                if store.order(&number).await?.is_some() {
                    found.push(number);
                    break;
                }
            }
        }
    }
    Ok(found)
}

async fn of_customer(store: &Store, id: &CustomerId, scrub: &mut Scrub) -> Result<(), StoreError> {
    scrub.add(id.as_str(), Kind::Code);
    if let Some(customer) = store.customer(id).await? {
        scrub.add(
            &format!("{} {}", customer.first_name, customer.last_name),
            Kind::Name,
        );
        record(&customer, scrub);
        for method in &customer.payment_methods {
            scrub.add(method.id.as_str(), Kind::Code);
        }
    }
    for card in store.gift_cards_of(id).await? {
        scrub.add(card.id.as_str(), Kind::Code);
    }
    for order in store.orders_of(id, PROFILE_ORDERS_MAX).await? {
        of_order(store, &order.number, scrub).await?;
    }
    Ok(())
}

async fn of_order(
    store: &Store,
    number: &OrderNumber,
    scrub: &mut Scrub,
) -> Result<(), StoreError> {
    scrub.add(number.as_str(), Kind::Code);
    if let Some(order) = store.order(number).await? {
        record(&order, scrub);
    }
    for back in store.returns_of(number).await? {
        record(&back, scrub);
    }
    for one in store.aftersales_of(number).await? {
        record(&one, scrub);
    }
    Ok(())
}

fn record(record: &impl serde::Serialize, scrub: &mut Scrub) {
    let value = serde_json::to_value(record).unwrap_or_default();
    of_value(&value, scrub);
    addresses(&value, scrub);
}

/// The name that an address is written to.
fn addresses(value: &Value, scrub: &mut Scrub) {
    if let Some(name) = value["street"].as_str().and(value["name"].as_str()) {
        scrub.add(name, Kind::Name);
    }
    match value {
        Value::Array(list) => list.iter().for_each(|one| addresses(one, scrub)),
        Value::Object(map) => map.values().for_each(|one| addresses(one, scrub)),
        _ => {}
    }
}

/// Values under the keys that hold personal ones, and whatever looks like one.
fn of_value(value: &Value, scrub: &mut Scrub) {
    match value {
        Value::Array(list) => list.iter().for_each(|one| of_value(one, scrub)),
        Value::Object(map) => {
            addresses(value, scrub);
            // A fact: codes are numbers of something that is somebody's.
            if let (Some("code"), Some(code)) = (map_text(map, "is"), map_text(map, "value")) {
                scrub.add(code, Kind::Code);
            }
            for (key, one) in map {
                match one {
                    Value::String(text) if inner_json(text).is_none() => {
                        if NAMES.contains(&key.as_str()) {
                            scrub.add(text, Kind::Name);
                        } else if CODES.contains(&key.as_str()) {
                            scrub.add(text, Kind::Code);
                        }
                        looks_like(text, scrub);
                    }
                    other => of_value(other, scrub),
                }
            }
        }
        Value::String(text) => match inner_json(text) {
            Some(inner) => of_value(&inner, scrub),
            None => looks_like(text, scrub),
        },
        _ => {}
    }
}

fn map_text<'a>(map: &'a serde_json::Map<String, Value>, key: &str) -> Option<&'a str> {
    map.get(key).and_then(Value::as_str)
}

/// Mail addresses and tokens.
fn looks_like(text: &str, scrub: &mut Scrub) {
    let edge =
        |sign: char| !(sign.is_alphanumeric() || matches!(sign, '@' | '.' | '_' | '-' | '+' | '%'));
    for word in text.split(edge) {
        let word = word.trim_matches(['.', '-', '_', '+']);
        if let Some((local, host)) = word.rsplit_once('@')
            && !local.is_empty()
            && host.contains('.')
        {
            scrub.add(word, Kind::Email);
        }
    }
    let runs =
        text.split(|sign: char| !(sign.is_ascii_alphanumeric() || matches!(sign, '_' | '-')));
    for run in runs.filter(|run| run.len() >= TOKEN_SIGNS_MIN) {
        let digits = run.bytes().filter(u8::is_ascii_digit).count();
        let letters = run.bytes().filter(u8::is_ascii_alphabetic).count();
        if digits >= 3 && letters >= 3 {
            scrub.add(run, Kind::Code);
        }
    }
}

/// Numbers that a shopper has written: of phones, cards, orders, parcels; dates are not among them.
fn long_numbers(text: &str, scrub: &mut Scrub) {
    let inside = |sign: char| sign.is_ascii_digit() || matches!(sign, ' ' | '-' | '(' | ')' | '/');
    for run in text.split(|sign: char| !inside(sign)) {
        let run = run.trim_matches(|sign: char| !sign.is_ascii_digit());
        let digits = |text: &str| text.bytes().filter(u8::is_ascii_digit).count();
        if digits(run) < LONG_DIGITS_MIN || is_date(run) {
            continue;
        }
        let mut alone = run.split([' ', '(', ')', '/']);
        // "order 10482 2 pieces" has one long number.
        match alone.find(|word| digits(word) >= LONG_DIGITS_MIN && !is_date(word)) {
            Some(word) => scrub.add(word, Kind::Code),
            None => scrub.add(run, Kind::Code),
        }
    }
}

/// "2026-09-15" and "15/09/2026".
fn is_date(run: &str) -> bool {
    let parts: Vec<&str> = run.split(['-', '/']).collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    matches!(lengths[..], [4, 1 | 2, 1 | 2] | [1 | 2, 1 | 2, 4 | 2])
}

fn all_texts(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::String(text) => into.push(text.clone()),
        Value::Array(list) => list.iter().for_each(|one| all_texts(one, into)),
        Value::Object(map) => map.values().for_each(|one| all_texts(one, into)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::ids::Random;

    #[test]
    fn what_looks_like_somebody_s_is_found_and_dates_are_not() {
        let mut scrub = Scrub::new(Random::seeded(1), Vec::new());
        let text = "Call +353 (1) 555-0188 or mail bo.li@x.example, on 2026-09-15, see \
                    https://shop.example/slip/a1b2c3d4e5f6a7b8c9d0?x=1 and order 77123";
        looks_like(text, &mut scrub);
        long_numbers(text, &mut scrub);
        let out = scrub.value(&json!(text));
        let out = out.as_str().unwrap();
        for gone in ["0188", "bo.li", "a1b2c3d4e5f6a7b8c9d0", "77123"] {
            assert!(!out.contains(gone), "{gone} in {out}");
        }
        for stays in ["2026-09-15", "https://shop.example/slip/", "?x=1", "Call +"] {
            assert!(out.contains(stays), "{stays} in {out}");
        }
    }

    #[test]
    fn keys_say_what_is_personal_and_json_in_texts_is_read() {
        let mut scrub = Scrub::new(Random::seeded(1), Vec::new());
        let content =
            json!({ "street": "Oak Lane 7", "postcode": "AB1 2CD", "title": "Rain Jacket" });
        let event = json!({ "private": { "content": content.to_string() } });
        of_value(&event, &mut scrub);
        let out = scrub.value(&event).to_string();
        assert!(!out.contains("Oak") && !out.contains("2CD"), "{out}");
        assert!(out.contains("Rain Jacket"), "{out}");
    }
}
