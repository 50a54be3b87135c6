//! Calls that wait for an agent: parked with their hand-off, decided once, done as decided, told.

mod http;

use std::sync::Arc;

use attendant::agent::approvals::{ApprovalError, Approvals, Decision};
use attendant::agent::driver::{Assistant, Verdict, decision};
use attendant::agent::session::Session;
use attendant::channels::chat::{Chat, ChatError, Decision as Button, Until};
use attendant::domain::bundle::HandOffReason;
use attendant::domain::conversation::Status;
use attendant::domain::event::*;
use attendant::domain::identity::{Proof, ProofMethod};
use attendant::domain::ids::*;
use attendant::domain::money::{Currency, Money};
use attendant::domain::order::Order;
use attendant::model::scripted::{Answer, Scripted};
use attendant::model::{Message, ModelRequest};
use attendant::shop::before::Before;
use attendant::shop::demo;
use attendant::shop::refunds::{Goes, room_minor};
use attendant::shop::returns::granted;
use attendant::store::Store;
use attendant::store::approvals::ApprovalState;
use attendant::store::effects::PAUSED;
use attendant::store::feed::Live;
use attendant::store::ledger::LedgerState;
use attendant::store::log::{Append, Writer};
use attendant::store::orders::Buyer;
use serde_json::json;

use crate::driver::{Desk, asked, parts};

/// Returns the first item of the order that a message names; everything else is small talk.
pub fn returner() -> Scripted {
    Scripted::by(|request| match request.messages.last() {
        // What was decided is shown as a call as well; it is told already.
        Some(Message::ToolResult { call, .. }) if call.as_str().starts_with("done_") => {
            answer(request)
        }
        Some(Message::ToolResult { .. }) => Answer::new().text("A colleague has it now."),
        _ => answer(request),
    })
}

fn answer(request: &ModelRequest) -> Answer {
    let said = request
        .messages
        .iter()
        .rev()
        .find_map(|message| match message {
            Message::User(text) => Some(text.to_string()),
            _ => None,
        });
    let said = said.unwrap_or_default();
    let reason = if said.contains("unwanted") {
        "unwanted"
    } else {
        "size_too_large"
    };
    let call = format!("c{}", request.messages.len());
    if said.contains("return order") {
        let items = json!([{"line": 1, "quantity": 1, "reason": reason}]);
        let arguments = json!({"order_number": asked(request), "items": items});
        return Answer::new().call(&call, "start_return", arguments);
    }
    if said.contains("a person") {
        let arguments = json!({"reason": "shopper_asked", "summary": "Wants a person."});
        return Answer::new().call(&call, "hand_off", arguments);
    }
    Answer::new().text("Hello. What can I do for you?")
}

/// A desk at which an expensive return waits for an agent.
async fn parked() -> (Desk, Scripted, ProposalMade) {
    let model = returner();
    let desk = Desk::of("expensive_return", &model).await;
    let made = park(&desk, "too large").await;
    (desk, model, made)
}

async fn park(desk: &Desk, why: &str) -> ProposalMade {
    desk.says(&format!("return order {} please, {why}", desk.order()))
        .await;
    newest_made(desk).await
}

async fn newest_made(desk: &Desk) -> ProposalMade {
    let log = desk.log().await;
    let made = log.into_iter().rev().find_map(|event| match event.body {
        EventBody::ProposalMade(made) => Some(made),
        _ => None,
    });
    made.unwrap()
}

/// Another process on the same folder.
fn another(store: Store, model: &Scripted) -> Arc<Assistant> {
    let mut parts = parts(store, model);
    parts.random = Random::seeded(8);
    parts.shop.random = parts.random.clone();
    parts.holder = "other".into();
    Assistant::new(parts)
}

fn yes(made: &ProposalMade) -> Decision {
    Decision {
        by: "Mara".into(),
        hash: Some(made.hash.clone()),
        approved: true,
        amount: None,
        words: String::new(),
    }
}

