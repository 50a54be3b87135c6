//! What models have used up, as their answers say it, and what that costs.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use serde::Serialize;

use crate::config::Price;
use crate::domain::event::Usage;
use crate::model::{Model, ModelError, ModelEvent, ModelRequest};

/// Tokens of some calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Spent {
    pub calls: u64,
    /// Calls that ended in an error of the endpoint.
    pub failed_calls: u64,
    pub input_tokens: u64,
    pub cached_tokens: u64,
    pub output_tokens: u64,
}

impl Spent {
    pub fn add(&mut self, other: Self) {
        self.calls += other.calls;
        self.failed_calls += other.failed_calls;
        self.input_tokens += other.input_tokens;
        self.cached_tokens += other.cached_tokens;
        self.output_tokens += other.output_tokens;
    }

    pub fn use_up(&mut self, usage: Usage) {
        let usage = usage.believed();
        self.input_tokens = self.input_tokens.saturating_add(usage.input_tokens);
        self.cached_tokens = self.cached_tokens.saturating_add(usage.cached_tokens);
        self.output_tokens = self.output_tokens.saturating_add(usage.output_tokens);
    }

    /// In millionths of the main unit of the currency in which the price is.
    pub fn micros(&self, price: &Price) -> u64 {
        let part = |tokens: u64, micros: u64| u128::from(tokens) * u128::from(micros);
        let fresh = self.input_tokens.saturating_sub(self.cached_tokens);
        let all = part(fresh, price.input_micros)
            + part(self.cached_tokens, price.cached_micros)
            + part(self.output_tokens, price.output_micros);
        u64::try_from(all / 1_000_000).unwrap_or(u64::MAX)
    }
}

/// A model whose calls are counted.
pub struct Counted {
    model: Arc<dyn Model>,
    kept: Arc<Mutex<Kept>>,
}

#[derive(Default)]
struct Kept {
    spent: Spent,
    /// What the last call that failed said.
    error: Option<String>,
}

impl Counted {
    pub fn new(model: Arc<dyn Model>) -> Self {
        let kept = Arc::default();
        Self { model, kept }
    }

    pub fn spent(&self) -> Spent {
        lock(&self.kept).spent
    }

    /// What the endpoint said when it failed last.
    pub fn error(&self) -> Option<String> {
        lock(&self.kept).error.clone()
    }
}

impl Model for Counted {
    fn name(&self) -> &str {
        self.model.name()
    }

    fn stream(&self, request: ModelRequest) -> BoxStream<'static, Result<ModelEvent, ModelError>> {
        let kept = self.kept.clone();
        lock(&kept).spent.calls += 1;
        let events = self.model.stream(request);
        events
            .inspect(move |event| {
                let mut kept = lock(&kept);
                match event {
                    Ok(ModelEvent::Usage(usage)) => kept.spent.use_up(*usage),
                    Err(error) => {
                        kept.spent.failed_calls += 1;
                        kept.error = Some(error.to_string());
                    }
                    Ok(_) => {}
                }
            })
            .boxed()
    }
}

fn lock(kept: &Mutex<Kept>) -> MutexGuard<'_, Kept> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_in_the_cache_costs_what_the_cache_costs() {
        let price = Price {
            input_micros: 2_000_000,
            cached_micros: 500_000,
            output_micros: 8_000_000,
        };
        let spent = Spent {
            input_tokens: 1_000,
            cached_tokens: 400,
            output_tokens: 100,
            ..Spent::default()
        };
        // 600 at 2, 400 at 0.5 and 100 at 8, each a million.
        assert_eq!(spent.micros(&price), 1_200 + 200 + 800);
        assert_eq!(Spent::default().micros(&price), 0);
    }
}
