-- Sites are configuration, not rows: every table names its site. Instants are milliseconds since 1970.
-- Text that comes from Webex is never written here: Webex is the archive.

-- Which Webex this data belongs to; one row. Rooms and people of another one mean nothing there.
CREATE TABLE webex (
    name TEXT NOT NULL
) STRICT;

CREATE TABLE guest (
    id TEXT PRIMARY KEY,
    site_id TEXT NOT NULL,
    -- SHA-256 of the guest cookie; empty once the guest has left.
    key_hash BLOB UNIQUE,
    -- Who this is to Webex; see guest_identity::subject.
    subject TEXT NOT NULL UNIQUE,
    display_name TEXT NOT NULL,
    email TEXT,
    person_id TEXT,
    token_sealed BLOB,
    token_expires_at INTEGER,
    consent_version TEXT,
    consent_at INTEGER,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX guest_by_person ON guest (person_id);

CREATE TABLE session (
    id_hash BLOB PRIMARY KEY,
    site_id TEXT NOT NULL,
    guest_id TEXT NOT NULL REFERENCES guest (id) ON DELETE CASCADE,
    -- How the browser holds it: `strict` (same-site cookie); framed pages add more.
    cookie_mode TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    -- Written at most every 5 minutes.
    last_seen_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_by_guest ON session (guest_id);

CREATE TABLE conversation (
    id TEXT PRIMARY KEY,
    site_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    -- The 6 characters that end the room's title; how an unclear creation is found again.
    code TEXT NOT NULL,
    webex_room_id TEXT UNIQUE,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE conversation_guest (
    conversation_id TEXT NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
    guest_id TEXT NOT NULL REFERENCES guest (id) ON DELETE CASCADE,
    site_id TEXT NOT NULL,
    read_upto_at INTEGER,
    PRIMARY KEY (conversation_id, guest_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX conversation_by_guest ON conversation_guest (guest_id);

CREATE TABLE outbox (
    -- The order of acceptance, and so of sending within a lane.
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    site_id TEXT NOT NULL,
    guest_id TEXT NOT NULL REFERENCES guest (id) ON DELETE CASCADE,
    conversation_id TEXT NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
    client_message_id TEXT NOT NULL,
    -- `message`: by the guest; `left`: the notice that the guest has left.
    kind TEXT NOT NULL,
    -- Wiped once sent.
    body TEXT,
    body_hash BLOB NOT NULL,
    state TEXT NOT NULL,
    attempt INTEGER NOT NULL DEFAULT 0,
    queued_at INTEGER NOT NULL,
    in_flight_at INTEGER,
    unclear_since INTEGER,
    upstream_id TEXT,
    -- Why it failed: a Problem as JSON.
    problem TEXT,
    UNIQUE (guest_id, client_message_id)
) STRICT;
CREATE INDEX outbox_unsettled ON outbox (conversation_id, guest_id, seq) WHERE state <> 'sent';

CREATE TABLE ledger (
    upstream_id TEXT PRIMARY KEY,
    site_id TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    guest_id TEXT NOT NULL,
    client_message_id TEXT NOT NULL,
    known_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE visit (
    id TEXT PRIMARY KEY,
    site_id TEXT NOT NULL,
    guest_id TEXT NOT NULL REFERENCES guest (id) ON DELETE CASCADE,
    conversation_id TEXT REFERENCES conversation (id) ON DELETE SET NULL,
    -- The broker's `sub`: asking again with it gives the same meeting.
    subject TEXT NOT NULL UNIQUE,
    topic TEXT,
    state TEXT NOT NULL,
    host_link_sealed BLOB,
    guest_link_sealed BLOB,
    requested_at INTEGER NOT NULL,
    state_at INTEGER NOT NULL,
    expires_at INTEGER
) STRICT;

CREATE TABLE claim (
    token_hash BLOB PRIMARY KEY,
    site_id TEXT NOT NULL,
    visit_id TEXT NOT NULL REFERENCES visit (id) ON DELETE CASCADE,
    staff_email TEXT NOT NULL,
    claimed_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE credential (
    name TEXT PRIMARY KEY,
    -- SHA-256 of the configured value this began with: a changed configuration begins anew.
    configured_hash BLOB NOT NULL,
    refresh_sealed BLOB,
    access_sealed BLOB,
    access_expires_at INTEGER,
    refreshed_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE webhook_in (
    dedup_key TEXT PRIMARY KEY,
    site_id TEXT,
    received_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE webhook_out (
    id TEXT PRIMARY KEY,
    site_id TEXT NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL,
    attempt INTEGER NOT NULL DEFAULT 0,
    next_at INTEGER,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE api_key (
    key_hash BLOB PRIMARY KEY,
    site_id TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE idempotency (
    site_id TEXT NOT NULL,
    key TEXT NOT NULL,
    request_hash BLOB NOT NULL,
    answer TEXT,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (site_id, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    site_id TEXT,
    at INTEGER NOT NULL,
    what TEXT NOT NULL,
    about TEXT NOT NULL
) STRICT;
