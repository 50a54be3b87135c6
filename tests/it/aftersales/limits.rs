//! What two at once, another word for the same, an import and a card of somebody else cannot get
//! around.

use std::sync::Arc;

use attendant::domain::customer::{Customer, GiftCard};
use attendant::domain::effect::{MoneyMove, MoveKind, Receipt};
use attendant::domain::ids::{CustomerId, IdempotencyKey, OrderNumber, PaymentMethodId};
use attendant::domain::money::Currency;
use attendant::domain::order::{MoneyWhy, OrderStatus, PaymentMethod};
use attendant::shop::money::MoneyLimits;
use attendant::store::customers::NewCustomer;
use attendant::store::effects::{CarriedOut, Change, PAUSED};
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

/// A loss of some customer's order, as an effect of before has written it.
async fn lost(desk: &Desk, customer: &str, order: &str, why: MoneyWhy, minor: i64, days_ago: i64) {
    let shop = &desk.shop;
    let now_ms = shop.clock.now_ms() - days_ago * 86_400_000;
    let key = IdempotencyKey::new(format!("e_{customer}{order}{minor}{days_ago}"));
    let (id, number) = (CustomerId::new(customer), OrderNumber::new(order));
    let subject = shop.subject(id.clone(), Some(number.clone()), Vec::new(), now_ms);
    let what = match why {
        MoneyWhy::SaidDelivered => MoveKind::Claim,
        _ => MoveKind::Refund,
    };
    let receipt = Receipt {
        key: key.clone(),
        tool: "t".into(),
        order: Some(number),
        customer: id,
        at_ms: now_ms,
        moves: vec![MoneyMove {
            what,
            why,
            amount: eur(minor),
            method_id: None,
            method: String::new(),
        }],
        made: None,
        decision: json!(null),
        approved_by: None,
    };
    let done = shop.store.carry_out(&key, "t", subject, move |_| {
        Ok::<_, ()>(Change::new(receipt))
    });
    assert!(matches!(done.await.unwrap(), CarriedOut::Done(_)));
}

/// Other customers with an order each, to the same door or to another one.
async fn others(desk: &Desk, names: &[&str], same_door: bool) {
    for (at, name) in names.iter().enumerate() {
        let mut order = delivered();
        order.number = OrderNumber::new(format!("2{at:04}"));
        order.customer = CustomerId::new(name);
        if let Some(address) = order.address.as_mut().filter(|_| !same_door) {
            address.street = format!("{at} Elsewhere");
        }
        let customer = Customer {
            id: CustomerId::new(name),
            email: format!("{name}@example.com"),
            first_name: "A".into(),
            last_name: "B".into(),
            created_ms: 0,
            address: None,
            payment_methods: Vec::new(),
        };
        let new = NewCustomer {
            customer,
            known_by_email: false,
        };
        desk.shop.store.put_customers(vec![new]).await.unwrap();
        let buyer = Buyer::Id(order.customer.clone());
        desk.shop
            .store
            .put_orders(vec![(buyer, order)])
            .await
            .unwrap();
    }
}

/// Why an agent decides on the return of a €100.00 jacket, by a `money.toml`.
async fn raised(desk: &mut Desk, money: &str) -> Option<String> {
    let mut terms = (*desk.shop.terms).clone();
    terms.money = Some(MoneyLimits::parse("money.toml", money, Currency::EUR).unwrap());
    desk.shop.terms = Arc::new(terms);
    let asked = json!({"items": [{"line": 1, "quantity": 1, "reason": "defective"}]});
    let proposal = desk.propose(ME, "start_return", asked).await;
    proposal.unwrap().needs_agent
}

#[tokio::test]
async fn caps_count_the_order_the_customer_and_the_day() {
    let mut desk = Desk::of(vec![delivered()]).await;
    others(&desk, &["ann"], false).await;
    let per = |key: &str, digits: &str| format!("[caps]\n{key} = \"{digits}\"\n");
    for key in ["per_order", "per_customer", "per_day"] {
        assert_eq!(raised(&mut desk, &per(key, "100.00")).await, None, "{key}");
        let why = raised(&mut desk, &per(key, "99.99")).await;
        assert!(why.unwrap().contains("€100.00"), "{key}");
    }
    // Of another customer counts by the day alone, and yesterday's not at all.
    lost(&desk, "ann", "20000", MoneyWhy::Lost, 5_000, 0).await;
    lost(&desk, "ann", "20000", MoneyWhy::Lost, 7_000, 1).await;
    assert_eq!(
        raised(&mut desk, &per("per_customer", "100.00")).await,
        None
    );
    let why = raised(&mut desk, &per("per_day", "149.99")).await.unwrap();
    assert!(why.contains("€150.00 for all customers today"), "{why}");
    // Their own of three weeks ago counts for 30 days; what undid an order counts nowhere.
    lost(&desk, "c_zoe", "10482", MoneyWhy::Lost, 2_000, 21).await;
    lost(&desk, "c_zoe", "10482", MoneyWhy::Cancelled, 9_000, 1).await;
    let cap = per("per_customer", "119.99");
    let why = raised(&mut desk, &cap).await.unwrap();
    assert!(
        why.contains("€120.00 for this customer in 30 days"),
        "{why}"
    );
    assert_eq!(
        raised(&mut desk, &format!("{cap}customer_days = 20\n")).await,
        None
    );
    assert_eq!(
        raised(&mut desk, "").await,
        None,
        "without a cap there is none"
    );
}

