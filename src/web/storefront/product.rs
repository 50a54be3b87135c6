//! `/products/{id}`: one product, by colour, with what can be bought of it.

use axum::extract::Path;
use axum::response::Response;
use minijinja::context;
use serde::Serialize;

use super::frame::Head;
use super::front::{Front, failed};
use super::groups::{category_title, of_category};
use super::shelf::{Dot, Rating, Tile, colors, dot, href, picture, rating, stars};
use super::words;
use crate::clock::{day, long_date};
use crate::domain::ids::ProductId;
use crate::domain::product::Product;
use crate::knowledge::sizes::{measure::centimetres, sizes_of};
use crate::web::error::Problem;

/// Pieces from which on nobody needs to hurry.
const MANY: i64 = 4;
const ALIKE: usize = 4;

#[derive(Serialize)]
struct Page<'a> {
    id: &'a str,
    title: &'a str,
    brand: &'a str,
    category: Link,
    group: Option<Link>,
    paragraphs: Vec<&'a str>,
    material: &'a str,
    care: &'a str,
    fit: &'a str,
    features: &'a [String],
    weight_g: u32,
    price: String,
    before: Option<String>,
    final_sale: bool,
    hygiene: bool,
    color: &'a str,
    picture: String,
    alt: String,
    colors: Vec<Color>,
    sizes: Vec<Size<'a>>,
    one_size: bool,
    can_be_bought: bool,
    question: String,
    rating: Option<Rating>,
    reviews: Vec<Review<'a>>,
    chart: Option<Chart>,
    shipping: Option<String>,
    alike: Vec<Tile>,
    added: bool,
}

#[derive(Serialize)]
struct Link {
    href: String,
    title: String,
}

#[derive(Serialize)]
struct Color {
    dot: Dot,
    href: String,
    picture: String,
    here: bool,
}

#[derive(Serialize)]
struct Size<'a> {
    sku: &'a str,
    size: &'a str,
    stock: String,
    there: bool,
    first: bool,
}

#[derive(Serialize)]
struct Review<'a> {
    stars: Vec<&'static str>,
    rating: u8,
    title: &'a str,
    text: &'a str,
    by: &'a str,
    on: String,
}

/// The sizes of the product with the bodies that they are for, in centimetres.
#[derive(Serialize)]
struct Chart {
    measures: Vec<&'static str>,
    rows: Vec<(String, Vec<String>)>,
}

pub async fn page(front: Front, Path(id): Path<String>) -> Result<Response, Problem> {
    let found = front.site.shop.store.product(&ProductId::new(id)).await;
    let Some(product) = found.map_err(failed)? else {
        return Ok(front.missing());
    };
    let asked = front.query.one("color");
    let known = colors(&product);
    let in_stock = |color: &&str| {
        let of_color = product.variants.iter().filter(|v| v.color == *color);
        of_color.clone().any(|v| v.stock > 0)
    };
    let color = known.iter().copied().find(|known| *known == asked);
    let color = color
        .or_else(|| known.iter().copied().find(in_stock))
        .or(known.first().copied())
        .unwrap_or_default();
    let page = page_of(&front, &product, color).await?;
    let head = Head {
        product: Some(product.id.as_str()),
        ..Head::new("product", &product.title)
    };
    front.page("product.html", &head, &page)
}

async fn page_of<'a>(
    front: &Front,
    product: &'a Product,
    color: &'a str,
) -> Result<Page<'a>, Problem> {
    let id = product.id.as_str();
    let sizes = sizes(product, color);
    Ok(Page {
        id,
        title: &product.title,
        brand: &product.brand,
        category: Link {
            href: format!("/categories/{}", product.category),
            title: category_title(&product.category),
        },
        group: of_category(&product.category).map(|group| Link {
            href: format!("/categories/{}", group.id),
            title: group.title.clone(),
        }),
        paragraphs: paragraphs(&product.description),
        material: &product.material,
        care: &product.care,
        fit: &product.fit,
        features: &product.features,
        weight_g: product.weight_g,
        price: product.price.to_string(),
        before: product.reduced_from().map(|before| before.to_string()),
        final_sale: product.final_sale,
        hygiene: product.hygiene,
        color,
        picture: picture(id, color),
        alt: words::say(
            "picture_alt",
            context! { title => product.title.as_str(), color },
        ),
        colors: colors(product)
            .into_iter()
            .map(|name| Color {
                dot: dot(name),
                href: href(id, name),
                picture: picture(id, name),
                here: name == color,
            })
            .collect(),
        one_size: sizes.len() == 1,
        can_be_bought: sizes.iter().any(|size| size.there),
        sizes,
        question: words::say("ask_about", context! { title => product.title.as_str() }),
        rating: rating(product),
        reviews: reviews(front, product),
        chart: chart(front, product),
        shipping: shipping(front),
        alike: alike(front, product).await?,
        added: front.query.one("added") == "1",
    })
}

