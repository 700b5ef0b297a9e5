package store

import (
	"context"
	"database/sql"
	"time"

	"ranzen/store/school"
)

// Who looks after both schools lets somebody change between them (pupilmove.go). Who looks after one alone offers the person to
// the other school, which takes it in with what is held, or declines. What belongs to the two schools goes over only then.

var _ = registerEvent(school.EditPeople, "crossing.offered", "crossing.taken", "crossing.declined", "crossing.withdrawn")

// CrossingsShown is how long an answer is shown to the schools.
const CrossingsShown = 30 * 24 * time.Hour

// Crossing is a change of schools that was offered, as both schools see it.
type Crossing struct {
	ID       school.CrossingID
	Person   school.PersonID
	Name     string
	Class    string // at the school that offers
	Device   string // what is held and comes along, by inventory number or serial; empty: nothing
	From, To school.SchoolID
	FromName string
	ToName   string
	Offered  time.Time
	Answer   school.CrossingAnswer
	Closed   time.Time
}

// Elsewhere names the schools somebody may be offered to: those the actor does not look after.
func (s *Store) Elsewhere(ctx context.Context, by school.Actor) (out []school.School, err error) {
	if !by.CanSomewhere(school.EditPeople, by.Tenant) {
		return nil, school.Missing("school")
	}
	return out, s.read().each(ctx, `SELECT id, name FROM school WHERE authority_id = $1 AND NOT archived ORDER BY name_sort, id`, args(string(by.Tenant)), func(r *sql.Rows) error {
		x := school.School{Authority: by.Tenant}
		err := r.Scan(text(&x.ID), &x.Name)
		if !by.Can(school.EditPeople, school.Where{Authority: by.Tenant, School: x.ID}) {
			out = append(out, x)
		}
		return err
	})
}

// OfferCrossing offers somebody to another school of the authority. Nothing changes until that one says yes.
func (s *Store) OfferCrossing(ctx context.Context, by school.Actor, who school.PersonID, to school.SchoolID, letters map[string]school.Letter) (school.ChangeSetID, error) {
	ev := event{name: "crossing.offered", verb: school.EditPeople, subject: "person", id: string(who), detail: map[string]any{"to": string(to)}}
	return s.writeAt(ctx, by, "person", ev, func(tx *Tx, p row) error {
		from := school.SchoolID(p.str("school_id"))
		switch {
		case p.flag("archived"):
			return school.Clash("person_archived")
		case from == "":
			return school.Clash("crossing_from")
		case to == "":
			return school.Refuse("school", "required")
		case to == from:
			return school.Refuse("school", "transfer_there")
		}
		there, err := tx.fetch("school", string(to))
		switch {
		case err != nil:
			return err
		case there == nil:
			return school.Missing("school")
		case there.flag("archived"):
			return school.Refuse("school", "school_archived", there.str("name"))
		}
		if err := tx.settleCrossings(who, from); err != nil {
			return err
		}
		err = tx.insert("crossing", row{"id": newID(), "person_id": string(who), "from_school_id": string(from), "school_id": string(to), "created_at": micros(tx.now)})
		if err != nil {
			return taken(err, "school", "crossing_open")
		}
		return tx.tellSchools(letters, to)
	})
}

// settleCrossings takes back what was offered of somebody who is not at that school any more; with no school, whatever is open.
func (tx *Tx) settleCrossings(who school.PersonID, is school.SchoolID) error {
	old, err := tx.idsOf(`SELECT id FROM crossing WHERE authority_id = $1 AND person_id = $2 AND closed_at IS NULL AND from_school_id <> $3`, string(who), string(is))
	for _, id := range old {
		if err == nil {
			err = tx.update("crossing", id, row{"answer": string(school.CrossingWithdrawn), "closed_at": micros(tx.now)})
		}
	}
	return err
}

// crossingOpen refuses what was answered already, or whom it does not concern any more.
func (tx *Tx) crossingOpen(x row) (person row, err error) {
	if x["closed_at"] != nil {
		return nil, school.Clash("crossing_closed")
	}
	person, err = tx.fetch("person", x.str("person_id"))
	if err == nil && (person == nil || person.str("school_id") != x.str("from_school_id")) {
		err = school.Clash("crossing_closed")
	}
	tx.event.subject, tx.event.id = "person", x.str("person_id")
	return person, err
}

