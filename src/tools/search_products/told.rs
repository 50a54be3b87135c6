//! A search's answer: JSON for the model, facts for the guard, one card for the shopper, and the
//! words that say why there is nothing.

use std::sync::LazyLock;

use minijinja::context;
use serde::Serialize;

use super::super::lookup_order::reading_text;
use super::super::products::{self, ProductView, any_of, by_color};
use super::super::words::Words;
use super::super::{ToolContext, ToolError, ToolOutput};
use crate::domain::card::{Card, ProductsCard};
use crate::domain::evidence::{Fact, FactValue};
use crate::domain::product::Variant;
use crate::knowledge::catalog::find::{Answer, Near, Why};
use crate::knowledge::catalog::wishes::{Color, Miss, Wishes, size_fits};

pub static WORDS: LazyLock<Words> =
    LazyLock::new(|| Words::embedded(include_str!("../../../prompts/reply/search_products.toml")));

#[derive(Serialize)]
struct AnswerView {
    understood: Understood,
    products: Vec<ProductView>,
    /// How many meet every wish.
    total: usize,
    /// More may: not all were counted.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    at_least: bool,
    /// They fit the words better than what is shown, but are sold out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sold_out: Vec<SoldOut>,
    nothing: Option<Nothing>,
}

/// The wishes as they were read, each a condition; `words` only decided the order.
#[derive(Serialize)]
struct Understood {
    category: Vec<String>,
    department: Option<String>,
    price_min: Option<String>,
    price_max: Option<String>,
    sizes: Vec<String>,
    colors: Vec<String>,
    not_colors: Vec<String>,
    features: Vec<String>,
    /// Features, materials, kinds, brands and departments that it must not be.
    without: Vec<String>,
    brands: Vec<String>,
    reduced: bool,
    words: String,
    /// Words that no product has.
    not_known: Vec<String>,
}

#[derive(Serialize)]
struct SoldOut {
    product_id: String,
    title: String,
}

#[derive(Serialize)]
struct Nothing {
    why: String,
    near: Vec<NearView>,
}

#[derive(Serialize)]
struct NearView {
    #[serde(flatten)]
    product: ProductView,
    differs: String,
}

pub fn output(
    context: &ToolContext<'_>,
    wishes: &Wishes,
    answer: &Answer,
) -> Result<ToolOutput, ToolError> {
    let none = Vec::new();
    let near = answer.nothing.as_ref().map_or(&none, |(_, near)| near);
    let view = AnswerView {
        understood: understood(wishes),
        products: answer
            .products
            .iter()
            .map(|found| products::view(context, &found.product, &found.variants))
            .collect(),
        total: answer.total,
        at_least: !answer.counted_all,
        sold_out: answer
            .sold_out
            .iter()
            .map(|product| SoldOut {
                product_id: reading_text(product.id.as_str()),
                title: reading_text(&product.title),
            })
            .collect(),
        nothing: answer.nothing.as_ref().map(|(why, near)| Nothing {
            why: why_words(why, near, wishes),
            near: near
                .iter()
                .map(|one| near_view(context, one, wishes))
                .collect(),
        }),
    };
    let shown = answer
        .products
        .iter()
        .map(|one| (&one.product, &one.variants));
    let shown: Vec<_> = shown
        .chain(near.iter().map(|one| (&one.product, &one.variants)))
        .collect();
    let cards = shown
        .iter()
        .map(|(one, variants)| products::card(context, one, variants));
    let cards: Vec<_> = cards.collect();
    let mut facts: Vec<Fact> = shown
        .iter()
        .flat_map(|(one, variants)| products::facts(context, one, variants))
        .collect();
    facts.extend(near.iter().flat_map(|one| missing_sizes(one, wishes)));
    for product in &answer.sold_out {
        facts.extend(products::facts(context, product, &[]));
    }
    Ok(ToolOutput {
        content: serde_json::to_string(&view)
            .map_err(|error| ToolError::Failed(error.to_string()))?,
        facts,
        cards: match cards.is_empty() {
            true => Vec::new(),
            false => vec![Card::Products(ProductsCard { products: cards })],
        },
        ..ToolOutput::default()
    })
}

fn understood(wishes: &Wishes) -> Understood {
    let colors = |colors: &mut dyn Iterator<Item = &Color>| -> Vec<String> {
        unique(colors.map(|color| reading_text(&color.words)))
    };
    let categories = wishes.kinds.iter().flatten().flat_map(|kind| {
        let whole = kind.whole.iter().cloned();
        let words = kind.whole.is_empty().then(|| kind.words.clone());
        whole.chain(words)
    });
    let departments = wishes.departments.iter().flatten().cloned();
    let departments = unique(departments);
    let without = wishes
        .not_features
        .iter()
        .map(|feature| feature.words.clone())
        .chain(wishes.not_kinds.iter().map(|kind| kind.words.clone()))
        .chain(wishes.not_departments.iter().cloned())
        .chain(wishes.not_brands.iter().cloned());
    Understood {
        category: unique(categories.map(|words| reading_text(&words))),
        department: (!departments.is_empty()).then(|| any_of(&departments)),
        price_min: wishes.price_min.map(|price| price.to_string()),
        price_max: wishes.price_max.map(|price| price.to_string()),
        sizes: unique(wishes.sizes.iter().flatten().map(|size| size_words(size))),
        colors: colors(&mut wishes.colors.iter().flatten()),
        not_colors: colors(&mut wishes.not_colors.iter()),
        features: unique(wishes.features.iter().map(|f| reading_text(&f.words))),
        without: unique(without.map(|words| reading_text(&words))),
        brands: unique(wishes.brands.iter().flatten().cloned()),
        reduced: wishes.reduced,
        words: reading_text(&unique(wishes.about.iter().chain(&wishes.weak).cloned()).join(" ")),
        not_known: products::lines(&unique(wishes.unknown.iter().cloned())),
    }
}

