//! Results of the tools that sell and advise, as the built-in model reads them: products, sizes,
//! shipping, offers, the cart, and proofs of identity.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A product as a search or a look at it shows it; what only one of them knows is left empty.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct Product {
    pub product_id: String,
    pub title: String,
    pub category: Option<String>,
    pub department: Option<String>,
    pub price: Option<String>,
    pub compare_at: Option<String>,
    pub final_sale: bool,
    pub features: Vec<String>,
    pub fit: Option<String>,
    pub material: Option<String>,
    pub care: Option<String>,
    pub description: Option<String>,
    pub weight: Option<String>,
    pub link: Option<String>,
    pub colors: Vec<Color>,
    pub reviews: Option<Reviews>,
    /// Products of the same name for others.
    pub also_called: Vec<Namesake>,
    /// Of a near miss: what keeps it from fitting.
    pub differs: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct Namesake {
    pub product_id: String,
    pub title: String,
}

/// A colour and its sizes; a search gives `sizes`, a look at one product the other two.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct Color {
    pub color: String,
    pub sizes: Vec<String>,
    pub in_stock: Vec<String>,
    pub out_of_stock: Vec<String>,
}

impl Color {
    /// Sizes that can be had now.
    pub fn stocked(&self) -> &[String] {
        if self.in_stock.is_empty() {
            &self.sizes
        } else {
            &self.in_stock
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct Reviews {
    pub count: u32,
    pub average: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct Search {
    pub products: Vec<Product>,
    pub total: u32,
    pub nothing: Option<Nothing>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct Nothing {
    pub why: String,
    pub near: Vec<Product>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct Sized {
    pub product_id: String,
    pub title: String,
    pub size: Option<String>,
    pub also: Option<String>,
    pub why: String,
    pub in_stock: bool,
    pub colors: Vec<String>,
    pub ask: Option<String>,
    pub question: Option<String>,
    pub sizes: Vec<String>,
    pub none: bool,
    pub near: Option<String>,
    pub one_size: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct Shipping {
    pub country: String,
    pub code: String,
    pub ships: bool,
    pub options: Vec<Service>,
    pub order_before: Option<String>,
    pub customs: Option<String>,
    pub why: Option<String>,
    pub ask: Option<String>,
    pub question: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct Service {
    pub service: String,
    pub price: String,
    pub free_from: Option<String>,
    pub price_now: Option<String>,
    pub arrives_from: Option<String>,
    pub arrives_to: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct Offers {
    pub signed_in: bool,
    pub offers: Vec<Offer>,
    pub none: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct Offer {
    pub title: String,
    pub code: Option<String>,
    pub value: Option<String>,
    pub conditions: Vec<String>,
    pub valid_until: Option<String>,
    pub product: Option<OfferedProduct>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct OfferedProduct {
    pub title: String,
    pub price: String,
    pub price_with_offer: Option<String>,
    /// Why it takes no part.
    pub why: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct Checked {
    pub code: String,
    pub works: bool,
    pub title: Option<String>,
    pub value: Option<String>,
    pub conditions: Vec<String>,
    pub valid_until: Option<String>,
    pub why: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct Added {
    pub product_id: String,
    pub title: String,
    pub color: Option<String>,
    pub size: Option<String>,
    pub quantity: u32,
    pub price: Option<String>,
}

/// A question that a tool wants put to the shopper, in the shopper's words.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct Ask {
    pub ask: String,
    pub question: String,
    pub choices: Vec<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Proving {
    /// A code is on its way to the shopper.
    Sent {
        words: String,
    },
    /// Of an order (its number) or of a customer.
    Proved {
        order: Option<String>,
        name: Option<String>,
    },
    Asks(Ask),
}

/// What one of these tools gave back.
#[derive(Clone, Debug, PartialEq)]
pub enum Goods {
    Search(Search),
    Product(Product),
    /// Several products fit a name equally.
    Which(Vec<Product>),
    Sized(Sized),
    Shipping(Shipping),
    Offers(Offers),
    Checked(Checked),
    Added(Added),
    Asks(Ask),
    Proving(Proving),
}

impl Goods {
    /// `None` when the result does not have the tool's shape.
    pub fn read(tool: &str, json: Value) -> Option<Self> {
        if let Some(which) = json.get("which") {
            return parsed(which.clone()).map(Self::Which);
        }
        match tool {
            "search_products" => {
                json.get("products")?;
                parsed(json).map(Self::Search)
            }
            "get_product" => parsed(json)
                .filter(|one: &Product| !one.product_id.is_empty())
                .map(Self::Product),
            "size_guide" => parsed(json)
                .filter(|one: &Sized| {
                    one.size.is_some() || one.question.is_some() || one.none || one.one_size
                })
                .map(Self::Sized),
            "shipping_options" => parsed(json)
                .filter(|one: &Shipping| !one.country.is_empty() || one.question.is_some())
                .map(Self::Shipping),
            "find_offers" => {
                json.get("offers")?;
                parsed(json).map(Self::Offers)
            }
            "check_offer" => parsed(json)
                .filter(|one: &Checked| !one.code.is_empty())
                .map(Self::Checked),
            "add_to_cart" => match json.get("added") {
                Some(added) => parsed(added.clone()).map(Self::Added),
                None => asks(json).map(Self::Asks),
            },
            "verify_identity" => proving(json).map(Self::Proving),
            _ => None,
        }
    }
}

fn proving(json: Value) -> Option<Proving> {
    let text = |key: &str| json.get(key).and_then(Value::as_str).map(str::to_owned);
    if json.get("sent") == Some(&Value::Bool(true)) {
        let words = text("words").unwrap_or_default();
        return Some(Proving::Sent { words });
    }
    if text("proved").is_some() {
        return Some(Proving::Proved {
            order: text("order_number"),
            name: text("first_name"),
        });
    }
    asks(json).map(Proving::Asks)
}

fn asks(json: Value) -> Option<Ask> {
    parsed(json).filter(|ask: &Ask| !ask.question.is_empty())
}

fn parsed<T: for<'a> Deserialize<'a>>(json: Value) -> Option<T> {
    serde_json::from_value(json).ok()
}
