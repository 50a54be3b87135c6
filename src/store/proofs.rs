//! Proving who one is: tries and their limits, one-time codes. Each function is one transaction, so
//! that counting and trying cannot come apart: of many tries at once exactly as many look anything
//! up as the limits let through.
//!
//! Nothing here is the thing itself: e-mail addresses, order numbers, network addresses and codes
//! are kept as keyed hashes, which the caller makes.

use super::db::{Tx, Value};
use super::heads::Conversation;
use super::outbox::{self, NewOutbox, TO_NOBODY};
use super::{Store, StoreError, customers, orders};
use crate::domain::customer::Customer;
use crate::domain::ids::{ConversationId, CustomerId, OrderNumber, keyed_hash};
use crate::domain::limits::{
    CODE_RESEND_PAUSE, CODE_TRIES_MAX, CODE_TTL, CODES_PER_CONVERSATION_MAX, CODES_PER_EMAIL_MAX,
    CODES_PER_MACHINE_MAX, CODES_PER_ORIGIN_MAX, PROOF_FAILURES_MAX,
    PROOF_FAILURES_PER_MACHINE_MAX, PROOF_WINDOW,
};
use crate::domain::order::Order;
use crate::domain::origin::Origin;

/// What came of a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tried<T> {
    Done(T),
    /// Wrong, and counted.
    Failed,
    /// A limit holds: nothing was looked at.
    Limited,
}

/// What every try names.
#[derive(Clone, Debug)]
pub struct Try {
    pub conversation: ConversationId,
    pub secret: [u8; 32],
    pub now_ms: i64,
}

/// A code to send; the address as customers have it, lower case.
#[derive(Clone, Debug)]
pub struct NewCode {
    pub email: String,
    pub code: String,
    /// The outbox's key of its mail.
    pub key: String,
}

const ADD: &str = "
    INSERT INTO proof_counts (key, no, at_ms)
    SELECT $1, COALESCE(MAX(no), 0) + 1, $2 FROM proof_counts WHERE key = $1";

const COUNT: &str = "SELECT COUNT(*) FROM proof_counts WHERE key = $1 AND at_ms > $2";

/// A limited try writes as a failed one does, or its time would tell it apart.
const NOTE_LIMITED: &str = "
    INSERT INTO proof_counts (key, no, at_ms) VALUES ('limited', 1, $1)
    ON CONFLICT (key, no) DO UPDATE SET at_ms = excluded.at_ms";

const PRUNE_COUNTS: &str = "DELETE FROM proof_counts WHERE at_ms <= $1";

const PRUNE_CODES: &str = "DELETE FROM codes WHERE sent_ms <= $1";

const CODE: &str =
    "SELECT hash, email, customer, tries, sent_ms FROM codes WHERE conversation = $1";

const PUT_CODE: &str = "
    INSERT INTO codes (conversation, hash, email, customer, tries, sent_ms)
    VALUES ($1, $2, $3, $4, 0, $5)
    ON CONFLICT (conversation) DO UPDATE SET hash = excluded.hash, email = excluded.email,
        customer = excluded.customer, tries = 0, sent_ms = excluded.sent_ms";

const WRONG_CODE: &str = "UPDATE codes SET tries = tries + 1 WHERE conversation = $1";

const ERASE: &str = "DELETE FROM codes WHERE conversation = $1";

impl Store {
    /// Makes and sends a code for a customer's address, in place of the conversation's earlier one.
    /// `letter` writes the mail's row. For an address that no customer has, the same is written, but
    /// the code proves nothing and no mail leaves. A code that was sent a moment ago and that nobody
    /// has tried stands: a run that was killed asks again.
    pub async fn send_code<F>(
        &self,
        of: Try,
        new: NewCode,
        letter: F,
    ) -> Result<Tried<()>, StoreError>
    where
        F: FnOnce(&Customer) -> String + Send + 'static,
    {
        self.db
            .write(move |tx| {
                let conversation = Conversation::load(tx, &of.conversation)?;
                let email = of.hash("email", &new.email);
                prune(tx, of.now_ms)?;
                // Sent by this turn, or a moment ago.
                if outbox::is_known(tx, &new.key)?
                    || is_fresh(tx, conversation.no, &email, of.now_ms)?
                {
                    return Ok(Tried::Done(()));
                }
                let counted = of.sendings(&conversation, &email);
                if !of.admit(tx, &counted)? {
                    return Ok(Tried::Limited);
                }
                of.count(tx, &counted)?;
                let customer = customers::by_email(tx, &new.email)?;
                let whose = customer.as_ref().map(|customer| &customer.id);
                put_code(tx, &of, conversation.no, &email, &new.code, whose)?;
                let kind = if customer.is_some() {
                    "mail"
                } else {
                    TO_NOBODY
                };
                let to = match customer {
                    Some(customer) => customer,
                    None => stand_in(tx, &new.email)?,
                };
                let mail = NewOutbox {
                    key: new.key,
                    kind: kind.to_owned(),
                    body: letter(&to),
                };
                outbox::add(tx, conversation.no, mail, of.now_ms)?;
                Ok(Tried::Done(()))
            })
            .await
    }

