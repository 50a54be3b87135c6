//! `open_delivery_claim`: a parcel that did not arrive, or not in time. What kind of claim it is
//! follows from the carrier's scans. A lost parcel is settled at once; about a late one the carrier
//! is asked; and of one that is called delivered the policy says who decides.

mod judged;
mod words;

use minijinja::context;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::aftersales::{self, Facts, Not, View, buyer, not_done, receipt_number};
use super::covered_order::covered_order;
use super::order_action::{self, Came, carry_out, decision, needs_agent, seen};
use super::{ConfirmTool, HandOffRequest, Proposal, ToolContext, ToolError, ToolOutput, Touches};
use crate::clock::long_date;
use crate::domain::aftersale::{ClaimKind, ClaimStatus, Remedy, RemedyWanted};
use crate::domain::bundle::HandOffReason;
use crate::domain::effect::{Made, Receipt};
use crate::domain::evidence::FactValue;
use crate::domain::ids::{AftersaleNumber, IdempotencyKey, OrderNumber, PaymentMethodId, Sku};
use crate::domain::money::Money;
use crate::domain::order::Order;
use crate::shop::claims::{Decision, moved};
use crate::shop::parcels::LostRules;
use crate::shop::payouts::NewCard;
use crate::shop::{fresh_number, money};
use judged::{Asked, change};
use words::{lines, not_granted, said, say};

pub struct OpenDeliveryClaim;

/// Arguments of `open_delivery_claim`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// The number of the order.
    order_number: String,
    /// Which parcel, as lookup_order numbers them; left out when the order has one, or when the
    /// shopper has not said.
    parcel: Option<u32>,
    /// Which of the two the shopper has chosen; left out when they have not.
    remedy: Option<RemedyWanted>,
}

/// What the shopper says yes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolved {
    order_number: OrderNumber,
    parcel: u32,
    remedy: Option<RemedyWanted>,
    decision: Decision,
}

#[derive(Serialize)]
struct Own {
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<String>,
    parcel: u32,
    kind: ClaimKind,
    /// "tracing", "replacement" or "refund".
    outcome: &'static str,
    items: Vec<u32>,
    answer_by: Option<String>,
    /// Does a person decide on the remedy?
    person_decides: bool,
}

impl ConfirmTool for OpenDeliveryClaim {
    const NAME: &'static str = "open_delivery_claim";
    type Args = Args;
    type Resolved = Resolved;

    async fn propose(
        &self,
        context: &ToolContext<'_>,
        args: Args,
    ) -> Result<Proposal<Resolved>, ToolError> {
        let order = covered_order(context, &args.order_number).await?;
        let asked = asked(context, &order, args.parcel, args.remedy)?;
        let now = seen(context, &order, skus(&order)).await?;
        let decision = asked
            .judge(&now)
            .map_err(|why| not_granted(&order, &asked, &why))?;
        let amount = refunded(&decision);
        let moves = moved(&decision);
        let together = money::lost(&moves, order.currency) + money::had_back(&now, &order);
        let (summary, lines) = (said("summary", &order, &decision, None), lines(&decision));
        Ok(Proposal {
            order: Some(order.number.clone()),
            touches: Touches::Lines {
                order: order.number.clone(),
                lines: touched(&decision).collect(),
            },
            bounds: None,
            amount,
            weighed: Some(("refund", Money::new(together, order.currency))),
            needs_agent: needs_agent(context, &now, &moves),
            title: say("title", context! { order => order.number.as_str() }),
            content: aftersales::json(&View {
                proposal: Some("open"),
                action: Some(Self::NAME),
                lines: Some(&lines),
                ..view(&order, &summary, &decision)
            })?,
            lines,
            facts: facts(Facts::of(&order, touched(&decision)), &order, &decision).done(),
            resolved: Resolved {
                order_number: order.number.clone(),
                parcel: decision.parcel,
                remedy: settled(&decision).map(wanted).or(asked.remedy),
                decision,
            },
        })
    }

