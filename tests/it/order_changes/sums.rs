//! Whatever is asked in whatever order: the books add up, nothing is lost and nothing is made.

use std::collections::BTreeMap;

use attendant::domain::order::{Order, PaymentMethod};
use attendant::shop::methods::id_of;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use super::bench::*;

const SKUS: [&str; 5] = [
    "coat-navy-s",
    "coat-navy-m",
    "coat-navy-l",
    "coat-green-m",
    "hat",
];
const GIFT: &str = "G7";

#[derive(Clone, Debug)]
struct Case {
    /// Variant, pieces, discount in per mille.
    lines: Vec<(usize, u32, i64)>,
    shipping: i64,
    /// Shares of the total that PayPal and the gift card paid, in per cent.
    paypal: i64,
    gift: i64,
    balance: i64,
    steps: Vec<(u8, u8, u8, u32)>,
}

fn any_case() -> impl Strategy<Value = Case> {
    (
        proptest::collection::vec((0_usize..5, 1_u32..5, 0_i64..1_000), 1..4),
        0_i64..900,
        0_i64..60,
        0_i64..40,
        0_i64..20_000,
        proptest::collection::vec((0_u8..10, 0_u8..6, 0_u8..5, 1_u32..4), 1..7),
    )
        .prop_map(|(lines, shipping, paypal, gift, balance, steps)| Case {
            lines,
            shipping,
            paypal,
            gift,
            balance,
            steps,
        })
}

fn order_of(case: &Case, number: &str) -> Order {
    let lines = (1..).zip(&case.lines);
    let lines = lines.map(|(at, (sku, pieces, off))| {
        let unit = [4_999, 5_001, 6_000, 4_750, 1_999][*sku];
        let discount = unit * i64::from(*pieces) * off / 1_000;
        line(at, SKUS[*sku], *pieces, unit, discount)
    });
    let mut order = order(number, lines.collect());
    order.shipping = eur(case.shipping);
    order.total.minor += case.shipping;
    let paypal = order.total.minor * case.paypal / 100;
    let on_gift = order.total.minor * case.gift / 100;
    let card = order.total.minor - paypal - on_gift;
    let parts = [
        (visa(), "visa-4242", card),
        (PaymentMethod::Paypal, "paypal", paypal),
        (gift(GIFT), GIFT, on_gift),
    ];
    let paid: Vec<_> = parts.into_iter().filter(|part| part.2 > 0).collect();
    pay(&mut order, &paid);
    order
}

fn asked(number: &str, step: (u8, u8, u8, u32)) -> (&'static str, Value) {
    let (kind, line, which, pieces) = step;
    let method = ["visa-4242", "paypal", GIFT, "", "gift card"][usize::from(which)];
    match kind {
        0 => (
            "cancel_order",
            json!({"order_number": number, "reason": "other"}),
        ),
        1 | 2 => (
            "change_payment",
            json!({"order_number": number, "payment_method": method}),
        ),
        3 => {
            let street = format!("{pieces} Shop Street");
            let address = json!({"street": street, "postcode": "H91", "city": "Galway"});
            (
                "change_address",
                json!({"order_number": number, "address": address}),
            )
        }
        4 | 5 => (
            "change_items",
            json!({"order_number": number, "payment_method": method,
                "items": [{"line": line + 1, "quantity": pieces, "remove": true}]}),
        ),
        _ => {
            let sku = SKUS[usize::from(which)];
            let item = json!({"line": line + 1, "quantity": pieces, "sku": sku});
            (
                "change_items",
                json!({"order_number": number, "payment_method": method, "items": [item]}),
            )
        }
    }
}

/// Pieces of each variant on the shelf and in the order, together.
async fn pieces(bench: &Bench, order: &Order) -> Vec<i64> {
    let mut all = Vec::new();
    for sku in SKUS {
        let shelf = bench.stock(sku).await;
        assert!(shelf >= 0, "{sku}");
        let lines = order.lines.iter().filter(|line| line.sku.as_str() == sku);
        let held: i64 = lines.map(|line| i64::from(line.quantity)).sum();
        let cancelled = order.history.cancelled.is_some();
        all.push(shelf + if cancelled { 0 } else { held });
    }
    all
}