fn no(word: &str) -> Decision {
    Decision {
        by: "Mara".into(),
        hash: None,
        approved: false,
        amount: None,
        words: word.into(),
    }
}

fn approvals(desk: &Desk) -> Approvals {
    Approvals::new(desk.assistant.clone())
}

/// Places a decision and waits until nothing is left to do.
async fn decide(desk: &Desk, made: &ProposalMade, wanted: &Decision) {
    approvals(desk)
        .decide(&made.proposal, wanted)
        .await
        .unwrap();
    settle(desk).await;
}

async fn settle(desk: &Desk) {
    let mut follow = Chat::new(desk.assistant.clone()).follow(&desk.id, 0, Until::Done);
    while follow.next().await.unwrap().is_some() {}
}

async fn state(desk: &Desk, made: &ProposalMade) -> ApprovalState {
    desk.store
        .approval(&made.proposal)
        .await
        .unwrap()
        .approval
        .state
}

async fn count(desk: &Desk, of: fn(&EventBody) -> bool) -> usize {
    desk.log()
        .await
        .iter()
        .filter(|event| of(&event.body))
        .count()
}

async fn agent_says(desk: &Desk, body: EventBody) {
    let now = desk.assistant.parts.clock.now_ms();
    let append = Append::new(Writer::Agent, now, vec![body]);
    desk.store.append(&desk.id, append).await.unwrap();
}

fn mara_wrote() -> EventBody {
    EventBody::AgentWrote(AgentWrote {
        message: MessageId::new("a"),
        agent: "Mara".into(),
        private: Some(Words {
            text: "Mara here.".into(),
        }),
    })
}

#[tokio::test]
async fn what_is_parked_has_a_row_with_its_hand_off_and_an_agents_yes_does_it() {
    let (desk, model, made) = parked().await;
    assert_eq!(made.approver, Approver::Agent);
    let waiting = desk.store.approvals_waiting(None, 9).await.unwrap();
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0].proposal, made.proposal);
    assert_eq!(waiting[0].amount, made.amount);
    let whole = desk.store.approval(&made.proposal).await.unwrap();
    let bundle = whole.bundle.unwrap();
    assert_eq!(bundle.reason, HandOffReason::NeedsApproval);
    assert_eq!(Some(bundle.id), waiting[0].bundle);
    assert_eq!(desk.status().await, Status::Waiting);
    // A typed yes is not the agent's.
    desk.says("yes").await;
    assert_eq!(desk.returns().await, 0);

    let calls = model.requests().len();
    decide(&desk, &made, &yes(&made)).await;
    assert_eq!(model.requests().len(), calls, "no model is asked");
    assert_eq!(desk.returns().await, 1);
    assert_eq!(
        desk.status().await,
        Status::Open,
        "it waited for nothing else"
    );
    let reply = desk.last_reply().await;
    assert!(
        reply.starts_with("A colleague has looked at your request and approved it."),
        "{reply}"
    );
    assert!(reply.contains("RT-"), "{reply}");
    let ledger = desk.store.ledger(&desk.id).await.unwrap();
    assert_eq!(ledger.len(), 1);
    assert_eq!(ledger[0].state, LedgerState::Done);
    assert_eq!(ledger[0].amount, made.amount);
    assert_eq!(state(&desk, &made).await, ApprovalState::Approved);
    assert!(
        desk.store
            .approvals_waiting(None, 9)
            .await
            .unwrap()
            .is_empty()
    );
    // Each message has an id of its own.
    let mut messages = desk.messages().await;
    let all = messages.len();
    messages.sort();
    messages.dedup();
    assert_eq!(messages.len(), all, "{messages:?}");
    assert_eq!(desk.says("hello").await, "Hello. What can I do for you?");
}

#[tokio::test]
async fn a_no_calls_nothing_and_is_told_with_the_colleagues_word() {
    let (desk, _, made) = parked().await;
    decide(&desk, &made, &no("It was worn outside.")).await;
    let reply = desk.last_reply().await;
    assert!(
        reply.contains("It was worn outside.") && reply.contains("declined"),
        "{reply}"
    );
    assert_eq!(desk.returns().await, 0);
    assert!(desk.store.ledger(&desk.id).await.unwrap().is_empty());
    assert_eq!(desk.status().await, Status::Open);
    assert_eq!(state(&desk, &made).await, ApprovalState::Declined);
}

