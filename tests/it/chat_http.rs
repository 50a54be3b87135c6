//! The chat over HTTP, end to end in one process: streams, resuming, buttons, and what is refused.

use std::sync::Arc;

use attendant::config::DemoScale;
use attendant::domain::ids::{ConversationId, CustomerId};
use attendant::domain::limits;
use attendant::model::builtin::Builtin;
use attendant::model::scripted::{Answer, Scripted};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::running::{Conversation, Events, Running, WireEvent, answer, names};

const HELLO: &str = "Hello and welcome. What can I do for you?";

async fn running(name: &str, model: Scripted) -> Running {
    Running::start(name, DemoScale::None, model).await
}

fn greeter() -> Scripted {
    Scripted::by(|_| {
        Answer::new()
            .text("Hello and welcome. ")
            .text("What can I do for you?")
    })
}

/// The text that a client shows after these events: deltas in their places, replaced by messages.
fn shown(events: &[WireEvent]) -> String {
    let mut text = String::new();
    for event in events {
        match event.name.as_str() {
            "delta" => {
                let at = usize::try_from(event.data["at"].as_u64().unwrap()).unwrap();
                assert!(at <= text.len(), "a delta leaves a gap: {event:?}");
                text.truncate(at);
                text.push_str(event.data["text"].as_str().unwrap());
            }
            "reset" => text.clear(),
            "message" if event.data["from"] == "assistant" => {
                text = event.data["text"].as_str().unwrap().to_owned();
            }
            _ => {}
        }
    }
    text
}

#[tokio::test]
async fn a_turn_streams_from_the_shoppers_own_message_to_done() {
    let server = running("turn", greeter()).await;
    let chat = server.conversation().await;
    let events = chat.whole_turn("  hi there ").await;
    let all = names(&events);
    assert_eq!((all[0], all[all.len() - 1]), ("message", "done"), "{all:?}");
    assert_eq!(events[0].data["text"], "hi there");
    assert_eq!(events[0].data["from"], "shopper");
    let deltas: Vec<_> = events
        .iter()
        .filter(|event| event.name == "delta")
        .cloned()
        .collect();
    assert_eq!(deltas.len(), 2, "{all:?}");
    assert_eq!(shown(&deltas), HELLO);
    let reply = &events[events.len() - 2];
    assert_eq!(reply.data["text"], HELLO);
    assert_eq!(reply.data["message"], deltas[0].data["message"]);
    // Only what is logged can be resumed behind.
    for event in &events {
        let live = matches!(event.name.as_str(), "delta" | "done" | "typing");
        assert_eq!(event.id.is_none(), live, "{event:?}");
    }
    server.stop().await;
}

#[tokio::test]
async fn cut_after_the_third_event_and_resumed_nothing_is_missing_or_twice() {
    let gate = Arc::new(Semaphore::new(0));
    let held = gate.clone();
    let model = Scripted::by(move |_| {
        Answer::new()
            .text("Hello and welcome. What")
            .wait(&held)
            .text(" can I do for you?")
    });
    let server = running("cut", model).await;
    let chat = server.conversation().await;
    let mut stream = chat.say("first").await;
    let mut seen = Vec::new();
    for _ in 0..3 {
        seen.push(stream.next().await.unwrap());
    }
    drop(stream);
    gate.add_permits(1_000);
    // More happens while nobody listens.
    chat.whole_turn("second").await;

    let last = seen
        .iter()
        .rev()
        .find_map(|event| event.id.clone())
        .unwrap();
    let mut resumed = chat.follow(Some(&last)).await;
    seen.extend(resumed.until("done").await);
    let logged: Vec<Value> = seen
        .iter()
        .filter_map(|event| {
            let id: u64 = event.id.as_ref()?.parse().unwrap();
            Some(json!({"id": id, "event": event.name, "data": event.data}))
        })
        .collect();
    assert_eq!(json!(logged), chat.folded().await["events"]);
    server.stop().await;
}

