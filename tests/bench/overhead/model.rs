//! A scripted model: asks for the order that the shopper names, then says its status, streamed.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::post;
use serde_json::{Value, json};

use crate::running::Fallible;

pub const STATUS: &str = "in transit";

/// Keeps the newest call of either kind as it came.
#[derive(Default)]
pub struct Model {
    calls: Mutex<[Vec<u8>; 2]>,
}

impl Model {
    pub fn calls(&self) -> [Vec<u8>; 2] {
        self.calls
            .lock()
            .map_or_else(|_| Default::default(), |calls| calls.clone())
    }
}

/// Its base URL.
pub async fn serve(model: Arc<Model>) -> Fallible<String> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/v1", listener.local_addr()?);
    let router = Router::new()
        .route("/v1/chat/completions", post(answer))
        .with_state(model);
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(url)
}

async fn answer(State(model): State<Arc<Model>>, body: Bytes) -> impl IntoResponse {
    let request: Value = serde_json::from_slice(&body).unwrap_or_default();
    let last = request["messages"]
        .as_array()
        .and_then(|all| all.last())
        .cloned()
        .unwrap_or_default();
    let told = last["role"] == "tool";
    if let Ok(mut calls) = model.calls.lock()
        && calls[usize::from(told)].is_empty()
    {
        calls[usize::from(told)] = body.to_vec();
    }
    let text = last["content"].as_str().unwrap_or_default();
    let number: String = text
        .split(|c: char| !c.is_ascii_digit())
        .find(|digits| digits.len() >= 4)
        .unwrap_or("0")
        .to_owned();
    let pieces = if told { said(&number) } else { called(&number) };
    let mut stream = String::new();
    for piece in pieces {
        stream.push_str(&format!("data: {piece}\n\n"));
    }
    stream.push_str("data: [DONE]\n\n");
    ([(header::CONTENT_TYPE, "text/event-stream")], stream)
}

fn chunk(delta: Value, stop: Option<&str>) -> Value {
    json!({
        "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "scripted",
        "choices": [{ "index": 0, "delta": delta, "finish_reason": stop }],
    })
}

fn called(number: &str) -> Vec<Value> {
    let arguments = json!({ "order": number }).to_string();
    let function = json!({ "name": "lookup_order", "arguments": arguments });
    let call = json!({ "index": 0, "id": "call_1", "type": "function", "function": function });
    vec![
        chunk(json!({ "role": "assistant", "tool_calls": [call] }), None),
        chunk(json!({}), Some("tool_calls")),
    ]
}

fn said(number: &str) -> Vec<Value> {
    let text = format!(
        "Thank you for your patience. I looked up order {number} for you just now and its status is \
         {STATUS}. If anything about this order looks wrong to you, please tell me what it is and I \
         will look at it again together with you. You can also ask me about another order or about a \
         product. Is there anything else?"
    );
    let words = text.split_inclusive(' ');
    let mut all: Vec<Value> = words
        .map(|word| chunk(json!({ "content": word }), None))
        .collect();
    all.push(chunk(json!({}), Some("stop")));
    all
}
