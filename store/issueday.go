package store

import (
	"context"
	"database/sql"
	"time"

	"ranzen/store/school"
)

var _ = registerEvent(school.Lend, "issueday.set", "issueday.removed")

// SetIssueDay writes a day on which classes come to a desk. Without an id it is a new one.
func (s *Store) SetIssueDay(ctx context.Context, by school.Actor, d school.IssueDay) (school.IssueDayID, school.ChangeSetID, error) {
	name, err := cleanName("name", d.Name)
	if err != nil {
		return "", "", err
	}
	if d.Room, err = cleanNote("room", d.Room, 100); err != nil {
		return "", "", err
	}
	if _, err := time.Parse(time.DateOnly, d.Day); err != nil {
		return "", "", school.Refuse("day", "day")
	}
	if len(d.Classes) > 200 {
		return "", "", school.Refuse("classes", "too_many", 200)
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
		set, err := s.writeAt(ctx, by, "issue_day", event{name: "issueday.set", verb: school.Lend, subject: "issue_day", id: string(d.ID)}, func(tx *Tx, r row) error {
			d.School = school.SchoolID(r.str("school_id"))
			return write(tx, r)
		})
		return d.ID, set, err
	}
	d.ID = NewID[school.IssueDayID]()
	set, err := s.write(ctx, by, event{name: "issueday.set", verb: school.Lend, school: d.School, subject: "issue_day", id: string(d.ID)}, func(tx *Tx) error {
		if err := tx.openSchool(d.School, school.Lend); err != nil {
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
	return s.writeAt(ctx, by, "issue_day", event{name: "issueday.removed", verb: school.Lend, subject: "issue_day", id: string(id)}, func(tx *Tx, _ row) error {
		return tx.remove("issue_day", string(id))
	})
}

// IssueDays lists the days of the schools where the actor lends, from yesterday on, the next first.
func (s *Store) IssueDays(ctx context.Context, by school.Actor) (out []school.IssueDay, err error) {
	var w where
	w.and("i.authority_id = ?", string(by.Tenant))
	w.and("i.day >= ?", s.Now().In(Berlin).AddDate(0, 0, -1).Format(time.DateOnly))
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

// DeskLine is one pupil of a class as several desks see it at once.
type DeskLine struct {
	Person    school.PersonID
	Name      string // "Family, Given"
	Contract  school.ContractID
	Number    string
	State     school.ContractState // of the contract the desk is about; empty: none yet
	Unsigned  bool
	AssetName string // what they have, or what is prepared or planned for them
	Since     time.Time
}

// DeskClass lists a class as a desk goes through it: who has something, who waits, who refused. Several desks may work on
// one class; each sees what the others booked.
func (s *Store) DeskClass(ctx context.Context, by school.Actor, class school.ClassID) (out []DeskLine, err error) {
	var at school.SchoolID
	found, err := s.read().one(ctx, `SELECT school_id FROM class WHERE id = $1 AND authority_id = $2`, args(string(class), string(by.Tenant)), text(&at))
	if err != nil || !found || !by.Can(school.Lend, school.Where{Authority: by.Tenant, School: at}) {
		return nil, orMissing(err, "class")
	}
	now := s.Now()
	policy, err := s.read().policyOf(ctx, by.Tenant)
	if err != nil {
		return nil, err
	}
	err = s.read().each(ctx, `SELECT p.id, p.given, p.family, p.kind, p.adult_from, k.id, COALESCE(k.number, ''), k.state, k.signed_at, COALESCE(a.number, a.serial, pa.number, pd.serial, ''), k.issued_at
		FROM membership m JOIN person p ON p.id = m.person_id
		LEFT JOIN contract k ON k.id = (SELECT x.id FROM contract x WHERE x.person_id = p.id AND x.kind IN ('personal', 'staff') AND x.state IN ('planned', 'prepared', 'signed', 'issued', 'refused')
			ORDER BY CASE x.state WHEN 'issued' THEN 0 ELSE 1 END, x.number DESC LIMIT 1)
		LEFT JOIN asset a ON a.id = k.asset_id
		LEFT JOIN device pd ON pd.id = (SELECT d.id FROM device d WHERE d.planned_person_id = p.id ORDER BY d.serial LIMIT 1) LEFT JOIN asset pa ON pa.id = pd.asset_id
		WHERE m.class_id = $1 AND m.authority_id = $2 AND NOT m.teaches AND m.from_at <= $3 AND (m.until_at IS NULL OR m.until_at > $3) AND NOT p.archived ORDER BY p.name_sort, p.id`,
		args(string(class), string(by.Tenant), now.UnixMicro()), func(r *sql.Rows) error {
			var x DeskLine
			var p school.Person
			var adult, signed time.Time
			if err := r.Scan(text(&x.Person), &p.Given, &p.Family, text(&p.Kind), stamp(&adult), text(&x.Contract), &x.Number, text(&x.State), stamp(&signed), &x.AssetName, stamp(&x.Since)); err != nil {
				return err
			}
			x.Name = p.Name()
			x.Unsigned = x.Contract != "" && school.Contract{Signed: signed}.Unsigned(policy.Lending.Signers(p.Kind, adult, now))
			if len(out) == 0 || out[len(out)-1].Person != x.Person {
				out = append(out, x)
			}
			return nil
		})
	return out, err
}
