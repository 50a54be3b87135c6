//! Somebody else comes into a conversation: what was there is not theirs, whatever was under way.

use std::sync::Arc;

use attendant::agent::handoff::{self, Asked};
use attendant::channels::chat::{ChatError, Decision, Follow};
use attendant::domain::bundle::HandOffReason;
use attendant::domain::conversation::Status;
use attendant::model::ModelRequest;
use attendant::store::feed::Live;
use attendant::store::ledger::LedgerState;
use attendant::store::log::{Append, Writer};
use tokio::sync::Semaphore;

use super::*;

/// Every word of a customer's orders that must not reach anybody else.
fn secrets(customer: &Customer, orders: &[Order]) -> Vec<String> {
    let mut words = vec![customer.email.clone()];
    for order in orders {
        words.push(order.number.to_string());
        words.extend(order.lines.iter().map(|line| line.title.clone()));
    }
    words
}

fn assert_free(text: &str, secrets: &[String]) {
    let told: Vec<_> = secrets.iter().filter(|word| text.contains(*word)).collect();
    assert!(told.is_empty(), "{told:?} in {text}");
}

/// Two customers who share no word.
async fn two(place: &Place) -> ((Customer, Vec<Order>), (Customer, Vec<Order>)) {
    (
        place.shopper("waiting").await,
        place.shopper("new_customer").await,
    )
}

async fn looks_up(talk: &Talk<'_>) -> Result<Value, String> {
    talk.says(&call("lookup_order", &json!({"order_number": null})))
        .await;
    talk.result().await
}

/// What the model was asked with last.
fn newest(model: &Scripted) -> String {
    let requests = model.requests();
    format!("{:?}", requests.last().unwrap().messages)
}

#[tokio::test]
async fn another_customers_sign_in_is_a_wall() {
    let model = puppet();
    let place = Place::new(model.clone()).await;
    let ((one, orders), (two, _)) = two(&place).await;
    let talk = place.talk(Some(&one)).await;
    assert!(looks_up(&talk).await.is_ok());
    let hidden = secrets(&one, &orders);
    assert!(talk.shown().await.contains(&hidden[1]));
    let identified = place
        .chat
        .identify(&talk.id, Some(signed_in(&two)))
        .await
        .unwrap();
    assert_eq!(talk.customer().await, Some(two.id.clone()));

    // From the log: nothing that stands before, whatever place a client names.
    for after in [0, 1, identified.hidden_through] {
        let mut follow = place.chat.follow(&talk.id, after, Until::Done);
        let mut told = String::new();
        while let Some(event) = follow.next().await.unwrap() {
            assert!(event.id.is_none_or(|id| id > identified.hidden_through));
            told.push_str(&event.data.to_string());
        }
        assert_free(&told, &hidden);
        assert!(told.contains("cleared"), "{told}");
    }
    // To the model: neither lines nor the shopper's words nor facts.
    let said = looks_up(&talk).await;
    assert!(said.is_err(), "{said:?}");
    assert_free(&newest(&model), &hidden);
    talk.says("hello again").await;
    assert_free(&newest(&model), &hidden);
    let session = talk.session().await;
    assert!(session.evidence.facts().is_empty());
    assert_free(session.evidence.shopper_words(), &hidden);
    assert_free(&talk.shown().await, &hidden);
    // A person who takes over gets what is of this customer.
    let asked = Asked {
        reason: HandOffReason::ShopperAsked,
        id: BundleId::new("b"),
        now_ms: 1,
        zone: &demo::profile().zone,
        told: None,
        segment: None,
        used_up: None,
    };
    let bundle = handoff::build(&session, &place.store, asked).await.unwrap();
    assert_free(&format!("{bundle:?}"), &hidden);
}

