//! Sizes in words, and which of a product's sizes a wished-for size is.

use super::super::lexicon::{LEXICON, has};
use super::super::text::Token;

/// Is a size of a product the one that is wished for? Both as `traits::size_text` writes them.
/// "M" is also "S/M", "42" also "40-43" and "32" also "32/34".
pub fn size_fits(wish: &str, size: &str) -> bool {
    if wish == size {
        return true;
    }
    let bare = |text: &str| text.trim_end_matches(" cm").to_owned();
    if bare(wish) == bare(size) {
        return true;
    }
    if let Some((first, second)) = size.split_once('/') {
        let letters = [first, second]
            .iter()
            .all(|part| has(&LEXICON.sizes.letters, part));
        return first == wish || (letters && second == wish);
    }
    in_range(wish, size)
}

/// "42" in "40-43", "3 y" in "2-3 y".
fn in_range(wish: &str, size: &str) -> bool {
    let (size, unit) = size.split_once(' ').unwrap_or((size, ""));
    let (wish, wish_unit) = wish.split_once(' ').unwrap_or((wish, ""));
    let Some((first, last)) = size.split_once('-') else {
        return false;
    };
    let number = |text: &str| text.parse::<f32>().ok();
    match (number(wish), number(first), number(last)) {
        (Some(wish), Some(first), Some(last)) => unit == wish_unit && first <= wish && wish <= last,
        _ => false,
    }
}

/// Sizes that are said to be sizes, by a word before or behind them or by how they are written.
/// Marks their words as used.
pub fn read(tokens: &mut [Token]) -> Vec<String> {
    let shouted = is_shouted(tokens);
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        match one_at(tokens, at, shouted) {
            Some((sizes, taken)) => {
                for token in &mut tokens[at..at + taken] {
                    token.used = true;
                }
                found.extend(sizes);
                at += taken;
            }
            None => at += 1,
        }
    }
    found.sort();
    found.dedup();
    found
}

/// In a text of capitals a capital says nothing.
fn is_shouted(tokens: &[Token]) -> bool {
    let words = || {
        tokens
            .iter()
            .filter(|t| t.has_letters() && t.text.len() > 3)
    };
    words().count() > 0 && words().all(|token| token.upper)
}

fn one_at(tokens: &[Token], at: usize, shouted: bool) -> Option<(Vec<String>, usize)> {
    if tokens[at].used {
        return None;
    }
    if let Some((size, taken)) = waist_and_leg(tokens, at) {
        return Some((vec![size], taken));
    }
    if let Some((size, taken)) = spelt_at(tokens, at) {
        return Some((vec![size], taken));
    }
    let words = &LEXICON.sizes;
    let cue = has(&words.before, &tokens[at].text);
    let in_it = tokens[at].text == "in" && tokens.get(at + 1).is_some_and(is_letter_size);
    if cue || in_it {
        let mut next = at + 1;
        while next < at + 3 && tokens.get(next).is_some_and(is_between) {
            next += 1;
        }
        let (sizes, taken) = list_at(tokens, next);
        return (!sizes.is_empty()).then_some((sizes, next + taken - at));
    }
    let token = &tokens[at];
    let before = at.checked_sub(1).and_then(|at| tokens.get(at));
    // "20 L" are litres.
    let single = token.text.len() == 1;
    let free = !single || (token.upper && !shouted && !before.is_some_and(Token::is_number));
    if is_letter_size(token) && free {
        let (sizes, taken) = list_at(tokens, at);
        return Some((sizes, taken));
    }
    let behind = tokens
        .get(at + 1)
        .is_some_and(|t| has(&words.after, &t.text));
    if token.is_number() && behind && plausible(&token.text) {
        return Some((vec![token.text.clone()], 2));
    }
    None
}

fn is_between(token: &Token) -> bool {
    ["is", "in", "a", "an", "of", "the"].contains(&token.text.as_str())
}

fn is_letter_size(token: &Token) -> bool {
    has(&LEXICON.sizes.letters, &token.text)
}

/// Three characters at most: "104", "38.5" has four with its point.
fn plausible(number: &str) -> bool {
    number.len() <= 3 || (number.len() == 4 && number.contains('.'))
}

/// "M", "M or L", "40, 41 and 42", "36-39".
fn list_at(tokens: &[Token], at: usize) -> (Vec<String>, usize) {
    let mut sizes = Vec::new();
    let mut next = at;
    while let Some((size, taken)) = size_at(tokens, next) {
        sizes.push(size);
        next += taken;
        let joint = tokens.get(next).is_some_and(|token| {
            has(&LEXICON.sizes.joins, &token.text) || token.text == "," || token.text == "/"
        });
        if !joint || size_at(tokens, next + 1).is_none() {
            return (sizes, next - at);
        }
        next += 1;
    }
    // A joint without a size behind it was not taken.
    (sizes, next - at)
}

fn size_at(tokens: &[Token], at: usize) -> Option<(String, usize)> {
    let token = tokens.get(at).filter(|token| !token.used && !token.sign)?;
    if is_letter_size(token) {
        return Some((token.text.clone(), 1));
    }
    if let Some(pair) = waist_and_leg(tokens, at) {
        return Some(pair);
    }
    if let Some(spelt) = LEXICON.sizes.spelt.get(&token.text) {
        return Some((spelt.clone(), 1));
    }
    if !(token.is_number() && plausible(&token.text)) {
        return None;
    }
    let last = tokens.get(at + 2).filter(|last| last.is_number());
    match (tokens.get(at + 1), last) {
        (Some(dash), Some(last)) if dash.text == "-" => {
            Some((format!("{}-{}", token.text, last.text), 3))
        }
        _ => Some((token.text.clone(), 1)),
    }
}

