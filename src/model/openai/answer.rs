//! One answer put together from its pieces, whichever interface they came over. No I/O: pieces in,
//! events out.

use serde_json::{Map, Value};

use crate::domain::event::Usage;
use crate::domain::ids::CallId;
use crate::domain::limits::{ANSWER_BYTES_MAX, CALL_ID_BYTES_MAX};
use crate::model::{ModelEvent, StopReason, ToolCall};

/// What a call counts before its first argument: calls without end must meet the limit too.
const CALL_BYTES: usize = 32;

#[derive(Default)]
pub(super) struct PartialAnswer {
    pub(super) calls: Vec<PartialCall>,
    pub(super) usage: Option<Usage>,
    pub(super) stop: Option<StopReason>,
    pub(super) refused: bool,
    /// Some text has been taken.
    pub(super) said: bool,
    /// The output item whose text came last.
    pub(super) item: Option<u32>,
    bytes: usize,
    full: bool,
}

pub(super) struct PartialCall {
    index: Option<u32>,
    item: String,
    id: String,
    tool: String,
    arguments: String,
}

/// How a piece says which call it belongs to.
pub(super) struct Place<'a> {
    pub(super) index: Option<u32>,
    /// The id of the output item, which is not the call's.
    pub(super) item: &'a str,
    pub(super) id: &'a str,
    pub(super) name: &'a str,
}

impl PartialAnswer {
    /// Adds text that is for the reader to `out`.
    pub(super) fn say(&mut self, text: &str, out: &mut String) {
        if text.is_empty() {
            return;
        }
        let kept = self.within_limit(text);
        self.said |= !kept.is_empty();
        out.push_str(kept);
    }

    /// The call that a piece belongs to, begun when it is the first; `None` when nothing more is
    /// taken.
    pub(super) fn call_at(&mut self, place: &Place<'_>) -> Option<usize> {
        let at = match self.slot(place) {
            Some(at) => at,
            None => self.begin(place)?,
        };
        if self.calls[at].id.is_empty() {
            self.calls[at].id = self.within_limit(place.id).to_owned();
        }
        if self.calls[at].tool.is_empty() {
            self.calls[at].tool = self.within_limit(place.name).to_owned();
        }
        Some(at)
    }

    fn begin(&mut self, place: &Place<'_>) -> Option<usize> {
        self.bytes += CALL_BYTES;
        self.within_limit("");
        if self.full {
            return None;
        }
        self.calls.push(PartialCall {
            index: place.index,
            item: place.item.to_owned(),
            id: String::new(),
            tool: String::new(),
            arguments: String::new(),
        });
        Some(self.calls.len() - 1)
    }

    /// Endpoints give the index on every piece, id and name on the first. Some repeat the id; older
    /// vLLM gives each piece an id of its own; Gemini leaves the index out and may leave the id
    /// empty; gateways in front of it give every call index 0.
    fn slot(&self, place: &Place<'_>) -> Option<usize> {
        let begins = |call: &PartialCall| {
            let other = !place.id.is_empty() && !call.id.is_empty() && call.id != place.id;
            let bare = place.index.is_none() && place.item.is_empty() && place.id.is_empty();
            let next = bare && !call.tool.is_empty() && is_object(&call.arguments);
            !place.name.is_empty() && (other || next)
        };
        let last = |found: &dyn Fn(&PartialCall) -> bool| self.calls.iter().rposition(found);
        let at = match place.index {
            Some(_) => last(&|call| call.index == place.index)?,
            None if !place.item.is_empty() => last(&|call| call.item == place.item)?,
            None if place.id.is_empty() => self.calls.len().checked_sub(1)?,
            None => last(&|call| call.id == place.id)?,
        };
        (!begins(&self.calls[at])).then_some(at)
    }

    pub(super) fn append(&mut self, at: usize, arguments: &str) {
        let kept = self.within_limit(arguments);
        self.calls[at].arguments.push_str(kept);
    }

    /// Sets the whole of the arguments, which stands above the pieces that came before.
    pub(super) fn replace(&mut self, at: usize, arguments: &str) {
        if arguments.is_empty() || self.calls[at].arguments == arguments {
            return;
        }
        self.bytes -= self.calls[at].arguments.len();
        self.calls[at].arguments.clear();
        self.append(at, arguments);
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
        events.extend(self.usage.map(ModelEvent::Usage));
        events.push(ModelEvent::End(stop));
        events
    }
}

/// The calls in the order in which they began. Of an answer that was cut, a call counts only when
/// its arguments are whole: half an object must not run. An id that is missing, there twice or
/// longer than a history may hold gets another.
fn calls(partial: Vec<PartialCall>, cut: bool) -> Vec<ToolCall> {
    let mut calls: Vec<ToolCall> = Vec::with_capacity(partial.len());
    for (at, call) in partial.into_iter().enumerate() {
        if cut && !is_object(&call.arguments) {
            continue;
        }
        let mut id = call.id;
        if id.is_empty() || id.len() > CALL_ID_BYTES_MAX {
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

fn is_object(arguments: &str) -> bool {
    serde_json::from_str::<Map<String, Value>>(arguments).is_ok()
}
