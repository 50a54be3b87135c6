//! Killed at any instant, the server goes on from the log: nothing acknowledged is lost, nothing is
//! done twice, everybody gets an answer. `ATTENDANT_KILLS` sets the number of rounds.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use attendant::channels::customer_token::CustomerTokens;
use attendant::clock::Clock;
use attendant::domain::ids::{CustomerId, OrderNumber};
use attendant::domain::limits;
use attendant::domain::order::Order;
use attendant::store::Store;
use attendant::store::orders::Buyer;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use crate::cli::{Server, shopper};
use crate::running::{Conversation, Events, Folder, answer};

const ROUNDS: u64 = 5;
const SHOPPERS: u64 = 6;
const CHATS_EACH: u64 = 8;
/// Orders of which one yes returns an item.
const ORDERS_A_CHAT: u64 = 2;
/// The kill comes within this time of the load's start.
const KILL_WITHIN_MS: u64 = 4_000;

/// What one shopper did in one conversation, and what the server has said to it.
struct Done {
    chat: Conversation,
    orders: Vec<OrderNumber>,
    /// Client ids and texts that were sent, acknowledged or not.
    sent: Vec<(String, String)>,
    acknowledged: Vec<String>,
    confirm_acknowledged: bool,
}

type Record = Arc<Mutex<Vec<Arc<Mutex<Done>>>>>;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_moment_nothing_is_lost_and_nothing_is_done_twice() {
    let rounds = std::env::var("ATTENDANT_KILLS")
        .ok()
        .and_then(|n| n.parse().ok());
    let mut returned = 0;
    for seed in 0..rounds.unwrap_or(ROUNDS) {
        returned += round(seed).await;
    }
    assert!(
        returned > 0,
        "no round got as far as a return: the load tests nothing"
    );
}

/// One kill; the number of returns that were made.
async fn round(seed: u64) -> usize {
    let mut rng = StdRng::seed_from_u64(seed);
    let folder = Folder::new("kill9");
    without_limits(&folder);
    let (store, customer) = many_orders(&folder).await;
    let mut server = Server::start(&folder);
    let token = customer_token(&folder, &customer);
    let record = Record::default();
    let http = Client::builder().no_proxy().build().unwrap();
    let load: Vec<_> = (0..SHOPPERS)
        .map(|n| {
            let (url, token) = (server.url.clone(), token.clone());
            tokio::spawn(shop(http.clone(), url, token, n, record.clone()))
        })
        .collect();
    // Not to wait for anything: this is the random moment.
    tokio::time::sleep(Duration::from_millis(rng.random_range(20..KILL_WITHIN_MS))).await;
    server.child.kill().unwrap();
    server.child.wait().unwrap();
    for one in load {
        one.await.unwrap();
    }

    let server = Server::start(&folder);
    let all = std::mem::take(&mut *record.lock().unwrap());
    let mut returned = 0;
    for done in &all {
        let mut done = done.lock().unwrap();
        let path = format!("/api/chat/conversations/{}", done.chat.id);
        done.chat.url = format!("{}{path}", server.url);
    }
    for done in all {
        let done = Arc::into_inner(done).unwrap().into_inner().unwrap();
        returned += check(seed, &store, done).await;
    }
    no_mail_is_doubled(&folder);
    returned
}

/// The demo shop's knowledge, but all of one customer's returns are settled without a person.
fn without_limits(folder: &Folder) {
    let own = folder.path().join("knowledge");
    let demo = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("knowledge");
    for part in ["policies", "size-charts"] {
        std::fs::create_dir_all(own.join(part)).unwrap();
        for file in std::fs::read_dir(demo.join(part)).unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), own.join(part).join(file.file_name())).unwrap();
        }
    }
    for file in [
        "shipping.toml",
        "hours.toml",
        "segments.toml",
        "offers.toml",
    ] {
        std::fs::copy(demo.join(file), own.join(file)).unwrap();
    }
    std::fs::write(own.join("money.toml"), "[caps]\n").unwrap();
    let line = format!("knowledge = {:?}\n", own.display().to_string());
    std::fs::write(folder.path().join("attendant.toml"), line).unwrap();
}

/// A shopper: returns an item of two orders with one yes, then of the next two, until the server is
/// gone.
async fn shop(http: Client, url: String, token: String, number: u64, record: Record) {
    for chat in 0..CHATS_EACH {
        let first = (number * CHATS_EACH + chat) * ORDERS_A_CHAT;
        let orders = (first..first + ORDERS_A_CHAT).map(number_of).collect();
        if return_of_each(&http, &url, &token, orders, &record)
            .await
            .is_none()
        {
            return;
        }
    }
}

/// `None` when the server did not answer.
async fn return_of_each(
    http: &Client,
    url: &str,
    token: &str,
    orders: Vec<OrderNumber>,
    record: &Record,
) -> Option<()> {
    let url = format!("{url}/api/chat/conversations");
    let body = json!({"customer_token": token}).to_string();
    let started = http.post(&url).body(body).send().await.ok()?;
    let started: Value = serde_json::from_slice(&started.bytes().await.ok()?).ok()?;
    let id = started["id"].as_str()?.to_owned();
    let chat = Conversation {
        url: format!("{url}/{id}"),
        id,
        token: started["token"].as_str()?.to_owned(),
        http: http.clone(),
    };
    let done = Arc::new(Mutex::new(Done {
        chat: chat.clone(),
        orders: orders.clone(),
        sent: Vec::new(),
        acknowledged: Vec::new(),
        confirm_acknowledged: false,
    }));
    record.lock().unwrap().push(done.clone());

    let each: Vec<String> = orders
        .iter()
        .map(|order| format!("the second item of order {order}"))
        .collect();
    let text = format!(
        "I want to return {}, they are too small",
        each.join(" and ")
    );
    send(&chat, &done, &text).await?;
    let follow = chat.get("/events").send().await.ok()?;
    let (proposal, hash) = proposal(&mut Events::of(follow)).await?;
    let body = json!({"hash": hash}).to_string();
    let pressed = chat
        .post(&format!("/proposals/{proposal}/confirm"), body)
        .send()
        .await
        .ok()?;
    if pressed.status() == StatusCode::ACCEPTED {
        done.lock().unwrap().confirm_acknowledged = true;
    }
    send(&chat, &done, "thank you, where is my order?").await
}

