package store

import (
	"context"
	"database/sql"
	"maps"
	"strings"

	"ranzen/store/school"
)

var _ = registerEvent(school.EditPeople, "roster_source.created", "roster_source.changed", "roster_source.archived")

// maxMapping is how long a kept mapping may be.
const maxMapping = 64 << 10

func cleanSource(x *school.RosterSource) (err error) {
	if x.Name, err = cleanName("name", x.Name); err != nil {
		return err
	}
	if len(x.Mapping) > maxMapping {
		return school.Refuse("mapping", "roster.mapping")
	}
	x.Format = strings.TrimSpace(x.Format)
	return nil
}

// CreateRosterSource keeps where rosters come from. One for every school is the authority's to make.
func (s *Store) CreateRosterSource(ctx context.Context, by school.Actor, x school.RosterSource) (school.RosterSourceID, error) {
	if err := cleanSource(&x); err != nil {
		return "", err
	}
	ev, err := sourceMade(by, &x)
	if err != nil {
		return "", err
	}
	if _, err := s.write(ctx, by, ev, func(tx *Tx) error { return tx.addSource(x, nil) }); err != nil {
		return "", err
	}
	return x.ID, nil
}

// sourceMade is the event of a new source, and gives it an id.
func sourceMade(by school.Actor, x *school.RosterSource) (event, error) {
	if x.School == "" {
		if err := mayAt(by, school.EditPeople, school.AtAuthority, ""); err != nil {
			return event{}, err
		}
	}
	if x.ID == "" {
		x.ID = NewID[school.RosterSourceID]()
	}
	return event{name: "roster_source.created", verb: school.EditPeople, school: x.School, subject: "roster_source", id: string(x.ID)}, nil
}

// addSource writes a new source, with more columns if it has some.
func (tx *Tx) addSource(x school.RosterSource, more row) error {
	if x.School != "" {
		if err := tx.openSchool(x.School, school.EditPeople); err != nil {
			return err
		}
	}
	if err := tx.sourceNamed(x); err != nil {
		return err
	}
	r := named(row{"id": string(x.ID), "school_id": opt(x.School), "format": x.Format, "mapping": x.Mapping, "archived": false, "created_at": micros(tx.now)}, x.Name)
	maps.Copy(r, more)
	return tx.insert("roster_source", r)
}

// sourceNamed refuses a second source of a name beside the first. Writers of an authority come one after the other.
func (tx *Tx) sourceNamed(x school.RosterSource) error {
	n, err := tx.number(tx.ctx, `SELECT count(*) FROM roster_source WHERE authority_id = $1 AND COALESCE(school_id, '') = $2 AND name_fold = $3 AND id <> $4 AND NOT archived`,
		string(tx.authority), string(x.School), school.Fold(x.Name), string(x.ID))
	if err == nil && n > 0 {
		err = &school.Error{Kind: school.Conflict, Code: "source_taken", Field: "name", Args: []any{x.Name}}
	}
	return err
}

// ChangeRosterSource writes name, format and mapping. Its school stays: the ids of its people count there.
func (s *Store) ChangeRosterSource(ctx context.Context, by school.Actor, x school.RosterSource) (school.ChangeSetID, error) {
	if err := cleanSource(&x); err != nil {
		return "", err
	}
	ev := event{name: "roster_source.changed", verb: school.EditPeople, subject: "roster_source", id: string(x.ID)}
	return s.writeAt(ctx, by, "roster_source", ev, func(tx *Tx, r row) error {
		x := x
		x.School = school.SchoolID(r.str("school_id"))
		if err := tx.sourceNamed(x); err != nil {
			return err
		}
		return tx.change("roster_source", string(x.ID), r, named(row{"format": x.Format, "mapping": x.Mapping}, x.Name))
	})
}

// ArchiveRosterSource ends a source. Whom it named stays; nobody speaks for them any more.
func (s *Store) ArchiveRosterSource(ctx context.Context, by school.Actor, id school.RosterSourceID) (school.ChangeSetID, error) {
	ev := event{name: "roster_source.archived", verb: school.EditPeople, subject: "roster_source", id: string(id)}
	return s.writeAt(ctx, by, "roster_source", ev, func(tx *Tx, r row) error {
		if _, err := tx.exec(ctx, `DELETE FROM roster_fetch WHERE source_id = $1 AND authority_id = $2`, string(id), string(tx.authority)); err != nil {
			return err
		}
		return tx.change("roster_source", string(id), r, row{"archived": true, "server": "", "server_secret_sealed": nil})
	})
}

// RosterSourceRow is a source with what its line in a list shows.
type RosterSourceRow struct {
	school.RosterSource
	SchoolName string // empty: every school
	People     int    // it speaks for
	Server     bool   // it is asked; no files are brought for it
}

// RosterSources lists the sources somebody may use: those of their schools and those of every school.
func (s *Store) RosterSources(ctx context.Context, by school.Actor) ([]RosterSourceRow, error) {
	return s.rosterSources(ctx, s.read(), by, "")
}

// RosterSourceByID reads one source somebody may use.
func (s *Store) RosterSourceByID(ctx context.Context, by school.Actor, id school.RosterSourceID) (RosterSourceRow, error) {
	return s.rosterSource(ctx, s.read(), by, id)
}

func (s *Store) rosterSource(ctx context.Context, c conn, by school.Actor, id school.RosterSourceID) (RosterSourceRow, error) {
	all, err := s.rosterSources(ctx, c, by, id)
	if err == nil && (id == "" || len(all) != 1) {
		err = school.Missing("roster_source")
	}
	if err != nil {
		return RosterSourceRow{}, err
	}
	return all[0], nil
}

func (s *Store) rosterSources(ctx context.Context, c conn, by school.Actor, id school.RosterSourceID) (out []RosterSourceRow, err error) {
	schools, ok := by.Schools(school.EditPeople, by.Tenant)
	if !ok {
		return nil, school.Missing("roster_source")
	}
	var w where
	w.and("x.authority_id = ?", string(by.Tenant))
	if id != "" {
		w.and("x.id = ?", string(id))
	} else {
		w.and("NOT x.archived")
	}
	spaces := ""
	if schools != nil { // of a source of every school one knows one's own part
		spaces = " AND k.space IN (SELECT value FROM json_array_elements_text(" + w.arg(list(schools)) + "::json))"
		w.and("(x.school_id IS NULL OR x.school_id IN (SELECT value FROM json_array_elements_text(?::json)))", list(schools))
	}
	err = c.each(ctx, `SELECT x.id, x.authority_id, x.school_id, x.name, x.format, x.mapping, x.archived, x.server <> '', COALESCE(s.name, ''),
		(SELECT count(*) FROM person_key k WHERE k.source_id = x.id`+spaces+`)
		FROM roster_source x LEFT JOIN school s ON s.id = x.school_id WHERE `+w.String()+` ORDER BY x.name_sort, x.id`, w.args, func(r *sql.Rows) error {
		var x RosterSourceRow
		err := r.Scan(text(&x.ID), text(&x.Authority), text(&x.School), &x.Name, &x.Format, &x.Mapping, &x.Archived, &x.Server, &x.SchoolName, &x.People)
		out = append(out, x)
		return err
	})
	return out, err
}
