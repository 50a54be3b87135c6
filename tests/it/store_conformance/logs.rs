//! The log itself: what goes in comes out, in order, once.

use std::collections::HashSet;

use attendant::domain::conversation::Head;
use attendant::domain::event::{Channel, Event, EventBody};
use attendant::domain::ids::{ConversationId, MessageId};
use attendant::domain::limits::{
    EVENTS_KEPT_FREE, EVENTS_PER_CONVERSATION_MAX, EVENTS_PER_READ_MAX,
};
use attendant::store::StoreError;
use attendant::store::feed::Live;
use attendant::store::log::{Append, Writer};

use super::place::{NOW, Place, TOKEN, message, shopper};
use super::samples::{TYPES, number, one_of_each, replied, wrote};

fn text(event: &Event) -> &str {
    match &event.body {
        EventBody::ShopperWrote(wrote) => &wrote.private.as_ref().unwrap().text,
        _ => panic!("not a message: {event:?}"),
    }
}

/// Also proves that each stored type name is the one that the event reads back from.
pub async fn every_event_reads_back_as_it_was_written(place: Place) {
    let bodies = one_of_each();
    let types: HashSet<usize> = bodies.iter().map(number).collect();
    assert_eq!(types, (0..TYPES).collect());
    let id = place.start("c1").await;
    let append = Append::new(Writer::Agent, NOW + 7, bodies.clone());
    let appended = place.store.append(&id, append).await.unwrap();
    let read = place.store.events(&id, 1).await.unwrap();
    let read_bodies: Vec<EventBody> = read.iter().map(|event| event.body.clone()).collect();
    assert_eq!(read_bodies, bodies);
    assert!(read.iter().all(|event| event.at_ms == NOW + 7));
    let returned: Vec<Event> = appended
        .events
        .iter()
        .map(|event| (**event).clone())
        .collect();
    assert_eq!(read, returned);
}

pub async fn the_head_is_the_fold_of_the_log(place: Place) {
    let id = place.start("c1").await;
    for body in one_of_each() {
        let append = Append::new(Writer::Agent, NOW, vec![body]);
        let appended = place.store.append(&id, append).await.unwrap();
        let mut fold = Head::new(Channel::Eval);
        for event in place.store.events(&id, 0).await.unwrap() {
            fold.apply(&event);
        }
        assert_eq!(appended.head, fold);
        assert_eq!(place.store.head(&id).await.unwrap(), fold);
    }
}

pub async fn a_token_opens_its_own_conversation_and_nothing_else(place: Place) {
    let id = place.start("c1").await;
    assert_eq!(
        place
            .store
            .open_conversation(&id, TOKEN)
            .await
            .unwrap()
            .last_seq,
        1
    );
    let wrong = place
        .store
        .open_conversation(&id, "wrong")
        .await
        .unwrap_err();
    let nobody = ConversationId::new("nobody");
    let unknown = place
        .store
        .open_conversation(&nobody, TOKEN)
        .await
        .unwrap_err();
    assert!(matches!(wrong, StoreError::NotFound));
    assert_eq!(wrong.to_string(), unknown.to_string());
    for result in [
        place.store.head(&nobody).await.map(|_| ()),
        place.store.events(&nobody, 0).await.map(|_| ()),
        place
            .store
            .append(&nobody, message("hi", None))
            .await
            .map(|_| ()),
        place.store.acquire(&nobody, "p", NOW).await.map(|_| ()),
        place.store.ledger(&nobody).await.map(|_| ()),
        place.store.bundles(&nobody).await.map(|_| ()),
        place.store.erase(&nobody, NOW).await,
    ] {
        assert!(matches!(result, Err(StoreError::NotFound)), "{result:?}");
    }
}

