//! `search_policies` and `hand_off` as the driver runs them: JSON text in, JSON text out.

use std::path::PathBuf;
use std::sync::Arc;

use attendant::agent::evidence::Evidence;
use attendant::agent::guard::{Guard, Sentences};
use attendant::clock::Clock;
use attendant::domain::bundle::HandOffReason;
use attendant::domain::card::Card;
use attendant::domain::customer::Customer;
use attendant::domain::event::{
    Event, EventBody, IdentityProved, ToolOutcome, ToolReturned, ToolWords,
};
use attendant::domain::evidence::FactValue;
use attendant::domain::identity::{Identity, OrderScope, Proof, ProofMethod};
use attendant::domain::ids::{CallId, CustomerId, OrderNumber, Random};
use attendant::domain::money::{Currency, Money};
use attendant::domain::order::{Order, OrderStatus};
use attendant::knowledge::Knowledge;
use attendant::shop::{Shop, ShopProfile};
use attendant::store::Store;
use attendant::store::orders::Buyer;
use attendant::tools::registry::{Registry, Run};
use attendant::tools::{ToolContext, ToolError, ToolOutput};
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::support;

/// A shop with one order, 10482, placed on 15 February 2026, when the older return rules held.
struct Bench {
    shop: Shop,
    knowledge: Knowledge,
    registry: Registry,
    folder: PathBuf,
}

impl Drop for Bench {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn order() -> Order {
    Order {
        number: OrderNumber::new("10482"),
        customer: CustomerId::new("c1"),
        placed_ms: ms("2026-02-15T12:00:00Z"),
        status: OrderStatus::Delivered,
        currency: Currency::EUR,
        lines: Vec::new(),
        shipping: Money::zero(Currency::EUR),
        total: Money::zero(Currency::EUR),
        payments: Vec::new(),
        shipments: Vec::new(),
        address: None,
        note: None,
        history: attendant::domain::order::OrderHistory::default(),
    }
}

fn ms(at: &str) -> i64 {
    let at: jiff::Timestamp = at.parse().expect("an instant");
    at.as_millisecond()
}

impl Bench {
    async fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("attendant-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("the folder is made");
        let store = Store::open(&folder).expect("it opens");
        let customer = Customer {
            payment_methods: Vec::new(),
            id: CustomerId::new("c1"),
            email: "maeve@example.org".into(),
            first_name: "Maeve".into(),
            last_name: "Walsh".into(),
            created_ms: 0,
            address: None,
        };
        let put = store.put_orders(vec![(Buyer::Email(Box::new(customer)), order())]);
        assert_eq!(put.await.expect("written"), [None]);
        let clock = Clock::fixed("2026-11-10T10:00:00Z".parse().expect("an instant"));
        let profile = ShopProfile {
            name: "Harrow & Pine".into(),
            email: "help@harrowandpine.example".into(),
            url: "https://harrowandpine.example".into(),
            return_address: Vec::new(),
            currency: Currency::EUR,
            zone: TimeZone::get("Europe/Dublin").expect("a zone"),
            public_url: "http://127.0.0.1:8080".into(),
            has_storefront: false,
        };
        Self {
            shop: Shop {
                terms: Arc::new(attendant::shop::terms::Terms::embedded()),
                store,
                profile: Arc::new(profile),
                clock,
                random: Random::seeded(1),
            },
            knowledge: Knowledge::embedded().expect("the demo shop's policies read"),
            registry: Registry::new().expect("tools and manifests belong together"),
            folder,
        }
    }

    async fn call(
        &self,
        tool: &str,
        orders: Option<OrderScope>,
        arguments: &str,
    ) -> Result<ToolOutput, ToolError> {
        let context = ToolContext {
            orders,
            ..support::context(&self.shop, &self.knowledge)
        };
        let tool = self.registry.get(tool).expect("a tool of that name");
        match &tool.run {
            Run::Read(run) => run.call(&context, arguments).await,
            Run::Confirm(_) => panic!("{} proposes", tool.manifest.name),
        }
    }

