//! Measures the guard against labelled replies: each is true or holds one planted falsehood, given
//! what the tools returned in its context. The contexts are played through the real tools, the
//! replies through the real sentence splitter and guard, as the driver does it. `evals/README.md`
//! describes the files.

mod report;
mod scene;
mod set;

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::time::Instant;

use anyhow::Context as _;

pub use report::{FALSE_ALARM_RATE_MAX, GuardReport, Missed, RECALL_MIN, Tally};
pub use scene::Scene;
pub use set::{Context, Half, Kind, Label, Reply, Set};

use crate::agent::guard::{Guard, Sentences, Violation};

/// How often each reply is checked for the timing.
const TIMED_RUNS: usize = 5;

/// What became of a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Verdict {
    Passed,
    /// Stopped at the sentence of these bytes.
    Stopped {
        sentence: Range<usize>,
        violation: Violation,
    },
}

/// The set in a folder, or the one that is compiled in.
pub fn load(folder: Option<&Path>) -> anyhow::Result<Set> {
    match folder {
        Some(folder) => Set::read(folder).with_context(|| format!("the set {}", folder.display())),
        None => Set::embedded(),
    }
}

/// Plays every context that has a reply, then every reply.
pub async fn run(set: &Set, seed: u64) -> anyhow::Result<GuardReport> {
    let scenes = scene::play(&set.contexts, seed).await?;
    measure(set, &scenes)
}

/// One context, with what its tools returned.
pub async fn scene(set: &Set, name: &str, seed: u64) -> anyhow::Result<Option<Scene>> {
    let Some(context) = set.contexts.iter().find(|context| context.name == name) else {
        return Ok(None);
    };
    let mut scenes = scene::play(std::slice::from_ref(context), seed).await?;
    Ok(scenes.remove(name))
}

fn measure(set: &Set, scenes: &BTreeMap<String, Scene>) -> anyhow::Result<GuardReport> {
    let mut report = GuardReport::default();
    let mut nanos: Vec<u128> = Vec::new();
    for reply in &set.replies {
        let scene = scenes
            .get(&reply.context)
            .with_context(|| format!("there is no context \"{}\"", reply.context))?;
        let filled = reply.filled(scene)?;
        let verdict = check(scene, &filled.text, &mut nanos);
        for _ in 1..TIMED_RUNS {
            check(scene, &filled.text, &mut nanos);
        }
        report.count(&filled, &verdict);
    }
    report.time(nanos);
    Ok(report)
}

/// Sentence after sentence to the first that may not leave. The guard's making counts to the first
/// sentence, since an answer waits for it.
fn check(scene: &Scene, text: &str, nanos: &mut Vec<u128>) -> Verdict {
    let mut sentences = Sentences::default();
    let mut all = sentences.push(text);
    all.extend(sentences.finish());
    let mut begun = Instant::now();
    let mut guard = Guard::new(&scene.evidence, "", scene.today);
    let mut at = 0;
    for sentence in all {
        let checked = guard.check(&sentence);
        nanos.push(begun.elapsed().as_nanos());
        if let Err(violation) = checked {
            let sentence = at..at + sentence.len();
            return Verdict::Stopped {
                sentence,
                violation,
            };
        }
        at += sentence.len();
        begun = Instant::now();
    }
    Verdict::Passed
}
