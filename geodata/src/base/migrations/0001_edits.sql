-- The address base: people, edits, their journal. Times are milliseconds since 1970 UTC, JSON is text, hashes are hex.

-- The number of the last change of anything. Every write locks this row first, so numbers have no gaps and are in the
-- order of commits.
CREATE TABLE feed (
    only_row BIGINT PRIMARY KEY CHECK (only_row = 1),
    last BIGINT NOT NULL
);
INSERT INTO feed (only_row, last) VALUES (1, 0);

CREATE TABLE tokens (
    id BIGINT PRIMARY KEY,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    lookup TEXT NOT NULL,
    sha256 TEXT NOT NULL UNIQUE,
    created_ms BIGINT NOT NULL,
    expires_ms BIGINT,
    revoked_ms BIGINT
);
CREATE INDEX tokens_by_lookup ON tokens (lookup);

-- What was said, never changed.
CREATE TABLE edits (
    id BIGINT PRIMARY KEY,
    operation TEXT NOT NULL,
    target TEXT,
    before_json TEXT NOT NULL,
    after_json TEXT NOT NULL,
    comment TEXT NOT NULL,
    evidence TEXT NOT NULL,
    author BIGINT NOT NULL REFERENCES tokens (id),
    client_key TEXT,
    snapshot TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    UNIQUE (author, client_key)
);
CREATE INDEX edits_by_target ON edits (target, id);

-- What became of it: the last line of its journal, for queries.
CREATE TABLE edit_states (
    edit BIGINT PRIMARY KEY REFERENCES edits (id),
    state TEXT NOT NULL,
    changed BIGINT NOT NULL,
    in_force BIGINT
);
CREATE INDEX edit_states_by_state ON edit_states (state, edit);
CREATE INDEX edit_states_in_force ON edit_states (in_force);

-- Every change of state of anything. The number is that of the feed.
CREATE TABLE journal (
    number BIGINT PRIMARY KEY,
    subject TEXT NOT NULL,
    subject_id BIGINT NOT NULL,
    from_state TEXT,
    to_state TEXT NOT NULL,
    who BIGINT REFERENCES tokens (id),
    at_ms BIGINT NOT NULL,
    why TEXT NOT NULL,
    detail TEXT
);
CREATE INDEX journal_by_subject ON journal (subject, subject_id, number);
CREATE INDEX journal_by_number ON journal (subject, number);

-- What a request that bore an idempotency key was answered.
CREATE TABLE answers (
    person BIGINT NOT NULL,
    client_key TEXT NOT NULL,
    request TEXT NOT NULL,
    status BIGINT NOT NULL,
    body TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (person, client_key)
);
