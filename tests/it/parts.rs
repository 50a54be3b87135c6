//! One proposal of several parts: one yes, each part once, and what became of each is told.

use attendant::agent::driver::{confirmation, effect_key, part_key};
use attendant::agent::session::Session;
use attendant::channels::chat::{Chat, Decision};
use attendant::domain::bundle::HandOffReason;
use attendant::domain::card::Card;
use attendant::domain::event::*;
use attendant::domain::identity::{Identity, Proof, ProofMethod};
use attendant::domain::ids::*;
use attendant::domain::order::Order;
use attendant::domain::parts::ProposalPart;
use attendant::domain::returns::Return;
use attendant::model::Message;
use attendant::model::scripted::{Answer, Scripted};
use attendant::store::ledger::LedgerState;
use attendant::store::log::{Append, Writer};
use attendant::store::orders::Buyer;
use attendant::tools::ToolContext;
use attendant::tools::registry::Run as Runs;
use serde_json::{Value, json};

use crate::driver::Desk;

const SECOND: &str = "70007";
/// Worth more than the assistant may settle alone.
const DEAR: &str = "70014";

fn items(line: u32) -> Value {
    json!([{"line": line, "quantity": 1, "reason": "size_too_small"}])
}

/// The calls of one step, each the return of a line of an order.
fn step(returns: &[(&str, u32)]) -> Answer {
    let calls = returns.iter().enumerate();
    calls.fold(Answer::new(), |answer, (at, (order, line))| {
        let id = format!("r{at}-{order}-{line}");
        let arguments = json!({"order_number": order, "items": items(*line)});
        answer.call(&id, "start_return", arguments)
    })
}

fn asks() -> Answer {
    Answer::new().text("Please confirm both.")
}

/// The demo shopper of a situation with one more order like their own, and the scripted answers.
async fn desk(situation: &str, answers: impl FnOnce(&str) -> Vec<Answer>) -> (Desk, Scripted) {
    let own = Desk::of(situation, &Scripted::new([]))
        .await
        .order()
        .to_owned();
    let model = Scripted::new(answers(&own));
    let desk = Desk::of(situation, &model).await;
    let order = order_of(&desk, desk.order()).await;
    let copy = |number: &str| Order {
        number: OrderNumber::new(number),
        ..order.clone()
    };
    let buyer = Buyer::Id(order.customer.clone());
    let copies = vec![(buyer, copy(SECOND))];
    let refused = desk.store.put_orders(copies).await.unwrap();
    assert!(refused.iter().all(Option::is_none), "{refused:?}");
    (desk, model)
}

/// The same, shown the proposal of two returns.
async fn shown() -> (Desk, Scripted, ProposalMade) {
    let (desk, model) = desk("delivered_two_items", |own| {
        let more = Answer::new().text("What else can I do?");
        vec![step(&[(own, 2), (SECOND, 2)]), asks(), more]
    })
    .await;
    desk.says("both shirts are too small").await;
    let made = open(&desk).await.unwrap();
    (desk, model, made)
}

async fn order_of(desk: &Desk, number: &str) -> Order {
    let order = desk.store.order(&OrderNumber::new(number)).await.unwrap();
    order.unwrap()
}

async fn open(desk: &Desk) -> Option<ProposalMade> {
    let session = Session::load(&desk.store, &desk.id).await.unwrap();
    session.turn.proposal().cloned()
}

async fn returns(desk: &Desk, order: &str) -> Vec<Return> {
    desk.store
        .returns_of(&OrderNumber::new(order))
        .await
        .unwrap()
}

async fn states(desk: &Desk) -> Vec<LedgerState> {
    let rows = desk.store.ledger(&desk.id).await.unwrap();
    rows.iter().map(|row| row.state).collect()
}

async fn finished(desk: &Desk) -> Vec<EffectFinished> {
    let log = desk.log().await.into_iter();
    log.filter_map(|event| match event.body {
        EventBody::EffectFinished(finished) => Some(finished),
        _ => None,
    })
    .collect()
}

async fn append(desk: &Desk, bodies: Vec<EventBody>) {
    let now = desk.assistant.parts.clock.now_ms();
    let append = Append::new(Writer::Agent, now, bodies);
    desk.store.append(&desk.id, append).await.unwrap();
}

