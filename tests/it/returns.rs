//! What may come back and what is refunded: the rules on their edges, and the sums for any order.

use std::sync::LazyLock;

use attendant::domain::ids::{CustomerId, OrderNumber, ProductId, ReturnNumber, Sku};
use attendant::domain::money::{Currency, Money};
use attendant::domain::order::{
    Order, OrderLine, OrderStatus, Payment, PaymentMethod, Shipment, ShipmentStatus, ShippedLine,
};
use attendant::domain::policy::ReturnRules;
use attendant::domain::returns::{Return, ReturnReason, ReturnStatus};
use attendant::knowledge::Knowledge;
use attendant::shop::before::Before;
use attendant::shop::refunds::original;
use attendant::shop::returns::{
    Decision, Refusal, Request, Terms, Wanted, WhyNot, decide, standing,
};

fn before(returns: &[Return]) -> Before<'_> {
    Before {
        returns,
        aftersales: &[],
    }
}
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use proptest::prelude::*;

const EUR: Currency = Currency::EUR;

fn eur(minor: i64) -> Money {
    Money::new(minor, EUR)
}

fn dublin() -> TimeZone {
    TimeZone::get("Europe/Dublin").expect("a zone")
}

fn at(day: Date, hour: i8, minute: i8) -> i64 {
    let zoned = day
        .at(hour, minute, 0, 0)
        .to_zoned(dublin())
        .expect("a time");
    zoned.timestamp().as_millisecond()
}

static KNOWLEDGE: LazyLock<Knowledge> =
    LazyLock::new(|| Knowledge::embedded().expect("the demo shop's"));

fn rules(day: Date) -> (ReturnRules, String) {
    let (rules, policy) = KNOWLEDGE
        .rules("returns", day)
        .expect("readable")
        .expect("in force");
    (rules, policy.cite())
}

fn line(number: u32, quantity: u32, unit: i64, discount: i64) -> OrderLine {
    OrderLine {
        line: number,
        sku: Sku::new("s"),
        product: ProductId::new("p"),
        title: format!("Item {number}"),
        category: "fleece".into(),
        color: "navy".into(),
        size: "M".into(),
        quantity,
        unit_price: eur(unit),
        discount: eur(discount),
        final_sale: false,
        hygiene: false,
    }
}

fn parcel(lines: &[OrderLine], delivered: Option<Date>) -> Shipment {
    Shipment {
        carrier: "Swiftline".into(),
        tracking: "SWL1".into(),
        status: if delivered.is_some() {
            ShipmentStatus::Delivered
        } else {
            ShipmentStatus::InTransit
        },
        lines: lines
            .iter()
            .map(|line| ShippedLine {
                line: line.line,
                quantity: line.quantity,
            })
            .collect(),
        shipped_ms: at(delivered.unwrap_or(date(2026, 6, 1)), 1, 0),
        estimate: None,
        delivered_ms: delivered.map(|day| at(day, 23, 59)),
        events: Vec::new(),
    }
}

fn order(placed: Date, lines: Vec<OrderLine>, shipping: i64, delivered: Date) -> Order {
    let total = eur(lines.iter().map(|line| line.paid().minor).sum::<i64>() + shipping);
    Order {
        number: OrderNumber::new("10482"),
        customer: CustomerId::new("c1"),
        placed_ms: at(placed, 12, 0),
        status: OrderStatus::Delivered,
        currency: EUR,
        shipments: vec![parcel(&lines, Some(delivered))],
        lines,
        shipping: eur(shipping),
        total,
        payments: vec![Payment {
            method_id: None,
            id: "p1".into(),
            method: PaymentMethod::Card {
                brand: "Visa".into(),
                last4: "4242".into(),
            },
            amount: total,
            at_ms: at(placed, 12, 0),
        }],
        address: None,
        note: None,
        history: attendant::domain::order::OrderHistory::default(),
    }
}

fn want(line: u32, quantity: Option<u32>, reason: ReturnReason) -> Wanted {
    Wanted {
        line,
        quantity,
        reason,
    }
}

fn judged(
    order: &Order,
    returns: &[Return],
    wanted: &[Wanted],
    now_ms: i64,
) -> Result<Decision, Refusal> {
    let zone = dublin();
    let placed = jiff::Timestamp::from_millisecond(order.placed_ms)
        .expect("a time")
        .to_zoned(zone.clone())
        .date();
    let (rules, policy) = rules(placed);
    decide(
        order,
        before(returns),
        &Terms {
            rules: &rules,
            policy: &policy,
            zone: &zone,
            currency: EUR,
        },
        &Request::new(wanted),
        now_ms,
    )
}

