//! Pictures: taken in when they are pictures by content, given out to whoever has their link.

use super::{Chat, ChatError};
use crate::domain::attachment::{Attachment, ImageKind};
use crate::domain::ids::{AttachmentId, ConversationId};
use crate::domain::limits;

impl Chat {
    /// Stores a picture, for a message to name.
    pub async fn attach(
        &self,
        id: &ConversationId,
        bytes: Vec<u8>,
    ) -> Result<Attachment, ChatError> {
        if bytes.len() > limits::IMAGE_BYTES_MAX {
            return Err(ChatError::AttachmentTooLarge);
        }
        let kind = ImageKind::of(&bytes).ok_or(ChatError::NotAPicture)?;
        let attachment = Attachment {
            attachment: AttachmentId::new(self.assistant.parts.random.secret()),
            kind,
            bytes: bytes.len() as u64,
        };
        let now_ms = self.now_ms();
        let stored = self
            .store()
            .add_attachment(id, &attachment, bytes, now_ms)
            .await?;
        stored
            .then_some(attachment)
            .ok_or(ChatError::AttachmentsFull)
    }

    /// A picture and what it is; `None` when there is none under this id.
    pub async fn picture(&self, id: &str) -> Result<Option<(ImageKind, Vec<u8>)>, ChatError> {
        Ok(self.store().picture(&AttachmentId::new(id)).await?)
    }
}
