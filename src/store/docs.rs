//! The shop's records as they are stored, all at once: for whoever compares a shop with itself at
//! another time and reads only what has changed.

use std::collections::{BTreeMap, BTreeSet};

use super::db::Tx;
use super::{Store, StoreError, gift_cards};
use crate::domain::customer::GiftCard;
use crate::domain::ids::OrderNumber;

const ORDERS: &str = "SELECT number, doc FROM orders";
const CUSTOMERS: &str = "SELECT id, doc FROM customers";
const AFTER: &str = "SELECT order_number FROM returns UNION SELECT order_number FROM aftersales";

/// Stored JSON by key. The same record is the same text.
pub type Docs = BTreeMap<String, String>;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShopDocs {
    pub orders: Docs,
    pub customers: Docs,
    /// By id.
    pub gift_cards: Vec<GiftCard>,
    /// Orders with returns, exchanges, replacements or claims.
    pub with_aftersales: BTreeSet<OrderNumber>,
}

impl Store {
    /// Everything, in one look.
    pub async fn shop_docs(&self) -> Result<ShopDocs, StoreError> {
        self.db
            .read(|tx| {
                let after = tx.query(AFTER, &[])?;
                let after = after.iter().map(|row| Ok(OrderNumber::new(row.text(0)?)));
                Ok(ShopDocs {
                    orders: docs(tx, ORDERS)?,
                    customers: docs(tx, CUSTOMERS)?,
                    gift_cards: gift_cards::all(tx)?,
                    with_aftersales: after.collect::<Result<_, StoreError>>()?,
                })
            })
            .await
    }
}

fn docs(tx: &mut Tx<'_>, sql: &str) -> Result<Docs, StoreError> {
    let rows = tx.query(sql, &[])?;
    rows.iter()
        .map(|row| Ok((row.text(0)?.to_owned(), row.text(1)?.to_owned())))
        .collect()
}
