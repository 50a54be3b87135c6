//! Return slips as PDF under their unguessable links. The link is the permission: it is printed and
//! passed on by hand.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::Site;
use super::address::{Path, Query};
use super::error::Problem;
use crate::shop::slip::{self, Paper};

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
    let registered = site
        .shop
        .store
        .return_by_slip(token)
        .await
        .map_err(|e| failed(&e))?;
    let registered = registered.ok_or_else(Problem::no_such_slip)?;
    let pdf = slip::render(&registered, &site.shop.profile, paper);
    let name = format!("inline; filename=\"{}.pdf\"", registered.number);
    let headers = [
        (header::CONTENT_TYPE, "application/pdf"),
        (header::CONTENT_DISPOSITION, name.as_str()),
        (header::CACHE_CONTROL, "private, no-store"),
    ];
    Ok((headers, pdf).into_response())
}
