//! `start_return`: items come back, a slip is made. The call only proposes; the confirmed proposal
//! is judged once more by the order as it is then, and registered once per key.

mod facts;
mod words;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::covered_order::{broken, covered_order, return_rules, returns_of};
use super::lookup_order::reading_text;
use super::{ConfirmTool, Proposal, ToolContext, ToolError, ToolOutput, Touches};
use crate::clock::long_date;
use crate::domain::card::{Card, LabelCard};
use crate::domain::ids::{IdempotencyKey, OrderNumber};
use crate::domain::letter::{Letter, Recipient};
use crate::domain::limits::RETURN_ITEMS_MAX;
use crate::domain::money::{Bounds, Money};
use crate::domain::order::Order;
use crate::domain::policy::ReturnRules;
use crate::domain::returns::{Refund, Return, ReturnReason};
use crate::shop::returns::{Decision, Terms, Wanted, counting, decide, room, shares};
use crate::shop::{ConfirmedReturn, NotRegistered};
use crate::store::returns::Registered;
use words::{Refusing, method, refusal, say};

pub struct StartReturn;

/// Arguments of `start_return`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// The number of the order that the items are from.
    order_number: String,
    /// What comes back.
    items: Vec<Item>,
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
    items: Vec<ResolvedItem>,
    /// As it was worked out: another one by now is another question.
    refund: Refund,
    /// What an agent grants in its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    granted: Option<Money>,
    policy: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct ResolvedItem {
    line: u32,
    quantity: u32,
    reason: ReturnReason,
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
                minijinja::context! { limit => RETURN_ITEMS_MAX },
            )));
        }
        let order = covered_order(context, &args.order_number).await?;
        let earlier = returns_of(context, &order).await?;
        let (rules, policy) =
            return_rules(context, &order)?.ok_or_else(|| words::no_rules(&order))?;
        let terms = terms(context, &rules, &policy);
        let wanted: Vec<Wanted> = args
            .items
            .iter()
            .map(|item| Wanted {
                line: item.line,
                quantity: item.quantity,
                reason: item.reason,
            })
            .collect();
        let now_ms = context.clock.now_ms();
        let decision = decide(&order, &earlier, &terms, &wanted, now_ms).map_err(|why| {
            refusal(&Refusing {
                order: &order,
                earlier: &earlier,
                terms,
                now_ms,
                why,
            })
        })?;
        propose(&order, &earlier, decision)
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
        let now_ms = context.clock.now_ms();
        let confirmed = ConfirmedReturn {
            order: resolved.order_number,
            items: resolved.items.iter().map(ResolvedItem::wanted).collect(),
            refund: resolved.refund,
            granted: resolved.granted,
            rules: rules.clone(),
            policy: policy.clone(),
        };
        match context
            .shop
            .register_return(key, confirmed, now_ms)
            .await
            .map_err(broken)?
        {
            Registered::Done { order, registered } => done(context, &order, &registered).await,
            Registered::NoSuchOrder => Err(words::not_found()),
            Registered::Refused {
                why: NotRegistered::Changed(refund),
                ..
            } => {
                let amount = refund.total.to_string();
                Err(ToolError::Refused(say(
                    "changed",
                    minijinja::context! { amount },
                )))
            }
            Registered::Refused {
                order,
                why: NotRegistered::Refused(why),
            } => {
                let earlier = returns_of(context, &order).await?;
                let terms = terms(context, &rules, &policy);
                Err(refusal(&Refusing {
                    order: &order,
                    earlier: &earlier,
                    terms,
                    now_ms,
                    why,
                }))
            }
        }
    }
}

fn terms<'a>(context: &'a ToolContext<'_>, rules: &'a ReturnRules, policy: &'a str) -> Terms<'a> {
    Terms {
        rules,
        policy,
        zone: &context.shop.profile.zone,
        currency: context.shop.profile.currency,
    }
}

impl ResolvedItem {
    fn wanted(&self) -> Wanted {
        Wanted {
            line: self.line,
            quantity: Some(self.quantity),
            reason: self.reason,
        }
    }
}

