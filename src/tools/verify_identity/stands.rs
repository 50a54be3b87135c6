//! Does a value stand in what the shopper wrote? What proves something must have come from them: a
//! value that a model took from a text it has read, or made up, never stands there.

/// What may stand between the characters of a value as people write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gaps {
    /// "12 3456", "D04 X2Y9": spaces and hyphens.
    Spaces,
    None,
}

/// Where a value ends: a part of a longer one is another value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    /// Letters and digits make one word.
    Word,
    /// So does everything that an address may hold: "me@shop.example" is not in
    /// "not.me@shop.example".
    Address,
}

/// Both in lower case; the value without what `gaps` lets stand between.
pub fn stands(written: &str, value: &str, gaps: Gaps, ends: Ends) -> bool {
    if value.is_empty() {
        return false;
    }
    let starts = written.char_indices().map(|(at, _)| at);
    starts.into_iter().any(|start| {
        let Some(end) = matched(&written[start..], value, gaps) else {
            return false;
        };
        let before = &written[..start];
        let behind = &written[start + end..];
        begins(before, ends) && is_over(behind, ends)
    })
}

/// How many bytes of the text are the value, when it begins with it.
fn matched(text: &str, value: &str, gaps: Gaps) -> Option<usize> {
    let mut wanted = value.chars().peekable();
    let mut begun = false;
    for (at, letter) in text.char_indices() {
        let Some(next) = wanted.peek() else {
            return Some(at);
        };
        if letter == *next {
            wanted.next();
            begun = true;
        } else if !(begun && gaps == Gaps::Spaces && is_gap(letter)) {
            return None;
        }
    }
    wanted.peek().is_none().then_some(text.len())
}

/// One line only: two messages are not one value.
pub fn is_gap(letter: char) -> bool {
    matches!(
        letter,
        ' ' | '\u{a0}' | '\u{202f}' | '-' | '\u{2011}' | '\u{2013}'
    )
}

fn begins(before: &str, ends: Ends) -> bool {
    let last = before.chars().next_back();
    match ends {
        Ends::Word => last.is_none_or(|letter| !letter.is_alphanumeric()),
        Ends::Address => last.is_none_or(|letter| !is_of_address(letter)),
    }
}

fn is_over(behind: &str, ends: Ends) -> bool {
    let mut letters = behind.chars();
    let (first, second) = (letters.next(), letters.next());
    match ends {
        Ends::Word => first.is_none_or(|letter| !letter.is_alphanumeric()),
        // A full stop ends a sentence unless an address goes on behind it.
        Ends::Address if first == Some('.') => second.is_none_or(|letter| !is_of_address(letter)),
        Ends::Address => first.is_none_or(|letter| !is_of_address(letter)),
    }
}

fn is_of_address(letter: char) -> bool {
    letter.is_alphanumeric() || "!#$%&*+-/=^_`{|}~.@".contains(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_postcodes_stand_there_however_they_are_spaced() {
        for written in [
            "123456",
            "my code: 123 456.",
            "1-2-3-4-5-6",
            "is it 123\u{a0}456?",
        ] {
            assert!(
                stands(written, "123456", Gaps::Spaces, Ends::Word),
                "{written}"
            );
        }
        for written in [
            "1234567", "0123456", "123 45", "123\n456", "a123456", "", "12.3456",
        ] {
            assert!(
                !stands(written, "123456", Gaps::Spaces, Ends::Word),
                "{written}"
            );
        }
        assert!(stands(
            "it is d04 x2y9",
            "d04x2y9",
            Gaps::Spaces,
            Ends::Word
        ));
        assert!(!stands("anything", "", Gaps::Spaces, Ends::Word));
    }

    #[test]
    fn a_part_of_an_address_is_another_address() {
        let there = |written| stands(written, "me@shop.example", Gaps::None, Ends::Address);
        for written in [
            "me@shop.example",
            "i am me@shop.example.",
            "<me@shop.example>, please",
            "it's (me@shop.example)?",
            "mail:me@shop.example",
            "not.me@shop.example or me@shop.example",
        ] {
            assert!(there(written), "{written}");
        }
        for written in [
            "not.me@shop.example",
            "me@shop.example.com",
            "me@shop.examples",
            "me@shop.example@x",
            "me @shop.example",
            "acme@shop.example",
        ] {
            assert!(!there(written), "{written}");
        }
    }

    #[test]
    fn an_order_number_is_a_whole_word() {
        let there = |written| stands(written, "10482", Gaps::None, Ends::Word);
        assert!(there("order #10482, please") && there("10482"));
        assert!(!there("110482") && !there("104 82") && !there("10482a"));
    }
}
