//! What a change of items says: `prompts/reply/change_items.toml`.

use std::sync::LazyLock;

use minijinja::context;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::super::ToolError;
use super::super::lookup_order::{reading_text, variant};
use super::super::order_changes::{About, Told, back_lines, back_words, method_words};
use super::super::words::Words;
use super::ChangeItems;
use crate::domain::evidence::{Fact, FactValue};
use crate::domain::limits::ACTION_ITEMS_MAX;
use crate::domain::money::Money;
use crate::domain::order::Order;
use crate::shop::changes::items::{Decision, Pair, Problem, Side};
use crate::tools::ConfirmTool as _;

static WORDS: LazyLock<Words> =
    LazyLock::new(|| Words::embedded(include_str!("../../../prompts/reply/change_items.toml")));

pub fn too_long() -> ToolError {
    ToolError::Retry(WORDS.say("too_long", context! { limit => ACTION_ITEMS_MAX }))
}

/// What a template is told of one pair.
#[derive(Serialize)]
struct PairWords {
    quantity: u32,
    item: String,
    from: String,
    to: String,
    was: String,
    is: String,
}

fn values(pair: &Pair) -> PairWords {
    let side = |side: &Side| variant(&side.color, &side.size);
    let paid = |side: &Side| side.paid.to_string();
    PairWords {
        quantity: pair.quantity,
        item: reading_text(&pair.title),
        from: side(&pair.from),
        to: pair.to.as_ref().map_or_else(String::new, side),
        was: paid(&pair.from),
        is: pair.to.as_ref().map_or_else(String::new, paid),
    }
}

fn say_pair(prefix: &str, pair: &Pair) -> String {
    let kind = if pair.to.is_some() { "swap" } else { "remove" };
    WORDS.say(&format!("{prefix}_{kind}"), values(pair))
}

/// `key` is "ask" or "done".
pub fn told(decision: &Decision, key: &str) -> Told {
    let order = &reading_text(decision.order.as_str());
    let whats: Vec<String> = decision
        .pairs
        .iter()
        .map(|pair| say_pair(key, pair))
        .collect();
    let total = &decision.total.to_string();
    let summary = context! { order, whats, money => money(decision), total, last => decision.last };
    let charge = decision.charge.as_ref();
    let back = -decision.difference.minor;
    let back = (!decision.back.is_empty()).then(|| Money::new(back, decision.difference.currency));
    let parts = charge.map_or(decision.back.as_slice(), std::slice::from_ref);
    let mut own = Map::new();
    own.insert(
        "items".to_owned(),
        decision.pairs.iter().map(item).collect(),
    );
    own.insert("total".to_owned(), total.as_str().into());
    Told {
        action: ChangeItems::NAME,
        order: Some(decision.order.clone()),
        title: WORDS.say("title", context! { order }),
        summary: WORDS.say(key, summary),
        lines: lines(decision),
        pay: charge.map(|part| part.amount),
        back,
        method: method_words(parts),
        days: decision.days,
        own,
        facts: facts(decision),
    }
}

fn item(pair: &Pair) -> Value {
    let values = values(pair);
    json!({
        "line": pair.line,
        "quantity": pair.quantity,
        "title": values.item,
        "from": values.from,
        "to": pair.to.as_ref().map(|_| values.to),
        "paid": values.was,
        "price": pair.to.as_ref().map(|_| values.is),
    })
}

fn money(decision: &Decision) -> String {
    if let Some(part) = &decision.charge {
        let (amount, method) = (part.amount.to_string(), reading_text(&part.words()));
        return WORDS.say("pay", context! { amount, method });
    }
    if decision.unpaid {
        return WORDS.say("unpaid", ());
    }
    if decision.back.is_empty() {
        return WORDS.say("same", ());
    }
    let together = decision.back.iter().map(|part| part.amount.minor).sum();
    let together = Money::new(together, decision.total.currency);
    back_words(together, &decision.back, decision.days)
}

fn lines(decision: &Decision) -> Vec<String> {
    let pairs = decision.pairs.iter();
    let mut lines: Vec<String> = pairs.map(|pair| say_pair("line", pair)).collect();
    if let Some(part) = &decision.charge {
        let (amount, method) = (part.amount.to_string(), reading_text(&part.words()));
        lines.push(WORDS.say("line_pay", context! { amount, method }));
    }
    lines.extend(back_lines(&decision.back, decision.days));
    if decision.difference.minor == 0 {
        lines.push(WORDS.say("line_same", ()));
    }
    let total = decision.total.to_string();
    lines.push(WORDS.say("line_total", context! { total }));
    if decision.last {
        lines.push(WORDS.say("line_last", ()));
    }
    lines
}

