-- +goose Up
-- passkey: a key by which an account with a password signs in instead (WebAuthn), or answers after it. The secret half never
-- leaves its owner's device. State, no fact: nothing of it can be undone.
CREATE TABLE passkey (
    id           TEXT PRIMARY KEY,
    authority_id TEXT REFERENCES authority(id), -- NULL: an operator of the installation
    account_id   TEXT NOT NULL REFERENCES account(id),
    credential   BYTEA NOT NULL,              -- what the key calls itself
    public_key   BYTEA NOT NULL,              -- as COSE
    name         TEXT NOT NULL,               -- its owner's word for it
    transports   TEXT NOT NULL DEFAULT '',    -- how browsers reach it, blank separated
    sign_count   BIGINT NOT NULL,             -- how often it signed, by its own count; 0: it does not count
    eligible     BOOLEAN NOT NULL,            -- it may be on several devices of its owner
    backed_up    BOOLEAN NOT NULL,            -- and is
    created_at   BIGINT NOT NULL,
    used_at      BIGINT,
    suspect_at   BIGINT                       -- its count went back: there is a copy of it, and it opens nothing any more
);
CREATE UNIQUE INDEX passkey_credential ON passkey(credential);
CREATE INDEX passkey_account ON passkey(account_id, created_at);
CREATE INDEX passkey_authority ON passkey(authority_id);

-- passkey_challenge: what is asked of a key, of one browser and for one purpose, answered once.
CREATE TABLE passkey_challenge (
    hash         TEXT NOT NULL,               -- hex SHA-256 of the cookie it is bound to
    purpose      TEXT NOT NULL CHECK (purpose IN ('add', 'prove', 'sign_in', 'second')),
    account_id   TEXT REFERENCES account(id), -- NULL: whoever has a key
    challenge    TEXT NOT NULL,
    ends_at      BIGINT NOT NULL,
    PRIMARY KEY (hash, purpose)
);
CREATE INDEX passkey_challenge_account ON passkey_challenge(account_id) WHERE account_id IS NOT NULL;
CREATE INDEX passkey_challenge_end ON passkey_challenge(ends_at);

-- What a session was opened with, and when its owner last proved to be there.
ALTER TABLE session ADD COLUMN passkey_id TEXT REFERENCES passkey(id) ON DELETE SET NULL;
ALTER TABLE session ADD COLUMN proven_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX session_passkey ON session(passkey_id) WHERE passkey_id IS NOT NULL;

-- +goose Down
-- Forward only: a world is restored from a backup, never rolled back.
SELECT 1;
