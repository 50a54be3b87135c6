//! The Responses API: the request as it is sent. Nothing is kept at the endpoint (`store: false`):
//! the conversation is ours, and every call tells it whole. What a reasoning model thought is not
//! told again.
//!
//! Messages are sent in the short form (a role and a text), which OpenAI, vLLM, Ollama and llama.cpp
//! all read; items carry no ids, because an id would have to be one that the endpoint keeps.

pub(super) mod events;

use serde::Serialize;
use serde_json::value::RawValue;

use super::wire::{self, Dialect, Text, Told};
use crate::model::{ModelRequest, ToolCall};

#[derive(Serialize)]
pub(super) struct Request<'a> {
    model: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    instructions: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tools: Option<&'a RawValue>,
    input: Vec<Item<'a>>,
    max_output_tokens: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    prompt_cache_key: Option<&'a str>,
    store: bool,
    stream: bool,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Item<'a> {
    Message {
        role: &'static str,
        content: Text<'a>,
    },
    Call {
        r#type: &'static str,
        call_id: &'a str,
        name: &'a str,
        arguments: &'a str,
    },
    Output {
        r#type: &'static str,
        call_id: &'a str,
        output: &'a str,
    },
}

impl<'a> Request<'a> {
    pub(super) fn new(
        model: &'a str,
        dialect: Dialect,
        context_as_user: bool,
        request: &'a ModelRequest,
        tools: Option<&'a RawValue>,
    ) -> Self {
        let mut told = wire::told(&request.messages, context_as_user)
            .into_iter()
            .peekable();
        let instructions = match told.next_if(|first| matches!(first, Told::System(_))) {
            Some(Told::System(text)) => Some(text),
            _ => None,
        };
        let mut input = Vec::with_capacity(told.len());
        for one in told {
            add(&mut input, one);
        }
        Self {
            model,
            instructions,
            tools,
            input,
            max_output_tokens: request.max_output_tokens,
            prompt_cache_key: dialect.cache_key(request),
            store: false,
            stream: true,
        }
    }
}

fn add<'a>(input: &mut Vec<Item<'a>>, told: Told<'a>) {
    let message = |role, content| Item::Message { role, content };
    match told {
        Told::System(text) => input.push(message("system", text)),
        Told::User(text) => input.push(message("user", text)),
        Told::Assistant(text, calls) => {
            if !text.is_empty() {
                input.push(message("assistant", text));
            }
            input.extend(calls.iter().map(call));
        }
        Told::Result { call, content } => input.push(Item::Output {
            r#type: "function_call_output",
            call_id: call,
            output: content,
        }),
    }
}

fn call(call: &ToolCall) -> Item<'_> {
    Item::Call {
        r#type: "function_call",
        call_id: call.id.as_str(),
        name: &call.tool,
        arguments: wire::arguments(call),
    }
}
