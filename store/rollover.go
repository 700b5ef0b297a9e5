package store

import (
	"context"
	"database/sql"
	"time"

	"ranzen/store/school"
)

// A roll-over brings an authority from one school year to the next, school by school. Each school looks at what would
// happen, decides where the rules are wrong, and signs; from a date on, a job carries out what was signed, one school in
// one transaction that can be undone. What comes to something else than was signed is not carried out: it must be signed anew.

// Rollover is one roll-over of an authority.
type Rollover struct {
	ID   school.RolloverID
	Year school.SchoolYear // that is rolled into
	Runs time.Time         // from then on what is signed is carried out
}

// RolloverSchool is one school of a roll-over.
type RolloverSchool struct {
	School     school.SchoolID
	SchoolName string
	State      string // "open", "checked", "signed", "done", "undone"
	Counts     school.RolloverCounts
	Signed     time.Time
	SignedBy   string // name of the account
	Moved      bool   // it came to something else after it was signed
	Done       time.Time
	Result     school.ChangeSetID
	hash       string
	choices    school.RolloverChoices
}

// RolloverPart is one school of a roll-over as it stands now.
type RolloverPart struct {
	RolloverSchool
	Plan    school.RolloverPlan
	Now     school.RolloverCounts
	Choices school.RolloverChoices
	Hash    string // of the plan: who signs says what was looked at
	facts   school.RolloverFacts
}

// Stale reports whether a signature no longer holds: what would be done now is not what was signed.
func (p RolloverPart) Stale() bool { return p.State == "signed" && p.hash != p.Hash }

// RolloverEarliest is how long before a school year begins its roll-over may be carried out.
const RolloverEarliest = 92 * 24 * time.Hour

// nextYear is the year a roll-over of this moment leads into: the one that runs in its first three months, else the next.
func nextYear(now time.Time) school.SchoolYear {
	y := schoolYear(now)
	if now.Before(y.Starts.Add(RolloverEarliest)) {
		return y
	}
	return schoolYear(y.Ends)
}

// NextYear is when the year a roll-over would lead into begins: the date that is proposed for it.
func (s *Store) NextYear() time.Time { return nextYear(s.Now()).Starts }

// SetRollover begins the roll-over into the next school year, or gives it another date.
func (s *Store) SetRollover(ctx context.Context, by school.Actor, runs time.Time) (school.RolloverID, error) {
	year, err := s.yearToRollInto(ctx, by)
	if err != nil {
		return "", err
	}
	if runs.Before(year.Starts.Add(-RolloverEarliest)) || !runs.Before(year.Ends) {
		return "", school.Refuse("runs", "rollover_date", year.Starts.Add(-RolloverEarliest), year.Ends.AddDate(0, 0, -1))
	}
	id := NewID[school.RolloverID]()
	ev := event{name: "rollover.set", verb: school.EditOrg, subject: "school_year", id: string(year.ID), detail: map[string]any{"runs": runs.UTC().Format(time.RFC3339)}}
	_, err = s.write(ctx, by, ev, func(tx *Tx) error {
		_, err := tx.one(ctx, `INSERT INTO rollover (id, authority_id, year_id, runs_at, created_at) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (authority_id, year_id) DO UPDATE SET runs_at = excluded.runs_at RETURNING id`,
			args(string(id), string(tx.authority), string(year.ID), micros(runs), micros(tx.now)), text(&id))
		return err
	})
	return id, err
}

// yearToRollInto finds the year, or makes the ordinary one.
func (s *Store) yearToRollInto(ctx context.Context, by school.Actor) (school.SchoolYear, error) {
	years, err := s.Years(ctx, by)
	want := nextYear(s.Now())
	for _, y := range years {
		if err == nil && (y.Name == want.Name || !y.Starts.After(want.Starts) && y.Ends.After(want.Starts.AddDate(0, 6, 0))) {
			return y, nil
		}
	}
	if err == nil && !by.Can(school.EditOrg, school.Where{Authority: by.Tenant}) {
		err = school.Deny(school.EditOrg)
	}
	if err == nil {
		want.ID, err = s.CreateYear(ctx, by, want)
	}
	return want, err
}

// Rollover is the newest roll-over of the authority; with an empty id when there is none.
func (s *Store) Rollover(ctx context.Context, by school.Actor) (Rollover, error) {
	var r Rollover
	if !by.CanSomewhere(school.View, by.Tenant) {
		return r, school.Missing("authority")
	}
	_, err := s.read().one(ctx, `SELECT r.id, r.runs_at, y.id, y.authority_id, y.name, y.starts_at, y.ends_at FROM rollover r JOIN school_year y ON y.id = r.year_id
		WHERE r.authority_id = $1 ORDER BY y.starts_at DESC, r.id DESC LIMIT 1`, args(string(by.Tenant)), text(&r.ID), stamp(&r.Runs),
		text(&r.Year.ID), text(&r.Year.Authority), &r.Year.Name, stamp(&r.Year.Starts), stamp(&r.Year.Ends))
	return r, err
}

