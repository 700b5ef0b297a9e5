-- +goose Up
-- What reaches every device of an authority marks the authority, not each of its targets: 28,000 rows with five index entries
-- each were what a click waited for. A target is planned if it was planned from its own newest facts (gen) and from a version of
-- what is shared that is not older than the mark.
ALTER TABLE authority ADD COLUMN marked_version BIGINT NOT NULL DEFAULT 0;    -- a shared_version
ALTER TABLE authority ADD COLUMN marked_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE target ADD COLUMN planned_version BIGINT NOT NULL DEFAULT 0;      -- the shared_version it was last planned from
UPDATE target SET planned_version = 9223372036854775807
    WHERE EXISTS (SELECT 1 FROM enrollment e WHERE e.id = target.enrollment_id AND e.state = 'checked_out');
CREATE INDEX target_behind ON target(authority_id, planned_version);

-- +goose Down
-- Forward only: a world is restored from a backup, never rolled back.
SELECT 1;
