//! The demo storefront over HTTP, as a browser uses it without scripts: pages, forms, cookies.

mod checkout;
mod hostile;
mod offers;
mod pages;
mod pictures;

use std::collections::BTreeMap;

use attendant::config::DemoScale;
use attendant::domain::ids::{CustomerId, Sku};
use attendant::model::scripted::{Answer, Scripted};
use reqwest::header::{HeaderMap, LOCATION, SET_COOKIE};
use reqwest::{Client, Response, StatusCode, redirect};

use crate::running::Running;

/// The demo shop's small edition, served.
pub async fn shop(name: &str) -> Running {
    Running::start(name, DemoScale::Small, quiet()).await
}

pub fn quiet() -> Scripted {
    Scripted::by(|_| Answer::new().text("Hello."))
}

/// Keeps cookies, follows no redirect, and says where its forms stand.
#[derive(Clone)]
pub struct Browser {
    url: String,
    http: Client,
    pub cookies: BTreeMap<String, String>,
    /// Whom the last checkout form was filled in for.
    pub shopper: String,
}

/// What came back.
pub struct Page {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Browser {
    pub fn new(server: &Running) -> Self {
        let http = Client::builder()
            .no_proxy()
            .redirect(redirect::Policy::none())
            .build()
            .unwrap();
        Self {
            url: server.url.clone(),
            http,
            cookies: BTreeMap::new(),
            shopper: String::new(),
        }
    }

    fn cookie_line(&self) -> String {
        let pairs = self.cookies.iter();
        let pairs: Vec<String> = pairs
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.join("; ")
    }

    pub async fn get(&self, path: &str) -> Page {
        let request = self.http.get(format!("{}{path}", self.url));
        let request = request
            .header("cookie", self.cookie_line())
            .header("accept", "text/html,*/*");
        page(request.send().await.unwrap()).await
    }

    /// Sends a form from a page of an origin.
    pub async fn post_from(&self, origin: &str, path: &str, fields: &[(&str, &str)]) -> Page {
        let mut fields = fields.to_vec();
        if path == "/checkout" {
            fields.push(("shopper", &self.shopper));
        }
        let request = self.http.post(format!("{}{path}", self.url));
        let request = request
            .header("cookie", self.cookie_line())
            .header("origin", origin)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form(&fields));
        page(request.send().await.unwrap()).await
    }

    /// Sends a form of our own and keeps the cookies that come back.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let page = self.post_from(&self.url.clone(), path, fields).await;
        for line in page.headers.get_all(SET_COOKIE) {
            let line = line.to_str().unwrap();
            let (pair, attributes) = line.split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            assert!(attributes.contains("HttpOnly"), "{line}");
            assert!(attributes.contains("SameSite=Lax"), "{line}");
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        page
    }

    pub async fn sign_in(&mut self, email: &str) {
        let page = self.post("/sign-in", &[("email", email)]).await;
        assert_eq!(page.location(), "/account");
    }

    pub async fn put_in_cart(&mut self, sku: &str, quantity: &str) {
        let page = self
            .post("/cart/add", &[("sku", sku), ("quantity", quantity)])
            .await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{sku}");
    }
}

impl Page {
    pub fn location(&self) -> &str {
        let location = self.headers.get(LOCATION);
        location.map_or("", |location| location.to_str().unwrap())
    }

    /// The value of a hidden field.
    pub fn field(&self, name: &str) -> &str {
        let start = format!("name=\"{name}\" value=\"");
        let at = self
            .body
            .find(&start)
            .unwrap_or_else(|| panic!("no field {name}"))
            + start.len();
        let value = &self.body[at..];
        &value[..value.find('"').unwrap()]
    }
}

async fn page(response: Response) -> Page {
    Page {
        status: response.status(),
        headers: response.headers().clone(),
        body: response.text().await.unwrap(),
    }
}

pub fn form(fields: &[(&str, &str)]) -> String {
    let pairs: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{name}={}", attendant::shop::links::one_step(value)))
        .collect();
    pairs.join("&")
}

/// What the checkout's form sends for an address in Ireland, with a page's key and total.
pub fn checkout_fields<'a>(key: &'a str, total: &'a str, code: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("key", key),
        ("total", total),
        ("email", "somebody@example.com"),
        ("name", "Some Body"),
        ("street", "1 Quay Street"),
        ("postcode", "H91 A1A1"),
        ("city", "Galway"),
        ("country", "IE"),
        ("service", "standard"),
        ("payment", "card"),
        ("code", code),
        ("action", "place"),
    ]
}

pub async fn stock(server: &Running, sku: &str) -> i64 {
    let found = server.app.store().stock(&Sku::new(sku)).await.unwrap();
    found.unwrap()
}

pub async fn customer(server: &Running, email: &str) -> CustomerId {
    server.app.customer(email).await.unwrap().id
}
