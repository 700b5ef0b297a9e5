-- +goose Up
-- asset_list: how a list of things was read, by the heads of its columns, so that the next one like it is read the same way.
CREATE TABLE asset_list (
    authority_id TEXT NOT NULL REFERENCES authority(id),
    heads        TEXT NOT NULL,               -- SHA-256 of the heads
    mapping      TEXT NOT NULL,               -- school.AssetMapping as JSON
    used_at      BIGINT NOT NULL,
    PRIMARY KEY (authority_id, heads)
);

-- return_run: a lease goes back to its lessor. Its things are those of the delivery; what people did about each stands below.
CREATE TABLE return_run (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    batch_id     TEXT NOT NULL REFERENCES batch(id),
    note         TEXT NOT NULL DEFAULT '',
    created_at   BIGINT NOT NULL,
    closed_at    BIGINT
);
CREATE UNIQUE INDEX return_run_open ON return_run(batch_id) WHERE closed_at IS NULL;
CREATE INDEX return_run_authority ON return_run(authority_id, created_at);

-- return_item: a thing of a run somebody did something about. Whether Apple still lists it is not kept here: that is asked.
CREATE TABLE return_item (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    run_id       TEXT NOT NULL REFERENCES return_run(id),
    asset_id     TEXT NOT NULL REFERENCES asset(id),
    released_at  BIGINT,                      -- somebody said that it was released in Apple School Manager
    handed_at    BIGINT                       -- it went back to the lessor
);
CREATE UNIQUE INDEX return_item_asset ON return_item(run_id, asset_id);
CREATE INDEX return_item_of ON return_item(asset_id);

-- +goose Down
-- Forward only: a world is restored from a backup, never rolled back.
SELECT 1;
