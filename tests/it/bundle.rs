//! What a person receives: the whole of a hand-off, made by real runs over a real shop.

use attendant::cli::show::bundle::text;
use attendant::domain::bundle::{Bundle, HandOffReason, PromiseKind, Term};
use attendant::domain::conversation::Status;
use attendant::domain::event::*;
use attendant::domain::identity::{Proof, ProofMethod};
use attendant::domain::ids::*;
use attendant::domain::money::{Currency, Money};
use attendant::domain::returns::ReturnStatus;
use attendant::model::Message;
use attendant::model::scripted::{Answer, Scripted};
use attendant::shop::demo;
use attendant::store::log::{Append, Writer};
use serde_json::json;

use crate::driver::Desk;

async fn bundle(desk: &Desk) -> Bundle {
    let bundles = desk.store.bundles(&desk.id).await.unwrap();
    bundles.into_iter().last().expect("a bundle")
}

/// Answers in order, the last one for ever.
fn script(answers: Vec<Answer>) -> Scripted {
    Scripted::new(answers)
}

fn call(id: &str, tool: &str, arguments: serde_json::Value) -> Answer {
    Answer::new().call(id, tool, arguments)
}

async fn append(desk: &Desk, body: EventBody) {
    let now = desk.assistant.parts.clock.now_ms();
    let append = Append::new(Writer::Agent, now, vec![body]);
    desk.store.append(&desk.id, append).await.unwrap();
}

/// An expensive return: prepared, above the limit, and a person decides from one screen.
#[tokio::test]
async fn the_classic_hand_off_is_decided_from_one_screen() {
    let desk = {
        let order = demo_order("expensive_return").await;
        let model = script(vec![
            call("a", "lookup_order", json!({"order_number": order})),
            call(
                "b",
                "search_policies",
                json!({"query": "how long do I have to return an order", "order_number": order}),
            ),
            call(
                "c",
                "start_return",
                json!({"order_number": order, "items": [{"line": 1, "quantity": 1, "reason": "size_too_large"}]}),
            ),
            Answer::new().text("A colleague decides this one and answers you here."),
        ]);
        Desk::of("expensive_return", &model).await
    };
    earlier_conversation(&desk).await;
    let words = format!(
        "I would like to send back the jacket of order {}, it is too large",
        desk.order()
    );
    desk.says(&words).await;
    let bundle = bundle(&desk).await;
    let shown = text(&bundle);
    assert!(shown.lines().count() <= 40, "a screen:\n{shown}");
    insta::assert_snapshot!(shown);

    assert_eq!(bundle.reason, HandOffReason::NeedsApproval);
    let action = bundle.proposed_action.as_ref().unwrap();
    assert_eq!(action.tool, "start_return");
    assert_eq!(action.arguments["order_number"], desk.order());
    let amount = action.amount.unwrap();
    assert!(
        amount.minor > 15_000 && action.why.contains(&amount.to_string()),
        "{action:?}"
    );
    assert!(
        bundle.draft_reply.contains(&amount.to_string()),
        "{}",
        bundle.draft_reply
    );
    assert!(bundle.assessment.stopped.contains(&amount.to_string()));
    let read = bundle
        .policies
        .iter()
        .any(|cited| cited.policy == "returns" && cited.heading.is_some());
    let ruled = bundle
        .policies
        .iter()
        .any(|cited| cited.policy == "returns" && cited.heading.is_none());
    assert!(read && ruled, "{:?}", bundle.policies);
    let sum: u32 = bundle.priority.terms.iter().map(|term| term.points).sum();
    assert_eq!(bundle.priority.points, sum);
    let terms: Vec<Term> = bundle.priority.terms.iter().map(|term| term.term).collect();
    assert_eq!(
        terms,
        [
            Term::Reason,
            Term::Urgency,
            Term::Value,
            Term::RepeatedContact
        ]
    );
    let told = bundle.promises.last().unwrap();
    assert_eq!(told.kind, PromiseKind::HandedOff);
    assert!(told.text.contains("within 30 minutes"), "{}", told.text);
    let json = serde_json::to_string(&bundle).unwrap();
    let again: Bundle = serde_json::from_str(&json).unwrap();
    assert_eq!(again, bundle);
}

