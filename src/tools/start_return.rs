//! `start_return`: items come back, a slip is made. The call only proposes; the confirmed proposal
//! is judged once more by the order as it is then, and registered once per key.

mod facts;
mod judged;
mod words;

use minijinja::context;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::aftersales::{self, Not, buyer, is_own, not_done, receipt_number};
use super::covered_order::{broken, covered_order, return_rules};
use super::lookup_order::reading_text;
use super::order_action::{self, Came, carry_out, needs_agent, seen};
use super::verify_identity::is_written_email;
use super::{ConfirmTool, Proposal, ToolContext, ToolError, ToolOutput, Touches};
use crate::clock::long_date;
use crate::domain::card::{Card, LabelCard};
use crate::domain::effect::{Made, Receipt};
use crate::domain::ids::{IdempotencyKey, OrderNumber};
use crate::domain::letter::{Letter, Recipient};
use crate::domain::limits::RETURN_ITEMS_MAX;
use crate::domain::money::{Bounds, Money};
use crate::domain::order::Order;
use crate::domain::policy::RefundTo;
use crate::domain::returns::{Return, ReturnLine, ReturnReason};
use crate::shop::before::Before;
use crate::shop::fresh_number;
use crate::shop::refunds::room_minor;
use crate::shop::returns::{Decision, Wanted};
use crate::store::effects::AsItIs;
use judged::{Asked, Why, change, moves};
use words::{method, refusal, say};

pub struct StartReturn;

/// Arguments of `start_return`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// The number of the order that the items are from.
    order_number: String,
    /// What comes back.
    items: Vec<Item>,
    /// Where the refund goes, when the shopper has said so; left out for the way they paid.
    refund_to: Option<RefundTo>,
    /// One of the ways to pay that lookup_order lists, by id or name, when the shopper has named
    /// one for the refund.
    payment_method: Option<String>,
    /// True when the shopper had the items as a present from whoever ordered them.
    gift: Option<bool>,
    /// Of a present: the e-mail address for the gift card, as the shopper wrote it.
    gift_email: Option<String>,
}

/// One thing that comes back.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// The line of the order, as lookup_order numbers it.
    line: u32,
    /// How many pieces; left out for all that can still come back.
    quantity: Option<u32>,
    /// Why it comes back, by the shopper's own words; unknown when they gave no reason.
    reason: ReturnReason,
}

/// What the shopper says yes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolved {
    order_number: OrderNumber,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refund_to: Option<RefundTo>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    payment_method: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    gift_email: Option<String>,
    /// As it was worked out: another one by now is another question.
    decision: Decision,
    /// What an agent grants in place of its refund's total.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    granted: Option<Money>,
}

#[derive(Serialize)]
struct ProposalView {
    proposal: &'static str,
    order_number: String,
    items: Vec<ItemView>,
    refund: RefundView,
    refund_to: String,
    refund_days: u32,
    hand_over_by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    gift_email: Option<String>,
}

#[derive(Serialize)]
struct ItemView {
    line: u32,
    title: String,
    color: String,
    size: String,
    quantity: u32,
    reason: &'static str,
    paid: String,
}

#[derive(Serialize)]
struct RefundView {
    items: String,
    shipping: String,
    fee: String,
    total: String,
}

#[derive(Serialize)]
struct ReturnView {
    return_number: String,
    order_number: String,
    refund: String,
    refund_to: String,
    refund_days: u32,
    hand_over_by: String,
    slip_a4: String,
    slip_a6: String,
    receipt: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    gift_email: Option<String>,
}

impl ConfirmTool for StartReturn {
    const NAME: &'static str = "start_return";
    type Args = Args;
    type Resolved = Resolved;

    async fn propose(
        &self,
        context: &ToolContext<'_>,
        args: Args,
    ) -> Result<Proposal<Resolved>, ToolError> {
        if args.items.len() > RETURN_ITEMS_MAX {
            return Err(ToolError::Retry(say(
                "too_long",
                context! { limit => RETURN_ITEMS_MAX },
            )));
        }
        let order = covered_order(context, &args.order_number).await?;
        let (rules, policy) =
            return_rules(context, &order)?.ok_or_else(|| words::no_rules(&order))?;
        let gift_email = gift_email(context, &order, &args)?;
        let now = seen(context, &order, Vec::new()).await?;
        let asked = Asked {
            granted: None,
            items: args.items.iter().map(Item::wanted).collect(),
            refund_to: args.refund_to,
            payment_method: args.payment_method,
            gift_email,
            signed_in: is_own(context, &order),
            rules,
            policy,
            zone: context.shop.profile.zone.clone(),
            currency: context.shop.profile.currency,
            now_ms: context.clock.now_ms(),
            #[cfg(test)]
            unguarded: crate::domain::unguarded::is_on(),
        };
        let decision = asked
            .judge(&now)
            .map_err(|why| not_granted(&order, Before::of(&now), &asked, why))?;
        propose(context, &order, &now, asked, decision)
    }

