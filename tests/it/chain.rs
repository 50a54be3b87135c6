//! The chain of models: who is asked, what is tried again, when nobody is asked any more, and that
//! a shopper has an answer all the same.

use std::sync::Arc;
use std::time::{Duration, Instant};

use attendant::clock::Clock;
use attendant::domain::event::Usage;
use attendant::domain::ids::{CallId, Random};
use attendant::domain::limits;
use attendant::model::chain::{Chain, ChainParts, ChainSettings, Named};
use attendant::model::scripted::{Answer, Scripted};
use attendant::model::{
    EndpointState, Message, Model, ModelError, ModelEvent, ModelRequest, Purpose, StopReason,
    ToolCall,
};
use futures_util::StreamExt as _;
use futures_util::future::join_all;
use tokio::sync::Semaphore;

mod takeover;
mod unshaken;

/// The settings of the product, without their pauses.
pub fn settings() -> ChainSettings {
    ChainSettings {
        pause: Duration::from_millis(1),
        pause_max: Duration::from_millis(2),
        retry_after_wait: Duration::from_millis(50),
        ..ChainSettings::standard()
    }
}

fn clock() -> Clock {
    Clock::fixed("2026-11-21T10:00:00Z".parse().unwrap())
}

pub fn parts(endpoints: &[&Scripted], last: Option<Arc<dyn Model>>) -> ChainParts {
    let named = |model: &&Scripted| Named {
        endpoint: format!("{} at host", model.name()),
        model: Arc::new((*model).clone()),
    };
    ChainParts {
        endpoints: endpoints.iter().map(named).collect(),
        last,
        summarise: None,
        judge: None,
        settings: settings(),
        clock: clock(),
        random: Random::seeded(3),
    }
}

fn says(text: &str) -> Answer {
    Answer::new().text(text)
}

/// Always the same words.
fn sure(name: &'static str, text: &'static str) -> Scripted {
    Scripted::by(move |_| says(text)).named(name)
}

fn last(model: &Scripted) -> Option<Arc<dyn Model>> {
    Some(Arc::new(model.clone()))
}

fn refused(status: &str) -> Answer {
    Answer::new().error(ModelError::Permanent {
        detail: format!("{status}: no"),
    })
}

fn busy(retry_after: Option<Duration>) -> Answer {
    Answer::new().error(ModelError::Transient {
        detail: "429: slow down".into(),
        retry_after,
    })
}

fn request() -> ModelRequest {
    ModelRequest {
        messages: vec![Message::User("hi".into())],
        ..ModelRequest::default()
    }
}

async fn ask(chain: &Chain, request: ModelRequest) -> Vec<Result<ModelEvent, ModelError>> {
    chain.stream(request).collect().await
}

/// Who answered and what, or the error.
async fn answer(chain: &Chain, request: ModelRequest) -> String {
    let mut told = String::new();
    for event in ask(chain, request).await {
        match event {
            Ok(ModelEvent::Model(name)) => told.push_str(&format!("{name}: ")),
            Ok(ModelEvent::Text(text)) => told.push_str(&text),
            Ok(_) => {}
            Err(error) => told.push_str(&format!("[{error}]")),
        }
    }
    told
}

#[tokio::test]
async fn what_fails_for_now_is_tried_again_and_then_the_next_is_asked() {
    let a = Scripted::new([
        Answer::transient(),
        Answer::transient(),
        says("Third time."),
    ]);
    let (a, b) = (a.named("a"), sure("b", "I am b."));
    let chain = Chain::new(parts(&[&a, &b], None));
    assert_eq!(
        ask(&chain, request()).await,
        [
            Ok(ModelEvent::Model("a".into())),
            Ok(ModelEvent::Text("Third time.".into())),
            Ok(ModelEvent::End(StopReason::Finished)),
        ]
    );
    a.assert_done();
    assert_eq!(b.requests().len(), 0);

    let a = Scripted::by(|_| Answer::transient()).named("a");
    let chain = Chain::new(parts(&[&a, &b], None));
    assert_eq!(answer(&chain, request()).await, "b: I am b.");
    assert_eq!(
        a.requests().len(),
        limits::MODEL_TRIES_PER_ENDPOINT_MAX as usize
    );
}

/// 400 and 413 are about the request: no try again, and nobody is kept from asking. 401 and 404 are
/// about the endpoint.
#[tokio::test]
async fn a_refusal_goes_on_at_once_and_opens_only_for_what_is_the_endpoints() {
    for (status, opens) in [("400", false), ("413", false), ("401", true), ("404", true)] {
        let a = Scripted::by(move |_| refused(status)).named("a");
        let b = sure("b", "I am b.");
        let chain = Chain::new(parts(&[&a, &b], None));
        let calls = 2 * limits::BREAKER_FAILURES_IN_A_ROW_MAX as usize;
        for _ in 0..calls {
            assert_eq!(answer(&chain, request()).await, "b: I am b.");
        }
        let asked = if opens { calls / 2 } else { calls };
        assert_eq!(a.requests().len(), asked, "{status}");
    }
}

