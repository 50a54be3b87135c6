//! The mails that leave in a case. Nothing delivers in a case's folder: its rows are taken out of the
//! outbox here, as the job that delivers would, and read before they would become files.

use anyhow::Context as _;
use serde_json::Value;

use crate::domain::ids::ConversationId;
use crate::domain::letter::Letter;
use crate::domain::limits::DELIVER_BATCH_MAX;
use crate::store::Store;

const HOLDER: &str = "evals";
/// A one-time code has so many digits.
const CODE_DIGITS: usize = 6;
const CODES: u32 = 1_000_000;

#[derive(Default)]
pub struct Mailbox {
    /// Code of the newest mail that has one.
    code: Option<String>,
    /// Wrong codes given out: each is another one.
    wrong: u32,
}

impl Mailbox {
    /// The mails of a conversation that have come since.
    pub async fn take(
        &mut self,
        store: &Store,
        id: &ConversationId,
        now_ms: i64,
    ) -> anyhow::Result<Vec<Letter>> {
        let mut letters = Vec::new();
        let rows = store
            .claim_outbox(HOLDER, now_ms, DELIVER_BATCH_MAX)
            .await?;
        for row in rows {
            store.outbox_done(&row.key, now_ms).await?;
            if row.kind == "mail" && row.conversation == *id {
                let letter: Letter = serde_json::from_str(&row.body)
                    .with_context(|| format!("the outbox row {}", row.key))?;
                self.code = code(&letter).or(self.code.take());
                letters.push(letter);
            }
        }
        Ok(letters)
    }

    /// The code to type, or another one.
    pub fn code(&mut self, wrong: bool) -> Option<String> {
        let code = self.code.clone()?;
        if !wrong {
            return Some(code);
        }
        self.wrong += 1;
        let other = (code.parse::<u32>().ok()? + self.wrong) % CODES;
        Some(format!("{other:06}"))
    }
}

/// The six digits that a letter's data hold.
pub fn code(letter: &Letter) -> Option<String> {
    letter.data.values().find_map(|value| {
        let Value::String(text) = value else {
            return None;
        };
        let digits: String = text.split_whitespace().collect();
        let all = digits.len() == CODE_DIGITS && digits.bytes().all(|b| b.is_ascii_digit());
        all.then_some(digits)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(data: Value) -> Letter {
        let to = serde_json::json!({ "name": "", "email": "a@example.com" });
        let all = serde_json::json!({ "template": "code", "to": to, "data": data });
        serde_json::from_value(all).unwrap()
    }

    #[test]
    fn six_digits_are_a_code_and_wrong_ones_differ_from_it() {
        let read = |data| code(&letter(data));
        let six = serde_json::json!({ "name": "Nora", "minutes": "10", "code": "999 999" });
        assert_eq!(read(six).as_deref(), Some("999999"));
        let none = serde_json::json!({ "number": "1234567", "total": 123_456, "x": "12345a" });
        assert_eq!(read(none), None);
        let mut mailbox = Mailbox {
            code: Some("999999".to_owned()),
            wrong: 0,
        };
        let mut typed = || mailbox.code(true).unwrap();
        assert_eq!([typed(), typed()], ["000000", "000001"]);
        assert_eq!(mailbox.code(false).as_deref(), Some("999999"));
        assert_eq!(Mailbox::default().code(true), None);
    }
}
