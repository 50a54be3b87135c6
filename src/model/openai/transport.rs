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
use futures_util::{Stream, StreamExt as _, stream};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Body, Response};
use serde_json::Value;

use super::retry_after;
use super::settings::Way;
use super::wire::error_words;
use crate::domain::limits::{
    ERROR_BODY_BYTES_MAX, ERROR_WORDS_CHARS_MAX, MODEL_LINE_BYTES_MAX, MODEL_LINES_MAX,
    MODEL_PIECE_BYTES_MAX, MODEL_WIRE_BYTES_MAX,
};
use crate::model::ModelError;

/// In which way a call failed, for an operator who is to mend it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// No connection, or it was lost.
    Unreachable,
    /// An HTTP status other than success.
    Status(u16),
    /// Success, and something else than an event stream.
    NotAStream,
    /// A failure told inside the stream.
    Told,
    /// A stream that is not of the format, or too long.
    Unreadable,
    /// It ended before its end.
    Cut,
}

/// What went wrong in one call, kept by whoever saw it first.
#[derive(Clone, Default)]
pub(super) struct Failure(Arc<OnceLock<(Trouble, ModelError)>>);

impl Failure {
    pub(super) fn note(&self, trouble: Trouble, error: ModelError) {
        let _ = self.0.set((trouble, error));
    }

    pub(super) fn trouble(&self) -> Option<Trouble> {
        self.0.get().map(|(trouble, _)| *trouble)
    }

    /// What was seen here, or else what the client says: then an answer that cannot be read.
    pub(super) fn or(&self, error: &OpenAIError) -> ModelError {
        if let Some((_, error)) = self.0.get() {
            return error.clone();
        }
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
        let error = ModelError::Permanent { detail };
        self.note(Trouble::Unreadable, error.clone());
        error
    }
}

/// The HTTP service of one call.
#[derive(Clone)]
pub(super) struct Transport {
    way: Arc<Way>,
    failure: Failure,
}

impl Transport {
    pub(super) fn new(way: Arc<Way>, failure: Failure) -> Self {
        Self { way, failure }
    }

    async fn send(self, factory: HttpRequestFactory) -> Result<Response, OpenAIError> {
        let mut request = factory.build().await?;
        let headers = request.headers_mut();
        headers.insert(ACCEPT, HeaderValue::from_static("text/event-stream"));
        // The client always sets one, also for no key; the pool's own header stands in for it.
        headers.remove(AUTHORIZATION);
        if !self.way.query.is_empty() {
            let mut query = request.url_mut().query_pairs_mut();
            query.extend_pairs(&self.way.query);
        }
        let response = match self.way.http.execute(request).await {
            Ok(response) => response,
            Err(error) => return Err(self.fail(Trouble::Unreachable, unreachable(error))),
        };
        let status = response.status().as_u16();
        if !response.status().is_success() {
            let refusal = refused(response, &self.way).await;
            return Err(self.fail(Trouble::Status(status), refusal));
        }
        if let Some(other) = not_a_stream(response.headers()) {
            let detail = format!("it answered with {other} instead of an event stream");
            return Err(self.fail(Trouble::NotAStream, ModelError::Permanent { detail }));
        }
        Ok(watched(response, self.failure))
    }

