-- +goose Up
-- Lending: what is lent, under which contract, with which parts, and what becomes of what is missing, damaged or lost. All
-- of it hangs on assets; whether a thing is managed here matters to none of these tables. Amounts are cents.

ALTER TABLE batch ADD COLUMN price BIGINT NOT NULL DEFAULT 0;             -- of one piece
ALTER TABLE batch ADD COLUMN lease_number TEXT NOT NULL DEFAULT '';
ALTER TABLE batch ADD COLUMN lessor TEXT NOT NULL DEFAULT '';
ALTER TABLE batch ADD COLUMN lease_from_at BIGINT;
ALTER TABLE batch ADD COLUMN lease_until_at BIGINT;
ALTER TABLE batch ADD COLUMN lease_rate BIGINT NOT NULL DEFAULT 0;        -- a month for one piece
ALTER TABLE batch ADD COLUMN lease_terms TEXT NOT NULL DEFAULT '';
ALTER TABLE batch ADD COLUMN programme TEXT NOT NULL DEFAULT '';          -- by whose money
ALTER TABLE batch ADD COLUMN funding_label TEXT NOT NULL DEFAULT '';
ALTER TABLE batch ADD COLUMN funding_until_at BIGINT;

-- School and place of an asset without a device; where there is one, the device's count.
ALTER TABLE asset ADD COLUMN school_id TEXT REFERENCES school(id);
ALTER TABLE asset ADD COLUMN place_id TEXT REFERENCES place(id);
ALTER TABLE asset ADD COLUMN state TEXT NOT NULL DEFAULT 'ready';         -- school.AssetState
ALTER TABLE asset ADD COLUMN price BIGINT NOT NULL DEFAULT 0;
ALTER TABLE asset ADD COLUMN note TEXT NOT NULL DEFAULT '';
CREATE INDEX asset_batch ON asset(batch_id) WHERE batch_id IS NOT NULL;
CREATE INDEX asset_school ON asset(school_id) WHERE school_id IS NOT NULL;
CREATE INDEX asset_place ON asset(place_id) WHERE place_id IS NOT NULL;

CREATE INDEX person_login ON person(authority_id, login) WHERE login <> '';

CREATE TABLE kit (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    school_id    TEXT REFERENCES school(id),   -- NULL: of the whole authority
    name         TEXT NOT NULL,
    name_sort    TEXT NOT NULL,
    name_fold    TEXT NOT NULL,
    kind         TEXT NOT NULL,                -- school.AssetKind it goes with
    parts        TEXT NOT NULL DEFAULT '[]',   -- []school.Part as JSON
    standard     BOOLEAN NOT NULL DEFAULT FALSE,
    archived     BOOLEAN NOT NULL DEFAULT FALSE,
    created_at   BIGINT NOT NULL
);
CREATE UNIQUE INDEX kit_name ON kit(authority_id, name_fold) WHERE NOT archived;
CREATE UNIQUE INDEX kit_standard ON kit(authority_id, kind, COALESCE(school_id, '')) WHERE standard AND NOT archived;

CREATE TABLE contract (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    number       TEXT NOT NULL,                -- L-26-000123
    year         BIGINT NOT NULL,
    seq          BIGINT NOT NULL,
    kind         TEXT NOT NULL CHECK (kind IN ('personal', 'pool', 'short', 'staff', 'replacement')),
    state        TEXT NOT NULL CHECK (state IN ('planned', 'prepared', 'signed', 'issued', 'returned', 'open', 'closed', 'anonymised', 'refused', 'cancelled')),
    school_id    TEXT REFERENCES school(id),
    person_id    TEXT NOT NULL REFERENCES person(id),
    asset_id     TEXT REFERENCES asset(id),
    place_id     TEXT REFERENCES place(id),    -- a case that is lent as a whole
    kit_id       TEXT REFERENCES kit(id),
    replaces_id  TEXT,                         -- of a replacement: the contract whose asset is in repair
    end_rule     TEXT NOT NULL CHECK (end_rule IN ('exit', 'day', 'recall')),
    due_at       BIGINT,
    prepared_at  BIGINT,
    signed_at    BIGINT,
    signed_how   TEXT NOT NULL DEFAULT '',
    issued_at    BIGINT,
    returned_at  BIGINT,
    closed_at    BIGINT,
    created_at   BIGINT NOT NULL,
    CHECK ((state IN ('issued', 'returned', 'open', 'closed', 'anonymised')) = (issued_at IS NOT NULL)),
    CHECK ((state IN ('returned', 'open', 'closed', 'anonymised')) = (returned_at IS NOT NULL)),
    CHECK ((state IN ('closed', 'anonymised', 'cancelled')) = (closed_at IS NOT NULL)),
    CHECK (state <> 'signed' OR signed_at IS NOT NULL),
    CHECK (issued_at IS NULL OR asset_id IS NOT NULL OR place_id IS NOT NULL),
    CHECK (asset_id IS NULL OR place_id IS NULL),
    CHECK (returned_at IS NULL OR returned_at >= issued_at),
    CHECK ((end_rule = 'day') = (due_at IS NOT NULL))
);
CREATE UNIQUE INDEX contract_number ON contract(authority_id, number);
CREATE UNIQUE INDEX contract_seq ON contract(authority_id, year, seq);
CREATE UNIQUE INDEX contract_out ON contract(asset_id) WHERE issued_at IS NOT NULL AND returned_at IS NULL;
CREATE UNIQUE INDEX contract_case ON contract(place_id) WHERE issued_at IS NOT NULL AND returned_at IS NULL;
CREATE INDEX contract_asset ON contract(asset_id, issued_at);
CREATE INDEX contract_person ON contract(person_id);
CREATE INDEX contract_school ON contract(authority_id, school_id, state);
CREATE INDEX contract_state ON contract(authority_id, state, number);
CREATE INDEX contract_due ON contract(authority_id, due_at) WHERE issued_at IS NOT NULL AND returned_at IS NULL AND due_at IS NOT NULL;
CREATE INDEX contract_closed ON contract(authority_id, closed_at) WHERE closed_at IS NOT NULL;
CREATE INDEX contract_replaces ON contract(replaces_id) WHERE replaces_id IS NOT NULL;

