//! A shop with a shopper who has something to return, made once, and a fresh copy of it for each
//! case, served over a real socket.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use attendant::agent::driver::{Assistant, Parts};
use attendant::channels::chat::{Chat, Decision};
use attendant::domain::conversation::Status;
use attendant::domain::event::*;
use attendant::domain::identity::{Proof, ProofMethod};
use attendant::domain::ids::*;
use attendant::knowledge::catalog::Catalog;
use attendant::model::Model;
use attendant::model::openai::{OpenAi, OpenAiSettings};
use attendant::model::scripted::Scripted;
use attendant::shop::Shop as Commerce;
use attendant::shop::demo::{self, DemoSize};
use attendant::store::Store;
use attendant::store::feed::Live;
use attendant::store::lease::Lease;
use attendant::store::log::{Append, Writer};
use serde_json::json;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::TryRecvError;

use crate::driver::parts;
use crate::running::Folder;
use crate::wire::{DONE, Reply, WireServer, chunk};

/// What the shopper writes: words that no log of failures may hold.
pub const ASKED: &str = "where is my parcel, the word is xyzzy 4711 please";
pub const FIRST: &str = "One moment please. ";
/// What a model says that is well.
pub const WELL: &str = "I can look that up for you.";

pub fn well() -> Reply {
    says(WELL)
}

fn says(words: &str) -> Reply {
    Reply::stream([
        chunk(json!({ "content": words }), None),
        chunk(json!({}), Some("stop")),
        DONE.to_owned(),
    ])
}

pub struct Shop {
    folder: Folder,
    /// Of the template; a case takes what is not its own.
    parts: Parts,
    customer: CustomerId,
    orders: Vec<String>,
}

impl Shop {
    pub async fn open() -> Self {
        let folder = Folder::new("unshaken");
        let store = Store::open(folder.path()).unwrap();
        let parts = parts(store.clone(), &Scripted::new([]));
        demo::seed(&parts.shop, DemoSize::Small).await.unwrap();
        let shoppers = demo::shoppers(&store).await.unwrap();
        let mut shoppers = shoppers.into_iter();
        let shopper = shoppers
            .find(|shopper| shopper.situation.starts_with("delivered_two_items"))
            .unwrap();
        let customer = store.customer_by_email(&shopper.email).await.unwrap();
        Self {
            folder,
            parts,
            customer: customer.unwrap().id,
            orders: shopper.orders,
        }
    }

    pub fn order(&self) -> &str {
        &self.orders[0]
    }

    /// A conversation on a copy of the shop, with the adapter for a model.
    pub async fn talk(&self) -> Talk {
        self.talk_with(|model| Arc::new(model)).await
    }

    pub async fn talk_with(&self, model: impl FnOnce(OpenAi) -> Arc<dyn Model>) -> Talk {
        let folder = Folder::new("unshaken-case");
        copy(self.folder.path(), folder.path());
        let store = Store::open(folder.path()).unwrap();
        let server = WireServer::start([]).await;
        let openai = OpenAi::new(&OpenAiSettings::new(&server.url, "", "gpt-test")).unwrap();
        let parts = self.parts_on(&store, model(openai));
        let id = ConversationId::new(parts.random.id("c"));
        let proof = Proof::Customer {
            customer: self.customer.clone(),
            method: ProofMethod::Terminal,
        };
        let proved = vec![EventBody::IdentityProved(IdentityProved { proof })];
        store
            .create_conversation(&id, "hash", Channel::Chat, 1, proved)
            .await
            .unwrap();
        Talk {
            live: store.feed().subscribe(&id),
            assistant: Assistant::new(parts),
            order: OrderNumber::new(self.order()),
            shown: Shown::default(),
            folder,
            server,
            store,
            id,
        }
    }

    fn parts_on(&self, store: &Store, model: Arc<dyn Model>) -> Parts {
        let parts = &self.parts;
        Parts {
            store: store.clone(),
            shop: Commerce {
                store: store.clone(),
                ..parts.shop.clone()
            },
            knowledge: parts.knowledge.clone(),
            customers: parts.customers.clone(),
            catalog: Arc::new(Catalog::new(store.clone())),
            tools: parts.tools.clone(),
            model,
            clock: parts.clock.clone(),
            random: Random::seeded(11),
            secret: parts.secret,
            holder: parts.holder.clone(),
            autonomy: parts.autonomy.clone(),
            dry_run: false,
        }
    }
}

/// The database as it is, whole, whoever has it open.
fn copy(from: &Path, to: &Path) {
    let connection = rusqlite::Connection::open(from.join("attendant.db")).unwrap();
    let to = to.join("attendant.db");
    connection
        .execute("VACUUM INTO ?1", [to.to_str().unwrap()])
        .unwrap();
}

/// What a follower has seen of each message.
#[derive(Default)]
struct Shown {
    messages: BTreeMap<MessageId, String>,
    /// Followers that fall behind read the log; what they saw is not known here.
    lagged: bool,
}

pub struct Talk {
    pub server: WireServer,
    pub assistant: Arc<Assistant>,
    pub store: Store,
    pub id: ConversationId,
    order: OrderNumber,
    live: Receiver<Live>,
    shown: Shown,
    folder: Folder,
}

impl Talk {
    pub async fn writes(&self, text: &str) -> Lease {
        let wrote = EventBody::ShopperWrote(ShopperWrote {
            message: MessageId::new(self.assistant.parts.random.id("s")),
            client_id: None,
            private: Some(ShopperWords::new(text)),
        });
        let writer = Writer::Shopper {
            holder: "test".into(),
        };
        let now_ms = self.assistant.parts.clock.now_ms();
        let append = Append::new(writer, now_ms, vec![wrote]);
        let appended = self.store.append(&self.id, append).await.unwrap();
        appended.lease.unwrap()
    }

