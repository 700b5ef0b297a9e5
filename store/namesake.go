package store

import (
	"context"
	"database/sql"

	"ranzen/store/school"
)

// When each school reads its own list and nobody looks after both, a pupil who changes schools leaves the one and is somebody new
// at the other. Who looks after both is shown such pairs, and says that the two are one person, or that they are not. Nothing is
// ever guessed.

var _ = registerEvent(school.EditPeople, "namesakes.joined", "namesakes.differ")

// Namesakes are a pupil who left a school and one of the same name who is new at another.
type Namesakes struct {
	Left     school.PersonID
	Name     string
	From     school.SchoolID
	FromName string
	Device   string // what the one who left still holds
	New      school.PersonID
	To       school.SchoolID
	ToName   string
	Class    string // of the one who is new
}

// namesakesWhere are the pairs of schools the actor looks after both of. $1 is now.
func (s *Store) namesakesWhere(by school.Actor) (w *where, ok bool) {
	schools, ok := by.Schools(school.EditPeople, by.Tenant)
	if !ok || schools != nil && len(schools) < 2 {
		return nil, false
	}
	now := s.Now()
	w = &where{}
	w.arg(now.UnixMicro())
	since := w.arg(now.Add(-leftSince).UnixMicro())
	w.and("p.authority_id = ?", string(by.Tenant))
	w.and("p.archived AND p.kind = 'pupil' AND p.left_at > " + since)
	w.and("n.kind = 'pupil' AND NOT n.archived AND n.school_id <> p.school_id AND n.created_at > " + since)
	w.and("NOT EXISTS (SELECT 1 FROM crossing x WHERE x.person_id = p.id AND x.newcomer_id = n.id)")
	if schools != nil {
		const among = `(SELECT value FROM json_array_elements_text(?::json))`
		w.and(`p.school_id IN `+among+` AND n.school_id IN `+among, list(schools), list(schools))
	}
	return w, true
}

const namesakesFrom = ` FROM person p JOIN person n ON n.authority_id = p.authority_id AND n.name_fold = p.name_fold JOIN school f ON f.id = p.school_id JOIN school t ON t.id = n.school_id WHERE `

// Namesakes lists them by name. Who left says so the night after.
func (s *Store) Namesakes(ctx context.Context, by school.Actor) (out []Namesakes, err error) {
	w, ok := s.namesakesWhere(by)
	if !ok {
		return nil, nil
	}
	return out, s.read().each(ctx, `SELECT p.id, p.given, p.family, p.school_id, f.name, COALESCE(`+heldName+`, ''), n.id, n.school_id, t.name,
		COALESCE((SELECT c.name FROM membership m JOIN class c ON c.id = m.class_id WHERE m.person_id = n.id AND NOT m.teaches AND m.from_at <= $1 AND (m.until_at IS NULL OR m.until_at > $1) ORDER BY m.from_at DESC, m.id DESC LIMIT 1), '')`+
		namesakesFrom+w.String()+` ORDER BY p.name_sort, p.id, n.id LIMIT `+w.arg(MaxPage), w.args, func(r *sql.Rows) error {
		var x Namesakes
		var p school.Person
		err := r.Scan(text(&x.Left), &p.Given, &p.Family, text(&x.From), &x.FromName, &x.Device, text(&x.New), text(&x.To), &x.ToName, &x.Class)
		x.Name = p.Name()
		out = append(out, x)
		return err
	})
}

// CountNamesakes counts the pairs.
func (s *Store) CountNamesakes(ctx context.Context, by school.Actor) (int, error) {
	w, ok := s.namesakesWhere(by)
	if !ok {
		return 0, nil
	}
	n, err := s.read().number(ctx, `SELECT count(*)`+namesakesFrom+`CAST($1 AS BIGINT) > 0 AND `+w.String(), w.args...)
	return int(n), err
}

// pair reads two pupils of two schools, both in the actor's care.
func (tx *Tx) pair(left, new school.PersonID) (l, n row, err error) {
	if l, err = tx.own("person", string(left), school.EditPeople); err != nil {
		return nil, nil, err
	}
	if n, err = tx.own("person", string(new), school.EditPeople); err != nil {
		return nil, nil, err
	}
	if l.str("kind") != string(school.Pupil) || n.str("kind") != string(school.Pupil) || n.flag("archived") || n.str("school_id") == "" || l.str("school_id") == n.str("school_id") {
		err = school.Clash("namesakes_moved")
	}
	return l, n, err
}

