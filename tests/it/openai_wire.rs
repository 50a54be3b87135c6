//! The OpenAI adapter against a server that speaks the wire, with every oddity that real endpoints
//! have shown.

mod check;
mod failures;
mod settings;
mod streams;
mod strict;

use std::sync::Arc;
use std::time::Duration;

use attendant::domain::event::Usage;
use attendant::domain::ids::CallId;
use attendant::model::openai::{Api, OpenAi, OpenAiSettings};
use attendant::model::{
    Message, Model as _, ModelError, ModelEvent, ModelRequest, StopReason, ToolCall, ToolSpec,
};
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::wire::{DONE, End, Reply, WireServer, chunk, event, named, usage};

type Outcome = Result<ModelEvent, ModelError>;

/// Both interfaces: what holds for one must hold for the other.
const APIS: [Api; 2] = [Api::Chat, Api::Responses];

fn model(url: &str, key: &str) -> OpenAi {
    let settings = OpenAiSettings::new(url, key, "gpt-test");
    OpenAi::new(&settings).unwrap()
}

fn speaking(api: Api, url: &str) -> OpenAi {
    let settings = OpenAiSettings {
        api,
        ..OpenAiSettings::new(url, "", "gpt-test")
    };
    OpenAi::new(&settings).unwrap()
}

fn request() -> ModelRequest {
    ModelRequest {
        messages: vec![Message::User("hi".into())],
        tools: Arc::from([]),
        max_output_tokens: 800,
        ..ModelRequest::default()
    }
}

/// Asks once for each reply, on one client.
async fn ask_all(api: Api, replies: impl IntoIterator<Item = Reply>) -> Vec<Vec<Outcome>> {
    let replies: Vec<_> = replies.into_iter().collect();
    let count = replies.len();
    let server = WireServer::start(replies).await;
    let model = speaking(api, &server.url);
    let mut all = Vec::new();
    for _ in 0..count {
        all.push(model.stream(request()).collect().await);
    }
    assert_eq!(server.asked().len(), count, "asked once each, never again");
    all
}

async fn ask_each(replies: impl IntoIterator<Item = Reply>) -> Vec<Vec<Outcome>> {
    ask_all(Api::Chat, replies).await
}

async fn ask(reply: Reply) -> Vec<Outcome> {
    ask_each([reply]).await.remove(0)
}

async fn ask_over(api: Api, pieces: impl IntoIterator<Item = String>) -> Vec<Outcome> {
    ask_all(api, [Reply::stream(pieces)]).await.remove(0)
}

/// A piece of text.
fn said(api: Api, text: &str) -> String {
    match api {
        Api::Chat => chunk(json!({"content": text}), None),
        Api::Responses => named(
            "response.output_text.delta",
            json!({"item_id": "msg_1", "output_index": 0, "content_index": 0, "delta": text}),
        ),
    }
}

/// A call begins, with the first piece of its arguments; `at` counts calls from 0.
fn begun(api: Api, at: usize, id: &str, name: &str, arguments: &str) -> String {
    match api {
        Api::Chat => call_delta(
            json!({"index": at, "id": id, "type": "function", "function": {"name": name, "arguments": arguments}}),
        ),
        Api::Responses => [
            named(
                "response.output_item.added",
                json!({"output_index": at + 1, "item": {"type": "function_call", "id": format!("fc_{at}"), "call_id": id, "name": name, "arguments": "", "status": "in_progress"}}),
            ),
            named(
                "response.function_call_arguments.delta",
                json!({"item_id": format!("fc_{at}"), "output_index": at + 1, "delta": arguments}),
            ),
        ]
        .concat(),
    }
}

/// A whole call as the interface sends it.
fn called(api: Api, at: usize, id: &str, name: &str, arguments: &str) -> String {
    let begun = begun(api, at, id, name, arguments);
    match api {
        Api::Chat => begun,
        Api::Responses => [
            begun,
            named(
                "response.function_call_arguments.done",
                json!({"item_id": format!("fc_{at}"), "output_index": at + 1, "arguments": arguments}),
            ),
            named(
                "response.output_item.done",
                json!({"output_index": at + 1, "item": {"type": "function_call", "id": format!("fc_{at}"), "call_id": id, "name": name, "arguments": arguments, "status": "completed"}}),
            ),
        ]
        .concat(),
    }
}

/// The answer ends as it should.
fn ended(api: Api) -> String {
    match api {
        Api::Chat => [
            chunk(json!({}), Some("stop")),
            usage(12, 34),
            DONE.to_owned(),
        ]
        .concat(),
        Api::Responses => finished(
            "completed",
            json!({"status": "completed", "output": [], "usage": {"input_tokens": 12, "input_tokens_details": {"cached_tokens": 8}, "output_tokens": 34, "output_tokens_details": {"reasoning_tokens": 3}, "total_tokens": 46}}),
        ),
    }
}

