//! `get_product`: everything about one product. Its description and reviews are other people's
//! text, so that whoever has read them may write nothing unasked in the same turn.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::covered_order::broken;
use super::lookup_order::{number, reading_text};
use super::products::{self, Meant, by_color};
use super::{ReadTool, ToolContext, ToolError, ToolOutput};
use crate::domain::card::{Card, ProductsCard};
use crate::domain::evidence::{Fact, FactValue, Subject};
use crate::domain::ids::ProductId;
use crate::domain::limits::{PRODUCT_PROSE_CHARS_MAX, REVIEW_CHARS_MAX, REVIEWS_SHOWN_MAX};
use crate::domain::product::{Product, Review};
use crate::knowledge::catalog::names;

pub struct GetProduct;

/// Arguments of `get_product`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// The product's id, or its title as the shopper wrote it.
    product: String,
}

#[derive(Serialize)]
struct Whole {
    product_id: String,
    title: String,
    brand: String,
    category: String,
    department: String,
    price: String,
    compare_at: Option<String>,
    final_sale: bool,
    /// Cannot come back once opened.
    hygiene: bool,
    features: Vec<String>,
    fit: String,
    material: String,
    care: String,
    description: String,
    weight: Option<String>,
    link: String,
    colors: Vec<Stock>,
    reviews: Reviews,
    /// Products of the same name that are cut for others.
    also_called: Vec<Namesake>,
}

#[derive(Serialize)]
struct Namesake {
    product_id: String,
    title: String,
}

#[derive(Serialize)]
struct Stock {
    color: String,
    in_stock: Vec<String>,
    out_of_stock: Vec<String>,
}

#[derive(Serialize)]
struct Reviews {
    count: usize,
    average: Option<String>,
    newest: Vec<ReviewView>,
}

#[derive(Serialize)]
struct ReviewView {
    rating: u8,
    text: String,
}

impl Namesake {
    fn fact(&self) -> Fact {
        let about = Subject::new(format!("product:{}", self.product_id));
        Fact::new(&about, "title", FactValue::Name(self.title.clone()))
    }
}

impl ReadTool for GetProduct {
    const NAME: &'static str = "get_product";
    type Args = Args;

    async fn call(&self, context: &ToolContext<'_>, args: Args) -> Result<ToolOutput, ToolError> {
        match products::meant(context, &args.product).await? {
            Meant::One(product) => {
                let snapshot = context.catalog.snapshot().await.map_err(broken)?;
                one(
                    context,
                    &product,
                    names::namesakes(&snapshot, &product.id, &product.title),
                )
            }
            Meant::Several(several) => {
                let listed = several.iter().map(|product| {
                    let there = products::in_stock(product);
                    products::card(context, product, &there)
                });
                let facts = several.iter().flat_map(|product| {
                    let there = products::in_stock(product);
                    products::facts(context, product, &there)
                });
                Ok(ToolOutput {
                    content: json(&products::which(&several))?,
                    facts: facts.collect(),
                    cards: vec![Card::Products(ProductsCard {
                        products: listed.collect(),
                    })],
                    ..ToolOutput::default()
                })
            }
        }
    }
}

fn one(
    context: &ToolContext<'_>,
    product: &Product,
    namesakes: Vec<(ProductId, String)>,
) -> Result<ToolOutput, ToolError> {
    let there = products::in_stock(product);
    let view = Whole {
        product_id: reading_text(product.id.as_str()),
        title: reading_text(&product.title),
        brand: reading_text(&product.brand),
        category: products::category_words(&product.category),
        department: reading_text(&product.department),
        price: product.price.to_string(),
        compare_at: product.reduced_from().map(|before| before.to_string()),
        final_sale: product.final_sale,
        hygiene: product.hygiene,
        features: products::lines(&product.features),
        fit: cut(&product.fit, PRODUCT_PROSE_CHARS_MAX),
        material: cut(&product.material, PRODUCT_PROSE_CHARS_MAX),
        care: cut(&product.care, PRODUCT_PROSE_CHARS_MAX),
        description: cut(&product.description, PRODUCT_PROSE_CHARS_MAX),
        weight: products::weight(product),
        link: products::link(context, product),
        colors: stock(product),
        reviews: reviews(product),
        also_called: namesakes
            .iter()
            .map(|(id, title)| Namesake {
                product_id: reading_text(id.as_str()),
                title: reading_text(title),
            })
            .collect(),
    };
    Ok(ToolOutput {
        content: json(&view)?,
        facts: facts(context, product, &view)
            .into_iter()
            .chain(view.also_called.iter().map(Namesake::fact))
            .collect(),
        cards: vec![Card::Products(ProductsCard {
            products: vec![products::card(context, product, &there)],
        })],
        tainted: true,
        ..ToolOutput::default()
    })
}

