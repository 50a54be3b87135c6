//! The demo storefront: the pages of a shop that the chat is at home in. One file per group of
//! pages; what they say is in the templates and words files under `assets/storefront`.
//!
//! The pages work without scripts. What changes something is a form of the shop's own pages
//! (`same_site`), and what a cookie holds is read as if a stranger had written it (`cookies`).

mod account;
mod cart;
mod category;
mod checkout;
mod confirmed;
mod cookies;
mod engineer;
mod fields;
mod files;
mod frame;
mod front;
mod groups;
mod policies;
mod product;
mod same_site;
mod search;
mod shelf;
mod sign_in;
mod start;
mod words;

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderMap, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use super::Site;
use super::error::Problem;
use crate::agent::driver::Assistant;
use crate::customers::Customers;
use crate::knowledge::Knowledge;
use crate::knowledge::catalog::Catalog;
use frame::Templates;
use front::Front;
use shelf::Shelves;

/// What the pages are made from.
pub struct Storefront {
    catalog: Arc<Catalog>,
    knowledge: Arc<Knowledge>,
    customers: Arc<Customers>,
    templates: Templates,
    shelves: Shelves,
}

impl Storefront {
    /// The pages of the shop, where this server shows them.
    pub fn of(assistant: &Assistant) -> Option<Arc<Self>> {
        let parts = &assistant.parts;
        parts.shop.profile.has_storefront.then(|| {
            Arc::new(Self {
                catalog: parts.catalog.clone(),
                knowledge: parts.knowledge.clone(),
                customers: parts.customers.clone(),
                templates: Templates::new(),
                shelves: Shelves::default(),
            })
        })
    }
}

/// Adds the pages. Where there is no storefront they are not found, and `/` says what runs here.
pub fn routes(router: Router<Site>) -> Router<Site> {
    router
        .route("/", get(start::page))
        .route("/categories/{category}", get(category::page))
        .route("/search", get(search::page))
        .route("/products/{product}", get(product::page))
        .route("/cart", get(cart::page))
        .route("/cart/add", post(cart::add))
        .route("/cart/set", post(cart::set))
        .route("/checkout", get(checkout::page).post(checkout::submit))
        .route("/checkout/done/{key}", get(confirmed::page))
        .route("/account", get(account::page))
        .route("/sign-in", get(sign_in::page).post(sign_in::choose))
        .route("/sign-out", post(sign_in::leave))
        .route("/policies/{policy}", get(policies::page))
        .route("/try", get(engineer::page))
        .route("/demo/token", get(sign_in::token))
        .route("/demo.js", get(files::script))
        .route("/demo.css", get(files::styles))
        .route("/demo.svg", get(files::mark))
}

/// What is nowhere: a page of the shop for people, a problem for programs.
pub async fn nothing_here(site: Site, uri: Uri, headers: HeaderMap) -> Response {
    let accepts = headers.get(header::ACCEPT);
    let accepts = accepts.and_then(|value| value.to_str().ok());
    let for_people = accepts.is_some_and(|value| value.contains("text/html"));
    match Front::of(&site, &uri, &headers).await {
        Ok(front) if for_people && !uri.path().starts_with("/api/") => front.missing(),
        _ => Problem::no_such_page(uri.path()).into_response(),
    }
}