    /// Writes and is served to the end of the turn. What followers have seen is what was said.
    pub async fn says(&mut self, text: &str) -> String {
        let lease = self.writes(text).await;
        self.assistant.run(lease).await.unwrap();
        self.last_reply().await
    }

    pub async fn last_reply(&mut self) -> String {
        self.look();
        let log = self.log().await;
        let (message, text) = log
            .iter()
            .rev()
            .find_map(|event| match &event.body {
                EventBody::Replied(replied) => {
                    let words = replied.private.as_ref().unwrap();
                    Some((replied.message.clone(), words.text.clone()))
                }
                _ => None,
            })
            .unwrap();
        if !self.shown.lagged {
            let seen = self.shown.messages.get(&message);
            assert_eq!(seen, Some(&text), "what was shown and what was said");
        }
        self.shown.lagged = false;
        text
    }

    /// Takes in what has been published.
    pub fn look(&mut self) {
        loop {
            match self.live.try_recv() {
                Ok(Live::Delta { message, at, text }) => {
                    let shown = self.shown.messages.entry(message).or_default();
                    if !self.shown.lagged {
                        assert_eq!(at as usize, shown.len(), "no gap and nothing twice");
                    }
                    shown.push_str(&text);
                }
                Ok(Live::Reset { message }) => {
                    self.shown.messages.remove(&message);
                }
                Ok(_) => {}
                Err(TryRecvError::Lagged(_)) => self.shown.lagged = true,
                Err(_) => return,
            }
        }
    }

    /// Waits for the next sentence that leaves.
    pub async fn next_sentence(&mut self) -> String {
        loop {
            if let Live::Delta { text, .. } = self.live.recv().await.unwrap() {
                return text.to_string();
            }
        }
    }

    /// A return is looked up, prepared and shown.
    pub async fn prepares_a_return(&mut self) -> ProposalMade {
        let order = self.order.to_string();
        let items = json!([{ "line": 2, "quantity": 1, "reason": "size_too_small" }]);
        let arguments = json!({ "order_number": order, "items": items }).to_string();
        let function = json!({ "name": "start_return", "arguments": arguments });
        let call = json!([{ "index": 0, "id": "r", "function": function }]);
        let returns = Reply::stream([
            chunk(json!({ "tool_calls": call }), None),
            chunk(json!({}), Some("tool_calls")),
        ]);
        let looks_up = super::kinds::looks_up_saying("", &order);
        self.server
            .answers([looks_up, returns, says("Please confirm the return.")]);
        self.says(&format!(
            "please return item 2 of order {order} , too small"
        ))
        .await;
        let log = self.log().await.into_iter();
        log.filter_map(|event| match event.body {
            EventBody::ProposalMade(made) => Some(made),
            _ => None,
        })
        .next_back()
        .unwrap()
    }

    /// Presses the button, and waits until nothing is left to do.
    pub async fn presses(&mut self, made: &ProposalMade) {
        let chat = Chat::new(self.assistant.clone());
        let hash = made.hash.clone();
        let decision = Decision::Confirm { hash };
        let proposal = made.proposal.as_str();
        chat.decide(&self.id, proposal, decision).await.unwrap();
        while self.store.head(&self.id).await.unwrap().has_work() {
            tokio::task::yield_now().await;
        }
    }

    pub async fn log(&self) -> Vec<Event> {
        self.store.events(&self.id, 0).await.unwrap()
    }

    pub async fn status(&self) -> Status {
        self.store.head(&self.id).await.unwrap().status
    }

    pub async fn proposals(&self) -> usize {
        let log = self.log().await;
        let made = |event: &&Event| matches!(event.body, EventBody::ProposalMade(_));
        log.iter().filter(made).count()
    }

    /// Returns of the order, rows of the ledger, mails.
    pub async fn done(&self) -> [usize; 3] {
        let returns = self.store.returns_of(&self.order).await.unwrap();
        let ledger = self.store.ledger(&self.id).await.unwrap();
        let path = self.folder.path().join("attendant.db");
        let connection = rusqlite::Connection::open(path).unwrap();
        let sql = "SELECT COUNT(*) FROM outbox WHERE kind = 'mail'";
        let mails: i64 = connection.query_row(sql, (), |row| row.get(0)).unwrap();
        [returns.len(), ledger.len(), mails.try_into().unwrap()]
    }
}

/// What the operator reads of calls that failed.
pub fn failures(log: &[Event]) -> Vec<&str> {
    let failed = log.iter().filter_map(|event| match &event.body {
        EventBody::ModelFailed(failed) => Some(failed.detail.as_str()),
        _ => None,
    });
    failed.collect()
}

/// What the model was told of its calls.
pub fn results(log: &[Event]) -> Vec<&str> {
    let told = log.iter().filter_map(|event| match &event.body {
        EventBody::ToolReturned(returned) => Some(returned.private.as_ref()?.content.as_str()),
        _ => None,
    });
    told.collect()
}

/// Does the log say of an answer that it was cut at its length?
pub fn was_cut(log: &[Event]) -> bool {
    log.iter().any(|event| match &event.body {
        EventBody::ModelAnswered(answered) => answered.cut,
        _ => false,
    })
}

/// The newest reply.
pub fn reply(log: &[Event]) -> &str {
    let mut replies = log.iter().filter_map(|event| match &event.body {
        EventBody::Replied(replied) => Some(replied.private.as_ref()?.text.as_str()),
        _ => None,
    });
    replies.next_back().unwrap()
}
