//! What the assistant can do. One file per tool: its arguments, its results, its behaviour; words
//! and permissions are in `tools/<name>.toml`. A tool never sees the model, and gets no customer id
//! as an argument: what it may touch comes as a scope in its context.

use std::future::Future;

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::clock::Clock;
use crate::customers::Customers;
use crate::domain::bundle::HandOffReason;
use crate::domain::card::Card;
use crate::domain::evidence::Fact;
use crate::domain::identity::{CustomerScope, OrderScope, Proof};
use crate::domain::ids::{AttachmentId, ConversationId, IdempotencyKey, OrderNumber};
use crate::domain::letter::Letter;
use crate::domain::money::{Bounds, Money};
use crate::knowledge::Knowledge;
use crate::knowledge::catalog::Catalog;
use crate::shop::Shop;

mod aftersales;
pub mod answering;
mod covered_order;
pub mod manifest;
mod offer_shown;
mod order_action;
mod order_changes;
pub mod parameters;
mod products;
pub mod registry;
pub mod words;

pub mod add_to_cart;
pub mod cancel_order;
pub mod change_address;
pub mod change_items;
pub mod change_payment;
pub mod check_offer;
pub mod exchange_items;
pub mod find_offers;
pub mod get_product;
pub mod hand_off;
pub mod lookup_order;
pub mod open_delivery_claim;
pub mod replace_item;
pub mod search_policies;
pub mod search_products;
pub mod shipping_options;
pub mod size_guide;
pub mod start_return;
pub mod verify_identity;

/// What a call may use. Built by the driver from what the gate allowed.
pub struct ToolContext<'a> {
    pub shop: &'a Shop,
    pub knowledge: &'a Knowledge,
    pub customers: &'a Customers,
    pub catalog: &'a Catalog,
    pub clock: &'a Clock,
    /// Keys the hashes of one-time codes.
    pub secret: &'a [u8; 32],
    pub conversation: &'a ConversationId,
    /// Sequence number of the message that opened this turn: a run that is killed and repeated has
    /// the same one, so what is keyed by it happens once.
    pub turn: u64,
    /// The orders that identity covers; `None` only for tools whose manifest asks for none.
    pub orders: Option<OrderScope>,
    /// The customer that was proved, whatever the manifest asks for.
    pub customer: Option<CustomerScope>,
    /// Everything that the shopper has written in this conversation, in lower case: what proves
    /// something must have come from them and not from a text that a model has read.
    pub shopper_wrote: &'a str,
    /// Pictures that the shopper has sent in this conversation.
    pub pictures: &'a [AttachmentId],
    /// The agent who has approved the call that is executed.
    pub approved_by: Option<&'a str>,
    /// What the manifest lets an order have back without an agent.
    pub refund_limit: Option<Money>,
}

/// What a call gives back.
#[derive(Clone, Debug, Default)]
pub struct ToolOutput {
    /// JSON for the model.
    pub content: String,
    pub facts: Vec<Fact>,
    pub cards: Vec<Card>,
    /// The content holds text of third parties (passages, reviews, carrier notes).
    pub tainted: bool,
    pub hand_off: Option<HandOffRequest>,
    /// What the call has proved: the driver logs it before the result. Only `verify_identity` may.
    pub proof: Option<Proof>,
    /// A letter that leaves once this result is in the log (see `jobs::deliver`).
    pub letter: Option<Letter>,
}

/// A tool's typed wish for a person; `agent/handoff.rs` builds the bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandOffRequest {
    pub reason: HandOffReason,
    pub summary: String,
}

/// A write with resolved arguments, validated but not done.
#[derive(Clone, Debug)]
pub struct Proposal<R> {
    /// Exactly what `execute` will get; its hash is what the shopper confirms.
    pub resolved: R,
    pub order: Option<OrderNumber>,
    pub touches: Touches,
    /// The money that it moves.
    pub amount: Option<Money>,
    /// What the manifest's `agent_above` is compared with: name there, and this amount together
    /// with what was done of the kind before, so that splitting does not get around the limit.
    pub weighed: Option<(&'static str, Money)>,
    /// Within which an agent who approves it may set the money; `None` where it is as it is.
    pub bounds: Option<Bounds>,
    /// Why an agent decides, whatever the manifest says: above a cap, too many of them.
    pub needs_agent: Option<String>,
    pub title: String,
    /// The exact consequence, one statement a line, in the shopper's words.
    pub lines: Vec<String>,
    /// JSON for the model.
    pub content: String,
    pub facts: Vec<Fact>,
}

/// What a write takes of the shop: two parts of one proposal must not take the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Touches {
    /// Nothing that another write could take as well.
    #[default]
    Nothing,
    /// These lines of an order; none where it changes something else of it.
    Lines { order: OrderNumber, lines: Vec<u32> },
    /// The whole order: cancelled, nothing else can be done with it.
    Whole(OrderNumber),
}

