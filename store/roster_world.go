package store

import (
	"context"
	"database/sql"
	"strconv"
	"time"

	"ranzen/store/school"
)

// rosterWorld is what is known at one school before a roster is taken over there: what planning compares with. It is read
// with the same few queries by whoever plans and by whoever applies, so that both see the same.
type rosterWorld struct {
	source   school.RosterSourceID
	space    string // in which the ids of the source count
	school   school.School
	now      time.Time
	people   []*rosterHas
	byKey    map[string]*rosterHas // of this source
	classes  []*classHas
	byClass  map[school.ClassID]*classHas
	classKey map[string]classKeyHas    // ids of classes the source uses
	groups   map[string]school.GroupID // by folded name
	groupOf  map[school.GroupID]string
	answers  map[string]rosterAnswer             // by kind and subject
	planted  map[school.ClassID]bool             // devices stand there by plan or place
	comes    map[school.PersonID]string          // who comes from another school with the new year, into which class
	goes     map[school.PersonID]school.SchoolID // who goes to another one
	may      func(school.SchoolID) bool          // who plans it changes people there
	others   map[string][]*rosterHas             // pupils of other schools who may be meant, by name; read only for names of the file
	ahead    bool                                // the roster is of the next school year: what comes of it is a proposal
	before   int                                 // people of the last run that was taken over here; -1: there was none
}

// rosterHas is a person as the world has it.
type rosterHas struct {
	school.Person
	adult   time.Time
	keyID   string // row of the key
	key     string // of this source in this space; empty: it knows nothing of the person
	other   map[string]bool
	class   *classHas // today's class at this school
	members []memberHas
	devices int
	device  string // one of them, as people call it
	at      string // of a pupil of another school: school and class, as people call them

	name string // folded, as names are compared
}

// byHand: no id of this source, so nothing the source leaves out touches the person.
func (h *rosterHas) byHand() bool { return h.key == "" }

// unnamed: the source knows the person without an id.
func (h *rosterHas) unnamed() bool { return h.key != "" && h.key[0] == '-' }

// memberHas is one membership that is not over.
type memberHas struct {
	id      string
	class   school.ClassID
	group   school.GroupID
	school  school.SchoolID // a school as such
	at      school.SchoolID // where class or group stand
	teaches bool
	source  school.RosterSourceID
	from    int64
}

// classKeyHas says which class a source means by an id. The class may be archived by now.
type classKeyHas struct {
	id    string
	class school.ClassID
}

// classHas is a class of the school as the world has it.
type classHas struct {
	school.Class
	key     string // its name as names of classes are compared
	members int    // people it has, with those entered by hand
}

type rosterAnswer struct {
	id     string
	choice string
	person school.PersonID
	class  school.ClassID
	school school.SchoolID
	run    school.RosterRunID
}

func askKey(kind, subject string) string { return kind + "\x00" + subject }

// foldName is how names of people are compared: folded, without hyphens and apostrophes.
func foldName(given, family string) string { return bareName(family) + "\x00" + bareName(given) }

func bareName(s string) string {
	f := school.Fold(s)
	out := make([]byte, 0, len(f))
	for i := 0; i < len(f); i++ {
		if c := f[i]; c != '-' && c != '\'' && c != ' ' && c != '`' {
			out = append(out, c)
		}
	}
	return string(out)
}

