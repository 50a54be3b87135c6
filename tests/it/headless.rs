//! The headless API: a shop's own front end speaks for its shoppers.

use attendant::config::DemoScale;
use attendant::domain::ids::sha256_hex;
use attendant::model::builtin::Builtin;
use attendant::store::keys::{ApiKey, KeyRole};
use reqwest::{RequestBuilder, StatusCode};
use serde_json::{Value, json};

use crate::running::{Events, Running, answer};

async fn running(name: &str) -> Running {
    let server = Running::start(name, DemoScale::Small, Builtin).await;
    add_key(&server, "shop", "test", None).await;
    server
}

async fn add_key(server: &Running, name: &str, value: &str, per_minute: Option<u32>) {
    let key = ApiKey {
        name: name.into(),
        per_minute: per_minute.and_then(std::num::NonZeroU32::new),
        created_ms: 1,
        role: KeyRole::Turns,
    };
    assert!(
        server
            .app
            .store()
            .add_key(&key, &sha256_hex(value))
            .await
            .unwrap()
    );
}

fn turn(server: &Running, key: &str, body: Value) -> RequestBuilder {
    let at = format!("{}/api/turns", server.url);
    server.http.post(at).bearer_auth(key).body(body.to_string())
}

async fn said(server: &Running, body: Value) -> Value {
    let sent = turn(server, "test", body).send().await.unwrap();
    assert_eq!(sent.status(), StatusCode::OK);
    answer(sent).await
}

#[tokio::test]
async fn a_turn_comes_as_events_or_as_one_document() {
    let server = running("headless").await;
    let body =
        json!({"conversation": "s-1", "text": "where is my order?", "customer": "n_waiting"});
    let stream = turn(&server, "test", body).header("accept", "text/event-stream");
    let events = Events::of(stream.send().await.unwrap()).rest().await;
    let names: Vec<&str> = events.iter().map(|event| event.name.as_str()).collect();
    assert_eq!(names[0], "delta", "{names:?}");
    assert_eq!(*names.last().unwrap(), "done");
    assert!(names.contains(&"order"), "{names:?}");
    let deltas = events.iter().filter(|event| event.name == "delta");
    let text: String = deltas
        .filter_map(|event| event.data["text"].as_str())
        .collect();
    let message = events.iter().find(|event| event.name == "message").unwrap();
    assert_eq!(message.data["text"], json!(text));
    assert_eq!(message.data["from"], "assistant");

    // The same conversation goes on, and who writes stays who they are.
    let again = said(
        &server,
        json!({"conversation": "s-1", "text": "and what did I pay?"}),
    )
    .await;
    assert!(again["text"].as_str().unwrap().contains('€'), "{again}");
    assert_eq!(again["status"], "open");
    let order = said(
        &server,
        json!({"conversation": "s-2", "text": "where is my order?", "customer": "n_late"}),
    )
    .await;
    assert_eq!(order["cards"][0]["card"], "order", "{order}");
    assert_eq!(order["conversation"], "s-2");
    server.stop().await;
}

#[tokio::test]
async fn a_return_is_proposed_confirmed_and_done_through_the_same_gate() {
    let server = running("headless-return").await;
    let turn_of = async |body: Value| said(&server, body).await;
    let with = |mut body: Value| {
        body["conversation"] = json!("r");
        body
    };
    let asked = turn_of(with(json!({"text": "I want to return the first item, too small", "customer": "n_delivered_two_items"}))).await;
    let proposal = asked["cards"]
        .as_array()
        .unwrap()
        .iter()
        .find(|card| card["card"] == "proposal");
    let proposal = proposal.unwrap_or_else(|| panic!("{asked}")).clone();
    let confirm =
        |hash: &Value| with(json!({"confirm": {"proposal": proposal["proposal"], "hash": hash}}));
    let wrong = turn(&server, "test", confirm(&json!("0000")))
        .send()
        .await
        .unwrap();
    assert_eq!(wrong.status(), StatusCode::CONFLICT);
    let done = turn_of(confirm(&proposal["hash"])).await;
    assert!(
        done["cards"]
            .as_array()
            .unwrap()
            .iter()
            .any(|card| card["card"] == "label"),
        "{done}"
    );
    // Pressed again, it is the same return.
    let twice = turn_of(confirm(&proposal["hash"])).await;
    assert!(twice.to_string().contains("label"), "{twice}");
    let person = turn_of(with(json!({"person": true}))).await;
    assert_eq!(person["status"], "waiting");
    server.stop().await;
}

