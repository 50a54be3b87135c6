//! Texts of others as JSON strings: whatever they hold, they stay one value on one line.

/// Which end of a text is kept when not all of it fits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    Head,
    Tail,
}

const CUT: char = '…';

/// The text as a JSON string of at most `bytes_max` bytes, quotation marks included; what is cut
/// has a mark where it was cut.
pub fn quoted(text: &str, bytes_max: usize, keep: Keep) -> String {
    let whole = json(text);
    if whole.len() <= bytes_max {
        return whole;
    }
    let room = bytes_max.saturating_sub(2 + CUT.len_utf8());
    let mut used = 0;
    let mut fits = |c: &char| {
        used += bytes_of(*c);
        used <= room
    };
    match keep {
        Keep::Head => {
            let mut kept: String = text.chars().take_while(&mut fits).collect();
            kept.push(CUT);
            json(&kept)
        }
        Keep::Tail => {
            let kept: Vec<char> = text.chars().rev().take_while(&mut fits).collect();
            let kept: String = [CUT].into_iter().chain(kept.into_iter().rev()).collect();
            json(&kept)
        }
    }
}

/// The text on one line, of at most so many characters.
pub fn shortened(text: &str, chars_max: usize) -> String {
    let mut short = String::new();
    let mut chars = 0;
    for word in text.split_whitespace() {
        if chars > 0 {
            if chars + 1 >= chars_max {
                short.push(CUT);
                return short;
            }
            short.push(' ');
            chars += 1;
        }
        for c in word.chars() {
            if chars == chars_max {
                short.push(CUT);
                return short;
            }
            short.push(c);
            chars += 1;
        }
    }
    short
}

/// The newest of these JSON values that fit into one array, in their own order, and how many do not.
pub fn newest_of(values: &[String], bytes_max: usize) -> (Option<String>, usize) {
    let mut used = 2;
    let fitting = values.iter().rev().take_while(|value| {
        used += value.len() + 1;
        used <= bytes_max
    });
    let from = values.len() - fitting.count();
    let kept = &values[from..];
    let array = (!kept.is_empty()).then(|| format!("[{}]", kept.join(",")));
    (array, from)
}

pub fn json(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

/// Bytes that a character takes in a JSON string.
fn bytes_of(c: char) -> usize {
    match c {
        '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
        '\0'..='\u{1f}' => 6,
        c => c.len_utf8(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn keeps_the_end_that_is_asked_for() {
        assert_eq!(quoted("a\nb", 100, Keep::Head), "\"a\\nb\"");
        assert_eq!(quoted("abcdefgh", 8, Keep::Head), "\"abc…\"");
        assert_eq!(quoted("abcdefgh", 8, Keep::Tail), "\"…fgh\"");
        assert_eq!(shortened("  a\n\tbc  d ", 4), "a bc…");
        assert_eq!(shortened("a bc", 4), "a bc");
        let values = ["1", "22", "333"].map(str::to_owned);
        assert_eq!(newest_of(&values, 9), (Some("[22,333]".into()), 1));
        assert_eq!(newest_of(&values, 2), (None, 3));
    }

    proptest! {
        #[test]
        fn any_text_is_one_value_on_one_line(text in any::<String>(), max in 5_usize..300) {
            for keep in [Keep::Head, Keep::Tail] {
                let told = quoted(&text, max, keep);
                prop_assert!(told.len() <= max);
                prop_assert!(!told.contains(['\n', '\r']));
                prop_assert!(serde_json::from_str::<String>(&told).is_ok());
            }
            let short = shortened(&text, max);
            prop_assert!(short.chars().count() <= max + 1);
        }
    }
}
