//! What shipping to a country costs and when it arrives: `shipping_options`. General rules of
//! shipping stay with the shop's policies.

use serde_json::{Map, Value, json};

use super::details::{SHOPPING, has};
use super::dialogue::{Dialogue, Step};
use super::errands::Open;
use super::goods::{Goods, Shipping};
use super::places;
use super::plans::Plan;

use super::understand::Wish;
use super::words;

impl Dialogue<'_> {
    pub fn ship(&self, wish: &Wish, plan: &Plan) -> Step {
        let Some(errand) = &wish.errand else {
            return self.search(wish, plan);
        };
        if errand.places.is_empty() {
            if !self.is_personal(wish) {
                return self.search(wish, plan);
            }
            return self.ship_to(wish, plan, None);
        }
        let steps = errand
            .places
            .iter()
            .map(|place| self.ship_to(wish, plan, Some(place)));
        Step::together(steps.collect())
    }

    /// "How much is shipping?" has an answer of the shopper's own; "which carriers are there?" none.
    fn is_personal(&self, wish: &Wish) -> bool {
        let all = words::words(&wish.text);
        let lists = &SHOPPING.lists;
        let open = self.talk.memory.shop.open == Some(Open::Country);
        let costs = has(&all, &lists.ship_cost) && !wish.found.general;
        let mine = all.iter().any(|word| word == "me" || word == "i");
        !open && (costs || (mine && has(&all, &lists.express)))
    }

    fn ship_to(&self, wish: &Wish, plan: &Plan, place: Option<&str>) -> Step {
        let errand = wish.errand.as_deref();
        let mut arguments = Map::new();
        if let Some(place) = place {
            arguments.insert("country".into(), place.into());
        }
        if let Some(value) = errand.and_then(|errand| errand.order_value.as_deref()) {
            arguments.insert("order_value".into(), value.into());
        }
        match self.goods("shipping_options", Value::from(arguments), "refused_any") {
            Ok(Goods::Shipping(shipping)) => {
                let service = errand.and_then(|errand| errand.service);
                Step::Say(self.shipping_words(shipping, service))
            }
            Ok(_) => self.search(wish, plan),
            Err(step) => step,
        }
    }

    fn shipping_words(&self, shipping: &Shipping, service: Option<&str>) -> String {
        if let Some(question) = &shipping.question {
            return question.clone();
        }
        if !shipping.ships {
            let data = json!({ "words": shipping.why });
            return self.say("not_shipped", data);
        }
        let wanted: Vec<_> = shipping
            .options
            .iter()
            .filter(|option| service.is_none_or(|service| option.service == service))
            .collect();
        let mut all = Vec::new();
        if wanted.is_empty() {
            all.push(self.say(
                "no_such_service",
                json!({ "c": places::in_sentence(&shipping.country) }),
            ));
        }
        let shown = if wanted.is_empty() {
            shipping.options.iter().collect()
        } else {
            wanted
        };
        let asks = has(
            &words::words(&self.talk.turn.text),
            &SHOPPING.lists.asks_whether,
        );
        for option in shown {
            let yes = asks && all.is_empty();
            let same_day = option.arrives_from == option.arrives_to;
            let data = json!({ "o": option, "c": places::in_sentence(&shipping.country), "same_day": same_day, "yes": yes });
            all.push(self.say("shipping_option", data));
        }
        all.extend(shipping.customs.clone());
        let asked = words::words(&self.talk.turn.text);
        if let Some(time) = &shipping.order_before
            && has(&asked, &SHOPPING.lists.asks_cutoff)
        {
            let data = json!({ "c": places::in_sentence(&shipping.country), "time": time });
            all.insert(0, self.say("order_before", data));
        }
        all.join(" ")
    }
}
