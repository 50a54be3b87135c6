//! `replace_item`: an item that arrived wrong or damaged, or was not in its parcel, is sent again or
//! refunded. What must be shown by a picture needs one that the shopper has sent: no model's word
//! stands for it.

mod judged;
mod words;

use minijinja::context;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::aftersales::{self, Facts, Not, View, buyer, not_done, receipt_number};
use super::covered_order::{broken, return_rules};
use super::order_action::{self, Came, carry_out, decision, needs_agent, own_order, seen};
use super::{ConfirmTool, Proposal, ToolContext, ToolError, ToolOutput, Touches};
use crate::clock::long_date;
use crate::domain::aftersale::{Aftersale, ItemProblem, Remedy, RemedyWanted, Replacement};
use crate::domain::effect::{Made, Receipt};
use crate::domain::evidence::FactValue;
use crate::domain::ids::{AttachmentId, IdempotencyKey, OrderNumber, PaymentMethodId, Sku};
use crate::domain::limits::RETURN_ITEMS_MAX;
use crate::domain::money::Money;
use crate::domain::order::Order;
use crate::domain::policy::{DamageRules, RefundTo};
use crate::shop::payouts::NewCard;
use crate::shop::replacements::{Decision, Wanted, moved};
use crate::shop::{fresh_number, money};
use judged::{Asked, Fresh, change};
use words::{lines, not_granted, said, say};

pub struct ReplaceItem;

/// Arguments of `replace_item`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// The number of the order that the items are from.
    order_number: String,
    /// What is wrong with which items.
    items: Vec<Item>,
    /// Which of the two the shopper has chosen; left out when they have not.
    remedy: Option<RemedyWanted>,
    /// Where a refund goes, when the shopper has said so; left out for the way they paid.
    refund_to: Option<RefundTo>,
}

/// Something that is wrong with an item.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// The line of the order, as lookup_order numbers it.
    line: u32,
    /// How many pieces; may be left out when the line has one.
    quantity: Option<u32>,
    /// What is wrong, by the shopper's own words.
    problem: ItemProblem,
}

/// What the shopper says yes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolved {
    order_number: OrderNumber,
    items: Vec<Wanted>,
    remedy: RemedyWanted,
    refund_to: Option<RefundTo>,
    photos: Vec<AttachmentId>,
    decision: Decision,
}

#[derive(Serialize)]
struct Own {
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<String>,
    remedy: &'static str,
    items: Vec<ItemView>,
    hand_over_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    slip_a4: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    slip_a6: Option<String>,
}

#[derive(Serialize)]
struct ItemView {
    line: u32,
    title: String,
    quantity: u32,
    problem: ItemProblem,
    paid: String,
}

impl ConfirmTool for ReplaceItem {
    const NAME: &'static str = "replace_item";
    type Args = Args;
    type Resolved = Resolved;

