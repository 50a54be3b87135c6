//! Nothing else has changed: orders, customers, gift cards, stock, records and effects are as they
//! were, but for what the case names and what follows from it.

use std::collections::{BTreeMap, BTreeSet};

use super::orders::{address, order_of};
use crate::domain::aftersale::{Aftersale, ClaimStatus, Remedy};
use crate::domain::customer::Customer;
use crate::domain::effect::Receipt;
use crate::domain::order::{Order, OrderStatus};
use crate::evals::amount::amount;
use crate::evals::case::Case;
use crate::evals::play::Played;
use crate::evals::world::held;

pub fn grade(case: &Case, played: &Played) -> anyhow::Result<Vec<String>> {
    let allowed = Allowed::read(case, played)?;
    let mut reasons = Vec::new();
    let keys: BTreeSet<_> = played
        .rows_before
        .keys()
        .chain(played.rows.keys())
        .collect();
    for key in keys {
        let (was, is) = (played.rows_before.get(key), played.rows.get(key));
        let (table, name) = (key.0, key.1.as_str());
        let fine = match table {
            "stock" => {
                let moved = allowed.stock.get(name).copied().unwrap_or(0);
                let pieces = |row: Option<&String>| row.and_then(|row| row.parse::<i64>().ok());
                pieces(was).map(|was| was + moved) == pieces(is)
            }
            _ if was == is => continue,
            "orders" => allowed.orders.contains(name),
            "customers" => allowed.customer.as_deref() == Some(name),
            "gift_cards" => allowed.cards && of_me(played, is),
            // New ones are compared by graders of their own.
            "returns" | "aftersales" => was.is_none(),
            "effects" => was.is_none() && allowed.effect(is)?,
            _ => false,
        };
        if !fine {
            reasons.push(format!("{table} {name} has changed: {was:?} is now {is:?}"));
        }
    }
    reasons.extend(own_address(case, played)?);
    reasons.extend(cards(case, played)?);
    Ok(reasons)
}

struct Allowed {
    orders: BTreeSet<String>,
    /// Orders whose returns or exchanges the case names, besides.
    touched: BTreeSet<String>,
    customer: Option<String>,
    cards: bool,
    /// Pieces that come into stock, by sku; negative: that leave it.
    stock: BTreeMap<String, i64>,
}

impl Allowed {
    fn read(case: &Case, played: &Played) -> anyhow::Result<Self> {
        let expect = &case.expect;
        let number = |path: &String| -> anyhow::Result<String> {
            Ok(played.begin.bought(path)?.order.number.to_string())
        };
        let orders = expect.orders.iter().map(|wanted| number(&wanted.order));
        let orders = orders.collect::<anyhow::Result<BTreeSet<_>>>()?;
        let returns = expect.returns.iter().map(|wanted| number(&wanted.order));
        let after = expect.aftersales.iter().map(|wanted| number(&wanted.order));
        let touched = returns.chain(after).collect::<anyhow::Result<_>>()?;
        let mut stock = BTreeMap::new();
        for number in &orders {
            let before = order_of(&played.rows_before, number)?;
            restocked(&before, &order_of(&played.rows, number)?, &mut stock);
        }
        for made in &played.aftersales() {
            sent(made, &mut stock);
        }
        let me = played.begin.me.as_ref();
        Ok(Self {
            customer: expect
                .address
                .as_ref()
                .and(me)
                .map(|me| me.customer.id.to_string()),
            cards: expect.gift_card.is_some() || expect.store_credit.is_some(),
            orders,
            touched,
            stock,
        })
    }

    /// Is it about an order, or the account, that the case names?
    fn effect(&self, row: Option<&String>) -> anyhow::Result<bool> {
        let Some(row) = row else {
            return Ok(false);
        };
        let receipt: Receipt = serde_json::from_str(row)?;
        Ok(match &receipt.order {
            Some(order) => {
                let order = order.as_str();
                self.orders.contains(order) || self.touched.contains(order)
            }
            None => self.customer.is_some(),
        })
    }
}

/// What of an order is wanted no more goes back, what is wanted instead is set aside.
fn restocked(before: &Order, after: &Order, stock: &mut BTreeMap<String, i64>) {
    let mut add = |order: &Order, sign: i64| {
        for line in &order.lines {
            *stock.entry(line.sku.to_string()).or_default() += sign * i64::from(line.quantity);
        }
    };
    let gone = |order: &Order| order.status == OrderStatus::Cancelled;
    if !gone(before) {
        add(before, 1);
    }
    if !gone(after) {
        add(after, -1);
    }
}

fn sent(made: &Aftersale, stock: &mut BTreeMap<String, i64>) {
    let pieces: Vec<_> = match made {
        Aftersale::Exchange(exchange) => {
            let pairs = exchange.pairs.iter();
            pairs.map(|pair| (&pair.to, pair.quantity)).collect()
        }
        Aftersale::Replacement(made) if made.remedy == Remedy::Replacement => {
            let lines = made.lines.iter();
            lines.map(|line| (&line.sku, line.quantity)).collect()
        }
        Aftersale::Claim(claim) if claim.status == ClaimStatus::Settled(Remedy::Replacement) => {
            let lines = claim.lines.iter();
            lines.map(|line| (&line.sku, line.quantity)).collect()
        }
        _ => Vec::new(),
    };
    for (sku, quantity) in pieces {
        *stock.entry(sku.to_string()).or_default() -= i64::from(quantity);
    }
}

fn of_me(played: &Played, row: Option<&String>) -> bool {
    let me = played
        .begin
        .me
        .as_ref()
        .map(|me| me.customer.id.to_string());
    let owner = row.and_then(|row| row.split('/').next());
    me.is_some() && owner == me.as_deref()
}

/// The customer's own address: as the case says, or as it was; nothing else of the account.
fn own_address(case: &Case, played: &Played) -> anyhow::Result<Vec<String>> {
    let Some(wanted) = &case.expect.address else {
        return Ok(Vec::new());
    };
    let Some(me) = &played.begin.me else {
        return Ok(vec!["this case has no shopper".to_owned()]);
    };
    let key = ("customers", me.customer.id.to_string());
    let read = |row: Option<&String>| -> anyhow::Result<Customer> {
        Ok(serde_json::from_str(row.map_or("", String::as_str))?)
    };
    let before = read(played.rows_before.get(&key))?;
    let mut after = read(played.rows.get(&key))?;
    let world = played.expected_world();
    let found = address(
        &world,
        wanted,
        before.address.as_ref(),
        after.address.as_ref(),
    )?;
    let mut reasons: Vec<String> = found
        .into_iter()
        .map(|reason| format!("the customer's own address: {reason}"))
        .collect();
    after.address.clone_from(&before.address);
    if after != before {
        reasons.push("something else of the account has changed".to_owned());
    }
    Ok(reasons)
}

fn cards(case: &Case, played: &Played) -> anyhow::Result<Vec<String>> {
    let mut reasons = Vec::new();
    let world = played.expected_world();
    for (wanted, credit, what) in [
        (&case.expect.gift_card, false, "gift card"),
        (&case.expect.store_credit, true, "store credit"),
    ] {
        let (Some(wanted), Some(me)) = (wanted, &played.world.me) else {
            continue;
        };
        let (wanted, is) = (amount(&world, wanted)?, held(&me.gift_cards, credit));
        if is != wanted {
            reasons.push(format!("the {what} holds {is}, not {wanted}"));
        }
    }
    Ok(reasons)
}