/// Registers the return of a part as a run does that gets no further.
pub async fn registers(desk: &Desk, part: &ProposalPart, key: &IdempotencyKey) {
    let parts = &desk.assistant.parts;
    let order = order_of(desk, part.order.as_ref().unwrap().as_str()).await;
    let event = Event {
        seq: 1,
        at_ms: 0,
        body: EventBody::IdentityProved(IdentityProved {
            proof: Proof::Customer {
                customer: order.customer.clone(),
                method: ProofMethod::Token,
            },
        }),
    };
    let identity = Identity::fold(&[event]);
    let context = ToolContext {
        orders: identity.orders(),
        customer: identity.customer(),
        ..crate::support::context(&parts.shop, &parts.knowledge)
    };
    let Some(Runs::Confirm(run)) = parts.tools.get(&part.tool).map(|tool| &tool.run) else {
        panic!("it proposes")
    };
    let done = run.execute(&context, part.arguments.clone(), key).await;
    done.unwrap();
    assert_eq!(returns(desk, order.number.as_str()).await.len(), 1);
}

#[tokio::test]
async fn two_returns_of_two_orders_are_one_proposal_and_one_yes() {
    let (desk, model, made) = shown().await;
    let own = desk.order().to_owned();
    let parts = made.parts();
    assert_eq!(parts.len(), 2);
    assert_eq!(made.order.as_ref().unwrap().as_str(), own);
    let sum = parts[0].amount.unwrap().plus(parts[1].amount.unwrap());
    assert_eq!(made.amount, sum);
    let cards: Vec<Card> = desk
        .log()
        .await
        .into_iter()
        .filter_map(|event| match event.body {
            EventBody::Shown(shown) => shown.private,
            _ => None,
        })
        .collect();
    let [Card::Proposal(card)] = cards.as_slice() else {
        panic!("one card: {cards:?}");
    };
    assert_eq!(card.hash, made.hash);
    assert_eq!(card.parts.len(), 2);
    for part in &parts {
        assert!(card.title.contains(&part.title), "{card:?}");
        for line in &part.lines {
            let whole = format!("{}: {line}", part.title);
            assert!(card.lines.contains(&whole), "{card:?}");
        }
    }

    let reply = desk.says("yes").await;
    for order in [own.as_str(), SECOND] {
        let made = returns(&desk, order).await;
        assert_eq!(made.len(), 1);
        assert!(reply.contains(made[0].number.as_str()), "{reply}");
    }
    let first = reply.find(&format!("order {own}")).unwrap();
    assert!(
        first < reply.find("order 70007").unwrap(),
        "in order: {reply}"
    );
    let finished = finished(&desk).await.remove(0);
    assert_eq!(finished.outcome, ToolOutcome::Done);
    let outcomes: Vec<_> = finished.parts().iter().map(|part| part.outcome).collect();
    assert_eq!(outcomes, [Some(ToolOutcome::Done); 2]);
    assert_eq!(finished.private.unwrap().cards.len(), 2, "a slip each");

    let ledger = desk.store.ledger(&desk.id).await.unwrap();
    let key = effect_key(&desk.id, &made.proposal);
    let keys: Vec<_> = ledger
        .iter()
        .map(|row| (row.key.clone(), row.amount))
        .collect();
    let wanted = [0, 1].map(|at| (part_key(&key, at), parts[at].amount));
    assert_eq!(keys, wanted);
    assert_eq!(states(&desk).await, [LedgerState::Done; 2]);
    let now = desk.assistant.parts.clock.now_ms();
    let mails = desk.store.claim_outbox("m", now, 9).await.unwrap();
    assert_eq!(mails.len(), 2, "a letter each");

    desk.says("yes").await;
    assert_eq!(
        returns(&desk, &own).await.len(),
        1,
        "a second yes does nothing"
    );
    // The next model call sees both as done.
    let seen = model.requests().pop().unwrap().messages;
    let done = seen.iter().filter(|message| {
        matches!(message, Message::ToolResult { content, .. } if content.contains("return_number"))
    });
    assert_eq!(done.count(), 2);
}

