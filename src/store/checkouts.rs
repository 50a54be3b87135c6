//! Placing orders: the order, its stock and its offer code change together or not at all.

use super::catalog::{owner_of, take_stock};
use super::db::{DbError, Tx, Value};
use super::offers::{self, Redeemed};
use super::orders::{Buyer, buyer_id, by_number, put_order};
use super::{Store, StoreError};
use crate::domain::ids::{CustomerId, IdempotencyKey, OrderNumber, Sku};
use crate::domain::offer::{IssuedCode, plain_code};
use crate::domain::order::Order;
use crate::domain::product::Product;

const BY_KEY: &str = "SELECT order_number, content FROM checkouts WHERE idempotency_key = $1";
const PUT: &str = "INSERT INTO checkouts (idempotency_key, order_number, content, placed_ms)
     VALUES ($1, $2, $3, $4)";

/// A checkout that is to become an order, once per key.
#[derive(Clone, Debug)]
pub struct NewCheckout {
    pub key: IdempotencyKey,
    /// A hash of all that was checked out.
    pub content: String,
    pub buyer: Buyer,
    pub skus: Vec<Sku>,
    /// A code that may be the buyer's own; only a customer who is signed in has codes.
    pub code: Option<String>,
    /// The first that is free becomes the order's.
    pub numbers: Vec<OrderNumber>,
}

/// The shop as it is in the transaction.
#[derive(Clone, Debug)]
pub struct AsItIs {
    /// Of each sku, in their order; `None` where it is gone.
    pub products: Vec<Option<Product>>,
    pub code: Option<IssuedCode>,
}

/// What was decided: the order, and whether it uses the code up.
#[derive(Clone, Debug)]
pub struct Ordered {
    pub order: Order,
    pub redeems: bool,
}

/// What came of placing an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Placed<R> {
    /// New, or the one that this key made earlier.
    Done(Box<Order>),
    Refused(R),
}

impl Store {
    /// Places an order once per key. In one transaction: the key's earlier order, if there is one;
    /// else products, stock and code are read as they are now, `decide` judges them, and what it
    /// makes is stored, its stock taken and its code used up.
    pub async fn place_order<R, F>(
        &self,
        new: NewCheckout,
        decide: F,
    ) -> Result<Placed<R>, StoreError>
    where
        R: Send + 'static,
        F: FnOnce(&AsItIs) -> Result<Ordered, R> + Send + 'static,
    {
        self.db.write(move |tx| place(tx, new, decide)).await
    }

    /// The order that a checkout led to.
    pub async fn order_of_checkout(
        &self,
        key: &IdempotencyKey,
    ) -> Result<Option<Order>, StoreError> {
        let key = key.to_string();
        self.db
            .read(
                move |tx| match tx.query_first(BY_KEY, &[Value::Text(key)])? {
                    Some(row) => by_number(tx, row.text(0)?),
                    None => Ok(None),
                },
            )
            .await
    }
}

fn place<R>(
    tx: &mut Tx<'_>,
    new: NewCheckout,
    decide: impl FnOnce(&AsItIs) -> Result<Ordered, R>,
) -> Result<Placed<R>, StoreError> {
    let key = Value::Text(new.key.to_string());
    if let Some(row) = tx.query_first(BY_KEY, std::slice::from_ref(&key))? {
        if row.text(1)? != new.content {
            return Err(StoreError::KeyReused);
        }
        let order = by_number(tx, row.text(0)?)?;
        let order = order.ok_or_else(|| broken("a checkout's order is gone"))?;
        return Ok(Placed::Done(Box::new(order)));
    }
    let (now, signed_in) = as_it_is(tx, &new)?;
    let Ordered { mut order, redeems } = match decide(&now) {
        Ok(ordered) => ordered,
        Err(why) => return Ok(Placed::Refused(why)),
    };
    order.customer = match buyer_id(tx, new.buyer)? {
        Ok(customer) => customer,
        Err(problem) => return Err(broken(&problem)),
    };
    order.number = free_number(tx, &new.numbers)?;
    for line in &order.lines {
        if !take_stock(tx, &line.sku, line.quantity)? {
            return Err(broken(
                "an order was decided on more than there is in stock",
            ));
        }
    }
    if let (true, Some(code), Some(customer)) = (redeems, &new.code, &signed_in) {
        let code = plain_code(code);
        let redeemed = offers::redeem(tx, &code, customer, &order.number, order.placed_ms)?;
        if !matches!(redeemed, Redeemed::Done(_)) {
            return Err(broken("an order was decided on a code that is not open"));
        }
    }
    put_order(tx, &order)?;
    let row = [
        key,
        Value::Text(order.number.to_string()),
        Value::Text(new.content),
        Value::Int(order.placed_ms),
    ];
    tx.execute(PUT, &row)?;
    Ok(Placed::Done(Box::new(order)))
}

fn as_it_is(
    tx: &mut Tx<'_>,
    new: &NewCheckout,
) -> Result<(AsItIs, Option<CustomerId>), StoreError> {
    let signed_in = match &new.buyer {
        Buyer::Id(customer) => Some(customer.clone()),
        Buyer::Email(_) | Buyer::Guest(_) => None,
    };
    let code = match (&new.code, &signed_in) {
        (Some(code), Some(customer)) => offers::by_code(tx, &plain_code(code), customer)?,
        _ => None,
    };
    let products = new.skus.iter().map(|sku| owner_of(tx, sku));
    let products = products.collect::<Result<_, _>>()?;
    Ok((AsItIs { products, code }, signed_in))
}

fn free_number(tx: &mut Tx<'_>, numbers: &[OrderNumber]) -> Result<OrderNumber, StoreError> {
    for number in numbers {
        if by_number(tx, number.as_str())?.is_none() {
            return Ok(number.clone());
        }
    }
    Err(broken("all order numbers that were made are taken"))
}

/// The transaction is rolled back: what it was decided on does not hold.
fn broken(problem: &str) -> StoreError {
    DbError(problem.to_owned()).into()
}
