//! Gift cards and store credit: balances that the shop holds.

use super::db::{DbError, Row, Tx, Value};
use super::{Store, StoreError, doc};
use crate::domain::customer::GiftCard;
use crate::domain::ids::{CustomerId, PaymentMethodId};
use crate::domain::money::Money;

const COLUMNS: &str = "id, customer, balance_minor, currency, credit";
const PUT: &str = "INSERT INTO gift_cards (id, customer, balance_minor, currency, credit)
     VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (id) DO UPDATE SET customer = excluded.customer,
         balance_minor = excluded.balance_minor, currency = excluded.currency, credit = excluded.credit";

impl Store {
    /// A customer's cards and credit, by id.
    pub async fn gift_cards_of(&self, customer: &CustomerId) -> Result<Vec<GiftCard>, StoreError> {
        let customer = customer.clone();
        self.db.read_few(move |tx| of_customer(tx, &customer)).await
    }

    /// Adds or replaces cards in one transaction.
    pub async fn put_gift_cards(&self, cards: Vec<GiftCard>) -> Result<(), StoreError> {
        self.db
            .write(move |tx| cards.iter().try_for_each(|card| put(tx, card)))
            .await
    }
}

pub(in crate::store) fn of_customer(
    tx: &mut Tx<'_>,
    customer: &CustomerId,
) -> Result<Vec<GiftCard>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM gift_cards WHERE customer = $1 ORDER BY id");
    let rows = tx.query(&sql, &[Value::Text(customer.to_string())])?;
    rows.iter().map(read).collect()
}

/// Every card there is, by id.
pub(in crate::store) fn all(tx: &mut Tx<'_>) -> Result<Vec<GiftCard>, StoreError> {
    let rows = tx.query(
        &format!("SELECT {COLUMNS} FROM gift_cards ORDER BY id"),
        &[],
    )?;
    rows.iter().map(read).collect()
}

pub(in crate::store) fn by_id(
    tx: &mut Tx<'_>,
    id: &PaymentMethodId,
) -> Result<Option<GiftCard>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM gift_cards WHERE id = $1");
    let row = tx.query_first(&sql, &[Value::Text(id.to_string())])?;
    row.as_ref().map(read).transpose()
}

pub(in crate::store) fn put(tx: &mut Tx<'_>, card: &GiftCard) -> Result<(), StoreError> {
    tx.execute(
        PUT,
        &[
            Value::Text(card.id.to_string()),
            Value::opt_text(card.customer.as_ref().map(ToString::to_string)),
            Value::Int(card.balance.minor),
            Value::Text(card.balance.currency.code().to_owned()),
            Value::Int(i64::from(card.credit)),
        ],
    )?;
    Ok(())
}

/// Adds to a balance, or takes from it; a card that is not there yet begins with what is added.
pub(in crate::store) fn add(tx: &mut Tx<'_>, change: &GiftCard) -> Result<(), StoreError> {
    let broken = |problem: &str| StoreError::from(DbError(problem.to_owned()));
    // Whose card it is, and what, does not change with what is paid with it or back to it.
    let known = by_id(tx, &change.id)?.unwrap_or_else(|| GiftCard {
        balance: Money::zero(change.balance.currency),
        ..change.clone()
    });
    let balance = known
        .balance
        .plus(change.balance)
        .ok_or_else(|| broken("a gift card of another currency was to be changed"))?;
    if balance.minor < 0 {
        return Err(broken("a gift card was to be charged more than it holds"));
    }
    put(
        tx,
        &GiftCard {
            customer: known.customer.or_else(|| change.customer.clone()),
            balance,
            ..known
        },
    )
}

fn read(row: &Row) -> Result<GiftCard, StoreError> {
    let balance: Money =
        doc::money(row, 2)?.ok_or_else(|| DbError("a gift card without a balance".to_owned()))?;
    Ok(GiftCard {
        id: PaymentMethodId::new(row.text(0)?),
        customer: row.opt_text(1)?.map(CustomerId::new),
        balance,
        credit: row.int(4)? != 0,
    })
}
