//! API keys: who sends one, and that it is for what is asked.

use super::Site;
use super::client::Client;
use super::error::Problem;
use crate::channels::chat::ChatError;
use crate::domain::ids::sha256_hex;
use crate::store::keys::{ApiKey, KeyRole};

/// Whose key it is, when it opens this. A key of another role opens nothing here, and is no guess.
pub async fn holder(site: &Site, client: &Client, role: KeyRole) -> Result<ApiKey, Problem> {
    let found = match client.bearer() {
        Some(key) => site.chat.store().key(&sha256_hex(key)).await,
        None => Ok(None),
    };
    match found.map_err(ChatError::from)? {
        Some(key) if key.role == role => {
            site.rates.turn(&key.name, key.per_minute)?;
            Ok(key)
        }
        Some(_) => Err(Problem::key_role(role)),
        None => {
            site.rates.wrong_key(&client.origin(site))?;
            Err(Problem::key())
        }
    }
}