    async fn versions(&self, orders: Option<OrderScope>, arguments: &str) -> Vec<String> {
        let output = self.call("search_policies", orders, arguments).await;
        let content: Value = serde_json::from_str(&output.expect("it runs").content).expect("JSON");
        let passages = content["passages"].as_array().expect("a list");
        let returns = passages
            .iter()
            .filter(|passage| passage["policy"] == "returns");
        returns
            .map(|passage| passage["version"].as_str().unwrap_or("").to_owned())
            .collect()
    }
}

/// The scope that follows from a logged proof.
fn proved(proof: Proof) -> Option<OrderScope> {
    let event = Event {
        seq: 1,
        at_ms: 0,
        body: EventBody::IdentityProved(IdentityProved { proof }),
    };
    Identity::fold(&[event]).orders()
}

fn customer(id: &str) -> Option<OrderScope> {
    proved(Proof::Customer {
        customer: CustomerId::new(id),
        method: ProofMethod::Token,
    })
}

/// Passages with their source, a card that cites them, facts for the guard, and taint.
#[tokio::test]
async fn search_policies_gives_cited_passages_facts_and_taint() {
    let bench = Bench::new("search").await;
    let ask = r#"{"query":"how long do I have to return an order"}"#;
    let output = bench
        .call("search_policies", None, ask)
        .await
        .expect("it runs");
    let content: Value = serde_json::from_str(&output.content).expect("JSON");
    let first = &content["passages"][0];
    assert_eq!(first["policy"], "returns");
    assert_eq!(first["version"], "2026-03");
    assert_eq!(first["title"], "Returns and refunds");
    assert_eq!(first["heading"], "How long do I have to return an order?");
    assert_eq!(first["since"], "Sunday 1 March 2026");
    assert_eq!(first["stale"], false);
    let count = content["passages"].as_array().map_or(0, Vec::len);
    assert!((1..=3).contains(&count) && output.content.len() < 8_000);
    assert!(output.tainted, "a passage is a third party's text");
    assert!(output.hand_off.is_none());
    let [Card::Sources(card)] = &output.cards[..] else {
        panic!("one card of sources, not {:?}", output.cards);
    };
    assert_eq!(card.sources.len(), count);
    assert_eq!(
        card.sources[0].heading,
        "How long do I have to return an order?"
    );
    let returns = |value: FactValue| {
        output
            .facts
            .iter()
            .any(|fact| fact.about[0].0 == "policy:returns" && fact.value == value)
    };
    assert!(returns(FactValue::Name("Returns and refunds".into())));
    assert!(returns(FactValue::Number(30)));
    assert!(
        !returns(FactValue::Number(21)),
        "the older version says nothing today"
    );
}

#[tokio::test]
async fn nothing_written_gives_no_passage_no_card_and_no_taint() {
    let bench = Bench::new("nothing").await;
    let ask = r#"{"query":"do you sell bicycles insured against meteorites","order_number":null}"#;
    let output = bench
        .call("search_policies", None, ask)
        .await
        .expect("it runs");
    assert_eq!(output.content, r#"{"passages":[]}"#);
    assert!(output.cards.is_empty() && output.facts.is_empty() && !output.tainted);
}

/// The rules of the day of the order apply, and only to those who may know that day: for anybody
/// else the order might as well not exist.
#[tokio::test]
async fn the_version_of_the_orders_day_is_found_for_its_owner_alone() {
    let bench = Bench::new("dated").await;
    let about = |number: &str| {
        format!(r#"{{"query":"how long do I have to return an order","order_number":"{number}"}}"#)
    };
    let only = |versions: Vec<String>, version: &str| {
        assert!(
            !versions.is_empty() && versions.iter().all(|v| v == version),
            "{versions:?}"
        );
    };
    let by_number = proved(Proof::Order {
        order: OrderNumber::new("10482"),
        owner: None,
        method: ProofMethod::OrderDetails,
    });
    only(
        bench.versions(customer("c1"), &about("10482")).await,
        "2024-01",
    );
    only(
        bench.versions(customer("c1"), &about(" #10482 ")).await,
        "2024-01",
    );
    only(bench.versions(by_number, &about("10482")).await, "2024-01");
    only(
        bench.versions(customer("c2"), &about("10482")).await,
        "2026-03",
    );
    only(bench.versions(None, &about("10482")).await, "2026-03");
    only(
        bench.versions(customer("c1"), &about("99999")).await,
        "2026-03",
    );
    only(bench.versions(customer("c1"), &about("")).await, "2026-03");
}

#[tokio::test]
async fn bad_arguments_are_answered_with_what_belongs_there() {
    let bench = Bench::new("arguments").await;
    let cases = [
        ("search_policies", "{}", "`query` must be a string"),
        ("search_policies", r#"{"query":"  "}"#, "`query` is empty"),
        (
            "search_policies",
            r#"{"query":"x","customer_id":"c1"}"#,
            "there is no `customer_id`",
        ),
        (
            "hand_off",
            r#"{"summary":"x"}"#,
            "`reason` must be one of \"shopper_asked\"",
        ),
        ("hand_off", "please", "the arguments are not JSON"),
    ];
    for (tool, arguments, expected) in cases {
        match bench.call(tool, None, arguments).await {
            Err(ToolError::Retry(said)) => assert!(said.starts_with(expected), "{said}"),
            other => panic!("{arguments}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn hand_off_returns_the_wish_and_honest_words() {
    let bench = Bench::new("handoff").await;
    let ask = r#"{"reason":"shopper_asked","summary":"Wants to talk about a gift."}"#;
    let output = bench.call("hand_off", None, ask).await.expect("it runs");
    let content: Value = serde_json::from_str(&output.content).expect("JSON");
    assert_eq!(content["passed_on"], true);
    let wish = output.hand_off.expect("a wish for a person");
    assert_eq!(wish.reason, HandOffReason::ShopperAsked);
    assert_eq!(wish.summary, "Wants to talk about a gift.");
    assert!(matches!(&output.cards[..], [Card::Handoff(card)] if content["words"] == card.words));
}

/// Whatever the hour, the guard lets the words of the hand-off be told as they are, and takes no
/// other day from them.
#[tokio::test]
async fn hand_off_says_when_people_answer_and_the_guard_lets_it_be_told() {
    for (now, told, opens) in [
        (
            "2026-11-25T12:00:00Z",
            "usually comes within 30 minutes",
            Value::Null,
        ),
        (
            "2026-11-25T17:50:00Z",
            "the next time is tomorrow, Thursday 26 November 2026, from 09:00",
            Value::Null,
        ),
        (
            "2026-11-25T07:00:00Z",
            "is today, Wednesday 25 November 2026, from 09:00",
            "Wednesday 25 November 2026, 09:00".into(),
        ),
        (
            "2026-11-25T20:00:00Z",
            "is tomorrow, Thursday 26 November 2026, from 09:00",
            "Thursday 26 November 2026, 09:00".into(),
        ),
        (
            "2026-11-28T20:00:00Z",
            "is on Monday 30 November 2026, from 09:00",
            "Monday 30 November 2026, 09:00".into(),
        ),
        (
            "2026-12-24T20:00:00Z",
            "is on Tuesday 29 December 2026, from 09:00",
            "Tuesday 29 December 2026, 09:00".into(),
        ),
    ] {
        let mut bench = Bench::new("hours").await;
        bench.shop.clock = Clock::fixed(now.parse().expect("an instant"));
        let ask = r#"{"reason":"shopper_asked","summary":"A gift."}"#;
        let output = bench.call("hand_off", None, ask).await.expect("it runs");
        let content: Value = serde_json::from_str(&output.content).expect("JSON");
        let words = content["words"].as_str().expect("words").to_owned();
        assert!(words.contains(told), "{now}: {words}");
        assert_eq!(content["opens"], opens, "{now}");
        let mut evidence = Evidence::default();
        evidence.apply(&Event {
            seq: 1,
            at_ms: 0,
            body: EventBody::ToolReturned(ToolReturned {
                call: CallId::new("a"),
                tool: "hand_off".into(),
                outcome: ToolOutcome::Done,
                tainted: false,
                acted: false,
                hand_off: Some(HandOffReason::ShopperAsked),
                private: Some(ToolWords {
                    content: output.content,
                    facts: output.facts,
                    cards: Vec::new(),
                }),
            }),
        });
        let today = bench.shop.day(ms(now));
        let mut guard = Guard::new(&evidence, "", today);
        let mut sentences = Sentences::default();
        let mut told = sentences.push(&words);
        told.extend(sentences.finish());
        assert!(told.len() > 2, "{told:?}");
        for sentence in told {
            assert_eq!(guard.check(&sentence), Ok(()), "{now}");
        }
        for wrong in [
            "Your parcel arrives on Thursday 26 November 2026.",
            "Your refund comes within 30 minutes.",
            "People answer from 08:00.",
            "A person answers on Friday 4 December 2026.",
        ] {
            let mut guard = Guard::new(&evidence, "", today);
            assert!(guard.check(wrong).is_err(), "{now}: {wrong}");
        }
    }
    let mut bench = Bench::new("no-hours").await;
    bench.shop.terms = Arc::default();
    let ask = r#"{"reason":"shopper_asked","summary":"A gift."}"#;
    let output = bench.call("hand_off", None, ask).await.expect("it runs");
    let content: Value = serde_json::from_str(&output.content).expect("JSON");
    let words = content["words"].as_str().expect("words");
    assert!(
        words.ends_with("they answer you here."),
        "no time is named: {words}"
    );
    assert_eq!(content["opens"], Value::Null);
}
