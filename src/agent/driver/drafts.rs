//! Channels on which the assistant prepares and people act: calls are parked, answers are drafts in the
//! bundle of a hand-off, and the shopper is told that a person answers.

use super::Run;
use super::parts::Prepared;
use super::replies::handed_off;
use crate::domain::autonomy::Level;
use crate::domain::bundle::HandOffReason;
use crate::domain::event::{EventBody, Replied, Words};
use crate::store::StoreError;
use crate::tools::manifest::{Effect, Manifest};
use crate::tools::registry::Tool;
use crate::tools::{HandOffRequest, ToolOutput, answering, hand_off};

impl Run<'_> {
    /// Are this conversation's answers drafts?
    pub(super) fn drafts(&self) -> bool {
        self.parts.autonomy.answer(self.session.channel) == Level::Draft
    }

    /// A tool by its name, unless this channel has none of it.
    pub(super) fn offered(&self, name: &str) -> Option<&Tool> {
        let tool = self.parts.tools.get(name)?;
        (self.level(&tool.manifest) != Level::Off).then_some(tool)
    }

    /// Does a person decide about what this tool does, whatever the amount?
    pub(super) fn is_held(&self, manifest: &Manifest) -> bool {
        self.level(manifest) == Level::Draft
    }

    /// Does a person decide about one of these, whatever the amount?
    pub(super) fn is_drafted(&self, prepared: &[Prepared<'_>]) -> bool {
        let held = |one: &Prepared<'_>| {
            let tool = self.parts.tools.get(&one.tool);
            tool.is_some_and(|tool| self.is_held(&tool.manifest))
        };
        prepared.iter().any(held)
    }

    fn level(&self, manifest: &Manifest) -> Level {
        match manifest.effect {
            Effect::Read => Level::Auto,
            Effect::Write | Effect::Money => {
                let channel = self.session.channel;
                self.parts.autonomy.of(channel, &manifest.name)
            }
        }
    }

    /// In place of what a tool would do unasked: a person does it.
    pub(super) fn left_to_a_person(&self) -> ToolOutput {
        ToolOutput {
            content: self.gate_words("by_a_person", serde_json::json!({})),
            hand_off: Some(HandOffRequest {
                reason: HandOffReason::Draft,
                summary: String::new(),
            }),
            ..ToolOutput::default()
        }
    }

    /// Says what was done or closed. Where answers are drafts that is a message of its own: code's
    /// words on what was decided are sent, and a model's are not.
    pub(super) async fn tell_and_go_on(&mut self) -> Result<(), StoreError> {
        self.tell();
        if !self.drafts() {
            return Ok(());
        }
        let answered = self.session.turn.answered_through();
        self.end_turn(None, answered).await
    }

    /// Ends a turn whose answer is a draft: it goes into a bundle, and the shopper is told that a
    /// person answers.
    pub(super) async fn draft(&mut self, give_up: Option<HandOffReason>) -> Result<(), StoreError> {
        let turn = &self.session.turn;
        // A decision about what is parked does not send the draft.
        let asked = turn.hand_off();
        let asked = asked.filter(|reason| *reason != HandOffReason::NeedsApproval);
        let reason = give_up.or(asked).unwrap_or(HandOffReason::Draft);
        let through = turn.through();
        let drafted = turn.released().trim().to_owned();
        let hours = self.parts.shop.terms.hours.as_ref();
        let text =
            answering::said(hours, self.now_ms()).behind(hand_off::words(HandOffReason::Draft));
        let mut bundle = self.bundle(reason, Some(&text)).await?;
        if give_up.is_none() && !drafted.is_empty() {
            bundle.draft_reply = drafted;
        }
        let replied = EventBody::Replied(Replied {
            message: self.session.message(),
            through,
            private: Some(Words { text }),
        });
        let events = vec![replied, handed_off(&bundle)];
        self.restarts = 0;
        self.model_until = None;
        self.append(events, |append| {
            append.bundle = Some(bundle);
            append.release = true;
        })
        .await
    }
}
