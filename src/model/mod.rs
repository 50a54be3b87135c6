//! Port: a language model. Shaped by the real wire (messages in; streamed text, tool calls, usage
//! and an end out), so that an adapter translates and decides nothing.

use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::BoxStream;
use serde_json::Value;
use tokio::time::Instant;

use crate::domain::event::Usage;
use crate::domain::ids::CallId;

pub mod builtin;
pub mod chain;
pub mod openai;
pub mod scripted;

/// Everything one call needs. Texts are shared: a call copies no history.
#[derive(Clone, Debug, Default)]
pub struct ModelRequest {
    pub messages: Vec<Message>,
    pub tools: Arc<[ToolSpec]>,
    pub max_output_tokens: u32,
    pub purpose: Purpose,
    /// The same for all calls of a conversation: lets an endpoint route them to one cache.
    pub cache_key: Arc<str>,
    /// Calls of this turn that have failed: a chain does not insist on who failed.
    pub failures: u32,
    /// A budget is used up: only what costs nothing may be asked.
    pub spent: bool,
    /// When the turn must have its answer: a chain waits for no endpoint longer than that.
    pub until: Option<Instant>,
}

/// What a call is for; a shop may name a model for each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Purpose {
    #[default]
    Answer,
    Summarise,
    Judge,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    /// The shop's instructions: the same for every conversation of a channel.
    System(Arc<str>),
    /// Data about now (date, identity, open proposal, known facts), or old turns in short. What others
    /// wrote is in it as JSON strings alone.
    Context(Arc<str>),
    User(Arc<str>),
    Assistant {
        text: Arc<str>,
        calls: Vec<ToolCall>,
    },
    ToolResult {
        call: CallId,
        tool: String,
        content: Arc<str>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolCall {
    pub id: CallId,
    pub tool: String,
    /// JSON text as the model wrote it; may be invalid.
    pub arguments: String,
}

/// A tool as the model is told of it.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolSpec {
    pub name: String,
    pub description: String,
    /// JSON Schema 2020-12 of the arguments.
    pub parameters: Value,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ModelEvent {
    /// Who answers, when it is not the one that was asked by name: first, if at all.
    Model(Arc<str>),
    Text(String),
    Call(ToolCall),
    Usage(Usage),
    /// The last event of a whole answer.
    End(StopReason),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopReason {
    Finished,
    ToolCalls,
    /// Cut at the output limit.
    Length,
    /// The endpoint withheld the answer.
    Filtered,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// Trying the same again may help: 408, 409, 429, 5xx, a lost connection.
    #[error("the model endpoint is not answering: {detail}")]
    Transient {
        detail: String,
        retry_after: Option<Duration>,
    },
    /// The same request will fail again: 400, 401, 404, an answer that is not of the format.
    #[error("the model endpoint refused: {detail}")]
    Permanent { detail: String },
}

impl ModelError {
    /// The HTTP status that the endpoint refused with: then the detail begins with it.
    pub fn status(&self) -> Option<u16> {
        let (Self::Transient { detail, .. } | Self::Permanent { detail }) = self;
        detail.split(':').next()?.parse().ok()
    }

    /// For the operator: the kind of failure and how the endpoint's words begin. What it quotes may
    /// be a shopper's words, so nothing is kept from the first quotation on.
    pub fn described(&self) -> String {
        let text = self.to_string();
        let unquoted = text.split(['"', '\'', '`', '‘', '“']).next().unwrap_or("");
        unquoted.chars().take(DESCRIBED_CHARS).collect()
    }
}

/// A line of a log.
const DESCRIBED_CHARS: usize = 160;

/// How an endpoint is doing, for the operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointHealth {
    /// The model and the host that has it.
    pub endpoint: Arc<str>,
    pub state: EndpointState,
    /// Calls that failed since the last one that did not.
    pub failures_in_a_row: u32,
    /// What the newest failure was.
    pub last_error: Option<Arc<str>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndpointState {
    /// It is asked.
    Closed,
    /// It has failed too often and rests.
    Open,
    /// One call at a time finds out whether it is well again.
    HalfOpen,
}

/// A language model.
pub trait Model: Send + Sync {
    /// The name that logs and usage carry.
    fn name(&self) -> &str;

    /// Has it a model for this? Whoever wants a summary or a verdict asks first and goes on without
    /// one: such a call to a model that has none fails.
    fn serves(&self, purpose: Purpose) -> bool {
        purpose == Purpose::Answer
    }

    /// The endpoints behind it, in the order in which they are asked; none for a model without any.
    fn health(&self) -> Vec<EndpointHealth> {
        Vec::new()
    }

    /// Starts one call. The stream ends with `End` or with one error, whichever comes first; it
    /// yields no event after either, and dropping it cancels the call.
    fn stream(&self, request: ModelRequest) -> BoxStream<'static, Result<ModelEvent, ModelError>>;
}
