//! What the models of this process use up, counted against the day's budgets and on its way to the
//! store. Turns and conversations are folds of the log (`domain::budget::Spent`); a day is the sum
//! over all processes, which is read from the store every few seconds and otherwise kept here.
//!
//! A budget is looked at before a call and never in one: what a call that was begun costs may go
//! beyond it. Calls that run at once in several conversations may each do so.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use tracing::warn;

use crate::clock;
use crate::domain::budget::{Budget, Budgets, FREE_MODEL, Span, Used};
use crate::domain::event::Usage;
use crate::domain::limits::DAY_USAGE_REFRESH;
use crate::model::{Message, ModelRequest, ToolSpec};
use crate::store::usage::DayUsage;
use crate::store::{Store, StoreError};

/// Counts for one process.
pub struct Meter {
    pub budgets: Arc<Budgets>,
    /// Days are those where the shop is.
    zone: TimeZone,
    counts: Mutex<Counts>,
}

#[derive(Default)]
struct Counts {
    /// Used up and in no append yet.
    waiting: BTreeMap<(Date, String), DayUsage>,
    today: Today,
}

/// The day's sum is `stored`, without what of ours is in it, and all of ours.
#[derive(Default)]
struct Today {
    date: Option<Date>,
    /// The store's sum when it was read last, and when that was.
    stored: Used,
    read_at_ms: Option<i64>,
    /// Ours on that date: all of it; what has gone to the store; what had when it was read.
    used: Used,
    sent: Used,
    sent_when_read: Used,
    told: Vec<Budget>,
}

impl Meter {
    pub fn new(budgets: Budgets, zone: TimeZone) -> Self {
        Self {
            budgets: Arc::new(budgets),
            zone,
            counts: Mutex::default(),
        }
    }

    /// Counts one call.
    pub fn count(&self, now_ms: i64, model: &str, usage: Usage, failed: bool) {
        if model == FREE_MODEL {
            return;
        }
        let cost = self.budgets.cost(model, usage);
        let mut counts = self.counts();
        let day = counts.today.begin(clock::day(now_ms, &self.zone));
        counts.today.used = counts.today.used.plus(cost);
        let row = counts
            .waiting
            .entry((day, model.to_owned()))
            .or_insert_with(|| DayUsage {
                day,
                model: model.to_owned(),
                calls: 0,
                failed: 0,
                usage: Usage::default(),
                micros: 0,
            });
        row.calls += 1;
        row.failed += u64::from(failed);
        row.usage = row.usage.plus(usage.believed());
        row.micros = row.micros.saturating_add(cost.micros);
    }

    /// What an append takes along; it counts as sent, because an append that was queued is carried
    /// out even when its run has ended.
    pub fn take(&self) -> Vec<DayUsage> {
        let mut counts = self.counts();
        let taken: Vec<DayUsage> = std::mem::take(&mut counts.waiting).into_values().collect();
        let ours = counts.today.of_today(&taken);
        counts.today.sent = counts.today.sent.plus(ours);
        taken
    }

    /// The append failed: the next one takes it along.
    pub fn give_back(&self, taken: Vec<DayUsage>) {
        let mut counts = self.counts();
        let ours = counts.today.of_today(&taken);
        counts.today.sent = counts.today.sent.minus(ours);
        for row in taken {
            let key = (row.day, row.model.clone());
            let Some(waiting) = counts.waiting.get_mut(&key) else {
                counts.waiting.insert(key, row);
                continue;
            };
            waiting.calls += row.calls;
            waiting.failed += row.failed;
            waiting.usage = waiting.usage.plus(row.usage);
            waiting.micros = waiting.micros.saturating_add(row.micros);
        }
    }

    /// The day's budget of which nothing is left, by a sum that is at most `DAY_USAGE_REFRESH` old.
    /// The operator is told once a day.
    pub async fn day_used_up(
        &self,
        store: &Store,
        now_ms: i64,
    ) -> Result<Option<Budget>, StoreError> {
        if !self.budgets.limits(Span::Day) {
            return Ok(None);
        }
        let today = clock::day(now_ms, &self.zone);
        let must_read = self.counts().today.must_read(today, now_ms);
        if let Some(sent) = must_read {
            let rows = store.usage_since(today).await?;
            let of_today = rows.iter().filter(|row| row.day == today);
            let stored = of_today.fold(Used::default(), |sum, row| sum.plus(row.used()));
            self.counts().today.read(today, now_ms, stored, sent);
        }
        let budget = self.day_is_used_up(now_ms);
        let mut counts = self.counts();
        if let Some(budget) = budget.filter(|budget| !counts.today.told.contains(budget)) {
            counts.today.told.push(budget);
            let budget = budget.key();
            warn!(%budget, %today, "a budget of the day is used up: only the built-in model answers");
        }
        Ok(budget)
    }

