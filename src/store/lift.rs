//! Events as rows and rows as events. An event is stored with its type, the version of that type,
//! and its private part apart; an old version is lifted to the current shape when it is read, and
//! the log itself is never rewritten.
//!
//! To change an event's shape so that old rows no longer read: raise its number in `kinds!` and
//! add the step from the number before to `LIFTS`; then add a log of the old shape to
//! `tests/data/logs/`. A new field that is an `Option` needs neither.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::value::RawValue;
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
    let broken = |_| DbError(format!("an event {kind} cannot be written as JSON"));
    let whole = serde_json::to_string(body).map_err(broken)?;
    let mut fields: BTreeMap<&str, &RawValue> = serde_json::from_str(&whole).map_err(broken)?;
    // What is not there reads back as `None`.
    fields.retain(|_, value| value.get() != "null");
    fields.remove("type");
    let private = fields.remove("private");
    let client_id = fields.remove("client_id");
    let client_id = client_id.map(|id| serde_json::from_str(id.get()));
    Ok(Stored {
        kind: kind.to_owned(),
        version,
        data: serde_json::to_string(&fields).map_err(broken)?,
        client_id: client_id.transpose().map_err(broken)?,
        private: private.map(|private| payload::encode(private.get())),
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
    let private = stored.private.as_deref().map(payload::decode).transpose();
    let private = private.map_err(|error| broken(error.0))?;
    let data = lifted(seq, stored).map_err(not_json)?;
    let whole = joined(stored, &data, private.as_deref()).map_err(not_json)?;
    let body = serde_json::from_str(&whole).map_err(not_json)?;
    Ok(Event { seq, at_ms, body })
}

/// The row's data in the shape of the current version.
fn lifted(seq: u64, stored: &Stored) -> serde_json::Result<Cow<'_, str>> {
    let is_due = |(of, from, _): &&(&str, i64, Lift)| *of == stored.kind && *from >= stored.version;
    let mut steps = LIFTS.iter().filter(is_due).peekable();
    if steps.peek().is_none() {
        return Ok(Cow::Borrowed(&stored.data));
    }
    let mut data: Data = serde_json::from_str(&stored.data)?;
    for (_, _, step) in steps {
        step(seq, &mut data);
    }
    Ok(Cow::Owned(Value::Object(data).to_string()))
}

/// The event as one object, from the parts that a row keeps apart.
fn joined(stored: &Stored, data: &str, private: Option<&str>) -> serde_json::Result<String> {
    let room = data.len() + private.map_or(0, str::len) + 128;
    let mut whole = String::with_capacity(room);
    whole.push_str("{\"type\":");
    whole.push_str(&serde_json::to_string(&stored.kind)?);
    if let Some(client_id) = &stored.client_id {
        whole.push_str(",\"client_id\":");
        whole.push_str(&serde_json::to_string(client_id)?);
    }
    if let Some(private) = private {
        whole.push_str(",\"private\":");
        whole.push_str(private);
    }
    let fields: BTreeMap<&str, &RawValue> = serde_json::from_str(data)?;
    for (name, value) in fields {
        whole.push(',');
        whole.push_str(&serde_json::to_string(name)?);
        whole.push(':');
        whole.push_str(value.get());
    }
    whole.push('}');
    Ok(whole)
}
