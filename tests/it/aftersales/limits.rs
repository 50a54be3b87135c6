//! What two at once, another word for the same, an import and a card of somebody else cannot get
//! around.

use attendant::domain::customer::GiftCard;
use attendant::domain::ids::{CustomerId, OrderNumber, PaymentMethodId};
use attendant::domain::order::{OrderStatus, PaymentMethod};
use attendant::store::orders::Buyer;
use attendant::tools::ToolError;
use serde_json::json;

use super::desk::{Desk, Fate, Who, card, delivered, eur, line, order, parcel};

const ME: Who = Who::Customer;

/// Each alone is within the limit; the second yes is weighed with the first.
#[tokio::test]
async fn two_that_were_asked_for_at_once_are_weighed_together() {
    // The third stays, so that shipping comes back with neither.
    let lines = vec![line(1, "j-nm", 1), line(2, "j-nm", 1), line(3, "f-m", 1)];
    let all = [(1, 1), (2, 1), (3, 1)];
    let parcels = vec![parcel("SWL1", &all, Fate::Delivered(5))];
    let mut desk = Desk::of(vec![order(lines, parcels)]).await;
    desk.limit = Some(eur(15_000));
    let asked = |line: u32| json!({"items": [{"line": line, "quantity": 1, "reason": "unwanted"}]});
    let one = desk.propose(ME, "start_return", asked(1)).await.unwrap();
    let two = desk.propose(ME, "start_return", asked(2)).await.unwrap();
    let first = desk.execute(ME, "start_return", one.resolved, "e_1").await;
    first.unwrap();
    let second = desk.execute(ME, "start_return", two.resolved.clone(), "e_2");
    let second = second.await;
    assert!(matches!(second, Err(ToolError::Person(_))), "{second:?}");
    assert_eq!(desk.receipts().await.len(), 1);
    desk.agent = Some("Mara");
    let approved = desk.execute(ME, "start_return", two.resolved, "e_3").await;
    approved.unwrap();
    assert_eq!(desk.receipts().await.len(), 2);
}

/// "Missing" needs no picture, so a whole parcel that is "missing" is a person's to decide.
#[tokio::test]
async fn a_delivered_parcel_of_which_all_is_missing_is_a_persons() {
    let desk = Desk::of(vec![delivered()]).await;
    let asked = json!({"remedy": "refund", "items": [{"line": 1, "problem": "missing"},
        {"line": 2, "quantity": 3, "problem": "missing"}]});
    let all = desk.propose(ME, "replace_item", asked).await.unwrap();
    let why = all.needs_agent.unwrap();
    assert!(why.contains("everything in a parcel"), "{why}");
    let asked = json!({"remedy": "refund", "items": [{"line": 1, "problem": "missing"}]});
    let one = desk.propose(ME, "replace_item", asked).await.unwrap();
    assert_eq!(one.needs_agent, None);
}

/// Money goes back to the card that it came from, and the card stays whose it is.
#[tokio::test]
async fn a_card_keeps_its_owner() {
    let mut bought = order(vec![line(1, "j-nm", 1)], Vec::new());
    bought.payments[0].method = PaymentMethod::GiftCard {
        id: "gc_aunt".into(),
    };
    bought.payments[0].method_id = Some(PaymentMethodId::new("gc_aunt"));
    let desk = Desk::of(vec![bought]).await;
    let aunt = CustomerId::new("c_aunt");
    let hers = GiftCard {
        customer: Some(aunt.clone()),
        ..card("gc_aunt", 700)
    };
    desk.shop.store.put_gift_cards(vec![hers]).await.unwrap();
    let asked = json!({"reason": "no_longer_needed"});
    desk.done(ME, "cancel_order", asked, "e_1").await;
    let cards = desk.shop.store.gift_cards_of(&aunt).await.unwrap();
    assert_eq!(cards.len(), 1);
    assert_eq!(cards[0].balance, eur(700 + 10_500));
    assert_eq!(desk.balance("gc_aunt").await, 0, "not Zoe's");
}

/// An import that knows nothing of what was done does not undo one half of it.
#[tokio::test]
async fn an_import_keeps_the_books() {
    let bought = order(vec![line(1, "j-nm", 1)], Vec::new());
    let desk = Desk::of(vec![bought.clone()]).await;
    let asked = json!({"reason": "no_longer_needed"});
    desk.done(ME, "cancel_order", asked, "e_1").await;
    let stock = desk.stock("j-nm").await;
    let again = vec![(Buyer::Id(bought.customer.clone()), bought)];
    desk.shop.store.put_orders(again).await.unwrap();
    let order = desk.order().await;
    assert_eq!(order.status, OrderStatus::Cancelled);
    assert_eq!(order.refunded_minor(), order.paid_minor());
    let asked = json!({"reason": "no_longer_needed"});
    let words = desk.refused(ME, "cancel_order", asked).await;
    assert!(words.contains("cancelled already"), "{words}");
    assert_eq!(desk.stock("j-nm").await, stock);
    assert_eq!(order.number, OrderNumber::new("10482"));
}

/// What was done for an order as for one that was sent is not undone by cancelling it.
#[tokio::test]
async fn an_order_with_a_claim_is_not_cancelled() {
    let desk = Desk::of(vec![delivered()]).await;
    let asked = json!({"items": [{"line": 1, "quantity": 1, "reason": "unwanted"}]});
    desk.done(ME, "start_return", asked, "e_1").await;
    let mut order = desk.order().await;
    order.status = OrderStatus::Processing;
    order.shipments.clear();
    let changed = vec![(Buyer::Id(order.customer.clone()), order)];
    desk.shop.store.put_orders(changed).await.unwrap();
    let asked = json!({"reason": "no_longer_needed"});
    let words = desk.refused(ME, "cancel_order", asked).await;
    assert!(words.contains("a person has to look at it"), "{words}");
}
