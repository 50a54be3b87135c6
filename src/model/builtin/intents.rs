//! The utterances of `prompts/builtin/intents/`: one intent per file, one template per line.
//!
//! A template writes alternatives as "(is|are)" and what may be left out as "[please]"; neither
//! stands inside the other.

use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "prompts/builtin/intents"]
struct Files;

/// One wording of one intent.
pub struct Utterance {
    pub intent: usize,
    pub text: String,
}

/// All intents by name, in a fixed order, and every wording of them.
pub fn read() -> (Vec<String>, Vec<Utterance>) {
    let mut files: Vec<_> = Files::iter().collect();
    files.sort();
    let mut names = Vec::new();
    let mut all = Vec::new();
    for file in files {
        let (Some(name), Some(content)) = (file.strip_suffix(".txt"), Files::get(&file)) else {
            continue;
        };
        let text = String::from_utf8_lossy(&content.data);
        let lines = text.lines().map(str::trim);
        for line in lines.filter(|line| !line.is_empty() && !line.starts_with('#')) {
            all.extend(expand(line).into_iter().map(|text| Utterance {
                intent: names.len(),
                text,
            }));
        }
        names.push(name.to_owned());
    }
    (names, all)
}

/// As many wordings as the widest choice has alternatives: each alternative appears, not each
/// combination.
fn expand(template: &str) -> Vec<String> {
    let parts = parse(template);
    let widest = parts.iter().map(Vec::len).max().unwrap_or(1);
    (0..widest)
        .map(|i| {
            let words = parts.iter().enumerate().map(|(at, part)| {
                // Choices of one template turn at different speeds, so that pairs vary.
                let turn = if part.len() == widest { i } else { i + at };
                part[turn % part.len()].as_str()
            });
            words
                .filter(|word| !word.is_empty())
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect()
}

/// A template as a row of choices; plain text is a choice of one.
fn parse(template: &str) -> Vec<Vec<String>> {
    let mut parts = Vec::new();
    let mut rest = template;
    while let Some(at) = rest.find(['(', '[']) {
        let optional = rest[at..].starts_with('[');
        let Some(end) = rest[at..].find(if optional { ']' } else { ')' }) else {
            break;
        };
        parts.push(vec![rest[..at].trim().to_owned()]);
        let inside = &rest[at + 1..at + end];
        let mut choices: Vec<String> = inside.split('|').map(|one| one.trim().to_owned()).collect();
        if optional {
            choices.push(String::new());
        }
        parts.push(choices);
        rest = &rest[at + end + 1..];
    }
    parts.push(vec![rest.trim().to_owned()]);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_alternative_of_a_template_appears() {
        let all = expand("where (is|are) my (order|parcel|boots) [now]");
        assert_eq!(all.len(), 3);
        for word in ["is", "are", "order", "parcel", "boots", "now"] {
            assert!(
                all.iter()
                    .any(|text| text.split(' ').any(|own| own == word)),
                "{word}"
            );
        }
        assert_eq!(expand("plain words"), ["plain words"]);
    }

    #[test]
    fn every_file_is_well_formed() {
        let (names, utterances) = read();
        assert!(names.len() >= 40, "{names:?}");
        for (at, name) in names.iter().enumerate() {
            let count = utterances.iter().filter(|one| one.intent == at).count();
            assert!(count >= 15, "{name} has only {count} wordings");
        }
        for one in &utterances {
            assert!(
                !one.text.contains(['(', ')', '[', ']', '|']),
                "{}",
                one.text
            );
        }
    }
}
