//! What may be exchanged for another variant, and what the difference is: pure functions over the
//! shop as it is and the dated rules that were in force on the day the order was placed. Time limits
//! and exclusions are those of returns for a reason that is the shopper's own.

use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::before::Before;
use super::books;
use super::methods::{self, Method, NotOne};
use super::refunds;
use super::returns::{self, Standing, standing};
use super::variants::{self, Said};
use crate::clock::day;
use crate::domain::aftersale::ExchangePair;
use crate::domain::ids::PaymentMethodId;
use crate::domain::money::Money;
use crate::domain::order::{Order, OrderLine};
use crate::domain::policy::{ExchangeRules, RefundTo};
use crate::domain::product::{Product, Variant};
use crate::store::effects::AsItIs;

/// The rules an exchange is judged by and where they come from.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    pub rules: &'a ExchangeRules,
    /// Policy id and version.
    pub policy: &'a str,
    /// Those of returns: how long, and what is left out.
    pub returns: returns::Terms<'a>,
}

/// Pieces of a line that the shopper wants in another variant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    pub line: u32,
    /// Everything that can still be exchanged when left out.
    pub quantity: Option<u32>,
    pub color: Option<String>,
    pub size: Option<String>,
    pub sku: Option<String>,
}

/// What the shop would register.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    pub pairs: Vec<ExchangePair>,
    /// Positive when the shopper pays it, once the old items are back.
    pub difference: Money,
    /// The way that was chosen for it, also when there is none.
    pub method_id: Option<PaymentMethodId>,
    /// How the difference is paid, in words; empty when there is none.
    pub method: String,
    /// Last day to hand the parcel over.
    pub ship_by: Date,
    /// The last day on which this could have been asked for, over all lines.
    pub until: Option<Date>,
    /// Working days until a difference is paid back.
    pub days: u32,
    pub policy: String,
}

/// Why a request was not granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    Gone,
    Nothing,
    NoSuchLine(Vec<u32>),
    /// A line was named with no pieces, or twice with an open quantity.
    Unclear {
        line: u32,
    },
    /// Nothing is exchanged from that country.
    Country {
        code: String,
    },
    /// The order has had its one return or exchange.
    Once,
    NotPossible(Vec<(u32, returns::WhyNot)>),
    TooMany {
        line: u32,
        asked: u32,
        open: u32,
    },
    /// The product is not sold any more.
    NotSold {
        line: u32,
    },
    Variant {
        line: u32,
        why: variants::WhyNot,
    },
    /// It is what it is already.
    Same {
        line: u32,
    },
    /// Fewer are left than asked for; what else of the product can be had, as "colour, size".
    SoldOut {
        line: u32,
        variant: String,
        asked: u32,
        left: i64,
        others: Vec<String>,
    },
    OtherCurrency,
    Method(MethodWhy),
}

/// Why a difference cannot be paid so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MethodWhy {
    Unknown {
        choices: Vec<Method>,
    },
    Several {
        choices: Vec<Method>,
    },
    /// It was not said, and nothing serves of itself.
    Unsaid {
        difference: Money,
        choices: Vec<Method>,
    },
    /// The gift card holds too little.
    Short {
        method: Box<Method>,
        difference: Money,
        choices: Vec<Method>,
    },
}

/// Lines that can be exchanged now, with their pieces and last days.
pub fn open(order: &Order, before: Before<'_>, terms: &Terms<'_>, now_ms: i64) -> Vec<Standing> {
    if allowed(order, before, terms).is_err() {
        return Vec::new();
    }
    let mut open = standing(order, before, &terms.returns, now_ms);
    open.retain(|standing| standing.open > 0);
    open
}

/// What holds for the order as a whole.
fn allowed(order: &Order, before: Before<'_>, terms: &Terms<'_>) -> Result<(), Refusal> {
    if terms.rules.once_per_order && before.has_come_back() {
        return Err(Refusal::Once);
    }
    let country = order.address.as_ref().map(|address| &address.country);
    match country.filter(|code| terms.rules.not_from.contains(code)) {
        Some(code) => Err(Refusal::Country { code: code.clone() }),
        None => Ok(()),
    }
}

