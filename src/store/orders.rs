//! Orders.

use super::customers::{by_email, by_id, put_customer, put_guest};
use super::db::{Row, Tx, Value};
use super::doc::{from_doc, to_doc};
use super::{Store, StoreError};
use crate::domain::customer::Customer;
use crate::domain::identity::OrderScope;
use crate::domain::ids::{CustomerId, OrderNumber};
use crate::domain::limits::ORDERS_READ_HERE_MAX;
use crate::domain::order::Order;

const BY_NUMBER: &str = "SELECT doc FROM orders WHERE number = $1";
const ANY: &str = "SELECT doc FROM orders ORDER BY number LIMIT 1";
const OWNED: &str = "SELECT customer, doc FROM orders WHERE number = $1";
const OF_CUSTOMER: &str = "SELECT doc FROM orders WHERE customer = $1
     ORDER BY placed_ms DESC, number DESC LIMIT $2";
const PUT: &str = "INSERT INTO orders (number, customer, placed_ms, status, doc) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (number) DO UPDATE SET customer = excluded.customer, placed_ms = excluded.placed_ms,
         status = excluded.status, doc = excluded.doc";

/// Whose order an imported one is.
#[derive(Clone, Debug)]
pub enum Buyer {
    /// Must be in the shop already.
    Id(CustomerId),
    /// Found by its e-mail; added with what is here when it is not there yet.
    Email(Box<Customer>),
    /// Added as somebody new. When the e-mail is a customer's already, nothing is entered into
    /// their account: it was typed, not proved.
    Guest(Box<Customer>),
}

impl Store {
    pub async fn order(&self, number: &OrderNumber) -> Result<Option<Order>, StoreError> {
        let number = number.to_string();
        self.db.read_few(move |tx| by_number(tx, &number)).await
    }

    /// The order if the scope covers it. One that it does not cover and one that does not exist
    /// are the same answer, found by the same read.
    pub async fn order_within(
        &self,
        scope: &OrderScope,
        number: &OrderNumber,
    ) -> Result<Option<Order>, StoreError> {
        let (scope, number) = (scope.clone(), number.clone());
        self.db
            .read_few(move |tx| {
                let rows = tx.query(OWNED, &[Value::Text(number.to_string())])?;
                let Some(row) = rows.first() else {
                    return Ok(None);
                };
                let owner = CustomerId::new(row.text(0)?);
                if !scope.covers(&number, &owner) {
                    return Ok(None);
                }
                from_doc(row, 1).map(Some)
            })
            .await
    }

    /// A customer's orders, newest first.
    pub async fn orders_of(
        &self,
        customer: &CustomerId,
        limit: usize,
    ) -> Result<Vec<Order>, StoreError> {
        let customer = customer.to_string();
        let most = i64::try_from(limit).unwrap_or(i64::MAX);
        let read = move |tx: &mut Tx<'_>| {
            let rows = tx.query(OF_CUSTOMER, &[Value::Text(customer), Value::Int(most)])?;
            rows.iter().map(|row| from_doc(row, 0)).collect()
        };
        if limit <= ORDERS_READ_HERE_MAX {
            self.db.read_few(read).await
        } else {
            self.db.read(read).await
        }
    }

    /// Adds or replaces orders in one transaction; what has happened to one through this program
    /// stays with it. One without a customer is left out; the answer
    /// says for each what was wrong.
    pub async fn put_orders(
        &self,
        orders: Vec<(Buyer, Order)>,
    ) -> Result<Vec<Option<String>>, StoreError> {
        self.db
            .write(move |tx| {
                orders
                    .into_iter()
                    .map(|(buyer, mut order)| match buyer_id(tx, buyer)? {
                        Ok(customer) => {
                            order.customer = customer;
                            if let Some(known) = by_number(tx, order.number.as_str())? {
                                keep_books(&mut order, known);
                            }
                            put_order(tx, &order).map(|()| None)
                        }
                        Err(problem) => Ok(Some(problem)),
                    })
                    .collect()
            })
            .await
    }
}

/// An order that this program has changed keeps what it was changed to: an import that does not know
/// of it must not undo one half of it. Where the order is by now is the import's to say.
fn keep_books(order: &mut Order, known: Order) {
    if known.history.is_empty() {
        return;
    }
    if known.history.cancelled.is_some() {
        order.status = known.status;
    }
    order.lines = known.lines;
    order.payments = known.payments;
    order.shipping = known.shipping;
    order.total = known.total;
    order.currency = known.currency;
    order.address = known.address;
    order.history = known.history;
}

pub(in crate::store) fn buyer_id(
    tx: &mut Tx<'_>,
    buyer: Buyer,
) -> Result<Result<CustomerId, String>, StoreError> {
    match buyer {
        Buyer::Id(id) => Ok(match by_id(tx, id.as_str())? {
            Some(customer) => Ok(customer.id),
            None => Err(format!(
                "there is no customer \"{id}\"; name an e-mail to add one"
            )),
        }),
        Buyer::Email(customer) => {
            if let Some(known) = by_email(tx, &customer.email)? {
                return Ok(Ok(known.id));
            }
            put_customer(tx, &customer)?;
            Ok(Ok(customer.id))
        }
        Buyer::Guest(customer) => {
            match by_email(tx, &customer.email)? {
                Some(_) => put_guest(tx, &customer)?,
                None => put_customer(tx, &customer)?,
            }
            Ok(Ok(customer.id))
        }
    }
}

pub(in crate::store) fn by_number(
    tx: &mut Tx<'_>,
    number: &str,
) -> Result<Option<Order>, StoreError> {
    let rows = tx.query(BY_NUMBER, &[Value::Text(number.to_owned())])?;
    rows.first().map(|row: &Row| from_doc(row, 0)).transpose()
}

/// Some order, if there is one.
pub(in crate::store) fn any(tx: &mut Tx<'_>) -> Result<Option<Order>, StoreError> {
    let rows = tx.query(ANY, &[])?;
    rows.first().map(|row: &Row| from_doc(row, 0)).transpose()
}

pub(in crate::store) fn put_order(tx: &mut Tx<'_>, order: &Order) -> Result<(), StoreError> {
    tx.execute(
        PUT,
        &[
            Value::Text(order.number.to_string()),
            Value::Text(order.customer.to_string()),
            Value::Int(order.placed_ms),
            Value::Text(order.status.words().to_owned()),
            Value::Text(to_doc(order)?),
        ],
    )?;
    Ok(())
}