fn facts(decision: &Decision) -> Vec<Fact> {
    let numbers = decision.pairs.iter().map(|pair| pair.line);
    let mut about = About::order(&decision.order, numbers);
    for pair in &decision.pairs {
        about.line(pair.line, &pair.title, &pair.from.size, pair.quantity);
        for side in [Some(&pair.from), pair.to.as_ref()].into_iter().flatten() {
            about.add("size", FactValue::Code(reading_text(&side.size)));
            about.add("paid", FactValue::Money(side.paid));
        }
    }
    let difference = decision.difference;
    let amount = Money::new(difference.minor.abs(), difference.currency);
    about.add("difference", FactValue::Money(amount));
    about.add("new_total", FactValue::Money(decision.total));
    if let Some(part) = &decision.charge {
        about.method(&part.method);
    }
    about.money("refund_to", &decision.back);
    about.days(decision.days);
    about.count("changed_items", decision.pairs.len());
    about.facts
}

/// What is wrong with an entry, for whoever can say it otherwise.
pub fn problem(problem: &Problem, order: &Order) -> ToolError {
    let number = &reading_text(order.number.as_str());
    let title = |line: u32| {
        let line = order.lines.iter().find(|one| one.line == line);
        line.map_or_else(String::new, |line| reading_text(&line.title))
    };
    let pair = |(color, size): &(String, String)| variant(color, size);
    let there = |all: &[(String, String)]| {
        let there: Vec<String> = all.iter().map(pair).collect();
        WORDS.say("there", context! { there })
    };
    ToolError::Refused(match problem {
        Problem::Nothing | Problem::NoSuchLine(_) | Problem::Unclear(_) => {
            return hint(problem, order);
        }
        Problem::TooMany { line, asked, has } => {
            let values = context! { order => number, item => title(*line), asked, has };
            WORDS.say("too_many", values)
        }
        Problem::Which { line, there: all } => {
            let values = context! { order => number, item => title(*line), there => there(all) };
            WORDS.say("which", values)
        }
        Problem::NoVariant {
            line,
            wanted,
            there: all,
        } => {
            let values =
                context! { item => title(*line), wanted => pair(wanted), there => there(all) };
            WORDS.say("no_variant", values)
        }
        Problem::OtherProduct {
            line,
            sku,
            there: all,
        } => {
            let values =
                context! { item => title(*line), sku => reading_text(sku), there => there(all) };
            WORDS.say("other_product", values)
        }
        Problem::SoldOut {
            line,
            wanted,
            left,
            there: all,
        } => {
            let values = context! { item => title(*line), wanted => pair(wanted), left, there => there(all) };
            WORDS.say("sold_out", values)
        }
        Problem::SameVariant(line) => WORDS.say(
            "same_variant",
            context! { order => number, item => title(*line) },
        ),
        Problem::NotSold(line) => WORDS.say(
            "not_sold",
            context! { order => number, item => title(*line) },
        ),
        Problem::OtherCurrency(line) => WORDS.say(
            "other_currency",
            context! { order => number, item => title(*line) },
        ),
        Problem::Everything => WORDS.say("everything", context! { order => number }),
    })
}

/// What the model can put right by itself.
fn hint(problem: &Problem, order: &Order) -> ToolError {
    let number = reading_text(order.number.as_str());
    ToolError::Retry(match problem {
        Problem::NoSuchLine(lines) => {
            let known = listed(order.lines.iter().map(|line| line.line));
            let lines = listed(lines.iter().copied());
            WORDS.say("no_such_line", context! { order => number, lines, known })
        }
        Problem::Unclear(line) => WORDS.say("unclear", context! { line }),
        _ => WORDS.say("nothing", ()),
    })
}

