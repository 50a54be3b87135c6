//! Pictures of conversations, stored apart from the log: it names them, and they can be erased.

use super::db::{Tx, Value};
use super::heads::Conversation;
use super::{Store, StoreError};
use crate::domain::attachment::{Attachment, ImageKind};
use crate::domain::ids::{AttachmentId, ConversationId};
use crate::domain::limits::{
    ATTACHMENTS_BYTES_PER_CONVERSATION_MAX, ATTACHMENTS_PER_CONVERSATION_MAX,
};

const ADD: &str = "
    INSERT INTO attachments (id, conversation, created_ms, type, bytes, body)
    VALUES ($1, $2, $3, $4, $5, $6)";

const HELD: &str =
    "SELECT COUNT(*), COALESCE(SUM(bytes), 0) FROM attachments WHERE conversation = $1";

const OF_CONVERSATION: &str =
    "SELECT type, bytes FROM attachments WHERE conversation = $1 AND id = $2";

const READ: &str = "SELECT type, body FROM attachments WHERE id = $1";

const ERASE: &str = "DELETE FROM attachments WHERE conversation = $1";

impl Store {
    /// Stores a picture; false when the conversation holds as many or as much as it may.
    pub async fn add_attachment(
        &self,
        id: &ConversationId,
        attachment: &Attachment,
        body: Vec<u8>,
        at_ms: i64,
    ) -> Result<bool, StoreError> {
        let (id, attachment) = (id.clone(), attachment.clone());
        self.db
            .write(move |tx| {
                let no = Conversation::load(tx, &id)?.no;
                let held = tx.query_first(HELD, &[no.into()])?;
                let (count, bytes) = match held {
                    Some(row) => (row.uint(0)?, row.uint(1)?),
                    None => (0, 0),
                };
                if count >= ATTACHMENTS_PER_CONVERSATION_MAX
                    || bytes + attachment.bytes > ATTACHMENTS_BYTES_PER_CONVERSATION_MAX
                {
                    return Ok(false);
                }
                let params = [
                    attachment.attachment.as_str().into(),
                    no.into(),
                    at_ms.into(),
                    Value::word(&attachment.kind)?,
                    attachment.bytes.into(),
                    Value::Blob(body),
                ];
                tx.execute(ADD, &params)?;
                Ok(true)
            })
            .await
    }

    /// A picture that was sent in this conversation; `None` for every other one.
    pub async fn attachment_of(
        &self,
        id: &ConversationId,
        attachment: &AttachmentId,
    ) -> Result<Option<Attachment>, StoreError> {
        let (id, attachment) = (id.clone(), attachment.clone());
        self.db
            .read(move |tx| {
                let no = Conversation::load(tx, &id)?.no;
                let row =
                    tx.query_first(OF_CONVERSATION, &[no.into(), attachment.as_str().into()])?;
                let Some(row) = row else { return Ok(None) };
                Ok(Some(Attachment {
                    attachment,
                    kind: row.word(0)?,
                    bytes: row.uint(1)?,
                }))
            })
            .await
    }

    /// The picture itself, by its unguessable id.
    pub async fn picture(
        &self,
        attachment: &AttachmentId,
    ) -> Result<Option<(ImageKind, Vec<u8>)>, StoreError> {
        let attachment = attachment.clone();
        self.db
            .read(move |tx| {
                let row = tx.query_first(READ, &[attachment.as_str().into()])?;
                let Some(row) = row else { return Ok(None) };
                let body = row.opt_blob(1)?.unwrap_or_default().to_vec();
                Ok(Some((row.word(0)?, body)))
            })
            .await
    }
}

/// A picture shows what its sender wrote about: it goes with their words.
pub(super) fn erase(tx: &mut Tx<'_>, conversation: i64) -> Result<(), StoreError> {
    tx.execute(ERASE, &[conversation.into()])?;
    Ok(())
}