// rosterWorld reads what is known at a school for the people of one part of a roster.
func (s *Store) rosterWorld(ctx context.Context, c conn, a school.AuthorityID, source school.RosterSourceID, space string, run school.RosterRunID, at school.SchoolID, keys []string) (*rosterWorld, error) {
	w := &rosterWorld{source: source, space: space, now: s.Now(), byKey: map[string]*rosterHas{}, byClass: map[school.ClassID]*classHas{}, classKey: map[string]classKeyHas{},
		groups: map[string]school.GroupID{}, groupOf: map[school.GroupID]string{}, planted: map[school.ClassID]bool{}, before: -1}
	err := c.each(ctx, `SELECT `+schoolColumns+` FROM school s WHERE s.id = $1 AND s.authority_id = $2 AND NOT s.archived`, args(string(at), string(a)),
		func(r *sql.Rows) error { return scanSchool(r, &w.school) })
	if err == nil && w.school.ID == "" {
		err = school.Missing("school")
	}
	if err == nil {
		err = w.readClasses(ctx, c, a)
	}
	if err == nil {
		err = w.readPeople(ctx, c, a, keys)
	}
	if err == nil {
		err = w.readCrossing(ctx, c, a)
	}
	if err == nil {
		w.answers, err = s.rosterAnswers(ctx, c, a, source, run, at)
	}
	if err == nil {
		_, err = c.one(ctx, `SELECT p.people FROM roster_part p LEFT JOIN change_set x ON x.authority_id = p.authority_id AND x.seq = p.applied_seq
			WHERE p.source_id = $1 AND p.school_id = $2 AND p.applied_at IS NOT NULL AND x.undone_by IS NULL ORDER BY p.applied_at DESC LIMIT 1`,
			args(string(source), string(at)), &w.before)
	}
	return w, err
}

func (w *rosterWorld) readClasses(ctx context.Context, c conn, a school.AuthorityID) error {
	at := string(w.school.ID)
	err := c.each(ctx, `SELECT id, name, grade FROM class WHERE authority_id = $1 AND school_id = $2 AND NOT archived ORDER BY name_sort, id`, args(string(a), at), func(r *sql.Rows) error {
		x := &classHas{Class: school.Class{Authority: a, School: w.school.ID}}
		err := r.Scan(text(&x.ID), &x.Name, &x.Grade)
		x.key = school.ClassKey(x.Name)
		w.classes, w.byClass[x.ID] = append(w.classes, x), x
		return err
	})
	if err != nil {
		return err
	}
	err = c.each(ctx, `SELECT id, key, class_id FROM class_key WHERE source_id = $1 AND school_id = $2`, args(string(w.source), at), func(r *sql.Rows) error {
		var key string
		var x classKeyHas
		err := r.Scan(&x.id, &key, text(&x.class))
		w.classKey[key] = x
		return err
	})
	if err != nil {
		return err
	}
	err = c.each(ctx, `SELECT id, name_fold FROM school_group WHERE authority_id = $1 AND school_id = $2 AND NOT archived`, args(string(a), at), func(r *sql.Rows) error {
		var id school.GroupID
		var fold string
		err := r.Scan(text(&id), &fold)
		w.groups[fold], w.groupOf[id] = id, fold
		return err
	})
	if err != nil {
		return err
	}
	return c.each(ctx, `SELECT planned_class_id FROM device WHERE authority_id = $1 AND school_id = $2 AND planned_class_id IS NOT NULL
		UNION SELECT class_id FROM place WHERE authority_id = $1 AND school_id = $2 AND class_id IS NOT NULL`, args(string(a), at), func(r *sql.Rows) error {
		var id school.ClassID
		err := r.Scan(text(&id))
		w.planted[id] = true
		return err
	})
}

// rosterWho narrows persons (p) to those a part is compared with: led at the school ($2), belonging to it, or named in it
// by an id ($3 source, $4 space, $5 ids); $6 is now.
const rosterWho = `(SELECT id FROM person WHERE school_id = $2
	UNION SELECT person_id FROM membership WHERE school_id = $2 AND from_at <= $6 AND (until_at IS NULL OR until_at > $6)
	UNION SELECT person_id FROM person_key WHERE source_id = $3 AND space = $4 AND key IN (SELECT value FROM json_array_elements_text($5::json)))`

func (w *rosterWorld) readPeople(ctx context.Context, c conn, a school.AuthorityID, keys []string) (err error) {
	w.people, err = w.readWho(ctx, c, a, rosterWho, string(w.school.ID), string(w.source), w.space, list(keys), w.now.UnixMicro())
	for _, h := range w.people {
		if h.class != nil && !h.Archived {
			h.class.members++
		}
	}
	return err
}