#[tokio::test]
async fn who_hangs_is_left_for_the_next() {
    let never = Arc::new(Semaphore::new(0));
    let a = Scripted::by(move |_| Answer::new().wait(&never)).named("a");
    let b = sure("b", "I am b.");
    let mut parts = parts(&[&a, &b], None);
    parts.settings.first_event = Duration::from_millis(30);
    let chain = Chain::new(parts);
    assert_eq!(answer(&chain, request()).await, "b: I am b.");
    assert_eq!(a.requests().len(), 1, "a hang is not waited for twice");
    assert_eq!(
        chain.health()[0].failures_in_a_row,
        limits::MODEL_TRIES_PER_ENDPOINT_MAX
    );
}

/// What has left cannot be taken back: the caller hears of it, and nobody else is asked.
#[tokio::test]
async fn after_the_first_words_the_caller_decides() {
    let never = Arc::new(Semaphore::new(0));
    let cut = says("One moment. ").error(ModelError::Transient {
        detail: "the answer was cut off".into(),
        retry_after: None,
    });
    for broken in [cut, says("One moment. ").wait(&never)] {
        let a = Scripted::new([broken]).named("a");
        let b = sure("b", "I am b.");
        let mut parts = parts(&[&a, &b], None);
        parts.settings.silence = Duration::from_millis(30);
        let chain = Chain::new(parts);
        let told = answer(&chain, request()).await;
        assert!(told.starts_with("a: One moment. [the model"), "{told}");
        assert_eq!(b.requests().len(), 0);
        let again = ModelRequest {
            failures: 1,
            ..request()
        };
        assert_eq!(answer(&chain, again).await, "b: I am b.");
    }
}

#[tokio::test]
async fn retry_after_is_honoured_or_leads_on() {
    let short = Duration::from_millis(40);
    let a = Scripted::new([busy(Some(short)), says("Now.")]).named("a");
    let b = sure("b", "I am b.");
    let chain = Chain::new(parts(&[&a, &b], None));
    let begun = Instant::now();
    assert_eq!(answer(&chain, request()).await, "a: Now.");
    assert!(begun.elapsed() >= short);

    let long = Duration::from_secs(120);
    let a = Scripted::new([busy(Some(long)), says("Well again.")]).named("a");
    let clock = clock();
    let chain = Chain::new(ChainParts {
        clock: clock.clone(),
        ..parts(&[&a, &b], None)
    });
    let begun = Instant::now();
    for _ in 0..3 {
        assert_eq!(answer(&chain, request()).await, "b: I am b.");
    }
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert_eq!(
        (a.left(), chain.health()[0].state),
        (1, EndpointState::Open)
    );
    clock.advance_ms(119_000);
    assert_eq!(answer(&chain, request()).await, "b: I am b.");
    clock.advance_ms(1_000);
    assert_eq!(answer(&chain, request()).await, "a: Well again.");
    assert_eq!(chain.health()[0].state, EndpointState::Closed);
}

/// Nobody else is there: then even a long pause is waited for, within the turn's time.
#[tokio::test]
async fn alone_it_waits_as_long_as_the_turn_can() {
    let pause = Duration::from_millis(120);
    let a = Scripted::new([busy(Some(pause)), says("Now.")]).named("a");
    let mut own = parts(&[&a], None);
    own.clock = Clock::System;
    let chain = Chain::new(own);
    assert_eq!(answer(&chain, request()).await, "a: Now.");

    let a = Scripted::new([busy(Some(pause))]).named("a");
    let chain = Chain::new(parts(&[&a], None));
    let soon = ModelRequest {
        until: Some(tokio::time::Instant::now() + pause / 2),
        ..request()
    };
    let told = answer(&chain, soon).await;
    assert!(told.starts_with("a: [the model endpoint"), "{told}");
    a.assert_done();
}

