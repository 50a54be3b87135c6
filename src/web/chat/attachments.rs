//! Pictures over HTTP. The link is the permission to see one: an image tag sends no token.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::open;
use crate::domain::limits;
use crate::web::Site;
use crate::web::address::Path;
use crate::web::body;
use crate::web::client::Client;
use crate::web::error::Problem;

pub const CORP: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
/// Whatever a browser takes the bytes for, nothing in them runs.
const POLICY: &str = "default-src 'none'; sandbox";

pub async fn add(
    State(site): State<Site>,
    Path(id): Path<String>,
    client: Client,
    body: Body,
) -> Result<Response, Problem> {
    let opened = open(&site, &id, client.bearer()).await?;
    let id = &opened.id;
    site.rates.picture(id, &client.origin(&site))?;
    let bytes = body::bytes(body, limits::IMAGE_BYTES_MAX, limits::IMAGE_READ_TIMEOUT).await?;
    let attachment = site.chat.attach(id, bytes).await?;
    let answer = json!({
        "attachment": attachment.attachment, "type": attachment.kind,
        "bytes": attachment.bytes, "link": attachment.link(),
    });
    let headers = [(header::CACHE_CONTROL, "no-store")];
    Ok((StatusCode::CREATED, headers, Json(answer)).into_response())
}

pub async fn picture(
    State(site): State<Site>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let found = site.chat.picture(&id).await?;
    let (kind, bytes) = found.ok_or_else(Problem::no_such_picture)?;
    let headers = [
        (header::CONTENT_TYPE, kind.media_type()),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "private, max-age=3600"),
        (CORP, "cross-origin"),
    ];
    Ok((headers, bytes).into_response())
}
