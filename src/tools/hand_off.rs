//! `hand_off`: the assistant asks for a person. The tool returns only the typed wish and what the
//! shopper may expect; `agent/handoff.rs` builds the bundle and stores it.

use std::collections::HashMap;
use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answering::{self, Said};
use super::{HandOffRequest, ReadTool, ToolContext, ToolError, ToolOutput};
use crate::domain::bundle::HandOffReason;
use crate::domain::card::{Card, HandoffCard};
use crate::domain::limits::HAND_OFF_SUMMARY_CHARS_MAX;

static WORDS: LazyLock<HashMap<HandOffReason, String>> = LazyLock::new(|| {
    toml::from_str(include_str!("../../prompts/reply/hand_off.toml"))
        .expect("a test reads this file, which is part of the binary")
});

/// What the shopper is told when a conversation goes to a person for this reason.
pub fn words(reason: HandOffReason) -> &'static str {
    WORDS
        .get(&reason)
        .expect("a test finds words for every reason")
}

pub struct HandOff;

/// Arguments of `hand_off`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// Why a person is needed.
    reason: HandOffReason,
    /// What the shopper wants and what is known already, in one or two sentences for the person who takes over; at most 500 characters.
    summary: String,
}

#[derive(Serialize)]
struct Answer {
    passed_on: bool,
    words: String,
    /// Day and time from which people answer, while they do not.
    opens: Option<String>,
}

impl ReadTool for HandOff {
    const NAME: &'static str = "hand_off";
    type Args = Args;

    async fn call(&self, context: &ToolContext<'_>, args: Args) -> Result<ToolOutput, ToolError> {
        let hours = context.shop.terms.hours.as_ref();
        answer(args, answering::said(hours, context.clock.now_ms()))
    }
}

fn answer(args: Args, said: Said) -> Result<ToolOutput, ToolError> {
    let words = said.behind(words(args.reason));
    let content = serde_json::to_string(&Answer {
        passed_on: true,
        words: words.clone(),
        opens: said.opens,
    })
    .map_err(|error| ToolError::Failed(error.to_string()))?;
    Ok(ToolOutput {
        content,
        facts: said.facts,
        cards: vec![Card::Handoff(HandoffCard { words })],
        hand_off: Some(HandOffRequest {
            reason: args.reason,
            summary: one_line(&args.summary),
        }),
        ..ToolOutput::default()
    })
}

/// A summary that is too long is cut, not refused: asking for a person must not fail over words,
/// and the bundle has the transcript.
fn one_line(summary: &str) -> String {
    let spaced: Vec<&str> = summary.split_whitespace().collect();
    let line = spaced.join(" ");
    if line.chars().count() <= HAND_OFF_SUMMARY_CHARS_MAX {
        return line;
    }
    let kept = line.chars().take(HAND_OFF_SUMMARY_CHARS_MAX - 1);
    kept.chain(std::iter::once('…')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const REASONS: [HandOffReason; 8] = [
        HandOffReason::ShopperAsked,
        HandOffReason::OutOfScope,
        HandOffReason::Complaint,
        HandOffReason::NeedsApproval,
        HandOffReason::Unsupported,
        HandOffReason::LimitReached,
        HandOffReason::Failure,
        HandOffReason::Draft,
    ];

    /// The reason's own words hold at any hour: a time is named behind them, and only as computed.
    #[test]
    fn every_reason_has_words_that_say_who_answers_where_and_promise_no_time() {
        for reason in REASONS {
            let words = words(reason);
            assert!(
                words.contains("a person") || words.contains("A person"),
                "{words}"
            );
            assert!(words.contains("answer you here"), "{words}");
            let lower = words.to_lowercase();
            for time in [
                "minute", "hour", "today", "tomorrow", "soon", "shortly", "moment",
            ] {
                assert!(!lower.contains(time), "{words}");
            }
        }
        assert_eq!(WORDS.len(), REASONS.len(), "the file has a reason too many");
    }

    #[test]
    fn the_wish_the_words_and_the_card_say_the_same() {
        let said = Said {
            words: "The next time is today, from 09:00.".into(),
            opens: Some("Wednesday 25 November 2026, 09:00".into()),
            facts: Vec::new(),
        };
        let args = Args {
            reason: HandOffReason::Complaint,
            summary: "  The jacket\nleaks. ".into(),
        };
        let output = answer(args, said).expect("it cannot fail");
        let told = format!(
            "{} The next time is today, from 09:00.",
            words(HandOffReason::Complaint)
        );
        let content: serde_json::Value = serde_json::from_str(&output.content).expect("JSON");
        assert_eq!(content["passed_on"], true);
        assert_eq!(content["words"], told);
        assert_eq!(content["opens"], "Wednesday 25 November 2026, 09:00");
        assert_eq!(
            output.hand_off,
            Some(HandOffRequest {
                reason: HandOffReason::Complaint,
                summary: "The jacket leaks.".into(),
            })
        );
        assert!(!output.tainted);
        let [Card::Handoff(card)] = &output.cards[..] else {
            panic!("one hand-off card, not {:?}", output.cards);
        };
        assert_eq!(card.words, told);
    }

    #[test]
    fn a_summary_of_any_length_is_cut_at_a_character() {
        for (long, kept) in [
            ("é".repeat(500), 500),
            ("é".repeat(9_000), 500),
            (String::new(), 0),
        ] {
            let line = one_line(&long);
            assert_eq!(line.chars().count(), kept);
            assert_eq!(line.ends_with('…'), long.chars().count() > 500);
        }
    }
}
