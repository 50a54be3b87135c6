//! Where a case is played: a small demo shop of its own in a temporary folder, with a clock that
//! only the case moves and randomness from the seed. The shop is seeded once per clock time and
//! copied for each case.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context as _;
use jiff::Timestamp;
use jiff::civil::{DateTime, datetime};
use tokio::sync::Mutex;

use crate::agent::driver::{Assistant, Parts};
use crate::channels::chat::Chat;
use crate::clock::Clock;
use crate::customers::Customers;
use crate::domain::autonomy::Autonomy;
use crate::domain::ids::{Random, sha256_hex};
use crate::knowledge::Knowledge;
use crate::knowledge::catalog::Catalog;
use crate::model::Model;
use crate::shop::demo::{self, DemoShopper, DemoSize};
use crate::shop::terms::Terms;
use crate::shop::{Shop, ShopProfile};
use crate::store::Store;
use crate::store::returns::ShopContent;
use crate::tools::registry::Registry;

/// The shop's local time of a case that names none: an ordinary Tuesday, no season's rules.
pub const NOW: DateTime = datetime(2026, 9, 15, 10, 0, 0, 0);
/// Links for shoppers begin so.
const PUBLIC_URL: &str = "https://shop.example";

/// What all cases share, made once.
pub struct Kit {
    pub knowledge: Arc<Knowledge>,
    customers: Arc<Customers>,
    pub seed: u64,
    tools: Arc<Registry>,
    model: Arc<dyn Model>,
    /// Takes out of the demo shop what no case looks at.
    trim: fn(&mut ShopContent),
    /// Seeded shops by their time.
    templates: Mutex<BTreeMap<Timestamp, Arc<Template>>>,
}

/// A seeded shop that nobody writes to any more.
struct Template {
    folder: Folder,
    /// Kept open: closing it would change files while they are copied.
    _store: Store,
    shoppers: Vec<DemoShopper>,
}

/// One shop with its assistant.
pub struct Stage {
    pub assistant: Arc<Assistant>,
    pub chat: Chat,
    pub store: Store,
    pub shop: Shop,
    pub clock: Clock,
    pub random: Random,
    pub knowledge: Arc<Knowledge>,
    pub shoppers: Vec<DemoShopper>,
    /// Dropped last, when nothing has the database open.
    _folder: Folder,
}

impl Kit {
    pub fn new(model: Arc<dyn Model>, seed: u64) -> anyhow::Result<Self> {
        Self::with_less(model, seed, |_| {})
    }

    /// The same with a smaller shop.
    pub fn with_less(
        model: Arc<dyn Model>,
        seed: u64,
        trim: fn(&mut ShopContent),
    ) -> anyhow::Result<Self> {
        // Counts decide what a prompt leaves out; they must not depend on when the table is there.
        crate::agent::tokens::load();
        Ok(Self {
            knowledge: Arc::new(Knowledge::embedded()?),
            customers: Arc::new(Customers::embedded()?),
            seed,
            tools: Arc::new(Registry::new()?),
            model,
            trim,
            templates: Mutex::new(BTreeMap::new()),
        })
    }

    /// A fresh shop for one case: the same name, seed and time give the same one.
    pub async fn stage(&self, name: &str, now: Option<DateTime>) -> anyhow::Result<Stage> {
        let zone = demo::profile().zone;
        let now = now.unwrap_or(NOW).to_zoned(zone)?.timestamp();
        let template = self.template(now).await?;
        let folder = Folder::new("case")?;
        copy(&template.folder.path, &folder.path)?;
        let store = Store::open(&folder.path)?;
        let (clock, random) = (Clock::fixed(now), Random::seeded(seed_of(self.seed, name)));
        let parts = Parts {
            store: store.clone(),
            shop: shop(store.clone(), &clock, &random),
            knowledge: self.knowledge.clone(),
            customers: self.customers.clone(),
            catalog: Arc::new(Catalog::new(store)),
            tools: self.tools.clone(),
            model: self.model.clone(),
            clock,
            random,
            secret: [7; 32],
            holder: "evals".to_owned(),
            autonomy: Autonomy::default(),
            dry_run: false,
        };
        Ok(Stage {
            shoppers: template.shoppers.clone(),
            ..Stage::of(parts, folder)
        })
    }

