//! What the server costs beside the least that could do its work: a bare axum proxy that makes the
//! same two upstream calls, byte for byte, and one durable commit a turn. Both run as processes of
//! their own against one scripted model, round about. Prints medians and their ratio; judges nothing.
//!
//! `cargo bench --bench overhead [-- TURNS]`, on the binary named by `ATTENDANT_BINARY` or on the one
//! built with it.

#[path = "overhead/model.rs"]
mod model;
#[path = "overhead/proxy.rs"]
mod proxy;
mod running;

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::stream::{self, StreamExt as _};
use serde_json::json;

use model::Model;
use running::{Fallible, Server, attendant, percentile, used};

const TURNS: usize = 4_000;
const ROUNDS: usize = 3;
const AT_ONCE: usize = 64;
const TURNS_PER_CONVERSATION: usize = 2;
const ORDERS: usize = 1_000;
const FIRST_ORDER: usize = 100_000;
const KEY: &str = "a-key-of-the-bench-alone";
/// Tells the proxy's process from the one that measures.
const PROXY: &str = "--proxy";

/// One server under test: how a turn is asked for.
struct Target {
    name: &'static str,
    url: String,
    process: u32,
}

struct Measured {
    turns_per_second: f64,
    cpu_per_thousand: f64,
    p50: f64,
    p99: f64,
}

/// A shop with orders and customers, as a shop would import them.
fn shop(folder: &Path, llm: &str) -> Fallible<()> {
    let rows = folder.join("rows");
    std::fs::create_dir_all(&rows)?;
    let mut customers = std::fs::File::create(rows.join("customers.jsonl"))?;
    let mut orders = std::fs::File::create(rows.join("orders.jsonl"))?;
    for n in 0..ORDERS {
        let (customer, number) = (format!("c{n}"), (FIRST_ORDER + n).to_string());
        let row = json!({ "id": customer, "email": format!("c{n}@shop.example") });
        writeln!(customers, "{row}")?;
        let row = json!({ "number": number, "customer": customer, "status": model::STATUS, "total": "52.00" });
        writeln!(orders, "{row}")?;
    }
    std::fs::write(
        folder.join("attendant.toml"),
        format!(
            "demo = \"none\"\nmodel_url = \"{llm}\"\nconversations_per_address = 0\n\
             messages_per_address = 0\nmessages_per_conversation = 0\n"
        ),
    )?;
    let ran = |command: &mut Command| -> Fallible<()> {
        let done = command.stdout(Stdio::null()).status()?;
        done.success()
            .then_some(())
            .ok_or_else(|| "the shop cannot be made".into())
    };
    ran(attendant(folder).args(["import", "jsonl"]).arg(&rows))?;
    ran(attendant(folder).args(["key", "add", "bench", "--value", KEY]))
}

/// One turn to its end; the answer must name the order and its status.
async fn turn(
    http: &reqwest::Client,
    url: &str,
    conversation: &str,
    order: usize,
) -> Fallible<Duration> {
    let begun = Instant::now();
    let number = FIRST_ORDER + order;
    let body = json!({
        "conversation": conversation, "customer": format!("c{order}"),
        "text": format!("Hello, where is my order #{number}?"),
    });
    let response = http
        .post(url)
        .bearer_auth(KEY)
        .header("accept", "text/event-stream")
        .header("content-type", "application/json")
        .body(body.to_string())
        .send()
        .await?
        .error_for_status()?;
    let said = response.text().await?;
    let right = said.contains(&number.to_string()) && said.contains(model::STATUS);
    right
        .then(|| begun.elapsed())
        .ok_or_else(|| format!("a wrong answer: {said}").into())
}

