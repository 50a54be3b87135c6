//! Chat: a shopper's messages in, the conversation's events out, whatever carries them.

mod attach;
pub mod decide;
mod earlier;
pub mod error;
pub mod event;
mod feedback;
pub mod follow;
pub mod identify;
mod incoming;
pub mod origin;
pub mod outside;

use std::sync::Arc;

pub use decide::{Decided, Decision};
pub use error::ChatError;
pub use event::ChatEvent;
pub use follow::{Follow, Until};
pub use identify::Identified;
pub use incoming::{Incoming, PageSaid};

use crate::agent::driver::Assistant;
use crate::agent::people::{self, People};
use crate::domain::conversation::Head;
use crate::domain::event::{Channel, EventBody, IdentityProved};
use crate::domain::identity::Proof;
use crate::domain::ids::{ConversationId, MessageId, sha256_hex};
use crate::domain::origin::Origin;
use crate::store::Store;
use crate::store::lease::Lease;
use crate::store::log::{Append, Shopper, Writer};

/// The chat of one assistant. Cloned freely.
#[derive(Clone)]
pub struct Chat {
    assistant: Arc<Assistant>,
}

/// A new conversation and the only copy of the token that opens it.
pub struct Started {
    pub id: ConversationId,
    pub token: String,
}

/// A message that is on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    pub message: MessageId,
    pub seq: u64,
}

impl Chat {
    pub fn new(assistant: Arc<Assistant>) -> Self {
        Self { assistant }
    }

    pub fn store(&self) -> &Store {
        &self.assistant.parts.store
    }

    pub fn now_ms(&self) -> i64 {
        self.assistant.parts.clock.now_ms()
    }

    /// Does an endpoint of the model rest because it has failed too often?
    pub fn model_is_degraded(&self) -> bool {
        self.assistant.model_is_degraded()
    }

    /// Whether people answer just now.
    pub fn people(&self) -> People {
        people::at(&self.assistant.parts.shop, self.now_ms())
    }

    /// Starts a conversation; `proof` says who the shopper is, if anybody vouched for them.
    pub async fn start(
        &self,
        channel: Channel,
        proof: Option<Proof>,
    ) -> Result<Started, ChatError> {
        self.start_from(None, channel, proof).await
    }

    /// The same over a network, from an address of it.
    pub async fn start_from(
        &self,
        origin: Option<Origin>,
        channel: Channel,
        proof: Option<Proof>,
    ) -> Result<Started, ChatError> {
        let id = ConversationId::new(self.assistant.parts.random.id("c"));
        let token = self.assistant.parts.random.secret();
        let proofs = proof
            .map(|proof| EventBody::IdentityProved(IdentityProved { proof }))
            .into_iter()
            .collect();
        self.store()
            .create_conversation_from(
                &id,
                &sha256_hex(&token),
                channel,
                self.now_ms(),
                origin,
                proofs,
            )
            .await?;
        Ok(Started { id, token })
    }

    /// The conversation that a token opens; a wrong token and an unknown id are one error, found
    /// by the same look-up.
    pub async fn open(&self, id: &str, token: &str) -> Result<(ConversationId, Head), ChatError> {
        let id = ConversationId::new(id);
        let head = self
            .store()
            .open_conversation(&id, &sha256_hex(token))
            .await?;
        Ok((id, head))
    }

    /// Takes a message in: when this returns it is on disk, and an answer is on its way unless a
    /// person serves the conversation.
    pub async fn receive(
        &self,
        id: &ConversationId,
        incoming: Incoming,
    ) -> Result<Received, ChatError> {
        self.receive_only_for(None, id, incoming).await
    }

    /// The same, refused when by then somebody else writes than `who`.
    pub async fn receive_only_for(
        &self,
        who: Option<Shopper>,
        id: &ConversationId,
        incoming: Incoming,
    ) -> Result<Received, ChatError> {
        let wrote = self.checked(id, incoming).await?;
        let new = wrote.message.clone();
        let mut append = Append::new(
            self.shopper(),
            self.now_ms(),
            vec![EventBody::ShopperWrote(wrote)],
        );
        append.only_for = who;
        let appended = self.store().append(id, append).await?;
        self.run(appended.lease);
        // Of a message that was known, the first event comes back.
        let seq = appended
            .events
            .last()
            .map_or(appended.head.last_seq, |event| event.seq);
        Ok(Received {
            message: appended.duplicate_of.unwrap_or(new),
            seq,
        })
    }

    /// What happened after event `after` and what happens from now on.
    pub fn follow(&self, id: &ConversationId, after: u64, until: Until) -> Follow {
        Follow::new(self.store().clone(), id.clone(), after, until)
    }

    /// Takes a conversation up again that has work and that nobody holds.
    pub async fn take_up(&self, id: &ConversationId) -> Result<(), ChatError> {
        if self.store().head(id).await?.has_work() {
            let holder = &self.assistant.parts.holder;
            self.run(self.store().acquire(id, holder, self.now_ms()).await?);
        }
        Ok(())
    }

    fn shopper(&self) -> Writer {
        Writer::Shopper {
            holder: self.assistant.parts.holder.clone(),
        }
    }

    /// Whoever took the lease runs the conversation; without it another run sees the new event.
    fn run(&self, lease: Option<Lease>) {
        if let Some(lease) = lease {
            self.assistant.start(lease);
        }
    }
}