fn made(order: &Order, decision: Decision, at_ms: i64) -> Return {
    Return {
        number: ReturnNumber::new("RT-222222"),
        order: order.number.clone(),
        status: ReturnStatus::Open,
        lines: decision.lines,
        refund: decision.refund,
        created_ms: at_ms,
        ship_by: decision.ship_by,
        policy: decision.policy,
        slip_token: "t".into(),
        gift_email: None,
    }
}

const SMALL: ReturnReason = ReturnReason::SizeTooSmall;
const BROKEN: ReturnReason = ReturnReason::Defective;

/// The last day counts to its end where the shop is, in summer time too; the minute after is over.
#[test]
fn the_window_ends_with_its_last_day() {
    let bought = order(
        date(2026, 5, 28),
        vec![line(1, 1, 5_000, 0)],
        490,
        date(2026, 6, 1),
    );
    let ask =
        |day, hour, minute| judged(&bought, &[], &[want(1, None, SMALL)], at(day, hour, minute));
    assert_eq!(
        ask(date(2026, 7, 1), 23, 59)
            .expect("the thirtieth day")
            .until,
        Some(date(2026, 7, 1))
    );
    let over = WhyNot::WindowOver {
        until: date(2026, 7, 1),
    };
    assert_eq!(
        ask(date(2026, 7, 2), 0, 0),
        Err(Refusal::NotPossible(vec![(1, over)]))
    );
}

/// The rules of the day on which it was ordered: 21 days until February 2026, 30 from March, and
/// until the end of January for what was ordered before Christmas.
#[test]
fn the_rules_are_those_of_the_order_day() {
    let until = |placed, delivered| {
        let bought = order(placed, vec![line(1, 1, 5_000, 0)], 0, delivered);
        judged(&bought, &[], &[want(1, None, SMALL)], at(delivered, 23, 59))
            .expect("just delivered")
    };
    let old = until(date(2026, 2, 28), date(2026, 3, 4));
    assert_eq!(
        (old.until, old.refund.fee, old.policy.as_str()),
        (Some(date(2026, 3, 25)), eur(0), "returns 2024-01")
    );
    let new = until(date(2026, 3, 1), date(2026, 3, 4));
    assert_eq!(
        (new.until, new.refund.fee, new.policy.as_str()),
        (Some(date(2026, 4, 3)), eur(490), "returns 2026-03")
    );
    assert_eq!(
        until(date(2026, 10, 31), date(2026, 11, 4)).until,
        Some(date(2026, 12, 4))
    );
    assert_eq!(
        until(date(2026, 11, 1), date(2026, 11, 4)).until,
        Some(date(2027, 1, 31))
    );
    assert_eq!(
        until(date(2026, 12, 24), date(2026, 12, 29)).until,
        Some(date(2027, 1, 31))
    );
    assert_eq!(
        until(date(2026, 12, 24), date(2027, 1, 20)).until,
        Some(date(2027, 2, 19)),
        "the later of the two"
    );
    assert_eq!(
        until(date(2025, 12, 1), date(2025, 12, 4)).until,
        Some(date(2025, 12, 25)),
        "not in the older rules"
    );
}

/// Final sale and underwear come back only when the shop is at fault; gift cards never.
#[test]
fn exclusions_hold_but_for_the_shops_own_fault() {
    let mut lines: Vec<OrderLine> = (1..=3).map(|number| line(number, 1, 2_000, 0)).collect();
    lines[0].final_sale = true;
    lines[1].category = "underwear".into();
    lines[2].category = "gift-cards".into();
    let bought = order(date(2026, 6, 1), lines, 0, date(2026, 6, 3));
    let ask = |line, reason| {
        judged(
            &bought,
            &[],
            &[want(line, None, reason)],
            at(date(2026, 6, 5), 12, 0),
        )
    };
    assert_eq!(
        ask(1, SMALL),
        Err(Refusal::NotPossible(vec![(1, WhyNot::FinalSale)]))
    );
    let underwear = WhyNot::Excluded {
        category: "underwear".into(),
    };
    assert_eq!(
        ask(2, SMALL),
        Err(Refusal::NotPossible(vec![(2, underwear)]))
    );
    for line in [1, 2] {
        assert_eq!(
            ask(line, BROKEN).expect("at fault").refund.total,
            eur(2_000),
            "without fee"
        );
    }
    assert_eq!(
        ask(3, BROKEN),
        Err(Refusal::NotPossible(vec![(3, WhyNot::GiftCard)]))
    );
}

