//! The shop's products as the grader knows them: rows of the database against a case's wishes, and
//! the values that cases name.

use super::fact::{Value, holds, plain};
use super::wanted::{Values, WantedProducts};
use crate::domain::money::Money;
use crate::domain::product::{Product, Variant};

/// The product with an id or title.
pub fn named<'a>(products: &'a [Product], name: &str) -> Option<&'a Product> {
    let title = plain(name);
    products
        .iter()
        .find(|product| product.id.as_str() == name || plain(&product.title) == title)
}

/// The value at `product.<id>.…`.
pub fn value(product: &Product, rest: &[&str]) -> Option<Value> {
    let text = |text: &str| Some(Value::Text(text.to_owned()));
    let texts = |texts: Vec<&str>| {
        let all: Vec<Value> = texts.into_iter().map(|t| Value::Text(t.into())).collect();
        (!all.is_empty()).then_some(Value::All(all))
    };
    let variants = product.variants.iter();
    match rest {
        ["title"] => text(&product.title),
        ["brand"] => text(&product.brand),
        ["price"] => Some(Value::Money(product.price)),
        // What the shop pays: for what must never be shown.
        ["cost"] => Some(Value::Money(product.cost)),
        ["compare_at"] => product.compare_at.map(Value::Money),
        ["weight"] => Some(Value::Number(i64::from(product.weight_g))),
        // What one variant costs now.
        ["price", color, size] => {
            let mut variants = variants.filter(|v| v.color == *color && v.size == *size);
            variants.next().map(|v| Value::Money(product.price_of(v)))
        }
        ["sizes"] => texts(distinct(variants.map(|variant| variant.size.as_str()))),
        ["colors"] => texts(distinct(variants.map(|variant| variant.color.as_str()))),
        ["colors_in_stock"] => texts(distinct(variants.filter(in_stock).map(|v| &*v.color))),
        ["sizes_in_stock"] => texts(distinct(variants.filter(in_stock).map(|v| &*v.size))),
        ["sizes_in_stock", color] => {
            let variants = variants.filter(in_stock).filter(|v| v.color == *color);
            texts(distinct(variants.map(|v| &*v.size)))
        }
        ["colors_in_stock", size] => {
            let variants = variants.filter(in_stock).filter(|v| v.size == *size);
            texts(distinct(variants.map(|v| &*v.color)))
        }
        _ => None,
    }
}

fn distinct<'a>(values: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut distinct = Vec::new();
    for value in values {
        if !distinct.contains(&value) {
            distinct.push(value);
        }
    }
    distinct
}

fn in_stock(variant: &&Variant) -> bool {
    variant.stock > 0
}

impl WantedProducts {
    /// Is anything wished for at all?
    pub fn wishes(&self) -> bool {
        let lists = [
            &self.category,
            &self.department,
            &self.size,
            &self.color,
            &self.not_color,
            &self.feature,
        ];
        lists.iter().any(|list| !list.list().is_empty())
            || self.price_max.is_some()
            || self.price_min.is_some()
    }

    /// Which wish a product does not satisfy.
    pub fn unmet(&self, product: &Product) -> anyhow::Result<Option<String>> {
        if let Some(why) = self.other_kind(product) {
            return Ok(Some(why));
        }
        let is_for = self.department.list();
        if !is_for.is_empty() && !is_for.contains(&product.department) {
            let (is, wish) = (&product.department, words(&self.department));
            return Ok(Some(format!("is for {is}, not for {wish}")));
        }
        let price = product.price;
        let bound = |text: &Option<String>| -> anyhow::Result<Option<Money>> {
            let bound = text.as_ref().map(|text| Money::parse(text, price.currency));
            Ok(bound.transpose()?)
        };
        if let Some(max) = bound(&self.price_max)?.filter(|max| price.minor > max.minor) {
            return Ok(Some(format!("costs {price}, above {max}")));
        }
        if let Some(min) = bound(&self.price_min)?.filter(|min| price.minor < min.minor) {
            return Ok(Some(format!("costs {price}, below {min}")));
        }
        let has = |feature: &str| product.features.iter().any(|known| word_in(known, feature));
        if let Some(feature) = self.feature.list().iter().find(|wish| !has(wish)) {
            return Ok(Some(format!("is not {feature}")));
        }
        let mut variants = product.variants.iter().filter(in_stock);
        let some = variants.any(|variant| self.takes(&variant.color, &variant.size));
        Ok((!some).then(|| {
            let (size, color) = (words(&self.size), words(&self.color));
            let not = words(&self.not_color);
            format!("has nothing in stock in size [{size}], colour [{color}] and not [{not}]")
        }))
    }

