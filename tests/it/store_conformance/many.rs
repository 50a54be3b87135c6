//! Many at once: tasks, and two processes.

use std::collections::HashSet;

use attendant::domain::event::{Event, EventBody};
use attendant::domain::ids::{ConversationId, IdempotencyKey};
use attendant::domain::limits::FEED_BACKLOG_MAX;
use attendant::store::Store;
use attendant::store::StoreError;
use attendant::store::feed::Live;
use attendant::store::ledger::LedgerChange;
use attendant::store::log::{Append, Appended};
use attendant::store::outbox::NewOutbox;
use tokio::sync::broadcast::error::TryRecvError;
use tokio::task::JoinSet;

use super::place::{NOW, Place, message};
use super::samples::wrote;

const TASKS: usize = 64;

fn texts(events: &[Event]) -> Vec<String> {
    let text = |event: &Event| match &event.body {
        EventBody::ShopperWrote(wrote) => Some(wrote.private.as_ref()?.text.clone()),
        _ => None,
    };
    events.iter().filter_map(text).collect()
}

/// Each task appends three messages one after the other.
async fn load(
    store: &Store,
    tasks: impl Iterator<Item = (usize, ConversationId)>,
) -> Vec<Appended> {
    let mut running = JoinSet::new();
    for (task, id) in tasks {
        let store = store.clone();
        running.spawn(async move {
            let mut appended = Vec::new();
            for n in 0..3 {
                let text = format!("{task}/{n}");
                appended.push(
                    store
                        .append(&id, message(&text, Some(&text)))
                        .await
                        .unwrap(),
                );
            }
            appended
        });
    }
    running.join_all().await.into_iter().flatten().collect()
}

fn assert_whole(events: &[Event], tasks: usize) {
    let seqs: Vec<u64> = events.iter().map(|event| event.seq).collect();
    assert_eq!(seqs, (1..=3 * tasks as u64 + 1).collect::<Vec<_>>());
    let texts = texts(events);
    assert_eq!(texts.iter().collect::<HashSet<_>>().len(), 3 * tasks);
    for task in 0..tasks {
        let prefix = format!("{task}/");
        let own: Vec<_> = texts
            .iter()
            .filter(|text| text.starts_with(&prefix))
            .collect();
        assert_eq!(
            own,
            [
                &format!("{task}/0"),
                &format!("{task}/1"),
                &format!("{task}/2")
            ]
        );
    }
}

/// The feed must carry them in the order of the log too: a follower's ids only grow.
pub async fn writers_of_one_conversation_leave_no_gap_and_no_double(place: Place) {
    let id = place.start("c1").await;
    let mut follower = place.store.feed().subscribe(&id);
    let appended = load(&place.store, (0..TASKS).map(|task| (task, id.clone()))).await;
    assert_whole(&place.store.events(&id, 0).await.unwrap(), TASKS);
    let leases = appended
        .iter()
        .filter(|appended| appended.lease.is_some())
        .count();
    assert_eq!(leases, 1);
    let mut heard = Vec::new();
    loop {
        match follower.try_recv() {
            Ok(Live::Logged(event)) => heard.push(event.seq),
            // Only what came first is left out, and a follower reads that from the log.
            Err(TryRecvError::Lagged(_)) => assert!(heard.is_empty()),
            _ => break,
        }
    }
    let last = 3 * TASKS as u64 + 1;
    let first = last + 1 - heard.len() as u64;
    assert!(heard.len() >= FEED_BACKLOG_MAX.min(3 * TASKS));
    assert_eq!(heard, (first..=last).collect::<Vec<_>>());
}

pub async fn writers_of_many_conversations_do_not_mix(place: Place) {
    let mut ids = Vec::new();
    for n in 0..TASKS {
        ids.push(place.start(&format!("c{n}")).await);
    }
    load(&place.store, ids.iter().cloned().enumerate()).await;
    for (n, id) in ids.iter().enumerate() {
        let events = place.store.events(id, 0).await.unwrap();
        assert_eq!(
            texts(&events),
            [format!("{n}/0"), format!("{n}/1"), format!("{n}/2")]
        );
    }
}

pub async fn a_client_id_sent_at_once_by_many_is_one_message(place: Place) {
    let id = place.start("c1").await;
    let stores = [place.store.clone(), place.second_process()];
    let mut running = JoinSet::new();
    for n in 0..TASKS {
        let (store, id) = (stores[n % 2].clone(), id.clone());
        running.spawn(async move {
            store
                .append(&id, message(&n.to_string(), Some("same")))
                .await
                .unwrap()
        });
    }
    let appended = running.join_all().await;
    let first: Vec<_> = appended
        .iter()
        .filter(|one| one.duplicate_of.is_none())
        .collect();
    assert_eq!(first.len(), 1);
    let events = place.store.events(&id, 1).await.unwrap();
    assert_eq!(events.len(), 1);
    assert!(appended.iter().all(|one| *one.events[0] == events[0]));
    assert_eq!(appended.iter().filter(|one| one.lease.is_some()).count(), 1);
}

