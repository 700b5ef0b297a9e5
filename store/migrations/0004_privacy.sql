-- +goose Up
-- What an authority owes the people it keeps data of: who looked, what was erased, how long things are kept.

-- left_at: the first night after which somebody was archived; the clock of retention counts from it. Derived every night, no fact.
ALTER TABLE person ADD COLUMN left_at BIGINT;

-- The chain of audit begins behind this entry; what came before was older than the authority keeps its log.
ALTER TABLE authority ADD COLUMN audit_cut_seq BIGINT NOT NULL DEFAULT 0;
ALTER TABLE authority ADD COLUMN audit_cut_hash TEXT NOT NULL DEFAULT '';

-- person_view: who looked at whose page on which day, so that the log says it once. State, no fact.
CREATE TABLE person_view (
    authority_id TEXT NOT NULL REFERENCES authority(id),
    actor_id     TEXT NOT NULL,
    person_id    TEXT NOT NULL REFERENCES person(id),
    day          TEXT NOT NULL,               -- of the school's calendar, 2026-11-22
    PRIMARY KEY (authority_id, actor_id, person_id, day)
);
CREATE INDEX person_view_person ON person_view(person_id);
CREATE INDEX person_view_day ON person_view(authority_id, day);

-- deletion: the journal of what was erased, by id and without names, so that it can be erased again after a restore. It
-- outlives the row it speaks of and is never changed but for filed.
CREATE TABLE deletion (
    authority_id TEXT NOT NULL REFERENCES authority(id),
    table_name   TEXT NOT NULL,
    row_id       TEXT NOT NULL,
    at           BIGINT NOT NULL,
    why          TEXT NOT NULL,               -- request: Art. 17; left: the clock of retention
    filed        BOOLEAN NOT NULL DEFAULT FALSE, -- stands in the file beside the backups, too
    PRIMARY KEY (authority_id, table_name, row_id)
);
CREATE INDEX deletion_unfiled ON deletion(at) WHERE NOT filed;

CREATE INDEX change_set_age ON change_set(authority_id, at);
CREATE INDEX person_left ON person(authority_id, left_at) WHERE left_at IS NOT NULL;
CREATE INDEX holding_until ON holding(authority_id, until_at) WHERE until_at IS NOT NULL;
CREATE INDEX device_order_finished ON device_order(authority_id, finished_at) WHERE finished_at IS NOT NULL;

-- +goose Down
-- Forward only: a world is restored from a backup, never rolled back.
SELECT 1;
