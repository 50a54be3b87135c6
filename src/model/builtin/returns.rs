//! Collecting a return: which order, which items, why; then `start_return`. Asks for one missing
//! thing at a time and for none a third time.

use serde_json::{Value, json};

use super::dialogue::{Dialogue, Look, Step};
use super::exchanging::put;
use super::items::{self, Choice, Chosen};
use super::results::{Order, Outcome, Proposed};
use super::understand::{Frame, OrderRef, Wish};
use super::ways::Ways;
use crate::domain::bundle::HandOffReason;
use crate::domain::returns::ReturnReason;

/// Questions of one kind in a row; after that a person helps.
const ASKS_MAX: u32 = 2;

impl Dialogue<'_> {
    pub fn return_items(&self, wish: &Wish) -> Step {
        let Some(frame) = &wish.frame else {
            return Step::Say(self.say("clarify", json!({})));
        };
        let of_order = |arguments: &Value| match &frame.order {
            // One of several: each has an outcome of its own.
            OrderRef::Number(number) if wish.found.orders.len() == 1 => {
                arguments["order_number"] == **number
            }
            _ => true,
        };
        if let Some(outcome) = self.talk.done("start_return", of_order) {
            return Step::Say(self.outcome(outcome));
        }
        let order = match self.order_of(wish, frame) {
            Look::Found(order) => order,
            Look::Not(step) => return step,
        };
        let meant = self.meant_before(order);
        match items::choose(order, &frame.parts, &meant) {
            Choice::Lines(chosen) => self.with_items(wish, frame, order, &chosen),
            Choice::Unclear(lines) => self.ask_item(wish, order, &lines),
            Choice::NotInOrder => self.elsewhere(wish, frame, order),
            Choice::Nothing => self.without_items(wish, frame, order, &meant),
        }
    }

    /// No item is named: it is clear only when there is one, or when one is being talked about.
    fn without_items(&self, wish: &Wish, frame: &Frame, order: &Order, meant: &[u32]) -> Step {
        let reason = frame.parts.iter().find_map(|part| part.reason);
        let quantity = frame.parts.iter().find_map(|part| part.quantity);
        let with = |line: &u32| Chosen {
            line: *line,
            quantity,
            reason,
        };
        if !meant.is_empty() && self.talk.now.proposal_open {
            let chosen: Vec<Chosen> = meant.iter().map(with).collect();
            return self.with_items(wish, frame, order, &chosen);
        }
        if !is_shops_fault(reason) && !order.items.iter().any(|item| item.can_return) {
            return self.nothing_returnable(wish, order);
        }
        match order.items.as_slice() {
            [only] => self.with_items(wish, frame, order, &[with(&only.line)]),
            _ => self.ask_item(wish, order, &[]),
        }
    }

    /// A return needs titles and lines, which do not go stale: an order known from an earlier turn
    /// is not looked up again.
    fn order_of(&self, wish: &Wish, frame: &Frame) -> Look<'_> {
        let memory = &self.talk.memory;
        let number = match &frame.order {
            OrderRef::Number(number) => Some(number.as_str()),
            OrderRef::Focus => memory.focus.as_deref(),
            OrderRef::Other | OrderRef::Month(_) => None,
        };
        let looked_up = self
            .talk
            .turn
            .done
            .iter()
            .any(|done| done.tool == "lookup_order");
        if let Some(order) = number.and_then(|number| memory.order(number))
            && !looked_up
            && self.talk.now.signed_in
        {
            return Look::Found(order);
        }
        self.find(&frame.order, &wish.found, None)
    }

    /// Lines of the proposal that is being talked about.
    fn meant_before(&self, order: &Order) -> Vec<u32> {
        let proposed = self.talk.memory.proposal.as_ref();
        proposed
            .filter(|proposed| proposed.order_number == order.order_number)
            .map(|proposed| proposed.items.iter().map(|item| item.line).collect())
            .unwrap_or_default()
    }

    fn with_items(&self, wish: &Wish, frame: &Frame, order: &Order, chosen: &[Chosen]) -> Step {
        let lines: Vec<u32> = chosen.iter().map(|one| one.line).collect();
        let items = order.titles(&lines);
        // Only the tool knows what a fault changes; it is asked whenever one is named.
        let blocked = chosen
            .iter()
            .filter(|one| !is_shops_fault(one.reason))
            .filter_map(|one| order.item(one.line))
            .find(|item| !item.can_return);
        if let Some(item) = blocked {
            let fresh = match self.find(
                &OrderRef::Number(order.order_number.clone()),
                &wish.found,
                None,
            ) {
                Look::Found(order) => order,
                Look::Not(step) => return step,
            };
            if !fresh.items.iter().any(|item| item.can_return) && item.why_not.is_none() {
                return self.nothing_returnable(wish, fresh);
            }
            if fresh.item(item.line).is_some_and(|item| !item.can_return) {
                let why = item.why_not.as_deref().unwrap_or("").trim_end_matches('.');
                let data = json!({ "items": item.title, "n": fresh.order_number, "why": why });
                return Step::Say(self.say(
                    if why.is_empty() {
                        "cannot_return_item"
                    } else {
                        "cannot_return"
                    },
                    data,
                ));
            }
        }
        let reasonless = chosen.iter().any(|one| one.reason.is_none());
        if reasonless && !frame.no_reason && self.talk.memory.asked_reason < ASKS_MAX {
            return Step::Say(self.say(
                "ask_reason",
                json!({ "items": items, "n": order.order_number }),
            ));
        }
        if !self.has("start_return") {
            return Step::Say(self.say("no_tool", json!({})));
        }
        Step::Call(
            "start_return",
            arguments(order, chosen, &self.ways(frame, order)),
        )
    }

    /// A present is another person's order: a customer's own goes back the way it was paid.
    fn ways(&self, frame: &Frame, order: &Order) -> Ways {
        let proved = self.proved_order().as_deref() == Some(order.order_number.as_str());
        if self.is_customer() && !proved {
            return Ways {
                refund_to: frame.ways.refund_to,
                ..Ways::default()
            };
        }
        frame.ways.clone()
    }

    fn ask_item(&self, wish: &Wish, order: &Order, among: &[u32]) -> Step {
        let asked = self.talk.memory.asked_item;
        if asked >= ASKS_MAX {
            return self.hand_off(wish, HandOffReason::OutOfScope);
        }
        // Also what cannot go back is listed: a fault may change that.
        let every: Vec<u32> = order.items.iter().map(|item| item.line).collect();
        let lines = if among.is_empty() {
            every
        } else {
            among.to_vec()
        };
        let key = if asked > 0 {
            "ask_item_again"
        } else {
            "ask_item"
        };
        Step::Say(self.say(
            key,
            json!({ "items": described(order, &lines), "n": order.order_number }),
        ))
    }

    /// What is named may be in another order of the customer.
    fn elsewhere(&self, wish: &Wish, frame: &Frame, order: &Order) -> Step {
        let named = matches!(frame.order, OrderRef::Number(_));
        let other = order
            .other_orders
            .iter()
            .find(|other| items::may_hold(&other.items, &frame.parts));
        if let (false, Some(other)) = (named, other) {
            match self.find(
                &OrderRef::Number(other.order_number.clone()),
                &wish.found,
                None,
            ) {
                Look::Found(found) => {
                    if let Choice::Lines(chosen) = items::choose(found, &frame.parts, &[]) {
                        return self.with_items(wish, frame, found, &chosen);
                    }
                }
                Look::Not(step @ Step::Call(..)) => return step,
                Look::Not(_) => {}
            }
        }
        if !named && !order.items.iter().any(|item| item.can_return) {
            return self.nothing_returnable(wish, order);
        }
        if self.talk.memory.asked_item >= ASKS_MAX {
            return self.hand_off(wish, HandOffReason::OutOfScope);
        }
        let every: Vec<u32> = order.items.iter().map(|item| item.line).collect();
        let data = json!({ "items": described(order, &every), "n": order.order_number });
        Step::Say(self.say("not_in_order", data))
    }

    /// Nothing of the order can go back: says why, and asks about a delivered one if there is one.
    fn nothing_returnable(&self, wish: &Wish, order: &Order) -> Step {
        let order = match self.find(
            &OrderRef::Number(order.order_number.clone()),
            &wish.found,
            None,
        ) {
            Look::Found(order) => order,
            Look::Not(step) => return step,
        };
        let other = order
            .other_orders
            .iter()
            .find(|other| other.status == "delivered");
        let done = matches!(
            order.status.as_str(),
            "delivered" | "returned" | "cancelled"
        );
        let can = json!({
            "change_or_cancel": order.can("change_or_cancel").or(order.can("cancel")).is_some(),
        });
        let mut data = json!({ "order": order, "n": order.order_number, "can": can, "done": done });
        let why = order.items.iter().find_map(|item| item.why_not.clone());
        if let (Some(why), "delivered") = (why, order.status.as_str()) {
            data["why"] = why.trim_end_matches('.').into();
            data["items"] = order
                .titles(&order.items.iter().map(|item| item.line).collect::<Vec<_>>())
                .into();
            return Step::Say(self.say("cannot_return", data));
        }
        match other {
            Some(other) if wish.found.orders.is_empty() => {
                data["m"] = other.order_number.as_str().into();
                Step::Say(self.say("cannot_return_other", data))
            }
            _ => Step::Say(self.say("cannot_return_status", data)),
        }
    }

    fn outcome(&self, outcome: &Outcome) -> String {
        match outcome {
            Outcome::Proposed(proposed) => self.proposed(proposed),
            Outcome::Refused(words) => self.refused(words, "refused_return"),
            _ => self.say("broken", json!({})),
        }
    }

    pub fn proposed(&self, proposed: &Proposed) -> String {
        let titles: Vec<String> = proposed
            .items
            .iter()
            .map(|item| {
                if item.quantity > 1 {
                    format!("{} × {}", item.quantity, item.title)
                } else {
                    item.title.clone()
                }
            })
            .collect();
        let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
        let costs = proposed.refund.fee.chars().any(|c| matches!(c, '1'..='9'));
        let data = json!({
            "p": proposed,
            "n": proposed.order_number,
            "items": super::results::listed(&titles, "and"),
            "fee": costs,
        });
        self.say("proposed", data)
    }
}

