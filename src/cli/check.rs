//! `attendant check`: what is in force for a data folder, read as every other command reads it. What
//! is wrong is an error that names the key. What an operator should mend in the
//! policies and size charts is printed. No store is opened and nothing secret is printed. With
//! `--model` each endpoint is asked once.

mod models;

use std::collections::BTreeSet;
use std::io::{Write, stdout};
use std::num::NonZeroU32;

use anyhow::Context as _;
use clap::Args;
use jiff::tz::TimeZone;

use crate::clock::{Clock, day};
use crate::config::{Config, FILE, ModelChoice};
use crate::domain::autonomy::Autonomy;
use crate::domain::budget::{Budget, units};
use crate::domain::event::Channel;
use crate::knowledge::Knowledge;
use crate::tools::registry::Registry;

#[derive(Args)]
pub struct CheckArgs {
    /// Make one tiny call to each endpoint, which costs a few tokens, and say whether it works
    #[arg(long)]
    model: bool,
}

pub async fn run(config: &Config, args: &CheckArgs) -> anyhow::Result<()> {
    let tools = Registry::new()?;
    let endpoints = models::endpoints(config)?;
    print(config, &tools)?;
    models::print(&endpoints)?;
    if args.model {
        models::ask(&endpoints, &tools).await?;
    }
    Ok(())
}

fn print(config: &Config, tools: &Registry) -> anyhow::Result<()> {
    let acting = tools.acting();
    config
        .autonomy
        .check(&acting)
        .with_context(|| format!("{FILE} is not right"))?;
    let mut out = stdout().lock();
    for (key, value) in in_force(config) {
        writeln!(out, "{key} = {value}")?;
    }
    for budget in Budget::ALL {
        let limit = config.budgets.limit(budget);
        let limit = limit.map_or("no limit".to_owned(), |limit| budget.amount(limit));
        writeln!(out, "budget.{} = {limit}", budget.key())?;
    }
    for (model, price) in &config.budgets.prices {
        let [input, cached, output] =
            [price.input_micros, price.cached_micros, price.output_micros].map(units);
        writeln!(
            out,
            "price.{model:?} = {input} in, {cached} cached, {output} out, of a million tokens"
        )?;
    }
    for channel in Channel::ALL {
        let actions = actions(&config.autonomy, channel, &acting);
        writeln!(out, "autonomy.{}: {actions}", channel.word())?;
    }
    for problem in prices_to_mend(config) {
        writeln!(out, "to mend: {problem}")?;
    }
    let knowledge = match &config.knowledge {
        Some(folder) => Knowledge::load(folder)?,
        None => Knowledge::embedded()?,
    };
    // A year without confirmation is told to the day; which zone's day makes no difference.
    for problem in knowledge.problems(day(Clock::System.now_ms(), &TimeZone::UTC)) {
        writeln!(out, "to mend: {problem}")?;
    }
    Ok(())
}

/// Models whose calls cost no money by the list of prices, and prices of models that nobody asks.
fn prices_to_mend(config: &Config) -> Vec<String> {
    let budgets = &config.budgets;
    let ModelChoice::Openai(endpoints) = &config.model else {
        return Vec::new();
    };
    let named = endpoints.chain.iter().map(|endpoint| &endpoint.name);
    let for_more = endpoints.summarise.iter().chain(&endpoints.judge);
    let asked: BTreeSet<&String> = named.chain(for_more).collect();
    let mut problems = Vec::new();
    if budgets.counts_money() || !budgets.prices.is_empty() {
        let free = asked
            .iter()
            .filter(|name| !budgets.prices.contains_key(**name));
        problems.extend(free.map(|name| {
            format!(
                "there is no [price.{name:?}]: what this model is asked counts as costing nothing"
            )
        }));
    }
    let unasked = budgets.prices.keys().filter(|name| !asked.contains(name));
    problems
        .extend(unasked.map(|name| format!("[price.{name:?}] is of a model that is not asked")));
    problems
}

/// "answer auto, start_return draft".
fn actions(autonomy: &Autonomy, channel: Channel, acting: &[&str]) -> String {
    let answer = format!("answer {}", autonomy.answer(channel).word());
    let of = |action: &&str| format!("{action} {}", autonomy.of(channel, action).word());
    let all: Vec<String> = std::iter::once(answer)
        .chain(acting.iter().map(of))
        .collect();
    all.join(", ")
}

fn in_force(config: &Config) -> Vec<(&'static str, String)> {
    let model = match &config.model {
        ModelChoice::Builtin => "builtin".to_owned(),
        ModelChoice::Openai(endpoints) => {
            let named = endpoints.chain.iter();
            let mut all: Vec<String> = named
                .map(|endpoint| format!("{} at {}", endpoint.name, endpoint.url))
                .collect();
            all.extend(endpoints.then_builtin.then(|| "builtin".to_owned()));
            all.join(", then ")
        }
    };
    let path = |path: &Option<std::path::PathBuf>| {
        path.as_ref()
            .map_or("(none)".to_owned(), |path| path.display().to_string())
    };
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "(none)".to_owned());
    let rate =
        |count: Option<NonZeroU32>| count.map_or("no limit".to_owned(), |count| count.to_string());
    let set = |is_set: bool| if is_set { "(set)" } else { "(none)" }.to_owned();
    let shop = config.shop.as_ref().map(|shop| shop.name.clone());
    let rates = &config.rates;
    vec![
        ("data", config.data.display().to_string()),
        ("listen", config.listen.clone()),
        ("public_url", text(&config.public_url)),
        ("model", model),
        ("shop", shop.unwrap_or_else(|| "the demo shop".to_owned())),
        ("knowledge", path(&config.knowledge)),
        ("holdout_percent", config.holdout_percent.to_string()),
        (
            "margin_floor_percent",
            config.margin_floor_percent.to_string(),
        ),
        ("customer_secret", set(config.customer_secret.is_some())),
        ("customer_jwks", path(&config.customer_jwks)),
        ("client_address_header", text(&config.client_address_header)),
        (
            "allowed_origins",
            config
                .allowed_origins
                .as_ref()
                .map_or("this machine".to_owned(), |all| all.join(", ")),
        ),
        (
            "messages_per_conversation",
            rate(rates.messages_per_conversation),
        ),
        ("messages_per_address", rate(rates.messages_per_address)),
        (
            "conversations_per_address",
            rate(rates.conversations_per_address),
        ),
        ("log", text(&config.log)),
    ]
}
