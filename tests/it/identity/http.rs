//! Over HTTP: the storefront signs somebody in, another customer in, out; and where a client is.

use attendant::config::DemoScale;
use attendant::domain::limits::*;
use reqwest::StatusCode;

use super::*;
use crate::running::{Conversation, Running, WireEvent, answer};

async fn running(model: Scripted) -> Running {
    Running::start("identity-http", DemoScale::Small, model).await
}

struct Shopper {
    email: String,
    order: String,
    token: String,
}

async fn shopper(server: &Running, situation: &str) -> Shopper {
    let all = server.app.demo_shoppers().await.unwrap();
    let found = all
        .into_iter()
        .find(|one| one.situation == situation)
        .unwrap();
    let customer = server.app.customer(&found.email).await.unwrap();
    let (tokens, now) = (
        server.app.customer_tokens().unwrap(),
        server.app.clock.now_ms(),
    );
    let ttl = std::time::Duration::from_secs(600);
    Shopper {
        email: found.email,
        order: found.orders[0].clone(),
        token: tokens.issue(&customer.id, now, ttl).unwrap(),
    }
}

async fn put(chat: &Conversation, body: &str) -> (StatusCode, Value) {
    let response = chat
        .http
        .put(format!("{}/customer", chat.url))
        .bearer_auth(&chat.token)
        .body(body.to_owned())
        .send()
        .await
        .unwrap();
    (response.status(), answer(response).await)
}

async fn sign_in(chat: &Conversation, token: &str) -> Value {
    let (status, said) = put(chat, &json!({"customer_token": token}).to_string()).await;
    assert_eq!(status, StatusCode::OK, "{said}");
    said
}

fn told(events: &[WireEvent]) -> String {
    events
        .iter()
        .map(|event| format!("{} {}", event.name, event.data))
        .collect()
}

fn latest() -> String {
    call("lookup_order", &json!({"order_number": null}))
}

