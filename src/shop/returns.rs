//! What may come back, until when, and what is refunded: pure functions over an order, its earlier
//! returns and the dated rules that were in force on the day the order was placed. Nothing here
//! reads a clock, a file or the database.

use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::clock::day;
use crate::domain::money::Currency;
use crate::domain::order::{Order, OrderLine, OrderStatus};
use crate::domain::policy::{FinalSale, ReturnRules};
use crate::domain::returns::{Refund, ReturnLine, ReturnReason};
use crate::shop::before::{Before, Spoken};
use crate::shop::refunds::Goes;

mod refund;
mod window;

pub use window::{Window, delivered_pieces, window};

/// Lines of gift cards have this category.
pub const GIFT_CARDS: &str = "gift-cards";

/// The rules a return is judged by and where they come from.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    pub rules: &'a ReturnRules,
    /// Policy id and version, as bundles and returns name it.
    pub policy: &'a str,
    pub zone: &'a TimeZone,
    /// The currency that the fee is in.
    pub currency: Currency,
}

/// One entry of what a shopper asks to send back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub line: u32,
    /// Everything that can still come back when left out.
    pub quantity: Option<u32>,
    pub reason: ReturnReason,
}

/// What a shopper asks for.
#[derive(Clone, Debug, Default)]
pub struct Request<'a> {
    pub wanted: &'a [Wanted],
    pub goes: Goes,
    /// Was it a present? Then the refund is for what was paid for the items alone.
    pub gift: bool,
}

impl<'a> Request<'a> {
    /// Back to the way the order was paid.
    pub fn new(wanted: &'a [Wanted]) -> Self {
        Self {
            wanted,
            goes: Goes::Original,
            gift: false,
        }
    }
}

/// Why a line cannot come back for a reason that is the shopper's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WhyNot {
    OrderCancelled,
    NotDelivered,
    /// The parcel went back to the shop before it reached the shopper.
    ReturnedToSender,
    /// Marked as delivered without a day: a person has to look.
    DeliveryDayUnknown,
    WindowOver {
        until: Date,
    },
    AlreadyReturned,
    AlreadyExchanged,
    /// Sent once more or refunded, because it was wrong, damaged, missing or lost.
    AlreadySettled,
    /// The order has had its one return or exchange.
    OncePerOrder,
    FinalSale,
    Excluded {
        category: String,
    },
    GiftCard,
}

/// Where one line stands today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    pub line: u32,
    /// Pieces in returns that were not cancelled.
    pub returned: u32,
    /// Pieces that may come back for any reason.
    pub open: u32,
    /// Pieces that may come back when it is the shop's fault.
    pub open_if_faulty: u32,
    /// Last day, where one is known.
    pub until: Option<Date>,
    /// Set when `open` is 0.
    pub why_not: Option<WhyNot>,
}

/// What the shop would register.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    pub lines: Vec<ReturnLine>,
    pub refund: Refund,
    /// Last day to hand the parcel over.
    pub ship_by: Date,
    /// The last day on which this could have been asked for, over all lines.
    pub until: Option<Date>,
    pub policy: String,
}

/// Why a request was not granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Nothing was named.
    Nothing,
    /// These lines are not in the order.
    NoSuchLine(Vec<u32>),
    /// A line was named with no pieces, or twice with an open quantity.
    Unclear { line: u32 },
    /// The lines that cannot come back, each with its reason.
    NotPossible(Vec<(u32, WhyNot)>),
    /// More pieces than can still come back.
    TooMany { line: u32, asked: u32, open: u32 },
    /// The rules are in another currency than the order: a person has to decide.
    OtherCurrency,
}

/// Where every line of an order stands at a moment.
pub fn standing(
    order: &Order,
    before: Before<'_>,
    terms: &Terms<'_>,
    now_ms: i64,
) -> Vec<Standing> {
    order
        .lines
        .iter()
        .map(|line| line_standing(order, line, before, terms, now_ms))
        .collect()
}

fn line_standing(
    order: &Order,
    line: &OrderLine,
    before: Before<'_>,
    terms: &Terms<'_>,
    now_ms: i64,
) -> Standing {
    let mut standing = Standing {
        line: line.line,
        returned: before.returned(line.line),
        open: 0,
        open_if_faulty: 0,
        until: None,
        why_not: None,
    };
    let window = window(order, line, terms, now_ms);
    standing.until = window.until();
    let open = open_pieces(order, line, before);
    standing.why_not = blocked(order, line, &window, open, before);
    if terms.rules.once_per_order && before.has_come_back() && standing.why_not.is_none() {
        standing.why_not = Some(WhyNot::OncePerOrder);
    }
    if standing.why_not.is_some() {
        return standing;
    }
    standing.open_if_faulty = open;
    standing.why_not = excluded(line, terms.rules);
    if standing.why_not.is_none() {
        standing.open = open;
    }
    standing
}

/// Pieces of a line that have reached the shopper and are not spoken for. A parcel of which they
/// said that it did not come has brought nothing.
pub fn open_pieces(order: &Order, line: &OrderLine, before: Before<'_>) -> u32 {
    let here = window::pieces_here(order, line, before).min(line.quantity);
    here.saturating_sub(before.spoken_here(line.line))
        .min(line.quantity.saturating_sub(before.spoken(line.line)))
}

