//! Live fan-out of one process: who follows a conversation hears of new events without asking.

use std::sync::Arc;

use tokio::sync::broadcast;

use crate::domain::event::Event;
use crate::domain::ids::{ConversationId, MessageId};

/// Something a follower hears of.
#[derive(Clone, Debug)]
pub enum Live {
    /// Appended and on disk.
    Logged(Arc<Event>),
    /// A sentence that has left; not in the log yet. `at` is its byte offset in the message.
    Delta { message: MessageId, at: u64, text: Arc<str> },
    /// What was shown of this message is void; it starts over.
    Reset { message: MessageId },
    /// The assistant works on an answer.
    Typing,
    /// The run has ended: nothing more comes until somebody writes.
    Idle,
}

#[derive(Clone, Default)]
pub struct Feed {}

impl Feed {
    /// What comes from now on. A receiver that lags behind gets `Lagged` and reads the log again.
    pub fn subscribe(&self, conversation: &ConversationId) -> broadcast::Receiver<Live> { let _ = conversation; todo!() }
    /// Tells whoever follows; cheap when nobody does.
    pub fn publish(&self, conversation: &ConversationId, live: Live) { let _ = (conversation, live); todo!() }
}
