//! `/`: the shop's start page; where there is no storefront, the page that says what runs here.

use std::collections::BTreeSet;

use axum::extract::{Request, State};
use axum::response::Response;
use serde::Serialize;

use super::frame::Head;
use super::front::Front;
use super::groups;
use super::shelf::{Tile, rating};
use crate::domain::policy::ReturnRules;
use crate::domain::product::Product;
use crate::web::error::Problem;
use crate::web::{Site, home};

/// Products in each row of the page.
const ROW: usize = 8;
/// From here on, in tenths of stars, a product counts as loved.
const LOVED_TENTHS: u32 = 45;

#[derive(Serialize)]
struct Page {
    groups: Vec<groups::Tile<'static>>,
    loved: Vec<Tile>,
    reduced: Vec<Tile>,
    hero: [&'static str; 3],
    products: usize,
    return_days: Option<u32>,
    free_from: Option<String>,
}

pub async fn page(State(site): State<Site>, request: Request) -> Result<Response, Problem> {
    if site.storefront.is_none() {
        return home::page(State(site)).await;
    }
    let front = Front::of(&site, request.uri(), request.headers()).await?;
    let shelf = front.shelf().await?;
    let loved = one_of_each_category(shelf.products.iter().filter(|one| is_loved(one)));
    let reduced = one_of_each_category(
        shelf
            .products
            .iter()
            .filter(|one| one.reduced_from().is_some()),
    );
    let page = Page {
        groups: groups::tiles(),
        loved: front.tiles(&loved).await?,
        reduced: front.tiles(&reduced).await?,
        hero: [
            "/pictures/p-0001.svg?color=moss%20green",
            "/pictures/p-0160.svg?color=dark%20brown",
            "/pictures/p-0183.svg?color=rust",
        ],
        products: shelf.products.len(),
        return_days: return_days(&front),
        free_from: free_from(&front),
    };
    front.page("start.html", &Head::new("start", ""), &page)
}

/// How long something may come back, by the policy in force.
fn return_days(front: &Front) -> Option<u32> {
    let today = front.site.shop.day(front.now_ms);
    let rules = front.storefront.knowledge.rules("returns", today);
    let rules: Option<(ReturnRules, _)> = rules.ok()?;
    Some(rules?.0.window_days)
}

/// From which value on standard shipping at home is free.
fn free_from(front: &Front) -> Option<String> {
    let shop = &front.site.shop;
    let terms = shop.terms.shipping.as_ref()?;
    let version = terms.in_force(shop.day(front.now_ms))?;
    let service = version.service("IE", "standard")?;
    Some(service.free_from?.to_string())
}

fn is_loved(product: &Product) -> bool {
    let stars: u32 = product.reviews.iter().map(|r| u32::from(r.rating)).sum();
    let count = u32::try_from(product.reviews.len()).unwrap_or(u32::MAX);
    count >= 2 && rating(product).is_some() && stars * 10 >= LOVED_TENTHS * count
}

/// The first of each category, so that a row shows what there is.
fn one_of_each_category<'a>(products: impl Iterator<Item = &'a Product>) -> Vec<&'a Product> {
    let mut seen = BTreeSet::new();
    products
        .filter(|product| !product.final_sale && seen.insert(&product.category))
        .take(ROW)
        .collect()
}