/// "extra large"; "small" only where a size is spoken of.
fn spelt_at(tokens: &[Token], at: usize) -> Option<(String, usize)> {
    let two = tokens
        .get(at + 1)
        .map(|next| format!("{} {}", tokens[at].text, next.text));
    let spelt = &LEXICON.sizes.spelt;
    if let Some(size) = two.and_then(|two| spelt.get(&two)) {
        return Some((size.clone(), 2));
    }
    let before = at.checked_sub(1).and_then(|at| tokens.get(at));
    let in_it = before.is_some_and(|before| before.text == "in");
    let sized = tokens
        .get(at + 1)
        .is_some_and(|next| next.text == "size" || next.text == "sized");
    let size = spelt.get(&tokens[at].text).filter(|_| in_it || sized)?;
    Some((size.clone(), 1 + usize::from(sized)))
}

/// "32/34", "32x34", "W32 L34", "32 waist 34 leg": trousers have both.
fn waist_and_leg(tokens: &[Token], at: usize) -> Option<(String, usize)> {
    let text = tokens.get(at)?.text.as_str();
    if let Some((waist, leg)) = text.split_once('x') {
        let (waist, leg) = (inches(waist)?, inches(leg)?);
        return Some((format!("{waist}/{leg}"), 1));
    }
    let waist = inches(text)?;
    let lettered = text.starts_with('w');
    let mut next = at + 1;
    let mut joined = false;
    while let Some(token) = tokens.get(next) {
        let joint = ["/", ",", "waist", "inch", "and", "x"].contains(&token.text.as_str());
        if !joint || next > at + 3 {
            break;
        }
        joined |= token.text == "/" || token.text == "waist" || token.text == "x";
        next += 1;
    }
    let leg = tokens.get(next).and_then(|token| {
        let said = token.text.starts_with('l')
            || tokens
                .get(next + 1)
                .is_some_and(|after| ["leg", "inseam"].contains(&after.text.as_str()));
        (said || (joined && !lettered))
            .then(|| inches(&token.text))
            .flatten()
    });
    match leg {
        Some(leg) => {
            let worded = tokens
                .get(next + 1)
                .is_some_and(|after| ["leg", "inseam"].contains(&after.text.as_str()));
            Some((
                format!("{waist}/{leg}"),
                next + 1 + usize::from(worded) - at,
            ))
        }
        None => lettered.then(|| (waist.to_owned(), 1)),
    }
}

/// Inches that waists and legs of trousers have.
const INCHES: std::ops::RangeInclusive<u32> = 24..=48;

/// Two digits, a letter before them left out.
fn inches(text: &str) -> Option<&str> {
    let digits = text.trim_start_matches(['w', 'l']);
    let short = digits.len() == 2 && text.len() <= 3;
    let known = digits.parse().is_ok_and(|number| INCHES.contains(&number));
    (short && known).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::super::super::text::tokens;
    use super::*;

    fn sizes(text: &str) -> Vec<String> {
        read(&mut tokens(text))
    }

    #[test]
    fn sizes_are_read_in_their_many_forms() {
        let cases: [(&str, &[&str]); 20] = [
            ("jacket in M, not black", &["m"]),
            ("in size m or l", &["l", "m"]),
            ("sizes S, M and L", &["l", "m", "s"]),
            ("an XXL please", &["xxl"]),
            ("boots size 42", &["42"]),
            ("boots EU 42", &["42"]),
            ("shoes in size 38.5", &["38.5"]),
            ("jeans 32/34", &["32/34"]),
            ("jeans 32x34", &["32/34"]),
            ("W32 L34 jeans", &["32/34"]),
            ("w32/l34", &["32/34"]),
            ("32 waist and 34 leg", &["32/34"]),
            ("waist 32", &["32"]),
            ("jeans w32", &["32"]),
            ("socks size 36-39", &["36-39"]),
            ("kids jacket size 128", &["128"]),
            ("extra large", &["xl"]),
            ("a size small", &["s"]),
            ("in medium", &["m"]),
            ("in 2XL", &["2xl"]),
        ];
        for (text, expected) in cases {
            assert_eq!(sizes(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_size_is_not_read_as_one() {
        for text in [
            "men's jacket",
            "a small gift",
            "medium support bra",
            "20 L backpack",
            "merino 150",
            "I'm looking for s",
            "GIFT FOR MUM M",
            "UK 10",
            "size",
            "size in",
            "",
            "large bag",
        ] {
            assert!(sizes(text).is_empty(), "{text}: {:?}", sizes(text));
        }
    }

    #[test]
    fn sizes_of_products_hold_the_wished_for_one() {
        let fits = [
            ("m", "m"),
            ("m", "s/m"),
            ("m", "m/l"),
            ("42", "40-43"),
            ("37", "37-38"),
            ("32", "32/34"),
            ("95", "95 cm"),
            ("3 y", "2-3 y"),
            ("36-39", "36-39"),
        ];
        for (wish, size) in fits {
            assert!(size_fits(wish, size), "{wish} is {size}");
        }
        let not = [
            ("m", "l"),
            ("m", "one size"),
            ("34", "32/34"),
            ("44", "40-43"),
            ("3", "2-3 y"),
            ("l", "xl"),
            ("", "m"),
            ("32/34", "32"),
        ];
        for (wish, size) in not {
            assert!(!size_fits(wish, size), "{wish} is not {size}");
        }
    }
}
