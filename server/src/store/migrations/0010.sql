-- A browser's key to its guest ends when it was not used for so long as the site remembers guests. Whoever has one now has it from
-- today on.
ALTER TABLE guest ADD COLUMN key_used_at INTEGER;
UPDATE guest SET key_used_at = CAST(strftime('%s', 'now') AS INTEGER) * 1000 WHERE key_hash IS NOT NULL;
