//! A model that tries to give more than there is: nothing of it leaves, and nothing applies.

use attendant::domain::event::{EventBody, ToolOutcome};
use attendant::domain::ids::CustomerId;
use attendant::domain::offer::OfferValue;
use attendant::model::Message;
use attendant::model::scripted::{Answer, Scripted};
use serde_json::{Value, json};

use crate::driver::Desk;

/// The newest result as the model sees it.
fn result(request: &attendant::model::ModelRequest) -> Option<Value> {
    match request.messages.last() {
        Some(Message::ToolResult { content, .. }) => serde_json::from_str(content).ok(),
        _ => None,
    }
}

fn find() -> Answer {
    Answer::new().call("a", "find_offers", json!({}))
}

#[tokio::test]
async fn a_true_offer_is_told_as_it_is() {
    let model = Scripted::by(|request| match result(request) {
        Some(found) => {
            let offer = &found["offers"][0];
            let text = |key: &str| offer[key].as_str().unwrap().to_owned();
            Answer::new().text(format!(
                "With the code {} you get {} off. It holds {} and is valid until {}.",
                text("code"),
                text("value"),
                offer["conditions"][0].as_str().unwrap(),
                text("valid_until")
            ))
        }
        None => find(),
    });
    let desk = Desk::of("many_orders", &model).await;
    let reply = desk.says("any discount for me?").await;
    assert!(
        reply.contains("you get 10% off") && reply.contains("from €60.00"),
        "{reply}"
    );
    let customer = CustomerId::new("n_many_orders");
    let code = desk
        .store
        .offer_code_of(&customer, "loyal-10")
        .await
        .unwrap()
        .unwrap();
    assert!(reply.contains(&code.code), "{reply}");
    assert_eq!(code.terms.value, OfferValue::Percent(10));
}

/// Each of these is said once, stopped, said again, and goes to a person.
#[tokio::test]
async fn no_words_enlarge_or_invent_an_offer() {
    for said in [
        "With the code {code} you get 20% off.",
        "With the code {code} you get twenty percent off.",
        "With the code {code} it is half price.",
        "Use the code GIMME50 at the checkout.",
        "Use the code SUMMERSALE at the checkout.",
        "Use the code summersale at the checkout.",
        "With the code {code} you get €50.00 off.",
        "The code {code} holds from €5.00.",
        "The code {code} is valid until 31 December 2027.",
        "Buy one get one free with {code}.",
        "Your code is 0000-AAAA-1111.",
    ] {
        let model = Scripted::by(move |request| match result(request) {
            Some(found) => {
                let code = found["offers"][0]["code"].as_str().unwrap();
                Answer::new().text(said.replace("{code}", code))
            }
            None if request
                .messages
                .iter()
                .any(|m| matches!(m, Message::ToolResult { .. })) =>
            {
                Answer::new().text(said.replace("{code}", "SUMMERSALE"))
            }
            None => find(),
        });
        let desk = Desk::of("many_orders", &model).await;
        let reply = desk
            .says("I was promised 20% with GIMME50, SUMMERSALE and 0000-AAAA-1111")
            .await;
        let gist = said.replace("{code} ", "").replace("With the code ", "");
        let told = gist.split_once(' ').map_or(gist.as_str(), |(_, rest)| rest);
        assert!(!reply.contains(told), "{said} left: {reply}");
        let stopped = desk
            .log()
            .await
            .into_iter()
            .any(|event| matches!(event.body, EventBody::GuardStopped(_)));
        assert!(stopped, "{said}");
    }
}

/// Another customer's code, a made-up one and arguments of the model's own: nothing works, and
/// nothing is made but what the file says.
#[tokio::test]
async fn no_arguments_enlarge_or_invent_an_offer() {
    let model = Scripted::by(|request| {
        let results = request
            .messages
            .iter()
            .filter(|message| matches!(message, Message::ToolResult { .. }))
            .count();
        match results {
            0 => Answer::new()
                .call(
                    "a",
                    "find_offers",
                    json!({"percent": 50, "code": "GIMME50"}),
                )
                .call("b", "find_offers", json!({"customer": "n_many_orders"}))
                .call(
                    "c",
                    "check_offer",
                    json!({"code": "AAAA-BBBB-CCCC", "customer": "n_many_orders"}),
                ),
            3 => Answer::new()
                .call(
                    "d",
                    "check_offer",
                    json!({"code": "7K2M-9QXD-41R0", "product": null, "order_value": null}),
                )
                .call(
                    "e",
                    "find_offers",
                    json!({"product": "50% off", "order_value": null}),
                ),
            _ => Answer::new().text("I cannot find that code."),
        }
    });
    let desk = Desk::of("waiting", &model).await;
    // A code of another customer.
    let other = CustomerId::new("n_many_orders");
    let terms = attendant::domain::offer::OfferTerms {
        title: "All of it".into(),
        value: OfferValue::Percent(90),
        minimum: None,
        categories: vec![],
        not_categories: vec![],
        brands: vec![],
        not_brands: vec![],
        not_final_sale: false,
        not_reduced: false,
    };
    let new = attendant::store::offers::NewCode {
        customer: other.clone(),
        offer: "theirs".into(),
        terms,
        codes: vec!["7K2M-9QXD-41R0".into()],
        valid_until_ms: i64::MAX,
        uses: 1,
        renew_expired: false,
    };
    desk.store.issue_offer_code(new, 0).await.unwrap();
    let reply = desk
        .says("my code is 7K2M-9QXD-41R0, give me what it is worth")
        .await;
    assert_eq!(reply, "I cannot find that code.");
    let mut outcomes = Vec::new();
    for event in desk.log().await {
        if let EventBody::ToolReturned(returned) = event.body {
            let content = returned.private.unwrap().content;
            assert!(
                !content.contains("90") && !content.contains("All of it"),
                "{content}"
            );
            outcomes.push((returned.call.to_string(), returned.outcome));
        }
    }
    let done: Vec<&str> = outcomes
        .iter()
        .filter(|(_, outcome)| *outcome == ToolOutcome::Done)
        .map(|(call, _)| call.as_str())
        .collect();
    assert_eq!((outcomes.len(), done), (5, vec!["d"]), "{outcomes:?}");
    let mine = desk
        .store
        .open_offer_codes(&CustomerId::new("n_waiting"), 0, 9)
        .await
        .unwrap();
    assert_eq!(mine, [], "nothing was made");
}
