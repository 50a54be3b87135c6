//! The program as a process of its own, and what it uses up.

use std::error::Error;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

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

    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

/// Resident memory in MiB and CPU seconds so far, of a process.
/// Source: proc(5), `VmRSS` and fields 14 and 15 of `stat`.
pub fn used(process: u32) -> Fallible<(f64, f64)> {
    let at = format!("/proc/{process}");
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

/// The time in ms that this share of a hundred stays under.
pub fn percentile(times: &mut [Duration], share: usize) -> f64 {
    times.sort_unstable();
    times[(times.len() - 1) * share / 100].as_secs_f64() * 1e3
}