/// What both come to together may be said; any other sum may not.
#[tokio::test]
async fn the_sum_may_be_said_and_no_other() {
    let (_, _, made) = shown().await;
    let sum = made.amount.unwrap();
    for (minor, may) in [(sum.minor, true), (sum.minor + 1, false)] {
        let said = attendant::domain::money::Money::new(minor, sum.currency);
        let (desk, model) = desk("delivered_two_items", |own| {
            let words = format!("Together you get {said} back for orders {own} and {SECOND}. ");
            let step = step(&[(own, 2), (SECOND, 2)]);
            vec![step, Answer::new().text(words), asks()]
        })
        .await;
        let reply = desk.says("both shirts are too small").await;
        assert_eq!(reply.contains(&said.to_string()), may, "{reply}");
        assert_eq!(model.left(), usize::from(may));
    }
}

/// What the model hides is said by code, of every part.
#[tokio::test]
async fn every_part_is_told_in_codes_words_when_the_models_hide_it() {
    let (desk, _, made) = shown().await;
    let reply = desk
        .log()
        .await
        .into_iter()
        .rev()
        .find_map(|event| match event.body {
            EventBody::Replied(replied) => replied.private,
            _ => None,
        });
    let reply = reply.unwrap().text;
    for part in made.parts() {
        let amount = part.amount.unwrap().to_string();
        assert!(
            reply.contains(&part.title) && reply.contains(&amount),
            "{reply}"
        );
    }
}

#[tokio::test]
async fn a_refused_part_does_not_stop_the_others() {
    let (desk, _, made) = shown().await;
    let parts = made.parts();
    registers(&desk, &parts[0], &IdempotencyKey::new("elsewhere")).await;
    let reply = desk.says("yes").await;
    let second = returns(&desk, SECOND).await.remove(0);
    assert_eq!(
        returns(&desk, desk.order()).await.len(),
        1,
        "only the other one"
    );
    assert!(reply.contains(second.number.as_str()), "{reply}");
    let refused = format!("{}: I have not registered the return", parts[0].title);
    assert!(reply.contains(&refused), "{reply}");
    assert_eq!(
        states(&desk).await,
        [LedgerState::Refused, LedgerState::Done]
    );
    let finished = finished(&desk).await.remove(0);
    assert_eq!(finished.outcome, ToolOutcome::Done);
    assert!(desk.store.bundles(&desk.id).await.unwrap().is_empty());
}

/// What breaks stops the rest, tells what was done, and goes to a person.
#[tokio::test]
async fn a_part_that_breaks_stops_the_rest_and_goes_to_a_person() {
    let (desk, _, mut made) = shown().await;
    // As a newer version of the shop may have left it: a tool that there is no more.
    let words = made.private.as_mut().unwrap();
    let gone = ProposalPart {
        tool: "gone".into(),
        title: "Something else".into(),
        ..words.parts[0].clone()
    };
    words.parts.insert(1, gone);
    made.proposal = ProposalId::new("p_three");
    let (confirmed, start) = confirmation(&desk.id, &made, ConfirmedBy::Button);
    let now = desk.assistant.parts.clock.now_ms();
    let bodies = vec![EventBody::ProposalMade(made.clone()), confirmed];
    let mut append = Append::new(Writer::Agent, now, bodies);
    append.ledger.extend(start);
    desk.store.append(&desk.id, append).await.unwrap();
    let reply = desk.says("and?").await;

    let first = returns(&desk, desk.order()).await.remove(0);
    assert!(returns(&desk, SECOND).await.is_empty());
    assert!(reply.contains(first.number.as_str()), "{reply}");
    assert!(
        reply.contains("Something else: Something went wrong"),
        "{reply}"
    );
    let not_tried = format!("{}: I have not begun this", made.parts()[2].title);
    assert!(reply.contains(&not_tried), "{reply}");
    let wanted = [LedgerState::Done, LedgerState::Failed, LedgerState::Refused];
    assert_eq!(states(&desk).await, wanted);
    let bundle = desk.store.bundles(&desk.id).await.unwrap().remove(0);
    assert_eq!(bundle.reason, HandOffReason::Failure);
    let outcomes = bundle.calls.iter().rev().take(3).rev();
    let outcomes: Vec<&str> = outcomes.map(|call| call.outcome.as_str()).collect();
    assert_eq!(outcomes, ["done", "failed", "not tried"]);
    let done = bundle
        .promises
        .iter()
        .filter(|one| one.text.contains(first.number.as_str()));
    assert_eq!(done.count(), 1, "{:?}", bundle.promises);
    assert!(
        bundle.assessment.stopped.contains("gone"),
        "{:?}",
        bundle.assessment
    );
}

