//! A bundle as a person decides from it: what is asked, what stands in the way, what is ready.

use std::fmt::Write as _;

use super::{compact, word};
use crate::clock::timestamp;
use crate::domain::bundle::{
    Bundle, CustomerProfile, EarlierConversation, PolicyCited, PromiseKind, ProposedAction,
};
use crate::domain::limits::SHOW_LINE_CHARS_MAX;
use crate::domain::order::Order;

/// Labels end here, so that what is said stands in one column.
const LABEL_CHARS: usize = 10;

/// Plain text; an ordinary bundle fits on a screen. Everything is in `show --json`.
pub fn text(bundle: &Bundle) -> String {
    let mut out = Page(String::new());
    out.title(bundle);
    out.entry("Wanted", &bundle.assessment_wanted());
    out.entry("Stopped", &bundle.assessment.stopped);
    out.people(bundle);
    let orders = bundle.orders.iter().map(order).collect::<Vec<_>>();
    let found = &bundle.assessment.found;
    // What an older program has handed over has no assessment.
    out.entries("Found", if found.is_empty() { &orders } else { found });
    let policies: Vec<String> = bundle.policies.iter().map(policy).collect();
    out.entry("Policies", &policies.join("; "));
    let promises: Vec<String> = bundle
        .promises
        .iter()
        .map(|promise| {
            let kind = match promise.kind {
                PromiseKind::Confirmed => "confirmed",
                PromiseKind::Done => "done",
                PromiseKind::HandedOff => "told",
            };
            format!("{}, {kind}: {}", minute(promise.at_ms), promise.text)
        })
        .collect();
    out.entries("Promised", &promises);
    let calls: Vec<String> = bundle
        .calls
        .iter()
        .map(|call| format!("{} {}", call.tool, call.outcome))
        .collect();
    out.entry("Calls", &calls.join(", "));
    if let Some(action) = &bundle.proposed_action {
        out.action(action);
    }
    out.draft(&bundle.draft_reply);
    out.entry("Said", &format!("lines above: {}", bundle.transcript.len()));
    out.0
}

impl Bundle {
    fn assessment_wanted(&self) -> String {
        if self.assessment.wanted.is_empty() {
            self.summary.clone()
        } else {
            self.assessment.wanted.clone()
        }
    }
}

struct Page(String);

