//! A whole order is cancelled before it is sent.

use serde::{Deserialize, Serialize};

use super::{Refusal, Terms, open, order};
use crate::domain::effect::Receipt;
use crate::domain::ids::{OrderNumber, Sku};
use crate::domain::money::Money;
use crate::domain::order::{CancelReason, Cancellation, MoneyWhy, OrderLine, OrderStatus};
use crate::shop::books::{self, Part};
use crate::store::effects::{AsItIs, Change};

/// What is cancelled, and what goes back where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    pub order: OrderNumber,
    pub reason: CancelReason,
    pub lines: Vec<Line>,
    /// Together; 0 for an order that nothing was paid of.
    pub back: Money,
    pub parts: Vec<Part>,
    /// Working days until all of it is back; `None` when all of it is at once.
    pub days: Option<u32>,
    pub policy: String,
}

/// A line that is not sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    pub line: u32,
    pub sku: Sku,
    pub title: String,
    pub color: String,
    pub size: String,
    pub quantity: u32,
}

/// May it be cancelled for that reason, and what goes back?
pub fn decide(now: &AsItIs, terms: &Terms, reason: CancelReason) -> Result<Decision, Refusal> {
    let order = order(now)?;
    open(order, terms)?;
    if let Some(allowed) = &terms.rules.cancel_reasons
        && !allowed.contains(&reason)
    {
        return Err(Refusal::Reason(allowed.clone()));
    }
    let parts = books::all_back(order);
    if books::other_currency(now, &parts) {
        return Err(Refusal::Pay(books::Problem::OtherCurrency));
    }
    Ok(Decision {
        order: order.number.clone(),
        reason,
        lines: order.lines.iter().map(Line::of).collect(),
        back: books::sum(order, &parts),
        days: books::days(&parts, terms.rules.refund_days),
        parts,
        policy: terms.policy.clone(),
    })
}

impl Line {
    fn of(line: &OrderLine) -> Self {
        Self {
            line: line.line,
            sku: line.sku.clone(),
            title: line.title.clone(),
            color: line.color.clone(),
            size: line.size.clone(),
            quantity: line.quantity,
        }
    }
}

/// What a decision comes to.
pub fn change(now: &AsItIs, decision: &Decision, receipt: Receipt) -> Change {
    let mut change = Change::new(receipt);
    let Some(mut order) = now.order.clone() else {
        return change;
    };
    let why = MoneyWhy::Cancelled;
    books::book(&mut change, &mut order, (&decision.parts, None), why);
    order.status = OrderStatus::Cancelled;
    order.history.cancelled = Some(Cancellation {
        at_ms: change.receipt.at_ms,
        reason: decision.reason,
    });
    let lines = order.lines.iter();
    change.put_back = lines
        .map(|line| (line.sku.clone(), line.quantity))
        .collect();
    change.order = Some(order);
    change
}
