-- +goose Up
-- The world, kept. One text for SQLite and PostgreSQL: TEXT, BIGINT, BOOLEAN, BYTEA and DOUBLE PRECISION only.
-- Ids are UUIDv7 texts made in Go; times are BIGINT microseconds since 1970 in UTC; NULL means "not".
-- Columns named *_sealed hold AES-256-GCM ciphertexts (see secret.go); *_sort and *_fold are computed in Go (school.Fold).
-- Every table that belongs to an authority carries authority_id, and every query names it.

CREATE TABLE world (
    name  TEXT PRIMARY KEY,           -- 'nature': played or real; 'backup', 'tls', 'restored', 'moved': what the installation knows of itself
    value TEXT NOT NULL
);

-- ---------------------------------------------------------------------------------------------- who and where

CREATE TABLE authority (
    id           TEXT PRIMARY KEY,
    name         TEXT NOT NULL,
    modules      TEXT NOT NULL,                -- comma separated, sorted
    contact      TEXT NOT NULL DEFAULT '',
    policy       TEXT NOT NULL DEFAULT '{}',   -- school.Policy as JSON
    hash_key_sealed BYTEA NOT NULL,            -- HMAC key for item hashes and pseudonyms
    version      BIGINT NOT NULL DEFAULT 0,    -- grows with every fact written
    shared_version BIGINT NOT NULL DEFAULT 0,  -- the version that last touched what devices share
    audit_seq    BIGINT NOT NULL DEFAULT 0,
    audit_hash   TEXT NOT NULL DEFAULT '',
    created_at   BIGINT NOT NULL
);

CREATE TABLE school (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    name         TEXT NOT NULL,
    name_sort    TEXT NOT NULL,
    name_fold    TEXT NOT NULL,
    type         TEXT NOT NULL DEFAULT '',
    number       TEXT NOT NULL DEFAULT '',
    network_ssid TEXT NOT NULL DEFAULT '',
    network_security TEXT NOT NULL DEFAULT '',
    network_password_sealed BYTEA,
    network_hidden BOOLEAN NOT NULL DEFAULT FALSE,
    push_pace    BIGINT NOT NULL DEFAULT 0,    -- school.Calm: pushes per minute, quiet hours in minutes of the local day
    quiet_from   BIGINT NOT NULL DEFAULT 0,
    quiet_until  BIGINT NOT NULL DEFAULT 0,
    archived     BOOLEAN NOT NULL DEFAULT FALSE,
    created_at   BIGINT NOT NULL
);
CREATE UNIQUE INDEX school_name ON school(authority_id, name_fold) WHERE NOT archived;

CREATE TABLE school_year (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    name         TEXT NOT NULL,
    starts_at    BIGINT NOT NULL,
    ends_at      BIGINT NOT NULL CHECK (ends_at > starts_at)
);
CREATE UNIQUE INDEX school_year_name ON school_year(authority_id, name);

CREATE TABLE class (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    school_id    TEXT NOT NULL REFERENCES school(id),
    name         TEXT NOT NULL,
    name_sort    TEXT NOT NULL,
    name_fold    TEXT NOT NULL,
    grade        TEXT NOT NULL DEFAULT '',
    archived     BOOLEAN NOT NULL DEFAULT FALSE,
    created_at   BIGINT NOT NULL
);
CREATE UNIQUE INDEX class_name ON class(school_id, name_fold) WHERE NOT archived;
CREATE INDEX class_search ON class(authority_id, name_fold);

CREATE TABLE school_group (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    school_id    TEXT REFERENCES school(id),
    name         TEXT NOT NULL,
    name_sort    TEXT NOT NULL,
    name_fold    TEXT NOT NULL,
    archived     BOOLEAN NOT NULL DEFAULT FALSE,
    created_at   BIGINT NOT NULL
);
CREATE INDEX group_search ON school_group(authority_id, name_fold);

CREATE TABLE person (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    school_id    TEXT REFERENCES school(id),
    kind         TEXT NOT NULL CHECK (kind IN ('pupil', 'teacher', 'staff')),
    given        TEXT NOT NULL DEFAULT '',
    family       TEXT NOT NULL,
    name_sort    TEXT NOT NULL,
    name_fold    TEXT NOT NULL,       -- "family given"
    given_fold   TEXT NOT NULL,       -- "given family": one field finds both orders
    email        TEXT NOT NULL DEFAULT '',
    login        TEXT NOT NULL DEFAULT '',
    archived     BOOLEAN NOT NULL DEFAULT FALSE,
    created_at   BIGINT NOT NULL
);
CREATE INDEX person_search ON person(authority_id, name_fold);
CREATE INDEX person_given ON person(authority_id, given_fold);
CREATE INDEX person_school ON person(school_id, name_sort);

