//! Events to write: one of each type.

use attendant::domain::bundle::{Assessment, Bundle, BundleLine, HandOffReason, Priority, Urgency};
use attendant::domain::card::{Card, HandoffCard};
use attendant::domain::event::*;
use attendant::domain::evidence::{Fact, FactValue, Subject};
use attendant::domain::identity::{Proof, ProofMethod};
use attendant::domain::ids::*;
use attendant::domain::money::{Bounds, Currency, Money};

pub fn wrote(text: &str, client_id: Option<&str>) -> EventBody {
    EventBody::ShopperWrote(ShopperWrote {
        message: MessageId::new(format!("m-{text:.5}")),
        client_id: client_id.map(str::to_owned),
        private: Some(ShopperWords::new(text)),
    })
}

pub fn replied(through: u64) -> EventBody {
    EventBody::Replied(Replied {
        message: MessageId::new(format!("r-{through}")),
        through,
        private: words("It arrives on Tuesday."),
    })
}

pub fn agent_wrote() -> EventBody {
    EventBody::AgentWrote(AgentWrote {
        message: MessageId::new("a-1"),
        agent: "Robin".to_owned(),
        private: words("Robin here."),
    })
}

pub fn confirmed(key: &str) -> EventBody {
    EventBody::ProposalConfirmed(ProposalConfirmed {
        proposal: ProposalId::new("p-1"),
        hash: "h".to_owned(),
        by: ConfirmedBy::Button,
        key: IdempotencyKey::new(key),
    })
}

pub fn handed_off() -> EventBody {
    EventBody::HandedOff(HandedOff {
        bundle: BundleId::new("b-1"),
        reason: HandOffReason::Complaint,
        urgency: Urgency::High,
    })
}

pub fn bundle(conversation: &ConversationId) -> Bundle {
    Bundle {
        id: BundleId::new("b-1"),
        conversation: conversation.clone(),
        created_ms: 5,
        reason: HandOffReason::Complaint,
        urgency: Urgency::High,
        priority: Priority::default(),
        profile: None,
        assessment: Assessment::default(),
        policies: vec![],
        promises: vec![],
        draft_reply: String::new(),
        summary: "The parcel came wet.".to_owned(),
        identity: "not proved".to_owned(),
        customer: None,
        orders: vec![],
        returns: vec![],
        calls: vec![],
        proposed_action: None,
        transcript: vec![BundleLine {
            at_ms: 4,
            who: "shopper".to_owned(),
            text: "my parcel is soaked".to_owned(),
            attachments: vec![],
        }],
    }
}

fn words(text: &str) -> Option<Words> {
    Some(Words {
        text: text.to_owned(),
    })
}

fn tool_words() -> ToolWords {
    let order = Subject::new("order:10482");
    let total = Money::new(6480, Currency::EUR);
    ToolWords {
        content: r#"{"order_number":"10482","status":"in transit"}"#.to_owned(),
        facts: vec![
            Fact::new(&order, "total", FactValue::Money(total)),
            Fact::new(&order, "status", FactValue::Status("in transit".to_owned())),
        ],
        cards: vec![Card::Handoff(HandoffCard {
            words: "by ten".to_owned(),
        })],
    }
}

fn proposal() -> EventBody {
    EventBody::ProposalMade(ProposalMade {
        proposal: ProposalId::new("p-1"),
        call: CallId::new("c-1"),
        tool: "start_return".to_owned(),
        hash: "h".to_owned(),
        order: Some(OrderNumber::new("10482")),
        amount: Some(Money::new(5200, Currency::EUR)),
        bounds: Some(Bounds {
            min: Money::zero(Currency::EUR),
            max: Money::new(9000, Currency::EUR),
        }),
        approver: Approver::Shopper,
        drafted: true,
        expires_ms: 9,
        tainted: false,
        private: Some(ProposalWords {
            arguments: serde_json::json!({"items": [{"line": 2, "share": 0.1}], "a": null}),
            title: "Return".to_owned(),
            lines: vec!["€52.00 back to Visa".to_owned()],
            why: Some("Above a cap".to_owned()),
            parts: vec![],
        }),
    })
}

fn decided() -> EventBody {
    EventBody::ApprovalDecided(ApprovalDecided {
        proposal: ProposalId::new("p-1"),
        hash: "h".to_owned(),
        by: "Robin".to_owned(),
        key: IdempotencyKey::new("k-1"),
        approved: true,
        amount: Some(Money::new(4000, Currency::EUR)),
        reopens: true,
        private: Some(DecisionWords {
            words: "Two of them were worn.".to_owned(),
            edited: Some(ProposalWords {
                arguments: serde_json::json!({"granted": "40.00 EUR"}),
                title: "Return".to_owned(),
                lines: vec!["Set by a colleague: €40.00".to_owned()],
                why: None,
                parts: vec![],
            }),
        }),
    })
}

