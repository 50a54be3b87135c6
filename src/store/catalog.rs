//! Products, variants, stock. A product's variants are rows of their own, because stock changes
//! often and the rest hardly ever: the catalogue's version counts changes of the rest alone.

use std::collections::HashMap;

use super::db::{Row, Tx, Value};
use super::doc::{from_doc, money, to_doc};
use super::{Store, StoreError, meta_get, meta_set};
use crate::domain::ids::{ProductId, Sku};
use crate::domain::product::{Product, Variant};

const PRODUCT: &str = "SELECT doc FROM products WHERE id = $1";
const PRODUCTS: &str = "SELECT doc FROM products WHERE id > $1 ORDER BY id LIMIT $2";
const VARIANTS_OF: &str = "SELECT product, sku, color, size, stock, price_minor, price_currency FROM variants WHERE product = $1 ORDER BY position";
const VARIANTS_BETWEEN: &str =
    "SELECT product, sku, color, size, stock, price_minor, price_currency FROM variants
     WHERE product >= $1 AND product <= $2 ORDER BY product, position";
const OWNER_OF_SKU: &str = "SELECT product FROM variants WHERE sku = $1";
const STOCK: &str = "SELECT stock FROM variants WHERE sku = $1";
const IN_STOCK: &str =
    "SELECT product, sku, color, size, stock, price_minor, price_currency FROM variants
     WHERE product = $1 AND stock > 0 ORDER BY position";
const TAKE_STOCK: &str = "UPDATE variants SET stock = stock - $2 WHERE sku = $1 AND stock >= $2";
const ADD_STOCK: &str = "UPDATE variants SET stock = stock + $2 WHERE sku = $1";
const SET_STOCK: &str = "UPDATE variants SET stock = $2 WHERE sku = $1";
const PUT_PRODUCT: &str = "INSERT INTO products (id, title, category, doc) VALUES ($1, $2, $3, $4)
     ON CONFLICT (id) DO UPDATE SET title = excluded.title, category = excluded.category, doc = excluded.doc";
const DROP_VARIANTS: &str = "DELETE FROM variants WHERE product = $1";
const PUT_VARIANT: &str = "INSERT INTO variants
     (sku, product, position, color, size, stock, price_minor, price_currency)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

/// Where `meta` counts the changes of the catalogue, stock aside.
const VERSION: &str = "catalog_version";

impl Store {
    /// Goes up with every change of a product, whichever process made it; stock aside.
    pub async fn catalog_version(&self) -> Result<i64, StoreError> {
        self.db.read_few(version).await
    }

    pub async fn product(&self, id: &ProductId) -> Result<Option<Product>, StoreError> {
        let id = id.to_string();
        self.db.read_few(move |tx| whole(tx, id)).await
    }

    /// Those of the products that are there, in the order of the ids.
    pub async fn products_of(&self, ids: Vec<ProductId>) -> Result<Vec<Product>, StoreError> {
        self.db
            .read(move |tx| {
                let found = ids.iter().map(|id| whole(tx, id.to_string()));
                found.filter_map(Result::transpose).collect()
            })
            .await
    }

    /// The product that a variant belongs to.
    pub async fn product_of_sku(&self, sku: &Sku) -> Result<Option<Product>, StoreError> {
        let sku = sku.clone();
        self.db.read_few(move |tx| owner_of(tx, &sku)).await
    }

    /// What can be bought now of each product, in the order of the ids; nothing of an unknown one.
    pub async fn in_stock(&self, ids: Vec<ProductId>) -> Result<Vec<Vec<Variant>>, StoreError> {
        self.db
            .read(move |tx| {
                ids.iter()
                    .map(|id| {
                        let rows = tx.query(IN_STOCK, &[Value::Text(id.to_string())])?;
                        rows.iter().map(variant).collect()
                    })
                    .collect()
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
            .read_few(move |tx| {
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
                let outcomes: Vec<Option<String>> = products
                    .iter()
                    .map(|product| put_product(tx, product))
                    .collect::<Result<_, _>>()?;
                if outcomes.iter().any(Option::is_none) {
                    raise_version(tx)?;
                }
                Ok(outcomes)
            })
            .await
    }
}

fn version(tx: &mut Tx<'_>) -> Result<i64, StoreError> {
    let kept = meta_get(tx, VERSION)?;
    Ok(kept.and_then(|text| text.parse().ok()).unwrap_or(0))
}

/// In the transaction of the change itself, so that no index is taken for newer than it is.
pub(in crate::store) fn raise_version(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    let next = version(tx)?.wrapping_add(1);
    meta_set(tx, VERSION, &next.to_string())
}

/// The product that a variant belongs to, as it is now.
pub(in crate::store) fn owner_of(
    tx: &mut Tx<'_>,
    sku: &Sku,
) -> Result<Option<Product>, StoreError> {
    let sku = Value::Text(sku.to_string());
    match tx.query_first(OWNER_OF_SKU, &[sku])? {
        Some(row) => whole(tx, row.text(0)?.to_owned()),
        None => Ok(None),
    }
}

/// Takes pieces out of stock; `false` where fewer are there.
pub(in crate::store) fn take_stock(
    tx: &mut Tx<'_>,
    sku: &Sku,
    quantity: u32,
) -> Result<bool, StoreError> {
    let take = [Value::Text(sku.to_string()), Value::from(quantity)];
    Ok(tx.execute(TAKE_STOCK, &take)? > 0)
}

/// Puts pieces back into stock; a variant that is not sold any more has none to go to.
pub(in crate::store) fn add_stock(
    tx: &mut Tx<'_>,
    sku: &Sku,
    quantity: u32,
) -> Result<(), StoreError> {
    tx.execute(
        ADD_STOCK,
        &[Value::Text(sku.to_string()), Value::from(quantity)],
    )?;
    Ok(())
}

fn whole(tx: &mut Tx<'_>, id: String) -> Result<Option<Product>, StoreError> {
    let key = [Value::Text(id)];
    let Some(row) = tx.query_first(PRODUCT, &key)? else {
        return Ok(None);
    };
    let mut product: Product = from_doc(&row, 0)?;
    for row in tx.query(VARIANTS_OF, &key)? {
        product.variants.push(variant(&row)?);
    }
    Ok(Some(product))
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
                Value::opt_int(variant.price.map(|price| price.minor)),
                Value::opt_text(variant.price.as_ref().map(|price| price.currency.code())),
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
        price: money(row, 5)?,
    })
}