    async fn execute(
        &self,
        context: &ToolContext<'_>,
        resolved: Resolved,
        key: &IdempotencyKey,
    ) -> Result<ToolOutput, ToolError> {
        let order = covered_order(context, resolved.order_number.as_str()).await?;
        let asked = asked(context, &order, Some(resolved.parcel), resolved.remedy)?;
        let subject = order_action::subject(context, &order, skus(&order));
        let confirmed = resolved.decision;
        let shown = confirmed.clone();
        let (judge, then, receipt_key) = (asked.clone(), asked.clone(), key.clone());
        let random = &context.shop.random;
        let number = AftersaleNumber::new(fresh_number("CL", random));
        let card = NewCard {
            id: PaymentMethodId::new(random.id("gc")),
            credit: false,
        };
        let came = carry_out(
            context,
            key,
            Self::NAME,
            subject,
            confirmed,
            move |now| judge.judge(now).map(|decision| as_shown(&shown, decision)),
            move |now, decision| change(now, &then, decision, &receipt_key, number, &card),
        );
        match came.await? {
            Came::Done(receipt) => done(context, &order, &receipt).await,
            Came::Not(not) => Err(match not_done(not) {
                Not::Said(error) => error,
                Not::Changed(_) => aftersales::refused("changed", ()),
                Not::Rules(why) => not_granted(&order, &asked, &why),
            }),
        }
    }
}

/// The day of the carrier's answer is the one that was shown, although a night may lie between; and
/// what was left open is not wanted otherwise by having been worked out.
fn as_shown(shown: &Decision, decision: Decision) -> Decision {
    let status = match (&shown.status, decision.status) {
        (ClaimStatus::Tracing { answer_by }, ClaimStatus::Tracing { .. }) => ClaimStatus::Tracing {
            answer_by: *answer_by,
        },
        (_, status) => status,
    };
    Decision {
        status,
        wanted: shown.wanted,
        ..decision
    }
}

fn skus(order: &Order) -> Vec<Sku> {
    order.lines.iter().map(|line| line.sku.clone()).collect()
}

fn asked(
    context: &ToolContext<'_>,
    order: &Order,
    parcel: Option<u32>,
    remedy: Option<RemedyWanted>,
) -> Result<Asked, ToolError> {
    let rules = aftersales::rules::<LostRules>(context, order, "lost-parcels")?;
    let (rules, policy) = rules.ok_or_else(|| aftersales::no_rules(order))?;
    Ok(Asked {
        parcel,
        remedy,
        rules,
        policy,
        calendar: context.shop.terms.calendar().clone(),
        zone: context.shop.profile.zone.clone(),
        now_ms: context.clock.now_ms(),
    })
}

fn settled(decision: &Decision) -> Option<&Remedy> {
    match &decision.status {
        ClaimStatus::Settled(remedy) => Some(remedy),
        ClaimStatus::Tracing { .. } | ClaimStatus::Declined => None,
    }
}

fn wanted(remedy: &Remedy) -> RemedyWanted {
    match remedy {
        Remedy::Replacement => RemedyWanted::Replacement,
        Remedy::Refund { .. } => RemedyWanted::Refund,
    }
}

fn refunded(decision: &Decision) -> Option<Money> {
    match settled(decision) {
        Some(Remedy::Refund { amount, .. }) => Some(*amount),
        _ => None,
    }
}

/// Is the enquiry opened here, and the remedy left to a person?
fn person_decides(decision: &Decision) -> bool {
    decision.about == ClaimKind::SaidDelivered && settled(decision).is_none()
}

fn touched(decision: &Decision) -> impl Iterator<Item = u32> {
    decision.lines.iter().map(|line| line.line)
}

