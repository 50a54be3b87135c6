//! `attendant eval tau`: the tasks of a public set as conversations with a played shopper.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::ensure;
use clap::Args;

use super::{model, plain};
use crate::cli::Wrong;
use crate::config::Config;
use crate::domain::limits::{EVAL_AT_ONCE_MAX, EVAL_TRIALS_MAX};
use crate::evals::tau::live::{self, Play};

#[derive(Args)]
pub(in crate::cli) struct TauArgs {
    /// The folder of the set, with db/users.json, db/orders.json and db/products.json
    #[arg(long, value_name = "DIR")]
    set: PathBuf,
    /// Tasks, one a line; may be given several times
    #[arg(long, value_name = "FILE", required = true)]
    tasks: Vec<PathBuf>,
    /// Who answers: `builtin`, or a model's name at the configured endpoint
    #[arg(long, value_name = "MODEL", default_value = "builtin")]
    model: String,
    /// Who plays the shopper: a model's name at the configured endpoint
    #[arg(long, value_name = "MODEL")]
    user_model: String,
    /// Conversations of each task
    #[arg(long, default_value_t = 4, value_parser = up_to(EVAL_TRIALS_MAX))]
    trials: u64,
    /// Play only the first tasks
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Conversations at once
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = up_to(EVAL_AT_ONCE_MAX))]
    at_once: u64,
    /// Print what was said in each trial that did not pass
    #[arg(long)]
    talk: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

fn up_to(most: usize) -> clap::builder::RangedU64ValueParser {
    clap::value_parser!(u64).range(1..=most as u64)
}

pub(in crate::cli) async fn run(config: &Config, args: TauArgs) -> anyhow::Result<()> {
    if args.user_model == "builtin" {
        let problem = "--user-model names a model at the configured endpoint; the built-in one \
                       cannot play a shopper";
        return Err(Wrong(problem.to_owned()).into());
    }
    let play = Play {
        shopper: model(config, &args.user_model, "--user-model")?,
        model: model(config, &args.model, "--model")?,
        names: (args.model, args.user_model),
        trials: usize::try_from(args.trials)?,
        limit: args.limit,
        at_once: usize::try_from(args.at_once)?,
        prices: config.budgets.prices.clone(),
    };
    let report = live::live(&args.set, &args.tasks, &play).await?;
    let mut out = std::io::stdout().lock();
    if args.json {
        writeln!(out, "{}", plain::json(&report)?)?;
    } else {
        let lines = report.lines(args.talk);
        for line in lines.lines() {
            writeln!(out, "{}", plain::visible(line))?;
        }
    }
    let whole = report.passed + report.failed;
    ensure!(
        whole > 0 || report.broken == 0,
        "no trial came to an end: each was broken by an endpoint"
    );
    Ok(())
}
