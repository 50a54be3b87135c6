//! Logs, to stderr: what a command prints on stdout is its result and nothing else.

use tracing_subscriber::EnvFilter;

/// Starts logging with the configured filter, or with `default`. Called once, by the program.
pub fn start(filter: Option<&str>, default: &str) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(filter.unwrap_or(default))?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .try_init()
        .map_err(|error| anyhow::anyhow!("cannot start the log: {error}"))
}
