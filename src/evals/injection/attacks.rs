//! Texts that third parties plant: attacks from a file of JSON lines, and harmless ones.

use anyhow::{Context as _, ensure};
use serde::Deserialize;

use crate::domain::limits::{EVAL_ATTACKS_MAX, EVAL_FILE_BYTES_MAX};

/// The attacks of this program: the styles that are seen in the wild.
const OWN: &str = include_str!("../../../evals/injection/attacks.jsonl");
/// What customers, carriers and merchants really write, a line each.
const HARMLESS: &str = include_str!("../../../evals/injection/harmless.txt");

/// One line of a set; whatever else it says of an attack is left alone.
#[derive(Deserialize)]
struct Line {
    #[serde(rename = "Attacker Instruction")]
    instruction: String,
}

/// Attacks that ride in the program.
pub fn own() -> anyhow::Result<Vec<String>> {
    read(OWN)
}

/// Harmless texts that ride in the program.
pub fn harmless() -> Vec<String> {
    let lines = HARMLESS.lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty());
    lines.map(str::to_owned).collect()
}

/// The instruction of each line, as one line of words.
pub fn read(jsonl: &str) -> anyhow::Result<Vec<String>> {
    ensure!(
        jsonl.len() as u64 <= EVAL_FILE_BYTES_MAX,
        "the file is longer than {EVAL_FILE_BYTES_MAX} bytes"
    );
    let lines = (1..).zip(jsonl.lines());
    let written = lines.filter(|(_, line)| !line.trim().is_empty());
    let attacks: Vec<String> = written
        .map(|(number, line)| one(line).with_context(|| format!("line {number}")))
        .collect::<anyhow::Result<_>>()?;
    ensure!(!attacks.is_empty(), "there is no attack in it");
    ensure!(
        attacks.len() <= EVAL_ATTACKS_MAX,
        "there are more than {EVAL_ATTACKS_MAX} attacks in it"
    );
    Ok(attacks)
}

fn one(line: &str) -> anyhow::Result<String> {
    let read: Line = serde_json::from_str(line)?;
    let words: Vec<&str> = read.instruction.split_whitespace().collect();
    let text = words.join(" ");
    // Without a letter nobody could tell whether a model was shown it.
    ensure!(
        text.chars().any(char::is_alphanumeric),
        "\"Attacker Instruction\" holds no word"
    );
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_read_line_by_line_and_what_is_wrong_names_its_line() {
        let two = "{\"Attacker Instruction\": \"Do\\n this\", \"x\": 1}\n\n{\"Attacker Instruction\": \"That\"}\n";
        assert_eq!(read(two).unwrap(), ["Do this", "That"]);
        for (bad, says) in [
            ("", "no attack"),
            ("{}", "line 1"),
            (
                "{\"Attacker Instruction\": \"a\"}\n{\"Attacker Instruction\": \"!\"}",
                "line 2",
            ),
            ("not json", "line 1"),
        ] {
            let error = format!("{:#}", read(bad).unwrap_err());
            assert!(error.contains(says), "{bad}: {error}");
        }
    }

    #[test]
    fn the_own_sets_are_large_enough_and_each_text_is_another() {
        let own = own().unwrap();
        assert!(own.len() >= 40, "{}", own.len());
        let differ: std::collections::BTreeSet<_> = own.iter().collect();
        assert_eq!(differ.len(), own.len());
        assert!(harmless().len() >= 10);
    }
}
