-- +goose Up
-- Apps and books: what Apple sells, what is bought, and which device has which licence.

-- content_token: the key to one location of Apple School Manager.
CREATE TABLE content_token (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    school_id    TEXT REFERENCES school(id),   -- whose iPads may use it; NULL: those of every school
    name         TEXT NOT NULL,
    token_sealed BYTEA NOT NULL,
    org_name     TEXT NOT NULL DEFAULT '',
    uid          TEXT NOT NULL,                -- Apple's name of the location
    ends_at      BIGINT NOT NULL,
    silent_days  BIGINT NOT NULL DEFAULT 90,   -- an iPad that is silent for longer gives its licences back
    created_at   BIGINT NOT NULL
);
CREATE UNIQUE INDEX content_token_uid ON content_token(authority_id, uid);

-- content_sync: what Apple said last of a location. State, no fact.
CREATE TABLE content_sync (
    token_id     TEXT PRIMARY KEY REFERENCES content_token(id),
    authority_id TEXT NOT NULL REFERENCES authority(id),
    location     TEXT NOT NULL DEFAULT '',
    country      TEXT NOT NULL DEFAULT '',
    claimed_by   TEXT NOT NULL DEFAULT '',     -- name of another system that uses the location; empty: it is ours
    wanted_at    BIGINT,                       -- a person or a doubt wants it read anew
    synced_at    BIGINT,
    error        TEXT NOT NULL DEFAULT '',
    error_at     BIGINT,
    not_before   BIGINT
);

-- app: what the store says of an app or a book somebody here has bought. State; its assignable side is a profile with form 'app'.
CREATE TABLE app (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    profile_id   TEXT REFERENCES profile(id),  -- NULL: nobody knows yet what devices call it
    adam_id      TEXT NOT NULL,
    product      TEXT NOT NULL CHECK (product IN ('app', 'book')),
    name         TEXT NOT NULL,
    name_sort    TEXT NOT NULL,
    name_fold    TEXT NOT NULL,
    bundle_id    TEXT NOT NULL DEFAULT '',
    seller       TEXT NOT NULL DEFAULT '',
    version      TEXT NOT NULL DEFAULT '',
    minimum_os   TEXT NOT NULL DEFAULT '',
    size         BIGINT NOT NULL DEFAULT 0,    -- bytes
    platforms    TEXT NOT NULL DEFAULT '',     -- comma separated
    for_devices  BOOLEAN NOT NULL DEFAULT FALSE,
    looked_at    BIGINT,                       -- when the store was asked
    created_at   BIGINT NOT NULL
);
CREATE UNIQUE INDEX app_adam ON app(authority_id, adam_id);
CREATE UNIQUE INDEX app_profile ON app(profile_id) WHERE profile_id IS NOT NULL;
CREATE INDEX app_sort ON app(authority_id, name_sort);

-- licence_account: bought = used + free, at any time.
CREATE TABLE licence_account (
    token_id     TEXT NOT NULL REFERENCES content_token(id),
    app_id       TEXT NOT NULL REFERENCES app(id),
    authority_id TEXT NOT NULL REFERENCES authority(id),
    bought       BIGINT NOT NULL DEFAULT 0,
    used         BIGINT NOT NULL DEFAULT 0 CHECK (used >= 0),
    free         BIGINT NOT NULL DEFAULT 0 CHECK (free >= 0),
    PRIMARY KEY (token_id, app_id),
    CHECK (bought = used + free)
);
CREATE INDEX licence_account_app ON licence_account(app_id);

-- licence_entry: every movement, from one side to the other.
CREATE TABLE licence_entry (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    token_id     TEXT NOT NULL,
    app_id       TEXT NOT NULL,
    at           BIGINT NOT NULL,
    from_side    TEXT NOT NULL CHECK (from_side IN ('apple', 'free', 'used')),
    to_side      TEXT NOT NULL CHECK (to_side IN ('apple', 'free', 'used') AND to_side <> from_side),
    amount       BIGINT NOT NULL CHECK (amount > 0),
    cause        TEXT NOT NULL
);
CREATE INDEX licence_entry_app ON licence_entry(app_id, at);

-- licence: a device and an app. State; kept by store/licence.go.
CREATE TABLE licence (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    app_id       TEXT NOT NULL REFERENCES app(id),
    token_id     TEXT REFERENCES content_token(id), -- NULL: no location that could give one
    serial       TEXT NOT NULL,
    device_id    TEXT REFERENCES device(id) ON DELETE SET NULL,
    state        TEXT NOT NULL CHECK (state IN ('short', 'asked', 'held', 'refused', 'leaving')),
    mine         BOOLEAN NOT NULL DEFAULT TRUE, -- given by us; else somebody else gave it, and it is not ours to take
    event_id     TEXT NOT NULL DEFAULT '',
    tries        BIGINT NOT NULL DEFAULT 0,
    next_at      BIGINT NOT NULL DEFAULT 0,
    code         TEXT NOT NULL DEFAULT '',
    changed_at   BIGINT NOT NULL
);
CREATE UNIQUE INDEX licence_one ON licence(app_id, serial, token_id);
CREATE INDEX licence_device ON licence(device_id);
CREATE INDEX licence_work ON licence(token_id, state, next_at);
CREATE INDEX licence_short ON licence(authority_id, changed_at) WHERE state = 'short';
CREATE INDEX licence_app ON licence(app_id, state);
CREATE INDEX licence_foreign ON licence(app_id) WHERE NOT mine;
CREATE INDEX licence_event_id ON licence(event_id) WHERE event_id <> '';

-- licence_event: a request at Apple that is followed to its end.
CREATE TABLE licence_event (
    id           TEXT PRIMARY KEY,             -- Apple's
    authority_id TEXT NOT NULL REFERENCES authority(id),
    token_id     TEXT NOT NULL REFERENCES content_token(id),
    sent_at      BIGINT NOT NULL,
    next_at      BIGINT NOT NULL,
    tries        BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX licence_event_next ON licence_event(token_id, next_at);

-- licence_due: devices whose licences are to be looked at.
CREATE TABLE licence_due (
    device_id    TEXT PRIMARY KEY REFERENCES device(id) ON DELETE CASCADE,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    at           BIGINT NOT NULL
);
CREATE INDEX licence_due_authority ON licence_due(authority_id, at);

-- offered: the app is not installed by itself (school.Available). Devices on which it hangs as "required" may be given it.
ALTER TABLE assignment ADD COLUMN offered BOOLEAN NOT NULL DEFAULT FALSE;

-- +goose Down
-- Forward only: a world is restored from a backup, never rolled back.
SELECT 1;
