package store

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	"ranzen/store/school"
)

var _ = registerEvent(school.EditPeople, "person.created", "person.imported", "person.changed", "person.archived")

// PersonRow is a person with what its line in a list shows.
type PersonRow struct {
	school.Person
	SchoolName string
	Class      school.ClassID // today's class; empty for teachers and others
	ClassName  string
	Devices    int             // devices the person holds
	Device     school.DeviceID // the one issued last
	DeviceName string          // its inventory number, else its serial
	AdultFrom  time.Time       // signs alone from that day; zero: not known. Only rosters say it
}

// PersonFilter narrows a list of persons. Text finds every word at the beginning of a given or family name.
type PersonFilter struct {
	School   school.SchoolID // led there, or belonging to it beside another school
	Class    school.ClassID  // members, not teachers
	Group    school.GroupID
	Kind     school.PersonKind
	Without  bool // who holds no device
	Holding  bool // who left and still holds one; Archived is not asked then
	Text     string
	Archived bool
	After    string
	Limit    int
}

func cleanPerson(p *school.Person) (err error) {
	if p.Family, err = cleanName("family", p.Family); err != nil {
		return err
	}
	if strings.TrimSpace(p.Given) != "" { // some people have one name
		if p.Given, err = cleanName("given", p.Given); err != nil {
			return err
		}
	} else {
		p.Given = ""
	}
	if p.Kind != school.Pupil && p.Kind != school.Teacher && p.Kind != school.Staff {
		return school.Refuse("kind", "choice")
	}
	p.Email, p.Login = strings.TrimSpace(p.Email), strings.TrimSpace(p.Login)
	if p.Email != "" && !looksLikeEmail(p.Email) {
		return school.Refuse("email", "email_form")
	}
	if len(p.Login) > 254 || strings.ContainsAny(p.Login, " \t\r\n") {
		return school.Refuse("login", "login_form")
	}
	return nil
}

// looksLikeEmail refuses what cannot be an address; whether it exists only a mail can tell.
func looksLikeEmail(s string) bool {
	at := strings.LastIndexByte(s, '@')
	return at > 0 && at < len(s)-3 && len(s) <= 254 && strings.Contains(s[at+1:], ".") && !strings.HasSuffix(s, ".") &&
		!strings.ContainsAny(s, " \t\r\n<>,;\"") && strings.Count(s, "@") == 1
}

func personRow(r row, p school.Person) row {
	r["kind"], r["given"], r["family"], r["email"], r["login"] = string(p.Kind), p.Given, p.Family, p.Email, p.Login
	r["name_sort"] = school.SortKey(p.Name())
	r["name_fold"], r["given_fold"] = school.Fold(p.Family+" "+p.Given), school.Fold(p.Given+" "+p.Family)
	return r
}

// CreatePerson adds a person to a school, or to the authority when it names none, and to a class if one is given.
func (s *Store) CreatePerson(ctx context.Context, by school.Actor, p school.Person, class school.ClassID) (school.PersonID, error) {
	if err := cleanPerson(&p); err != nil {
		return "", err
	}
	if p.ID == "" {
		p.ID = NewID[school.PersonID]()
	}
	var year school.SchoolYear
	if class != "" {
		var err error
		if year, err = s.Year(ctx, by, s.Now()); err != nil {
			return "", err
		}
	}
	ev := event{name: "person.created", verb: school.EditPeople, school: p.School, subject: "person", id: string(p.ID)}
	_, err := s.write(ctx, by, ev, func(tx *Tx) error { return tx.newPerson(p, class, year) })
	if err != nil {
		return "", err
	}
	return p.ID, nil
}

// mayBe refuses a pupil where an authority has staff alone. Whatever writes persons asks it.
func (tx *Tx) mayBe(kinds ...school.PersonKind) error {
	if !slices.Contains(kinds, school.Pupil) {
		return nil
	}
	policy, err := tx.policyOf(tx.ctx, tx.authority)
	if err == nil && policy.StaffOnly {
		err = school.Refuse("kind", "staff_only")
	}
	return err
}

func (tx *Tx) newPerson(p school.Person, class school.ClassID, year school.SchoolYear) error {
	if err := tx.mayBe(p.Kind); err != nil {
		return err
	}
	if p.School != "" {
		if err := tx.openSchool(p.School, school.EditPeople); err != nil {
			return err
		}
	}
	err := tx.insert("person", personRow(row{"id": string(p.ID), "school_id": opt(p.School), "archived": false, "created_at": micros(tx.now)}, p))
	if err != nil || class == "" {
		return err
	}
	if err := tx.classAt(class, p.School); err != nil {
		return err
	}
	return tx.join(p.ID, school.Membership{Class: class, Year: year.ID, From: tx.now})
}

// NewPerson is a person and the class it joins, if any.
type NewPerson struct {
	school.Person
	Class school.ClassID
}

