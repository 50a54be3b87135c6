//! Cutting streamed text into sentences without losing a byte.

/// Collects pieces of text and gives back whole sentences, white space included: their
/// concatenation with the rest is the text that went in.
#[derive(Debug, Default)]
pub struct Sentences {
    held: String,
}

/// A sentence longer than this is cut at a space: something must leave.
const SENTENCE_BYTES_MAX: usize = 2_000;

impl Sentences {
    /// Adds a piece; returns the sentences that it completes.
    pub fn push(&mut self, piece: &str) -> Vec<String> {
        self.held.push_str(piece);
        let mut whole = Vec::new();
        while let Some(end) = end_of_sentence(&self.held) {
            whole.push(self.held.drain(..end).collect());
        }
        whole
    }

    /// What is left when no more text comes.
    pub fn finish(&mut self) -> Option<String> {
        let rest = std::mem::take(&mut self.held);
        (!rest.is_empty()).then_some(rest)
    }
}

/// The sentences of a whole text.
pub fn split(text: &str) -> Vec<String> {
    let mut sentences = Sentences::default();
    let mut all = sentences.push(text);
    all.extend(sentences.finish());
    all
}

/// Byte just past the first sentence and the one white space that ends it; `None` while it may go
/// on. Nothing behind that is waited for: what is whole leaves at once.
fn end_of_sentence(text: &str) -> Option<usize> {
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if c == '\n' || (at > SENTENCE_BYTES_MAX && c == ' ') {
            return Some(at + 1);
        }
        let space = chars
            .peek()
            .map(|(_, next)| *next)
            .filter(|next| next.is_whitespace());
        if let ('.' | '!' | '?' | '…', Some(space)) = (c, space)
            && !is_abbreviation(&text[..at])
        {
            return Some(at + c.len_utf8() + space.len_utf8());
        }
    }
    None
}

/// "e.g.", "approx.", "order no.", an initial, or a day's number as German writes it ("3.").
fn is_abbreviation(before: &str) -> bool {
    let word = before
        .rsplit(|c: char| c.is_whitespace() || c == '(')
        .next()
        .unwrap_or("");
    let known = [
        "e.g", "i.e", "nr", "approx", "mr", "mrs", "ms", "dr", "st", "vs", "etc", "incl", "z.b",
        "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec",
    ];
    let initial = word.len() == 1 && word != "I" && word.chars().all(char::is_uppercase);
    let day = matches!(word.len(), 1 | 2) && word.bytes().all(|b| b.is_ascii_digit());
    known.contains(&word.to_lowercase().as_str()) || initial || day || is_number_sign(before)
}

/// "no." is an abbreviation in "order no." and a sentence in "I said no."
fn is_number_sign(before: &str) -> bool {
    let mut words = before.split_whitespace().rev();
    words
        .next()
        .is_some_and(|word| word.eq_ignore_ascii_case("no"))
        && words.next().is_some_and(|word| {
            matches!(
                word.to_lowercase().as_str(),
                "order" | "return" | "tracking" | "item"
            )
        })
}

/// The part of a sentence between the commas around a byte; a comma in a number is none.
pub fn clause_at(lower: &str, at: usize) -> &str {
    let at = (0..=at.min(lower.len()))
        .rev()
        .find(|at| lower.is_char_boundary(*at))
        .unwrap_or(0);
    let start = lower[..at]
        .rfind([',', ';', ':'])
        .map_or(0, |comma| comma + 1);
    let end = lower[at..]
        .find([';'])
        .into_iter()
        .chain(lower[at..].find(", "))
        .min();
    &lower[start..end.map_or(lower.len(), |end| at + end)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stay_whole_and_nothing_is_lost() {
        let text = "It cost €4.90 in all. See e.g. order no. 10482! Really? Yes…\nLine two\n\n- item 1.5 kg.";
        let parts = split(text);
        assert_eq!(parts.concat(), text);
        let trimmed = parts.iter().map(|part| part.trim());
        let trimmed: Vec<&str> = trimmed.filter(|part| !part.is_empty()).collect();
        assert_eq!(
            trimmed,
            [
                "It cost €4.90 in all.",
                "See e.g. order no. 10482!",
                "Really?",
                "Yes…",
                "Line two",
                "- item 1.5 kg."
            ]
        );
    }

    #[test]
    fn the_cut_does_not_depend_on_how_the_text_arrives() {
        let text = "First one. Second 3.50 € one! Third?\nFourth and last";
        let mut sentences = Sentences::default();
        let mut parts: Vec<String> = text
            .chars()
            .flat_map(|c| sentences.push(&c.to_string()))
            .collect();
        parts.extend(sentences.finish());
        assert_eq!(parts, split(text));
    }
}
