//! The replay: what others did is done again at its time, the assistant runs in between, and what
//! it does is compared with what it did.

use std::sync::{Arc, Mutex};

use anyhow::Context as _;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::script::{self, Player};
use super::tools::{self, Effects};
use super::{Cassette, Line, whole_log};
use crate::agent::approvals::{Approvals, Decision as Approval};
use crate::agent::driver::Parts;
use crate::agent::session::Session;
use crate::app::App;
use crate::channels::chat::Decision;
use crate::clock::{Clock, timestamp};
use crate::config::{Config, DemoScale};
use crate::customers::Customers;
use crate::domain::event::{ConfirmedBy, EventBody};
use crate::domain::identity::{Proof, ProofMethod};
use crate::domain::ids::{ConversationId, ProposalId, Random, sha256_hex};
use crate::evals::SEED;
use crate::evals::stage::{Folder, Stage};
use crate::knowledge::Knowledge;
use crate::knowledge::catalog::Catalog;
use crate::shop::{Shop, ShopProfile};
use crate::store::log::{Append, Writer};

/// Where links of a replay lead.
const PUBLIC_URL: &str = "https://shop.example";
const HOLDER: &str = "evals";
/// Fields that say when, where in the log or under which random id: they are others each time.
const OF_THE_RUN: [&str; 9] = [
    "hash",
    "key",
    "expires_ms",
    "message",
    "seen",
    "through",
    "proposal",
    "bundle",
    "usage",
];

/// The first thing that was done otherwise; nothing where one log ends before the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The recorded event's number, or the last one's.
    pub seq: u64,
    pub recorded: Option<Value>,
    pub played: Option<Value>,
}

/// Plays a cassette with the settings of a shop, in a folder of its own. The number of things that
/// the assistant did, or the first that it did otherwise.
pub async fn play(
    cassette: &Cassette,
    config: &Config,
) -> anyhow::Result<Result<usize, Difference>> {
    let stage = stage(cassette, config).await?;
    let header = &cassette.header;
    let id = ConversationId::new(stage.random.id("c"));
    let token_hash = sha256_hex(&stage.random.secret());
    stage
        .store
        .create_conversation(
            &id,
            &token_hash,
            header.channel,
            header.started_ms,
            Vec::new(),
        )
        .await?;
    let replay = Replay { stage: &stage, id };
    replay.all(&cassette.lines).await?;
    let bodies: Vec<&EventBody> = cassette.lines.iter().map(|line| &line.event).collect();
    let seqs: Vec<u64> = cassette.lines.iter().map(|line| line.seq).collect();
    let wanted = acts(&bodies, &seqs);
    let all = whole_log(&stage.store, &replay.id).await?;
    let bodies: Vec<&EventBody> = all.iter().map(|event| &event.body).collect();
    let seqs: Vec<u64> = all.iter().map(|event| event.seq).collect();
    Ok(compare(&wanted, &acts(&bodies, &seqs)))
}

fn compare(wanted: &[(u64, Value)], got: &[(u64, Value)]) -> Result<usize, Difference> {
    for at in 0..wanted.len().max(got.len()) {
        let (recorded, played) = (wanted.get(at), got.get(at));
        if recorded.map(|one| &one.1) != played.map(|one| &one.1) {
            let last = wanted.last().map_or(0, |one| one.0);
            return Err(Difference {
                seq: recorded.map_or(last, |one| one.0),
                recorded: recorded.map(|one| one.1.clone()),
                played: played.map(|one| one.1.clone()),
            });
        }
    }
    Ok(wanted.len())
}

async fn stage(cassette: &Cassette, config: &Config) -> anyhow::Result<Stage> {
    let header = &cassette.header;
    let folder = Folder::new("cassette")?;
    let config = Config {
        data: folder.path.clone(),
        demo: DemoScale::None,
        dry_run: false,
        ..config.clone()
    };
    let clock = Clock::fixed(timestamp(header.started_ms));
    let random = Random::seeded(SEED);
    let app = App::open_at(config, PUBLIC_URL.to_owned(), clock.clone(), random.clone()).await?;
    let zone = TimeZone::get(&header.zone);
    let profile = ShopProfile {
        currency: header.currency,
        zone: zone.with_context(|| format!("the zone {:?} is not known", header.zone))?,
        ..ShopProfile::clone(&app.shop.profile)
    };
    let mut script = script::read(&cassette.lines);
    let effects = Effects::new(script.effects.drain(..));
    let player = Player(Arc::new(Mutex::new(script)));
    let tools = Arc::new(tools::registry(&player, effects, header.currency)?);
    let shop = Shop {
        profile: Arc::new(profile),
        ..app.shop.clone()
    };
    let parts = Parts {
        store: shop.store.clone(),
        knowledge: Arc::new(Knowledge::embedded()?),
        customers: Arc::new(Customers::default()),
        catalog: Arc::new(Catalog::new(shop.store.clone())),
        model: Arc::new(player),
        clock,
        random,
        secret: [7; 32],
        holder: HOLDER.to_owned(),
        autonomy: app.autonomy(&tools)?,
        tools,
        dry_run: false,
        shop,
    };
    Ok(Stage::of(parts, folder))
}

