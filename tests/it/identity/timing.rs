//! How long tries take whose answers must not differ. Printed, not asserted: a loaded machine tells
//! nothing. `cargo test --test it identity::timing -- --nocapture` shows it.

use std::time::{Duration, Instant};

use attendant::domain::ids::OrderNumber;
use attendant::domain::limits::PROOF_WINDOW;
use attendant::store::proofs::{NewCode, Tried, Try};

use super::*;

const ROUNDS: usize = 60;

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

#[tokio::test]
async fn known_and_unknown_take_the_same_work() {
    let place = Place::new(puppet()).await;
    let (customer, orders) = place.shopper("waiting").await;
    let talk = place.talk(None).await;
    let window = i64::try_from(PROOF_WINDOW.as_millis()).unwrap();
    let attempt = || Try {
        conversation: talk.id.clone(),
        secret: [7; 32],
        now_ms: place.clock.now_ms(),
    };
    let mut times: [Vec<Duration>; 5] = Default::default();
    let (store, number) = (&place.store, &orders[0].number);
    for round in 0..ROUNDS {
        for (n, email) in [customer.email.as_str(), "nobody@example.com"]
            .into_iter()
            .enumerate()
        {
            place.clock.advance_ms(window);
            let new = NewCode {
                email: email.to_owned(),
                code: "123456".into(),
                key: format!("{round}/{n}"),
            };
            let start = Instant::now();
            let letter = |customer: &Customer| customer.email.clone();
            store.send_code(attempt(), new, letter).await.unwrap();
            times[n].push(start.elapsed());
        }
        for (n, number) in [number.clone(), OrderNumber::new("99999999")]
            .into_iter()
            .enumerate()
        {
            place.clock.advance_ms(window);
            let start = Instant::now();
            let email = Some("nobody@example.com".to_owned());
            let tried = store
                .try_order(attempt(), number, email, |_, _| false)
                .await;
            times[2 + n].push(start.elapsed());
            assert_eq!(tried.unwrap(), Tried::Failed);
        }
        for _ in 0..5 {
            let number = OrderNumber::new("99999999");
            store
                .try_order(attempt(), number, None, |_, _| false)
                .await
                .unwrap();
        }
        let start = Instant::now();
        let tried = store
            .try_order(attempt(), number.clone(), None, |_, _| true)
            .await;
        times[4].push(start.elapsed());
        assert_eq!(tried.unwrap(), Tried::Limited);
    }
    let names = [
        "code, known address",
        "code, unknown address",
        "order, wrong e-mail",
        "order, unknown number",
        "order, limited",
    ];
    for (name, times) in names.into_iter().zip(times) {
        assert_eq!(times.len(), ROUNDS);
        println!("{name}: median {:?} of {ROUNDS}", median(times));
    }
}
