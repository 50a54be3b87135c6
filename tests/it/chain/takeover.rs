//! An endpoint's model begins a conversation and dies for good, before each of its calls and in the
//! middle of each: the built-in model goes on with the history that the other one made, which has call
//! ids that it never gives, several calls in a step, and questions in words that it never says.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use attendant::domain::event::{EventBody, ToolOutcome};
use attendant::domain::ids::OrderNumber;
use attendant::domain::order::OrderStatus;
use attendant::model::builtin::Builtin;
use attendant::model::chain::Chain;
use attendant::model::scripted::{Answer, Scripted};
use attendant::model::{Message, ModelError, ModelRequest};
use serde_json::{Value, json};

use super::parts;
use crate::driver::Desk;

/// What the endpoint's model says to one request.
enum Said {
    Calls(Vec<(&'static str, Value)>),
    Words(&'static [&'static str]),
}

/// How it dies.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Death {
    Before,
    /// After the first sentence or the first call of the answer.
    Within,
}

struct Talk {
    situation: &'static str,
    /// N is the shopper's order.
    lines: &'static [&'static str],
    brain: fn(&str, usize, &str) -> Said,
    /// Calls of the endpoint's model when it lives.
    calls: usize,
}

/// The newest message, the results behind it, and the order that the conversation is about.
fn heard(request: &ModelRequest) -> (String, usize, String) {
    let is_user = |message: &Message| matches!(message, Message::User(_));
    let from = request.messages.iter().rposition(is_user).unwrap();
    let Message::User(text) = &request.messages[from] else {
        unreachable!()
    };
    let is_result = |message: &&Message| matches!(message, Message::ToolResult { .. });
    let results = request.messages[from..].iter().filter(is_result).count();
    let order = request
        .messages
        .iter()
        .rev()
        .find_map(|message| match message {
            Message::User(text) => text.split("order ").nth(1)?.split(' ').next(),
            _ => None,
        });
    (
        text.to_string(),
        results,
        order.unwrap_or_default().to_owned(),
    )
}

/// The endpoint's model, which answers `lives` calls.
fn endpoint(brain: fn(&str, usize, &str) -> Said, lives: usize, death: Death) -> Scripted {
    let asked = AtomicUsize::new(0);
    let cut = || ModelError::Transient {
        detail: "the answer was cut off".into(),
        retry_after: None,
    };
    Scripted::by(move |request| {
        let number = asked.fetch_add(1, Ordering::SeqCst);
        if number > lives || (number == lives && death == Death::Before) {
            return Answer::transient();
        }
        let (text, results, order) = heard(request);
        let dies = number == lives;
        let mut answer = Answer::new();
        match brain(&text, results, &order) {
            Said::Words(words) => {
                for piece in words.iter().take(if dies { 1 } else { words.len() }) {
                    answer = answer.text(format!("{piece} "));
                }
            }
            Said::Calls(calls) => {
                let kept = if dies { 1 } else { calls.len() };
                for (at, (tool, arguments)) in calls.into_iter().take(kept).enumerate() {
                    answer = answer.call(&format!("toolu_{number}_{at}"), tool, arguments);
                }
            }
        }
        if dies { answer.error(cut()) } else { answer }
    })
    .named("endpoint")
}

struct Taken {
    desk: Desk,
    endpoint: Scripted,
    replies: Vec<String>,
}

/// The talk with an endpoint that dies after so many calls.
async fn taken_over(talk: &Talk, lives: usize, death: Death) -> Taken {
    let endpoint = endpoint(talk.brain, lives, death);
    let chain = Chain::new(parts(&[&endpoint], Some(Arc::new(Builtin))));
    let desk = Desk::with(talk.situation, &endpoint, |parts| {
        parts.model = Arc::new(chain);
    })
    .await;
    let mut replies = Vec::new();
    for line in talk.lines {
        let line = line.replace('N', desk.order());
        replies.push(desk.says(&line).await);
    }
    Taken {
        desk,
        endpoint,
        replies,
    }
}

