//! Keys of the API: who may speak for shoppers, and who may decide for the shop. Of a key, only its
//! hash is kept.

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use super::db::{Row, Value};
use super::{Store, StoreError};

const ADD: &str = "
    INSERT INTO api_keys (name, hash, per_minute, created_ms, role) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT DO NOTHING";

const REMOVE: &str = "DELETE FROM api_keys WHERE name = $1";
const LIST: &str = "SELECT name, per_minute, created_ms, role FROM api_keys ORDER BY name";
const FIND: &str = "SELECT name, per_minute, created_ms, role FROM api_keys WHERE hash = $1";

/// What a key opens; none opens what another role's does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyRole {
    /// The headless API: a front end that speaks for shoppers.
    #[default]
    Turns,
    /// What waits for an agent's decision.
    Approvals,
}

/// A key as it is known once it has been given out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    pub name: String,
    /// Requests a minute, turns or decisions; `None` is as many as it likes.
    pub per_minute: Option<NonZeroU32>,
    pub created_ms: i64,
    pub role: KeyRole,
}

impl Store {
    /// Adds a key by its SHA-256; false when the name or the key is taken.
    pub async fn add_key(&self, key: &ApiKey, hash: &str) -> Result<bool, StoreError> {
        let params = [
            Value::from(key.name.as_str()),
            Value::from(hash),
            Value::opt_int(key.per_minute.map(|count| i64::from(count.get()))),
            key.created_ms.into(),
            Value::word(&key.role)?,
        ];
        self.db
            .write(move |tx| Ok(tx.execute(ADD, &params)? > 0))
            .await
    }

    /// False when there was none of this name.
    pub async fn remove_key(&self, name: &str) -> Result<bool, StoreError> {
        let params = [Value::from(name)];
        self.db
            .write(move |tx| Ok(tx.execute(REMOVE, &params)? > 0))
            .await
    }

    /// All keys, by name.
    pub async fn keys(&self) -> Result<Vec<ApiKey>, StoreError> {
        self.db
            .read(move |tx| tx.query(LIST, &[])?.iter().map(api_key).collect())
            .await
    }

    /// The key with this SHA-256.
    pub async fn key(&self, hash: &str) -> Result<Option<ApiKey>, StoreError> {
        let params = [Value::from(hash)];
        self.db
            .read_few(move |tx| {
                tx.query_first(FIND, &params)?
                    .as_ref()
                    .map(api_key)
                    .transpose()
            })
            .await
    }
}

fn api_key(row: &Row) -> Result<ApiKey, StoreError> {
    let count = row.opt_int(1)?.and_then(|count| u32::try_from(count).ok());
    Ok(ApiKey {
        name: row.text(0)?.to_owned(),
        per_minute: count.and_then(NonZeroU32::new),
        created_ms: row.int(2)?,
        role: row.word(3)?,
    })
}
