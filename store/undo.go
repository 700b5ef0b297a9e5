package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"ranzen/store/school"
)

// ChangeSet is one write that may be undone.
type ChangeSet struct {
	ID     school.ChangeSetID
	Event  string
	School school.SchoolID
	At     time.Time
	Actor  string // id of who did it
	Until  time.Time
	Undone bool
	Undoes school.ChangeSetID
	Rows   int
}

// Undo writes the facts of a change set back to what they were, as a new change set, where every row still is what the
// change set made it. Otherwise nothing is changed and the error (kind Conflict, code "undo_conflict") names what moved.
// Device orders are never undone; an undo can itself be undone.
func (s *Store) Undo(ctx context.Context, by school.Actor, id school.ChangeSetID) (school.ChangeSetID, error) {
	set, err := s.ChangeSet(ctx, by, id)
	if err != nil {
		return "", err
	}
	ev := event{name: "undone", verb: undoVerb(set.Event), school: set.School, subject: "change_set", id: string(id), undoes: id,
		detail: map[string]any{"event": set.Event, "rows": set.Rows}}
	return s.write(ctx, by, ev, func(tx *Tx) error { return tx.undo(id) })
}

// undo writes the rows of a change set back within another write.
func (tx *Tx) undo(id school.ChangeSetID) error {
	var until time.Time
	var undone string
	found, err := tx.one(tx.ctx, `SELECT undo_until, undone_by FROM change_set WHERE id = $1 AND authority_id = $2 FOR UPDATE`,
		args(string(id), string(tx.authority)), stamp(&until), text(&undone))
	switch {
	case err != nil:
		return err
	case !found:
		return school.Missing("change_set")
	case undone != "":
		return school.Clash("undo_done")
	case until.IsZero():
		return school.Clash("undo_never")
	case tx.now.After(until):
		return school.Clash("undo_late", until)
	}
	images, err := tx.imagesOf(id)
	if err != nil {
		return err
	}
	for i := len(images) - 1; i >= 0; i-- {
		if err := tx.revert(images[i]); err != nil {
			return err
		}
	}
	_, err = tx.exec(tx.ctx, `UPDATE change_set SET undone_by = $1 WHERE id = $2`, "yes", string(id))
	return err
}

// undoVerb is what one must be allowed to do to undo an event: what one needed to do it.
func undoVerb(event string) school.Verb {
	if v, ok := eventVerbs[event]; ok {
		return v
	}
	return school.Settings
}

func (tx *Tx) imagesOf(id school.ChangeSetID) ([]image, error) {
	var out []image
	n := 0
	err := tx.each(tx.ctx, `SELECT table_name, row_id, before_sealed, after_sealed FROM change_row WHERE change_set_id = $1 AND authority_id = $2 ORDER BY n`,
		args(string(id), string(tx.authority)), func(r *sql.Rows) error {
			var i image
			var before, after []byte
			if err := r.Scan(&i.table, &i.id, &before, &after); err != nil {
				return err
			}
			at := cell{tx.authority, "change_row", "image", fmt.Sprintf("%s/%d", id, n)}
			n++
			for _, x := range []struct {
				sealed []byte
				dst    *row
			}{{before, &i.before}, {after, &i.after}} {
				plain, err := tx.s.open(at, x.sealed)
				if err != nil {
					return err
				}
				if *x.dst, err = decodeRow(plain); err != nil {
					return err
				}
			}
			if i.before == nil && i.after == nil {
				return school.Clash("undo_erased") // images are blanked by erasure of a person
			}
			out = append(out, i)
			return nil
		})
	return out, err
}

// only is a row without the columns another one does not have: an image is older than a column that was added since.
func (r row) only(like row) row {
	if r == nil || like == nil {
		return r
	}
	out := make(row, len(like))
	for c := range like {
		if v, has := r[c]; has {
			out[c] = v
		}
	}
	return out
}

// revert writes one row back if it still is what the change set made it.
func (tx *Tx) revert(i image) error {
	is, err := tx.fetch(i.table, i.id)
	if err != nil {
		return err
	}
	if encodeRow(is.only(i.after)) != encodeRow(i.after) {
		return school.Clash("undo_conflict", i.table, i.id)
	}
	if err := tx.openFor(is, i.before); err != nil {
		return err
	}
	switch {
	case i.before == nil:
		if i.table == "damage" { // its pictures are nothing without it
			if _, err := tx.exec(tx.ctx, `DELETE FROM damage_picture WHERE damage_id = $1 AND authority_id = $2`, i.id, string(tx.authority)); err != nil {
				return err
			}
		}
		return tx.remove(i.table, i.id)
	case is == nil:
		r := row{}
		for c, v := range i.before {
			r[c] = v
		}
		if err := tx.insert(i.table, r); err != nil || i.table != "device" {
			return err
		}
		return tx.observable(i.id, "")
	default:
		set := row{}
		for c, v := range i.before {
			if c != key {
				set[c] = v
			}
		}
		return tx.change(i.table, i.id, is, set)
	}
}

// openFor refuses to bring a row back to a school that was archived since: nothing could be done with it there.
func (tx *Tx) openFor(is, before row) error {
	at := before.str("school_id")
	if at == "" || is != nil && is.str("school_id") == at && is.flag("archived") == before.flag("archived") {
		return nil
	}
	s, err := tx.fetch("school", at)
	if err == nil && s.flag("archived") {
		err = school.Clash("school_archived", s.str("name"))
	}
	return err
}

// ChangeSet reads one change set of the actor's authority.
func (s *Store) ChangeSet(ctx context.Context, by school.Actor, id school.ChangeSetID) (ChangeSet, error) {
	sets, err := s.changeSets(ctx, by, `c.id = ?`, string(id), 1)
	if err != nil {
		return ChangeSet{}, err
	}
	if len(sets) == 0 {
		return ChangeSet{}, school.Missing("change_set")
	}
	return sets[0], nil
}

// ChangeSets lists the newest change sets the actor may see, for the history of a page. Empty subject: all.
func (s *Store) ChangeSets(ctx context.Context, by school.Actor, limit int) ([]ChangeSet, error) {
	return s.changeSets(ctx, by, `c.id <> ?`, "", limit)
}

func (s *Store) changeSets(ctx context.Context, by school.Actor, cond string, arg string, limit int) ([]ChangeSet, error) {
	var w where
	w.and("c.authority_id = ?", string(by.Tenant))
	w.and(cond, arg)
	verb := school.View
	if !by.CanSomewhere(verb, by.Tenant) {
		verb = school.Lend // a desk undoes what it did; more it may not
	}
	if err := w.limitSchools(by, verb, by.Tenant, "c.school_id"); err != nil {
		return nil, err
	}
	var out []ChangeSet
	err := s.read().each(ctx, `SELECT c.id, c.event, c.school_id, c.at, c.actor_id, c.undo_until, c.undone_by IS NOT NULL, c.undoes,
		COALESCE(c.images, (SELECT count(*) FROM change_row r WHERE r.change_set_id = c.id))
		FROM change_set c WHERE `+w.String()+` ORDER BY c.seq DESC LIMIT `+w.arg(limit), w.args, func(r *sql.Rows) error {
		var c ChangeSet
		if err := r.Scan(text(&c.ID), &c.Event, text(&c.School), stamp(&c.At), &c.Actor, stamp(&c.Until), &c.Undone, text(&c.Undoes), &c.Rows); err != nil {
			return err
		}
		out = append(out, c)
		return nil
	})
	return out, err
}
