//! What was asked for, judged by the shop as it is: at the proposal, and again where it is
//! registered.

use jiff::tz::TimeZone;

use super::super::order_action::receipt;
use crate::domain::aftersale::{Aftersale, Exchange, ExchangeStatus};
use crate::domain::effect::{Made, MoneyMove, MoveKind};
use crate::domain::ids::{AftersaleNumber, IdempotencyKey};
use crate::domain::money::{Currency, Money};
use crate::domain::order::MoneyWhy;
use crate::domain::policy::{ExchangeRules, ReturnRules};
use crate::shop::exchanges::{Decision, Refusal, Terms, Wanted, decide};
use crate::shop::returns;
use crate::store::effects::{AsItIs, Change};

#[derive(Clone, Debug)]
pub struct Asked {
    pub items: Vec<Wanted>,
    pub payment_method: Option<String>,
    pub rules: ExchangeRules,
    pub policy: String,
    pub return_rules: ReturnRules,
    pub return_policy: String,
    pub zone: TimeZone,
    pub currency: Currency,
    pub now_ms: i64,
}

impl Asked {
    pub fn terms(&self) -> Terms<'_> {
        Terms {
            rules: &self.rules,
            policy: &self.policy,
            returns: returns::Terms {
                rules: &self.return_rules,
                policy: &self.return_policy,
                zone: &self.zone,
                currency: self.currency,
            },
        }
    }

    pub fn judge(&self, now: &AsItIs) -> Result<Decision, Refusal> {
        let method = self.payment_method.as_deref();
        decide(now, &self.terms(), &self.items, method, self.now_ms)
    }
}

/// What is owed to the shopper is promised; what they owe is charged when the old items are back,
/// and moves then.
pub fn moves(decision: &Decision) -> Vec<MoneyMove> {
    let owed = -decision.difference.minor;
    let promise = MoneyMove {
        what: MoveKind::Promise,
        why: MoneyWhy::Exchanged,
        amount: Money::new(owed.max(0), decision.difference.currency),
        method_id: decision.method_id.clone(),
        method: decision.method.clone(),
    };
    if owed > 0 { vec![promise] } else { Vec::new() }
}

/// The exchange as it starts out; the new pieces leave the stock.
pub fn change(
    now: &AsItIs,
    asked: &Asked,
    decision: &Decision,
    key: &IdempotencyKey,
    (number, slip_token): (String, String),
) -> Change {
    let moved = moves(decision);
    let mut receipt = receipt(key, "exchange_items", now, asked.now_ms, decision, moved);
    let number = AftersaleNumber::new(number);
    receipt.made = Some(Made::Aftersale(number.clone()));
    let exchange = now.order.as_ref().map(|order| Exchange {
        number,
        order: order.number.clone(),
        status: ExchangeStatus::Open,
        pairs: decision.pairs.clone(),
        difference: decision.difference,
        method_id: decision.method_id.clone(),
        method: decision.method.clone(),
        created_ms: asked.now_ms,
        ship_by: decision.ship_by,
        policy: decision.policy.clone(),
        slip_token,
    });
    let pairs = decision.pairs.iter();
    Change {
        taken: pairs.map(|pair| (pair.to.clone(), pair.quantity)).collect(),
        aftersale: exchange.map(Aftersale::Exchange),
        ..Change::new(receipt)
    }
}