pub async fn a_conversation_is_created_once(place: Place) {
    let id = place.start_with_message("c1").await;
    let again = place
        .store
        .create_conversation(&id, "other", Channel::Email, NOW, vec![])
        .await;
    assert!(matches!(again, Err(StoreError::Db(_))), "{again:?}");
    let head = place.store.open_conversation(&id, TOKEN).await.unwrap();
    assert_eq!((head.channel, head.last_seq), (Channel::Chat, 2));
}

pub async fn pages_join_without_gap_or_overlap(place: Place) {
    let id = place.start("c1").await;
    let wanted = EVENTS_PER_READ_MAX + 5;
    let bodies = (0..wanted).map(|n| wrote(&n.to_string(), None)).collect();
    place
        .store
        .append(&id, Append::new(shopper(), NOW, bodies))
        .await
        .unwrap();
    let first = place.store.events(&id, 1).await.unwrap();
    assert_eq!(first.len(), EVENTS_PER_READ_MAX);
    let second = place
        .store
        .events(&id, first.last().unwrap().seq)
        .await
        .unwrap();
    let texts: Vec<&str> = first.iter().chain(&second).map(text).collect();
    let expected: Vec<String> = (0..wanted).map(|n| n.to_string()).collect();
    assert_eq!(texts, expected);
    assert!(
        place
            .store
            .events(&id, second.last().unwrap().seq)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(place.store.events(&id, u64::MAX).await.unwrap().is_empty());
}

/// Without the kept room a confirmed write could not be logged in a full conversation.
pub async fn a_full_log_takes_no_message_but_lets_what_was_begun_finish(place: Place) {
    let id = place.start("c1").await;
    let mut lease = None;
    let room = EVENTS_PER_CONVERSATION_MAX - 1;
    let too_many = (0..=room).map(|_| wrote("x", None)).collect();
    let result = place
        .store
        .append(&id, Append::new(shopper(), NOW, too_many))
        .await;
    assert!(matches!(result, Err(StoreError::Full)));
    assert_eq!(place.store.head(&id).await.unwrap().last_seq, 1);
    for chunk in [room - 100, 100] {
        let bodies = (0..chunk).map(|_| wrote("x", None)).collect();
        let append = Append::new(shopper(), NOW, bodies);
        lease = place
            .store
            .append(&id, append)
            .await
            .unwrap()
            .lease
            .or(lease);
    }
    let result = place.store.append(&id, message("one more", None)).await;
    assert!(matches!(result, Err(StoreError::Full)));
    let run = Writer::Run(lease.unwrap());
    let last = EVENTS_PER_CONVERSATION_MAX;
    let finish = (0..EVENTS_KEPT_FREE).map(|_| replied(last)).collect();
    place
        .store
        .append(&id, Append::new(run.clone(), NOW, finish))
        .await
        .unwrap();
    let result = place
        .store
        .append(&id, Append::new(run, NOW, vec![replied(last)]))
        .await;
    assert!(matches!(result, Err(StoreError::Full)));
    place.store.erase(&id, NOW).await.unwrap();
}

pub async fn the_same_client_id_is_one_message(place: Place) {
    let id = place.start("c1").await;
    let first = place
        .store
        .append(&id, message("hello", Some("k")))
        .await
        .unwrap();
    assert_eq!(first.duplicate_of, None);
    for words in ["hello", "other words"] {
        let again = place
            .store
            .append(&id, message(words, Some("k")))
            .await
            .unwrap();
        assert_eq!(again.duplicate_of, Some(MessageId::new("m-hello")));
        assert_eq!(text(&again.events[0]), "hello");
        assert_eq!(again.events[0].seq, 2);
        assert_eq!(again.head.last_seq, 2);
        assert_eq!(again.lease, None);
    }
    // What came along with the message came along the first time too.
    let both = vec![wrote("hello", Some("k")), wrote("and this", None)];
    place
        .store
        .append(&id, Append::new(shopper(), NOW, both))
        .await
        .unwrap();
    assert_eq!(place.store.events(&id, 0).await.unwrap().len(), 2);
}

pub async fn client_ids_of_two_conversations_do_not_meet(place: Place) {
    for name in ["c1", "c2"] {
        let id = place.start(name).await;
        let appended = place
            .store
            .append(&id, message(name, Some("k")))
            .await
            .unwrap();
        assert_eq!(appended.duplicate_of, None);
        assert_eq!(text(&place.store.events(&id, 1).await.unwrap()[0]), name);
    }
}

pub async fn hostile_words_come_back_unchanged(place: Place) {
    let huge = "ß🦀\"\\".repeat(64 * 1024);
    let words = [
        "",
        " ",
        "'; DROP TABLE events; --",
        "$1 ?1 :a",
        "\u{0}\u{7}\u{feff}\u{202e}",
        &huge,
    ];
    let id = place.start("c'1\"; --").await;
    for (n, words) in words.iter().enumerate() {
        let client_id = format!("'; {n} ß🦀 --");
        place
            .store
            .append(&id, message(words, Some(&client_id)))
            .await
            .unwrap();
        let again = place
            .store
            .append(&id, message("again", Some(&client_id)))
            .await
            .unwrap();
        assert!(again.duplicate_of.is_some());
    }
    let events = place.store.events(&id, 1).await.unwrap();
    assert_eq!(events.iter().map(text).collect::<Vec<_>>(), words);
}

pub async fn a_newer_event_stops_its_conversation_only(place: Place) {
    let other = place.start_with_message("other").await;
    let changes = ["type = 'mind_read', version = 1", "version = 99"];
    for (n, change) in changes.iter().enumerate() {
        let id = place.start_with_message(&format!("c{n}")).await;
        let no = format!("SELECT no FROM conversations WHERE id = 'c{n}'");
        place.sql(&format!(
            "UPDATE events SET {change} WHERE conversation = ({no}) AND seq = 2"
        ));
        match place.store.events(&id, 0).await {
            Err(StoreError::NewerEvent {
                conversation,
                seq: 2,
                ..
            }) => assert_eq!(conversation, id),
            result => panic!("{result:?}"),
        }
        // Nothing a shopper writes is lost meanwhile.
        place
            .store
            .append(&id, message("hello?", None))
            .await
            .unwrap();
        assert_eq!(place.store.events(&other, 0).await.unwrap().len(), 2);
    }
    // {"text":5}
    place.sql("UPDATE payloads SET body = X'007B2274657874223A357D'");
    let broken = place.store.events(&other, 0).await.unwrap_err().to_string();
    assert!(
        broken.contains("event 2") && broken.contains("other"),
        "{broken}"
    );
}

pub async fn followers_hear_of_appends_and_not_of_repeats(place: Place) {
    let id = place.start("c1").await;
    let other = place.start("c2").await;
    let mut follower = place.store.feed().subscribe(&id);
    place
        .store
        .append(&other, message("not here", None))
        .await
        .unwrap();
    place
        .store
        .append(&id, message("one", Some("k")))
        .await
        .unwrap();
    place
        .store
        .append(&id, message("two", Some("k")))
        .await
        .unwrap();
    let refused = Append {
        unless_seq_after: Some(1),
        ..message("three", None)
    };
    place.store.append(&id, refused).await.unwrap_err();
    place.store.erase(&id, NOW).await.unwrap();
    let mut heard = Vec::new();
    while let Ok(live) = follower.try_recv() {
        match live {
            Live::Logged(event) => heard.push((event.seq, number(&event.body))),
            live => panic!("{live:?}"),
        }
    }
    assert_eq!(heard, [(2, 1), (3, 19)]);
}

pub async fn settings_are_kept(place: Place) {
    assert_eq!(place.store.meta_get("demo_seeded").await.unwrap(), None);
    for value in ["no", "yes"] {
        place.store.meta_set("demo_seeded", value).await.unwrap();
    }
    let other = place.second_process();
    assert_eq!(
        other.meta_get("demo_seeded").await.unwrap().as_deref(),
        Some("yes")
    );
}