/// The order number of a situation, which is the same in every shop of the same seed.
async fn demo_order(situation: &str) -> String {
    let model = script(Vec::new());
    Desk::of(situation, &model).await.order().to_owned()
}

/// The same customer wrote five days before, and was handed over.
async fn earlier_conversation(desk: &Desk) {
    let log = desk.log().await;
    let proved = log.iter().find_map(|event| match &event.body {
        EventBody::IdentityProved(proved) => Some(proved.clone()),
        _ => None,
    });
    let id = ConversationId::new("c_before");
    let at_ms = desk.assistant.parts.clock.now_ms() - 5 * 24 * 60 * 60 * 1_000;
    let events = vec![
        EventBody::IdentityProved(proved.unwrap()),
        EventBody::HandedOff(HandedOff {
            bundle: BundleId::new("b_before"),
            reason: HandOffReason::OutOfScope,
            urgency: HandOffReason::OutOfScope.urgency(),
        }),
        EventBody::Resolved(Resolved {}),
    ];
    desk.store
        .create_conversation(&id, "other", Channel::Chat, at_ms, events)
        .await
        .unwrap();
}

#[tokio::test]
async fn the_profile_counts_what_was_kept_and_lists_what_was_written() {
    let model = Scripted::by(|request| match request.messages.last() {
        Some(Message::ToolResult { .. }) => Answer::new().text("Somebody looks at it."),
        _ => call(
            "h",
            "hand_off",
            json!({"reason": "complaint", "summary": "It leaks."}),
        ),
    });
    let desk = Desk::of("many_orders", &model).await;
    earlier_conversation(&desk).await;
    desk.says("this leaks, I am angry").await;
    let bundle = bundle(&desk).await;
    let customer = bundle.customer.as_ref().unwrap();
    let profile = bundle.profile.as_ref().unwrap();
    let orders = desk.store.orders_of(&customer.id, 1_000).await.unwrap();
    let mut sum = 0;
    let mut kept = 0;
    for order in &orders {
        if order.status.words() != "cancelled" {
            kept += 1;
            sum += order.total.minor;
        }
        for registered in desk.store.returns_of(&order.number).await.unwrap() {
            if registered.status != ReturnStatus::Cancelled {
                sum -= registered.refund.total.minor;
            }
        }
    }
    assert!(kept > 3);
    assert_eq!(profile.orders, kept);
    assert_eq!(profile.spent, [Money::new(sum, Currency::EUR)]);
    assert_eq!(profile.since_ms, customer.created_ms);
    let segment = profile.segment.as_ref().expect("there are orders");
    assert_eq!(segment.name, "Loyal");
    assert!(segment.why.starts_with("8 orders "), "{}", segment.why);
    let [earlier] = profile.conversations.as_slice() else {
        panic!(
            "this conversation is not an earlier one: {:?}",
            profile.conversations
        );
    };
    assert_eq!(profile.conversations_in_all, 1);
    assert_eq!(earlier.status, Status::Resolved);
    assert_eq!(earlier.reason, Some(HandOffReason::OutOfScope));
    assert_eq!(bundle.summary, "It leaks.");
    assert!(
        bundle.draft_reply.contains("I am sorry"),
        "{}",
        bundle.draft_reply
    );
}

