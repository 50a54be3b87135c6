//! Answers from policy passages: the few sentences that fit the question best, word for word.

use std::collections::HashSet;

use super::results::Passage;
use super::words;

const SENTENCES_MAX: usize = 3;
const ANSWER_CHARS_MAX: usize = 500;
/// A passage this short is quoted whole.
const WHOLE_CHARS_MAX: usize = 260;

/// What a place further down the search's list costs.
const RANK_COST: f32 = 0.4;
/// What a heading that answers this kind of question is worth.
const KIND_WORTH: f32 = 1.5;
/// A question of fewer telling words is not one to search for alone.
const TELLING_WORDS_MIN: usize = 9;

/// The sentence that asks, when a message tells a story and then asks.
pub fn question_in(message: &str) -> &str {
    let sentences = words::sentences(message);
    let mut asking = sentences.iter().filter(|one| one.ends_with('?'));
    match (asking.next(), asking.next()) {
        (Some(only), None) if !stems(only).is_empty() => only,
        _ => message,
    }
}

/// What to search for: the shopper's words, made clear by the shop's where they say little.
pub fn query(asked: &str, search: &str) -> String {
    let own = stems(asked);
    if own.len() < TELLING_WORDS_MIN && !stems(search).is_subset(&own) {
        format!("{asked} {search}")
    } else {
        asked.to_owned()
    }
}

/// Does a question hold the shop's words for it already?
pub fn says_all(asked: &str, search: &str) -> bool {
    stems(search).is_subset(&stems(asked))
}

/// The best passage's best sentences, and whether the passage is stale; none when no passage is
/// of an expected policy or has a heading about what was asked.
pub fn answer(
    passages: &[Passage],
    question: &str,
    search: &str,
    policies: &[String],
) -> Option<(String, bool)> {
    let asked = stems(question);
    let topic = stems(search);
    let best = passages
        .iter()
        .enumerate()
        .filter(|(_, passage)| {
            let heading = overlap(&passage.heading, &asked) + overlap(&passage.heading, &topic);
            policies.contains(&passage.policy) || heading >= 2.0
        })
        .max_by(|a, b| {
            let score = |(at, passage): (usize, &Passage)| {
                let kind = if same_kind(question, &passage.heading) {
                    KIND_WORTH
                } else {
                    0.0
                };
                fit(passage, &asked, &topic, policies) + kind - at as f32 * RANK_COST
            };
            score(*a).total_cmp(&score(*b)).then(b.0.cmp(&a.0))
        });
    let (_, passage) = best?;
    let text = quote(passage, &asked.union(&topic).cloned().collect(), question);
    (!text.is_empty()).then_some((text, passage.stale))
}

/// The search has ranked by the whole text already; the heading says what a passage is about.
fn fit(
    passage: &Passage,
    asked: &HashSet<String>,
    topic: &HashSet<String>,
    policies: &[String],
) -> f32 {
    let place = policies.iter().position(|policy| *policy == passage.policy);
    // The first policy is the intent's own.
    let expected = place.map_or(0.0, |place| if place == 0 { 3.0 } else { 1.5 });
    let besides: HashSet<String> = topic.difference(asked).cloned().collect();
    overlap(&passage.heading, asked) * 1.5
        + overlap(&passage.heading, &besides)
        + overlap(&passage.text, asked) * 0.3
        + expected
}

/// What kind of answer is asked for; a heading of the same kind answers it.
const KINDS: [&[&str]; 4] = [
    &[
        "how long",
        "how many days",
        "how many weeks",
        "when",
        "how soon",
        "how quickly",
        "how fast",
        "until when",
    ],
    &["cost", "costs", "how much", "free", "fee", "charge", "pays"],
    &["how do", "how can", "how to", "how does", "how could"],
    &["where", "which countries", "ship to", "deliver to"],
];

fn same_kind(question: &str, heading: &str) -> bool {
    let (question, heading) = (words::words(question), words::words(heading));
    let has = |text: &[String], kind: &[&str]| {
        kind.iter()
            .any(|phrase| words::find_phrase(text, phrase).is_some())
    };
    KINDS
        .iter()
        .any(|kind| has(&question, kind) && has(&heading, kind))
}