const rolloverColumns = `s.id, s.name, COALESCE(x.state, 'open'), COALESCE(x.counts, '{}'), COALESCE(k.choices, '{}'), COALESCE(x.hash, ''), x.signed_at, COALESCE(a.name, ''),
	COALESCE(x.moved, FALSE), x.done_at, c.id, COALESCE(c.undone_by, '')
	FROM school s LEFT JOIN rollover_school x ON x.school_id = s.id AND x.rollover_id = $2
	LEFT JOIN rollover_choice k ON k.school_id = s.id AND k.rollover_id = $2
	LEFT JOIN account a ON a.id = x.signed_by LEFT JOIN change_set c ON c.authority_id = x.authority_id AND c.seq = x.done_seq AND x.state = 'done'
	WHERE s.authority_id = $1 AND NOT s.archived`

func scanRollover(r *sql.Rows, x *RolloverSchool) error {
	var undone string
	err := r.Scan(text(&x.School), &x.SchoolName, &x.State, fromJSON(&x.Counts), fromJSON(&x.choices), &x.hash, stamp(&x.Signed), &x.SignedBy, &x.Moved,
		stamp(&x.Done), text(&x.Result), &undone)
	if undone != "" {
		x.State = "undone"
	}
	return err
}

// RolloverSchools lists the schools of a roll-over the actor sees, by name, with the numbers of when they were last looked at.
func (s *Store) RolloverSchools(ctx context.Context, by school.Actor, id school.RolloverID) ([]RolloverSchool, error) {
	if !by.CanSomewhere(school.View, by.Tenant) {
		return nil, school.Missing("authority")
	}
	var out []RolloverSchool
	err := s.read().each(ctx, `SELECT `+rolloverColumns+` ORDER BY s.name_sort, s.id`, args(string(by.Tenant), string(id)), func(r *sql.Rows) error {
		var x RolloverSchool
		err := scanRollover(r, &x)
		if by.Can(school.View, school.Where{Authority: by.Tenant, School: x.School}) {
			out = append(out, x)
		}
		return err
	})
	return out, err
}

func (s *Store) rolloverSchool(ctx context.Context, c conn, a school.AuthorityID, id school.RolloverID, at school.SchoolID) (x RolloverSchool, err error) {
	found := false
	err = c.each(ctx, `SELECT `+rolloverColumns+` AND s.id = $3 AND EXISTS (SELECT 1 FROM rollover r WHERE r.id = $2 AND r.authority_id = $1)`, args(string(a), string(id), string(at)),
		func(r *sql.Rows) error { found = true; return scanRollover(r, &x) })
	if err == nil && !found {
		err = school.Missing("school")
	}
	return x, err
}

// RolloverPart thinks the roll-over of one school through, on the facts of now and with names.
func (s *Store) RolloverPart(ctx context.Context, by school.Actor, id school.RolloverID, at school.SchoolID) (RolloverPart, error) {
	var p RolloverPart
	if !by.Can(school.EditPeople, school.Where{Authority: by.Tenant, School: at}) {
		return p, school.Missing("school")
	}
	err := s.snapshot(ctx, func(c conn) (err error) {
		p, err = s.rolloverPart(ctx, c, by.Tenant, id, at)
		return err
	})
	return p, err
}

func (s *Store) rolloverPart(ctx context.Context, c conn, a school.AuthorityID, id school.RolloverID, at school.SchoolID) (p RolloverPart, err error) {
	if p.RolloverSchool, err = s.rolloverSchool(ctx, c, a, id, at); err != nil {
		return p, err
	}
	f, err := s.rolloverFacts(ctx, c, a, at)
	if err != nil {
		return p, err
	}
	f.Choices = p.choices
	if err = s.rolloverCrossing(ctx, c, a, at, &f); err != nil {
		return p, err
	}
	p.facts = f
	p.think()
	return p, nil
}

// think makes the plan of the facts and choices.
func (p *RolloverPart) think() {
	p.Choices = p.facts.Choices
	p.Plan = school.PlanRollover(p.facts)
	p.Now, p.Hash = p.Plan.Counts(p.facts), p.Plan.Hash()
}

