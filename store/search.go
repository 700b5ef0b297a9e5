package store

import (
	"context"
	"database/sql"
	"strings"

	"ranzen/store/school"
)

// Hit is one thing the search field found.
type Hit struct {
	ID         string // of the kind the hit stands under
	Name       string // inventory number, else serial; "Family, Given"; name of class, school or place
	Detail     string // serial; class and device of a person; kind of place
	School     school.SchoolID
	SchoolName string
	Exact      bool // the text is exactly its serial or inventory number
}

// Found is what the search field found, by kind, at most eight of each. What the actor may not see is not found, and
// nothing says that it exists: there are no totals.
type Found struct {
	Devices []Hit
	Persons []Hit
	Classes []Hit
	Schools []Hit
	Places  []Hit
}

// Empty reports whether nothing was found.
func (f Found) Empty() bool {
	return len(f.Devices)+len(f.Persons)+len(f.Classes)+len(f.Schools)+len(f.Places) == 0
}

const foundPerKind = 8

// Search looks for what people type into the one field: a serial or inventory number, typed or scanned, a name in either
// order, a class, a school, a place. Fewer than two letters find nothing.
func (s *Store) Search(ctx context.Context, by school.Actor, text string) (Found, error) {
	var f Found
	words := searchWords(text)
	if len([]rune(strings.Join(words, ""))) < 2 {
		return f, nil
	}
	if !by.CanSomewhere(school.View, by.Tenant) {
		return f, school.Missing("authority")
	}
	err := s.snapshot(ctx, func(c conn) error {
		for _, find := range []struct {
			into *[]Hit
			how  func(context.Context, conn, school.Actor, string, []string) ([]Hit, error)
		}{{&f.Devices, findDevices}, {&f.Persons, s.findPersons}, {&f.Classes, findClasses}, {&f.Schools, findSchools}, {&f.Places, findPlaces}} {
			var err error
			if *find.into, err = find.how(ctx, c, by, text, words); err != nil {
				return err
			}
		}
		return nil
	})
	return f, err
}

// hits runs a query for id, name, detail, school and its name, and whether it is exact.
func hits(ctx context.Context, c conn, w *where, query, order string) (out []Hit, err error) {
	err = c.each(ctx, query+w.String()+order+` LIMIT `+w.arg(foundPerKind), w.args, func(r *sql.Rows) error {
		var h Hit
		err := r.Scan(&h.ID, &h.Name, &h.Detail, text(&h.School), &h.SchoolName, &h.Exact)
		out = append(out, h)
		return err
	})
	return out, err
}

func findDevices(ctx context.Context, c conn, by school.Actor, text string, _ []string) ([]Hit, error) {
	var w where
	serial, number := cleanSerial(text), school.Fold(text)
	exact := `(d.serial = ` + w.arg(serial) + ` OR a.number_fold = ` + w.arg(number)
	if len(serial) > 10 && serial[0] == 'S' { // the bar code on Apple's box has an S before the serial number
		exact += ` OR d.serial = ` + w.arg(serial[1:])
	}
	exact += `)`
	begins := `(d.serial LIKE ` + w.arg(strings.ToUpper(likePrefix(serial))) + ` ESCAPE '\' OR a.number_fold LIKE ` + w.arg(likePrefix(number)) + ` ESCAPE '\')`
	w.and("d.authority_id = ?", string(by.Tenant))
	if err := w.limitSchools(by, school.View, by.Tenant, "d.school_id"); err != nil {
		return nil, err
	}
	w.and(`(`+exact+` OR `+begins+` OR a.number_fold LIKE ? ESCAPE '\')`, "%"+likePrefix(number))
	return hits(ctx, c, &w, `SELECT d.id, COALESCE(a.number, d.serial), d.serial, d.school_id, COALESCE(s.name, ''), `+exact+`
		FROM device d JOIN asset a ON a.id = d.asset_id LEFT JOIN school s ON s.id = d.school_id WHERE `,
		` ORDER BY CASE WHEN `+exact+` THEN 0 WHEN `+begins+` THEN 1 ELSE 2 END, a.number_sort NULLS LAST, d.serial`)
}

