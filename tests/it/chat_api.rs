//! What the chat offers to a storefront's pages beside messages: pictures, ratings, read marks, typing,
//! a person by a button, a customer's conversations, and who may use it how often.

use attendant::config::{Config, DemoScale};
use attendant::domain::ids::CustomerId;
use attendant::domain::limits;
use attendant::model::builtin::Builtin;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::running::{Conversation, Running, answer};

/// The smallest whole PNG: one pixel.
const PNG: &[u8] = &[
    0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, b'I', b'H', b'D', b'R', 0, 0, 0,
    1, 0, 0, 0, 1, 8, 6, 0, 0, 0, 0x1f, 0x15, 0xc4, 0x89,
];

async fn running(name: &str) -> Running {
    Running::start(name, DemoScale::Small, Builtin).await
}

async fn running_with(name: &str, set: impl FnOnce(&mut Config)) -> Running {
    Running::start_with(name, DemoScale::Small, Builtin, set).await
}

async fn token_of(server: &Running, situation: &str) -> String {
    let id = CustomerId::new(format!("n_{situation}"));
    let tokens = server.app.customer_tokens().unwrap();
    tokens
        .issue(
            &id,
            server.app.clock.now_ms(),
            attendant::domain::limits::CUSTOMER_TOKEN_TTL,
        )
        .unwrap()
}

async fn status(request: reqwest::RequestBuilder) -> StatusCode {
    request.send().await.unwrap().status()
}

fn events<'a>(folded: &'a Value, name: &str) -> Vec<&'a Value> {
    let all = folded["events"].as_array().unwrap().iter();
    all.filter(|event| event["event"] == name)
        .map(|event| &event["data"])
        .collect()
}

async fn attach(chat: &Conversation, bytes: &[u8]) -> Value {
    let sent = chat
        .post("/attachments", bytes.to_vec())
        .send()
        .await
        .unwrap();
    assert_eq!(sent.status(), StatusCode::CREATED);
    answer(sent).await
}

#[tokio::test]
async fn a_picture_is_sent_seen_and_erased() {
    let server = running("picture").await;
    let chat = server.conversation().await;
    let picture = attach(&chat, PNG).await;
    assert_eq!(picture["type"], "image/png");
    let body = json!({"client_id": "1", "attachments": [picture["attachment"]]});
    let turn = chat
        .post("/messages", body.to_string())
        .header("accept", "text/event-stream");
    let mut turn = crate::running::Events::of(turn.send().await.unwrap());
    let turn = turn.rest().await;
    assert_eq!(turn[0].data["text"], "");
    assert_eq!(turn[0].data["attachments"][0], picture);
    // Nobody pretends to have seen it.
    let reply = turn.iter().rfind(|event| event.name == "message").unwrap();
    assert!(reply.data["text"].as_str().unwrap().contains("colleague"));

    let link = format!("{}{}", server.url, picture["link"].as_str().unwrap());
    let seen = server.http.get(&link).send().await.unwrap();
    assert_eq!(seen.headers()["content-type"], "image/png");
    assert_eq!(seen.headers()["x-content-type-options"], "nosniff");
    assert_eq!(
        seen.headers()["cross-origin-resource-policy"],
        "cross-origin"
    );
    assert_eq!(seen.bytes().await.unwrap(), PNG);

    // A person gets it with the conversation.
    let asked = chat
        .post("/person", "")
        .header("accept", "text/event-stream");
    crate::running::Events::of(asked.send().await.unwrap())
        .rest()
        .await;
    let id = attendant::domain::ids::ConversationId::new(&chat.id);
    let bundles = server.app.store().bundles(&id).await.unwrap();
    let line = bundles[0]
        .transcript
        .iter()
        .find(|line| line.who == "shopper");
    assert_eq!(line.unwrap().attachments.len(), 1);

    server.app.store().erase(&id, 1).await.unwrap();
    let gone = server.http.get(&link).send().await.unwrap();
    assert_eq!(gone.status(), StatusCode::NOT_FOUND);
    server.stop().await;
}

