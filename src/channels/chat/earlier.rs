//! A customer's conversations: the list of them, and opening one by being the customer.

use super::{Chat, ChatError};
use crate::domain::conversation::Head;
use crate::domain::event::Channel;
use crate::domain::ids::{ConversationId, CustomerId};
use crate::domain::limits;
use crate::store::history::ListedConversation;

impl Chat {
    /// What a customer has written in chats, newest first; conversations without words are left
    /// out.
    pub async fn conversations(
        &self,
        customer: &CustomerId,
    ) -> Result<Vec<ListedConversation>, ChatError> {
        let limit = limits::CONVERSATIONS_LISTED_MAX;
        Ok(self.store().conversations_listed(customer, limit).await?)
    }

    /// Opens a conversation of this customer. Another one's is not told from none.
    pub async fn open_of(
        &self,
        id: &str,
        customer: &CustomerId,
    ) -> Result<(ConversationId, Head), ChatError> {
        let id = ConversationId::new(id);
        let head = self.store().head(&id).await?;
        // The head's customer is the fold of the same proofs as `Identity`, in the transaction of the
        // newest one: whoever has left a conversation is not in it. Tools ask `Identity`.
        let is_a_chat = matches!(head.channel, Channel::Chat | Channel::Api);
        if !is_a_chat || head.customer.as_ref() != Some(customer) {
            return Err(ChatError::NotFound);
        }
        Ok((id, head))
    }
}
