//! From a draft (who buys what, when, and how the parcels fare) to an order with money, parcels and
//! a status; and the returns that some customers made.

use jiff::ToSpan as _;
use jiff::civil::Date;
use rand::RngExt as _;
use rand::rngs::StdRng;

use super::journey::{Fate, Leaving, parcel};
use super::world::{World, at, patterned};
use crate::clock::day;
use crate::domain::customer::Address;
use crate::domain::ids::{CustomerId, OrderNumber, Random, ReturnNumber};
use crate::domain::money::Money;
use crate::domain::order::{
    Order, OrderLine, OrderStatus, Payment, PaymentMethod, Shipment, ShipmentStatus, ShippedLine,
};
use crate::domain::product::{Product, Variant};
use crate::domain::returns::{Return, ReturnReason, ReturnStatus};
use crate::shop::before::Before;
use crate::shop::returns::{Request, Terms, Wanted, decide, standing};
use crate::shop::shipping::{Service, calendar, shipping};

/// A line with `percent` off; the order numbers it.
pub fn line(product: &Product, variant: &Variant, quantity: u32, percent: i64) -> OrderLine {
    let price = product.price;
    let discount = price.minor * i64::from(quantity) * percent / 100;
    OrderLine {
        line: 0,
        sku: variant.sku.clone(),
        product: product.id.clone(),
        title: product.title.clone(),
        category: product.category.clone(),
        color: variant.color.clone(),
        size: variant.size.clone(),
        quantity,
        unit_price: price,
        discount: Money::new(discount, price.currency),
        final_sale: product.final_sale,
        hygiene: product.hygiene,
    }
}

/// When a parcel leaves, with which lines (from 1), and how it fares.
pub struct DraftParcel {
    pub lines: Vec<u32>,
    pub shipped: Date,
    pub fate: Fate,
}

pub struct Draft {
    pub customer: CustomerId,
    pub address: Address,
    pub placed_ms: i64,
    pub lines: Vec<OrderLine>,
    pub express: bool,
    pub payment: PaymentMethod,
    /// A part that a gift card paid, in per cent.
    pub gift_card_percent: i64,
    pub cancelled: bool,
    pub parcels: Vec<DraftParcel>,
    /// How likely this customer sends something back, in per cent; named shoppers never have.
    pub returns_percent: u32,
}

/// All orders, numbered in the order in which they were placed, and their returns. The seed is
/// public, so what must not be guessed comes from `random`.
pub fn finish(
    world: &World,
    rng: &mut StdRng,
    random: &Random,
    mut drafts: Vec<Draft>,
) -> (Vec<Order>, Vec<Return>) {
    drafts.sort_by(|a, b| (a.placed_ms, &a.customer).cmp(&(b.placed_ms, &b.customer)));
    let mut number = 10_007_u32;
    let mut orders = Vec::with_capacity(drafts.len());
    let mut returns = Vec::new();
    for draft in drafts {
        number += rng.random_range(1..=11);
        let percent = draft.returns_percent;
        let mut order = order(world, rng, draft, number);
        if rng.random_range(0..100) < percent
            && let Some(made) = send_back(world, rng, random, &order, returns.len())
        {
            let whole = order.lines.iter().all(|line| {
                made.lines
                    .iter()
                    .any(|back| back.line == line.line && back.quantity == line.quantity)
            });
            if whole && made.status == ReturnStatus::Refunded {
                order.status = OrderStatus::Returned;
            }
            returns.push(made);
        }
        orders.push(order);
    }
    (orders, returns)
}

fn order(world: &World, rng: &mut StdRng, draft: Draft, number: u32) -> Order {
    let placed = day(draft.placed_ms, world.zone());
    let currency = world.profile.currency;
    let lines: Vec<OrderLine> = (1..)
        .zip(draft.lines)
        .map(|(number, line)| OrderLine {
            line: number,
            ..line
        })
        .collect();
    let goods = Money::new(lines.iter().map(|line| line.paid().minor).sum(), currency);
    let service = service(placed, &draft.address.country, draft.express);
    let shipping = shipping_price(service, goods);
    let total = Money::new(goods.minor + shipping.minor, currency);
    let carrier = world.carrier(&draft.address.country, draft.express);
    let never_packed = draft.parcels.is_empty() || !packed(world, draft.placed_ms);
    let parcels: Vec<Shipment> = draft
        .parcels
        .into_iter()
        .filter(|draft| draft.shipped < world.today)
        .map(|draft_parcel| {
            let leaving = Leaving {
                carrier,
                service,
                city: &draft.address.city,
                lines: shipped_lines(&lines, &draft_parcel.lines),
                shipped: draft_parcel.shipped,
                fate: draft_parcel.fate,
            };
            parcel(world, rng, leaving)
        })
        .collect();
    let status = if draft.cancelled {
        OrderStatus::Cancelled
    } else {
        status(&lines, &parcels, never_packed)
    };
    let payments = if draft.cancelled {
        Vec::new()
    } else {
        payments(
            rng,
            &draft.payment,
            draft.gift_card_percent,
            total,
            draft.placed_ms,
        )
    };
    Order {
        number: OrderNumber::new(number.to_string()),
        customer: draft.customer,
        placed_ms: draft.placed_ms,
        status,
        currency,
        lines,
        shipping,
        total,
        payments,
        shipments: parcels,
        address: Some(draft.address),
        note: None,
        history: crate::domain::order::OrderHistory::default(),
    }
}

fn shipped_lines(lines: &[OrderLine], numbers: &[u32]) -> Vec<ShippedLine> {
    lines
        .iter()
        .filter(|line| numbers.contains(&line.line))
        .map(|line| ShippedLine {
            line: line.line,
            quantity: line.quantity,
        })
        .collect()
}

