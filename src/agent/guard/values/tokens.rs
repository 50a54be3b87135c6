//! A sentence cut into words, numbers, signs and links.

use std::ops::Range;

use super::super::words::WORDS;

/// A piece of a sentence, by its bytes. White space is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    Word(Range<usize>),
    Number(Range<usize>),
    /// Letters and digits in one ("3rd", "RT7").
    Mixed(Range<usize>),
    Sign(Range<usize>),
    Link(Range<usize>),
}

impl Token {
    pub fn range(&self) -> Range<usize> {
        match self {
            Self::Word(range)
            | Self::Number(range)
            | Self::Mixed(range)
            | Self::Sign(range)
            | Self::Link(range) => range.clone(),
        }
    }
}

pub fn tokens(text: &str, lower: &str) -> Vec<Token> {
    let mut tokens = Vec::with_capacity(text.len() / 4);
    let mut from = 0;
    for (space, c) in text.char_indices() {
        if c.is_whitespace() {
            chunk(text, lower, from..space, &mut tokens);
            from = space + c.len_utf8();
        }
    }
    chunk(text, lower, from..text.len(), &mut tokens);
    tokens
}

/// What stands between two spaces.
fn chunk(text: &str, lower: &str, range: Range<usize>, tokens: &mut Vec<Token>) {
    if range.is_empty() {
        return;
    }
    match link(lower, range.clone()) {
        Some(link) => {
            pieces(text, range.start..link.start, tokens);
            let end = link.end;
            tokens.push(Token::Link(link));
            pieces(text, end..range.end, tokens);
        }
        None => pieces(text, range, tokens),
    }
}

fn pieces(text: &str, range: Range<usize>, tokens: &mut Vec<Token>) {
    let mut at = range.start;
    while at < range.end {
        let Some(c) = text[at..].chars().next() else {
            return;
        };
        if !c.is_alphanumeric() && c != '\u{1}' {
            tokens.push(Token::Sign(at..at + c.len_utf8()));
            at += c.len_utf8();
            continue;
        }
        let word = &text[at..range.end];
        let length = word
            .find(|c: char| !c.is_alphanumeric() && c != '_' && c != '\u{1}')
            .unwrap_or(word.len());
        let word = &word[..length];
        let digit = word.bytes().any(|byte| byte.is_ascii_digit());
        let other = word.bytes().any(|byte| !byte.is_ascii_digit());
        let span = at..at + length;
        tokens.push(match (digit, other) {
            (true, true) => Token::Mixed(span),
            (true, false) => Token::Number(span),
            _ => Token::Word(span),
        });
        at += length;
    }
}

/// A web or e-mail address in a chunk, without the signs around it.
fn link(lower: &str, range: Range<usize>) -> Option<Range<usize>> {
    let chunk = lower.get(range.clone())?;
    if !chunk.bytes().any(|byte| matches!(byte, b'.' | b'@' | b'/')) {
        return None;
    }
    let opened = |at: usize| {
        chunk[..at]
            .rfind(['(', '<', '[', '"', '\'', '|'])
            .map_or(0, |open| open + 1)
    };
    let scheme = chunk
        .find("://")
        .or_else(|| chunk.find("www."))
        .or_else(|| chunk.find("/slips/"));
    let start = opened(scheme.unwrap_or(chunk.len()));
    let whole = &chunk[start..];
    let end = whole.find(['<', '>', '"', '|']).unwrap_or(whole.len());
    let whole =
        whole[..end].trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '\'', '"', '…']);
    // "n…@shop.example" hides its name: what is stated is the rest.
    let hidden = whole.find("…@").map_or(0, |at| at + "…@".len());
    let (start, whole) = (start + hidden, &whole[hidden..]);
    let is_link = scheme.is_some() || is_mail(whole) || is_domain(whole);
    let start = range.start + start;
    (is_link && !whole.is_empty()).then(|| start..start + whole.len())
}

fn is_mail(text: &str) -> bool {
    text.split_once('@')
        .is_some_and(|(name, host)| !name.is_empty() && host.contains('.') && !host.ends_with('.'))
}

/// "swiftline-parcels.com/track": at least two labels, the last one a top-level domain.
fn is_domain(text: &str) -> bool {
    let host = text.split(['/', ':', '?', '#']).next().unwrap_or("");
    let mut labels = host.rsplit('.');
    let top = labels.next().unwrap_or("");
    let plain = |label: &str| {
        !label.is_empty()
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let mut others = labels.peekable();
    others.peek().is_some() && WORDS.top_level_domains.contains(top) && others.all(plain)
}
