//! What a request's address carries. An address that cannot be read is a problem like every other.

use axum::extract::{self, FromRequestParts};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::error::Problem;

/// The variable parts of the path.
pub struct Path<T>(pub T);

impl<S, T> FromRequestParts<S> for Path<T>
where
    S: Send + Sync,
    T: DeserializeOwned + Send,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let read = extract::Path::from_request_parts(parts, state).await;
        let extract::Path(path) =
            read.map_err(|wrong| Problem::address(wrong.status(), &wrong.body_text()))?;
        Ok(Self(path))
    }
}

/// The parameters behind the question mark.
pub struct Query<T>(pub T);

impl<S, T> FromRequestParts<S> for Query<T>
where
    S: Send + Sync,
    T: DeserializeOwned + Send,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let read = extract::Query::from_request_parts(parts, state).await;
        let extract::Query(query) =
            read.map_err(|wrong| Problem::address(wrong.status(), &wrong.body_text()))?;
        Ok(Self(query))
    }
}
