//! Returns.

use super::{Store, StoreError};
use crate::domain::returns::Return;
use crate::domain::ids::OrderNumber;

impl Store {
    pub async fn returns_of(&self, order: &OrderNumber) -> Result<Vec<Return>, StoreError> { let _ = order; todo!() }
}
