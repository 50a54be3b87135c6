//! What can go wrong between a shopper and their conversation. Each error has words for the shopper
//! in `prompts/reply/chat.toml`.

use std::sync::LazyLock;

use minijinja::{Environment, context};

use crate::domain::limits;
use crate::store::StoreError;

#[derive(Debug, thiserror::Error)]
pub enum ChatError {
    #[error("no such conversation, or not with this token")]
    NotFound,
    #[error("empty message")]
    EmptyMessage,
    #[error("message of {bytes} bytes")]
    MessageTooLong { bytes: usize },
    #[error("client id of {bytes} bytes")]
    ClientId { bytes: usize },
    #[error("somebody else writes now")]
    SomebodyElse,
    #[error("{count} pictures in one message")]
    TooManyAttachments { count: usize },
    #[error("no such picture in this conversation")]
    AttachmentUnknown,
    #[error("the picture is too large")]
    AttachmentTooLarge,
    #[error("not a picture")]
    NotAPicture,
    #[error("the conversation holds as many pictures as it may")]
    AttachmentsFull,
    #[error("not 1 to 5 stars")]
    Stars,
    #[error("the remark is too long")]
    RemarkTooLong,
    #[error("the conversation's log is full")]
    Full,
    #[error("no such proposal")]
    ProposalUnknown,
    #[error("the proposal has another hash")]
    ProposalChanged,
    #[error("the proposal has expired")]
    ProposalExpired,
    #[error("the proposal is closed")]
    ProposalClosed,
    #[error("the proposal is confirmed already")]
    ProposalConfirmed,
    #[error("too many writers at once")]
    Busy,
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for ChatError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound,
            StoreError::Full => Self::Full,
            StoreError::SomebodyElse => Self::SomebodyElse,
            other => Self::Store(other),
        }
    }
}

/// Read once: a file that does not parse fails the first test that starts a chat.
static WORDS: LazyLock<toml::Table> = LazyLock::new(|| {
    toml::from_str(include_str!("../../../prompts/reply/chat.toml"))
        .expect("prompts/reply/chat.toml is compiled in and tested")
});

/// Words of `prompts/reply/chat.toml` as they stand there.
pub fn words(section: &str, key: &str) -> String {
    let words = WORDS.get(section).and_then(|section| section.get(key));
    words
        .and_then(toml::Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

impl ChatError {
    /// What the shopper reads: what was wrong and what to do.
    pub fn words(&self) -> String {
        let (section, key) = self.key();
        let template = words(section, key);
        let (limit, bytes) = match self {
            Self::MessageTooLong { bytes } => (limits::MESSAGE_BYTES_MAX, *bytes),
            Self::ClientId { bytes } => (limits::CLIENT_ID_BYTES_MAX, *bytes),
            Self::TooManyAttachments { count } => (limits::IMAGES_PER_MESSAGE_MAX, *count),
            Self::AttachmentTooLarge => (limits::IMAGE_BYTES_MAX / (1024 * 1024), 0),
            Self::RemarkTooLong => (limits::REMARK_CHARS_MAX, 0),
            _ => (0, 0),
        };
        Environment::new()
            .render_str(&template, context! { limit, bytes })
            .unwrap_or(template)
    }

    fn key(&self) -> (&'static str, &'static str) {
        match self {
            Self::NotFound => ("conversation", "unknown"),
            Self::EmptyMessage => ("message", "empty"),
            Self::MessageTooLong { .. } => ("message", "too_long"),
            Self::ClientId { .. } => ("message", "client_id"),
            Self::SomebodyElse => ("conversation", "somebody_else"),
            Self::TooManyAttachments { .. } => ("attachment", "too_many"),
            Self::AttachmentUnknown => ("attachment", "unknown"),
            Self::AttachmentTooLarge => ("attachment", "too_large"),
            Self::NotAPicture => ("attachment", "not_a_picture"),
            Self::AttachmentsFull => ("attachment", "full"),
            Self::Stars => ("rating", "stars"),
            Self::RemarkTooLong => ("rating", "remark"),
            Self::Full => ("message", "full"),
            Self::ProposalUnknown => ("proposal", "unknown"),
            Self::ProposalChanged => ("proposal", "changed"),
            Self::ProposalExpired => ("proposal", "expired"),
            Self::ProposalClosed => ("proposal", "closed"),
            Self::ProposalConfirmed => ("proposal", "done"),
            Self::Busy => ("proposal", "busy"),
            Self::Store(StoreError::NewerEvent { .. }) => ("conversation", "newer"),
            Self::Store(_) => ("conversation", "failed"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::db::DbError;

    #[test]
    fn every_error_has_words() {
        let all = [
            ChatError::NotFound,
            ChatError::EmptyMessage,
            ChatError::MessageTooLong { bytes: 9_000 },
            ChatError::ClientId { bytes: 300 },
            ChatError::SomebodyElse,
            ChatError::TooManyAttachments { count: 9 },
            ChatError::AttachmentUnknown,
            ChatError::AttachmentTooLarge,
            ChatError::NotAPicture,
            ChatError::AttachmentsFull,
            ChatError::Stars,
            ChatError::RemarkTooLong,
            ChatError::Full,
            ChatError::ProposalUnknown,
            ChatError::ProposalChanged,
            ChatError::ProposalExpired,
            ChatError::ProposalClosed,
            ChatError::ProposalConfirmed,
            ChatError::Busy,
            ChatError::Store(StoreError::Db(DbError("disk".into()))),
        ];
        for error in all {
            let words = error.words();
            assert!(words.ends_with('.'), "{error:?}: {words}");
            assert!(!words.contains("disk") && !words.contains("{{"), "{words}");
        }
        for (section, key) in [("message", "not_text"), ("proposal", "none")] {
            assert!(words(section, key).ends_with('.'), "{section}.{key}");
        }
        let too_long = ChatError::MessageTooLong { bytes: 9_000 }.words();
        assert!(
            too_long.contains("8192") && too_long.contains("9000"),
            "{too_long}"
        );
    }
}