    /// Whom a typed code proves. The conversation's newest code alone counts, for its time and its
    /// tries; within them it counts again, for a run that was killed repeats its calls.
    pub async fn try_code(&self, of: Try, code: &str) -> Result<Tried<Customer>, StoreError> {
        let code = code.to_owned();
        self.db
            .write(move |tx| {
                let conversation = Conversation::load(tx, &of.conversation)?;
                prune(tx, of.now_ms)?;
                let sent = sent_code(tx, conversation.no)?;
                let email = sent.as_ref().map(|sent| sent.email.as_str());
                let counted = of.failures(&conversation, email, None);
                if !of.admit(tx, &counted)? {
                    return Ok(Tried::Limited);
                }
                let hash = of.code_hash(email.unwrap_or_default(), &code);
                let right = sent.filter(|sent| sent.counts(of.now_ms) && sent.hash == hash);
                let customer = match right.and_then(|sent| sent.customer) {
                    Some(customer) => customers::by_id(tx, customer.as_str())?,
                    None => None,
                };
                match customer {
                    Some(customer) => Ok(Tried::Done(customer)),
                    None => {
                        tx.execute(WRONG_CODE, &[conversation.no.into()])?;
                        of.count(tx, &counted)?;
                        Ok(Tried::Failed)
                    }
                }
            })
            .await
    }

    /// The order of that number if `matches` says that its details are the ones given. A number
    /// that no order has, and details that are not the order's, are one answer.
    pub async fn try_order<F>(
        &self,
        of: Try,
        number: OrderNumber,
        email: Option<String>,
        matches: F,
    ) -> Result<Tried<Order>, StoreError>
    where
        F: FnOnce(&Order, &Customer) -> bool + Send + 'static,
    {
        self.db
            .write(move |tx| {
                let conversation = Conversation::load(tx, &of.conversation)?;
                prune(tx, of.now_ms)?;
                let email = email.map(|email| of.hash("email", &email));
                let counted = of.failures(&conversation, email.as_deref(), Some(&number));
                if !of.admit(tx, &counted)? {
                    return Ok(Tried::Limited);
                }
                let found = orders::by_number(tx, number.as_str())?;
                let exists = found.is_some();
                // Another order stands in where there is none, so that its lack takes as long.
                let order = match found {
                    Some(order) => Some(order),
                    None => orders::any(tx)?,
                };
                let owner = order.as_ref().map_or("", |order| order.customer.as_str());
                let customer = customers::by_id(tx, owner)?;
                if let (Some(order), Some(customer)) = (order, customer)
                    && matches(&order, &customer)
                    && exists
                {
                    return Ok(Tried::Done(order));
                }
                of.count(tx, &counted)?;
                Ok(Tried::Failed)
            })
            .await
    }
}

/// A key and how often it may count within the window.
type Counted = Vec<(String, u64)>;

impl Try {
    fn hash(&self, what: &str, value: &str) -> String {
        keyed_hash(&self.secret, &["proof", what, value])
    }

    fn code_hash(&self, email: &str, code: &str) -> String {
        let conversation = self.conversation.as_str();
        keyed_hash(&self.secret, &["code", conversation, email, code])
    }

    /// What a failed proof counts for; `email` is a hash.
    fn failures(
        &self,
        conversation: &Conversation,
        email: Option<&str>,
        order: Option<&OrderNumber>,
    ) -> Counted {
        let mut counted = vec![(
            format!("failed/conversation/{}", conversation.no),
            PROOF_FAILURES_MAX,
        )];
        counted.extend(conversation.origin.as_ref().map(|origin| {
            let max = match origin {
                Origin::Address(_) => PROOF_FAILURES_MAX,
                Origin::Machine(_) => PROOF_FAILURES_PER_MACHINE_MAX,
            };
            (format!("failed/origin/{origin}"), max)
        }));
        counted.extend(email.map(|email| (format!("failed/email/{email}"), PROOF_FAILURES_MAX)));
        counted.extend(order.map(|order| {
            let order = self.hash("order", &order.as_str().to_lowercase());
            (format!("failed/order/{order}"), PROOF_FAILURES_MAX)
        }));
        counted
    }

