//! Who buys, how they pay, and where it is sent.

use serde::{Deserialize, Serialize};

use super::ids::{CustomerId, PaymentMethodId};
use super::money::Money;
use super::order::PaymentMethod;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    pub id: CustomerId,
    /// Lower case; unique in the shop.
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    pub created_ms: i64,
    pub address: Option<Address>,
    /// Ways to pay that the customer has put down, gift cards left out: those are the shop's own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub payment_methods: Vec<SavedMethod>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedMethod {
    pub id: PaymentMethodId,
    pub method: PaymentMethod,
}

/// Money that the shop holds for a customer: a gift card, or store credit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GiftCard {
    pub id: PaymentMethodId,
    /// `None` when it was bought and not yet used by anybody who is known.
    pub customer: Option<CustomerId>,
    pub balance: Money,
    /// Is it store credit rather than a card with a code?
    pub credit: bool,
}

impl GiftCard {
    pub fn method(&self) -> PaymentMethod {
        if self.credit {
            PaymentMethod::StoreCredit
        } else {
            PaymentMethod::GiftCard {
                id: self.id.to_string(),
            }
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    pub name: String,
    pub street: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extra: Option<String>,
    pub postcode: String,
    pub city: String,
    /// State, province or county, where addresses of the country name one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// ISO 3166-1 alpha-2.
    pub country: String,
}
