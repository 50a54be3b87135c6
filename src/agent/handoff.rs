//! Builds the bundle that a person receives: everything, so that nothing has to be looked up.
//!
//! Only what the shopper of now may be connected with goes in: what was said and looked up before
//! somebody else took the conversation over stays out of it, as do orders that are not proved.

mod accounts;
mod assessment;
mod draft;
mod priority;
mod profile;
mod words;

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::tz::TimeZone;

use super::session::Session;
use crate::domain::budget::Budget;
use crate::domain::bundle::{Bundle, BundleLine, HandOffReason, ProposedAction, SegmentNote};
use crate::domain::event::{Approver, Event, EventBody, ProposalMade, ShopperWrote};
use crate::domain::identity::{Identity, Proof};
use crate::domain::ids::{BundleId, OrderNumber};
use crate::domain::order::Order;
use crate::domain::returns::Return;
use crate::store::{Store, StoreError};

/// What is known besides the log.
pub struct Asked<'a> {
    pub reason: HandOffReason,
    pub id: BundleId,
    pub now_ms: i64,
    /// Days are those where the shop is.
    pub zone: &'a TimeZone,
    /// Code's own words with which this turn ends; they are not in the log yet.
    pub told: Option<&'a str>,
    /// What the customer's behaviour says they are.
    pub segment: Option<SegmentNote>,
    /// The budget of which nothing is left.
    pub used_up: Option<Budget>,
}

/// Events that the bundle is made from.
type Seen<'a> = &'a [Arc<Event>];

pub async fn build(
    session: &Session,
    store: &Store,
    asked: Asked<'_>,
) -> Result<Bundle, StoreError> {
    let seen = seen(&session.events);
    let customer = match session.turn.identity().customer() {
        Some(scope) => store.customer(scope.customer()).await?,
        None => None,
    };
    let profile = match &customer {
        Some(customer) => Some(profile::of(store, customer, session, &asked).await?),
        None => None,
    };
    let (orders, returns) = concerned(session, store).await?;
    let mut bundle = Bundle {
        id: asked.id.clone(),
        conversation: session.id.clone(),
        created_ms: asked.now_ms,
        reason: asked.reason,
        urgency: asked.reason.urgency(),
        priority: Default::default(),
        summary: summary(seen),
        identity: proved(seen),
        customer,
        profile,
        assessment: Default::default(),
        policies: accounts::policies(seen, &returns),
        promises: accounts::promises(seen, &asked),
        calls: accounts::calls(seen),
        orders,
        returns,
        proposed_action: proposed_action(session, seen),
        draft_reply: String::new(),
        transcript: seen.iter().filter_map(|event| line(event)).collect(),
    };
    bundle.assessment = assessment::of(&bundle, seen, &asked);
    bundle.priority = priority::of(&bundle, seen);
    bundle.draft_reply = draft::of(&bundle, asked.zone);
    Ok(bundle)
}

/// The log from where the shopper of now came in.
fn seen(events: Seen<'_>) -> Seen<'_> {
    let mut identity = Identity::default();
    let mut from = 0;
    for (at, event) in events.iter().enumerate() {
        if identity.is_replaced_by(&event.body) {
            from = at;
        }
        identity.apply(event);
    }
    &events[from..]
}

/// The part of it that no reply has answered.
fn open(seen: Seen<'_>) -> Seen<'_> {
    let answered =
        |event: &Arc<Event>| matches!(event.body, EventBody::Replied(_) | EventBody::AgentWrote(_));
    let from = seen.iter().rposition(answered).map_or(0, |at| at + 1);
    &seen[from..]
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
        if let Some(order) = store.order_within(&scope, &number).await? {
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

fn proved(seen: Seen<'_>) -> String {
    let newest = seen.iter().rev().find_map(|event| match &event.body {
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
fn summary(seen: Seen<'_>) -> String {
    let asked = open(seen).iter().rev().find_map(|event| {
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
        seen.iter().rev().find_map(|event| match &event.body {
            EventBody::ShopperWrote(wrote) => {
                wrote.private.as_ref().map(|words| words.text.clone())
            }
            _ => None,
        })
    };
    asked.or_else(said).unwrap_or_default()
}

/// The newest call that waits for a person's decision; else the one that waits for the shopper's.
fn proposed_action(session: &Session, seen: Seen<'_>) -> Option<ProposedAction> {
    let made = |event: &Arc<Event>, wanted: &dyn Fn(&ProposalMade) -> bool| match &event.body {
        EventBody::ProposalMade(made) if wanted(made) => Some(made.clone()),
        _ => None,
    };
    let for_agent = open(seen)
        .iter()
        .rev()
        .find_map(|event| made(event, &|made| made.approver == Approver::Agent));
    // Not one that was made for somebody else, before.
    let for_shopper = || {
        let open = &session.turn.proposal()?.proposal;
        seen.iter()
            .find_map(|event| made(event, &|made| made.proposal == *open))
    };
    let made = for_agent.or_else(for_shopper)?;
    let why = match made.approver {
        Approver::Agent if made.drafted => "drafted",
        Approver::Agent => "agent",
        Approver::Shopper => "shopper",
    };
    let amount = made.amount.map(|amount| amount.to_string());
    let words = made.private?;
    Some(ProposedAction {
        tool: made.tool,
        arguments: words.arguments,
        title: words.title,
        lines: words.lines,
        amount: made.amount,
        why: words
            .why
            .unwrap_or_else(|| words::say("action", why, minijinja::context! { amount })),
        parts: words.parts,
    })
}

fn line(event: &Event) -> Option<BundleLine> {
    let (who, words) = match &event.body {
        EventBody::ShopperWrote(wrote) => return Some(shoppers_line(event, wrote)),
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
        attachments: Vec::new(),
    })
}

fn shoppers_line(event: &Event, wrote: &ShopperWrote) -> BundleLine {
    let words = wrote.private.clone().unwrap_or_default();
    BundleLine {
        at_ms: event.at_ms,
        who: "shopper".to_owned(),
        text: words.text,
        attachments: words.attachments,
    }
}