func (s *Store) findPersons(ctx context.Context, c conn, by school.Actor, text string, words []string) ([]Hit, error) {
	if !by.CanSomewhere(school.ViewPeople, by.Tenant) {
		return nil, nil
	}
	w, err := personsWhere(by, PersonFilter{Text: text}, s.Now())
	if err != nil {
		return nil, err
	}
	whole := likePrefix(strings.Join(words, " "))
	begins := `(p.name_fold LIKE ` + w.arg(whole) + ` ESCAPE '\' OR p.given_fold LIKE ` + w.arg(whole) + ` ESCAPE '\')`
	var out []Hit
	err = c.each(ctx, personSelect+personFrom+w.String()+` ORDER BY CASE WHEN `+begins+` THEN 0 ELSE 1 END, p.name_sort, p.id LIMIT `+w.arg(foundPerKind), w.args,
		func(r *sql.Rows) error {
			var p PersonRow
			err := scanPerson(r, &p)
			out = append(out, Hit{ID: string(p.ID), Name: p.Name(), Detail: joined(p.ClassName, p.DeviceName), School: p.School, SchoolName: p.SchoolName})
			return err
		})
	return out, err
}

// joined puts a middle dot between what is there.
func joined(parts ...string) string {
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, " · ")
}

// ofSchool narrows to rows of which every word names the thing or its school, and at least one the thing itself.
func ofSchool(w *where, by school.Actor, words []string, column, alias string) error {
	w.and(alias+".authority_id = ?", string(by.Tenant))
	if err := w.limitSchools(by, school.View, by.Tenant, alias+".school_id"); err != nil {
		return err
	}
	var named []string
	var a []any
	for _, word := range words {
		w.and(wordCond([]string{column, "s.name_fold"}, ""), wordArgs(likePrefix(word), 2)...)
		named = append(named, wordCond([]string{column}, ""))
		a = append(a, wordArgs(likePrefix(word), 1)...)
	}
	w.and("("+strings.Join(named, " OR ")+")", a...)
	return nil
}

func findClasses(ctx context.Context, c conn, by school.Actor, _ string, words []string) ([]Hit, error) {
	var w where
	if err := ofSchool(&w, by, words, "c.name_fold", "c"); err != nil {
		return nil, err
	}
	w.and("NOT c.archived")
	return hits(ctx, c, &w, `SELECT c.id, c.name, c.grade, c.school_id, s.name, FALSE FROM class c JOIN school s ON s.id = c.school_id WHERE `,
		` ORDER BY c.name_sort, s.name_sort, c.id`)
}

func findPlaces(ctx context.Context, c conn, by school.Actor, _ string, words []string) ([]Hit, error) {
	var w where
	if err := ofSchool(&w, by, words, "p.name_fold", "p"); err != nil {
		return nil, err
	}
	return hits(ctx, c, &w, `SELECT p.id, p.name, p.kind, p.school_id, s.name, FALSE FROM place p JOIN school s ON s.id = p.school_id WHERE `,
		` ORDER BY p.name_sort, s.name_sort, p.id`)
}

func findSchools(ctx context.Context, c conn, by school.Actor, text string, _ []string) ([]Hit, error) {
	var w where
	exact := `s.number = ` + w.arg(strings.TrimSpace(text))
	w.and("s.authority_id = ?", string(by.Tenant))
	w.and("NOT s.archived")
	if err := w.limitSchools(by, school.View, by.Tenant, "s.id"); err != nil {
		return nil, err
	}
	var names where
	names.args = w.args
	names.words(text, "s.name_fold")
	w.args = names.args
	w.and("((" + names.String() + ") OR " + exact + ")")
	return hits(ctx, c, &w, `SELECT s.id, s.name, s.type, s.id, s.name, `+exact+` FROM school s WHERE `, ` ORDER BY CASE WHEN `+exact+` THEN 0 ELSE 1 END, s.name_sort, s.id`)
}
