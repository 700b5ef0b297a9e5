-- +goose Up
-- A group may have a rule instead of a list: what an iPad has to be to belong to it. school.Rule as JSON; empty: people are
-- its members.
ALTER TABLE school_group ADD COLUMN rule TEXT NOT NULL DEFAULT '';

-- group_device: which devices belong to the groups by rule. Derived from facts and from what devices report, as their
-- placement is; kept so that marks, lists and counts find them by an index.
CREATE TABLE group_device (
    group_id     TEXT NOT NULL REFERENCES school_group(id) ON DELETE CASCADE, -- only the undo of its creation removes a group
    device_id    TEXT NOT NULL REFERENCES device(id) ON DELETE CASCADE,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    since_at     BIGINT NOT NULL,
    PRIMARY KEY (group_id, device_id)
);
CREATE INDEX group_device_device ON group_device(device_id);

-- An iPad of the authority that a teacher may use for what is private, too: less of it may be known than of a pupil's.
-- Beside device.ownership, because the release before knows no third word there.
ALTER TABLE device ADD COLUMN staff BOOLEAN NOT NULL DEFAULT FALSE;

-- +goose Down
-- Forward only: a world is restored from a backup, never rolled back.
SELECT 1;
