//! Looking an order up: the one that is meant, for whoever may see it.

use serde_json::{Map, Value, json};

use super::dialogue::{Dialogue, Look, Step};
use super::entities::Found;
use super::results::{Order, Outcome};
use super::understand::OrderRef;
use crate::domain::bundle::HandOffReason;

impl Dialogue<'_> {
    /// The order that is meant, as a lookup of this turn shows it.
    pub fn find(&self, wanted: &OrderRef, found: &Found, prefer: Option<&str>) -> Look<'_> {
        let memory = &self.talk.memory;
        match wanted {
            OrderRef::Number(number) => self.fetch(Some(number)),
            OrderRef::Focus => {
                let first = self.fetch(memory.focus.as_deref());
                match (&first, prefer) {
                    (Look::Found(order), Some(status))
                        if order.status != status && found.orders.is_empty() =>
                    {
                        let other = order
                            .other_orders
                            .iter()
                            .find(|other| other.status == status);
                        other.map_or(first, |other| self.fetch(Some(&other.order_number)))
                    }
                    _ => first,
                }
            }
            OrderRef::Other | OrderRef::Month(_) => match self.fetch(memory.focus.as_deref()) {
                Look::Found(order) => self.another(order, wanted),
                not => not,
            },
        }
    }

    fn another<'b>(&'b self, from: &'b Order, wanted: &OrderRef) -> Look<'b> {
        let others = &from.other_orders;
        let other = match wanted {
            OrderRef::Month(month) => {
                if from.placed.to_lowercase().contains(month) {
                    return Look::Found(from);
                }
                others
                    .iter()
                    .find(|other| other.placed.to_lowercase().contains(month))
            }
            // One that was not spoken of yet, else the newest.
            _ => others
                .iter()
                .find(|other| self.talk.memory.order(&other.order_number).is_none())
                .or(others.first()),
        };
        match other {
            Some(other) => self.fetch(Some(&other.order_number)),
            None => Look::Not(Step::Say(
                self.say("only_order", json!({ "n": from.order_number })),
            )),
        }
    }

    /// Looks an order up once per turn; without a number, the customer's latest.
    fn fetch(&self, number: Option<&str>) -> Look<'_> {
        if let Some(step) = self.ask_who(number) {
            return Look::Not(step);
        }
        // A proof of one order shows that order.
        let proved = self.proved_order();
        let number = number.or(proved.as_deref());
        if !self.has("lookup_order") {
            return Look::Not(Step::Say(self.say("no_tool", json!({}))));
        }
        let same =
            |arguments: &Value| arguments.get("order_number").and_then(Value::as_str) == number;
        let by_number = || {
            self.talk
                .turn
                .done
                .iter()
                .find_map(|done| match &done.outcome {
                    Outcome::Order(order) if Some(order.order_number.as_str()) == number => {
                        Some(&**order)
                    }
                    _ => None,
                })
        };
        if let Some(order) = by_number() {
            return Look::Found(order);
        }
        match self.talk.done("lookup_order", same) {
            Some(Outcome::Order(order)) => Look::Found(order),
            Some(Outcome::Refused(words)) => Look::Not(Step::Say(self.refused(
                words,
                if number.is_some() {
                    "refused_order"
                } else {
                    "refused_any"
                },
            ))),
            Some(_) => Look::Not(Step::Say(self.say("broken", json!({})))),
            None => {
                let mut arguments = Map::new();
                if let Some(number) = number {
                    arguments.insert("order_number".into(), number.into());
                }
                Look::Not(Step::Call("lookup_order", arguments.into()))
            }
        }
    }

    /// What to do before an order may be looked up; nothing for somebody who is known.
    fn ask_who(&self, number: Option<&str>) -> Option<Step> {
        if self.is_proved() {
            return None;
        }
        if !self.has("verify_identity") || !self.has("lookup_order") {
            return Some(self.ask_to_sign_in());
        }
        let wish = self.wishes().into_iter().next()?;
        self.prove(&wish, number)
    }

    fn ask_to_sign_in(&self) -> Step {
        match self.talk.memory.sign_ins {
            0 => Step::Say(self.say("sign_in", json!({}))),
            1 => Step::Say(self.say("sign_in_again", json!({}))),
            _ => {
                let wish = self.wishes().swap_remove(0);
                self.hand_off(&wish, HandOffReason::ShopperAsked)
            }
        }
    }
}
