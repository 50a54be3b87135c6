//! The conversation as the built-in model remembers it: nothing is kept between calls, everything
//! is read from the request's messages, turn by turn.

use std::collections::HashMap;

use jiff::civil::Date;
use serde_json::Value;

use super::changes::{self, Changes};
use super::errands::Errands;
use super::goods::Product;
use super::mending::Mending;
use super::plans::plan;
use super::proofs::Proof;
use super::replies::{Asked, Replies};
use super::results::{self, Order, Outcome, Proposed};
use super::understand::{self, Frame, OrderRef, Wish};
use crate::domain::page::PageProduct;
use crate::model::Message;

/// Turns that are read; older ones hold nothing that a next answer needs.
const TURNS_READ_MAX: usize = 40;

/// One call and what came of it.
#[derive(Clone, Debug)]
pub struct Done {
    pub tool: String,
    pub arguments: Value,
    pub outcome: Outcome,
}

/// A shopper's messages up to the reply to them.
#[derive(Clone, Debug, Default)]
pub struct Turn {
    pub text: String,
    pub done: Vec<Done>,
    pub said: String,
    closed: bool,
}

impl Turn {
    /// The calls that have prepared something.
    fn preparing_calls(&self) -> Vec<(&'static str, Value)> {
        let prepares =
            |done: &&Done| matches!(done.outcome, Outcome::Proposed(_) | Outcome::Prepared(_));
        let call = |done: &Done| {
            let tool = results::preparing_tool(&done.tool)?;
            Some((tool, done.arguments.clone()))
        };
        self.done.iter().filter(prepares).filter_map(call).collect()
    }
}

/// Data about now, from the context message.
#[derive(Clone, Debug, Default)]
pub struct Now {
    pub today: Option<Date>,
    /// Signed in, or the owner of an order by proof.
    pub signed_in: bool,
    /// A customer, who may see everything of their own.
    pub customer: bool,
    /// A code was sent and not given yet.
    pub code_sent: bool,
    pub proposal_open: bool,
    pub waiting: bool,
    /// What the page shows on which the shopper writes: id and title.
    pub page_product: Option<Product>,
    /// Pictures that came with the messages to answer.
    pub pictures: bool,
    /// A sentence that was not sent.
    pub stopped: Option<String>,
    pub already_said: String,
}

/// What earlier turns left behind.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    pub orders: Vec<Order>,
    /// The order that was spoken of last.
    pub focus: Option<String>,
    pub frame: Option<Frame>,
    /// What is to be exchanged, put right or found, and the turn that spoke of it last.
    pub mending: Option<Box<Mending>>,
    pub mended: u64,
    pub proposal: Option<Proposed>,
    /// An order action waits for a yes, and the tool that it is of.
    pub prepared: bool,
    pub prepared_by: String,
    /// The calls that have prepared what waits for a yes.
    pub open_calls: Vec<(&'static str, Value)>,
    /// The change of an order that is talked about, and the wish that it belongs to.
    pub changes: Option<Changes>,
    pub changes_of: Option<String>,
    /// The tool of the change has refused in the last turn.
    pub change_refused: bool,
    /// Questions in a row about a change.
    pub asked_change: u32,
    pub asked: Option<Asked>,
    /// Intent of the last wish that was no small talk.
    pub last_intent: Option<String>,
    /// Turns in a row that were not understood.
    pub unsure: u32,
    /// Insults answered so far.
    pub abuse: u32,
    /// How often each question was asked in a row: none is asked a third time.
    pub asked_item: u32,
    pub asked_reason: u32,
    pub asked_remedy: u32,
    pub asked_problem: u32,
    pub asked_wanted: u32,
    /// How often in a row the shopper was told to sign in.
    pub sign_ins: u32,
    /// The assistant's last words.
    pub said: String,
    /// Number in the last question "Do you mean order …?".
    pub offered_order: Option<String>,
    pub turns: u64,
    /// Products, sizes, shipping, offers, the cart.
    pub shop: Errands,
    pub proof: Proof,
    /// What was said when a person was called: it tells when one answers.
    pub passed_on: Option<String>,
}

impl Memory {
    pub fn order(&self, number: &str) -> Option<&Order> {
        self.orders
            .iter()
            .rev()
            .find(|order| order.order_number == number)
    }

