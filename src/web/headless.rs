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
use super::body;
use super::chat::{Context, wants_stream};
use super::client::Client;
use super::error::Problem;
use super::stream;
use crate::channels::chat::outside::Vouched;
use crate::channels::chat::{ChatError, ChatEvent, Decision, Incoming, Until};
use crate::domain::conversation::Head;
use crate::domain::ids::{ConversationId, CustomerId, sha256_hex};
use crate::domain::limits;
use crate::store::keys::ApiKey;

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
    /// The caller's own id of this message: sent again, it is the same one.
    client_id: Option<String>,
    /// E-mail address or id of the customer; null is nobody, left out is whoever it was before.
    #[serde(default, deserialize_with = "said")]
    customer: Option<Option<String>>,
    context: Option<Context>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Confirm {
    proposal: String,
    hash: String,
}

/// What the shopper does in a turn.
enum Input {
    Says(Incoming),
    Decides(String, Decision),
    AsksPerson,
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
    let key = holder(&site, client.bearer()).await?;
    site.rates.turn(&key.name, key.per_minute)?;
    let mut turn: Turn = body::json(body).await?;
    let outside_id = std::mem::take(&mut turn.conversation);
    if outside_id.is_empty() || outside_id.len() > limits::OUTSIDE_ID_BYTES_MAX {
        let expected = format!(
            "your own id of it, 1 to {} bytes",
            limits::OUTSIDE_ID_BYTES_MAX
        );
        return Err(Problem::field("conversation", &expected));
    }
    let vouched = vouched(&site, turn.customer.take()).await?;
    let input = input(turn)?;
    let (id, head) = site.chat.outside(&key.name, &outside_id, &vouched).await?;
    let seq = take(&site, &id, &head, input).await?;
    let answer = Told::new(&site, id, seq);
    if wants_stream(&headers) {
        return Ok(answer.stream(&site));
    }
    answer.document(&outside_id).await
}

/// Whose key it is.
async fn holder(site: &Site, key: Option<&str>) -> Result<ApiKey, Problem> {
    let key = key.ok_or_else(Problem::key)?;
    let found = site.chat.store().key(&sha256_hex(key)).await;
    found.map_err(ChatError::from)?.ok_or_else(Problem::key)
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
        (None, None, None, true) => Ok(Input::AsksPerson),
        _ => Err(Problem::field(
            "text",
            "there, or one of confirm, cancel and person in its place",
        )),
    }
}

/// Takes the input in; the answer is the event from which the turn is told.
async fn take(site: &Site, id: &ConversationId, head: &Head, input: Input) -> Result<u64, Problem> {
    Ok(match input {
        Input::Says(incoming) => site.chat.receive(id, incoming).await?.seq,
        Input::Decides(proposal, decision) => site.chat.decide(id, &proposal, decision).await?.seq,
        Input::AsksPerson => site.chat.ask_person(id, head).await?,
    })
}

/// What happens from an input on, until there is nothing more to say.
struct Told {
    follow: crate::channels::chat::Follow,
    id: ConversationId,
    chat: crate::channels::chat::Chat,
}

impl Told {
    fn new(site: &Site, id: ConversationId, seq: u64) -> Self {
        Self {
            follow: site.chat.follow(&id, seq.saturating_sub(1), Until::Done),
            id,
            chat: site.chat.clone(),
        }
    }

    fn stream(self, site: &Site) -> Response {
        stream::events_that(self.follow, site.stop.clone(), is_for_caller)
    }

    /// The turn as one document.
    async fn document(mut self, outside_id: &str) -> Result<Response, Problem> {
        let mut texts = Vec::new();
        let mut cards = Vec::new();
        while let Some(event) = self.follow.next().await.map_err(ChatError::from)? {
            if !is_for_caller(&event) {
                continue;
            }
            match (event.name, event.data["text"].as_str()) {
                ("message", Some(text)) => texts.push(text.to_owned()),
                ("delta" | "reset" | "message" | "status" | "done", _) => {}
                _ => cards.push(card(event)),
            }
        }
        let head = self.chat.store().head(&self.id).await;
        let head = head.map_err(ChatError::from)?;
        let answer = json!({
            "conversation": outside_id, "text": texts.join("\n"), "cards": cards,
            "status": head.status,
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
