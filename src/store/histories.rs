//! What customers have done, read in one piece: their orders with what came back of them.

use serde::de::DeserializeOwned;

use super::customers::by_id;
use super::db::{Row, Tx, Value};
use super::doc::from_doc;
use super::{Store, StoreError};
use crate::domain::customer::Customer;
use crate::domain::ids::CustomerId;
use crate::domain::limits::BEHAVIOUR_ORDERS_MAX;
use crate::domain::order::Order;
use crate::domain::returns::Return;

const CUSTOMERS: &str = "SELECT doc FROM customers WHERE id > $1 ORDER BY id LIMIT $2";
const ORDERS: &str = "SELECT doc FROM orders WHERE customer = $1
     ORDER BY placed_ms DESC, number DESC LIMIT $2";
const RETURNS: &str =
    "SELECT returns.doc FROM returns JOIN orders ON orders.number = returns.order_number
     WHERE orders.customer = $1 ORDER BY returns.created_ms DESC, returns.number LIMIT $2";

/// A customer with their newest `BEHAVIOUR_ORDERS_MAX` orders, newest first, and the returns of
/// their orders.
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    pub customer: Customer,
    pub orders: Vec<Order>,
    pub returns: Vec<Return>,
}

impl Store {
    /// What a customer has done; `None` for an unknown one.
    pub async fn history(&self, customer: &CustomerId) -> Result<Option<History>, StoreError> {
        let id = customer.to_string();
        self.db
            .read(move |tx| match by_id(tx, &id)? {
                Some(customer) => history(tx, customer).map(Some),
                None => Ok(None),
            })
            .await
    }

    /// Customers by id, those after `after`, at most `limit`: walk all of them page by page.
    pub async fn histories(
        &self,
        after: Option<&CustomerId>,
        limit: usize,
    ) -> Result<Vec<History>, StoreError> {
        let after = after.map(ToString::to_string).unwrap_or_default();
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.db
            .read(move |tx| {
                let rows = tx.query(CUSTOMERS, &[Value::Text(after), Value::Int(limit)])?;
                rows.iter()
                    .map(|row| history(tx, from_doc(row, 0)?))
                    .collect()
            })
            .await
    }
}

fn history(tx: &mut Tx<'_>, customer: Customer) -> Result<History, StoreError> {
    let limit = i64::try_from(BEHAVIOUR_ORDERS_MAX).unwrap_or(i64::MAX);
    let of = [Value::Text(customer.id.to_string()), Value::Int(limit)];
    let orders = docs(&tx.query(ORDERS, &of)?)?;
    let returns = docs(&tx.query(RETURNS, &of)?)?;
    Ok(History {
        customer,
        orders,
        returns,
    })
}

fn docs<T: DeserializeOwned>(rows: &[Row]) -> Result<Vec<T>, StoreError> {
    rows.iter().map(|row| from_doc(row, 0)).collect()
}
