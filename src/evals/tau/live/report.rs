//! What came of playing tasks: JSON for programs, lines for people. It names who was measured and who
//! played the shopper: a number without them says nothing.

use std::fmt::Write as _;
use std::time::Duration;

use serde::Serialize;

use super::Play;
use super::money::Spent;
use super::passed;
use super::trial::{Trial, Verdict};

#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Who answered.
    pub model: String,
    /// Who played the shopper.
    pub simulator: String,
    pub tasks: usize,
    /// Of each task.
    pub trials: usize,
    pub passed: usize,
    pub failed: usize,
    /// Trials that an endpoint's error ended: they count neither way.
    pub broken: usize,
    pub pass: Vec<Pass>,
    /// Of trials that were not broken: messages and presses of the shopper.
    pub mean_turns: f64,
    /// Calls that a person said yes to.
    pub approved: usize,
    pub assistant: Spent,
    pub shopper: Spent,
    /// In millionths of the currency's main unit; nothing for a model without a price.
    pub assistant_micros: Option<u64>,
    pub shopper_micros: Option<u64>,
    pub seconds: f64,
    pub results: Vec<TaskReport>,
}

/// One point of the curve.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Pass {
    pub k: usize,
    /// Nothing where no task has so many whole trials.
    pub value: Option<f64>,
    /// Tasks that it is the mean of.
    pub tasks: usize,
}

#[derive(Clone, Debug, Serialize)]
pub struct TaskReport {
    pub id: String,
    pub passed: usize,
    pub failed: usize,
    pub broken: usize,
    pub trials: Vec<Trial>,
}

impl TaskReport {
    pub fn new(id: String, trials: Vec<Trial>) -> Self {
        let of = |verdict| trials.iter().filter(|one| one.verdict == verdict).count();
        Self {
            id,
            passed: of(Verdict::Passed),
            failed: of(Verdict::Failed),
            broken: of(Verdict::Broken),
            trials,
        }
    }
}

impl Report {
    pub fn new(play: &Play, results: Vec<TaskReport>, took: Duration) -> Self {
        let sum = |of: fn(&TaskReport) -> usize| results.iter().map(of).sum::<usize>();
        let counts: Vec<(usize, usize)> = results
            .iter()
            .map(|task| (task.passed + task.failed, task.passed))
            .collect();
        let pass = (1..=play.trials).map(|k| {
            let (value, tasks) = passed::mean(&counts, k);
            Pass { k, value, tasks }
        });
        let (mut assistant, mut shopper) = (Spent::default(), Spent::default());
        let (mut turns, mut whole, mut approved) = (0, 0, 0);
        for trial in results.iter().flat_map(|task| &task.trials) {
            assistant.add(trial.assistant);
            shopper.add(trial.shopper);
            approved += trial.approved;
            if trial.verdict != Verdict::Broken {
                (turns, whole) = (turns + trial.turns, whole + 1);
            }
        }
        let (model, simulator) = play.names.clone();
        let price = |name: &str, spent: &Spent| Some(spent.micros(play.prices.get(name)?));
        Self {
            tasks: results.len(),
            trials: play.trials,
            passed: sum(|task| task.passed),
            failed: sum(|task| task.failed),
            broken: sum(|task| task.broken),
            pass: pass.collect(),
            mean_turns: hundredths(ratio(turns, whole)),
            approved,
            assistant_micros: price(&model, &assistant),
            shopper_micros: price(&simulator, &shopper),
            assistant,
            shopper,
            seconds: hundredths(took.as_secs_f64()),
            results,
            model,
            simulator,
        }
    }

    /// For people: the tasks that did not always pass, and the figures; with `talk` what was said.
    pub fn lines(&self, talk: bool) -> String {
        let mut lines = String::new();
        for task in &self.results {
            // Writing to a string cannot fail.
            let _ = write!(lines, "{}  {} of {}", task.id, task.passed, self.trials);
            let _ = match task.broken {
                0 => writeln!(lines),
                broken => writeln!(lines, ", {broken} broken by an endpoint"),
            };
            let wrong = |one: &&Trial| one.verdict != Verdict::Passed;
            for trial in task.trials.iter().filter(wrong) {
                trial_lines(&mut lines, trial);
                if talk {
                    lines.push_str(&trial.talk);
                }
            }
        }
        self.figures(&mut lines);
        lines
    }

    fn figures(&self, lines: &mut String) {
        let _ = writeln!(
            lines,
            "\nmodel {}, shopper played by {}: {} tasks, {} trials each",
            self.model, self.simulator, self.tasks, self.trials
        );
        for pass in &self.pass {
            let value = pass
                .value
                .map_or("unknown".to_owned(), |value| format!("{value:.3}"));
            let _ = writeln!(lines, "pass^{}  {value}  ({} tasks)", pass.k, pass.tasks);
        }
        let _ = writeln!(
            lines,
            "{} trials passed, {} failed, {} broken by an endpoint (they count neither way)",
            self.passed, self.failed, self.broken
        );
        let _ = writeln!(
            lines,
            "{:.1} turns a trial, {} calls approved by a person, {:.1} s",
            self.mean_turns, self.approved, self.seconds
        );
        spent_line(lines, "assistant", &self.assistant, self.assistant_micros);
        spent_line(lines, "shopper", &self.shopper, self.shopper_micros);
    }
}

fn trial_lines(lines: &mut String, trial: &Trial) {
    let word = match trial.verdict {
        Verdict::Broken => "BROKEN",
        _ => "FAILED",
    };
    let ended = serde_json::to_value(trial.ended).unwrap_or_default();
    let _ = writeln!(
        lines,
        "  {word} after {} turns, ended: {ended}",
        trial.turns
    );
    for reason in &trial.reasons {
        let _ = writeln!(lines, "    {reason}");
    }
}

fn spent_line(lines: &mut String, who: &str, spent: &Spent, micros: Option<u64>) {
    let _ = write!(
        lines,
        "{who}: {} calls ({} failed), {} tokens in ({} from a cache), {} out",
        spent.calls,
        spent.failed_calls,
        spent.input_tokens,
        spent.cached_tokens,
        spent.output_tokens
    );
    let _ = match micros {
        Some(micros) => writeln!(
            lines,
            ", cost {}.{:06}",
            micros / 1_000_000,
            micros % 1_000_000
        ),
        None => writeln!(lines, ", no price known"),
    };
}

#[expect(clippy::cast_precision_loss, reason = "counts for people")]
fn ratio(a: usize, b: usize) -> f64 {
    if b == 0 { 0.0 } else { a as f64 / b as f64 }
}

fn hundredths(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}
