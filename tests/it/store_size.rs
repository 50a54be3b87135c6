//! What a conversation costs on disk: a shop keeps them for years.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use attendant::domain::card::{Card, OrderCard, OrderCardItem, ParcelCard, Source, SourcesCard};
use attendant::domain::event::*;
use attendant::domain::evidence::{Fact, FactValue, Subject};
use attendant::domain::identity::{Proof, ProofMethod};
use attendant::domain::ids::{CallId, ConversationId, CustomerId, MessageId, Random};
use attendant::domain::money::{Currency, Money};
use attendant::store::log::{Append, Writer};
use jiff::civil::date;
use serde_json::json;
use tokio::task::JoinSet;

use crate::store_conformance::place::{self, NOW, Place, TOKEN};

const CONVERSATIONS: usize = 300;
const BYTES_MAX: u64 = 4 * 1024;

fn order_result(number: u32) -> ToolWords {
    let item = |line: u32, title: &str| {
        json!({"line": line, "title": title, "color": "navy", "size": "M", "quantity": 1,
            "price": "€59.90", "paid": "€59.90", "returned": 0, "can_return": true, "why_not": null})
    };
    let content = json!({"order_number": number.to_string(), "status": "in transit",
        "placed": "Tuesday 3 November 2026",
        "items": [item(1, "Sleet Rain Jacket"), item(2, "Moss Fleece")],
        "shipping_paid": "€4.90", "total": "€124.70", "paid_with": "Visa",
        "parcels": [{"parcel": 1, "carrier": "Swiftline", "tracking": format!("SW{number}"),
            "status": "in transit", "items": [1, 2], "shipped": "Wednesday 4 November 2026",
            "expected": "between Friday 6 November 2026 and Monday 9 November 2026",
            "delivered": null, "late": false, "last_event": "Left the sorting centre"}],
        "can_do": [{"action": "report_missing", "from": "Thursday 12 November 2026"}],
        "returns": [], "other_orders": []});
    ToolWords {
        content: content.to_string(),
        facts: order_facts(number),
        cards: vec![order_card(number)],
    }
}

fn order_facts(number: u32) -> Vec<Fact> {
    let order = Subject::new(format!("order:{number}"));
    let parcel = order.child("parcel:1");
    let euros = |minor| FactValue::Money(Money::new(minor, Currency::EUR));
    let mut facts = vec![
        Fact::new(&order, "number", FactValue::Name(number.to_string())),
        Fact::new(&order, "status", FactValue::Status("in transit".to_owned())),
        Fact::new(&order, "placed", FactValue::Date(date(2026, 11, 3))),
        Fact::new(&order, "total", euros(12_470)),
        Fact::new(&order, "shipping_paid", euros(490)),
        Fact::new(
            &parcel,
            "status",
            FactValue::Status("in transit".to_owned()),
        )
        .also_about(&order),
        Fact::new(&parcel, "tracking", FactValue::Code(format!("SW{number}"))).also_about(&order),
        Fact::new(&parcel, "shipped", FactValue::Date(date(2026, 11, 4))).also_about(&order),
        Fact::new(&parcel, "expected_from", FactValue::Date(date(2026, 11, 6))).also_about(&order),
        Fact::new(&parcel, "expected_to", FactValue::Date(date(2026, 11, 9))).also_about(&order),
    ];
    for (line, title) in [(1, "Sleet Rain Jacket"), (2, "Moss Fleece")] {
        let subject = order.child(format!("line:{line}"));
        facts.extend([
            Fact::new(&subject, "title", FactValue::Name(title.to_owned())),
            Fact::new(&subject, "quantity", FactValue::Number(1)),
            Fact::new(&subject, "paid", euros(5_990)),
        ]);
    }
    facts
}

fn order_card(number: u32) -> Card {
    let item = |line, title: &str| OrderCardItem {
        product: None,
        picture: None,
        line,
        title: title.to_owned(),
        variant: "navy, M".to_owned(),
        quantity: 1,
        paid: "€59.90".to_owned(),
    };
    Card::Order(OrderCard {
        order: number.to_string(),
        status: "in transit".to_owned(),
        placed: "Tuesday 3 November 2026".to_owned(),
        total: "€124.70".to_owned(),
        items: vec![item(1, "Sleet Rain Jacket"), item(2, "Moss Fleece")],
        parcels: vec![ParcelCard {
            carrier: "Swiftline".to_owned(),
            tracking: format!("SW{number}"),
            status: "in transit".to_owned(),
            expected: Some("between Friday 6 November 2026 and Monday 9 November 2026".to_owned()),
            events: vec!["Left the sorting centre".to_owned(), "Picked up".to_owned()],
        }],
    })
}

