//! One call through a chain: who is asked, what is tried again, and what is passed on.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use tokio::time::{Instant, timeout_at};
use tracing::{info, warn};

use super::breaker::{Change, Failure, Permit};
use super::{Inner, Link};
use crate::domain::event::Usage;
use crate::domain::limits;
use crate::model::{ModelError, ModelEvent, ModelRequest, Purpose, StopReason};

type Event = Result<ModelEvent, ModelError>;

pub(super) struct Call {
    chain: Arc<Inner>,
    request: ModelRequest,
    /// Who may still be asked, in order.
    route: VecDeque<Arc<Link>>,
    /// Nobody else could be asked when the call began: a failure before it is waited out.
    waits_first: bool,
    /// Tries of the one that is asked now.
    tries: u32,
    live: Option<Live>,
    /// Used by tries that failed.
    used: Usage,
    last_error: Option<(Arc<str>, ModelError)>,
    ready: VecDeque<Event>,
    over: bool,
}

/// A try that is under way.
struct Live {
    link: Arc<Link>,
    permit: Option<Permit>,
    stream: BoxStream<'static, Event>,
    /// `None` for a model that needs no network.
    deadlines: Option<Deadlines>,
    /// Something of an answer has been passed on.
    begun: bool,
    usage: Option<Usage>,
}

/// Its own; the turn's may come before them.
struct Deadlines {
    next: Instant,
    whole: Instant,
}

impl Deadlines {
    fn first(&self) -> Instant {
        self.next.min(self.whole)
    }
}

/// What comes after a try that failed.
enum Next {
    Again(Duration),
    Onward,
}

impl Call {
    pub(super) fn new(chain: Arc<Inner>, request: ModelRequest) -> Self {
        let (route, waits_first) = route(&chain, &request);
        Self {
            chain,
            request,
            route,
            waits_first,
            tries: 0,
            live: None,
            used: Usage::default(),
            last_error: None,
            ready: VecDeque::new(),
            over: false,
        }
    }

