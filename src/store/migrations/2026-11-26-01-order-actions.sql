-- Order actions: what each did under its key, the money it moved, gift cards, after-sales, and
-- prices of single variants. The text is read by SQLite and PostgreSQL alike.

ALTER TABLE variants ADD COLUMN price_minor BIGINT;
ALTER TABLE variants ADD COLUMN price_currency TEXT;

-- Gift cards and store credit.
CREATE TABLE gift_cards (
    id            TEXT   NOT NULL PRIMARY KEY,
    customer      TEXT,
    balance_minor BIGINT NOT NULL,
    currency      TEXT   NOT NULL,
    -- 1 for store credit.
    credit        BIGINT NOT NULL
);
CREATE INDEX gift_cards_of_customer ON gift_cards (customer) WHERE customer IS NOT NULL;

-- One row for each effect: the same key again does nothing and reads this.
CREATE TABLE effects (
    key          TEXT   NOT NULL PRIMARY KEY,
    tool         TEXT   NOT NULL,
    order_number TEXT,
    customer     TEXT   NOT NULL,
    at_ms        BIGINT NOT NULL,
    -- The receipt, as JSON.
    doc          TEXT   NOT NULL
);
CREATE INDEX effects_of_order ON effects (order_number, at_ms) WHERE order_number IS NOT NULL;

-- What moved, one row an amount: limits are counted over these.
CREATE TABLE money_moves (
    key          TEXT   NOT NULL,
    no           BIGINT NOT NULL,
    what         TEXT   NOT NULL,
    why          TEXT   NOT NULL,
    order_number TEXT,
    customer     TEXT   NOT NULL,
    -- A hash of the address that the order went to.
    address      TEXT,
    minor        BIGINT NOT NULL,
    currency     TEXT   NOT NULL,
    at_ms        BIGINT NOT NULL,
    PRIMARY KEY (key, no)
);
CREATE INDEX money_moves_of_customer ON money_moves (customer, at_ms);
CREATE INDEX money_moves_of_order ON money_moves (order_number) WHERE order_number IS NOT NULL;
CREATE INDEX money_moves_at ON money_moves (at_ms);
CREATE INDEX money_moves_at_address ON money_moves (address, at_ms) WHERE address IS NOT NULL;

-- Exchanges, replacements and claims.
CREATE TABLE aftersales (
    number       TEXT   NOT NULL PRIMARY KEY,
    order_number TEXT   NOT NULL,
    kind         TEXT   NOT NULL,
    created_ms   BIGINT NOT NULL,
    -- Unguessable part of the slip's link.
    slip_token   TEXT UNIQUE,
    doc          TEXT   NOT NULL
);
CREATE INDEX aftersales_of_order ON aftersales (order_number, created_ms);
