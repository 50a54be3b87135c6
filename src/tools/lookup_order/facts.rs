//! The facts behind a lookup: each value of the result, with what it is about.

use super::gather::{Gathered, reading_text};
use super::view::{return_status, shown};
use crate::domain::evidence::{Fact, FactValue, Subject};
use crate::domain::limits::OTHER_ORDERS_SHOWN_MAX;
use crate::domain::order::{Order, OrderLine, PaymentMethod, Shipment};
use crate::domain::returns::Return;
use crate::shop::methods::Method;
use crate::shop::parcels::ParcelStanding;

pub fn order_subject(order: &Order) -> Subject {
    Subject::new(format!("order:{}", order.number))
}

pub fn of(gathered: &Gathered) -> Vec<Fact> {
    let mut facts = Vec::new();
    let order = order_subject(&gathered.order);
    head(&mut facts, gathered, &gathered.order);
    let mut add =
        |about: &Subject, attribute: &str, value| facts.push(Fact::new(about, attribute, value));
    add(
        &order,
        "shipping_paid",
        FactValue::Money(gathered.order.shipping),
    );
    add(&order, "total", FactValue::Money(gathered.order.total));
    add(&order, "parcels", number(gathered.order.shipments.len()));
    // A full list may have been cut: how many there are is not known then.
    if gathered.others.len() < OTHER_ORDERS_SHOWN_MAX {
        add(&order, "orders", number(gathered.others.len() + 1));
        add(&order, "other_orders", number(gathered.others.len()));
    }
    if gathered.parcels().any(|(_, standing)| standing.late) {
        add(&order, "late", status("late"));
    }
    if let Some((_, until)) = gathered.returnable() {
        add(&order, "return_until", FactValue::Date(until));
    }
    for method in &gathered.methods {
        method_facts(&mut facts, &order, method);
    }
    for line in shown(&gathered.order) {
        line_facts(&mut facts, gathered, &order, line);
    }
    for (at, (parcel, standing)) in (1_u32..).zip(gathered.parcels()) {
        let about = order.child(format_args!("parcel:{at}"));
        parcel_facts(&mut facts, gathered, &order, &about, (parcel, standing));
    }
    for one in &gathered.returns {
        return_facts(&mut facts, gathered, &order, one);
    }
    super::aftersales::facts(&mut facts, gathered, &order);
    for other in &gathered.others {
        head(&mut facts, gathered, other);
        if let Some(line) = other.lines.first() {
            let about = order_subject(other).child(format_args!("line:{}", line.line));
            named(&mut facts, &about, &line.title, &line.size);
        }
        facts.push(Fact::new(
            &order_subject(other),
            "more_items",
            number(other.lines.len().saturating_sub(1)),
        ));
    }
    facts
}

/// What every order is told with.
fn head(facts: &mut Vec<Fact>, gathered: &Gathered, order: &Order) {
    let about = order_subject(order);
    let mut add = |attribute: &str, value| facts.push(Fact::new(&about, attribute, value));
    let number_text = reading_text(order.number.as_str());
    add("name", FactValue::Name(number_text.clone()));
    add("number", FactValue::Code(number_text));
    add("status", FactValue::Status(order.status.words().to_owned()));
    add("placed", FactValue::Date(gathered.day(order.placed_ms)));
    add("items", number(order.lines.len()));
    let pieces: u32 = order
        .lines
        .iter()
        .map(|line| line.quantity)
        .fold(0, u32::saturating_add);
    add("pieces", FactValue::Number(i64::from(pieces)));
}

fn named(facts: &mut Vec<Fact>, about: &Subject, title: &str, size: &str) {
    facts.push(Fact::new(
        about,
        "title",
        FactValue::Name(reading_text(title)),
    ));
    if !size.is_empty() {
        facts.push(Fact::new(
            about,
            "size",
            FactValue::Code(reading_text(size)),
        ));
    }
}

/// The digits that a card is told by, and what a gift card holds.
fn method_facts(facts: &mut Vec<Fact>, order: &Subject, method: &Method) {
    let mut add = |value| facts.push(Fact::new(order, "pay_with", value));
    if let PaymentMethod::Card { last4, .. } = &method.method {
        add(FactValue::Code(reading_text(last4)));
    }
    if let Some(balance) = method.balance {
        add(FactValue::Money(balance));
    }
}

