//! Tries, codes and walls: limits hold exactly, and nothing is told of what was not proved.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use attendant::domain::customer::{Address, Customer};
use attendant::domain::event::{Channel, EventBody, IdentityDropped, IdentityProved};
use attendant::domain::identity::{Proof, ProofMethod};
use attendant::domain::ids::{ConversationId, CustomerId, OrderNumber};
use attendant::domain::limits::*;
use attendant::domain::money::{Currency, Money};
use attendant::domain::order::{Order, OrderStatus};
use attendant::domain::origin::Origin;
use attendant::store::StoreError;
use attendant::store::customers::NewCustomer;
use attendant::store::log::{Append, Writer};
use attendant::store::orders::Buyer;
use attendant::store::proofs::{NewCode, Tried, Try};

use super::place::{NOW, Place, TOKEN, message};
use super::samples::{confirmed, handed_off, replied, wrote};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

fn attempt(conversation: &ConversationId, now_ms: i64) -> Try {
    Try {
        conversation: conversation.clone(),
        secret: [3; 32],
        now_ms,
    }
}

fn customer(name: &str) -> Customer {
    Customer {
        payment_methods: Vec::new(),
        id: CustomerId::new(name),
        email: format!("{name}@example.com"),
        first_name: name.to_owned(),
        last_name: "Tester".to_owned(),
        created_ms: NOW,
        address: None,
    }
}

async fn known(place: &Place, name: &str) {
    let new = NewCustomer {
        customer: customer(name),
        known_by_email: false,
    };
    let put = place.store.put_customers(vec![new]).await.unwrap();
    assert_eq!(put, [None]);
    let money = Money::new(100, Currency::EUR);
    let order = Order {
        history: attendant::domain::order::OrderHistory::default(),
        number: OrderNumber::new(format!("{name}-1")),
        customer: CustomerId::new(name),
        placed_ms: NOW,
        status: OrderStatus::Processing,
        currency: Currency::EUR,
        note: None,
        lines: Vec::new(),
        shipping: money,
        total: money,
        payments: Vec::new(),
        shipments: Vec::new(),
        address: Some(Address {
            region: None,
            name: name.to_owned(),
            street: "Street 1".to_owned(),
            extra: None,
            postcode: "12345".to_owned(),
            city: "Town".to_owned(),
            country: "IE".to_owned(),
        }),
    };
    let buyer = Buyer::Id(CustomerId::new(name));
    let put = place.store.put_orders(vec![(buyer, order)]).await.unwrap();
    assert_eq!(put, [None]);
}

async fn from(place: &Place, name: &str, origin: Option<&str>) -> ConversationId {
    let id = ConversationId::new(name);
    let origin = origin.map(|text| Origin::parse(text).unwrap());
    let (store, channel) = (&place.store, Channel::Chat);
    let created = store.create_conversation_from(&id, TOKEN, channel, NOW, origin, vec![]);
    created.await.unwrap();
    id
}

/// Sends a code and says what came of it.
async fn send(place: &Place, id: &ConversationId, email: &str, code: &str, at: i64) -> Tried<()> {
    let new = NewCode {
        email: email.to_owned(),
        code: code.to_owned(),
        key: format!("{id}/{email}/{code}/{at}"),
    };
    let letter = |customer: &Customer| format!("to {}", customer.email);
    let sent = place.store.send_code(attempt(id, at), new, letter);
    sent.await.unwrap()
}

async fn try_code(place: &Place, id: &ConversationId, code: &str, at: i64) -> Option<String> {
    match place.store.try_code(attempt(id, at), code).await.unwrap() {
        Tried::Done(customer) => Some(customer.first_name),
        Tried::Failed => None,
        Tried::Limited => Some("(limited)".to_owned()),
    }
}

/// Tries an order whose details are right or not.
async fn try_order(
    place: &Place,
    id: &ConversationId,
    number: &str,
    email: Option<&str>,
    right: bool,
    at: i64,
) -> &'static str {
    let (number, email) = (OrderNumber::new(number), email.map(str::to_owned));
    let tried = place
        .store
        .try_order(attempt(id, at), number, email, move |_, _| right)
        .await;
    match tried.unwrap() {
        Tried::Done(_) => "done",
        Tried::Failed => "failed",
        Tried::Limited => "limited",
    }
}