#[tokio::test]
async fn the_money_can_be_set_within_its_bounds_and_is_what_is_registered() {
    let (desk, _, made) = parked().await;
    let bounds = made.bounds.unwrap();
    let computed = made.amount.unwrap();
    assert_eq!(bounds.min.minor, 0);
    assert!(bounds.max.minor >= computed.minor);
    let with = |minor, currency| Decision {
        amount: Some(Money::new(minor, currency)),
        ..yes(&made)
    };
    let gbp: Currency = "GBP".parse().unwrap();
    for wrong in [
        with(-1, Currency::EUR),
        with(bounds.max.minor + 1, Currency::EUR),
        with(5, gbp),
    ] {
        let refused = approvals(&desk).decide(&made.proposal, &wrong).await;
        assert!(
            matches!(refused, Err(ApprovalError::OutOfBounds(_))),
            "{refused:?}"
        );
    }
    assert_eq!(state(&desk, &made).await, ApprovalState::Waiting);

    decide(&desk, &made, &with(12_000, Currency::EUR)).await;
    let number = OrderNumber::new(desk.order());
    let registered = desk.store.returns_of(&number).await.unwrap().remove(0);
    let refund = registered.refund;
    assert_eq!(refund.total, Money::new(12_000, Currency::EUR));
    let sum = refund.items.minor + refund.shipping.minor - refund.fee.minor;
    assert_eq!(sum, refund.total.minor);
    let reply = desk.last_reply().await;
    assert!(
        reply.contains("€120.00") && !reply.contains(&computed.to_string()),
        "{reply}"
    );
    let ledger = desk.store.ledger(&desk.id).await.unwrap();
    assert_eq!(ledger[0].amount, Some(refund.total));
    assert_ne!(
        ledger[0].arguments_hash, made.hash,
        "another call was done than was parked"
    );
    let row = desk.store.approval(&made.proposal).await.unwrap();
    assert_eq!(row.approval.amount, Some(refund.total));
    let edited = row.decided.unwrap().private.unwrap().edited.unwrap();
    assert!(
        edited.lines.last().unwrap().contains("€120.00"),
        "{edited:?}"
    );
}

/// Two writes under one yes: an agent approves both as they are, or neither.
#[tokio::test]
async fn of_several_writes_the_money_is_as_it_is() {
    let model = Scripted::by(|request| match request.messages.last() {
        Some(Message::ToolResult { .. }) => Answer::new().text("A colleague has it now."),
        _ => {
            let said = format!("{:?}", request.messages.last());
            let orders: Vec<&str> = said
                .split("order ")
                .skip(1)
                .map(|rest| &rest[..5])
                .collect();
            let items = json!([{"line": 1, "quantity": 1, "reason": "unwanted"}]);
            orders
                .iter()
                .enumerate()
                .fold(Answer::new(), |answer, (at, order)| {
                    let arguments = json!({"order_number": order, "items": items});
                    answer.call(&format!("c{at}"), "start_return", arguments)
                })
        }
    });
    let desk = Desk::of("expensive_return", &model).await;
    // The same order once more, under another number.
    let number = OrderNumber::new(desk.order());
    let order = desk.store.order(&number).await.unwrap().unwrap();
    let buyer = Buyer::Id(order.customer.clone());
    let copy = Order {
        number: OrderNumber::new("70007"),
        ..order
    };
    let refused = desk.store.put_orders(vec![(buyer, copy)]).await.unwrap();
    assert!(refused.iter().all(Option::is_none), "{refused:?}");
    desk.says(&format!("return order {number} and order 70007 please"))
        .await;
    let made = newest_made(&desk).await;
    assert_eq!(made.parts().len(), 2);
    let edited = Decision {
        amount: made.amount,
        ..yes(&made)
    };
    let refused = approvals(&desk).decide(&made.proposal, &edited).await;
    assert!(
        matches!(refused, Err(ApprovalError::NotEditable(_))),
        "{refused:?}"
    );
    decide(&desk, &made, &yes(&made)).await;
    assert_eq!(desk.returns().await, 1);
    let other = OrderNumber::new("70007");
    assert_eq!(desk.store.returns_of(&other).await.unwrap().len(), 1);
    let ledger = desk.store.ledger(&desk.id).await.unwrap();
    assert_eq!(ledger.len(), 2);
    assert!(ledger.iter().all(|row| row.state == LedgerState::Done));
    assert_eq!(desk.status().await, Status::Open);
}

