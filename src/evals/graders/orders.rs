//! Orders in the end: each that the case names is exactly as the case says, with the money that it
//! says, its books in balance; what it does not name is as it was (`untouched.rs`).

use anyhow::Context as _;

use crate::domain::customer::Address;
use crate::domain::ids::PaymentMethodId;
use crate::domain::money::Money;
use crate::domain::order::{CancelReason, Order, OrderLine, OrderStatus, PaymentMethod};
use crate::evals::amount::amount;
use crate::evals::case::Case;
use crate::evals::fact::plain;
use crate::evals::play::Played;
use crate::evals::wanted_orders::{WantedAddress, WantedLine, WantedOrder};
use crate::evals::world::World;

/// Whatever the reason is.
const ANY: &str = "any";

pub fn grade(case: &Case, played: &Played) -> anyhow::Result<Vec<String>> {
    let world = played.expected_world();
    let mut reasons = Vec::new();
    for wanted in &case.expect.orders {
        let number = world.bought(&wanted.order)?.order.number.to_string();
        let before = order_of(&played.rows_before, &number)?;
        let after = order_of(&played.rows, &number)?;
        let found = compare(&world, wanted, &before, &after)?.into_iter();
        let name = &wanted.order;
        reasons.extend(found.map(|reason| format!("{name} ({number}): {reason}")));
    }
    Ok(reasons)
}

pub fn order_of(rows: &crate::store::rows::ShopRows, number: &str) -> anyhow::Result<Order> {
    let row = rows.get(&("orders", number.to_owned()));
    let row = row.with_context(|| format!("there is no order {number}"))?;
    Ok(serde_json::from_str(row)?)
}

fn compare(
    world: &World,
    wanted: &WantedOrder,
    before: &Order,
    after: &Order,
) -> anyhow::Result<Vec<String>> {
    let mut reasons = Vec::new();
    let cancelled = !wanted.cancelled.list().is_empty();
    let usual = if cancelled {
        OrderStatus::Cancelled
    } else {
        before.status
    };
    let status = wanted.status.unwrap_or(usual);
    if after.status != status {
        reasons.push(format!("it is {:?}, not {status:?}", after.status));
    }
    reasons.extend(cancellation(wanted.cancelled.list(), before, after));
    reasons.extend(address(
        world,
        &wanted.address,
        before.address.as_ref(),
        after.address.as_ref(),
    )?);
    reasons.extend(lines(world, &wanted.items, before, after)?);
    reasons.extend(money(world, wanted, before, after)?);
    reasons.extend(books(before, after));
    reasons.extend(rest(before, after));
    Ok(reasons)
}

fn cancellation(wanted: &[String], before: &Order, after: &Order) -> Option<String> {
    let is = after.history.cancelled.as_ref();
    if wanted.is_empty() {
        let same = is == before.history.cancelled.as_ref();
        return (!same).then(|| format!("its cancellation is {is:?}"));
    }
    let word = is.map_or_else(String::new, |is| reason_word(is.reason));
    let fits = wanted.iter().any(|reason| *reason == word || reason == ANY);
    (!fits || is.is_none()).then(|| format!("it is cancelled as \"{word}\", not as {wanted:?}"))
}

