//! Plays a case: writes and presses what the shopper does, lets the assistant work until it rests,
//! and keeps everything that happened for the graders.
//!
//! Design: the conversation's lease is taken before the shopper writes and the run is awaited
//! here, so that a burst is one burst and a seed gives the same conversation each time.

use std::fmt::Write as _;

use anyhow::Context as _;

use super::case::{Act, Button, Case};
use super::stage::{Kit, Stage};
use super::world::{Account, World};
use crate::agent::session::Session;
use crate::channels::chat::{Decision, Incoming};
use crate::clock::day;
use crate::domain::bundle::Bundle;
use crate::domain::card::Card;
use crate::domain::conversation::Head;
use crate::domain::event::{Channel, Event, EventBody, ProposalMade};
use crate::domain::identity::{Proof, ProofMethod};
use crate::domain::ids::ConversationId;
use crate::domain::returns::Return;
use crate::store::Store;
use crate::store::ledger::LedgerRow;

/// Between two things that the shopper does.
const PAUSE_MS: i64 = 30_000;
const MINUTE_MS: i64 = 60_000;

/// What a step brought.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// What the shopper wrote, paths filled in.
    pub wrote: Vec<String>,
    /// The assistant's messages, and the channel's words on what it did not take.
    pub words: Vec<String>,
    pub cards: Vec<Card>,
    /// Tools called, in order.
    pub tools: Vec<String>,
    /// What waits for a yes afterwards.
    pub open: Option<ProposalMade>,
    /// Policies that the answer rests on.
    pub policies: Vec<String>,
    /// What kept the step from being played as it is written.
    pub problem: Option<&'static str>,
}

impl Seen {
    /// Everything that the shopper sees: the words, and the cards' texts a line each.
    pub fn all(&self) -> String {
        let mut all = self.words.join("\n");
        for card in &self.cards {
            // A card is written by this program and always has a JSON form.
            let value = serde_json::to_value(card).unwrap_or_default();
            texts(&value, &mut all);
        }
        all
    }
}

fn texts(value: &serde_json::Value, into: &mut String) {
    match value {
        serde_json::Value::String(text) => {
            into.push('\n');
            into.push_str(text);
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| texts(item, into)),
        serde_json::Value::Object(fields) => fields.values().for_each(|field| texts(field, into)),
        _ => {}
    }
}

/// A case that has been played.
pub struct Played {
    pub steps: Vec<Seen>,
    pub events: Vec<Event>,
    pub head: Head,
    pub bundles: Vec<Bundle>,
    pub ledger: Vec<LedgerRow>,
    /// The shop afterwards.
    pub world: World,
    /// The shopper's returns before.
    pub returns_before: Vec<Return>,
    /// The other named demo shoppers and the returns made meanwhile on their orders.
    pub strangers: Vec<Account>,
    pub strangers_returns: usize,
}

impl Played {
    /// The conversation as a person reads it, with the tools that were called.
    pub fn talk(&self) -> String {
        let mut talk = String::new();
        for (at, step) in self.steps.iter().enumerate() {
            let wrote = if step.wrote.is_empty() {
                "(a button, or time)"
            } else {
                &step.wrote.join("\n")
            };
            let wrote: String = wrote.chars().take(400).collect();
            // Writing to a string cannot fail.
            let _ = writeln!(talk, "    [{}] > {wrote}", at + 1);
            if !step.tools.is_empty() {
                let _ = writeln!(talk, "        tools: {}", step.tools.join(", "));
            }
            for line in step.words.iter().flat_map(|words| words.lines()) {
                let _ = writeln!(talk, "        {line}");
            }
            for card in &step.cards {
                let _ = writeln!(talk, "        ({} card)", card.event_name());
            }
        }
        talk
    }

    /// Everything that the shopper wrote.
    pub fn wrote(&self) -> String {
        self.steps
            .iter()
            .flat_map(|step| &step.wrote)
            .cloned()
            .collect::<Vec<_>>()
            .join("\n")
    }
}

