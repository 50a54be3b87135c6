//! Following a conversation: the log first, then what happens, without a gap and without anything
//! twice. Subscribing comes before reading; what both bring is told apart by sequence number, and
//! sentences by their place in the message.

use std::collections::VecDeque;

use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::timeout;

use super::event::ChatEvent;
use crate::domain::event::{Event, EventBody, IdentityDropped, Released};
use crate::domain::ids::{ConversationId, MessageId};
use crate::domain::limits;
use crate::store::feed::{Live, Typist};
use crate::store::{Store, StoreError};

/// Until when a follower stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// The assistant has nothing left to do.
    Done,
    /// The follower goes away.
    Forever,
}

/// One follower. It pulls at its own pace: a slow one holds nobody up, and reads the log again when
/// it has fallen behind.
pub struct Follow {
    store: Store,
    id: ConversationId,
    until: Until,
    live: Receiver<Live>,
    /// Newest event taken from the log.
    after: u64,
    read_log: bool,
    bubble: Option<Bubble>,
    /// Messages whose whole text has been told: late sentences of them are dropped.
    finished: VecDeque<MessageId>,
    ready: VecDeque<ChatEvent>,
    told_done: bool,
    /// For whom it follows stands in nothing that is hidden beyond this: a wall behind it is the end.
    leaves_behind: Option<u64>,
    over: bool,
}

/// The unfinished message as this follower knows it.
struct Bubble {
    message: MessageId,
    text: String,
    /// Bytes of `text` that the follower was told.
    told: usize,
}

impl Follow {
    pub(super) fn new(store: Store, id: ConversationId, after: u64, until: Until) -> Self {
        let live = store.feed().subscribe(&id);
        Self {
            store,
            id,
            until,
            live,
            after,
            read_log: true,
            bubble: None,
            finished: VecDeque::new(),
            ready: VecDeque::new(),
            told_done: false,
            leaves_behind: None,
            over: false,
        }
    }

    /// Follows for one shopper: when somebody else comes, that is told and nothing after it.
    /// `hidden_through` is how much was hidden when they came.
    pub fn only_for(mut self, hidden_through: u64) -> Self {
        self.leaves_behind = Some(hidden_through);
        self
    }

