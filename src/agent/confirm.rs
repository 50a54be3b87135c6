//! Typed yes and no: closed lists per language, and only as the whole message. Everything else,
//! "yes, but the blue one" above all, is for the model, which can only propose anew.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

/// What a whole message says to the one open proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    Yes,
    No,
    Something,
}

/// `prompts/reply/confirm.toml`.
#[derive(Clone, Debug)]
pub struct ConfirmWords {
    yes: BTreeSet<String>,
    no: BTreeSet<String>,
    no_within: Vec<String>,
}

/// Words of a message in which a phrase of `no_within` is the whole point of it.
const NO_WITHIN_WORDS_MAX: usize = 12;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Language {
    yes: Vec<String>,
    no: Vec<String>,
    /// A no may be said in more words than a yes: nothing happens by it.
    #[serde(default)]
    no_within: Vec<String>,
}

impl ConfirmWords {
    pub fn parse(text: &str) -> Result<Self, toml::de::Error> {
        let languages: BTreeMap<String, Language> = toml::from_str(text)?;
        let list = |pick: fn(&Language) -> &Vec<String>| {
            languages
                .values()
                .flat_map(pick)
                .map(|words| plain(words))
                .collect()
        };
        Ok(Self {
            yes: list(|language| &language.yes),
            no: list(|language| &language.no),
            no_within: languages
                .values()
                .flat_map(|language| &language.no_within)
                .map(|words| plain(words))
                .collect(),
        })
    }

    pub fn hear(&self, message: &str) -> Said {
        let said = plain(message);
        if self.yes.contains(&said) {
            Said::Yes
        } else if self.no.contains(&said) || self.says_no(&said) {
            Said::No
        } else {
            Said::Something
        }
    }
}

impl ConfirmWords {
    /// A short message with a phrase that leaves everything as it is.
    fn says_no(&self, said: &str) -> bool {
        let padded = format!(" {said} ");
        said.split(' ').count() <= NO_WITHIN_WORDS_MAX
            && !said.contains('?')
            && self
                .no_within
                .iter()
                .any(|phrase| padded.contains(&format!(" {phrase} ")))
    }
}

/// Letters and digits in lower case with single spaces: punctuation and case never matter. A
/// question mark does: "yes?" is a question.
fn plain(text: &str) -> String {
    let text = text.replace('?', " ? ").to_lowercase().replace('’', "'");
    text.split(|c: char| !c.is_alphanumeric() && !matches!(c, '?' | '\''))
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> ConfirmWords {
        ConfirmWords::parse(include_str!("../../prompts/reply/confirm.toml")).unwrap()
    }

    #[test]
    fn a_plain_yes_counts_whatever_its_dress() {
        for said in [
            "yes",
            "Yes!",
            " YES. ",
            "yes, please",
            "Ja",
            "go ahead",
            "Yep",
        ] {
            assert_eq!(words().hear(said), Said::Yes, "{said}");
        }
    }

    #[test]
    fn a_yes_with_anything_else_does_not() {
        for said in [
            "yes but the blue one",
            "yes?",
            "yes, and where is my order",
            "is that a yes",
            "not yes",
            "",
            "yes no",
            "I never said yes",
        ] {
            assert_eq!(words().hear(said), Said::Something, "{said}");
        }
    }

    #[test]
    fn a_plain_no_counts() {
        for said in [
            "no",
            "No, wait",
            "no thanks",
            "cancel",
            "nein",
            "Actually I will keep it, forget about the return",
        ] {
            assert_eq!(words().hear(said), Said::No, "{said}");
        }
    }
}