/// Every other append fails at its very end, inside the same commits as those that succeed.
pub async fn a_failing_append_takes_nothing_with_it(place: Place) {
    let id = place.start("c1").await;
    let mut running = JoinSet::new();
    for n in 0..TASKS {
        let (store, id) = (place.store.clone(), id.clone());
        running.spawn(async move {
            let mut append = message(&n.to_string(), Some(&n.to_string()));
            append.outbox.push(NewOutbox {
                key: format!("mail-{n}"),
                kind: "mail".to_owned(),
                body: "{}".to_owned(),
            });
            let fails = n % 2 == 1;
            for hash in ["h1", if fails { "h2" } else { "h1" }] {
                append.ledger.push(LedgerChange::Start {
                    key: IdempotencyKey::new(format!("k-{n}")),
                    tool: "start_return".to_owned(),
                    arguments_hash: hash.to_owned(),
                    amount: None,
                });
            }
            let result = store.append(&id, append).await;
            match result {
                Err(StoreError::KeyReused) => assert!(fails),
                Ok(_) => assert!(!fails),
                Err(error) => panic!("{error}"),
            }
        });
    }
    running.join_all().await;
    let events = place.store.events(&id, 0).await.unwrap();
    let seqs: Vec<u64> = events.iter().map(|event| event.seq).collect();
    assert_eq!(seqs, (1..=TASKS as u64 / 2 + 1).collect::<Vec<_>>());
    assert!(
        texts(&events)
            .iter()
            .all(|text| text.parse::<u32>().unwrap() % 2 == 0)
    );
    assert_eq!(place.store.ledger(&id).await.unwrap().len(), TASKS / 2);
    assert_eq!(
        place
            .store
            .claim_outbox("p", NOW, TASKS)
            .await
            .unwrap()
            .len(),
        TASKS / 2
    );
    // A client id whose append failed is free.
    let retried = place
        .store
        .append(&id, message("1", Some("1")))
        .await
        .unwrap();
    assert_eq!(retried.duplicate_of, None);
}

/// Both write the same conversation at full speed; each sees at once what the other was told is on
/// disk.
pub async fn two_processes_see_one_log(place: Place) {
    let id = place.start("c1").await;
    let other = place.second_process();
    let here = load(&place.store, (0..16).map(|task| (task, id.clone())));
    let there = load(&other, (16..32).map(|task| (task, id.clone())));
    tokio::join!(here, there);
    for store in [&place.store, &other] {
        assert_whole(&store.events(&id, 0).await.unwrap(), 32);
    }
    for n in 0..20 {
        let (writer, reader) = if n % 2 == 0 {
            (&place.store, &other)
        } else {
            (&other, &place.store)
        };
        let seq = writer
            .append(&id, message("x", None))
            .await
            .unwrap()
            .head
            .last_seq;
        assert_eq!(reader.head(&id).await.unwrap().last_seq, seq);
    }
}

pub async fn one_of_many_gets_the_lease(place: Place) {
    let id = place.start_with_message("c1").await;
    let stores = [place.store.clone(), place.second_process()];
    for round in 1..=3 {
        let now_ms = NOW + round * 60_000;
        let mut running = JoinSet::new();
        for n in 0..32 {
            let (store, id) = (stores[n % 2].clone(), id.clone());
            running
                .spawn(async move { store.acquire(&id, &format!("p{n}"), now_ms).await.unwrap() });
        }
        let got: Vec<_> = running.join_all().await.into_iter().flatten().collect();
        assert_eq!(got.len(), 1);
        assert_eq!(got[0].fence, round as u64);
    }
}

pub async fn claimers_never_share_a_row(place: Place) {
    let id = place.start("c1").await;
    let mut append = Append::new(super::place::shopper(), NOW, vec![wrote("x", None)]);
    append.outbox = (0..100)
        .map(|n| NewOutbox {
            key: format!("k{n}"),
            kind: "mail".to_owned(),
            body: "{}".to_owned(),
        })
        .collect();
    place.store.append(&id, append).await.unwrap();
    let stores = [place.store.clone(), place.second_process()];
    let mut running = JoinSet::new();
    for n in 0..16 {
        let store = stores[n % 2].clone();
        running.spawn(async move { store.claim_outbox(&format!("p{n}"), NOW, 9).await.unwrap() });
    }
    let keys: Vec<String> = running
        .join_all()
        .await
        .into_iter()
        .flatten()
        .map(|row| row.key)
        .collect();
    assert_eq!(keys.len(), 100);
    assert_eq!(keys.iter().collect::<HashSet<_>>().len(), 100);
}
