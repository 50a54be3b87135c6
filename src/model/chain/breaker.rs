//! A circuit breaker: whether one endpoint may be asked. Closed, it may; after too many failures it is
//! open and nobody asks for a while; then one call at a time finds out whether it is well again.
//! No I/O and no clock: times are arguments, in milliseconds.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::model::EndpointState;

/// When it opens, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct BreakerRules {
    /// So many failures with no success between; enough that a busy endpoint which fails one call in
    /// five does not come to them by chance.
    pub failures_in_a_row_max: u32,
    /// Or this share of the calls of a while, when there were enough to say.
    pub failed_percent_max: u32,
    pub calls_min: u32,
    pub window: Duration,
    /// The first time; it doubles with every probe that fails.
    pub rest: Duration,
    pub rest_max: Duration,
}

/// One endpoint's. Many callers share it; the lock is held for a few instructions.
#[derive(Debug)]
pub struct Breaker {
    rules: BreakerRules,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    gate: Gate,
    in_a_row: u32,
    window: Window,
    /// How often it has opened since it was last well.
    opened: u32,
    last_error: Option<Arc<str>>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Gate {
    #[default]
    Closed,
    Open {
        until_ms: i64,
    },
    HalfOpen {
        probing: bool,
    },
}

/// What went wrong with one try.
#[derive(Clone, Debug)]
pub struct Failure {
    pub error: Arc<str>,
    /// As how many failures in a row it counts.
    pub weight: u32,
    /// How long the endpoint itself asked not to be asked.
    pub rest: Option<Duration>,
}

/// What an outcome did to the breaker, for the log.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Change {
    Nothing,
    Opened { rest: Duration },
    Closed,
}

/// Leave to ask once. Dropped without an outcome it was no failure, and a probe's place is free.
#[derive(Debug)]
pub struct Permit {
    breaker: Arc<Breaker>,
    probe: bool,
    settled: bool,
}

impl Breaker {
    pub fn new(rules: BreakerRules) -> Arc<Self> {
        Arc::new(Self {
            rules,
            state: Mutex::default(),
        })
    }

    pub fn is_closed(&self) -> bool {
        self.lock().gate == Gate::Closed
    }

    /// May one call be made now? Of many who ask while it is half-open, one may.
    pub fn admit(self: &Arc<Self>, now_ms: i64) -> Option<Permit> {
        let mut state = self.lock();
        let probe = match state.gate {
            Gate::Closed => false,
            Gate::HalfOpen { probing: true } => return None,
            Gate::HalfOpen { probing: false } => true,
            Gate::Open { until_ms } if self.rests(now_ms, until_ms) => return None,
            Gate::Open { .. } => true,
        };
        if probe {
            state.gate = Gate::HalfOpen { probing: true };
        }
        Some(Permit {
            breaker: self.clone(),
            probe,
            settled: false,
        })
    }

    /// A clock that was set back does not make the rest longer than it may be.
    fn rests(&self, now_ms: i64, until_ms: i64) -> bool {
        now_ms < until_ms && until_ms - now_ms <= ms(self.rules.rest_max)
    }

