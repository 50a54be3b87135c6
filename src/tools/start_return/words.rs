//! What a return's proposal and refusals say: `prompts/reply/start_return.toml`.

use std::sync::LazyLock;

use minijinja::context;
use serde::Serialize;

use super::super::ToolError;
use super::super::covered_order::LOOKUP_WORDS;
use super::super::lookup_order::{reading_text, variant};
use super::super::words::Words;
use crate::clock::{day, long_date};
use crate::domain::order::Order;
use crate::domain::returns::Refund;
use crate::shop::before::Before;
use crate::shop::returns::{Decision, Refusal, Terms, WhyNot, standing};

static WORDS: LazyLock<Words> =
    LazyLock::new(|| Words::embedded(include_str!("../../../prompts/reply/start_return.toml")));

pub fn say<V: Serialize>(key: &str, values: V) -> String {
    WORDS.say(key, values)
}

pub fn not_found() -> ToolError {
    ToolError::Refused(LOOKUP_WORDS.say("not_found", ()))
}

pub fn no_rules(order: &Order) -> ToolError {
    ToolError::Refused(say("no_rules", context! { order => order.number.as_str() }))
}

/// Where the refund goes, in words.
pub fn method(refund: &Refund) -> String {
    if refund.method.is_empty() {
        say("original_method", ())
    } else {
        reading_text(&refund.method)
    }
}

/// The exact consequence, one statement a line.
pub fn proposal_lines(decision: &Decision, gift_email: Option<&str>) -> Vec<String> {
    let refund = &decision.refund;
    let mut lines: Vec<String> = decision
        .lines
        .iter()
        .map(|line| {
            say(
                "line",
                context! {
                    quantity => line.quantity,
                    title => reading_text(&line.title),
                    variant => variant(&line.color, &line.size),
                    reason => line.reason.words(),
                    paid => line.paid.to_string(),
                },
            )
        })
        .collect();
    if refund.shipping.minor > 0 {
        lines.push(say(
            "shipping",
            context! { amount => refund.shipping.to_string() },
        ));
    }
    if refund.fee.minor > 0 {
        lines.push(say("fee", context! { amount => refund.fee.to_string() }));
    }
    let key = if gift_email.is_some() {
        "gift"
    } else {
        "refund"
    };
    lines.push(say(
        key,
        context! {
            amount => refund.total.to_string(), method => method(refund), days => refund.days,
            email => gift_email,
        },
    ));
    lines.push(say(
        "hand_over",
        context! { day => long_date(decision.ship_by) },
    ));
    lines
}

/// What was refused, and what it was refused by.
pub struct Refusing<'a> {
    pub order: &'a Order,
    pub before: Before<'a>,
    pub terms: Terms<'a>,
    pub now_ms: i64,
    pub why: Refusal,
}

/// A refusal for whoever can do something about it.
pub fn refusal(refusing: &Refusing<'_>) -> ToolError {
    let number = refusing.order.number.as_str();
    match &refusing.why {
        Refusal::Nothing => ToolError::Retry(say("nothing", ())),
        Refusal::NoSuchLine(lines) => {
            let known = refusing.order.lines.iter().map(|line| line.line);
            ToolError::Retry(say(
                "no_such_line",
                context! { order => number, lines => listed(lines.iter().copied()), known => listed(known) },
            ))
        }
        Refusal::Unclear { line } => ToolError::Retry(say("unclear", context! { line })),
        Refusal::OtherCurrency => {
            ToolError::Refused(say("other_currency", context! { order => number }))
        }
        Refusal::TooMany { line, asked, open } => ToolError::Refused(say(
            "too_many",
            context! { order => number, item => refusing.title(*line), asked, open },
        )),
        Refusal::NotPossible(lines) => {
            let mut sentences: Vec<String> = lines
                .iter()
                .map(|(line, why)| refusing.why(*line, why))
                .collect();
            sentences.dedup();
            sentences.extend(refusing.instead());
            ToolError::Refused(sentences.join(" "))
        }
    }
}

fn listed(numbers: impl Iterator<Item = u32>) -> String {
    let numbers: Vec<String> = numbers.take(20).map(|number| number.to_string()).collect();
    numbers.join(", ")
}

#[derive(Serialize)]
struct Instead {
    title: String,
    until: String,
}

#[derive(Serialize)]
struct What {
    items: Vec<Instead>,
}

impl Refusing<'_> {
    fn title(&self, line: u32) -> String {
        let line = self.order.lines.iter().find(|known| known.line == line);
        line.map(|line| reading_text(&line.title))
            .unwrap_or_default()
    }

    fn why(&self, line: u32, why: &WhyNot) -> String {
        let key = match why {
            WhyNot::OrderCancelled => "cancelled",
            WhyNot::NotDelivered => "not_delivered",
            WhyNot::ReturnedToSender => "returned_to_sender",
            WhyNot::DeliveryDayUnknown => "day_unknown",
            WhyNot::WindowOver { .. } => "window_over",
            WhyNot::AlreadyReturned => "already_returned",
            WhyNot::AlreadyExchanged => "already_exchanged",
            WhyNot::AlreadySettled => "already_settled",
            WhyNot::OncePerOrder => "once_per_order",
            WhyNot::FinalSale => "final_sale",
            WhyNot::Excluded { .. } => "excluded",
            WhyNot::GiftCard => "gift_card",
        };
        let until = match why {
            WhyNot::WindowOver { until } => long_date(*until),
            _ => String::new(),
        };
        let category = match why {
            WhyNot::Excluded { category } => category.replace('-', " "),
            _ => String::new(),
        };
        let values = context! {
            order => self.order.number.as_str(),
            item => self.title(line),
            until,
            category,
            placed => long_date(day(self.order.placed_ms, self.terms.zone)),
            days => self.terms.rules.window_days,
            policy => self.terms.policy,
        };
        say(key, values)
    }

    /// What can come back from this order after all.
    fn instead(&self) -> Option<String> {
        let items: Vec<Instead> = standing(self.order, self.before, &self.terms, self.now_ms)
            .into_iter()
            .filter(|standing| standing.open > 0)
            .take(10)
            .filter_map(|standing| {
                Some(Instead {
                    title: self.title(standing.line),
                    until: long_date(standing.until?),
                })
            })
            .collect();
        (!items.is_empty()).then(|| say("instead", What { items }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_words_with_its_values() {
        let values = context! {
            order => "10482", quantity => 1, title => "Jacket", variant => "navy, M",
            reason => "too small", paid => "€5.00", amount => "€5.00", method => "Visa", days => 5,
            email => "kim@example.org", day => "Friday", item => "Jacket", until => "Friday",
            placed => "Monday", category => "underwear", policy => "returns 2026-03", open => 1,
            asked => 2, items => [context! { title => "Fleece", until => "Friday" }], limit => 30,
            lines => "7", known => "1, 2", line => 1,
        };
        let file = include_str!("../../../prompts/reply/start_return.toml");
        let keys: toml::Table = file.parse().expect("it reads");
        for key in keys.keys() {
            assert!(!say(key, values.clone()).is_empty(), "{key}");
        }
    }
}
