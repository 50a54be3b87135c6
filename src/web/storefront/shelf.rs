//! The products as the pages list them: held in memory by the catalogue's version, with stock read
//! when it is shown.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use serde::Serialize;

use super::front::{Front, failed};
use crate::domain::ids::ProductId;
use crate::domain::limits::{CATALOG_BATCH_ROWS, SHELF_PRODUCTS_MAX};
use crate::domain::product::{Product, Variant};
use crate::shop::links::one_step;
use crate::store::{Store, StoreError};
use crate::web::error::Problem;
use crate::web::pictures::palette;

/// Colours of one product that a list shows as dots.
const DOTS_MAX: usize = 5;

/// All products of one version of the catalogue.
pub struct Shelf {
    version: i64,
    pub products: Vec<Product>,
}

/// The newest shelf that was read.
#[derive(Default)]
pub struct Shelves(RwLock<Option<Arc<Shelf>>>);

impl Shelves {
    async fn newest(&self, store: &Store) -> Result<Arc<Shelf>, StoreError> {
        let version = store.catalog_version().await?;
        let known = self
            .0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Some(known) = known.filter(|known| known.version == version) {
            return Ok(known);
        }
        let mut products: Vec<Product> = Vec::new();
        while products.len() < SHELF_PRODUCTS_MAX {
            let after = products.last().map(|last| &last.id);
            let page = store.products(after, CATALOG_BATCH_ROWS).await?;
            if page.is_empty() {
                break;
            }
            products.extend(page);
        }
        let read = Arc::new(Shelf { version, products });
        let mut newest = self.0.write().unwrap_or_else(PoisonError::into_inner);
        *newest = Some(read.clone());
        Ok(read)
    }
}

/// A product in a list.
#[derive(Clone, Serialize)]
pub struct Tile {
    pub id: String,
    pub href: String,
    pub title: String,
    pub brand: String,
    pub price: String,
    pub before: Option<String>,
    pub picture: String,
    pub color: String,
    pub dots: Vec<Dot>,
    pub more_dots: usize,
    pub rating: Option<Rating>,
    pub sold_out: bool,
    pub final_sale: bool,
}

/// A colour as a dot.
#[derive(Clone, Serialize)]
pub struct Dot {
    pub name: String,
    pub fill: String,
}

#[derive(Clone, Serialize)]
pub struct Rating {
    /// "4.5"
    pub words: String,
    pub stars: Vec<&'static str>,
    pub count: usize,
}

impl Front {
    pub async fn shelf(&self) -> Result<Arc<Shelf>, Problem> {
        let shelves = &self.storefront.shelves;
        shelves.newest(&self.site.shop.store).await.map_err(failed)
    }

    /// What can be bought now of each product.
    pub async fn in_stock(
        &self,
        products: &[&Product],
    ) -> Result<HashMap<ProductId, Vec<Variant>>, Problem> {
        let ids: Vec<ProductId> = products.iter().map(|product| product.id.clone()).collect();
        let found = self.site.shop.store.in_stock(ids.clone()).await;
        Ok(ids.into_iter().zip(found.map_err(failed)?).collect())
    }

    /// Products as a list shows them.
    pub async fn tiles(&self, products: &[&Product]) -> Result<Vec<Tile>, Problem> {
        let stock = self.in_stock(products).await?;
        let there = |product: &Product| stock.get(&product.id).map_or(&[][..], Vec::as_slice);
        let tiles = products.iter().map(|one| tile(one, there(one), ""));
        Ok(tiles.collect())
    }
}

/// One product in a list, with what of it can be bought; `color` is the one to show if it is not
/// the first that is there.
pub fn tile(product: &Product, there: &[Variant], color: &str) -> Tile {
    let colors = colors(product);
    let first = match color {
        "" => there.first().map(|variant| variant.color.as_str()),
        color => Some(color),
    };
    let first = first.or(colors.first().copied()).unwrap_or_default();
    Tile {
        id: product.id.to_string(),
        href: href(product.id.as_str(), color),
        title: product.title.clone(),
        brand: product.brand.clone(),
        price: product.price.to_string(),
        before: product.reduced_from().map(|before| before.to_string()),
        picture: picture(product.id.as_str(), first),
        color: first.to_owned(),
        dots: colors.iter().take(DOTS_MAX).map(|name| dot(name)).collect(),
        more_dots: colors.len().saturating_sub(DOTS_MAX),
        rating: rating(product),
        sold_out: there.is_empty(),
        final_sale: product.final_sale,
    }
}

/// The page of a product, in a colour where one was chosen.
pub fn href(id: &str, color: &str) -> String {
    match color {
        "" => format!("/products/{}", one_step(id)),
        color => format!("/products/{}?color={}", one_step(id), one_step(color)),
    }
}

pub fn picture(id: &str, color: &str) -> String {
    format!("/pictures/{}.svg?color={}", one_step(id), one_step(color))
}

pub fn dot(name: &str) -> Dot {
    Dot {
        name: name.to_owned(),
        fill: palette::cloth(name).base(),
    }
}

/// Colours that a product comes in, in the shop's order.
pub fn colors(product: &Product) -> Vec<&str> {
    let mut colors: Vec<&str> = Vec::new();
    for variant in &product.variants {
        if !variant.color.is_empty() && !colors.contains(&variant.color.as_str()) {
            colors.push(&variant.color);
        }
    }
    colors
}

/// What its reviews come to; nothing where there are none.
pub fn rating(product: &Product) -> Option<Rating> {
    let count = product.reviews.len();
    let sum: usize = product.reviews.iter().map(|r| usize::from(r.rating)).sum();
    // In tenths, rounded.
    let tenths = (sum * 10 + count / 2).checked_div(count)?;
    Some(Rating {
        words: format!("{}.{}", tenths / 10, tenths % 10),
        stars: stars(tenths),
        count,
    })
}

/// Five stars, each "full", "half" or "none", for a rating in tenths.
pub fn stars(tenths: usize) -> Vec<&'static str> {
    let star = |at: usize| match tenths.saturating_sub(at * 10) {
        0..3 => "none",
        3..8 => "half",
        _ => "full",
    };
    (0..5).map(star).collect()
}
