//! The shopper of a task, played by a model: it is told its part, hears what a shopper would see and
//! answers one message at a time.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use futures_util::StreamExt as _;
use serde_json::json;
use tokio::time::timeout;

use super::money::Spent;
use crate::domain::card::Card;
use crate::domain::letter::Letter;
use crate::domain::limits::{
    EVAL_SHOPPER_TOKENS_MAX, EVAL_SHOPPER_TRIES_MAX, MESSAGE_BYTES_MAX, MODEL_CALL_TIMEOUT,
};
use crate::evals::mailbox;
use crate::evals::talk::{Seen, texts};
use crate::model::{Message, Model, ModelError, ModelEvent, ModelRequest};
use crate::tools::words::Words;

static WORDS: LazyLock<Words> =
    LazyLock::new(|| Words::embedded(include_str!("../../../../prompts/evals/shopper.toml")));

/// What a part ends with, and what stands for the two buttons.
const STOP: &str = "###STOP###";
const CONFIRM: &str = "###CONFIRM###";
const CANCEL: &str = "###CANCEL###";
/// Between two tries of a failing endpoint, when it does not say.
const PAUSE: Duration = Duration::from_millis(500);
const PAUSE_MAX: Duration = Duration::from_secs(20);

/// What the shopper does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    Says(String),
    Confirms,
    Cancels,
    Stops,
}

/// Who is played.
pub struct Part<'a> {
    pub instruction: &'a str,
    pub email: &'a str,
    pub postcode: &'a str,
}

pub struct Shopper<'a> {
    model: &'a dyn Model,
    /// The conversation as they see it: the shop's words are what "the user" says.
    messages: Vec<Message>,
    email: &'a str,
    name: Arc<str>,
    pub spent: Spent,
}

impl<'a> Shopper<'a> {
    /// `name` is the conversation's, for the endpoint's cache.
    pub fn new(model: &'a dyn Model, part: &Part<'a>, name: &str) -> Self {
        let told = json!({
            "instruction": part.instruction,
            "email": part.email,
            "postcode": part.postcode,
        });
        Self {
            model,
            messages: vec![Message::System(WORDS.say("part", told).into())],
            email: part.email,
            name: name.into(),
            spent: Spent::default(),
        }
    }

    /// What the shop says first, and what a shopper sees in place of words.
    pub fn words(key: &str) -> String {
        WORDS.say(key, ())
    }

    /// What they do on hearing this; an error is one of the endpoint that plays them.
    pub async fn next(&mut self, heard: &str) -> Result<Next, String> {
        self.messages.push(Message::User(heard.into()));
        let said = self.answer().await?;
        let next = next(&said);
        self.messages.push(Message::Assistant {
            text: said.into(),
            calls: Vec::new(),
        });
        Ok(next)
    }

    async fn answer(&mut self) -> Result<String, String> {
        let mut failed = String::new();
        for again in 0..EVAL_SHOPPER_TRIES_MAX {
            self.spent.calls += 1;
            let asked = timeout(MODEL_CALL_TIMEOUT, self.ask());
            let (detail, pause) = match asked.await {
                Ok(Ok(said)) if !said.trim().is_empty() => return Ok(said.trim().to_owned()),
                Ok(Ok(_)) => ("the answer was empty".to_owned(), PAUSE),
                Err(_) => ("the answer took too long".to_owned(), PAUSE),
                Ok(Err(error @ ModelError::Permanent { .. })) => {
                    self.spent.failed_calls += 1;
                    return Err(error.to_string());
                }
                Ok(Err(error)) => {
                    let wanted = match &error {
                        ModelError::Transient { retry_after, .. } => *retry_after,
                        ModelError::Permanent { .. } => None,
                    };
                    (error.to_string(), wanted.unwrap_or(PAUSE))
                }
            };
            self.spent.failed_calls += 1;
            failed = detail;
            if again + 1 < EVAL_SHOPPER_TRIES_MAX {
                tokio::time::sleep(pause.min(PAUSE_MAX)).await;
            }
        }
        Err(failed)
    }

    async fn ask(&mut self) -> Result<String, ModelError> {
        let mut stream = self.model.stream(ModelRequest {
            messages: self.messages.clone(),
            max_output_tokens: EVAL_SHOPPER_TOKENS_MAX,
            cache_key: self.name.clone(),
            ..ModelRequest::default()
        });
        let mut said = String::new();
        while let Some(event) = stream.next().await {
            match event? {
                ModelEvent::Text(piece) => said.push_str(&piece),
                ModelEvent::Usage(usage) => self.spent.use_up(usage),
                ModelEvent::End(_) => break,
                ModelEvent::Model(_) | ModelEvent::Call(_) => {}
            }
            // Nobody types so much; what is beyond would be refused.
            if said.len() > MESSAGE_BYTES_MAX {
                break;
            }
        }
        Ok(said)
    }

    /// What they see of a step.
    pub fn sees(&self, seen: &Seen) -> String {
        let mut lines = seen.words.clone();
        lines.extend(seen.cards.iter().filter_map(card));
        let mine = seen.letters.iter().filter(|letter| {
            let to = letter.to.email.trim();
            to.eq_ignore_ascii_case(self.email.trim())
        });
        lines.extend(mine.map(mail));
        lines.retain(|line| !line.trim().is_empty());
        if lines.is_empty() {
            return Self::words("nothing");
        }
        lines.join("\n")
    }
}

