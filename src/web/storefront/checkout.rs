//! `/checkout`: address, shipping, code and a pretended payment, and the one form that becomes an
//! order. Whatever is in the way is said on the page, and what was typed stays.

mod draft;
mod quote;

use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use minijinja::context;
use serde::Serialize;

use super::cart::{self, Line, form};
use super::cookies::Cart;
use super::frame::Head;
use super::front::{Front, failed, go_to};
use super::words;
use crate::customers::offers::order::{NoDiscount, Wanted};
use crate::domain::money::Money;
use crate::shop::checkout::{Checkout, Refusal};
use crate::store::StoreError;
use crate::store::checkouts::Placed;
use crate::web::Site;
use crate::web::error::Problem;
use draft::{Draft, Typed};
use quote::{Quote, Summary, code_words};

#[derive(Serialize)]
struct Page<'a> {
    key: &'a str,
    typed: &'a Typed,
    /// What is wrong with a field, by its name.
    wrong: Vec<(&'static str, String)>,
    countries: Vec<quote::Country>,
    services: Vec<quote::ServiceChoice>,
    customs: Option<String>,
    /// Whom it is filled in for.
    shopper: &'a str,
    lines: Vec<Line>,
    summary: Option<Summary>,
    /// What the code takes off, or why it does not.
    code_says: Option<String>,
    code_works: bool,
    notice: Option<String>,
    signed_in: bool,
    codes: Vec<quote::OwnCode>,
}

pub async fn page(front: Front) -> Result<Response, Problem> {
    if front.cart.lines().is_empty() {
        return Ok(go_to("/cart"));
    }
    let draft = Draft::new(&front);
    show(&front, &draft, None, false).await
}

pub async fn submit(State(site): State<Site>, request: Request) -> Result<Response, Problem> {
    let (front, fields) = form(&site, request).await?;
    let mut draft = Draft::read(&front, &fields);
    let store = &front.site.shop.store;
    if front.cart.lines().is_empty() {
        // Sent again after the cart was emptied by the order itself.
        let earlier = store.order_of_checkout(&draft.key).await.map_err(failed)?;
        return Ok(match earlier {
            Some(_) => go_to(&done(&draft)),
            None => go_to("/cart"),
        });
    }
    // Filled in for somebody who has signed out or in since: what stands in it is not for this one.
    if fields.one("shopper") != shopper_of(&front) {
        return Ok(go_to("/checkout"));
    }
    if fields.one("action") != "place" {
        return show(&front, &draft, None, false).await;
    }
    if draft.is_new || !draft.wrong.is_empty() {
        return show(&front, &draft, Some(words::say("look_again", ())), true).await;
    }
    match place(&front, &draft).await {
        Ok(Placed::Done(_)) => {
            let mut response = go_to(&done(&draft));
            let emptied = Front {
                cart: Cart::default(),
                ..front
            };
            emptied.keep_cart(&mut response);
            Ok(response)
        }
        Ok(Placed::Refused(why)) => {
            let notice = refusal_words(&why);
            show(&front, &draft, notice, true).await
        }
        // An order was placed with this form before, of something else.
        Err(StoreError::KeyReused) => {
            draft.renew(&front);
            show(&front, &draft, Some(words::say("placed_before", ())), true).await
        }
        Err(error) => Err(failed(error)),
    }
}

/// Whom a form is filled in for; nothing for a guest.
fn shopper_of(front: &Front) -> &str {
    let shopper = front.shopper.as_ref();
    shopper.map_or("", |shopper| shopper.id.as_str())
}

fn done(draft: &Draft) -> String {
    format!("/checkout/done/{}", draft.key)
}

async fn place(front: &Front, draft: &Draft) -> Result<Placed<Refusal<NoDiscount>>, StoreError> {
    let shop = &front.site.shop;
    let currency = shop.profile.currency;
    let checkout = Checkout {
        key: draft.key.clone(),
        buyer: draft.buyer(front),
        address: draft.address(),
        lines: front.cart.lines().to_vec(),
        service: draft.typed.service.clone(),
        code: draft.code(),
        method: draft.method(),
        total: Money::parse(&draft.total, currency).unwrap_or(Money::zero(currency)),
    };
    let customers = front.storefront.customers.clone();
    let zone = shop.profile.zone.clone();
    let (today, now_ms) = (shop.day(front.now_ms), front.now_ms);
    let service = checkout.service.clone();
    shop.place_order(checkout, now_ms, move |code, issued, items| {
        let order = Wanted {
            items,
            service: &service,
            today,
            zone: &zone,
            now_ms,
        };
        customers.discount(code, issued, &order)
    })
    .await
}

/// What is said above the form; what a field is wrong with is said beside it.
fn refusal_words(why: &Refusal<NoDiscount>) -> Option<String> {
    Some(match why {
        Refusal::Empty | Refusal::Gone(_) => words::say("refused_gone", ()),
        Refusal::TooMuch => words::say("refused_too_much", ()),
        Refusal::SoldOut { title, left, .. } => {
            words::say("refused_sold_out", context! { title, left })
        }
        Refusal::NotShipped => words::say("refused_not_shipped", ()),
        Refusal::Code(why) => code_words(why),
        Refusal::Changed(totals) => {
            let total = totals.total.to_string();
            words::say("refused_changed", context! { total })
        }
    })
}

async fn show(
    front: &Front,
    draft: &Draft,
    notice: Option<String>,
    refused: bool,
) -> Result<Response, Problem> {
    let shown = cart::shown(front).await?;
    let quote = Quote::of(front, draft).await.map_err(failed)?;
    let (code_works, code_says) = quote.code;
    let page = Page {
        key: draft.key.as_str(),
        typed: &draft.typed,
        wrong: match refused {
            true => draft.wrong.clone(),
            false => Vec::new(),
        },
        countries: quote.countries,
        services: quote.services,
        customs: quote.customs,
        lines: shown.lines,
        summary: quote.summary,
        code_says,
        code_works,
        notice: notice.or(quote.problem),
        shopper: shopper_of(front),
        signed_in: front.shopper.is_some(),
        codes: quote.codes,
    };
    let title = words::say("checkout_title", ());
    let mut response = front.page("checkout.html", &Head::new("checkout", &title), &page)?;
    if refused {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    let no_store = HeaderValue::from_static("no-store");
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, no_store);
    Ok(response)
}
