//! Events as rows and rows as events. An event is stored with its type, the version of that type,
//! and its private part apart; an old version is lifted to the current shape when it is read, and
//! the log itself is never rewritten.
//!
//! To change an event's shape so that old rows no longer read: raise its number in `kinds!` and
//! add the step from the number before to `LIFTS`; then add a log of the old shape to
//! `tests/data/logs/`. A new field that is an `Option` needs neither.

use serde_json::{Map, Value};

use super::db::DbError;
use super::{StoreError, payload};
use crate::domain::event::{Event, EventBody};
use crate::domain::ids::ConversationId;

macro_rules! kinds {
    ($($variant:ident $name:literal $version:literal)+) => {
        /// Type and current version.
        fn kind_of(body: &EventBody) -> (&'static str, i64) {
            match body { $(EventBody::$variant(_) => ($name, $version),)+ }
        }

        /// The current version of a type that this program knows.
        fn current_version(kind: &str) -> Option<i64> {
            match kind { $($name => Some($version),)+ _ => None }
        }
    };
}

kinds! {
    ConversationStarted "conversation_started" 1
    ShopperWrote "shopper_wrote" 1
    PersonAsked "person_asked" 1
    IdentityProved "identity_proved" 1
    IdentityDropped "identity_dropped" 1
    ModelAnswered "model_answered" 1
    ModelFailed "model_failed" 1
    ToolReturned "tool_returned" 1
    ProposalMade "proposal_made" 1
    ProposalConfirmed "proposal_confirmed" 1
    ProposalClosed "proposal_closed" 1
    ApprovalDecided "approval_decided" 1
    EffectFinished "effect_finished" 1
    GuardStopped "guard_stopped" 1
    Released "released" 1
    Replied "replied" 2
    Shown "shown" 1
    HandedOff "handed_off" 1
    AgentWrote "agent_wrote" 1
    HandedBack "handed_back" 1
    Resolved "resolved" 1
    MarkedRead "marked_read" 1
    Rated "rated" 1
    Erased "erased" 1
}

type Data = Map<String, Value>;
/// Takes the data of an event at a sequence number from one version to the next.
type Lift = fn(u64, &mut Data);

/// Type, the version that a step starts from, the step; per type in order of version.
const LIFTS: &[(&str, i64, Lift)] = &[("replied", 1, replied_names_what_it_answers)];

/// Version 1 answered all that stood before it.
fn replied_names_what_it_answers(seq: u64, data: &mut Data) {
    data.insert("through".to_owned(), seq.saturating_sub(1).into());
}

/// An event as its row.
pub(super) struct Stored {
    pub kind: String,
    pub version: i64,
    pub data: String,
    /// The client's own id, which the database keeps unique.
    pub client_id: Option<String>,
    pub private: Option<Vec<u8>>,
}

pub(super) fn store(body: &EventBody) -> Result<Stored, DbError> {
    let (kind, version) = kind_of(body);
    let Ok(Value::Object(mut data)) = serde_json::to_value(body) else {
        return Err(DbError(format!(
            "an event {kind} cannot be written as JSON"
        )));
    };
    data.remove("type");
    let private = data.remove("private").filter(|private| !private.is_null());
    let client_id = match data.remove("client_id") {
        Some(Value::String(client_id)) => Some(client_id),
        _ => None,
    };
    // What is not there reads back as `None`.
    data.retain(|_, value| !value.is_null());
    Ok(Stored {
        kind: kind.to_owned(),
        version,
        data: Value::Object(data).to_string(),
        client_id,
        private: private.map(|private| payload::encode(&private.to_string())),
    })
}

/// The event that a row holds, in its current shape. A row of a newer program is `NewerEvent`.
pub(super) fn lift(
    conversation: &ConversationId,
    seq: u64,
    at_ms: i64,
    stored: &Stored,
) -> Result<Event, StoreError> {
    let Stored { kind, version, .. } = stored;
    if current_version(kind).is_none_or(|current| *version > current) {
        return Err(StoreError::NewerEvent {
            conversation: conversation.clone(),
            seq,
            kind: kind.clone(),
            version: *version,
        });
    }
    let broken = |what: String| {
        DbError(format!(
            "event {seq} of conversation {conversation} ({kind} version {version}) cannot be read: \
             {what}"
        ))
    };
    let not_json = |error: serde_json::Error| {
        // Where and of what kind, never the value: it may be a shopper's words.
        let (what, column) = (error.classify(), error.column());
        broken(format!("{what:?} error at column {column}"))
    };
    let mut data: Data = serde_json::from_str(&stored.data).map_err(not_json)?;
    for (of, from, step) in LIFTS {
        if of == kind && from >= version {
            step(seq, &mut data);
        }
    }
    data.insert("type".to_owned(), kind.as_str().into());
    if let Some(client_id) = &stored.client_id {
        data.insert("client_id".to_owned(), client_id.as_str().into());
    }
    if let Some(private) = &stored.private {
        let private = payload::decode(private).map_err(|error| broken(error.0))?;
        let private = serde_json::from_str(&private).map_err(not_json)?;
        data.insert("private".to_owned(), private);
    }
    let body = serde_json::from_value(Value::Object(data)).map_err(not_json)?;
    Ok(Event { seq, at_ms, body })
}
