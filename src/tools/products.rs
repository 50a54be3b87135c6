//! What the product tools share: a product as it is shown, the facts that it states, and finding
//! the one that somebody names. Everything of the catalogue passes as one short line.

use std::sync::LazyLock;

use minijinja::context;
use serde::Serialize;

use super::covered_order::broken;
use super::lookup_order::{number, reading_text};
use super::words::Words;
use super::{ToolContext, ToolError};
use crate::domain::card::{ProductCard, ProductColorCard};
use crate::domain::evidence::{Fact, FactValue, Subject};
use crate::domain::ids::ProductId;
use crate::domain::limits::{PRODUCT_LIST_MAX, WISH_CHARS_MAX};
use crate::domain::product::{Product, Variant};
use crate::knowledge::catalog::names::Named;
use crate::knowledge::facts::values;
use crate::shop::links;

static WORDS: LazyLock<Words> =
    LazyLock::new(|| Words::embedded(include_str!("../../prompts/reply/get_product.toml")));

/// A product as a search lists it: short fields that can be compared.
#[derive(Serialize)]
pub struct ProductView {
    product_id: String,
    pub title: String,
    brand: String,
    category: String,
    department: String,
    price: String,
    compare_at: Option<String>,
    final_sale: bool,
    features: Vec<String>,
    material: String,
    fit: String,
    weight: Option<String>,
    colors: Vec<ColorView>,
    link: String,
}

/// A colour with the sizes of it that can be bought.
#[derive(Serialize)]
pub struct ColorView {
    pub color: String,
    pub sizes: Vec<String>,
}

/// `variants` are those to show.
pub fn view(context: &ToolContext<'_>, product: &Product, variants: &[Variant]) -> ProductView {
    ProductView {
        product_id: reading_text(product.id.as_str()),
        title: reading_text(&product.title),
        brand: reading_text(&product.brand),
        category: category_words(&product.category),
        department: reading_text(&product.department),
        price: product.price.to_string(),
        compare_at: product.reduced_from().map(|before| before.to_string()),
        final_sale: product.final_sale,
        features: lines(&product.features),
        material: reading_text(&product.material),
        fit: reading_text(&product.fit),
        weight: weight(product),
        colors: by_color(variants),
        link: link(context, product),
    }
}

/// "rain jackets"
pub fn category_words(category: &str) -> String {
    reading_text(category).replace('-', " ")
}

pub fn lines(texts: &[String]) -> Vec<String> {
    let shown = texts.iter().take(PRODUCT_LIST_MAX);
    shown.map(|text| reading_text(text)).collect()
}

/// "410 g"; nothing where the shop has not weighed it.
pub fn weight(product: &Product) -> Option<String> {
    (product.weight_g > 0).then(|| format!("{} g", product.weight_g))
}

/// Where the product's page is.
pub fn link(context: &ToolContext<'_>, product: &Product) -> String {
    links::product(&context.shop.profile, &product.id)
}

/// A picture in a colour: the shop's own, else the one that this server draws.
pub fn picture(context: &ToolContext<'_>, product: &Product, color: &str) -> String {
    match &product.picture {
        Some(own) => own.clone(),
        None => links::picture(&context.shop.profile, &product.id, color),
    }
}

/// Variants by colour, both in the shop's own order.
pub fn by_color(variants: &[Variant]) -> Vec<ColorView> {
    let mut colors: Vec<ColorView> = Vec::new();
    for variant in variants {
        let color = reading_text(&variant.color);
        let at = colors.iter().position(|known| known.color == color);
        let at = match at {
            Some(at) => at,
            None if colors.len() < PRODUCT_LIST_MAX => {
                colors.push(ColorView {
                    color,
                    sizes: Vec::new(),
                });
                colors.len() - 1
            }
            None => continue,
        };
        let size = reading_text(&variant.size);
        let sizes = &mut colors[at].sizes;
        if sizes.len() < PRODUCT_LIST_MAX && !sizes.contains(&size) {
            sizes.push(size);
        }
    }
    colors
}

pub fn card(context: &ToolContext<'_>, product: &Product, variants: &[Variant]) -> ProductCard {
    let colors = by_color(variants);
    let first = colors.first().map_or("", |view| view.color.as_str());
    ProductCard {
        picture: Some(picture(context, product, first)),
        product: product.id.to_string(),
        title: reading_text(&product.title),
        brand: reading_text(&product.brand),
        price: product.price.to_string(),
        compare_at: product.reduced_from().map(|before| before.to_string()),
        colors: colors
            .into_iter()
            .map(|view| ProductColorCard {
                color: view.color,
                sizes: view.sizes,
            })
            .collect(),
        final_sale: product.final_sale,
        link: link(context, product),
    }
}

