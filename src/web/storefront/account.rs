//! `/account`: the chosen shopper's orders, parcels, and what was done for them since.

use axum::http::{HeaderValue, header};
use axum::response::Response;
use minijinja::context;
use serde::Serialize;

use super::frame::Head;
use super::front::{Front, failed, go_to};
use super::shelf::{href, picture};
use super::sign_in::{Situation, situation};
use super::words;
use crate::clock::{day, long_date, timestamp};
use crate::domain::aftersale::{Aftersale, ExchangeStatus, ReplacedLine};
use crate::domain::customer::Address;
use crate::domain::limits::PROFILE_ORDERS_MAX;
use crate::domain::order::{Order, OrderLine, RefundPaid, Shipment};
use crate::domain::returns::{Return, ReturnStatus};
use crate::shop::countries::Countries;
use crate::web::error::Problem;

#[derive(Serialize)]
struct Page {
    orders: Vec<OrderView>,
    address: Option<Vec<String>>,
    situation: Option<&'static Situation>,
}

/// An order as pages show it.
#[derive(Serialize)]
pub struct OrderView {
    pub number: String,
    status: &'static str,
    placed: String,
    lines: Vec<LineView>,
    goods: String,
    discount: Option<String>,
    shipping: String,
    free_shipping: bool,
    total: String,
    paid_with: Vec<String>,
    address: Option<Vec<String>>,
    parcels: Vec<Parcel>,
    returns: Vec<ReturnView>,
    aftersales: Vec<AftersaleView>,
    paid_back: Vec<PaidBack>,
    question: String,
}

#[derive(Serialize)]
struct LineView {
    href: String,
    picture: String,
    title: String,
    color: String,
    size: String,
    quantity: u32,
    paid: String,
    final_sale: bool,
}

#[derive(Serialize)]
struct Parcel {
    carrier: String,
    tracking: String,
    status: &'static str,
    expected: Option<String>,
    /// The newest first.
    scans: Vec<Scan>,
}

#[derive(Serialize)]
struct Scan {
    at: String,
    text: String,
    place: String,
}

#[derive(Serialize)]
struct ReturnView {
    number: String,
    status: String,
    lines: Vec<String>,
    refund: String,
    hand_over_by: Option<String>,
    slip: Option<String>,
}

/// Money that went back, by the way that it went.
#[derive(Serialize)]
struct PaidBack {
    method: String,
    amount: String,
}

/// An exchange, a replacement or a claim.
#[derive(Serialize)]
struct AftersaleView {
    title: String,
    lines: Vec<String>,
    hand_over_by: Option<String>,
    slip: Option<String>,
}

pub async fn page(front: Front) -> Result<Response, Problem> {
    let Some(shopper) = &front.shopper else {
        return Ok(go_to("/sign-in"));
    };
    let store = &front.site.shop.store;
    let orders = store.orders_of(&shopper.id, PROFILE_ORDERS_MAX).await;
    let mut views = Vec::new();
    for order in orders.map_err(failed)? {
        let returns = store.returns_of(&order.number).await.map_err(failed)?;
        let aftersales = store.aftersales_of(&order.number).await.map_err(failed)?;
        views.push(OrderView::of(&front, &order, &returns, &aftersales));
    }
    let page = Page {
        orders: views,
        address: shopper.address.as_ref().map(lines_of),
        situation: situation(&shopper.email),
    };
    let title = words::say("account_title", ());
    let mut response = front.page("account.html", &Head::new("account", &title), &page)?;
    let no_store = HeaderValue::from_static("no-store");
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, no_store);
    Ok(response)
}

impl OrderView {
    pub fn of(front: &Front, order: &Order, returns: &[Return], aftersales: &[Aftersale]) -> Self {
        let zone = &front.site.shop.profile.zone;
        let goods: i64 = order.lines.iter().map(|line| line.paid().minor).sum();
        let off: i64 = order.lines.iter().map(|line| line.discount.minor).sum();
        let money = |minor| crate::domain::money::Money::new(minor, order.currency).to_string();
        let payments = order.payments.iter();
        Self {
            number: order.number.to_string(),
            status: order.status.words(),
            placed: long_date(day(order.placed_ms, zone)),
            lines: order.lines.iter().map(LineView::of).collect(),
            goods: money(goods + off),
            discount: (off > 0).then(|| money(off)),
            shipping: order.shipping.to_string(),
            free_shipping: order.shipping.minor == 0,
            total: order.total.to_string(),
            paid_with: payments.map(|one| one.method.words().to_owned()).collect(),
            address: order.address.as_ref().map(lines_of),
            parcels: order
                .shipments
                .iter()
                .map(|one| parcel(front, one))
                .collect(),
            returns: returns.iter().map(|one| returned(front, one)).collect(),
            aftersales: aftersales.iter().map(|one| aftersale(front, one)).collect(),
            paid_back: order.history.refunds.iter().map(paid_back).collect(),
            question: words::say("ask_order", context! { number => order.number.as_str() }),
        }
    }
}

