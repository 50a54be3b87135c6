//! From what a shopper wrote to what is wanted. Depends only on earlier turns and on the text,
//! never on results of the turn itself: each step of a turn understands the same.

use super::basket;
use super::change_talk;
use super::changes::{self, Changes};
use super::classify::{Classifier, Guess};
use super::entities::{Found, Part};
use super::errand::{self, Errand};
use super::follow_up::Heard;
use super::goods_wishes::{is_vague, of_goods, stretched, without_narrowing};
use super::items::names_one_of;
use super::memory::Memory;
use super::mending::{self, Mending};
use super::mending_talk;
use super::parts::{self, intents, of_family};
use super::plans::{Does, plan};
use super::replies::Asked;
use super::returns::is_shops_fault;
use super::several::per_order;
use super::titles;
use super::ways::{Ways, says_where};
use super::words;
use crate::domain::returns::ReturnReason;

/// Nothing was understood.
pub const UNSURE: &str = "";
/// Something is pointed at, but nothing wanted of it.
pub const POINTED: &str = "pointed";
pub const CONFIRMS: &str = "confirms";
pub const DECLINES: &str = "declines";

/// A message of a few words that points at an item, and is surely nothing else, only points.
const SHORT_WORDS: usize = 7;
const POINTED_SURE: f32 = 0.6;
/// A message of so few parts and one wish is read as a whole.
const CLAUSES_TOGETHER_MAX: usize = 4;