    fn with_amount(resolved: Resolved, amount: Money) -> Result<Resolved, ToolError> {
        Ok(Resolved {
            granted: Some(amount),
            ..resolved
        })
    }

    async fn execute(
        &self,
        context: &ToolContext<'_>,
        resolved: Resolved,
        key: &IdempotencyKey,
    ) -> Result<ToolOutput, ToolError> {
        let order = covered_order(context, resolved.order_number.as_str()).await?;
        let (rules, policy) =
            return_rules(context, &order)?.ok_or_else(|| words::no_rules(&order))?;
        let subject = order_action::subject(context, &order, Vec::new());
        let asked = Asked {
            items: resolved.decision.lines.iter().map(wanted).collect(),
            granted: resolved.granted,
            refund_to: resolved.refund_to,
            payment_method: resolved.payment_method,
            gift_email: resolved.gift_email,
            signed_in: is_own(context, &order),
            rules,
            policy,
            zone: context.shop.profile.zone.clone(),
            currency: context.shop.profile.currency,
            now_ms: context.clock.now_ms(),
            #[cfg(test)]
            unguarded: crate::domain::unguarded::is_on(),
        };
        let number = fresh_number("RT", &context.shop.random);
        let slip_token = context.shop.random.secret();
        let confirmed = resolved.decision;
        let (ship_by, until) = (confirmed.ship_by, confirmed.until);
        let (judge, then, receipt_key) = (asked.clone(), asked.clone(), key.clone());
        let came = carry_out(
            context,
            key,
            Self::NAME,
            subject,
            confirmed,
            // The days are those that were shown, although a night may lie between.
            move |now| {
                judge.judge(now).map(|decision| Decision {
                    ship_by,
                    until,
                    ..decision
                })
            },
            move |now, decision| change(now, &then, decision, &receipt_key, (number, slip_token)),
        );
        match came.await? {
            Came::Done(receipt) => done(context, &order, &receipt).await,
            Came::Not(not) => match not_done(not) {
                Not::Said(error) => Err(error),
                Not::Changed(decision) => {
                    let amount = decision.refund.total.to_string();
                    Err(ToolError::Refused(say("changed", context! { amount })))
                }
                Not::Rules(why) => {
                    let now = seen(context, &order, Vec::new()).await?;
                    Err(not_granted(&order, Before::of(&now), &asked, why))
                }
            },
        }
    }
}

impl Item {
    fn wanted(&self) -> Wanted {
        Wanted {
            line: self.line,
            quantity: self.quantity,
            reason: self.reason,
        }
    }
}

/// What was decided, as it is asked for again.
fn wanted(line: &ReturnLine) -> Wanted {
    Wanted {
        line: line.line,
        quantity: Some(line.quantity),
        reason: line.reason,
    }
}

/// Where the gift card of a present goes: an address that the shopper has written.
fn gift_email(
    context: &ToolContext<'_>,
    order: &Order,
    args: &Args,
) -> Result<Option<String>, ToolError> {
    if args.gift != Some(true) {
        return Ok(None);
    }
    if is_own(context, order) {
        return Err(ToolError::Retry(say("gift_own", ())));
    }
    let email = args.gift_email.as_deref().unwrap_or_default();
    let email = email.trim().to_lowercase();
    if is_written_email(context.shopper_wrote, &email) {
        Ok(Some(email))
    } else {
        Err(ToolError::Refused(say("gift_which_email", ())))
    }
}

fn not_granted(order: &Order, before: Before<'_>, asked: &Asked, why: Why) -> ToolError {
    match why {
        Why::NoWay(why) => aftersales::no_way(order, &asked.policy, &why),
        Why::Gone => words::not_found(),
        Why::NotThere(total) => {
            let amount = total.to_string();
            ToolError::Refused(say("changed", context! { amount }))
        }
        Why::Refused(why) => refusal(&words::Refusing {
            order,
            before,
            terms: asked.terms(),
            now_ms: asked.now_ms,
            why,
        }),
    }
}

