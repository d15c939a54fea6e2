-- Outgoing webhooks, API keys, and answers that are given again. Nothing has used these tables so far.

DROP TABLE webhook_out;
DROP TABLE api_key;
DROP TABLE idempotency;

-- Since when an endpoint is configured: what was said before is no news for it.
CREATE TABLE webhook_endpoint (
    site_id TEXT NOT NULL,
    name TEXT NOT NULL,
    since INTEGER NOT NULL,
    PRIMARY KEY (site_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE webhook_out (
    -- The order of writing, and so of delivery.
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    -- What the receiver knows the event by; made of what it tells of, so that nothing is told twice.
    id TEXT NOT NULL,
    site_id TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    kind TEXT NOT NULL,
    -- Whom it is about: erased with them.
    guest_id TEXT REFERENCES guest (id) ON DELETE CASCADE,
    conversation_id TEXT REFERENCES conversation (id) ON DELETE CASCADE,
    body_sealed BLOB NOT NULL,
    -- `waiting`, `delivered` or `given_up`.
    state TEXT NOT NULL,
    attempt INTEGER NOT NULL DEFAULT 0,
    -- How often the receiver refused this one event, and until when it therefore waits.
    refusals INTEGER NOT NULL DEFAULT 0,
    next_at INTEGER NOT NULL,
    last_answer TEXT,
    last_at INTEGER,
    created_at INTEGER NOT NULL,
    -- When it began to wait, for the first time or again.
    waiting_since INTEGER NOT NULL,
    settled_at INTEGER,
    UNIQUE (site_id, endpoint, id)
) STRICT;
CREATE INDEX webhook_out_waiting ON webhook_out (site_id, endpoint, seq) WHERE state = 'waiting';
CREATE INDEX webhook_out_by_guest ON webhook_out (guest_id);
CREATE INDEX webhook_out_by_conversation ON webhook_out (conversation_id);

CREATE TABLE api_key (
    -- SHA-256 of the key.
    key_hash BLOB PRIMARY KEY,
    site_id TEXT NOT NULL,
    name TEXT NOT NULL,
    -- Words, parted by spaces.
    scopes TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    -- Written at most every 5 minutes.
    last_used_at INTEGER,
    UNIQUE (site_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE idempotency (
    site_id TEXT NOT NULL,
    key TEXT NOT NULL,
    request_hash BLOB NOT NULL,
    -- What the meeting is known by: written before the broker is asked, so that asking again leads into the same one.
    subject TEXT NOT NULL,
    answer_sealed BLOB,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (site_id, key)
) STRICT, WITHOUT ROWID;
