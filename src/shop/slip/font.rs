//! Text as the base fonts print it: WinAnsi bytes, their widths, lines that fit.
//! Source of the widths: Adobe's metrics of Helvetica and Helvetica-Bold, in 1/1000 of the size.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Face {
    Regular,
    Bold,
}

/// The ellipsis in WinAnsi.
const ELLIPSIS: u8 = 0x85;

/// What WinAnsi has at 0x80 to 0x9F; the rest is Latin-1. A space marks an unused place.
const HIGH: [char; 32] = [
    '€', ' ', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', ' ', 'Ž', ' ', ' ', '‘', '’',
    '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', ' ', 'ž', 'Ÿ',
];

/// Text in WinAnsi. Letters that it lacks are spelled in ASCII, pictures and controls are left
/// out, any white space is one space.
pub(super) fn encode(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_whitespace() || letter.is_control() {
            if bytes.last().is_some_and(|last| *last != b' ') {
                bytes.push(b' ');
            }
        } else if let Some(byte) = win_ansi(letter) {
            bytes.push(byte);
        } else if !is_picture(letter) {
            let spelled = any_ascii::any_ascii_char(letter).bytes();
            bytes.extend(spelled.filter(|byte| (b' '..=b'~').contains(byte)));
        }
    }
    bytes.truncate(bytes.trim_ascii_end().len());
    bytes
}

fn win_ansi(letter: char) -> Option<u8> {
    match u32::from(letter) {
        code @ (0x20..=0x7E | 0xA1..=0xFF) => u8::try_from(code).ok(),
        _ => {
            let at = HIGH.iter().position(|high| *high == letter)?;
            u8::try_from(0x80 + at).ok()
        }
    }
}

/// Emoji, dingbats and private letters: spelled out they would only confuse.
fn is_picture(letter: char) -> bool {
    matches!(u32::from(letter), 0x2190..=0x2BFF | 0xE000..=0xF8FF | 0xFE00..=0xFE0F | 0x1F000..)
}

pub(super) fn width(text: &[u8], face: Face, size: f32) -> f32 {
    let units: u32 = text
        .iter()
        .map(|byte| u32::from(advance(*byte, face)))
        .sum();
    // At most some thousand letters: exact in an f32.
    units as f32 * size / 1000.0
}

fn advance(byte: u8, face: Face) -> u16 {
    let table = match face {
        Face::Regular => &REGULAR,
        Face::Bold => &BOLD,
    };
    table[usize::from(byte.saturating_sub(b' '))]
}

/// One line of at most `room`, cut with an ellipsis when it must be.
pub(super) fn fit(text: &[u8], face: Face, size: f32, room: f32) -> Vec<u8> {
    if width(text, face, size) <= room {
        return text.to_vec();
    }
    let mut kept =
        text[..fitting(text, face, size, room - width(&[ELLIPSIS], face, size))].to_vec();
    kept.truncate(kept.trim_ascii_end().len());
    kept.push(ELLIPSIS);
    kept
}

/// How many bytes from the start fit into `room`.
fn fitting(text: &[u8], face: Face, size: f32, room: f32) -> usize {
    let mut used = 0.0;
    text.iter()
        .position(|byte| {
            used += width(&[*byte], face, size);
            used > room
        })
        .unwrap_or(text.len())
}

/// Lines of at most `room`, broken at spaces and, where a word is too long, inside it. What
/// `lines_max` lines cannot hold is cut with an ellipsis.
pub(super) fn wrap(
    text: &[u8],
    face: Face,
    size: f32,
    room: f32,
    lines_max: usize,
) -> Vec<Vec<u8>> {
    let mut lines = Vec::new();
    let mut rest = text.trim_ascii();
    while !rest.is_empty() {
        if lines.len() + 1 == lines_max {
            lines.push(fit(rest, face, size, room));
            break;
        }
        let whole = fitting(rest, face, size, room);
        let end = match rest[..whole].iter().rposition(|byte| *byte == b' ') {
            _ if whole == rest.len() || rest[whole] == b' ' => whole,
            Some(space) => space,
            // At least one letter a line: a column narrower than it still ends.
            None => whole.max(1),
        };
        lines.push(rest[..end].trim_ascii_end().to_vec());
        rest = rest[end..].trim_ascii_start();
    }
    lines
}