// TakeCrossing takes somebody in who was offered, into a class or none: person, contracts and what is held come over in one act
// that can be undone. Who left the other school meanwhile, by its list, comes back into being here.
func (s *Store) TakeCrossing(ctx context.Context, by school.Actor, id school.CrossingID, class school.ClassID, letters map[string]school.Letter) (school.ChangeSetID, error) {
	year, err := s.Year(ctx, by, s.Now())
	if err != nil {
		return "", err
	}
	ev := event{name: "crossing.taken", verb: school.EditPeople, subject: "crossing", id: string(id), detail: map[string]any{}}
	return s.writeAt(ctx, by, "crossing", ev, func(tx *Tx, x row) error {
		p, err := tx.crossingOpen(x)
		if err != nil {
			return err
		}
		who, from, to := school.PersonID(x.str("person_id")), school.SchoolID(x.str("from_school_id")), school.SchoolID(x.str("school_id"))
		tx.event.detail["from"], tx.event.detail["crossing"] = string(from), string(id)
		if p.flag("archived") {
			if err := tx.change("person", string(who), p, row{"archived": false}); err != nil {
				return err
			}
		}
		tx.lets = from
		_, err = tx.bringOver(who, school.Placement{School: to, Class: class}, year.ID)
		tx.lets = ""
		if err != nil {
			return err
		}
		if err := tx.change("crossing", string(id), x, row{"answer": string(school.CrossingTaken), "closed_at": micros(tx.now)}); err != nil {
			return err
		}
		return tx.tellSchools(letters, from)
	})
}

// DeclineCrossing says no: the person stays where it is, and the school that offered it is told.
func (s *Store) DeclineCrossing(ctx context.Context, by school.Actor, id school.CrossingID, letters map[string]school.Letter) (school.ChangeSetID, error) {
	ev := event{name: "crossing.declined", verb: school.EditPeople, subject: "crossing", id: string(id), detail: map[string]any{"crossing": string(id)}}
	return s.writeAt(ctx, by, "crossing", ev, func(tx *Tx, x row) error {
		if _, err := tx.crossingOpen(x); err != nil {
			return err
		}
		if err := tx.change("crossing", string(id), x, row{"answer": string(school.CrossingDeclined), "closed_at": micros(tx.now)}); err != nil {
			return err
		}
		return tx.tellSchools(letters, school.SchoolID(x.str("from_school_id")))
	})
}

// WithdrawCrossing takes an offer back: the school that made it does, or whoever looks after it.
func (s *Store) WithdrawCrossing(ctx context.Context, by school.Actor, id school.CrossingID) (school.ChangeSetID, error) {
	var from school.SchoolID
	found, err := s.read().one(ctx, `SELECT from_school_id FROM crossing WHERE id = $1 AND authority_id = $2`, args(string(id), string(by.Tenant)), text(&from))
	if err == nil && (!found || !by.Can(school.EditPeople, school.Where{Authority: by.Tenant, School: from})) {
		err = school.Missing("crossing")
	}
	if err != nil {
		return "", err
	}
	ev := event{name: "crossing.withdrawn", verb: school.EditPeople, school: from, subject: "crossing", id: string(id), detail: map[string]any{"crossing": string(id)}}
	return s.write(ctx, by, ev, func(tx *Tx) error {
		x, err := tx.fetch("crossing", string(id))
		if err == nil && x == nil {
			err = school.Missing("crossing")
		}
		if err != nil {
			return err
		}
		if _, err := tx.crossingOpen(x); err != nil {
			return err
		}
		return tx.change("crossing", string(id), x, row{"answer": string(school.CrossingWithdrawn), "closed_at": micros(tx.now)})
	})
}

// crossingsWhere are the offers the actor may see: those of a school whose people it may change, made there or to it.
func crossingsWhere(by school.Actor, now time.Time) (*where, error) {
	schools, ok := by.Schools(school.EditPeople, by.Tenant)
	if !ok {
		return nil, school.Missing("crossing")
	}
	w := &where{}
	w.arg(now.UnixMicro())
	w.and("x.authority_id = ?", string(by.Tenant))
	w.and("x.newcomer_id IS NULL")
	if schools != nil {
		const among = `(SELECT value FROM json_array_elements_text(?::json))`
		w.and(`(x.school_id IN `+among+` OR x.from_school_id IN `+among+`)`, list(schools), list(schools))
	}
	return w, nil
}