impl Page {
    fn line(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.0, "{text}");
    }

    /// A labelled line; nothing where there is nothing to say.
    fn entry(&mut self, label: &str, text: &str) {
        if !text.trim().is_empty() {
            let text = clipped(text);
            self.line(format_args!("  {label:<LABEL_CHARS$}{text}"));
        }
    }

    /// The same over several lines, of which the first has the label.
    fn entries(&mut self, label: &str, texts: &[String]) {
        for (at, text) in texts.iter().enumerate() {
            self.entry(if at == 0 { label } else { "" }, text);
        }
    }

    fn title(&mut self, bundle: &Bundle) {
        let (reason, urgency) = (
            bundle.reason.code().replace('_', " "),
            word(&bundle.urgency),
        );
        let made = minute(bundle.created_ms);
        self.line(format_args!(
            "Hand-off {} of {made}: {reason}, urgency {urgency}",
            bundle.id
        ));
        let terms: Vec<String> = bundle
            .priority
            .terms
            .iter()
            .map(|term| format!("{} {} ({})", word(&term.term), term.points, term.why))
            .collect();
        if !terms.is_empty() {
            let priority = format!("{} = {}", bundle.priority.points, terms.join(" + "));
            self.entry("Priority", &priority);
        }
    }

    fn people(&mut self, bundle: &Bundle) {
        match &bundle.customer {
            Some(one) => {
                let name = format!("{} {}", one.first_name, one.last_name);
                self.entry(
                    "Shopper",
                    &format!("{name}, {}; {}", one.email, bundle.identity),
                );
            }
            None => self.entry("Shopper", &bundle.identity),
        }
        if let Some(profile) = &bundle.profile {
            self.entry("", &known(profile));
            let earlier: Vec<String> = profile.conversations.iter().map(earlier).collect();
            let more = profile
                .conversations_in_all
                .saturating_sub(earlier.len() as u64);
            let more = if more > 0 {
                format!("; {more} more")
            } else {
                String::new()
            };
            if !earlier.is_empty() {
                self.entry("Before", &format!("{}{more}", earlier.join("; ")));
            }
        }
    }

    fn action(&mut self, action: &ProposedAction) {
        let title = if action.title.is_empty() {
            &action.tool
        } else {
            &action.title
        };
        self.entry("Decide", title);
        action.lines.iter().for_each(|line| self.entry("", line));
        self.entry("", &action.why);
        // Whole: it is meant to be run as it stands.
        let parts = action.parts.iter();
        let mut calls: Vec<_> = parts.map(|part| (&part.tool, &part.arguments)).collect();
        if calls.is_empty() {
            calls.push((&action.tool, &action.arguments));
        }
        for (tool, arguments) in calls {
            let call = format!("{tool} {}", compact(arguments));
            self.line(format_args!("  {:<LABEL_CHARS$}{call}", "Ready"));
        }
    }

    fn draft(&mut self, draft: &str) {
        let lines = draft.lines().filter(|line| !line.trim().is_empty());
        for (at, line) in lines.enumerate() {
            let label = if at == 0 { "Draft" } else { "" };
            self.line(format_args!("  {label:<LABEL_CHARS$}| {line}"));
        }
    }
}

fn known(profile: &CustomerProfile) -> String {
    let since = timestamp(profile.since_ms).strftime("%Y-%m-%d");
    let spent: Vec<String> = profile.spent.iter().map(ToString::to_string).collect();
    let spent = if spent.is_empty() {
        "nothing".to_owned()
    } else {
        spent.join(", ")
    };
    let (orders, returns) = (profile.orders, profile.returns);
    let segment = profile
        .segment
        .as_ref()
        .map(|segment| format!("; {}: {}", segment.name, segment.why));
    format!(
        "since {since}; orders {orders}, returns {returns}, spent {spent} net of returns{}",
        segment.unwrap_or_default()
    )
}

fn earlier(one: &EarlierConversation) -> String {
    let day = timestamp(one.started_ms).strftime("%Y-%m-%d");
    let reason = one.reason.map_or(String::new(), |reason| {
        format!(" ({})", reason.code().replace('_', " "))
    });
    format!("{day} {}{reason}", word(&one.status))
}

fn order(order: &Order) -> String {
    let lines = order.lines.len();
    format!(
        "Order {}: {}, {lines} lines, {}",
        order.number,
        order.status.words(),
        order.total
    )
}

fn policy(cited: &PolicyCited) -> String {
    let PolicyCited {
        policy,
        version,
        heading,
    } = cited;
    match heading {
        Some(heading) => format!("{policy} {version} \"{heading}\""),
        None => format!("{policy} {version} (its rules)"),
    }
}

/// UTC, as everywhere in `show`.
fn minute(ms: i64) -> impl std::fmt::Display {
    timestamp(ms).strftime("%Y-%m-%d %H:%M")
}

/// One line, of which only the beginning is shown when it is long; no sign of a terminal's own
/// language gets through from what a shopper wrote.
fn clipped(text: &str) -> String {
    let clean = text.split(|c: char| c.is_whitespace() || c.is_control());
    let words: Vec<&str> = clean.filter(|word| !word.is_empty()).collect();
    let line = words.join(" ");
    if line.chars().count() <= SHOW_LINE_CHARS_MAX {
        return line;
    }
    let kept = line.chars().take(SHOW_LINE_CHARS_MAX - 1);
    kept.chain(std::iter::once('…')).collect()
}
