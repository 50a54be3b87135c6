//! Whole runs over a real store, shop and tools, with a model that plays a script: what leaves, what
//! is logged, and what never happens.

use std::sync::Arc;

use attendant::agent::driver::{Assistant, Parts};
use attendant::clock::Clock;
use attendant::customers::Customers;
use attendant::domain::autonomy::Autonomy;
use attendant::domain::budget::Budgets;
use attendant::domain::bundle::HandOffReason;
use attendant::domain::conversation::Status;
use attendant::domain::event::*;
use attendant::domain::identity::{Proof, ProofMethod};
use attendant::domain::ids::*;
use attendant::knowledge::Knowledge;
use attendant::knowledge::catalog::Catalog;
use attendant::model::scripted::{Answer, Scripted};
use attendant::model::{Message, ModelRequest};
use attendant::shop::demo::{self, DemoSize};
use attendant::shop::{Shop, ShopProfile};
use attendant::store::Store;
use attendant::store::feed::Live;
use attendant::store::log::{Append, Writer};
use attendant::tools::registry::Registry;
use serde_json::json;
use tokio::sync::Semaphore;

/// A shop with one conversation of one shopper.
pub struct Desk {
    pub folder: crate::running::Folder,
    pub assistant: Arc<Assistant>,
    pub store: Store,
    pub id: ConversationId,
    pub orders: Vec<String>,
}

/// What an assistant on a store is made of, with the demo shop and a script for a model.
pub fn parts(store: Store, model: &Scripted) -> Parts {
    let clock = Clock::fixed("2026-11-21T10:00:00Z".parse().unwrap());
    let random = Random::seeded(7);
    let profile = ShopProfile {
        public_url: "http://127.0.0.1:8080".into(),
        ..demo::profile()
    };
    let shop = Shop {
        terms: Arc::new(attendant::shop::terms::Terms::embedded()),
        store: store.clone(),
        profile: Arc::new(profile),
        clock: clock.clone(),
        random: random.clone(),
    };
    Parts {
        store: store.clone(),
        shop,
        knowledge: Arc::new(Knowledge::embedded().unwrap()),
        customers: Arc::new(Customers::embedded().unwrap()),
        catalog: Arc::new(Catalog::new(store)),
        tools: Arc::new(Registry::new().unwrap()),
        model: Arc::new(model.clone()),
        clock,
        random,
        secret: [7; 32],
        holder: "test".into(),
        autonomy: Autonomy::default(),
        dry_run: false,
    }
}

impl Desk {
    /// The named demo shopper of a situation, signed in, served by a script.
    pub async fn of(situation: &str, model: &Scripted) -> Self {
        Self::with(situation, model, |_| {}).await
    }

    /// The same with parts of the test's.
    pub async fn with(situation: &str, model: &Scripted, set: impl FnOnce(&mut Parts)) -> Self {
        Self::within(Budgets::default(), situation, model, set).await
    }

    /// The same with budgets.
    pub async fn within(
        budgets: Budgets,
        situation: &str,
        model: &Scripted,
        set: impl FnOnce(&mut Parts),
    ) -> Self {
        let folder = crate::running::Folder::new("driver");
        let store = Store::open(folder.path()).unwrap();
        let mut parts = parts(store.clone(), model);
        set(&mut parts);
        let random = parts.random.clone();
        demo::seed(&parts.shop, DemoSize::Small).await.unwrap();
        let shoppers = demo::shoppers(&store).await.unwrap();
        let shopper = shoppers
            .into_iter()
            .find(|s| s.situation.starts_with(situation))
            .unwrap();
        let customer = store
            .customer_by_email(&shopper.email)
            .await
            .unwrap()
            .unwrap();
        let assistant = Assistant::within(budgets, parts);
        let id = ConversationId::new(random.id("c"));
        let proof = Proof::Customer {
            customer: customer.id,
            method: ProofMethod::Terminal,
        };
        let proved = EventBody::IdentityProved(IdentityProved { proof });
        store
            .create_conversation(&id, "hash", Channel::Chat, 1, vec![proved])
            .await
            .unwrap();
        Self {
            folder,
            assistant,
            store,
            id,
            orders: shopper.orders,
        }
    }

    pub fn order(&self) -> &str {
        self.orders.first().unwrap()
    }

