//! Texts as words: what a shopper writes and what a catalogue says, cut and stemmed in one way.

use std::sync::{Arc, LazyLock};

use rust_stemmers::{Algorithm, Stemmer};

static STEMMER: LazyLock<Stemmer> = LazyLock::new(|| Stemmer::create(Algorithm::English));

/// Signs that say something: of prices, ranges and lists.
const SIGNS: &str = "€£$<>~,;/.!?";
/// Letters and digits of a word that are looked at; what is longer is no word.
const WORD_BYTES_MAX: usize = 48;

/// A word, a number or a sign as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Lower case in plain letters: "mens" of "Men's".
    pub text: String,
    pub stem: String,
    /// Written in capitals: "M" is a size, "m" hardly ever.
    pub upper: bool,
    pub sign: bool,
    /// A reader has understood it; the others leave it alone.
    pub used: bool,
}

impl Token {
    fn word(raw: &str) -> Self {
        let text = any_ascii::any_ascii(raw).to_ascii_lowercase();
        Self {
            stem: stem(&text),
            text,
            upper: raw.chars().all(|c| !c.is_lowercase()) && raw.chars().any(char::is_uppercase),
            sign: false,
            used: false,
        }
    }

    fn sign(sign: char) -> Self {
        Self {
            text: sign.to_string(),
            stem: String::new(),
            upper: false,
            sign: true,
            used: false,
        }
    }

    /// Digits alone, with at most separators in them.
    pub fn is_number(&self) -> bool {
        !self.sign && self.text.starts_with(|c: char| c.is_ascii_digit()) && !self.has_letters()
    }

    pub fn has_letters(&self) -> bool {
        self.text.contains(|c: char| c.is_ascii_alphabetic())
    }

    /// Another word in this one's place: its typing error mended.
    pub fn mend(&mut self, text: &str) {
        text.clone_into(&mut self.text);
        self.stem = stem(text);
    }
}

pub fn stem(word: &str) -> String {
    STEMMER.stem(word).into_owned()
}

/// The words, numbers and signs of a text. A hyphen parts words and is a sign between digits; an
/// apostrophe is nothing.
pub fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().filter(|c| !matches!(c, '\'' | '’')).collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let c = chars[at];
        if c.is_alphanumeric() {
            let end = word_end(&chars, at);
            let word: String = chars[at..end].iter().collect();
            let token = Token::word(&word);
            if !token.text.is_empty() && token.text.len() <= WORD_BYTES_MAX {
                found.push(token);
            }
            at = end;
            continue;
        }
        let dash = matches!(c, '-' | '–' | '—') && between_digits(&chars, at);
        if dash {
            found.push(Token::sign('-'));
        } else if SIGNS.contains(c) {
            found.push(Token::sign(c));
        }
        at += 1;
    }
    found
}

/// Behind the last character of a word; a point or comma inside a number belongs to it.
fn word_end(chars: &[char], start: usize) -> usize {
    let mut at = start;
    while at < chars.len() {
        let digit = |at: usize| chars.get(at).is_some_and(char::is_ascii_digit);
        let inside = matches!(chars[at], '.' | ',') && digit(at + 1) && at > start && digit(at - 1);
        if !(chars[at].is_alphanumeric() || inside) {
            break;
        }
        at += 1;
    }
    at
}

fn between_digits(chars: &[char], at: usize) -> bool {
    let digit = |c: Option<&char>| c.is_some_and(|c| c.is_ascii_digit() || "€£$".contains(*c));
    let before = chars[..at].iter().rev().find(|c| **c != ' ');
    let after = chars[at + 1..].iter().find(|c| **c != ' ');
    digit(before) && digit(after)
}

/// The stems of a text's words, signs left out.
pub fn stems(text: &str) -> Vec<String> {
    let words = tokens(text).into_iter().filter(|token| !token.sign);
    words.map(|token| token.stem).collect()
}

/// A name in plain lower-case words: "Harrow & Pine" is "harrow pine".
pub fn plain(text: &str) -> String {
    let words = tokens(text).into_iter().filter(|token| !token.sign);
    words.map(|token| token.text).collect::<Vec<_>>().join(" ")
}

/// Do the words of `part` stand in a row in `whole`? Never for no words.
pub fn has_in_row<A: PartialEq<B>, B>(whole: &[A], part: &[B]) -> bool {
    !part.is_empty()
        && whole
            .windows(part.len())
            .any(|row| row.iter().zip(part).all(|(a, b)| a == b))
}

/// Keeps each text once: a large catalogue says the same words again and again.
#[derive(Default)]
pub struct Interner(std::collections::HashSet<Arc<str>>);

impl Interner {
    pub fn keep(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.0.get(text) {
            return Arc::clone(known);
        }
        let kept: Arc<str> = Arc::from(text);
        self.0.insert(Arc::clone(&kept));
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        tokens(text).into_iter().map(|token| token.text).collect()
    }

    #[test]
    fn words_numbers_and_signs_are_told_apart() {
        assert_eq!(
            texts("Men's T-shirt, €50-€100 (W32/L34)"),
            [
                "mens", "t", "shirt", ",", "€", "50", "-", "€", "100", "w32", "/", "l34"
            ]
        );
        assert_eq!(texts("1,200.50 or 38.5."), ["1,200.50", "or", "38.5", "."]);
        assert_eq!(texts("quick-drying – café"), ["quick", "drying", "cafe"]);
        assert!(texts(&"x".repeat(10_000)).is_empty());
        assert!(texts(" \u{0}\u{202e} ").is_empty());
    }

    #[test]
    fn plurals_and_cases_meet_in_the_stem() {
        assert_eq!(stems("Jackets"), stems("jacket"));
        assert_eq!(plain("Harrow & Pine"), "harrow pine");
        assert!(has_in_row(
            &stems("Sleet Rain Jacket"),
            &stems("rain jackets")
        ));
        assert!(!has_in_row(&stems("rain"), &stems("")));
    }
}
