//! Measures the assistant by what it does: plays shoppers against it and grades the state of the
//! shop, the facts that were shown and the acts, never the wording. `evals/README.md` describes the
//! cases and the commands.

mod amount;
pub mod case;
pub mod cassette;
mod change;
mod csv;
mod fact;
mod graders;
pub mod guard;
pub mod injection;
pub mod judge;
mod mailbox;
mod offers;
mod play;
pub mod privacy;
mod products;
pub mod report;
mod rows;
mod sizes;
mod stage;
mod talk;
pub mod tau;
mod terms;
pub mod utterances;
pub mod wanted;
pub mod wanted_orders;
mod world;

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::{StreamExt as _, stream};

use case::Case;
use report::{CaseReport, Report, SuiteReport};
use stage::Kit;

use crate::model::Model;

/// The seed of a run that names none.
pub const SEED: u64 = 1;

/// A suite that was asked for and is not there.
#[derive(Debug, thiserror::Error)]
#[error("there is no suite \"{asked}\"; the suites are {}", .known.join(", "))]
pub struct UnknownSuite {
    pub asked: String,
    pub known: Vec<String>,
}

/// The suites with these names, or all of them without a name.
pub fn choose(names: &[String]) -> anyhow::Result<BTreeMap<String, Vec<Case>>> {
    let mut suites = case::suites()?;
    let known: Vec<String> = suites.keys().cloned().collect();
    for asked in names {
        if !known.contains(asked) {
            let asked = asked.clone();
            return Err(UnknownSuite { asked, known }.into());
        }
    }
    if !names.is_empty() {
        suites.retain(|name, _| names.contains(name));
    }
    Ok(suites)
}

/// Plays suites, as many cases at once as there are processors.
pub async fn run(
    suites: BTreeMap<String, Vec<Case>>,
    model: Arc<dyn Model>,
    seed: u64,
) -> anyhow::Result<Report> {
    let kit = Arc::new(Kit::new(model, seed)?);
    let tasks = suites.into_iter().flat_map(|(suite, cases)| {
        let suite: Arc<str> = suite.into();
        cases.into_iter().map(move |case| (suite.clone(), case))
    });
    let at_once = std::thread::available_parallelism().map_or(1, usize::from);
    let played: Vec<anyhow::Result<(Arc<str>, CaseReport)>> = stream::iter(tasks)
        .map(|(suite, case)| {
            let kit = kit.clone();
            let task = tokio::spawn(async move {
                let report = Box::pin(judge(&kit, &suite, &case)).await;
                (suite, report)
            });
            async move { Ok(task.await?) }
        })
        .buffered(at_once)
        .collect()
        .await;
    let mut reports: BTreeMap<Arc<str>, Vec<CaseReport>> = BTreeMap::new();
    for result in played {
        let (suite, report) = result?;
        reports.entry(suite).or_default().push(report);
    }
    let suites = reports
        .into_iter()
        .map(|(name, cases)| SuiteReport::new(&name, cases));
    Ok(Report::new(suites.collect()))
}

/// Plays and grades one case. What keeps it from being played is a reason to fail, too.
async fn judge(kit: &Kit, suite: &str, case: &Case) -> CaseReport {
    match Box::pin(play::play(kit, suite, case)).await {
        Ok(played) => CaseReport::new(&case.name, graders::grade(case, &played), played.talk()),
        Err(error) => {
            let reasons = vec![format!("the case cannot be played: {error:#}")];
            CaseReport::new(&case.name, reasons, String::new())
        }
    }
}
