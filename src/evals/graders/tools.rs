//! Which tools were called, how often the model was, and whether a tool broke.

use crate::domain::event::{EventBody, ToolOutcome};
use crate::evals::case::Case;
use crate::evals::play::Played;

/// How a case says that no tool is needed.
const NONE: &str = "none";

pub fn grade(case: &Case, played: &Played) -> anyhow::Result<Vec<String>> {
    let mut reasons = Vec::new();
    for (at, (step, seen)) in case.steps.iter().zip(&played.steps).enumerate() {
        let first = seen.tools.first().map_or(NONE, String::as_str);
        if !step.first_tool.is_empty() && !step.first_tool.iter().any(|tool| tool == first) {
            let wanted = step.first_tool.join(" or ");
            reasons.push(format!("step {}: first tool {first}, not {wanted}", at + 1));
        }
        for tool in seen
            .tools
            .iter()
            .filter(|tool| case.expect.tools_forbidden.contains(tool))
        {
            reasons.push(format!("step {}: {tool} is called", at + 1));
        }
    }
    let mut model_calls = 0;
    for event in &played.events {
        match &event.body {
            EventBody::ModelAnswered(_) => model_calls += 1,
            EventBody::ToolReturned(returned) if returned.outcome == ToolOutcome::Failed => {
                reasons.push(format!("the tool {} broke", returned.tool));
            }
            EventBody::ModelFailed(failed) => {
                reasons.push(format!("the model failed: {}", failed.detail));
            }
            _ => {}
        }
    }
    let max = case.expect.model_calls_max;
    if model_calls > max {
        reasons.push(format!("{model_calls} model calls, at most {max}"));
    }
    Ok(reasons)
}
