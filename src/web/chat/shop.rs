//! What a chat window says before anybody has written: whose shop it is, whether people answer, what
//! may be sent.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::domain::limits;
use crate::web::Site;

pub async fn shop(State(site): State<Site>) -> Response {
    let people = site.chat.people();
    let answer = json!({
        "name": site.shop.profile.name,
        "url": site.shop.profile.url,
        "people": {"open": people.open, "words": people.words},
        "limits": {
            "message_bytes": limits::MESSAGE_BYTES_MAX,
            "image_bytes": limits::IMAGE_BYTES_MAX,
            "images_per_message": limits::IMAGES_PER_MESSAGE_MAX,
        },
    });
    ([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response()
}
