-- +goose Up
-- Two school years are open at once: the next one is looked at and changed while the present one runs, and the last one
-- can still be looked at while people get used to the new names.

-- rollover_choice: what was decided against the rules for one school of a roll-over. A fact: it is undone like any other.
-- rollover_school.choices held it before and is read no more.
CREATE TABLE rollover_choice (
    id           TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority(id),
    rollover_id  TEXT NOT NULL REFERENCES rollover(id),
    school_id    TEXT NOT NULL REFERENCES school(id),
    choices      TEXT NOT NULL                 -- school.RolloverChoices as JSON: ids and names of classes
);
CREATE UNIQUE INDEX rollover_choice_one ON rollover_choice(rollover_id, school_id);
INSERT INTO rollover_choice (id, authority_id, rollover_id, school_id, choices)
    SELECT rollover_id || '.' || school_id, authority_id, rollover_id, school_id, choices FROM rollover_school WHERE choices <> '{}';

ALTER TABLE rollover_school ADD COLUMN was TEXT NOT NULL DEFAULT '{}'; -- of one carried out: name and grade of its classes before, as JSON by id

-- +goose Down
-- Forward only.
SELECT 1;