fn quote(passage: &Passage, asked: &HashSet<String>, question: &str) -> String {
    let text = passage.text.trim();
    if text.chars().count() <= WHOLE_CHARS_MAX {
        return one_line(text);
    }
    let sentences = words::sentences(text);
    let wants_figure = [
        "how long", "how much", "how many", "cost", "when", "fee", "until",
    ]
    .iter()
    .any(|phrase| question.to_lowercase().contains(phrase));
    let mut ranked: Vec<(usize, f32)> = sentences
        .iter()
        .enumerate()
        .map(|(at, sentence)| {
            let figure = wants_figure && sentence.chars().any(|c| c.is_ascii_digit());
            let first = if at == 0 { 0.8 } else { 0.0 };
            (
                at,
                overlap(sentence, asked) + first + if figure { 1.0 } else { 0.0 },
            )
        })
        .collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let mut kept: Vec<usize> = Vec::new();
    let mut chars = 0;
    for (at, score) in ranked {
        // A sentence that leans on the one before it is not torn from it.
        let leans = at > 0 && leans_back(sentences[at]) && !kept.contains(&(at - 1));
        let group: &[usize] = if leans { &[at - 1, at] } else { &[at] };
        let new: Vec<usize> = group
            .iter()
            .copied()
            .filter(|at| !kept.contains(at))
            .collect();
        let length: usize = new
            .iter()
            .map(|at| sentences[*at].chars().count() + 1)
            .sum();
        let room = kept.len() + new.len() <= SENTENCES_MAX && chars + length <= ANSWER_CHARS_MAX;
        if room && (score > 0.0 || kept.is_empty()) {
            chars += length;
            kept.extend(new);
        }
    }
    kept.sort_unstable();
    kept.dedup();
    let chosen: Vec<&str> = kept.iter().map(|at| sentences[*at]).collect();
    one_line(&chosen.join(" "))
}

fn leans_back(sentence: &str) -> bool {
    let first = sentence.split_whitespace().next().unwrap_or("");
    matches!(
        first.trim_end_matches(','),
        "It" | "They"
            | "This"
            | "That"
            | "These"
            | "Those"
            | "Both"
            | "Then"
            | "Before"
            | "Otherwise"
            | "So"
    )
}

fn overlap(text: &str, asked: &HashSet<String>) -> f32 {
    stems(text).intersection(asked).count() as f32
}

/// Stems of the words that are not among the commonest.
fn stems(text: &str) -> HashSet<String> {
    const COMMON: &[&str] = &[
        "the", "and", "you", "for", "are", "can", "how", "what", "does", "your", "with", "that",
        "have", "from", "this", "will", "not", "our", "was", "but", "long", "much", "when",
        "where", "which", "who", "get", "has", "its", "there", "they", "about", "would", "could",
        "please",
    ];
    words::words(text)
        .into_iter()
        .filter(|word| word.len() >= 3 && !COMMON.contains(&word.as_str()))
        .map(|word| words::stem(&word))
        .collect()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passage(heading: &str, text: &str) -> Passage {
        Passage {
            policy: "returns".into(),
            heading: heading.into(),
            text: text.into(),
            ..Passage::default()
        }
    }

    #[test]
    fn the_fitting_sentences_are_quoted_word_for_word() {
        let long = passage(
            "What a return costs",
            "For orders placed on or after 1 March 2026 a return costs €4.90. We take it off the refund once per return, however many items are in it and from whichever country; the label is included. A return is free if the item is defective, is the wrong item, or is not as described. Please pack everything well. We like getting parcels, and we open each of them with care and with great pleasure on every working day.",
        );
        let other = passage(
            "When a refund arrives",
            "We refund a return within 5 working days after the parcel reaches us.",
        );
        let (text, stale) = answer(
            &[other, long.clone()],
            "how much does a return cost?",
            "return policy",
            &["returns".into()],
        )
        .unwrap();
        assert!(text.contains("€4.90"), "{text}");
        assert!(text.chars().count() <= ANSWER_CHARS_MAX);
        assert!(words::sentences(&text).len() <= SENTENCES_MAX);
        for sentence in words::sentences(&text) {
            assert!(long.text.contains(sentence), "{sentence}");
        }
        assert!(!stale);
    }

    #[test]
    fn nothing_comes_from_nothing() {
        let own = ["returns".to_owned()];
        assert_eq!(answer(&[], "x", "", &own), None);
        assert_eq!(answer(&[passage("", "  ")], "x", "", &own), None);
        assert_eq!(
            answer(&[passage("Gifts", "A gift.")], "wash", "care", &[]),
            None
        );
        assert!(
            answer(&[passage("h", &"word ".repeat(5000))], "word", "", &own)
                .is_none_or(|(text, _)| text.chars().count() <= ANSWER_CHARS_MAX)
        );
    }
}
