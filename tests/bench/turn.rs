//! Turns over HTTP with the built-in model: the real binary on a folder of its own, conversations of
//! four turns, one after another and several at once. Prints medians; judges nothing.
//!
//! `cargo bench --bench turn [-- TURNS]`

mod running;
mod talking;

use std::path::Path;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::Value;

use running::{Fallible, Server, attendant, percentile, used};
use talking::{conversation, turn};

/// What shoppers write, in turn: about what they have bought, and before they buy.
const TALKS: [(&str, [&str; 4]); 2] = [
    (
        "orders",
        [
            "hi, where is my order?",
            "what is your return policy?",
            "how much is shipping to Germany?",
            "I want to return the second item, too small",
        ],
    ),
    (
        "shopping",
        [
            "do you have a waterproof jacket under 150 in M, not black?",
            "which size of the first one for a chest of 98 cm?",
            "do you ship to Norway, and when is it here?",
            "any offers for me?",
        ],
    ),
];
const AT_ONCE: [usize; 3] = [1, 8, 32];
const TURNS: usize = 400;

/// So many shoppers at once, so many turns in all, and what they write.
type Load = (usize, usize, [&'static str; 4]);

async fn load(
    http: &reqwest::Client,
    server: &Server,
    token: &str,
    (at_once, turns, lines): Load,
) -> Fallible<String> {
    let before = used(server.id())?;
    let begun = Instant::now();
    let shoppers = (0..at_once).map(|_| async {
        let mut times = Vec::new();
        for _ in 0..(turns / at_once / lines.len()).max(1) {
            let conversation = conversation(http, &server.url, Some(token)).await?;
            for line in lines {
                times.push(turn(http, &server.url, &conversation, line).await?);
            }
        }
        Fallible::Ok(times)
    });
    let times: Vec<_> = join_all(shoppers)
        .await
        .into_iter()
        .collect::<Fallible<Vec<_>>>()?
        .concat();
    let (mut firsts, mut ends): (Vec<_>, Vec<_>) = times.iter().copied().unzip();
    let after = used(server.id())?;
    let per_thousand = 1e3 / times.len() as f64;
    Ok(format!(
        "{at_once:>3} at once, {} turns: first word p50 {:.2} p99 {:.2} ms · whole turn p50 {:.2} p99 {:.2} ms · {:.0} turns/s · {:.2} CPU s per 1000 turns · {:.1} MiB",
        times.len(),
        percentile(&mut firsts, 50),
        percentile(&mut firsts, 99),
        percentile(&mut ends, 50),
        percentile(&mut ends, 99),
        times.len() as f64 / begun.elapsed().as_secs_f64(),
        (after.1 - before.1) * per_thousand,
        after.0,
    ))
}

async fn measure(turns: usize) -> Fallible<()> {
    let folder = std::env::temp_dir().join(format!("attendant-bench-turn-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let first = Server::start(&folder)?;
    println!(
        "first start, demo shop made: {:.0} ms",
        first.healthy.as_secs_f64() * 1e3
    );
    drop(first);
    let mut starts: Vec<Duration> = Vec::new();
    for _ in 0..5 {
        starts.push(Server::start(&folder)?.healthy);
    }
    println!(
        "start to serving, median of 5: {:.0} ms",
        percentile(&mut starts, 50)
    );
    let server = Server::start(&folder)?;
    println!("memory after start: {:.1} MiB", used(server.id())?.0);
    let token = attendant(&folder)
        .args(["token", "--customer", &shopper(&folder)?])
        .output()?;
    let token = String::from_utf8(token.stdout)?.trim().to_owned();
    let http = reqwest::Client::new();
    for (talk, lines) in TALKS {
        for at_once in AT_ONCE {
            println!(
                "{talk}: {}",
                load(&http, &server, &token, (at_once, turns, lines)).await?
            );
        }
    }
    drop(server);
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

/// A demo shopper with two delivered items.
fn shopper(folder: &Path) -> Fallible<String> {
    let list = attendant(folder).args(["demo", "--json"]).output()?;
    let list: Value = serde_json::from_slice(&list.stdout)?;
    let found = list["shoppers"].as_array().and_then(|all| {
        all.iter().find(|shopper| {
            shopper["situation"]
                .as_str()
                .is_some_and(|s| s.contains("delivered_two_items"))
        })
    });
    Ok(found
        .and_then(|shopper| shopper["email"].as_str())
        .ok_or("no such demo shopper")?
        .to_owned())
}

fn main() -> Fallible<()> {
    // `cargo bench` adds `--bench`; `cargo test --benches` would run this too and gets a short one.
    let turns = std::env::args()
        .filter_map(|argument| argument.parse().ok())
        .next()
        .unwrap_or(TURNS);
    tokio::runtime::Runtime::new()?.block_on(measure(turns))
}
