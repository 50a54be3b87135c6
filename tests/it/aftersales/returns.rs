//! Where the refund of a return goes, and the return of a present.

use attendant::domain::effect::MoveKind;
use attendant::domain::ids::OrderNumber;
use attendant::domain::order::PaymentMethod;
use attendant::tools::ToolError;
use serde_json::{Value, json};

use super::desk::{Desk, Who, card, delivered, eur, refused};

const TOOL: &str = "start_return";

fn jacket(more: Value) -> Value {
    let mut asked = json!({"items": [{"line": 1, "reason": "unwanted"}]});
    let more = more.as_object().unwrap().clone();
    asked.as_object_mut().unwrap().extend(more);
    asked
}

/// By default to the Visa; to a gift card where that is asked for, by kind, name or id.
#[tokio::test]
async fn a_refund_goes_where_the_policy_lets_it_go() {
    for (more, method) in [
        (json!({}), "Visa"),
        (json!({"refund_to": "original"}), "Visa"),
        (json!({"payment_method": "visa"}), "Visa"),
        (
            json!({"payment_method": "VISA-4242", "refund_to": "original"}),
            "Visa",
        ),
        (json!({"refund_to": "gift_card"}), "gift card"),
        (json!({"payment_method": "gc_20"}), "gift card"),
        (
            json!({"payment_method": "gift card", "refund_to": "gift_card"}),
            "gift card",
        ),
        (
            json!({"payment_method": "", "gift_email": "", "gift": false}),
            "Visa",
        ),
    ] {
        let desk = Desk::of(vec![delivered()]).await;
        let (content, _) = desk
            .done(Who::Customer, TOOL, jacket(more.clone()), "e_1")
            .await;
        assert_eq!(content["refund_to"], method, "{more}");
        let receipts = desk.receipts().await;
        let moved = &receipts[0].moves[0];
        assert_eq!((moved.what, moved.amount), (MoveKind::Promise, eur(9_510)));
        let id = if method == "Visa" {
            "visa-4242"
        } else {
            "gc_20"
        };
        assert_eq!(moved.method_id.as_ref().unwrap().as_str(), id, "{more}");
        assert_eq!(
            desk.balance("gc_20").await,
            2_000,
            "once the parcel is back"
        );
    }
}

#[tokio::test]
async fn and_nowhere_else() {
    let desk = Desk::of(vec![delivered()]).await;
    let me = Who::Customer;
    let words = desk
        .refused(me, TOOL, jacket(json!({"refund_to": "store_credit"})))
        .await;
    assert!(
        words.contains("returns 2026-03") && words.contains("store credit"),
        "{words}"
    );
    let words = desk
        .refused(me, TOOL, jacket(json!({"payment_method": "paypal"})))
        .await;
    assert!(words.contains("Visa") && words.contains("gc_20"), "{words}");
    let differ = jacket(json!({"payment_method": "visa", "refund_to": "gift_card"}));
    assert!(matches!(
        desk.propose(me, TOOL, differ).await,
        Err(ToolError::Retry(_))
    ));
    for more in [
        json!({"refund_to": "gift_card"}),
        json!({"payment_method": "gc_20"}),
    ] {
        let words = desk.refused(Who::Holder, TOOL, jacket(more)).await;
        assert!(words.contains("please sign in"), "{words}");
    }
    let holder = jacket(json!({"payment_method": "Visa"}));
    desk.propose(Who::Holder, TOOL, holder).await.unwrap();
    desk.shop
        .store
        .put_gift_cards(vec![card("gc_90", 1)])
        .await
        .unwrap();
    let words = desk
        .refused(me, TOOL, jacket(json!({"refund_to": "gift_card"})))
        .await;
    assert!(
        words.contains("gc_20") && words.contains("gc_90"),
        "{words}"
    );
}

/// What was paid with a gift card goes back to it, whatever is named beside it.
#[tokio::test]
async fn what_a_gift_card_paid_goes_back_to_it() {
    let mut bought = delivered();
    let on_card = eur(4_000);
    bought.payments[0].amount.minor -= on_card.minor;
    let mut gift = bought.payments[0].clone();
    gift.amount = on_card;
    gift.method = PaymentMethod::GiftCard {
        id: "gc_old".into(),
    };
    gift.method_id = None;
    bought.payments.push(gift);
    let desk = Desk::of(vec![bought]).await;
    let asked = jacket(json!({"payment_method": "visa"}));
    let (content, _) = desk.done(Who::Customer, TOOL, asked, "e_1").await;
    let to = content["refund_to"].as_str().unwrap();
    assert!(
        to.contains("Visa €") && to.contains(" + gift card €"),
        "{to}"
    );
    let receipts = desk.receipts().await;
    let sum: i64 = receipts[0].moves.iter().map(|one| one.amount.minor).sum();
    assert_eq!((receipts[0].moves.len(), sum), (2, 9_510));
}

/// A present: a gift card to an address that the shopper wrote, no word to the buyer.
#[tokio::test]
async fn a_present_comes_back_as_a_gift_card() {
    let mut desk = Desk::of(vec![delivered()]).await;
    let gift = |email: &str| jacket(json!({"gift": true, "gift_email": email}));
    let holder = Who::Holder;
    let words = desk.refused(holder, TOOL, gift("")).await;
    assert!(words.contains("To which e-mail address"), "{words}");
    desk.wrote = "it was a present from my aunt. kim@example.org please".to_owned();
    let words = desk.refused(holder, TOOL, gift("thief@evil.example")).await;
    assert!(
        words.contains("To which e-mail address"),
        "never one they did not write: {words}"
    );
    let own = desk
        .propose(Who::Customer, TOOL, gift("kim@example.org"))
        .await;
    assert!(
        matches!(own, Err(ToolError::Retry(_))),
        "the buyer got no present"
    );
    let (content, output) = desk
        .done(holder, TOOL, gift("Kim@example.org"), "e_1")
        .await;
    assert_eq!(content["gift_email"], "kim@example.org");
    assert_eq!(content["refund"]["total"], "€95.10");
    let letter = output.letter.unwrap();
    assert_eq!(
        (letter.to.name.as_str(), letter.to.email.as_str()),
        ("", "kim@example.org")
    );
    let told = serde_json::to_string(&letter.data).unwrap();
    assert!(
        told.contains("€95.10") && !told.contains("100.00"),
        "{told}"
    );
    assert!(!told.contains("Zoe") && !told.contains("Visa"), "{told}");
    let number = OrderNumber::new("10482");
    let returns = desk.shop.store.returns_of(&number).await.unwrap();
    assert_eq!(returns[0].gift_email.as_deref(), Some("kim@example.org"));
    let receipts = desk.receipts().await;
    assert_eq!(receipts[0].moves[0].method, "gift card");
    assert_eq!(receipts[0].moves[0].method_id, None);
}

/// The same yes again is the same return; a second one of the same piece is none.
#[tokio::test]
async fn a_piece_comes_back_once() {
    let desk = Desk::of(vec![delivered()]).await;
    let proposal = desk
        .propose(Who::Customer, TOOL, jacket(json!({})))
        .await
        .unwrap();
    let (one, two) = tokio::join!(
        desk.execute(Who::Customer, TOOL, proposal.resolved.clone(), "e_1"),
        desk.execute(Who::Customer, TOOL, proposal.resolved.clone(), "e_1"),
    );
    assert_eq!(one.unwrap().content, two.unwrap().content);
    let other = desk
        .execute(Who::Customer, TOOL, proposal.resolved, "e_2")
        .await;
    assert!(refused(other).contains("already been returned"));
    assert_eq!(desk.receipts().await.len(), 1);
}
