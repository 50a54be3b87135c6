//! The headless API: a shop's own front end, app or bot speaks for its shoppers with a key. The same
//! log, the same gate, the same guard; only who vouches for the customer is another.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Site;
use super::address::Query;
use super::body;
use super::chat::{Context, wants_stream};
use super::client::Client;
use super::error::Problem;
use super::keys::holder;
use super::stream;
use crate::channels::chat::outside::Vouched;
use crate::channels::chat::{Chat, ChatError, ChatEvent, Decision, Follow, Incoming, Until};
use crate::domain::conversation::Head;
use crate::domain::ids::{ConversationId, CustomerId};
use crate::domain::limits;
use crate::store::keys::KeyRole;
use crate::store::log::Shopper;

/// One turn. Of `text`, `confirm`, `cancel` and `person` there is exactly one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Turn {
    /// The caller's own id.
    conversation: String,
    text: Option<String>,
    confirm: Option<Confirm>,
    /// A proposal that is not wanted.
    cancel: Option<String>,
    /// The shopper wants a person.
    #[serde(default)]
    person: bool,
    /// The caller's own id of this message or wish: sent again, it is the same one.
    client_id: Option<String>,
    /// E-mail address or id of the customer; null is nobody, left out is whoever it was before.
    #[serde(default, deserialize_with = "said")]
    customer: Option<Option<String>>,
    context: Option<Context>,
    /// Tell also what happened behind this event: a person may have written.
    after: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Confirm {
    proposal: String,
    hash: String,
}

/// What the shopper does in a turn.
#[derive(Clone)]
enum Input {
    Says(Incoming),
    Decides(String, Decision),
    AsksPerson(Option<String>),
}

/// What is asked for without a turn.
#[derive(Deserialize)]
pub struct Since {
    conversation: Option<String>,
    after: Option<u64>,
}

/// A field that is there is `Some`, even when it is null.
fn said<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(from).map(Some)
}

pub async fn turn(
    State(site): State<Site>,
    headers: HeaderMap,
    client: Client,
    body: Body,
) -> Result<Response, Problem> {
    let key = holder(&site, &client, KeyRole::Turns).await?;
    let mut turn: Turn = body::json(body).await?;
    let outside_id = outside_id(std::mem::take(&mut turn.conversation))?;
    let after = turn.after;
    let vouched = vouched(&site, turn.customer.take()).await?;
    let input = input(turn)?;
    let (id, head, seq) = taken(&site, &key.name, &outside_id, &vouched, &input).await?;
    let from = seq.saturating_sub(1).min(after.unwrap_or(u64::MAX));
    let told = Told::new(&site, id, &head, from);
    told.respond(&site, &headers, &outside_id).await
}

/// What has happened behind an event: how a caller that does not follow hears of a person's words.
pub async fn since(
    State(site): State<Site>,
    headers: HeaderMap,
    client: Client,
    Query(asked): Query<Since>,
) -> Result<Response, Problem> {
    let key = holder(&site, &client, KeyRole::Turns).await?;
    let outside_id = outside_id(asked.conversation.unwrap_or_default())?;
    let id = site.chat.outside_id(&key.name, &outside_id);
    let head = site.chat.store().head(&id).await;
    let head = head.map_err(ChatError::from)?;
    let told = Told::new(&site, id, &head, asked.after.unwrap_or(0));
    told.respond(&site, &headers, &outside_id).await
}

fn outside_id(id: String) -> Result<String, Problem> {
    if id.is_empty() || id.len() > limits::OUTSIDE_ID_BYTES_MAX {
        let most = limits::OUTSIDE_ID_BYTES_MAX;
        let expected = format!("your own id of it, 1 to {most} bytes");
        return Err(Problem::field("conversation", &expected));
    }
    Ok(id)
}

async fn vouched(site: &Site, customer: Option<Option<String>>) -> Result<Vouched, Problem> {
    let customer = match customer {
        None => return Ok(Vouched::Unsaid),
        Some(None) => return Ok(Vouched::Nobody),
        Some(Some(customer)) => customer,
    };
    let store = &site.shop.store;
    let found = if customer.contains('@') {
        store.customer_by_email(&customer).await
    } else {
        store.customer(&CustomerId::new(&customer)).await
    };
    let found = found.map_err(ChatError::from)?;
    let found = found.ok_or_else(Problem::no_such_customer)?;
    Ok(Vouched::Customer(found.id))
}

