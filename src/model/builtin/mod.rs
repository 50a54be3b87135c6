//! The built-in model: no key, no network, the same answer every time. The default of the product,
//! the fallback when an endpoint is down, and the deterministic model of the evals.
//!
//! It keeps no state between calls. A call reads the conversation (`memory`), understands the newest
//! messages (`understand`: a small classifier trained from `prompts/builtin/intents/`, and rules for
//! details), and carries out the plan for each wish (`dialogue`, and a file for each family: `orders`,
//! `returns`, `exchanging`, `putting_right`, `claims`, `policy`, `shopping`, `sizing`, `shipping`, `offers`, `cart`, `verifying`): tool calls
//! that are still missing, or words. Everything it says is in `prompts/builtin/`.
//!
//! Design: text in tool results is read as data of a known shape and is never understood as a
//! message, so nothing in it can steer a call. A tool that is not in the request is never called.

use futures_util::stream::{self, BoxStream, StreamExt};

use super::{Model, ModelError, ModelEvent, ModelRequest, StopReason, ToolCall};
use crate::domain::event::Usage;
use crate::domain::ids::CallId;
use crate::model::Message;

mod addresses;
mod basket;
mod cart;
mod change_talk;
mod change_targets;
mod changes;
mod changing;
mod claims;
pub mod classify;
mod compare;
mod details;
mod dialogue;
mod entities;
mod errand;
mod errands;
mod exchanging;
mod fetching;
mod follow_up;
mod goods;
mod goods_wishes;
mod intents;
mod items;
mod language;
mod measures;
mod memory;
mod mending;
mod mending_talk;
mod offer_codes;
mod offers;
mod orders;
mod parts;
mod places;
mod plans;
mod policy;
mod product_words;
mod proofs;
mod putting_right;
mod replies;
mod results;
mod returns;
mod several;
mod shelf;
mod shipping;
mod shopping;
mod sizing;
mod titles;
mod told;
mod understand;
mod verifying;
mod ways;
mod words;

/// Bytes that count as one token in what it reports of its own use.
const BYTES_PER_TOKEN: u64 = 4;

#[derive(Clone, Copy, Debug, Default)]
pub struct Builtin;

impl Builtin {
    /// Trains the classifier now rather than in the first conversation.
    pub fn warm() {
        classify::Classifier::get();
    }
}

impl Model for Builtin {
    fn name(&self) -> &str {
        "builtin"
    }

    fn stream(&self, request: ModelRequest) -> BoxStream<'static, Result<ModelEvent, ModelError>> {
        stream::iter(events(&request).into_iter().map(Ok)).boxed()
    }
}

fn events(request: &ModelRequest) -> Vec<ModelEvent> {
    let answer = dialogue::answer(request);
    let mut events: Vec<ModelEvent> = pieces(&answer.text)
        .map(|piece| ModelEvent::Text(piece.to_owned()))
        .collect();
    let mut bytes = answer.text.len();
    for (at, (tool, arguments)) in answer.calls.iter().enumerate() {
        let arguments = arguments.to_string();
        bytes += tool.len() + arguments.len();
        events.push(ModelEvent::Call(ToolCall {
            id: CallId::new(format!("builtin_{}_{at}", request.messages.len())),
            tool: (*tool).to_owned(),
            arguments,
        }));
    }
    let input: usize = request.messages.iter().map(bytes_of).sum();
    events.push(ModelEvent::Usage(Usage {
        cached_tokens: 0,
        input_tokens: input as u64 / BYTES_PER_TOKEN,
        output_tokens: bytes as u64 / BYTES_PER_TOKEN,
    }));
    let calls = !answer.calls.is_empty();
    events.push(ModelEvent::End(if calls {
        StopReason::ToolCalls
    } else {
        StopReason::Finished
    }));
    events
}

fn bytes_of(message: &Message) -> usize {
    match message {
        Message::System(text) | Message::Context(text) | Message::User(text) => text.len(),
        Message::Assistant { text, .. } => text.len(),
        Message::ToolResult { content, .. } => content.len(),
    }
}

/// The text in pieces of about a sentence, every byte in one of them.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let end = rest
            .match_indices([' ', '\n'])
            .find(|(at, _)| rest[..*at].ends_with(['.', '!', '?', ':']))
            .map_or(rest.len(), |(at, space)| at + space.len());
        let (piece, later) = rest.split_at(end);
        rest = later;
        (!piece.is_empty()).then_some(piece)
    })
}
