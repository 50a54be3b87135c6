//! Finding products and answering about one: `search_products`, `get_product`.

use serde_json::{Map, Value, json};

use super::details::{SHOPPING, Want};
use super::dialogue::{Dialogue, Step};
use super::errand::{Errand, Meant};
use super::goods::{Goods, Product, Search};
use super::results::{Outcome, listed};
use super::understand::Wish;
use super::words;
use crate::domain::bundle::HandOffReason;

/// Products that one reply names.
const SAID_MAX: usize = 4;
/// Features that a line of a list names.
const FEATURES_MAX: usize = 3;
const COLORS_MAX: usize = 4;
/// Questions of one kind in a row; after that a person helps.
const ASKS_MAX: u32 = 2;
/// A search for more shows as many as the tool gives.
const MORE_LIMIT: u32 = 6;
const QUERY_BYTES_MAX: usize = 300;

impl Dialogue<'_> {
    pub fn products(&self, wish: &Wish) -> Step {
        let Some(errand) = &wish.errand else {
            return Step::Say(self.say("products", json!({})));
        };
        match &errand.meant {
            Meant::One(_) if self.has("get_product") => return self.product(wish),
            Meant::Named(name) if self.has("get_product") => {
                // No product of that name: then it is something to look for.
                match self.goods("get_product", json!({ "product": name }), "refused") {
                    Ok(Goods::Product(product)) => {
                        return self.tell(product, &wish.text);
                    }
                    Err(step @ Step::Call(..)) => return step,
                    _ => {}
                }
            }
            _ => {}
        }
        if errand.want.is_empty() {
            return Step::Say(self.say("ask_wish", json!({})));
        }
        self.by_words(wish, errand)
    }

    fn found(&self, wish: &Wish, search: &Search) -> Step {
        let errand = wish.errand.as_deref();
        let want = errand.map(|errand| errand.want.clone()).unwrap_or_default();
        let more = errand.is_some_and(|errand| errand.more);
        if search.products.is_empty() {
            return Step::Say(self.nothing(search, &want));
        }
        let shown = &self.talk.memory.shop.shelf.shown;
        let new: Vec<&Product> = search
            .products
            .iter()
            .filter(|one| !more || !shown.contains(&one.product_id))
            .take(SAID_MAX)
            .collect();
        if new.is_empty() {
            return Step::Say(self.say("found_no_more", json!({})));
        }
        let lines: Vec<String> = new
            .iter()
            .map(|one| self.product_line(one, &want))
            .collect();
        let all = words::words(&wish.text);
        let gift = all.iter().any(|word| SHOPPING.lists.gift.contains(word));
        let key = match () {
            () if new.len() == 1 => "found_one",
            () if gift => "found_gift",
            () => "found",
        };
        Step::Say(self.say(key, json!({ "lines": lines.join("\n") })))
    }

    /// Which wish leaves nothing, and what comes near.
    fn nothing(&self, search: &Search, want: &Want) -> String {
        let Some(nothing) = &search.nothing else {
            return self.say("products_none", json!({}));
        };
        let near: Vec<String> = nothing
            .near
            .iter()
            .map(|one| match &one.differs {
                Some(differs) => self.say("near_line", json!({ "p": one, "differs": differs })),
                None => self.product_line(one, want),
            })
            .collect();
        let data =
            json!({ "words": nothing.why, "lines": near.join("\n"), "near": !near.is_empty() });
        self.say("products_nothing", data)
    }

    fn product_line(&self, product: &Product, want: &Want) -> String {
        let features = plain(&product.features, FEATURES_MAX);
        let data =
            json!({ "p": product, "features": features, "stock": stock_words(product, want) });
        self.say("product_line", data)
    }

    /// Answers about one product; without one, looks for what the words name.
    pub fn product(&self, wish: &Wish) -> Step {
        let Some(errand) = &wish.errand else {
            return Step::Say(self.say("products", json!({})));
        };
        match &errand.meant {
            Meant::Several(_) => self.compare(wish),
            Meant::Unclear(ids) if self.has("get_product") => self.which(wish, ids),
            Meant::One(handle) | Meant::Named(handle) if self.has("get_product") => {
                match self.get(handle) {
                    Ok(product) => self.tell(product, &wish.text),
                    Err(step) => step,
                }
            }
            _ if !self.has("search_products") => Step::Say(self.say("products", json!({}))),
            _ => self.by_words(wish, errand),
        }
    }

    /// One product as `get_product` shows it, or what to do instead.
    pub fn get(&self, handle: &str) -> Result<&Product, Step> {
        match self.goods("get_product", json!({ "product": handle }), "refused") {
            Ok(Goods::Product(product)) => Ok(product),
            Ok(Goods::Which(products)) => Err(Step::Say(self.which_of(products))),
            Ok(_) => Err(Step::Say(self.say("broken", json!({})))),
            Err(step) => Err(step),
        }
    }

    /// "Is the sleet rain jacket waterproof?", when nothing was shown yet: the search finds it, and
    /// where it is named in full, the product itself answers.
    fn by_words(&self, wish: &Wish, errand: &Errand) -> Step {
        if errand.want.is_empty() {
            return self.ask_product(wish);
        }
        let search = match self.goods("search_products", search_arguments(errand), "refused_any") {
            Ok(Goods::Search(search)) => search,
            Ok(_) => return Step::Say(self.say("broken", json!({}))),
            Err(step) => return step,
        };
        let asked: Vec<String> = stems(&wish.text);
        let named = search.products.iter().find(|one| {
            let title = stems(&one.title);
            title.len() > 1 && title.iter().all(|word| asked.contains(word))
        });
        match named {
            Some(one) if self.has("get_product") => match self.get(&one.product_id) {
                Ok(product) => self.tell(product, &wish.text),
                Err(step) => step,
            },
            _ => self.found(wish, search),
        }
    }

    /// Which of these? Asked twice at most.
    pub fn which(&self, wish: &Wish, ids: &[String]) -> Step {
        if self.talk.memory.shop.asked_product >= ASKS_MAX {
            return self.hand_off(wish, HandOffReason::OutOfScope);
        }
        let titles: Vec<String> = ids
            .iter()
            .take(SAID_MAX)
            .map(|id| format!("the {}", self.title_of(id)))
            .collect();
        let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
        let data = json!({ "items": listed(&titles, "or") });
        let key = if self.talk.memory.shop.asked_product > 0 {
            "ask_product_again"
        } else {
            "ask_product"
        };
        Step::Say(self.say(key, data))
    }

    pub fn which_of(&self, products: &[Product]) -> String {
        let titles: Vec<String> = products
            .iter()
            .take(SAID_MAX)
            .map(|one| format!("the {}", one.title))
            .collect();
        let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
        self.say("ask_product", json!({ "items": listed(&titles, "or") }))
    }

    /// No product is known at all.
    pub fn ask_product(&self, wish: &Wish) -> Step {
        if self.talk.memory.shop.asked_product >= ASKS_MAX {
            return self.hand_off(wish, HandOffReason::OutOfScope);
        }
        Step::Say(self.say("ask_product_name", json!({})))
    }

    /// The title of an id that was shown; else the handle, which is a name.
    pub fn title_of(&self, handle: &str) -> String {
        let title = self.talk.memory.shop.shelf.title(handle);
        if title.is_empty() {
            handle.to_owned()
        } else {
            title
        }
    }

    /// What a tool gave back in its own shape, or what to do instead: call it, pass on its
    /// refusal, or say that it failed.
    pub fn goods(
        &self,
        tool: &'static str,
        arguments: Value,
        refused: &str,
    ) -> Result<&Goods, Step> {
        if !self.has(tool) {
            return Err(Step::Say(self.say("no_tool", json!({}))));
        }
        let arguments = self.complete(tool, arguments);
        match self.talk.done(tool, |done| *done == arguments) {
            Some(Outcome::Goods(goods)) => Ok(goods),
            Some(Outcome::Refused(words)) => Err(Step::Say(self.refused(words, refused))),
            Some(_) => Err(Step::Say(self.say("broken", json!({})))),
            None => Err(Step::Call(tool, arguments)),
        }
    }
}

