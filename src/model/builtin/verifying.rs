//! Proving who the shopper is, one missing thing at a time; then what they wanted goes on.

use serde_json::json;

use super::dialogue::{Dialogue, Step};
use super::entities::Found;
use super::goods::{Goods, Proving};
use super::proofs::{self, Given, Proof};
use super::replies::Asked;
use super::results::Outcome;
use super::understand::Wish;
use crate::domain::bundle::HandOffReason;

/// Refusals after which a person helps.
const FAILED_MAX: u32 = 2;
/// Questions of one kind in a row; after that a person helps.
const ASKS_MAX: u32 = 2;

impl Dialogue<'_> {
    /// "I am …": a proof without another wish.
    pub fn verify(&self, wish: &Wish) -> Step {
        let now = self
            .talk
            .turn
            .done
            .iter()
            .any(|done| proofs::is_proved(&done.outcome));
        if self.talk.now.customer && !now {
            return Step::Say(self.say("proof_known", json!({})));
        }
        match self.prove(wish, None) {
            Some(step) => step,
            None => Step::Say(self.say("proof_done", json!({ "name": self.proved_name() }))),
        }
    }

    /// What to do to get a proof; `None` when there is one.
    pub fn prove(&self, wish: &Wish, number: Option<&str>) -> Option<Step> {
        if self.is_proved() {
            return None;
        }
        Some(self.prove_with(wish, &self.proof(number)))
    }

    /// The same for what only the customer may do: an order's number is not enough for it.
    pub fn prove_customer(&self, wish: &Wish) -> Option<Step> {
        if self.is_customer() {
            return None;
        }
        if self.is_proved() && self.has("verify_identity") {
            return self.prove_account(wish);
        }
        if !self.has("verify_identity") {
            return Some(Step::Say(self.say("sign_in", json!({}))));
        }
        let mut proof = self.proof(None);
        proof.number = None;
        proof.no_number = true;
        let begins = proof.asked.is_none() && !proof.sent && proof.next_call().is_none();
        if begins && self.talk.done("verify_identity", |_| true).is_none() {
            return Some(Step::Say(self.say("needs_account", json!({}))));
        }
        Some(self.prove_with(wish, &proof))
    }

    fn prove_with(&self, wish: &Wish, proof: &Proof) -> Step {
        let outcome = self.talk.done("verify_identity", |_| true);
        match outcome {
            Some(Outcome::Goods(goods)) => match &**goods {
                Goods::Proving(Proving::Sent { words }) if !words.is_empty() => {
                    let again = self.talk.memory.proof.sent;
                    Step::Say(if again {
                        self.say("proof_resent", json!({ "words": words }))
                    } else {
                        words.clone()
                    })
                }
                Goods::Proving(Proving::Asks(ask)) => Step::Say(ask.question.clone()),
                _ => Step::Say(self.say("proof_sent", json!({}))),
            },
            Some(Outcome::Refused(words)) => self.proof_failed(wish, proof, words),
            Some(_) => Step::Say(self.say("broken", json!({}))),
            None => match proof.next_call() {
                Some(call) => Step::Call("verify_identity", call),
                None => self.ask_for_proof(wish, proof),
            },
        }
    }

    /// Signed in, proved before, or proved in this turn.
    pub fn is_proved(&self) -> bool {
        self.talk.now.signed_in
            || self
                .talk
                .turn
                .done
                .iter()
                .any(|done| proofs::is_proved(&done.outcome))
    }

    /// The order that was proved, in this turn or before.
    pub fn proved_order(&self) -> Option<String> {
        let now = self
            .talk
            .turn
            .done
            .iter()
            .rev()
            .find_map(|done| match &done.outcome {
                Outcome::Goods(goods) => match &**goods {
                    Goods::Proving(Proving::Proved { order, .. }) => Some(order.clone()),
                    _ => None,
                },
                _ => None,
            });
        let before = self.talk.memory.proof.proved.clone();
        now.unwrap_or(before.filter(|_| !self.talk.now.customer))
    }

    fn proved_name(&self) -> Option<String> {
        self.talk
            .turn
            .done
            .iter()
            .find_map(|done| match &done.outcome {
                Outcome::Goods(goods) => match &**goods {
                    Goods::Proving(Proving::Proved { name, .. }) => name.clone(),
                    _ => None,
                },
                _ => None,
            })
    }

    /// What is known, with what this turn's message adds.
    pub fn proof(&self, number: Option<&str>) -> Proof {
        let text = &self.talk.turn.text;
        let mut proof = self.talk.memory.proof.clone();
        proof.sent |= self.talk.now.code_sent;
        proof.learn(&Found::read(text), &Given::read(text));
        if let Some(number) = number
            && proof.number.is_none()
            && !proof.no_number
        {
            proof.number = Some(number.to_owned());
        }
        proof
    }

    fn ask_for_proof(&self, wish: &Wish, proof: &Proof) -> Step {
        let (asks, key) = match () {
            () if proof.sent => (Asked::ProofCode, "proof_code"),
            () if proof.no_number => (Asked::ProofEmail, "proof_email"),
            () if proof.number.is_some() => (Asked::ProofMore, "proof_more"),
            () => (Asked::Proof, "proof"),
        };
        let before = if proof.asked == Some(asks) {
            proof.asks
        } else {
            0
        };
        if before >= ASKS_MAX {
            return self.hand_off(wish, HandOffReason::ShopperAsked);
        }
        let again = format!("{key}_again");
        let key = if before > 0 { again.as_str() } else { key };
        Step::Say(self.say(key, json!({ "n": proof.number })))
    }

    /// The tool's one wording for every failure, and another way.
    pub fn proof_failed(&self, wish: &Wish, proof: &Proof, words: &str) -> Step {
        if proof.failed >= FAILED_MAX && self.has("hand_off") {
            return self.hand_off(wish, HandOffReason::ShopperAsked);
        }
        let key = match () {
            () if proof.failed > 0 => "proof_failed_again",
            () if proof.code.is_some() => "proof_failed_code",
            () => "proof_failed",
        };
        Step::Say(self.say(key, json!({ "words": words, "n": proof.number })))
    }
}