#[tokio::test]
async fn a_sign_out_is_a_wall_and_the_same_customer_again_is_nothing() {
    let place = Place::new(puppet()).await;
    let ((one, orders), _) = two(&place).await;
    let talk = place.talk(Some(&one)).await;
    looks_up(&talk).await.unwrap();
    let before = talk.log().await.len();
    place
        .chat
        .identify(&talk.id, Some(signed_in(&one)))
        .await
        .unwrap();
    assert_eq!(talk.log().await.len(), before);
    place.chat.identify(&talk.id, None).await.unwrap();
    assert_free(&talk.shown().await, &secrets(&one, &orders));
    assert!(!talk.session().await.turn.identity().is_proved());
    assert!(
        looks_up(&talk)
            .await
            .unwrap_err()
            .contains("e-mail address")
    );
    // Nobody is signed in: out again is nothing.
    let before = talk.log().await.len();
    place.chat.identify(&talk.id, None).await.unwrap();
    assert_eq!(talk.log().await.len(), before);
    // And back in, what stood before the wall stays behind it.
    place
        .chat
        .identify(&talk.id, Some(signed_in(&one)))
        .await
        .unwrap();
    assert_free(&talk.shown().await, &[orders[0].lines[0].title.clone()]);
    assert!(looks_up(&talk).await.is_ok());
}

#[tokio::test]
async fn a_first_proof_and_one_of_the_orders_owner_are_no_wall() {
    let place = Place::new(puppet()).await;
    let (customer, orders) = place.shopper("waiting").await;
    let talk = place.talk(None).await;
    talk.says("hello, it is about my jacket").await;
    let args = by_order(orders[0].number.as_str(), Some(&customer.email), None);
    talk.proves(&args).await.unwrap();
    place
        .chat
        .identify(&talk.id, Some(signed_in(&customer)))
        .await
        .unwrap();
    assert!(talk.shown().await.contains("about my jacket"));
    let head = place.store.head(&talk.id).await.unwrap();
    assert_eq!((head.hidden_through, head.episode), (0, 1));
    // An order that is somebody else's: its owner is not who signs in.
    let (other, _) = place.shopper("late").await;
    let talk = place.talk(None).await;
    talk.proves(&args).await.unwrap();
    place
        .chat
        .identify(&talk.id, Some(signed_in(&other)))
        .await
        .unwrap();
    assert_free(&talk.shown().await, &[orders[0].number.to_string()]);
}

/// A code that the present shopper types proves somebody else in the middle of their turn: their
/// message stays, and nothing of before.
#[tokio::test]
async fn a_code_in_the_middle_of_a_turn_walls_off_what_was_before_it() {
    let model = puppet();
    let place = Place::new(model.clone()).await;
    let ((one, orders), _) = two(&place).await;
    let (late, theirs) = place.shopper("late").await;
    let hidden = secrets(&one, &orders);
    let talk = place.talk(Some(&one)).await;
    looks_up(&talk).await.unwrap();
    talk.proves(&by_email(&late.email)).await.unwrap();
    let code = place.mailed_code(&late.email).await.unwrap();
    // In the same step the model looks up as well: that was for who was there before.
    let both = format!(
        "{code} >>lookup_order {} >>verify_identity {} >>lookup_order {}",
        json!({"order_number": null}),
        by_code(&code),
        json!({"order_number": orders[0].number}),
    );
    talk.says(&both).await;
    assert_eq!(talk.customer().await, Some(late.id.clone()));
    let shown = talk.shown().await;
    assert!(
        shown.contains(&format!("{code} >>")),
        "the message stays: {shown}"
    );
    // They wrote a number of the other's order themselves; of what was told of it, nothing is left.
    assert_free(
        &shown,
        &[one.email.clone(), orders[0].lines[0].title.clone()],
    );
    let session = talk.session().await;
    assert!(!format!("{:?}", session.evidence.facts()).contains(orders[0].number.as_str()));
    assert!(!format!("{:?}", session.lines).contains(&orders[0].lines[0].title));
    assert!(!newest(&model).contains(&orders[0].lines[0].title));
    assert!(
        !session
            .turn
            .identity()
            .orders()
            .unwrap()
            .covers(&orders[0].number, &one.id)
    );
    looks_up(&talk).await.unwrap();
    assert!(talk.shown().await.contains(theirs[0].number.as_str()));
    assert_free(&talk.shown().await, &hidden[..1]);
    assert_eq!(model.violations(), Vec::<String>::new());
}

