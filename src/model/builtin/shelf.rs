//! The products that a conversation has shown, and which of them a message means.

use super::details::{self, SHOPPING, Want, has};
use super::entities::{Found, ItemRef, LISTS};
use super::goods::{Goods, Product, Search, Sized};
use super::memory::Done;
use super::product_words::has_stock;
use super::results::Outcome;
use super::words;

/// Products that are remembered; the oldest make room.
const KNOWN_MAX: usize = 24;

/// A name's own word counts so much, a slip of it and a word of the same kind less.
const SAME_WORD: u32 = 4;
const SLIP: u32 = 3;
const SAME_KIND: u32 = 2;

#[derive(Clone, Debug, Default)]
pub struct Shelf {
    pub known: Vec<Product>,
    /// The last list, in its order.
    pub shown: Vec<String>,
    /// The product that is being talked about.
    pub focus: Option<String>,
    /// The size that was advised, and for which product.
    pub advised: Option<(String, String)>,
}

/// Which product is meant.
#[derive(Clone, Debug, PartialEq)]
pub enum Pick {
    One(String),
    /// Two or three that are meant together.
    Several(Vec<String>),
    /// As many fit.
    Unclear(Vec<String>),
    Nothing,
}

impl Shelf {
    pub fn product(&self, id: &str) -> Option<&Product> {
        self.known.iter().find(|one| one.product_id == id)
    }

    pub fn title(&self, id: &str) -> String {
        self.product(id)
            .map(|one| one.title.clone())
            .unwrap_or_default()
    }

    /// What a tool showed is remembered.
    pub fn absorb(&mut self, goods: &Goods) {
        match goods {
            Goods::Search(search) => self.show(listed(search)),
            Goods::Which(products) => self.show(products),
            Goods::Product(product) => {
                self.learn(product);
                self.focus = Some(product.product_id.clone());
            }
            Goods::Sized(sized) => self.size(sized),
            Goods::Added(added) if self.product(&added.product_id).is_some() => {
                self.focus = Some(added.product_id.clone());
            }
            _ => {}
        }
    }

    fn size(&mut self, sized: &Sized) {
        if sized.product_id.is_empty() {
            return;
        }
        if self.product(&sized.product_id).is_none() {
            self.learn(&Product {
                product_id: sized.product_id.clone(),
                title: sized.title.clone(),
                ..Product::default()
            });
        }
        self.focus = Some(sized.product_id.clone());
        if let Some(size) = &sized.size {
            self.advised = Some((sized.product_id.clone(), size.clone()));
        }
    }

    fn show(&mut self, products: &[Product]) {
        products.iter().for_each(|product| self.learn(product));
        if products.is_empty() {
            return;
        }
        self.shown = products.iter().map(|one| one.product_id.clone()).collect();
        self.focus = match products {
            [only] => Some(only.product_id.clone()),
            _ => None,
        };
    }

    /// The shopper stands before a product: one that has not been spoken of yet is what "this" is.
    pub fn look_at(&mut self, product: &Product) {
        if self.product(&product.product_id).is_none() {
            self.show(std::slice::from_ref(product));
        }
    }

    fn learn(&mut self, product: &Product) {
        if product.product_id.is_empty() {
            return;
        }
        self.known
            .retain(|one| one.product_id != product.product_id);
        self.known.push(product.clone());
        let over = self.known.len().saturating_sub(KNOWN_MAX);
        self.known.drain(..over);
    }

    /// The product with this title, or with all of these words in it.
    pub fn titled(&self, name: &str) -> Option<String> {
        let asked = words::words(name);
        let fits = |one: &&Product| {
            let title = words::words(&one.title);
            !asked.is_empty() && asked.iter().all(|word| title.contains(word))
        };
        let mut all: Vec<&Product> = self.known.iter().filter(fits).collect();
        all.sort_by_key(|one| one.title.len());
        all.first().map(|one| one.product_id.clone())
    }

    /// Those that were looked at in one turn are what "they" means.
    pub fn stand_together(&mut self, done: &[Done], text: &str) {
        let mut ids: Vec<String> = Vec::new();
        for one in done {
            if let Outcome::Goods(goods) = &one.outcome
                && let Goods::Product(product) = &**goods
                && !ids.contains(&product.product_id)
            {
                ids.push(product.product_id.clone());
            }
        }
        if ids.len() < 2 {
            return;
        }
        // A namesake was looked at only for the size: one of them is meant.
        if let Some(first) = self.product(&ids[0])
            && ids[1..]
                .iter()
                .all(|id| first.also_called.iter().any(|one| one.product_id == *id))
        {
            let want = Want::read(text);
            let has_it = |id: &&String| self.product(id).is_some_and(|one| has_stock(one, &want));
            self.focus = ids.iter().find(has_it).or(ids.first()).cloned();
            return;
        }
        self.shown = ids;
        self.focus = None;
    }

