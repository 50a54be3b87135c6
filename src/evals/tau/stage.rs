//! The shop that a task is replayed in: the set's shop is put into a database once and the database
//! copied for each task. The clock moves only between calls.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use jiff::civil::{DateTime, datetime};
use jiff::tz::TimeZone;
use rust_embed::Embed;

use super::load::Loader;
use super::set::DataSet;
use crate::agent::driver::Parts;
use crate::clock::Clock;
use crate::customers::Customers;
use crate::domain::autonomy::Autonomy;
use crate::domain::event::{Channel, EventBody, IdentityProved};
use crate::domain::identity::{Identity, Proof, ProofMethod};
use crate::domain::ids::{ConversationId, CustomerId, IdempotencyKey, Random, sha256_hex};
use crate::domain::limits::EVAL_CLOSE_WAIT_MAX;
use crate::domain::money::Currency;
use crate::evals::SEED;
use crate::evals::stage::{Folder, Stage as Whole, copy, seed_of};
use crate::knowledge::Knowledge;
use crate::knowledge::catalog::Catalog;
use crate::model::Model;
use crate::shop::terms::Terms;
use crate::shop::{Shop, ShopProfile};
use crate::store::Store;
use crate::store::customers::NewCustomer;
use crate::store::docs::ShopDocs;
use crate::store::orders::Buyer;
use crate::tools::ToolContext;
use crate::tools::registry::Registry;

/// The shop's local time when a task begins.
const NOW: DateTime = datetime(2024, 5, 15, 15, 0, 0, 0);
/// All times of the set are on this clock.
const ZONE: &str = "America/New_York";
const CURRENCY: &str = "USD";
/// Between two calls, so that what they do is in order of time.
const BETWEEN_CALLS_MS: i64 = 60_000;

/// The set's policy as a shop writes its own.
#[derive(Embed)]
#[folder = "evals/tau-retail/"]
struct Policy;

/// What all tasks share.
pub struct Kit {
    pub set: DataSet,
    profile: Arc<ShopProfile>,
    terms: Arc<Terms>,
    knowledge: Arc<Knowledge>,
    customers: Arc<Customers>,
    pub tools: Arc<Registry>,
    now_ms: i64,
    template: Folder,
    /// The shop before anything happens.
    pub before: ShopDocs,
}

/// One copy of the shop.
pub struct Stage<'a> {
    pub kit: &'a Kit,
    pub shop: Shop,
    catalog: Catalog,
    /// The task's name, in which its keys and ids are made.
    name: String,
    calls: u64,
    /// Conversations by the customer who has them, with what is proved in each.
    proved: BTreeMap<CustomerId, (ConversationId, Identity)>,
    _folder: Folder,
}

impl Kit {
    pub async fn new(set: DataSet) -> anyhow::Result<Self> {
        let zone = TimeZone::get(ZONE)?;
        let currency: Currency = CURRENCY.parse()?;
        let now_ms = NOW.to_zoned(zone.clone())?.timestamp().as_millisecond();
        let policy = policy_folder()?;
        let terms = Terms::load(&policy.path, currency)?;
        let template = Folder::new("tau")?;
        let before = fill(&template.path, &set, currency, now_ms).await?;
        Ok(Self {
            profile: Arc::new(ShopProfile {
                name: "the set's shop".to_owned(),
                email: "shop@shop.example".to_owned(),
                url: "https://shop.example".to_owned(),
                return_address: Vec::new(),
                currency,
                zone,
                public_url: "https://shop.example".to_owned(),
                has_storefront: false,
            }),
            terms: Arc::new(terms),
            knowledge: Arc::new(Knowledge::load(&policy.path)?),
            customers: Arc::new(Customers::embedded()?),
            tools: Arc::new(Registry::new()?),
            set,
            now_ms,
            template,
            before,
        })
    }

    /// A copy of the shop; the same name gives the same ids.
    fn shop(&self, name: &str) -> anyhow::Result<(Shop, Folder)> {
        let folder = Folder::new("tau-task")?;
        copy(&self.template.path, &folder.path)?;
        let shop = Shop {
            store: Store::open(&folder.path)?,
            profile: self.profile.clone(),
            terms: self.terms.clone(),
            clock: Clock::fixed(crate::clock::timestamp(self.now_ms)),
            random: Random::seeded(seed_of(SEED, name)),
        };
        Ok((shop, folder))
    }

    /// The same with the whole assistant in it.
    pub fn with_assistant(&self, name: &str, model: Arc<dyn Model>) -> anyhow::Result<Whole> {
        let (shop, folder) = self.shop(name)?;
        let parts = Parts {
            store: shop.store.clone(),
            knowledge: self.knowledge.clone(),
            customers: self.customers.clone(),
            catalog: Arc::new(Catalog::new(shop.store.clone())),
            tools: self.tools.clone(),
            model,
            clock: shop.clock.clone(),
            random: shop.random.clone(),
            secret: [7; 32],
            holder: "evals".to_owned(),
            autonomy: Autonomy::default(),
            dry_run: false,
            shop,
        };
        Ok(Whole::of(parts, folder))
    }

