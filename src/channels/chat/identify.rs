//! Who writes, said by the storefront in the middle of a conversation: a sign-in, another customer, a
//! sign-out. Somebody else gets a wall before them: nothing of what stands before it is theirs, the
//! run that is on is fenced off, and effects that were confirmed are finished for who confirmed them.

use super::{Chat, ChatError};
use crate::agent::session::Session;
use crate::domain::event::{EventBody, IdentityDropped, IdentityProved};
use crate::domain::identity::{Identity, Proof};
use crate::domain::ids::ConversationId;
use crate::domain::limits;
use crate::store::StoreError;
use crate::store::log::{Append, Writer};

/// How the conversation stands with whoever writes now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identified {
    /// Nothing up to this sequence number is theirs to see.
    pub hidden_through: u64,
    pub last_seq: u64,
}

impl Chat {
    /// Notes who writes from here on; nobody's proof is a sign-out. Who writes already changes
    /// nothing.
    pub async fn identify(
        &self,
        id: &ConversationId,
        proof: Option<Proof>,
    ) -> Result<Identified, ChatError> {
        for _ in 0..limits::DECIDE_ATTEMPTS_MAX {
            let session = Session::load(self.store(), id).await?;
            let events = changes(session.turn.identity(), proof.as_ref(), session.last_seq);
            if events.is_empty() {
                let head = self.store().head(id).await?;
                return Ok(Identified {
                    hidden_through: head.hidden_through,
                    last_seq: head.last_seq,
                });
            }
            let is_wall = matches!(events[0], EventBody::IdentityDropped(_));
            let holder = self.assistant.parts.holder.clone();
            let writer = if is_wall {
                Writer::Storefront { holder }
            } else {
                Writer::Shopper { holder }
            };
            let mut append = Append::new(writer, self.now_ms(), events);
            append.unless_seq_after = Some(session.last_seq);
            match self.store().append(id, append).await {
                Err(StoreError::Superseded) => continue,
                Err(error) => return Err(error.into()),
                Ok(appended) => {
                    self.run(appended.lease);
                    return Ok(Identified {
                        hidden_through: appended.head.hidden_through,
                        last_seq: appended.head.last_seq,
                    });
                }
            }
        }
        Err(ChatError::Busy)
    }
}

/// The events that put this proof in the place of who was there; none when it is the same customer.
fn changes(identity: &Identity, proof: Option<&Proof>, last_seq: u64) -> Vec<EventBody> {
    let through = Some(last_seq);
    let dropped = EventBody::IdentityDropped(IdentityDropped { through });
    let Some(proof) = proof else {
        return if identity.is_replaced_by(&dropped) {
            vec![dropped]
        } else {
            Vec::new()
        };
    };
    let known = identity.customer();
    let same = matches!((&known, proof), (Some(known), Proof::Customer { customer, .. })
        if known.customer() == customer);
    if same {
        return Vec::new();
    }
    let proof = proof.clone();
    let proved = EventBody::IdentityProved(IdentityProved { proof });
    if identity.is_replaced_by(&proved) {
        vec![dropped, proved]
    } else {
        vec![proved]
    }
}
