//! What models have used: added where an append commits, nowhere else, over all processes.

use attendant::domain::event::Usage;
use attendant::store::StoreError;
use attendant::store::log::Append;
use attendant::store::usage::DayUsage;

use super::place::{Place, message};

fn used(day: &str, model: &str, tokens: u64) -> DayUsage {
    DayUsage {
        day: day.parse().unwrap(),
        model: model.to_owned(),
        calls: 2,
        failed: 1,
        usage: Usage {
            input_tokens: tokens,
            cached_tokens: tokens / 2,
            output_tokens: 3,
        },
        micros: 10 * tokens,
    }
}

pub async fn use_adds_up_over_appends_and_processes(place: Place) {
    let id = place.start("c1").await;
    let other = place.second_process();
    for (store, text) in [(&place.store, "one"), (&other, "two")] {
        let append = Append {
            usage: vec![used("2026-11-26", "m", 100), used("2026-11-26", "n", 1)],
            ..message(text, None)
        };
        store.append(&id, append).await.unwrap();
    }
    let absurd = used("2026-11-26", "it's; \"hostile\"", 0);
    other.add_usage(vec![absurd.clone()]).await.unwrap();
    let day = "2026-11-26".parse().unwrap();
    let rows = place.store.usage_since(day).await.unwrap();
    let sum = DayUsage {
        calls: 4,
        failed: 2,
        usage: Usage {
            input_tokens: 200,
            cached_tokens: 100,
            output_tokens: 6,
        },
        micros: 2_000,
        ..used("2026-11-26", "m", 0)
    };
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[0], absurd);
    assert_eq!(rows[1], sum);
    assert_eq!(rows[2].used().tokens, 8);
}

pub async fn use_falls_with_its_append(place: Place) {
    let id = place.start_with_message("c1").await;
    let append = |text| Append {
        usage: vec![used("2026-11-26", "m", 100)],
        ..message(text, Some("k"))
    };
    let late = Append {
        unless_seq_after: Some(0),
        ..append("late")
    };
    let refused = place.store.append(&id, late).await;
    assert!(matches!(refused, Err(StoreError::Superseded)));
    let day = "2026-11-26".parse().unwrap();
    assert!(place.store.usage_since(day).await.unwrap().is_empty());
    place.store.append(&id, append("there")).await.unwrap();
    // A message that is known already appends nothing.
    place.store.append(&id, append("there")).await.unwrap();
    let rows = place.store.usage_since(day).await.unwrap();
    assert_eq!(rows, [used("2026-11-26", "m", 100)]);
}

pub async fn days_are_read_from_the_newest(place: Place) {
    let days = ["2026-11-24", "2026-12-01", "2026-11-25"];
    let rows = days.map(|day| used(day, "m", 1)).to_vec();
    place.store.add_usage(rows).await.unwrap();
    let since = "2026-11-25".parse().unwrap();
    let rows = place.store.usage_since(since).await.unwrap();
    let read: Vec<String> = rows.iter().map(|row| row.day.to_string()).collect();
    assert_eq!(read, ["2026-12-01", "2026-11-25"]);
}
