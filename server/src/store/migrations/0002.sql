-- Files, edits and deletions, conversations heard with a guest's own token, and meetings.

-- Whose token hears the room: `service` (the service app is in it) or `guest` (a guest's own).
ALTER TABLE conversation ADD COLUMN heard_by TEXT NOT NULL DEFAULT 'service';

-- Rows of one lane go out in order, lanes do not wait for one another: empty for what the guest says,
-- `bell` for what staff are told of their visits.
ALTER TABLE outbox ADD COLUMN lane TEXT NOT NULL DEFAULT '';
-- The message an edit or a deletion concerns; the address a message to staff goes to.
ALTER TABLE outbox ADD COLUMN target TEXT;
-- The file that goes along, as JSON: its name in the spool, and what the guest called it.
ALTER TABLE outbox ADD COLUMN file TEXT;

ALTER TABLE visit ADD COLUMN staff_name TEXT;
ALTER TABLE visit ADD COLUMN claimed_at INTEGER;
CREATE INDEX visit_by_guest ON visit (guest_id);
CREATE INDEX visit_open ON visit (state) WHERE state IN ('requested', 'ringing', 'claimed', 'joined');

ALTER TABLE claim ADD COLUMN staff_name TEXT;
CREATE INDEX claim_by_visit ON claim (visit_id);
