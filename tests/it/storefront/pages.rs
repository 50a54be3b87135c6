//! Every page is there, links to what is there, and is not there where there is no demo shop.

use std::collections::BTreeSet;

use attendant::channels::customer_token::CustomerTokens;
use attendant::config::DemoScale;
use attendant::domain::card::Card;
use attendant::model::builtin::Builtin;
use attendant::shop::links;
use reqwest::StatusCode;
use serde_json::Value;

use super::{Browser, customer, quiet, shop};
use crate::running::Running;

const NORA: &str = "nora.hennessy@example.com";

#[tokio::test]
async fn every_product_and_category_has_its_page() {
    let server = shop("pages").await;
    let browser = Browser::new(&server);
    let products = server.app.store().products(None, 1_000).await.unwrap();
    assert_eq!(products.len(), 240);
    for product in &products {
        let page = browser.get(&format!("/products/{}", product.id)).await;
        assert_eq!(page.status, StatusCode::OK, "{}", product.id);
        assert!(
            page.body.contains(&product.price.to_string()),
            "{}",
            product.id
        );
    }
    let categories: BTreeSet<&str> = products.iter().map(|one| one.category.as_str()).collect();
    assert_eq!(categories.len(), 30);
    for category in &categories {
        let page = browser.get(&format!("/categories/{category}")).await;
        assert_eq!(page.status, StatusCode::OK, "{category}");
        // Each is in a group: the way back up is there.
        assert!(page.body.contains("href=\"/categories/"), "{category}");
        assert!(
            page.body.contains("aria-label=\"Narrow down\""),
            "{category}"
        );
    }
    server.stop().await;
}

#[tokio::test]
async fn every_link_of_the_pages_leads_somewhere() {
    let server = shop("links").await;
    let mut browser = Browser::new(&server);
    browser.sign_in(NORA).await;
    browser.put_in_cart("HP-0001-NVY-M", "1").await;
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut open: Vec<String> = [
        "/",
        "/cart",
        "/checkout",
        "/account",
        "/sign-in",
        "/search",
        "/try",
    ]
    .map(str::to_owned)
    .to_vec();
    while let Some(path) = open.pop() {
        let page = browser.get(&path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        // From products on it is products only.
        if path.starts_with("/products/") || !page.body.contains("<html") {
            continue;
        }
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self';"),
            "{path}"
        );
        assert!(
            !page.body.contains(" style=") && !page.body.contains("<style"),
            "{path}"
        );
        for part in page
            .body
            .split("href=\"")
            .chain(page.body.split("src=\""))
            .skip(1)
        {
            let link = part
                .split('"')
                .next()
                .unwrap_or_default()
                .replace("&#x2f;", "/")
                .replace("&amp;", "&");
            let link = link.split('#').next().unwrap_or_default().to_owned();
            let ours = link.starts_with('/') && link != "/widget.js";
            if ours && seen.insert(link.clone()) {
                open.push(link);
            }
        }
    }
    assert!(seen.len() > 300, "{} links", seen.len());
    server.stop().await;
}

