//! An exchange, a thing to be put right, or a parcel that has not come: as far as it is known.
//! `mending_talk` says which messages add to it. Depends on earlier turns and on the text alone, as `understand` does.

use super::details::has;
use super::entities::{Found, Part};
use super::memory::Memory;
use super::plans::{Does, plan};
use super::replies::Asked;
use super::told::{AFTERSALES, Step, Told};
use super::understand::{OrderRef, Wish, order_ref};
use super::ways::Ways;
use super::words;
use crate::domain::aftersale::{ItemProblem, RemedyWanted};
use crate::domain::policy::RefundTo;
use crate::domain::returns::ReturnReason;

/// Turns about something else after which a matter is no longer what is talked about.
const REMEMBERED_TURNS: u64 = 2;

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
        let mut counted = missing.filter_map(|clause| Found::read(&clause).quantity());
        if let Some(quantity) = counted.next_back() {
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

    pub fn add(&mut self, told: &Told) {
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
pub fn parts(memory: &Memory, does: Does, told: &Told, found: &Found) -> Vec<Part> {
    if does != Does::Exchange || !told.changes() {
        return found.parts.clone();
    }
    let mut found = Found::read(&told.rest);
    super::understand::recognise(memory, &mut found);
    found.parts
}

pub fn problem_of(found: &Found) -> Option<ItemProblem> {
    match found.reason()? {
        ReturnReason::WrongItem => Some(ItemProblem::Wrong),
        ReturnReason::Defective => Some(ItemProblem::Damaged),
        _ => None,
    }
}

/// Is it what is talked about?
pub fn is_fresh(memory: &Memory) -> bool {
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
