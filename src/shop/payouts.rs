//! How what is owed for several reasons goes over several ways to pay, and what is paid at once.

use super::books::{self, Part};
use super::methods;
use crate::domain::effect::{MoneyMove, MoveKind};
use crate::domain::ids::PaymentMethodId;
use crate::domain::money::Money;
use crate::domain::order::{MoneyWhy, Order, PaymentMethod};
use crate::domain::returns::RefundPart;
use crate::store::effects::{AsItIs, Change};

/// An amount that is paid now (`Refund`) or once goods are back (`Promise`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owed {
    pub what: MoveKind,
    pub why: MoneyWhy,
    pub amount: Money,
}

/// The gift card or credit that is made where money goes to a new one.
#[derive(Clone, Debug)]
pub struct NewCard {
    pub id: PaymentMethodId,
    pub credit: bool,
}

/// Each amount by the ways it goes: one after the other, so that both add up.
pub fn moves(parts: &[RefundPart], owed: &[Owed]) -> Vec<MoneyMove> {
    let mut parts = parts.to_vec();
    let mut moves = Vec::new();
    for one in owed {
        let mut left = one.amount.minor;
        for part in &mut parts {
            let minor = left.min(part.amount.minor);
            if minor <= 0 {
                continue;
            }
            left -= minor;
            part.amount.minor -= minor;
            moves.push(MoneyMove {
                what: one.what,
                why: one.why,
                amount: Money::new(minor, one.amount.currency),
                method_id: part.method_id.clone(),
                method: part.method.clone(),
            });
        }
        if left > 0 {
            moves.push(MoneyMove {
                what: one.what,
                why: one.why,
                amount: Money::new(left, one.amount.currency),
                method_id: None,
                method: String::new(),
            });
        }
    }
    moves
}

/// Notes in the order what is paid at once, and fills gift cards.
pub fn pay(now: &AsItIs, change: &mut Change, new: &NewCard) {
    let Some(mut order) = now.order.clone() else {
        return;
    };
    for at in 0..change.receipt.moves.len() {
        let one = &change.receipt.moves[at];
        if one.what != MoveKind::Refund {
            continue;
        }
        let (why, amount) = (one.why, one.amount);
        let method = method_of(now, &order, one, new);
        let id = one.method_id.clone().unwrap_or_else(|| match &method {
            PaymentMethod::GiftCard { .. } | PaymentMethod::StoreCredit => new.id.clone(),
            other => methods::id_by(other),
        });
        let part = Part { id, method, amount };
        books::give_back(change, &mut order, &part, why);
        if part.is_at_once() {
            change.receipt.moves[at].method_id = Some(part.id);
        }
        change.order = Some(order.clone());
    }
}

fn method_of(now: &AsItIs, order: &Order, one: &MoneyMove, new: &NewCard) -> PaymentMethod {
    let Some(id) = &one.method_id else {
        // Without a payment that is known, the shop's accounting finds the way.
        if one.method.is_empty() {
            return PaymentMethod::Other {
                name: String::new(),
            };
        }
        return if new.credit {
            PaymentMethod::StoreCredit
        } else {
            PaymentMethod::GiftCard {
                id: new.id.to_string(),
            }
        };
    };
    let all = methods::all(&now.customer, &now.gift_cards, Some(order));
    let own = order.payments.iter().map(methods::of_payment);
    own.chain(all).find(|method| method.id == *id).map_or(
        PaymentMethod::Other {
            name: one.method.clone(),
        },
        |method| method.method,
    )
}