#[tokio::test]
async fn whatever_is_granted_adds_up() {
    let (desk, _, made) = parked().await;
    let order = desk
        .store
        .order(&OrderNumber::new(desk.order()))
        .await
        .unwrap()
        .unwrap();
    let arguments = made.private.unwrap().arguments;
    let refund = serde_json::from_value(arguments["decision"]["refund"].clone()).unwrap();
    let (nothing, goes) = (Before::default(), Goes::Original);
    let most = room_minor(&order, nothing);
    let of = |minor| {
        let total = Money::new(minor, order.currency);
        granted(&order, nothing, &goes, &refund, total)
    };
    for minor in (0..=most).step_by(97).chain([1, most]) {
        let refund = of(minor).unwrap();
        assert_eq!(refund.total.minor, minor);
        assert_eq!(
            refund.items.minor + refund.shipping.minor - refund.fee.minor,
            minor
        );
        assert!(refund.items.minor >= 0 && refund.shipping.minor >= 0);
    }
    assert!(of(most + 1).is_none() && of(-1).is_none());
}

#[tokio::test]
async fn deciding_again_is_the_same_or_a_conflict() {
    let (desk, _, made) = parked().await;
    let wrong = Decision {
        hash: Some("0".into()),
        ..yes(&made)
    };
    let refused = approvals(&desk).decide(&made.proposal, &wrong).await;
    assert!(
        matches!(refused, Err(ApprovalError::OtherHash)),
        "{refused:?}"
    );
    decide(&desk, &made, &yes(&made)).await;
    decide(&desk, &made, &yes(&made)).await;
    let others = [
        no("Too late."),
        Decision {
            by: "Robin".into(),
            ..yes(&made)
        },
        Decision {
            amount: made.amount,
            ..yes(&made)
        },
    ];
    for other in others {
        let refused = approvals(&desk).decide(&made.proposal, &other).await;
        assert!(
            matches!(refused, Err(ApprovalError::Decided(_))),
            "{refused:?}"
        );
    }
    assert_eq!(desk.returns().await, 1);
    assert_eq!(
        count(&desk, |body| matches!(body, EventBody::ApprovalDecided(_))).await,
        1
    );
    let unknown = approvals(&desk)
        .decide(&ProposalId::new("p_none"), &yes(&made))
        .await;
    assert!(
        matches!(unknown, Err(ApprovalError::Unknown)),
        "{unknown:?}"
    );
    // And the shopper's button is not for it.
    let chat = Chat::new(desk.assistant.clone());
    let press = Button::Confirm {
        hash: made.hash.clone(),
    };
    let pressed = chat.decide(&desk.id, made.proposal.as_str(), press).await;
    assert!(
        matches!(pressed, Err(ChatError::ProposalClosed)),
        "{pressed:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_agents_at_once_one_wins() {
    for _ in 0..6 {
        let (desk, _, made) = parked().await;
        let (one, two) = (approvals(&desk), approvals(&desk));
        let robin = Decision {
            by: "Robin".into(),
            ..no("Not this time.")
        };
        let (proposal, mara) = (made.proposal.clone(), yes(&made));
        let first = tokio::spawn(async move { one.decide(&proposal, &mara).await });
        let proposal = made.proposal.clone();
        let second = tokio::spawn(async move { two.decide(&proposal, &robin).await });
        let (first, second) = (first.await.unwrap(), second.await.unwrap());
        assert!(first.is_ok() != second.is_ok(), "{first:?} {second:?}");
        settle(&desk).await;
        assert_eq!(desk.returns().await, usize::from(first.is_ok()));
        assert_eq!(
            count(&desk, |body| matches!(body, EventBody::ApprovalDecided(_))).await,
            1
        );
    }
}

/// The decision is on disk and the process is gone: another one does it, once, and tells it.
#[tokio::test]
async fn a_decision_that_stands_is_carried_out_by_whoever_comes() {
    let (desk, model, made) = parked().await;
    let verdict = Verdict {
        by: "Mara".into(),
        approved: true,
        words: String::new(),
        edited: None,
    };
    let (event, start) = decision(&desk.id, &made, verdict, true);
    let writer = Writer::Agent;
    let now = desk.assistant.parts.clock.now_ms();
    let mut append = Append::new(writer, now, vec![event]);
    append.ledger.extend(start);
    desk.store.append(&desk.id, append).await.unwrap();

    for round in 0..2 {
        // As after a kill: a store of its own on the folder, and the log is all it has.
        let store = Store::open(desk.folder.path()).unwrap();
        let left = store.unfinished(now, 9).await.unwrap();
        assert_eq!(left.len(), usize::from(round == 0));
        let Some(id) = left.first() else { break };
        let other = another(store.clone(), &model);
        let mut live = store.feed().subscribe(id);
        let lease = store.acquire(id, "other", now).await.unwrap().unwrap();
        other.resume(lease).await.unwrap();
        let said_before = desk.messages().await;
        while let Ok(event) = live.try_recv() {
            if let Live::Reset { message } = event {
                let void = said_before
                    .iter()
                    .rev()
                    .skip(1)
                    .any(|before| *before == message);
                assert!(!void, "what was said before stands");
            }
        }
    }
    assert_eq!(desk.returns().await, 1);
    assert!(desk.last_reply().await.contains("RT-"));
    let ledger = desk.store.ledger(&desk.id).await.unwrap();
    assert_eq!((ledger.len(), ledger[0].state), (1, LedgerState::Done));
    assert_eq!(
        count(&desk, |body| matches!(body, EventBody::EffectFinished(_))).await,
        1
    );
}

/// It is done for whom it was made and told to nobody.
#[tokio::test]
async fn behind_a_wall_it_is_done_and_told_to_nobody() {
    let (desk, _, made) = parked().await;
    let shoppers = demo::shoppers(&desk.store).await.unwrap();
    let other = shoppers
        .iter()
        .find(|one| one.situation == "new_customer")
        .unwrap();
    let other = desk
        .store
        .customer_by_email(&other.email)
        .await
        .unwrap()
        .unwrap();
    let proof = Proof::Customer {
        customer: other.id,
        method: ProofMethod::Terminal,
    };
    let chat = Chat::new(desk.assistant.clone());
    let hidden = chat
        .identify(&desk.id, Some(proof))
        .await
        .unwrap()
        .hidden_through;
    assert_eq!(desk.status().await, Status::Open);
    let replies = count(&desk, |body| matches!(body, EventBody::Replied(_))).await;
    decide(&desk, &made, &yes(&made)).await;
    assert_eq!(desk.returns().await, 1);
    assert_eq!(
        count(&desk, |body| matches!(body, EventBody::Replied(_))).await,
        replies
    );
    assert_eq!(
        desk.store.ledger(&desk.id).await.unwrap()[0].state,
        LedgerState::Done
    );
    let mut follow = chat.follow(&desk.id, hidden, Until::Done);
    while let Some(event) = follow.next().await.unwrap() {
        let shown = event.data.to_string();
        assert!(
            !shown.contains("RT-") && !shown.contains(desk.order()),
            "{shown}"
        );
    }
    assert_eq!(desk.says("hello").await, "Hello. What can I do for you?");
}

/// The shop has changed since: it is judged again, refused, and told.
#[tokio::test]
async fn what_is_not_possible_any_more_is_refused_and_told() {
    let (desk, _, first) = parked().await;
    let second = park(&desk, "unwanted").await;
    assert_ne!(first.hash, second.hash);
    assert_eq!(
        desk.store.approvals_waiting(None, 9).await.unwrap().len(),
        2
    );
    decide(&desk, &first, &yes(&first)).await;
    assert_eq!(
        desk.status().await,
        Status::Waiting,
        "the other one still waits"
    );
    decide(&desk, &second, &yes(&second)).await;
    assert_eq!(desk.status().await, Status::Open);
    assert_eq!(desk.returns().await, 1);
    let reply = desk.last_reply().await;
    assert!(
        reply.starts_with("I have not registered the return:"),
        "{reply}"
    );
    let ledger = desk.store.ledger(&desk.id).await.unwrap();
    let refused = ledger
        .iter()
        .filter(|row| row.state == LedgerState::Refused);
    assert_eq!(refused.count(), 1);
}

/// The same call to the letter waits once.
#[tokio::test]
async fn a_call_that_is_asked_for_again_takes_the_place_of_the_first() {
    let (desk, _, first) = parked().await;
    let second = park(&desk, "too large").await;
    assert_eq!(first.hash, second.hash);
    let waiting = desk.store.approvals_waiting(None, 9).await.unwrap();
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0].proposal, second.proposal);
    let gone = approvals(&desk).decide(&first.proposal, &yes(&first)).await;
    assert!(matches!(gone, Err(ApprovalError::Void)), "{gone:?}");
    decide(&desk, &second, &yes(&second)).await;
    assert_eq!(desk.returns().await, 1);
}

