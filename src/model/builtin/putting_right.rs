//! Collecting what was wrong, damaged or missing: which order, which item, what is the matter, a new
//! one or the money; then `replace_item`. And what all matters about sent things share: the order,
//! its lines, an account that is proved, a proposal in its own words.

use serde_json::{Value, json};

use super::dialogue::{Dialogue, Look, Step};
use super::exchanging::put;
use super::goods::{Goods, Proving};
use super::items::{self, Choice, Chosen};
use super::mending::Mending;
use super::plans::Plan;
use super::proofs::{Proof, is_proved};
use super::replies::Asked;
use super::results::{Order, Outcome, Prepared};
use super::returns::described;
use super::told::AFTERSALES;
use super::understand::{OrderRef, Wish};
use crate::domain::aftersale::ItemProblem;
use crate::domain::bundle::HandOffReason;
use crate::domain::returns::ReturnReason;

const REPLACE: &str = "replace_item";
/// Questions of one kind in a row; after that a person helps.
const ASKS_MAX: u32 = 2;

impl Dialogue<'_> {
    pub fn put_right(&self, wish: &Wish, plan: &Plan) -> Step {
        let Some(mending) = wish.mending.as_deref().filter(|_| self.has(REPLACE)) else {
            return self.look_up(wish, plan);
        };
        // "Not as in the picture" is a matter for a return.
        let described = wish.found.reason() == Some(ReturnReason::NotAsDescribed);
        if described && mending.problem.is_none() {
            return self.look_up(wish, plan);
        }
        if let Some(outcome) = self.talk.done(REPLACE, |_| true) {
            return Step::Say(self.action_outcome(outcome));
        }
        if mending.no_photo && mending.problem != Some(ItemProblem::Missing) {
            return Step::Say(self.say("no_photo", json!({})));
        }
        if let Some(step) = self.prove_account(wish) {
            return step;
        }
        let order = match self.order_for(mending, wish, Some("delivered")) {
            Look::Found(order) => order,
            Look::Not(step) => return step,
        };
        if mending.problem == Some(ItemProblem::Missing) && self.may_still_come(order, mending) {
            return self.look_up(wish, plan);
        }
        match self.lines_for(wish, mending, order, "ask_problem_item") {
            Ok((order, chosen)) => self.with_remedy(wish, mending, order, &chosen),
            Err(step) => step,
        }
    }

    /// What is missed may be in a parcel that is still on its way.
    fn may_still_come(&self, order: &Order, mending: &Mending) -> bool {
        let open = order.parcels.iter().filter(|one| one.delivered.is_none());
        let lines: Vec<u32> = open.flat_map(|parcel| parcel.items.clone()).collect();
        if lines.is_empty() && order.status == "delivered" {
            return false;
        }
        match items::choose(order, &mending.parts, &[]) {
            Choice::Lines(chosen) if !lines.is_empty() => {
                chosen.iter().any(|one| lines.contains(&one.line))
            }
            _ => true,
        }
    }

    fn with_remedy(
        &self,
        wish: &Wish,
        mending: &Mending,
        order: &Order,
        chosen: &[Chosen],
    ) -> Step {
        let lines: Vec<u32> = chosen.iter().map(|one| one.line).collect();
        let items = order.titles(&lines);
        let memory = &self.talk.memory;
        let Some(problem) = mending.problem else {
            if memory.asked_problem >= ASKS_MAX {
                return self.hand_off(wish, HandOffReason::OutOfScope);
            }
            let key = if lines.len() == 1 {
                "ask_problem_one"
            } else {
                "ask_problem"
            };
            return Step::Say(self.say(key, json!({ "items": items })));
        };
        // What cannot be put right is not asked about: the tool says why.
        let can = order.can("replace");
        let possible = can.is_some_and(|can| {
            can.items.is_empty() || lines.iter().all(|line| can.items.contains(line))
        });
        if mending.remedy.is_none() && possible {
            if memory.asked_remedy >= ASKS_MAX {
                return self.hand_off(wish, HandOffReason::OutOfScope);
            }
            let key = if memory.asked_remedy > 0 {
                "ask_remedy_again"
            } else {
                "ask_remedy"
            };
            return Step::Say(self.say(key, json!({ "items": items })));
        }
        let items: Vec<Value> = chosen
            .iter()
            .map(|one| {
                let mut item = json!({ "line": one.line, "problem": problem });
                put(&mut item, "quantity", one.quantity.map(Value::from));
                item
            })
            .collect();
        let mut call = json!({ "order_number": order.order_number, "items": items });
        put(
            &mut call,
            "remedy",
            mending.remedy.map(|remedy| json!(remedy)),
        );
        put(
            &mut call,
            "refund_to",
            mending.refund_to.map(|to| json!(to)),
        );
        Step::Call(REPLACE, call)
    }

    /// The order that a matter is about.
    pub fn order_for(&self, mending: &Mending, wish: &Wish, prefer: Option<&str>) -> Look<'_> {
        self.find(&mending.order, &wish.found, prefer)
    }

    /// The lines that are meant, in this order or in another one of the customer's, or what to ask.
    pub fn lines_for<'b>(
        &'b self,
        wish: &Wish,
        mending: &Mending,
        order: &'b Order,
        ask: &str,
    ) -> Result<(&'b Order, Vec<Chosen>), Step> {
        let quantity = mending.parts.iter().find_map(|part| part.quantity);
        match items::choose(order, &mending.parts, &[]) {
            Choice::Lines(chosen) => Ok((order, chosen)),
            Choice::Unclear(lines) => Err(self.ask_line(wish, order, &lines, ask)),
            Choice::NotInOrder => self.lines_elsewhere(mending, order),
            Choice::Nothing => match order.items.as_slice() {
                [only] => {
                    let chosen = Chosen {
                        line: only.line,
                        quantity,
                        reason: None,
                    };
                    Ok((order, vec![chosen]))
                }
                _ => Err(self.ask_line(wish, order, &[], ask)),
            },
        }
    }

    fn ask_line(&self, wish: &Wish, order: &Order, among: &[u32], ask: &str) -> Step {
        let asked = self.talk.memory.asked_item;
        if asked >= ASKS_MAX {
            return self.hand_off(wish, HandOffReason::OutOfScope);
        }
        let every: Vec<u32> = order.items.iter().map(|item| item.line).collect();
        let lines = if among.is_empty() { &every } else { among };
        let again = format!("{ask}_again");
        let key = if asked > 0 { again.as_str() } else { ask };
        let data = json!({ "items": described(order, lines), "n": order.order_number });
        Step::Say(self.say(key, data))
    }

    fn lines_elsewhere<'b>(
        &'b self,
        mending: &Mending,
        order: &'b Order,
    ) -> Result<(&'b Order, Vec<Chosen>), Step> {
        let named = matches!(mending.order, OrderRef::Number(_));
        let mut others = order.other_orders.iter();
        let other = others.find(|other| items::may_hold(&other.items, &mending.parts));
        if let (false, Some(other)) = (named, other) {
            let number = OrderRef::Number(other.order_number.clone());
            match self.find(&number, &super::entities::Found::default(), None) {
                Look::Found(found) => {
                    if let Choice::Lines(chosen) = items::choose(found, &mending.parts, &[]) {
                        return Ok((found, chosen));
                    }
                }
                Look::Not(step @ Step::Call(..)) => return Err(step),
                Look::Not(_) => {}
            }
        }
        let every: Vec<u32> = order.items.iter().map(|item| item.line).collect();
        let data = json!({ "items": described(order, &every), "n": order.order_number });
        Err(Step::Say(self.say("not_in_order", data)))
    }

    /// What to do before an account's own things may be changed: the number of an order proves that
    /// order alone. `None` for a customer, and for somebody of whom nothing is proved yet.
    pub fn prove_account(&self, wish: &Wish) -> Option<Step> {
        if self.is_customer() || !self.has("verify_identity") {
            return None;
        }
        let mut proof = self.proof(None);
        proof.number = None;
        proof.no_number = true;
        let asked = self.talk.memory.proof.asked == Some(Asked::ProofEmail);
        let outcome = self.talk.done("verify_identity", |_| true);
        Some(match outcome {
            Some(Outcome::Goods(goods)) => match &**goods {
                Goods::Proving(Proving::Sent { words }) if !words.is_empty() => {
                    Step::Say(words.clone())
                }
                _ => self.account_call(wish, &proof, asked),
            },
            Some(Outcome::Refused(words)) => self.proof_failed(wish, &proof, words),
            _ => self.account_call(wish, &proof, asked),
        })
    }

    fn account_call(&self, wish: &Wish, proof: &Proof, asked: bool) -> Step {
        match proof.next_call() {
            Some(call) => Step::Call("verify_identity", call),
            None if proof.sent => Step::Say(self.say("proof_code", json!({}))),
            None if asked && self.talk.memory.proof.asks >= ASKS_MAX => {
                self.hand_off(wish, HandOffReason::ShopperAsked)
            }
            None if asked => Step::Say(self.say("needs_account_again", json!({}))),
            None => Step::Say(self.say("needs_account", json!({}))),
        }
    }

    /// Signed in, or proved by a code now or before.
    pub fn is_customer(&self) -> bool {
        let mut now = self.talk.turn.done.iter().rev();
        let proved = now.find(|done| is_proved(&done.outcome));
        match proved.map(|done| &done.outcome) {
            Some(Outcome::Goods(goods)) => {
                matches!(
                    &**goods,
                    Goods::Proving(Proving::Proved { order: None, .. })
                ) || self.talk.now.customer
            }
            _ => self.talk.now.customer,
        }
    }

    /// What came of an order action's call, in words.
    pub fn action_outcome(&self, outcome: &Outcome) -> String {
        match outcome {
            Outcome::Prepared(prepared) => self.prepared(prepared),
            Outcome::Refused(words) if asks_back(words) => {
                self.say("refused", json!({ "words": words }))
            }
            Outcome::Refused(words) => self.refused(words, "refused_action"),
            _ => self.say("broken", json!({})),
        }
    }

    /// A yes that is no plain one: what waits is prepared once more, so that it is the last thing shown
    /// and the next yes counts.
    pub fn prepare_again(&self) -> Step {
        let done = &self.talk.turn.done;
        if let Some(refused) = done.iter().rev().find(|done| is_refused(&done.outcome)) {
            return Step::Say(self.action_outcome(&refused.outcome));
        }
        let open = &self.talk.memory.open_calls;
        if open.is_empty() || !done.is_empty() {
            return Step::Say(self.say("confirm_plain", json!({})));
        }
        let calls = open
            .iter()
            .map(|(tool, arguments)| Step::Call(tool, arguments.clone()));
        Step::Both(calls.collect())
    }

    pub fn prepared(&self, prepared: &Prepared) -> String {
        self.say(
            "action_proposed",
            json!({ "p": prepared, "n": prepared.order_number }),
        )
    }
}

fn is_refused(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Refused(_))
}

/// Does a tool's refusal wait for an answer?
fn asks_back(words: &str) -> bool {
    let marks = &AFTERSALES.lists.asks_back;
    marks.iter().any(|mark| words.contains(mark.as_str()))
}