    fn fail(&self, trouble: Trouble, error: ModelError) -> OpenAIError {
        let words = error.to_string();
        self.failure.note(trouble, error);
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
    let mut mark = Mark::default();
    let body = response.bytes_stream().map(move |piece| {
        let piece = piece.map_err(|error| {
            let detail = format!("the connection was lost ({})", causes(&error.without_url()));
            let lost = ModelError::Transient {
                detail,
                retry_after: None,
            };
            failure.note(Trouble::Unreachable, lost);
            std::io::Error::other("lost")
        })?;
        if !count.admits(&piece) {
            let detail = format!("it sent too much: {} bytes for one answer", count.all);
            failure.note(Trouble::Unreadable, ModelError::Permanent { detail });
            return Err(std::io::Error::other("too much"));
        }
        Ok(match mark.ends(&piece) {
            Ok(0) => piece,
            Ok(until) => piece.slice(until..),
            Err(begun) => [begun, &piece].concat().into(),
        })
    });
    let body = body.flat_map(|piece| {
        let small: Vec<Result<_, std::io::Error>> = match piece {
            Ok(piece) => (0..piece.len())
                .step_by(MODEL_PIECE_BYTES_MAX)
                .map(|from| Ok(piece.slice(from..piece.len().min(from + MODEL_PIECE_BYTES_MAX))))
                .collect(),
            Err(error) => vec![Err(error)],
        };
        stream::iter(small)
    });
    Response::from(http::Response::new(Body::wrap_stream(body)))
}

#[derive(Default)]
struct Count {
    all: usize,
    lines: usize,
    line: usize,
}

impl Count {
    fn admits(&mut self, piece: &[u8]) -> bool {
        self.all += piece.len();
        self.lines += piece.iter().filter(|byte| **byte == b'\n').count();
        self.line = match piece.iter().rposition(|byte| *byte == b'\n') {
            Some(end) => piece.len() - end - 1,
            None => self.line + piece.len(),
        };
        self.all <= MODEL_WIRE_BYTES_MAX
            && self.lines <= MODEL_LINES_MAX
            && self.line <= MODEL_LINE_BYTES_MAX
    }
}

/// The byte order mark with which a stream may begin: the client's reader cannot take it.
#[derive(Default)]
struct Mark {
    seen: usize,
    is_past: bool,
}

impl Mark {
    const BYTES: [u8; 3] = [0xef, 0xbb, 0xbf];

    /// How many bytes of a piece belong to it; what of it had come before, when it was none.
    fn ends(&mut self, piece: &[u8]) -> Result<usize, &'static [u8]> {
        const BYTES: &[u8] = &Mark::BYTES;
        if self.is_past {
            return Ok(0);
        }
        let rest = &BYTES[self.seen..];
        let same = rest.iter().zip(piece).take_while(|(a, b)| a == b).count();
        let before = self.seen;
        self.seen += same;
        if same == rest.len() {
            self.is_past = true;
        } else if same < piece.len() {
            self.is_past = true;
            return if before == 0 {
                Ok(0)
            } else {
                Err(&BYTES[..before])
            };
        }
        Ok(same)
    }
}

fn not_a_stream(headers: &HeaderMap) -> Option<String> {
    let kind = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let plain = kind.split(';').next().unwrap_or_default().trim();
    (!plain.eq_ignore_ascii_case("text/event-stream")).then(|| cut_words(plain))
}

async fn refused(response: Response, way: &Way) -> ModelError {
    let status = response.status();
    let pause = retry_after::pause(response.headers());
    let body = beginning(response.bytes_stream()).await;
    let json = serde_json::from_slice(&body).ok();
    let words = match json.as_ref().and_then(error_words) {
        Some(words) => way.discreet(words),
        None if status.is_redirection() => {
            "it sends elsewhere, which is not followed: name the final URL".to_owned()
        }
        None => "no reason given".to_owned(),
    };
    if json.as_ref().is_some_and(is_used_up) {
        let detail = format!("{}: {}", status.as_u16(), cut_words(&words));
        return ModelError::Permanent { detail };
    }
    refusal(status.as_u16(), &cut_words(&words), pause)
}

/// OpenAI answers 429 also when nothing has been paid for: no pause helps against that.
fn is_used_up(body: &Value) -> bool {
    let error = body.get("error").unwrap_or(body);
    error.get("code").and_then(Value::as_str) == Some("insufficient_quota")
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
    let detail = format!("{status}: {words}");
    match status {
        408 | 409 | 429 | 500..=599 => ModelError::Transient {
            detail,
            retry_after,
        },
        _ => ModelError::Permanent { detail },
    }
}

