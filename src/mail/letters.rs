//! The words of mails: `prompts/email/<template>/{subject.txt,body.txt,body.html}`, filled in.

use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use rust_embed::RustEmbed;
use serde_json::json;

use super::{Mail, MailError, Mailbox, message_id};
use crate::domain::letter::Letter;

#[derive(RustEmbed)]
#[folder = "prompts/email/"]
struct Files;

/// Who writes, as mails show it.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Sender {
    pub name: String,
    pub email: String,
    pub return_address: Vec<String>,
}

/// The templates, read once.
pub struct Letters {
    templates: Environment<'static>,
    sender: Sender,
}

impl Letters {
    pub fn new(sender: Sender) -> Self {
        let mut templates = Environment::new();
        templates.set_undefined_behavior(UndefinedBehavior::SemiStrict);
        templates.set_auto_escape_callback(|name| {
            if name.ends_with(".html") {
                AutoEscape::Html
            } else {
                AutoEscape::None
            }
        });
        for name in Files::iter() {
            let file = Files::get(&name).expect("the name is from the list");
            let text = String::from_utf8(file.data.into_owned())
                .expect("templates are part of the program and read by its tests");
            templates
                .add_template_owned(name.into_owned(), text)
                .expect("templates are part of the program and read by its tests");
        }
        Self { templates, sender }
    }

