//! `verify_identity`: proves an order by its details, or a customer by a code sent to their address.
//!
//! A proof rests on nothing that a model says: every value must stand in what the shopper wrote, the
//! store counts each try before it looks anything up, and all tries that prove nothing are refused
//! in the same words. It is the only tool whose result may carry a proof.

mod stands;

use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::covered_order::{broken, read_number};
use super::lookup_order::order_subject;
use super::words::Words;
use super::{ReadTool, ToolContext, ToolError, ToolOutput};
use crate::domain::customer::Customer;
use crate::domain::evidence::{Fact, FactValue, Subject};
use crate::domain::identity::{Proof, ProofMethod};
use crate::domain::ids::keyed_hash;
use crate::domain::letter::{Letter, Recipient};
use crate::domain::limits::{CODE_TTL, PROOF_VALUE_CHARS_MAX};
use crate::domain::order::Order;
use crate::store::proofs::{NewCode, Tried, Try};
use stands::{Ends, Gaps, is_gap, stands};

static WORDS: LazyLock<Words> =
    LazyLock::new(|| Words::embedded(include_str!("../../prompts/reply/verify_identity.toml")));

/// The folder of the code's mail under `prompts/email`.
const LETTER: &str = "verification_code";
const CODE_DIGITS: usize = 6;

pub struct VerifyIdentity;

/// Arguments of `verify_identity`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// The e-mail address as the shopper wrote it. Without an order number a code is sent to it.
    email: Option<String>,
    /// The six-digit code as the shopper wrote it.
    code: Option<String>,
    /// The order's number as the shopper wrote it.
    order_number: Option<String>,
    /// The postcode that the order was sent to, as the shopper wrote it.
    postcode: Option<String>,
}

/// Does this result of `verify_identity` say that a code was sent?
pub fn has_sent(content: &str) -> bool {
    let result: Option<Value> = serde_json::from_str(content).ok();
    result.is_some_and(|result| result["sent"] == true)
}

impl ReadTool for VerifyIdentity {
    const NAME: &'static str = "verify_identity";
    type Args = Args;

    async fn call(&self, context: &ToolContext<'_>, args: Args) -> Result<ToolOutput, ToolError> {
        let email = given(args.email).map(|email| email.to_lowercase());
        let postcode = given(args.postcode);
        match (given(args.code), given(args.order_number)) {
            (Some(code), _) => by_code(context, &code).await,
            (None, Some(number)) if email.is_some() || postcode.is_some() => {
                by_order(context, &number, email, postcode).await
            }
            (None, Some(_)) => Ok(ask("postcode_or_email")),
            (None, None) => match (email, postcode) {
                (Some(email), _) => send_code(context, email).await,
                (None, Some(_)) => Ok(ask("order_number")),
                (None, None) => Ok(ask("email")),
            },
        }
    }
}

/// A value without the space around it; a model that fills every field writes an empty one for what
/// it was to leave out.
fn given(value: Option<String>) -> Option<String> {
    let value = value?.trim().to_owned();
    (!value.is_empty()).then_some(value)
}

fn ask(what: &str) -> ToolOutput {
    let question = WORDS.say(&format!("ask_{what}"), ());
    ToolOutput {
        content: json!({ "ask": what, "question": question }).to_string(),
        ..ToolOutput::default()
    }
}

async fn by_code(context: &ToolContext<'_>, code: &str) -> Result<ToolOutput, ToolError> {
    let code = plain(code);
    let is_code = code.len() == CODE_DIGITS && code.bytes().all(|byte| byte.is_ascii_digit());
    if !is_code || !stands(context.shopper_wrote, &code, Gaps::Spaces, Ends::Word) {
        return Err(failed());
    }
    let tried = context.shop.store.try_code(try_now(context), &code).await;
    let customer = done(tried.map_err(broken)?)?;
    Ok(ToolOutput {
        content: json!({ "proved": "customer", "first_name": customer.first_name }).to_string(),
        proof: Some(Proof::Customer {
            customer: customer.id,
            method: ProofMethod::EmailCode,
        }),
        ..ToolOutput::default()
    })
}

