//! Orders that are cancelled or changed before they are sent: through the tools, from the proposal
//! to the yes, with the books, the stock and the balances looked at behind each.

mod bench;
mod rules;
mod sums;

use attendant::agent::evidence::Evidence;
use attendant::agent::guard::{Guard, Sentences};
use attendant::domain::event::{Event, EventBody, ToolOutcome, ToolReturned, ToolWords};
use attendant::domain::ids::{CallId, OrderNumber, Sku};
use attendant::domain::order::{Changed, MoneyWhy, OrderStatus};
use attendant::mail::letters::{Letters, Sender};
use attendant::tools::Proposal;
use serde_json::{Value, json};

use bench::*;

fn view(content: &str) -> Value {
    serde_json::from_str(content).expect("JSON")
}

/// What a proposal says in its summary must be borne out by its facts.
fn held_by_facts(proposal: &Proposal<Value>) {
    let summary = view(&proposal.content)["summary"].clone();
    let mut evidence = Evidence::default();
    evidence.apply(&Event {
        seq: 1,
        at_ms: 0,
        body: EventBody::ToolReturned(ToolReturned {
            call: CallId::new("p"),
            tool: "t".into(),
            outcome: ToolOutcome::Done,
            tainted: false,
            acted: false,
            hand_off: None,
            private: Some(ToolWords {
                content: proposal.content.clone(),
                facts: proposal.facts.clone(),
                cards: Vec::new(),
            }),
        }),
    });
    let mut guard = Guard::new(&evidence, "", jiff::civil::date(2026, 11, 21));
    let mut sentences = Sentences::default();
    let mut all = sentences.push(summary.as_str().expect("words"));
    all.extend(sentences.finish());
    for sentence in all {
        let judged = guard.check(&sentence).map_err(|violation| violation.reason);
        assert_eq!(judged, Ok(()), "{sentence}");
    }
}

/// Everything goes back to where it came from, at once to a gift card; the goods go back on the shelf.
#[tokio::test]
async fn an_order_is_cancelled() {
    let bench = Bench::new().await;
    let mut order = order(
        "A1",
        vec![
            line(1, "coat-navy-m", 2, 5_000, 333),
            line(2, "hat", 1, 2_000, 0),
        ],
    );
    pay(
        &mut order,
        &[(visa(), "visa-4242", 8_000), (gift("G1"), "G1", 3_667)],
    );
    bench.put(&order).await;
    let asked = json!({"order_number": "#A1", "reason": "ordered_by_mistake"});
    let proposal = bench
        .propose("cancel_order", asked.clone())
        .await
        .expect("possible");
    let offered = view(&proposal.content);
    assert_eq!(
        offered["summary"],
        "I can cancel the whole of order A1. You get €116.67 back: €80.00 to your Visa ending in 4242 within 5 working days and €36.67 to your gift card at once."
    );
    assert_eq!(
        (&offered["proposal"], &offered["action"]),
        (&json!("open"), &json!("cancel_order"))
    );
    assert_eq!(
        (&offered["back"], &offered["pay"], &offered["days"]),
        (&json!("€116.67"), &Value::Null, &json!(5))
    );
    assert_eq!(offered["lines"], json!(proposal.lines));
    assert_eq!(proposal.needs_agent, None, "undoing an order loses nothing");
    held_by_facts(&proposal);
    assert_eq!(bench.order("A1").await, order, "nothing has happened yet");
    let done = bench
        .execute("cancel_order", &proposal, "e_0123456789abcdef")
        .await
        .expect("done");
    let again = bench
        .execute("cancel_order", &proposal, "e_0123456789abcdef")
        .await
        .expect("the same");
    assert_eq!(
        (&done.content, &done.letter),
        (&again.content, &again.letter)
    );
    let result = view(&done.content);
    assert_eq!(result["receipt"], "0123456789");
    assert!(
        result["summary"]
            .as_str()
            .expect("words")
            .starts_with("Order A1 is cancelled.")
    );
    let now = bench.order("A1").await;
    assert_eq!(now.status, OrderStatus::Cancelled);
    assert_eq!(
        now.history.cancelled.as_ref().map(|c| c.reason.words()),
        Some("ordered by mistake")
    );
    assert_eq!(now.refunded_minor(), 11_667, "once");
    assert_eq!(
        (bench.stock("coat-navy-m").await, bench.stock("hat").await),
        (7, 6)
    );
    assert_eq!(
        bench.balance("G1").await,
        Some(3_667),
        "a card that the shop had none of"
    );
    let receipts = bench
        .shop
        .store
        .receipts_of(&OrderNumber::new("A1"))
        .await
        .expect("readable");
    let moves = &receipts[0].moves;
    assert_eq!((receipts.len(), moves.len()), (1, 2));
    assert!(moves.iter().all(|one| one.why == MoneyWhy::Cancelled));
    let letter = done.letter.expect("a mail");
    assert_eq!(letter.to.email, "ada@example.com");
    let letters = Letters::new(Sender {
        name: "Harrow & Pine".into(),
        email: "help@shop.example".into(),
        return_address: Vec::new(),
    });
    let mail = letters.compose("k", &letter, 0).expect("it fills");
    assert_eq!(mail.subject.trim(), "Cancel order A1: done");
    for part in [
        "Hello Ada",
        "€80.00 to your Visa ending in 4242",
        "Receipt 0123456789",
    ] {
        assert!(mail.text.contains(part), "{part} in {}", mail.text);
    }
    let words = refused(bench.propose("cancel_order", asked).await);
    assert_eq!(words, "Order A1 has been cancelled already.");
}