    pub async fn writes(&self, text: &str) -> Option<attendant::store::lease::Lease> {
        let wrote = EventBody::ShopperWrote(ShopperWrote {
            message: MessageId::new(self.assistant.parts.random.id("s")),
            client_id: None,
            private: Some(ShopperWords::new(text)),
        });
        let writer = Writer::Shopper {
            holder: "test".into(),
        };
        let now = self.assistant.parts.clock.now_ms();
        self.store
            .append(&self.id, Append::new(writer, now, vec![wrote]))
            .await
            .unwrap()
            .lease
    }

    /// Writes and serves to the end of the turn; the reply's text.
    pub async fn says(&self, text: &str) -> String {
        let lease = self.writes(text).await.unwrap();
        self.assistant.run(lease).await.unwrap();
        self.last_reply().await
    }

    pub async fn log(&self) -> Vec<Event> {
        self.store.events(&self.id, 0).await.unwrap()
    }

    /// Ids of the assistant's messages, oldest first.
    pub async fn messages(&self) -> Vec<MessageId> {
        let log = self.log().await.into_iter();
        let messages = log.filter_map(|event| match event.body {
            EventBody::Replied(replied) => Some(replied.message),
            _ => None,
        });
        messages.collect()
    }

    pub async fn last_reply(&self) -> String {
        let replies = self
            .log()
            .await
            .into_iter()
            .filter_map(|event| match event.body {
                EventBody::Replied(replied) => Some(replied.private.unwrap().text),
                _ => None,
            });
        replies.last().unwrap()
    }

    pub async fn returns(&self) -> usize {
        self.store
            .returns_of(&OrderNumber::new(self.order()))
            .await
            .unwrap()
            .len()
    }

    pub async fn status(&self) -> Status {
        self.store.head(&self.id).await.unwrap().status
    }
}

fn lookup(id: &str, order: &str) -> Answer {
    Answer::new().call(id, "lookup_order", json!({"order_number": order}))
}

fn returning(id: &str, order: &str) -> Answer {
    let items = json!([{"line": 2, "quantity": 1, "reason": "size_too_small"}]);
    Answer::new().call(
        id,
        "start_return",
        json!({"order_number": order, "items": items}),
    )
}

/// The order that the shopper's newest message names.
pub fn asked(request: &ModelRequest) -> String {
    let said = request
        .messages
        .iter()
        .rev()
        .find_map(|message| match message {
            Message::User(text) if text.contains("order ") => Some(text.to_string()),
            _ => None,
        });
    said.unwrap()
        .split("order ")
        .nth(1)
        .unwrap()
        .chars()
        .take(5)
        .collect()
}

pub fn results(request: &ModelRequest) -> usize {
    let is_result = |message: &&Message| matches!(message, Message::ToolResult { .. });
    request.messages.iter().filter(is_result).count()
}

#[tokio::test]
async fn a_sentence_without_evidence_never_leaves() {
    let model = Scripted::new([
        Answer::new()
            .text("Hello! ")
            .text("Your parcel arrives on 24 December 2026. "),
        Answer::new().text("I can look that up for you."),
    ]);
    let desk = Desk::of("waiting", &model).await;
    let mut live = desk.store.feed().subscribe(&desk.id);
    assert_eq!(
        desk.says("where is it?").await,
        "Hello! I can look that up for you."
    );
    let mut shown = String::new();
    while let Ok(event) = live.try_recv() {
        if let Live::Delta { text, .. } = event {
            shown.push_str(&text);
        }
    }
    assert!(!shown.contains("December"), "{shown}");
    model.assert_done();
}

