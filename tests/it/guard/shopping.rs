//! Prices, stock, sizes, countries and offers: each of its own product, country and code.

use attendant::agent::evidence::Evidence;
use attendant::domain::event::Event;
use attendant::domain::evidence::{Fact, FactValue, Subject};

use super::facts::*;
use super::judge;

fn code(text: &str) -> FactValue {
    FactValue::Code(text.into())
}

fn product(id: &str, title: &str, price: i64, sizes: &[&str]) -> Vec<Fact> {
    let about = Subject::new(format!("product:{id}"));
    let mut facts = vec![
        Fact::new(&about, "title", name(title)),
        Fact::new(&about, "price", eur(price)),
    ];
    if !sizes.is_empty() {
        facts.push(Fact::new(&about, "stock", status("in stock")));
    }
    facts.extend(
        sizes
            .iter()
            .map(|size| Fact::new(&about, "size", code(size))),
    );
    facts
}

fn two_products() -> Evidence {
    let mut facts = product("p-0001", "Sleet Rain Jacket", 14_900, &["M", "L"]);
    let sold_out = Subject::new("product:p-0001").child("size:XL");
    facts.push(Fact::new(&sold_out, "stock", status("out of stock")));
    facts.extend(product("p-0007", "Bothy Fleece", 7_900, &["S", "42"]));
    let mut evidence = Evidence::default();
    evidence.apply(&returned("search_products", "{}", facts));
    evidence
}

#[test]
fn prices_sizes_and_stock_are_those_of_the_product_that_is_named() {
    judge(
        &two_products(),
        &[
            "The Sleet Rain Jacket costs €149.00 and is in stock in M and L.",
            "The Sleet Rain Jacket is out of stock in XL.",
            "The Bothy Fleece costs €79.00; it is available in S.",
            "The Bothy Fleece comes in 42.",
            "The Sleet Rain Jacket is sold out in XL, but we have it in L.",
            "Which size would you like: S, M or XXL?",
        ],
        &[
            "The Sleet Rain Jacket costs €79.00.",
            "It costs €79.00.",
            "The Sleet Rain Jacket is in stock in XL.",
            "The Sleet Rain Jacket is available in S.",
            "The Bothy Fleece is out of stock.",
            "The Bothy Fleece comes in 44.",
            "The Sleet Rain Jacket is out of stock in M.",
        ],
    );
}

#[test]
fn one_product_is_what_it_means() {
    let mut evidence = Evidence::default();
    let facts = product("p-0001", "Sleet Rain Jacket", 14_900, &["M"]);
    evidence.apply(&returned("get_product", "{}", facts));
    judge(
        &evidence,
        &["It costs €149.00.", "It is in stock in M."],
        &["It costs €139.00.", "It is in stock in S."],
    );
}

fn shipping() -> Evidence {
    let country = |code: &str, english: &str, price: i64, free: i64, days: i64| {
        let about = Subject::new(format!("shipping:{code}"));
        vec![
            Fact::new(&about, "country", name(english)),
            Fact::new(&about, "standard_price", eur(price)),
            Fact::new(&about, "standard_free_from", eur(free)),
            Fact::new(&about, "standard_days_max", FactValue::Number(days)),
            Fact::new(&about, "standard_arrives_to", day(12, 3)),
        ]
    };
    let mut evidence = Evidence::default();
    let result = country("NO", "Norway", 1_290, 20_000, 7);
    evidence.apply(&returned("shipping_options", "{}", result));
    let result = country("DE", "Germany", 790, 12_000, 5);
    evidence.apply(&returned("shipping_options", "{}", result));
    evidence
}

#[test]
fn shipping_is_that_of_the_country_that_is_named() {
    judge(
        &shipping(),
        &[
            "Standard shipping to Norway costs €12.90.",
            "Shipping to Norway is free from €200.00.",
            "Germany: €7.90, at most 5 working days, by 3 December.",
        ],
        &[
            "Standard shipping to Norway costs €7.90.",
            "Shipping to Germany is free from €200.00.",
            "Shipping to Norway is free.",
            "It arrives in Germany within 7 working days.",
        ],
    );
}

#[test]
fn a_cart_and_a_code_need_their_act() {
    let mut evidence = two_products();
    let said = [
        "I have added the Bothy Fleece to your cart.",
        "The Bothy Fleece is in your cart.",
    ];
    judge(&evidence, &[], &said);
    let mut added = returned("add_to_cart", "{}", Vec::new());
    act(&mut added);
    evidence.apply(&added);
    judge(
        &evidence,
        &said,
        &["I have sent you a code.", "I have sent you the money."],
    );
    evidence.apply(&code_sent());
    judge(
        &evidence,
        &["I have sent you a code."],
        &["I have sent you the money."],
    );
}

