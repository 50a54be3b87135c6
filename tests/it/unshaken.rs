//! A whole turn, from the shopper's message to the reply, over real sockets against whatever an
//! endpoint does wrong: once, always, after the first sentence has left, and while a write waits for
//! its yes. After each: the shopper has a true reply or a person, what was shown is what was said,
//! the log tells the operator what happened without the shopper's words, nothing is done twice, and
//! the conversation goes on.

mod kinds;
mod talk;
mod timing;

use attendant::domain::bundle::HandOffReason;
use attendant::domain::conversation::Status;

use self::kinds::{Came, Kind, kinds};
use self::talk::{ASKED, FIRST, Shop, Talk, WELL, well};
use crate::wire::Reply;

/// More of the same than any turn asks for.
fn always(reply: &Reply) -> impl Iterator<Item = Reply> {
    std::iter::repeat_n(reply.clone(), 30)
}

/// The same trouble with a sentence before it, in the same answer.
fn behind_a_sentence(kind: &Kind) -> Option<Reply> {
    let mut reply = kind.reply.clone();
    kind.in_stream.then(|| {
        let piece = crate::wire::chunk(serde_json::json!({ "content": FIRST }), None);
        reply.pieces.insert(0, piece.into());
        reply
    })
}

/// A reply that ended with a person, for the reason that fits.
async fn a_person_has_it(talk: &Talk, kind: &Kind, reply: &str) {
    let name = kind.name;
    assert!(reply.contains("colleague"), "{name}: {reply}");
    assert_eq!(talk.status().await, Status::Waiting, "{name}");
    let bundles = talk.store.bundles(&talk.id).await.unwrap();
    assert_eq!(bundles.len(), 1, "{name}");
    let reason = match kind.came {
        Came::Failed(_) => HandOffReason::Failure,
        Came::Told(_) | Came::TooLong => HandOffReason::LimitReached,
    };
    assert_eq!(bundles[0].reason, reason, "{name}");
}

/// The log says what happened, and none of the shopper's words.
async fn the_operator_knows(talk: &Talk, kind: &Kind, at_least: usize) {
    let name = kind.name;
    let log = talk.log().await;
    let failed = talk::failures(&log);
    match kind.came {
        Came::Failed(words) => {
            assert!(failed.len() >= at_least, "{name}: {failed:?}");
            assert!(
                failed.iter().all(|detail| detail.contains(words)),
                "{name}: {failed:?}"
            );
        }
        Came::Told(words) => {
            let told = talk::results(&log);
            assert!(failed.is_empty(), "{name}: {failed:?}");
            assert!(
                told.iter().any(|told| told.contains(words)),
                "{name}: {told:?}"
            );
        }
        Came::TooLong => assert!(talk::was_cut(&log), "{name}"),
    }
    let told = failed.join("\n").to_lowercase();
    for word in ["xyzzy", "4711", "the word is"] {
        assert!(!told.contains(word), "{name}: {told}");
    }
}

/// Nothing was done, and the conversation works.
async fn all_is_as_before(talk: &mut Talk, kind: &Kind) {
    let name = kind.name;
    assert_eq!(
        talk.done().await,
        [0, 0, 0],
        "{name}: returns, ledger, outbox"
    );
    talk.server.answers([well()]);
    assert_eq!(talk.says("thanks").await, WELL, "{name}");
    assert!(
        !talk.store.head(&talk.id).await.unwrap().has_work(),
        "{name}"
    );
}

/// Trouble that passes is not noticed.
#[tokio::test]
async fn once() {
    let shop = Shop::open().await;
    for kind in kinds(shop.order()) {
        let mut talk = shop.talk().await;
        talk.server.answers([kind.reply.clone(), well()]);
        let reply = talk.says(ASKED).await;
        match kind.came {
            Came::TooLong => a_person_has_it(&talk, &kind, &reply).await,
            Came::Failed(_) | Came::Told(_) => {
                assert_eq!(reply, WELL, "{}", kind.name);
                assert_eq!(talk.status().await, Status::Open, "{}", kind.name);
            }
        }
        the_operator_knows(&talk, &kind, 1).await;
        all_is_as_before(&mut talk, &kind).await;
    }
}

/// Trouble that does not pass ends with a person, within the limits.
#[tokio::test]
async fn always_the_same() {
    let shop = Shop::open().await;
    for kind in kinds(shop.order()) {
        let mut talk = shop.talk().await;
        talk.server.answers(always(&kind.reply));
        let reply = talk.says(ASKED).await;
        a_person_has_it(&talk, &kind, &reply).await;
        assert!(talk.server.asked().len() <= 10, "{}", kind.name);
        the_operator_knows(&talk, &kind, 2).await;
        all_is_as_before(&mut talk, &kind).await;
    }
}

