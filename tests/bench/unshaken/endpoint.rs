//! An endpoint on loopback that speaks the Chat Completions wire, plays a shop's model from what it is
//! asked, and breaks a share of its answers in every way that a seed chooses.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, StreamExt as _};
use serde_json::{Value, json};

/// Ways in which a call goes wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    Status(u16),
    /// Asks to be left alone for a second.
    Busy,
    /// Nothing comes, not even a status.
    HangBefore,
    /// A few words come, and then nothing.
    HangWithin,
    /// The connection breaks before the first word, after some, and in the arguments of a call.
    CutBefore,
    CutWithin,
    InvalidJson,
    NotAStream,
    Empty,
    Refusal,
    Length,
    Filter,
    /// Right, but in small pieces with pauses.
    Slow,
}

const FAULTS: [Fault; 21] = [
    Fault::Status(400),
    Fault::Status(401),
    Fault::Status(404),
    Fault::Status(408),
    Fault::Status(409),
    Fault::Status(413),
    Fault::Status(429),
    Fault::Status(500),
    Fault::Status(503),
    Fault::Busy,
    Fault::HangBefore,
    Fault::HangWithin,
    Fault::CutBefore,
    Fault::CutWithin,
    Fault::InvalidJson,
    Fault::NotAStream,
    Fault::Empty,
    Fault::Refusal,
    Fault::Length,
    Fault::Filter,
    Fault::Slow,
];

/// Of so many calls one goes wrong: 20 in a hundred.
const FAILS_EVERY: u64 = 5;

pub struct Endpoint {
    pub url: String,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    seed: u64,
    calls: AtomicU64,
    failed: AtomicU64,
}

