-- +goose Up
-- found_tag: what the QR code on an asset leads to. The id says nothing about the asset and cannot be guessed (65 bits);
-- it stays with the asset, however often its label is printed anew.
CREATE TABLE found_tag (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    asset_id     TEXT NOT NULL REFERENCES asset(id) ON DELETE CASCADE, -- only the undo of its arrival removes an asset
    printed_at   BIGINT NOT NULL,             -- the last time
    prints       BIGINT NOT NULL DEFAULT 1,
    created_at   BIGINT NOT NULL
);
CREATE UNIQUE INDEX found_tag_asset ON found_tag(asset_id);

-- label_sheet: a sheet of labels nobody sells under a name known here, by six lengths in hundredths of a millimetre.
CREATE TABLE label_sheet (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    school_id    TEXT REFERENCES school(id),  -- NULL: everybody's
    name         TEXT NOT NULL,
    wide         BIGINT NOT NULL CHECK (wide > 0),
    high         BIGINT NOT NULL CHECK (high > 0),
    at_left      BIGINT NOT NULL CHECK (at_left >= 0),
    at_top       BIGINT NOT NULL CHECK (at_top >= 0),
    across       BIGINT NOT NULL CHECK (across >= wide),
    down         BIGINT NOT NULL CHECK (down >= high),
    created_at   BIGINT NOT NULL
);
CREATE INDEX label_sheet_authority ON label_sheet(authority_id);

-- label_printer: how a printer misses, as read off its calibration page, in hundredths of a millimetre.
CREATE TABLE label_printer (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    school_id    TEXT REFERENCES school(id),  -- NULL: everybody's
    name         TEXT NOT NULL,
    at_left      BIGINT NOT NULL,
    at_top       BIGINT NOT NULL,
    across       BIGINT NOT NULL CHECK (across > 0),
    down         BIGINT NOT NULL CHECK (down > 0),
    created_at   BIGINT NOT NULL
);
CREATE INDEX label_printer_authority ON label_printer(authority_id);

-- +goose Down
-- Forward only: a world is restored from a backup, never rolled back.
SELECT 1;
