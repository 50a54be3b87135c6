//! What a message gives to prove who somebody is: an e-mail address, a postcode, a code.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Value};

use super::details::{SHOPPING, has};
use super::entities::Found;
use super::goods::{Goods, Proving};
use super::memory::Turn;
use super::plans::{Does, plan};
use super::replies::Asked;
use super::results::Outcome;
use super::understand::Wish;
use super::words;

static EMAIL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+").expect("the pattern is fixed and tested")
});

/// Six digits, in one piece or in two.
static CODE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:^|[^\w-])(\d{3})[ -]?(\d{3})(?:$|[^\w-])")
        .expect("the pattern is fixed and tested")
});

/// Postcodes with letters in them, which nothing else looks like: Eircodes, British, Dutch and
/// Canadian ones; and Polish, Portuguese and American ones with their hyphen.
static POSTCODE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)(?:^|[^\w-])(
            [a-z]\d[\dw]\s?[a-z0-9]{4}
            | [a-z]{1,2}\d[a-z\d]?\s?\d[a-z]{2}
            | \d{4}\s?[a-z]{2}
            | [a-z]\d[a-z]\s?\d[a-z]\d
            | \d{2}-\d{3} | \d{4}-\d{3} | \d{5}-\d{4}
        )(?:$|[^\w-])",
    )
    .expect("the pattern is fixed and tested")
});

/// Digits that may be a postcode where one was asked for.
static DIGITS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:^|[^\w-])(\d{3}\s?\d{2}|\d{4,5})(?:$|[^\w-])")
        .expect("the pattern is fixed and tested")
});

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Given {
    pub email: Option<String>,
    pub postcode: Option<String>,
    /// Six digits that may be a code.
    pub code: Option<String>,
    /// Digits that are a postcode if one was asked for.
    pub maybe_postcode: Option<String>,
    pub no_number: bool,
    pub resend: bool,
    /// The message says "order" or "number" of a number in it.
    pub says_number: bool,
}

impl Given {
    pub fn read(text: &str) -> Self {
        let text = words::cut(text, 2_000);
        let all = words::words(text);
        let lists = &SHOPPING.lists;
        let email = EMAIL
            .find(text)
            .map(|found| found.as_str().trim_end_matches('.').to_owned());
        let without_email = EMAIL.replace_all(text, " ").into_owned();
        let named = has(&all, &lists.postcode_words);
        let digits = DIGITS
            .captures_iter(&without_email)
            .last()
            .map(|found| found[1].to_owned());
        let lettered = POSTCODE
            .captures(&without_email)
            .map(|found| found[1].to_uppercase());
        Self {
            email,
            postcode: lettered.or_else(|| digits.clone().filter(|_| named)),
            code: CODE
                .captures(&without_email)
                .map(|found| format!("{}{}", &found[1], &found[2])),
            maybe_postcode: digits,
            no_number: has(&all, &lists.no_number),
            resend: has(&all, &lists.resend),
            says_number: all.iter().any(|word| lists.number_words.contains(word)) && !named,
        }
    }

    /// Does the message hold anything that proves something?
    pub fn is_some(&self) -> bool {
        self.email.is_some() || self.postcode.is_some() || self.code.is_some()
    }
}

/// What is known so far to prove who the shopper is, and what waits for it.
#[derive(Clone, Debug, Default)]
pub struct Proof {
    pub number: Option<String>,
    pub email: Option<String>,
    pub postcode: Option<String>,
    pub code: Option<String>,
    /// The order number is not known.
    pub no_number: bool,
    /// The postcode is newer than the e-mail address.
    newest_is_postcode: bool,
    resend: bool,
    /// A code is on its way.
    pub sent: bool,
    /// Calls that were refused or done.
    pub tried: Vec<Value>,
    /// Refusals in a row.
    pub failed: u32,
    /// How often in a row each question was put.
    pub asked: Option<Asked>,
    pub asks: u32,
    /// An order that was proved.
    pub proved: Option<String>,
    /// The wish that needs the proof.
    pub pending: Option<Box<Wish>>,
}

impl Proof {
    /// Adds what a message gives.
    pub fn learn(&mut self, found: &Found, given: &Given) {
        let is_code = |number: &&String| self.sent && given.code.as_ref() == Some(*number);
        let mut numbers: Vec<&String> = found
            .orders
            .iter()
            .filter(|number| !is_code(number))
            .filter(|number| given.postcode.as_ref() != Some(*number))
            .collect();
        if self.sent && given.code.is_some() {
            self.code.clone_from(&given.code);
        }
        let mut postcode = given.postcode.clone();
        if postcode.is_none() && self.takes_postcode(&numbers, given) {
            postcode.clone_from(&given.maybe_postcode);
            numbers.pop();
        }
        if let Some(number) = numbers.first() {
            self.number = Some((*number).clone());
            self.no_number = false;
        }
        if given.email.is_some() {
            self.email.clone_from(&given.email);
            self.newest_is_postcode = false;
            // "Then by e-mail", after number and address did not fit.
            if self.failed > 0 && numbers.is_empty() {
                self.no_number = true;
            }
        }
        if postcode.is_some() {
            self.postcode = postcode;
            self.newest_is_postcode = true;
        }
        self.no_number |= given.no_number && self.number.is_none();
        self.resend = given.resend;
    }

