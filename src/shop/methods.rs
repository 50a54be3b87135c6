//! The ways in which a customer can pay, or get money back: those they have put down, their gift
//! cards and credit, and what an order was paid with.

use crate::domain::customer::{Customer, GiftCard};
use crate::domain::ids::PaymentMethodId;
use crate::domain::money::Money;
use crate::domain::order::{Order, Payment, PaymentMethod};

/// One way to pay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Method {
    pub id: PaymentMethodId,
    pub method: PaymentMethod,
    /// What a gift card or credit holds; `None` of what the shop cannot see into.
    pub balance: Option<Money>,
}

impl Method {
    pub fn is_gift_card(&self) -> bool {
        self.balance.is_some()
    }

    /// Can it pay that much?
    pub fn covers(&self, amount: Money) -> bool {
        self.balance.is_none_or(|balance| {
            balance.currency == amount.currency && balance.minor >= amount.minor
        })
    }

    /// As its own customer reads it: "Visa ending in 4242", "gift card with €20.00".
    pub fn words(&self) -> String {
        match (&self.method, self.balance) {
            (PaymentMethod::Card { brand, last4 }, _) if !last4.is_empty() => {
                format!("{brand} ending in {last4}")
            }
            (method, Some(balance)) => format!("{} with {balance}", method.words()),
            (method, None) => method.words().to_owned(),
        }
    }
}

/// What a payment was made with: its own id, or one that follows from the payment.
pub fn id_of(payment: &Payment) -> PaymentMethodId {
    payment
        .method_id
        .clone()
        .unwrap_or_else(|| id_by(&payment.method))
}

/// The id of a way to pay that no record names.
pub fn id_by(method: &PaymentMethod) -> PaymentMethodId {
    let id = match method {
        PaymentMethod::GiftCard { id } => id.clone(),
        PaymentMethod::Card { brand, last4 } => format!("{brand}-{last4}").to_lowercase(),
        PaymentMethod::Paypal => "paypal".to_owned(),
        PaymentMethod::StoreCredit => "store-credit".to_owned(),
        PaymentMethod::Other { name } => name.to_lowercase(),
    };
    PaymentMethodId::new(id)
}

/// All of a customer's, each once: saved ones, gift cards and credit, the order's own.
pub fn all(customer: &Customer, cards: &[GiftCard], order: Option<&Order>) -> Vec<Method> {
    let saved = customer.payment_methods.iter().map(|saved| Method {
        id: saved.id.clone(),
        method: saved.method.clone(),
        balance: None,
    });
    let cards = cards.iter().map(|card| Method {
        id: card.id.clone(),
        method: card.method(),
        balance: Some(card.balance),
    });
    let mut all: Vec<Method> = saved.chain(cards).collect();
    for payment in order.iter().flat_map(|order| &order.payments) {
        let method = of_payment(payment);
        let known = |one: &Method| {
            one.id == method.id || (one.balance.is_none() && one.method == method.method)
        };
        if !all.iter().any(known) {
            all.push(method);
        }
    }
    all
}

/// The way of a payment. A gift card that the shop has no balance of is empty.
pub fn of_payment(payment: &Payment) -> Method {
    let held = matches!(
        payment.method,
        PaymentMethod::GiftCard { .. } | PaymentMethod::StoreCredit
    );
    Method {
        id: id_of(payment),
        method: payment.method.clone(),
        balance: held.then(|| Money::zero(payment.amount.currency)),
    }
}

/// The one that is meant: by its id, or by its name where only one has it ("paypal", "visa",
/// "gift card").
pub fn named<'a>(all: &'a [Method], name: &str) -> Result<&'a Method, NotOne> {
    let name = name.trim().to_lowercase();
    if let Some(exact) = all
        .iter()
        .find(|one| one.id.as_str().to_lowercase() == name)
    {
        return Ok(exact);
    }
    let plain = name.replace(['_', '-'], " ");
    let meant: Vec<&Method> = all
        .iter()
        .filter(|one| {
            let words = one.method.words().to_lowercase();
            let card = matches!(one.method, PaymentMethod::Card { .. });
            words == plain
                || one.words().to_lowercase() == plain
                || (card && matches!(plain.as_str(), "card" | "credit card"))
        })
        .collect();
    match meant.as_slice() {
        [one] => Ok(one),
        [] => Err(NotOne::Unknown),
        _ => Err(NotOne::Several),
    }
}

/// Why a name says no single way to pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotOne {
    Unknown,
    Several,
}
