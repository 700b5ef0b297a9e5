package store

import (
	"context"
	"database/sql"

	"ranzen/store/school"
)

var _ = registerEvent(school.EditOrg, "place.removed")

// A place is a case, a room or a stock of a school (place.go computes where devices stand in the tree).

// PlaceRow is a place with what its line in a list shows.
type PlaceRow struct {
	school.Place
	SchoolName string
	ClassName  string
	Devices    int
}

// PlaceFilter narrows a list of places.
type PlaceFilter struct {
	School school.SchoolID
	Text   string
	After  string
	Limit  int
}

// cleanPlace checks a place inside a write: its class must stand at the same school.
func (tx *Tx) cleanPlace(p *school.Place) (err error) {
	if p.Name, err = cleanName("name", p.Name); err != nil {
		return err
	}
	if p.Kind != school.Case && p.Kind != school.Room && p.Kind != school.Stock {
		return school.Refuse("kind", "choice")
	}
	if p.Class != "" {
		if err := tx.classAt(p.Class, p.School); err != nil {
			return err
		}
	}
	n, err := tx.number(tx.ctx, `SELECT count(*) FROM place WHERE authority_id = $1 AND school_id = $2 AND name_fold = $3 AND id <> $4`,
		string(tx.authority), string(p.School), school.Fold(p.Name), string(p.ID))
	if err == nil && n > 0 {
		err = &school.Error{Kind: school.Conflict, Code: "place_taken", Field: "name", Args: []any{p.Name}}
	}
	return err
}

// classAt refuses a class that does not stand at the school, or is archived.
func (tx *Tx) classAt(id school.ClassID, at school.SchoolID) error {
	c, err := tx.fetch("class", string(id))
	if err != nil {
		return err
	}
	if c == nil || c.str("school_id") != string(at) {
		return school.Refuse("class", "class_elsewhere")
	}
	if c.flag("archived") {
		return school.Refuse("class", "class_archived", c.str("name"))
	}
	return nil
}

// CreatePlace adds a case, room or stock to a school.
func (s *Store) CreatePlace(ctx context.Context, by school.Actor, p school.Place) (school.PlaceID, error) {
	if p.ID == "" {
		p.ID = NewID[school.PlaceID]()
	}
	ev := event{name: "place.created", verb: school.EditOrg, school: p.School, subject: "place", id: string(p.ID)}
	_, err := s.write(ctx, by, ev, func(tx *Tx) error {
		p := p
		if err := tx.openSchool(p.School, school.EditOrg); err != nil {
			return err
		}
		if err := tx.cleanPlace(&p); err != nil {
			return err
		}
		return tx.insert("place", numbered(row{"id": string(p.ID), "school_id": string(p.School), "kind": string(p.Kind), "class_id": opt(p.Class),
			"created_at": micros(tx.now)}, p.Name))
	})
	if err != nil {
		return "", err
	}
	return p.ID, nil
}

// ChangePlace writes name, kind and class of a place. Its school stays: what stands in it would move unseen.
func (s *Store) ChangePlace(ctx context.Context, by school.Actor, p school.Place) (school.ChangeSetID, error) {
	return s.writeAt(ctx, by, "place", event{name: "place.changed", verb: school.EditOrg, subject: "place", id: string(p.ID)}, func(tx *Tx, r row) error {
		p := p
		p.School = school.SchoolID(r.str("school_id"))
		if err := tx.cleanPlace(&p); err != nil {
			return err
		}
		return tx.change("place", string(p.ID), r, numbered(row{"kind": string(p.Kind), "class_id": opt(p.Class)}, p.Name))
	})
}

// RemovePlace takes a place away in which nothing stands.
func (s *Store) RemovePlace(ctx context.Context, by school.Actor, id school.PlaceID) (school.ChangeSetID, error) {
	return s.writeAt(ctx, by, "place", event{name: "place.removed", verb: school.EditOrg, subject: "place", id: string(id)}, func(tx *Tx, r row) error {
		n, err := tx.number(ctx, `SELECT count(*) FROM device WHERE authority_id = $1 AND place_id = $2`, string(tx.authority), string(id))
		if err != nil {
			return err
		}
		more, err := tx.number(ctx, `SELECT (SELECT count(*) FROM asset WHERE place_id = $1) + (SELECT count(*) FROM contract WHERE place_id = $1 AND closed_at IS NULL)`, string(id))
		if err != nil {
			return err
		}
		if n += more; n > 0 {
			return school.Clash("place_not_empty", r.str("name"), int(n))
		}
		return tx.remove("place", string(id))
	})
}

const placeSelect = `SELECT p.id, p.authority_id, p.school_id, p.kind, p.name, p.class_id, s.name, COALESCE(c.name, ''),
	(SELECT count(*) FROM device d WHERE d.place_id = p.id)`

const placeFrom = ` FROM place p JOIN school s ON s.id = p.school_id LEFT JOIN class c ON c.id = p.class_id WHERE `

func scanPlace(r *sql.Rows, p *PlaceRow, rest ...any) error {
	return r.Scan(append([]any{text(&p.ID), text(&p.Authority), text(&p.School), text(&p.Kind), &p.Name, text(&p.Class), &p.SchoolName, &p.ClassName, &p.Devices}, rest...)...)
}

// Places lists places the actor may see.
func (s *Store) Places(ctx context.Context, by school.Actor, f PlaceFilter) (Page[PlaceRow], error) {
	var w where
	w.and("p.authority_id = ?", string(by.Tenant))
	if err := w.limitSchools(by, school.View, by.Tenant, "p.school_id"); err != nil {
		return Page[PlaceRow]{}, err
	}
	if f.School != "" {
		w.and("p.school_id = ?", string(f.School))
	}
	w.words(f.Text, "p.name_fold")
	o := order{key: "p.name_sort", id: "p.id"}
	if err := w.page(o, f.After); err != nil {
		return Page[PlaceRow]{}, err
	}
	return pageOf(ctx, s.read(), placeSelect+o.columns()+placeFrom+w.String(), &w, o, f.Limit, scanPlace)
}

// PlaceByID reads one place the actor may see.
func (s *Store) PlaceByID(ctx context.Context, by school.Actor, id school.PlaceID) (PlaceRow, error) {
	var p PlaceRow
	var w where
	w.and("p.authority_id = ?", string(by.Tenant))
	w.and("p.id = ?", string(id))
	if err := w.limitSchools(by, school.View, by.Tenant, "p.school_id"); err != nil {
		return p, school.Missing("place")
	}
	err := s.read().each(ctx, placeSelect+placeFrom+w.String(), w.args, func(r *sql.Rows) error { return scanPlace(r, &p) })
	if err == nil && p.ID == "" {
		err = school.Missing("place")
	}
	return p, err
}