fn answered() -> EventBody {
    let call = CallHead {
        call: CallId::new("c-1"),
        tool: "lookup_order".to_owned(),
    };
    EventBody::ModelAnswered(ModelAnswered {
        model: "builtin".to_owned(),
        seen: 2,
        calls: vec![call],
        usage: Usage {
            input_tokens: 900,
            cached_tokens: 0,
            output_tokens: 30,
        },
        cut: true,
        private: Some(AnswerWords {
            text: "One moment.".to_owned(),
            arguments: vec!["{}".to_owned()],
        }),
    })
}

fn results() -> Vec<EventBody> {
    vec![
        EventBody::ToolReturned(ToolReturned {
            call: CallId::new("c-1"),
            tool: "lookup_order".to_owned(),
            outcome: ToolOutcome::Done,
            tainted: true,
            acted: false,
            hand_off: Some(HandOffReason::OutOfScope),
            private: Some(tool_words()),
        }),
        EventBody::EffectFinished(EffectFinished {
            proposal: ProposalId::new("p-1"),
            tool: "start_return".to_owned(),
            key: IdempotencyKey::new("k-1"),
            outcome: ToolOutcome::Done,
            hand_off: None,
            private: Some(tool_words()),
        }),
        EventBody::ModelFailed(ModelFailed {
            model: "m".to_owned(),
            detail: "503".to_owned(),
            usage: Usage::default(),
        }),
        EventBody::GuardStopped(GuardStopped {
            model: "m".to_owned(),
            usage: Usage {
                input_tokens: 900,
                cached_tokens: 800,
                output_tokens: 3,
            },
            private: Some(StoppedWords {
                sentence: "No.".to_owned(),
                reason: "date".to_owned(),
            }),
        }),
    ]
}

/// One event of each type, with every field filled, in an order that could have happened.
pub fn one_of_each() -> Vec<EventBody> {
    let proof = Proof::Order {
        order: OrderNumber::new("10482"),
        owner: None,
        method: ProofMethod::OrderDetails,
    };
    let closed = ProposalClosed {
        proposal: ProposalId::new("p-1"),
        why: ClosedWhy::Cancelled,
        by: Some(ConfirmedBy::Words),
    };
    let mut bodies = vec![
        EventBody::ConversationStarted(ConversationStarted {
            channel: Channel::Chat,
        }),
        wrote("where is it?", Some("client-1")),
        EventBody::IdentityProved(IdentityProved { proof }),
        answered(),
        proposal(),
        confirmed("k-1"),
    ];
    bodies.extend(results());
    bodies.extend([
        EventBody::Released(Released {
            message: MessageId::new("r-2"),
            at: 7,
            private: words("It"),
        }),
        EventBody::Shown(Shown {
            message: MessageId::new("r-2"),
            private: Some(Card::Handoff(HandoffCard {
                words: "soon".to_owned(),
            })),
        }),
        replied(2),
        EventBody::ProposalClosed(closed),
        handed_off(),
        decided(),
        agent_wrote(),
        EventBody::HandedBack(HandedBack {
            agent: "Robin".to_owned(),
        }),
        EventBody::PersonAsked(PersonAsked { client_id: None }),
        EventBody::MarkedRead(MarkedRead {
            by: Reader::Shopper,
            through: 3,
        }),
        EventBody::Rated(Rated {
            stars: 4,
            private: words("quick"),
        }),
        EventBody::Resolved(Resolved {}),
        EventBody::IdentityDropped(IdentityDropped { through: None }),
        EventBody::Erased(Erased {}),
    ]);
    bodies
}

/// A number for each type. A new type does not compile until it has one here; the test that counts
/// them then fails until `one_of_each` holds it.
pub fn number(body: &EventBody) -> usize {
    match body {
        EventBody::ConversationStarted(_) => 0,
        EventBody::ShopperWrote(_) => 1,
        EventBody::IdentityProved(_) => 2,
        EventBody::IdentityDropped(_) => 3,
        EventBody::ModelAnswered(_) => 4,
        EventBody::ModelFailed(_) => 5,
        EventBody::ToolReturned(_) => 6,
        EventBody::ProposalMade(_) => 7,
        EventBody::ProposalConfirmed(_) => 8,
        EventBody::ProposalClosed(_) => 9,
        EventBody::EffectFinished(_) => 10,
        EventBody::GuardStopped(_) => 11,
        EventBody::Released(_) => 12,
        EventBody::Replied(_) => 13,
        EventBody::Shown(_) => 14,
        EventBody::HandedOff(_) => 15,
        EventBody::AgentWrote(_) => 16,
        EventBody::HandedBack(_) => 17,
        EventBody::Resolved(_) => 18,
        EventBody::Erased(_) => 19,
        EventBody::PersonAsked(_) => 20,
        EventBody::MarkedRead(_) => 21,
        EventBody::Rated(_) => 22,
        EventBody::ApprovalDecided(_) => 23,
    }
}
pub const TYPES: usize = 24;
