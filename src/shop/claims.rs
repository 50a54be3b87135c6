//! What is done about a parcel that did not arrive, or not in time: pure functions over the shop as
//! it is and the dated rules that were in force on the day the order was placed. What kind of claim
//! it is follows from the parcel's scans, never from what somebody says.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::before::Before;
use super::calendar::Calendar;
use super::parcels::{DecidedBy, LostRules, last_scan, parcel_standing};
use super::payouts::{Owed, moves};
use super::refunds::{self, Goes};
use super::replacements::{refunded, sold_out};
use crate::clock::day;
use crate::domain::aftersale::{
    Claim, ClaimKind, ClaimStatus, ItemProblem, Remedy, RemedyWanted, ReplacedLine,
};
use crate::domain::effect::{MoneyMove, MoveKind};
use crate::domain::ids::AftersaleNumber;
use crate::domain::money::Money;
use crate::domain::order::{Order, OrderLine, OrderStatus, Shipment, ShipmentStatus};
use crate::store::effects::AsItIs;

/// The rules a claim is judged by and where they come from.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    pub rules: &'a LostRules,
    /// Policy id and version.
    pub policy: &'a str,
    pub calendar: &'a Calendar,
    pub zone: &'a TimeZone,
}

/// What the shop would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Which parcel of the order, from 1.
    pub parcel: u32,
    pub tracking: String,
    pub about: ClaimKind,
    pub status: ClaimStatus,
    pub lines: Vec<ReplacedLine>,
    pub wanted: Option<RemedyWanted>,
    pub policy: String,
}

/// Why nothing is done about a parcel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WhyNot {
    /// It says delivered since too short a time.
    JustDelivered {
        delivered: Date,
        from: Date,
    },
    /// It may still come: from when it counts as late, and the last day of its estimate.
    OnItsWay {
        expected: Option<Date>,
        from: Date,
    },
    TooLate {
        until: Date,
    },
    GoesBack,
    /// Marked as delivered without a day.
    DeliveryDayUnknown,
    /// The carrier has been asked.
    AlreadyTraced {
        number: AftersaleNumber,
        answer_by: Date,
        /// Is that day over?
        overdue: bool,
    },
    AlreadySettled {
        number: Option<AftersaleNumber>,
    },
}

/// Why a request was not granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    Gone,
    Cancelled,
    NotSent,
    NoSuchParcel {
        parcels: u32,
    },
    /// More than one can be reported.
    WhichParcel {
        parcels: Vec<u32>,
    },
    NotPossible {
        parcel: u32,
        why: WhyNot,
    },
    /// Both remedies can be had: which was not said.
    Which {
        parcel: u32,
        refund: Money,
    },
    /// These lines are sold out; a refund can be had.
    SoldOut {
        lines: Vec<u32>,
        refund: Money,
    },
}

fn is_open(order: &Order) -> bool {
    !matches!(order.status, OrderStatus::Cancelled | OrderStatus::Returned)
}

/// What kind of claim a parcel's scans make today, or why none.
fn kind(
    order: &Order,
    parcel: &Shipment,
    before: Before<'_>,
    terms: &Terms<'_>,
    now_ms: i64,
) -> Result<ClaimKind, WhyNot> {
    let today = day(now_ms, terms.zone);
    let standing = parcel_standing(parcel, terms.rules, terms.calendar, terms.zone, today);
    match parcel.status {
        ShipmentStatus::ReturnedToSender => return Err(WhyNot::GoesBack),
        ShipmentStatus::Delivered if parcel.delivered_ms.is_none() => {
            return Err(WhyNot::DeliveryDayUnknown);
        }
        _ => {}
    }
    let lost = standing.status == ShipmentStatus::Lost;
    let kind = match parcel.delivered_ms {
        Some(_) => ClaimKind::SaidDelivered,
        None if lost => ClaimKind::Lost,
        None => ClaimKind::Late,
    };
    earlier(before, parcel, kind, today)?;
    let expected = parcel.estimate.map(|(_, last)| last);
    let Some((from, until)) = standing.report else {
        let scanned = last_scan(parcel, terms.zone);
        let from = terms.calendar.after(scanned, terms.rules.lost_after_days);
        return Err(WhyNot::OnItsWay { expected, from });
    };
    if today > until {
        return Err(WhyNot::TooLate { until });
    }
    if today < from {
        return Err(match parcel.delivered_ms {
            Some(ms) => WhyNot::JustDelivered {
                delivered: day(ms, terms.zone),
                from,
            },
            None => WhyNot::OnItsWay { expected, from },
        });
    }
    if holds_open(order, parcel, before) {
        Ok(kind)
    } else {
        Err(WhyNot::AlreadySettled { number: None })
    }
}

