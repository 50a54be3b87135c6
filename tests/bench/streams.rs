//! Thousands of shoppers who have the chat open: what each open event stream costs the server in
//! memory, and what it does to a turn. Prints numbers; judges nothing.
//!
//! `cargo bench --bench streams [-- STREAMS]`, on the binary named by `ATTENDANT_BINARY` or on the
//! one built with it. Needs a Unix shell, by which it raises the limit on open files for itself and
//! for the server.

mod running;
mod talking;

use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};

use running::{Fallible, Server, percentile, used};
use talking::{conversation, turn};

const STREAMS: usize = 2_000;
const TURNS: usize = 300;
const TURNS_PER_CONVERSATION: usize = 20;
/// Streams that are opened at the same moment.
const AT_ONCE: usize = 64;
const QUESTION: &str = "what is your return policy?";
/// Tells the raised process from the one that raises.
const RAISED: &str = "--raised";

type Events = BoxStream<'static, reqwest::Result<Vec<u8>>>;

/// A shopper's stream, read up to where it has nothing more to tell.
async fn open(http: &reqwest::Client, url: &str) -> Fallible<Events> {
    let (id, token) = conversation(http, url, None).await?;
    let response = http
        .get(format!("{url}/api/chat/conversations/{id}/events"))
        .bearer_auth(token)
        .send()
        .await?
        .error_for_status()?;
    let mut events = response
        .bytes_stream()
        .map(|bytes| bytes.map(|bytes| bytes.to_vec()))
        .boxed();
    let mut seen = String::new();
    while !seen.contains("event: done") {
        let bytes = events.next().await.ok_or("the stream ended early")??;
        seen.push_str(&String::from_utf8_lossy(&bytes));
    }
    Ok(events)
}

async fn turns(http: &reqwest::Client, url: &str, open: usize) -> Fallible<()> {
    let (mut firsts, mut ends): (Vec<Duration>, Vec<Duration>) = (Vec::new(), Vec::new());
    for _ in 0..TURNS / TURNS_PER_CONVERSATION {
        let conversation = conversation(http, url, None).await?;
        for _ in 0..TURNS_PER_CONVERSATION {
            let (first, end) = turn(http, url, &conversation, QUESTION).await?;
            firsts.push(first);
            ends.push(end);
        }
    }
    println!(
        "{open} streams open, {} turns: first word p50 {:.2} p99 {:.2} ms, whole turn p50 {:.2} p99 {:.2} ms",
        ends.len(),
        percentile(&mut firsts, 50),
        percentile(&mut firsts, 99),
        percentile(&mut ends, 50),
        percentile(&mut ends, 99),
    );
    Ok(())
}

async fn measure(count: usize) -> Fallible<()> {
    let folder =
        std::env::temp_dir().join(format!("attendant-bench-streams-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let measured = on(&folder, count).await;
    std::fs::remove_dir_all(&folder)?;
    measured
}

async fn on(folder: &Path, count: usize) -> Fallible<()> {
    let server = Server::start(folder)?;
    println!("started in {:.0} ms", server.healthy.as_secs_f64() * 1e3);
    let (http, url) = (reqwest::Client::new(), server.url.as_str());
    // Twice, so that what the first turns load is not counted as the streams'.
    turns(&http, url, 0).await?;
    turns(&http, url, 0).await?;
    let (before, cpu_before) = used(server.id())?;
    let opened: Vec<Fallible<Events>> = stream::iter(0..count)
        .map(|_| open(&http, url))
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let opened = opened.into_iter().collect::<Fallible<Vec<_>>>()?;
    let (after, cpu_after) = used(server.id())?;
    println!(
        "{before:.1} MiB resident before, {after:.1} MiB with {} streams open: {:.1} KiB each; {:.2} CPU s to begin and open them",
        opened.len(),
        (after - before) * 1024.0 / opened.len() as f64,
        cpu_after - cpu_before,
    );
    turns(&http, url, opened.len()).await?;
    Ok(())
}

/// The same process again, with as many open files as the streams need.
fn raised(count: usize) -> Fallible<ExitCode> {
    let files = count + 1_000;
    let script = format!("ulimit -n {files} && exec \"$0\" \"$@\"");
    let status = Command::new("sh")
        .args(["-c", &script])
        .arg(std::env::current_exe()?)
        .args([RAISED, &count.to_string()])
        .status()?;
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn main() -> Fallible<ExitCode> {
    let arguments: Vec<String> = std::env::args().collect();
    let count = arguments
        .iter()
        .find_map(|argument| argument.parse().ok())
        .unwrap_or(STREAMS);
    if !arguments.iter().any(|argument| argument == RAISED) {
        return raised(count);
    }
    tokio::runtime::Runtime::new()?.block_on(measure(count))?;
    Ok(ExitCode::SUCCESS)
}
