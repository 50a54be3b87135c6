//! Where money goes back to: the way an order was paid, or a gift card or credit where the policy
//! lets the shopper choose it. Integer minor units, split without losing a cent.

use super::before::Before;
use super::methods::{self, Method, NotOne};
use crate::domain::aftersale::Remedy;
use crate::domain::customer::{Customer, GiftCard};
use crate::domain::ids::PaymentMethodId;
use crate::domain::money::Money;
use crate::domain::order::{Order, PaymentMethod};
use crate::domain::policy::RefundTo;
use crate::domain::returns::RefundPart;

/// Where a refund goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Goes {
    #[default]
    Original,
    /// To this gift card or credit.
    Card(Method),
    /// To a gift card or credit that is made for it.
    New(RefundTo),
}

/// What was asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wish<'a> {
    pub to: Option<RefundTo>,
    /// Id or name of a way to pay.
    pub method: Option<&'a str>,
}

/// What may be chosen, and by whom.
#[derive(Clone, Copy, Debug)]
pub struct Choice<'a> {
    pub allowed: &'a [RefundTo],
    /// Is the order's customer the one who asks? Only they have cards and credit.
    pub signed_in: bool,
}

/// Why it cannot go there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoWay {
    /// The policy does not offer it.
    NotOffered(RefundTo),
    /// Only for who is signed in.
    SignIn,
    /// No way of the customer's that a refund may go: what may be chosen, in words.
    Unknown { choices: Vec<String> },
    /// More than one is called so.
    Several { choices: Vec<String> },
    /// Two different places were named.
    Differ,
}

/// Where a refund of an order goes, by what was asked for.
pub fn way(
    order: &Order,
    customer: &Customer,
    cards: &[GiftCard],
    choice: Choice<'_>,
    wish: Wish<'_>,
) -> Result<Goes, NoWay> {
    let named = wish.method.map(str::trim).filter(|name| !name.is_empty());
    let cards: Vec<GiftCard> = cards
        .iter()
        .filter(|card| card.balance.currency == order.currency)
        .cloned()
        .collect();
    let Some(name) = named else {
        return by_kind(&cards, choice, wish.to.unwrap_or(RefundTo::Original));
    };
    let own: Vec<Method> = order.payments.iter().map(methods::of_payment).collect();
    if !choice.signed_in {
        let meant = methods::named(&own, name);
        return meant.map(|_| Goes::Original).map_err(|_| NoWay::SignIn);
    }
    let all = methods::all(customer, &cards, Some(order));
    let method = methods::named(&all, name).map_err(|problem| match problem {
        NotOne::Several => NoWay::Several {
            choices: choices(order, &cards, choice.allowed),
        },
        NotOne::Unknown => NoWay::Unknown {
            choices: choices(order, &cards, choice.allowed),
        },
    })?;
    let goes = by_method(order, &cards, choice, method, &own)?;
    let kind = match &goes {
        Goes::Original => RefundTo::Original,
        Goes::Card(card) => kind(card),
        Goes::New(kind) => *kind,
    };
    // A gift card that paid for the order is both.
    let agrees = wish.to.is_none_or(|to| {
        to == kind || (goes == Goes::Original && method.is_gift_card() && to == self::kind(method))
    });
    if agrees { Ok(goes) } else { Err(NoWay::Differ) }
}

fn by_kind(cards: &[GiftCard], choice: Choice<'_>, to: RefundTo) -> Result<Goes, NoWay> {
    if to == RefundTo::Original {
        return Ok(Goes::Original);
    }
    if !choice.allowed.contains(&to) {
        return Err(NoWay::NotOffered(to));
    }
    if !choice.signed_in {
        return Err(NoWay::SignIn);
    }
    let credit = to == RefundTo::StoreCredit;
    let fitting: Vec<Method> = cards
        .iter()
        .filter(|card| card.credit == credit)
        .map(of_card)
        .collect();
    match fitting.as_slice() {
        [] => Ok(Goes::New(to)),
        [one] => Ok(Goes::Card(one.clone())),
        several => Err(NoWay::Several {
            choices: several.iter().map(named_card).collect(),
        }),
    }
}