    /// The mail of a letter. The same key gives the same message id.
    pub fn compose(&self, key: &str, letter: &Letter, at_ms: i64) -> Result<Mail, MailError> {
        let sender = &self.sender;
        let mut data = letter.data.clone();
        data.insert("to".to_owned(), json!(letter.to));
        data.insert("shop".to_owned(), json!(sender));
        let context = Value::from(Serde(data));
        let part = |file: &str| {
            let name = format!("{}/{file}", letter.template);
            let template = self.templates.get_template(&name);
            template
                .and_then(|template| template.render(&context))
                .map_err(|error| MailError::Refused(format!("{name}: {:?}", error.kind())))
        };
        Ok(Mail {
            from: Mailbox {
                name: sender.name.clone(),
                email: sender.email.clone(),
            },
            to: Mailbox {
                name: letter.to.name.clone(),
                email: letter.to.email.clone(),
            },
            subject: part("subject.txt")?,
            text: part("body.txt")? + "\n",
            html: Some(part("body.html")?),
            // No vacation reply answers it.
            headers: vec![("Auto-Submitted", "auto-generated".to_owned())],
            message_id: message_id(key, &sender.email),
            at_ms,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::letter::Recipient;

    fn letters() -> Letters {
        Letters::new(Sender {
            name: "Harrow & Pine".to_owned(),
            email: "help@shop.example".to_owned(),
            return_address: vec!["Harrow & Pine Returns".to_owned(), "Galway".to_owned()],
        })
    }

    fn letter(more: serde_json::Value) -> Letter {
        let mut data = json!({
            "return_number": "RT-7KQ2MX", "order_number": "10482", "refund": "€52.00",
            "refund_to": "Visa", "refund_days": 5, "hand_over_by": "Tuesday 17 November 2026",
            "slip_a4": "http://127.0.0.1:8080/slips/t.pdf",
            "slip_a6": "http://127.0.0.1:8080/slips/t.pdf?size=a6",
        });
        let all = data.as_object_mut().expect("an object");
        all.extend(more.as_object().expect("an object").clone());
        Letter {
            template: "return_registered".to_owned(),
            to: Recipient {
                name: "Zoë".to_owned(),
                email: "zoe@example.com".to_owned(),
            },
            data: all.clone(),
        }
    }

    /// The whole mail, with and without what a template may leave out.
    #[test]
    fn fills_the_return_mail() {
        let items = json!({"items": [
            {"title": "Sleet Rain Jacket", "color": "navy", "size": "M", "quantity": 2},
            {"title": "Moss Fleece", "color": "", "size": "", "quantity": 1},
        ]});
        let mail = letters().compose("k", &letter(items), 0).expect("a mail");
        insta::assert_snapshot!(format!(
            "{}\n\n{}\n{}",
            mail.subject,
            mail.text,
            mail.html.expect("html")
        ));
        let plain = letters()
            .compose("k", &letter(json!({})), 0)
            .expect("a mail");
        assert!(
            plain.text.contains("is registered.\n\n1. Print"),
            "{}",
            plain.text
        );
    }

    /// A present's mail says what its reader gets.
    #[test]
    fn fills_the_mail_of_a_present() {
        let data = json!({"gift_email": "kim@example.org", "refund_to": "gift card"});
        let mail = letters().compose("k", &letter(data), 0).expect("a mail");
        for body in [&mail.text, mail.html.as_ref().expect("html")] {
            assert!(body.contains("We send a gift card of"), "{body}");
            assert!(!body.contains("back to your"), "{body}");
        }
    }

    /// With a slip and statements, and without.
    #[test]
    fn fills_the_mail_of_an_exchange() {
        let more = json!({
            "summary": "Exchange EX-7KQ2MX is registered.", "number": "EX-7KQ2MX",
            "receipt": "E_0A1B2C3D", "lines": ["1 × Jacket for navy, L", "<b>"],
        });
        let of = |letter: Letter| Letter {
            template: "aftersale".to_owned(),
            ..letter
        };
        let mail = letters()
            .compose("k", &of(letter(more.clone())), 0)
            .expect("a mail");
        insta::assert_snapshot!(format!(
            "{}\n\n{}\n{}",
            mail.subject,
            mail.text,
            mail.html.expect("html")
        ));
        let mut plain = of(letter(more));
        for key in ["slip_a4", "slip_a6", "lines"] {
            plain.data.remove(key);
        }
        let mail = letters().compose("k", &plain, 0).expect("a mail");
        assert!(!mail.text.contains("slip"), "{}", mail.text);
    }

    /// The code stands in both bodies and not in the subject, which is shown on locked screens.
    #[test]
    fn fills_the_mail_with_a_code() {
        let data = json!({"code": "042917", "minutes": 10});
        let letter = Letter {
            template: "verification_code".to_owned(),
            data: data.as_object().expect("an object").clone(),
            ..letter(json!({}))
        };
        let mail = letters().compose("k", &letter, 0).expect("a mail");
        let html = mail.html.expect("html");
        assert!(!mail.subject.contains("042917"), "{}", mail.subject);
        for body in [&mail.text, &html] {
            for word in ["042917", "10 minutes", "Hello Zoë", "If it was not you"] {
                assert!(body.contains(word), "{word} is missing in {body}");
            }
        }
        insta::assert_snapshot!(format!("{}\n\n{}", mail.subject, mail.text));
    }

    /// What a product or a shopper is called is text and never markup.
    #[test]
    fn escapes_in_html() {
        let items = json!({"items": [{"title": "<script>x</script>&\"'", "color": "{{ 7*7 }}", "size": "", "quantity": 1}]});
        let mut letter = letter(items);
        letter.to.name = "<img src=x onerror=y>".to_owned();
        let mail = letters().compose("k", &letter, 0).expect("a mail");
        let html = mail.html.expect("html");
        assert!(
            !html.contains("<script") && !html.contains("<img"),
            "{html}"
        );
        assert!(html.contains("&lt;script&gt;"), "{html}");
        assert!(
            mail.text.contains("<script>x</script>&\"', {{ 7*7 }}"),
            "{}",
            mail.text
        );
    }

    /// A letter without what its words need, or with words that are not there, never half-leaves;
    /// its data cannot stand in for the recipient or the shop.
    #[test]
    fn refuses_what_it_cannot_fill() {
        let mut lacking = letter(json!({}));
        lacking.data.remove("refund");
        assert!(matches!(
            letters().compose("k", &lacking, 0),
            Err(MailError::Refused(_))
        ));
        for name in [
            "",
            "no_such",
            "../reply",
            "return_registered/../return_registered",
        ] {
            let mut unknown = letter(json!({}));
            unknown.template = name.to_owned();
            let refused = letters().compose("k", &unknown, 0);
            assert!(matches!(refused, Err(MailError::Refused(_))), "{name}");
        }
        let posing = letter(json!({"shop": {"name": "Evil"}, "to": {"name": "Eve"}}));
        let mail = letters().compose("k", &posing, 0).expect("a mail");
        assert!(
            !mail.text.contains("Evil") && mail.text.contains("Hello Zoë"),
            "{}",
            mail.text
        );
    }
}
