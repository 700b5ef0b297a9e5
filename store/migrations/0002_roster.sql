-- +goose Up
-- Rosters: what the programs of schools say of their people, and who of ours is meant. A person may belong to a school
-- without a class there (a teacher at three schools), and what a source said is told apart from what a person entered.

CREATE TABLE roster_source (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    school_id    TEXT REFERENCES school(id),   -- NULL: used by the whole authority
    name         TEXT NOT NULL,
    name_sort    TEXT NOT NULL,
    name_fold    TEXT NOT NULL,
    format       TEXT NOT NULL,                -- "": recognised anew each time
    mapping      TEXT NOT NULL DEFAULT '',     -- how its columns are understood, JSON; empty: as the format says
    archived     BOOLEAN NOT NULL DEFAULT FALSE,
    created_at   BIGINT NOT NULL
);
CREATE INDEX roster_source_authority ON roster_source(authority_id, name_sort);

-- membership anew: exactly one of class, group and school, and the source that said so (NULL: a person did).
CREATE TABLE membership_anew (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    person_id    TEXT NOT NULL REFERENCES person(id),
    class_id     TEXT REFERENCES class(id),
    group_id     TEXT REFERENCES school_group(id),
    school_id    TEXT REFERENCES school(id),   -- belongs to this school beside the one the person is led at
    school_year_id TEXT REFERENCES school_year(id),
    source_id    TEXT REFERENCES roster_source(id),
    teaches      BOOLEAN NOT NULL DEFAULT FALSE,
    from_at      BIGINT NOT NULL,
    until_at     BIGINT,
    CHECK ((CASE WHEN class_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN group_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN school_id IS NULL THEN 0 ELSE 1 END) = 1)
);
INSERT INTO membership_anew (id, authority_id, person_id, class_id, group_id, school_year_id, teaches, from_at, until_at)
    SELECT id, authority_id, person_id, class_id, group_id, school_year_id, teaches, from_at, until_at FROM membership;
DROP TABLE membership;
ALTER TABLE membership_anew RENAME TO membership;
CREATE INDEX membership_person ON membership(person_id);
CREATE INDEX membership_class ON membership(class_id);
CREATE INDEX membership_group ON membership(group_id);
CREATE INDEX membership_school ON membership(school_id) WHERE school_id IS NOT NULL;

ALTER TABLE person ADD COLUMN adult_from BIGINT;          -- signs alone from this day; NULL: not known. No birth date is kept

-- person_key: under which id a source knows a person. Ids count within a space: a school, for files each school makes for
-- itself, or nothing, for a source that speaks of many schools. Whom a source names without an id has "-" and our own.
CREATE TABLE person_key (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    source_id    TEXT NOT NULL REFERENCES roster_source(id),
    space        TEXT NOT NULL,
    key          TEXT NOT NULL,
    person_id    TEXT NOT NULL REFERENCES person(id)
);
CREATE UNIQUE INDEX person_key_one ON person_key(source_id, space, key);
CREATE INDEX person_key_person ON person_key(person_id);

CREATE TABLE class_key (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    source_id    TEXT NOT NULL REFERENCES roster_source(id),
    school_id    TEXT NOT NULL REFERENCES school(id),
    key          TEXT NOT NULL,
    class_id     TEXT NOT NULL REFERENCES class(id)
);
CREATE UNIQUE INDEX class_key_one ON class_key(source_id, school_id, key);

-- roster_answer: what a person said when a roster could not be understood by rule. It is asked once.
CREATE TABLE roster_answer (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    source_id    TEXT NOT NULL REFERENCES roster_source(id),
    school_id    TEXT REFERENCES school(id),   -- where it was asked
    kind         TEXT NOT NULL,
    subject_sealed BYTEA NOT NULL,             -- what it was asked about: names
    choice       TEXT NOT NULL,
    person_id    TEXT REFERENCES person(id),
    class_id     TEXT REFERENCES class(id),
    chosen_school_id TEXT REFERENCES school(id),
    run_id       TEXT NOT NULL DEFAULT '',     -- an answer for one run only
    created_at   BIGINT NOT NULL
);
CREATE INDEX roster_answer_source ON roster_answer(source_id);
CREATE INDEX roster_answer_person ON roster_answer(person_id) WHERE person_id IS NOT NULL;

-- roster_run: one file on its way, and its report. State, no fact: the facts are what its schools' change sets wrote.
CREATE TABLE roster_run (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    source_id    TEXT NOT NULL REFERENCES roster_source(id),
    school_id    TEXT,                         -- the school the file was given to; NULL: it names its schools itself
    actor_id     TEXT NOT NULL,
    actor_name   TEXT NOT NULL,
    file         TEXT NOT NULL DEFAULT '',
    hash         TEXT NOT NULL,                -- of the file
    state        TEXT NOT NULL CHECK (state IN ('read', 'planned', 'dropped')),
    upload_sealed BYTEA,                       -- the file, for 14 days
    body_sealed  BYTEA,                        -- what was read of it, for 14 days
    words        TEXT NOT NULL DEFAULT '{}',   -- what the reader said: counts by code, for the report
    created_at   BIGINT NOT NULL
);
CREATE INDEX roster_run_authority ON roster_run(authority_id, created_at);
CREATE INDEX roster_run_age ON roster_run(created_at);

-- roster_part: one school of a run.
CREATE TABLE roster_part (
    run_id       TEXT NOT NULL REFERENCES roster_run(id),
    n            BIGINT NOT NULL,              -- its place in the run: they are taken over in this order
    authority_id TEXT NOT NULL REFERENCES authority(id),
    source_id    TEXT NOT NULL,
    school_id    TEXT NOT NULL,                -- empty: nobody said yet which school is meant
    state        TEXT NOT NULL CHECK (state IN ('planned', 'confirmed', 'applied')),
    hash         TEXT NOT NULL,
    people       BIGINT NOT NULL DEFAULT 0,    -- in the file
    changes      BIGINT NOT NULL DEFAULT 0,
    open         BIGINT NOT NULL DEFAULT 0,    -- questions without an answer
    counts       TEXT NOT NULL DEFAULT '{}',   -- changes by kind, for the report
    plan_sealed  BYTEA,                        -- names, for 14 days
    confirmed_by TEXT NOT NULL DEFAULT '',
    moved        BOOLEAN NOT NULL DEFAULT FALSE, -- facts moved after it was confirmed: it wants to be looked at again
    applied_at   BIGINT,
    applied_seq  BIGINT,                       -- seq of the change set it was carried out in
    PRIMARY KEY (run_id, n)
);
CREATE INDEX roster_part_school ON roster_part(source_id, school_id, applied_at);
CREATE INDEX roster_part_confirmed ON roster_part(authority_id) WHERE state = 'confirmed';
CREATE INDEX roster_part_open ON roster_part(authority_id) WHERE open > 0;

-- +goose Down
-- Forward only.
SELECT 1;
