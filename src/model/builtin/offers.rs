//! Offers and codes: `find_offers`, `check_offer`.

use serde_json::{Map, Value, json};

use super::details::{SHOPPING, has};
use super::dialogue::{Dialogue, Step};
use super::errand::Errand;
use super::goods::{Checked, Goods, Offer, Offers};
use super::results::listed;
use super::understand::Wish;
use super::words;
use crate::domain::bundle::HandOffReason;

const OFFERS_SAID_MAX: usize = 2;
/// Questions for a code in a row; after that a person helps.
const ASKS_MAX: u32 = 2;

impl Dialogue<'_> {
    pub fn offers(&self, wish: &Wish) -> Step {
        let errand = wish.errand.as_deref();
        if errand.is_some_and(|errand| errand.code.is_some()) && self.has("check_offer") {
            return self.check_code(wish);
        }
        // Offers of one's own need a proof: once it has begun, it comes first.
        let own = self.asks_own_offers(wish);
        let begun = self.talk.memory.proof.pending.is_some();
        if own
            && begun
            && let Some(step) = self.prove(wish, None)
        {
            return step;
        }
        let arguments = errand.map(about).unwrap_or_default();
        match self.goods("find_offers", Value::from(arguments), "refused_any") {
            Ok(Goods::Offers(offers)) => Step::Say(self.offers_words(offers, own && !begun)),
            Ok(_) => Step::Say(self.say("broken", json!({}))),
            Err(step) => step,
        }
    }

    /// "Which personal offers do I have?", of somebody whose offers nobody can know yet.
    fn asks_own_offers(&self, wish: &Wish) -> bool {
        let all = words::words(&wish.text);
        !self.talk.now.customer
            && self.has("verify_identity")
            && has(&all, &SHOPPING.lists.own_offers)
    }

    fn offers_words(&self, offers: &Offers, own: bool) -> String {
        let mut all: Vec<String> = Vec::new();
        let shown = offers.offers.iter().take(OFFERS_SAID_MAX);
        all.extend(shown.map(|offer| self.offer_line(offer)));
        if all.is_empty() {
            all.extend(offers.none.clone());
        }

        if !offers.signed_in {
            let key = if own {
                "offers_prove"
            } else {
                "offers_sign_in"
            };
            all.push(self.say(key, json!({})));
        }
        if all.is_empty() {
            return self.say("discounts", json!({}));
        }
        all.join(" ")
    }

    fn offer_line(&self, offer: &Offer) -> String {
        let conditions: Vec<&str> = offer.conditions.iter().map(String::as_str).collect();
        let data = json!({ "o": offer, "conditions": conditions.join(", "), "p": offer.product });
        self.say("offer_line", data)
    }

    pub fn check_code(&self, wish: &Wish) -> Step {
        let errand = wish.errand.as_deref();
        let Some(code) = errand.and_then(|errand| errand.code.as_deref()) else {
            if self.talk.memory.shop.asked_code >= ASKS_MAX {
                return self.hand_off(wish, HandOffReason::OutOfScope);
            }
            return Step::Say(self.say("ask_code", json!({})));
        };
        let mut arguments = errand.map(about).unwrap_or_default();
        arguments.insert("code".into(), code.into());
        match self.goods("check_offer", Value::from(arguments), "refused_any") {
            Ok(Goods::Checked(checked)) => Step::Say(self.checked(checked)),
            Ok(_) => Step::Say(self.say("broken", json!({}))),
            Err(step) => step,
        }
    }

    fn checked(&self, checked: &Checked) -> String {
        let conditions: Vec<&str> = checked.conditions.iter().map(String::as_str).collect();
        let data =
            json!({ "o": checked, "words": checked.why, "conditions": listed(&conditions, "and") });
        self.say(
            if checked.works {
                "code_works"
            } else {
                "code_fails"
            },
            data,
        )
    }
}

/// Which product and how much is bought, where that is known.
fn about(errand: &Errand) -> Map<String, Value> {
    let mut arguments = Map::new();
    if let Some(product) = errand.meant.handle() {
        arguments.insert("product".into(), product.into());
    }
    if let Some(value) = &errand.order_value {
        arguments.insert("order_value".into(), value.as_str().into());
    }
    arguments
}
