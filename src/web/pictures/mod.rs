//! Pictures of products, drawn by the server from what the shop says of them: the category gives the
//! silhouette, title and features its details, the colour its cloth. The same product gives the same
//! picture, in a few kilobytes, and nothing in it runs or loads anything.

mod bags;
mod belts;
mod bottoms;
mod coats;
mod dresses;
mod feet;
mod gloves;
mod hats;
mod look;
mod lower;
mod other;
pub mod palette;
mod scarves;
mod sheet;
mod texture;
mod tops;
mod underwear;
mod upper;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;

use super::Site;
use super::address::{Path, Query};
use super::error::Problem;
use crate::domain::ids::{ProductId, sha256_hex};
use crate::domain::product::Product;
use look::Look;
use sheet::Sheet;

/// A picture runs nothing and loads nothing, whatever it is opened as.
const POLICY: &str = "default-src 'none'; frame-ancestors 'none'";
const KEPT: &str = "public, max-age=3600, stale-while-revalidate=86400";

pub fn routes(router: Router<Site>) -> Router<Site> {
    router.route("/pictures/{file}", get(picture))
}

#[derive(serde::Deserialize)]
pub struct Asked {
    #[serde(default)]
    color: String,
}

/// A picture of a product: drawn, or where the shop has one of its own, the way there.
async fn picture(
    State(site): State<Site>,
    Path(file): Path<String>,
    Query(asked): Query<Asked>,
    sent: HeaderMap,
) -> Result<Response, Problem> {
    let id = file
        .strip_suffix(".svg")
        .ok_or_else(Problem::no_such_drawing)?;
    let found = site.shop.store.product(&ProductId::new(id)).await;
    let product = found
        .map_err(|error| {
            tracing::error!(%error, "a product cannot be read to be drawn");
            Problem::failed()
        })?
        .ok_or_else(Problem::no_such_drawing)?;
    if let Some(own) = &product.picture {
        return Ok(Redirect::temporary(own).into_response());
    }
    let svg = drawn(&product, &asked.color);
    let tag = format!("\"{}\"", &sha256_hex(&svg)[..20]);
    let known = sent.get(header::IF_NONE_MATCH);
    let known = known.is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let headers = [
        (header::CONTENT_TYPE, "image/svg+xml"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, KEPT),
        (header::ETAG, tag.as_str()),
        // The chat shows it on the pages of other sites.
        (
            header::HeaderName::from_static("cross-origin-resource-policy"),
            "cross-origin",
        ),
    ];
    Ok(match known {
        true => (StatusCode::NOT_MODIFIED, headers).into_response(),
        false => (headers, svg).into_response(),
    })
}

/// The picture of a product in one of its colours; in its first where it has no such colour.
pub fn drawn(product: &Product, color: &str) -> String {
    let mut colors = product.variants.iter().map(|one| one.color.as_str());
    let color = match colors.clone().any(|known| known == color) {
        true => color,
        false => colors.next().unwrap_or_default(),
    };
    let look = Look::of(product);
    let mut sheet = Sheet::new(palette::cloth(color));
    draw(&mut sheet, &look);
    sheet.finish(&product.title, color)
}

/// Draws by category, else by what the title and the tags say it is, else something neutral.
fn draw(sheet: &mut Sheet, look: &Look) {
    match look.kind() {
        "rain-jackets" | "insulated-jackets" | "softshells" | "fleece" | "everyday-jackets"
        | "kids-jackets" => coats::draw(sheet, look),
        "knitwear" | "sweatshirts" | "shirts" | "t-shirts" | "base-layers" | "kids-tops" => {
            tops::draw(sheet, look);
        }
        "hiking-trousers" | "trousers" | "jeans" | "shorts" | "skirts" | "kids-trousers" => {
            bottoms::draw(sheet, look);
        }
        "dresses" => dresses::draw(sheet, look),
        "hiking-boots" => feet::boot(sheet, look),
        "trainers" => feet::trainer(sheet, look),
        "sandals" => feet::sandal(sheet, look),
        "socks" => feet::sock(sheet, look),
        "hats" => hats::draw(sheet, look),
        "gloves" => gloves::draw(sheet, look),
        "scarves" => scarves::draw(sheet, look),
        "belts" => belts::draw(sheet, look),
        "backpacks" => bags::on_the_back(sheet, look),
        "bags" => bags::in_the_hand(sheet, look),
        "underwear" => underwear::draw(sheet, look),
        _ => other::draw(sheet, look),
    }
}