/// Nothing was charged of it, so nothing goes back.
#[tokio::test]
async fn an_order_that_was_only_reserved_is_cancelled_without_money() {
    let bench = Bench::new().await;
    bench
        .put(&order("A1", vec![line(1, "hat", 1, 2_000, 0)]))
        .await;
    let asked = json!({"order_number": "A1", "reason": "unknown"});
    let proposal = bench
        .propose("cancel_order", asked)
        .await
        .expect("possible");
    assert_eq!(proposal.amount, None);
    held_by_facts(&proposal);
    let done = bench
        .execute("cancel_order", &proposal, "k1")
        .await
        .expect("done");
    assert_eq!(
        view(&done.content)["summary"],
        "Order A1 is cancelled. There is nothing to pay back."
    );
    assert!(bench.order("A1").await.history.refunds.is_empty());
}

/// Somebody else's order, and one that was proved by its number alone, are refused by the same words.
#[tokio::test]
async fn only_its_own_customer_changes_an_order() {
    let bench = Bench::new().await;
    let mut order = order("A1", vec![line(1, "hat", 1, 2_000, 0)]);
    pay(&mut order, &[(visa(), "visa-4242", 2_000)]);
    bench.put(&order).await;
    let address = json!({"street": "2 Rua X", "postcode": "D01", "city": "Dublin"});
    for (tool, asked) in [
        (
            "cancel_order",
            json!({"order_number": "A1", "reason": "other"}),
        ),
        (
            "change_address",
            json!({"order_number": "A1", "address": address}),
        ),
        (
            "change_items",
            json!({"order_number": "A1", "items": [{"line": 1, "remove": true}]}),
        ),
        (
            "change_payment",
            json!({"order_number": "A1", "payment_method": "paypal"}),
        ),
    ] {
        let other = refused(
            bench
                .propose_as(other_customer(), tool, asked.clone())
                .await,
        );
        let by_number = refused(bench.propose_as(order_alone("A1"), tool, asked).await);
        assert!(other.starts_with("I cannot find an order"), "{other}");
        assert_eq!(other, by_number);
    }
}

#[tokio::test]
async fn what_is_packed_or_on_its_way_is_refused_with_the_rule_and_what_else() {
    let bench = Bench::new().await;
    for (status, parts) in [
        (OrderStatus::Packed, ["is packed", "once it has arrived"]),
        (
            OrderStatus::InTransit,
            ["is in transit", "once it has arrived"],
        ),
        (
            OrderStatus::PartlyShipped,
            ["on its way already", "once it has arrived"],
        ),
        (
            OrderStatus::Delivered,
            ["is delivered", "under our returns policy"],
        ),
    ] {
        let mut order = order("A1", vec![line(1, "hat", 1, 2_000, 0)]);
        order.status = status;
        bench.put(&order).await;
        let asked = json!({"order_number": "A1", "reason": "other"});
        let words = refused(bench.propose("cancel_order", asked).await);
        for part in
            parts
                .into_iter()
                .chain(["Monday 1 January 2024", "until it is packed", "cancelled"])
        {
            assert!(words.contains(part), "{part} in {words}");
        }
    }
}

