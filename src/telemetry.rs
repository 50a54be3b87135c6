//! Logs, to stderr: what a command prints on stdout is its result and nothing else.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

/// Starts logging with the configured filter, or with `default`. Called once, by the program.
pub fn start(filter: Option<&str>, default: &str) -> anyhow::Result<()> {
    // The client crate logs what an endpoint wrote, which may be a shopper's words.
    let filter =
        EnvFilter::try_new(filter.unwrap_or(default))?.add_directive("async_openai=off".parse()?);
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .try_init()
        .map_err(|error| anyhow::anyhow!("cannot start the log: {error}"))
}
