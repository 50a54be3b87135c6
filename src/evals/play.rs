//! Plays a case on a stage of its own and keeps everything that happened for the graders.

use std::fmt::Write as _;

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context as _, ensure};

use super::case::{Act, Case};
use super::rows;
use super::stage::{Kit, Stage};
use super::talk::{Seen, Talk};
use super::world::{Account, World};
use crate::clock::timestamp;
use crate::domain::aftersale::Aftersale;
use crate::domain::bundle::Bundle;
use crate::domain::conversation::Head;
use crate::domain::effect::Receipt;
use crate::domain::event::Event;
use crate::domain::ids::ConversationId;
use crate::domain::limits::EVAL_PRODUCTS_MAX;
use crate::domain::product::Product;
use crate::domain::returns::Return;
use crate::store::Store;
use crate::store::ledger::LedgerRow;
use crate::store::rows::ShopRows;

/// A case that has been played.
pub struct Played {
    pub steps: Vec<Seen>,
    pub events: Vec<Event>,
    pub head: Head,
    pub bundles: Vec<Bundle>,
    pub ledger: Vec<LedgerRow>,
    /// The shop afterwards, and as it stood before each step.
    pub world: World,
    pub stood: Vec<Arc<World>>,
    /// As it stood before the first.
    pub begin: Arc<World>,
    /// Its rows as they would be had only the case's own changes been made, and as they are.
    pub rows_before: ShopRows,
    pub rows: ShopRows,
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
            for stopped in &step.stopped {
                let _ = writeln!(talk, "        stopped: {stopped}");
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

    /// What expectations are computed from: everything as it was, at the prices in the end.
    pub fn expected_world(&self) -> World {
        World {
            products: self.world.products.clone(),
            ..World::clone(&self.begin)
        }
    }

    /// Receipts of what was done meanwhile, oldest first.
    pub fn effects(&self) -> Vec<Receipt> {
        let mut made: Vec<Receipt> = self.new_rows("effects");
        made.sort_by(|a, b| (a.at_ms, &a.key).cmp(&(b.at_ms, &b.key)));
        made
    }

    /// Exchanges, replacements and claims made meanwhile, oldest first.
    pub fn aftersales(&self) -> Vec<Aftersale> {
        let mut made: Vec<Aftersale> = self.new_rows("aftersales");
        made.sort_by_key(Aftersale::created_ms);
        made
    }

    fn new_rows<T: serde::de::DeserializeOwned>(&self, table: &str) -> Vec<T> {
        let rows = self.rows.iter();
        let new = rows.filter(|(key, _)| key.0 == table && !self.rows_before.contains_key(*key));
        // What the store has written reads.
        new.filter_map(|(_, row)| serde_json::from_str(row).ok())
            .collect()
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

    let mut show = Show {
        case,
        stage: &stage,
        email: email.as_deref(),
        rows_before: stage.store.shop_rows().await?,
        talks: BTreeMap::new(),
        stood: Vec::new(),
        world: world.clone(),
    };
    let steps = show.play().await?;
    let talks = show.talks.into_values();
    let ids: Vec<ConversationId> = talks.map(|talk| talk.id).collect();
    let begin = show.stood.first().context("a case has a step")?.clone();
    world.before = Some(begin.clone());
    refresh(&stage, &mut world, &returns_before).await?;
    let mut played = Played {
        steps,
        events: Vec::new(),
        head: stage.store.head(&ids[0]).await?,
        bundles: Vec::new(),
        ledger: Vec::new(),
        world,
        stood: show.stood,
        begin,
        rows_before: show.rows_before,
        rows: stage.store.shop_rows().await?,
        returns_before,
        strangers_returns: returns_made(&stage.store, &strangers).await?,
        strangers,
    };
    for id in &ids {
        played.events.extend(events_of(&stage.store, id).await?);
        played.bundles.extend(stage.store.bundles(id).await?);
        played.ledger.extend(stage.store.ledger(id).await?);
    }
    Ok(played)
}

/// A case while it is played.
struct Show<'a> {
    case: &'a Case,
    stage: &'a Stage,
    email: Option<&'a str>,
    rows_before: ShopRows,
    /// The shopper's conversations, by tab.
    talks: BTreeMap<u32, Talk<'a>>,
    stood: Vec<Arc<World>>,
    world: World,
}

impl Show<'_> {
    async fn play(&mut self) -> anyhow::Result<Vec<Seen>> {
        let mut steps = Vec::new();
        let begin = Arc::new(self.world.clone());
        for (at, step) in self.case.steps.iter().enumerate() {
            let act = step.act()?;
            let tab = step.tab.unwrap_or(1);
            let seen = self.take(tab, act).await;
            steps.push(seen.with_context(|| format!("step {}", at + 1))?);
            if self.case.moves_orders() {
                let world = world(self.stage, self.email, self.case).await?;
                let before = Some(begin.clone());
                let refund = self.world.refund;
                self.world = World {
                    before,
                    refund,
                    ..world
                };
            }
        }
        Ok(steps)
    }

    async fn take(&mut self, tab: u32, act: Act) -> anyhow::Result<Seen> {
        self.stood.push(Arc::new(self.world.clone()));
        if !self.talks.contains_key(&tab) {
            let talk = Talk::start(self.stage, &self.world).await?;
            self.talks.insert(tab, talk);
        }
        let talk = self.talks.get_mut(&tab).context("no such tab")?;
        if !matches!(act, Act::Change(_)) {
            return talk.take(act, &self.world).await;
        }
        let before = self.stage.store.shop_rows().await?;
        let seen = talk.take(act, &self.world).await?;
        let after = self.stage.store.shop_rows().await?;
        rows::follow(&mut self.rows_before, &before, &after);
        Ok(seen)
    }
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
            products: Arc::new(products(&self.store).await?),
            other: account(other).await?,
            knowledge: self.knowledge.clone(),
            now: timestamp(self.clock.now_ms())
                .to_zoned(zone.clone())
                .datetime(),
            zone,
            new_returns: Vec::new(),
            refund: None,
            before: None,
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
async fn refresh(stage: &Stage, world: &mut World, before: &[Return]) -> anyhow::Result<()> {
    world.products = Arc::new(products(&stage.store).await?);
    if let Some(me) = &world.me {
        let me = Account::read(&stage.store, &me.customer.email).await?;
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

/// The whole log of a conversation.
pub(super) async fn events_of(store: &Store, id: &ConversationId) -> anyhow::Result<Vec<Event>> {
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
