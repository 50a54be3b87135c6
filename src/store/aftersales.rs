//! Exchanges, replacements and claims.

use super::db::{Row, Tx, Value};
use super::doc::{from_doc, to_doc};
use super::{Store, StoreError};
use crate::domain::aftersale::Aftersale;
use crate::domain::ids::{AftersaleNumber, OrderNumber};

const OF_ORDER: &str =
    "SELECT doc FROM aftersales WHERE order_number = $1 ORDER BY created_ms, number";
const BY_SLIP: &str = "SELECT doc FROM aftersales WHERE slip_token = $1";
const BY_NUMBER: &str = "SELECT doc FROM aftersales WHERE number = $1";
const PUT: &str = "INSERT INTO aftersales (number, order_number, kind, created_ms, slip_token, doc)
     VALUES ($1, $2, $3, $4, $5, $6)";

impl Store {
    /// Of an order, oldest first.
    pub async fn aftersales_of(&self, order: &OrderNumber) -> Result<Vec<Aftersale>, StoreError> {
        let order = order.clone();
        self.db.read_few(move |tx| of_order(tx, &order)).await
    }

    pub async fn aftersale_by_slip(&self, slip: &str) -> Result<Option<Aftersale>, StoreError> {
        let slip = slip.to_owned();
        self.db
            .read_few(move |tx| first(&tx.query(BY_SLIP, &[Value::Text(slip)])?))
            .await
    }

    pub async fn aftersale(
        &self,
        number: &AftersaleNumber,
    ) -> Result<Option<Aftersale>, StoreError> {
        let number = number.to_string();
        self.db
            .read_few(move |tx| first(&tx.query(BY_NUMBER, &[Value::Text(number)])?))
            .await
    }
}

pub(in crate::store) fn of_order(
    tx: &mut Tx<'_>,
    order: &OrderNumber,
) -> Result<Vec<Aftersale>, StoreError> {
    let rows = tx.query(OF_ORDER, &[Value::Text(order.to_string())])?;
    rows.iter().map(|row| from_doc(row, 0)).collect()
}

/// A number that is taken is an error of the database: the caller tries again with another.
pub(in crate::store) fn put(tx: &mut Tx<'_>, aftersale: &Aftersale) -> Result<(), StoreError> {
    let slip = match aftersale {
        Aftersale::Exchange(exchange) => Some(exchange.slip_token.clone()),
        Aftersale::Replacement(replacement) => replacement
            .send_back
            .as_ref()
            .map(|back| back.slip_token.clone()),
        Aftersale::Claim(_) => None,
    };
    tx.execute(
        PUT,
        &[
            Value::Text(aftersale.number().to_string()),
            Value::Text(aftersale.order().to_string()),
            Value::Text(aftersale.kind().to_owned()),
            Value::Int(aftersale.created_ms()),
            Value::opt_text(slip),
            Value::Text(to_doc(aftersale)?),
        ],
    )?;
    Ok(())
}

fn first(rows: &[Row]) -> Result<Option<Aftersale>, StoreError> {
    rows.first().map(|row| from_doc(row, 0)).transpose()
}
