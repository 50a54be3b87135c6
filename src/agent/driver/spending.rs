//! What model calls use up: settled when a call ends, weighed before the next.

use tracing::warn;

use super::Run;
use super::speaking::Answer;
use crate::agent::budget::estimated;
use crate::domain::budget::{Budget, FREE_MODEL};
use crate::domain::event::{EventBody, Usage};
use crate::store::StoreError;

impl Run<'_> {
    /// The budget of which nothing is left: the turn's, the conversation's or the day's.
    pub(super) async fn used_up(&self) -> Result<Option<Budget>, StoreError> {
        let meter = &self.assistant.meter;
        match self.session.spent.used_up(&meter.budgets) {
            Some(budget) => Ok(Some(budget)),
            None => meter.day_used_up(&self.parts.store, self.now_ms()).await,
        }
    }

    /// The same by what is known here.
    pub(super) fn is_used_up(&self) -> Option<Budget> {
        let meter = &self.assistant.meter;
        let spent = self.session.spent.used_up(&meter.budgets);
        spent.or_else(|| meter.day_is_used_up(self.now_ms()))
    }

    /// Settles what a call has used, and counts it for the day. What an endpoint does not tell is
    /// estimated, unless it has refused the call before it gave anything.
    pub(super) fn settle(&self, answer: &mut Answer, failed: bool) {
        let model = self.answerer(answer);
        if model != FREE_MODEL && !(answer.refused && answer.usage.is_nothing()) {
            let asked = answer.asked_bytes + self.assistant.tools_bytes;
            answer.usage = estimated(answer.usage, asked, answer.bytes);
        }
        // Where nobody is left who costs nothing, nobody was asked.
        if !(answer.spent && answer.refused) {
            let meter = &self.assistant.meter;
            meter.count(self.now_ms(), &model, answer.usage, failed);
        }
    }

    /// What an event says of a call's use: its own, and that of calls broken off before it. The
    /// built-in model's is nobody's cost, so theirs waits for another.
    pub(super) fn usage_to_note(&mut self, model: &str, usage: Usage) -> Usage {
        if model == FREE_MODEL {
            return usage;
        }
        usage.plus(std::mem::take(&mut self.unnoted))
    }

    /// Notes the end of a call. The operator is told once a conversation of each budget that it uses
    /// up.
    pub(super) fn note_call(&mut self, body: EventBody) {
        let before = self.session.spent.reached().len();
        self.note(body);
        for budget in &self.session.spent.reached()[before..] {
            let budget = budget.key();
            warn!(%budget, "a budget is used up: only the built-in model is asked");
        }
    }
}