pub async fn codes_are_limited_per_address_conversation_and_origin(place: Place) {
    known(&place, "ann").await;
    let peer = Some("address:a");
    let mut at = NOW;
    for n in 0..CODES_PER_EMAIL_MAX {
        let id = from(&place, &format!("e{n}"), None).await;
        assert_eq!(
            send(&place, &id, "ann@example.com", "1", at).await,
            Tried::Done(())
        );
        at += MINUTE;
    }
    let other = from(&place, "e-other", None).await;
    let again = send(&place, &other, "ann@example.com", "1", at).await;
    assert_eq!(again, Tried::Limited);
    // The first of them is an hour old: one more.
    let later = send(&place, &other, "ann@example.com", "1", NOW + HOUR).await;
    assert_eq!(later, Tried::Done(()));

    let one = from(&place, "one", None).await;
    for n in 0..CODES_PER_CONVERSATION_MAX + 2 {
        let sent = send(&place, &one, &format!("x{n}@example.com"), "1", at).await;
        assert_eq!(
            sent == Tried::Done(()),
            n < CODES_PER_CONVERSATION_MAX,
            "{n}"
        );
    }
    let mut sent = 0;
    for n in 0..CODES_PER_ORIGIN_MAX + 3 {
        let id = from(&place, &format!("o{n}"), peer).await;
        let email = format!("y{n}@example.com");
        sent += u64::from(send(&place, &id, &email, "1", at).await == Tried::Done(()));
    }
    assert_eq!(sent, CODES_PER_ORIGIN_MAX);
}

pub async fn a_code_counts_for_its_time_its_tries_and_its_conversation(place: Place) {
    known(&place, "ann").await;
    let (id, other) = (
        from(&place, "c1", None).await,
        from(&place, "c2", None).await,
    );
    send(&place, &id, "ann@example.com", "111111", NOW).await;
    // Elsewhere it is nothing, and without a code nothing is right.
    assert_eq!(try_code(&place, &other, "111111", NOW).await, None);
    assert_eq!(try_code(&place, &id, "222222", NOW).await, None);
    let ttl = i64::try_from(CODE_TTL.as_millis()).unwrap();
    for at in [NOW, NOW + 1, NOW + ttl - 1] {
        assert_eq!(
            try_code(&place, &id, "111111", at).await.as_deref(),
            Some("ann")
        );
    }
    assert_eq!(try_code(&place, &id, "111111", NOW + ttl).await, None);

    let third = from(&place, "c3", None).await;
    let at = NOW + 2 * HOUR;
    send(&place, &third, "ann@example.com", "333333", at).await;
    for _ in 0..CODE_TRIES_MAX {
        assert_eq!(try_code(&place, &third, "000000", at).await, None);
    }
    assert_eq!(try_code(&place, &third, "333333", at).await, None);
}

pub async fn a_newer_code_voids_the_older_and_a_repeated_call_sends_none(place: Place) {
    known(&place, "ann").await;
    let id = from(&place, "c1", None).await;
    let ann = "ann@example.com";
    send(&place, &id, ann, "111111", NOW).await;
    // A run that was killed asks again: the first mail's code stands, and no other leaves.
    send(&place, &id, ann, "222222", NOW + 1_000).await;
    assert_eq!(
        place.store.claim_outbox("p", NOW, 9).await.unwrap().len(),
        1
    );
    assert_eq!(try_code(&place, &id, "222222", NOW + 2_000).await, None);
    assert_eq!(
        try_code(&place, &id, "111111", NOW + 3_000)
            .await
            .as_deref(),
        Some("ann")
    );

    send(&place, &id, ann, "444444", NOW + MINUTE).await;
    assert_eq!(try_code(&place, &id, "111111", NOW + MINUTE).await, None);
    assert_eq!(
        try_code(&place, &id, "444444", NOW + MINUTE)
            .await
            .as_deref(),
        Some("ann")
    );
    // One for another address takes its place too.
    send(
        &place,
        &id,
        "nobody@example.com",
        "555555",
        NOW + 2 * MINUTE,
    )
    .await;
    for code in ["444444", "555555"] {
        assert_eq!(try_code(&place, &id, code, NOW + 2 * MINUTE).await, None);
    }
}

