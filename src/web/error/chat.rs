//! What can go wrong in a chat, as problems: one table of status, type and title.

use axum::http::StatusCode;

use super::Problem;
use crate::channels::chat::ChatError;
use crate::store::StoreError;

type Row = (StatusCode, &'static str, &'static str);

impl From<ChatError> for Problem {
    fn from(error: ChatError) -> Self {
        let words = error.words();
        let row = message(&error)
            .or_else(|| attachment(&error))
            .or_else(|| proposal(&error));
        let (status, kind, title) = row.unwrap_or_else(|| failed(&error));
        Self::new(status, kind, title, words)
    }
}

fn message(error: &ChatError) -> Option<Row> {
    Some(match error {
        ChatError::NotFound => (
            StatusCode::NOT_FOUND,
            "no-such-conversation",
            "No such conversation",
        ),
        ChatError::EmptyMessage => (
            StatusCode::UNPROCESSABLE_ENTITY,
            "empty-message",
            "Empty message",
        ),
        ChatError::MessageTooLong { .. } => (
            StatusCode::PAYLOAD_TOO_LARGE,
            "message-too-long",
            "Message too long",
        ),
        ChatError::ClientId { .. } => (
            StatusCode::UNPROCESSABLE_ENTITY,
            "client-id",
            "Client id is not right",
        ),
        ChatError::SomebodyElse => (
            StatusCode::CONFLICT,
            "somebody-else",
            "Somebody else writes",
        ),
        ChatError::Full => (
            StatusCode::CONFLICT,
            "conversation-full",
            "Conversation too long",
        ),
        _ => return None,
    })
}

fn attachment(error: &ChatError) -> Option<Row> {
    Some(match error {
        ChatError::TooManyAttachments { .. } | ChatError::AttachmentUnknown => (
            StatusCode::UNPROCESSABLE_ENTITY,
            "attachment",
            "Picture is not right",
        ),
        ChatError::AttachmentTooLarge => (
            StatusCode::PAYLOAD_TOO_LARGE,
            "attachment-too-large",
            "Picture too large",
        ),
        ChatError::NotAPicture => (
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "not-a-picture",
            "Not a picture",
        ),
        ChatError::AttachmentsFull => (
            StatusCode::CONFLICT,
            "attachments-full",
            "Too many pictures",
        ),
        ChatError::Stars | ChatError::RemarkTooLong => (
            StatusCode::UNPROCESSABLE_ENTITY,
            "rating",
            "Rating is not right",
        ),
        _ => return None,
    })
}

fn proposal(error: &ChatError) -> Option<Row> {
    Some(match error {
        ChatError::ProposalUnknown => (
            StatusCode::NOT_FOUND,
            "no-such-proposal",
            "No such proposal",
        ),
        ChatError::ProposalChanged => (
            StatusCode::CONFLICT,
            "proposal-changed",
            "Proposal has changed",
        ),
        ChatError::ProposalExpired => (
            StatusCode::CONFLICT,
            "proposal-expired",
            "Proposal has expired",
        ),
        ChatError::ProposalClosed => (
            StatusCode::CONFLICT,
            "proposal-closed",
            "Proposal is closed",
        ),
        ChatError::ProposalConfirmed => (
            StatusCode::CONFLICT,
            "proposal-confirmed",
            "Proposal is confirmed",
        ),
        ChatError::Busy => (StatusCode::SERVICE_UNAVAILABLE, "busy", "Busy"),
        _ => return None,
    })
}

/// What is nobody's fault who reads the answer: the log is told.
fn failed(error: &ChatError) -> Row {
    if let ChatError::Store(StoreError::NewerEvent { .. }) = error {
        tracing::error!(%error, "a conversation needs a newer version of this program");
        return (
            StatusCode::NOT_IMPLEMENTED,
            "newer-conversation",
            "Newer conversation",
        );
    }
    tracing::error!(%error, "a chat request failed");
    (StatusCode::INTERNAL_SERVER_ERROR, "failed", "Failed")
}