-- contract_part: what was handed out under a contract. Number 1 is the asset itself.
CREATE TABLE contract_part (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    contract_id  TEXT NOT NULL REFERENCES contract(id),
    n            BIGINT NOT NULL CHECK (n > 0),
    kind         TEXT NOT NULL,
    name         TEXT NOT NULL,
    asset_id     TEXT REFERENCES asset(id),
    price        BIGINT NOT NULL CHECK (price >= 0),
    state        TEXT NOT NULL CHECK (state IN ('planned', 'issued', 'returned', 'missing', 'damaged', 'kept')),
    decision     TEXT NOT NULL DEFAULT '' CHECK (decision IN ('', 'charged', 'waived', 'insured', 'replaced')),
    amount       BIGINT NOT NULL DEFAULT 0 CHECK (amount >= 0),
    CHECK (decision = '' OR state IN ('missing', 'damaged'))
);
CREATE UNIQUE INDEX contract_part_n ON contract_part(contract_id, n);
CREATE INDEX contract_part_asset ON contract_part(asset_id) WHERE asset_id IS NOT NULL;

-- addendum: what changed in a contract after it was issued; its number stays.
CREATE TABLE addendum (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    contract_id  TEXT NOT NULL REFERENCES contract(id),
    n            BIGINT NOT NULL,
    kind         TEXT NOT NULL CHECK (kind IN ('swap', 'extension', 'move')),
    old_asset_id TEXT REFERENCES asset(id),
    new_asset_id TEXT REFERENCES asset(id),
    old_due_at   BIGINT,
    new_due_at   BIGINT,
    old_school_id TEXT REFERENCES school(id),
    new_school_id TEXT REFERENCES school(id),
    reason       TEXT NOT NULL DEFAULT '',
    created_at   BIGINT NOT NULL
);
CREATE UNIQUE INDEX addendum_n ON addendum(contract_id, n);
CREATE INDEX addendum_asset ON addendum(old_asset_id) WHERE old_asset_id IS NOT NULL;

CREATE TABLE damage (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    school_id    TEXT REFERENCES school(id),
    asset_id     TEXT NOT NULL REFERENCES asset(id),
    contract_id  TEXT REFERENCES contract(id),
    what         TEXT NOT NULL,
    note         TEXT NOT NULL DEFAULT '',
    cause        TEXT NOT NULL DEFAULT 'unknown',
    state        TEXT NOT NULL CHECK (state IN ('reported', 'assessed', 'repair', 'settled', 'closed')),
    liability    TEXT NOT NULL DEFAULT '' CHECK (liability IN ('', 'none', 'disputed', 'fault')),
    settlement   TEXT NOT NULL DEFAULT '' CHECK (settlement IN ('', 'invoice', 'goodwill', 'insurance', 'nothing')),
    cost         BIGINT NOT NULL DEFAULT 0,
    claim        BIGINT NOT NULL DEFAULT 0,
    insurance    TEXT NOT NULL DEFAULT '',
    reported_at  BIGINT NOT NULL,
    returned_at  BIGINT,                       -- of the asset; § 606 BGB counts from it
    assessed_at  BIGINT,
    closed_at    BIGINT,
    CHECK ((state = 'closed') = (closed_at IS NOT NULL)),
    CHECK (claim >= 0 AND claim <= cost),
    CHECK (settlement <> 'invoice' OR liability = 'fault')
);
CREATE INDEX damage_asset ON damage(asset_id);
CREATE INDEX damage_contract ON damage(contract_id) WHERE contract_id IS NOT NULL;
CREATE INDEX damage_authority ON damage(authority_id, state, reported_at);