#[tokio::test]
async fn filters_and_order_do_what_they_say() {
    let server = shop("filters").await;
    let browser = Browser::new(&server);
    let prices = |body: &str| -> Vec<i64> {
        let tiles = body.split("class=\"price\">").skip(1);
        let amount = |tile: &str| {
            tile.split('€').nth(1).map(|text| {
                let digits: String = text
                    .chars()
                    .take_while(|c| *c != '<')
                    .filter(char::is_ascii_digit)
                    .collect();
                digits.parse().unwrap()
            })
        };
        tiles.filter_map(amount).collect()
    };
    let up = browser.get("/categories/rain-jackets?sort=price-up").await;
    let mut sorted = prices(&up.body);
    assert_eq!(sorted.len(), 11);
    assert!(sorted.is_sorted());
    sorted.reverse();
    let down = browser
        .get("/categories/rain-jackets?sort=price-down")
        .await;
    assert_eq!(prices(&down.body), sorted);
    let some = browser
        .get("/categories/rain-jackets?min=100&max=149,00")
        .await;
    let some = prices(&some.body);
    assert!(
        !some.is_empty() && some.iter().all(|p| (10_000..=14_900).contains(p)),
        "{some:?}"
    );
    let coral = browser.get("/categories/rain-jackets?color=coral").await;
    assert_eq!(prices(&coral.body).len(), 1);
    assert!(coral.body.contains("color=coral"));
    // A size that is sold out in a colour is not offered in it: p-0002, slate grey, M.
    let none = browser
        .get("/categories/rain-jackets?color=slate+grey&size=M")
        .await;
    assert!(!none.body.contains("/products/p-0002"));
    for odd in [
        "min=abc",
        "max=-1",
        "size=%00&color=%22%3E",
        "sort=x",
        "min=99999999999999999999",
    ] {
        let page = browser
            .get(&format!("/categories/rain-jackets?{odd}"))
            .await;
        assert_eq!(page.status, StatusCode::OK, "{odd}");
    }
    server.stop().await;
}

#[tokio::test]
async fn search_reads_wishes() {
    let server = shop("search").await;
    let browser = Browser::new(&server);
    let page = browser
        .get("/search?q=waterproof+jacket+under+150+in+M%2C+not+black")
        .await;
    assert!(page.body.contains("Sleet Rain Jacket"));
    assert!(
        !page.body.contains("Squall 3L Shell"),
        "that one costs more"
    );
    for nothing in ["", "   ", "%F0%9F%9A%80", "the", "submarine"] {
        let page = browser.get(&format!("/search?q={nothing}")).await;
        assert_eq!(page.status, StatusCode::OK, "{nothing}");
    }
    server.stop().await;
}

