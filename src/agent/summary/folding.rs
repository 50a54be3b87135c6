//! How much of the history is told in short.
//!
//! Design: turns that are over are folded in steps. Nothing happens until the history passes a high
//! mark; then the oldest go until it is within a low one. Between two steps a prompt begins with the
//! same bytes, which is what a provider's cache needs. The marks are bytes of the log's own words,
//! never counted tokens, so that every run folds at the same places.

use std::collections::VecDeque;
use std::sync::Arc;

use super::Summary;
use super::found::Origins;
use crate::agent::evidence::Evidence;
use crate::domain::event::Event;
use crate::domain::limits;

/// Where the history may be cut: before a shopper's message that opens a turn.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cut {
    /// The first of the session's lines behind it, and the first of its events.
    pub line: usize,
    pub event: usize,
    /// Weight of all lines before it.
    bytes: usize,
}

#[derive(Clone, Debug, Default)]
pub struct Folding {
    summary: Summary,
    origins: Origins,
    /// What is shown whole begins here.
    kept: Cut,
    /// Where else the history may be cut, oldest first.
    cuts: VecDeque<Cut>,
    /// Where the turns that are over end.
    end: Cut,
    /// Weight of all lines.
    bytes: usize,
}

impl Folding {
    /// A turn begins with what is held next; the first has nothing before it to cut off.
    pub fn turn_begins(&mut self, line: usize, event: usize) {
        if line > 0 {
            let bytes = self.bytes;
            self.cuts.push_back(Cut { line, event, bytes });
        }
    }

    /// The next event, which is the session's `at`th, and the weight of its lines.
    pub fn hold(&mut self, event: &Event, at: usize, bytes: usize) {
        self.bytes += bytes;
        self.origins.read(event, at);
        self.summary.hear_end(event);
    }

    /// A turn is over: folds what has become too much. The newest turn stays.
    pub fn turn_ends(&mut self, line: usize, events: &[Arc<Event>], evidence: &Evidence) {
        let at_ms = events.last().map_or(0, |event| event.at_ms);
        self.origins.close(at_ms, evidence);
        self.end = Cut {
            line,
            event: events.len(),
            bytes: self.bytes,
        };
        if self.bytes - self.kept.bytes <= limits::HISTORY_BYTES_HIGH {
            return;
        }
        let from = self.kept;
        while self.bytes - self.kept.bytes > limits::HISTORY_BYTES_LOW
            && let Some(next) = self.cuts.pop_front()
        {
            self.kept = next;
        }
        self.summary = self.summary_of(from, self.kept, events);
    }

    pub fn is_folded(&self) -> bool {
        self.kept.event > 0
    }

    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// The summary of a later cut's turns.
    pub fn summary_before(&self, cut: Cut, events: &[Arc<Event>]) -> Summary {
        self.summary_of(self.kept, cut, events)
    }

    /// The summary with the turns between two cuts, and with how those have gone on since.
    fn summary_of(&self, from: Cut, cut: Cut, events: &[Arc<Event>]) -> Summary {
        let mut more = self.summary.clone();
        more.absorb(&events[from.event..cut.event]);
        let since = events[cut.event..].iter();
        since.for_each(|event| more.hear_end(event));
        more
    }

    pub fn origins(&self) -> &Origins {
        &self.origins
    }

    pub fn kept(&self) -> Cut {
        self.kept
    }

    pub fn end(&self) -> Cut {
        self.end
    }

    pub fn cuts(&self) -> impl DoubleEndedIterator<Item = Cut> + '_ {
        self.cuts.iter().copied()
    }
}