// readWho reads people with all that is compared. who narrows persons, by what is given from $2 on.
func (w *rosterWorld) readWho(ctx context.Context, c conn, a school.AuthorityID, who string, given ...any) (people []*rosterHas, err error) {
	given = append(args(string(a)), given...)
	by := map[school.PersonID]*rosterHas{}
	err = c.each(ctx, `SELECT p.id, p.school_id, p.kind, p.given, p.family, p.email, p.login, p.adult_from, p.archived,
			(SELECT count(*) FROM holding h WHERE h.person_id = p.id AND h.until_at IS NULL),
			COALESCE((SELECT min(COALESCE(a.number, d.serial)) FROM holding h JOIN device d ON d.id = h.device_id JOIN asset a ON a.id = d.asset_id WHERE h.person_id = p.id AND h.until_at IS NULL), '')
		FROM person p WHERE p.authority_id = $1 AND p.id IN `+who+` ORDER BY p.name_sort, p.id`, given, func(r *sql.Rows) error {
		h := &rosterHas{Person: school.Person{Authority: a}}
		err := r.Scan(text(&h.ID), text(&h.School), text(&h.Kind), &h.Given, &h.Family, &h.Email, &h.Login, stamp(&h.adult), &h.Archived, &h.devices, &h.device)
		h.name = foldName(h.Given, h.Family)
		people, by[h.ID] = append(people, h), h
		return err
	})
	if err != nil {
		return nil, err
	}
	err = c.each(ctx, `SELECT id, source_id, space, key, person_id FROM person_key WHERE authority_id = $1 AND person_id IN `+who+` ORDER BY id`, given, func(r *sql.Rows) error {
		var id, source, space, key string
		var person school.PersonID
		if err := r.Scan(&id, &source, &space, &key, text(&person)); err != nil {
			return err
		}
		h := by[person]
		switch {
		case h == nil:
		case source == string(w.source) && space == w.space:
			h.keyID, h.key, w.byKey[key] = id, key, h
		case key[0] != '-':
			if h.other == nil {
				h.other = map[string]bool{}
			}
			h.other[key] = true
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = c.each(ctx, `SELECT m.id, m.person_id, m.class_id, m.group_id, m.school_id, COALESCE(c.school_id, g.school_id), m.teaches, m.source_id, m.from_at
		FROM membership m LEFT JOIN class c ON c.id = m.class_id LEFT JOIN school_group g ON g.id = m.group_id
		WHERE m.authority_id = $1 AND (m.until_at IS NULL OR m.until_at > $`+strconv.Itoa(len(given)+1)+`) AND m.person_id IN `+who+` ORDER BY m.from_at, m.id`, append(given, w.now.UnixMicro()), func(r *sql.Rows) error {
		var m memberHas
		var person school.PersonID
		if err := r.Scan(&m.id, text(&person), text(&m.class), text(&m.group), text(&m.school), text(&m.at), &m.teaches, text(&m.source), &m.from); err != nil {
			return err
		}
		h := by[person]
		if h == nil {
			return nil
		}
		h.members = append(h.members, m)
		if x := w.byClass[m.class]; x != nil && !m.teaches && m.from <= w.now.UnixMicro() {
			h.class = x
		}
		return nil
	})
	return people, err
}

// rosterAnswers reads what was answered for a source at a school, and for this run.
func (s *Store) rosterAnswers(ctx context.Context, c conn, a school.AuthorityID, source school.RosterSourceID, run school.RosterRunID, at school.SchoolID) (map[string]rosterAnswer, error) {
	out := map[string]rosterAnswer{}
	err := c.each(ctx, `SELECT id, kind, subject_sealed, choice, person_id, class_id, chosen_school_id, run_id FROM roster_answer
		WHERE authority_id = $1 AND source_id = $2 AND COALESCE(school_id, '') = $3 AND (run_id = '' OR run_id = $4) ORDER BY created_at, id`,
		args(string(a), string(source), string(at), string(run)), func(r *sql.Rows) error {
			var x rosterAnswer
			var kind string
			var sealed []byte
			if err := r.Scan(&x.id, &kind, &sealed, &x.choice, text(&x.person), text(&x.class), text(&x.school), text(&x.run)); err != nil {
				return err
			}
			subject, err := s.open(cell{a, "roster_answer", "subject", x.id}, sealed)
			if err != nil {
				return err
			}
			out[askKey(kind, string(subject))] = x
			return nil
		})
	return out, err
}