#[tokio::test]
async fn an_order_gets_another_address_in_its_country() {
    let bench = Bench::new().await;
    bench
        .put(&order("A1", vec![line(1, "hat", 1, 2_000, 0)]))
        .await;
    let ask = |address: Value| json!({"order_number": "A1", "address": address});
    let street = json!({"street": "12 Quay Street", "extra": "", "postcode": "H91 XY12", "city": "Galway", "name": null, "country": ""});
    let proposal = bench
        .propose("change_address", ask(street))
        .await
        .expect("possible");
    held_by_facts(&proposal);
    let offered = view(&proposal.content);
    assert_eq!(
        offered["address"],
        "Ada Byrne, 12 Quay Street, H91 XY12 Galway, Ireland"
    );
    let done = bench
        .execute("change_address", &proposal, "k1")
        .await
        .expect("done");
    let again = bench
        .execute("change_address", &proposal, "k1")
        .await
        .expect("the same");
    assert_eq!(done.content, again.content);
    let now = bench.order("A1").await;
    let address = now.address.expect("an address");
    assert_eq!(
        (address.name.as_str(), address.country.as_str()),
        ("Ada Byrne", "IE")
    );
    assert_eq!(now.history.changes.len(), 1);
    assert_eq!(now.history.changes[0].what, Changed::Address);
    // The flat stays when the street does.
    let flat = json!({"street": "12 Quay Street", "extra": "Flat 4", "postcode": "H91 XY12", "city": "Galway"});
    let proposal = bench
        .propose("change_address", ask(flat))
        .await
        .expect("possible");
    bench
        .execute("change_address", &proposal, "k2")
        .await
        .expect("done");
    let code = json!({"street": "12 quay street", "postcode": "H91 AB34", "city": "Galway"});
    let proposal = bench
        .propose("change_address", ask(code))
        .await
        .expect("possible");
    assert!(proposal.lines[0].contains("Flat 4"), "{:?}", proposal.lines);
    let base =
        |country: &str| json!({"street": "1 A", "postcode": "1", "city": "B", "country": country});
    for (address, part) in [
        (base("France"), "goes to Ireland"),
        (
            base("Atlantis"),
            "I do not know a country called \"Atlantis\"",
        ),
        (
            json!({"street": " ", "postcode": "1", "city": "B"}),
            "What is the street",
        ),
        (
            json!({"street": "1 A", "postcode": "\u{202e}1", "city": "B"}),
            "cannot read the postcode",
        ),
        (
            json!({"street": "x".repeat(201), "postcode": "1", "city": "B"}),
            "cannot read the street",
        ),
        (
            json!({"street": "12 Quay Street", "extra": "Flat 4", "postcode": "H91 XY12", "city": "Galway"}),
            "is the address already",
        ),
    ] {
        let words = refused(bench.propose("change_address", ask(address)).await);
        assert!(words.contains(part), "{part} in {words}");
    }
}

/// Without an order it is the shopper's own, wherever in the world, and no order changes.
#[tokio::test]
async fn the_default_address_is_the_customers_own() {
    let bench = Bench::new().await;
    bench
        .put(&order("A1", vec![line(1, "hat", 1, 2_000, 0)]))
        .await;
    let address =
        json!({"street": "3 Rue Basse", "postcode": "75001", "city": "Paris", "country": "FR"});
    let asked = json!({"order_number": "", "address": address});
    let proposal = bench
        .propose("change_address", asked.clone())
        .await
        .expect("possible");
    assert_eq!(proposal.order, None);
    held_by_facts(&proposal);
    bench
        .execute("change_address", &proposal, "k1")
        .await
        .expect("done");
    let customer = bench.customer().await;
    assert_eq!(
        customer.address.map(|own| own.city),
        Some("Paris".to_owned())
    );
    assert_eq!(bench.order("A1").await.address, Some(home()));
    let words = refused(bench.propose("change_address", asked).await);
    assert!(words.contains("already"), "{words}");
}

