//! Personal codes: one at a time, used once, guessed at a limited number of times.

use attendant::domain::ids::{ConversationId, CustomerId, OrderNumber};
use attendant::domain::money::{Currency, Money};
use attendant::domain::offer::{IssuedCode, OfferTerms, OfferValue};
use attendant::store::Store;
use attendant::store::offers::{NewCode, Redeemed, Tried};

use super::place::{NOW, Place};

const DAY: i64 = 24 * 60 * 60 * 1_000;

fn terms(percent: u8) -> OfferTerms {
    OfferTerms {
        title: "10% off".into(),
        value: OfferValue::Percent(percent),
        minimum: Some(Money::new(6_000, Currency::EUR)),
        categories: vec!["fleece".into()],
        not_categories: vec![],
        brands: vec![],
        not_brands: vec!["Ferrane".into()],
        not_final_sale: true,
        not_reduced: false,
    }
}

fn new(customer: &str, code: &str) -> NewCode {
    NewCode {
        customer: CustomerId::new(customer),
        offer: "loyal".into(),
        terms: terms(10),
        codes: vec![code.into()],
        valid_until_ms: NOW + 30 * DAY,
        uses: 2,
        renew_expired: false,
    }
}

async fn issue(store: &Store, new: NewCode, now: i64) -> Option<IssuedCode> {
    store.issue_offer_code(new, now).await.unwrap()
}

pub async fn a_code_asked_for_by_many_at_once_is_one(place: Place) {
    let other = place.second_process();
    let tasks: Vec<_> = (0..24)
        .map(|n| {
            let store = if n % 2 == 0 { &place.store } else { &other };
            let (store, new) = (store.clone(), new("c1", &format!("AAAA-BBBB-{n:04}")));
            tokio::spawn(async move { issue(&store, new, NOW).await.unwrap().code })
        })
        .collect();
    let mut codes = Vec::new();
    for task in tasks {
        codes.push(task.await.unwrap());
    }
    codes.dedup();
    assert_eq!(codes.len(), 1, "{codes:?}");
    let customer = CustomerId::new("c1");
    let kept = place.store.offer_code_of(&customer, "loyal");
    let kept = kept.await.unwrap().unwrap();
    assert_eq!(kept.code, codes[0]);
    assert_eq!(kept.terms, terms(10));
    assert_eq!((kept.issued_ms, kept.valid_until_ms), (NOW, NOW + 30 * DAY));
    // What was promised stays when the offer changes.
    let later = NewCode {
        terms: terms(5),
        ..new("c1", "CCCC-CCCC-CCCC")
    };
    assert_eq!(issue(&place.store, later, NOW + DAY).await, Some(kept));
}

