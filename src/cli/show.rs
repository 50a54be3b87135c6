//! `attendant show`: a conversation as it went, and what was handed over to people. For the
//! operator: it shows tool calls, which shoppers never see.

pub mod bundle;

use std::io::{self, Write, stdout};

use serde_json::json;

use super::ShowArgs;
use super::plain::{self, visible};
use crate::clock::timestamp;
use crate::config::Config;
use crate::domain::conversation::Head;
use crate::domain::event::{ApprovalDecided, Event, EventBody, ShopperWrote, ToolWords, Words};
use crate::domain::ids::ConversationId;
use crate::store::{Store, StoreError};

pub(super) async fn run(config: Config, args: ShowArgs) -> anyhow::Result<()> {
    let app = super::open(config).await?;
    let id = ConversationId::new(&args.conversation);
    let head = app.store().head(&id).await.map_err(|error| match error {
        StoreError::NotFound => anyhow::anyhow!("there is no conversation {id} in this folder"),
        other => other.into(),
    })?;
    let events = whole_log(app.store(), &id).await?;
    let bundles = app.store().bundles(&id).await?;
    let mut out = stdout().lock();
    if args.json {
        let events: Vec<_> = events
            .iter()
            .map(|event| json!({"seq": event.seq, "at_ms": event.at_ms, "event": event.body}))
            .collect();
        let whole = json!({"id": id, "head": head, "events": events, "bundles": bundles});
        writeln!(out, "{}", plain::json(&whole)?)?;
        return Ok(());
    }
    print_head(&mut out, &id, &head)?;
    for event in &events {
        print_event(&mut out, event)?;
    }
    for bundle in &bundles {
        write!(out, "\n{}", bundle::text(bundle))?;
    }
    Ok(())
}

async fn whole_log(store: &Store, id: &ConversationId) -> Result<Vec<Event>, StoreError> {
    let mut events: Vec<Event> = Vec::new();
    loop {
        let page = store
            .events(id, events.last().map_or(0, |event| event.seq))
            .await?;
        if page.is_empty() {
            return Ok(events);
        }
        events.extend(page);
    }
}

fn print_head(out: &mut impl Write, id: &ConversationId, head: &Head) -> io::Result<()> {
    let status = word(&head.status);
    let work = if head.has_work() {
        ", an answer is under way"
    } else {
        ""
    };
    writeln!(out, "Conversation {id}: {status}{work}")?;
    let customer = head
        .customer
        .as_ref()
        .map_or("nobody proved".to_owned(), ToString::to_string);
    writeln!(
        out,
        "Channel {}, customer {customer}, {} events",
        word(&head.channel),
        head.last_seq
    )?;
    if let Some(assignee) = &head.assignee {
        writeln!(out, "Served by {assignee}")?;
    }
    writeln!(out)
}

/// One line for what happened; further lines of its words are set in.
fn print_event(out: &mut impl Write, event: &Event) -> io::Result<()> {
    let (who, what) = told(&event.body);
    let at = timestamp(event.at_ms).strftime("%Y-%m-%d %H:%M:%S");
    // What anybody wrote must not drive the terminal of whoever reads it.
    let lines: Vec<String> = what.trim_end().lines().map(visible).collect();
    let (who, what) = (visible(who), lines.join("\n        "));
    writeln!(out, "{:>4}  {at}  {who}: {what}", event.seq)
}

