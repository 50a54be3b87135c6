//! Putting a product into the cart: which one, in which size and colour; then `add_to_cart`.

use serde_json::{Map, Value, json};

use super::basket::is_countable;
use super::dialogue::{Dialogue, Step};
use super::errand::{Basket, Meant};
use super::goods::{Added, Goods};
use super::understand::Wish;

impl Dialogue<'_> {
    pub fn cart(&self, wish: &Wish) -> Step {
        let Some(errand) = &wish.errand else {
            return Step::Say(self.say("place_order", json!({})));
        };
        let basket = &errand.basket;
        let Some(product) = basket.product.as_deref() else {
            return match &errand.meant {
                Meant::Unclear(ids) => self.which(wish, ids),
                _ => self.ask_product(wish),
            };
        };
        if basket.quantity.is_some_and(|count| !is_countable(count)) {
            return Step::Say(self.say("ask_count", json!({})));
        }
        match self.goods("add_to_cart", arguments(basket, product), "refused") {
            Ok(Goods::Added(added)) => Step::Say(self.added(added)),
            Ok(Goods::Asks(ask)) => Step::Say(ask.question.clone()),
            Ok(Goods::Which(products)) => Step::Say(self.which_of(products)),
            Ok(_) => Step::Say(self.say("broken", json!({}))),
            Err(step) => step,
        }
    }

    fn added(&self, added: &Added) -> String {
        let plain = |text: &Option<String>| text.clone().filter(|text| text != "one size");
        let variant: Vec<String> = [plain(&added.size), plain(&added.color)]
            .into_iter()
            .flatten()
            .collect();
        self.say(
            "added",
            json!({ "a": added, "variant": variant.join(", ") }),
        )
    }
}

fn arguments(basket: &Basket, product: &str) -> Value {
    let mut arguments = Map::new();
    arguments.insert("product".into(), product.into());
    for (name, value) in [("size", &basket.size), ("color", &basket.color)] {
        if let Some(value) = value {
            arguments.insert(name.into(), value.as_str().into());
        }
    }
    if let Some(quantity) = basket.quantity {
        arguments.insert("quantity".into(), quantity.into());
    }
    arguments.into()
}
