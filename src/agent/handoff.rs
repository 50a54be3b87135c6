//! Builds the bundle that a person receives: everything, so that nothing has to be looked up.

use std::collections::BTreeSet;

use super::session::Session;
use crate::domain::bundle::{Bundle, BundleCall, BundleLine, HandOffReason, ProposedAction};
use crate::domain::event::{Approver, Event, EventBody, ToolOutcome};
use crate::domain::identity::Proof;
use crate::domain::ids::{BundleId, CallId, OrderNumber};
use crate::domain::order::Order;
use crate::domain::returns::Return;
use crate::store::{Store, StoreError};

pub async fn build(
    session: &Session,
    store: &Store,
    reason: HandOffReason,
    id: BundleId,
    now_ms: i64,
) -> Result<Bundle, StoreError> {
    let customer = match session.turn.identity().customer() {
        Some(scope) => store.customer(scope.customer()).await?,
        None => None,
    };
    let (orders, returns) = concerned(session, store).await?;
    Ok(Bundle {
        id,
        conversation: session.id.clone(),
        created_ms: now_ms,
        reason,
        urgency: reason.urgency(),
        summary: summary(session),
        identity: proved(session),
        customer,
        orders,
        returns,
        calls: calls(session),
        proposed_action: proposed_action(session),
        transcript: session
            .events
            .iter()
            .filter_map(|event| line(event))
            .collect(),
    })
}

/// The orders that this conversation's facts are about, as they are now, and their returns. Only
/// what identity covers: a bundle must not join another customer's order to this conversation.
async fn concerned(
    session: &Session,
    store: &Store,
) -> Result<(Vec<Order>, Vec<Return>), StoreError> {
    let Some(scope) = session.turn.identity().orders() else {
        return Ok((Vec::new(), Vec::new()));
    };
    let mut orders = Vec::new();
    let mut returns = Vec::new();
    for number in looked_at(session) {
        let Some(order) = store.order(&number).await? else {
            continue;
        };
        if scope.covers(&order.number, &order.customer) {
            returns.extend(store.returns_of(&number).await?);
            orders.push(order);
        }
    }
    Ok((orders, returns))
}

/// Orders that a call was about: those with facts of their lines, not those merely listed.
fn looked_at(session: &Session) -> BTreeSet<OrderNumber> {
    session
        .evidence
        .facts()
        .iter()
        .flat_map(|fact| &fact.about)
        .filter(|subject| subject.0.contains('/'))
        .filter_map(|subject| subject.root().strip_prefix("order:"))
        .map(OrderNumber::new)
        .collect()
}

fn proved(session: &Session) -> String {
    let newest = session
        .events
        .iter()
        .rev()
        .find_map(|event| match &event.body {
            EventBody::IdentityProved(proved) => Some(Some(&proved.proof)),
            EventBody::IdentityDropped(_) => Some(None),
            _ => None,
        });
    match newest.flatten() {
        Some(Proof::Customer { customer, method }) => {
            format!("customer {customer}: {}", method.words())
        }
        Some(Proof::Order { order, method, .. }) => format!("order {order}: {}", method.words()),
        None => "not proved".to_owned(),
    }
}

/// The words of whoever asked: the last `hand_off` call's summary, else the shopper's last message.
fn summary(session: &Session) -> String {
    let open: Vec<_> = session.open_events().collect();
    let asked = open.iter().rev().find_map(|event| {
        let EventBody::ModelAnswered(answered) = &event.body else {
            return None;
        };
        let at = answered
            .calls
            .iter()
            .position(|head| head.tool == "hand_off")?;
        let arguments = answered.private.as_ref()?.arguments.get(at)?;
        let arguments: serde_json::Value = serde_json::from_str(arguments).ok()?;
        arguments.get("summary")?.as_str().map(str::to_owned)
    });
    let said = || {
        session
            .events
            .iter()
            .rev()
            .find_map(|event| match &event.body {
                EventBody::ShopperWrote(wrote) => {
                    wrote.private.as_ref().map(|words| words.text.clone())
                }
                _ => None,
            })
    };
    asked.or_else(said).unwrap_or_default()
}

fn calls(session: &Session) -> Vec<BundleCall> {
    let arguments = |call: &CallId| {
        session.events.iter().find_map(|event| match &event.body {
            EventBody::ModelAnswered(answered) => {
                let at = answered.calls.iter().position(|head| head.call == *call)?;
                answered.private.as_ref()?.arguments.get(at).cloned()
            }
            _ => None,
        })
    };
    let mut calls = Vec::new();
    for event in &session.events {
        match &event.body {
            EventBody::ToolReturned(returned) => calls.push(BundleCall {
                call: returned.call.clone(),
                tool: returned.tool.clone(),
                arguments: arguments(&returned.call).unwrap_or_default(),
                outcome: word(returned.outcome).to_owned(),
                result: returned
                    .private
                    .as_ref()
                    .map(|words| words.content.clone())
                    .unwrap_or_default(),
            }),
            EventBody::EffectFinished(finished) => calls.push(BundleCall {
                call: CallId::new(&finished.key),
                tool: finished.tool.clone(),
                arguments: format!("confirmed proposal {}", finished.proposal),
                outcome: word(finished.outcome).to_owned(),
                result: finished
                    .private
                    .as_ref()
                    .map(|words| words.content.clone())
                    .unwrap_or_default(),
            }),
            _ => {}
        }
    }
    calls
}

fn word(outcome: ToolOutcome) -> &'static str {
    match outcome {
        ToolOutcome::Done => "done",
        ToolOutcome::Refused => "refused",
        ToolOutcome::Retry => "retry",
        ToolOutcome::Failed => "failed",
    }
}

/// The newest call that waits for a person's decision; else the one that waits for the shopper's.
fn proposed_action(session: &Session) -> Option<ProposedAction> {
    let open: Vec<_> = session.open_events().collect();
    let for_agent = open.iter().rev().find_map(|event| match &event.body {
        EventBody::ProposalMade(made) if made.approver == Approver::Agent => Some(made),
        _ => None,
    });
    let made = for_agent.or(session.turn.proposal())?;
    let words = made.private.as_ref()?;
    Some(ProposedAction {
        tool: made.tool.clone(),
        arguments: words.arguments.clone(),
        lines: words.lines.clone(),
    })
}

fn line(event: &Event) -> Option<BundleLine> {
    let (who, words) = match &event.body {
        EventBody::ShopperWrote(wrote) => ("shopper", &wrote.private),
        EventBody::Replied(replied) => ("assistant", &replied.private),
        EventBody::AgentWrote(wrote) => (wrote.agent.as_str(), &wrote.private),
        _ => return None,
    };
    Some(BundleLine {
        at_ms: event.at_ms,
        who: who.to_owned(),
        text: words
            .as_ref()
            .map(|words| words.text.clone())
            .unwrap_or_default(),
    })
}
