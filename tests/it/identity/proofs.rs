//! `verify_identity` in whole turns: what proves, what does not, and that all that does not looks
//! the same.

use attendant::agent::context::Frame;
use attendant::domain::event::*;
use attendant::domain::identity::{Proof, ProofMethod};
use attendant::domain::limits::*;
use attendant::model::Message;
use attendant::model::scripted::{Answer, Scripted};
use attendant::store::log::{Append, Writer};
use attendant::tools::registry::Registry;
use serde_json::json;

use super::*;

fn millis(duration: std::time::Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap()
}

/// Does the guard let the words of the refusals through that the puppet repeats?
async fn passes(talk: &Talk<'_>) -> bool {
    let stopped = |event: &Event| matches!(event.body, EventBody::GuardStopped(_));
    !talk.log().await.iter().any(stopped)
}

#[tokio::test]
async fn an_orders_number_with_its_email_or_postcode_opens_that_order_alone() {
    let place = Place::new(puppet()).await;
    let (customer, orders) = place.shopper("many_orders").await;
    let (one, two) = (&orders[0], &orders[1]);
    let postcode = &one.address.as_ref().unwrap().postcode;
    let spaced = format!(" {} ", postcode.to_lowercase());
    for args in [
        by_order(
            &format!("#{}", one.number),
            Some(&customer.email.to_uppercase()),
            None,
        ),
        by_order(one.number.as_str(), None, Some(&spaced)),
        by_order(one.number.as_str(), Some(&customer.email), Some(postcode)),
    ] {
        let talk = place.talk(None).await;
        let proved = talk.proves(&args).await.unwrap();
        assert_eq!(
            proved,
            json!({"proved": "order", "order_number": one.number})
        );
        let session = talk.session().await;
        let scope = session.turn.identity().orders().unwrap();
        assert!(matches!(scope.orders(), [only] if *only == one.number));
        assert!(session.turn.identity().customer().is_none());
        let logged = talk
            .log()
            .await
            .into_iter()
            .find_map(|event| match event.body {
                EventBody::IdentityProved(proved) => Some(proved.proof),
                _ => None,
            });
        let expected = Proof::Order {
            order: one.number.clone(),
            owner: Some(customer.id.clone()),
            method: ProofMethod::OrderDetails,
        };
        assert_eq!(logged, Some(expected));
        // That order, and none of the others.
        talk.says(&call("lookup_order", &json!({"order_number": one.number})))
            .await;
        assert!(talk.result().await.is_ok());
        talk.says(&call("lookup_order", &json!({"order_number": two.number})))
            .await;
        assert!(talk.result().await.is_err());
        place.clock.advance_ms(millis(PROOF_WINDOW));
    }
}

#[tokio::test]
async fn a_code_from_the_mail_opens_everything_of_its_customer() {
    let place = Place::new(puppet()).await;
    let (customer, orders) = place.shopper("waiting").await;
    let talk = place.talk(None).await;
    let written = format!(" {} ", customer.email.to_uppercase());
    let sent = talk.proves(&by_email(&written)).await.unwrap();
    assert_eq!(sent["sent"], true);
    let (first, domain) = (
        &customer.email[..1],
        customer.email.split_once('@').unwrap().1,
    );
    assert_eq!(sent["to"], format!("{first}…@{domain}"));
    let code = place.mailed_code(&customer.email).await.unwrap();
    assert_eq!(code.len(), 6);
    let proved = talk
        .proves(&by_code(&format!("{} {}", &code[..3], &code[3..])))
        .await;
    let expected = json!({"proved": "customer", "first_name": customer.first_name});
    assert_eq!(proved, Ok(expected.clone()));
    assert_eq!(talk.customer().await, Some(customer.id.clone()));
    talk.says(&call("lookup_order", &json!({"order_number": null})))
        .await;
    assert_eq!(
        talk.result().await.unwrap()["order_number"],
        json!(orders[0].number)
    );
    // A run that was killed asks again: the answer is the same, and nothing is walled off.
    assert_eq!(talk.proves(&by_code(&code)).await, Ok(expected));
    let dropped = |event: &Event| matches!(event.body, EventBody::IdentityDropped(_));
    assert!(!talk.log().await.iter().any(dropped));
    // The code is in no result and in no event but in what the shopper typed.
    for event in talk.log().await {
        let typed = matches!(
            event.body,
            EventBody::ShopperWrote(_) | EventBody::ModelAnswered(_)
        );
        assert!(typed || !format!("{event:?}").contains(&code), "{event:?}");
    }
}