/// A piece of two becomes dearer, a line cheaper, one is taken out: one difference for all of it.
#[tokio::test]
async fn items_become_others_and_leave() {
    let bench = Bench::new().await;
    let mut order = order(
        "A1",
        vec![
            line(1, "coat-navy-m", 3, 5_000, 100),
            line(2, "hat", 2, 2_000, 0),
        ],
    );
    pay(&mut order, &[(visa(), "visa-4242", 18_900)]);
    bench.put(&order).await;
    let asked = json!({"order_number": "A1", "items": [
        {"line": 1, "quantity": 1, "size": "L"},
        {"line": 1, "quantity": 1, "color": "green", "size": "m"},
        {"line": 2, "quantity": 1, "remove": true},
    ]});
    let proposal = bench
        .propose("change_items", asked)
        .await
        .expect("possible");
    held_by_facts(&proposal);
    let offered = view(&proposal.content);
    // €1.00 off three pieces is 34, 33 and 33 cents; L costs €60.00 and keeps its share of it.
    assert_eq!(offered["items"][0]["paid"], "€49.66");
    assert_eq!(offered["items"][0]["price"], "€59.59");
    assert_eq!(
        offered["items"][1]["paid"], offered["items"][1]["price"],
        "the same price stays the same"
    );
    assert_eq!(offered["items"][2]["to"], Value::Null);
    assert_eq!(offered["back"], "€10.07");
    assert_eq!(offered["method"], "Visa ending in 4242");
    bench
        .execute("change_items", &proposal, "k1")
        .await
        .expect("done");
    bench
        .execute("change_items", &proposal, "k1")
        .await
        .expect("the same");
    let now = bench.order("A1").await;
    let lines: Vec<_> = now
        .lines
        .iter()
        .map(|l| (l.line, l.sku.as_str(), l.quantity))
        .collect();
    assert_eq!(
        lines,
        [
            (1, "coat-navy-m", 1),
            (2, "hat", 1),
            (3, "coat-navy-l", 1),
            (4, "coat-green-m", 1)
        ]
    );
    assert_eq!(now.total.minor, 18_900 - 1_007);
    assert_eq!(now.paid_minor() - now.refunded_minor(), now.due_minor());
    assert_eq!(
        (
            bench.stock("coat-navy-m").await,
            bench.stock("coat-navy-l").await
        ),
        (7, 4)
    );
    assert_eq!(
        (bench.stock("coat-green-m").await, bench.stock("hat").await),
        (0, 6)
    );
    assert!(
        matches!(&now.history.changes[0].what, Changed::Items { pairs, difference, .. }
        if pairs.len() == 2 && difference.minor == -1_007)
    );
}

#[tokio::test]
async fn what_items_cannot_become_is_said_with_what_there_is() {
    let bench = Bench::new().await;
    let mut order = order(
        "A1",
        vec![
            line(1, "coat-navy-m", 2, 5_000, 0),
            line(2, "gone", 1, 900, 0),
        ],
    );
    pay(&mut order, &[(visa(), "visa-4242", 10_900)]);
    bench.put(&order).await;
    for (item, parts) in [
        (json!({"line": 1, "size": "XXL"}), ["navy, XXL", "navy, L"]),
        (json!({"line": 1, "size": "S"}), ["sold out", "green, M"]),
        (
            json!({"line": 1, "color": "green"}),
            ["in stock 1 times only", "navy, L"],
        ),
        (
            json!({"line": 1, "color": "navy"}),
            ["already", "nothing to change"],
        ),
        (json!({"line": 1}), ["What shall", "green, M"]),
        (json!({"line": 1, "sku": "hat"}), ["same article", "hat"]),
        (
            json!({"line": 1, "quantity": 3, "size": "L"}),
            ["has 2 of", "not 3"],
        ),
        (
            json!({"line": 2, "size": "L"}),
            ["do not sell", "take it out"],
        ),
    ] {
        let asked = json!({"order_number": "A1", "items": [item]});
        let words = refused(bench.propose("change_items", asked).await);
        for part in parts {
            assert!(words.contains(part), "{part} in {words}");
        }
    }
    let all = json!({"order_number": "A1", "items": [{"line": 1, "remove": true}, {"line": 2, "remove": true}]});
    assert!(refused(bench.propose("change_items", all).await).contains("cancel the whole order"));
    for items in [
        json!([]),
        json!([{"line": 9, "size": "L"}]),
        json!([{"line": 1, "quantity": 0, "size": "L"}]),
        json!([{"line": 1, "remove": true, "size": "L"}]),
        json!([{"line": 1, "size": "L"}, {"line": 1, "quantity": 1, "color": "green"}]),
    ] {
        let asked = json!({"order_number": "A1", "items": items});
        let hint = bench.propose("change_items", asked).await;
        assert!(
            matches!(hint, Err(attendant::tools::ToolError::Retry(_))),
            "{hint:?}"
        );
    }
}