fn by_method(
    order: &Order,
    cards: &[GiftCard],
    choice: Choice<'_>,
    method: &Method,
    own: &[Method],
) -> Result<Goes, NoWay> {
    let is_own = own
        .iter()
        .any(|one| one.id == method.id || one.method == method.method);
    let paid_all = is_own && own.iter().all(|one| one.id == own[0].id);
    // What was paid with a gift card goes back to a gift card: naming the bank card of an order
    // that was paid with both means the way it was paid.
    if paid_all || (is_own && !method.is_gift_card()) {
        return Ok(Goes::Original);
    }
    let unknown = || NoWay::Unknown {
        choices: choices(order, cards, choice.allowed),
    };
    if !method.is_gift_card() {
        return Err(unknown());
    }
    if choice.allowed.contains(&kind(method)) {
        Ok(Goes::Card(method.clone()))
    } else {
        Err(NoWay::NotOffered(kind(method)))
    }
}

fn kind(method: &Method) -> RefundTo {
    match method.method {
        PaymentMethod::StoreCredit => RefundTo::StoreCredit,
        _ => RefundTo::GiftCard,
    }
}

fn of_card(card: &GiftCard) -> Method {
    Method {
        id: card.id.clone(),
        method: card.method(),
        balance: Some(card.balance),
    }
}

/// Cards that look alike are told apart by their ids.
fn named_card(card: &Method) -> String {
    format!("{} ({})", card.words(), card.id)
}

/// Everywhere that a refund of the order may go.
fn choices(order: &Order, cards: &[GiftCard], allowed: &[RefundTo]) -> Vec<String> {
    let mut choices: Vec<String> = order
        .payments
        .iter()
        .map(|payment| methods::of_payment(payment).method.words().to_owned())
        .collect();
    choices.dedup();
    let fitting = cards.iter().map(of_card);
    choices.extend(
        fitting
            .filter(|card| allowed.contains(&kind(card)))
            .map(|card| named_card(&card)),
    );
    choices
}

/// A refund by the ways it goes. Back to the payments it is in proportion to what each has left.
pub fn parts(order: &Order, before: Before<'_>, goes: &Goes, total: Money) -> Vec<RefundPart> {
    let whole = |method_id: Option<PaymentMethodId>, method: &PaymentMethod| {
        vec![RefundPart {
            method_id,
            method: method.words().to_owned(),
            amount: total,
        }]
    };
    match goes {
        Goes::Original => original(order, before, total),
        Goes::Card(card) => whole(Some(card.id.clone()), &card.method),
        Goes::New(RefundTo::StoreCredit) => whole(None, &PaymentMethod::StoreCredit),
        Goes::New(_) => whole(None, &PaymentMethod::GiftCard { id: String::new() }),
    }
}

/// A refund over the payments of its order, in proportion to what each has left after earlier
/// refunds: no method ever gets back more than came from it, and the parts add up.
pub fn original(order: &Order, before: Before<'_>, total: Money) -> Vec<RefundPart> {
    let parts = portion(total, &left(order, before));
    let mut shares: Vec<RefundPart> = Vec::new();
    for (payment, amount) in order.payments.iter().zip(parts) {
        let id = Some(methods::id_of(payment));
        match shares.iter_mut().find(|share| share.method_id == id) {
            _ if amount.minor <= 0 => {}
            Some(share) => share.amount.minor += amount.minor,
            None => shares.push(RefundPart {
                method_id: id,
                method: payment.method.words().to_owned(),
                amount,
            }),
        }
    }
    shares
}