fn search_arguments(errand: &Errand) -> Value {
    let want = &errand.want;
    let query = want.query();
    let mut arguments = Map::new();
    let query = words::cut(&query, QUERY_BYTES_MAX);
    arguments.insert("query".into(), query.into());
    if let Some(price) = &want.price_max {
        arguments.insert("price_max".into(), price.as_str().into());
    }
    if let Some(department) = want.department() {
        arguments.insert("department".into(), department.into());
    }
    let not_colors = want.not_colors();
    if !not_colors.is_empty() {
        arguments.insert("not_colors".into(), not_colors.into());
    }
    if errand.more {
        arguments.insert("limit".into(), MORE_LIMIT.into());
    }
    arguments.into()
}

/// Stems of the words, without those of departments.
fn stems(text: &str) -> Vec<String> {
    words::words(text)
        .iter()
        .filter(|word| super::details::department(word).is_none())
        .map(|word| words::stem(word))
        .collect()
}

/// A few of the features in words; those with figures in them are left to the product's page.
pub fn plain(features: &[String], most: usize) -> String {
    let plain: Vec<&str> = features
        .iter()
        .map(String::as_str)
        .filter(|feature| !feature.chars().any(|c| c.is_ascii_digit()))
        .take(most)
        .collect();
    plain.join(", ")
}

/// "in M in navy and rust": what of a wish can be had, or the colours that can.
pub fn stock_words(product: &Product, want: &Want) -> String {
    let sizes = want.sizes();
    let fits =
        |size: &String| sizes.is_empty() || sizes.iter().any(|own| own.eq_ignore_ascii_case(size));
    let stocked: Vec<&super::goods::Color> = product
        .colors
        .iter()
        .filter(|color| color.stocked().iter().any(fits))
        .collect();
    if stocked.is_empty() {
        return String::new();
    }
    let mut known: Vec<&str> = Vec::new();
    for size in stocked.iter().flat_map(|color| color.stocked()) {
        if !sizes.is_empty() && fits(size) && !known.contains(&size.as_str()) {
            known.push(size);
        }
    }
    let colors: Vec<&str> = stocked
        .iter()
        .take(COLORS_MAX)
        .map(|color| color.color.as_str())
        .collect();
    let sizes = if known.is_empty() {
        String::new()
    } else {
        format!("in {} ", listed(&known, "and"))
    };
    let and_more = stocked.len() > COLORS_MAX;
    let colors = if and_more {
        format!("{} and more", colors.join(", "))
    } else {
        listed(&colors, "and")
    };
    format!("{sizes}in {colors}")
}