#[tokio::test]
async fn another_customers_token_opens_nothing_of_the_first() {
    let server = running(puppet()).await;
    let (one, two) = (
        shopper(&server, "waiting").await,
        shopper(&server, "late").await,
    );
    let chat = server
        .conversation_with(&json!({"customer_token": one.token}))
        .await;
    let mut early = chat.follow(None).await;
    let first = told(&chat.whole_turn(&latest()).await);
    assert!(first.contains(&one.order), "{first}");
    let said = sign_in(&chat, &two.token).await;
    assert_eq!(said["signed_in"], true);
    let hidden = said["hidden_through"].as_u64().unwrap();

    // Whatever a client says it has seen last, and for what it asks.
    for place in ["0", "1", "2"] {
        let seen = told(&chat.follow(Some(place)).await.until("done").await);
        assert!(
            !seen.contains(&one.order) && seen.contains("cleared"),
            "{seen}"
        );
    }
    let folded = chat.folded().await;
    assert!(!folded.to_string().contains(&one.order), "{folded}");
    let ids = folded["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["id"].as_u64());
    assert!(ids.into_iter().all(|id| id.unwrap() > hidden));
    let second = told(&chat.whole_turn(&latest()).await);
    assert!(
        second.contains(&two.order) && !second.contains(&one.order),
        "{second}"
    );
    // And the first one's own word opens no door back.
    let words = call("lookup_order", &json!({"order_number": one.order}));
    let third = chat.whole_turn(&words).await;
    let replies = third
        .iter()
        .filter(|event| event.name == "message" && event.data["from"] == "assistant");
    assert!(replies.clone().count() > 0);
    for reply in replies {
        assert!(
            reply.data["text"].as_str().unwrap().contains("cannot find"),
            "{reply:?}"
        );
    }
    // Who was there is told that what they show is void.
    let cleared = async {
        loop {
            let event = early.next().await.unwrap();
            if event.data["status"] == "cleared" {
                return event;
            }
        }
    };
    assert_eq!(cleared.await.data["through"], hidden);

    // Out, and as the first again: each sees their own, from then on.
    let (status, said) = put(&chat, r#"{"customer_token": null}"#).await;
    assert_eq!(
        (status, &said["signed_in"]),
        (StatusCode::OK, &json!(false))
    );
    let nobody = told(&chat.whole_turn(&latest()).await);
    assert!(
        !nobody.contains(&one.order) && !nobody.contains(&two.order),
        "{nobody}"
    );
    sign_in(&chat, &one.token).await;
    let folded = chat.folded().await.to_string();
    assert!(
        !folded.contains(&two.order) && !folded.contains(&one.order),
        "{folded}"
    );
    let again = told(&chat.whole_turn(&latest()).await);
    assert!(again.contains(&one.order), "{again}");
    server.stop().await;
}

#[tokio::test]
async fn signing_in_as_who_one_is_changes_nothing() {
    let server = running(puppet()).await;
    let one = shopper(&server, "waiting").await;
    let chat = server.conversation().await;
    chat.whole_turn("hello there").await;
    let first = sign_in(&chat, &one.token).await;
    assert_eq!(first["hidden_through"], 0);
    assert!(chat.folded().await.to_string().contains("hello there"));
    assert_eq!(sign_in(&chat, &one.token).await, first);
    server.stop().await;
}

#[tokio::test]
async fn what_is_no_sign_in_is_refused_and_changes_nothing() {
    let server = running(puppet()).await;
    let one = shopper(&server, "waiting").await;
    let chat = server
        .conversation_with(&json!({"customer_token": one.token}))
        .await;
    chat.whole_turn(&latest()).await;
    let before = chat.folded().await;
    for body in [
        "",
        "{}",
        "[]",
        r#"{"customer_token": 1}"#,
        r#"{"customer_token": ""}"#,
        r#"{"customer_token": "a.b.c"}"#,
        r#"{"customer_token": null, "more": 1}"#,
        r#"{"customer": null}"#,
    ] {
        let (status, said) = put(&chat, body).await;
        assert!(status.is_client_error(), "{body}: {status} {said}");
        assert!(said["detail"].as_str().unwrap().len() > 20, "{said}");
    }
    let nobody = server.app.customer_tokens().unwrap();
    let ttl = std::time::Duration::from_secs(600);
    let unknown = nobody
        .issue(&CustomerId::new("nobody"), server.app.clock.now_ms(), ttl)
        .unwrap();
    let (status, _) = put(&chat, &json!({"customer_token": unknown}).to_string()).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    let stranger = Conversation {
        token: "wrong".into(),
        ..chat.clone()
    };
    let (status, _) = put(&stranger, r#"{"customer_token": null}"#).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(chat.folded().await, before);
    server.stop().await;
}

/// Failed proofs of one client are counted over its conversations; a proxy's word says which client.
#[tokio::test]
async fn a_client_is_who_the_trusted_proxy_says() {
    let server = Running::start_with("identity-proxy", DemoScale::Small, puppet(), |config| {
        config.client_address_header = Some("x-forwarded-for".into());
    })
    .await;
    let begin = async |address: Option<&str>| {
        let url = format!("{}/api/chat/conversations", server.url);
        let mut request = server.http.post(&url).body("{}");
        if let Some(address) = address {
            request = request.header("x-forwarded-for", address);
        }
        let started = answer(request.send().await.unwrap()).await;
        Conversation {
            id: started["id"].as_str().unwrap().to_owned(),
            url: format!("{url}/{}", started["id"].as_str().unwrap()),
            token: started["token"].as_str().unwrap().to_owned(),
            http: server.http.clone(),
        }
    };
    let tried = async |chat: &Conversation, n: u64| {
        let args = by_order(&format!("77{n}"), Some(&format!("x{n}@example.com")), None);
        chat.whole_turn(&call("verify_identity", &args)).await;
        let talk_log = server
            .app
            .store()
            .events(&ConversationId::new(&chat.id), 0)
            .await
            .unwrap();
        let said = talk_log.iter().rev().find_map(|event| match &event.body {
            EventBody::ToolReturned(returned) => returned.private.clone(),
            _ => None,
        });
        said.unwrap().content.contains("too many tries")
    };
    for n in 0..PROOF_FAILURES_MAX {
        let chat = begin(Some(&format!("10.0.0.{n}, 203.0.113.7"))).await;
        assert!(!tried(&chat, n).await);
    }
    // Another conversation, and a client that writes an address before the proxy does.
    assert!(tried(&begin(Some("203.0.113.7")).await, 91).await);
    assert!(tried(&begin(Some("198.51.100.1, 203.0.113.7")).await, 92).await);
    assert!(!tried(&begin(Some("203.0.113.8")).await, 93).await);
    // Without a word it is this machine, of which more is borne.
    for n in 100..102 + PROOF_FAILURES_MAX {
        assert!(!tried(&begin(None).await, n).await);
    }
    server.stop().await;
}

/// A code that is asked for in the chat arrives by the job that delivers, and opens the account.
#[tokio::test]
async fn a_code_comes_by_mail_and_proves_who_wrote() {
    let server = running(puppet()).await;
    let one = shopper(&server, "waiting").await;
    let chat = server.conversation().await;
    chat.whole_turn(&call("verify_identity", &by_email(&one.email)))
        .await;
    let rows = server
        .app
        .store()
        .claim_outbox("m", server.app.clock.now_ms(), 9)
        .await
        .unwrap();
    let letter: Letter = serde_json::from_str(&rows[0].body).unwrap();
    let code = letter.data["code"].as_str().unwrap();
    chat.whole_turn(&call("verify_identity", &by_code(code)))
        .await;
    let seen = told(&chat.whole_turn(&latest()).await);
    assert!(seen.contains(&one.order), "{seen}");
    // Never told by the assistant, whatever a model is told.
    let folded = chat.folded().await;
    let from_us = folded["events"].as_array().unwrap().iter();
    let from_us = from_us.filter(|event| event["data"]["from"] != "shopper");
    assert!(
        !from_us
            .map(Value::to_string)
            .collect::<String>()
            .contains(code)
    );
    server.stop().await;
}