pub fn subject(product: &Product) -> Subject {
    Subject::new(format!("product:{}", product.id))
}

/// What may be stated of a product that is shown with these variants.
pub fn facts(context: &ToolContext<'_>, product: &Product, variants: &[Variant]) -> Vec<Fact> {
    let about = subject(product);
    let mut facts = Vec::new();
    let mut add = |attribute: &str, value| {
        let fact = Fact::new(&about, attribute, value);
        if !facts.contains(&fact) {
            facts.push(fact);
        }
    };
    add("title", FactValue::Name(reading_text(&product.title)));
    add("price", FactValue::Money(product.price));
    if let Some(before) = product.reduced_from() {
        add("compare_at", FactValue::Money(before));
    }
    if !product.brand.is_empty() {
        add("brand", FactValue::Code(reading_text(&product.brand)));
    }
    let in_stock = product.variants.iter().any(|variant| variant.stock > 0);
    let stock = if in_stock { "in stock" } else { "out of stock" };
    add("stock", FactValue::Status(stock.to_owned()));
    if product.final_sale {
        add("sale", FactValue::Status("final sale".to_owned()));
    }
    for color in by_color(variants) {
        for size in color.sizes {
            add("size", FactValue::Code(size));
        }
    }
    if product.weight_g > 0 {
        add("weight", number(product.weight_g as usize));
    }
    add("link", FactValue::Link(link(context, product)));
    let prose = [
        ("material", reading_text(&product.material)),
        ("fit", reading_text(&product.fit)),
        ("features", lines(&product.features).join(", ")),
    ];
    for (field, text) in prose {
        for (kind, value) in measures(&text) {
            add(&format!("{field}: {kind}"), value);
        }
    }
    facts
}

/// The figures of a product's prose. An amount, a day or a link in it is no fact: what it costs
/// and where it is says the shop.
pub fn measures(text: &str) -> impl Iterator<Item = (String, FactValue)> {
    let is_figure = |value: &FactValue| matches!(value, FactValue::Number(_) | FactValue::Code(_));
    values(text)
        .into_iter()
        .filter(move |(_, value)| is_figure(value))
}

/// What a name stands for.
pub enum Meant {
    One(Box<Product>),
    /// At most a few that the name fits equally.
    Several(Vec<Product>),
}

/// The product with an id, a sku or a title; refused with the nearest titles when there is none.
pub async fn meant(context: &ToolContext<'_>, name: &str) -> Result<Meant, ToolError> {
    if name.trim().is_empty() {
        return Err(ToolError::Retry(WORDS.say("empty", ())));
    }
    let name: String = name.chars().take(WISH_CHARS_MAX * 4).collect();
    let read = |ids: Vec<ProductId>| async {
        let products = context.shop.store.products_of(ids).await;
        products.map_err(broken)
    };
    match context.catalog.named(&name).await.map_err(broken)? {
        Named::One(id) => {
            let found = context.shop.store.product(&id).await.map_err(broken)?;
            let product = found.ok_or_else(|| not_found(&[]))?;
            Ok(Meant::One(Box::new(product)))
        }
        Named::Several(ids) => {
            let mut products = read(ids).await?;
            match products.len() {
                0 => Err(not_found(&[])),
                1 => Ok(Meant::One(Box::new(products.remove(0)))),
                _ => Ok(Meant::Several(products)),
            }
        }
        Named::None { nearest } => Err(not_found(&read(nearest).await?)),
    }
}

fn not_found(near: &[Product]) -> ToolError {
    if near.is_empty() {
        return ToolError::Refused(WORDS.say("not_found_at_all", ()));
    }
    let titles: Vec<String> = near.iter().map(|one| reading_text(&one.title)).collect();
    ToolError::Refused(WORDS.say("not_found", context! { near => any_of(&titles) }))
}

/// "S, M or L"
pub fn any_of(texts: &[String]) -> String {
    match texts {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

/// What is told where a name fits several products.
#[derive(Serialize)]
pub struct WhichView {
    which: Vec<Choice>,
}

#[derive(Serialize)]
struct Choice {
    product_id: String,
    title: String,
    price: String,
}

pub fn which(products: &[Product]) -> WhichView {
    let choice = |product: &Product| Choice {
        product_id: reading_text(product.id.as_str()),
        title: reading_text(&product.title),
        price: product.price.to_string(),
    };
    WhichView {
        which: products.iter().map(choice).collect(),
    }
}

pub fn in_stock(product: &Product) -> Vec<Variant> {
    let there = product.variants.iter().filter(|variant| variant.stock > 0);
    there.cloned().collect()
}