    /// Family of the last wish that was no small talk.
    pub fn last_family(&self) -> Option<&'static str> {
        plan(self.last_intent.as_deref()?).map(|plan| plan.family.as_str())
    }

    fn learn(&mut self, order: &Order) {
        self.orders
            .retain(|known| known.order_number != order.order_number);
        self.orders.push(order.clone());
        self.focus = Some(order.order_number.clone());
    }

    /// Something waits for a yes, as far as earlier turns tell.
    pub fn has_open(&self) -> bool {
        self.proposal.is_some() || self.prepared
    }

    fn absorb(&mut self, turn: &Turn) {
        let wishes = understand::wishes(self, &turn.text, self.has_open());
        let mut registered: Vec<String> = Vec::new();
        self.change_refused = false;
        for done in &turn.done {
            match &done.outcome {
                Outcome::Order(order) => self.learn(order),
                Outcome::Proposed(proposed) => {
                    self.proposal = Some((**proposed).clone());
                    self.focus = Some(proposed.order_number.clone());
                }
                Outcome::Registered { order } => {
                    registered.push(order.clone());
                    if !order.is_empty() {
                        self.focus = Some(order.clone());
                    }
                }
                Outcome::Prepared(prepared) => {
                    self.proposal = None;
                    self.prepared = true;
                    self.prepared_by.clone_from(&done.tool);
                    if !prepared.order_number.is_empty() {
                        self.focus = Some(prepared.order_number.clone());
                    }
                }
                Outcome::CarriedOut { order } => {
                    self.changes = None;
                    registered.push(order.clone());
                    if !order.is_empty() {
                        self.focus = Some(order.clone());
                    }
                }
                Outcome::Refused(_) => {
                    self.change_refused |= changes::is_tool(&done.tool);
                }
                Outcome::PassedOn { words } => self.passed_on = Some(words.clone()),
                _ => {}
            }
        }
        self.hear_calls(turn, !registered.is_empty());
        self.turns += 1;
        self.remember(&wishes);
        if let Some(mending) = &mut self.mending
            && !turn.done.is_empty()
            && matches!(mending.order, OrderRef::Other | OrderRef::Month(_))
        {
            mending.order = OrderRef::Focus;
        }
        // Which order was meant is settled by what was looked up for it.
        if let Some(frame) = &mut self.frame
            && !turn.done.is_empty()
            && matches!(frame.order, OrderRef::Other | OrderRef::Month(_))
        {
            frame.order = OrderRef::Focus;
        }
        self.hear_own(&turn.said);
        self.shop.absorb(turn, &wishes, self.asked);
        self.proof
            .absorb(turn, &wishes, Replies::get().proof_asked_in(&turn.said));
        if !registered.is_empty() {
            self.frame = None;
            self.mending = None;
            self.proposal = None;
            // What of them can still go back has changed.
            self.orders
                .retain(|known| !registered.contains(&known.order_number));
        }
    }

    /// What has been prepared waits until something is carried out or takes its place.
    fn hear_calls(&mut self, turn: &Turn, carried_out: bool) {
        let calls = turn.preparing_calls();
        if carried_out || !calls.is_empty() {
            self.open_calls = calls;
        }
    }

    fn remember(&mut self, wishes: &[Wish]) {
        let unsure = wishes.iter().any(|wish| wish.intent == understand::UNSURE);
        self.unsure = if unsure { self.unsure + 1 } else { 0 };
        for wish in wishes {
            if wish.intent == "abuse" {
                self.abuse += 1;
            }
            if wish.is_task() {
                self.last_intent = Some(wish.intent.clone());
            }
            if let Some(frame) = &wish.frame {
                self.frame = Some(frame.clone());
            }
            if wish.intent == understand::DECLINES {
                if std::mem::take(&mut self.prepared) {
                    self.changes = None;
                }
                self.mending = None;
            }
            if let Some(change) = &wish.change {
                self.changes = Some((**change).clone());
                self.changes_of = Some(wish.intent.clone());
            }
            if let Some(mending) = &wish.mending {
                self.mending = Some(mending.clone());
                self.mended = self.turns;
                if wish.change.is_none() {
                    self.changes = None;
                }
            } else if wish.frame.is_some() || wish.change.is_some() {
                self.mending = None;
            }
        }
    }

    fn hear_own(&mut self, said: &str) {
        let replies = Replies::get();
        self.asked = replies.asked_in(said);
        said.clone_into(&mut self.said);
        let sign_in = said.contains(&replies.say("sign_in_mark", 0, ()));
        self.sign_ins = if sign_in { self.sign_ins + 1 } else { 0 };
        let count = |before: u32, now: bool| if now { before + 1 } else { 0 };
        self.asked_item = count(self.asked_item, self.asked == Some(Asked::Item));
        self.asked_reason = count(self.asked_reason, self.asked == Some(Asked::Reason));
        let change = self.asked.is_some_and(Asked::is_change);
        self.asked_change = count(self.asked_change, change);
        self.asked_remedy = count(self.asked_remedy, self.asked == Some(Asked::Remedy));
        self.asked_problem = count(self.asked_problem, self.asked == Some(Asked::Problem));
        self.asked_wanted = count(self.asked_wanted, self.asked == Some(Asked::Wanted));
        self.offered_order = (self.asked == Some(Asked::Order))
            .then(|| super::entities::Found::read(said).orders.pop())
            .flatten();
    }
}