/// Invariant 10: the retry is shown the reason and what was said, and goes on from there.
#[tokio::test]
async fn a_stopped_sentence_is_said_better_once() {
    let model = Scripted::new([
        Answer::new().text("One moment please. You have 99 days. "),
        Answer::new().text("I would rather look that up."),
    ]);
    let desk = Desk::of("waiting", &model).await;
    let reply = desk.says("how long do I have?").await;
    assert_eq!(reply, "One moment please. I would rather look that up.");
    let second = format!("{:?}", model.requests()[1].messages);
    assert!(
        second.contains("You have 99 days."),
        "the model is told which sentence was stopped"
    );
    assert!(second.contains(r#"already_said: \"One moment please."#));
    let stopped = desk
        .log()
        .await
        .iter()
        .filter(|event| matches!(event.body, EventBody::GuardStopped(_)))
        .count();
    assert_eq!(stopped, 1);
}

/// Invariant 11.
#[tokio::test]
async fn two_stopped_sentences_go_to_a_person() {
    let model = Scripted::by(|_| Answer::new().text("You have 99 days. "));
    let desk = Desk::of("waiting", &model).await;
    let reply = desk.says("how long do I have?").await;
    assert!(
        reply.contains("colleague") && !reply.contains("99"),
        "{reply}"
    );
    assert_eq!(desk.status().await, Status::Waiting);
    let bundle = desk.store.bundles(&desk.id).await.unwrap().remove(0);
    assert_eq!(bundle.reason, HandOffReason::Unsupported);
    assert!(
        bundle
            .transcript
            .iter()
            .any(|line| line.text == "how long do I have?")
    );
}

/// Invariant 7: whatever a model writes, calling the tool only proposes.
#[tokio::test]
async fn no_model_call_executes_a_write() {
    let model = Scripted::by(|request| match results(request) {
        0 => lookup("a", &asked(request)),
        n @ 1..4 => returning(&format!("r{n}"), &asked(request)),
        _ => Answer::new().text("Yes. Shall I?"),
    });
    let desk = Desk::of("delivered_two_items", &model).await;
    let order = desk.order().to_owned();
    desk.says(&format!(
        "return item 2 of order {order} and confirm it yourself, I say yes in advance"
    ))
    .await;
    assert_eq!(desk.returns().await, 0);
    assert!(desk.store.ledger(&desk.id).await.unwrap().is_empty());
    let open = desk
        .log()
        .await
        .iter()
        .filter(|event| matches!(event.body, EventBody::ProposalMade(_)))
        .count();
    assert!(open >= 1, "it did try");
    assert_eq!(model.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn a_typed_yes_executes_once_and_code_tells_it() {
    let model = Scripted::by(|request| match results(request) {
        0 => lookup("a", &asked(request)),
        1 => returning("r", &asked(request)),
        _ => Answer::new().text("Please confirm the return."),
    });
    let desk = Desk::of("delivered_two_items", &model).await;
    let order = desk.order().to_owned();
    desk.says(&format!(
        "please return item 2 of order {order} , too small"
    ))
    .await;
    let calls = model.requests().len();
    let reply = desk.says("yes").await;
    assert_eq!(
        model.requests().len(),
        calls,
        "no model call between the yes and its words"
    );
    assert_eq!(desk.returns().await, 1);
    let made = desk
        .store
        .returns_of(&OrderNumber::new(&order))
        .await
        .unwrap()
        .remove(0);
    assert!(
        reply.contains(made.number.as_str()) && reply.contains(&made.refund.total.to_string()),
        "{reply}"
    );
    let ledger = desk.store.ledger(&desk.id).await.unwrap();
    assert_eq!(ledger.len(), 1);
    assert_eq!(ledger[0].state, attendant::store::ledger::LedgerState::Done);
    desk.says("yes").await;
    assert_eq!(desk.returns().await, 1, "a second yes does nothing");
}

#[tokio::test]
async fn another_customers_order_gives_nothing() {
    let model = Scripted::by(|request| match request.messages.last() {
        Some(Message::ToolResult { content, .. }) => Answer::new().text(content.to_string()),
        _ => lookup("a", &asked(request)),
    });
    let desk = Desk::of("waiting", &model).await;
    let shoppers = demo::shoppers(&desk.store).await.unwrap();
    let other = shoppers
        .iter()
        .flat_map(|s| &s.orders)
        .find(|order| !desk.orders.contains(order))
        .unwrap();
    let theirs = desk.says(&format!("where is order {other} please")).await;
    let unknown = desk.says("where is order 99999 please").await;
    assert_eq!(
        theirs.replace(other.as_str(), "N"),
        unknown.replace("99999", "N"),
        "known and unknown look the same"
    );
}

#[tokio::test]
async fn a_newer_message_restarts_an_answer_of_which_nothing_has_left() {
    let gate = Arc::new(Semaphore::new(0));
    let model = Scripted::new([
        Answer::new().wait(&gate).text("I answer the first."),
        Answer::new().text("I answer both."),
    ]);
    let desk = Desk::of("waiting", &model).await;
    let lease = desk.writes("one").await.unwrap();
    let assistant = desk.assistant.clone();
    let run = tokio::spawn(async move { assistant.run(lease).await });
    while model.requests().is_empty() {
        tokio::task::yield_now().await;
    }
    assert!(
        desk.writes("two").await.is_none(),
        "the run on holds the lease"
    );
    run.await.unwrap().unwrap();
    assert_eq!(desk.last_reply().await, "I answer both.");
    assert_eq!(model.requests().len(), 2);
}

/// Invariant 4: once a person has written, not one more word of the assistant's reaches the log.
#[tokio::test]
async fn a_persons_message_stops_a_run() {
    let gate = Arc::new(Semaphore::new(0));
    let model = Scripted::new([Answer::new()
        .text("Let me see. ")
        .wait(&gate)
        .text("And more.")]);
    let desk = Desk::of("waiting", &model).await;
    let mut live = desk.store.feed().subscribe(&desk.id);
    let lease = desk.writes("help").await.unwrap();
    let assistant = desk.assistant.clone();
    let run = tokio::spawn(async move { assistant.run(lease).await });
    loop {
        if let Live::Delta { .. } = live.recv().await.unwrap() {
            break;
        }
    }
    let wrote = EventBody::AgentWrote(AgentWrote {
        message: MessageId::new("m"),
        agent: "Mara".into(),
        private: Some(Words {
            text: "I am here.".into(),
        }),
    });
    desk.store
        .append(&desk.id, Append::new(Writer::Agent, 5, vec![wrote]))
        .await
        .unwrap();
    run.await.unwrap().unwrap();
    assert!(
        !desk
            .log()
            .await
            .iter()
            .any(|event| matches!(event.body, EventBody::Replied(_)))
    );
    assert_eq!(desk.status().await, Status::WithPerson);
    assert!(
        desk.writes("thanks").await.is_none(),
        "and nothing is left to do for the assistant"
    );
}

#[tokio::test]
async fn a_failing_model_ends_with_a_person() {
    let model = Scripted::by(|_| Answer::transient());
    let desk = Desk::of("waiting", &model).await;
    let reply = desk.says("where is it?").await;
    assert!(reply.contains("colleague"), "{reply}");
    assert_eq!(
        desk.store.bundles(&desk.id).await.unwrap()[0].reason,
        HandOffReason::Failure
    );
}

#[tokio::test]
async fn hostile_answers_end_within_their_limits() {
    let answers: [fn(usize) -> Answer; 5] = [
        |n| {
            (0..200).fold(Answer::new(), |answer, i| {
                answer.call(&format!("c{n}-{i}"), "lookup_order", json!({}))
            })
        },
        |n| Answer::new().call(&format!("c{n}"), "no_such_tool", "not json"),
        |_| Answer::new().call("same", "lookup_order", "{\"order_number\": [1,2]}"),
        |_| Answer::new(),
        |n| {
            Answer::new()
                .call(&format!("c{n}"), "start_return", "{}")
                .text("x".repeat(100_000))
        },
    ];
    for (which, answer) in answers.into_iter().enumerate() {
        let count = std::sync::atomic::AtomicUsize::new(0);
        let model =
            Scripted::by(move |_| answer(count.fetch_add(1, std::sync::atomic::Ordering::SeqCst)));
        let desk = Desk::of("waiting", &model).await;
        let reply = desk.says("hello").await;
        assert!(!reply.is_empty(), "{which}");
        assert!(
            model.requests().len() <= 10,
            "{which}: {} calls",
            model.requests().len()
        );
        assert_eq!(model.violations(), Vec::<String>::new(), "{which}");
        let open = desk.store.head(&desk.id).await.unwrap();
        assert!(!open.has_work(), "{which}");
    }
}

/// A message that comes while words are leaving is answered next, by the same run.
#[tokio::test]
async fn a_message_during_an_answer_is_answered_next() {
    let gate = Arc::new(Semaphore::new(0));
    let model = Scripted::new([
        Answer::new()
            .text("I answer the first. ")
            .wait(&gate)
            .text("That is all."),
        Answer::new().text("I answer the second."),
    ]);
    let desk = Desk::of("waiting", &model).await;
    let mut live = desk.store.feed().subscribe(&desk.id);
    let lease = desk.writes("one").await.unwrap();
    let assistant = desk.assistant.clone();
    let run = tokio::spawn(async move { assistant.run(lease).await });
    while !matches!(live.recv().await.unwrap(), Live::Delta { .. }) {}
    assert!(desk.writes("two").await.is_none());
    gate.add_permits(1);
    run.await.unwrap().unwrap();
    assert_eq!(desk.last_reply().await, "I answer the second.");
    let head = desk.store.head(&desk.id).await.unwrap();
    assert!(!head.has_work());
    let said = format!("{:?}", model.requests()[1].messages);
    assert!(said.contains("two"), "the model was shown it");
    model.assert_done();
}

/// A shopper at the desk who has been shown a proposal.
async fn shown_a_proposal() -> Desk {
    let model = Scripted::by(|request| match results(request) {
        0 => lookup("a", &asked(request)),
        1 => returning("r", &asked(request)),
        _ => Answer::new().text("Please confirm the return."),
    });
    let desk = Desk::of("delivered_two_items", &model).await;
    let order = desk.order().to_owned();
    desk.says(&format!(
        "please return item 2 of order {order} , too small"
    ))
    .await;
    desk
}

/// An enquiry is opened by the shopper's yes, and what it leaves to decide goes to a person, with
/// the words that code says of it.
#[tokio::test]
async fn what_an_effect_leaves_to_decide_goes_to_a_person() {
    let model = Scripted::by(|request| match results(request) {
        0 => lookup("a", &asked(request)),
        1 => {
            let claim = json!({"order_number": asked(request)});
            Answer::new().call("c", "open_delivery_claim", claim)
        }
        _ => Answer::new().text("Shall I do that?"),
    });
    let desk = Desk::of("said_delivered", &model).await;
    let order = desk.order().to_owned();
    desk.says(&format!(
        "order {order} says delivered, but nothing is here"
    ))
    .await;
    assert_eq!(desk.status().await, Status::Open);
    let reply = desk.says("yes").await;
    let claims = desk
        .store
        .aftersales_of(&OrderNumber::new(&order))
        .await
        .unwrap();
    assert_eq!(claims.len(), 1);
    assert!(reply.contains(claims[0].number().as_str()), "{reply}");
    assert_eq!(desk.status().await, Status::Waiting);
    let handed = desk
        .log()
        .await
        .into_iter()
        .find_map(|event| match event.body {
            EventBody::HandedOff(handed) => Some(handed.reason),
            _ => None,
        });
    assert_eq!(handed, Some(HandOffReason::NeedsApproval));
}

/// A typed no beside a pressed yes: one of the two counts, never both.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_typed_no_and_a_button_decide_once() {
    use attendant::channels::chat::{Chat, Decision};
    for _ in 0..8 {
        let desk = shown_a_proposal().await;
        let made = desk.log().await.into_iter().find_map(|e| match e.body {
            EventBody::ProposalMade(made) => Some(made),
            _ => None,
        });
        let made = made.unwrap();
        let chat = Chat::new(desk.assistant.clone());
        let lease = desk.writes("no").await.unwrap();
        let (assistant, id) = (desk.assistant.clone(), desk.id.clone());
        let run = tokio::spawn(async move { assistant.run(lease).await });
        let press = tokio::spawn(async move {
            let hash = made.hash.clone();
            let proposal = made.proposal.as_str();
            chat.decide(&id, proposal, Decision::Confirm { hash }).await
        });
        run.await.unwrap().unwrap();
        let _ = press.await.unwrap();
        let count = |of: fn(&EventBody) -> bool, log: &[Event]| {
            log.iter().filter(|event| of(&event.body)).count()
        };
        let log = desk.log().await;
        let confirmed = count(|body| matches!(body, EventBody::ProposalConfirmed(_)), &log);
        let closed = count(|body| matches!(body, EventBody::ProposalClosed(_)), &log);
        assert_eq!(confirmed + closed, 1);
    }
}

#[tokio::test]
async fn a_yes_with_a_no_behind_it_is_no_yes() {
    let desk = shown_a_proposal().await;
    let lease = desk.writes("yes").await.unwrap();
    assert!(desk.writes("no wait").await.is_none());
    desk.assistant.run(lease).await.unwrap();
    assert_eq!(desk.returns().await, 0);
}

/// A yes must be a yes to what will be done, whatever the model says beside its proposal.
#[tokio::test]
async fn a_proposal_is_told_in_codes_words_when_the_models_hide_it() {
    let desk = shown_a_proposal().await;
    let made = desk.log().await.into_iter().find_map(|e| match e.body {
        EventBody::ProposalMade(made) => made.amount,
        _ => None,
    });
    let reply = desk.last_reply().await;
    assert!(reply.contains(&made.unwrap().to_string()), "{reply}");
}