fn json(view: &impl Serialize) -> Result<String, ToolError> {
    serde_json::to_string(view).map_err(|error| ToolError::Failed(error.to_string()))
}

/// Prose as one line of at most so many characters.
fn cut(text: &str, limit: usize) -> String {
    let spaced = text.split(|c: char| c.is_whitespace() || c.is_control());
    let words: Vec<&str> = spaced.filter(|word| !word.is_empty()).collect();
    let line = words.join(" ");
    if line.chars().count() <= limit {
        return line;
    }
    let kept = line.chars().take(limit - 1);
    kept.chain(std::iter::once('…')).collect()
}

/// Every colour with the sizes that can be bought and those that are sold out.
fn stock(product: &Product) -> Vec<Stock> {
    let sizes_in = |color: &str, there: bool| {
        let variants: Vec<_> = product
            .variants
            .iter()
            .filter(|variant| (variant.stock > 0) == there)
            .cloned()
            .collect();
        let mut found = by_color(&variants).into_iter();
        found
            .find(|view| view.color == color)
            .map_or_else(Vec::new, |view| view.sizes)
    };
    by_color(&product.variants)
        .into_iter()
        .map(|view| Stock {
            in_stock: sizes_in(&view.color, true),
            out_of_stock: sizes_in(&view.color, false),
            color: view.color,
        })
        .collect()
}

fn reviews(product: &Product) -> Reviews {
    let mut newest: Vec<&Review> = product.reviews.iter().collect();
    newest.sort_by_key(|review| std::cmp::Reverse(review.at_ms));
    Reviews {
        count: newest.len(),
        average: average(product),
        newest: newest
            .into_iter()
            .take(REVIEWS_SHOWN_MAX)
            .map(|review| ReviewView {
                rating: review.rating,
                text: cut(&review.text, REVIEW_CHARS_MAX),
            })
            .collect(),
    }
}

/// "4.0"; in tenths, rounded half up.
fn average(product: &Product) -> Option<String> {
    let count = product.reviews.len();
    let sum: usize = product.reviews.iter().map(|r| usize::from(r.rating)).sum();
    let tenths = (sum * 20 + count) / (count * 2).max(1);
    (count > 0).then(|| format!("{}.{}", tenths / 10, tenths % 10))
}

fn facts(context: &ToolContext<'_>, product: &Product, view: &Whole) -> Vec<Fact> {
    let about = products::subject(product);
    let mut facts = products::facts(context, product, &products::in_stock(product));
    facts.push(Fact::new(&about, "reviews", number(view.reviews.count)));
    if let Some(average) = &view.reviews.average {
        facts.push(Fact::new(
            &about,
            "rating",
            FactValue::Code(average.clone()),
        ));
    }
    // Of the reviews nothing is a fact: what somebody wrote of a product need not be so.
    let prose = [
        ("fit", &view.fit),
        ("material", &view.material),
        ("care", &view.care),
        ("description", &view.description),
    ];
    for (field, text) in prose {
        for (kind, value) in products::measures(text) {
            let fact = Fact::new(&about, &format!("{field}: {kind}"), value);
            if !facts.contains(&fact) {
                facts.push(fact);
            }
        }
    }
    for stock in &view.colors {
        for size in &stock.out_of_stock {
            let everywhere = view
                .colors
                .iter()
                .all(|other| !other.in_stock.contains(size));
            if everywhere {
                let about = about.child(format_args!("size:{size}"));
                let status = FactValue::Status("out of stock".to_owned());
                facts.push(Fact::new(&about, "stock", status));
                facts.push(Fact::new(&about, "size", FactValue::Code(size.clone())));
            }
        }
    }
    facts
}
