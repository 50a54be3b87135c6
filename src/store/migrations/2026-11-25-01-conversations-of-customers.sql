-- A customer's conversations, newest first: what a person is shown beside a new one.
CREATE INDEX conversations_of_customer ON conversations (customer, created_ms) WHERE customer IS NOT NULL;
