-- +goose Up
-- look: how the pages of an authority look, and who may show them inside a portal. It is apart from the authority, so that a
-- colour marks no device.
CREATE TABLE look (
    id           TEXT PRIMARY KEY,             -- that of the authority
    authority_id TEXT NOT NULL REFERENCES authority(id),
    colour       TEXT NOT NULL DEFAULT '',     -- "#rrggbb"; empty: none of its own
    portals      TEXT NOT NULL DEFAULT '[]',   -- origins that may frame pages
    logo         BYTEA                         -- PNG we encoded ourselves; NULL: none
);
CREATE UNIQUE INDEX look_authority ON look(authority_id);
