//! Configuration: one typed value from `DATA/attendant.toml` and `ATTENDANT_*` variables, the
//! variables winning. The only place that reads the environment.

mod models;

pub use models::{Budgets, ContextRole, Endpoint, Endpoints, ModelApi, ModelChoice, Price};

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde::Deserialize;

use models::{BudgetKeys, EndpointKeys, Flag, ModelKeys, Pairs, PriceKeys};

use crate::domain::autonomy::{Autonomy, DEFAULT};
use crate::domain::limits::{ORIGINS_MAX, RATE_PER_MINUTE_MAX};
use crate::domain::money::Currency;

/// The file's name in the data folder.
pub const FILE: &str = "attendant.toml";

/// What is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The data folder: from the command line alone, since the file lies in it.
    pub data: PathBuf,
    pub listen: String,
    pub model: ModelChoice,
    /// Where shoppers reach this server; `None` follows from the address that it listens on.
    pub public_url: Option<String>,
    /// A folder of policies, segments and offers in place of the demo shop's; `None` takes the
    /// built-in ones.
    pub knowledge: Option<PathBuf>,
    /// Customers of a hundred who get no offer, so that offers can be shown to work.
    pub holdout_percent: u8,
    /// Draws other customers into the holdout; `None` takes a fixed one.
    pub holdout_salt: Option<String>,
    /// Raises the margin floor of `offers.toml`.
    pub margin_floor_percent: u8,
    /// Signs customer tokens; `None` takes `DATA/secret.key`.
    pub customer_secret: Option<Secret>,
    /// A file of the storefront's public keys (a JWK set), for tokens that it signs with a private
    /// one. Read again when it changes.
    pub customer_jwks: Option<PathBuf>,
    /// The header in which the proxy in front of this server says whose request it passes on, as
    /// `x-forwarded-for`; its last entry counts. Set it only where every request comes through that
    /// proxy: others could write it themselves.
    pub client_address_header: Option<String>,
    /// Origins of the pages that may use the chat, as `https://shop.example`; `None` lets in those
    /// of this machine.
    pub allowed_origins: Option<Vec<String>>,
    pub rates: RatesPerMinute,
    /// What language models may use up.
    pub budgets: Budgets,
    /// What the assistant does without a person, by channel and action.
    pub autonomy: Autonomy,
    /// Prepare everything and do nothing: from the command line alone.
    pub dry_run: bool,
    pub demo: DemoScale,
    /// The shop's own name and addresses; `None` takes the demo shop's.
    pub shop: Option<ShopSettings>,
    /// Filter of the log, as `info` or `attendant=debug`.
    pub log: Option<String>,
}

/// How many of each a minute; `None` is as many as anybody likes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RatesPerMinute {
    pub messages_per_conversation: Option<NonZeroU32>,
    pub messages_per_address: Option<NonZeroU32>,
    pub conversations_per_address: Option<NonZeroU32>,
}

/// `[shop]` of the file: who the shop is, in its words and on its slips.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShopSettings {
    pub name: String,
    pub email: String,
    pub url: String,
    /// Lines of the return address as printed.
    pub return_address: Vec<String>,
    /// ISO 4217.
    pub currency: Currency,
    /// A zone of the IANA database: deadlines are days there.
    pub timezone: String,
}

/// How much of a demo shop is made when there is no data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DemoScale {
    #[default]
    Full,
    /// A few dozen orders: for tests.
    Small,
    None,
}

/// A value that is never printed.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

/// The keys of the file; each is also a variable: `listen` is `ATTENDANT_LISTEN`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Keys {
    listen: String,
    model: Option<ModelKind>,
    model_url: Option<String>,
    model_key: Option<Secret>,
    model_key_header: Option<String>,
    model_name: Option<String>,
    model_api: ModelApi,
    model_headers: Option<Pairs>,
    model_query: Option<Pairs>,
    model_strict: Option<Flag>,
    model_context_role: ContextRole,
    model_then_builtin: Option<Flag>,
    model_summarise: Option<String>,
    model_judge: Option<String>,
    fallback: Vec<EndpointKeys>,
    budget: BudgetKeys,
    price: BTreeMap<String, PriceKeys>,
    public_url: Option<String>,
    knowledge: Option<PathBuf>,
    holdout_percent: Number,
    holdout_salt: Option<String>,
    margin_floor_percent: Number,
    customer_secret: Option<Secret>,
    customer_jwks: Option<PathBuf>,
    client_address_header: Option<String>,
    allowed_origins: Option<Origins>,
    messages_per_conversation: Number,
    messages_per_address: Number,
    conversations_per_address: Number,
    autonomy: Option<toml::Table>,
    demo: DemoScale,
    shop: Option<ShopSettings>,
    log: Option<String>,
}