/// Everything that one call goes by.
pub struct Talk {
    pub memory: Memory,
    pub now: Now,
    /// The turn to answer.
    pub turn: Turn,
}

impl Talk {
    pub fn read(messages: &[Message]) -> Self {
        let mut turns = turns(messages);
        let turn = turns.pop().unwrap_or_default();
        let mut memory = Memory::default();
        let from = turns.len().saturating_sub(TURNS_READ_MAX);
        for past in &turns[from..] {
            memory.absorb(past);
        }
        let context = messages.iter().rev().find_map(|message| match message {
            Message::Context(text) => Some(&**text),
            _ => None,
        });
        let now = context.map(now).unwrap_or_default();
        if let Some(product) = &now.page_product {
            memory.shop.shelf.look_at(product);
        }
        Self { memory, now, turn }
    }

    /// What a call of this turn came to.
    pub fn done(&self, tool: &str, same: impl Fn(&Value) -> bool) -> Option<&Outcome> {
        let found = self
            .turn
            .done
            .iter()
            .rev()
            .find(|done| done.tool == tool && same(&done.arguments));
        found.map(|done| &done.outcome)
    }
}

fn turns(messages: &[Message]) -> Vec<Turn> {
    let mut turns: Vec<Turn> = Vec::new();
    let mut calls: HashMap<&str, (&str, &str)> = HashMap::new();
    for message in messages {
        match message {
            Message::System(_) | Message::Context(_) => {}
            Message::User(text) => {
                if turns.last().is_none_or(|turn| turn.closed) {
                    turns.push(Turn::default());
                }
                if let Some(turn) = turns.last_mut() {
                    if !turn.text.is_empty() {
                        turn.text.push('\n');
                    }
                    turn.text.push_str(text);
                }
            }
            Message::Assistant { text, calls: made } => {
                for call in made {
                    calls.insert(call.id.as_str(), (&call.tool, &call.arguments));
                }
                if turns.is_empty() {
                    turns.push(Turn::default());
                }
                if let Some(turn) = turns.last_mut() {
                    turn.said.push_str(text);
                    turn.closed = made.is_empty();
                }
            }
            Message::ToolResult {
                call,
                tool,
                content,
            } => {
                let arguments = calls
                    .get(call.as_str())
                    .map_or("{}", |(_, arguments)| arguments);
                let done = Done {
                    tool: tool.clone(),
                    arguments: serde_json::from_str(arguments).unwrap_or_default(),
                    outcome: Outcome::read(tool, content),
                };
                if turns.is_empty() {
                    turns.push(Turn::default());
                }
                if let Some(turn) = turns.last_mut() {
                    turn.done.push(done);
                }
            }
        }
    }
    turns
}

/// Lines "key: value"; what was said already runs to the end.
fn now(text: &str) -> Now {
    let value = |key: &str| {
        let start = format!("{key}: ");
        text.lines()
            .find_map(|line| line.strip_prefix(start.as_str()))
            .map(str::trim)
    };
    let is_set =
        |value: Option<&str>| value.is_some_and(|value| !matches!(value, "" | "none" | "no" | "-"));
    let already = text
        .find("\nalready_said: ")
        .map(|at| &text[at + "\nalready_said: ".len()..]);
    let customer = value("customer").unwrap_or("");
    Now {
        today: value("today").and_then(super::claims::long_date),
        signed_in: is_set(Some(customer)) && !customer.starts_with("not"),
        customer: customer == "signed in",
        code_sent: value("code_sent") == Some("yes"),
        proposal_open: is_set(value("open_proposal")),
        waiting: is_set(value("with_person")),
        page_product: value("page_product").and_then(page_product),
        pictures: value("pictures").is_some(),
        stopped: value("correction").and_then(quoted),
        already_said: already.map(said_already).unwrap_or_default(),
    }
}

/// The product of a page as the context tells it: JSON with its id and title.
fn page_product(json: &str) -> Option<Product> {
    let page: PageProduct = serde_json::from_str(json).ok()?;
    Some(Product {
        product_id: page.product.to_string(),
        title: page.title,
        ..Product::default()
    })
}

/// The JSON string with which a text begins, or the text as it stands.
fn said_already(text: &str) -> String {
    let line = text.lines().next().unwrap_or("");
    serde_json::from_str(line).unwrap_or_else(|_| text.to_owned())
}

/// The JSON string that a correction quotes: from the first quotation mark to the last one before
/// the reason.
fn quoted(text: &str) -> Option<String> {
    let start = text.find('"')?;
    let end = text.find("\" was not sent")? + 1;
    let quoted: String = serde_json::from_str(text.get(start..end)?).ok()?;
    Some(quoted.trim().to_owned())
}