// CreatePersons adds many persons in one act that can be undone, or none while one of them is wrong; Row of the error
// says which, counted from 1.
func (s *Store) CreatePersons(ctx context.Context, by school.Actor, persons []NewPerson) (school.ChangeSetID, error) {
	for i := range persons {
		if err := cleanPerson(&persons[i].Person); err != nil {
			for _, e := range school.Refusals(err) {
				e.Row = i + 1
			}
			return "", err
		}
		if persons[i].ID == "" {
			persons[i].ID = NewID[school.PersonID]()
		}
	}
	year, err := s.Year(ctx, by, s.Now())
	if err != nil {
		return "", err
	}
	ev := event{name: "person.imported", verb: school.EditPeople, subject: "authority", id: string(by.Tenant), detail: map[string]any{"persons": len(persons)}}
	return s.write(ctx, by, ev, func(tx *Tx) error {
		for _, p := range persons {
			if err := tx.newPerson(p.Person, p.Class, year); err != nil {
				return err
			}
		}
		return nil
	})
}

// ChangePerson writes names, kind, addresses and school of a person. Changing schools ends the class at the old one.
func (s *Store) ChangePerson(ctx context.Context, by school.Actor, p school.Person) (school.ChangeSetID, error) {
	if err := cleanPerson(&p); err != nil {
		return "", err
	}
	return s.writeAt(ctx, by, "person", event{name: "person.changed", verb: school.EditPeople, subject: "person", id: string(p.ID)}, func(tx *Tx, r row) error {
		if err := tx.mayBe(p.Kind); err != nil {
			return err
		}
		if string(p.School) != r.str("school_id") {
			if p.School == "" {
				if err := tx.allow(school.EditPeople, ""); err != nil {
					return err
				}
			} else if err := tx.openSchool(p.School, school.EditPeople); err != nil {
				return err
			}
			if err := tx.endMemberships(`person_id = $3 AND class_id IN (SELECT id FROM class WHERE authority_id = $1)`, string(p.ID)); err != nil {
				return err
			}
			if err := tx.leaveSchool(p.ID); err != nil {
				return err
			}
		}
		return tx.change("person", string(p.ID), r, personRow(row{"school_id": opt(p.School)}, p))
	})
}

// ArchivePerson takes a person out of every list and class. Who still holds a device stays until it is back.
func (s *Store) ArchivePerson(ctx context.Context, by school.Actor, id school.PersonID) (school.ChangeSetID, error) {
	return s.writeAt(ctx, by, "person", event{name: "person.archived", verb: school.EditPeople, subject: "person", id: string(id)}, func(tx *Tx, r row) error {
		if held, err := tx.holds(id); err != nil || held != "" {
			return clashOr(err, "person_holds", held)
		}
		waiting, err := tx.idsOf(`SELECT id FROM contract WHERE authority_id = $1 AND person_id = $2 AND state IN ('planned', 'prepared', 'signed', 'refused') ORDER BY number`, string(id))
		for _, k := range waiting { // nobody will come for them
			if err == nil {
				err = tx.update("contract", k, row{"state": string(school.ContractCancelled), "closed_at": micros(tx.now)})
			}
		}
		if err != nil {
			return err
		}
		if err := tx.endMemberships(`person_id = $3`, string(id)); err != nil {
			return err
		}
		if err := tx.unplan(id); err != nil {
			return err
		}
		return tx.change("person", string(id), r, row{"archived": true})
	})
}

// unplan takes a person out of the plans of devices that were meant for it.
func (tx *Tx) unplan(id school.PersonID) error {
	planned, err := tx.idsOf(`SELECT id FROM device WHERE authority_id = $1 AND planned_person_id = $2 ORDER BY id`, string(id))
	for _, d := range planned {
		if err == nil {
			err = tx.update("device", d, row{"planned_person_id": nil})
		}
	}
	return err
}

// classNow is the class of a person (alias p) today, by the rule that also places devices (placeClass); $1 is now.
const classNow = `(SELECT m.class_id FROM membership m WHERE m.person_id = p.id AND m.class_id IS NOT NULL AND NOT m.teaches
	AND m.from_at <= $1 AND (m.until_at IS NULL OR m.until_at > $1) ORDER BY m.from_at DESC, m.id DESC LIMIT 1)`

const personSelect = `SELECT p.id, p.authority_id, p.school_id, p.kind, p.given, p.family, p.email, p.login, p.archived, COALESCE(s.name, ''), c.id, COALESCE(c.name, ''),
	(SELECT count(*) FROM holding h WHERE h.person_id = p.id AND h.until_at IS NULL), hd.id, COALESCE(ha.number, hd.serial, ''), p.adult_from`

const personFrom = ` FROM person p LEFT JOIN school s ON s.id = p.school_id LEFT JOIN class c ON c.id = ` + classNow + `
	LEFT JOIN device hd ON hd.id = (SELECT h.device_id FROM holding h WHERE h.person_id = p.id AND h.until_at IS NULL ORDER BY h.from_at DESC, h.id DESC LIMIT 1)
	LEFT JOIN asset ha ON ha.id = hd.asset_id WHERE `

