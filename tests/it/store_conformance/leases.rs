//! One writer per conversation.

use attendant::domain::event::{EventBody, HandedBack};
use attendant::domain::ids::{ConversationId, MessageId};
use attendant::domain::limits::LEASE_TTL;
use attendant::store::StoreError;
use attendant::store::lease::{Lease, UNFINISHED};
use attendant::store::log::{Append, Appended, Writer};

use super::place::{NOW, Place, message};
use super::samples::{agent_wrote, confirmed, handed_off, replied};

const TTL: i64 = LEASE_TTL.as_millis() as i64;

/// A conversation with one unanswered message (seq 2) and the run that serves it.
async fn running(place: &Place, name: &str) -> (ConversationId, Lease) {
    let id = place.start(name).await;
    let appended = place.store.append(&id, message("hi", None)).await.unwrap();
    (id, appended.lease.unwrap())
}

async fn run_appends(
    place: &Place,
    lease: &Lease,
    at_ms: i64,
    body: EventBody,
) -> Result<Appended, StoreError> {
    let append = Append::new(Writer::Run(lease.clone()), at_ms, vec![body]);
    place.store.append(&lease.conversation, append).await
}

pub async fn a_message_takes_the_lease_when_nobody_holds_it(place: Place) {
    let (id, lease) = running(&place, "c1").await;
    assert_eq!(
        (lease.holder.as_str(), &lease.conversation),
        ("process-1", &id)
    );
    let second = place
        .store
        .append(&id, message("and?", None))
        .await
        .unwrap();
    assert_eq!(second.lease, None);
    // While a person writes there is nothing for a run to do.
    place
        .store
        .append(&id, Append::new(Writer::Agent, NOW, vec![agent_wrote()]))
        .await
        .unwrap();
    let third = place
        .store
        .append(&id, message("thanks", None))
        .await
        .unwrap();
    assert_eq!(third.lease, None);
}

pub async fn a_repeated_message_takes_up_what_a_dead_process_left(place: Place) {
    let id = place.start("c1").await;
    let first = place
        .store
        .append(&id, message("hi", Some("k")))
        .await
        .unwrap();
    let again = place
        .store
        .append(&id, message("hi", Some("k")))
        .await
        .unwrap();
    assert_eq!(again.lease, None);
    let late = Append {
        at_ms: NOW + TTL,
        ..message("hi", Some("k"))
    };
    let late = place.store.append(&id, late).await.unwrap();
    assert_eq!(late.duplicate_of, Some(MessageId::new("m-hi")));
    let lease = late.lease.unwrap();
    assert!(lease.fence > first.lease.unwrap().fence);
    run_appends(&place, &lease, NOW + TTL, replied(2))
        .await
        .unwrap();
    place.store.release(&lease).await.unwrap();
    let answered = place
        .store
        .append(&id, message("hi", Some("k")))
        .await
        .unwrap();
    assert_eq!(answered.lease, None);
}

pub async fn a_stale_run_cannot_append(place: Place) {
    let (id, old) = running(&place, "c1").await;
    let new = place
        .store
        .acquire(&id, "process-2", NOW + TTL)
        .await
        .unwrap()
        .unwrap();
    assert!(new.fence > old.fence);
    let stale = run_appends(&place, &old, NOW + TTL, replied(2)).await;
    assert!(matches!(stale, Err(StoreError::Fenced)));
    let forged = Lease {
        fence: new.fence,
        ..old.clone()
    };
    let forged = run_appends(&place, &forged, NOW + TTL, replied(2)).await;
    assert!(matches!(forged, Err(StoreError::Fenced)));
    assert!(matches!(
        place.store.renew(&old, NOW + TTL).await,
        Err(StoreError::Fenced)
    ));
    assert!(!place.store.release(&old).await.unwrap());
    assert_eq!(place.store.head(&id).await.unwrap().last_seq, 2);
    run_appends(&place, &new, NOW + TTL, replied(2))
        .await
        .unwrap();
    assert!(!place.store.release(&new).await.unwrap());
    let given_back = run_appends(&place, &new, NOW + TTL, replied(2)).await;
    assert!(matches!(given_back, Err(StoreError::Fenced)));
}

