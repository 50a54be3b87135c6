//! Live fan-out of one process: who follows a conversation hears of new events without asking.
//! What it says may be missed (`Lagged`, another process's writes); the log may not: followers
//! subscribe first, read the log next, and skip what they have by its sequence number.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::broadcast;

use crate::domain::event::Event;
use crate::domain::ids::{ConversationId, MessageId};
use crate::domain::limits::FEED_BACKLOG_MAX;

/// Something a follower hears of.
#[derive(Clone, Debug)]
pub enum Live {
    /// Appended and on disk.
    Logged(Arc<Event>),
    /// A sentence that has left; not in the log yet. `at` is its byte offset in the message.
    Delta {
        message: MessageId,
        at: u64,
        text: Arc<str>,
    },
    /// What was shown of this message is void; it starts over.
    Reset { message: MessageId },
    /// The assistant works on an answer.
    Typing,
    /// The run has ended: nothing more comes until somebody writes.
    Idle,
}

#[derive(Clone, Default)]
pub struct Feed {
    followed: Arc<Mutex<Followed>>,
}

#[derive(Default)]
struct Followed {
    senders: HashMap<ConversationId, broadcast::Sender<Live>>,
    /// Number of senders at which those that nobody follows any more are dropped.
    sweep_at: usize,
}

impl Feed {
    /// What comes from now on. A receiver that lags behind gets `Lagged` and reads the log again.
    pub fn subscribe(&self, conversation: &ConversationId) -> broadcast::Receiver<Live> {
        let mut followed = self.lock();
        if followed.senders.len() >= followed.sweep_at {
            followed
                .senders
                .retain(|_, sender| sender.receiver_count() > 0);
            // Doubling keeps the sweeps' cost per subscription constant.
            followed.sweep_at = (2 * followed.senders.len()).max(64);
        }
        followed
            .senders
            .entry(conversation.clone())
            .or_insert_with(|| broadcast::Sender::new(FEED_BACKLOG_MAX))
            .subscribe()
    }

    /// Tells whoever follows; cheap when nobody does.
    pub fn publish(&self, conversation: &ConversationId, live: Live) {
        let mut followed = self.lock();
        if let Some(sender) = followed.senders.get(conversation)
            && sender.send(live).is_err()
        {
            followed.senders.remove(conversation);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Followed> {
        self.followed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conversations_that_nobody_follows_any_more_are_forgotten() {
        let feed = Feed::default();
        let kept = ConversationId::new("kept");
        let mut follower = feed.subscribe(&kept);
        for n in 0..10_000 {
            drop(feed.subscribe(&ConversationId::new(format!("c{n}"))));
        }
        assert!(feed.lock().senders.len() <= 64);
        feed.publish(&kept, Live::Typing);
        assert!(matches!(follower.try_recv(), Ok(Live::Typing)));
        drop(follower);
        feed.publish(&kept, Live::Idle);
        assert!(!feed.lock().senders.contains_key(&kept));
    }
}