fn books_hold(order: &Order) {
    let kept = order.paid_minor() - order.refunded_minor();
    assert_eq!(kept, order.due_minor(), "the books add up");
    let mut left: BTreeMap<String, i64> = BTreeMap::new();
    for payment in &order.payments {
        assert!(payment.amount.minor > 0);
        *left.entry(id_of(payment).to_string()).or_default() += payment.amount.minor;
    }
    for refund in &order.history.refunds {
        assert!(refund.amount.minor > 0);
        let id = refund.method_id.as_ref().expect("named").to_string();
        *left.entry(id).or_default() -= refund.amount.minor;
    }
    assert!(left.values().all(|left| *left >= 0), "{left:?}");
    let lines = order.lines.iter().map(|line| line.paid().minor);
    let lines: i64 = lines.inspect(|paid| assert!(*paid >= 0)).sum();
    assert_eq!(order.total.minor, lines + order.shipping.minor);
    let mut numbers: Vec<u32> = order.lines.iter().map(|line| line.line).collect();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(
        numbers.len(),
        order.lines.len(),
        "every line has its number"
    );
}

/// What the gift card holds and has in the order, together.
async fn on_gift(bench: &Bench, order: &Order) -> i64 {
    let paid = order
        .payments
        .iter()
        .filter(|one| id_of(one).as_str() == GIFT);
    let paid: i64 = paid.map(|one| one.amount.minor).sum();
    let back = order.history.refunds.iter();
    let back = back.filter(|one| one.method_id.as_ref().is_some_and(|id| id.as_str() == GIFT));
    let back: i64 = back.map(|one| one.amount.minor).sum();
    let holds = bench.balance(GIFT).await.unwrap_or(0);
    assert!(holds >= 0);
    holds + paid - back
}

async fn plays(bench: &Bench, case: &Case, number: &str) -> usize {
    bench.give(GIFT, case.balance).await;
    for sku in SKUS {
        let sku = attendant::domain::ids::Sku::new(sku);
        let put = bench.shop.store.set_stock(&sku, 3).await;
        assert!(put.expect("written"));
    }
    let order = order_of(case, number);
    books_hold(&order);
    bench.put(&order).await;
    let (goods, gift) = (pieces(bench, &order).await, on_gift(bench, &order).await);
    let mut done = 0;
    for (at, step) in case.steps.iter().enumerate() {
        let (tool, arguments) = asked(number, *step);
        let before = bench.order(number).await;
        let Ok(proposal) = bench.propose(tool, arguments).await else {
            continue;
        };
        assert_eq!(
            bench.order(number).await,
            before,
            "a proposal changes nothing"
        );
        let key = format!("e_{number}_{at}");
        let first = bench.execute(tool, &proposal, &key).await;
        let first = first.expect("what was proposed is done");
        let after = bench.order(number).await;
        books_hold(&after);
        assert_eq!(
            pieces(bench, &after).await,
            goods,
            "no piece is lost or made"
        );
        assert_eq!(
            on_gift(bench, &after).await,
            gift,
            "no cent is lost or made"
        );
        let again = bench
            .execute(tool, &proposal, &key)
            .await
            .expect("the same");
        assert_eq!(
            (&again.content, &again.letter),
            (&first.content, &first.letter)
        );
        assert_eq!(
            bench.order(number).await,
            after,
            "the same key changes nothing"
        );
        let balance = bench.balance(GIFT).await;
        assert_eq!(on_gift(bench, &after).await, gift, "{balance:?}");
        done += 1;
    }
    done
}

#[test]
fn the_books_hold_through_any_sequence() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let bench = runtime.block_on(Bench::new());
    let (cases, done) = (std::cell::Cell::new(0_u32), std::cell::Cell::new(0_usize));
    let mut runner = TestRunner::new(Config {
        cases: 96,
        failure_persistence: None,
        ..Config::default()
    });
    runner
        .run(&any_case(), |case| {
            cases.set(cases.get() + 1);
            let number = format!("P{}", cases.get());
            done.set(done.get() + runtime.block_on(plays(&bench, &case, &number)));
            Ok(())
        })
        .expect("it holds");
    assert!(done.get() > 50, "{} steps were carried out", done.get());
}
