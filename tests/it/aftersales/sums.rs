//! Whatever is asked for, in whatever order: no piece and no cent is given twice.

use std::collections::BTreeMap;

use attendant::domain::aftersale::{Aftersale, ClaimKind, ClaimStatus};
use attendant::domain::effect::MoveKind;
use attendant::domain::ids::{AttachmentId, OrderNumber, PaymentMethodId};
use attendant::domain::order::{Order, Payment, PaymentMethod};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::desk::{Desk, Fate, Who, eur, line, order, parcel};

/// One wish: which tool, and numbers that choose its arguments.
type Step = (u8, u32, u32, u8, bool);

fn any_order() -> impl Strategy<Value = Order> {
    let line_parts = (any::<bool>(), 1_u32..4, 0_i64..90, 0_u32..4);
    let fates = prop_oneof![
        Just(Fate::Delivered(4)),
        Just(Fate::Sent(9)),
        Just(Fate::Sent(20))
    ];
    (
        proptest::collection::vec(line_parts, 1..4),
        fates,
        0_i64..1_900,
        0_i64..3_000,
    )
        .prop_map(|(parts, second, on_card, missing)| {
            let mut here = Vec::new();
            let mut there = Vec::new();
            let mut lines = Vec::new();
            for (number, (is_jacket, quantity, percent, first)) in (1..).zip(parts) {
                let mut one = line(number, if is_jacket { "j-nm" } else { "f-m" }, quantity);
                one.discount.minor = one.unit_price.minor * i64::from(quantity) * percent / 100;
                lines.push(one);
                let first = first.min(quantity);
                here.push((number, first));
                there.push((number, quantity - first));
            }
            let parcels = vec![
                parcel("SWL1", &here, Fate::Delivered(5)),
                parcel("SWL2", &there, second),
            ];
            let mut order = order(lines, parcels);
            // Sometimes less was paid than the lines add up to.
            order.total.minor -= (missing - 2_000).max(0).min(order.total.minor);
            let on_card = on_card.min(order.total.minor);
            order.payments[0].amount = eur(order.total.minor - on_card);
            order.payments.push(Payment {
                id: "p2".into(),
                method: PaymentMethod::GiftCard { id: "gc_20".into() },
                method_id: Some(PaymentMethodId::new("gc_20")),
                amount: eur(on_card),
                at_ms: order.placed_ms,
            });
            order
        })
}

fn wish(order: &Order, (tool, line, quantity, choice, yes): Step) -> (&'static str, Value) {
    let line = 1 + line % u32::try_from(order.lines.len()).unwrap();
    let to = if yes { "gift_card" } else { "original" };
    let remedy = if yes { "replacement" } else { "refund" };
    match tool % 4 {
        0 => {
            let reason = if choice % 2 == 0 {
                "defective"
            } else {
                "unwanted"
            };
            let item = json!({"line": line, "quantity": quantity, "reason": reason});
            ("start_return", json!({"items": [item], "refund_to": to}))
        }
        1 => {
            let sku = ["j-nl", "j-gm", "j-rs"][usize::from(choice) % 3];
            let item = json!({"line": line, "quantity": quantity, "sku": sku});
            let with = if yes { "visa" } else { "gc_20" };
            (
                "exchange_items",
                json!({"items": [item], "payment_method": with}),
            )
        }
        2 => {
            let problem = ["missing", "damaged", "wrong"][usize::from(choice) % 3];
            let item = json!({"line": line, "quantity": quantity, "problem": problem});
            let to = if choice > 3 { "gift_card" } else { "original" };
            (
                "replace_item",
                json!({"items": [item], "remedy": remedy, "refund_to": to}),
            )
        }
        _ => (
            "open_delivery_claim",
            json!({"parcel": 1 + choice % 2, "remedy": remedy}),
        ),
    }
}