pub async fn a_person_stops_the_run(place: Place) {
    let (id, lease) = running(&place, "c1").await;
    place
        .store
        .append(&id, Append::new(Writer::Agent, NOW, vec![agent_wrote()]))
        .await
        .unwrap();
    let stopped = run_appends(&place, &lease, NOW, replied(2)).await;
    assert!(matches!(stopped, Err(StoreError::Fenced)));
    place
        .store
        .append(&id, message("one more thing", None))
        .await
        .unwrap();
    assert!(place.store.unfinished(NOW, 9).await.unwrap().is_empty());
    let back = EventBody::HandedBack(HandedBack {
        agent: "Robin".to_owned(),
    });
    place
        .store
        .append(&id, Append::new(Writer::Agent, NOW, vec![back]))
        .await
        .unwrap();
    assert_eq!(place.store.unfinished(NOW, 9).await.unwrap(), [id]);
}

pub async fn a_newer_message_supersedes(place: Place) {
    let (id, lease) = running(&place, "c1").await;
    place
        .store
        .append(&id, message("no wait", None))
        .await
        .unwrap();
    let append = |seen| Append {
        unless_seq_after: Some(seen),
        ..Append::new(Writer::Run(lease.clone()), NOW, vec![replied(seen)])
    };
    let superseded = place.store.append(&id, append(2)).await;
    assert!(matches!(superseded, Err(StoreError::Superseded)));
    assert_eq!(place.store.head(&id).await.unwrap().last_seq, 3);
    let appended = place.store.append(&id, append(3)).await.unwrap();
    assert!(!appended.head.has_work());
}

/// Unlike an input, any event counts here.
pub async fn an_append_may_insist_that_nothing_came_in_between(place: Place) {
    let (id, lease) = running(&place, "c1").await;
    let insist = |seen| Append {
        unless_seq_after: Some(seen),
        ..message("yes", None)
    };
    run_appends(&place, &lease, NOW, handed_off())
        .await
        .unwrap();
    let refused = place.store.append(&id, insist(2)).await;
    assert!(matches!(refused, Err(StoreError::Superseded)));
    assert_eq!(place.store.head(&id).await.unwrap().last_seq, 3);
    place.store.append(&id, insist(3)).await.unwrap();
}

/// The run of a process that was thought dead cannot append, whether its lease is taken or not.
pub async fn leases_of_a_dead_process_are_freed_at_once(place: Place) {
    let (id, lease) = running(&place, "c1").await;
    let (other, kept) = running(&place, "c2").await;
    place
        .store
        .append(&other, Append::new(Writer::Agent, NOW, vec![]))
        .await
        .unwrap();
    let kept = place
        .store
        .acquire(&kept.conversation, "process-2", NOW)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(place.store.free_leases_of("process-1").await.unwrap(), 1);
    assert_eq!(
        place.store.unfinished(NOW, 9).await.unwrap(),
        std::slice::from_ref(&id)
    );
    let stale = run_appends(&place, &lease, NOW, replied(2)).await;
    assert!(matches!(stale, Err(StoreError::Fenced)));
    let next = place
        .store
        .acquire(&id, "process-3", NOW)
        .await
        .unwrap()
        .unwrap();
    assert!(next.fence > lease.fence);
    run_appends(&place, &kept, NOW, replied(2)).await.unwrap();
}

pub async fn a_lease_that_runs_out_is_taken_over(place: Place) {
    let (id, _) = running(&place, "c1").await;
    let early = place
        .store
        .acquire(&id, "process-2", NOW + TTL - 1)
        .await
        .unwrap();
    assert_eq!(early, None);
    let append = Append {
        at_ms: NOW + TTL,
        ..message("hello?", None)
    };
    assert!(
        place
            .store
            .append(&id, append)
            .await
            .unwrap()
            .lease
            .is_some()
    );
    // Not even its own holder gets it twice: that would be two runs.
    let again = place
        .store
        .acquire(&id, "process-1", NOW + TTL)
        .await
        .unwrap();
    assert_eq!(again, None);
}

