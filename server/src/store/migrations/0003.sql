-- Doubt: what Webex may have once, twice, or not at all.

-- What a message said that was tried more than once, as a hash keyed by its own id: kept when its words are wiped, so
-- that a late copy of an earlier try can be told from a message of its own.
ALTER TABLE outbox ADD COLUMN content_mark BLOB;
CREATE INDEX outbox_resent ON outbox (conversation_id, in_flight_at) WHERE content_mark IS NOT NULL;

-- A message of a guest that the portal did not send stands in the ledger with an empty client_message_id.
