//! Which of the passages that were found an answer really rests on: only those are shown as its
//! sources.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::domain::card::{Card, SourcesCard};

/// Words in a row that a reply and a passage share when one rests on the other.
const WORDS_IN_A_ROW: usize = 4;

/// The card as it is shown beside a reply: of the sources, those whose passage the reply takes words
/// from, or the best one when it says everything in words of its own. `content` is the tool's
/// result, whose passages stand in the order of the card's sources.
pub fn cited(card: &Card, content: &str, reply: &str) -> Option<Card> {
    let Card::Sources(found) = card else {
        return Some(card.clone());
    };
    let result: Value = serde_json::from_str(content).unwrap_or(Value::Null);
    let said = runs(reply);
    let rests_on = |at: usize| {
        let text = result
            .get("passages")
            .and_then(|all| all.get(at)?.get("text")?.as_str());
        text.is_some_and(|text| !runs(text).is_disjoint(&said))
    };
    let mut sources: Vec<_> = found
        .sources
        .iter()
        .enumerate()
        .filter(|(at, _)| rests_on(*at))
        .map(|(_, source)| source.clone())
        .collect();
    if sources.is_empty() {
        sources.extend(found.sources.first().cloned());
    }
    (!sources.is_empty()).then_some(Card::Sources(SourcesCard { sources }))
}

fn runs(text: &str) -> BTreeSet<String> {
    let words: Vec<String> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    words
        .windows(WORDS_IN_A_ROW)
        .map(|run| run.join(" "))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::card::Source;

    fn source(policy: &str) -> Source {
        Source {
            policy: policy.into(),
            version: "1".into(),
            title: policy.into(),
            heading: "h".into(),
            link: None,
        }
    }

    #[test]
    fn only_what_the_reply_took_words_from_is_a_source() {
        let card = Card::Sources(SourcesCard {
            sources: vec![source("warranty"), source("returns")],
        });
        let content = r#"{"passages":[{"text":"We mend a zip for two years."},{"text":"You can return items within 30 days of delivery."}]}"#;
        let shown = |reply: &str| match cited(&card, content, reply) {
            Some(Card::Sources(card)) => card
                .sources
                .into_iter()
                .map(|s| s.policy)
                .collect::<Vec<_>>(),
            _ => vec![],
        };
        assert_eq!(
            shown("You can return items within 30 days of delivery, so you are fine."),
            ["returns"]
        );
        assert_eq!(
            shown("A month is what you get."),
            ["warranty"],
            "the best one, at least"
        );
    }
}
