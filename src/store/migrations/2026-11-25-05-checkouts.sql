-- Checkouts that led to an order: the same one again leads to the same order.

CREATE TABLE checkouts (
    idempotency_key TEXT PRIMARY KEY,
    order_number    TEXT NOT NULL UNIQUE,
    -- What was checked out, hashed: a key is not taken for another order.
    content         TEXT NOT NULL,
    placed_ms       BIGINT NOT NULL
);
