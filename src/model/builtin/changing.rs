//! Cancelling and changing an order that is not sent yet: the order first, then what is missing, one
//! thing at a time and none a third time; then the tool of it, whose words say what will happen.

use serde_json::{Map, Value, json};

use super::changes::{Changes, Edit};
use super::dialogue::{Dialogue, Look, Step};
use super::items::{self, Choice};
use super::plans::Plan;
use super::results::Order;
use super::understand::{OrderRef, Wish};
use crate::domain::bundle::HandOffReason;

/// Questions in a row about one change; after that a person helps.
const ASKS_MAX: u32 = 2;
/// An order of this status is meant where none is named.
const OPEN_STATUS: &str = "processing";
const CANCEL: &str = "cancel_order";
const ADDRESS: &str = "change_address";
const ITEMS: &str = "change_items";
const PAYMENT: &str = "change_payment";

/// A change that is being collected.
struct Collecting<'a> {
    wish: &'a Wish,
    changes: &'a Changes,
    tool: &'static str,
    order: &'a Order,
    /// What of an order cannot be changed any more, in words.
    act: &'a str,
}

impl Dialogue<'_> {
    pub fn change(&self, wish: &Wish, plan: &'static Plan) -> Step {
        let (Some(changes), Some(tool)) = (&wish.change, plan.tool.as_deref()) else {
            return Step::Say(self.say("clarify", json!({})));
        };
        if let Some(outcome) = self.talk.done(tool, |_| true) {
            return Step::Say(self.action_outcome(outcome));
        }
        if let Some(step) = self.prove_customer(wish) {
            return step;
        }
        if changes.own && tool == ADDRESS {
            return self.own_address(wish, changes);
        }
        let order = match self.order_to_change(wish, changes) {
            Look::Found(order) => order,
            Look::Not(step) => return step,
        };
        let collecting = Collecting {
            wish,
            changes,
            tool,
            order,
            act: &plan.act,
        };
        self.collect(&collecting)
    }

    /// The order that is named or was spoken of; else the latest that is not packed yet.
    fn order_to_change(&self, wish: &Wish, changes: &Changes) -> Look<'_> {
        let memory = &self.talk.memory;
        let found = match &changes.order {
            OrderRef::Focus if memory.focus.is_none() => {
                self.find(&OrderRef::Focus, &wish.found, Some(OPEN_STATUS))
            }
            order => self.find(order, &wish.found, None),
        };
        let Look::Found(order) = found else {
            return found;
        };
        let asks = memory.focus.is_none() && changes.order == OrderRef::Focus;
        let mut others = order.other_orders.iter();
        let other = others.find(|other| other.status == OPEN_STATUS);
        match other.filter(|_| asks && order.status == OPEN_STATUS) {
            Some(other) => {
                let data = json!({ "n": order.order_number, "m": other.order_number });
                Look::Not(Step::Say(self.say("ask_which_order", data)))
            }
            None => Look::Found(order),
        }
    }

    fn collect(&self, of: &Collecting<'_>) -> Step {
        if !self.has(of.tool) {
            return Step::Say(self.say("no_tool", json!({})));
        }
        let number = json!(of.order.order_number);
        match of.tool {
            CANCEL => self.cancel(of),
            ADDRESS if of.changes.address.is_whole() => {
                let address = of.changes.address.arguments();
                Step::Call(
                    ADDRESS,
                    json!({ "order_number": number, "address": address }),
                )
            }
            ITEMS => self.items(of),
            PAYMENT => match self.method(of) {
                Some(method) => Step::Call(
                    PAYMENT,
                    json!({ "order_number": number, "payment_method": method }),
                ),
                None => self.ask_method(of),
            },
            _ => self.ask(of, "ask_address", of.order),
        }
    }

    /// "Cancel the belt" takes one item out; everything, or nothing named, is the order.
    fn cancel(&self, of: &Collecting<'_>) -> Step {
        let lines = chosen(of.order, &of.wish.found.parts, &[]);
        let named = of.changes.edits.iter().any(|edit| edit.remove);
        if named && !lines.is_empty() && lines.len() < of.order.items.len() && self.has(ITEMS) {
            if let Some(outcome) = self.talk.done(ITEMS, |_| true) {
                return Step::Say(self.action_outcome(outcome));
            }
            let gone = lines.iter().map(|line| removed(*line));
            let items: Vec<Value> = gone.collect();
            return self.call_items(of, items);
        }
        let reason = of
            .changes
            .reason
            .unwrap_or(crate::domain::order::CancelReason::Unknown);
        let number = &of.order.order_number;
        Step::Call(CANCEL, json!({ "order_number": number, "reason": reason }))
    }

    fn items(&self, of: &Collecting<'_>) -> Step {
        let edits = &of.changes.edits;
        if of.changes.adds && !edits.iter().any(Edit::has_target) {
            return Step::Say(self.say("change_add", json!({ "n": of.order.order_number })));
        }
        if edits.is_empty() {
            return self.ask(of, "ask_change", of.order);
        }
        let mut items = Vec::new();
        for edit in edits {
            let lines = match items::choose(of.order, std::slice::from_ref(&edit.part), &[]) {
                Choice::Lines(lines) => lines.iter().map(|one| one.line).collect(),
                Choice::Nothing if of.order.items.len() == 1 => vec![of.order.items[0].line],
                Choice::NotInOrder => return self.ask(of, "change_not_in_order", of.order),
                Choice::Unclear(_) | Choice::Nothing => {
                    return self.ask(of, "ask_change_item", of.order);
                }
            };
            for line in lines {
                match self.item_argument(of, edit, line) {
                    Ok(item) => items.push(item),
                    Err(step) => return step,
                }
            }
        }
        self.call_items(of, items)
    }

    fn call_items(&self, of: &Collecting<'_>, items: Vec<Value>) -> Step {
        let mut arguments = Map::new();
        arguments.insert("order_number".into(), of.order.order_number.clone().into());
        arguments.insert("items".into(), items.into());
        arguments.insert("payment_method".into(), json!(self.method(of)));
        Step::Call(ITEMS, arguments.into())
    }

    /// A line as the tool wants it, or what to do first.
    fn item_argument(&self, of: &Collecting<'_>, edit: &Edit, line: u32) -> Result<Value, Step> {
        let has = of.order.item(line).map_or(1, |item| item.quantity.max(1));
        if !edit.has_target() {
            return Err(self.ask_variant(of, line));
        }
        let changes = edit.size.is_some() || edit.color.is_some();
        match edit.total {
            Some(total) if total > has => {
                let data = json!({ "n": of.order.order_number });
                return Err(Step::Say(self.say("change_add", data)));
            }
            Some(total) if total < has && !changes => {
                return Ok(json!({ "line": line, "quantity": has - total, "remove": true }));
            }
            Some(_) if !changes && !edit.remove => return Err(self.ask_variant(of, line)),
            _ => {}
        }
        let mut item = if edit.remove {
            removed(line)
        } else {
            json!({ "line": line })
        };
        for (name, value) in [("size", &edit.size), ("color", &edit.color)] {
            if let Some(value) = value {
                item[name] = value.as_str().into();
            }
        }
        if let Some(quantity) = edit.quantity {
            item["quantity"] = quantity.into();
        }
        Ok(item)
    }

    fn ask_variant(&self, of: &Collecting<'_>, line: u32) -> Step {
        let one = Order {
            items: of.order.item(line).cloned().into_iter().collect(),
            ..of.order.clone()
        };
        self.ask(of, "ask_variant", &one)
    }

    /// The id of the way to pay that is named, or the name as it stands: the tool knows better.
    fn method(&self, of: &Collecting<'_>) -> Option<String> {
        let named = of.changes.method.as_deref()?;
        let plain = named.to_lowercase();
        let mut fitting = of.order.payment_methods.iter().filter(|method| {
            let name = method.name.to_lowercase();
            name.contains(&plain) || method.id.to_lowercase().contains(&plain)
        });
        match (fitting.next(), fitting.next()) {
            (Some(only), None) => Some(only.id.clone()),
            _ => Some(named.to_owned()),
        }
    }

    fn ask_method(&self, of: &Collecting<'_>) -> Step {
        let names = of
            .order
            .payment_methods
            .iter()
            .map(|method| method.name.as_str());
        let names: Vec<&str> = names.collect();
        let key = if names.is_empty() {
            "ask_method_open"
        } else {
            "ask_method"
        };
        let methods = super::results::listed(&names, "or");
        self.ask_with(of, key, json!({ "methods": methods }))
    }

    /// One question; where the order can no longer be changed, that instead.
    fn ask(&self, of: &Collecting<'_>, key: &str, order: &Order) -> Step {
        let every: Vec<String> = order.items.iter().map(described).collect();
        let every: Vec<&str> = every.iter().map(String::as_str).collect();
        self.ask_with(
            of,
            key,
            json!({ "items": super::results::listed(&every, "or") }),
        )
    }

    fn ask_with(&self, of: &Collecting<'_>, key: &str, mut data: Value) -> Step {
        let action = if of.tool == CANCEL { "cancel" } else { of.tool };
        if of.order.can(action).is_none() {
            let plan = Plan {
                say: "change".to_owned(),
                act: of.act.to_owned(),
                ..super::plans::plan(&of.wish.intent)
                    .cloned()
                    .unwrap_or_else(Plan::empty)
            };
            return self.show_order(of.order, of.wish, &plan);
        }
        if self.talk.memory.asked_change >= ASKS_MAX {
            return self.hand_off(of.wish, HandOffReason::OutOfScope);
        }
        data["n"] = of.order.order_number.as_str().into();
        data["again"] = (self.talk.memory.asked_change > 0).into();
        Step::Say(self.say(key, data))
    }

    /// The customer's own address, of no order.
    fn own_address(&self, wish: &Wish, changes: &Changes) -> Step {
        if changes.address.is_whole() {
            let address = changes.address.arguments();
            return Step::Call(ADDRESS, json!({ "order_number": null, "address": address }));
        }
        if self.talk.memory.asked_change >= ASKS_MAX {
            return self.hand_off(wish, HandOffReason::OutOfScope);
        }
        let again = self.talk.memory.asked_change > 0;
        Step::Say(self.say("ask_own_address", json!({ "again": again })))
    }
}

fn chosen(order: &Order, parts: &[super::entities::Part], before: &[u32]) -> Vec<u32> {
    match items::choose(order, parts, before) {
        Choice::Lines(lines) => lines.iter().map(|one| one.line).collect(),
        _ => Vec::new(),
    }
}

fn removed(line: u32) -> Value {
    json!({ "line": line, "remove": true })
}

/// An item with what can be changed of it.
fn described(item: &super::results::Item) -> String {
    let variant: Vec<&str> = [&item.color, &item.size]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect();
    if variant.is_empty() {
        item.title.clone()
    } else {
        format!("{} ({})", item.title, variant.join(", "))
    }
}
