-- +goose Up
-- An authority that leaves: asked by one person, agreed to by another, carried out after a time in which each can stop it.

-- tenant_end: state, no fact; it ends with the authority.
CREATE TABLE tenant_end (
    authority_id TEXT PRIMARY KEY REFERENCES authority(id),
    asked_at     BIGINT NOT NULL,
    asked_by     TEXT NOT NULL,               -- account
    asked_name   TEXT NOT NULL,
    agreed_at    BIGINT,
    agreed_by    TEXT,                        -- account, another one
    agreed_name  TEXT NOT NULL DEFAULT '',
    due_at       BIGINT                       -- NULL: nobody else agreed yet
);
CREATE INDEX tenant_end_due ON tenant_end(due_at) WHERE due_at IS NOT NULL;

-- tenant_gone: that an authority was deleted, without its name. It belongs to the installation and is deleted again by it
-- after a restore, like a person.
CREATE TABLE tenant_gone (
    id           TEXT PRIMARY KEY,            -- of the authority
    at           BIGINT NOT NULL,
    row_count    BIGINT NOT NULL,             -- that were deleted
    proof        TEXT NOT NULL,               -- made with the key the authority had
    filed        BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE INDEX tenant_gone_unfiled ON tenant_gone(at) WHERE NOT filed;

-- +goose Down
-- Forward only: a world is restored from a backup, never rolled back.
SELECT 1;
