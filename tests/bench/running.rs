//! The program as a process of its own, and shoppers who talk to it over HTTP.

use std::error::Error;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use serde_json::{Value, json};

pub type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

pub struct Server {
    child: Child,
    pub url: String,
    pub healthy: Duration,
}

impl Server {
    pub fn start(folder: &Path) -> Fallible<Self> {
        let begun = Instant::now();
        let mut child = attendant(folder)
            .args(["serve", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        let out = child.stdout.take().ok_or("no output")?;
        BufReader::new(out).read_line(&mut line)?;
        let healthy = begun.elapsed();
        let url = line
            .trim()
            .rsplit(' ')
            .next()
            .unwrap_or_default()
            .to_owned();
        Ok(Self {
            child,
            url,
            healthy,
        })
    }

    /// Resident memory in MiB and CPU seconds so far.
    /// Source: proc(5), `VmRSS` and fields 14 and 15 of `stat`.
    pub fn used(&self) -> Fallible<(f64, f64)> {
        let at = format!("/proc/{}", self.child.id());
        let status = std::fs::read_to_string(format!("{at}/status"))?;
        let rss = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib: f64 = rss
            .and_then(|rest| rest.split_whitespace().next())
            .ok_or("no VmRSS")?
            .parse()?;
        let stat = std::fs::read_to_string(format!("{at}/stat"))?;
        let fields: Vec<&str> = stat
            .rsplit(')')
            .next()
            .unwrap_or("")
            .split_whitespace()
            .collect();
        let ticks = fields[11].parse::<f64>()? + fields[12].parse::<f64>()?;
        Ok((kib / 1024.0, ticks / 100.0))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The program on a folder: the one named by `ATTENDANT_BINARY`, or the one built with the bench.
pub fn attendant(folder: &Path) -> Command {
    let named = std::env::var_os("ATTENDANT_BINARY").map(PathBuf::from);
    let built = || PathBuf::from(env!("CARGO_BIN_EXE_attendant"));
    let mut command = Command::new(named.unwrap_or_else(built));
    command
        .arg("--data")
        .arg(folder)
        // The program takes it for a key of its own.
        .env_remove("ATTENDANT_BINARY")
        .env("ATTENDANT_LOG", "error")
        // What is measured is the work, not how often one shopper may ask for it.
        .env("ATTENDANT_MESSAGES_PER_CONVERSATION", "0")
        .stderr(Stdio::inherit());
    command
}

/// A conversation of this customer, or of nobody: its id and its token.
pub async fn conversation(
    http: &reqwest::Client,
    url: &str,
    customer: Option<&str>,
) -> Fallible<(String, String)> {
    let body = customer.map_or_else(|| json!({}), |token| json!({ "customer_token": token }));
    let text = http
        .post(format!("{url}/api/chat/conversations"))
        .header("content-type", "application/json")
        .body(body.to_string())
        .send()
        .await?
        .error_for_status()?
        .text()
        .await?;
    let made: Value = serde_json::from_str(&text)?;
    let field = |name: &str| made[name].as_str().unwrap_or_default().to_owned();
    Ok((field("id"), field("token")))
}

/// One turn: its time to the first word and to the end.
pub async fn turn(
    http: &reqwest::Client,
    url: &str,
    (id, token): &(String, String),
    text: &str,
) -> Fallible<(Duration, Duration)> {
    let begun = Instant::now();
    let mut first = None;
    let response = http
        .post(format!("{url}/api/chat/conversations/{id}/messages"))
        .bearer_auth(token)
        .header("accept", "text/event-stream")
        .header("content-type", "application/json")
        .body(json!({ "text": text }).to_string())
        .send()
        .await?
        .error_for_status()?;
    let mut stream = response.bytes_stream();
    let mut seen = String::new();
    while let Some(bytes) = stream.next().await {
        seen.push_str(&String::from_utf8_lossy(&bytes?));
        if first.is_none() && seen.contains("event: delta") {
            first = Some(begun.elapsed());
        }
        if seen.contains("event: done") {
            return Ok((first.unwrap_or(begun.elapsed()), begun.elapsed()));
        }
    }
    Err(format!("the stream ended early: {seen}").into())
}

/// The time in ms that this share of a hundred stays under.
pub fn percentile(times: &mut [Duration], share: usize) -> f64 {
    times.sort_unstable();
    times[(times.len() - 1) * share / 100].as_secs_f64() * 1e3
}
