-- Meetings to the end: several hosts, escalation, meetings that were agreed on, new links for those who come late.

-- Both columns of sealed links hold a JSON list since here; a single link is a list of one.
ALTER TABLE visit ADD COLUMN starts_at INTEGER;
-- How long a meeting that was agreed on is meant to last.
ALTER TABLE visit ADD COLUMN minutes INTEGER;
-- Who is asked, as a JSON list, where that is not what the configuration says.
ALTER TABLE visit ADD COLUMN asked TEXT;
ALTER TABLE visit ADD COLUMN escalated_at INTEGER;
-- Who took it: one person may have several claims.
ALTER TABLE visit ADD COLUMN staff_email TEXT;
CREATE INDEX visit_by_claimed ON visit (claimed_at) WHERE claimed_at IS NOT NULL;

-- Which of the hosts' links is theirs.
ALTER TABLE claim ADD COLUMN host_number INTEGER;
UPDATE claim SET host_number = 0 WHERE claimed_at IS NOT NULL;
UPDATE visit SET staff_email = (SELECT staff_email FROM claim WHERE claim.visit_id = visit.id AND claim.claimed_at IS NOT NULL);
-- The message in the outbox that carries its link.
ALTER TABLE claim ADD COLUMN bell_id TEXT;

-- The guest's own way to a meeting that was agreed on.
CREATE TABLE invitation (
    token_hash BLOB PRIMARY KEY,
    site_id TEXT NOT NULL,
    visit_id TEXT NOT NULL REFERENCES visit (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX invitation_by_visit ON invitation (visit_id);

DROP INDEX visit_open;
CREATE INDEX visit_open ON visit (state) WHERE state IN ('requested', 'scheduled', 'ringing', 'claimed', 'joined');
