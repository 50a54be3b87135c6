//! Request bodies: JSON under a limit, read whole before anything is decided.

use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use futures_util::StreamExt as _;
use serde::de::{DeserializeOwned, IgnoredAny};
use tokio::time::timeout;

use super::error::Problem;
use crate::domain::limits;

/// Reads a body as JSON of a shape; an empty one is `{}`.
pub async fn json<T: DeserializeOwned>(body: Body) -> Result<T, Problem> {
    let bytes = bytes(body, limits::BODY_BYTES_MAX, limits::BODY_READ_TIMEOUT).await?;
    let text = std::str::from_utf8(&bytes).map_err(|e| Problem::not_utf8(e.valid_up_to()))?;
    let text = if text.trim().is_empty() { "{}" } else { text };
    let wrong = |error| Problem::not_the_json(&error);
    if !text.trim_start().starts_with('{') {
        // A list would be read as a shape's fields in their order, which nobody means.
        serde_json::from_str::<IgnoredAny>(text).map_err(wrong)?;
        return Err(Problem::not_an_object());
    }
    serde_json::from_str(text).map_err(wrong)
}

/// Reads a body whole, whatever it holds.
pub async fn bytes(body: Body, bytes_max: usize, within: Duration) -> Result<Vec<u8>, Problem> {
    timeout(within, read(body, bytes_max))
        .await
        .map_err(|_| Problem::body_too_slow(within))?
}

/// Reads at most the limit. What is above it is read on for a while and dropped: a sender that is
/// cut off in the middle of a body never sees why.
async fn read(body: Body, bytes_max: usize) -> Result<Vec<u8>, Problem> {
    let discarded_max = bytes_max + limits::BODY_DISCARDED_BYTES_MAX;
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > discarded_max {
        return Err(Problem::body_too_large(bytes_max));
    }
    let mut kept = Vec::new();
    let mut seen = 0_usize;
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Problem::body_cut_off())?;
        seen += chunk.len();
        if seen > discarded_max {
            break;
        }
        if seen <= bytes_max {
            kept.extend_from_slice(&chunk);
        }
    }
    if seen > bytes_max {
        return Err(Problem::body_too_large(bytes_max));
    }
    Ok(kept)
}
