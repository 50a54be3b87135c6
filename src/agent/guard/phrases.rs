//! Many phrases looked for at once: by their first words, in one pass over a sentence.

use std::collections::HashMap;

/// Phrases with what each stands for.
pub struct Phrases<T> {
    by_first: HashMap<String, Vec<(String, T)>>,
}

impl<T> Phrases<T> {
    /// Longer phrases come before shorter ones.
    pub fn new(all: impl IntoIterator<Item = (String, T)>) -> Self {
        let mut by_first: HashMap<String, Vec<(String, T)>> = HashMap::new();
        for (phrase, of) in all {
            let first = first_word(&phrase).to_owned();
            by_first.entry(first).or_default().push((phrase, of));
        }
        for list in by_first.values_mut() {
            list.sort_by_key(|(phrase, _)| std::cmp::Reverse(phrase.len()));
        }
        Self { by_first }
    }

    /// Where whole phrases stand in a lower-case text; of several at one place, all.
    pub fn find<'a>(&'a self, lower: &'a str) -> impl Iterator<Item = (usize, &'a str, &'a T)> {
        words(lower).flat_map(move |(at, word)| {
            let here = self.by_first.get(word).into_iter().flatten();
            here.filter(move |(phrase, _)| {
                lower[at..].starts_with(phrase.as_str())
                    && !lower[at + phrase.len()..].starts_with(char::is_alphanumeric)
            })
            .map(move |(phrase, of)| (at, phrase.as_str(), of))
        })
    }
}

fn first_word(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric());
    &text[..end.unwrap_or(text.len())]
}

/// The runs of letters and digits in a text, with their places.
pub fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let skip = text[from..].find(char::is_alphanumeric)?;
        let at = from + skip;
        let word = first_word(&text[at..]);
        from = at + word.len();
        Some((at, word))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_phrases_are_found_in_one_pass() {
        let phrases = Phrases::new([
            ("in stock".to_owned(), 1),
            ("in".to_owned(), 2),
            ("stock's".to_owned(), 3),
        ]);
        let found = |text: &str| -> Vec<(usize, i32)> {
            phrases.find(text).map(|(at, _, of)| (at, *of)).collect()
        };
        assert_eq!(found("it is in stock, inside"), [(6, 1), (6, 2)]);
        assert_eq!(found("our stock's in-stock"), [(4, 3), (12, 2)]);
        assert!(found("").is_empty());
    }
}
