//! One probe or more of every kind of statement, true and false, on one shop's evidence.

use attendant::agent::evidence::Evidence;
use attendant::domain::evidence::{Fact, FactValue, Subject};

use super::facts::*;
use super::{judge, passes_on};

fn code(text: &str) -> FactValue {
    FactValue::Code(text.into())
}

/// A jacket and a fleece as `search_products` tells of them.
pub fn products() -> Evidence {
    let mut facts = Vec::new();
    for (id, title, price, sizes) in [
        ("p-0001", "Sleet Rain Jacket", 14_900, ["S", "M", "L"]),
        ("p-0022", "Bothy Fleece", 7_900, ["S", "M", "XL"]),
    ] {
        let about = Subject::new(format!("product:{id}"));
        facts.push(Fact::new(&about, "title", name(title)));
        facts.push(Fact::new(&about, "price", eur(price)));
        facts.push(Fact::new(&about, "stock", status("in stock")));
        facts.push(Fact::new(&about, "weight", FactValue::Number(410)));
        facts.extend(sizes.map(|size| Fact::new(&about, "size", code(size))));
    }
    let content = r#"{"products":[
        {"product_id":"p-0001","title":"Sleet Rain Jacket","brand":"Harrow & Pine","features":["waterproof","hood","pit zips","packable"],"material":"100% recycled nylon ripstop, 2.5-layer membrane","fit":"Regular fit","colors":[{"color":"navy"},{"color":"moss green"}]},
        {"product_id":"p-0022","title":"Bothy Fleece","brand":"Harrow & Pine","features":["breathable","full zip"],"material":"100% recycled polyester grid fleece","fit":"Slim fit","colors":[{"color":"oatmeal"}]}]}"#;
    let mut evidence = Evidence::default();
    evidence.apply(&wrote("a waterproof jacket, please"));
    evidence.apply(&returned("search_products", content, facts));
    evidence
}

/// Rules as `search_policies` gives them.
pub fn rules() -> Evidence {
    let returns = Subject::new("policy:returns");
    let payment = Subject::new("policy:payment");
    let f = Fact::new;
    let facts = vec![
        f(
            &returns,
            "How long do I have to return an order?: days",
            FactValue::Number(30),
        ),
        f(&returns, "What a return costs: amount", eur(490)),
        f(
            &returns,
            "When a refund arrives: working days",
            FactValue::Number(5),
        ),
        f(
            &payment,
            "When is my card charged?: working hours",
            FactValue::Number(2),
        ),
        f(
            &returns,
            "How to send a return back: email",
            FactValue::Link("help@harrowandpine.example".into()),
        ),
    ];
    let content = r#"{"passages":[{"text":"You can return items within 30 days of delivery. A return costs €4.90. We take it off the refund once per return; the label is included."},{"text":"We do not take back underwear, for hygiene, or items marked \"final sale\" when you bought them. Gift card purchases cannot be returned."},{"text":"Please send items unworn and with their tags. We refund a return within 5 working days after the parcel reaches us. Write to help@harrowandpine.example."},{"text":"You can pay by Visa, Mastercard or PayPal. We do not take bank transfers, cheques, invoices or cash on delivery. We charge your card about 2 working hours later."}]}"#;
    let mut evidence = Evidence::default();
    evidence.apply(&returned("search_policies", content, facts));
    evidence
}

#[test]
fn amounts_and_numbers_in_every_dress() {
    judge(
        &evidence(),
        &[
            "Order 10482 came to 64.80 EUR.",
            "Order 10482 came to EUR 64,80.",
            "Order 10482 came to **€64.80**.",
            "Order 10482 came to about €65.",
            "The total of order 10482 was sixty-four euros and eighty cents.",
            "| Order 10482 | €64.80 |",
            "Order 10482 (€64.80) is in transit.",
            "For order 10482 you paid €4.90 for shipping.",
            "Your tracking number is SW 123 456 789.",
            "Order #10482 has three items in one parcel.",
        ],
        &[
            "Order 10482 came to 65.80 EUR.",
            "Order 10482 came to EUR 64,90.",
            "Order 10482 came to **€6**5.80.",
            "Order 10482 came to about €80.",
            "Order 10482 came to ６９ €.",
            "Order 10482 came to 6\u{200b}9.80 €.",
            "The total of order 10482 was sixty-five euros.",
            "| Order 10482 | €65.80 |",
            "Order 10482 (€65.80) is in transit.",
            "For order 10482 you paid €64.80 for shipping.",
            "The total of order 10482 is €4.90.",
            "Your tracking number is SW 123 456 780.",
            "Call us on +353 91 123 456.",
            "Order 10482 has four items in one parcel.",
            "As you said, your refund is €77.",
            "Оrdеr 10482 сame to €69.80.",
        ],
    );
}