/// A key's conversations are its own, and a customer's what the key has vouched for.
#[tokio::test]
async fn keys_do_not_meet_and_another_customer_starts_afresh() {
    let server = running("headless-keys").await;
    add_key(&server, "other", "other-key", None).await;
    let first = said(
        &server,
        json!({"conversation": "x", "text": "where is my order?", "customer": "n_waiting"}),
    )
    .await;
    let order = first["cards"][0]["order"].as_str().unwrap().to_owned();
    let theirs = turn(
        &server,
        "other-key",
        json!({"conversation": "x", "text": "where is my order?"}),
    );
    let theirs = answer(theirs.send().await.unwrap()).await;
    assert!(!theirs.to_string().contains(&order), "{theirs}");
    let next = said(
        &server,
        json!({"conversation": "x", "text": "where is my order?", "customer": "n_late"}),
    )
    .await;
    assert!(!next.to_string().contains(&order), "{next}");
    let nobody = said(
        &server,
        json!({"conversation": "x", "text": "where is my order?", "customer": null}),
    )
    .await;
    assert!(
        nobody["cards"]
            .as_array()
            .unwrap()
            .iter()
            .all(|card| card["card"] != "order"),
        "{nobody}"
    );
    server.stop().await;
}

#[tokio::test]
async fn what_is_wrong_with_a_turn_is_said_and_nothing_is_begun() {
    let server = running("headless-wrong").await;
    add_key(&server, "slow", "slow-key", Some(2)).await;
    let hello = || json!({"conversation": "c", "text": "hello"});
    for key in ["", "wrong", "tes"] {
        let refused = turn(&server, key, hello()).send().await.unwrap();
        assert_eq!(refused.status(), StatusCode::UNAUTHORIZED, "{key}");
    }
    for (body, word) in [
        (json!({"conversation": "", "text": "hello"}), "conversation"),
        (
            json!({"conversation": "x".repeat(300), "text": "hello"}),
            "conversation",
        ),
        (json!({"text": "hello"}), "conversation"),
        (json!({"conversation": "c"}), "text"),
        (
            json!({"conversation": "c", "text": "hello", "person": true}),
            "text",
        ),
        (json!({"conversation": "c", "text": " "}), "empty"),
        (
            json!({"conversation": "c", "cancel": "p", "client_id": "1"}),
            "client_id",
        ),
        (
            json!({"conversation": "c", "person": true, "context": {}}),
            "context",
        ),
        (
            json!({"conversation": "c", "text": "hello", "customer": "nobody@example.com"}),
            "customer",
        ),
        (
            json!({"conversation": "c", "text": "hello", "customer": "n_nobody"}),
            "customer",
        ),
        (
            json!({"conversation": "c", "text": "hello", "admin": true}),
            "admin",
        ),
    ] {
        let refused = turn(&server, "test", body.clone()).send().await.unwrap();
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        let problem = answer(refused).await;
        assert!(
            problem["detail"].as_str().unwrap().contains(word),
            "{body}: {problem}"
        );
    }
    let slow = || turn(&server, "slow-key", hello()).send();
    assert!(slow().await.unwrap().status().is_success());
    assert!(slow().await.unwrap().status().is_success());
    let refused = slow().await.unwrap();
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.headers().contains_key("retry-after"));
    server.app.store().remove_key("slow").await.unwrap();
    assert_eq!(slow().await.unwrap().status(), StatusCode::UNAUTHORIZED);
    server.stop().await;
}

/// Two first turns at once begin one conversation, and the same message twice is one.
#[tokio::test]
async fn first_turns_at_once_are_one_conversation() {
    let server = running("headless-at-once").await;
    let body = || json!({"conversation": "n", "text": "hello", "client_id": "m-1", "customer": "n_waiting"});
    let mut sent = Vec::new();
    for _ in 0..8 {
        sent.push(tokio::spawn(turn(&server, "test", body()).send()));
    }
    for one in sent {
        assert_eq!(one.await.unwrap().unwrap().status(), StatusCode::OK);
    }
    let tokens = server.app.customer_tokens().unwrap();
    let token = tokens
        .issue(
            &attendant::domain::ids::CustomerId::new("n_waiting"),
            server.app.clock.now_ms(),
            attendant::domain::limits::CUSTOMER_TOKEN_TTL,
        )
        .unwrap();
    let at = format!("{}/api/chat/conversations", server.url);
    let listed = answer(
        server
            .http
            .get(at)
            .bearer_auth(&token)
            .send()
            .await
            .unwrap(),
    )
    .await;
    let listed = listed["conversations"].as_array().unwrap();
    assert_eq!(listed.len(), 1, "{listed:?}");
    let at = format!(
        "{}/api/chat/conversations/{}",
        server.url,
        listed[0]["id"].as_str().unwrap()
    );
    let folded = answer(
        server
            .http
            .get(at)
            .bearer_auth(&token)
            .send()
            .await
            .unwrap(),
    )
    .await;
    let from_shopper = folded["events"].as_array().unwrap().iter();
    assert_eq!(
        from_shopper
            .filter(|event| event["data"]["from"] == "shopper")
            .count(),
        1
    );
    server.stop().await;
}