struct Replay<'a> {
    stage: &'a Stage,
    id: ConversationId,
}

impl Replay<'_> {
    /// What others do is held until the assistant has done something next in the log, so that a
    /// burst is one; a message that came while a turn was on waits for its reply.
    async fn all(&self, lines: &[Line]) -> anyhow::Result<()> {
        let mut waiting: Vec<&Line> = Vec::new();
        let mut under_way = false;
        for (at, line) in lines.iter().enumerate() {
            if is_of_others(lines, at) {
                waiting.push(line);
                continue;
            }
            if !is_act(&line.event) {
                continue;
            }
            if !under_way {
                let through = lines[at..].iter().find_map(|line| match &line.event {
                    EventBody::Replied(replied) => Some(replied.through),
                    _ => None,
                });
                let (now, later): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|one| {
                    let message = matches!(
                        one.event,
                        EventBody::ShopperWrote(_) | EventBody::PersonAsked(_)
                    );
                    !message || through.is_none_or(|through| one.seq <= through)
                });
                waiting = later;
                if !now.is_empty() {
                    self.deliver(&now, lines).await?;
                    under_way = true;
                }
            }
            if matches!(line.event, EventBody::Replied(_)) {
                under_way = false;
            }
        }
        self.deliver(&waiting, lines).await
    }

    /// Does what others did, and lets the assistant work until it rests.
    async fn deliver(&self, inputs: &[&Line], lines: &[Line]) -> anyhow::Result<()> {
        let store = &self.stage.store;
        let mut lease = None;
        for line in inputs {
            let ahead = line.at_ms - self.stage.clock.now_ms();
            self.stage.clock.advance_ms(ahead.max(0));
            let now_ms = self.stage.clock.now_ms();
            let writer = writer(&line.event);
            match (&writer, lease.take()) {
                // Whoever is not the shopper takes the conversation from whoever runs it.
                (Writer::Storefront { .. } | Writer::Agent, Some(held)) => {
                    store.release(&held).await?;
                }
                (Writer::Storefront { .. } | Writer::Agent, None) => {}
                (_, Some(held)) => lease = Some(held),
                (_, None) => lease = store.acquire(&self.id, HOLDER, now_ms).await?,
            }
            match &line.event {
                EventBody::ProposalConfirmed(confirmed) => {
                    self.press(&confirmed.proposal, true, lines).await?;
                }
                EventBody::ProposalClosed(closed) => {
                    self.press(&closed.proposal, false, lines).await?;
                }
                EventBody::ApprovalDecided(_) => self.approve(line).await?,
                other => {
                    let append = Append::new(writer, now_ms, vec![other.clone()]);
                    let appended = store.append(&self.id, append).await?;
                    lease = lease.or(appended.lease);
                }
            }
        }
        let now_ms = self.stage.clock.now_ms();
        let lease = match lease {
            Some(lease) => Some(lease),
            None => store.acquire(&self.id, HOLDER, now_ms).await?,
        };
        if let Some(lease) = lease {
            self.stage.assistant.run(lease).await?;
        }
        Ok(())
    }

    /// Presses a button of the proposal that is as manieth of the replay as of the log. What cannot be
    /// pressed is a difference that shows in what the assistant does.
    async fn press(
        &self,
        recorded: &ProposalId,
        confirm: bool,
        lines: &[Line],
    ) -> anyhow::Result<()> {
        let made = |body: &EventBody| match body {
            EventBody::ProposalMade(made) => Some((made.proposal.clone(), made.hash.clone())),
            _ => None,
        };
        let known = lines.iter().filter_map(|line| made(&line.event));
        let at = known.clone().position(|one| one.0 == *recorded);
        let session = Session::load(&self.stage.store, &self.id).await?;
        let mut played = session.events.iter().filter_map(|event| made(&event.body));
        if let Some((proposal, hash)) = at.and_then(|at| played.nth(at)) {
            let decision = if confirm {
                Decision::Confirm { hash }
            } else {
                Decision::Cancel
            };
            // A proposal that is not open here is no error of the replay.
            let _ = self
                .stage
                .chat
                .decide(&self.id, proposal.as_str(), decision)
                .await;
        }
        Ok(())
    }

    async fn approve(&self, line: &Line) -> anyhow::Result<()> {
        let EventBody::ApprovalDecided(decided) = &line.event else {
            return Ok(());
        };
        let approvals = Approvals::new(self.stage.assistant.clone());
        let waiting = approvals.waiting(None, 1).await?;
        if let Some(one) = waiting.first() {
            let decision = Approval {
                by: decided.by.clone(),
                hash: None,
                approved: decided.approved,
                amount: decided.amount,
                words: decided
                    .private
                    .as_ref()
                    .map_or(String::new(), |one| one.words.clone()),
            };
            // As with a button.
            let _ = approvals.decide(&one.proposal, &decision).await;
        }
        Ok(())
    }
}