/// The service an order went by; standard where express is not offered.
pub fn service(placed: Date, country: &str, express: bool) -> &'static Service {
    let terms = shipping()
        .on(placed)
        .expect("a test reads this file, which has a version");
    let wanted = if express { "express" } else { "standard" };
    terms
        .service(country, wanted)
        .or_else(|| terms.service("IE", "standard"))
        .expect("the shop ships at home")
}

fn shipping_price(service: &Service, goods: Money) -> Money {
    service.price_at(goods)
}

fn payments(
    rng: &mut StdRng,
    method: &PaymentMethod,
    gift_percent: i64,
    total: Money,
    at_ms: i64,
) -> Vec<Payment> {
    let gift = Money::new(total.minor * gift_percent / 100, total.currency);
    let mut pay = |method: PaymentMethod, amount: Money| Payment {
        method_id: None,
        id: patterned(rng, "pay_########"),
        method,
        amount,
        at_ms,
    };
    let mut payments = Vec::new();
    if gift.minor > 0 {
        payments.push(pay(
            PaymentMethod::GiftCard {
                id: format!("gc_{at_ms}"),
            },
            gift,
        ));
    }
    payments.push(pay(
        method.clone(),
        Money::new(total.minor - gift.minor, total.currency),
    ));
    payments
}

/// Packing takes two working hours.
fn packed(world: &World, placed_ms: i64) -> bool {
    let placed = day(placed_ms, world.zone());
    let in_time = placed_ms < at(placed, 16, 0, world.zone());
    let from = if in_time {
        placed
    } else {
        placed.saturating_add(1.day())
    };
    calendar().after(from, 0) < world.today
}

fn status(lines: &[OrderLine], parcels: &[Shipment], never_packed: bool) -> OrderStatus {
    let all = |status: ShipmentStatus| parcels.iter().all(|parcel| parcel.status == status);
    let any = |status: ShipmentStatus| parcels.iter().any(|parcel| parcel.status == status);
    let sent: usize = parcels.iter().map(|parcel| parcel.lines.len()).sum();
    if parcels.is_empty() {
        return if never_packed {
            OrderStatus::Processing
        } else {
            OrderStatus::Packed
        };
    }
    if sent < lines.len() {
        return OrderStatus::PartlyShipped;
    }
    if all(ShipmentStatus::Delivered) {
        OrderStatus::Delivered
    } else if all(ShipmentStatus::ReturnedToSender) {
        OrderStatus::ReturnedToSender
    } else if any(ShipmentStatus::OutForDelivery) {
        OrderStatus::OutForDelivery
    } else if all(ShipmentStatus::LabelCreated) {
        OrderStatus::Shipped
    } else {
        OrderStatus::InTransit
    }
}

const REASONS: [ReturnReason; 10] = [
    ReturnReason::SizeTooSmall,
    ReturnReason::SizeTooSmall,
    ReturnReason::SizeTooLarge,
    ReturnReason::SizeTooLarge,
    ReturnReason::Unwanted,
    ReturnReason::Style,
    ReturnReason::Color,
    ReturnReason::Defective,
    ReturnReason::NotAsDescribed,
    ReturnReason::Unknown,
];

/// A return that was made some days after the delivery, by the rules of the order's day.
fn send_back(
    world: &World,
    rng: &mut StdRng,
    random: &Random,
    order: &Order,
    made: usize,
) -> Option<Return> {
    const DAY_MS: i64 = 86_400_000;
    if order.status != OrderStatus::Delivered {
        return None;
    }
    let delivered = order
        .shipments
        .iter()
        .filter_map(|parcel| parcel.delivered_ms)
        .max()?;
    let created_ms = delivered + rng.random_range(1..19) * DAY_MS + 3_600_000;
    if created_ms >= world.midnight_ms {
        return None;
    }
    let dated = world.rules_on(day(order.placed_ms, world.zone()));
    let terms = Terms {
        rules: &dated.rules,
        policy: &dated.policy,
        zone: world.zone(),
        currency: world.profile.currency,
    };
    let open: Vec<u32> = standing(order, Before::default(), &terms, created_ms)
        .into_iter()
        .filter(|standing| standing.open > 0)
        .map(|standing| standing.line)
        .collect();
    let whole = rng.random_bool(0.3);
    let one = *open.get(rng.random_range(0..open.len().max(1)))?;
    let reason = REASONS[rng.random_range(0..REASONS.len())];
    let wanted: Vec<Wanted> = open
        .into_iter()
        .filter(|line| whole || *line == one)
        .map(|line| Wanted {
            line,
            quantity: None,
            reason,
        })
        .collect();
    let request = Request::new(&wanted);
    let decision = decide(order, Before::default(), &terms, &request, created_ms).ok()?;
    let age = (world.midnight_ms - created_ms) / DAY_MS;
    let status = match age {
        17.. => ReturnStatus::Refunded,
        9.. => ReturnStatus::Received,
        _ => ReturnStatus::Open,
    };
    Some(Return {
        number: demo_number(made),
        order: order.number.clone(),
        status,
        lines: decision.lines,
        refund: decision.refund,
        created_ms,
        ship_by: decision.ship_by,
        policy: decision.policy,
        slip_token: random.secret(),
        gift_email: None,
    })
}

/// Unlike any number that is made at run time only by chance; those are checked against these.
fn demo_number(made: usize) -> ReturnNumber {
    const ALPHABET: &[u8; 31] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";
    // A step that shares no factor with 31^6 visits every number once.
    let mut wide = (made as u64 + 1).wrapping_mul(344_865_877) % 31_u64.pow(6);
    let mut number = String::from("RT-");
    for _ in 0..6 {
        number.push(char::from(ALPHABET[(wide % 31) as usize]));
        wide /= 31;
    }
    ReturnNumber::new(number)
}
