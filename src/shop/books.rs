//! An order's books: what each way to pay still has in it, and how money that goes back or comes in
//! is written down. Integer minor units; nothing gets back more than came from it.

use serde::{Deserialize, Serialize};

use crate::domain::customer::GiftCard;
use crate::domain::effect::{MoneyMove, MoveKind};
use crate::domain::ids::PaymentMethodId;
use crate::domain::money::Money;
use crate::domain::order::{MoneyWhy, Order, Payment, PaymentMethod, RefundPaid};
use crate::shop::before::Before;
use crate::shop::methods::{Method, id_by, id_of};
use crate::store::effects::{AsItIs, Change};

/// What a way to pay still has in an order: what came from it less what went back to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    pub id: PaymentMethodId,
    pub method: PaymentMethod,
    /// Does the shop's record name the customer's own way? Else the id was made from the payment.
    named: bool,
    pub amount: Money,
}

impl Left {
    /// Is it this one of the customer's ways to pay?
    pub fn is(&self, method: &Method) -> bool {
        self.id == method.id
            || (!self.named && !method.is_gift_card() && self.method == method.method)
    }
}

/// An amount that goes one way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    pub id: PaymentMethodId,
    pub method: PaymentMethod,
    pub amount: Money,
}

impl Part {
    pub fn of(method: &Method, amount: Money) -> Self {
        Self {
            id: method.id.clone(),
            method: method.method.clone(),
            amount,
        }
    }

    /// As its own customer reads it, without a balance, which moves.
    pub fn words(&self) -> String {
        words(&self.method)
    }

    /// Has its owner the money at once?
    pub fn is_at_once(&self) -> bool {
        held(&self.method)
    }
}

/// "Visa ending in 4242", "gift card".
pub fn words(method: &PaymentMethod) -> String {
    let plain = Method {
        id: PaymentMethodId::new(""),
        method: method.clone(),
        balance: None,
    };
    plain.words()
}

fn held(method: &PaymentMethod) -> bool {
    matches!(
        method,
        PaymentMethod::GiftCard { .. } | PaymentMethod::StoreCredit
    )
}

/// Why money does not move as it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// None of the customer's ways to pay has that name; these they have.
    Unknown(Vec<String>),
    /// Several have it.
    Several(Vec<String>),
    /// It must be said which one: this much is paid, or paid back, by one of these.
    Which {
        amount: Money,
        back: bool,
        choices: Vec<String>,
    },
    /// A gift card or credit that holds too little.
    Short { holds: Money, amount: Money },
    /// A gift card in another currency than the order.
    OtherCurrency,
    /// Not what the order was paid with, or it has less than that left in it.
    NotOriginal { choices: Vec<String> },
    /// It is paid with that already.
    Same,
    /// There is nothing to pay.
    NothingDue,
    /// So often the way to pay may be changed.
    Enough(u32),
    /// The books of the order do not allow it: a person has to look.
    Books,
}

/// What each way has left in the order, in the order of payments; nothing that has nothing left.
/// Together no more than was paid and has neither gone back nor been promised.
pub fn left(order: &Order, before: Before<'_>) -> Vec<Left> {
    let mut all = paid(order);
    for (id, amount) in gone(order, before) {
        if let Some(one) = all.iter_mut().find(|one| one.id == id) {
            one.amount.minor -= amount.minor;
        }
    }
    all.retain(|one| one.amount.minor > 0);
    // What went back another way than it came is missing from those that it came from; so is what
    // was promised before its way was kept.
    let room = room(order, before);
    let together: i64 = all.iter().map(|one| one.amount.minor).sum();
    if together > room.minor {
        let weights: Vec<i64> = all.iter().map(|one| one.amount.minor).collect();
        for (one, share) in all.iter_mut().zip(room.split(&weights)) {
            one.amount = share;
        }
        all.retain(|one| one.amount.minor > 0);
    }
    all
}

/// What came by each way.
fn paid(order: &Order) -> Vec<Left> {
    let mut all: Vec<Left> = Vec::new();
    for payment in &order.payments {
        let id = id_of(payment);
        match all.iter_mut().find(|one| one.id == id) {
            Some(one) => one.amount.minor += payment.amount.minor,
            None => all.push(Left {
                id,
                method: payment.method.clone(),
                named: payment.method_id.is_some(),
                amount: payment.amount,
            }),
        }
    }
    all
}

/// What went back by each way, or is to.
fn gone(order: &Order, before: Before<'_>) -> Vec<(PaymentMethodId, Money)> {
    let refunds = order.history.refunds.iter();
    let refunded = refunds.filter(|refund| !before.explains(refund));
    let refunded = refunded.map(|refund| {
        let id = refund.method_id.clone();
        (id.unwrap_or_else(|| id_by(&refund.method)), refund.amount)
    });
    refunded.chain(before.by_ways()).collect()
}

