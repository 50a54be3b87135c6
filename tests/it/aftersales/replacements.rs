//! `replace_item`: wrong, damaged, missing; a picture, a remedy, and the money.

use attendant::domain::aftersale::Aftersale;
use attendant::domain::effect::MoveKind;
use attendant::domain::ids::{AttachmentId, OrderNumber, Sku};
use attendant::domain::order::MoneyWhy;
use serde_json::json;

use super::desk::{Desk, Fate, Who, delivered, eur, json_of, line, order, parcel};

const TOOL: &str = "replace_item";
const ME: Who = Who::Customer;

/// No words stand for a picture; with one, the choice is the shopper's.
#[tokio::test]
async fn a_picture_and_a_choice_are_asked_for() {
    let mut desk = Desk::of(vec![delivered()]).await;
    desk.wrote = "i have sent you a photo".to_owned();
    let asked = json!({"items": [{"line": 1, "problem": "damaged"}], "remedy": "replacement"});
    let words = desk.refused(ME, TOOL, asked.clone()).await;
    assert!(
        words.contains("send me a photo that shows it for Sleet Rain Jacket"),
        "{words}"
    );
    desk.pictures = vec![AttachmentId::new("a_1")];
    let open = json!({"items": [{"line": 1, "problem": "damaged"}]});
    let words = desk.refused(ME, TOOL, open).await;
    assert_eq!(
        words,
        "Would you like it sent again at no cost, or a refund of €100.00?"
    );
    let (content, output) = desk.done(ME, TOOL, asked, "e_1").await;
    assert_eq!(content["back"], json!(null));
    assert_eq!(
        content["summary"],
        "Order 10482, Sleet Rain Jacket (damaged): We send the same again at no cost, once the old \
         one is with the carrier. Hand the parcel with the old one over by Saturday 5 December \
         2026; the label is free."
    );
    assert_eq!(desk.stock("j-nm").await, 2);
    let receipts = desk.receipts().await;
    let moved = &receipts[0].moves[0];
    assert_eq!(
        (moved.what, moved.why),
        (MoveKind::Replacement, MoneyWhy::Damaged)
    );
    assert_eq!(moved.amount, eur(10_000));
    assert_eq!(desk.order().await, delivered(), "no money moves");
    let number = OrderNumber::new("10482");
    let done = desk.shop.store.aftersales_of(&number).await.unwrap();
    let [Aftersale::Replacement(replacement)] = done.as_slice() else {
        panic!("a replacement")
    };
    assert_eq!(replacement.photos, desk.pictures);
    let slip = &replacement.send_back.as_ref().unwrap().slip_token;
    assert!(
        json_of(&output)["slip_a4"]
            .as_str()
            .unwrap()
            .contains(slip.as_str())
    );
    for (tool, asked) in [
        (TOOL, json!({"items": [{"line": 1, "problem": "damaged"}]})),
        (
            "start_return",
            json!({"items": [{"line": 1, "reason": "defective"}]}),
        ),
        (
            "exchange_items",
            json!({"items": [{"line": 1, "size": "L"}]}),
        ),
    ] {
        let words = desk.refused(ME, tool, asked).await;
        assert!(
            words.contains("has already been settled"),
            "{tool}: {words}"
        );
    }
}

/// What is missing is refunded at once, where it was paid with a gift card into it; what is damaged
/// once it is back.
#[tokio::test]
async fn money_goes_now_for_what_is_missing_and_later_for_what_comes_back() {
    let mut desk = Desk::of(vec![delivered()]).await;
    desk.pictures = vec![AttachmentId::new("a_1")];
    let asked = json!({
        "items": [{"line": 1, "problem": "damaged"}, {"line": 2, "quantity": 1, "problem": "missing"}],
        "remedy": "refund", "refund_to": "gift_card",
    });
    let (content, _) = desk.done(ME, TOOL, asked, "e_1").await;
    assert_eq!(
        (&content["back"], &content["method"]),
        (&json!("€133.33"), &json!("gift card"))
    );
    let receipts = desk.receipts().await;
    let moves: Vec<_> = receipts[0]
        .moves
        .iter()
        .map(|one| (one.what, one.why, one.amount))
        .collect();
    assert_eq!(
        moves,
        [
            (MoveKind::Promise, MoneyWhy::Damaged, eur(10_000)),
            (MoveKind::Refund, MoneyWhy::Missing, eur(3_333)),
        ]
    );
    assert_eq!(desk.balance("gc_20").await, 2_000 + 3_333);
    let order = desk.order().await;
    assert_eq!(order.history.refunds.len(), 1);
    assert_eq!(
        order.paid_minor() - order.refunded_minor(),
        order.due_minor()
    );
}