/// Every reply ends properly and says nothing twice, and no person had to be asked.
async fn assert_whole(taken: &Taken, what: &str) {
    let replies = &taken.replies;
    assert_eq!(taken.endpoint.violations(), Vec::<String>::new(), "{what}");
    for reply in replies {
        let reply = reply.trim();
        let ends = reply.ends_with(['.', '?', '!', ')']);
        assert!(ends && !reply.is_empty(), "{what}: {replies:#?}");
        let mut sentences: Vec<_> = reply
            .split_inclusive(['.', '?', '!'])
            .map(str::trim)
            .collect();
        sentences.retain(|sentence| sentence.len() > 20);
        let all = sentences.len();
        sentences.sort_unstable();
        sentences.dedup();
        assert_eq!(sentences.len(), all, "{what}: {reply}");
    }
    for event in taken.desk.log().await {
        assert!(
            !matches!(event.body, EventBody::HandedOff(_)),
            "{what}: {replies:#?}"
        );
    }
}

/// How often something was done.
async fn effects(desk: &Desk) -> usize {
    let log = desk.log().await;
    let done = log.iter().filter(|event| match &event.body {
        EventBody::EffectFinished(finished) => finished.outcome == ToolOutcome::Done,
        _ => false,
    });
    let done = done.count();
    let order = OrderNumber::new(desk.order());
    let receipts = desk.store.receipts_of(&order).await.unwrap().len();
    assert_eq!(done, receipts);
    done
}

async fn built_in_answered(desk: &Desk) -> bool {
    desk.log().await.iter().any(|event| match &event.body {
        EventBody::ModelAnswered(answered) => answered.model == "builtin",
        _ => false,
    })
}

/// All ways in which a talk can be taken over, and what must hold of it then.
async fn at_every_step(talk: &Talk, holds: impl AsyncFn(&Taken, &str)) {
    for death in [Death::Before, Death::Within] {
        for lives in 0..=talk.calls {
            let what = format!("{:?}: dies {death:?} call {lives}", talk.lines);
            let taken = taken_over(talk, lives, death).await;
            assert_whole(&taken, &what).await;
            assert_eq!(
                built_in_answered(&taken.desk).await,
                lives < talk.calls,
                "{what}"
            );
            holds(&taken, &what).await;
        }
    }
}

fn returning(text: &str, results: usize, order: &str) -> Said {
    let items = json!([{"line": 2, "quantity": 1, "reason": "size_too_small"}]);
    match (text, results) {
        ("hello", _) => Said::Words(&["Lovely to meet you.", "Tell me what it is about."]),
        (text, 0) if text.contains("send") => Said::Calls(vec![
            ("lookup_order", json!({ "order_number": order })),
            ("shipping_options", json!({ "country": "Germany" })),
        ]),
        (text, _) if text.contains("send") => Said::Words(&[
            "With pleasure.",
            "Name the piece, and say what is wrong with it, would you?",
        ]),
        (_, 0) => Said::Calls(vec![(
            "start_return",
            json!({ "order_number": order, "items": items }),
        )]),
        _ => Said::Words(&["Please have a look.", "Is it right like this?"]),
    }
}

#[tokio::test]
async fn a_return_goes_on_to_its_end_whenever_the_endpoint_dies() {
    let talk = Talk {
        situation: "delivered_two_items",
        lines: &[
            "hello",
            "I want to send something back from order N",
            "the second item, it is too small",
            "yes",
        ],
        brain: returning,
        calls: 5,
    };
    at_every_step(&talk, async |taken, what| {
        let done = effects(&taken.desk).await;
        assert_eq!(
            (done, taken.desk.returns().await),
            (1, 1),
            "{what}: {:#?}",
            taken.replies
        );
    })
    .await;
}

fn cancelling(text: &str, results: usize, order: &str) -> Said {
    let reason = "ordered_by_mistake";
    match (text.contains("where"), results) {
        (true, 0) => Said::Calls(vec![
            ("lookup_order", json!({ "order_number": order })),
            ("shipping_options", json!({ "country": "Germany" })),
        ]),
        (true, _) => Said::Words(&["Good that you ask.", "What would you like to know of it?"]),
        (false, 0) => Said::Calls(vec![(
            "cancel_order",
            json!({ "order_number": order, "reason": reason }),
        )]),
        (false, _) => Said::Words(&["Please have a look.", "Is it right like this?"]),
    }
}