pub async fn an_unknown_address_writes_the_same_and_sends_nothing(place: Place) {
    known(&place, "ann").await;
    let count = |place: &Place| {
        ["codes", "proof_counts", "outbox"]
            .map(|table| place.rows(&format!("SELECT COUNT(*) FROM {table}")))
    };
    let (one, two) = (
        from(&place, "c1", None).await,
        from(&place, "c2", None).await,
    );
    send(&place, &one, "ann@example.com", "111111", NOW).await;
    let known_rows = count(&place);
    send(&place, &two, "ben@example.com", "222222", NOW).await;
    let both = count(&place);
    for (one, two) in known_rows.iter().zip(&both) {
        let number = |text: &str| -> u64 {
            let digits: String = text.chars().filter(char::is_ascii_digit).collect();
            digits.parse().unwrap()
        };
        assert_eq!(number(two), 2 * number(one));
    }
    let mails = place.store.claim_outbox("p", NOW, 9).await.unwrap();
    let kinds: Vec<_> = mails.iter().map(|mail| mail.kind.as_str()).collect();
    assert_eq!(kinds, ["mail", attendant::store::outbox::TO_NOBODY]);
    assert_eq!(mails[0].body, "to ann@example.com");
    assert_eq!(try_code(&place, &two, "222222", NOW).await, None);
}

pub async fn failures_are_counted_for_each_thing_by_itself(place: Place) {
    known(&place, "ann").await;
    let max = usize::try_from(PROOF_FAILURES_MAX).unwrap();
    // One order from many conversations, one conversation over many orders, one e-mail, one address.
    let mut at = NOW;
    for what in ["order", "conversation", "email", "origin"] {
        at += 2 * HOUR;
        let mut said = Vec::new();
        for n in 0..max + 2 {
            let fixed = |on: &str, text: String| {
                if on == what {
                    format!("fixed-{what}")
                } else {
                    text
                }
            };
            let origin = fixed("origin", format!("{what}{n}"));
            let name = if what == "conversation" {
                "same".to_owned()
            } else {
                format!("{what}{n}")
            };
            let id = ConversationId::new(&name);
            if place.store.head(&id).await.is_err() {
                from(&place, &name, Some(&format!("address:{origin}"))).await;
            }
            let number = fixed("order", format!("{what}-{n}"));
            let email = fixed("email", format!("{what}-{n}@example.com"));
            said.push(try_order(&place, &id, &number, Some(&email), false, at).await);
        }
        let failed = said.iter().filter(|word| **word == "failed").count();
        assert_eq!(
            (failed, said[max], said[max + 1]),
            (max, "limited", "limited"),
            "{what}"
        );
    }
    // Behind a proxy that says nothing, all are one, and more is let through.
    at += 2 * HOUR;
    let mut failed = 0;
    for n in 0..PROOF_FAILURES_PER_MACHINE_MAX + 5 {
        let id = from(&place, &format!("m{n}"), Some("machine:m")).await;
        let said = try_order(&place, &id, &format!("m-{n}"), None, false, at).await;
        failed += u64::from(said == "failed");
    }
    assert_eq!(failed, PROOF_FAILURES_PER_MACHINE_MAX);
}

