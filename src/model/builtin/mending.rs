//! An exchange, a thing to be put right, or a parcel that has not come: as far as it is known, and
//! which messages add to it. Depends on earlier turns and on the text alone, as `understand` does.

use super::basket::count_alone;
use super::classify::Guess;
use super::details::has;
use super::entities::{Found, Part};
use super::memory::Memory;
use super::plans::{Does, plan};
use super::replies::{Asked, Replies};
use super::told::{AFTERSALES, Step, Told};
use super::understand::{CONFIRMS, DECLINES, OrderRef, Ways, Wish, is_social, order_ref, wish};
use super::words;
use crate::domain::aftersale::{ItemProblem, RemedyWanted};
use crate::domain::policy::RefundTo;
use crate::domain::returns::ReturnReason;

/// Turns about something else after which a matter is no longer what is talked about.
const REMEMBERED_TURNS: u64 = 2;
/// An answer that only adds a detail has so few words.
const DETAIL_WORDS: usize = 16;
/// From here on a message is surely what it looks like.
const SURE: f32 = 0.6;

/// Why it is a `Box` in a wish: most wishes have none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mending {
    /// The intent that goes on.
    pub intent: String,
    pub order: OrderRef,
    pub parts: Vec<Part>,
    pub problem: Option<ItemProblem>,
    pub remedy: Option<RemedyWanted>,
    pub size: Option<String>,
    pub color: Option<String>,
    pub step: Option<Step>,
    pub method: Option<String>,
    pub refund_to: Option<RefundTo>,
    /// Something is to be done, not only told.
    pub act: bool,
    /// There is no picture of it.
    pub no_photo: bool,
}

impl Mending {
    /// What a message that begins one says.
    pub fn begun(memory: &Memory, intent: &str, text: &str, found: &Found) -> Option<Box<Self>> {
        let does = plan(intent)?.does;
        if !does.mends() {
            return None;
        }
        let told = Told::read(text);
        let mut mending = Self {
            intent: intent.to_owned(),
            order: order_ref(found),
            parts: parts(memory, does, &told, found),
            problem: told.problem.or_else(|| problem_of(found)),
            ..Self::default()
        };
        mending.add(&told);
        let opens = has(&words::words(text), &AFTERSALES.lists.opens) && !found.question;
        mending.act |= does == Does::Claim && (intent == "claim_parcel" || opens);
        if does == Does::PutRight {
            mending.read_items(text);
        }
        if does == Does::PutRight && intent == "items_missing" {
            mending.problem = Some(ItemProblem::Missing);
        }
        // "It is damaged, too", "where is it then?": the same matter in other words.
        if let Some(before) = &memory.mending
            && is_fresh(memory)
            && plan(&before.intent).is_some_and(|plan| plan.does == does)
            && mending.order == OrderRef::Focus
        {
            mending.order = before.order.clone();
            if !mending.parts.iter().any(Part::points) {
                mending.parts.clone_from(&before.parts);
            }
            mending.remedy = mending.remedy.or(before.remedy);
            mending.problem = mending.problem.or(before.problem);
            mending.refund_to = mending.refund_to.or(before.refund_to);
            mending.size = mending.size.or_else(|| before.size.clone());
            mending.color = mending.color.or_else(|| before.color.clone());
            mending.method = mending.method.or_else(|| before.method.clone());
        }
        Some(Box::new(mending))
    }

    /// "Two were ordered and one of them is missing" is about one; "the wrong item instead of the
    /// fleece" about the fleece.
    fn read_items(&mut self, text: &str) {
        let missing = words::clauses(text)
            .into_iter()
            .filter(|clause| Told::read(clause).problem == Some(ItemProblem::Missing));
        let counted = missing.filter_map(|clause| Found::read(&clause).quantity());
        if let Some(quantity) = counted.last() {
            for part in &mut self.parts {
                part.quantity = Some(quantity);
            }
        }
        let tail = text.split_once("instead of ").map(|(_, tail)| tail);
        if let (Some(tail), false) = (tail, self.parts.iter().any(Part::points)) {
            let instead = Found::read(tail);
            if instead.points() {
                self.parts = instead.parts;
            }
        }
    }

    /// What the rest of the message says and its own part does not.
    fn take_from(&mut self, told: &Told) {
        self.remedy = self.remedy.or(told.remedy);
        self.act |= told.remedy.is_some();
        self.method = self.method.take().or_else(|| told.method.clone());
        self.refund_to = self.refund_to.or(told.refund_to);
        if self.size.is_none() && self.color.is_none() && self.step.is_none() {
            self.size.clone_from(&told.size);
            self.color.clone_from(&told.color);
            self.step = told.step;
        }
    }