fn view<'a>(order: &'a Order, summary: &'a str, decision: &Decision) -> View<'a, Own> {
    let (method, days) = match settled(decision) {
        Some(Remedy::Refund { method, days, .. }) => (Some(method.clone()), Some(*days)),
        _ => (None, None),
    };
    View {
        proposal: None,
        action: None,
        order_number: order.number.as_str(),
        summary,
        lines: None,
        receipt: None,
        pay: None,
        back: refunded(decision).map(|amount| amount.to_string()),
        method,
        days,
        own: Own {
            number: None,
            parcel: decision.parcel,
            kind: decision.about,
            outcome: match settled(decision) {
                None => "tracing",
                Some(Remedy::Replacement) => "replacement",
                Some(Remedy::Refund { .. }) => "refund",
            },
            items: touched(decision).collect(),
            answer_by: match &decision.status {
                ClaimStatus::Tracing { answer_by } => Some(long_date(*answer_by)),
                _ => None,
            },
            person_decides: person_decides(decision),
        },
    }
}

fn facts(mut facts: Facts, order: &Order, decision: &Decision) -> Facts {
    for line in &decision.lines {
        let pieces = FactValue::Number(i64::from(line.quantity));
        facts.line(line.line, "claimed", pieces);
        facts.line(line.line, "claimed_paid", FactValue::Money(line.paid));
    }
    facts.number("parcel", decision.parcel);
    let at = usize::try_from(decision.parcel)
        .unwrap_or(1)
        .saturating_sub(1);
    if let Some(parcel) = order.shipments.get(at) {
        let read = super::lookup_order::reading_text;
        facts.add("carrier", FactValue::Code(read(&parcel.carrier)));
        facts.add("tracking", FactValue::Code(read(&parcel.tracking)));
    }
    // What the words call the parcel and the enquiry.
    let stands = match decision.about {
        ClaimKind::SaidDelivered => "delivered",
        ClaimKind::Lost => "lost",
        ClaimKind::Late => "late",
    };
    facts.add("parcel_stands", FactValue::Status(stands.to_owned()));
    match &decision.status {
        ClaimStatus::Tracing { answer_by } => {
            facts.add("enquiry", FactValue::Status("open".to_owned()));
            facts.add("answer_by", FactValue::Date(*answer_by));
        }
        ClaimStatus::Settled(Remedy::Refund {
            amount,
            days,
            parts,
            ..
        }) => {
            facts.money("refund", *amount);
            facts.number("refund_days", *days);
            facts.parts(parts);
        }
        ClaimStatus::Settled(Remedy::Replacement) | ClaimStatus::Declined => {}
    }
    facts
}

/// What a receipt says was done; the same whenever it is asked for.
async fn done(
    context: &ToolContext<'_>,
    order: &Order,
    receipt: &Receipt,
) -> Result<ToolOutput, ToolError> {
    let Some(Made::Aftersale(number)) = &receipt.made else {
        return Err(ToolError::Failed("a receipt names no claim".to_owned()));
    };
    let decision: Decision = decision(receipt)?;
    let summary = said("done", order, &decision, Some(number.as_str()));
    let called = receipt_number(&receipt.key);
    let mut view = view(order, &summary, &decision);
    view.receipt = Some(called.clone());
    view.own.number = Some(number.to_string());
    let letter = match buyer(context, order).await? {
        Some(customer) => Some(aftersales::letter(&customer, &view, &lines(&decision))?),
        None => None,
    };
    let about = Facts::of(order, touched(&decision)).made("claim", number.as_str());
    let mut facts = facts(about, order, &decision);
    facts.add("receipt", FactValue::Code(called));
    Ok(ToolOutput {
        letter,
        content: aftersales::json(&view)?,
        facts: facts.done(),
        // The enquiry is open; what the shopper gets for it is for a person to say.
        hand_off: person_decides(&decision).then(|| HandOffRequest {
            reason: HandOffReason::NeedsApproval,
            summary: say("title", context! { order => order.number.as_str() }),
        }),
        ..ToolOutput::default()
    })
}