pub async fn play(kit: &Kit, suite: &str, case: &Case) -> anyhow::Result<Played> {
    let stage = kit
        .stage(&format!("{suite}/{}", case.name), case.now)
        .await?;
    let email = persona(&stage, case)?;
    for change in &case.changes {
        let world = world(&stage, email.as_deref(), case).await?;
        change
            .apply(&stage.store, &world, &stage.random, stage.clock.now_ms())
            .await?;
    }
    let mut world = world(&stage, email.as_deref(), case).await?;
    let returns_before = returns(world.me.as_ref());
    let strangers = strangers(&stage, email.as_deref()).await?;
    world.refund = match case.wanted_return() {
        Some(wanted) => Some(world.refund_of(wanted, &returns_before)?),
        None => None,
    };

    let mut talk = Talk::start(&stage, &world).await?;
    let mut steps = Vec::new();
    for (at, step) in case.steps.iter().enumerate() {
        let act = step.act()?;
        let seen = talk.take(act, &world).await;
        steps.push(seen.with_context(|| format!("step {}", at + 1))?);
    }
    let id = talk.id;
    refresh(&stage.store, &mut world, &returns_before).await?;
    Ok(Played {
        steps,
        events: all_events(&stage.store, &id).await?,
        head: stage.store.head(&id).await?,
        bundles: stage.store.bundles(&id).await?,
        ledger: stage.store.ledger(&id).await?,
        world,
        returns_before,
        strangers_returns: returns_made(&stage.store, &strangers).await?,
        strangers,
    })
}

fn persona(stage: &Stage, case: &Case) -> anyhow::Result<Option<String>> {
    match &case.shopper {
        Some(situation) => Ok(Some(stage.email_of(situation)?.to_owned())),
        None => Ok(case.email.clone()),
    }
}

async fn world(stage: &Stage, email: Option<&str>, case: &Case) -> anyhow::Result<World> {
    let other = match &case.other {
        Some(situation) => Some(stage.email_of(situation)?),
        None => None,
    };
    stage.world(email, other).await
}

impl Stage {
    /// The shop as it is now, seen from a shopper and maybe another.
    pub async fn world(&self, me: Option<&str>, other: Option<&str>) -> anyhow::Result<World> {
        let zone = self.shop.profile.zone.clone();
        let account = async |email: Option<&str>| match email {
            Some(email) => Account::read(&self.store, email).await.map(Some),
            None => Ok(None),
        };
        Ok(World {
            me: account(me).await?,
            other: account(other).await?,
            knowledge: self.knowledge.clone(),
            today: day(self.clock.now_ms(), &zone),
            zone,
            new_returns: Vec::new(),
            refund: None,
        })
    }
}

async fn strangers(stage: &Stage, me: Option<&str>) -> anyhow::Result<Vec<Account>> {
    let mut strangers = Vec::new();
    for shopper in stage
        .shoppers
        .iter()
        .filter(|shopper| Some(shopper.email.as_str()) != me)
    {
        strangers.push(Account::read(&stage.store, &shopper.email).await?);
    }
    Ok(strangers)
}

fn returns(account: Option<&Account>) -> Vec<Return> {
    account
        .iter()
        .flat_map(|account| &account.bought)
        .flat_map(|bought| bought.returns.clone())
        .collect()
}

async fn returns_made(store: &Store, before: &[Account]) -> anyhow::Result<usize> {
    let mut made = 0;
    for bought in before.iter().flat_map(|account| &account.bought) {
        made += store.returns_of(&bought.order.number).await?.len() - bought.returns.len();
    }
    Ok(made)
}

/// Reads the shopper's account again and finds what is new.
async fn refresh(store: &Store, world: &mut World, before: &[Return]) -> anyhow::Result<()> {
    if let Some(me) = &world.me {
        let me = Account::read(store, &me.customer.email).await?;
        let known = |made: &Return| before.iter().any(|old| old.number == made.number);
        world.new_returns = returns(Some(&me))
            .into_iter()
            .filter(|made| !known(made))
            .collect();
        world.new_returns.sort_by_key(|made| made.created_ms);
        world.me = Some(me);
    }
    Ok(())
}

async fn all_events(store: &Store, id: &ConversationId) -> anyhow::Result<Vec<Event>> {
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

/// One conversation on a stage.
pub struct Talk<'a> {
    stage: &'a Stage,
    pub id: ConversationId,
    /// Newest event that an earlier step has taken in.
    after: u64,
    /// The newest proposal whose card the shopper has seen.
    card: Option<ProposalMade>,
}

