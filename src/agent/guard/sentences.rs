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

/// Byte just past the first sentence and the space behind it; `None` while it may go on.
fn end_of_sentence(text: &str) -> Option<usize> {
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map(|(_, next)| *next);
        let ends = match c {
            '\n' => next.is_some(),
            '.' | '!' | '?' | '…' => match next {
                Some(space) if space.is_whitespace() => !is_abbreviation(&text[..at]),
                _ => false,
            },
            _ => false,
        };
        if ends {
            // White space behind belongs to this sentence; wait until something else follows.
            let rest = &text[at + c.len_utf8()..];
            let next_word = rest.find(|c: char| !c.is_whitespace())?;
            return Some(at + c.len_utf8() + next_word);
        }
        if at > SENTENCE_BYTES_MAX && c == ' ' {
            return Some(at + 1);
        }
    }
    None
}

/// "e.g.", "No.", "approx.", an initial, or a day's number as German writes it ("3.").
fn is_abbreviation(before: &str) -> bool {
    let word = before
        .rsplit(|c: char| c.is_whitespace() || c == '(')
        .next()
        .unwrap_or("");
    let known = [
        "e.g", "i.e", "no", "nr", "approx", "mr", "mrs", "ms", "dr", "st", "vs", "etc", "incl",
        "z.b",
    ];
    let lower = word.to_lowercase();
    // A number's own full stop ends a sentence only when nothing says that a month may follow.
    known.contains(&lower.as_str()) && lower != "no"
        || is_number_sign(before)
        || word.chars().count() == 1 && word.chars().all(char::is_uppercase) && word != "I"
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stay_whole_and_nothing_is_lost() {
        let text = "It cost €4.90 in all. See e.g. order no. 10482! Really? Yes…\nLine two\n\n- item 1.5 kg.";
        let parts = split(text);
        assert_eq!(parts.concat(), text);
        let trimmed: Vec<&str> = parts.iter().map(|part| part.trim()).collect();
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
