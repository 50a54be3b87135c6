//! What fits: lines are left out in a fixed order, and every call keeps a result.

use std::borrow::Cow;
use std::sync::Arc;

use super::lines::Line;
use crate::domain::ids::CallId;
use crate::model::{Message, ToolCall};

/// The open turn's lines. When they do not fit, its oldest tool results are left out first, its
/// oldest messages next, each with a word that says so, then what its calls asked for; the newest
/// message is cut at last.
pub fn fitting(lines: &[Line], room: usize) -> Cow<'_, [Line]> {
    let mut used = size(lines, room);
    if used <= room {
        return Cow::Borrowed(lines);
    }
    let mut lines = lines.to_vec();
    for i in in_order_of_leaving(&lines) {
        if used <= room {
            break;
        }
        let before = lines[i].tokens();
        lines[i] = Line::new(left_out(&lines[i].message), lines[i].opens);
        used = used.saturating_sub(before) + lines[i].tokens();
    }
    let newest = lines.iter().rposition(is_message);
    if let Some(line) = newest.map(|at| &mut lines[at])
        && used > room
        && let Message::User(text) = &line.message
    {
        let rest = used.saturating_sub(line.tokens());
        let cut = head(text, room.saturating_sub(rest));
        *line = Line::new(Message::User(cut.into()), line.opens);
    }
    Cow::Owned(lines)
}

fn in_order_of_leaving(lines: &[Line]) -> Vec<usize> {
    let newest = lines.iter().rposition(is_message);
    let all = |wanted: fn(&Line) -> bool| (0..lines.len()).filter(move |&i| wanted(&lines[i]));
    let results = all(|line| matches!(line.message, Message::ToolResult { .. }));
    let messages = all(is_message).filter(|&i| Some(i) != newest);
    let calls = all(is_call);
    results.chain(messages).chain(calls).collect()
}

fn is_message(line: &Line) -> bool {
    matches!(line.message, Message::User(_))
}

fn is_call(line: &Line) -> bool {
    matches!(&line.message, Message::Assistant { calls, .. } if !calls.is_empty())
}

fn left_out(message: &Message) -> Message {
    let left_out: Arc<str> = "(left out to make room)".into();
    match message {
        Message::ToolResult { call, tool, .. } => Message::ToolResult {
            call: call.clone(),
            tool: tool.clone(),
            content: left_out,
        },
        Message::Assistant { text, calls } => {
            let emptied = calls.iter().map(|call| ToolCall {
                id: call.id.clone(),
                tool: call.tool.clone(),
                arguments: "{}".to_owned(),
            });
            Message::Assistant {
                text: text.clone(),
                calls: emptied.collect(),
            }
        }
        _ => Message::User(left_out),
    }
}

/// The beginning of a text, of at most so many bytes, which are never fewer than its tokens.
fn head(text: &str, bytes_max: usize) -> &str {
    let mut end = bytes_max.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Tokens of lines, counted only when their bytes, which are never fewer, exceed the room.
pub fn size(lines: &[Line], room: usize) -> usize {
    let bytes = lines.iter().map(|line| line.bytes).sum();
    if bytes <= room {
        return bytes;
    }
    lines.iter().map(Line::tokens).sum()
}

/// Endpoints refuse a call without a result, and a crash or a person may have left one: it is
/// answered as not carried out.
pub fn answered(messages: Vec<Message>) -> Vec<Message> {
    let mut whole: Vec<Message> = Vec::with_capacity(messages.len());
    let mut waiting: Vec<(CallId, String)> = Vec::new();
    for message in messages {
        match &message {
            Message::ToolResult { call, .. } => {
                let before = waiting.len();
                waiting.retain(|(id, _)| id != call);
                if waiting.len() == before {
                    continue;
                }
            }
            Message::Context(_) => {}
            _ => whole.extend(waiting.drain(..).map(not_run)),
        }
        if let Message::Assistant { calls, .. } = &message {
            waiting.extend(
                calls
                    .iter()
                    .map(|call| (call.id.clone(), call.tool.clone())),
            );
        }
        whole.push(message);
    }
    whole.extend(waiting.drain(..).map(not_run));
    whole
}

fn not_run((call, tool): (CallId, String)) -> Message {
    Message::ToolResult {
        call,
        tool,
        content: "not carried out".into(),
    }
}
