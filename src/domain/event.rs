//! What can happen in a conversation. The log of these is the conversation; everything else that
//! is known about it is folded from them.
//!
//! Words and personal fields sit in each event's `private` part, which is stored as a payload row
//! of its own and can be erased: a fold must make sense without it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::attachment::Attachment;
use super::bundle::{HandOffReason, Urgency};
use super::card::Card;
use super::evidence::Fact;
use super::identity::Proof;
use super::ids::{BundleId, CallId, IdempotencyKey, MessageId, OrderNumber, ProposalId};
use super::money::{Bounds, Money};
use super::page::Page;
use super::parts::ProposalPart;

/// An event as it stands in the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Position in the conversation's log, from 1, without gaps. 0 while it waits to be appended.
    pub seq: u64,
    pub at_ms: i64,
    pub body: EventBody,
}

/// The type of an event names its variant in snake case ("shopper_wrote").
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum EventBody {
    ConversationStarted(ConversationStarted),
    ShopperWrote(ShopperWrote),
    PersonAsked(PersonAsked),
    IdentityProved(IdentityProved),
    IdentityDropped(IdentityDropped),
    ModelAnswered(ModelAnswered),
    ModelFailed(ModelFailed),
    ToolReturned(ToolReturned),
    ProposalMade(ProposalMade),
    ProposalConfirmed(ProposalConfirmed),
    ProposalClosed(ProposalClosed),
    ApprovalDecided(ApprovalDecided),
    EffectFinished(EffectFinished),
    GuardStopped(GuardStopped),
    Released(Released),
    Replied(Replied),
    Shown(Shown),
    HandedOff(HandedOff),
    AgentWrote(AgentWrote),
    HandedBack(HandedBack),
    Resolved(Resolved),
    MarkedRead(MarkedRead),
    Rated(Rated),
    Erased(Erased),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConversationStarted {
    pub channel: Channel,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    Chat,
    /// A shop's own front end, over the headless API.
    Api,
    Terminal,
    Email,
    Eval,
}

impl Channel {
    pub const ALL: [Self; 5] = [
        Self::Chat,
        Self::Api,
        Self::Terminal,
        Self::Email,
        Self::Eval,
    ];

    /// The same word as in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Api => "api",
            Self::Terminal => "terminal",
            Self::Email => "email",
            Self::Eval => "eval",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShopperWrote {
    pub message: MessageId,
    /// The client's own id: the same one twice is one message.
    pub client_id: Option<String>,
    pub private: Option<ShopperWords>,
}

/// What a shopper wrote, with what came along.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ShopperWords {
    /// Empty when only pictures were sent.
    pub text: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<Page>,
}

impl ShopperWords {
    /// Words alone.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }
}

/// The shopper pressed "talk to a person": no model is asked whether they mean it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonAsked {
    /// The client's own id of the press: the same one twice is one press.
    pub client_id: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Words {
    pub text: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IdentityProved {
    pub proof: Proof,
}

/// A wall in the conversation: who was there before has gone, and nothing up to it is anybody
/// else's to see.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityDropped {
    /// Sequence number of the newest event that belongs to who was there before; in the middle of a
    /// turn the turn's own messages stand behind it and go on. Logs from before there were walls
    /// have none: there the identity goes, and no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub through: Option<u64>,
}

/// The end of one model call: text, tool calls, or both.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelAnswered {
    pub model: String,
    /// Sequence number of the newest shopper message that the model was shown.
    pub seen: u64,
    pub calls: Vec<CallHead>,
    /// As the endpoint says; where it says nothing, an estimate from the bytes.
    pub usage: Usage,
    /// It was cut at a limit of its length: what it has said is not all that it wanted to say.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
    pub private: Option<AnswerWords>,
}

/// A tool call without its arguments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallHead {
    pub call: CallId,
    pub tool: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AnswerWords {
    pub text: String,
    /// Arguments of each call, as the model wrote them, in the order of `calls`.
    pub arguments: Vec<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    pub input_tokens: u64,
    /// The part of the input that the endpoint had in its cache.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cached_tokens: u64,
    pub output_tokens: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// A model call that gave nothing usable. `detail` is for the operator and holds no shopper's words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelFailed {
    pub model: String,
    pub detail: String,
    /// What the call has cost all the same: nothing where nothing of an answer had come.
    #[serde(default, skip_serializing_if = "Usage::is_nothing")]
    pub usage: Usage,
}

