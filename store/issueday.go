package store

import (
	"context"
	"database/sql"
	"time"

	"ranzen/store/school"
)

// An issue day is planned by whoever may have helpers at a school, and seen by everybody who hands out there. How far it is
// follows from contracts and devices alone: nothing of it is kept.

var _ = registerEvent(school.Clerks, "issueday.set", "issueday.removed")

// MaxIssueClasses is how many classes come on one day.
const MaxIssueClasses = 200

// SetIssueDay writes a day on which classes come to a desk. Without an id it is a new one.
func (s *Store) SetIssueDay(ctx context.Context, by school.Actor, d school.IssueDay) (school.IssueDayID, school.ChangeSetID, error) {
	name, err := cleanName("name", d.Name)
	if err != nil {
		return "", "", err
	}
	if d.Room, err = cleanNote("room", d.Room, 100); err != nil {
		return "", "", err
	}
	switch {
	case d.Date(Berlin).IsZero():
		return "", "", school.Refuse("day", "day")
	case len(d.Classes) == 0:
		return "", "", school.Refuse("classes", "issueday_classes")
	case len(d.Classes) > MaxIssueClasses:
		return "", "", school.Refuse("classes", "too_many", MaxIssueClasses)
	}
	write := func(tx *Tx, is row) error {
		for _, c := range d.Classes {
			if err := tx.classAt(c, d.School); err != nil {
				return err
			}
		}
		r := row{"name": name, "room": d.Room, "day": d.Day, "classes": list(d.Classes)}
		if is != nil {
			return tx.change("issue_day", string(d.ID), is, r)
		}
		r["id"], r["school_id"], r["created_at"] = string(d.ID), string(d.School), micros(tx.now)
		return tx.insert("issue_day", r)
	}
	if d.ID != "" {
		set, err := s.writeAt(ctx, by, "issue_day", event{name: "issueday.set", verb: school.Clerks, subject: "issue_day", id: string(d.ID)}, func(tx *Tx, r row) error {
			d.School = school.SchoolID(r.str("school_id"))
			return write(tx, r)
		})
		return d.ID, set, err
	}
	if d.School == "" {
		return "", "", school.Refuse("school", "required")
	}
	d.ID = NewID[school.IssueDayID]()
	set, err := s.write(ctx, by, event{name: "issueday.set", verb: school.Clerks, school: d.School, subject: "issue_day", id: string(d.ID)}, func(tx *Tx) error {
		if err := tx.openSchool(d.School, school.Clerks); err != nil {
			return err
		}
		return write(tx, nil)
	})
	if err != nil {
		return "", "", err
	}
	return d.ID, set, nil
}

// RemoveIssueDay takes a day away. What was handed out on it stays handed out.
func (s *Store) RemoveIssueDay(ctx context.Context, by school.Actor, id school.IssueDayID) (school.ChangeSetID, error) {
	return s.writeAt(ctx, by, "issue_day", event{name: "issueday.removed", verb: school.Clerks, subject: "issue_day", id: string(id)}, func(tx *Tx, _ row) error {
		return tx.remove("issue_day", string(id))
	})
}

// IssueDayFilter says which issue days: those to come, the next first, or those that are over, the last first.
type IssueDayFilter struct {
	Past   bool
	Within int // not further away than so many days; 0: however far
	School school.SchoolID
	After  string
	Limit  int
}

// IssueDays lists the days of the schools where the actor lends. Today is one to come.
func (s *Store) IssueDays(ctx context.Context, by school.Actor, f IssueDayFilter) (Page[school.IssueDay], error) {
	w, err := issueDaysOf(by)
	if err != nil {
		return Page[school.IssueDay]{}, err
	}
	o := order{key: "i.day || ' ' || i.name", id: "i.id", desc: f.Past}
	from, to := "i.day >= ?", "i.day <= ?"
	if f.Past {
		from, to = "i.day < ?", "i.day >= ?"
		f.Within = -f.Within
	}
	today := s.Now().In(Berlin)
	w.and(from, today.Format(time.DateOnly))
	if f.Within != 0 {
		w.and(to, today.AddDate(0, 0, f.Within).Format(time.DateOnly))
	}
	if f.School != "" {
		w.and("i.school_id = ?", string(f.School))
	}
	if err := w.page(o, f.After); err != nil {
		return Page[school.IssueDay]{}, err
	}
	return pageOf(ctx, s.read(), issueDaySelect+o.columns()+issueDayFrom+w.String(), &w, o, f.Limit, scanIssueDay)
}

