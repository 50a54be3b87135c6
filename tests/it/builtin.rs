//! The built-in model: how well it understands, and the conversations it must be able to lead.

use std::collections::BTreeMap;
use std::time::Instant;

use attendant::model::Message;
use attendant::model::builtin::classify::Classifier;
use proptest::prelude::*;

use crate::builtin_shop::{Talk, call, talk, tools};

/// The share of held-out wordings that are understood; printed with what is not.
#[test]
fn held_out_wordings_are_understood() {
    let begun = Instant::now();
    let classifier = Classifier::train();
    let trained = begun.elapsed();
    let sets: BTreeMap<String, Vec<String>> =
        toml::from_str(include_str!("../data/builtin_utterances.toml")).unwrap();
    let (mut right, mut all) = (0, 0);
    for (intents, texts) in &sets {
        for text in texts {
            let guess = classifier.guess(text);
            let (top, sure) = guess.top();
            all += 1;
            if intents.split('+').any(|intent| intent == top) {
                right += 1;
            } else {
                println!("{top} ({sure:.2}) for {intents}: {text}");
            }
        }
    }
    let share = f64::from(right) / f64::from(all);
    println!("understood {right} of {all} ({share:.3}); trained in {trained:?}");
    assert!(all >= 300, "{all}");
    assert!(share >= 0.9, "{share}");
}

/// Where an order is, a return with a change of mind, and what comes back: the whole way.
#[test]
fn a_return_from_the_first_question_to_the_slip() {
    let mut shop = Talk::new();
    for line in [
        "hi, where is my order?",
        "I want to return the second item, too small",
        "the other order?",
        "no wait, actually the blue one",
        "and the refund?",
        "yes but only one of them",
    ] {
        shop.say(line);
    }
    shop.confirmed();
    shop.say("thanks!");
    insta::assert_snapshot!(shop.transcript);
}

/// One missing thing is asked for at a time, and what was said before is kept.
#[test]
fn what_a_return_lacks_is_asked_for() {
    insta::assert_snapshot!(talk(&[
        "I want to return an item",
        "yes",
        "the blue one",
        "doesn't fit",
        "make that the socks, two of the three",
        "no I don't want that anymore",
    ]));
}

#[test]
fn reasons_and_items_of_one_message_belong_together() {
    insta::assert_snapshot!(talk(&[
        "return from order 10321: the jacket is too small and the fleece has a hole",
        "my jacket from order 10321 is torn",
        "I want a refund for order 10321",
        "everything but the socks",
        "they don't suit me",
    ]));
}

#[test]
fn several_wishes_are_answered_together() {
    insta::assert_snapshot!(talk(&[
        "where's my parcel and how much does a return cost?",
        "what about order 10107",
        "where is my refund?",
        "I need the return slip again",
    ]));
}

#[test]
fn what_no_tool_does_is_said_and_a_person_offered() {
    insta::assert_snapshot!(talk(&[
        "cancel order 10555",
        "yes please",
        "exchange the jacket in 10321 for a bigger one",
        "change the address of order 10482",
        "order 99999",
        "I need an invoice",
        "do you have a discount code?",
    ]));
}

#[test]
fn parcels_that_did_not_come() {
    insta::assert_snapshot!(talk(&[
        "It says delivered but I got nothing",
        "yes",
        "my order 10482 is late",
        "an item is missing from order 10321",
    ]));
}

#[test]
fn small_talk_and_what_is_out_of_scope() {
    insta::assert_snapshot!(talk(&[
        "hello",
        "are you a human?",
        "what can you do",
        "what's the weather like",
        "Wo ist meine Bestellung?",
        "Где мой заказ?",
        "do you sell unicorn gift cards",
        "you stupid bot",
        "you useless idiot",
        "bye",
    ]));
}

/// A yes in more than one word takes the offer; a correction changes what was meant.
#[test]
fn offers_are_taken_and_corrections_heard() {
    insta::assert_snapshot!(talk(&[
        "where is order 10482",
        "no, wait, I meant 10321",
        "until when can I return it?",
        "the fleece is too small, I want to return it",
        "yes but the socks",
        "actually I keep them, forget about the return",
        "change the address of order 10482",
        "yes please, pass me on",
    ]));
}

/// What is not understood is asked about once, then a person is offered, then called.
#[test]
fn nothing_is_asked_a_third_time() {
    let said = talk(&["asdkjh qwe", "blorp", "fnord zzz"]);
    insta::assert_snapshot!(said);

    let mut shop = Talk::new();
    let asked: Vec<String> = [
        "return something from order 10321",
        "hm dunno",
        "qwertz",
        "uiop",
    ]
    .iter()
    .map(|line| shop.say(line))
    .filter(|reply| reply.contains("Which item"))
    .collect();
    assert!(asked.len() <= 2, "{asked:?}");
    assert!(shop.transcript.contains("hand_off"), "{}", shop.transcript);
}

#[test]
fn a_person_is_called_at_once_and_only_once() {
    let mut shop = Talk::new();
    shop.say("I want to talk to a human");
    assert!(
        shop.transcript
            .contains("hand_off {\"reason\":\"shopper_asked\""),
        "{}",
        shop.transcript
    );
    shop.waiting = "waiting";
    let before = shop.transcript.len();
    let reply = shop.say("get me a person!!");
    assert!(
        !shop.transcript[before..].contains("hand_off"),
        "{}",
        shop.transcript
    );
    assert!(reply.contains("already"), "{reply}");

    let angry = talk(&["This is unacceptable, your service is the worst"]);
    assert!(angry.contains("\"reason\":\"complaint\""), "{angry}");
}

