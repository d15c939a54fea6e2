-- Guests who have not come for very long are forgotten. Whoever is known now was here today.
ALTER TABLE guest ADD COLUMN seen_at INTEGER;
UPDATE guest SET seen_at = CAST(strftime('%s', 'now') AS INTEGER) * 1000;
CREATE INDEX guest_by_seen ON guest (seen_at);
