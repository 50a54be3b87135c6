-- What language models have used up, by day where the shop is and by model.
-- The text is read by SQLite and PostgreSQL alike.

-- The sum over all processes. The built-in model is not in it.
CREATE TABLE model_usage (
    -- As 2026-11-26.
    day           TEXT   NOT NULL,
    model         TEXT   NOT NULL,
    calls         BIGINT NOT NULL,
    failed        BIGINT NOT NULL,
    input_tokens  BIGINT NOT NULL,
    -- The part of the input that the endpoint had in its cache.
    cached_tokens BIGINT NOT NULL,
    output_tokens BIGINT NOT NULL,
    -- Millionths of the main unit of the shop's currency.
    micros        BIGINT NOT NULL,
    PRIMARY KEY (day, model)
);