    /// What a code that is sent counts for.
    fn sendings(&self, conversation: &Conversation, email: &str) -> Counted {
        let mut counted = vec![
            (format!("sent/email/{email}"), CODES_PER_EMAIL_MAX),
            (
                format!("sent/conversation/{}", conversation.no),
                CODES_PER_CONVERSATION_MAX,
            ),
        ];
        counted.extend(conversation.origin.as_ref().map(|origin| {
            let max = match origin {
                Origin::Address(_) => CODES_PER_ORIGIN_MAX,
                Origin::Machine(_) => CODES_PER_MACHINE_MAX,
            };
            (format!("sent/origin/{origin}"), max)
        }));
        counted
    }

    /// Is each of these below its limit? All are asked, whatever the first says.
    fn admit(&self, tx: &mut Tx<'_>, counted: &Counted) -> Result<bool, StoreError> {
        let since = self.now_ms.saturating_sub(millis(PROOF_WINDOW));
        let mut below = true;
        for (key, max) in counted {
            let row = tx.query_first(COUNT, &[key.as_str().into(), since.into()])?;
            let count = row.map_or(Ok(0), |row| row.uint(0))?;
            below &= count < *max;
        }
        if !below {
            tx.execute(NOTE_LIMITED, &[self.now_ms.into()])?;
        }
        Ok(below)
    }

    fn count(&self, tx: &mut Tx<'_>, counted: &Counted) -> Result<(), StoreError> {
        for (key, _) in counted {
            tx.execute(ADD, &[key.as_str().into(), self.now_ms.into()])?;
        }
        Ok(())
    }
}

/// The newest code of a conversation.
struct Sent {
    hash: String,
    email: String,
    customer: Option<CustomerId>,
    tries: u64,
    sent_ms: i64,
}

impl Sent {
    /// Is it within its time and its tries?
    fn counts(&self, now_ms: i64) -> bool {
        now_ms < self.sent_ms.saturating_add(millis(CODE_TTL)) && self.tries < CODE_TRIES_MAX
    }
}

fn sent_code(tx: &mut Tx<'_>, conversation: i64) -> Result<Option<Sent>, StoreError> {
    let Some(row) = tx.query_first(CODE, &[conversation.into()])? else {
        return Ok(None);
    };
    Ok(Some(Sent {
        hash: row.text(0)?.to_owned(),
        email: row.text(1)?.to_owned(),
        customer: row.opt_text(2)?.map(CustomerId::new),
        tries: row.uint(3)?,
        sent_ms: row.int(4)?,
    }))
}

/// Was a code for this address sent a moment ago, and has nobody tried it?
fn is_fresh(
    tx: &mut Tx<'_>,
    conversation: i64,
    email: &str,
    now_ms: i64,
) -> Result<bool, StoreError> {
    let sent = sent_code(tx, conversation)?;
    Ok(sent.is_some_and(|sent| {
        let fresh_until = sent.sent_ms.saturating_add(millis(CODE_RESEND_PAUSE));
        sent.email == email && sent.tries == 0 && now_ms < fresh_until
    }))
}

fn put_code(
    tx: &mut Tx<'_>,
    of: &Try,
    conversation: i64,
    email: &str,
    code: &str,
    customer: Option<&CustomerId>,
) -> Result<(), StoreError> {
    let params = [
        conversation.into(),
        of.code_hash(email, code).into(),
        email.into(),
        Value::opt_text(customer.map(CustomerId::as_str)),
        of.now_ms.into(),
    ];
    tx.execute(PUT_CODE, &params)?;
    Ok(())
}

/// Whom a letter is written to that never leaves. Another customer is read meanwhile, so that a
/// lack takes as long; nothing of theirs is kept.
fn stand_in(tx: &mut Tx<'_>, email: &str) -> Result<Customer, StoreError> {
    customers::any(tx)?;
    Ok(Customer {
        payment_methods: Vec::new(),
        id: CustomerId::new(""),
        email: email.to_owned(),
        first_name: String::new(),
        last_name: String::new(),
        created_ms: 0,
        address: None,
    })
}

/// Forgets what counts no more.
fn prune(tx: &mut Tx<'_>, now_ms: i64) -> Result<(), StoreError> {
    let before = now_ms.saturating_sub(millis(PROOF_WINDOW));
    tx.execute(PRUNE_COUNTS, &[before.into()])?;
    tx.execute(PRUNE_CODES, &[before.into()])?;
    Ok(())
}

/// Forgets a conversation's code.
pub(super) fn erase(tx: &mut Tx<'_>, conversation: i64) -> Result<(), StoreError> {
    tx.execute(ERASE, &[conversation.into()])?;
    Ok(())
}

fn millis(duration: std::time::Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
