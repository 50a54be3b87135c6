//! What every page starts from: the shop, who has signed in, what is in the cart.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};

use super::cookies::{self, Cart};
use super::fields::Fields;
use super::same_site::is_ours;
use super::{Site, Storefront};
use crate::domain::customer::Customer;
use crate::store::StoreError;
use crate::web::error::Problem;

/// A request for a page of the storefront. Where there is none, there is no such page.
pub struct Front {
    pub site: Site,
    pub storefront: Arc<Storefront>,
    pub shopper: Option<Customer>,
    pub cart: Cart,
    pub query: Fields,
    pub path: String,
    pub headers: HeaderMap,
    /// Now, for everything that one page says.
    pub now_ms: i64,
}

impl FromRequestParts<Site> for Front {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Problem> {
        Self::of(site, &parts.uri, &parts.headers).await
    }
}

impl Front {
    pub async fn of(site: &Site, uri: &Uri, headers: &HeaderMap) -> Result<Self, Problem> {
        let storefront = site.storefront.clone();
        let storefront = storefront.ok_or_else(|| Problem::no_such_page(uri.path()))?;
        let now_ms = site.shop.clock.now_ms();
        let cart = cookies::sent(headers, cookies::CART).map(Cart::read);
        Ok(Self {
            shopper: shopper(site, headers, now_ms).await?,
            site: site.clone(),
            storefront,
            cart: cart.unwrap_or_default(),
            query: Fields::of_query(uri),
            path: uri.path().to_owned(),
            headers: headers.clone(),
            now_ms,
        })
    }

    /// Goes on only with what the shop's own pages have sent.
    pub fn must_be_ours(&self) -> Result<(), Problem> {
        match is_ours(&self.headers, &self.site.shop.profile) {
            true => Ok(()),
            false => Err(Problem::cross_site()),
        }
    }

    /// Does a program ask, or a script of the page?
    pub fn wants_json(&self) -> bool {
        let accepts = self.headers.get(header::ACCEPT);
        let accepts = accepts.and_then(|value| value.to_str().ok());
        accepts.is_some_and(|value| value.contains("application/json"))
    }

    /// The cart goes along with an answer.
    pub fn keep_cart(&self, response: &mut Response) {
        let cookie = self.cart.cookie(&self.site.shop.profile);
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

/// Whose token the browser holds; nobody when it is none, has run out, or theirs who is gone.
async fn shopper(
    site: &Site,
    headers: &HeaderMap,
    now_ms: i64,
) -> Result<Option<Customer>, Problem> {
    let Some(token) = cookies::sent(headers, cookies::SHOPPER) else {
        return Ok(None);
    };
    match site.customers.verify(token, now_ms) {
        Ok(customer) => site.shop.store.customer(&customer).await.map_err(failed),
        Err(_) => Ok(None),
    }
}

/// What the store could not do, for whoever waits for a page.
pub fn failed(error: StoreError) -> Problem {
    tracing::error!(%error, "a page of the storefront failed");
    Problem::failed()
}

/// Goes on at another page, which is asked for with GET.
pub fn go_to(path: &str) -> Response {
    let mut response = Redirect::to(path).into_response();
    let no_store = HeaderValue::from_static("no-store");
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, no_store);
    response
}
