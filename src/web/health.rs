//! For whatever watches the server: is the process there, and can it serve.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::Site;
use super::error::Problem;

/// The process answers.
pub async fn alive() -> Json<Value> {
    Json(json!({"status": "ok"}))
}

/// The database answers too.
pub async fn ready(State(site): State<Site>) -> Result<Json<Value>, Problem> {
    match site.chat.store().unfinished(site.chat.now_ms(), 1).await {
        Ok(_) => Ok(Json(json!({"status": "ready"}))),
        Err(error) => {
            tracing::error!(%error, "the database does not answer");
            Err(Problem::not_ready())
        }
    }
}
