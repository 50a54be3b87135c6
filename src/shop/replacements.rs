//! What is done for an item that arrived wrong or damaged, or was not in its parcel: pure functions
//! over the shop as it is and the dated rules that were in force on the day the order was placed.

use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::before::{Before, Spoken};
use super::exchanges::product_of;
use super::payouts::{Owed, moves};
use super::refunds::{self, Goes};
use super::returns::{GIFT_CARDS, open_pieces};
use crate::clock::day;
use crate::domain::aftersale::{ItemProblem, Remedy, RemedyWanted, ReplacedLine};
use crate::domain::effect::{MoneyMove, MoveKind};
use crate::domain::money::Money;
use crate::domain::order::{Order, OrderLine, OrderStatus, ShipmentStatus};
use crate::domain::policy::{DamageRules, RefundShipping, ReturnRules};
use crate::store::effects::AsItIs;

/// The rules a report is judged by and where they come from.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    pub rules: &'a DamageRules,
    /// Policy id and version.
    pub policy: &'a str,
    /// Those of returns: when shipping is refunded.
    pub returns: &'a ReturnRules,
    pub zone: &'a TimeZone,
}

/// Something that is wrong with pieces of a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    pub line: u32,
    pub quantity: Option<u32>,
    pub problem: ItemProblem,
}

#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    pub wanted: &'a [Wanted],
    pub remedy: Option<RemedyWanted>,
    pub goes: &'a Goes,
    /// How many pictures the shopper has sent.
    pub photos: usize,
}

/// What the shop would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    pub lines: Vec<ReplacedLine>,
    pub remedy: Remedy,
    /// Last day to hand the old items over, where they come back.
    pub send_back_by: Option<Date>,
    /// The last day on which this could have been reported, over all lines.
    pub until: Option<Date>,
    pub policy: String,
}

/// Why nothing is done for a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WhyNot {
    OrderCancelled,
    NotDelivered,
    ReturnedToSender,
    DeliveryDayUnknown,
    TooLate { until: Date },
    AlreadyReturned,
    AlreadyExchanged,
    AlreadySettled,
    GiftCard,
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
    /// More than one piece may be meant.
    HowMany {
        line: u32,
        open: u32,
    },
    NotPossible(Vec<(u32, WhyNot)>),
    TooMany {
        line: u32,
        asked: u32,
        open: u32,
    },
    /// A picture must show it.
    Photo {
        lines: Vec<u32>,
    },
    /// Both remedies can be had: which was not said.
    Which {
        refund: Money,
    },
    /// These are sold out; a refund can be had.
    SoldOut {
        lines: Vec<u32>,
        refund: Money,
    },
}

/// Pieces of a line about which something can be said today, and until when.
pub fn standing(
    order: &Order,
    line: &OrderLine,
    before: Before<'_>,
    terms: &Terms<'_>,
    now_ms: i64,
) -> Result<(u32, Date), WhyNot> {
    if order.status == OrderStatus::Cancelled {
        return Err(WhyNot::OrderCancelled);
    }
    if order.status == OrderStatus::Returned {
        return Err(WhyNot::AlreadyReturned);
    }
    if line.category == GIFT_CARDS {
        return Err(WhyNot::GiftCard);
    }
    let open = open_pieces(order, line, before);
    if open == 0 {
        return Err(match before.by(line.line) {
            Some(Spoken::Returned) => WhyNot::AlreadyReturned,
            Some(Spoken::Exchanged) => WhyNot::AlreadyExchanged,
            Some(Spoken::Replaced | Spoken::Claimed) => WhyNot::AlreadySettled,
            None if went_back(order, line.line) => WhyNot::ReturnedToSender,
            None => WhyNot::NotDelivered,
        });
    }
    let delivered = delivered_on(order, line, before, terms).ok_or(WhyNot::DeliveryDayUnknown)?;
    let until = delivered.saturating_add(i64::from(terms.rules.report_within_days).days());
    if day(now_ms, terms.zone) <= until {
        Ok((open, until))
    } else {
        Err(WhyNot::TooLate { until })
    }
}

/// The day on which the last piece of a line came.
fn delivered_on(
    order: &Order,
    line: &OrderLine,
    before: Before<'_>,
    terms: &Terms<'_>,
) -> Option<Date> {
    let parcels = order.shipments.iter().filter(|parcel| {
        let holds = parcel.lines.iter().any(|shipped| shipped.line == line.line);
        holds && !before.is_claimed(&parcel.tracking)
    });
    let last = parcels.filter_map(|parcel| parcel.delivered_ms).max()?;
    Some(day(last, terms.zone))
}