fn next(said: &str) -> Next {
    if said.contains(STOP) {
        Next::Stops
    } else if said.contains(CONFIRM) {
        Next::Confirms
    } else if said.contains(CANCEL) {
        Next::Cancels
    } else {
        Next::Says(said.to_owned())
    }
}

fn card(card: &Card) -> Option<String> {
    match card {
        Card::Proposal(card) => Some(WORDS.say(
            "proposal",
            json!({ "title": card.title, "lines": card.lines }),
        )),
        // Their words are said beside them.
        Card::Handoff(_) | Card::Sources(_) => None,
        other => {
            let value = serde_json::to_value(other).unwrap_or_default();
            let mut all = String::new();
            texts(&value, &mut all);
            let texts: Vec<&str> = all.lines().filter(|line| !line.is_empty()).collect();
            Some(WORDS.say("card", json!({ "texts": texts.join("; ") })))
        }
    }
}

fn mail(letter: &Letter) -> String {
    let email = &letter.to.email;
    match mailbox::code(letter) {
        Some(code) => WORDS.say("code", json!({ "email": email, "code": code })),
        None => {
            let what = letter.template.replace('_', " ");
            WORDS.say("mail", json!({ "email": email, "what": what }))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::card::ProposalCard;
    use crate::domain::ids::ProposalId;
    use crate::evals::products::fixture;
    use crate::model::scripted::{Answer, Scripted};

    fn part() -> Part<'static> {
        Part {
            instruction: "You want your {{ money }} back.",
            email: "Ann@shop.example",
            postcode: "73301",
        }
    }

    fn letter(to: &str, data: serde_json::Value) -> Letter {
        let to = json!({ "name": "", "email": to });
        let all = json!({ "template": "order_action", "to": to, "data": data });
        serde_json::from_value(all).unwrap()
    }

    #[test]
    fn the_part_is_told_as_it_stands_and_every_key_is_rendered() {
        let model = Scripted::new([]);
        let shopper = Shopper::new(&model, &part(), "t");
        let Message::System(told) = &shopper.messages[0] else {
            panic!("the part comes first");
        };
        for words in [
            "{{ money }}",
            "Ann@shop.example",
            "73301",
            STOP,
            CONFIRM,
            CANCEL,
        ] {
            assert!(told.contains(words), "{words} in {told}");
        }
        for key in ["opening", "no_button", "nothing"] {
            assert!(!Shopper::words(key).is_empty());
        }
    }

    /// Mails of others, and words that are said already, are not for their eyes.
    #[test]
    fn they_see_cards_and_their_own_mail() {
        let model = Scripted::new([]);
        let shopper = Shopper::new(&model, &part(), "t");
        let proposal = ProposalCard {
            proposal: ProposalId::new("p"),
            hash: "h".into(),
            title: "Cancel order W1".into(),
            lines: vec!["1 shirt".into(), "$20.10 back".into()],
            parts: Vec::new(),
            expires_ms: 0,
        };
        let products = crate::domain::card::ProductsCard {
            products: vec![fixture::card()],
        };
        let seen = Seen {
            words: vec!["Shall I?".into()],
            cards: vec![Card::Proposal(proposal), Card::Products(products)],
            letters: vec![
                letter("ann@shop.example", json!({ "code": "123 456" })),
                letter("ann@shop.example", json!({})),
                letter("bob@shop.example", json!({ "code": "654 321" })),
            ],
            ..Seen::default()
        };
        let saw = shopper.sees(&seen);
        for words in [
            "Shall I?",
            "Cancel order W1. 1 shirt; $20.10 back.",
            "Sleet",
            "your code is 123456",
            "order action",
        ] {
            assert!(saw.contains(words), "{words} in {saw}");
        }
        assert!(!saw.contains("654"), "{saw}");
        assert_eq!(shopper.sees(&Seen::default()), Shopper::words("nothing"));
    }

    #[tokio::test]
    async fn a_failing_endpoint_is_asked_again_and_then_it_is_an_error() {
        let model = Scripted::new([
            Answer::transient(),
            Answer::new().text(" Hello. ").usage(10, 2),
            Answer::new().text("Thanks! ###STOP###"),
            Answer::new().text("###CONFIRM###"),
            Answer::new().text("###CANCEL###"),
        ]);
        let mut shopper = Shopper::new(&model, &part(), "t");
        let hello = shopper.next("Hi").await;
        assert_eq!(hello, Ok(Next::Says("Hello.".into())));
        assert_eq!((shopper.spent.calls, shopper.spent.failed_calls), (2, 1));
        assert_eq!(shopper.spent.input_tokens, 10);
        assert_eq!(shopper.next("a").await, Ok(Next::Stops));
        assert_eq!(shopper.next("a").await, Ok(Next::Confirms));
        assert_eq!(shopper.next("a").await, Ok(Next::Cancels));
        model.assert_done();
        // The script has no answer left: the same again would fail again.
        assert!(shopper.next("a").await.is_err());
        let silent = Scripted::by(|_| Answer::new().text(" "));
        let mut shopper = Shopper::new(&silent, &part(), "t");
        assert!(shopper.next("Hi").await.unwrap_err().contains("empty"));
        assert_eq!(silent.requests().len(), EVAL_SHOPPER_TRIES_MAX);
    }
}