/// What was said in the turn before the proof is taken back: it was said to somebody else.
#[tokio::test]
async fn what_left_before_the_proof_of_the_same_turn_is_taken_back() {
    let code = Arc::new(std::sync::Mutex::new(String::new()));
    let typed = code.clone();
    let model = Scripted::by(
        move |request: &ModelRequest| match request.messages.last() {
            Some(Message::ToolResult { .. }) => Answer::new().text("Good to see you."),
            Some(Message::User(text)) if text.starts_with("my code") => {
                let args = by_code(&typed.lock().unwrap());
                Answer::new()
                    .text("You asked about a jacket. ")
                    .call("c", "verify_identity", args)
            }
            _ => Answer::new().call("c", "verify_identity", by_email("late@example.com")),
        },
    );
    let place = Place::new(model).await;
    let ((one, _), _) = two(&place).await;
    let (late, _) = place.shopper("late").await;
    let talk = place.talk(Some(&one)).await;
    let attempt = attendant::store::proofs::Try {
        conversation: talk.id.clone(),
        secret: [7; 32],
        now_ms: place.clock.now_ms(),
    };
    let new = attendant::store::proofs::NewCode {
        email: late.email.clone(),
        code: "135790".into(),
        key: "k".into(),
    };
    place
        .store
        .send_code(attempt, new, |_| String::new())
        .await
        .unwrap();
    *code.lock().unwrap() = "135790".into();
    let mut live = place.store.feed().subscribe(&talk.id);
    talk.says("my code is 135790").await;
    let shown = talk.shown().await;
    assert!(
        shown.contains("Good to see you.") && !shown.contains("jacket"),
        "{shown}"
    );
    let mut said = String::new();
    while let Ok(event) = live.try_recv() {
        match event {
            Live::Reset { .. } => said.clear(),
            Live::Delta { text, .. } => said.push_str(&text),
            _ => {}
        }
    }
    assert_eq!(said, "Good to see you.");
}

/// A model that says a sentence, waits to be let on, and says another.
fn slow(gate: &Arc<Semaphore>) -> Scripted {
    let gate = gate.clone();
    Scripted::by(move |_| {
        Answer::new()
            .text("First of all, good morning. And")
            .wait(&gate)
            .text(" here is the secret part. More.")
    })
}

async fn until_first_sentence(follow: &mut Follow) {
    while follow.next().await.unwrap().unwrap().name != "delta" {}
}

#[tokio::test]
async fn a_wall_stops_an_answer_that_is_being_given() {
    let gate = Arc::new(Semaphore::new(0));
    let place = Place::new(slow(&gate)).await;
    let ((one, _), (two, _)) = two(&place).await;
    let talk = place.talk(Some(&one)).await;
    let incoming = Incoming::text("where is it?");
    let mut follow = place.chat.follow(&talk.id, 0, Until::Forever);
    place.chat.receive(&talk.id, incoming).await.unwrap();
    until_first_sentence(&mut follow).await;
    place
        .chat
        .identify(&talk.id, Some(signed_in(&two)))
        .await
        .unwrap();
    gate.add_permits(100);
    place.assistant.drain().await;

    let head = place.store.head(&talk.id).await.unwrap();
    assert!(
        !head.has_work(),
        "nobody answers the earlier question: {head:?}"
    );
    let log = talk.log().await;
    assert!(
        !log.iter()
            .any(|event| matches!(event.body, EventBody::Replied(_)))
    );
    let mut rest = String::new();
    while let Some(event) = follow.next().await.unwrap() {
        rest.push_str(&event.data.to_string());
        if event.name == "done" {
            break;
        }
    }
    assert!(!rest.contains("secret"), "{rest}");
    assert_eq!(talk.shown().await.matches("good morning").count(), 0);
    assert_eq!(place.store.feed().unfinished(&talk.id), Default::default());
}