    pub fn stage(&self, name: &str) -> anyhow::Result<Stage<'_>> {
        let (shop, folder) = self.shop(name)?;
        Ok(Stage {
            kit: self,
            catalog: Catalog::new(shop.store.clone()),
            shop,
            name: name.to_owned(),
            calls: 0,
            proved: BTreeMap::new(),
            _folder: folder,
        })
    }
}

impl Stage<'_> {
    /// Moves on to the next call; its key is its own.
    pub fn next_call(&mut self) -> IdempotencyKey {
        self.calls += 1;
        self.shop.clock.advance_ms(BETWEEN_CALLS_MS);
        IdempotencyKey::new(sha256_hex(&format!("tau/{}/{}", self.name, self.calls)))
    }

    /// The conversation of a customer whom the operator vouches for, with the identity that its log
    /// folds to.
    pub async fn identity(
        &mut self,
        customer: &CustomerId,
    ) -> anyhow::Result<(ConversationId, Identity)> {
        if let Some(known) = self.proved.get(customer) {
            return Ok(known.clone());
        }
        let id = ConversationId::new(self.shop.random.id("c"));
        let token_hash = sha256_hex(&self.shop.random.secret());
        let proof = Proof::Customer {
            customer: customer.clone(),
            method: ProofMethod::Terminal,
        };
        let proved = vec![EventBody::IdentityProved(IdentityProved { proof })];
        let (store, now_ms) = (&self.shop.store, self.shop.clock.now_ms());
        store
            .create_conversation(&id, &token_hash, Channel::Eval, now_ms, proved)
            .await?;
        let identity = Identity::fold(&store.events(&id, 0).await?);
        let known = (id, identity);
        self.proved.insert(customer.clone(), known.clone());
        Ok(known)
    }

    pub fn context<'a>(
        &'a self,
        conversation: &'a ConversationId,
        identity: &Identity,
    ) -> ToolContext<'a> {
        ToolContext {
            refund_limit: None,
            shop: &self.shop,
            knowledge: &self.kit.knowledge,
            customers: &self.kit.customers,
            catalog: &self.catalog,
            clock: &self.shop.clock,
            secret: &[7; 32],
            conversation,
            turn: self.calls,
            orders: identity.orders(),
            customer: identity.customer(),
            shopper_wrote: "",
            pictures: &[],
            approved_by: None,
        }
    }
}

/// The policy's files in a folder, where the loaders of a shop's own find them.
fn policy_folder() -> anyhow::Result<Folder> {
    let folder = Folder::new("tau-policy")?;
    for name in Policy::iter() {
        let file = Policy::get(&name).context("an embedded file is gone")?;
        let path = folder.path.join(name.as_ref());
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(&path, &file.data)?;
    }
    Ok(folder)
}

/// Puts the set's shop into a new database and closes it.
async fn fill(
    folder: &Path,
    set: &DataSet,
    currency: Currency,
    now_ms: i64,
) -> anyhow::Result<ShopDocs> {
    let loader = Loader {
        set,
        currency,
        now_ms,
    };
    let loaded = loader.load()?;
    let store = Store::open(folder)?;
    let customers = loaded.customers.into_iter().map(|customer| NewCustomer {
        customer,
        known_by_email: false,
    });
    all_kept(store.put_customers(customers.collect()).await?)?;
    store.put_gift_cards(loaded.gift_cards).await?;
    all_kept(store.put_products(loaded.products).await?)?;
    let orders = loaded.orders.into_iter().map(|order| {
        let buyer = Buyer::Id(order.customer.clone());
        (buyer, order)
    });
    all_kept(store.put_orders(orders.collect()).await?)?;
    let before = store.shop_docs().await?;
    drop(store);
    closed(folder).await?;
    Ok(before)
}

fn all_kept(problems: Vec<Option<String>>) -> anyhow::Result<()> {
    let problem = problems.into_iter().flatten().next();
    ensure!(problem.is_none(), "{}", problem.unwrap_or_default());
    Ok(())
}

/// Waits until the database is one file again: then a copy of it has nothing to catch up with. Two
/// connections that close at once may each leave the log to the other; one that comes and goes alone
/// takes it in.
async fn closed(folder: &Path) -> anyhow::Result<()> {
    let since = Instant::now();
    loop {
        for _ in 0..20 {
            if !log_is_there(folder)? {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        if since.elapsed() > EVAL_CLOSE_WAIT_MAX {
            bail!("the shop's database did not close");
        }
        drop(Store::open(folder)?);
    }
}

fn log_is_there(folder: &Path) -> std::io::Result<bool> {
    for entry in std::fs::read_dir(folder)? {
        if entry?.file_name().to_string_lossy().ends_with("-wal") {
            return Ok(true);
        }
    }
    Ok(false)
}