fn propose(
    context: &ToolContext<'_>,
    order: &Order,
    now: &AsItIs,
    asked: Asked,
    decision: Decision,
) -> Result<Proposal<Resolved>, ToolError> {
    let refund = &decision.refund;
    let gift_email = asked.gift_email.clone();
    let view = ProposalView {
        proposal: "open",
        order_number: order.number.to_string(),
        items: decision.lines.iter().map(item_view).collect(),
        refund: RefundView {
            items: refund.items.to_string(),
            shipping: refund.shipping.to_string(),
            fee: refund.fee.to_string(),
            total: refund.total.to_string(),
        },
        refund_to: method(refund),
        refund_days: refund.days,
        hand_over_by: long_date(decision.ship_by),
        gift_email: gift_email.clone(),
    };
    let before = Before::of(now).given_back_minor(order);
    let together = refund.total.minor.saturating_add(before);
    let facts = facts::proposed(order, &decision, gift_email.as_deref());
    Ok(Proposal {
        order: Some(order.number.clone()),
        touches: Touches::Lines {
            order: order.number.clone(),
            lines: decision.lines.iter().map(|line| line.line).collect(),
        },
        amount: Some(refund.total),
        weighed: Some(("refund", Money::new(together, refund.total.currency))),
        bounds: Some(Bounds {
            min: Money::zero(order.currency),
            max: Money::new(room_minor(order, Before::of(now)), order.currency),
        }),
        needs_agent: needs_agent(context, now, &moves(&decision)),
        title: say("title", context! { order => order.number.as_str() }),
        lines: words::proposal_lines(&decision, gift_email.as_deref()),
        content: json(&view)?,
        facts,
        resolved: Resolved {
            order_number: order.number.clone(),
            refund_to: asked.refund_to,
            payment_method: asked.payment_method,
            gift_email,
            decision,
            granted: None,
        },
    })
}

fn item_view(line: &ReturnLine) -> ItemView {
    ItemView {
        line: line.line,
        title: reading_text(&line.title),
        color: reading_text(&line.color),
        size: reading_text(&line.size),
        quantity: line.quantity,
        reason: line.reason.words(),
        paid: line.paid.to_string(),
    }
}

/// What a receipt says was registered; the same whenever it is asked for.
async fn done(
    context: &ToolContext<'_>,
    order: &Order,
    receipt: &Receipt,
) -> Result<ToolOutput, ToolError> {
    let Some(Made::Return(number)) = &receipt.made else {
        return Err(ToolError::Failed("a receipt names no return".to_owned()));
    };
    let found = context.shop.store.return_by_number(number).await;
    let Some(registered) = found.map_err(broken)? else {
        return Err(ToolError::Failed("a registered return is gone".to_owned()));
    };
    let (a4, a6) = context.shop.slip_links(&registered.slip_token);
    let view = ReturnView {
        return_number: registered.number.to_string(),
        order_number: registered.order.to_string(),
        refund: registered.refund.total.to_string(),
        refund_to: method(&registered.refund),
        refund_days: registered.refund.days,
        hand_over_by: long_date(registered.ship_by),
        slip_a4: a4.clone(),
        slip_a6: a6.clone(),
        receipt: receipt_number(&receipt.key),
        gift_email: registered.gift_email.clone(),
    };
    let letter = letter(context, order, &registered, &view).await?;
    Ok(ToolOutput {
        letter,
        content: json(&view)?,
        facts: facts::registered(order, &registered, (&a4, &a6), &view.receipt),
        cards: vec![Card::Label(LabelCard {
            return_number: registered.number.to_string(),
            a4,
            a6,
            ship_by: long_date(registered.ship_by),
        })],
        ..ToolOutput::default()
    })
}

/// The confirmation by mail: the same statements, to the address that the shop has. Of a present
/// it goes to whoever sends it back, and the buyer hears nothing of it.
async fn letter(
    context: &ToolContext<'_>,
    order: &Order,
    registered: &Return,
    view: &ReturnView,
) -> Result<Option<Letter>, ToolError> {
    let to = match &registered.gift_email {
        Some(email) => Some(Recipient {
            name: String::new(),
            email: email.clone(),
        }),
        None => buyer(context, order).await?.map(|customer| Recipient {
            name: customer.first_name,
            email: customer.email,
        }),
    };
    let Some(to) = to else {
        return Ok(None);
    };
    let failed = |error: serde_json::Error| ToolError::Failed(error.to_string());
    let Value::Object(mut data) = serde_json::to_value(view).map_err(failed)? else {
        return Ok(None);
    };
    let items = registered.lines.iter().map(|line| {
        serde_json::json!({
            "title": reading_text(&line.title), "color": reading_text(&line.color),
            "size": reading_text(&line.size), "quantity": line.quantity,
        })
    });
    data.insert("items".to_owned(), items.collect());
    Ok(Some(Letter {
        template: "return_registered".to_owned(),
        to,
        data,
    }))
}

fn json<T: Serialize>(view: &T) -> Result<String, ToolError> {
    serde_json::to_string(view).map_err(|error| ToolError::Failed(error.to_string()))
}
