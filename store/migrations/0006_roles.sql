-- +goose Up
-- Roles at every node of the tree, tenants of a portal, and what teachers and repair shops write.

ALTER TABLE role_grant ADD COLUMN reason TEXT NOT NULL DEFAULT '';           -- of an operator: what it has access for
ALTER TABLE role_grant ADD COLUMN person_id TEXT REFERENCES person(id);      -- of a teacher: who it is in the lists of the school
ALTER TABLE role_grant ADD COLUMN reviewed_at BIGINT;                        -- when somebody last said that it is still needed
CREATE INDEX role_grant_person ON role_grant(person_id);

-- tenant: what the portal that made an authority calls it, and whether it rests. State, no fact: nobody of the authority
-- changes it, and no undo of theirs may.
CREATE TABLE tenant (
    authority_id TEXT PRIMARY KEY REFERENCES authority(id),
    external_id  TEXT,                        -- NULL: made by hand
    digest       TEXT NOT NULL DEFAULT '',    -- of the request that was last carried out
    suspended_at BIGINT
);
CREATE UNIQUE INDEX tenant_external ON tenant(external_id) WHERE external_id IS NOT NULL;

-- operator_token lets a program provision tenants. It belongs to the installation and opens nothing in any authority.
CREATE TABLE operator_token (
    id           TEXT PRIMARY KEY,
    hash         TEXT NOT NULL,
    name         TEXT NOT NULL,
    ends_at      BIGINT,
    revoked      BOOLEAN NOT NULL DEFAULT FALSE,
    used_at      BIGINT,
    created_at   BIGINT NOT NULL,
    created_by   TEXT NOT NULL
);
CREATE UNIQUE INDEX operator_token_hash ON operator_token(hash);

-- device_report: what somebody at a school says of a device: lost or broken. It stands until the school has looked at it.
CREATE TABLE device_report (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    school_id    TEXT NOT NULL REFERENCES school(id),
    device_id    TEXT NOT NULL REFERENCES device(id),
    kind         TEXT NOT NULL CHECK (kind IN ('lost', 'damaged')),
    note         TEXT NOT NULL DEFAULT '',
    by_id        TEXT NOT NULL,               -- account that reported it
    created_at   BIGINT NOT NULL,
    closed_at    BIGINT
);
CREATE INDEX device_report_device ON device_report(device_id);
CREATE UNIQUE INDEX device_report_open ON device_report(device_id, kind) WHERE closed_at IS NULL;
CREATE INDEX device_report_school ON device_report(authority_id, school_id) WHERE closed_at IS NULL;

-- repair: a device sent to be repaired. Its notes are read outside of the school and name nobody.
CREATE TABLE repair (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    school_id    TEXT REFERENCES school(id),
    device_id    TEXT NOT NULL REFERENCES device(id),
    note         TEXT NOT NULL,               -- what is to be repaired
    answer       TEXT NOT NULL DEFAULT '',    -- what the shop says
    ready_at     BIGINT,
    created_at   BIGINT NOT NULL,
    closed_at    BIGINT
);
CREATE UNIQUE INDEX repair_open ON repair(device_id) WHERE closed_at IS NULL;
CREATE INDEX repair_authority ON repair(authority_id) WHERE closed_at IS NULL;

-- +goose Down
-- Forward only: a world is restored from a backup, never rolled back.
SELECT 1;
