//! Delivers the outbox. A row is marked after its mail is on disk: killed in between, the row comes
//! due again and the same file is written under the same key.

use std::sync::Arc;

use tracing::{info, warn};

use crate::clock::Clock;
use crate::domain::letter::Letter;
use crate::domain::limits::DELIVER_BATCH_MAX;
use crate::mail::MailError;
use crate::mail::files::MailFiles;
use crate::mail::letters::{Letters, Sender};
use crate::shop::ShopProfile;
use crate::store::Store;
use crate::store::outbox::{OutboxRow, TO_NOBODY};

/// The job. Cloned freely.
#[derive(Clone)]
pub struct Deliver {
    store: Store,
    clock: Clock,
    files: MailFiles,
    letters: Arc<Letters>,
    /// This process: rows that it claims are its own for a while.
    holder: String,
}

impl Deliver {
    pub fn new(
        store: Store,
        clock: Clock,
        files: MailFiles,
        shop: &ShopProfile,
        holder: String,
    ) -> Self {
        let sender = Sender {
            name: shop.name.clone(),
            email: shop.email.clone(),
            return_address: shop.return_address.clone(),
        };
        Self {
            store,
            clock,
            files,
            letters: Arc::new(Letters::new(sender)),
            holder,
        }
    }

    /// One look: delivers what is due until nothing is. A row that fails is put off, and the others
    /// go on.
    pub async fn look(&self) -> anyhow::Result<()> {
        loop {
            let now_ms = self.clock.now_ms();
            let rows = self
                .store
                .claim_outbox(&self.holder, now_ms, DELIVER_BATCH_MAX)
                .await?;
            let last = rows.len() < DELIVER_BATCH_MAX;
            for row in rows {
                self.deliver_and_mark(&row).await?;
            }
            if last {
                return Ok(());
            }
        }
    }

    async fn deliver_and_mark(&self, row: &OutboxRow) -> anyhow::Result<()> {
        let delivered = self.deliver(row).await;
        let now_ms = self.clock.now_ms();
        match delivered {
            Ok(()) => {
                info!(key = %row.key, kind = %row.kind, "delivered");
                self.store.outbox_done(&row.key, now_ms).await?;
            }
            Err(error) => {
                warn!(key = %row.key, kind = %row.kind, attempts = row.attempts, %error, "not delivered");
                self.store
                    .outbox_failed(&row.key, &error.to_string(), now_ms)
                    .await?;
            }
        }
        Ok(())
    }

    /// Delivers one claimed row without marking it.
    pub async fn deliver(&self, row: &OutboxRow) -> Result<(), MailError> {
        if row.kind == TO_NOBODY {
            return Ok(());
        }
        if row.kind != "mail" {
            let words = format!("nothing delivers rows of kind \"{}\"", row.kind);
            return Err(MailError::Refused(words));
        }
        let letter: Letter = serde_json::from_str(&row.body).map_err(|error| {
            MailError::Refused(format!("its row is malformed: {:?}", error.classify()))
        })?;
        let mail = self
            .letters
            .compose(&row.key, &letter, self.clock.now_ms())?;
        self.files.send(&row.key, &mail).await?;
        Ok(())
    }
}
