//! `attendant eval guard`: recall and false alarms of the guard on labelled replies.

use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;

use crate::cli::{Wrong, plain};
use crate::evals::{SEED, guard};

#[derive(Args)]
pub struct GuardArgs {
    /// The folder of the set, when it is not the one that is compiled in
    #[arg(long, value_name = "DIR")]
    set: Option<PathBuf>,
    /// Print what a context's tools returned, and nothing else
    #[arg(long, value_name = "CONTEXT")]
    show: Option<String>,
    /// Print the whole text of each reply that was judged wrongly
    #[arg(long)]
    talk: bool,
    /// Where ids and made-up customers come from: labels hold for the default
    #[arg(long, default_value_t = SEED)]
    seed: u64,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub async fn run(args: GuardArgs) -> anyhow::Result<()> {
    let set = guard::load(args.set.as_deref())?;
    if let Some(name) = &args.show {
        let Some(scene) = guard::scene(&set, name, args.seed).await? else {
            let known: Vec<&str> = set.contexts.iter().map(|one| one.name.as_str()).collect();
            let problem = format!(
                "there is no context \"{name}\"; there are {}",
                known.join(", ")
            );
            return Err(Wrong(problem).into());
        };
        write!(std::io::stdout().lock(), "{}", scene.shown())?;
        return Ok(());
    }
    let report = guard::run(&set, args.seed).await?;
    let mut out = std::io::stdout().lock();
    if args.json {
        writeln!(out, "{}", plain::json(&report)?)?;
    } else {
        write!(out, "{}", report.table(args.talk))?;
    }
    anyhow::ensure!(
        report.is_good(),
        "recall must be at least {}, false alarms at most {}",
        guard::RECALL_MIN,
        guard::FALSE_ALARM_RATE_MAX
    );
    Ok(())
}
