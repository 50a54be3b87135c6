//! The least that a chat can do: a page that sends what is written and shows the words that come
//! back as server-sent events. `tests/browser/latency.mjs` measures the chat beside it.
//!
//! `cargo bench --bench echo -- serve` prints its address and serves until it is stopped.

use std::convert::Infallible;
use std::error::Error;

use axum::Router;
use axum::response::Html;
use axum::response::sse::{Event, Sse};
use axum::routing::{get, post};
use futures_util::{Stream, stream};
use tokio::net::TcpListener;

const PAGE: &str = include_str!("echo.html");

async fn echo(text: String) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let words: Vec<String> = text.split_inclusive(' ').map(str::to_owned).collect();
    Sse::new(stream::iter(
        words
            .into_iter()
            // A JSON string keeps the spaces, which the format of events would eat.
            .map(|word| Ok(Event::default().data(serde_json::Value::from(word).to_string()))),
    ))
}

async fn serve() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("Echo runs on http://{}", listener.local_addr()?);
    let routes = Router::new()
        .route("/", get(|| async { Html(PAGE) }))
        .route("/echo", post(echo));
    axum::serve(listener, routes).await?;
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    if !std::env::args().any(|argument| argument == "serve") {
        println!("nothing to measure here: tests/browser/latency.mjs starts it with `serve`");
        return Ok(());
    }
    tokio::runtime::Runtime::new()?.block_on(serve())
}
