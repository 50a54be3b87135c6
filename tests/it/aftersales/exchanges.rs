//! `exchange_items`: another variant of the same product, the difference, and when not.

use attendant::domain::aftersale::Aftersale;
use attendant::domain::card::Card;
use attendant::domain::effect::MoveKind;
use attendant::domain::ids::OrderNumber;
use attendant::tools::ToolError;
use serde_json::json;

use super::desk::{Desk, Who, delivered, eur, json_of, line, order, parcel, refused};
use super::desk::{Fate, card};

const TOOL: &str = "exchange_items";
const ME: Who = Who::Customer;

async fn first(desk: &Desk) -> Aftersale {
    let number = OrderNumber::new("10482");
    desk.shop.store.aftersales_of(&number).await.unwrap()[0].clone()
}

/// The pair is kept, the new piece is set aside, the dearer one is paid later; the same key again
/// is the same exchange.
#[tokio::test]
async fn another_colour_is_set_aside_and_paid_later() {
    let desk = Desk::of(vec![delivered()]).await;
    let asked = json!({"items": [{"line": 1, "color": "moss green"}]});
    let proposal = desk.propose(ME, TOOL, asked.clone()).await.unwrap();
    let content: serde_json::Value = serde_json::from_str(&proposal.content).unwrap();
    assert_eq!(content["proposal"], "open");
    assert_eq!(content["action"], TOOL);
    assert_eq!(
        (&content["pay"], &content["back"]),
        (&json!("€20.00"), &json!(null))
    );
    assert_eq!(content["method"], "Visa ending in 4242");
    let summary = content["summary"].as_str().unwrap();
    assert_eq!(
        summary,
        "Order 10482: I exchange Sleet Rain Jacket (navy, M) for moss green, M. You pay the \
         difference of €20.00 with Visa ending in 4242 once the old item has reached us. Hand the \
         old item over by Saturday 5 December 2026."
    );
    assert_eq!(content["lines"], json!(proposal.lines));
    assert_eq!(desk.stock("j-gm").await, 5, "a proposal takes nothing");

    let first_done = desk
        .execute(ME, TOOL, proposal.resolved.clone(), "e_1")
        .await
        .unwrap();
    assert_eq!(desk.stock("j-gm").await, 4);
    let again = desk
        .execute(ME, TOOL, proposal.resolved, "e_1")
        .await
        .unwrap();
    assert_eq!(
        first_done.content, again.content,
        "the same key, the same receipt"
    );
    assert_eq!(desk.stock("j-gm").await, 4);
    let Aftersale::Exchange(exchange) = first(&desk).await else {
        panic!("an exchange")
    };
    assert_eq!(exchange.pairs[0].from.as_str(), "j-nm");
    assert_eq!(exchange.pairs[0].to.as_str(), "j-gm");
    assert_eq!((exchange.difference, exchange.pairs.len()), (eur(2_000), 1));
    assert_eq!(exchange.method_id.unwrap().as_str(), "visa-4242");
    assert_eq!(desk.order().await, delivered(), "no payment changes now");
    assert!(desk.receipts().await[0].moves.is_empty());
    let result = json_of(&first_done);
    assert_eq!(result["receipt"], "1");
    assert_eq!(result["number"], exchange.number.as_str());
    assert!(matches!(first_done.cards.as_slice(), [Card::Label(_)]));
    assert_eq!(first_done.letter.unwrap().to.email, "zoe@example.com");
    assert!(refused(desk.propose(ME, TOOL, asked).await).contains("already been exchanged"));
    let back = desk.refused(
        ME,
        "start_return",
        json!({"items": [{"line": 1, "reason": "unwanted"}]}),
    );
    assert!(back.await.contains("already been exchanged"));
    let wrong = json!({"items": [{"line": 1, "problem": "missing"}], "remedy": "refund"});
    assert!(
        desk.refused(ME, "replace_item", wrong)
            .await
            .contains("already been exchanged")
    );
}

