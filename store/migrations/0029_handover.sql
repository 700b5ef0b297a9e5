-- +goose Up
-- What of a hand-over to somebody of the staff no device reports: when somebody said so.
ALTER TABLE person ADD COLUMN briefed_at BIGINT;      -- knows the rules
ALTER TABLE person ADD COLUMN mail_seen_at BIGINT;    -- mail works on the device
ALTER TABLE person ADD COLUMN app_seen_at BIGINT;     -- signed in to the app

-- +goose Down
-- Forward only: a world is restored from a backup, never rolled back.
SELECT 1;
