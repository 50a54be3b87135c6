//! Events as a model sees them, each rendered once when it is folded.

use std::sync::{Arc, OnceLock};

use crate::agent::prompt::Prompts;
use crate::agent::tokens;
use crate::domain::event::{EffectFinished, Event, EventBody, ShopperWords, ToolOutcome};
use crate::domain::ids::CallId;
use crate::domain::limits;
use crate::model::{Message, ToolCall};

/// One event as the model sees it, rendered once when it is folded.
#[derive(Clone, Debug)]
pub struct Line {
    pub message: Message,
    pub bytes: usize,
    /// It may open a turn: history may be cut before such a line and nowhere else.
    pub opens: bool,
    /// Counted when first needed, which most never are.
    tokens: OnceLock<usize>,
}

/// The lines of one event; most events are none.
pub fn lines(event: &Event) -> Vec<Line> {
    match &event.body {
        EventBody::ShopperWrote(wrote) => {
            let text = wrote.private.as_ref().map_or_else(String::new, heard);
            vec![Line::new(
                Message::User(capped(&text, limits::MESSAGE_TOKENS_MAX)),
                true,
            )]
        }
        EventBody::ModelAnswered(answered) if !answered.calls.is_empty() => {
            let arguments = answered
                .private
                .as_ref()
                .map(|words| words.arguments.as_slice());
            let calls = answered.calls.iter().enumerate().map(|(i, head)| ToolCall {
                id: head.call.clone(),
                tool: head.tool.clone(),
                arguments: arguments
                    .and_then(|all| all.get(i))
                    .map_or("{}", |text| text)
                    .to_owned(),
            });
            vec![Line::new(
                Message::Assistant {
                    text: "".into(),
                    calls: calls.collect(),
                },
                false,
            )]
        }
        EventBody::ToolReturned(returned) => {
            let content = returned
                .private
                .as_ref()
                .map_or("", |words| words.content.as_str());
            vec![Line::result(&returned.call, &returned.tool, content)]
        }
        EventBody::EffectFinished(finished) => effect(finished),
        EventBody::Replied(replied) => {
            said(replied.private.as_ref().map(|words| words.text.as_str()))
        }
        EventBody::AgentWrote(wrote) => {
            said(wrote.private.as_ref().map(|words| words.text.as_str()))
        }
        _ => Vec::new(),
    }
}

/// What a shopper wrote, as the model reads it: endpoints refuse an empty message.
fn heard(words: &ShopperWords) -> String {
    if words.text.is_empty() && !words.attachments.is_empty() {
        return Prompts::get()
            .reply("pictures", "alone", ())
            .unwrap_or_default();
    }
    words.text.clone()
}

/// Confirmed writes, in the form of calls with their results: what the model already knows to read.
fn effect(finished: &EffectFinished) -> Vec<Line> {
    let parts = finished.parts();
    let id = |at: usize| match at {
        0 => CallId::new(format!("done_{}", finished.proposal)),
        later => CallId::new(format!("done_{}_{later}", finished.proposal)),
    };
    let calls = parts.iter().enumerate().map(|(at, part)| ToolCall {
        id: id(at),
        tool: part.tool.clone(),
        arguments: "{}".to_owned(),
    });
    let (text, calls) = ("".into(), calls.collect());
    let mut lines = vec![Line::new(Message::Assistant { text, calls }, false)];
    lines.extend(parts.iter().enumerate().map(|(at, part)| {
        let content = match part.outcome {
            Some(ToolOutcome::Done) => part.content.clone(),
            _ => format!("not done: {}", part.content),
        };
        Line::result(&id(at), &part.tool, &content)
    }));
    lines
}

fn said(text: Option<&str>) -> Vec<Line> {
    let text = capped(text.unwrap_or(""), limits::MESSAGE_TOKENS_MAX);
    vec![Line::new(
        Message::Assistant {
            text,
            calls: Vec::new(),
        },
        false,
    )]
}

impl Line {
    pub fn new(message: Message, opens: bool) -> Self {
        let bytes = match &message {
            Message::System(text) | Message::Context(text) | Message::User(text) => text.len(),
            Message::Assistant { text, calls } => {
                text.len()
                    + calls
                        .iter()
                        .map(|call| call.tool.len() + call.arguments.len())
                        .sum::<usize>()
            }
            Message::ToolResult { content, .. } => content.len(),
        };
        Self {
            message,
            bytes,
            opens,
            tokens: OnceLock::new(),
        }
    }

    /// Bytes by which the history is weighed: the same whether the text's tokens were counted, and
    /// it stayed whole, or not, and it was cut.
    pub fn weight(&self) -> usize {
        let tokens_max = match &self.message {
            Message::ToolResult { .. } => limits::TOOL_RESULT_TOKENS_MAX,
            Message::Assistant { calls, .. } if !calls.is_empty() => return self.bytes,
            _ => limits::MESSAGE_TOKENS_MAX,
        };
        self.bytes.min(tokens_max * UNCOUNTED_BYTES_PER_TOKEN)
    }

    pub fn tokens(&self) -> usize {
        let text = match &self.message {
            Message::System(text) | Message::Context(text) | Message::User(text) => text,
            Message::Assistant { text, calls } if calls.is_empty() => text,
            Message::Assistant { .. } => return self.bytes,
            Message::ToolResult { content, .. } => content,
        };
        *self.tokens.get_or_init(|| tokens::count(text))
    }

    fn result(call: &CallId, tool: &str, content: &str) -> Self {
        let message = Message::ToolResult {
            call: call.clone(),
            tool: tool.to_owned(),
            content: capped(content, limits::TOOL_RESULT_TOKENS_MAX),
        };
        Self::new(message, false)
    }
}

/// The text, cut where its tokens run out. What is short enough for its tokens not to matter is
/// never counted, so that most conversations never load the table.
fn capped(text: &str, tokens_max: usize) -> Arc<str> {
    if text.len() <= tokens_max * UNCOUNTED_BYTES_PER_TOKEN || tokens::count(text) <= tokens_max {
        return text.into();
    }
    let mut end = tokens_max * UNCOUNTED_BYTES_PER_TOKEN;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{} … (cut)", &text[..end]).into()
}

/// Ordinary text has more bytes a token than this; what has fewer is bounded by the whole prompt.
const UNCOUNTED_BYTES_PER_TOKEN: usize = 3;
