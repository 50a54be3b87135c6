//! What a model sees: instructions, the history as far as the budget reaches, and data about now.
//! Every part is capped; nothing a third party wrote is ever part of the instructions.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use serde::Serialize;

use super::prompt::Prompts;
use super::session::Session;
use super::tokens;
use crate::clock;
use crate::domain::autonomy::{Autonomy, Level};
use crate::domain::conversation::Status;
use crate::domain::event::{
    Channel, EffectFinished, Event, EventBody, ProposalMade, ShopperWords, ToolOutcome,
};
use crate::domain::ids::CallId;
use crate::domain::limits;
use crate::domain::page::Page;
use crate::domain::parts::ProposalPart;
use crate::model::{Message, ModelRequest, Purpose, ToolCall, ToolSpec};

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
    /// On channels on which some of them are off.
    fewer: HashMap<Channel, Arc<[ToolSpec]>>,
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
            fewer: HashMap::new(),
            zone,
            tools_tokens: tools_bytes / TOOL_BYTES_PER_TOKEN_MIN,
        }
    }

    /// Leaves out, channel by channel, what is off there.
    pub fn with_autonomy(mut self, autonomy: &Autonomy, acting: &[&str]) -> Self {
        for channel in Channel::ALL {
            let off = |spec: &&ToolSpec| {
                let name = spec.name.as_str();
                acting.contains(&name) && autonomy.of(channel, name) == Level::Off
            };
            if self.tools.iter().any(|spec| off(&spec)) {
                let rest = self.tools.iter().filter(|spec| !off(spec)).cloned();
                self.fewer.insert(channel, rest.collect());
            }
        }
        self
    }

    /// What a model is told of on a channel.
    pub fn tools_of(&self, channel: Channel) -> &Arc<[ToolSpec]> {
        self.fewer.get(&channel).unwrap_or(&self.tools)
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
            // The driver counts the time of a turn.
            until: None,
            messages: answered(messages),
            tools: self.tools_of(session.channel).clone(),
            max_output_tokens: limits::OUTPUT_TOKENS_MAX,
            purpose: Purpose::Answer,
            cache_key: session.id.as_str().into(),
            failures: session.turn.model_failures(),
            spent: false,
        }
    }

    fn now(&self, session: &Session, now_ms: i64) -> String {
        let turn = &session.turn;
        let stopped = session.stopped();
        let proposal = turn.proposal().map_or("none".to_owned(), proposed);
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

/// What waits for a yes, as one line of JSON, so that it can be proposed again with a change. As
/// much of each part as fits: all, all but the lines, the titles.
fn proposed(made: &ProposalMade) -> String {
    let mut parts = made.parts();
    let json = |parts: &[ProposalPart]| serde_json::to_string(parts).unwrap_or_default();
    let fits = |json: &String| json.len() <= limits::OPEN_PROPOSAL_BYTES_MAX;
    let mut told = json(&parts);
    if !fits(&told) {
        parts.iter_mut().for_each(|part| part.lines.clear());
        told = json(&parts);
    }
    if !fits(&told) {
        let titles: Vec<&str> = parts.iter().map(|part| part.title.as_str()).collect();
        told = serde_json::to_string(&titles).unwrap_or_default();
    }
    if parts.is_empty() {
        // Erased: only that it waits is known.
        return made.tool.clone();
    }
    told
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::{Approver, ProposalWords};
    use crate::domain::ids::ProposalId;

    fn made(items: usize, lines: usize) -> ProposalMade {
        let part = |n: usize| ProposalPart {
            tool: "start_return".to_owned(),
            arguments: serde_json::json!({ "items": vec!["an item of it"; items] }),
            title: format!("Return {n}"),
            lines: vec!["a line of it\nand more".to_owned(); lines],
            amount: None,
            order: None,
        };
        ProposalMade {
            bounds: None,
            drafted: false,
            proposal: ProposalId::new("p"),
            call: CallId::new("c"),
            tool: "start_return".to_owned(),
            hash: "h".to_owned(),
            order: None,
            amount: None,
            approver: Approver::Shopper,
            expires_ms: 1,
            tainted: false,
            private: Some(ProposalWords {
                parts: (0..limits::PROPOSAL_PARTS_MAX).map(part).collect(),
                ..ProposalWords::default()
            }),
        }
    }

    #[test]
    fn what_waits_is_one_line_and_never_too_long() {
        for (items, lines, tells) in [(1, 2, "a line of it"), (5, 200, "an item"), (500, 1, "5")] {
            let told = proposed(&made(items, lines));
            assert!(told.contains("Return 5") && told.contains(tells), "{told}");
            assert!(told.len() <= limits::OPEN_PROPOSAL_BYTES_MAX);
            assert!(!told.contains('\n'));
        }
        let mut erased = made(1, 1);
        erased.private = None;
        assert_eq!(proposed(&erased), "start_return");
    }
}
