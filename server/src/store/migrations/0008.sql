-- Guests whom their site's back end has vouched for, and when a guest answered what is asked before the chat.
ALTER TABLE guest ADD COLUMN is_identified INTEGER NOT NULL DEFAULT 0;
ALTER TABLE guest ADD COLUMN asked_at INTEGER;
-- Where they can be reached, until staff have been told.
ALTER TABLE guest ADD COLUMN untold_email TEXT;

-- Signed identities are taken once. What is kept is the token's own id, until it has expired anyway.
CREATE TABLE used_identity (
    site_id TEXT NOT NULL,
    token_id TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (site_id, token_id)
) STRICT, WITHOUT ROWID;