    /// Digits alone are the postcode when the number is known, or stand behind it.
    fn takes_postcode(&self, numbers: &[&String], given: &Given) -> bool {
        let Some(digits) = &given.maybe_postcode else {
            return false;
        };
        let last_is_it = numbers.last().is_none_or(|last| *last == digits);
        let known = self.number.as_ref().is_some_and(|number| number != digits);
        let same_kind = self.failed > 0
            && self
                .number
                .as_ref()
                .is_some_and(|number| number.len() == digits.len());
        last_is_it && !given.says_number && (numbers.len() > 1 || (known && !same_kind))
            || (numbers.len() > 1 && last_is_it)
    }

    /// The next call that may prove something; nothing that was tried already.
    pub fn next_call(&self) -> Option<Value> {
        let mut call = Map::new();
        let mut put = |name: &str, value: &Option<String>| {
            if let Some(value) = value {
                call.insert(name.to_owned(), value.as_str().into());
            }
        };
        match () {
            () if self.sent && self.code.is_some() => put("code", &self.code),
            () if self.number.is_some() && !self.no_number => {
                put("order_number", &self.number);
                match (&self.postcode, &self.email) {
                    (Some(_), None) => put("postcode", &self.postcode),
                    (Some(_), Some(_)) if self.newest_is_postcode => {
                        put("postcode", &self.postcode)
                    }
                    (_, Some(_)) => put("email", &self.email),
                    (None, None) => return None,
                }
            }
            () if self.email.is_some() => put("email", &self.email),
            () => return None,
        }
        let call = Value::from(call);
        (!self.tried.contains(&call) || (self.resend && call.get("code").is_none())).then_some(call)
    }

    /// What came of a turn.
    pub fn absorb(&mut self, turn: &Turn, wishes: &[Wish], asked: Option<Asked>) {
        self.learn(&Found::read(&turn.text), &Given::read(&turn.text));
        let mut called = false;
        for done in turn
            .done
            .iter()
            .filter(|done| done.tool == "verify_identity")
        {
            called = true;
            self.tried.push(given_of(&done.arguments));
            match &done.outcome {
                Outcome::Goods(goods) => self.hear(goods),
                Outcome::Refused(_) => {
                    self.failed += 1;
                    self.code = None;
                }
                _ => {}
            }
        }
        let own = asked;
        self.asks = match (own, self.asked) {
            (Some(now), Some(before)) if now == before => self.asks + 1,
            (Some(_), _) => 1,
            (None, _) => 0,
        };
        self.asked = own;
        let waits = own.is_some() || (called && self.proved.is_none() && !self.is_done(turn));
        if waits {
            let needs = |wish: &&Wish| {
                plan(&wish.intent).is_some_and(|plan| {
                    plan.does.is_of_order() || matches!(plan.does, Does::Verify | Does::Offers)
                })
            };
            if let Some(wish) = wishes.iter().find(needs) {
                self.pending = Some(Box::new(wish.clone()));
            }
        } else if self.is_done(turn) {
            self.pending = None;
        }
    }

    fn is_done(&self, turn: &Turn) -> bool {
        turn.done.iter().any(|done| is_proved(&done.outcome))
    }

    fn hear(&mut self, goods: &Goods) {
        match goods {
            Goods::Proving(Proving::Sent { .. }) => {
                self.sent = true;
                self.code = None;
                self.failed = 0;
            }
            Goods::Proving(Proving::Proved { order, .. }) => {
                self.proved.clone_from(order);
                self.sent = false;
                self.failed = 0;
            }
            _ => {}
        }
    }
}

pub fn is_proved(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Goods(goods) if matches!(**goods, Goods::Proving(Proving::Proved { .. })))
}

/// Arguments without those that are null.
fn given_of(arguments: &Value) -> Value {
    let mut given = arguments.clone();
    if let Value::Object(map) = &mut given {
        map.retain(|_, value| !value.is_null());
    }
    given
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_proves_is_read_however_it_is_written() {
        let read = Given::read("It's aoife@mail.example. and D04 X285");
        assert_eq!(read.email.as_deref(), Some("aoife@mail.example"));
        assert_eq!(read.postcode.as_deref(), Some("D04 X285"));
        for (text, postcode) in [
            ("sw1a 1aa", "SW1A 1AA"),
            ("my zip is 90210", "90210"),
            ("1012 ab", "1012 AB"),
            ("00-950", "00-950"),
        ] {
            assert_eq!(
                Given::read(text).postcode.as_deref(),
                Some(postcode),
                "{text}"
            );
        }
        assert_eq!(
            Given::read("80331").maybe_postcode.as_deref(),
            Some("80331")
        );
        for text in ["123456", "my code is 123 456", "123-456"] {
            assert_eq!(Given::read(text).code.as_deref(), Some("123456"), "{text}");
        }
        assert!(!Given::read("where is my order 10482?").is_some());
        assert!(Given::read("I don't know my order number").no_number);
    }
}
