//! Numbers in words.

const SMALL: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 8] = [
    "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
];
const ORDINALS: [&str; 19] = [
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
];

/// "forty" is 40, "a" is 1, "hundred" and "thousand" are what they multiply by.
pub fn number_word(word: &str) -> Option<i64> {
    let place = |list: &[&str]| list.iter().position(|name| *name == word);
    let value = match word {
        "a" => 1,
        "dozen" => 12,
        "hundred" => 100,
        "thousand" => 1000,
        _ => match place(&SMALL) {
            Some(value) => value,
            None => (place(&TENS)? + 2) * 10,
        },
    };
    i64::try_from(value).ok()
}

/// "third" is 3, "twentieth" 20, "thirtieth" 30.
pub fn ordinal(word: &str) -> Option<i64> {
    let value = match word {
        "twentieth" => 20,
        "thirtieth" => 30,
        _ => ORDINALS.iter().position(|name| *name == word)? + 1,
    };
    i64::try_from(value).ok()
}

/// The value of digits or of a number in words, up to 999.
pub fn value_of(text: &str) -> i64 {
    if let Ok(number) = text.trim().parse() {
        return number;
    }
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphabetic());
    words
        .filter_map(number_word)
        .fold(0, |sum, value| match value {
            100 => sum.max(1) * 100,
            _ => sum + value,
        })
}

/// A number in words up to 999, as a part of a pattern.
pub const NUMBER_WORDS: &str = r"(?:(?:one|two|three|four|five|six|seven|eight|nine|a) hundred(?: and)?[\s-]*)?(?:(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:[\s-](?:one|two|three|four|five|six|seven|eight|nine))?|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|one|two|three|four|five|six|seven|eight|nine|ten|hundred)";

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
