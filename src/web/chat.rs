//! Chat over HTTP: requests in, answers as JSON or as the turn's events. What happens is decided in
//! `channels/chat`.

pub mod attachments;
pub mod customer;
pub mod feedback;
pub mod shop;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Site;
use super::address::{Path, Query};
use super::body;
use super::client::Client;
use super::error::Problem;
use super::stream;
use crate::channels::chat::{ChatError, ChatEvent, Decision, Follow, Incoming, PageSaid, Until};
use crate::domain::conversation::Head;
use crate::domain::event::Channel;
use crate::domain::ids::ConversationId;
use crate::domain::limits;
use crate::store::log::Shopper;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Start {
    /// Signed by the storefront; see `channels/customer_token.rs`.
    customer_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Message {
    client_id: Option<String>,
    /// May be left out when pictures come along.
    #[serde(default)]
    text: String,
    #[serde(default)]
    attachments: Vec<String>,
    context: Option<Context>,
}

/// Where on the storefront the shopper is, as the page says.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Context {
    page: Option<String>,
    product: Option<String>,
    #[serde(default)]
    cart: Vec<CartLine>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CartLine {
    variant: String,
    quantity: u32,
}

impl Context {
    pub fn said(self) -> PageSaid {
        let lines = self.cart.into_iter();
        PageSaid {
            page: self.page,
            product: self.product,
            cart: lines.map(|line| (line.variant, line.quantity)).collect(),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Confirm {
    hash: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// A browser's `EventSource` sends no headers: for streams, both may come in the address.
#[derive(Deserialize)]
pub struct Where {
    token: Option<String>,
    after: Option<String>,
}

pub async fn start(
    State(site): State<Site>,
    client: Client,
    body: Body,
) -> Result<Response, Problem> {
    let start: Start = body::json(body).await?;
    let origin = client.origin(&site);
    site.rates.start(&origin)?;
    let proof = customer::proof(&site, start.customer_token.as_deref()).await?;
    let origin = Some(origin);
    let started = site.chat.start_from(origin, Channel::Chat, proof).await?;
    let answer = json!({"id": started.id, "token": started.token});
    Ok((
        StatusCode::CREATED,
        [(header::CACHE_CONTROL, "no-store")],
        Json(answer),
    )
        .into_response())
}

pub async fn message(
    State(site): State<Site>,
    Path(id): Path<String>,
    headers: HeaderMap,
    client: Client,
    body: Body,
) -> Result<Response, Problem> {
    let opened = open(&site, &id, client.bearer()).await?;
    let id = &opened.id;
    site.rates.message(id, &client.origin(&site))?;
    let sent: Message = body::json(body).await?;
    let incoming = Incoming {
        client_id: sent.client_id,
        text: sent.text,
        attachments: sent.attachments,
        page: sent.context.map(Context::said),
    };
    let received = site
        .chat
        .receive_only_for(opened.only_for(), id, incoming)
        .await?;
    let answer = json!({"message": received.message, "seq": received.seq});
    Ok(accepted(&site, &opened, received.seq, &headers, answer))
}

pub async fn confirm(
    State(site): State<Site>,
    Path((id, proposal)): Path<(String, String)>,
    headers: HeaderMap,
    client: Client,
    body: Body,
) -> Result<Response, Problem> {
    let opened = open(&site, &id, client.bearer()).await?;
    site.rates.message(&opened.id, &client.origin(&site))?;
    let Confirm { hash } = body::json(body).await?;
    let decision = Decision::Confirm { hash };
    decide(&site, &opened, &proposal, decision, &headers).await
}

pub async fn cancel(
    State(site): State<Site>,
    Path((id, proposal)): Path<(String, String)>,
    headers: HeaderMap,
    client: Client,
    body: Body,
) -> Result<Response, Problem> {
    let opened = open(&site, &id, client.bearer()).await?;
    site.rates.message(&opened.id, &client.origin(&site))?;
    let Nothing {} = body::json(body).await?;
    decide(&site, &opened, &proposal, Decision::Cancel, &headers).await
}

/// Presses a button.
async fn decide(
    site: &Site,
    opened: &Opened,
    proposal: &str,
    decision: Decision,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let state = match decision {
        Decision::Confirm { .. } => "confirmed",
        Decision::Cancel => "closed",
    };
    let id = &opened.id;
    let decided = site.chat.decide(id, proposal, decision).await?;
    let answer = json!({"proposal": decided.proposal, "state": state, "seq": decided.seq});
    Ok(accepted(site, opened, decided.seq, headers, answer))
}

/// The turn's events from the shopper's own on, when they are asked for; what was taken in, when
/// not.
fn accepted(
    site: &Site,
    opened: &Opened,
    seq: u64,
    headers: &HeaderMap,
    answer: Value,
) -> Response {
    if wants_stream(headers) {
        let after = seq.saturating_sub(1);
        let follow = site.chat.follow(&opened.id, after, Until::Done);
        return followed(site, opened, follow);
    }
    (
        StatusCode::ACCEPTED,
        [(header::CACHE_CONTROL, "no-store")],
        Json(answer),
    )
        .into_response()
}

pub async fn events(
    State(site): State<Site>,
    Path(id): Path<String>,
    Query(place): Query<Where>,
    headers: HeaderMap,
    client: Client,
) -> Result<Response, Problem> {
    let token = client.bearer().or(place.token.as_deref());
    let opened = open(&site, &id, token).await?;
    site.rates.gesture(&opened.id)?;
    let followers = site.chat.store().feed().followers(&opened.id);
    if followers >= limits::STREAMS_PER_CONVERSATION_MAX {
        return Err(Problem::too_many(limits::STREAM_HEARTBEAT));
    }
    let resume = headers
        .get("last-event-id")
        .map(|value| value.to_str().unwrap_or("?"));
    let after = match (resume, place.after.as_deref()) {
        (Some(id), _) => parse_place("Last-Event-ID", id)?,
        (None, Some(id)) => parse_place("after", id)?,
        (None, None) => 0,
    };
    // A place that the log has not reached, of a client that knew another one, is its end: waiting
    // for it would be silence, and a refusal would end a browser's stream for good.
    let after = after.min(opened.head.last_seq);
    let follow = site.chat.follow(&opened.id, after, Until::Forever);
    Ok(followed(&site, &opened, follow))
}

/// The conversation as it stands, for programs that do not follow.
pub async fn show(
    State(site): State<Site>,
    Path(id): Path<String>,
    client: Client,
) -> Result<Response, Problem> {
    let opened = open(&site, &id, client.bearer()).await?;
    let (id, head) = (&opened.id, &opened.head);
    site.rates.gesture(id)?;
    let mut events = Vec::new();
    let mut after = 0;
    let mut hidden = head.hidden_through;
    loop {
        let (hidden_now, page) = site
            .chat
            .store()
            .events_shown(id, after)
            .await
            .map_err(ChatError::from)?;
        if hidden_now > hidden {
            // Somebody else has come between two pages.
            if opened.by_customer {
                return Err(ChatError::NotFound.into());
            }
            events.clear();
            hidden = hidden_now;
        }
        let Some(last) = page.last() else { break };
        after = last.seq;
        let shown = page.iter().filter_map(ChatEvent::of);
        events.extend(
            shown.map(|event| json!({"id": event.id, "event": event.name, "data": event.data})),
        );
    }
    let answer = json!({
        "id": id, "status": head.status, "working": head.has_work(), "events": events,
    });
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response())
}

/// A stream for whoever opened the conversation. A customer's token opens it for that customer
/// alone, and until it has to be shown again.
fn followed(site: &Site, opened: &Opened, follow: Follow) -> Response {
    let stop = site.stop.clone();
    match opened.by_customer {
        true => stream::events_for(follow.only_for(opened.head.hidden_through), stop),
        false => stream::events(follow, stop),
    }
}

/// A conversation, and what opened it.
struct Opened {
    id: ConversationId,
    head: Head,
    /// By being its customer rather than by its own token.
    by_customer: bool,
}

impl Opened {
    /// Who must still be the one who writes when something is appended.
    fn only_for(&self) -> Option<Shopper> {
        self.by_customer.then(|| Shopper::from(&self.head))
    }
}

/// Opens a conversation by its own token or by being its customer; a missing token is a wrong one,
/// and goes the same way.
async fn open(site: &Site, id: &str, token: Option<&str>) -> Result<Opened, Problem> {
    let token = token.unwrap_or_default();
    let by_customer = is_customer_token(token);
    let (id, head) = match by_customer {
        true => {
            let customer = customer::verified(site, token).await?;
            site.chat.open_of(id, &customer).await?
        }
        false => site.chat.open(id, token).await?,
    };
    Ok(Opened {
        id,
        head,
        by_customer,
    })
}

/// A JWT has two dots; a conversation's own token has none.
fn is_customer_token(token: &str) -> bool {
    token.bytes().filter(|byte| *byte == b'.').count() == 2
}

pub fn wants_stream(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.to_ascii_lowercase().contains("text/event-stream"))
}

fn parse_place(name: &str, text: &str) -> Result<u64, Problem> {
    let expected = "the id of an event of this conversation, a whole number";
    let text = text.trim();
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Problem::query(name, expected));
    }
    // Digits that do not fit are past every log.
    Ok(text.parse().unwrap_or(u64::MAX))
}
