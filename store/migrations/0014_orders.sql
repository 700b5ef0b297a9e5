-- +goose Up
-- warrant: what one person ordered of devices at one time, why, and who agreed. Until somebody agreed who has to, and
-- for a minute where something is lost, no device knows of it.
CREATE TABLE warrant (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    kind         TEXT NOT NULL,
    school_id    TEXT,                        -- the one school of all its devices
    args_sealed  BYTEA NOT NULL,
    device_ids   TEXT NOT NULL,               -- JSON
    devices      BIGINT NOT NULL,
    loses        BOOLEAN NOT NULL,
    created_by   TEXT NOT NULL,
    account_id   TEXT,
    created_at   BIGINT NOT NULL,
    second       BOOLEAN NOT NULL,            -- needs a second person
    approved_at  BIGINT,
    approver     TEXT NOT NULL DEFAULT '',
    approver_id  TEXT,
    from_at      BIGINT,                      -- nothing happens before
    ended_at     BIGINT,
    why          TEXT NOT NULL DEFAULT ''
);
CREATE INDEX warrant_authority ON warrant(authority_id, created_at);

ALTER TABLE device_order ADD COLUMN warrant_id TEXT REFERENCES warrant(id);
ALTER TABLE device_order ADD COLUMN from_at BIGINT;
ALTER TABLE device_order ADD COLUMN accepted_at BIGINT;
ALTER TABLE device_order ADD COLUMN holding_id TEXT;      -- who had the device when the order was given
ALTER TABLE device_order ADD COLUMN answer_sealed BYTEA;  -- a location, or who is on a Shared iPad
ALTER TABLE device_order ADD COLUMN answer_until BIGINT;
CREATE INDEX device_order_warrant ON device_order(warrant_id) WHERE warrant_id IS NOT NULL;
CREATE INDEX device_order_answer ON device_order(answer_until) WHERE answer_until IS NOT NULL;
CREATE INDEX device_order_unlock ON device_order(expires_at) WHERE kind = 'unlock' AND finished_at IS NULL;

ALTER TABLE device_state ADD COLUMN lost_at BIGINT;       -- in lost mode since

-- turnaround: the way of a returned device to the next person.
CREATE TABLE turnaround (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    device_id    TEXT NOT NULL REFERENCES device(id),
    warrant_id   TEXT NOT NULL REFERENCES warrant(id),
    enrollment_id TEXT NOT NULL,              -- with which it began
    created_by   TEXT NOT NULL,
    account_id   TEXT,
    holding_id   TEXT,
    created_at   BIGINT NOT NULL,
    from_at      BIGINT NOT NULL,
    step         TEXT NOT NULL,
    since_at     BIGINT NOT NULL,
    reason       TEXT NOT NULL DEFAULT '',
    tries        BIGINT NOT NULL DEFAULT 0,
    again_at     BIGINT,
    order_id     TEXT,
    done         TEXT NOT NULL DEFAULT '{}',  -- step -> when, JSON
    look_at      BIGINT NOT NULL,             -- when it is looked at again
    ended_at     BIGINT,
    why          TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX turnaround_open ON turnaround(device_id) WHERE ended_at IS NULL;
CREATE INDEX turnaround_look ON turnaround(look_at) WHERE ended_at IS NULL;
CREATE INDEX turnaround_authority ON turnaround(authority_id, ended_at);
CREATE INDEX turnaround_warrant ON turnaround(warrant_id);

-- +goose Down
-- Forward only: a world is restored from a backup, never rolled back.
SELECT 1;
