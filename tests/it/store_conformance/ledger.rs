//! Writes and money: recorded before they are tried, once.

use attendant::domain::ids::{ConversationId, IdempotencyKey};
use attendant::domain::money::{Currency, Money};
use attendant::store::StoreError;
use attendant::store::ledger::{LedgerChange, LedgerState};
use attendant::store::log::{Append, Writer};

use super::place::{NOW, Place, message};
use super::samples::{bundle, confirmed, handed_off};

fn start(key: &str, hash: &str) -> LedgerChange {
    LedgerChange::Start {
        key: IdempotencyKey::new(key),
        tool: "start_return".to_owned(),
        arguments_hash: hash.to_owned(),
        amount: Some(Money::new(5200, Currency::EUR)),
    }
}

fn finish(key: &str, state: LedgerState) -> LedgerChange {
    LedgerChange::Finish {
        key: IdempotencyKey::new(key),
        state,
    }
}

async fn change(
    place: &Place,
    id: &ConversationId,
    at_ms: i64,
    change: LedgerChange,
) -> Result<(), StoreError> {
    let mut append = Append::new(Writer::Agent, at_ms, vec![]);
    append.ledger.push(change);
    place.store.append(id, append).await.map(|_| ())
}

pub async fn a_start_is_recorded_once(place: Place) {
    let id = place.start("c1").await;
    for at_ms in [NOW, NOW + 5] {
        change(&place, &id, at_ms, start("k", "h")).await.unwrap();
    }
    let rows = place.store.ledger(&id).await.unwrap();
    assert_eq!(rows.len(), 1);
    let row = &rows[0];
    assert_eq!((row.key.as_str(), row.tool.as_str()), ("k", "start_return"));
    assert_eq!((&row.conversation, row.arguments_hash.as_str()), (&id, "h"));
    assert_eq!(row.amount, Some(Money::new(5200, Currency::EUR)));
    assert_eq!(
        (row.state, row.started_ms, row.finished_ms),
        (LedgerState::Started, NOW, None)
    );
}

pub async fn a_key_means_one_call_of_one_conversation(place: Place) {
    let id = place.start("c1").await;
    let other = place.start("c2").await;
    change(&place, &id, NOW, start("k", "h")).await.unwrap();
    for (id, hash) in [(&id, "h2"), (&other, "h")] {
        let reused = change(&place, id, NOW, start("k", hash)).await;
        assert!(matches!(reused, Err(StoreError::KeyReused)), "{reused:?}");
    }
    for (id, key) in [(&other, "k"), (&id, "never started")] {
        let foreign = change(&place, id, NOW, finish(key, LedgerState::Done)).await;
        assert!(matches!(foreign, Err(StoreError::Db(_))), "{foreign:?}");
    }
    assert_eq!(
        place.store.ledger(&id).await.unwrap()[0].state,
        LedgerState::Started
    );
    assert!(place.store.ledger(&other).await.unwrap().is_empty());
}

/// A failure may be tried again under its key; what is done stays done.
pub async fn an_effect_ends_as_it_ended(place: Place) {
    let id = place.start("c1").await;
    change(&place, &id, NOW, start("k", "h")).await.unwrap();
    let ends = [
        (1, LedgerState::Failed, LedgerState::Failed, 1),
        (2, LedgerState::Done, LedgerState::Done, 2),
        (3, LedgerState::Failed, LedgerState::Done, 2),
    ];
    for (after, told, is, finished) in ends {
        change(&place, &id, NOW + after, finish("k", told))
            .await
            .unwrap();
        let row = &place.store.ledger(&id).await.unwrap()[0];
        assert_eq!((row.state, row.finished_ms), (is, Some(NOW + finished)));
    }
}

pub async fn a_reused_key_undoes_the_whole_append(place: Place) {
    let id = place.start("c1").await;
    change(&place, &id, NOW, start("k", "h")).await.unwrap();
    let mut append = message("yes", Some("client"));
    append.events.push(confirmed("k"));
    append.ledger = vec![start("fresh", "h"), start("k", "other")];
    append.bundle = Some(bundle(&id));
    let result = place.store.append(&id, append).await;
    assert!(matches!(result, Err(StoreError::KeyReused)));
    assert_eq!(place.store.head(&id).await.unwrap().last_seq, 1);
    assert_eq!(place.store.ledger(&id).await.unwrap().len(), 1);
    assert!(place.store.bundles(&id).await.unwrap().is_empty());
    assert!(place.store.unfinished(NOW, 9).await.unwrap().is_empty());
}

/// A run that is repeated brings the same bundle again.
pub async fn a_bundle_is_stored_with_its_hand_off(place: Place) {
    let id = place.start("c1").await;
    for summary in ["The parcel came wet.", "told again"] {
        let mut append = Append::new(Writer::Agent, NOW, vec![handed_off()]);
        let mut bundle = bundle(&id);
        bundle.summary = summary.to_owned();
        append.bundle = Some(bundle);
        place.store.append(&id, append).await.unwrap();
    }
    assert_eq!(place.store.bundles(&id).await.unwrap(), [bundle(&id)]);
}