/// Can a parcel still be reported, now or later? Not when a claim of earlier is in the way.
pub fn is_reportable(
    order: &Order,
    parcel: &Shipment,
    before: Before<'_>,
    status: ShipmentStatus,
) -> bool {
    let kind = match parcel.delivered_ms {
        Some(_) => ClaimKind::SaidDelivered,
        None if status == ShipmentStatus::Lost => ClaimKind::Lost,
        None => ClaimKind::Late,
    };
    earlier(before, parcel, kind, Date::MIN).is_ok() && holds_open(order, parcel, before)
}

/// Is anything in it not spoken for?
fn holds_open(order: &Order, parcel: &Shipment, before: Before<'_>) -> bool {
    parcel.lines.iter().any(|shipped| {
        let line = order.lines.iter().find(|line| line.line == shipped.line);
        shipped.quantity > 0 && line.is_some_and(|line| before.spoken(line.line) < line.quantity)
    })
}

/// A claim of earlier on the same parcel is in the way, unless the parcel has been lost since, or
/// has been called delivered.
fn earlier(
    before: Before<'_>,
    parcel: &Shipment,
    kind: ClaimKind,
    today: Date,
) -> Result<(), WhyNot> {
    let of_parcel = before
        .claims()
        .filter(|one| one.tracking == parcel.tracking);
    for claim in of_parcel {
        match &claim.status {
            ClaimStatus::Settled(_) => {
                return Err(WhyNot::AlreadySettled {
                    number: Some(claim.number.clone()),
                });
            }
            ClaimStatus::Tracing { answer_by }
                if claim.about != ClaimKind::Late || kind == ClaimKind::Late =>
            {
                return Err(WhyNot::AlreadyTraced {
                    number: claim.number.clone(),
                    answer_by: *answer_by,
                    overdue: today > *answer_by,
                });
            }
            ClaimStatus::Tracing { .. } | ClaimStatus::Declined => {}
        }
    }
    Ok(())
}

/// Grants or refuses a claim, with every amount.
pub fn decide(
    now: &AsItIs,
    terms: &Terms<'_>,
    parcel: Option<u32>,
    wanted: Option<RemedyWanted>,
    now_ms: i64,
) -> Result<Decision, Refusal> {
    let order = now.order.as_ref().ok_or(Refusal::Gone)?;
    if !is_open(order) {
        return Err(Refusal::Cancelled);
    }
    let before = Before::of(now);
    let (number, parcel, about) = chosen(order, before, terms, parcel, now_ms)?;
    let lines = lines(order, parcel, before);
    let at_once = match about {
        ClaimKind::Lost => true,
        ClaimKind::SaidDelivered => terms.rules.said_delivered == DecidedBy::Assistant,
        ClaimKind::Late => false,
    };
    let status = if at_once {
        let refund = refund(order, before, number, &lines);
        let settling = Settling {
            now,
            order,
            terms,
            lines: &lines,
            parcel: number,
            refund,
        };
        ClaimStatus::Settled(settling.remedy(wanted)?)
    } else {
        let today = day(now_ms, terms.zone);
        ClaimStatus::Tracing {
            answer_by: terms.calendar.after(today, terms.rules.trace_days),
        }
    };
    Ok(Decision {
        parcel: number,
        tracking: parcel.tracking.clone(),
        about,
        status,
        lines,
        wanted,
        policy: terms.policy.to_owned(),
    })
}