#[tokio::test]
async fn a_cancellation_goes_on_to_its_end_whenever_the_endpoint_dies() {
    let talk = Talk {
        situation: "processing",
        lines: &[
            "where is order N",
            "I ordered it by mistake, please cancel it",
            "yes",
        ],
        brain: cancelling,
        calls: 4,
    };
    at_every_step(&talk, async |taken, what| {
        let order = OrderNumber::new(taken.desk.order());
        let order = taken.desk.store.order(&order).await.unwrap().unwrap();
        let done = (effects(&taken.desk).await, order.status);
        assert_eq!(
            done,
            (1, OrderStatus::Cancelled),
            "{what}: {:#?}",
            taken.replies
        );
    })
    .await;
}

fn sizing(text: &str, results: usize, _: &str) -> Said {
    let product = "Sleet Rain Jacket";
    match (text.contains("98"), text.contains("tell"), results) {
        (_, true, 0) => Said::Calls(vec![
            ("get_product", json!({ "product": product })),
            ("size_guide", json!({ "product": product })),
        ]),
        (_, true, _) => Said::Words(&["A fine choice.", "What would you like to know of it?"]),
        (false, _, 0) => Said::Calls(vec![("size_guide", json!({ "product": product }))]),
        (false, ..) => Said::Words(&["Let us see.", "Once around the chest, how much is that?"]),
        (true, _, 0) => Said::Calls(vec![(
            "size_guide",
            json!({ "product": product, "chest_cm": "98" }),
        )]),
        (true, ..) => Said::Words(&["Thank you.", "For the Sleet Rain Jacket, I would take L."]),
    }
}

#[tokio::test]
async fn advice_on_a_size_goes_on_to_its_end_when_the_endpoint_dies_before_it_is_fetched() {
    let talk = Talk {
        situation: "waiting",
        lines: &[
            "tell me about the Sleet Rain Jacket",
            "which size for me?",
            "98 cm",
        ],
        brain: sizing,
        calls: 6,
    };
    // Advice that the other one has fetched with its own arguments is not told yet.
    for lives in 0..talk.calls - 1 {
        let what = format!("{:?}: dies before call {lives}", talk.lines);
        let taken = taken_over(&talk, lives, Death::Before).await;
        assert_whole(&taken, &what).await;
        let reply = taken.replies.last().unwrap();
        assert!(
            reply.contains("I would take L"),
            "{what}: {:#?}",
            taken.replies
        );
    }
}

/// The other model's proposal is open when it dies: a question is answered, another wish replaces it, a
/// no closes it, and a yes counts once.
#[tokio::test]
async fn an_open_proposal_outlives_who_made_it() {
    const BEGIN: [&str; 3] = [
        "hello",
        "I want to send something back from order N",
        "the second item, it is too small",
    ];
    for (then, done) in [
        (&["yes"][..], 1),
        (&["no"], 0),
        (
            &[
                "how much do I get back?",
                "I want to return it then, yes please",
                "yes",
            ],
            1,
        ),
        (&["no, the first item instead, it is too big", "yes"], 1),
    ] {
        let lines: Vec<&str> = BEGIN.iter().chain(then).copied().collect();
        let talk = Talk {
            situation: "delivered_two_items",
            lines: lines.leak(),
            brain: returning,
            calls: 5,
        };
        let taken = taken_over(&talk, talk.calls, Death::Before).await;
        assert_whole(&taken, "an open proposal").await;
        assert_eq!(
            effects(&taken.desk).await,
            done,
            "{then:?}: {:#?}",
            taken.replies
        );
    }
}

/// Nobody is there to go on: then a person is asked, and the shopper is told.
#[tokio::test]
async fn without_the_built_in_model_a_person_goes_on() {
    let endpoint = endpoint(returning, 1, Death::Within);
    let chain = Chain::new(parts(&[&endpoint], None));
    let desk = Desk::with("waiting", &endpoint, |parts| parts.model = Arc::new(chain)).await;
    desk.says("hello").await;
    let reply = desk.says("hello").await;
    assert!(reply.starts_with("Lovely to meet you."), "{reply}");
    assert!(reply.contains("colleague"), "{reply}");
    let failed = desk
        .log()
        .await
        .into_iter()
        .filter(|event| match &event.body {
            EventBody::ModelFailed(failed) => failed.model == "endpoint",
            _ => false,
        });
    assert_eq!(failed.count(), 4);
}