// rolloverFacts reads one school with the classes, people and devices that roll over.
func (s *Store) rolloverFacts(ctx context.Context, c conn, authority school.AuthorityID, at school.SchoolID) (f school.RolloverFacts, err error) {
	a := args(s.Now().UnixMicro(), string(authority), string(at))
	if _, err = c.one(ctx, `SELECT type FROM school WHERE authority_id = $1 AND id = $2`, a[1:], &f.Type); err != nil {
		return f, err
	}
	class := map[school.ClassID]int{}
	if err = c.each(ctx, `SELECT id, name, grade FROM class WHERE authority_id = $1 AND school_id = $2 AND NOT archived ORDER BY name_sort, id`, a[1:], func(r *sql.Rows) error {
		var x school.RolloverClass
		err := r.Scan(text(&x.ID), &x.Name, &x.Grade)
		class[x.ID] = len(f.Classes)
		f.Classes = append(f.Classes, x)
		return err
	}); err != nil {
		return f, err
	}
	person := map[school.PersonID]int{}
	if err = c.each(ctx, `SELECT p.id, p.kind, p.given, p.family, `+classNow+` FROM person p WHERE p.authority_id = $2 AND p.school_id = $3 AND NOT p.archived ORDER BY p.name_sort, p.id`, a, func(r *sql.Rows) error {
		var x school.RolloverPerson
		var p school.Person
		if err := r.Scan(text(&x.ID), text(&p.Kind), &p.Given, &p.Family, text(&x.Class)); err != nil {
			return err
		}
		x.Name, x.Pupil = p.Name(), p.Kind == school.Pupil
		if i, here := class[x.Class]; here {
			x.From = f.Classes[i].Name
		} else {
			x.Class = ""
		}
		person[x.ID] = len(f.People)
		f.People = append(f.People, x)
		return nil
	}); err != nil {
		return f, err
	}
	if err = c.each(ctx, `SELECT m.class_id, p.id, p.given, p.family FROM membership m JOIN class c ON c.id = m.class_id JOIN person p ON p.id = m.person_id
		WHERE m.authority_id = $2 AND c.school_id = $3 AND NOT c.archived AND m.teaches AND m.from_at <= $1 AND (m.until_at IS NULL OR m.until_at > $1) AND NOT p.archived
		ORDER BY p.name_sort, p.id, m.id`, a, func(r *sql.Rows) error {
		var id school.ClassID
		var x school.RolloverPerson
		var p school.Person
		err := r.Scan(text(&id), text(&x.ID), &p.Given, &p.Family)
		x.Name = p.Name()
		f.Classes[class[id]].Teachers = append(f.Classes[class[id]].Teachers, x)
		return err
	}); err != nil {
		return f, err
	}
	of := func(add func(x *school.RolloverPerson, device string)) func(r *sql.Rows) error {
		return func(r *sql.Rows) error {
			var id school.PersonID
			var device string
			err := r.Scan(text(&id), &device)
			if i, here := person[id]; here {
				add(&f.People[i], device)
			}
			return err
		}
	}
	if err = c.each(ctx, `SELECT p.id, COALESCE(t.number, d.serial) FROM person p JOIN holding h ON h.person_id = p.id AND h.until_at IS NULL JOIN device d ON d.id = h.device_id
		JOIN asset t ON t.id = d.asset_id WHERE p.authority_id = $1 AND p.school_id = $2 AND NOT p.archived ORDER BY h.from_at, h.id`, a[1:],
		of(func(x *school.RolloverPerson, d string) { x.Devices = append(x.Devices, d) })); err != nil {
		return f, err
	}
	return f, c.each(ctx, `SELECT p.id, COALESCE(t.number, d.serial) FROM person p JOIN device d ON d.planned_person_id = p.id JOIN asset t ON t.id = d.asset_id
		WHERE p.authority_id = $1 AND p.school_id = $2 AND NOT p.archived ORDER BY d.serial`, a[1:],
		of(func(x *school.RolloverPerson, d string) { x.Planned = append(x.Planned, d) }))
}

// ChooseRollover says by hand what a school's classes are called in the new year, and where single people go: the name of a class,
// or nothing for who leaves. What is named twice is one class; a name nobody has becomes a new one. A nil map leaves the
// choices of its kind as they are; a choice of people that equals "-" is taken back.
func (s *Store) ChooseRollover(ctx context.Context, by school.Actor, id school.RolloverID, at school.SchoolID, classes map[school.ClassID]string, people map[school.PersonID]string) (school.ChangeSetID, error) {
	return s.writeRollover(ctx, by, "rollover.chosen", id, at, func(tx *Tx, p *RolloverPart) (row, error) {
		c := p.Choices
		known := map[string]bool{}
		for _, x := range p.Plan.Steps {
			known[string(x.Class)] = x.Class != ""
		}
		if classes != nil {
			c.Classes = map[school.ClassID]string{}
			for k, name := range classes {
				name, err := cleanClassName(name)
				if err != nil || !known[string(k)] {
					return nil, orMissing(err, "class")
				}
				c.Classes[k] = name
			}
		}
		if people != nil {
			was := c.People
			c.People = map[school.PersonID]string{}
			for k, name := range was {
				c.People[k] = name
			}
			for k, name := range people {
				x, err := tx.own("person", string(k), school.EditPeople)
				if err == nil && x.str("school_id") != string(at) {
					err = school.Missing("person")
				}
				if err == nil {
					name, err = cleanClassName(name)
				}
				if err == nil {
					err = tx.staysHere(id, at, &c, k)
				}
				if err != nil {
					return nil, err
				}
				if c.People[k] = name; name == "-" {
					delete(c.People, k)
				}
			}
		}
		if err := tx.choose(id, at, c); err != nil {
			return nil, err
		}
		p.facts.Choices = c
		p.think()
		return row{"state": "checked", "moved": false, "signed_by": "", "signed_at": nil}, nil
	})
}

