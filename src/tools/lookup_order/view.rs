//! The lookup's JSON, in the order in which a model reads best: number and status first.

use minijinja::context;
use serde::Serialize;

use super::super::covered_order::LOOKUP_WORDS;
use super::aftersales::AftersaleView;
use super::gather::{Gathered, reading_text};
use crate::clock::long_date;
use crate::domain::card::{Card, OrderCard, OrderCardItem, ParcelCard};
use crate::domain::limits::{ORDER_LINES_SHOWN_MAX, RETURNS_SHOWN_MAX, SCANS_SHOWN_MAX};
use crate::domain::order::{Order, OrderLine, Shipment};
use crate::domain::policy::ChangeUntil;
use crate::domain::returns::{Return, ReturnStatus};
use crate::shop::methods::Method;
use crate::shop::parcels::ParcelStanding;
use crate::shop::{ShopProfile, links};

#[derive(Serialize)]
pub struct OrderView {
    order_number: String,
    status: &'static str,
    placed: String,
    items: Vec<ItemView>,
    #[serde(skip_serializing_if = "is_zero")]
    items_left_out: usize,
    shipping_paid: String,
    total: String,
    paid_with: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    payment_methods: Vec<MethodView>,
    parcels: Vec<ParcelView>,
    can_do: Vec<Action>,
    returns: Vec<ReturnView>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    aftersales: Vec<AftersaleView>,
    other_orders: Vec<OtherOrder>,
}

#[derive(Serialize)]
struct ItemView {
    line: u32,
    title: String,
    color: String,
    size: String,
    quantity: u32,
    price: String,
    paid: String,
    returned: u32,
    can_return: bool,
    why_not: Option<String>,
}

/// A way in which the customer can pay.
#[derive(Serialize)]
struct MethodView {
    id: String,
    name: String,
}

#[derive(Serialize)]
struct ParcelView {
    parcel: u32,
    carrier: String,
    tracking: String,
    status: &'static str,
    items: Vec<u32>,
    shipped: String,
    expected: Option<String>,
    delivered: Option<String>,
    late: bool,
    last_event: Option<String>,
}

/// What can be done now, and until when.
#[derive(Serialize)]
#[serde(tag = "action", rename_all = "snake_case")]
enum Action {
    Return {
        items: Vec<u32>,
        until: String,
    },
    Exchange {
        items: Vec<u32>,
        until: String,
    },
    /// Of what is wrong, damaged or missing.
    Replace {
        items: Vec<u32>,
        until: String,
    },
    /// All that follow together, in one word.
    ChangeOrCancel {
        until: String,
    },
    Cancel {
        until: String,
    },
    ChangeAddress {
        until: String,
    },
    ChangeItems {
        until: String,
    },
    ChangePayment {
        until: String,
    },
    ReportMissing {
        parcel: u32,
        from: String,
        until: String,
    },
}

#[derive(Serialize)]
struct ReturnView {
    return_number: String,
    status: &'static str,
    items: Vec<u32>,
    refund: String,
    hand_over_by: String,
    slip: String,
}

