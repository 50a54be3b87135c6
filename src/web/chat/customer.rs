//! Who the shopper is, by the word of the storefront: signing in and out, and what they wrote before.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;

use super::open;
use crate::channels::chat::ChatError;
use crate::channels::customer_token::BadToken;
use crate::domain::identity::{Proof, ProofMethod};
use crate::domain::ids::CustomerId;
use crate::web::Site;
use crate::web::address::Path;
use crate::web::body;
use crate::web::client::Client;
use crate::web::error::Problem;

/// Who writes from here on.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Customer {
    /// Signed by the storefront; null says that nobody is signed in any more. Never left out: a
    /// sign-out must be meant.
    #[serde(deserialize_with = "Option::deserialize")]
    customer_token: Option<String>,
}

/// Whom a token speaks for. A token of a customer whom the shop does not know is a bad token.
pub async fn verified(site: &Site, token: &str) -> Result<CustomerId, Problem> {
    let customer = site.customers.verify(token, site.chat.now_ms())?;
    let known = site
        .shop
        .store
        .customer(&customer)
        .await
        .map_err(ChatError::from)?;
    if known.is_none() {
        return Err(BadToken.into());
    }
    Ok(customer)
}

pub async fn proof(site: &Site, token: Option<&str>) -> Result<Option<Proof>, Problem> {
    let Some(token) = token else {
        return Ok(None);
    };
    let customer = verified(site, token).await?;
    let method = ProofMethod::Token;
    Ok(Some(Proof::Customer { customer, method }))
}

/// Signs the shopper in, as somebody else, or out.
pub async fn identify(
    State(site): State<Site>,
    Path(id): Path<String>,
    client: Client,
    body: Body,
) -> Result<Response, Problem> {
    let opened = open(&site, &id, client.bearer()).await?;
    let id = &opened.id;
    site.rates.message(id, &client.origin(&site))?;
    let Customer { customer_token } = body::json(body).await?;
    let proof = proof(&site, customer_token.as_deref()).await?;
    let signed_in = proof.is_some();
    let identified = site.chat.identify(id, proof).await?;
    let answer = json!({
        "signed_in": signed_in, "hidden_through": identified.hidden_through,
        "seq": identified.last_seq,
    });
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response())
}

/// The chats of the customer whose token comes with the request.
pub async fn conversations(State(site): State<Site>, client: Client) -> Result<Response, Problem> {
    let token = client.bearer().ok_or(BadToken)?;
    let customer = verified(&site, token).await?;
    let conversations = site.chat.conversations(&customer).await?;
    let answer = json!({ "conversations": conversations });
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response())
}
