//! Budgets of tokens and money in whole turns: who is asked when one is used up, what the shopper
//! and the operator are told, and that nothing walks around them.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Arc, Mutex};

use attendant::domain::budget::{Budgets, Price};
use attendant::domain::bundle::HandOffReason;
use attendant::domain::conversation::Status;
use attendant::domain::event::{Event, EventBody, Usage};
use attendant::model::builtin::Builtin;
use attendant::model::scripted::{Answer, Scripted};
use attendant::model::{Message, Model, ModelError, ModelEvent, ModelRequest};
use attendant::store::Store;
use attendant::store::feed::Live;
use attendant::store::usage::DayUsage;
use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use jiff::civil::Date;
use serde_json::json;

use crate::driver::{Desk, asked};

/// The script, and when a budget is used up the built-in model, or nobody: as a chain has it.
struct Chain {
    script: Scripted,
    then_builtin: bool,
}

impl Model for Chain {
    fn name(&self) -> &str {
        self.script.name()
    }

    fn stream(&self, request: ModelRequest) -> BoxStream<'static, Result<ModelEvent, ModelError>> {
        match (request.spent, self.then_builtin) {
            (false, _) => self.script.stream(request),
            (true, true) => {
                let named = ModelEvent::Model("builtin".into());
                let answer = Builtin.stream(request);
                stream::iter([Ok(named)]).chain(answer).boxed()
            }
            (true, false) => stream::iter([Err(ModelError::Permanent {
                detail: "nobody may be asked".to_owned(),
            })])
            .boxed(),
        }
    }
}

async fn desk(budgets: Budgets, script: &Scripted, then_builtin: bool) -> Desk {
    let chain = Chain {
        script: script.clone(),
        then_builtin,
    };
    Desk::within(budgets, "waiting", script, |parts| {
        parts.model = Arc::new(chain);
    })
    .await
}

/// One token costs one millionth.
fn prices() -> BTreeMap<String, Price> {
    let price = Price {
        input_micros: 1_000_000,
        cached_micros: 1_000_000,
        output_micros: 1_000_000,
    };
    BTreeMap::from([("scripted".to_owned(), price)])
}

/// Who has answered or failed, in order.
fn answerers(log: &[Event]) -> Vec<&str> {
    let models = log.iter().filter_map(|event| match &event.body {
        EventBody::ModelAnswered(answered) => Some(answered.model.as_str()),
        EventBody::ModelFailed(failed) => Some(failed.model.as_str()),
        _ => None,
    });
    models.collect()
}

fn usages(log: &[Event]) -> Vec<Usage> {
    let usages = log.iter().filter_map(|event| match &event.body {
        EventBody::ModelAnswered(answered) => Some(answered.usage),
        EventBody::ModelFailed(failed) => Some(failed.usage),
        EventBody::GuardStopped(stopped) => Some(stopped.usage),
        _ => None,
    });
    usages.collect()
}

async fn days(store: &Store) -> Vec<DayUsage> {
    store.usage_since(Date::MIN).await.unwrap()
}

/// What is logged on this thread while it lives.
struct Logged {
    kept: Arc<Mutex<Vec<u8>>>,
    _guard: tracing::subscriber::DefaultGuard,
}

#[derive(Clone)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Logged {
    fn begin() -> Self {
        let kept = Arc::new(Mutex::new(Vec::new()));
        let sink = Sink(kept.clone());
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_writer(move || sink.clone())
            .finish();
        Self {
            kept,
            _guard: tracing::subscriber::set_default(subscriber),
        }
    }

    fn count(&self, budget: &str) -> usize {
        let text = String::from_utf8(self.kept.lock().unwrap().clone()).unwrap();
        text.lines().filter(|line| line.contains(budget)).count()
    }
}

