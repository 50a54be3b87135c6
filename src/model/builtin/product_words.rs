//! What is said about one product: the aspects that were asked for, from its own data.

use serde_json::json;

use super::details::{self, SHOPPING, Want};
use super::dialogue::{Dialogue, Step};
use super::goods::Product;
use super::results::listed;
use super::shopping::{plain, stock_words};
use super::words;

/// Features that an answer about one product names.
const FEATURES_MAX: usize = 6;
const ASPECTS_MAX: usize = 3;
/// Products of the same name that are looked at.
const NAMESAKES_MAX: usize = 2;

impl Dialogue<'_> {
    /// About a product; where it lacks the size that is asked for, a product of the same name that
    /// has it, too.
    pub fn tell(&self, product: &Product, text: &str) -> Step {
        let words = self.about(product, text);
        let want = Want::read(text);
        if want.sizes().is_empty() || has_stock(product, &want) {
            return Step::Say(words);
        }
        let namesakes = product.also_called.iter().take(NAMESAKES_MAX);
        let found: Vec<_> = namesakes.map(|one| self.get(&one.product_id)).collect();
        let mut calls = Vec::new();
        let mut other = None;
        for one in found {
            match one {
                Ok(one) if other.is_none() && has_stock(one, &want) => other = Some(one),
                Err(step @ Step::Call(..)) => calls.push(step),
                _ => {}
            }
        }
        match other {
            _ if !calls.is_empty() => Step::together(calls),
            Some(other) => Step::Say(format!("{words} {}", self.stock(other, &want))),
            None => Step::Say(words),
        }
    }

    /// The aspects of a product that a message asks for; without one, the most useful.
    pub fn about(&self, product: &Product, text: &str) -> String {
        let want = Want::read(text);
        let mut all: Vec<String> = Vec::new();
        let asked = without_title(product, text);
        let aspects = details::aspects(&asked);
        let of_stock = !want.sizes().is_empty() || !want.colors().is_empty();
        if aspects.contains(&"sizes") {
            all.push(self.sizes(product, &want));
        } else if of_stock || aspects.contains(&"stock") {
            all.push(self.stock(product, &want));
        }
        for property in details::properties(&asked) {
            all.push(self.property(product, property));
        }
        for aspect in aspects {
            all.push(self.aspect(product, aspect));
        }
        all.retain(|words| !words.is_empty());
        all.dedup();
        all.truncate(ASPECTS_MAX);
        if all.is_empty() {
            all.push(self.overview(product));
        }
        all.join(" ")
    }

    fn aspect(&self, product: &Product, aspect: &str) -> String {
        let (key, known) = match aspect {
            "price" => ("detail_price", product.price.is_some()),
            "colors" => ("detail_colors", !product.colors.is_empty()),
            "material" => ("detail_material", product.material.is_some()),
            "care" => ("detail_care", product.care.is_some()),
            "weight" => ("detail_weight", product.weight.is_some()),
            "fit" => ("detail_fit", product.fit.is_some()),
            "link" => ("detail_link", product.link.is_some()),
            "reviews" => match &product.reviews {
                Some(reviews) if reviews.count > 0 => ("detail_reviews", true),
                _ => ("detail_reviews_none", true),
            },
            _ => return String::new(),
        };
        let colors: Vec<&str> = product
            .colors
            .iter()
            .map(|color| color.color.as_str())
            .collect();
        let material = product.material.as_deref().map(without_figures);
        let data = json!({ "p": product, "colors": listed(&colors, "and"), "material": material });
        self.say(if known { key } else { "detail_unknown" }, data)
    }

    /// "Is it waterproof?": yes where its data say so; else what they say, and no guess.
    fn property(&self, product: &Product, property: &str) -> String {
        let own = &SHOPPING.properties[property];
        let fits: Vec<&str> = product
            .features
            .iter()
            .filter(|feature| own.iter().any(|word| *word == feature.to_lowercase()))
            .map(String::as_str)
            .collect();
        let exactly = fits.contains(&property);
        let data = json!({
            "p": product,
            "yes": exactly || !own.iter().any(|word| *word == property) || property == "pockets",
            "fits": listed(&fits, "and"),
            "property": property,
            "features": plain(&product.features, FEATURES_MAX),
        });
        self.say(
            if fits.is_empty() {
                "detail_property_no"
            } else {
                "detail_property_yes"
            },
            data,
        )
    }

    fn sizes(&self, product: &Product, want: &Want) -> String {
        let colors = want.colors();
        let in_color = |color: &str| {
            colors.is_empty() || colors.iter().any(|own| color.contains(own.as_str()))
        };
        let sizes = stocked_sizes(product, in_color);
        self.say(
            "detail_sizes",
            json!({ "p": product, "sizes": listed(&sizes, "and") }),
        )
    }

    /// Can it be had, in the size and colour that are asked for?
    fn stock(&self, product: &Product, want: &Want) -> String {
        let sizes = want.sizes();
        let colors = want.colors();
        let in_color = |color: &str| {
            colors.is_empty() || colors.iter().any(|own| color.contains(own.as_str()))
        };
        let fits = |size: &String| {
            sizes.is_empty() || sizes.iter().any(|own| own.eq_ignore_ascii_case(size))
        };
        let of_color = || product.colors.iter().filter(|color| in_color(&color.color));
        let there = Product {
            colors: of_color()
                .filter(|color| color.stocked().iter().any(fits))
                .cloned()
                .collect(),
            ..product.clone()
        };
        let stock = stock_words(&there, want);
        if !stock.is_empty() {
            return self.say("detail_in_stock", json!({ "p": product, "stock": stock }));
        }
        let known = product
            .colors
            .iter()
            .flat_map(|color| color.stocked().iter().chain(&color.out_of_stock));
        let comes_in = sizes.is_empty() || known.into_iter().any(fits);
        let any = stock_words(product, &Want::default());
        let has_color = of_color().next().is_some();
        let key = match () {
            () if any.is_empty() => "detail_sold_out",
            () if !has_color => "detail_no_color",
            () if !comes_in => "detail_no_size",
            () => "detail_none_left",
        };
        let left: Vec<&str> = stocked_sizes(product, in_color);
        let data = json!({ "p": product, "stock": any, "sizes": listed(&left, "and"), "of_size": !sizes.is_empty(),  "of_color": !colors.is_empty() });
        self.say(key, data)
    }

    fn overview(&self, product: &Product) -> String {
        let data = json!({
            "p": product,
            "features": plain(&product.features, FEATURES_MAX),
            "stock": stock_words(product, &Want::default()),
        });
        self.say("detail_overview", data)
    }
}

