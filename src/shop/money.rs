//! What may be settled without a person: caps on what the shop gives up, and rates that raise to an
//! approval. Pure functions over what has moved before.
//!
//! Design: a limit never refuses. It says that an agent decides, and why.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::before::Before;
use super::terms::TermsError;
use crate::domain::effect::{MoneyMove, MoveKind, Moved};
use crate::domain::ids::OrderNumber;
use crate::domain::money::{Currency, Money};
use crate::domain::order::Order;
use crate::store::effects::AsItIs;

const DAY_MS: i64 = 86_400_000;

/// `money.toml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoneyLimits {
    currency: Currency,
    per_order: Option<Money>,
    per_customer: Option<Money>,
    customer_days: u32,
    per_day: Option<Money>,
    velocity: Vec<Velocity>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Velocity {
    pub counts: Counts,
    pub more_than: u32,
    pub days: u32,
}

/// What a rate counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counts {
    /// Losses of the customer.
    Refunds,
    /// What the customer said did not arrive of parcels that the carrier calls delivered.
    ClaimsOnDelivered,
    /// Other customers with losses at the order's address.
    AccountsAtAddress,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    caps: Caps,
    #[serde(default)]
    velocity: Vec<Velocity>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Caps {
    per_order: Option<String>,
    per_customer: Option<String>,
    customer_days: Option<u32>,
    per_day: Option<String>,
}

/// Why an agent decides. The words are an agent's to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Raised {
    /// The shop has written no `money.toml`.
    NoLimits,
    OtherCurrency,
    OrderCap {
        cap: Money,
        together: Money,
    },
    CustomerCap {
        cap: Money,
        together: Money,
        days: u32,
    },
    DayCap {
        cap: Money,
        together: Money,
    },
    Velocity(Velocity, u32),
}

impl Raised {
    pub fn words(&self) -> String {
        match self {
            Self::NoLimits => {
                "the shop has no money.toml, so every amount needs an agent".to_owned()
            }
            Self::OtherCurrency => "the limits are in another currency than the order".to_owned(),
            Self::OrderCap { cap, together } => {
                format!("{together} for this order together, more than {cap}")
            }
            Self::CustomerCap {
                cap,
                together,
                days,
            } => {
                format!("{together} for this customer in {days} days, more than {cap}")
            }
            Self::DayCap { cap, together } => {
                format!("{together} for all customers today, more than {cap}")
            }
            Self::Velocity(rule, count) => {
                let what = match rule.counts {
                    Counts::Refunds => "refunds of this customer",
                    Counts::ClaimsOnDelivered => "claims of this customer on delivered parcels",
                    Counts::AccountsAtAddress => "other accounts with refunds at this address",
                };
                format!(
                    "{count} {what} in {} days, more than {}",
                    rule.days, rule.more_than
                )
            }
        }
    }
}

impl MoneyLimits {
    /// No caps and no rates: everything that the policies allow is settled.
    pub fn none(currency: Currency) -> Self {
        Self {
            currency,
            per_order: None,
            per_customer: None,
            customer_days: 30,
            per_day: None,
            velocity: Vec::new(),
        }
    }

    pub fn parse(file: &str, text: &str, currency: Currency) -> Result<Self, TermsError> {
        let read: File =
            toml::from_str(text).map_err(|error| TermsError::line(file, text, &error))?;
        let amount = |key: &str, text: &Option<String>| {
            let parsed = text.as_deref().map(|digits| Money::parse(digits, currency));
            match parsed.transpose() {
                Ok(Some(cap)) if cap.minor < 0 => Err("must not be negative".to_owned()),
                Ok(cap) => Ok(cap),
                Err(error) => Err(error.to_string()),
            }
            .map_err(|problem| TermsError::key(file, format!("caps.{key}"), problem))
        };
        Ok(Self {
            currency,
            per_order: amount("per_order", &read.caps.per_order)?,
            per_customer: amount("per_customer", &read.caps.per_customer)?,
            customer_days: read.caps.customer_days.unwrap_or(30),
            per_day: amount("per_day", &read.caps.per_day)?,
            velocity: read.velocity,
        })
    }

    /// From when accounts at an address are counted.
    pub fn address_since_ms(&self, now_ms: i64) -> i64 {
        let rules = self.velocity.iter();
        let days = rules
            .filter(|rule| rule.counts == Counts::AccountsAtAddress)
            .map(|rule| rule.days)
            .max();
        now_ms - i64::from(days.unwrap_or(0)) * DAY_MS
    }

    /// Why an agent must decide on these moves; `None` when the assistant may.
    pub fn raised(&self, now: &AsItIs, moves: &[MoneyMove], now_ms: i64) -> Option<Raised> {
        let losses: Vec<&MoneyMove> = moves.iter().filter(|one| one.why.is_loss()).collect();
        if losses.is_empty() {
            return None;
        }
        if losses
            .iter()
            .any(|one| one.amount.currency != self.currency)
        {
            return Some(Raised::OtherCurrency);
        }
        let new: i64 = losses
            .iter()
            .filter(|one| is_sum(one.what))
            .map(|one| one.amount.minor)
            .sum();
        self.capped(now, new, now_ms)
            .or_else(|| self.too_fast(now, &losses, now_ms))
    }