#[tokio::test]
async fn whoever_also_wants_a_person_keeps_waiting_for_one() {
    let (desk, _, made) = parked().await;
    desk.says("I want a person").await;
    let bundles = desk.store.bundles(&desk.id).await.unwrap();
    let reasons: Vec<HandOffReason> = bundles.iter().map(|bundle| bundle.reason).collect();
    assert_eq!(reasons.len(), 2, "the person has a bundle of their own");
    assert!(
        reasons.contains(&HandOffReason::ShopperAsked),
        "{reasons:?}"
    );
    desk.says("I want a person").await;
    assert_eq!(
        desk.store.bundles(&desk.id).await.unwrap().len(),
        2,
        "and one is enough"
    );
    decide(&desk, &made, &yes(&made)).await;
    assert!(desk.last_reply().await.contains("RT-"));
    assert_eq!(desk.status().await, Status::Waiting);
}

#[tokio::test]
async fn the_button_for_a_person_is_heard_beside_a_call_that_is_parked() {
    let (desk, _, made) = parked().await;
    let head = desk.store.head(&desk.id).await.unwrap();
    let chat = Chat::new(desk.assistant.clone());
    chat.ask_person(&desk.id, &head, None).await.unwrap();
    settle(&desk).await;
    assert_eq!(desk.store.bundles(&desk.id).await.unwrap().len(), 2);
    decide(&desk, &made, &no("No.")).await;
    assert_eq!(desk.status().await, Status::Waiting);
}

