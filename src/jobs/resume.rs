//! Takes up conversations that have work and that nobody holds: what a crash, a stop or a failed run
//! has left.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tracing::{error, info};

use crate::agent::driver::Assistant;
use crate::domain::ids::ConversationId;
use crate::domain::limits;
use crate::store::lease::Lease;

/// The job. It remembers which conversations fail, and leaves those alone for a growing pause, so
/// that one that can never run costs no more than a look now and then.
#[derive(Clone)]
pub struct Resume {
    assistant: Arc<Assistant>,
    failing: Arc<Mutex<HashMap<ConversationId, Failing>>>,
}

struct Failing {
    times: u32,
    not_before_ms: i64,
}

impl Resume {
    pub fn new(assistant: Arc<Assistant>) -> Self {
        Self {
            assistant,
            failing: Arc::default(),
        }
    }

    /// One look: starts what it finds and does not wait for it.
    pub async fn look(&self) -> anyhow::Result<()> {
        let parts = &self.assistant.parts;
        let now_ms = parts.clock.now_ms();
        let failing = self
            .failing
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .len();
        let left = parts
            .store
            .unfinished(now_ms, limits::RESUME_BATCH_MAX + failing)
            .await?;
        for id in left {
            if self.rests(&id, now_ms) {
                continue;
            }
            if let Some(lease) = parts.store.acquire(&id, &parts.holder, now_ms).await? {
                info!(conversation = %id, "taking up a conversation that was left");
                let job = self.clone();
                tokio::spawn(async move { job.run(lease).await });
            }
        }
        Ok(())
    }

    async fn run(&self, lease: Lease) {
        let id = lease.conversation.clone();
        let result = self.assistant.resume(lease).await;
        let mut failing = self.failing.lock().unwrap_or_else(PoisonError::into_inner);
        let Err(error) = result else {
            failing.remove(&id);
            return;
        };
        let before = failing.get(&id).map_or(0, |failing| failing.times);
        let pause = limits::RESUME_EVERY
            .saturating_mul(1 << before.min(16))
            .min(limits::RESUME_PAUSE_MAX);
        error!(conversation = %id, %error, ?pause, "a conversation cannot be taken up");
        let not_before_ms = self.assistant.parts.clock.now_ms() + millis(pause);
        failing.insert(
            id,
            Failing {
                times: before + 1,
                not_before_ms,
            },
        );
    }

    fn rests(&self, id: &ConversationId, now_ms: i64) -> bool {
        let failing = self.failing.lock().unwrap_or_else(PoisonError::into_inner);
        failing
            .get(id)
            .is_some_and(|failing| now_ms < failing.not_before_ms)
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
