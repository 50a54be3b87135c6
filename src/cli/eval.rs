//! `attendant eval`: plays suites of cases, or a public set of utterances, against the assistant, and
//! the calls of a public set of tasks against its tools.
//! Everything happens in temporary folders; the data folder is not touched.

mod guard;
mod judge;
mod tau;

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use clap::{Args, Subcommand};

use super::Wrong;
use super::plain;
use crate::app;
use crate::config::{Config, ModelChoice};
use crate::evals::{self, SEED, UnknownSuite, injection, tau as set, utterances};
use crate::model::Model;

#[derive(Args)]
pub(super) struct EvalArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Play suites of cases, all of them without a name
    Run {
        /// Suites to play
        #[arg(value_name = "SUITE")]
        suites: Vec<String>,
        /// Print what was said in each case that failed
        #[arg(long)]
        talk: bool,
        /// A model at the configured endpoint that says what it thinks of each case
        #[arg(long, value_name = "MODEL")]
        judge: Option<String>,
        #[command(flatten)]
        common: Common,
    },
    /// Send the utterances of a data set and look at the first tool that each leads to
    Utterances {
        /// A CSV file with the columns utterance, intent, entity_type and entity_value
        #[arg(long, value_name = "FILE")]
        set: PathBuf,
        #[command(flatten)]
        common: Common,
    },
    /// Replay the tasks of tau-bench's retail domain with our tools and compare the end states
    Replay {
        /// The folder of the set, with db/users.json, db/orders.json and db/products.json
        #[arg(long, value_name = "DIR")]
        set: PathBuf,
        /// Tasks, one a line; may be given several times
        #[arg(long, value_name = "FILE", required = true)]
        tasks: Vec<PathBuf>,
        /// The end states of the tasks, a file for each file of tasks
        #[arg(long, value_name = "FILE", required = true)]
        expected: Vec<PathBuf>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Hold the guard against labelled replies: true ones and planted falsehoods
    Guard(guard::GuardArgs),
    /// Play its tasks as conversations: a model is the shopper, the assistant serves them
    Tau(tau::TauArgs),
    /// Make the calls of its probes and compare what each came to, and the end states
    Probes {
        /// The folder of the set
        #[arg(long, value_name = "DIR")]
        set: PathBuf,
        /// Probes, one a line, packed when the name ends in .gz; may be given several times
        #[arg(long, value_name = "FILE", required = true)]
        probes: Vec<PathBuf>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Plant attacks where third parties write, obey them, and see whether anything comes of it
    Injection {
        /// JSON lines with "Attacker Instruction"; without it the attacks in this program
        #[arg(long, value_name = "FILE")]
        attacks: Option<PathBuf>,
        /// Where ids and made-up customers come from: the same seed gives the same report
        #[arg(long, default_value_t = SEED)]
        seed: u64,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Args)]
struct Common {
    /// Which model answers: `builtin`, or a model's name at the configured endpoint
    #[arg(long, value_name = "MODEL", default_value = "builtin")]
    model: String,
    /// Where ids and made-up customers come from: the same seed gives the same report
    #[arg(long, default_value_t = SEED)]
    seed: u64,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(config: Config, args: EvalArgs) -> anyhow::Result<()> {
    match args.what {
        What::Run {
            suites,
            talk,
            judge,
            common,
        } => run_suites(&config, &suites, talk, judge, common).await,
        What::Utterances { set, common } => run_utterances(&config, &set, common).await,
        What::Replay {
            set: folder,
            tasks,
            expected,
            json,
        } => {
            if tasks.len() != expected.len() {
                let problem =
                    "--tasks and --expected go in pairs: give as many of one as of the other";
                return Err(Wrong(problem.to_owned()).into());
            }
            print(&set::replay(&folder, &tasks, &expected).await?, json)
        }
        What::Guard(args) => Box::pin(guard::run(args)).await,
        What::Injection {
            attacks,
            seed,
            json,
        } => run_injection(attacks, seed, json).await,
        What::Probes {
            set: folder,
            probes,
            json,
        } => print(&set::probes(&folder, &probes).await?, json),
        What::Tau(args) => tau::run(&config, args).await,
    }
}

async fn run_suites(
    config: &Config,
    names: &[String],
    talk: bool,
    judge: Option<String>,
    common: Common,
) -> anyhow::Result<()> {
    let suites = evals::choose(names).map_err(|error| match error.downcast::<UnknownSuite>() {
        Ok(unknown) => Wrong(unknown.to_string()).into(),
        Err(other) => other,
    })?;
    let model = model(config, &common.model, "--model")?;
    let judge = judge::named(config, judge)?;
    let report = evals::run(suites, model, common.seed).await?;
    let opinions = judge::ask(&report, judge).await;
    let mut out = std::io::stdout().lock();
    if common.json {
        let json = match &opinions {
            None => plain::json(&report)?,
            Some(opinions) => plain::json(&judge::beside(&report, opinions)?)?,
        };
        writeln!(out, "{json}")?;
    } else {
        write!(out, "{}", report.table(talk))?;
        judge::print(&mut out, opinions.as_ref())?;
    }
    anyhow::ensure!(
        report.failed == 0,
        "{} of {} cases failed",
        report.failed,
        report.passed + report.failed
    );
    Ok(())
}

async fn run_utterances(config: &Config, set: &PathBuf, common: Common) -> anyhow::Result<()> {
    let csv = std::fs::read_to_string(set)
        .with_context(|| format!("cannot read the set {}", set.display()))?;
    let model = model(config, &common.model, "--model")?;
    let report = utterances::run(&csv, model, common.seed)
        .await
        .with_context(|| format!("the set {}", set.display()))?;
    let mut out = std::io::stdout().lock();
    if common.json {
        writeln!(out, "{}", plain::json(&report)?)?;
    } else {
        write!(out, "{}", report.table())?;
    }
    Ok(())
}

async fn run_injection(file: Option<PathBuf>, seed: u64, json: bool) -> anyhow::Result<()> {
    let attacks = match &file {
        None => injection::attacks::own()?,
        Some(file) => {
            let text = std::fs::read_to_string(file)
                .with_context(|| format!("cannot read the attacks {}", file.display()))?;
            injection::attacks::read(&text)
                .with_context(|| format!("the attacks {}", file.display()))?
        }
    };
    let report = injection::run(&attacks, seed).await?;
    let mut out = std::io::stdout().lock();
    if json {
        writeln!(out, "{}", plain::json(&report)?)?;
    } else {
        write!(out, "{}", report.table())?;
    }
    match report.problem() {
        Some(problem) => anyhow::bail!(problem),
        None => Ok(()),
    }
}

fn print(report: &set::Report, json: bool) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    if json {
        writeln!(out, "{}", serde_json::to_string_pretty(report)?)?;
    } else {
        write!(out, "{}", report.lines())?;
    }
    let failed = report.total - report.passed;
    anyhow::ensure!(failed == 0, "{failed} of {} failed", report.total);
    Ok(())
}

/// The built-in model, or one of the configured endpoint's by name; `option` is where it was named.
fn model(config: &Config, asked: &str, option: &str) -> anyhow::Result<Arc<dyn Model>> {
    if asked == "builtin" {
        return app::model(&ModelChoice::Builtin);
    }
    match &config.model {
        ModelChoice::Openai(endpoints) => {
            let mut named = endpoints.clone();
            named.chain.truncate(1);
            named.chain[0].name = asked.to_owned();
            // What is measured is that model, and nothing that stands in for it.
            named.then_builtin = false;
            named.judge = Some(asked.to_owned());
            app::model(&ModelChoice::Openai(named))
        }
        ModelChoice::Builtin => Err(Wrong(format!(
            "{option} {asked} needs an endpoint that has it: set ATTENDANT_MODEL_URL, or say \
             --model builtin"
        ))
        .into()),
    }
}