    async fn template(&self, now: Timestamp) -> anyhow::Result<Arc<Template>> {
        let mut templates = self.templates.lock().await;
        if let Some(template) = templates.get(&now) {
            return Ok(template.clone());
        }
        let folder = Folder::new("shop")?;
        let store = Store::open(&folder.path)?;
        let random = Random::seeded(seed_of(self.seed, "shop"));
        let shop = shop(store.clone(), &Clock::fixed(now), &random);
        let mut content = demo::content(&shop, demo::SEED, DemoSize::Small);
        (self.trim)(&mut content);
        store.put_demo(content).await?;
        let shoppers = demo::shoppers(&store).await?;
        let template = Arc::new(Template {
            folder,
            _store: store,
            shoppers,
        });
        templates.insert(now, template.clone());
        Ok(template)
    }
}

impl Stage {
    /// Lets another model answer here, with what the shop has written by now.
    pub fn play_with(&mut self, model: Arc<dyn Model>) {
        self.assistant = Assistant::new(Parts {
            model,
            knowledge: self.knowledge.clone(),
            ..self.assistant.parts.clone()
        });
        self.chat = Chat::new(self.assistant.clone());
    }

    /// An assistant of these parts; their database is in the folder.
    pub(super) fn of(parts: Parts, folder: Folder) -> Self {
        let assistant = Assistant::new(parts);
        let parts = &assistant.parts;
        Self {
            store: parts.store.clone(),
            shop: parts.shop.clone(),
            clock: parts.clock.clone(),
            random: parts.random.clone(),
            knowledge: parts.knowledge.clone(),
            shoppers: Vec::new(),
            chat: Chat::new(assistant.clone()),
            assistant,
            _folder: folder,
        }
    }

    /// The e-mail of the demo shopper in a situation.
    pub fn email_of(&self, situation: &str) -> anyhow::Result<&str> {
        let found = self
            .shoppers
            .iter()
            .find(|shopper| shopper.situation == situation);
        found
            .map(|shopper| shopper.email.as_str())
            .with_context(|| {
                let known: Vec<&str> = self
                    .shoppers
                    .iter()
                    .map(|shopper| shopper.situation.as_str())
                    .collect();
                format!(
                    "no demo shopper is \"{situation}\"; there are {}",
                    known.join(", ")
                )
            })
    }
}

fn shop(store: Store, clock: &Clock, random: &Random) -> Shop {
    let public_url = PUBLIC_URL.to_owned();
    Shop {
        store,
        profile: Arc::new(ShopProfile {
            public_url,
            ..demo::profile()
        }),
        terms: Arc::new(Terms::embedded()),
        clock: clock.clone(),
        random: random.clone(),
    }
}

/// A seed of its own for each name, so that one more case changes no other.
pub fn seed_of(seed: u64, name: &str) -> u64 {
    let hash = sha256_hex(&format!("{seed}/{name}"));
    u64::from_str_radix(&hash[..16], 16).expect("a SHA-256 in hexadecimal has 64 digits")
}

/// Copies a database whose writer rests: the file and what its log adds to it. The shared index of
/// the log is left out; it is made anew when the copy is opened.
pub(super) fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(from).with_context(|| from.display().to_string())? {
        let entry = entry?;
        let name = entry.file_name();
        if entry.file_type()?.is_file() && !name.to_string_lossy().ends_with("-shm") {
            std::fs::copy(entry.path(), to.join(&name))?;
        }
    }
    Ok(())
}

/// A temporary folder that goes when it is dropped.
pub(super) struct Folder {
    pub path: PathBuf,
}

impl Folder {
    pub fn new(what: &str) -> anyhow::Result<Self> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let process = std::process::id();
        let path = std::env::temp_dir().join(format!("attendant-eval-{process}-{what}-{count}"));
        std::fs::create_dir_all(&path)
            .with_context(|| format!("cannot make the folder {}", path.display()))?;
        Ok(Self { path })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed lies in the system's temporary folder and does no harm.
        let _ = std::fs::remove_dir_all(&self.path);
    }
}
