//! Our shop's records in the set's JSON. Nothing is decided here: what the set writes of an order
//! follows from the order, its returns and its exchanges.

use std::collections::BTreeMap;

use anyhow::Context as _;
use serde_json::{Map, Value, json};

use super::load::country_name;
use super::set::DataSet;
use super::status::{Happened, word};
use crate::domain::aftersale::{Aftersale, Exchange};
use crate::domain::customer::{Address, Customer, GiftCard};
use crate::domain::money::Money;
use crate::domain::order::{Changed, Order, OrderLine, PaymentMethod};
use crate::domain::returns::Return;
use crate::shop::methods;

/// An order with everything that happened to it afterwards.
pub struct Whole {
    pub order: Order,
    pub returns: Vec<Return>,
    pub aftersales: Vec<Aftersale>,
}

pub fn order(set: &DataSet, whole: &Whole) -> anyhow::Result<Value> {
    let order = &whole.order;
    let exchanges = whole.aftersales.iter().filter_map(|one| match one {
        Aftersale::Exchange(exchange) => Some(exchange),
        _ => None,
    });
    let exchanges: Vec<&Exchange> = exchanges.collect();
    let address = order.address.as_ref().context("it has no address")?;
    let items = order.lines.iter().map(|line| item(set, line));
    let happened = Happened {
        items_changed: item_changes(order).next().is_some(),
        returned: !whole.returns.is_empty(),
        // Whatever else was made for it has no word in the set.
        exchanged: !whole.aftersales.is_empty(),
    };
    let mut written = json!({
        "order_id": format!("#{}", order.number),
        "user_id": order.customer,
        "address": self::address(address),
        "items": items.collect::<anyhow::Result<Vec<_>>>()?,
        "fulfillments": fulfillments(order)?,
        "status": word(order.status, happened),
        "payment_history": payment_history(order),
    });
    let map = written.as_object_mut().context("an object")?;
    if let Some(cancelled) = &order.history.cancelled {
        map.insert("cancel_reason".to_owned(), json!(cancelled.reason.words()));
    }
    for back in &whole.returns {
        returned(map, order, back)?;
    }
    for exchange in exchanges {
        exchanged(map, exchange);
    }
    Ok(written)
}

fn item(set: &DataSet, line: &OrderLine) -> anyhow::Result<Value> {
    let known = set.items.get(line.sku.as_str());
    let (_, variant) = known.with_context(|| format!("the set has no item {}", line.sku))?;
    Ok(json!({
        "name": line.title,
        "product_id": line.product,
        "item_id": line.sku,
        "price": amount(line.unit_price),
        "options": variant.options,
    }))
}

fn fulfillments(order: &Order) -> anyhow::Result<Vec<Value>> {
    let parcels = order.shipments.iter().map(|parcel| {
        let items = parcel.lines.iter().map(|inside| sku(order, inside.line));
        Ok(json!({
            "tracking_id": parcel.tracking.split(' ').collect::<Vec<_>>(),
            "item_ids": items.collect::<anyhow::Result<Vec<_>>>()?,
        }))
    });
    parcels.collect()
}

fn sku(order: &Order, line: u32) -> anyhow::Result<&str> {
    let known = order.lines.iter().find(|known| known.line == line);
    known
        .map(|line| line.sku.as_str())
        .with_context(|| format!("order {} has no line {line}", order.number))
}

fn item_changes(order: &Order) -> impl Iterator<Item = (i64, Money, &Changed)> {
    order
        .history
        .changes
        .iter()
        .filter_map(|one| match &one.what {
            Changed::Items { difference, .. } => Some((one.at_ms, *difference, &one.what)),
            Changed::Address | Changed::Payment => None,
        })
}

