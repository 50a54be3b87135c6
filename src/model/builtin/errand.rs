//! What a wish about buying, sizes, shipping, offers or a proof is about, as far as it is known,
//! and what of it earlier turns left open.

use std::collections::BTreeMap;

use super::basket::basket;
use super::details::{self, SHOPPING, Want, has};
use super::entities::Found;
use super::errands::{Errands, Open};
use super::goods::Product;
use super::measures::Measures;
use super::memory::Memory;
use super::offer_codes;
use super::places;
use super::plans::{Does, plan};
use super::shelf::{Pick, Shelf};
use super::titles::named;
use super::words;

/// No foot is so long in centimetres.
const SHOE_SIZE_MIN: f32 = 34.0;
/// A follow-up has so few words.
pub const FOLLOW_UP_WORDS: usize = 9;

/// The details of one wish.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Errand {
    pub want: Want,
    /// More of what was shown, not something else.
    pub more: bool,
    pub meant: Meant,
    pub sizing: Sizing,
    pub basket: Basket,
    pub places: Vec<String>,
    pub service: Option<&'static str>,
    pub order_value: Option<String>,
    pub code: Option<String>,
}

impl Errand {
    /// What its own part of a message lacks and another has: the product's title, what is spent.
    pub fn take_from(&mut self, memory: &Memory, text: &str) {
        if self.order_value.is_none() {
            self.order_value = order_value(text);
        }
        let open = matches!(self.meant, Meant::Unknown | Meant::Unclear(_));
        let missing = self.sizing.product.is_none() && self.basket.product.is_none();
        if open
            && missing
            && self.want.is_empty()
            && let Some(name) = named(text)
        {
            self.meant = titled(&memory.shop.shelf, name);
        }
    }
}

/// The product that is meant.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Meant {
    One(String),
    Several(Vec<String>),
    Unclear(Vec<String>),
    /// By a name that nothing shown has.
    Named(String),
    #[default]
    Unknown,
}

impl Meant {
    /// What a tool takes: an id, or the name that the shopper used.
    pub fn handle(&self) -> Option<&str> {
        match self {
            Self::One(name) | Self::Named(name) => Some(name),
            _ => None,
        }
    }
}

/// Advice on a size as far as it is known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sizing {
    pub product: Option<String>,
    pub measures: BTreeMap<String, String>,
    pub usual: Option<String>,
    pub brand: Option<String>,
    pub fit: Option<String>,
    pub color: Option<String>,
    /// What the shopper was asked for and cannot tell.
    pub not_known: Vec<String>,
}

/// What is to go into the cart, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Basket {
    pub product: Option<String>,
    pub size: Option<String>,
    pub color: Option<String>,
    pub quantity: Option<u32>,
}

/// The details of a wish; `None` for intents that need none of these.
pub fn of(memory: &Memory, intent: &str, text: &str, found: &Found) -> Option<Box<Errand>> {
    let does = plan(intent)?.does;
    let shop = &memory.shop;
    let mut errand = Errand {
        order_value: order_value(text),
        ..Errand::default()
    };
    match does {
        Does::Products => products(memory, intent, text, found, &mut errand),
        Does::Product | Does::Compare => {
            errand.meant = match named_each(&shop.shelf, text) {
                handles if handles.len() > 1 && does == Does::Compare => Meant::Several(handles),
                _ => meant(&shop.shelf, text, found),
            };
            errand.want = Want::read(text);
        }
        Does::Size => sizing(shop, text, found, &mut errand),
        Does::Cart => basket(shop, text, found, &mut errand),
        Does::Ship => shipping(memory, text, &mut errand),
        Does::Offers | Does::Code => {
            let short = words::words(text).len() <= FOLLOW_UP_WORDS;
            let goes_on = short && memory.last_family() == Some("discounts");
            let expected =
                shop.open == Some(Open::Code) || (goes_on && offer_codes::is_marked_in(text));
            errand.code = offer_codes::code_in(text, expected);

            errand.meant = match shop.shelf.pick(text, found) {
                Pick::One(id) => Meant::One(id),
                _ => named(text).map_or(Meant::Unknown, Meant::Named),
            };
            // "And on the fleece?"
            if errand.code.is_none()
                && goes_on
                && does == Does::Code
                && errand.meant != Meant::Unknown
            {
                errand.code.clone_from(&shop.code);
            }
        }
        Does::Verify => {}
        _ => return None,
    }
    Some(Box::new(errand))
}