/// Signing in while the assistant answers a stranger: the answer starts over with what is known now.
#[tokio::test]
async fn a_first_sign_in_lets_the_answer_start_over() {
    let gate = Arc::new(Semaphore::new(0));
    let held = gate.clone();
    let model = Scripted::by(move |request| {
        let asked = format!("{:?}", request.messages);
        if asked.contains("customer: signed in") {
            Answer::new().text("Welcome back.")
        } else {
            Answer::new()
                .text("Hello, stranger. And")
                .wait(&held)
                .text(" so on.")
        }
    });
    let place = Place::new(model).await;
    let (customer, _) = place.shopper("waiting").await;
    let talk = place.talk(None).await;
    let mut follow = place.chat.follow(&talk.id, 0, Until::Forever);
    let incoming = Incoming::text("hello");
    place.chat.receive(&talk.id, incoming).await.unwrap();
    until_first_sentence(&mut follow).await;
    place
        .chat
        .identify(&talk.id, Some(signed_in(&customer)))
        .await
        .unwrap();
    while follow.next().await.unwrap().unwrap().name != "done" {}
    let shown = talk.shown().await;
    assert!(
        shown.contains("Welcome back.") && !shown.contains("stranger"),
        "{shown}"
    );
    gate.add_permits(9);
}

/// The first customer's return of an order, proposed and shown.
async fn proposed(talk: &Talk<'_>, order: &Order) -> (ProposalId, String) {
    let args = json!({
        "order_number": order.number,
        "items": [{"line": 2, "quantity": 1, "reason": "size_too_small"}],
    });
    talk.says(&call(
        "lookup_order",
        &json!({"order_number": order.number}),
    ))
    .await;
    talk.says(&call("start_return", &args)).await;
    let session = talk.session().await;
    let made = session.turn.proposal().expect("a proposal is open");
    (made.proposal.clone(), made.hash.clone())
}

#[tokio::test]
async fn an_open_proposal_is_void_behind_a_wall() {
    let place = Place::new(puppet()).await;
    let (one, orders) = place.shopper("delivered_two_items").await;
    let (two, _) = place.shopper("new_customer").await;
    let talk = place.talk(Some(&one)).await;
    let (proposal, hash) = proposed(&talk, &orders[0]).await;
    place
        .chat
        .identify(&talk.id, Some(signed_in(&two)))
        .await
        .unwrap();
    talk.says("yes").await;
    let pressed = place
        .chat
        .decide(&talk.id, proposal.as_str(), Decision::Confirm { hash })
        .await;
    assert!(
        matches!(pressed, Err(ChatError::ProposalUnknown)),
        "{pressed:?}"
    );
    let returns = place.store.returns_of(&orders[0].number).await.unwrap();
    assert!(returns.is_empty());
    assert!(place.store.ledger(&talk.id).await.unwrap().is_empty());
}

/// A yes that stands in the log is carried out for who gave it, and told to nobody else.
#[tokio::test]
async fn a_confirmed_write_is_finished_behind_a_wall_and_told_to_nobody() {
    let model = puppet();
    let place = Place::new(model.clone()).await;
    let (one, orders) = place.shopper("delivered_two_items").await;
    let (two, _) = place.shopper("new_customer").await;
    let talk = place.talk(Some(&one)).await;
    let (proposal, _) = proposed(&talk, &orders[0]).await;
    // Confirmed, and the process that would carry it out is gone before it begins.
    let session = talk.session().await;
    let made = session.turn.proposal().unwrap().clone();
    let (confirmed, start) =
        attendant::agent::driver::confirmation(&talk.id, &made, ConfirmedBy::Button);
    let writer = attendant::store::log::Writer::Agent;
    let now = place.clock.now_ms();
    let mut append = attendant::store::log::Append::new(writer, now, vec![confirmed]);
    append.ledger.extend(start);
    place.store.append(&talk.id, append).await.unwrap();

    place
        .chat
        .identify(&talk.id, Some(signed_in(&two)))
        .await
        .unwrap();
    let mut follow = place.chat.follow(&talk.id, 0, Until::Done);
    while follow.next().await.unwrap().is_some() {}
    let returns = place.store.returns_of(&orders[0].number).await.unwrap();
    assert_eq!(returns.len(), 1);
    let ledger = place.store.ledger(&talk.id).await.unwrap();
    assert_eq!(ledger[0].state, LedgerState::Done);
    let finished = |event: &Event| matches!(&event.body, EventBody::EffectFinished(finished) if finished.proposal == proposal);
    assert_eq!(
        talk.log()
            .await
            .iter()
            .filter(|event| finished(event))
            .count(),
        1
    );
    // Its mail is the first customer's.
    let mails = place.store.claim_outbox("m", now, 9).await.unwrap();
    assert!(mails.iter().all(|mail| mail.body.contains(&one.email)) && mails.len() == 1);

    talk.says("hello").await;
    let mut hidden = secrets(&one, &orders);
    hidden.push(returns[0].number.to_string());
    assert_free(&talk.shown().await, &hidden);
    assert_free(&newest(&model), &hidden);
    assert!(talk.session().await.turn.effects_untold().is_empty());
}

