-- Proving who one is: where a conversation was begun, what of it is hidden, tries, one-time codes.
-- The text is read by SQLite and PostgreSQL alike.

-- Newest event that belongs to a shopper who has gone.
ALTER TABLE conversations ADD COLUMN hidden_through BIGINT NOT NULL DEFAULT 0;
-- A keyed hash of the network address that began it; NULL where there was no network.
ALTER TABLE conversations ADD COLUMN origin TEXT;

-- One row for each thing that counts, per subject: `key` is a keyed hash of what is counted for
-- (a conversation, an address, an e-mail, an order) behind a word that says what. Kept an hour.
CREATE TABLE proof_counts (
    key   TEXT   NOT NULL,
    no    BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (key, no)
);
CREATE INDEX proof_counts_at ON proof_counts (at_ms);

-- The newest code of a conversation. Of the code and of the e-mail address it is for, keyed hashes.
CREATE TABLE codes (
    conversation BIGINT NOT NULL PRIMARY KEY REFERENCES conversations (no),
    hash         TEXT   NOT NULL,
    email        TEXT   NOT NULL,
    -- Whom it proves; NULL when no customer has the address, and then nothing does.
    customer     TEXT,
    -- Wrong codes that were typed.
    tries        BIGINT NOT NULL,
    sent_ms      BIGINT NOT NULL
);
CREATE INDEX codes_sent ON codes (sent_ms);