/// The fee once per return, none when every reason is the shop's fault, never more than the refund.
#[test]
fn the_fee_is_taken_once() {
    let bought = order(
        date(2026, 6, 1),
        vec![
            line(1, 1, 5_000, 0),
            line(2, 1, 300, 0),
            line(3, 1, 4_000, 0),
        ],
        0,
        date(2026, 6, 3),
    );
    let ask = |wanted: &[Wanted]| {
        judged(&bought, &[], wanted, at(date(2026, 6, 5), 12, 0))
            .expect("possible")
            .refund
    };
    let two = ask(&[want(1, None, SMALL), want(3, None, BROKEN)]);
    assert_eq!(
        (two.items, two.fee, two.total),
        (eur(9_000), eur(490), eur(8_510))
    );
    assert_eq!(ask(&[want(1, None, BROKEN)]).fee, eur(0));
    let cheap = ask(&[want(2, None, SMALL)]);
    assert_eq!(
        (cheap.fee, cheap.total),
        (eur(300), eur(0)),
        "a refund is never negative"
    );
}

/// Shipping comes back when nothing stays and the return is within 14 days; later only for fault.
#[test]
fn shipping_comes_back_with_the_whole_order() {
    let bought = order(
        date(2026, 6, 1),
        vec![line(1, 2, 5_000, 0), line(2, 1, 3_000, 0)],
        490,
        date(2026, 6, 3),
    );
    let all = |reason| [want(1, None, reason), want(2, None, reason)];
    let ask = |wanted: &[Wanted], day| {
        judged(&bought, &[], wanted, at(day, 12, 0))
            .expect("possible")
            .refund
            .shipping
    };
    assert_eq!(ask(&all(SMALL), date(2026, 6, 17)), eur(490));
    assert_eq!(ask(&all(SMALL), date(2026, 6, 18)), eur(0));
    assert_eq!(ask(&all(BROKEN), date(2026, 6, 30)), eur(490));
    assert_eq!(
        ask(
            &[want(1, Some(1), SMALL), want(2, None, SMALL)],
            date(2026, 6, 4)
        ),
        eur(0),
        "a piece stays"
    );
    assert_eq!(
        ask(&[want(1, None, BROKEN)], date(2026, 6, 4)),
        eur(0),
        "faulty, but not all of it"
    );
    let first = judged(
        &bought,
        &[],
        &[want(1, None, SMALL)],
        at(date(2026, 6, 5), 12, 0),
    )
    .expect("possible");
    let first = made(&bought, first, at(date(2026, 6, 5), 12, 0));
    let rest = judged(
        &bought,
        &[first],
        &[want(2, None, SMALL)],
        at(date(2026, 6, 6), 12, 0),
    )
    .expect("possible");
    assert_eq!(
        rest.refund.shipping,
        eur(490),
        "with the return after which nothing stays"
    );
}

