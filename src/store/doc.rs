//! The JSON columns: one row, one struct; and amounts, which are two columns.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::StoreError;
use super::db::{DbError, Row};
use crate::domain::money::Money;

pub(super) fn to_doc<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| DbError(error.to_string()).into())
}

pub(super) fn from_doc<T: DeserializeOwned>(row: &Row, column: usize) -> Result<T, StoreError> {
    serde_json::from_str(row.text(column)?)
        .map_err(|error| DbError(format!("a stored row cannot be read: {error}")).into())
}

/// An amount in a column of minor units and the next one of its currency.
pub(super) fn money(row: &Row, column: usize) -> Result<Option<Money>, StoreError> {
    let (Some(minor), Some(code)) = (row.opt_int(column)?, row.opt_text(column + 1)?) else {
        return Ok(None);
    };
    let currency = code
        .parse()
        .map_err(|_| DbError("an unknown currency".to_owned()))?;
    Ok(Some(Money::new(minor, currency)))
}