/// Grants or refuses an exchange, with every amount.
pub fn decide(
    now: &AsItIs,
    terms: &Terms<'_>,
    wanted: &[Wanted],
    payment_method: Option<&str>,
    now_ms: i64,
) -> Result<Decision, Refusal> {
    let order = now.order.as_ref().ok_or(Refusal::Gone)?;
    let before = Before::of(now);
    check_lines(order, wanted)?;
    let standings = standing(order, before, &terms.returns, now_ms);
    check_possible(&standings, wanted)?;
    allowed(order, before, terms)?;
    let asked = quantities(&standings, wanted)?;
    let pairs = pairs(now, order, terms, &asked)?;
    check_stock(now, &pairs)?;
    let sum = |of: fn(&ExchangePair) -> i64| pairs.iter().map(of).sum::<i64>();
    let difference = sum(|pair| pair.price.minor) - sum(|pair| pair.paid.minor);
    // No more is paid back than was paid.
    let difference = difference.max(-refunds::room_minor(order, before));
    let difference = Money::new(difference, order.currency);
    let method =
        method((now, before), order, difference, payment_method).map_err(Refusal::Method)?;
    if difference.minor < 0 && !terms.rules.refund_to_other_method {
        let cards = terms.returns.rules.refund_to.contains(&RefundTo::GiftCard);
        let own_card = |one: &&Method| cards && one.is_gift_card();
        let method = method.as_ref().filter(|one| !own_card(one));
        goes_back(order, before, difference, method).map_err(Refusal::Method)?;
    }
    let lines = |standing: &&Standing| wanted.iter().any(|one| one.line == standing.line);
    let until = standings.iter().filter(lines);
    let today = day(now_ms, terms.returns.zone);
    Ok(Decision {
        until: until.filter_map(|standing| standing.until).min(),
        method: match &method {
            Some(method) if difference.minor != 0 => plain_words(method),
            _ => String::new(),
        },
        method_id: method.map(|method| method.id),
        difference,
        ship_by: today.saturating_add(i64::from(terms.rules.ship_back_days).days()),
        days: terms.rules.refund_days,
        policy: terms.policy.to_owned(),
        pairs,
    })
}

/// As its own customer reads it, without what a gift card holds: that changes.
fn plain_words(method: &Method) -> String {
    match method.balance {
        Some(_) => method.method.words().to_owned(),
        None => method.words(),
    }
}

fn check_lines(order: &Order, wanted: &[Wanted]) -> Result<(), Refusal> {
    if wanted.is_empty() {
        return Err(Refusal::Nothing);
    }
    let unknown: Vec<u32> = wanted
        .iter()
        .map(|wanted| wanted.line)
        .filter(|line| order.lines.iter().all(|known| known.line != *line))
        .collect();
    if !unknown.is_empty() {
        return Err(Refusal::NoSuchLine(unknown));
    }
    let unclear = wanted.iter().find(|one| {
        let twice = wanted.iter().filter(|other| other.line == one.line).count() > 1;
        one.quantity == Some(0) || (twice && one.quantity.is_none())
    });
    unclear.map_or(Ok(()), |one| Err(Refusal::Unclear { line: one.line }))
}

fn check_possible(standings: &[Standing], wanted: &[Wanted]) -> Result<(), Refusal> {
    let asked = |line: u32| wanted.iter().any(|one| one.line == line);
    let mut refused = Vec::new();
    for standing in standings.iter().filter(|standing| asked(standing.line)) {
        match &standing.why_not {
            Some(returns::WhyNot::OncePerOrder) => return Err(Refusal::Once),
            Some(why) => refused.push((standing.line, why.clone())),
            None => {}
        }
    }
    if refused.is_empty() {
        Ok(())
    } else {
        Err(Refusal::NotPossible(refused))
    }
}

/// Each entry with its pieces; entries of one line together stay within what is open.
fn quantities<'a>(
    standings: &[Standing],
    wanted: &'a [Wanted],
) -> Result<Vec<(&'a Wanted, u32)>, Refusal> {
    let mut asked: Vec<(&Wanted, u32)> = Vec::with_capacity(wanted.len());
    for one in wanted {
        let open = standings
            .iter()
            .find(|standing| standing.line == one.line)
            .map_or(0, |standing| standing.open);
        let quantity = one.quantity.unwrap_or(open);
        let taken = asked.iter().filter(|(other, _)| other.line == one.line);
        let together = taken
            .map(|(_, pieces)| *pieces)
            .fold(quantity, u32::saturating_add);
        if together > open {
            return Err(Refusal::TooMany {
                line: one.line,
                asked: together,
                open,
            });
        }
        asked.push((one, quantity));
    }
    Ok(asked)
}

/// The product of a line as it is sold now.
pub fn product_of<'a>(now: &'a AsItIs, line: &OrderLine) -> Option<&'a Product> {
    let mut products = now.products.iter().flatten();
    products.find(|product| product.id == line.product)
}

fn pairs(
    now: &AsItIs,
    order: &Order,
    terms: &Terms<'_>,
    asked: &[(&Wanted, u32)],
) -> Result<Vec<ExchangePair>, Refusal> {
    let before = Before::of(now);
    let mut pairs: Vec<ExchangePair> = Vec::with_capacity(asked.len());
    for (wanted, quantity) in asked {
        let number = wanted.line;
        let Some(line) = order.lines.iter().find(|line| line.line == number) else {
            return Err(Refusal::NoSuchLine(vec![number]));
        };
        let product = product_of(now, line).ok_or(Refusal::NotSold { line: number })?;
        let variant = meant(product, line, wanted, terms)?;
        let price = product.price_of(variant);
        if price.currency != order.currency {
            return Err(Refusal::OtherCurrency);
        }
        let same = || pairs.iter().filter(|pair| pair.line == number);
        let gone = before.spoken(number) + same().map(|pair| pair.quantity).sum::<u32>();
        let paid = before.paid_minor(number) + same().map(|pair| pair.paid.minor).sum::<i64>();
        let pair = ExchangePair {
            line: number,
            quantity: *quantity,
            from: line.sku.clone(),
            to: variant.sku.clone(),
            title: line.title.clone(),
            from_variant: variant_words(&line.color, &line.size),
            to_variant: variant_words(&variant.color, &variant.size),
            paid: refunds::next_pieces(order, line, gone, paid, *quantity),
            price: Money::new(price.minor * i64::from(*quantity), price.currency),
        };
        pairs.push(pair);
    }
    Ok(pairs)
}

