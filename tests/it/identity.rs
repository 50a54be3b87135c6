//! Who is writing: proofs, what they open and what they never do, and what somebody else gets to see
//! of what was said before them.

mod attack;
mod http;
mod proofs;
mod timing;
mod walls;

use std::sync::Arc;

use attendant::agent::driver::{Assistant, Parts};
use attendant::agent::session::Session;
use attendant::channels::chat::{Chat, Incoming, Until};
use attendant::clock::Clock;
use attendant::domain::autonomy::Autonomy;
use attendant::domain::customer::Customer;
use attendant::domain::event::*;
use attendant::domain::identity::{Proof, ProofMethod};
use attendant::domain::ids::*;
use attendant::domain::letter::Letter;
use attendant::domain::order::Order;
use attendant::domain::origin::Origin;
use attendant::knowledge::Knowledge;
use attendant::knowledge::catalog::Catalog;
use attendant::model::scripted::{Answer, Scripted};
use attendant::model::{Message, Model};
use attendant::shop::demo::{self, DemoSize};
use attendant::shop::{Shop, ShopProfile};
use attendant::store::Store;
use attendant::tools::registry::Registry;
use serde_json::{Value, json};

use crate::running::Folder;

/// A demo shop with a clock that is moved by hand.
pub struct Place {
    _folder: Folder,
    pub chat: Chat,
    pub assistant: Arc<Assistant>,
    pub store: Store,
    pub clock: Clock,
}

impl Place {
    pub async fn new(model: impl Model + 'static) -> Self {
        let folder = Folder::new("identity");
        let store = Store::open(folder.path()).unwrap();
        let clock = Clock::fixed("2026-11-21T10:00:00Z".parse().unwrap());
        let random = Random::seeded(11);
        let shop = Shop {
            store: store.clone(),
            profile: Arc::new(ShopProfile {
                public_url: "http://127.0.0.1:8080".into(),
                ..demo::profile()
            }),
            terms: Arc::new(attendant::shop::terms::Terms::embedded()),
            clock: clock.clone(),
            random: random.clone(),
        };
        demo::seed(&shop, DemoSize::Small).await.unwrap();
        let assistant = Assistant::new(Parts {
            store: store.clone(),
            shop,
            knowledge: Arc::new(Knowledge::embedded().unwrap()),
            customers: Arc::default(),
            catalog: Arc::new(Catalog::new(store.clone())),
            tools: Arc::new(Registry::new().unwrap()),
            model: Arc::new(model),
            clock: clock.clone(),
            random,
            secret: [7; 32],
            holder: "test".into(),
            autonomy: Autonomy::default(),
            dry_run: false,
        });
        Self {
            _folder: folder,
            chat: Chat::new(assistant.clone()),
            assistant,
            store,
            clock,
        }
    }

    /// The named demo shopper of a situation, and their orders, newest first.
    pub async fn shopper(&self, situation: &str) -> (Customer, Vec<Order>) {
        let shoppers = demo::shoppers(&self.store).await.unwrap();
        let found = shoppers.into_iter().find(|one| one.situation == situation);
        let email = found.unwrap().email;
        let customer = self.store.customer_by_email(&email).await.unwrap().unwrap();
        let orders = self.store.orders_of(&customer.id, 9).await.unwrap();
        (customer, orders)
    }

    pub async fn talk(&self, customer: Option<&Customer>) -> Talk<'_> {
        self.talk_from(customer, None).await
    }

    pub async fn talk_from(&self, customer: Option<&Customer>, origin: Option<Origin>) -> Talk<'_> {
        let proof = customer.map(signed_in);
        let started = self.chat.start_from(origin, Channel::Chat, proof).await;
        Talk {
            place: self,
            id: started.unwrap().id,
        }
    }

    /// The code in the mail that left last for an address; the mails are taken as delivered.
    pub async fn mailed_code(&self, email: &str) -> Option<String> {
        let now = self.clock.now_ms();
        let rows = self.store.claim_outbox("mail", now, 100).await.unwrap();
        let mut code = None;
        for row in rows {
            self.store.outbox_done(&row.key, now).await.unwrap();
            if row.kind != "mail" {
                continue;
            }
            let letter: Letter = serde_json::from_str(&row.body).unwrap();
            if letter.to.email == email && letter.template == "verification_code" {
                code = letter.data["code"].as_str().map(str::to_owned);
            }
        }
        code
    }
}

