//! Orders.

use super::{Store, StoreError};
use crate::domain::order::Order;
use crate::domain::ids::OrderNumber;

impl Store {
    pub async fn order(&self, number: &OrderNumber) -> Result<Option<Order>, StoreError> { let _ = number; todo!() }
}
