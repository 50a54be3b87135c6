//! `lookup_order`: where an order is, what it cost, and what can be done with it until when. It
//! never tells a street, payment details, a note, or a carrier's free text. What it does tell of lines,
//! carriers and ways to pay may have come with an import: see `foreign`.

mod aftersales;
mod facts;
mod foreign;
mod gather;
mod view;

use schemars::JsonSchema;
use serde::Deserialize;

use super::covered_order::{
    LOOKUP_WORDS, aftersales_of, broken, covered_order, return_rules, returns_of, scope,
};
use super::order_changes::known_terms;
use super::{ReadTool, ToolContext, ToolError, ToolOutput};
use crate::domain::identity::CustomerScope;
use crate::domain::limits::{OTHER_ORDERS_SHOWN_MAX, PAYMENT_METHODS_SHOWN_MAX};
use crate::domain::order::Order;
use crate::shop::methods::{self, Method};
use crate::shop::parcels::LostRules;
use gather::{Done, Gathered};

pub(super) use facts::{number, order_subject};
pub(super) use gather::reading_text;
pub(super) use view::variant;

pub struct LookupOrder;

/// Arguments of `lookup_order`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// The order's number as the shopper gave it; left out for the shopper's latest order.
    order_number: Option<String>,
}

impl ReadTool for LookupOrder {
    const NAME: &'static str = "lookup_order";
    type Args = Args;

    async fn call(&self, context: &ToolContext<'_>, args: Args) -> Result<ToolOutput, ToolError> {
        // A model that fills every field writes an empty one for what it was to leave out.
        let asked = args.order_number.filter(|number| !number.trim().is_empty());
        let (order, others) = match asked {
            Some(number) => {
                let order = covered_order(context, &number).await?;
                let others = other_orders(context, Some(&order)).await?;
                (order, others)
            }
            None => {
                let mut orders = other_orders(context, None).await?;
                if orders.is_empty() {
                    return Err(ToolError::Refused(LOOKUP_WORDS.say("no_orders", ())));
                }
                (orders.remove(0), orders)
            }
        };
        let gathered = gather(context, order, others).await?;
        let view = view::of(&gathered);
        let tainted = foreign::is_shown(context, &gathered).await?;
        Ok(ToolOutput {
            tainted,
            content: serde_json::to_string(&view)
                .map_err(|error| ToolError::Failed(error.to_string()))?,
            facts: facts::of(&gathered),
            cards: vec![view::card(&gathered, &context.shop.profile)],
            ..ToolOutput::default()
        })
    }
}

async fn gather(
    context: &ToolContext<'_>,
    order: Order,
    others: Vec<Order>,
) -> Result<Gathered, ToolError> {
    let returns = returns_of(context, &order).await?;
    let rules = return_rules(context, &order)?;
    let lost = context
        .knowledge
        .rules::<LostRules>("lost-parcels", context.shop.day(order.placed_ms))
        .map_err(|error| ToolError::Failed(error.to_string()))?
        .map(|(rules, _)| rules);
    let changes = known_terms(context, &order)?;
    let methods = methods(context, &order).await?;
    let aftersales = aftersales_of(context, &order).await?;
    let done = Done {
        returns,
        aftersales,
    };
    let possible = aftersales::possible(context, &order, &done)?;
    let mut gathered = Gathered::new(context, order, done, rules, lost, others);
    gathered.possible = possible;
    gathered.changes = changes;
    gathered.methods = methods;
    Ok(gathered)
}

/// The ways to pay of who has signed in and looks at an order of their own.
async fn methods(context: &ToolContext<'_>, order: &Order) -> Result<Vec<Method>, ToolError> {
    let owner = context.customer.as_ref().map(CustomerScope::customer);
    if owner != Some(&order.customer) {
        return Ok(Vec::new());
    }
    let store = &context.shop.store;
    let Some(customer) = store.customer(&order.customer).await.map_err(broken)? else {
        return Ok(Vec::new());
    };
    let cards = store.gift_cards_of(&customer.id).await.map_err(broken)?;
    let mut methods = methods::all(&customer, &cards, Some(order));
    methods.truncate(PAYMENT_METHODS_SHOWN_MAX);
    Ok(methods)
}

/// The orders that identity covers, newest first, without one that is told already.
async fn other_orders(
    context: &ToolContext<'_>,
    told: Option<&Order>,
) -> Result<Vec<Order>, ToolError> {
    let scope = scope(context)?;
    let store = &context.shop.store;
    let mut orders = match scope.customer() {
        Some(customer) => store
            .orders_of(customer, OTHER_ORDERS_SHOWN_MAX + 1)
            .await
            .map_err(broken)?,
        None => Vec::new(),
    };
    for number in scope.orders().iter().rev().take(OTHER_ORDERS_SHOWN_MAX) {
        if orders.iter().any(|known| known.number == *number) {
            continue;
        }
        orders.extend(store.order(number).await.map_err(broken)?);
    }
    orders.sort_by(|a, b| (b.placed_ms, &b.number).cmp(&(a.placed_ms, &a.number)));
    orders.retain(|order| told.is_none_or(|told| told.number != order.number));
    orders.truncate(OTHER_ORDERS_SHOWN_MAX + usize::from(told.is_none()));
    Ok(orders)
}