CREATE TABLE membership (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    person_id    TEXT NOT NULL REFERENCES person(id),
    class_id     TEXT REFERENCES class(id),
    group_id     TEXT REFERENCES school_group(id),
    school_year_id TEXT REFERENCES school_year(id),
    teaches      BOOLEAN NOT NULL DEFAULT FALSE,
    from_at      BIGINT NOT NULL,
    until_at     BIGINT,
    CHECK ((class_id IS NULL) <> (group_id IS NULL))
);
CREATE INDEX membership_person ON membership(person_id);
CREATE INDEX membership_class ON membership(class_id);
CREATE INDEX membership_group ON membership(group_id);

CREATE TABLE place (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    school_id    TEXT NOT NULL REFERENCES school(id),
    kind         TEXT NOT NULL CHECK (kind IN ('case', 'room', 'stock')),
    name         TEXT NOT NULL,
    name_sort    TEXT NOT NULL,
    name_fold    TEXT NOT NULL,
    class_id     TEXT REFERENCES class(id),
    created_at   BIGINT NOT NULL
);
CREATE INDEX place_school ON place(school_id);

-- ---------------------------------------------------------------------------------------------- things

CREATE TABLE batch (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    name         TEXT NOT NULL,
    supplier     TEXT NOT NULL DEFAULT '',
    ordered_at   BIGINT,
    created_at   BIGINT NOT NULL
);

CREATE TABLE asset (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    number       TEXT,                         -- inventory number; NULL: none given yet
    number_fold  TEXT NOT NULL DEFAULT '',
    number_sort  TEXT,                         -- numbers in the order of counting
    kind         TEXT NOT NULL DEFAULT 'ipad',
    model        TEXT NOT NULL DEFAULT '',
    serial       TEXT,
    managed_by   TEXT NOT NULL DEFAULT 'us',
    batch_id     TEXT REFERENCES batch(id),
    created_at   BIGINT NOT NULL
);
CREATE UNIQUE INDEX asset_number ON asset(authority_id, number_fold) WHERE number IS NOT NULL;
CREATE INDEX asset_sort ON asset(authority_id, number_sort);
CREATE UNIQUE INDEX asset_serial ON asset(authority_id, serial) WHERE serial IS NOT NULL;

-- device: facts people decide, then what was observed, then what is derived from facts (at_*), kept by place.go.
CREATE TABLE device (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    asset_id     TEXT NOT NULL REFERENCES asset(id),
    serial       TEXT NOT NULL,
    school_id    TEXT REFERENCES school(id),
    place_id     TEXT REFERENCES place(id),
    planned_person_id TEXT REFERENCES person(id),
    planned_class_id  TEXT REFERENCES class(id),
    ownership    TEXT NOT NULL DEFAULT 'owned' CHECK (ownership IN ('owned', 'parent')),
    confirmed    BOOLEAN NOT NULL DEFAULT TRUE,
    release_networks BOOLEAN NOT NULL DEFAULT FALSE,
    created_at   BIGINT NOT NULL
);
CREATE UNIQUE INDEX device_serial ON device(authority_id, serial);
CREATE UNIQUE INDEX device_asset ON device(asset_id);
CREATE INDEX device_school ON device(school_id);
CREATE INDEX device_place ON device(place_id);
CREATE INDEX device_planned ON device(planned_person_id);

-- observed: what is known of a device from itself or Apple. State, no fact: no audit, no undo.
CREATE TABLE device_state (
    device_id    TEXT PRIMARY KEY REFERENCES device(id) ON DELETE CASCADE, -- only the undo of its arrival removes a device
    authority_id TEXT NOT NULL REFERENCES authority(id),
    school_id    TEXT,                        -- derived: school_id of the device, so that lists read one table
    at_person_id TEXT,                        -- derived: holder, else planned person
    at_class_id  TEXT,                        -- derived: class of that person, else planned class, else of the place
    enrollment_id TEXT,                       -- the enrolment in force
    udid         TEXT NOT NULL DEFAULT '',
    model        TEXT NOT NULL DEFAULT '',
    product_name TEXT NOT NULL DEFAULT '',
    os_version   TEXT NOT NULL DEFAULT '',
    build        TEXT NOT NULL DEFAULT '',
    supervised   BOOLEAN NOT NULL DEFAULT FALSE,
    declarations_refused BOOLEAN NOT NULL DEFAULT FALSE,
    battery      BIGINT,
    storage_free DOUBLE PRECISION,
    inventory_at BIGINT,
    inventory    TEXT NOT NULL DEFAULT '{}',
    bypass_sealed BYTEA,                      -- Activation Lock bypass code; belongs to the device, never cleared
    bypass_at    BIGINT,
    unlock_sealed BYTEA,
    last_seen_at BIGINT
);
CREATE INDEX device_state_class ON device_state(at_class_id);
CREATE INDEX device_state_person ON device_state(at_person_id);
CREATE INDEX device_state_school ON device_state(school_id);
CREATE INDEX device_state_authority ON device_state(authority_id);