/// What `verify_identity` tells of a code that was sent.
fn code_sent() -> Event {
    let about = Subject::new("code");
    let facts = vec![
        Fact::new(&about, "status", status("sent")),
        Fact::new(&about, "minutes", FactValue::Number(10)),
    ];
    let mut sent = returned("verify_identity", r#"{"sent":true}"#, facts);
    act(&mut sent);
    sent
}

#[test]
fn a_code_that_was_sent_is_no_proof_and_no_parcel() {
    let mut evidence = Evidence::default();
    evidence.apply(&code_sent());
    let said = [
        "I've sent you a six-digit code.",
        "I have sent a code to your e-mail address.",
        "A code has been sent to your e-mail address.",
        "Please type the code I have sent you.",
    ];
    let untrue = [
        "You are verified.",
        "I've verified your identity.",
        "Your parcel is on its way.",
        "Your order has been sent.",
        "It is on its way.",
        "I have sent you the parcel.",
    ];
    judge(&evidence, &said, &untrue);
    let now = ["It has been sent to your inbox.", "The code is on its way."];
    judge(&evidence, &now, &[]);
    evidence.apply(&replied());
    judge(&evidence, &said, &untrue);

    let mut evidence = Evidence::default();
    let content = r#"{"proved":"order","order_number":"10482"}"#;
    let mut proved = returned("verify_identity", content, Vec::new());
    act(&mut proved);
    evidence.apply(&proved);
    judge(&evidence, &["You are verified."], &said);
}

#[test]
fn putting_things_together_promises_no_cart() {
    judge(
        &two_products(),
        &["I've put together two jackets for you."],
        &[
            "I've put it into your cart.",
            "I've put it with the others.",
        ],
    );
}

#[test]
fn the_shoppers_own_bound_may_be_said_and_is_no_price() {
    let mut evidence = Evidence::default();
    evidence.apply(&wrote("a waterproof jacket under 150 please"));
    let facts = product("p-0001", "Sleet Rain Jacket", 14_900, &["M"]);
    evidence.apply(&returned("search_products", "{}", facts));
    judge(
        &evidence,
        &["Here are jackets under €150:", "I found one below €150.00."],
        &[
            "The Sleet Rain Jacket costs under €150.",
            "Here are jackets under €160:",
            "Jackets cost €150.",
        ],
    );
}

/// Digits of something else that the shopper wrote are no bound, and other money has none.
#[test]
fn a_bound_is_of_a_search_alone() {
    let mut evidence = Evidence::default();
    evidence.apply(&wrote(
        "order 10482 cost me 1,150. free shipping over 50? a hat for 60.00, 70eur or 80.",
    ));
    let norway = Subject::new("shipping:NO");
    let facts = vec![
        Fact::new(&norway, "country", name("Norway")),
        Fact::new(&norway, "standard_free_from", eur(20_000)),
    ];
    evidence.apply(&returned("shipping_options", "{}", facts));
    judge(
        &evidence,
        &[
            "Here are hats under €60:",
            "I found one below €70.",
            "I have nothing within €80.",
        ],
        &[
            "Yes, shipping is free over €50.",
            "You will get back more than €50.",
            "Your refund will be at least €50.",
            "We insure it up to €50.",
            "Here are hats over €104.",
            "Here are hats under €150.",
        ],
    );
}

/// What `size_guide` and `get_product` tell: the sizes a product is made in, and one that is gone.
#[test]
fn a_size_that_is_made_or_recommended_may_be_sold_out() {
    let jacket = Subject::new("product:p-0001");
    let (medium, large) = (jacket.child("size:M"), jacket.child("size:L"));
    let mut facts = vec![Fact::new(&jacket, "title", name("Sleet Rain Jacket"))];
    facts.push(Fact::new(&jacket, "recommended_size", code("M")));
    facts.extend(["S", "M", "L"].map(|size| Fact::new(&jacket, "comes_in", code(size))));
    facts.push(Fact::new(&medium, "stock", status("out of stock")));
    facts.push(Fact::new(&large, "stock", status("in stock")));
    let mut evidence = Evidence::default();
    evidence.apply(&returned("size_guide", "{}", facts));
    judge(
        &evidence,
        &[
            "The Sleet Rain Jacket comes in S, M and L.",
            "I recommend M, which is out of stock.",
            "We have the Sleet Rain Jacket in L.",
        ],
        &[
            "The Sleet Rain Jacket is in stock in M.",
            "We have the Sleet Rain Jacket in M.",
            "We have the Sleet Rain Jacket in S.",
            "It is available in S.",
            "The Sleet Rain Jacket comes in XL.",
        ],
    );
    let gone = jacket.child("size:XL");
    let mut facts = product("p-0001", "Sleet Rain Jacket", 14_900, &["S"]);
    facts.push(Fact::new(&gone, "stock", status("out of stock")));
    facts.push(Fact::new(&gone, "size", code("XL")));
    let mut evidence = Evidence::default();
    evidence.apply(&returned("get_product", "{}", facts));
    judge(
        &evidence,
        &[
            "The Sleet Rain Jacket is in stock in S.",
            "It is sold out in XL.",
        ],
        &["It is in stock in XL.", "We have it in XL."],
    );
}

#[test]
fn when_people_answer_is_no_day_of_a_refund_or_a_parcel() {
    let shop = Subject::new("shop");
    let opens = vec![Fact::new(&shop, "opens_day", day(11, 26))];
    let mut evidence = Evidence::default();
    evidence.apply(&returned("hand_off", "{}", opens));
    judge(
        &evidence,
        &[
            "People answer again on Thursday 26 November.",
            "People will reply about your refund on Thursday 26 November.",
            "I asked about the parcel, and the team is back on Thursday 26 November.",
        ],
        &[
            "You will have your money back on Thursday 26 November.",
            "The team will refund you by Thursday 26 November.",
            "Our team delivers it on Thursday 26 November.",
            "The carrier is back with your parcel on Thursday 26 November.",
        ],
    );
}
