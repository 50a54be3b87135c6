//! Every write and money effect, recorded under its idempotency key before it is tried.

use serde::{Deserialize, Serialize};

use super::{Store, StoreError};
use crate::domain::ids::{ConversationId, IdempotencyKey};
use crate::domain::money::Money;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LedgerState { Started, Done, Refused, Failed }

/// A change of the ledger, made in the transaction of the events that it belongs to.
#[derive(Clone, Debug)]
pub enum LedgerChange {
    /// The same key with the same hash again changes nothing; with another hash: `KeyReused`.
    Start { key: IdempotencyKey, tool: String, arguments_hash: String, amount: Option<Money> },
    Finish { key: IdempotencyKey, state: LedgerState },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerRow {
    pub key: IdempotencyKey,
    pub conversation: ConversationId,
    pub tool: String,
    pub arguments_hash: String,
    pub amount: Option<Money>,
    pub state: LedgerState,
    pub started_ms: i64,
    pub finished_ms: Option<i64>,
}

impl Store {
    pub async fn ledger(&self, conversation: &ConversationId) -> Result<Vec<LedgerRow>, StoreError> { let _ = conversation; todo!() }
}
