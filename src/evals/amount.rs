//! Amounts that a case writes down: paths and digits, added and taken off. So the grader computes
//! what an order action must move from the order and the prices, and reads it from no reply.

use anyhow::{Context as _, bail};

use super::fact::Value;
use super::world::World;
use crate::domain::money::{Currency, Money};

/// "order.latest.total", "product.p-0001.price - order.latest.line1.price",
/// "2 * order.latest.line1.price", "4.90". Digits are in the currency of the paths beside them.
pub fn amount(world: &World, text: &str) -> anyhow::Result<Money> {
    let mut minor = 0;
    let mut currency = None;
    let mut digits = Vec::new();
    let mut sign = 1;
    for word in terms(text) {
        match word.as_str() {
            "+" => sign = 1,
            "-" => sign = -1,
            term => {
                let (times, atom) = match term.split_once(" * ") {
                    Some((times, atom)) => (times.trim().parse::<i64>()?, atom.trim()),
                    None => (1, term),
                };
                if atom.starts_with(|c: char| c.is_ascii_digit()) {
                    digits.push((sign * times, atom.to_owned()));
                    continue;
                }
                let Value::Money(money) = world.value(&world.fill(atom)?)? else {
                    bail!("\"{atom}\" is no amount");
                };
                if currency.is_some_and(|known| known != money.currency) {
                    bail!("\"{text}\" adds two currencies");
                }
                currency = Some(money.currency);
                minor += sign * times * money.minor;
            }
        }
    }
    let currency = currency.unwrap_or(Currency::EUR);
    for (times, atom) in digits {
        let money = Money::parse(&atom, currency).with_context(|| format!("in \"{text}\""))?;
        minor += times * money.minor;
    }
    Ok(Money::new(minor, currency))
}

/// Terms and the signs between them, which stand alone.
fn terms(text: &str) -> Vec<String> {
    let mut terms: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let is_sign = |word: &str| matches!(word, "+" | "-");
        match terms.last_mut() {
            Some(last) if !is_sign(word) && !is_sign(last) => {
                last.push(' ');
                last.push_str(word);
            }
            _ => terms.push(word.to_owned()),
        }
    }
    terms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_is_read_by_its_signs_that_stand_alone() {
        assert_eq!(
            terms("a.b - 2 * c-d + 4.90"),
            ["a.b", "-", "2 * c-d", "+", "4.90"]
        );
        assert_eq!(terms("order.latest.total"), ["order.latest.total"]);
    }
}
