//! One line of `products.jsonl`.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::Settings;
use super::fields::{self, Amount};
use crate::domain::ids::{ProductId, Sku};
use crate::domain::money::Money;
use crate::domain::product::{Product, Review, Variant};

const DAY_MS: i64 = 86_400_000;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProductRow {
    id: String,
    title: String,
    #[serde(default)]
    brand: String,
    #[serde(default)]
    category: String,
    #[serde(default)]
    department: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    material: String,
    #[serde(default)]
    care: String,
    #[serde(default)]
    fit: String,
    #[serde(default)]
    features: Vec<String>,
    #[serde(default)]
    tags: Vec<String>,
    price: Amount,
    #[serde(default)]
    cost: Option<Amount>,
    #[serde(default)]
    compare_at: Option<Amount>,
    #[serde(default)]
    final_sale: bool,
    #[serde(default)]
    hygiene: bool,
    #[serde(default)]
    weight_g: u32,
    #[serde(default)]
    picture: Option<String>,
    #[serde(default)]
    variants: Vec<VariantRow>,
    #[serde(default)]
    reviews: Vec<ReviewRow>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct VariantRow {
    sku: String,
    #[serde(default)]
    color: String,
    #[serde(default)]
    size: String,
    #[serde(default)]
    stock: i64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReviewRow {
    rating: u8,
    #[serde(default)]
    title: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    by: String,
    #[serde(default)]
    at: Option<String>,
    #[serde(default)]
    days_ago: Option<u32>,
}

impl ProductRow {
    pub fn product(self, settings: &Settings) -> Result<Product, String> {
        fields::not_too_many(&self.variants, "variants")?;
        fields::not_too_many(&self.reviews, "reviews")?;
        let currency = settings.currency;
        let amount = |amount: &Option<Amount>, field: &str| -> Result<Option<Money>, String> {
            amount
                .as_ref()
                .map(|amount| amount.money(field, currency))
                .transpose()
        };
        let all = |list: &[String], field: &str| -> Result<Vec<String>, String> {
            fields::not_too_many(list, field)?;
            list.iter()
                .map(|text| fields::line(text, field, 200))
                .collect()
        };
        Ok(Product {
            id: ProductId::new(fields::required(&self.id, "id", 100)?),
            title: fields::required(&self.title, "title", 300)?,
            brand: fields::line(&self.brand, "brand", 200)?,
            category: fields::line(&self.category, "category", 100)?,
            department: fields::line(&self.department, "department", 100)?,
            description: fields::prose(&self.description, "description", 20_000)?,
            material: fields::prose(&self.material, "material", 2_000)?,
            care: fields::prose(&self.care, "care", 2_000)?,
            fit: fields::prose(&self.fit, "fit", 2_000)?,
            features: all(&self.features, "features")?,
            tags: all(&self.tags, "tags")?,
            price: self.price.money("price", currency)?,
            cost: fields::optional(self.cost.as_ref(), "cost", currency)?,
            compare_at: amount(&self.compare_at, "compare_at")?,
            final_sale: self.final_sale,
            hygiene: self.hygiene,
            weight_g: self.weight_g,
            picture: picture(self.picture.as_deref())?,
            variants: variants(&self.variants)?,
            reviews: self
                .reviews
                .iter()
                .map(|row| review(row, settings))
                .collect::<Result<_, _>>()?,
        })
    }
}

/// An address that a browser can load a picture from, or none.
fn picture(address: Option<&str>) -> Result<Option<String>, String> {
    let Some(address) = address.map(str::trim).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let address = fields::line(address, "picture", 2_000)?;
    let is_web = address.starts_with("https://") || address.starts_with("http://");
    let is_one_word = !address.contains(|c: char| c.is_whitespace() || "<>\"'`\\".contains(c));
    if is_web && is_one_word {
        Ok(Some(address))
    } else {
        Err(format!(
            "picture: {address:?} is not an address that starts with https://"
        ))
    }
}

fn variants(rows: &[VariantRow]) -> Result<Vec<Variant>, String> {
    let mut seen = BTreeSet::new();
    rows.iter()
        .map(|row| {
            if !seen.insert(row.sku.as_str()) {
                return Err(format!("sku \"{}\" is there twice", row.sku));
            }
            Ok(Variant {
                price: None,
                sku: Sku::new(fields::required(&row.sku, "sku", 100)?),
                color: fields::line(&row.color, "color", 100)?,
                size: fields::line(&row.size, "size", 100)?,
                stock: row.stock,
            })
        })
        .collect()
}

fn review(row: &ReviewRow, settings: &Settings) -> Result<Review, String> {
    if !(1..=5).contains(&row.rating) {
        return Err(format!("rating: {} is not 1 to 5", row.rating));
    }
    let at_ms = match (&row.at, row.days_ago) {
        (Some(at), _) => fields::instant(at, "reviews.at", &settings.zone)?,
        (None, days_ago) => settings.now_ms - i64::from(days_ago.unwrap_or(0)) * DAY_MS,
    };
    Ok(Review {
        rating: row.rating,
        title: fields::line(&row.title, "reviews.title", 300)?,
        text: fields::prose(&row.text, "reviews.text", 20_000)?,
        by: fields::line(&row.by, "reviews.by", 200)?,
        at_ms,
    })
}
