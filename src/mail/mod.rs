//! Sending mail: a mail and its bytes on the wire. It is written to files until a server is set.
//!
//! Whatever reaches a header is one line, and an address is one address: no name, subject or
//! address can add a header or a recipient.

pub mod files;
pub mod letters;
pub mod read;

use mail_builder::MessageBuilder;
use mail_builder::headers::address::Address;
use mail_builder::headers::text::Text;

use crate::domain::ids::sha256_hex;
use crate::domain::limits::{MAIL_ADDRESS_BYTES_MAX, MAIL_BYTES_MAX, MAIL_HEADER_CHARS_MAX};

/// One mail, ready to leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    pub from: Mailbox,
    pub to: Mailbox,
    pub subject: String,
    pub text: String,
    pub html: Option<String>,
    /// Further headers; their names are the program's own.
    pub headers: Vec<(&'static str, String)>,
    /// Without angle brackets.
    pub message_id: String,
    pub at_ms: i64,
}

/// A name that may be empty, and an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailbox {
    pub name: String,
    pub email: String,
}

#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// Trying again is of no use.
    #[error("this mail cannot be sent: {0}")]
    Refused(String),
    /// It may leave later.
    #[error("the mail could not be written: {0}")]
    Io(#[from] std::io::Error),
}

impl Mail {
    /// The message as RFC 5322 has it.
    pub fn bytes(&self) -> Result<Vec<u8>, MailError> {
        let mut message = MessageBuilder::new()
            .from(self.from.address()?)
            .to(self.to.address()?)
            .subject(one_line(&self.subject))
            .date(self.at_ms.div_euclid(1_000))
            .message_id(atom(&self.message_id)?)
            .text_body(self.text.as_str());
        if let Some(html) = &self.html {
            message = message.html_body(html.as_str());
        }
        for (name, value) in &self.headers {
            message = message.header(*name, Text::new(one_line(value)));
        }
        let bytes = message.write_to_vec()?;
        if bytes.len() > MAIL_BYTES_MAX {
            let words = format!("it has {} bytes, more than {MAIL_BYTES_MAX}", bytes.len());
            return Err(MailError::Refused(words));
        }
        Ok(bytes)
    }
}

impl Mailbox {
    fn address(&self) -> Result<Address<'_>, MailError> {
        let email = self.email.trim();
        if !is_address(email) {
            let words = "its address is not one like name@example.com".to_owned();
            return Err(MailError::Refused(words));
        }
        let name = Some(one_line(&self.name)).filter(|name| !name.is_empty());
        Ok(Address::new_address(name, email))
    }
}

/// The id of the mail that leaves under a key: a second delivery of the key carries the same one,
/// so that its reader's program shows one mail.
pub fn message_id(key: &str, sender: &str) -> String {
    let domain = sender
        .rsplit_once('@')
        .map_or("localhost", |(_, domain)| domain);
    format!("{}@{}", &sha256_hex(key)[..32], domain.trim())
}

/// A header's text: no line ends, no controls, no marks that turn the direction of writing.
fn one_line(text: &str) -> String {
    let plain = |letter: char| match letter {
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => ' ',
        letter if letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}') => ' ',
        letter => letter,
    };
    let text: String = text
        .chars()
        .map(plain)
        .take(MAIL_HEADER_CHARS_MAX)
        .collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// One plain address. Narrower than the standard on purpose: what it leaves out (quoted parts,
/// comments, routes) is what tricks are made of.
fn is_address(email: &str) -> bool {
    let Some((local, domain)) = email.rsplit_once('@') else {
        return false;
    };
    let local_ok = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    let domain_ok = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    email.len() <= MAIL_ADDRESS_BYTES_MAX
        && !local.is_empty()
        && local.chars().all(local_ok)
        && domain.chars().all(domain_ok)
        && domain
            .split('.')
            .all(|label| !label.is_empty() && !label.starts_with('-'))
}