#[tokio::test]
async fn whatever_proves_nothing_is_refused_in_the_same_words() {
    let place = Place::new(puppet()).await;
    let (customer, orders) = place.shopper("waiting").await;
    let (other, theirs) = place.shopper("late").await;
    let number = orders[0].number.as_str();
    let mut words = Vec::new();
    for args in [
        by_order(number, Some("nobody@example.com"), None),
        by_order(number, Some(&other.email), None),
        by_order(number, None, Some("00000")),
        by_order(number, Some(&customer.email), Some("00000")),
        by_order(theirs[0].number.as_str(), Some(&customer.email), None),
        by_order("99999999", Some(&customer.email), None),
        by_order("99999999", Some("nobody@example.com"), None),
        by_order(&"9".repeat(200), Some(&customer.email), None),
        by_order("'; --", None, Some("' OR 1=1")),
        by_code("123456"),
        by_code("12345"),
        by_code("abcdef"),
        by_code("١٢٣٤٥٦"),
        by_email("no address"),
    ] {
        let talk = place.talk(None).await;
        words.push(talk.proves(&args).await.unwrap_err());
        assert!(!talk.session().await.turn.identity().is_proved());
        assert!(passes(&talk).await, "{args}");
        place.clock.advance_ms(millis(PROOF_WINDOW));
    }
    words.dedup();
    assert_eq!(words.len(), 1, "{words:?}");
}

/// A model that makes values up, or has read them in a text, proves nothing by them.
#[tokio::test]
async fn what_the_shopper_has_not_written_proves_nothing() {
    let place = Place::new(puppet()).await;
    let (customer, orders) = place.shopper("waiting").await;
    let number = orders[0].number.to_string();
    let postcode = orders[0].address.as_ref().unwrap().postcode.clone();
    let talk = place.talk(None).await;
    talk.proves(&by_email(&customer.email)).await.unwrap();
    let code = place.mailed_code(&customer.email).await.unwrap();
    for args in [
        by_order(&number, Some(&customer.email), None),
        by_order(&number, None, Some(&postcode)),
        by_code(&code),
        by_email(&customer.email),
    ] {
        let asked = args.clone();
        let model = Scripted::by(move |request| match request.messages.last() {
            Some(Message::ToolResult { .. }) => Answer::new().text("All right."),
            _ => Answer::new().call("c", "verify_identity", asked.to_string()),
        });
        let foolish = Place::new(model).await;
        let talk = foolish.talk(None).await;
        // Parts of the values, and other ones.
        talk.says(&format!(
            "where is my order? x{number}x x{}x 000",
            customer.email
        ))
        .await;
        let words = talk.result().await.unwrap_err();
        assert!(words.contains("could not confirm"), "{words}");
        assert!(foolish.mailed_code(&customer.email).await.is_none());
    }
}

#[tokio::test]
async fn what_is_missing_is_asked_for() {
    let place = Place::new(puppet()).await;
    let talk = place.talk(None).await;
    let nothing = json!({"email": "", "code": " ", "order_number": null, "postcode": ""});
    for (args, asked) in [
        (nothing, "email"),
        (by_order("10482", None, None), "postcode_or_email"),
        (
            json!({"email": null, "code": null, "order_number": "", "postcode": "12345"}),
            "order_number",
        ),
    ] {
        let result = talk.proves(&args).await.unwrap();
        assert_eq!(result["ask"], asked);
        assert!(result["question"].as_str().unwrap().ends_with(['?', '.']));
    }
}

