-- +goose Up
-- desk_pack: what a desk took along to go on without a network: until when, and the key with which it signs what it
-- scans. What is in it, it reads from the facts; nothing of that is kept here. State, no fact.
CREATE TABLE desk_pack (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    desk_id      TEXT NOT NULL,              -- the desk may be closed before its scans arrive
    actor_id     TEXT NOT NULL,
    school_id    TEXT NOT NULL REFERENCES school(id),
    place        BIGINT NOT NULL,            -- number of the desk
    key_sealed   BYTEA NOT NULL,
    made_at      BIGINT NOT NULL,
    ends_at      BIGINT NOT NULL
);
CREATE INDEX desk_pack_ends ON desk_pack(ends_at);

-- desk_entry: one scan of a desk that had no network, under the name its browser gave it, and what it came to. Where it
-- cannot be booked by itself it is a question. State: what it books are facts.
CREATE TABLE desk_entry (
    id            TEXT NOT NULL,
    authority_id  TEXT NOT NULL REFERENCES authority(id),
    pack_id       TEXT NOT NULL,             -- empty: booked online, and since weighed against a scan that was earlier
    digest        TEXT NOT NULL,             -- of what was signed: what comes again is the same or is refused
    actor_id      TEXT NOT NULL,
    actor_name    TEXT NOT NULL,
    school_id     TEXT NOT NULL REFERENCES school(id),
    place         BIGINT NOT NULL,
    act           TEXT NOT NULL CHECK (act IN ('issue', 'return')),
    code          TEXT NOT NULL,             -- as it was scanned
    asset_id      TEXT REFERENCES asset(id),
    person_id     TEXT REFERENCES person(id),
    contract_id   TEXT NOT NULL DEFAULT '',  -- under which it was meant to be handed out
    made_at       BIGINT NOT NULL,           -- of the pack
    scanned_at    BIGINT NOT NULL,           -- by the clock of the server, as near as it can be known
    arrived_at    BIGINT NOT NULL,
    state         TEXT NOT NULL CHECK (state IN ('waiting', 'booked', 'same', 'asked', 'answered')),
    held          BOOLEAN NOT NULL DEFAULT FALSE, -- whatever else arrives, only a person decides
    reason        TEXT NOT NULL DEFAULT '',
    change_set_id TEXT,
    answer        TEXT NOT NULL DEFAULT '' CHECK (answer IN ('', 'book', 'leave')),
    decided_by    TEXT NOT NULL DEFAULT '',
    decided_at    BIGINT,
    PRIMARY KEY (authority_id, id),
    CHECK ((state = 'answered') = (decided_at IS NOT NULL)),
    CHECK (state <> 'asked' OR reason <> '')
);
CREATE INDEX desk_entry_asset ON desk_entry(asset_id, scanned_at) WHERE asset_id IS NOT NULL;
CREATE INDEX desk_entry_person ON desk_entry(person_id) WHERE person_id IS NOT NULL;
CREATE INDEX desk_entry_asked ON desk_entry(authority_id, scanned_at) WHERE state IN ('asked', 'answered');
CREATE INDEX desk_entry_age ON desk_entry(arrived_at);

-- +goose Down
-- Forward only: a world is restored from a backup, never rolled back.
SELECT 1;
