//! Chat Completions: the request as it is sent, the chunks as leniently as they must be read.
//!
//! Nothing is said of `tool_choice` and `parallel_tool_calls`: the defaults are what is wanted, and
//! some of OpenAI's reasoning models refuse the latter. llama.cpp calls one tool at a time unless
//! its template does more; both are read.

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use super::answer::{PartialAnswer, Place};
use super::transport;
use super::wire::{self, Dialect, Text, Told};
use crate::domain::event::Usage;
use crate::model::{ModelError, ModelRequest, StopReason, ToolCall};

#[derive(Serialize)]
pub(super) struct Request<'a> {
    model: &'a str,
    messages: Vec<Outgoing<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tools: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prompt_cache_key: Option<&'a str>,
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
        content: Text<'a>,
    },
    User {
        content: Text<'a>,
    },
    Assistant {
        /// Absent beside calls, never empty: some endpoints refuse empty content.
        #[serde(skip_serializing_if = "Option::is_none")]
        content: Option<Text<'a>>,
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

impl<'a> Request<'a> {
    pub(super) fn new(
        model: &'a str,
        dialect: Dialect,
        context_as_user: bool,
        request: &'a ModelRequest,
        tools: Option<&'a RawValue>,
    ) -> Self {
        let limit = |newer| (dialect.newer_limit == newer).then_some(request.max_output_tokens);
        let told = wire::told(&request.messages, context_as_user);
        Self {
            model,
            messages: told.into_iter().map(outgoing).collect(),
            tools,
            max_tokens: limit(false),
            max_completion_tokens: limit(true),
            prompt_cache_key: dialect.cache_key(request),
            stream: true,
            stream_options: StreamOptions {
                include_usage: true,
            },
        }
    }
}

fn outgoing(told: Told<'_>) -> Outgoing<'_> {
    match told {
        Told::System(content) => Outgoing::System { content },
        Told::User(content) => Outgoing::User { content },
        Told::Assistant(text, calls) => Outgoing::Assistant {
            content: (!text.is_empty()).then_some(text),
            tool_calls: calls.iter().map(outgoing_call).collect(),
        },
        Told::Result { call, content } => Outgoing::Tool {
            tool_call_id: call,
            content,
        },
    }
}

fn outgoing_call(call: &ToolCall) -> OutgoingCall<'_> {
    OutgoingCall {
        id: call.id.as_str(),
        r#type: "function",
        function: OutgoingFunction {
            name: &call.tool,
            arguments: wire::arguments(call),
        },
    }
}

/// One chunk of a streamed answer; what is missing or unknown is left out.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Chunk {
    /// Told by the other interface alone.
    r#type: Option<IgnoredAny>,
    choices: Option<Vec<Choice>>,
    usage: Option<ChunkUsage>,
    /// Some endpoints report a failure inside a stream that had begun well.
    error: Option<Value>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Choice {
    index: Option<u32>,
    delta: Option<Delta>,
    finish_reason: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Delta {
    content: Value,
    refusal: Option<String>,
    tool_calls: Option<Vec<CallDelta>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct CallDelta {
    index: Option<u32>,
    id: Option<String>,
    function: Option<FunctionDelta>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct FunctionDelta {
    name: Option<String>,
    arguments: Value,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ChunkUsage {
    prompt_tokens: Option<u64>,
    completion_tokens: Option<u64>,
    prompt_tokens_details: Option<PromptDetails>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PromptDetails {
    cached_tokens: Option<u64>,
}

/// A chunk that holds no error and is of this interface.
pub(super) fn ordinary(chunk: &str) -> Option<Chunk> {
    // A struct may also be read from a list.
    let chunk: Chunk = chunk
        .starts_with('{')
        .then(|| serde_json::from_str(chunk).ok())??;
    (chunk.error.is_none() && chunk.r#type.is_none()).then_some(chunk)
}

/// Takes one chunk; returns the text in it.
pub(super) fn take(answer: &mut PartialAnswer, chunk: Value) -> Result<String, ModelError> {
    let kind = chunk.get("type").and_then(Value::as_str);
    if kind.is_some_and(|kind| kind.starts_with("response.")) {
        let detail = "it answers in events of the Responses API; set model_api to \"responses\"";
        return Err(ModelError::Permanent {
            detail: detail.to_owned(),
        });
    }
    // What it holds instead may be the shopper's words: the error does not repeat it.
    let chunk: Chunk = serde_json::from_value(chunk).map_err(|_| ModelError::Permanent {
        detail: "a chunk of the answer is not of the format".to_owned(),
    })?;
    take_chunk(answer, chunk)
}

pub(super) fn take_chunk(answer: &mut PartialAnswer, chunk: Chunk) -> Result<String, ModelError> {
    if let Some(usage) = chunk.usage {
        let details = usage.prompt_tokens_details.unwrap_or_default();
        answer.usage = Some(Usage {
            input_tokens: usage.prompt_tokens.unwrap_or(0),
            cached_tokens: details.cached_tokens.unwrap_or(0),
            output_tokens: usage.completion_tokens.unwrap_or(0),
        });
    }
    if let Some(error) = chunk.error.filter(|error| !error.is_null()) {
        return Err(transport::told(&error));
    }
    let mut text = String::new();
    for choice in chunk.choices.unwrap_or_default() {
        // One answer is asked for; a second one would be mixed into it.
        if choice.index.unwrap_or(0) == 0 {
            take_choice(answer, choice, &mut text)?;
        }
    }
    Ok(text)
}

fn take_choice(
    answer: &mut PartialAnswer,
    choice: Choice,
    text: &mut String,
) -> Result<(), ModelError> {
    let delta = choice.delta.unwrap_or_default();
    answer.refused |= delta.refusal.is_some_and(|words| !words.is_empty());
    answer.say(&wire::content_text(delta.content), text);
    for call in delta.tool_calls.unwrap_or_default() {
        take_call(answer, call);
    }
    answer.stop = match choice.finish_reason.as_deref() {
        None | Some("") => return Ok(()),
        // OpenRouter, when the server behind it failed in the middle.
        Some("error") => return Err(transport::told(&Value::Null)),
        Some("length") => Some(StopReason::Length),
        Some("content_filter") => Some(StopReason::Filtered),
        // Whether there are calls says more than the word: Ollama says "stop" beside them.
        Some(_) => Some(StopReason::Finished),
    };
    Ok(())
}

fn take_call(answer: &mut PartialAnswer, delta: CallDelta) {
    let function = delta.function.unwrap_or_default();
    let id = delta.id.unwrap_or_default();
    let name = function.name.unwrap_or_default();
    let place = Place {
        index: delta.index,
        item: "",
        id: &id,
        name: &name,
    };
    if let Some(at) = answer.call_at(&place) {
        answer.append(at, &wire::arguments_text(function.arguments));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Message;

    fn body(url: &str) -> Value {
        let request = ModelRequest {
            messages: vec![Message::User("hi".into())],
            max_output_tokens: 800,
            cache_key: "c1".into(),
            ..ModelRequest::default()
        };
        let dialect = Dialect::of(&reqwest::Url::parse(url).expect("a URL"));
        serde_json::to_value(Request::new("m", dialect, false, &request, None)).expect("JSON")
    }

    /// OpenAI gets the newer name of the limit and the key of its cache; nobody else gets either.
    #[test]
    fn says_more_to_those_who_are_known_for_it() {
        let rest = serde_json::json!({
            "model": "m",
            "messages": [{"role": "user", "content": "hi"}],
            "stream": true,
            "stream_options": {"include_usage": true}
        });
        let with = |fields: &[(&str, Value)]| {
            let mut body = rest.clone();
            for (name, value) in fields {
                body[*name] = value.clone();
            }
            body
        };
        assert_eq!(
            body("https://api.openai.com/v1"),
            with(&[
                ("max_completion_tokens", 800.into()),
                ("prompt_cache_key", "c1".into())
            ])
        );
        assert_eq!(
            body("http://127.0.0.1:8000/v1"),
            with(&[("max_tokens", 800.into())])
        );
    }
}