/// A person serves the shopper: the result is told all the same, and what the shopper wrote to the
/// person stays theirs to answer.
#[tokio::test]
async fn a_result_is_told_while_a_person_writes() {
    let (desk, model, made) = parked().await;
    agent_says(&desk, mara_wrote()).await;
    assert!(desk.writes("thank you Mara").await.is_none());
    let calls = model.requests().len();
    decide(&desk, &made, &yes(&made)).await;
    assert!(desk.last_reply().await.contains("RT-"));
    assert_eq!(desk.status().await, Status::WithPerson);
    assert_eq!(model.requests().len(), calls);
    let back = EventBody::HandedBack(HandedBack {
        agent: "Mara".into(),
    });
    agent_says(&desk, back).await;
    assert!(
        desk.store.head(&desk.id).await.unwrap().has_work(),
        "the message has no answer yet"
    );
    Chat::new(desk.assistant.clone())
        .take_up(&desk.id)
        .await
        .unwrap();
    settle(&desk).await;
    assert_eq!(desk.last_reply().await, "Hello. What can I do for you?");
}

/// A message that comes with the decision is answered behind what is told.
#[tokio::test]
async fn a_decision_and_a_message_at_once_are_both_answered() {
    let (desk, _, made) = parked().await;
    let lease = desk.writes("hello").await.unwrap();
    approvals(&desk)
        .decide(&made.proposal, &yes(&made))
        .await
        .unwrap();
    desk.assistant.run(lease).await.unwrap();
    let reply = desk.last_reply().await;
    assert!(
        reply.contains("RT-") && reply.ends_with("What can I do for you?"),
        "{reply}"
    );
    assert!(!desk.store.head(&desk.id).await.unwrap().has_work());
}