/// Of an order in two parcels what has come can go back at once, and the days of all of it start
/// when the last one arrives; a parcel that has been silent for a whole window is not waited for.
#[test]
fn parcels_that_are_on_their_way_hold_the_window_open() {
    let mut bought = order(
        date(2026, 6, 1),
        vec![line(1, 1, 5_000, 0), line(2, 2, 3_000, 0)],
        0,
        date(2026, 6, 3),
    );
    let lines = bought.lines.clone();
    bought.shipments = vec![
        parcel(&lines[..1], Some(date(2026, 6, 3))),
        parcel(&lines[1..], None),
    ];
    let ask =
        |bought: &Order, line, day| judged(bought, &[], &[want(line, None, SMALL)], at(day, 12, 0));
    assert_eq!(
        ask(&bought, 2, date(2026, 6, 5)),
        Err(Refusal::NotPossible(vec![(2, WhyNot::NotDelivered)]))
    );
    assert_eq!(
        ask(&bought, 1, date(2026, 6, 5)).expect("it is here").until,
        Some(date(2026, 7, 5))
    );
    assert!(
        matches!(
            ask(&bought, 1, date(2026, 7, 20)),
            Err(Refusal::NotPossible(_))
        ),
        "silent since June"
    );
    bought.shipments[1] = parcel(&lines[1..], Some(date(2026, 6, 20)));
    for number in [1, 2] {
        assert_eq!(
            ask(&bought, number, date(2026, 7, 20))
                .expect("from the last one")
                .until,
            Some(date(2026, 7, 20))
        );
    }
    // Half of a line has arrived: half of it can go back.
    bought.shipments = vec![parcel(&lines[..1], Some(date(2026, 6, 3)))];
    bought.shipments[0].lines.push(ShippedLine {
        line: 2,
        quantity: 1,
    });
    let half = ask(&bought, 2, date(2026, 6, 5)).expect("one piece is here");
    assert_eq!(half.lines[0].quantity, 1);
    let two = judged(
        &bought,
        &[],
        &[want(2, Some(2), SMALL)],
        at(date(2026, 6, 5), 12, 0),
    );
    assert_eq!(
        two,
        Err(Refusal::TooMany {
            line: 2,
            asked: 2,
            open: 1
        })
    );
}

#[test]
fn what_makes_no_sense_is_said_so() {
    let bought = order(
        date(2026, 6, 1),
        vec![line(1, 2, 5_000, 0)],
        0,
        date(2026, 6, 3),
    );
    let now = at(date(2026, 6, 5), 12, 0);
    let ask = |wanted: &[Wanted]| judged(&bought, &[], wanted, now);
    assert_eq!(ask(&[]), Err(Refusal::Nothing));
    assert_eq!(
        ask(&[want(4, None, SMALL)]),
        Err(Refusal::NoSuchLine(vec![4]))
    );
    assert_eq!(
        ask(&[want(1, Some(0), SMALL)]),
        Err(Refusal::Unclear { line: 1 })
    );
    assert_eq!(
        ask(&[want(1, None, SMALL), want(1, Some(1), SMALL)]),
        Err(Refusal::Unclear { line: 1 })
    );
    assert_eq!(
        ask(&[want(1, Some(u32::MAX), SMALL), want(1, Some(2), SMALL)]),
        Err(Refusal::TooMany {
            line: 1,
            asked: u32::MAX,
            open: 2
        })
    );
    assert_eq!(
        ask(&[want(1, Some(1), SMALL), want(1, Some(1), BROKEN)])
            .expect("one of each")
            .refund
            .items,
        eur(10_000)
    );
    let mut cancelled = bought.clone();
    cancelled.status = OrderStatus::Cancelled;
    assert_eq!(
        judged(&cancelled, &[], &[want(1, None, SMALL)], now),
        Err(Refusal::NotPossible(vec![(1, WhyNot::OrderCancelled)]))
    );
    let mut unknown = bought.clone();
    unknown.shipments.clear();
    assert_eq!(
        judged(&unknown, &[], &[want(1, None, SMALL)], now),
        Err(Refusal::NotPossible(vec![(1, WhyNot::DeliveryDayUnknown)]))
    );
    let mut dollars = bought;
    dollars.currency = "USD".parse().expect("a currency");
    assert_eq!(
        judged(&dollars, &[], &[want(1, None, SMALL)], now),
        Err(Refusal::OtherCurrency)
    );
}

/// A random order: lines with quantities and discounts, one or two payments, shipping.
fn any_order() -> impl Strategy<Value = Order> {
    let line_parts = (1_u32..6, 1_i64..20_000, 0_i64..=100);
    (
        proptest::collection::vec(line_parts, 1..5),
        0_i64..2_000,
        0_i64..=100,
        0_i64..3_000,
    )
        .prop_map(|(parts, shipping, gift, missing)| {
            let lines = (1..)
                .zip(parts)
                .map(|(number, (quantity, unit, percent))| {
                    line(
                        number,
                        quantity,
                        unit,
                        unit * i64::from(quantity) * percent / 100,
                    )
                })
                .collect();
            let mut order = order(date(2026, 6, 1), lines, shipping, date(2026, 6, 3));
            // Sometimes less was paid than the lines add up to.
            order.total = eur((order.total.minor - missing.saturating_sub(2_000).max(0)).max(0));
            let on_card = order.total.minor * gift / 100;
            order.payments[0].amount = eur(order.total.minor - on_card);
            order.payments.push(Payment {
                method_id: None,
                id: "g".into(),
                method: PaymentMethod::GiftCard { id: "g".into() },
                amount: eur(on_card),
                at_ms: 0,
            });
            order
        })
}