pub async fn a_limited_try_looks_nothing_up_and_is_over_after_an_hour(place: Place) {
    known(&place, "ann").await;
    let id = from(&place, "c1", None).await;
    for _ in 0..PROOF_FAILURES_MAX {
        assert_eq!(
            try_order(&place, &id, "ann-1", None, false, NOW).await,
            "failed"
        );
    }
    let looked = Arc::new(AtomicUsize::new(0));
    let look = looked.clone();
    let number = OrderNumber::new("ann-1");
    let tried = place
        .store
        .try_order(attempt(&id, NOW + HOUR - 1), number, None, move |_, _| {
            look.fetch_add(1, Ordering::SeqCst);
            true
        })
        .await;
    assert_eq!(tried.unwrap(), Tried::Limited);
    assert_eq!(looked.load(Ordering::SeqCst), 0);
    // What is limited is not counted: whoever has to wait waits an hour and no longer.
    assert_eq!(
        try_order(&place, &id, "ann-1", None, true, NOW + HOUR).await,
        "done"
    );
    // What was proved is not counted either.
    for _ in 0..2 * PROOF_FAILURES_MAX {
        assert_eq!(
            try_order(&place, &id, "ann-1", None, true, NOW + HOUR).await,
            "done"
        );
    }
    send(&place, &id, "ann@example.com", "111111", NOW + 2 * HOUR).await;
    for _ in 0..PROOF_FAILURES_MAX {
        try_order(&place, &id, "none", None, false, NOW + 2 * HOUR).await;
    }
    let said = try_code(&place, &id, "111111", NOW + 2 * HOUR).await;
    assert_eq!(said.as_deref(), Some("(limited)"));
}

pub async fn tries_at_once_are_limited_exactly(place: Place) {
    known(&place, "ann").await;
    let second = place.second_process();
    let looked = Arc::new(AtomicUsize::new(0));
    let mut tries = Vec::new();
    for n in 0..40 {
        let id = from(&place, &format!("c{n}"), None).await;
        let store = if n % 2 == 0 {
            place.store.clone()
        } else {
            second.clone()
        };
        let looked = looked.clone();
        tries.push(tokio::spawn(async move {
            let number = OrderNumber::new("ann-1");
            let wrong = move |_: &Order, _: &Customer| {
                looked.fetch_add(1, Ordering::SeqCst);
                false
            };
            store
                .try_order(attempt(&id, NOW), number, None, wrong)
                .await
                .unwrap()
        }));
    }
    let mut failed = 0;
    for one in tries {
        failed += u64::from(one.await.unwrap() == Tried::Failed);
    }
    assert_eq!(failed, PROOF_FAILURES_MAX);
    assert_eq!(looked.load(Ordering::SeqCst) as u64, PROOF_FAILURES_MAX);
}

pub async fn nothing_is_kept_in_the_clear_and_old_rows_go(place: Place) {
    known(&place, "ann").await;
    let id = from(&place, "c1", Some("address:hash")).await;
    send(&place, &id, "ann@example.com", "918273", NOW).await;
    try_code(&place, &id, "555444", NOW).await;
    try_order(&place, &id, "ann-1", Some("ben@example.com"), false, NOW).await;
    let tables =
        ["proof_counts", "codes"].map(|table| place.rows(&format!("SELECT * FROM {table}")));
    for secret in ["ann@", "ben@", "918273", "555444", "ann-1"] {
        assert!(tables.iter().all(|rows| !rows.contains(secret)), "{secret}");
    }
    assert!(tables.iter().all(|rows| !rows.is_empty()));
    place.store.erase(&id, NOW).await.unwrap();
    assert_eq!(place.rows("SELECT * FROM codes"), "");

    send(&place, &id, "ann@example.com", "918273", NOW + 1).await;
    let other = from(&place, "c2", None).await;
    try_order(&place, &other, "x", None, false, NOW + 1 + HOUR).await;
    assert_eq!(place.rows("SELECT * FROM codes"), "");
    let left = place.rows("SELECT DISTINCT at_ms FROM proof_counts");
    assert_eq!(left, format!("[Integer({})]", NOW + 1 + HOUR));
}

fn wall(through: u64) -> EventBody {
    EventBody::IdentityDropped(IdentityDropped {
        through: Some(through),
    })
}

