-- +goose Up
-- Of some papers a contract has several, each about one thing: an addendum, a damage.
ALTER TABLE document ADD COLUMN subject TEXT NOT NULL DEFAULT '';
DROP INDEX document_now;
CREATE UNIQUE INDEX document_now ON document(contract_id, kind, subject) WHERE replaced_at IS NULL;

-- print_run: contracts of a school, or of some of its classes, made and laid out for printing, class by class. State, no fact:
-- the papers are facts of their own, and a file is written of them anew whenever somebody takes it.
CREATE TABLE print_run (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    school_id    TEXT NOT NULL REFERENCES school(id) ON DELETE CASCADE, -- only the undo of its founding removes a school
    whole        BOOLEAN NOT NULL,            -- also what did not change since it was made
    ordered_by   TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    ended_at     BIGINT
);
CREATE UNIQUE INDEX print_run_open ON print_run(school_id) WHERE ended_at IS NULL;
CREATE INDEX print_run_authority ON print_run(authority_id, created_at);
CREATE INDEX print_run_school ON print_run(school_id, created_at);
CREATE INDEX print_run_age ON print_run(created_at);

-- print_file: a class of a run, or those of a school who are in none.
CREATE TABLE print_file (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    run_id       TEXT NOT NULL REFERENCES print_run(id) ON DELETE CASCADE,
    n            BIGINT NOT NULL,
    class_id     TEXT REFERENCES class(id) ON DELETE CASCADE,
    state        TEXT NOT NULL CHECK (state IN ('waiting', 'done', 'failed', 'stopped')),
    contracts    BIGINT NOT NULL,             -- when it was ordered
    made         BIGINT NOT NULL DEFAULT 0,
    same         BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX print_file_n ON print_file(run_id, n);
CREATE INDEX print_file_waiting ON print_file(run_id, n) WHERE state = 'waiting';
CREATE INDEX print_file_class ON print_file(class_id) WHERE class_id IS NOT NULL;

-- print_paper: what lies in a file.
CREATE TABLE print_paper (
    authority_id TEXT NOT NULL REFERENCES authority(id),
    file_id      TEXT NOT NULL REFERENCES print_file(id) ON DELETE CASCADE,
    document_id  TEXT NOT NULL REFERENCES document(id) ON DELETE CASCADE,
    PRIMARY KEY (file_id, document_id)
);
CREATE INDEX print_paper_document ON print_paper(document_id);

-- +goose Down
-- Forward only: a world is restored from a backup, never rolled back.
SELECT 1;