    /// The next event; `None` when a follower until done has seen it.
    pub async fn next(&mut self) -> Result<Option<ChatEvent>, StoreError> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Ok(Some(event));
            }
            if self.over {
                return Ok(None);
            }
            if self.read_log {
                self.read_page().await?;
                continue;
            }
            match timeout(limits::FOLLOW_RECHECK, self.live.recv()).await {
                Ok(Ok(live)) => self.hear(live).await?,
                Ok(Err(RecvError::Lagged(_))) => self.read_log = true,
                Ok(Err(RecvError::Closed)) => {
                    self.live = self.store.feed().subscribe(&self.id);
                    self.read_log = true;
                }
                // Another process may have written; its feed does not reach here.
                Err(_) => self.look_whether_done().await?,
            }
        }
    }

    /// Takes one page of the log; at its end, what is under way.
    async fn read_page(&mut self) -> Result<(), StoreError> {
        let (hidden, page) = self.store.events_shown(&self.id, self.after).await?;
        if self.leaves_behind.is_some_and(|known| hidden > known) {
            self.leave(hidden);
            return Ok(());
        }
        self.after = self.after.max(hidden);
        let caught_up = page.len() < limits::EVENTS_PER_READ_MAX;
        for event in &page {
            self.take(event);
            if self.over {
                return Ok(());
            }
        }
        if caught_up {
            self.read_log = false;
            self.take_unfinished();
            self.tell_bubble();
            self.look_whether_done().await?;
        }
        Ok(())
    }

    async fn hear(&mut self, live: Live) -> Result<(), StoreError> {
        match live {
            Live::Logged(event) if event.seq <= self.after => {}
            Live::Logged(event) if event.seq == self.after + 1 => {
                self.take(&event);
                if !self.over {
                    self.tell_bubble();
                }
            }
            Live::Logged(_) => self.read_log = true,
            Live::Delta { message, at, text } => {
                self.hear_sentence(&message, at, &text);
                self.tell_bubble();
            }
            Live::Reset { message } => {
                // Told even when this follower saw nothing of it: its reader may have, earlier.
                self.bubble = None;
                self.tell(ChatEvent::reset(&message));
            }
            Live::Typing(who @ Typist::Assistant) => self.tell(ChatEvent::typing(&who)),
            // Nothing follows from it, so what was told to be done stays so.
            Live::Typing(who) => self.ready.push_back(ChatEvent::typing(&who)),
            Live::Idle => self.look_whether_done().await?,
        }
        Ok(())
    }

    /// Takes a logged event into account and tells what of it is the shopper's.
    fn take(&mut self, event: &Event) {
        self.after = event.seq;
        if let EventBody::IdentityDropped(IdentityDropped {
            through: Some(through),
        }) = &event.body
            // The wall that they came in by is none to leave at.
            && self.leaves_behind.is_some_and(|known| *through > known)
        {
            self.leave(*through);
            return;
        }
        match &event.body {
            EventBody::Released(released) => self.take_released(released),
            EventBody::Replied(replied) => self.finish(&replied.message),
            EventBody::AgentWrote(_) | EventBody::IdentityDropped(_) => self.bubble = None,
            _ => {}
        }
        if let Some(event) = ChatEvent::of(event) {
            self.tell(event);
        }
    }

    /// Somebody else has come: what was not told yet is not told any more.
    fn leave(&mut self, through: u64) {
        self.ready.clear();
        self.bubble = None;
        self.ready.push_back(ChatEvent::cleared(through));
        self.over = true;
    }

    fn take_released(&mut self, released: &Released) {
        if let Some(words) = &released.private {
            self.hear_sentence(&released.message, released.at, &words.text);
        }
    }

    /// Takes over the unfinished message of this process's feed: its sentences left before this
    /// follower came.
    fn take_unfinished(&mut self) {
        let unfinished = self.store.feed().unfinished(&self.id);
        if unfinished.typing {
            self.tell(ChatEvent::typing(&Typist::Assistant));
        }
        if let Some((message, text)) = unfinished.message {
            self.hear_sentence(&message, 0, &text);
        }
    }

    /// Puts a sentence in its place. One that is known changes nothing; one that contradicts what
    /// is known means that the message was begun anew.
    fn hear_sentence(&mut self, message: &MessageId, at: u64, text: &str) {
        if self.finished.contains(message) {
            return;
        }
        let at = usize::try_from(at).unwrap_or(usize::MAX);
        let bubble = match &mut self.bubble {
            Some(bubble) if bubble.message == *message => bubble,
            other => other.insert(Bubble {
                message: message.clone(),
                text: String::new(),
                told: 0,
            }),
        };
        let Some(rest) = bubble.text.get(at..) else {
            // Sentences between were missed; the log or the final message brings them.
            self.read_log = true;
            return;
        };
        if rest.starts_with(text) {
            return;
        }
        if !text.starts_with(rest) {
            bubble.told = bubble.told.min(at);
        }
        bubble.text.truncate(at);
        bubble.text.push_str(text);
    }

    /// Tells what is known of the unfinished message and has not been told.
    fn tell_bubble(&mut self) {
        let Some(bubble) = &mut self.bubble else {
            return;
        };
        if bubble.told < bubble.text.len() {
            let delta = ChatEvent::delta(&bubble.message, bubble.told, &bubble.text[bubble.told..]);
            bubble.told = bubble.text.len();
            self.tell(delta);
        }
    }

    fn finish(&mut self, message: &MessageId) {
        self.bubble = None;
        self.finished.push_back(message.clone());
        if self.finished.len() > limits::FOLLOW_FINISHED_MAX {
            self.finished.pop_front();
        }
    }

    fn tell(&mut self, event: ChatEvent) {
        self.told_done = false;
        self.ready.push_back(event);
    }

    /// Says `done` once when the log is told to its end and asks for nothing more. The head decides,
    /// not the feed: the word that one run has ended may come when the next has begun.
    async fn look_whether_done(&mut self) -> Result<(), StoreError> {
        let head = self.store.head(&self.id).await?;
        if head.last_seq > self.after {
            self.read_log = true;
        } else if !head.has_work() && !self.told_done {
            self.ready.push_back(ChatEvent::done());
            self.told_done = true;
            self.over = self.until == Until::Done;
        }
        Ok(())
    }
}
