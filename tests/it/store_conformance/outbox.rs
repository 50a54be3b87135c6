//! What leaves: at least once, never forgotten, not for ever.

use attendant::domain::ids::ConversationId;
use attendant::domain::limits::{
    OUTBOX_ATTEMPTS_MAX, OUTBOX_CLAIM_TTL, OUTBOX_ERROR_BYTES_MAX, OUTBOX_PAUSE, OUTBOX_PAUSE_MAX,
};
use attendant::store::outbox::{NewOutbox, OutboxRow};

use super::place::{NOW, Place, message};

const CLAIM: i64 = OUTBOX_CLAIM_TTL.as_millis() as i64;

/// A conversation that has put one mail out.
async fn one_mail(place: &Place, name: &str) -> ConversationId {
    let id = place.start(name).await;
    send(place, &id, name, r#"{"to":"kim@example.com"}"#).await;
    id
}

async fn send(place: &Place, id: &ConversationId, key: &str, body: &str) {
    let mut append = message("x", None);
    append.outbox.push(NewOutbox {
        key: key.to_owned(),
        kind: "mail".to_owned(),
        body: body.to_owned(),
    });
    place.store.append(id, append).await.unwrap();
}

async fn claim(place: &Place, now_ms: i64) -> Vec<OutboxRow> {
    place
        .store
        .claim_outbox("process-1", now_ms, 9)
        .await
        .unwrap()
}

pub async fn a_claim_is_exclusive_and_runs_out(place: Place) {
    let id = one_mail(&place, "k").await;
    assert!(claim(&place, NOW - 1).await.is_empty());
    let row = OutboxRow {
        key: "k".to_owned(),
        kind: "mail".to_owned(),
        body: r#"{"to":"kim@example.com"}"#.to_owned(),
        conversation: id,
        attempts: 1,
    };
    assert_eq!(claim(&place, NOW).await, std::slice::from_ref(&row));
    assert!(claim(&place, NOW + CLAIM - 1).await.is_empty());
    assert_eq!(
        claim(&place, NOW + CLAIM).await,
        [OutboxRow { attempts: 2, ..row }]
    );
}

pub async fn the_same_key_is_one_delivery(place: Place) {
    let id = one_mail(&place, "k").await;
    send(&place, &id, "k", "another body").await;
    let rows = claim(&place, NOW).await;
    assert_eq!(rows.len(), 1);
    assert!(rows[0].body.contains("kim@"));
    place.store.outbox_done("k", NOW).await.unwrap();
    send(&place, &id, "k", "a third body").await;
    assert!(claim(&place, NOW + CLAIM).await.is_empty());
}

pub async fn a_delivered_body_is_wiped_and_its_key_stays(place: Place) {
    one_mail(&place, "k").await;
    claim(&place, NOW).await;
    place.store.outbox_done("k", NOW).await.unwrap();
    assert!(claim(&place, NOW + 100 * CLAIM).await.is_empty());
    let rows = place.rows("SELECT key, state, body FROM outbox");
    assert!(
        rows.contains("\"k\"") && rows.contains("\"done\""),
        "{rows}"
    );
    assert!(!place.everything().contains("kim@"));
}

pub async fn failures_pause_longer_each_time_up_to_a_cap_and_end(place: Place) {
    let id = one_mail(&place, "k").await;
    let long_error = "ü".repeat(OUTBOX_ERROR_BYTES_MAX);
    let mut now_ms = NOW;
    let mut pause_ms = OUTBOX_PAUSE.as_millis() as i64;
    for attempt in 1..=OUTBOX_ATTEMPTS_MAX {
        let rows = claim(&place, now_ms).await;
        assert_eq!(rows.len(), 1, "attempt {attempt}");
        assert_eq!(rows[0].attempts, attempt);
        assert!(place.store.stuck_outbox(9).await.unwrap().is_empty());
        place
            .store
            .outbox_failed("k", &long_error, now_ms)
            .await
            .unwrap();
        assert!(claim(&place, now_ms + pause_ms - 1).await.is_empty());
        now_ms += pause_ms;
        pause_ms = (2 * pause_ms).min(OUTBOX_PAUSE_MAX.as_millis() as i64);
    }
    assert!(claim(&place, now_ms + 100 * pause_ms).await.is_empty());
    let stuck = place.store.stuck_outbox(9).await.unwrap();
    assert_eq!(stuck.len(), 1);
    assert_eq!(
        (&stuck[0].row.conversation, stuck[0].row.attempts),
        (&id, OUTBOX_ATTEMPTS_MAX)
    );
    assert!(stuck[0].row.body.contains("kim@"));
    assert!(stuck[0].error.len() <= OUTBOX_ERROR_BYTES_MAX && stuck[0].error.starts_with("üü"));
}

/// Nobody lives to report the failure: the claims count.
pub async fn a_row_that_kills_its_deliverers_is_given_up(place: Place) {
    one_mail(&place, "k").await;
    for n in 0..i64::from(OUTBOX_ATTEMPTS_MAX) {
        assert_eq!(claim(&place, NOW + n * CLAIM).await.len(), 1);
    }
    let end = NOW + i64::from(OUTBOX_ATTEMPTS_MAX) * CLAIM;
    assert!(claim(&place, end).await.is_empty());
    let stuck = place.store.stuck_outbox(9).await.unwrap();
    assert_eq!(stuck[0].given_up_ms, end);
    assert!(!stuck[0].error.is_empty());
}

pub async fn a_late_report_changes_nothing(place: Place) {
    one_mail(&place, "k").await;
    claim(&place, NOW).await;
    place.store.outbox_done("k", NOW).await.unwrap();
    place
        .store
        .outbox_failed("k", "too late", NOW)
        .await
        .unwrap();
    place
        .store
        .outbox_failed("unknown", "what?", NOW)
        .await
        .unwrap();
    assert!(claim(&place, NOW + 100 * CLAIM).await.is_empty());
    assert!(place.store.stuck_outbox(9).await.unwrap().is_empty());
}