    /// State, failures in a row, newest error.
    pub fn health(&self) -> (EndpointState, u32, Option<Arc<str>>) {
        let state = self.lock();
        let shown = match state.gate {
            Gate::Closed => EndpointState::Closed,
            Gate::Open { .. } => EndpointState::Open,
            Gate::HalfOpen { .. } => EndpointState::HalfOpen,
        };
        (shown, state.in_a_row, state.last_error.clone())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit {
    pub fn is_probe(&self) -> bool {
        self.probe
    }

    /// The endpoint gave a whole answer.
    pub fn succeeded(mut self, now_ms: i64) -> Change {
        self.settled = true;
        let rules = self.breaker.rules;
        let mut state = self.breaker.lock();
        if self.probe {
            *state = State::default();
            return Change::Closed;
        }
        if state.gate == Gate::Closed {
            state.in_a_row = 0;
            state.window.count(now_ms, rules.window, false);
        }
        Change::Nothing
    }

    /// It answered, and what was wrong was the request: it is there, which is all a probe asks.
    pub fn answered(self, now_ms: i64) -> Change {
        if self.probe {
            self.succeeded(now_ms)
        } else {
            Change::Nothing
        }
    }

    /// The endpoint failed.
    pub fn failed(mut self, now_ms: i64, failure: Failure) -> Change {
        self.settled = true;
        let rules = self.breaker.rules;
        let mut state = self.breaker.lock();
        let rest = failure.rest;
        state.last_error = Some(failure.error);
        // What was asked before it opened says nothing new; only how long it wants to rest does.
        match state.gate {
            Gate::Closed => {}
            Gate::HalfOpen { .. } if self.probe => {}
            Gate::Open { until_ms } => {
                let rest = rest.unwrap_or_default().min(rules.rest_max);
                state.gate = Gate::Open {
                    until_ms: until_ms.max(now_ms.saturating_add(ms(rest))),
                };
                return Change::Nothing;
            }
            Gate::HalfOpen { .. } => return Change::Nothing,
        }
        state.in_a_row = state.in_a_row.saturating_add(failure.weight);
        state.window.count(now_ms, rules.window, true);
        let (calls, failed) = state.window.sum(now_ms, rules.window);
        let often = state.in_a_row >= rules.failures_in_a_row_max
            || (calls >= rules.calls_min
                && u64::from(failed) * 100
                    >= u64::from(calls) * u64::from(rules.failed_percent_max));
        let bad = self.probe || often;
        if !bad && rest.is_none() {
            return Change::Nothing;
        }
        let mut rest = rest.unwrap_or_default();
        // One that only asks for a pause has what it asks for.
        if bad {
            rest = rest.max(rules.rest.saturating_mul(1 << state.opened.min(16)));
            state.opened = state.opened.saturating_add(1);
        }
        let rest = rest.min(rules.rest_max);
        state.window = Window::default();
        state.gate = Gate::Open {
            until_ms: now_ms.saturating_add(ms(rest)),
        };
        Change::Opened { rest }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if self.probe && !self.settled {
            self.breaker.lock().gate = Gate::HalfOpen { probing: false };
        }
    }
}

const SLOTS: usize = 6;

/// Calls and failures of the last while, in slots that are used in turn.
#[derive(Debug, Default)]
struct Window([Slot; SLOTS]);

#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    /// Which slot of time it counts.
    number: i64,
    calls: u32,
    failed: u32,
}

impl Window {
    fn count(&mut self, now_ms: i64, window: Duration, failed: bool) {
        let number = number(now_ms, window);
        let at = usize::try_from(number.rem_euclid(SLOTS as i64)).unwrap_or(0);
        let slot = &mut self.0[at];
        if slot.number != number {
            *slot = Slot {
                number,
                ..Slot::default()
            };
        }
        slot.calls = slot.calls.saturating_add(1);
        slot.failed = slot.failed.saturating_add(u32::from(failed));
    }

