//! What must leave (mail, webhooks): rows written with the change that caused them, delivered by a
//! job, at least once, each under a key that the receiver can tell twice by.
//!
//! Design: a claim moves the row's due time to the claim's end and counts an attempt, so that an
//! abandoned claim comes due by itself and a row that kills its deliverer is given up in the end.

use super::db::{Row, Tx};
use super::{Store, StoreError};
use crate::domain::ids::ConversationId;
use crate::domain::limits::{
    OUTBOX_ATTEMPTS_MAX, OUTBOX_CLAIM_TTL, OUTBOX_ERROR_BYTES_MAX, OUTBOX_PAUSE, OUTBOX_PAUSE_MAX,
};

/// The kind of a letter to somebody who is not there: written like a mail, so that nothing shows that
/// it is none, and dropped when its turn comes.
pub const TO_NOBODY: &str = "to_nobody";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewOutbox {
    /// Unique: the same key again changes nothing.
    pub key: String,
    /// Which job delivers it ("mail"); see `TO_NOBODY`.
    pub kind: String,
    /// JSON for that job.
    pub body: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxRow {
    pub key: String,
    pub kind: String,
    pub body: String,
    pub conversation: ConversationId,
    /// Deliveries begun, this one included.
    pub attempts: u32,
}

/// A row that has not left: it waits for its next delivery, or was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnsentOutbox {
    pub row: OutboxRow,
    pub given_up: bool,
    /// When it is tried next, or was given up.
    pub at_ms: i64,
    /// What the last delivery said; empty before the first.
    pub error: String,
}

/// A row that was given up: an operator looks at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StuckOutbox {
    pub row: OutboxRow,
    /// What the last delivery said.
    pub error: String,
    pub given_up_ms: i64,
}

const ADD: &str = "
    INSERT INTO outbox (key, conversation, kind, body, state, attempts, due_ms)
    VALUES ($1, $2, $3, $4, 'waiting', 0, $5)
    ON CONFLICT (key) DO NOTHING";

const KNOWN: &str = "SELECT state FROM outbox WHERE key = $1";

/// Rows whose deliverers died with each of their attempts.
const GIVE_UP_ABANDONED: &str = "
    UPDATE outbox SET state = 'given_up', ended_ms = $1,
        error = COALESCE(error, 'every delivery was begun and none was reported')
    WHERE state = 'waiting' AND due_ms <= $1 AND attempts >= $2";

const DUE: &str = "
    SELECT o.key, o.kind, o.body, c.id, o.attempts + 1
    FROM outbox o JOIN conversations c ON c.no = o.conversation
    WHERE o.state = 'waiting' AND o.due_ms <= $1 ORDER BY o.due_ms LIMIT $2";

const CLAIM: &str = "
    UPDATE outbox SET attempts = attempts + 1, due_ms = $2, claimed_by = $3 WHERE key = $1";

const DONE: &str = "
    UPDATE outbox SET state = 'done', body = '', error = NULL, ended_ms = $2 WHERE key = $1";

const ATTEMPTS: &str = "SELECT attempts FROM outbox WHERE key = $1 AND state = 'waiting'";

const PAUSE: &str = "
    UPDATE outbox SET due_ms = $2, error = $3, claimed_by = NULL WHERE key = $1";

const GIVE_UP: &str = "
    UPDATE outbox SET state = 'given_up', ended_ms = $2, error = $3 WHERE key = $1";

const STUCK: &str = "
    SELECT o.key, o.kind, o.body, c.id, o.attempts, o.error, o.ended_ms
    FROM outbox o JOIN conversations c ON c.no = o.conversation
    WHERE o.state = 'given_up' ORDER BY o.ended_ms LIMIT $1";

const UNSENT: &str = "
    SELECT o.key, o.kind, o.body, c.id, o.attempts, o.error,
        COALESCE(o.ended_ms, o.due_ms), o.state
    FROM outbox o JOIN conversations c ON c.no = o.conversation
    WHERE o.state = 'waiting' OR o.state = 'given_up' ORDER BY 7, o.key LIMIT $1";

const ERASE: &str = "
    UPDATE outbox SET body = '', error = NULL, ended_ms = COALESCE(ended_ms, $2),
        state = CASE WHEN state = 'done' THEN 'done' ELSE 'erased' END
    WHERE conversation = $1";

impl Store {
    /// Claims up to `limit` due rows for `holder` for a minute; two claimers never get the same row.
    pub async fn claim_outbox(
        &self,
        holder: &str,
        now_ms: i64,
        limit: usize,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        let holder = holder.to_owned();
        let until_ms = now_ms.saturating_add(millis(OUTBOX_CLAIM_TTL));
        self.db
            .write(move |tx| {
                tx.execute(
                    GIVE_UP_ABANDONED,
                    &[now_ms.into(), OUTBOX_ATTEMPTS_MAX.into()],
                )?;
                let due = tx.query(DUE, &[now_ms.into(), (limit as u64).into()])?;
                let claim = |row: &Row| {
                    let row = read(row)?;
                    let key = row.key.as_str().into();
                    tx.execute(CLAIM, &[key, until_ms.into(), holder.as_str().into()])?;
                    Ok(row)
                };
                due.iter().map(claim).collect()
            })
            .await
    }