impl Touches {
    pub fn clashes_with(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Nothing, _) | (_, Self::Nothing) => false,
            (Self::Whole(one), Self::Whole(order) | Self::Lines { order, .. })
            | (Self::Lines { order: one, .. }, Self::Whole(order)) => one == order,
            (
                Self::Lines { order: one, lines },
                Self::Lines {
                    order,
                    lines: taken,
                },
            ) => one == order && lines.iter().any(|line| taken.contains(line)),
        }
    }
}

/// Who should read what went wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ToolError {
    /// Words for the shopper: what is not possible, why, what is instead.
    #[error("{0}")]
    Refused(String),
    /// A confirmed action that only a person can let happen by now; the shopper's words say so.
    #[error("{0}")]
    Person(String),
    /// A hint for the model: the arguments were off and how.
    #[error("{0}")]
    Retry(String),
    /// For the operator only; the model learns that it broke and nothing else.
    #[error("{0}")]
    Failed(String),
}

/// A tool that only reads, or writes without needing a yes.
pub trait ReadTool: Send + Sync + 'static {
    const NAME: &'static str;
    /// Its doc comments describe the parameters to the model.
    type Args: DeserializeOwned + JsonSchema + Send;

    fn call(
        &self,
        context: &ToolContext<'_>,
        args: Self::Args,
    ) -> impl Future<Output = Result<ToolOutput, ToolError>> + Send;
}

/// A tool whose effect needs the shopper's yes. A model call reaches only `propose`; `execute` is
/// reached by a confirm event alone.
pub trait ConfirmTool: Send + Sync + 'static {
    const NAME: &'static str;
    type Args: DeserializeOwned + JsonSchema + Send;
    type Resolved: Serialize + DeserializeOwned + Send;

    /// Resolves and validates without acting.
    fn propose(
        &self,
        context: &ToolContext<'_>,
        args: Self::Args,
    ) -> impl Future<Output = Result<Proposal<Self::Resolved>, ToolError>> + Send;

    /// The same call with the money that an agent has set. Whether it is within the proposal's
    /// bounds has been checked; what it was worked out to stays beside it, so that `execute` can
    /// still tell whether anything has changed.
    fn with_amount(resolved: Self::Resolved, amount: Money) -> Result<Self::Resolved, ToolError> {
        let _ = (resolved, amount);
        Err(ToolError::Refused(
            "the amount of this cannot be changed".to_owned(),
        ))
    }

    /// Validates again against the shop as it is now and acts, once per key: the same key again
    /// returns the first result.
    fn execute(
        &self,
        context: &ToolContext<'_>,
        resolved: Self::Resolved,
        key: &IdempotencyKey,
    ) -> impl Future<Output = Result<ToolOutput, ToolError>> + Send;
}

#[cfg(test)]
mod tests {
    use super::Touches;
    use crate::domain::ids::OrderNumber;

    #[test]
    fn what_takes_the_same_clashes() {
        let lines = |order: &str, lines: &[u32]| Touches::Lines {
            order: OrderNumber::new(order),
            lines: lines.to_vec(),
        };
        let whole = |order: &str| Touches::Whole(OrderNumber::new(order));
        for (one, other, clashes) in [
            (lines("1", &[1, 2]), lines("1", &[2]), true),
            (lines("1", &[1]), lines("1", &[2]), false),
            (lines("1", &[1]), lines("2", &[1]), false),
            (lines("1", &[]), lines("1", &[]), false),
            (whole("1"), lines("1", &[]), true),
            (whole("1"), whole("1"), true),
            (whole("1"), lines("2", &[1]), false),
            (whole("1"), Touches::Nothing, false),
        ] {
            assert_eq!(one.clashes_with(&other), clashes, "{one:?} {other:?}");
            assert_eq!(other.clashes_with(&one), clashes, "{other:?} {one:?}");
        }
    }
}
