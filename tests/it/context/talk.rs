//! A long conversation, written event by event.

use attendant::agent::session::Session;
use attendant::domain::bundle::{HandOffReason, Urgency};
use attendant::domain::card::{Card, HandoffCard};
use attendant::domain::event::*;
use attendant::domain::evidence::{Fact, FactValue, Subject};
use attendant::domain::ids::*;
use attendant::domain::money::{Currency, Money};
use attendant::domain::parts::ProposalPart;
use jiff::civil::date;
use serde_json::json;

/// Wednesday 18 November 2026, 12:26 UTC.
pub const NOW_MS: i64 = 1_795_005_000_000;
const MINUTE_MS: i64 = 60_000;

/// Writes a session's log; a turn takes a minute.
pub struct Talk {
    pub session: Session,
    pub log: Vec<Event>,
    at_ms: i64,
    calls: usize,
}

impl Talk {
    pub fn new() -> Self {
        Self {
            session: Session::new(&ConversationId::new("c")),
            log: Vec::new(),
            at_ms: NOW_MS - 600 * MINUTE_MS,
            calls: 0,
        }
    }

    pub fn event(&mut self, body: EventBody) {
        let event = Event {
            seq: self.log.len() as u64 + 1,
            at_ms: self.at_ms,
            body,
        };
        self.log.push(event.clone());
        self.session.appended(&[event.into()], 0);
    }

    pub fn wrote(&mut self, text: &str) {
        self.event(EventBody::ShopperWrote(ShopperWrote {
            message: MessageId::new("s"),
            client_id: None,
            private: Some(ShopperWords::new(text)),
        }));
    }

    pub fn replied(&mut self, text: &str) {
        let through = self.log.len() as u64;
        self.event(EventBody::Replied(Replied {
            message: MessageId::new("m"),
            through,
            private: Some(Words { text: text.into() }),
        }));
        self.at_ms += MINUTE_MS;
    }

    pub fn called(&mut self, tool: &str, arguments: &str) -> CallId {
        self.calls += 1;
        let call = CallId::new(format!("call_{}", self.calls));
        let head = CallHead {
            call: call.clone(),
            tool: tool.into(),
        };
        let seen = self.log.len() as u64;
        self.event(EventBody::ModelAnswered(ModelAnswered {
            model: "m".into(),
            seen,
            cut: false,
            calls: vec![head],
            usage: Usage::default(),
            private: Some(AnswerWords {
                text: String::new(),
                arguments: vec![arguments.into()],
            }),
        }));
        call
    }

    pub fn returned(
        &mut self,
        call: CallId,
        tool: &str,
        outcome: ToolOutcome,
        content: &str,
        facts: Vec<Fact>,
    ) {
        self.event(EventBody::ToolReturned(ToolReturned {
            call,
            tool: tool.into(),
            outcome,
            tainted: false,
            acted: tool == "add_to_cart",
            hand_off: (tool == "hand_off").then_some(HandOffReason::ShopperAsked),
            private: Some(ToolWords {
                content: content.into(),
                facts,
                cards: vec![],
            }),
        }));
    }

    /// A question about an order that is answered.
    pub fn asked_of(&mut self, number: &str, total: i64) {
        self.wrote(&format!(
            "Where is my order {number}? I have waited for it."
        ));
        let call = self.called(
            "lookup_order",
            &json!({ "order_number": number }).to_string(),
        );
        let content = json!({ "order_number": number, "scans": "on its way, ".repeat(40) });
        self.returned(
            call,
            "lookup_order",
            ToolOutcome::Done,
            &content.to_string(),
            order(number, total),
        );
        self.replied(&format!("Order {number} is in transit."));
    }