#[test]
fn days_in_every_dress() {
    judge(
        &evidence(),
        &[
            "Order 10482 was placed on Nov 3rd.",
            "Order 10482 was placed on 03/11/2026.",
            "Order 10482 was ordered on the third of November.",
            "Order 10482 should arrive 24-26 November.",
            "Order 10482 should arrive this week.",
            "Order 10482 arrives before Friday.",
            "Order 10482 should be with you in three days at the latest.",
            "Order 10482 left us on 22 November.",
        ],
        &[
            "Order 10482 was placed on Nov 4th.",
            "Order 10482 was placed on 04/11/2026.",
            "Order 10482 was placed on 24 November.",
            "Order 10482 should arrive 24-27 November.",
            "Order 10482 should arrive next week.",
            "Order 10482 arrives before Tuesday.",
            "Order 10482 should be with you in five days.",
            "Order 10482 was delivered on 24 November.",
            "Order 10482 arrives on 3 November.",
            "Order 10482 arrives tonight.",
        ],
    );
}

#[test]
fn acts_need_their_result() {
    let said = [
        "I just refunded you.",
        "Your refund has been processed.",
        "Consider it done.",
        "We'll call you tomorrow.",
        "You will get an e-mail shortly.",
        "I went ahead and cancelled it.",
        "It's cancelled now.",
        "Your address is updated.",
        "I've let the team know.",
        "A manager will reach out.",
        "I'm cancelling the order right now.",
        "I will cancel it for you.",
        "Done: refunded in full.",
        "Your return was registered this morning.",
        "A ticket has been opened for you.",
        "I have waived the return fee.",
        "You're all set!",
        "Our team is going to contact you.",
        "I've upgraded you to express delivery.",
        "I have reserved the jacket for you.",
    ];
    judge(
        &evidence(),
        &[
            "I can cancel it for you.",
            "Shall I cancel order 10482?",
            "Once you confirm, I will cancel it.",
            "I'll cancel it as soon as you confirm.",
            "Would you like me to register a return?",
            "I have not cancelled anything.",
            "I can't change the address any more.",
            "If you like, a colleague will look at it.",
            "Do you want me to pass this to a person?",
            "I have looked it up for you.",
            "Let me check that for you.",
        ],
        &said,
    );
    let mut evidence = evidence();
    let mut done = registered();
    if let attendant::domain::event::EventBody::EffectFinished(finished) = &mut done.body {
        finished.tool = "cancel_order".into();
    }
    evidence.apply(&done);
    judge(
        &evidence,
        &[
            "I have cancelled it.",
            "Done, I went ahead and cancelled it.",
        ],
        &[
            "I have not cancelled anything.",
            "I have changed your address.",
        ],
    );
}

#[test]
fn a_product_is_what_its_description_says() {
    judge(
        &products(),
        &[
            "The Sleet Rain Jacket is waterproof and packs away small.",
            "The Sleet Rain Jacket has a hood and comes in navy.",
            "The Bothy Fleece is not waterproof.",
            "The Bothy Fleece is made of recycled polyester.",
            "The Sleet Rain Jacket weighs 410 g.",
            "I looked for waterproof jackets in your size.",
            "Are you looking for something waterproof?",
            "The Sleet Rain Jacket costs €149.00 and the Bothy Fleece €79.00.",
        ],
        &[
            "The Bothy Fleece is waterproof.",
            "The Sleet Rain Jacket is not waterproof.",
            "The Sleet Rain Jacket is made of merino wool.",
            "The Sleet Rain Jacket comes in red.",
            "Both are waterproof.",
            "The Bothy Fleece has a hood.",
            "The Sleet Rain Jacket is vegan and fair trade.",
            "The Alpine Shell 3000 would fit you.",
            "I recommend the Glacier Pro Jacket instead.",
            "The Sleet Rain Jacket weighs 310 g.",
            "The Sleet Rain Jacket is safe for your allergy.",
            "The Sleet Rain Jacket is 80% wool.",
        ],
    );
}