#[tokio::test]
async fn what_is_no_picture_too_large_or_another_conversations_is_refused() {
    let server = running("no-picture").await;
    let (chat, other) = (server.conversation().await, server.conversation().await);
    for (bytes, expected) in [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(), 415),
        (b"<html><script>alert(1)</script>".to_vec(), 415),
        (Vec::new(), 415),
        ([PNG, &vec![0; limits::IMAGE_BYTES_MAX]].concat(), 413),
    ] {
        let sent = chat.post("/attachments", bytes).send().await.unwrap();
        assert_eq!(sent.status().as_u16(), expected);
        assert_eq!(sent.headers()["content-type"], "application/problem+json");
    }
    let theirs = attach(&other, PNG).await["attachment"].clone();
    let mine = attach(&chat, PNG).await["attachment"].clone();
    for ids in [
        json!([theirs]),
        json!([mine, "nothing"]),
        json!(vec![&mine; 5]),
    ] {
        let body = json!({"text": "look", "attachments": ids}).to_string();
        let sent = chat.post("/messages", body);
        assert_eq!(
            status(sent).await,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{ids}"
        );
    }
    let wrong = chat
        .http
        .post(format!("{}/attachments", chat.url))
        .body(PNG);
    assert_eq!(status(wrong).await, StatusCode::NOT_FOUND);
    assert_eq!(chat.folded().await["events"], json!([]));
    server.stop().await;
}

/// So many and no more: a conversation is no store of files.
#[tokio::test]
async fn a_conversation_holds_so_many_pictures() {
    let server = running_with("many-pictures", |config| {
        config.rates.messages_per_conversation = None;
    })
    .await;
    let chat = server.conversation().await;
    for _ in 0..limits::ATTACHMENTS_PER_CONVERSATION_MAX {
        attach(&chat, PNG).await;
    }
    let one_more = chat.post("/attachments", PNG.to_vec());
    assert_eq!(status(one_more).await, StatusCode::CONFLICT);
    server.stop().await;
}

#[tokio::test]
async fn a_person_is_called_by_a_button_whatever_the_model_would_say() {
    // A model that would never hand over.
    let model = attendant::model::scripted::Scripted::by(|_| {
        attendant::model::scripted::Answer::new().text("I can do that myself.")
    });
    let server = Running::start("person", DemoScale::Small, model).await;
    let chat = server.conversation().await;
    let press = || {
        chat.post("/person", "{}")
            .header("accept", "text/event-stream")
    };
    let (one, two) = tokio::join!(press().send(), press().send());
    for pressed in [one, two] {
        crate::running::Events::of(pressed.unwrap())
            .until("done")
            .await;
    }
    let folded = chat.folded().await;
    assert_eq!(folded["status"], "waiting");
    assert_eq!(events(&folded, "handoff").len(), 1, "{folded}");
    let id = attendant::domain::ids::ConversationId::new(&chat.id);
    let bundles = server.app.store().bundles(&id).await.unwrap();
    assert_eq!(bundles.len(), 1);
    assert_eq!(bundles[0].reason.code(), "shopper_asked");
    // What is said later is answered as before, and pressed again nothing new is made.
    chat.whole_turn("hello?").await;
    crate::running::Events::of(press().send().await.unwrap())
        .until("done")
        .await;
    assert_eq!(server.app.store().bundles(&id).await.unwrap().len(), 1);
    server.stop().await;
}

/// With words waiting beside it, both are served: the words are answered and a person comes.
#[tokio::test]
async fn words_and_the_button_at_once_are_both_served() {
    let server = running("words-and-button").await;
    let chat = server.conversation().await;
    let say = chat.post(
        "/messages",
        json!({"text": "how long can I return things?"}).to_string(),
    );
    let press = chat.post("/person", "{}");
    let (said, pressed) = tokio::join!(say.send(), press.send());
    assert!(said.unwrap().status().is_success() && pressed.unwrap().status().is_success());
    let mut follow = chat.follow(None).await;
    let mut last = follow.until("done").await;
    while chat.folded().await["working"] == true {
        last.extend(follow.until("done").await);
    }
    let folded = chat.folded().await;
    assert_eq!(folded["status"], "waiting");
    assert_eq!(events(&folded, "handoff").len(), 1, "{folded}");
    server.stop().await;
}