CREATE TABLE holding (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    person_id    TEXT NOT NULL REFERENCES person(id),
    device_id    TEXT NOT NULL REFERENCES device(id),
    from_at      BIGINT NOT NULL,
    until_at     BIGINT CHECK (until_at IS NULL OR until_at >= from_at)
);
CREATE UNIQUE INDEX holding_open ON holding(device_id) WHERE until_at IS NULL;
CREATE INDEX holding_person ON holding(person_id);

-- ---------------------------------------------------------------------------------------------- what is assigned

CREATE TABLE profile (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    school_id    TEXT REFERENCES school(id),
    name         TEXT NOT NULL,
    name_sort    TEXT NOT NULL,
    name_fold    TEXT NOT NULL,
    identifier   TEXT NOT NULL,
    description  TEXT NOT NULL DEFAULT '',
    form         TEXT NOT NULL DEFAULT '',     -- the form it is edited with; empty: imported
    archived     BOOLEAN NOT NULL DEFAULT FALSE,
    created_at   BIGINT NOT NULL
);
CREATE UNIQUE INDEX profile_identifier ON profile(authority_id, identifier);

CREATE TABLE profile_version (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    profile_id   TEXT NOT NULL REFERENCES profile(id),
    number       BIGINT NOT NULL DEFAULT 0,    -- 0: draft
    hash         TEXT NOT NULL,
    meta         TEXT NOT NULL,                -- school.Content without its body, as JSON
    body_sealed  BYTEA NOT NULL,
    published_at BIGINT,
    created_at   BIGINT NOT NULL
);
CREATE UNIQUE INDEX profile_version_number ON profile_version(profile_id, number);

CREATE TABLE assignment (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    school_id    TEXT REFERENCES school(id),   -- the school the scope lies in
    scope_level  BIGINT NOT NULL CHECK (scope_level BETWEEN 1 AND 8),
    scope_id     TEXT NOT NULL,
    profile_id   TEXT NOT NULL REFERENCES profile(id),
    version_id   TEXT NOT NULL REFERENCES profile_version(id),
    mode         TEXT NOT NULL CHECK (mode IN ('required', 'excluded')),
    fixed        BOOLEAN NOT NULL DEFAULT FALSE,
    rollout_old_id TEXT REFERENCES profile_version(id),
    rollout_stage  BIGINT CHECK (rollout_stage BETWEEN 0 AND 10000),
    from_at      BIGINT,
    until_at     BIGINT,
    created_at   BIGINT NOT NULL,
    created_by   TEXT NOT NULL
);
CREATE UNIQUE INDEX assignment_one ON assignment(authority_id, scope_level, scope_id, profile_id);
CREATE INDEX assignment_scope ON assignment(authority_id, scope_id);
CREATE INDEX assignment_profile ON assignment(profile_id);

-- ---------------------------------------------------------------------------------------------- devices under management

CREATE TABLE enrollment (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    device_id    TEXT NOT NULL REFERENCES device(id),
    nano_id      TEXT NOT NULL,               -- nanomdm's id: UDID, or a pseudonym for user channels
    parent_id    TEXT REFERENCES enrollment(id),
    type         TEXT NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('authenticated', 'enrolled', 'checked_out')),
    manual       BOOLEAN NOT NULL DEFAULT FALSE,
    topic        TEXT NOT NULL DEFAULT '',
    push_magic   TEXT NOT NULL DEFAULT '',
    push_token   BYTEA,
    push_state   TEXT NOT NULL DEFAULT '',
    tally        BIGINT NOT NULL DEFAULT 0,
    awaiting     BOOLEAN NOT NULL DEFAULT FALSE,
    await_until  BIGINT,
    released_at  BIGINT,
    authenticate TEXT NOT NULL DEFAULT '',     -- keys of the Authenticate message that were kept, as JSON
    cert_ends_at BIGINT,
    renewed_at   BIGINT,
    clone_alarm  BOOLEAN NOT NULL DEFAULT FALSE,
    bootstrap_sealed BYTEA,
    enrolled_at  BIGINT,
    last_seen_at BIGINT,
    created_at   BIGINT NOT NULL
);
CREATE UNIQUE INDEX enrollment_nano ON enrollment(authority_id, nano_id) WHERE state <> 'checked_out';
CREATE INDEX enrollment_name ON enrollment(authority_id, nano_id);
CREATE INDEX enrollment_device ON enrollment(device_id);
CREATE INDEX enrollment_parent ON enrollment(parent_id);