/// A yes, what code said was done, and when a person answers: all of it binds the shop.
#[tokio::test]
async fn promises_are_those_that_code_made() {
    let order = demo_order("delivered_two_items").await;
    let model = script(vec![
        call("a", "lookup_order", json!({"order_number": order})),
        call(
            "r",
            "start_return",
            json!({"order_number": order, "items": [{"line": 2, "quantity": 1, "reason": "size_too_small"}]}),
        ),
        Answer::new().text("Please confirm the return."),
        call(
            "h",
            "hand_off",
            json!({"reason": "shopper_asked", "summary": "Wants a person."}),
        ),
        Answer::new().text("I have passed this on."),
    ]);
    let desk = Desk::of("delivered_two_items", &model).await;
    desk.says(&format!("return item 2 of order {order}, too small"))
        .await;
    desk.says("yes").await;
    desk.says("now I want a person").await;
    let bundle = bundle(&desk).await;
    let kinds: Vec<PromiseKind> = bundle.promises.iter().map(|promise| promise.kind).collect();
    assert_eq!(
        kinds,
        [
            PromiseKind::Confirmed,
            PromiseKind::Done,
            PromiseKind::HandedOff
        ]
    );
    let registered = desk
        .store
        .returns_of(&OrderNumber::new(&order))
        .await
        .unwrap()
        .remove(0);
    let refund = registered.refund.total;
    assert_eq!(bundle.promises[0].amount, Some(refund));
    assert_eq!(bundle.promises[1].until, Some(registered.ship_by));
    assert!(bundle.promises[1].text.contains(registered.number.as_str()));
    // Saturday 21 November, 10:00: the shop has just opened.
    assert!(
        bundle.promises[2].text.contains("within 30 minutes"),
        "{}",
        bundle.promises[2].text
    );
    assert!(
        bundle
            .assessment
            .found
            .iter()
            .any(|found| found.contains(registered.number.as_str()))
    );
    assert!(
        bundle.draft_reply.contains(registered.number.as_str()),
        "{}",
        bundle.draft_reply
    );
    assert!(bundle.proposed_action.is_none());
}

/// What code says by itself when it gives up names the same times as the tool.
#[tokio::test]
async fn giving_up_says_when_people_answer() {
    for (hours, expected) in [
        (0, "usually comes within 30 minutes"),
        (
            6,
            "The next time is on Monday 23 November 2026, from 09:00.",
        ),
    ] {
        let model = Scripted::by(|_| Answer::transient());
        let desk = Desk::of("waiting", &model).await;
        desk.assistant
            .parts
            .clock
            .advance_ms(hours * 60 * 60 * 1_000);
        let reply = desk.says("where is it?").await;
        assert!(
            reply.contains("colleague") && reply.contains(expected),
            "{reply}"
        );
        let bundle = bundle(&desk).await;
        let told: Vec<_> = bundle
            .promises
            .iter()
            .filter(|p| p.kind == PromiseKind::HandedOff)
            .collect();
        assert_eq!(told.len(), 1);
        assert!(told[0].text.contains(expected));
        assert!(
            bundle
                .assessment
                .stopped
                .starts_with("Something did not work"),
            "{}",
            bundle.assessment.stopped
        );
        let card = desk
            .log()
            .await
            .into_iter()
            .find_map(|event| match event.body {
                EventBody::Shown(shown) => shown.private,
                _ => None,
            });
        let card = serde_json::to_string(&card).unwrap();
        assert!(card.contains(expected), "{card}");
        // Still waiting: what is said again names a time as well.
        let again = desk.says("hello?").await;
        assert!(
            again.contains("already has our conversation") && again.contains(expected),
            "{again}"
        );
    }
}

/// Once somebody else is proved, nothing of the one before is in the bundle: no line, no call, no
/// order, no promise.
#[tokio::test]
async fn who_comes_after_another_takes_nothing_of_theirs_along() {
    let order = demo_order("expensive_return").await;
    let model = script(vec![
        call("a", "lookup_order", json!({"order_number": order})),
        call(
            "c",
            "start_return",
            json!({"order_number": order, "items": [{"line": 1, "quantity": 1, "reason": "unwanted"}]}),
        ),
        Answer::new().text("A colleague decides this."),
        call(
            "h",
            "hand_off",
            json!({"reason": "shopper_asked", "summary": "Wants a person."}),
        ),
        Answer::new().text("I have passed this on."),
    ]);
    let desk = Desk::of("expensive_return", &model).await;
    let secret = format!("return order {order}, it was a present for my sister");
    desk.says(&secret).await;
    append(
        &desk,
        EventBody::HandedBack(HandedBack {
            agent: "Robin".into(),
        }),
    )
    .await;
    let shoppers = demo::shoppers(&desk.store).await.unwrap();
    let other = shoppers
        .iter()
        .find(|one| one.situation == "waiting")
        .unwrap();
    let other = desk
        .store
        .customer_by_email(&other.email)
        .await
        .unwrap()
        .unwrap();
    let proof = Proof::Customer {
        customer: other.id.clone(),
        method: ProofMethod::EmailCode,
    };
    append(&desk, EventBody::IdentityProved(IdentityProved { proof })).await;
    desk.says("please let me talk to a person").await;
    let bundle = bundle(&desk).await;
    assert_eq!(bundle.customer.as_ref().unwrap().id, other.id);
    assert!(bundle.orders.is_empty() && bundle.returns.is_empty());
    assert!(bundle.proposed_action.is_none() && bundle.policies.is_empty());
    let whole = serde_json::to_string(&bundle).unwrap();
    assert!(
        !whole.contains("sister") && !whole.contains(&order),
        "{whole}"
    );
    let lines: Vec<&str> = bundle
        .transcript
        .iter()
        .map(|line| line.text.as_str())
        .collect();
    assert_eq!(lines, ["please let me talk to a person"]);
    assert_eq!(bundle.calls.len(), 1);
}