    fn capped(&self, now: &AsItIs, new: i64, now_ms: i64) -> Option<Raised> {
        if new == 0 {
            return None;
        }
        let number = now.order.as_ref().map(|order| &order.number);
        let money = |minor| Money::new(minor, self.currency);
        let of_order = money(new + self.lost(now, |moved| moved.order.as_ref() == number));
        if let Some(cap) = self.per_order.filter(|cap| of_order.minor > cap.minor) {
            return Some(Raised::OrderCap {
                cap,
                together: of_order,
            });
        }
        let since = now_ms - i64::from(self.customer_days) * DAY_MS;
        let of_customer = money(new + self.lost(now, |moved| moved.at_ms >= since));
        if let Some(cap) = self
            .per_customer
            .filter(|cap| of_customer.minor > cap.minor)
        {
            return Some(Raised::CustomerCap {
                cap,
                together: of_customer,
                days: self.customer_days,
            });
        }
        let today = money(new + now.lost_today_minor);
        let cap = self.per_day.filter(|cap| today.minor > cap.minor)?;
        Some(Raised::DayCap {
            cap,
            together: today,
        })
    }

    fn lost(&self, now: &AsItIs, counts: impl Fn(&Moved) -> bool) -> i64 {
        now.moved
            .iter()
            .filter(|moved| moved.why.is_loss() && is_sum(moved.what))
            .filter(|moved| moved.amount.currency == self.currency && counts(moved))
            .map(|moved| moved.amount.minor)
            .sum()
    }

    fn too_fast(&self, now: &AsItIs, losses: &[&MoneyMove], now_ms: i64) -> Option<Raised> {
        self.velocity.iter().find_map(|rule| {
            let since = now_ms - i64::from(rule.days) * DAY_MS;
            let before = |counts: fn(&Moved) -> bool| {
                let all = now.moved.iter();
                let counted = all.filter(|moved| moved.at_ms >= since && counts(moved));
                // A refund that goes two ways is one.
                counted
                    .map(|moved| &moved.effect)
                    .collect::<BTreeSet<_>>()
                    .len()
            };
            let count = match rule.counts {
                Counts::Refunds => before(|moved| moved.why.is_loss() && is_sum(moved.what)) + 1,
                Counts::ClaimsOnDelivered => {
                    if !losses.iter().any(|one| one.why.is_claim_on_delivered()) {
                        return None;
                    }
                    before(|moved| moved.why.is_claim_on_delivered()) + 1
                }
                Counts::AccountsAtAddress => now.others_at_address.len(),
            };
            let count = u32::try_from(count).unwrap_or(u32::MAX);
            (count > rule.more_than).then_some(Raised::Velocity(*rule, count))
        })
    }
}

/// `MoneyLimits::raised`; a shop without limits has everything that it may lose decided by agents.
pub fn raised(
    limits: Option<&MoneyLimits>,
    now: &AsItIs,
    moves: &[MoneyMove],
    now_ms: i64,
) -> Option<Raised> {
    match limits {
        Some(limits) => limits.raised(now, moves, now_ms),
        None => {
            let lost = moves.iter().any(|one| one.why.is_loss());
            lost.then_some(Raised::NoLimits)
        }
    }
}

/// What these moves give up, in minor units of a currency.
pub fn lost(moves: &[MoneyMove], currency: Currency) -> i64 {
    moves
        .iter()
        .filter(|one| one.why.is_loss() && is_sum(one.what) && one.amount.currency == currency)
        .map(|one| one.amount.minor)
        .sum()
}

/// What an order has had back so far, goods that were sent again included.
pub fn had_back(now: &AsItIs, order: &Order) -> i64 {
    let recorded = Before::of(now).given_back_minor(order);
    recorded.max(lost_on(now, &order.number))
}

/// Is an order to have more back, with all it has had, than it may without an agent?
pub fn above(limit: Option<Money>, now: &AsItIs, moves: &[MoneyMove]) -> Option<Raised> {
    let (cap, order) = (limit?, now.order.as_ref()?);
    let new = lost(moves, cap.currency);
    let together = Money::new(new + had_back(now, order), cap.currency);
    (new > 0 && together.minor > cap.minor).then_some(Raised::OrderCap { cap, together })
}

/// Claims are counted; what settles them is summed.
fn is_sum(what: MoveKind) -> bool {
    matches!(
        what,
        MoveKind::Refund | MoveKind::Promise | MoveKind::Replacement
    )
}

/// What an order has lost so far, in minor units of its currency.
pub fn lost_on(now: &AsItIs, number: &OrderNumber) -> i64 {
    now.moved
        .iter()
        .filter(|moved| moved.why.is_loss() && is_sum(moved.what))
        .filter(|moved| moved.order.as_ref() == Some(number))
        .map(|moved| moved.amount.minor)
        .sum()
}
