//! Erasing: the words go, the log stays.

use attendant::domain::conversation::Head;
use attendant::domain::event::{Channel, EventBody};
use attendant::domain::identity::Identity;
use attendant::store::StoreError;
use attendant::store::log::{Append, Writer};
use attendant::store::outbox::NewOutbox;

use super::place::{NOW, Place, message};
use super::samples::{bundle, handed_off, one_of_each, replied};

/// What the samples say in their private parts, bundles and mails.
const WORDS: [&str; 8] = [
    "where is it",
    "One moment",
    "in transit",
    "€52.00",
    "Robin here",
    "Tuesday",
    "soaked",
    "kim@",
];

async fn talk(place: &Place, id: &attendant::domain::ids::ConversationId) {
    let mut append = Append::new(Writer::Agent, NOW, one_of_each());
    append.bundle = Some(bundle(id));
    append.outbox.push(NewOutbox {
        key: "mail".to_owned(),
        kind: "mail".to_owned(),
        body: "kim@example.com".to_owned(),
    });
    place.store.append(id, append).await.unwrap();
}

pub async fn no_word_is_left_and_the_log_still_folds(place: Place) {
    let id = place.start("c1").await;
    let kept = place.start_with_message("c2").await;
    talk(&place, &id).await;
    let before = place.store.events(&id, 0).await.unwrap();
    let stored = format!("{} {before:?}", place.everything());
    assert!(WORDS.iter().all(|word| stored.contains(word)));
    place.store.erase(&id, NOW + 1).await.unwrap();

    let stored = place.everything();
    let left: Vec<_> = WORDS
        .iter()
        .filter(|word| stored.contains(**word))
        .collect();
    assert!(left.is_empty(), "{left:?}");
    // Compressed words would not show: only the other conversation has payload rows at all.
    let owners =
        "SELECT DISTINCT c.id FROM payloads p JOIN conversations c ON c.no = p.conversation";
    assert_eq!(place.rows(owners), "[Text(\"c2\")]");
    let after = place.store.events(&id, 0).await.unwrap();
    assert_eq!(after.len(), before.len() + 1);
    assert!(matches!(after.last().unwrap().body, EventBody::Erased(_)));
    let mut folds = [Head::new(Channel::Eval), Head::new(Channel::Eval)];
    for (old, new) in before.iter().zip(&after) {
        folds[0].apply(old);
        folds[1].apply(new);
    }
    assert_eq!(folds[0], folds[1]);
    assert_eq!(
        Identity::fold(&before),
        Identity::fold(&after[..before.len()])
    );
    folds[1].apply(after.last().unwrap());
    assert_eq!(place.store.head(&id).await.unwrap(), folds[1]);
    let other = place.store.events(&kept, 0).await.unwrap();
    assert!(matches!(&other[1].body, EventBody::ShopperWrote(wrote) if wrote.private.is_some()));
    // The client id still tells a repeated message, whose words are gone.
    let again = place
        .store
        .append(&id, message("again", Some("client-1")))
        .await
        .unwrap();
    assert!(again.duplicate_of.is_some());
    // And again: nothing to erase is no error.
    place.store.erase(&id, NOW + 2).await.unwrap();
}

pub async fn a_run_with_the_words_in_memory_is_fenced_off(place: Place) {
    let id = place.start("c1").await;
    let lease = place
        .store
        .append(&id, message("hi", None))
        .await
        .unwrap()
        .lease
        .unwrap();
    place.store.erase(&id, NOW).await.unwrap();
    let append = Append::new(Writer::Run(lease), NOW, vec![replied(2)]);
    assert!(matches!(
        place.store.append(&id, append).await,
        Err(StoreError::Fenced)
    ));
    // The message still wants its answer.
    assert_eq!(place.store.unfinished(NOW, 9).await.unwrap(), [id]);
}

pub async fn undelivered_words_are_wiped_too(place: Place) {
    let id = place.start("c1").await;
    talk(&place, &id).await;
    let claimed = place.store.claim_outbox("p", NOW, 9).await.unwrap();
    assert_eq!(claimed.len(), 1);
    place.store.erase(&id, NOW).await.unwrap();
    place
        .store
        .outbox_failed("mail", "refused: kim@example.com", NOW)
        .await
        .unwrap();
    let mut append = Append::new(Writer::Agent, NOW, vec![handed_off()]);
    append.outbox.push(NewOutbox {
        key: "mail".to_owned(),
        kind: "mail".to_owned(),
        body: "kim@example.com".to_owned(),
    });
    place.store.append(&id, append).await.unwrap();
    assert!(
        place
            .store
            .claim_outbox("p", NOW + 1_000_000, 9)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(place.store.stuck_outbox(9).await.unwrap().is_empty());
    assert!(!place.everything().contains("kim@"));
}