/// Nobody is proved: no profile, no orders, whatever the shopper writes.
#[tokio::test]
async fn without_proof_there_is_no_customer_in_it() {
    let model = Scripted::by(|request| match request.messages.last() {
        Some(Message::ToolResult { .. }) => Answer::new().text("Somebody looks at it."),
        _ => call(
            "h",
            "hand_off",
            json!({"reason": "out_of_scope", "summary": ""}),
        ),
    });
    let desk = Desk::of("waiting", &model).await;
    append(
        &desk,
        EventBody::IdentityDropped(IdentityDropped { through: None }),
    )
    .await;
    desk.says("I am Maeve and my order is 10482").await;
    let bundle = bundle(&desk).await;
    assert_eq!(bundle.identity, "not proved");
    assert!(bundle.customer.is_none() && bundle.profile.is_none() && bundle.orders.is_empty());
    assert!(
        bundle.draft_reply.starts_with("Hello,"),
        "{}",
        bundle.draft_reply
    );
    let shown = text(&bundle);
    assert!(
        shown.contains("Shopper   not proved") && !shown.contains('@'),
        "{shown}"
    );
}

/// What an older program has stored is shown with what it has.
#[test]
fn a_bundle_of_the_first_version_is_shown() {
    let first = json!({
        "id": "b-1", "conversation": "c-1", "created_ms": 5, "reason": "complaint", "urgency": "high",
        "summary": "The parcel\u{1b}[31m came wet.", "identity": "not proved", "customer": null,
        "orders": [], "returns": [], "calls": [], "proposed_action": null,
        "transcript": [{"at_ms": 4, "who": "shopper", "text": "t"}],
    });
    let bundle: Bundle = serde_json::from_value(first).unwrap();
    let shown = text(&bundle);
    assert!(
        shown.contains("Wanted    The parcel [31m came wet."),
        "{shown:?}"
    );
    assert!(
        !shown.contains("Priority") && !shown.contains("Draft"),
        "{shown}"
    );
}

/// Handed over, given back, and again: the second bundle says so.
#[tokio::test]
async fn a_repeated_contact_in_one_conversation_counts() {
    let model = Scripted::by(|request| match request.messages.last() {
        Some(Message::ToolResult { .. }) => Answer::new().text("Somebody looks at it."),
        _ => call(
            "h",
            "hand_off",
            json!({"reason": "shopper_asked", "summary": "Again."}),
        ),
    });
    let desk = Desk::of("waiting", &model).await;
    desk.says("a person please").await;
    append(
        &desk,
        EventBody::HandedBack(HandedBack {
            agent: "Robin".into(),
        }),
    )
    .await;
    desk.assistant.parts.clock.advance_ms(45 * 60 * 1_000);
    desk.says("a person again please").await;
    let bundle = bundle(&desk).await;
    let why: Vec<&str> = bundle
        .priority
        .terms
        .iter()
        .map(|term| term.why.as_str())
        .collect();
    assert!(
        why.contains(&"handed over before in this conversation"),
        "{why:?}"
    );
}