-- damage_picture: what is to be seen of a damage, without what a telephone writes into it.
CREATE TABLE damage_picture (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    damage_id    TEXT NOT NULL REFERENCES damage(id),
    jpeg_sealed  BYTEA NOT NULL,
    size         BIGINT NOT NULL,
    created_at   BIGINT NOT NULL
);
CREATE INDEX damage_picture_damage ON damage_picture(damage_id);

CREATE TABLE loss (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    school_id    TEXT REFERENCES school(id),
    asset_id     TEXT NOT NULL REFERENCES asset(id),
    contract_id  TEXT REFERENCES contract(id),
    stolen       BOOLEAN NOT NULL DEFAULT FALSE,
    note         TEXT NOT NULL DEFAULT '',
    police_ref   TEXT NOT NULL DEFAULT '',
    insurance    TEXT NOT NULL DEFAULT '',
    steps        TEXT NOT NULL DEFAULT '{}',   -- what was done about it, and when: JSON
    reported_at  BIGINT NOT NULL,
    found_at     BIGINT,
    written_off_at BIGINT,
    CHECK (found_at IS NULL OR written_off_at IS NULL)
);
CREATE UNIQUE INDEX loss_open ON loss(asset_id) WHERE found_at IS NULL AND written_off_at IS NULL;
CREATE INDEX loss_asset ON loss(asset_id);
CREATE INDEX loss_authority ON loss(authority_id, reported_at);

CREATE TABLE issue_day (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    school_id    TEXT NOT NULL REFERENCES school(id),
    name         TEXT NOT NULL,
    room         TEXT NOT NULL DEFAULT '',
    day          TEXT NOT NULL,                -- of the school's calendar, 2026-09-02
    classes      TEXT NOT NULL DEFAULT '[]',   -- ids, JSON
    created_at   BIGINT NOT NULL
);
CREATE INDEX issue_day_school ON issue_day(authority_id, school_id, day);

-- desk_booking: what a desk booked, under the name its browser gave it: a scan that arrives twice is booked once. State, no fact.
CREATE TABLE desk_booking (
    authority_id TEXT NOT NULL REFERENCES authority(id),
    id           TEXT NOT NULL,
    actor_id     TEXT NOT NULL,
    act          TEXT NOT NULL,
    contract_id  TEXT NOT NULL,
    change_set_id TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (authority_id, id)
);
CREATE INDEX desk_booking_age ON desk_booking(created_at);
CREATE INDEX desk_booking_contract ON desk_booking(contract_id);

-- Whoever has a device has it under a contract. What was handed out before there were contracts gets one without a
-- signature, under the id of its holding; the year of its number is that of the day it was handed out.
INSERT INTO contract (id, authority_id, number, year, seq, kind, state, school_id, person_id, asset_id, end_rule, issued_at, returned_at, closed_at, created_at)
    SELECT n.id, n.authority_id, 'L-' || substr(CAST(n.year AS TEXT), 3, 2) || '-' || substr('000000' || CAST(n.seq AS TEXT), length(CAST(n.seq AS TEXT)) + 1, 6), n.year, n.seq,
        CASE WHEN p.kind = 'pupil' THEN 'personal' ELSE 'staff' END,
        CASE WHEN n.until_at IS NULL THEN 'issued' WHEN p.family = '' THEN 'anonymised' ELSE 'closed' END,
        d.school_id, n.person_id, d.asset_id, 'exit', n.from_at, n.until_at, n.until_at, n.from_at
    FROM (SELECT h.*, h.year_of AS year, row_number() OVER (PARTITION BY h.authority_id, h.year_of ORDER BY h.from_at, h.id) AS seq
            FROM (SELECT x.id, x.authority_id, x.person_id, x.device_id, x.from_at, x.until_at, 1970 + (x.from_at / 1000000) * 10000 / 315569520000 AS year_of FROM holding x) h) n
        JOIN device d ON d.id = n.device_id JOIN person p ON p.id = n.person_id;
INSERT INTO contract_part (id, authority_id, contract_id, n, kind, name, asset_id, price, state)
    SELECT k.id, k.authority_id, k.id, 1, a.kind, '', k.asset_id, 0, CASE WHEN k.returned_at IS NULL THEN 'issued' ELSE 'returned' END
    FROM contract k JOIN asset a ON a.id = k.asset_id;
ALTER TABLE holding ADD COLUMN contract_id TEXT REFERENCES contract(id);
UPDATE holding SET contract_id = id;
CREATE INDEX holding_contract ON holding(contract_id) WHERE contract_id IS NOT NULL;

-- Their change sets know nothing of contracts: an undo would leave one behind.
UPDATE change_set SET undo_until = NULL WHERE event IN ('device.issued', 'device.returned')
    OR undoes IN (SELECT c.id FROM change_set c WHERE c.event IN ('device.issued', 'device.returned'));

-- +goose Down
-- Forward only: a world is restored from a backup, never rolled back.
SELECT 1;