#[derive(Serialize)]
struct OtherOrder {
    order_number: String,
    status: &'static str,
    placed: String,
    items: String,
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

pub fn of(gathered: &Gathered) -> OrderView {
    let order = &gathered.order;
    OrderView {
        order_number: reading_text(order.number.as_str()),
        status: order.status.words(),
        placed: gathered.date(order.placed_ms),
        items: shown(order).map(|line| item(gathered, line)).collect(),
        items_left_out: order.lines.len().saturating_sub(ORDER_LINES_SHOWN_MAX),
        shipping_paid: order.shipping.to_string(),
        total: order.total.to_string(),
        paid_with: paid_with(order),
        payment_methods: gathered.methods.iter().map(method).collect(),
        parcels: (1..)
            .zip(gathered.parcels())
            .map(|(n, (parcel, standing))| parcel_view(gathered, n, parcel, standing))
            .collect(),
        can_do: actions(gathered),
        returns: gathered
            .returns
            .iter()
            .rev()
            .take(RETURNS_SHOWN_MAX)
            .map(|one| return_view(gathered, one))
            .collect(),
        aftersales: super::aftersales::views(gathered),
        other_orders: gathered
            .others
            .iter()
            .map(|other| other_order(gathered, other))
            .collect(),
    }
}

pub fn shown(order: &Order) -> impl Iterator<Item = &OrderLine> {
    order.lines.iter().take(ORDER_LINES_SHOWN_MAX)
}

fn item(gathered: &Gathered, line: &OrderLine) -> ItemView {
    let standing = gathered.standing(line.line);
    ItemView {
        line: line.line,
        title: reading_text(&line.title),
        color: reading_text(&line.color),
        size: reading_text(&line.size),
        quantity: line.quantity,
        price: line.unit_price.to_string(),
        paid: line.paid().to_string(),
        returned: standing.map_or(0, |standing| standing.returned),
        can_return: standing.is_some_and(|standing| standing.open > 0),
        why_not: standing.and_then(|standing| gathered.why_not(standing)),
    }
}

/// The kinds of payment, each once.
fn paid_with(order: &Order) -> String {
    let mut kinds: Vec<String> = order
        .payments
        .iter()
        .map(|payment| reading_text(payment.method.words()))
        .collect();
    kinds.dedup();
    kinds.truncate(4);
    kinds.join(" + ")
}

fn method(method: &Method) -> MethodView {
    MethodView {
        id: reading_text(method.id.as_str()),
        name: reading_text(&method.words()),
    }
}

fn parcel_view(
    gathered: &Gathered,
    number: u32,
    parcel: &Shipment,
    standing: &ParcelStanding,
) -> ParcelView {
    ParcelView {
        parcel: number,
        carrier: reading_text(&parcel.carrier),
        tracking: reading_text(&parcel.tracking),
        status: standing.status.words(),
        items: parcel
            .lines
            .iter()
            .take(ORDER_LINES_SHOWN_MAX)
            .map(|shipped| shipped.line)
            .collect(),
        shipped: gathered.date(parcel.shipped_ms),
        expected: expected(parcel),
        delivered: parcel.delivered_ms.map(|ms| gathered.date(ms)),
        late: standing.late,
        last_event: newest_first(parcel)
            .first()
            .map(|event| gathered.scan(event)),
    }
}

fn newest_first(parcel: &Shipment) -> Vec<&crate::domain::order::CarrierEvent> {
    let mut events: Vec<_> = parcel.events.iter().collect();
    events.sort_by_key(|event| std::cmp::Reverse(event.at_ms));
    events.truncate(SCANS_SHOWN_MAX);
    events
}

/// The estimate in words, while there is something to expect.
fn expected(parcel: &Shipment) -> Option<String> {
    let (first, last) = parcel.estimate.filter(|_| parcel.delivered_ms.is_none())?;
    let key = if first == last {
        "expected_on"
    } else {
        "expected_between"
    };
    Some(LOOKUP_WORDS.say(
        key,
        context! { first => long_date(first), last => long_date(last) },
    ))
}

fn actions(gathered: &Gathered) -> Vec<Action> {
    let mut actions = Vec::new();
    if let Some((items, until)) = gathered.returnable() {
        actions.push(Action::Return {
            items,
            until: long_date(until),
        });
    }
    if let Some((items, until)) = &gathered.possible.exchange {
        actions.push(Action::Exchange {
            items: items.clone(),
            until: long_date(*until),
        });
    }
    if let Some((items, until)) = &gathered.possible.replace {
        actions.push(Action::Replace {
            items: items.clone(),
            until: long_date(*until),
        });
    }
    actions.extend(changes(gathered));
    actions.extend(
        gathered
            .reportable()
            .into_iter()
            .map(|(parcel, from, until)| Action::ReportMissing {
                parcel,
                from: long_date(from),
                until: long_date(until),
            }),
    );
    actions
}

/// What can be done before the order is sent.
fn changes(gathered: &Gathered) -> Vec<Action> {
    let Some((until, payment)) = gathered.changeable() else {
        return Vec::new();
    };
    let key = match until {
        ChangeUntil::Packed => "until_packed",
        ChangeUntil::Shipped => "until_shipped",
    };
    let until = LOOKUP_WORDS.say(key, ());
    let mut actions = vec![
        Action::ChangeOrCancel {
            until: until.clone(),
        },
        Action::Cancel {
            until: until.clone(),
        },
        Action::ChangeAddress {
            until: until.clone(),
        },
        Action::ChangeItems {
            until: until.clone(),
        },
    ];
    if payment {
        actions.push(Action::ChangePayment { until });
    }
    actions
}

fn return_view(gathered: &Gathered, one: &Return) -> ReturnView {
    ReturnView {
        return_number: one.number.to_string(),
        status: return_status(one.status),
        items: one
            .lines
            .iter()
            .take(ORDER_LINES_SHOWN_MAX)
            .map(|line| line.line)
            .collect(),
        refund: one.refund.total.to_string(),
        hand_over_by: long_date(one.ship_by),
        slip: gathered.shop.slip_links(&one.slip_token).0,
    }
}

pub fn return_status(status: ReturnStatus) -> &'static str {
    match status {
        ReturnStatus::Open => "open",
        ReturnStatus::Received => "received",
        ReturnStatus::Refunded => "refunded",
        ReturnStatus::Cancelled => "cancelled",
    }
}

fn other_order(gathered: &Gathered, order: &Order) -> OtherOrder {
    let first = order.lines.first();
    let items = first.map(|line| {
        let values = context! {
            title => reading_text(&line.title),
            size => reading_text(&line.size),
            more => order.lines.len() - 1,
        };
        LOOKUP_WORDS.say("other_items", values)
    });
    OtherOrder {
        order_number: reading_text(order.number.as_str()),
        status: order.status.words(),
        placed: gathered.date(order.placed_ms),
        items: items.unwrap_or_default(),
    }
}

/// What the shopper sees beside the words.
pub fn card(gathered: &Gathered, profile: &ShopProfile) -> Card {
    let order = &gathered.order;
    Card::Order(OrderCard {
        order: order.number.to_string(),
        status: order.status.words().to_owned(),
        placed: gathered.date(order.placed_ms),
        total: order.total.to_string(),
        items: shown(order)
            .map(|line| OrderCardItem {
                line: line.line,
                product: Some(line.product.to_string()),
                picture: Some(links::picture(profile, &line.product, &line.color)),
                title: reading_text(&line.title),
                variant: variant(&line.color, &line.size),
                quantity: line.quantity,
                paid: line.paid().to_string(),
            })
            .collect(),
        parcels: gathered
            .parcels()
            .map(|(parcel, standing)| ParcelCard {
                carrier: reading_text(&parcel.carrier),
                tracking: reading_text(&parcel.tracking),
                status: standing.status.words().to_owned(),
                expected: expected(parcel),
                events: newest_first(parcel)
                    .into_iter()
                    .map(|event| gathered.scan(event))
                    .collect(),
            })
            .collect(),
    })
}

/// "moss green, M"
pub fn variant(color: &str, size: &str) -> String {
    LOOKUP_WORDS.say(
        "variant",
        context! { color => reading_text(color), size => reading_text(size) },
    )
}