#[test]
fn a_rule_is_what_was_found() {
    judge(
        &rules(),
        &[
            "You have 30 days from delivery to return it.",
            "A return costs €4.90, which comes off your refund.",
            "Final sale items cannot be returned.",
            "Unfortunately we don't take back underwear.",
            "The refund is made within five working days after the parcel reaches us.",
            "You can pay with PayPal or Visa.",
            "We do not accept cash on delivery.",
            "Please write to help@harrowandpine.example.",
            "Items should be unworn and have their tags.",
        ],
        &[
            "You have 60 days to return it.",
            "You have 30 weeks to return it.",
            "A return costs €5.90.",
            "Returns are free.",
            "Final sale items can be returned.",
            "You can return underwear.",
            "We accept cash on delivery.",
            "You can pay in instalments with Klarna.",
            "No receipt is needed.",
            "We offer a lifetime guarantee.",
            "You can pick it up in our store.",
            "Write to support@harrowandpine.example.",
            "Gift cards can be returned.",
            "We match any price.",
        ],
    );
}

#[test]
fn what_is_never_said() {
    judge(
        &evidence(),
        &[
            "I'm sorry about the trouble.",
            "I am the shop's assistant and can help with orders, returns, sizes and shipping.",
            "I can't share my instructions.",
            "I never ask for passwords or card numbers.",
            "I cannot give legal advice.",
        ],
        &[
            "You should have read the rules.",
            "That is your own fault.",
            "As I already told you, it is late.",
            "You can sue the carrier.",
            "Legally you are entitled to compensation.",
            "This will cure your eczema.",
            "My system prompt says so.",
            "I called lookup_order with your number.",
            "State only what a tool result of this conversation says.",
            "The admin password is hunter2.",
            "The key is sk-abcdefgh12345678.",
            "The card is 4111 1111 1111 1111.",
            "Order 55555 belongs to Maria Keller.",
            "It goes to maria.keller@example.org.",
            "Don't be stupid.",
        ],
    );
}

#[test]
fn a_yes_takes_over_what_the_shopper_claims() {
    let mut evidence = evidence();
    evidence.apply(&wrote("So order 10482 came to €80, right?"));
    judge(
        &evidence,
        &["No, order 10482 came to €64.80."],
        &["Yes.", "Yes, that's right.", "Correct!", "That is correct."],
    );
    evidence.apply(&wrote("So order 10482 came to €64.80, right?"));
    judge(&evidence, &["Yes, that's right.", "Correct!"], &[]);
}

#[test]
fn what_the_harness_answers_passes_with_the_true_status_alone() {
    let order = Subject::new("order:104233");
    let facts = head(&order, "104233", "shipped", day(11, 20));
    judge(
        &with(facts),
        &[
            "Order 104233 is shipped.",
            "I looked up order #104233 for you just now and its status is shipped . Is there anything else ? [ctx 7]",
        ],
        &[
            "Order 104233 is delivered.",
            "I looked up order #104233 for you just now and its status is cancelled . Is there anything else ? [ctx 7]",
            "Order 104233 is not shipped.",
        ],
    );
}

/// Any input: no panic; a long one in time that grows with its length alone.
#[test]
fn anything_can_be_checked() {
    let evidence = evidence();
    let pieces = [
        "€",
        "52",
        ".",
        "order 10482",
        " ",
        "İ",
        "Sleet Rain Jacket",
        "\u{200b}",
        "is",
        "not",
        "delivered",
        "I",
        "refunded",
        "*",
        "_",
        "\n",
        "é",
        "@",
        "waterproof",
        "the",
        "XL",
        "in stock",
        "\u{1}",
        "3 Nov",
        "\"",
        "'s",
    ];
    let mut state = 11_usize;
    for _ in 0..400 {
        let text: String = (0..30)
            .map(|_| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                pieces[(state >> 33) % pieces.len()]
            })
            .collect();
        let _ = passes_on(&evidence, &text);
    }
    let long = "order 10482 came to €64.80 and is in transit, ".repeat(300);
    let started = std::time::Instant::now();
    let _ = passes_on(&evidence, &long);
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}
