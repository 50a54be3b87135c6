//! Work outside requests, one file per job. Each look of a job is safe to repeat and to cut off.

pub mod deliver;
pub mod resume;

use std::future::Future;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

/// Calls `look` now and after every pause until `stop` turns true; the look that is on is finished.
/// A look that fails is logged and made again.
pub async fn every<F, Fut>(
    pause: Duration,
    job: &'static str,
    mut stop: watch::Receiver<bool>,
    mut look: F,
) where
    F: FnMut() -> Fut,
    Fut: Future<Output = anyhow::Result<()>>,
{
    let mut ticks = interval(pause);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            _ = stop.wait_for(|stopped| *stopped) => return,
            _ = ticks.tick() => {}
        }
        if let Err(error) = look().await {
            tracing::error!(
                job,
                error = format!("{error:#}"),
                "a job failed; it is tried again"
            );
        }
    }
}
