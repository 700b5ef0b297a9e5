-- +goose Up
-- crossing: a change of schools inside the authority that one school offers to another, which takes the person in or declines. With a
-- newcomer it says something else: that these two, of one name at two schools, are not the same.
CREATE TABLE crossing (
    id             TEXT PRIMARY KEY,
    authority_id   TEXT NOT NULL REFERENCES authority(id),
    person_id      TEXT NOT NULL REFERENCES person(id),
    from_school_id TEXT NOT NULL REFERENCES school(id),
    school_id      TEXT NOT NULL REFERENCES school(id), -- the one that is asked
    newcomer_id    TEXT REFERENCES person(id),
    answer         TEXT NOT NULL DEFAULT '' CHECK (answer IN ('', 'taken', 'declined', 'withdrawn', 'other')),
    created_at     BIGINT NOT NULL,
    closed_at      BIGINT,
    CHECK ((answer = '') = (closed_at IS NULL)),
    CHECK ((answer = 'other') = (newcomer_id IS NOT NULL))
);
CREATE UNIQUE INDEX crossing_open ON crossing(person_id) WHERE closed_at IS NULL;
CREATE INDEX crossing_person ON crossing(person_id);
CREATE INDEX crossing_newcomer ON crossing(newcomer_id) WHERE newcomer_id IS NOT NULL;
CREATE INDEX crossing_authority ON crossing(authority_id, closed_at);

-- The answer to Art. 15 asks what became of what somebody had.
CREATE INDEX loss_contract ON loss(contract_id);

-- +goose Down
-- Forward only: a world is restored from a backup, never rolled back.
SELECT 1;