/// What each payment has left after what went back to it, in minor units.
fn left(order: &Order, before: Before<'_>) -> Vec<i64> {
    let payments = order.payments.iter();
    let mut left: Vec<i64> = payments.map(|one| one.amount.minor.max(0)).collect();
    let mut take = |id: &PaymentMethodId, minor: i64| {
        let mut minor = minor;
        for (payment, left) in order.payments.iter().zip(left.iter_mut()) {
            if methods::id_of(payment) == *id {
                let part = minor.min(*left);
                *left -= part;
                minor -= part;
            }
        }
    };
    let undone = order.history.refunds.iter();
    for refund in undone.filter(|refund| !refund.why.is_loss()) {
        if let Some(id) = &refund.method_id {
            take(id, refund.amount.minor);
        }
    }
    let returned = before
        .returns()
        .map(|one| (one.refund.total, one.refund.parts.as_slice()));
    let remedied = before.remedies().filter_map(|(remedy, _)| match remedy {
        Remedy::Refund { amount, parts, .. } => Some((*amount, parts.as_slice())),
        Remedy::Replacement => None,
    });
    for exchange in before.exchanges().filter(|one| one.difference.minor < 0) {
        if let Some(id) = &exchange.method_id {
            take(id, -exchange.difference.minor);
        }
    }
    let mut in_proportion = Vec::new();
    for (total, parts) in returned.chain(remedied) {
        if parts.is_empty() {
            in_proportion.push(total);
        }
        for part in parts {
            if let Some(id) = &part.method_id {
                take(id, part.amount.minor);
            }
        }
    }
    for total in in_proportion {
        let parts = portion(total, &left);
        for (left, part) in left.iter_mut().zip(parts) {
            *left = (*left - part.minor).max(0);
        }
    }
    left
}

/// What one way to pay has left of an order, in minor units.
pub fn left_of(order: &Order, before: Before<'_>, id: &PaymentMethodId) -> i64 {
    let payments = order.payments.iter().zip(left(order, before));
    payments
        .filter(|(payment, _)| methods::id_of(payment) == *id)
        .map(|(_, left)| left)
        .sum()
}

fn portion(amount: Money, left: &[i64]) -> Vec<Money> {
    if left.iter().sum::<i64>() == 0 {
        return vec![Money::zero(amount.currency); left.len()];
    }
    amount.split(left)
}

/// What was paid and has not been promised back, in minor units.
pub fn room_minor(order: &Order, before: Before<'_>) -> i64 {
    let undone = order.history.refunds.iter();
    let undone: i64 = undone
        .filter(|refund| !refund.why.is_loss())
        .map(|refund| refund.amount.minor)
        .sum();
    let paid = if order.payments.is_empty() {
        order.total.minor
    } else {
        (order.paid_minor() - undone).min(order.total.minor)
    };
    (paid - before.given_back_minor(order)).max(0)
}

/// "Visa", or "Visa €30.00 + gift card €20.00" when it goes to more than one.
pub fn words(order: &Order, parts: &[RefundPart]) -> String {
    match parts {
        [only] => only.method.clone(),
        [] => order
            .payments
            .first()
            .map_or_else(String::new, |payment| payment.method.words().to_owned()),
        several => several
            .iter()
            .map(|part| format!("{} {}", part.method, part.amount))
            .collect::<Vec<_>>()
            .join(" + "),
    }
}

/// What was paid for the next `quantity` pieces of a line. Counted from the first piece, so that
/// the pieces of a line always add up to the line; a cent that does not divide goes to the first
/// ones: the largest remainder method for equal pieces, without a list of them.
pub fn next_pieces(
    order: &Order,
    line: &crate::domain::order::OrderLine,
    gone: u32,
    paid_minor: i64,
    quantity: u32,
) -> Money {
    let paid = line.paid().minor.max(0);
    let all = i64::from(line.quantity.max(1));
    let pieces = i64::from(gone.saturating_add(quantity)).min(all);
    let target = (paid / all) * pieces + (paid % all).min(pieces);
    Money::new((target - paid_minor).max(0), order.currency)
}
