-- +goose Up
-- A change set keeps how many facts it changed when the images for undo are forgotten, and says whether they are still there, so
-- that the nightly search for old ones reads only those.
ALTER TABLE change_set ADD COLUMN images BIGINT;                       -- NULL: written before, or by the release before; they are counted
ALTER TABLE change_set ADD COLUMN kept BOOLEAN NOT NULL DEFAULT TRUE;  -- the images may be there
CREATE INDEX change_set_kept ON change_set(authority_id, at) WHERE kept;

-- People are listed by name: a page of fifty is read from the index, not sorted out of all.
CREATE INDEX person_sort ON person(authority_id, name_sort, id);

-- Who had a device: its page asks each time, and what was given back stays for months.
CREATE INDEX holding_device ON holding(device_id);

-- +goose Down
-- Forward only: a world is restored from a backup, never rolled back.
SELECT 1;
