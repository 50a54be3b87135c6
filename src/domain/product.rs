//! What the shop sells.

use serde::{Deserialize, Serialize};

use super::ids::{ProductId, Sku};
use super::money::Money;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    pub id: ProductId,
    pub title: String,
    pub brand: String,
    /// Lower case with hyphens: "rain-jackets".
    pub category: String,
    /// "women", "men", "unisex" or "kids".
    pub department: String,
    pub description: String,
    pub material: String,
    pub care: String,
    pub fit: String,
    pub features: Vec<String>,
    pub tags: Vec<String>,
    pub price: Money,
    /// What the shop pays; never shown to a shopper or a model.
    pub cost: Money,
    /// The former price as the shop gives it; see `reduced_from`.
    pub compare_at: Option<Money>,
    pub final_sale: bool,
    /// Cannot come back once opened.
    pub hygiene: bool,
    pub weight_g: u32,
    /// Address of the shop's own picture; without one this server draws it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    pub variants: Vec<Variant>,
    pub reviews: Vec<Review>,
}

impl Product {
    pub fn variant(&self, sku: &Sku) -> Option<&Variant> {
        self.variants.iter().find(|variant| variant.sku == *sku)
    }

    /// What one piece of a variant costs now.
    pub fn price_of(&self, variant: &Variant) -> Money {
        variant.price.unwrap_or(self.price)
    }

    /// What it cost before it was reduced. A shop's feed may give the same price, or 0, for what is
    /// not.
    pub fn reduced_from(&self) -> Option<Money> {
        let is_higher = |before: &Money| {
            before.currency == self.price.currency && before.minor > self.price.minor
        };
        self.compare_at.filter(is_higher)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant {
    pub sku: Sku,
    pub color: String,
    pub size: String,
    pub stock: i64,
    /// Where this one costs something else than the product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Money>,
}

/// A shopper's review: untrusted text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    pub rating: u8,
    pub title: String,
    pub text: String,
    pub by: String,
    pub at_ms: i64,
}
