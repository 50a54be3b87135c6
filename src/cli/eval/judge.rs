//! `attendant eval run --judge`: a model's opinion beside the report.

use std::io::{self, Write};
use std::sync::Arc;

use serde_json::Value;

use super::{model, plain};
use crate::cli::Wrong;
use crate::config::Config;
use crate::evals::judge::{Opinions, opinions};
use crate::evals::report::Report;
use crate::model::Model;

/// Who judges, if anybody was named.
pub(super) fn named(
    config: &Config,
    name: Option<String>,
) -> anyhow::Result<Option<(String, Arc<dyn Model>)>> {
    let Some(name) = name else { return Ok(None) };
    if name == "builtin" {
        let problem = "--judge names a model at the configured endpoint; the built-in one has no \
                       opinion";
        return Err(Wrong(problem.to_owned()).into());
    }
    let model = model(config, &name, "--judge")?;
    Ok(Some((name, model)))
}

pub(super) async fn ask(
    report: &Report,
    judge: Option<(String, Arc<dyn Model>)>,
) -> Option<Opinions> {
    let (name, model) = judge?;
    Some(opinions(report, &name, &model).await)
}

/// The report as JSON, with the opinions beside what it always has.
pub(super) fn beside(report: &Report, opinions: &Opinions) -> anyhow::Result<Value> {
    let mut value = serde_json::to_value(report)?;
    if let Some(map) = value.as_object_mut() {
        map.insert("judge".to_owned(), serde_json::to_value(opinions)?);
    }
    Ok(value)
}

pub(super) fn print(out: &mut impl Write, opinions: Option<&Opinions>) -> io::Result<()> {
    let lines = opinions.map(Opinions::lines).unwrap_or_default();
    for line in lines.lines() {
        writeln!(out, "{}", plain::visible(line))?;
    }
    Ok(())
}
