//! The wire's shapes: requests as they are sent, chunks as leniently as they must be read.

use reqwest::Url;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::{Message, ModelRequest, ToolCall};

/// What the endpoint calls the output limit. The newer name is the only one that OpenAI's
/// reasoning models take; several other servers know the older one alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    OpenAi,
    Compatible,
}

impl Dialect {
    pub(super) fn of(url: &Url) -> Self {
        let host = url.host_str().unwrap_or_default();
        let known = ["api.openai.com", ".api.openai.com", ".openai.azure.com"];
        let is = |name: &&str| host == *name || (name.starts_with('.') && host.ends_with(*name));
        if known.iter().any(is) {
            Self::OpenAi
        } else {
            Self::Compatible
        }
    }
}

#[derive(Serialize)]
pub(super) struct Request<'a> {
    model: &'a str,
    messages: Vec<Outgoing<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools: Vec<Tool<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u32>,
    stream: bool,
    stream_options: StreamOptions,
}

#[derive(Serialize)]
struct StreamOptions {
    include_usage: bool,
}

#[derive(Serialize)]
#[serde(tag = "role", rename_all = "lowercase")]
enum Outgoing<'a> {
    System {
        content: &'a str,
    },
    User {
        content: &'a str,
    },
    Assistant {
        /// Absent beside calls, never empty: some endpoints refuse empty content.
        #[serde(skip_serializing_if = "Option::is_none")]
        content: Option<&'a str>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        tool_calls: Vec<OutgoingCall<'a>>,
    },
    Tool {
        tool_call_id: &'a str,
        content: &'a str,
    },
}

#[derive(Serialize)]
struct OutgoingCall<'a> {
    id: &'a str,
    r#type: &'static str,
    function: OutgoingFunction<'a>,
}

#[derive(Serialize)]
struct OutgoingFunction<'a> {
    name: &'a str,
    arguments: &'a str,
}

#[derive(Serialize)]
struct Tool<'a> {
    r#type: &'static str,
    function: ToolFunction<'a>,
}

#[derive(Serialize)]
struct ToolFunction<'a> {
    name: &'a str,
    description: &'a str,
    parameters: &'a Value,
}

impl<'a> Request<'a> {
    pub(super) fn new(model: &'a str, dialect: Dialect, request: &'a ModelRequest) -> Self {
        let limit = |wanted| (dialect == wanted).then_some(request.max_output_tokens);
        Self {
            model,
            messages: request.messages.iter().map(outgoing).collect(),
            tools: request.tools.iter().map(tool).collect(),
            max_tokens: limit(Dialect::Compatible),
            max_completion_tokens: limit(Dialect::OpenAi),
            stream: true,
            stream_options: StreamOptions {
                include_usage: true,
            },
        }
    }
}

fn tool(spec: &crate::model::ToolSpec) -> Tool<'_> {
    Tool {
        r#type: "function",
        function: ToolFunction {
            name: &spec.name,
            description: &spec.description,
            parameters: &spec.parameters,
        },
    }
}

fn outgoing(message: &Message) -> Outgoing<'_> {
    match message {
        Message::System(content) | Message::Context(content) => Outgoing::System { content },
        Message::User(content) => Outgoing::User { content },
        Message::Assistant { text, calls } => Outgoing::Assistant {
            content: (calls.is_empty() || !text.is_empty()).then_some(text),
            tool_calls: calls.iter().map(outgoing_call).collect(),
        },
        Message::ToolResult { call, content, .. } => Outgoing::Tool {
            tool_call_id: call.as_str(),
            content,
        },
    }
}

fn outgoing_call(call: &ToolCall) -> OutgoingCall<'_> {
    // Endpoints that render the history through a template parse these again and refuse the whole
    // request when they are not an object. What was wrong with them is told by the call's result.
    let is_object = serde_json::from_str::<serde_json::Map<String, Value>>(&call.arguments).is_ok();
    OutgoingCall {
        id: call.id.as_str(),
        r#type: "function",
        function: OutgoingFunction {
            name: &call.tool,
            arguments: if is_object { &call.arguments } else { "{}" },
        },
    }
}

/// One chunk of a streamed answer; what is missing or unknown is left out.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Chunk {
    pub(super) choices: Option<Vec<Choice>>,
    pub(super) usage: Option<ChunkUsage>,
    /// Some endpoints report a failure inside a stream that had begun well.
    pub(super) error: Option<Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Choice {
    pub(super) index: Option<u32>,
    pub(super) delta: Option<Delta>,
    pub(super) finish_reason: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Delta {
    pub(super) content: Option<Content>,
    pub(super) refusal: Option<String>,
    pub(super) tool_calls: Option<Vec<CallDelta>>,
}

/// Text, or a list of parts of which only those of type "text" are meant for the reader.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Content {
    Text(String),
    Parts(Vec<ContentPart>),
}

#[derive(Debug, Deserialize)]
pub(super) struct ContentPart {
    r#type: String,
    #[serde(default)]
    text: Option<String>,
}

impl Content {
    pub(super) fn into_text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Parts(parts) => parts
                .into_iter()
                .filter(|part| part.r#type == "text")
                .filter_map(|part| part.text)
                .collect(),
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct CallDelta {
    pub(super) index: Option<u32>,
    pub(super) id: Option<String>,
    pub(super) function: Option<FunctionDelta>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct FunctionDelta {
    pub(super) name: Option<String>,
    pub(super) arguments: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ChunkUsage {
    pub(super) prompt_tokens: Option<u64>,
    pub(super) completion_tokens: Option<u64>,
    pub(super) prompt_tokens_details: Option<PromptDetails>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PromptDetails {
    pub(super) cached_tokens: Option<u64>,
}

/// What an endpoint says went wrong, from `{"error": {"message": …}}`, `{"error": "…"}`,
/// `{"message": …}` or `{"detail": …}`.
pub(super) fn error_words(body: &Value) -> Option<&str> {
    let error = body.get("error").unwrap_or(body);
    [error.get("message"), error.get("detail"), Some(error)]
        .into_iter()
        .flatten()
        .find_map(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Only OpenAI's own hosts get the newer field; a look-alike host does not.
    #[test]
    fn tells_dialects_by_host() {
        let of = |url| Dialect::of(&Url::parse(url).expect("a URL"));
        assert_eq!(of("https://api.openai.com/v1"), Dialect::OpenAi);
        assert_eq!(of("https://eu.api.openai.com/v1"), Dialect::OpenAi);
        assert_eq!(
            of("https://shop.openai.azure.com/openai/v1"),
            Dialect::OpenAi
        );
        assert_eq!(
            of("https://notapi.openai.com.example/v1"),
            Dialect::Compatible
        );
        assert_eq!(of("http://127.0.0.1:11434/v1"), Dialect::Compatible);
    }

    /// Each shape of error body that endpoints use gives its words.
    #[test]
    fn reads_error_bodies() {
        let cases = [
            r#"{"error":{"message":"no"}}"#,
            r#"{"error":"no"}"#,
            r#"{"message":"no"}"#,
            r#"{"detail":"no"}"#,
        ];
        for case in cases {
            let body: Value = serde_json::from_str(case).expect("JSON");
            assert_eq!(error_words(&body), Some("no"), "{case}");
        }
        assert_eq!(error_words(&serde_json::json!({"error": 7})), None);
    }
}