pub fn signed_in(customer: &Customer) -> Proof {
    Proof::Customer {
        customer: customer.id.clone(),
        method: ProofMethod::Token,
    }
}

/// One conversation.
pub struct Talk<'a> {
    pub place: &'a Place,
    pub id: ConversationId,
}

impl Talk<'_> {
    /// Writes, and follows until the assistant has nothing left to do.
    pub async fn says(&self, text: &str) {
        let incoming = Incoming::text(text);
        let received = self.place.chat.receive(&self.id, incoming).await.unwrap();
        let mut follow = self.place.chat.follow(&self.id, received.seq, Until::Done);
        while follow.next().await.unwrap().is_some() {}
    }

    pub async fn log(&self) -> Vec<Event> {
        let mut events: Vec<Event> = Vec::new();
        loop {
            let after = events.last().map_or(0, |event| event.seq);
            let page = self.place.store.events(&self.id, after).await.unwrap();
            if page.is_empty() {
                return events;
            }
            events.extend(page);
        }
    }

    /// What the newest call gave back: as JSON, or the words of a refusal.
    pub async fn result(&self) -> Result<Value, String> {
        let log = self.log().await;
        let newest = log.iter().rev().find_map(|event| match &event.body {
            EventBody::ToolReturned(returned) => Some(returned),
            _ => None,
        });
        let returned = newest.expect("a tool was called");
        let content = &returned.private.as_ref().unwrap().content;
        match returned.outcome {
            ToolOutcome::Done => Ok(serde_json::from_str(content).unwrap()),
            _ => Err(content.clone()),
        }
    }

    /// Writes so that the puppet calls `verify_identity`, and says what that gave.
    pub async fn proves(&self, args: &Value) -> Result<Value, String> {
        self.says(&call("verify_identity", args)).await;
        self.result().await
    }

    pub async fn session(&self) -> Session {
        Session::load(&self.place.store, &self.id).await.unwrap()
    }

    pub async fn customer(&self) -> Option<CustomerId> {
        let session = self.session().await;
        let scope = session.turn.identity().customer();
        scope.map(|scope| scope.customer().clone())
    }

    /// Everything that a client can get to see of the conversation, from its first event.
    pub async fn shown(&self) -> String {
        let mut follow = self.place.chat.follow(&self.id, 0, Until::Done);
        let mut shown = String::new();
        while let Some(event) = follow.next().await.unwrap() {
            shown.push_str(&event.data.to_string());
        }
        shown
    }
}

/// A message that carries a call and all of its values.
pub fn call(tool: &str, args: &Value) -> String {
    let values: Vec<&str> = args
        .as_object()
        .unwrap()
        .values()
        .filter_map(Value::as_str)
        .collect();
    format!("{} >>{tool} {args}", values.join(" "))
}

/// A model that does what the shopper's newest message says, however foolish, and repeats every
/// result: the guard and the gate are all that stands between it and the shopper.
pub fn puppet() -> Scripted {
    Scripted::by(|request| match request.messages.last() {
        Some(Message::ToolResult { content, .. }) => Answer::new().text(content.to_string()),
        _ => {
            let newest = request
                .messages
                .iter()
                .rev()
                .find_map(|message| match message {
                    Message::User(text) => Some(text.clone()),
                    _ => None,
                });
            let text = newest.unwrap_or_default();
            let mut answer = Answer::new();
            let mut calls = 0;
            for (n, part) in text.split(">>").skip(1).enumerate() {
                let (tool, args) = part.trim().split_once(' ').unwrap_or((part.trim(), "{}"));
                answer = answer.call(&format!("c{n}"), tool, args);
                calls += 1;
            }
            if calls == 0 {
                answer = answer.text("All right.");
            }
            answer
        }
    })
}

pub fn by_email(email: &str) -> Value {
    json!({"email": email, "code": null, "order_number": null, "postcode": null})
}

pub fn by_code(code: &str) -> Value {
    json!({"email": null, "code": code, "order_number": null, "postcode": null})
}

pub fn by_order(number: &str, email: Option<&str>, postcode: Option<&str>) -> Value {
    json!({"email": email, "code": null, "order_number": number, "postcode": postcode})
}
