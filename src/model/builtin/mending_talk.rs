//! Which messages go on with an exchange, a thing to be put right or a parcel: answers, details,
//! pictures, another choice before the yes.

use super::basket::count_alone;
use super::classify::Guess;
use super::details::has;
use super::entities::{Found, Part};
use super::memory::Memory;
use super::mending::{Mending, is_fresh, parts, problem_of};
use super::plans::{Does, plan};
use super::replies::{Asked, Replies};
use super::told::{AFTERSALES, Told};
use super::understand::{CONFIRMS, DECLINES, OrderRef, Wish, is_social, order_ref, wish};
use super::words;
use crate::domain::aftersale::RemedyWanted;

/// An answer that only adds a detail has so few words.
const DETAIL_WORDS: usize = 16;
/// From here on a message is surely what it looks like.
const SURE: f32 = 0.6;

/// The wish that a message goes on with: an answer, a detail, a picture, another choice.
pub fn goes_on(
    memory: &Memory,
    text: &str,
    found: &Found,
    guess: &Guess,
    open: bool,
) -> Option<Wish> {
    let before = memory.mending.as_deref().filter(|_| is_fresh(memory))?;
    // A question of `changing` is answered there.
    if memory.asked.is_some_and(Asked::is_change) {
        return None;
    }
    let heard = Heard {
        memory,
        before,
        text,
        found,
        told: Told::read(text),
        top: guess.top(),
    };
    let waits = open && memory.prepared;
    heard
        .sends_back()
        .or_else(|| heard.goes_on())
        .or_else(|| heard.decides().filter(|_| waits))
}

struct Heard<'a> {
    memory: &'a Memory,
    before: &'a Mending,
    text: &'a str,
    found: &'a Found,
    told: Told,
    top: (&'a str, f32),
}

