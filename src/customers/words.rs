//! The words of `prompts/reply/segments.toml`.

use std::sync::LazyLock;

use minijinja::{Environment, UndefinedBehavior, Value, context};
use serde::Deserialize;

use super::behaviour::Behaviour;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    why: String,
    none_lately: String,
    no_orders: String,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    toml::from_str(include_str!("../../prompts/reply/segments.toml"))
        .expect("a test reads this file, which is part of the binary")
});

/// Why a customer is what they are: what they did, in one sentence.
pub fn why(behaviour: &Behaviour) -> String {
    let (template, values) = match behaviour.newest_days() {
        None => (&WORDS.no_orders, context! {}),
        Some(days) if behaviour.orders == 0 => (
            &WORDS.none_lately,
            context! { months => behaviour.observed_months, days },
        ),
        Some(days) => (
            &WORDS.why,
            context! {
                orders => behaviour.orders,
                months => behaviour.observed_months,
                days,
                kept => behaviour.net_spend.to_string(),
                foreign => behaviour.foreign_orders,
            },
        ),
    };
    fill(template, values)
}

fn fill(template: &str, values: Value) -> String {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment
        .render_str(template, values)
        .expect("every template is rendered with its values by a test")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::{Currency, Money};
    use jiff::civil::date;

    #[test]
    fn the_numbers_stand_in_the_sentence() {
        let today = date(2026, 11, 21);
        let of = |orders, foreign_orders, newest| Behaviour {
            orders,
            foreign_orders,
            net_spend: Money::new(124_050, Currency::EUR),
            newest,
            oldest: newest,
            today,
            observed_months: 24,
        };
        for (behaviour, said) in [
            (
                of(11, 0, Some(date(2026, 11, 9))),
                "11 orders in the last 24 months, the newest 12 days ago, €1240.50 kept",
            ),
            (
                of(1, 1, Some(today)),
                "1 order in the last 24 months, the newest today, €1240.50 kept; 1 of them in another currency, not in the sum",
            ),
            (
                of(2, 0, Some(date(2026, 11, 20))),
                "2 orders in the last 24 months, the newest yesterday, €1240.50 kept",
            ),
            (
                of(0, 0, Some(date(2023, 11, 21))),
                "no order in the last 24 months, the newest 1096 days ago",
            ),
            (of(0, 0, None), "no orders yet"),
        ] {
            assert_eq!(why(&behaviour), said);
        }
    }
}
