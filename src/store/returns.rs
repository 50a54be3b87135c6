//! Returns, and what fills an empty shop.

use super::catalog::{put_product, raise_version};
use super::customers::put_customer;
use super::db::{Row, Tx, Value};
use super::doc::{from_doc, to_doc};
use super::orders::put_order;
use super::{Store, StoreError, gift_cards, meta_get, meta_set};
use crate::domain::customer::{Customer, GiftCard};
use crate::domain::ids::{OrderNumber, ReturnNumber};
use crate::domain::order::Order;
use crate::domain::product::Product;
use crate::domain::returns::{Return, ReturnStatus};

const OF_ORDER: &str =
    "SELECT doc FROM returns WHERE order_number = $1 ORDER BY created_ms, number";
const BY_SLIP: &str = "SELECT doc FROM returns WHERE slip_token = $1";
const BY_NUMBER: &str = "SELECT doc FROM returns WHERE number = $1";
const PUT: &str = "INSERT INTO returns (number, order_number, idempotency_key, slip_token, status, created_ms, doc)
     VALUES ($1, $2, $3, $4, $5, $6, $7)";
const DEMO_DONE: &str = "demo_seeded";

/// A shop's content as one piece.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ShopContent {
    pub products: Vec<Product>,
    pub customers: Vec<Customer>,
    pub orders: Vec<Order>,
    pub returns: Vec<Return>,
    pub gift_cards: Vec<GiftCard>,
}

impl Store {
    /// Returns of an order, oldest first.
    pub async fn returns_of(&self, order: &OrderNumber) -> Result<Vec<Return>, StoreError> {
        let order = order.to_string();
        self.db.read_few(move |tx| of_order(tx, &order)).await
    }

    pub async fn return_by_slip(&self, slip_token: &str) -> Result<Option<Return>, StoreError> {
        let token = slip_token.to_owned();
        self.db
            .read_few(move |tx| first(&tx.query(BY_SLIP, &[Value::Text(token)])?))
            .await
    }

    pub async fn return_by_number(
        &self,
        number: &ReturnNumber,
    ) -> Result<Option<Return>, StoreError> {
        let number = number.to_string();
        self.db
            .read_few(move |tx| first(&tx.query(BY_NUMBER, &[Value::Text(number)])?))
            .await
    }

    /// Adds returns that were registered elsewhere, all or none; no effect of this shop's.
    pub async fn put_returns(&self, returns: Vec<Return>) -> Result<(), StoreError> {
        self.db
            .write(move |tx| {
                returns
                    .iter()
                    .try_for_each(|one| put_return(tx, &format!("put_{}", one.number), one))
            })
            .await
    }

    /// Was the demo shop put in place?
    pub async fn has_demo(&self) -> Result<bool, StoreError> {
        self.db.read_few(demo_done).await
    }

    /// Puts the demo shop in place, whole or not at all, and once: `false` when it was there.
    pub async fn put_demo(&self, content: ShopContent) -> Result<bool, StoreError> {
        self.db
            .write(move |tx| {
                if demo_done(tx)? {
                    return Ok(false);
                }
                put_content(tx, &content)?;
                meta_set(tx, DEMO_DONE, "done")?;
                Ok(true)
            })
            .await
    }
}

fn put_content(tx: &mut Tx<'_>, content: &ShopContent) -> Result<(), StoreError> {
    for product in &content.products {
        put_product(tx, product)?;
    }
    raise_version(tx)?;
    for customer in &content.customers {
        put_customer(tx, customer)?;
    }
    for order in &content.orders {
        put_order(tx, order)?;
    }
    for registered in &content.returns {
        put_return(tx, &format!("demo_{}", registered.number), registered)?;
    }
    for card in &content.gift_cards {
        gift_cards::put(tx, card)?;
    }
    Ok(())
}

fn demo_done(tx: &mut Tx<'_>) -> Result<bool, StoreError> {
    Ok(meta_get(tx, DEMO_DONE)?.is_some())
}

pub(in crate::store) fn of_order(tx: &mut Tx<'_>, order: &str) -> Result<Vec<Return>, StoreError> {
    let rows = tx.query(OF_ORDER, &[Value::Text(order.to_owned())])?;
    rows.iter().map(|row| from_doc(row, 0)).collect()
}

pub(in crate::store) fn put_return(
    tx: &mut Tx<'_>,
    key: &str,
    registered: &Return,
) -> Result<(), StoreError> {
    tx.execute(
        PUT,
        &[
            Value::Text(registered.number.to_string()),
            Value::Text(registered.order.to_string()),
            Value::Text(key.to_owned()),
            Value::Text(registered.slip_token.clone()),
            Value::Text(status(registered.status).to_owned()),
            Value::Int(registered.created_ms),
            Value::Text(to_doc(registered)?),
        ],
    )?;
    Ok(())
}

fn status(status: ReturnStatus) -> &'static str {
    match status {
        ReturnStatus::Open => "open",
        ReturnStatus::Received => "received",
        ReturnStatus::Refunded => "refunded",
        ReturnStatus::Cancelled => "cancelled",
    }
}

fn first(rows: &[Row]) -> Result<Option<Return>, StoreError> {
    rows.first().map(|row| from_doc(row, 0)).transpose()
}