fn line_facts(facts: &mut Vec<Fact>, gathered: &Gathered, order: &Subject, line: &OrderLine) {
    let about = order.child(format_args!("line:{}", line.line));
    named(facts, &about, &line.title, &line.size);
    let mut add = |attribute: &str, value| facts.push(Fact::new(&about, attribute, value));
    add("line", FactValue::Number(i64::from(line.line)));
    add("quantity", FactValue::Number(i64::from(line.quantity)));
    if line.final_sale {
        add("sale", status("final sale"));
    }
    add("unit_price", FactValue::Money(line.unit_price));
    add("paid", FactValue::Money(line.paid()));
    if let Some(standing) = gathered.standing(line.line) {
        add("returned", FactValue::Number(i64::from(standing.returned)));
        if standing.returned > 0 {
            let all = standing.returned >= line.quantity;
            add(
                "came_back",
                status(if all { "returned" } else { "partly returned" }),
            );
        }
        add("returnable", FactValue::Number(i64::from(standing.open)));
        if let Some(until) = standing.until {
            add("return_until", FactValue::Date(until));
        }
    }
    for (at, parcel) in (1_i64..).zip(&gathered.order.shipments) {
        if parcel.lines.iter().any(|shipped| shipped.line == line.line) {
            add("in_parcel", FactValue::Number(at));
        }
    }
}

fn parcel_facts(
    facts: &mut Vec<Fact>,
    gathered: &Gathered,
    order: &Subject,
    about: &Subject,
    (parcel, standing): (&Shipment, &ParcelStanding),
) {
    let mut add = |attribute: &str, value| {
        let mut fact = Fact::new(about, attribute, value);
        for shipped in &parcel.lines {
            fact = fact.also_about(&order.child(format_args!("line:{}", shipped.line)));
        }
        facts.push(fact);
    };
    // No name: several parcels of several orders have the same carrier.
    add("carrier", FactValue::Code(reading_text(&parcel.carrier)));
    add("tracking", FactValue::Code(reading_text(&parcel.tracking)));
    add(
        "status",
        FactValue::Status(standing.status.words().to_owned()),
    );
    add("shipped", FactValue::Date(gathered.day(parcel.shipped_ms)));
    if standing.late {
        add("late", status("late"));
    }
    if let Some((first, last)) = parcel.estimate.filter(|_| parcel.delivered_ms.is_none()) {
        add("expected_first", FactValue::Date(first));
        add("expected_last", FactValue::Date(last));
    }
    if let Some(ms) = parcel.delivered_ms {
        add("delivered", FactValue::Date(gathered.day(ms)));
    }
    if let Some(newest) = parcel.events.iter().map(|event| event.at_ms).max() {
        add("last_event", FactValue::Date(gathered.day(newest)));
    }
    if let Some((from, until)) = standing.report {
        add("report_from", FactValue::Date(from));
        add("report_until", FactValue::Date(until));
    }
    add("items", number(parcel.lines.len()));
}

/// A return is about itself, its order and the lines in it; where it stands, about itself alone:
/// an order is not "open" because its return is.
fn return_facts(facts: &mut Vec<Fact>, gathered: &Gathered, order: &Subject, one: &Return) {
    let about = Subject::new(format!("return:{}", one.number));
    facts.push(Fact::new(
        &about,
        "name",
        FactValue::Name(one.number.to_string()),
    ));
    facts.push(Fact::new(
        &about,
        "return_status",
        status(return_status(one.status)),
    ));
    let mut add = |attribute: &str, value| {
        let mut fact = Fact::new(&about, attribute, value).also_about(order);
        for line in &one.lines {
            fact = fact.also_about(&order.child(format_args!("line:{}", line.line)));
        }
        facts.push(fact);
    };
    add("return_number", FactValue::Code(one.number.to_string()));
    add("return_refund", FactValue::Money(one.refund.total));
    add("refund_days", FactValue::Number(i64::from(one.refund.days)));
    add("hand_over_by", FactValue::Date(one.ship_by));
    add(
        "slip",
        FactValue::Link(gathered.shop.slip_links(&one.slip_token).0),
    );
}

fn status(words: &str) -> FactValue {
    FactValue::Status(words.to_owned())
}

pub fn number(count: usize) -> FactValue {
    FactValue::Number(i64::try_from(count).unwrap_or(i64::MAX))
}
