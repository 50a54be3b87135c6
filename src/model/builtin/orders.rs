//! What an order's lookup shows, in words: status, parcels, what can be done, refunds, slips.

use serde_json::{Map, Value, json};

use super::dialogue::{Dialogue, Look, Step};
use super::items::{self, Choice};
use super::plans::Plan;
use super::replies::Replies;
use super::results::{Order, Parcel, Returned};
use super::understand::{OrderRef, Wish};

impl Dialogue<'_> {
    pub fn look_up(&self, wish: &Wish, plan: &Plan) -> Step {
        match self.find(&wish.order, &wish.found, plan.prefer_status.as_deref()) {
            Look::Found(order) => self.show_order(order, wish, plan),
            Look::Not(step) => step,
        }
    }

    /// What a plan says of an order as it stands.
    pub fn show_order(&self, order: &Order, wish: &Wish, plan: &Plan) -> Step {
        let lost = order.parcels.iter().any(|parcel| parcel.status == "lost");
        if lost && plan.family == "delivery" {
            return Step::Say(self.say("lost", self.data(order, wish, plan)));
        }
        let status = order.status.replace(' ', "_");
        let keys = [
            format!("{}_{status}", plan.say),
            format!("{}_other", plan.say),
        ];
        let Some(key) = keys.iter().find(|key| Replies::get().has(key)) else {
            return Step::Say(self.say("status_other", self.data(order, wish, plan)));
        };
        let mut text = self.say(key, self.data(order, wish, plan));
        let under_way = !matches!(
            order.status.as_str(),
            "delivered" | "returned" | "cancelled" | "returned to sender"
        );
        if plan.say == "status" && order.is_late() && under_way {
            let late = order.parcels.iter().find(|parcel| parcel.late);
            let offer = self.say("offer_claim", json!({}));
            let key = if self.can_report(order, late) {
                "overdue_claim"
            } else {
                "overdue"
            };
            text.push(' ');
            text.push_str(&self.say(key, json!({ "n": order.order_number, "offer": offer })));
        }
        Step::Say(text)
    }

    pub fn data(&self, order: &Order, wish: &Wish, plan: &Plan) -> Value {
        let every: Vec<u32> = order.items.iter().map(|item| item.line).collect();
        let chosen = match items::choose(order, &wish.found.parts, &[]) {
            Choice::Lines(lines) => lines.iter().map(|one| one.line).collect(),
            // A report that names no item is about the order, unless that is one item.
            _ if plan.say == "problem" && every.len() > 1 => Vec::new(),
            _ => every,
        };
        let can: Map<String, Value> = order
            .can_do
            .iter()
            .map(|can| {
                (
                    can.action.clone(),
                    json!({ "until": can.until, "from": can.from }),
                )
            })
            .collect();
        json!({
            "order": order,
            "n": order.order_number,
            "items": order.titles(&chosen),
            "act": plan.act,
            "can": can,
            "why": order.items.iter().find_map(|item| item.why_not.as_deref()),
            "parcels": order.parcels,
            "order_is_late": order.is_late(),
            "parcel_lines": self.parcel_lines(order),
            "order_lines": self.order_lines(order),
            "return_lines": order.returns.first().map(|one| self.return_line(order, one, "refund")).unwrap_or_default(),
        })
    }

    fn parcel_lines(&self, order: &Order) -> String {
        let many = order.parcels.len() > 1;
        let line = |parcel: &Parcel| {
            let key = if parcel.delivered.is_some() {
                "parcel_delivered"
            } else {
                "parcel"
            };
            let bare =
                parcel.carrier.is_none() && parcel.tracking.is_none() && parcel.expected.is_none();
            if key == "parcel" && bare && !many {
                return String::new();
            }
            let items = order.titles(&parcel.items);
            self.say(key, json!({ "n": order.order_number, "p": parcel, "items": items, "many": many && !items.is_empty() }))
        };
        let lines: Vec<String> = order
            .parcels
            .iter()
            .map(line)
            .filter(|line| !line.is_empty())
            .collect();
        lines.join(" ")
    }

    fn order_lines(&self, order: &Order) -> String {
        let own = json!({ "order_number": order.order_number, "placed": order.placed, "status": order.status });
        let others = order.other_orders.iter().map(|other| json!(other));
        let lines: Vec<String> = std::iter::once(own)
            .chain(others)
            .take(6)
            .map(|one| self.say("order_line", json!({ "o": one })))
            .collect();
        lines.join(" ")
    }

    /// Where the money of a return stands, its slip again, or what of it can be undone.
    pub fn refund(&self, wish: &Wish, plan: &Plan) -> Step {
        let talk = self.talk;
        if plan.say == "refund"
            && talk.now.proposal_open
            && let Some(proposed) = &talk.memory.proposal
        {
            let titles: Vec<&str> = proposed
                .items
                .iter()
                .map(|item| item.title.as_str())
                .collect();
            let items = super::results::listed(&titles, "and");
            let data = json!({ "p": proposed, "n": proposed.order_number, "items": items });
            return Step::Say(self.say("refund_proposal", data));
        }
        let mut order = match self.find(&wish.order, &wish.found, None) {
            Look::Found(order) => order,
            Look::Not(step) => return step,
        };
        // The newest return comes first; it may be of an older order.
        if order.returns.is_empty() && wish.order == OrderRef::Focus && talk.memory.focus.is_none()
        {
            let other = order
                .other_orders
                .iter()
                .find(|other| other.status.starts_with("returned"));
            if let Some(other) = other {
                match self.find(
                    &OrderRef::Number(other.order_number.clone()),
                    &wish.found,
                    None,
                ) {
                    Look::Found(found) => order = found,
                    Look::Not(step @ Step::Call(..)) => return step,
                    Look::Not(_) => {}
                }
            }
        }
        let one = order
            .returns
            .iter()
            .find(|one| one.status == "open")
            .or(order.returns.first());
        match one {
            Some(one) => Step::Say(self.return_line(order, one, &plan.say)),
            None => {
                Step::Say(self.say(&format!("{}_none", plan.say), self.data(order, wish, plan)))
            }
        }
    }

    fn return_line(&self, order: &Order, one: &Returned, say: &str) -> String {
        let key = match say {
            "slip" if one.slip.is_some() => "slip_found".to_owned(),
            "keep" => "keep_found".to_owned(),
            _ => format!("refund_{}", one.status),
        };
        let key = if Replies::get().has(&key) {
            key
        } else {
            "refund_open".to_owned()
        };
        self.say(
            &key,
            json!({ "order": order, "n": order.order_number, "r": one, "can": {} }),
        )
    }
}
