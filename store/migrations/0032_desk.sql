-- +goose Up
-- What belongs to a damaged thing and is damaged itself, by its name in the set; empty: the thing itself.
ALTER TABLE damage ADD COLUMN part TEXT NOT NULL DEFAULT '';

-- The key for which a desk without a network locks what somebody signed on its screen: only this server opens it. NULL: a desk
-- of an older release.
ALTER TABLE desk_pack ADD COLUMN open_sealed BYTEA;

-- A desk without a network also takes signatures, and notes the parts of what comes back. The check of what it does cannot be
-- changed in place everywhere, so the table is written anew.
CREATE TABLE desk_scan (
    id            TEXT NOT NULL,
    authority_id  TEXT NOT NULL REFERENCES authority(id),
    pack_id       TEXT NOT NULL,             -- empty: booked online, and since weighed against a scan that was earlier
    digest        TEXT NOT NULL,             -- of what was signed: what comes again is the same or is refused
    actor_id      TEXT NOT NULL,
    actor_name    TEXT NOT NULL,
    school_id     TEXT NOT NULL REFERENCES school(id),
    place         BIGINT NOT NULL,
    act           TEXT NOT NULL CHECK (act IN ('issue', 'return', 'sign')),
    code          TEXT NOT NULL,             -- as it was scanned; of a signature: the number of the contract
    asset_id      TEXT REFERENCES asset(id),
    person_id     TEXT REFERENCES person(id),
    contract_id   TEXT NOT NULL DEFAULT '',  -- under which it was meant to be handed out, came back, or that was signed
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
    parts         TEXT NOT NULL DEFAULT '',  -- which parts of what came back are missing or damaged, as JSON; empty: nobody looked
    PRIMARY KEY (authority_id, id),
    CHECK ((state = 'answered') = (decided_at IS NOT NULL)),
    CHECK (state <> 'asked' OR reason <> '')
);
INSERT INTO desk_scan (id, authority_id, pack_id, digest, actor_id, actor_name, school_id, place, act, code, asset_id, person_id, contract_id, made_at, scanned_at, arrived_at, state, held, reason,
        change_set_id, answer, decided_by, decided_at)
    SELECT id, authority_id, pack_id, digest, actor_id, actor_name, school_id, place, act, code, asset_id, person_id, contract_id, made_at, scanned_at, arrived_at, state, held, reason,
        change_set_id, answer, decided_by, decided_at FROM desk_entry;
DROP TABLE desk_entry;
ALTER TABLE desk_scan RENAME TO desk_entry;
CREATE INDEX desk_entry_asset ON desk_entry(asset_id, scanned_at) WHERE asset_id IS NOT NULL;
CREATE INDEX desk_entry_person ON desk_entry(person_id) WHERE person_id IS NOT NULL;
CREATE INDEX desk_entry_asked ON desk_entry(authority_id, scanned_at) WHERE state IN ('asked', 'answered');
CREATE INDEX desk_entry_age ON desk_entry(arrived_at);

-- +goose Down
-- Forward only: a world is restored from a backup, never rolled back.
SELECT 1;
