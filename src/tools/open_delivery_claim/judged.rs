//! What was asked for, judged by the shop as it is: at the proposal, and again where it is done.

use jiff::tz::TimeZone;

use super::super::order_action::receipt;
use crate::domain::aftersale::{Aftersale, ClaimStatus, Remedy, RemedyWanted};
use crate::domain::effect::Made;
use crate::domain::ids::{AftersaleNumber, IdempotencyKey};
use crate::shop::calendar::Calendar;
use crate::shop::claims::{Decision, Refusal, Terms, decide, moved, opened};
use crate::shop::parcels::LostRules;
use crate::shop::payouts::{NewCard, pay};
use crate::store::effects::{AsItIs, Change};

#[derive(Clone, Debug)]
pub struct Asked {
    pub parcel: Option<u32>,
    pub remedy: Option<RemedyWanted>,
    pub rules: LostRules,
    pub policy: String,
    pub calendar: Calendar,
    pub zone: TimeZone,
    pub now_ms: i64,
}

impl Asked {
    pub fn judge(&self, now: &AsItIs) -> Result<Decision, Refusal> {
        let terms = Terms {
            rules: &self.rules,
            policy: &self.policy,
            calendar: &self.calendar,
            zone: &self.zone,
        };
        decide(now, &terms, self.parcel, self.remedy, self.now_ms)
    }
}

/// The claim as it is opened: pieces leave the stock, or money leaves the shop, when it is settled.
pub fn change(
    now: &AsItIs,
    asked: &Asked,
    decision: &Decision,
    key: &IdempotencyKey,
    number: AftersaleNumber,
    card: &NewCard,
) -> Change {
    let (tool, moves) = ("open_delivery_claim", moved(decision));
    let mut receipt = receipt(key, tool, now, asked.now_ms, decision, moves);
    receipt.made = Some(Made::Aftersale(number.clone()));
    let claim = now.order.as_ref();
    let claim = claim.map(|order| opened(order, decision, number, asked.now_ms));
    let mut change = Change {
        aftersale: claim.map(Aftersale::Claim),
        ..Change::new(receipt)
    };
    if decision.status == ClaimStatus::Settled(Remedy::Replacement) {
        let lines = decision.lines.iter();
        change.taken = lines
            .map(|line| (line.sku.clone(), line.quantity))
            .collect();
    }
    pay(now, &mut change, card);
    change
}
