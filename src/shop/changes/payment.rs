//! Another way to pay an order that has not been sent: the new one pays what is due in full, and all
//! that was paid before goes back to where it came from.

use serde::{Deserialize, Serialize};

use super::paying::{covers, named, ways};
use super::{Refusal, Terms, open, order};
use crate::domain::effect::Receipt;
use crate::domain::ids::OrderNumber;
use crate::domain::money::Money;
use crate::domain::order::{Changed, MoneyWhy, Order, OrderChange};
use crate::shop::before::Before;
use crate::shop::books::{self, Part, Problem};
use crate::store::effects::{AsItIs, Change};

/// What is charged, and what goes back where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    pub order: OrderNumber,
    pub charge: Part,
    pub back: Vec<Part>,
    /// Working days until all of it is back; `None` when all of it is at once.
    pub days: Option<u32>,
    pub policy: String,
}

/// May the order be paid that way instead?
pub fn decide(now: &AsItIs, terms: &Terms, method: &str) -> Result<Decision, Refusal> {
    let order = order(now)?;
    possible(order, terms)?;
    let problem = |problem| Err(Refusal::Pay(problem));
    let due = Money::new(order.due_minor(), order.currency);
    let ways = ways(now, order);
    let method = named(&ways, method).map_err(Refusal::Pay)?;
    if matches!(books::left(order, Before::default()).as_slice(), [only] if only.is(method)) {
        return problem(Problem::Same);
    }
    let back = books::all_back(order);
    // Books that do not add up would have the shopper pay more, or less, than goes back.
    if !order.payments.is_empty() && books::sum(order, &back) != due {
        return problem(Problem::Books);
    }
    if books::other_currency(now, &back) {
        return problem(Problem::OtherCurrency);
    }
    let same_card = back.iter().filter(|part| part.id == method.id);
    let added = same_card.map(|part| part.amount.minor).sum();
    covers(method, due, Money::new(added, order.currency)).map_err(Refusal::Pay)?;
    Ok(Decision {
        order: order.number.clone(),
        charge: Part::of(method, due),
        days: books::days(&back, terms.rules.refund_days),
        back,
        policy: terms.policy.clone(),
    })
}

/// Can the way to pay be changed at all?
pub fn possible(order: &Order, terms: &Terms) -> Result<(), Refusal> {
    open(order, terms)?;
    let changes = order.history.changes.iter();
    let before = changes
        .filter(|change| change.what == Changed::Payment)
        .count();
    if let Some(most) = terms.rules.payment_changes_max
        && before >= usize::try_from(most).unwrap_or(usize::MAX)
    {
        return Err(Refusal::Pay(Problem::Enough(most)));
    }
    if order.due_minor() <= 0 {
        return Err(Refusal::Pay(Problem::NothingDue));
    }
    Ok(())
}

/// What a decision comes to.
pub fn change(now: &AsItIs, decision: &Decision, receipt: Receipt) -> Change {
    let mut change = Change::new(receipt);
    let Some(mut order) = now.order.clone() else {
        return change;
    };
    let money = (decision.back.as_slice(), Some(&decision.charge));
    let why = MoneyWhy::PaymentChanged;
    books::book(&mut change, &mut order, money, why);
    order.history.changes.push(OrderChange {
        at_ms: change.receipt.at_ms,
        what: Changed::Payment,
    });
    change.order = Some(order);
    change
}
