//! `change_payment`: an order that has not been packed is paid another way. The call only proposes.

use std::sync::LazyLock;

use minijinja::context;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Map;

use super::lookup_order::reading_text;
use super::order_action::{
    Came, carry_out, decision, needs_agent, own_order, receipt, seen, subject,
};
use super::order_changes::{
    About, Act, Told, back_lines, back_words, draft, not_done, refusal, terms,
};
use super::words::Words;
use super::{ConfirmTool, Proposal, ToolContext, ToolError, ToolOutput};
use crate::domain::evidence::{Fact, FactValue};
use crate::domain::ids::IdempotencyKey;
use crate::domain::money::Money;
use crate::shop::changes::payment::{self, Decision};

static WORDS: LazyLock<Words> =
    LazyLock::new(|| Words::embedded(include_str!("../../prompts/reply/change_payment.toml")));

pub struct ChangePayment;

/// Arguments of `change_payment`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// The number of the order.
    order_number: String,
    /// The new way to pay: its id or name as lookup_order lists them.
    payment_method: String,
}

/// What the shopper says yes to, and the way to pay as it was named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolved {
    decision: Decision,
    method: String,
}

impl ConfirmTool for ChangePayment {
    const NAME: &'static str = "change_payment";
    type Args = Args;
    type Resolved = Resolved;

    async fn propose(
        &self,
        context: &ToolContext<'_>,
        args: Args,
    ) -> Result<Proposal<Resolved>, ToolError> {
        let order = own_order(context, &args.order_number).await?;
        let terms = terms(context, &order).await?;
        let now = seen(context, &order, Vec::new()).await?;
        let decision = payment::decide(&now, &terms, &args.payment_method)
            .map_err(|why| refusal(&order, &terms, Act::Change, &why))?;
        let would = payment::change(&now, &decision, draft(context, Self::NAME, &now));
        let raised = needs_agent(context, &now, &would.receipt.moves);
        // The name may fit another one by the time of the yes; the id does not.
        let method = decision.charge.id.to_string();
        told(&decision, "ask").proposal(Resolved { decision, method }, raised)
    }

    async fn execute(
        &self,
        context: &ToolContext<'_>,
        resolved: Resolved,
        key: &IdempotencyKey,
    ) -> Result<ToolOutput, ToolError> {
        let order = own_order(context, resolved.decision.order.as_str()).await?;
        let terms = terms(context, &order).await?;
        let (judged, method) = (terms.clone(), resolved.method);
        let (now_ms, its_key) = (context.clock.now_ms(), key.clone());
        let came = carry_out(
            context,
            key,
            Self::NAME,
            subject(context, &order, Vec::new()),
            resolved.decision,
            move |now| payment::decide(now, &judged, &method),
            move |now, decision: &Decision| {
                let receipt = receipt(&its_key, Self::NAME, now, now_ms, decision, Vec::new());
                payment::change(now, decision, receipt)
            },
        );
        match came.await? {
            Came::Done(receipt) => {
                let decision: Decision = decision(&receipt)?;
                told(&decision, "done").output(context, &receipt).await
            }
            Came::Not(why) => Err(not_done(&order, &terms, Act::Change, why)),
        }
    }
}

/// `key` is "ask" or "done".
fn told(decision: &Decision, key: &str) -> Told {
    let order = &reading_text(decision.order.as_str());
    let charge = &decision.charge;
    let method = &reading_text(&charge.words());
    let amount = &charge.amount.to_string();
    let together = decision.back.iter().map(|part| part.amount.minor).sum();
    let together = Money::new(together, charge.amount.currency);
    let back = (!decision.back.is_empty()).then_some(together);
    let money = back.map(|together| back_words(together, &decision.back, decision.days));
    let mut lines = vec![WORDS.say("line", context! { amount, method })];
    lines.extend(back_lines(&decision.back, decision.days));
    Told {
        action: ChangePayment::NAME,
        order: Some(decision.order.clone()),
        title: WORDS.say("title", context! { order }),
        summary: WORDS.say(key, context! { order, method, amount, money }),
        lines,
        pay: Some(charge.amount),
        back,
        method: Some(method.clone()),
        days: decision.days,
        own: Map::new(),
        facts: facts(decision),
    }
}

fn facts(decision: &Decision) -> Vec<Fact> {
    let mut about = About::order(&decision.order, []);
    let charge = &decision.charge;
    about.add("charge", FactValue::Money(charge.amount));
    about.method(&charge.method);
    about.money("refund_to", &decision.back);
    about.days(decision.days);
    about.count("payments", 1);
    about.facts
}
