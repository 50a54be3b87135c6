//! One line of `customers.jsonl`, and addresses.

use serde::Deserialize;

use super::Settings;
use super::fields;
use crate::domain::customer::{Address, Customer};
use crate::domain::ids::{CustomerId, sha256_hex};
use crate::store::customers::NewCustomer;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomerRow {
    #[serde(default)]
    id: Option<String>,
    email: String,
    #[serde(default)]
    first_name: String,
    #[serde(default)]
    last_name: String,
    #[serde(default)]
    created: Option<String>,
    #[serde(default)]
    address: Option<AddressRow>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddressRow {
    #[serde(default)]
    name: String,
    street: String,
    #[serde(default)]
    extra: Option<String>,
    #[serde(default)]
    postcode: String,
    city: String,
    country: String,
}

impl CustomerRow {
    pub fn customer(self, settings: &Settings) -> Result<NewCustomer, String> {
        let email = fields::email(&self.email, "email")?;
        let id = match &self.id {
            Some(id) => CustomerId::new(fields::required(id, "id", 100)?),
            None => id_of(&email),
        };
        let created = self.created.as_deref();
        let known_by_email = self.id.is_none();
        let customer = Customer {
            payment_methods: Vec::new(),
            id,
            first_name: fields::line(&self.first_name, "first_name", 200)?,
            last_name: fields::line(&self.last_name, "last_name", 200)?,
            created_ms: created.map_or(Ok(settings.now_ms), |at| {
                fields::instant(at, "created", &settings.zone)
            })?,
            address: self.address.map(AddressRow::address).transpose()?,
            email,
        };
        Ok(NewCustomer {
            customer,
            known_by_email,
        })
    }
}

/// A customer of whom only the e-mail is known.
pub fn by_email_alone(email: String, created_ms: i64) -> Customer {
    Customer {
        payment_methods: Vec::new(),
        id: id_of(&email),
        email,
        first_name: String::new(),
        last_name: String::new(),
        created_ms,
        address: None,
    }
}

/// The same e-mail gives the same id, so that importing again finds the customer.
fn id_of(email: &str) -> CustomerId {
    CustomerId::new(format!("c_{}", &sha256_hex(email)[..24]))
}

impl AddressRow {
    pub fn address(self) -> Result<Address, String> {
        let country = fields::required(&self.country, "address.country", 2)?;
        if country.len() != 2 || !country.bytes().all(|b| b.is_ascii_uppercase()) {
            return Err(format!(
                "address.country: \"{country}\" is not a code of two letters like \"IE\""
            ));
        }
        Ok(Address {
            region: None,
            name: fields::line(&self.name, "address.name", 200)?,
            street: fields::required(&self.street, "address.street", 300)?,
            extra: self
                .extra
                .map(|extra| fields::line(&extra, "address.extra", 300))
                .transpose()?,
            postcode: fields::line(&self.postcode, "address.postcode", 20)?,
            city: fields::required(&self.city, "address.city", 200)?,
            country,
        })
    }
}