#[tokio::test]
async fn policies_stand_where_cards_say() {
    let server = shop("policies").await;
    let browser = Browser::new(&server);
    let profile = &server.app.shop.profile;
    let today = server.app.shop.day(server.app.clock.now_ms());
    let published = server.assistant.parts.knowledge.published(today);
    assert!(published.len() > 10);
    for policy in published {
        let mut anchors = BTreeSet::new();
        for section in &policy.sections {
            let link = links::policy(profile, &policy.id, &section.heading).unwrap();
            let link = link.strip_prefix(&server.url).unwrap();
            let (path, anchor) = link.split_once('#').unwrap();
            assert!(anchors.insert(anchor.to_owned()), "{link} is there twice");
            let page = browser.get(path).await;
            assert!(page.body.contains(&format!("id=\"{anchor}\"")), "{link}");
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn what_is_nowhere_is_not_found() {
    let server = shop("nowhere").await;
    let browser = Browser::new(&server);
    for path in [
        "/nowhere",
        "/products/p-9999",
        "/products/%2e%2e%2fetc",
        "/categories/submarines",
        "/policies/secrets",
        "/checkout/done/x",
    ] {
        let page = browser.get(path).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
        assert!(page.body.contains("That path goes nowhere"), "{path}");
    }
    // Programs are told in their own way.
    let answer = server
        .http
        .get(format!("{}/nowhere", server.url))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    let page = browser.get("/api/nowhere").await;
    assert_eq!(page.headers["content-type"], "application/problem+json");
    server.stop().await;
}

#[tokio::test]
async fn a_token_is_signed_for_whoever_was_chosen() {
    let server = shop("signed-in").await;
    let mut browser = Browser::new(&server);
    let token = |body: &str| -> Option<String> {
        let answer: Value = serde_json::from_str(body).unwrap();
        answer["customer_token"].as_str().map(str::to_owned)
    };
    assert_eq!(token(&browser.get("/demo/token").await.body), None);
    browser.sign_in(NORA).await;
    let signed = token(&browser.get("/demo/token").await.body).unwrap();
    let tokens: CustomerTokens = server.app.customer_tokens().unwrap();
    let nora = customer(&server, NORA).await;
    assert_eq!(tokens.verify(&signed, server.app.clock.now_ms()), Ok(nora));
    let page = browser.get("/account").await;
    assert!(page.body.contains("Nora Hennessy") && page.body.contains("in transit"));
    // Customers that nobody chose by name cannot be signed in as.
    let others = server.app.store().histories(None, 50).await.unwrap();
    let other = others
        .iter()
        .find(|one| one.customer.id.as_str().starts_with("c0"))
        .unwrap();
    let page = browser
        .post("/sign-in", &[("email", &other.customer.email)])
        .await;
    assert_eq!(page.location(), "/sign-in");
    browser.post("/sign-out", &[]).await;
    assert_eq!(token(&browser.get("/demo/token").await.body), None);
    server.stop().await;
}

#[tokio::test]
async fn without_the_demo_shop_there_is_no_storefront() {
    let server = Running::start("plain", DemoScale::None, quiet()).await;
    let browser = Browser::new(&server);
    let page = browser.get("/").await;
    assert!(page.body.contains("In the terminal"));
    for path in [
        "/search",
        "/cart",
        "/checkout",
        "/account",
        "/sign-in",
        "/try",
        "/demo/token",
        "/demo.js",
        "/demo.css",
        "/categories/jackets",
        "/policies/returns",
        "/nowhere",
    ] {
        let page = browser.get(path).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(
            page.headers["content-type"], "application/problem+json",
            "{path}"
        );
    }
    assert!(links::policy(&server.app.shop.profile, "returns", "x").is_none());
    server.stop().await;
}

#[tokio::test]
async fn cards_of_the_chat_lead_into_the_shop() {
    let server = Running::start("cards", DemoScale::Small, Builtin).await;
    let browser = Browser::new(&server);
    let mut shopper = browser.clone();
    shopper.sign_in(NORA).await;
    let token = shopper.get("/demo/token").await.body;
    let chat = server
        .conversation_with(&serde_json::from_str(&token).unwrap())
        .await;
    let asked = [
        ("do you have the Sleet Rain Jacket in M?", "products"),
        ("where is my order?", "order"),
        ("how long do I have to return something?", "sources"),
    ];
    for (text, name) in asked {
        let events = chat.whole_turn(text).await;
        let card = events.iter().find(|event| event.name == name);
        let data = &card.unwrap_or_else(|| panic!("no {name} card")).data;
        let shown = match name {
            "products" => &data["products"][0],
            "order" => &data["items"][0],
            _ => &data["sources"][0],
        };
        let mut links = Vec::new();
        if name != "sources" {
            links.push(shown["picture"].as_str().unwrap());
            assert!(shown["product"].as_str().unwrap().starts_with("p-"));
        }
        if name != "order" {
            links.push(shown["link"].as_str().unwrap());
        }
        for link in links {
            let page = browser.get(link.strip_prefix(&server.url).unwrap()).await;
            assert_eq!(page.status, StatusCode::OK, "{link}");
            let anchor = link.split_once('#').map_or("", |(_, anchor)| anchor);
            assert!(page.body.contains(anchor), "{link}");
        }
    }
    server.stop().await;
}

#[test]
fn cards_of_before_pictures_are_read() {
    for old in [
        r#"{"card":"products","products":[{"product":"p","title":"t","brand":"b","price":"€1.00","compare_at":null,"colors":[],"final_sale":false,"link":"l"}]}"#,
        r#"{"card":"order","order":"1","status":"s","placed":"p","total":"t","items":[{"line":1,"title":"t","variant":"v","quantity":1,"paid":"p"}],"parcels":[]}"#,
        r#"{"card":"cart","variant":"v","product":"p","title":"t","color":"c","size":"s","quantity":1,"price":"p"}"#,
        r#"{"card":"sources","sources":[{"policy":"p","version":"v","title":"t","heading":"h"}]}"#,
    ] {
        let card: Card = serde_json::from_str(old).unwrap();
        assert_eq!(serde_json::to_string(&card).unwrap(), old);
    }
}
