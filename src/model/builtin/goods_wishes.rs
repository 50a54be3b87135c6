//! Wishes about things to buy, set right by what a message says besides: the classifier sees words,
//! and whether a product was shown before, a measure is given or a size only narrows a search is
//! not among them.

use super::classify::Guess;
use super::details::{self, Slot, Want};
use super::entities::Found;
use super::measures::Measures;
use super::memory::Memory;
use super::parts::{PART_SURE_MIN, of_family};
use super::plans::{Does, plan};
use super::titles;
use super::understand::{POINTED, UNSURE};
use super::words;

/// "A jacket for my daughter, size 116": the second part is no question of sizes.
pub fn without_narrowing(intents: &mut Vec<(String, String)>) {
    let family = |intent: &str| plan(intent).map(|plan| plan.family.as_str());
    let of = |name: &str| {
        intents
            .iter()
            .any(|(intent, _)| family(intent) == Some(name))
    };
    if of("products") || of("cart") {
        intents.retain(|(intent, part)| {
            family(intent) != Some("sizes") || !details::only_narrows(part)
        });
    }
}

/// "How does it fit?" after products is about one of them, and not about sizes in general.
pub fn of_goods(memory: &Memory, intent: String, text: &str, found: &Found) -> String {
    let general = matches!(intent.as_str(), "sizes" | "care" | "sustainability");
    let shopping = matches!(memory.last_family(), Some("products" | "cart" | "sizes"));
    let all = words::words(text);
    let asks = !details::aspects(&all).is_empty() || !details::properties(&all).is_empty();
    let pieces = details::pieces(text);
    let names = |slot: fn(&Slot) -> bool| pieces.iter().any(|piece| slot(&piece.slot));
    let thing = names(|slot| matches!(slot, Slot::Kind(_))) && names(|slot| *slot == Slot::Size);
    // "Running shoes size 43"
    if intent == "sizes" && thing && !found.question {
        return "product_search".to_owned();
    }
    let does = plan(&intent).map(|plan| plan.does);
    let measured = !Measures::read(text).named.is_empty();
    let asks_size = all.iter().any(|word| word == "size" || word == "fit");
    if matches!(does, Some(Does::Product | Does::Products)) && measured && asks_size {
        return "size_advice".to_owned();
    }
    let of_stock = details::aspects(&all).contains(&"sizes") && !measured;
    if (does == Some(Does::Size) || intent == "sizes") && of_stock {
        return "product_details".to_owned();
    }
    let lost = matches!(intent.as_str(), UNSURE | POINTED | "sizes" | "out_of_scope");
    if lost && titles::named(text).is_some() {
        return "product_details".to_owned();
    }
    let of_it = found.refers && !memory.shop.shelf.shown.is_empty();
    if general && shopping && asks && of_it {
        "product_details".to_owned()
    } else {
        intent
    }
}

/// Hardly a wish about products, with nothing in it that one could look for.
pub fn is_vague(memory: &Memory, intent: &str, text: &str, guess: &Guess) -> bool {
    let about_products = plan(intent)
        .is_some_and(|plan| matches!(plan.does, Does::Products | Does::Product | Does::Compare));
    about_products
        && memory.shop.shelf.known.is_empty()
        && Want::read(text).is_empty()
        && of_family(guess, intent) < PART_SURE_MIN
}

/// A wish about things to buy takes in what stands beside its part, up to the next wish's part.
pub fn stretched(text: &str, intent: &str, parts: &[String], at: usize) -> String {
    if parts.len() == 1 {
        return text.to_owned();
    }
    let clauses = words::clauses(text);
    let place = |part: &String| clauses.iter().position(|clause| clause == part);
    // Measures and the product may stand anywhere.
    if plan(intent).is_some_and(|plan| plan.does == Does::Size) {
        return text.to_owned();
    }
    let Some(start) = place(&parts[at]) else {
        return parts[at].clone();
    };
    let next = parts
        .iter()
        .filter_map(place)
        .filter(|other| *other > start)
        .min();
    clauses[start..next.unwrap_or(clauses.len())].join(", ")
}
