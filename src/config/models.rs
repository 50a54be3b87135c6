//! The part of the configuration that says which language models answer, and what they may cost.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail};
use serde::Deserialize;

use super::{Number, Secret, is_header_name};
pub use crate::domain::budget::{Budgets, Price};
use crate::domain::limits::{MODEL_ENDPOINTS_MAX, MODEL_HEADERS_MAX};

/// Which language model answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelChoice {
    Builtin,
    Openai(Endpoints),
}

/// Endpoints in the order in which they are asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    /// At least one.
    pub chain: Vec<Endpoint>,
    /// The built-in model answers when none of them does.
    pub then_builtin: bool,
    /// The first endpoint's model for summaries. Code makes those of a conversation so far: only
    /// `check --model` asks this one.
    pub summarise: Option<String>,
    /// The first endpoint's model that judges replies in evals.
    pub judge: Option<String>,
}

/// One endpoint and how it is spoken to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Up to and without "/chat/completions" or "/responses".
    pub url: String,
    pub key: Option<Secret>,
    /// The header that carries the key; `None` is `Authorization: Bearer`.
    pub key_header: Option<String>,
    pub name: String,
    pub api: ModelApi,
    pub headers: Vec<(String, Secret)>,
    /// Goes behind the path, as "api-version=2025-01-01".
    pub query: Vec<(String, String)>,
    /// `None` asks for strict schemas where the endpoint is known to take them.
    pub strict: Option<bool>,
    pub context_role: ContextRole,
}

/// Which of OpenAI's two interfaces an endpoint speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelApi {
    #[default]
    Chat,
    Responses,
}

/// As whom the data about now is told: templates of some local models take a system message at the
/// beginning alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContextRole {
    #[default]
    System,
    User,
}

/// The keys of one endpoint; in the file's top level they stand behind `model_`.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct EndpointKeys {
    pub(super) url: Option<String>,
    pub(super) key: Option<Secret>,
    pub(super) key_header: Option<String>,
    pub(super) name: Option<String>,
    pub(super) api: ModelApi,
    pub(super) headers: Option<Pairs>,
    pub(super) query: Option<Pairs>,
    pub(super) strict: Option<Flag>,
    pub(super) context_role: ContextRole,
}

/// A table in the file, "name: value, name: value" in a variable.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Pairs {
    Table(BTreeMap<String, String>),
    Text(String),
}

/// A truth value in the file, a word in a variable.
#[derive(Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum Flag {
    Flag(bool),
    Word(String),
}

/// `[budget]`: what is not named has no limit.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct BudgetKeys {
    tokens_per_turn: Option<Number>,
    tokens_per_conversation: Option<Number>,
    tokens_per_day: Option<Number>,
    money_per_turn: Option<String>,
    money_per_conversation: Option<String>,
    money_per_day: Option<String>,
}

/// `[price."model name"]`: of a million tokens.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PriceKeys {
    input: String,
    cached: Option<String>,
    output: String,
}

/// The model asked for when the configuration names none; servers with one model ignore the name.
const MODEL_NAME: &str = "gpt-4.1-mini";

impl Pairs {
    fn read(self, key: &str) -> anyhow::Result<Vec<(String, String)>> {
        let pairs: Vec<(String, String)> = match self {
            Self::Table(table) => table.into_iter().collect(),
            Self::Text(text) => text
                .split(',')
                .filter(|pair| !pair.trim().is_empty())
                .map(|pair| {
                    let (name, value) = pair.split_once([':', '=']).with_context(|| {
                        format!("{key} has {pair:?}; write \"name: value, name: value\"")
                    })?;
                    Ok((name.trim().to_owned(), value.trim().to_owned()))
                })
                .collect::<anyhow::Result<_>>()?,
        };
        if pairs.len() > MODEL_HEADERS_MAX {
            bail!("{key} names more than {MODEL_HEADERS_MAX}");
        }
        Ok(pairs)
    }
}

impl Flag {
    fn read(&self, key: &str) -> anyhow::Result<bool> {
        match self {
            Self::Flag(flag) => Ok(*flag),
            Self::Word(word) => match word.as_str() {
                "true" => Ok(true),
                "false" => Ok(false),
                other => bail!("{key} must be true or false, and is {other:?}"),
            },
        }
    }
}

impl EndpointKeys {
    /// `what` is how the keys are named to whoever wrote them: "model_" or "fallback.".
    fn read(self, what: &str) -> anyhow::Result<Endpoint> {
        let Some(url) = self.url else {
            bail!("{what}url is missing, the endpoint's base URL (as https://api.openai.com/v1)");
        };
        let pairs = |pairs: Option<Pairs>, key: &str| {
            pairs.map_or(Ok(Vec::new()), |pairs| pairs.read(&format!("{what}{key}")))
        };
        let headers = pairs(self.headers, "headers")?;
        let names = headers.iter().map(|(name, _)| name);
        if let Some(wrong) = names
            .chain(&self.key_header)
            .find(|name| !is_header_name(name))
        {
            bail!("{what}headers or {what}key_header has {wrong:?}, which is no name of a header");
        }
        let strict = self.strict.map(|flag| flag.read(&format!("{what}strict")));
        Ok(Endpoint {
            url: url.trim_end_matches('/').to_owned(),
            key: self.key,
            key_header: self.key_header,
            name: self.name.unwrap_or_else(|| MODEL_NAME.to_owned()),
            api: self.api,
            headers: headers
                .into_iter()
                .map(|(name, value)| (name, Secret(value)))
                .collect(),
            query: pairs(self.query, "query")?,
            strict: strict.transpose()?,
            context_role: self.context_role,
        })
    }
}

