//! Numbers and days that are written in words: "fifty", "forty-nine", "tomorrow".

use std::sync::LazyLock;

use jiff::ToSpan as _;
use jiff::civil::Date;
use regex::Regex;

/// A number in words up to 999, as a part of a pattern.
pub const NUMBER_WORDS: &str = r"(?:(?:one|two|three|four|five|six|seven|eight|nine|a) hundred(?: and)?[\s-]*)?(?:(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:[\s-](?:one|two|three|four|five|six|seven|eight|nine))?|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|one|two|three|four|five|six|seven|eight|nine|ten|hundred)";

const WORDS: [(&str, i64); 28] = [
    ("one", 1),
    ("two", 2),
    ("three", 3),
    ("four", 4),
    ("five", 5),
    ("six", 6),
    ("seven", 7),
    ("eight", 8),
    ("nine", 9),
    ("ten", 10),
    ("eleven", 11),
    ("twelve", 12),
    ("thirteen", 13),
    ("fourteen", 14),
    ("fifteen", 15),
    ("sixteen", 16),
    ("seventeen", 17),
    ("eighteen", 18),
    ("nineteen", 19),
    ("twenty", 20),
    ("thirty", 30),
    ("forty", 40),
    ("fifty", 50),
    ("sixty", 60),
    ("seventy", 70),
    ("eighty", 80),
    ("ninety", 90),
    ("a", 1),
];

/// The value of digits or of a number in words.
pub fn value_of(text: &str) -> i64 {
    if let Ok(number) = text.trim().parse() {
        return number;
    }
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphabetic());
    words.fold(0, |sum, word| match word {
        "hundred" => sum.max(1) * 100,
        _ => {
            let value = WORDS.iter().find(|(name, _)| *name == word);
            sum + value.map_or(0, |(_, value)| *value)
        }
    })
}

static RELATIVE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(the day after tomorrow|the day before yesterday|tomorrow|yesterday|today|tonight|this (?:morning|afternoon|evening))\b")
        .expect("the pattern is fixed and tested")
});

/// Words with which "today" says when something happens; without one it is small talk.
static HAPPENS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:arriv\w+|deliver\w*|expected|due|shipped|placed|ordered|sent|dispatched|comes?|coming|refunded|leaves?|left|until|by)\b")
        .expect("the pattern is fixed and tested")
});

/// Days that are told from today: where they stand, and which they are.
pub fn relative_days(sentence: &str, today: Date) -> Vec<(std::ops::Range<usize>, Date)> {
    let asks = sentence.trim_end().ends_with('?');
    let happens = HAPPENS.is_match(sentence);
    RELATIVE
        .find_iter(sentence)
        .filter_map(|found| {
            let days = match found.as_str().to_lowercase().as_str() {
                "the day after tomorrow" => 2,
                "the day before yesterday" => -2,
                "tomorrow" => 1,
                "yesterday" => -1,
                _ => 0,
            };
            let states = !asks && (happens || days != 0);
            let day = today.checked_add(days.days()).ok()?;
            states.then_some((found.range(), day))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_counted() {
        for (text, value) in [
            ("fifty", 50),
            ("forty-nine", 49),
            ("a hundred and twenty", 120),
            ("twelve", 12),
            ("17", 17),
        ] {
            assert_eq!(value_of(text), value, "{text}");
        }
    }
}
