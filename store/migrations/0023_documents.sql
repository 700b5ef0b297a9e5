-- +goose Up
-- document_text: what a kind of document says, in an authority's own words. A draft is worked on; released, it never changes
-- again: a document that was signed says for good what it said.
CREATE TABLE document_text (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    kind         TEXT NOT NULL,               -- school.DocumentKind
    number       BIGINT NOT NULL DEFAULT 0,   -- version; 0: a draft
    body         TEXT NOT NULL,
    hash         TEXT NOT NULL,               -- SHA-256 of kind and body
    created_by   TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    changed_at   BIGINT NOT NULL,
    released_at  BIGINT,
    CHECK ((number = 0) = (released_at IS NULL))
);
CREATE UNIQUE INDEX document_text_version ON document_text(authority_id, kind, number);

-- +goose Down
-- Forward only: a world is restored from a backup, never rolled back.
SELECT 1;