#[tokio::test]
async fn whoever_comes_is_not_the_one_whom_a_person_serves() {
    let place = Place::new(puppet()).await;
    let ((one, _), (two, _)) = two(&place).await;
    let talk = place.talk(Some(&one)).await;
    talk.says(&call(
        "hand_off",
        &json!({"reason": "shopper_asked", "summary": "help"}),
    ))
    .await;
    assert_eq!(
        place.store.head(&talk.id).await.unwrap().status,
        Status::Waiting
    );
    place
        .chat
        .identify(&talk.id, Some(signed_in(&two)))
        .await
        .unwrap();
    let head = place.store.head(&talk.id).await.unwrap();
    assert_eq!((head.status, head.episode), (Status::Open, 2));
    assert_eq!(talk.session().await.turn.status(), Status::Open);
}

/// Many storefront calls at once: the log has one order of them, and its last word is in force.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sign_ins_and_messages_at_once_leave_one_order() {
    let place = Arc::new(Place::new(puppet()).await);
    let ((one, _), (two, _)) = two(&place).await;
    let id = place.talk(None).await.id;
    let mut tasks = Vec::new();
    for n in 0..12 {
        let (place, id) = (place.clone(), id.clone());
        let who = [Some(signed_in(&one)), Some(signed_in(&two)), None][n % 3].clone();
        tasks.push(tokio::spawn(async move {
            // Too much at once may be told to try again, and then has changed nothing.
            let done = place.chat.identify(&id, who).await;
            assert!(matches!(done, Ok(_) | Err(ChatError::Busy)), "{done:?}");
            let incoming = Incoming::text(format!("message {n}"));
            place.chat.receive(&id, incoming).await.unwrap();
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    let mut follow = place.chat.follow(&id, 0, Until::Done);
    while follow.next().await.unwrap().is_some() {}
    let talk = Talk { place: &place, id };
    let (head, session) = (
        place.store.head(&talk.id).await.unwrap(),
        talk.session().await,
    );
    let proved = session.turn.identity().customer();
    assert_eq!(head.customer, proved.map(|scope| scope.customer().clone()));
    let walls = talk
        .log()
        .await
        .into_iter()
        .filter_map(|event| match event.body {
            EventBody::IdentityDropped(dropped) => Some((dropped.through.unwrap(), event.seq)),
            _ => None,
        });
    for (through, seq) in walls {
        assert_eq!(
            through + 1,
            seq,
            "a wall of the storefront stands right behind what it hides"
        );
    }
}

/// What else the shopper has done behind an open message is theirs with it: a wall that their own
/// proof puts up stands before both.
#[tokio::test]
async fn read_marks_ratings_and_the_button_do_not_move_a_wall_behind_an_open_message() {
    let place = Place::new(puppet()).await;
    let ((one, _), _) = two(&place).await;
    let id = place.talk(Some(&one)).await.id;
    let before = place.store.head(&id).await.unwrap().last_seq;
    let wrote = |text: &str| {
        EventBody::ShopperWrote(ShopperWrote {
            message: MessageId::new("m"),
            client_id: None,
            private: Some(ShopperWords::new(text)),
        })
    };
    let rated = Rated {
        stars: 3,
        private: None,
    };
    let read = MarkedRead {
        by: Reader::Shopper,
        through: 1,
    };
    for event in [
        wrote("the code is 123456"),
        EventBody::MarkedRead(read),
        EventBody::Rated(rated),
        EventBody::PersonAsked(PersonAsked { client_id: None }),
    ] {
        let append = Append::new(Writer::Agent, 1, vec![event]);
        place.store.append(&id, append).await.unwrap();
    }
    let session = Session::load(&place.store, &id).await.unwrap();
    assert_eq!(session.before_turn(), before);
}
