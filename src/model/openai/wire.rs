//! What both interfaces have in common: which hosts are known for more, the conversation as it is
//! told, and values as leniently as they must be read.

use std::fmt;

use reqwest::Url;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::domain::limits::CACHE_KEY_BYTES_MAX;
use crate::model::{Message, ModelRequest, ToolCall};

/// What an endpoint is known to take. Unknown servers get what all take: several refuse a request
/// with a field that they do not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dialect {
    /// `max_completion_tokens` is the only name of the output limit that OpenAI's reasoning models
    /// take; several other servers know `max_tokens` alone.
    pub(super) newer_limit: bool,
    pub(super) cache_key: bool,
    pub(super) strict: bool,
}

/// Hosts that run OpenAI's models: OpenAI's own, and Azure's under each of its names.
const AZURE: [&str; 3] = [
    ".openai.azure.com",
    ".cognitiveservices.azure.com",
    ".services.ai.azure.com",
];
const OPENAI: &str = "api.openai.com";

impl Dialect {
    pub(super) fn of(url: &Url) -> Self {
        let host = url.host_str().unwrap_or_default();
        let openai = host == OPENAI || host.ends_with(&format!(".{OPENAI}"));
        let azure = AZURE.iter().any(|name| host.ends_with(name));
        // Azure's dated versions refuse fields that are younger than they are; /openai/v1 has none.
        let current = openai || (azure && url.path().trim_end_matches('/') == "/openai/v1");
        Self {
            newer_limit: openai || azure,
            cache_key: current,
            strict: openai || azure,
        }
    }

    /// The key under which the endpoint keeps a prompt's beginning, where it takes one.
    pub(super) fn cache_key<'a>(&self, request: &'a ModelRequest) -> Option<&'a str> {
        let key = &*request.cache_key;
        (self.cache_key && !key.is_empty() && key.len() <= CACHE_KEY_BYTES_MAX).then_some(key)
    }
}

/// One text made of borrowed pieces, written as one string: a call copies no history.
#[derive(Debug, PartialEq)]
pub(super) struct Text<'a> {
    first: &'a str,
    more: Vec<&'a str>,
}

impl<'a> Text<'a> {
    fn of(first: &'a str) -> Self {
        Self {
            first,
            more: Vec::new(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.first.is_empty() && self.more.is_empty()
    }

    fn join(&mut self, next: Self) {
        let pieces = std::iter::once(next.first).chain(next.more);
        for piece in pieces.filter(|piece| !piece.is_empty()) {
            if self.is_empty() {
                self.first = piece;
            } else {
                self.more.push(piece);
            }
        }
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.first)?;
        self.more
            .iter()
            .try_for_each(|piece| write!(f, "\n\n{piece}"))
    }
}

impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.more.is_empty() {
            serializer.serialize_str(self.first)
        } else {
            serializer.collect_str(self)
        }
    }
}

/// A message with the role under which the endpoint is told of it.
#[derive(Debug, PartialEq)]
pub(super) enum Told<'a> {
    System(Text<'a>),
    User(Text<'a>),
    Assistant(Text<'a>, &'a [ToolCall]),
    Result { call: &'a str, content: &'a str },
}

/// The conversation in its order, which is what a cache of prompts lives on: instructions, history,
/// the data about now, what is open. An assistant's message with nothing in it is left out: some
/// endpoints refuse it.
pub(super) fn told(messages: &[Message], context_as_user: bool) -> Vec<Told<'_>> {
    let mut all: Vec<Told<'_>> = Vec::with_capacity(messages.len());
    for message in messages {
        let next = match message {
            Message::System(text) => Told::System(Text::of(text)),
            Message::Context(text) if context_as_user => Told::User(Text::of(text)),
            Message::Context(text) => Told::System(Text::of(text)),
            Message::User(text) => Told::User(Text::of(text)),
            Message::Assistant { text, calls } if text.is_empty() && calls.is_empty() => continue,
            Message::Assistant { text, calls } => Told::Assistant(Text::of(text), calls),
            Message::ToolResult { call, content, .. } => Told::Result {
                call: call.as_str(),
                content,
            },
        };
        match (all.last_mut(), next) {
            (Some(Told::User(before)), Told::User(text)) if context_as_user => before.join(text),
            (Some(Told::Assistant(before, already @ [])), Told::Assistant(text, calls))
                if context_as_user =>
            {
                before.join(text);
                *already = calls;
            }
            (_, next) => all.push(next),
        }
    }
    all
}

/// A call's arguments as they are told again. Endpoints that render the history through a template
/// (vLLM, llama.cpp) parse them and refuse the whole request when they are not an object. What was
/// wrong with them is told by the call's result.
pub(super) fn arguments(call: &ToolCall) -> &str {
    let is_object = serde_json::from_str::<Map<String, Value>>(&call.arguments).is_ok();
    if is_object { &call.arguments } else { "{}" }
}

/// Arguments or a piece of them as they came: text, or the object itself (Ollama's own shape, and
/// gateways in front of it).
pub(super) fn arguments_text(value: Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text,
        other => other.to_string(),
    }
}

