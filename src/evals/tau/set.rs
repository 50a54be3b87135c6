//! The files of the set: its shop, its tasks with the end states they lead to, its probes.
//! Source: tau-bench, retail domain (MIT), in the layout of its `SOURCE.md`.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read};
use std::path::Path;

use anyhow::{Context as _, ensure};
use flate2::read::GzDecoder;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::pointer::Edit;
use crate::domain::limits::EVAL_FILE_BYTES_MAX;

/// The set's shop. What our own shop has no place for (the options of an item beyond colour and
/// size) is looked up here when an end state is written in the set's way.
pub struct DataSet {
    pub users: BTreeMap<String, User>,
    pub orders: BTreeMap<String, SetOrder>,
    pub products: BTreeMap<String, SetProduct>,
    /// By item id: the product's id and the variant.
    pub items: BTreeMap<String, (String, SetVariant)>,
    /// The same users and orders as they are written.
    pub written: Written,
}

/// Documents in the set's own JSON, by id.
#[derive(Clone, Debug, Default)]
pub struct Written {
    pub users: Map<String, Value>,
    pub orders: Map<String, Value>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct User {
    pub name: Name,
    pub address: SetAddress,
    pub email: String,
    pub payment_methods: BTreeMap<String, SetMethod>,
    /// Numbers of the orders, in the set's order.
    pub orders: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Name {
    pub first_name: String,
    pub last_name: String,
}

#[derive(Clone, Debug, Deserialize)]
pub struct SetAddress {
    pub address1: String,
    pub address2: String,
    pub city: String,
    pub country: String,
    pub state: String,
    pub zip: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "source", rename_all = "snake_case")]
pub enum SetMethod {
    CreditCard { brand: String, last_four: String },
    Paypal,
    GiftCard { balance: f64 },
}

#[derive(Clone, Debug, Deserialize)]
pub struct SetOrder {
    pub user_id: String,
    pub address: SetAddress,
    pub items: Vec<SetItem>,
    pub fulfillments: Vec<Fulfillment>,
    pub status: String,
    pub payment_history: Vec<Transaction>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct SetItem {
    pub name: String,
    pub product_id: String,
    pub item_id: String,
    pub price: f64,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Fulfillment {
    pub tracking_id: Vec<String>,
    pub item_ids: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Transaction {
    pub transaction_type: TransactionType,
    pub amount: f64,
    pub payment_method_id: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransactionType {
    Payment,
    Refund,
}

#[derive(Clone, Debug, Deserialize)]
pub struct SetProduct {
    pub name: String,
    pub variants: BTreeMap<String, SetVariant>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct SetVariant {
    pub options: BTreeMap<String, String>,
    pub available: bool,
    pub price: f64,
}

/// One call of the set's tools.
#[derive(Clone, Debug, Deserialize)]
pub struct Call {
    pub name: String,
    pub arguments: Map<String, Value>,
}

impl Call {
    /// An argument that is text; empty when it is missing or something else.
    pub fn text(&self, key: &str) -> &str {
        self.arguments
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or("")
    }

    /// An argument that is a list of texts.
    pub fn texts(&self, key: &str) -> Vec<&str> {
        let list = self.arguments.get(key).and_then(Value::as_array);
        let each = list.into_iter().flatten();
        each.map(|one| one.as_str().unwrap_or("")).collect()
    }
}

#[derive(Clone, Debug, Deserialize)]
pub struct Task {
    pub id: String,
    pub actions: Vec<Call>,
}

/// The end state of a task, as the difference to the set's shop.
#[derive(Clone, Debug, Deserialize)]
pub struct Expected {
    pub id: String,
    pub diff: Vec<Edit>,
}

/// Calls with what each of them answered, and the end state.
#[derive(Clone, Debug, Deserialize)]
pub struct Probe {
    pub id: String,
    pub calls: Vec<Call>,
    /// Nothing where a read succeeded.
    pub observations: Vec<Option<String>>,
    pub diff: Vec<Edit>,
}

impl DataSet {
    /// Reads `db/users.json`, `db/orders.json` and `db/products.json` of the set's folder.
    pub fn read(folder: &Path) -> anyhow::Result<Self> {
        let file = |name: &str| json(&folder.join("db").join(name));
        let written = Written {
            users: file("users.json")?,
            orders: file("orders.json")?,
        };
        Self::of(written, file("products.json")?).context("the set's shop does not read")
    }

    pub fn of(written: Written, products: Map<String, Value>) -> anyhow::Result<Self> {
        let products: BTreeMap<String, SetProduct> = typed(products)?;
        let mut items = BTreeMap::new();
        for (id, product) in &products {
            for (item, variant) in &product.variants {
                let twice = items.insert(item.clone(), (id.clone(), variant.clone()));
                ensure!(twice.is_none(), "two products have the item {item}");
            }
        }
        Ok(Self {
            users: typed(written.users.clone())?,
            orders: typed(written.orders.clone())?,
            products,
            items,
            written,
        })
    }
}

fn typed<T: DeserializeOwned>(map: Map<String, Value>) -> anyhow::Result<BTreeMap<String, T>> {
    let each = map.into_iter().map(|(id, value)| {
        let read = serde_json::from_value(value).with_context(|| id.clone())?;
        Ok((id, read))
    });
    each.collect()
}

fn json(path: &Path) -> anyhow::Result<Map<String, Value>> {
    let reader = open(path)?;
    serde_json::from_reader(reader).with_context(|| format!("{} does not read", path.display()))
}

/// One JSON value a line; a file whose name ends in `.gz` is unpacked.
pub fn lines<T: DeserializeOwned>(path: &Path) -> anyhow::Result<Vec<T>> {
    let mut read = Vec::new();
    for (line, number) in open(path)?.lines().zip(1..) {
        let line = line.with_context(|| format!("cannot read {}", path.display()))?;
        if !line.trim().is_empty() {
            let one = serde_json::from_str(&line);
            read.push(one.with_context(|| format!("{}:{number}", path.display()))?);
        }
    }
    Ok(read)
}

fn open(path: &Path) -> anyhow::Result<BufReader<Box<dyn Read>>> {
    let file =
        std::fs::File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let packed = path.extension().is_some_and(|ending| ending == "gz");
    let bytes: Box<dyn Read> = if packed {
        Box::new(GzDecoder::new(file))
    } else {
        Box::new(file)
    };
    // A packed file may be any size when it is unpacked.
    Ok(BufReader::new(Box::new(bytes.take(EVAL_FILE_BYTES_MAX))))
}
