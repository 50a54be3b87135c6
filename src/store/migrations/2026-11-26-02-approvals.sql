-- Calls that wait for an agent, and keys that open them.
-- The text is read by SQLite and PostgreSQL alike.

-- One row per parked proposal: what of the logs an agent has to find. The call itself is in the log.
CREATE TABLE approvals (
    proposal     TEXT   NOT NULL PRIMARY KEY,
    conversation BIGINT NOT NULL REFERENCES conversations (no),
    tool         TEXT   NOT NULL,
    order_number TEXT,
    amount_minor BIGINT,
    currency     TEXT,
    -- waiting, approved, declined, void
    state        TEXT   NOT NULL,
    -- The hand-off's bundle that it travels in.
    bundle       TEXT,
    created_ms   BIGINT NOT NULL,
    -- Where in the log it was made, and decided.
    made_seq     BIGINT NOT NULL,
    decided_seq  BIGINT,
    decided_ms   BIGINT,
    decided_by   TEXT
);
CREATE INDEX approvals_waiting ON approvals (created_ms, proposal) WHERE state = 'waiting';
CREATE INDEX approvals_conversation ON approvals (conversation);

-- What a key is for: 'turns' speaks for shoppers, 'approvals' for agents, and neither for the other.
ALTER TABLE api_keys ADD COLUMN role TEXT NOT NULL DEFAULT 'turns';
