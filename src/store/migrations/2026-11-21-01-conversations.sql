-- Conversations: heads, logs, payloads, and what is written in one transaction with them.
-- The text is read by SQLite and PostgreSQL alike.

-- One row per conversation: the fold of its log, and its lease. `no` stands for the id in the
-- other tables, because a small number in every row and index is most of what a short log costs.
CREATE TABLE conversations (
    no               BIGINT NOT NULL PRIMARY KEY,
    id               TEXT   NOT NULL UNIQUE,
    token_hash       TEXT   NOT NULL,
    created_ms       BIGINT NOT NULL,
    channel          TEXT   NOT NULL,
    status           TEXT   NOT NULL,
    assignee         TEXT,
    customer         TEXT,
    episode          BIGINT NOT NULL,
    last_seq         BIGINT NOT NULL,
    last_input_seq   BIGINT NOT NULL,
    answered_through BIGINT NOT NULL,
    effects_running  BIGINT NOT NULL,
    -- Since when there is something to do; NULL when there is nothing.
    work_since_ms    BIGINT,
    -- Grows with every lease and with everything that takes the conversation from a run.
    fence            BIGINT NOT NULL,
    lease_holder     TEXT,
    lease_until_ms   BIGINT
);
-- The few that have work, oldest first: what a restart looks for.
CREATE INDEX conversations_work ON conversations (work_since_ms) WHERE work_since_ms IS NOT NULL;

-- The log. `data` is the event without its type, its private part and the client's id.
CREATE TABLE events (
    conversation BIGINT NOT NULL REFERENCES conversations (no),
    seq          BIGINT NOT NULL,
    type         TEXT   NOT NULL,
    version      BIGINT NOT NULL,
    at_ms        BIGINT NOT NULL,
    data         TEXT   NOT NULL,
    -- The client's own id of a shopper's message.
    client_id    TEXT,
    PRIMARY KEY (conversation, seq)
);
-- The same client id twice is one message.
CREATE UNIQUE INDEX events_client_id ON events (conversation, client_id)
    WHERE client_id IS NOT NULL;

-- Private parts of events, compressed: deleted when a conversation is erased.
CREATE TABLE payloads (
    conversation BIGINT NOT NULL REFERENCES conversations (no),
    seq          BIGINT NOT NULL,
    body         BYTEA  NOT NULL,
    PRIMARY KEY (conversation, seq)
);

-- What must leave. `due_ms` moves forward with a claim, so an abandoned claim comes due again.
CREATE TABLE outbox (
    key          TEXT   NOT NULL PRIMARY KEY,
    conversation BIGINT NOT NULL REFERENCES conversations (no),
    kind         TEXT   NOT NULL,
    body         TEXT   NOT NULL,
    state        TEXT   NOT NULL,
    attempts     BIGINT NOT NULL,
    due_ms       BIGINT NOT NULL,
    claimed_by   TEXT,
    error        TEXT,
    ended_ms     BIGINT
);
CREATE INDEX outbox_due ON outbox (due_ms) WHERE state = 'waiting';
CREATE INDEX outbox_stuck ON outbox (ended_ms) WHERE state = 'given_up';
CREATE INDEX outbox_conversation ON outbox (conversation);

-- Writes and money, each recorded under its key before it is tried.
CREATE TABLE ledger (
    key            TEXT   NOT NULL PRIMARY KEY,
    conversation   BIGINT NOT NULL REFERENCES conversations (no),
    tool           TEXT   NOT NULL,
    arguments_hash TEXT   NOT NULL,
    amount_minor   BIGINT,
    currency       TEXT,
    state          TEXT   NOT NULL,
    started_ms     BIGINT NOT NULL,
    finished_ms    BIGINT
);
CREATE INDEX ledger_conversation ON ledger (conversation);

-- Hand-off bundles, whole, as JSON.
CREATE TABLE bundles (
    id           TEXT   NOT NULL PRIMARY KEY,
    conversation BIGINT NOT NULL REFERENCES conversations (no),
    created_ms   BIGINT NOT NULL,
    body         TEXT   NOT NULL
);
CREATE INDEX bundles_conversation ON bundles (conversation);

-- Settings that the program keeps for itself.
CREATE TABLE meta (
    key   TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);
