//! What was asked for, judged by the shop as it is: at the proposal, and again where it is
//! registered.

use jiff::tz::TimeZone;

use super::super::order_action::receipt;
use crate::domain::effect::{Made, MoneyMove, MoveKind};
use crate::domain::ids::{IdempotencyKey, ReturnNumber};
use crate::domain::money::{Currency, Money};
use crate::domain::order::MoneyWhy;
use crate::domain::policy::{RefundTo, ReturnRules};
use crate::domain::returns::{Return, ReturnStatus};
use crate::shop::before::Before;
use crate::shop::refunds::{Choice, Goes, NoWay, Wish, way};
use crate::shop::returns::{Decision, Refusal, Request, Terms, Wanted, decide, granted};
use crate::store::effects::{AsItIs, Change};

#[derive(Clone, Debug)]
pub struct Asked {
    pub items: Vec<Wanted>,
    /// What an agent grants in place of the refund's total.
    pub granted: Option<Money>,
    pub refund_to: Option<RefundTo>,
    pub payment_method: Option<String>,
    /// Set for a present.
    pub gift_email: Option<String>,
    /// Is it the order's customer who asks?
    pub signed_in: bool,
    pub rules: ReturnRules,
    pub policy: String,
    pub zone: TimeZone,
    pub currency: Currency,
    pub now_ms: i64,
    /// Judged on the store's own thread, which has no switch.
    #[cfg(test)]
    pub unguarded: bool,
}

pub enum Why {
    Refused(Refusal),
    NoWay(NoWay),
    Gone,
    /// What an agent has granted is not there to give back by now; the refund as it is worked out.
    NotThere(Money),
}

impl Asked {
    pub fn terms(&self) -> Terms<'_> {
        Terms {
            rules: &self.rules,
            policy: &self.policy,
            zone: &self.zone,
            currency: self.currency,
        }
    }

    pub fn judge(&self, now: &AsItIs) -> Result<Decision, Why> {
        let order = now.order.as_ref().ok_or(Why::Gone)?;
        let request = Request {
            wanted: &self.items,
            goes: self.goes(now).map_err(Why::NoWay)?,
            gift: self.gift_email.is_some(),
        };
        let before = Before::of(now);
        let decision = decide(order, before, &self.terms(), &request, self.now_ms);
        let decision = decision.map_err(Why::Refused)?;
        match self.as_granted(now, &decision) {
            Some(_) => Ok(decision),
            None => Err(Why::NotThere(decision.refund.total)),
        }
    }

    /// The decision with what an agent grants; nothing when that is not there to give back.
    fn as_granted(&self, now: &AsItIs, decision: &Decision) -> Option<Decision> {
        let Some(total) = self.granted else {
            return Some(decision.clone());
        };
        let (order, goes) = (now.order.as_ref()?, self.goes(now).ok()?);
        let refund = granted(order, Before::of(now), &goes, &decision.refund, total)?;
        Some(Decision {
            refund,
            ..decision.clone()
        })
    }

    fn goes(&self, now: &AsItIs) -> Result<Goes, NoWay> {
        let Some(order) = &now.order else {
            return Ok(Goes::Original);
        };
        #[cfg(test)]
        if let (true, Some(name)) = (self.unguarded, &self.payment_method) {
            return Ok(Goes::Card(anybodys(order, name)));
        }
        let allowed = &self.rules.refund_to;
        if self.gift_email.is_some() {
            let offered = allowed.contains(&RefundTo::GiftCard);
            return if offered {
                Ok(Goes::New(RefundTo::GiftCard))
            } else {
                Err(NoWay::NotOffered(RefundTo::GiftCard))
            };
        }
        let choice = Choice {
            allowed,
            signed_in: self.signed_in,
        };
        let wish = Wish {
            to: self.refund_to,
            method: self.payment_method.as_deref(),
        };
        way(order, &now.customer, &now.gift_cards, choice, wish)
    }
}

/// Whatever is named, as if it were the customer's.
#[cfg(test)]
fn anybodys(order: &crate::domain::order::Order, name: &str) -> crate::shop::methods::Method {
    use crate::domain::order::PaymentMethod;
    crate::shop::methods::Method {
        id: crate::domain::ids::PaymentMethodId::new(name),
        method: PaymentMethod::GiftCard {
            id: name.to_owned(),
        },
        balance: Some(Money::zero(order.currency)),
    }
}

/// The refund is promised: it follows once the parcel is back.
pub fn moves(decision: &Decision) -> Vec<MoneyMove> {
    let refund = &decision.refund;
    let promise = |amount, method_id, method| MoneyMove {
        what: MoveKind::Promise,
        why: MoneyWhy::Returned,
        amount,
        method_id,
        method,
    };
    let moved = match refund.parts.as_slice() {
        [] => vec![promise(refund.total, None, refund.method.clone())],
        parts => parts
            .iter()
            .map(|part| promise(part.amount, part.method_id.clone(), part.method.clone()))
            .collect(),
    };
    moved
        .into_iter()
        .filter(|one| one.amount.minor > 0)
        .collect()
}

/// The return as it starts out, under a number and with a slip.
pub fn change(
    now: &AsItIs,
    asked: &Asked,
    decision: &Decision,
    key: &IdempotencyKey,
    (number, slip_token): (String, String),
) -> Change {
    let granted = asked.as_granted(now, decision);
    let decision = granted.as_ref().unwrap_or(decision);
    let moved = moves(decision);
    let mut receipt = receipt(key, "start_return", now, asked.now_ms, decision, moved);
    let number = ReturnNumber::new(number);
    receipt.made = Some(Made::Return(number.clone()));
    let registered = now.order.as_ref().map(|order| Return {
        number,
        order: order.number.clone(),
        status: ReturnStatus::Open,
        lines: decision.lines.clone(),
        refund: decision.refund.clone(),
        created_ms: asked.now_ms,
        ship_by: decision.ship_by,
        policy: decision.policy.clone(),
        slip_token,
        gift_email: asked.gift_email.clone(),
    });
    Change {
        registered,
        ..Change::new(receipt)
    }
}
