//! A section as passages: whole when it is short, cut at paragraphs when it is long.

use crate::domain::limits::PASSAGE_BYTES_MAX;

/// Passages of at most `PASSAGE_BYTES_MAX` bytes that hold every word of the text in its order.
pub fn passages(text: &str) -> Vec<String> {
    let mut passages: Vec<String> = Vec::new();
    for paragraph in text.split("\n\n").map(str::trim).filter(|p| !p.is_empty()) {
        for piece in pieces(paragraph) {
            match passages.last_mut() {
                Some(last) if last.len() + 2 + piece.len() <= PASSAGE_BYTES_MAX => {
                    last.push_str("\n\n");
                    last.push_str(piece);
                }
                _ => passages.push(piece.to_owned()),
            }
        }
    }
    passages
}

/// A paragraph that is too long itself is cut after a sentence, else at a space, else anywhere.
fn pieces(paragraph: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = paragraph;
    while rest.len() > PASSAGE_BYTES_MAX {
        let head = &rest[..rest.floor_char_boundary(PASSAGE_BYTES_MAX)];
        let sentence = head.rfind(". ").map(|at| at + 1);
        let space = || head.rfind(char::is_whitespace).filter(|at| *at > 0);
        let cut = sentence.or_else(space).unwrap_or(head.len());
        pieces.push(rest[..cut].trim());
        rest = rest[cut..].trim_start();
    }
    pieces.push(rest);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<&str> {
        text.split_whitespace().collect()
    }

    #[test]
    fn a_short_section_is_one_passage() {
        assert_eq!(passages("One.\n\nTwo."), ["One.\n\nTwo."]);
        assert!(passages(" \n\n ").is_empty());
    }

    #[test]
    fn a_long_one_is_cut_at_paragraphs_and_loses_nothing() {
        let paragraph = "A sentence of some words. ".repeat(20);
        let text = [paragraph.as_str(); 7].join("\n\n");
        let cut = passages(&text);
        assert!(cut.len() > 2);
        assert!(
            cut.iter()
                .all(|p| p.len() <= PASSAGE_BYTES_MAX && p.ends_with('.'))
        );
        assert_eq!(words(&cut.join(" ")), words(&text));
    }

    #[test]
    fn a_paragraph_without_end_is_cut_too() {
        for text in ["word ".repeat(900), "é".repeat(3_000), "One. ".repeat(900)] {
            let cut = passages(&text);
            assert!(
                cut.iter()
                    .all(|p| !p.is_empty() && p.len() <= PASSAGE_BYTES_MAX)
            );
            let letters = |text: &str| text.replace(char::is_whitespace, "");
            assert_eq!(letters(&cut.concat()), letters(&text));
        }
    }
}
