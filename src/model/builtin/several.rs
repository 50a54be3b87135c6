//! One message that wants the same of several orders: a wish for each of them.

use super::entities::Found;
use super::memory::Memory;
use super::plans::{Does, plan};
use super::understand::{self, Wish};
use super::words;

/// Orders of one message that are told apart; more are asked about one by one.
const ORDERS_MAX: usize = 3;

/// "Return the shirt of order 1 and the jacket of order 2": one wish an order. What is not so clear
/// stays one wish.
pub fn per_order(memory: &Memory, wish: Wish) -> Vec<Wish> {
    let returns = plan(&wish.intent).is_some_and(|plan| plan.does == Does::Return);
    let orders = wish.found.orders.len();
    if !returns || wish.found.question || !(2..=ORDERS_MAX).contains(&orders) {
        return vec![wish];
    }
    let told: Vec<(String, Found)> = told_apart(&wish.text)
        .into_iter()
        .map(|text| {
            let found = Found::read(&text);
            (text, found)
        })
        .collect();
    let clear = told.len() == orders
        && told
            .iter()
            .all(|(_, found)| found.orders.len() == 1 && found.points());
    if !clear {
        return vec![wish];
    }
    let reason = wish.found.reason();
    told.into_iter()
        .map(|(text, mut found)| {
            found.no_reason |= wish.found.no_reason;
            for part in &mut found.parts {
                part.reason = part.reason.or(reason);
            }
            understand::wish(memory, &wish.intent, &text, found)
        })
        .collect()
}

/// The parts of a message up to each order's number, items before it and reasons behind it; what
/// comes after the last one is its.
fn told_apart(text: &str) -> Vec<String> {
    let mut told: Vec<String> = Vec::new();
    let mut open = true;
    for clause in words::clauses(text) {
        let found = Found::read(&clause);
        let says_what = !found.orders.is_empty() || found.points();
        match told.last_mut() {
            // A reason is of what was named before it.
            Some(last) if open || !says_what => {
                last.push_str(", ");
                last.push_str(&clause);
            }
            _ => {
                told.push(clause);
                open = true;
            }
        }
        open &= found.orders.is_empty();
    }
    if open
        && let Some(rest) = told.pop()
        && let Some(last) = told.last_mut()
    {
        last.push_str(", ");
        last.push_str(&rest);
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<(Option<String>, usize)> {
        let found = Found::read(text);
        let wish = understand::wish(&Memory::default(), "return_start", text, found);
        per_order(&Memory::default(), wish)
            .into_iter()
            .map(|wish| {
                let frame = wish.frame.expect("it is a return");
                (wish.found.orders.first().cloned(), frame.parts.len())
            })
            .collect()
    }

    #[test]
    fn each_order_has_its_own_wish() {
        let two = [(Some("70000".to_owned()), 1), (Some("70007".to_owned()), 1)];
        for text in [
            "I want to return the second item of order 70000 and the first item of order 70007, they are too small",
            "Return the jacket from order 70000, it is too small. And the fleece from 70007, it does not fit.",
        ] {
            assert_eq!(told(text), two, "{text}");
        }
    }

    #[test]
    fn what_is_not_clear_is_one_wish() {
        for text in [
            "I want to return the jacket of order 70000",
            "return the jacket of 70000 or 70007",
            "Can I return the jacket of 70000 and the fleece of 70007?",
            "send back orders 70000 and 70007",
        ] {
            assert_eq!(told(text).len(), 1, "{text}");
        }
    }
}