/// What the keys of a file and its variables say about models.
pub(super) struct ModelKeys {
    pub(super) is_openai: bool,
    pub(super) first: EndpointKeys,
    pub(super) fallback: Vec<EndpointKeys>,
    pub(super) then_builtin: Option<Flag>,
    pub(super) summarise: Option<String>,
    pub(super) judge: Option<String>,
}

impl ModelKeys {
    pub(super) fn read(self) -> anyhow::Result<ModelChoice> {
        if !self.is_openai {
            if !self.fallback.is_empty() {
                bail!("fallback needs an endpoint before it: set model_url");
            }
            return Ok(ModelChoice::Builtin);
        }
        if self.first.url.is_none() {
            bail!(
                "model = \"openai\" needs model_url, the endpoint's base URL \
                 (as https://api.openai.com/v1)"
            );
        }
        let mut chain = vec![self.first.read("model_")?];
        for endpoint in self.fallback {
            chain.push(endpoint.read("fallback.")?);
        }
        if chain.len() > MODEL_ENDPOINTS_MAX {
            bail!("more than {MODEL_ENDPOINTS_MAX} endpoints are named");
        }
        let then_builtin = self
            .then_builtin
            .map(|flag| flag.read("model_then_builtin"));
        Ok(ModelChoice::Openai(Endpoints {
            chain,
            then_builtin: then_builtin.transpose()?.unwrap_or(true),
            summarise: self.summarise,
            judge: self.judge,
        }))
    }
}

impl BudgetKeys {
    pub(super) fn read(self, prices: BTreeMap<String, PriceKeys>) -> anyhow::Result<Budgets> {
        let tokens = |number: Option<Number>, key: &str| {
            let read = number.map(|number| number.read(&format!("budget.{key}"), i64::MAX));
            let tokens = read.transpose()?.map(u64::try_from);
            tokens
                .transpose()
                .with_context(|| format!("budget.{key} must not be below 0"))
        };
        let money = |text: Option<String>, key: &str| {
            text.map(|text| micros(&text, &format!("budget.{key}")))
                .transpose()
        };
        let budgets = Budgets {
            tokens_per_turn: tokens(self.tokens_per_turn, "tokens_per_turn")?,
            tokens_per_conversation: tokens(
                self.tokens_per_conversation,
                "tokens_per_conversation",
            )?,
            tokens_per_day: tokens(self.tokens_per_day, "tokens_per_day")?,
            money_per_turn_micros: money(self.money_per_turn, "money_per_turn")?,
            money_per_conversation_micros: money(
                self.money_per_conversation,
                "money_per_conversation",
            )?,
            money_per_day_micros: money(self.money_per_day, "money_per_day")?,
            prices: prices
                .into_iter()
                .map(|(model, keys)| Ok((model.clone(), keys.read(&model)?)))
                .collect::<anyhow::Result<_>>()?,
        };
        if budgets.counts_money() && budgets.prices.is_empty() {
            bail!(
                "a budget of money needs to know what tokens cost: add [price.\"model name\"] \
                 input = \"0.40\" output = \"1.60\", of a million tokens"
            );
        }
        Ok(budgets)
    }
}

impl PriceKeys {
    fn read(self, model: &str) -> anyhow::Result<Price> {
        let key = |name: &str| format!("price.{model:?}.{name}");
        let input_micros = micros(&self.input, &key("input"))?;
        Ok(Price {
            input_micros,
            cached_micros: match &self.cached {
                Some(text) => micros(text, &key("cached"))?,
                None => input_micros,
            },
            output_micros: micros(&self.output, &key("output"))?,
        })
    }
}

/// "0.40" as millionths.
fn micros(text: &str, key: &str) -> anyhow::Result<u64> {
    const PLACES: usize = 6;
    let (whole, part) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let read = || -> Option<u64> {
        if whole.is_empty() || part.len() > PLACES || !digits(whole) || !digits(part) {
            return None;
        }
        format!("{whole}{part:0<PLACES$}").parse().ok()
    };
    read().with_context(|| {
        format!("{key} must be an amount as \"0.40\", at most {PLACES} places, and is {text:?}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_to_the_millionth() {
        assert_eq!(micros("0.40", "x").unwrap(), 400_000);
        assert_eq!(micros("20", "x").unwrap(), 20_000_000);
        assert_eq!(micros("0.000001", "x").unwrap(), 1);
        for wrong in [
            "",
            ".5",
            "-1",
            "1,50",
            "0.0000001",
            "1e3",
            "99999999999999999999",
        ] {
            let error = micros(wrong, "budget.money_per_day").unwrap_err();
            assert!(
                error.to_string().contains("budget.money_per_day"),
                "{wrong}"
            );
        }
    }
}
