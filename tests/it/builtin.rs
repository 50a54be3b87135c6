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

#[test]
fn draft() {
    println!(
        "{}",
        talk(&[
            "hi, where is my order?",
            "I want to return the second item, too small",
            "the other order?",
            "return the fleece",
            "it is too small",
            "no wait, actually the jacket",
            "and the refund?",
            "yes but only one of them",
            "thanks"
        ])
    );
    println!(
        "{}",
        talk(&[
            "I want to return an item",
            "yes",
            "the blue one",
            "doesn't fit",
            "make that the socks, two of the three",
            "no I don't want that anymore"
        ])
    );
    println!(
        "{}",
        talk(&[
            "where's my parcel and how much does a return cost?",
            "what about order 10107",
            "where is my refund?",
            "cancel order 10555",
            "yes please"
        ])
    );
    println!("{}", talk(&["asdkjh qwe", "blorp", "fnord zzz", "hmm"]));
    println!("{}", talk(&["It says delivered but I got nothing", "yes"]));
    println!(
        "{}",
        talk(&[
            "hello",
            "are you a human?",
            "what can you do",
            "I want a human",
            "Wo ist meine Bestellung?",
            "what's the weather like",
            "do you have unicorn gift cards",
            "you stupid bot",
            "you useless idiot"
        ])
    );
    println!(
        "{}",
        talk(&[
            "my jacket from order 10321 has a hole",
            "yes return it",
            "bye"
        ])
    );
    println!(
        "{}",
        talk(&[
            "show me my orders",
            "what did I buy?",
            "the first one in 10321",
            "exchange the jacket for L",
            "change my address",
            "order 99999",
            "I need an invoice"
        ])
    );
    println!(
        "{}",
        talk(&[
            "I want a refund for order 10321",
            "everything",
            "they don't suit me"
        ])
    );
}

proptest! {
    #[test]
    fn draft_prop(text in any::<String>()) {
        call(&[Message::User(text.as_str().into())], &tools());
    }
}

#[test]
fn unused() {
    let _ = Talk::new();
}