/// Pieces of each line that are spoken for.
async fn spoken(desk: &Desk) -> BTreeMap<u32, u32> {
    let number = OrderNumber::new("10482");
    let mut spoken: BTreeMap<u32, u32> = BTreeMap::new();
    let mut add = |line: u32, quantity: u32| *spoken.entry(line).or_default() += quantity;
    for one in desk.shop.store.returns_of(&number).await.unwrap() {
        one.lines
            .iter()
            .for_each(|line| add(line.line, line.quantity));
    }
    for one in desk.shop.store.aftersales_of(&number).await.unwrap() {
        match one {
            Aftersale::Exchange(one) => one
                .pairs
                .iter()
                .for_each(|pair| add(pair.line, pair.quantity)),
            Aftersale::Replacement(one) => one
                .lines
                .iter()
                .for_each(|line| add(line.line, line.quantity)),
            // A late parcel is only looked for.
            Aftersale::Claim(one)
                if one.about == ClaimKind::Late
                    && matches!(one.status, ClaimStatus::Tracing { .. }) => {}
            Aftersale::Claim(one) => one
                .lines
                .iter()
                .for_each(|line| add(line.line, line.quantity)),
        }
    }
    spoken
}

const SKUS: [&str; 6] = ["j-nm", "j-nl", "j-gm", "j-nx", "j-rs", "f-m"];

/// Everything that an effect may change.
async fn state(desk: &Desk) -> String {
    let number = OrderNumber::new("10482");
    let mut stock = Vec::new();
    for sku in SKUS {
        stock.push(desk.stock(sku).await);
    }
    format!(
        "{:?} {:?} {:?} {:?} {stock:?} {}",
        desk.order().await,
        desk.shop.store.returns_of(&number).await.unwrap(),
        desk.shop.store.aftersales_of(&number).await.unwrap(),
        desk.receipts().await,
        desk.balance("gc_20").await,
    )
}

async fn holds(desk: &Desk, bought: &Order) {
    let order = desk.order().await;
    assert_eq!(
        order.paid_minor() - order.refunded_minor(),
        order.due_minor()
    );
    let spoken = spoken(desk).await;
    for line in &order.lines {
        let pieces = spoken.get(&line.line).copied().unwrap_or(0);
        assert!(pieces <= line.quantity, "line {}: {pieces}", line.line);
    }
    let receipts = desk.receipts().await;
    let moves = receipts.iter().flat_map(|receipt| &receipt.moves);
    let back: Vec<_> = moves
        .filter(|one| matches!(one.what, MoveKind::Refund | MoveKind::Promise))
        .collect();
    let sum: i64 = back.iter().map(|one| one.amount.minor).sum();
    assert!(back.iter().all(|one| one.amount.minor > 0));
    assert!(
        sum <= bought.paid_minor(),
        "{sum} of {}",
        bought.paid_minor()
    );
    let visa = |one: &&&attendant::domain::effect::MoneyMove| {
        one.method_id
            .as_ref()
            .is_some_and(|id| id.as_str() == "visa-4242")
            && one.why != attendant::domain::order::MoneyWhy::Exchanged
    };
    let to_visa: i64 = back.iter().filter(visa).map(|one| one.amount.minor).sum();
    assert!(to_visa <= bought.payments[0].amount.minor);
    for sku in SKUS {
        assert!(desk.stock(sku).await >= 0);
    }
    let paid_in: i64 = order
        .history
        .refunds
        .iter()
        .filter(|paid| {
            paid.method_id
                .as_ref()
                .is_some_and(|id| id.as_str() == "gc_20")
        })
        .map(|paid| paid.amount.minor)
        .sum();
    assert_eq!(desk.balance("gc_20").await, 2_000 + paid_in);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// What is done keeps the books, and the same key again changes nothing and says the same.
    #[test]
    fn no_piece_and_no_cent_is_given_twice(
        bought in any_order(),
        steps in proptest::collection::vec((any::<u8>(), 0_u32..3, 1_u32..4, 0_u8..8, any::<bool>()), 1..14),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut desk = Desk::of(vec![bought.clone()]).await;
            desk.agent = Some("Ines");
            desk.pictures = vec![AttachmentId::new("a_1")];
            for (at, step) in steps.into_iter().enumerate() {
                let (tool, asked) = wish(&bought, step);
                let Ok(proposal) = desk.propose(Who::Customer, tool, asked).await else {
                    continue;
                };
                let before = state(&desk).await;
                let key = format!("e_{at:08}");
                let done = desk.execute(Who::Customer, tool, proposal.resolved.clone(), &key).await.unwrap();
                let after = state(&desk).await;
                prop_assert_ne!(before, after.clone());
                let again = desk.execute(Who::Customer, tool, proposal.resolved, &key).await.unwrap();
                prop_assert_eq!(done.content, again.content);
                prop_assert_eq!(after, state(&desk).await);
                holds(&desk, &bought).await;
            }
            Ok(())
        })?;
    }
}