/// The way that an order was paid, unless another one is named; a gift card only with enough on it.
#[tokio::test]
async fn a_difference_is_charged_where_it_is_said() {
    let bench = Bench::new().await;
    bench.give("G7", 600).await;
    let mut order = order("A1", vec![line(1, "coat-navy-m", 1, 5_000, 0)]);
    pay(&mut order, &[(visa(), "visa-4242", 5_000)]);
    bench.put(&order).await;
    let ask = |method: Value| json!({"order_number": "A1", "items": [{"line": 1, "size": "L"}], "payment_method": method});
    let short = refused(bench.propose("change_items", ask(json!("gift card"))).await);
    assert!(
        short.contains("holds €6.00") && short.contains("€10.00"),
        "{short}"
    );
    let unknown = refused(bench.propose("change_items", ask(json!("bitcoin"))).await);
    assert!(
        unknown.contains("Visa ending in 4242") && unknown.contains("PayPal"),
        "{unknown}"
    );
    bench.give("G7", 1_500).await;
    let proposal = bench
        .propose("change_items", ask(json!("gift card")))
        .await
        .expect("possible");
    held_by_facts(&proposal);
    let default = bench
        .propose("change_items", ask(Value::Null))
        .await
        .expect("possible");
    assert_eq!(view(&default.content)["method"], "Visa ending in 4242");
    held_by_facts(&default);
    bench
        .execute("change_items", &proposal, "k1")
        .await
        .expect("done");
    assert_eq!(bench.balance("G7").await, Some(500));
    let now = bench.order("A1").await;
    assert_eq!(now.paid_minor(), 6_000);
    // Cheaper again: by two ways it was paid, so it is asked which; neither gets more than it gave.
    let back = |method: Value| json!({"order_number": "A1", "items": [{"line": 1, "size": "M"}], "payment_method": method});
    let proposal = bench.propose("change_items", back(Value::Null)).await;
    let which = refused(proposal);
    assert!(
        which.contains("€10.00 back to Visa ending in 4242 or gift card"),
        "{which}"
    );
    let not = refused(bench.propose("change_items", back(json!("paypal"))).await);
    assert!(not.contains("the way it was paid"), "{not}");
    let proposal = bench
        .propose("change_items", back(json!("gift card")))
        .await
        .expect("possible");
    bench
        .execute("change_items", &proposal, "k2")
        .await
        .expect("done");
    assert_eq!(bench.balance("G7").await, Some(1_500));
}

#[tokio::test]
async fn an_order_is_paid_another_way() {
    let bench = Bench::new().await;
    bench.give("G7", 1_000).await;
    let mut order = order("A1", vec![line(1, "coat-navy-m", 1, 5_000, 0)]);
    pay(
        &mut order,
        &[(visa(), "visa-4242", 4_000), (gift("G7"), "G7", 1_000)],
    );
    bench.put(&order).await;
    let ask = |method: &str| json!({"order_number": "A1", "payment_method": method});
    let short = refused(bench.propose("change_payment", ask("G7")).await);
    assert!(short.contains("holds €10.00"), "{short}");
    let proposal = bench
        .propose("change_payment", ask("PayPal"))
        .await
        .expect("possible");
    held_by_facts(&proposal);
    let offered = view(&proposal.content);
    assert_eq!(
        (&offered["pay"], &offered["back"], &offered["method"]),
        (&json!("€50.00"), &json!("€50.00"), &json!("PayPal"))
    );
    bench
        .execute("change_payment", &proposal, "k1")
        .await
        .expect("done");
    bench
        .execute("change_payment", &proposal, "k1")
        .await
        .expect("the same");
    let now = bench.order("A1").await;
    assert_eq!(
        (now.paid_minor(), now.refunded_minor(), now.due_minor()),
        (10_000, 5_000, 5_000)
    );
    assert_eq!(bench.balance("G7").await, Some(2_000));
    let same = refused(bench.propose("change_payment", ask("paypal")).await);
    assert!(same.contains("paid that way already"), "{same}");
    // Back to a gift card that holds enough only with what it pays for.
    bench.give("G7", 5_000).await;
    let proposal = bench
        .propose("change_payment", ask("gift card"))
        .await
        .expect("possible");
    bench
        .execute("change_payment", &proposal, "k2")
        .await
        .expect("done");
    assert_eq!(bench.balance("G7").await, Some(0));
    let proposal = bench
        .propose(
            "cancel_order",
            json!({"order_number": "A1", "reason": "other"}),
        )
        .await
        .expect("possible");
    assert_eq!(
        view(&proposal.content)["days"],
        Value::Null,
        "a gift card has it at once"
    );
    bench
        .execute("cancel_order", &proposal, "k3")
        .await
        .expect("done");
    assert_eq!(bench.balance("G7").await, Some(5_000));
}