/// The process dies after the first part: the next one repeats nothing and does the rest.
#[tokio::test]
async fn killed_between_parts_it_goes_on_and_repeats_nothing() {
    for done_before in 0..=2 {
        let (desk, _, made) = shown().await;
        let (confirmed, start) = confirmation(&desk.id, &made, ConfirmedBy::Button);
        let now = desk.assistant.parts.clock.now_ms();
        let mut append = Append::new(Writer::Agent, now, vec![confirmed]);
        append.ledger.extend(start);
        desk.store.append(&desk.id, append).await.unwrap();
        let key = effect_key(&desk.id, &made.proposal);
        for (at, part) in made.parts().iter().enumerate().take(done_before) {
            registers(&desk, part, &part_key(&key, at)).await;
        }
        let reply = desk.says("are you there?").await;
        for order in [desk.order(), SECOND] {
            let made = returns(&desk, order).await;
            assert_eq!(made.len(), 1, "{done_before}");
            assert!(reply.contains(made[0].number.as_str()), "{reply}");
        }
        assert_eq!(states(&desk).await, [LedgerState::Done; 2]);
        let mails = desk.store.claim_outbox("m", now, 9).await.unwrap();
        assert_eq!(mails.len(), 2, "{done_before}");
    }
}

/// The words were erased after the yes: nothing is done, and nothing stays begun.
#[tokio::test]
async fn erased_between_yes_and_effect_no_part_stays_begun() {
    let (desk, _, made) = shown().await;
    let (confirmed, start) = confirmation(&desk.id, &made, ConfirmedBy::Button);
    let now = desk.assistant.parts.clock.now_ms();
    let mut append = Append::new(Writer::Agent, now, vec![confirmed]);
    append.ledger.extend(start);
    desk.store.append(&desk.id, append).await.unwrap();
    desk.store.erase(&desk.id, now).await.unwrap();
    let lease = desk.writes("hello").await.unwrap();
    desk.assistant.run(lease).await.unwrap();
    assert_eq!(states(&desk).await, [LedgerState::Failed; 2]);
    let bundle = desk.store.bundles(&desk.id).await.unwrap().remove(0);
    assert_eq!(bundle.reason, HandOffReason::Failure);
    assert!(returns(&desk, SECOND).await.is_empty());
}

#[tokio::test]
async fn what_takes_the_same_is_not_prepared_twice() {
    let (desk, model) = desk("delivered_two_items", |own| {
        let bad = ("no-such-order", 1);
        vec![step(&[(own, 2), (own, 2), bad, (SECOND, 1)]), asks()]
    })
    .await;
    desk.says("send these back").await;
    let parts = open(&desk).await.unwrap().parts();
    let orders: Vec<&str> = parts
        .iter()
        .map(|p| p.order.as_ref().unwrap().as_str())
        .collect();
    assert_eq!(orders, [desk.order(), SECOND], "the good ones");
    let told: Vec<String> = model.requests()[1]
        .messages
        .iter()
        .filter_map(|message| match message {
            Message::ToolResult { content, .. } => Some(content.to_string()),
            _ => None,
        })
        .collect();
    assert_eq!(told.len(), 4);
    let hints = told
        .iter()
        .filter(|content| content.starts_with("This was not prepared"));
    assert_eq!(hints.count(), 1, "{told:?}");
}

/// "Yes, but only …" makes a new proposal, which takes the place of the whole.
#[tokio::test]
async fn an_edit_before_the_yes_takes_the_place_of_the_whole() {
    let (desk, model) = desk("delivered_two_items", |own| {
        let both = step(&[(own, 2), (SECOND, 2)]);
        vec![both, asks(), step(&[(SECOND, 2)]), asks()]
    })
    .await;
    desk.says("both shirts are too small").await;
    let before = open(&desk).await.unwrap();
    desk.says("yes, but only the second one").await;
    // The model was told what waits, with the arguments to prepare it again by.
    let now = model.requests()[2]
        .messages
        .iter()
        .find_map(|message| match message {
            Message::Context(text) => Some(text.to_string()),
            _ => None,
        });
    let now = now.unwrap();
    let line = now
        .lines()
        .find_map(|line| line.strip_prefix("open_proposal: "));
    let waits: Vec<ProposalPart> = serde_json::from_str(line.unwrap()).unwrap();
    assert_eq!(waits, before.parts());

    let after = open(&desk).await.unwrap();
    assert_eq!(after.parts().len(), 1);
    assert!(desk.log().await.iter().any(|event| matches!(&event.body,
        EventBody::ProposalClosed(closed)
            if closed.proposal == before.proposal && closed.why == ClosedWhy::Replaced)));
    let chat = Chat::new(desk.assistant.clone());
    let hash = before.hash.clone();
    let old = before.proposal.as_str();
    let pressed = chat.decide(&desk.id, old, Decision::Confirm { hash }).await;
    assert!(pressed.is_err(), "the old card does nothing");
    desk.says("yes").await;
    assert!(returns(&desk, desk.order()).await.is_empty());
    assert_eq!(returns(&desk, SECOND).await.len(), 1);
}

