//! What may leave: right values about the right subject, and no promise without its act.

mod facts;
mod offers;
mod paraphrases;
mod probes;
mod shopping;

use attendant::agent::evidence::Evidence;
use attendant::agent::guard::Guard;
use attendant::domain::event::*;
use attendant::domain::evidence::{Fact, Subject};
use attendant::domain::ids::*;

use facts::*;

fn passes(text: &str) -> Result<(), String> {
    passes_on(&evidence(), text)
}

fn passes_on(evidence: &Evidence, text: &str) -> Result<(), String> {
    let mut guard = Guard::new(evidence, "", TODAY);
    let mut sentences = attendant::agent::guard::Sentences::default();
    let mut all = sentences.push(text);
    all.extend(sentences.finish());
    all.iter()
        .try_for_each(|sentence| guard.check(sentence).map_err(|violation| violation.reason))
}

/// Every good text passes and every bad one does not; all that are wrong are told at once.
fn judge(evidence: &Evidence, good: &[&str], bad: &[&str]) {
    let stopped = good.iter().filter_map(|text| {
        let reason = passes_on(evidence, text).err()?;
        Some(format!("stopped: {text} ({reason})"))
    });
    let passed = bad.iter().filter(|text| passes_on(evidence, text).is_ok());
    let passed = passed.map(|text| format!("passed: {text}"));
    let wrong: Vec<String> = stopped.chain(passed).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
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
            acted: false,
            hand_off: Some(attendant::domain::bundle::HandOffReason::ShopperAsked),
            private: None,
        }),
    });
    assert!(
        Guard::new(&evidence, "", TODAY)
            .check("A colleague will write to you here.")
            .is_ok()
    );
    assert!(
        Guard::new(&evidence, "", TODAY)
            .check("I have registered the return.")
            .is_err()
    );
}

#[test]
fn status_and_stock_expire_with_the_turn() {
    let mut evidence = evidence();
    assert!(
        Guard::new(&evidence, "", TODAY)
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
        Guard::new(&evidence, "", TODAY)
            .check("Order 10482 is in transit.")
            .is_err()
    );
    assert!(
        Guard::new(&evidence, "", TODAY)
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
            acted: false,
            hand_off: None,
            private: Some(ToolWords {
                content: content.into(),
                facts: vec![],
                cards: vec![],
            }),
        }),
    });
    let check = |text: &str| Guard::new(&evidence, "", TODAY).check(text);
    assert!(check("The Sleet Rain Jacket of order 10482 could be returned until Friday 20 November 2026: our returns policy gives 21 days.").is_ok());
    assert!(check("You could return the Sleet Rain Jacket until 20 November.").is_ok());
    assert!(check("You could return the Burren Socks until 20 November.").is_err());
    assert!(check("You could return the Sleet Rain Jacket until 21 November.").is_err());
}

#[test]
fn a_part_does_not_speak_for_the_whole() {
    judge(
        &with(split_order()),
        &[
            "Your Downpour Glove was delivered on Sunday 1 November 2026.",
            "In order 20001, the parcel with the Downpour Glove is delivered.",
            "In order 20001, the parcel with the Skellig Hat is in transit.",
            "One parcel of order 20001 has been delivered.",
            "Order 20001 is late.",
            "Order 20001 has not been delivered yet.",
            "Order 20001 came to €128.90 in all.",
            "The Downpour Glove came to €79.00.",
            "It travels in two parcels.",
        ],
        &[
            "Order 20001 has been delivered.",
            "Both parcels have been delivered.",
            "The parcels of order 20001 have been delivered.",
            "The Skellig Hat has been delivered.",
            "The Downpour Glove has not been delivered.",
            "Order 20001 came to €79.00 in all.",
            "The total of order 20001 is €79.00.",
            "It travels in three parcels.",
            "You have two orders with us.",
            "Order 20001 is not late.",
        ],
    );
}

#[test]
fn a_return_speaks_for_itself_and_its_lines() {
    judge(
        &with(other_order()),
        &[
            "Return RT-7K2M9Q of order 10321 is open.",
            "Your return is open.",
            "The Moss Fleece has already been returned.",
            "The Moss Fleece brings €74.10 back.",
            "Return RT-7K2M9Q has been registered.",
            "Return RT-7K2M9Q has not been refunded yet.",
        ],
        &[
            "Order 10321 is open.",
            "Order 10321 has not been delivered.",
            "The Sally Gap Trousers bring €74.10 back.",
            "The Sally Gap Trousers have been returned.",
            "The Moss Fleece has not been returned.",
            "Return RT-7K2M9Q is refunded.",
            "We refunded return RT-7K2M9Q.",
            "I have registered return RT-7K2M9Q.",
            "The return has been registered.",
        ],
    );
}