#[tokio::test]
async fn who_comes_in_the_middle_of_an_answer_gets_what_was_said_and_the_rest() {
    let gate = Arc::new(Semaphore::new(0));
    let held = gate.clone();
    let model = Scripted::new([Answer::new()
        .text("Hello and welcome. What")
        .wait(&held)
        .text(" can I do for you?")]);
    let server = running("middle", model).await;
    let chat = server.conversation().await;
    let mut first = chat.say("hi").await;
    first.until("delta").await;

    let mut late = chat.follow(None).await;
    let mut heard = late.until("delta").await;
    assert_eq!(heard.last().unwrap().data["at"], 0);
    gate.add_permits(1);
    heard.extend(late.until("done").await);
    assert_eq!(
        heard.iter().filter(|event| event.name == "delta").count(),
        2
    );
    let deltas: Vec<_> = heard
        .iter()
        .filter(|event| event.name == "delta")
        .cloned()
        .collect();
    assert_eq!(shown(&deltas), HELLO);
    assert_eq!(shown(&heard), HELLO);
    server.stop().await;
}

#[tokio::test]
async fn a_client_id_sent_again_is_the_same_message() {
    let server = running("again", greeter()).await;
    let chat = server.conversation().await;
    let body = json!({"client_id": "mine-1", "text": "hello"}).to_string();
    let mut answers = Vec::new();
    for _ in 0..3 {
        let response = chat.post("/messages", body.clone()).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::ACCEPTED);
        answers.push(answer(response).await);
    }
    assert!(answers.iter().all(|one| *one == answers[0]), "{answers:?}");
    // As a stream, it is the same turn again.
    let request = chat
        .post("/messages", body)
        .header("accept", "text/event-stream");
    let events = Events::of(request.send().await.unwrap()).rest().await;
    assert_eq!(events[0].data["message"], answers[0]["message"]);
    let folded = chat.folded().await;
    let from_shopper = |event: &&Value| event["data"]["from"] == "shopper";
    assert_eq!(
        folded["events"]
            .as_array()
            .unwrap()
            .iter()
            .filter(from_shopper)
            .count(),
        1
    );
    assert_eq!(
        (&folded["status"], &folded["working"]),
        (&json!("open"), &json!(false))
    );
    server.stop().await;
}

/// Status, type of content and body: what a prober can compare.
async fn probed(request: reqwest::RequestBuilder) -> (StatusCode, String, Value) {
    let response = request.send().await.unwrap();
    let content = response.headers()["content-type"]
        .to_str()
        .unwrap()
        .to_owned();
    (response.status(), content, answer(response).await)
}

#[tokio::test]
async fn a_wrong_token_and_an_unknown_conversation_look_the_same() {
    let server = running("probe", greeter()).await;
    let chat = server.conversation().await;
    let other = server.conversation().await;
    let body = json!({"text": "hi"}).to_string();
    let unknown = Conversation {
        url: chat
            .url
            .replace(&chat.id, "c_00000000000000000000000000000000"),
        ..chat.clone()
    };
    let wrong = Conversation {
        token: other.token.clone(),
        ..chat.clone()
    };
    let empty = Conversation {
        token: String::new(),
        ..chat.clone()
    };
    let expected = probed(unknown.get("")).await;
    assert_eq!(expected.0, StatusCode::NOT_FOUND);
    assert_eq!(expected.1, "application/problem+json");
    for one in [&unknown, &wrong, &empty] {
        let confirm = json!({"hash": "x"}).to_string();
        assert_eq!(probed(one.get("")).await, expected);
        assert_eq!(probed(one.get("/events")).await, expected);
        assert_eq!(probed(one.get("/events?token=nothing")).await, expected);
        assert_eq!(probed(one.post("/messages", body.clone())).await, expected);
        assert_eq!(
            probed(one.post("/proposals/p/confirm", confirm)).await,
            expected
        );
        assert_eq!(probed(one.post("/proposals/p/cancel", "")).await, expected);
        let bare = server.http.get(format!("{}/events", one.url));
        assert_eq!(probed(bare).await, expected);
    }
    // The right token in the address of a stream opens it, as a browser has to.
    let address = format!("{}/events?token={}", chat.url, chat.token);
    let mut events = Events::of(server.http.get(address).send().await.unwrap());
    assert_eq!(events.next().await.unwrap().name, "done");
    server.stop().await;
}

