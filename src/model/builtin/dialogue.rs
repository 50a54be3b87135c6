//! Carries out plans: each wish becomes tool calls that are still missing, or words.

use serde_json::{Map, Value, json};

use super::details::{SHOPPING, has};
use super::memory::Talk;
use super::plans::{Does, Plan, plan};
use super::replies::{Asked, Replies};
use super::results::{Order, Outcome, Passage};
use super::understand::{self, CONFIRMS, DECLINES, POINTED, UNSURE, Wish};
use super::{language, policy, words};
use crate::domain::bundle::HandOffReason;
use crate::model::{ModelRequest, ToolSpec};

/// A question for the index: longer messages say less, not more.
const QUERY_BYTES_MAX: usize = 300;
/// What a person is quoted of the shopper's message.
const QUOTE_BYTES_MAX: usize = 300;

/// Tools whose effect waits for the shopper's yes.
const PREPARES: [&str; 1] = ["start_return"];

/// What the model answers.
#[derive(Debug, Default, PartialEq)]
pub struct Answer {
    pub text: String,
    pub calls: Vec<(&'static str, Value)>,
}

/// The next thing to do for one wish.
pub enum Step {
    Say(String),
    Call(&'static str, Value),
    /// Several that belong to one wish.
    Both(Vec<Step>),
}

impl Step {
    /// As one step; words wait until no call is missing.
    pub fn together(steps: Vec<Self>) -> Self {
        let calls = |step: &Self| matches!(step, Self::Call(..));
        if steps.iter().any(calls) {
            return Self::Both(steps.into_iter().filter(calls).collect());
        }
        Self::Both(steps)
    }

    fn flat(self) -> Vec<Self> {
        match self {
            Self::Both(steps) => steps.into_iter().flat_map(Self::flat).collect(),
            one => vec![one],
        }
    }
}

/// An order, or what to do to get it.
pub enum Look<'a> {
    Found(&'a Order),
    Not(Step),
}

pub struct Dialogue<'a> {
    pub talk: &'a Talk,
    tools: &'a [ToolSpec],
    /// Picks among wordings.
    variant: u64,
}

pub fn answer(request: &ModelRequest) -> Answer {
    let talk = Talk::read(&request.messages);
    let variant = talk.memory.turns + talk.turn.text.len() as u64;
    let dialogue = Dialogue {
        talk: &talk,
        tools: &request.tools,
        variant,
    };
    let mut answer = dialogue.answer();
    answer.text = asked_once(&one_offer(&answer.text));
    let fresh = talk.now.already_said.is_empty() && talk.now.stopped.is_none();
    if answer.calls.is_empty() && fresh && same_words(&answer.text, &talk.memory.said) {
        answer = dialogue.not_again(answer.text);
    }
    if answer.calls.is_empty() {
        answer.text = dialogue.go_on(&answer.text);
        if answer.text.is_empty() && talk.now.already_said.is_empty() {
            answer.text = dialogue.say("broken", json!({}));
        }
    } else {
        answer.text.clear();
    }
    answer
}

impl<'a> Dialogue<'a> {
    fn answer(&self) -> Answer {
        let text = &self.talk.turn.text;
        let mut steps = Vec::new();
        let mark = self.say("picture_mark", json!({}));
        let mends = self.wishes().iter().any(|wish| wish.mending.is_some());
        if self.talk.now.pictures && !mends && text.lines().all(|line| line == mark) {
            steps.push(Step::Say(self.say("picture_alone", json!({}))));
        } else if let Some(reply) = language::reply(text) {
            steps.push(Step::Say(reply.to_owned()));
        } else {
            steps.extend(self.wishes().iter().map(|wish| self.step(wish)));
        }
        let mut answer = Answer::default();
        for step in steps.into_iter().flat_map(Step::flat) {
            match step {
                Step::Both(_) => {}
                Step::Call(tool, arguments) => {
                    let call = (tool, self.complete(tool, arguments));
                    if !answer.calls.contains(&call) {
                        answer.calls.push(call);
                    }
                }
                Step::Say(words) if answer.text.contains(&words) => {}
                Step::Say(words) => {
                    if !answer.text.is_empty() {
                        answer.text.push(' ');
                    }
                    answer.text.push_str(&words);
                }
            }
        }
        self.hold_back(&mut answer.calls);
        // Whatever else was meant: what waits for a yes is put before the shopper.
        let waits = self
            .talk
            .turn
            .done
            .iter()
            .rev()
            .find_map(|done| match &done.outcome {
                Outcome::Proposed(proposed) => Some(self.proposed(proposed)),
                Outcome::Prepared(prepared) => Some(self.prepared(prepared)),
                _ => None,
            });
        if let Some(words) = waits
            && !answer.text.contains(&words)
            && answer.calls.is_empty()
        {
            answer.text = words;
        }
        answer
    }

