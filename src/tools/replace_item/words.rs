//! What a replacement's proposal and refusals say: `prompts/reply/replace_item.toml`.

use std::sync::LazyLock;

use minijinja::context;
use serde::Serialize;

use super::super::ToolError;
use super::super::aftersales::{any_of, no_such_line, no_way, retry, title};
use super::super::covered_order::LOOKUP_WORDS;
use super::super::lookup_order::reading_text;
use super::super::words::Words;
use super::judged::{Asked, Why};
use crate::clock::long_date;
use crate::domain::aftersale::{ItemProblem, Remedy, ReplacedLine};
use crate::domain::order::Order;
use crate::shop::replacements::{Decision, Refusal, WhyNot};

static WORDS: LazyLock<Words> =
    LazyLock::new(|| Words::embedded(include_str!("../../../prompts/reply/replace_item.toml")));

pub fn say<V: Serialize>(key: &str, values: V) -> String {
    WORDS.say(key, values)
}

fn problem(problem: ItemProblem) -> String {
    say(
        match problem {
            ItemProblem::Wrong => "wrong",
            ItemProblem::Damaged => "damaged",
            ItemProblem::Missing => "missing",
        },
        (),
    )
}

fn item(key: &str, line: &ReplacedLine) -> String {
    say(
        key,
        context! {
            quantity => line.quantity, title => reading_text(&line.title),
            problem => problem(line.problem), paid => line.paid.to_string(),
        },
    )
}

/// What is done about it.
fn remedy(decision: &Decision) -> String {
    let comes_back = decision.send_back_by.is_some();
    match &decision.remedy {
        Remedy::Replacement => say("replacement", context! { comes_back }),
        Remedy::Refund {
            amount,
            method,
            days,
            ..
        } => {
            let method = if method.is_empty() {
                say("original_method", ())
            } else {
                reading_text(method)
            };
            let amount = amount.to_string();
            say("refund", context! { amount, method, days, comes_back })
        }
    }
}

/// The exact consequence, one statement a line.
pub fn lines(decision: &Decision) -> Vec<String> {
    let items = decision.lines.iter();
    let mut lines: Vec<String> = items.map(|line| item("line", line)).collect();
    lines.push(remedy(decision));
    if let Some(by) = decision.send_back_by {
        lines.push(say("send_back", context! { day => long_date(by) }));
    }
    lines
}

/// All of it in the shopper's words: as a proposal, or as what was done.
pub fn said(key: &str, order: &Order, decision: &Decision, number: Option<&str>) -> String {
    let items: Vec<String> = decision
        .lines
        .iter()
        .map(|line| item("item", line))
        .collect();
    let values = context! {
        order => reading_text(order.number.as_str()), number, items => items.join("; "),
        remedy => remedy(decision), day => decision.send_back_by.map(long_date),
    };
    say(key, values)
}

/// A refusal for whoever can do something about it.
pub fn not_granted(order: &Order, asked: &Asked, why: Why) -> ToolError {
    let why = match why {
        Why::NoWay(why) => return no_way(order, &asked.return_policy, &why),
        Why::Refused(why) => why,
    };
    let number = order.number.as_str();
    let refused = |key: &str, values: minijinja::Value| ToolError::Refused(say(key, values));
    let titles = |lines: &[u32]| {
        let titles: Vec<String> = lines.iter().map(|line| title(order, *line)).collect();
        any_of(&titles)
    };
    match &why {
        Refusal::Gone => ToolError::Refused(LOOKUP_WORDS.say("not_found", ())),
        Refusal::Nothing => retry("nothing", ()),
        Refusal::NoSuchLine(lines) => no_such_line(order, lines),
        Refusal::Unclear { line } => retry("unclear", context! { line }),
        Refusal::HowMany { line, open } => {
            refused("how_many", context! { item => title(order, *line), open })
        }
        Refusal::NotPossible(lines) => {
            let why = lines.iter();
            let mut sentences: Vec<String> = why
                .map(|(line, why)| not_possible(order, asked, *line, why))
                .collect();
            sentences.dedup();
            ToolError::Refused(sentences.join(" "))
        }
        Refusal::TooMany { line, asked, open } => refused(
            "too_many",
            context! { order => number, item => title(order, *line), asked, open },
        ),
        Refusal::Photo { lines } => refused("photo", context! { items => titles(lines) }),
        Refusal::Which { refund } => refused("which", context! { amount => refund.to_string() }),
        Refusal::SoldOut { lines, refund } => refused(
            "sold_out",
            context! { items => titles(lines), amount => refund.to_string() },
        ),
    }
}

fn not_possible(order: &Order, asked: &Asked, line: u32, why: &WhyNot) -> String {
    let key = match why {
        WhyNot::OrderCancelled => "cancelled",
        WhyNot::NotDelivered => "not_delivered",
        WhyNot::ReturnedToSender => "returned_to_sender",
        WhyNot::DeliveryDayUnknown => "day_unknown",
        WhyNot::TooLate { .. } => "too_late",
        WhyNot::AlreadyReturned => "already_returned",
        WhyNot::AlreadyExchanged => "already_exchanged",
        WhyNot::AlreadySettled => "already_settled",
        WhyNot::GiftCard => "gift_card",
    };
    let until = match why {
        WhyNot::TooLate { until } => long_date(*until),
        _ => String::new(),
    };
    let values = context! {
        order => order.number.as_str(), item => title(order, line), until,
        days => asked.rules.report_within_days, policy => asked.policy.as_str(),
    };
    say(key, values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_words_with_its_values() {
        let values = context! {
            order => "10482", number => "RP-1", quantity => 1, title => "Jacket", problem => "damaged",
            paid => "€5.00", comes_back => true, amount => "€5.00", method => "Visa", days => 5,
            day => "Friday", items => "Jacket", remedy => "We refund it", item => "Jacket",
            open => 1, asked => 2, until => "Friday", policy => "damaged-items 2024-01",
        };
        let file = include_str!("../../../prompts/reply/replace_item.toml");
        let keys: toml::Table = file.parse().expect("it reads");
        for key in keys.keys() {
            assert!(!say(key, values.clone()).is_empty(), "{key}");
        }
    }
}