#[tokio::test]
async fn a_code_counts_for_ten_minutes_three_tries_and_one_conversation() {
    let place = Place::new(puppet()).await;
    let (customer, _) = place.shopper("waiting").await;
    let sent = async || {
        let talk = place.talk(None).await;
        talk.proves(&by_email(&customer.email)).await.unwrap();
        let code = place.mailed_code(&customer.email).await.unwrap();
        (talk, code)
    };
    let (talk, code) = sent().await;
    let elsewhere = place.talk(None).await;
    let refused = elsewhere.proves(&by_code(&code)).await.unwrap_err();
    place.clock.advance_ms(millis(CODE_TTL));
    assert_eq!(talk.proves(&by_code(&code)).await, Err(refused.clone()));

    let (talk, code) = sent().await;
    let wrong = if code == "000000" { "000001" } else { "000000" };
    for _ in 0..CODE_TRIES_MAX {
        assert_eq!(talk.proves(&by_code(wrong)).await, Err(refused.clone()));
    }
    assert_eq!(talk.proves(&by_code(&code)).await, Err(refused.clone()));

    place.clock.advance_ms(millis(PROOF_WINDOW));
    let (talk, old) = sent().await;
    place.clock.advance_ms(millis(CODE_RESEND_PAUSE));
    talk.proves(&by_email(&customer.email)).await.unwrap();
    let new = place.mailed_code(&customer.email).await.unwrap();
    assert_eq!(talk.proves(&by_code(&old)).await, Err(refused));
    assert!(talk.proves(&by_code(&new)).await.is_ok());
}

#[tokio::test]
async fn a_limit_has_one_wording_whether_or_not_the_details_are_right() {
    let place = Place::new(puppet()).await;
    let (customer, orders) = place.shopper("waiting").await;
    let number = orders[0].number.as_str();
    let talk = place.talk(None).await;
    for n in 0..PROOF_FAILURES_MAX {
        let wrong = by_order(&format!("8{n}"), Some(&format!("x{n}@example.com")), None);
        talk.proves(&wrong).await.unwrap_err();
    }
    let mut words = Vec::new();
    for args in [
        by_order(number, Some(&customer.email), None),
        by_order(number, Some("nobody@example.com"), None),
        by_order("99999999", Some("nobody@example.com"), None),
        by_code("123456"),
    ] {
        words.push(talk.proves(&args).await.unwrap_err());
    }
    words.dedup();
    assert_eq!(words.len(), 1, "{words:?}");
    assert!(words[0].contains("too many tries"), "{words:?}");
    assert!(passes(&talk).await);
    // Elsewhere the order is still open to who knows its details.
    let other = place.talk(None).await;
    let right = by_order(number, Some(&customer.email), None);
    assert!(other.proves(&right).await.is_ok());
}

/// The reply that a shopper gets about a code passes the guard with the tool's own words.
#[tokio::test]
async fn the_words_about_a_code_reach_the_shopper() {
    let model = Scripted::by(|request| match request.messages.last() {
        Some(Message::ToolResult { content, .. }) => {
            let result: Value = serde_json::from_str(content).unwrap();
            let words = result["words"].as_str().unwrap();
            Answer::new().text(format!("I have sent you a six-digit code. {words}"))
        }
        _ => {
            let args = by_email("maya@example.com");
            Answer::new().call("c", "verify_identity", args)
        }
    });
    let place = Place::new(model).await;
    let talk = place.talk(None).await;
    talk.says("my address is maya@example.com").await;
    let shown = talk.shown().await;
    let stopped = |event: &&Event| matches!(event.body, EventBody::GuardStopped(_));
    let log = talk.log().await;
    assert_eq!(log.iter().find(stopped), None);
    assert!(
        shown.contains("m…@example.com") && shown.contains("10 minutes"),
        "{shown}"
    );
}

/// What a model is told of a code that waits follows from the log alone.
#[tokio::test]
async fn the_model_is_told_whether_a_code_waits() {
    let place = Place::new(puppet()).await;
    let (customer, _) = place.shopper("waiting").await;
    let talk = place.talk(None).await;
    let frame = Frame::new(
        "x",
        Registry::new().unwrap().specs(),
        jiff::tz::TimeZone::UTC,
    );
    let waits = async |talk: &Talk<'_>| {
        let request = frame.request(&talk.session().await, place.clock.now_ms());
        let context = request.messages.iter().find_map(|message| match message {
            Message::Context(text) => Some(text.to_string()),
            _ => None,
        });
        context.unwrap().contains("code_sent: yes")
    };
    assert!(!waits(&talk).await);
    talk.proves(&by_email(&customer.email)).await.unwrap();
    assert!(waits(&talk).await);
    let code = place.mailed_code(&customer.email).await.unwrap();
    talk.proves(&by_code("000000")).await.unwrap_err();
    assert!(waits(&talk).await);
    talk.proves(&by_code(&code)).await.unwrap();
    assert!(!waits(&talk).await);

    let other = place.talk(None).await;
    place.clock.advance_ms(millis(CODE_RESEND_PAUSE));
    other.proves(&by_email(&customer.email)).await.unwrap();
    assert!(waits(&other).await);
    place.clock.advance_ms(millis(CODE_TTL));
    assert!(!waits(&other).await);
}