    /// Calls and failures that still count.
    fn sum(&self, now_ms: i64, window: Duration) -> (u32, u32) {
        let newest = number(now_ms, window);
        let counts = newest - SLOTS as i64 + 1..=newest;
        let slots = self.0.iter().filter(|slot| counts.contains(&slot.number));
        slots.fold((0, 0), |(calls, failed), slot| {
            (
                u32::saturating_add(calls, slot.calls),
                u32::saturating_add(failed, slot.failed),
            )
        })
    }
}

fn number(now_ms: i64, window: Duration) -> i64 {
    now_ms.div_euclid((ms(window) / SLOTS as i64).max(1))
}

fn ms(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: BreakerRules = BreakerRules {
        failures_in_a_row_max: 3,
        failed_percent_max: 50,
        calls_min: 10,
        window: Duration::from_secs(60),
        rest: Duration::from_secs(10),
        rest_max: Duration::from_secs(60),
    };

    fn failure(rest: Option<u64>) -> Failure {
        Failure {
            error: "503".into(),
            weight: 1,
            rest: rest.map(Duration::from_secs),
        }
    }

    fn fail(breaker: &Arc<Breaker>, now_ms: i64) -> Change {
        breaker.admit(now_ms).unwrap().failed(now_ms, failure(None))
    }

    fn opened() -> Arc<Breaker> {
        let breaker = Breaker::new(RULES);
        assert_eq!(fail(&breaker, 0), Change::Nothing);
        assert_eq!(fail(&breaker, 0), Change::Nothing);
        let rest = RULES.rest;
        assert_eq!(fail(&breaker, 0), Change::Opened { rest });
        breaker
    }

    #[test]
    fn failures_in_a_row_open_it_and_a_success_between_does_not_let_them() {
        let breaker = Breaker::new(RULES);
        for _ in 0..3 {
            fail(&breaker, 0);
            fail(&breaker, 0);
            let permit = breaker.admit(0).unwrap();
            assert_eq!(permit.succeeded(0), Change::Nothing);
        }
        // Six of nine have failed: with the next there are enough to say that it is too many.
        assert_ne!(fail(&breaker, 0), Change::Nothing);
        assert!(breaker.admit(9_999).is_none());
    }

    #[test]
    fn a_high_share_counts_only_for_its_time() {
        let breaker = Breaker::new(RULES);
        for _ in 0..4 {
            fail(&breaker, 0);
            breaker.admit(0).unwrap().succeeded(0);
        }
        assert_eq!(fail(&breaker, 70_000), Change::Nothing, "the rest is old");
        assert!(breaker.is_closed());
        for _ in 0..5 {
            breaker.admit(70_000).unwrap().succeeded(70_000);
            fail(&breaker, 70_000);
        }
        assert!(!breaker.is_closed());
    }

    #[test]
    fn one_probe_at_a_time_decides() {
        let breaker = opened();
        assert!(breaker.admit(9_999).is_none(), "it rests");
        let probe = breaker.admit(10_000).unwrap();
        assert!(breaker.admit(10_000).is_none(), "one is on");
        assert_eq!(breaker.health().0, EndpointState::HalfOpen);
        let rest = Duration::from_secs(20);
        let change = probe.failed(10_000, failure(None));
        assert_eq!(change, Change::Opened { rest });
        let probe = breaker.admit(30_000).unwrap();
        assert_eq!(probe.succeeded(30_000), Change::Closed);
        assert!(breaker.is_closed());
        assert_eq!(breaker.health(), (EndpointState::Closed, 0, None));
    }

    #[test]
    fn many_who_ask_at_once_send_one_probe() {
        let breaker = opened();
        let probes = std::thread::scope(|scope| {
            let all: Vec<_> = (0..32)
                .map(|_| scope.spawn(|| breaker.admit(20_000)))
                .collect();
            let all: Vec<_> = all.into_iter().map(|one| one.join().unwrap()).collect();
            all.iter().flatten().count()
        });
        assert_eq!(probes, 1);
    }

    #[test]
    fn a_probe_that_is_dropped_leaves_its_place() {
        let breaker = opened();
        drop(breaker.admit(10_000).unwrap());
        let probe = breaker.admit(10_000).unwrap();
        // One that a 400 answered has found somebody there.
        assert_eq!(probe.answered(10_000), Change::Closed);
    }

    #[test]
    fn what_was_asked_before_it_opened_decides_nothing() {
        let breaker = Breaker::new(RULES);
        let (early, late) = (breaker.admit(0).unwrap(), breaker.admit(0).unwrap());
        (0..3).for_each(|_| {
            fail(&breaker, 0);
        });
        assert_eq!(early.succeeded(1), Change::Nothing);
        assert!(breaker.admit(1).is_none(), "it rests");
        let probe = breaker.admit(10_000).unwrap();
        assert_eq!(late.failed(10_000, failure(None)), Change::Nothing);
        assert_eq!(probe.succeeded(10_000), Change::Closed);
    }

    #[test]
    fn it_rests_as_long_as_the_endpoint_asks_and_no_longer_than_it_may() {
        let breaker = Breaker::new(RULES);
        let permit = breaker.admit(0).unwrap();
        let rest = Duration::from_secs(30);
        let change = permit.failed(0, failure(Some(30)));
        assert_eq!(change, Change::Opened { rest });
        assert!(breaker.admit(29_999).is_none());
        let probe = breaker.admit(30_000).unwrap();
        let rest = RULES.rest_max;
        let change = probe.failed(30_000, failure(Some(3_600)));
        assert_eq!(change, Change::Opened { rest });
        assert!(breaker.admit(89_999).is_none());
        // The clock is set back by a year.
        assert!(breaker.admit(-31_536_000_000).is_some());
    }
}
