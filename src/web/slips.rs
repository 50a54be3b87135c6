//! Return slips as PDF under their unguessable links. The link is the permission: it is printed and
//! passed on by hand.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::Site;
use super::address::{Path, Query};
use super::error::Problem;
use crate::shop::slip::{self, Paper, Slip};
use crate::store::StoreError;

#[derive(Deserialize)]
pub struct Size {
    size: Option<String>,
}

pub async fn slip(
    State(site): State<Site>,
    Path(file): Path<String>,
    Query(asked): Query<Size>,
) -> Result<Response, Problem> {
    let paper = match asked.size.as_deref() {
        None | Some("a4") => Paper::A4,
        Some("a6") => Paper::A6,
        Some(_) => return Err(Problem::query("size", "a4 or a6")),
    };
    let token = file
        .strip_suffix(".pdf")
        .ok_or_else(Problem::no_such_slip)?;
    let failed = |error: &dyn std::fmt::Display| {
        tracing::error!(%error, "a return slip cannot be made");
        Problem::failed()
    };
    let found = found(&site, token).await.map_err(|e| failed(&e))?;
    let found = found.ok_or_else(Problem::no_such_slip)?;
    let name = format!("inline; filename=\"{}.pdf\"", found.number);
    let pdf = slip::render(found, &site.shop.profile, paper);
    let headers = [
        (header::CONTENT_TYPE, "application/pdf"),
        (header::CONTENT_DISPOSITION, name.as_str()),
        (header::CACHE_CONTROL, "private, no-store"),
    ];
    Ok((headers, pdf).into_response())
}

/// What the link is of: a return, an exchange or a replacement.
async fn found(site: &Site, token: &str) -> Result<Option<Slip>, StoreError> {
    let store = &site.shop.store;
    if let Some(registered) = store.return_by_slip(token).await? {
        return Ok(Some(Slip::from(&registered)));
    }
    let aftersale = store.aftersale_by_slip(token).await?;
    Ok(aftersale.as_ref().and_then(Slip::of))
}
