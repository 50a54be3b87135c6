//! The one mapping from what went wrong to HTTP: problem details (RFC 9457) with words that say
//! what to do. Causes go to the log, never into an answer.

mod approvals;
mod chat;

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::channels::customer_token::BadToken;
use crate::store::keys::KeyRole;

/// An answer that is not what was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    status: StatusCode,
    /// The last part of the problem's type: programs tell problems apart by it.
    kind: &'static str,
    title: &'static str,
    detail: String,
    /// Seconds after which asking again makes sense.
    retry_after: Option<u64>,
}

impl Problem {
    fn new(
        status: StatusCode,
        kind: &'static str,
        title: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            status,
            kind,
            title,
            detail: detail.into(),
            retry_after: None,
        }
    }

    pub fn no_such_page(path: &str) -> Self {
        let detail = format!("There is nothing at {path}. GET / says what is here.");
        Self::new(
            StatusCode::NOT_FOUND,
            "no-such-page",
            "No such page",
            detail,
        )
    }

    pub fn method() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method",
            "Method not allowed",
            "This address does not take that method; the Allow header lists those it takes.",
        )
    }

    pub fn no_such_slip() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "no-such-slip",
            "No such return slip",
            "There is no return slip under this link. Check that the whole link was copied, or \
             ask in the chat for the slip again.",
        )
    }

    pub fn body_too_large(limit: usize) -> Self {
        let detail = format!("The body is larger than {limit} bytes, the most that is taken.");
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "body-too-large",
            "Body too large",
            detail,
        )
    }

    pub fn body_too_slow(within: Duration) -> Self {
        let seconds = within.as_secs();
        let detail = format!("The body did not arrive within {seconds} seconds. Send it again.");
        Self::new(
            StatusCode::REQUEST_TIMEOUT,
            "body-too-slow",
            "Body too slow",
            detail,
        )
    }

    /// Too many requests; `wait` is how long until the next one is taken.
    pub fn too_many(wait: Duration) -> Self {
        let seconds = wait.as_secs() + 1;
        let detail = format!(
            "That was a lot at once, so this was not taken in. Please try again in {seconds} {}.",
            if seconds == 1 { "second" } else { "seconds" }
        );
        Self {
            retry_after: Some(seconds),
            ..Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                "too-many",
                "Too many requests",
                detail,
            )
        }
    }

    pub fn origin() -> Self {
        let detail = "Pages of this origin may not use the chat. The shop lists those that may \
                      under allowed_origins in attendant.toml.";
        Self::new(
            StatusCode::FORBIDDEN,
            "origin",
            "Origin not allowed",
            detail,
        )
    }

    pub fn no_such_picture() -> Self {
        let detail = "There is no picture under this link, or it was erased.";
        Self::new(
            StatusCode::NOT_FOUND,
            "no-such-picture",
            "No such picture",
            detail,
        )
    }

    pub fn key() -> Self {
        let detail = "This needs an API key, sent as \"Authorization: Bearer KEY\". Make one with \
                      attendant key add NAME.";
        Self::new(
            StatusCode::UNAUTHORIZED,
            "key",
            "API key is not valid",
            detail,
        )
    }

    /// A key that is for something else.
    pub fn key_role(wanted: KeyRole) -> Self {
        let detail = match wanted {
            KeyRole::Turns => {
                "This key is for approvals and does not speak for shoppers. Make one that does with \
                 attendant key add NAME."
            }
            KeyRole::Approvals => {
                "This key is for a front end and decides nothing. Make one for approvals with \
                 attendant key add NAME --for approvals."
            }
        };
        Self::new(
            StatusCode::FORBIDDEN,
            "key-role",
            "API key is for something else",
            detail,
        )
    }

    /// For who waits for an answer that is not theirs to see any more.
    pub fn somebody_else() -> Self {
        let detail = "Somebody else writes in this conversation by now, so the rest of the answer \
                      is not shown. What was sent before has been taken in.";
        Self::new(
            StatusCode::CONFLICT,
            "somebody-else",
            "Somebody else writes",
            detail,
        )
    }

    pub fn field(field: &str, expected: &str) -> Self {
        let detail = format!("The field {field} must be {expected}.");
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "fields",
            "Fields are not right",
            detail,
        )
    }

    pub fn no_such_customer() -> Self {
        let detail = "The shop has no customer with this e-mail address or id. Leave customer out \
                      to speak for somebody who is not known.";
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "no-such-customer",
            "No such customer",
            detail,
        )
    }

    pub fn body_cut_off() -> Self {
        let detail = "The body ended before it was complete. Send it again.";
        Self::new(
            StatusCode::BAD_REQUEST,
            "body-cut-off",
            "Body cut off",
            detail,
        )
    }

    pub fn not_utf8(valid_up_to: usize) -> Self {
        let detail = format!(
            "The body is not valid UTF-8 from byte {valid_up_to} on. Send JSON encoded as UTF-8."
        );
        Self::new(
            StatusCode::BAD_REQUEST,
            "not-utf8",
            "Body is not UTF-8",
            detail,
        )
    }

    pub fn not_the_json(error: &serde_json::Error) -> Self {
        let (title, kind, status) = match error.classify() {
            serde_json::error::Category::Data => (
                "Fields are not right",
                "fields",
                StatusCode::UNPROCESSABLE_ENTITY,
            ),
            _ => ("Body is not JSON", "not-json", StatusCode::BAD_REQUEST),
        };
        Self::new(
            status,
            kind,
            title,
            format!("The body cannot be taken: {error}."),
        )
    }

    pub fn not_an_object() -> Self {
        let detail = "The body must be a JSON object, as {\"text\": \"hello\"}.";
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "fields",
            "Fields are not right",
            detail,
        )
    }

    /// An address that cannot be read; one that the server itself cannot is its own failure.
    pub fn address(status: StatusCode, why: &str) -> Self {
        if status.is_server_error() {
            tracing::error!(why, "a route does not fit its handler");
            return Self::failed();
        }
        Self::new(
            status,
            "address",
            "Address is not right",
            format!("The address cannot be taken: {why}."),
        )
    }

    pub fn query(parameter: &str, expected: &str) -> Self {
        let detail = format!("The parameter {parameter} must be {expected}.");
        Self::new(
            StatusCode::BAD_REQUEST,
            "parameter",
            "Parameter is not right",
            detail,
        )
    }

    pub fn cross_site() -> Self {
        let detail = "This form was sent from another site. Open the shop's own page and send it \
                      from there.";
        Self::new(
            StatusCode::FORBIDDEN,
            "cross-site",
            "Sent from another site",
            detail,
        )
    }

    /// What cannot be put into the cart; the words are the shop's.
    pub fn cart(words: &str) -> Self {
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "cart",
            "Not added to the cart",
            words,
        )
    }

    pub fn no_such_drawing() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "no-such-drawing",
            "No such picture",
            "There is no product of that id to draw.",
        )
    }

    pub fn not_ready() -> Self {
        let detail = "The database does not answer just now. Try again in a moment.";
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "not-ready",
            "Not ready",
            detail,
        )
    }

    pub fn failed() -> Self {
        let detail = "Something went wrong on our side and this was not taken in. Please try \
                      again in a moment.";
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "failed",
            "Failed",
            detail,
        )
    }
}

impl From<BadToken> for Problem {
    fn from(_: BadToken) -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "customer-token",
            "Customer token is not valid",
            "The customer token is not valid or has run out. Get a new one from the storefront, \
             or start the conversation without one.",
        )
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = json!({
            "type": format!("urn:attendant:problem:{}", self.kind),
            "title": self.title,
            "status": self.status.as_u16(),
            "detail": self.detail,
        });
        let mut response = Response::new(Body::from(body.to_string()));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