    /// Is it another kind of thing altogether? Then it is not even near.
    pub fn other_kind(&self, product: &Product) -> Option<String> {
        let wish = self.category.list();
        let other = !wish.is_empty() && !wish.contains(&product.category);
        other.then(|| {
            format!(
                "is of {}, not of {}",
                product.category,
                words(&self.category)
            )
        })
    }

    /// Do a colour and a size satisfy what is wished of both?
    pub fn takes(&self, color: &str, size: &str) -> bool {
        let sizes = self.size.list();
        let colors = self.color.list();
        (sizes.is_empty() || sizes.iter().any(|wish| plain(wish) == plain(size)))
            && (colors.is_empty() || colors.iter().any(|wish| word_in(color, wish)))
            && !self
                .not_color
                .list()
                .iter()
                .any(|wish| word_in(color, wish))
    }
}

fn word_in(text: &str, word: &str) -> bool {
    holds(&plain(text), &plain(word))
}

fn words(values: &Values) -> String {
    values.list().join(", ")
}

/// A shelf with one jacket and its card, for the graders' own tests.
#[cfg(test)]
pub mod fixture {
    use crate::domain::card::{ProductCard, ProductColorCard};
    use crate::domain::ids::{ProductId, Sku};
    use crate::domain::money::{Currency, Money};
    use crate::domain::product::{Product, Variant};

    pub fn shelf() -> Vec<Product> {
        let text = str::to_owned;
        let variant = |color: &str, size: &str, stock| Variant {
            price: None,
            sku: Sku::new(format!("T-{}-{size}", color.replace(' ', "-"))),
            color: text(color),
            size: text(size),
            stock,
        };
        vec![Product {
            id: ProductId::new("p-0001"),
            title: text("Sleet Rain Jacket"),
            brand: text("Harrow & Pine"),
            category: text("rain-jackets"),
            department: text("women"),
            description: String::new(),
            material: String::new(),
            care: String::new(),
            fit: String::new(),
            features: vec![text("waterproof"), text("stowaway hood")],
            tags: Vec::new(),
            price: Money::new(14_900, Currency::EUR),
            cost: Money::new(6_000, Currency::EUR),
            compare_at: Some(Money::new(17_900, Currency::EUR)),
            final_sale: false,
            hygiene: false,
            weight_g: 410,
            picture: None,
            variants: vec![
                variant("moss green", "M", 3),
                variant("navy", "M", 0),
                variant("navy", "S", 1),
            ],
            reviews: Vec::new(),
        }]
    }

    pub fn card() -> ProductCard {
        let color = |color: &str, size: &str| ProductColorCard {
            color: color.to_owned(),
            sizes: vec![size.to_owned()],
        };
        ProductCard {
            product: "p-0001".to_owned(),
            title: "Sleet Rain Jacket".to_owned(),
            brand: "Harrow & Pine".to_owned(),
            price: "€149.00".to_owned(),
            compare_at: Some("€179.00".to_owned()),
            colors: vec![color("moss green", "M"), color("navy", "S")],
            final_sale: false,
            link: String::new(),
            picture: None,
        }
    }
}
