-- +goose Up
-- Rosters that are fetched from a server, and the set of files for Apple School Manager.

ALTER TABLE roster_source ADD COLUMN server TEXT NOT NULL DEFAULT ''; -- school.RosterServer as JSON; empty: its files are brought
ALTER TABLE roster_source ADD COLUMN server_secret_sealed BYTEA;

-- roster_fetch: how asking the server of a source goes. State, no fact.
CREATE TABLE roster_fetch (
    source_id    TEXT PRIMARY KEY REFERENCES roster_source(id),
    authority_id TEXT NOT NULL REFERENCES authority(id),
    etag         TEXT NOT NULL DEFAULT '',    -- of the last answer
    hash         TEXT NOT NULL DEFAULT '',    -- of the last roster
    run_id       TEXT NOT NULL DEFAULT '',    -- what came of it
    due_at       BIGINT,                      -- it is asked then; NULL: when somebody says so
    good_at      BIGINT,
    failed_at    BIGINT,
    failures     BIGINT NOT NULL DEFAULT 0,   -- one after the other
    code         TEXT NOT NULL DEFAULT ''     -- why it last failed
);
CREATE INDEX roster_fetch_due ON roster_fetch(due_at) WHERE due_at IS NOT NULL;

-- asm_set: the last set of files an authority made for Apple School Manager. A class that is missing from the next one is
-- lost there with the work in it. State, no fact.
CREATE TABLE asm_set (
    authority_id TEXT PRIMARY KEY REFERENCES authority(id),
    at           BIGINT NOT NULL,
    people       BIGINT NOT NULL,
    classes      TEXT NOT NULL                -- ids at Apple and the names of classes and courses, JSON
);

-- +goose Down
-- Forward only: a world is restored from a backup, never rolled back.
SELECT 1;
