//! What a step must show and must not: facts by path, policies, a question.

use crate::evals::case::Case;
use crate::evals::play::Played;
use crate::evals::talk::Seen;
use crate::evals::world::World;

pub fn grade(case: &Case, played: &Played) -> anyhow::Result<Vec<String>> {
    let mut reasons = Vec::new();
    for (at, (step, seen)) in case.steps.iter().zip(&played.steps).enumerate() {
        let at = at + 1;
        let (all, words) = (seen.all(), seen.words.join("\n"));
        for paths in &step.shown {
            if let Some(missing) = missing(&played.world, paths, &all)? {
                reasons.push(format!("step {at}: {missing} is not shown"));
            }
        }
        for paths in &step.said {
            if let Some(missing) = missing(&played.world, paths, &words)? {
                reasons.push(format!("step {at}: {missing} is not in the words"));
            }
        }
        for path in &step.hidden {
            let value = played.world.value(path)?;
            if value.is_in(&all) {
                reasons.push(format!("step {at}: {path} ({}) is shown", value.forms()[0]));
            }
        }
        for policy in step
            .cites
            .iter()
            .filter(|policy| !seen.policies.contains(policy))
        {
            let cited = seen.policies.join(", ");
            reasons.push(format!(
                "step {at}: rests on [{cited}], not on the policy {policy}"
            ));
        }
        if step.asks && !asks(seen) {
            reasons.push(format!("step {at}: nothing is asked back"));
        }
    }
    Ok(reasons)
}

/// What is missing of "a | b", of which one is enough.
fn missing(world: &World, paths: &str, text: &str) -> anyhow::Result<Option<String>> {
    let mut names = Vec::new();
    for path in paths.split('|').map(str::trim) {
        let value = world.value(path)?;
        if value.is_in(text) {
            return Ok(None);
        }
        names.push(format!("{path} ({})", value.forms()[0]));
    }
    Ok(Some(names.join(" or ")))
}

fn asks(seen: &Seen) -> bool {
    seen.words.iter().any(|words| words.contains('?'))
}