/// Killed between the code's row and the answer, a run repeats its call: the row, its count and its
/// mail are one transaction, so there is one mail, and its code is the one that counts.
#[tokio::test]
async fn a_run_that_dies_after_the_code_is_sent_sends_no_other() {
    let place = Place::new(puppet()).await;
    let (customer, _) = place.shopper("waiting").await;
    let talk = place.talk(None).await;
    // As the tool does it, and then the process is gone: nothing of it is in the log.
    let first = attendant::store::proofs::NewCode {
        email: customer.email.clone(),
        code: "424242".into(),
        key: "first".into(),
    };
    let attempt = attendant::store::proofs::Try {
        conversation: talk.id.clone(),
        secret: [7; 32],
        now_ms: place.clock.now_ms(),
    };
    let letter = |customer: &Customer| {
        let data = json!({"code": "424242", "minutes": 10});
        let to = json!({"name": "", "email": customer.email});
        json!({"template": "verification_code", "to": to, "data": data}).to_string()
    };
    place.store.send_code(attempt, first, letter).await.unwrap();
    place.clock.advance_ms(millis(LEASE_TTL));
    assert!(talk.proves(&by_email(&customer.email)).await.is_ok());
    assert_eq!(
        place.mailed_code(&customer.email).await.as_deref(),
        Some("424242")
    );
    assert!(talk.proves(&by_code("424242")).await.is_ok());
}

/// However long it takes until the run is taken up again: a turn sends one code.
#[tokio::test]
async fn a_turn_that_comes_back_late_sends_no_other_code_either() {
    let place = Place::new(puppet()).await;
    let (customer, _) = place.shopper("waiting").await;
    let talk = place.talk(None).await;
    for code in ["424242", "171717"] {
        let new = attendant::store::proofs::NewCode {
            email: customer.email.clone(),
            code: code.into(),
            key: "of this turn".into(),
        };
        let attempt = attendant::store::proofs::Try {
            conversation: talk.id.clone(),
            secret: [7; 32],
            now_ms: place.clock.now_ms(),
        };
        let sent = place.store.send_code(attempt, new, |_| String::new()).await;
        assert!(matches!(
            sent.unwrap(),
            attendant::store::proofs::Tried::Done(())
        ));
        place.clock.advance_ms(millis(CODE_TTL) / 2);
    }
    assert!(talk.proves(&by_code("171717")).await.is_err());
    place.clock.advance_ms(-millis(CODE_TTL) / 2);
    assert!(talk.proves(&by_code("424242")).await.is_ok());
}

/// A turn that has read third parties' text proves nobody: the text may have written the values.
#[tokio::test]
async fn a_tainted_turn_proves_nothing() {
    let place = Place::new(puppet()).await;
    let (customer, orders) = place.shopper("waiting").await;
    let talk = place.talk(None).await;
    let tainted = ToolReturned {
        call: CallId::new("t"),
        tool: "search_policies".into(),
        outcome: ToolOutcome::Done,
        tainted: true,
        acted: false,
        hand_off: None,
        private: Some(ToolWords::default()),
    };
    let writer = Writer::Shopper {
        holder: "nobody".into(),
    };
    let mut append = Append::new(writer, 1, vec![EventBody::ToolReturned(tainted)]);
    append.at_ms = place.clock.now_ms();
    place.store.append(&talk.id, append).await.unwrap();
    let args = by_order(orders[0].number.as_str(), Some(&customer.email), None);
    let hint = talk.proves(&args).await.unwrap_err();
    assert!(hint.contains("new message"), "{hint}");
    assert!(talk.proves(&args).await.is_ok());
}