    /// A return that is prepared; its end is for the caller.
    pub fn prepared(&mut self, proposal: &str, number: &str, approver: Approver) {
        self.wrote(&format!(
            "I want to send the jacket of order {number} back."
        ));
        let call = self.called("start_return", "{}");
        let amount = Some(Money::new(4_990, Currency::EUR));
        let part = ProposalPart {
            tool: "start_return".into(),
            arguments: json!({}),
            title: format!("Return of the Sleet Rain Jacket, order {number}"),
            lines: vec!["1 × Sleet Rain Jacket".into()],
            amount,
            order: Some(OrderNumber::new(number)),
        };
        self.event(EventBody::ProposalMade(ProposalMade {
            proposal: ProposalId::new(proposal),
            call: call.clone(),
            tool: "start_return".into(),
            hash: "h".into(),
            order: Some(OrderNumber::new(number)),
            amount,
            bounds: None,
            approver,
            drafted: false,
            expires_ms: NOW_MS,
            tainted: false,
            private: Some(ProposalWords {
                title: part.title.clone(),
                parts: vec![part],
                ..ProposalWords::default()
            }),
        }));
        self.returned(
            call,
            "start_return",
            ToolOutcome::Done,
            "{\"summary\":\"a return\"}",
            vec![],
        );
        self.replied("Shall I register the return?");
    }

    pub fn confirmed(&mut self, proposal: &str, outcome: ToolOutcome) {
        self.wrote("yes");
        let key = IdempotencyKey::new(format!("k_{proposal}"));
        self.event(EventBody::ProposalConfirmed(ProposalConfirmed {
            proposal: ProposalId::new(proposal),
            hash: "h".into(),
            by: ConfirmedBy::Words,
            key: key.clone(),
        }));
        let number = Subject::new("return:RET-7K2M");
        self.event(EventBody::EffectFinished(EffectFinished {
            proposal: ProposalId::new(proposal),
            tool: "start_return".into(),
            key,
            outcome,
            hand_off: None,
            private: Some(ToolWords {
                content: "{\"return_number\":\"RET-7K2M\"}".into(),
                facts: vec![Fact::new(
                    &number,
                    "return_number",
                    FactValue::Code("RET-7K2M".into()),
                )],
                cards: vec![],
            }),
        }));
        self.replied("The return RET-7K2M is registered.");
    }

    pub fn closed(&mut self, proposal: &str, why: ClosedWhy) {
        self.wrote("no");
        self.event(EventBody::ProposalClosed(ProposalClosed {
            proposal: ProposalId::new(proposal),
            why,
            by: Some(ConfirmedBy::Words),
        }));
        self.replied("It is not done.");
    }

    pub fn handed_off(&mut self, words: &str) {
        self.wrote("I want to talk to a person");
        let call = self.called("hand_off", "{}");
        self.returned(call, "hand_off", ToolOutcome::Done, "{}", vec![]);
        self.replied(words);
        self.event(EventBody::HandedOff(HandedOff {
            bundle: BundleId::new("b"),
            reason: HandOffReason::ShopperAsked,
            urgency: Urgency::Normal,
        }));
        self.event(EventBody::Shown(Shown {
            message: MessageId::new("m"),
            private: Some(Card::Handoff(HandoffCard {
                words: words.into(),
            })),
        }));
    }

    pub fn refused(&mut self) {
        self.wrote("Cancel it then");
        let call = self.called("cancel_order", "{\"order_number\":\"10482\"}");
        let words = "Order 10482 has left already and cannot be cancelled.";
        self.returned(call, "cancel_order", ToolOutcome::Refused, words, vec![]);
        self.replied(words);
    }

    /// Small talk, until so many bytes have gone by.
    pub fn goes_on(&mut self, bytes: usize) {
        let mut gone = 0;
        while gone < bytes {
            let text = format!(
                "And one thing more, number {gone}: tell me about your wool. {}",
                "It scratches. ".repeat(120)
            );
            self.wrote(&text);
            self.replied("Wool is warm. ");
            gone += text.len();
        }
    }
}

pub fn order(number: &str, total: i64) -> Vec<Fact> {
    let order = Subject::new(format!("order:{number}"));
    let line = order.child("line:1");
    vec![
        Fact::new(&order, "name", FactValue::Name(number.into())),
        Fact::new(&order, "status", FactValue::Status("in transit".into())),
        Fact::new(&order, "placed", FactValue::Date(date(2026, 11, 3))),
        Fact::new(
            &order,
            "total",
            FactValue::Money(Money::new(total, Currency::EUR)),
        ),
        Fact::new(&line, "name", FactValue::Name("Sleet Rain Jacket".into())),
        Fact::new(
            &line,
            "paid",
            FactValue::Money(Money::new(4_990, Currency::EUR)),
        ),
    ]
}
