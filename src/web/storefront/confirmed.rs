//! `/checkout/done/{key}`: the order that a checkout became. The address is unguessable, as a
//! slip's is: who has it may look.

use axum::extract::Path;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use minijinja::context;
use serde::Serialize;

use super::account::OrderView;
use super::frame::Head;
use super::front::{Front, failed};
use super::words;
use crate::domain::ids::IdempotencyKey;
use crate::web::error::Problem;

#[derive(Serialize)]
struct Page {
    order: OrderView,
    question: String,
    email: Option<String>,
}

pub async fn page(front: Front, Path(key): Path<String>) -> Result<Response, Problem> {
    let store = &front.site.shop.store;
    let found = store.order_of_checkout(&IdempotencyKey::new(key)).await;
    let Some(order) = found.map_err(failed)? else {
        return Ok(front.missing());
    };
    let customer = store.customer(&order.customer).await.map_err(failed)?;
    let page = Page {
        question: words::say("ask_order", context! { number => order.number.as_str() }),
        order: OrderView::of(&front, &order, &[], &[]),
        email: customer.map(|customer| customer.email),
    };
    let title = words::say("confirmed_title", ());
    let mut response = front.page("confirmed.html", &Head::new("confirmed", &title), &page)?;
    let no_store = HeaderValue::from_static("no-store");
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, no_store);
    Ok(response)
}