/// A sentence that has left stays, and the reply goes on from it.
#[tokio::test]
async fn after_the_first_sentence() {
    let shop = Shop::open().await;
    let looks_up = kinds::looks_up_saying(FIRST, shop.order());
    for kind in kinds(shop.order()) {
        let mut ways = vec![vec![looks_up.clone(), kind.reply.clone(), well()]];
        ways.extend(behind_a_sentence(&kind).map(|reply| vec![reply, well()]));
        for (way, replies) in ways.into_iter().enumerate() {
            let name = format!("{}, way {way}", kind.name);
            let mut talk = shop.talk().await;
            talk.server.answers(replies);
            let reply = talk.says(ASKED).await;
            assert!(reply.starts_with(FIRST.trim()), "{name}: {reply}");
            if matches!(kind.came, Came::TooLong) {
                a_person_has_it(&talk, &kind, &reply).await;
            } else {
                assert_eq!(reply, format!("{FIRST}{WELL}"), "{name}");
            }
            let is_cut = way == 1 && talk::was_cut(&talk.log().await);
            if !is_cut {
                the_operator_knows(&talk, &kind, 1).await;
            }
            all_is_as_before(&mut talk, &kind).await;
        }
    }
}

/// With nobody to go on, the sentence that has left is followed by a person, and by nothing half
/// said.
#[tokio::test]
async fn always_after_the_first_sentence() {
    let shop = Shop::open().await;
    for kind in kinds(shop.order()) {
        let Some(broken) = behind_a_sentence(&kind) else {
            continue;
        };
        let mut talk = shop.talk().await;
        talk.server.answers(always(&broken));
        let reply = talk.says(ASKED).await;
        assert!(reply.starts_with(FIRST.trim()), "{}: {reply}", kind.name);
        assert!(reply.contains("colleague"), "{}: {reply}", kind.name);
        assert!(!reply.contains("Your order is"), "{}: {reply}", kind.name);
        assert_eq!(
            reply.matches(FIRST.trim()).count(),
            1,
            "{}: {reply}",
            kind.name
        );
        assert_eq!(talk.status().await, Status::Waiting, "{}", kind.name);
        assert!(talk.server.asked().len() <= 10, "{}", kind.name);
        all_is_as_before(&mut talk, &kind).await;
    }
}

/// What waits for a yes waits on, whatever the model's endpoint does meanwhile; the button does it
/// once.
#[tokio::test]
async fn while_a_write_waits() {
    let shop = Shop::open().await;
    for kind in kinds(shop.order()) {
        for is_always in [false, true] {
            let name = format!("{}, always: {is_always}", kind.name);
            let mut talk = shop.talk().await;
            let made = talk.prepares_a_return().await;
            if is_always {
                talk.server.answers(always(&kind.reply));
            } else {
                talk.server.answers([kind.reply.clone(), well()]);
            }
            let reply = talk.says(ASKED).await;
            assert!(
                reply.contains(WELL) || reply.contains("colleague"),
                "{name}: {reply}"
            );
            assert_eq!(talk.done().await, [0, 0, 0], "{name}");
            talk.server.answers([]);
            let asked = talk.server.asked().len();
            for _ in 0..2 {
                talk.presses(&made).await;
                assert_eq!(talk.done().await, [1, 1, 1], "{name}");
            }
            assert_eq!(talk.server.asked().len(), asked, "{name}: no model call");
            assert_eq!(talk.proposals().await, 1, "{name}");
        }
    }
}

/// Ids that an endpoint gives again in later turns are not those of before.
#[tokio::test]
async fn the_same_ids_in_every_turn() {
    let shop = Shop::open().await;
    let mut talk = shop.talk().await;
    let looks_up = kinds::looks_up_saying("", shop.order());
    for _ in 0..3 {
        talk.server.answers([looks_up.clone(), well()]);
        assert_eq!(talk.says(ASKED).await, WELL);
    }
    let log = talk.log().await;
    assert_eq!(talk::results(&log).len(), 3);
    let asked = talk.server.asked();
    let sent = asked.last().unwrap().body["messages"].to_string();
    assert_eq!(sent.matches("\"tool_call_id\"").count(), 3, "{sent}");
    assert_eq!(
        sent.matches("\"tool_call_id\":\"same\"").count(),
        1,
        "{sent}"
    );
}
