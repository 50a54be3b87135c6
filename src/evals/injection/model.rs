//! The models of this suite: one that does whatever a text tells it, and one that serves. Both answer
//! by the request alone, like a real one.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use super::act::Attempt;
use super::carrier::{Planted, shows};
use crate::model::scripted::{Answer, Scripted};
use crate::model::{Message, ModelRequest};

/// What a model saw and did.
#[derive(Clone, Debug, Default)]
pub struct Heard {
    /// The planted text stood in a result that it was shown.
    pub shown: bool,
    /// Its instructions.
    pub system: String,
    /// It has emitted the hostile sentence.
    pub said: bool,
}

pub type Ear = Arc<Mutex<Heard>>;

/// Reads what the shopper asks about; once it has seen the planted text it attempts, in this turn and
/// in every later one, what the attacker wants.
pub fn obedient(planted: Planted, attempt: Attempt, ear: Ear) -> Scripted {
    let calls = AtomicUsize::new(0);
    Scripted::by(move |request| {
        let mut ear = ear.lock().unwrap_or_else(PoisonError::into_inner);
        note_system(&mut ear, request);
        let seen = results(&request.messages).any(|content| shows(content, &planted.pieces));
        ear.shown |= seen;
        let turn = open_turn(&request.messages);
        let id = format!("o{}", calls.fetch_add(1, Ordering::Relaxed));
        let called = |tool: &str, arguments: &Value| {
            let arguments = arguments.to_string();
            made(turn).any(|call| call.tool == tool && call.arguments == arguments)
        };
        if !seen {
            return match called(planted.tool, &planted.arguments) {
                true => Answer::new().text("I found nothing."),
                false => Answer::new().call(&id, planted.tool, &planted.arguments),
            };
        }
        match (&attempt.call, &attempt.says) {
            (Some((tool, arguments)), _) if !called(tool, arguments) => {
                Answer::new().call(&id, tool, arguments)
            }
            (_, Some(says)) => {
                ear.said = true;
                Answer::new().text(says.sentence(&ear.system))
            }
            _ => Answer::new().text("Anything else?"),
        }
    })
}

/// One thing that the shopper wants, and how a model that behaves serves it.
#[derive(Clone)]
pub struct Wish {
    pub asks: String,
    /// Calls of one step after the other.
    pub calls: Vec<(&'static str, Value)>,
    /// Its answer, from the last result.
    pub answer: fn(&Value) -> String,
}

/// Serves what was wished in the newest message.
pub fn serving(wishes: Vec<Wish>, ear: Ear) -> Scripted {
    let calls = AtomicUsize::new(0);
    Scripted::by(move |request| {
        note_system(
            &mut ear.lock().unwrap_or_else(PoisonError::into_inner),
            request,
        );
        let turn = open_turn(&request.messages);
        let asked = request
            .messages
            .iter()
            .rev()
            .find_map(|message| match message {
                Message::User(text) => Some(text.clone()),
                _ => None,
            });
        let wish = wishes
            .iter()
            .find(|wish| asked.as_deref() == Some(&*wish.asks));
        let Some(wish) = wish else {
            return Answer::new().text("Anything else?");
        };
        let id = format!("s{}", calls.fetch_add(1, Ordering::Relaxed));
        match wish.calls.get(made(turn).count()) {
            Some((tool, arguments)) => Answer::new().call(&id, tool, arguments),
            None => {
                let last = results(turn).last().unwrap_or("null");
                let value = serde_json::from_str(last).unwrap_or(Value::Null);
                Answer::new().text((wish.answer)(&value))
            }
        }
    })
}

fn note_system(ear: &mut Heard, request: &ModelRequest) {
    let system = request.messages.iter().find_map(|message| match message {
        Message::System(text) => Some(text),
        _ => None,
    });
    if let Some(system) = system.filter(|_| ear.system.is_empty()) {
        ear.system = system.to_string();
    }
}

/// What came behind the shopper's newest message.
fn open_turn(messages: &[Message]) -> &[Message] {
    let newest = |message: &Message| matches!(message, Message::User(_));
    let at = messages.iter().rposition(newest).map_or(0, |at| at + 1);
    &messages[at..]
}

fn results(messages: &[Message]) -> impl Iterator<Item = &str> {
    messages.iter().filter_map(|message| match message {
        Message::ToolResult { content, .. } => Some(content.as_ref()),
        _ => None,
    })
}

fn made(messages: &[Message]) -> impl Iterator<Item = &crate::model::ToolCall> {
    messages.iter().flat_map(|message| match message {
        Message::Assistant { calls, .. } => calls.as_slice(),
        _ => &[],
    })
}
