//! What of a conversation reaches the shopper: the one mapping from log and feed to chat events.
//! Tool names, arguments, results and every other inside of a turn end here.

use serde_json::{Map, Value, json};

use crate::domain::card::Card;
use crate::domain::event::{Event, EventBody, ShopperWrote, Words};
use crate::domain::ids::MessageId;
use crate::store::feed::Typist;

/// One event of a chat, as server-sent events and the terminal show it.
#[derive(Clone, Debug, PartialEq)]
pub struct ChatEvent {
    /// Position in the log; only what is logged has one, and a client resumes behind it.
    pub id: Option<u64>,
    pub name: &'static str,
    pub data: Value,
}

impl ChatEvent {
    fn live(name: &'static str, data: Value) -> Self {
        Self {
            id: None,
            name,
            data,
        }
    }

    pub fn delta(message: &MessageId, at: usize, text: &str) -> Self {
        Self::live("delta", json!({"message": message, "at": at, "text": text}))
    }

    pub fn reset(message: &MessageId) -> Self {
        Self::live("reset", json!({"message": message}))
    }

    /// Somebody works on words.
    pub fn typing(who: &Typist) -> Self {
        let data = match who {
            Typist::Assistant => json!({"from": "assistant"}),
            Typist::Shopper => json!({"from": "shopper"}),
            Typist::Person(name) => json!({"from": "person", "name": name}),
        };
        Self::live("typing", data)
    }

    /// Everything up to an event belongs to somebody else.
    pub fn cleared(through: u64) -> Self {
        Self::live("status", json!({"status": "cleared", "through": through}))
    }

    /// Nothing more comes until somebody writes.
    pub fn done() -> Self {
        Self::live("done", json!({}))
    }

    /// The stream cannot go on; what was sent before it stands.
    pub fn error(words: &str) -> Self {
        Self::live("error", json!({"detail": words}))
    }

    /// What the shopper sees of a logged event, if anything.
    pub fn of(event: &Event) -> Option<Self> {
        let (name, data) = match &event.body {
            EventBody::ShopperWrote(wrote) => ("message", shoppers_message(wrote)),
            EventBody::Replied(replied) => (
                "message",
                json!({
                    "message": replied.message, "from": "assistant",
                    "text": text(replied.private.as_ref()),
                }),
            ),
            EventBody::AgentWrote(wrote) => (
                "message",
                json!({
                    "message": wrote.message, "from": "person", "name": wrote.agent,
                    "text": text(wrote.private.as_ref()),
                }),
            ),
            EventBody::Shown(shown) => card(&shown.message, shown.private.as_ref()?),
            EventBody::ProposalConfirmed(confirmed) => (
                "proposal",
                json!({"proposal": confirmed.proposal, "state": "confirmed"}),
            ),
            EventBody::ProposalClosed(closed) => (
                "proposal",
                json!({"proposal": closed.proposal, "state": "closed", "why": closed.why}),
            ),
            EventBody::MarkedRead(read) => {
                ("read", json!({"by": read.by, "through": read.through}))
            }
            EventBody::Rated(rated) => (
                "rating",
                json!({"stars": rated.stars, "remark": text(rated.private.as_ref())}),
            ),
            // What is done about it comes as the assistant's words; who decided stays inside.
            EventBody::ApprovalDecided(decided) if decided.reopens => {
                ("status", json!({"status": "open"}))
            }
            EventBody::HandedOff(_) => ("status", json!({"status": "waiting"})),
            EventBody::HandedBack(_) => ("status", json!({"status": "open"})),
            EventBody::Resolved(_) => ("status", json!({"status": "resolved"})),
            // Whoever shows the conversation takes away what stands up to there.
            EventBody::IdentityDropped(dropped) => (
                "status",
                json!({"status": "cleared", "through": dropped.through?}),
            ),
            EventBody::ConversationStarted(_)
            | EventBody::PersonAsked(_)
            | EventBody::IdentityProved(_)
            | EventBody::ModelAnswered(_)
            | EventBody::ModelFailed(_)
            | EventBody::ToolReturned(_)
            | EventBody::ProposalMade(_)
            | EventBody::ApprovalDecided(_)
            | EventBody::EffectFinished(_)
            | EventBody::GuardStopped(_)
            | EventBody::Released(_)
            | EventBody::Erased(_) => return None,
        };
        Some(Self {
            id: Some(event.seq),
            name,
            data,
        })
    }
}

fn shoppers_message(wrote: &ShopperWrote) -> Value {
    let mut message = json!({
        "message": wrote.message, "from": "shopper",
        "text": wrote.private.as_ref().map(|words| &words.text),
        "client_id": wrote.client_id,
    });
    let attachments = attachments(wrote);
    if !attachments.is_empty() {
        message["attachments"] = json!(attachments);
    }
    message
}

