//! What a shopper tells beside words: that they type, how far they have read, what they think of it,
//! and that they want a person.

use super::incoming::check_client_id;
use super::{Chat, ChatError};
use crate::domain::conversation::{Head, Status};
use crate::domain::event::{EventBody, MarkedRead, PersonAsked, Rated, Reader, Words};
use crate::domain::ids::ConversationId;
use crate::domain::limits;
use crate::store::feed::{Live, Typist};
use crate::store::log::{Append, Shopper};

impl Chat {
    /// Tells whoever follows; nothing of it is kept.
    pub fn typing(&self, id: &ConversationId, who: Typist) {
        self.store().feed().publish(id, Live::Typing(who));
    }

    /// Notes that the shopper has seen everything up to an event. When nothing that was said to
    /// them is new by that, nothing is noted.
    pub async fn read(
        &self,
        id: &ConversationId,
        head: &Head,
        through: u64,
    ) -> Result<(), ChatError> {
        let through = through.min(head.last_seq);
        if !self.store().has_unread(id, through).await? {
            return Ok(());
        }
        let by = Reader::Shopper;
        let read = EventBody::MarkedRead(MarkedRead { by, through });
        self.append(id, head, read).await.map(drop)
    }

    /// Notes what the shopper thinks: 1 to 5 stars and a remark.
    pub async fn rate(
        &self,
        id: &ConversationId,
        head: &Head,
        stars: u8,
        remark: Option<String>,
    ) -> Result<(), ChatError> {
        if !(1..=5).contains(&stars) {
            return Err(ChatError::Stars);
        }
        let remark = remark.map(|remark| remark.replace('\0', "").trim().to_owned());
        let remark = remark.filter(|remark| !remark.is_empty());
        if let Some(remark) = &remark
            && remark.chars().count() > limits::REMARK_CHARS_MAX
        {
            return Err(ChatError::RemarkTooLong);
        }
        let private = remark.map(|text| Words { text });
        let rated = EventBody::Rated(Rated { stars, private });
        self.append(id, head, rated).await.map(drop)
    }

    /// Asks for a person without asking a model whether it is meant. The answer is the event to
    /// follow from; where a person serves already, nothing is left to ask for.
    pub async fn ask_person(
        &self,
        id: &ConversationId,
        head: &Head,
        client_id: Option<String>,
    ) -> Result<u64, ChatError> {
        if head.status == Status::WithPerson {
            return Ok(head.last_seq + 1);
        }
        check_client_id(client_id.as_deref())?;
        let asked = EventBody::PersonAsked(PersonAsked { client_id });
        self.append(id, head, asked).await
    }

    /// Appends what is the word of whoever the head says is there. The answer is its place, now or,
    /// under the same client id, before.
    async fn append(
        &self,
        id: &ConversationId,
        head: &Head,
        event: EventBody,
    ) -> Result<u64, ChatError> {
        let mut append = Append::new(self.shopper(), self.now_ms(), vec![event]);
        append.only_for = Some(Shopper::from(head));
        let appended = self.store().append(id, append).await?;
        self.run(appended.lease);
        let last = appended.events.last();
        Ok(last.map_or(appended.head.last_seq, |event| event.seq))
    }
}