async fn by_order(
    context: &ToolContext<'_>,
    written: &str,
    email: Option<String>,
    postcode: Option<String>,
) -> Result<ToolOutput, ToolError> {
    let number = read_number(written).ok_or_else(failed)?;
    let postcode = postcode.as_deref().map(plain);
    let wrote = context.shopper_wrote;
    let lower = number.as_str().to_lowercase();
    let all_stand = stands(wrote, &lower, Gaps::None, Ends::Word)
        && email
            .as_deref()
            .is_none_or(|email| is_written_email(wrote, email))
        && postcode
            .as_deref()
            .is_none_or(|postcode| stands(wrote, postcode, Gaps::Spaces, Ends::Word));
    if !all_stand {
        return Err(failed());
    }
    let counted = email.clone();
    let matches = move |order: &Order, customer: &Customer| {
        fits(order, customer, email.as_deref(), postcode.as_deref())
    };
    let store = &context.shop.store;
    let tried = store.try_order(try_now(context), number, counted, matches);
    let order = done(tried.await.map_err(broken)?)?;
    Ok(order_proved(order))
}

/// Each detail that was given must be the order's own; at least one was.
fn fits(order: &Order, customer: &Customer, email: Option<&str>, postcode: Option<&str>) -> bool {
    let email_fits = email.map(|email| customer.email.trim().to_lowercase() == email);
    let sent_to = order
        .address
        .as_ref()
        .map(|address| plain(&address.postcode));
    let postcode_fits = postcode.map(|postcode| sent_to.as_deref() == Some(postcode));
    let given = [email_fits, postcode_fits];
    given.iter().any(Option::is_some) && given.into_iter().flatten().all(|fits| fits)
}

fn order_proved(order: Order) -> ToolOutput {
    let name = FactValue::Name(order.number.to_string());
    ToolOutput {
        content: json!({ "proved": "order", "order_number": order.number }).to_string(),
        facts: vec![Fact::new(&order_subject(&order), "order_number", name)],
        proof: Some(Proof::Order {
            order: order.number,
            owner: Some(order.customer),
            method: ProofMethod::OrderDetails,
        }),
        ..ToolOutput::default()
    }
}

async fn send_code(context: &ToolContext<'_>, email: String) -> Result<ToolOutput, ToolError> {
    if !is_written_email(context.shopper_wrote, &email) {
        return Err(failed());
    }
    let (to, shown) = (masked(&email), email.clone());
    let random = &context.shop.random;
    let code = random.digits6();
    let letter_code = code.clone();
    let turn = context.turn.to_string();
    let of_turn = ["mail", context.conversation.as_str(), &turn, &email];
    let new = NewCode {
        key: format!("code_{}", &keyed_hash(context.secret, &of_turn)[..32]),
        email,
        code,
    };
    let store = &context.shop.store;
    let sent = store.send_code(try_now(context), new, move |customer| {
        letter(customer, &letter_code)
    });
    done(sent.await.map_err(broken)?)?;
    let minutes = minutes();
    let words = WORDS.say("sent", json!({ "to": to, "minutes": minutes }));
    Ok(ToolOutput {
        content: json!({ "sent": true, "to": to, "words": words }).to_string(),
        facts: sent_facts(&shown, minutes),
        ..ToolOutput::default()
    })
}

/// What may be said of a code that was sent. The address is one that the shopper wrote.
fn sent_facts(email: &str, minutes: i64) -> Vec<Fact> {
    let subject = Subject::new("code");
    let domain = email.rsplit_once('@').map_or("", |(_, domain)| domain);
    [
        // Whatever else the reply is about, a sentence with this word is about the code.
        ("name", FactValue::Name("code".to_owned())),
        ("status", FactValue::Status("sent".to_owned())),
        ("minutes", FactValue::Number(minutes)),
        ("digits", FactValue::Number(CODE_DIGITS as i64)),
        ("address", FactValue::Link(email.to_owned())),
        ("domain", FactValue::Link(domain.to_owned())),
    ]
    .map(|(attribute, value)| Fact::new(&subject, attribute, value))
    .to_vec()
}

