//! Plays a case on a stage of its own and keeps everything that happened for the graders.

use std::fmt::Write as _;

use anyhow::{Context as _, ensure};

use super::case::Case;
use super::stage::{Kit, Stage};
use super::talk::{Seen, Talk};
use super::world::{Account, World};
use crate::clock::timestamp;
use crate::domain::bundle::Bundle;
use crate::domain::conversation::Head;
use crate::domain::event::Event;
use crate::domain::ids::ConversationId;
use crate::domain::limits::EVAL_PRODUCTS_MAX;
use crate::domain::product::Product;
use crate::domain::returns::Return;
use crate::store::Store;
use crate::store::ledger::LedgerRow;

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
    match case.shopper.as_ref().or(case.knows.as_ref()) {
        Some(situation) => Ok(Some(stage.email_of(situation)?.to_owned())),
        None => Ok(case.email.clone()),
    }
}

async fn world(stage: &Stage, email: Option<&str>, case: &Case) -> anyhow::Result<World> {
    let other = match &case.other {
        Some(situation) => Some(stage.email_of(situation)?),
        None => None,
    };
    let world = stage.world(email, other).await?;
    Ok(World {
        signed_in: world.signed_in && !case.anonymous,
        ..world
    })
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
            signed_in: me.is_some(),
            products: products(&self.store).await?,
            other: account(other).await?,
            knowledge: self.knowledge.clone(),
            now: timestamp(self.clock.now_ms())
                .to_zoned(zone.clone())
                .datetime(),
            zone,
            new_returns: Vec::new(),
            refund: None,
        })
    }
}

async fn products(store: &Store) -> anyhow::Result<Vec<Product>> {
    let products = store.products(None, EVAL_PRODUCTS_MAX).await?;
    ensure!(products.len() < EVAL_PRODUCTS_MAX, "too many products");
    Ok(products)
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