CREATE TABLE identity (
    cert_hash    TEXT PRIMARY KEY,            -- hex SHA-256 of the certificate
    authority_id TEXT NOT NULL REFERENCES authority(id),
    device_id    TEXT REFERENCES device(id),  -- NULL: bound at Authenticate (manual enrolment)
    enrollment_id TEXT REFERENCES enrollment(id),
    purpose      TEXT NOT NULL CHECK (purpose IN ('enroll', 'renew', 'manual')),
    state        TEXT NOT NULL CHECK (state IN ('issued', 'active', 'retired', 'revoked')),
    udid         TEXT NOT NULL DEFAULT '',    -- bound at issuance
    serial       TEXT NOT NULL DEFAULT '',
    school_id    TEXT REFERENCES school(id),  -- manual enrolment: the school of the code
    trusted      BOOLEAN NOT NULL DEFAULT FALSE, -- manual enrolment by a code issued for exactly this serial
    ends_at      BIGINT NOT NULL,
    issued_at    BIGINT NOT NULL
);
CREATE INDEX identity_enrollment ON identity(enrollment_id);
CREATE INDEX identity_device ON identity(device_id);

CREATE TABLE challenge (
    hash         TEXT PRIMARY KEY,            -- hex SHA-256 of the secret
    authority_id TEXT NOT NULL REFERENCES authority(id),
    purpose      TEXT NOT NULL,
    device_id    TEXT REFERENCES device(id),
    enrollment_id TEXT REFERENCES enrollment(id),
    school_id    TEXT REFERENCES school(id),
    udid         TEXT NOT NULL DEFAULT '',
    serial       TEXT NOT NULL DEFAULT '',
    trusted      BOOLEAN NOT NULL DEFAULT FALSE,
    expires_at   BIGINT NOT NULL,
    used_at      BIGINT,
    used_key     TEXT NOT NULL DEFAULT '',    -- hash of the public key that consumed it
    certificate  BYTEA                        -- DER given then: the same key gets it again
);
CREATE INDEX challenge_expiry ON challenge(expires_at);

CREATE TABLE ca (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    body_sealed  BYTEA NOT NULL,              -- enroll/ca: certificates and keys
    certificate  BYTEA NOT NULL,              -- DER of the CA, public
    signer       TEXT NOT NULL,               -- id of the profile signing identity
    ends_at      BIGINT NOT NULL,
    created_at   BIGINT NOT NULL
);
CREATE INDEX ca_authority ON ca(authority_id, created_at);

CREATE TABLE enroll_code (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    school_id    TEXT NOT NULL REFERENCES school(id),
    link_hash    TEXT NOT NULL,
    typed_hash   TEXT NOT NULL,
    note         TEXT NOT NULL DEFAULT '',
    serial       TEXT NOT NULL DEFAULT '',    -- issued for exactly this device; empty: any
    uses_left    BIGINT NOT NULL,
    uses         BIGINT NOT NULL DEFAULT 0,
    expires_at   BIGINT NOT NULL,
    revoked      BOOLEAN NOT NULL DEFAULT FALSE,
    created_at   BIGINT NOT NULL,
    created_by   TEXT NOT NULL
);
CREATE UNIQUE INDEX enroll_code_link ON enroll_code(link_hash);
CREATE UNIQUE INDEX enroll_code_typed ON enroll_code(typed_hash);

-- ---------------------------------------------------------------------------------------------- desired state