/// The parcel that is meant: the one that was named, or the only one that can be reported.
fn chosen<'a>(
    order: &'a Order,
    before: Before<'_>,
    terms: &Terms<'_>,
    asked: Option<u32>,
    now_ms: i64,
) -> Result<(u32, &'a Shipment, ClaimKind), Refusal> {
    let parcels = u32::try_from(order.shipments.len()).unwrap_or(u32::MAX);
    if parcels == 0 {
        return Err(Refusal::NotSent);
    }
    let judged: Vec<(u32, &Shipment, Result<ClaimKind, WhyNot>)> = (1..)
        .zip(&order.shipments)
        .map(|(number, parcel)| {
            let kind = kind(order, parcel, before, terms, now_ms);
            (number, parcel, kind)
        })
        .filter(|(number, _, _)| asked.is_none_or(|asked| asked == *number))
        .collect();
    let open: Vec<u32> = judged
        .iter()
        .filter(|(_, _, kind)| kind.is_ok())
        .map(|(number, _, _)| *number)
        .collect();
    if open.len() > 1 {
        return Err(Refusal::WhichParcel { parcels: open });
    }
    let mut refused = None;
    for (number, parcel, kind) in judged {
        match kind {
            Ok(kind) => return Ok((number, parcel, kind)),
            // Of several, what is said is of the one that has not come.
            Err(why) if refused.is_none() || parcel.delivered_ms.is_none() => {
                refused = Some(Refusal::NotPossible {
                    parcel: number,
                    why,
                });
            }
            Err(_) => {}
        }
    }
    Err(refused.unwrap_or(Refusal::NoSuchParcel { parcels }))
}

/// What is in the parcel and is not spoken for.
fn lines(order: &Order, parcel: &Shipment, before: Before<'_>) -> Vec<ReplacedLine> {
    let mut lines: Vec<ReplacedLine> = Vec::new();
    for line in &order.lines {
        let quantity =
            pieces(parcel, line).min(line.quantity - before.spoken(line.line).min(line.quantity));
        if quantity == 0 {
            continue;
        }
        let (gone, paid) = (before.spoken(line.line), before.paid_minor(line.line));
        lines.push(ReplacedLine {
            line: line.line,
            quantity,
            sku: line.sku.clone(),
            title: line.title.clone(),
            problem: ItemProblem::Missing,
            paid: refunds::next_pieces(order, line, gone, paid, quantity),
        });
    }
    lines
}

fn pieces(parcel: &Shipment, line: &OrderLine) -> u32 {
    let of_line = parcel.lines.iter();
    of_line
        .filter(|shipped| shipped.line == line.line)
        .map(|shipped| shipped.quantity)
        .fold(0, u32::saturating_add)
}

