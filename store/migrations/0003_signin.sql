-- +goose Up
-- Signing in: identity providers, second factors, and what a session remembers of the way it came.

-- start: the word by which people find the sign-in page of their authority (/sign-in/WORD).
ALTER TABLE authority ADD COLUMN start TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX authority_start ON authority(start) WHERE start <> '';

-- provider: an OpenID provider of an authority or of one of its schools. Two authorities may name the same issuer: what
-- it says counts for each apart.
CREATE TABLE provider (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    school_id    TEXT REFERENCES school(id),
    name         TEXT NOT NULL,
    name_sort    TEXT NOT NULL,
    issuer       TEXT NOT NULL,
    client_id    TEXT NOT NULL,
    client_secret_sealed BYTEA,               -- NULL: a client without a secret, by PKCE alone
    scopes       TEXT NOT NULL DEFAULT '',
    rules        TEXT NOT NULL DEFAULT '[]',  -- []school.ClaimRule as JSON
    enabled      BOOLEAN NOT NULL DEFAULT TRUE,
    created_at   BIGINT NOT NULL
);
CREATE INDEX provider_authority ON provider(authority_id, name_sort);
CREATE UNIQUE INDEX provider_client ON provider(authority_id, issuer, client_id);

-- provider_state: what was last seen of a provider. State, no fact. claims_sealed are the groups and roles of the last
-- token, without its person.
CREATE TABLE provider_state (
    provider_id  TEXT PRIMARY KEY REFERENCES provider(id) ON DELETE CASCADE,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    claims_sealed BYTEA,
    claims_at    BIGINT,
    good_at      BIGINT,                      -- it last did what it should
    failed_at    BIGINT,
    code         TEXT NOT NULL DEFAULT ''     -- why it last did not
);

-- An account that comes by a provider has no password. issuer and subject are its key, never a name or an address; they
-- stay when the provider is removed, so that the person is known again.
ALTER TABLE account ADD COLUMN issuer TEXT NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN subject TEXT NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN provider_id TEXT REFERENCES provider(id);
CREATE UNIQUE INDEX account_subject ON account(authority_id, issuer, subject) WHERE issuer <> '';

-- A role that a provider's claims gave ends when they say so no more. NULL: a person gave it.
ALTER TABLE role_grant ADD COLUMN provider_id TEXT REFERENCES provider(id);

ALTER TABLE session ADD COLUMN provider_id TEXT REFERENCES provider(id);
ALTER TABLE session ADD COLUMN sid TEXT NOT NULL DEFAULT '';    -- digest of the issuer's own name of the session
ALTER TABLE session ADD COLUMN id_token_sealed BYTEA;           -- to sign out there too
CREATE INDEX session_sid ON session(provider_id, sid) WHERE provider_id IS NOT NULL;

-- second_factor: one-time codes of an account with a password. State, no fact: nothing of it can be undone.
CREATE TABLE second_factor (
    account_id   TEXT PRIMARY KEY REFERENCES account(id),
    authority_id TEXT REFERENCES authority(id), -- NULL: an operator of the installation
    secret_sealed BYTEA,                      -- NULL: not confirmed yet
    next_sealed  BYTEA,                       -- a new secret, until a code confirms it
    recovery_sealed BYTEA,                    -- digests of the recovery codes not used yet, as JSON
    last_step    BIGINT NOT NULL DEFAULT 0,   -- the period of the last code that was taken: none is taken twice
    since_at     BIGINT
);

-- sign_in_step: somebody whose password was right and who still owes the second factor. No session.
CREATE TABLE sign_in_step (
    hash         TEXT PRIMARY KEY,            -- hex SHA-256 of the cookie
    account_id   TEXT NOT NULL REFERENCES account(id),
    sets_up      BOOLEAN NOT NULL,            -- the account has none yet and needs one
    ends_at      BIGINT NOT NULL
);
CREATE INDEX sign_in_step_account ON sign_in_step(account_id);
CREATE INDEX sign_in_step_end ON sign_in_step(ends_at);

-- spent: what is taken once and never again, for as long as it could come back: answers of providers, logout tokens.
CREATE TABLE spent (
    kind         TEXT NOT NULL,
    hash         TEXT NOT NULL,
    ends_at      BIGINT NOT NULL,
    PRIMARY KEY (kind, hash)
);
CREATE INDEX spent_end ON spent(ends_at);

-- +goose Down
-- Forward only: a world is restored from a backup, never rolled back.
SELECT 1;