#[tokio::test]
async fn rates_count_refunds_claims_and_accounts_at_one_door() {
    let rate = |counts: &str, more_than: u32| {
        format!("[[velocity]]\ncounts = \"{counts}\"\nmore_than = {more_than}\ndays = 60\n")
    };
    let mut desk = Desk::of(vec![delivered()]).await;
    others(&desk, &["ann", "bob"], true).await;
    assert_eq!(raised(&mut desk, &rate("refunds", 1)).await, None);
    lost(&desk, "c_zoe", "10482", MoneyWhy::Lost, 100, 59).await;
    lost(&desk, "c_zoe", "10482", MoneyWhy::Lost, 200, 61).await;
    let why = raised(&mut desk, &rate("refunds", 1)).await.unwrap();
    assert!(
        why.contains("2 refunds of this customer in 60 days"),
        "{why}"
    );
    assert_eq!(raised(&mut desk, &rate("refunds", 2)).await, None);

    assert_eq!(
        raised(&mut desk, &rate("accounts_at_address", 1)).await,
        None
    );
    lost(&desk, "ann", "20000", MoneyWhy::Lost, 100, 3).await;
    lost(&desk, "bob", "20001", MoneyWhy::Lost, 100, 59).await;
    let why = raised(&mut desk, &rate("accounts_at_address", 1))
        .await
        .unwrap();
    assert!(why.contains("2 other accounts"), "{why}");

    // A claim on a delivered parcel counts claims alone.
    let claims = rate("claims_on_delivered", 1);
    assert_eq!(raised(&mut desk, &claims).await, None);
    let missing = json!({"remedy": "refund", "items": [{"line": 1, "problem": "missing"}]});
    let first = desk
        .propose(ME, "replace_item", missing.clone())
        .await
        .unwrap();
    assert_eq!(first.needs_agent, None);
    lost(&desk, "c_zoe", "10482", MoneyWhy::SaidDelivered, 100, 3).await;
    let second = desk.propose(ME, "replace_item", missing).await.unwrap();
    let why = second.needs_agent.unwrap();
    assert!(
        why.contains("2 claims of this customer on delivered"),
        "{why}"
    );
}

/// A shop that has written no limits has everything that it may lose decided by people; what undoes
/// an order that was not sent is none of that.
#[tokio::test]
async fn without_limits_people_decide() {
    let mut desk = Desk::of(vec![delivered()]).await;
    let mut terms = (*desk.shop.terms).clone();
    terms.money = None;
    desk.shop.terms = Arc::new(terms.clone());
    let asked = json!({"items": [{"line": 1, "quantity": 1, "reason": "defective"}]});
    let back = desk.propose(ME, "start_return", asked).await.unwrap();
    assert!(back.needs_agent.unwrap().contains("no money.toml"));
    let mut desk = Desk::of(vec![order(vec![line(1, "j-nm", 1)], Vec::new())]).await;
    desk.shop.terms = Arc::new(terms);
    let asked = json!({"reason": "no_longer_needed"});
    let undone = desk.propose(ME, "cancel_order", asked).await.unwrap();
    assert_eq!(undone.needs_agent, None);
}

/// While money is paused every action that moves some goes to a person, and one that was confirmed
/// before is not done, whoever said yes. What moves none goes on.
#[tokio::test]
async fn paused_money_stays_where_it_is() {
    let mut desk = Desk::of(vec![order(vec![line(1, "j-nm", 1)], Vec::new())]).await;
    let asked = json!({"reason": "no_longer_needed"});
    let before = desk
        .propose(ME, "cancel_order", asked.clone())
        .await
        .unwrap();
    let pause = |why: &'static str| desk.shop.store.meta_set(PAUSED, why);
    pause("the bank is down").await.unwrap();
    let during = desk.propose(ME, "cancel_order", asked).await.unwrap();
    assert!(during.needs_agent.unwrap().contains("the bank is down"));
    for agent in [None, Some("Mara")] {
        desk.agent = agent;
        let done = desk.execute(ME, "cancel_order", before.resolved.clone(), "e_1");
        let done = done.await;
        assert!(matches!(done, Err(ToolError::Person(_))), "{done:?}");
    }
    assert_eq!(desk.order().await.status, OrderStatus::Processing);
    let address =
        json!({"address": {"street": "2 Mill Lane", "postcode": "H91 X2Y9", "city": "Galway"}});
    let moved = desk.propose(ME, "change_address", address).await.unwrap();
    assert_eq!(moved.needs_agent, None);
    desk.shop.store.meta_set(PAUSED, "").await.unwrap();
    let done = desk
        .execute(ME, "cancel_order", before.resolved, "e_1")
        .await;
    done.unwrap();
    assert_eq!(desk.order().await.status, OrderStatus::Cancelled);
}
