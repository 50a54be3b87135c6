//! Which of the customer's ways to pay a difference goes by. Never a guess: what could be one or the
//! other is asked.

use crate::domain::money::Money;
use crate::domain::order::Order;
use crate::shop::before::Before;
use crate::shop::books::{self, Left, Part, Problem};
use crate::shop::methods::{self, Method, NotOne};
use crate::store::effects::AsItIs;

/// All that the customer could pay this order with.
pub fn ways(now: &AsItIs, order: &Order) -> Vec<Method> {
    methods::all(&now.customer, &now.gift_cards, Some(order))
}

/// The one that is named, if just one is.
pub fn named<'a>(ways: &'a [Method], name: &str) -> Result<&'a Method, Problem> {
    methods::named(ways, name).map_err(|why| {
        let words = ways.iter().map(Method::words).collect();
        match why {
            NotOne::Unknown => Problem::Unknown(words),
            NotOne::Several => Problem::Several(words),
        }
    })
}

/// Can it pay that much, with what is added to it at the same time?
pub fn covers(method: &Method, amount: Money, added: Money) -> Result<(), Problem> {
    let Some(balance) = method.balance else {
        return Ok(());
    };
    let Some(together) = balance.plus(added) else {
        return Err(Problem::OtherCurrency);
    };
    if together.minor >= amount.minor {
        return Ok(());
    }
    Err(Problem::Short {
        holds: balance,
        amount,
    })
}

/// An amount that the shopper pays: by the way that is named, else by the one that the order was
/// paid with, else by the only one that there is.
pub fn charge(
    now: &AsItIs,
    order: &Order,
    amount: Money,
    name: Option<&str>,
) -> Result<Part, Problem> {
    let ways = ways(now, order);
    let nothing = Money::zero(order.currency);
    let can = |method: &Method| covers(method, amount, nothing);
    if let Some(name) = name {
        let method = named(&ways, name)?;
        can(method)?;
        return Ok(Part::of(method, amount));
    }
    let paid_with = books::left(order, Before::default());
    let original = match paid_with.as_slice() {
        [one] => ways.iter().find(|method| one.is(method)),
        _ => None,
    };
    let able: Vec<&Method> = ways.iter().filter(|method| can(method).is_ok()).collect();
    match (original, able.as_slice()) {
        (Some(method), _) if can(method).is_ok() => Ok(Part::of(method, amount)),
        (None, [only]) => Ok(Part::of(only, amount)),
        (Some(method), []) => Err(can(method).err().unwrap_or(Problem::Books)),
        (None, []) => Err(Problem::Unknown(Vec::new())),
        _ => Err(Problem::Which {
            amount,
            back: false,
            choices: able.iter().map(|method| method.words()).collect(),
        }),
    }
}

/// An amount that goes back: the way that is named, else the one that the order was paid with. Where
/// no single way has so much left in the order, to all of them in proportion.
/// `anywhere`: may it be one that the order was not paid with?
pub fn refund(
    now: &AsItIs,
    order: &Order,
    amount: Money,
    name: Option<&str>,
    anywhere: bool,
) -> Result<Vec<Part>, Problem> {
    if amount.minor > books::room(order, Before::default()).minor {
        return Err(Problem::Books);
    }
    let all = books::left(order, Before::default());
    let able: Vec<&Left> = all
        .iter()
        .filter(|one| one.amount.minor >= amount.minor)
        .collect();
    let part = |one: &Left| Part {
        id: one.id.clone(),
        method: one.method.clone(),
        amount,
    };
    let words = |these: &[&Left]| -> Vec<String> {
        let words = these.iter().map(|one| books::words(&one.method));
        words.collect()
    };
    if let Some(name) = name {
        let ways = ways(now, order);
        let method = named(&ways, name)?;
        return match able.iter().find(|one| one.is(method)) {
            Some(one) => Ok(vec![part(one)]),
            None if anywhere => Ok(vec![Part::of(method, amount)]),
            None => Err(Problem::NotOriginal {
                choices: words(&able),
            }),
        };
    }
    match (able.as_slice(), all.len()) {
        ([only], 1) => Ok(vec![part(only)]),
        ([], _) => Ok(books::back_in_proportion(books::all_back(order), amount)),
        (several, _) if several.len() > 1 => Err(Problem::Which {
            amount,
            back: true,
            choices: words(several),
        }),
        (one, _) => Ok(one.iter().map(|one| part(one)).collect()),
    }
}
