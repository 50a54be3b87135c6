//! What a message means after talk about products, sizes, shipping or offers, or after a question
//! who the shopper is: answers to open questions, and follow-ups of a few words.

use super::basket::{count_alone, is_countable};
use super::classify::Guess;
use super::details::{self, SHOPPING, Slot, Want, has};
use super::entities::Found;
use super::errand::{self, FOLLOW_UP_WORDS};
use super::errands::Open;
use super::measures::Measures;
use super::memory::Memory;
use super::offer_codes;
use super::parts::of_family;
use super::places;
use super::plans::plan;
use super::proofs::Given;
use super::replies::Asked;
use super::shelf::Pick;
use super::titles;
use super::understand::{OrderRef, Wish, wish};
use super::words;

/// An answer to an open question has so few words, unless it holds just what was asked.
const ANSWER_WORDS: usize = 12;
/// From here on a message is surely what it looks like.
const SURE: f32 = 0.6;
/// From here on it may well be.
const POSSIBLE: f32 = 0.3;

pub struct Heard<'a> {
    pub memory: &'a Memory,
    pub text: &'a str,
    pub found: &'a Found,
    pub guess: &'a Guess,
}

impl Heard<'_> {
    /// The wish that goes on, if the message continues one.
    pub fn goes_on(&self) -> Option<Wish> {
        self.proves()
            .or_else(|| self.names_code())
            .or_else(|| self.puts_in_cart())
            .or_else(|| self.answers())
            .or_else(|| self.follows())
    }

    fn make(&self, intent: &str) -> Option<Wish> {
        Some(wish(self.memory, intent, self.text, self.found.clone()))
    }

    /// Surely a wish of its own, of none of these families.
    fn is_new(&self, families: &[&str]) -> bool {
        let top = self.guess.top().0;
        let sure = of_family(self.guess, top);
        plan(top).is_some_and(|plan| {
            !plan.social && sure > SURE && !families.contains(&plan.family.as_str())
        })
    }

    fn is_social(&self, name: &str) -> bool {
        let (top, sure) = self.guess.top();
        top == name && sure > 0.5
    }

    /// An address, a postcode, a number or a code, after the question whose order it is.
    fn proves(&self) -> Option<Wish> {
        let proof = &self.memory.proof;
        let pending = proof.pending.as_deref()?;
        let given = Given::read(self.text);
        let just = proof.asked.is_some() || proof.failed > 0 || proof.sent;
        let digits = given.maybe_postcode.is_some() || !self.found.orders.is_empty();
        let short = words::words(self.text).len() <= ANSWER_WORDS;
        let answers = given.is_some()
            || (just && short && (given.no_number || given.resend || digits))
            || (just && self.is_social("yes") && self.memory.asked != Some(Asked::Person));
        let unrelated = self.is_new(&[
            "delivery", "orders", "verify", "account", "refund", "return", "change",
        ]);
        if !answers || (unrelated && !given.is_some()) {
            return None;
        }
        let (top, _) = self.guess.top();
        // "Where is order 10482, my postcode is …" wants something of its own.
        let own = plan(top).is_some_and(|plan| plan.does.is_of_order());
        if own && self.guess.top().1 > SURE && self.is_question() {
            return None;
        }
        let mut wish = pending.clone();
        let mut proof = proof.clone();
        proof.learn(self.found, &given);
        if let Some(number) = proof.number.filter(|_| !proof.no_number) {
            wish.order = OrderRef::Number(number.clone());
            if let Some(mending) = &mut wish.mending {
                mending.order = OrderRef::Number(number.clone());
            }
            if let Some(frame) = &mut wish.frame {
                frame.order = OrderRef::Number(number);
            }
        }
        Some(wish)
    }

    /// A code that looks like nothing else, whatever was spoken of before.
    fn names_code(&self) -> Option<Wish> {
        let all = words::words(self.text);
        let uses = has(&all, &SHOPPING.lists.uses_code) && offer_codes::is_marked_in(self.text);
        let code = offer_codes::own_code_in(self.text) || (uses && self.found.orders.is_empty());
        (code && !self.is_new(&["discounts", "products"])).then(|| self.make("check_code"))?
    }

    /// "Add it in L", while products are being talked about; a longer message may want more.
    fn puts_in_cart(&self) -> Option<Wish> {
        let all = words::words(self.text);
        let lists = &SHOPPING.lists;
        let shown = !self.memory.shop.shelf.known.is_empty() || titles::named(self.text).is_some();
        let clauses = words::clauses(self.text);
        let one = clauses
            .iter()
            .skip(1)
            .all(|clause| details::only_narrows(clause));
        let puts = has(&all, &lists.cart) && !has(&all, &lists.not_cart);
        (shown && one && puts && !self.found.question).then(|| self.make("add_to_cart"))?
    }

    fn names_thing(&self) -> bool {
        details::pieces(self.text)
            .iter()
            .any(|piece| matches!(piece.slot, Slot::Kind(_)))
    }

    fn is_question(&self) -> bool {
        self.found.question && words::words(self.text).len() > 3
    }

    /// An answer to the question that a tool or the assistant put.
    fn answers(&self) -> Option<Wish> {
        let shop = &self.memory.shop;
        let just = shop.just_asked();
        let short = words::words(self.text).len() <= ANSWER_WORDS;
        match shop.expects()? {
            Open::Measure(asked) => {
                let said = Measures::read(self.text);
                let told = !said.named.is_empty() || said.bare.is_some() || said.usual.is_some();
                let size = asked == "usual_size" && !Want::read(self.text).sizes().is_empty();
                let system = words::words(self.text)
                    .iter()
                    .any(|word| SHOPPING.lists.systems.contains(word))
                    && shop
                        .sizing
                        .as_ref()
                        .is_some_and(|sizing| sizing.usual.is_some());
                let answer = told
                    || size
                    || (just && system)
                    || (just && (said.unknown || said.fit.is_some()));
                let new = self.is_new(&["sizes", "products"]) && said.named.is_empty();
                (answer && short && !new).then(|| self.make("size_advice"))?
            }
            Open::Variant(choices) => {
                let want = Want::read(self.text);
                let lower = words::words(self.text).join(" ");
                let chosen = choices.iter().any(|choice| {
                    format!(" {lower} ").contains(&format!(" {} ", words::words(choice).join(" ")))
                });
                let answer = chosen || !want.sizes().is_empty() || !want.colors().is_empty();
                (answer && short && !self.is_new(&["cart", "products", "sizes"]))
                    .then(|| self.make("add_to_cart"))?
            }
            Open::Country => {
                let named = !places::named(self.text).is_empty();
                (named && !self.is_new(&["shipping"])).then(|| self.make("shipping_policy"))?
            }
            Open::Code => {
                let code = offer_codes::code_in(self.text, true);
                (code.is_some() && !self.is_new(&["discounts"])).then(|| self.make("check_code"))?
            }
            Open::Product => self.chosen(),
            Open::Wish => {
                let new = self.is_new(&["products"]) || self.guess.top().0 == "no";
                let says = !Want::read(self.text).is_empty();
                (just && short && says && !new && !self.is_social("thanks"))
                    .then(|| self.make("product_refine"))?
            }
            Open::Cart if just && self.is_social("yes") => self.make("add_to_cart"),
            Open::Cart => None,
        }
    }

    /// "The first one", after "Which one do you mean?": the wish that was asked about.
    fn chosen(&self) -> Option<Wish> {
        let shop = &self.memory.shop;
        let before = shop.wish.as_deref()?;
        let picked = matches!(
            shop.shelf.pick(self.text, self.found),
            Pick::One(_) | Pick::Several(_)
        );
        let short = words::words(self.text).len() <= FOLLOW_UP_WORDS;
        let names =
            shop.shelf.known.is_empty() && short && !self.is_new(&["products", "sizes", "cart"]);
        if !(picked && short || names) || self.is_new(&["products", "sizes", "cart"]) {
            return None;
        }
        let text = format!("{} {}", before.text, self.text);
        let own = errand::of(self.memory, &before.intent, self.text, self.found)?;
        let mut errand = errand::of(self.memory, &before.intent, &text, self.found)?;
        errand.meant = own.meant;
        if let Some(handle) = errand.meant.handle() {
            errand.sizing.product = Some(handle.to_owned());
            errand.basket.product = Some(handle.to_owned());
        } else if names {
            errand.meant = errand::Meant::Named(self.text.trim().to_owned());
            errand.sizing.product = Some(self.text.trim().to_owned());
            errand.basket.product = Some(self.text.trim().to_owned());
        }
        Some(Wish {
            text: before.text.clone(),
            errand: Some(errand),
            ..before.clone()
        })
    }

    /// A few words that narrow, widen or repeat the last question.
    fn follows(&self) -> Option<Wish> {
        let all = words::words(self.text);
        if all.len() > FOLLOW_UP_WORDS {
            return None;
        }
        match self.memory.last_family() {
            Some("shipping") => self.follows_shipping(&all),
            Some("discounts") => self.follows_offers(&all),
            Some("products" | "cart" | "sizes") => self
                .follows_size_or_cart(&all)
                .or_else(|| self.follows_products(&all)),
            _ => None,
        }
    }

    fn follows_shipping(&self, all: &[String]) -> Option<Wish> {
        let lists = &SHOPPING.lists;
        let place = !places::named(self.text).is_empty();
        let service = has(all, &lists.express) || has(all, &lists.standard);
        let goes_on = place || (service && !self.memory.shop.places.is_empty());
        (goes_on && !self.is_new(&["shipping"])).then(|| self.make("shipping_policy"))?
    }

    fn follows_offers(&self, all: &[String]) -> Option<Wish> {
        let shelf = &self.memory.shop.shelf;
        let (top, sure) = self.guess.top();
        let marked = all.len() <= 3 && offer_codes::is_marked_in(self.text);
        let product = matches!(shelf.pick(self.text, self.found), Pick::One(_));
        match () {
            () if marked || offer_codes::code_in(self.text, false).is_some() => {
                self.make("check_code")
            }
            () if matches!(top, "discounts" | "check_code") && sure > POSSIBLE => None,
            () if product && !self.is_new(&["discounts", "products"]) => {
                self.make(self.memory.last_intent.as_deref()?)
            }
            () => None,
        }
    }

    /// A measure after advice on a size; another size or colour after something was added.
    fn follows_size_or_cart(&self, all: &[String]) -> Option<Wish> {
        let shop = &self.memory.shop;
        let family = self.memory.last_family();
        let said = Measures::read(self.text);
        let measured = !said.named.is_empty() || (said.bare.is_some() && shop.sizing.is_some());
        // "And in the Drumlin Jacket?"
        let other = all
            .first()
            .is_some_and(|word| word == "and" || word == "or")
            && titles::named(self.text).is_some();
        if family == Some("sizes") && (measured || other) {
            return self.make("size_advice");
        }
        let changes = family == Some("cart") && shop.basket.is_some();
        let other = details::only_narrows(self.text) && !has_more(all);
        let wrong = shop
            .basket
            .as_ref()
            .and_then(|basket| basket.quantity)
            .is_some_and(|count| !is_countable(count));
        if family == Some("cart") && wrong && count_alone(self.text).is_some() {
            return self.make("add_to_cart");
        }
        (changes && other && !self.found.question && !self.names_thing())
            .then(|| self.make("add_to_cart"))?
    }

    fn follows_products(&self, all: &[String]) -> Option<Wish> {
        let shop = &self.memory.shop;
        let (top, sure) = self.guess.top();
        let picked = shop.shelf.pick(self.text, self.found);
        let more = has_more(all);
        let narrows = details::only_narrows(self.text) || more;
        let of_one = narrows && !more && shop.shelf.focus.is_some();
        match () {
            () if matches!(picked, Pick::One(_) | Pick::Several(_))
                && all.iter().any(|word| word == "than") =>
            {
                self.make("product_compare")
            }
            () if matches!(top, "sustainability" | "care" | "warranty") && self.asks_of_it(all) => {
                self.make("product_details")
            }
            () if self.is_new(&["products", "sizes"]) && top != "exchange" => None,
            // "Is it there in L?" is about the one in hand; so is "In L?" where nothing was sought.
            () if of_one && (self.found.refers || shop.want.is_none()) => {
                self.make("product_details")
            }
            () if narrows && shop.want.is_some() => self.make("product_refine"),
            () if is_definite(all)
                && matches!(picked, Pick::One(_))
                && top != "size_advice"
                && !plan(top).is_some_and(|plan| plan.social && sure > 0.5) =>
            {
                self.make("product_details")
            }
            () => None,
        }
    }

    /// "Is it vegan?", of what was shown.
    fn asks_of_it(&self, all: &[String]) -> bool {
        let asks = !details::aspects(all).is_empty() || !details::properties(all).is_empty();
        let shown = !self.memory.shop.shelf.shown.is_empty();
        asks && shown && self.found.refers && self.found.orders.is_empty()
    }
}

fn has_more(all: &[String]) -> bool {
    has(all, &SHOPPING.lists.more) || has(all, &SHOPPING.lists.cheaper)
}

fn is_definite(all: &[String]) -> bool {
    all.iter()
        .any(|word| matches!(word.as_str(), "the" | "it" | "this" | "that" | "its"))
}
