//! The tasks of the set as conversations: a model plays the shopper of a task, the assistant serves
//! them with its own loop, tools and guard, and the shop that is left behind is compared with the one
//! that the task's own calls leave behind.
//!
//! Source of the protocol: tau-bench (retail), with our own words for the shopper's part. Where our
//! shop is another one: the shopper proves who they are with a code that the shop mails to them, and
//! what only a person may settle is settled by a person who says yes, because the set's policy knows
//! no amount above which somebody else decides.

mod money;
mod passed;
mod report;
mod shopper;
mod trial;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use futures_util::{StreamExt as _, stream};
use serde::Deserialize;

pub use money::Spent;
pub use report::{Pass, Report, TaskReport};
pub use trial::{Ended, Trial, Verdict};

use super::calls;
use super::set::{self, Call, DataSet};
use super::stage::Kit;
use super::state::{self, End};
use crate::config::Price;
use crate::domain::limits::{EVAL_AT_ONCE_MAX, EVAL_TRIALS_MAX};
use crate::model::Model;

/// A task as it is played.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Task {
    id: String,
    user_id: String,
    /// The shopper's part.
    instruction: String,
    /// The calls that do what the shopper wants.
    actions: Vec<Call>,
    /// What the assistant must have told.
    #[serde(default)]
    outputs: Vec<String>,
}

/// How tasks are played.
pub struct Play {
    /// Who answers.
    pub model: Arc<dyn Model>,
    /// Who plays the shopper.
    pub shopper: Arc<dyn Model>,
    /// How the report names the two.
    pub names: (String, String),
    /// Conversations of each task.
    pub trials: usize,
    /// The first tasks alone.
    pub limit: Option<usize>,
    /// Conversations at once.
    pub at_once: usize,
    /// Of models by name.
    pub prices: BTreeMap<String, Price>,
}

/// Plays the tasks of some files, in their order.
pub async fn live(folder: &Path, files: &[PathBuf], play: &Play) -> anyhow::Result<Report> {
    let since = Instant::now();
    let (trials, at_once) = (play.trials, play.at_once);
    ensure!(
        (1..=EVAL_TRIALS_MAX).contains(&trials),
        "a task is played 1 to {EVAL_TRIALS_MAX} times"
    );
    let mut tasks = Vec::new();
    for file in files {
        tasks.extend(set::lines::<Task>(file)?);
    }
    tasks.truncate(play.limit.unwrap_or(usize::MAX));
    let set = DataSet::read(folder).with_context(|| format!("the set {}", folder.display()))?;
    let kit = Arc::new(Kit::new(set).await?);
    state::check_first(&kit)?;
    let each = tasks
        .iter()
        .flat_map(|task| (1..=trials).map(move |no| (task.clone(), no)));
    let played: Vec<anyhow::Result<Trial>> = stream::iter(each)
        .map(|(task, no)| {
            let kit = kit.clone();
            let (model, shopper) = (play.model.clone(), play.shopper.clone());
            let job = tokio::spawn(async move {
                let trial = trial::play(&kit, &task, no, model, shopper.as_ref()).await;
                trial.with_context(|| format!("{}, trial {no}", task.id))
            });
            async move { job.await? }
        })
        .buffered(at_once.clamp(1, EVAL_AT_ONCE_MAX))
        .collect()
        .await;
    let played: Vec<Trial> = played.into_iter().collect::<anyhow::Result<_>>()?;
    let ids = tasks.into_iter().map(|task| task.id);
    let results = ids
        .zip(played.chunks(trials))
        .map(|(id, trials)| TaskReport::new(id, trials.to_vec()))
        .collect();
    Ok(Report::new(play, results, since.elapsed()))
}

/// How the shop stands when the task's own calls have been made.
async fn wanted(kit: &Kit, task: &Task) -> anyhow::Result<End> {
    let mut stage = kit.stage(&format!("{}/wanted", task.id))?;
    for call in &task.actions {
        // What is refused changes nothing, and the set goes on after it.
        calls::make(&mut stage, call).await?;
    }
    state::end(kit, &stage.shop.store).await
}
