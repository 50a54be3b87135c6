//! Products, variants, stock. A product's variants are rows of their own, because stock changes
//! often and the rest hardly ever.

use std::collections::HashMap;

use super::db::{Row, Tx, Value};
use super::doc::{from_doc, to_doc};
use super::{Store, StoreError};
use crate::domain::ids::{ProductId, Sku};
use crate::domain::product::{Product, Variant};

const PRODUCT: &str = "SELECT doc FROM products WHERE id = $1";
const PRODUCTS: &str = "SELECT doc FROM products WHERE id > $1 ORDER BY id LIMIT $2";
const VARIANTS_OF: &str =
    "SELECT product, sku, color, size, stock FROM variants WHERE product = $1 ORDER BY position";
const VARIANTS_BETWEEN: &str = "SELECT product, sku, color, size, stock FROM variants
     WHERE product >= $1 AND product <= $2 ORDER BY product, position";
const OWNER_OF_SKU: &str = "SELECT product FROM variants WHERE sku = $1";
const STOCK: &str = "SELECT stock FROM variants WHERE sku = $1";
const SET_STOCK: &str = "UPDATE variants SET stock = $2 WHERE sku = $1";
const PUT_PRODUCT: &str = "INSERT INTO products (id, title, category, doc) VALUES ($1, $2, $3, $4)
     ON CONFLICT (id) DO UPDATE SET title = excluded.title, category = excluded.category, doc = excluded.doc";
const DROP_VARIANTS: &str = "DELETE FROM variants WHERE product = $1";
const PUT_VARIANT: &str = "INSERT INTO variants (sku, product, position, color, size, stock) VALUES ($1, $2, $3, $4, $5, $6)";

impl Store {
    pub async fn product(&self, id: &ProductId) -> Result<Option<Product>, StoreError> {
        let id = id.to_string();
        self.db
            .read(move |tx| {
                let key = [Value::Text(id)];
                let rows = tx.query(PRODUCT, &key)?;
                let Some(row) = rows.first() else {
                    return Ok(None);
                };
                let mut product: Product = from_doc(row, 0)?;
                for row in tx.query(VARIANTS_OF, &key)? {
                    product.variants.push(variant(&row)?);
                }
                Ok(Some(product))
            })
            .await
    }

    /// Products by id, those after `after`, at most `limit`: walk the catalogue page by page.
    pub async fn products(
        &self,
        after: Option<&ProductId>,
        limit: usize,
    ) -> Result<Vec<Product>, StoreError> {
        let after = after.map(ToString::to_string).unwrap_or_default();
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.db
            .read(move |tx| {
                let rows = tx.query(PRODUCTS, &[Value::Text(after), Value::Int(limit)])?;
                let mut products: Vec<Product> = rows
                    .iter()
                    .map(|row| from_doc(row, 0))
                    .collect::<Result<_, _>>()?;
                let mut variants = variants_of(tx, &products)?;
                for product in &mut products {
                    product.variants = variants.remove(product.id.as_str()).unwrap_or_default();
                }
                Ok(products)
            })
            .await
    }

    /// Pieces in stock; nothing for an unknown variant.
    pub async fn stock(&self, sku: &Sku) -> Result<Option<i64>, StoreError> {
        let sku = sku.to_string();
        self.db
            .read(move |tx| {
                let rows = tx.query(STOCK, &[Value::Text(sku)])?;
                Ok(rows.first().map(|row| row.int(0)).transpose()?)
            })
            .await
    }

    /// Sets what is in stock; `false` for an unknown variant.
    pub async fn set_stock(&self, sku: &Sku, stock: i64) -> Result<bool, StoreError> {
        let sku = sku.to_string();
        self.db
            .write(move |tx| Ok(tx.execute(SET_STOCK, &[Value::Text(sku), Value::Int(stock)])? > 0))
            .await
    }

    /// Adds or replaces products in one transaction. A product with another one's variant is left
    /// out; the answer says for each what was wrong.
    pub async fn put_products(
        &self,
        products: Vec<Product>,
    ) -> Result<Vec<Option<String>>, StoreError> {
        self.db
            .write(move |tx| {
                products
                    .iter()
                    .map(|product| put_product(tx, product))
                    .collect()
            })
            .await
    }
}

pub(in crate::store) fn put_product(
    tx: &mut Tx<'_>,
    product: &Product,
) -> Result<Option<String>, StoreError> {
    for variant in &product.variants {
        let rows = tx.query(OWNER_OF_SKU, &[Value::Text(variant.sku.to_string())])?;
        if let Some(row) = rows.first()
            && row.text(0)? != product.id.as_str()
        {
            return Ok(Some(format!(
                "sku \"{}\" belongs to product \"{}\"",
                variant.sku,
                row.text(0)?
            )));
        }
    }
    let doc = to_doc(&Product {
        variants: Vec::new(),
        ..product.clone()
    })?;
    let id = Value::Text(product.id.to_string());
    tx.execute(
        PUT_PRODUCT,
        &[
            id.clone(),
            Value::Text(product.title.clone()),
            Value::Text(product.category.clone()),
            Value::Text(doc),
        ],
    )?;
    tx.execute(DROP_VARIANTS, std::slice::from_ref(&id))?;
    for (variant, position) in product.variants.iter().zip(0_i64..) {
        tx.execute(
            PUT_VARIANT,
            &[
                Value::Text(variant.sku.to_string()),
                id.clone(),
                Value::Int(position),
                Value::Text(variant.color.clone()),
                Value::Text(variant.size.clone()),
                Value::Int(variant.stock),
            ],
        )?;
    }
    Ok(None)
}

fn variants_of(
    tx: &mut Tx<'_>,
    products: &[Product],
) -> Result<HashMap<String, Vec<Variant>>, StoreError> {
    let mut of: HashMap<String, Vec<Variant>> = HashMap::new();
    let (Some(first), Some(last)) = (products.first(), products.last()) else {
        return Ok(of);
    };
    let between = [
        Value::Text(first.id.to_string()),
        Value::Text(last.id.to_string()),
    ];
    for row in tx.query(VARIANTS_BETWEEN, &between)? {
        of.entry(row.text(0)?.to_owned())
            .or_default()
            .push(variant(&row)?);
    }
    Ok(of)
}

fn variant(row: &Row) -> Result<Variant, StoreError> {
    Ok(Variant {
        sku: Sku::new(row.text(1)?),
        color: row.text(2)?.to_owned(),
        size: row.text(3)?.to_owned(),
        stock: row.int(4)?,
    })
}