// choose writes what is decided against the rules for one school.
func (tx *Tx) choose(id school.RolloverID, at school.SchoolID, c school.RolloverChoices) error {
	key := string(id) + "." + string(at)
	is, err := tx.fetch("rollover_choice", key)
	switch {
	case err != nil:
		return err
	case is != nil:
		return tx.change("rollover_choice", key, is, row{"choices": toJSON(c)})
	}
	return tx.insert("rollover_choice", row{"id": key, "rollover_id": string(id), "school_id": string(at), "choices": toJSON(c)})
}

// SignRollover signs for a school what was looked at, by its hash. typed is the number of leavers where they are many.
func (s *Store) SignRollover(ctx context.Context, by school.Actor, id school.RolloverID, at school.SchoolID, hash string, typed int) error {
	_, err := s.writeRollover(ctx, by, "rollover.signed", id, at, func(tx *Tx, p *RolloverPart) (row, error) {
		if p.Hash != hash {
			return nil, school.Clash("rollover_moved")
		}
		if n := p.Now.Typed(); n > 0 && typed != n {
			return nil, school.Refuse("typed", "rollover_number", n)
		}
		tx.event.detail = map[string]any{"leavers": p.Now.Leavers, "moves": p.Now.Moves, "renamed": p.Now.Renamed}
		return row{"state": "signed", "hash": hash, "moved": false, "signed_by": tx.by.ID(), "signed_at": micros(tx.now)}, nil
	})
	return err
}

// WithdrawRollover takes the signature of a school back before it is carried out.
func (s *Store) WithdrawRollover(ctx context.Context, by school.Actor, id school.RolloverID, at school.SchoolID) error {
	_, err := s.writeRollover(ctx, by, "rollover.withdrawn", id, at, func(_ *Tx, p *RolloverPart) (row, error) {
		if p.State != "signed" {
			return nil, school.Clash("rollover_not_signed")
		}
		return row{"state": "checked", "signed_by": "", "signed_at": nil}, nil
	})
	return err
}

// writeRollover writes the row of a school that was not carried out yet, or was and is undone.
func (s *Store) writeRollover(ctx context.Context, by school.Actor, name string, id school.RolloverID, at school.SchoolID, fn func(tx *Tx, p *RolloverPart) (row, error)) (school.ChangeSetID, error) {
	ev := event{name: name, verb: school.EditPeople, school: at, subject: "school", id: string(at)}
	return s.write(ctx, by, ev, func(tx *Tx) error {
		if err := tx.openSchool(at, school.EditOrg); err != nil {
			return err
		}
		p, err := s.rolloverPart(ctx, tx.conn, tx.authority, id, at)
		if err != nil {
			return err
		}
		if p.State == "done" {
			return school.Clash("rollover_done")
		}
		set, err := fn(tx, &p)
		if err != nil {
			return err
		}
		return tx.keepRollover(id, at, p, set)
	})
}

// keepRollover writes the row of a school, with the numbers of the plan.
func (tx *Tx) keepRollover(id school.RolloverID, at school.SchoolID, p RolloverPart, set row) error {
	set["counts"] = toJSON(p.Now)
	if _, err := tx.exec(tx.ctx, `INSERT INTO rollover_school (rollover_id, school_id, authority_id, state) VALUES ($1, $2, $3, 'open') ON CONFLICT (rollover_id, school_id) DO NOTHING`,
		string(id), string(at), string(tx.authority)); err != nil {
		return err
	}
	for _, c := range columns(set) {
		if _, err := tx.exec(tx.ctx, `UPDATE rollover_school SET `+c+` = $4 WHERE rollover_id = $1 AND school_id = $2 AND authority_id = $3`,
			string(id), string(at), string(tx.authority), set[c]); err != nil {
			return err
		}
	}
	return nil
}