    async fn propose(
        &self,
        context: &ToolContext<'_>,
        args: Args,
    ) -> Result<Proposal<Resolved>, ToolError> {
        if args.items.len() > RETURN_ITEMS_MAX {
            let values = context! { limit => RETURN_ITEMS_MAX };
            return Err(aftersales::retry("too_long", values));
        }
        let order = own_order(context, &args.order_number).await?;
        let asked = Asked {
            items: args.items.into_iter().map(Item::wanted).collect(),
            remedy: args.remedy,
            refund_to: args.refund_to,
            photos: context.pictures.to_vec(),
            ..asked(context, &order)?
        };
        let now = seen(context, &order, skus(&order)).await?;
        let decision = asked
            .judge(&now)
            .map_err(|why| not_granted(&order, &asked, why))?;
        let moves = moved(&decision, &asked.rules);
        let amount = refunded(&decision);
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
            needs_agent: needs_agent(context, &now, &moves)
                .or_else(|| whole_parcel(&order, &decision)),
            title: say("title", context! { order => order.number.as_str() }),
            content: aftersales::json(&View {
                proposal: Some("open"),
                action: Some(Self::NAME),
                lines: Some(&lines),
                ..view(&order, &summary, &decision)
            })?,
            lines,
            facts: facts(Facts::of(&order, touched(&decision)), &decision).done(),
            resolved: Resolved {
                order_number: order.number.clone(),
                items: pinned(&decision),
                remedy: match decision.remedy {
                    Remedy::Replacement => RemedyWanted::Replacement,
                    Remedy::Refund { .. } => RemedyWanted::Refund,
                },
                refund_to: asked.refund_to,
                photos: asked.photos,
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
        let order = own_order(context, resolved.order_number.as_str()).await?;
        let asked = Asked {
            items: resolved.items,
            remedy: Some(resolved.remedy),
            refund_to: resolved.refund_to,
            photos: resolved.photos,
            ..asked(context, &order)?
        };
        let subject = order_action::subject(context, &order, skus(&order));
        let confirmed = resolved.decision;
        let (send_back_by, until) = (confirmed.send_back_by, confirmed.until);
        let (judge, then, receipt_key) = (asked.clone(), asked.clone(), key.clone());
        let random = &context.shop.random;
        let fresh = Fresh {
            number: fresh_number("RP", random),
            slip_token: random.secret(),
            card: NewCard {
                id: PaymentMethodId::new(random.id("gc")),
                credit: resolved.refund_to == Some(RefundTo::StoreCredit),
            },
        };
        let came = carry_out(
            context,
            key,
            Self::NAME,
            subject,
            confirmed,
            // The days are those that were shown, although a night may lie between.
            move |now| {
                judge.judge(now).map(|decision| Decision {
                    send_back_by,
                    until,
                    ..decision
                })
            },
            move |now, decision| change(now, &then, decision, &receipt_key, fresh),
        );
        match came.await? {
            Came::Done(receipt) => done(context, &order, &receipt).await,
            Came::Not(not) => Err(match not_done(not) {
                Not::Said(error) => error,
                Not::Changed(_) => aftersales::refused("changed", ()),
                Not::Rules(why) => not_granted(&order, &asked, why),
            }),
        }
    }
}

impl Item {
    fn wanted(self) -> Wanted {
        Wanted {
            line: self.line,
            quantity: self.quantity,
            problem: self.problem,
        }
    }
}

fn skus(order: &Order) -> Vec<Sku> {
    order.lines.iter().map(|line| line.sku.clone()).collect()
}

/// The rules of the order's day, with nothing asked for yet.
fn asked(context: &ToolContext<'_>, order: &Order) -> Result<Asked, ToolError> {
    let no_rules = || aftersales::no_rules(order);
    let (rules, policy) =
        aftersales::rules::<DamageRules>(context, order, "damaged-items")?.ok_or_else(no_rules)?;
    let (returns, return_policy) = return_rules(context, order)?.ok_or_else(no_rules)?;
    Ok(Asked {
        items: Vec::new(),
        remedy: None,
        refund_to: None,
        photos: Vec::new(),
        rules,
        policy,
        returns,
        return_policy,
        zone: context.shop.profile.zone.clone(),
        now_ms: context.clock.now_ms(),
    })
}

fn pinned(decision: &Decision) -> Vec<Wanted> {
    let lines = decision.lines.iter();
    lines
        .map(|line| Wanted {
            line: line.line,
            quantity: Some(line.quantity),
            problem: line.problem,
        })
        .collect()
}

/// Is all of a parcel said to be missing that the carrier calls delivered? That is a claim on the
/// parcel, and a person decides it.
fn whole_parcel(order: &Order, decision: &Decision) -> Option<String> {
    let missing = |line: u32| {
        let lines = decision.lines.iter();
        let missing = lines.filter(|one| one.line == line && one.problem == ItemProblem::Missing);
        missing.map(|one| one.quantity).sum::<u32>()
    };
    let whole = order.shipments.iter().any(|parcel| {
        let delivered = parcel.delivered_ms.is_some() && !parcel.lines.is_empty();
        let mut lines = parcel.lines.iter();
        delivered && lines.all(|shipped| missing(shipped.line) >= shipped.quantity)
    });
    whole.then(|| say("whole_parcel", ()))
}

fn touched(decision: &Decision) -> impl Iterator<Item = u32> {
    decision.lines.iter().map(|line| line.line)
}

fn refunded(decision: &Decision) -> Option<Money> {
    match &decision.remedy {
        Remedy::Replacement => None,
        Remedy::Refund { amount, .. } => Some(*amount),
    }
}

fn view<'a>(order: &'a Order, summary: &'a str, decision: &Decision) -> View<'a, Own> {
    let (method, days) = match &decision.remedy {
        Remedy::Replacement => (None, None),
        Remedy::Refund { method, days, .. } => (Some(method.clone()), Some(*days)),
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
            remedy: match decision.remedy {
                Remedy::Replacement => "replacement",
                Remedy::Refund { .. } => "refund",
            },
            items: decision
                .lines
                .iter()
                .map(|line| ItemView {
                    line: line.line,
                    title: super::lookup_order::reading_text(&line.title),
                    quantity: line.quantity,
                    problem: line.problem,
                    paid: line.paid.to_string(),
                })
                .collect(),
            hand_over_by: decision.send_back_by.map(long_date),
            slip_a4: None,
            slip_a6: None,
        },
    }
}

