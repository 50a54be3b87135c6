//! From the cart to one order, whatever happens on the way.

use attendant::domain::ids::{OrderNumber, Sku};
use attendant::domain::money::Money;
use attendant::domain::offer::{OfferTerms, OfferValue};
use attendant::domain::order::Order;
use attendant::store::offers::NewCode;
use reqwest::StatusCode;

use super::{Browser, Page, checkout_fields, customer, shop, stock};
use crate::running::Running;

const NORA: &str = "nora.hennessy@example.com";
const MAREN: &str = "maren.petersen@example.com";
const JACKET: &str = "HP-0001-NVY-M";
const FLEECE: &str = "HP-0022-OAT-M";
const CODE: &str = "7K2M-9QXD-41RT";

/// Lines, discounts and shipping are the total, and the total is paid.
fn balances(order: &Order) {
    let lines: i64 = order.lines.iter().map(|line| line.paid().minor).sum();
    let paid: i64 = order
        .payments
        .iter()
        .map(|payment| payment.amount.minor)
        .sum();
    assert_eq!(lines + order.shipping.minor, order.total.minor);
    assert_eq!(paid, order.total.minor);
    assert!(order.lines.iter().all(|line| line.discount.minor >= 0));
}

async fn newest(server: &Running, email: &str) -> Order {
    let customer = customer(server, email).await;
    let orders = server.app.store().orders_of(&customer, 1).await.unwrap();
    orders.into_iter().next().expect("an order")
}

async fn count(server: &Running, email: &str) -> usize {
    let customer = customer(server, email).await;
    server
        .app
        .store()
        .orders_of(&customer, 100)
        .await
        .unwrap()
        .len()
}

/// The checkout's page with what is in the cart; with a code, its total is asked for again.
async fn form(browser: &mut Browser, code: &str) -> Page {
    let page = browser.get("/checkout").await;
    assert_eq!(page.status, StatusCode::OK);
    page.field("shopper").clone_into(&mut browser.shopper);
    let mut fields = checkout_fields(page.field("key"), "", code);
    fields.retain(|(name, _)| *name != "action");
    let page = browser.post("/checkout", &fields).await;
    assert_eq!(page.status, StatusCode::OK);
    page
}

async fn give_code(server: &Running, email: &str, value: OfferValue) {
    let terms = OfferTerms {
        title: "10% off your next order".into(),
        value,
        minimum: Some(Money::new(6_000, server.app.shop.profile.currency)),
        categories: Vec::new(),
        not_categories: Vec::new(),
        brands: Vec::new(),
        not_brands: Vec::new(),
        not_final_sale: true,
        not_reduced: false,
    };
    let now_ms = server.app.clock.now_ms();
    let new = NewCode {
        customer: customer(server, email).await,
        offer: "loyal-10".into(),
        terms,
        codes: vec![CODE.into()],
        valid_until_ms: now_ms + 86_400_000,
        uses: 1,
        renew_expired: false,
    };
    let made = server
        .app
        .store()
        .issue_offer_code(new, now_ms)
        .await
        .unwrap();
    assert!(made.is_some());
}

#[tokio::test]
async fn an_order_is_placed_once_however_often_the_form_is_sent() {
    let server = shop("once").await;
    let mut browser = Browser::new(&server);
    browser.sign_in(NORA).await;
    browser.put_in_cart(JACKET, "2").await;
    let (before, orders) = (stock(&server, JACKET).await, count(&server, NORA).await);
    let page = form(&mut browser, "").await;
    let (key, total) = (page.field("key").to_owned(), page.field("total").to_owned());
    let fields = checkout_fields(&key, &total, "");
    // Twice at once, and once more with the cart that the browser had then.
    let other = browser.clone();
    let (one, two) = tokio::join!(
        other.post_from(&server.url, "/checkout", &fields),
        other.post_from(&server.url, "/checkout", &fields)
    );
    let late = browser.clone().post("/checkout", &fields).await;
    let done = format!("/checkout/done/{key}");
    for page in [&one, &two, &late] {
        assert_eq!(
            (page.status, page.location()),
            (StatusCode::SEE_OTHER, done.as_str())
        );
    }
    // And again after the cart was emptied.
    browser.post("/checkout", &fields).await;
    assert_eq!(browser.cookies["demo_cart"], "");
    assert_eq!(browser.post("/checkout", &fields).await.location(), done);

    assert_eq!(count(&server, NORA).await, orders + 1);
    assert_eq!(stock(&server, JACKET).await, before - 2);
    let order = newest(&server, NORA).await;
    balances(&order);
    assert_eq!(order.lines[0].quantity, 2);
    assert_eq!(order.total.digits(), total);
    let page = browser.get(&done).await;
    assert!(page.body.contains(order.number.as_str()));
    // Nobody else's order is under another key.
    let other = browser.get("/checkout/done/0000").await;
    assert_eq!(other.status, StatusCode::NOT_FOUND);
    server.stop().await;
}