/// Pictures of a message with the links under which they are.
fn attachments(wrote: &ShopperWrote) -> Vec<Value> {
    let words = wrote.private.iter();
    words
        .flat_map(|words| &words.attachments)
        .map(|one| {
            json!({
                "attachment": one.attachment, "type": one.kind, "bytes": one.bytes,
                "link": one.link(),
            })
        })
        .collect()
}

/// Words that were erased show as null: the message was there, its text is not.
fn text(words: Option<&Words>) -> Option<&str> {
    words.map(|words| words.text.as_str())
}

/// A card's fields beside the message that it belongs to; the event's name says which card.
fn card(message: &MessageId, card: &Card) -> (&'static str, Value) {
    let mut data = match serde_json::to_value(card) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    };
    data.remove("card");
    if let Card::Proposal(_) = card {
        data.insert("state".into(), json!("open"));
    }
    data.insert("message".into(), json!(message));
    (card.event_name(), Value::Object(data))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::card::{HandoffCard, ProposalCard};
    use crate::domain::event::{
        AnswerWords, CallHead, ClosedWhy, ConfirmedBy, ModelAnswered, ProposalClosed,
        ProposalConfirmed, ShopperWords, ShopperWrote, Shown, ToolOutcome, ToolReturned, ToolWords,
        Usage,
    };
    use crate::domain::ids::{CallId, IdempotencyKey, ProposalId};

    fn of(body: EventBody) -> Option<ChatEvent> {
        ChatEvent::of(&Event {
            seq: 7,
            at_ms: 1,
            body,
        })
    }

    #[test]
    fn a_message_carries_its_place_in_the_log_and_erased_words_are_null() {
        let wrote = |private| {
            of(EventBody::ShopperWrote(ShopperWrote {
                message: MessageId::new("m1"),
                client_id: Some("c1".into()),
                private,
            }))
            .unwrap()
        };
        let event = wrote(Some(ShopperWords::new("hello")));
        assert_eq!(event.id, Some(7));
        assert_eq!(event.name, "message");
        assert_eq!(
            event.data,
            json!({"message": "m1", "from": "shopper", "text": "hello", "client_id": "c1"})
        );
        assert_eq!(wrote(None).data["text"], Value::Null);
    }

    #[test]
    fn a_card_is_its_fields_and_its_message() {
        let shown = |card| {
            of(EventBody::Shown(Shown {
                message: MessageId::new("m2"),
                private: card,
            }))
        };
        let card = ProposalCard {
            proposal: ProposalId::new("p1"),
            hash: "h".into(),
            title: "Return".into(),
            lines: vec!["one".into()],
            parts: Vec::new(),
            expires_ms: 5,
        };
        let event = shown(Some(Card::Proposal(card))).unwrap();
        assert_eq!(event.name, "proposal");
        assert_eq!(
            event.data,
            json!({"proposal": "p1", "hash": "h", "title": "Return", "lines": ["one"],
                   "expires_ms": 5, "state": "open", "message": "m2"})
        );
        let words = Card::Handoff(HandoffCard {
            words: "soon".into(),
        });
        assert_eq!(
            shown(Some(words)).unwrap().data,
            json!({"words": "soon", "message": "m2"})
        );
        assert_eq!(shown(None), None);
    }

    #[test]
    fn a_proposals_end_is_told_without_its_key() {
        let confirmed = of(EventBody::ProposalConfirmed(ProposalConfirmed {
            proposal: ProposalId::new("p1"),
            hash: "h".into(),
            by: ConfirmedBy::Button,
            key: IdempotencyKey::new("k"),
        }));
        assert_eq!(
            confirmed.unwrap().data,
            json!({"proposal": "p1", "state": "confirmed"})
        );
        let closed = of(EventBody::ProposalClosed(ProposalClosed {
            proposal: ProposalId::new("p1"),
            why: ClosedWhy::Cancelled,
            by: None,
        }));
        assert_eq!(
            closed.unwrap().data,
            json!({"proposal": "p1", "state": "closed", "why": "cancelled"})
        );
    }

    #[test]
    fn insides_of_a_turn_never_leave() {
        let answered = EventBody::ModelAnswered(ModelAnswered {
            model: "m".into(),
            seen: 1,
            calls: vec![CallHead {
                call: CallId::new("c"),
                tool: "lookup_order".into(),
            }],
            usage: Usage::default(),
            cut: false,
            private: Some(AnswerWords {
                text: "draft".into(),
                arguments: vec!["{}".into()],
            }),
        });
        let returned = EventBody::ToolReturned(ToolReturned {
            call: CallId::new("c"),
            tool: "lookup_order".into(),
            outcome: ToolOutcome::Done,
            tainted: false,
            acted: false,
            hand_off: None,
            private: Some(ToolWords::default()),
        });
        assert_eq!(of(answered), None);
        assert_eq!(of(returned), None);
    }
}
