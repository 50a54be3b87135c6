-- Codes made for single customers, and how often a conversation tried one that does not work.

CREATE TABLE offer_codes (
    -- As it is compared: without hyphens, in capitals.
    code           TEXT PRIMARY KEY,
    -- As it is shown.
    shown          TEXT NOT NULL,
    offer          TEXT NOT NULL,
    customer       TEXT NOT NULL,
    -- The offer's terms when it was issued, as JSON.
    terms          TEXT NOT NULL,
    issued_ms      BIGINT NOT NULL,
    valid_until_ms BIGINT NOT NULL,
    -- Both or neither.
    redeemed_order TEXT,
    redeemed_ms    BIGINT,
    -- When another one took its place.
    replaced_ms    BIGINT
);
-- One at a time: of two that issue at once, the second finds the first one's.
CREATE UNIQUE INDEX offer_codes_current ON offer_codes (customer, offer) WHERE replaced_ms IS NULL;
CREATE INDEX offer_codes_of_customer ON offer_codes (customer, offer);

CREATE TABLE offer_guesses (
    conversation TEXT PRIMARY KEY,
    misses       BIGINT NOT NULL
);
