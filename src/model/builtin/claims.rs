//! A parcel that is late, lost, or called delivered: first where it is; then, where the lookup says
//! that it can be reported now, `open_delivery_claim`.

use jiff::civil::Date;
use serde_json::{Value, json};

use super::dialogue::{Dialogue, Look, Step};
use super::exchanging::put;
use super::items::{self, Choice};
use super::mending::Mending;
use super::plans::Plan;
use super::replies::Asked;
use super::results::{CanDo, Order, Parcel};
use super::understand::Wish;
use crate::domain::bundle::HandOffReason;

const CLAIM: &str = "open_delivery_claim";
const REPORT: &str = "report_missing";
/// Questions of one kind in a row; after that a person helps.
const ASKS_MAX: u32 = 2;

impl Dialogue<'_> {
    pub fn claim(&self, wish: &Wish, plan: &Plan) -> Step {
        let Some(mending) = wish.mending.as_deref().filter(|_| self.has(CLAIM)) else {
            return self.look_up(wish, plan);
        };
        if let Some(outcome) = self.talk.done(CLAIM, |_| true) {
            return Step::Say(self.action_outcome(outcome));
        }
        let order = match self.order_for(mending, wish, plan.prefer_status.as_deref()) {
            Look::Found(order) => order,
            Look::Not(step) => return step,
        };
        let parcel = match self.parcel_of(order, mending) {
            Ok(parcel) => parcel,
            Err(step) => return step,
        };
        let lost = parcel.is_some_and(|parcel| parcel.status == "lost");
        match () {
            () if lost && mending.remedy.is_none() => self.ask_parcel_remedy(wish, order, parcel),
            () if lost || mending.act => call(order, parcel, mending),
            () => self.where_first(wish, plan, order, parcel),
        }
    }

    /// Where it is, and the offer of a claim once one may be opened.
    fn where_first(
        &self,
        wish: &Wish,
        plan: &Plan,
        order: &Order,
        parcel: Option<&Parcel>,
    ) -> Step {
        if !self.can_report(order, parcel) {
            return self.look_up(wish, plan);
        }
        let delivered = parcel.is_some_and(|parcel| parcel.delivered.is_some());
        let mut data = self.data(order, wish, plan);
        data["offer"] = self.say("offer_claim", json!({})).into();
        let key = if delivered {
            "missing_claim"
        } else {
            "late_claim"
        };
        Step::Say(self.say(key, data))
    }

    fn ask_parcel_remedy(&self, wish: &Wish, order: &Order, parcel: Option<&Parcel>) -> Step {
        let memory = &self.talk.memory;
        if memory.asked_remedy >= ASKS_MAX {
            return self.hand_off(wish, HandOffReason::OutOfScope);
        }
        let again = memory.asked == Some(Asked::Remedy);
        let key = if again {
            "ask_remedy_parcel_again"
        } else {
            "ask_remedy_parcel"
        };
        let many = order.parcels.len() > 1;
        let items = parcel.map(|parcel| order.titles(&parcel.items));
        Step::Say(self.say(
            key,
            json!({ "n": order.order_number, "p": parcel, "many": many, "items": items }),
        ))
    }

    /// The parcel that is meant: by its items, else the one that can be reported, is late or lost.
    fn parcel_of<'b>(
        &self,
        order: &'b Order,
        mending: &Mending,
    ) -> Result<Option<&'b Parcel>, Step> {
        let parcels = &order.parcels;
        if parcels.len() < 2 {
            return Ok(parcels.first());
        }
        if let Choice::Lines(chosen) = items::choose(order, &mending.parts, &[]) {
            let holds =
                |parcel: &&Parcel| chosen.iter().all(|one| parcel.items.contains(&one.line));
            if let Some(parcel) = parcels.iter().find(holds) {
                return Ok(Some(parcel));
            }
        }
        let open: Vec<&Parcel> = parcels
            .iter()
            .filter(|parcel| {
                parcel.delivered.is_none()
                    || self.talk.memory.last_intent.as_deref() == Some("delivery_missing")
                    || mending.intent == "delivery_missing"
            })
            .filter(|parcel| self.can_report(order, Some(parcel)))
            .collect();
        match open.as_slice() {
            [one] => Ok(Some(one)),
            [] => Ok(parcels
                .iter()
                .find(|parcel| parcel.delivered.is_none())
                .or(parcels.last())),
            _ if mending.intent == "delivery_missing" || mending.act => {
                let each: Vec<String> = open
                    .iter()
                    .map(|parcel| order.titles(&parcel.items))
                    .collect();
                let each: Vec<&str> = each.iter().map(String::as_str).collect();
                let items = super::results::listed(&each, "or the one with the");
                Err(Step::Say(self.say("ask_parcel", json!({ "items": items }))))
            }
            [first, ..] => Ok(Some(first)),
        }
    }

    /// May this parcel be reported today?
    pub fn can_report(&self, order: &Order, parcel: Option<&Parcel>) -> bool {
        let today = self.talk.now.today;
        let day = |words: &Option<String>| words.as_deref().and_then(long_date);
        let fits = |can: &&CanDo| {
            let number = parcel
                .map(|parcel| parcel.parcel)
                .filter(|number| *number > 0);
            can.action == REPORT
                && (can.parcel.is_none() || number.is_none() || can.parcel == number)
                && today.is_none_or(|today| day(&can.from).is_none_or(|from| from <= today))
        };
        self.has(CLAIM) && order.can_do.iter().any(|can| fits(&can))
    }
}

fn call(order: &Order, parcel: Option<&Parcel>, mending: &Mending) -> Step {
    let mut call = json!({ "order_number": order.order_number });
    let number = parcel.map(|parcel| parcel.parcel);
    let number = number.filter(|number| *number > 0 && order.parcels.len() > 1);
    put(&mut call, "parcel", number.map(Value::from));
    put(
        &mut call,
        "remedy",
        mending.remedy.map(|remedy| json!(remedy)),
    );
    Step::Call(CLAIM, call)
}

/// A date as results and context write it: "Tuesday 15 September 2026".
pub fn long_date(words: &str) -> Option<Date> {
    Date::strptime("%A %d %B %Y", words.trim()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_read_as_the_lookup_writes_them() {
        let day: Date = "2026-09-05".parse().unwrap();
        assert_eq!(long_date(&crate::clock::long_date(day)), Some(day));
        assert_eq!(long_date("soon"), None);
    }
}
