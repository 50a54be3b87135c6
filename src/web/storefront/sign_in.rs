//! Signing in by choosing one of the demo shoppers: what a shop's own log-in ends with is a token
//! that it signs, and this one signs the same.

use std::sync::LazyLock;
use std::time::Duration;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::cart::form;
use super::cookies;
use super::frame::Head;
use super::front::{Front, failed, go_to};
use super::words;
use crate::domain::ids::CustomerId;
use crate::domain::limits::{CUSTOMER_TOKEN_TTL, DEMO_SIGN_IN_TTL};
use crate::shop::demo;
use crate::web::Site;
use crate::web::error::Problem;

static SITUATIONS: LazyLock<File> = LazyLock::new(|| {
    toml::from_str(include_str!("../assets/storefront/shoppers.toml"))
        .expect("a test reads this file, which is part of the binary")
});

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    shopper: Vec<Situation>,
}

/// What a demo shopper is waiting for, and what one may try as them.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Situation {
    email: String,
    words: String,
    #[serde(rename = "try")]
    to_try: Vec<String>,
}

pub fn situation(email: &str) -> Option<&'static Situation> {
    let is_theirs = |known: &&Situation| known.email == email;
    SITUATIONS.shopper.iter().find(is_theirs)
}

#[derive(Serialize)]
struct Page {
    shoppers: Vec<Choice>,
}

#[derive(Serialize)]
struct Choice {
    name: String,
    initials: String,
    email: String,
    orders: usize,
    here: bool,
    situation: Option<&'static Situation>,
}

pub async fn page(front: Front) -> Result<Response, Problem> {
    let store = &front.site.shop.store;
    let mut shoppers = Vec::new();
    for shopper in demo::shoppers(store).await.map_err(failed)? {
        let customer = store.customer_by_email(&shopper.email).await;
        let Some(customer) = customer.map_err(failed)? else {
            continue;
        };
        let initial = |name: &str| name.chars().next();
        let initials = [&customer.first_name, &customer.last_name];
        shoppers.push(Choice {
            name: format!("{} {}", customer.first_name, customer.last_name),
            initials: initials
                .into_iter()
                .filter_map(|name| initial(name))
                .collect(),
            here: front
                .shopper
                .as_ref()
                .is_some_and(|here| here.id == customer.id),
            orders: shopper.orders.len(),
            situation: situation(&shopper.email),
            email: shopper.email,
        });
    }
    let title = words::say("sign_in_title", ());
    front.page(
        "sign-in.html",
        &Head::new("sign-in", &title),
        &Page { shoppers },
    )
}

pub async fn choose(State(site): State<Site>, request: Request) -> Result<Response, Problem> {
    let (front, fields) = form(&site, request).await?;
    let store = &site.shop.store;
    // Nobody but the named shoppers of the demo: a real customer has a log-in of the shop's.
    let named = demo::shoppers(store).await.map_err(failed)?;
    let email = fields.one("email");
    let Some(shopper) = named.into_iter().find(|known| known.email == email) else {
        return Ok(go_to("/sign-in"));
    };
    let customer = store.customer_by_email(&shopper.email).await;
    let Some(customer) = customer.map_err(failed)? else {
        return Ok(go_to("/sign-in"));
    };
    let token = signed(&front, &customer.id, DEMO_SIGN_IN_TTL)?;
    let profile = &site.shop.profile;
    let cookie = cookies::set(profile, cookies::SHOPPER, &token, DEMO_SIGN_IN_TTL);
    let mut response = go_to("/account");
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

pub async fn leave(State(site): State<Site>, request: Request) -> Result<Response, Problem> {
    form(&site, request).await?;
    let profile = &site.shop.profile;
    let cookie = cookies::set(profile, cookies::SHOPPER, "", Duration::ZERO);
    let mut response = go_to("/");
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

/// A token for the chat, of whoever has signed in here.
pub async fn token(front: Front) -> Result<Response, Problem> {
    front.must_be_ours()?;
    let token = match &front.shopper {
        Some(shopper) => Some(signed(&front, &shopper.id, CUSTOMER_TOKEN_TTL)?),
        None => None,
    };
    let mut response = Json(json!({"customer_token": token})).into_response();
    let no_store = HeaderValue::from_static("no-store");
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, no_store);
    Ok(response)
}

fn signed(front: &Front, customer: &CustomerId, ttl: Duration) -> Result<String, Problem> {
    let token = front.site.customers.issue(customer, front.now_ms, ttl);
    token.map_err(|error| {
        tracing::error!(%error, "a customer token cannot be signed");
        Problem::failed()
    })
}
