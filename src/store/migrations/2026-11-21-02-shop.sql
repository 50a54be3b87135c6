-- The shop: what it sells, who buys, what was bought, what comes back.
-- `doc` is the whole thing as JSON; the columns beside it are what is searched by.

CREATE TABLE products (
    id       TEXT PRIMARY KEY,
    title    TEXT NOT NULL,
    category TEXT NOT NULL,
    -- Everything but the variants: their stock changes far more often.
    doc      TEXT NOT NULL
);

CREATE TABLE variants (
    sku      TEXT PRIMARY KEY,
    product  TEXT NOT NULL,
    -- Order within the product.
    position BIGINT NOT NULL,
    color    TEXT NOT NULL,
    size     TEXT NOT NULL,
    stock    BIGINT NOT NULL
);
CREATE INDEX variants_of_product ON variants (product, position);

CREATE TABLE customers (
    id         TEXT PRIMARY KEY,
    -- Lower case.
    email      TEXT NOT NULL UNIQUE,
    created_ms BIGINT NOT NULL,
    doc        TEXT NOT NULL
);

CREATE TABLE orders (
    number    TEXT PRIMARY KEY,
    customer  TEXT NOT NULL,
    placed_ms BIGINT NOT NULL,
    status    TEXT NOT NULL,
    doc       TEXT NOT NULL
);
CREATE INDEX orders_of_customer ON orders (customer, placed_ms);

CREATE TABLE returns (
    number          TEXT PRIMARY KEY,
    order_number    TEXT NOT NULL,
    -- The confirmed write that made it: the same one again makes nothing.
    idempotency_key TEXT NOT NULL UNIQUE,
    slip_token      TEXT NOT NULL UNIQUE,
    status          TEXT NOT NULL,
    created_ms      BIGINT NOT NULL,
    doc             TEXT NOT NULL
);
CREATE INDEX returns_of_order ON returns (order_number, created_ms);
