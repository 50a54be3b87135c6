//! The parts of a running program, each made once, from the configuration.

mod secret;

use std::sync::Arc;

use anyhow::Context as _;
use jiff::tz::TimeZone;
use sha2::{Digest as _, Sha256};

use crate::agent::driver::{Assistant, Parts};
use crate::channels::customer_token::CustomerTokens;
use crate::clock::Clock;
use crate::config::{
    Config, ContextRole, DemoScale, Endpoint, FILE, ModelApi, ModelChoice, Secret,
};
use crate::customers::{Customers, Holdout};
use crate::domain::autonomy::Autonomy;
use crate::domain::customer::Customer;
use crate::domain::ids::Random;
use crate::knowledge::Knowledge;
use crate::knowledge::catalog::Catalog;
use crate::model::Model;
use crate::model::builtin::Builtin;
use crate::model::openai::{Api, OpenAi, OpenAiSettings};
use crate::shop::demo::{self, DemoShopper, DemoSize};
use crate::shop::terms::Terms;
use crate::shop::{Shop, ShopProfile};
use crate::store::Store;
use crate::tools::registry::Registry;

/// What every command needs: the configuration and the shop on its database. The rest is made when
/// it is asked for.
pub struct App {
    pub config: Config,
    pub shop: Shop,
    pub clock: Clock,
    pub random: Random,
}

impl App {
    /// Opens the data folder; a new one gets the demo shop unless the configuration says otherwise.
    /// `public_url` is where links for shoppers begin.
    pub async fn open(config: Config, public_url: String) -> anyhow::Result<Self> {
        Self::open_at(config, public_url, Clock::System, Random::Os).await
    }

    /// The same with a clock and randomness of the caller's.
    pub async fn open_at(
        config: Config,
        public_url: String,
        clock: Clock,
        random: Random,
    ) -> anyhow::Result<Self> {
        let folder = &config.data;
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot make the data folder {}", folder.display()))?;
        let store = Store::open(folder)
            .with_context(|| format!("cannot open the database in {}", folder.display()))?;
        let shop = Shop {
            store,
            terms: Arc::new(terms(&config)?),
            profile: Arc::new(profile(&config, public_url)?),
            clock: clock.clone(),
            random: random.clone(),
        };
        let mut app = Self {
            config,
            shop,
            clock,
            random,
        };
        app.fill().await?;
        app.open_storefront().await?;
        Ok(app)
    }

    pub fn store(&self) -> &Store {
        &self.shop.store
    }

    /// Who answers, with the configured model. Made once per process: it holds leases under a name
    /// of its own.
    pub async fn assistant(&self) -> anyhow::Result<Arc<Assistant>> {
        self.assistant_with(model(&self.config.model)?).await
    }

    /// The same with a model of the caller's.
    pub async fn assistant_with(&self, model: Arc<dyn Model>) -> anyhow::Result<Arc<Assistant>> {
        let tools = Arc::new(Registry::new()?);
        Ok(Assistant::new(Parts {
            store: self.shop.store.clone(),
            shop: self.shop.clone(),
            knowledge: Arc::new(self.knowledge()?),
            customers: Arc::new(self.customers().await?),
            catalog: Arc::new(Catalog::new(self.shop.store.clone())),
            model,
            clock: self.clock.clone(),
            random: self.random.clone(),
            secret: self.code_secret()?,
            holder: self.random.id("h"),
            autonomy: self.autonomy(&tools)?,
            tools,
            dry_run: self.config.dry_run,
        }))
    }

    /// What is done without a person; every action that is named must be there.
    pub fn autonomy(&self, tools: &Registry) -> anyhow::Result<Autonomy> {
        self.config
            .autonomy
            .check(&tools.acting())
            .with_context(|| format!("{FILE} is not right"))?;
        Ok(self.config.autonomy.clone())
    }

    /// Keys the hashes of one-time codes; every process on the folder has the same.
    fn code_secret(&self) -> anyhow::Result<[u8; 32]> {
        let secret = match &self.config.customer_secret {
            Some(secret) => secret.expose().as_bytes().to_vec(),
            None => secret::of_folder(&self.config.data, &self.random)?.to_vec(),
        };
        let mut keyed = Sha256::new();
        keyed.update(b"one-time codes\n");
        keyed.update(&secret);
        Ok(keyed.finalize().into())
    }

    pub fn customer_tokens(&self) -> anyhow::Result<CustomerTokens> {
        let tokens = match &self.config.customer_secret {
            Some(secret) => CustomerTokens::new(secret.expose().as_bytes()),
            None => CustomerTokens::new(&secret::of_folder(&self.config.data, &self.random)?),
        };
        match &self.config.customer_jwks {
            Some(path) => tokens
                .with_jwks(path)
                .context("customer_jwks cannot be used"),
            None => Ok(tokens),
        }
    }

    /// The customer with an e-mail address.
    pub async fn customer(&self, email: &str) -> anyhow::Result<Customer> {
        let found = self.store().customer_by_email(email).await?;
        found.with_context(|| {
            format!(
                "the shop has no customer with the e-mail address {email:?}; `attendant demo` \
                 lists the shoppers of the demo shop"
            )
        })
    }