// OpenDay is an issue day that is over and after which somebody still has nothing.
type OpenDay struct {
	school.IssueDay
	Open int
}

// OpenDays lists the days of the last so many days after which somebody of their classes has nothing, the last first: who has a
// contract that waits, or none and refused none.
func (s *Store) OpenDays(ctx context.Context, by school.Actor, within int) (out []OpenDay, err error) {
	w, err := issueDaysOf(by)
	if err != nil {
		return nil, err
	}
	now := s.Now()
	today := now.In(Berlin)
	w.and("i.day < ?", today.Format(time.DateOnly))
	w.and("i.day >= ?", today.AddDate(0, 0, -within).Format(time.DateOnly))
	from, until := w.arg(now.UnixMicro()), w.arg(now.UnixMicro())
	err = s.read().each(ctx, `SELECT * FROM (`+issueDaySelect+`, (SELECT count(*) FROM (SELECT DISTINCT m.class_id, m.person_id FROM membership m JOIN class c ON c.id = m.class_id JOIN person p ON p.id = m.person_id
			WHERE m.class_id IN (SELECT value FROM json_array_elements_text(i.classes::json)) AND c.school_id = i.school_id AND NOT m.teaches AND m.from_at <= `+from+` AND (m.until_at IS NULL OR m.until_at > `+until+`) AND NOT p.archived
			AND (EXISTS (SELECT 1 FROM contract k WHERE k.person_id = p.id AND k.kind IN ('personal', 'staff') AND k.state IN ('planned', 'prepared', 'signed'))
				OR NOT EXISTS (SELECT 1 FROM contract k WHERE k.person_id = p.id AND k.kind IN ('personal', 'staff') AND k.state IN ('issued', 'refused')))) o) AS open`+
		issueDayFrom+w.String()+`) d WHERE d.open > 0 ORDER BY d.day DESC, d.name, d.id LIMIT `+w.arg(MaxPage), w.args, func(r *sql.Rows) error {
		var d OpenDay
		err := scanIssueDay(r, &d.IssueDay, &d.Open)
		out = append(out, d)
		return err
	})
	return out, err
}

// IssueDayByID reads a day of a school where the actor lends.
func (s *Store) IssueDayByID(ctx context.Context, by school.Actor, id school.IssueDayID) (school.IssueDay, error) {
	w, err := issueDaysOf(by)
	if err != nil {
		return school.IssueDay{}, err
	}
	w.and("i.id = ?", string(id))
	var d school.IssueDay
	err = s.read().each(ctx, issueDaySelect+issueDayFrom+w.String(), w.args, func(r *sql.Rows) error { return scanIssueDay(r, &d) })
	if err != nil || d.ID == "" {
		return school.IssueDay{}, orMissing(err, "issue_day")
	}
	return d, nil
}

const (
	issueDaySelect = `SELECT i.id, i.authority_id, i.school_id, i.name, i.room, i.day, i.classes`
	issueDayFrom   = ` FROM issue_day i WHERE `
)

func scanIssueDay(r *sql.Rows, d *school.IssueDay, rest ...any) error {
	return r.Scan(append([]any{text(&d.ID), text(&d.Authority), text(&d.School), &d.Name, &d.Room, &d.Day, fromJSON(&d.Classes)}, rest...)...)
}

// issueDaysOf are the days of the schools where an actor lends.
func issueDaysOf(by school.Actor) (w where, err error) {
	w.and("i.authority_id = ?", string(by.Tenant))
	if w.limitSchools(by, school.Lend, by.Tenant, "i.school_id") != nil {
		err = school.Missing("issue_day")
	}
	return w, err
}

