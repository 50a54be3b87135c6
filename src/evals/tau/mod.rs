//! The retail domain of tau-bench against our own tools: every call of its tasks and probes becomes
//! a call of ours on a fresh copy of its shop, and the end state is compared with the one that its
//! own tools leave behind, over all orders and users.

mod calculator;
mod calls;
mod compare;
mod history;
pub mod live;
mod load;
mod pointer;
mod render;
mod report;
mod set;
mod stage;
mod state;
mod status;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use futures_util::{StreamExt as _, stream};

use calls::Outcome;
pub use report::{Failure, Report};
use set::{Call, DataSet, Expected, Probe, Task};
use stage::Kit;

/// A task or a probe with what must come of it.
struct Exercise {
    id: String,
    calls: Vec<Call>,
    /// The class of each call, where the set says it.
    classes: Option<Vec<&'static str>>,
    diff: Vec<pointer::Edit>,
}

/// Replays tasks and compares end states. The lists of files go in pairs, tasks with what is
/// expected of them.
pub async fn replay(set: &Path, tasks: &[PathBuf], expected: &[PathBuf]) -> anyhow::Result<Report> {
    let mut exercises = Vec::new();
    for (tasks, expected) in tasks.iter().zip(expected) {
        let (all, ends) = (
            set::lines::<Task>(tasks)?,
            set::lines::<Expected>(expected)?,
        );
        let same = all.len() == ends.len();
        let (a, b) = (tasks.display(), expected.display());
        ensure!(same, "{a} has {} tasks, {b} {} ends", all.len(), ends.len());
        for (task, end) in all.into_iter().zip(ends) {
            ensure!(task.id == end.id, "{b}: {} in place of {}", end.id, task.id);
            exercises.push(Exercise {
                id: task.id,
                calls: task.actions,
                classes: None,
                diff: end.diff,
            });
        }
    }
    run(set, exercises).await
}

/// Makes the calls of probes and compares the class of each outcome, and the end states.
pub async fn probes(set: &Path, files: &[PathBuf]) -> anyhow::Result<Report> {
    let mut exercises = Vec::new();
    for file in files {
        for probe in set::lines::<Probe>(file)? {
            let (calls, seen) = (probe.calls.len(), probe.observations.len());
            ensure!(
                calls == seen,
                "{} has {calls} calls, {seen} answers",
                probe.id
            );
            let classes = probe.observations.iter();
            let classes = classes.map(|one| class_of(one.as_deref())).collect();
            exercises.push(Exercise {
                id: probe.id,
                calls: probe.calls,
                classes: Some(classes),
                diff: probe.diff,
            });
        }
    }
    run(set, exercises).await
}

/// How the set says that a call was refused.
fn class_of(observation: Option<&str>) -> &'static str {
    let refused = |said: &str| said.starts_with("Error") || said.starts_with("Unknown action");
    if observation.is_some_and(refused) {
        "refused"
    } else {
        "done"
    }
}

async fn run(folder: &Path, exercises: Vec<Exercise>) -> anyhow::Result<Report> {
    let since = Instant::now();
    let set = DataSet::read(folder).with_context(|| format!("the set {}", folder.display()))?;
    let kit = Arc::new(Kit::new(set).await?);
    state::check_first(&kit)?;
    let at_once = std::thread::available_parallelism().map_or(1, usize::from);
    let total = exercises.len();
    let done: Vec<anyhow::Result<Option<Failure>>> = stream::iter(exercises)
        .map(|exercise| {
            let kit = kit.clone();
            let task = tokio::spawn(async move {
                let failure = perform(&kit, &exercise).await;
                failure.with_context(|| exercise.id.clone())
            });
            async move { task.await? }
        })
        .buffered(at_once)
        .collect()
        .await;
    let mut failures = Vec::new();
    for failure in done {
        failures.extend(failure?);
    }
    Ok(Report::new(total, failures, since.elapsed()))
}

/// What is wrong with one, if anything is.
async fn perform(kit: &Kit, exercise: &Exercise) -> anyhow::Result<Option<Failure>> {
    let mut stage = kit.stage(&exercise.id)?;
    let mut outcomes: Vec<Outcome> = Vec::new();
    // After an error it goes on, as the set does.
    for call in &exercise.calls {
        outcomes.push(calls::make(&mut stage, call).await?);
    }
    let differences = state::differences(&stage, &exercise.diff).await?;
    Ok(Failure::of(
        &exercise.id,
        exercise.classes.as_deref(),
        &outcomes,
        differences,
    ))
}
