//! The payments and refunds of an order as the set writes them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::domain::ids::PaymentMethodId;
use crate::domain::order::{Changed, MoneyWhy, Order};
use crate::shop::methods;

/// One entry of the history of payments.
#[derive(Clone, Debug, PartialEq)]
struct Entry {
    at_ms: i64,
    refund: bool,
    minor: i64,
    method: Option<PaymentMethodId>,
}

impl Entry {
    fn written(&self) -> Value {
        let kind = if self.refund { "refund" } else { "payment" };
        json!({
            "transaction_type": kind, "amount": amount(self.minor), "payment_method_id": self.method
        })
    }
}

/// In order of time; what was paid at once with a refund stands before it.
pub fn payment_history(order: &Order) -> Vec<Value> {
    let (mut entries, mut undone) = (Vec::new(), Vec::new());
    for paid in &order.payments {
        entries.push(Entry {
            at_ms: paid.at_ms,
            refund: false,
            minor: paid.amount.minor,
            method: Some(methods::id_of(paid)),
        });
    }
    for back in &order.history.refunds {
        let entry = Entry {
            at_ms: back.at_ms,
            refund: true,
            minor: back.amount.minor,
            method: back.method_id.clone(),
        };
        match back.why {
            MoneyWhy::Cancelled => undone.push(entry),
            _ => entries.push(entry),
        }
    }
    entries.extend(free_changes(order));
    entries.sort_by_key(|entry| entry.at_ms);
    let undone = cancelled(&entries, undone);
    let all = entries.iter().chain(&undone);
    all.map(Entry::written).collect()
}

/// A change of items that costs nothing moves no money with us; the set writes a refund of 0.
fn free_changes(order: &Order) -> impl Iterator<Item = Entry> {
    let changes = order.history.changes.iter();
    changes.filter_map(|one| match &one.what {
        Changed::Items {
            difference,
            method_id,
            ..
        } if difference.minor == 0 => Some(Entry {
            at_ms: one.at_ms,
            refund: true,
            minor: 0,
            method: method_id.clone(),
        }),
        _ => None,
    })
}

/// What a cancelled order pays back. The set writes a refund for every entry before it, also for
/// those that are refunds themselves; with us it is what is left of the payments. Where ours is
/// that, way by way, it is written as the set does; where it is not, as it is.
fn cancelled(before: &[Entry], ours: Vec<Entry>) -> Vec<Entry> {
    let net = |entries: &[Entry], sign: fn(&Entry) -> i64| {
        let mut by_method: BTreeMap<Option<PaymentMethodId>, i64> = BTreeMap::new();
        for entry in entries {
            *by_method.entry(entry.method.clone()).or_default() += sign(entry);
        }
        by_method.retain(|_, minor| *minor != 0);
        by_method
    };
    let kept = |entry: &Entry| {
        if entry.refund {
            -entry.minor
        } else {
            entry.minor
        }
    };
    let Some(at_ms) = ours.first().map(|entry| entry.at_ms) else {
        return ours;
    };
    if net(before, kept) != net(&ours, |entry| entry.minor) {
        return ours;
    }
    let each = before.iter().cloned();
    each.map(|entry| Entry {
        at_ms,
        refund: true,
        ..entry
    })
    .collect()
}

/// Minor units as the set writes amounts.
#[expect(clippy::cast_precision_loss, reason = "amounts are far below 2^53")]
pub fn amount(minor: i64) -> f64 {
    minor as f64 / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(refund: bool, minor: i64, method: &str) -> Entry {
        Entry {
            at_ms: 1,
            refund,
            minor,
            method: Some(PaymentMethodId::new(method)),
        }
    }

    /// Paid by card, then the way to pay was changed.
    fn changed() -> Vec<Entry> {
        vec![
            entry(false, 500, "card"),
            entry(false, 500, "paypal"),
            entry(true, 500, "card"),
        ]
    }

    #[test]
    fn a_cancelled_order_is_written_with_a_refund_for_every_entry() {
        let written = cancelled(&changed(), vec![entry(true, 500, "paypal")]);
        let refunds = [
            entry(true, 500, "card"),
            entry(true, 500, "paypal"),
            entry(true, 500, "card"),
        ];
        assert_eq!(written, refunds);
        let simple = vec![entry(false, 500, "card")];
        let refund = vec![entry(true, 500, "card")];
        assert_eq!(cancelled(&simple, refund.clone()), refund);
        assert!(cancelled(&simple, Vec::new()).is_empty());
    }

    #[test]
    fn money_that_went_elsewhere_is_not_written_away() {
        for wrong in [
            vec![entry(true, 500, "card")],
            vec![entry(true, 499, "paypal")],
            vec![entry(true, 500, "paypal"), entry(true, 500, "card")],
        ] {
            assert_eq!(cancelled(&changed(), wrong.clone()), wrong);
        }
    }
}
