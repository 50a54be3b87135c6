//! The buttons under a proposal. A yes is appended with its ledger row under a key that follows
//! from conversation and proposal, and only if nothing has happened since the log was read: two
//! clicks, or a click beside a typed yes, are one effect.

use super::{Chat, ChatError};
use crate::agent::driver::confirmation;
use crate::agent::session::Session;
use crate::domain::event::{ClosedWhy, ConfirmedBy, EventBody, ProposalClosed, ProposalMade};
use crate::domain::ids::{ConversationId, ProposalId};
use crate::domain::limits;
use crate::store::StoreError;
use crate::store::log::Append;

/// Which button.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Names the hash of what was shown, so that nothing else is confirmed.
    Confirm {
        hash: String,
    },
    Cancel,
}

/// A decision that stands in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    pub proposal: ProposalId,
    /// The event that decided it, of this press or of an earlier one.
    pub seq: u64,
}

impl Chat {
    /// Places a button's yes or no. Pressed again, the answer is the same.
    pub async fn decide(
        &self,
        id: &ConversationId,
        proposal: &str,
        decision: Decision,
    ) -> Result<Decided, ChatError> {
        let proposal = ProposalId::new(proposal);
        for _ in 0..limits::DECIDE_ATTEMPTS_MAX {
            let session = Session::load(self.store(), id).await?;
            let open = session
                .turn
                .proposal()
                .filter(|made| made.proposal == proposal);
            let Some(made) = open else {
                return decided_before(&session, &proposal, &decision);
            };
            let (append, refused) = self.append_for(id, &session, made, &decision)?;
            match self.store().append(id, append).await {
                Err(StoreError::Superseded) => continue,
                Err(error) => return Err(error.into()),
                Ok(appended) => {
                    self.run(appended.lease);
                    if let Some(refused) = refused {
                        return Err(refused);
                    }
                    let seq = appended.head.last_seq;
                    return Ok(Decided { proposal, seq });
                }
            }
        }
        Err(ChatError::Busy)
    }

    /// The event for a decision about the open proposal; with it the error to answer when the
    /// decision comes too late.
    fn append_for(
        &self,
        id: &ConversationId,
        session: &Session,
        made: &ProposalMade,
        decision: &Decision,
    ) -> Result<(Append, Option<ChatError>), ChatError> {
        let now_ms = self.now_ms();
        let mut ledger = Vec::new();
        let mut refused = None;
        let closed = |why, by| {
            EventBody::ProposalClosed(ProposalClosed {
                proposal: made.proposal.clone(),
                why,
                by,
            })
        };
        let event = match decision {
            Decision::Confirm { hash } if *hash != made.hash => {
                return Err(ChatError::ProposalChanged);
            }
            Decision::Confirm { .. } if now_ms > made.expires_ms => {
                refused = Some(ChatError::ProposalExpired);
                closed(ClosedWhy::Expired, None)
            }
            Decision::Confirm { .. } => {
                let (confirmed, start) = confirmation(id, made, ConfirmedBy::Button);
                ledger.extend(start);
                confirmed
            }
            Decision::Cancel => closed(ClosedWhy::Cancelled, Some(ConfirmedBy::Button)),
        };
        let mut append = Append::new(self.shopper(), now_ms, vec![event]);
        append.ledger = ledger;
        append.unless_seq_after = Some(session.last_seq);
        Ok((append, refused))
    }
}

/// What became of a proposal that is not open.
fn decided_before(
    session: &Session,
    proposal: &ProposalId,
    decision: &Decision,
) -> Result<Decided, ChatError> {
    let mut known = false;
    for event in session.events.iter().rev() {
        match &event.body {
            EventBody::ProposalConfirmed(confirmed) if confirmed.proposal == *proposal => {
                return match decision {
                    Decision::Confirm { hash } if *hash == confirmed.hash => Ok(Decided {
                        proposal: proposal.clone(),
                        seq: event.seq,
                    }),
                    Decision::Confirm { .. } => Err(ChatError::ProposalChanged),
                    Decision::Cancel => Err(ChatError::ProposalConfirmed),
                };
            }
            EventBody::ProposalClosed(closed) if closed.proposal == *proposal => {
                return match (decision, closed.why) {
                    (Decision::Cancel, _) => Ok(Decided {
                        proposal: proposal.clone(),
                        seq: event.seq,
                    }),
                    (Decision::Confirm { .. }, ClosedWhy::Expired) => {
                        Err(ChatError::ProposalExpired)
                    }
                    (Decision::Confirm { .. }, _) => Err(ChatError::ProposalClosed),
                };
            }
            EventBody::ProposalMade(made) if made.proposal == *proposal => known = true,
            _ => {}
        }
    }
    // Made, but void: identity has changed since, or it waits for an agent and not for a button.
    Err(if known {
        ChatError::ProposalClosed
    } else {
        ChatError::ProposalUnknown
    })
}
