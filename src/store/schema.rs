//! The schema: dated files, applied in order, each once, never changed afterwards. A change that
//! running processes of the version before could not bear comes in two: expand, then contract.

use rusqlite::Connection;

use super::db::DbError;

/// Name and text of each migration, oldest first.
const MIGRATIONS: &[(&str, &str)] = &[
    (
        "2026-11-21-01-conversations",
        include_str!("migrations/2026-11-21-01-conversations.sql"),
    ),
    (
        "2026-11-21-02-shop",
        include_str!("migrations/2026-11-21-02-shop.sql"),
    ),
    (
        "2026-11-25-01-conversations-of-customers",
        include_str!("migrations/2026-11-25-01-conversations-of-customers.sql"),
    ),
    (
        "2026-11-25-02-offers",
        include_str!("migrations/2026-11-25-02-offers.sql"),
    ),
    (
        "2026-11-25-03-proofs",
        include_str!("migrations/2026-11-25-03-proofs.sql"),
    ),
    (
        "2026-11-25-04-storefront-chat",
        include_str!("migrations/2026-11-25-04-storefront-chat.sql"),
    ),
    (
        "2026-11-25-05-checkouts",
        include_str!("migrations/2026-11-25-05-checkouts.sql"),
    ),
    (
        "2026-11-26-01-order-actions",
        include_str!("migrations/2026-11-26-01-order-actions.sql"),
    ),
    (
        "2026-11-26-02-approvals",
        include_str!("migrations/2026-11-26-02-approvals.sql"),
    ),
    (
        "2026-11-26-03-model-usage",
        include_str!("migrations/2026-11-26-03-model-usage.sql"),
    ),
];

/// Brings the schema up to date. Several processes may do so at once: each migration is checked and
/// applied under the write lock. Names that this program does not know are of a newer one; by the
/// rule above they do no harm.
pub(super) fn migrate(connection: &Connection) -> Result<(), DbError> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let result = apply_missing(connection);
    connection.execute_batch(if result.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
    result
}

fn apply_missing(connection: &Connection) -> Result<(), DbError> {
    connection.execute_batch("CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY)")?;
    for (name, text) in MIGRATIONS {
        let known = connection
            .prepare("SELECT 1 FROM migrations WHERE name = ?1")?
            .exists([name])?;
        if !known {
            connection
                .execute_batch(text)
                .map_err(|error| DbError(format!("migration {name}: {error}")))?;
            connection.execute("INSERT INTO migrations (name) VALUES (?1)", [name])?;
        }
    }
    Ok(())
}