fn paragraphs(text: &str) -> Vec<&str> {
    let parts = text.split("\n\n").map(str::trim);
    parts.filter(|part| !part.is_empty()).collect()
}

fn sizes<'a>(product: &'a Product, color: &str) -> Vec<Size<'a>> {
    let of_color = product.variants.iter().filter(|v| v.color == color);
    let mut first = true;
    of_color
        .map(|variant| {
            let left = variant.stock;
            let there = left > 0;
            Size {
                sku: variant.sku.as_str(),
                size: &variant.size,
                stock: match left {
                    ..=0 => words::say("sold_out", ()),
                    1..MANY => words::say("few_left", context! { left }),
                    _ => words::say("in_stock", ()),
                },
                there,
                first: there && std::mem::take(&mut first),
            }
        })
        .collect()
}

fn reviews<'a>(front: &Front, product: &'a Product) -> Vec<Review<'a>> {
    let zone = &front.site.shop.profile.zone;
    let review = |review: &'a crate::domain::product::Review| Review {
        stars: stars(usize::from(review.rating) * 10),
        rating: review.rating,
        title: &review.title,
        text: &review.text,
        by: &review.by,
        on: long_date(day(review.at_ms, zone)),
    };
    product.reviews.iter().map(review).collect()
}

fn chart(front: &Front, product: &Product) -> Option<Chart> {
    let chart = front.storefront.knowledge.sizes.chart_for(product)?;
    let bodies: Vec<_> = sizes_of(product)
        .into_iter()
        .filter_map(|size| Some((chart.body_of(&size)?, size)))
        .collect();
    let mut measures = Vec::new();
    for measure in bodies.iter().flat_map(|(body, _)| body.keys()) {
        if !measures.contains(measure) {
            measures.push(*measure);
        }
    }
    let rows = bodies.into_iter().map(|(body, size)| {
        let cell = |measure| match body.get(measure) {
            Some(span) => format!("{}–{}", centimetres(span.from_mm), centimetres(span.to_mm)),
            None => String::new(),
        };
        (size, measures.iter().map(cell).collect())
    });
    Some(Chart {
        rows: rows.collect(),
        measures: measures.iter().map(|measure| measure.name()).collect(),
    })
}

/// What shipping at home costs, in one line.
fn shipping(front: &Front) -> Option<String> {
    let shop = &front.site.shop;
    let terms = shop.terms.shipping.as_ref()?;
    let version = terms.in_force(shop.day(front.now_ms))?;
    let address = front.shopper.as_ref().and_then(|s| s.address.as_ref());
    let country = address.map_or("IE", |address| address.country.as_str());
    let service = version.service(country, "standard")?;
    let placed = crate::clock::timestamp(front.now_ms).to_zoned(shop.profile.zone.clone());
    let estimate = terms.estimate(version, service, placed.datetime());
    let country = crate::shop::countries::Countries::get().code(country)?;
    Some(words::say(
        "shipping_line",
        context! {
            country => country.words(),
            price => service.price.to_string(),
            free_from => service.free_from.map(|from| from.to_string()),
            by => long_date(estimate.arrives_to),
        },
    ))
}

async fn alike(front: &Front, product: &Product) -> Result<Vec<Tile>, Problem> {
    let shelf = front.shelf().await?;
    let others = shelf
        .products
        .iter()
        .filter(|other| other.category == product.category && other.id != product.id);
    // For whom it is before the shop's order.
    let mut others: Vec<&Product> = others.collect();
    others.sort_by_key(|other| other.department != product.department);
    others.truncate(ALIKE);
    front.tiles(&others).await
}
