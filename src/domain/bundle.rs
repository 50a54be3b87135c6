//! What a person receives when the assistant hands over: everything, so that nothing is looked up.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::attachment::Attachment;
use super::conversation::Status;
use super::customer::Customer;
use super::ids::{BundleId, CallId, ConversationId};
use super::money::Money;
use super::order::Order;
use super::parts::ProposalPart;
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
    /// The channel is set so that a person answers, or acts. No model may ask for it.
    #[schemars(skip)]
    Draft,
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
            Self::ShopperAsked | Self::NeedsApproval | Self::Unsupported | Self::Draft => {
                Urgency::Normal
            }
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
            Self::Draft => "draft",
        }
    }
}

/// Stored as JSON for ever: a field that came later has a default, and what is not there is not
/// known of that hand-off.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bundle {
    pub id: BundleId,
    pub conversation: ConversationId,
    pub created_ms: i64,
    pub reason: HandOffReason,
    pub urgency: Urgency,
    /// Its terms say why; larger is sooner.
    #[serde(default)]
    pub priority: Priority,
    /// One sentence by whoever asked for the hand-off; may be empty.
    pub summary: String,
    /// How identity was proved, in words; "not proved" without.
    pub identity: String,
    pub customer: Option<Customer>,
    /// Of a customer who is proved, and of nobody else.
    #[serde(default)]
    pub profile: Option<CustomerProfile>,
    #[serde(default)]
    pub assessment: Assessment,
    /// The orders concerned, as they were when the bundle was made.
    pub orders: Vec<Order>,
    pub returns: Vec<Return>,
    pub calls: Vec<BundleCall>,
    /// What the assistant has read of the shop's rules, each once.
    #[serde(default)]
    pub policies: Vec<PolicyCited>,
    /// What the shopper may count on, oldest first.
    #[serde(default)]
    pub promises: Vec<Promise>,
    /// A call with resolved arguments that waits for a person's decision.
    pub proposed_action: Option<ProposedAction>,
    /// What the person may send, or change and send.
    #[serde(default)]
    pub draft_reply: String,
    pub transcript: Vec<BundleLine>,
}

/// How soon a person should look, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Priority {
    /// The sum of the terms' points.
    pub points: u32,
    pub terms: Vec<PriorityTerm>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriorityTerm {
    pub term: Term,
    pub points: u32,
    pub why: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Term {
    Reason,
    Urgency,
    /// The money at stake.
    Value,
    Waiting,
    /// They have written before.
    RepeatedContact,
}

/// What is known of the customer as such.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CustomerProfile {
    pub since_ms: i64,
    /// Orders that were not cancelled.
    pub orders: usize,
    /// Paid for them, what came back taken off; one amount a currency.
    pub spent: Vec<Money>,
    /// Returns that were not cancelled.
    pub returns: usize,
    /// Newest first; the newest few.
    pub conversations: Vec<EarlierConversation>,
    pub conversations_in_all: u64,
    #[serde(default)]
    pub segment: Option<SegmentNote>,
}

/// What the customer's behaviour says they are now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentNote {
    pub name: String,
    pub why: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierConversation {
    pub id: ConversationId,
    pub started_ms: i64,
    pub status: Status,
    /// Why a person was needed, when one was.
    pub reason: Option<HandOffReason>,
}

/// Composed by code from the log: no model's opinion.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assessment {
    pub wanted: String,
    /// One statement an entry.
    pub found: Vec<String>,
    /// Why the assistant did not go on.
    pub stopped: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyCited {
    pub policy: String,
    pub version: String,
    /// `None` where its rules decided and no passage was read.
    pub heading: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    pub at_ms: i64,
    pub kind: PromiseKind,
    pub text: String,
    pub amount: Option<Money>,
    pub until: Option<Date>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PromiseKind {
    /// A proposal that the shopper said yes to.
    Confirmed,
    /// Code said that it was done.
    Done,
    /// That a person answers, and when.
    HandedOff,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BundleCall {
    pub call: CallId,
    pub tool: String,
    pub arguments: String,
    pub outcome: String,
    pub result: String,
}

/// Ready to run as it stands, or to be edited.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProposedAction {
    pub tool: String,
    pub arguments: Value,
    #[serde(default)]
    pub title: String,
    pub lines: Vec<String>,
    /// The money that it moves.
    #[serde(default)]
    pub amount: Option<Money>,
    /// Whose yes it waits for, and why.
    #[serde(default)]
    pub why: String,
    /// All calls of it, in order, when there are several: the fields above are then of the first one
    /// (tool, arguments) and of the whole (title, lines, amount).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<ProposalPart>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BundleLine {
    pub at_ms: i64,
    /// "shopper", "assistant" or the agent's name.
    pub who: String,
    pub text: String,
    /// Pictures that came with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the first version stored it, to the letter.
    const FIRST: &str = r#"{"id":"b-1","conversation":"c-1","created_ms":5,"reason":"needs_approval","urgency":"normal","summary":"s","identity":"not proved","customer":null,"orders":[],"returns":[],"calls":[],"proposed_action":{"tool":"start_return","arguments":{"order_number":"1"},"lines":["l"]},"transcript":[{"at_ms":4,"who":"shopper","text":"t"}]}"#;

    #[test]
    fn a_bundle_of_the_first_version_is_still_read() {
        let bundle: Bundle = serde_json::from_str(FIRST).expect("it reads");
        assert_eq!(bundle.summary, "s");
        assert_eq!(bundle.priority, Priority::default());
        assert!(bundle.profile.is_none() && bundle.promises.is_empty());
        let action = bundle.proposed_action.as_ref().expect("an action");
        assert!(action.amount.is_none() && action.why.is_empty() && action.parts.is_empty());
        let again = serde_json::to_string(&bundle).expect("it writes");
        let again: Bundle = serde_json::from_str(&again).expect("and reads again");
        assert_eq!(again, bundle);
    }
}