    /// Delivered: the body is wiped, the key stays.
    pub async fn outbox_done(&self, key: &str, now_ms: i64) -> Result<(), StoreError> {
        let key = key.to_owned();
        self.db
            .write(move |tx| {
                tx.execute(DONE, &[key.into(), now_ms.into()])?;
                Ok(())
            })
            .await
    }

    /// Failed: due again after a growing pause; given up after `OUTBOX_ATTEMPTS_MAX`, kept for the
    /// operator.
    pub async fn outbox_failed(
        &self,
        key: &str,
        error: &str,
        now_ms: i64,
    ) -> Result<(), StoreError> {
        let key = key.to_owned();
        let error = error[..error.floor_char_boundary(OUTBOX_ERROR_BYTES_MAX)].to_owned();
        self.db
            .write(move |tx| {
                // Delivered, given up or erased meanwhile: nothing waits any more.
                let Some(row) = tx.query_first(ATTEMPTS, &[key.as_str().into()])? else {
                    return Ok(());
                };
                let attempts = u32::try_from(row.uint(0)?).unwrap_or(u32::MAX);
                let (sql, at_ms) = if attempts >= OUTBOX_ATTEMPTS_MAX {
                    (GIVE_UP, now_ms)
                } else {
                    (PAUSE, now_ms.saturating_add(pause_ms(attempts)))
                };
                tx.execute(sql, &[key.into(), at_ms.into(), error.into()])?;
                Ok(())
            })
            .await
    }

    /// Rows that have not left, earliest first.
    pub async fn unsent_outbox(&self, limit: usize) -> Result<Vec<UnsentOutbox>, StoreError> {
        self.db
            .read(move |tx| {
                let rows = tx.query(UNSENT, &[(limit as u64).into()])?;
                let unsent = |row: &Row| {
                    Ok(UnsentOutbox {
                        given_up: row.text(7)? == "given_up",
                        at_ms: row.int(6)?,
                        error: row.opt_text(5)?.unwrap_or_default().to_owned(),
                        row: read(row)?,
                    })
                };
                rows.iter().map(unsent).collect()
            })
            .await
    }

    /// Rows that were given up, oldest first.
    pub async fn stuck_outbox(&self, limit: usize) -> Result<Vec<StuckOutbox>, StoreError> {
        self.db
            .read(move |tx| {
                let rows = tx.query(STUCK, &[(limit as u64).into()])?;
                let stuck = |row: &Row| {
                    Ok(StuckOutbox {
                        error: row.opt_text(5)?.unwrap_or_default().to_owned(),
                        given_up_ms: row.int(6)?,
                        row: read(row)?,
                    })
                };
                rows.iter().map(stuck).collect()
            })
            .await
    }
}

/// Adds a row in the transaction of the change that causes it.
pub(super) fn add(
    tx: &mut Tx<'_>,
    conversation: i64,
    new: NewOutbox,
    at_ms: i64,
) -> Result<(), StoreError> {
    let params = [
        new.key.into(),
        conversation.into(),
        new.kind.into(),
        new.body.into(),
        at_ms.into(),
    ];
    tx.execute(ADD, &params)?;
    Ok(())
}

/// Was there ever a row under this key?
pub(super) fn is_known(tx: &mut Tx<'_>, key: &str) -> Result<bool, StoreError> {
    Ok(tx.query_first(KNOWN, &[key.into()])?.is_some())
}

/// Wipes all bodies of a conversation; what has not left yet never will.
pub(super) fn erase(tx: &mut Tx<'_>, conversation: i64, at_ms: i64) -> Result<(), StoreError> {
    tx.execute(ERASE, &[conversation.into(), at_ms.into()])?;
    Ok(())
}

/// Doubles with each attempt up to a cap.
fn pause_ms(attempts: u32) -> i64 {
    let doublings = attempts.saturating_sub(1).min(30);
    millis(OUTBOX_PAUSE)
        .saturating_mul(1 << doublings)
        .min(millis(OUTBOX_PAUSE_MAX))
}

fn millis(duration: std::time::Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

fn read(row: &Row) -> Result<OutboxRow, StoreError> {
    Ok(OutboxRow {
        key: row.text(0)?.to_owned(),
        kind: row.text(1)?.to_owned(),
        body: row.text(2)?.to_owned(),
        conversation: ConversationId::new(row.text(3)?),
        attempts: u32::try_from(row.uint(4)?).unwrap_or(u32::MAX),
    })
}
