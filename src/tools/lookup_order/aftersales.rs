//! Exchanges, replacements and claims of an order, and what else can be done for what has arrived.

use jiff::civil::Date;
use serde::Serialize;

use super::super::aftersales::rules;
use super::super::covered_order::return_rules;
use super::super::{ToolContext, ToolError};
use super::gather::{Done, Gathered};
use crate::clock::long_date;
use crate::domain::aftersale::{Aftersale, ClaimStatus, ExchangeStatus, Remedy};
use crate::domain::evidence::{Fact, FactValue, Subject};
use crate::domain::limits::RETURNS_SHOWN_MAX;
use crate::domain::order::Order;
use crate::domain::policy::{DamageRules, ExchangeRules};
use crate::shop::before::Before;
use crate::shop::{exchanges, replacements, returns};

/// Lines with the first of their last days.
#[derive(Default)]
pub struct Possible {
    pub exchange: Option<(Vec<u32>, Date)>,
    pub replace: Option<(Vec<u32>, Date)>,
}

#[derive(Serialize)]
pub struct AftersaleView {
    number: String,
    kind: &'static str,
    status: &'static str,
    items: Vec<u32>,
    /// Day of the carrier's answer, or last day to hand the old items over.
    #[serde(skip_serializing_if = "Option::is_none")]
    answer_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hand_over_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    slip: Option<String>,
}

pub fn possible(
    context: &ToolContext<'_>,
    order: &Order,
    done: &Done,
) -> Result<Possible, ToolError> {
    let Some((return_rules, return_policy)) = return_rules(context, order)? else {
        return Ok(Possible::default());
    };
    let before = Before {
        returns: &done.returns,
        aftersales: &done.aftersales,
    };
    let (zone, now_ms) = (&context.shop.profile.zone, context.clock.now_ms());
    let mut possible = Possible::default();
    if let Some((rules, policy)) = rules::<ExchangeRules>(context, order, "exchanges")? {
        let terms = exchanges::Terms {
            rules: &rules,
            policy: &policy,
            returns: returns::Terms {
                rules: &return_rules,
                policy: &return_policy,
                zone,
                currency: context.shop.profile.currency,
            },
        };
        let open = exchanges::open(order, before, &terms, now_ms);
        let open = open.iter().filter_map(|one| Some((one.line, one.until?)));
        possible.exchange = listed(open);
    }
    if let Some((rules, policy)) = rules::<DamageRules>(context, order, "damaged-items")? {
        let terms = replacements::Terms {
            rules: &rules,
            policy: &policy,
            returns: &return_rules,
            zone,
        };
        let open = order.lines.iter().filter_map(|line| {
            let standing = replacements::standing(order, line, before, &terms, now_ms);
            standing.ok().map(|(_, until)| (line.line, until))
        });
        possible.replace = listed(open);
    }
    Ok(possible)
}

fn listed(open: impl Iterator<Item = (u32, Date)>) -> Option<(Vec<u32>, Date)> {
    let open: Vec<(u32, Date)> = open.collect();
    let until = open.iter().map(|(_, until)| *until).min()?;
    Some((open.iter().map(|(line, _)| *line).collect(), until))
}

fn newest(gathered: &Gathered) -> impl Iterator<Item = &Aftersale> {
    gathered.aftersales.iter().rev().take(RETURNS_SHOWN_MAX)
}

pub fn views(gathered: &Gathered) -> Vec<AftersaleView> {
    newest(gathered)
        .map(|one| AftersaleView {
            number: one.number().to_string(),
            kind: one.kind(),
            status: status(one),
            items: items(one),
            answer_by: answer_by(one).map(long_date),
            hand_over_by: hand_over(one).map(|(by, _)| long_date(by)),
            slip: hand_over(one).map(|(_, slip)| gathered.shop.slip_links(slip).0),
        })
        .collect()
}

fn status(one: &Aftersale) -> &'static str {
    match one {
        Aftersale::Exchange(exchange) => match exchange.status {
            ExchangeStatus::Open => "open",
            ExchangeStatus::Received => "received",
            ExchangeStatus::Sent => "sent",
            ExchangeStatus::Lapsed => "lapsed",
            ExchangeStatus::Cancelled => "cancelled",
        },
        Aftersale::Replacement(replacement) => match replacement.remedy {
            Remedy::Replacement => "sent again",
            Remedy::Refund { .. } => "refunded",
        },
        Aftersale::Claim(claim) => match &claim.status {
            ClaimStatus::Tracing { .. } => "carrier asked",
            ClaimStatus::Settled(Remedy::Replacement) => "sent again",
            ClaimStatus::Settled(Remedy::Refund { .. }) => "refunded",
            ClaimStatus::Declined => "declined",
        },
    }
}

fn items(one: &Aftersale) -> Vec<u32> {
    let mut items: Vec<u32> = match one {
        Aftersale::Exchange(exchange) => exchange.pairs.iter().map(|pair| pair.line).collect(),
        Aftersale::Replacement(replacement) => {
            replacement.lines.iter().map(|line| line.line).collect()
        }
        Aftersale::Claim(claim) => claim.lines.iter().map(|line| line.line).collect(),
    };
    items.dedup();
    items
}

fn answer_by(one: &Aftersale) -> Option<Date> {
    match one {
        Aftersale::Claim(claim) => match &claim.status {
            ClaimStatus::Tracing { answer_by } => Some(*answer_by),
            ClaimStatus::Settled(_) | ClaimStatus::Declined => None,
        },
        Aftersale::Exchange(_) | Aftersale::Replacement(_) => None,
    }
}

/// Last day, and the slip.
fn hand_over(one: &Aftersale) -> Option<(Date, &str)> {
    match one {
        Aftersale::Exchange(exchange) => Some((exchange.ship_by, &exchange.slip_token)),
        Aftersale::Replacement(replacement) => {
            let back = replacement.send_back.as_ref()?;
            Some((back.by, &back.slip_token))
        }
        Aftersale::Claim(_) => None,
    }
}

/// Each is about itself, its order and the lines in it; where it stands, about itself alone.
pub fn facts(facts: &mut Vec<Fact>, gathered: &Gathered, order: &Subject) {
    for (possible, attribute) in [
        (&gathered.possible.exchange, "exchange_until"),
        (&gathered.possible.replace, "report_until"),
    ] {
        if let Some((items, until)) = possible {
            let mut fact = Fact::new(order, attribute, FactValue::Date(*until));
            for line in items {
                fact = fact.also_about(&order.child(format_args!("line:{line}")));
            }
            facts.push(fact);
        }
    }
    for one in newest(gathered) {
        let number = one.number().to_string();
        let about = Subject::new(format!("{}:{number}", one.kind()));
        facts.push(Fact::new(&about, "name", FactValue::Name(number.clone())));
        let state = FactValue::Status(status(one).to_owned());
        facts.push(Fact::new(&about, "aftersale_status", state));
        let mut add = |attribute: &str, value| {
            let mut fact = Fact::new(&about, attribute, value).also_about(order);
            for line in items(one) {
                fact = fact.also_about(&order.child(format_args!("line:{line}")));
            }
            facts.push(fact);
        };
        add("number", FactValue::Code(number));
        if let Some(day) = answer_by(one) {
            add("answer_by", FactValue::Date(day));
        }
        if let Some((by, slip)) = hand_over(one) {
            add("hand_over_by", FactValue::Date(by));
            add("slip", FactValue::Link(gathered.shop.slip_links(slip).0));
        }
    }
}
