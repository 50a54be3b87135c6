//! A model made of models: endpoints in the order in which they are asked, the built-in model behind
//! them. A call that fails is tried again, and then the next one is asked, for as long as nothing of
//! an answer has been passed on; after that the caller decides.
//!
//! Design: each endpoint has a circuit breaker, so that one that is down costs nobody's time. A probe
//! is a shopper's own call, not a made-up one: what it costs is bounded by the deadline for a first
//! event, and the shopper has the next endpoint's answer after it.

mod breaker;
mod call;

pub use breaker::BreakerRules;

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};

use self::breaker::Breaker;
use self::call::Call;
use super::{EndpointHealth, Model, ModelError, ModelEvent, ModelRequest, Purpose};
use crate::clock::Clock;
use crate::domain::ids::Random;
use crate::domain::limits;

/// How patient a chain is.
#[derive(Clone, Copy, Debug)]
pub struct ChainSettings {
    /// From a call to its first text, or to its end when it only calls tools.
    pub first_event: Duration,
    /// Between two events of an answer.
    pub silence: Duration,
    /// One try, from the request to the end of its stream.
    pub call: Duration,
    pub tries_per_endpoint: u32,
    /// The longest pause before the first repetition; it doubles with each one.
    pub pause: Duration,
    pub pause_max: Duration,
    /// The longest `Retry-After` that is waited for while somebody else could be asked.
    pub retry_after_wait: Duration,
    pub breaker: BreakerRules,
}

impl ChainSettings {
    /// What `domain/limits.rs` says.
    pub fn standard() -> Self {
        Self {
            first_event: limits::MODEL_FIRST_EVENT_TIMEOUT,
            silence: limits::MODEL_SILENCE_TIMEOUT,
            call: limits::MODEL_CALL_TIMEOUT,
            tries_per_endpoint: limits::MODEL_TRIES_PER_ENDPOINT_MAX,
            pause: limits::MODEL_RETRY_PAUSE,
            pause_max: limits::MODEL_RETRY_PAUSE_MAX,
            retry_after_wait: limits::MODEL_RETRY_AFTER_WAIT_MAX,
            breaker: BreakerRules {
                failures_in_a_row_max: limits::BREAKER_FAILURES_IN_A_ROW_MAX,
                failed_percent_max: limits::BREAKER_FAILED_PERCENT_MAX,
                calls_min: limits::BREAKER_CALLS_MIN,
                window: limits::BREAKER_WINDOW,
                rest: limits::BREAKER_REST,
                rest_max: limits::BREAKER_REST_MAX,
            },
        }
    }
}

/// An endpoint's model and what the operator knows it by: no part of a key or a path.
pub struct Named {
    pub endpoint: String,
    pub model: Arc<dyn Model>,
}

/// What a chain is made of.
pub struct ChainParts {
    /// In the order in which they are asked.
    pub endpoints: Vec<Named>,
    /// Answers when none of them does; it needs no network and does not fail.
    pub last: Option<Arc<dyn Model>>,
    /// For summaries and for verdicts: asked alone, nobody stands in for them.
    pub summarise: Option<Named>,
    pub judge: Option<Named>,
    pub settings: ChainSettings,
    pub clock: Clock,
    pub random: Random,
}

/// Cloned freely; all clones share the breakers.
#[derive(Clone)]
pub struct Chain(Arc<Inner>);

struct Inner {
    endpoints: Vec<Arc<Link>>,
    last: Option<Arc<Link>>,
    summarise: Option<Arc<Link>>,
    judge: Option<Arc<Link>>,
    settings: ChainSettings,
    clock: Clock,
    random: Random,
    name: String,
}

/// One model of a chain.
struct Link {
    endpoint: Arc<str>,
    name: Arc<str>,
    model: Arc<dyn Model>,
    /// `None`: it is in the process and always there.
    breaker: Option<Arc<Breaker>>,
}

impl Link {
    fn new(named: Named, settings: &ChainSettings) -> Arc<Self> {
        Arc::new(Self {
            endpoint: named.endpoint.into(),
            name: named.model.name().into(),
            model: named.model,
            breaker: Some(Breaker::new(settings.breaker)),
        })
    }

    fn last(model: Arc<dyn Model>) -> Arc<Self> {
        Arc::new(Self {
            endpoint: model.name().into(),
            name: model.name().into(),
            model,
            breaker: None,
        })
    }

    fn is_closed(&self) -> bool {
        self.breaker
            .as_ref()
            .is_none_or(|breaker| breaker.is_closed())
    }
}

impl Chain {
    pub fn new(parts: ChainParts) -> Self {
        let settings = parts.settings;
        let link = |named| Link::new(named, &settings);
        let endpoints: Vec<_> = parts.endpoints.into_iter().map(link).collect();
        let last = parts.last.map(Link::last);
        let first = endpoints.first().or(last.as_ref());
        Self(Arc::new(Inner {
            name: first.map_or("none", |link| &link.name).to_owned(),
            endpoints,
            last,
            summarise: parts.summarise.map(link),
            judge: parts.judge.map(link),
            settings,
            clock: parts.clock,
            random: parts.random,
        }))
    }
}

impl Model for Chain {
    fn name(&self) -> &str {
        &self.0.name
    }

    fn serves(&self, purpose: Purpose) -> bool {
        match purpose {
            Purpose::Answer => true,
            Purpose::Summarise => self.0.summarise.is_some(),
            Purpose::Judge => self.0.judge.is_some(),
        }
    }

    fn health(&self) -> Vec<EndpointHealth> {
        let inner = &self.0;
        let own = inner.summarise.iter().chain(&inner.judge);
        let all = inner.endpoints.iter().chain(own);
        all.filter_map(|link| {
            let (state, failures_in_a_row, last_error) = link.breaker.as_ref()?.health();
            Some(EndpointHealth {
                endpoint: link.endpoint.clone(),
                state,
                failures_in_a_row,
                last_error,
            })
        })
        .collect()
    }

    fn stream(&self, request: ModelRequest) -> BoxStream<'static, Result<ModelEvent, ModelError>> {
        stream::unfold(Call::new(self.0.clone(), request), Call::next).boxed()
    }
}
