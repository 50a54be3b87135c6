//! Calls that wait for an agent's decision, one row each: a projection of the logs, written in the
//! transactions of their events, so that what waits is found without reading a log.

use serde::{Deserialize, Serialize};

use super::db::{DbError, Row, Tx, Value};
use super::log::read_events;
use super::{Store, StoreError};
use crate::domain::bundle::Bundle;
use crate::domain::event::{ApprovalDecided, Approver, Event, EventBody, ProposalMade};
use crate::domain::ids::{BundleId, ConversationId, OrderNumber, ProposalId};
use crate::domain::money::Money;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalState {
    Waiting,
    Approved,
    Declined,
    /// Nothing can be decided any more: replaced, or its words were erased.
    Void,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Approval {
    pub proposal: ProposalId,
    pub conversation: ConversationId,
    pub tool: String,
    pub order: Option<OrderNumber>,
    /// As it was worked out, or as the agent set it.
    pub amount: Option<Money>,
    pub state: ApprovalState,
    pub bundle: Option<BundleId>,
    pub created_ms: i64,
    pub decided_ms: Option<i64>,
    /// The agent's name.
    pub by: Option<String>,
    /// Where in the log it was made, and decided.
    #[serde(skip)]
    pub made_seq: u64,
    #[serde(skip)]
    pub decided_seq: Option<u64>,
}

/// A parked call with everything that is there to decide it by.
#[derive(Clone, Debug)]
pub struct WholeApproval {
    pub approval: Approval,
    pub made: ProposalMade,
    pub decided: Option<ApprovalDecided>,
    pub bundle: Option<Bundle>,
}

const ADD: &str = "
    INSERT INTO approvals (proposal, conversation, tool, order_number, amount_minor, currency,
        state, created_ms, made_seq)
    VALUES ($1, $2, $3, $4, $5, $6, 'waiting', $7, $8)";

/// Of the hand-off that comes in the same append.
const TRAVELS_IN: &str = "
    UPDATE approvals SET bundle = $2
    WHERE conversation = $1 AND bundle IS NULL AND state = 'waiting'";

const DECIDE: &str = "
    UPDATE approvals SET state = $2, decided_seq = $3, decided_ms = $4, decided_by = $5,
        amount_minor = COALESCE($6, amount_minor)
    WHERE proposal = $1 AND state = 'waiting'";

const VOID: &str = "UPDATE approvals SET state = 'void' WHERE proposal = $1 AND state = 'waiting'";

const VOID_ALL: &str = "
    UPDATE approvals SET state = 'void' WHERE conversation = $1 AND state = 'waiting'";

const COLUMNS: &str = "
    SELECT a.proposal, c.id, a.tool, a.order_number, a.amount_minor, a.currency, a.state, a.bundle,
        a.created_ms, a.decided_ms, a.decided_by, a.made_seq, a.decided_seq, a.conversation
    FROM approvals a JOIN conversations c ON c.no = a.conversation";

const ONE: &str = "WHERE a.proposal = $1";

const WAITING: &str = "
    WHERE a.state = 'waiting' AND (a.created_ms > $1 OR (a.created_ms = $1 AND a.proposal > $2))
    ORDER BY a.created_ms, a.proposal LIMIT $3";

const BUNDLE: &str = "SELECT body FROM bundles WHERE id = $1";

impl Store {
    /// What waits, oldest first, behind another one; `NotFound` when there never was that one.
    pub async fn approvals_waiting(
        &self,
        after: Option<&ProposalId>,
        limit: usize,
    ) -> Result<Vec<Approval>, StoreError> {
        let after = after.cloned();
        self.db
            .read(move |tx| {
                let (ms, id) = match &after {
                    Some(id) => (one(tx, id)?.0.created_ms, id.as_str()),
                    None => (i64::MIN, ""),
                };
                let params = [ms.into(), id.into(), (limit as u64).into()];
                let rows = tx.query(&format!("{COLUMNS} {WAITING}"), &params)?;
                rows.iter().map(read).collect()
            })
            .await
    }

    /// One with its call, its decision and its bundle; `NotFound` when there is none.
    pub async fn approval(&self, proposal: &ProposalId) -> Result<WholeApproval, StoreError> {
        let proposal = proposal.clone();
        self.db.read_few(move |tx| whole(tx, &proposal)).await
    }
}

fn one(tx: &mut Tx<'_>, proposal: &ProposalId) -> Result<(Approval, i64), StoreError> {
    let row = tx.query_first(&format!("{COLUMNS} {ONE}"), &[proposal.as_str().into()])?;
    let row = row.ok_or(StoreError::NotFound)?;
    Ok((read(&row)?, row.int(13)?))
}

fn whole(tx: &mut Tx<'_>, proposal: &ProposalId) -> Result<WholeApproval, StoreError> {
    let (approval, no) = one(tx, proposal)?;
    let mut event = |seq: u64| {
        let found = read_events(tx, &approval.conversation, no, seq.saturating_sub(1), 1)?;
        Ok::<_, StoreError>(found.into_iter().next().map(|event| event.body))
    };
    let Some(EventBody::ProposalMade(made)) = event(approval.made_seq)? else {
        return Err(DbError("an approval's call is not in its log".to_owned()).into());
    };
    let decided = match approval.decided_seq.map(event).transpose()?.flatten() {
        Some(EventBody::ApprovalDecided(decided)) => Some(decided),
        _ => None,
    };
    let bundle = match &approval.bundle {
        Some(id) => tx.query_first(BUNDLE, &[id.as_str().into()])?,
        None => None,
    };
    let unreadable = |_| DbError("a stored bundle cannot be read".to_owned());
    let bundle = bundle
        .map(|row| Ok::<_, StoreError>(serde_json::from_str(row.text(0)?).map_err(unreadable)?))
        .transpose()?;
    Ok(WholeApproval {
        approval,
        made,
        decided,
        bundle,
    })
}

/// Takes an event into account that has just been appended.
pub(super) fn note(tx: &mut Tx<'_>, conversation: i64, event: &Event) -> Result<(), StoreError> {
    match &event.body {
        EventBody::ProposalMade(made) if made.approver == Approver::Agent => {
            add(tx, conversation, made, event)?;
        }
        EventBody::HandedOff(handed) => {
            let params = [conversation.into(), handed.bundle.as_str().into()];
            tx.execute(TRAVELS_IN, &params)?;
        }
        EventBody::ApprovalDecided(decided) => {
            let state = match decided.approved {
                true => ApprovalState::Approved,
                false => ApprovalState::Declined,
            };
            let params = [
                decided.proposal.as_str().into(),
                Value::word(&state)?,
                event.seq.into(),
                event.at_ms.into(),
                decided.by.as_str().into(),
                Value::opt_int(decided.amount.map(|amount| amount.minor)),
            ];
            tx.execute(DECIDE, &params)?;
        }
        EventBody::ProposalClosed(closed) => {
            tx.execute(VOID, &[closed.proposal.as_str().into()])?;
        }
        _ => {}
    }
    Ok(())
}

fn add(
    tx: &mut Tx<'_>,
    conversation: i64,
    made: &ProposalMade,
    event: &Event,
) -> Result<(), StoreError> {
    let params = [
        made.proposal.as_str().into(),
        conversation.into(),
        made.tool.as_str().into(),
        Value::opt_text(made.order.as_ref().map(|order| order.as_str())),
        Value::opt_int(made.amount.map(|amount| amount.minor)),
        Value::opt_text(made.amount.as_ref().map(|amount| amount.currency.code())),
        event.at_ms.into(),
        event.seq.into(),
    ];
    tx.execute(ADD, &params)?;
    Ok(())
}

/// What a call was is gone with its conversation's words.
pub(super) fn erase(tx: &mut Tx<'_>, conversation: i64) -> Result<(), StoreError> {
    tx.execute(VOID_ALL, &[conversation.into()])?;
    Ok(())
}

fn read(row: &Row) -> Result<Approval, StoreError> {
    let amount = match (row.opt_int(4)?, row.opt_text(5)?) {
        (Some(minor), Some(code)) => {
            let unknown = |_| DbError("an unknown currency".to_owned());
            Some(Money::new(minor, code.parse().map_err(unknown)?))
        }
        _ => None,
    };
    Ok(Approval {
        proposal: ProposalId::new(row.text(0)?),
        conversation: ConversationId::new(row.text(1)?),
        tool: row.text(2)?.to_owned(),
        order: row.opt_text(3)?.map(OrderNumber::new),
        amount,
        state: row.word(6)?,
        bundle: row.opt_text(7)?.map(BundleId::new),
        created_ms: row.int(8)?,
        decided_ms: row.opt_int(9)?,
        by: row.opt_text(10)?.map(str::to_owned),
        made_seq: row.uint(11)?,
        decided_seq: row.opt_int(12)?.and_then(|seq| u64::try_from(seq).ok()),
    })
}
