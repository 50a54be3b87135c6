-- What the chat on a storefront brings along: pictures, and keys of front ends that speak for shoppers.
-- The text is read by SQLite and PostgreSQL alike.

-- Pictures that shoppers sent. The id is unguessable: whoever has it may see the picture.
CREATE TABLE attachments (
    id           TEXT   NOT NULL PRIMARY KEY,
    conversation BIGINT NOT NULL REFERENCES conversations (no),
    created_ms   BIGINT NOT NULL,
    -- Its media type, found by content.
    type         TEXT   NOT NULL,
    bytes        BIGINT NOT NULL,
    body         BYTEA  NOT NULL
);
CREATE INDEX attachments_of_conversation ON attachments (conversation);

-- Keys of the headless API. Of the key itself, its SHA-256.
CREATE TABLE api_keys (
    name       TEXT   NOT NULL PRIMARY KEY,
    hash       TEXT   NOT NULL UNIQUE,
    -- Turns a minute; NULL is as many as it likes.
    per_minute BIGINT,
    created_ms BIGINT NOT NULL
);
