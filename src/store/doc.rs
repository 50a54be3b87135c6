//! The JSON columns: one row, one struct.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::StoreError;
use super::db::{DbError, Row};

pub(super) fn to_doc<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| DbError(error.to_string()).into())
}

pub(super) fn from_doc<T: DeserializeOwned>(row: &Row, column: usize) -> Result<T, StoreError> {
    serde_json::from_str(row.text(column)?)
        .map_err(|error| DbError(format!("a stored row cannot be read: {error}")).into())
}