func scanPerson(r *sql.Rows, p *PersonRow, rest ...any) error {
	return r.Scan(append([]any{text(&p.ID), text(&p.Authority), text(&p.School), text(&p.Kind), &p.Given, &p.Family, &p.Email, &p.Login, &p.Archived,
		&p.SchoolName, text(&p.Class), &p.ClassName, &p.Devices, text(&p.Device), &p.DeviceName, stamp(&p.AdultFrom)}, rest...)...)
}

// limitPeople narrows persons (p) to those whose names the actor may see: led at one of its schools, or belonging to one of
// them beside another. The first argument is now.
func (w *where) limitPeople(by school.Actor) error {
	schools, ok := by.Schools(school.ViewPeople, by.Tenant)
	if !ok {
		return school.Missing("person")
	}
	if schools != nil {
		const among = `(SELECT value FROM json_array_elements_text(?::json))`
		w.and(`(p.school_id IN `+among+` OR p.id IN (SELECT m.person_id FROM membership m WHERE m.school_id IN `+among+` AND m.from_at <= $1 AND (m.until_at IS NULL OR m.until_at > $1)))`,
			list(schools), list(schools))
	}
	return nil
}

// personsWhere is the filter as conditions on person p; the first argument is now.
func personsWhere(by school.Actor, f PersonFilter, now time.Time) (*where, error) {
	w := &where{}
	w.arg(now.UnixMicro())
	w.and("p.authority_id = ?", string(by.Tenant))
	w.and("p.archived = ?", f.Archived || f.Holding)
	w.and("p.family <> ''") // nobody: see erase.go
	if err := w.limitPeople(by); err != nil {
		return nil, err
	}
	if f.School != "" {
		w.and(`(p.school_id = ? OR p.id IN (SELECT m.person_id FROM membership m WHERE m.school_id = ? AND m.from_at <= $1 AND (m.until_at IS NULL OR m.until_at > $1)))`,
			string(f.School), string(f.School))
	}
	if f.Class != "" {
		w.and(`p.id IN (SELECT m.person_id FROM membership m WHERE m.class_id = ? AND NOT m.teaches AND m.from_at <= $1 AND (m.until_at IS NULL OR m.until_at > $1))`, string(f.Class))
	}
	if f.Group != "" {
		w.and(`p.id IN (SELECT m.person_id FROM membership m WHERE m.group_id = ? AND m.from_at <= $1 AND (m.until_at IS NULL OR m.until_at > $1))`, string(f.Group))
	}
	if f.Kind != "" {
		w.and("p.kind = ?", string(f.Kind))
	}
	if f.Holding {
		w.and("EXISTS (SELECT 1 FROM holding h WHERE h.person_id = p.id AND h.until_at IS NULL)")
	}
	if f.Without {
		w.and("NOT EXISTS (SELECT 1 FROM holding h WHERE h.person_id = p.id AND h.until_at IS NULL)")
	}
	w.words(f.Text, "p.name_fold")
	return w, nil
}

// Persons lists persons whose names the actor may see, by family name.
func (s *Store) Persons(ctx context.Context, by school.Actor, f PersonFilter) (Page[PersonRow], error) {
	w, err := personsWhere(by, f, s.Now())
	if err != nil {
		return Page[PersonRow]{}, err
	}
	o := order{key: "p.name_sort", id: "p.id"}
	if schools, _ := by.Schools(school.ViewPeople, by.Tenant); schools != nil || f.School != "" || f.Class != "" || f.Group != "" {
		o.key = "p.name_sort || ''" // few: they are found by where they are and then sorted, not looked for among all by name
	}
	if err := w.page(o, f.After); err != nil {
		return Page[PersonRow]{}, err
	}
	return pageOf(ctx, s.read(), personSelect+o.columns()+personFrom+w.String(), w, o, f.Limit, scanPerson)
}

// CountPersons counts what Persons would list in all its pages.
func (s *Store) CountPersons(ctx context.Context, by school.Actor, f PersonFilter) (int, error) {
	w, err := personsWhere(by, f, s.Now())
	if err != nil {
		return 0, err
	}
	// The count must use its first argument in any case, or PostgreSQL cannot know its type.
	n, err := s.read().number(ctx, `SELECT count(*) FROM person p WHERE CAST($1 AS BIGINT) > 0 AND `+w.String(), w.args...)
	return int(n), err
}

// PersonByID reads one person whose name the actor may see.
func (s *Store) PersonByID(ctx context.Context, by school.Actor, id school.PersonID) (PersonRow, error) {
	var p PersonRow
	var w where
	w.arg(s.Now().UnixMicro())
	w.and("p.authority_id = ?", string(by.Tenant))
	w.and("p.id = ?", string(id))
	w.and("p.family <> ''")
	if err := w.limitPeople(by); err != nil {
		return p, err
	}
	err := s.read().each(ctx, personSelect+personFrom+w.String(), w.args, func(r *sql.Rows) error { return scanPerson(r, &p) })
	if err == nil && p.ID == "" {
		err = school.Missing("person")
	}
	return p, err
}