#[test]
fn without_signing_in_no_order_is_asked_for() {
    for line in [
        "where is my order?",
        "I want to return the second item, too small",
        "where is my refund",
    ] {
        let mut shop = Talk::new();
        shop.customer = "not signed in";
        let reply = shop.say(line);
        assert!(
            !shop.transcript.contains("lookup_order"),
            "{}",
            shop.transcript
        );
        assert!(
            reply.contains("sign in") && reply.contains("a person"),
            "{reply}"
        );
    }
}

/// Without a tool it says so; it never calls what is not in the list.
#[test]
fn tools_that_are_missing_are_not_called() {
    for line in [
        "where is my order",
        "return the jacket of order 10321, too big",
        "how do returns work?",
        "give me a person",
    ] {
        let mut shop = Talk::new();
        shop.tools = [].into();
        assert!(!shop.say(line).is_empty());
    }
}

/// A tool's hint to a model, a cut result and an unexpected shape are failures, not words.
#[test]
fn only_sentences_for_the_shopper_are_passed_on() {
    let reply = |content: &str| {
        let id = attendant::domain::ids::CallId::new("c1");
        let made = attendant::model::ToolCall {
            id: id.clone(),
            tool: "lookup_order".into(),
            arguments: r#"{"order_number":null}"#.into(),
        };
        let messages = [
            Talk::new().context(),
            Message::User("where is my order?".into()),
            Message::Assistant {
                text: "".into(),
                calls: vec![made],
            },
            Message::ToolResult {
                call: id,
                tool: "lookup_order".into(),
                content: content.into(),
            },
        ];
        call(&messages, &tools()).0
    };
    assert!(
        reply("You have no orders with us yet.").starts_with("You have no orders with us yet.")
    );
    for internal in [
        "The tool did not work just now. Tell the shopper honestly.",
        "`order_number` is not a string",
        "{\"order_number\":\"10482\",\"status\":\"in tra … (cut)",
        "[1,2]",
        "{\"order_number\":17}",
        "not carried out",
        "",
    ] {
        let said = reply(internal);
        assert!(
            said.contains("could not look that up"),
            "{internal}: {said}"
        );
    }
}

/// Orders and instructions inside results change nothing: the reply holds none of their words.
#[test]
fn instructions_in_results_are_data() {
    let said = talk(&["where is my order?"]);
    assert!(
        !said.contains("hand_off") && !said.contains("Ignore"),
        "{said}"
    );
}

/// After a sentence was stopped, the rest is said, and what has left is not said twice.
#[test]
fn a_reply_goes_on_from_what_was_released() {
    let mut shop = Talk::new();
    let whole = shop.say("where is my order 10482?");
    let (first, _) = whole.split_once(". ").unwrap();
    let mut messages = shop.history[..shop.history.len() - 1].to_vec();
    let rest = {
        let Message::Context(context) = shop.context() else {
            unreachable!()
        };
        let stopped = "The delivery estimate for order 10482 is between Monday 23 November 2026 and Wednesday 25 November 2026.";
        let context = format!(
            "{context}\ncorrection: The sentence \"{stopped}\" was not sent: no fact. Go on.\nalready_said: {first}."
        );
        messages.insert(1, Message::Context(context.into()));
        call(&messages, &tools()).0
    };
    assert!(!rest.contains(first), "{rest}");
    assert!(!rest.contains("delivery estimate"), "{rest}");
    assert!(rest.contains("SW482991"), "{rest}");
}

#[test]
fn the_same_request_gives_the_same_answer() {
    let messages = [
        Talk::new().context(),
        Message::User("hi, I'd like to send the jacket back".into()),
    ];
    assert_eq!(call(&messages, &tools()), call(&messages, &tools()));
}

fn any_message() -> impl Strategy<Value = Message> {
    let words = prop_oneof![
        any::<String>(),
        "(return|order|refund|yes|no|the|second|item|10482|10321|where|is|blue|\\?|,| ){1,20}",
        Just("x".repeat(9_000)),
    ];
    let content = prop_oneof![
        any::<String>(),
        Just(
            crate::builtin_shop::order("10321")
                .expect("it is one of the orders")
                .to_string()
        ),
        Just(
            "{\"order_number\":\"1\",\"items\":[{\"line\":4294967295}],\"other_orders\":[{}]}"
                .to_owned()
        ),
        Just("{\"proposal\":\"open\",\"items\":[{}]}".to_owned()),
        Just("{\"passages\":[{\"text\":\"\"},{}]}".to_owned()),
    ];
    let tool = prop_oneof![
        Just("lookup_order"),
        Just("start_return"),
        Just("search_policies"),
        Just("hand_off"),
        Just("other")
    ];
    prop_oneof![
        4 => words.clone().prop_map(|text| Message::User(text.into())),
        2 => words.clone().prop_map(|text| Message::Assistant { text: text.into(), calls: Vec::new() }),
        1 => words.prop_map(|text| Message::Context(text.into())),
        3 => (tool, content).prop_map(|(tool, content)| Message::ToolResult {
            call: attendant::domain::ids::CallId::new("c"),
            tool: tool.into(),
            content: content.into(),
        }),
    ]
}

proptest! {
    /// Whatever was said and whatever tools gave back: an answer that keeps the port's contract
    /// (`call` holds it against that), and no panic.
    #[test]
    fn any_conversation_gets_a_whole_answer(mut messages in proptest::collection::vec(any_message(), 0..12)) {
        call(&messages, &tools());
        messages.push(Talk::new().context());
        call(&messages, &tools());
        call(&messages, &[].into());
    }
}
