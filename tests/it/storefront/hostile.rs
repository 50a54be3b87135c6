//! Forms from elsewhere, cookies that were tampered with, and text that would be a program.

use attendant::domain::ids::CustomerId;
use attendant::domain::product::{Product, Review};
use attendant::shop::ShopProfile;
use reqwest::StatusCode;

use super::{Browser, checkout_fields, shop};
use crate::support;

const JACKET: &str = "HP-0001-NVY-M";
const SCRIPT: &str = "\"><script>alert(1)</script><img src=x onerror=alert(1)>'";

#[tokio::test]
async fn forms_of_other_sites_are_refused() {
    let server = shop("cross-site").await;
    let mut browser = Browser::new(&server);
    browser.sign_in("nora.hennessy@example.com").await;
    for origin in ["https://evil.example", "null", "http://127.0.0.1:1"] {
        for (path, fields) in [
            ("/cart/add", vec![("sku", JACKET)]),
            ("/cart/set", vec![("sku", JACKET), ("quantity", "2")]),
            ("/checkout", checkout_fields("", "", "")),
            ("/sign-in", vec![("email", "maren.petersen@example.com")]),
            ("/sign-out", Vec::new()),
        ] {
            let page = browser.post_from(origin, path, &fields).await;
            assert_eq!(page.status, StatusCode::FORBIDDEN, "{origin} {path}");
            assert!(!page.headers.contains_key("set-cookie"), "{origin} {path}");
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn a_cookie_that_was_tampered_with_is_a_cart_or_none() {
    let server = shop("cookies").await;
    let mut browser = Browser::new(&server);
    let many = "HP-0001-NVY-M.1~".repeat(200);
    let huge = "x".repeat(6_000);
    for cart in [
        "nonsense",
        "HP-0001-NVY-M.-5",
        "HP-0001-NVY-M.99999999999999999999",
        "HP-0001-NVY-M.4294967295~HP-0001-NVY-M.4294967295",
        "%00%ff.1~../../etc.2",
        "'; DROP TABLE orders; --.1",
        &many,
        &huge,
        "NO-SUCH-SKU.1",
    ] {
        browser.cookies.insert("demo_cart".into(), cart.into());
        for path in ["/", "/cart", "/checkout", "/products/p-0001"] {
            let page = browser.get(path).await;
            let fine = page.status == StatusCode::OK || page.location() == "/cart";
            assert!(fine, "{path} with {cart:.40}: {}", page.status);
        }
    }
    // Nor is anybody signed in by a token that we did not sign.
    let forged = attendant::channels::customer_token::CustomerTokens::new(b"guess");
    let now_ms = server.app.clock.now_ms();
    let forged = forged.issue(
        &CustomerId::new("n_waiting"),
        now_ms,
        std::time::Duration::from_secs(60),
    );
    for token in ["x", "a.b.c", &forged.unwrap()] {
        browser.cookies.insert("demo_shopper".into(), token.into());
        assert_eq!(browser.get("/account").await.location(), "/sign-in");
    }
    server.stop().await;
}

#[tokio::test]
async fn what_cannot_be_put_into_the_cart_is_not() {
    let server = shop("cart").await;
    let mut browser = Browser::new(&server);
    for (sku, quantity) in [
        ("", "1"),
        ("NO-SUCH-SKU", "1"),
        (JACKET, "0"),
        (JACKET, "-1"),
        (JACKET, "1e9"),
        (JACKET, "999999"),
    ] {
        let page = browser
            .post("/cart/add", &[("sku", sku), ("quantity", quantity)])
            .await;
        assert_eq!(page.location(), "/cart");
        assert!(
            !browser.cookies.contains_key("demo_cart"),
            "{sku} {quantity}"
        );
    }
    browser.put_in_cart(JACKET, "4").await;
    browser.put_in_cart(JACKET, "9").await;
    assert_eq!(browser.cookies["demo_cart"], format!("{JACKET}.10"));
    browser
        .post("/cart/set", &[("sku", JACKET), ("quantity", "three")])
        .await;
    assert_eq!(browser.cookies["demo_cart"], format!("{JACKET}.10"));
    browser
        .post("/cart/set", &[("sku", JACKET), ("quantity", "0")])
        .await;
    assert_eq!(browser.cookies["demo_cart"], "");
    server.stop().await;
}

/// Whatever is written is text on the page.
fn is_text(body: &str, place: &str) {
    for program in ["<script>alert", "<img src=x", "onerror=alert(1)>"] {
        let escaped = body.replace("onerror=alert(1)&gt;", "");
        assert!(!escaped.contains(program), "{place}: {program}");
    }
}

#[tokio::test]
async fn text_of_strangers_runs_nowhere() {
    let server = shop("xss").await;
    let mut browser = Browser::new(&server);
    let query = attendant::shop::links::one_step(SCRIPT);
    for path in [
        format!("/search?q={query}"),
        format!("/categories/rain-jackets?size={query}&color={query}&min={query}&sort={query}"),
        format!("/products/p-0001?color={query}"),
        format!("/products/{query}"),
        format!("/checkout?code={query}"),
        format!("/{query}"),
    ] {
        is_text(&browser.get(&path).await.body, &path);
    }
    let hostile = Product {
        title: SCRIPT.into(),
        brand: SCRIPT.into(),
        description: SCRIPT.into(),
        material: SCRIPT.into(),
        features: vec![SCRIPT.into()],
        reviews: vec![Review {
            rating: 5,
            title: SCRIPT.into(),
            text: SCRIPT.into(),
            by: SCRIPT.into(),
            at_ms: 0,
        }],
        ..support::product("hostile")
    };
    server
        .app
        .store()
        .put_products(vec![hostile])
        .await
        .unwrap();
    for path in [
        "/products/hostile",
        "/categories/things",
        "/pictures/hostile.svg",
    ] {
        let page = browser.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        is_text(&page.body, path);
    }
    browser.put_in_cart("hostile-1", "1").await;
    is_text(&browser.get("/cart").await.body, "cart");
    let page = browser.get("/checkout").await;
    is_text(&page.body, "checkout");
    let mut fields = checkout_fields(page.field("key"), page.field("total"), "");
    for (name, value) in &mut fields {
        if ["name", "street", "city", "postcode"].contains(name) {
            *value = SCRIPT;
        }
    }
    let page = browser.post("/checkout", &fields).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    let page = browser.get(page.location()).await;
    assert_eq!(page.status, StatusCode::OK);
    is_text(&page.body, "confirmation");
    let _: &ShopProfile = &server.app.shop.profile;
    server.stop().await;
}
