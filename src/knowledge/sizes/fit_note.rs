//! A product's fit note, of which a few patterns are understood: "Between sizes, take the larger."
//! Whatever else it advises is quoted, not guessed at.

use std::sync::LazyLock;

use regex::Regex;

/// Which of two sizes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lean {
    Smaller,
    Larger,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FitNote {
    /// What to take between two sizes.
    pub between: Option<Lean>,
    /// Women take one size less than their usual one.
    pub women_down: bool,
    /// Advice that is not understood, as it stands.
    pub quote: Option<String>,
}

static BETWEEN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\bbetween (?:two )?(?:sizes|heights|ages)\b|\bif between\b|\bif you(?:'|’)?re between\b|\bif you are between\b|\bhalf sizes (?:go|should)\b|\bif unsure\b",
    )
});
static LARGER: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\b(?:the larger|the bigger|sizes? up|go up|half a size up)\b"));
static SMALLER: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\b(?:the smaller|the size down|sizes? down|go down)\b"));
static NEGATED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\b(?:not|never|don(?:'|’)?t|unless)\b"));
static TRUE_TO: LazyLock<Regex> = LazyLock::new(|| pattern(r"^true to (?:size|height|waist)$"));
static WOMEN_DOWN: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^women(?: usually| generally| should)?(?: take)? one size down$"));
/// Words with which a sentence advises on the size rather than telling the cut.
static ADVICE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:sizes?|take|larger|smaller|wear|worn|over|up|down|gives?|eases|moulds|adjusts?|adjustable|room|growth|grow|stretch\w*|beneath|underneath|women|men)\b",
    )
});

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the pattern is fixed and tested")
}

pub fn read(fit: &str) -> FitNote {
    let mut note = FitNote::default();
    let mut quoted = Vec::new();
    let mut leans = Vec::new();
    for sentence in sentences(fit) {
        let lower = sentence.to_lowercase();
        if TRUE_TO.is_match(&lower) {
            continue;
        }
        if WOMEN_DOWN.is_match(&lower) {
            note.women_down = true;
            continue;
        }
        match lean(&lower) {
            Some(lean) => leans.push((lean, sentence)),
            None if ADVICE.is_match(&lower) => quoted.push(sentence),
            None => {}
        }
    }
    match leans.split_first() {
        Some((first, rest)) if rest.iter().all(|other| other.0 == first.0) => {
            note.between = Some(first.0);
        }
        // What contradicts itself is not followed.
        _ => quoted.extend(leans.iter().map(|(_, sentence)| *sentence)),
    }
    if !quoted.is_empty() {
        note.quote = Some(quoted.join(". "));
    }
    note
}

fn lean(lower: &str) -> Option<Lean> {
    if !BETWEEN.is_match(lower) || NEGATED.is_match(lower) {
        return None;
    }
    match (SMALLER.is_match(lower), LARGER.is_match(lower)) {
        (true, false) => Some(Lean::Smaller),
        (false, true) => Some(Lean::Larger),
        // "If between, the larger" has no more to it; "the larger or the smaller" says nothing.
        _ => None,
    }
}

/// At points and semicolons; a point within a number ends nothing.
fn sentences(fit: &str) -> impl Iterator<Item = &str> {
    fit.split(';')
        .flat_map(|part| part.split(". "))
        .map(|part| part.trim().trim_end_matches('.').trim())
        .filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_to_take_between_sizes_is_understood() {
        for (fit, expected) in [
            (
                "Regular fit, cut for a mid layer. Between sizes, take the larger.",
                Lean::Larger,
            ),
            ("Roomy. Between heights, take the larger.", Lean::Larger),
            ("Generous. Between ages, take the larger.", Lean::Larger),
            ("Snug. Take the larger if between.", Lean::Larger),
            (
                "Generous. Take the child's height in cm; if between, the larger.",
                Lean::Larger,
            ),
            ("Trim. Size up if you're between.", Lean::Larger),
            ("Standard width. Half a size up if between.", Lean::Larger),
            ("Firm. If between, go up in the band.", Lean::Larger),
            (
                "High rise, 12 cm inseam. No stretch; size up if unsure.",
                Lean::Larger,
            ),
            ("Adjustable. Half sizes go up.", Lean::Larger),
            ("Relaxed. Between sizes, take the smaller.", Lean::Smaller),
            ("Wide. Between sizes, go down.", Lean::Smaller),
            (
                "Standard width. No half sizes; go down if between.",
                Lean::Smaller,
            ),
            (
                "Runs slightly large; half sizes should take the size down.",
                Lean::Smaller,
            ),
        ] {
            assert_eq!(read(fit).between, Some(expected), "{fit}");
        }
    }

    #[test]
    fn what_is_not_understood_is_quoted_and_not_followed() {
        for (fit, quote) in [
            (
                "Close fit as a layer. Size up if worn outermost.",
                Some("Size up if worn outermost"),
            ),
            (
                "Oversized. Size down for regular.",
                Some("Size down for regular"),
            ),
            (
                "Between sizes, do not take the larger.",
                Some("Between sizes, do not take the larger"),
            ),
            (
                "Between sizes, take the larger or the smaller.",
                Some("Between sizes, take the larger or the smaller"),
            ),
            (
                "Athletic. Women should take one size down for the waist.",
                Some("Women should take one size down for the waist"),
            ),
            ("Regular. True to size.", None),
            ("Slim, athletic", None),
            ("", None),
        ] {
            let note = read(fit);
            assert_eq!(
                (note.between, note.quote.as_deref()),
                (None, quote),
                "{fit}"
            );
            assert!(!note.women_down, "{fit}");
        }
        let torn = read("Between sizes, take the larger. Between sizes, take the smaller.");
        assert_eq!(torn.between, None);
        assert_eq!(
            torn.quote.as_deref(),
            Some("Between sizes, take the larger. Between sizes, take the smaller")
        );
    }

    #[test]
    fn women_one_size_down_is_understood() {
        for fit in [
            "Regular, unisex. Women one size down.",
            "Loose, unisex. Women usually take one size down.",
            "Straight, unisex. Women usually one size down.",
            "Athletic. Women generally take one size down.",
            "Snug. Size by chest; women one size down.",
        ] {
            assert!(read(fit).women_down, "{fit}");
        }
    }
}
