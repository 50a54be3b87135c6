//! The least that could do a turn's work: two upstream calls, the second one's stream passed on, and
//! one durable commit before its end.

use std::path::Path;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use futures_util::stream;
use rusqlite::Connection;
use serde_json::Value;

use crate::running::Fallible;

struct Proxy {
    http: reqwest::Client,
    llm: String,
    calls: [Vec<u8>; 2],
    database: Mutex<Connection>,
}

pub async fn serve(llm: &str, database: &Path, calls: [Vec<u8>; 2]) -> Fallible<()> {
    let database = Connection::open(database)?;
    database.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         CREATE TABLE turns (id INTEGER PRIMARY KEY, asked TEXT NOT NULL, answered TEXT NOT NULL);",
    )?;
    let proxy = Proxy {
        http: reqwest::Client::new(),
        llm: format!("{llm}/chat/completions"),
        calls,
        database: Mutex::new(database),
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}/turn", listener.local_addr()?);
    let router = Router::new()
        .route("/turn", post(turn))
        .with_state(Arc::new(proxy));
    Ok(axum::serve(listener, router).await?)
}

impl Proxy {
    async fn call(&self, at: usize, order: &str) -> Fallible<reqwest::Response> {
        // The order's number in place of that of the call that is repeated: as long.
        let body = String::from_utf8_lossy(&self.calls[at]).replace("100000", order);
        let call = self
            .http
            .post(&self.llm)
            .header("content-type", "application/json");
        Ok(call.body(body).send().await?.error_for_status()?)
    }

    fn keep(&self, asked: &str, answered: &str) -> Fallible<()> {
        let database = self
            .database
            .lock()
            .map_err(|_| "the database's lock is lost")?;
        let mut add =
            database.prepare_cached("INSERT INTO turns (asked, answered) VALUES (?1, ?2)")?;
        add.execute((asked, answered))?;
        Ok(())
    }
}

/// What of a turn is still to come.
struct Rest {
    proxy: Arc<Proxy>,
    asked: String,
    answered: Vec<u8>,
    stream: reqwest::Response,
}

async fn turn(State(proxy): State<Arc<Proxy>>, body: Bytes) -> Result<Response, String> {
    begin(proxy, &body).await.map_err(|error| error.to_string())
}

async fn begin(proxy: Arc<Proxy>, body: &[u8]) -> Fallible<Response> {
    let asked: Value = serde_json::from_slice(body)?;
    let asked = asked["text"].as_str().ok_or("no text")?.to_owned();
    let order = asked
        .split(|c: char| !c.is_ascii_digit())
        .find(|digits| digits.len() >= 4);
    let order = order.ok_or("no order")?.to_owned();
    proxy.call(0, &order).await?.bytes().await?;
    let stream = proxy.call(1, &order).await?;
    let rest = Rest {
        proxy,
        asked,
        answered: Vec::new(),
        stream,
    };
    Ok(Response::new(Body::from_stream(stream::try_unfold(
        rest, pass_on,
    ))))
}

async fn pass_on(mut rest: Rest) -> Fallible<Option<(Bytes, Rest)>> {
    if let Some(piece) = rest.stream.chunk().await? {
        rest.answered.extend_from_slice(&piece);
        return Ok(Some((piece, rest)));
    }
    let Rest {
        proxy,
        asked,
        answered,
        ..
    } = rest;
    tokio::task::spawn_blocking(move || proxy.keep(&asked, &String::from_utf8_lossy(&answered)))
        .await??;
    Ok(None)
}
