//! Who buys, and where it is sent.

use serde::{Deserialize, Serialize};

use super::ids::CustomerId;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    pub id: CustomerId,
    /// Lower case; unique in the shop.
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    pub created_ms: i64,
    pub address: Option<Address>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    pub name: String,
    pub street: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extra: Option<String>,
    pub postcode: String,
    pub city: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
}