/// Is it there in a size and a colour that are wanted?
pub fn has_stock(product: &Product, want: &Want) -> bool {
    let (sizes, colors) = (want.sizes(), want.colors());
    let fits =
        |size: &String| sizes.is_empty() || sizes.iter().any(|own| own.eq_ignore_ascii_case(size));
    product.colors.iter().any(|color| {
        let colored =
            colors.is_empty() || colors.iter().any(|own| color.color.contains(own.as_str()));
        colored && color.stocked().iter().any(fits)
    })
}

/// A material without its deniers and layers, which stand on the product's page; shares stay.
fn without_figures(material: &str) -> String {
    let words = material.split(' ').filter(|word| {
        let share = word.trim_end_matches(',').ends_with('%');
        share || !word.chars().any(|c| c.is_ascii_digit())
    });
    words.collect::<Vec<_>>().join(" ")
}

/// "Is the Sleet Rain Jacket warm?" asks nothing about rain.
fn without_title(product: &Product, text: &str) -> Vec<String> {
    let title = words::words(&product.title);
    let mut all = words::words(text);
    all.retain(|word| !title.contains(word));
    all
}

/// Sizes that can be had in the colours that are meant, in their order.
fn stocked_sizes(product: &Product, in_color: impl Fn(&str) -> bool) -> Vec<&str> {
    let mut sizes: Vec<&str> = Vec::new();
    for color in product.colors.iter().filter(|color| in_color(&color.color)) {
        for size in color.stocked() {
            if !sizes.contains(&size.as_str()) {
                sizes.push(size);
            }
        }
    }
    sizes
}
