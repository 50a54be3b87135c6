//! The products as they are searched: an index over the shop's catalogue that follows its changes.

use crate::store::Store;

/// The index. Made once per process.
pub struct Catalog {
    store: Store,
}

impl Catalog {
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    pub fn store(&self) -> &Store {
        &self.store
    }
}
