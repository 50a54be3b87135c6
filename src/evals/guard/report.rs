//! What the guard did with the set: the JSON that other programs read, and a table for people.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::Verdict;
use super::set::{Half, Kind, Label, Reply};

/// The guard is good enough from here on.
pub const RECALL_MIN: f64 = 0.98;
pub const FALSE_ALARM_RATE_MAX: f64 = 0.01;

#[derive(Clone, Debug, Default, Serialize)]
pub struct GuardReport {
    pub replies: usize,
    pub falsehoods: usize,
    /// Stopped at the sentence that holds the planted piece.
    pub stopped: usize,
    /// Stopped at an earlier one, for another reason: no merit of the guard.
    pub stopped_elsewhere: usize,
    pub recall: f64,
    pub true_replies: usize,
    pub false_alarms: usize,
    pub false_alarm_rate: f64,
    pub us_per_sentence_p50: f64,
    pub us_per_sentence_p99: f64,
    /// Planted falsehoods by what they are.
    pub kinds: BTreeMap<Kind, Tally>,
    /// Both, by half of the set.
    pub halves: BTreeMap<Half, HalfTally>,
    /// What went wrong.
    pub missed: Vec<Missed>,
}

#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Tally {
    pub falsehoods: usize,
    pub stopped: usize,
    pub stopped_elsewhere: usize,
}

#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct HalfTally {
    pub falsehoods: usize,
    pub stopped: usize,
    pub recall: f64,
    pub true_replies: usize,
    pub false_alarms: usize,
    pub false_alarm_rate: f64,
}

/// A planted falsehood that left or hid behind another stop, or a true reply that was stopped.
#[derive(Clone, Debug, Serialize)]
pub struct Missed {
    pub half: Half,
    pub context: String,
    /// Nothing for a true reply.
    pub kind: Option<Kind>,
    pub planted: Option<String>,
    pub text: String,
    /// Where the guard stopped instead, and why.
    pub sentence: Option<String>,
    pub reason: Option<String>,
}

impl GuardReport {
    /// Counts a reply with its values filled in.
    pub(super) fn count(&mut self, reply: &Reply, verdict: &Verdict) {
        self.replies += 1;
        let half = self.halves.entry(reply.half).or_default();
        let right = match &reply.label {
            Label::True => {
                let alarm = usize::from(*verdict != Verdict::Passed);
                self.true_replies += 1;
                self.false_alarms += alarm;
                half.true_replies += 1;
                half.false_alarms += alarm;
                alarm == 0
            }
            Label::False { kind, planted } => {
                let tally = self.kinds.entry(*kind).or_default();
                let caught = verdict.stops(&reply.text, planted);
                let elsewhere = usize::from(!caught && *verdict != Verdict::Passed);
                self.falsehoods += 1;
                self.stopped += usize::from(caught);
                self.stopped_elsewhere += elsewhere;
                tally.falsehoods += 1;
                tally.stopped += usize::from(caught);
                tally.stopped_elsewhere += elsewhere;
                half.falsehoods += 1;
                half.stopped += usize::from(caught);
                caught
            }
        };
        half.recall = share(half.stopped, half.falsehoods);
        half.false_alarm_rate = share(half.false_alarms, half.true_replies);
        self.recall = share(self.stopped, self.falsehoods);
        self.false_alarm_rate = share(self.false_alarms, self.true_replies);
        if !right {
            self.missed.push(Missed::new(reply, verdict));
        }
    }

    /// Nanoseconds of each sentence, in any order.
    pub(super) fn time(&mut self, mut nanos: Vec<u128>) {
        nanos.sort_unstable();
        let at = |percent: usize| {
            let place = (nanos.len() * percent / 100).min(nanos.len().saturating_sub(1));
            nanos.get(place).map_or(0.0, |ns| *ns as f64 / 1_000.0)
        };
        (self.us_per_sentence_p50, self.us_per_sentence_p99) = (at(50), at(99));
    }

    pub fn is_good(&self) -> bool {
        self.recall >= RECALL_MIN && self.false_alarm_rate <= FALSE_ALARM_RATE_MAX
    }

    /// For people; with the whole text of what went wrong when `talk`.
    pub fn table(&self, talk: bool) -> String {
        let mut table = String::new();
        for missed in &self.missed {
            missed.write(&mut table, talk);
        }
        // Writing to a string cannot fail.
        for (kind, tally) in &self.kinds {
            let _ = writeln!(
                table,
                "{:16} {:>3} of {:>3} stopped, {} elsewhere",
                name(kind),
                tally.stopped,
                tally.falsehoods,
                tally.stopped_elsewhere
            );
        }
        for (half, tally) in &self.halves {
            let _ = writeln!(
                table,
                "{}: recall {:.3} ({} of {}), false alarms {:.3} ({} of {})",
                name(half),
                tally.recall,
                tally.stopped,
                tally.falsehoods,
                tally.false_alarm_rate,
                tally.false_alarms,
                tally.true_replies
            );
        }
        let _ = writeln!(
            table,
            "recall {:.3} ({} of {}, {} stopped elsewhere), false alarms {:.3} ({} of {})",
            self.recall,
            self.stopped,
            self.falsehoods,
            self.stopped_elsewhere,
            self.false_alarm_rate,
            self.false_alarms,
            self.true_replies
        );
        let _ = writeln!(
            table,
            "per sentence: {:.1} µs median, {:.1} µs p99",
            self.us_per_sentence_p50, self.us_per_sentence_p99
        );
        table
    }
}

impl Verdict {
    /// Was the sentence stopped that holds (or begins) the planted piece?
    fn stops(&self, text: &str, planted: &str) -> bool {
        let Verdict::Stopped { sentence, .. } = self else {
            return false;
        };
        let Some(begins) = text.find(planted) else {
            return false;
        };
        sentence.start < begins + planted.len() && begins < sentence.end
    }
}

impl Missed {
    fn new(reply: &Reply, verdict: &Verdict) -> Self {
        let (kind, planted) = match &reply.label {
            Label::True => (None, None),
            Label::False { kind, planted } => (Some(*kind), Some(planted.clone())),
        };
        let violation = match verdict {
            Verdict::Passed => None,
            Verdict::Stopped { violation, .. } => Some(violation),
        };
        Self {
            half: reply.half,
            context: reply.context.clone(),
            kind,
            planted,
            text: reply.text.clone(),
            sentence: violation.map(|violation| violation.sentence.clone()),
            reason: violation.map(|violation| violation.reason.clone()),
        }
    }

    fn write(&self, into: &mut String, talk: bool) {
        let what = match (&self.kind, &self.planted) {
            (Some(kind), Some(planted)) => format!("{} \"{planted}\" was let through", name(kind)),
            _ => "a true reply was stopped".to_owned(),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(into, "{} {}: {what}", name(&self.half), self.context);
        if let (Some(sentence), Some(reason)) = (&self.sentence, &self.reason) {
            let _ = writeln!(into, "    stopped: {sentence} ({reason})");
        }
        if talk || self.sentence.is_none() {
            for line in self.text.lines() {
                let _ = writeln!(into, "    | {line}");
            }
        }
    }
}

fn share(part: usize, of: usize) -> f64 {
    if of == 0 {
        0.0
    } else {
        part as f64 / of as f64
    }
}

/// How a kind or half is written in the files.
fn name(value: &impl Serialize) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}
