//! What a customer did before: their earlier conversations and everything they sent back.

use serde::{Deserialize, Serialize};

use super::db::{DbError, Row, Tx, Value};
use super::doc::from_doc;
use super::heads::Conversation;
use super::log::read_events;
use super::{Store, StoreError};
use crate::domain::bundle::{EarlierConversation, HandOffReason};
use crate::domain::conversation::Status;
use crate::domain::event::{EventBody, MarkedRead, Reader};
use crate::domain::ids::{ConversationId, CustomerId};
use crate::domain::limits::CONVERSATION_TITLE_CHARS_MAX;
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

/// Conversations of the chat in which they wrote, with when something last happened and the place of
/// their first words.
const LISTED: &str = "
    SELECT c.no, c.id, c.created_ms, c.status,
        (SELECT e.at_ms FROM events e WHERE e.conversation = c.no AND e.seq = c.last_seq),
        (SELECT MIN(e.seq) FROM events e WHERE e.conversation = c.no AND e.seq > c.hidden_through
            AND e.type = 'shopper_wrote') AS first
    FROM conversations c WHERE c.customer = $1 AND c.channel IN ('chat', 'api')
        AND EXISTS (SELECT 1 FROM events e WHERE e.conversation = c.no AND e.seq > c.hidden_through
            AND e.type = 'shopper_wrote')
    ORDER BY c.created_ms DESC, c.id LIMIT $2";

/// Read marks, newest first; there are few behind each other of one reader.
const READ_MARKS: &str = "
    SELECT data FROM events WHERE conversation = $1 AND type = 'marked_read'
    ORDER BY seq DESC LIMIT 20";

/// Has anything been said to the shopper that stands between two places?
const SAID_BETWEEN: &str = "
    SELECT 1 FROM events WHERE conversation = $1 AND seq > $2 AND seq <= $3
        AND type IN ('replied', 'agent_wrote') LIMIT 1";

/// One of a customer's conversations as they are listed to the customer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ListedConversation {
    pub id: ConversationId,
    pub started_ms: i64,
    pub last_ms: i64,
    pub status: Status,
    /// How the shopper's first message begins; `None` when it was erased or was a picture alone.
    pub title: Option<String>,
}

impl Store {
    /// A customer's conversations in the chat, newest first.
    pub async fn conversations_listed(
        &self,
        customer: &CustomerId,
        limit: usize,
    ) -> Result<Vec<ListedConversation>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let of = [Value::Text(customer.to_string()), Value::Int(limit)];
        self.db
            .read(move |tx| {
                let mut list = Vec::new();
                for row in tx.query(LISTED, &of)? {
                    list.extend(listed(tx, &row)?);
                }
                Ok(list)
            })
            .await
    }

    /// Would a read mark at `through` say anything new?
    pub async fn has_unread(&self, id: &ConversationId, through: u64) -> Result<bool, StoreError> {
        let id = id.clone();
        self.db
            .read_few(move |tx| {
                let no = Conversation::load(tx, &id)?.no;
                let read = read_through(tx, no)?;
                let between = [no.into(), read.into(), through.into()];
                Ok(tx.query_first(SAID_BETWEEN, &between)?.is_some())
            })
            .await
    }

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

/// How far the shopper has read.
fn read_through(tx: &mut Tx<'_>, no: i64) -> Result<u64, StoreError> {
    for row in tx.query(READ_MARKS, &[no.into()])? {
        let mark: MarkedRead = serde_json::from_str(row.text(0)?)
            .map_err(|error| DbError(format!("a stored read mark cannot be read: {error}")))?;
        if mark.by == Reader::Shopper {
            return Ok(mark.through);
        }
    }
    Ok(0)
}

fn listed(tx: &mut Tx<'_>, row: &Row) -> Result<Option<ListedConversation>, StoreError> {
    let Some(first) = row.opt_int(5)? else {
        return Ok(None);
    };
    let id = ConversationId::new(row.text(1)?);
    let before = u64::try_from(first - 1).unwrap_or(0);
    let first = read_events(tx, &id, row.int(0)?, before, 1)?.pop();
    let title = first.and_then(|event| match event.body {
        EventBody::ShopperWrote(wrote) => Some(title(&wrote.private?.text)),
        _ => None,
    });
    let title = title.filter(|title| !title.is_empty());
    let started_ms = row.int(2)?;
    Ok(Some(ListedConversation {
        id,
        started_ms,
        last_ms: row.opt_int(4)?.unwrap_or(started_ms),
        status: row.word(3)?,
        title,
    }))
}

fn title(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= CONVERSATION_TITLE_CHARS_MAX {
        return line;
    }
    let kept = line.chars().take(CONVERSATION_TITLE_CHARS_MAX - 1);
    kept.chain(std::iter::once('…')).collect()
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
