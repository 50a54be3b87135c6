//! Templates, and the frame around every page: head, navigation, footer, headers.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde::Serialize;
use serde_json::json;

use super::files;
use super::front::Front;
use super::groups::{self, NavLink};
use crate::web::error::Problem;

/// A page runs and loads only what is this server's, and stands in no frame.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
                      connect-src 'self'; form-action 'self'; frame-ancestors 'none'; \
                      base-uri 'none'";

const FILES: [(&str, &str); 15] = [
    ("talk.html", include_str!("../assets/talk.html")),
    (
        "layout.html",
        include_str!("../assets/storefront/layout.html"),
    ),
    (
        "parts.html",
        include_str!("../assets/storefront/parts.html"),
    ),
    (
        "start.html",
        include_str!("../assets/storefront/start.html"),
    ),
    (
        "category.html",
        include_str!("../assets/storefront/category.html"),
    ),
    (
        "search.html",
        include_str!("../assets/storefront/search.html"),
    ),
    (
        "product.html",
        include_str!("../assets/storefront/product.html"),
    ),
    ("cart.html", include_str!("../assets/storefront/cart.html")),
    (
        "checkout.html",
        include_str!("../assets/storefront/checkout.html"),
    ),
    (
        "confirmed.html",
        include_str!("../assets/storefront/confirmed.html"),
    ),
    (
        "account.html",
        include_str!("../assets/storefront/account.html"),
    ),
    (
        "sign-in.html",
        include_str!("../assets/storefront/sign-in.html"),
    ),
    (
        "policy.html",
        include_str!("../assets/storefront/policy.html"),
    ),
    ("try.html", include_str!("../assets/storefront/try.html")),
    (
        "missing.html",
        include_str!("../assets/storefront/missing.html"),
    ),
];

/// The templates, parsed once. What is put into one is escaped.
pub struct Templates(Environment<'static>);

impl Templates {
    pub fn new() -> Self {
        let mut environment = Environment::new();
        environment.set_auto_escape_callback(|_| AutoEscape::Html);
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        for (name, text) in FILES {
            environment
                .add_template(name, text)
                .expect("a test renders this file, which is part of the binary");
        }
        Self(environment)
    }
}

/// What a page is called, and what the chat is told of where the shopper is.
pub struct Head<'a> {
    pub title: &'a str,
    /// One of the frame's own: "start", "product", ….
    pub kind: &'static str,
    pub product: Option<&'a str>,
}

impl<'a> Head<'a> {
    pub fn new(kind: &'static str, title: &'a str) -> Self {
        Self {
            title,
            kind,
            product: None,
        }
    }
}

/// What the layout shows around a page.
#[derive(Serialize)]
struct Frame<'a> {
    shop: &'a str,
    email: &'a str,
    title: &'a str,
    kind: &'static str,
    path: &'a str,
    nav: Vec<NavLink<'static>>,
    policies: Vec<PolicyLink<'a>>,
    shopper: Option<Shopper<'a>>,
    cart_pieces: u32,
    query: &'a str,
    /// Page, product and cart as JSON, for the chat.
    told: String,
    css: &'static str,
    js: &'static str,
}

#[derive(Serialize)]
struct PolicyLink<'a> {
    id: &'a str,
    title: &'a str,
}

#[derive(Serialize)]
struct Shopper<'a> {
    first_name: &'a str,
    name: String,
    email: &'a str,
}

#[derive(Serialize)]
struct Whole<'a, T> {
    frame: Frame<'a>,
    page: &'a T,
}

impl Front {
    /// A page of the shop.
    pub fn page<T: Serialize>(
        &self,
        template: &str,
        head: &Head<'_>,
        page: &T,
    ) -> Result<Response, Problem> {
        let whole = Whole {
            frame: self.frame(head),
            page,
        };
        let templates = &self.storefront.templates.0;
        let html = templates
            .get_template(template)
            .and_then(|template| template.render(Serde(&whole)))
            .map_err(|error| {
                tracing::error!(%error, template, "a page of the storefront does not render");
                Problem::failed()
            })?;
        let mut response = Html(html).into_response();
        let headers = response.headers_mut();
        for (name, value) in [
            (header::CONTENT_SECURITY_POLICY, POLICY),
            // It shows a cart and perhaps somebody's orders.
            (header::CACHE_CONTROL, "private, no-cache"),
            // Without a referrer a browser would not say either that a form is our own.
            (header::REFERRER_POLICY, "same-origin"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        Ok(response)
    }

    /// The page that says that there is none.
    pub fn missing(&self) -> Response {
        let head = Head::new("missing", "Not found");
        let shown = groups::tiles();
        match self.page("missing.html", &head, &shown) {
            Ok(page) => (StatusCode::NOT_FOUND, page).into_response(),
            Err(problem) => problem.into_response(),
        }
    }

    fn frame<'a>(&'a self, head: &Head<'a>) -> Frame<'a> {
        let profile = &self.site.shop.profile;
        let today = self.site.shop.day(self.now_ms);
        let told = json!({
            "page": format!("{}{}", profile.url.trim_end_matches('/'), self.path),
            "product": head.product,
            "cart": self.cart.for_widget(),
        });
        let policies = self.storefront.knowledge.published(today).into_iter();
        Frame {
            shop: &profile.name,
            email: &profile.email,
            title: head.title,
            kind: head.kind,
            path: &self.path,
            nav: groups::nav(),
            policies: policies
                .map(|policy| PolicyLink {
                    id: &policy.id,
                    title: &policy.title,
                })
                .collect(),
            shopper: self.shopper.as_ref().map(|customer| Shopper {
                first_name: &customer.first_name,
                name: format!("{} {}", customer.first_name, customer.last_name),
                email: &customer.email,
            }),
            cart_pieces: self.cart.pieces(),
            query: match head.kind {
                "search" => self.query.one("q"),
                _ => "",
            },
            told: told.to_string(),
            css: files::css_address(),
            js: files::js_address(),
        }
    }
}