impl<'a> Talk<'a> {
    /// Starts it as the world's shopper, or as nobody.
    pub async fn start(stage: &'a Stage, world: &World) -> anyhow::Result<Self> {
        let proof = world.me.as_ref().map(|me| Proof::Customer {
            customer: me.customer.id.clone(),
            method: ProofMethod::Token,
        });
        let started = stage.chat.start(Channel::Eval, proof).await?;
        Ok(Self {
            stage,
            id: started.id,
            after: 0,
            card: None,
        })
    }

    pub async fn take(&mut self, act: Act, world: &World) -> anyhow::Result<Seen> {
        self.stage.clock.advance_ms(PAUSE_MS);
        match act {
            Act::Wait { minutes } => {
                self.stage.clock.advance_ms(minutes * MINUTE_MS);
                Ok(Seen::default())
            }
            Act::Write(lines) => {
                let lines = lines.iter().map(|line| world.fill(line));
                self.write(lines.collect::<Result<_, _>>()?).await
            }
            Act::Press(button) => self.press(button).await,
        }
    }

    pub async fn write(&mut self, lines: Vec<String>) -> anyhow::Result<Seen> {
        let lease = self.lease().await?;
        let mut refused = Vec::new();
        for line in &lines {
            let incoming = Incoming {
                client_id: None,
                text: line.clone(),
            };
            if let Err(error) = self.stage.chat.receive(&self.id, incoming).await {
                refused.push(error.words());
            }
        }
        self.stage.assistant.run(lease).await?;
        self.seen(lines, refused).await
    }

    async fn press(&mut self, button: Button) -> anyhow::Result<Seen> {
        let Some(made) = self.card.clone() else {
            let problem = Some("there is no proposal to press a button under");
            return Ok(Seen {
                problem,
                ..Seen::default()
            });
        };
        let decision = match button {
            Button::Confirm => Decision::Confirm {
                hash: made.hash.clone(),
            },
            Button::Cancel => Decision::Cancel,
        };
        let lease = self.lease().await?;
        let decided = self
            .stage
            .chat
            .decide(&self.id, made.proposal.as_str(), decision)
            .await;
        self.stage.assistant.run(lease).await?;
        let refused = decided.err().map(|error| error.words());
        self.seen(Vec::new(), refused.into_iter().collect()).await
    }

    async fn lease(&self) -> anyhow::Result<crate::store::lease::Lease> {
        let now_ms = self.stage.clock.now_ms();
        let lease = self.stage.store.acquire(&self.id, "evals", now_ms).await?;
        lease.context("somebody else still holds the conversation")
    }

    /// What has happened since the step before.
    async fn seen(&mut self, wrote: Vec<String>, refused: Vec<String>) -> anyhow::Result<Seen> {
        let head = self.stage.store.head(&self.id).await?;
        let session = Session::load(&self.stage.store, &self.id).await?;
        let mut seen = Seen {
            wrote,
            words: refused,
            ..Seen::default()
        };
        for event in session.events.iter().filter(|event| event.seq > self.after) {
            seen.note(event);
        }
        self.after = session.last_seq;
        seen.problem = head
            .has_work()
            .then_some("the assistant rests although there is work");
        seen.open = session.turn.proposal().cloned();
        self.card = seen.open.clone().or(self.card.take());
        Ok(seen)
    }
}

impl Seen {
    fn note(&mut self, event: &Event) {
        match &event.body {
            EventBody::Replied(replied) => {
                let text = replied.private.as_ref().map(|words| words.text.clone());
                self.words.push(text.unwrap_or_default());
            }
            EventBody::Shown(shown) => {
                if let Some(Card::Sources(sources)) = &shown.private {
                    self.policies
                        .extend(sources.sources.iter().map(|s| s.policy.clone()));
                }
                self.cards.extend(shown.private.clone());
            }
            EventBody::ModelAnswered(answered) => {
                self.tools
                    .extend(answered.calls.iter().map(|head| head.tool.clone()));
            }
            _ => {}
        }
    }
}