    /// The products that a message points at: by place, by name, by colour, or as "it".
    pub fn pick(&self, text: &str, found: &Found) -> Pick {
        let placed = self.by_place(text, found);
        if placed != Pick::Nothing {
            return placed;
        }
        let named = self.by_name(text);
        if named != Pick::Nothing {
            return named;
        }
        let color = self.by_color(text);
        if color != Pick::Nothing {
            return color;
        }
        if found.refers || refers(text) {
            return self.it();
        }
        Pick::Nothing
    }

    /// What "it" is: the product that is talked about, or the only one shown.
    pub fn it(&self) -> Pick {
        match (&self.focus, self.shown.as_slice()) {
            (Some(id), _) => Pick::One(id.clone()),
            (None, []) => Pick::Nothing,
            (None, [one]) => Pick::One(one.clone()),
            (None, several) => Pick::Unclear(several.to_vec()),
        }
    }

    fn by_place(&self, text: &str, found: &Found) -> Pick {
        let all = words::words(text);
        let mut ids: Vec<String> = Vec::new();
        let mut outside = false;
        for one in found.parts.iter().flat_map(|part| &part.refs) {
            match one {
                ItemRef::Line(line) => match self.shown.get((*line as usize).saturating_sub(1)) {
                    Some(id) if !ids.contains(id) => ids.push(id.clone()),
                    Some(_) => {}
                    None => outside = true,
                },
                ItemRef::Last => ids.extend(self.shown.last().cloned()),
                ItemRef::Other => {
                    let others: Vec<String> = self
                        .shown
                        .iter()
                        .filter(|id| Some(*id) != self.focus.as_ref())
                        .cloned()
                        .collect();
                    return unclear_unless_one(others);
                }
                ItemRef::Both | ItemRef::All => return self.together(),
                ItemRef::AllBut(_) => {}
            }
        }
        if ids.is_empty()
            && !outside
            && has(&all, &SHOPPING.lists.two_things)
            && self.shown.len() > 1
        {
            return self.together();
        }
        match ids.len() {
            0 if outside && self.shown.len() > 1 => Pick::Unclear(self.shown.clone()),
            0 if outside => self.it(),
            0 => Pick::Nothing,
            1 => Pick::One(ids.swap_remove(0)),
            _ => Pick::Several(ids),
        }
    }

    /// "both": the two or three that were shown.
    fn together(&self) -> Pick {
        match self.shown.len() {
            0 => Pick::Nothing,
            1 => self.it(),
            2 | 3 => Pick::Several(self.shown.clone()),
            _ => Pick::Unclear(self.shown.clone()),
        }
    }

    /// Each part of a message may name a product of its own: "the fleece and the jacket".
    fn by_name(&self, text: &str) -> Pick {
        let mut picked: Vec<String> = Vec::new();
        let mut unclear = Vec::new();
        let halves = words::clauses(text);
        let parts = halves
            .iter()
            .flat_map(|clause| clause.split(" or "))
            .flat_map(|clause| clause.split(" than "));
        for part in parts {
            match self.best(&words::words(part)).as_slice() {
                [] => {}
                [one] if picked.contains(one) => {}
                [one] => picked.push(one.clone()),
                several => unclear.extend(several.iter().cloned()),
            }
        }
        match picked.len() {
            0 if unclear.is_empty() => Pick::Nothing,
            0 if self.focus.as_ref().is_some_and(|id| unclear.contains(id)) => self.it(),
            0 => Pick::Unclear(unclear),
            1 => Pick::One(picked.swap_remove(0)),
            _ => Pick::Several(picked),
        }
    }

    /// Products whose title fits the words best; those shown last before older ones.
    fn best(&self, all: &[String]) -> Vec<String> {
        let names: Vec<&String> = all
            .iter()
            .filter(|word| word.len() >= 3 && !is_common(word))
            .collect();
        let scored = |products: &mut dyn Iterator<Item = &Product>| {
            let scores: Vec<(u32, String)> = products
                .map(|one| (score(one, &names), one.product_id.clone()))
                .collect();
            let most = scores.iter().map(|(score, _)| *score).max().unwrap_or(0);
            let fits = scores
                .into_iter()
                .filter(|(score, _)| most > 0 && *score == most);
            fits.map(|(_, id)| id).collect::<Vec<String>>()
        };
        let shown = self.shown.iter().filter_map(|id| self.product(id));
        let own = scored(&mut shown.chain(self.focus.iter().filter_map(|id| self.product(id))));
        let own = without_doubles(own);
        if own.is_empty() {
            without_doubles(scored(&mut self.known.iter()))
        } else {
            own
        }
    }

