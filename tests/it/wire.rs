//! A server that speaks the wire of a model endpoint as a test wrote it, byte for byte, and keeps
//! what it was asked.

use std::collections::{HashSet, VecDeque};
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, StreamExt as _};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

/// One response: each piece leaves as an HTTP chunk of its own, so that the reader sees the cuts.
#[derive(Clone)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, &'static str)>,
    pub pieces: Vec<Vec<u8>>,
    pub end: End,
}

#[derive(Clone)]
pub enum End {
    Whole,
    /// The connection breaks in the middle of the body.
    Cut,
    /// Nothing more comes; a permit is added when the client goes away.
    Hang(Arc<Semaphore>),
    /// Nothing comes at all, not even headers; a permit is added when the client goes away.
    Silent(Arc<Semaphore>),
    /// What comes when a permit is there.
    Gate(Arc<Semaphore>, Vec<u8>),
}

impl Reply {
    pub fn stream(pieces: impl IntoIterator<Item = impl Into<Vec<u8>>>) -> Self {
        Self {
            status: 200,
            headers: vec![("content-type", "text/event-stream; charset=utf-8")],
            pieces: pieces.into_iter().map(Into::into).collect(),
            end: End::Whole,
        }
    }

    pub fn error(status: u16, kind: &'static str, body: &str) -> Self {
        Self {
            status,
            headers: vec![("content-type", kind)],
            pieces: vec![body.into()],
            end: End::Whole,
        }
    }

    pub fn header(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }

    pub fn end(mut self, end: End) -> Self {
        self.end = end;
        self
    }
}

/// One chunk as OpenAI sends it, with `delta` and the reason why it ended.
pub fn chunk(delta: Value, finish: Option<&str>) -> String {
    event(&json!({
        "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1_800_000_000, "model": "m",
        "choices": [{"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish}],
        "usage": null
    }))
}

pub fn usage(input: u64, output: u64) -> String {
    event(&json!({
        "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1_800_000_000, "model": "m",
        "choices": [],
        "usage": {"prompt_tokens": input, "completion_tokens": output, "total_tokens": input + output}
    }))
}

pub fn event(data: &Value) -> String {
    format!("data: {data}\n\n")
}

/// One event of the Responses API, as OpenAI sends it.
pub fn named(kind: &str, mut data: Value) -> String {
    data["type"] = kind.into();
    data["sequence_number"] = 1.into();
    format!("event: {kind}\ndata: {data}\n\n")
}

pub const DONE: &str = "data: [DONE]\n\n";

#[derive(Clone, Debug)]
pub struct Asked {
    pub path: String,
    pub headers: HeaderMap,
    pub body: Value,
    /// The body as it came.
    pub raw: Bytes,
}

#[derive(Clone)]
pub struct WireServer {
    pub url: String,
    kept: Arc<Mutex<Kept>>,
}

#[derive(Default)]
struct Kept {
    replies: VecDeque<Reply>,
    asked: Vec<Asked>,
    connections: HashSet<SocketAddr>,
}

impl WireServer {
    pub async fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        let kept = Arc::new(Mutex::new(Kept {
            replies: replies.into_iter().collect(),
            ..Kept::default()
        }));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let router = Router::new().fallback(answer).with_state(kept.clone());
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        Self { url, kept }
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.kept.lock().unwrap().asked.clone()
    }

    /// What is answered from now on, whatever was left.
    pub fn answers(&self, replies: impl IntoIterator<Item = Reply>) {
        self.kept.lock().unwrap().replies = replies.into_iter().collect();
    }

    pub fn connections(&self) -> usize {
        self.kept.lock().unwrap().connections.len()
    }
}

async fn answer(
    State(kept): State<Arc<Mutex<Kept>>>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Infallible> {
    let next = {
        let mut kept = kept.lock().unwrap();
        kept.connections.insert(from);
        kept.asked.push(Asked {
            path: uri.to_string(),
            headers,
            body: serde_json::from_slice(&body).unwrap_or(Value::Null),
            raw: body,
        });
        kept.replies.pop_front()
    };
    let Some(reply) = next else {
        return Ok((StatusCode::IM_A_TEAPOT, "no reply left").into_response());
    };
    let pieces = stream::iter(reply.pieces).map(|piece| Ok(Bytes::from(piece)));
    let end = match reply.end {
        End::Whole => stream::empty().boxed(),
        // The pause lets what came before leave.
        End::Cut => stream::once(async {
            tokio::task::yield_now().await;
            Err(io::Error::other("cut"))
        })
        .boxed(),
        End::Silent(gone) => {
            let _told = TellWhenDropped(gone);
            return std::future::pending().await;
        }
        End::Gate(gate, rest) => stream::once(async move {
            gate.acquire().await.unwrap().forget();
            Ok(Bytes::from(rest))
        })
        .boxed(),
        End::Hang(gone) => {
            let told = TellWhenDropped(gone);
            stream::once(async move {
                let _told = told;
                std::future::pending().await
            })
            .boxed()
        }
    };
    let mut response = Response::new(Body::from_stream(pieces.chain(end)));
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap();
    for (name, value) in reply.headers {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    Ok(response)
}

struct TellWhenDropped(Arc<Semaphore>);

impl Drop for TellWhenDropped {
    fn drop(&mut self) {
        self.0.add_permits(1);
    }
}