fn facts(mut facts: Facts, decision: &Decision) -> Facts {
    for line in &decision.lines {
        let pieces = FactValue::Number(i64::from(line.quantity));
        facts.line(line.line, "reported", pieces);
        facts.line(line.line, "reported_paid", FactValue::Money(line.paid));
    }
    if let Remedy::Refund {
        amount,
        days,
        parts,
        ..
    } = &decision.remedy
    {
        facts.money("refund", *amount);
        facts.number("refund_days", *days);
        facts.parts(parts);
    }
    if let Some(by) = decision.send_back_by {
        facts.add("hand_over_by", FactValue::Date(by));
    }
    if let Some(until) = decision.until {
        facts.add("report_until", FactValue::Date(until));
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
        return Err(ToolError::Failed("a receipt names no replacement".into()));
    };
    let found = context.shop.store.aftersale(number).await.map_err(broken)?;
    let Some(Aftersale::Replacement(Replacement { send_back, .. })) = found else {
        return Err(ToolError::Failed("a replacement is gone".to_owned()));
    };
    let decision: Decision = decision(receipt)?;
    let summary = said("done", order, &decision, Some(number.as_str()));
    let called = receipt_number(&receipt.key);
    let slips = send_back
        .as_ref()
        .map(|back| context.shop.slip_links(&back.slip_token));
    let mut view = view(order, &summary, &decision);
    view.receipt = Some(called.clone());
    view.own.number = Some(number.to_string());
    view.own.slip_a4 = slips.as_ref().map(|slips| slips.0.clone());
    view.own.slip_a6 = slips.as_ref().map(|slips| slips.1.clone());
    let letter = match buyer(context, order).await? {
        Some(customer) => Some(aftersales::letter(&customer, &view, &lines(&decision))?),
        None => None,
    };
    let about = Facts::of(order, touched(&decision)).made("replacement", number.as_str());
    let mut facts = facts(about, &decision);
    facts.add("receipt", FactValue::Code(called));
    for slip in slips.into_iter().flat_map(|(a4, a6)| [a4, a6]) {
        facts.add("slip", FactValue::Link(slip));
    }
    let card = send_back.map(|back| {
        aftersales::label(
            context,
            number.as_str(),
            &back.slip_token,
            long_date(back.by),
        )
    });
    Ok(ToolOutput {
        letter,
        content: aftersales::json(&view)?,
        facts: facts.done(),
        cards: card.into_iter().collect(),
        ..ToolOutput::default()
    })
}
