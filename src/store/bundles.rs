//! Stored hand-off bundles.

use super::db::{DbError, Tx};
use super::heads::Conversation;
use super::{Store, StoreError};
use crate::domain::bundle::Bundle;
use crate::domain::ids::ConversationId;

/// A run that is repeated after a crash brings its bundle again: the first one stays.
const ADD: &str = "
    INSERT INTO bundles (id, conversation, created_ms, body) VALUES ($1, $2, $3, $4)
    ON CONFLICT (id) DO NOTHING";

const OF_CONVERSATION: &str = "
    SELECT body FROM bundles WHERE conversation = $1 ORDER BY created_ms, id";

const ERASE: &str = "DELETE FROM bundles WHERE conversation = $1";

impl Store {
    /// Bundles of a conversation, oldest first.
    pub async fn bundles(&self, conversation: &ConversationId) -> Result<Vec<Bundle>, StoreError> {
        let id = conversation.clone();
        self.db
            .read(move |tx| {
                let no = Conversation::load(tx, &id)?.no;
                let rows = tx.query(OF_CONVERSATION, &[no.into()])?;
                let unreadable = |_| DbError("a stored bundle cannot be read".to_owned());
                rows.iter()
                    .map(|row| Ok(serde_json::from_str(row.text(0)?).map_err(unreadable)?))
                    .collect()
            })
            .await
    }
}

/// Adds a bundle in the transaction of the hand-off.
pub(super) fn add(tx: &mut Tx<'_>, conversation: i64, bundle: &Bundle) -> Result<(), StoreError> {
    let body = serde_json::to_string(bundle)
        .map_err(|error| DbError(format!("a bundle cannot be written as JSON: {error}")))?;
    let params = [
        bundle.id.as_str().into(),
        conversation.into(),
        bundle.created_ms.into(),
        body.into(),
    ];
    tx.execute(ADD, &params)?;
    Ok(())
}

/// A bundle holds the transcript and the customer: it goes with the conversation's words.
pub(super) fn erase(tx: &mut Tx<'_>, conversation: i64) -> Result<(), StoreError> {
    tx.execute(ERASE, &[conversation.into()])?;
    Ok(())
}