    fn add(&mut self, told: &Told) {
        self.remedy = told.remedy.or(self.remedy);
        if told.either {
            self.remedy = self.remedy.or(Some(RemedyWanted::Replacement));
        }
        self.act |= told.remedy.is_some();
        if told.changes() {
            // Another size keeps the colour that was wanted, and the other way round.
            self.step = told.step.filter(|_| told.size.is_none());
            self.size = told.size.clone().or(self.size.take());
            self.color = told.color.clone().or(self.color.take());
        }
        self.method = told.method.clone().or(self.method.take());
        self.refund_to = told.refund_to.or(self.refund_to);
    }
}

/// "Exchange the fleece, and take the difference from my gift card": what another part of the message
/// says of the same matter, and is no wish of its own.
pub fn told_together(text: &str, wishes: &mut Vec<Wish>) {
    let mends = |wish: &Wish| wish.mending.is_some();
    let returns = |wish: &Wish| wish.intent == "return_start";
    if !wishes.iter().any(|wish| mends(wish) || returns(wish)) {
        return;
    }
    let told = Told::read(text);
    let questions = Found::read(text).question;
    for wish in wishes.iter_mut() {
        if let Some(mending) = &mut wish.mending {
            mending.take_from(&told);
        } else if wish.intent == "return_start"
            && let Some(frame) = &mut wish.frame
        {
            frame.ways = Ways::read(text, Some(&frame.ways));
        }
    }
    let returns_only = wishes.iter().any(returns) && told.problem.is_none() && !told.changes();
    if returns_only {
        // "It was a present, and I want to return it" has nothing put right.
        wishes.retain(|wish| !mends(wish));
    }
    let mended = wishes.iter().any(mends);
    let put_right = wishes.iter().any(|wish| {
        mends(wish) && plan(&wish.intent).is_some_and(|plan| plan.does == Does::PutRight)
    });
    wishes.retain(|wish| {
        let claims = plan(&wish.intent).is_some_and(|plan| plan.does == Does::Claim);
        let goods = plan(&wish.intent).is_some_and(|plan| plan.family == "products");
        let said = told.says(&wish.intent) && (mended || wish.intent != "return_start")
            || goods && !questions;
        mends(wish) && !(claims && put_right) || !mends(wish) && (!said || questions && !mended)
    });
}

/// The items that are meant: the words of a size or colour that is wanted name none of them.
fn parts(memory: &Memory, does: Does, told: &Told, found: &Found) -> Vec<Part> {
    if does != Does::Exchange || !told.changes() {
        return found.parts.clone();
    }
    let mut found = Found::read(&told.rest);
    super::understand::recognise(memory, &mut found);
    found.parts
}

fn problem_of(found: &Found) -> Option<ItemProblem> {
    match found.reason()? {
        ReturnReason::WrongItem => Some(ItemProblem::Wrong),
        ReturnReason::Defective => Some(ItemProblem::Damaged),
        _ => None,
    }
}

/// Is it what is talked about?
fn is_fresh(memory: &Memory) -> bool {
    memory.turns.saturating_sub(memory.mended) <= REMEMBERED_TURNS
}

/// Is a matter of what was sent what the shopper was asked about last, and nothing of a return?
pub fn holds(memory: &Memory) -> bool {
    let returns = [Asked::Return, Asked::Person, Asked::Reason, Asked::Confirm];
    let asked = memory.asked.is_some_and(|asked| returns.contains(&asked));
    let last = memory.last_intent.as_deref().and_then(plan);
    memory.mending.is_some()
        && is_fresh(memory)
        && !asked
        && last.is_some_and(|plan| plan.does.mends())
}

/// "Exchange my torn jacket for a new one" has it put right and not exchanged; so has "it is torn, I
/// want my money back", where nothing is said of sending it back.
pub fn as_meant(intent: String, whole: &str, text: &str, found: &Found) -> String {
    if matches!(intent.as_str(), "refund_request" | "return_start") {
        let told = Told::read(whole);
        let broken = told.problem.or_else(|| problem_of(found)).is_some();
        let returns = has(&words::words(whole), &AFTERSALES.lists.sends_back);
        return if broken && told.remedy.is_some() && !returns && !found.question {
            "item_problem".to_owned()
        } else {
            intent
        };
    }
    if intent != "exchange" {
        return intent;
    }
    let told = Told::read(text);
    let broken = told.problem.or_else(|| problem_of(found)).is_some();
    if broken && !told.changes() {
        "item_problem".to_owned()
    } else {
        intent
    }
}

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