/// What is cheaper is promised back, to a way the shopper names.
#[tokio::test]
async fn a_cheaper_one_is_promised_back() {
    let desk = Desk::of(vec![delivered()]).await;
    let asked = json!({"items": [{"line": 1, "sku": "j-rs"}], "payment_method": "gift card"});
    let (content, _) = desk.done(ME, TOOL, asked, "e_1").await;
    assert_eq!(
        (&content["back"], &content["method"]),
        (&json!("€20.00"), &json!("gift card"))
    );
    assert_eq!(content["days"], 5);
    let receipts = desk.receipts().await;
    let moved = &receipts[0].moves[0];
    assert_eq!((moved.what, moved.amount), (MoveKind::Promise, eur(2_000)));
    assert_eq!(moved.method_id.as_ref().unwrap().as_str(), "gc_20");
    assert_eq!(desk.balance("gc_20").await, 2_000, "not yet");
}

/// A gift card must hold the difference; two that are called alike are asked for.
#[tokio::test]
async fn who_pays_is_never_guessed() {
    let mut bought = delivered();
    bought.lines[0].discount = eur(500);
    let desk = Desk::of(vec![bought]).await;
    let with = |method: &str| json!({"items": [{"line": 1, "color": "moss green"}], "payment_method": method});
    let words = desk.refused(ME, TOOL, with("gc_20")).await;
    assert!(words.contains("does not cover the €25.00"), "{words}");
    assert!(words.contains("Visa ending in 4242"), "{words}");
    assert!(
        desk.refused(ME, TOOL, with("amex"))
            .await
            .contains("I do not know that way to pay")
    );
    desk.shop
        .store
        .put_gift_cards(vec![card("gc_90", 9_000)])
        .await
        .unwrap();
    let words = desk.refused(ME, TOOL, with("gift card")).await;
    assert!(
        words.contains("gc_20") && words.contains("gc_90"),
        "{words}"
    );
    let mut two = delivered();
    two.payments[0].amount = eur(10_000);
    let mut other = two.payments[0].clone();
    other.method = attendant::domain::order::PaymentMethod::Paypal;
    other.method_id = None;
    two.payments.push(other);
    let desk = Desk::of(vec![two]).await;
    let words = desk.refused(ME, TOOL, with("")).await;
    assert!(
        words.contains("Pay the €20.00 with Visa ending in 4242, gift card (gc_20) or PayPal?"),
        "{words}"
    );
}

#[tokio::test]
async fn what_is_not_there_is_said_with_what_is() {
    let desk = Desk::of(vec![delivered()]).await;
    let ask = |item: serde_json::Value| desk.propose(ME, TOOL, json!({"items": [item]}));
    let words = refused(ask(json!({"line": 1, "size": "XL"})).await);
    assert!(
        words.contains("is sold out") && words.contains("navy, L"),
        "{words}"
    );
    assert!(!words.contains("navy, M"), "not what they have: {words}");
    let words = refused(ask(json!({"line": 1, "color": "pink"})).await);
    assert!(
        words.contains("It comes in navy, moss green or red"),
        "{words}"
    );
    let words = refused(ask(json!({"line": 1, "size": "M"})).await);
    assert!(words.contains("in that colour and size already"), "{words}");
    let words = refused(ask(json!({"line": 1})).await);
    assert!(words.contains("What would you like"), "{words}");
    let words = refused(ask(json!({"line": 1, "color": "red", "size": "L"})).await);
    assert!(
        words.contains("not come in that colour and size together"),
        "{words}"
    );
    let words = refused(ask(json!({"line": 1, "quantity": 2, "size": "L"})).await);
    assert!(words.contains("1 can still be exchanged, not 2"), "{words}");
    for hint in [
        json!({"line": 9, "size": "L"}),
        json!({"line": 1, "quantity": 0, "size": "L"}),
    ] {
        assert!(matches!(ask(hint).await, Err(ToolError::Retry(_))));
    }
    let none = desk.propose(ME, TOOL, json!({"items": []})).await;
    assert!(matches!(none, Err(ToolError::Retry(_))));
}