impl LineView {
    fn of(line: &OrderLine) -> Self {
        Self {
            href: href(line.product.as_str(), &line.color),
            picture: picture(line.product.as_str(), &line.color),
            title: line.title.clone(),
            color: line.color.clone(),
            size: line.size.clone(),
            quantity: line.quantity,
            paid: line.paid().to_string(),
            final_sale: line.final_sale,
        }
    }
}

fn parcel(front: &Front, parcel: &Shipment) -> Parcel {
    let zone = &front.site.shop.profile.zone;
    let at = |ms: i64| {
        let at = timestamp(ms).to_zoned(zone.clone());
        at.strftime("%A %-d %B, %H:%M").to_string()
    };
    let mut events: Vec<_> = parcel.events.iter().collect();
    events.sort_by_key(|event| -event.at_ms);
    let is_under_way = parcel.delivered_ms.is_none();
    Parcel {
        carrier: parcel.carrier.clone(),
        tracking: parcel.tracking.clone(),
        status: parcel.status.words(),
        expected: parcel.estimate.filter(|_| is_under_way).map(|(from, to)| {
            let (from, to) = (long_date(from), long_date(to));
            words::say("arrives", context! { from, to })
        }),
        scans: events
            .into_iter()
            .map(|event| Scan {
                at: at(event.at_ms),
                text: event.text.clone(),
                place: event.place.clone(),
            })
            .collect(),
    }
}

fn returned(front: &Front, back: &Return) -> ReturnView {
    let is_open = back.status == ReturnStatus::Open;
    let status = match back.status {
        ReturnStatus::Open => "return_open",
        ReturnStatus::Received => "return_received",
        ReturnStatus::Refunded => "return_refunded",
        ReturnStatus::Cancelled => "return_cancelled",
    };
    ReturnView {
        number: back.number.to_string(),
        status: words::say(status, ()),
        lines: back
            .lines
            .iter()
            .map(|line| {
                let (quantity, title, reason) = (line.quantity, &line.title, line.reason.words());
                words::say("return_line", context! { quantity, title, reason })
            })
            .collect(),
        refund: back.refund.total.to_string(),
        hand_over_by: is_open.then(|| long_date(back.ship_by)),
        slip: is_open.then(|| front.site.shop.slip_links(&back.slip_token).0),
    }
}

fn paid_back(refund: &RefundPaid) -> PaidBack {
    PaidBack {
        method: refund.method.words().to_owned(),
        amount: refund.amount.to_string(),
    }
}

fn aftersale(front: &Front, aftersale: &Aftersale) -> AftersaleView {
    let number = aftersale.number().as_str();
    let items = |lines: &[ReplacedLine]| -> Vec<String> {
        let item = |line: &ReplacedLine| {
            let (quantity, title) = (line.quantity, &line.title);
            words::say("aftersale_line", context! { quantity, title })
        };
        lines.iter().map(item).collect()
    };
    let (lines, send_back) = match aftersale {
        Aftersale::Exchange(exchange) => {
            let pairs = exchange.pairs.iter().map(|pair| {
                let (quantity, title) = (pair.quantity, &pair.title);
                let (from, to) = (&pair.from_variant, &pair.to_variant);
                words::say("exchange_line", context! { quantity, title, from, to })
            });
            let open = exchange.status == ExchangeStatus::Open;
            let slip = open.then_some((exchange.ship_by, &exchange.slip_token));
            (pairs.collect(), slip)
        }
        Aftersale::Replacement(replacement) => {
            let back = replacement.send_back.as_ref();
            let slip = back.map(|back| (back.by, &back.slip_token));
            (items(&replacement.lines), slip)
        }
        Aftersale::Claim(claim) => (items(&claim.lines), None),
    };
    AftersaleView {
        title: words::say(aftersale.kind(), context! { number }),
        lines,
        hand_over_by: send_back.map(|(by, _)| long_date(by)),
        slip: send_back.map(|(_, token)| front.site.shop.slip_links(token).0),
    }
}

fn lines_of(address: &Address) -> Vec<String> {
    let country = Countries::get().code(&address.country);
    let country = country.map_or_else(|| address.country.clone(), |known| known.name.clone());
    let city = format!("{} {}", address.postcode, address.city);
    let mut lines = vec![address.name.clone(), address.street.clone()];
    lines.extend(address.extra.clone());
    lines.extend([city, country]);
    lines
}
