//! What waits for an agent's decision, for whatever desk the shop has: a key for approvals opens it.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use tracing::info;

use super::Site;
use super::address::{Path, Query};
use super::body;
use super::client::Client;
use super::error::Problem;
use super::keys;
use crate::agent::approvals::Decision;
use crate::domain::ids::ProposalId;
use crate::domain::limits;
use crate::domain::money::Money;
use crate::store::approvals::WholeApproval;
use crate::store::keys::KeyRole;

#[derive(Deserialize)]
pub struct Page {
    /// The proposal that the page before has ended with.
    after: Option<String>,
    limit: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Approve {
    hash: String,
    /// As it is stored, "12.90 EUR".
    amount: Option<Money>,
    /// For colleagues.
    #[serde(default)]
    note: String,
    by: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Decline {
    hash: Option<String>,
    /// What the shopper is told.
    word: String,
    by: String,
}

pub async fn list(
    State(site): State<Site>,
    client: Client,
    Query(page): Query<Page>,
) -> Result<Response, Problem> {
    keys::holder(&site, &client, KeyRole::Approvals).await?;
    let limit = limit(page.limit.as_deref())?;
    let after = page.after.map(ProposalId::new);
    let waiting = site.approvals.waiting(after.as_ref(), limit).await?;
    let next = waiting.last().filter(|_| waiting.len() == limit);
    let next = next.map(|last| last.proposal.clone());
    Ok(answer(
        StatusCode::OK,
        json!({ "approvals": waiting, "next": next }),
    ))
}

pub async fn one(
    State(site): State<Site>,
    Path(proposal): Path<String>,
    client: Client,
) -> Result<Response, Problem> {
    keys::holder(&site, &client, KeyRole::Approvals).await?;
    let whole = site.approvals.one(&ProposalId::new(proposal)).await?;
    Ok(answer(StatusCode::OK, described(&whole)))
}

pub async fn approve(
    State(site): State<Site>,
    Path(proposal): Path<String>,
    client: Client,
    body: Body,
) -> Result<Response, Problem> {
    keys::holder(&site, &client, KeyRole::Approvals).await?;
    let approve: Approve = body::json(body).await?;
    let decision = Decision {
        by: name(&approve.by)?,
        hash: Some(approve.hash),
        approved: true,
        amount: approve.amount,
        words: words("note", &approve.note)?,
    };
    decide(&site, &proposal, &decision).await
}

pub async fn decline(
    State(site): State<Site>,
    Path(proposal): Path<String>,
    client: Client,
    body: Body,
) -> Result<Response, Problem> {
    keys::holder(&site, &client, KeyRole::Approvals).await?;
    let decline: Decline = body::json(body).await?;
    let word = words("word", &decline.word)?;
    if word.is_empty() {
        let expected = "what the shopper is told, and not empty";
        return Err(Problem::field("word", expected));
    }
    let decision = Decision {
        by: name(&decline.by)?,
        hash: decline.hash,
        approved: false,
        amount: None,
        words: word,
    };
    decide(&site, &proposal, &decision).await
}

/// The decision is on disk with the answer; what it asks for is under way.
async fn decide(site: &Site, proposal: &str, decision: &Decision) -> Result<Response, Problem> {
    let proposal = ProposalId::new(proposal);
    let approval = site.approvals.decide(&proposal, decision).await?;
    info!(%proposal, approved = decision.approved, by = %decision.by, "an approval was decided");
    Ok(answer(StatusCode::ACCEPTED, json!(approval)))
}

/// The row, the call that waits, what was said to it, and the bundle that it travelled in.
fn described(whole: &WholeApproval) -> Value {
    let made = &whole.made;
    let words = made.private.as_ref();
    let decision = whole.decided.as_ref().map(|decided| {
        json!({
            "approved": decided.approved, "by": decided.by, "amount": decided.amount,
            "words": decided.private.as_ref().map(|said| &said.words),
            "edited": decided.private.as_ref().and_then(|said| said.edited.as_ref()),
        })
    });
    let mut described = json!(whole.approval);
    described["computed"] = json!(made.amount);
    described["bounds"] = json!(made.bounds);
    described["hash"] = json!(made.hash);
    described["why"] = json!(words.and_then(|words| words.why.as_ref()));
    described["title"] = json!(words.map(|words| &words.title));
    described["lines"] = json!(words.map(|words| &words.lines));
    described["arguments"] = json!(words.map(|words| &words.arguments));
    described["decision"] = json!(decision);
    described["bundle_id"] = json!(whole.approval.bundle);
    described["bundle"] = json!(whole.bundle);
    described
}

fn answer(status: StatusCode, body: Value) -> Response {
    let headers = [(header::CACHE_CONTROL, "no-store")];
    (status, headers, Json(body)).into_response()
}

fn limit(text: Option<&str>) -> Result<usize, Problem> {
    let Some(text) = text else {
        return Ok(limits::APPROVALS_LISTED);
    };
    let most = limits::APPROVALS_LISTED_MAX;
    let limit = text.trim().parse().ok();
    limit
        .filter(|limit| (1..=most).contains(limit))
        .ok_or_else(|| Problem::query("limit", &format!("a whole number from 1 to {most}")))
}

/// The agent's name: in logs, and in what is told of who decided.
fn name(by: &str) -> Result<String, Problem> {
    let by = by.trim();
    let most = limits::AGENT_NAME_CHARS_MAX;
    if by.is_empty() || by.chars().count() > most || by.contains(char::is_control) {
        let expected = format!("the name of who decides, 1 to {most} characters");
        return Err(Problem::field("by", &expected));
    }
    Ok(by.to_owned())
}

fn words(field: &str, text: &str) -> Result<String, Problem> {
    // A NUL byte has no meaning in words, and not every database stores one.
    let text = text.replace('\0', "");
    let text = text.trim();
    let most = limits::DECISION_WORDS_CHARS_MAX;
    if text.chars().count() > most {
        return Err(Problem::field(field, &format!("at most {most} characters")));
    }
    Ok(text.to_owned())
}