#[tokio::test]
async fn one_probe_of_many_callers_and_one_that_is_dropped_blocks_nobody() {
    let gate = Arc::new(Semaphore::new(0));
    let well = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let a = {
        let (gate, well) = (gate.clone(), well.clone());
        Scripted::by(
            move |_| match well.load(std::sync::atomic::Ordering::SeqCst) {
                true => Answer::new().wait(&gate).text("Well again."),
                false => refused("401"),
            },
        )
        .named("a")
    };
    let b = sure("b", "I am b.");
    let clock = clock();
    let chain = Chain::new(ChainParts {
        clock: clock.clone(),
        ..parts(&[&a, &b], None)
    });
    for _ in 0..limits::BREAKER_FAILURES_IN_A_ROW_MAX {
        answer(&chain, request()).await;
    }
    let failed = a.requests().len();
    well.store(true, std::sync::atomic::Ordering::SeqCst);
    clock.advance_ms(i64::try_from(limits::BREAKER_REST.as_millis()).unwrap());
    // A shopper's message stops the turn that probes.
    let mut dropped = chain.stream(request());
    assert!(futures_util::FutureExt::now_or_never(dropped.next()).is_none());
    assert_eq!(chain.health()[0].state, EndpointState::HalfOpen);
    drop(dropped);
    let all = join_all((0..50).map(|_| answer(&chain, request())));
    let release = async {
        while a.requests().len() < failed + 2 {
            tokio::task::yield_now().await;
        }
        gate.add_permits(100);
    };
    let (told, ()) = tokio::join!(all, release);
    let by_a = told.iter().filter(|told| *told == "a: Well again.").count();
    assert_eq!((by_a, a.requests().len()), (1, failed + 2));
    assert_eq!(answer(&chain, request()).await, "a: Well again.");
}

/// A thousand conversations at once on an endpoint that is down: it hears each of them once, and
/// hardly any twice.
#[tokio::test]
async fn many_who_fail_together_do_not_come_back_together() {
    let a = Scripted::by(|_| Answer::transient()).named("a");
    let b = sure("builtin", "I am here.");
    let chain = Chain::new(parts(&[&a], last(&b)));
    let told = join_all((0..1_000).map(|_| answer(&chain, request()))).await;
    assert!(told.iter().all(|told| told == "builtin: I am here."));
    let asked = a.requests().len();
    assert!(
        asked <= 1_000 + limits::BREAKER_FAILURES_IN_A_ROW_MAX as usize,
        "{asked}"
    );
    answer(&chain, request()).await;
    assert_eq!(a.requests().len(), asked, "then it is left alone");
}

#[tokio::test]
async fn each_failure_of_the_turn_begins_one_endpoint_further() {
    let (a, b, c) = (sure("a", "."), sure("b", "."), sure("c", "."));
    let x = sure("builtin", ".");
    let of = |failures| ModelRequest {
        failures,
        ..request()
    };
    let with = Chain::new(parts(&[&a, &b, &c], last(&x)));
    let without = Chain::new(parts(&[&a, &b], None));
    for (failures, name, other) in [
        (0, "a: .", "a: ."),
        (1, "b: .", "b: ."),
        (2, "c: .", "b: ."),
        (3, "builtin: .", "b: ."),
        (9, "builtin: .", "b: ."),
    ] {
        assert_eq!(answer(&with, of(failures)).await, name);
        assert_eq!(answer(&without, of(failures)).await, other);
    }
    assert_eq!(
        limits::MODEL_FAILURES_PER_TURN_MAX,
        4,
        "the last is the built-in model's"
    );
    let short = Chain::new(parts(&[&a], last(&x)));
    assert_eq!(answer(&short, of(1)).await, "builtin: .");
}

#[tokio::test]
async fn a_spent_budget_and_a_turn_out_of_time_ask_no_endpoint() {
    let (a, x) = (sure("a", "."), sure("builtin", "."));
    let spent = || ModelRequest {
        spent: true,
        ..request()
    };
    let late = || ModelRequest {
        until: Some(tokio::time::Instant::now()),
        ..request()
    };
    let with = Chain::new(parts(&[&a], last(&x)));
    assert_eq!(answer(&with, spent()).await, "builtin: .");
    assert_eq!(answer(&with, late()).await, "builtin: .");
    let without = Chain::new(parts(&[&a], None));
    let told = ask(&without, spent()).await;
    assert!(
        matches!(told[..], [Err(ModelError::Permanent { .. })]),
        "{told:?}"
    );
    assert_eq!(ask(&without, late()).await.len(), 1);
    assert_eq!(a.requests().len(), 0);
}

/// The turn's time runs out while an endpoint thinks: the built-in model answers, and the endpoint is
/// not blamed for the time that others used.
#[tokio::test]
async fn when_the_turns_time_is_over_the_last_one_answers() {
    let never = Arc::new(Semaphore::new(0));
    let hangs = Scripted::by(move |_| Answer::new().wait(&never)).named("a");
    let (b, x) = (sure("b", "."), sure("builtin", "."));
    let chain = Chain::new(parts(&[&hangs, &b], last(&x)));
    let soon = ModelRequest {
        until: Some(tokio::time::Instant::now() + Duration::from_millis(30)),
        ..request()
    };
    assert_eq!(answer(&chain, soon).await, "builtin: .");
    assert_eq!(
        (b.requests().len(), chain.health()[0].failures_in_a_row),
        (0, 0)
    );
}

