-- +goose Up
-- Which school the paper of a contract names instead of the one it is with, because somebody will go there (LEND-04).
ALTER TABLE contract ADD COLUMN named_school_id TEXT REFERENCES school(id);

-- +goose Down
-- Forward only: a world is restored from a backup, never rolled back.
SELECT 1;
