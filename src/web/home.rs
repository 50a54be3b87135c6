//! The page at `/`: what runs here and how to talk to it, until a storefront is.

use axum::extract::State;
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, context};
use serde::Serialize;

use super::Site;
use super::error::Problem;
use crate::agent::driver::Assistant;
use crate::app::App;

const PAGE: &str = include_str!("assets/home.html");
/// How to talk to it, as the storefront's page for engineers says it too.
const TALK: &str = include_str!("assets/talk.html");
/// The chat is all that runs.
const POLICY: &str = "default-src 'none'; script-src 'self'; connect-src 'self'; \
    img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'";

/// What the page says.
#[derive(Clone, Debug, Serialize)]
pub struct Home {
    pub shop: String,
    pub url: String,
    pub model: String,
    pub version: &'static str,
    pub shoppers: Vec<HomeShopper>,
}

#[derive(Clone, Debug, Serialize)]
pub struct HomeShopper {
    pub email: String,
    pub situation: String,
    pub orders: Vec<String>,
}

/// What there is to say of an app.
pub async fn of(app: &App, assistant: &Assistant, reached: &str) -> anyhow::Result<Home> {
    let shoppers = app.demo_shoppers().await?.into_iter();
    Ok(Home {
        shop: app.shop.profile.name.clone(),
        url: reached.to_owned(),
        model: assistant.parts.model.name().to_owned(),
        version: env!("CARGO_PKG_VERSION"),
        shoppers: shoppers
            .map(|shopper| HomeShopper {
                email: shopper.email,
                situation: shopper.situation,
                orders: shopper.orders,
            })
            .collect(),
    })
}

pub async fn page(State(site): State<Site>) -> Result<Response, Problem> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    let html = environment
        .add_template("talk.html", TALK)
        .and_then(|()| environment.render_str(PAGE, context! { page => Serde(&*site.home) }))
        .map_err(|error| {
            tracing::error!(%error, "the page at / does not render");
            Problem::failed()
        })?;
    Ok(([(header::CONTENT_SECURITY_POLICY, POLICY)], Html(html)).into_response())
}
