//! Two or three products side by side: their own data, and a verdict only on what numbers decide.

use serde_json::json;

use super::details::{SHOPPING, Want, has};
use super::dialogue::{Dialogue, Step};
use super::errand::{Meant, minor};
use super::goods::Product;
use super::shopping::{plain, stock_words};
use super::understand::Wish;
use super::words;

/// Products that are set side by side.
const COMPARED_MAX: usize = 4;
const FEATURES_MAX: usize = 4;

impl Dialogue<'_> {
    pub fn compare(&self, wish: &Wish) -> Step {
        let shelf = &self.talk.memory.shop.shelf;
        let ids: Vec<String> = match wish.errand.as_deref().map(|errand| &errand.meant) {
            Some(Meant::Several(ids)) => ids.clone(),
            Some(Meant::Unclear(ids)) if (2..=COMPARED_MAX).contains(&ids.len()) => ids.clone(),
            // "Is it warmer than the fleece?" is about the one in hand as well.
            Some(Meant::One(one)) => match &shelf.focus {
                Some(focus) if focus != one => vec![focus.clone(), one.clone()],
                _ if (2..=COMPARED_MAX).contains(&shelf.shown.len()) => shelf.shown.clone(),
                _ => return self.product(wish),
            },
            Some(Meant::Unclear(ids)) => return self.which(wish, ids),
            _ if (2..=COMPARED_MAX).contains(&shelf.shown.len()) => shelf.shown.clone(),
            _ => return self.product(wish),
        };
        if !self.has("get_product") {
            return Step::Say(self.say("products", json!({})));
        }
        let mut products: Vec<&Product> = Vec::new();
        let mut missing: Vec<Step> = Vec::new();
        for id in ids.iter().take(COMPARED_MAX) {
            match self.get(id) {
                Ok(product) => products.push(product),
                Err(step) => missing.push(step),
            }
        }
        if !missing.is_empty() {
            return Step::together(missing);
        }
        Step::Say(self.side_by_side(&products, &wish.text))
    }

    fn side_by_side(&self, products: &[&Product], text: &str) -> String {
        let mut lines: Vec<String> = products
            .iter()
            .map(|one| {
                let data = json!({
                    "p": one,
                    "features": plain(&one.features, FEATURES_MAX),
                    "stock": stock_words(one, &Want::default()),
                });
                self.say("compare_line", data)
            })
            .collect();
        lines.push(self.verdict(products, text));
        lines.retain(|line| !line.is_empty());
        lines.join("\n")
    }

    /// Prices and weights are compared; what is warmer or better is the reader's to judge.
    fn verdict(&self, products: &[&Product], text: &str) -> String {
        let all = words::words(text);
        let says = |list: &[&str]| all.iter().any(|word| list.contains(&word.as_str()));
        let prices: Vec<Option<u64>> = products.iter().map(|one| minor(one)).collect();
        let weights: Vec<Option<u64>> = products.iter().map(|one| grams(one)).collect();
        let (key, at) = match () {
            () if has(&all, &SHOPPING.lists.cheaper) || says(&["cheaper", "cheapest"]) => {
                ("verdict_cheaper", least(&prices, false))
            }
            () if says(&["expensive", "dearer", "pricier"]) => {
                ("verdict_dearer", least(&prices, true))
            }
            () if says(&["lighter", "lightest", "weighs", "weigh"]) => {
                ("verdict_lighter", least(&weights, false))
            }
            () if says(&["heavier", "heaviest"]) => ("verdict_heavier", least(&weights, true)),
            () if says(&["warmer", "warmest", "better", "best"]) => {
                return self.say("verdict_none", json!({}));
            }
            () => return String::new(),
        };
        match at {
            Some(at) => self.say(
                key,
                json!({ "p": products[at], "two": products.len() == 2 }),
            ),
            None => self.say("verdict_same", json!({})),
        }
    }
}

/// "410 g" and "1.2 kg" in grams.
fn grams(product: &Product) -> Option<u64> {
    let weight = product.weight.as_deref()?;
    let (number, unit) = weight.split_once(' ')?;
    let number: f64 = number.replace(',', ".").parse().ok()?;
    let grams = if unit.starts_with("kg") {
        number * 1000.0
    } else {
        number
    };
    (0.0..1e6).contains(&grams).then_some(grams.round() as u64)
}

/// Where the least (or most) stands; nothing when one is unknown or two are the same.
fn least(values: &[Option<u64>], most: bool) -> Option<usize> {
    let known: Option<Vec<u64>> = values.iter().copied().collect();
    let known = known?;
    let wanted = if most {
        known.iter().max()
    } else {
        known.iter().min()
    }?;
    let same = known.iter().filter(|value| *value == wanted).count();
    (same == 1)
        .then(|| known.iter().position(|value| value == wanted))
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_known_of_all_and_differs_gets_a_verdict() {
        assert_eq!(least(&[Some(2), Some(1)], false), Some(1));
        assert_eq!(least(&[Some(2), Some(1)], true), Some(0));
        assert_eq!(least(&[Some(2), None], false), None);
        assert_eq!(least(&[Some(2), Some(2)], false), None);
        let product = |weight: &str| Product {
            weight: Some(weight.into()),
            ..Product::default()
        };
        assert_eq!(grams(&product("410 g")), Some(410));
        assert_eq!(grams(&product("1.2 kg")), Some(1200));
        assert_eq!(grams(&product("heavy")), None);
    }
}