fn unique(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for text in texts {
        if !kept.contains(&text) {
            kept.push(text);
        }
    }
    kept
}

/// "M", "32/34": a size as shops print it.
fn size_words(size: &str) -> String {
    let letters = size.len() <= 4 && !size.contains(' ');
    let size = reading_text(size);
    if letters { size.to_uppercase() } else { size }
}

fn near_view(context: &ToolContext<'_>, near: &Near, wishes: &Wishes) -> NearView {
    let differs: Vec<String> = near
        .missed
        .iter()
        .map(|miss| differs_words(miss, near, wishes))
        .collect();
    NearView {
        product: products::view(context, &near.product, &near.variants),
        differs: differs.join("; "),
    }
}

fn differs_words(miss: &Miss, near: &Near, wishes: &Wishes) -> String {
    let product = &near.product;
    let price = product.price.to_string();
    match miss {
        Miss::Color => {
            let colors: Vec<String> = by_color(&near.variants)
                .into_iter()
                .map(|c| c.color)
                .collect();
            WORDS.say("differs_color", context! { colors => any_of(&colors) })
        }
        Miss::Size => {
            let sizes = sizes_of(&near.variants);
            WORDS.say("differs_size", context! { sizes => any_of(&sizes) })
        }
        Miss::PriceAbove => WORDS.say("differs_price_above", context! { price }),
        Miss::PriceBelow => WORDS.say("differs_price_below", context! { price }),
        Miss::Feature(at) => WORDS.say(
            "differs_feature",
            context! { feature => feature(wishes, *at) },
        ),
        Miss::Brand => WORDS.say(
            "differs_brand",
            context! { brand => reading_text(&product.brand) },
        ),
        Miss::Reduced => WORDS.say("differs_reduced", ()),
        Miss::FinalSale => WORDS.say("differs_final_sale", ()),
        Miss::Department | Miss::Kind | Miss::Unwanted => {
            let department = reading_text(&product.department);
            WORDS.say("differs_department", context! { department })
        }
    }
}

fn feature(wishes: &Wishes, at: usize) -> String {
    let feature = wishes.features.get(at);
    feature.map_or_else(String::new, |feature| reading_text(&feature.words))
}

fn sizes_of(variants: &[Variant]) -> Vec<String> {
    unique(variants.iter().map(|variant| reading_text(&variant.size)))
}

fn why_words(why: &Why, near: &[Near], wishes: &Wishes) -> String {
    let Why::Wish(miss) = why else {
        let key = match why {
            Why::Empty => "nothing_empty",
            Why::Unknown => "nothing_unknown",
            Why::SoldOut => "nothing_sold_out",
            Why::Together | Why::Wish(_) => "nothing_together",
        };
        return WORDS.say(key, ());
    };
    match miss {
        Miss::Color => {
            let colors = unique(
                wishes
                    .colors
                    .iter()
                    .flatten()
                    .map(|c| reading_text(&c.words)),
            );
            WORDS.say("nothing_color", context! { colors => any_of(&colors) })
        }
        Miss::Size => size_why(near, wishes),
        Miss::PriceAbove => WORDS.say("nothing_price_above", ()),
        Miss::PriceBelow => WORDS.say("nothing_price_below", ()),
        Miss::Feature(at) => WORDS.say(
            "nothing_feature",
            context! { feature => feature(wishes, *at) },
        ),
        Miss::Brand => {
            let brands = unique(wishes.brands.iter().flatten().cloned());
            WORDS.say("nothing_brand", context! { brand => any_of(&brands) })
        }
        Miss::Reduced => WORDS.say("nothing_reduced", ()),
        Miss::FinalSale => WORDS.say("nothing_final_sale", ()),
        Miss::Department => {
            let departments = unique(wishes.departments.iter().flatten().cloned());
            WORDS.say(
                "nothing_department",
                context! { department => any_of(&departments) },
            )
        }
        Miss::Kind | Miss::Unwanted => WORDS.say("nothing_unwanted", ()),
    }
}

