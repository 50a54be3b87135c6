//! What a model sees: instructions, old turns in short, the history as far as the budget reaches, and
//! data about now. Every part is capped; nothing a third party wrote is ever part of the
//! instructions, which are the same bytes for every conversation of a channel.

mod fit;
mod lines;
mod now;

use std::borrow::Cow;
use std::collections::HashMap;
use std::slice;
use std::sync::Arc;

pub use lines::{Line, lines};

use super::prompt::Prompts;
use super::session::Session;
use super::summary::quoted::shortened;
use super::summary::{Cut, Summary};
use crate::domain::autonomy::{Autonomy, Level};
use crate::domain::event::Channel;
use crate::domain::limits;
use crate::model::{Message, ModelRequest, Purpose, ToolSpec};

/// The list of tools and the instructions are fixed text, words and JSON of ours: a test counts that
/// they have no fewer bytes a token.
pub const OWN_BYTES_PER_TOKEN_MIN: usize = 3;

/// What stays the same for all calls of a process.
pub struct Frame {
    systems: HashMap<Channel, Arc<str>>,
    pub tools: Arc<[ToolSpec]>,
    /// On channels on which some of them are off.
    fewer: HashMap<Channel, Arc<[ToolSpec]>>,
    pub zone: jiff::tz::TimeZone,
    /// Tokens that instructions and tools leave, at least.
    room: usize,
}

impl Frame {
    pub fn new(shop: &str, tools: Arc<[ToolSpec]>, zone: jiff::tz::TimeZone) -> Self {
        let name = shortened(shop, limits::SHOP_NAME_CHARS_MAX);
        let systems = Channel::ALL.map(|channel| (channel, instructions(&name, channel)));
        let system_bytes = systems.iter().map(|(_, system)| system.len()).max();
        let tools_bytes: usize = tools
            .iter()
            .map(|tool| tool.description.len() + tool.parameters.to_string().len())
            .sum();
        // The name is the shop's own text, in whatever script.
        let own = (tools_bytes + system_bytes.unwrap_or(0)) / OWN_BYTES_PER_TOKEN_MIN + name.len();
        Self {
            systems: systems.into(),
            tools,
            fewer: HashMap::new(),
            zone,
            room: limits::PROMPT_TOKENS_MAX.saturating_sub(own),
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

    /// The instructions on a channel.
    pub fn system_of(&self, channel: Channel) -> Arc<str> {
        self.systems.get(&channel).cloned().unwrap_or_default()
    }

    /// The request for the next model call of this conversation.
    pub fn request(&self, session: &Session, now_ms: i64) -> ModelRequest {
        let open = &session.lines[session.open_from.min(session.lines.len())..];
        let context = now::told(session, now_ms, &self.zone);
        let context = Line::new(Message::Context(context.into()), false);
        let room = self.room.saturating_sub(size_of(&context, self.room));
        let open = fit::fitting(open, room);
        let room = room.saturating_sub(fit::size(&open, room));
        let (summary, before) = self.earlier(session, room);
        let mut messages = Vec::with_capacity(before.len() + open.len() + 3);
        messages.push(Message::System(self.system_of(session.channel)));
        messages.extend(summary.map(|line| line.message));
        messages.extend(before.iter().map(|line| line.message.clone()));
        messages.push(context.message);
        match open {
            Cow::Borrowed(lines) => messages.extend(lines.iter().map(|line| line.message.clone())),
            Cow::Owned(lines) => messages.extend(lines.into_iter().map(|line| line.message)),
        }
        ModelRequest {
            // The driver counts the time of a turn.
            until: None,
            messages: fit::answered(messages),
            tools: self.tools_of(session.channel).clone(),
            max_output_tokens: limits::OUTPUT_TOKENS_MAX,
            purpose: Purpose::Answer,
            cache_key: session.id.as_str().into(),
            failures: session.turn.model_failures(),
            spent: false,
        }
    }

    /// The turns that are over: what is folded in short, the rest whole. When that does not fit beside
    /// this open turn, more of them are told in short, for this call alone.
    fn earlier<'a>(&self, session: &'a Session, room: usize) -> (Option<Line>, &'a [Line]) {
        let folding = &session.folding;
        let kept = &session.lines[folding.kept().line..folding.end().line];
        let summary = folding.is_folded().then(|| {
            let bytes_max = limits::SUMMARY_BYTES_MAX;
            self.summary(session, folding.summary(), folding.kept(), bytes_max)
        });
        let summary_size = summary.as_ref().map_or(0, |line| size_of(line, room));
        let left = room.saturating_sub(summary_size);
        if summary_size <= room && fit::size(kept, left) <= left {
            return (summary, kept);
        }
        let (cut, left) = newest_cut(session, room);
        let more = folding.summary_before(cut, &session.events);
        let bytes_max = left.min(limits::SUMMARY_BYTES_MAX);
        let summary = (bytes_max >= limits::SUMMARY_BYTES_MIN)
            .then(|| self.summary(session, &more, cut, bytes_max));
        (summary, &session.lines[cut.line..folding.end().line])
    }

    fn summary(&self, session: &Session, summary: &Summary, cut: Cut, bytes_max: usize) -> Line {
        let origins = session.folding.origins();
        let told = summary.told(cut, &session.evidence, origins, &self.zone, bytes_max);
        Line::new(Message::Context(told.into()), false)
    }
}

/// Tokens of one line, counted only when it takes more than a part of the room by its bytes.
fn size_of(line: &Line, room: usize) -> usize {
    fit::size(slice::from_ref(line), room / 4)
}

/// The same for every conversation and at every time.
fn instructions(name: &str, channel: Channel) -> Arc<str> {
    let prompts = Prompts::get();
    let system = prompts.render("system.md", serde_json::json!({ "shop": name }));
    let policy = prompts.render("policy.md", ());
    let channel = prompts.render(own_way(channel), ());
    format!("{system}\n\n{policy}\n\n{channel}").into()
}

/// How the assistant writes on a channel.
fn own_way(channel: Channel) -> &'static str {
    match channel {
        // Evals speak as the chat does: what they grade is what shoppers get.
        Channel::Chat | Channel::Eval => "channel/chat.md",
        Channel::Api => "channel/api.md",
        Channel::Terminal => "channel/terminal.md",
        Channel::Email => "channel/email.md",
    }
}

/// The oldest place from which whole turns fit, with room for a summary of the rest; and the tokens
/// that are left for it.
fn newest_cut(session: &Session, room: usize) -> (Cut, usize) {
    let (mut cut, mut left) = (session.folding.end(), room);
    let end = cut.line;
    let for_history = room.saturating_sub(limits::SUMMARY_BYTES_SQUEEZED);
    let cuts = session.folding.cuts().rev();
    for next in cuts.filter(|next| next.line < end) {
        let lines = &session.lines[next.line..cut.line];
        let used = room - left + lines.iter().map(Line::tokens).sum::<usize>();
        if used > for_history {
            break;
        }
        (cut, left) = (next, room - used);
    }
    (cut, left)
}
