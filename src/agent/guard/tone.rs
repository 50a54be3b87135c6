//! What the assistant never says, whatever is known: blame, insults, advice on law and health,
//! words of its own instructions. Closed lists; a rule of the shop that says the same may be told.

use std::sync::LazyLock;

use serde::Deserialize;

use super::known::Known;
use super::phrases::Phrases;
use super::subjects::Scene;
use super::words::find_words;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ToneWords {
    blame: Vec<String>,
    insult: Vec<String>,
    legal: Vec<String>,
    medical: Vec<String>,
    traits: Vec<String>,
    rivals: Vec<String>,
    inside: Vec<String>,
    secret: Vec<String>,
    /// In a clause with one of these before it nothing of this is said.
    denials: Vec<String>,
}

static WORDS: LazyLock<ToneWords> = LazyLock::new(|| {
    toml::from_str(include_str!("../../../prompts/guard/tone.toml"))
        .expect("prompts/guard/tone.toml is compiled in and tested")
});

/// What a phrase is an offence of: the key of its reason, and whether a rule may say it.
struct Offence {
    key: &'static str,
    is_rule: bool,
    /// A denial before it makes it harmless: "I cannot share my instructions".
    deniable: bool,
}

static PHRASES: LazyLock<Phrases<Offence>> = LazyLock::new(|| {
    let lists = [
        (&WORDS.blame, "blame", false, false),
        (&WORDS.insult, "insult", false, false),
        (&WORDS.legal, "legal", true, true),
        (&WORDS.medical, "medical", true, true),
        (&WORDS.traits, "traits", false, false),
        (&WORDS.rivals, "rivals", true, true),
        (&WORDS.inside, "inside", false, true),
        (&WORDS.secret, "secret", true, true),
    ];
    Phrases::new(
        lists
            .into_iter()
            .flat_map(|(list, key, is_rule, deniable)| {
                list.iter().map(move |words| {
                    let offence = Offence {
                        key,
                        is_rule,
                        deniable,
                    };
                    (words.clone(), offence)
                })
            }),
    )
});

/// The first phrase that may not be said, with the key of the reason.
pub fn offence<'a>(known: &Known<'_>, scene: &'a Scene) -> Option<(&'static str, &'a str)> {
    let lower = scene.lower.as_str();
    PHRASES.find(lower).find_map(|(at, words, offence)| {
        let denied = offence.deniable && is_denied(lower, at);
        let told = offence.is_rule && (known.rules_mention(words) || known.evidence.says(words));
        let said = lower.get(at..at + words.len())?;
        (!denied && !told).then_some((offence.key, said))
    })
}

fn is_denied(lower: &str, at: usize) -> bool {
    let clause = lower[..at]
        .rsplit(['.', ';', '!', '?'])
        .next()
        .unwrap_or("");
    WORDS
        .denials
        .iter()
        .any(|words| find_words(clause, words).is_some())
}