#[test]
fn a_promise_is_told_in_the_turn_of_its_act() {
    let mut evidence = with(other_order());
    evidence.apply(&registered());
    judge(&evidence, &["I have registered your return."], &[]);
    evidence.apply(&replied());
    judge(
        &evidence,
        &["Return RT-7K2M9Q is registered."],
        &[
            "I have registered your return.",
            "Your return is registered.",
        ],
    );
}

#[test]
fn days_and_counts_in_words_are_read() {
    judge(
        &evidence(),
        &[
            "Order 10482 arrives tomorrow at the earliest.",
            "Order 10482 was shipped yesterday.",
            "It should come between Tuesday 24 and Thursday 26 November.",
            "It should come on 24 or 26 November.",
            "Order 10482 was placed in November 2026.",
            "It was placed on 3 Nov. 2026.",
            "Item 2 may be returned.",
            "Line 1 may come back.",
            "We are here 24/7 and I am 100% sure.",
            "1. Order 10482 holds three items.",
            "What can I do for you today?",
        ],
        &[
            "Order 10482 arrived yesterday.",
            "Order 10482 arrives today.",
            "Order 10482 arrives the day after tomorrow.",
            "It should come between Tuesday 24 and Friday 27 November.",
            "It arrives on Nov. 30.",
            "It was placed on 2 May.",
            "Order 10482 was placed in October 2026.",
            "Order 10482 cost fifty euros.",
            "Order 10482 travels in three parcels.",
            "You have two orders with us.",
        ],
    );
}

#[test]
fn what_costs_nothing_or_needs_no_value_needs_a_fact() {
    judge(
        &evidence(),
        &["Feel free to ask.", "The Sleet Rain Jacket is final sale."],
        &[
            "Track it at swiftline-parcels.com",
            "Returns are free.",
            "Shipping is free.",
            "We offer free returns.",
            "The Sleet Rain Jacket is in stock.",
            "The Burren Socks are final sale.",
            "We delivered order 10482.",
            "Your order arrived.",
            "We have refunded order 10482.",
            "Order 10482: delivered.",
        ],
    );
    let mut evidence = evidence();
    let rules = r#"{"passages":[{"text":"Returns are free. Shipping is free from €75.00."}]}"#;
    let amount = Fact::new(&Subject::new("policy:shipping"), "free from", eur(7_500));
    evidence.apply(&returned("search_policies", rules, vec![amount]));
    judge(
        &evidence,
        &["Returns are free.", "Shipping is free from €75.00."],
        &["Shipping is free.", "Exchanges are free."],
    );
}

#[test]
fn a_value_belongs_to_the_name_before_it() {
    let mut evidence = evidence();
    evidence.apply(&returned("lookup_order", "{}", other_order()));
    judge(
        &evidence,
        &[
            "Order 10482 was placed on 3 November 2026 and order 10321 on 1 October 2026.",
            "Return RT-7K2M9Q of order 10321 is open: €74.10 goes back to you.",
            "The return costs €4.90.",
        ],
        &[
            "Order 10482 was placed on 1 October 2026 and order 10321 on 3 November 2026.",
            "Order 10482 has been delivered and order 10321 is in transit.",
            "Your refund for order 10321 is €4.90.",
            "It came to €64.80.",
            "It is in transit.",
        ],
    );
}

#[test]
fn what_is_merely_listed_does_not_make_it_unclear() {
    judge(
        &evidence(),
        &[
            "Your latest order is in transit.",
            "Your order was placed on 3 November 2026.",
            "The tracking number is SW123456789.",
            "You have 8 orders with us.",
            "You have seven other orders.",
            "It came to €64.80.",
        ],
        &[
            "Your order has been delivered.",
            "Your order was placed on 1 October 2026.",
        ],
    );
}

#[test]
fn a_parcel_that_went_back_has_more_than_one_name() {
    let mut facts = head(
        &Subject::new("order:30001"),
        "30001",
        "returned to sender",
        day(10, 2),
    );
    facts.push(Fact::new(
        &Subject::new("order:30001/parcel:1"),
        "status",
        status("returned to sender"),
    ));
    judge(
        &with(facts),
        &[
            "Your parcel was returned to us.",
            "The parcel of order 30001 was returned to the sender.",
        ],
        &["Your parcel was delivered.", "Your parcel is in transit."],
    );
}

/// Ways around the readers that were seen to work once.
#[test]
fn dressed_up_falsehoods_are_stopped() {
    for text in [
        "We refund [eur 500] today.",
        "It cost $64.80.",
        "I put the full refund through just now.",
        "Your money is with your bank.",
        "Your return is approved.",
        "A colleague is calling you now.",
    ] {
        assert!(passes(text).is_err(), "{text}");
    }
}
