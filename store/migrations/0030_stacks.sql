-- +goose Up
-- stack: paper that came back, as a scanner read it. State, no fact: what was signed is said by the documents. The file is kept
-- until everything in it is where it belongs, and two weeks more.
CREATE TABLE stack (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    school_id    TEXT NOT NULL REFERENCES school(id) ON DELETE CASCADE, -- only the undo of its founding removes a school
    brought_by   TEXT NOT NULL,
    size         BIGINT NOT NULL,
    trouble      TEXT NOT NULL DEFAULT '',    -- code of what was refused
    file_sealed  BYTEA,
    created_at   BIGINT NOT NULL,
    read_at      BIGINT
);
CREATE INDEX stack_school ON stack(school_id, created_at);
CREATE INDEX stack_authority ON stack(authority_id, created_at);
CREATE INDEX stack_unread ON stack(created_at) WHERE read_at IS NULL;
CREATE INDEX stack_file ON stack(created_at) WHERE file_sealed IS NOT NULL;

-- stack_page: a page of a stack. One that is filed lives as long as the paper it belongs to.
CREATE TABLE stack_page (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    stack_id     TEXT NOT NULL REFERENCES stack(id) ON DELETE CASCADE,
    n            BIGINT NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('filed', 'review', 'aside')),
    why          TEXT NOT NULL DEFAULT '',    -- it is looked at by somebody
    code         TEXT NOT NULL DEFAULT '',    -- what its bars say
    document_id  TEXT REFERENCES document(id) ON DELETE CASCADE,
    page         BIGINT NOT NULL DEFAULT 0,   -- of the paper; 0: nobody knows
    picture_sealed BYTEA,
    created_at   BIGINT NOT NULL,
    CHECK ((state = 'filed') = (document_id IS NOT NULL))
);
CREATE UNIQUE INDEX stack_page_n ON stack_page(stack_id, n);
CREATE INDEX stack_page_document ON stack_page(document_id) WHERE document_id IS NOT NULL;

-- +goose Down
-- Forward only: a world is restored from a backup, never rolled back.
SELECT 1;