const crossingFrom = ` FROM crossing x JOIN person p ON p.id = x.person_id JOIN school f ON f.id = x.from_school_id JOIN school t ON t.id = x.school_id
	LEFT JOIN class c ON c.id = ` + classNow + ` AND c.school_id = x.from_school_id WHERE `

// Crossings lists the offers of the actor's schools, made and received: the open ones, the oldest first, then what was answered
// lately.
func (s *Store) Crossings(ctx context.Context, by school.Actor) ([]Crossing, error) {
	w, err := crossingsWhere(by, s.Now())
	if err != nil {
		return nil, err
	}
	w.and("(x.closed_at IS NULL AND p.school_id = x.from_school_id OR x.closed_at > ?)", micros(s.Now().Add(-CrossingsShown)))
	return s.crossings(ctx, w)
}

// CrossingByID reads one offer.
func (s *Store) CrossingByID(ctx context.Context, by school.Actor, id school.CrossingID) (x Crossing, err error) {
	w, err := crossingsWhere(by, s.Now())
	if err != nil {
		return x, err
	}
	w.and("x.id = ? AND (x.closed_at IS NOT NULL OR p.school_id = x.from_school_id)", string(id)) // who went elsewhere meanwhile is nobody's to see here
	all, err := s.crossings(ctx, w)
	if err != nil || len(all) == 0 {
		return x, orMissing(err, "crossing")
	}
	return all[0], nil
}

func (s *Store) crossings(ctx context.Context, w *where) (out []Crossing, err error) {
	return out, s.read().each(ctx, `SELECT x.id, x.person_id, p.given, p.family, COALESCE(c.name, ''), COALESCE(`+heldName+`, ''), x.from_school_id, f.name, x.school_id, t.name, x.created_at, x.answer, x.closed_at`+
		crossingFrom+w.String()+` ORDER BY CASE WHEN x.closed_at IS NULL THEN 0 ELSE 1 END, x.created_at, x.id LIMIT `+w.arg(MaxPage), w.args, func(r *sql.Rows) error {
		var x Crossing
		var p school.Person
		err := r.Scan(text(&x.ID), text(&x.Person), &p.Given, &p.Family, &x.Class, &x.Device, text(&x.From), &x.FromName, text(&x.To), &x.ToName, stamp(&x.Offered), text(&x.Answer), stamp(&x.Closed))
		x.Name = p.Name()
		if x.Answer != school.CrossingOpen { // what is held now is told where it is now
			x.Class, x.Device = "", ""
		}
		out = append(out, x)
		return err
	})
}

// heldName is what a person (p) holds, by inventory number or serial: what was handed out last.
const heldName = `(SELECT COALESCE(a.number, d.serial) FROM holding h JOIN device d ON d.id = h.device_id JOIN asset a ON a.id = d.asset_id
	WHERE h.person_id = p.id AND h.until_at IS NULL ORDER BY h.from_at DESC, h.id DESC LIMIT 1)`

// CrossingsWait is how long a school has to answer before those above it are asked.
const CrossingsWait = 7 * 24 * time.Hour

// CrossingsToAnswer counts the offers somebody has to answer: the schools theirs, who looks after all of them what has waited for
// long.
func (s *Store) CrossingsToAnswer(ctx context.Context, by school.Actor) (int, error) {
	schools, ok := by.Schools(school.EditPeople, by.Tenant)
	if !ok {
		return 0, nil
	}
	var w where
	w.and("x.authority_id = ?", string(by.Tenant))
	w.and("x.closed_at IS NULL")
	if schools != nil {
		w.and(`x.school_id IN (SELECT value FROM json_array_elements_text(?::json))`, list(schools))
	} else {
		w.and("x.created_at < ?", micros(s.Now().Add(-CrossingsWait)))
	}
	n, err := s.read().number(ctx, `SELECT count(*) FROM crossing x JOIN person p ON p.id = x.person_id AND p.school_id = x.from_school_id WHERE `+w.String(), w.args...)
	return int(n), err
}
