//! What came of a replay: JSON for programs, lines for people.

use std::fmt::Write as _;
use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::calls::Outcome;
use super::compare::Difference;

/// Failures that the lines for people show.
const SHOWN_MAX: usize = 50;

#[derive(Clone, Debug, Serialize)]
pub struct Report {
    pub passed: usize,
    pub total: usize,
    pub failures: Vec<Failure>,
    /// Loading the set included.
    #[serde(skip)]
    pub took: Duration,
}

/// What differs: values by path, and under "calls" the class of each outcome where one is another.
#[derive(Clone, Debug, Serialize)]
pub struct Failure {
    pub id: String,
    pub expected: Value,
    pub got: Value,
}

impl Report {
    pub fn new(total: usize, failures: Vec<Failure>, took: Duration) -> Self {
        Self {
            passed: total - failures.len(),
            total,
            failures,
            took,
        }
    }

    pub fn lines(&self) -> String {
        let mut lines = String::new();
        for failure in self.failures.iter().take(SHOWN_MAX) {
            // Writing to a string cannot fail.
            let _ = writeln!(lines, "FAILED {}", failure.id);
            let (expected, got) = (&failure.expected, &failure.got);
            for path in keys(expected, got) {
                let value =
                    |of: &Value| of.get(path).map_or("nothing".to_owned(), Value::to_string);
                let _ = writeln!(lines, "    {path}");
                let _ = writeln!(lines, "        expected {}", value(expected));
                let _ = writeln!(lines, "        got      {}", value(got));
            }
        }
        let more = self.failures.len().saturating_sub(SHOWN_MAX);
        if more > 0 {
            let _ = writeln!(lines, "and {more} more");
        }
        let seconds = self.took.as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "a count for people")]
        let each = seconds * 1_000.0 / (self.total.max(1) as f64);
        let _ = writeln!(
            lines,
            "{} of {} passed in {seconds:.1} s ({each:.1} s per 1,000)",
            self.passed, self.total
        );
        lines
    }
}

fn keys<'a>(expected: &'a Value, got: &'a Value) -> Vec<&'a String> {
    let (expected, got) = (expected.as_object(), got.as_object());
    let mut keys: Vec<&String> = expected
        .into_iter()
        .chain(got)
        .flat_map(Map::keys)
        .collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

impl Failure {
    /// `None` when everything is as it should be. A call that broke is wrong whatever was expected.
    pub fn of(
        id: &str,
        classes: Option<&[&'static str]>,
        outcomes: &[Outcome],
        differences: Vec<Difference>,
    ) -> Option<Self> {
        let got: Vec<&str> = outcomes.iter().map(Outcome::class).collect();
        let broke = outcomes.iter().any(|one| matches!(one, Outcome::Broken(_)));
        let other = classes.is_some_and(|wanted| wanted != got);
        if !broke && !other && differences.is_empty() {
            return None;
        }
        let (mut expected, mut seen) = (Map::new(), Map::new());
        if broke || other {
            expected.insert("calls".to_owned(), json!(classes));
            seen.insert("calls".to_owned(), json!(got));
        }
        let said = outcomes.iter().map(|one| match one {
            Outcome::Done => "",
            Outcome::Refused(words) | Outcome::Broken(words) => words,
        });
        let said: Vec<&str> = said.collect();
        // Why: what our tools said to it.
        if said.iter().any(|words| !words.is_empty()) {
            seen.insert("said".to_owned(), json!(said));
        }
        for one in differences {
            // What is not there has no key.
            expected.extend(one.expected.map(|value| (one.path.clone(), value)));
            seen.extend(one.got.map(|value| (one.path, value)));
        }
        Some(Self {
            id: id.to_owned(),
            expected: Value::Object(expected),
            got: Value::Object(seen),
        })
    }
}
