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
        Ok(_) => Ok(Json(json!({ "status": "ready", "model": model(&site) }))),
        Err(error) => {
            tracing::error!(%error, "the database does not answer");
            Err(Problem::not_ready())
        }
    }
}

/// Whether all endpoints of the model are asked. No reason not to be ready: another one stands in. Which
/// one it is and what it said is in the log, for the operator alone.
fn model(site: &Site) -> &'static str {
    match site.chat.model_is_degraded() {
        false => "ok",
        true => "degraded",
    }
}
