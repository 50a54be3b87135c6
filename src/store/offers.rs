//! Personal offer codes: issued once, redeemed once, guessed at a limited number of times.

use super::db::{Row, Tx, Value};
use super::doc::{from_doc, to_doc};
use super::{Store, StoreError};
use crate::domain::ids::{ConversationId, CustomerId, OrderNumber};
use crate::domain::offer::{IssuedCode, OfferTerms, Redemption, plain_code};

const COLUMNS: &str =
    "shown, offer, customer, terms, issued_ms, valid_until_ms, redeemed_order, redeemed_ms";
const USED: &str = "SELECT COUNT(*) FROM offer_codes
     WHERE customer = $1 AND offer = $2 AND redeemed_ms IS NOT NULL";
const REPLACE: &str = "UPDATE offer_codes SET replaced_ms = $3
     WHERE customer = $1 AND offer = $2 AND replaced_ms IS NULL";
const PUT: &str =
    "INSERT INTO offer_codes (code, shown, offer, customer, terms, issued_ms, valid_until_ms)
     VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
const REDEEM: &str = "UPDATE offer_codes SET redeemed_order = $3, redeemed_ms = $4
     WHERE code = $1 AND customer = $2 AND redeemed_ms IS NULL AND valid_until_ms > $4";
const MISSES: &str = "SELECT misses FROM offer_guesses WHERE conversation = $1";
const MISS: &str = "INSERT INTO offer_guesses (conversation, misses) VALUES ($1, 1)
     ON CONFLICT (conversation) DO UPDATE SET misses = offer_guesses.misses + 1";
const CATEGORIES: &str = "SELECT DISTINCT category FROM products ORDER BY category";

/// A code that is to be made for a customer unless they have one.
#[derive(Clone, Debug)]
pub struct NewCode {
    pub customer: CustomerId,
    pub offer: String,
    pub terms: OfferTerms,
    /// As shown; the first that is free is taken.
    pub codes: Vec<String>,
    pub valid_until_ms: i64,
    /// Codes of this offer that the customer may use in all.
    pub uses: u32,
    /// May a new one take the place of one that has expired?
    pub renew_expired: bool,
}

/// What came of redeeming a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Redeemed {
    /// Now, or earlier for the same order.
    Done(Box<IssuedCode>),
    /// For another order.
    Used,
    Expired,
    /// No such code, or another customer's: one answer.
    Unknown,
}

/// What came of trying a code in a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tried {
    /// The customer's own.
    Issued(Box<IssuedCode>),
    /// One that the caller knows by itself.
    Known,
    /// No such code, another customer's, or the conversation has tried too many: one answer.
    Unknown,
}

impl Store {
    /// The customer's code for the offer, whether it can still be used or not.
    pub async fn offer_code_of(
        &self,
        customer: &CustomerId,
        offer: &str,
    ) -> Result<Option<IssuedCode>, StoreError> {
        let (customer, offer) = (customer.to_string(), offer.to_owned());
        self.db
            .read_few(move |tx| current(tx, &customer, &offer))
            .await
    }

    /// Codes of a customer that can be used at a moment, the newest first.
    pub async fn open_offer_codes(
        &self,
        customer: &CustomerId,
        now_ms: i64,
        limit: usize,
    ) -> Result<Vec<IssuedCode>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let sql = format!(
            "SELECT {COLUMNS} FROM offer_codes WHERE customer = $1 AND redeemed_ms IS NULL
                AND replaced_ms IS NULL AND valid_until_ms > $2
             ORDER BY issued_ms DESC, code LIMIT $3"
        );
        let of = [
            Value::Text(customer.to_string()),
            Value::Int(now_ms),
            Value::Int(limit),
        ];
        self.db
            .read(move |tx| tx.query(&sql, &of)?.iter().map(issued).collect())
            .await
    }

    /// The customer's open code for an offer: the one they have, else a new one where the offer
    /// still has one for them. Asking again, at once or later, gives the same.
    pub async fn issue_offer_code(
        &self,
        new: NewCode,
        now_ms: i64,
    ) -> Result<Option<IssuedCode>, StoreError> {
        self.db.write(move |tx| issue(tx, &new, now_ms)).await
    }

    /// Uses up a customer's code for an order: once, whoever asks at the same time.
    pub async fn redeem_offer_code(
        &self,
        code: &str,
        customer: &CustomerId,
        order: &OrderNumber,
        now_ms: i64,
    ) -> Result<Redeemed, StoreError> {
        let (code, customer, order) = (plain_code(code), customer.clone(), order.clone());
        self.db
            .write(move |tx| redeem(tx, &code, &customer, &order, now_ms))
            .await
    }

    /// A customer's own code; none where it is another's.
    pub async fn offer_code(
        &self,
        customer: &CustomerId,
        code: &str,
    ) -> Result<Option<IssuedCode>, StoreError> {
        let (customer, code) = (customer.clone(), plain_code(code));
        self.db
            .read_few(move |tx| by_code(tx, &code, &customer))
            .await
    }

    /// Looks a code up for whoever is served in a conversation. `known` says that the caller knows
    /// it by itself. What is unknown counts against the conversation; after `misses_max` of them
    /// everything is.
    pub async fn try_offer_code(
        &self,
        conversation: &ConversationId,
        customer: Option<&CustomerId>,
        code: &str,
        known: bool,
        misses_max: u32,
    ) -> Result<Tried, StoreError> {
        let conversation = Value::Text(conversation.to_string());
        let (code, customer) = (plain_code(code), customer.cloned());
        self.db
            .write(move |tx| {
                let of = [conversation];
                let misses = tx.query_first(MISSES, &of)?;
                let misses = misses.map_or(Ok(0), |row| row.int(0))?;
                if misses >= i64::from(misses_max) {
                    return Ok(Tried::Unknown);
                }
                if known {
                    return Ok(Tried::Known);
                }
                let own = match customer {
                    Some(customer) => by_code(tx, &code, &customer)?,
                    None => None,
                };
                if let Some(own) = own {
                    return Ok(Tried::Issued(Box::new(own)));
                }
                tx.execute(MISS, &of)?;
                Ok(Tried::Unknown)
            })
            .await
    }

    /// Every category that the shop has products in.
    pub async fn categories(&self) -> Result<Vec<String>, StoreError> {
        self.db
            .read(|tx| {
                let rows = tx.query(CATEGORIES, &[])?;
                let names = rows.iter().map(|row| row.text(0).map(str::to_owned));
                Ok(names.collect::<Result<_, _>>()?)
            })
            .await
    }
}