pub async fn renewing_keeps_it(place: Place) {
    let (id, lease) = running(&place, "c1").await;
    place.store.renew(&lease, NOW + TTL - 1).await.unwrap();
    assert_eq!(
        place
            .store
            .acquire(&id, "process-2", NOW + TTL)
            .await
            .unwrap(),
        None
    );
    // A clock that lags behind does not shorten it.
    place.store.renew(&lease, NOW).await.unwrap();
    assert_eq!(
        place
            .store
            .acquire(&id, "process-2", NOW + 2 * TTL - 2)
            .await
            .unwrap(),
        None
    );
    assert!(
        place
            .store
            .acquire(&id, "process-2", NOW + 2 * TTL - 1)
            .await
            .unwrap()
            .is_some()
    );
}

pub async fn appending_keeps_it(place: Place) {
    let (id, lease) = running(&place, "c1").await;
    run_appends(&place, &lease, NOW + TTL - 1, handed_off())
        .await
        .unwrap();
    assert_eq!(
        place
            .store
            .acquire(&id, "process-2", NOW + TTL)
            .await
            .unwrap(),
        None
    );
}

pub async fn giving_back_with_work_left_keeps_it(place: Place) {
    let (id, lease) = running(&place, "c1").await;
    assert!(place.store.release(&lease).await.unwrap());
    run_appends(&place, &lease, NOW, replied(2)).await.unwrap();
    assert!(!place.store.release(&lease).await.unwrap());
    assert!(
        place
            .store
            .acquire(&id, "process-2", NOW)
            .await
            .unwrap()
            .is_some()
    );
}

pub async fn the_final_append_gives_back(place: Place) {
    let (id, lease) = running(&place, "c1").await;
    place
        .store
        .append(&id, message("no wait", None))
        .await
        .unwrap();
    let last = |through| Append {
        release: true,
        ..Append::new(Writer::Run(lease.clone()), NOW, vec![replied(through)])
    };
    let kept = place.store.append(&id, last(2)).await.unwrap();
    assert_eq!(kept.lease.as_ref(), Some(&lease));
    let given = place.store.append(&id, last(3)).await.unwrap();
    assert_eq!(given.lease, None);
    assert!(
        place
            .store
            .acquire(&id, "process-2", NOW)
            .await
            .unwrap()
            .is_some()
    );
}

/// A confirmed write counts as work even while a person serves the conversation.
pub async fn unfinished_finds_what_has_work_and_no_runner(place: Place) {
    let old = place.start_with_message("old").await;
    let (held, lease) = running(&place, "held").await;
    let (answered, done) = running(&place, "answered").await;
    run_appends(&place, &done, NOW, replied(2)).await.unwrap();
    let effect = place.start("effect").await;
    let bodies = vec![confirmed("k-1"), agent_wrote()];
    place
        .store
        .append(&effect, Append::new(Writer::Agent, NOW + 1, bodies))
        .await
        .unwrap();
    let find = |now_ms, limit| place.store.unfinished(now_ms, limit);
    assert_eq!(find(NOW, 9).await.unwrap(), [old.clone(), effect.clone()]);
    assert_eq!(find(NOW, 1).await.unwrap(), std::slice::from_ref(&old));
    assert_eq!(find(NOW, 0).await.unwrap(), []);
    let left: Vec<ConversationId> = find(NOW + TTL, 9).await.unwrap();
    assert_eq!(left.len(), 3);
    assert!(left.contains(&held) && !left.contains(&answered));
    run_appends(&place, &lease, NOW, replied(2)).await.unwrap();
    place.store.acquire(&old, "p", NOW).await.unwrap().unwrap();
    assert_eq!(find(NOW, 9).await.unwrap(), [effect]);
}

pub async fn unfinished_reads_an_index(place: Place) {
    let plan = place.plan(UNFINISHED);
    assert!(plan.contains("USING INDEX conversations_work"), "{plan}");
    assert!(!plan.contains("TEMP B-TREE"), "{plan}");
    for n in 0..50 {
        place.start(&format!("idle-{n}")).await;
    }
    let busy = place.start_with_message("busy").await;
    assert_eq!(place.store.unfinished(NOW, 9).await.unwrap(), [busy]);
}