fn policy_result() -> ToolWords {
    let text = "You have 30 days from the day of delivery to send items back. They must be unworn, \
        with their tags on. We refund what you paid to the way you paid within five working days \
        of their arrival at our warehouse. Sending back is free with our slip; shipping paid on \
        the order is refunded when everything comes back.";
    let passage = |heading: &str| {
        json!({"policy": "returns", "version": "2026-03", "title": "Returns and refunds",
            "heading": heading, "text": text, "since": "Sunday 1 March 2026", "stale": false})
    };
    let source = |heading: &str| Source {
        policy: "returns".to_owned(),
        version: "2026-03".to_owned(),
        title: "Returns and refunds".to_owned(),
        heading: heading.to_owned(),
        link: None,
    };
    let policy = Subject::new("policy:returns");
    ToolWords {
        content: json!({"passages": [passage("How long you have"), passage("Refunds")]})
            .to_string(),
        facts: vec![
            Fact::new(&policy, "days", FactValue::Number(30)),
            Fact::new(&policy, "days", FactValue::Number(5)),
        ],
        cards: vec![Card::Sources(SourcesCard {
            sources: vec![source("How long you have")],
        })],
    }
}

/// A turn with one tool call, as a run appends it: the message, then all the rest.
async fn turn(
    place: &Place,
    id: &ConversationId,
    tool: &str,
    ask: &str,
    result: ToolWords,
    reply: &str,
) {
    let name = |prefix| MessageId::new(Random::Os.id(prefix));
    let words = |text: &str| {
        Some(Words {
            text: text.to_owned(),
        })
    };
    let wrote = EventBody::ShopperWrote(ShopperWrote {
        message: name("m"),
        client_id: Some(Random::Os.id("k")),
        private: Some(ShopperWords::new(ask)),
    });
    let writer = Writer::Shopper {
        holder: "process-1".to_owned(),
    };
    let appended = place
        .store
        .append(id, Append::new(writer, NOW, vec![wrote]))
        .await
        .unwrap();
    let seen = appended.head.last_seq;
    let call = CallId::new(format!("call_{seen}"));
    let answered = |calls, text: &str, arguments| {
        let usage = Usage {
            input_tokens: 1_812,
            cached_tokens: 0,
            output_tokens: 41,
        };
        let private = Some(AnswerWords {
            text: text.to_owned(),
            arguments,
        });
        EventBody::ModelAnswered(ModelAnswered {
            model: "builtin".to_owned(),
            seen,
            calls,
            usage,
            cut: false,
            private,
        })
    };
    let head = CallHead {
        call: call.clone(),
        tool: tool.to_owned(),
    };
    let shown = result.cards.first().cloned();
    let events = vec![
        answered(
            vec![head],
            "",
            vec![r#"{"order_number":"10482"}"#.to_owned()],
        ),
        EventBody::ToolReturned(ToolReturned {
            call,
            tool: tool.to_owned(),
            outcome: ToolOutcome::Done,
            tainted: false,
            acted: false,
            hand_off: None,
            private: Some(result),
        }),
        answered(vec![], reply, vec![]),
        EventBody::Shown(Shown {
            message: name("m"),
            private: shown,
        }),
        EventBody::Replied(Replied {
            message: name("m"),
            through: seen,
            private: words(reply),
        }),
    ];
    let append = Append {
        release: true,
        ..Append::new(Writer::Run(appended.lease.unwrap()), NOW, events)
    };
    place.store.append(id, append).await.unwrap();
}

async fn talk(place: &Place, number: u32) {
    let id = ConversationId::new(Random::Os.id("c"));
    let proof = Proof::Customer {
        customer: CustomerId::new(format!("cus_{number}")),
        method: ProofMethod::Token,
    };
    let proved = EventBody::IdentityProved(IdentityProved { proof });
    place
        .store
        .create_conversation(&id, TOKEN, Channel::Chat, NOW, vec![proved])
        .await
        .unwrap();
    let reply = "Order 10482 is in transit with Swiftline and should arrive between Friday \
        6 November 2026 and Monday 9 November 2026.";
    turn(
        place,
        &id,
        "lookup_order",
        "hi, where is my order?",
        order_result(number),
        reply,
    )
    .await;
    let reply = "You have 30 days from the day of delivery to send items back, unworn and with \
        their tags on.";
    turn(
        place,
        &id,
        "search_policies",
        "and how long can I send it back?",
        policy_result(),
        reply,
    )
    .await;
}

/// Two turns of a tool call each, with what they showed; indexes and free room counted.
#[tokio::test]
async fn a_conversation_of_two_turns_takes_less_than_4_kib() {
    let place = Arc::new(place::sqlite().await);
    let empty = place.bytes();
    let mut talking = JoinSet::new();
    for number in 0..CONVERSATIONS {
        let place = place.clone();
        talking.spawn(async move { talk(&place, 10_000 + number as u32).await });
    }
    talking.join_all().await;
    let each = (place.bytes() - empty) / CONVERSATIONS as u64;
    println!("{each} bytes a conversation");
    assert!(each < BYTES_MAX, "{each} bytes a conversation");
}