/// In the middle of a turn the built-in model goes on with what the tools have found; the sentence
/// that has left stays, and the next turn has a budget of its own.
#[tokio::test]
async fn a_turns_budget_hands_over_in_its_middle() {
    let logged = Logged::begin();
    let script = Scripted::by(|request| match request.messages.last() {
        Some(Message::User(text)) if text.contains("order ") => Answer::new()
            .text("One moment please. ")
            .call(
                &format!("a{}", request.messages.len()),
                "lookup_order",
                json!({"order_number": asked(request)}),
            )
            .usage(900, 100),
        _ => Answer::new().text("All is well.").usage(900, 99),
    });
    let budgets = Budgets {
        tokens_per_turn: Some(1_000),
        ..Budgets::default()
    };
    let desk = desk(budgets, &script, true).await;
    let mut live = desk.store.feed().subscribe(&desk.id);
    let order = desk.order().to_owned();
    let question = format!("where is order {order} please");
    let reply = desk.says(&question).await;
    assert!(reply.starts_with("One moment please. "), "{reply}");
    assert!(reply.contains(&order), "{reply}");
    assert_eq!(answerers(&desk.log().await), ["scripted", "builtin"]);
    let mut shown = String::new();
    while let Ok(event) = live.try_recv() {
        if let Live::Delta { at, text, .. } = event {
            assert_eq!(at as usize, shown.len());
            shown.push_str(&text);
        }
    }
    assert_eq!(shown, reply);
    desk.says(&question).await;
    assert_eq!(
        script.requests().len(),
        2,
        "each turn begins with the script"
    );
    assert_eq!(logged.count("tokens_per_turn"), 1, "once a conversation");
    assert_eq!(desk.status().await, Status::Open);
    assert_eq!(script.violations(), Vec::<String>::new());
}

/// Where nobody is left who costs nothing, a person has it: said once, and the bundle says why.
#[tokio::test]
async fn a_conversations_budget_ends_with_a_person() {
    let logged = Logged::begin();
    let script = Scripted::by(|_| Answer::new().text("All is well.").usage(599, 1));
    let budgets = Budgets {
        money_per_conversation_micros: Some(1_200),
        prices: prices(),
        ..Budgets::default()
    };
    let desk = desk(budgets, &script, false).await;
    assert_eq!(desk.says("hello").await, "All is well.");
    assert_eq!(desk.says("and now?").await, "All is well.");
    let reply = desk.says("and then?").await;
    assert!(reply.contains("colleague"), "{reply}");
    assert_eq!(script.requests().len(), 2);
    assert_eq!(desk.status().await, Status::Waiting);
    let bundles = desk.store.bundles(&desk.id).await.unwrap();
    assert_eq!(bundles.len(), 1);
    assert_eq!(bundles[0].reason, HandOffReason::LimitReached);
    let stopped = &bundles[0].assessment.stopped;
    assert!(stopped.contains("money_per_conversation"), "{stopped}");
    let again = desk.says("hello?").await;
    assert!(again.contains("colleague"), "{again}");
    assert_eq!(script.requests().len(), 2);
    assert_eq!(desk.store.bundles(&desk.id).await.unwrap().len(), 1);
    assert_eq!(logged.count("budget=money_per_conversation"), 1);
    let head = desk.store.head(&desk.id).await.unwrap();
    assert!(!head.has_work());
    // Who was never asked is not counted.
    let rows = days(&desk.store).await;
    assert_eq!(rows[0].micros, 1_200);
    assert_eq!((rows[0].calls, rows[0].failed), (2, 0));
}

