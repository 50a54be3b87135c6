//! `change_items`: items of an order that has not been packed become other sizes and colours, or
//! leave it. The call only proposes.

mod words;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::covered_order::broken;
use super::order_action::{
    Came, carry_out, decision, needs_agent, own_order, receipt, seen, subject,
};
use super::order_changes::{Act, draft, not_done, refusal, terms};
use super::{ConfirmTool, Proposal, ToolContext, ToolError, ToolOutput};
use crate::domain::ids::{IdempotencyKey, Sku};
use crate::domain::limits::ACTION_ITEMS_MAX;
use crate::domain::order::Order;
use crate::shop::changes::items::{self, Decision, Wanted};

pub(super) use words::problem;
use words::told;

pub struct ChangeItems;

/// Arguments of `change_items`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// The number of the order.
    order_number: String,
    /// Everything that shall change.
    items: Vec<Item>,
    /// For a difference in price: a way to pay, by its id or name as lookup_order lists them. Left
    /// out for the way the order was paid.
    payment_method: Option<String>,
}

/// Pieces of a line and what becomes of them.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// The line of the order, as lookup_order numbers it.
    line: u32,
    /// How many pieces; left out for all of the line.
    quantity: Option<u32>,
    /// The new colour; left out when it stays.
    color: Option<String>,
    /// The new size; left out when it stays.
    size: Option<String>,
    /// The new variant by its number, in place of colour and size.
    sku: Option<String>,
    /// True when the pieces shall leave the order.
    remove: Option<bool>,
}

/// What the shopper says yes to, and what was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolved {
    decision: Decision,
    items: Vec<Wanted>,
    method: Option<String>,
}

impl Item {
    fn wanted(self) -> Wanted {
        // A model that fills every field writes an empty one for what it was to leave out.
        let filled = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        Wanted {
            line: self.line,
            quantity: self.quantity,
            color: filled(self.color),
            size: filled(self.size),
            sku: filled(self.sku).map(|sku| Sku::new(sku.trim())),
            remove: self.remove.unwrap_or(false),
        }
    }
}

impl ConfirmTool for ChangeItems {
    const NAME: &'static str = "change_items";
    type Args = Args;
    type Resolved = Resolved;

    async fn propose(
        &self,
        context: &ToolContext<'_>,
        args: Args,
    ) -> Result<Proposal<Resolved>, ToolError> {
        if args.items.len() > ACTION_ITEMS_MAX {
            return Err(words::too_long());
        }
        let order = own_order(context, &args.order_number).await?;
        let terms = terms(context, &order).await?;
        let items: Vec<Wanted> = args.items.into_iter().map(Item::wanted).collect();
        let method = args.payment_method.filter(|name| !name.trim().is_empty());
        let skus = skus(context, &order, &items).await?;
        let now = seen(context, &order, skus).await?;
        let decision = items::decide(&now, &terms, &items, method.as_deref())
            .map_err(|why| refusal(&order, &terms, Act::Change, &why))?;
        let would = items::change(&now, &decision, draft(context, Self::NAME, &now));
        let raised = needs_agent(context, &now, &would.receipt.moves);
        let told = told(&decision, "ask");
        let resolved = Resolved {
            decision,
            items,
            method,
        };
        told.proposal(resolved, raised)
    }

    async fn execute(
        &self,
        context: &ToolContext<'_>,
        resolved: Resolved,
        key: &IdempotencyKey,
    ) -> Result<ToolOutput, ToolError> {
        let order = own_order(context, resolved.decision.order.as_str()).await?;
        let terms = terms(context, &order).await?;
        let Resolved {
            decision: confirmed,
            items,
            method,
        } = resolved;
        let skus = skus(context, &order, &items).await?;
        let judged = terms.clone();
        let (now_ms, its_key) = (context.clock.now_ms(), key.clone());
        let came = carry_out(
            context,
            key,
            Self::NAME,
            subject(context, &order, skus),
            confirmed,
            move |now| items::decide(now, &judged, &items, method.as_deref()),
            move |now, decision: &Decision| {
                let receipt = receipt(&its_key, Self::NAME, now, now_ms, decision, Vec::new());
                items::change(now, decision, receipt)
            },
        );
        match came.await? {
            Came::Done(receipt) => {
                let decision: Decision = decision(&receipt)?;
                told(&decision, "done").output(context, &receipt).await
            }
            Came::Not(why) => Err(not_done(&order, &terms, Act::Change, why)),
        }
    }
}

/// A variant of each product that is concerned: the product is read by it in the transaction. The
/// line's own may be gone from the catalogue.
async fn skus(
    context: &ToolContext<'_>,
    order: &Order,
    items: &[Wanted],
) -> Result<Vec<Sku>, ToolError> {
    let named = |line: u32| items.iter().any(|item| item.line == line && !item.remove);
    let lines = order.lines.iter().filter(|line| named(line.line));
    let mut ids: Vec<_> = lines.map(|line| line.product.clone()).collect();
    ids.sort();
    ids.dedup();
    let products = context.shop.store.products_of(ids).await.map_err(broken)?;
    let first = products
        .iter()
        .filter_map(|product| product.variants.first());
    Ok(first.map(|variant| variant.sku.clone()).collect())
}