impl Heard<'_> {
    fn does(&self) -> Does {
        plan(&self.before.intent).map_or(Does::Say, |plan| plan.does)
    }

    fn says(&self, name: &str) -> bool {
        self.top.0 == name && self.top.1 > 0.5
    }

    /// "Then I'd rather return it": an exchange or a fault becomes a return of the same items.
    fn sends_back(&self) -> Option<Wish> {
        let all = words::words(self.text);
        let returns = has(&all, &AFTERSALES.lists.sends_back) && !self.told.changes();
        let of_items = matches!(self.does(), Does::Exchange | Does::PutRight);
        if !returns || !of_items || self.found.question && all.len() > DETAIL_WORDS {
            return None;
        }
        if self.says("return_policy") || self.says("refund_policy") || self.says("return_slip") {
            return None;
        }
        let mut wish = wish(self.memory, "return_start", self.text, self.found.clone());
        if let Some(frame) = &mut wish.frame {
            if frame.order == OrderRef::Focus {
                frame.order = self.before.order.clone();
            }
            if !frame.parts.iter().any(Part::points) {
                let reason = self.found.reason();
                frame.parts.clone_from(&self.before.parts);
                for part in &mut frame.parts {
                    part.reason = reason.or(part.reason);
                }
            }
        }
        Some(wish)
    }

    fn goes_on(&self) -> Option<Wish> {
        let leaves = ["no", "return_cancel", "thanks", "bye"]
            .iter()
            .any(|name| self.says(name));
        if leaves && !self.told.changes() && self.told.remedy.is_none() {
            return None;
        }
        if self.is_picture() || self.answers() || self.adds() {
            return Some(self.continued());
        }
        None
    }

    /// A yes that is no plain one, or a no, while an action waits for it.
    fn decides(&self) -> Option<Wish> {
        let make = |intent: &str| Some(wish(self.memory, intent, self.text, self.found.clone()));
        let social = |name: &str| self.says(name);
        match () {
            () if self.found.question => None,
            () if self.found.keeps || social("no") || social("return_cancel") => make(DECLINES),
            () if social("yes") || self.found.accepts && !self.is_new() => make(CONFIRMS),
            () => None,
        }
    }

    fn is_picture(&self) -> bool {
        let mark = Replies::get().say("picture_mark", 0, ());
        self.does() == Does::PutRight
            && !self.text.is_empty()
            && self.text.lines().all(|line| line == mark)
    }

    /// An answer to what was asked last.
    fn answers(&self) -> bool {
        let found = self.found;
        let names_order = !found.orders.is_empty() || found.other_order || found.month.is_some();
        let items = found.points() || found.quantity().is_some() || !self.words_only();
        match self.memory.asked {
            Some(Asked::Remedy) => {
                self.told.remedy.is_some() || self.told.either || self.told.refund_to.is_some()
            }
            Some(Asked::Problem) => {
                self.told.problem.is_some()
                    || found.reason().is_some()
                    || self.told.remedy.is_some()
            }
            Some(Asked::Wanted) => self.told.changes() || (self.short() && !self.is_new()),
            Some(Asked::Claim) => {
                self.says("yes")
                    || found.accepts
                    || self.told.remedy.is_some()
                    || self.wants_claim()
            }
            Some(Asked::Item | Asked::Parcel) => {
                items && !self.is_new()
                    || names_order && !self.is_new()
                    || self.short() && !self.is_new()
            }
            Some(Asked::Instead) => self.says("yes") || found.accepts,
            Some(Asked::HowMany) => count_alone(self.text).is_some() || found.quantity().is_some(),
            Some(Asked::Order) => self.says("yes") || names_order && !self.is_new(),
            _ => false,
        }
    }

    fn words_only(&self) -> bool {
        self.found.parts.iter().all(|part| part.names.is_empty())
    }

    fn short(&self) -> bool {
        let social = is_social(self.top.0, self.top.1);
        words::words(self.text).len() <= 7 && !social && !self.found.question
    }

    /// A detail that nobody asked for, or that the tool asked for in its own words.
    fn adds(&self) -> bool {
        let few = words::words(self.text).len() <= DETAIL_WORDS;
        if !few || self.is_new() {
            return false;
        }
        let told = &self.told;
        let pays = told.method.is_some() && !self.found.question;
        let names_order = self.found.is_bare_order(self.text);
        let items = self.found.points() && !self.found.question;
        match self.does() {
            Does::Exchange => told.changes() || pays || names_order || items,
            Does::PutRight => {
                self.shows()
                    || self.has_no_photo()
                    || told.remedy.is_some()
                    || told.refund_to.is_some()
                    || told.problem.is_some() && !self.found.question
                    || names_order
                    || items
            }
            Does::Claim => {
                told.remedy.is_some()
                    || (self.wants_claim() || self.found.insists) && !self.says("person")
                    || names_order
            }
            _ => false,
        }
    }

    /// "Here it is", with a picture or of one.
    fn shows(&self) -> bool {
        has(&words::words(self.text), &AFTERSALES.lists.shows) && !self.found.question
    }

    fn has_no_photo(&self) -> bool {
        has(&words::words(self.text), &AFTERSALES.lists.no_photo)
    }

    fn wants_claim(&self) -> bool {
        has(&words::words(self.text), &AFTERSALES.lists.claims)
    }

    /// Surely a wish of its own. What asks for money or another one is an answer here.
    fn is_new(&self) -> bool {
        let (top, sure) = self.top;
        let Some(plan) = plan(top) else {
            return false;
        };
        let own = plan.does == self.does() || plan.does.mends();
        let near = matches!(
            top,
            "refund_request"
                | "gift_cards"
                | "payment_methods"
                | "sizes"
                | "size_advice"
                | "product_details"
                | "product_refine"
                | "add_to_cart"
                | "product_search"
                | "change_order"
                | "return_start"
        );
        let asks = self.found.question && !plan.social;
        !plan.social && sure > SURE && !own && (!near || asks)
    }

    fn continued(&self) -> Wish {
        let mut mending = self.before.clone();
        let order = order_ref(self.found);
        let answers_item = matches!(self.memory.asked, Some(Asked::Item | Asked::Parcel));
        match order {
            OrderRef::Focus => {}
            other => {
                mending.order = other;
                if !answers_item && !self.found.points() {
                    mending.parts.retain(|part| !part.named);
                }
            }
        }
        if self.memory.asked == Some(Asked::Order)
            && self.found.orders.is_empty()
            && let Some(number) = &self.memory.offered_order
        {
            mending.order = OrderRef::Number(number.clone());
        }
        self.choose_items(&mut mending, answers_item);
        mending.problem = self
            .told
            .problem
            .or_else(|| problem_of(self.found))
            .or(mending.problem);
        mending.add(&self.told);
        mending.no_photo = self.has_no_photo();
        if self.memory.asked == Some(Asked::Instead) && self.told.remedy.is_none() {
            mending.remedy = Some(RemedyWanted::Refund);
        }
        if self.memory.asked == Some(Asked::Wanted) && !self.told.changes() {
            mending.color = Some(words::words(self.text).join(" "));
        }
        mending.act |=
            self.memory.asked == Some(Asked::Claim) || self.wants_claim() || self.found.insists;
        let intent = mending.intent.clone();
        let mut wish = wish(self.memory, &intent, self.text, self.found.clone());
        wish.order = mending.order.clone();
        wish.mending = Some(Box::new(mending));
        wish
    }

    /// A number alone, where one was asked for.
    fn count(&self) -> Option<u32> {
        let asked = self.memory.asked == Some(Asked::HowMany);
        count_alone(self.text).filter(|_| asked)
    }

    /// Newer words on which items replace older ones; a count alone is added to them.
    fn choose_items(&self, mending: &mut Mending, answers_item: bool) {
        let mut parts = parts(self.memory, self.does(), &self.told, self.found);
        let points = parts.iter().any(Part::points);
        if points || answers_item && parts.iter().any(|part| !part.names.is_empty()) {
            let quantity = mending.parts.iter().find_map(|part| part.quantity);
            for part in &mut parts {
                part.quantity = part.quantity.or(quantity.filter(|_| answers_item));
            }
            if self.found.adds && mending.parts.iter().any(Part::points) {
                parts.splice(0..0, mending.parts.clone());
            }
            mending.parts = parts;
        } else if let Some(quantity) = self.found.quantity().or_else(|| self.count()) {
            if mending.parts.is_empty() {
                mending.parts.push(Part::default());
            }
            for part in &mut mending.parts {
                part.quantity = Some(quantity);
            }
        }
    }
}