/// The last event of the Responses API.
fn finished(how: &str, response: Value) -> String {
    named(&format!("response.{how}"), json!({"response": response}))
}

fn text(events: &[Outcome]) -> String {
    let texts = events.iter().filter_map(|event| match event {
        Ok(ModelEvent::Text(text)) => Some(text.as_str()),
        _ => None,
    });
    texts.collect()
}

fn calls(events: &[Outcome]) -> Vec<(&str, &str, &str)> {
    let calls = events.iter().filter_map(|event| match event {
        Ok(ModelEvent::Call(call)) => Some((
            call.id.as_str(),
            call.tool.as_str(),
            call.arguments.as_str(),
        )),
        _ => None,
    });
    calls.collect()
}

fn stop(events: &[Outcome]) -> StopReason {
    match events.last() {
        Some(Ok(ModelEvent::End(stop))) => *stop,
        other => panic!("no end but {other:?}"),
    }
}

fn error(events: &[Outcome]) -> ModelError {
    match events.last() {
        Some(Err(error)) => error.clone(),
        other => panic!("no error but {other:?}"),
    }
}

fn call_delta(delta: Value) -> String {
    chunk(json!({"tool_calls": [delta]}), None)
}

/// A conversation with everything in it.
fn conversation() -> ModelRequest {
    let call = |id: &str, arguments: &str| ToolCall {
        id: CallId::new(id),
        tool: "lookup_order".to_owned(),
        arguments: arguments.to_owned(),
    };
    let result = |id: &str, content: &str| Message::ToolResult {
        call: CallId::new(id),
        tool: "lookup_order".to_owned(),
        content: content.into(),
    };
    ModelRequest {
        messages: vec![
            Message::System("You serve a shop.".into()),
            Message::Context("Today is Tuesday 3 November 2026.".into()),
            Message::User("wo ist \"10482\"? 🙂".into()),
            Message::Assistant {
                text: "One moment.".into(),
                calls: vec![
                    call("c1", r#"{"order_number":"10482"}"#),
                    call("c2", r#"{"order"#),
                ],
            },
            result("c1", r#"{"order_number":"10482"}"#),
            result("c2", "the arguments are not JSON"),
            Message::Assistant {
                text: "".into(),
                calls: vec![call("c3", "{}")],
            },
            result("c3", "{}"),
            Message::Assistant {
                text: "On its way.".into(),
                calls: vec![],
            },
            Message::User("thanks".into()),
        ],
        tools: Arc::from([ToolSpec {
            name: "lookup_order".to_owned(),
            description: "Look an order up.".to_owned(),
            parameters: json!({"type": "object", "properties": {"order_number": {"type": "string"}}}),
        }]),
        max_output_tokens: 800,
        cache_key: "c1".into(),
        ..ModelRequest::default()
    }
}

/// The whole request as it goes over the wire: roles, calls, results, tools, limits, headers.
#[tokio::test]
async fn sends_exactly_this_request() {
    let api = Api::Chat;
    let server = WireServer::start([Reply::stream([said(api, "ok"), ended(api)])]).await;
    let events: Vec<_> = model(&server.url, "sk-secret")
        .stream(conversation())
        .collect()
        .await;
    assert_eq!(text(&events), "ok");
    let asked = &server.asked()[0];
    assert_eq!(asked.path, "/v1/chat/completions");
    assert_eq!(asked.headers["authorization"], "Bearer sk-secret");
    assert_eq!(asked.headers["content-type"], "application/json");
    assert_eq!(asked.headers["accept"], "text/event-stream");
    insta::assert_snapshot!(serde_json::to_string_pretty(&asked.body).unwrap());
}

/// The same conversation over the Responses API.
#[tokio::test]
async fn sends_exactly_this_to_responses() {
    let api = Api::Responses;
    let server = WireServer::start([Reply::stream([said(api, "ok"), ended(api)])]).await;
    let settings = OpenAiSettings {
        api,
        ..OpenAiSettings::new(&server.url, "sk-secret", "gpt-test")
    };
    let model = OpenAi::new(&settings).unwrap();
    let events: Vec<_> = model.stream(conversation()).collect().await;
    assert_eq!(text(&events), "ok");
    let asked = &server.asked()[0];
    assert_eq!(asked.path, "/v1/responses");
    assert_eq!(asked.headers["authorization"], "Bearer sk-secret");
    assert_eq!(asked.headers["accept"], "text/event-stream");
    insta::assert_snapshot!(serde_json::to_string_pretty(&asked.body).unwrap());
}

/// Without a key no Authorization header is sent, not an empty one.
#[tokio::test]
async fn sends_no_authorization_without_a_key() {
    let server = WireServer::start([Reply::stream([chunk(json!({}), Some("stop"))])]).await;
    let _: Vec<_> = model(&server.url, " ").stream(request()).collect().await;
    assert!(!server.asked()[0].headers.contains_key("authorization"));
}

/// Fragments of parallel calls find their call, however the endpoint marks them.
#[tokio::test]
async fn puts_calls_together() {
    let by_index = [
        call_delta(json!({"index": 0, "id": "a", "function": {"name": "one", "arguments": ""}})),
        call_delta(
            json!({"index": 1, "id": "b", "function": {"name": "two", "arguments": "{\"x\""}}),
        ),
        call_delta(json!({"index": 0, "function": {"arguments": "{\"y\":"}})),
        call_delta(json!({"index": 1, "id": null, "function": {"name": null, "arguments": ":1}"}})),
        call_delta(json!({"index": 0, "id": "a", "function": {"name": "", "arguments": "2}"}})),
    ];
    let id_on_each_fragment = [
        call_delta(
            json!({"index": 0, "id": "a", "function": {"name": "one", "arguments": "{\"y\":"}}),
        ),
        call_delta(json!({"index": 0, "id": "a", "function": {"name": "one", "arguments": "2}"}})),
        call_delta(
            json!({"index": 1, "id": "b", "function": {"name": "two", "arguments": "{\"x\":1}"}}),
        ),
    ];
    let all_index_zero = [
        call_delta(
            json!({"index": 0, "id": "a", "function": {"name": "one", "arguments": "{\"y\":2}"}}),
        ),
        call_delta(
            json!({"index": 0, "id": "b", "function": {"name": "two", "arguments": "{\"x\":1}"}}),
        ),
    ];
    let no_index = [
        call_delta(json!({"id": "a", "function": {"name": "one", "arguments": "{\"y\""}})),
        call_delta(json!({"function": {"arguments": ":2}"}})),
        call_delta(json!({"id": "b", "function": {"name": "two", "arguments": "{\"x\":1}"}})),
    ];
    let another_id_each = [
        call_delta(json!({"index": 0, "id": "a", "function": {"name": "one", "arguments": ""}})),
        call_delta(json!({"index": 0, "id": "r1", "function": {"arguments": "{\"y\":2}"}})),
        call_delta(
            json!({"index": 1, "id": "b", "function": {"name": "two", "arguments": "{\"x\""}}),
        ),
        call_delta(json!({"index": 1, "id": "r2", "function": {"arguments": ":1}"}})),
    ];
    let cases: [&[String]; 5] = [
        &by_index,
        &id_on_each_fragment,
        &all_index_zero,
        &no_index,
        &another_id_each,
    ];
    // Some endpoints say "stop" although they called.
    let reply = |fragments: &[String], finish| {
        let end = [chunk(json!({}), Some(finish)), DONE.to_owned()];
        Reply::stream(fragments.iter().chain(&end).cloned())
    };
    let replies = cases.map(|case| [reply(case, "tool_calls"), reply(case, "stop")]);
    for (at, events) in ask_each(replies.into_iter().flatten())
        .await
        .iter()
        .enumerate()
    {
        let expected = [("a", "one", "{\"y\":2}"), ("b", "two", "{\"x\":1}")];
        assert_eq!(calls(events), expected, "reply {at}");
        assert_eq!(stop(events), StopReason::ToolCalls);
    }
}

/// Calls without an id get one, the same id twice becomes two, no arguments become an object.
#[tokio::test]
async fn gives_every_call_an_id_of_its_own() {
    let events = ask(Reply::stream([
        call_delta(json!({"index": 0, "function": {"name": "one"}})),
        call_delta(json!({"index": 1, "id": "x", "function": {"name": "two", "arguments": " "}})),
        call_delta(
            json!({"index": 2, "id": "x", "function": {"name": "three", "arguments": "{}"}}),
        ),
        chunk(json!({}), Some("tool_calls")),
    ]))
    .await;
    let expected = [
        ("call_0", "one", "{}"),
        ("x", "two", "{}"),
        ("x_2", "three", "{}"),
    ];
    assert_eq!(calls(&events), expected);
    let bare = |name: &str| call_delta(json!({"function": {"name": name, "arguments": "{}"}}));
    let events = ask(Reply::stream([
        bare("one"),
        bare("two"),
        bare("two"),
        chunk(json!({}), Some("stop")),
    ]))
    .await;
    let expected = [
        ("call_0", "one", "{}"),
        ("call_1", "two", "{}"),
        ("call_2", "two", "{}"),
    ];
    assert_eq!(calls(&events), expected);
}

/// Why an answer ended, in every word that endpoints use; half a call of a cut answer never runs.
#[tokio::test]
async fn tells_why_it_ended() {
    let hi = || json!({"content": "hi"});
    let call = |arguments: &str| json!({"tool_calls": [{"index": 0, "id": "a", "function": {"name": "one", "arguments": arguments}}]});
    let cases = [
        (hi(), "stop", StopReason::Finished, 0),
        (hi(), "eos", StopReason::Finished, 0),
        (hi(), "length", StopReason::Length, 0),
        (hi(), "content_filter", StopReason::Filtered, 0),
        (hi(), "tool_calls", StopReason::Finished, 0),
        (
            json!({"refusal": "I cannot"}),
            "stop",
            StopReason::Filtered,
            0,
        ),
        (call("{\"quantity\":1"), "length", StopReason::Length, 0),
        (call("{\"quantity\":1}"), "length", StopReason::Length, 1),
        (
            call("{\"quantity\":1}"),
            "content_filter",
            StopReason::Filtered,
            0,
        ),
        (call("not json"), "tool_calls", StopReason::ToolCalls, 1),
    ];
    let replies = cases.iter().map(|(delta, finish, ..)| {
        Reply::stream([chunk(delta.clone(), None), chunk(json!({}), Some(finish))])
    });
    for (events, (_, finish, expected, count)) in ask_each(replies).await.iter().zip(&cases) {
        assert_eq!(stop(events), *expected, "{finish}");
        assert_eq!(calls(events).len(), *count, "{finish}");
    }
}

/// Fields that the published format requires may be missing, and unknown ones may be there.
#[tokio::test]
async fn reads_odd_chunks() {
    let events = ask(Reply::stream([
        event(&json!({"choices": [{"delta": {"reasoning_content": "hm", "content": null}}], "prompt_filter_results": []})),
        event(&json!({"choices": [{"delta": {"content": [{"type": "thinking", "thinking": []}, {"type": "text", "text": "A"}]}}]})),
        event(&json!({"choices": [{"index": 1, "delta": {"content": "second choice"}}]})),
        event(&json!({"choices": [{"delta": {"content": "B"}, "finish_reason": ""}], "usage": {"prompt_tokens": 1, "completion_tokens": 1}})),
        event(&json!({"choices": null, "error": null})),
        event(&json!({"choices": [{"delta": null, "finish_reason": "stop"}], "usage": {"prompt_tokens": 1, "completion_tokens": 2}})),
    ]))
    .await;
    let usage = Usage {
        input_tokens: 1,
        cached_tokens: 0,
        output_tokens: 2,
    };
    let expected = [
        ModelEvent::Text("A".to_owned()),
        ModelEvent::Text("B".to_owned()),
        ModelEvent::Usage(usage),
        ModelEvent::End(StopReason::Finished),
    ];
    assert_eq!(events, expected.map(Ok));
}

/// Dropping the stream ends the call at the endpoint: a superseded answer costs nothing more. The
/// same before the first header has come.
#[tokio::test]
async fn cancels_when_dropped() {
    for api in APIS {
        let gone = Arc::new(Semaphore::new(0));
        let replies = [
            Reply::stream([said(api, "Your")]).end(End::Hang(gone.clone())),
            Reply::stream([said(api, "never")]).end(End::Silent(gone.clone())),
        ];
        let server = WireServer::start(replies).await;
        let model = speaking(api, &server.url);
        let mut events = model.stream(request());
        assert_eq!(
            events.next().await,
            Some(Ok(ModelEvent::Text("Your".to_owned())))
        );
        drop(events);
        let told = tokio::time::timeout(Duration::from_secs(10), gone.acquire()).await;
        told.expect("the endpoint never learned that nobody listens")
            .unwrap()
            .forget();
        let mut events = model.stream(request());
        let nothing = tokio::time::timeout(Duration::from_millis(300), events.next()).await;
        assert!(nothing.is_err(), "{nothing:?}");
        assert_eq!(server.asked().len(), 2);
        drop(events);
        let told = tokio::time::timeout(Duration::from_secs(10), gone.acquire()).await;
        assert!(told.is_ok(), "nor before its headers");
    }
}

/// Calls one after the other share a connection: no handshake is paid twice.
#[tokio::test]
async fn shares_its_connections() {
    for api in APIS {
        let reply = || Reply::stream([said(api, "ok"), ended(api)]);
        let server = WireServer::start((0..5).map(|_| reply())).await;
        let model = speaking(api, &server.url);
        for _ in 0..5 {
            let events: Vec<_> = model.clone().stream(request()).collect().await;
            assert_eq!(stop(&events), StopReason::Finished);
        }
        assert!(
            server.connections() <= 2,
            "{} connections",
            server.connections()
        );
    }
}
