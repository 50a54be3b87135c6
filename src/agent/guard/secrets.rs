//! What nobody may be told: the model's own instructions and tools, keys, card numbers.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::tools::manifest::Manifest;

use super::subjects::Scene;

/// Characters of letters and digits that are compared at once. Spaces and signs between them do not
/// count, so that neither spacing nor punctuation hides a copy.
const WINDOW: usize = 24;
/// So many characters alike are a copy, in a sentence of any length.
const COPIED_MIN: usize = 48;
/// In a short sentence so many are, when they are most of it.
const SHORT_COPIED_MIN: usize = 36;

/// Every stretch of the instructions, hashed.
static CANARY: LazyLock<HashSet<u64>> = LazyLock::new(|| {
    let tools = Manifest::all().unwrap_or_default();
    let own = tools.iter().map(Manifest::words);
    let prompts = [
        include_str!("../../../prompts/system.md"),
        include_str!("../../../prompts/policy.md"),
        include_str!("../../../prompts/channel/chat.md"),
        include_str!("../../../prompts/channel/api.md"),
        include_str!("../../../prompts/channel/email.md"),
        include_str!("../../../prompts/channel/terminal.md"),
    ];
    let texts = prompts.into_iter().map(str::to_owned).chain(own);
    texts
        .flat_map(|text| hashes(&letters(&text)).collect::<Vec<_>>())
        .collect()
});

/// What a sentence gives away: the key of the reason, and the words.
pub fn leak(scene: &Scene) -> Option<(&'static str, String)> {
    let text = scene.text.as_str();
    if let Some(name) = inner_name(&scene.text) {
        return Some(("inside", name.to_owned()));
    }
    if let Some(key) = text.split_whitespace().find(|word| is_key(word)) {
        return Some(("secret", key.chars().take(4).collect()));
    }
    if let Some(card) = card_number(text) {
        return Some(("secret", card));
    }
    copies(&letters(text)).then(|| ("inside", text.chars().take(40).collect()))
}

fn letters(text: &str) -> Vec<u8> {
    let bytes = text.bytes().filter(u8::is_ascii_alphanumeric);
    bytes.map(|byte| byte.to_ascii_lowercase()).collect()
}

/// Is it a copy of the instructions, as it stands, backwards or turned by thirteen letters?
fn copies(letters: &[u8]) -> bool {
    if letters.len() < SHORT_COPIED_MIN {
        return false;
    }
    let turn = |byte: &u8| match byte {
        b'a'..=b'z' => (byte - b'a' + 13) % 26 + b'a',
        other => *other,
    };
    let turned: Vec<u8> = letters.iter().map(turn).collect();
    let backwards: Vec<u8> = letters.iter().rev().copied().collect();
    [letters, &turned, &backwards].into_iter().any(|letters| {
        let copied = copied(letters);
        copied >= COPIED_MIN || (copied >= SHORT_COPIED_MIN && copied * 10 >= letters.len() * 8)
    })
}

/// Characters that stand in some copied stretch.
fn copied(letters: &[u8]) -> usize {
    let mut copied = 0;
    let mut counted_to = 0;
    for (at, hash) in hashes(letters).enumerate() {
        if CANARY.contains(&hash) {
            copied += at + WINDOW - counted_to.max(at);
            counted_to = at + WINDOW;
        }
    }
    copied
}

/// Hashes of all windows, each from the one before it.
fn hashes(letters: &[u8]) -> impl Iterator<Item = u64> {
    const BASE: u64 = 1_099_511_628_211;
    let top = (1..WINDOW).fold(1_u64, |power, _| power.wrapping_mul(BASE));
    let mut hash = 0_u64;
    letters.iter().enumerate().filter_map(move |(at, byte)| {
        if at >= WINDOW {
            hash = hash.wrapping_sub(u64::from(letters[at - WINDOW]).wrapping_mul(top));
        }
        hash = hash.wrapping_mul(BASE).wrapping_add(u64::from(*byte));
        (at + 1 >= WINDOW).then_some(hash)
    })
}

/// "start_return": names of tools and of their arguments are written so, words are not.
fn inner_name(text: &str) -> Option<&str> {
    let words = text.split(|c: char| {
        !c.is_alphanumeric() && c != '_' && c != '-' && c != '/' && c != '.' && c != ':'
    });
    words
        .filter(|word| word.contains('_') && !word.contains(['/', ':', '.']))
        .find(|word| {
            let mut parts = word.split('_');
            parts.all(|part| part.len() > 1 && part.bytes().all(|byte| byte.is_ascii_lowercase()))
        })
}

/// Keys by how they begin.
const KEY_STARTS: [&str; 12] = [
    "sk-",
    "sk_",
    "pk_",
    "rk_",
    "ghp_",
    "gho_",
    "github_pat_",
    "AKIA",
    "xoxb-",
    "xoxp-",
    "eyJ",
    "-----BEGIN",
];
const KEY_BYTES_MIN: usize = 8;

fn is_key(word: &str) -> bool {
    let word = word.trim_start_matches(['"', '\'', '(', '[', '<']);
    word.len() >= KEY_BYTES_MIN && KEY_STARTS.iter().any(|start| word.starts_with(start))
        || word.starts_with("-----BEGIN")
}

/// A run of 13 to 19 digits whose check digit is right.
/// Source: ISO/IEC 7812-1, annex B (Luhn).
fn card_number(text: &str) -> Option<String> {
    let mut digits: Vec<u8> = Vec::new();
    let mut gap = 0;
    for byte in text.bytes().chain(std::iter::once(b'x')) {
        match byte {
            b'0'..=b'9' => {
                digits.push(byte - b'0');
                gap = 0;
            }
            b' ' | b'-' | b'.' if gap == 0 && !digits.is_empty() => gap = 1,
            _ => {
                if (13..=19).contains(&digits.len()) && is_luhn(&digits) {
                    let last = digits.iter().rev().take(4).rev();
                    return Some(last.map(|digit| char::from(b'0' + digit)).collect());
                }
                digits.clear();
                gap = 0;
            }
        }
    }
    None
}

fn is_luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| match (at % 2, u32::from(*digit) * 2) {
            (0, _) => u32::from(*digit),
            (_, twice) if twice > 9 => twice - 9,
            (_, twice) => twice,
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_are_found_however_they_are_dressed() {
        let rule = "State only what a tool result of this conversation says.";
        let spaced: String = rule.chars().flat_map(|c| [c, ' ']).collect();
        let backwards: String = rule.chars().rev().collect();
        let turned: String = letters(rule)
            .iter()
            .map(|byte| char::from((byte - b'a' + 13) % 26 + b'a'))
            .collect();
        for text in [rule, &spaced, &backwards, &turned] {
            assert!(copies(&letters(text)), "{text}");
        }
        for text in [
            "I am the assistant of this shop and help with orders, returns and sizes.",
            "Please give me the order number and the e-mail address or postcode.",
            "I never ask for passwords or card numbers.",
            "",
        ] {
            assert!(!copies(&letters(text)), "{text}");
        }
    }

    #[test]
    fn cards_and_keys_are_known_by_their_form() {
        assert!(card_number("It is 4111 1111 1111 1111.").is_some());
        assert!(card_number("It is 4111 1111 1111 1112.").is_none());
        assert!(card_number("Order 104233").is_none());
        assert!(is_key("sk-abcdefgh12345678") && !is_key("sky-blue"));
        assert_eq!(inner_name("i call start_return now"), Some("start_return"));
        assert_eq!(inner_name("see https://a.example/x_y_z"), None);
    }
}
