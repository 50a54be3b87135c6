//! What the assistant does by itself, by channel and action; and dry runs, in which it does nothing.

use std::collections::BTreeMap;

use attendant::agent::approvals::{Approvals, Decision};
use attendant::agent::driver::{Parts, effect_key};
use attendant::channels::chat::{Chat, Until};
use attendant::domain::autonomy::Autonomy;
use attendant::domain::bundle::HandOffReason;
use attendant::domain::conversation::Status;
use attendant::domain::event::*;
use attendant::domain::ids::{ConversationId, ProposalId};
use attendant::model::scripted::{Answer, Scripted};
use attendant::model::{Message, ModelRequest};
use attendant::store::approvals::Approval;
use attendant::store::effects::PAUSED;
use attendant::store::feed::Live;
use attendant::store::ledger::LedgerState;
use serde_json::json;

use crate::driver::{Desk, asked};

/// Returns the second item of the order that a message names; `cart` tries to fill a cart.
fn returner() -> Scripted {
    Scripted::by(|request| match request.messages.last() {
        Some(Message::ToolResult { .. }) => Answer::new().text("This is how it stands."),
        _ if said(request).contains("return order") => {
            let items = json!([{"line": 2, "quantity": 1, "reason": "size_too_small"}]);
            let arguments = json!({"order_number": asked(request), "items": items});
            Answer::new().call(&id(request), "start_return", arguments)
        }
        _ if said(request).contains("cart") => {
            let arguments = json!({"product": "shirt", "quantity": 1});
            Answer::new().call(&id(request), "add_to_cart", arguments)
        }
        _ => Answer::new().text("Hello. What can I do for you?"),
    })
}

fn said(request: &ModelRequest) -> String {
    let newest = request
        .messages
        .iter()
        .rev()
        .find_map(|message| match message {
            Message::User(text) => Some(text.to_string()),
            _ => None,
        });
    newest.unwrap_or_default()
}

fn id(request: &ModelRequest) -> String {
    format!("c{}", request.messages.len())
}

async fn desk(model: &Scripted, settings: &[(&str, &str, &str)], dry_run: bool) -> Desk {
    let mut autonomy = Autonomy::default();
    for (channel, action, level) in settings {
        autonomy.set(channel, action, level).unwrap();
    }
    let set = |parts: &mut Parts| {
        parts.autonomy = autonomy;
        parts.dry_run = dry_run;
    };
    Desk::with("delivered_two_items", model, set).await
}

async fn return_it(desk: &Desk) -> String {
    desk.says(&format!("return order {} please, too small", desk.order()))
        .await
}

async fn waiting(desk: &Desk) -> Vec<Approval> {
    desk.store.approvals_waiting(None, 9).await.unwrap()
}

async fn approve(desk: &Desk, proposal: &ProposalId) {
    let hash = desk.store.approval(proposal).await.unwrap().made.hash;
    let yes = Decision {
        by: "Mara".into(),
        hash: Some(hash),
        approved: true,
        amount: None,
        words: String::new(),
    };
    let approvals = Approvals::new(desk.assistant.clone());
    approvals.decide(proposal, &yes).await.unwrap();
    let mut follow = Chat::new(desk.assistant.clone()).follow(&desk.id, 0, Until::Done);
    while follow.next().await.unwrap().is_some() {}
}