/// What was paid for the pieces and their part of the shipping: by the worth of what is in each
/// parcel (largest remainder method), all of it when the order came in one.
fn refund(order: &Order, before: Before<'_>, number: u32, lines: &[ReplacedLine]) -> Money {
    let items: i64 = lines.iter().map(|line| line.paid.minor).sum();
    let worth = |parcel: &Shipment| -> i64 {
        let of = |line: &OrderLine| {
            let all = i64::from(line.quantity.max(1));
            line.paid().minor.max(0) * i64::from(pieces(parcel, line)).min(all) / all
        };
        order.lines.iter().map(of).sum()
    };
    let mut weights: Vec<i64> = order.shipments.iter().map(worth).collect();
    let sent: i64 = weights.iter().sum();
    let all: i64 = order
        .lines
        .iter()
        .map(|line| line.paid().minor.max(0))
        .sum();
    // What has not been sent yet keeps its part.
    let unsent = order.lines.iter().any(|line| {
        let sent: u32 = order.shipments.iter().map(|one| pieces(one, line)).sum();
        sent < line.quantity
    });
    weights.push(if unsent { (all - sent).max(0) } else { 0 });
    if weights.iter().all(|weight| *weight == 0) {
        // Nothing was paid for the goods: by parcels, then.
        let parcels = weights.len() - 1;
        weights[..parcels].fill(1);
    }
    let at = usize::try_from(number).unwrap_or(1).saturating_sub(1);
    let share = order.shipping.split(&weights)[at].minor;
    let shipping = share.min((order.shipping.minor - before.shipping_minor()).max(0));
    let total = (items + shipping).min(refunds::room_minor(order, before));
    Money::new(total, order.currency)
}

/// A parcel that is settled at once.
struct Settling<'a> {
    now: &'a AsItIs,
    order: &'a Order,
    terms: &'a Terms<'a>,
    lines: &'a [ReplacedLine],
    parcel: u32,
    refund: Money,
}

impl Settling<'_> {
    fn remedy(&self, wanted: Option<RemedyWanted>) -> Result<Remedy, Refusal> {
        let sold_out = sold_out(self.now, self.order, self.lines);
        match wanted {
            Some(RemedyWanted::Refund) => Ok(self.refunded()),
            Some(RemedyWanted::Replacement) if sold_out.is_empty() => Ok(Remedy::Replacement),
            Some(RemedyWanted::Replacement) => Err(Refusal::SoldOut {
                lines: sold_out,
                refund: self.refund,
            }),
            None if sold_out.is_empty() => Err(Refusal::Which {
                parcel: self.parcel,
                refund: self.refund,
            }),
            // Only one of the two is left to say yes to.
            None => Ok(self.refunded()),
        }
    }

    fn refunded(&self) -> Remedy {
        let before = Before::of(self.now);
        let days = self.terms.rules.refund_days;
        refunded(self.order, before, &Goes::Original, self.refund, days)
    }
}

/// What moves: goods or money when it is settled; a claim on what the carrier calls delivered is
/// counted; an enquiry about a late parcel moves nothing.
pub fn moved(decision: &Decision) -> Vec<MoneyMove> {
    let why = decision.about.why();
    let Some(currency) = decision.lines.first().map(|line| line.paid.currency) else {
        return Vec::new();
    };
    let paid: i64 = decision.lines.iter().map(|line| line.paid.minor).sum();
    let of_goods = |what| MoneyMove {
        what,
        why,
        amount: Money::new(paid, currency),
        method_id: None,
        method: String::new(),
    };
    match &decision.status {
        ClaimStatus::Settled(Remedy::Replacement) => vec![of_goods(MoveKind::Replacement)],
        ClaimStatus::Settled(Remedy::Refund { amount, parts, .. }) => {
            let owed = Owed {
                what: MoveKind::Refund,
                why,
                amount: *amount,
            };
            if amount.minor > 0 {
                moves(parts, &[owed])
            } else {
                Vec::new()
            }
        }
        ClaimStatus::Tracing { .. } if decision.about == ClaimKind::SaidDelivered => {
            vec![of_goods(MoveKind::Claim)]
        }
        ClaimStatus::Tracing { .. } | ClaimStatus::Declined => Vec::new(),
    }
}

/// The claim as it is opened, under a number.
pub fn opened(order: &Order, decision: &Decision, number: AftersaleNumber, now_ms: i64) -> Claim {
    Claim {
        number,
        order: order.number.clone(),
        tracking: decision.tracking.clone(),
        about: decision.about,
        status: decision.status.clone(),
        lines: decision.lines.clone(),
        wanted: decision.wanted,
        created_ms: now_ms,
        policy: decision.policy.clone(),
    }
}