    pub(super) async fn next(mut self) -> Option<(Event, Self)> {
        if std::mem::take(&mut self.waits_first) {
            tokio::time::sleep(self.jittered(1)).await;
        }
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some((event, self));
            }
            match self.live.take() {
                Some(live) => self.listen(live).await,
                None if self.over => return None,
                None => self.begin(),
            }
        }
    }

    /// Asks the next one whose breaker lets it.
    fn begin(&mut self) {
        let Some(link) = self.route.pop_front() else {
            return self.give_up();
        };
        let permit = match &link.breaker {
            None => None,
            Some(breaker) => {
                let late = self.is_late(Instant::now());
                let now_ms = self.chain.clock.now_ms();
                let Some(permit) = breaker.admit(now_ms).filter(|_| !late) else {
                    self.tries = 0;
                    return;
                };
                Some(permit)
            }
        };
        self.tries += 1;
        let deadlines = link.breaker.as_ref().map(|_| self.deadlines());
        let request = match self.route.is_empty() && deadlines.is_none() {
            // Nobody else will need it.
            true => std::mem::take(&mut self.request),
            false => self.request.clone(),
        };
        self.live = Some(Live {
            stream: link.model.stream(request),
            link,
            permit,
            deadlines,
            begun: false,
            usage: None,
        });
    }

    fn deadlines(&self) -> Deadlines {
        let now = Instant::now();
        let settings = &self.chain.settings;
        Deadlines {
            next: now + settings.first_event,
            whole: now + settings.call,
        }
    }

    /// Is the turn's time over at a moment?
    fn is_late(&self, at: Instant) -> bool {
        self.request.until.is_some_and(|until| at >= until)
    }

    async fn listen(&mut self, mut live: Live) {
        let next = match &live.deadlines {
            Some(deadlines) => {
                let own = deadlines.first();
                let at = self.request.until.map_or(own, |until| own.min(until));
                timeout_at(at, live.stream.next()).await
            }
            None => Ok(live.stream.next().await),
        };
        match next {
            Ok(Some(Ok(event))) => self.pass_on(live, event).await,
            Ok(Some(Err(error))) => self.failed(live, error, false).await,
            Ok(None) => {
                let error = transient("the stream ended without an end");
                self.failed(live, error, false).await;
            }
            Err(_) => {
                let now = Instant::now();
                let own = live.deadlines.as_ref().map(Deadlines::first);
                if own.is_none_or(|own| now < own) {
                    // Others have used the time up: that is not this endpoint's failure.
                    live.permit = None;
                }
                let what = match live.begun {
                    true => "the answer stopped coming, or took too long",
                    false => "no answer came in time",
                };
                self.failed(live, transient(what), true).await;
            }
        }
    }

    async fn pass_on(&mut self, mut live: Live, event: ModelEvent) {
        if let Some(deadlines) = &mut live.deadlines {
            let silence = Instant::now() + self.chain.settings.silence;
            deadlines.next = silence;
        }
        match event {
            // Its own name is known, and an empty piece is no answer.
            ModelEvent::Model(_) => {}
            ModelEvent::Text(text) if text.is_empty() => {}
            ModelEvent::Usage(usage) => {
                let all = sum(self.used, usage);
                live.usage = Some(all);
                if live.begun {
                    self.ready.push_back(Ok(ModelEvent::Usage(all)));
                }
            }
            ModelEvent::End(stop) => return self.ended(live, stop).await,
            event @ (ModelEvent::Text(_) | ModelEvent::Call(_)) => {
                if !live.begun {
                    live.begun = true;
                    self.is_well(&mut live);
                    self.introduce(&live.link.name, live.usage);
                }
                self.ready.push_back(Ok(event));
            }
        }
        self.live = Some(live);
    }

    /// A whole answer. One that holds nothing is asked for again; whether it may stay empty is for
    /// the caller, who knows what was said before.
    async fn ended(&mut self, mut live: Live, stop: StopReason) {
        if live.begun {
            self.settle(&mut live, None, 1);
            self.ready.push_back(Ok(ModelEvent::End(stop)));
            self.over = true;
            return;
        }
        let is_empty = stop != StopReason::Filtered;
        let again = is_empty && self.tries < limits::MODEL_EMPTY_TRIES_MAX;
        if again && live.link.breaker.is_some() {
            let error = transient("the answer was empty");
            return self.failed(live, error, false).await;
        }
        let error = is_empty.then(|| transient("the answer was empty"));
        self.settle(&mut live, error.as_ref(), 1);
        self.introduce(&live.link.name, live.usage);
        self.ready.push_back(match self.request.purpose {
            Purpose::Answer => Ok(ModelEvent::End(stop)),
            Purpose::Summarise | Purpose::Judge => Err(ModelError::Permanent {
                detail: "it gave no answer".to_owned(),
            }),
        });
        self.over = true;
    }

    /// Who answers, and what was used so far: before anything else.
    fn introduce(&mut self, name: &Arc<str>, usage: Option<Usage>) {
        self.ready.push_back(Ok(ModelEvent::Model(name.clone())));
        let usage = usage.or((self.used != Usage::default()).then_some(self.used));
        self.ready
            .extend(usage.map(|usage| Ok(ModelEvent::Usage(usage))));
    }

    /// Takes a failed try into account, and waits when it is worth trying again.
    async fn failed(&mut self, mut live: Live, error: ModelError, hung: bool) {
        // A hang counts for the tries that it is not given.
        let weight = if hung {
            self.chain.settings.tries_per_endpoint
        } else {
            1
        };
        self.settle(&mut live, Some(&error), weight);
        let next = self.after(&live.link, &error, hung);
        let again = match (&next, live.begun) {
            (_, true) => "nothing: a part of the answer has left".to_owned(),
            (Next::Again(pause), _) => format!("again in {} ms", pause.as_millis()),
            (Next::Onward, _) => match self.route.front() {
                Some(link) => format!("ask {}", link.endpoint),
                None => "nothing: nobody else is left".to_owned(),
            },
        };
        warn!(
            endpoint = %live.link.endpoint,
            status = error.status().unwrap_or_default(),
            tries = self.tries,
            next = %again,
            "a try of the model failed"
        );
        if live.begun {
            self.ready.push_back(Err(error));
            self.over = true;
            return;
        }
        self.used = live.usage.unwrap_or(self.used);
        self.last_error = Some((live.link.name.clone(), error));
        let link = live.link.clone();
        // Ends its connection before anything is waited for.
        drop(live);
        match next {
            Next::Again(pause) => {
                tokio::time::sleep(pause).await;
                self.route.push_front(link);
            }
            Next::Onward => self.tries = 0,
        }
    }

    fn after(&self, link: &Link, error: &ModelError, hung: bool) -> Next {
        let ModelError::Transient { retry_after, .. } = error else {
            return Next::Onward;
        };
        let settings = &self.chain.settings;
        let others = !self.route.is_empty();
        // Who lets one wait that long once may do so again.
        if self.tries >= settings.tries_per_endpoint || (hung && others) {
            return Next::Onward;
        }
        let asked = retry_after.unwrap_or_default();
        let is_long = asked > settings.retry_after_wait;
        let pause = asked + self.jittered(self.tries);
        // What has just opened is not asked, unless nobody else is there and it said when to come.
        let rests = !link.is_closed() && !is_long;
        if rests || (is_long && others) || self.is_late(Instant::now() + pause) {
            return Next::Onward;
        }
        Next::Again(pause)
    }

    /// Full jitter: anything up to a pause that doubles, so that many who failed together do not
    /// come back together.
    fn jittered(&self, tries: u32) -> Duration {
        let settings = &self.chain.settings;
        let doubled = settings.pause.saturating_mul(1 << (tries - 1).min(16));
        let longest = doubled.min(settings.pause_max).as_millis() as u64;
        let drawn = u64::from_le_bytes(self.chain.random.bytes());
        Duration::from_millis(drawn % (longest + 1))
    }

    /// A probe that is being answered has found out what it was for; how the answer ends counts like
    /// any other call's.
    fn is_well(&self, live: &mut Live) {
        if live.permit.as_ref().is_some_and(Permit::is_probe) {
            self.settle(live, None, 1);
            let breaker = live.link.breaker.as_ref();
            live.permit = breaker.and_then(|breaker| breaker.admit(self.chain.clock.now_ms()));
        }
    }

    /// Tells the breaker how a try ended, and the operator when that changed it.
    fn settle(&self, live: &mut Live, error: Option<&ModelError>, weight: u32) {
        let Some(permit) = live.permit.take() else {
            return;
        };
        let now_ms = self.chain.clock.now_ms();
        let change = match error {
            None => permit.succeeded(now_ms),
            Some(error) if is_the_requests(error) => permit.answered(now_ms),
            Some(error) => {
                let rest = match error {
                    ModelError::Transient { retry_after, .. } => {
                        retry_after.filter(|asked| *asked > self.chain.settings.retry_after_wait)
                    }
                    ModelError::Permanent { .. } => None,
                };
                let error = error.described().into();
                let failure = Failure {
                    error,
                    weight,
                    rest,
                };
                permit.failed(now_ms, failure)
            }
        };
        let endpoint = &live.link.endpoint;
        match change {
            Change::Nothing => {}
            Change::Opened { rest } => {
                warn!(%endpoint, rest_s = rest.as_secs(), "the endpoint has failed too often and is not asked for a while");
            }
            Change::Closed => info!(%endpoint, "the endpoint answers again"),
        }
    }

    /// Nobody is left to ask.
    fn give_up(&mut self) {
        self.over = true;
        let (name, error) = self.last_error.take().unzip();
        if let Some(name) = name {
            self.introduce(&name, None);
        }
        self.ready.push_back(Err(error.unwrap_or_else(|| {
            match (self.request.purpose, self.request.spent) {
                (Purpose::Answer, false) => transient("no endpoint may be asked just now"),
                (Purpose::Answer, true) => permanent("the budget is used up"),
                _ => permanent("no model is named for this, or it may not be asked"),
            }
        })));
    }
}