    /// "The navy one": of those shown, the ones that come in it.
    fn by_color(&self, text: &str) -> Pick {
        let all = words::words(text);
        if !all.iter().any(|word| word == "one" || word == "ones") {
            return Pick::Nothing;
        }
        let want = details::Want::read(text);
        let colors = want.colors();
        let Some(color) = colors.first() else {
            return Pick::Nothing;
        };
        let comes_in = |id: &String| {
            self.product(id).is_some_and(|one| {
                one.colors
                    .iter()
                    .any(|own| own.color.contains(color.as_str()))
            })
        };
        match &self.focus {
            Some(id) if comes_in(id) => Pick::One(id.clone()),
            _ => unclear_unless_one(
                self.shown
                    .iter()
                    .filter(|id| comes_in(id))
                    .cloned()
                    .collect(),
            ),
        }
    }
}

fn listed(search: &Search) -> &[Product] {
    match &search.nothing {
        Some(nothing) if search.products.is_empty() => &nothing.near,
        _ => &search.products,
    }
}

fn unclear_unless_one(mut ids: Vec<String>) -> Pick {
    match ids.len() {
        0 => Pick::Nothing,
        1 => Pick::One(ids.swap_remove(0)),
        _ => Pick::Unclear(ids),
    }
}

fn without_doubles(ids: Vec<String>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for id in ids {
        if !kept.contains(&id) {
            kept.push(id);
        }
    }
    kept
}

/// "this one", "that one", "it": what is in hand.
fn refers(text: &str) -> bool {
    let all = words::words(text);
    [
        "this one",
        "that one",
        "the one",
        "one of them",
        "one of those",
        "for me",
    ]
    .iter()
    .any(|phrase| words::find_phrase(&all, phrase).is_some())
}

/// Colours and words of no product's own.
fn is_common(word: &str) -> bool {
    let not_name = matches!(
        word,
        "the"
            | "and"
            | "for"
            | "one"
            | "with"
            | "size"
            | "men"
            | "mens"
            | "women"
            | "womens"
            | "you"
            | "have"
            | "does"
            | "what"
            | "which"
            | "that"
            | "this"
            | "from"
            | "your"
            | "rain"
            | "kids"
    );
    not_name
        || LISTS
            .colors
            .values()
            .any(|group| group.iter().any(|own| own == word))
}

fn score(product: &Product, names: &[&String]) -> u32 {
    let own = words::words(&product.title);
    let category = product
        .category
        .as_deref()
        .map(words::words)
        .unwrap_or_default();
    let stems: Vec<String> = own.iter().map(|word| words::stem(word)).collect();
    names
        .iter()
        .map(|name| {
            let stem = words::stem(name);
            let kind = details::kind_of(name);
            let same_kind = || {
                kind.is_some()
                    && own
                        .iter()
                        .chain(&category)
                        .any(|word| details::kind_of(word) == kind)
            };
            match () {
                () if stems.contains(&stem) => SAME_WORD,
                () if name.len() >= 5 && own.iter().any(|word| words::is_slip(name, word)) => SLIP,
                () if same_kind() => SAME_KIND,
                () => 0,
            }
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shelf() -> Shelf {
        let product = |id: &str, title: &str, category: &str, color: &str| Product {
            product_id: id.into(),
            title: title.into(),
            category: Some(category.into()),
            colors: vec![super::super::goods::Color {
                color: color.into(),
                sizes: vec!["M".into()],
                ..Default::default()
            }],
            ..Product::default()
        };
        let mut shelf = Shelf::default();
        shelf.absorb(&Goods::Search(Search {
            products: vec![
                product("p-1", "Sleet Rain Jacket", "rain jackets", "navy"),
                product("p-2", "Bothy Fleece", "fleece", "moss green"),
                product("p-3", "Prom Mac", "rain jackets", "black"),
            ],
            ..Search::default()
        }));
        shelf
    }

    fn pick(text: &str) -> Pick {
        shelf().pick(text, &Found::read(text))
    }

    #[test]
    fn what_was_shown_is_found_however_it_is_meant() {
        let one = |id: &str| Pick::One(id.into());
        for (text, expected) in [
            ("the second one", one("p-2")),
            ("is the fleece warm?", one("p-2")),
            ("the last one please", one("p-3")),
            ("the sleet jacket", one("p-1")),
            ("add the navy one in M", one("p-1")),
            ("the prom mack", one("p-3")),
            (
                "the fleece or the prom mac?",
                Pick::Several(vec!["p-2".into(), "p-3".into()]),
            ),
            (
                "difference between the first and the third",
                Pick::Several(vec!["p-1".into(), "p-3".into()]),
            ),
            ("where is my order", Pick::Nothing),
        ] {
            assert_eq!(pick(text), expected, "{text}");
        }
        assert!(matches!(pick("is it waterproof"), Pick::Unclear(_)));
        assert!(matches!(pick("the seventh one"), Pick::Unclear(_)));
    }
}
