//! What can go wrong with a decision, as problems. The words are an agent's to read.

use axum::http::StatusCode;

use super::Problem;
use crate::agent::approvals::ApprovalError;
use crate::store::approvals::{Approval, ApprovalState};

impl From<ApprovalError> for Problem {
    fn from(error: ApprovalError) -> Self {
        let conflict =
            |kind, title, detail: &str| Self::new(StatusCode::CONFLICT, kind, title, detail);
        match error {
            ApprovalError::Unknown => Self::new(
                StatusCode::NOT_FOUND,
                "no-such-approval",
                "No such approval",
                "Nothing waits, or has waited, under this proposal. GET /api/approvals lists what \
                 does.",
            ),
            ApprovalError::OtherHash => conflict(
                "approval-changed",
                "Another call",
                "The hash is not that of the call that waits, so nothing was decided. Look at the \
                 call again and decide about that one.",
            ),
            ApprovalError::Decided(approval) => {
                conflict("decided", "Decided already", &decided(&approval))
            }
            ApprovalError::Void => conflict(
                "approval-void",
                "Nothing to decide any more",
                "The same call was asked for again, or the conversation was erased, so this one \
                 cannot be decided.",
            ),
            ApprovalError::OutOfBounds(bounds) => {
                let (min, max) = (bounds.min.digits(), bounds.max.digits());
                let code = bounds.max.currency;
                let expected = format!("from {min} to {max} {0}, as \"{max} {0}\"", code.code());
                Self::field("amount", &expected)
            }
            ApprovalError::NotEditable(words) => {
                Self::field("amount", &format!("left out: {words}"))
            }
            ApprovalError::Paused(why) => conflict(
                "paused",
                "Money is paused",
                &format!(
                    "Money effects are paused ({why}), so nothing was decided and the call goes on \
                     waiting. Approve it once they are resumed, or decline it."
                ),
            ),
            ApprovalError::Busy => conflict(
                "busy",
                "Try again",
                "A lot is happening in this conversation just now, so nothing was decided. Try \
                 again in a moment.",
            ),
            ApprovalError::Store(error) => {
                tracing::error!(%error, "a decision could not be taken in");
                Self::failed()
            }
        }
    }
}

fn decided(approval: &Approval) -> String {
    let what = match approval.state {
        ApprovalState::Approved => "approved",
        _ => "declined",
    };
    let by = approval.by.as_deref().unwrap_or("a colleague");
    format!("This was {what} by {by}, so nothing was decided now.")
}
