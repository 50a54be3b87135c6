//! Every write and money effect, recorded under its idempotency key before it is tried.

use serde::{Deserialize, Serialize};

use super::db::{DbError, Row, Tx, Value};
use super::doc::money;
use super::heads::Conversation;
use super::{Store, StoreError};
use crate::domain::ids::{ConversationId, IdempotencyKey};
use crate::domain::money::Money;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LedgerState {
    Started,
    Done,
    Refused,
    Failed,
}

/// A change of the ledger, made in the transaction of the events that it belongs to.
#[derive(Clone, Debug)]
pub enum LedgerChange {
    /// The same key with the same hash again changes nothing; with another hash: `KeyReused`.
    Start {
        key: IdempotencyKey,
        tool: String,
        arguments_hash: String,
        amount: Option<Money>,
    },
    /// What became of it. What is done stays done.
    Finish {
        key: IdempotencyKey,
        state: LedgerState,
    },
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

const KNOWN: &str = "SELECT conversation, tool, arguments_hash FROM ledger WHERE key = $1";

const START: &str = "
    INSERT INTO ledger
        (key, conversation, tool, arguments_hash, amount_minor, currency, state, started_ms)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

const FINISH: &str = "
    UPDATE ledger SET state = $2, finished_ms = $3 WHERE key = $1 AND state <> 'done'";

const OF_CONVERSATION: &str = "
    SELECT key, tool, arguments_hash, amount_minor, currency, state, started_ms, finished_ms
    FROM ledger WHERE conversation = $1 ORDER BY started_ms, key";

const UNFINISHED: &str = "
    SELECT COUNT(*) FROM conversations WHERE work_since_ms IS NOT NULL AND effects_running > 0";

impl Store {
    /// Writes of a conversation, oldest first.
    pub async fn ledger(
        &self,
        conversation: &ConversationId,
    ) -> Result<Vec<LedgerRow>, StoreError> {
        let id = conversation.clone();
        self.db
            .read(move |tx| {
                let no = Conversation::load(tx, &id)?.no;
                let rows = tx.query(OF_CONVERSATION, &[no.into()])?;
                rows.iter().map(|row| read(&id, row)).collect()
            })
            .await
    }

    /// Conversations with an effect whose result is not in the log: a process was killed, or is at
    /// it.
    pub async fn effects_unfinished(&self) -> Result<u64, StoreError> {
        self.db
            .read(move |tx| {
                let row = tx.query_first(UNFINISHED, &[])?;
                row.map_or(Ok(0), |row| Ok(row.uint(0)?))
            })
            .await
    }
}

/// Makes one change in the transaction of the events that it belongs to.
pub(super) fn change(
    tx: &mut Tx<'_>,
    conversation: i64,
    change: LedgerChange,
    at_ms: i64,
) -> Result<(), StoreError> {
    match change {
        LedgerChange::Start {
            key,
            tool,
            arguments_hash,
            amount,
        } => {
            if let Some(row) = tx.query_first(KNOWN, &[key.as_str().into()])? {
                let same = row.int(0)? == conversation
                    && row.text(1)? == tool
                    && row.text(2)? == arguments_hash;
                return if same {
                    Ok(())
                } else {
                    Err(StoreError::KeyReused)
                };
            }
            let params = [
                key.as_str().into(),
                conversation.into(),
                tool.into(),
                arguments_hash.into(),
                Value::opt_int(amount.map(|amount| amount.minor)),
                Value::opt_text(amount.as_ref().map(|amount| amount.currency.code())),
                Value::word(&LedgerState::Started)?,
                at_ms.into(),
            ];
            tx.execute(START, &params)?;
        }
        LedgerChange::Finish { key, state } => {
            let known = tx.query_first(KNOWN, &[key.as_str().into()])?;
            let ours = known.map(|row| row.int(0)).transpose()? == Some(conversation);
            if !ours {
                let words = "an effect was finished that this conversation has not started";
                return Err(DbError(words.to_owned()).into());
            }
            tx.execute(
                FINISH,
                &[key.as_str().into(), Value::word(&state)?, at_ms.into()],
            )?;
        }
    }
    Ok(())
}

fn read(id: &ConversationId, row: &Row) -> Result<LedgerRow, StoreError> {
    Ok(LedgerRow {
        key: IdempotencyKey::new(row.text(0)?),
        conversation: id.clone(),
        tool: row.text(1)?.to_owned(),
        arguments_hash: row.text(2)?.to_owned(),
        amount: money(row, 3)?,
        state: row.word(5)?,
        started_ms: row.int(6)?,
        finished_ms: row.opt_int(7)?,
    })
}
