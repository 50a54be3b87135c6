//! Old turns in short: what the shopper wanted, what was found and still holds, what was done and
//! promised, what is open. Made by code from the log alone, so that every run makes the same.
//!
//! It is taken in steps, each event once: see `folding`.

pub mod folding;
pub mod found;
pub mod quoted;

use std::collections::VecDeque;
use std::sync::Arc;

use jiff::tz::TimeZone;
use serde::Serialize;

pub use self::folding::{Cut, Folding};
use self::found::Origins;
use self::quoted::{json, newest_of, shortened};
use super::evidence::Evidence;
use super::prompt::Prompts;
use crate::domain::bundle::HandOffReason;
use crate::domain::card::Card;
use crate::domain::event::{
    Approver, EffectFinished, Event, EventBody, ModelAnswered, ProposalMade, ToolOutcome,
    ToolReturned,
};
use crate::domain::ids::{CallId, ProposalId};
use crate::domain::limits;
use crate::domain::money::Money;

/// What the turns that are not shown came to. Everything in it is bounded.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    turns: usize,
    /// The shopper's messages, shortened.
    wanted: VecDeque<String>,
    /// Messages of theirs that are not among them any more.
    wanted_more: usize,
    deeds: VecDeque<Deed>,
    /// What a person will do or has said, in the words that the shopper got.
    promised: VecDeque<String>,
    /// Arguments of the newest model answer's calls, for what they did.
    calls: Vec<(CallId, String)>,
}

/// Something that was done, or was to be.
#[derive(Clone, Debug)]
enum Deed {
    /// One write of a proposal.
    Write {
        proposal: ProposalId,
        part: usize,
        told: ToldWrite,
    },
    /// A tool that acts at once, or that refused.
    Call(ToldCall),
    HandedOff(ToldHandOff),
}

#[derive(Clone, Debug, Serialize)]
struct ToldWrite {
    tool: String,
    title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    confirmed: Option<bool>,
    /// What an agent decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    approved: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    waits_for: Option<Approver>,
    /// How it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<serde_json::Value>,
}

#[derive(Clone, Debug, Serialize)]
struct ToldCall {
    tool: String,
    outcome: ToolOutcome,
    #[serde(skip_serializing_if = "String::is_empty")]
    arguments: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    words: String,
}

#[derive(Clone, Debug, Serialize)]
struct ToldHandOff {
    handed_off: HandOffReason,
}

/// What `prompts/summary.txt` is filled with.
#[derive(Serialize)]
struct Told {
    turns: usize,
    wanted: Option<String>,
    wanted_more: usize,
    found: Option<String>,
    found_more: usize,
    done: Option<String>,
    open: Option<String>,
    promised: Option<String>,
}

impl Summary {
    /// Takes more turns that are over into account, oldest first.
    pub fn absorb(&mut self, events: &[Arc<Event>]) {
        for event in events {
            match &event.body {
                EventBody::ShopperWrote(wrote) => {
                    let text = wrote.private.as_ref().map_or("", |words| &words.text);
                    self.heard(text);
                }
                EventBody::ModelAnswered(answered) => self.called(answered),
                EventBody::ToolReturned(returned) => self.returned(returned),
                EventBody::ProposalMade(made) => self.proposed(made),
                EventBody::HandedOff(handed) => {
                    let handed_off = handed.reason;
                    self.did(Deed::HandedOff(ToldHandOff { handed_off }));
                }
                EventBody::Shown(shown) => {
                    if let Some(Card::Handoff(card)) = &shown.private {
                        self.promise(&card.words);
                    }
                }
                EventBody::AgentWrote(wrote) => {
                    self.turns += 1;
                    let text = wrote.private.as_ref().map_or("", |words| &words.text);
                    self.promise(text);
                }
                EventBody::Replied(_) => self.turns += 1,
                EventBody::Erased(_) => self.erase(),
                _ => {}
            }
            self.hear_end(event);
        }
    }

    /// How a write that is told of has gone on, in whichever turn.
    pub fn hear_end(&mut self, event: &Event) {
        let erased = matches!(event.body, EventBody::Erased(_));
        if self.deeds.is_empty() && !erased {
            return;
        }
        match &event.body {
            EventBody::ProposalConfirmed(confirmed) => {
                self.each_write(&confirmed.proposal, |_, told| {
                    told.confirmed = Some(true);
                    told.waits_for = None;
                });
            }
            EventBody::ApprovalDecided(decided) => {
                let amount = decided.amount.as_ref().map(Money::to_string);
                self.each_write(&decided.proposal, |_, told| {
                    told.approved = Some(decided.approved);
                    told.waits_for = None;
                    told.amount = amount.clone().or(told.amount.take());
                });
            }
            EventBody::ProposalClosed(closed) => {
                let end = serde_json::to_value(closed.why).ok();
                self.each_write(&closed.proposal, |_, told| {
                    told.end = end.clone();
                    told.waits_for = None;
                });
            }
            EventBody::EffectFinished(finished) => self.finished(finished),
            EventBody::Erased(_) => self.erase(),
            _ => {}
        }
    }

    fn finished(&mut self, finished: &EffectFinished) {
        let ends: Vec<Option<ToolOutcome>> =
            finished.parts().iter().map(|part| part.outcome).collect();
        self.each_write(&finished.proposal, |part, told| {
            let end = ends.get(part).copied().unwrap_or(Some(finished.outcome));
            told.end = end.and_then(|end| serde_json::to_value(end).ok());
            told.waits_for = None;
        });
    }

