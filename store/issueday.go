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

// IssueDays lists the days of the schools where the actor lends, from so many days ago on, the next first.
func (s *Store) IssueDays(ctx context.Context, by school.Actor, ago int) (out []school.IssueDay, err error) {
	return s.issueDays(ctx, by, "i.day >= ?", s.Now().In(Berlin).AddDate(0, 0, -ago).Format(time.DateOnly))
}

// IssueDayByID reads a day of a school where the actor lends.
func (s *Store) IssueDayByID(ctx context.Context, by school.Actor, id school.IssueDayID) (school.IssueDay, error) {
	all, err := s.issueDays(ctx, by, "i.id = ?", string(id))
	if err == nil && len(all) == 0 {
		err = school.Missing("issue_day")
	}
	if err != nil {
		return school.IssueDay{}, err
	}
	return all[0], nil
}

func (s *Store) issueDays(ctx context.Context, by school.Actor, cond, arg string) (out []school.IssueDay, err error) {
	var w where
	w.and("i.authority_id = ?", string(by.Tenant))
	w.and(cond, arg)
	if err := w.limitSchools(by, school.Lend, by.Tenant, "i.school_id"); err != nil {
		return nil, school.Missing("issue_day")
	}
	err = s.read().each(ctx, `SELECT i.id, i.authority_id, i.school_id, i.name, i.room, i.day, i.classes FROM issue_day i WHERE `+w.String()+` ORDER BY i.day, i.name, i.id LIMIT `+w.arg(MaxPage), w.args,
		func(r *sql.Rows) error {
			var d school.IssueDay
			err := r.Scan(text(&d.ID), text(&d.Authority), text(&d.School), &d.Name, &d.Room, &d.Day, fromJSON(&d.Classes))
			out = append(out, d)
			return err
		})
	return out, err
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