#[rustfmt::skip]
const REGULAR: [u16; 224] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278,
    556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
    1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,
    667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
    333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,
    556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584, 350,
    556, 350, 222, 556, 333, 1000, 556, 556, 333, 1000, 667, 333, 1000, 350, 611, 350,
    350, 222, 222, 333, 333, 350, 556, 1000, 333, 1000, 500, 333, 944, 350, 500, 667,
    278, 333, 556, 556, 556, 556, 260, 556, 333, 737, 370, 556, 584, 333, 737, 333,
    400, 584, 333, 333, 333, 556, 537, 278, 333, 333, 365, 556, 834, 834, 834, 611,
    667, 667, 667, 667, 667, 667, 1000, 722, 667, 667, 667, 667, 278, 278, 278, 278,
    722, 722, 778, 778, 778, 778, 778, 584, 778, 722, 722, 722, 722, 667, 667, 611,
    556, 556, 556, 556, 556, 556, 889, 500, 556, 556, 556, 556, 278, 278, 278, 278,
    556, 556, 556, 556, 556, 556, 556, 584, 611, 556, 556, 556, 556, 500, 556, 500,
];

#[rustfmt::skip]
const BOLD: [u16; 224] = [
    278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278,
    556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 333, 333, 584, 584, 584, 611,
    975, 722, 722, 722, 722, 667, 611, 778, 722, 278, 556, 722, 611, 833, 722, 778,
    667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 333, 278, 333, 584, 556,
    333, 556, 611, 556, 611, 556, 333, 611, 611, 278, 278, 556, 278, 889, 611, 611,
    611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389, 280, 389, 584, 350,
    556, 350, 278, 556, 500, 1000, 556, 556, 333, 1000, 667, 333, 1000, 350, 611, 350,
    350, 278, 278, 500, 500, 350, 556, 1000, 333, 1000, 556, 333, 944, 350, 500, 667,
    278, 333, 556, 556, 556, 556, 280, 556, 333, 737, 370, 556, 584, 333, 737, 333,
    400, 584, 333, 333, 333, 611, 556, 278, 333, 333, 365, 556, 834, 834, 834, 611,
    722, 722, 722, 722, 722, 722, 1000, 722, 667, 667, 667, 667, 278, 278, 278, 278,
    722, 722, 778, 778, 778, 778, 778, 584, 778, 722, 722, 722, 722, 667, 667, 611,
    556, 556, 556, 556, 556, 556, 889, 556, 556, 556, 556, 556, 278, 278, 278, 278,
    611, 611, 611, 611, 611, 611, 611, 584, 611, 611, 611, 611, 611, 556, 611, 556,
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn encoded(text: &str) -> String {
        encode(text)
            .iter()
            .map(|byte| match byte {
                0x80..=0x9F => HIGH[usize::from(byte - 0x80)],
                byte => char::from(*byte),
            })
            .collect()
    }

    /// Western letters stay, others are spelled in ASCII, pictures and controls go.
    #[test]
    fn encodes_for_the_base_fonts() {
        assert_eq!(encoded("Größe Çé €5 – “Šž” …"), "Größe Çé €5 – “Šž” …");
        assert_eq!(encoded("Łódź Αθήνα Київ"), "Lódz Athina Kiiv");
        assert_eq!(encoded("a 🙂\u{200d}\u{fe0f}\tb\r\n\0c "), "a b c");
        assert_eq!(encoded("(a\\b)"), "(a\\b)");
        assert_eq!(encoded("🙂"), "");
    }

    #[test]
    fn wraps_and_cuts() {
        let lines = |text: &str, max| -> Vec<String> {
            wrap(&encode(text), Face::Regular, 10.0, 50.0, max)
                .into_iter()
                .map(|line| {
                    line.iter()
                        .map(|b| {
                            if *b == ELLIPSIS {
                                '…'
                            } else {
                                char::from(*b)
                            }
                        })
                        .collect()
                })
                .collect()
        };
        assert_eq!(lines("", 2), Vec::<String>::new());
        assert_eq!(lines("one two three", 3), ["one two", "three"]);
        assert_eq!(
            lines("one two three four five", 2),
            ["one two", "three fou…"]
        );
        assert_eq!(lines("mmmmmmmmmmmm", 9), ["mmmmmm", "mmmmmm"]);
    }

    proptest! {
        /// No line is wider than its column, and nothing is lost when all lines may be used.
        #[test]
        fn lines_stay_in_their_column(text in "\\PC{0,200}", room in 20.0_f32..200.0, max in 1_usize..5) {
            let bytes = encode(&text);
            for line in wrap(&bytes, Face::Bold, 9.0, room, max) {
                prop_assert!(width(&line, Face::Bold, 9.0) <= room + 0.01);
            }
            let all: Vec<u8> = wrap(&bytes, Face::Bold, 9.0, room, usize::MAX).concat();
            let letters = |bytes: &[u8]| bytes.iter().filter(|b| **b != b' ').count();
            prop_assert_eq!(letters(&all), letters(&bytes));
        }
    }
}