fn atom(id: &str) -> Result<&str, MailError> {
    if is_address(id) {
        Ok(id)
    } else {
        Err(MailError::Refused("its message id is malformed".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail() -> Mail {
        Mail {
            from: Mailbox {
                name: "Harrow & Pine".to_owned(),
                email: "help@shop.example".to_owned(),
            },
            to: Mailbox {
                name: "Zoë Ångström".to_owned(),
                email: "zoe@example.com".to_owned(),
            },
            subject: "Your return RT-7KQ2MX".to_owned(),
            text: "Hello Zoë,\n.\n€52.00\n".to_owned(),
            html: Some("<p>Hello Zoë</p>".to_owned()),
            headers: vec![("Auto-Submitted", "auto-generated".to_owned())],
            message_id: message_id("mail_1", "help@shop.example"),
            at_ms: 1_793_700_000_000,
        }
    }

    fn headers(mail: &Mail) -> Vec<String> {
        let bytes = mail.bytes().expect("a mail");
        let text = String::from_utf8(bytes).expect("ASCII");
        let (head, _) = text.split_once("\r\n\r\n").expect("a head");
        let unfolded = head.replace("\r\n\t", " ").replace("\r\n ", " ");
        unfolded.split("\r\n").map(str::to_owned).collect()
    }

    fn names(mail: &Mail) -> Vec<String> {
        let name = |line: &String| line.split_once(':').expect("a header").0.to_owned();
        headers(mail).iter().map(name).collect()
    }

    /// A mail carries what it must, in ASCII, with its date and its id.
    #[test]
    fn is_a_message() {
        let mail = mail();
        assert!(mail.bytes().expect("a mail").is_ascii());
        let head = headers(&mail).join("\n");
        assert!(
            head.contains("From: \"Harrow & Pine\" <help@shop.example>"),
            "{head}"
        );
        assert!(head.contains("<zoe@example.com>"), "{head}");
        assert!(head.contains("Subject: Your return RT-7KQ2MX"), "{head}");
        assert!(head.contains("Date: Tue, 3 Nov 2026"), "{head}");
        assert!(
            head.contains(&format!("Message-ID: <{}>", mail.message_id)),
            "{head}"
        );
        assert!(head.contains("multipart/alternative"), "{head}");
    }

    /// Nothing that a shopper or a product is called adds a header or a recipient.
    #[test]
    fn headers_cannot_be_injected() {
        let plain = names(&mail());
        let tricks = [
            "x\r\nBcc: v@evil.example",
            "x\nBcc: v@evil.example\n\nbody",
            "\r\r\n\0",
            "ü\r\n\tx: y",
            "a\u{2028}Bcc: b",
            "\" <v@evil.example>, \"",
            "=?utf-8?q?=0d=0aBcc:?=",
        ];
        for trick in tricks {
            let mut tricked = mail();
            trick.clone_into(&mut tricked.subject);
            trick.clone_into(&mut tricked.to.name);
            trick.clone_into(&mut tricked.from.name);
            tricked.headers[0].1 = trick.to_owned();
            assert_eq!(names(&tricked), plain, "{trick:?}");
            let to = headers(&tricked)
                .into_iter()
                .find(|line| line.starts_with("To:"))
                .expect("To");
            assert_eq!(to.matches("<zoe@example.com>").count(), 1, "{to}");
            // Even parts of it stand outside of quotes.
            let unquoted: Vec<_> = to
                .replace("\\\"", "")
                .split('"')
                .map(str::to_owned)
                .collect();
            let outside = unquoted.iter().step_by(2).any(|part| part.contains("evil"));
            assert!(!outside, "{to}");
        }
    }

    #[test]
    fn refuses_what_is_no_address() {
        let long = format!("{}@example.com", "a".repeat(300));
        let wrong = [
            "",
            "zoe",
            "@example.com",
            "zoe@",
            "zoe@ex ample.com",
            "a@b.example,c@d.example",
            "a@b.example\r\nBcc: c@d.example",
            "<a@b.example>",
            "a@b..example",
            "\"a b\"@c.example",
            "zoë@example.com",
            "a@-b.example",
            &long,
        ];
        for email in wrong {
            let mut mail = mail();
            email.clone_into(&mut mail.to.email);
            let refused = mail.bytes().expect_err(email);
            assert!(matches!(refused, MailError::Refused(_)), "{email}");
            let words = "this mail cannot be sent: its address is not one like name@example.com";
            assert_eq!(
                refused.to_string(),
                words,
                "the address itself is not logged"
            );
        }
        let mut mail = mail();
        mail.to.email = " o'neil+shop@mail.example.com ".to_owned();
        mail.bytes().expect("an ordinary address");
        mail.text = "x".repeat(MAIL_BYTES_MAX);
        assert!(mail.bytes().is_err());
    }

    /// One key, one id; another key, another id.
    #[test]
    fn ids_follow_keys() {
        assert_eq!(
            message_id("a", "x@shop.example"),
            message_id("a", "x@shop.example")
        );
        assert_ne!(
            message_id("a", "x@shop.example"),
            message_id("b", "x@shop.example")
        );
        assert!(message_id("a", "x@shop.example").ends_with("@shop.example"));
    }
}
