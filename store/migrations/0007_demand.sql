-- +goose Up
-- allocation: an authority's rule of who is to have an iPad, line by line.
CREATE TABLE allocation (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    n            BIGINT NOT NULL,
    school_type  TEXT NOT NULL DEFAULT '',
    from_grade   BIGINT NOT NULL DEFAULT 0,   -- both 0: every grade
    until_grade  BIGINT NOT NULL DEFAULT 0,
    teachers     BOOLEAN NOT NULL DEFAULT FALSE,
    per          BIGINT NOT NULL,             -- children to one iPad; 0: none
    reserve      BIGINT NOT NULL DEFAULT 0    -- percent on top
);
CREATE INDEX allocation_authority ON allocation(authority_id, n);

-- +goose Down
-- Forward only: a world is restored from a backup, never rolled back.
SELECT 1;
