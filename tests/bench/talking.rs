//! Shoppers who talk to the program over HTTP.

use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use serde_json::{Value, json};

use crate::running::Fallible;

/// A conversation of this customer, or of nobody: its id and its token.
pub async fn conversation(
    http: &reqwest::Client,
    url: &str,
    customer: Option<&str>,
) -> Fallible<(String, String)> {
    let body = customer.map_or_else(|| json!({}), |token| json!({ "customer_token": token }));
    let text = http
        .post(format!("{url}/api/chat/conversations"))
        .header("content-type", "application/json")
        .body(body.to_string())
        .send()
        .await?
        .error_for_status()?
        .text()
        .await?;
    let made: Value = serde_json::from_str(&text)?;
    let field = |name: &str| made[name].as_str().unwrap_or_default().to_owned();
    Ok((field("id"), field("token")))
}

/// One turn: its time to the first word and to the end.
pub async fn turn(
    http: &reqwest::Client,
    url: &str,
    (id, token): &(String, String),
    text: &str,
) -> Fallible<(Duration, Duration)> {
    let begun = Instant::now();
    let mut first = None;
    let response = http
        .post(format!("{url}/api/chat/conversations/{id}/messages"))
        .bearer_auth(token)
        .header("accept", "text/event-stream")
        .header("content-type", "application/json")
        .body(json!({ "text": text }).to_string())
        .send()
        .await?
        .error_for_status()?;
    let mut stream = response.bytes_stream();
    let mut seen = String::new();
    while let Some(bytes) = stream.next().await {
        seen.push_str(&String::from_utf8_lossy(&bytes?));
        if first.is_none() && seen.contains("event: delta") {
            first = Some(begun.elapsed());
        }
        if seen.contains("event: done") {
            return Ok((first.unwrap_or(begun.elapsed()), begun.elapsed()));
        }
    }
    Err(format!("the stream ended early: {seen}").into())
}
