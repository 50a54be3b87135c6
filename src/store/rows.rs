//! Every row that an effect on an order, an account or the stock can change, as text: what a check
//! compares before and after.

use std::collections::BTreeMap;

use super::db::Tx;
use super::{Store, StoreError};

/// Each gives a key and the row as text.
const TABLES: [(&str, &str); 7] = [
    ("orders", "SELECT number, doc FROM orders"),
    ("customers", "SELECT id, doc FROM customers"),
    (
        "gift_cards",
        "SELECT id, COALESCE(customer, '') || '/' || balance_minor || '/' || currency || '/' || credit
         FROM gift_cards",
    ),
    ("stock", "SELECT sku, CAST(stock AS TEXT) FROM variants"),
    ("returns", "SELECT number, doc FROM returns"),
    ("aftersales", "SELECT number, doc FROM aftersales"),
    ("effects", "SELECT key, doc FROM effects"),
];

/// Rows by table and key.
pub type ShopRows = BTreeMap<(&'static str, String), String>;

impl Store {
    /// The whole of these tables, in one transaction: for small shops.
    pub async fn shop_rows(&self) -> Result<ShopRows, StoreError> {
        self.db.read(read).await
    }
}

fn read(tx: &mut Tx<'_>) -> Result<ShopRows, StoreError> {
    let mut all = ShopRows::new();
    for (table, sql) in TABLES {
        for row in tx.query(sql, &[])? {
            all.insert((table, row.text(0)?.to_owned()), row.text(1)?.to_owned());
        }
    }
    Ok(all)
}
