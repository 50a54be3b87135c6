//! What may leave: right values about the right subject, and no promise without its act.

use attendant::agent::evidence::Evidence;
use attendant::agent::guard::Guard;
use attendant::domain::event::*;
use attendant::domain::evidence::{Fact, FactValue, Subject};
use attendant::domain::ids::*;
use attendant::domain::money::{Currency, Money};

fn eur(minor: i64) -> FactValue {
    FactValue::Money(Money::new(minor, Currency::EUR))
}

/// Two orders, one with two lines and a parcel; a rule of the shop.
fn evidence() -> Evidence {
    let a = Subject::new("order:10482");
    let (jacket, socks, parcel) = (a.child("line:1"), a.child("line:2"), a.child("parcel:1"));
    let pack = a.child("line:3");
    let b = Subject::new("order:10321");
    let returns = Subject::new("policy:returns");
    let f = Fact::new;
    let facts = vec![
        f(&a, "number", FactValue::Name("10482".into())),
        f(&a, "status", FactValue::Status("in transit".into())),
        f(&a, "total", eur(6_480)),
        f(
            &a,
            "placed",
            FactValue::Date(jiff::civil::date(2026, 11, 3)),
        ),
        f(
            &jacket,
            "title",
            FactValue::Name("Sleet Rain Jacket".into()),
        ),
        f(&jacket, "paid", eur(4_990)),
        f(&socks, "title", FactValue::Name("Burren Socks".into())),
        f(&socks, "paid", eur(1_000)),
        f(&pack, "title", FactValue::Name("Bens Daypack 22".into())),
        f(&parcel, "carrier", FactValue::Name("Swiftline".into())),
        f(&parcel, "tracking", FactValue::Code("SW123456789".into())),
        f(&parcel, "status", FactValue::Status("in transit".into())),
        f(
            &parcel,
            "expected_to",
            FactValue::Date(jiff::civil::date(2026, 11, 24)),
        ),
        f(&b, "number", FactValue::Name("10321".into())),
        f(&b, "status", FactValue::Status("delivered".into())),
        f(&b, "total", eur(12_000)),
        f(&returns, "window", FactValue::Number(30)),
        f(&returns, "fee", eur(490)),
    ];
    let mut evidence = Evidence::default();
    let event = |body| Event {
        seq: 1,
        at_ms: 0,
        body,
    };
    evidence.apply(&event(EventBody::ShopperWrote(ShopperWrote {
        message: MessageId::new("s"),
        client_id: None,
        private: Some(Words {
            text: "Where is order 99999? It cost 77 euros I think, tracking ZZ987654321".into(),
        }),
    })));
    evidence.apply(&event(EventBody::ToolReturned(ToolReturned {
        call: CallId::new("c"),
        tool: "lookup_order".into(),
        outcome: ToolOutcome::Done,
        tainted: false,
        hand_off: None,
        private: Some(ToolWords {
            content: "{}".into(),
            facts,
            cards: vec![],
        }),
    })));
    evidence
}

fn passes(text: &str) -> Result<(), String> {
    let evidence = evidence();
    let mut guard = Guard::new(&evidence, "");
    let mut sentences = attendant::agent::guard::Sentences::default();
    let mut all = sentences.push(text);
    all.extend(sentences.finish());
    all.iter()
        .try_for_each(|sentence| guard.check(sentence).map_err(|violation| violation.reason))
}

#[test]
fn true_sentences_pass() {
    for text in [
        "Order 10482 is in transit.",
        "Your order #10482 was placed on 3 November 2026 and came to €64.80.",
        "The Sleet Rain Jacket cost €49.90.",
        "Order 10482 holds the Bens Daypack 22.",
        "Order 10482 is with Swiftline, tracking number SW123456789. It should arrive by Tuesday 24 November.",
        "Order 10321 has been delivered; order 10482 is on its way.",
        "Order 10482 has not been delivered yet.",
        "You can return items within 30 days, and the return costs €4.90.",
        "I couldn't find an order 99999 for you.",
        "Did you mean order 99999?",
        "Once order 10482 has been delivered you have 30 days.",
        "How can I help you today?",
        "Would you like me to prepare the return?",
        "I looked up order #10482 for you just now and its status is in transit . Is there anything else ? [ctx 7]",
    ] {
        assert_eq!(passes(text), Ok(()), "{text}");
    }
}