/// Sizes in letters are named here; those in figures are values and stand with the product that
/// has them.
fn size_why(near: &[Near], wishes: &Wishes) -> String {
    let in_letters = |size: &String| !size.contains(|c: char| c.is_ascii_digit());
    let asked = unique(wishes.sizes.iter().flatten().map(|size| size_words(size)));
    let asked: Vec<String> = asked.into_iter().filter(in_letters).collect();
    let there = unique(near.iter().flat_map(|one| sizes_of(&one.variants)));
    let there: Vec<String> = there.into_iter().filter(in_letters).collect();
    WORDS.say(
        "nothing_size",
        context! { size => any_of(&asked), there => there.join(", ") },
    )
}

/// A size that was asked for and is not there.
fn missing_sizes(near: &Near, wishes: &Wishes) -> Vec<Fact> {
    if !near.missed.contains(&Miss::Size) {
        return Vec::new();
    }
    let about = products::subject(&near.product);
    let has = |size: &String| {
        let own = |variant: &Variant| size_fits(size, &variant.size.to_lowercase());
        near.variants.iter().any(own)
    };
    let missing = wishes.sizes.iter().flatten().filter(|size| !has(size));
    missing
        .map(|size| {
            let about = about.child(format_args!("size:{}", size_words(size)));
            Fact::new(
                &about,
                "stock",
                FactValue::Status("out of stock".to_owned()),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{ProductId, Sku};
    use crate::domain::money::{Currency, Money};
    use crate::domain::product::Product;
    use crate::knowledge::catalog::wishes::Feature;

    fn near() -> Near {
        let product = Product {
            id: ProductId::new("p-1"),
            title: "Prom Mac".into(),
            brand: "Skerrow".into(),
            category: "rain-jackets".into(),
            department: "women".into(),
            description: String::new(),
            material: String::new(),
            care: String::new(),
            fit: String::new(),
            features: Vec::new(),
            tags: Vec::new(),
            price: Money::new(16_900, Currency::EUR),
            cost: Money::zero(Currency::EUR),
            compare_at: None,
            final_sale: true,
            hygiene: false,
            weight_g: 0,
            picture: None,
            variants: Vec::new(),
            reviews: Vec::new(),
        };
        let variants = ["S", "M"].map(|size| Variant {
            price: None,
            sku: Sku::new(size),
            color: "navy".into(),
            size: size.into(),
            stock: 1,
        });
        Near {
            product,
            variants: variants.to_vec(),
            missed: Vec::new(),
        }
    }

    fn wishes() -> Wishes {
        Wishes {
            departments: vec![["men".to_owned()].into()],
            sizes: vec![vec!["xxl".into()]],
            colors: vec![vec![Color {
                words: "gold".into(),
                family: [].into(),
            }]],
            features: vec![Feature {
                words: "vegan".into(),
                any: Vec::new(),
                material: false,
            }],
            brands: vec![["moyle mill".to_owned()].into()],
            ..Wishes::default()
        }
    }

    #[test]
    fn every_wish_that_is_missed_has_its_words() {
        let cases = [
            (Miss::Color, "in gold right", "comes in navy"),
            (Miss::PriceAbove, "costs more", "costs €169.00, more"),
            (Miss::PriceBelow, "costs less", "costs €169.00, less"),
            (
                Miss::Size,
                "size XXL right now; the sizes that are there are S, M",
                "comes in S or M",
            ),
            (
                Miss::Feature(0),
                "with “vegan”",
                "is not listed with “vegan”",
            ),
            (Miss::Brand, "by moyle mill", "is by Skerrow"),
            (Miss::Reduced, "is reduced", "is not reduced"),
            (Miss::FinalSale, "is final sale", "is final sale"),
            (Miss::Department, "for men", "is made for women"),
            (Miss::Unwanted, "do without", "is made for women"),
        ];
        let (near, wishes) = (near(), wishes());
        for (miss, why, differs) in cases {
            let said = differs_words(&miss, &near, &wishes);
            assert!(said.contains(differs), "{miss:?}: {said}");
            let said = why_words(&Why::Wish(miss), std::slice::from_ref(&near), &wishes);
            assert!(said.contains(why), "{said}");
        }
        let rest = [
            (Why::Empty, "no products in our shop"),
            (Why::Unknown, "goes by those words"),
            (Why::SoldOut, "sold out"),
            (Why::Together, "together"),
        ];
        for (why, words) in rest {
            assert!(why_words(&why, &[], &wishes).contains(words), "{why:?}");
        }
    }

    /// Sizes in figures are values: the sentence about the product that has them states them.
    #[test]
    fn a_size_in_figures_is_not_named_in_the_reason() {
        let wishes = Wishes {
            sizes: vec![vec!["52".into()]],
            ..Wishes::default()
        };
        let said = why_words(&Why::Wish(Miss::Size), &[], &wishes);
        assert_eq!(said, "Nothing like that is there in that size right now.");
    }

    #[test]
    fn hints_for_the_model_are_there() {
        for key in ["empty", "bad_department"] {
            assert!(!WORDS.say(key, ()).is_empty());
        }
        let said = WORDS.say("bad_price", context! { name => "price_max" });
        assert!(said.contains("`price_max`"));
        for key in ["too_many", "too_long"] {
            let said = WORDS.say(key, context! { name => "sizes", limit => 12 });
            assert!(said.contains("`sizes`") && said.contains("12"), "{said}");
        }
    }
}