fn went_back(order: &Order, line: u32) -> bool {
    order.shipments.iter().any(|parcel| {
        parcel.status == ShipmentStatus::ReturnedToSender
            && parcel.lines.iter().any(|shipped| shipped.line == line)
    })
}

/// Grants or refuses what is asked for, with every amount.
pub fn decide(
    now: &AsItIs,
    terms: &Terms<'_>,
    request: &Request<'_>,
    now_ms: i64,
) -> Result<Decision, Refusal> {
    let order = now.order.as_ref().ok_or(Refusal::Gone)?;
    let before = Before::of(now);
    let wanted = request.wanted;
    check_lines(order, wanted)?;
    let (lines, until) = lines(order, before, terms, wanted, now_ms)?;
    let unseen = lines
        .iter()
        .filter(|line| request.photos == 0 && terms.rules.photo_for.contains(&line.problem));
    let unseen: Vec<u32> = unseen.map(|line| line.line).collect();
    if !unseen.is_empty() {
        return Err(Refusal::Photo { lines: unseen });
    }
    let amount = refund(order, before, terms, &lines);
    let sold_out = sold_out(now, order, &lines);
    let days = terms.rules.refund_days;
    let refunded = |goes: &Goes| refunded(order, before, goes, amount, days);
    let remedy = match request.remedy {
        Some(RemedyWanted::Refund) => refunded(request.goes),
        Some(RemedyWanted::Replacement) if sold_out.is_empty() => Remedy::Replacement,
        Some(RemedyWanted::Replacement) => {
            return Err(Refusal::SoldOut {
                lines: sold_out,
                refund: amount,
            });
        }
        None if sold_out.is_empty() => return Err(Refusal::Which { refund: amount }),
        // Only one of the two is left to say yes to.
        None => refunded(request.goes),
    };
    let comes_back = |line: &ReplacedLine| terms.rules.send_back_for.contains(&line.problem);
    let today = day(now_ms, terms.zone);
    let by = today.saturating_add(i64::from(terms.rules.ship_back_days).days());
    Ok(Decision {
        send_back_by: lines.iter().any(comes_back).then_some(by),
        until,
        policy: terms.policy.to_owned(),
        lines,
        remedy,
    })
}

/// A refund by the ways it goes.
pub(super) fn refunded(
    order: &Order,
    before: Before<'_>,
    goes: &Goes,
    amount: Money,
    days: u32,
) -> Remedy {
    let parts = refunds::parts(order, before, goes, amount);
    Remedy::Refund {
        amount,
        method: refunds::words(order, &parts),
        days,
        parts,
    }
}

fn check_lines(order: &Order, wanted: &[Wanted]) -> Result<(), Refusal> {
    if wanted.is_empty() {
        return Err(Refusal::Nothing);
    }
    let known = |line: u32| order.lines.iter().any(|known| known.line == line);
    let asked = wanted.iter().map(|one| one.line);
    let unknown: Vec<u32> = asked.filter(|line| !known(*line)).collect();
    if !unknown.is_empty() {
        return Err(Refusal::NoSuchLine(unknown));
    }
    let unclear = wanted.iter().find(|one| {
        let twice = wanted.iter().filter(|other| other.line == one.line).count() > 1;
        one.quantity == Some(0) || (twice && one.quantity.is_none())
    });
    unclear.map_or(Ok(()), |one| Err(Refusal::Unclear { line: one.line }))
}