fn meant<'a>(
    product: &'a Product,
    line: &OrderLine,
    wanted: &Wanted,
    terms: &Terms<'_>,
) -> Result<&'a Variant, Refusal> {
    let said = Said {
        color: wanted.color.as_deref(),
        size: wanted.size.as_deref(),
        sku: wanted.sku.as_deref(),
    };
    let found = variants::find(product, (&line.color, &line.size), said);
    let variant = found.map_err(|why| Refusal::Variant {
        line: line.line,
        why,
    })?;
    if variant.sku == line.sku && !terms.rules.same_variant_exchange {
        return Err(Refusal::Same { line: line.line });
    }
    Ok(variant)
}

/// "navy, M": colour and size, as far as there are any.
pub fn variant_words(color: &str, size: &str) -> String {
    let parts = [color, size].into_iter().filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join(", ")
}

/// Everything is set aside at once, so all of it must be there.
fn check_stock(now: &AsItIs, pairs: &[ExchangePair]) -> Result<(), Refusal> {
    for pair in pairs {
        let of_sku = pairs.iter().filter(|other| other.to == pair.to);
        let asked = of_sku
            .map(|other| other.quantity)
            .fold(0, u32::saturating_add);
        let product = now.products.iter().flatten();
        let Some((product, variant)) = product
            .filter_map(|product| Some((product, product.variant(&pair.to)?)))
            .next()
        else {
            return Err(Refusal::NotSold { line: pair.line });
        };
        if variant.stock < i64::from(asked) {
            let others = product.variants.iter();
            return Err(Refusal::SoldOut {
                line: pair.line,
                variant: pair.to_variant.clone(),
                asked,
                left: variant.stock.max(0),
                others: others
                    .filter(|other| other.stock > 0 && other.sku != pair.from)
                    .filter(|other| other.sku != pair.to)
                    .map(|other| variant_words(&other.color, &other.size))
                    .collect(),
            });
        }
    }
    Ok(())
}

/// How a difference is paid: as was said, else the way the order was paid where that was one way.
/// What was said is kept, also when there is no difference.
fn method(
    (now, before): (&AsItIs, Before<'_>),
    order: &Order,
    difference: Money,
    said: Option<&str>,
) -> Result<Option<Method>, MethodWhy> {
    let all = methods::all(&now.customer, &now.gift_cards, Some(order));
    let said = said.map(str::trim).filter(|name| !name.is_empty());
    let method = match said {
        Some(name) => {
            let choices = || all.clone();
            methods::named(&all, name).map_err(|problem| match problem {
                NotOne::Unknown => MethodWhy::Unknown { choices: choices() },
                NotOne::Several => MethodWhy::Several { choices: choices() },
            })?
        }
        None if difference.minor == 0 => return Ok(None),
        None => original(order, before, &all).ok_or_else(|| MethodWhy::Unsaid {
            difference,
            choices: able(&all, difference),
        })?,
    };
    if difference.minor > 0 && !method.covers(difference) {
        return Err(MethodWhy::Short {
            method: Box::new(method.clone()),
            difference,
            choices: able(&all, difference),
        });
    }
    Ok(Some(method.clone()))
}

/// What is paid back goes to a way that the order was paid with, and no more than came from it.
fn goes_back(
    order: &Order,
    before: Before<'_>,
    difference: Money,
    method: Option<&Method>,
) -> Result<(), MethodWhy> {
    let can = |one: &Method| refunds::left_of(order, before, &one.id) >= -difference.minor;
    match method {
        Some(method) if !can(method) => Err(MethodWhy::Unknown {
            choices: order
                .payments
                .iter()
                .map(methods::of_payment)
                .filter(can)
                .collect(),
        }),
        _ => Ok(()),
    }
}

/// The one way that has something left in the order, as it is known of the customer.
fn original<'a>(order: &Order, before: Before<'_>, all: &'a [Method]) -> Option<&'a Method> {
    let left = books::left(order, before);
    let [only] = left.as_slice() else {
        return None;
    };
    let own = all.iter().find(|one| one.id == only.id);
    own.or_else(|| all.iter().find(|one| only.is(one)))
}

fn able(all: &[Method], difference: Money) -> Vec<Method> {
    let able = |one: &&Method| difference.minor <= 0 || one.covers(difference);
    all.iter().filter(able).cloned().collect()
}