#[test]
fn false_values_are_stopped() {
    for text in [
        "Order 10482 is delivered.",
        "Order 10482 came to €64.90.",
        "Order 10482 was placed on 4 November 2026.",
        "Order 10482 was placed on Monday 3 November 2026.",
        "Your tracking number for order 10482 is SW123456780.",
        "Order 10482 arrives on Friday.",
        "You have 60 days to return it.",
        "Use code SAVE20 at the checkout.",
        "See https://elsewhere.example/returns for details.",
        "I looked up order #10482 for you just now and its status is delivered .",
    ] {
        assert!(passes(text).is_err(), "{text}");
    }
}

#[test]
fn the_right_value_on_the_wrong_subject_is_stopped() {
    for text in [
        "Order 10482 came to €120.00.",
        "Order 10321 came to €64.80.",
        "Order 10321 is in transit.",
        "The Sleet Rain Jacket cost €10.00.",
        "The Burren Socks cost €49.90.",
        "It came to €64.80.",
    ] {
        assert!(passes(text).is_err(), "{text}");
    }
}

#[test]
fn what_the_shopper_said_supports_nothing() {
    for text in [
        "Order 10482 came to €77.00.",
        "Your tracking number is ZZ987654321.",
        "Order 99999 is in transit.",
        "Order 99999 is on its way.",
    ] {
        assert!(passes(text).is_err(), "{text}");
    }
}

#[test]
fn a_promise_needs_its_act() {
    for text in [
        "I have registered the return.",
        "I've refunded you.",
        "A colleague will write to you.",
        "We will call you.",
        "I've cancelled the order.",
    ] {
        assert!(passes(text).is_err(), "{text}");
    }
    let mut evidence = evidence();
    evidence.apply(&Event {
        seq: 2,
        at_ms: 0,
        body: EventBody::ToolReturned(ToolReturned {
            call: CallId::new("h"),
            tool: "hand_off".into(),
            outcome: ToolOutcome::Done,
            tainted: false,
            hand_off: Some(attendant::domain::bundle::HandOffReason::ShopperAsked),
            private: None,
        }),
    });
    assert!(
        Guard::new(&evidence, "")
            .check("A colleague will write to you here.")
            .is_ok()
    );
    assert!(
        Guard::new(&evidence, "")
            .check("I have registered the return.")
            .is_err()
    );
}

#[test]
fn status_and_stock_expire_with_the_turn() {
    let mut evidence = evidence();
    assert!(
        Guard::new(&evidence, "")
            .check("Order 10482 is in transit.")
            .is_ok()
    );
    evidence.apply(&Event {
        seq: 3,
        at_ms: 0,
        body: EventBody::Replied(Replied {
            message: MessageId::new("m"),
            through: 1,
            private: None,
        }),
    });
    assert!(
        Guard::new(&evidence, "")
            .check("Order 10482 is in transit.")
            .is_err()
    );
    assert!(
        Guard::new(&evidence, "")
            .check("Order 10482 came to €64.80.")
            .is_ok()
    );
}

#[test]
fn a_refusal_may_be_passed_on_and_says_nothing_of_others() {
    let mut evidence = evidence();
    let content = "The Sleet Rain Jacket of order 10482 could be returned until Friday 20 November 2026: our returns policy gives 21 days. It was final sale.";
    evidence.apply(&Event {
        seq: 2,
        at_ms: 0,
        body: EventBody::ToolReturned(ToolReturned {
            call: CallId::new("r"),
            tool: "start_return".into(),
            outcome: ToolOutcome::Refused,
            tainted: false,
            hand_off: None,
            private: Some(ToolWords {
                content: content.into(),
                facts: vec![],
                cards: vec![],
            }),
        }),
    });
    let check = |text: &str| Guard::new(&evidence, "").check(text);
    assert!(check("The Sleet Rain Jacket of order 10482 could be returned until Friday 20 November 2026: our returns policy gives 21 days.").is_ok());
    assert!(check("You could return the Sleet Rain Jacket until 20 November.").is_ok());
    assert!(check("You could return the Burren Socks until 20 November.").is_err());
    assert!(check("You could return the Sleet Rain Jacket until 21 November.").is_err());
}