async fn load(target: &Target, round: usize, turns: usize) -> Fallible<Measured> {
    let http = reqwest::Client::new();
    let before = used(target.process)?.1;
    let begun = Instant::now();
    let conversations = (turns / TURNS_PER_CONVERSATION).max(1);
    let times: Vec<Fallible<Vec<Duration>>> = stream::iter(0..conversations)
        .map(|n| {
            let (http, url) = (http.clone(), target.url.clone());
            async move {
                let conversation = format!("{round}-{n}");
                let mut times = Vec::new();
                for _ in 0..TURNS_PER_CONVERSATION {
                    times.push(turn(&http, &url, &conversation, n % ORDERS).await?);
                }
                Ok(times)
            }
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let seconds = begun.elapsed().as_secs_f64();
    let mut times = times.into_iter().collect::<Fallible<Vec<_>>>()?.concat();
    let count = times.len() as f64;
    Ok(Measured {
        turns_per_second: count / seconds,
        cpu_per_thousand: (used(target.process)?.1 - before) * 1e3 / count,
        p50: percentile(&mut times, 50),
        p99: percentile(&mut times, 99),
    })
}

/// The proxy as a process of its own, with the calls that it repeats in files.
fn start_proxy(folder: &Path, llm: &str, calls: &[Vec<u8>; 2]) -> Fallible<(Child, String)> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args([PROXY, llm]).arg(folder.join("proxy.db"));
    for (at, call) in calls.iter().enumerate() {
        let path = folder.join(format!("call-{at}.json"));
        std::fs::write(&path, call)?;
        command.arg(path);
    }
    let mut child = command.stdout(Stdio::piped()).spawn()?;
    let mut line = String::new();
    BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut line)?;
    Ok((child, line.trim().to_owned()))
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

async fn measure(turns: usize) -> Fallible<()> {
    let folder = std::env::temp_dir().join(format!("attendant-overhead-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let model = Arc::new(Model::default());
    let llm = model::serve(model.clone()).await?;
    shop(&folder, &llm)?;
    let server = Server::start(&folder)?;
    println!(
        "start to serving: {:.0} ms",
        server.healthy.as_secs_f64() * 1e3
    );
    let own = Target {
        name: "attendant",
        url: format!("{}/api/turns", server.url),
        process: server.id(),
    };
    // Its calls are what the proxy repeats.
    turn(&reqwest::Client::new(), &own.url, "first", 0).await?;
    let (mut child, url) = start_proxy(&folder, &llm, &model.calls())?;
    let bare = Target {
        name: "bare proxy",
        url,
        process: child.id(),
    };
    let mut rows: Vec<(&str, Vec<Measured>)> = vec![(own.name, vec![]), (bare.name, vec![])];
    for round in 0..ROUNDS {
        for (target, row) in [&own, &bare].into_iter().zip(&mut rows) {
            row.1.push(load(target, round, turns).await?);
        }
    }
    let _ = child.kill();
    let _ = child.wait();
    drop(server);
    std::fs::remove_dir_all(&folder)?;
    report(&rows, &model.calls());
    Ok(())
}

fn report(rows: &[(&str, Vec<Measured>)], calls: &[Vec<u8>; 2]) {
    println!(
        "upstream calls of {} and {} bytes, {AT_ONCE} turns at once, median of {ROUNDS} rounds",
        calls[0].len(),
        calls[1].len()
    );
    let of = |row: &[Measured], get: fn(&Measured) -> f64| median(row.iter().map(get).collect());
    for (name, row) in rows {
        println!(
            "{name:>10}: {:.0} turns/s · {:.2} CPU s per 1000 turns · p50 {:.1} ms · p99 {:.1} ms",
            of(row, |one| one.turns_per_second),
            of(row, |one| one.cpu_per_thousand),
            of(row, |one| one.p50),
            of(row, |one| one.p99),
        );
    }
    let ratio =
        of(&rows[0].1, |one| one.turns_per_second) / of(&rows[1].1, |one| one.turns_per_second);
    println!("turns/s of the first to the second: {ratio:.2}");
}

fn main() -> Fallible<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let runtime = tokio::runtime::Runtime::new()?;
    if let Some(at) = arguments.iter().position(|argument| argument == PROXY) {
        let [llm, database, first, second] = &arguments[at + 1..] else {
            return Err("the proxy needs a model, a database and two calls".into());
        };
        let calls = [std::fs::read(first)?, std::fs::read(second)?];
        return runtime.block_on(proxy::serve(llm, &PathBuf::from(database), calls));
    }
    // `cargo bench` adds `--bench`; `cargo test --benches` would run this too and gets a short one.
    let turns = arguments
        .iter()
        .filter_map(|argument| argument.parse().ok())
        .next();
    runtime.block_on(measure(turns.unwrap_or(TURNS)))
}