/// Text, or a list of parts of which only those for the reader count: Mistral's reasoning models
/// put what they think into parts of another type.
pub(super) fn content_text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        Value::Array(parts) => parts.iter().filter_map(part_text).collect(),
        _ => String::new(),
    }
}

fn part_text(part: &Value) -> Option<&str> {
    let kind = part.get("type")?.as_str()?;
    matches!(kind, "text" | "output_text").then(|| part.get("text")?.as_str())?
}

/// Whether a piece of a stream tells of a failure, rather than being one itself.
pub(super) fn tells_failure(piece: &Value) -> bool {
    let kind = piece.get("type").and_then(Value::as_str);
    piece.get("error").is_some_and(|error| !error.is_null())
        || matches!(
            kind,
            Some("error" | "response.failed" | "response.cancelled")
        )
}

/// What an endpoint says went wrong, from `{"error": {"message": …}}`, `{"error": "…"}`,
/// `{"message": …}` (vLLM), `{"detail": …}` or `{"detail": [{"msg": …}]}` (servers on FastAPI).
pub(super) fn error_words(body: &Value) -> Option<&str> {
    let error = body.get("error").unwrap_or(body);
    let detail = error.get("detail");
    [
        error.get("message"),
        detail,
        detail.and_then(|list| list.get(0)?.get("msg")),
        Some(error),
    ]
    .into_iter()
    .flatten()
    .find_map(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Only hosts that are known get more than all take; a look-alike host does not.
    #[test]
    fn tells_dialects_by_host() {
        let of = |url| {
            let dialect = Dialect::of(&Url::parse(url).expect("a URL"));
            (dialect.newer_limit, dialect.cache_key, dialect.strict)
        };
        let all = (true, true, true);
        let dated = (true, false, true);
        let none = (false, false, false);
        for (url, expected) in [
            ("https://api.openai.com/v1", all),
            ("https://eu.api.openai.com/v1", all),
            ("https://shop.openai.azure.com/openai/v1/", all),
            ("https://shop.services.ai.azure.com/openai/v1", all),
            ("https://shop.openai.azure.com/openai/deployments/x", dated),
            ("https://notapi.openai.com.example/v1", none),
            ("https://evilapi.openai.com/v1", none),
            ("http://127.0.0.1:11434/v1", none),
        ] {
            assert_eq!(of(url), expected, "{url}");
        }
    }

    #[test]
    fn a_cache_key_goes_where_it_is_taken() {
        let key = |url, key: &str| {
            let request = ModelRequest {
                cache_key: key.into(),
                ..ModelRequest::default()
            };
            let dialect = Dialect::of(&Url::parse(url).expect("a URL"));
            dialect.cache_key(&request).map(str::to_owned)
        };
        let openai = "https://api.openai.com/v1";
        assert_eq!(key(openai, "c1").as_deref(), Some("c1"));
        assert_eq!(key(openai, ""), None);
        assert_eq!(key(openai, &"c".repeat(65)), None);
        assert_eq!(key("http://127.0.0.1/v1", "c1"), None);
    }

    /// For templates that want roles to alternate, neighbours become one; otherwise nothing is
    /// touched. The order stays, and nothing of the text is copied.
    #[test]
    fn joins_neighbours_only_where_it_is_asked_for() {
        let assistant = |text: &str| Message::Assistant {
            text: text.into(),
            calls: Vec::new(),
        };
        let messages = [
            Message::System("s".into()),
            Message::User("a".into()),
            assistant("b"),
            assistant(""),
            assistant("c"),
            Message::Context("now".into()),
            Message::User("d \"e\"".into()),
        ];
        let json = |context_as_user| -> Vec<String> {
            told(&messages, context_as_user)
                .iter()
                .map(|told| match told {
                    Told::System(text) => format!("system {}", serde_json::json!(text)),
                    Told::User(text) => format!("user {}", serde_json::json!(text)),
                    Told::Assistant(text, _) => format!("assistant {}", serde_json::json!(text)),
                    Told::Result { .. } => "result".to_owned(),
                })
                .collect()
        };
        assert_eq!(
            json(false),
            [
                r#"system "s""#,
                r#"user "a""#,
                r#"assistant "b""#,
                r#"assistant "c""#,
                r#"system "now""#,
                r#"user "d \"e\"""#,
            ]
        );
        assert_eq!(
            json(true),
            [
                r#"system "s""#,
                r#"user "a""#,
                r#"assistant "b\n\nc""#,
                r#"user "now\n\nd \"e\"""#,
            ]
        );
    }

    /// Each shape of error body that endpoints use gives its words.
    #[test]
    fn reads_error_bodies() {
        let cases = [
            r#"{"error":{"message":"no"}}"#,
            r#"{"error":"no"}"#,
            r#"{"message":"no"}"#,
            r#"{"detail":"no"}"#,
            r#"{"detail":[{"loc":["body"],"msg":"no"}]}"#,
        ];
        for case in cases {
            let body: Value = serde_json::from_str(case).expect("JSON");
            assert_eq!(error_words(&body), Some("no"), "{case}");
        }
        assert_eq!(error_words(&serde_json::json!({"error": 7})), None);
    }
}