/// A day's budget is the shop's: what other processes use counts within seconds, and a new day
/// begins anew.
#[tokio::test]
async fn a_days_budget_is_shared_by_all_processes() {
    let logged = Logged::begin();
    let script = Scripted::by(|_| Answer::new().text("All is well.").usage(99, 1));
    let budgets = Budgets {
        money_per_day_micros: Some(1_000),
        prices: prices(),
        ..Budgets::default()
    };
    let desk = desk(budgets, &script, true).await;
    let clock = desk.assistant.parts.clock.clone();
    desk.says("hello").await;
    let mut rows = days(&desk.store).await;
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].calls, rows[0].micros), (1, 100));
    let other = Store::open(desk.folder.path()).unwrap();
    rows[0].micros = 800;
    other.add_usage(rows).await.unwrap();
    desk.says("hello").await;
    assert_eq!(script.requests().len(), 2, "it is not read for each call");
    clock.advance_ms(5_000);
    let reply = desk.says("hello").await;
    assert_eq!(script.requests().len(), 2, "100 + 800 + 100 are used up");
    assert!(!reply.is_empty());
    desk.says("hello").await;
    assert_eq!(logged.count("budget=money_per_day"), 1, "once a day");
    clock.advance_ms(24 * 60 * 60 * 1_000);
    assert_eq!(desk.says("hello").await, "All is well.");
    let rows = days(&desk.store).await;
    let micros: Vec<u64> = rows.iter().map(|row| row.micros).collect();
    assert_eq!(micros, [100, 1_000], "the built-in model is not counted");
    assert_eq!(desk.status().await, Status::Open);
}

/// What this process has used counts at once, before anything is read again.
#[tokio::test]
async fn ones_own_use_counts_at_once() {
    let script = Scripted::by(|_| Answer::new().text("All is well.").usage(99, 1));
    let budgets = Budgets {
        tokens_per_day: Some(250),
        ..Budgets::default()
    };
    let desk = desk(budgets, &script, true).await;
    for _ in 0..5 {
        desk.says("hello").await;
    }
    assert_eq!(script.requests().len(), 3, "the last may go beyond it");
}

/// An endpoint that tells no use, or that is stopped by the guard, does not get around a budget;
/// one that refuses a call costs nothing.
#[tokio::test]
async fn what_is_not_told_is_estimated_and_what_is_refused_is_free() {
    let silent = Scripted::by(|_| Answer::new().text("All is well."));
    let budgets = Budgets {
        tokens_per_conversation: Some(1),
        ..Budgets::default()
    };
    let told = desk(budgets.clone(), &silent, false).await;
    told.says("hello").await;
    let asked_bytes: usize = silent.requests()[0]
        .messages
        .iter()
        .map(|message| match message {
            Message::System(text) | Message::Context(text) | Message::User(text) => text.len(),
            other => panic!("{other:?}"),
        })
        .sum();
    let usage = usages(&told.log().await)[0];
    assert!(usage.input_tokens as usize > asked_bytes / 2, "with tools");
    assert_eq!(usage.output_tokens, "All is well.".len() as u64 / 2);
    assert!(told.says("hello").await.contains("colleague"));

    let false_words = Scripted::by(|_| Answer::new().usage(7, 1).text("You have 99 days. "));
    let stopped = desk(Budgets::default(), &false_words, false).await;
    stopped.says("how long do I have?").await;
    let expected = Usage {
        input_tokens: 7,
        cached_tokens: 0,
        output_tokens: 1,
    };
    let usages_told = usages(&stopped.log().await);
    assert!(
        usages_told
            .iter()
            .all(|usage| usage.input_tokens == expected.input_tokens)
    );
    assert_eq!(
        days(&stopped.store).await[0].calls,
        usages_told.len() as u64
    );

    let down = Scripted::by(|_| Answer::transient());
    let refused = desk(budgets, &down, false).await;
    refused.says("hello").await;
    assert!(usages(&refused.log().await).iter().all(Usage::is_nothing));
    let rows = days(&refused.store).await;
    assert_eq!(rows[0].calls, down.requests().len() as u64);
    assert_eq!(rows[0].failed, rows[0].calls);
    assert_eq!(rows[0].used().tokens, 0);
}

/// A budget of nothing: only the built-in model is ever asked.
#[tokio::test]
async fn a_budget_of_nothing_asks_nobody() {
    let script = Scripted::new([]);
    let budgets = Budgets {
        tokens_per_day: Some(0),
        ..Budgets::default()
    };
    let desk = desk(budgets, &script, true).await;
    let order = desk.order().to_owned();
    let reply = desk.says(&format!("where is order {order} please")).await;
    assert!(reply.contains(&order), "{reply}");
    script.assert_done();
    assert!(days(&desk.store).await.is_empty());
}
