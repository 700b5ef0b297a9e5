-- +goose Up
-- The school year: rolling over from one to the next. State, no fact: the facts are what the change sets of its schools
-- wrote, each undone for itself.

CREATE TABLE rollover (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    year_id      TEXT NOT NULL REFERENCES school_year(id), -- the year that is rolled into
    runs_at      BIGINT NOT NULL,              -- schools that signed are carried out from this moment on
    created_at   BIGINT NOT NULL
);
CREATE UNIQUE INDEX rollover_year ON rollover(authority_id, year_id);

-- rollover_school: one school of it. A school without a row is open.
CREATE TABLE rollover_school (
    rollover_id  TEXT NOT NULL REFERENCES rollover(id),
    school_id    TEXT NOT NULL REFERENCES school(id),
    authority_id TEXT NOT NULL REFERENCES authority(id),
    state        TEXT NOT NULL CHECK (state IN ('open', 'checked', 'signed', 'done')),
    choices      TEXT NOT NULL DEFAULT '{}',   -- school.RolloverChoices as JSON: ids and names of classes
    counts       TEXT NOT NULL DEFAULT '{}',   -- school.RolloverCounts as JSON, of when it was last checked, signed or carried out
    hash         TEXT NOT NULL DEFAULT '',     -- of the plan that was signed
    signed_by    TEXT NOT NULL DEFAULT '',     -- id of who signed
    signed_at    BIGINT,
    moved        BOOLEAN NOT NULL DEFAULT FALSE, -- the plan came to something else after it was signed: it must be signed anew
    done_at      BIGINT,
    done_seq     BIGINT,                       -- seq of the change set it was carried out in
    PRIMARY KEY (rollover_id, school_id)
);
CREATE INDEX rollover_school_signed ON rollover_school(authority_id) WHERE state = 'signed';

-- +goose Down
-- Forward only.
SELECT 1;