/// The pieces of a line may become different variants, and more of one than there are is refused.
#[tokio::test]
async fn pieces_of_a_line_go_different_ways() {
    let parcels = vec![parcel("SWL1", &[(1, 3)], Fate::Delivered(7))];
    let desk = Desk::of(vec![order(vec![line(1, "j-nm", 3)], parcels)]).await;
    let words = desk
        .refused(ME, TOOL, json!({"items": [{"line": 1, "size": "L"}]}))
        .await;
    assert!(words.contains("left 2 times only"), "{words}");
    let asked = json!({"items": [
        {"line": 1, "quantity": 1, "size": "L"}, {"line": 1, "quantity": 1, "color": "red", "size": "S"},
    ]});
    let (content, _) = desk.done(ME, TOOL, asked, "e_1").await;
    assert_eq!(content["back"], "€20.00");
    assert_eq!((desk.stock("j-nl").await, desk.stock("j-rs").await), (1, 3));
    let told = desk.told().await;
    assert_eq!(told["aftersales"][0]["kind"], "exchange");
    assert_eq!(told["items"][0]["can_return"], true, "the third piece");
    let asked = json!({"items": [{"line": 1, "reason": "unwanted"}]});
    let (content, _) = desk.done(ME, "start_return", asked, "e_2").await;
    assert_eq!(content["items"][0]["quantity"], 1);
    let told = desk.told().await;
    assert_eq!(told["items"][0]["can_return"], false);
    assert_eq!(told["can_do"], json!([]));
}

/// By country, by time, by whose order it is.
#[tokio::test]
async fn the_policy_of_the_orders_day_decides() {
    let asked = || json!({"items": [{"line": 1, "size": "L"}]});
    let mut abroad = delivered();
    abroad.address.as_mut().unwrap().country = "NO".into();
    let desk = Desk::of(vec![abroad]).await;
    let words = desk.refused(ME, TOOL, asked()).await;
    assert!(
        words.contains("For orders to Norway we do not exchange"),
        "{words}"
    );
    assert!(words.contains("exchanges 2026-03"), "{words}");
    let told = desk.told().await;
    let can_do = told["can_do"].as_array().unwrap();
    assert!(
        can_do.iter().all(|one| one["action"] != "exchange"),
        "{can_do:?}"
    );

    let mut desk = Desk::of(vec![delivered()]).await;
    let told = desk.told().await;
    let can_do = told["can_do"].as_array().unwrap();
    let exchange = can_do
        .iter()
        .find(|one| one["action"] == "exchange")
        .unwrap();
    assert_eq!(exchange["items"], json!([1, 2]));
    let proposal = desk.propose(ME, TOOL, asked()).await.unwrap();
    // The night between the two does not change what was confirmed.
    desk.days_later(1);
    desk.execute(ME, TOOL, proposal.resolved, "e_1")
        .await
        .unwrap();
    let mut desk = Desk::of(vec![delivered()]).await;
    let proposal = desk.propose(ME, TOOL, asked()).await.unwrap();
    desk.days_later(90);
    let words = refused(desk.execute(ME, TOOL, proposal.resolved, "e_1").await);
    assert!(words.contains("could be exchanged until"), "{words}");
    let words = desk.refused(Who::Holder, TOOL, asked()).await;
    assert!(
        words.contains("I cannot find an order"),
        "an order's number alone: {words}"
    );
}

/// The last one is taken while the proposal waits: nothing is done, and it is said.
#[tokio::test]
async fn somebody_else_takes_the_last_one() {
    let desk = Desk::of(vec![delivered()]).await;
    let asked = json!({"items": [{"line": 1, "size": "L"}]});
    let proposal = desk.propose(ME, TOOL, asked).await.unwrap();
    let sku = attendant::domain::ids::Sku::new("j-nl");
    desk.shop.store.set_stock(&sku, 0).await.unwrap();
    let words = refused(desk.execute(ME, TOOL, proposal.resolved, "e_1").await);
    assert!(words.contains("sold out"), "{words}");
    assert!(desk.receipts().await.is_empty());
}
