-- +goose Up
-- update_freeze: a time in which iPads of a scope are left as they are (Prüfungssperre).
CREATE TABLE update_freeze (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    school_id    TEXT REFERENCES school(id),   -- the school the scope lies in
    scope_level  BIGINT NOT NULL CHECK (scope_level IN (1, 3, 4, 5)),
    scope_id     TEXT NOT NULL,
    name         TEXT NOT NULL,
    from_at      BIGINT NOT NULL,
    until_at     BIGINT NOT NULL CHECK (until_at > from_at),
    created_at   BIGINT NOT NULL,
    created_by   TEXT NOT NULL
);
CREATE INDEX update_freeze_authority ON update_freeze(authority_id, until_at);

-- device_update: what a device last said about updates of iPadOS, and what is demanded of it now.
CREATE TABLE device_update (
    device_id    TEXT PRIMARY KEY REFERENCES device(id) ON DELETE CASCADE,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    state        TEXT NOT NULL DEFAULT '',    -- softwareupdate.install-state
    version      TEXT NOT NULL DEFAULT '',    -- on its way
    build        TEXT NOT NULL DEFAULT '',
    install_at   TEXT NOT NULL DEFAULT '',    -- on the clock of the device
    failures     BIGINT NOT NULL DEFAULT 0,
    reason       TEXT NOT NULL DEFAULT '',
    failed_at    BIGINT,
    because      TEXT NOT NULL DEFAULT '',    -- softwareupdate.install-reason
    beta         TEXT NOT NULL DEFAULT '',
    said_at      BIGINT,
    want         TEXT NOT NULL DEFAULT '',    -- the version demanded
    want_at      TEXT NOT NULL DEFAULT '',    -- by then, on the clock of the device
    met          BOOLEAN NOT NULL DEFAULT FALSE, -- and it has it
    blocked      TEXT NOT NULL DEFAULT ''     -- or cannot have it: a code of mdm
);
CREATE INDEX device_update_authority ON device_update(authority_id);

-- What a device says of its battery: normal, service-recommended, … (device.power.battery-health).
ALTER TABLE device_state ADD COLUMN battery_health TEXT NOT NULL DEFAULT '';

-- os_release: the versions Apple's public list says can be installed. The same for every authority.
CREATE TABLE os_release (
    version      TEXT NOT NULL,
    build        TEXT NOT NULL,
    posted       TEXT NOT NULL DEFAULT '',    -- day
    expires      TEXT NOT NULL DEFAULT '',    -- day
    devices      TEXT NOT NULL,               -- product names, blank separated
    PRIMARY KEY (version, build)
);

-- +goose Down
-- Forward only: a world is restored from a backup, never rolled back.
SELECT 1;
