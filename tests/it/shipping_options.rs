//! `shipping_options` as the driver runs it: every shape of its answer, and what the guard lets a
//! model say of it.

use std::sync::Arc;

use attendant::agent::evidence::Evidence;
use attendant::agent::guard::Guard;
use attendant::domain::event::{
    Event, EventBody, IdentityProved, ToolOutcome, ToolReturned, ToolWords,
};
use attendant::domain::identity::{Identity, Proof, ProofMethod};
use attendant::domain::ids::{CallId, CustomerId};
use attendant::knowledge::Knowledge;
use attendant::shop::Shop;
use attendant::shop::terms::Terms;
use attendant::store::customers::NewCustomer;
use attendant::tools::registry::{Registry, Run};
use attendant::tools::{ToolContext, ToolError, ToolOutput};
use jiff::civil::date;
use serde_json::{Value, json};

use crate::demo::{Folder, shop_at};
use crate::support;

/// Wednesday 25 November 2026, before the cut-off in Ireland.
const NOW: &str = "2026-11-25T10:00:00Z";

async fn call_in(shop: &Shop, args: Value, signed_in: bool) -> Result<ToolOutput, ToolError> {
    let knowledge = Knowledge::embedded().unwrap();
    let proof = Proof::Customer {
        customer: CustomerId::new("c_no"),
        method: ProofMethod::Token,
    };
    let proved = Event {
        seq: 1,
        at_ms: 0,
        body: EventBody::IdentityProved(IdentityProved { proof }),
    };
    let identity = Identity::fold(&[proved]);
    let context = ToolContext {
        customer: signed_in.then(|| identity.customer().unwrap()),
        ..support::context(shop, &knowledge)
    };
    let registry = Registry::new().unwrap();
    let Run::Read(tool) = &registry.get("shipping_options").unwrap().run else {
        panic!("it proposes");
    };
    tool.call(&context, &args.to_string()).await
}

async fn output(args: Value) -> ToolOutput {
    let folder = Folder::new();
    call_in(&shop_at(&folder, NOW), args, false).await.unwrap()
}

async fn ask(args: Value) -> Value {
    serde_json::from_str(&output(args).await.content).unwrap()
}

async fn at(now: &str, args: Value) -> Value {
    let folder = Folder::new();
    let output = call_in(&shop_at(&folder, now), args, false).await.unwrap();
    serde_json::from_str(&output.content).unwrap()
}