pub async fn a_code_is_used_once_whoever_asks(place: Place) {
    issue(&place.store, new("c1", "7K2M-9QXD-41R0"), NOW).await;
    let other = place.second_process();
    let customer = CustomerId::new("c1");
    let tasks: Vec<_> = (0..24)
        .map(|n| {
            let store = if n % 2 == 0 { &place.store } else { &other };
            let (store, customer) = (store.clone(), customer.clone());
            tokio::spawn(async move {
                let order = OrderNumber::new(format!("o{n}"));
                let redeemed = store.redeem_offer_code("7k2m9qxd41ro", &customer, &order, NOW + 1);
                redeemed.await.unwrap()
            })
        })
        .collect();
    let (mut done, mut used) = (Vec::new(), 0);
    for task in tasks {
        match task.await.unwrap() {
            Redeemed::Done(code) => done.push(code),
            Redeemed::Used => used += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((done.len(), used), (1, 23));
    let redemption = done[0].redeemed.clone().unwrap();
    let redeem = |code: &'static str, customer: &'static str, order: OrderNumber, now| {
        let store = place.store.clone();
        async move {
            let customer = CustomerId::new(customer);
            let redeemed = store.redeem_offer_code(code, &customer, &order, now);
            redeemed.await.unwrap()
        }
    };
    let again = redeem("7K2M-9QXD-41R0", "c1", redemption.order.clone(), NOW + 2).await;
    assert!(matches!(again, Redeemed::Done(code) if code.redeemed == Some(redemption)));
    let order = OrderNumber::new("o99");
    assert_eq!(
        redeem("7K2M-9QXD-41R0", "c2", order.clone(), NOW).await,
        Redeemed::Unknown,
        "another customer's"
    );
    assert_eq!(
        redeem("7K2M-9QXD-41R2", "c1", order.clone(), NOW).await,
        Redeemed::Unknown
    );
    issue(&place.store, new("c3", "AAAA-AAAA-AAAA"), NOW).await;
    let last = NOW + 30 * DAY - 1;
    let late = redeem("AAAA-AAAA-AAAA", "c3", order.clone(), last + 1).await;
    assert_eq!(late, Redeemed::Expired, "the first moment past it");
    let in_time = redeem("AAAA-AAAA-AAAA", "c3", order, last).await;
    assert!(matches!(in_time, Redeemed::Done(_)), "{in_time:?}");
}

pub async fn a_code_is_replaced_only_where_the_offer_says_so(place: Place) {
    let store = &place.store;
    let use_up = async |code: &str| {
        let order = OrderNumber::new(code);
        let customer = CustomerId::new("c1");
        let redeemed = store.redeem_offer_code(code, &customer, &order, NOW);
        assert!(matches!(redeemed.await.unwrap(), Redeemed::Done(_)));
    };
    let first = issue(store, new("c1", "AAAA-AAAA-AAA1"), NOW)
        .await
        .unwrap();
    use_up(&first.code).await;
    let second = issue(store, new("c1", "AAAA-AAAA-AAA2"), NOW)
        .await
        .unwrap();
    assert_eq!(second.code, "AAAA-AAAA-AAA2");
    use_up(&second.code).await;
    assert_eq!(
        issue(store, new("c1", "AAAA-AAAA-AAA3"), NOW).await,
        None,
        "two uses"
    );

    let expired = NOW + 31 * DAY;
    issue(store, new("c2", "AAAA-AAAA-AAA4"), NOW)
        .await
        .unwrap();
    assert_eq!(
        issue(store, new("c2", "AAAA-AAAA-AAA5"), expired).await,
        None
    );
    let renewed = NewCode {
        renew_expired: true,
        valid_until_ms: expired + DAY,
        ..new("c2", "AAAA-AAAA-AAA6")
    };
    let renewed = issue(store, renewed, expired).await.unwrap();
    assert_eq!(renewed.code, "AAAA-AAAA-AAA6");
    let customer = CustomerId::new("c2");
    let open = store.open_offer_codes(&customer, expired, 5);
    assert_eq!(open.await.unwrap(), [renewed]);
    // A code that is taken is not given to a second customer.
    let taken = NewCode {
        codes: vec!["AAAA-AAAA-AAA6".into(), "AAAA-AAAA-AAA7".into()],
        ..new("c4", "")
    };
    assert_eq!(
        issue(store, taken, NOW).await.unwrap().code,
        "AAAA-AAAA-AAA7"
    );
    let none_free = store
        .issue_offer_code(new("c5", "AAAA-AAAA-AAA6"), NOW)
        .await;
    assert!(none_free.is_err());
}

pub async fn wrong_codes_are_counted_and_then_nothing_is_found(place: Place) {
    let store = &place.store;
    let code = issue(store, new("c1", "7K2M-9QXD-41R0"), NOW)
        .await
        .unwrap();
    let (mine, theirs) = (CustomerId::new("c1"), CustomerId::new("c2"));
    let guess = async |conversation: &str, customer, code: &str, known| {
        let conversation = ConversationId::new(conversation);
        let tried = store.try_offer_code(&conversation, customer, code, known, 10);
        tried.await.unwrap()
    };
    for customer in [None, Some(&theirs)] {
        let tried = guess("other", customer, &code.code, false).await;
        assert_eq!(tried, Tried::Unknown);
    }
    let found = Tried::Issued(Box::new(code));
    for _ in 0..30 {
        assert_eq!(
            guess("a", Some(&mine), "7k2m 9qxd 41ro", false).await,
            found
        );
        assert_eq!(guess("a", None, "WARM10", true).await, Tried::Known);
    }
    let tasks: Vec<_> = (0..9)
        .map(|n| {
            let (store, theirs) = (store.clone(), theirs.clone());
            tokio::spawn(async move {
                let conversation = ConversationId::new("a");
                let code = format!("WRONG{n}");
                let tried = store.try_offer_code(&conversation, Some(&theirs), &code, false, 10);
                tried.await.unwrap()
            })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), Tried::Unknown);
    }
    assert_eq!(
        guess("a", Some(&mine), "7K2M9QXD41R0", false).await,
        found,
        "nine"
    );
    assert_eq!(
        guess("a", Some(&mine), "WRONG", false).await,
        Tried::Unknown
    );
    assert_eq!(
        guess("a", Some(&mine), "7K2M9QXD41R0", false).await,
        Tried::Unknown
    );
    assert_eq!(guess("a", None, "WARM10", true).await, Tried::Unknown);
    assert_eq!(guess("b", Some(&mine), "7K2M9QXD41R0", false).await, found);
}
