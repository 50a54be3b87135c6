//! What a model sees: instructions, the history as far as the budget reaches, and data about now.
//! Every part is capped; nothing a third party wrote is ever part of the instructions.

use std::sync::{Arc, OnceLock};

use serde::Serialize;

use super::prompt::Prompts;
use super::session::Session;
use super::tokens;
use crate::clock;
use crate::domain::conversation::Status;
use crate::domain::event::{EffectFinished, Event, EventBody, ShopperWords, ToolOutcome};
use crate::domain::ids::CallId;
use crate::domain::limits;
use crate::domain::page::Page;
use crate::model::{Message, ModelRequest, ToolCall, ToolSpec};

/// One event as the model sees it, rendered once when it is folded.
#[derive(Clone, Debug)]
pub struct Line {
    pub message: Message,
    bytes: usize,
    /// It opens a turn: history may be cut before it and nowhere else.
    opens: bool,
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

/// A confirmed write, in the form of a call with its result: what the model already knows to read.
fn effect(finished: &EffectFinished) -> Vec<Line> {
    let call = CallId::new(format!("done_{}", finished.proposal));
    let content = finished
        .private
        .as_ref()
        .map_or("", |words| words.content.as_str());
    let content = match finished.outcome {
        ToolOutcome::Done => content.to_owned(),
        _ => format!("not done: {content}"),
    };
    let made = ToolCall {
        id: call.clone(),
        tool: finished.tool.clone(),
        arguments: "{}".to_owned(),
    };
    let calls = vec![made];
    let text = "".into();
    vec![
        Line::new(Message::Assistant { text, calls }, false),
        Line::result(&call, &finished.tool, &content),
    ]
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
    fn new(message: Message, opens: bool) -> Self {
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

/// The list of tools is fixed text, words and JSON of ours: a test counts that it has no fewer bytes
/// a token.
pub const TOOL_BYTES_PER_TOKEN_MIN: usize = 2;

/// What `prompts/context.txt` is filled with.
#[derive(Serialize)]
struct Now<'a> {
    today: String,
    customer: &'a str,
    code_sent: &'a str,
    proposal: String,
    with_person: &'a str,
    page: Option<PageNow>,
    /// Pictures that came with the messages to answer.
    pictures: usize,
    correction: Option<Correction<'a>>,
    released: &'a str,
}

/// Where on the storefront the shopper is, each part as one line of JSON. What the page is called
/// stays in the log, for people: a link that somebody else made may have put anything there.
#[derive(Serialize)]
struct PageNow {
    product: Option<String>,
    cart: Option<String>,
}

#[derive(Serialize)]
struct Correction<'a> {
    sentence: &'a str,
    reason: &'a str,
}

/// What stays the same for all calls of a process.
pub struct Frame {
    pub system: Arc<str>,
    pub tools: Arc<[ToolSpec]>,
    pub zone: jiff::tz::TimeZone,
    /// What the list of tools takes of the prompt, at most.
    tools_tokens: usize,
}

impl Frame {
    pub fn new(shop: &str, tools: Arc<[ToolSpec]>, zone: jiff::tz::TimeZone) -> Self {
        let prompts = Prompts::get();
        let system = prompts.render("system.md", serde_json::json!({ "shop": shop }));
        let channel = prompts.render("channel/chat.md", ());
        let tools_bytes: usize = tools
            .iter()
            .map(|tool| tool.description.len() + tool.parameters.to_string().len())
            .sum();
        Self {
            system: format!("{system}\n\n{channel}").into(),
            tools,
            zone,
            tools_tokens: tools_bytes / TOOL_BYTES_PER_TOKEN_MIN,
        }
    }

    /// The request for the next model call of this conversation.
    pub fn request(&self, session: &Session, now_ms: i64) -> ModelRequest {
        let (before, open) = session
            .lines
            .split_at(session.open_from.min(session.lines.len()));
        let context = Line::new(Message::Context(self.now(session, now_ms).into()), false);
        let fixed = self.system.len() + context.bytes + self.tools_tokens;
        let room = limits::PROMPT_TOKENS_MAX.saturating_sub(fixed);
        let open = fitting(open, room);
        let room = room.saturating_sub(size(&open, room));
        let mut messages = vec![Message::System(self.system.clone())];
        messages.extend(newest(before, room).iter().map(|line| line.message.clone()));
        messages.push(context.message);
        messages.extend(open.into_iter().map(|line| line.message));
        ModelRequest {
            messages: answered(messages),
            tools: self.tools.clone(),
            max_output_tokens: limits::OUTPUT_TOKENS_MAX,
        }
    }