/// A list in the file, separated by commas in a variable.
#[derive(Deserialize)]
#[serde(untagged)]
enum Origins {
    List(Vec<String>),
    Text(String),
}

impl Origins {
    fn read(self) -> anyhow::Result<Vec<String>> {
        let all = match self {
            Self::List(all) => all,
            Self::Text(text) => text.split(',').map(str::to_owned).collect(),
        };
        if all.len() > ORIGINS_MAX {
            bail!("allowed_origins names more than {ORIGINS_MAX} origins");
        }
        let all = all
            .iter()
            .map(|origin| origin.trim())
            .filter(|origin| !origin.is_empty());
        all.map(origin).collect()
    }
}

/// An origin as a browser sends it: scheme, host, port, nothing behind.
/// Source: RFC 6454, section 6.2.
fn origin(text: &str) -> anyhow::Result<String> {
    let plain = text.trim_end_matches('/').to_ascii_lowercase();
    let host = plain
        .strip_prefix("https://")
        .or_else(|| plain.strip_prefix("http://"));
    if host.is_none_or(|host| host.is_empty() || host.contains(['/', '*', '?', '#', '@', ' '])) {
        bail!(
            "allowed_origins has {text:?}, which is no origin; write each as \
             https://shop.example or https://shop.example:8443, without a path"
        );
    }
    // Browsers leave out the port that a scheme has anyway.
    let default = if plain.starts_with("https") {
        ":443"
    } else {
        ":80"
    };
    Ok(plain.strip_suffix(default).unwrap_or(&plain).to_owned())
}

/// A number in the file, digits in a variable.
#[derive(Deserialize)]
#[serde(untagged)]
enum Number {
    Number(i64),
    Digits(String),
}

impl Number {
    fn read<T: TryFrom<i64> + PartialOrd + fmt::Display>(
        &self,
        key: &str,
        max: T,
    ) -> anyhow::Result<T> {
        let number = match self {
            Self::Number(number) => Some(*number),
            Self::Digits(text) => text.trim().parse().ok(),
        };
        number
            .and_then(|number| T::try_from(number).ok())
            .filter(|number| *number <= max)
            .with_context(|| format!("{key} must be a whole number from 0 to {max}"))
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ModelKind {
    Builtin,
    Openai,
}

impl Default for Keys {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8080".to_owned(),
            model: None,
            model_url: None,
            model_key: None,
            model_key_header: None,
            model_name: None,
            model_api: ModelApi::Chat,
            model_headers: None,
            model_query: None,
            model_strict: None,
            model_context_role: ContextRole::System,
            model_then_builtin: None,
            model_summarise: None,
            model_judge: None,
            fallback: Vec::new(),
            budget: BudgetKeys::default(),
            price: BTreeMap::new(),
            public_url: None,
            knowledge: None,
            holdout_percent: Number::Number(10),
            holdout_salt: None,
            margin_floor_percent: Number::Number(0),
            customer_secret: None,
            customer_jwks: None,
            client_address_header: None,
            allowed_origins: None,
            messages_per_conversation: Number::Number(30),
            messages_per_address: Number::Number(120),
            conversations_per_address: Number::Number(30),
            autonomy: None,
            demo: DemoScale::Full,
            shop: None,
            log: None,
        }
    }
}

const PREFIX: &str = "ATTENDANT_";
/// Variables of the project's own checks, which say nothing to the program: the folder of public
/// data sets, how often the crash test kills.
const OF_THE_CHECKS: [&str; 3] = ["ATTENDANT_CI", "ATTENDANT_DATA", "ATTENDANT_KILLS"];

impl Config {
    /// What is in force for a data folder in this process.
    pub fn load(data: &Path) -> anyhow::Result<Self> {
        Self::read(data, std::env::vars_os())
    }