/// Two clicks and a typed yes at once: every part once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pressed_twice_and_typed_at_once_every_part_is_done_once() {
    for _ in 0..4 {
        let (desk, _, made) = shown().await;
        let chat = Chat::new(desk.assistant.clone());
        let press = || {
            let (chat, id) = (chat.clone(), desk.id.clone());
            let (proposal, hash) = (made.proposal.clone(), made.hash.clone());
            tokio::spawn(async move {
                let decision = Decision::Confirm { hash };
                chat.decide(&id, proposal.as_str(), decision).await
            })
        };
        let presses = [press(), press()];
        if let Some(lease) = desk.writes("yes").await {
            desk.assistant.run(lease).await.unwrap();
        }
        for pressed in presses {
            pressed.await.unwrap().unwrap();
        }
        // Whoever holds the conversation finishes it.
        while finished(&desk).await.is_empty() {
            tokio::task::yield_now().await;
        }
        for order in [desk.order(), SECOND] {
            assert_eq!(returns(&desk, order).await.len(), 1);
        }
        assert_eq!(finished(&desk).await.len(), 1);
        assert_eq!(states(&desk).await, [LedgerState::Done; 2]);
    }
}

/// One part above the limit parks the whole, for one decision.
#[tokio::test]
async fn one_part_above_the_limit_parks_the_whole() {
    let (desk, _) = desk("delivered_two_items", |own| {
        let words = "A colleague decides this one and answers you here.";
        vec![step(&[(own, 2), (DEAR, 2)]), Answer::new().text(words)]
    })
    .await;
    let mut dear = order_of(&desk, SECOND).await;
    dear.number = OrderNumber::new(DEAR);
    dear.lines[1].unit_price.minor = 40_000;
    let buyer = Buyer::Id(dear.customer.clone());
    desk.store.put_orders(vec![(buyer, dear)]).await.unwrap();
    desk.says("send both back, too small").await;
    assert!(open(&desk).await.is_none(), "nothing waits for the shopper");
    let made = desk
        .log()
        .await
        .into_iter()
        .find_map(|event| match event.body {
            EventBody::ProposalMade(made) => Some(made),
            _ => None,
        });
    let made = made.unwrap();
    assert_eq!(made.approver, Approver::Agent);
    let bundle = desk.store.bundles(&desk.id).await.unwrap().remove(0);
    assert_eq!(bundle.reason, HandOffReason::NeedsApproval);
    let action = bundle.proposed_action.unwrap();
    assert_eq!(action.parts, made.parts());
    assert_eq!(action.parts.len(), 2);
    assert_eq!(action.amount, made.amount);
    assert!(returns(&desk, SECOND).await.is_empty());
    append(&desk, vec![]).await;
    assert!(states(&desk).await.is_empty());
}

/// A proposal expires as a whole.
#[tokio::test]
async fn it_expires_as_a_whole() {
    let (desk, _, made) = shown().await;
    let late = ProposalMade {
        proposal: ProposalId::new("p_late"),
        expires_ms: 1,
        ..made
    };
    append(&desk, vec![EventBody::ProposalMade(late.clone())]).await;
    let chat = Chat::new(desk.assistant.clone());
    let (id, hash) = (late.proposal.as_str(), late.hash.clone());
    let pressed = chat.decide(&desk.id, id, Decision::Confirm { hash }).await;
    assert!(pressed.is_err());
    assert!(states(&desk).await.is_empty());
    assert!(open(&desk).await.is_none());
}