/// A failure told inside a stream, its words uncut (half a key could not be told from words): the request was taken, so trying again may help unless the
/// endpoint names a status or a reason that says otherwise.
pub(super) fn told(error: &Value) -> ModelError {
    let words = error_words(error).unwrap_or("no reason given");
    refusal(told_status(error), words, None)
}

/// The status that a failure names, as a number (vLLM), or as a word in its code or type (OpenAI).
fn told_status(error: &Value) -> u16 {
    let code = error.get("code");
    let number = code.and_then(|code| code.as_u64().or_else(|| code.as_str()?.parse().ok()));
    if let Some(status) = number
        .and_then(|code| u16::try_from(code).ok())
        .filter(|code| (400..600).contains(code))
    {
        return status;
    }
    let named = |key: &str| error.get(key).and_then(Value::as_str).unwrap_or_default();
    for word in [named("code"), named("type")] {
        match word {
            "rate_limit_exceeded" | "rate_limit_error" => return 429,
            "insufficient_quota" => return 402,
            "context_length_exceeded" | "content_filter" => return 400,
            _ if word.starts_with("invalid_") => return 400,
            _ => {}
        }
    }
    500
}

/// The stream ended before the endpoint had said why it stopped.
pub(super) fn cut() -> ModelError {
    ModelError::Transient {
        detail: "the answer was cut off".to_owned(),
        retry_after: None,
    }
}

fn unreachable(error: reqwest::Error) -> ModelError {
    // The URL may hold a key behind its path.
    let error = error.without_url();
    let detail = causes(&error);
    if error.is_builder() {
        return ModelError::Permanent { detail };
    }
    ModelError::Transient {
        detail,
        retry_after: None,
    }
}

/// An error with what lies beneath it: "error sending request" alone helps nobody.
pub(super) fn causes(error: &dyn std::error::Error) -> String {
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
pub(super) fn cut_words(words: &str) -> String {
    words
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .take(ERROR_WORDS_CHARS_MAX)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A flood of short lines, one line without an end, and too much of all meet a limit each.
    #[test]
    fn counts_what_a_body_costs() {
        let admits = |piece: &[u8], times: usize| {
            let mut count = Count::default();
            (0..times).all(|_| count.admits(piece))
        };
        let lines = vec![b'\n'; 1024];
        assert!(admits(&lines, MODEL_LINES_MAX / 1024));
        assert!(!admits(&lines, MODEL_LINES_MAX / 1024 + 1));
        let text = vec![b'x'; 1024];
        assert!(admits(&text, MODEL_LINE_BYTES_MAX / 1024));
        assert!(!admits(&text, MODEL_LINE_BYTES_MAX / 1024 + 1));
        let mut ended = text;
        ended.push(b'\n');
        assert!(admits(&ended, MODEL_WIRE_BYTES_MAX / ended.len()));
        assert!(!admits(&ended, MODEL_WIRE_BYTES_MAX / ended.len() + 1));
    }

    /// The mark goes, however it is cut; what only began like one stays.
    #[test]
    fn takes_the_byte_order_mark_away() {
        let left = |pieces: &[&[u8]]| -> Vec<u8> {
            let mut mark = Mark::default();
            let mut left = Vec::new();
            for piece in pieces {
                match mark.ends(piece) {
                    Ok(until) => left.extend_from_slice(&piece[until..]),
                    Err(begun) => left.extend([begun, *piece].concat()),
                }
            }
            left
        };
        assert_eq!(left(&[b"\xef\xbb\xbfdata"]), b"data");
        assert_eq!(left(&[b"\xef", b"\xbb", b"", b"\xbfda", b"ta"]), b"data");
        assert_eq!(left(&[b"data", b"\xef\xbb\xbf"]), b"data\xef\xbb\xbf");
        assert_eq!(left(&[b"\xef\xbb", b"data"]), b"\xef\xbbdata");
        assert_eq!(left(&[b"\xefdata"]), b"\xefdata");
    }
}
