//! Reads back the mails that this program writes to files: their headers and their text. What others
//! have put into the folder is shown as far as it can be read; nothing of it is trusted.

/// What is shown of a mail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadMail {
    pub date: String,
    pub to: String,
    pub subject: String,
    /// The plain text.
    pub text: String,
}

/// The first message part that is plain text, and the headers above all parts.
pub fn read(bytes: &[u8]) -> ReadMail {
    let message = String::from_utf8_lossy(bytes).replace("\r\n", "\n");
    let (head, body) = part(&message);
    let of = |name| {
        header(head, name)
            .map(|value| words(&value))
            .unwrap_or_default()
    };
    ReadMail {
        date: of("date"),
        to: of("to"),
        subject: of("subject"),
        text: plain_text(head, body, 0).unwrap_or_default(),
    }
}

/// Parts within parts within parts are as deep as is looked.
const DEPTH_MAX: usize = 3;

fn part(text: &str) -> (&str, &str) {
    text.split_once("\n\n").unwrap_or((text, ""))
}

fn plain_text(head: &str, body: &str, depth: usize) -> Option<String> {
    let kind = header(head, "content-type").unwrap_or_else(|| "text/plain".to_owned());
    if kind.to_ascii_lowercase().starts_with("text/plain") {
        let encoding = header(head, "content-transfer-encoding").unwrap_or_default();
        let bytes = match encoding.to_ascii_lowercase().as_str() {
            "quoted-printable" => quoted_printable(body, false),
            "base64" => base64(body),
            _ => body.as_bytes().to_vec(),
        };
        let text = String::from_utf8_lossy(&bytes).replace("\r\n", "\n");
        return Some(text.trim_end().to_owned());
    }
    let boundary = format!("--{}", boundary(&kind)?);
    if depth >= DEPTH_MAX {
        return None;
    }
    body.split(boundary.as_str()).skip(1).find_map(|section| {
        let (head, body) = part(section.trim_start_matches('\n'));
        plain_text(head, body, depth + 1)
    })
}

fn boundary(kind: &str) -> Option<String> {
    let at = kind.to_ascii_lowercase().find("boundary=")? + "boundary=".len();
    let rest = &kind[at..];
    let value = match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next()?,
        None => rest.split([';', ' ']).next()?,
    };
    (!value.is_empty()).then(|| value.to_owned())
}

/// A header's value on one line.
fn header(head: &str, name: &str) -> Option<String> {
    let mut lines = head.lines().skip_while(|line| {
        let found = line.split_once(':').map(|(found, _)| found.trim());
        !found.is_some_and(|found| found.eq_ignore_ascii_case(name))
    });
    let (_, first) = lines.next()?.split_once(':')?;
    let mut value = first.trim().to_owned();
    for more in lines.take_while(|line| line.starts_with([' ', '\t'])) {
        value.push(' ');
        value.push_str(more.trim());
    }
    Some(value)
}

/// A header's text with its encoded words (RFC 2047) read; those in UTF-8, which is what is written.
fn words(value: &str) -> String {
    let mut text = String::new();
    let mut rest = value;
    let mut after_encoded = false;
    while let Some(start) = rest.find("=?") {
        let Some((word, behind)) = encoded_word(&rest[start..]) else {
            break;
        };
        let between = &rest[..start];
        // The space between two encoded words is not part of the text.
        if !(after_encoded && between.trim().is_empty()) {
            text.push_str(between);
        }
        text.push_str(&word);
        rest = behind;
        after_encoded = true;
    }
    text.push_str(rest);
    text
}

fn encoded_word(text: &str) -> Option<(String, &str)> {
    let inner = text.strip_prefix("=?")?;
    let (charset, inner) = inner.split_once('?')?;
    let (encoding, inner) = inner.split_once('?')?;
    let (body, behind) = inner.split_once("?=")?;
    if !charset.eq_ignore_ascii_case("utf-8") {
        return None;
    }
    let bytes = match encoding {
        "q" | "Q" => quoted_printable(body, true),
        "b" | "B" => base64(body),
        _ => return None,
    };
    Some((String::from_utf8_lossy(&bytes).into_owned(), behind))
}

/// RFC 2045, 6.7; in a header's word an underscore is a space.
fn quoted_printable(text: &str, in_header: bool) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'=' if bytes.get(at) == Some(&b'\n') => at += 1,
            b'=' => match text
                .get(at..at + 2)
                .and_then(|hex| u8::from_str_radix(hex, 16).ok())
            {
                Some(byte) => {
                    out.push(byte);
                    at += 2;
                }
                None => out.push(b'='),
            },
            b'_' if in_header => out.push(b' '),
            other => out.push(other),
        }
    }
    out
}

/// RFC 4648; what is no digit of it is passed over.
fn base64(text: &str) -> Vec<u8> {
    let digit = |byte: u8| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let (mut held, mut bits) = (0_u32, 0_u32);
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    for six in text.bytes().filter_map(digit) {
        held = (held << 6) | u32::from(six);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push((held >> bits).to_le_bytes()[0]);
            held &= (1 << bits) - 1;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::{Mail, Mailbox};

    /// Whatever this program writes, it reads.
    #[test]
    fn a_mail_is_read_as_it_was_written() {
        for (subject, text) in [
            ("Your code", "Write this code:\n\n123456\n"),
            (
                "Räksmörgås für Zoë: ein ziemlich langer Betreff, der über eine Zeile geht, ja wirklich",
                "Zoë\n=\n.\nhttps://shop.example/?a=b\n",
            ),
            ("日本語", &"Ünïcödé überall. ".repeat(40)),
        ] {
            let mail = Mail {
                from: Mailbox {
                    name: "Harrow & Pine".into(),
                    email: "help@shop.example".into(),
                },
                to: Mailbox {
                    name: "Zoë".into(),
                    email: "zoe@example.com".into(),
                },
                subject: subject.into(),
                text: text.into(),
                html: Some("<p>another part</p>".into()),
                headers: Vec::new(),
                message_id: "a@b.example".into(),
                at_ms: 1_793_700_000_000,
            };
            let read = read(&mail.bytes().unwrap());
            assert_eq!(read.subject, subject);
            assert_eq!(read.text, text.trim_end());
            assert!(read.to.contains("<zoe@example.com>"), "{}", read.to);
            assert!(read.date.contains("3 Nov 2026"), "{}", read.date);
        }
    }

    #[test]
    fn whatever_else_lies_there_is_read_without_a_panic() {
        for text in [
            "",
            "\n\n",
            "subject:",
            "=?utf-8?q?",
            "content-type: multipart/x; boundary=\n\na",
            "subject: =?utf-8?q?=e?= =?x?\n\n=",
            "content-type: multipart/x; boundary=\"b\"\n\n--b\n--b--",
            "content-transfer-encoding: base64\n\n=é=",
        ] {
            read(text.as_bytes());
        }
        assert_eq!(read(&[0xff, 0xfe]), ReadMail::default());
    }
}