/// Sold out: a refund is offered, and without a choice it is what is proposed.
#[tokio::test]
async fn what_is_sold_out_is_refunded() {
    let desk = Desk::of(vec![delivered()]).await;
    desk.shop
        .store
        .set_stock(&Sku::new("f-m"), 0)
        .await
        .unwrap();
    let item = json!({"line": 2, "quantity": 2, "problem": "missing"});
    let again = json!({"items": [item], "remedy": "replacement"});
    let words = desk.refused(ME, TOOL, again).await;
    assert!(words.contains("I can refund €66.66 instead"), "{words}");
    let proposal = desk
        .propose(ME, TOOL, json!({"items": [item]}))
        .await
        .unwrap();
    assert_eq!(proposal.amount, Some(eur(6_666)));
    let words = desk
        .refused(
            ME,
            TOOL,
            json!({"items": [{"line": 2, "problem": "missing"}]}),
        )
        .await;
    assert_eq!(words, "How many of the 3 Moss Fleece does it concern?");
}

/// Everything was faulty: its shipping comes back with it, once.
#[tokio::test]
async fn shipping_comes_back_when_all_of_it_was_our_fault() {
    let parcels = vec![parcel("SWL1", &[(1, 1)], Fate::Delivered(7))];
    let mut desk = Desk::of(vec![order(vec![line(1, "j-nm", 1)], parcels)]).await;
    desk.pictures = vec![AttachmentId::new("a_1")];
    let asked = json!({"items": [{"line": 1, "problem": "wrong"}], "remedy": "refund"});
    let proposal = desk.propose(ME, TOOL, asked).await.unwrap();
    assert_eq!(proposal.amount, Some(eur(10_500)));
}

/// The last day counts, the one after does not; what is on its way is not missing.
#[tokio::test]
async fn it_is_reported_in_time_and_once_it_came() {
    let asked = || json!({"items": [{"line": 1, "problem": "missing"}], "remedy": "replacement"});
    let mut desk = Desk::of(vec![delivered()]).await;
    desk.days_later(23);
    desk.propose(ME, TOOL, asked()).await.unwrap();
    desk.days_later(1);
    let words = desk.refused(ME, TOOL, asked()).await;
    assert!(words.contains("until Monday 14 December 2026"), "{words}");
    assert!(
        words.contains("damaged-items 2024-01") && words.contains("guarantee"),
        "{words}"
    );
    let parcels = vec![
        parcel("SWL1", &[(1, 1)], Fate::Sent(2)),
        parcel("SWL2", &[(2, 1)], Fate::Delivered(1)),
    ];
    let lines = vec![line(1, "j-nm", 1), line(2, "f-m", 1)];
    let desk = Desk::of(vec![order(lines, parcels)]).await;
    let words = desk.refused(ME, TOOL, asked()).await;
    assert!(
        words.contains("is not in a parcel that has arrived yet"),
        "{words}"
    );
    let words = desk.refused(Who::Holder, TOOL, asked()).await;
    assert!(words.contains("I cannot find an order"), "{words}");
}

/// Above a cap an agent decides, and with their yes it is done.
#[tokio::test]
async fn above_the_caps_an_agent_decides() {
    let parcels = vec![parcel("SWL1", &[(1, 3)], Fate::Delivered(7))];
    let mut desk = Desk::of(vec![order(vec![line(1, "j-nm", 3)], parcels)]).await;
    let asked = |quantity: u32| json!({"items": [{"line": 1, "quantity": quantity, "problem": "missing"}], "remedy": "refund"});
    assert_eq!(
        desk.propose(ME, TOOL, asked(2)).await.unwrap().needs_agent,
        None
    );
    let proposal = desk.propose(ME, TOOL, asked(3)).await.unwrap();
    assert!(
        proposal
            .needs_agent
            .unwrap()
            .contains("for this order together")
    );
    let resolved = proposal.resolved;
    let words = desk.execute(ME, TOOL, resolved.clone(), "e_1").await;
    assert!(super::desk::refused(words).contains("more than I may settle alone"));
    desk.agent = Some("Ines");
    desk.execute(ME, TOOL, resolved, "e_1").await.unwrap();
    assert_eq!(
        desk.receipts().await[0].approved_by.as_deref(),
        Some("Ines")
    );
}
