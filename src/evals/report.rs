//! What came of a run: the JSON that other programs read, and a table for people. It holds nothing
//! that two runs with the same seed could disagree about.

use std::fmt::Write as _;

use serde::Serialize;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    pub passed: usize,
    pub failed: usize,
    pub suites: Vec<SuiteReport>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SuiteReport {
    pub name: String,
    pub passed: usize,
    pub failed: usize,
    pub cases: Vec<CaseReport>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CaseReport {
    pub name: String,
    pub passed: bool,
    /// What is wrong; empty when it passed.
    pub reasons: Vec<String>,
    /// What was written, called and shown; for people who look into a case.
    #[serde(skip)]
    pub talk: String,
}

impl CaseReport {
    pub fn new(name: &str, reasons: Vec<String>, talk: String) -> Self {
        Self {
            name: name.to_owned(),
            passed: reasons.is_empty(),
            reasons,
            talk,
        }
    }
}

impl SuiteReport {
    pub fn new(name: &str, cases: Vec<CaseReport>) -> Self {
        let passed = cases.iter().filter(|case| case.passed).count();
        Self {
            name: name.to_owned(),
            passed,
            failed: cases.len() - passed,
            cases,
        }
    }
}

impl Report {
    pub fn new(suites: Vec<SuiteReport>) -> Self {
        Self {
            passed: suites.iter().map(|suite| suite.passed).sum(),
            failed: suites.iter().map(|suite| suite.failed).sum(),
            suites,
        }
    }

    /// For people: a line a suite, and of each failed case its reasons, with `talk` what was said.
    pub fn table(&self, talk: bool) -> String {
        let mut table = String::new();
        let width = self
            .suites
            .iter()
            .map(|suite| suite.name.len())
            .max()
            .unwrap_or(0);
        for suite in &self.suites {
            let (name, of) = (&suite.name, suite.passed + suite.failed);
            // Writing to a string cannot fail.
            let _ = writeln!(
                table,
                "{name:width$}  {:>3} of {of:>3} passed",
                suite.passed
            );
            for case in suite.cases.iter().filter(|case| !case.passed) {
                let _ = writeln!(table, "  FAILED {}", case.name);
                for reason in &case.reasons {
                    let _ = writeln!(table, "    {reason}");
                }
                if talk {
                    let _ = writeln!(table, "{}", case.talk);
                }
            }
        }
        let _ = writeln!(table, "{} passed, {} failed", self.passed, self.failed);
        table
    }
}