/// In order of time; what was paid at once with a refund stands before it. A change of items that
/// costs nothing moves no money with us; the set writes a refund of 0.
fn payment_history(order: &Order) -> Vec<Value> {
    let entry = |kind: &str, amount: f64, method: Value| json!({ "transaction_type": kind, "amount": amount, "payment_method_id": method });
    let mut entries: Vec<(i64, Value)> = Vec::new();
    for paid in &order.payments {
        let method = json!(methods::id_of(paid));
        entries.push((paid.at_ms, entry("payment", amount(paid.amount), method)));
    }
    for refund in &order.history.refunds {
        let method = json!(refund.method_id);
        entries.push((refund.at_ms, entry("refund", amount(refund.amount), method)));
    }
    for (at_ms, difference, what) in item_changes(order) {
        if let Changed::Items { method_id, .. } = what
            && difference.minor == 0
        {
            entries.push((at_ms, entry("refund", 0.0, json!(method_id))));
        }
    }
    entries.sort_by_key(|(at_ms, _)| *at_ms);
    entries.into_iter().map(|(_, entry)| entry).collect()
}

fn returned(map: &mut Map<String, Value>, order: &Order, back: &Return) -> anyhow::Result<()> {
    let mut items = Vec::new();
    for line in &back.lines {
        let sku = sku(order, line.line)?;
        items.extend((0..line.quantity).map(|_| sku));
    }
    items.sort_unstable();
    map.insert("return_items".to_owned(), json!(items));
    let method = order.payments.first().map(methods::id_of);
    map.insert("return_payment_method_id".to_owned(), json!(method));
    Ok(())
}

fn exchanged(map: &mut Map<String, Value>, exchange: &Exchange) {
    let (mut old, mut new) = (Vec::new(), Vec::new());
    for pair in &exchange.pairs {
        for _ in 0..pair.quantity {
            old.push(pair.from.as_str());
            new.push(pair.to.as_str());
        }
    }
    old.sort_unstable();
    new.sort_unstable();
    map.insert("exchange_items".to_owned(), json!(old));
    map.insert("exchange_new_items".to_owned(), json!(new));
    let method = json!(exchange.method_id);
    map.insert("exchange_payment_method_id".to_owned(), method);
    let difference = json!(amount(exchange.difference));
    map.insert("exchange_price_difference".to_owned(), difference);
}

/// A customer as the set writes users; `cards` are theirs.
pub fn user(set: &DataSet, customer: &Customer, cards: &[&GiftCard]) -> anyhow::Result<Value> {
    let address = customer.address.as_ref().context("they have no address")?;
    let mut ways: BTreeMap<&str, Value> = BTreeMap::new();
    for saved in &customer.payment_methods {
        let id = saved.id.as_str();
        ways.insert(id, payment_method(id, &saved.method));
    }
    for card in cards {
        let id = card.id.as_str();
        let balance = amount(card.balance);
        ways.insert(
            id,
            json!({ "source": "gift_card", "id": id, "balance": balance }),
        );
    }
    // Whose an order is stands in the order; the list of them is in no record of ours.
    let orders = set.users.get(customer.id.as_str()).map(|user| &user.orders);
    Ok(json!({
        "name": { "first_name": customer.first_name, "last_name": customer.last_name },
        "address": self::address(address),
        "email": customer.email,
        "payment_methods": ways,
        "orders": orders,
    }))
}

fn payment_method(id: &str, method: &PaymentMethod) -> Value {
    match method {
        PaymentMethod::Card { brand, last4 } => {
            json!({ "source": "credit_card", "brand": brand, "last_four": last4, "id": id })
        }
        PaymentMethod::Paypal => json!({ "source": "paypal", "id": id }),
        other => json!({ "source": other.words(), "id": id }),
    }
}

fn address(address: &Address) -> Value {
    json!({
        "address1": address.street,
        "address2": address.extra.as_deref().unwrap_or(""),
        "city": address.city,
        "country": country_name(&address.country),
        "state": address.region.as_deref().unwrap_or(""),
        "zip": address.postcode,
    })
}

/// Minor units as the set writes amounts.
#[expect(clippy::cast_precision_loss, reason = "amounts are far below 2^53")]
fn amount(money: Money) -> f64 {
    money.minor as f64 / 100.0
}
