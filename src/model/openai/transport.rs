//! One HTTP exchange with the endpoint: what is sent, what is believed of the response, and what
//! each way of failing means for the caller.
//!
//! Design: the OpenAI client is given this as its HTTP service because, on its own, it forgets the
//! status of an error whose body it cannot read, and `Retry-After` always; and it tries again.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;

use async_openai::error::OpenAIError;
use async_openai::middleware::HttpRequestFactory;
use futures_util::{Stream, StreamExt as _};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Body, Response, Url};

use super::wire::error_words;
use crate::domain::limits::{
    ERROR_BODY_BYTES_MAX, ERROR_WORDS_CHARS_MAX, MODEL_CONNECT_TIMEOUT, MODEL_LINE_BYTES_MAX,
    MODEL_WIRE_BYTES_MAX, RETRY_AFTER_MAX,
};
use crate::model::ModelError;

/// The base URL, checked and without the slash at its end.
pub(super) fn base_url(text: &str) -> Result<Url, String> {
    let text = text.trim().trim_end_matches('/');
    let url = Url::parse(text).map_err(|error| {
        format!("\"{text}\" is not a URL ({error}); write it like https://api.openai.com/v1")
    })?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(format!("\"{text}\" is neither http:// nor https://"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(format!(
            "\"{text}\" must end with its path, without ? and #"
        ));
    }
    Ok(url)
}

/// The client whose connections all calls share.
pub(super) fn client(url: &Url, key: &str) -> Result<reqwest::Client, String> {
    let mut headers = HeaderMap::new();
    let key = key.trim();
    if !key.is_empty() {
        let mut value = HeaderValue::from_str(&format!("Bearer {key}"))
            .map_err(|_| "its key holds characters that a header cannot carry".to_owned())?;
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    let mut builder = reqwest::Client::builder()
        .connect_timeout(MODEL_CONNECT_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("attendant/", env!("CARGO_PKG_VERSION")))
        .default_headers(headers);
    if url.host_str().is_some_and(is_loopback) {
        builder = builder.no_proxy();
    }
    builder
        .build()
        .map_err(|error| format!("no HTTPS client could be made ({})", causes(&error)))
}

fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host
            .parse()
            .is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
}

/// What went wrong in one call, kept by whoever saw it first.
#[derive(Clone, Default)]
pub(super) struct Failure(Arc<OnceLock<ModelError>>);

impl Failure {
    fn note(&self, error: ModelError) {
        let _ = self.0.set(error);
    }

    /// What was seen here, or else what the client says: then an answer that cannot be read.
    pub(super) fn or(&self, error: &OpenAIError) -> ModelError {
        self.0.get().cloned().unwrap_or_else(|| {
            let detail = match error {
                OpenAIError::JSONDeserialize(error, _) => {
                    format!("the answer is not JSON: {error}")
                }
                // Its words would quote the answer, which is the shopper's.
                OpenAIError::StreamError(_) => "the answer is not an event stream".to_owned(),
                other => format!(
                    "the call could not be made: {}",
                    cut_words(&other.to_string())
                ),
            };
            ModelError::Permanent { detail }
        })
    }
}

/// The HTTP service of one call.
#[derive(Clone)]
pub(super) struct Transport {
    http: reqwest::Client,
    failure: Failure,
}

impl Transport {
    pub(super) fn new(http: reqwest::Client, failure: Failure) -> Self {
        Self { http, failure }
    }

    async fn send(self, factory: HttpRequestFactory) -> Result<Response, OpenAIError> {
        let mut request = factory.build().await?;
        let headers = request.headers_mut();
        headers.insert(ACCEPT, HeaderValue::from_static("text/event-stream"));
        // The client always sets one, also for no key; the pool's own header stands in for it.
        headers.remove(AUTHORIZATION);
        let response = match self.http.execute(request).await {
            Ok(response) => response,
            Err(error) => return Err(self.fail(unreachable(&error))),
        };
        if !response.status().is_success() {
            let refusal = refused(response).await;
            return Err(self.fail(refusal));
        }
        if let Some(other) = not_a_stream(response.headers()) {
            return Err(self.fail(ModelError::Permanent {
                detail: format!("it answered with {other} instead of an event stream"),
            }));
        }
        Ok(watched(response, self.failure))
    }

    fn fail(&self, error: ModelError) -> OpenAIError {
        let words = error.to_string();
        self.failure.note(error);
        OpenAIError::InvalidArgument(words)
    }
}

impl tower_service::Service<HttpRequestFactory> for Transport {
    type Response = Response;
    type Error = OpenAIError;
    type Future = Pin<Box<dyn Future<Output = Result<Response, OpenAIError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), OpenAIError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: HttpRequestFactory) -> Self::Future {
        Box::pin(self.clone().send(request))
    }
}

