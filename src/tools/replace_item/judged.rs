//! What was asked for, judged by the shop as it is: at the proposal, and again where it is done.

use jiff::tz::TimeZone;

use super::super::order_action::receipt;
use crate::domain::aftersale::{Aftersale, Remedy, RemedyWanted, Replacement, SendBack};
use crate::domain::effect::Made;
use crate::domain::ids::{AftersaleNumber, AttachmentId, IdempotencyKey};
use crate::domain::policy::{DamageRules, RefundTo, ReturnRules};
use crate::shop::payouts::{NewCard, pay};
use crate::shop::refunds::{Choice, NoWay, Wish, way};
use crate::shop::replacements::{Decision, Refusal, Request, Terms, Wanted, decide, moved};
use crate::store::effects::{AsItIs, Change};

#[derive(Clone, Debug)]
pub struct Asked {
    pub items: Vec<Wanted>,
    pub remedy: Option<RemedyWanted>,
    pub refund_to: Option<RefundTo>,
    pub photos: Vec<AttachmentId>,
    pub rules: DamageRules,
    pub policy: String,
    pub returns: ReturnRules,
    pub return_policy: String,
    pub zone: TimeZone,
    pub now_ms: i64,
}

pub enum Why {
    Refused(Refusal),
    NoWay(NoWay),
}

/// What is new with it: its number, its slip, and the card that it may need.
#[derive(Clone, Debug)]
pub struct Fresh {
    pub number: String,
    pub slip_token: String,
    pub card: NewCard,
}

impl Asked {
    pub fn judge(&self, now: &AsItIs) -> Result<Decision, Why> {
        let Some(order) = &now.order else {
            return Err(Why::Refused(Refusal::Gone));
        };
        let choice = Choice {
            allowed: &self.returns.refund_to,
            // The tool is for the order's customer alone.
            signed_in: true,
        };
        let wish = Wish {
            to: self.refund_to,
            method: None,
        };
        let goes = way(order, &now.customer, &now.gift_cards, choice, wish);
        let goes = goes.map_err(Why::NoWay)?;
        let terms = Terms {
            rules: &self.rules,
            policy: &self.policy,
            returns: &self.returns,
            zone: &self.zone,
        };
        let request = Request {
            wanted: &self.items,
            remedy: self.remedy,
            goes: &goes,
            photos: self.photos.len(),
        };
        decide(now, &terms, &request, self.now_ms).map_err(Why::Refused)
    }
}

/// The replacement as it starts out: pieces leave the stock, or money leaves the shop.
pub fn change(
    now: &AsItIs,
    asked: &Asked,
    decision: &Decision,
    key: &IdempotencyKey,
    fresh: Fresh,
) -> Change {
    let moves = moved(decision, &asked.rules);
    let mut receipt = receipt(key, "replace_item", now, asked.now_ms, decision, moves);
    let number = AftersaleNumber::new(&fresh.number);
    receipt.made = Some(Made::Aftersale(number.clone()));
    let replacement = now.order.as_ref().map(|order| Replacement {
        number,
        order: order.number.clone(),
        lines: decision.lines.clone(),
        remedy: decision.remedy.clone(),
        photos: asked.photos.clone(),
        send_back: decision.send_back_by.map(|by| SendBack {
            by,
            slip_token: fresh.slip_token,
        }),
        created_ms: asked.now_ms,
        policy: decision.policy.clone(),
    });
    let mut change = Change {
        aftersale: replacement.map(Aftersale::Replacement),
        ..Change::new(receipt)
    };
    if decision.remedy == Remedy::Replacement {
        let lines = decision.lines.iter();
        change.taken = lines
            .map(|line| (line.sku.clone(), line.quantity))
            .collect();
    }
    pay(now, &mut change, &fresh.card);
    change
}