#[tokio::test]
async fn norway_has_this_answer() {
    let answer = ask(json!({"country": "Norwey", "order_value": "€120", "postcode": ""})).await;
    let expected = json!({
        "country": "Norway", "code": "NO", "part": null, "own_address": false,
        "zone": "Norway and Switzerland", "ships": true,
        "options": [
            { "service": "standard", "price": "€12.90", "free_from": "€200.00", "price_now": "€12.90",
              "days_min": 4, "days_max": 7, "handed_over_by": "Thursday 26 November 2026",
              "arrives_from": "Wednesday 2 December 2026", "arrives_to": "Monday 7 December 2026" },
            { "service": "express", "price": "€26.90", "free_from": null, "price_now": "€26.90",
              "days_min": 3, "days_max": 4, "handed_over_by": "Thursday 26 November 2026",
              "arrives_from": "Tuesday 1 December 2026", "arrives_to": "Wednesday 2 December 2026" },
        ],
        "order_before": "14:00", "cutoff_passed": false,
        "counts_as_ordered": "Wednesday 25 November 2026",
        "closed_days": [],
        "customs": "Import tax and duty are not in our prices; the carrier collects them before delivery.",
        "not_shipped": answer["not_shipped"],
    });
    assert_eq!(answer, expected);
    assert_eq!(answer["not_shipped"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn the_price_now_follows_the_order_value() {
    for (value, price) in [
        ("199.99", "€12.90"),
        ("200", "€0.00"),
        ("EUR 200.00", "€0.00"),
        ("1.2.00,0x", "retry"),
        ("1,200.00", "€0.00"),
        ("120,50", "€12.90"),
        ("$300", "retry"),
        ("-5", "retry"),
        ("a lot", "retry"),
    ] {
        let folder = Folder::new();
        let args = json!({"country": "NO", "order_value": value});
        let answer = call_in(&shop_at(&folder, NOW), args, false).await;
        match answer {
            Ok(output) => {
                let content: Value = serde_json::from_str(&output.content).unwrap();
                assert_eq!(content["options"][0]["price_now"], price, "{value}");
                assert_eq!(content["options"][1]["price_now"], "€26.90", "never free");
            }
            Err(ToolError::Retry(hint)) => {
                assert_eq!(price, "retry", "{value}: {hint}");
                assert!(hint.contains("EUR") && hint.contains("120.00"), "{hint}");
            }
            Err(other) => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn cut_off_weekend_and_christmas() {
    let late = at("2026-11-25T14:00:00Z", json!({"country": "IE"})).await;
    assert_eq!(late["cutoff_passed"], true);
    assert_eq!(late["counts_as_ordered"], "Thursday 26 November 2026");
    // In summer Irish time is an hour ahead: 12:59 UTC is a minute before the cut-off.
    let summer = at("2026-07-01T12:59:00Z", json!({"country": "IE"})).await;
    assert_eq!(summer["cutoff_passed"], false);
    let summer = at("2026-07-01T13:00:00Z", json!({"country": "IE"})).await;
    assert_eq!(summer["cutoff_passed"], true);
    let sunday = at("2026-11-29T20:00:00Z", json!({"country": "IE"})).await;
    assert_eq!(
        sunday["cutoff_passed"], false,
        "no order of a Sunday is late"
    );
    assert_eq!(sunday["counts_as_ordered"], "Monday 30 November 2026");
    let christmas = at("2026-12-23T10:00:00Z", json!({"country": "Ireland"})).await;
    assert_eq!(
        christmas["closed_days"],
        json!(["Friday 25 December 2026", "Monday 28 December 2026"])
    );
    assert_eq!(christmas["customs"], Value::Null);
    // The terms of the day, whatever holds later.
    let old = at("2025-09-30T10:00:00Z", json!({"country": "Ireland"})).await;
    assert_eq!(old["options"][0]["price"], "€3.90");
    assert_eq!(old["order_before"], "12:00");
}

#[tokio::test]
async fn where_the_shop_does_not_ship_it_says_so_and_what_is_near() {
    for (args, country, why, near) in [
        (
            json!({"country": "Australia"}),
            "Australia",
            "We do not ship to Australia.",
            json!([]),
        ),
        (
            json!({"country": "iceland"}),
            "Iceland",
            "We do not ship to Iceland. We do ship to Norway, the United Kingdom and Ireland.",
            json!(["Norway", "United Kingdom", "Ireland"]),
        ),
        (
            json!({"country": "Isle of Man"}),
            "Isle of Man",
            "We do not ship to the Isle of Man. We do ship to the United Kingdom and Ireland.",
            json!(["United Kingdom", "Ireland"]),
        ),
        (
            json!({"country": "UK", "postcode": "JE2 3AB"}),
            "Jersey",
            "We do not ship to Jersey. We do ship to the United Kingdom, France and Ireland.",
            json!(["United Kingdom", "France", "Ireland"]),
        ),
        (
            json!({"country": "the Channel Islands"}),
            "the Channel Islands",
            "We do not ship to the Channel Islands. We do ship to the United Kingdom, France and Ireland.",
            json!(["United Kingdom", "France", "Ireland"]),
        ),
        (
            json!({"country": "USA", "postcode": "00901"}),
            "Puerto Rico",
            "We do not ship to Puerto Rico. We do ship to the United States.",
            json!(["United States"]),
        ),
        (
            json!({"country": "Tenerife"}),
            "Canary Islands",
            "We do not ship to the Canary Islands. We do ship to Spain and Portugal.",
            json!(["Spain", "Portugal"]),
        ),
        (
            json!({"country": "Asia"}),
            "Asia",
            "We do not ship to Asia. We do ship to Cyprus, Greece and Bulgaria.",
            json!(["Cyprus", "Greece", "Bulgaria"]),
        ),
        (
            json!({"country": "USA", "postcode": "09012"}),
            "United States",
            "We do not ship to US military addresses (APO, FPO, DPO). Other addresses in the United States are fine.",
            json!(["United States"]),
        ),
        (
            json!({"country": "P.O. Box 12, Germany"}),
            "Germany",
            "We ship to PO boxes only in Ireland. A street address in Germany is fine.",
            json!(["Germany"]),
        ),
    ] {
        let answer = ask(args.clone()).await;
        assert_eq!(answer["ships"], false, "{args}: {answer}");
        assert_eq!(answer["country"], country, "{args}");
        assert_eq!(answer["why"], why, "{args}");
        assert_eq!(answer["near"], near, "{args}");
        assert_eq!(answer["not_shipped"].as_array().unwrap().len(), 4);
    }
    let home = ask(json!({"country": "PO Box 12, Galway, Ireland"})).await;
    assert_eq!(home["ships"], true, "in Ireland PO boxes are served");
}

#[tokio::test]
async fn northern_ireland_pays_no_customs() {
    for args in [
        json!({"country": "northern ireland"}),
        json!({"country": "UK", "postcode": "BT1 5GS"}),
        json!({"country": "Ireland", "postcode": "bt15gs"}),
    ] {
        let answer = ask(args.clone()).await;
        assert_eq!(answer["code"], "GB", "{args}");
        assert_eq!(answer["part"], "Northern Ireland", "{args}");
        assert_eq!(answer["customs"], Value::Null, "{args}");
    }
    let answer = ask(json!({"country": "England"})).await;
    let customs = answer["customs"].as_str().unwrap();
    assert!(customs.contains("import tax"), "{customs}");
}

#[tokio::test]
async fn areas_are_answered_with_an_overview() {
    let world = ask(json!({"country": "worldwide"})).await;
    let zones = world["overview"].as_array().unwrap();
    assert_eq!(zones.len(), 6);
    assert_eq!(zones[0]["zone"], "Ireland");
    assert_eq!(zones[0]["from_price"], "€4.90");
    assert_eq!(zones[5]["countries"], json!(["Canada", "United States"]));
    assert_eq!(world["not_served"], json!([]));
    let eu = ask(json!({"country": "the EU"})).await;
    let names: Vec<&str> = eu["overview"]
        .as_array()
        .unwrap()
        .iter()
        .map(|zone| zone["zone"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["Ireland", "EU near", "EU far"]);
    let north = ask(json!({"country": "Scandinavia"})).await;
    assert_eq!(north["not_served"], json!(["Iceland"]));
    assert_eq!(north["overview"][0]["countries"], json!(["Denmark"]));
    assert_eq!(north["overview"][2]["countries"], json!(["Norway"]));
}

#[tokio::test]
async fn what_is_missing_or_unclear_is_asked() {
    for args in [json!({}), json!({"country": "  ", "order_value": null})] {
        let answer = ask(args).await;
        let expected = json!({"ask": "country", "question": "Which country should it go to?"});
        assert_eq!(answer, expected);
    }
    let which = ask(json!({"country": "Georgia"})).await;
    assert_eq!(
        which["question"],
        "Which do you mean: Georgia or the United States?"
    );
    assert_eq!(which["choices"], json!(["Georgia", "the United States"]));
    let unknown = ask(json!({"country": "Narnia"})).await;
    assert!(
        unknown["question"]
            .as_str()
            .unwrap()
            .contains("do not know a country")
    );
    let folder = Folder::new();
    let several = json!({"country": "Norway and Sweden"});
    let retry = call_in(&shop_at(&folder, NOW), several, false).await;
    let Err(ToolError::Retry(hint)) = retry else {
        panic!("{retry:?}");
    };
    assert_eq!(
        hint,
        "`country` names several countries (Norway, Sweden). Call this tool once for each."
    );
}

/// Their own country, and only where the customer is proved.
#[tokio::test]
async fn a_signed_in_customer_need_not_say_where_they_live() {
    let folder = Folder::new();
    let shop = shop_at(&folder, NOW);
    let customer = json!({
        "id": "c_no", "email": "kari@example.org", "first_name": "Kari", "last_name": "Nordmann",
        "created_ms": 0,
        "address": { "name": "Kari", "street": "Storgata 1", "postcode": "0155", "city": "Oslo", "country": "NO" },
    });
    let customer = NewCustomer {
        customer: serde_json::from_value(customer).unwrap(),
        known_by_email: false,
    };
    shop.store.put_customers(vec![customer]).await.unwrap();
    let read = |output: ToolOutput| -> Value { serde_json::from_str(&output.content).unwrap() };
    let own = read(call_in(&shop, json!({}), true).await.unwrap());
    assert_eq!(
        (&own["code"], &own["own_address"]),
        (&json!("NO"), &json!(true))
    );
    let other = read(
        call_in(&shop, json!({"country": "DE"}), true)
            .await
            .unwrap(),
    );
    assert_eq!(
        (&other["code"], &other["own_address"]),
        (&json!("DE"), &json!(false))
    );
    let nobody = read(call_in(&shop, json!({}), false).await.unwrap());
    assert_eq!(nobody["ask"], "country");
}

#[tokio::test]
async fn a_shop_without_terms_says_that_nothing_is_known() {
    let folder = Folder::new();
    let mut shop = shop_at(&folder, NOW);
    shop.terms = Arc::new(Terms::default());
    let refused = call_in(&shop, json!({"country": "IE"}), false).await;
    let Err(ToolError::Refused(words)) = refused else {
        panic!("{refused:?}");
    };
    assert!(
        words.contains("nothing in writing") && !words.contains('€'),
        "{words}"
    );
    let shop = shop_at(&folder, "2023-06-01T10:00:00Z");
    let refused = call_in(&shop, json!({"country": "IE"}), false).await;
    assert!(
        matches!(refused, Err(ToolError::Refused(_))),
        "no version holds yet"
    );
}

#[tokio::test]
async fn the_guard_lets_the_answer_be_told_and_nothing_else() {
    let output = output(json!({"country": "Norway", "order_value": "220"})).await;
    assert!(!output.tainted);
    let mut evidence = Evidence::default();
    evidence.apply(&Event {
        seq: 1,
        at_ms: 0,
        body: EventBody::ToolReturned(ToolReturned {
            call: CallId::new("a"),
            tool: "shipping_options".into(),
            outcome: ToolOutcome::Done,
            tainted: false,
            acted: false,
            hand_off: None,
            private: Some(ToolWords {
                content: output.content,
                facts: output.facts,
                cards: Vec::new(),
            }),
        }),
    });
    let says = |text: &str| {
        Guard::new(&evidence, "", date(2026, 11, 25))
            .check(text)
            .is_ok()
    };
    for fine in [
        "Standard shipping to Norway costs €12.90 and takes 4 to 7 working days.",
        "To Norway, standard shipping is free from €200.00.",
        "With €220.00 in your cart, standard shipping to Norway is free.",
        "Order before 14:00 today and the parcel to Norway arrives between Wednesday 2 and Monday 7 December.",
        "Express to Norway costs €26.90.",
    ] {
        assert!(says(fine), "{fine}");
    }
    for wrong in [
        "Standard shipping to Norway costs €7.90.",
        "Express shipping to Norway is free from €200.00.",
        "Express shipping to Norway is free.",
        "Standard shipping to Norway is free from €100.00.",
        "Your parcel to Norway arrives on 1 January 2027.",
        "It takes 2 working days to Norway.",
    ] {
        assert!(!says(wrong), "{wrong}");
    }
}
