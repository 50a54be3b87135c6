//! The events of the Responses API, read as leniently as servers differ. The order is OpenAI's:
//! created, then for each output item added, its pieces, done; then completed, incomplete or failed.
//! No `[DONE]` follows; some gateways send one, and it ends nothing that is not over.
//!
//! Leniencies: text or calls that came in no event of their own are taken from the item that is
//! done, or from the whole response at the end (vLLM before it streamed calls, gateways that
//! translate); the arguments that stand in a "done" replace the pieces (vLLM, Azure); an item's id may
//! differ between its events, so its index goes first (vLLM).

use serde::Deserialize;
use serde_json::Value;

use crate::domain::event::Usage;
use crate::model::openai::answer::{PartialAnswer, Place};
use crate::model::openai::{transport, wire};
use crate::model::{ModelError, StopReason};

/// One event; what is missing or unknown is left out.
#[derive(Default, Deserialize)]
#[serde(default)]
struct StreamEvent {
    r#type: String,
    output_index: Option<u32>,
    item_id: Option<String>,
    /// xAI names the call itself on its pieces.
    call_id: Option<String>,
    delta: Value,
    arguments: Value,
    item: Option<Item>,
    response: Option<Response>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Item {
    r#type: String,
    id: Option<String>,
    call_id: Option<String>,
    name: Option<String>,
    arguments: Value,
    content: Value,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Response {
    status: Option<String>,
    output: Option<Vec<Item>>,
    usage: Option<ResponseUsage>,
    incomplete_details: Option<Incomplete>,
    error: Option<Value>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Incomplete {
    reason: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ResponseUsage {
    input_tokens: Option<u64>,
    output_tokens: Option<u64>,
    input_tokens_details: Option<InputDetails>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct InputDetails {
    cached_tokens: Option<u64>,
}

/// Takes one event; returns the text in it.
pub(in crate::model::openai) fn take(
    answer: &mut PartialAnswer,
    value: Value,
) -> Result<String, ModelError> {
    let is_error = value.get("type").and_then(Value::as_str) == Some("error");
    let error = value.get("error").filter(|error| !error.is_null());
    if is_error || error.is_some() {
        return Err(transport::told(error.unwrap_or(&value)));
    }
    if value.get("choices").is_some() {
        let detail =
            "it answers in chunks of Chat Completions; set model_api to \"chat\"".to_owned();
        return Err(ModelError::Permanent { detail });
    }
    // What it holds instead may be the shopper's words: the error does not repeat it.
    let event: StreamEvent = serde_json::from_value(value).map_err(|_| ModelError::Permanent {
        detail: "an event of the answer is not of the format".to_owned(),
    })?;
    let mut text = String::new();
    match event.r#type.as_str() {
        "response.output_text.delta" => say(answer, event.output_index, &event.delta, &mut text),
        "response.refusal.delta" | "response.refusal.done" => answer.refused = true,
        "response.function_call_arguments.delta" | "response.function_call_arguments.done" => {
            take_arguments(answer, event);
        }
        "response.output_item.added" | "response.output_item.done" => {
            let is_done = event.r#type.ends_with(".done");
            let item = event.item.unwrap_or_default();
            match item.r#type.as_str() {
                "function_call" => take_call(answer, event.output_index, item, is_done),
                "message" if is_done => {
                    let is_new = !answer.said;
                    take_message(answer, event.output_index, item, is_new, &mut text);
                }
                _ => {}
            }
        }
        "response.completed"
        | "response.incomplete"
        | "response.failed"
        | "response.cancelled"
        | "response.done" => {
            return end(answer, &event.r#type, event.response.unwrap_or_default());
        }
        _ => {}
    }
    Ok(text)
}

/// Text of an item; another item's text is another paragraph.
fn say(answer: &mut PartialAnswer, index: Option<u32>, delta: &Value, text: &mut String) {
    let Some(delta) = delta.as_str().filter(|delta| !delta.is_empty()) else {
        return;
    };
    if answer.said && answer.item != index {
        answer.say("\n\n", text);
    }
    answer.item = index;
    answer.say(delta, text);
}

fn take_arguments(answer: &mut PartialAnswer, event: StreamEvent) {
    let place = Place {
        index: event.output_index,
        item: event.item_id.as_deref().unwrap_or_default(),
        id: event.call_id.as_deref().unwrap_or_default(),
        name: "",
    };
    let Some(at) = answer.call_at(&place) else {
        return;
    };
    if event.r#type.ends_with(".done") {
        answer.replace(at, &wire::arguments_text(event.arguments));
    } else {
        answer.append(at, &wire::arguments_text(event.delta));
    }
}

fn take_call(answer: &mut PartialAnswer, index: Option<u32>, item: Item, is_done: bool) {
    let place = Place {
        index,
        item: item.id.as_deref().unwrap_or_default(),
        id: item.call_id.as_deref().unwrap_or_default(),
        name: item.name.as_deref().unwrap_or_default(),
    };
    // What stands in an item that has begun may come again in pieces.
    if let Some(at) = answer.call_at(&place)
        && is_done
    {
        answer.replace(at, &wire::arguments_text(item.arguments));
    }
}

/// A whole message; `is_new` when its text has not come before.
fn take_message(
    answer: &mut PartialAnswer,
    index: Option<u32>,
    item: Item,
    is_new: bool,
    text: &mut String,
) {
    answer.refused |= refuses(&item.content);
    if is_new {
        let whole = Value::String(wire::content_text(item.content));
        say(answer, index, &whole, text);
    }
}

fn refuses(content: &Value) -> bool {
    let is_refusal = |part: &Value| part.get("type").and_then(Value::as_str) == Some("refusal");
    content
        .as_array()
        .is_some_and(|parts| parts.iter().any(is_refusal))
}

fn end(answer: &mut PartialAnswer, kind: &str, response: Response) -> Result<String, ModelError> {
    if let Some(usage) = response.usage {
        let details = usage.input_tokens_details.unwrap_or_default();
        answer.usage = Some(Usage {
            input_tokens: usage.input_tokens.unwrap_or(0),
            cached_tokens: details.cached_tokens.unwrap_or(0),
            output_tokens: usage.output_tokens.unwrap_or(0),
        });
    }
    // The status of the response says the same as the event's name, where a gateway has one name
    // for every end.
    let word = response.status.as_deref().unwrap_or_default();
    let is = |end: &str| kind.ends_with(end) || word == end;
    if is("failed") || is("cancelled") {
        return Err(transport::told(&response.error.unwrap_or_default()));
    }
    let mut text = String::new();
    let (had_calls, had_text) = (!answer.calls.is_empty(), answer.said);
    for (index, item) in (0..).zip(response.output.unwrap_or_default()) {
        match item.r#type.as_str() {
            "function_call" if !had_calls => take_call(answer, Some(index), item, true),
            "message" => take_message(answer, Some(index), item, !had_text, &mut text),
            _ => {}
        }
    }
    let reason = response.incomplete_details.and_then(|told| told.reason);
    answer.stop = Some(match (is("incomplete"), reason.as_deref()) {
        (true, Some("content_filter")) => StopReason::Filtered,
        (true, _) => StopReason::Length,
        (false, _) => StopReason::Finished,
    });
    Ok(text)
}
