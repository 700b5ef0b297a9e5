package store

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"ranzen/store/school"
)

// ClassRow is a class with what its line in a list shows.
type ClassRow struct {
	school.Class
	SchoolName string
	People     int // pupils and others who belong to it today, without its teachers
	Devices    int // devices that count to it
}

// ClassFilter narrows a list of classes. Text finds by name, folded, each word for itself.
type ClassFilter struct {
	School   school.SchoolID
	Text     string
	Archived bool // the archived ones instead of the present ones
	After    string
	Limit    int
}

func cleanClass(c *school.Class) (err error) {
	if c.Name, err = cleanName("name", c.Name); err != nil {
		return err
	}
	c.Grade = strings.Join(strings.Fields(c.Grade), " ")
	if len(c.Grade) > 20 || strings.Contains(c.Grade, "/") { // "/" parts school and grade in a scope
		return school.Refuse("grade", "grade_form")
	}
	return nil
}

// CreateClass adds a class to a school.
func (s *Store) CreateClass(ctx context.Context, by school.Actor, c school.Class) (school.ClassID, error) {
	if err := cleanClass(&c); err != nil {
		return "", err
	}
	if c.ID == "" {
		c.ID = NewID[school.ClassID]()
	}
	ev := event{name: "class.created", verb: school.EditOrg, school: c.School, subject: "class", id: string(c.ID)}
	_, err := s.write(ctx, by, ev, func(tx *Tx) error {
		if err := tx.openSchool(c.School, school.EditOrg); err != nil {
			return err
		}
		err := tx.insert("class", numbered(row{"id": string(c.ID), "school_id": string(c.School), "grade": c.Grade, "archived": false, "created_at": micros(tx.now)}, c.Name))
		return taken(err, "name", "class_taken", c.Name)
	})
	if err != nil {
		return "", err
	}
	return c.ID, nil
}

// ChangeClass writes name and grade. A class outlives its name: what is assigned to it stays, nothing is sent for a name
// that no profile uses.
func (s *Store) ChangeClass(ctx context.Context, by school.Actor, c school.Class) (school.ChangeSetID, error) {
	if err := cleanClass(&c); err != nil {
		return "", err
	}
	return s.writeAt(ctx, by, "class", event{name: "class.changed", verb: school.EditOrg, subject: "class", id: string(c.ID)}, func(tx *Tx, r row) error {
		return taken(tx.change("class", string(c.ID), r, numbered(row{"grade": c.Grade}, c.Name)), "name", "class_taken", c.Name)
	})
}

// ArchiveClass takes a class out of every list. It must be empty: neither people nor devices may count to it.
func (s *Store) ArchiveClass(ctx context.Context, by school.Actor, id school.ClassID) (school.ChangeSetID, error) {
	return s.writeAt(ctx, by, "class", event{name: "class.archived", verb: school.EditOrg, subject: "class", id: string(id)}, func(tx *Tx, r row) error {
		people, err := tx.number(ctx, `SELECT count(DISTINCT m.person_id) FROM membership m WHERE m.authority_id = $1 AND m.class_id = $2 AND NOT m.teaches
			AND (m.until_at IS NULL OR m.until_at > $3)`, string(tx.authority), string(id), tx.now.UnixMicro())
		if err != nil {
			return err
		}
		devices, err := tx.number(ctx, `SELECT count(*) FROM device_state WHERE authority_id = $1 AND at_class_id = $2`, string(tx.authority), string(id))
		if err != nil {
			return err
		}
		if people > 0 || devices > 0 {
			return school.Clash("class_not_empty", r.str("name"), int(people), int(devices))
		}
		return tx.change("class", string(id), r, row{"archived": true})
	})
}

const classSelect = `SELECT c.id, c.authority_id, c.school_id, c.name, c.grade, c.archived, s.name,
	(SELECT count(DISTINCT m.person_id) FROM membership m JOIN person p ON p.id = m.person_id WHERE m.class_id = c.id AND NOT m.teaches
		AND NOT p.archived AND m.from_at <= $1 AND (m.until_at IS NULL OR m.until_at > $1)),
	(SELECT count(*) FROM device_state d WHERE d.at_class_id = c.id)`

const classFrom = ` FROM class c JOIN school s ON s.id = c.school_id WHERE `

func scanClass(r *sql.Rows, c *ClassRow, rest ...any) error {
	return r.Scan(append([]any{text(&c.ID), text(&c.Authority), text(&c.School), &c.Name, &c.Grade, &c.Archived, &c.SchoolName, &c.People, &c.Devices}, rest...)...)
}

// Classes lists classes the actor may see, in the order of counting: 5a, 5b, 10a.
func (s *Store) Classes(ctx context.Context, by school.Actor, f ClassFilter) (Page[ClassRow], error) {
	var w where
	w.arg(s.Now().UnixMicro())
	w.and("c.authority_id = ?", string(by.Tenant))
	w.and("c.archived = ?", f.Archived)
	if err := w.limitSchools(by, school.View, by.Tenant, "c.school_id"); err != nil {
		return Page[ClassRow]{}, err
	}
	if f.School != "" {
		w.and("c.school_id = ?", string(f.School))
	}
	w.words(f.Text, "c.name_fold")
	o := order{key: "c.name_sort", id: "c.id"}
	if err := w.page(o, f.After); err != nil {
		return Page[ClassRow]{}, err
	}
	return pageOf(ctx, s.read(), classSelect+o.columns()+classFrom+w.String(), &w, o, f.Limit, scanClass)
}

// ClassByID reads one class the actor may see, archived or not.
func (s *Store) ClassByID(ctx context.Context, by school.Actor, id school.ClassID) (ClassRow, error) {
	var c ClassRow
	var w where
	w.arg(s.Now().UnixMicro())
	w.and("c.authority_id = ?", string(by.Tenant))
	w.and("c.id = ?", string(id))
	if err := w.limitSchools(by, school.View, by.Tenant, "c.school_id"); err != nil {
		return c, school.Missing("class")
	}
	err := s.read().each(ctx, classSelect+classFrom+w.String(), w.args, func(r *sql.Rows) error { return scanClass(r, &c) })
	if err == nil && c.ID == "" {
		err = school.Missing("class")
	}
	return c, err
}

// Grades are the grades of the classes of a school, in the order of counting.
func (s *Store) Grades(ctx context.Context, by school.Actor, at school.SchoolID) (out []string, err error) {
	if !by.Can(school.View, school.Where{Authority: by.Tenant, School: at}) {
		return nil, school.Missing("school")
	}
	err = s.read().each(ctx, `SELECT DISTINCT grade FROM class WHERE authority_id = $1 AND school_id = $2 AND NOT archived AND grade <> ''`, args(string(by.Tenant), string(at)), func(r *sql.Rows) error {
		var g string
		err := r.Scan(&g)
		out = append(out, g)
		return err
	})
	slices.SortFunc(out, func(a, b string) int { return strings.Compare(naturalSort(a), naturalSort(b)) })
	return out, err
}
