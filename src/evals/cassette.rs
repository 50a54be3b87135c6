//! A past conversation as a test: its log without personal data, and the replay of it through the
//! real turn, driver, gate and guard, with a model that gives the recorded answers and tools that
//! give the recorded results.
//!
//! Design: a cassette is the log itself, one event a line behind a header, because the log holds
//! everything that was decided. What it does not hold is which call of a turn said which sentence:
//! all words of a turn are played in its last answer.

mod personal;
mod play;
mod script;
mod scrub;
mod tools;

use std::io::BufRead;

use anyhow::{Context as _, bail, ensure};
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use play::{Difference, play};

use crate::agent::gate;
use crate::agent::prompt::Prompts;
use crate::agent::session::Session;
use crate::agent::turn::Step;
use crate::app::App;
use crate::domain::bundle::HandOffReason;
use crate::domain::event::{Channel, Event, EventBody};
use crate::domain::ids::{ConversationId, Random};
use crate::domain::limits::{CASSETTE_EVENTS_MAX, CASSETTE_LINE_BYTES_MAX};
use crate::domain::money::Currency;
use crate::store::{Store, StoreError};
use crate::tools::registry::Registry;
use scrub::Scrub;

/// What this program writes and reads; a newer one is refused.
pub const VERSION: u32 = 1;

/// Tries of made-up values: one of them may happen to be somebody's real one.
const DRAWS_MAX: usize = 3;

/// The first line of a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Header {
    pub cassette: u32,
    pub channel: Channel,
    /// When the first event was logged, in milliseconds.
    pub started_ms: i64,
    pub currency: Currency,
    /// The shop's time zone.
    pub zone: String,
}

/// Every other line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    pub seq: u64,
    pub at_ms: i64,
    /// The gate has refused this call: its tool was never reached.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gated: bool,
    pub event: EventBody,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Cassette {
    pub header: Header,
    pub lines: Vec<Line>,
}

/// Records a conversation of a shop; an error says why it cannot be a cassette. Nothing personal is
/// in what comes back, as far as it is known: the check at the end refuses what is left.
pub async fn record(app: &App, id: &ConversationId, random: Random) -> anyhow::Result<String> {
    let store = app.store();
    let events = whole_log(store, id).await?;
    let first = events.first().context("the conversation has no events")?;
    let EventBody::ConversationStarted(started) = &first.body else {
        bail!("the conversation's log does not begin with its start");
    };
    fits(&events)?;
    let profile = &app.shop.profile;
    let header = Header {
        cassette: VERSION,
        channel: started.channel,
        started_ms: first.at_ms,
        currency: profile.currency,
        zone: profile.zone.iana_name().unwrap_or("UTC").to_owned(),
    };
    let own = profile.email.rsplit_once('@');
    let own: Vec<String> = own
        .map(|(_, host)| host.to_lowercase())
        .into_iter()
        .collect();
    let gated = gated(id, &events)?;
    let mut left = 0;
    for _ in 0..DRAWS_MAX {
        let mut scrub = Scrub::new(random.clone(), own.clone());
        personal::collect(store, id, &events, &mut scrub).await?;
        let (written, leaks) = written(&header, &events, &gated, &scrub)?;
        if leaks.is_empty() {
            return Ok(written);
        }
        left = leaks.len();
    }
    bail!("{left} personal values would be left in the file; nothing was written")
}

/// The file, and what is left in it that must not be.
fn written(
    header: &Header,
    events: &[Event],
    gated: &[bool],
    scrub: &Scrub,
) -> anyhow::Result<(String, Vec<String>)> {
    let mut written = serde_json::to_string(header)?;
    let mut leaks = Vec::new();
    for (event, gated) in events.iter().zip(gated) {
        let mut line = serde_json::to_value(Line {
            seq: event.seq,
            at_ms: event.at_ms,
            gated: *gated,
            event: without_links(event.body.clone()),
        })?;
        for (key, value) in line["event"].as_object_mut().into_iter().flatten() {
            // The type is a word of this program.
            if key != "type" {
                *value = scrub.value(value);
                scrub.leaks(value, &mut leaks);
            }
        }
        // It must read as what it is.
        serde_json::from_value::<Line>(line.clone()).context("an event does not read any more")?;
        written.push('\n');
        written.push_str(&line.to_string());
    }
    written.push('\n');
    Ok((written, leaks))
}

