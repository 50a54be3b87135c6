//! True answers in other words than the built-in model's, and false ones beside them: shipping,
//! offers, sizes, hours, lookups.

use attendant::agent::evidence::Evidence;
use attendant::domain::event::{EventBody, ToolOutcome};
use attendant::domain::evidence::{Fact, FactValue, Subject};

use super::facts::*;
use super::judge;

fn norway() -> Evidence {
    let about = Subject::new("shipping:NO");
    let f = |attribute: &str, value| Fact::new(&about, attribute, value);
    let facts = vec![
        f("name", name("Norway")),
        f("cutoff", FactValue::Code("14:00".into())),
        f("standard_price", eur(1_290)),
        f("standard_free_from", eur(20_000)),
        f("standard_days_min", FactValue::Number(4)),
        f("standard_days_max", FactValue::Number(7)),
        f("express_price", eur(2_690)),
        f("express_days_min", FactValue::Number(3)),
        f("express_days_max", FactValue::Number(4)),
        f("arrives_standard_from", day(12, 1)),
        f("arrives_standard_to", day(12, 4)),
        f("arrives_express_from", day(11, 30)),
        f("arrives_express_to", day(12, 1)),
    ];
    let content = r#"{"country":"Norway","code":"NO","ships":true,"customs":"Import tax and duty are not in our prices; the carrier collects them before delivery.","not_shipped":["PO boxes outside Ireland"]}"#;
    let mut evidence = Evidence::default();
    evidence.apply(&wrote("what does shipping to norway cost?"));
    evidence.apply(&returned("shipping_options", content, facts));
    evidence
}

#[test]
fn shipping_in_other_words() {
    judge(
        &norway(),
        &[
            "Yes, we ship to Norway.",
            "Standard delivery to Norway is €12.90 and takes 4 to 7 working days.",
            "Express to Norway costs €26.90 and takes 3-4 days.",
            "Shipping to Norway is free with standard delivery from €200.00.",
            "For orders over €200 standard shipping to Norway costs nothing.",
            "If you order before 2 pm, it would reach Norway between 1 and 4 December.",
            "With express it should reach Norway by Tuesday, 1 December.",
            "- Standard: €12.90, 4-7 working days\n- Express: €26.90, 3-4 working days",
            "Import tax and duty are not included for Norway; the carrier collects them.",
        ],
        &[
            "Standard delivery to Norway is €26.90.",
            "Express to Norway costs €12.90.",
            "Express to Norway takes 7 working days.",
            "Shipping to Norway is free from €100.00.",
            "Shipping to Norway is free.",
            "With express it should reach Norway by Friday 4 December.",
            "If you order before 4 pm, it would reach Norway by 4 December.",
            "It reaches Norway within two weeks at €9.90.",
            "Customs duties are included in the price.",
        ],
    );
}

fn sizes() -> Evidence {
    let about = Subject::new("product:p-0013");
    let large = about.child("size:L");
    let f = |attribute: &str, value| Fact::new(&about, attribute, value);
    let mut facts = vec![
        f("title", name("Drumlin Down Jacket Men's")),
        Fact::new(&large, "name", name("size L")),
        Fact::new(&large, "stock", status("in stock")),
        f("stock", status("in stock")),
        f("recommended_size", FactValue::Code("L".into())),
        f("size_chart", FactValue::Number(104)),
        f("size_chart", FactValue::Number(102)),
        f("size_chart", FactValue::Number(110)),
    ];
    facts.extend(["S", "M", "L", "XL"].map(|size| f("comes_in", FactValue::Code(size.into()))));
    let content = r#"{"size":"L","title":"Drumlin Down Jacket Men's","why":"For a chest of 104 cm it is L, which is for 102 to 110 cm."}"#;
    let mut evidence = Evidence::default();
    evidence.apply(&wrote("my chest is 104 cm"));
    evidence.apply(&returned("size_guide", content, facts));
    evidence
}