fn told(body: &EventBody) -> (&str, String) {
    match body {
        EventBody::ConversationStarted(started) => {
            ("start", format!("on {}", word(&started.channel)))
        }
        EventBody::ShopperWrote(wrote) => ("shopper", shoppers_words(wrote)),
        EventBody::PersonAsked(_) => ("shopper", "asked for a person by the button".to_owned()),
        EventBody::MarkedRead(read) => (
            "read",
            format!("by {} up to {}", word(&read.by), read.through),
        ),
        EventBody::Rated(rated) => (
            "rating",
            format!("{} of 5: {}", rated.stars, words(rated.private.as_ref())),
        ),
        EventBody::IdentityProved(proved) => ("identity", compact(&proved.proof)),
        EventBody::IdentityDropped(dropped) => {
            let hidden = dropped.through.map(|seq| format!("; hidden up to {seq}"));
            ("identity", format!("dropped{}", hidden.unwrap_or_default()))
        }
        EventBody::GuardStopped(stopped) => {
            let said = stopped.private.as_ref().map_or_else(
                || "(erased)".to_owned(),
                |words| format!("not sent ({}): {}", words.reason, words.sentence),
            );
            ("guard", said)
        }
        EventBody::Released(released) => ("released", words(released.private.as_ref())),
        EventBody::Replied(replied) => ("assistant", words(replied.private.as_ref())),
        EventBody::Shown(shown) => (
            "shown",
            shown.private.as_ref().map(compact).unwrap_or_default(),
        ),
        EventBody::HandedOff(handed) => {
            let (reason, urgency) = (handed.reason.code(), word(&handed.urgency));
            let bundle = &handed.bundle;
            (
                "hand-off",
                format!("{reason}, urgency {urgency}, bundle {bundle}"),
            )
        }
        EventBody::AgentWrote(wrote) => (wrote.agent.as_str(), words(wrote.private.as_ref())),
        EventBody::HandedBack(back) => ("hand-off", format!("given back by {}", back.agent)),
        EventBody::Resolved(_) => ("status", "resolved".to_owned()),
        EventBody::Erased(_) => ("status", "what was said before this was erased".to_owned()),
        inside => told_inside(inside),
    }
}

/// What a turn does between question and answer.
fn told_inside(body: &EventBody) -> (&str, String) {
    let content = |words: Option<&ToolWords>| {
        words.map_or("(erased)".to_owned(), |words| words.content.clone())
    };
    match body {
        EventBody::ModelAnswered(answered) => {
            let tools: Vec<_> = answered
                .calls
                .iter()
                .map(|call| call.tool.as_str())
                .collect();
            let arguments = answered
                .private
                .as_ref()
                .map(|answer| answer.arguments.join(" "));
            let (model, tools) = (&answered.model, tools.join(", "));
            (
                "model",
                format!("{model} calls [{tools}] {}", arguments.unwrap_or_default()),
            )
        }
        EventBody::ModelFailed(failed) => ("model", format!("failed: {}", failed.detail)),
        EventBody::ToolReturned(returned) => {
            let (tool, outcome) = (&returned.tool, word(&returned.outcome));
            (
                "tool",
                format!("{tool} {outcome}: {}", content(returned.private.as_ref())),
            )
        }
        EventBody::ProposalMade(made) => {
            let title = made
                .private
                .as_ref()
                .map_or("(erased)", |words| &words.title);
            let approver = word(&made.approver);
            (
                "proposal",
                format!("{}: {title}, waits for the {approver}", made.proposal),
            )
        }
        EventBody::ProposalConfirmed(confirmed) => (
            "proposal",
            format!(
                "{} confirmed by {}",
                confirmed.proposal,
                word(&confirmed.by)
            ),
        ),
        EventBody::ProposalClosed(closed) => (
            "proposal",
            format!("{} closed: {}", closed.proposal, word(&closed.why)),
        ),
        EventBody::ApprovalDecided(decided) => ("approval", verdict(decided)),
        EventBody::EffectFinished(finished) => {
            let parts = finished.parts().into_iter().map(|part| {
                let outcome = part
                    .outcome
                    .map_or("not tried".to_owned(), |one| word(&one));
                let content = finished
                    .private
                    .as_ref()
                    .map_or("(erased)", |_| &part.content);
                format!("{} {outcome}: {content}", part.tool)
            });
            ("effect", parts.collect::<Vec<_>>().join("; "))
        }
        other => ("event", compact(other)),
    }
}

fn verdict(decided: &ApprovalDecided) -> String {
    let verdict = if decided.approved {
        "approved"
    } else {
        "declined"
    };
    let amount = decided.amount.map(|amount| format!(" with {amount}"));
    let said = decided.private.as_ref();
    format!(
        "{} {verdict}{} by {}: {}",
        decided.proposal,
        amount.unwrap_or_default(),
        decided.by,
        said.map_or("(erased)", |said| said.words.as_str())
    )
}

fn words(words: Option<&Words>) -> String {
    words.map_or("(erased)".to_owned(), |words| words.text.clone())
}

/// Pictures are named by where they are.
fn shoppers_words(wrote: &ShopperWrote) -> String {
    let Some(said) = &wrote.private else {
        return words(None);
    };
    let links = said
        .attachments
        .iter()
        .map(|one| format!("\n{}", one.link()));
    format!("{}{}", said.text, links.collect::<String>())
}

fn compact(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// A small enum by the word it has in JSON.
fn word(value: &impl serde::Serialize) -> String {
    compact(value).trim_matches('"').replace('_', " ")
}