-- target: one row per channel of a device. gen is what facts set; planned_gen what was last planned from.
CREATE TABLE target (
    enrollment_id TEXT PRIMARY KEY REFERENCES enrollment(id),
    authority_id TEXT NOT NULL REFERENCES authority(id),
    device_id    TEXT NOT NULL REFERENCES device(id),
    gen          BIGINT NOT NULL DEFAULT 1,
    planned_gen  BIGINT NOT NULL DEFAULT 0,
    seq          BIGINT NOT NULL DEFAULT 0,   -- grows with every report and every plan: nobody saves over what he did not read
    marked_at    BIGINT NOT NULL,
    applied_set  TEXT NOT NULL DEFAULT '',    -- item_set.hash last planned against
    overlay      TEXT NOT NULL DEFAULT '{}',  -- item key -> hash, for items with variables
    missing      TEXT NOT NULL DEFAULT '[]',  -- item keys of applied_set not reported at their content
    extra        TEXT NOT NULL DEFAULT '{}',  -- item key -> school.Have: there, but not in applied_set at that content
    left_out     TEXT NOT NULL DEFAULT '[]',  -- item key and code of what the facts want and the device cannot have
    deviations   TEXT NOT NULL DEFAULT '{}',  -- item key -> school.ItemState; empty when all is fine
    memory       TEXT NOT NULL DEFAULT '{}',  -- times of inventory, list, renewal …: the rest of school.Reported
    desired_token TEXT NOT NULL DEFAULT '',
    offered_token TEXT NOT NULL DEFAULT '',
    offered_at   BIGINT,
    reported_token TEXT NOT NULL DEFAULT '',
    reported_at  BIGINT,
    steps        BOOLEAN NOT NULL DEFAULT TRUE, -- the last plan had something to do
    next_due     BIGINT,
    push_due     BIGINT,                      -- when the next push is wanted; NULL: none
    pushed_at    BIGINT,
    push_tries   BIGINT NOT NULL DEFAULT 0,
    planned_at   BIGINT
);
CREATE INDEX target_device ON target(device_id);
CREATE INDEX target_marked ON target(authority_id, marked_at) WHERE gen <> planned_gen;
CREATE INDEX target_push ON target(authority_id, push_due) WHERE push_due IS NOT NULL;
CREATE INDEX target_due ON target(authority_id, next_due) WHERE next_due IS NOT NULL;
CREATE INDEX target_set ON target(authority_id, applied_set);

CREATE TABLE item_set (
    authority_id TEXT NOT NULL REFERENCES authority(id),
    hash         TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (authority_id, hash)
);

CREATE TABLE item_set_member (
    authority_id TEXT NOT NULL,
    set_hash     TEXT NOT NULL,
    item_key     TEXT NOT NULL,
    profile_id   TEXT NOT NULL,
    version_id   TEXT NOT NULL,
    hash         TEXT NOT NULL,               -- content hash without variables
    owner        TEXT NOT NULL,
    network      BOOLEAN NOT NULL,
    PRIMARY KEY (authority_id, set_hash, item_key),
    FOREIGN KEY (authority_id, set_hash) REFERENCES item_set(authority_id, hash)
);
CREATE INDEX item_set_member_profile ON item_set_member(profile_id);

-- command: what was handed out; at most one per enrolment is in flight. Kept 30 days so that late answers find it; what was done, one.
CREATE TABLE command (
    uuid         TEXT NOT NULL,
    enrollment_id TEXT NOT NULL REFERENCES enrollment(id),
    authority_id TEXT NOT NULL REFERENCES authority(id),
    kind         TEXT NOT NULL,
    fingerprint  TEXT NOT NULL,
    item_key     TEXT NOT NULL DEFAULT '',
    hash         TEXT NOT NULL DEFAULT '',
    order_id     TEXT,
    body_sealed  BYTEA,                       -- only while in flight
    state        TEXT NOT NULL CHECK (state IN ('in_flight', 'superseded', 'acknowledged', 'error', 'format_error')),
    sent_at      BIGINT NOT NULL,
    notnow_at    BIGINT,
    answered_at  BIGINT,
    code         TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (enrollment_id, uuid)
);
CREATE UNIQUE INDEX command_in_flight ON command(enrollment_id) WHERE state = 'in_flight';
CREATE INDEX command_age ON command(sent_at);

-- snapshot: the declarations behind a DeclarationsToken, kept until the device confirms a newer one.
CREATE TABLE snapshot (
    enrollment_id TEXT NOT NULL REFERENCES enrollment(id),
    token        TEXT NOT NULL,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    body_sealed  BYTEA NOT NULL,
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (enrollment_id, token)
);