#[tokio::test]
async fn summaries_and_verdicts_have_models_of_their_own_and_nobody_stands_in() {
    let (a, x) = (sure("a", "."), sure("builtin", "."));
    let sums = Scripted::by(|_| Answer::transient()).named("sums");
    let mut own = parts(&[&a], last(&x));
    own.summarise = Some(Named {
        endpoint: "sums at host".into(),
        model: Arc::new(sums.clone()),
    });
    let chain = Chain::new(own);
    assert!(chain.serves(Purpose::Answer) && chain.serves(Purpose::Summarise));
    assert!(!chain.serves(Purpose::Judge));
    for (purpose, tries) in [(Purpose::Summarise, 3), (Purpose::Judge, 0)] {
        let before = sums.requests().len();
        let asked = ModelRequest {
            purpose,
            ..request()
        };
        let told = ask(&chain, asked).await;
        assert!(matches!(told.last(), Some(Err(_))), "{told:?}");
        assert_eq!(sums.requests().len() - before, tries);
    }
    let paid = ModelRequest {
        purpose: Purpose::Summarise,
        spent: true,
        ..request()
    };
    assert!(ask(&chain, paid).await[0].is_err());
    assert_eq!((a.requests().len(), x.requests().len()), (0, 0));
}

/// Nothing is asked for once more, then it is the caller's; what the tries used is told in one sum.
#[tokio::test]
async fn an_empty_answer_is_asked_for_again_and_its_tokens_count() {
    let empty = || Answer::new().usage(10, 0);
    let a = Scripted::new([empty(), says("Here.").usage(10, 2)]).named("a");
    let chain = Chain::new(parts(&[&a], None));
    let used = |input_tokens, output_tokens| Usage {
        input_tokens,
        cached_tokens: 0,
        output_tokens,
    };
    assert_eq!(
        ask(&chain, request()).await,
        [
            Ok(ModelEvent::Model("a".into())),
            Ok(ModelEvent::Usage(used(10, 0))),
            Ok(ModelEvent::Text("Here.".into())),
            Ok(ModelEvent::Usage(used(20, 2))),
            Ok(ModelEvent::End(StopReason::Finished)),
        ]
    );
    let a = Scripted::new([empty(), empty()]).named("a");
    let x = sure("builtin", ".");
    let chain = Chain::new(parts(&[&a], last(&x)));
    let told = ask(&chain, request()).await;
    assert_eq!(
        told.last(),
        Some(&Ok(ModelEvent::End(StopReason::Finished)))
    );
    assert_eq!(
        told[0],
        Ok(ModelEvent::Model("a".into())),
        "it may have said all it had to"
    );
    assert_eq!(told[1], Ok(ModelEvent::Usage(used(20, 0))));
    a.assert_done();
}

/// A call that was passed on is not made again by somebody else.
#[tokio::test]
async fn a_call_counts_as_the_beginning_of_an_answer() {
    let a = Scripted::new([Answer::new().call("c1", "lookup_order", "{}").error(
        ModelError::Permanent {
            detail: "broken".into(),
        },
    )]);
    let b = sure("b", ".");
    let chain = Chain::new(parts(&[&a.named("a"), &b], None));
    let told = ask(&chain, request()).await;
    let call = ModelEvent::Call(ToolCall {
        id: CallId::new("c1"),
        tool: "lookup_order".into(),
        arguments: "{}".into(),
    });
    assert_eq!(told[1], Ok(call));
    assert!(told[2].is_err() && told.len() == 3);
    assert_eq!(b.requests().len(), 0);
}

/// Everybody is open and nobody stands in: that is said at once.
#[tokio::test]
async fn nobody_to_ask_is_an_error_and_not_a_wait() {
    let a = Scripted::by(|_| refused("401")).named("a");
    let chain = Chain::new(parts(&[&a], None));
    for _ in 0..limits::BREAKER_FAILURES_IN_A_ROW_MAX {
        answer(&chain, request()).await;
    }
    let told = answer(&chain, request()).await;
    assert!(told.contains("no endpoint may be asked just now"), "{told}");
    let health = chain.health().remove(0);
    assert_eq!(&*health.endpoint, "a at host");
    assert_eq!(health.state, EndpointState::Open);
    assert!(health.last_error.unwrap().contains("401"));
}
