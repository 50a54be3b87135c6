//! The cart: what is in it, and the forms that change it.

use axum::Json;
use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use minijinja::context;
use serde::Serialize;
use serde_json::json;

use super::fields::Fields;
use super::frame::Head;
use super::front::{Front, failed, go_to};
use super::shelf::{href, picture};
use super::words;
use crate::domain::ids::Sku;
use crate::domain::limits::CART_QUANTITY_MAX;
use crate::domain::money::Money;
use crate::domain::product::{Product, Variant};
use crate::web::Site;
use crate::web::error::Problem;

/// A line of the cart as pages show it.
#[derive(Clone, Serialize)]
pub struct Line {
    pub sku: String,
    pub href: String,
    pub picture: String,
    pub title: String,
    pub brand: String,
    pub color: String,
    pub size: String,
    pub quantity: u32,
    /// How many can be chosen.
    pub choices: Vec<u32>,
    pub price: String,
    pub sum: String,
    pub final_sale: bool,
    /// What is in the way of buying it.
    pub problem: Option<String>,
}

#[derive(Serialize)]
struct Page {
    lines: Vec<Line>,
    pieces: u32,
    goods: String,
    buyable: bool,
    gone: usize,
}

/// The cart's lines as the shop has them now, what they are worth, and how many are gone.
pub struct Shown {
    pub lines: Vec<Line>,
    pub goods: Money,
    pub gone: usize,
}

pub async fn page(front: Front) -> Result<Response, Problem> {
    let shown = shown(&front).await?;
    let page = Page {
        buyable: !shown.lines.is_empty() && shown.lines.iter().all(|line| line.problem.is_none()),
        pieces: front.cart.pieces(),
        goods: shown.goods.to_string(),
        lines: shown.lines,
        gone: shown.gone,
    };
    let title = words::say("cart_title", ());
    front.page("cart.html", &Head::new("cart", &title), &page)
}

pub async fn shown(front: &Front) -> Result<Shown, Problem> {
    let store = &front.site.shop.store;
    let mut goods = Money::zero(front.site.shop.profile.currency);
    let (mut lines, mut gone) = (Vec::new(), 0);
    for (sku, quantity) in front.cart.lines() {
        let product = store.product_of_sku(sku).await.map_err(failed)?;
        let variant = product
            .as_ref()
            .and_then(|product| product.variants.iter().find(|one| one.sku == *sku));
        let (Some(product), Some(variant)) = (&product, variant) else {
            gone += 1;
            continue;
        };
        let minor = product.price.minor.saturating_mul(i64::from(*quantity));
        let sum = Money::new(minor, product.price.currency);
        goods = goods.plus(sum).unwrap_or(goods);
        lines.push(line(product, variant, *quantity, sum));
    }
    Ok(Shown { lines, goods, gone })
}

fn line(product: &Product, variant: &Variant, quantity: u32, sum: Money) -> Line {
    let left = variant.stock.max(0);
    let most = u32::try_from(left).unwrap_or(CART_QUANTITY_MAX);
    let most = most.clamp(1, CART_QUANTITY_MAX).max(quantity);
    Line {
        sku: variant.sku.to_string(),
        href: href(product.id.as_str(), &variant.color),
        picture: picture(product.id.as_str(), &variant.color),
        title: product.title.clone(),
        brand: product.brand.clone(),
        color: variant.color.clone(),
        size: variant.size.clone(),
        quantity,
        choices: (1..=most).collect(),
        price: product.price.to_string(),
        sum: sum.to_string(),
        final_sale: product.final_sale,
        problem: match left {
            0 => Some(words::say("line_sold_out", ())),
            left if left < i64::from(quantity) => {
                Some(words::say("line_too_many", context! { left }))
            }
            _ => None,
        },
    }
}

/// Takes a form of ours apart: who sends it, and what it says.
pub async fn form(site: &Site, request: Request) -> Result<(Front, Fields), Problem> {
    let (parts, body): (_, Body) = request.into_parts();
    let front = Front::of(site, &parts.uri, &parts.headers).await?;
    front.must_be_ours()?;
    Ok((front, Fields::of_form(body).await?))
}

pub async fn add(
    axum::extract::State(site): axum::extract::State<Site>,
    request: Request,
) -> Result<Response, Problem> {
    let (mut front, fields) = form(&site, request).await?;
    let sku = Sku::new(fields.one("sku"));
    let quantity = match fields.one("quantity") {
        "" => 1,
        text => text.parse().unwrap_or(0),
    };
    let product = site.shop.store.product_of_sku(&sku).await.map_err(failed)?;
    let known = product.filter(|_| (1..=CART_QUANTITY_MAX).contains(&quantity));
    let Some(product) = known else {
        let said = words::say("not_added", ());
        return match front.wants_json() {
            true => Err(Problem::cart(&said)),
            false => Ok(go_to("/cart")),
        };
    };
    front.cart.add(sku.clone(), quantity);
    let mut response = if front.wants_json() {
        let title = &product.title;
        let said = words::say("added", context! { title });
        Json(json!({"pieces": front.cart.pieces(), "said": said, "cart": front.cart.for_widget()}))
            .into_response()
    } else {
        go_to("/cart")
    };
    front.keep_cart(&mut response);
    Ok(response)
}

pub async fn set(
    axum::extract::State(site): axum::extract::State<Site>,
    request: Request,
) -> Result<Response, Problem> {
    let (mut front, fields) = form(&site, request).await?;
    // What is no number changes nothing.
    if let Ok(quantity) = fields.one("quantity").parse() {
        front.cart.set(&Sku::new(fields.one("sku")), quantity);
    }
    let mut response = go_to("/cart");
    front.keep_cart(&mut response);
    Ok(response)
}