/// A return as far as it is known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Frame {
    pub order: OrderRef,
    pub parts: Vec<Part>,
    /// The shopper does not want to give a reason.
    pub no_reason: bool,
    /// Where the money is to go, and whether it was a present.
    pub ways: Ways,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub enum OrderRef {
    Number(String),
    /// "the other one": another than the one in focus.
    Other,
    /// Placed in this month.
    Month(String),
    #[default]
    Focus,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Wish {
    pub intent: String,
    /// The part of the message that it stands in.
    pub text: String,
    pub order: OrderRef,
    pub found: Found,
    pub frame: Option<Frame>,
    /// Of a wish about products, sizes, shipping, offers or the cart.
    pub errand: Option<Box<Errand>>,
    /// Of a wish that changes an order.
    pub change: Option<Box<Changes>>,
    /// Of a wish about what was sent: an exchange, a thing to put right, a parcel.
    pub mending: Option<Box<Mending>>,
}

impl Wish {
    pub fn is_task(&self) -> bool {
        plan(&self.intent).is_some_and(|plan| !plan.social)
    }
}

/// The wishes of a message, the most urgent first; never none.
pub fn wishes(memory: &Memory, text: &str, proposal_open: bool) -> Vec<Wish> {
    let mut found = Found::read(text);
    recognise(memory, &mut found);
    let guess = Classifier::get().guess(text);
    if let Some(wish) = in_context(memory, text, &found, &guess, proposal_open) {
        let beside = beside_proof(memory, &wish, text);
        return std::iter::once(wish).chain(beside).collect();
    }
    let mut intents = intents(text, &guess);
    if intents.is_empty() {
        intents.push((fallback(memory, text, &found), text.to_owned()));
    }
    changes::alone(text, &mut intents);
    without_narrowing(&mut intents);
    basket::without_things(text, &mut intents);
    let parts: Vec<String> = intents.iter().map(|(_, part)| part.clone()).collect();
    for (at, (intent, part)) in intents.iter_mut().enumerate() {
        if plan(intent).is_some_and(|plan| plan.does.is_errand()) {
            *part = stretched(text, intent, &parts, at);
        }
    }
    // What is asked about may stand before or after the part that tells the wish.
    if let [(_, part)] = intents.as_mut_slice()
        && words::clauses(text).len() <= CLAUSES_TOGETHER_MAX
    {
        text.clone_into(part);
    }
    basket::each(&mut intents);
    let mut wishes: Vec<Wish> = intents
        .into_iter()
        .flat_map(|(intent, part)| {
            let intent = if is_vague(memory, &intent, &part, &guess) {
                fallback(memory, text, &found)
            } else {
                let intent = mending::as_meant(intent, text, &part, &found);
                as_rule(of_goods(memory, intent, &part, &found), &found)
            };
            let mut wish = wish(memory, &intent, &part, found.clone());
            if let Some(errand) = &mut wish.errand {
                errand.take_from(memory, text);
            }
            if wish.change.is_some() {
                // What is wanted of an order may stand in another part than the wish.
                let whole = Changes::of(memory, &wish.intent, text, &wish.found, &wish.order);
                wish.change = Some(Box::new(whole));
            }
            per_order(memory, wish)
        })
        .collect();
    mending::told_together(text, &mut wishes);
    wishes
}

/// "123456. And what is shipping to Germany?": what is wanted besides the wish that the proof is for.
fn beside_proof(memory: &Memory, proved: &Wish, text: &str) -> Vec<Wish> {
    let pending = memory.proof.pending.as_ref();
    if pending.is_none_or(|pending| pending.intent != proved.intent) {
        return Vec::new();
    }
    let rest = parts::without_proof(text);
    let guess = Classifier::get().guess(&rest);
    let family = |intent: &str| plan(intent).map(|plan| plan.family.as_str());
    let mut beside = intents(&rest, &guess);
    beside.retain(|(intent, part)| {
        let other = family(intent) != family(&proved.intent) && intent != "verify";
        let sure = of_family(&Classifier::get().guess(part), intent) >= parts::PART_SURE_MIN;
        other && sure && plan(intent).is_some_and(|plan| !plan.social)
    });
    let wish = |(intent, part): (String, String)| wish(memory, &intent, &part, Found::read(&part));
    beside.into_iter().map(wish).collect()
}

/// Any word of an item that was shown points at it, also one that no list holds.
pub fn recognise(memory: &Memory, found: &mut Found) {
    let shown = memory.focus.as_deref().and_then(|n| memory.order(n));
    if let Some(order) = shown {
        for part in &mut found.parts {
            part.named = names_one_of(order, &part.names);
        }
    }
}

/// "Does a return cost anything?" asks for a rule and not for a return.
fn as_rule(intent: String, found: &Found) -> String {
    let general = found.general && found.question && found.orders.is_empty();
    let returns = matches!(intent.as_str(), "return_policy" | "return_start");
    if returns && found.own_deadline && found.question && found.reason().is_none() {
        return "return_until".to_owned();
    }
    let rules = plan(&intent).and_then(|plan| plan.rules.clone());
    rules.filter(|_| general).unwrap_or(intent)
}

pub fn wish(memory: &Memory, intent: &str, text: &str, found: Found) -> Wish {
    let order = order_ref(&found);
    let collects = plan(intent).is_some_and(|plan| plan.does == Does::Return);
    // A report of a fault is remembered, so that "return it" later knows item and reason.
    let frame =
        (collects || intent == "item_problem").then(|| started(memory, &order, text, &found));
    Wish {
        intent: intent.to_owned(),
        text: text.to_owned(),
        errand: errand::of(memory, intent, text, &found),
        change: changes::tool(intent)
            .map(|_| Box::new(Changes::of(memory, intent, text, &found, &order))),
        mending: Mending::begun(memory, intent, text, &found),
        order,
        found,
        frame,
    }
}

pub fn order_ref(found: &Found) -> OrderRef {
    match (found.orders.first(), &found.month) {
        (Some(number), _) => OrderRef::Number(number.clone()),
        (None, _) if found.other_order => OrderRef::Other,
        (None, Some(month)) => OrderRef::Month(month.clone()),
        (None, None) => OrderRef::Focus,
    }
}

/// A return that begins, or goes on where the message leaves something out.
fn started(memory: &Memory, order: &OrderRef, text: &str, found: &Found) -> Frame {
    let mut frame = Frame {
        order: order.clone(),
        parts: found.parts.clone(),
        no_reason: found.no_reason,
        ways: Ways::read(text, None),
    };
    let answers = matches!(
        memory.asked,
        Some(Asked::Item | Asked::Reason | Asked::Order | Asked::Return | Asked::Confirm)
    );
    let refers = found.refers && *order == OrderRef::Focus;
    if let Some(before) = &memory.frame
        && (answers
            || refers
            || memory.last_intent.is_some() && frame.parts.is_empty() && *order != OrderRef::Focus)
        && !found.points()
    {
        if *order == OrderRef::Focus {
            frame.order = before.order.clone();
        }
        frame.ways = Ways::read(text, Some(&before.ways));
        frame.parts = merged(&before.parts, found, memory.proposal.is_some());
    }
    frame
}

/// What a message means because of what was said before.
fn in_context(
    memory: &Memory,
    text: &str,
    found: &Found,
    guess: &Guess,
    open: bool,
) -> Option<Wish> {
    if let Some(wish) = change_talk::goes_on(memory, text, found, guess, open) {
        return Some(wish);
    }
    if let Some(wish) = mending_talk::goes_on(memory, text, found, guess, open) {
        return Some(wish);
    }
    // What follows is about a return that waits for its yes.
    let open = open && !(memory.prepared && changes::is_tool(&memory.prepared_by));
    let (top, sure) = guess.top();
    let make = |intent: &str| Some(wish(memory, intent, text, found.clone()));
    let new_task =
        plan(top).is_some_and(|plan| !plan.social && plan.family != "return") && sure > 0.6;
    if open && found.keeps && !found.points() && !found.question {
        return make(DECLINES);
    }
    if let Some(frame) = &memory.frame
        && (memory.last_family() == Some("return") || frame.ways.gift)
        && says_where(&frame.ways, text, found)
    {
        return continued(memory, text, found);
    }
    // An item named in few words is an answer, whatever else the words are like.
    // A product by its title is none of the order, when something is asked about it.
    let of_return = plan(top).is_some_and(|plan| plan.family == "return");
    let of_product = found.question && !of_return && titles::named(text).is_some();
    let new_task = new_task || of_product;
    let new_task = new_task && !(open && found.corrects && names_items(text, found));
    if open
        && !new_task
        && let Some(wish) = of_open_return(memory, text, found, (top, sure))
    {
        return Some(wish);
    }
    let goes_on = || memory.last_intent.as_deref().unwrap_or("order_status");
    let heard = Heard {
        memory,
        text,
        found,
        guess,
    };
    if let Some(wish) = heard.goes_on() {
        return Some(wish);
    }
    if let Some(wish) = asked(memory, text, found, (top, sure), new_task) {
        return Some(wish);
    }
    if found.is_bare_order(text) && (memory.focus.is_some() || !found.orders.is_empty()) {
        return make(goes_on());
    }
    let short = words::words(text).len() <= SHORT_WORDS;
    let of_goods =
        plan(top).is_some_and(|plan| plan.does.is_errand()) && of_family(guess, top) > 0.4;
    if found.points()
        && !new_task
        && !of_goods
        && (found.corrects || (short && sure < POINTED_SURE))
    {
        return continued(memory, text, found)
            .or_else(|| make(POINTED).filter(|_| sure < POINTED_SURE));
    }
    None
}

/// What a message says to a return that waits for its yes.
fn of_open_return(
    memory: &Memory,
    text: &str,
    found: &Found,
    (top, sure): (&str, f32),
) -> Option<Wish> {
    let make = |intent: &str| Some(wish(memory, intent, text, found.clone()));
    let says = |name: &str| top == name && sure > 0.5;
    let changes = found.points() || found.quantity().is_some();
    let declines = matches!(top, "no" | "return_cancel" | "cancel_order") && sure > 0.35;
    let unwanted = found
        .reason()
        .is_none_or(|reason| reason == ReturnReason::Unwanted);
    if !changes && declines && unwanted {
        return make(DECLINES);
    }
    let again = says("return_start") && found.orders.is_empty();
    if changes || found.reason().is_some() || again {
        return continued(memory, text, found);
    }
    (says("yes") && memory.asked != Some(Asked::Person)).then(|| make(CONFIRMS))?
}

/// What a message means as the answer to the assistant's last question.
fn asked(
    memory: &Memory,
    text: &str,
    found: &Found,
    (top, sure): (&str, f32),
    new_task: bool,
) -> Option<Wish> {
    let make = |intent: &str| Some(wish(memory, intent, text, found.clone()));
    let says = |name: &str| top == name && sure > 0.5;
    let about_order = !found.orders.is_empty() || found.other_order || found.month.is_some();
    match memory.asked? {
        Asked::Person
            if let Some(wish) = offered_person(memory, text, found, (top, sure), new_task) =>
        {
            Some(wish)
        }
        // "It can't go back unless it is faulty": "it is broken".
        Asked::Person if found.reason().is_some() && memory.frame.is_some() && !new_task => {
            continued(memory, text, found)
        }
        Asked::Claim if found.leaves && !found.insists => make("no"),
        Asked::Claim if says("yes") || found.accepts => make("claim_parcel"),
        Asked::Return if says("yes") || (found.points() && !new_task) => {
            continued(memory, text, found).or_else(|| make("return_start"))
        }
        Asked::Order if says("yes") || (found.other_order && found.orders.is_empty()) => {
            let mut wish = make(memory.last_intent.as_deref().unwrap_or("order_status"))?;
            let number = OrderRef::Number(memory.offered_order.clone()?);
            if let Some(frame) = &mut wish.frame {
                frame.order = number.clone();
            }
            wish.order = number;
            Some(wish)
        }
        Asked::Order if about_order && !new_task => {
            make(memory.last_intent.as_deref().unwrap_or("order_status"))
        }
        Asked::Item | Asked::Reason
            if !new_task && (about_order || found.points()) || names_items(text, found) =>
        {
            continued(memory, text, found)
        }
        Asked::Item | Asked::Reason
            if !new_task && (found.reason().is_some() || found.no_reason) =>
        {
            continued(memory, text, found)
        }
        Asked::Item | Asked::Reason if !new_task && !is_social(top, sure) && sure < 0.6 => {
            continued(memory, text, found)
        }
        Asked::Item | Asked::Reason if says("yes") || says("return_start") => {
            continued(memory, text, found)
        }
        _ => None,
    }
}

/// What a message means as the answer to the offer of a person.
fn offered_person(
    memory: &Memory,
    text: &str,
    found: &Found,
    (top, sure): (&str, f32),
    new_task: bool,
) -> Option<Wish> {
    let says = |name: &str| top == name && sure > 0.5;
    let family = |intent: &str| plan(intent).map(|plan| plan.family.as_str());
    let same_matter = !new_task || family(top) == memory.last_intent.as_deref().and_then(family);
    let about_order = !found.orders.is_empty() || found.other_order || found.month.is_some();
    let returning = memory.frame.is_some() && !new_task && !found.insists;
    // "Just the one I have", after a count that was too high; "then the second one", after the
    // first could not go back.
    if returning && (found.quantity().is_some() || found.points() && !says("exchange")) {
        return continued(memory, text, found);
    }
    if found.leaves && !found.insists && !found.question {
        return Some(wish(memory, "no", text, found.clone()));
    }
    let takes_it = found.insists || found.accepts;
    let leaves_it = says("thanks") || says("bye") || says("no");
    (says("yes") || (same_matter && !about_order && takes_it && !leaves_it))
        .then(|| wish(memory, "person", text, found.clone()))
}

/// A few words that name items, or another order, and ask nothing.
fn names_items(text: &str, found: &Found) -> bool {
    (found.points() || found.other_order)
        && !found.question
        && words::words(text).len() <= SHORT_WORDS
}

pub fn is_social(top: &str, sure: f32) -> bool {
    plan(top).is_some_and(|plan| plan.social) && sure > 0.5
}

/// The return that is being talked about, with what this message adds or changes.
fn continued(memory: &Memory, text: &str, found: &Found) -> Option<Wish> {
    if mending::holds(memory) {
        return None;
    }
    let before = memory.frame.clone()?;
    let order = order_ref(found);
    let frame = Frame {
        parts: if order == OrderRef::Focus || !found.parts.is_empty() {
            merged(&before.parts, found, memory.proposal.is_some())
        } else {
            Vec::new()
        },
        order: if order == OrderRef::Focus {
            before.order
        } else {
            order.clone()
        },
        no_reason: found.no_reason || before.no_reason,
        ways: Ways::read(text, Some(&before.ways)),
    };
    Some(Wish {
        intent: "return_start".to_owned(),
        text: text.to_owned(),
        order,
        found: found.clone(),
        frame: Some(frame),
        errand: None,
        change: None,
        mending: None,
    })
}

/// Newer words on which items replace older ones; a reason or a count alone is added to them.
fn merged(before: &[Part], found: &Found, proposed: bool) -> Vec<Part> {
    let names_items =
        found.points() || (!found.parts.is_empty() && !before.iter().any(Part::points));
    let reason = before.iter().find_map(|part| part.reason);
    if names_items {
        let mut parts = found.parts.clone();
        // A reason changes with the items when it decides who pays: a fault is one item's own.
        let kept = reason
            .filter(|reason| !before.iter().any(Part::points) || !is_shops_fault(Some(*reason)));
        for part in &mut parts {
            part.reason = part.reason.or(kept);
        }
        if proposed && found.adds && before.iter().any(Part::points) {
            parts.splice(0..0, before.iter().cloned());
        }
        return parts;
    }
    let mut parts = before.to_vec();
    for part in &mut parts {
        part.reason = found.reason().or(part.reason);
        part.quantity = found.quantity().or(part.quantity);
    }
    if parts.is_empty() {
        found.parts.clone()
    } else {
        parts
    }
}

/// Not understood: a number or a pointing word may still go on from what was wanted before.
fn fallback(memory: &Memory, text: &str, found: &Found) -> String {
    let short = words::words(text).len() <= 6;
    let about_order = !found.orders.is_empty() || found.other_order;
    match &memory.last_intent {
        Some(intent) if short && about_order => intent.clone(),
        None if about_order => "order_status".to_owned(),
        _ if found.reason().is_some() => "item_problem".to_owned(),
        _ if found.points() => POINTED.to_owned(),
        _ => UNSURE.to_owned(),
    }
}