#[tokio::test]
async fn what_cannot_be_taken_is_refused_with_what_to_do_and_changes_nothing() {
    let server = running("bad", greeter()).await;
    let chat = server.conversation().await;
    let before = chat.folded().await;
    let long = "a".repeat(limits::MESSAGE_BYTES_MAX + 1);
    let mut broken = br#"{"text": "x"#.to_vec();
    broken.extend([0xff, 0xfe, b'"', b'}']);
    let cases: Vec<(&str, Vec<u8>, u16, &str)> = vec![
        ("/messages", br#"{"text": " \n\t "}"#.to_vec(), 422, "empty"),
        (
            "/messages",
            br#"{"text": " \u0000 \u0000"}"#.to_vec(),
            422,
            "empty",
        ),
        (
            "/messages",
            json!({"text": long}).to_string().into(),
            413,
            "8192",
        ),
        ("/messages", vec![b'a'; 1_000_000], 413, "65536"),
        ("/messages", broken, 400, "UTF-8"),
        ("/messages", b"{\"text\": ".to_vec(), 400, "JSON"),
        ("/messages", br#"["x", "y"]"#.to_vec(), 422, "object"),
        ("/messages", b"{}".to_vec(), 422, "empty"),
        ("/messages", Vec::new(), 422, "empty"),
        (
            "/messages",
            br#"{"text": "x", "admin": true}"#.to_vec(),
            422,
            "admin",
        ),
        ("/messages", br#"{"text": 5}"#.to_vec(), 422, "string"),
        (
            "/messages",
            br#"{"text": "x", "client_id": ""}"#.to_vec(),
            422,
            "id",
        ),
        (
            "/proposals/p_1/confirm",
            br#"{"hash": "x"}"#.to_vec(),
            404,
            "proposal",
        ),
        ("/proposals/p_1/confirm", b"{}".to_vec(), 422, "hash"),
        ("/proposals/p_1/cancel", b"".to_vec(), 404, "proposal"),
        ("/elsewhere", b"".to_vec(), 404, "GET /"),
    ];
    for (path, body, status, word) in cases {
        let response = chat.post(path, body).send().await.unwrap();
        assert_eq!(response.status().as_u16(), status, "{path} {word}");
        assert_eq!(
            response.headers()["content-type"],
            "application/problem+json"
        );
        let problem = answer(response).await;
        assert_eq!(problem["status"], status);
        let said = format!("{} {}", problem["title"], problem["detail"]);
        assert!(said.contains(word), "{path}: {said} does not say {word}");
    }
    assert_eq!(chat.folded().await, before);
    let resume = chat.follow(Some("0")).await.next().await.unwrap();
    assert_eq!(resume.name, "done");
    let response = chat
        .get("/events")
        .header("last-event-id", "x; drop")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    server.stop().await;
}

#[tokio::test]
async fn an_address_that_cannot_be_read_is_a_problem_too() {
    let server = running("address", greeter()).await;
    let chat = server.conversation().await;
    let conversations = format!("{}/api/chat/conversations", server.url);
    let slips = format!("{}/slips", server.url);
    let cases = [
        (format!("{}/events?token=a&token=b", chat.url), 400, "token"),
        (format!("{}/events?after=1&after=2", chat.url), 400, "after"),
        (format!("{}/events?after=-1", chat.url), 400, "after"),
        (format!("{slips}/x.pdf?size=a4&size=a6"), 400, "size"),
        (format!("{slips}/x.pdf?size=a5"), 400, "size"),
        (format!("{slips}/%ff.pdf"), 400, "UTF-8"),
        (format!("{conversations}/%ff"), 400, "UTF-8"),
        (format!("{conversations}/%ff/events"), 400, "UTF-8"),
        (format!("{conversations}/%ff/messages/x"), 404, "GET /"),
        (format!("{}/%ff/", server.url), 404, "GET /"),
    ];
    for (address, status, word) in cases {
        let request = server.http.get(&address).bearer_auth(&chat.token);
        let (got, content, problem) = probed(request).await;
        assert_eq!(got.as_u16(), status, "{address}");
        assert_eq!(content, "application/problem+json", "{address}");
        assert_eq!(problem["status"], status);
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(word), "{address}: {detail}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_place_past_the_log_is_its_end() {
    let server = running("past", greeter()).await;
    let chat = server.conversation().await;
    chat.whole_turn("first").await;
    for past in ["1000000", "18446744073709551615", "99999999999999999999999"] {
        let mut events = chat.follow(Some(past)).await;
        assert_eq!(events.next().await.unwrap().name, "done", "{past}");
        chat.whole_turn("more").await;
        let heard = events.until("done").await;
        assert_eq!(heard[0].data["text"], "more", "{past}: {heard:?}");
        assert_eq!(shown(&heard), HELLO, "{past}: {heard:?}");
    }
    server.stop().await;
}

#[tokio::test]
async fn forged_customer_tokens_start_nothing_and_do_not_say_why() {
    let server = running("forged", greeter()).await;
    let tokens = server.app.customer_tokens().unwrap();
    let nobody = tokens
        .issue(
            &CustomerId::new("nobody"),
            server.chat.now_ms(),
            limits::CUSTOMER_TOKEN_TTL,
        )
        .unwrap();
    let (head, _) = nobody.rsplit_once('.').unwrap();
    let forged = format!("{head}.AAAA");
    let url = format!("{}/api/chat/conversations", server.url);
    let mut problems = Vec::new();
    for token in [nobody.as_str(), &forged, "", "x", "a.b.c"] {
        let body = json!({"customer_token": token}).to_string();
        let response = server.http.post(&url).body(body).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{token}");
        problems.push(answer(response).await);
    }
    assert!(
        problems.iter().all(|problem| *problem == problems[0]),
        "{problems:?}"
    );
    server.stop().await;
}

#[tokio::test]
async fn a_stop_ends_the_streams_and_loses_nothing() {
    let gate = Arc::new(Semaphore::new(0));
    let held = gate.clone();
    let model = Scripted::by(move |_| Answer::new().wait(&held).text("Hello and welcome."));
    let server = running("stop", model).await;
    let chat = server.conversation().await;
    let mut stream = chat.say("hi").await;
    stream.until("message").await;
    let (store, id) = (server.app.store().clone(), ConversationId::new(&chat.id));
    gate.add_permits(1);
    server.stop().await;
    stream.rest().await;
    let head = store.head(&id).await.unwrap();
    assert!(
        !head.has_work(),
        "the turn that was on has been finished: {head:?}"
    );
}

#[tokio::test]
async fn the_page_and_the_health_checks_answer() {
    let server = running("page", greeter()).await;
    for (path, content) in [
        ("/", "text/html; charset=utf-8"),
        ("/healthz", "application/json"),
        ("/readyz", "application/json"),
    ] {
        let response = server
            .http
            .get(format!("{}{path}", server.url))
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert_eq!(response.headers()["content-type"], content);
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    }
    let page = server
        .http
        .get(format!("{}/", server.url))
        .send()
        .await
        .unwrap();
    let page = page.text().await.unwrap().replace("&#x2f;", "/");
    assert!(
        page.contains(&format!("curl -X POST {}/api/chat", server.url)),
        "{page}"
    );
    let slip = server
        .http
        .get(format!("{}/slips/{}.pdf", server.url, "0".repeat(64)));
    assert_eq!(slip.send().await.unwrap().status(), StatusCode::NOT_FOUND);
    let put = server
        .http
        .put(format!("{}/healthz", server.url))
        .send()
        .await
        .unwrap();
    assert_eq!(put.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert!(put.headers().contains_key("allow"));
    server.stop().await;
}

/// The open proposal of a demo shopper who asks to send an item back, and who they are.
async fn proposed(server: &Running) -> (Conversation, String, String) {
    let shoppers = server.app.demo_shoppers().await.unwrap();
    let shopper = shoppers
        .iter()
        .find(|one| one.situation == "delivered_two_items")
        .unwrap();
    let customer = server.app.customer(&shopper.email).await.unwrap();
    let tokens = server.app.customer_tokens().unwrap();
    let now_ms = server.chat.now_ms();
    let token = tokens
        .issue(&customer.id, now_ms, limits::CUSTOMER_TOKEN_TTL)
        .unwrap();
    let chat = server
        .conversation_with(&json!({"customer_token": token}))
        .await;
    let events = chat
        .whole_turn("I want to return the second item, too small")
        .await;
    let card = events
        .iter()
        .find(|event| event.name == "proposal")
        .expect("a proposal");
    let field = |name: &str| card.data[name].as_str().unwrap().to_owned();
    (chat, field("proposal"), field("hash"))
}

#[tokio::test]
async fn a_button_pressed_many_times_at_once_is_one_effect_and_one_answer() {
    let server = Running::start("button", DemoScale::Small, Builtin).await;
    let (chat, proposal, hash) = proposed(&server).await;
    let path = format!("/proposals/{proposal}/confirm");
    let other = json!({"hash": "another"}).to_string();
    let refused = chat.post(&path, other).send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::CONFLICT);

    let body = json!({"hash": hash}).to_string();
    let presses = (0..12).map(|_| chat.post(&path, body.clone()).send());
    let mut answers = Vec::new();
    for response in futures_util::future::join_all(presses).await {
        let response = response.unwrap();
        assert_eq!(response.status(), StatusCode::ACCEPTED);
        answers.push(answer(response).await);
    }
    assert!(answers.iter().all(|one| *one == answers[0]), "{answers:?}");
    let events = chat.follow(None).await.until("done").await;
    let count = |name: &str| events.iter().filter(|event| event.name == name).count();
    assert_eq!(count("label"), 1, "{:?}", names(&events));
    let ledger = server
        .app
        .store()
        .ledger(&ConversationId::new(&chat.id))
        .await
        .unwrap();
    assert_eq!(ledger.len(), 1);
    let cancel = chat
        .post(&format!("/proposals/{proposal}/cancel"), "")
        .send()
        .await
        .unwrap();
    assert_eq!(cancel.status(), StatusCode::CONFLICT);

    // The slip is under its link, in both sizes, and says what it is.
    let label = events.iter().find(|event| event.name == "label").unwrap();
    for size in ["a4", "a6"] {
        let link = label.data[size].as_str().unwrap();
        let slip = server.http.get(link).send().await.unwrap();
        assert_eq!(slip.status(), StatusCode::OK);
        assert_eq!(slip.headers()["content-type"], "application/pdf");
        assert!(slip.bytes().await.unwrap().starts_with(b"%PDF-"));
    }
    server.stop().await;
}

#[tokio::test]
async fn a_cancelled_proposal_stays_cancelled() {
    let server = Running::start("cancel", DemoScale::Small, Builtin).await;
    let (chat, proposal, hash) = proposed(&server).await;
    for _ in 0..2 {
        let path = format!("/proposals/{proposal}/cancel");
        assert_eq!(
            chat.post(&path, "").send().await.unwrap().status(),
            StatusCode::ACCEPTED
        );
    }
    let confirm = json!({"hash": hash}).to_string();
    let path = format!("/proposals/{proposal}/confirm");
    let response = chat.post(&path, confirm).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::CONFLICT);
    let events = chat.follow(None).await.until("done").await;
    assert!(events.iter().any(|event| event.data["why"] == "cancelled"));
    assert!(events.iter().all(|event| event.name != "label"));
    server.stop().await;
}
