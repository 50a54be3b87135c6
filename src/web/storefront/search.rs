//! `/search?q=`: the catalogue's own search, which reads wishes out of words as the chat does.

use axum::response::Response;
use minijinja::context;
use serde::Serialize;

use super::frame::Head;
use super::front::{Front, failed};
use super::shelf::{Tile, tile};
use super::{groups, words};
use crate::domain::limits::PRODUCT_POOL_MAX;
use crate::domain::product::Product;
use crate::knowledge::catalog::find::Answer;
use crate::knowledge::catalog::wishes::Asked;
use crate::web::error::Problem;

#[derive(Serialize)]
struct Page<'a> {
    query: &'a str,
    summary: String,
    products: Vec<Tile>,
    /// What misses something of what was asked.
    near: Vec<Tile>,
    sold_out: Vec<Tile>,
    groups: Vec<groups::Tile<'static>>,
}

pub async fn page(front: Front) -> Result<Response, Problem> {
    let query = front.query.one("q");
    let answer = match query {
        "" => None,
        query => find(&front, query).await?,
    };
    let page = match &answer {
        Some(answer) => found(query, answer),
        None => Page {
            query,
            summary: words::say("search_empty", ()),
            products: Vec::new(),
            near: Vec::new(),
            sold_out: Vec::new(),
            groups: groups::tiles(),
        },
    };
    let title = words::say("search_title", context! { query });
    front.page("search.html", &Head::new("search", &title), &page)
}

/// What the catalogue has of the words; nothing where they are no wish at all.
async fn find(front: &Front, query: &str) -> Result<Option<Answer>, Problem> {
    let catalog = &front.storefront.catalog;
    let snapshot = catalog.snapshot().await.map_err(failed)?;
    let asked = Asked {
        query: query.to_owned(),
        ..Asked::default()
    };
    let currency = front.site.shop.profile.currency;
    let Ok(wishes) = asked.wishes(&snapshot, currency) else {
        return Ok(None);
    };
    if wishes.are_empty() && wishes.unknown.is_empty() {
        return Ok(None);
    }
    let answer = catalog.find(&snapshot, &wishes, PRODUCT_POOL_MAX).await;
    answer.map(Some).map_err(failed)
}

fn found<'a>(query: &'a str, answer: &Answer) -> Page<'a> {
    let total = answer.total;
    let near = answer.nothing.iter().flat_map(|(_, near)| near);
    let gone = |product: &Product| tile(product, &[], "");
    let shown = answer.products.len();
    Page {
        query,
        summary: match answer.nothing {
            Some(_) => words::say("search_nothing", context! { query }),
            None => words::say("search_found", context! { query, total, shown }),
        },
        products: answer
            .products
            .iter()
            .map(|one| {
                // In the colour that was asked for, where one was.
                let all = one.product.variants.iter().filter(|v| v.stock > 0).count();
                let color = one.variants.first().map(|v| v.color.as_str());
                let color = color.filter(|_| one.variants.len() < all);
                tile(&one.product, &one.variants, color.unwrap_or_default())
            })
            .collect(),
        near: near
            .map(|one| tile(&one.product, &one.variants, ""))
            .collect(),
        sold_out: answer.sold_out.iter().map(gone).collect(),
        groups: match answer.nothing {
            Some(_) => groups::tiles(),
            None => Vec::new(),
        },
    }
}
