//! A sentence as it is read: one script, one kind of space and dash, no dressing. What a shopper
//! sees as "52" is read as 52, whichever characters draw it.

/// A sentence twice, byte for byte at the same places.
pub struct Plain {
    pub text: String,
    pub lower: String,
}

impl Plain {
    pub fn of(sentence: &str) -> Self {
        let text = plain(sentence);
        let lower = lower(&text);
        Self { text, lower }
    }
}

/// Characters that dress a text or stand for others; a text without them is read as it is.
fn is_dressed(byte: u8) -> bool {
    !byte.is_ascii()
        || matches!(
            byte,
            b'*' | b'`' | b'_' | b'~' | b'\\' | b'&' | b'\n' | b'\t' | b'\r'
        )
}

/// The text without what is not seen, in plain letters, digits and signs.
pub fn plain(text: &str) -> String {
    if !text.bytes().any(is_dressed) {
        return text.to_owned();
    }
    let unescaped;
    let text = if text.contains('&') {
        unescaped = unescape(text);
        unescaped.as_str()
    } else {
        text
    };
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            // "n***@shop.example" hides a name.
            '*' if chars.peek() == Some(&'@') => out.push('…'),
            '*' | '`' | '~' | '\\' => {}
            // "order_number" is one word, "_52_" is 52.
            '_' => {
                let inside = out.ends_with(|c: char| c.is_alphanumeric())
                    && chars.peek().is_some_and(|next| next.is_alphanumeric());
                if inside {
                    out.push('_');
                }
            }
            _ if c.is_ascii() && !c.is_ascii_control() => out.push(c),
            _ if c.is_whitespace() => out.push(' '),
            _ if is_unseen(c) => {}
            _ => push_plain(&mut out, c),
        }
    }
    out
}

/// Lower case where that moves no byte.
pub fn lower(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.chars()
        .map(|c| {
            let mut small = c.to_lowercase();
            match (small.next(), small.next()) {
                (Some(one), None) if one.len_utf8() == c.len_utf8() => one,
                _ => c,
            }
        })
        .collect()
}

fn is_unseen(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{3164}' | '\u{feff}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{300}'..='\u{36f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e01ef}')
        || c.is_control()
}

fn push_plain(out: &mut String, c: char) {
    if let Some(digit) = digit(c) {
        out.push(char::from(b'0' + digit));
        return;
    }
    let plain = match c {
        '\u{ff01}'..='\u{ff5e}' => ascii(u32::from(c) - 0xfee0),
        '\u{1d400}'..='\u{1d6a3}' => letter((u32::from(c) - 0x1d400) % 52),
        'Ⓐ'..='Ⓩ' => letter(u32::from(c) - u32::from('Ⓐ')),
        'ⓐ'..='ⓩ' => letter(u32::from(c) - u32::from('ⓐ') + 26),
        '‘' | '’' | 'ʼ' | '′' | '‛' => '\'',
        '“' | '”' | '„' | '«' | '»' | '″' => '"',
        '‐'..='―' | '−' | '﹣' | '⁃' => '-',
        '‚' | '٬' | '、' => ',',
        '٫' | '․' | '。' => '.',
        '⁄' | '∕' => '/',
        '∶' | 'ː' => ':',
        '﹩' => '$',
        '￡' | '₤' => '£',
        '⁒' | '٪' | '﹪' => '%',
        'ı' => 'i',
        'ſ' => 's',
        _ => alike(c),
    };
    out.push(plain);
}

fn ascii(code: u32) -> char {
    char::from_u32(code).unwrap_or(' ')
}

fn letter(place: u32) -> char {
    match place {
        0..26 => ascii(u32::from('A') + place),
        _ => ascii(u32::from('a') + place - 26),
    }
}

/// The zeros of the decimal digits that people write with.
/// Source: Unicode Character Database, general category Nd.
const ZEROS: [u32; 30] = [
    0x0660, 0x06f0, 0x07c0, 0x0966, 0x09e6, 0x0a66, 0x0ae6, 0x0b66, 0x0be6, 0x0c66, 0x0ce6, 0x0d66,
    0x0de6, 0x0e50, 0x0ed0, 0x0f20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1b50, 0xa620,
    0xa8d0, 0xa900, 0xaa50, 0xabf0, 0xff10, 0x2080,
];

fn digit(c: char) -> Option<u8> {
    let code = u32::from(c);
    let place = match c {
        '¹' => 1,
        '²' => 2,
        '³' => 3,
        '⁰' | '⓪' => 0,
        '⁴'..='⁹' => code - 0x2070,
        '①'..='⑨' => code - 0x245f,
        '❶'..='❾' => code - 0x2775,
        '\u{1d7ce}'..='\u{1d7ff}' => (code - 0x1d7ce) % 10,
        _ => {
            let zero = ZEROS
                .iter()
                .find(|zero| (**zero..**zero + 10).contains(&code))?;
            code - zero
        }
    };
    u8::try_from(place).ok()
}

/// Letters of other scripts that look like Latin ones.
/// Source: Unicode Technical Standard 39, confusables, the single letters of Cyrillic and Greek.
fn alike(c: char) -> char {
    const OTHERS: &str = "АВЕКМНОРСТУХІЈЅԌԚԜаеорсухіјѕһԁԛԝкмнтвΑΒΕΖΗΙΚΜΝΟΡΤΥΧονρυικ";
    const LATIN: &str = "ABEKMHOPCTYXIJSGQWaeopcyxijshdqwkmhtbABEZHIKMNOPTYXovpuik";
    OTHERS
        .chars()
        .position(|other| other == c)
        .and_then(|at| LATIN.as_bytes().get(at))
        .map_or(c, |latin| char::from(*latin))
}

/// "&euro;", "&#8364;" and a few more.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest
            .bytes()
            .take(ENTITY_BYTES_MAX)
            .position(|byte| byte == b';');
        match end.and_then(|end| Some((end, entity(&rest[1..end])?))) {
            Some((end, c)) => {
                out.push(c);
                rest = &rest[end + 1..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

const ENTITY_BYTES_MAX: usize = 10;

fn entity(name: &str) -> Option<char> {
    let code = |digits: &str, radix| {
        u32::from_str_radix(digits, radix)
            .ok()
            .and_then(char::from_u32)
    };
    match name {
        "euro" => Some('€'),
        "pound" => Some('£'),
        "dollar" => Some('$'),
        "nbsp" | "thinsp" => Some(' '),
        "amp" => Some('&'),
        "percnt" => Some('%'),
        "shy" | "zwnj" | "zwj" => Some('\u{ad}'),
        _ => match name.strip_prefix('#') {
            Some(digits) => match digits.strip_prefix(['x', 'X']) {
                Some(hex) => code(hex, 16),
                None => code(digits, 10),
            },
            None => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_alike_is_read_alike() {
        for (dressed, bare) in [
            ("It cost **€5**2.", "It cost €52."),
            ("5\u{200b}2 €", "52 €"),
            ("５２ €", "52 €"),
            ("٥٢ €", "52 €"),
            ("𝟓𝟐 €", "52 €"),
            ("5\u{ad}2\u{a0}€", "52 €"),
            ("оrdеr 10482", "order 10482"),
            ("&euro;52 &#53;", "€52 5"),
            ("_52_ and start_return", "52 and start_return"),
            ("R&D at A&B;", "R&D at A&B;"),
            ("Café façade", "Café façade"),
        ] {
            assert_eq!(plain(dressed), bare, "{dressed}");
        }
        let plain = Plain::of("İstanbul ẞ É ﬁ");
        assert_eq!(plain.text.len(), plain.lower.len());
    }
}