#[tokio::test]
async fn the_same_form_with_another_cart_is_another_order() {
    let server = shop("reused").await;
    let mut browser = Browser::new(&server);
    browser.sign_in(NORA).await;
    browser.put_in_cart(JACKET, "1").await;
    let page = form(&mut browser, "").await;
    let (key, total) = (page.field("key").to_owned(), page.field("total").to_owned());
    browser
        .post("/checkout", &checkout_fields(&key, &total, ""))
        .await;
    let orders = count(&server, NORA).await;
    browser.put_in_cart(FLEECE, "1").await;
    let page = browser
        .post("/checkout", &checkout_fields(&key, "79.00", ""))
        .await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.body.contains("placed with this form before"));
    assert_ne!(page.field("key"), key);
    assert_eq!(count(&server, NORA).await, orders);
    let fields = checkout_fields(page.field("key"), page.field("total"), "");
    let page = browser.post("/checkout", &fields).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    assert_eq!(count(&server, NORA).await, orders + 1);
    server.stop().await;
}

#[tokio::test]
async fn a_personal_code_is_used_once_also_by_two_at_once() {
    let server = shop("code").await;
    give_code(&server, NORA, OfferValue::Percent(10)).await;
    let mut browser = Browser::new(&server);
    browser.sign_in(NORA).await;
    browser.put_in_cart(JACKET, "1").await;
    let (before, orders) = (stock(&server, JACKET).await, count(&server, NORA).await);
    let (one, two) = (
        form(&mut browser, CODE).await,
        form(&mut browser, CODE).await,
    );
    assert_eq!(one.field("total"), "134.10");
    assert_ne!(one.field("key"), two.field("key"));
    let first = checkout_fields(one.field("key"), "134.10", CODE);
    let second = checkout_fields(two.field("key"), "134.10", CODE);
    let (one, two) = tokio::join!(
        browser.post_from(&server.url, "/checkout", &first),
        browser.post_from(&server.url, "/checkout", &second)
    );
    let placed = [&one, &two].map(|page| page.status == StatusCode::SEE_OTHER);
    assert_ne!(placed[0], placed[1], "one of them: {placed:?}");
    let refused = if placed[0] { &two } else { &one };
    assert!(refused.body.contains("This code was used already."));
    assert_eq!(count(&server, NORA).await, orders + 1);
    assert_eq!(stock(&server, JACKET).await, before - 1);
    let order = newest(&server, NORA).await;
    balances(&order);
    assert_eq!(order.lines[0].discount.digits(), "14.90");
    let nora = customer(&server, NORA).await;
    let code = server
        .app
        .store()
        .offer_code(&nora, CODE)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(code.redeemed.unwrap().order, order.number);
    server.stop().await;
}

#[tokio::test]
async fn another_customers_code_is_unknown() {
    let server = shop("foreign-code").await;
    give_code(&server, NORA, OfferValue::Percent(10)).await;
    let mut browser = Browser::new(&server);
    browser.put_in_cart(JACKET, "1").await;
    for email in ["", MAREN] {
        if !email.is_empty() {
            browser.sign_in(email).await;
        }
        let page = form(&mut browser, CODE).await;
        assert!(page.body.contains("This code does not work here."));
        let total = page.field("total").to_owned();
        let page = browser
            .post(
                "/checkout",
                &checkout_fields(page.field("key"), &total, CODE),
            )
            .await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{email}");
    }
    let nora = customer(&server, NORA).await;
    let code = server
        .app
        .store()
        .offer_code(&nora, CODE)
        .await
        .unwrap()
        .unwrap();
    assert!(code.redeemed.is_none());
    server.stop().await;
}

#[tokio::test]
async fn what_is_sold_out_meanwhile_is_not_ordered() {
    let server = shop("sold-out").await;
    let mut browser = Browser::new(&server);
    browser.put_in_cart(JACKET, "3").await;
    let page = form(&mut browser, "").await;
    let fields = checkout_fields(page.field("key"), page.field("total"), "");
    for (left, said) in [(2, "is down to 2"), (0, "is sold out")] {
        server
            .app
            .store()
            .set_stock(&Sku::new(JACKET), left)
            .await
            .unwrap();
        let page = browser.post("/checkout", &fields).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.body.contains(said), "{said}");
        assert_eq!(stock(&server, JACKET).await, left);
    }
    assert!(browser.get("/cart").await.body.contains("Sold out since"));
    server.stop().await;
}

#[tokio::test]
async fn another_total_than_the_one_seen_is_asked_again() {
    let server = shop("changed").await;
    let mut browser = Browser::new(&server);
    browser.put_in_cart(FLEECE, "2").await;
    let page = form(&mut browser, "").await;
    let key = page.field("key").to_owned();
    // The code was typed after the total was seen.
    let seen = page.field("total").to_owned();
    for total in [seen.as_str(), "0.00", "-5", "nonsense", ""] {
        let page = browser
            .post("/checkout", &checkout_fields(&key, total, "WARM10"))
            .await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{total}");
        assert_eq!(page.field("total"), "142.20", "{total}");
        assert_eq!(page.field("key"), key);
    }
    let page = browser
        .post("/checkout", &checkout_fields(&key, "142.20", "WARM10"))
        .await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    // A guest is a customer from now on, and nobody is signed in as one.
    let order = newest(&server, "somebody@example.com").await;
    balances(&order);
    assert_eq!(browser.get("/account").await.location(), "/sign-in");
    server.stop().await;
}

