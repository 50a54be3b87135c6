//! Stored hand-off bundles.

use super::{Store, StoreError};
use crate::domain::bundle::Bundle;
use crate::domain::ids::ConversationId;

impl Store {
    /// Bundles of a conversation, oldest first.
    pub async fn bundles(&self, conversation: &ConversationId) -> Result<Vec<Bundle>, StoreError> { let _ = conversation; todo!() }
}
