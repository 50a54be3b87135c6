//! One answer put together from its chunks. No I/O: chunks in, events out.

use serde_json::{Map, Value};

use super::transport;
use super::wire::{CallDelta, Choice, Chunk, ChunkUsage, error_words};
use crate::domain::event::Usage;
use crate::domain::ids::CallId;
use crate::domain::limits::ANSWER_BYTES_MAX;
use crate::model::{ModelError, ModelEvent, StopReason, ToolCall};

/// What a call counts before its first argument: calls without end must meet the limit too.
const CALL_BYTES: usize = 32;

#[derive(Default)]
pub(super) struct PartialAnswer {
    calls: Vec<PartialCall>,
    usage: Option<ChunkUsage>,
    stop: Option<StopReason>,
    refused: bool,
    bytes: usize,
    full: bool,
}

struct PartialCall {
    index: Option<u32>,
    id: String,
    tool: String,
    arguments: String,
}

impl PartialAnswer {
    /// Takes one chunk; returns the text in it, if any.
    pub(super) fn take(&mut self, chunk: Value) -> Result<Option<String>, ModelError> {
        let chunk: Chunk =
            serde_json::from_value(chunk).map_err(|error| ModelError::Permanent {
                detail: format!("a chunk of the answer is not of the format: {error}"),
            })?;
        if let Some(error) = chunk.error.filter(|error| !error.is_null()) {
            return Err(stream_error(&error));
        }
        self.usage = chunk.usage.or(self.usage);
        let mut text = String::new();
        for choice in chunk.choices.unwrap_or_default() {
            // One answer is asked for; a second one would be mixed into it.
            if choice.index.unwrap_or(0) == 0 {
                self.take_choice(choice, &mut text);
            }
        }
        Ok((!text.is_empty()).then_some(text))
    }

    fn take_choice(&mut self, choice: Choice, text: &mut String) {
        let delta = choice.delta.unwrap_or_default();
        self.refused |= delta.refusal.is_some_and(|words| !words.is_empty());
        if let Some(content) = delta.content {
            text.push_str(self.within_limit(&content.into_text()));
        }
        for call in delta.tool_calls.unwrap_or_default() {
            self.take_call(call);
        }
        match choice.finish_reason.as_deref() {
            None | Some("") => {}
            Some("length") => self.stop = Some(StopReason::Length),
            Some("content_filter") => self.stop = Some(StopReason::Filtered),
            Some("tool_calls" | "function_call") => self.stop = Some(StopReason::ToolCalls),
            Some(_) => self.stop = Some(StopReason::Finished),
        }
    }

    fn take_call(&mut self, delta: CallDelta) {
        let function = delta.function.unwrap_or_default();
        let id = delta.id.unwrap_or_default();
        let name = function.name.unwrap_or_default();
        let found = self.slot(delta.index, &id, &name).or_else(|| {
            self.bytes += CALL_BYTES;
            self.within_limit("");
            if self.full {
                return None;
            }
            self.calls.push(PartialCall {
                index: delta.index,
                id: String::new(),
                tool: String::new(),
                arguments: String::new(),
            });
            Some(self.calls.len() - 1)
        });
        let Some(at) = found else { return };
        if self.calls[at].id.is_empty() {
            self.calls[at].id = self.within_limit(&id).to_owned();
        }
        if self.calls[at].tool.is_empty() {
            self.calls[at].tool = self.within_limit(&name).to_owned();
        }
        let arguments = function.arguments.unwrap_or_default();
        let arguments = self.within_limit(&arguments);
        self.calls[at].arguments.push_str(arguments);
    }

    /// The call that a fragment belongs to. Endpoints give the index on every fragment and the id
    /// on the first; some repeat the id, some leave the index out, and some give every call index
    /// 0 with an id of its own.
    fn slot(&self, index: Option<u32>, id: &str, name: &str) -> Option<usize> {
        let begins = |call: &PartialCall| {
            !id.is_empty() && !name.is_empty() && !call.id.is_empty() && call.id != id
        };
        let at = match index {
            Some(_) => self.calls.iter().rposition(|call| call.index == index)?,
            None if id.is_empty() => self.calls.len().checked_sub(1)?,
            None => self.calls.iter().rposition(|call| call.id == id)?,
        };
        (!begins(&self.calls[at])).then_some(at)
    }

    /// As much of `text` as the answer may still hold.
    fn within_limit<'t>(&mut self, text: &'t str) -> &'t str {
        let room = ANSWER_BYTES_MAX.saturating_sub(self.bytes);
        let kept = &text[..text.floor_char_boundary(room)];
        self.bytes += kept.len();
        self.full |= room == 0 || kept.len() < text.len();
        kept
    }

    /// The endpoint has said why it stopped; only the count of tokens may still come.
    pub(super) fn is_whole(&self) -> bool {
        self.stop.is_some()
    }

    /// Nothing more is taken.
    pub(super) fn is_full(&self) -> bool {
        self.full
    }

    /// What is left to tell at the end: calls, usage, and why it ended.
    pub(super) fn finish(self) -> Vec<ModelEvent> {
        let filtered = self.refused || self.stop == Some(StopReason::Filtered);
        let cut = self.full || self.stop == Some(StopReason::Length);
        let mut events: Vec<_> = if filtered {
            Vec::new()
        } else {
            calls(self.calls, cut)
                .into_iter()
                .map(ModelEvent::Call)
                .collect()
        };
        let stop = match (filtered, cut) {
            (true, _) => StopReason::Filtered,
            (false, true) => StopReason::Length,
            (false, false) if events.is_empty() => StopReason::Finished,
            (false, false) => StopReason::ToolCalls,
        };
        events.extend(self.usage.map(|usage| {
            ModelEvent::Usage(Usage {
                input_tokens: usage.prompt_tokens.unwrap_or(0),
                cached_tokens: usage
                    .prompt_tokens_details
                    .and_then(|details| details.cached_tokens)
                    .unwrap_or(0),
                output_tokens: usage.completion_tokens.unwrap_or(0),
            })
        }));
        events.push(ModelEvent::End(stop));
        events
    }
}

/// The calls in the order in which they began. Of an answer that was cut, a call counts only when
/// its arguments are whole: half an object must not run.
fn calls(partial: Vec<PartialCall>, cut: bool) -> Vec<ToolCall> {
    let mut calls: Vec<ToolCall> = Vec::with_capacity(partial.len());
    for (at, call) in partial.into_iter().enumerate() {
        let whole = || serde_json::from_str::<Map<String, Value>>(&call.arguments).is_ok();
        if cut && !whole() {
            continue;
        }
        let mut id = call.id;
        if id.is_empty() {
            id = format!("call_{at}");
        }
        if calls.iter().any(|earlier| earlier.id.as_str() == id) {
            id = format!("{id}_{at}");
        }
        let arguments = match call.arguments.trim() {
            "" => "{}".to_owned(),
            _ => call.arguments,
        };
        calls.push(ToolCall {
            id: CallId::new(id),
            tool: call.tool,
            arguments,
        });
    }
    calls
}

/// A failure told inside a stream: the request was taken, so trying again may help unless the
/// endpoint names a status that says otherwise.
fn stream_error(error: &Value) -> ModelError {
    let words = error_words(error).unwrap_or("no reason given");
    let status = error
        .get("code")
        .and_then(|code| code.as_u64().or_else(|| code.as_str()?.parse().ok()))
        .and_then(|code| u16::try_from(code).ok())
        .filter(|code| (400..600).contains(code));
    transport::refusal(status.unwrap_or(500), words, None)
}
