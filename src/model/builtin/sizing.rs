//! Advice on a size: which product, which measures; then `size_guide`.

use serde_json::{Map, Value, json};

use super::dialogue::{Dialogue, Step};
use super::errand::{Meant, Sizing};
use super::goods::{Goods, Sized};
use super::plans::Plan;
use super::results::listed;
use super::understand::Wish;

/// Questions for a measure in a row; after that what there is must do.
const ASKS_MAX: u32 = 2;

impl Dialogue<'_> {
    pub fn size(&self, wish: &Wish, plan: &Plan) -> Step {
        let Some(errand) = &wish.errand else {
            return self.search(wish, plan);
        };
        let sizing = &errand.sizing;
        let Some(product) = sizing.product.as_deref().or(errand.meant.handle()) else {
            return match &errand.meant {
                Meant::Unclear(ids) | Meant::Several(ids) => self.which(wish, ids),
                _ if wish.found.question
                    && sizing.measures.is_empty()
                    && sizing.usual.is_none() =>
                {
                    self.search(wish, plan)
                }
                _ => self.ask_product(wish),
            };
        };
        if let Some(step) = self.unknown_measure(sizing, product) {
            return step;
        }
        match self.goods("size_guide", arguments(sizing, product), "refused") {
            Ok(Goods::Sized(sized)) => self.sized(wish, sizing, sized),
            Ok(Goods::Which(products)) => Step::Say(self.which_of(products)),
            Ok(_) => Step::Say(self.say("broken", json!({}))),
            Err(step) => step,
        }
    }

    /// A measure that nobody knows is not asked for again: the size worn elsewhere does as well.
    fn unknown_measure(&self, sizing: &Sizing, product: &str) -> Option<Step> {
        let (last, asked) = (sizing.not_known.last()?, &self.talk.memory.shop);
        let answered = !sizing.measures.is_empty() || sizing.usual.is_some();
        if answered || !asked.just_asked() {
            return None;
        }
        let title = self.title_of(product);
        let data = json!({ "title": title });
        Some(Step::Say(self.say(
            if last == "usual_size" || asked.asked_measure >= ASKS_MAX {
                "size_none_known"
            } else {
                "ask_usual"
            },
            data,
        )))
    }

    fn sized(&self, wish: &Wish, sizing: &Sizing, sized: &Sized) -> Step {
        if let Some(question) = &sized.question {
            let asked = sized.ask.as_deref().unwrap_or("");
            let known = sizing.not_known.iter().any(|measure| measure == asked);
            if known || self.talk.memory.shop.asked_measure >= ASKS_MAX {
                return Step::Say(self.say("size_none_known", json!({ "title": sized.title })));
            }
            return Step::Say(question.clone());
        }
        let colors: Vec<&str> = sized.colors.iter().map(String::as_str).collect();
        let data = json!({
            "title": sized.title,
            "s": sized,
            "colors": listed(&colors, "and"),
            "cart": self.has("add_to_cart") && sized.in_stock,
        });
        let _ = wish;
        let key = match () {
            () if sized.one_size => "size_one",
            () if sized.none => "size_none",
            () if sized.in_stock => "size_found",
            () => "size_found_none_left",
        };
        Step::Say(self.say(key, data))
    }
}

fn arguments(sizing: &Sizing, product: &str) -> Value {
    let mut arguments = Map::new();
    arguments.insert("product".into(), product.into());
    for (name, value) in &sizing.measures {
        arguments.insert(name.clone(), value.as_str().into());
    }
    for (name, value) in [
        ("usual_size", &sizing.usual),
        ("usual_brand", &sizing.brand),
        ("fit_wish", &sizing.fit),
        ("color", &sizing.color),
    ] {
        if let Some(value) = value {
            arguments.insert(name.into(), value.as_str().into());
        }
    }
    arguments.into()
}