// JoinNamesakes says that two are one: who left comes to the other school with what is held, into the classes and groups and
// with the ids and addresses of the one who is new there, who is taken out of the lists. It can be undone.
func (s *Store) JoinNamesakes(ctx context.Context, by school.Actor, left, new school.PersonID) (school.ChangeSetID, error) {
	ev := event{name: "namesakes.joined", verb: school.EditPeople, subject: "person", id: string(left), detail: map[string]any{"newcomer": string(new)}}
	return s.writeAt(ctx, by, "person", ev, func(tx *Tx, _ row) error {
		l, n, err := tx.pair(left, new)
		if err != nil {
			return err
		}
		if held, err := tx.holds(new); err != nil || held != "" {
			return clashOr(err, "person_holds", held)
		}
		numbers, err := tx.idsOf(`SELECT number FROM contract WHERE authority_id = $1 AND person_id = $2 AND closed_at IS NULL ORDER BY number LIMIT 1`, string(new))
		if err == nil && len(numbers) > 0 {
			err = school.Clash("namesakes_contract", numbers[0])
		}
		if err != nil {
			return err
		}
		tx.event.detail["from"] = l.str("school_id")
		if l.flag("archived") {
			if err := tx.change("person", string(left), l, row{"archived": false}); err != nil {
				return err
			}
		}
		if _, err := tx.bringOver(left, school.Placement{School: school.SchoolID(n.str("school_id"))}, ""); err != nil {
			return err
		}
		return tx.becomes(left, new, n)
	})
}

// becomes gives somebody what another one is known by and belongs to, and takes that one out of the lists.
func (tx *Tx) becomes(who, other school.PersonID, n row) error {
	keys, err := tx.idsOf(`SELECT k.id FROM person_key k JOIN person_key o ON o.source_id = k.source_id AND o.space = k.space AND o.person_id = $3 WHERE k.authority_id = $1 AND k.person_id = $2 ORDER BY k.id`, string(who), string(other))
	for _, id := range keys { // by one list somebody has one id
		if err == nil {
			err = tx.remove("person_key", id)
		}
	}
	if err != nil {
		return err
	}
	for _, x := range []struct{ table, column, still string }{{"person_key", "person_id", ""}, {"roster_answer", "person_id", ""}, {"membership", "person_id", " AND until_at IS NULL"}, {"device", "planned_person_id", ""}} {
		ids, err := tx.idsOf(`SELECT id FROM `+x.table+` WHERE authority_id = $1 AND `+x.column+` = $2`+x.still+` ORDER BY id`, string(other))
		for _, id := range ids {
			if err == nil {
				err = tx.update(x.table, id, row{x.column: string(who)})
			}
		}
		if err != nil {
			return err
		}
	}
	set := row{}
	for _, c := range []string{"email", "login"} {
		if n.str(c) != "" {
			set[c] = n.str(c)
		}
	}
	if n["adult_from"] != nil {
		set["adult_from"] = n["adult_from"]
	}
	if len(set) > 0 {
		if err := tx.update("person", string(who), set); err != nil {
			return err
		}
	}
	if err := tx.settleCrossings(other, ""); err != nil {
		return err
	}
	return tx.change("person", string(other), n, row{"archived": true, "email": "", "login": ""})
}

// DifferNamesakes says that two are not one: nobody is asked again.
func (s *Store) DifferNamesakes(ctx context.Context, by school.Actor, left, new school.PersonID) (school.ChangeSetID, error) {
	ev := event{name: "namesakes.differ", verb: school.EditPeople, subject: "person", id: string(left), detail: map[string]any{"newcomer": string(new)}}
	return s.writeAt(ctx, by, "person", ev, func(tx *Tx, _ row) error {
		l, n, err := tx.pair(left, new)
		if err != nil {
			return err
		}
		known, err := tx.idsOf(`SELECT id FROM crossing WHERE authority_id = $1 AND person_id = $2 AND newcomer_id = $3`, string(left), string(new))
		if err != nil || len(known) > 0 {
			return err
		}
		return tx.insert("crossing", row{"id": newID(), "person_id": string(left), "newcomer_id": string(new), "from_school_id": l.str("school_id"), "school_id": n.str("school_id"),
			"answer": "other", "created_at": micros(tx.now), "closed_at": micros(tx.now)})
	})
}