/// Every row of every table that is not a conversation's own, as text.
fn shop_tables(desk: &Desk) -> BTreeMap<String, Vec<String>> {
    const OF_CONVERSATIONS: [&str; 9] = [
        "conversations",
        "events",
        "payloads",
        "outbox",
        "ledger",
        "bundles",
        "approvals",
        "attachments",
        "model_usage",
    ];
    let file = desk.folder.path().join("attendant.db");
    let connection = rusqlite::Connection::open(file).unwrap();
    let tables: Vec<String> = connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
        .unwrap()
        .query_map((), |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let mut all = BTreeMap::new();
    for table in tables {
        if OF_CONVERSATIONS.contains(&table.as_str()) {
            continue;
        }
        let mut statement = connection
            .prepare(&format!("SELECT * FROM {table}"))
            .unwrap();
        let columns = statement.column_count();
        let mut rows = statement
            .query_map((), |row| {
                let values = (0..columns).map(|at| row.get_ref(at).map(|v| format!("{v:?}")));
                Ok(values.collect::<Result<Vec<_>, _>>()?.join("|"))
            })
            .unwrap()
            .map(Result::unwrap)
            .collect::<Vec<String>>();
        rows.sort();
        all.insert(table, rows);
    }
    assert!(all["orders"].len() > 5 && all.contains_key("returns"));
    all
}

async fn no_mail_waits(desk: &Desk) {
    let now = desk.assistant.parts.clock.now_ms();
    assert!(
        desk.store
            .claim_outbox("m", now, 9)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn a_dry_run_resolves_proposes_and_does_nothing() {
    let model = returner();
    let desk = desk(&model, &[], true).await;
    let before = shop_tables(&desk);
    return_it(&desk).await;
    let reply = desk.says("yes").await;
    assert!(reply.contains("dry run"), "{reply}");
    assert!(
        reply.contains("Return for order") && reply.contains("Refund: "),
        "{reply}"
    );
    assert_eq!(desk.returns().await, 0);
    assert_eq!(shop_tables(&desk), before);
    no_mail_waits(&desk).await;
    let ledger = desk.store.ledger(&desk.id).await.unwrap();
    assert_eq!((ledger.len(), ledger[0].state), (1, LedgerState::Refused));
    // The same really done does change them: the comparison sees it.
    let real = self::desk(&model, &[], false).await;
    let before = shop_tables(&real);
    return_it(&real).await;
    real.says("yes").await;
    assert_ne!(shop_tables(&real), before);
}

#[tokio::test]
async fn a_dry_run_approves_and_does_nothing() {
    let model = returner();
    let desk = desk(&model, &[("chat", "start_return", "draft")], true).await;
    let before = shop_tables(&desk);
    return_it(&desk).await;
    let proposal = waiting(&desk).await.remove(0).proposal;
    approve(&desk, &proposal).await;
    let reply = desk.last_reply().await;
    assert!(
        reply.contains("dry run") && !reply.contains("approved"),
        "{reply}"
    );
    assert_eq!(shop_tables(&desk), before);
    no_mail_waits(&desk).await;
}

#[tokio::test]
async fn a_drafted_action_waits_for_an_agent_whatever_its_amount() {
    let model = returner();
    let desk = desk(&model, &[("chat", "start_return", "draft")], false).await;
    let before = shop_tables(&desk);
    let reply = return_it(&desk).await;
    assert!(reply.starts_with("This is how it stands."), "{reply}");
    let parked = waiting(&desk).await;
    assert_eq!(parked.len(), 1);
    let whole = desk.store.approval(&parked[0].proposal).await.unwrap();
    assert!(whole.made.drafted && whole.made.amount.unwrap().minor < 15_000);
    let bundle = whole.bundle.unwrap();
    assert!(
        bundle.assessment.stopped.contains("a person decides"),
        "{:?}",
        bundle.assessment
    );
    let action = bundle.proposed_action.unwrap();
    assert!(!action.why.contains("above"), "{}", action.why);
    desk.says("yes").await;
    assert_eq!(shop_tables(&desk), before, "the shopper's yes does nothing");
    no_mail_waits(&desk).await;
    approve(&desk, &parked[0].proposal).await;
    assert_eq!(desk.returns().await, 1);
}

#[tokio::test]
async fn what_is_off_is_not_offered_and_not_run() {
    let model = returner();
    let desk = desk(&model, &[("chat", "start_return", "off")], false).await;
    return_it(&desk).await;
    let offered = |request: &ModelRequest| {
        let names = request.tools.iter().map(|tool| tool.name.clone());
        names.collect::<Vec<_>>()
    };
    let names = offered(&model.requests()[0]);
    assert!(!names.contains(&"start_return".to_owned()), "{names:?}");
    assert!(names.contains(&"lookup_order".to_owned()), "{names:?}");
    let returned = desk
        .log()
        .await
        .into_iter()
        .find_map(|event| match event.body {
            EventBody::ToolReturned(returned) => Some(returned),
            _ => None,
        });
    let returned = returned.unwrap();
    assert_eq!(returned.outcome, ToolOutcome::Retry);
    let content = returned.private.unwrap().content;
    assert!(
        content.starts_with("There is no tool named start_return"),
        "{content}"
    );
    assert_eq!(
        content.matches("start_return").count(),
        1,
        "nor is it listed: {content}"
    );
    let made = |event: &Event| matches!(event.body, EventBody::ProposalMade(_));
    assert!(!desk.log().await.iter().any(made));
}

#[tokio::test]
async fn each_channel_has_its_own_settings() {
    let model = returner();
    let settings = [
        ("email", "default", "draft"),
        ("api", "start_return", "off"),
    ];
    let desk = desk(&model, &settings, false).await;
    return_it(&desk).await;
    assert!(waiting(&desk).await.is_empty(), "a chat is as ever");
    desk.says("yes").await;
    assert_eq!(desk.returns().await, 1);
    for (channel, offered) in [(Channel::Api, false), (Channel::Email, true)] {
        let mail = Desk {
            id: ConversationId::new(channel.word()),
            ..self::desk(&model, &settings, false).await
        };
        let proved = mail_proof(&mail).await;
        mail.store
            .create_conversation(&mail.id, "h", channel, 1, vec![proved])
            .await
            .unwrap();
        return_it(&mail).await;
        let request = model.requests().pop().unwrap();
        let names: Vec<&str> = request
            .tools
            .iter()
            .map(|tool| tool.name.as_str())
            .collect();
        assert_eq!(names.contains(&"start_return"), offered, "{channel:?}");
        assert_eq!(
            waiting(&mail).await.len(),
            usize::from(offered),
            "{channel:?}"
        );
        assert_eq!(mail.returns().await, 0);
    }
}

/// The proof of the shopper whose conversation the desk has begun.
async fn mail_proof(desk: &Desk) -> EventBody {
    let all = desk.store.unfinished(i64::MAX, 9).await.unwrap();
    assert!(all.is_empty());
    let shoppers = attendant::shop::demo::shoppers(&desk.store).await.unwrap();
    let found = shoppers
        .iter()
        .find(|one| one.situation == "delivered_two_items");
    let email = &found.unwrap().email;
    let customer = desk.store.customer_by_email(email).await.unwrap().unwrap();
    EventBody::IdentityProved(IdentityProved {
        proof: attendant::domain::identity::Proof::Customer {
            customer: customer.id,
            method: attendant::domain::identity::ProofMethod::Terminal,
        },
    })
}

/// Nothing of a drafted answer leaves: it is in the bundle, and the shopper reads one sentence.
#[tokio::test]
async fn a_drafted_answer_is_in_the_bundle_and_nowhere_else() {
    let model = returner();
    let desk = desk(&model, &[("chat", "answer", "draft")], false).await;
    let before = shop_tables(&desk);
    let mut live = desk.store.feed().subscribe(&desk.id);
    let reply = desk.says("hello there").await;
    assert!(
        reply.starts_with("I have passed what you wrote on to a person"),
        "{reply}"
    );
    assert!(!reply.contains("What can I do"), "{reply}");
    while let Ok(event) = live.try_recv() {
        let quiet = !matches!(event, Live::Delta { .. } | Live::Typing(_));
        assert!(quiet, "{event:?}");
    }
    let bundles = desk.store.bundles(&desk.id).await.unwrap();
    assert_eq!(bundles[0].draft_reply, "Hello. What can I do for you?");
    assert_eq!(bundles[0].reason, HandOffReason::Draft);
    assert_eq!(desk.status().await, Status::Waiting);

    // Every message brings a new draft, and an action with it is parked.
    let reply = return_it(&desk).await;
    assert!(
        reply.starts_with("I have passed what you wrote on to a person"),
        "{reply}"
    );
    let bundles = desk.store.bundles(&desk.id).await.unwrap();
    assert_eq!(bundles.len(), 2);
    let newest = bundles
        .iter()
        .find(|one| one.proposed_action.is_some())
        .unwrap();
    assert_eq!(newest.draft_reply, "This is how it stands.");
    let parked = waiting(&desk).await;
    assert_eq!(parked.len(), 1);
    desk.says("yes").await;
    assert_eq!(shop_tables(&desk), before);
    no_mail_waits(&desk).await;
    let log = desk.log().await;
    let leaks = |event: &Event| match &event.body {
        EventBody::Released(_) | EventBody::Shown(_) => true,
        EventBody::Replied(replied) => {
            let text = &replied.private.as_ref().unwrap().text;
            text.contains("What can I do") || text.contains("how it stands")
        }
        _ => false,
    };
    assert!(!log.iter().any(leaks), "{log:?}");

    // What a colleague has approved is told, in code's words; the draft still waits for them.
    approve(&desk, &parked[0].proposal).await;
    let reply = desk.last_reply().await;
    assert!(
        reply.contains("approved") && reply.contains("RT-"),
        "{reply}"
    );
    assert_eq!(desk.returns().await, 1);
    assert_eq!(desk.status().await, Status::Waiting);
}

#[tokio::test]
async fn a_model_that_fails_in_a_drafting_channel_hands_over_without_a_draft_of_its_own() {
    let model = Scripted::by(|_| Answer::transient());
    let desk = desk(&model, &[("chat", "default", "draft")], false).await;
    let reply = desk.says("hello").await;
    assert!(
        reply.starts_with("I have passed what you wrote on"),
        "{reply}"
    );
    let bundle = desk.store.bundles(&desk.id).await.unwrap().remove(0);
    assert_eq!(bundle.reason, HandOffReason::Failure);
    assert!(
        bundle.draft_reply.contains("You wrote: \"hello\""),
        "{}",
        bundle.draft_reply
    );
}

/// What acts without a yes is left to a person too.
#[tokio::test]
async fn a_write_without_a_yes_is_left_to_a_person() {
    let model = returner();
    let desk = desk(&model, &[("chat", "add_to_cart", "draft")], false).await;
    desk.says("put a shirt into my cart").await;
    let log = desk.log().await;
    let returned = log.iter().find_map(|event| match &event.body {
        EventBody::ToolReturned(returned) => Some(returned.clone()),
        _ => None,
    });
    let returned = returned.unwrap();
    assert_eq!(returned.outcome, ToolOutcome::Refused);
    assert!(!returned.acted);
    assert_eq!(returned.hand_off, Some(HandOffReason::Draft));
    assert_eq!(desk.status().await, Status::Waiting);
    assert!(waiting(&desk).await.is_empty());
}

/// The setting was changed after the shopper was shown it: their yes is not enough any more.
#[tokio::test]
async fn a_yes_to_what_is_held_by_now_does_nothing() {
    let model = returner();
    let shown = desk(&model, &[], false).await;
    return_it(&shown).await;
    let mut parts = crate::driver::parts(shown.store.clone(), &model);
    parts.autonomy.set("chat", "default", "draft").unwrap();
    parts.autonomy.set("chat", "answer", "auto").unwrap();
    let later = attendant::agent::driver::Assistant::new(parts);
    let lease = shown.writes("yes").await.unwrap();
    later.run(lease).await.unwrap();
    assert_eq!(shown.returns().await, 0);
    let reply = shown.last_reply().await;
    assert!(reply.contains("a colleague has to decide"), "{reply}");
}

/// What has happened before a kill has happened, however the channel is set by now.
#[tokio::test]
async fn what_was_done_before_a_kill_is_no_dry_run() {
    let model = returner();
    let desk = desk(&model, &[], true).await;
    return_it(&desk).await;
    let made = newest_made(&desk).await;
    let key = effect_key(&desk.id, &made.proposal);
    crate::parts::registers(&desk, &made.parts()[0], &key).await;
    let reply = desk.says("yes").await;
    assert!(
        reply.contains("is registered") && !reply.contains("dry run"),
        "{reply}"
    );
    assert_eq!(desk.returns().await, 1);
    let ledger = desk.store.ledger(&desk.id).await.unwrap();
    assert_eq!((ledger.len(), ledger[0].state), (1, LedgerState::Done));
}

/// A yes that only a person can let happen by now leads to one.
#[tokio::test]
async fn a_yes_while_money_is_paused_goes_to_a_person() {
    let model = returner();
    let desk = desk(&model, &[], false).await;
    return_it(&desk).await;
    desk.store
        .meta_set(PAUSED, "the bank is down")
        .await
        .unwrap();
    let reply = desk.says("yes").await;
    assert!(
        reply.contains("so a colleague takes it from here"),
        "{reply}"
    );
    assert!(!reply.contains("the bank is down"), "{reply}");
    assert_eq!(desk.returns().await, 0);
    assert_eq!(desk.status().await, Status::Waiting);
}

async fn newest_made(desk: &Desk) -> ProposalMade {
    let made = desk.log().await.into_iter().rev();
    let mut made = made.filter_map(|event| match event.body {
        EventBody::ProposalMade(made) => Some(made),
        _ => None,
    });
    made.next().unwrap()
}