#[test]
fn sizes_in_other_words() {
    judge(
        &sizes(),
        &[
            "With a chest of 104 cm you are best off with size L.",
            "I'd go for L: it covers 102-110 cm.",
            "Size L of the Drumlin Down Jacket Men's is in stock.",
            "The Drumlin Down Jacket Men's comes in S to XL.",
            "Would you like me to put size L into your cart?",
        ],
        &[
            "With a chest of 108 cm you are best off with size L.",
            "Size XXL of the Drumlin Down Jacket Men's is in stock.",
            "The Drumlin Down Jacket Men's comes in XXL.",
            "The Drumlin Down Jacket Men's costs €199.00.",
            "The Drumlin Down Jacket Men's is waterproof.",
            "I have put size L into your cart.",
        ],
    );
}

fn hours() -> Evidence {
    let shop = Subject::new("shop");
    let f = |attribute: &str, value| Fact::new(&shop, attribute, value);
    let code = |text: &str| FactValue::Code(text.into());
    let facts = vec![
        f("opens_day", day(11, 24)),
        f("opens_at", code("09:00")),
        f("opens_week_days", code("Monday")),
        f("opens_week_days", code("Friday")),
        f("opens_week_times", code("09:00")),
        f("opens_week_times", code("18:00")),
    ];
    let mut asked = returned("hand_off", r#"{"passed_on":true}"#, facts);
    if let EventBody::ToolReturned(returned) = &mut asked.body {
        returned.hand_off = Some(attendant::domain::bundle::HandOffReason::ShopperAsked);
    }
    let mut evidence = Evidence::default();
    evidence.apply(&asked);
    evidence
}

#[test]
fn a_person_in_other_words() {
    judge(
        &hours(),
        &[
            "I've let the team know.",
            "A colleague will get back to you here.",
            "I have passed this on to a person; someone answers tomorrow from 9 am.",
            "Our people answer Monday to Friday between 09:00 and 18:00.",
            "The team is back on Tuesday 24 November at 9:00.",
        ],
        &[
            "A colleague will call you.",
            "Our people answer Monday to Sunday.",
            "The team is back on Wednesday.",
            "Someone answers within 10 minutes.",
            "Our people answer until 8 pm.",
        ],
    );
}

#[test]
fn orders_in_other_words() {
    judge(
        &evidence(),
        &[
            "Good news: order 10482 is on its way!",
            "Your order 10482 shipped on 22 November and hasn't arrived yet.",
            "It's travelling with Swiftline under SW123456789.",
            "Order 10482: in transit, expected 24 to 26 November.",
            "You bought three things in order 10482: the Sleet Rain Jacket, the Burren Socks and the Bens Daypack 22.",
            "The jacket, the Sleet Rain Jacket, was €49.90, and the Burren Socks were €10.",
            "Including €4.90 for shipping, order 10482 came to €64.80.",
            "Order 10321 was delivered; you placed it on 1 October.",
            "The Sleet Rain Jacket was a final sale item.",
            "I'm happy to help with that.",
            "Is there anything else I can do for you?",
            "Could you tell me the order number and your e-mail address, please?",
            "I couldn't find an order 99999 under your details.",
        ],
        &[
            "Good news: order 10482 has arrived!",
            "Your order 10482 shipped on 20 November.",
            "It's travelling with DHL under SW123456788.",
            "Order 10482: delivered.",
            "The Sleet Rain Jacket was €10.00, and the Burren Socks were €49.90.",
            "Order 10321 was delivered; you placed it on 3 November.",
            "Order 10321 hasn't been delivered yet.",
            "Order 10482 was cancelled.",
            "Order 10482 is lost.",
            "Order 10482 is waiting to be packed.",
            "Order 10483 is in transit.",
        ],
    );
}

#[test]
fn a_refusal_in_its_own_words() {
    let mut evidence = evidence();
    let content = "The Sleet Rain Jacket of order 10482 cannot be returned: it was final sale. Report a fault by 20 December 2026 and we refund it.";
    let mut refused = returned("start_return", content, Vec::new());
    if let EventBody::ToolReturned(returned) = &mut refused.body {
        returned.outcome = ToolOutcome::Refused;
    }
    evidence.apply(&refused);
    judge(
        &evidence,
        &[
            "The Sleet Rain Jacket of order 10482 cannot be returned: it was final sale.",
            "I'm afraid the Sleet Rain Jacket can't be returned, as it was final sale.",
        ],
        &["The Sleet Rain Jacket was final sale, but I have returned it for a refund of €49.90."],
    );
}
