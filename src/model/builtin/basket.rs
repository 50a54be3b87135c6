//! What is to go into the cart, from a message and what was asked before it.

use super::details::{self, SHOPPING, Want, has};
use super::entities::Found;
use super::errand::{Basket, Errand, FOLLOW_UP_WORDS, Meant, meant};
use super::errands::{Errands, Open};
use super::shelf::Pick;
use super::titles::named;
use super::words;
use crate::domain::limits::CART_QUANTITY_MAX;

/// Things that one message puts into the cart.
const THINGS_MAX: usize = 4;
/// Words of a message that is hardly more than a number.
const COUNT_WORDS_MAX: usize = 4;
/// "Also please put …": the verb stands near the start.
const VERB_WITHIN: usize = 5;

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
            .or_else(|| {
                count_alone(text)
                    .filter(|_| before.quantity.is_some_and(|count| !is_countable(count)))
            })
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
    let add = all.iter().position(|word| is_verb(word));
    let of = words::find_phrase(&all, "of them");
    let after_verb = add.filter(|at| all.get(at + 2).is_some_and(|next| next != "in"));
    let word = after_verb
        .and_then(|at| all.get(at + 1))
        .filter(|word| number(word).is_some())
        .or_else(|| all.get(of?.checked_sub(1)?))?;
    // None, and far too many, are for the cart to answer.
    number(word).filter(|count| *count != 1)
}

/// A number and hardly anything else: "then 3", "two please".
pub fn count_alone(text: &str) -> Option<u32> {
    let all = words::words(text);
    let short = all.len() <= COUNT_WORDS_MAX;
    all.iter().find_map(|word| number(word)).filter(|_| short)
}

/// So many pieces of one thing go into a cart.
pub fn is_countable(count: u32) -> bool {
    (1..=CART_QUANTITY_MAX).contains(&count)
}

fn is_verb(word: &str) -> bool {
    matches!(word, "add" | "put" | "take" | "buy")
}

fn number(word: &str) -> Option<u32> {
    let table = [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    ];
    let named = table.iter().position(|own| *own == word);
    named.map(|at| at as u32).or_else(|| word.parse().ok())
}

/// "Put a harbour beanie in my cart": surely that, whatever stands beside it.
pub fn puts(part: &str) -> bool {
    let all = words::words(part);
    let lists = &SHOPPING.lists;
    let verb = all
        .iter()
        .take(VERB_WITHIN)
        .any(|word| matches!(word.as_str(), "add" | "put"));
    verb && has(&all, &lists.cart) && !has(&all, &lists.not_cart) && named(part).is_some()
}

/// "Add the beanie and the jacket in M to my cart": the jacket is nothing that is asked about.
pub fn without_things(text: &str, intents: &mut Vec<(String, String)>) {
    let place = |part: &str| text.find(part).unwrap_or(0);
    let cart = intents
        .iter()
        .find(|(intent, _)| intent == "add_to_cart")
        .map(|(_, part)| place(part));
    if let Some(cart) = cart
        && puts(text)
        && !text.contains('?')
    {
        intents.retain(|(intent, part)| intent != "product_details" || place(part) < cart);
    }
}

/// "The beanie in navy and the scarf in burgundy": each of several things goes into the cart.
pub fn each(intents: &mut Vec<(String, String)>) {
    let Some(at) = intents
        .iter()
        .position(|(intent, _)| intent == "add_to_cart")
    else {
        return;
    };
    let mut things: Vec<(String, String)> = Vec::new();
    for clause in words::clauses(&intents[at].1) {
        let clause = clause.trim();
        let opens = words::words(clause).iter().any(|word| is_verb(word));
        let part = if opens {
            clause.to_owned()
        } else {
            format!("add {clause}")
        };
        let name = named(&part).filter(|name| things.iter().all(|(known, _)| known != name));
        match (name, things.last_mut()) {
            (Some(name), _) => things.push((name, part)),
            (None, Some((_, before))) => {
                before.push_str(", ");
                before.push_str(clause);
            }
            (None, None) => things.push((String::new(), part)),
        }
    }
    things.retain(|(name, _)| !name.is_empty());
    if things.len() > 1 {
        let (intent, _) = intents.remove(at);
        let each = things
            .into_iter()
            .take(THINGS_MAX)
            .map(|(_, part)| (intent.clone(), part));
        intents.splice(at..at, each);
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_stand_before_things_and_are_no_sizes() {
        for (text, count) in [
            ("add 2 harbour beanies", Some(2)),
            ("add 0 Sleet Rain Jacket", Some(0)),
            ("ok, add 4000 of them then", Some(4000)),
            ("add one in L", None),
            ("add it in 42", None),
        ] {
            assert_eq!(count_in(text), count, "{text}");
        }
    }

    #[test]
    fn each_thing_of_one_message_is_put_into_the_cart() {
        let text =
            "add the Harbour Beanie in navy and 2 Blanket Scarf Galway, burgundy, to my cart";
        let mut intents = vec![("add_to_cart".to_owned(), text.to_owned())];
        each(&mut intents);
        let parts: Vec<&str> = intents.iter().map(|(_, part)| part.as_str()).collect();
        assert_eq!(
            parts,
            [
                "add the Harbour Beanie in navy",
                "add 2 Blanket Scarf Galway, burgundy, to my cart"
            ]
        );
    }
}
