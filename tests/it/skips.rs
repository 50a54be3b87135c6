//! Tests that need what a bare machine lacks say so where it is seen: past the test runner's
//! capture, which hides what a passing test prints.

use std::io::Write as _;

/// A program is missing: the test did not run. Under `ATTENDANT_CI=1`, where programs are installed
/// by name, that is a failure.
///
/// # Panics
/// Where nothing may skip.
pub fn without_program(test: &str, why: &str) {
    let must = std::env::var("ATTENDANT_CI").is_ok_and(|value| value == "1");
    assert!(!must, "{test} must not skip here: {why}");
    say(test, why);
}

/// Public data is not there. No script can install it, so this is never a failure.
pub fn without_data(test: &str) {
    say(test, "ATTENDANT_DATA is not set");
}

fn say(test: &str, why: &str) {
    let line = format!("\nSKIPPED, not tested: {test}: {why}\n");
    let _ = std::io::stderr().write_all(line.as_bytes());
}
