//! `cancel_order`: a whole order is cancelled before it is packed, and everything is paid back to
//! where it came from. The call only proposes.

use std::sync::LazyLock;

use minijinja::context;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Map;

use super::lookup_order::{reading_text, variant};
use super::order_action::{
    Came, carry_out, decision, needs_agent, own_order, receipt, seen, subject,
};
use super::order_changes::{
    About, Act, Told, back_lines, back_words, draft, method_words, not_done, refusal, terms,
};
use super::words::Words;
use super::{ConfirmTool, Proposal, ToolContext, ToolError, ToolOutput};
use crate::domain::evidence::{Fact, FactValue};
use crate::domain::ids::IdempotencyKey;
use crate::domain::limits::ORDER_LINES_SHOWN_MAX;
use crate::domain::order::CancelReason;
use crate::shop::changes::cancel::{self, Decision};

static WORDS: LazyLock<Words> =
    LazyLock::new(|| Words::embedded(include_str!("../../prompts/reply/cancel_order.toml")));

pub struct CancelOrder;

/// Arguments of `cancel_order`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// The number of the order.
    order_number: String,
    /// Why it is cancelled, by the shopper's own words; unknown when they gave no reason.
    reason: CancelReason,
}

impl ConfirmTool for CancelOrder {
    const NAME: &'static str = "cancel_order";
    type Args = Args;
    type Resolved = Decision;

    async fn propose(
        &self,
        context: &ToolContext<'_>,
        args: Args,
    ) -> Result<Proposal<Decision>, ToolError> {
        let order = own_order(context, &args.order_number).await?;
        let terms = terms(context, &order).await?;
        let now = seen(context, &order, Vec::new()).await?;
        let decision = cancel::decide(&now, &terms, args.reason)
            .map_err(|why| refusal(&order, &terms, Act::Cancel, &why))?;
        let would = cancel::change(&now, &decision, draft(context, Self::NAME, &now));
        let raised = needs_agent(context, &now, &would.receipt.moves);
        told(&decision, "ask").proposal(decision, raised)
    }

    async fn execute(
        &self,
        context: &ToolContext<'_>,
        resolved: Decision,
        key: &IdempotencyKey,
    ) -> Result<ToolOutput, ToolError> {
        let order = own_order(context, resolved.order.as_str()).await?;
        let terms = terms(context, &order).await?;
        let subject = subject(context, &order, Vec::new());
        let (judged, reason) = (terms.clone(), resolved.reason);
        let (now_ms, its_key) = (context.clock.now_ms(), key.clone());
        let came = carry_out(
            context,
            key,
            Self::NAME,
            subject,
            resolved,
            move |now| cancel::decide(now, &judged, reason),
            move |now, decision: &Decision| {
                let receipt = receipt(&its_key, Self::NAME, now, now_ms, decision, Vec::new());
                cancel::change(now, decision, receipt)
            },
        );
        match came.await? {
            Came::Done(receipt) => {
                let decision: Decision = decision(&receipt)?;
                told(&decision, "done").output(context, &receipt).await
            }
            Came::Not(why) => Err(not_done(&order, &terms, Act::Cancel, why)),
        }
    }
}

/// `key` is "ask" or "done".
fn told(decision: &Decision, key: &str) -> Told {
    let order = &reading_text(decision.order.as_str());
    let money = back_words(decision.back, &decision.parts, decision.days);
    let mut own = Map::new();
    own.insert("reason".to_owned(), decision.reason.words().into());
    Told {
        action: CancelOrder::NAME,
        title: WORDS.say("title", context! { order }),
        summary: WORDS.say(key, context! { order, money }),
        lines: lines(decision),
        pay: None,
        back: (decision.back.minor > 0).then_some(decision.back),
        method: method_words(&decision.parts),
        days: decision.days,
        own,
        facts: facts(decision),
        order: Some(decision.order.clone()),
    }
}

fn lines(decision: &Decision) -> Vec<String> {
    let shown = decision.lines.iter().take(ORDER_LINES_SHOWN_MAX);
    let mut lines: Vec<String> = shown
        .map(|line| {
            WORDS.say(
                "line",
                context! {
                    quantity => line.quantity,
                    title => reading_text(&line.title),
                    variant => variant(&line.color, &line.size),
                },
            )
        })
        .collect();
    let more = decision.lines.len().saturating_sub(ORDER_LINES_SHOWN_MAX);
    if more > 0 {
        lines.push(WORDS.say("more", context! { count => more }));
    }
    let reason = decision.reason.words();
    lines.push(WORDS.say("reason", context! { reason }));
    if decision.parts.is_empty() {
        lines.push(back_words(decision.back, &[], None));
    }
    lines.extend(back_lines(&decision.parts, decision.days));
    lines
}

fn facts(decision: &Decision) -> Vec<Fact> {
    let numbers = decision.lines.iter().map(|line| line.line);
    let mut about = About::order(&decision.order, numbers);
    for line in decision.lines.iter().take(ORDER_LINES_SHOWN_MAX) {
        about.line(line.line, &line.title, &line.size, line.quantity);
    }
    about.add("refund", FactValue::Money(decision.back));
    about.money("refund_to", &decision.parts);
    about.days(decision.days);
    about.count("items", decision.lines.len());
    about.facts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{OrderNumber, Sku};
    use crate::domain::money::{Currency, Money};
    use crate::shop::changes::cancel::Line;

    /// A huge order is told by its first lines and the number of the others.
    #[test]
    fn lines_beyond_those_shown_are_counted() {
        let line = |line| Line {
            line,
            sku: Sku::new("s"),
            title: "Tor Hat".into(),
            color: String::new(),
            size: String::new(),
            quantity: 1,
        };
        let shown = u32::try_from(ORDER_LINES_SHOWN_MAX).expect("few");
        let decision = Decision {
            order: OrderNumber::new("10482"),
            reason: CancelReason::Unknown,
            lines: (1..=shown + 3).map(line).collect(),
            back: Money::zero(Currency::EUR),
            parts: Vec::new(),
            days: None,
            policy: "order-changes 2024-01".into(),
        };
        let told = told(&decision, "ask");
        assert_eq!(told.lines[0], "Not sent: 1 × Tor Hat");
        assert!(told.lines.contains(&"Not sent: 3 more".to_owned()));
        assert!(told.lines.contains(&"Reason: no reason given".to_owned()));
        assert!(
            told.lines
                .contains(&"There is nothing to pay back.".to_owned())
        );
    }
}
