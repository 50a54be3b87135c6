//! Our shop's records in the set's JSON. Nothing is decided here: what the set writes of an order
//! follows from the order, its returns and its exchanges.

use std::collections::BTreeMap;

use anyhow::Context as _;
use serde_json::{Map, Value, json};

use super::history::{amount, payment_history};
use super::load::country_name;
use super::set::DataSet;
use super::status::{Happened, word};
use crate::domain::aftersale::{Aftersale, Exchange};
use crate::domain::customer::{Address, Customer, GiftCard};
use crate::domain::ids::Sku;
use crate::domain::order::{Changed, Order, OrderLine, PaymentMethod, Swap};
use crate::domain::returns::Return;

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
    let items = in_their_places(order).into_iter();
    let happened = Happened {
        items_changed: swaps(order).next().is_some(),
        returned: !whole.returns.is_empty(),
        // Whatever else was made for it has no word in the set.
        exchanged: !whole.aftersales.is_empty(),
    };
    let mut written = json!({
        "order_id": format!("#{}", order.number),
        "user_id": order.customer,
        "address": self::address(address),
        "items": items.map(|line| item(set, line)).collect::<anyhow::Result<Vec<_>>>()?,
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
        "price": amount(line.unit_price.minor),
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

/// The lines in the set's order.
fn in_their_places(order: &Order) -> Vec<&OrderLine> {
    let now: Vec<(u32, &Sku)> = order.lines.iter().map(|one| (one.line, &one.sku)).collect();
    let swaps: Vec<&Swap> = swaps(order).collect();
    let mut left: Vec<&OrderLine> = order.lines.iter().collect();
    let mut placed = Vec::new();
    for sku in places(&now, &swaps) {
        if let Some(at) = left.iter().position(|line| line.sku == *sku) {
            placed.push(left.remove(at));
        }
    }
    placed.extend(left);
    placed
}

/// Where the set has each item after changes. It looks for each old item anew, among what the pairs
/// before have put there, so that of "a for b, b for c" both end at the first place; with us each
/// pair keeps its line. The items are the same ones.
fn places<'a>(now: &[(u32, &'a Sku)], swaps: &[&'a Swap]) -> Vec<&'a Sku> {
    let mut places = now.to_vec();
    for swap in swaps.iter().rev() {
        if let Some(place) = places.iter_mut().find(|(line, _)| *line == swap.line) {
            place.1 = &swap.from;
        }
    }
    for swap in swaps {
        if let Some(place) = places.iter_mut().find(|(_, sku)| **sku == swap.from) {
            place.1 = &swap.to;
        }
    }
    places.into_iter().map(|(_, sku)| sku).collect()
}

fn swaps(order: &Order) -> impl Iterator<Item = &Swap> {
    let changes = order.history.changes.iter();
    changes.flat_map(|one| match &one.what {
        Changed::Items { pairs, .. } => pairs.as_slice(),
        Changed::Address | Changed::Payment => &[],
    })
}

fn returned(map: &mut Map<String, Value>, order: &Order, back: &Return) -> anyhow::Result<()> {
    let mut items = Vec::new();
    for line in &back.lines {
        let sku = sku(order, line.line)?;
        items.extend((0..line.quantity).map(|_| sku));
    }
    items.sort_unstable();
    map.insert("return_items".to_owned(), json!(items));
    // The set knows one way back. Where ours are several, all of them stand there.
    let ways = back.refund.parts.iter().map(|part| &part.method_id);
    let ways: Vec<_> = ways.collect();
    let method = match ways.as_slice() {
        [only] => json!(only),
        several => json!(several),
    };
    map.insert("return_payment_method_id".to_owned(), method);
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
    let difference = json!(amount(exchange.difference.minor));
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
        let balance = amount(card.balance.minor);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn swap(line: u32, from: &str, to: &str) -> Swap {
        Swap {
            line,
            quantity: 1,
            from: Sku::new(from),
            to: Sku::new(to),
        }
    }

    /// Before and after are "a b" as lines; what the set makes of it.
    fn placed(after: [&str; 2], swaps: &[Swap]) -> String {
        let skus = after.map(Sku::new);
        let now: Vec<(u32, &Sku)> = (1..).zip(&skus).collect();
        let swaps: Vec<&Swap> = swaps.iter().collect();
        let places = places(&now, &swaps);
        places.into_iter().map(Sku::as_str).collect()
    }

    #[test]
    fn items_stand_where_the_set_has_them() {
        assert_eq!(placed(["a", "b"], &[]), "ab");
        assert_eq!(placed(["c", "b"], &[swap(1, "a", "c")]), "cb");
        assert_eq!(
            placed(["c", "d"], &[swap(1, "a", "c"), swap(2, "b", "d")]),
            "cd"
        );
        // A chain, and one of two equal items changed into what it is.
        assert_eq!(
            placed(["b", "c"], &[swap(1, "a", "b"), swap(2, "b", "c")]),
            "cb"
        );
        assert_eq!(
            placed(["a", "b"], &[swap(1, "a", "a"), swap(2, "a", "b")]),
            "ba"
        );
    }
}