    /// What is prepared in a later step takes the place of what was prepared before: it is all
    /// prepared together, once the orders that it needs have been looked up.
    fn hold_back(&self, calls: &mut Vec<(&'static str, Value)>) {
        if calls.iter().any(|(tool, _)| *tool == "lookup_order") {
            calls.retain(|(tool, _)| !PREPARES.contains(tool));
        }
    }

    /// Understood as at the turn's start: a proposal that the turn itself made is not open yet.
    pub fn wishes(&self) -> Vec<Wish> {
        let talk = self.talk;
        let made = talk.turn.done.iter();
        let made_now = made
            .filter(|done| matches!(done.outcome, Outcome::Proposed(_) | Outcome::Prepared(_)))
            .count()
            > 0;
        let open = if made_now {
            talk.memory.has_open()
        } else {
            talk.now.proposal_open || self.was_open()
        };
        understand::wishes(&talk.memory, &talk.turn.text, open)
    }

    /// Was a yes waited for when the turn began? A turn that does anything takes it off the table.
    fn was_open(&self) -> bool {
        let memory = &self.talk.memory;
        let asked = matches!(memory.asked, Some(Asked::Act | Asked::Confirm));
        !self.talk.turn.done.is_empty() && memory.has_open() && asked
    }

    /// Instead of the same words twice in a row: a person where one was offered, else other words.
    fn not_again(&self, text: String) -> Answer {
        let memory = &self.talk.memory;
        if memory.asked == Some(Asked::Person) && !self.talk.now.waiting && self.has("hand_off") {
            let wish = self.wishes().into_iter().next();
            match wish.map(|wish| self.hand_off(&wish, HandOffReason::OutOfScope)) {
                Some(Step::Call(tool, arguments)) => {
                    let calls = vec![(tool, self.complete(tool, arguments))];
                    return Answer {
                        calls,
                        ..Answer::default()
                    };
                }
                Some(Step::Say(text)) => {
                    return Answer {
                        text,
                        ..Answer::default()
                    };
                }
                Some(Step::Both(_)) | None => {}
            }
        }
        let other = Self {
            variant: self.variant + 1,
            ..*self
        };
        let mut answer = other.answer();
        answer.text = asked_once(&one_offer(&answer.text));
        if same_words(&answer.text, &text) {
            answer.text = self.say("said_again", json!({ "text": text }));
        }
        answer
    }

    fn step(&self, wish: &Wish) -> Step {
        let memory = &self.talk.memory;
        if self.talk.now.waiting
            && let Some(words) = &memory.passed_on
            && wish.errand.is_none()
            && self.asks_when_answered(wish)
        {
            return Step::Say(self.say("waiting_hours", json!({ "words": words })));
        }
        match wish.intent.as_str() {
            UNSURE if !self.talk.now.waiting => return self.unsure(wish),
            POINTED => return Step::Say(self.say("unsure_reference", json!({}))),
            CONFIRMS => return self.prepare_again(),
            DECLINES => return Step::Say(self.say("confirm_no", json!({}))),
            UNSURE | "yes" | "greeting" | "help" if self.talk.now.waiting => {
                return Step::Say(self.say("already_waiting", json!({})));
            }
            "abuse" if memory.abuse > 0 => return self.hand_off(wish, HandOffReason::Complaint),
            _ => {}
        }
        let Some(mut plan) = plan(&wish.intent) else {
            return self.unsure(wish);
        };
        // Somebody who is not signed in can still be told the rule.
        if !self.talk.now.signed_in
            && wish.found.question
            && (matches!(plan.does, Does::Return | Does::LookUp | Does::Change)
                || plan.does.mends())
            && let Some(rules) = plan.rules.as_deref().and_then(super::plans::plan)
        {
            plan = rules;
        }
        if plan.tool.as_deref().is_some_and(|tool| !self.has(tool)) {
            return if plan.search.is_empty() {
                Step::Say(self.say(&plan.say, json!({})))
            } else {
                self.search(wish, plan)
            };
        }
        match plan.does {
            Does::Products => self.products(wish),
            Does::Product => self.product(wish),
            Does::Compare => self.compare(wish),
            Does::Size => self.size(wish, plan),
            Does::Cart => self.cart(wish),
            Does::Ship => self.ship(wish, plan),
            Does::Offers => self.offers(wish),
            Does::Code => self.check_code(wish),
            Does::Verify => self.verify(wish),
            Does::Say => Step::Say(self.say(&plan.say, json!({}))),
            Does::LookUp => self.look_up(wish, plan),
            Does::Search => self.search(wish, plan),
            Does::Return => self.return_items(wish),
            Does::Refund => self.refund(wish, plan),
            Does::Change => self.change(wish, plan),
            Does::Exchange => self.exchange(wish, plan),
            Does::PutRight => self.put_right(wish, plan),
            Does::Claim => self.claim(wish, plan),
            Does::HandOff => {
                self.hand_off(wish, plan.reason.unwrap_or(HandOffReason::ShopperAsked))
            }
        }
    }

    /// "And when will somebody answer?"
    fn asks_when_answered(&self, wish: &Wish) -> bool {
        let all = words::words(&wish.text);
        let answers = [
            "answer", "answers", "reply", "replies", "somebody", "someone", "person", "human",
        ];
        let says = all.iter().any(|word| answers.contains(&word.as_str()));
        says && has(&all, &SHOPPING.lists.asks_when)
    }

    /// A question first, then the offer of a person, then the person: nothing is asked three times.
    fn unsure(&self, wish: &Wish) -> Step {
        if language::is_other_script(&wish.text) {
            return Step::Say(self.say("other_script", json!({})));
        }
        match self.talk.memory.unsure {
            0 => Step::Say(self.say("clarify", json!({}))),
            1 => Step::Say(self.say("unsure_again", json!({}))),
            _ => self.hand_off(wish, HandOffReason::OutOfScope),
        }
    }

    pub fn hand_off(&self, wish: &Wish, reason: HandOffReason) -> Step {
        if self.talk.now.waiting {
            return Step::Say(self.say("already_waiting", json!({})));
        }
        if !self.has("hand_off") {
            return Step::Say(self.say("no_person", json!({})));
        }
        match self.talk.done("hand_off", |_| true) {
            Some(Outcome::PassedOn { words } | Outcome::Refused(words)) if !words.is_empty() => {
                Step::Say(words.clone())
            }
            Some(Outcome::PassedOn { .. }) => Step::Say(self.say("passed_on", json!({}))),
            Some(_) => Step::Say(self.say("no_person", json!({}))),
            None => Step::Call(
                "hand_off",
                json!({ "reason": reason, "summary": self.summary(wish) }),
            ),
        }
    }

    /// A yes to the offer of a person is about what came before it.
    fn summary(&self, wish: &Wish) -> String {
        let memory = &self.talk.memory;
        let about = if wish.intent == "person" {
            memory.last_intent.as_deref()
        } else {
            None
        };
        let wants = plan(about.unwrap_or(&wish.intent)).map(|plan| plan.wants.as_str());
        let wants = wants
            .filter(|wants| !wants.is_empty())
            .unwrap_or("needs help");
        let n = wish.found.orders.first().or(memory.focus.as_ref());
        let wrote = words::cut(&self.talk.turn.text, QUOTE_BYTES_MAX);
        self.say("summary", json!({ "wants": wants, "n": n, "wrote": wrote }))
    }

    pub fn search(&self, wish: &Wish, plan: &Plan) -> Step {
        if !self.has("search_policies") {
            return Step::Say(self.say("no_tool", json!({})));
        }
        let asked = words::cut(wish.text.trim(), QUERY_BYTES_MAX);
        let asked = policy::question_in(asked);
        let own = policy::query(asked, &plan.search);
        let found = match self.passages(&own, wish) {
            Ok(passages) => policy::answer(passages, asked, &plan.search, &plan.policies),
            Err(step) => return step,
        };
        let answer = match found {
            Some(found) => Some(found),
            // The shopper's words led nowhere: what they ask about, in the shop's words.
            None if policy::says_all(asked, &plan.search) => None,
            None => match self.passages(&plan.search, wish) {
                Ok(passages) => policy::answer(passages, asked, &plan.search, &plan.policies),
                Err(step) => return step,
            },
        };
        match answer {
            Some((text, stale)) => Step::Say(self.quoted(text, stale, plan)),
            None => Step::Say(self.say("nothing_found", json!({}))),
        }
    }

    /// Passages for a query of this turn, or what to do to get them.
    fn passages(&self, query: &str, wish: &Wish) -> Result<&[Passage], Step> {
        let done = self
            .talk
            .done("search_policies", |arguments| arguments["query"] == query);
        Err(match done {
            None => {
                let mut arguments = Map::new();
                arguments.insert("query".into(), query.into());
                if let Some(number) = wish.found.orders.first() {
                    arguments.insert("order_number".into(), number.clone().into());
                }
                Step::Call("search_policies", arguments.into())
            }
            Some(Outcome::Passages(passages)) => return Ok(passages),
            Some(Outcome::Refused(words)) => {
                Step::Say(self.say("refused", json!({ "words": words })))
            }
            Some(_) => Step::Say(self.say("broken", json!({}))),
        })
    }

    fn quoted(&self, text: String, stale: bool, plan: &Plan) -> String {
        let mut all = text;
        if stale {
            all.push(' ');
            all.push_str(&self.say("stale", json!({})));
        }
        if plan.offer.as_deref() == Some("person") {
            all.push(' ');
            all.push_str(&self.say("offer_person", json!({})));
        }
        all
    }

    /// A tool's refusal, with a way forward unless it names one.
    pub fn refused(&self, words: &str, key: &str) -> String {
        let key = if Replies::get().leads_to_person(words) {
            "refused"
        } else {
            key
        };
        self.say(key, json!({ "words": words }))
    }

    pub fn has(&self, tool: &str) -> bool {
        self.tools.iter().any(|spec| spec.name == tool)
    }

    pub fn say(&self, key: &str, data: Value) -> String {
        Replies::get().say(key, self.variant, data)
    }

    /// Parameters that a schema requires and that are not given are null, as strict schemas want.
    pub fn complete(&self, tool: &str, mut arguments: Value) -> Value {
        let required = self
            .tools
            .iter()
            .find(|spec| spec.name == tool)
            .and_then(|spec| spec.parameters.get("required"))
            .and_then(Value::as_array);
        if let Value::Object(given) = &mut arguments {
            for name in required.into_iter().flatten().filter_map(Value::as_str) {
                given.entry(name).or_insert(Value::Null);
            }
        }
        arguments
    }

    /// What is left to say when part of the reply has left, or a sentence was not let through.
    fn go_on(&self, text: &str) -> String {
        let now = &self.talk.now;
        let said = words::sentences(&now.already_said);
        let stopped = now.stopped.as_deref().map(str::trim);
        if said.is_empty() && stopped.is_none() {
            return text.to_owned();
        }
        let mut rest: Vec<&str> = words::sentences(text);
        rest.retain(|sentence| !said.contains(sentence) && Some(*sentence) != stopped);
        let mut left = rest.join(" ");
        if left.is_empty() {
            left = self.say("offer_person", json!({}));
        }
        // What goes on needs a space after what has left.
        let glued = now
            .already_said
            .chars()
            .next_back()
            .is_some_and(|c| !c.is_whitespace());
        if glued { format!(" {left}") } else { left }
    }
}

fn same_words(a: &str, b: &str) -> bool {
    !a.is_empty() && words::words(a) == words::words(b)
}

/// One reply offers a person once, at its end.
fn one_offer(text: &str) -> String {
    let offer = Replies::get().say("offer_person_mark", 0, ());
    if offer.is_empty() || text.matches(&offer).count() < 2 {
        return text.to_owned();
    }
    let sentences = words::sentences(text);
    let last = sentences
        .iter()
        .rposition(|sentence| sentence.contains(&offer));
    let kept = sentences
        .iter()
        .enumerate()
        .filter(|(at, sentence)| Some(*at) == last || !sentence.contains(&offer));
    kept.map(|(_, sentence)| *sentence)
        .collect::<Vec<_>>()
        .join(" ")
}

/// What is prepared together is asked about once, at the end.
fn asked_once(text: &str) -> String {
    let sentences = words::sentences(text);
    let again = |at: usize| {
        let asks = sentences[at].ends_with('?');
        asks && sentences[at + 1..].contains(&sentences[at])
    };
    if !(0..sentences.len()).any(again) {
        return text.to_owned();
    }
    let kept = (0..sentences.len()).filter(|at| !again(*at));
    kept.map(|at| sentences[at]).collect::<Vec<_>>().join(" ")
}