// IssueLines lists the people of classes as they are on an issue day, class by class in the order of counting: what waits for
// each, what each has, and how the thing stands. Classes of a school where the actor does not lend are not there.
func (s *Store) IssueLines(ctx context.Context, by school.Actor, at school.SchoolID, classes ...school.ClassID) (out []school.IssueLine, err error) {
	if !by.Can(school.Lend, school.Where{Authority: by.Tenant, School: at}) {
		return nil, school.Missing("class")
	}
	now := s.Now()
	policy, err := s.read().policyOf(ctx, by.Tenant)
	if err != nil {
		return nil, err
	}
	// Who is given a second thing waits, whatever they had: as at the desk, what waits comes before what is out.
	err = s.read().each(ctx, `SELECT c.id, p.id, p.given, p.family, p.login, p.kind, p.adult_from, k.id, COALESCE(k.number, ''), k.state, k.signed_at, k.issued_at, a.id, COALESCE(a.number, a.serial, ''),
			COALESCE(a.model, ''), COALESCE(pl.name, ''), a.state, a.id IS NOT NULL AND `+assetLost+`, a.id IS NOT NULL AND `+assetRepair+`,
			EXISTS (SELECT 1 FROM contract o WHERE o.asset_id = a.id AND o.issued_at IS NOT NULL AND o.returned_at IS NULL AND o.person_id <> p.id)
		FROM class c JOIN membership m ON m.class_id = c.id AND NOT m.teaches AND m.from_at <= $4 AND (m.until_at IS NULL OR m.until_at > $4) JOIN person p ON p.id = m.person_id AND NOT p.archived
		LEFT JOIN contract k ON k.id = (SELECT x.id FROM contract x WHERE x.person_id = p.id AND x.kind IN ('personal', 'staff') AND x.state IN ('planned', 'prepared', 'signed', 'issued', 'refused')
			ORDER BY CASE x.state WHEN 'signed' THEN 0 WHEN 'prepared' THEN 1 WHEN 'planned' THEN 2 WHEN 'issued' THEN 3 ELSE 4 END, x.number DESC LIMIT 1)
		LEFT JOIN asset a ON a.id = COALESCE(k.asset_id, (SELECT v.asset_id FROM device v WHERE v.planned_person_id = p.id ORDER BY v.serial LIMIT 1))
		LEFT JOIN device d ON d.asset_id = a.id LEFT JOIN place pl ON pl.id = COALESCE(d.place_id, a.place_id)
		WHERE c.id IN (SELECT value FROM json_array_elements_text($1::json)) AND c.authority_id = $2 AND c.school_id = $3 ORDER BY c.name_sort, c.id, p.name_sort, p.id`,
		args(list(classes), string(by.Tenant), string(at), now.UnixMicro()), func(r *sql.Rows) error {
			var x school.IssueLine
			var p school.Person
			var adult, signed time.Time
			if err := r.Scan(text(&x.Class), text(&x.Person), &p.Given, &p.Family, &x.Login, text(&p.Kind), stamp(&adult), text(&x.Contract), &x.Number, text(&x.State), stamp(&signed), stamp(&x.Issued),
				text(&x.Asset), &x.Device, &x.Model, &x.Place, text(&x.Thing), &x.Lost, &x.InRepair, &x.Away); err != nil {
				return err
			}
			x.Name = p.Name()
			x.Unsigned = x.Contract != "" && school.Contract{Signed: signed}.Unsigned(policy.Lending.Signers(p.Kind, adult, now))
			if n := len(out); n == 0 || out[n-1].Person != x.Person || out[n-1].Class != x.Class {
				out = append(out, x)
			}
			return nil
		})
	return out, err
}

// PlanIssueDay makes contracts for everybody of the classes of a day who has none, so that papers can be made and signed.
func (s *Store) PlanIssueDay(ctx context.Context, by school.Actor, id school.IssueDayID) (made []school.ContractID, set school.ChangeSetID, err error) {
	d, err := s.IssueDayByID(ctx, by, id)
	if err != nil {
		return nil, "", err
	}
	lines, err := s.IssueLines(ctx, by, d.School, d.Classes...)
	var wishes []ContractWish
	for _, l := range lines {
		if l.State == "" {
			wishes = append(wishes, ContractWish{Person: l.Person})
		}
	}
	if err != nil || len(wishes) == 0 {
		return nil, "", err
	}
	return s.PlanContracts(ctx, by, d.School, wishes)
}
