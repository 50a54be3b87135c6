//! Customers.

use super::{Store, StoreError};
use crate::domain::customer::Customer;
use crate::domain::ids::CustomerId;

impl Store {
    pub async fn customer(&self, id: &CustomerId) -> Result<Option<Customer>, StoreError> { let _ = id; todo!() }
}
