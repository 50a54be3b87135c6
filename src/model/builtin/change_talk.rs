//! What a message means while a change of an order is being talked about: an answer to a question of
//! it, another word on it before the yes, or the yes or no itself.

use super::changes::{CHANGING, Changes, is_tool, tool};
use super::classify::Guess;
use super::details::has;
use super::entities::Found;
use super::memory::Memory;
use super::parts::of_family;
use super::plans::plan;
use super::replies::Asked;
use super::understand::{CONFIRMS, DECLINES, Wish, wish};
use super::words;

/// An answer to a question has no more words.
const ANSWER_WORDS: usize = 24;
const SHORT_WORDS: usize = 9;
const SURE: f32 = 0.6;

struct Heard<'a> {
    memory: &'a Memory,
    text: &'a str,
    found: &'a Found,
    guess: &'a Guess,
    said: Changes,
    all: Vec<String>,
}

/// The wish that goes on, if the message continues a change.
pub fn goes_on(
    memory: &Memory,
    text: &str,
    found: &Found,
    guess: &Guess,
    open: bool,
) -> Option<Wish> {
    memory.changes.as_ref()?;
    let intent = memory.changes_of.as_deref()?;
    let heard = Heard {
        memory,
        text,
        found,
        guess,
        said: Changes::read(memory, text, found),
        all: words::words(text),
    };
    if open && memory.prepared && is_tool(&memory.prepared_by) {
        return heard.before_the_yes(intent);
    }
    if memory.last_intent.as_deref() == Some(intent) {
        return heard.answers(intent);
    }
    None
}

impl Heard<'_> {
    fn make(&self, intent: &str) -> Option<Wish> {
        Some(wish(self.memory, intent, self.text, self.found.clone()))
    }

    /// Surely a wish of its own that is no change of an order.
    fn is_new(&self) -> bool {
        const NEAR: [&str; 9] = [
            "change",
            "payment",
            "sizes",
            "return",
            "gift_cards",
            "products",
            "cart",
            "account",
            "shipping",
        ];
        let top = self.guess.top().0;
        plan(top).is_some_and(|plan| {
            !plan.social
                && of_family(self.guess, top) > SURE
                && !NEAR.contains(&plan.family.as_str())
        })
    }

    fn says(&self, name: &str) -> bool {
        let (top, sure) = self.guess.top();
        top == name && sure > 0.5
    }

    /// Another change of an order than this one.
    fn other_change(&self, intent: &str) -> Option<&str> {
        let (top, sure) = self.guess.top();
        let other = tool(top).is_some() && tool(top) != tool(intent);
        (other && sure > 0.5).then_some(top)
    }

    fn before_the_yes(&self, intent: &str) -> Option<Wish> {
        let gives = self.said.says(intent);
        let keeps = has(&self.all, &CHANGING.lists.keeps);
        if keeps && !gives {
            return self.make(DECLINES);
        }
        if self.is_new() && !gives {
            return None;
        }
        let short = self.all.len() <= ANSWER_WORDS;
        if gives && short && (!self.found.question || self.all.len() <= SHORT_WORDS) {
            return self.make(intent);
        }
        if let Some(other) = self.other_change(intent) {
            return self.make(other);
        }
        if self.found.question {
            return None;
        }
        if self.says("yes") || self.found.accepts {
            return self.make(CONFIRMS);
        }
        if self.says("no") {
            return self.make(DECLINES);
        }
        let same = tool(self.guess.top().0) == tool(intent);
        (same && short).then(|| self.make(CONFIRMS))?
    }

    fn answers(&self, intent: &str) -> Option<Wish> {
        let gives = self.said.says(intent);
        let short = self.all.len() <= ANSWER_WORDS;
        let order = !self.found.orders.is_empty() && self.all.len() <= SHORT_WORDS;
        let leaves = has(&self.all, &CHANGING.lists.keeps) && !gives;
        match self.memory.asked {
            _ if leaves || self.says("no") || self.says("thanks") => None,
            Some(Asked::Address) if gives => self.make(intent),
            _ if self.is_new() => None,
            Some(Asked::WhichOrder) if order || self.found.other_order => self.make(intent),
            Some(asked) if asked.is_change() => {
                let nonsense = self.all.len() <= SHORT_WORDS && !self.found.question;
                let mine = gives || (nonsense && self.other_change(intent).is_none());
                (mine && short).then(|| self.make(intent))?
            }
            // The tool has refused, and asked or named a way out.
            _ if self.memory.change_refused && gives && short => self.make(intent),
            _ if self.memory.change_refused && order && self.found.is_bare_order(self.text) => {
                self.make(intent)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::classify::Classifier;
    use super::*;

    fn heard(text: &str, intent: &str) -> Option<String> {
        let memory = Memory {
            changes: Some(Changes::default()),
            changes_of: Some(intent.to_owned()),
            last_intent: Some(intent.to_owned()),
            prepared: true,
            prepared_by: tool(intent).unwrap_or("").to_owned(),
            focus: Some("10482".to_owned()),
            ..Memory::default()
        };
        let guess = Classifier::get().guess(text);
        goes_on(&memory, text, &Found::read(text), &guess, true).map(|wish| wish.intent)
    }

    #[test]
    fn before_the_yes_a_change_is_changed_taken_or_left() {
        for (text, intent, wanted) in [
            (
                "yes, but only cancel the belt",
                "cancel_order",
                Some("cancel_order"),
            ),
            ("yes please cancel it", "cancel_order", Some(CONFIRMS)),
            ("no, leave it as it is", "cancel_order", Some(DECLINES)),
            ("never mind", "change_address", Some(DECLINES)),
            ("size XL instead", "change_order", Some("change_order")),
            (
                "to my gift card instead",
                "change_payment",
                Some("change_payment"),
            ),
            (
                "sorry, the postcode is H91 A2B3",
                "change_address",
                Some("change_address"),
            ),
            ("when do I get my money back?", "cancel_order", None),
        ] {
            assert_eq!(heard(text, intent).as_deref(), wanted, "{text}");
        }
    }
}
