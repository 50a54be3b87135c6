//! What order actions share: reading the shop as it is for one of them, and saying why one that was
//! confirmed was not carried out.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::covered_order::{LOOKUP_WORDS, broken, covered_order};
use super::{ToolContext, ToolError};
use crate::domain::effect::{MoneyMove, Receipt};
use crate::domain::identity::CustomerScope;
use crate::domain::ids::{IdempotencyKey, Sku};
use crate::domain::order::Order;
use crate::shop::{Action, NotDone, money};
use crate::store::effects::{AsItIs, CarriedOut, Change, Subject};

/// The order with that number, if it is the proved customer's own: proving one order by its number
/// gives no right to change it.
pub(super) async fn own_order(context: &ToolContext<'_>, number: &str) -> Result<Order, ToolError> {
    let order = covered_order(context, number).await?;
    let owner = context.customer.as_ref().map(CustomerScope::customer);
    if owner == Some(&order.customer) {
        Ok(order)
    } else {
        Err(ToolError::Refused(LOOKUP_WORDS.say("not_found", ())))
    }
}

/// What an action on an order would see now. The order must be covered by the shopper's identity.
pub(super) async fn seen(
    context: &ToolContext<'_>,
    order: &Order,
    skus: Vec<Sku>,
) -> Result<AsItIs, ToolError> {
    let subject = subject(context, order, skus);
    let now = context.shop.store.as_it_is(subject).await.map_err(broken)?;
    now.ok_or_else(|| ToolError::Refused(LOOKUP_WORDS.say("not_found", ())))
}

pub(super) fn subject(context: &ToolContext<'_>, order: &Order, skus: Vec<Sku>) -> Subject {
    let now_ms = context.clock.now_ms();
    let number = Some(order.number.clone());
    context
        .shop
        .subject(order.customer.clone(), number, skus, now_ms)
}

/// Why an agent must decide on what these moves come to; words for the agent.
pub(super) fn needs_agent(
    context: &ToolContext<'_>,
    now: &AsItIs,
    moves: &[MoneyMove],
) -> Option<String> {
    let limits = context.shop.terms.money.as_ref();
    let raised = money::raised(limits, now, moves, context.clock.now_ms());
    let paused = now.paused.as_ref().filter(|_| !moves.is_empty());
    paused
        .map(|why| format!("money effects are paused: {why}"))
        .or_else(|| raised.map(|raised| raised.words()))
}

/// A receipt for an action on an order; the store keeps it under its key.
pub(super) fn receipt<D: Serialize>(
    key: &IdempotencyKey,
    tool: &str,
    now: &AsItIs,
    now_ms: i64,
    decision: &D,
    moves: Vec<MoneyMove>,
) -> Receipt {
    Receipt {
        key: key.clone(),
        tool: tool.to_owned(),
        order: now.order.as_ref().map(|order| order.number.clone()),
        customer: now.customer.id.clone(),
        at_ms: now_ms,
        moves,
        made: None,
        decision: serde_json::to_value(decision).unwrap_or_default(),
        approved_by: None,
    }
}

/// What came of a confirmed action, for whoever words it.
pub(super) enum Came<D, R> {
    /// Carried out now or earlier, with its receipt.
    Done(Box<Receipt>),
    Not(NotDone<D, R>),
}

/// Carries a confirmed action out, once per key (see `Shop::carry_out`).
pub(super) async fn carry_out<D, R>(
    context: &ToolContext<'_>,
    key: &IdempotencyKey,
    tool: &'static str,
    subject: Subject,
    confirmed: D,
    decide: impl FnOnce(&AsItIs) -> Result<D, R> + Send + 'static,
    change: impl FnOnce(&AsItIs, &D) -> Change + Send + 'static,
) -> Result<Came<D, R>, ToolError>
where
    D: PartialEq + Send + 'static,
    R: Send + 'static,
{
    let action = Action {
        tool,
        subject,
        confirmed,
        approved_by: context.approved_by.map(str::to_owned),
        refund_limit: context.refund_limit,
        now_ms: context.clock.now_ms(),
    };
    let came = context.shop.carry_out(key, action, decide, change).await;
    match came.map_err(broken)? {
        CarriedOut::Done(receipt) => Ok(Came::Done(receipt)),
        CarriedOut::Refused(why) => Ok(Came::Not(why)),
        CarriedOut::Gone => Err(ToolError::Refused(LOOKUP_WORDS.say("not_found", ()))),
    }
}

/// The decision that a receipt was written for.
pub(super) fn decision<D: DeserializeOwned>(receipt: &Receipt) -> Result<D, ToolError> {
    serde_json::from_value(receipt.decision.clone())
        .map_err(|error| ToolError::Failed(format!("a receipt does not read: {error}")))
}
