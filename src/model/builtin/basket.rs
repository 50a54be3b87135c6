//! What is to go into the cart, from a message and what was asked before it.

use super::details::{self, SHOPPING, Want, has};
use super::entities::Found;
use super::errand::{Basket, Errand, FOLLOW_UP_WORDS, Meant, meant};
use super::errands::{Errands, Open};
use super::shelf::Pick;
use super::titles::named;
use super::words;

pub fn basket(shop: &Errands, text: &str, found: &Found, errand: &mut Errand) {
    let answers = matches!(shop.expects(), Some(Open::Variant(_)));
    let names = named(text).is_some() || found.parts.iter().any(|part| !part.refs.is_empty());
    let changes = words::words(text).len() <= FOLLOW_UP_WORDS && !names && !refers_anew(text);
    let before = shop
        .basket
        .clone()
        .filter(|_| answers || changes)
        .unwrap_or_default();
    let want = Want::read(text);
    let meant = meant(&shop.shelf, text, found);
    let named =
        matches!(shop.shelf.pick(text, found), Pick::One(_)) || matches!(meant, Meant::Named(_));
    let product = match &meant {
        Meant::One(_) if !named && before.product.is_some() => before.product.clone(),
        meant => meant.handle().map(str::to_owned).or(before.product.clone()),
    };
    let advised = shop.shelf.advised.clone();
    let size = want.sizes().pop().or(before.size).or_else(|| {
        let (id, size) = advised?;
        (Some(&id) == product.as_ref()).then_some(size)
    });
    let mut basket = Basket {
        size,
        color: want.colors().pop().or(before.color),
        quantity: found
            .quantity()
            .or_else(|| count_in(text))
            .or(before.quantity),
        product,
    };
    if let Some(Open::Variant(choices)) = shop.expects() {
        choose(choices, text, &mut basket);
    }
    errand.meant = match &basket.product {
        Some(product) => Meant::One(product.clone()),
        None => meant,
    };
    errand.basket = basket;
}

/// "Add it in L" is about what is in hand, not about what was added before.
fn refers_anew(text: &str) -> bool {
    has(&words::words(text), &SHOPPING.lists.cart)
}

/// "two", "3" before a thing; not what is part of a size.
fn count_in(text: &str) -> Option<u32> {
    let all = words::words(text);
    let add = all
        .iter()
        .position(|word| matches!(word.as_str(), "add" | "put" | "take" | "buy"))?;
    let word = all.get(add + 1)?;
    let table = [
        "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    ];
    let number = table
        .iter()
        .position(|own| own == word)
        .map(|at| at as u32 + 1);
    let followed = all.get(add + 2).is_some_and(|next| next != "in");
    // None, and far too many, are for the tool to answer.
    number
        .or_else(|| word.parse().ok())
        .filter(|count| *count != 1 && followed)
}

/// One of the choices that a tool named, as it wrote it.
fn choose(choices: &[String], text: &str, basket: &mut Basket) {
    let lower = words::words(text).join(" ");
    let mut fits: Vec<&String> = choices
        .iter()
        .filter(|choice| {
            let choice = words::words(choice).join(" ");
            !choice.is_empty() && format!(" {lower} ").contains(&format!(" {choice} "))
        })
        .collect();
    fits.sort_by_key(|choice| std::cmp::Reverse(choice.len()));
    let Some(choice) = fits.first() else {
        return;
    };
    if details::Want::read(choice).colors().is_empty() {
        basket.size = Some((*choice).clone());
    } else {
        basket.color = Some((*choice).clone());
    }
}
