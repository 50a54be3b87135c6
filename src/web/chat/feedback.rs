//! What a shopper tells the chat beside words: typing, read marks, a rating, the wish for a person.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use super::{Nothing, accepted, open};
use crate::store::feed::Typist;
use crate::web::Site;
use crate::web::address::Path;
use crate::web::body;
use crate::web::client::Client;
use crate::web::error::Problem;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read {
    /// Sequence number of the newest event that was seen.
    through: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rating {
    /// 1 to 5.
    stars: u8,
    remark: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Person {
    client_id: Option<String>,
}

pub async fn typing(
    State(site): State<Site>,
    Path(id): Path<String>,
    client: Client,
    body: Body,
) -> Result<StatusCode, Problem> {
    let opened = open(&site, &id, client.bearer()).await?;
    site.rates.gesture(&opened.id)?;
    let Nothing {} = body::json(body).await?;
    site.chat.typing(&opened.id, Typist::Shopper);
    Ok(StatusCode::NO_CONTENT)
}

pub async fn read(
    State(site): State<Site>,
    Path(id): Path<String>,
    client: Client,
    body: Body,
) -> Result<StatusCode, Problem> {
    let opened = open(&site, &id, client.bearer()).await?;
    site.rates.gesture(&opened.id)?;
    let Read { through } = body::json(body).await?;
    site.chat.read(&opened.id, &opened.head, through).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn rating(
    State(site): State<Site>,
    Path(id): Path<String>,
    client: Client,
    body: Body,
) -> Result<StatusCode, Problem> {
    let opened = open(&site, &id, client.bearer()).await?;
    site.rates.message(&opened.id, &client.origin(&site))?;
    let Rating { stars, remark } = body::json(body).await?;
    let (id, head) = (&opened.id, &opened.head);
    site.chat.rate(id, head, stars, remark).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Asks for a person: no model is asked whether it is meant.
pub async fn person(
    State(site): State<Site>,
    Path(id): Path<String>,
    headers: HeaderMap,
    client: Client,
    body: Body,
) -> Result<Response, Problem> {
    let opened = open(&site, &id, client.bearer()).await?;
    site.rates.message(&opened.id, &client.origin(&site))?;
    let Person { client_id } = body::json(body).await?;
    let asked = site.chat.ask_person(&opened.id, &opened.head, client_id);
    let seq = asked.await?;
    let answer = json!({"seq": seq});
    Ok(accepted(&site, &opened, seq, &headers, answer))
}