/// What was paid and has neither gone back nor been promised.
pub fn room(order: &Order, before: Before<'_>) -> Money {
    let refunds = order.history.refunds.iter();
    let undone = refunds.filter(|refund| !refund.why.is_loss());
    let undone: i64 = undone.map(|refund| refund.amount.minor).sum();
    let minor = order.paid_minor() - undone - before.given_back_minor(order);
    Money::new(minor.max(0), order.currency)
}

/// All that is left in an order that has not been sent, each to where it came from.
pub fn all_back(order: &Order) -> Vec<Part> {
    let left = left(order, Before::default()).into_iter();
    left.map(|one| Part {
        id: one.id,
        method: one.method,
        amount: one.amount,
    })
    .collect()
}

/// An amount over everything that is left, in proportion; at most what is left.
pub fn back_in_proportion(all: Vec<Part>, amount: Money) -> Vec<Part> {
    let weights: Vec<i64> = all.iter().map(|part| part.amount.minor).collect();
    if weights.iter().sum::<i64>() <= amount.minor {
        return all;
    }
    let shares = amount.split(&weights);
    all.into_iter()
        .zip(shares)
        .map(|(part, amount)| Part { amount, ..part })
        .filter(|part| part.amount.minor > 0)
        .collect()
}

/// Together, in the order's currency.
pub fn sum(order: &Order, parts: &[Part]) -> Money {
    let minor = parts.iter().map(|part| part.amount.minor).sum();
    Money::new(minor, order.currency)
}

/// Working days until everybody has their money; none when all of it is there at once.
pub fn days(parts: &[Part], refund_days: u32) -> Option<u32> {
    let later = parts.iter().any(|part| !part.is_at_once());
    later.then_some(refund_days)
}

/// How the refunds are called that an effect has written, so that what they are for is known.
pub const OWN_REFUND: &str = "rf_";

/// Writes money that goes back and money that comes in into the order, the receipt and the
/// balances. Ids follow from the effect's key, so that they are the same whenever it is carried out.
pub fn book(
    change: &mut Change,
    order: &mut Order,
    (back, paid): (&[Part], Option<&Part>),
    why: MoneyWhy,
) {
    for part in back {
        give_back(change, order, part, why);
        let moved = moved(part, MoveKind::Refund, why);
        change.receipt.moves.push(moved);
    }
    if let Some(part) = paid {
        order.payments.push(Payment {
            id: format!("{}-p1", change.receipt.key),
            method: part.method.clone(),
            method_id: Some(part.id.clone()),
            amount: part.amount,
            at_ms: change.receipt.at_ms,
        });
        let moved = moved(part, MoveKind::Charge, why);
        change.receipt.moves.push(moved);
        hold(change, order, part, -part.amount.minor);
    }
}

/// Notes money that goes back in the order, and puts it on the card where the shop holds it.
pub fn give_back(change: &mut Change, order: &mut Order, part: &Part, why: MoneyWhy) {
    let n = order.history.refunds.len() + 1;
    order.history.refunds.push(RefundPaid {
        id: format!("{OWN_REFUND}{}_{n}", change.receipt.key),
        method: part.method.clone(),
        // Without a payment that is known, the shop's accounting finds the way.
        method_id: Some(part.id.clone()).filter(|id| !id.as_str().is_empty()),
        amount: part.amount,
        at_ms: change.receipt.at_ms,
        why,
    });
    hold(change, order, part, part.amount.minor);
}

fn moved(part: &Part, what: MoveKind, why: MoneyWhy) -> MoneyMove {
    MoneyMove {
        what,
        why,
        amount: part.amount,
        method_id: Some(part.id.clone()),
        method: part.words(),
    }
}

/// A change of a balance, where there is one; a card that the shop has none of yet is the
/// customer's.
fn hold(change: &mut Change, order: &Order, part: &Part, minor: i64) {
    if held(&part.method) {
        change.gift_cards.push(GiftCard {
            id: part.id.clone(),
            customer: Some(order.customer.clone()),
            balance: Money::new(minor, part.amount.currency),
            credit: part.method == PaymentMethod::StoreCredit,
        });
    }
}

/// Has a gift card that would be touched another currency than what is added to it?
pub fn other_currency(now: &AsItIs, parts: &[Part]) -> bool {
    parts.iter().any(|part| {
        let card = now.gift_cards.iter().find(|card| card.id == part.id);
        card.is_some_and(|card| card.balance.currency != part.amount.currency)
    })
}