fn propose(
    order: &Order,
    earlier: &[Return],
    decision: Decision,
) -> Result<Proposal<Resolved>, ToolError> {
    let view = ProposalView {
        proposal: "open",
        order_number: order.number.to_string(),
        items: decision.lines.iter().map(item_view).collect(),
        refund: RefundView {
            items: decision.refund.items.to_string(),
            shipping: decision.refund.shipping.to_string(),
            fee: decision.refund.fee.to_string(),
            total: decision.refund.total.to_string(),
        },
        refund_to: method(&decision.refund),
        refund_days: decision.refund.days,
        hand_over_by: long_date(decision.ship_by),
    };
    Ok(Proposal {
        order: Some(order.number.clone()),
        touches: Touches::Lines {
            order: order.number.clone(),
            lines: decision.lines.iter().map(|line| line.line).collect(),
        },
        amount: Some(decision.refund.total),
        weighed: Some(("refund", with_earlier(decision.refund.total, earlier))),
        bounds: Some(Bounds {
            min: Money::zero(order.currency),
            max: room(order, earlier),
        }),
        needs_agent: None,
        title: say(
            "title",
            minijinja::context! { order => order.number.as_str() },
        ),
        lines: words::proposal_lines(&decision),
        content: json(&view)?,
        facts: facts::proposed(order, &decision),
        resolved: Resolved {
            order_number: order.number.clone(),
            items: decision
                .lines
                .iter()
                .map(|line| ResolvedItem {
                    line: line.line,
                    quantity: line.quantity,
                    reason: line.reason,
                })
                .collect(),
            refund: decision.refund,
            granted: None,
            policy: decision.policy,
        },
    })
}

/// The refund together with those of the order's returns so far.
fn with_earlier(refund: Money, earlier: &[Return]) -> Money {
    let before: i64 = counting(earlier)
        .map(|one| one.refund.total)
        .filter(|total| total.currency == refund.currency)
        .map(|total| total.minor)
        .sum();
    Money::new(refund.minor.saturating_add(before), refund.currency)
}

fn item_view(line: &crate::domain::returns::ReturnLine) -> ItemView {
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

async fn done(
    context: &ToolContext<'_>,
    order: &Order,
    registered: &Return,
) -> Result<ToolOutput, ToolError> {
    let (a4, a6) = context.shop.slip_links(&registered.slip_token);
    let mut earlier = returns_of(context, order).await?;
    let at = earlier
        .iter()
        .position(|one| one.number == registered.number);
    earlier.truncate(at.unwrap_or(earlier.len()));
    let shares = shares(order, &earlier, registered.refund.total);
    let view = ReturnView {
        return_number: registered.number.to_string(),
        order_number: registered.order.to_string(),
        refund: registered.refund.total.to_string(),
        refund_to: method(&registered.refund),
        refund_days: registered.refund.days,
        hand_over_by: long_date(registered.ship_by),
        slip_a4: a4.clone(),
        slip_a6: a6.clone(),
    };
    let letter = letter(context, order, registered, &view).await?;
    Ok(ToolOutput {
        letter,
        content: json(&view)?,
        facts: facts::registered(order, registered, &shares, &a4, &a6),
        cards: vec![Card::Label(LabelCard {
            return_number: registered.number.to_string(),
            a4,
            a6,
            ship_by: long_date(registered.ship_by),
        })],
        ..ToolOutput::default()
    })
}

/// The confirmation by mail: the same statements, to the address that the shop has.
async fn letter(
    context: &ToolContext<'_>,
    order: &Order,
    registered: &Return,
    view: &ReturnView,
) -> Result<Option<Letter>, ToolError> {
    let Some(customer) = context
        .shop
        .store
        .customer(&order.customer)
        .await
        .map_err(broken)?
    else {
        return Ok(None);
    };
    let failed = |error: serde_json::Error| ToolError::Failed(error.to_string());
    let Value::Object(mut data) = serde_json::to_value(view).map_err(failed)? else {
        return Ok(None);
    };
    let items: Vec<ItemView> = registered.lines.iter().map(item_view).collect();
    data.insert(
        "items".to_owned(),
        serde_json::to_value(items).map_err(failed)?,
    );
    Ok(Some(Letter {
        template: "return_registered".to_owned(),
        to: Recipient {
            name: customer.first_name,
            email: customer.email,
        },
        data,
    }))
}

fn json<T: Serialize>(view: &T) -> Result<String, ToolError> {
    serde_json::to_string(view).map_err(|error| ToolError::Failed(error.to_string()))
}
