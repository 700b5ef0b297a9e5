package store

import (
	"context"
	"database/sql"
	"time"

	"ranzen/store/school"
)

// What an authority hands to Apple School Manager: everybody of every school, by ids that stay. Who came by a set of Apple's
// keeps the ids of that set, so that nobody is there twice. Apple takes a class that is missing from a later upload for gone
// and deletes the work in it; therefore it is kept which classes the last set named.

var _ = registerEvent(school.Export, "asm.made")

// ASMSet is the last set of files that was made for Apple School Manager.
type ASMSet struct {
	At      time.Time // zero: there was none
	People  int
	Classes map[string]string // names by ids at Apple
}

// LastASMSet reads the last set of the actor's authority.
func (s *Store) LastASMSet(ctx context.Context, by school.Actor) (x ASMSet, err error) {
	if err := mayAt(by, school.Export, school.AtAuthority, ""); err != nil {
		return x, err
	}
	_, err = s.read().one(ctx, `SELECT at, people, classes FROM asm_set WHERE authority_id = $1`, args(string(by.Tenant)), stamp(&x.At), &x.People, fromJSON(&x.Classes))
	return x, err
}

// KeepASMSet notes a set that is handed out. It stands in the audit before anybody has it.
func (s *Store) KeepASMSet(ctx context.Context, by school.Actor, x ASMSet) error {
	ev := event{name: "asm.made", verb: school.Export, subject: "authority", id: string(by.Tenant), final: true, detail: map[string]any{"people": x.People, "classes": len(x.Classes)}}
	_, err := s.write(ctx, by, ev, func(tx *Tx) error {
		_, err := tx.exec(ctx, `INSERT INTO asm_set (authority_id, at, people, classes) VALUES ($1, $2, $3, $4)
			ON CONFLICT (authority_id) DO UPDATE SET at = excluded.at, people = excluded.people, classes = excluded.classes`,
			string(tx.authority), micros(tx.now), x.People, toJSON(x.Classes))
		return err
	})
	return err
}

// asmKeys are the ids a set of Apple's gave to the rows of a table.
const asmKeys = ` WHERE k.authority_id = $1 AND k.source_id IN (SELECT id FROM roster_source WHERE authority_id = $1 AND format = 'asm')`

// Everybody reads all people of the authority with their classes and courses as a roster, each at every school the person
// belongs to.
func (s *Store) Everybody(ctx context.Context, by school.Actor) (out school.Roster, err error) {
	if err := mayAt(by, school.Export, school.AtAuthority, ""); err != nil {
		return out, err
	}
	err = s.snapshot(ctx, func(c conn) (err error) {
		out, err = s.everybody(ctx, c, by.Tenant)
		return err
	})
	return out, err
}

// gathered is a roster being put together of rows.
type gathered struct {
	schools []school.RosterSchool
	at      map[school.SchoolID]int
	people  map[school.PersonID]school.RosterPerson
	home    map[school.PersonID]school.SchoolID
	placed  map[school.PersonID]map[school.SchoolID]int // index within the school
}

func (s *Store) everybody(ctx context.Context, c conn, a school.AuthorityID) (school.Roster, error) {
	g := &gathered{at: map[school.SchoolID]int{}, people: map[school.PersonID]school.RosterPerson{}, home: map[school.PersonID]school.SchoolID{},
		placed: map[school.PersonID]map[school.SchoolID]int{}}
	given := args(string(a))
	err := c.each(ctx, `SELECT id, name, number FROM school WHERE authority_id = $1 AND NOT archived ORDER BY name_sort, id`, given, func(r *sql.Rows) error {
		var id school.SchoolID
		var x school.RosterSchool
		err := r.Scan(text(&id), &x.Name, &x.Number)
		if x.Number == "" {
			x.Number = string(id)
		}
		g.at[id] = len(g.schools)
		g.schools = append(g.schools, x)
		return err
	})
	if err != nil {
		return school.Roster{}, err
	}
	classes, err := c.asmKeysOf(ctx, given, `SELECT k.class_id, k.key FROM class_key k`)
	if err != nil {
		return school.Roster{}, err
	}
	taken := map[school.SchoolID]map[string]bool{} // names in use, as they are compared
	err = c.each(ctx, `SELECT id, school_id, name, grade, FALSE FROM class WHERE authority_id = $1 AND NOT archived
		UNION ALL SELECT g.id, g.school_id, g.name, '', TRUE FROM school_group g WHERE g.authority_id = $1 AND NOT g.archived AND g.school_id IS NOT NULL
			AND EXISTS (SELECT 1 FROM membership m WHERE m.group_id = g.id AND (m.until_at IS NULL OR m.until_at > $2)) ORDER BY 5, 3, 1`, args(string(a), s.Now().UnixMicro()), func(r *sql.Rows) error {
		var at school.SchoolID
		var x school.RosterClass
		if err := r.Scan(&x.ID, text(&at), &x.Name, &x.Grade, &x.Course); err != nil {
			return err
		}
		n, open := g.at[at]
		key := school.ClassKey(x.Name)
		if !open || taken[at][key] { // a course that is called like a class is that class at Apple
			return nil
		}
		if taken[at] == nil {
			taken[at] = map[string]bool{}
		}
		taken[at][key] = true
		if id, known := classes[x.ID]; known {
			x.ID = id
		}
		g.schools[n].Classes = append(g.schools[n].Classes, x)
		return nil
	})
	if err != nil {
		return school.Roster{}, err
	}
	if err := s.gatherPeople(ctx, c, a, g); err != nil {
		return school.Roster{}, err
	}
	return school.Roster{Source: "ranzen", Schools: g.schools}, nil
}

