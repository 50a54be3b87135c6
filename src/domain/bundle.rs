//! What a person receives when the assistant hands over: everything, so that nothing is looked up.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::customer::Customer;
use super::ids::{BundleId, CallId, ConversationId};
use super::order::Order;
use super::returns::Return;

/// Why a person is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HandOffReason {
    /// The shopper asked for a person.
    ShopperAsked,
    /// Outside what the assistant may or can do.
    OutOfScope,
    /// The shopper complains or is upset.
    Complaint,
    /// Above the limit that the assistant may decide alone.
    NeedsApproval,
    /// Two answers in a row could not be supported by facts.
    Unsupported,
    /// A limit of the turn was reached.
    LimitReached,
    /// The model or a tool failed.
    Failure,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Urgency {
    Low,
    Normal,
    High,
}

impl HandOffReason {
    pub fn urgency(self) -> Urgency {
        match self {
            Self::Complaint | Self::Failure => Urgency::High,
            Self::ShopperAsked | Self::NeedsApproval | Self::Unsupported => Urgency::Normal,
            Self::OutOfScope | Self::LimitReached => Urgency::Low,
        }
    }

    /// The code a support agent filters by: the same word as in JSON.
    pub fn code(self) -> &'static str {
        match self {
            Self::ShopperAsked => "shopper_asked",
            Self::OutOfScope => "out_of_scope",
            Self::Complaint => "complaint",
            Self::NeedsApproval => "needs_approval",
            Self::Unsupported => "unsupported",
            Self::LimitReached => "limit_reached",
            Self::Failure => "failure",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bundle {
    pub id: BundleId,
    pub conversation: ConversationId,
    pub created_ms: i64,
    pub reason: HandOffReason,
    pub urgency: Urgency,
    /// One sentence by whoever asked for the hand-off; may be empty.
    pub summary: String,
    /// How identity was proved, in words; "not proved" without.
    pub identity: String,
    pub customer: Option<Customer>,
    /// The orders concerned, as they were when the bundle was made.
    pub orders: Vec<Order>,
    pub returns: Vec<Return>,
    pub calls: Vec<BundleCall>,
    /// A call with resolved arguments that waits for a person's decision.
    pub proposed_action: Option<ProposedAction>,
    pub transcript: Vec<BundleLine>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BundleCall {
    pub call: CallId,
    pub tool: String,
    pub arguments: String,
    pub outcome: String,
    pub result: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProposedAction {
    pub tool: String,
    pub arguments: Value,
    pub lines: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BundleLine {
    pub at_ms: i64,
    /// "shopper", "assistant" or the agent's name.
    pub who: String,
    pub text: String,
}