/// Between the question and the yes the shop goes on: what would be something else is not done.
#[tokio::test]
async fn what_has_changed_since_is_not_done() {
    let bench = Bench::new().await;
    let mut order = order("A1", vec![line(1, "coat-navy-m", 1, 5_000, 0)]);
    pay(&mut order, &[(visa(), "visa-4242", 5_000)]);
    bench.put(&order).await;
    let items = json!({"order_number": "A1", "items": [{"line": 1, "color": "green"}]});
    let green = bench
        .propose("change_items", items)
        .await
        .expect("possible");
    let cancel = json!({"order_number": "A1", "reason": "other"});
    let cancel = bench
        .propose("cancel_order", cancel)
        .await
        .expect("possible");
    bench
        .shop
        .store
        .set_stock(&Sku::new("coat-green-m"), 0)
        .await
        .expect("written");
    let words = refused(bench.execute("change_items", &green, "k1").await);
    assert!(words.contains("sold out"), "{words}");
    let larger = json!({"order_number": "A1", "items": [{"line": 1, "size": "L"}]});
    let larger = bench
        .propose("change_items", larger)
        .await
        .expect("possible");
    bench
        .execute("change_items", &larger, "k2")
        .await
        .expect("done");
    let words = refused(bench.execute("cancel_order", &cancel, "k3").await);
    assert!(words.contains("something has changed"), "{words}");
    assert_eq!(bench.order("A1").await.status, OrderStatus::Processing);
    bench
        .put(&attendant::domain::order::Order {
            status: OrderStatus::Packed,
            ..bench.order("A1").await
        })
        .await;
    let words = refused(bench.execute("cancel_order", &cancel, "k4").await);
    assert!(words.contains("is packed"), "{words}");
}

/// The look-up says what can be done and by which ways to pay, to the customer and nobody else.
#[tokio::test]
async fn the_look_up_tells_what_can_be_changed() {
    let bench = Bench::new().await;
    bench.give("G7", 1_000).await;
    let mut order = order("A1", vec![line(1, "hat", 1, 2_000, 0)]);
    pay(&mut order, &[(visa(), "visa-4242", 2_000)]);
    bench.put(&order).await;
    let told = bench.look_up(own(), "A1").await;
    let actions: Vec<&str> = told["can_do"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|one| one["until"] == "the order is packed")
        .filter_map(|one| one["action"].as_str())
        .collect();
    for action in ["cancel", "change_address", "change_items", "change_payment"] {
        assert!(actions.contains(&action), "{action} in {actions:?}");
    }
    assert_eq!(
        told["payment_methods"],
        json!([
            {"id": "visa-4242", "name": "Visa ending in 4242"},
            {"id": "paypal", "name": "PayPal"},
            {"id": "G7", "name": "gift card with €10.00"},
        ])
    );
    let alone = bench.look_up(order_alone("A1"), "A1").await;
    assert_eq!(alone["payment_methods"], Value::Null);
    bench
        .put(&attendant::domain::order::Order {
            status: OrderStatus::Packed,
            ..order
        })
        .await;
    let told = bench.look_up(own(), "A1").await;
    assert_eq!(told["can_do"], json!([]));
}