    fn now(&self, session: &Session, now_ms: i64) -> String {
        let turn = &session.turn;
        let stopped = session.stopped();
        let proposal = turn.proposal().map_or("none".to_owned(), |made| {
            let lines = made
                .private
                .as_ref()
                .map(|words| words.lines.join(" "))
                .unwrap_or_default();
            format!("{}: {lines}", made.tool)
        });
        let customer = match (turn.identity().customer(), turn.identity().is_proved()) {
            (Some(_), _) => "signed in",
            (None, true) => "has proved an order",
            (None, false) => "not signed in",
        };
        let data = Now {
            today: clock::long_date(clock::day(now_ms, &self.zone)),
            customer,
            code_sent: if session.code_sent(now_ms) {
                "yes"
            } else {
                "no"
            },
            proposal,
            with_person: if turn.status() == Status::Waiting {
                "waiting"
            } else {
                "no"
            },
            page: session.page().map(page_now),
            pictures: session.pictures(),
            correction: stopped.map(|(sentence, reason)| Correction { sentence, reason }),
            released: turn.released(),
        };
        Prompts::get().render("context.txt", data)
    }
}

fn page_now(page: &Page) -> PageNow {
    let json = |value: Result<String, serde_json::Error>| value.ok();
    PageNow {
        product: page
            .product
            .as_ref()
            .and_then(|product| json(serde_json::to_string(product))),
        cart: (!page.cart.is_empty())
            .then(|| json(serde_json::to_string(&page.cart)))
            .flatten(),
    }
}

/// The open turn's lines; when they do not fit, its oldest tool results are left out first and its
/// oldest messages next, each with a word that says so.
fn fitting(lines: &[Line], room: usize) -> Vec<Line> {
    let mut lines = lines.to_vec();
    let is_result = |line: &Line| matches!(line.message, Message::ToolResult { .. });
    let is_message = |line: &Line| matches!(line.message, Message::User(_));
    let newest = lines.iter().rposition(is_message);
    let mut order: Vec<usize> = (0..lines.len()).filter(|&i| is_result(&lines[i])).collect();
    order.extend((0..lines.len()).filter(|&i| is_message(&lines[i]) && Some(i) != newest));
    let mut used = size(&lines, room);
    for i in order {
        if used <= room {
            break;
        }
        let before = tokens_of(&lines[i]);
        let left_out: Arc<str> = "(left out to make room)".into();
        let message = match &lines[i].message {
            Message::ToolResult { call, tool, .. } => Message::ToolResult {
                call: call.clone(),
                tool: tool.clone(),
                content: left_out,
            },
            _ => Message::User(left_out),
        };
        lines[i] = Line::new(message, lines[i].opens);
        used = used.saturating_sub(before) + tokens_of(&lines[i]);
    }
    lines
}

/// Tokens of lines, counted only when their bytes, which are never fewer, exceed the room.
fn size(lines: &[Line], room: usize) -> usize {
    let bytes = bytes(lines);
    if bytes <= room {
        return bytes;
    }
    lines.iter().map(tokens_of).sum()
}

/// The newest whole turns that fit; counted exactly only when their bytes do not fit.
fn newest(lines: &[Line], room: usize) -> &[Line] {
    if bytes(lines) <= room {
        return lines;
    }
    let mut kept = lines.len();
    let mut used = 0;
    for (at, line) in lines.iter().enumerate().rev() {
        used += tokens_of(line);
        if used > room {
            break;
        }
        if line.opens {
            kept = at;
        }
    }
    &lines[kept..]
}

fn tokens_of(line: &Line) -> usize {
    let text = match &line.message {
        Message::System(text) | Message::Context(text) | Message::User(text) => text,
        Message::Assistant { text, calls } if calls.is_empty() => text,
        Message::Assistant { .. } => return line.bytes,
        Message::ToolResult { content, .. } => content,
    };
    *line.tokens.get_or_init(|| tokens::count(text))
}

fn bytes(lines: &[Line]) -> usize {
    lines.iter().map(|line| line.bytes).sum()
}

/// Endpoints refuse a call without a result, and a crash or a person may have left one: it is
/// answered as not carried out.
fn answered(messages: Vec<Message>) -> Vec<Message> {
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
