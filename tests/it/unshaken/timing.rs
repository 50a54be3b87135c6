//! Time: endpoints that fall silent, and how soon a first sentence reaches the shopper. Nothing here
//! waits for a clock: a test decides when time is up, and when a model goes on.

use std::sync::Arc;

use attendant::domain::bundle::HandOffReason;
use attendant::domain::limits;
use attendant::model::openai::OpenAi;
use attendant::model::{Model, ModelError, ModelEvent, ModelRequest};
use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use serde_json::json;
use tokio::sync::Semaphore;

use super::talk::{ASKED, FIRST, Shop, WELL, well};
use crate::wire::{DONE, End, Reply, chunk};

/// The adapter with a deadline: a call is given up when the test adds a permit.
struct Patient {
    model: OpenAi,
    time_is_up: Arc<Semaphore>,
}

impl Model for Patient {
    fn name(&self) -> &str {
        self.model.name()
    }

    fn stream(&self, request: ModelRequest) -> BoxStream<'static, Result<ModelEvent, ModelError>> {
        let time_is_up = self.time_is_up.clone();
        let over = async move { time_is_up.acquire_owned().await.unwrap().forget() };
        let late = stream::iter([Err(ModelError::Transient {
            detail: "the answer took too long".to_owned(),
            retry_after: None,
        })]);
        // Whatever comes behind the answer's own end is not read.
        let answer = self.model.stream(request).take_until(over);
        answer.chain(late).boxed()
    }
}

/// Silence before an answer or in it, once and for good: the call is dropped at the endpoint, and a
/// sentence that has left stays.
#[tokio::test]
async fn silence() {
    let shop = Shop::open().await;
    for (is_begun, is_always) in [(false, false), (false, true), (true, false), (true, true)] {
        let time_is_up = Arc::new(Semaphore::new(0));
        let patient = |model| Patient {
            model,
            time_is_up: time_is_up.clone(),
        };
        let mut talk = shop.talk_with(|model| Arc::new(patient(model))).await;
        let gone = Arc::new(Semaphore::new(0));
        let first = chunk(json!({ "content": FIRST }), None);
        let pieces = is_begun.then_some(first).into_iter();
        let silent = Reply::stream(pieces).end(End::Hang(gone.clone()));
        let calls = match is_always {
            true => limits::MODEL_FAILURES_PER_TURN_MAX as usize,
            false => 1,
        };
        let silences = std::iter::repeat_n(silent, calls);
        talk.server.answers(silences.chain([well()]));
        let lease = talk.writes(ASKED).await;
        let assistant = talk.assistant.clone();
        let run = tokio::spawn(async move { assistant.run(lease).await });
        for call in 1..=calls {
            while talk.server.asked().len() < call {
                tokio::task::yield_now().await;
            }
            if is_begun && call == 1 {
                assert_eq!(talk.next_sentence().await, FIRST);
            }
            time_is_up.add_permits(1);
            gone.acquire().await.unwrap().forget();
        }
        run.await.unwrap().unwrap();
        let said = talk.log().await;
        let failed = super::talk::failures(&said);
        assert!(
            failed.iter().all(|detail| detail.contains("too long")),
            "{failed:?}"
        );
        let bundles = talk.store.bundles(&talk.id).await.unwrap();
        let reply = super::talk::reply(&said);
        assert_eq!(reply.starts_with(FIRST), is_begun, "{reply}");
        if is_always {
            assert!(reply.contains("colleague"), "{reply}");
            assert_eq!(bundles[0].reason, HandOffReason::Failure);
        } else {
            assert!(reply.ends_with(WELL), "{reply}");
            assert!(bundles.is_empty());
        }
        assert_eq!(talk.done().await, [0, 0, 0]);
    }
}

/// The first sentence is with the shopper while the model has not said the second: not a token of
/// it is waited for.
#[tokio::test]
async fn the_first_sentence_leaves_at_once() {
    let shop = Shop::open().await;
    let mut talk = shop.talk().await;
    let token = |text: &str| chunk(json!({ "content": text }), None);
    let gate = Arc::new(Semaphore::new(0));
    let rest = [
        token("I can"),
        token(" look that up."),
        chunk(json!({}), Some("stop")),
        DONE.into(),
    ];
    let tokens = ["One", " mom", "ent", " please", ".", " "].map(token);
    let reply = Reply::stream(tokens).end(End::Gate(gate.clone(), rest.concat().into_bytes()));
    talk.server.answers([reply]);
    let lease = talk.writes(ASKED).await;
    let assistant = talk.assistant.clone();
    let run = tokio::spawn(async move { assistant.run(lease).await });
    assert_eq!(talk.next_sentence().await, FIRST);
    assert!(!run.is_finished(), "the model is still held");
    gate.add_permits(1);
    run.await.unwrap().unwrap();
    let log = talk.log().await;
    assert_eq!(
        super::talk::reply(&log),
        "One moment please. I can look that up."
    );
}

/// Line ends of Windows, and letters cut in their middle by the network, change nothing.
#[tokio::test]
async fn odd_pieces_read_as_whole() {
    let shop = Shop::open().await;
    let mut talk = shop.talk().await;
    let whole = [
        ": keep-alive\n\n".to_owned(),
        chunk(json!({ "content": "Grüße 🧥 für " }), None),
        chunk(json!({ "content": "Zoë." }), Some("stop")),
        DONE.to_owned(),
    ];
    let whole = whole.concat().replace('\n', "\r\n").into_bytes();
    for size in [1, 3, 7] {
        talk.server.answers([Reply::stream(whole.chunks(size))]);
        assert_eq!(talk.says(ASKED).await, "Grüße 🧥 für Zoë.");
    }
}
