//! The facts behind a proposed and a registered return.

use super::super::lookup_order::{number, order_subject, reading_text};
use crate::domain::evidence::{Fact, FactValue, Subject};
use crate::domain::order::Order;
use crate::domain::returns::{Refund, Return, ReturnLine};
use crate::shop::returns::Decision;

pub fn proposed(order: &Order, decision: &Decision, gift_email: Option<&str>) -> Vec<Fact> {
    let about = order_subject(order);
    let mut facts = vec![name(&about, order.number.as_str())];
    facts.extend(lines(&about, &decision.lines));
    let whole = Whole::new(about.clone(), &decision.lines).of(&about, &decision.lines);
    whole.refund(&mut facts, &decision.refund);
    whole.gift(&mut facts, gift_email);
    whole.add(
        &mut facts,
        "hand_over_by",
        FactValue::Date(decision.ship_by),
    );
    if let Some(until) = decision.until {
        whole.add(&mut facts, "return_until", FactValue::Date(until));
    }
    facts
}

pub fn registered(
    order: &Order,
    registered: &Return,
    (a4, a6): (&str, &str),
    receipt: &str,
) -> Vec<Fact> {
    let order = order_subject(order);
    let about = Subject::new(format!("return:{}", registered.number));
    let mut facts = vec![
        name(&order, registered.order.as_str()),
        name(&about, registered.number.as_str()),
    ];
    facts.extend(lines(&order, &registered.lines));
    let whole = Whole::new(about, &registered.lines).of(&order, &registered.lines);
    whole.refund(&mut facts, &registered.refund);
    whole.gift(&mut facts, registered.gift_email.as_deref());
    whole.add(&mut facts, "receipt", FactValue::Code(receipt.to_owned()));
    whole.add(
        &mut facts,
        "hand_over_by",
        FactValue::Date(registered.ship_by),
    );
    whole.add(
        &mut facts,
        "return_number",
        FactValue::Code(registered.number.to_string()),
    );
    whole.add(&mut facts, "slip_a4", FactValue::Link(a4.to_owned()));
    whole.add(&mut facts, "slip_a6", FactValue::Link(a6.to_owned()));
    facts
}

fn name(about: &Subject, text: &str) -> Fact {
    Fact::new(about, "name", FactValue::Name(text.to_owned()))
}

fn lines(order: &Subject, lines: &[ReturnLine]) -> Vec<Fact> {
    let mut facts = Vec::new();
    for line in lines {
        let about = order.child(format_args!("line:{}", line.line));
        let mut add = |attribute: &str, value| facts.push(Fact::new(&about, attribute, value));
        add("title", FactValue::Name(reading_text(&line.title)));
        if !line.size.is_empty() {
            add("size", FactValue::Code(reading_text(&line.size)));
        }
        add("line", FactValue::Number(i64::from(line.line)));
        add("comes_back", FactValue::Number(i64::from(line.quantity)));
        add("comes_back_paid", FactValue::Money(line.paid));
    }
    facts
}

/// What holds of the whole return: of its subject and of each line in it.
struct Whole {
    about: Vec<Subject>,
    pieces: i64,
    lines: usize,
}

impl Whole {
    fn new(about: Subject, lines: &[ReturnLine]) -> Self {
        Self {
            about: vec![about],
            pieces: lines.iter().map(|line| i64::from(line.quantity)).sum(),
            lines: lines.len(),
        }
    }

    fn of(mut self, order: &Subject, lines: &[ReturnLine]) -> Self {
        self.about.push(order.clone());
        self.about.extend(
            lines
                .iter()
                .map(|line| order.child(format_args!("line:{}", line.line))),
        );
        self.about.dedup();
        self
    }

    fn add(&self, facts: &mut Vec<Fact>, attribute: &str, value: FactValue) {
        facts.push(Fact {
            about: self.about.clone(),
            attribute: attribute.to_owned(),
            value,
        });
    }

    fn refund(&self, facts: &mut Vec<Fact>, refund: &Refund) {
        self.add(facts, "refund", FactValue::Money(refund.total));
        self.add(facts, "refund_items", FactValue::Money(refund.items));
        self.add(facts, "refund_shipping", FactValue::Money(refund.shipping));
        self.add(facts, "return_fee", FactValue::Money(refund.fee));
        self.add(
            facts,
            "refund_days",
            FactValue::Number(i64::from(refund.days)),
        );
        self.add(facts, "return_pieces", FactValue::Number(self.pieces));
        self.add(facts, "return_items", number(self.lines));
        // Where it goes to several payments, their amounts are told as well.
        for part in &refund.parts {
            let attribute = format!("refund_to_{}", part.method);
            self.add(facts, &attribute, FactValue::Money(part.amount));
        }
    }

    /// The address that a gift card is sent to; the shopper has written it.
    fn gift(&self, facts: &mut Vec<Fact>, email: Option<&str>) {
        if let Some(email) = email {
            self.add(facts, "gift_email", FactValue::Link(email.to_owned()));
        }
    }
}