/// Who appends an event that is not the assistant's.
fn writer(body: &EventBody) -> Writer {
    let holder = HOLDER.to_owned();
    match body {
        EventBody::IdentityProved(_) | EventBody::IdentityDropped(_) => {
            Writer::Storefront { holder }
        }
        EventBody::AgentWrote(_) | EventBody::HandedBack(_) | EventBody::Resolved(_) => {
            Writer::Agent
        }
        _ => Writer::Shopper { holder },
    }
}

/// Did a tool of the assistant prove this?
fn is_by_tool(body: &EventBody) -> bool {
    let EventBody::IdentityProved(proved) = body else {
        return false;
    };
    let (Proof::Customer { method, .. } | Proof::Order { method, .. }) = &proved.proof;
    matches!(method, ProofMethod::EmailCode | ProofMethod::OrderDetails)
}

/// Is the event at this place somebody else's than the assistant's?
fn is_of_others(lines: &[Line], at: usize) -> bool {
    let next = lines.get(at + 1).map(|line| &line.event);
    match &lines[at].event {
        EventBody::ShopperWrote(_)
        | EventBody::PersonAsked(_)
        | EventBody::ApprovalDecided(_)
        | EventBody::AgentWrote(_)
        | EventBody::HandedBack(_)
        | EventBody::Resolved(_) => true,
        EventBody::ProposalConfirmed(confirmed) => confirmed.by == ConfirmedBy::Button,
        EventBody::ProposalClosed(closed) => closed.by == Some(ConfirmedBy::Button),
        body @ EventBody::IdentityProved(_) => !is_by_tool(body),
        EventBody::IdentityDropped(_) => !next.is_some_and(is_by_tool),
        _ => false,
    }
}

/// Is it something that the assistant does?
fn is_act(body: &EventBody) -> bool {
    match body {
        EventBody::ModelAnswered(_)
        | EventBody::ModelFailed(_)
        | EventBody::ToolReturned(_)
        | EventBody::ProposalMade(_)
        | EventBody::EffectFinished(_)
        | EventBody::GuardStopped(_)
        | EventBody::Replied(_)
        | EventBody::Shown(_)
        | EventBody::HandedOff(_) => true,
        EventBody::ProposalConfirmed(confirmed) => confirmed.by == ConfirmedBy::Words,
        EventBody::ProposalClosed(closed) => closed.by != Some(ConfirmedBy::Button),
        body => is_by_tool(body),
    }
}

/// What the assistant did, in a form that is the same each time.
fn acts(bodies: &[&EventBody], seqs: &[u64]) -> Vec<(u64, Value)> {
    let each = bodies.iter().zip(seqs).filter(|(body, _)| is_act(body));
    each.map(|(body, seq)| {
        let mut value = serde_json::to_value(body).unwrap_or_default();
        match body {
            // Words for operators.
            EventBody::GuardStopped(_) => {
                value["private"]["reason"].take();
                // Older logs do not say whose it was.
                value["model"].take();
            }
            EventBody::ModelFailed(_) => drop(value["detail"].take()),
            _ => {}
        }
        (*seq, same_each_time(value))
    })
    .collect()
}

fn same_each_time(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let kept = map
                .into_iter()
                .filter(|(key, _)| !OF_THE_RUN.contains(&key.as_str()));
            let each = kept.map(|(key, value)| {
                let mut value = same_each_time(value);
                if let (true, Value::Array(facts)) = (key == "facts", &mut value) {
                    facts.sort_by_key(Value::to_string);
                    facts.dedup();
                }
                (key, value)
            });
            Value::Object(each.collect())
        }
        Value::Array(list) => list.into_iter().map(same_each_time).collect(),
        Value::String(text) => Value::String(text.split_whitespace().collect::<Vec<_>>().join(" ")),
        other => other,
    }
}
