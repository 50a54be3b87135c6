//! Codes of offers in a message.

use super::details::SHOPPING;

/// A code has so many signs at least and at most.
const CODE_SIGNS: std::ops::RangeInclusive<usize> = 4..=32;
/// Words between "code" and the code itself: "my code that you sent me is …".
const WORDS_BETWEEN_MAX: usize = 2;

/// The code that a text names: one that looks like no word, or what follows "code".
pub fn code_in(text: &str, expected: bool) -> Option<String> {
    let tokens: Vec<&str> = text
        .split_whitespace()
        .map(|token| token.trim_matches(|c: char| !c.is_alphanumeric()))
        .filter(|token| !token.is_empty())
        .collect();
    let lists = &SHOPPING.lists;
    let says_code = super::details::has(&super::words::words(text), &lists.uses_code);
    let expected = expected || says_code;
    let own = tokens.iter().find(|token| is_own(token));
    let found = own.copied().or_else(|| after_code(&tokens)).or_else(|| {
        tokens.iter().copied().find(|token| {
            expected
                && (is_marked(token) || tokens.len() == 1)
                && may_be(token)
                && !is_amount(token)
        })
    });
    found.map(str::to_owned)
}

/// Does a text hold a code that looks like nothing else?
pub fn own_code_in(text: &str) -> bool {
    text.split_whitespace()
        .any(|token| is_own(token.trim_matches(|c: char| !c.is_alphanumeric())))
}

/// Does a text hold a word of capitals or digits that may be a code?
pub fn is_marked_in(text: &str) -> bool {
    text.split_whitespace()
        .map(|token| token.trim_matches(|c: char| !c.is_alphanumeric()))
        .any(|token| is_marked(token) && may_be(token) && !is_amount(token))
}

/// "HP-7K2M-9QXD"
fn is_own(token: &str) -> bool {
    let parts: Vec<&str> = token.split('-').collect();
    matches!(parts.as_slice(), [shop, first, second]
        if (2..=4).contains(&shop.len()) && shop.chars().all(char::is_alphabetic)
            && first.len() == 4 && second.len() == 4
            && [first, second].iter().all(|part| part.chars().all(char::is_alphanumeric)))
}

fn after_code<'a>(tokens: &[&'a str]) -> Option<&'a str> {
    let lists = &SHOPPING.lists;
    let at = tokens
        .iter()
        .position(|token| lists.code_after.contains(&token.to_lowercase()))?;
    tokens[at + 1..]
        .iter()
        .take(WORDS_BETWEEN_MAX + 1)
        .chain(at.checked_sub(1).map(|before| &tokens[before]))
        .copied()
        .find(|token| is_marked(token) && may_be(token))
}

/// Capitals or digits make it no word.
fn is_marked(token: &str) -> bool {
    let digits = token.chars().any(|c| c.is_ascii_digit());
    let letters = || token.chars().filter(|c| c.is_alphabetic());
    let capitals = letters().count() >= 4 && letters().all(char::is_uppercase);
    (digits && letters().count() >= 2) || capitals
}

/// "12cm", "2nd": a number with its unit.
fn is_amount(token: &str) -> bool {
    let digits = token.chars().take_while(char::is_ascii_digit).count();
    digits > 0 && token.len() - digits <= 2
}

fn may_be(token: &str) -> bool {
    CODE_SIGNS.contains(&token.len())
        && !token.starts_with("RT-")
        && !SHOPPING.lists.not_codes.contains(&token.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_told_from_words() {
        for (text, code) in [
            ("does HP-7K2M-9QXD still work?", Some("HP-7K2M-9QXD")),
            ("my code hp-7k2m-9qxd", Some("hp-7k2m-9qxd")),
            ("the code WELCOME10 is refused", Some("WELCOME10")),
            ("SPRING20 code", Some("SPRING20")),
            ("my code doesn't work", None),
            ("MY CODE", None),
            ("return RT-ABCDEF", None),
        ] {
            assert_eq!(code_in(text, false).as_deref(), code, "{text}");
        }
        assert_eq!(code_in("welcome", true).as_deref(), Some("welcome"));
        assert_eq!(code_in("it is SPRING20", true).as_deref(), Some("SPRING20"));
    }
}
