//! Deciding about calls that wait for an agent. A decision is appended with its ledger row, and only
//! if nothing has happened since the log was read: of two agents at once one wins, and the same
//! decision sent twice is one.

use std::sync::Arc;

use serde_json::json;

use super::driver::{Assistant, Verdict, decision};
use super::prompt::Prompts;
use super::session::Session;
use crate::domain::event::{ApprovalDecided, ProposalMade, ProposalWords};
use crate::domain::ids::ProposalId;
use crate::domain::limits;
use crate::domain::money::{Bounds, Money};
use crate::store::approvals::{Approval, ApprovalState, WholeApproval};
use crate::store::effects::PAUSED;
use crate::store::log::{Append, Writer};
use crate::store::{Store, StoreError};
use crate::tools::ToolError;
use crate::tools::registry::Run;

/// What waits, for the agents of one assistant's shop. Cloned freely.
#[derive(Clone)]
pub struct Approvals {
    assistant: Arc<Assistant>,
}

/// What an agent asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// The agent's name.
    pub by: String,
    /// Of the call that they have seen; a no may leave it out.
    pub hash: Option<String>,
    pub approved: bool,
    /// Other money than was worked out.
    pub amount: Option<Money>,
    /// A note for colleagues, or what the shopper is told of a no.
    pub words: String,
}

#[derive(Debug, thiserror::Error)]
pub enum ApprovalError {
    #[error("no such approval")]
    Unknown,
    /// What was seen is not what waits.
    #[error("the call has another hash")]
    OtherHash,
    /// Somebody has decided, or the same one otherwise.
    #[error("it is decided already")]
    Decided(Box<Approval>),
    /// It was replaced, or erased.
    #[error("it cannot be decided any more")]
    Void,
    #[error("the amount is out of bounds")]
    OutOfBounds(Bounds),
    /// In the tool's words.
    #[error("{0}")]
    NotEditable(String),
    /// Money effects are paused, and why: it goes on waiting.
    #[error("money effects are paused: {0}")]
    Paused(String),
    #[error("too many writers at once")]
    Busy,
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for ApprovalError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::Unknown,
            other => Self::Store(other),
        }
    }
}

impl Approvals {
    pub fn new(assistant: Arc<Assistant>) -> Self {
        Self { assistant }
    }

    fn store(&self) -> &Store {
        &self.assistant.parts.store
    }

    /// What waits, oldest first, behind another one.
    pub async fn waiting(
        &self,
        after: Option<&ProposalId>,
        limit: usize,
    ) -> Result<Vec<Approval>, ApprovalError> {
        let limit = limit.min(limits::APPROVALS_LISTED_MAX);
        Ok(self.store().approvals_waiting(after, limit).await?)
    }

    pub async fn one(&self, proposal: &ProposalId) -> Result<WholeApproval, ApprovalError> {
        Ok(self.store().approval(proposal).await?)
    }

    /// Places a decision; when this returns it is on disk, and what it asks for is under way. The
    /// same one again has the same answer.
    pub async fn decide(
        &self,
        proposal: &ProposalId,
        wanted: &Decision,
    ) -> Result<Approval, ApprovalError> {
        for _ in 0..limits::DECIDE_ATTEMPTS_MAX {
            let whole = self.store().approval(proposal).await?;
            if wanted
                .hash
                .as_ref()
                .is_some_and(|hash| *hash != whole.made.hash)
            {
                return Err(ApprovalError::OtherHash);
            }
            if whole.approval.state != ApprovalState::Waiting {
                return decided_before(whole, wanted);
            }
            let paused = self.store().meta_get(PAUSED).await?;
            if let Some(why) = paused.filter(|why| wanted.approved && !why.is_empty()) {
                return Err(ApprovalError::Paused(why));
            }
            match self.place(&whole.approval, wanted).await {
                Err(ApprovalError::Store(StoreError::Superseded)) => {}
                Err(error) => return Err(error),
                Ok(()) => return Ok(self.store().approval(proposal).await?.approval),
            }
        }
        Err(ApprovalError::Busy)
    }

    /// `Superseded` when anything has been appended since the log was read.
    async fn place(&self, approval: &Approval, wanted: &Decision) -> Result<(), ApprovalError> {
        let parts = &self.assistant.parts;
        let id = &approval.conversation;
        let session = Session::load(&parts.store, id).await?;
        let Some(parked) = session.turn.parked(&approval.proposal) else {
            // Decided or replaced between the two looks: the next one sees it.
            return Err(StoreError::Superseded.into());
        };
        let edited = match wanted.amount {
            Some(amount) => Some((amount, self.edited(&parked.made, amount)?)),
            None => None,
        };
        let verdict = Verdict {
            by: wanted.by.clone(),
            approved: wanted.approved,
            words: wanted.words.clone(),
            edited,
        };
        let reopens = session.turn.reopens_with(&approval.proposal);
        let (event, start) = decision(id, &parked.made, verdict, reopens);
        let writer = Writer::Approver {
            holder: parts.holder.clone(),
        };
        let mut append = Append::new(writer, parts.clock.now_ms(), vec![event]);
        append.ledger.extend(start);
        append.unless_seq_after = Some(session.last_seq);
        let appended = parts.store.append(id, append).await?;
        if let Some(lease) = appended.lease {
            self.assistant.start(lease);
        }
        Ok(())
    }

    /// The same call with other money, within its bounds.
    fn edited(&self, made: &ProposalMade, amount: Money) -> Result<ProposalWords, ApprovalError> {
        let words = made.private.clone().ok_or(ApprovalError::Void)?;
        let tool = self.assistant.parts.tools.get(&made.tool);
        let Some(Run::Confirm(tool)) = tool.map(|tool| &tool.run) else {
            let words = format!("there is no tool {} any more", made.tool);
            return Err(ApprovalError::NotEditable(words));
        };
        // Of several writes nobody could say whose money is meant.
        let Some(bounds) = made.bounds.filter(|_| words.parts.is_empty()) else {
            let words = "the amount of this cannot be changed".to_owned();
            return Err(ApprovalError::NotEditable(words));
        };
        if !bounds.hold(amount) {
            return Err(ApprovalError::OutOfBounds(bounds));
        }
        let arguments = tool
            .with_amount(words.arguments, amount)
            .map_err(|error| match error {
                ToolError::Refused(words)
                | ToolError::Person(words)
                | ToolError::Retry(words)
                | ToolError::Failed(words) => ApprovalError::NotEditable(words),
            })?;
        let before = made.amount.map(|before| before.to_string());
        let data = json!({ "amount": amount.to_string(), "before": before });
        let mut lines = words.lines;
        lines.extend(Prompts::get().reply("approval", "edited", data));
        Ok(ProposalWords {
            arguments,
            lines,
            ..words
        })
    }
}

/// What a decision comes to about a call that does not wait any more.
fn decided_before(whole: WholeApproval, wanted: &Decision) -> Result<Approval, ApprovalError> {
    match &whole.decided {
        None => Err(ApprovalError::Void),
        Some(decided) if is_the_same(decided, wanted) => Ok(whole.approval),
        Some(_) => Err(ApprovalError::Decided(Box::new(whole.approval))),
    }
}

/// Erased words are taken as they are sent again.
fn is_the_same(decided: &ApprovalDecided, wanted: &Decision) -> bool {
    let words = decided.private.as_ref().map(|said| said.words.as_str());
    decided.approved == wanted.approved
        && decided.by == wanted.by
        && decided.amount == wanted.amount
        && words.is_none_or(|words| words == wanted.words)
}