fn products(memory: &Memory, intent: &str, text: &str, found: &Found, errand: &mut Errand) {
    let shop = &memory.shop;
    let all = words::words(text);
    errand.more = has(&all, &SHOPPING.lists.more);
    let refines = intent == "product_refine"
        || details::only_narrows(text)
        || errand.more
        || (adds_to_wish(&all) && !names_kind(text));
    errand.want = match &shop.want {
        Some(before) if refines && !(shop.nowhere && names_kind(text)) => before.refined(text),
        _ => Want::read(text),
    };
    if has(&all, &SHOPPING.lists.cheaper) {
        errand.want.price_max = below(&shop.shelf).or(errand.want.price_max.take());
    }
    // "Do you have the fleece in L?" is about the one that was shown.
    if !errand.more
        && let Some(name) = named(text)
    {
        errand.meant = titled(&shop.shelf, name);
        return;
    }
    let pick = shop.shelf.pick(text, found);
    let definite = !errand.more
        && all
            .iter()
            .any(|word| matches!(word.as_str(), "the" | "it" | "this" | "that" | "them"));
    if let Pick::One(id) = pick
        && definite
        && (intent != "product_refine" || details::only_narrows(text) || found.points())
        && errand.want.price_max == shop.want.as_ref().and_then(|want| want.price_max.clone())
    {
        errand.meant = Meant::One(id);
    }
}

/// "For a seven year old", "with a hood": a few words that need something before them.
fn adds_to_wish(all: &[String]) -> bool {
    all.len() <= FOLLOW_UP_WORDS
        && all
            .first()
            .is_some_and(|word| SHOPPING.lists.adds_to_wish.contains(word))
}

fn names_kind(text: &str) -> bool {
    details::pieces(text)
        .iter()
        .any(|piece| matches!(piece.slot, details::Slot::Kind(_)))
}

/// Just under the lowest price that was shown, as digits.
fn below(shelf: &Shelf) -> Option<String> {
    let focus: Vec<&String> = shelf.focus.iter().collect();
    let ids = if focus.is_empty() {
        shelf.shown.iter().collect()
    } else {
        focus
    };
    let lowest = ids
        .into_iter()
        .filter_map(|id| shelf.product(id))
        .filter_map(minor)
        .min()?;
    let under = lowest.checked_sub(1)?;
    Some(format!("{}.{:02}", under / 100, under % 100))
}

/// "€149.00" in hundredths.
pub fn minor(product: &Product) -> Option<u64> {
    let digits: String = product
        .price
        .as_deref()?
        .chars()
        .filter(|c| c.is_ascii_digit() || *c == '.')
        .collect();
    let (whole, part) = digits.split_once('.').unwrap_or((&digits, "00"));
    let whole: u64 = whole.parse().ok()?;
    let part: u64 = part.parse().ok().filter(|_| part.len() == 2)?;
    whole.checked_mul(100)?.checked_add(part)
}

pub fn meant(shelf: &Shelf, text: &str, found: &Found) -> Meant {
    // A title says more than a kind of clothing in it.
    if let Some(name) = named(text) {
        return match shelf.pick(text, found) {
            Pick::Several(ids) => Meant::Several(ids),
            _ => titled(shelf, name),
        };
    }
    match shelf.pick(text, found) {
        Pick::One(id) => Meant::One(id),
        Pick::Several(ids) => Meant::Several(ids),
        Pick::Unclear(ids) => Meant::Unclear(ids),
        Pick::Nothing => after_nothing(shelf),
    }
}

/// The product with this title, shown before or not.
fn titled(shelf: &Shelf, name: String) -> Meant {
    match shelf.titled(&name) {
        Some(id) => Meant::One(id),
        None => Meant::Named(name),
    }
}

/// No product is named: the one that is talked about, if there is one.
fn after_nothing(shelf: &Shelf) -> Meant {
    match shelf.it() {
        Pick::One(id) => Meant::One(id),
        Pick::Unclear(ids) => Meant::Unclear(ids),
        _ => Meant::Unknown,
    }
}

/// Products by their titles, one in each part of a comparison; ids of those that were shown.
fn named_each(shelf: &Shelf, text: &str) -> Vec<String> {
    let mut handles: Vec<String> = Vec::new();
    for clause in words::clauses(text) {
        for part in clause.split(" or ").flat_map(|part| part.split(" than ")) {
            let Some(name) = named(&format!("the {part}")) else {
                continue;
            };
            let handle = shelf.titled(&name).unwrap_or(name);
            if !handles.contains(&handle) {
                handles.push(handle);
            }
        }
    }
    handles
}

