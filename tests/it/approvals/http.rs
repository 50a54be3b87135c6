//! The same over HTTP, as a shop's desk asks for it.

use attendant::config::DemoScale;
use attendant::domain::ids::{OrderNumber, sha256_hex};
use attendant::store::keys::{ApiKey, KeyRole};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::returner;
use crate::running::{Running, answer};

/// A server with a key for each role, and the expensive order of its demo shop.
async fn running(name: &str) -> (Running, String) {
    let server = Running::start(name, DemoScale::Small, returner()).await;
    for (key, role) in [("front", KeyRole::Turns), ("desk", KeyRole::Approvals)] {
        let key = ApiKey {
            name: key.into(),
            per_minute: None,
            created_ms: 1,
            role,
        };
        let hash = sha256_hex(&key.name);
        assert!(server.app.store().add_key(&key, &hash).await.unwrap());
    }
    let shoppers = server.app.demo_shoppers().await.unwrap();
    let shopper = shoppers
        .into_iter()
        .find(|one| one.situation == "expensive_return");
    let order = shopper.unwrap().orders.remove(0);
    (server, order)
}

async fn get(server: &Running, key: &str, path: &str) -> (StatusCode, Value) {
    let at = format!("{}{path}", server.url);
    let sent = server.http.get(at).bearer_auth(key).send().await.unwrap();
    (sent.status(), answer(sent).await)
}

async fn post(server: &Running, key: &str, path: &str, body: Value) -> (StatusCode, Value) {
    let at = format!("{}{path}", server.url);
    let request = server.http.post(at).bearer_auth(key).body(body.to_string());
    let sent = request.send().await.unwrap();
    (sent.status(), answer(sent).await)
}

/// The turn that parks the return, and the proposal.
async fn park(server: &Running, order: &str) -> (u64, String) {
    let text = format!("return order {order} please, too large");
    let body = json!({"conversation": "c", "text": text, "customer": "n_expensive_return"});
    let (status, turn) = post(server, "front", "/api/turns", body).await;
    assert_eq!(status, StatusCode::OK, "{turn}");
    assert_eq!(turn["status"], "waiting", "{turn}");
    let (status, waiting) = get(server, "desk", "/api/approvals").await;
    assert_eq!(status, StatusCode::OK, "{waiting}");
    assert_eq!(
        waiting["approvals"].as_array().unwrap().len(),
        1,
        "{waiting}"
    );
    assert_eq!(waiting["next"], Value::Null);
    let proposal = waiting["approvals"][0]["proposal"].as_str().unwrap();
    (turn["seq"].as_u64().unwrap(), proposal.to_owned())
}

#[tokio::test]
async fn an_agent_decides_what_they_have_seen_and_the_chat_hears_of_it() {
    let (server, order) = running("approvals").await;
    let (seq, proposal) = park(&server, &order).await;
    let one = format!("/api/approvals/{proposal}");
    let (_, call) = get(&server, "desk", &one).await;
    assert_eq!(call["tool"], "start_return");
    assert_eq!(call["arguments"]["order_number"], order);
    assert_eq!(call["bundle"]["id"], call["bundle_id"]);
    assert_eq!(call["bundle"]["reason"], "needs_approval");
    assert!(
        call["lines"][0].is_string() && call["bounds"]["max"].is_string(),
        "{call}"
    );

    let approve = format!("{one}/approve");
    let wrong = json!({"hash": "0", "by": "Mara"});
    let (status, said) = post(&server, "desk", &approve, wrong).await;
    assert_eq!(
        (status, said["status"].as_u64()),
        (StatusCode::CONFLICT, Some(409))
    );
    let high = json!({"hash": call["hash"], "by": "Mara", "amount": "99999.00 EUR"});
    let (status, said) = post(&server, "desk", &approve, high).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        said["detail"].as_str().unwrap().contains("from 0.00 to"),
        "{said}"
    );
    for nobody in [
        json!({"hash": call["hash"], "by": " "}),
        json!({"hash": call["hash"]}),
    ] {
        let (status, _) = post(&server, "desk", &approve, nobody).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let empty = json!({"word": " ", "by": "Mara"});
    let (status, _) = post(&server, "desk", &format!("{one}/decline"), empty).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);

    let right = json!({
        "hash": call["hash"], "by": "Mara", "amount": "120.00 EUR", "note": "worn once",
    });
    for _ in 0..2 {
        let (status, said) = post(&server, "desk", &approve, right.clone()).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{said}");
        assert_eq!(said["state"], "approved");
        assert_eq!(said["amount"], "120.00 EUR");
    }
    let other = json!({"word": "No.", "by": "Robin"});
    let (status, said) = post(&server, "desk", &format!("{one}/decline"), other).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(
        said["detail"]
            .as_str()
            .unwrap()
            .contains("approved by Mara"),
        "{said}"
    );

    let since = format!("/api/turns?conversation=c&after={seq}");
    let (_, told) = get(&server, "front", &since).await;
    let text = told["text"].as_str().unwrap();
    assert!(
        text.contains("approved it") && text.contains("€120.00"),
        "{told}"
    );
    assert!(
        !told.to_string().contains("worn once"),
        "the note is for colleagues: {told}"
    );
    let cards = told["cards"].as_array().unwrap();
    assert!(cards.iter().any(|card| card["card"] == "label"), "{told}");
    assert_eq!(told["status"], "open");
    let store = server.app.store();
    let returns = store.returns_of(&OrderNumber::new(&order)).await.unwrap();
    assert_eq!(returns.len(), 1);
    let (_, call) = get(&server, "desk", &one).await;
    assert_eq!(call["state"], "approved");
    assert_eq!(call["decision"]["words"], "worn once");
    assert_eq!(
        get(&server, "desk", "/api/approvals").await.1["approvals"],
        json!([])
    );
    server.stop().await;
}

#[tokio::test]
async fn keys_open_what_they_are_for_and_nothing_else() {
    let (server, order) = running("approval-keys").await;
    let (_, proposal) = park(&server, &order).await;
    let one = format!("/api/approvals/{proposal}");
    let word = json!({"word": "No.", "by": "Mara"});
    for (key, wanted) in [
        ("front", StatusCode::FORBIDDEN),
        ("none", StatusCode::UNAUTHORIZED),
    ] {
        assert_eq!(get(&server, key, "/api/approvals").await.0, wanted);
        assert_eq!(get(&server, key, &one).await.0, wanted);
        let (status, _) = post(&server, key, &format!("{one}/decline"), word.clone()).await;
        assert_eq!(status, wanted);
        let (status, _) = post(&server, key, &format!("{one}/approve"), json!({})).await;
        assert_eq!(status, wanted);
    }
    let turn = json!({"conversation": "c", "text": "hello"});
    let (status, said) = post(&server, "desk", "/api/turns", turn).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{said}");
    let since = get(&server, "desk", "/api/turns?conversation=c").await.0;
    assert_eq!(since, StatusCode::FORBIDDEN);
    let (status, _) = get(&server, "desk", "/api/approvals/p_none").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    for wrong in ["limit=0", "limit=many", "limit=9999"] {
        let at = format!("/api/approvals?{wrong}");
        assert_eq!(
            get(&server, "desk", &at).await.0,
            StatusCode::BAD_REQUEST,
            "{wrong}"
        );
    }
    server.stop().await;
}