impl Endpoint {
    pub async fn start(seed: u64) -> io::Result<Self> {
        let counts = Arc::new(Counts {
            seed,
            ..Counts::default()
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/v1", listener.local_addr()?);
        let router = Router::new().fallback(answer).with_state(counts.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { url, counts })
    }

    /// Calls so far, and how many of them went wrong.
    pub fn calls(&self) -> (u64, u64) {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        (read(&self.counts.calls), read(&self.counts.failed))
    }
}

/// Mixes a number so that its bits say nothing of its neighbours'.
/// Source: the finaliser of SplitMix64, https://prng.di.unimi.it/splitmix64.c
fn mixed(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

async fn answer(State(counts): State<Arc<Counts>>, body: Bytes) -> Result<Response, Infallible> {
    let number = counts.calls.fetch_add(1, Ordering::Relaxed);
    let drawn = mixed(counts.seed ^ number.wrapping_mul(0x2545_f491_4f6c_dd1d));
    let fault = drawn.is_multiple_of(FAILS_EVERY).then(|| {
        counts.failed.fetch_add(1, Ordering::Relaxed);
        FAULTS[usize::try_from((drawn >> 32) % FAULTS.len() as u64).unwrap_or(0)]
    });
    let asked: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let events = said(&asked["messages"], number);
    Ok(match fault {
        None => streamed(vec![events.concat()], End::Whole),
        Some(fault) => broken(fault, events).await,
    })
}

async fn broken(fault: Fault, events: Vec<String>) -> Response {
    let begin = || events.first().cloned().unwrap_or_default();
    let choice = |delta: Value, finish: &str| chunk(&delta, Some(finish));
    match fault {
        Fault::Status(status) => refused(status).into_response(),
        Fault::Busy => ([(header::RETRY_AFTER, "1")], refused(429)).into_response(),
        Fault::HangBefore => std::future::pending().await,
        Fault::HangWithin => streamed(vec![begin()], End::Hang),
        Fault::CutBefore => streamed(Vec::new(), End::Cut),
        Fault::CutWithin => streamed(vec![begin()], End::Cut),
        Fault::InvalidJson => streamed(vec!["data: {\"choices\": [{\n\n".to_owned()], End::Whole),
        Fault::NotAStream => "<html>Bad gateway</html>".into_response(),
        Fault::Empty => streamed(vec![choice(json!({}), "stop"), DONE.to_owned()], End::Whole),
        Fault::Refusal => {
            let refusal = json!({"refusal": "I cannot help with that."});
            streamed(vec![choice(refusal, "stop"), DONE.to_owned()], End::Whole)
        }
        Fault::Length => streamed(
            vec![choice(json!({"content": "Well, it"}), "length")],
            End::Whole,
        ),
        Fault::Filter => streamed(vec![choice(json!({}), "content_filter")], End::Whole),
        Fault::Slow => {
            let pieces = stream::iter(events).then(|event| async {
                tokio::time::sleep(Duration::from_millis(20)).await;
                Ok::<_, Infallible>(event)
            });
            event_stream(Body::from_stream(pieces))
        }
    }
}

fn refused(status: u16) -> (StatusCode, String) {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (
        status,
        json!({"error": {"message": "scripted"}}).to_string(),
    )
}

enum End {
    Whole,
    Cut,
    Hang,
}

fn streamed(pieces: Vec<String>, end: End) -> Response {
    let pieces = stream::iter(pieces).map(|piece| Ok(Bytes::from(piece)));
    let end = match end {
        End::Whole => stream::empty().boxed(),
        End::Cut => stream::once(async {
            // What came before leaves first.
            tokio::task::yield_now().await;
            Err(io::Error::other("cut"))
        })
        .boxed(),
        End::Hang => stream::pending().boxed(),
    };
    event_stream(Body::from_stream(pieces.chain(end)))
}

fn event_stream(body: Body) -> Response {
    ([(header::CONTENT_TYPE, "text/event-stream")], body).into_response()
}

const DONE: &str = "data: [DONE]\n\n";

fn chunk(delta: &Value, finish: Option<&str>) -> String {
    let data = json!({
        "id": "x", "object": "chat.completion.chunk", "created": 1_800_000_000, "model": "m",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}
    });
    format!("data: {data}\n\n")
}

/// What the model says to a list of messages: it looks orders up, prepares returns and chats, several
/// calls at once, with ids that it never uses twice.
fn said(messages: &Value, number: u64) -> Vec<String> {
    let messages = messages.as_array().map_or(&[][..], Vec::as_slice);
    let is = |message: &Value, role: &str| message["role"] == role;
    let from = messages.iter().rposition(|message| is(message, "user"));
    let open = from.map_or(&[][..], |from| &messages[from..]);
    let wrote = open.first().and_then(|message| message["content"].as_str());
    let wrote = wrote.unwrap_or_default();
    let order = wrote.split("order ").nth(1).unwrap_or_default();
    let order: String = order
        .chars()
        .take_while(char::is_ascii_alphanumeric)
        .collect();
    let done = open.iter().filter(|message| is(message, "tool")).count();
    let look_up = ("lookup_order", json!({ "order_number": order }));
    match (wrote.contains("return"), order.is_empty(), done) {
        // What was read of policies would want the button for a yes.
        (true, false, 0) => calls(number, &[look_up]),
        (true, false, 1) => {
            let items = json!([{"line": 2, "quantity": 1, "reason": "size_too_small"}]);
            let arguments = json!({"order_number": order, "items": items});
            calls(number, &[("start_return", arguments)])
        }
        (true, false, _) => text(&["Please have a look. ", "Please confirm the return."]),
        (false, false, 0) => {
            let country = json!({"country": "Germany"});
            calls(number, &[look_up, ("shipping_options", country)])
        }
        (false, false, _) => text(&["Please have a look. ", "What would you like to know?"]),
        (_, true, _) => text(&["Happy to help. ", "What is it about?"]),
    }
}

fn text(pieces: &[&str]) -> Vec<String> {
    let pieces = pieces.iter();
    let mut events: Vec<String> = pieces
        .map(|piece| chunk(&json!({"content": piece}), None))
        .collect();
    events.push(chunk(&json!({}), Some("stop")));
    events.push(DONE.to_owned());
    events
}

/// The arguments come in two halves, so that a cut may fall between them.
fn calls(number: u64, calls: &[(&str, Value)]) -> Vec<String> {
    let mut events = Vec::new();
    for (index, (tool, arguments)) in calls.iter().enumerate() {
        let arguments = arguments.to_string();
        let (first, rest) = arguments.split_at(arguments.len() / 2);
        let function = json!({"name": tool, "arguments": first});
        let id = format!("toolu_{number:x}_{index}");
        let begin = json!({"index": index, "id": id, "type": "function", "function": function});
        let goes_on = json!({"index": index, "function": {"arguments": rest}});
        for call in [begin, goes_on] {
            events.push(chunk(&json!({ "tool_calls": [call] }), None));
        }
    }
    events.push(chunk(&json!({}), Some("tool_calls")));
    events.push(DONE.to_owned());
    events
}