fn sizing(shop: &Errands, text: &str, found: &Found, errand: &mut Errand) {
    let before = shop.sizing.clone().unwrap_or_default();
    let said = Measures::read(text);
    let meant = match (named(text), shop.shelf.pick(text, found)) {
        (Some(name), _) => titled(&shop.shelf, name),
        (None, Pick::One(id)) => Meant::One(id),
        (None, Pick::Several(ids) | Pick::Unclear(ids)) if before.product.is_none() => {
            Meant::Unclear(ids)
        }
        _ => Meant::Unknown,
    };
    let product = meant.handle().map(str::to_owned);
    let other = product.is_some() && before.product.is_some() && product != before.product;
    let mut sizing = before;
    if other {
        sizing.not_known.clear();
        sizing.color = None;
    }
    sizing.product = product
        .or(sizing.product)
        .or_else(|| match shop.shelf.it() {
            Pick::One(id) => Some(id),
            _ => None,
        });
    errand.meant = match (&sizing.product, meant) {
        (Some(known), _) => Meant::One(known.clone()),
        (None, Meant::Unknown) => after_nothing(&shop.shelf),
        (None, meant) => meant,
    };
    answer_measure(shop, &said, text, &mut sizing);
    correct_measure(shop, &said, &mut sizing);
    sizing.measures.extend(said.named);
    sizing.usual = said.usual.or(sizing.usual);
    sizing.brand = said.brand.or(sizing.brand);
    sizing.fit = said.fit.map(str::to_owned).or(sizing.fit);
    sizing.color = Want::read(text).colors().pop().or(sizing.color);
    errand.sizing = sizing;
}

/// "98" after "How wide is your chest?"; "I don't know" after it, too.
fn answer_measure(shop: &Errands, said: &Measures, text: &str, sizing: &mut Sizing) {
    let Some(Open::Measure(asked)) = shop.expects() else {
        return;
    };
    if said.unknown && said.named.is_empty() && said.bare.is_none() {
        if !sizing.not_known.contains(asked) {
            sizing.not_known.push(asked.clone());
        }
        return;
    }
    if asked == "usual_size" {
        let size = Want::read(text).sizes().pop();
        let bare = said.bare.clone();
        sizing.usual = said.usual.clone().or(size).or(bare).or(sizing.usual.take());
    } else if let (Some(bare), true) = (&said.bare, said.named.is_empty()) {
        // "42" after "How long is your foot?" is the size of a shoe.
        let shoe = asked == "foot" && bare.parse::<f32>().is_ok_and(|size| size >= SHOE_SIZE_MIN);
        if shoe {
            sizing.usual = Some(bare.clone());
        } else {
            sizing.measures.insert(argument_of(asked), bare.clone());
        }
    }
    // "EU", after "Is 42 EU, UK or US?"
    let system = words::words(text)
        .into_iter()
        .find(|word| SHOPPING.lists.systems.contains(word) && word != "it");
    if let (Some(system), Some(usual)) = (system, &sizing.usual)
        && said.usual.is_none()
        && !usual.contains(' ')
    {
        sizing.usual = Some(format!("{} {usual}", system.to_uppercase()));
    }
}

/// "Sorry, it is 107": the only measure that was given is another.
fn correct_measure(shop: &Errands, said: &Measures, sizing: &mut Sizing) {
    let asked = matches!(shop.expects(), Some(Open::Measure(_)));
    if let (false, true, Some(bare)) = (asked, said.named.is_empty(), &said.bare)
        && sizing.measures.len() == 1
    {
        sizing
            .measures
            .values_mut()
            .for_each(|value| value.clone_from(bare));
    }
}

/// "chest" is asked for and `chest_cm` given.
fn argument_of(measure: &str) -> String {
    if measure.ends_with("_cm") {
        measure.to_owned()
    } else {
        format!("{measure}_cm")
    }
}

fn shipping(memory: &Memory, text: &str, errand: &mut Errand) {
    let all = words::words(text);
    let lists = &SHOPPING.lists;
    errand.places = places::named(text);
    let follows = all.len() <= FOLLOW_UP_WORDS && memory.last_family() == Some("shipping");

    errand.service = match () {
        () if has(&all, &lists.express) => Some("express"),
        () if has(&all, &lists.standard) => Some("standard"),
        () => None,
    };
    let same =
        errand.service.is_some() || has(&all, &lists.ship_cost) || has(&all, &lists.asks_when);
    if errand.places.is_empty() && follows && same {
        errand.places.clone_from(&memory.shop.places);
    }
}

/// "An order of 120 euros": an amount of money that bounds nothing.
pub fn order_value(text: &str) -> Option<String> {
    let tokens: Vec<&str> = text.split_whitespace().collect();
    let order = |at: usize| {
        tokens[..at].iter().rev().take(5).any(|word| {
            matches!(
                word.to_lowercase().as_str(),
                "order" | "spend" | "basket" | "cart" | "worth" | "buy"
            )
        })
    };
    tokens.iter().enumerate().find_map(|(at, token)| {
        let token = token.trim_end_matches(['.', ',', '?', '!']);
        let money = token.starts_with(['€', '£', '$'])
            || token.ends_with(['€', '£', '$'])
            || tokens
                .get(at + 1)
                .is_some_and(|next| next.to_lowercase().starts_with("euro"));
        (money && order(at))
            .then(|| details::amount(token))
            .flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_orders_value_is_told_from_a_price_bound() {
        assert_eq!(
            order_value("shipping for an order of 120 euros").as_deref(),
            Some("120")
        );
        assert_eq!(order_value("if I spend €80?").as_deref(), Some("80"));
        assert_eq!(order_value("jackets under 100 euros"), None);
    }
}
