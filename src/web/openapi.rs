//! `/openapi.json`: the HTTP interface described for programs (OpenAPI 3.1). A test holds it against
//! the routes, and sends its examples.

use axum::http::header;
use axum::response::{IntoResponse, Response};

/// The description as it is served.
pub const DOCUMENT: &str = include_str!("assets/openapi.json");

pub async fn document() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "max-age=300"),
    ];
    (headers, DOCUMENT).into_response()
}
