-- +goose Up
-- document_body: the text a document was made of, by its hash. It outlives the version it came from.
CREATE TABLE document_body (
    authority_id TEXT NOT NULL REFERENCES authority(id),
    hash         TEXT NOT NULL,
    body         TEXT NOT NULL,
    PRIMARY KEY (authority_id, hash)
);

-- document: a paper of a contract. Text and facts make the file, again and again the same; of one that was signed the file
-- itself is kept. It goes with the person it names.
CREATE TABLE document (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    school_id    TEXT REFERENCES school(id),
    contract_id  TEXT NOT NULL REFERENCES contract(id),
    person_id    TEXT NOT NULL REFERENCES person(id),
    kind         TEXT NOT NULL,               -- school.DocumentKind
    body_hash    TEXT NOT NULL,
    hash         TEXT NOT NULL,               -- of text and facts: what is the same is not made anew
    facts_sealed BYTEA NOT NULL,
    file_sealed  BYTEA,                       -- once signed
    made_by      TEXT NOT NULL,
    made_at      BIGINT NOT NULL,
    signed_at    BIGINT,
    signed_how   TEXT NOT NULL DEFAULT '',
    replaced_at  BIGINT,                      -- another one took its place
    CHECK ((signed_at IS NULL) = (file_sealed IS NULL))
);
CREATE UNIQUE INDEX document_now ON document(contract_id, kind) WHERE replaced_at IS NULL;
CREATE INDEX document_contract ON document(contract_id, made_at);
CREATE INDEX document_person ON document(person_id);

-- document_link: by which somebody signs who is not here: once, until a day, and only what they were shown.
CREATE TABLE document_link (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    document_id  TEXT NOT NULL REFERENCES document(id) ON DELETE CASCADE,
    secret_hash  TEXT NOT NULL,
    hash         TEXT NOT NULL,               -- of the document that was shown
    created_by   TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    used_at      BIGINT
);
CREATE UNIQUE INDEX document_link_secret ON document_link(secret_hash);
CREATE INDEX document_link_document ON document_link(document_id);

-- +goose Down
-- Forward only: a world is restored from a backup, never rolled back.
SELECT 1;