/// What identifies the client and leads to pictures has no part in a replay.
fn without_links(body: EventBody) -> EventBody {
    match body {
        EventBody::ShopperWrote(mut wrote) => {
            wrote.client_id = None;
            if let Some(words) = &mut wrote.private
                && let Some(page) = &mut words.page
            {
                page.page = None;
            }
            EventBody::ShopperWrote(wrote)
        }
        EventBody::PersonAsked(mut asked) => {
            asked.client_id = None;
            EventBody::PersonAsked(asked)
        }
        other => other,
    }
}

fn fits(events: &[Event]) -> anyhow::Result<()> {
    ensure!(
        events.len() <= CASSETTE_EVENTS_MAX,
        "the conversation has {} events, and a cassette holds {CASSETTE_EVENTS_MAX}",
        events.len()
    );
    for event in events {
        match &event.body {
            EventBody::Erased(_) => bail!("words of the conversation were erased"),
            EventBody::HandedOff(handed) if handed.reason == HandOffReason::Draft => {
                bail!("the conversation was drafted for people: nothing was sent by itself")
            }
            _ => {}
        }
    }
    Ok(())
}

/// For each event, whether it is the result of a call that the gate refused.
fn gated(id: &ConversationId, events: &[Event]) -> anyhow::Result<Vec<bool>> {
    let tools = Registry::new()?;
    let prompts = Prompts::get();
    let mut session = Session::new(id);
    let mut refused = std::collections::BTreeSet::new();
    let mut gated = Vec::new();
    for event in events {
        session.fold_logged(event.clone());
        if let EventBody::ModelAnswered(_) = &event.body
            && let Step::RunTools(calls) = session.turn.next(event.at_ms, &prompts.confirm)
        {
            for call in calls {
                let manifest = tools.get(&call.tool).map(|tool| &tool.manifest);
                let passes = manifest
                    .is_some_and(|one| gate::check(&session.turn, one, &call, prompts).is_ok());
                if !passes {
                    refused.insert(call.call);
                }
            }
        }
        gated.push(match &event.body {
            EventBody::ToolReturned(returned) => refused.remove(&returned.call),
            _ => false,
        });
    }
    Ok(gated)
}

async fn whole_log(store: &Store, id: &ConversationId) -> anyhow::Result<Vec<Event>> {
    let mut events: Vec<Event> = Vec::new();
    loop {
        let after = events.last().map_or(0, |event| event.seq);
        let page = store.events(id, after).await.map_err(|error| match error {
            StoreError::NotFound => anyhow::anyhow!("there is no conversation {id} in this folder"),
            other => other.into(),
        })?;
        if page.is_empty() {
            ensure!(
                !events.is_empty(),
                "there is no conversation {id} in this folder"
            );
            return Ok(events);
        }
        events.extend(page);
    }
}

/// Reads a cassette.
pub fn read(input: impl BufRead) -> anyhow::Result<Cassette> {
    let mut lines = input.lines();
    let first = lines.next().context("the file is empty")??;
    let head: Value = serde_json::from_str(&first).context("line 1 is no cassette's header")?;
    let version = head["cassette"].as_u64();
    let version = version.context("line 1 is no cassette's header: it has no \"cassette\"")?;
    ensure!(
        version == u64::from(VERSION),
        "the cassette is of version {version}; this program plays version {VERSION}"
    );
    let header: Header = serde_json::from_value(head).context("line 1 is no cassette's header")?;
    let mut read = Vec::new();
    for (line, number) in lines.zip(2..) {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        ensure!(
            line.len() <= CASSETTE_LINE_BYTES_MAX,
            "line {number} is too long"
        );
        ensure!(
            read.len() < CASSETTE_EVENTS_MAX,
            "there are too many events"
        );
        let one = serde_json::from_str(&line);
        read.push(one.with_context(|| format!("line {number} is no event of a cassette"))?);
    }
    Ok(Cassette {
        header,
        lines: read,
    })
}