async fn send(chat: &Conversation, done: &Mutex<Done>, text: &str) -> Option<()> {
    let client_id = {
        let mut done = done.lock().unwrap();
        let client_id = format!("client-{}", done.sent.len());
        done.sent.push((client_id.clone(), text.to_owned()));
        client_id
    };
    let body = json!({"client_id": client_id, "text": text}).to_string();
    let response = chat.post("/messages", body).send().await.ok()?;
    if response.status() == StatusCode::ACCEPTED {
        done.lock().unwrap().acknowledged.push(client_id);
    }
    Some(())
}

/// The proposal and its hash, when the turn brings one.
async fn proposal(events: &mut Events) -> Option<(String, String)> {
    loop {
        let event = events.next().await?;
        let text = |field: &str| event.data[field].as_str().map(str::to_owned);
        match event.name.as_str() {
            "proposal" => return Some((text("proposal")?, text("hash")?)),
            "done" => return None,
            _ => {}
        }
    }
}

/// Checks one conversation after the restart; the number of returns it made.
async fn check(seed: u64, store: &Store, done: Done) -> usize {
    let chat = &done.chat;
    // A client sends again what was not acknowledged, under the same id.
    for (client_id, text) in &done.sent {
        let body = json!({"client_id": client_id, "text": text}).to_string();
        let response = chat.post("/messages", body).send().await.unwrap();
        assert_eq!(
            response.status(),
            StatusCode::ACCEPTED,
            "seed {seed}: {}",
            chat.id
        );
    }
    if !done.sent.is_empty() {
        chat.follow(None).await.until("done").await;
    }
    let folded = answer(chat.get("").send().await.unwrap()).await;
    assert_eq!(folded["working"], false);
    let events = folded["events"].as_array().unwrap();
    for (client_id, text) in &done.sent {
        let found = events
            .iter()
            .filter(|event| event["data"]["client_id"] == **client_id);
        let texts: Vec<_> = found
            .map(|event| event["data"]["text"].as_str().unwrap())
            .collect();
        let known = done.acknowledged.contains(client_id);
        assert_eq!(
            texts,
            [text],
            "seed {seed}: {}, acknowledged: {known}",
            chat.id
        );
    }
    let newest = |from: &str| {
        events
            .iter()
            .rposition(|event| event["data"]["from"] == from)
    };
    assert!(
        newest("assistant") > newest("shopper") || done.sent.is_empty(),
        "seed {seed}: {events:?}"
    );

    let slips = events
        .iter()
        .filter(|event| event["event"] == "label")
        .count();
    let mut returns = 0;
    for order in &done.orders {
        returns += store.returns_of(order).await.unwrap().len();
    }
    assert_eq!(slips, returns, "seed {seed}: {events:?}");
    let confirmed = events
        .iter()
        .any(|event| event["data"]["state"] == "confirmed");
    assert_eq!(
        returns,
        usize::from(confirmed) * done.orders.len(),
        "seed {seed}: {events:?}"
    );
    assert!(
        confirmed || !done.confirm_acknowledged,
        "seed {seed}: a confirmation is lost"
    );
    returns
}

fn no_mail_is_doubled(folder: &Folder) {
    let Ok(files) = std::fs::read_dir(folder.path().join("mail")) else {
        return;
    };
    let mut numbers = Vec::new();
    for file in files.map(|file| file.unwrap().path()) {
        if file.extension().is_none_or(|ending| ending != "eml") {
            continue;
        }
        let mail = String::from_utf8_lossy(&std::fs::read(&file).unwrap()).into_owned();
        let at = mail.find("RT-").expect("a mail names its return");
        numbers.push(mail[at..at + "RT-".len() + 6].to_owned());
    }
    let before = numbers.len();
    numbers.sort();
    numbers.dedup();
    assert_eq!(numbers.len(), before, "a mail left twice");
}

/// The small demo shop with many orders of one customer, each with a second item to send back.
async fn many_orders(folder: &Folder) -> (Store, CustomerId) {
    let (_, number) = shopper(folder, "delivered_two_items");
    let store = Store::open(folder.path()).unwrap();
    let order = store
        .order(&OrderNumber::new(number))
        .await
        .unwrap()
        .unwrap();
    let copies = (0..SHOPPERS * CHATS_EACH * ORDERS_A_CHAT)
        .map(|n| {
            let copy = Order {
                number: number_of(n),
                ..order.clone()
            };
            (Buyer::Id(order.customer.clone()), copy)
        })
        .collect();
    let refused = store.put_orders(copies).await.unwrap();
    assert!(refused.iter().all(Option::is_none), "{refused:?}");
    (store, order.customer)
}

fn number_of(n: u64) -> OrderNumber {
    OrderNumber::new(format!("{}", 70_000 + 7 * n))
}

/// What the storefront would sign: with the server's own secret.
fn customer_token(folder: &Folder, customer: &CustomerId) -> String {
    let secret = std::fs::read(folder.path().join("secret.key")).unwrap();
    let now_ms = Clock::System.now_ms();
    CustomerTokens::new(&secret)
        .issue(customer, now_ms, limits::CUSTOMER_TOKEN_TTL)
        .unwrap()
}
