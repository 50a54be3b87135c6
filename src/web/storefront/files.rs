//! The storefront's script, styles and mark. The addresses of the first two name their content, so
//! that a browser keeps them for as long as it likes.

use std::sync::LazyLock;

use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::front::Front;
use crate::domain::ids::sha256_hex;

const SCRIPT: &str = include_str!("../assets/storefront/demo.js");
const STYLES: &str = include_str!("../assets/storefront/demo.css");
const MARK: &str = include_str!("../assets/storefront/mark.svg");
const KEPT: &str = "public, max-age=31536000, immutable";

static SCRIPT_ADDRESS: LazyLock<String> = LazyLock::new(|| address("/demo.js", SCRIPT));
static STYLES_ADDRESS: LazyLock<String> = LazyLock::new(|| address("/demo.css", STYLES));

pub fn js_address() -> &'static str {
    &SCRIPT_ADDRESS
}

pub fn css_address() -> &'static str {
    &STYLES_ADDRESS
}

fn address(path: &str, content: &str) -> String {
    format!("{path}?v={}", &sha256_hex(content)[..12])
}

pub async fn script(_: Front) -> Response {
    answer("text/javascript; charset=utf-8", SCRIPT, KEPT)
}

pub async fn styles(_: Front) -> Response {
    answer("text/css; charset=utf-8", STYLES, KEPT)
}

/// The shop's mark, for a browser's tabs.
pub async fn mark(_: Front) -> Response {
    answer("image/svg+xml", MARK, "public, max-age=86400")
}

fn answer(kind: &'static str, text: &'static str, kept: &'static str) -> Response {
    let headers = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, kept)];
    (headers, text).into_response()
}
