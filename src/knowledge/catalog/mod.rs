//! The products as they are searched: an index over the shop's catalogue that follows its changes.
//!
//! The database counts changes of the catalogue; every search compares that count with its
//! index's. When it has moved, one task builds a new index while searches wait for it a moment and
//! otherwise go on with the one they have. What they show is read from the database, so an older
//! index can miss a product that is new, and never show one that is gone or at an old price.

use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::domain::ids::ProductId;
use crate::domain::limits::{CATALOG_BATCH_ROWS, CATALOG_WAIT_MAX};
use crate::store::{Store, StoreError};
use snapshot::{Builder, Snapshot};
use wishes::Wishes;

mod choose;
pub mod find;
mod lexicon;
pub mod names;
pub mod snapshot;
mod spelling;
pub mod text;
pub mod traits;
mod vocabulary;
pub mod wishes;

/// The index. Made once per process.
pub struct Catalog {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    current: RwLock<Option<Arc<Snapshot>>>,
    /// Whoever holds it builds; the others wait or go on with what there is.
    building: Mutex<()>,
}

impl Catalog {
    pub fn new(store: Store) -> Self {
        Self {
            inner: Arc::new(Inner {
                store,
                current: RwLock::new(None),
                building: Mutex::new(()),
            }),
        }
    }

    pub fn store(&self) -> &Store {
        &self.inner.store
    }

    /// The newest index that can be had without waiting for long; the first one is waited for.
    pub async fn snapshot(&self) -> Result<Arc<Snapshot>, StoreError> {
        let version = self.store().catalog_version().await?;
        let known = self.inner.current();
        if let Some(known) = known.clone().filter(|known| known.version == version) {
            return Ok(known);
        }
        // A task of its own: a caller that goes away leaves no half-built index behind.
        let inner = Arc::clone(&self.inner);
        let build = tokio::spawn(async move { inner.catch_up().await });
        let built = match known {
            None => build.await,
            Some(known) => match timeout(CATALOG_WAIT_MAX, build).await {
                Ok(built) => built,
                Err(_) => return Ok(known),
            },
        };
        built.unwrap_or_else(|error| {
            let words = format!("the product index was not built: {error}");
            Err(crate::store::db::DbError(words).into())
        })
    }

    /// Builds the index of the newest version, however long it takes: ahead of the first question.
    pub async fn catch_up(&self) -> Result<(), StoreError> {
        self.inner.catch_up().await.map(|_| ())
    }

    /// Products that meet the wishes, as they are now.
    pub async fn find(
        &self,
        snapshot: &Snapshot,
        wishes: &Wishes,
        limit: usize,
    ) -> Result<find::Answer, StoreError> {
        find::find(self.store(), snapshot, wishes, limit).await
    }

    /// The product that a name, an id or a sku stands for.
    pub async fn named(&self, name: &str) -> Result<names::Named, StoreError> {
        let sku = crate::domain::ids::Sku::new(name.trim());
        if let Some(product) = self.store().product_of_sku(&sku).await? {
            return Ok(names::Named::One(product.id));
        }
        let snapshot = self.snapshot().await?;
        Ok(names::named(&snapshot, name))
    }
}

impl Inner {
    fn current(&self) -> Option<Arc<Snapshot>> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        current.clone()
    }

    /// Builds the index of the newest version, unless somebody has done so meanwhile.
    async fn catch_up(&self) -> Result<Arc<Snapshot>, StoreError> {
        let _building = self.building.lock().await;
        // Read before the products: one that changes meanwhile moves the version past this one.
        let version = self.store.catalog_version().await?;
        if let Some(known) = self.current().filter(|known| known.version == version) {
            return Ok(known);
        }
        let mut builder = Builder::default();
        let mut after: Option<ProductId> = None;
        loop {
            let page = self
                .store
                .products(after.as_ref(), CATALOG_BATCH_ROWS)
                .await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id.clone());
            builder = in_the_background(move || {
                page.iter().for_each(|product| builder.add(product));
                builder
            })
            .await?;
        }
        let built = Arc::new(in_the_background(move || builder.finish(version)).await?);
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        *current = Some(Arc::clone(&built));
        Ok(built)
    }
}

/// Work that would keep other turns from running.
async fn in_the_background<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| {
        let words = format!("the product index was not built: {error}");
        crate::store::db::DbError(words).into()
    })
}
