//! Facts as the tools give them, and the events that bring them.

use attendant::agent::evidence::Evidence;
use attendant::domain::event::*;
use attendant::domain::evidence::{Fact, FactValue, Subject};
use attendant::domain::ids::*;
use attendant::domain::money::{Currency, Money};

pub fn eur(minor: i64) -> FactValue {
    FactValue::Money(Money::new(minor, Currency::EUR))
}

/// The day on which the sentences are said.
pub const TODAY: jiff::civil::Date = jiff::civil::date(2026, 11, 23);

pub fn day(month: i8, day: i8) -> FactValue {
    FactValue::Date(jiff::civil::date(2026, month, day))
}

pub fn status(words: &str) -> FactValue {
    FactValue::Status(words.into())
}

pub fn name(words: &str) -> FactValue {
    FactValue::Name(words.into())
}

/// What `lookup_order` tells of any order.
pub fn head(order: &Subject, number: &str, standing: &str, placed: FactValue) -> Vec<Fact> {
    vec![
        Fact::new(order, "name", name(number)),
        Fact::new(order, "number", FactValue::Code(number.into())),
        Fact::new(order, "status", status(standing)),
        Fact::new(order, "placed", placed),
    ]
}

/// One order in transit that was looked up, one that the lookup lists; a rule of the shop.
pub fn facts() -> Vec<Fact> {
    let a = Subject::new("order:10482");
    let (jacket, socks, pack) = (a.child("line:1"), a.child("line:2"), a.child("line:3"));
    let parcel = a.child("parcel:1");
    let b = Subject::new("order:10321");
    let returns = Subject::new("policy:returns");
    let f = Fact::new;
    let of_parcel = |attribute: &str, value| {
        let fact = f(&parcel, attribute, value).also_about(&jacket);
        fact.also_about(&socks).also_about(&pack)
    };
    let mut facts = head(&a, "10482", "in transit", day(11, 3));
    facts.extend([
        f(&a, "total", eur(6_480)),
        f(&a, "shipping_paid", eur(490)),
        f(&a, "parcels", FactValue::Number(1)),
        f(&a, "orders", FactValue::Number(8)),
        f(&a, "other_orders", FactValue::Number(7)),
        f(&a, "items", FactValue::Number(3)),
        f(&jacket, "title", name("Sleet Rain Jacket")),
        f(&jacket, "line", FactValue::Number(1)),
        f(&jacket, "paid", eur(4_990)),
        f(&jacket, "sale", status("final sale")),
        f(&socks, "title", name("Burren Socks")),
        f(&socks, "line", FactValue::Number(2)),
        f(&socks, "paid", eur(1_000)),
        f(&pack, "title", name("Bens Daypack 22")),
        f(&pack, "line", FactValue::Number(3)),
        of_parcel("carrier", FactValue::Code("Swiftline".into())),
        of_parcel("tracking", FactValue::Code("SW123456789".into())),
        of_parcel("status", status("in transit")),
        of_parcel("expected_first", day(11, 24)),
        of_parcel("expected_last", day(11, 26)),
        of_parcel("shipped", day(11, 22)),
    ]);
    facts.extend(head(&b, "10321", "delivered", day(10, 1)));
    facts.extend([
        f(&b.child("line:1"), "title", name("Moss Fleece")),
        f(&returns, "window", FactValue::Number(30)),
        f(&returns, "fee", eur(490)),
    ]);
    facts
}

/// The second order, looked up as well: delivered, one line returned, the return open.
pub fn other_order() -> Vec<Fact> {
    let b = Subject::new("order:10321");
    let (fleece, trousers) = (b.child("line:1"), b.child("line:2"));
    let own = Subject::new("return:RT-7K2M9Q");
    let f = Fact::new;
    let of_return = |attribute: &str, value| {
        let fact = f(&own, attribute, value);
        fact.also_about(&b).also_about(&fleece)
    };
    let mut facts = head(&b, "10321", "delivered", day(10, 1));
    facts.extend([
        f(&b, "total", eur(12_000)),
        f(&fleece, "title", name("Moss Fleece")),
        f(&fleece, "paid", eur(7_900)),
        f(&fleece, "came_back", status("returned")),
        f(&trousers, "title", name("Sally Gap Trousers")),
        f(&trousers, "paid", eur(4_100)),
        f(&own, "name", name("RT-7K2M9Q")),
        f(&own, "return_status", status("open")),
        of_return("return_number", FactValue::Code("RT-7K2M9Q".into())),
        of_return("return_refund", eur(7_410)),
    ]);
    facts
}

/// An order in two parcels, one of them delivered, the other late.
pub fn split_order() -> Vec<Fact> {
    let order = Subject::new("order:20001");
    let (glove, hat) = (order.child("line:1"), order.child("line:2"));
    let (first, second) = (order.child("parcel:1"), order.child("parcel:2"));
    let f = Fact::new;
    let mut facts = head(&order, "20001", "partly shipped", day(10, 20));
    facts.extend([
        f(&order, "total", eur(12_890)),
        f(&order, "parcels", FactValue::Number(2)),
        f(&order, "late", status("late")),
        f(&glove, "title", name("Downpour Glove")),
        f(&glove, "paid", eur(7_900)),
        f(&hat, "title", name("Skellig Hat")),
        f(&hat, "paid", eur(4_500)),
        f(&first, "status", status("delivered")).also_about(&glove),
        f(&first, "delivered", day(11, 1)).also_about(&glove),
        f(&second, "status", status("in transit")).also_about(&hat),
        f(&second, "late", status("late")).also_about(&hat),
    ]);
    facts
}

pub fn logged(body: EventBody) -> Event {
    Event {
        seq: 1,
        at_ms: 0,
        body,
    }
}

pub fn returned(tool: &str, content: &str, facts: Vec<Fact>) -> Event {
    logged(EventBody::ToolReturned(ToolReturned {
        call: CallId::new("c"),
        tool: tool.into(),
        outcome: ToolOutcome::Done,
        tainted: false,
        acted: false,
        hand_off: None,
        private: Some(ToolWords {
            content: content.into(),
            facts,
            cards: vec![],
        }),
    }))
}

pub fn replied() -> Event {
    logged(EventBody::Replied(Replied {
        message: MessageId::new("m"),
        through: 1,
        private: None,
    }))
}

pub fn registered() -> Event {
    logged(EventBody::EffectFinished(EffectFinished {
        proposal: ProposalId::new("p"),
        tool: "start_return".into(),
        key: IdempotencyKey::new("k"),
        outcome: ToolOutcome::Done,
        hand_off: None,
        private: None,
    }))
}

pub fn wrote(text: &str) -> Event {
    logged(EventBody::ShopperWrote(ShopperWrote {
        message: MessageId::new("s"),
        client_id: None,
        private: Some(ShopperWords::new(text)),
    }))
}

pub fn evidence() -> Evidence {
    let mut evidence = Evidence::default();
    evidence.apply(&wrote(
        "Where is order 99999? It cost 77 euros I think, tracking ZZ987654321",
    ));
    evidence.apply(&returned("lookup_order", "{}", facts()));
    evidence
}

pub fn with(result: Vec<Fact>) -> Evidence {
    let mut evidence = Evidence::default();
    evidence.apply(&returned("lookup_order", "{}", result));
    evidence
}

/// The tool did more than read.
pub fn act(event: &mut Event) {
    if let EventBody::ToolReturned(returned) = &mut event.body {
        returned.acted = true;
    }
}
