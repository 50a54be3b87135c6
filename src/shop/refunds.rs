//! Where money goes back to: the way an order was paid, or a gift card or credit where the policy
//! lets the shopper choose it. Integer minor units, split without losing a cent.

use super::before::Before;
use super::books;
use super::methods::{self, Method, NotOne};
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

/// A refund over the ways its order was paid, in proportion to what each has left after earlier
/// refunds: none ever gets back more than came by it, and the parts add up.
pub fn original(order: &Order, before: Before<'_>, total: Money) -> Vec<RefundPart> {
    let left = books::left(order, before);
    let weights: Vec<i64> = left.iter().map(|one| one.amount.minor).collect();
    let shares = if weights.is_empty() {
        Vec::new()
    } else {
        total.split(&weights)
    };
    let parts = left.into_iter().zip(shares);
    parts
        .filter(|(_, amount)| amount.minor > 0)
        .map(|(one, amount)| RefundPart {
            method_id: Some(one.id),
            method: one.method.words().to_owned(),
            amount,
        })
        .collect()
}

/// What one way to pay has left of an order, in minor units.
pub fn left_of(order: &Order, before: Before<'_>, id: &PaymentMethodId) -> i64 {
    let left = books::left(order, before).into_iter();
    left.filter(|one| one.id == *id)
        .map(|one| one.amount.minor)
        .sum()
}

/// What may still go back of an order that was sent, in minor units. Of one whose payments are not
/// recorded that is what it cost: whatever was only reserved is charged when an order is packed.
pub fn room_minor(order: &Order, before: Before<'_>) -> i64 {
    let kept = (order.total.minor - before.given_back_minor(order)).max(0);
    if order.payments.is_empty() {
        return kept;
    }
    books::room(order, before).minor.min(kept)
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