#[tokio::test]
async fn what_was_erased_cannot_be_decided() {
    let (desk, _, made) = parked().await;
    desk.store.erase(&desk.id, 9).await.unwrap();
    assert_eq!(state(&desk, &made).await, ApprovalState::Void);
    let gone = approvals(&desk).decide(&made.proposal, &yes(&made)).await;
    assert!(matches!(gone, Err(ApprovalError::Void)), "{gone:?}");
    let session = Session::load(&desk.store, &desk.id).await.unwrap();
    assert!(session.turn.parked(&made.proposal).is_none());
}

#[tokio::test]
async fn what_waits_is_listed_oldest_first_and_by_the_page() {
    let (desk, _, first) = parked().await;
    let second = park(&desk, "unwanted").await;
    let page = desk.store.approvals_waiting(None, 1).await.unwrap();
    let rest = desk
        .store
        .approvals_waiting(Some(&page[0].proposal), 9)
        .await
        .unwrap();
    let mut listed = vec![page[0].proposal.clone(), rest[0].proposal.clone()];
    assert_eq!(rest.len(), 1);
    listed.sort();
    let mut all = vec![first.proposal.clone(), second.proposal];
    all.sort();
    assert_eq!(listed, all);
    decide(&desk, &first, &no("No.")).await;
    // A page that ended with one that is decided by now goes on behind it.
    let behind = desk
        .store
        .approvals_waiting(Some(&first.proposal), 9)
        .await
        .unwrap();
    assert!(behind.len() <= 1);
    let unknown = desk
        .store
        .approvals_waiting(Some(&ProposalId::new("x")), 9)
        .await;
    assert!(unknown.is_err());
}

/// Two processes, one log: the one that decides is not the one that runs the conversation.
#[tokio::test]
async fn the_process_that_decides_need_not_be_the_one_that_serves() {
    let (desk, model, made) = parked().await;
    let store = Store::open(desk.folder.path()).unwrap();
    let other = another(store, &model);
    Approvals::new(other.clone())
        .decide(&made.proposal, &yes(&made))
        .await
        .unwrap();
    let mut follow = Chat::new(other).follow(&desk.id, 0, Until::Done);
    while follow.next().await.unwrap().is_some() {}
    assert_eq!(desk.returns().await, 1);
    assert!(desk.last_reply().await.contains("RT-"));
}

/// An approval is not used up on what cannot be done just now.
#[tokio::test]
async fn while_money_is_paused_nothing_is_approved() {
    let (desk, _, made) = parked().await;
    desk.store
        .meta_set(PAUSED, "the bank is down")
        .await
        .unwrap();
    let refused = approvals(&desk).decide(&made.proposal, &yes(&made)).await;
    assert!(
        matches!(&refused, Err(ApprovalError::Paused(why)) if why == "the bank is down"),
        "{refused:?}"
    );
    assert_eq!(state(&desk, &made).await, ApprovalState::Waiting);
    desk.store.meta_set(PAUSED, "").await.unwrap();
    decide(&desk, &made, &yes(&made)).await;
    assert_eq!(state(&desk, &made).await, ApprovalState::Approved);
    assert_eq!(desk.returns().await, 1);
}