fn issue(tx: &mut Tx<'_>, new: &NewCode, now_ms: i64) -> Result<Option<IssuedCode>, StoreError> {
    let (customer, offer) = (new.customer.as_str(), new.offer.as_str());
    if let Some(known) = current(tx, customer, offer)? {
        if known.is_open(now_ms) {
            return Ok(Some(known));
        }
        let may_renew = match known.redeemed {
            Some(_) => used(tx, customer, offer)? < u64::from(new.uses),
            None => new.renew_expired,
        };
        if !may_renew {
            return Ok(None);
        }
        let key = [
            Value::from(customer),
            Value::from(offer),
            Value::Int(now_ms),
        ];
        tx.execute(REPLACE, &key)?;
    }
    for code in &new.codes {
        let row = [
            Value::Text(plain_code(code)),
            Value::from(code.as_str()),
            Value::from(offer),
            Value::from(customer),
            Value::Text(to_doc(&new.terms)?),
            Value::Int(now_ms),
            Value::Int(new.valid_until_ms),
        ];
        if tx.execute(PUT, &row)? > 0 {
            break;
        }
        // The code is taken, or another process has just issued one to this customer.
        if let Some(theirs) = current(tx, customer, offer)? {
            return Ok(Some(theirs));
        }
    }
    match current(tx, customer, offer)? {
        Some(made) => Ok(Some(made)),
        None => {
            Err(super::db::DbError("all offer codes that were made are taken".to_owned()).into())
        }
    }
}

pub(in crate::store) fn redeem(
    tx: &mut Tx<'_>,
    code: &str,
    customer: &CustomerId,
    order: &OrderNumber,
    now_ms: i64,
) -> Result<Redeemed, StoreError> {
    let row = [
        Value::from(code),
        Value::Text(customer.to_string()),
        Value::Text(order.to_string()),
        Value::Int(now_ms),
    ];
    let done = tx.execute(REDEEM, &row)? > 0;
    Ok(match by_code(tx, code, customer)? {
        None => Redeemed::Unknown,
        Some(own) => match &own.redeemed {
            Some(redeemed) if done || redeemed.order == *order => Redeemed::Done(Box::new(own)),
            Some(_) => Redeemed::Used,
            None => Redeemed::Expired,
        },
    })
}

fn current(tx: &mut Tx<'_>, customer: &str, offer: &str) -> Result<Option<IssuedCode>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM offer_codes
         WHERE customer = $1 AND offer = $2 AND replaced_ms IS NULL"
    );
    let row = tx.query_first(&sql, &[Value::from(customer), Value::from(offer)])?;
    row.as_ref().map(issued).transpose()
}

pub(in crate::store) fn by_code(
    tx: &mut Tx<'_>,
    code: &str,
    customer: &CustomerId,
) -> Result<Option<IssuedCode>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM offer_codes WHERE code = $1 AND customer = $2");
    let key = [Value::from(code), Value::Text(customer.to_string())];
    let row = tx.query_first(&sql, &key)?;
    row.as_ref().map(issued).transpose()
}

fn used(tx: &mut Tx<'_>, customer: &str, offer: &str) -> Result<u64, StoreError> {
    let row = tx.query_first(USED, &[Value::from(customer), Value::from(offer)])?;
    Ok(row.map_or(Ok(0), |row| row.uint(0))?)
}

fn issued(row: &Row) -> Result<IssuedCode, StoreError> {
    let redeemed = match (row.opt_text(6)?, row.opt_int(7)?) {
        (Some(order), Some(at_ms)) => Some(Redemption {
            order: OrderNumber::new(order),
            at_ms,
        }),
        _ => None,
    };
    Ok(IssuedCode {
        code: row.text(0)?.to_owned(),
        offer: row.text(1)?.to_owned(),
        customer: CustomerId::new(row.text(2)?),
        terms: from_doc(row, 3)?,
        issued_ms: row.int(4)?,
        valid_until_ms: row.int(5)?,
        redeemed,
    })
}
