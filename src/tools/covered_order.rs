//! Finding the order a call is about. An order of somebody else and one that does not exist are
//! refused by the same words, on the same path.

use std::sync::LazyLock;

use super::words::Words;
use super::{ToolContext, ToolError};
use crate::domain::aftersale::Aftersale;
use crate::domain::identity::OrderScope;
use crate::domain::ids::OrderNumber;
use crate::domain::limits::ORDER_NUMBER_CHARS_MAX;
use crate::domain::order::Order;
use crate::domain::policy::ReturnRules;
use crate::domain::returns::Return;
use crate::store::StoreError;

pub(super) static LOOKUP_WORDS: LazyLock<Words> =
    LazyLock::new(|| Words::embedded(include_str!("../../prompts/reply/lookup_order.toml")));

/// The order with that number, if the shopper's identity covers it.
pub(super) async fn covered_order(
    context: &ToolContext<'_>,
    number: &str,
) -> Result<Order, ToolError> {
    let scope = scope(context)?;
    let found = match read_number(number) {
        Some(number) => context
            .shop
            .store
            .order_within(scope, &number)
            .await
            .map_err(broken)?,
        None => None,
    };
    found.ok_or_else(|| ToolError::Refused(LOOKUP_WORDS.say("not_found", ())))
}

pub(super) fn scope<'a>(context: &'a ToolContext<'_>) -> Result<&'a OrderScope, ToolError> {
    context.orders.as_ref().ok_or_else(|| {
        ToolError::Failed("the gate let a call through without a scope over orders".to_owned())
    })
}

/// "#10482", " 10482": the number as the shop writes it. Nothing for what cannot be one.
pub(super) fn read_number(text: &str) -> Option<OrderNumber> {
    let text = text.trim().trim_start_matches('#').trim_start();
    let fits = !text.is_empty() && text.chars().count() <= ORDER_NUMBER_CHARS_MAX;
    fits.then(|| OrderNumber::new(text))
}

pub(super) async fn aftersales_of(
    context: &ToolContext<'_>,
    order: &Order,
) -> Result<Vec<Aftersale>, ToolError> {
    context
        .shop
        .store
        .aftersales_of(&order.number)
        .await
        .map_err(broken)
}

pub(super) async fn returns_of(
    context: &ToolContext<'_>,
    order: &Order,
) -> Result<Vec<Return>, ToolError> {
    context
        .shop
        .store
        .returns_of(&order.number)
        .await
        .map_err(broken)
}

/// The returns policy in force on the day the order was placed: its rules and how it is cited.
pub(super) fn return_rules(
    context: &ToolContext<'_>,
    order: &Order,
) -> Result<Option<(ReturnRules, String)>, ToolError> {
    let placed = context.shop.day(order.placed_ms);
    let rules = context
        .knowledge
        .rules::<ReturnRules>("returns", placed)
        .map_err(|error| ToolError::Failed(error.to_string()))?;
    Ok(rules.map(|(rules, policy)| (rules, policy.cite())))
}

pub(super) fn broken(error: StoreError) -> ToolError {
    ToolError::Failed(error.to_string())
}