fn reason_word(reason: CancelReason) -> String {
    match serde_json::to_value(reason) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

/// Each field that is wanted, or as it was.
pub fn address(
    world: &World,
    wanted: &WantedAddress,
    before: Option<&Address>,
    after: Option<&Address>,
) -> anyhow::Result<Vec<String>> {
    type Field = fn(&Address) -> &str;
    let fields: [(&str, &Option<String>, Field); 7] = [
        ("name", &wanted.name, |a| &a.name),
        ("street", &wanted.street, |a| &a.street),
        ("extra", &wanted.extra, |a| a.extra.as_deref().unwrap_or("")),
        ("postcode", &wanted.postcode, |a| &a.postcode),
        ("city", &wanted.city, |a| &a.city),
        ("region", &wanted.region, |a| {
            a.region.as_deref().unwrap_or("")
        }),
        ("country", &wanted.country, |a| &a.country),
    ];
    let mut reasons = Vec::new();
    for (name, wanted, of) in fields {
        let was = before.map_or("", of);
        let wanted = match wanted {
            Some(text) => world.fill(text)?,
            None => was.to_owned(),
        };
        let is = after.map_or("", of);
        if plain(is) != plain(&wanted) {
            reasons.push(format!("the {name} is \"{is}\", not \"{wanted}\""));
        }
    }
    Ok(reasons)
}

fn lines(
    world: &World,
    wanted: &[WantedLine],
    before: &Order,
    after: &Order,
) -> anyhow::Result<Vec<String>> {
    let mut reasons = Vec::new();
    let numbers = |order: &Order| order.lines.iter().map(|l| l.line).collect::<Vec<_>>();
    let mut all = numbers(before);
    all.extend(numbers(after));
    all.extend(wanted.iter().map(|line| line.line));
    all.sort_unstable();
    all.dedup();
    for number in all {
        let of = |order: &'_ Order| order.lines.iter().find(|l| l.line == number).cloned();
        let (was, is) = (of(before), of(after).filter(|line| line.quantity > 0));
        match wanted.iter().find(|line| line.line == number) {
            None if was != is => reasons.push(format!("line {number} is not as it was: {is:?}")),
            None => {}
            Some(wish) => reasons.extend(line(world, wish, was, is, before)?),
        }
    }
    Ok(reasons)
}

fn line(
    world: &World,
    wish: &WantedLine,
    was: Option<OrderLine>,
    is: Option<OrderLine>,
    before: &Order,
) -> anyhow::Result<Vec<String>> {
    let number = wish.line;
    if wish.quantity == Some(0) {
        let left = is.map(|is| format!("line {number} is still there: {is:?}"));
        return Ok(left.into_iter().collect());
    }
    let Some(is) = is else {
        return Ok(vec![format!("line {number} is gone")]);
    };
    let mut reasons = Vec::new();
    let filled = |text: &Option<String>| text.as_ref().map(|text| world.fill(text)).transpose();
    let or_was = |wish: Option<String>, of: fn(&OrderLine) -> &String| {
        wish.or_else(|| was.as_ref().map(|was| of(was).clone()))
    };
    let color = or_was(filled(&wish.color)?, |line| &line.color);
    let size = or_was(filled(&wish.size)?, |line| &line.size);
    let quantity = wish.quantity.or(was.as_ref().map(|was| was.quantity));
    if color.is_some_and(|color| color != is.color) || size.is_some_and(|size| size != is.size) {
        reasons.push(format!("line {number} is {}, {}", is.color, is.size));
    }
    if quantity.is_some_and(|quantity| quantity != is.quantity) {
        reasons.push(format!("line {number} has {} pieces", is.quantity));
    }
    // The same product as before, and the variant that colour and size name.
    let known = before.lines.iter().any(|line| line.product == is.product);
    let product = world
        .products
        .iter()
        .find(|product| product.id == is.product);
    let variant = product.and_then(|product| product.variant(&is.sku));
    let right = variant.is_some_and(|v| v.color == is.color && v.size == is.size);
    if !known || !right {
        reasons.push(format!("line {number} is {} ({})", is.title, is.sku));
    }
    Ok(reasons)
}

/// What was refunded and charged meanwhile: exactly what the case says.
fn money(
    world: &World,
    wanted: &WantedOrder,
    before: &Order,
    after: &Order,
) -> anyhow::Result<Vec<String>> {
    let mut reasons = Vec::new();
    let known = before.history.refunds.len();
    let refunds = after.history.refunds.iter().skip(known);
    let mut refunds: Vec<Moved> = refunds
        .map(|paid| Moved::new(paid.amount, &paid.method, paid.method_id.as_ref()))
        .collect();
    for wish in &wanted.refunds {
        let (money, to) = (amount(world, &wish.amount)?, world.fill(&wish.to)?);
        reasons.extend(take(&mut refunds, money, &to).map(|why| format!("refund: {why}")));
    }
    let charges = after.payments.iter().skip(before.payments.len());
    let mut charges: Vec<Moved> = charges
        .map(|paid| Moved::new(paid.amount, &paid.method, paid.method_id.as_ref()))
        .collect();
    for wish in &wanted.charges {
        let (money, with) = (amount(world, &wish.amount)?, world.fill(&wish.with)?);
        reasons.extend(take(&mut charges, money, &with).map(|why| format!("charge: {why}")));
    }
    let earlier = before.payments.iter().zip(&after.payments);
    if earlier.clone().any(|(was, is)| was != is) || after.payments.len() < before.payments.len() {
        reasons.push("an earlier payment is another one now".to_owned());
    }
    let more = |what: &str, left: Vec<Moved>| {
        let each = left.into_iter();
        each.map(|moved| format!("{what} nobody asked for: {moved:?}"))
            .collect::<Vec<_>>()
    };
    reasons.extend(more("a refund", refunds));
    reasons.extend(more("a charge", charges));
    Ok(reasons)
}

#[derive(Debug)]
struct Moved {
    amount: Money,
    /// The names by which a case may call the method, in lower case.
    names: Vec<String>,
}

impl Moved {
    fn new(amount: Money, method: &PaymentMethod, id: Option<&PaymentMethodId>) -> Self {
        let mut names = vec![plain(method.words())];
        names.extend(id.map(|id| plain(id.as_str())));
        match method {
            PaymentMethod::Card { brand, last4 } => names.push(plain(&format!("{brand}-{last4}"))),
            PaymentMethod::GiftCard { id } => names.push(plain(id)),
            _ => {}
        }
        Self { amount, names }
    }
}

fn take(moved: &mut Vec<Moved>, amount: Money, method: &str) -> Option<String> {
    let method = plain(method);
    let found = moved
        .iter()
        .position(|one| one.amount == amount && one.names.contains(&method));
    match found {
        Some(at) => {
            moved.remove(at);
            None
        }
        None => Some(format!("no {amount} by {method}, but {moved:?}")),
    }
}

/// What was in balance stays so.
fn books(before: &Order, after: &Order) -> Vec<String> {
    let even = |order: &Order| order.paid_minor() - order.refunded_minor() == order.due_minor();
    let added = |order: &Order| {
        let lines: i64 = order.lines.iter().map(|line| line.paid().minor).sum();
        lines + order.shipping.minor == order.total.minor
    };
    let mut reasons = Vec::new();
    if even(before) && !even(after) {
        let (paid, back, due) = (
            after.paid_minor(),
            after.refunded_minor(),
            after.due_minor(),
        );
        reasons.push(format!("{paid} paid, {back} paid back, {due} due"));
    }
    if added(before) && !added(after) {
        reasons.push(format!("its lines do not add up to {}", after.total));
    }
    reasons
}

/// What no order action may touch.
fn rest(before: &Order, after: &Order) -> Option<String> {
    let mut as_before = after.clone();
    as_before.status = before.status;
    as_before.lines.clone_from(&before.lines);
    as_before.total = before.total;
    as_before.payments.clone_from(&before.payments);
    as_before.address.clone_from(&before.address);
    as_before.history.clone_from(&before.history);
    (as_before != *before).then(|| "something else of it is not as it was".to_owned())
}
