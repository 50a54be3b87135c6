//! `open_delivery_claim`: what a parcel's scans make of a report.

use attendant::domain::bundle::HandOffReason;
use attendant::domain::effect::MoveKind;
use attendant::domain::ids::Sku;
use attendant::domain::order::{MoneyWhy, OrderStatus, ShipmentStatus};
use attendant::tools::ToolError;
use serde_json::json;

use super::desk::{Desk, Fate, Who, eur, json_of, line, order, parcel, refused};

const TOOL: &str = "open_delivery_claim";

async fn one(fate: Fate) -> Desk {
    let parcels = vec![parcel("SWL1", &[(1, 1)], fate)];
    Desk::of(vec![order(vec![line(1, "j-nm", 1)], parcels)]).await
}

/// Two fleeces and a jacket in two parcels, €200.00 of shipping-worthy goods in all.
async fn two(first: Fate, second: Fate) -> Desk {
    let parcels = vec![
        parcel("SWL1", &[(1, 1)], first),
        parcel("SWL2", &[(2, 3)], second),
    ];
    let lines = vec![line(1, "j-nm", 1), line(2, "f-m", 3)];
    Desk::of(vec![order(lines, parcels)]).await
}

/// The shopper's yes is their word in writing; the carrier is asked, and a person decides.
#[tokio::test]
async fn called_delivered_is_traced_and_a_person_decides() {
    for who in [Who::Customer, Who::Holder] {
        let desk = one(Fate::Delivered(3)).await;
        let (content, output) = desk.done(who, TOOL, json!({}), "e_1").await;
        assert_eq!(content["kind"], "said_delivered");
        assert_eq!(content["answer_by"], "Friday 27 November 2026");
        assert_eq!(content["person_decides"], true);
        let lines = content["lines"].to_string();
        assert!(
            lines.contains("With your yes you confirm in writing"),
            "{lines}"
        );
        let hand_off = output.hand_off.as_ref().unwrap();
        assert_eq!(hand_off.reason, HandOffReason::NeedsApproval);
        let receipts = desk.receipts().await;
        let moved = &receipts[0].moves[0];
        assert_eq!(
            (moved.what, moved.why),
            (MoveKind::Claim, MoneyWhy::SaidDelivered)
        );
        assert_eq!(desk.stock("j-nm").await, 3);
        let words = desk.refused(who, TOOL, json!({})).await;
        assert!(words.contains("We have asked the carrier"), "{words}");
        let back = desk.refused(
            who,
            "start_return",
            json!({"items": [{"line": 1, "reason": "unwanted"}]}),
        );
        assert!(back.await.contains("being looked for"));
        let told = desk.told().await;
        assert_eq!(told["aftersales"][0]["status"], "carrier asked");
        assert_eq!(
            told["can_do"],
            json!([]),
            "neither returned nor reported again"
        );
    }
}

/// A second report of a delivered parcel within half a year goes to an agent.
#[tokio::test]
async fn the_second_report_of_a_delivered_parcel_goes_to_an_agent() {
    let desk = two(Fate::Delivered(3), Fate::Delivered(3)).await;
    let which = desk.refused(Who::Customer, TOOL, json!({})).await;
    assert_eq!(which, "Which parcel of order 10482 do you mean: 1 or 2?");
    desk.done(Who::Customer, TOOL, json!({"parcel": 2}), "e_1")
        .await;
    let second = desk.propose(Who::Customer, TOOL, json!({})).await.unwrap();
    assert!(
        second
            .needs_agent
            .unwrap()
            .contains("claims of this customer")
    );
}

/// Too early, too late, on its way back, unknown: with the days.
#[tokio::test]
async fn the_days_are_those_of_the_policy() {
    let me = Who::Customer;
    let words = one(Fate::Delivered(1))
        .await
        .refused(me, TOOL, json!({}))
        .await;
    assert!(
        words.contains("delivered on Friday 20 November 2026"),
        "{words}"
    );
    assert!(words.contains("from Sunday 22 November 2026 on"), "{words}");
    let mut desk = one(Fate::Delivered(30)).await;
    desk.propose(me, TOOL, json!({})).await.unwrap();
    desk.days_later(1);
    let words = desk.refused(me, TOOL, json!({})).await;
    assert!(words.contains("until Saturday 21 November 2026"), "{words}");
    let words = one(Fate::Sent(2)).await.refused(me, TOOL, json!({})).await;
    assert!(
        words.contains("expected until Sunday 22 November 2026"),
        "{words}"
    );
    assert!(
        words.contains("from Wednesday 25 November 2026 on"),
        "{words}"
    );
    let mut going_back = order(
        vec![line(1, "j-nm", 1)],
        vec![parcel("SWL1", &[(1, 1)], Fate::Sent(9))],
    );
    going_back.shipments[0].status = ShipmentStatus::ReturnedToSender;
    let desk = Desk::of(vec![going_back.clone()]).await;
    assert!(
        desk.refused(me, TOOL, json!({}))
            .await
            .contains("on its way back to us")
    );
    going_back.shipments[0].status = ShipmentStatus::Delivered;
    let desk = Desk::of(vec![going_back.clone()]).await;
    assert!(
        desk.refused(me, TOOL, json!({}))
            .await
            .contains("delivered without a day")
    );
    going_back.shipments.clear();
    let desk = Desk::of(vec![going_back.clone()]).await;
    assert!(
        desk.refused(me, TOOL, json!({}))
            .await
            .contains("has not been sent yet")
    );
    going_back.status = OrderStatus::Cancelled;
    let desk = Desk::of(vec![going_back]).await;
    assert!(
        desk.refused(me, TOOL, json!({}))
            .await
            .contains("was cancelled")
    );
    let desk = one(Fate::Delivered(3)).await;
    let hint = desk.propose(me, TOOL, json!({"parcel": 3})).await;
    assert!(matches!(hint, Err(ToolError::Retry(_))));
}

