//! Conversations that a shop's own front end holds under ids of its own. The id here follows from the
//! key's name and theirs, so nothing needs to be remembered of it and no key reaches another one's.

use super::{Chat, ChatError};
use crate::domain::conversation::Head;
use crate::domain::event::{Channel, EventBody, IdentityProved};
use crate::domain::identity::{Proof, ProofMethod};
use crate::domain::ids::{ConversationId, CustomerId, keyed_hash, sha256_hex};
use crate::store::StoreError;

/// Whom a front end says it speaks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Vouched {
    /// Nothing was said: it stays as it is.
    Unsaid,
    /// Nobody who is known.
    Nobody,
    Customer(CustomerId),
}

impl Chat {
    /// The conversation that the holder of a key calls so, as it stands while whoever is vouched for
    /// writes; it begins with the first time. `SomebodyElse`: try again.
    pub async fn outside(
        &self,
        key: &str,
        id: &str,
        vouched: &Vouched,
    ) -> Result<(ConversationId, Head), ChatError> {
        let id = self.outside_id(key, id);
        let head = match self.store().head(&id).await {
            Err(StoreError::NotFound) => self.begin(&id, vouched).await?,
            other => other?,
        };
        let head = match vouched {
            Vouched::Unsaid => head,
            Vouched::Nobody => self.identified(&id, head, None).await?,
            Vouched::Customer(customer) if head.customer.as_ref() == Some(customer) => head,
            Vouched::Customer(customer) => {
                self.identified(&id, head, Some(proof(customer))).await?
            }
        };
        // Another turn may have put somebody else in their place meanwhile.
        let still_theirs = match vouched {
            Vouched::Unsaid => true,
            Vouched::Nobody => head.customer.is_none(),
            Vouched::Customer(customer) => head.customer.as_ref() == Some(customer),
        };
        if !still_theirs {
            return Err(ChatError::SomebodyElse);
        }
        Ok((id, head))
    }

    /// The id here of what the holder of a key calls so.
    pub fn outside_id(&self, key: &str, id: &str) -> ConversationId {
        let hash = keyed_hash(&self.assistant.parts.secret, &["outside", key, id]);
        ConversationId::new(format!("c_{}", &hash[..32]))
    }

    async fn begin(&self, id: &ConversationId, vouched: &Vouched) -> Result<Head, ChatError> {
        let proofs = match vouched {
            Vouched::Customer(customer) => vec![EventBody::IdentityProved(IdentityProved {
                proof: proof(customer),
            })],
            Vouched::Unsaid | Vouched::Nobody => Vec::new(),
        };
        // Nobody is given this token: the key opens the conversation.
        let token = sha256_hex(&self.assistant.parts.random.secret());
        let made = self
            .store()
            .create_conversation(id, &token, Channel::Api, self.now_ms(), proofs)
            .await;
        match made {
            Ok(head) => Ok(head),
            // Two first turns at once: the other one has begun it.
            Err(error) => self.store().head(id).await.map_err(|_| error.into()),
        }
    }

    async fn identified(
        &self,
        id: &ConversationId,
        head: Head,
        proof: Option<Proof>,
    ) -> Result<Head, ChatError> {
        if proof.is_none() && head.last_seq <= 1 {
            return Ok(head);
        }
        self.identify(id, proof).await?;
        Ok(self.store().head(id).await?)
    }
}

fn proof(customer: &CustomerId) -> Proof {
    Proof::Customer {
        customer: customer.clone(),
        method: ProofMethod::Key,
    }
}