impl Usage {
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToolReturned {
    pub call: CallId,
    pub tool: String,
    pub outcome: ToolOutcome,
    /// It brought text of third parties into the turn.
    pub tainted: bool,
    /// It did more than read: what a promise ("I have added it") may rest on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub acted: bool,
    /// The tool asked for a person: the turn ends in a hand-off.
    pub hand_off: Option<HandOffReason>,
    pub private: Option<ToolWords>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToolOutcome {
    Done,
    /// Not allowed or not possible; the content says why in the shopper's words.
    Refused,
    /// The model may try again; the content says how.
    Retry,
    /// Something broke; the content says so without details.
    Failed,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ToolWords {
    /// What the model reads: JSON, or one sentence when refused.
    pub content: String,
    pub facts: Vec<Fact>,
    pub cards: Vec<Card>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProposalMade {
    pub proposal: ProposalId,
    pub call: CallId,
    pub tool: String,
    /// SHA-256 of the resolved arguments of all parts; a confirmation names it.
    pub hash: String,
    /// Of the first part, as `call` and `tool`.
    pub order: Option<OrderNumber>,
    /// Of all parts; `None` where they are not of one currency.
    pub amount: Option<Money>,
    /// Within which an agent who approves it may set the money; `None` as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bounds: Option<Bounds>,
    pub approver: Approver,
    /// The channel is set so that an agent decides this, whatever the amount.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub drafted: bool,
    pub expires_ms: i64,
    /// Made in a turn that had read third parties' text: only the button confirms it.
    pub tainted: bool,
    pub private: Option<ProposalWords>,
}

/// Whose yes a proposal waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Approver {
    Shopper,
    /// Above the limit that the assistant may settle, or on a channel where it settles nothing: it is
    /// parked, and travels in the hand-off's bundle.
    Agent,
}

/// With several parts, `arguments` are the first one's, title and lines those of the whole;
/// `ProposalMade::parts` reads both shapes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ProposalWords {
    /// Resolved arguments, exactly what will be executed.
    pub arguments: Value,
    pub title: String,
    pub lines: Vec<String>,
    /// Why an agent decides, in words for them, when it is not for its amount or its channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// The writes it stands for, when there are several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<ProposalPart>,
}

/// The shopper's explicit yes. With it the effect counts as started: it is appended durably, with
/// the ledger row under `key`, before anything is tried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProposalConfirmed {
    pub proposal: ProposalId,
    pub hash: String,
    pub by: ConfirmedBy,
    pub key: IdempotencyKey,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConfirmedBy {
    Button,
    /// A typed yes that code recognised as the whole message.
    Words,
    /// An agent decided it: its event is `ApprovalDecided`.
    Agent,
}

/// An agent has decided about a parked call. With a yes the effect counts as started, as with the
/// shopper's: it is appended durably, with the ledger row under `key`, before anything is tried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ApprovalDecided {
    pub proposal: ProposalId,
    /// Of the call as it was parked.
    pub hash: String,
    /// The agent's name.
    pub by: String,
    pub key: IdempotencyKey,
    pub approved: bool,
    /// The money as the agent set it, when they changed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// The conversation waited for nothing else, by the log that stands before this event: the
    /// assistant serves it alone again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reopens: bool,
    pub private: Option<DecisionWords>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DecisionWords {
    /// With a yes a note for colleagues; with a no what the shopper is told. May be empty.
    pub words: String,
    /// The call as it was edited: done in place of the one that was parked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited: Option<ProposalWords>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProposalClosed {
    pub proposal: ProposalId,
    pub why: ClosedWhy,
    /// How the shopper said no; `None` when code closed it.
    pub by: Option<ConfirmedBy>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClosedWhy {
    /// The shopper said no.
    Cancelled,
    /// A newer proposal takes its place.
    Replaced,
    Expired,
    /// The shop has changed since, or identity has.
    Void,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EffectFinished {
    pub proposal: ProposalId,
    pub tool: String,
    pub key: IdempotencyKey,
    pub outcome: ToolOutcome,
    /// Why a person goes on from here, when what was done leaves them something to decide.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hand_off: Option<HandOffReason>,
    pub private: Option<ToolWords>,
}

/// A sentence that was not sent, and why. For the desk and for counting retries.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GuardStopped {
    /// Whose it was, and what the call has cost; older logs do not say so.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub model: String,
    #[serde(default, skip_serializing_if = "Usage::is_nothing")]
    pub usage: Usage,
    /// Sentence and reason quote what the model wrote.
    pub private: Option<StoppedWords>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoppedWords {
    pub sentence: String,
    pub reason: String,
}

/// Sentences of an unfinished message that have already left.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Released {
    pub message: MessageId,
    /// Byte offset of `text` in the message.
    pub at: u64,
    pub private: Option<Words>,
}

/// The assistant's finished message: ends the turn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Replied {
    pub message: MessageId,
    /// Sequence number of the newest event that this reply answers.
    pub through: u64,
    pub private: Option<Words>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shown {
    pub message: MessageId,
    pub private: Option<Card>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HandedOff {
    pub bundle: BundleId,
    pub reason: HandOffReason,
    pub urgency: Urgency,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgentWrote {
    pub message: MessageId,
    /// The agent's name as the shopper sees it.
    pub agent: String,
    pub private: Option<Words>,
}

/// A person gave the conversation back to the assistant: a new episode begins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HandedBack {
    pub agent: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Resolved {}

/// Somebody has seen the conversation as far as an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkedRead {
    pub by: Reader,
    pub through: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reader {
    Shopper,
    Person,
}

/// What the shopper thinks of how they were served; the newest counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rated {
    /// 1 to 5.
    pub stars: u8,
    /// The remark.
    pub private: Option<Words>,
}

/// Payload rows up to and including this event's predecessors were erased on request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Erased {}