/// Two customers in one conversation at once, as a shared screen makes it: whatever the order, no
/// answer holds the other's, and no words are taken as the other's.
#[tokio::test]
async fn customers_who_alternate_at_once_are_never_mixed() {
    let server = running("headless-mixed").await;
    let order_of = async |conversation: &str, customer: &str| {
        let body = json!({"conversation": conversation, "text": "where is my order?", "customer": customer});
        said(&server, body).await["cards"][0]["order"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let mine = order_of("a", "n_waiting").await;
    let theirs = order_of("b", "n_late").await;
    for round in 0..6 {
        let mut turns = Vec::new();
        for customer in ["n_waiting", "n_late", "n_waiting", "n_late"] {
            let body = json!({"conversation": format!("mixed-{round}"), "text": "where is my order?", "customer": customer});
            turns.push((customer, tokio::spawn(turn(&server, "test", body).send())));
        }
        for (customer, sent) in turns {
            let answered = sent.await.unwrap().unwrap();
            let status = answered.status();
            let body = answer(answered).await.to_string();
            let other = if customer == "n_late" { &mine } else { &theirs };
            assert!(!body.contains(other.as_str()), "{customer}: {body}");
            assert!(
                matches!(status.as_u16(), 200 | 409 | 503),
                "{status}: {body}"
            );
        }
    }
    server.stop().await;
}

/// A caller that does not follow hears of a person's words with its next turn, or by asking.
#[tokio::test]
async fn what_a_person_writes_reaches_the_caller() {
    use attendant::domain::event::{AgentWrote, EventBody, Words};
    use attendant::domain::ids::MessageId;
    use attendant::store::log::{Append, Writer};

    let server = running("headless-person").await;
    let asked = said(
        &server,
        json!({"conversation": "p", "person": true, "client_id": "1"}),
    )
    .await;
    let seq = asked["seq"].as_u64().unwrap();
    let again = said(
        &server,
        json!({"conversation": "p", "person": true, "client_id": "1"}),
    )
    .await;
    assert_eq!(again["messages"], asked["messages"]);
    let id = server.chat.outside_id("shop", "p");
    let wrote = EventBody::AgentWrote(AgentWrote {
        message: MessageId::new("by-robin"),
        agent: "Robin".into(),
        private: Some(Words {
            text: "Robin here.".into(),
        }),
    });
    let append = Append::new(Writer::Agent, 1, vec![wrote]);
    server.app.store().append(&id, append).await.unwrap();
    let since = |after: u64| {
        let at = format!("{}/api/turns?conversation=p&after={after}", server.url);
        server.http.get(at).bearer_auth("test").send()
    };
    let heard = answer(since(seq).await.unwrap()).await;
    assert_eq!(heard["messages"][0]["name"], "Robin", "{heard}");
    assert_eq!(heard["status"], "with_person");
    let newest = heard["seq"].as_u64().unwrap();
    assert_eq!(
        answer(since(newest).await.unwrap()).await["messages"],
        json!([])
    );
    // Words for the person: said, and nothing is told twice.
    let body = json!({"conversation": "p", "text": "thank you", "after": newest});
    assert_eq!(said(&server, body).await["messages"], json!([]));
    let pressed = said(&server, json!({"conversation": "p", "person": true})).await;
    assert_eq!(pressed["messages"], json!([]), "{pressed}");
    let unknown = format!("{}/api/turns?conversation=nothing", server.url);
    let unknown = server
        .http
        .get(unknown)
        .bearer_auth("test")
        .send()
        .await
        .unwrap();
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
    server.stop().await;
}

/// Who has come in reads and writes from any place, and what was before them stays unseen.
#[tokio::test]
async fn after_a_change_of_customer_an_old_place_hinders_nothing() {
    let server = running("headless-since").await;
    let body = json!({"conversation": "k", "text": "where is my order?", "customer": "n_waiting"});
    let first = said(&server, body).await;
    let order = first["cards"][0]["order"].as_str().unwrap();
    let body = json!({"conversation": "k", "text": "where is my order?", "customer": "n_late", "after": first["seq"]});
    let second = said(&server, body).await;
    assert_eq!(second["cards"][0]["card"], "order", "{second}");
    assert!(!second.to_string().contains(order), "{second}");
    for after in [0, 3, first["seq"].as_u64().unwrap()] {
        let at = format!("{}/api/turns?conversation=k&after={after}", server.url);
        let heard = server
            .http
            .get(at)
            .bearer_auth("test")
            .send()
            .await
            .unwrap();
        assert_eq!(heard.status(), StatusCode::OK, "{after}");
        let heard = answer(heard).await;
        assert_eq!(heard["cards"][0]["card"], "order", "{heard}");
        assert!(!heard.to_string().contains(order), "{heard}");
    }
    server.stop().await;
}