proptest! {
    /// Whatever comes back in whatever pieces: no refund is negative, all of them together never
    /// exceed what was paid, no payment gets back more than it gave, parts add up, and a line that
    /// has come back whole was refunded exactly.
    #[test]
    fn the_sums_hold(
        order in any_order(),
        steps in proptest::collection::vec((0_usize..5, 1_u32..4, any::<bool>(), any::<bool>()), 1..20),
    ) {
        let mut returns: Vec<Return> = Vec::new();
        let mut back = vec![0_i64; order.payments.len()];
        for (step, (line, quantity, faulty, cancelled)) in steps.into_iter().enumerate() {
            let number = order.lines[line % order.lines.len()].line;
            let reason = if faulty { BROKEN } else { SMALL };
            let now = at(date(2026, 6, 4), 0, 0) + i64::try_from(step).expect("few") * 80_000_000;
            let Ok(decision) = judged(&order, &returns, &[want(number, Some(quantity), reason)], now) else {
                continue;
            };
            let refund = &decision.refund;
            prop_assert!(refund.total.minor >= 0 && refund.items.minor >= 0 && refund.shipping.minor >= 0);
            prop_assert_eq!(refund.total.minor, refund.items.minor + refund.shipping.minor - refund.fee.minor);
            let parts = original(&order, before(&returns), refund.total);
            prop_assert_eq!(parts.iter().map(|share| share.amount.minor).sum::<i64>(), refund.total.minor);
            let mut registered = made(&order, decision, now);
            // A cancelled return is as if it had never been.
            if cancelled && step % 3 == 0 {
                registered.status = ReturnStatus::Cancelled;
            } else {
                for share in parts {
                    let at = order.payments.iter().position(|payment| payment.method.words() == share.method);
                    back[at.expect("a payment of the order")] += share.amount.minor;
                }
            }
            returns.push(registered);
        }
        let counted: Vec<&Return> = returns.iter().filter(|one| one.status != ReturnStatus::Cancelled).collect();
        let paid_back: i64 = counted.iter().map(|one| one.refund.total.minor).sum();
        prop_assert!(paid_back <= order.total.minor, "{} of {}", paid_back, order.total.minor);
        for (payment, back) in order.payments.iter().zip(&back) {
            prop_assert!(*back <= payment.amount.minor);
        }
        for line in &order.lines {
            let of_line = || counted.iter().flat_map(|one| &one.lines).filter(|back| back.line == line.line);
            let pieces: u32 = of_line().map(|back| back.quantity).sum();
            let paid: i64 = of_line().map(|back| back.paid.minor).sum();
            prop_assert!(pieces <= line.quantity);
            prop_assert!(paid <= line.paid().minor);
            prop_assert!(pieces < line.quantity || paid == line.paid().minor);
        }
    }

    /// What stands open is what is granted, and one piece more is not.
    #[test]
    fn what_can_be_done_is_what_is_granted(order in any_order(), days in 0_i64..60, first in 1_u32..4) {
        let zone = dublin();
        let (rules, policy) = rules(date(2026, 6, 1));
        let terms = Terms { rules: &rules, policy: &policy, zone: &zone, currency: EUR };
        let now = at(date(2026, 6, 3), 12, 0) + days * 86_400_000;
        let returns: Vec<Return> = judged(&order, &[], &[want(1, Some(first), SMALL)], now)
            .map(|decision| made(&order, decision, now))
            .into_iter()
            .collect();
        for standing in standing(&order, before(&returns), &terms, now) {
            let ask = |quantity| decide(&order, before(&returns), &terms, &Request::new(&[want(standing.line, quantity, SMALL)]), now);
            prop_assert_eq!(standing.open > 0, ask(None).is_ok());
            prop_assert_eq!(standing.open == 0, standing.why_not.is_some());
            if standing.open > 0 {
                prop_assert!(ask(Some(standing.open)).is_ok());
                prop_assert!(ask(Some(standing.open + 1)).is_err());
                prop_assert_eq!(ask(None).expect("open").until, standing.until);
            }
        }
    }
}