    fn each_write(&mut self, of: &ProposalId, mut change: impl FnMut(usize, &mut ToldWrite)) {
        for deed in &mut self.deeds {
            if let Deed::Write {
                proposal,
                part,
                told,
            } = deed
                && proposal == of
            {
                change(*part, told);
            }
        }
    }

    fn heard(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if self.wanted.len() == limits::SUMMARY_MESSAGES_MAX {
            self.wanted.pop_front();
            self.wanted_more += 1;
        }
        let short = shortened(text, limits::SUMMARY_MESSAGE_CHARS_MAX);
        self.wanted.push_back(json(&short));
    }

    fn called(&mut self, answered: &ModelAnswered) {
        let arguments = answered.private.iter().flat_map(|words| &words.arguments);
        let calls = answered.calls.iter().map(|head| head.call.clone());
        self.calls = calls.zip(arguments.cloned()).collect();
    }

    /// What only reads is told by its facts.
    fn returned(&mut self, returned: &ToolReturned) {
        let Some(words) = &returned.private else {
            return;
        };
        let refused = returned.outcome == ToolOutcome::Refused;
        if !refused && !returned.acted {
            return;
        }
        let short = |text: &str| shortened(text, limits::SUMMARY_TEXT_CHARS_MAX);
        let arguments = self.calls.iter().find(|(call, _)| *call == returned.call);
        let arguments = arguments.map_or(String::new(), |(_, text)| short(text));
        let words = if refused {
            short(&words.content)
        } else {
            String::new()
        };
        self.did(Deed::Call(ToldCall {
            tool: returned.tool.clone(),
            outcome: returned.outcome,
            arguments,
            words,
        }));
    }

    fn proposed(&mut self, made: &ProposalMade) {
        for (at, part) in made.parts().into_iter().enumerate() {
            self.did(Deed::Write {
                proposal: made.proposal.clone(),
                part: at,
                told: ToldWrite {
                    tool: part.tool,
                    title: shortened(&part.title, limits::SUMMARY_TEXT_CHARS_MAX),
                    order: part
                        .order
                        .map(|order| shortened(order.as_str(), limits::ORDER_NUMBER_CHARS_MAX)),
                    amount: part.amount.map(|amount| amount.to_string()),
                    confirmed: None,
                    approved: None,
                    waits_for: Some(made.approver),
                    end: None,
                },
            });
        }
    }

    /// The oldest make room, what is open last.
    fn did(&mut self, deed: Deed) {
        if self.deeds.len() == limits::SUMMARY_DEEDS_MAX {
            let over = self.deeds.iter().position(|deed| !deed.is_open());
            self.deeds.remove(over.unwrap_or(0));
        }
        self.deeds.push_back(deed);
    }

    fn promise(&mut self, words: &str) {
        let words = json(&shortened(words, limits::SUMMARY_TEXT_CHARS_MAX));
        if words == "\"\"" || self.promised.back() == Some(&words) {
            return;
        }
        if self.promised.len() == limits::SUMMARY_PROMISES_MAX {
            self.promised.pop_front();
        }
        self.promised.push_back(words);
    }

    /// What was erased leaves no trace.
    fn erase(&mut self) {
        *self = Self {
            turns: self.turns,
            ..Self::default()
        };
    }

    /// The summary in at most `bytes_max` bytes, of the turns before a cut. Each part has a share,
    /// and of each the newest is told.
    pub fn told(
        &self,
        before: Cut,
        evidence: &Evidence,
        origins: &Origins,
        zone: &TimeZone,
        bytes_max: usize,
    ) -> String {
        let room = bytes_max.saturating_sub(FIXED_BYTES);
        let share = |percent: usize| room * percent / 100;
        let (found, found_more) =
            found::of_turns_before(before.event, evidence, origins, zone, share(45));
        let wanted: Vec<String> = self.wanted.iter().cloned().collect();
        let (wanted, wanted_left) = newest_of(&wanted, share(25));
        let of = |open: bool| -> Vec<String> {
            let deeds = self.deeds.iter().filter(|deed| deed.is_open() == open);
            deeds.map(Deed::json).collect()
        };
        let promised: Vec<String> = self.promised.iter().cloned().collect();
        let data = Told {
            turns: self.turns,
            wanted,
            wanted_more: self.wanted_more + wanted_left,
            found,
            found_more,
            done: newest_of(&of(false), share(15)).0,
            open: newest_of(&of(true), share(8)).0,
            promised: newest_of(&promised, share(7)).0,
        };
        Prompts::get().render("summary.txt", data)
    }
}

/// What the template itself takes, its longest numbers included.
const FIXED_BYTES: usize = 450;

impl Deed {
    fn is_open(&self) -> bool {
        match self {
            Self::Write { told, .. } => told.end.is_none(),
            Self::Call(_) | Self::HandedOff(_) => false,
        }
    }

    fn json(&self) -> String {
        let json = match self {
            Self::Write { told, .. } => serde_json::to_string(told),
            Self::Call(told) => serde_json::to_string(told),
            Self::HandedOff(told) => serde_json::to_string(told),
        };
        json.unwrap_or_default()
    }
}
