//! Text as the built-in model reads it: words in lower case without apostrophes, their stems, and
//! how far two spellings are apart.

use std::sync::LazyLock;

use rust_stemmers::{Algorithm, Stemmer};

static STEMMER: LazyLock<Stemmer> = LazyLock::new(|| Stemmer::create(Algorithm::English));

/// Stands for a number of four digits or more: what such a number means is not in its digits.
pub const NUMBER: &str = "<number>";
/// Stands for an e-mail address.
pub const ADDRESS: &str = "<email>";

/// Messages are read up to here; what somebody wants stands in the first pages or not at all.
const READ_BYTES_MAX: usize = 4 * 1024;

/// The words of a text: letters, digits, hyphens inside; "don't" is "dont".
pub fn words(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    for chunk in cut(text, READ_BYTES_MAX).split_whitespace() {
        if is_address(chunk) {
            all.push(ADDRESS.to_owned());
            continue;
        }
        let plain: String = chunk
            .chars()
            .filter(|c| !matches!(c, '\'' | '’' | '`' | '‘'))
            .flat_map(char::to_lowercase)
            .collect();
        let pieces = plain.split(|c: char| !c.is_alphanumeric() && c != '-');
        for piece in pieces.map(|piece| piece.trim_matches('-')) {
            if !piece.is_empty() {
                all.push(piece.to_owned());
            }
        }
    }
    all
}

fn is_address(chunk: &str) -> bool {
    chunk
        .split_once('@')
        .is_some_and(|(name, host)| !name.is_empty() && host.contains('.'))
}

/// The longest start of a text that ends at a character and has at most so many bytes.
pub fn cut(text: &str, bytes_max: usize) -> &str {
    if text.len() <= bytes_max {
        return text;
    }
    let mut end = bytes_max;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

pub fn stem(word: &str) -> String {
    STEMMER.stem(word).into_owned()
}

pub fn is_number(word: &str) -> bool {
    word.len() >= 4 && word.bytes().all(|byte| byte.is_ascii_digit())
}

/// Where a phrase of whole words stands in a list of words.
pub fn find_phrase(words: &[String], phrase: &str) -> Option<usize> {
    let phrase: Vec<&str> = phrase.split(' ').collect();
    if phrase.len() > words.len() {
        return None;
    }
    (0..=words.len() - phrase.len()).find(|&at| {
        phrase
            .iter()
            .enumerate()
            .all(|(i, word)| words[at + i] == *word)
    })
}

/// Is one spelling a likely slip of the other? One edit in a word of four letters or more, two from
/// eight on; an edit is a letter too many, too few, wrong, or two swapped.
pub fn is_slip(a: &str, b: &str) -> bool {
    let longer = a.len().max(b.len());
    let allowed = match longer {
        0..=3 => return a == b,
        4..=7 => 1,
        _ => 2,
    };
    a.len().abs_diff(b.len()) <= allowed && distance(a, b) <= allowed
}

fn distance(a: &str, b: &str) -> usize {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = Vec::with_capacity(b.len() + 1);
        row.push(i);
        for j in 1..=b.len() {
            let same = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (above[j] + 1).min(row[j - 1] + 1).min(above[j - 1] + same);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(before[j - 2] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[b.len()]
}

/// The sentences and co-ordinated parts of a message, each a possible wish of its own.
pub fn clauses(text: &str) -> Vec<String> {
    let mut parts = Vec::new();
    for sentence in sentences(cut(text, READ_BYTES_MAX)) {
        let mut rest = sentence;
        while let Some((at, len)) = joint(rest) {
            parts.push(rest[..at].to_owned());
            rest = &rest[at + len..];
        }
        parts.push(rest.to_owned());
    }
    parts.retain(|part| part.chars().any(char::is_alphanumeric));
    parts
}

/// Sentences by their end marks; "€4.90" and "e.g. this" stay whole.
pub fn sentences(text: &str) -> Vec<&str> {
    let mut all = Vec::new();
    let mut from = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map(|(_, next)| *next);
        let ends = match c {
            '\n' => true,
            '.' | '!' | '?' => {
                next.is_none_or(char::is_whitespace)
                    && !text[from..at].ends_with(".g")
                    && !text[from..at].ends_with(".e")
            }
            _ => false,
        };
        if ends {
            let end = at + c.len_utf8();
            all.push(text[from..end].trim());
            from = end;
        }
    }
    all.push(text[from..].trim());
    all.retain(|sentence| !sentence.is_empty());
    all
}

/// Where a conjunction joins two parts, and how long it is.
fn joint(text: &str) -> Option<(usize, usize)> {
    const JOINTS: [&str; 7] = [" and ", " but ", " also ", " plus ", " & ", ", ", "; "];
    let lower = text.to_ascii_lowercase();
    JOINTS
        .iter()
        .filter_map(|joint| lower.find(joint).map(|at| (at, joint.len())))
        // "everything but the socks" is one part.
        .filter(|(at, _)| {
            !(lower[*at..].starts_with(" but ")
                && (lower[..*at].ends_with("everything") || lower[..*at].ends_with("all")))
        })
        .min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_lose_their_dress_and_keep_their_letters() {
        assert_eq!(
            words("Where’s order #10482?! Don't mail a.b@c.example — T-shirt"),
            [
                "wheres", "order", "10482", "dont", "mail", ADDRESS, "t-shirt"
            ]
        );
        assert!(words(" \u{1F600} ?! ").is_empty());
    }

    #[test]
    fn slips_are_found_and_other_words_are_not() {
        for (a, b) in [
            ("retrun", "return"),
            ("ordr", "order"),
            ("recieved", "received"),
            ("wher", "where"),
        ] {
            assert!(is_slip(a, b), "{a} {b}");
        }
        for (a, b) in [("red", "bed"), ("boots", "books and"), ("return", "refund")] {
            assert!(!is_slip(a, b), "{a} {b}");
        }
    }

    #[test]
    fn sentences_keep_amounts_and_lose_no_words() {
        assert_eq!(
            sentences("A return costs €4.90. See e.g. this! Really?"),
            ["A return costs €4.90.", "See e.g. this!", "Really?"]
        );
        assert_eq!(clauses("Where is it, and I want a refund").len(), 2);
    }
}
