//! What a customer did before: their earlier conversations and everything they sent back.

use serde::Deserialize;

use super::db::{DbError, Row, Value};
use super::doc::from_doc;
use super::{Store, StoreError};
use crate::domain::bundle::{EarlierConversation, HandOffReason};
use crate::domain::ids::{ConversationId, CustomerId};
use crate::domain::returns::Return;

/// With the reason of the newest hand-off, which outlives an erasure; not one of somebody who was in
/// that conversation before.
const CONVERSATIONS: &str = "
    SELECT c.id, c.created_ms, c.status,
        (SELECT e.data FROM events e WHERE e.conversation = c.no AND e.type = 'handed_off'
            AND e.seq > c.hidden_through
         ORDER BY e.seq DESC LIMIT 1)
    FROM conversations c WHERE c.customer = $1 AND c.id <> $2
    ORDER BY c.created_ms DESC, c.id LIMIT $3";

const COUNT: &str = "SELECT COUNT(*) FROM conversations WHERE customer = $1 AND id <> $2";

const RETURNS: &str = "
    SELECT r.doc FROM returns r JOIN orders o ON o.number = r.order_number
    WHERE o.customer = $1 ORDER BY r.created_ms, r.number LIMIT $2";

impl Store {
    /// A customer's other conversations, newest first, and how many there are in all.
    pub async fn conversations_of(
        &self,
        customer: &CustomerId,
        besides: &ConversationId,
        limit: usize,
    ) -> Result<(Vec<EarlierConversation>, u64), StoreError> {
        let of = [
            Value::Text(customer.to_string()),
            Value::Text(besides.to_string()),
        ];
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.db
            .read(move |tx| {
                let count = tx.query(COUNT, &of)?;
                let count = count.first().map_or(Ok(0), |row| row.uint(0))?;
                let [customer, besides] = of;
                let rows = tx.query(CONVERSATIONS, &[customer, besides, Value::Int(limit)])?;
                let list: Result<_, StoreError> = rows.iter().map(earlier).collect();
                Ok((list?, count))
            })
            .await
    }

    /// Returns of all orders of a customer, oldest first.
    pub async fn returns_of_customer(
        &self,
        customer: &CustomerId,
        limit: usize,
    ) -> Result<Vec<Return>, StoreError> {
        let customer = Value::Text(customer.to_string());
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.db
            .read(move |tx| {
                let rows = tx.query(RETURNS, &[customer, Value::Int(limit)])?;
                rows.iter().map(|row| from_doc(row, 0)).collect()
            })
            .await
    }
}

fn earlier(row: &Row) -> Result<EarlierConversation, StoreError> {
    #[derive(Deserialize)]
    struct HandedOff {
        reason: HandOffReason,
    }
    let reason = row
        .opt_text(3)?
        .map(serde_json::from_str::<HandedOff>)
        .transpose()
        .map_err(|error| DbError(format!("a stored hand-off cannot be read: {error}")))?;
    Ok(EarlierConversation {
        id: ConversationId::new(row.text(0)?),
        started_ms: row.int(1)?,
        status: row.word(2)?,
        reason: reason.map(|handed| handed.reason),
    })
}
