//! What is known of a customer who is proved: what they bought, kept and wrote about before.

use super::Asked;
use crate::agent::session::Session;
use crate::domain::bundle::CustomerProfile;
use crate::domain::customer::Customer;
use crate::domain::limits::{PROFILE_CONVERSATIONS_MAX, PROFILE_ORDERS_MAX};
use crate::domain::money::Money;
use crate::domain::order::OrderStatus;
use crate::domain::returns::ReturnStatus;
use crate::store::{Store, StoreError};

pub async fn of(
    store: &Store,
    customer: &Customer,
    session: &Session,
    asked: &Asked<'_>,
) -> Result<CustomerProfile, StoreError> {
    let id = &customer.id;
    let mut orders = store.orders_of(id, PROFILE_ORDERS_MAX).await?;
    orders.retain(|order| order.status != OrderStatus::Cancelled);
    let mut returns = store.returns_of_customer(id, PROFILE_ORDERS_MAX).await?;
    returns.retain(|registered| registered.status != ReturnStatus::Cancelled);
    let (conversations, conversations_in_all) = store
        .conversations_of(id, &session.id, PROFILE_CONVERSATIONS_MAX)
        .await?;
    let mut spent: Vec<Money> = Vec::new();
    let paid = orders.iter().map(|order| order.total);
    let back = returns.iter().map(|registered| registered.refund.total);
    for amount in paid.chain(back.map(|back| Money::new(-back.minor, back.currency))) {
        match spent.iter_mut().find(|sum| sum.currency == amount.currency) {
            Some(sum) => sum.minor = sum.minor.saturating_add(amount.minor),
            None => spent.push(amount),
        }
    }
    Ok(CustomerProfile {
        since_ms: customer.created_ms,
        orders: orders.len(),
        spent,
        returns: returns.len(),
        conversations,
        conversations_in_all,
        segment: asked.segment.clone(),
    })
}