// asmKeysOf reads which id of Apple's a row has; of several the first.
func (c conn) asmKeysOf(ctx context.Context, given []any, query string) (map[string]string, error) {
	out := map[string]string{}
	err := c.each(ctx, query+asmKeys+` ORDER BY k.key`, given, func(r *sql.Rows) error {
		var id, key string
		err := r.Scan(&id, &key)
		if _, has := out[id]; !has && key[0] != '-' {
			out[id] = key
		}
		return err
	})
	return out, err
}

func (s *Store) gatherPeople(ctx context.Context, c conn, a school.AuthorityID, g *gathered) error {
	keys, err := c.asmKeysOf(ctx, args(string(a)), `SELECT k.person_id, k.key FROM person_key k`)
	if err != nil {
		return err
	}
	var order []school.PersonID
	err = c.each(ctx, `SELECT id, school_id, kind, given, family, email, login FROM person WHERE authority_id = $1 AND NOT archived ORDER BY name_sort, id`, args(string(a)), func(r *sql.Rows) error {
		var id school.PersonID
		var at school.SchoolID
		var p school.RosterPerson
		err := r.Scan(text(&id), text(&at), text(&p.Kind), &p.Given, &p.Family, &p.Email, &p.Login)
		if p.ID = string(id); keys[p.ID] != "" {
			p.ID = keys[p.ID]
		}
		g.people[id], g.home[id] = p, at
		order = append(order, id)
		return err
	})
	if err != nil {
		return err
	}
	for _, id := range order {
		g.place(id, g.home[id])
	}
	return c.each(ctx, `SELECT m.person_id, COALESCE(c.school_id, g.school_id, m.school_id), COALESCE(c.name, g.name, ''), m.teaches
		FROM membership m LEFT JOIN class c ON c.id = m.class_id LEFT JOIN school_group g ON g.id = m.group_id
		WHERE m.authority_id = $1 AND m.from_at <= $2 AND (m.until_at IS NULL OR m.until_at > $2) AND NOT COALESCE(c.archived, FALSE) AND NOT COALESCE(g.archived, FALSE)
		ORDER BY m.from_at, m.id`, args(string(a), s.Now().UnixMicro()), func(r *sql.Rows) error {
		var id school.PersonID
		var at school.SchoolID
		var name string
		var teaches bool
		if err := r.Scan(text(&id), text(&at), &name, &teaches); err != nil {
			return err
		}
		p := g.place(id, at)
		switch {
		case p == nil || name == "":
		case teaches:
			p.Teaches = append(p.Teaches, name)
		default:
			p.Classes = append(p.Classes, name)
		}
		return nil
	})
}

// place is a person at a school; nil for who or what is archived.
func (g *gathered) place(id school.PersonID, at school.SchoolID) *school.RosterPerson {
	p, known := g.people[id]
	n, open := g.at[at]
	if !known || !open {
		return nil
	}
	i, placed := g.placed[id][at]
	if !placed {
		if g.placed[id] == nil {
			g.placed[id] = map[school.SchoolID]int{}
		}
		i = len(g.schools[n].People)
		g.placed[id][at] = i
		g.schools[n].People = append(g.schools[n].People, p)
	}
	return &g.schools[n].People[i]
}
