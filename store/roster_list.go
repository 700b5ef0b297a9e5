package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"strconv"

	"ranzen/store/school"
)

// runsOf narrows runs (r) to those somebody may see: those of the schools they keep people of, and their own of several.
func (w *where) runsOf(by school.Actor) error {
	w.and("r.authority_id = ?", string(by.Tenant))
	schools, ok := by.Schools(school.EditPeople, by.Tenant)
	if !ok {
		return school.Missing("roster_run")
	}
	if schools != nil {
		w.and("(r.school_id IS NULL AND r.actor_id = ? OR r.school_id IN (SELECT value FROM json_array_elements_text(?::json)))", by.ID(), list(schools))
	}
	return nil
}

const runSelect = `SELECT r.id, r.authority_id, r.source_id, x.name, r.school_id, r.actor_id, r.actor_name, r.file, r.hash, r.state, r.created_at,
	r.upload_sealed IS NOT NULL, r.words`

const runFrom = ` FROM roster_run r JOIN roster_source x ON x.id = r.source_id WHERE `

func scanRun(r *sql.Rows, x *school.RosterRun, rest ...any) error {
	return r.Scan(append([]any{text(&x.ID), text(&x.Authority), text(&x.Source), &x.SourceName, text(&x.School), &x.By, &x.ByName, &x.File, &x.Hash, &x.State,
		stamp(&x.Created), &x.Kept, fromJSON(&x.Words)}, rest...)...)
}

// RosterRuns lists runs, newest first, each with its parts in numbers.
func (s *Store) RosterRuns(ctx context.Context, by school.Actor, after string, limit int) (Page[school.RosterRun], error) {
	var w where
	if err := w.runsOf(by); err != nil {
		return Page[school.RosterRun]{}, err
	}
	o := order{key: "r.created_at", id: "r.id", desc: true}
	if err := w.page(o, after); err != nil {
		return Page[school.RosterRun]{}, err
	}
	p, err := pageOf(ctx, s.read(), runSelect+o.columns()+runFrom+w.String(), &w, o, limit, scanRun)
	if err != nil {
		return p, err
	}
	at := map[school.RosterRunID]int{}
	var ids []school.RosterRunID
	for i, x := range p.Rows {
		at[x.ID], ids = i, append(ids, x.ID)
	}
	err = s.rosterParts(ctx, s.read(), by, `p.run_id`+in, list(ids), false, func(id school.RosterRunID, x school.RosterPart) {
		p.Rows[at[id]].Parts = append(p.Rows[at[id]].Parts, x)
	})
	return p, err
}

// RosterRun reads one run with its parts in numbers.
func (s *Store) RosterRun(ctx context.Context, by school.Actor, id school.RosterRunID) (school.RosterRun, error) {
	return s.rosterRun(ctx, s.read(), by, id)
}

func (s *Store) rosterRun(ctx context.Context, c conn, by school.Actor, id school.RosterRunID) (x school.RosterRun, err error) {
	var w where
	if err := w.runsOf(by); err != nil {
		return x, err
	}
	w.and("r.id = ?", string(id))
	if err := c.each(ctx, runSelect+runFrom+w.String(), w.args, func(r *sql.Rows) error { return scanRun(r, &x) }); err != nil {
		return x, err
	}
	if x.ID == "" {
		return x, school.Missing("roster_run")
	}
	err = s.rosterParts(ctx, c, by, `p.run_id = $2`, string(id), false, func(_ school.RosterRunID, p school.RosterPart) { x.Parts = append(x.Parts, p) })
	return x, err
}

// RosterPart reads one school of a run with all its lines, as long as they are kept.
func (s *Store) RosterPart(ctx context.Context, by school.Actor, id school.RosterRunID, n int) (school.RosterPart, error) {
	return s.rosterPart(ctx, s.read(), by, id, n)
}

func (s *Store) rosterPart(ctx context.Context, c conn, by school.Actor, id school.RosterRunID, n int) (out school.RosterPart, err error) {
	if _, err := s.rosterRun(ctx, c, by, id); err != nil {
		return out, err
	}
	found := false
	err = s.rosterParts(ctx, c, by, `p.run_id = $2 AND p.n = `+strconv.Itoa(n), string(id), true, func(_ school.RosterRunID, p school.RosterPart) { out, found = p, true })
	if err == nil && !found {
		err = school.Missing("roster_part")
	}
	return out, err
}

// OpenRosterQuestions lists the parts that wait for an answer, newest first: the match queue.
func (s *Store) OpenRosterQuestions(ctx context.Context, by school.Actor) (out []school.RosterRun, err error) {
	var w where
	if err := w.runsOf(by); err != nil {
		return nil, err
	}
	w.and("EXISTS (SELECT 1 FROM roster_part p WHERE p.run_id = r.id AND p.open > 0)")
	err = s.read().each(ctx, runSelect+runFrom+w.String()+` ORDER BY r.created_at DESC, r.id DESC LIMIT 50`, w.args, func(r *sql.Rows) error {
		var x school.RosterRun
		err := scanRun(r, &x)
		out = append(out, x)
		return err
	})
	if err != nil {
		return nil, err
	}
	for i := range out {
		err := s.rosterParts(ctx, s.read(), by, `p.open > 0 AND p.run_id = $2`, string(out[i].ID), true, func(_ school.RosterRunID, p school.RosterPart) {
			out[i].Parts = append(out[i].Parts, p)
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// rosterParts reads parts the actor may see; with whole also what of them is sealed.
func (s *Store) rosterParts(ctx context.Context, c conn, by school.Actor, cond, arg string, whole bool, fn func(school.RosterRunID, school.RosterPart)) error {
	body := "NULL"
	if whole {
		body = "p.plan_sealed"
	}
	return c.each(ctx, `SELECT p.run_id, p.n, p.school_id, COALESCE(s.name, ''), COALESCE(s.number, ''), p.state, p.hash, p.people, p.changes, p.open, p.counts, p.moved, p.applied_at, x.id, x.undone_by IS NOT NULL, `+body+`
		FROM roster_part p LEFT JOIN school s ON s.id = p.school_id LEFT JOIN change_set x ON x.authority_id = p.authority_id AND x.seq = p.applied_seq
		WHERE p.authority_id = $1 AND `+cond+` ORDER BY p.run_id, p.n`, args(string(by.Tenant), arg), func(r *sql.Rows) error {
		var id school.RosterRunID
		var p school.RosterPart
		var sealed []byte
		if err := r.Scan(text(&id), &p.N, text(&p.School), &p.SchoolName, &p.Number, &p.State, &p.Hash, &p.People, &p.Changes, &p.Open, fromJSON(&p.Counts), &p.Moved,
			stamp(&p.Applied), text(&p.Result), &p.Undone, &sealed); err != nil {
			return err
		}
		if p.School != "" && !by.Can(school.EditPeople, school.Where{Authority: by.Tenant, School: p.School}) {
			return nil
		}
		plain, err := s.unpacked(partCell(by.Tenant, id, p.N), sealed)
		if err != nil {
			return err
		}
		if plain != nil {
			var b partBody
			if err := json.Unmarshal(plain, &b); err != nil {
				return err
			}
			if p.SchoolName == "" {
				p.SchoolName = b.SchoolName
			}
			p.Number, p.Items, p.Questions, p.Guards, p.Words, p.After, p.Typed = b.Number, b.Items, b.Questions, b.Guards, b.Words, b.After, b.Typed
		}
		fn(id, p)
		return nil
	})
}
