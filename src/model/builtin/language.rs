//! Other languages than English: recognised well enough to say honestly, in them, that English
//! works here for now.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::classify::Classifier;
use super::words;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Language {
    words: Vec<String>,
    reply: String,
}

static LANGUAGES: LazyLock<BTreeMap<String, Language>> = LazyLock::new(|| {
    toml::from_str(include_str!("../../../prompts/builtin/languages.toml"))
        .expect("prompts/builtin/languages.toml is compiled in and tested")
});

/// What to say to a message that is not in English; `None` when it is, or may be.
pub fn reply(text: &str) -> Option<&'static str> {
    let all = words::words(text);
    let classifier = Classifier::get();
    let english = all.iter().filter(|word| classifier.knows(word)).count();
    let best = LANGUAGES
        .values()
        .map(|language| {
            (
                all.iter()
                    .filter(|word| language.words.contains(*word))
                    .count(),
                language,
            )
        })
        .max_by_key(|(hits, _)| *hits)?;
    let (hits, language) = best;
    let enough = hits >= 2 || (hits == 1 && all.len() <= 2);
    (enough && hits > english).then_some(language.reply.as_str())
}

/// Is most of it written in letters that English does not have?
pub fn is_other_script(text: &str) -> bool {
    let letters = || text.chars().filter(|c| c.is_alphabetic());
    let all = letters().count();
    let foreign = letters()
        .filter(|c| !c.is_ascii() && u32::from(*c) > 0x24f)
        .count();
    all > 0 && foreign * 2 > all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_languages_are_answered_in_themselves() {
        for (text, part) in [
            ("Wo ist meine Bestellung?", "Leider"),
            ("Bonjour, où est ma commande ?", "Désolé"),
            ("¿Dónde está mi pedido?", "Lo siento"),
            ("Dove è il mio ordine?", "Mi dispiace"),
            ("Waar is mijn bestelling?", "Sorry, ik"),
            ("Gdzie jest moja paczka?", "Przepraszam"),
        ] {
            assert!(
                reply(text).is_some_and(|reply| reply.contains(part)),
                "{text}: {:?}",
                reply(text)
            );
        }
        assert!(is_other_script("Где мой заказ?"));
        assert!(is_other_script("我的订单在哪里"));
    }

    #[test]
    fn english_is_english_with_a_foreign_name_in_it() {
        for text in [
            "where is my order",
            "I'd like to return the Inis Linen Shirt",
            "hallo, where is my parcel",
            "ok",
            "10482",
            "",
        ] {
            assert!(reply(text).is_none(), "{text}");
            assert!(!is_other_script(text), "{text}");
        }
    }
}
