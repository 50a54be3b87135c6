//! What a claim's proposal and refusals say: `prompts/reply/open_delivery_claim.toml`.

use std::sync::LazyLock;

use minijinja::context;
use serde::Serialize;

use super::super::ToolError;
use super::super::aftersales::{any_of, title};
use super::super::covered_order::LOOKUP_WORDS;
use super::super::lookup_order::reading_text;
use super::super::words::Words;
use super::judged::Asked;
use super::person_decides;
use crate::clock::long_date;
use crate::domain::aftersale::{ClaimKind, ClaimStatus, Remedy};
use crate::domain::order::Order;
use crate::shop::claims::{Decision, Refusal, WhyNot};

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    Words::embedded(include_str!(
        "../../../prompts/reply/open_delivery_claim.toml"
    ))
});

pub fn say<V: Serialize>(key: &str, values: V) -> String {
    WORDS.say(key, values)
}

fn about(decision: &Decision) -> String {
    let key = match decision.about {
        ClaimKind::SaidDelivered => "said_delivered",
        ClaimKind::Lost => "lost",
        ClaimKind::Late => "late",
    };
    say(key, context! { parcel => decision.parcel })
}

/// What is done about it.
fn outcome(decision: &Decision) -> String {
    match &decision.status {
        ClaimStatus::Tracing { answer_by } => {
            say("tracing", context! { day => long_date(*answer_by) })
        }
        ClaimStatus::Settled(Remedy::Replacement) => say("replacement", ()),
        ClaimStatus::Settled(Remedy::Refund {
            amount,
            method,
            days,
            ..
        }) => {
            let method = if method.is_empty() {
                say("original_method", ())
            } else {
                reading_text(method)
            };
            say(
                "refund",
                context! { amount => amount.to_string(), method, days },
            )
        }
        ClaimStatus::Declined => String::new(),
    }
}

/// The exact consequence, one statement a line.
pub fn lines(decision: &Decision) -> Vec<String> {
    let mut lines = vec![about(decision)];
    lines.extend(decision.lines.iter().map(|line| {
        let title = reading_text(&line.title);
        say("line", context! { quantity => line.quantity, title })
    }));
    if decision.about == ClaimKind::SaidDelivered {
        lines.push(say("in_writing", ()));
    }
    lines.push(outcome(decision));
    if person_decides(decision) {
        lines.push(say("person_decides", ()));
    }
    lines
}

/// All of it in the shopper's words: as a proposal, or as what was done.
pub fn said(key: &str, order: &Order, decision: &Decision, number: Option<&str>) -> String {
    let values = context! {
        order => reading_text(order.number.as_str()), number, about => about(decision),
        outcome => outcome(decision), person => person_decides(decision),
        in_writing => decision.about == ClaimKind::SaidDelivered,
    };
    say(key, values)
}

/// A refusal for whoever can do something about it.
pub fn not_granted(order: &Order, asked: &Asked, why: &Refusal) -> ToolError {
    let number = order.number.as_str();
    let refused = |key: &str, values: minijinja::Value| ToolError::Refused(say(key, values));
    match why {
        Refusal::Gone => ToolError::Refused(LOOKUP_WORDS.say("not_found", ())),
        Refusal::Cancelled => refused("cancelled", context! { order => number }),
        Refusal::NotSent => refused("not_sent", context! { order => number }),
        Refusal::NoSuchParcel { parcels } => {
            let values = context! { order => number, parcels };
            ToolError::Retry(say("no_such_parcel", values))
        }
        Refusal::WhichParcel { parcels } => {
            let parcels: Vec<String> = parcels.iter().map(u32::to_string).collect();
            refused(
                "which_parcel",
                context! { order => number, parcels => any_of(&parcels) },
            )
        }
        Refusal::NotPossible { parcel, why } => {
            ToolError::Refused(not_possible(order, asked, *parcel, why))
        }
        Refusal::Which { parcel, refund } => refused(
            "which",
            context! { order => number, parcel, amount => refund.to_string() },
        ),
        Refusal::SoldOut { lines, refund } => {
            let titles: Vec<String> = lines.iter().map(|line| title(order, *line)).collect();
            let values = context! { items => any_of(&titles), amount => refund.to_string() };
            refused("sold_out", values)
        }
    }
}

fn not_possible(order: &Order, asked: &Asked, parcel: u32, why: &WhyNot) -> String {
    let date = |day: &jiff::civil::Date| long_date(*day);
    let base = context! {
        order => order.number.as_str(), parcel, policy => asked.policy.as_str(),
        days => asked.rules.claim_within_days,
    };
    let (key, more) = match why {
        WhyNot::JustDelivered { delivered, from } => (
            "just_delivered",
            context! { delivered => date(delivered), from => date(from) },
        ),
        WhyNot::OnItsWay { expected, from } => (
            "on_its_way",
            context! { expected => expected.as_ref().map(date), from => date(from) },
        ),
        WhyNot::TooLate { until } => ("too_late", context! { until => date(until) }),
        WhyNot::GoesBack => ("goes_back", context! {}),
        WhyNot::DeliveryDayUnknown => ("day_unknown", context! {}),
        WhyNot::AlreadyTraced {
            number,
            answer_by,
            overdue,
        } => (
            "already_traced",
            context! { number => number.as_str(), day => date(answer_by), overdue },
        ),
        WhyNot::AlreadySettled { number } => (
            "already_settled",
            context! { number => number.as_ref().map(|number| number.as_str()) },
        ),
    };
    say(key, context! { ..more, ..base })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_words_with_its_values() {
        let values = context! {
            order => "10482", number => "CL-1", parcel => 1, quantity => 1, title => "Jacket",
            day => "Friday", amount => "€5.00", method => "Visa", days => 5, about => "Late",
            outcome => "We ask", person => true, in_writing => true, parcels => "1 or 2",
            items => "Jacket", delivered => "Monday", from => "Friday", expected => "Friday",
            policy => "lost-parcels 2024-01", until => "Friday", overdue => false,
        };
        let file = include_str!("../../../prompts/reply/open_delivery_claim.toml");
        let keys: toml::Table = file.parse().expect("it reads");
        for key in keys.keys() {
            assert!(!say(key, values.clone()).is_empty(), "{key}");
        }
    }
}