    /// The same by what is known here.
    pub fn day_is_used_up(&self, now_ms: i64) -> Option<Budget> {
        let mut counts = self.counts();
        counts.today.begin(clock::day(now_ms, &self.zone));
        self.budgets.used_up(Span::Day, counts.today.sum())
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Today {
    /// Another date begins with nothing of ours and an unknown sum.
    fn begin(&mut self, date: Date) -> Date {
        if self.date != Some(date) {
            *self = Self {
                date: Some(date),
                ..Self::default()
            };
        }
        date
    }

    fn of_today(&self, rows: &[DayUsage]) -> Used {
        let ours = rows.iter().filter(|row| Some(row.day) == self.date);
        ours.fold(Used::default(), |sum, row| sum.plus(row.used()))
    }

    fn sum(&self) -> Used {
        self.stored.plus(self.used.minus(self.sent_when_read))
    }

    /// What of ours has gone to the store, when its sum has to be read. Whoever else asks while it is
    /// read again goes on with the older sum.
    fn must_read(&mut self, date: Date, now_ms: i64) -> Option<Used> {
        self.begin(date);
        let refresh_ms = i64::try_from(DAY_USAGE_REFRESH.as_millis()).unwrap_or(i64::MAX);
        if let Some(at_ms) = self.read_at_ms {
            if (0..refresh_ms).contains(&(now_ms - at_ms)) {
                return None;
            }
            self.read_at_ms = Some(now_ms);
        }
        Some(self.sent)
    }

    fn read(&mut self, date: Date, now_ms: i64, stored: Used, sent: Used) {
        if self.date == Some(date) {
            self.stored = stored;
            self.sent_when_read = sent;
            self.read_at_ms = Some(now_ms);
        }
    }
}

/// What a call has used, where the endpoint does not say it: from the bytes, so that a budget cannot
/// be walked around.
pub fn estimated(said: Usage, asked_bytes: usize, answer_bytes: usize) -> Usage {
    let tokens = |bytes: usize| bytes.div_ceil(BYTES_PER_TOKEN_MIN) as u64;
    let or = |said: u64, bytes: usize| if said == 0 { tokens(bytes) } else { said };
    Usage {
        input_tokens: or(said.input_tokens, asked_bytes),
        cached_tokens: said.cached_tokens,
        output_tokens: or(said.output_tokens, answer_bytes),
    }
}

/// Ordinary text has about 4 bytes a token, JSON 3, other scripts 2 to 4: the estimate is on the
/// safe side.
const BYTES_PER_TOKEN_MIN: usize = 2;

/// Bytes of the messages of a request; the tools are the same for all.
pub fn bytes_asked(request: &ModelRequest) -> usize {
    let bytes = |message: &Message| match message {
        Message::System(text) | Message::Context(text) | Message::User(text) => text.len(),
        Message::ToolResult { content, .. } => content.len(),
        Message::Assistant { text, calls } => {
            let calls = calls.iter();
            let calls = calls.map(|call| call.tool.len() + call.arguments.len());
            text.len() + calls.sum::<usize>()
        }
    };
    request.messages.iter().map(bytes).sum()
}

/// Bytes of what a model is told of its tools.
pub fn bytes_of_tools(tools: &[ToolSpec]) -> usize {
    let bytes = |tool: &ToolSpec| tool.description.len() + tool.parameters.to_string().len();
    tools.iter().map(bytes).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY_MS: i64 = 86_400_000;

    fn meter(tokens_per_day: u64) -> Meter {
        let budgets = Budgets {
            tokens_per_day: Some(tokens_per_day),
            ..Budgets::default()
        };
        Meter::new(budgets, TimeZone::UTC)
    }

    fn usage(tokens: u64) -> Usage {
        Usage {
            input_tokens: tokens,
            ..Usage::default()
        }
    }

    /// Ours counts once, whether it waits, is on its way, has come back, or is in the store's sum.
    #[test]
    fn what_is_ours_counts_once() {
        let meter = meter(100);
        let day = clock::day(0, &TimeZone::UTC);
        let sum = || meter.counts().today.sum().tokens;
        meter.count(0, "m", usage(30), false);
        meter.count(0, FREE_MODEL, usage(30), false);
        assert_eq!(sum(), 30);
        let taken = meter.take();
        assert!(meter.take().is_empty());
        assert_eq!(sum(), 30);
        meter.count(0, "m", usage(5), true);
        meter.give_back(taken);
        let taken = meter.take();
        assert_eq!((taken[0].calls, taken[0].failed), (2, 1));
        assert_eq!(sum(), 35);
        // Another process has used 50: the store has 85.
        let sent = meter.counts().today.must_read(day, 0).unwrap();
        let stored = Used {
            tokens: 85,
            micros: 0,
        };
        meter.counts().today.read(day, 0, stored, sent);
        assert_eq!(sum(), 85);
        meter.count(0, "m", usage(15), false);
        assert_eq!(meter.day_is_used_up(0), Some(Budget::TokensPerDay));
        assert_eq!(meter.day_is_used_up(DAY_MS), None, "a new day");
        meter.count(DAY_MS, "m", usage(1), false);
        assert_eq!(sum(), 1);
        let days: Vec<Date> = meter.take().iter().map(|row| row.day).collect();
        assert_eq!(days, [day, day.tomorrow().unwrap()]);
    }

    #[test]
    fn the_store_is_read_every_few_seconds_and_not_for_each_call() {
        let meter = meter(1);
        let day = clock::day(0, &TimeZone::UTC);
        let reads = |now_ms| {
            let sent = meter.counts().today.must_read(day, now_ms);
            if let Some(sent) = sent {
                let none = Used::default();
                meter.counts().today.read(day, now_ms, none, sent);
            }
            sent.is_some()
        };
        assert_eq!(
            [0, 0, 4_999, 5_000, 5_001, 10_000].map(reads),
            [true, false, false, true, false, true]
        );
        assert!(reads(3_000), "a clock that was set back");
    }

    #[test]
    fn what_nobody_says_is_estimated() {
        let said = Usage {
            output_tokens: 7,
            ..Usage::default()
        };
        assert_eq!(estimated(said, 11, 100).input_tokens, 6);
        assert_eq!(estimated(said, 11, 100).output_tokens, 7);
        assert_eq!(estimated(Usage::default(), 0, 1).output_tokens, 1);
    }
}