/// The pieces with what was paid for them, and the first of the last days.
fn lines(
    order: &Order,
    before: Before<'_>,
    terms: &Terms<'_>,
    wanted: &[Wanted],
    now_ms: i64,
) -> Result<(Vec<ReplacedLine>, Option<Date>), Refusal> {
    let mut refused: Vec<(u32, WhyNot)> = Vec::new();
    let mut lines: Vec<ReplacedLine> = Vec::with_capacity(wanted.len());
    let mut first: Option<Date> = None;
    for one in wanted {
        let Some(line) = order.lines.iter().find(|line| line.line == one.line) else {
            continue;
        };
        let (open, until) = match standing(order, line, before, terms, now_ms) {
            Ok(standing) => standing,
            Err(why) => {
                refused.push((line.line, why));
                continue;
            }
        };
        first = Some(first.map_or(until, |first| first.min(until)));
        let taken: u32 = of_line(&lines, line.line).map(|line| line.quantity).sum();
        let quantity = match one.quantity {
            Some(quantity) => quantity,
            None if open == 1 => 1,
            None => {
                return Err(Refusal::HowMany {
                    line: line.line,
                    open,
                });
            }
        };
        let together = taken.saturating_add(quantity);
        if together > open {
            return Err(Refusal::TooMany {
                line: line.line,
                asked: together,
                open,
            });
        }
        let paid: i64 = of_line(&lines, line.line).map(|line| line.paid.minor).sum();
        let gone = before.spoken(line.line) + taken;
        let paid = before.paid_minor(line.line) + paid;
        lines.push(ReplacedLine {
            line: line.line,
            quantity,
            sku: line.sku.clone(),
            title: line.title.clone(),
            problem: one.problem,
            paid: refunds::next_pieces(order, line, gone, paid, quantity),
        });
    }
    refused.dedup();
    if refused.is_empty() {
        Ok((lines, first))
    } else {
        Err(Refusal::NotPossible(refused))
    }
}

fn of_line(lines: &[ReplacedLine], number: u32) -> impl Iterator<Item = &ReplacedLine> {
    lines.iter().filter(move |line| line.line == number)
}

/// What was paid for the pieces; with shipping when nothing of the order stays and all of it was the
/// shop's fault. Never more than is left of what was paid.
fn refund(order: &Order, before: Before<'_>, terms: &Terms<'_>, lines: &[ReplacedLine]) -> Money {
    let items: i64 = lines.iter().map(|line| line.paid.minor).sum();
    let stays = order.lines.iter().any(|line| {
        let now: u32 = of_line(lines, line.line).map(|line| line.quantity).sum();
        before.gone(line.line).saturating_add(now) < line.quantity
    });
    let refunds_shipping = terms.returns.refund_shipping == RefundShipping::WhenAllReturned;
    let shipping = if !stays && refunds_shipping && before.all_faulty(terms.returns) {
        (order.shipping.minor - before.shipping_minor()).max(0)
    } else {
        0
    };
    let total = (items + shipping).min(refunds::room_minor(order, before));
    Money::new(total, order.currency)
}

/// Lines of which the same variant is not there in the number that is needed.
pub(super) fn sold_out(now: &AsItIs, order: &Order, lines: &[ReplacedLine]) -> Vec<u32> {
    let mut sold_out = Vec::new();
    for line in lines {
        let needed = lines.iter().filter(|other| other.sku == line.sku);
        let needed: u32 = needed.map(|other| other.quantity).sum();
        let of_order = order.lines.iter().find(|known| known.line == line.line);
        let stock = of_order
            .and_then(|known| product_of(now, known))
            .and_then(|product| product.variant(&line.sku))
            .map_or(0, |variant| variant.stock);
        if stock < i64::from(needed) && !sold_out.contains(&line.line) {
            sold_out.push(line.line);
        }
    }
    sold_out
}

/// What moves: goods at what was paid for them; money at once, or when the old item is back.
pub fn moved(decision: &Decision, rules: &DamageRules) -> Vec<MoneyMove> {
    let mut groups: Vec<(ItemProblem, i64)> = Vec::new();
    for line in &decision.lines {
        match groups
            .iter_mut()
            .find(|(problem, _)| *problem == line.problem)
        {
            Some((_, minor)) => *minor += line.paid.minor,
            None => groups.push((line.problem, line.paid.minor)),
        }
    }
    let Some(currency) = decision.lines.first().map(|line| line.paid.currency) else {
        return Vec::new();
    };
    match &decision.remedy {
        Remedy::Replacement => groups
            .into_iter()
            .map(|(problem, minor)| MoneyMove {
                what: MoveKind::Replacement,
                why: problem.why(),
                amount: Money::new(minor, currency),
                method_id: None,
                method: String::new(),
            })
            .collect(),
        Remedy::Refund { amount, parts, .. } => {
            let weights: Vec<i64> = groups.iter().map(|(_, minor)| *minor).collect();
            let owed: Vec<Owed> = groups
                .iter()
                .zip(amount.split(&weights))
                .filter(|(_, amount)| amount.minor > 0)
                .map(|((problem, _), amount)| Owed {
                    what: if rules.send_back_for.contains(problem) {
                        MoveKind::Promise
                    } else {
                        MoveKind::Refund
                    },
                    why: problem.why(),
                    amount,
                })
                .collect();
            moves(parts, &owed)
        }
    }
}