-- device_order: what a person ordered, and nanomdm's plain queue (kind 'raw').
CREATE TABLE device_order (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    device_id    TEXT NOT NULL REFERENCES device(id),
    enrollment_id TEXT NOT NULL REFERENCES enrollment(id),
    kind         TEXT NOT NULL,
    request_type TEXT NOT NULL,
    body_sealed  BYTEA,
    command_uuid TEXT NOT NULL,
    priority     BIGINT NOT NULL DEFAULT 0,
    state        TEXT NOT NULL CHECK (state IN ('waiting', 'handed', 'later', 'done', 'refused', 'cancelled', 'expired')),
    created_by   TEXT NOT NULL,
    account_id   TEXT,
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT,
    finished_at  BIGINT,
    result       TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX device_order_command ON device_order(enrollment_id, command_uuid);
CREATE INDEX device_order_open ON device_order(enrollment_id, priority) WHERE state IN ('waiting', 'handed', 'later');
CREATE INDEX device_order_device ON device_order(device_id, created_at);

-- ---------------------------------------------------------------------------------------------- Apple

CREATE TABLE push_cert (
    authority_id TEXT PRIMARY KEY REFERENCES authority(id),
    topic        TEXT,                        -- NULL: only a request so far
    certificate  BYTEA,
    key_sealed   BYTEA,
    ends_at      BIGINT,
    apple_account TEXT NOT NULL DEFAULT '',
    request_sealed BYTEA,                     -- key of a pending signing request
    request_csr  BYTEA,
    requested_at BIGINT,
    version      BIGINT NOT NULL DEFAULT 0,   -- nanomdm's stale token
    state        TEXT NOT NULL DEFAULT '',    -- what Apple last said against it
    updated_at   BIGINT NOT NULL
);
CREATE UNIQUE INDEX push_cert_topic ON push_cert(topic) WHERE topic IS NOT NULL;

CREATE TABLE apple_token (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    name         TEXT NOT NULL,
    kind         TEXT NOT NULL DEFAULT 'asm' CHECK (kind IN ('asm', 'abm')),
    public_cert  BYTEA NOT NULL,
    key_sealed   BYTEA NOT NULL,
    token_sealed BYTEA,                       -- NULL: waits for the .p7m
    next_cert    BYTEA,                       -- a new key pair made for renewal, until its .p7m arrives
    next_key_sealed BYTEA,
    server_uuid  TEXT NOT NULL DEFAULT '',
    server_name  TEXT NOT NULL DEFAULT '',
    org_name     TEXT NOT NULL DEFAULT '',
    org_id       TEXT NOT NULL DEFAULT '',
    apple_account TEXT NOT NULL DEFAULT '',
    ends_at      BIGINT,
    school_id    TEXT REFERENCES school(id),  -- default for devices it brings
    settings     TEXT NOT NULL DEFAULT '{}',  -- what the ADE profile says (skip items, department, phone …), JSON
    created_at   BIGINT NOT NULL
);
CREATE UNIQUE INDEX apple_token_server ON apple_token(server_uuid) WHERE server_uuid <> '';

-- apple_sync: what the feed said last. State, no fact.
CREATE TABLE apple_sync (
    token_id     TEXT PRIMARY KEY REFERENCES apple_token(id),
    authority_id TEXT NOT NULL REFERENCES authority(id),
    cursor       TEXT NOT NULL DEFAULT '',
    cursor_at    BIGINT,
    phase        TEXT NOT NULL DEFAULT 'fetch' CHECK (phase IN ('fetch', 'sync')),
    round        TEXT NOT NULL DEFAULT '',    -- id of the full fetch under way
    full_at      BIGINT,                      -- last full fetch that came to its end
    synced_at    BIGINT,
    error        TEXT NOT NULL DEFAULT '',
    error_at     BIGINT,
    not_before   BIGINT,
    profile_uuid TEXT NOT NULL DEFAULT ''     -- the ADE profile every listed device shall have; empty: none defined yet
);

-- ade_profile: every ADE profile we ever defined under a token. Apple neither changes nor deletes them, and a device may
-- come with an older one of ours.
CREATE TABLE ade_profile (
    token_id     TEXT NOT NULL REFERENCES apple_token(id),
    uuid         TEXT NOT NULL,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    hash         TEXT NOT NULL,               -- of its definition: an equal one is not defined twice
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (token_id, uuid)
);

-- ade_device: what a token's list says of a serial.
CREATE TABLE ade_device (
    token_id     TEXT NOT NULL REFERENCES apple_token(id),
    serial       TEXT NOT NULL,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    device_id    TEXT NOT NULL REFERENCES device(id),
    model        TEXT NOT NULL DEFAULT '',
    description  TEXT NOT NULL DEFAULT '',
    color        TEXT NOT NULL DEFAULT '',
    family       TEXT NOT NULL DEFAULT '',
    profile_uuid TEXT NOT NULL DEFAULT '',
    profile_status TEXT NOT NULL DEFAULT '',
    op_at        BIGINT,
    migrate_until BIGINT,
    seen_round   TEXT NOT NULL DEFAULT '',
    gone_at      BIGINT,                      -- no longer in the token's list
    assign_tries BIGINT NOT NULL DEFAULT 0,
    assign_next  BIGINT,
    assign_code  TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (token_id, serial)
);
CREATE INDEX ade_device_device ON ade_device(device_id);
CREATE INDEX ade_device_serial ON ade_device(authority_id, serial);
CREATE INDEX ade_device_assign ON ade_device(token_id, assign_next);

-- ---------------------------------------------------------------------------------------------- who signs in

CREATE TABLE account (
    id           TEXT PRIMARY KEY,
    authority_id TEXT REFERENCES authority(id), -- NULL: operator of the installation
    login        TEXT NOT NULL,
    login_fold   TEXT NOT NULL,
    name         TEXT NOT NULL,
    name_fold    TEXT NOT NULL,
    email        TEXT NOT NULL DEFAULT '',
    password     TEXT NOT NULL DEFAULT '',    -- argon2id, PHC string; empty: set-up link not used yet
    setup_hash   TEXT NOT NULL DEFAULT '',
    setup_until  BIGINT,
    language     TEXT NOT NULL DEFAULT '',
    disabled     BOOLEAN NOT NULL DEFAULT FALSE,
    created_at   BIGINT NOT NULL
);
CREATE UNIQUE INDEX account_login ON account(login_fold);
CREATE INDEX account_authority ON account(authority_id, login_fold);

-- attempt: how often something was tried that may be guessed (sign-in, typed enrolment codes). Subjects are digests or
-- ids; an unknown login has a row like a known one, so that the wait tells nobody which exist.
CREATE TABLE attempt (
    kind         TEXT NOT NULL,
    subject      TEXT NOT NULL,
    count        BIGINT NOT NULL,
    since_at     BIGINT NOT NULL,             -- beginning of the window that is counted
    last_at      BIGINT NOT NULL,
    PRIMARY KEY (kind, subject)
);
CREATE INDEX attempt_age ON attempt(last_at);

CREATE TABLE role_grant (
    id           TEXT PRIMARY KEY,
    account_id   TEXT NOT NULL REFERENCES account(id),
    role         TEXT NOT NULL,
    authority_id TEXT REFERENCES authority(id), -- NULL: operator of the whole installation
    school_id    TEXT REFERENCES school(id),
    from_at      BIGINT NOT NULL,
    until_at     BIGINT
);
CREATE INDEX role_grant_account ON role_grant(account_id);
CREATE INDEX role_grant_authority ON role_grant(authority_id);

CREATE TABLE session (
    hash         TEXT PRIMARY KEY,            -- hex SHA-256 of the cookie
    account_id   TEXT NOT NULL REFERENCES account(id),
    authority_id TEXT REFERENCES authority(id), -- the one worked in
    client       TEXT NOT NULL DEFAULT '',    -- browser family, for the list of sessions
    flash        TEXT NOT NULL DEFAULT '',
    created_at   BIGINT NOT NULL,
    seen_at      BIGINT NOT NULL,
    idle_for     BIGINT NOT NULL,             -- microseconds without a request after which it ends
    ends_at      BIGINT NOT NULL
);
CREATE INDEX session_account ON session(account_id);
CREATE INDEX session_end ON session(ends_at);

CREATE TABLE api_token (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    hash         TEXT NOT NULL,
    name         TEXT NOT NULL,
    role         TEXT NOT NULL,
    school_id    TEXT REFERENCES school(id),
    verbs        TEXT NOT NULL,               -- comma separated school.Verb: the token's scope
    ends_at      BIGINT,
    revoked      BOOLEAN NOT NULL DEFAULT FALSE,
    used_at      BIGINT,
    created_at   BIGINT NOT NULL,
    created_by   TEXT NOT NULL
);
CREATE UNIQUE INDEX api_token_hash ON api_token(hash);

CREATE TABLE idempotency (
    authority_id TEXT NOT NULL REFERENCES authority(id),
    actor        TEXT NOT NULL,
    key          TEXT NOT NULL,
    request      TEXT NOT NULL,               -- hash of method, path and body
    status       BIGINT NOT NULL,
    body_sealed  BYTEA NOT NULL,
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (authority_id, actor, key)
);

-- ---------------------------------------------------------------------------------------------- what was done

CREATE TABLE audit (
    authority_id TEXT NOT NULL REFERENCES authority(id),
    seq          BIGINT NOT NULL,
    at           BIGINT NOT NULL,
    actor_kind   TEXT NOT NULL,
    actor_id     TEXT NOT NULL,
    actor_name   TEXT NOT NULL,
    event        TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id   TEXT NOT NULL,
    school_id    TEXT NOT NULL DEFAULT '',
    detail       TEXT NOT NULL,               -- JSON: ids, numbers and codes; never names or secrets
    change_set_id TEXT NOT NULL DEFAULT '',
    prev         TEXT NOT NULL,
    hash         TEXT NOT NULL,
    PRIMARY KEY (authority_id, seq)
);
CREATE INDEX audit_subject ON audit(authority_id, subject_kind, subject_id, seq);
CREATE INDEX audit_school ON audit(authority_id, school_id, seq);

CREATE TABLE change_set (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    seq          BIGINT NOT NULL,             -- of its audit entry
    event        TEXT NOT NULL,
    school_id    TEXT NOT NULL DEFAULT '',
    at           BIGINT NOT NULL,
    actor_id     TEXT NOT NULL,
    undo_until   BIGINT,                      -- NULL: cannot be undone
    undone_by    TEXT,                        -- change set that undid it
    undoes       TEXT
);
CREATE INDEX change_set_authority ON change_set(authority_id, seq);

CREATE TABLE change_row (
    change_set_id TEXT NOT NULL REFERENCES change_set(id),
    n            BIGINT NOT NULL,
    authority_id TEXT NOT NULL,
    table_name   TEXT NOT NULL,
    row_id       TEXT NOT NULL,
    before_sealed BYTEA,
    after_sealed BYTEA,
    PRIMARY KEY (change_set_id, n)
);
CREATE INDEX change_row_row ON change_row(table_name, row_id);

CREATE TABLE plan (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    account_id   TEXT NOT NULL,
    facts_version BIGINT NOT NULL,
    body_sealed  BYTEA NOT NULL,              -- change and preview
    created_at   BIGINT NOT NULL,
    applied_at   BIGINT,
    applied_seq  BIGINT                       -- seq of the change set it was carried out in
);
CREATE INDEX plan_age ON plan(created_at);

CREATE TABLE outbox (
    id           TEXT PRIMARY KEY,
    authority_id TEXT REFERENCES authority(id), -- NULL: the installation's
    kind         TEXT NOT NULL,
    to_sealed    BYTEA NOT NULL,
    subject      TEXT NOT NULL,
    body_sealed  BYTEA NOT NULL,
    created_at   BIGINT NOT NULL,
    next_at      BIGINT,                      -- NULL: sent or given up
    sent_at      BIGINT,
    tries        BIGINT NOT NULL DEFAULT 0,
    error        TEXT NOT NULL DEFAULT ''
);
CREATE INDEX outbox_next ON outbox(next_at) WHERE next_at IS NOT NULL;
CREATE INDEX outbox_authority ON outbox(authority_id, created_at);

-- notice: what was told once and is not told again (a mark before the end of a certificate, a failed backup of a day).
CREATE TABLE notice (
    authority_id TEXT NOT NULL,               -- empty: the installation's
    kind         TEXT NOT NULL,
    subject      TEXT NOT NULL,
    mark         TEXT NOT NULL,
    told_at      BIGINT NOT NULL,
    PRIMARY KEY (authority_id, kind, subject, mark)
);

CREATE TABLE job (
    id           TEXT PRIMARY KEY,
    kind         TEXT NOT NULL,
    subject      TEXT NOT NULL,               -- authority or token it is about; one row per kind and subject
    owner        TEXT NOT NULL DEFAULT '',
    lease_until  BIGINT,
    next_at      BIGINT NOT NULL,
    woken        BOOLEAN NOT NULL DEFAULT FALSE, -- somebody wants it again, whether it runs now or not
    started_at   BIGINT,
    finished_at  BIGINT,
    done         BIGINT NOT NULL DEFAULT 0,
    total        BIGINT NOT NULL DEFAULT 0,
    failures     BIGINT NOT NULL DEFAULT 0,
    error        TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX job_subject ON job(kind, subject);
CREATE INDEX job_next ON job(next_at);

CREATE TABLE alarm (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    school_id    TEXT,
    kind         TEXT NOT NULL,               -- names the sentence
    subject      TEXT NOT NULL,               -- what it is about; one open alarm per kind and subject
    urgency      BIGINT NOT NULL CHECK (urgency BETWEEN 1 AND 3), -- 1 today, 2 this week, 3 good to know
    detail       TEXT NOT NULL DEFAULT '{}',  -- numbers, codes and ids for the sentence; never names
    since_at     BIGINT NOT NULL,
    cleared_at   BIGINT
);
CREATE UNIQUE INDEX alarm_open ON alarm(authority_id, kind, subject) WHERE cleared_at IS NULL;

-- +goose Down
-- Forward only: a world is restored from a backup, never rolled back.
SELECT 1;
