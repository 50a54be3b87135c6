//! The only HTTP: routes to the chat, the return slips and a page that says what runs.

mod address;
mod body;
mod chat;
mod client;
mod connections;
mod error;
mod health;
mod home;
mod pictures;
mod slips;
mod storefront;
mod stream;

use std::io;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri, header};
use axum::middleware;
use axum::response::Response;
use axum::routing::{get, post, put};
use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::channels::chat::Chat;
use crate::channels::customer_token::CustomerTokens;
use crate::shop::Shop;
use connections::{Bounds, accept};
use error::Problem;
pub use home::{Home, HomeShopper};
pub use storefront::Storefront;

/// What the routes serve. Cloned for each request.
#[derive(Clone)]
pub struct Site {
    pub chat: Chat,
    pub shop: Shop,
    pub customers: CustomerTokens,
    /// The header in which the proxy in front says whose request it passes on; `None` where there
    /// is no such proxy, and then no header is believed.
    pub client_address_header: Option<String>,
    pub home: Arc<Home>,
    /// The shop's pages, where this server shows them.
    pub storefront: Option<Arc<Storefront>>,
    /// Turns true when the server stops: streams end then.
    pub stop: watch::Receiver<bool>,
}

/// Serves until `stop` turns true and the requests that are on have been answered.
pub async fn serve(
    listener: TcpListener,
    site: Site,
    stop: watch::Receiver<bool>,
) -> io::Result<()> {
    // An event is worth more than a full packet.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps waiting for full packets");
        }
    });
    accept(listener, router(site), stop, Bounds::default()).await;
    Ok(())
}

/// All routes.
pub fn router(site: Site) -> Router {
    let conversations = "/api/chat/conversations";
    let of_one = |rest: &str| format!("{conversations}/{{id}}{rest}");
    storefront::routes(pictures::routes(Router::new()))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/slips/{file}", get(slips::slip))
        .route(conversations, post(chat::start))
        .route(&of_one(""), get(chat::show))
        .route(&of_one("/customer"), put(chat::identify))
        .route(&of_one("/messages"), post(chat::message))
        .route(&of_one("/events"), get(chat::events))
        .route(
            &of_one("/proposals/{proposal}/confirm"),
            post(chat::confirm),
        )
        .route(&of_one("/proposals/{proposal}/cancel"), post(chat::cancel))
        .fallback(nothing_here)
        .method_not_allowed_fallback(|| async { Problem::method() })
        .layer(middleware::map_response(guarded))
        .with_state(site)
}

async fn nothing_here(State(site): State<Site>, uri: Uri, headers: HeaderMap) -> Response {
    storefront::nothing_here(site, uri, headers).await
}

/// Headers of every answer: nothing is guessed, framed, or told to other sites. A token in the
/// query of a stream's address must not travel on as a referrer.
async fn guarded(mut response: Response) -> Response {
    let headers = response.headers_mut();
    let fixed: [(HeaderName, &str); 3] = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ];
    for (name, value) in fixed {
        // A page may say more exactly what holds for it.
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    response
}
