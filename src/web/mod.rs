//! The only HTTP: routes to the chat, for pages and for programs; return slips; pictures; the pages
//! of the demo shop, or one that says what runs.

mod address;
mod approvals;
mod body;
mod chat;
mod client;
mod connections;
mod cors;
mod error;
mod headless;
mod health;
mod home;
mod keys;
mod openapi;
mod pictures;
mod rates;
mod routes;
mod slips;
mod storefront;
mod stream;
mod widget;

use std::io;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri, header};
use axum::middleware;
use axum::response::Response;
use axum::routing::get;
use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::agent::approvals::Approvals;
use crate::agent::driver::Assistant;
use crate::app::App;
use crate::channels::chat::Chat;
use crate::channels::customer_token::CustomerTokens;
use crate::shop::Shop;
use connections::{Bounds, accept};
pub use cors::Origins;
use error::Problem;
pub use home::{Home, HomeShopper};
pub use rates::Rates;
pub use routes::Routes;
pub use storefront::Storefront;

/// What the routes serve. Cloned for each request.
#[derive(Clone)]
pub struct Site {
    pub chat: Chat,
    pub approvals: Approvals,
    pub shop: Shop,
    pub customers: CustomerTokens,
    /// The header in which the proxy in front says whose request it passes on; `None` where there
    /// is no such proxy, and then no header is believed.
    pub client_address_header: Option<String>,
    /// Pages that may use the chat.
    pub origins: Origins,
    pub rates: Rates,
    pub home: Arc<Home>,
    /// The shop's pages, where this server shows them.
    pub storefront: Option<Arc<Storefront>>,
    /// Turns true when the server stops: streams end then.
    pub stop: watch::Receiver<bool>,
}

impl Site {
    /// What an app serves, answered by this assistant; `reached` is where it is served.
    pub async fn open(
        app: &App,
        assistant: &Arc<Assistant>,
        reached: &str,
        stop: watch::Receiver<bool>,
    ) -> anyhow::Result<Self> {
        let (config, profile) = (&app.config, &app.shop.profile);
        let own = [profile.url.as_str(), profile.public_url.as_str()];
        Ok(Self {
            chat: Chat::new(assistant.clone()),
            approvals: Approvals::new(assistant.clone()),
            shop: app.shop.clone(),
            customers: app.customer_tokens()?,
            client_address_header: config.client_address_header.clone(),
            origins: Origins::new(config.allowed_origins.as_deref(), &own),
            rates: Rates::new(&config.rates),
            home: Arc::new(home::of(app, assistant, reached).await?),
            storefront: Storefront::of(assistant),
            stop,
        })
    }
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
    storefront::routes(pictures::routes(api(&site.origins).router()))
        .route("/widget.js", get(widget::script))
        .fallback(nothing_here)
        .method_not_allowed_fallback(|| async { Problem::method() })
        .layer(middleware::map_response(guarded))
        .with_state(site)
}

/// What programs talk to: all that `/openapi.json` describes.
pub fn api(origins: &Origins) -> Routes {
    Routes::new()
        .get("/healthz", health::alive)
        .get("/readyz", health::ready)
        .get("/openapi.json", openapi::document)
        .get("/slips/{file}", slips::slip)
        .get("/attachments/{id}", chat::attachments::picture)
        .post("/api/turns", headless::turn)
        .get("/api/turns", headless::since)
        .get("/api/approvals", approvals::list)
        .get("/api/approvals/{proposal}", approvals::one)
        .post("/api/approvals/{proposal}/approve", approvals::approve)
        .post("/api/approvals/{proposal}/decline", approvals::decline)
        .merge(of_pages(origins))
}

/// What the chat on a storefront's pages talks to.
fn of_pages(origins: &Origins) -> Routes {
    let conversations = "/api/chat/conversations";
    let of_one = |rest: &str| format!("{conversations}/{{id}}{rest}");
    let known = middleware::from_fn_with_state(origins.clone(), cors::known_origin);
    let layer = origins.layer();
    Routes::new()
        .get("/api/chat/shop", chat::shop::shop)
        .post(conversations, chat::start)
        .get(conversations, chat::customer::conversations)
        .get(&of_one(""), chat::show)
        .put(&of_one("/customer"), chat::customer::identify)
        .post(&of_one("/messages"), chat::message)
        .post(&of_one("/attachments"), chat::attachments::add)
        .get(&of_one("/events"), chat::events)
        .post(&of_one("/typing"), chat::feedback::typing)
        .post(&of_one("/read"), chat::feedback::read)
        .post(&of_one("/rating"), chat::feedback::rating)
        .post(&of_one("/person"), chat::feedback::person)
        .post(&of_one("/proposals/{proposal}/confirm"), chat::confirm)
        .post(&of_one("/proposals/{proposal}/cancel"), chat::cancel)
        .wrap(|router| {
            // Ahead of the layers: what a browser asks before it sends is no method of a route.
            let router = router.method_not_allowed_fallback(|| async { Problem::method() });
            router.layer(known).layer(layer)
        })
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
