//! Collecting an exchange: which order, which item, for which size or colour; then `exchange_items`.
//! While the order has not left the shop, its items are changed instead, by `change_items`.

use serde_json::{Value, json};

use super::dialogue::{Dialogue, Look, Step};
use super::items::Chosen;
use super::mending::Mending;
use super::plans::Plan;
use super::results::Order;
use super::told;
use super::understand::{OrderRef, Wish};
use crate::domain::bundle::HandOffReason;

const EXCHANGE: &str = "exchange_items";
const CHANGE: &str = "change_items";
/// Questions of one kind in a row; after that a person helps.
const ASKS_MAX: u32 = 2;

impl Dialogue<'_> {
    pub fn exchange(&self, wish: &Wish, plan: &Plan) -> Step {
        let Some(mending) = &wish.mending else {
            return self.look_up(wish, plan);
        };
        if !self.has(EXCHANGE) {
            return self.look_up(wish, plan);
        }
        for tool in [EXCHANGE, CHANGE] {
            if let Some(outcome) = self.talk.done(tool, |_| true) {
                return Step::Say(self.action_outcome(outcome));
            }
        }
        if let Some(step) = self.prove_account(wish) {
            return step;
        }
        let order = match self.order_for(mending, wish, None) {
            Look::Found(order) => order,
            Look::Not(step) => return step,
        };
        let changes = order.can(CHANGE).is_some() && self.has(CHANGE);
        if !changes
            && !order.was_delivered()
            && mending.order == OrderRef::Focus
            && let Some(step) = self.other_delivered(order)
        {
            return step;
        }
        match self.lines_for(wish, mending, order, "ask_exchange_item") {
            Ok((order, chosen)) => self.with_variant(wish, mending, order, &chosen),
            Err(step) => step,
        }
    }

    /// Another order that came, when the newest has not.
    fn other_delivered(&self, order: &Order) -> Option<Step> {
        let other = order
            .other_orders
            .iter()
            .find(|other| other.status == "delivered");
        let data = |m: &str| json!({ "order": order, "n": order.order_number, "m": m });
        other.map(|other| {
            let data = data(&other.order_number);
            Step::Say(self.say("exchange_other_order", data))
        })
    }

    fn with_variant(
        &self,
        wish: &Wish,
        mending: &Mending,
        order: &Order,
        chosen: &[Chosen],
    ) -> Step {
        // What has not left the shop is changed; what has come is exchanged.
        let changes = order.can(CHANGE).is_some() && self.has(CHANGE);
        let can = |line: u32| {
            let open = order.can("exchange");
            changes || open.is_some_and(|can| can.items.is_empty() || can.items.contains(&line))
        };
        let possible = chosen.iter().all(|one| can(one.line));
        let variants: Vec<(Option<String>, Option<String>)> = chosen
            .iter()
            .map(|one| variant(mending, order, one))
            .collect();
        let told = variants
            .iter()
            .all(|(size, color)| size.is_some() || color.is_some());
        // What cannot be exchanged at all is not asked about: the tool says why.
        if !told && possible {
            if self.talk.memory.asked_wanted >= ASKS_MAX {
                return self.hand_off(wish, HandOffReason::OutOfScope);
            }
            let lines: Vec<u32> = chosen.iter().map(|one| one.line).collect();
            let again = self.talk.memory.asked_wanted > 0;
            let key = if again {
                "ask_wanted_again"
            } else {
                "ask_wanted"
            };
            return Step::Say(self.say(key, json!({ "items": order.titles(&lines) })));
        }
        let items: Vec<Value> = chosen
            .iter()
            .zip(variants)
            .map(|(one, (size, color))| {
                let mut item = json!({ "line": one.line });
                put(&mut item, "quantity", one.quantity.map(Value::from));
                put(&mut item, "size", size.map(Value::from));
                put(&mut item, "color", color.map(Value::from));
                item
            })
            .collect();
        let mut call = json!({ "order_number": order.order_number, "items": items });
        let method = mending.method.as_deref().map(|name| method(order, name));
        put(&mut call, "payment_method", method.map(Value::from));
        Step::Call(if changes { CHANGE } else { EXCHANGE }, call)
    }
}

/// Size and colour for one line; "one size up" is counted from what came.
fn variant(mending: &Mending, order: &Order, one: &Chosen) -> (Option<String>, Option<String>) {
    let item = order.item(one.line);
    let stepped = || {
        let size = item.and_then(|item| item.size.as_deref())?;
        told::next_size(size, mending.step?)
    };
    let size = mending.size.clone().or_else(stepped);
    (size, mending.color.clone())
}

/// The id of a way to pay where the order lists it; else as the shopper calls it.
pub fn method(order: &Order, name: &str) -> String {
    let plain = name.to_lowercase();
    let mut fits = order.payment_methods.iter().filter(|method| {
        method.name.to_lowercase().contains(&plain) || method.id.to_lowercase().contains(&plain)
    });
    match (fits.next(), fits.next()) {
        (Some(one), None) => one.id.clone(),
        _ => name.to_owned(),
    }
}

pub fn put(into: &mut Value, name: &str, value: Option<Value>) {
    if let Some(value) = value {
        into[name] = value;
    }
}