/// Late: the carrier is asked and nothing moves; lost since, it is settled after all, and then it
/// is over.
#[tokio::test]
async fn a_late_one_is_traced_and_a_lost_one_settled() {
    let me = Who::Customer;
    let mut desk = one(Fate::Sent(9)).await;
    let (content, output) = desk.done(me, TOOL, json!({}), "e_1").await;
    assert_eq!(
        (&content["kind"], &content["outcome"]),
        (&json!("late"), &json!("tracing"))
    );
    assert!(output.hand_off.is_none() && desk.receipts().await[0].moves.is_empty());
    assert!(
        desk.refused(me, TOOL, json!({}))
            .await
            .contains("is due by")
    );
    desk.days_later(7);
    let words = desk.refused(me, TOOL, json!({})).await;
    assert!(words.contains("or refund €105.00"), "{words}");
    let (content, _) = desk
        .done(me, TOOL, json!({"remedy": "refund"}), "e_2")
        .await;
    assert_eq!(
        (&content["kind"], &content["back"]),
        (&json!("lost"), &json!("€105.00"))
    );
    let order = desk.order().await;
    assert_eq!(order.history.refunds[0].why, MoneyWhy::Lost);
    assert_eq!(
        order.history.refunds[0]
            .method_id
            .as_ref()
            .unwrap()
            .as_str(),
        "visa-4242"
    );
    assert_eq!(order.due_minor(), 0);
    assert!(
        desk.refused(me, TOOL, json!({}))
            .await
            .contains("has been settled already")
    );
    // It turns up after all: it was paid back, so it is not returned for money again.
    let mut found = order.clone();
    found.shipments[0].delivered_ms = Some(found.shipments[0].shipped_ms + 1);
    found.shipments[0].status = ShipmentStatus::Delivered;
    found.status = OrderStatus::Delivered;
    let buyer = attendant::store::orders::Buyer::Id(found.customer.clone());
    desk.shop
        .store
        .put_orders(vec![(buyer, found)])
        .await
        .unwrap();
    let asked = json!({"items": [{"line": 1, "reason": "unwanted"}]});
    let words = desk.refused(me, "start_return", asked).await;
    assert!(words.contains("already been settled"), "{words}");
}

/// One of two parcels is lost: its part of the shipping; then the other: the rest of it.
#[tokio::test]
async fn each_parcel_takes_its_part_of_the_shipping() {
    let desk = two(Fate::Sent(20), Fate::Sent(20)).await;
    let me = Who::Customer;
    let asked = |parcel: u32| json!({"parcel": parcel, "remedy": "refund"});
    let (first, _) = desk.done(me, TOOL, asked(1), "e_1").await;
    // 10,000 of 19,999 of the goods, and of €5.00.
    assert_eq!(first["back"], "€102.50");
    let (second, _) = desk.done(me, TOOL, asked(2), "e_2").await;
    assert_eq!(second["back"], "€102.49");
    let order = desk.order().await;
    assert_eq!(order.refunded_minor(), order.paid_minor());
    assert_eq!(order.due_minor(), 0);
}

/// Sent again from stock; sold out, it is refunded.
#[tokio::test]
async fn a_lost_one_is_sent_again_or_refunded() {
    let me = Who::Customer;
    let desk = one(Fate::Sent(20)).await;
    let asked = json!({"remedy": "replacement"});
    let proposal = desk.propose(me, TOOL, asked.clone()).await.unwrap();
    let resolved = proposal.resolved.clone();
    let first = desk
        .execute(me, TOOL, resolved.clone(), "e_1")
        .await
        .unwrap();
    let again = desk.execute(me, TOOL, resolved, "e_1").await.unwrap();
    assert_eq!(json_of(&first), json_of(&again));
    assert_eq!(desk.stock("j-nm").await, 2);
    let receipts = desk.receipts().await;
    assert_eq!(receipts[0].moves[0].what, MoveKind::Replacement);
    assert_eq!(receipts[0].moves[0].amount, eur(10_000));
    let desk = one(Fate::Sent(20)).await;
    desk.shop
        .store
        .set_stock(&Sku::new("j-nm"), 0)
        .await
        .unwrap();
    let words = refused(desk.propose(me, TOOL, asked).await);
    assert!(words.contains("I can refund €105.00"), "{words}");
    let proposal = desk.propose(me, TOOL, json!({})).await.unwrap();
    assert_eq!(proposal.amount, Some(eur(10_500)));
}