/// The outbox row's body of the mail with a code.
fn letter(customer: &Customer, code: &str) -> String {
    let data = json!({ "code": code, "minutes": minutes() });
    let letter = Letter {
        template: LETTER.to_owned(),
        to: Recipient {
            name: customer.first_name.clone(),
            email: customer.email.clone(),
        },
        data: data.as_object().cloned().unwrap_or_default(),
    };
    serde_json::to_string(&letter).unwrap_or_default()
}

fn try_now(context: &ToolContext<'_>) -> Try {
    Try {
        conversation: context.conversation.clone(),
        secret: *context.secret,
        now_ms: context.clock.now_ms(),
    }
}

fn done<T>(tried: Tried<T>) -> Result<T, ToolError> {
    match tried {
        Tried::Done(found) => Ok(found),
        Tried::Failed => Err(failed()),
        Tried::Limited => Err(ToolError::Refused(WORDS.say("limited", ()))),
    }
}

/// The one answer to every try that proves nothing.
fn failed() -> ToolError {
    ToolError::Refused(WORDS.say("failed", json!({ "minutes": minutes() })))
}

fn minutes() -> i64 {
    i64::try_from(CODE_TTL.as_secs() / 60).unwrap_or(i64::MAX)
}

/// A code or a postcode as it is compared: lower case, without spaces and hyphens.
fn plain(value: &str) -> String {
    let lower = value.to_lowercase();
    lower.chars().filter(|letter| !is_gap(*letter)).collect()
}

/// Has the shopper written this address? Both in lower case.
pub(super) fn is_written_email(wrote: &str, email: &str) -> bool {
    #[cfg(test)]
    if crate::domain::unguarded::is_on() {
        return true;
    }
    email.chars().count() <= PROOF_VALUE_CHARS_MAX
        && email.contains('@')
        && stands(wrote, email, Gaps::None, Ends::Address)
}

/// "m…@example.com": enough to see a mistyped address by.
fn masked(email: &str) -> String {
    let (local, domain) = email.rsplit_once('@').unwrap_or((email, ""));
    let first = local.chars().next().map(String::from).unwrap_or_default();
    format!("{first}…@{domain}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_words_with_its_values() {
        for what in ["email", "order_number", "postcode_or_email"] {
            let output = ask(what);
            assert!(
                output.content.contains("\"question\""),
                "{}",
                output.content
            );
            assert!(output.proof.is_none());
        }
        let sent = WORDS.say(
            "sent",
            json!({ "to": "m…@example.com", "minutes": minutes() }),
        );
        assert!(
            sent.contains("m…@example.com") && sent.contains("10 minutes"),
            "{sent}"
        );
        assert!(matches!(failed(), ToolError::Refused(words) if words.contains("10 minutes")));
        let limited = done::<()>(Tried::Limited);
        assert!(matches!(limited, Err(ToolError::Refused(words)) if words.contains("hour")));
    }

    #[test]
    fn only_a_result_that_says_so_has_sent_a_code() {
        assert!(has_sent(r#"{"sent":true,"to":"m…@example.com"}"#));
        for content in [r#"{"ask":"email"}"#, r#"{"sent":"true"}"#, "sent", "", "[]"] {
            assert!(!has_sent(content), "{content}");
        }
    }

    #[test]
    fn values_are_compared_without_case_and_spaces() {
        assert_eq!(plain(" D04 x2Y9"), plain("d04X2Y9"));
        assert_eq!(plain("123-456"), "123456");
        assert_eq!(given(Some("  ".into())), None);
        assert_eq!(masked("maya@example.com"), "m…@example.com");
        assert_eq!(masked("@example.com"), "…@example.com");
        assert!(!is_written_email(
            &"a".repeat(300),
            &format!("{}@b", "a".repeat(300))
        ));
    }
}