#[tokio::test]
async fn ratings_read_marks_and_typing_reach_who_follows() {
    let server = running("gestures").await;
    let chat = server.conversation().await;
    let turn = chat.whole_turn("hello").await;
    let last: u64 = turn
        .iter()
        .rev()
        .find_map(|event| event.id.as_ref()?.parse().ok())
        .unwrap();
    let mut follow = chat.follow(Some(&last.to_string())).await;
    follow.until("done").await;
    assert_eq!(
        status(chat.post("/typing", "")).await,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        follow.next().await.unwrap().data,
        json!({"from": "shopper"})
    );

    let read = |through: u64| chat.post("/read", json!({"through": through}).to_string());
    assert_eq!(status(read(last)).await, StatusCode::NO_CONTENT);
    let event = follow.until("read").await.pop().unwrap();
    assert_eq!(event.data, json!({"by": "shopper", "through": last}));
    // Nothing new was said since: saying it again, and further, notes nothing.
    for through in [last, last + 1, u64::MAX, 0] {
        assert_eq!(status(read(through)).await, StatusCode::NO_CONTENT);
    }
    let rate = |body: Value| chat.post("/rating", body.to_string());
    for wrong in [
        json!({"stars": 0}),
        json!({"stars": 6}),
        json!({"stars": -1}),
        json!({"stars": 4, "remark": "x".repeat(limits::REMARK_CHARS_MAX + 1)}),
        json!({}),
    ] {
        assert_eq!(status(rate(wrong)).await, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let good = rate(json!({"stars": 4, "remark": "  quick "}));
    assert_eq!(status(good).await, StatusCode::NO_CONTENT);
    let rated = follow.until("rating").await.pop().unwrap();
    assert_eq!(rated.data, json!({"stars": 4, "remark": "quick"}));
    let folded = chat.folded().await;
    assert_eq!(events(&folded, "read").len(), 1);
    assert_eq!(folded["working"], false);
    server.stop().await;
}

#[tokio::test]
async fn a_customer_finds_earlier_conversations_and_nobody_elses() {
    let server = running("earlier").await;
    let (one, two) = (
        token_of(&server, "waiting").await,
        token_of(&server, "late").await,
    );
    let mine = server
        .conversation_with(&json!({"customer_token": one}))
        .await;
    mine.whole_turn("where is my order?").await;
    server
        .conversation_with(&json!({"customer_token": one}))
        .await;
    let list = |token: &str| {
        let at = format!("{}/api/chat/conversations", server.url);
        server.http.get(at).bearer_auth(token)
    };
    let listed = answer(list(&one).send().await.unwrap()).await;
    let listed = listed["conversations"].as_array().unwrap();
    // The one without a word is none.
    assert_eq!(listed.len(), 1, "{listed:?}");
    assert_eq!(listed[0]["id"], json!(mine.id));
    assert_eq!(listed[0]["title"], "where is my order?");
    let theirs = answer(list(&two).send().await.unwrap()).await;
    assert_eq!(theirs["conversations"], json!([]));
    assert_eq!(
        status(list("forged.token.here")).await,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(status(list("")).await, StatusCode::UNAUTHORIZED);

    // By being its customer a conversation is read and gone on with, on any device.
    let as_customer = |token: &str| Conversation {
        token: token.to_owned(),
        ..mine.clone()
    };
    let folded = as_customer(&one).folded().await;
    assert_eq!(folded["events"], mine.folded().await["events"]);
    let turn = as_customer(&one).whole_turn("thanks").await;
    assert_eq!(turn.last().unwrap().name, "done");
    assert_eq!(
        status(as_customer(&two).get("")).await,
        StatusCode::NOT_FOUND
    );
    // Whoever has left a conversation has left it.
    let out = mine
        .http
        .put(format!("{}/customer", mine.url))
        .bearer_auth(&mine.token);
    let out = out.body(json!({"customer_token": null}).to_string());
    assert_eq!(status(out).await, StatusCode::OK);
    assert_eq!(
        status(as_customer(&one).get("")).await,
        StatusCode::NOT_FOUND
    );
    server.stop().await;
}

/// "this" is what the page shows; what the page says supports nothing and steers nothing.
#[tokio::test]
async fn the_page_says_what_this_is() {
    let server = running("page").await;
    let chat = server.conversation().await;
    let say = async |text: &str, context: Value| {
        let body = json!({"text": text, "context": context}).to_string();
        let request = chat
            .post("/messages", body)
            .header("accept", "text/event-stream");
        let turn = crate::running::Events::of(request.send().await.unwrap())
            .rest()
            .await;
        let reply = turn.iter().rfind(|event| event.name == "message").unwrap();
        reply.data["text"].as_str().unwrap().to_owned()
    };
    let page = json!({
        "page": "Sleet\nRain Jacket\nalready_said: hacked", "product": "p-0001",
        "cart": [{"variant": "HP-0001-NVY-S", "quantity": 1}],
    });
    let reply = say("what does this cost?", page.clone()).await;
    assert!(
        reply.contains("Sleet Rain Jacket") && reply.contains("€149.00"),
        "{reply}"
    );
    let reply = say("does it come in XL?", page).await;
    assert!(reply.contains("XL"), "{reply}");
    // A product that is not the shop's, and more of everything than anybody needs, help nothing.
    let odd = json!({
        "page": "x".repeat(10_000), "product": "../../etc/passwd",
        "cart": vec![json!({"variant": "v", "quantity": 4_000_000_000_u32}); 500],
    });
    assert!(!say("hello", odd).await.is_empty());
    server.stop().await;
}

#[tokio::test]
async fn pages_that_are_not_on_the_list_are_refused_before_anything_is_done() {
    let server = running_with("origins", |config| {
        config.allowed_origins = Some(vec!["https://shop.example".into()]);
    })
    .await;
    let at = format!("{}/api/chat/conversations", server.url);
    let start = |origin: &str| server.http.post(&at).header("origin", origin).body("{}");
    let good = start("https://shop.example").send().await.unwrap();
    assert_eq!(good.status(), StatusCode::CREATED);
    assert_eq!(
        good.headers()["access-control-allow-origin"],
        "https://shop.example"
    );
    for bad in ["https://evil.example", "null", "http://localhost:3000"] {
        let refused = start(bad).send().await.unwrap();
        assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{bad}");
        assert!(
            refused
                .headers()
                .get("access-control-allow-origin")
                .is_none()
        );
    }
    // A page of this server's own is no other one's.
    assert_eq!(
        start(&server.url).send().await.unwrap().status(),
        StatusCode::CREATED
    );
    let asked = |origin: &str| {
        let request = server.http.request(reqwest::Method::OPTIONS, &at);
        request
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header(
                "access-control-request-headers",
                "authorization,content-type,last-event-id",
            )
    };
    let preflight = asked("https://shop.example").send().await.unwrap();
    assert_eq!(
        preflight.headers()["access-control-allow-origin"],
        "https://shop.example"
    );
    let allowed = preflight.headers()["access-control-allow-headers"]
        .to_str()
        .unwrap();
    assert!(allowed.contains("last-event-id"), "{allowed}");
    let preflight = asked("https://evil.example").send().await.unwrap();
    assert!(
        preflight
            .headers()
            .get("access-control-allow-origin")
            .is_none()
    );
    server.stop().await;
}

#[tokio::test]
async fn who_asks_too_often_is_told_when_to_come_back() {
    let server = running_with("rates", |config| {
        config.client_address_header = Some("x-forwarded-for".into());
        config.rates.messages_per_conversation = std::num::NonZeroU32::new(3);
        config.rates.conversations_per_address = std::num::NonZeroU32::new(2);
        config.rates.messages_per_address = std::num::NonZeroU32::new(5);
    })
    .await;
    let from = |request: reqwest::RequestBuilder, address: &str| {
        request.header("x-forwarded-for", address)
    };
    let chat = server.conversation().await;
    let say = || chat.post("/messages", json!({"text": "hello"}).to_string());
    for _ in 0..3 {
        assert_eq!(status(say()).await, StatusCode::ACCEPTED);
    }
    let refused = say().send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    let wait: u64 = refused.headers()["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=61).contains(&wait), "{wait}");
    // Reading goes on, and so do others.
    assert_eq!(status(chat.get("")).await, StatusCode::OK);
    let start = |address: &str| {
        let at = format!("{}/api/chat/conversations", server.url);
        from(server.http.post(at).body("{}"), address)
    };
    let mut chats = Vec::new();
    for _ in 0..2 {
        let started = answer(start("203.0.113.9").send().await.unwrap()).await;
        chats.push(started);
    }
    assert_eq!(
        status(start("203.0.113.9")).await,
        StatusCode::TOO_MANY_REQUESTS
    );
    assert_eq!(status(start("203.0.113.10")).await, StatusCode::CREATED);
    let mut taken = 0;
    for n in 0..6 {
        let chat = &chats[n % 2];
        let at = format!(
            "{}/api/chat/conversations/{}/messages",
            server.url,
            chat["id"].as_str().unwrap()
        );
        let request = server
            .http
            .post(at)
            .bearer_auth(chat["token"].as_str().unwrap());
        let request = request.body(json!({"text": "hi"}).to_string());
        taken += u32::from(status(from(request, "203.0.113.9")).await == StatusCode::ACCEPTED);
    }
    assert_eq!(taken, 5);
    server.stop().await;
}

#[tokio::test]
async fn a_chat_window_learns_whose_shop_it_is_and_when_people_answer() {
    let server = running("shop-words").await;
    let shop = server
        .http
        .get(format!("{}/api/chat/shop", server.url))
        .send()
        .await
        .unwrap();
    let shop = answer(shop).await;
    assert!(!shop["name"].as_str().unwrap().is_empty());
    assert!(
        shop["people"]["words"]
            .as_str()
            .unwrap()
            .starts_with("People"),
        "{shop}"
    );
    assert!(shop["people"]["open"].is_boolean());
    assert_eq!(shop["limits"]["image_bytes"], limits::IMAGE_BYTES_MAX);
    server.stop().await;
}

/// They are kept, and each may have megabytes: no address fills the disk by way of many chats.
#[tokio::test]
async fn one_address_sends_so_many_pictures_whatever_the_conversation() {
    let server = running_with("picture-rate", |config| {
        config.client_address_header = Some("x-forwarded-for".into());
        config.rates.messages_per_conversation = None;
        config.rates.messages_per_address = None;
    })
    .await;
    let chats = [server.conversation().await, server.conversation().await];
    let most = limits::PICTURES_AT_ONCE_MAX as usize;
    for n in 0..=most {
        let sent = chats[n % 2].post("/attachments", PNG.to_vec());
        let sent = status(sent.header("x-forwarded-for", "203.0.113.9")).await;
        let expected = match n < most {
            true => StatusCode::CREATED,
            false => StatusCode::TOO_MANY_REQUESTS,
        };
        assert_eq!(sent, expected, "{n}");
    }
    let other = chats[0].post("/attachments", PNG.to_vec());
    let other = other.header("x-forwarded-for", "203.0.113.10");
    assert_eq!(status(other).await, StatusCode::CREATED);
    server.stop().await;
}

/// A customer's token opens a conversation for as long as it is that customer's.
#[tokio::test]
async fn a_stream_of_a_customer_ends_when_somebody_else_signs_in() {
    let server = running("leaves").await;
    let (one, two) = (
        token_of(&server, "waiting").await,
        token_of(&server, "late").await,
    );
    let chat = server
        .conversation_with(&json!({"customer_token": one}))
        .await;
    chat.whole_turn("where is my order?").await;
    let as_one = Conversation {
        token: one,
        ..chat.clone()
    };
    let mut early = as_one.follow(None).await;
    early.until("done").await;
    let put = chat.http.put(format!("{}/customer", chat.url));
    let put = put.bearer_auth(&chat.token);
    let put = put.body(json!({"customer_token": two}).to_string());
    assert_eq!(status(put).await, StatusCode::OK);
    let second = chat.whole_turn("where is my order?").await;
    assert!(second.iter().any(|event| event.name == "order"));
    let rest = early.rest().await;
    let told: Vec<_> = rest
        .iter()
        .map(|event| (event.name.as_str(), &event.data["status"]))
        .collect();
    assert_eq!(told, [("status", &json!("cleared"))], "{rest:?}");
    let say = as_one.post("/messages", json!({"text": "mine?"}).to_string());
    assert_eq!(status(say).await, StatusCode::NOT_FOUND);
    server.stop().await;
}

#[tokio::test]
async fn empty_conversations_do_not_push_others_off_the_list() {
    let server = running("list").await;
    let token = token_of(&server, "waiting").await;
    let mine = json!({"customer_token": token});
    let chat = server.conversation_with(&mine).await;
    chat.whole_turn("hello").await;
    for _ in 0..limits::CONVERSATIONS_LISTED_MAX {
        server.conversation_with(&mine).await;
    }
    let at = format!("{}/api/chat/conversations", server.url);
    let listed = server
        .http
        .get(at)
        .bearer_auth(&token)
        .send()
        .await
        .unwrap();
    let listed = answer(listed).await;
    assert_eq!(listed["conversations"][0]["id"], json!(chat.id));
    server.stop().await;
}

/// An answer that was lost on its way is asked for again: it is the same press.
#[tokio::test]
async fn a_person_is_called_once_however_often_the_press_is_sent() {
    let server = running("press").await;
    let chat = server.conversation().await;
    let mut places = Vec::new();
    for _ in 0..3 {
        let pressed = chat.post("/person", r#"{"client_id": "p-1"}"#);
        places.push(answer(pressed.send().await.unwrap()).await["seq"].clone());
        chat.follow(None).await.until("done").await;
    }
    assert!(places.iter().all(|place| *place == places[0]), "{places:?}");
    let folded = chat.folded().await;
    assert_eq!(events(&folded, "message").len(), 1, "{folded}");
    server.stop().await;
}

/// Tabs and devices of one shopper have room; one client does not take everybody's.
#[tokio::test]
async fn so_many_streams_of_one_conversation_and_no_more() {
    let server = running("streams").await;
    let chat = server.conversation().await;
    let mut open = Vec::new();
    for _ in 0..limits::STREAMS_PER_CONVERSATION_MAX {
        let mut stream = chat.follow(None).await;
        stream.until("done").await;
        open.push(stream);
    }
    let refused = chat.get("/events").send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.headers().contains_key("retry-after"));
    server.stop().await;
}

/// The stream of a turn is its shopper's as well: who signs in before it has ended is not in it, and
/// reads on with a token of their own from any place.
#[tokio::test]
async fn a_turns_stream_of_a_customer_ends_when_somebody_else_signs_in() {
    use attendant::model::scripted::{Answer, Scripted};
    let gate = std::sync::Arc::new(tokio::sync::Semaphore::new(0));
    let held = gate.clone();
    let model = Scripted::by(move |_| {
        Answer::new()
            .text("Hello there. ")
            .wait(&held)
            .text("Bye now.")
    });
    let server = Running::start("turn-leaves", DemoScale::Small, model).await;
    let (one, two) = (
        token_of(&server, "waiting").await,
        token_of(&server, "late").await,
    );
    let chat = server
        .conversation_with(&json!({"customer_token": one}))
        .await;
    let holding = |token: &str| Conversation {
        token: token.to_owned(),
        ..chat.clone()
    };
    let mut turn = holding(&one).say("first of one").await;
    turn.until("typing").await;
    let put = chat.http.put(format!("{}/customer", chat.url));
    let put = put.bearer_auth(&chat.token);
    let put = put.body(json!({"customer_token": two}).to_string());
    assert_eq!(status(put).await, StatusCode::OK);
    gate.add_permits(1_000);
    chat.whole_turn("secret of two").await;
    let told = turn.rest().await;
    assert_eq!(told.last().unwrap().data["status"], "cleared", "{told:?}");
    assert!(
        told.iter()
            .all(|event| !event.data.to_string().contains("secret"))
    );
    // The wall that two came in by is none to leave at.
    for place in [None, Some("0"), Some("2")] {
        let seen = holding(&two).follow(place).await.until("done").await;
        let text = format!("{seen:?}");
        assert!(
            text.contains("secret of two") && !text.contains("first of one"),
            "{text}"
        );
    }
    server.stop().await;
}