fn listed(numbers: impl Iterator<Item = u32>) -> String {
    let numbers: Vec<String> = numbers.take(20).map(|number| number.to_string()).collect();
    numbers.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{CustomerId, OrderNumber, PaymentMethodId, ProductId, Sku};
    use crate::domain::money::Currency;
    use crate::domain::order::{OrderHistory, OrderLine, OrderStatus, PaymentMethod};
    use crate::shop::books::Part;

    fn eur(minor: i64) -> Money {
        Money::new(minor, Currency::EUR)
    }

    fn side(color: &str, minor: i64) -> Side {
        Side {
            sku: Sku::new(color),
            color: color.into(),
            size: "M".into(),
            paid: eur(minor),
        }
    }

    fn decision(difference: i64) -> Decision {
        let pair = |to| Pair {
            line: 1,
            quantity: 2,
            title: "Moor Coat".into(),
            from: side("navy", 9_000),
            to,
        };
        Decision {
            order: OrderNumber::new("10482"),
            pairs: vec![pair(Some(side("green", 9_000 + difference))), pair(None)],
            lines: Vec::new(),
            difference: eur(difference),
            total: eur(9_000),
            charge: None,
            back: Vec::new(),
            days: None,
            named: None,
            unpaid: false,
            last: false,
            policy: "order-changes 2024-01".into(),
        }
    }

    /// Each way in which a change can end for the shopper's money, asked and done.
    #[test]
    fn every_change_is_said() {
        let paypal = |minor| Part {
            id: PaymentMethodId::new("paypal"),
            method: PaymentMethod::Paypal,
            amount: eur(minor),
        };
        let dearer = Decision {
            charge: Some(paypal(500)),
            last: true,
            ..decision(500)
        };
        let cheaper = Decision {
            back: vec![paypal(500)],
            days: Some(5),
            ..decision(-500)
        };
        let unpaid = Decision {
            unpaid: true,
            ..decision(500)
        };
        for (decision, money, last) in [
            (decision(0), "The price stays the same.", false),
            (dearer, "You pay €5.00 more with your PayPal.", true),
            (
                cheaper,
                "You get €5.00 back to your PayPal within 5 working days.",
                false,
            ),
            (unpaid, "nothing is charged or paid back", false),
        ] {
            let ask = told(&decision, "ask");
            assert!(
                ask.summary.contains("from navy, M to green, M"),
                "{}",
                ask.summary
            );
            assert!(
                ask.summary.contains("take out 2 × Moor Coat"),
                "{}",
                ask.summary
            );
            assert!(ask.summary.contains(money), "{}", ask.summary);
            assert_eq!(ask.summary.contains("no longer be changed"), last);
            let done = told(&decision, "done");
            assert!(done.summary.contains("is green, M now instead of navy, M"));
            assert!(done.lines.iter().any(|line| line.starts_with("New total")));
        }
    }

    fn order() -> Order {
        let line = OrderLine {
            line: 1,
            sku: Sku::new("s"),
            product: ProductId::new("p"),
            title: "Moor Coat".into(),
            category: "coats".into(),
            color: "navy".into(),
            size: "M".into(),
            quantity: 2,
            unit_price: eur(5_000),
            discount: eur(0),
            final_sale: false,
            hygiene: false,
        };
        Order {
            number: OrderNumber::new("10482"),
            customer: CustomerId::new("c"),
            placed_ms: 0,
            status: OrderStatus::Processing,
            currency: Currency::EUR,
            lines: vec![line],
            shipping: eur(0),
            total: eur(10_000),
            payments: Vec::new(),
            shipments: Vec::new(),
            address: None,
            note: None,
            history: OrderHistory::default(),
        }
    }

    #[test]
    fn every_problem_is_said() {
        let pair = ("green".to_owned(), "M".to_owned());
        let there = || vec![pair.clone()];
        let sold_out = |left| Problem::SoldOut {
            line: 1,
            wanted: pair.clone(),
            left,
            there: Vec::new(),
        };
        let no_variant = Problem::NoVariant {
            line: 1,
            wanted: pair.clone(),
            there: there(),
        };
        let other_product = Problem::OtherProduct {
            line: 1,
            sku: "hat".into(),
            there: there(),
        };
        let which = Problem::Which {
            line: 1,
            there: there(),
        };
        let too_many = Problem::TooMany {
            line: 1,
            asked: 3,
            has: 2,
        };
        for (why, part) in [
            (Problem::Nothing, "at least one line"),
            (Problem::NoSuchLine(vec![4]), "no line 4. Its lines are: 1"),
            (Problem::Unclear(1), "Line 1 is not clear"),
            (too_many, "has 2 of Moor Coat, not 3"),
            (which, "What we have: green, M."),
            (no_variant, "do not have Moor Coat in green, M"),
            (other_product, "hat is none of Moor Coat"),
            (sold_out(0), "is sold out. We have none of it just now."),
            (sold_out(1), "in stock 1 times only"),
            (Problem::SameVariant(1), "that size and colour already"),
            (Problem::NotSold(1), "do not sell Moor Coat any more"),
            (Problem::Everything, "cancel the whole order"),
            (Problem::OtherCurrency(1), "another currency"),
        ] {
            match problem(&why, &order()) {
                ToolError::Refused(words) | ToolError::Retry(words) => {
                    assert!(words.contains(part), "{part} in {words}");
                }
                other => panic!("{other:?}"),
            }
        }
        let ToolError::Retry(words) = too_long() else {
            panic!("a hint")
        };
        assert!(words.contains("50"), "{words}");
    }
}