/// Who may be asked for a request, and whether it is better to wait a moment before.
fn route(chain: &Inner, request: &ModelRequest) -> (VecDeque<Arc<Link>>, bool) {
    let only = |link: &Option<Arc<Link>>| (link.iter().cloned().collect(), false);
    match request.purpose {
        Purpose::Summarise | Purpose::Judge if request.spent => return only(&None),
        Purpose::Summarise => return only(&chain.summarise),
        Purpose::Judge => return only(&chain.judge),
        Purpose::Answer if request.spent => return only(&chain.last),
        Purpose::Answer => {}
    }
    let late = request.until.is_some_and(|until| Instant::now() >= until);
    let at_last = late || request.failures + 1 >= limits::MODEL_FAILURES_PER_TURN_MAX;
    if at_last && chain.last.is_some() {
        return only(&chain.last);
    }
    if late {
        return only(&None);
    }
    // Those who failed in this turn are not asked again, and it is not risked for a probe.
    let failed = request.failures as usize;
    let asked = chain
        .endpoints
        .iter()
        .skip(failed)
        .filter(|link| failed == 0 || link.is_closed());
    let mut route: VecDeque<_> = asked.chain(&chain.last).cloned().collect();
    if route.is_empty() {
        // Nobody else is there: whoever came last once more.
        let closed = |link: &&Arc<Link>| link.is_closed();
        let again = chain.endpoints.iter().rev().find(closed);
        route.extend(again.or(chain.endpoints.last()).cloned());
    }
    let alone = route.len() == 1 && route[0].breaker.is_some();
    (route, alone && request.failures > 0)
}

/// Was the request at fault and not the endpoint? 400 and 422 say it is malformed, 413 too large.
fn is_the_requests(error: &ModelError) -> bool {
    matches!(error.status(), Some(400 | 413 | 422))
}

fn transient(detail: &str) -> ModelError {
    ModelError::Transient {
        detail: detail.to_owned(),
        retry_after: None,
    }
}

fn permanent(detail: &str) -> ModelError {
    ModelError::Permanent {
        detail: detail.to_owned(),
    }
}

fn sum(a: Usage, b: Usage) -> Usage {
    Usage {
        input_tokens: a.input_tokens.saturating_add(b.input_tokens),
        cached_tokens: a.cached_tokens.saturating_add(b.cached_tokens),
        output_tokens: a.output_tokens.saturating_add(b.output_tokens),
    }
}