    /// The same from given variables.
    pub fn read(
        data: &Path,
        variables: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> anyhow::Result<Self> {
        let path = data.join(FILE);
        let mut table = match std::fs::read_to_string(&path) {
            Ok(text) => {
                // Checked by itself first, so that an error names the file and its line.
                toml::from_str::<Keys>(&text)
                    .with_context(|| format!("{} is not right", path.display()))?;
                toml::from_str(&text)?
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => toml::Table::new(),
            Err(error) => return Err(error).context(format!("cannot read {}", path.display())),
        };
        for (name, value) in variables {
            let Some(key) = name.to_str().and_then(own_key) else {
                continue;
            };
            let Some(value) = value.to_str() else {
                bail!("the variable {} is not valid UTF-8", name.display());
            };
            table.insert(key, toml::Value::String(value.to_owned()));
        }
        let keys: Keys = table.try_into().context(
            "a variable that begins with ATTENDANT_ is not right (each is ATTENDANT_ and a key \
             of attendant.toml in capitals)",
        )?;
        keys.into_config(data)
    }
}

/// The key that a variable sets; `None` for those that are not this program's.
fn own_key(name: &str) -> Option<String> {
    let key = name.strip_prefix(PREFIX)?;
    // Kubernetes describes a service named "attendant" by such variables to every container.
    let of_the_cluster = key == "PORT"
        || key.starts_with("PORT_")
        || key.starts_with("SERVICE_HOST")
        || key.starts_with("SERVICE_PORT");
    (!of_the_cluster && !OF_THE_CHECKS.contains(&name)).then(|| key.to_lowercase())
}

impl Keys {
    /// What is wrong with single values, and what to write instead.
    fn check(&self) -> anyhow::Result<()> {
        if let Some(shop) = &self.shop
            && jiff::tz::TimeZone::get(&shop.timezone).is_err()
        {
            bail!(
                "shop.timezone {:?} is no zone; write one like \"Europe/Dublin\"",
                shop.timezone
            );
        }
        if let Some(url) = &self.public_url
            && !(url.starts_with("http://") || url.starts_with("https://"))
        {
            bail!("public_url must begin with http:// or https://, and is {url:?}");
        }
        if self
            .customer_secret
            .as_ref()
            .is_some_and(|secret| secret.expose().len() < 16)
        {
            bail!("customer_secret is too short to keep forgers out: give at least 16 bytes");
        }
        if let Some(name) = &self.client_address_header
            && !is_header_name(name)
        {
            bail!(
                "client_address_header {name:?} is no name of a header; write one like \
                 \"x-forwarded-for\", or leave it out where no proxy is in front"
            );
        }
        if let Some(path) = &self.customer_jwks
            && !path.is_file()
        {
            bail!(
                "customer_jwks {} is no file; name the file with the storefront's public keys, \
                 a JWK set as {{\"keys\": [...]}}",
                path.display()
            );
        }
        Ok(())
    }

    fn into_config(self, data: &Path) -> anyhow::Result<Config> {
        self.check()?;
        let kind = self.model.unwrap_or(match self.model_url {
            Some(_) => ModelKind::Openai,
            None => ModelKind::Builtin,
        });
        let model = ModelKeys {
            is_openai: kind == ModelKind::Openai,
            first: EndpointKeys {
                url: self.model_url,
                key: self.model_key,
                key_header: self.model_key_header,
                name: self.model_name,
                api: self.model_api,
                headers: self.model_headers,
                query: self.model_query,
                strict: self.model_strict,
                context_role: self.model_context_role,
            },
            fallback: self.fallback,
            then_builtin: self.model_then_builtin,
            summarise: self.model_summarise,
            judge: self.model_judge,
        };
        let model = model.read()?;
        let budgets = self.budget.read(self.price)?;
        let allowed_origins = self.allowed_origins.map(Origins::read).transpose()?;
        let rate = |number: &Number, key| {
            Ok::<_, anyhow::Error>(NonZeroU32::new(number.read(key, RATE_PER_MINUTE_MAX)?))
        };
        let rates = RatesPerMinute {
            messages_per_conversation: rate(
                &self.messages_per_conversation,
                "messages_per_conversation",
            )?,
            messages_per_address: rate(&self.messages_per_address, "messages_per_address")?,
            conversations_per_address: rate(
                &self.conversations_per_address,
                "conversations_per_address",
            )?,
        };
        Ok(Config {
            data: data.to_owned(),
            listen: self.listen,
            model,
            public_url: self
                .public_url
                .map(|url| url.trim_end_matches('/').to_owned()),
            knowledge: self.knowledge,
            holdout_percent: self.holdout_percent.read("holdout_percent", 100)?,
            holdout_salt: self.holdout_salt,
            margin_floor_percent: self.margin_floor_percent.read("margin_floor_percent", 99)?,
            customer_secret: self.customer_secret,
            customer_jwks: self.customer_jwks,
            client_address_header: self
                .client_address_header
                .map(|name| name.to_ascii_lowercase()),
            allowed_origins,
            rates,
            budgets,
            autonomy: autonomy(self.autonomy.unwrap_or_default())?,
            dry_run: false,
            demo: self.demo,
            shop: self.shop,
            log: self.log,
        })
    }
}

/// `[autonomy]`: a default, and a table for each channel that differs. Whether the actions named are
/// there is for whoever has the tools to say.
fn autonomy(table: toml::Table) -> anyhow::Result<Autonomy> {
    let mut autonomy = Autonomy::default();
    let word = |value: &toml::Value| value.as_str().map_or(value.to_string(), str::to_owned);
    for (key, value) in &table {
        match value {
            value if key == DEFAULT => autonomy.set_default(&word(value))?,
            toml::Value::Table(actions) => {
                for (action, value) in actions {
                    autonomy.set(key, action, &word(value))?;
                }
            }
            value => {
                autonomy.set(key, DEFAULT, &word(value))?;
                bail!(
                    "autonomy.{key} must be a table of actions, as [autonomy.{key}] default = {value}"
                );
            }
        }
    }
    Ok(autonomy)
}

fn is_header_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    !name.is_empty() && name.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nowhere() -> PathBuf {
        PathBuf::from("/nonexistent/attendant-data")
    }

    fn read(variables: &[(&str, &str)]) -> anyhow::Result<Config> {
        let variables = variables
            .iter()
            .map(|(name, value)| (name.into(), value.into()));
        Config::read(&nowhere(), variables)
    }

    fn keys(text: &str) -> anyhow::Result<Config> {
        toml::from_str::<Keys>(text)?.into_config(&nowhere())
    }

    #[test]
    fn nothing_set_means_the_built_in_model_on_this_machine() {
        let config = read(&[("PATH", "/bin"), ("ATTENDANT_DATA", "/sets")]).unwrap();
        assert_eq!(config.listen, "127.0.0.1:8080");
        assert_eq!(config.model, ModelChoice::Builtin);
        assert_eq!(config.data, nowhere());
    }

    #[test]
    fn shares_are_numbers_in_the_file_and_digits_in_a_variable() {
        let config = read(&[
            ("ATTENDANT_HOLDOUT_PERCENT", "25"),
            ("ATTENDANT_MARGIN_FLOOR_PERCENT", "40"),
        ])
        .unwrap();
        assert_eq!(
            (config.holdout_percent, config.margin_floor_percent),
            (25, 40)
        );
        assert_eq!(keys("holdout_percent = 0").unwrap().holdout_percent, 0);
        assert_eq!(keys("").unwrap().holdout_percent, 10);
        assert!(read(&[("ATTENDANT_HOLDOUT_PERCENT", "many")]).is_err());
    }

    #[test]
    fn an_unknown_key_is_an_error_that_names_it() {
        let error = format!("{:#}", read(&[("ATTENDANT_LISTEM", "x")]).unwrap_err());
        assert!(error.contains("listem"), "{error}");
        let error = keys("lisen = \"x\"").unwrap_err().to_string();
        assert!(error.contains("lisen"), "{error}");
    }

    #[test]
    fn what_a_cluster_says_of_a_service_of_our_name_is_not_ours() {
        assert!(
            read(&[
                ("ATTENDANT_PORT", "tcp://10.0.0.1:80"),
                ("ATTENDANT_PORT_80_TCP_ADDR", "10.0.0.1"),
                ("ATTENDANT_SERVICE_HOST", "10.0.0.1"),
            ])
            .is_ok()
        );
    }

    #[test]
    fn a_model_url_means_an_endpoint_and_its_key_is_never_printed() {
        let config = read(&[
            ("ATTENDANT_MODEL_URL", "http://127.0.0.1:9/v1/"),
            ("ATTENDANT_MODEL_NAME", "small"),
            ("ATTENDANT_MODEL_KEY", "sk-hidden"),
        ])
        .unwrap();
        assert!(matches!(&config.model, ModelChoice::Openai(endpoints)
            if endpoints.chain[0].url == "http://127.0.0.1:9/v1"
                && endpoints.chain[0].name == "small" && endpoints.then_builtin));
        assert!(!format!("{config:?}").contains("sk-hidden"));
    }

    #[test]
    fn endpoints_budgets_and_prices_are_read_and_no_secret_is_printed() {
        let config = keys(
            "model_url = \"http://127.0.0.1:9/v1\"\nmodel_api = \"responses\"\n\
             model_headers = { x-team = \"hush\" }\nmodel_query = { api-version = \"1\" }\n\
             [[fallback]]\nurl = \"http://127.0.0.1:8/v1\"\nname = \"small\"\n\
             [budget]\ntokens_per_turn = 60000\nmoney_per_day = \"20.50\"\n\
             [price.\"small\"]\ninput = \"0.40\"\noutput = \"1.60\"",
        )
        .unwrap();
        let ModelChoice::Openai(endpoints) = &config.model else {
            panic!("{:?}", config.model)
        };
        assert_eq!(endpoints.chain.len(), 2);
        assert_eq!(endpoints.chain[0].api, ModelApi::Responses);
        assert_eq!(config.budgets.tokens_per_turn, Some(60_000));
        assert_eq!(config.budgets.money_per_day_micros, Some(20_500_000));
        assert_eq!(config.budgets.prices["small"].cached_micros, 400_000);
        assert!(!format!("{config:?}").contains("hush"));
        let config = read(&[
            ("ATTENDANT_MODEL_URL", "http://127.0.0.1:9/v1"),
            ("ATTENDANT_MODEL_HEADERS", "x-a: 1, x-b: 2"),
            ("ATTENDANT_MODEL_THEN_BUILTIN", "false"),
        ])
        .unwrap();
        let ModelChoice::Openai(endpoints) = &config.model else {
            panic!("{:?}", config.model)
        };
        assert_eq!(endpoints.chain[0].headers.len(), 2);
        assert!(!endpoints.then_builtin);
    }

    #[test]
    fn what_does_not_fit_together_says_what_to_do() {
        for (text, word) in [
            ("model = \"openai\"", "model_url"),
            ("[[fallback]]\nurl = \"http://a/v1\"", "model_url"),
            (
                "model_url = \"http://a/v1\"\n[[fallback]]\nname = \"b\"",
                "fallback.url",
            ),
            (
                "model_url = \"http://a/v1\"\nmodel_headers = \"x y\"",
                "model_headers",
            ),
            (
                "model_url = \"http://a/v1\"\nmodel_key_header = \"x y\"",
                "model_key_header",
            ),
            (
                "model_url = \"http://a/v1\"\nmodel_strict = \"maybe\"",
                "model_strict",
            ),
            ("[budget]\nmoney_per_day = \"5\"", "[price."),
            ("[budget]\ntokens_per_day = -1", "budget.tokens_per_day"),
            (
                "[shop]\nname = \"a\"\nemail = \"b\"\nurl = \"c\"\nreturn_address = []\ncurrency = \"EUR\"\ntimezone = \"Moon/Sea\"",
                "Moon/Sea",
            ),
            ("public_url = \"shop.example\"", "public_url"),
            ("customer_secret = \"short\"", "customer_secret"),
            ("holdout_percent = 101", "holdout_percent"),
            ("holdout_percent = -1", "holdout_percent"),
            ("margin_floor_percent = 100", "margin_floor_percent"),
            (
                "client_address_header = \"x forwarded for\"",
                "x-forwarded-for",
            ),
            ("client_address_header = \"\"", "client_address_header"),
            ("allowed_origins = [\"shop.example\"]", "allowed_origins"),
            (
                "allowed_origins = [\"https://shop.example/chat\"]",
                "without a path",
            ),
            ("messages_per_address = -1", "messages_per_address"),
            ("[autonomy.sms]\nanswer = \"auto\"", "autonomy.sms"),
            ("autonomy.cancel_order = \"draft\"", "autonomy.cancel_order"),
            ("autonomy.chat = \"draft\"", "[autonomy.chat]"),
            ("autonomy.chat.answer = 3", "autonomy.chat.answer is \"3\""),
            ("[autonomy]\ndefault = \"on\"", "autonomy.default"),
            (
                "customer_jwks = \"/nonexistent/keys.json\"",
                "/nonexistent/keys.json",
            ),
        ] {
            let error = keys(text).unwrap_err().to_string();
            assert!(error.contains(word), "{text}: {error}");
        }
    }
}