/// What holds whatever the reason is.
fn blocked(
    order: &Order,
    line: &OrderLine,
    window: &Window,
    open: u32,
    before: Before<'_>,
) -> Option<WhyNot> {
    if order.status == OrderStatus::Cancelled {
        return Some(WhyNot::OrderCancelled);
    }
    if order.status == OrderStatus::Returned {
        return Some(WhyNot::AlreadyReturned);
    }
    if before.spoken(line.line) >= line.quantity {
        return Some(settled(line, before));
    }
    if line.category == GIFT_CARDS {
        return Some(WhyNot::GiftCard);
    }
    match window {
        Window::NotDelivered if window::went_back(order, line.line) => {
            Some(WhyNot::ReturnedToSender)
        }
        Window::NotDelivered => Some(WhyNot::NotDelivered),
        Window::DayUnknown => Some(WhyNot::DeliveryDayUnknown),
        Window::Over { until } => Some(WhyNot::WindowOver { until: *until }),
        // What has arrived is spoken for; the rest did not come, or is still on its way.
        Window::Open { .. } if open == 0 && before.by(line.line) == Some(Spoken::Claimed) => {
            Some(WhyNot::AlreadySettled)
        }
        Window::Open { .. } if open == 0 => Some(WhyNot::NotDelivered),
        Window::Open { .. } => None,
    }
}

/// What all pieces of a line that are here were spoken for by.
fn settled(line: &OrderLine, before: Before<'_>) -> WhyNot {
    match before.by(line.line) {
        Some(Spoken::Returned) => WhyNot::AlreadyReturned,
        Some(Spoken::Exchanged) => WhyNot::AlreadyExchanged,
        Some(Spoken::Replaced | Spoken::Claimed) => WhyNot::AlreadySettled,
        None => WhyNot::NotDelivered,
    }
}

/// What a reason that is the shop's fault lifts.
fn excluded(line: &OrderLine, rules: &ReturnRules) -> Option<WhyNot> {
    if rules.excluded_categories.contains(&line.category) {
        return Some(WhyNot::Excluded {
            category: line.category.clone(),
        });
    }
    (line.final_sale && rules.final_sale == FinalSale::Never).then_some(WhyNot::FinalSale)
}

/// Grants or refuses a return, with every amount.
pub fn decide(
    order: &Order,
    before: Before<'_>,
    terms: &Terms<'_>,
    request: &Request<'_>,
    now_ms: i64,
) -> Result<Decision, Refusal> {
    let wanted = request.wanted;
    let standings = standing(order, before, terms, now_ms);
    check_lines(order, wanted)?;
    check_possible(&standings, terms.rules, wanted)?;
    let asked = quantities(&standings, terms.rules, wanted)?;
    let lines = refund::lines(order, before, &asked);
    let refund = refund::total(order, before, terms, request, &lines, now_ms)
        .ok_or(Refusal::OtherCurrency)?;
    let today = day(now_ms, terms.zone);
    let until = asked.iter().filter_map(|(wanted, _)| {
        standings
            .iter()
            .find(|standing| standing.line == wanted.line)?
            .until
    });
    Ok(Decision {
        until: until.min(),
        ship_by: today.saturating_add(i64::from(terms.rules.ship_back_days).days()),
        policy: terms.policy.to_owned(),
        lines,
        refund,
    })
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

fn check_possible(
    standings: &[Standing],
    rules: &ReturnRules,
    wanted: &[Wanted],
) -> Result<(), Refusal> {
    let mut refused: Vec<(u32, WhyNot)> = Vec::new();
    for one in wanted {
        let Some(standing) = standings.iter().find(|standing| standing.line == one.line) else {
            continue;
        };
        let known = refused.iter().any(|(line, _)| *line == one.line);
        if let Some(why) = &standing.why_not
            && open_for(standing, rules, one.reason) == 0
            && !known
        {
            refused.push((one.line, why.clone()));
        }
    }
    if refused.is_empty() {
        Ok(())
    } else {
        Err(Refusal::NotPossible(refused))
    }
}

fn open_for(standing: &Standing, rules: &ReturnRules, reason: ReturnReason) -> u32 {
    if rules.free_reasons.contains(&reason) {
        standing.open_if_faulty
    } else {
        standing.open
    }
}

/// Each entry with its pieces; entries of one line together stay within what is open.
fn quantities(
    standings: &[Standing],
    rules: &ReturnRules,
    wanted: &[Wanted],
) -> Result<Vec<(Wanted, u32)>, Refusal> {
    let mut asked: Vec<(Wanted, u32)> = Vec::with_capacity(wanted.len());
    for one in wanted {
        let open = standings
            .iter()
            .find(|standing| standing.line == one.line)
            .map_or(0, |standing| open_for(standing, rules, one.reason));
        let quantity = one.quantity.unwrap_or(open);
        let taken = asked
            .iter()
            .filter(|(other, _)| other.line == one.line)
            .map(|(_, pieces)| *pieces)
            .fold(0, u32::saturating_add);
        let together = taken.saturating_add(quantity);
        if together > open {
            return Err(Refusal::TooMany {
                line: one.line,
                asked: together,
                open,
            });
        }
        asked.push((*one, quantity));
    }
    Ok(asked)
}
