-- +goose Up
-- A desk that is open: what lies on it between two scans. It is the server's, so that nothing is lost when a browser is
-- loaded again or another one takes over. State, no fact: it goes when nobody has touched it for a day.
CREATE TABLE desk_session (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    actor_id     TEXT NOT NULL,
    school_id    TEXT NOT NULL REFERENCES school(id),
    class_id     TEXT REFERENCES class(id),
    mode         TEXT NOT NULL,             -- school.DeskMode
    number       BIGINT NOT NULL,           -- the place: several desks stand in one room
    turn         BIGINT NOT NULL DEFAULT 0, -- grows with every input that was taken
    state        TEXT NOT NULL DEFAULT '{}', -- school.OnTable as JSON; ids, never names
    created_at   BIGINT NOT NULL,
    used_at      BIGINT NOT NULL
);
CREATE INDEX desk_session_school ON desk_session(school_id, used_at);
CREATE INDEX desk_session_actor ON desk_session(actor_id);
CREATE INDEX desk_session_used ON desk_session(used_at);

-- +goose Down
-- Forward only: a world is restored from a backup, never rolled back.
SELECT 1;
