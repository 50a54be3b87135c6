//! Live fan-out of one process: who follows a conversation hears of new events without asking.
//! What it says may be missed (`Lagged`, another process's writes); the log may not: followers
//! subscribe first, read the log next, and skip what they have by its sequence number.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::broadcast;

use crate::domain::event::{Event, EventBody};
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
    /// Somebody works on words.
    Typing(Typist),
    /// The run has ended: nothing more comes until somebody writes.
    Idle,
}

/// Who works on words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Typist {
    Assistant,
    Shopper,
    /// A support agent, by the name that the shopper sees.
    Person(String),
}

/// What a new follower has missed of the answer that is under way: what of it is not in the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unfinished {
    /// The assistant works on it.
    pub typing: bool,
    /// The message begun, and its sentences that have left.
    pub message: Option<(MessageId, String)>,
}

impl Unfinished {
    fn take(&mut self, live: &Live) {
        match live {
            Live::Typing(Typist::Assistant) => self.typing = true,
            Live::Typing(_) => {}
            Live::Idle => *self = Self::default(),
            Live::Reset { .. } => self.message = None,
            Live::Logged(event) => {
                if matches!(
                    event.body,
                    EventBody::Replied(_)
                        | EventBody::AgentWrote(_)
                        | EventBody::IdentityDropped(_)
                ) {
                    *self = Self::default();
                }
            }
            Live::Delta { message, at, text } => self.take_sentence(message, *at, text),
        }
    }

    fn take_sentence(&mut self, message: &MessageId, at: u64, text: &str) {
        match &mut self.message {
            Some((same, known)) if same == message && known.len() as u64 == at => {
                known.push_str(text);
            }
            // Without its beginning a message is nothing to show; the finished one will be.
            other => *other = (at == 0).then(|| (message.clone(), text.to_owned())),
        }
    }
}

#[derive(Clone, Default)]
pub struct Feed {
    followed: Arc<Mutex<Followed>>,
}

struct Topic {
    sender: broadcast::Sender<Live>,
    unfinished: Unfinished,
    /// Newest event after which somebody else writes: what a run says that has not read it is not
    /// theirs to hear.
    wall: u64,
}

#[derive(Default)]
struct Followed {
    topics: HashMap<ConversationId, Topic>,
    /// Number of topics at which those that nobody follows any more are dropped.
    sweep_at: usize,
}

impl Feed {
    /// What comes from now on. A receiver that lags behind gets `Lagged` and reads the log again.
    pub fn subscribe(&self, conversation: &ConversationId) -> broadcast::Receiver<Live> {
        let mut followed = self.lock();
        if followed.topics.len() >= followed.sweep_at {
            followed
                .topics
                .retain(|_, topic| topic.sender.receiver_count() > 0);
            // Doubling keeps the sweeps' cost per subscription constant.
            followed.sweep_at = (2 * followed.topics.len()).max(64);
        }
        followed
            .topics
            .entry(conversation.clone())
            .or_insert_with(|| Topic {
                sender: broadcast::Sender::new(FEED_BACKLOG_MAX),
                unfinished: Unfinished::default(),
                wall: 0,
            })
            .sender
            .subscribe()
    }

    /// How many follow, a run of the assistant included.
    pub fn followers(&self, conversation: &ConversationId) -> usize {
        let followed = self.lock();
        let topic = followed.topics.get(conversation);
        topic.map_or(0, |topic| topic.sender.receiver_count())
    }

    /// Tells whoever follows; cheap when nobody does.
    pub fn publish(&self, conversation: &ConversationId, live: Live) {
        self.publish_as_of(conversation, u64::MAX, live);
    }

    /// The same for a run that has read the log as far as `known`; nobody hears what it says when
    /// another shopper has come behind that.
    pub fn publish_as_of(&self, conversation: &ConversationId, known: u64, live: Live) {
        let mut followed = self.lock();
        let Some(topic) = followed.topics.get_mut(conversation) else {
            return;
        };
        if known < topic.wall {
            return;
        }
        if let Live::Logged(event) = &live
            && matches!(event.body, EventBody::IdentityDropped(_))
        {
            topic.wall = event.seq;
        }
        topic.unfinished.take(&live);
        if topic.sender.send(live).is_err() {
            followed.topics.remove(conversation);
        }
    }

    /// What has been said of an unfinished answer. A run follows its own conversation, so this is
    /// kept for as long as one is on. Asked for after subscribing, nothing lies between the two.
    pub fn unfinished(&self, conversation: &ConversationId) -> Unfinished {
        let followed = self.lock();
        let topic = followed.topics.get(conversation);
        topic
            .map(|topic| topic.unfinished.clone())
            .unwrap_or_default()
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
        assert!(feed.lock().topics.len() <= 64);
        feed.publish(&kept, Live::Typing(Typist::Assistant));
        assert!(matches!(follower.try_recv(), Ok(Live::Typing(_))));
        drop(follower);
        feed.publish(&kept, Live::Idle);
        assert!(!feed.lock().topics.contains_key(&kept));
    }

    #[test]
    fn a_newcomer_learns_what_was_said_of_an_unfinished_answer() {
        let feed = Feed::default();
        let id = ConversationId::new("c");
        let message = MessageId::new("m");
        let say = |at, text: &str| {
            feed.publish(
                &id,
                Live::Delta {
                    message: message.clone(),
                    at,
                    text: text.into(),
                },
            );
        };
        say(0, "nobody follows, so nothing is kept");
        assert_eq!(feed.unfinished(&id), Unfinished::default());

        let _run = feed.subscribe(&id);
        feed.publish(&id, Live::Typing(Typist::Assistant));
        say(0, "One. ");
        say(5, "Two.");
        let said = feed.unfinished(&id);
        assert!(said.typing);
        assert_eq!(
            said.message,
            Some((message.clone(), "One. Two.".to_owned()))
        );

        feed.publish(
            &id,
            Live::Reset {
                message: message.clone(),
            },
        );
        assert_eq!(feed.unfinished(&id).message, None);
        say(5, "without its beginning");
        assert_eq!(feed.unfinished(&id).message, None);
        say(0, "Again.");
        assert!(feed.unfinished(&id).message.is_some());
        feed.publish(&id, Live::Idle);
        assert_eq!(feed.unfinished(&id), Unfinished::default());
    }

    /// A run that has not read of the new shopper says nothing to them, however late it hears.
    #[test]
    fn what_a_run_says_behind_a_wall_that_it_has_not_read_is_dropped() {
        use crate::domain::event::IdentityDropped;
        let feed = Feed::default();
        let id = ConversationId::new("c");
        let mut follower = feed.subscribe(&id);
        let say = |known, text: &str| {
            let message = MessageId::new("m");
            let text = text.into();
            feed.publish_as_of(
                &id,
                known,
                Live::Delta {
                    message,
                    at: 0,
                    text,
                },
            );
        };
        say(4, "before");
        assert!(matches!(follower.try_recv(), Ok(Live::Delta { .. })));
        let dropped = IdentityDropped { through: Some(4) };
        let body = EventBody::IdentityDropped(dropped);
        let event = Event {
            seq: 5,
            at_ms: 0,
            body,
        };
        feed.publish(&id, Live::Logged(Arc::new(event)));
        assert_eq!(feed.unfinished(&id), Unfinished::default());
        assert!(matches!(follower.try_recv(), Ok(Live::Logged(_))));
        say(4, "too late");
        assert!(follower.try_recv().is_err());
        say(5, "for the new one");
        assert!(matches!(follower.try_recv(), Ok(Live::Delta { .. })));
    }
}