/// The response with its body counted, and with the reason kept when it breaks off.
fn watched(response: Response, failure: Failure) -> Response {
    let mut count = Count::default();
    let body = response.bytes_stream().map(move |piece| {
        let piece = piece.map_err(|error| {
            failure.note(ModelError::Transient {
                detail: format!("the connection was lost ({})", causes(&error)),
                retry_after: None,
            });
            std::io::Error::other("lost")
        })?;
        if !count.admits(&piece) {
            failure.note(ModelError::Permanent {
                detail: format!("it sent too much: {} bytes for one answer", count.all),
            });
            return Err(std::io::Error::other("too much"));
        }
        Ok(piece)
    });
    Response::from(http::Response::new(Body::wrap_stream(body)))
}

#[derive(Default)]
struct Count {
    all: usize,
    line: usize,
}

impl Count {
    fn admits(&mut self, piece: &[u8]) -> bool {
        self.all += piece.len();
        self.line = match piece.iter().rposition(|byte| *byte == b'\n') {
            Some(end) => piece.len() - end - 1,
            None => self.line + piece.len(),
        };
        self.all <= MODEL_WIRE_BYTES_MAX && self.line <= MODEL_LINE_BYTES_MAX
    }
}

fn not_a_stream(headers: &HeaderMap) -> Option<String> {
    let kind = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let plain = kind.split(';').next().unwrap_or_default().trim();
    (!plain.eq_ignore_ascii_case("text/event-stream")).then(|| cut_words(plain))
}

async fn refused(response: Response) -> ModelError {
    let status = response.status().as_u16();
    let retry_after = response
        .headers()
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.trim().parse().ok())
        .map(|seconds: u64| Duration::from_secs(seconds).min(RETRY_AFTER_MAX));
    let body = beginning(response.bytes_stream()).await;
    let json = serde_json::from_slice(&body).ok();
    let words = json.as_ref().and_then(error_words);
    refusal(status, words.unwrap_or("no reason given"), retry_after)
}

/// As much of an error's body as is worth reading.
async fn beginning<B: AsRef<[u8]>>(body: impl Stream<Item = reqwest::Result<B>>) -> Vec<u8> {
    let mut body = std::pin::pin!(body);
    let mut read = Vec::new();
    while let Some(Ok(piece)) = body.next().await {
        let piece = piece.as_ref();
        let room = ERROR_BODY_BYTES_MAX - read.len();
        read.extend_from_slice(&piece[..piece.len().min(room)]);
        if read.len() == ERROR_BODY_BYTES_MAX {
            break;
        }
    }
    read
}

/// What a status means: trying the same again may help, or it never will.
pub(super) fn refusal(status: u16, words: &str, retry_after: Option<Duration>) -> ModelError {
    let detail = format!("{status}: {}", cut_words(words));
    match status {
        408 | 409 | 429 | 500..=599 => ModelError::Transient {
            detail,
            retry_after,
        },
        _ => ModelError::Permanent { detail },
    }
}

/// The stream ended before the endpoint had said why it stopped.
pub(super) fn cut() -> ModelError {
    ModelError::Transient {
        detail: "the answer was cut off".to_owned(),
        retry_after: None,
    }
}

fn unreachable(error: &reqwest::Error) -> ModelError {
    let detail = causes(error);
    if error.is_builder() {
        return ModelError::Permanent { detail };
    }
    ModelError::Transient {
        detail,
        retry_after: None,
    }
}

/// An error with what lies beneath it: "error sending request" alone helps nobody.
fn causes(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words.push_str(": ");
        words.push_str(&error.to_string());
        cause = error.source();
    }
    cut_words(&words)
}

/// The endpoint's words on one line, no longer than an operator reads.
fn cut_words(words: &str) -> String {
    words
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .take(ERROR_WORDS_CHARS_MAX)
        .collect()
}