/// Whose fault a return is decides who pays for it; the dated rules themselves are the tool's.
pub fn is_shops_fault(reason: Option<ReturnReason>) -> bool {
    matches!(
        reason,
        Some(ReturnReason::Defective | ReturnReason::WrongItem | ReturnReason::NotAsDescribed)
    )
}

fn arguments(order: &Order, chosen: &[Chosen], ways: &Ways) -> Value {
    let items: Vec<Value> = chosen
        .iter()
        .map(|one| {
            let mut item =
                json!({ "line": one.line, "reason": one.reason.unwrap_or(ReturnReason::Unknown) });
            if let Some(quantity) = one.quantity {
                item["quantity"] = quantity.into();
            }
            item
        })
        .collect();
    let mut call = json!({ "order_number": order.order_number, "items": items });
    put(&mut call, "refund_to", ways.refund_to.map(|to| json!(to)));
    put(&mut call, "gift", ways.gift.then_some(Value::Bool(true)));
    let email = ways.gift_email.as_deref();
    put(&mut call, "gift_email", email.map(Value::from));
    call
}

/// Titles for a question; colours tell apart what has the same title.
pub fn described(order: &Order, lines: &[u32]) -> String {
    let items: Vec<_> = lines.iter().filter_map(|line| order.item(*line)).collect();
    let words: Vec<String> = items
        .iter()
        .map(|item| {
            let twin = items
                .iter()
                .any(|other| other.line != item.line && other.title == item.title);
            match &item.color {
                Some(color) if twin => format!("{} in {color}", item.title),
                _ => item.title.clone(),
            }
        })
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    super::results::listed(&words, "or")
}