/// Whoever types a customer's e-mail enters nothing into that customer's account.
#[tokio::test]
async fn a_guest_with_a_customers_e_mail_is_somebody_else() {
    let server = shop("guest").await;
    let mut browser = Browser::new(&server);
    let before = count(&server, NORA).await;
    browser.put_in_cart(JACKET, "1").await;
    let page = form(&mut browser, "").await;
    let (key, total) = (page.field("key").to_owned(), page.field("total").to_owned());
    let mut fields = checkout_fields(&key, &total, "");
    for (name, value) in &mut fields {
        if *name == "email" {
            *value = NORA;
        }
    }
    let placed = browser.post("/checkout", &fields).await;
    assert_eq!(placed.status, StatusCode::SEE_OTHER);
    assert_eq!(count(&server, NORA).await, before);
    let key = attendant::domain::ids::IdempotencyKey::new(&key);
    let store = server.app.store();
    let order = store.order_of_checkout(&key).await.unwrap().unwrap();
    let guest = store.customer(&order.customer).await.unwrap().unwrap();
    assert_eq!(guest.email, NORA, "letters about it still have an address");
    assert_ne!(guest.id, customer(&server, NORA).await);
    server.stop().await;
}

/// A form that was filled in before somebody else signed in is not theirs to send.
#[tokio::test]
async fn a_form_is_for_whom_it_was_filled_in() {
    let server = shop("other-form").await;
    let mut browser = Browser::new(&server);
    browser.put_in_cart(JACKET, "1").await;
    let page = form(&mut browser, "").await;
    let (key, total) = (page.field("key").to_owned(), page.field("total").to_owned());
    let before = count(&server, NORA).await;
    browser.sign_in(NORA).await;
    let refused = browser
        .post("/checkout", &checkout_fields(&key, &total, ""))
        .await;
    assert_eq!(refused.location(), "/checkout");
    assert_eq!(count(&server, NORA).await, before);
    server.stop().await;
}

#[tokio::test]
async fn fields_that_are_wrong_are_said_and_the_rest_stays() {
    let server = shop("fields").await;
    let mut browser = Browser::new(&server);
    browser.put_in_cart(JACKET, "1").await;
    let page = form(&mut browser, "").await;
    let (key, total) = (page.field("key").to_owned(), page.field("total").to_owned());
    for (field, value) in [
        ("email", "nobody"),
        ("name", ""),
        ("street", " "),
        ("postcode", ""),
        ("city", ""),
        ("country", ""),
        ("country", "AU"),
        ("service", "teleport"),
        ("payment", "shells"),
        ("key", "short"),
    ] {
        let mut fields = checkout_fields(&key, &total, "");
        for (name, known) in &mut fields {
            if *name == field {
                *known = value;
            }
        }
        let page = browser.post("/checkout", &fields).await;
        assert_eq!(
            page.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{field} {value}"
        );
        assert!(page.body.contains("role=\"alert\""), "{field} {value}");
    }
    let nobody = server
        .app
        .store()
        .customer_by_email("somebody@example.com")
        .await;
    assert!(nobody.unwrap().is_none());
    let page = browser.get("/checkout/done/short").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    let number = OrderNumber::new("");
    assert!(server.app.store().order(&number).await.unwrap().is_none());
    server.stop().await;
}

#[tokio::test]
async fn shipping_is_what_the_terms_say() {
    let server = shop("shipping").await;
    let mut browser = Browser::new(&server);
    browser.put_in_cart(FLEECE, "1").await;
    let page = form(&mut browser, "").await;
    let shop = &server.app.shop;
    let today = shop.day(server.app.clock.now_ms());
    let terms = shop
        .terms
        .shipping
        .as_ref()
        .unwrap()
        .in_force(today)
        .unwrap();
    let goods = Money::new(7_900, shop.profile.currency);
    for country in ["IE", "DE", "NO", "US"] {
        for name in ["standard", "express"] {
            let mut fields = checkout_fields(page.field("key"), "", "");
            for (field, value) in &mut fields {
                match *field {
                    "country" => *value = country,
                    "service" => *value = name,
                    "action" => *value = "update",
                    _ => {}
                }
            }
            let service = terms.service(country, name).unwrap();
            let total = goods.plus(service.price_at(goods)).unwrap();
            let page = browser.post("/checkout", &fields).await;
            assert_eq!(page.field("total"), total.digits(), "{country} {name}");
        }
    }
    server.stop().await;
}