    /// The named shoppers of the demo shop; none when the shop is another one.
    pub async fn demo_shoppers(&self) -> anyhow::Result<Vec<DemoShopper>> {
        if !self.store().has_demo().await? {
            return Ok(Vec::new());
        }
        Ok(demo::shoppers(self.store()).await?)
    }

    /// The demo shop's pages are this server's: links to the shop lead there.
    async fn open_storefront(&mut self) -> anyhow::Result<()> {
        if self.config.shop.is_none() && self.store().has_demo().await? {
            let profile = &self.shop.profile;
            self.shop.profile = Arc::new(ShopProfile {
                url: profile.public_url.clone(),
                has_storefront: true,
                ..ShopProfile::clone(profile)
            });
        }
        Ok(())
    }

    /// Decides once per folder whether it has the demo shop: a shop that was started empty stays so.
    async fn fill(&self) -> anyhow::Result<()> {
        const STARTED: &str = "shop_started";
        let store = self.store();
        if store.meta_get(STARTED).await?.is_some() {
            return Ok(());
        }
        // A shop that says who it is has goods and customers of its own.
        let demo = match &self.config.shop {
            Some(_) => DemoScale::None,
            None => self.config.demo,
        };
        match demo {
            DemoScale::Full => demo::seed(&self.shop, DemoSize::Full).await.map(drop)?,
            DemoScale::Small => demo::seed(&self.shop, DemoSize::Small).await.map(drop)?,
            DemoScale::None => {}
        }
        Ok(store.meta_set(STARTED, "yes").await?)
    }

    /// Segments and offers: the knowledge folder's, else the demo shop's. A shop of its own that
    /// names no folder has none.
    pub async fn customers(&self) -> anyhow::Result<Customers> {
        let config = &self.config;
        let customers = match (&config.knowledge, &config.shop) {
            (Some(folder), _) => Customers::load(folder, self.shop.profile.currency)?,
            (None, None) => Customers::embedded()?,
            (None, Some(_)) => Customers::default(),
        };
        customers.check_names(self.store()).await?;
        let holdout = Holdout::new(config.holdout_percent, config.holdout_salt.as_deref());
        Ok(customers
            .with_holdout(holdout)
            .with_margin_floor(config.margin_floor_percent))
    }

    fn knowledge(&self) -> anyhow::Result<Knowledge> {
        Ok(match &self.config.knowledge {
            Some(folder) => Knowledge::load(folder)?,
            None => Knowledge::embedded()?,
        })
    }
}

/// The language model of a choice. The built-in one is trained beside the start rather than in the
/// first conversation.
pub fn model(choice: &ModelChoice) -> anyhow::Result<Arc<dyn Model>> {
    Ok(match choice {
        ModelChoice::Builtin => {
            std::thread::spawn(Builtin::warm);
            Arc::new(Builtin)
        }
        ModelChoice::Openai(endpoints) => {
            let first = endpoints.chain.first().context("no endpoint is named")?;
            Arc::new(OpenAi::new(&settings(first))?)
        }
    })
}

/// An endpoint of the configuration as its adapter takes it.
pub fn settings(endpoint: &Endpoint) -> OpenAiSettings {
    let pair = |(name, value): &(String, Secret)| (name.clone(), value.expose().to_owned());
    let key = endpoint.key.as_ref().map(Secret::expose);
    OpenAiSettings {
        key_header: endpoint.key_header.clone(),
        api: match endpoint.api {
            ModelApi::Chat => Api::Chat,
            ModelApi::Responses => Api::Responses,
        },
        headers: endpoint.headers.iter().map(pair).collect(),
        query: endpoint.query.clone(),
        strict: endpoint.strict,
        context_as_user: endpoint.context_role == ContextRole::User,
        ..OpenAiSettings::new(&endpoint.url, key.unwrap_or_default(), &endpoint.name)
    }
}

/// What the shop says of shipping and hours: its own, from its knowledge folder. The demo shop's
/// are the demo shop's alone: another one cannot keep them.
fn terms(config: &Config) -> anyhow::Result<Terms> {
    let Some(folder) = &config.knowledge else {
        return Ok(match &config.shop {
            Some(_) => Terms::default(),
            None => Terms::embedded(),
        });
    };
    let currency = config
        .shop
        .as_ref()
        .map_or_else(|| demo::profile().currency, |shop| shop.currency);
    Terms::load(folder, currency)
        .with_context(|| format!("the folder {} is not right", folder.display()))
}

/// Who the shop is: as configured, else the demo shop.
fn profile(config: &Config, public_url: String) -> anyhow::Result<ShopProfile> {
    let Some(shop) = &config.shop else {
        return Ok(ShopProfile {
            public_url,
            ..demo::profile()
        });
    };
    let zone = TimeZone::get(&shop.timezone)
        .with_context(|| format!("shop.timezone {:?} is no zone", shop.timezone))?;
    Ok(ShopProfile {
        name: shop.name.clone(),
        email: shop.email.clone(),
        url: shop.url.clone(),
        return_address: shop.return_address.clone(),
        currency: shop.currency,
        zone,
        public_url,
        has_storefront: false,
    })
}