fn input(turn: Turn) -> Result<Input, Problem> {
    let with_text = turn.text.is_some();
    if turn.context.is_some() && !with_text {
        return Err(Problem::field("context", "left out where there is no text"));
    }
    if turn.client_id.is_some() && !with_text && !turn.person {
        let expected = "left out where a proposal is decided: its own id does that";
        return Err(Problem::field("client_id", expected));
    }
    let page = turn.context.map(Context::said);
    let client_id = turn.client_id;
    match (turn.text, turn.confirm, turn.cancel, turn.person) {
        (Some(text), None, None, false) => Ok(Input::Says(Incoming {
            client_id,
            text,
            page,
            attachments: Vec::new(),
        })),
        (None, Some(Confirm { proposal, hash }), None, false) => {
            Ok(Input::Decides(proposal, Decision::Confirm { hash }))
        }
        (None, None, Some(proposal), false) => Ok(Input::Decides(proposal, Decision::Cancel)),
        (None, None, None, true) => Ok(Input::AsksPerson(client_id)),
        _ => Err(Problem::field(
            "text",
            "there, or one of confirm, cancel and person in its place",
        )),
    }
}

/// Takes the input in for whom it is vouched; the answer's number is its event. When another turn
/// puts somebody else in their place in between, it is tried again.
async fn taken(
    site: &Site,
    key: &str,
    outside_id: &str,
    vouched: &Vouched,
    input: &Input,
) -> Result<(ConversationId, Head, u64), Problem> {
    for _ in 0..limits::DECIDE_ATTEMPTS_MAX {
        let (id, head) = match site.chat.outside(key, outside_id, vouched).await {
            Err(ChatError::SomebodyElse) => continue,
            other => other?,
        };
        match take(&site.chat, &id, &head, input.clone()).await {
            Err(ChatError::SomebodyElse) => {}
            other => return Ok((id, head, other?)),
        }
    }
    Err(ChatError::Busy.into())
}

async fn take(
    chat: &Chat,
    id: &ConversationId,
    head: &Head,
    input: Input,
) -> Result<u64, ChatError> {
    Ok(match input {
        Input::Says(incoming) => {
            let who = Some(Shopper::from(head));
            chat.receive_only_for(who, id, incoming).await?.seq
        }
        Input::Decides(proposal, decision) => chat.decide(id, &proposal, decision).await?.seq,
        Input::AsksPerson(client_id) => chat.ask_person(id, head, client_id).await?,
    })
}

/// What happens behind an event until there is nothing more to say, for one shopper.
struct Told {
    follow: Follow,
    id: ConversationId,
    chat: Chat,
    /// How much was hidden when the input was taken in: a wall behind that is somebody else's.
    hidden_through: u64,
}

impl Told {
    fn new(site: &Site, id: ConversationId, head: &Head, after: u64) -> Self {
        let follow = site.chat.follow(&id, after, Until::Done);
        Self {
            follow: follow.only_for(head.hidden_through),
            id,
            chat: site.chat.clone(),
            hidden_through: head.hidden_through,
        }
    }

    async fn respond(
        self,
        site: &Site,
        headers: &HeaderMap,
        outside_id: &str,
    ) -> Result<Response, Problem> {
        // Who says nothing of what they take gets the turn as it happens.
        if wants_stream(headers) || !headers.contains_key(header::ACCEPT) {
            return Ok(stream::events_that(
                self.follow,
                site.stop.clone(),
                is_for_caller,
            ));
        }
        self.document(outside_id).await
    }

    /// All of it as one document.
    async fn document(mut self, outside_id: &str) -> Result<Response, Problem> {
        let mut messages: Vec<Value> = Vec::new();
        let mut cards = Vec::new();
        let mut seq = 0;
        while let Some(event) = self.follow.next().await.map_err(ChatError::from)? {
            seq = event.id.unwrap_or(seq);
            let cleared = event.name == "status" && event.data["status"] == "cleared";
            if cleared && event.data["through"].as_u64() > Some(self.hidden_through) {
                return Err(Problem::somebody_else());
            }
            if !is_for_caller(&event) {
                continue;
            }
            match event.name {
                "message" => messages.push(event.data),
                "delta" | "reset" | "status" | "done" => {}
                _ => cards.push(card(event)),
            }
        }
        let head = self.chat.store().head(&self.id).await;
        let head = head.map_err(ChatError::from)?;
        let texts = messages
            .iter()
            .filter_map(|message| message["text"].as_str());
        let text = texts.collect::<Vec<_>>().join("\n");
        let answer = json!({
            "conversation": outside_id, "seq": seq, "text": text, "messages": messages,
            "cards": cards, "status": head.status,
        });
        Ok(([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response())
    }
}

/// The caller knows what it has just said itself.
fn is_for_caller(event: &ChatEvent) -> bool {
    !matches!(event.name, "typing" | "read" | "rating") && event.data["from"] != "shopper"
}

/// A card's fields with its name beside them.
fn card(event: ChatEvent) -> Value {
    let mut card = event.data;
    card["card"] = json!(event.name);
    card
}