pub async fn a_wall_hides_what_stands_before_it(place: Place) {
    let id = place.start_with_message("c1").await;
    let mut append = Append::new(
        Writer::Agent,
        NOW,
        vec![replied(2), wall(3), wrote("mine", None)],
    );
    append.unless_seq_after = Some(2);
    let head = place.store.append(&id, append).await.unwrap().head;
    assert_eq!((head.hidden_through, head.answered_through), (3, 3));
    for after in [0, 1, 3] {
        let (hidden, shown) = place.store.events_shown(&id, after).await.unwrap();
        let seqs: Vec<_> = shown.iter().map(|event| event.seq).collect();
        assert_eq!((hidden, seqs), (3, vec![4, 5]), "after {after}");
    }
    let (_, rest) = place.store.events_shown(&id, 4).await.unwrap();
    assert_eq!(rest.len(), 1);
    // The log itself is whole, for who may read it.
    assert_eq!(place.store.events(&id, 0).await.unwrap().len(), 5);
    assert_eq!(place.store.head(&id).await.unwrap(), {
        let mut fold = attendant::domain::conversation::Head::new(Channel::Chat);
        for event in place.store.events(&id, 0).await.unwrap() {
            fold.apply(&event);
        }
        fold
    });
}

/// Who comes next has perhaps read the code of who was there, on the screen they share.
pub async fn a_wall_voids_the_code_that_was_sent_before_it(place: Place) {
    known(&place, "maya").await;
    let id = place.start("c1").await;
    send(&place, &id, "maya@example.com", "123456", NOW).await;
    assert!(try_code(&place, &id, "123456", NOW).await.is_some());
    let holder = "process-1".to_owned();
    let out = Append::new(Writer::Storefront { holder }, NOW, vec![wall(1)]);
    place.store.append(&id, out).await.unwrap();
    assert_eq!(try_code(&place, &id, "123456", NOW).await, None);
}

pub async fn a_hand_off_before_a_wall_is_none_of_the_next_customers(place: Place) {
    let id = place.start("c1").await;
    let customer = CustomerId::new("noor");
    let method = ProofMethod::Token;
    let proof = Proof::Customer {
        customer: customer.clone(),
        method,
    };
    let proved = EventBody::IdentityProved(IdentityProved { proof });
    let events = vec![handed_off(), wall(2), proved];
    let append = Append::new(Writer::Agent, NOW, events);
    place.store.append(&id, append).await.unwrap();
    let besides = ConversationId::new("c2");
    let earlier = || place.store.conversations_of(&customer, &besides, 5);
    assert_eq!(earlier().await.unwrap().0[0].reason, None);
    let append = Append::new(Writer::Agent, NOW, vec![handed_off()]);
    place.store.append(&id, append).await.unwrap();
    assert!(earlier().await.unwrap().0[0].reason.is_some());
}

pub async fn a_storefronts_wall_fences_the_run_off_and_takes_up_what_is_left(place: Place) {
    let id = place.start("c1").await;
    let lease = place
        .store
        .append(&id, message("where is it?", None))
        .await
        .unwrap()
        .lease;
    let run = lease.unwrap();
    let storefront = || Writer::Storefront {
        holder: "process-2".to_owned(),
    };
    let appended = place
        .store
        .append(&id, Append::new(storefront(), NOW, vec![wall(2)]));
    let appended = appended.await.unwrap();
    assert!(!appended.head.has_work() && appended.lease.is_none());
    let late = Append::new(Writer::Run(run), NOW, vec![replied(2)]);
    assert!(matches!(
        place.store.append(&id, late).await,
        Err(StoreError::Fenced)
    ));

    // A confirmed write is finished by who takes the conversation up.
    let started = Append::new(
        Writer::Shopper {
            holder: "process-1".to_owned(),
        },
        NOW,
        vec![confirmed("k")],
    );
    let lease = place
        .store
        .append(&id, started)
        .await
        .unwrap()
        .lease
        .unwrap();
    let seq = place.store.head(&id).await.unwrap().last_seq;
    let appended = place
        .store
        .append(&id, Append::new(storefront(), NOW, vec![wall(seq)]));
    let taken = appended.await.unwrap().lease.unwrap();
    assert!(taken.fence > lease.fence && taken.holder == "process-2");
}
