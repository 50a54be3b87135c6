//! Customers.

use super::db::{Row, Tx, Value};
use super::doc::{from_doc, to_doc};
use super::{Store, StoreError};
use crate::domain::customer::Customer;
use crate::domain::ids::CustomerId;

const BY_ID: &str = "SELECT doc FROM customers WHERE id = $1";
const ANY: &str = "SELECT doc FROM customers ORDER BY id LIMIT 1";
const BY_EMAIL: &str = "SELECT doc FROM customers WHERE email = $1";
const PAGE: &str = "SELECT doc FROM customers WHERE id > $1 ORDER BY id LIMIT $2";
const PUT: &str = "INSERT INTO customers (id, email, created_ms, doc) VALUES ($1, $2, $3, $4)
     ON CONFLICT (id) DO UPDATE SET email = excluded.email, created_ms = excluded.created_ms, doc = excluded.doc";

/// A customer to add or replace.
#[derive(Clone, Debug)]
pub struct NewCustomer {
    pub customer: Customer,
    /// The e-mail says who it is; the id is for a new one only.
    pub known_by_email: bool,
}

impl Store {
    pub async fn customer(&self, id: &CustomerId) -> Result<Option<Customer>, StoreError> {
        let id = id.to_string();
        self.db.read_few(move |tx| by_id(tx, &id)).await
    }

    /// However the address is written: case and spaces around it do not matter.
    pub async fn customer_by_email(&self, email: &str) -> Result<Option<Customer>, StoreError> {
        let email = email.trim().to_lowercase();
        self.db.read_few(move |tx| by_email(tx, &email)).await
    }

    /// Customers by id, those after `after`, at most `limit`: walk them page by page.
    pub async fn customers(
        &self,
        after: Option<&CustomerId>,
        limit: usize,
    ) -> Result<Vec<Customer>, StoreError> {
        let after = after.map(ToString::to_string).unwrap_or_default();
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.db
            .read(move |tx| {
                let rows = tx.query(PAGE, &[Value::Text(after), Value::Int(limit)])?;
                rows.iter().map(|row| from_doc(row, 0)).collect()
            })
            .await
    }

    /// Adds or replaces customers in one transaction. One whose e-mail is another customer's is
    /// left out; the answer says for each what was wrong.
    pub async fn put_customers(
        &self,
        customers: Vec<NewCustomer>,
    ) -> Result<Vec<Option<String>>, StoreError> {
        self.db
            .write(move |tx| customers.into_iter().map(|new| put_new(tx, new)).collect())
            .await
    }
}

fn put_new(tx: &mut Tx<'_>, new: NewCustomer) -> Result<Option<String>, StoreError> {
    let mut customer = new.customer;
    match by_email(tx, &customer.email)? {
        Some(known) if new.known_by_email => customer.id = known.id,
        Some(known) if known.id != customer.id => {
            return Ok(Some(format!(
                "e-mail \"{}\" belongs to customer \"{}\"",
                customer.email, known.id
            )));
        }
        _ => {}
    }
    if let Some(known) = by_id(tx, customer.id.as_str())? {
        customer.payment_methods = known.payment_methods;
    }
    put_customer(tx, &customer).map(|()| None)
}

pub(in crate::store) fn by_id(tx: &mut Tx<'_>, id: &str) -> Result<Option<Customer>, StoreError> {
    first(&tx.query(BY_ID, &[Value::Text(id.to_owned())])?)
}

pub(in crate::store) fn by_email(
    tx: &mut Tx<'_>,
    email: &str,
) -> Result<Option<Customer>, StoreError> {
    first(&tx.query(BY_EMAIL, &[Value::Text(email.to_owned())])?)
}

/// Some customer, if there is one.
pub(in crate::store) fn any(tx: &mut Tx<'_>) -> Result<Option<Customer>, StoreError> {
    first(&tx.query(ANY, &[])?)
}

pub(in crate::store) fn put_customer(
    tx: &mut Tx<'_>,
    customer: &Customer,
) -> Result<(), StoreError> {
    put_as(tx, customer, &customer.email)
}

fn put_as(tx: &mut Tx<'_>, customer: &Customer, email: &str) -> Result<(), StoreError> {
    tx.execute(
        PUT,
        &[
            Value::Text(customer.id.to_string()),
            Value::Text(email.to_owned()),
            Value::Int(customer.created_ms),
            Value::Text(to_doc(customer)?),
        ],
    )?;
    Ok(())
}

/// A customer whom nobody finds by e-mail: it is kept for letters and proofs of the order, and
/// belongs to whoever has proved it.
pub(in crate::store) fn put_guest(tx: &mut Tx<'_>, customer: &Customer) -> Result<(), StoreError> {
    put_as(tx, customer, &format!("guest {}", customer.id))
}

fn first(rows: &[Row]) -> Result<Option<Customer>, StoreError> {
    rows.first().map(|row| from_doc(row, 0)).transpose()
}
